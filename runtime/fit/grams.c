/* grams.c: words are runs of two or more letters, digits and underscores of any script, in small letters; a word n-gram joins its
 * words by a space. Character n-grams run over what stands between white space, with a space on each side ("char_wb"). What is a
 * letter says utf8proc, cases are those of `lower`; bytes that are no UTF-8 separate. */
#include <string.h>
#include <utf8proc.h>
#include "mlp_stdlib.h"
#include "runtime/base/letter.h"
#include "runtime/fit/grams.h"

struct grams grams_of(const struct mlp_use *use)
{
    const struct mlp_arg *const words = &use->args.at[MLP_REDUCER_TERMS_NGRAMS], *const characters = &use->args.at[MLP_REDUCER_TERMS_CHARACTERS];
    struct grams g = {0};
    if (words->kind == MLP_A_LIST && words->items.n == 2)
        g.words_from = (uint32_t)words->items.at[0].num, g.words_to = (uint32_t)words->items.at[1].num;
    if (characters->kind == MLP_A_LIST && characters->items.n == 2)
        g.characters_from = (uint32_t)characters->items.at[0].num, g.characters_to = (uint32_t)characters->items.at[1].num;
    if (!g.words_to && !g.characters_to) g.words_from = g.words_to = 1;
    return g;
}

size_t grams_most(const struct grams *g, size_t bytes)
{
    const size_t words = g->words_to ? g->words_to - g->words_from + 1 : 0,
                 characters = g->characters_to ? g->characters_to - g->characters_from + 1 : 0;
    return (bytes / 3 + 1) * words + (2 * bytes + 2) * characters;
}

enum kind { OTHER, SPACE, LETTER };

/* The next character in small letters at `to`; how many bytes it had, and *n how many it has now (at most 3 for 2, else no more). */
static size_t next(const char *at, size_t left, char *to, size_t *n, enum kind *kind)
{
    const unsigned char c = (unsigned char)*at;
    if (c < 0x80) {
        const unsigned char small = c >= 'A' && c <= 'Z' ? c | 0x20 : c;
        *to = (char)small, *n = 1;
        *kind = (small >= 'a' && small <= 'z') || (c >= '0' && c <= '9') || c == '_' ? LETTER
              : c == ' ' || (c >= '\t' && c <= '\r') || (c >= 0x1c && c <= 0x1f)     ? SPACE : OTHER;
        return 1;
    }
    uint32_t code;
    const size_t used = mlp_letter_read(at, left, &code);
    if (used == 1) return *to = '?', *n = 1, *kind = OTHER, 1;
    switch (utf8proc_category((utf8proc_int32_t)code)) {
    case UTF8PROC_CATEGORY_LU: case UTF8PROC_CATEGORY_LL: case UTF8PROC_CATEGORY_LT: case UTF8PROC_CATEGORY_LM:
    case UTF8PROC_CATEGORY_LO: case UTF8PROC_CATEGORY_ND: case UTF8PROC_CATEGORY_NL: case UTF8PROC_CATEGORY_NO:
        *kind = LETTER;
        break;
    case UTF8PROC_CATEGORY_ZS: case UTF8PROC_CATEGORY_ZL: case UTF8PROC_CATEGORY_ZP: *kind = SPACE; break;
    default: *kind = code == 0x85 ? SPACE : OTHER;
    }
    *n = mlp_letter_write(to, mlp_letter_lower(code));
    return used;
}

/* Words one after the other with a space between them; word[i] .. word[i] + size[i]. */
static void walk_words(const struct grams *g, const struct mlp_str *text, char *room, uint32_t *word, uint32_t *end, grams_take *take,
                       void *data)
{
    uint32_t words = 0, at = 0;
    for (uint64_t i = 0; i < text->n;) {
        enum kind kind;
        size_t n, characters = 0;
        const uint32_t from = at;
        for (; i < text->n; at += (uint32_t)n, characters++) {
            const size_t used = next(text->at + i, text->n - i, room + at, &n, &kind);
            i += used;
            if (kind != LETTER) break;
        }
        if (characters < 2) { at = from; continue; }
        word[words] = from, end[words++] = at;
        room[at++] = ' ';
    }
    for (uint32_t n = g->words_from; n <= g->words_to; n++)
        for (uint32_t i = 0; i + n <= words; i++) take(data, room + word[i], end[i + n - 1] - word[i]);
}

/* n-grams of one word with its spaces: place[0..characters] are the ends of its characters. A word that is shorter is one term, once.
 * room + from - 1 is free: the mark is written there, and what stood there is put back. */
static void walk_word(const struct grams *g, char *room, const uint32_t *place, uint32_t characters, grams_take *take, void *data)
{
    for (uint32_t n = g->characters_from; n <= g->characters_to; n++) {
        const uint32_t terms = characters > n ? characters - n + 1 : 1;
        for (uint32_t i = 0; i < terms; i++) {
            char *const from = room + place[i] - 1, kept = *from;
            *from = '#';
            take(data, from, place[i + n < characters ? i + n : characters] - place[i] + 1);
            *from = kept;
        }
        if (characters <= n) return;
    }
}

static void walk_characters(const struct grams *g, const struct mlp_str *text, char *room, uint32_t *place, grams_take *take, void *data)
{
    for (uint64_t i = 0; i < text->n;) {
        uint32_t characters = 1, at = 2;                    /* room[0] is for the mark */
        room[1] = ' ', place[0] = 1, place[1] = 2;
        while (i < text->n) {
            enum kind kind;
            size_t n;
            i += next(text->at + i, text->n - i, room + at, &n, &kind);
            if (kind == SPACE) break;
            at += (uint32_t)n, place[++characters] = at;
        }
        if (characters == 1) continue;
        room[at++] = ' ', place[++characters] = at;
        walk_word(g, room, place, characters, take, data);
    }
}

void grams_walk(const struct grams *g, const struct mlp_str *text, struct mlp_arena *arena, grams_take *take, void *data)
{
    if (!text->n || text->n > UINT32_MAX / 4) return;
    char *const room = mlp_arena_alloc(arena, 2 * text->n + 16);
    uint32_t *const place = mlp_arena_alloc(arena, (text->n + 8) * sizeof *place);
    if (!room || !place) return;
    if (g->words_to) walk_words(g, text, room, place, place + text->n / 2 + 2, take, data);
    if (g->characters_to) walk_characters(g, text, room, place, take, data);
}
