/* pool.h: threads that share chunks of work. The pool owns its threads; mlp_pool_free ends them.
 * Results must not depend on which worker ran a chunk: write to chunk-indexed places and merge in chunk order. */
#ifndef MLP_BASE_POOL_H
#define MLP_BASE_POOL_H
#include <stddef.h>

struct mlp_pool;
struct mlp_pool *mlp_pool_new(int threads);                 /* threads includes the caller; 0: one per online core; NULL only without memory */
void mlp_pool_free(struct mlp_pool *);
int mlp_pool_threads(const struct mlp_pool *);              /* of NULL: 1 */
/* Calls work(data, chunk, worker) for every chunk in 0..chunks-1, worker in 0..threads-1; returns when all are done.
 * pool NULL, one thread or one chunk: runs in the caller. Work must not call mlp_pool_run on the same pool. */
void mlp_pool_run(struct mlp_pool *, size_t chunks, void (*work)(void *data, size_t chunk, int worker), void *data);

enum { MLP_CHUNK = 65536 };                                 /* rows: the unit that every sum is merged by */
#endif
