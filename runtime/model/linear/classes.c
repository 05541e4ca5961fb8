/* classes.c: one of several classes: by softmax, a weight vector per class, or by cumulative log-odds where classes are ordered, one
 * weight vector and a border between neighbours. All is solved together: small problems take Newton steps with the whole Hessian,
 * others the quasi-Newton solver. Knows nothing of classes that training does not have. */
#include "runtime/model/linear/linear.h"
#include "runtime/model/ordered.h"
#include "runtime/base/math.h"
#include <stdbool.h>
#include <string.h>

/* Work of one Hessian above which many cheap steps win: multiply-adds. */
static const double DEAR = 4e9;

/* scratch: score (classes, rows), p (classes, rows), then two rows' worth of vectors; sums (columns, columns + 1). */
struct own { uint32_t classes; double *score, *p, *grad, *hess, *gradient, *hessian; };

static void class_gradient(const struct mlp_sample *s, const double *p, uint32_t k, double *grad)
{
    for (size_t i = 0; i < s->n; i++) grad[i] = (s->weight ? s->weight[i] : 1) * (p[i] - (s->y[i] == k));
}

static mlp_status evaluate(struct mlp_linear_problem *problem, const double *w, double *value, double *g, double *h,
                           struct mlp_error *error)
{
    const struct own *o = problem->own;
    const struct mlp_linear_design *d = problem->design;
    const struct mlp_sample *s = problem->sample;
    const size_t columns = d->columns, rows = s->n, n = problem->n;
    for (uint32_t k = 0; k < o->classes; k++) TRY(mlp_linear_scores(d, w + k * columns, o->score + k * rows, error));
    *value = mlp_softmax_loss(d->in, s, o->classes, o->score, g ? o->p : NULL) / s->total;
    for (uint32_t k = 0; g && k < o->classes; k++) {
        class_gradient(s, o->p + k * rows, k, o->grad);
        TRY(mlp_linear_sum(d, o->grad, NULL, g + k * columns, NULL, error));
        for (size_t c = 0; c < columns; c++) g[k * columns + c] /= s->total;
        for (uint32_t m = 0; h && m <= k; m++) {            /* block (k, m) is X' diag(w p_k (same - p_m)) X: symmetric in itself */
            const double *pk = o->p + k * rows, *pm = o->p + m * rows, same = k == m;
            for (size_t i = 0; i < rows; i++) o->hess[i] = (s->weight ? s->weight[i] : 1) * pk[i] * (same - pm[i]);
            TRY(mlp_linear_sum(d, o->grad, o->hess, o->gradient, o->hessian, error));
            for (size_t a = 0; a < columns; a++)
                for (size_t b = 0; b < columns; b++)
                    h[(k * columns + a) * n + m * columns + b] = o->hessian[a > b ? a * columns + b : b * columns + a] / s->total;
        }
    }
    return MLP_OK;
}

mlp_status mlp_linear_softmax(struct mlp_linear_problem *p, const struct mlp_classes *c, struct mlp_arena *arena,
                              struct mlp_error *error)
{
    const struct mlp_linear_design *d = p->design;
    const size_t columns = d->columns, rows = p->sample->n, n = c->n * columns;
    const double work = (double)rows * (double)columns * (double)columns * c->n * (c->n + 1) / 2;
    const bool newton = n <= 1024 && work <= DEAR;
    const size_t need = ((2 * c->n + 2) * rows + (newton ? columns * (columns + 1) : 0)) * sizeof(double);
    struct own own = {.classes = c->n, .score = mlp_arena_alloc(arena, need)};
    double *penalty = mlp_arena_alloc(arena, n * sizeof *penalty);
    p->weight = mlp_arena_alloc(arena, n * sizeof *p->weight);
    if (!own.score || !penalty || !p->weight) return mlp_no_memory(error, need);
    own.p = own.score + c->n * rows, own.grad = own.p + c->n * rows, own.hess = own.grad + rows;
    own.gradient = own.hess + rows, own.hessian = own.gradient + columns;
    for (uint32_t k = 0; k < c->n; k++) {
        double sum = 0;
        memcpy(penalty + k * columns, d->penalty, columns * sizeof *penalty);
        for (size_t i = 0; i < rows; i++) sum += p->sample->y[i] == k ? p->sample->weight ? p->sample->weight[i] : 1 : 0;
        p->weight[k * columns + d->dense] = mlp_log(sum / p->sample->total);
    }
    p->n = n, p->penalty = penalty, p->evaluate = evaluate, p->own = &own;
    return newton ? mlp_linear_newton_any(p, arena, error) : mlp_linear_quasi_newton(p, arena, error);
}

