/* csv.h: RFC 4180 files (plain or .gz): quotes with newlines, CRLF, BOM, header in any order. Reads a whole table, or streams rows. */
#ifndef MLP_IO_CSV_H
#define MLP_IO_CSV_H
#include "runtime/data/table.h"
#include "runtime/base/pool.h"

/* Reads paths (after glob; at least one) into *table by the source's schema and reader options. Errors: E3xx with file, line, column. */
mlp_status mlp_csv_read(const struct mlp_source *, const char *const *path, uint32_t paths, struct mlp_pool *, struct mlp_table *,
                        struct mlp_error *);

/* A stream of rows for `predict`: constant memory whatever the length. Reads from a descriptor (0 is standard input). */
struct mlp_csv_stream;
mlp_status mlp_csv_open(int fd, const char *name, char delimiter, struct mlp_csv_stream **, struct mlp_error *);
const struct mlp_str *mlp_csv_header(const struct mlp_csv_stream *, uint32_t *n);
/* The next row's cells, unquoted; valid until the next call. *n 0: the end. A ragged row or an open quote is MLP_ERR_DATA, and the
 * stream can go on after it. */
mlp_status mlp_csv_next(struct mlp_csv_stream *, const struct mlp_str **cell, uint32_t *n, uint64_t *line, struct mlp_error *);
void mlp_csv_close(struct mlp_csv_stream *);
#endif
