/* reduce.c: the reducers: one number from many, the same for any number of threads. They see values only, never missing ones. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "runtime/data/schema.h"
#include "runtime/fit/fit.h"

/* Neumaier's sum: the error of each addition is kept and added at the end. */
struct sum { double high, low; };
static void add(struct sum *s, double x)
{
    const double t = s->high + x;
    if (isfinite(t)) s->low += fabs(s->high) >= fabs(x) ? (s->high - t) + x : (x - t) + s->high;
    s->high = t;
}
/* Of x, or of (x - centre)^2 when `square`; chunks are summed alone and merged in their order. */
static double total(const double *x, size_t n, double centre, int square)
{
    struct sum all = {0, 0};
    for (size_t from = 0; from < n; from += MLP_CHUNK) {
        struct sum chunk = {0, 0};
        const size_t to = n - from < MLP_CHUNK ? n : from + MLP_CHUNK;
        for (size_t i = from; i < to; i++) add(&chunk, square ? (x[i] - centre) * (x[i] - centre) : x[i]);
        add(&all, chunk.high), add(&all, chunk.low);
    }
    return all.high + all.low;
}

static double mean(double *x, size_t n, const struct mlp_use *use) { return (void)use, n ? total(x, n, 0, 0) / (double)n : NAN; }
static double var(double *x, size_t n, const struct mlp_use *use) { return n ? total(x, n, mean(x, n, use), 1) / (double)n : NAN; }
static double sd(double *x, size_t n, const struct mlp_use *use) { return sqrt(var(x, n, use)); }
static double sum(double *x, size_t n, const struct mlp_use *use) { return (void)use, total(x, n, 0, 0); }
static double count(double *x, size_t n, const struct mlp_use *use) { return (void)x, (void)use, (double)n; }

static double share(double *x, size_t n, const struct mlp_use *use)
{
    size_t there = 0;
    for (size_t i = 0; i < n; i++) there += x[i] != 0;
    return (void)use, n ? (double)there / (double)n : NAN;
}

static double smallest(double *x, size_t n, const struct mlp_use *use)
{
    double best = n ? x[0] : NAN;
    for (size_t i = 1; i < n; i++)
        if (x[i] < best) best = x[i];
    return (void)use, best;
}
static double largest(double *x, size_t n, const struct mlp_use *use)
{
    double best = n ? x[0] : NAN;
    for (size_t i = 1; i < n; i++)
        if (x[i] > best) best = x[i];
    return (void)use, best;
}

static int ascending(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

/* Puts the k-th smallest at x[k], smaller ones before and larger ones behind it (Hoare's FIND); sorts when pivots are unlucky. */
static double select_nth(double *x, size_t n, size_t nth)
{
    ptrdiff_t low = 0, high = (ptrdiff_t)n - 1;
    const ptrdiff_t k = (ptrdiff_t)nth;
    for (int turns = 0; low < high; turns++) {
        if (turns > 64) {
            qsort(x + low, (size_t)(high - low) + 1, sizeof *x, ascending);
            break;
        }
        const double a = x[low], b = x[low + (high - low) / 2], c = x[high];
        const double pivot = a < b ? (b < c ? b : a < c ? c : a) : (a < c ? a : b < c ? c : b);
        ptrdiff_t i = low, j = high;
        while (i <= j) {
            while (x[i] < pivot) i++;
            while (x[j] > pivot) j--;
            if (i > j) break;
            const double swap = x[i];
            x[i++] = x[j], x[j--] = swap;
        }
        if (k <= j) high = j;
        else if (k >= i) low = i;
        else break;                                         /* between them all are the pivot */
    }
    return x[k];
}

/* numpy's "linear": between the two values around q * (n - 1). */
static double quantile_of(double *x, size_t n, double q)
{
    if (!n) return NAN;
    const double at = q * (double)(n - 1), floor_at = floor(at), part = at - floor_at;
    const size_t k = (size_t)floor_at;
    const double a = select_nth(x, n, k);
    if (part <= 0 || k + 1 >= n) return a;
    const double b = smallest(x + k + 1, n - k - 1, NULL), step = b - a;
    return part >= 0.5 ? b - step * (1 - part) : a + step * part;   /* as numpy's _lerp */
}
static double median(double *x, size_t n, const struct mlp_use *use) { return (void)use, quantile_of(x, n, 0.5); }
static double quantile(double *x, size_t n, const struct mlp_use *use)
{
    const struct mlp_arg *q = mlp_use_arg(use, "q");
    if (!q && use->args.n) q = &use->args.at[0];
    return quantile_of(x, n, q ? (q->num < 0 ? 0 : q->num > 1 ? 1 : q->num) : 0.5);
}

static double mode(double *x, size_t n, const struct mlp_use *use)
{
    (void)use;
    if (!n) return NAN;
    qsort(x, n, sizeof *x, ascending);
    double best = x[0];
    size_t most = 0;
    for (size_t i = 0, j; i < n; i = j) {
        for (j = i; j < n && x[j] == x[i]; j++) ;
        if (j - i > most) most = j - i, best = x[i];
    }
    return best;
}
static double distinct(double *x, size_t n, const struct mlp_use *use)
{
    size_t different = 0;
    qsort(x, n, sizeof *x, ascending);
    for (size_t i = 0; i < n; i++) different += !i || x[i] != x[i - 1];
    return (void)use, (double)different;
}

const struct mlp_reducer_ops mlp_reducer_mean = {"reducer.mean", mean, NULL}, mlp_reducer_sd = {"reducer.sd", sd, NULL},
    mlp_reducer_var = {"reducer.var", var, NULL}, mlp_reducer_median = {"reducer.median", median, NULL},
        mlp_reducer_quantile = {"reducer.quantile", quantile, NULL}, mlp_reducer_min = {"reducer.min", smallest, NULL},
            mlp_reducer_max = {"reducer.max", largest, NULL}, mlp_reducer_mode = {"reducer.mode", mode, NULL},
                mlp_reducer_count = {"reducer.count", count, NULL}, mlp_reducer_sum = {"reducer.sum", sum, NULL},
                    mlp_reducer_share = {"reducer.share", share, NULL}, mlp_reducer_distinct = {"reducer.distinct", distinct, NULL},
                        mlp_reducer_target_mean = {"reducer.target_mean", mean, NULL};
