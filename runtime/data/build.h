/* build.h: a table row by row, for readers whose files are not CSV. Cells are texts that mlp_cell_parse reads, as everywhere.
 * A builder borrows the source; the table owns all memory, and the caller clears it with mlp_table_clear, after an error too. */
#ifndef MLP_DATA_BUILD_H
#define MLP_DATA_BUILD_H
#include "runtime/data/table.h"

struct mlp_builder { const struct mlp_source *source; struct mlp_table *table; size_t room;
                     char **missing; uint32_t n_missing;    /* of the reader's option `missing` */
                     char *text; size_t text_left; };       /* where texts are copied to, in the table's arena */
mlp_status mlp_build_begin(struct mlp_builder *, const struct mlp_source *, const char *const *path, uint32_t paths, struct mlp_table *,
                           struct mlp_error *) MLP_CHECKED;
/* (columns) cells, at NULL: not there. row: its text, for the quarantine. A bad row is left out where the source says so. */
mlp_status mlp_build_row(struct mlp_builder *, const struct mlp_str *cell, uint32_t file, uint64_t line, const char *row, size_t n,
                         struct mlp_error *) MLP_CHECKED;
/* *error says why the row cannot even be cut into cells. */
mlp_status mlp_build_bad(struct mlp_builder *, uint32_t file, uint64_t line, const char *row, size_t n, struct mlp_error *) MLP_CHECKED;
mlp_status mlp_build_end(struct mlp_builder *, struct mlp_error *) MLP_CHECKED;
/* The bytes of a file as they are read, in blocks of one size and a last smaller one: for the table's content hash. */
void mlp_build_hash(struct mlp_builder *, const char *at, size_t n);
/* The base name of a path, as `from file` has it. */
const char *mlp_base_name(const char *path);
#endif
