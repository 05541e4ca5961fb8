/* bad_rows.h: what becomes of a row that cannot be read: the source says (bad_rows: fail, skip, quarantine). All readers ask here,
 * so that they count and keep alike. */
#ifndef MLP_DATA_BAD_ROWS_H
#define MLP_DATA_BAD_ROWS_H
#include "runtime/data/table.h"

/* *error says why the row is bad; row: its text in the file. MLP_OK: it is left out, counted, and kept with the reason where the
 * source wants a quarantine. Else error->status: reading ends. */
mlp_status mlp_bad_row(const struct mlp_source *, struct mlp_bad_rows *, const char *row, size_t n, struct mlp_error *error);
/* Rows of a part that was read apart (another block, another thread), behind those that are there; the part is empty then. */
mlp_status mlp_bad_rows_merge(struct mlp_bad_rows *, struct mlp_bad_rows *part, struct mlp_error *);
/* When `good` rows and all bad ones were met: are there too many bad ones? All of them in quarantine is not asked here. */
mlp_status mlp_bad_rows_check(const struct mlp_source *, const struct mlp_bad_rows *, uint64_t good, struct mlp_error *);
#endif
