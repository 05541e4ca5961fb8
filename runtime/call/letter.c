/* letter.c: small and capital letters of all scripts, one for one by Unicode's simple mapping (utf8proc): German sharp s stays as it is
 * in capitals, and a final sigma is a sigma. */
#include <string.h>
#include <utf8proc.h>
#include "runtime/base/arena.h"
#include "runtime/calls.h"

/* A letter's other case has at most three bytes where it has two itself: room for 3/2. */
static void change_case(void *arena, struct mlp_str *out, const struct mlp_str *in, int up)
{
    char *const to = mlp_arena_alloc(arena, in->n + in->n / 2 + 4);
    const unsigned char first = up ? 'a' : 'A', last = up ? 'z' : 'Z';
    uint64_t n = 0;
    *out = (struct mlp_str){"", 0};
    if (!to) return;
    for (uint64_t i = 0; i < in->n;) {
        const unsigned char c = (unsigned char)in->at[i];
        if (c < 0x80) {
            to[n++] = (char)(c >= first && c <= last ? c ^ 0x20 : c), i++;
            continue;
        }
        utf8proc_int32_t code;
        const uint64_t left = in->n - i;
        const utf8proc_ssize_t used = utf8proc_iterate((const utf8proc_uint8_t *)in->at + i, left < 4 ? (utf8proc_ssize_t)left : 4, &code);
        if (used <= 0) to[n++] = in->at[i++];               /* no letter: as it is */
        else {
            /* utf8proc makes ß a letter of its own, which hardly any text has */
            const utf8proc_int32_t other = !up ? utf8proc_tolower(code) : code == 0xdf ? code : utf8proc_toupper(code);
            n += (uint64_t)utf8proc_encode_char(other, (utf8proc_uint8_t *)to + n), i += (uint64_t)used;
        }
    }
    *out = (struct mlp_str){to, n};
}

void mlp_call_lower(void *arena, struct mlp_str *out, const struct mlp_str *in) { change_case(arena, out, in, 0); }
void mlp_call_upper(void *arena, struct mlp_str *out, const struct mlp_str *in) { change_case(arena, out, in, 1); }
