/* buffer.c: bytes that grow by doubling. */
#include "runtime/base/buffer.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool grow(struct mlp_buffer *b, size_t more)
{
    if (b->failed) return false;
    if (b->room - b->n > more) return true;
    size_t room = b->room ? b->room * 2 : 256;
    while (room - b->n <= more) room *= 2;
    char *at = realloc(b->at, room);
    if (!at) {
        b->failed = true;
        if (b->none) b->none(room);
        return false;
    }
    b->at = at, b->room = room;
    return true;
}

void mlp_buffer_add(struct mlp_buffer *b, const void *bytes, size_t n)
{
    if (!grow(b, n)) return;
    if (n) memcpy(b->at + b->n, bytes, n);
    b->n += n, b->at[b->n] = 0;
}

void mlp_buffer_text(struct mlp_buffer *b, const char *text) { mlp_buffer_add(b, text, strlen(text)); }

void mlp_buffer_printf(struct mlp_buffer *b, const char *format, ...)
{
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    const int n = vsnprintf(NULL, 0, format, args);
    va_end(args);
    if (n >= 0 && grow(b, (size_t)n + 1)) vsnprintf(b->at + b->n, (size_t)n + 1, format, again), b->n += (size_t)n;
    va_end(again);
}

void mlp_buffer_clear(struct mlp_buffer *b)
{
    free(b->at);
    *b = (struct mlp_buffer){.none = b->none};
}
