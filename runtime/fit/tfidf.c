/* tfidf.c: which terms of the training rows' texts are kept, and how rare each is: log((1 + rows) / (1 + rows that have it)) + 1, as
 * scikit-learn's smooth idf. Of more terms than wanted those in most rows stay, ties in the order of bytes; columns are in the order
 * of bytes. */
#include <math.h>
#include <stdlib.h>
#include "mlp_stdlib.h"
#include "runtime/fit/fit.h"
#include "runtime/fit/grams.h"
#include "runtime/fit/tally.h"

static void count(void *data, const char *at, size_t n) { tally_add(data, at, n); }

static mlp_status keep(const struct mlp_learn *l, const struct tally *t, struct mlp_cell *out, struct mlp_cell *book, struct mlp_error *error)
{
    struct tallied *term;
    size_t n;
    mlp_status status = tally_keep(t, l->use->args.at[MLP_REDUCER_TERMS_MIN_ROWS].num, l->use->args.at[MLP_REDUCER_TERMS_WORDS].num, &term,
                                   &n, error);
    struct mlp_str *const spelling = malloc((n + 1) * sizeof *spelling);
    double *const idf = mlp_arena_alloc(l->arena, (n + 1) * sizeof *idf);
    if (status == MLP_OK && (!spelling || !idf)) status = mlp_no_memory(error, n * sizeof *spelling);
    for (size_t i = 0; status == MLP_OK && i < n; i++)
        idf[i] = log((1 + (double)l->n) / (1 + (double)term[i].rows)) + 1, spelling[i] = term[i].text;
    if (status == MLP_OK) {
        if (!n) *idf = NAN;                                 /* no term: a cell has at least one number */
        *out = (struct mlp_cell){idf, n ? n : 1};
        status = mlp_codebook_write(spelling, n, l->arena, book, error);
    }
    return free(term), free(spelling), status;
}

static mlp_status learn(const struct mlp_learn *l, struct mlp_cell *out, struct mlp_cell *book, struct mlp_error *error)
{
    const struct grams g = grams_of(l->use);
    struct tally t = {0};
    struct mlp_arena scratch = {0};
    for (size_t i = 0; i < l->n; i++) {
        t.row = (uint32_t)i;
        grams_walk(&g, &l->text[i], &scratch, count, &t);
        mlp_arena_reset(&scratch);
    }
    mlp_status status = mlp_arena_check(&scratch, error);
    if (status == MLP_OK) status = keep(l, &t, out, book, error);
    return mlp_arena_clear(&scratch), tally_clear(&t), status;
}

const struct mlp_reducer_ops mlp_reducer_terms = {"reducer.terms", NULL, learn};
