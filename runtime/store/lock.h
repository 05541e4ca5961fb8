/* lock.h: NAME.lock beside the spec: what a run was made of, one line per thing, so that a review shows what changed. */
#ifndef MLP_STORE_LOCK_H
#define MLP_STORE_LOCK_H
#include "runtime/base/arena.h"
#include "runtime/base/buffer.h"
#include "runtime/base/status.h"

struct mlp_lock_line { const char *key, *value; };          /* "source customers": "7043 rows, 0f3a…" */
struct mlp_lock { struct mlp_lock_line *line; uint32_t n, room; };
/* copies neither; what was NULL for want of memory is an error */
mlp_status mlp_lock_add(struct mlp_lock *, struct mlp_arena *, const char *key, const char *value, struct mlp_error *);
/* *there false: there is no such file. */
mlp_status mlp_lock_read(const char *path, struct mlp_arena *, struct mlp_lock *, int *there, struct mlp_error *);
mlp_status mlp_lock_text(const struct mlp_lock *, struct mlp_buffer *out, struct mlp_error *);      /* what the file holds */
const char *mlp_lock_get(const struct mlp_lock *, const char *key);   /* NULL: not there */
#endif
