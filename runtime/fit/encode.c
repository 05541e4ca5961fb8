/* encode.c: a text as its terms' weights: how often a term stands in it, times how rare the term is, the whole of length 1. The
 * row's sum of squares goes in the order of columns, so a text has the same bits everywhere. On the path of a prediction: memory is
 * the request's arena. */
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include "runtime/base/hash.h"
#include "runtime/fit/encoder.h"
#include "runtime/fit/fit.h"
#include "runtime/fit/grams.h"

/* place: (mask + 1) term + 1, or 0: empty. */
struct opened { struct grams grams; const struct mlp_cell *book; const double *idf; uint32_t *place, mask; };

static mlp_status open(const struct mlp_use *use, const struct mlp_cell *book, const struct mlp_cell *numbers, struct mlp_arena *arena,
                       const void **opened, struct mlp_error *error)
{
    const uint32_t terms = mlp_codebook_size(book) - 2;
    bool sound = numbers->n >= terms && numbers->n;
    for (uint32_t i = 0; sound && i < terms; i++) sound = isfinite(((const double *)numbers->at)[i]);
    if (!sound) {
        mlp_fail(error, MLP_ERR_DATA, "E350", "this is no whole model file: the terms of a text and their weights differ in number");
        return mlp_fix(error, "train the model again");
    }
    uint32_t size = 8;
    while (size < 2 * (uint64_t)terms + 2 && size < 1u << 31) size *= 2;
    struct opened *const o = mlp_arena_alloc(arena, sizeof *o);
    if (!o || !(o->place = mlp_arena_alloc(arena, size * sizeof *o->place))) return mlp_no_memory(error, size * sizeof *o->place);
    o->grams = grams_of(use), o->book = book, o->idf = numbers->at, o->mask = size - 1;
    for (uint32_t i = 0; i < terms; i++) {
        const struct mlp_str s = mlp_codebook_spelling(book, i + 2);
        uint32_t at = (uint32_t)mlp_hash(s.at, s.n, 0) & o->mask;
        while (o->place[at]) at = (at + 1) & o->mask;
        o->place[at] = i + 1;
    }
    return *opened = o, MLP_OK;
}

static size_t most(const void *opened, const struct mlp_str *text)
{
    return grams_most(&((const struct opened *)opened)->grams, text->n);
}

struct finding { const struct opened *o; uint32_t *index; size_t n; };
static void find(void *data, const char *at, size_t n)
{
    struct finding *const f = data;
    const struct opened *const o = f->o;
    for (uint32_t i = (uint32_t)mlp_hash(at, n, 0) & o->mask; o->place[i]; i = (i + 1) & o->mask) {
        const struct mlp_str s = mlp_codebook_spelling(o->book, o->place[i] + 1);
        if (s.n != n || memcmp(s.at, at, n)) continue;
        f->index[f->n++] = o->place[i] - 1;
        return;
    }
}

static int ascending(const void *a, const void *b)
{
    const uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return x < y ? -1 : x > y;
}

static size_t encode(const void *opened, const struct mlp_str *text, struct mlp_arena *arena, uint32_t *index, float *value)
{
    struct finding f = {opened, index, 0};
    grams_walk(&f.o->grams, text, arena, find, &f);
    if (!f.n) return 0;
    double *const weight = mlp_arena_alloc(arena, f.n * sizeof *weight), squares = 0;
    if (!weight) return 0;
    qsort(index, f.n, sizeof *index, ascending);
    size_t n = 0;
    for (size_t i = 0, k; i < f.n; i = k, n++) {
        for (k = i; k < f.n && index[k] == index[i]; k++) ;
        weight[n] = (double)(k - i) * f.o->idf[index[i]], squares += weight[n] * weight[n], index[n] = index[i];
    }
    const double length = sqrt(squares);
    for (size_t i = 0; i < n; i++) value[i] = (float)(weight[i] / length);
    return n;
}

const struct mlp_encoder_ops mlp_encoder_tfidf = {"encoder.tfidf", open, most, encode};
