/* fit.h: from tables to a state and a matrix of features. The same functions prepare training, validation and test rows; single
 * requests go through run/predictor with the same kernels and the same state.
 * Owns: a frame its windows, a fitted its cells, a matrix its columns; each is cleared by its _clear, after an error too. */
#ifndef MLP_FIT_H
#define MLP_FIT_H
#include "runtime/base/pool.h"
#include "runtime/data/table.h"

/* Tables of all sources (index as in program.sources), and what is computed once for all rows of one of them (`source`): its slots
 * that are windows or stand behind a key. Borrowed tables. */
struct mlp_frame { const struct mlp_code *code; const struct mlp_table *table; struct mlp_arena arena;
                   mlp_ix source;                           /* whose rows kernels map */
                   struct mlp_column_data *window;          /* (slots) windows and joins; data NULL for slots of columns */
                   uint32_t **joined;                       /* (joins) row (+ 1) that each row leads to; NULL: not from here */
                   /* (cells) known before anything is learnt: the classes of the target. at NULL: learnt; the list NULL: none known */
                   const struct mlp_cell *known;
                   const double *param;
                   /* (slots); columns of what is judged: set by who runs a kernel that reads them, else NULL */
                   const struct mlp_column_data *judged; };
/* Of the main source: what stands behind its keys. */
mlp_status mlp_frame_init(struct mlp_frame *, const struct mlp_code *, const struct mlp_table *, const double *param,
                          struct mlp_error *) MLP_CHECKED;
/* Fills the windows. state: any of the program's, before anything is learnt: it spells what the spec names. */
mlp_status mlp_frame_windows(struct mlp_frame *, const struct mlp_state *, struct mlp_pool *, struct mlp_error *) MLP_CHECKED;
/* One of them alone (serving: what another window reads of the rows before a request). */
mlp_status mlp_frame_window(struct mlp_frame *, const struct mlp_state *, mlp_ix slot, struct mlp_pool *, struct mlp_error *) MLP_CHECKED;
/* Of any source, before it is complete: what one kernel (NONE: none) needs (a step, a derived column); there are no windows in it. */
mlp_status mlp_frame_of(struct mlp_frame *, const struct mlp_code *, const struct mlp_table *, const double *param, mlp_ix source,
                        mlp_ix kernel, struct mlp_error *) MLP_CHECKED;
void mlp_frame_clear(struct mlp_frame *);
const struct mlp_column_data *mlp_frame_column(const struct mlp_frame *, mlp_ix slot);     /* what the slot reads */
mlp_ix mlp_slot_rows(const struct mlp_program *, const struct mlp_slot *);  /* the source whose rows have this slot */

/* What is learnt. Cells live in the arena. fold f > 0 states (cross-fitting) are used for training rows only: they differ from
 * `state` in cross-fitted cells alone. */
struct mlp_fitted { struct mlp_arena arena; struct mlp_state state;         /* fitted on all training rows */
                    /* (folds) fitted without fold f; 0: no cross-fitting */
                    uint32_t folds; struct mlp_state *fold;
                    uint8_t *fold_of; };                                     /* (rows) fold of a training row; 255: none */
/* The codebook of the target's classes: every spelling of its column in all rows (pinned ones first), in the frame's arena. */
mlp_status mlp_classes_learn(struct mlp_frame *, mlp_ix cell, struct mlp_cell *, struct mlp_error *) MLP_CHECKED;
/* The cells before anything is learnt: codebooks hold what the spec itself names, numbers are missing. In the arena. */
mlp_status mlp_state_blank(const struct mlp_program *, struct mlp_arena *, struct mlp_cell **, struct mlp_error *) MLP_CHECKED;
/* For a step or a derived column, before rows are split: codebooks with every spelling of the frame's rows. In the frame's arena. */
mlp_status mlp_state_whole(struct mlp_frame *, mlp_ix kernel, mlp_ix book, struct mlp_state *, struct mlp_error *) MLP_CHECKED;
/* Runs every stage over the training rows (ascending row numbers). A reducer reads the target through its stage's kernel. Row r is
 * in fold mlp_random(seed, stream, r) % folds, folds being the largest crossfit of the program (at most 254). */
mlp_status mlp_state_fit(const struct mlp_frame *, const uint32_t *train, size_t n_train, uint64_t seed, struct mlp_pool *,
                         struct mlp_fitted *, struct mlp_error *) MLP_CHECKED;
void mlp_fitted_clear(struct mlp_fitted *);

/* Runs a MAP kernel over rows (NULL: 0..n-1 all rows in order). out: one column per kernel out, n elements each, of its form. */
mlp_status mlp_map_rows(const struct mlp_frame *, const struct mlp_state *, mlp_ix kernel, const uint32_t *rows, size_t n,
                        struct mlp_pool *, void *const *out, struct mlp_error *) MLP_CHECKED;
/* What a kernel would read of at most MLP_GATHER rows, copied into the arena: in[i] belongs to kernel.slots[i] and has data and a
 * bit per row of its own. */
