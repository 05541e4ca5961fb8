/* fairness.c: how far groups are apart in what they are decided: in the share decided positive (demographic parity), among positive
 * rows (equal opportunity), among positive and among negative rows (equalized odds). Groups are the values of a column; a missing
 * value is no group, and groups below min_rows rows are left out (they are chosen on the rows as they are, not on a resample).
 * `threshold` decides anew, in place of the run's threshold. */
#include "runtime/metric/metric.h"
#include <math.h>
#include <string.h>

/* use: group is large enough. at: weights by [row positive][decided positive][group]. */
struct groups { uint32_t n, kept; uint8_t *use, *decided; double *at[2][2]; };

static void *prepare(const struct mlp_judged *j, const struct mlp_use *use, struct mlp_arena *arena)
{
    const double min_rows = mlp_metric_option(j, use, "min_rows", 30), threshold = mlp_metric_option(j, use, "threshold", NAN);
    struct groups *g = mlp_arena_alloc(arena, sizeof *g);
    if (!g) return NULL;
    g->n = j->column ? j->column_codes : 0;
    g->use = mlp_arena_alloc(arena, g->n + 1);
    double *rows = mlp_arena_alloc(arena, 4 * ((size_t)g->n + 1) * sizeof *rows);
    if (!g->use || !rows || (!isnan(threshold) && !(g->decided = mlp_arena_alloc(arena, j->n + 1)))) return NULL;
    for (int k = 0; k < 4; k++) g->at[k / 2][k % 2] = rows + (size_t)k * g->n;
    for (size_t i = 0; j->column && i < j->n; i++) if (j->column[i] < g->n) rows[j->column[i]]++;
    for (size_t i = 0; g->decided && i < j->n; i++) g->decided[i] = j->p[i] >= threshold;
    for (uint32_t c = 1; c < g->n; c++) g->kept += g->use[c] = rows[c] > 0 && rows[c] >= min_rows;
    return g;
}

/* The smallest and largest share decided positive among groups: of all rows (kind -1), of negative (0) or positive rows (1). */
struct span { double low, high; int groups; };

static int count_up(const struct mlp_judged *j, const struct groups *g, const double *count)
{
    const uint8_t *decided = g->decided ? g->decided : j->decided;
    if (!decided) return mlp_metric_undefined(j, "no threshold, so no decisions"), 0;
    if (g->kept < 2) return mlp_metric_undefined(j, "fewer than two groups are large enough"), 0;
    memset(g->at[0][0], 0, 4 * (size_t)g->n * sizeof(double));
    for (size_t i = 0; i < j->n; i++)
        if (j->column[i] < g->n) g->at[j->y[i] > 0.5][decided[i] != 0][j->column[i]] += mlp_metric_weight(j, count, i);
    return 1;
}

static struct span spread(const struct groups *g, int kind)
{
    struct span s = {INFINITY, -INFINITY, 0};
    for (uint32_t c = 1; c < g->n; c++) {
        const double yes = kind < 0 ? g->at[0][1][c] + g->at[1][1][c] : g->at[kind][1][c],
            no = kind < 0 ? g->at[0][0][c] + g->at[1][0][c] : g->at[kind][0][c];
        if (!g->use[c] || !(yes + no > 0)) continue;
        s.low = fmin(s.low, yes / (yes + no)), s.high = fmax(s.high, yes / (yes + no)), s.groups++;
    }
    return s;
}

#define SIGNATURE const struct mlp_judged *j, const struct mlp_use *use, const void *prepared, const double *count

static double demographic_parity_difference(SIGNATURE)
{
    (void)use;
    if (!count_up(j, prepared, count)) return NAN;
    const struct span s = spread(prepared, -1);
    return s.groups > 1 ? s.high - s.low : mlp_metric_undefined(j, "fewer than two groups are large enough");
}

static double demographic_parity_ratio(SIGNATURE)
{
    (void)use;
    if (!count_up(j, prepared, count)) return NAN;
    const struct span s = spread(prepared, -1);
    if (s.groups < 2) return mlp_metric_undefined(j, "fewer than two groups are large enough");
    return s.high > 0 ? s.low / s.high : mlp_metric_undefined(j, "no row is decided positive");
}

static double equal_opportunity_difference(SIGNATURE)
{
    (void)use;
    if (!count_up(j, prepared, count)) return NAN;
    const struct span s = spread(prepared, 1);
    return s.groups > 1 ? s.high - s.low : mlp_metric_undefined(j, "fewer than two groups have positive rows");
}

static double equalized_odds_difference(SIGNATURE)
{
    (void)use;
    if (!count_up(j, prepared, count)) return NAN;
    const struct span yes = spread(prepared, 1), no = spread(prepared, 0);
    if (yes.groups < 2 && no.groups < 2) return mlp_metric_undefined(j, "fewer than two groups are large enough");
    return fmax(yes.groups > 1 ? yes.high - yes.low : 0, no.groups > 1 ? no.high - no.low : 0);
}

const struct mlp_metric_ops mlp_metric_demographic_parity_difference =
    {"metric.demographic_parity_difference", 0, 0, prepare, demographic_parity_difference, 0, 0, 1, 0};
const struct mlp_metric_ops mlp_metric_demographic_parity_ratio =
    {"metric.demographic_parity_ratio", 1, 0, prepare, demographic_parity_ratio, 0, 0, 1, 0};
const struct mlp_metric_ops mlp_metric_equal_opportunity_difference =
    {"metric.equal_opportunity_difference", 0, 0, prepare, equal_opportunity_difference, 0, 0, 1, 0};
const struct mlp_metric_ops mlp_metric_equalized_odds_difference =
    {"metric.equalized_odds_difference", 0, 0, prepare, equalized_odds_difference, 0, 0, 1, 0};
