/* codebook.h: how a codebook cell is made. Room-private; what others need of codebooks is in fit.h. */
#ifndef MLP_FIT_CODEBOOK_H
#define MLP_FIT_CODEBOOK_H
#include "runtime/fit/fit.h"
/* Pinned spellings first, in their order, then those of the rows, sorted by bytes. column NULL: what the spec
 * says alone. */
mlp_status codebook_make(const struct mlp_cell_spec *, const struct mlp_column_data *, const uint32_t *rows, size_t n,
                         struct mlp_arena *, struct mlp_cell *, struct mlp_error *);
#endif
