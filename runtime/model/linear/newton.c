/* newton.c: the second-order solver: weighted least squares with a line search; with an l1 penalty, coordinate descent on the
 * quadratic model, ended by an exact step on the columns that are not zero. It ends when the step's predicted gain is nothing
 * beside the objective, and takes that last step: Newton's convergence is quadratic, so the gap left is far below the prediction.
 */
#include "runtime/model/linear/linear.h"
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

double mlp_linear_penalty(const struct mlp_linear_problem *p, const double *weight)
{
    double l1 = 0, l2 = 0;
    for (size_t c = 0; c < p->n; c++)
        l1 += p->penalty[c] * fabs(weight[c]), l2 += p->penalty[c] * weight[c] * weight[c];
    return p->l1 * l1 + p->l2 / 2 * l2;
}

mlp_status mlp_linear_progress(const struct mlp_linear_problem *p, struct mlp_error *error)
{
    const struct mlp_fit_in *in = p->design->in;
    char note[96];
    if (!in->progress) return MLP_OK;
    snprintf(note, sizeof note, "step %u, objective %.6g", p->steps, p->objective);
    if (in->progress(in->progress_data, (double)p->steps / (p->steps + 4.0), note)) return MLP_OK;
    return mlp_fail(error, MLP_ERR_INTERRUPTED, NULL, "training of %s was stopped", in->model->id.name);
}

mlp_status mlp_linear_start_failed(const struct mlp_linear_problem *p, struct mlp_error *error)
{
    return mlp_fail(error, MLP_ERR_DATA, NULL, "model %s: the loss of the training rows is not a finite number before the first step",
                    p->design->in->model->id.name);
}

/* Minimises g'd + d'Hd/2 + l1 |w + d| (lower half of h, penalty in it) by cycling over the columns; d starts at 0. q = H d. */
static void coordinate_descent(const struct mlp_linear_problem *p, const double *h, const double *g, double *d, double *q)
{
    const size_t n = p->n;
    double first = 0;
    memset(d, 0, n * sizeof *d), memset(q, 0, n * sizeof *q);
    for (int sweep = 0; sweep < 1000; sweep++) {
        double gain = 0;
        for (size_t c = 0; c < n; c++) {
            double a = h[c * n + c];
            if (!(a > 0)) continue;
            double slope = g[c] + q[c], at = p->weight[c] + d[c], l1 = p->l1 * p->penalty[c], to = at - slope / a;
            to = to > l1 / a ? to - l1 / a : to < -l1 / a ? to + l1 / a : 0;
            double step = to - at;
            if (step == 0) continue;
            gain -= slope * step + a * step * step / 2 + l1 * (fabs(to) - fabs(at));
            d[c] = to - p->weight[c];
            mlp_linear_axpy(step, h + c * n, q, c + 1);
            for (size_t k = c + 1; k < n; k++) q[k] += step * h[k * n + c];
        }
        if (!sweep) first = gain;
        if (gain <= 1e-10 * first) return;
    }
}

/* The minimum of the same model over columns whose w + d is not zero (and the intercept), if every sign stays; d is replaced. */
static void polish(const struct mlp_linear_problem *p, const double *h, const double *g, double *d, double *factor, double *step,
                   uint32_t *at)
{
    const uint32_t n = (uint32_t)p->n;
    uint32_t m = 0;
    for (uint32_t c = 0; c < n; c++)
        if (!p->penalty[c] || p->weight[c] + d[c] != 0) at[m++] = c;
    for (uint32_t i = 0; i < m; i++) { /* with x = w + d on the columns kept and 0 elsewhere: H x = H w - g - l1 sign */
        double rest = -g[at[i]], now = p->weight[at[i]] + d[at[i]];
        for (uint32_t c = 0; c < n; c++) rest += h[at[i] > c ? (size_t)at[i] * n + c : (size_t)c * n + at[i]] * p->weight[c];
        step[i] = rest - p->l1 * p->penalty[at[i]] * (now > 0 ? 1 : -1);
        for (uint32_t k = 0; k <= i; k++) factor[(size_t)i * m + k] = h[(size_t)at[i] * n + at[k]];
    }
    if (mlp_linear_factor(factor, m)) return;               /* dependent columns: what coordinate descent found stands */
    mlp_linear_solve(factor, m, step);
    for (uint32_t i = 0; i < m; i++)
        if (p->penalty[at[i]] && !(step[i] * (p->weight[at[i]] + d[at[i]]) > 0)) return;
    for (uint32_t i = 0; i < m; i++) d[at[i]] = step[i] - p->weight[at[i]];
}

