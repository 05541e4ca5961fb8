/* wide.c: the solver for problems too wide for a Hessian (thousands of levels): limited-memory quasi-Newton, orthant-wise where
 * there is an l1 penalty (Andrew and Gao 2007). Slower to converge than newton.c and never used where that one fits. */
#include "runtime/model/linear/linear.h"
#include <math.h>
#include <stdbool.h>
#include <string.h>

enum { MEMORY = 20 };

/* The subgradient of least length of the whole objective. */
static void steepest(const struct mlp_linear_problem *p, const double *w, const double *g, double *out)
{
    for (size_t c = 0; c < p->n; c++) {
        double l1 = p->l1 * p->penalty[c];
        out[c] = w[c] > 0 ? g[c] + l1 : w[c] < 0 ? g[c] - l1 : g[c] > l1 ? g[c] - l1 : g[c] < -l1 ? g[c] + l1 : 0;
    }
}

mlp_status mlp_linear_scalar(struct mlp_linear_problem *p, const double *w, double *value, double *g, double *h,
                             struct mlp_error *error)
{
    const struct mlp_linear_design *d = p->design;
    double *score = p->scratch, *grad = score + p->sample->n;
    (void)h;                                                /* newton.c has its own way for one output */
    TRY(mlp_linear_scores(d, w, score, error));
    *value = mlp_sample_loss(d->in, p->sample, score, g ? grad : NULL, NULL) / p->sample->total;
    if (!g) return MLP_OK;
    TRY(mlp_linear_sum(d, grad, NULL, g, NULL, error));
    for (size_t c = 0; c < p->n; c++) g[c] /= p->sample->total;
    return MLP_OK;
}

/* The whole objective, and the gradient of its smooth part. */
static mlp_status evaluate(struct mlp_linear_problem *p, const double *w, double *g, double *objective, struct mlp_error *error)
{
    TRY(p->evaluate(p, w, objective, g, NULL, error));
    *objective += mlp_linear_penalty(p, w);
    for (size_t c = 0; c < p->n; c++) g[c] += p->l2 * p->penalty[c] * w[c];
    return MLP_OK;
}

mlp_status mlp_linear_quasi_newton(struct mlp_linear_problem *p, struct mlp_arena *arena, struct mlp_error *error)
{
    const size_t n = p->n, need = (2 * MEMORY + 6) * n * sizeof(double);
    double *room = mlp_arena_alloc(arena, need);
    if (!room) return mlp_no_memory(error, need);
    double *s = room, *y = s + MEMORY * n, *g = y + MEMORY * n, *low = g + n, *step = low + n, *next = step + n, *next_g = next + n;
    double rho[MEMORY], alpha[MEMORY], *w = p->weight;
    uint32_t kept = 0, quiet = 0;
    TRY(evaluate(p, w, g, &p->objective, error));
    if (!isfinite(p->objective)) return mlp_linear_start_failed(p, error);
    for (p->steps = 0; p->steps < p->iterations;) {
        steepest(p, w, g, low);
        for (size_t c = 0; c < n; c++) step[c] = -low[c];
        uint32_t held = kept < MEMORY ? kept : MEMORY;
        for (uint32_t k = 0; k < held; k++) {               /* newest first */
            size_t m = (kept - 1 - k) % MEMORY;
            alpha[m] = rho[m] * mlp_linear_dot(s + m * n, step, n);
            mlp_linear_axpy(-alpha[m], y + m * n, step, n);
        }
        size_t newest = (kept + MEMORY - 1) % MEMORY;
        double size = held ? 1 / (rho[newest] * mlp_linear_dot(y + newest * n, y + newest * n, n))
                           : 1 / fmax(1, sqrt(mlp_linear_dot(low, low, n)));
        for (size_t c = 0; c < n; c++) step[c] *= size;
        for (uint32_t k = held; k-- > 0;) {
            size_t m = (kept - 1 - k) % MEMORY;
            mlp_linear_axpy(alpha[m] - rho[m] * mlp_linear_dot(y + m * n, step, n), s + m * n, step, n);
        }
        double slope = 0;
        for (size_t c = 0; c < n; c++) {
            if (p->l1 > 0 && step[c] * low[c] > 0) step[c] = 0;   /* keep to directions that descend */
            slope += step[c] * low[c];
        }
        if (!(slope < 0)) {
            if (!held) break;
            kept = 0;                                       /* forget what misled and start from the gradient */
            continue;
        }
        double f = INFINITY, length = 1;
        for (int turn = 0; turn < 60; turn++, length /= 2) {
            slope = 0;                                      /* along what is left of the step inside the orthant */
            for (size_t c = 0; c < n; c++) {
                double side = w[c] != 0 ? w[c] : -low[c];
                next[c] = w[c] + length * step[c];
                if (p->l1 > 0 && p->penalty[c] != 0 && next[c] * side < 0) next[c] = 0;   /* stay in the orthant */
                slope += low[c] * (next[c] - w[c]);
            }
            TRY(evaluate(p, next, next_g, &f, error));
            if (f <= p->objective + 1e-4 * slope) break;
        }
        if (!(f < p->objective)) {
            if (!held) break;
            kept = 0;
            continue;
        }
        size_t m = kept % MEMORY;
        for (size_t c = 0; c < n; c++) s[m * n + c] = next[c] - w[c], y[m * n + c] = next_g[c] - g[c];
        double curve = mlp_linear_dot(s + m * n, y + m * n, n);
        if (curve > 1e-16 * mlp_linear_dot(y + m * n, y + m * n, n)) rho[m] = 1 / curve, kept++;
        quiet = p->objective - f <= p->tolerance / 1000 * fabs(f) ? quiet + 1 : 0;
        memcpy(w, next, n * sizeof *w), memcpy(g, next_g, n * sizeof *g);
        p->objective = f, p->steps++;
        TRY(mlp_linear_progress(p, error));
        if (quiet == 10) break;                             /* small steps in a row, not one unlucky one */
    }
    if (!(p->l1 > 0)) return MLP_OK;
    /* Weights that are on their way to 0 and all but there: 0, if that is no worse. */
    double most = 0, f;
    for (size_t c = 0; c < n; c++) most = fmax(most, p->penalty[c] * fabs(w[c]));
    for (size_t c = 0; c < n; c++) next[c] = p->penalty[c] != 0 && fabs(w[c]) < 1e-9 * most ? 0 : w[c];
    TRY(evaluate(p, next, next_g, &f, error));
    if (f <= p->objective + 1e-12 * fabs(p->objective)) memcpy(w, next, n * sizeof *w), p->objective = f;
    return MLP_OK;
}
