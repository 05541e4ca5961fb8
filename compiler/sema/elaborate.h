/* elaborate.h: what the files of the expressions part share: scopes, values, units and provenance sets. Private to sema.
 * Everything lives in the arena of the spec's source; a function that returns false, or a broken value, has reported why. */
#ifndef MLP_SEMA_ELABORATE_H
#define MLP_SEMA_ELABORATE_H
#include "compiler/sema/declare.h"
#include "compiler/sema/sema.h"

/* Names that an expression may use. Global scope: columns, lets, params. In a fn: its parameters and what it fits, no more. */
struct binding { const char *name; struct value value;
                 const char *word; bool word_of_library; };  /* a parameter that is called: the function or reducer that it names */
struct scope { const struct scope *up; const struct ast *fn; bool library, fits;
               struct span site;                            /* where the call stands in the user's text */
               struct binding *binding; uint32_t bindings; };

/* An argument before it is elaborated: as written, or a value that is there already. */
struct argument { const char *key; const struct ast *ast; const struct value *given; struct span at; };

struct let_entry { const struct ast *ast; struct value value; uint8_t state; };   /* state: 1 in work, 2 done */
struct let_state { enum elab_place place; uint32_t depth;
                   struct source_decl *rows;                                     /* rows: inside a window, whose rows are meant; NULL: main */
                   struct let_entry *entry; uint32_t entries;
                   const struct source_decl *decided;                             /* the main source, whichever rows are worked on */
                   struct source_decl *of_source;                                 /* AT_SOURCE: whose schema or step */
                   const struct deriving *deriving; bool timing;                  /* derived columns in work; one is the time */
                   /* the let or feature that is worked on, and all of its expression */
                   const char *name; const struct ast *whole;
                   struct value target; uint8_t target_state; };

/* ---- elaborate.c ---- */
void elab_value(struct elab *, const struct scope *, const struct ast *, struct value *out);
struct span elab_at(const struct scope *, struct span);     /* in a library fn: the call in the user's text */
struct diag *elab_wrong(struct elab *, const struct scope *, struct span, const char *code, const char *format, ...)
    __attribute__((format(printf, 5, 6)));
void elab_column(struct elab *, struct column *, struct span, struct value *out);
bool elab_is_column(const struct elab *, const char *name);
mlp_ix elab_cell(struct elab *, enum mlp_cell_kind, const char *name, struct span, mlp_ix slot);
mlp_ix elab_slot(struct elab *, struct mlp_slot);

/* ---- through.c: what stands behind a foreign key ---- */
/* `seller.rating`, `order.customer.city`. false: the first name is no column here, and nothing was reported. */
bool elab_through(struct elab *, const struct scope *, const struct ast *, struct value *out);

/* ---- types.c ---- */
enum type_class { CLASS_NONE, CLASS_NUMBER, CLASS_BOOL, CLASS_TIME, CLASS_DURATION, CLASS_TEXT, CLASS_CODE, CLASS_ORDINAL, CLASS_LIST,
                  CLASS_VECTOR };                           /* of a column; runs have none */
enum type_class class_of(const struct type *);
enum ir_type ir_type_of(const struct type *);
/* "`distance`": the user's text, in back-quotes, cut when long */
const char *value_text(struct elab *, const struct value *);
const char *value_unit(struct elab *, const struct value *);            /* "`distance` [mile]", "`age` (no unit)" */
void value_literal(struct elab *, const struct scope *, const struct ast *, struct value *out);
/* Result of an operation on these: kind, provenance and brokenness from all. node IR_NOTHING: broken. */
struct value value_made(struct elab *, ir_ix node, uint8_t base, struct span, const struct value *const *arg, unsigned args);
struct value value_broken(struct elab *, struct span, const struct value *const *arg, unsigned args);
bool value_number(struct elab *, struct value *);           /* a bool becomes 0 or 1; false: it is no number (nothing reported) */
bool value_constant(const struct elab *, const struct value *);
/* a number known before rows: itself, or a param */
bool value_option(struct elab *, const struct value *, double *num, mlp_ix *param);
/* Brings two values to one type and unit. verb: "added", "compared" … CLASS_NONE: reported. */
enum type_class values_unify(struct elab *, const struct scope *, struct span, const char *verb, struct value *a, struct value *b);
bool category_literal(struct elab *, const struct scope *, const struct value *category, struct value *literal);

/* ---- operators.c ---- */
void elab_binary(struct elab *, const struct scope *, const struct ast *, struct value *out);
void elab_if(struct elab *, const struct scope *, const struct ast *, struct value *out);
void elab_not(struct elab *, const struct scope *, const struct ast *, struct value *out);
void elab_negate(struct elab *, const struct scope *, const struct ast *, struct value *out);
void elab_is_missing(struct elab *, const struct scope *, const struct ast *, struct value *out);
void values_compare(struct elab *, const struct scope *, struct span, enum ir_op, struct value *a, struct value *b,
                    struct value *out);
void values_power(struct elab *, const struct scope *, struct span, struct value *a, struct value *b, struct value *out);
void values_add(struct elab *, const struct scope *, struct span, enum ir_op, struct value *a, struct value *b, struct value *out);
void values_scale(struct elab *, const struct scope *, struct span, enum ir_op, struct value *a, struct value *b,
                  struct value *out);
