/* own.c: a metric of the spec's own: aggregates over the values that its kernel gave each row, and its expression of them. A missing
 * value is left out of its aggregate, as reducers do; over no values, sum and count are 0 and the others missing. */
#include "runtime/metric/metric.h"
#include <math.h>
#include <string.h>

static void *prepare(const struct mlp_judged *j, const struct mlp_use *use, struct mlp_arena *arena)
{
    (void)use;
    const struct mlp_own *own = j->own->own;
    uint32_t **order = mlp_arena_alloc(arena, (own->parts.n + 1) * sizeof *order);
    for (uint32_t i = 0; order && i < own->parts.n; i++)
        if (own->parts.at[i].how == MLP_G_QUANTILE && !(order[i] = mlp_metric_order(j->own->part[i], j->n, arena))) return NULL;
    return order;
}

/* Between the values at the places below and above q, as if every row stood there as often as it counts. */
static double quantile(const struct mlp_judged *j, const double *value, const uint32_t *order, const double *count, double q)
{
    double total = 0, before = 0, low = NAN;
    for (size_t i = 0; i < j->n; i++) total += isnan(value[i]) ? 0 : mlp_metric_weight(j, count, i);
    const double at = q * (total - 1), first = floor(at), last = ceil(at);
    for (size_t i = 0; i < j->n; i++) {
        const double v = value[order[i]], w = isnan(v) ? 0 : mlp_metric_weight(j, count, order[i]);
        if (!(w > 0)) continue;
        before += w;
        if (isnan(low) && before > first) low = v;
        if (before > last) return low + (at - first) * (v - low);
        if (before >= total) return v;
    }
    return NAN;
}

static double aggregate(const struct mlp_judged *j, const struct mlp_piece *piece, const double *value, const uint32_t *order,
                        const double *count)
{
    if (piece->how == MLP_G_QUANTILE) return quantile(j, value, order, count, piece->q);
    double sum = 0, total = 0, low = INFINITY, high = -INFINITY;
    for (size_t i = 0; i < j->n; i++) {
        const double w = isnan(value[i]) ? 0 : mlp_metric_weight(j, count, i);
        if (!(w > 0)) continue;
        sum += w * value[i], total += w, low = fmin(low, value[i]), high = fmax(high, value[i]);
    }
    switch (piece->how) {
    case MLP_G_SUM: return sum;
    case MLP_G_COUNT: return total;
    case MLP_G_MIN: return total > 0 ? low : NAN;
    case MLP_G_MAX: return total > 0 ? high : NAN;
    default: return total > 0 ? sum / total : NAN;
    }
}

static double value(const struct mlp_judged *j, const struct mlp_use *use, const void *prepared, const double *count)
{
    (void)use;
    const struct mlp_own_rows *rows = j->own;
    const struct mlp_program *p = rows->code->program;
    const struct mlp_kernel *k = &p->kernels.at[rows->own->value];
    struct mlp_in in[k->slots.n + 1];
    double data[k->slots.n + 1][16], out[16] = {0};         /* a kernel may read a little beyond its row */
    uint64_t valid[k->slots.n + 1][9];
    memset(data, 0, sizeof data), memset(valid, 0, sizeof valid);
    for (uint32_t i = 0; i < k->slots.n; i++) {
        const uint32_t part = p->slots.at[k->slots.at[i]].column;
        if (part >= rows->own->parts.n) return mlp_metric_undefined(j, "the metric reads a part that it does not have");
        const uint32_t *const *order = prepared;
        data[i][0] = aggregate(j, &rows->own->parts.at[part], rows->part[part], order[part], count);
        if (!isnan(data[i][0])) valid[i][0] = 1;
        in[i] = (struct mlp_in){data[i], valid[i]};
    }
    struct mlp_arena text = {0};
    struct mlp_ctx ctx = *rows->ctx;
    ctx.arena = &text;
    rows->code->entry[rows->own->value].map(&ctx, in, 1, &(struct mlp_out){out, 1, NULL});
    mlp_arena_clear(&text);
    return isnan(out[0]) ? mlp_metric_undefined(j, "it has no value on these rows") : out[0];
}

const struct mlp_metric_ops mlp_metric_own_higher = {"metric of the spec", 1, 0, prepare, value, 0, 0, 0, 0};
const struct mlp_metric_ops mlp_metric_own_lower = {"metric of the spec", 0, 0, prepare, value, 0, 0, 0, 0};
