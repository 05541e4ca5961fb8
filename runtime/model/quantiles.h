/* quantiles.h: several quantiles as one model: the family learns each by a loss of its own, with the same options, from the same rows.
 * Around widen.h, so that families know one score. Other heads are handed on as they are. */
#ifndef MLP_MODEL_QUANTILES_H
#define MLP_MODEL_QUANTILES_H
#include "runtime/model/model.h"

/* As mlp_widen_fit and mlp_widen_open. */
mlp_status mlp_quantiles_fit(const struct mlp_model_ops *, const struct mlp_fit_in *, struct mlp_arena *, struct mlp_tensors *,
                             const char **summary, struct mlp_error *);
mlp_status mlp_quantiles_open(const struct mlp_model_ops **ops, const struct mlp_model *, const struct mlp_feature *const *feature,
                              const uint32_t *codes, uint32_t outputs, const struct mlp_tensors *, struct mlp_arena *,
                              const void **opened, struct mlp_error *);
#endif