/* ---- ordered classes: w (columns; the intercept stays 0, the borders have it), then borders ---- */

struct cumulative { struct mlp_ordered *ordered; double *score, *grad, *hess, *low, *high, *part, *row; };

static mlp_status evaluate_ordered(struct mlp_linear_problem *problem, const double *w, double *value, double *g, double *h,
                                   struct mlp_error *error)
{
    const struct cumulative *c = problem->own;
    const struct mlp_linear_design *d = problem->design;
    const struct mlp_sample *s = problem->sample;
    struct mlp_ordered *o = c->ordered;
    const size_t columns = d->columns, n = problem->n, borders = n - columns;
    memcpy(o->border, w + columns, borders * sizeof *w);
    TRY(mlp_linear_scores(d, w, c->score, error));
    *value = mlp_ordered_loss(d->in, s, o, c->score, g ? c->grad : NULL, c->hess, h ? c->low : NULL, c->high, g != NULL) / s->total;
    if (!g) return MLP_OK;
    TRY(mlp_linear_sum(d, c->grad, h ? c->hess : NULL, g, c->part, error));
    for (size_t k = 0; k < columns; k++) g[k] /= s->total;
    for (size_t k = 0; k < borders; k++) g[columns + k] = o->g[k] / s->total;
    g[d->dense] = 0;
    if (!h) return MLP_OK;
    memset(h, 0, n * n * sizeof *h);
    for (size_t a = 0; a < columns; a++)
        for (size_t b = 0; b <= a; b++) h[a * n + b] = c->part[a * columns + b] / s->total;
    for (size_t k = 0; k < borders; k++) {                  /* row of border k: where it is above or below a row's class */
        double *to = h + (columns + k) * n;
        for (size_t i = 0; i < s->n; i++) c->row[i] = s->y[i] == (double)k ? c->high[i] : s->y[i] == (double)k + 1 ? c->low[i] : 0;
        TRY(mlp_linear_sum(d, c->row, NULL, to, NULL, error));
        for (size_t a = 0; a < columns; a++) to[a] /= s->total;
        to[columns + k] = o->h[k] / s->total;
        if (k) to[columns + k - 1] = o->h[borders + k - 1] / s->total;
        to[d->dense] = 0;
    }
    for (size_t a = 0; a < columns; a++) h[d->dense * n + a] = h[a * n + d->dense] = 0;
    h[d->dense * n + d->dense] = 1;
    return MLP_OK;
}

mlp_status mlp_linear_ordered(struct mlp_linear_problem *p, const struct mlp_classes *c, struct mlp_ordered *o, struct mlp_arena *arena,
                              struct mlp_error *error)
{
    const struct mlp_linear_design *d = p->design;
    const size_t columns = d->columns, rows = p->sample->n, n = columns + c->n - 1;
    const bool newton = n <= MLP_LINEAR_WIDE;
    const size_t need = (6 * rows + (newton ? columns * columns : 0)) * sizeof(double);
    struct cumulative own = {.ordered = o, .score = mlp_arena_alloc(arena, need)};
    double *penalty = mlp_arena_alloc(arena, n * sizeof *penalty);
    p->weight = mlp_arena_alloc(arena, n * sizeof *p->weight);
    if (!own.score || !penalty || !p->weight) return mlp_no_memory(error, need);
    own.grad = own.score + rows, own.hess = own.grad + rows, own.low = own.hess + rows, own.high = own.low + rows;
    own.row = own.high + rows, own.part = own.row + rows;
    TRY(mlp_ordered_init(o, p->sample, c->n, arena, error));
    memcpy(penalty, d->penalty, columns * sizeof *penalty);
    memcpy(p->weight + columns, o->border, (c->n - 1) * sizeof *p->weight);
    p->n = n, p->penalty = penalty, p->evaluate = evaluate_ordered, p->own = &own;
    TRY(newton ? mlp_linear_newton_any(p, arena, error) : mlp_linear_quasi_newton(p, arena, error));
    memcpy(o->border, p->weight + columns, (c->n - 1) * sizeof *p->weight);
    return MLP_OK;
}
