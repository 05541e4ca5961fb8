/* regression.c: metrics of numbers, in the unit of the report. Most are the mean of a number per row; r2 compares with the target's
 * variance, median_ae takes the middle. A row on which a metric has no value (a target of 0 under mape, a mean that is not above 0
 * under a deviance) makes the whole metric undefined: leaving it out would flatter. */
#include "runtime/metric/metric.h"
#include <math.h>
#include <stdio.h>

#define SIGNATURE const struct mlp_judged *j, const struct mlp_use *use, const void *prepared, const double *count
#define PREPARE const struct mlp_judged *j, const struct mlp_use *use, struct mlp_arena *arena

/* ---- the mean of a number per row ---- */

struct mean { double *value; size_t bad; const char *why; };

typedef double row_fn(double y, double p, double option);   /* NaN: no value */

static void *mean_prepare(const struct mlp_judged *j, struct mlp_arena *arena, row_fn *of, double option, const char *why)
{
    struct mean *m = mlp_arena_alloc(arena, sizeof *m);
    if (!m || !(m->value = mlp_arena_alloc(arena, (j->n + 1) * sizeof *m->value))) return NULL;
    m->why = why;
    for (size_t i = 0; i < j->n; i++) {                     /* of ordered classes the steps between them */
        m->value[i] = of(j->y[i], j->chosen ? j->chosen[i] : j->p[i], option), m->bad += isnan(m->value[i]) != 0;
    }
    return m;
}

static double mean_of(const struct mlp_judged *j, const struct mean *m, const double *count)
{
    double sum = 0, total = 0;
    if (m->bad) {
        char why[160];
        snprintf(why, sizeof why, "%s in %zu row%s", m->why, m->bad, m->bad > 1 ? "s" : "");
        return mlp_metric_undefined(j, why);
    }
    for (size_t i = 0; i < j->n; i++) {
        const double w = mlp_metric_weight(j, count, i);
        sum += w * m->value[i], total += w;
    }
    return total > 0 ? sum / total : mlp_metric_undefined(j, "no rows with a weight above 0");
}

static double mean_value(SIGNATURE) { return (void)use, mean_of(j, prepared, count); }
static double root_value(SIGNATURE) { return (void)use, sqrt(mean_of(j, prepared, count)); }

static double squared(double y, double p, double o) { return (void)o, (y - p) * (y - p); }
static double absolute(double y, double p, double o) { return (void)o, fabs(y - p); }
static double relative(double y, double p, double o) { return (void)o, y == 0 ? NAN : fabs(y - p) / fabs(y); }
static double symmetric(double y, double p, double o)
{
    (void)o;
    return y == p ? 0 : 2 * fabs(y - p) / (fabs(y) + fabs(p));
}
static double quantile_loss(double y, double p, double q) { return y >= p ? q * (y - p) : (1 - q) * (p - y); }
/* Unit deviance of a Tweedie distribution with variance mean^power: 0 normal, 1 Poisson, 2 gamma, 3 inverse Gaussian. */
static double tweedie(double y, double p, double power)
{
    if (power == 0) return (y - p) * (y - p);
    if (power > 0 && power < 1) return NAN;
    if (!(p > 0) || (power >= 2 && !(y > 0)) || (power >= 1 && y < 0)) return NAN;
    if (power == 1) return 2 * ((y > 0 ? y * log(y / p) : 0) - y + p);
    if (power == 2) return 2 * (log(p / y) + y / p - 1);
    const double lead = pow(fmax(y, 0), 2 - power) / ((1 - power) * (2 - power));
    return 2 * (lead - y * pow(p, 1 - power) / (1 - power) + pow(p, 2 - power) / (2 - power));
}

static const char *const no_deviance = "a prediction or target is outside what the distribution allows";
static void *squared_prepare(PREPARE) { return (void)use, mean_prepare(j, arena, squared, 0, ""); }
static void *absolute_prepare(PREPARE) { return (void)use, mean_prepare(j, arena, absolute, 0, ""); }
static void *relative_prepare(PREPARE) { return (void)use, mean_prepare(j, arena, relative, 0, "the target is 0 (smape allows it)"); }
static void *symmetric_prepare(PREPARE) { return (void)use, mean_prepare(j, arena, symmetric, 0, ""); }
static void *poisson_prepare(PREPARE) { return (void)use, mean_prepare(j, arena, tweedie, 1, no_deviance); }
static void *gamma_prepare(PREPARE) { return (void)use, mean_prepare(j, arena, tweedie, 2, no_deviance); }
static void *tweedie_prepare(PREPARE)
{
    return mean_prepare(j, arena, tweedie, mlp_metric_option(j, use, "p", 1.5), no_deviance);
}

/* ---- quantiles ---- */

/* The one at q; none: the number of them. */
static uint32_t quantile_at(const struct mlp_judged *j, double q)
{
    uint32_t k = 0;
    while (k < j->quantiles && fabs(j->level[k].at - q) > 1e-9) k++;
    return k;
}

/* At q: of the quantile that is predicted there, or, where none are, of the prediction. Without q the mean over all of them. */
static void *pinball_prepare(PREPARE)
{
    const double q = mlp_metric_option(j, use, "q", NAN);
    const uint32_t at = quantile_at(j, q), n = j->quantiles;
    struct mean *m = mean_prepare(j, arena, quantile_loss, isnan(q) ? 0.5 : q, "no quantile is predicted there");
    if (!n || !m) return m;
    if (!isnan(q) && at == n) return m->bad = j->n, m;
    for (size_t i = 0; i < j->n; i++) {
        double sum = 0;
        for (uint32_t k = isnan(q) ? 0 : at; k < (isnan(q) ? n : at + 1); k++)
            sum += quantile_loss(j->y[i], j->quantile[i * n + k], j->level[k].at);
        m->value[i] = isnan(q) ? sum / n : sum;
    }
    return m;
}

