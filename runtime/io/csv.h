/* csv.h: RFC 4180 files (plain, .gz or .zst): quotes with newlines, CRLF, BOM, header in any order. Reads a whole table, or streams rows.
 * Blank lines are skipped; cells are trimmed; a quote inside an unquoted cell is a character. Result and errors do not depend on
 * threads. */
#ifndef MLP_IO_CSV_H
#define MLP_IO_CSV_H
#include <stdbool.h>
#include "runtime/data/table.h"
#include "runtime/base/pool.h"

/* Reads paths (after glob; at least one) into *table by the source's schema and reader options (arguments by name: delimiter,
 * missing, names, others). Errors: E3xx with file, line, column. The table is cleared by the caller with mlp_table_clear, after an
 * error it is empty already. */
mlp_status mlp_csv_read(const struct mlp_source *, const char *const *path, uint32_t paths, struct mlp_pool *, struct mlp_table *,
                        struct mlp_error *) MLP_CHECKED;

/* The same rows, at most MLP_CHUNK at a time, in order, in memory that does not grow with the files. A block is valid until the next
 * call; rows 0: the end. Codes are those of the block's dictionary, which keeps all spellings of a column with `distinct <= n` (and
 * refuses more), and else begins anew in a block when it has grown by more than MLP_CHUNK spellings beyond the declared ones. Checks
 * of whole columns (unique, missing <= share) are the caller's. paths live as long as the reader. */
struct mlp_csv_blocks;
mlp_status mlp_csv_blocks_open(const struct mlp_source *, const char *const *path, uint32_t paths, struct mlp_pool *,
                               struct mlp_csv_blocks **, struct mlp_error *) MLP_CHECKED;
mlp_status mlp_csv_blocks_next(struct mlp_csv_blocks *, const struct mlp_table **block, struct mlp_error *) MLP_CHECKED;
void mlp_csv_blocks_close(struct mlp_csv_blocks *);

/* A stream of rows for `predict`: constant memory whatever the length. Reads from a descriptor (0 is standard input). */
struct mlp_csv_stream;
/* headless: there is no header; the first row is a row, and the header has empty names for as many cells. */
mlp_status mlp_csv_open(int fd, const char *name, char delimiter, bool headless, struct mlp_csv_stream **,
                        struct mlp_error *) MLP_CHECKED;
const struct mlp_str *mlp_csv_header(const struct mlp_csv_stream *, uint32_t *n);
/* The next row's cells, unquoted; valid until the next call. *n 0: the end. A ragged row, a zero byte or an open quote is
 * MLP_ERR_DATA, and the stream can go on after it (after an open quote with the line behind the one where it opened). */
mlp_status mlp_csv_next(struct mlp_csv_stream *, const struct mlp_str **cell, uint32_t *n, uint64_t *line,
                        struct mlp_error *) MLP_CHECKED;
/* Whether a row can be had without waiting for more input: a writer flushes its output when not. */
int mlp_csv_ready(const struct mlp_csv_stream *);
void mlp_csv_close(struct mlp_csv_stream *);
/* The cells of a header by their names (snake: by their snake_case too), so that 100,000 columns are found in 100,000 steps. Cells
 * stay the caller's; without memory for the index they are searched one by one. */
struct mlp_header { const struct mlp_str *cell; uint32_t n, mask; bool snake; uint32_t *first, *next; };
struct mlp_header mlp_header_index(const struct mlp_str *cell, uint32_t n, bool snake);
void mlp_header_clear(struct mlp_header *);
/* The cell that is called so, exactly or (snake) in snake_case; MLP_NONE: none. *again: a second one. */
uint32_t mlp_header_named(const struct mlp_header *, const char *name, bool snake, uint32_t *again);
/* Which cell of a header a column is: by `from`, position, name, or snake_case of the header; MLP_NONE: none. *again: a second one. */
uint32_t mlp_csv_place(const struct mlp_column *, const struct mlp_header *, uint32_t *again);
#endif
