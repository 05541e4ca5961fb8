/* encoder.h: from a text or a list to a run of (column, value), for features of form MLP_SPARSE ("encoder.tfidf"). What is learnt is in
 * two cells of the feature: `codebook`, a spelling per column, and `numbers`. On the path of a prediction: memory is the request's
 * arena, and no libm. */
#ifndef MLP_FIT_ENCODER_H
#define MLP_FIT_ENCODER_H
#include "runtime/base/arena.h"
#include "runtime/base/status.h"
#include "runtime/program.h"

struct mlp_encoder_ops {
    const char *name;
    /* Checks cells that may come from a damaged file; *opened lives in the arena and borrows the cells. */
    mlp_status (*open)(const struct mlp_use *, const struct mlp_cell *book, const struct mlp_cell *numbers, struct mlp_arena *,
                       const void **opened, struct mlp_error *);
    size_t (*most)(const void *opened, const struct mlp_str *);    /* entries that a text can have at most */
    /* Columns ascending, each once; returns how many. Without memory a text is empty. */
    size_t (*encode)(const void *opened, const struct mlp_str *, struct mlp_arena *, uint32_t *index, float *value);
};
extern const struct mlp_encoder_ops mlp_encoder_tfidf, mlp_encoder_multi_hot;

/* Number of columns of a feature: codes with 0 and 1, terms, or 0 for a number. */
uint32_t mlp_feature_width(const struct mlp_program *, const struct mlp_state *, const struct mlp_feature *);
mlp_status mlp_feature_encoder(const struct mlp_code *, const struct mlp_state *, const struct mlp_feature *, struct mlp_arena *,
                               const void **opened, struct mlp_error *);
#endif
