/* letter.c: small and capital letters of all scripts, one for one by Unicode's simple mapping (letters.def): German sharp s stays as it is
 * in capitals, and a final sigma is a sigma. A library for it would weigh more than most pipelines. */
#include "runtime/call/letter.h"
#include "runtime/base/arena.h"
#include "runtime/calls.h"

enum { LOWER, UPPER };
struct run { uint32_t first, last, step; int32_t by; };
static const struct { uint8_t to; struct run run; } cases[] = {
#define CASE(to, first, last, step, by) { to, { first, last, step, by } },
#include "runtime/call/letters.def"
};
enum { CASES = sizeof cases / sizeof *cases, LOWERS = 0
#define CASE(to, first, last, step, by) + (to == LOWER)
#include "runtime/call/letters.def"
};

static uint32_t other(uint32_t code, bool up)
{
    if (code < 0x80) return (up ? code - 'a' : code - 'A') < 26 ? code ^ 0x20 : code;
    uint32_t low = 0, high = LOWERS;
    if (up) low = LOWERS, high = CASES;
    while (low < high) {
        const uint32_t middle = (low + high) / 2;
        const struct run r = cases[middle].run;
        if (code > r.last) low = middle + 1;
        else if (code < r.first) high = middle;
        else return (code - r.first) % r.step ? code : (uint32_t)((int32_t)code + r.by);
    }
    return code;
}

bool mlp_letter_is_small(uint32_t code) { return other(code, true) != code && other(code, false) == code; }
bool mlp_letter_is_capital(uint32_t code) { return other(code, false) != code; }

uint64_t mlp_letter_read(const char *text, uint64_t n, uint32_t *code)
{
    const unsigned char *const c = (const unsigned char *)text;
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    const unsigned bytes = c[0] < 0x80 ? 1 : c[0] < 0xc2 ? 0 : c[0] < 0xe0 ? 2 : c[0] < 0xf0 ? 3 : c[0] < 0xf5 ? 4 : 0;
    *code = 0xfffd;
    if (!bytes || bytes > n) return 1;
    uint32_t v = bytes == 1 ? c[0] : c[0] & (0xffu >> (bytes + 1));
    for (unsigned i = 1; i < bytes; i++) {
        if ((c[i] & 0xc0) != 0x80) return 1;
        v = v << 6 | (c[i] & 0x3fu);
    }
    if (v < least[bytes] || v > 0x10ffff || (v >= 0xd800 && v < 0xe000)) return 1;
    return *code = v, bytes;
}

uint64_t mlp_letter_write(char *to, uint32_t c)
{
    if (c < 0x80) return to[0] = (char)c, 1;
    if (c < 0x800) return to[0] = (char)(0xc0 | c >> 6), to[1] = (char)(0x80 | (c & 0x3f)), 2;
    if (c < 0x10000) return to[0] = (char)(0xe0 | c >> 12), to[1] = (char)(0x80 | (c >> 6 & 0x3f)), to[2] = (char)(0x80 | (c & 0x3f)), 3;
    to[0] = (char)(0xf0 | c >> 18), to[1] = (char)(0x80 | (c >> 12 & 0x3f)), to[2] = (char)(0x80 | (c >> 6 & 0x3f)), to[3] = (char)(0x80 | (c & 0x3f));
    return 4;
}

/* A letter's other case has at most three bytes where it has two itself: room for 3/2. */
static void change_case(void *arena, struct mlp_str *out, const struct mlp_str *in, bool up)
{
    char *const to = mlp_arena_alloc(arena, in->n + in->n / 2 + 4);
    uint64_t n = 0;
    *out = (struct mlp_str){"", 0};
    if (!to) return;
    for (uint64_t i = 0; i < in->n;) {
        uint32_t code;
        const uint64_t used = mlp_letter_read(in->at + i, in->n - i, &code);
        const uint32_t is = other(code, up);
        if (is == code) for (uint64_t k = 0; k < used; k++) to[n++] = in->at[i + k];     /* bytes that are no letter too */
        else n += mlp_letter_write(to + n, is);
        i += used;
    }
    *out = (struct mlp_str){to, n};
}

void mlp_call_lower(void *arena, struct mlp_str *out, const struct mlp_str *in) { change_case(arena, out, in, false); }
void mlp_call_upper(void *arena, struct mlp_str *out, const struct mlp_str *in) { change_case(arena, out, in, true); }
