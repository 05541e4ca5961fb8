/* model.h: what a family of models offers: fit, open, predict. One struct mlp_model_ops per family, bound by name ("model.linear").
 * A fitted model is a list of tensors (named arrays): what the model file stores. open() checks every bound of tensors that may
 * come from a damaged file and prepares what predict() needs; predict never fails and never allocates.
 * Row form and block form agree bit for bit: sums go over features in ascending order with one accumulator per row. */
#ifndef MLP_MODEL_H
#define MLP_MODEL_H
#include "runtime/base/arena.h"
#include "runtime/base/pool.h"
#include "runtime/base/status.h"
#include "runtime/program.h"

enum mlp_dtype { MLP_DT_U8, MLP_DT_U32, MLP_DT_I32, MLP_DT_I64, MLP_DT_F32, MLP_DT_F64 };
struct mlp_tensor { const char *name; uint8_t dtype; uint32_t rank; uint64_t shape[4]; const void *data; };   /* row-major */
struct mlp_tensors { struct mlp_tensor *at; uint32_t n; };
size_t mlp_tensor_bytes(const struct mlp_tensor *);
const struct mlp_tensor *mlp_tensor_find(const struct mlp_tensors *, const char *name);

/* A block of rows as models see it: one column per feature of the model (already picked by model.features). */
struct mlp_block { size_t rows; uint32_t features; const struct mlp_feature *const *feature;
                   const void *const *column; };            /* float[rows] (DENSE) or uint32_t[rows] (CODES) */

struct mlp_rows { const uint32_t *at; size_t n; };          /* row numbers, ascending */
struct mlp_fit_in {
    const struct mlp_code *code; const struct mlp_model *model; const struct mlp_ctx *ctx;
    struct mlp_block all;                                   /* every row of the source */
    const uint32_t *codes;                                  /* (features): number of codes with 0 and 1; 0 for DENSE */
    const double *y;                                        /* (rows) as trained on (after via); NaN: unlabelled */
    const double *weight;                                   /* (rows) or NULL */
    const uint32_t *query;                                  /* (rows) query number, or NULL */
    struct mlp_rows train, validation;                      /* labelled rows only */
    uint64_t seed;
    struct mlp_pool *pool;
    /* Called now and then; false: stop with MLP_ERR_INTERRUPTED. `note` is one line such as "120 trees, log_loss 0.412". */
    int (*progress)(void *, double share, const char *note); void *progress_data;
};
struct mlp_model_ops {
    const char *name;
    /* Tensors in the arena. `summary` (in the arena too): one line for people, such as "132 trees of at most 31 leaves". */
    mlp_status (*fit)(const struct mlp_fit_in *, struct mlp_arena *, struct mlp_tensors *, const char **summary, struct mlp_error *);
    /* Checks and prepares; *opened lives in the arena. codes as in mlp_fit_in: a tensor that disagrees is an error. */
    mlp_status (*open)(const struct mlp_model *, const struct mlp_feature *const *feature, const uint32_t *codes,
                       const struct mlp_tensors *, struct mlp_arena *, const void **opened, struct mlp_error *);
    /* score: (rows) raw, before the link. */
    void (*predict)(const void *opened, const struct mlp_block *, double *score);
};
extern const struct mlp_model_ops mlp_model_linear, mlp_model_boosted_trees;
#endif