bool category_codes(struct elab *, const struct scope *, const struct value *, const struct ast *set, uint32_t **codes,
                    uint32_t *n);
void values_in(struct elab *, const struct scope *, struct span, struct value *x, const struct ast *right, struct value *out);

/* ---- calls.c ---- */
void elab_call(struct elab *, const struct scope *, const struct ast *call, const struct ast *piped, struct value *out);
void elab_call_named(struct elab *, const struct scope *, const char *name, struct span word, struct span whole, struct argument *,
                     uint32_t,
                     struct value *out);
void elab_fn(struct elab *, const struct scope *, const struct ast *fn, bool library, struct span whole, struct argument *,
             uint32_t,
             struct value *out);
/* Finds each argument's parameter: place[i] of the n arguments, or MLP_NONE. what: "`clip`". false: reported. */
bool elab_match(struct elab *, const struct scope *, const char *name, const char *const *parameter, uint32_t parameters,
                const struct builtin *, const struct argument *, uint32_t n, uint32_t *argument_of);

uint32_t call_of(const char *name);                         /* row of kernels.def */

/* Whether an argument is of a class (a bool is a number too); if not, that is reported. */
bool elab_takes(struct elab *, const struct scope *, const char *function, enum type_class, struct value *);

/* ---- sets.c ---- */
void elab_in_texts(struct elab *, const struct scope *, const struct value *, const struct ast *set, struct value *out);
void elab_keep_text(struct elab *, const struct scope *, const struct value *, const struct ast *set, struct value *out);
/* false: it is no function of sets and lists */
bool elab_set_call(struct elab *, const struct scope *, const struct builtin *, struct value *arg, struct value *out);

/* ---- cross.c ---- */
void elab_cross(struct elab *, const struct scope *, struct span whole, struct value *both, struct value *out);

/* ---- texts.c ---- */
/* false: it is no function of a text */
bool elab_text_call(struct elab *, const struct scope *, const struct builtin *, struct value *arg, unsigned n, struct value *out);

/* ---- times.c, zone.c ---- */
/* false: it is no function of a time */
bool elab_time_call(struct elab *, const struct scope *, const struct builtin *, struct value *arg, struct value *out);
enum zone_status { ZONE_FINE, ZONE_UNKNOWN, ZONE_NO_DATA };
enum zone_status zone_table(struct source *, const char *name, const uint32_t **words, uint32_t *n);    /* as IR_ZONE takes it */
/* what is said of a status that is not fine; fix: "" where the text offers one */
const char *zone_fault(struct source *, const char *name, enum zone_status, const char **fix);

/* ---- window.c: what reads other rows ---- */
/* `calls`, `calls.minutes` */
bool source_path(const struct elab *, const struct ast *, struct source_decl **, const char **column);
bool window_over_rows(const char *name);                    /* lag, rolling_mean …: takes an expression of the main source's rows */
void elab_window(struct elab *, const struct scope *, const struct builtin *, struct span, struct argument *, uint32_t,
                 struct value *out);

/* ---- fits.c: what learns ---- */
void elab_reducer(struct elab *, const struct scope *, const struct builtin *, struct span, struct argument *, uint32_t,
                  struct value *out);
mlp_ix elab_fit(struct elab *, struct fit_decl, const char *name);      /* its cell; of an equal one that is there already */
/* A number of a builtin's parameter, known before rows: `given`, else `ready`. false: reported. */
bool elab_option(struct elab *, const struct scope *, const char *of, const struct parameter *, const struct ast *given,
                 const struct value *ready, struct mlp_arg *out);
void elab_target_encode(struct elab *, const struct scope *, const struct builtin *, struct span, struct argument *, uint32_t,
                        struct value *out);
/* ---- encode.c: the fitted builtins of stdlib/transforms.mlp ---- */
void elab_fitted(struct elab *, const struct scope *, const struct builtin *, struct span, struct argument *, uint32_t,
                 struct value *out);
bool elab_list_feature(struct elab *, struct value *);       /* a list becomes runs of its values; false: reported */
void elab_lookup(struct elab *, const struct scope *, const struct builtin *, struct value *v, struct value *out);

/* ---- provenance.c (the sets: sema.h) ---- */
const struct from *from_nothing(void);
const struct from *from_column(struct elab *, const struct column *);
const struct from *from_union(struct elab *, const struct from *, const struct from *);
const struct from *from_without(struct elab *, const struct from *, enum from_set);
struct column *from_first(const struct elab *, const struct from *, enum from_set);   /* NULL: none */
void from_mark_outcomes(struct elab *, const struct from *);   /* what the target was computed from, foreign keys aside */
void value_closed(struct elab *, struct value *);           /* a closed set of results: no longer personal */
bool check_provenance(struct elab *, const char *name, const struct ast *entry, const struct ast *tags, struct span,
                      const struct value *);
bool check_outcome(struct elab *, const struct ast *, const struct value *);       /* of a rule */

/* ---- units.c ---- */
bool unit_equal(const struct unit *, const struct unit *);
struct unit unit_product(const struct unit *, const struct unit *, int power);     /* a * b^power */
struct unit unit_power(const struct unit *, double);
double unit_seconds(const struct unit *);                   /* of a unit of time; 0: none */
double unit_factor(const struct unit *from, const struct unit *to);                /* 0: not known */
#endif
