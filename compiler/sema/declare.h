/* declare.h: what the files of declare and args share, and the small readings of the tree that plan/ uses too. No state of its own;
 * everything lives in the arena of the source. */
#ifndef MLP_SEMA_DECLARE_H
#define MLP_SEMA_DECLARE_H
#include "compiler/sema/sema.h"

/* Room for one more element behind array[n]: doubles in the arena whenever n is a power of two. Old places stay readable. */
void *sema_grow(struct source *, const void *array, uint32_t n, size_t size);
#define PUSH(src, array, n) ((array) = sema_grow(src, array, n, sizeof *(array)), &(array)[(n)++])

/* ---- reading the tree ---- */
const struct ast *entry_of(const struct ast *, const struct ast **tags);     /* an entry without its TAGGED; tags may be NULL */
const struct ast *value_of(const struct ast *);                             /* the expression of an ARG, ITEM, OPTION or BOUND */
const struct ast *clauses_of(const struct ast *bound_or_item);              /* its LIST of CLAUSE, or NULL */
const struct ast *block_of(const struct ast *section);
bool is_call_of(const struct ast *, const char *name);                      /* NAME or CALL of this name */
bool constant_number(const struct ast *, double *);                         /* NUMBER, or - NUMBER */
bool constant_time(const struct ast *date, int64_t *microseconds);          /* AST_DATE, UTC */
const char *number_text(struct source *, double);                           /* shortest digits that read back the same */
uint32_t line_of(const struct source *, struct span);
const char *slice_of(struct source *, struct span);                         /* the text of a place, spaces and comments joined */

/* ---- parts of declare ---- */
bool declare_is_type(const char *name);
void declare_symbol(struct spec *, enum symbol_kind, const char *name, const struct ast *, void *of, uint32_t index);
void declare_params(struct spec *);
void declare_sources(struct spec *);
void declare_target(struct spec *);
bool check_tags(struct spec *, const struct ast *tags, bool only_allow);    /* names, arguments of @allow */

/* ---- args.c ---- */
/* A call's items against a builtin's parameters; every parameter filled in declared order. `skip` first items are left out (they
 * were a model or a baseline). place: what the builtin is called in messages ("`boosted_trees`"). false: something was reported. */
bool args_of_call(struct spec *, const struct builtin *, const struct ast *call, uint32_t skip, struct mlp_use *);
/* The same for the options of one or more blocks, later blocks win; `skip` names keys that the caller reads itself (NULL ends). */
bool args_of_blocks(struct spec *, const struct builtin *, const struct ast *const *section, uint32_t n, struct mlp_use *);
/* One value where `parameter` stands. */
bool args_value(struct spec *, const struct builtin *, const struct parameter *, const struct ast *, struct mlp_arg *);
const struct parameter *args_parameter(const struct builtin *, const char *name, uint32_t *index);
const struct mlp_arg *args_get(const struct mlp_use *, const char *name);   /* NULL: no such parameter */
/* A name that stands where one of `kind` is expected: reported as not built, or unknown with a suggestion. */
const struct builtin *args_builtin(struct spec *, enum builtin_kind, const char *name, struct span, const char *what);

/* ---- texts.c ---- */
/* Why a pattern cannot be compiled; NULL: it can. literal: where it is written, or NULL; *at then becomes the very place. groups: that it
 * captures. */
const char *pattern_fault(struct source *, const char *pattern, const struct ast *literal, struct span *at, const char **fix,
                          uint32_t *groups);

/* ---- lint/ ---- */
void lint_split(struct spec *, const struct mlp_use *split);                /* E103, E104 */
#endif
