/* tfidf.c: which terms of the training rows' texts are kept, and how rare each is: log((1 + rows) / (1 + rows that have it)) + 1, as
 * scikit-learn's smooth idf. Of more terms than wanted those in most rows stay, ties in the order of bytes; columns are in the order
 * of bytes. */
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include "mlp_stdlib.h"
#include "runtime/data/table.h"
#include "runtime/fit/fit.h"
#include "runtime/fit/grams.h"

/* rows[i], last[i]: of the term with code 2 + i: rows that have it, and the last of them plus one. */
struct counting { struct mlp_dictionary terms; struct mlp_arena arena; uint32_t *rows, *last, room; uint32_t row; bool failed; };

static void count(void *data, const char *at, size_t n)
{
    struct counting *const c = data;
    if (c->failed) return;
    const uint32_t code = mlp_dictionary_add(&c->terms, &c->arena, at, n);
    if (!code) { c->failed = true; return; }
    if (code - 2 >= c->room) {
        const uint32_t room = c->room ? c->room * 2 : 1024;
        uint32_t *const rows = realloc(c->rows, room * sizeof *rows), *const last = rows ? realloc(c->last, room * sizeof *last) : NULL;
        if (rows) c->rows = rows;
        if (last) c->last = last;
        if (!rows || !last) { c->failed = true; return; }
        memset(rows + c->room, 0, (room - c->room) * sizeof *rows), memset(last + c->room, 0, (room - c->room) * sizeof *last);
        c->room = room;
    }
    if (c->last[code - 2] == c->row + 1) return;
    c->last[code - 2] = c->row + 1, c->rows[code - 2]++;
}

struct term { struct mlp_str spelling; uint32_t rows; };
static int by_spelling(const void *a, const void *b)
{
    const struct mlp_str *const x = &((const struct term *)a)->spelling, *const y = &((const struct term *)b)->spelling;
    const int d = memcmp(x->at, y->at, x->n < y->n ? x->n : y->n);
    return d ? d : x->n < y->n ? -1 : x->n > y->n;
}
static int by_rows(const void *a, const void *b)
{
    const struct term *const x = a, *const y = b;
    return x->rows != y->rows ? (x->rows > y->rows ? -1 : 1) : by_spelling(a, b);
}

static mlp_status keep(const struct mlp_learn *l, const struct counting *c, struct mlp_cell *out, struct mlp_cell *book,
                       struct mlp_error *error)
{
    const double most = l->use->args.at[MLP_REDUCER_TERMS_WORDS].num, least = l->use->args.at[MLP_REDUCER_TERMS_MIN_ROWS].num;
    struct term *const term = malloc((c->terms.n + 1) * sizeof *term);
    struct mlp_str *const spelling = malloc((c->terms.n + 1) * sizeof *spelling);
    size_t n = 0;
    mlp_status status = term && spelling ? MLP_OK : mlp_no_memory(error, c->terms.n * sizeof *term);
    for (uint32_t i = 0; status == MLP_OK && i < c->terms.n; i++)
        if (c->rows[i] >= least) term[n++] = (struct term){c->terms.spelling[i], c->rows[i]};
    if (status == MLP_OK) {
        qsort(term, n, sizeof *term, by_rows);
        if ((double)n > most) n = (size_t)most;
        qsort(term, n, sizeof *term, by_spelling);
        double *const idf = mlp_arena_alloc(l->arena, (n + 1) * sizeof *idf);
        if (!idf) status = mlp_no_memory(error, n * sizeof *idf);
        for (size_t i = 0; status == MLP_OK && i < n; i++)
            idf[i] = log((1 + (double)l->n) / (1 + (double)term[i].rows)) + 1, spelling[i] = term[i].spelling;
        if (status == MLP_OK) {
            if (!n) *idf = NAN;                             /* no term: a cell has at least one number */
            *out = (struct mlp_cell){idf, n ? n : 1};
            status = mlp_codebook_write(spelling, n, l->arena, book, error);
        }
    }
    return free(term), free(spelling), status;
}

static mlp_status learn(const struct mlp_learn *l, struct mlp_cell *out, struct mlp_cell *book, struct mlp_error *error)
{
    const struct grams g = grams_of(l->use);
    struct counting c = {0};
    struct mlp_arena scratch = {0};
    for (size_t i = 0; i < l->n; i++) {
        c.row = (uint32_t)i;
        grams_walk(&g, &l->text[i], &scratch, count, &c);
        mlp_arena_reset(&scratch);
    }
    const mlp_status status = c.failed ? mlp_no_memory(error, c.arena.total) : keep(l, &c, out, book, error);
    mlp_arena_clear(&scratch), mlp_arena_clear(&c.arena);
    free(c.rows), free(c.last);
    return status;
}

const struct mlp_reducer_ops mlp_reducer_terms = {"reducer.terms", NULL, learn};
