/* widen.h: texts for families that see one number per column. The columns of SPARSE features that most training rows have become
 * numbers of their own, 0 where a row has nothing; a family that takes runs itself (ops.sparse) is left alone. */
#ifndef MLP_MODEL_WIDEN_H
#define MLP_MODEL_WIDEN_H
#include "runtime/model/model.h"

enum { MLP_WIDEST = 1000 };                                 /* columns at most; fewer where they would take more than 1 GiB in training */
mlp_status mlp_widen_fit(const struct mlp_model_ops *, const struct mlp_fit_in *, struct mlp_arena *, struct mlp_tensors *,
                         const char **summary, struct mlp_error *);
/* As ops->open; *ops becomes what predicts with *opened. */
mlp_status mlp_widen_open(const struct mlp_model_ops **ops, const struct mlp_model *, const struct mlp_feature *const *feature,
                          const uint32_t *codes, uint32_t outputs, const struct mlp_tensors *, struct mlp_arena *,
                          const void **opened, struct mlp_error *);
#endif
