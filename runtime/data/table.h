/* table.h: the rows of one source, by column. A table owns its memory (an arena); mlp_table_clear frees all of it.
 * Category and id columns hold codes of the table's own dictionary (in the order of declared spellings, else of appearance); a
 * fitted codebook maps them to the codes that kernels see. A missing number is NaN, a missing time INT64_MIN, a missing text
 * {"", 0}, and its valid bit is 0. Bitmaps have 64 readable bytes behind them. */
#ifndef MLP_DATA_TABLE_H
#define MLP_DATA_TABLE_H
#include "runtime/base/arena.h"
#include "runtime/base/buffer.h"
#include "runtime/base/status.h"
#include "runtime/program.h"

/* {0} is empty. Memory comes from the arena given to add. */
struct mlp_dictionary { uint32_t n, room; struct mlp_str *spelling;   /* spelling[i] has code 2 + i */
                        uint32_t *bucket; uint32_t buckets;           /* open addressing over spelling indexes + 1 */
                        char *text; size_t text_left; };              /* room for copies */
uint32_t mlp_dictionary_find(const struct mlp_dictionary *, const char *at, size_t n);      /* code, or 1: not there */
/* code, adding it when it is new (the spelling is copied); 0 without memory */
uint32_t mlp_dictionary_add(struct mlp_dictionary *, struct mlp_arena *, const char *at, size_t n);
/* The same without the copy: the spelling must live as long as the dictionary. */
uint32_t mlp_dictionary_add_view(struct mlp_dictionary *, struct mlp_arena *, const char *at, size_t n);

/* Bad rows that were left out: how many, why the first, and (quarantine) all of them with their reasons, as CSV. */
struct mlp_bad_rows { uint64_t n; struct mlp_error first; struct mlp_buffer text; };
struct mlp_column_data { void *data;                        /* double, int64_t, uint32_t or struct mlp_str per row (column.rep) */
                         uint64_t *valid;                   /* bit per row; NULL: none is missing */
                         struct mlp_dictionary *dictionary; };   /* CODE */
struct mlp_table { const struct mlp_source *source; size_t rows;
                   struct mlp_column_data *column;          /* (source->columns.n) */
                   uint32_t *file; uint64_t *line;          /* (rows) where a row came from: index into files, line from 1 */
                   const char **files; uint32_t n_files;
                   struct mlp_bad_rows bad;                 /* bad rows left out (bad_rows: skip, quarantine) */
                   uint64_t content[2];                     /* hash of the bytes that were read, decompressed: for the lock */
                   struct mlp_arena arena; };
void mlp_table_clear(struct mlp_table *);
/* What the schema says of whole columns: unique, missing <= share, distinct <= n. Readers call it when all rows are there. */
mlp_status mlp_table_check(const struct mlp_table *, struct mlp_error *);
/* The bytes that identify a cell (spelling, number, time, text), borrowed or in *scratch; n 0: missing. */
struct mlp_str mlp_table_bytes(const struct mlp_table *, mlp_ix column, size_t row, uint64_t *scratch);
/* Fills place (file, line) of an error from a row, and its column if not MLP_NONE; returns its status. */
mlp_status mlp_table_place(const struct mlp_table *, size_t row, mlp_ix column, struct mlp_error *);
/* rows.c: keeps row[0] < row[1] < …, n of them, and forgets the others. */
void mlp_table_keep(struct mlp_table *, const uint32_t *row, size_t n);
/* Puts a copy of the rows of a table of the same schema behind; file and line stay theirs. */
mlp_status mlp_table_append(struct mlp_table *, struct mlp_table *more, struct mlp_error *) MLP_CHECKED;
/* By what cells mean: equal rows have equal hashes. */
uint64_t mlp_row_hash(const struct mlp_table *, const mlp_ix *column, uint32_t columns, size_t row, uint64_t seed);
int mlp_rows_equal(const struct mlp_table *, const mlp_ix *column, uint32_t columns, size_t a, size_t b);
/* first[row]: the first row that equals it in these columns, itself if there is none before. */
mlp_status mlp_rows_first(const struct mlp_table *, const mlp_ix *column, uint32_t columns, uint32_t *first, struct mlp_error *) MLP_CHECKED;
/* The moment from which a cell's value may be used for other rows, by its column's tags: INT64_MIN always, INT64_MAX never. */
int64_t mlp_known(const struct mlp_table *, mlp_ix column, size_t row);
static inline int mlp_is_valid(const uint64_t *valid, size_t row) { return !valid || (valid[row >> 6] >> (row & 63) & 1); }
#endif
