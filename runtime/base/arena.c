/* arena.c: blocks of growing size in a list, newest first. What is large is mapped on its own, in large pages where there are any:
 * its memory is zero already and costs nothing before it is written. */
#include "runtime/base/arena.h"
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

struct mlp_arena_block { struct mlp_arena_block *next; size_t room; int mapped; };
enum { ALIGN = 64, FIRST = 64 * 1024, LARGE = 4 << 20,
#ifdef __SANITIZE_ADDRESS__                                 /* which watches the borders of what malloc gives */
       MAPS = 0 };
#else
       MAPS = 1 };
#endif

static char *data_of(struct mlp_arena_block *b) { return (char *)b + ALIGN; }

static void free_block(struct mlp_arena_block *b)
{
    if (b->mapped) munmap(b, ALIGN + b->room);
    else free(b);
}

/* A block of its own behind the one in use, all of it given out at once. */
static void *alloc_large(struct mlp_arena *a, size_t need)
{
    struct mlp_arena_block *const b = mmap(NULL, ALIGN + need, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (b == MAP_FAILED) return NULL;
    (void)madvise(b, ALIGN + need, MADV_HUGEPAGE);          /* no matter whether it can */
    b->room = need, b->mapped = 1, a->total += need;
    if (a->block) b->next = a->block->next, a->block->next = b;
    else a->block = b, a->used = need;
    return data_of(b);
}

void *mlp_arena_alloc(struct mlp_arena *a, size_t bytes)
{
    if (bytes > SIZE_MAX / 4) return NULL;
    const size_t need = bytes ? (bytes + ALIGN - 1) / ALIGN * ALIGN : ALIGN;
    if (!a->block || a->block->room - a->used < need) {
        if (MAPS && need >= LARGE) return alloc_large(a, need);
        size_t room = a->block ? a->block->room * 2 : FIRST;
        if (room > (size_t)64 << 20) room = (size_t)64 << 20;
        if (room < need) room = need;
        struct mlp_arena_block *b = aligned_alloc(ALIGN, ALIGN + room);
        if (!b) return NULL;
        b->next = a->block, b->room = room, b->mapped = 0;
        a->block = b, a->used = 0, a->total += room;
    }
    void *p = data_of(a->block) + a->used;
    a->used += need;
    return memset(p, 0, need);
}

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
