/* lines.h: the lines of a file, plain or compressed, one after the other, in constant memory but for a long line. */
#ifndef MLP_IO_LINES_H
#define MLP_IO_LINES_H
#include <stdbool.h>
#include "runtime/data/build.h"

struct mlp_lines { struct csv_feed *feed; const char *name; struct mlp_builder *hash;   /* hash: told of the bytes; or NULL */
                   char *at; size_t from, n, room; bool end, begun; uint64_t line; };
mlp_status mlp_lines_open(struct mlp_lines *, const char *path, struct mlp_builder *hash, struct mlp_error *) MLP_CHECKED;
/* The next line without its end; *more false: there is none. Valid until the next call. */
mlp_status mlp_lines_next(struct mlp_lines *, struct mlp_str *line, bool *more, struct mlp_error *) MLP_CHECKED;
void mlp_lines_close(struct mlp_lines *);
#endif
