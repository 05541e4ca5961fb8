/* sema.h: what a spec means. Three parts, in the order in which they work:
 *   library   the standard library, parsed and tabled: builtins and fns by name (stdlib/ is the only list of names)
 *   declare   the declarations of the spec, as tables with types, units and tags; names with "did you mean"
 *   elaborate an expression at a place -> a node of the graph with type, unit, nullability, kind and provenance; fns are inlined
 * Memory: everything lives in the source's arena. Errors go to the source's diagnostics; a function that returns false has
 * reported why. A wrong part is marked `broken` and does not cause further messages. */
#ifndef MLP_SEMA_H
#define MLP_SEMA_H
#include "compiler/plan/ir.h"
#include "compiler/syntax/ast.h"
#include "compiler/syntax/source.h"
#include "runtime/program.h"

/* ---- types and units ---- */
struct unit { uint8_t n, any; struct { const char *name; int8_t power; } part[6]; };   /* any: a bare literal, takes the other side's; n 0: none */
struct type { uint8_t base;                                 /* enum mlp_type */
              uint8_t nullable;
              uint8_t element; uint32_t length;             /* of a list: enum mlp_type of its values; of a vector: its numbers */
              struct unit unit; double lo, hi;              /* known bounds, else -inf, inf */
              char *const *set; uint32_t n_set;             /* declared spellings of category and ordinal; 0: learnt */
              const struct column *origin;                  /* category, id, ordinal: whose codes they are; NULL: none */
              uint32_t book; };                             /* codes that a fit makes: their codebook's cell + 1; 0: none */

enum mlp_rep rep_of(const struct type *);                   /* how a column of this type is held */
const char *type_word(const struct type *);                 /* "a number", "a category" … */

/* ---- the library ---- */
enum builtin_kind { B_PURE, B_FITTED, B_WINDOWED, B_REDUCER, B_READER, B_STEP, B_MODEL, B_LAYER, B_OPTIMIZER, B_SCHEDULE, B_LOSS, B_METRIC, B_SPLIT, B_BASELINE, B_BLOCK, B_POLICY, B_KINDS };
struct builtin { uint8_t kind, built;                       /* built 0: in vocabulary.md, not built yet */
                 const char *name, *doc; const struct ast *ast; uint32_t tasks;   /* tasks: 1 << enum mlp_task; 0: any */
                 const struct parameter *param; uint32_t params;
                 double least, most; };                     /* of a metric: what it can be at all */
/* A declared parameter: what may stand there. takes: bits. */
enum takes { TAKES_NUM = 1, TAKES_INT = 2, TAKES_BOOL = 4, TAKES_TEXT = 8, TAKES_NAME = 16, TAKES_COLUMN = 32, TAKES_EXPR = 64,
             TAKES_RANGE = 128, TAKES_DURATION = 256, TAKES_LIST = 512, TAKES_METRIC = 1024, TAKES_MODEL = 2048, TAKES_BASELINE = 4096, TAKES_LOSS = 8192,
             TAKES_FORMULA = 16384,                        /* any expression: plan/ elaborates it */
             TAKES_POLICY = 1 << 20 };
struct parameter { const char *name, *doc; uint32_t takes; double lo, hi; char *const *names; uint32_t n_names;
                   const struct ast *fallback; uint8_t required, rest; struct unit unit; };
const struct builtin *library_find(enum builtin_kind, const char *name);
const struct ast *library_fn(const char *name);             /* AST_FN of stdlib: pure fn, fits, loss, link; NULL */
const struct builtin *library_all(uint32_t *n);
const char *const *library_names(enum builtin_kind, uint32_t *n);   /* for "did you mean"; with those not built */
const char *const *library_fn_names(uint32_t *n);
bool library_parameter_later(const struct builtin *, const char *name);   /* a parameter of the vocabulary that is not built yet (later.mlp) */
bool library_load(struct source *user);                     /* parses the embedded text once per process */

