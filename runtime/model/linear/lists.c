/* lists.c: ranking by the softmax over a query's rows (runtime/model/listwise.h), solved like classes: Newton steps with the whole
 * Hessian where it is small, else the quasi-Newton solver. What is the same for all rows of a query, the intercept too, cannot be
 * learnt and stays 0. */
#include "runtime/model/linear/linear.h"
#include "runtime/model/listwise.h"
#include <stdlib.h>
#include <string.h>

/* Work of one Hessian above which many cheap steps win: multiply-adds. */
static const double DEAR = 1e9;

struct own { const struct mlp_lists *lists; double *score, *grad, *mass, *mean; };

static void add_row(const struct mlp_linear_design *d, size_t i, size_t r, double p, const double *x, const uint32_t *level, double *mean)
{
    for (uint32_t c = 0; c < d->dense; c++) mean[c] += p * x[c * MLP_LINEAR_TILE + r];
    for (uint32_t c = 0; c < d->coded; c++)
        if (level[c * MLP_LINEAR_TILE + r] != MLP_NONE) mean[level[c * MLP_LINEAR_TILE + r]] += p;
    for (uint32_t c = 0; c < d->sparse; c++) {
        const struct mlp_linear_feature *e = &d->feature[d->sparse_at[c]];
        const uint64_t *start = e->runs->start + d->rows.at[i];
        for (uint64_t m = start[0]; m < start[1]; m++) mean[e->level[e->runs->index[m]]] += p * (double)e->runs->value[m];
    }
}

/* The Hessian less, for every list, weight times the outer product of its mean row. */
static mlp_status take_means(const struct mlp_linear_problem *problem, double *h, struct mlp_error *error)
{
    const struct own *o = problem->own;
    const struct mlp_linear_design *d = problem->design;
    const struct mlp_lists *l = o->lists;
    const size_t n = d->columns, rows = d->rows.n, room = (mlp_linear_tile_bytes(d) + 63) / 64 * 64;
    double *x = aligned_alloc(64, room);
    if (!x) return mlp_no_memory(error, room);
    uint32_t *level = (uint32_t *)(x + (size_t)(d->dense + 1) * MLP_LINEAR_TILE);
    size_t list = 0;
    memset(o->mean, 0, n * sizeof *o->mean);
    for (size_t from = 0; from < rows; from += MLP_LINEAR_TILE) {
        const size_t some = rows - from < MLP_LINEAR_TILE ? rows - from : MLP_LINEAR_TILE;
        mlp_linear_tile(d, from, some, x, level);
        for (size_t r = 0; r < some; r++) {
            const double weight = l->weight[list];
            if (weight > 0) add_row(d, from + r, r, o->mass[from + r] / weight, x, level, o->mean);
            if (from + r + 1 < l->start[list + 1]) continue;
            for (size_t a = 0; weight > 0 && a < n; a++)
                if (o->mean[a] != 0) mlp_linear_axpy(-weight / problem->sample->total * o->mean[a], o->mean, h + a * n, a + 1);
            memset(o->mean, 0, n * sizeof *o->mean), list++;
        }
    }
    free(x);
    return MLP_OK;
}

static mlp_status evaluate(struct mlp_linear_problem *problem, const double *w, double *value, double *g, double *h,
                           struct mlp_error *error)
{
    const struct own *o = problem->own;
    const struct mlp_linear_design *d = problem->design;
    const struct mlp_sample *s = problem->sample;
    const size_t n = d->columns;
    TRY(mlp_linear_scores(d, w, o->score, error));
    *value = mlp_listwise_loss(d->in, s, o->lists, o->score, g ? o->grad : NULL, NULL) / s->total;
    if (!g) return MLP_OK;
    for (size_t i = 0; h && i < s->n; i++) o->mass[i] = o->grad[i] + s->y[i];
    TRY(mlp_linear_sum(d, o->grad, h ? o->mass : NULL, g, h, error));
    for (size_t c = 0; c < n; c++) g[c] /= s->total;
    g[d->dense] = 0;
    if (!h) return MLP_OK;
    double before[n];
    for (size_t a = 0; a < n; a++) {
        for (size_t b = 0; b <= a; b++) h[a * n + b] /= s->total;
        before[a] = h[a * n + a];
    }
    TRY(take_means(problem, h, error));
    for (size_t a = 0; a < n; a++) {                        /* the same in all rows of a query: what is left is rounding */
        if (a != d->dense && h[a * n + a] > 1e-13 * before[a]) continue;
        for (size_t b = 0; b < n; b++) h[a > b ? a * n + b : b * n + a] = 0;
        g[a] = 0, h[a * n + a] = 1;
    }
    return MLP_OK;
}

mlp_status mlp_linear_listwise(struct mlp_linear_problem *p, const struct mlp_lists *lists, struct mlp_arena *arena,
                               struct mlp_error *error)
{
    const struct mlp_linear_design *d = p->design;
    const size_t n = d->columns, rows = p->sample->n, need = (3 * rows + n) * sizeof(double);
    const double work = ((double)rows + (double)lists->n) * (double)n * (double)n;
    struct own own = {.lists = lists, .score = mlp_arena_alloc(arena, need)};
    p->weight = mlp_arena_alloc(arena, n * sizeof *p->weight);
    if (!own.score || !p->weight) return mlp_no_memory(error, need);
    own.grad = own.score + rows, own.mass = own.grad + rows, own.mean = own.mass + rows;
    p->n = n, p->penalty = d->penalty, p->evaluate = evaluate, p->own = &own;
    return n <= MLP_LINEAR_WIDE && work <= DEAR ? mlp_linear_newton_any(p, arena, error) : mlp_linear_quasi_newton(p, arena, error);
}