enum { MLP_GATHER = 1024 };
mlp_status mlp_gather_rows(const struct mlp_frame *, const struct mlp_state *, mlp_ix kernel, const uint32_t *rows, size_t n,
                           struct mlp_arena *, struct mlp_in **in, struct mlp_error *) MLP_CHECKED;
/* The same for a kernel with outs of form STR, whose `out` is not used: their texts, which go with the block that they are in, are
 * handed over in passing, by any thread: texts [0, n) belong to places from.. of `rows`. */
struct mlp_texts { void (*take)(const struct mlp_texts *, uint32_t out, size_t from, size_t n, const struct mlp_str *, int worker);
                   const uint32_t *place; void *data; };    /* place: of the taker, see state.c */
mlp_status mlp_map_texts(const struct mlp_frame *, const struct mlp_state *, mlp_ix kernel, const uint32_t *rows, size_t n,
                         struct mlp_pool *, void *const *out, const struct mlp_texts *, struct mlp_error *) MLP_CHECKED;
/* The feature matrix of every row: column[f] has table.rows elements (float or uint32_t), or is a struct mlp_runs. Training rows
 * get their fold's state. codes (features): number of codes, of columns of a SPARSE feature; 0 dense */
struct mlp_matrix { struct mlp_arena arena; size_t rows; void **column; uint32_t *codes; };
mlp_status mlp_matrix_make(const struct mlp_frame *, const struct mlp_fitted *, struct mlp_pool *, struct mlp_matrix *,
                           struct mlp_error *) MLP_CHECKED;
void mlp_matrix_clear(struct mlp_matrix *);

/* Whose spellings codes have: a codebook's, else a column's declared ones; none: both NULL. */
struct mlp_spellings { const struct mlp_cell *book; const struct mlp_column *column; };
struct mlp_str mlp_spelling(const struct mlp_spellings *, uint32_t code);   /* {"", 0} when it has none */

/* What a reducer with `learn` gets: the outs of its stage's kernel over the n training rows. The cell `out` has at least one number;
 * `book` (NULL where the fit has none) is a codebook. Both live in the arena. */
struct mlp_learn { const struct mlp_use *use; size_t n; struct mlp_arena *arena;
                   uint32_t inputs; const double *const *number;    /* (inputs, n): fit.input and fit.more, NaN: missing */
                   const struct mlp_str *text;              /* (n) instead of number[0], where fit.input is a text; missing: empty */
                   const uint32_t *code; uint32_t codes;    /* (n) fit.by: 0 missing; below `codes`; or NULL */
                   struct mlp_spellings spelt, with; };     /* of `code`, and of what number[0] is the step of */

/* A reducer: one number from values with missing ones left out ("reducer.median"). Over no values: count, sum and distinct are 0,
 * the others NaN. Sums go in order, chunk by chunk, compensated. sd and var are the population's (ddof 0); quantile interpolates
 * linearly as numpy does; median and mode of a code are codes; of several modes the smallest.
 * Grouped (fit.by): one number per code of the group; an argument `smooth` draws it to the number of all rows, as that many rows
 * would: (count * own + smooth * all) / (count + smooth), which for a mean is target encoding; a code without rows then has that of
  * all rows. */
/* value: no NaN; a copy: may be reordered */
struct mlp_reducer_ops { const char *name; double (*reduce)(double *value, size_t n, const struct mlp_use *);
                         /* instead of reduce, for what is more than one number: learns cells from the training rows as they stand */
                         mlp_status (*learn)(const struct mlp_learn *, struct mlp_cell *out, struct mlp_cell *book,
                                             struct mlp_error *); };
extern const struct mlp_reducer_ops mlp_reducer_mean, mlp_reducer_sd, mlp_reducer_var, mlp_reducer_median, mlp_reducer_quantile,
    mlp_reducer_min, mlp_reducer_max, mlp_reducer_mode, mlp_reducer_count, mlp_reducer_sum, mlp_reducer_share, mlp_reducer_distinct,
        mlp_reducer_target_mean,
    mlp_reducer_yeo_johnson_power, mlp_reducer_quantiles, mlp_reducer_edges, mlp_reducer_frequent, mlp_reducer_components, mlp_reducer_terms,
    mlp_reducer_values, mlp_reducer_pairs;

/* Spellings of a codebook cell: n bytes: u32 count, u32 offset[count + 1] from the first spelling's byte, spellings. */
uint32_t mlp_codebook_size(const struct mlp_cell *);                        /* number of codes, with 0 and 1; 2 for an empty cell */
struct mlp_str mlp_codebook_spelling(const struct mlp_cell *, uint32_t code);   /* {"", 0} for 0, 1 and what is beyond */
int mlp_codebook_sound(const struct mlp_cell *);                            /* 1: offsets hold; for cells from a file */
/* A codebook of these spellings, in this order, in the arena. */
mlp_status mlp_codebook_write(const struct mlp_str *, size_t n, struct mlp_arena *, struct mlp_cell *, struct mlp_error *);
/* Spellings to codes: views on the cell, buckets in the arena. */
mlp_status mlp_codebook_open(const struct mlp_cell *, struct mlp_arena *, struct mlp_dictionary *, struct mlp_error *) MLP_CHECKED;
#endif