/* ---- the spec ---- */
struct column { const char *name; const struct ast *ast; struct span at; struct source_decl *source; uint32_t index, flat;   /* flat: over all sources: bit of provenance */
                struct type type; uint32_t tags;            /* enum mlp_tag */
                const char *from; uint32_t position; const char *format, *pattern, *separator; uint8_t unique, from_file, inferred;
                struct mlp_zone zone; char *const *spelt;   /* of the file, beside type.set; NULL: the same */
                double max_missing, max_distinct; int64_t known_us; char *const *missing; uint32_t n_missing;
                struct source_decl *refers; uint8_t is_target;
                struct column *known_at; const struct ast *known_at_name;   /* @outcome(at: …) */
                const struct ast *derived;                  /* `at = day + hour`: its expression; NULL: read from the file */
                uint8_t derived_state; struct value *value; /* elab_derived: 1 in work, 2 done */
                uint8_t stored;                             /* derived, and read from rows of its table: compared, or behind a key */
                mlp_ix slot; };                             /* elaborate's; MLP_NONE: not read so far */
/* `|> where(x > 0)`: use has the arguments that are no columns, condition is where's, column distinct's and sample's. */
struct step_decl { const struct ast *ast; const struct builtin *builtin; struct mlp_use use, reader; mlp_ix path_param;
                   const struct ast *by; struct value *condition; struct column **column; uint32_t columns; };
struct source_decl { const char *name; const struct ast *ast; struct mlp_use reader; mlp_ix path_param; const char *path; uint8_t headless;
                     struct column *column; uint32_t columns, index; struct column *key[4]; uint32_t n_key;
                     struct column *time, *group, *query, *weight;
                     struct step_decl *step; uint32_t steps;
                     uint8_t *needs, visit; };               /* (sources) 1: its rows are made with that source's; elab_sources */
/* Names by a hash, numbered as they were added; the same name may stand there several times, and they come in order. symbols.c */
struct name_index { const char **name; uint32_t n, *next, *bucket, buckets; };
enum { NO_NAME = UINT32_MAX };
void names_add(struct source *, struct name_index *, const char *name);
uint32_t names_first(const struct name_index *, const char *name);                     /* its number; NO_NAME: there is none */
uint32_t names_next(const struct name_index *, uint32_t before);
enum symbol_kind { SYM_SOURCE, SYM_COLUMN, SYM_LET, SYM_FEATURE, SYM_PARAM, SYM_FN, SYM_TYPE, SYM_BASELINE, SYM_MODEL, SYM_METRIC };
struct symbol { uint8_t kind, broken; const char *name; const struct ast *ast; void *of;   /* of: struct column *, source_decl * … */
                uint32_t index; };
struct param_decl { const char *name; const struct ast *ast; struct mlp_param out; };
struct spec {
    struct source *src; const char *name; struct outside *outside;
    struct symbol *symbol; uint32_t symbols; struct name_index by_name;     /* all declared names */
    struct source_decl *source; uint32_t sources; struct source_decl *main; uint32_t flat_columns;
    struct param_decl *param; uint32_t params;
    const struct ast *goal, *split, *features, *train[16], *metrics, *about; uint32_t trains;
    const struct ast **baseline, **model, **test; uint32_t baselines, models, tests;
    uint8_t task;                                           /* enum mlp_task, once the target is known */
    struct column *target_column;                           /* predict churned: the column; NULL for an expression */
    struct column *item;                                    /* rank … of ITEM: the column */
    const struct ast *target_entry;                         /* PREDICT or RANK */
    uint32_t ahead_months; int64_t ahead_us;                /* predict … ahead 14d; 0: the decision is made with the row */
    int64_t next_us;                                        /* the target is complete so long after its row (`next: 24h`); 0 */
    struct not_built *not_built; uint32_t not_builts;
};
/* The first declared name of one of these kinds. A column by its bare name is the main source's, "views.at" any source's.
 * symbol.broken: its declaration is wrong or not built yet and was reported: what reads it is broken too, silently. */
struct symbol *spec_find(struct spec *, const char *name, unsigned kinds /* 1 << symbol_kind */);
struct column *spec_column(const struct spec *, const struct source_decl *, const char *name, size_t n);    /* of that source; or NULL */
/* A part of the language that this build cannot do yet: reported once per text, and only when nothing else is wrong with the spec
 * (spec_report_not_built, called last). `what` names it, with its article if it needs one: "`serve`", "a derived column". */
