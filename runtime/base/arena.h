/* arena.h: memory that is freed all at once. An arena owns every block it hands out; mlp_arena_clear frees them all,
 * mlp_arena_reset keeps the first block for the next batch or request. Zeroed memory, aligned to 64 bytes (one cache line). */
#ifndef MLP_BASE_ARENA_H
#define MLP_BASE_ARENA_H
#include <stddef.h>
#include "runtime/base/status.h"

/* {0} is an empty arena. refused: bytes of the last piece that could not be had; kernels and what they call have no way to fail, so who
 * lent them an arena asks mlp_arena_check. none: called then, where it is set: if it does not return, nobody need look for NULL. A guest is what a user of the arena keeps with it from request to request: it outlives resets and leaves when
 * the arena is cleared. */
struct mlp_arena { struct mlp_arena_block *block; size_t used, total, refused; void (*none)(size_t bytes); void *guest; void (*leave)(void *guest); };

void *mlp_arena_alloc(struct mlp_arena *, size_t bytes);     /* zeroed; NULL when there is no memory */
void *mlp_arena_raw(struct mlp_arena *, size_t bytes);       /* the same with anything in it: for what is written before it is read */
char *mlp_arena_copy(struct mlp_arena *, const char *text, size_t n);   /* n bytes and a final 0 */
char *mlp_arena_printf(struct mlp_arena *, const char *format, ...) __attribute__((format(printf, 2, 3)));
void *mlp_arena_none(struct mlp_arena *, size_t bytes);      /* there was no memory for something that belongs to it: NULL */
mlp_status mlp_arena_check(struct mlp_arena *, struct mlp_error *) MLP_CHECKED;     /* of all since it was last asked */
void mlp_arena_reset(struct mlp_arena *);
void mlp_arena_clear(struct mlp_arena *);
#endif