/* Whether the target lies between the quantiles that leave out as much on either side. */
static void *coverage_prepare(PREPARE)
{
    const double share = mlp_metric_option(j, use, "share", 0.8);
    const uint32_t low = quantile_at(j, (1 - share) / 2), high = quantile_at(j, (1 + share) / 2), n = j->quantiles;
    struct mean *m = mean_prepare(j, arena, absolute, 0, "no quantiles are predicted that leave out as much on either side");
    if (!m) return NULL;
    if (low >= n || high >= n) return m->bad = j->n, m;
    for (size_t i = 0; i < j->n; i++) m->value[i] = j->y[i] >= j->quantile[i * n + low] && j->y[i] <= j->quantile[i * n + high];
    return m;
}

/* ---- r2 ---- */

static void *centre_prepare(PREPARE)                        /* around the plain mean of y, so that nothing cancels */
{
    (void)use;
    double *at = mlp_arena_alloc(arena, sizeof *at);
    for (size_t i = 0; at && i < j->n; i++) *at += j->y[i];
    if (at) *at /= (double)j->n;
    return at;
}

static double r2(SIGNATURE)
{
    (void)use;
    double total = 0, error = 0, y = 0, yy = 0;
    for (size_t i = 0; i < j->n; i++) {
        const double w = mlp_metric_weight(j, count, i), e = j->y[i] - j->p[i], d = j->y[i] - *(const double *)prepared;
        total += w, error += w * e * e, y += w * d, yy += w * d * d;
    }
    if (!(total > 0)) return mlp_metric_undefined(j, "no rows with a weight above 0");
    const double spread = yy - y * y / total;
    return spread > 0 ? 1 - error / spread : mlp_metric_undefined(j, "the target is constant");
}

/* ---- median ---- */

struct middle { double *error; uint32_t *order; };

static void *median_prepare(PREPARE)
{
    (void)use;
    struct middle *m = mlp_arena_alloc(arena, sizeof *m);
    if (!m || !(m->error = mlp_arena_alloc(arena, (j->n + 1) * sizeof *m->error))) return NULL;
    for (size_t i = 0; i < j->n; i++) m->error[i] = fabs(j->y[i] - j->p[i]);
    return (m->order = mlp_metric_order(m->error, j->n, arena)) ? m : NULL;
}

static double median_ae(SIGNATURE)                          /* where half of the weight lies below; the mean of two at a tie */
{
    (void)use;
    const struct middle *m = prepared;
    double total = 0, below = 0;
    for (size_t i = 0; i < j->n; i++) total += mlp_metric_weight(j, count, i);
    for (size_t i = 0; i < j->n; i++) {
        below += mlp_metric_weight(j, count, m->order[i]);
        if (below < total / 2 || below == 0) continue;
        const double here = m->error[m->order[i]];
        if (below > total / 2) return here;
        for (size_t k = i + 1; k < j->n; k++)
            if (mlp_metric_weight(j, count, m->order[k]) > 0) return (here + m->error[m->order[k]]) / 2;
        return here;
    }
    return mlp_metric_undefined(j, "no rows with a weight above 0");
}

const struct mlp_metric_ops mlp_metric_mse = {"metric.mse", 0, 0, squared_prepare, mean_value, 0, 0, 0, 0};
const struct mlp_metric_ops mlp_metric_rmse = {"metric.rmse", 0, 0, squared_prepare, root_value, 0, 0, 0, 0};
const struct mlp_metric_ops mlp_metric_mae = {"metric.mae", 0, 0, absolute_prepare, mean_value, 0, 0, 0, 0};
const struct mlp_metric_ops mlp_metric_median_ae = {"metric.median_ae", 0, 0, median_prepare, median_ae, 0, 0, 0, 0};
const struct mlp_metric_ops mlp_metric_mape = {"metric.mape", 0, 0, relative_prepare, mean_value, 0, 0, 0, 0};
const struct mlp_metric_ops mlp_metric_smape = {"metric.smape", 0, 0, symmetric_prepare, mean_value, 0, 0, 0, 0};
const struct mlp_metric_ops mlp_metric_r2 = {"metric.r2", 1, 0, centre_prepare, r2, 0, 0, 0, 0};
const struct mlp_metric_ops mlp_metric_poisson_deviance = {"metric.poisson_deviance", 0, 0, poisson_prepare, mean_value, 0, 0, 0, 0};
const struct mlp_metric_ops mlp_metric_gamma_deviance = {"metric.gamma_deviance", 0, 0, gamma_prepare, mean_value, 0, 0, 0, 0};
const struct mlp_metric_ops mlp_metric_tweedie_deviance = {"metric.tweedie_deviance", 0, 0, tweedie_prepare, mean_value, 0, 0, 0, 0};
const struct mlp_metric_ops mlp_metric_coverage = {"metric.coverage", 1, 0, coverage_prepare, mean_value, 0, 0, 1, 0};
const struct mlp_metric_ops mlp_metric_pinball = {"metric.pinball", 0, 0, pinball_prepare, mean_value, 0, 0, 0, 0};