void spec_not_built(struct spec *, struct span, const char *what, ...) __attribute__((format(printf, 3, 4)));
bool spec_report_not_built(struct spec *);
/* "did you mean": what another tool calls so (num_leaves -> leaves, StandardScaler -> standardize), else nearest_name. */
const char *name_suggest(const char *name, const char *const *candidate, size_t n);
/* habits.c: the edit for what other tools write as a value, a function or a type; NULL: it is no such habit. */
const char *habit_name(const char *name);
const char *habit_function(struct source *, const char *name, const char *first, const char *const *functions, size_t n);
const char *habit_type(struct source *, const char *name, const char *inner);
/* Is `code` allowed by one of these tags (LIST of TAG; may be NULL)? */
bool tags_allow(const struct ast *tags, const char *code);
const struct ast *tags_written(const struct column *);           /* the tags of a column as written; or NULL */
/* units.c: the expression in a type's brackets; how a unit reads ("USD/month", "" for none). */
bool unit_of(struct source *, const struct ast *, struct unit *);
const char *unit_text(struct source *, const struct unit *);
/* zone.c: a column's time zone, every change of its clocks written down; false: reported. */
bool zone_find(struct spec *, const struct ast *name, struct mlp_zone *);
/* What a spec does not say and its surroundings know. schema: the columns of a source that lists none, or not all (`others: infer`),
 * as a `source` of the language, in src's arena; NULL: reported why there are none. listed: what the schema has. */
struct outside { const char *(*schema)(struct outside *, struct spec *, const struct source_decl *, struct mlp_source *listed); };
bool declare_spec(struct source *, struct spec *, struct outside *);          /* fills tables; checks names, types, tags; marks the target's columns as outcomes */

/* ---- expressions ---- */
enum fn_kind { KIND_PURE, KIND_FITTED, KIND_WINDOWED };
struct value { ir_ix node; struct type type; uint8_t kind, broken; const struct from *from; /* provenance */ struct span at;
               uint8_t cleared;                             /* MLP_PII / MLP_SENSITIVE bits that were there and were cleared by keep, a comparison … */
               const struct ast *literal; };                /* a bare literal (takes the other side's type and unit); NULL */
/* AT_RULE: what a baseline computes: may read no outcome (E101). AT_SLICE also for a `let` by itself. AT_TEST: what a test expects of
 * a row: a name that is no column and no let may be a feature (elab.made). */
enum elab_place { AT_FEATURE, AT_RULE, AT_SLICE, AT_TARGET, AT_WHERE, AT_LOSS, AT_VIA, AT_SOURCE, AT_TEST };
/* Builds slots, cells and fits as it goes; plan/ cuts them into stages and kernels. */
/* A fit: reducer(input) into a NUMBERS cell; with `by`: one number per code (IR_NOTHING: none). Codebook cells have no fit here: every
 * cell of kind CODEBOOK with a slot is filled from it before all stages. IR PARAM's index is the place in spec.param.
 * more: further inputs. book: a codebook cell that is learnt with it, or MLP_NONE. codes: whose codes `by` are, or NULL; with: whose
 * step `input` is, where its spellings are wanted too. */
enum { FIT_ARGS = 6 };
struct fit_decl { const char *reducer; struct mlp_arg arg[FIT_ARGS]; uint32_t args; ir_ix input, by; mlp_ix cell; uint32_t crossfit; struct span at;
                  const ir_ix *more; uint32_t mores; mlp_ix book; const struct value *codes, *with;
                  const char *encoder;                     /* the fitted builtin that makes runs with it, or NULL */
                  uint32_t earlier; };                      /* one more than the fit of the same input before it; 0: none */
/* What a window takes of the rows of its source; IR_NOTHING: the rows, all of them. plan/ makes a kernel of it. */
struct window_decl { mlp_ix slot; ir_ix value, where; };
struct made { const char *name; struct value value; };
struct elab { struct spec *spec; struct ir_graph graph;
              struct mlp_join *join; uint32_t joins; struct joined *joined; uint32_t n_joined;     /* through.c */
              struct mlp_slot *slot; uint32_t slots; struct mlp_cell_spec *cell; uint32_t cells; struct fit_decl *fit; uint32_t fits;
              uint32_t *fit_of, fit_room;                     /* (nodes) one more than the last fit of this input */
              struct window_decl *window; uint32_t windows;
              const struct made *made; uint32_t mades;        /* features, for tests */
              struct let_state *let; };
