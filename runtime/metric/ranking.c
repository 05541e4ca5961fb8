/* ranking.c: ndcg(k): how much of the best possible gain the first k rows of a query hold, averaged over queries.
 * Gain 2^relevance - 1 (as LightGBM), discount 1 / log2(1 + place). Rows with equal scores share the mean gain of their places, so
 * the order of a file never counts. A query without relevant rows counts as 1 (as LightGBM). Weight: that of a query's first row.
 */
#include "runtime/metric/metric.h"
#include "mlp_stdlib.h"
#include <math.h>

struct queries { size_t n; uint32_t *first; double *ndcg; };

static size_t places(const struct mlp_use *use)
{
    const struct mlp_arg *a = MLP_METRIC_NDCG_K < use->args.n ? &use->args.at[MLP_METRIC_NDCG_K] : NULL;
    return a && a->num >= 1 ? (size_t)a->num : 10;
}

/* Sum of discounted gains of the rows in `row`, best first (the last of an ascending order), the first k places. */
static double gain(const double *y, const double *by, const uint32_t *row, size_t n, size_t k)
{
    double sum = 0;
    for (size_t place = 0, end; place < n && place < k; place = end) {
        double tied = 0, discount = 0;
        double key = by[row[n - 1 - place]];
        for (end = place; end < n && by[row[n - 1 - end]] == key; end++) {
            tied += exp2(y[row[n - 1 - end]]) - 1;
            if (end < k) discount += 1 / log2((double)end + 2);
        }
        sum += tied / (double)(end - place) * discount;
    }
    return sum;
}

static void *prepare(const struct mlp_judged *j, const struct mlp_use *use, struct mlp_arena *arena)
{
    struct queries *q = mlp_arena_alloc(arena, sizeof *q);
    struct mlp_arena scratch = {0};
    size_t k = places(use);
    if (!q || !(q->first = mlp_arena_alloc(arena, (j->n + 1) * sizeof *q->first)) ||
        !(q->ndcg = mlp_arena_alloc(arena, j->n * sizeof *q->ndcg)))
        return NULL;
    for (size_t i = 0; i < j->n; i++)
        if (!i || (j->query && j->query[i] != j->query[i - 1])) q->first[q->n++] = (uint32_t)i;
    q->first[q->n] = (uint32_t)j->n;
    for (size_t i = 0; i < q->n; i++) {
        size_t at = q->first[i], n = q->first[i + 1] - at;
        uint32_t *by_score = mlp_metric_order(j->p + at, n, &scratch), *by_relevance = mlp_metric_order(j->y + at, n, &scratch);
        if (!by_score || !by_relevance) return mlp_arena_clear(&scratch), NULL;
        double best = gain(j->y + at, j->y + at, by_relevance, n, k);
        q->ndcg[i] = best > 0 ? gain(j->y + at, j->p + at, by_score, n, k) / best : 1;
        mlp_arena_reset(&scratch);
    }
    mlp_arena_clear(&scratch);
    return q;
}

static double ndcg(const struct mlp_judged *j, const struct mlp_use *use, const void *prepared, const double *count)
{
    (void)use;
    const struct queries *q = prepared;
    double sum = 0, total = 0;
    for (size_t i = 0; i < q->n; i++) {
        double w = (j->weight ? j->weight[q->first[i]] : 1) * (count ? count[q->first[i]] : 1);
        sum += w * q->ndcg[i], total += w;
    }
    return total > 0 ? sum / total : mlp_metric_undefined(j, "no queries with a weight above 0");
}

const struct mlp_metric_ops mlp_metric_ndcg = {"metric.ndcg", 1, 1, prepare, ndcg};
