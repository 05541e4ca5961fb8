/* classes.c: one of several classes by softmax: a weight vector per class, all solved together. Small problems take Newton steps
 * with the whole Hessian; others the quasi-Newton solver. Knows nothing of classes that training does not have. */
#include "runtime/model/linear/linear.h"
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
