/* table.h: the rows of one source, by column. A table owns its memory (an arena); mlp_table_clear frees all of it.
 * Category and id columns hold codes of the table's own dictionary (in the order of declared spellings, else of appearance); a
 * fitted codebook maps them to the codes that kernels see. */
#ifndef MLP_DATA_TABLE_H
#define MLP_DATA_TABLE_H
#include "runtime/base/arena.h"
#include "runtime/base/status.h"
#include "runtime/program.h"

struct mlp_dictionary { uint32_t n, room; struct mlp_str *spelling;   /* spelling[i] has code 2 + i */
                        uint32_t *bucket; uint32_t buckets; };        /* open addressing over spelling indexes + 1 */
uint32_t mlp_dictionary_find(const struct mlp_dictionary *, const char *at, size_t n);      /* code, or 1: not there */
/* code, adding it when it is new (the spelling is copied); 0 without memory */
uint32_t mlp_dictionary_add(struct mlp_dictionary *, struct mlp_arena *, const char *at, size_t n);

struct mlp_column_data { void *data;                        /* double, int64_t, uint32_t or struct mlp_str per row (column.rep) */
                         uint64_t *valid;                   /* bit per row; NULL: none is missing */
                         struct mlp_dictionary *dictionary; };   /* CODE */
struct mlp_table { const struct mlp_source *source; size_t rows;
                   struct mlp_column_data *column;          /* (source->columns.n) */
                   uint32_t *file; uint64_t *line;          /* (rows) where a row came from: index into files, line from 1 */
                   const char **files; uint32_t n_files;
                   uint64_t content[2];                     /* hash of the bytes that were read: for the lock */
                   struct mlp_arena arena; };
void mlp_table_clear(struct mlp_table *);
static inline int mlp_is_valid(const uint64_t *valid, size_t row) { return !valid || (valid[row >> 6] >> (row & 63) & 1); }
#endif
