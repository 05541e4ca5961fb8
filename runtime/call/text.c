/* text.c: the functions on texts that kernels call (kernels.def) and that need nothing but memory. They never fail: without memory a
 * text is empty. Texts are UTF-8; a byte sequence that is none passes through. */
#define _GNU_SOURCE                                         /* memmem */
#include <math.h>
#include <string.h>
#include "runtime/base/arena.h"
#include "runtime/calls.h"
#include "runtime/data/schema.h"

uint8_t mlp_call_equals(const struct mlp_str *a, const struct mlp_str *b) 
{
    return a->n == b->n && (!a->n || !memcmp(a->at, b->at, a->n));
}

uint8_t mlp_call_contains(const struct mlp_str *text, const struct mlp_str *part)
{
    return !part->n || (text->n >= part->n && memmem(text->at, text->n, part->at, part->n));
}

uint8_t mlp_call_starts_with(const struct mlp_str *text, const struct mlp_str *part)
{
    return text->n >= part->n && (!part->n || !memcmp(text->at, part->at, part->n));
}

uint8_t mlp_call_ends_with(const struct mlp_str *text, const struct mlp_str *part)
{
    return text->n >= part->n && (!part->n || !memcmp(text->at + (text->n - part->n), part->at, part->n));
}

double mlp_call_length(const struct mlp_str *text)
{
    uint64_t n = 0;
    /* every byte that begins a character */
    for (uint64_t i = 0; i < text->n; i++) n += ((unsigned char)text->at[i] & 0xc0) != 0x80;
    return (double)n;
}

/* Bytes of the white space that begins at `at` (as Python's and Unicode's), 0: none. */
static uint64_t space_at(const char *at, uint64_t n)
{
    const unsigned char *const c = (const unsigned char *)at;
    if (!n) return 0;
    if (c[0] == ' ' || (c[0] >= 0x09 && c[0] <= 0x0d) || (c[0] >= 0x1c && c[0] <= 0x1f)) return 1;
    if (n > 1 && c[0] == 0xc2 && (c[1] == 0x85 || c[1] == 0xa0)) return 2;
    if (n < 3 || (c[0] & 0xf0) != 0xe0) return 0;
    const unsigned code = (c[0] & 0xfu) << 12 | (c[1] & 0x3fu) << 6 | (c[2] & 0x3fu);
    return code == 0x1680 || (code >= 0x2000 && code <= 0x200a) || code == 0x2028 || code == 0x2029 || code == 0x202f || code == 0x205f
        || code == 0x3000 ? 3 : 0;
}

static struct mlp_str trimmed(const struct mlp_str *in)
{
    const char *at = in->n ? in->at : "";
    uint64_t n = in->n, k;
    while ((k = space_at(at, n))) at += k, n -= k;
    for (uint64_t back = 1; back <= 3 && back <= n; back++)
        if (space_at(at + n - back, back) == back) n -= back, back = 0;
    return (struct mlp_str){at, n};
}

/* Views into the text are enough for these. */
void mlp_call_trim(void *arena, struct mlp_str *out, const struct mlp_str *in) { (void)arena, *out = trimmed(in); }

void mlp_call_prefix(struct mlp_str *out, const struct mlp_str *in, double characters)
{
    uint64_t n = 0;
    double seen = 0;
    for (; n < in->n; n++)
        if (((unsigned char)in->at[n] & 0xc0) != 0x80 && ++seen > characters) break;
    *out = (struct mlp_str){in->n ? in->at : "", n};
}

void mlp_call_join(void *arena, struct mlp_str *out, const struct mlp_str *a, const struct mlp_str *b, const struct mlp_str *between)
{
    char *const to = mlp_arena_alloc(arena, a->n + between->n + b->n);
    *out = (struct mlp_str){"", 0};
    if (!to) return;
    if (a->n) memcpy(to, a->at, a->n);
    if (between->n) memcpy(to + a->n, between->at, between->n);
    if (b->n) memcpy(to + a->n + between->n, b->at, b->n);
    *out = (struct mlp_str){to, a->n + between->n + b->n};
}

/* As a column of lists reads its cell (schema.c). */
void mlp_call_split(void *arena, struct mlp_str *out, const struct mlp_str *in, const struct mlp_str *separator)
{
    const char *at = in->n ? in->at : "", *const end = at + in->n;
    uint64_t values = 1, n = 0;
    for (const char *p = at; p < end && (p = memmem(p, (size_t)(end - p), separator->at, separator->n)); p += separator->n) values++;
    char *const to = in->n ? mlp_arena_alloc(arena, in->n + values) : NULL;
    *out = (struct mlp_str){"", 0};
    while (to && at <= end) {
        const char *const found = at < end ? memmem(at, (size_t)(end - at), separator->at, separator->n) : NULL;
        const struct mlp_str value = mlp_schema_trim(at, (size_t)((found ? found : end) - at));
        if (value.n) memcpy(to + n, value.at, value.n);
        n += value.n, to[n++] = MLP_LIST_END;
        if (!found) break;
        at = found + separator->n;
    }
    if (to) *out = (struct mlp_str){to, n};
}

double mlp_call_element(const struct mlp_str *in, double k)
{
    double x = 0;
    const uint64_t at = (uint64_t)k * sizeof x;
    if (at + sizeof x <= in->n) memcpy(&x, in->at + at, sizeof x);
    return x;
}

double mlp_call_number(const struct mlp_str *in)
{
    const struct mlp_str s = trimmed(in);
    double value;
    return mlp_parse_number(s.at, s.n, &value) ? value : NAN;
}
