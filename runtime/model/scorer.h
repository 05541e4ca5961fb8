/* scorer.h: a fitted model with the models that it combines, ready to predict: parts, own scores, exposure, link, calibration, in
 * this order. The same for training rows, blocks and single rows: predict neither fails nor allocates. */
#ifndef MLP_MODEL_SCORER_H
#define MLP_MODEL_SCORER_H
#include <stdbool.h>
#include "runtime/model/calibrate.h"
#include "runtime/model/model.h"

struct mlp_scorer {
    const struct mlp_code *code; const struct mlp_model *model; const struct mlp_model_ops *ops; const void *opened;
    const struct mlp_feature **feature; uint32_t *codes, features;         /* of the model, as its open() saw them */
    uint32_t outputs;                                       /* numbers per row that it reports */
    struct mlp_scorer *part; uint32_t parts;
    const double *prior;                                    /* (classes) true share over the share in training; NULL: they are the same */
    struct mlp_calibration calibration;                     /* method 0: none */
};
/* tensors: of the program's models, by index; those of this model and its parts are read and must outlive the scorer. Everything
 * else is in the arena. codes: of the program's features under the state. bare: without the model's own calibration. */
mlp_status mlp_scorer_open(struct mlp_scorer *, const struct mlp_code *, const struct mlp_state *, mlp_ix model,
                           const struct mlp_tensors *const *tensors, const uint32_t *codes, bool bare, struct mlp_arena *,
                           struct mlp_error *);
size_t mlp_scorer_room(const struct mlp_scorer *);          /* doubles of scratch per row */
/* column (features of the program) of n rows; p: (n, outputs) as reported; room: n times mlp_scorer_room. */
void mlp_scorer_predict(const struct mlp_scorer *, const struct mlp_ctx *, const void *const *column, size_t n, double *p, double *room);
#endif
