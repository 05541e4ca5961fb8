/* head.h: from a model's raw scores to what is reported, for every kind of head (enum mlp_head). On the path of a prediction: no
 * training in here, no libm. */
#ifndef MLP_MODEL_HEAD_H
#define MLP_MODEL_HEAD_H
#include "runtime/program.h"

/* Number of classes of the target under a state; 1 where the target has none. */
uint32_t mlp_target_classes(const struct mlp_program *, const struct mlp_state *);
struct mlp_str mlp_target_class(const struct mlp_program *, const struct mlp_state *, uint32_t k);
/* Which quantile is reported as the prediction: that at 50%, or the nearest. And what one is called: p10, p2.5. */
uint32_t mlp_central_quantile(const struct mlp_program *);
void mlp_quantile_name(const struct mlp_program *, uint32_t k, char name[40]);
/* Numbers that is said of a row of the target: 1, one for each class, or 1 and its quantiles. */
uint32_t mlp_target_numbers(const struct mlp_program *, const struct mlp_state *);
/* Numbers that a model gives per row: raw scores, and as many reported ones. */
uint32_t mlp_model_outputs(const struct mlp_program *, const struct mlp_state *, const struct mlp_model *);
/* score: (n, outputs) row-major, in place. */
void mlp_head_link(const struct mlp_code *, const struct mlp_model *, const struct mlp_ctx *, double *score, size_t n,
                   uint32_t outputs);
/* One row of probabilities from scores; in place allowed. Used by training too. */
void mlp_softmax(const double *score, uint32_t n, double *p);
/* The most probable class, the first of equals. */
uint32_t mlp_most_probable(const double *p, uint32_t n);
#endif
