/* arena.c: blocks of growing size in a list, newest first. */
#include "runtime/base/arena.h"
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct mlp_arena_block { struct mlp_arena_block *next; size_t room; };
enum { ALIGN = 64, FIRST = 64 * 1024 };

static char *data_of(struct mlp_arena_block *b) { return (char *)b + ALIGN; }

void *mlp_arena_alloc(struct mlp_arena *a, size_t bytes)
{
    if (bytes > SIZE_MAX / 4) return NULL;
    const size_t need = bytes ? (bytes + ALIGN - 1) / ALIGN * ALIGN : ALIGN;
    if (!a->block || a->block->room - a->used < need) {
        size_t room = a->block ? a->block->room * 2 : FIRST;
        if (room > (size_t)64 << 20) room = (size_t)64 << 20;
        if (room < need) room = need;
        struct mlp_arena_block *b = aligned_alloc(ALIGN, ALIGN + room);
        if (!b) return NULL;
        b->next = a->block, b->room = room;
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
        free(old);
    }
    a->used = 0;
}

void mlp_arena_clear(struct mlp_arena *a)
{
    if (a->guest) a->leave(a->guest);
    while (a->block) {
        struct mlp_arena_block *next = a->block->next;
        free(a->block);
        a->block = next;
    }
    *a = (struct mlp_arena){0};
}
