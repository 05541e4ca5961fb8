/* pool.c: one condition variable to wake, one to finish, an atomic counter hands out chunks; a late worker finds none left. */
#include "runtime/base/pool.h"
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>

struct worker { struct mlp_pool *pool; int index; pthread_t thread; };
struct mlp_pool {
    int threads;
    struct worker *worker;
    pthread_mutex_t lock;
    pthread_cond_t wake, done;
    unsigned long round;
    bool quit;
    int busy;                                               /* workers inside the current round */
    size_t chunks;
    atomic_size_t next;
    void (*work)(void *, size_t, int);
    void *data;
};

static void drain(struct mlp_pool *p, int index)
{
    for (size_t c; (c = atomic_fetch_add(&p->next, 1)) < p->chunks;) p->work(p->data, c, index);
}

static void *live(void *arg)
{
    struct worker *w = arg;
    struct mlp_pool *p = w->pool;
    unsigned long seen = 0;
    pthread_mutex_lock(&p->lock);
    for (;;) {
        while (!p->quit && p->round == seen) pthread_cond_wait(&p->wake, &p->lock);
        if (p->quit) break;
        seen = p->round, p->busy++;
        pthread_mutex_unlock(&p->lock);
        drain(p, w->index);
        pthread_mutex_lock(&p->lock);
        if (!--p->busy) pthread_cond_signal(&p->done);
    }
    pthread_mutex_unlock(&p->lock);
    return NULL;
}

struct mlp_pool *mlp_pool_new(int threads)
{
    if (threads <= 0) threads = (int)sysconf(_SC_NPROCESSORS_ONLN);
    if (threads < 1) threads = 1;
    struct mlp_pool *p = calloc(1, sizeof *p);
    if (!p) return NULL;
    p->worker = calloc((size_t)threads, sizeof *p->worker);
    if (!p->worker) return free(p), NULL;
    pthread_mutex_init(&p->lock, NULL), pthread_cond_init(&p->wake, NULL), pthread_cond_init(&p->done, NULL);
    p->threads = 1;
    for (int i = 1; i < threads; i++) {
        p->worker[i] = (struct worker){.pool = p, .index = i};
        if (pthread_create(&p->worker[i].thread, NULL, live, &p->worker[i])) break;   /* fewer threads is slower, not wrong */
        p->threads = i + 1;
    }
    return p;
}

void mlp_pool_free(struct mlp_pool *p)
{
    if (!p) return;
    pthread_mutex_lock(&p->lock);
    p->quit = true;
    pthread_cond_broadcast(&p->wake);
    pthread_mutex_unlock(&p->lock);
    for (int i = 1; i < p->threads; i++) pthread_join(p->worker[i].thread, NULL);
    pthread_mutex_destroy(&p->lock), pthread_cond_destroy(&p->wake), pthread_cond_destroy(&p->done);
    free(p->worker), free(p);
}

int mlp_pool_threads(const struct mlp_pool *p) { return p ? p->threads : 1; }

void mlp_pool_run(struct mlp_pool *p, size_t chunks, void (*work)(void *, size_t, int), void *data)
{
    if (!p || p->threads == 1 || chunks < 2) {
        for (size_t c = 0; c < chunks; c++) work(data, c, 0);
        return;
    }
    pthread_mutex_lock(&p->lock);
    p->chunks = chunks, p->work = work, p->data = data, p->round++;
    atomic_store(&p->next, 0);
    pthread_cond_broadcast(&p->wake);
    pthread_mutex_unlock(&p->lock);
    drain(p, 0);
    pthread_mutex_lock(&p->lock);
    while (p->busy) pthread_cond_wait(&p->done, &p->lock);
    p->chunks = 0;                                          /* a worker that wakes late finds nothing */
    pthread_mutex_unlock(&p->lock);
}
