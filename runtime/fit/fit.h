/* fit.h: from tables to a state and a matrix of features. The same functions prepare training, validation and test rows; single
 * requests go through run/predictor with the same kernels and the same state. */
#ifndef MLP_FIT_H
#define MLP_FIT_H
#include "runtime/base/pool.h"
#include "runtime/data/table.h"

/* Tables of all sources (index as in program.sources), and what is computed once for all their rows: window slots. Borrowed tables. */
struct mlp_frame { const struct mlp_code *code; const struct mlp_table *table; struct mlp_arena arena;
                   struct mlp_column_data *window;          /* (slots); data NULL for slots that are not windows */
                   const double *param; };
mlp_status mlp_frame_init(struct mlp_frame *, const struct mlp_code *, const struct mlp_table *, const double *param, struct mlp_error *);
void mlp_frame_clear(struct mlp_frame *);

/* What is learnt. Cells live in the arena. fold f > 0 states (cross-fitting) are used for training rows only. */
struct mlp_fitted { struct mlp_arena arena; struct mlp_state state;         /* fitted on all training rows */
                    uint32_t folds; struct mlp_state *fold;                  /* (folds) fitted without fold f; 0: no cross-fitting */
                    uint8_t *fold_of; };                                     /* (rows) fold of a training row; 255: none */
/* Runs every stage over the training rows (ascending row numbers). y: (rows), for reducers that read the target. */
mlp_status mlp_state_fit(const struct mlp_frame *, const uint32_t *train, size_t n_train, uint64_t seed, struct mlp_pool *,
                         struct mlp_fitted *, struct mlp_error *);
void mlp_fitted_clear(struct mlp_fitted *);

/* Runs a MAP kernel over rows (NULL: 0..n-1 all rows in order). out: one column per kernel out, n elements each, of its form. */
mlp_status mlp_map_rows(const struct mlp_frame *, const struct mlp_state *, mlp_ix kernel, const uint32_t *rows, size_t n,
                        struct mlp_pool *, void *const *out, struct mlp_error *);
/* The feature matrix of every row: column[f] has table.rows elements (float or uint32_t). Training rows get their fold's state. */
struct mlp_matrix { struct mlp_arena arena; size_t rows; void **column; uint32_t *codes; };   /* codes (features): number of codes; 0 dense */
mlp_status mlp_matrix_make(const struct mlp_frame *, const struct mlp_fitted *, struct mlp_pool *, struct mlp_matrix *, struct mlp_error *);
void mlp_matrix_clear(struct mlp_matrix *);

/* A reducer: one number from values with missing ones left out ("reducer.median"). Mergeable parts are merged in chunk order. */
struct mlp_reducer_ops { const char *name; double (*reduce)(const double *value, size_t n, const struct mlp_use *); };   /* value: no NaN; may be reordered copies */
/* Spellings of a codebook cell. */
uint32_t mlp_codebook_size(const struct mlp_cell *);                        /* number of codes, with 0 and 1 */
struct mlp_str mlp_codebook_spelling(const struct mlp_cell *, uint32_t code);
#endif
