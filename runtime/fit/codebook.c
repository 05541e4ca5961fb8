/* codebook.c: the spellings that a category may have, as a cell. Knows the layout of MLP_CODEBOOK, nobody else does. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "runtime/fit/codebook.h"

static uint32_t word(const struct mlp_cell *c, uint64_t index)
{
    uint32_t v;
    memcpy(&v, (const char *)c->at + index * 4, 4);
    return v;
}

uint32_t mlp_codebook_size(const struct mlp_cell *c) { return c->at && c->n >= 8 ? word(c, 0) + 2 : 2; }

struct mlp_str mlp_codebook_spelling(const struct mlp_cell *c, uint32_t code)
{
    if (code < 2 || code >= mlp_codebook_size(c)) return (struct mlp_str){"", 0};
    const uint32_t count = word(c, 0), from = word(c, code - 1), to = word(c, code);
    return (struct mlp_str){(const char *)c->at + 4 * ((uint64_t)count + 2) + from, to - from};
}

struct mlp_str mlp_spelling(const struct mlp_spellings *s, uint32_t code)
{
    if (s->book) return mlp_codebook_spelling(s->book, code);
    const char *const text = s->column && code >= 2 && code - 2 < s->column->set.n ? s->column->set.at[code - 2] : "";
    return (struct mlp_str){text, strlen(text)};
}

int mlp_codebook_sound(const struct mlp_cell *c)
{
    if (!c->at || c->n < 8) return 0;
    const uint64_t count = word(c, 0), text = 4 * (count + 2);
    if (count > UINT32_MAX - 2 || text > c->n || word(c, 1) != 0) return 0;
    for (uint64_t i = 0; i < count; i++)
        if (word(c, 1 + i) > word(c, 2 + i)) return 0;
    return text + word(c, 1 + count) == c->n;
}

mlp_status mlp_codebook_open(const struct mlp_cell *c, struct mlp_arena *arena, struct mlp_dictionary *d, struct mlp_error *error)
{
    *d = (struct mlp_dictionary){0};
    const uint32_t size = mlp_codebook_size(c);
    for (uint32_t code = 2; code < size; code++) {
        const struct mlp_str s = mlp_codebook_spelling(c, code);
        const uint32_t is = mlp_dictionary_add_view(d, arena, s.at, s.n);
        if (!is) return mlp_no_memory(error, size * 16);
        if (is != code) {
            mlp_fail(error, MLP_ERR_DATA, "E340", "a codebook names \"%.*s\" twice", (int)(s.n < 60 ? s.n : 60), s.at);
            return mlp_fix(error, "the model file is damaged: train again, or copy it again");
        }
    }
    return MLP_OK;
}

mlp_status mlp_codebook_write(const struct mlp_str *spelling, size_t count, struct mlp_arena *arena, struct mlp_cell *out,
                              struct mlp_error *error)
{
    size_t bytes = 0;
    for (size_t i = 0; i < count; i++) bytes += spelling[i].n;
    const size_t head = 4 * (count + 2);
    if (bytes > UINT32_MAX || count > UINT32_MAX - 2) return mlp_no_memory(error, bytes);
    char *const cell = mlp_arena_alloc(arena, head + bytes);
    if (!cell) return mlp_no_memory(error, head + bytes);
    uint32_t at = 0, total = (uint32_t)count;
    memcpy(cell, &total, 4), memcpy(cell + 4, &at, 4);
    for (size_t i = 0; i < count; i++) {
        if (spelling[i].n) memcpy(cell + head + at, spelling[i].at, spelling[i].n);
        at += (uint32_t)spelling[i].n;
        memcpy(cell + 4 * (i + 2), &at, 4);
    }
    *out = (struct mlp_cell){cell, head + bytes};
    return MLP_OK;
}

static int by_bytes(const void *a, const void *b)
{
    const struct mlp_str *const x = a, *const y = b;
    const int d = memcmp(x->at, y->at, x->n < y->n ? x->n : y->n);
    return d ? d : x->n < y->n ? -1 : x->n > y->n;
}

mlp_status codebook_make(const struct mlp_cell_spec *spec, const struct mlp_column_data *column, const uint32_t *rows, size_t n,
                         struct mlp_arena *arena, struct mlp_cell *out, struct mlp_error *error)
{
    static const struct mlp_dictionary nothing;
    const struct mlp_dictionary *const d = column ? column->dictionary : &nothing;
    const uint32_t *const code = column ? column->data : NULL;
    char (*const number)[12] = column ? NULL : malloc(((size_t)spec->buckets + 1) * sizeof *number);
    uint8_t *const seen = calloc((size_t)d->n + 2, 1);
    struct mlp_str *const spelling = calloc((size_t)spec->pinned.n + spec->buckets + d->n + 1, sizeof *spelling);
    mlp_status status = MLP_OK;
    if (!seen || !spelling || (!column && !number)) { status = mlp_no_memory(error, (size_t)d->n * 17); goto end; }
    for (size_t i = 0; column && i < n; i++) seen[code[rows[i]]] = 1;
    size_t count = 0;
    for (uint32_t i = 0; i < spec->pinned.n; i++) {
        const size_t length = strlen(spec->pinned.at[i]);
        const uint32_t is = mlp_dictionary_find(d, spec->pinned.at[i], length);
        if (is > 1) seen[is] = 0;
        spelling[count++] = (struct mlp_str){spec->pinned.at[i], length};
    }
    for (uint32_t i = 0; !column && i < spec->buckets; i++) {
        const int length = snprintf(number[i], sizeof *number, "%u", i);
        spelling[count++] = (struct mlp_str){number[i], (size_t)length};
    }
    const size_t pinned = count;
    for (uint32_t i = 0; i < d->n; i++)
        if (seen[i + 2]) spelling[count++] = d->spelling[i];
    qsort(spelling + pinned, count - pinned, sizeof *spelling, by_bytes);
    status = mlp_codebook_write(spelling, count, arena, out, error);
end:
    return free(seen), free(spelling), free(number), status;
}
