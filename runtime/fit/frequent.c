/* frequent.c: the values of a category that stay themselves (`top`, `one_hot`): the most frequent ones of the training part, ties
 * in the order of codes. Learns a number per code, the new code (2 is the rest, 3… those that stay, in their old order), and the
 * spellings of the new codes. A value that training did not have is of the rest. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "mlp_stdlib.h"
#include "runtime/fit/fit.h"

struct value { uint32_t code; size_t rows; };
static int by_rows(const void *a, const void *b)
{
    const struct value *const x = a, *const y = b;
    if (x->rows != y->rows) return x->rows > y->rows ? -1 : 1;
    return x->code < y->code ? -1 : x->code > y->code;
}

static mlp_status learn(const struct mlp_learn *l, struct mlp_cell *out, struct mlp_cell *book, struct mlp_error *error)
{
    enum { MISSING, UNSEEN, REST, FIRST };
    const double most = l->use->args.at[MLP_REDUCER_FREQUENT_K].kind == MLP_A_NONE ? INFINITY
                      : l->use->args.at[MLP_REDUCER_FREQUENT_K].num, least = l->use->args.at[MLP_REDUCER_FREQUENT_MIN_ROWS].num;
    struct value *const value = calloc(l->codes + 1, sizeof *value);
    double *const to = mlp_arena_alloc(l->arena, (l->codes + 2) * sizeof *to);
    struct mlp_str *const spelling = mlp_arena_alloc(l->arena, (l->codes + 2) * sizeof *spelling);
    if (!value || !to || !spelling) return free(value), mlp_no_memory(error, l->codes * sizeof *value);
    for (uint32_t c = 0; c < l->codes; c++) value[c].code = c, to[c] = c ? REST : MISSING;
    for (size_t i = 0; i < l->n; i++) value[l->code[i]].rows++;
    value[0].rows = 0, value[UNSEEN < l->codes ? UNSEEN : 0].rows = 0;
    qsort(value, l->codes, sizeof *value, by_rows);
    for (uint32_t i = 0; i < l->codes && (double)i < most && value[i].rows && (double)value[i].rows >= least; i++)
        to[value[i].code] = FIRST;
    uint32_t next = FIRST;
    const char *rest = "other";
    for (uint32_t c = 2; c < l->codes; c++) {
        if (to[c] < FIRST) continue;
        to[c] = next, spelling[next++ - 2] = mlp_spelling(&l->spelt, c);
    }
    for (uint32_t i = 1; i + 2 < next; i++) {               /* a value that is spelt so itself: the rest moves on */
        if (spelling[i].n != strlen(rest) || memcmp(spelling[i].at, rest, spelling[i].n)) continue;
        if (!(rest = mlp_arena_printf(l->arena, "%s_", rest))) return free(value), mlp_no_memory(error, 64);
        i = 0;
    }
    spelling[0] = (struct mlp_str){rest, strlen(rest)};
    free(value);
    *out = (struct mlp_cell){to, l->codes > 2 ? l->codes : 2};
    if (l->codes < 2) to[1] = REST;
    return book ? mlp_codebook_write(spelling, next - 2, l->arena, book, error) : MLP_OK;
}

const struct mlp_reducer_ops mlp_reducer_frequent = {"reducer.frequent", NULL, learn};
