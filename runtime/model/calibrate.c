/* calibrate.c: isotonic regression by pooling neighbours that are out of order, and Platt's sigmoid on the log-odds with his targets
 * (which keep it finite where the classes are separate). No libm: it stands on the path of a prediction. */
#include "runtime/model/calibrate.h"
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include "runtime/base/math.h"

static const double EDGE = 1e-15;                           /* probabilities are kept this far from 0 and 1 before a logarithm */
static double log_odds(double p)
{
    p = p < EDGE ? EDGE : p > 1 - EDGE ? 1 - EDGE : p;
    return mlp_log(p) - mlp_log(1 - p);
}

/* ---- fit ---- */

struct point { double x, y, weight; };                      /* y: mean over the weight */
static int by_x(const void *a, const void *b)
{
    const struct point *p = a, *q = b;
    return p->x != q->x ? (p->x < q->x ? -1 : 1) : p->y < q->y ? -1 : p->y > q->y;
}

/* Equal x are one point; then blocks that descend are pooled. Keeps the two ends of every block: n points are left. */
static size_t isotonic(struct point *at, size_t n, double *block, size_t *from)
{
    size_t m = 0, blocks = 0, kept = 0;
    qsort(at, n, sizeof *at, by_x);
    for (size_t i = 0; i < n; i++) {
        if (m && at[m - 1].x == at[i].x) {
            const double w = at[m - 1].weight + at[i].weight;
            at[m - 1].y += (at[i].y - at[m - 1].y) * (at[i].weight / w), at[m - 1].weight = w;
        } else at[m++] = at[i];
    }
    double *mean = block, *weight = block + m;
    for (size_t i = 0; i < m; i++) {
        mean[blocks] = at[i].y, weight[blocks] = at[i].weight, from[blocks++] = i;
        while (blocks > 1 && mean[blocks - 2] >= mean[blocks - 1]) {
            const double w = weight[blocks - 2] + weight[blocks - 1];
            mean[blocks - 2] += (mean[blocks - 1] - mean[blocks - 2]) * (weight[blocks - 1] / w), weight[blocks - 2] = w, blocks--;
        }
    }
    for (size_t b = 0; b < blocks; b++) {
        const size_t end = b + 1 < blocks ? from[b + 1] : m;
        const double low = at[from[b]].x, high = at[end - 1].x, y = mean[b];
        at[kept++] = (struct point){low, y, 0};
        if (high > low) at[kept++] = (struct point){high, y, 0};
    }
    return kept;
}

/* Newton on slope and shift, halved until it helps. */
static void sigmoid(const struct point *at, size_t n, double *slope, double *shift)
{
    double yes = 0, no = 0, a = 1, b = 0, best = INFINITY;
    for (size_t i = 0; i < n; i++) *(at[i].y > 0.5 ? &yes : &no) += at[i].weight;
    const double high = (yes + 1) / (yes + 2), low = 1 / (no + 2);
    double step_a = 0, step_b = 0, length = 1;
    for (int turn = 0; turn < 200; turn++) {
        double f = 0, ga = 0, gb = 0, aa = 1e-12, ab = 0, bb = 1e-12;
        const double na = a - length * step_a, nb = b - length * step_b;
        for (size_t i = 0; i < n; i++) {
            const double z = na * at[i].x + nb, t = at[i].y > 0.5 ? high : low, w = at[i].weight, p = mlp_sigmoid(z);
            f += w * ((z > 0 ? z : 0) + mlp_log1p(mlp_exp(z > 0 ? -z : z)) - t * z);
            ga += w * (p - t) * at[i].x, gb += w * (p - t);
            aa += w * p * (1 - p) * at[i].x * at[i].x, ab += w * p * (1 - p) * at[i].x, bb += w * p * (1 - p);
        }
        if (!(f < best)) {
            if (length < 1e-6) break;
            length /= 2;
            continue;
        }
        const bool still = best - f <= 1e-14 * f;
        a = na, b = nb, best = f, length = 1;
        if (still) break;
        const double det = aa * bb - ab * ab;
        step_a = (bb * ga - ab * gb) / det, step_b = (aa * gb - ab * ga) / det;
    }
    *slope = a, *shift = b;
}

