/* plan.h: the typed plan: from what a spec means to what is run. Owns nothing of its own: everything lives in the source's
 * arena. Passes, in this order: target, split, features, baselines, models, goals, then stages, kernels and the tables of struct
 * mlp_program. Knows no rows and no LLVM. */
#ifndef MLP_PLAN_H
#define MLP_PLAN_H
#include "compiler/plan/ir.h"
#include "compiler/sema/declare.h"
#include "compiler/sema/sema.h"
#include "runtime/base/status.h"

#define MLP_VERSION "0.1.0"

struct plan_feature { const char *name, *group;            /* group: the name of what made several features; or NULL */
                       const struct ast *ast, *tags; struct span at; struct value value;
                       bool broken, hidden; };              /* hidden: an exposure, which no model sees */
/* task: of what it learns; target: an outcome of its own, given by its `train` block or by the `hurdle` that it stands in. */
struct plan_model { const struct ast *loss_ast; const char *loss, *link; uint8_t task; bool broken; ir_ix target; };
/* What a test gives: a cell of a column, which is checked when the schema stands; or a feature's or a let's value. */
struct plan_given { uint32_t test; struct span at; const struct column *column; const char *text;
                    uint32_t feature; ir_ix what, with; };
/* What a test expects of its row, as nodes: whether it holds, perhaps the left side. */
struct plan_condition { struct ir_out out[2]; uint32_t outs; };
struct plan {
    struct source *src; struct spec *spec; struct elab elab;
    struct mlp_program program;                             /* filled as the passes go */
    struct ir_module module; struct ir_kernel *kernel; uint32_t kernels;
    struct plan_feature *feature; uint32_t features; struct name_index by_name;
    struct plan_model *model; struct mlp_model *models; uint32_t n_models;   /* as they are built; parts before what combines them */
    struct value target; ir_ix via, inverse;                /* via, inverse: nodes of ARG 1, or IR_NOTHING */
    struct mlp_use *split_use; bool split_given, models_given, baselines_given, metrics_given;
    uint64_t *used;                                         /* bit per flat column: read by anything */
    uint32_t words;                                         /* of a set of flat columns */
    const char **bound; uint32_t bounds;
    struct mlp_test *test; struct plan_given *given; uint32_t givens; struct plan_condition *condition; uint32_t conditions;   /* what tests give: see test.c */
    uint32_t kernels_of_tests;                              /* the first of them: they stand behind all others */
    uint8_t code_hash[16];                                  /* of all that is compiled: plan_hash leaves tests out */
    struct mlp_own *own; uint32_t owns;                     /* metrics of the spec, as they are used */
    uint32_t *cell_level;                                   /* (cells) */
};
/* Everything from the text alone. False: something was reported (src->diag). Warnings alone are no failure. */
bool plan_make(struct source *, struct spec *, struct plan *);

/* ---- passes; each reports its own ---- */
void plan_target(struct plan *);
void plan_sources(struct plan *);                           /* derived columns and steps */
void plan_split(struct plan *);
void plan_features(struct plan *);
void plan_baselines(struct plan *);
void plan_models(struct plan *);
void plan_goals(struct plan *);
void plan_tests(struct plan *);
void plan_tests_schema(struct plan *);                      /* cells against the schema: after the sources */
void plan_tests_apply(struct plan *, const struct ir_out *feature);         /* kernels of tests: after all others */
void plan_lower(struct plan *);                             /* sources, slots, cells, stages, kernels: only when nothing is wrong */
void plan_warn(struct plan *);                              /* W… */

/* ---- shared ---- */
/* A kernel of these outs; the same one again when there is one already. Its slots are those that the nodes read, ascending. */
mlp_ix plan_kernel(struct plan *, enum mlp_kernel_kind, const char *name, const struct ir_out *, uint32_t outs);
ir_ix plan_number(struct plan *, const struct value *);     /* as f64: a bool is 0 or 1, an ordinal its step */
const uint8_t *plan_reads(const struct plan *, ir_ix);      /* (slots) 1: the node reads it */
void plan_codes(struct plan *, const struct value *, mlp_ix *codebook, mlp_ix *column);      /* where a code's spellings are */
void plan_use(struct plan *, const struct value *);         /* marks its columns as used */
/* quantile.c: what the goal asks for; whether a model can learn it (said if not), its losses; what judges it, what a test calls it. */
void plan_quantiles(struct plan *, const struct ast *option);
bool plan_quantile_model(struct plan *, const struct mlp_model *, const struct plan_model *, bool has_loss);
bool plan_quantile_losses(struct plan *, struct mlp_model *, struct plan_model *);
bool plan_quantile_metric(struct plan *, const struct ast *, const struct mlp_use *);
const char *plan_quantile_name(struct plan *, const struct ast *);          /* NULL: no number; "": not asked for, and said */
bool plan_metric(struct plan *, const struct ast *, struct mlp_use *, const struct symbol **subject);
/* per, where and on, behind a bound or a metric. */
struct clauses { struct mlp_slice *per; uint32_t pers; mlp_ix where; const char *where_text; uint8_t part; };
bool plan_clauses(struct plan *, const struct ast *list, struct clauses *);
bool plan_goal(struct plan *, const struct ast *entry, const struct ast *tags, struct mlp_goal *);
bool plan_rule(struct plan *, const struct ast *, const char *what, mlp_ix *kernel);
void plan_bind(struct plan *, struct mlp_use *, const char *kind);          /* sets use.impl where C stands behind the name */
const struct ast *plan_name(struct plan *, const char *text, struct span);  /* a NAME that the spec does not hold: a default */
const char *plan_task_word(uint8_t task);                   /* "the target is a number" */
static inline bool plan_has_classes(uint8_t task) { return task == MLP_MULTICLASS || task == MLP_ORDERED; }
/* What a family of models sees of a feature; trees: those without a border of their own. */
enum plan_families { PLAN_TREES, PLAN_LINEAR, PLAN_NEAREST, PLAN_BAYES, PLAN_FAMILIES };
struct plan_family { const char *name, *heading; int width; };
extern const struct plan_family plan_family[PLAN_FAMILIES];
enum plan_families plan_family_of(const struct mlp_model *);
const char *plan_seen(const struct mlp_feature *, enum plan_families);
bool plan_may_be_feature(struct plan *, const struct column *);

/* ---- out ---- */
void plan_print(const struct plan *, struct mlp_buffer *);
void plan_json(const struct plan *, struct mlp_buffer *);
void plan_arg_text(const struct mlp_program *, const struct mlp_arg *, struct mlp_buffer *);
/* Sets program.plan_json and plan_hash; appends the image. */
mlp_status plan_encode(struct plan *, struct mlp_buffer *image, struct mlp_error *);
#endif
