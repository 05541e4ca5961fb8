/* arena.c: blocks of growing size in a list, newest first. What is large is mapped on its own, in large pages where there are any:
 * its memory is zero already and costs nothing before it is written. Mappings that are freed are kept for the next ones, up to a
 * bound: a table, a matrix or a fold that comes after another of its size finds its pages instead of new ones that the system must
 * clear (a fifth of the time of reading a file). */
#include "runtime/base/arena.h"
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

struct mlp_arena_block { struct mlp_arena_block *next; size_t room; int mapped; };
enum { ALIGN = 64, FIRST = 64 * 1024, LARGE = 4 << 20, KEEP = 256 << 20,
#ifdef __SANITIZE_ADDRESS__                                 /* which watches the borders of what malloc gives */
       MAPS = 0 };
#else
       MAPS = 1 };
#endif

static char *data_of(struct mlp_arena_block *b) { return (char *)b + ALIGN; }

static struct { pthread_mutex_t lock; struct mlp_arena_block *first; size_t bytes; } kept = {.lock = PTHREAD_MUTEX_INITIALIZER};

static void unmap(struct mlp_arena_block *b) { munmap(b, ALIGN + b->room); }

static void free_block(struct mlp_arena_block *b)
{
    if (!b->mapped) { free(b); return; }
    pthread_mutex_lock(&kept.lock);
    const int keep = kept.bytes + b->room <= KEEP;
    if (keep) b->next = kept.first, kept.first = b, kept.bytes += b->room;
    pthread_mutex_unlock(&kept.lock);
    if (!keep) unmap(b);
}

/* The smallest kept mapping with room for `need` and no more than twice that; NULL: none. */
static struct mlp_arena_block *take_kept(size_t need)
{
    struct mlp_arena_block **best = NULL, *b = NULL;
    pthread_mutex_lock(&kept.lock);
    for (struct mlp_arena_block **k = &kept.first; *k; k = &(*k)->next)
        if ((*k)->room >= need && (*k)->room / 2 <= need && (!best || (*k)->room < (*best)->room)) best = k;
    if (best) b = *best, *best = b->next, kept.bytes -= b->room;
    pthread_mutex_unlock(&kept.lock);
    return b;
}

/* 0: there was nothing to give back. */
static int give_back_kept(void)
{
    pthread_mutex_lock(&kept.lock);
    struct mlp_arena_block *b = kept.first;
    kept.first = NULL, kept.bytes = 0;
    pthread_mutex_unlock(&kept.lock);
    const int some = b != NULL;
    while (b) {
        struct mlp_arena_block *const next = b->next;
        unmap(b), b = next;
    }
    return some;
}

static struct mlp_arena_block *map(size_t need)
{
    struct mlp_arena_block *b;
    do b = mmap(NULL, ALIGN + need, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    while (b == MAP_FAILED && give_back_kept());            /* what is kept may be what fills the memory that we may have */
    if (b == MAP_FAILED) return NULL;
    (void)madvise(b, ALIGN + need, MADV_HUGEPAGE);          /* no matter whether it can */
    return b->room = need, b->mapped = 1, b;
}

void *mlp_arena_none(struct mlp_arena *a, size_t bytes)
{
    a->refused = bytes ? bytes : 1;
    if (a->none) a->none(bytes);
    return NULL;
}

mlp_status mlp_arena_check(struct mlp_arena *a, struct mlp_error *error)
{
    const size_t bytes = a->refused;
    a->refused = 0;
    return bytes ? mlp_no_memory(error, bytes) : MLP_OK;
}

/* A block of its own behind the one in use, all of it given out at once. */
static void *alloc_large(struct mlp_arena *a, size_t need, int zero)
{
    struct mlp_arena_block *b = take_kept(need);
    if (b && zero) memset(data_of(b), 0, need);
    if (!b && !(b = map(need))) return mlp_arena_none(a, need);
    a->total += b->room;
    if (a->block) b->next = a->block->next, a->block->next = b;
    else b->next = NULL, a->block = b, a->used = b->room;
    return data_of(b);
}

static void *alloc(struct mlp_arena *a, size_t bytes, int zero)
{
    if (bytes > SIZE_MAX / 4) return mlp_arena_none(a, bytes);
    const size_t need = bytes ? (bytes + ALIGN - 1) / ALIGN * ALIGN : ALIGN;
    if (!a->block || a->block->room - a->used < need) {
        if (MAPS && need >= LARGE) return alloc_large(a, need, zero);
        size_t room = a->block ? a->block->room * 2 : FIRST;
        if (room > (size_t)64 << 20) room = (size_t)64 << 20;
        if (room < need) room = need;
        struct mlp_arena_block *b;
        do b = aligned_alloc(ALIGN, ALIGN + room);
        while (!b && give_back_kept());
        if (!b) return mlp_arena_none(a, need);
        b->next = a->block, b->room = room, b->mapped = 0;
        a->block = b, a->used = 0, a->total += room;
    }
    void *p = data_of(a->block) + a->used;
    a->used += need;
    return zero ? memset(p, 0, need) : p;
}

void *mlp_arena_alloc(struct mlp_arena *a, size_t bytes) { return alloc(a, bytes, 1); }
void *mlp_arena_raw(struct mlp_arena *a, size_t bytes) { return alloc(a, bytes, 0); }

char *mlp_arena_copy(struct mlp_arena *a, const char *text, size_t n)
{
    char *copy = mlp_arena_alloc(a, n + 1);
    if (copy && n) memcpy(copy, text, n);
    return copy;
}

char *mlp_arena_printf(struct mlp_arena *a, const char *format, ...)
{
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    const int n = vsnprintf(NULL, 0, format, args);
    va_end(args);
    char *text = n < 0 ? NULL : mlp_arena_alloc(a, (size_t)n + 1);
    if (text) vsnprintf(text, (size_t)n + 1, format, again);
    va_end(again);
    return text;
}

void mlp_arena_reset(struct mlp_arena *a)
{
    while (a->block && a->block->next) {
        struct mlp_arena_block *old = a->block->next;
        a->block->next = old->next, a->total -= old->room;
        free_block(old);
    }
    a->used = 0;
}

void mlp_arena_clear(struct mlp_arena *a)
{
    if (a->guest) a->leave(a->guest);
    while (a->block) {
        struct mlp_arena_block *next = a->block->next;
        free_block(a->block);
        a->block = next;
    }
    *a = (struct mlp_arena){0};
}
