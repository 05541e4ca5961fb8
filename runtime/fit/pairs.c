/* pairs.c: which pairs of two categories the training rows have (`cross`): their numbers, ascending, and their spellings in that
 * order, "a × b". */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "runtime/fit/fit.h"

static const double STEPS = 1 << 26;                        /* as compiler/sema/cross.c: of the second */

static int ascending(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

/* A name of its own: two pairs may be spelt alike where values hold the sign themselves. */
static mlp_status name(const struct mlp_learn *l, double pair, struct mlp_dictionary *names, struct mlp_str *out, struct mlp_error *error)
{
    const double first = floor(pair / STEPS);
    const struct mlp_str a = mlp_spelling(&l->spelt, (uint32_t)first + 2), b = mlp_spelling(&l->with, (uint32_t)(pair - first * STEPS) + 2);
    const char *text = mlp_arena_printf(l->arena, "%.*s × %.*s", (int)a.n, a.n ? a.at : "", (int)b.n, b.n ? b.at : "");
    for (uint32_t had = names->n; text; text = mlp_arena_printf(l->arena, "%s_", text)) {
        *out = (struct mlp_str){text, strlen(text)};
        if (!mlp_dictionary_add_view(names, l->arena, text, out->n)) break;
        if (names->n > had) return MLP_OK;
    }
    return mlp_no_memory(error, 64);
}

static mlp_status learn(const struct mlp_learn *l, struct mlp_cell *out, struct mlp_cell *book, struct mlp_error *error)
{
    struct mlp_dictionary names = {0};
    size_t n = 0, pairs = 0;
    double *const pair = mlp_arena_alloc(l->arena, (l->n + 1) * sizeof *pair);
    if (!pair) return mlp_no_memory(error, l->n * sizeof *pair);
    for (size_t i = 0; i < l->n; i++)
        if (l->code[i] > 1 && !isnan(l->number[0][i])) pair[n++] = ((double)l->code[i] - 2) * STEPS + l->number[0][i];
    qsort(pair, n, sizeof *pair, ascending);
    for (size_t i = 0; i < n; i++)
        if (!i || pair[i] != pair[i - 1]) pair[pairs++] = pair[i];
    struct mlp_str *const spelling = mlp_arena_alloc(l->arena, (pairs + 1) * sizeof *spelling);
    if (!spelling) return mlp_no_memory(error, pairs * sizeof *spelling);
    for (size_t i = 0; i < pairs; i++) TRY(name(l, pair[i], &names, &spelling[i], error));
    if (!pairs) *pair = NAN;                                /* a cell has at least one number */
    *out = (struct mlp_cell){pair, pairs ? pairs : 1};
    return mlp_codebook_write(spelling, pairs, l->arena, book, error);
}

const struct mlp_reducer_ops mlp_reducer_pairs = {"reducer.pairs", NULL, learn};
