/* folded.h: one pass of a kernel over rows, each with the state of its fold. Room-private. out: (n) per kernel out; outs of texts are
 * handed to `texts`, whose place (NULL: itself) says which of the n a text belongs to. */
#ifndef MLP_FIT_FOLDED_H
#define MLP_FIT_FOLDED_H
#include "runtime/fit/fit.h"
mlp_status map_folded(const struct mlp_frame *, const struct mlp_fitted *, mlp_ix kernel, const uint32_t *rows, size_t n,
                      struct mlp_pool *, void *const *out, const struct mlp_texts *texts, struct mlp_error *) MLP_CHECKED;
#endif
