/* values.c: which values of the training rows' lists have a column: those in enough rows, those in most rows first, ties in the order of
 * bytes. Columns are in the order of bytes; where some values have none, the last column is theirs. The number says whether it is. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "mlp_stdlib.h"
#include "runtime/fit/fit.h"
#include "runtime/fit/tally.h"

static void add_list(struct tally *t, const struct mlp_str *list)
{
    const char *at = list->at, *const end = at + list->n;
    for (const char *stop; at < end && (stop = memchr(at, MLP_LIST_END, (size_t)(end - at))); at = stop + 1) tally_add(t, at, (size_t)(stop - at));
}

/* "other", or with a `_` behind it for each value that is spelt so itself. */
static const char *name_of_rest(const struct tallied *value, size_t n, struct mlp_arena *arena)
{
    const char *rest = "other";
    for (size_t i = 0; i < n && rest; i++) {
        if (value[i].text.n != strlen(rest) || memcmp(value[i].text.at, rest, value[i].text.n)) continue;
        rest = mlp_arena_printf(arena, "%s_", rest), i = (size_t)-1;
    }
    return rest;
}

static mlp_status keep(const struct mlp_learn *l, const struct tally *t, struct mlp_cell *out, struct mlp_cell *book, struct mlp_error *error)
{
    const struct mlp_arg *const max = &l->use->args.at[MLP_REDUCER_VALUES_MAX];
    struct tallied *value;
    size_t n;
    mlp_status status = tally_keep(t, l->use->args.at[MLP_REDUCER_VALUES_MIN_ROWS].num, max->kind == MLP_A_NONE ? INFINITY : max->num, &value,
                                   &n, error);
    struct mlp_str *const spelling = malloc((n + 1) * sizeof *spelling);
    double *const rest = mlp_arena_alloc(l->arena, sizeof *rest);
    const char *const name = status == MLP_OK ? name_of_rest(value, n, l->arena) : NULL;
    if (status == MLP_OK && (!spelling || !rest || !name)) status = mlp_no_memory(error, n * sizeof *spelling);
    if (status == MLP_OK) {
        for (size_t i = 0; i < n; i++) spelling[i] = value[i].text;
        if ((*rest = n < t->texts.n) != 0) spelling[n++] = (struct mlp_str){name, strlen(name)};
        *out = (struct mlp_cell){rest, 1};
        status = mlp_codebook_write(spelling, n, l->arena, book, error);
    }
    return free(value), free(spelling), status;
}

static mlp_status learn(const struct mlp_learn *l, struct mlp_cell *out, struct mlp_cell *book, struct mlp_error *error)
{
    struct tally t = {0};
    for (size_t i = 0; i < l->n; i++) t.row = (uint32_t)i, add_list(&t, &l->text[i]);
    const mlp_status status = keep(l, &t, out, book, error);
    return tally_clear(&t), status;
}

const struct mlp_reducer_ops mlp_reducer_values = {"reducer.values", NULL, learn};
