/* calls.c: the functions that kernels call for texts (kernels.def). They never fail: without memory a text is empty. Case is mapped
 * for ASCII and for the two-byte Latin letters (Latin-1, Latin Extended-A) whose other case has two bytes too; ß, ı, İ, ŉ, ĸ, ſ
  * stay. */
#define _GNU_SOURCE                                         /* memmem */
#include "runtime/calls.h"
#include <stdbool.h>
#include <string.h>
#include "runtime/base/arena.h"

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

/* The other case of a letter U+00C0..U+017F; itself when it has none of the same length. */
static unsigned other_case(unsigned c, bool up)
{
    if (c == 0xff && up) return 0x178;
    if (c == 0x178 && !up) return 0xff;
    if (c <= 0xff) {
        if (c == 0xd7 || c == 0xf7 || c == 0xdf || c < 0xc0 || (c == 0xff && !up)) return c;
        return up ? (c >= 0xe0 ? c - 0x20 : c) : c <= 0xde ? c + 0x20 : c;
    }
    if (c == 0x130 || c == 0x131 || c == 0x138 || c == 0x149 || c >= 0x17f || c == 0x178) return c;
    const bool odd_is_upper = (c >= 0x139 && c <= 0x148) || c >= 0x179;
    const bool is_upper = (c & 1) == odd_is_upper;
    return up == is_upper ? c : up ? c - 1 : c + 1;
}

static void change_case(void *arena, struct mlp_str *out, const struct mlp_str *in, bool up)
{
    char *const to = mlp_arena_alloc(arena, in->n);
    *out = (struct mlp_str){"", 0};
    if (!to) return;
    const char first = up ? 'a' : 'A', last = up ? 'z' : 'Z';
    for (uint64_t i = 0; i < in->n; i++) {
        const unsigned char c = (unsigned char)in->at[i];
        to[i] = (char)(c >= (unsigned char)first && c <= (unsigned char)last ? c ^ 0x20 : c);
        if (c < 0xc3 || c > 0xc5 || i + 1 == in->n) continue;
        const unsigned other = other_case((c & 0x1fu) << 6 | ((unsigned char)in->at[i + 1] & 0x3fu), up);
        to[i] = (char)(0xc0 | other >> 6), to[i + 1] = (char)(0x80 | (other & 0x3f)), i++;
    }
    *out = (struct mlp_str){to, in->n};
}
void mlp_call_lower(void *arena, struct mlp_str *out, const struct mlp_str *in) { change_case(arena, out, in, false); }
void mlp_call_upper(void *arena, struct mlp_str *out, const struct mlp_str *in) { change_case(arena, out, in, true); }

static bool space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }
void mlp_call_trim(void *arena, struct mlp_str *out, const struct mlp_str *in)
{
    (void)arena;                                            /* a view is enough */
    const char *at = in->at;
    uint64_t n = in->n;
    while (n && space(*at)) at++, n--;
    while (n && space(at[n - 1])) n--;
    *out = (struct mlp_str){at, n};
}

/* Numbers of a table that are below x (or_equal: or equal to it). A table that was all missing is one NaN: none is. */
static uint64_t below(const double *at, uint64_t n, double x, bool or_equal)
{
    uint64_t from = 0;
    for (uint64_t left = n; left;) {
        const uint64_t half = left / 2;
        const bool more = or_equal ? at[from + half] <= x : at[from + half] < x;
        if (more) from += half + 1, left -= half + 1;
        else left = half;
    }
    return from;
}

double mlp_call_place(const double *at, uint64_t n, double x) { return (double)below(at, n, x, true); }

double mlp_call_rank(const double *at, uint64_t n, double x)
{
    const uint64_t low = below(at, n, x, false), high = below(at, n, x, true);
    double rank;
    if (n < 2 || at[0] != at[0]) return n && at[0] == at[0] ? 0.5 : 0.0 / 0.0;
    if (high > low) rank = ((double)low + (double)(high - 1)) / 2;
    else if (!high) rank = 0;
    else if (high == n) rank = (double)(n - 1);
    else rank = (double)(high - 1) + (x - at[high - 1]) / (at[high] - at[high - 1]);
    return rank / (double)(n - 1);
}

const struct mlp_calls mlp_calls = {
#define CALL(name, result, arguments, signature) .name = mlp_call_##name,
#include "runtime/kernels.def"
};
