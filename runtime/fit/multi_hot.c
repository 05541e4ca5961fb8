/* multi_hot.c: a list as its values: 1 in the column of each, once, however often it stands there. What has no column is left out, or
 * shares the last one, where there is one for the rest. On the path of a prediction: memory is the request's arena. */
#include <stdlib.h>
#include <string.h>
#include "runtime/fit/encoder.h"
#include "runtime/fit/fit.h"

struct opened { struct mlp_dictionary value; uint32_t rest; };   /* rest: its column, or NONE */

static mlp_status open(const struct mlp_use *use, const struct mlp_cell *book, const struct mlp_cell *numbers, struct mlp_arena *arena,
                       const void **opened, struct mlp_error *error)
{
    (void)use;
    const uint32_t values = mlp_codebook_size(book) - 2;
    const double rest = numbers->n ? *(const double *)numbers->at : -1;
    if (!(rest == 0 || (rest == 1 && values))) {
        mlp_fail(error, MLP_ERR_DATA, "E350", "this is no whole model file: it does not say which values of a list share a column");
        return mlp_fix(error, "train the model again");
    }
    struct opened *const o = mlp_arena_alloc(arena, sizeof *o);
    if (!o) return mlp_no_memory(error, sizeof *o);
    o->rest = rest != 0 ? values - 1 : MLP_NONE;
    return *opened = o, mlp_codebook_open(book, arena, &o->value, error);
}

static size_t most(const void *opened, const struct mlp_str *list)
{
    size_t n = 0;
    (void)opened;
    for (uint64_t i = 0; i < list->n; i++) n += list->at[i] == MLP_LIST_END;
    return n;
}

static int ascending(const void *a, const void *b)
{
    const uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return x < y ? -1 : x > y;
}

static size_t encode(const void *opened, const struct mlp_str *list, struct mlp_arena *arena, uint32_t *index, float *value)
{
    const struct opened *const o = opened;
    const char *at = list->at, *const end = at + list->n;
    size_t found = 0, n = 0;
    (void)arena;
    for (const char *stop; at < end && (stop = memchr(at, MLP_LIST_END, (size_t)(end - at))); at = stop + 1) {
        const uint32_t code = mlp_dictionary_find(&o->value, at, (size_t)(stop - at));
        const uint32_t column = code > 1 && code - 2 != o->rest ? code - 2 : o->rest;    /* a value that is spelt as the rest is of it */
        if (column != MLP_NONE) index[found++] = column;
    }
    qsort(index, found, sizeof *index, ascending);
    for (size_t i = 0; i < found; i++)
        if (!i || index[i] != index[i - 1]) index[n] = index[i], value[n++] = 1;
    return n;
}

const struct mlp_encoder_ops mlp_encoder_multi_hot = {"encoder.multi_hot", open, most, encode};