void elab_init(struct elab *, struct spec *);
bool elab_expr(struct elab *, const struct ast *, enum elab_place, struct value *out);
/* Derived columns and steps of all sources: types, tags and what they need of each other. After the target. */
void elab_sources(struct elab *);
/* provenance.c: where a value came from. Five sets: all columns, and those of them that it still carries as an outcome, as personal, as
 * sensitive, as a value of its own row (a window's are of other rows). from may be NULL: nothing. */
enum from_set { FROM_ALL, FROM_OUTCOME, FROM_PII, FROM_SENSITIVE, FROM_ROW, FROM_SETS };
bool from_has(const struct from *, enum from_set, const struct column *);
struct column *from_next(const struct elab *, const struct from *, enum from_set, const struct column *after);  /* after NULL: the first */
bool elab_carries(const struct elab *, const struct value *);   /* an outcome, or what is personal or sensitive */
bool elab_derived(struct elab *, struct column *);          /* its value and type; false: broken, reported */
/* y in the unit of the report, a number (a bool is 0 or 1, an ordinal its step, a class its place; missing: unlabelled), and as it is.
 * Elaborated once. */
bool elab_target(struct elab *, struct value *out);
bool elab_target_itself(struct elab *, struct value *out);
/* How many numbers the column has that this names, in its own words or through lets and keys; 0: it is no vector. Reports nothing. */
uint32_t elab_vector(const struct elab *, const struct ast *);
/* A feature: reports E101, E109, E108 for it; text, id and date values are errors that say what to write. */
bool elab_feature(struct elab *, const char *name, const struct ast *, struct value *out);
/* Several columns in, several features out (`[a, b] |> pca(2)`): the values and the ends of their names. false: reported. */
bool elab_as_text(struct elab *, struct value *);           /* a column of categories or ids by its spelling; false: it is none */
bool elab_gather(struct elab *, const struct builtin *, const struct ast *call, const struct ast *const *input, const char *const *name,
                 uint32_t inputs, struct value **value, const char ***ending, uint32_t *n);
const struct builtin *elab_gathers(const struct ast *call);     /* the builtin, if the call is of such a one; else NULL */
/* The checks of elab_feature for a value that is there already. */
bool elab_feature_made(struct elab *, const char *name, const struct ast *entry, struct value *);
/* Loss of (y, p) or (y, z) -> node of ARG 0 and ARG 1 (the raw score), with p = link(score) substituted. link: node of ARG 1. */
bool elab_loss(struct elab *, const struct ast *call_or_name, ir_ix link, ir_ix *loss);
bool elab_via(struct elab *, const struct ast *call, ir_ix *via /* of ARG 1 */, ir_ix *inverse);
/* A link by name ("sigmoid", "identity"): a pure fn of one number, applied to ARG 1. */
bool elab_link(struct elab *, const char *fn, ir_ix *link);
/* What a `fn` calls is there, though nobody calls the `fn`; last, and only where nothing else is wrong. */
void elab_unused(struct elab *);
/* metric.c: a use of a `metric` of the spec: `call` with `skip` items that are not arguments. part.node: of each row's; node: of the
 * parts (slots of MLP_J_PART). Slots of models and baselines hold the index of their declaration. */
struct metric_part { uint8_t how; double q; ir_ix node; };  /* enum mlp_aggregate */
struct own_metric { uint8_t higher; struct metric_part *part; uint32_t parts; ir_ix node; bool *of_rows; };
/* `answer` and `abstain` of the goal: an expression over the row and the model's number, which is called `name` in it. */
bool elab_reply(struct elab *, const struct ast *, const char *name, const struct unit *, struct value *out);
/* classes: the type of a target that has some, else NULL: y and `decided` are of it then, and p is the probability of the row's class */
bool elab_metric(struct elab *, const struct ast *decl, const struct ast *call, uint32_t skip, const struct type *classes, struct own_metric *out);
/* "`worth` <- `kept` <- `left` <- `churn`": how a feature reaches a column, through lets. In the arena. */
const char *elab_path(struct elab *, const struct ast *from, const struct column *to);
#endif
