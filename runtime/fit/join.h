/* join.h: foreign keys at run time. Everything lives in the arena that is given; tables are borrowed. */
#ifndef MLP_FIT_JOIN_H
#define MLP_FIT_JOIN_H
#include <stdbool.h>
#include "runtime/data/table.h"

/* The rows of a source by its one key, a key's versions in the order of their time. */
struct mlp_keys { const struct mlp_table *table; const struct mlp_dictionary *dictionary;
                  uint32_t *first;                          /* (keys + 1) key i, code i + 2, has row[first[i]] … row[first[i + 1] - 1] */
                  uint32_t *row; int64_t *time; };
/* versions: a key may have several rows, each of its own time; else a second row of a key is E336. */
mlp_status mlp_keys_open(struct mlp_keys *, const struct mlp_table *, bool versions, struct mlp_arena *, struct mlp_error *) MLP_CHECKED;
/* The row (+ 1) that the join leads to from this key code (of keys->dictionary) at this moment; 0: none. */
uint32_t mlp_keys_find(const struct mlp_keys *, const struct mlp_join *, uint32_t code, int64_t moment);

int64_t mlp_join_moment(const struct mlp_join *, int64_t time);             /* when the row of this @time is decided on */
/* For every row of base, the row (+ 1) of join->to. from, before: the table whose key is looked up, and which of its rows (+ 1)
 * each row of base led to; base itself and NULL for a first join. */
mlp_status mlp_join_rows(const struct mlp_join *, const struct mlp_keys *, const struct mlp_table *base, const struct mlp_table *from,
                         const uint32_t *before, uint32_t *out, struct mlp_error *) MLP_CHECKED;
/* A column of the rows that were found; missing where there was none. */
mlp_status mlp_join_column(const struct mlp_table *to, mlp_ix column, const uint32_t *row, size_t n, struct mlp_arena *,
                           struct mlp_column_data *, struct mlp_error *) MLP_CHECKED;
#endif