double mlp_linear_step(const struct mlp_linear_problem *p, double *h, double *g, double *step, double *q, double *factor,
                       double *scratch, uint32_t *at)
{
    const size_t n = p->n;
    double slope = 0;
    for (size_t c = 0; c < n; c++) g[c] += p->l2 * p->penalty[c] * p->weight[c], h[c * n + c] += p->l2 * p->penalty[c];
    if (p->l1 > 0) {
        coordinate_descent(p, h, g, step, q);
        polish(p, h, g, step, factor, scratch, at);
    } else {
        memcpy(factor, h, n * n * sizeof *h);
        mlp_linear_factor(factor, n);
        for (size_t c = 0; c < n; c++) step[c] = -g[c];
        mlp_linear_solve(factor, n, step);
    }
    for (size_t c = 0; c < n; c++)
        slope += g[c] * step[c] + p->l1 * p->penalty[c] * (fabs(p->weight[c] + step[c]) - fabs(p->weight[c]));
    return slope;
}

static bool last_step(const struct mlp_linear_problem *p, double slope, double start)
{
    return !(-slope > p->tolerance / 10 * fabs(p->objective) && -slope > 1e-15 * fabs(start));
}

/* Second derivatives that a step can be computed with: never negative, and not all zero (absolute error, quantiles): then one
 * over the spread of y, which makes the step a gradient step in the metric of least squares. Says whether they were made up. */
static bool curvature(const struct mlp_sample *s, double *hess)
{
    double most = 0, spread = 0, mean = 0;
    for (size_t i = 0; i < s->n; i++) most = hess[i] > most ? hess[i] : most, mean += s->y[i];
    mean /= (double)s->n;
    if (most > 0) {
        for (size_t i = 0; i < s->n; i++) hess[i] = hess[i] > 0 ? hess[i] : 0;
        return false;
    }
    for (size_t i = 0; i < s->n; i++) spread += (s->y[i] - mean) * (s->y[i] - mean);
    spread = sqrt(spread / (double)s->n);
    for (size_t i = 0; i < s->n; i++) hess[i] = (s->weight ? s->weight[i] : 1) / (spread > 0 ? spread : 1);
    return true;
}

