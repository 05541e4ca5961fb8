/* fairness.c: differences between groups. demographic_parity_difference: the largest difference between groups in the share of rows
 * decided positive. Groups are the values of a column; a missing value is no group, and groups below min_rows rows are left out
 * (they are chosen on the rows as they are, not on a resample). */
#include "runtime/metric/metric.h"
#include "mlp_stdlib.h"
#include <math.h>
#include <string.h>

struct groups { uint32_t n, kept; uint8_t *use; double *share, *total; };

static void *prepare(const struct mlp_judged *j, const struct mlp_use *use, struct mlp_arena *arena)
{
    const struct mlp_arg *a = MLP_METRIC_DEMOGRAPHIC_PARITY_DIFFERENCE_MIN_ROWS < use->args.n
                            ? &use->args.at[MLP_METRIC_DEMOGRAPHIC_PARITY_DIFFERENCE_MIN_ROWS] : NULL;
    double min_rows = a && a->kind != MLP_A_NONE ? a->num : 30;
    struct groups *g = mlp_arena_alloc(arena, sizeof *g);
    if (!g) return NULL;
    g->n = j->column ? j->column_codes : 0;
    g->use = mlp_arena_alloc(arena, g->n + 1), g->share = mlp_arena_alloc(arena, g->n * sizeof *g->share);
    g->total = mlp_arena_alloc(arena, g->n * sizeof *g->total);
    if (!g->use || !g->share || !g->total) return NULL;
    for (size_t i = 0; j->column && i < j->n; i++)
        if (j->column[i] < g->n) g->total[j->column[i]]++;
    for (uint32_t c = 1; c < g->n; c++) g->kept += g->use[c] = g->total[c] > 0 && g->total[c] >= min_rows;
    return g;
}

static double demographic_parity_difference(const struct mlp_judged *j, const struct mlp_use *use, const void *prepared,
                                            const double *count)
{
    (void)use;
    const struct groups *g = prepared;
    double low = INFINITY, high = -INFINITY;
    if (!j->decided) return mlp_metric_undefined(j, "no threshold, so no decisions");
    if (g->kept < 2) return mlp_metric_undefined(j, "fewer than two groups are large enough");
    memset(g->share, 0, g->n * sizeof *g->share), memset(g->total, 0, g->n * sizeof *g->total);
    for (size_t i = 0; i < j->n; i++) {
        if (j->column[i] >= g->n) continue;
        double w = (j->weight ? j->weight[i] : 1) * (count ? count[i] : 1);
        g->total[j->column[i]] += w, g->share[j->column[i]] += j->decided[i] ? w : 0;
    }
    for (uint32_t c = 1; c < g->n; c++)
        if (g->use[c] && g->total[c] > 0) low = fmin(low, g->share[c] / g->total[c]), high = fmax(high, g->share[c] / g->total[c]);
    return high >= low ? high - low : mlp_metric_undefined(j, "fewer than two groups are large enough");
}

const struct mlp_metric_ops mlp_metric_demographic_parity_difference =
    {"metric.demographic_parity_difference", 0, 0, prepare, demographic_parity_difference};
