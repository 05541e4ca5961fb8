/* regression.c: metrics of numbers, in the unit of the report: rmse, mae, r2. */
#include "runtime/metric/metric.h"
#include <math.h>

struct moments { double total, squared, absolute, y, yy; }; /* yy: around a centre, the plain mean of y, so that nothing cancels */

static double centre(const struct mlp_judged *j)
{
    double sum = 0;
    for (size_t i = 0; i < j->n; i++) sum += j->y[i];
    return sum / (double)j->n;
}

static void *prepare(const struct mlp_judged *j, const struct mlp_use *use, struct mlp_arena *arena)
{
    (void)use;
    double *at = mlp_arena_alloc(arena, sizeof *at);
    if (at) *at = centre(j);
    return at;
}

static struct moments moments(const struct mlp_judged *j, const double *count, double at)
{
    struct moments m = {0};
    for (size_t i = 0; i < j->n; i++) {
        double w = (j->weight ? j->weight[i] : 1) * (count ? count[i] : 1), e = j->y[i] - j->p[i], d = j->y[i] - at;
        m.total += w, m.squared += w * e * e, m.absolute += w * fabs(e), m.y += w * d, m.yy += w * d * d;
    }
    return m;
}

static double rmse(const struct mlp_judged *j, const struct mlp_use *use, const void *prepared, const double *count)
{
    (void)use, (void)prepared;
    struct moments m = moments(j, count, 0);
    return m.total > 0 ? sqrt(m.squared / m.total) : mlp_metric_undefined(j, "no rows with a weight above 0");
}

static double mae(const struct mlp_judged *j, const struct mlp_use *use, const void *prepared, const double *count)
{
    (void)use, (void)prepared;
    struct moments m = moments(j, count, 0);
    return m.total > 0 ? m.absolute / m.total : mlp_metric_undefined(j, "no rows with a weight above 0");
}

static double r2(const struct mlp_judged *j, const struct mlp_use *use, const void *prepared, const double *count)
{
    (void)use;
    struct moments m = moments(j, count, *(const double *)prepared);
    if (!(m.total > 0)) return mlp_metric_undefined(j, "no rows with a weight above 0");
    double spread = m.yy - m.y * m.y / m.total;
    return spread > 0 ? 1 - m.squared / spread : mlp_metric_undefined(j, "the target is constant");
}

const struct mlp_metric_ops mlp_metric_rmse = {"metric.rmse", 0, 0, NULL, rmse};
const struct mlp_metric_ops mlp_metric_mae = {"metric.mae", 0, 0, NULL, mae};
const struct mlp_metric_ops mlp_metric_r2 = {"metric.r2", 1, 0, prepare, r2};
