/* case.c: texts in small and in capital letters, letter by letter. */
#include "runtime/base/arena.h"
#include "runtime/base/letter.h"
#include "runtime/calls.h"

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
        const uint32_t is = up ? mlp_letter_upper(code) : mlp_letter_lower(code);
        if (is == code) for (uint64_t k = 0; k < used; k++) to[n++] = in->at[i + k];     /* bytes that are no letter too */
        else n += mlp_letter_write(to + n, is);
        i += used;
    }
    *out = (struct mlp_str){to, n};
}

void mlp_call_lower(void *arena, struct mlp_str *out, const struct mlp_str *in) { change_case(arena, out, in, false); }
void mlp_call_upper(void *arena, struct mlp_str *out, const struct mlp_str *in) { change_case(arena, out, in, true); }
