/* letter.c: small and capital letters of all scripts, one for one by Unicode's simple mapping (letters.def): German sharp s stays as it is
 * in capitals, and a final sigma is a sigma. A library for it would weigh more than most pipelines. */
#include "runtime/base/letter.h"

enum { LOWER, UPPER };
struct run { uint32_t first, last, step; int32_t by; };
static const struct { uint8_t to; struct run run; } cases[] = {
#define CASE(to, first, last, step, by) { to, { first, last, step, by } },
#include "runtime/base/letters.def"
};
enum { CASES = sizeof cases / sizeof *cases, LOWERS = 0
#define CASE(to, first, last, step, by) + (to == LOWER)
#include "runtime/base/letters.def"
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

uint32_t mlp_letter_lower(uint32_t code) { return other(code, false); }
uint32_t mlp_letter_upper(uint32_t code) { return other(code, true); }
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