mlp_status mlp_linear_newton(struct mlp_linear_problem *p, struct mlp_arena *arena, struct mlp_error *error)
{
    const struct mlp_linear_design *d = p->design;
    const struct mlp_sample *s = p->sample;
    size_t n = p->n, rows = s->n;
    double *room = mlp_arena_alloc(arena, (2 * n * n + 6 * n + 5 * rows) * sizeof *room);
    uint32_t *at = mlp_arena_alloc(arena, n * sizeof *at);
    if (!room || !at) return mlp_no_memory(error, (2 * n * n + 6 * n + 5 * rows) * sizeof *room);
    double *h = room, *factor = h + n * n, *g = factor + n * n, *step = g + n, *q = step + n, *scratch = q + n, *next = scratch + n;
    double *score = next + 2 * n, *move = score + rows, *grad = move + rows, *hess = grad + rows, *trial = hess + rows;
    double *w = p->weight;
    TRY(mlp_linear_scores(d, w, score, error));
    double start = mlp_sample_loss(p->design->in, s, score, grad, hess) / s->total + mlp_linear_penalty(p, w);
    p->objective = start;
    if (!isfinite(start)) return mlp_linear_start_failed(p, error);
    bool kinked = false;
    for (p->steps = 0; p->steps < p->iterations;) {
        bool made_up = curvature(s, hess);
        kinked |= made_up;
        TRY(mlp_linear_sum(d, grad, hess, g, h, error));
        for (size_t c = 0; c < n; c++) {
            g[c] /= s->total;
            for (size_t k = 0; k <= c; k++) h[c * n + k] /= s->total;
        }
        const double slope = mlp_linear_step(p, h, g, step, q, factor, scratch, at);
        const bool last = last_step(p, slope, start);
        if (!(slope < 0)) break;
        memcpy(next, w, n * sizeof *w);                     /* scores along the step: linear, so one pass serves every length */
        memcpy(w, step, n * sizeof *w);
        mlp_status status = mlp_linear_scores(d, w, move, error);
        memcpy(w, next, n * sizeof *w);
        TRY(status);
        double length = 1, best = p->objective, best_length = 0;
        for (int turn = 0; turn < 60; turn++) {
            for (size_t i = 0; i < rows; i++) trial[i] = score[i] + length * move[i];
            for (size_t c = 0; c < n; c++) next[c] = w[c] + length * step[c];
            double f = mlp_sample_loss(d->in, s, trial, NULL, NULL) / s->total + mlp_linear_penalty(p, next);
            if (last) {
                if (f <= p->objective) best = f, best_length = length;
                break;
            }
            if (made_up && best_length > 0 && !(f < best)) break;
            if (f <= p->objective + 1e-4 * length * slope && f < best) {
                best = f, best_length = length;
                if (!made_up) break;
                length *= 2;
            } else length /= 2;
        }
        if (!(best_length > 0)) break;
        for (size_t c = 0; c < n; c++) w[c] += best_length * step[c];
        for (size_t i = 0; i < rows; i++) score[i] += best_length * move[i];
        bool stuck = made_up && p->objective - best <= 1e-9 * fabs(best);
        p->objective = best, p->steps++;
        TRY(mlp_linear_progress(p, error));
        if (last || stuck) break;
        mlp_sample_loss(d->in, s, score, grad, hess);
    }
    return kinked ? mlp_linear_kinked(p, arena, error) : MLP_OK;
}

/* The same for any smooth loss by its evaluate: several outputs, thresholds, queries. */
mlp_status mlp_linear_newton_any(struct mlp_linear_problem *p, struct mlp_arena *arena, struct mlp_error *error)
{
    const size_t n = p->n;
    double *room = mlp_arena_alloc(arena, (2 * n * n + 5 * n) * sizeof *room), *w = p->weight, value;
    uint32_t *at = mlp_arena_alloc(arena, n * sizeof *at);
    if (!room || !at) return mlp_no_memory(error, (2 * n * n + 5 * n) * sizeof *room);
    double *h = room, *factor = h + n * n, *g = factor + n * n, *step = g + n, *q = step + n, *scratch = q + n, *next = scratch + n;
    TRY(p->evaluate(p, w, &value, g, h, error));
    const double start = p->objective = value + mlp_linear_penalty(p, w);
    if (!isfinite(start)) return mlp_linear_start_failed(p, error);
    for (p->steps = 0; p->steps < p->iterations;) {
        const double slope = mlp_linear_step(p, h, g, step, q, factor, scratch, at);
        const bool last = last_step(p, slope, start);
        if (!(slope < 0)) break;
        double length = 1, f = INFINITY;
        bool better = false;
        for (int turn = 0; !better && turn < (last ? 1 : 60); turn++, length /= 2) {
            for (size_t c = 0; c < n; c++) next[c] = w[c] + length * step[c];
            TRY(p->evaluate(p, next, &value, NULL, NULL, error));
            f = value + mlp_linear_penalty(p, next);
            better = last ? f <= p->objective : f <= p->objective + 1e-4 * length * slope && f < p->objective;
        }
        if (!better) break;
        memcpy(w, next, n * sizeof *w);
        p->objective = f, p->steps++;
        TRY(mlp_linear_progress(p, error));
        if (last) break;
        TRY(p->evaluate(p, w, &value, g, h, error));
    }
    return MLP_OK;
}