mlp_status mlp_calibration_fit(const struct mlp_model *m, const double *p, const double *y, const double *weight,
                               struct mlp_rows rows, uint32_t outputs, struct mlp_tensors *tensors, struct mlp_arena *arena,
                               struct mlp_error *error)
{
    const bool steps = m->calibrate.args.n && m->calibrate.args.at[0].str && !strcmp(m->calibrate.args.at[0].str, "isotonic");
    struct mlp_tensor *all = mlp_arena_alloc(arena, (tensors->n + 3) * sizeof *all);
    double *x = mlp_arena_alloc(arena, (rows.n + 1) * outputs * sizeof *x), *to = mlp_arena_alloc(arena, (rows.n + 1) * outputs * sizeof *to);
    uint32_t *offset = mlp_arena_alloc(arena, (outputs + 1) * sizeof *offset);
    struct point *at = malloc((rows.n + 1) * sizeof *at);
    double *block = malloc((rows.n + 1) * 2 * sizeof *block);
    size_t *from = malloc((rows.n + 1) * sizeof *from);
    if (!all || !x || !to || !offset || !at || !block || !from)
        return free(at), free(block), free(from), mlp_no_memory(error, rows.n * outputs * sizeof *x);
    for (uint32_t k = 0; k < outputs; k++) {
        size_t n = 0;
        for (size_t i = 0; i < rows.n; i++) {
            const uint32_t r = rows.at[i];
            const double w = weight ? weight[r] : 1, is = outputs > 1 ? y[r] == k : y[r], score = p[(size_t)r * outputs + k];
            if (w > 0) at[n++] = (struct point){steps ? score : log_odds(score), is, w};
        }
        if (steps) {
            const size_t kept = isotonic(at, n, block, from);
            offset[k + 1] = offset[k] + (uint32_t)kept;
            for (size_t i = 0; i < kept; i++) x[offset[k] + i] = at[i].x, to[offset[k] + i] = at[i].y;
        } else sigmoid(at, n, &x[k], &to[k]);
    }
    free(at), free(block), free(from);
    if (tensors->n) memcpy(all, tensors->at, tensors->n * sizeof *all);
    tensors->at = all;
    if (steps) mlp_tensor_add(tensors, "calibration.offset", MLP_DT_U32, outputs + 1, offset);
    mlp_tensor_add(tensors, steps ? "calibration.x" : "calibration.slope", MLP_DT_F64, steps ? offset[outputs] : outputs, x);
    mlp_tensor_add(tensors, steps ? "calibration.y" : "calibration.shift", MLP_DT_F64, steps ? offset[outputs] : outputs, to);
    return MLP_OK;
}

/* ---- open ---- */

static mlp_status damaged(const struct mlp_model *m, struct mlp_error *error)
{
    mlp_fail(error, MLP_ERR_DATA, NULL, "model %s is damaged: its calibration does not ascend, or is not finite", m->id.name);
    return mlp_fix(error, "train the model again, or take the file from where it was made");
}

mlp_status mlp_calibration_open(struct mlp_calibration *c, const struct mlp_model *m, uint32_t outputs, const struct mlp_tensors *ts,
                                struct mlp_error *error)
{
    uint64_t n = outputs, ends = (uint64_t)outputs + 1, points = MLP_ANY;
    *c = (struct mlp_calibration){.method = MLP_CALIBRATE_SIGMOID};
    if (mlp_tensor_find(ts, "calibration.slope")) {
        TRY(mlp_tensor_need(m, ts, "calibration.slope", MLP_DT_F64, &n, (const void **)&c->slope, error));
        TRY(mlp_tensor_need(m, ts, "calibration.shift", MLP_DT_F64, &n, (const void **)&c->shift, error));
        for (uint32_t k = 0; k < outputs; k++) if (!isfinite(c->slope[k]) || !isfinite(c->shift[k])) return damaged(m, error);
        return MLP_OK;
    }
    c->method = MLP_CALIBRATE_ISOTONIC;
    TRY(mlp_tensor_need(m, ts, "calibration.offset", MLP_DT_U32, &ends, (const void **)&c->offset, error));
    TRY(mlp_tensor_need(m, ts, "calibration.x", MLP_DT_F64, &points, (const void **)&c->x, error));
    TRY(mlp_tensor_need(m, ts, "calibration.y", MLP_DT_F64, &points, (const void **)&c->y, error));
    if (c->offset[0] || c->offset[outputs] != points) return damaged(m, error);
    for (uint32_t k = 0; k < outputs; k++) {
        if (c->offset[k + 1] <= c->offset[k] || c->offset[k + 1] > points) return damaged(m, error);
        for (uint32_t i = c->offset[k]; i < c->offset[k + 1]; i++)
            if (!isfinite(c->x[i]) || !isfinite(c->y[i]) || (i > c->offset[k] && !(c->x[i] > c->x[i - 1]))) return damaged(m, error);
    }
    return MLP_OK;
}

/* ---- apply ---- */

static double steps(const struct mlp_calibration *c, uint32_t k, double p)
{
    uint32_t lo = c->offset[k], hi = c->offset[k + 1] - 1;
    if (!(p > c->x[lo])) return p == p ? c->y[lo] : p;
    if (p >= c->x[hi]) return c->y[hi];
    while (hi - lo > 1) {
        const uint32_t middle = lo + (hi - lo) / 2;
        if (c->x[middle] <= p) lo = middle;
        else hi = middle;
    }
    return c->y[lo] + (c->y[hi] - c->y[lo]) * ((p - c->x[lo]) / (c->x[hi] - c->x[lo]));
}

void mlp_calibrate(const struct mlp_calibration *c, double *p, size_t n, uint32_t outputs)
{
    for (size_t r = 0; r < n; r++) {
        double *row = p + r * outputs, sum = 0;
        for (uint32_t k = 0; k < outputs; k++)
            sum += row[k] = c->method == MLP_CALIBRATE_ISOTONIC ? steps(c, k, row[k])
                                                                 : mlp_sigmoid(c->slope[k] * log_odds(row[k]) + c->shift[k]);
        for (uint32_t k = 0; outputs > 1 && k < outputs; k++) row[k] = sum > 0 ? row[k] / sum : 1.0 / outputs;
    }
}
