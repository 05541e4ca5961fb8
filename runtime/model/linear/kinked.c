/* kinked.c: losses without a second derivative (absolute error, quantiles): lines with a kink. The loss is averaged over [score - width,
 * score + width], whose derivatives are differences of the loss and of its derivative at the two ends; Newton's steps find its minimum,
 * for widths that shrink to nothing (smoothed quantile regression: Fernandes, Guerre and Horta 2021). What comes out stands only if
 * the loss itself is smaller there. */
#include "runtime/model/linear/linear.h"
#include <math.h>
#include <string.h>

enum { WIDTHS = 24, STEPS = 60, HALVINGS = 30 };
struct kinked { struct mlp_linear_problem *p; size_t rows; double *score, *move, *low, *high, *grad, *hess, *ends; };

struct deriving { const struct kinked *k; double length, width, *grad, *hess; };

static void derive_chunk(void *data, size_t chunk, int worker)
{
    const struct deriving *d = data;
    const struct kinked *k = d->k;
    const struct mlp_sample *s = k->p->sample;
    const struct mlp_fit_in *in = k->p->design->in;
    mlp_loss_fn *loss = in->code->entry[in->model->loss].loss;
    const size_t from = chunk * MLP_CHUNK, to = from + MLP_CHUNK < k->rows ? from + MLP_CHUNK : k->rows;
    (void)worker;
    for (int end = 0; end < 2; end++) {                     /* of a low and a high end: the loss, and behind it its derivative */
        double *const value = end ? k->high : k->low;
        for (size_t i = from; i < to; i++)
            k->ends[i] = k->score[i] + d->length * k->move[i] + (s->offset ? s->offset[i] : 0) + (end ? d->width : -d->width);
        loss(in->ctx, s->y + from, s->weight ? s->weight + from : NULL, k->ends + from, to - from, value + from, value + k->rows + from, NULL);
    }
    for (size_t i = from; i < to; i++) {
        d->grad[i] = (k->high[i] - k->low[i]) / (2 * d->width);
        const double bend = (k->high[k->rows + i] - k->low[k->rows + i]) / (2 * d->width);
        if (d->hess) d->hess[i] = bend > 0 ? bend : 0;
    }
}

/* Derivatives of the averaged loss at `score` + length * move; hess NULL: not wanted. */
static void derive(const struct kinked *k, double length, double width, double *grad, double *hess)
{
    struct deriving d = {k, length, width, grad, hess};
    mlp_pool_run(k->p->design->in->pool, (k->rows + MLP_CHUNK - 1) / MLP_CHUNK, derive_chunk, &d);
}

/* How the averaged objective changes along the step, at this length of it. */
static double slope_at(const struct kinked *k, double length, double width, const double *step)
{
    const struct mlp_linear_problem *p = k->p;
    double slope = 0;
    derive(k, length, width, k->grad, NULL);
    for (size_t i = 0; i < k->rows; i++) slope += k->grad[i] * k->move[i];
    slope /= p->sample->total;
    for (size_t c = 0; c < p->n; c++) {
        const double at = p->weight[c] + length * step[c];
        slope += p->penalty[c] * step[c] * (p->l2 * at + p->l1 * (at > 0 ? 1 : at < 0 ? -1 : step[c] > 0 ? 1 : -1));
    }
    return slope;
}

/* One width: Newton's steps, each as long as the averaged objective falls. ridge keeps columns that no row bends in place. */
static mlp_status settle(const struct kinked *k, double width, double ridge, double *h, double *factor, double *g, double *step,
                         double *room, uint32_t *at, struct mlp_error *error)
{
    struct mlp_linear_problem *p = k->p;
    const size_t n = p->n;
    for (int turn = 0; turn < STEPS; turn++) {
        memset(k->move, 0, k->rows * sizeof *k->move);
        derive(k, 0, width, k->grad, k->hess);
        for (size_t i = 0; i < k->rows; i++) k->hess[i] += ridge * (p->sample->weight ? p->sample->weight[i] : 1);
        TRY(mlp_linear_sum(p->design, k->grad, k->hess, g, h, error));
        for (size_t c = 0; c < n; c++) {
            g[c] /= p->sample->total;
            for (size_t j = 0; j <= c; j++) h[c * n + j] /= p->sample->total;
        }
        const double fall = mlp_linear_step(p, h, g, step, room, factor, room + n, at);
        if (!(-fall > 1e-12 * fabs(p->objective))) return MLP_OK;
        TRY(mlp_linear_scores(p->design, step, k->move, error));
        double length = 1;                                  /* the averaged objective is convex: while its slope is not above 0, it falls */
        for (int half = 0; half < HALVINGS && slope_at(k, length, width, step) > 0; half++) length /= 2;
        for (size_t c = 0; c < n; c++) p->weight[c] += length * step[c];
        for (size_t i = 0; i < k->rows; i++) k->score[i] += length * k->move[i];
        p->steps++;
        TRY(mlp_linear_progress(p, error));
    }
    return MLP_OK;
}

mlp_status mlp_linear_kinked(struct mlp_linear_problem *p, struct mlp_arena *arena, struct mlp_error *error)
{
    const struct mlp_sample *s = p->sample;
    const size_t n = p->n, rows = s->n;
    double *room = mlp_arena_alloc(arena, (2 * n * n + 6 * n + 9 * rows) * sizeof *room), mean = 0, spread = 0;
    uint32_t *at = mlp_arena_alloc(arena, (n + 1) * sizeof *at);
    if (!room || !at) return mlp_no_memory(error, (2 * n * n + 6 * n + 9 * rows) * sizeof *room);
    double *h = room, *factor = h + n * n, *g = factor + n * n, *step = g + n, *scratch = step + n, *best = scratch + 3 * n, *score = best + n;
    const struct kinked k = {p, rows, score, score + rows, score + 2 * rows, score + 4 * rows, score + 6 * rows, score + 7 * rows, score + 8 * rows};
    memcpy(best, p->weight, n * sizeof *best);
    TRY(mlp_linear_scores(p->design, p->weight, k.score, error));
    for (size_t i = 0; i < rows; i++) mean += s->y[i] / (double)rows;
    for (size_t i = 0; i < rows; i++) spread += (s->y[i] - mean) * (s->y[i] - mean) / (double)rows;
    spread = sqrt(spread);
    double width = spread / 4;
    for (int i = 0; spread > 0 && i < WIDTHS && width > 1e-9 * spread; i++, width /= 3) {
        TRY(settle(&k, width, 1e-6 / spread, h, factor, g, step, scratch, at, error));
        const double f = mlp_sample_loss(p->design->in, s, k.score, NULL, NULL) / s->total + mlp_linear_penalty(p, p->weight);
        if (f < p->objective) p->objective = f, memcpy(best, p->weight, n * sizeof *best);
    }
    memcpy(p->weight, best, n * sizeof *best);
    return MLP_OK;
}
