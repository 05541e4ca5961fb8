/* reader.h: what a reader of whole tables is. A program binds those that it names ("reader.csv"), so an executable holds no other.
 * read: paths (after glob; at least one) into *table by the source's schema and the reader's options. Errors are E3xx with file, line
 * and column; after one the table is empty. Bad rows are the source's policy (data/bad_rows.h): with a quarantine a table may come
 * back without rows. */
#ifndef MLP_IO_READER_H
#define MLP_IO_READER_H
#include "runtime/base/pool.h"
#include "runtime/data/table.h"

struct mlp_reader_ops {
    mlp_status (*read)(const struct mlp_source *, const char *const *path, uint32_t paths, struct mlp_pool *, struct mlp_table *,
                       struct mlp_error *);
};
extern const struct mlp_reader_ops mlp_reader_csv, mlp_reader_jsonl, mlp_reader_text;
#endif
