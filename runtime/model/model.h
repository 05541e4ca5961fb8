/* model.h: what a family of models offers: fit, open, predict. One struct mlp_model_ops per family, bound by name ("model.linear").
 * A fitted model is a list of tensors (named arrays): what the model file stores. open() checks every bound of tensors that may
 * come from a damaged file and prepares what predict() needs; predict never fails and never allocates.
 * Row form and block form agree bit for bit: sums go over features in ascending order with one accumulator per row and output. */
#ifndef MLP_MODEL_H
#define MLP_MODEL_H
#include "runtime/base/arena.h"
#include "runtime/base/pool.h"
#include "runtime/base/status.h"
#include "runtime/base/tensor.h"
#include "runtime/program.h"

size_t mlp_tensor_bytes(const struct mlp_tensor *);
const struct mlp_tensor *mlp_tensor_find(const struct mlp_tensors *, const char *name);

/* A block of rows as models see it: one column per feature of the model (already picked by model.features). */
struct mlp_block { size_t rows; uint32_t features; const struct mlp_feature *const *feature;
                   const void *const *column; };            /* float[rows] (DENSE), uint32_t[rows] (CODES), struct mlp_runs (SPARSE) */

struct mlp_rows { const uint32_t *at; size_t n; };          /* row numbers, ascending */
struct mlp_fit_in {
    const struct mlp_code *code; const struct mlp_model *model; const struct mlp_ctx *ctx;
    struct mlp_block all;                                   /* every row of the source */
    const uint32_t *codes;                                  /* (features): number of codes with 0 and 1; of columns of SPARSE; 0 for DENSE */
    const double *y;                                        /* (rows) as trained on (after via); NaN: unlabelled */
    const double *weight;                                   /* (rows) or NULL */
    const uint32_t *query;                                  /* (rows) query number, or NULL */
    struct mlp_rows train, validation;                      /* labelled rows only */
    uint64_t seed;
    uint32_t outputs;                                       /* numbers per row: 1, or the classes (y is the class's number then) */
    const double *offset;                                   /* (rows) added to every score before loss and link; NULL: nothing */
    /* Of a model of models: what each part reports, (rows, outputs); where a part learnt from the row itself, what one reports that
     * did not see it, if the family asked for that. */
    const double *const *part; uint32_t parts;
    struct mlp_pool *pool;
    /* Called now and then; false: stop with MLP_ERR_INTERRUPTED. `note` is one line such as "120 trees, log_loss 0.412". */
    int (*progress)(void *, double share, const char *note); void *progress_data;
};
struct mlp_model_ops {
    const char *name;
    /* Tensors in the arena. `summary` (in the arena too): one line for people, such as "132 trees of at most 31 leaves". */
    mlp_status (*fit)(const struct mlp_fit_in *, struct mlp_arena *, struct mlp_tensors *, const char **summary,
                      struct mlp_error *);
    /* Checks and prepares; *opened lives in the arena. codes, outputs as in mlp_fit_in: a tensor that disagrees is an error. */
    mlp_status (*open)(const struct mlp_model *, const struct mlp_feature *const *feature, const uint32_t *codes, uint32_t outputs,
                       const struct mlp_tensors *, struct mlp_arena *, const void **opened, struct mlp_error *);
    /* score: (rows, outputs) row-major, raw: before the link. */
    void (*predict)(const void *opened, const struct mlp_block *, double *score);
    /* Of a model of models, in place of predict: from what its parts report, (n, outs[i]) each. */
    void (*combine)(const void *opened, const double *const *part, const uint32_t *outs, uint32_t parts, size_t n, uint32_t outputs,
                    double *score);
    uint8_t out_of_fold;                                    /* fit wants parts that did not see the row */
    /* Takes SPARSE features as runs; other families get the most frequent of their columns as numbers (widen.h). */
    uint8_t sparse;
};
extern const struct mlp_model_ops mlp_model_decision_tree, mlp_model_random_forest, mlp_model_extra_trees;
extern const struct mlp_model_ops mlp_model_linear, mlp_model_boosted_trees, mlp_model_average, mlp_model_product, mlp_model_hurdle,
    mlp_model_stack, mlp_model_naive_bayes, mlp_model_nearest;

/* ---- what families share (model.c) ---- */
/* A number argument; PARAM reads ctx->param; `absent` when the argument is NONE or not there. */
double mlp_arg_number(const struct mlp_use *, uint32_t i, const struct mlp_ctx *, double absent);
/* Writing: room for `room` tensors, then one call per array (rank 1, data borrowed). */
mlp_status mlp_tensors_room(struct mlp_tensors *, uint32_t room, struct mlp_arena *, struct mlp_error *);
void mlp_tensor_add(struct mlp_tensors *, const char *name, uint8_t dtype, uint64_t n, const void *data);
/* Reading: the array of this name, type and length (MLP_ANY: any, told in *n), or an error that names model and tensor. */
#define MLP_ANY UINT64_MAX
mlp_status mlp_tensor_need(const struct mlp_model *, const struct mlp_tensors *, const char *name, uint8_t dtype, uint64_t *n,
                           const void **data, struct mlp_error *);
/* What is there does not fit together. */
mlp_status mlp_model_damaged(const struct mlp_model *, const char *what, struct mlp_error *);

/* The labelled rows of a part, gathered. Lives in the arena that it was gathered in. */
struct mlp_sample {
    size_t n;
    const uint32_t *rows;
    double *y, *weight, *offset, total;                     /* weight NULL: ones; offset NULL: nothing; total: sum of weights */
    double *chunk;                                          /* (chunks of MLP_CHUNK rows) scratch */
};
mlp_status mlp_sample_gather(const struct mlp_fit_in *, struct mlp_rows, struct mlp_sample *, struct mlp_arena *,
                             struct mlp_error *);
/* The training rows that count: those with a weight above 0; an error where there is none. */
mlp_status mlp_sample_learn(const struct mlp_fit_in *, struct mlp_sample *, struct mlp_arena *, struct mlp_error *);
/* Sum of the model's loss over the sample at these scores plus its offsets, in chunk order; grad and hess (n each) or NULL. */
double mlp_sample_loss(const struct mlp_fit_in *, const struct mlp_sample *, const double *score, double *grad, double *hess);
/* Of several classes: those that have training rows. present (n): their numbers, ascending; place (outputs): where a class stands
 * among them, or MLP_ABSENT_CLASS. In the arena. */
struct mlp_classes { uint32_t n, *present; double *place; };
mlp_status mlp_classes_find(const struct mlp_sample *train, uint32_t outputs, struct mlp_classes *, struct mlp_arena *,
                            struct mlp_error *);
void mlp_sample_place(struct mlp_sample *, const struct mlp_classes *);   /* y becomes the class's place */
/* Softmax: sum of -log p(class) over the sample in chunk order, at score (n classes, rows) class by class; p (same) gets the
 * probabilities, or NULL. A row whose y is MLP_ABSENT_CLASS has a class that training did not: it counts as the least p there is. */
double mlp_softmax_loss(const struct mlp_fit_in *, const struct mlp_sample *, uint32_t n, const double *score, double *p);
#define MLP_ABSENT_CLASS (-1.0)
#define MLP_ABSENT_SCORE (-1000.0)                          /* its exponential is 0 beside any other */
/* The constant c that minimises the sum of loss(y, base + c); base NULL: zero. Offsets belong into base. scratch: 4 n doubles. */
double mlp_loss_constant(const struct mlp_fit_in *, const double *y, const double *weight, const double *base, size_t n,
                         double *scratch);
#endif
