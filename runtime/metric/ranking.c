/* ranking.c: metrics of order within a query, averaged over queries. Rows with equal scores share the mean of what any order of
 * them would give, so the order of a file never counts. A row is relevant when its relevance is above 0.
 *
 * ndcg(k): gain 2^relevance - 1, discount 1 / log2(1 + place); a query without relevant rows counts as 1 (both as LightGBM).
 * precision_at(k): relevant rows among the first k, by k. recall_at(k), hit_rate(k), map(k), mrr: a query without relevant rows is
 * left out, as in trec_eval. Weight: that of a query's first row. */
#include "runtime/metric/metric.h"
#include <math.h>

struct queries { size_t n; uint32_t *first; double *value; };   /* value NaN: left out */

/* One query: rows by ascending score; `relevant`: of all its rows. */
struct query { const double *y, *p; const uint32_t *row; size_t n; double relevant; };

/* A group of equal scores: places `from`..`to` - 1, counted from 0, best first. */
struct tie { size_t from, to; double relevant; };
static struct tie tie_at(const struct query *q, size_t from)
{
    struct tie t = {from, from, 0};
    const double key = q->p[q->row[q->n - 1 - from]];
    for (; t.to < q->n && q->p[q->row[q->n - 1 - t.to]] == key; t.to++) t.relevant += q->y[q->row[q->n - 1 - t.to]] > 0;
    return t;
}

/* Relevant rows that are expected among the first k. */
static double hits(const struct query *q, size_t k)
{
    double sum = 0;
    for (size_t at = 0; at < q->n && at < k;) {
        const struct tie t = tie_at(q, at);
        const double taken = (double)((t.to < k ? t.to : k) - t.from) / (double)(t.to - t.from);
        sum += taken * t.relevant, at = t.to;
    }
    return sum;
}

static double precision_of(const struct query *q, size_t k) { return hits(q, k) / (double)k; }
static double recall_of(const struct query *q, size_t k) { return q->relevant > 0 ? hits(q, k) / q->relevant : NAN; }

/* The chance that one of the first k is relevant: 1 less that of drawing none from the group that k cuts. */
static double hit_of(const struct query *q, size_t k)
{
    if (!(q->relevant > 0)) return NAN;
    for (size_t at = 0; at < q->n && at < k;) {
        const struct tie t = tie_at(q, at);
        if (t.relevant > 0) {
            const double n = (double)(t.to - t.from);
            double none = 1;
            if (t.to <= k) return 1;
            for (size_t i = 0; i < k - t.from; i++) none *= (n - t.relevant - (double)i > 0 ? n - t.relevant - (double)i : 0) / (n - (double)i);
            return 1 - none;
        }
        at = t.to;
    }
    return 0;
}

/* The mean of 1 / place of the first relevant row, over all orders of its group. */
static double reciprocal_of(const struct query *q, size_t k)
{
    if (!(q->relevant > 0)) return NAN;
    for (size_t at = 0; at < q->n && at < k;) {
        const struct tie t = tie_at(q, at);
        if (t.relevant > 0) {
            const double n = (double)(t.to - t.from);
            double none = 1, sum = 0;                       /* none: no relevant row before place i */
            for (size_t i = 0; i < t.to - t.from && t.from + i < k && none > 0; i++) {
                const double here = fmin(1, t.relevant / (n - (double)i));
                sum += none * here / (double)(t.from + i + 1), none *= 1 - here;
            }
            return sum;
        }
        at = t.to;
    }
    return 0;
}

/* Average precision over relevant rows among the first k, by the smaller of k and their number. In a group of n rows with r
 * relevant after R relevant ones, place i holds a relevant row with chance r / n, and then R + 1 + (i - 1)(r - 1)/(n - 1) so far. */
static double average_of(const struct query *q, size_t k)
{
    double sum = 0, before = 0;
    if (!(q->relevant > 0)) return NAN;
    for (size_t at = 0; at < q->n && at < k;) {
        const struct tie t = tie_at(q, at);
        const double n = (double)(t.to - t.from), step = n > 1 ? (t.relevant - 1) / (n - 1) : 0;
        for (size_t i = 0; t.relevant > 0 && i < t.to - t.from && t.from + i < k; i++)
            sum += t.relevant / n * (before + 1 + (double)i * step) / (double)(t.from + i + 1);
        before += t.relevant, at = t.to;
    }
    return sum / fmin(q->relevant, (double)k);
}

/* Sum of discounted gains of the first k places, by the order of `by`. */
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

typedef double query_fn(const struct query *, size_t k);

static void *prepare(const struct mlp_judged *j, const struct mlp_use *use, struct mlp_arena *arena, query_fn *of, double usual)
{
    struct queries *q = mlp_arena_alloc(arena, sizeof *q);
    struct mlp_arena scratch = {0};
    const double places = mlp_metric_option(j, use, "k", usual);
    const size_t k = places >= 1 && places < 1e9 ? (size_t)places : (size_t)1 << 40;
    if (!q || !(q->first = mlp_arena_alloc(arena, (j->n + 1) * sizeof *q->first)) ||
        !(q->value = mlp_arena_alloc(arena, (j->n + 1) * sizeof *q->value)))
        return NULL;
    for (size_t i = 0; i < j->n; i++)
        if (!i || (j->query && j->query[i] != j->query[i - 1])) q->first[q->n++] = (uint32_t)i;
    q->first[q->n] = (uint32_t)j->n;
    for (size_t i = 0; i < q->n; i++) {
        size_t at = q->first[i], n = q->first[i + 1] - at;
        const double *y = j->y + at, *p = j->p + at;
        uint32_t *by_score = mlp_metric_order(p, n, &scratch), *by_relevance = of ? by_score : mlp_metric_order(y, n, &scratch);
        if (!by_score || !by_relevance) return mlp_arena_clear(&scratch), NULL;
        struct query one = {y, p, by_score, n, 0};
        for (size_t r = 0; r < n; r++) one.relevant += y[r] > 0;
        if (of) q->value[i] = of(&one, k);
        else {
            const double best = gain(y, y, by_relevance, n, k);
            q->value[i] = best > 0 ? gain(y, p, by_score, n, k) / best : 1;
        }
        mlp_arena_reset(&scratch);
    }
    mlp_arena_clear(&scratch);
    return q;
}

#define PREPARE const struct mlp_judged *j, const struct mlp_use *use, struct mlp_arena *arena
static void *ndcg_prepare(PREPARE) { return prepare(j, use, arena, NULL, 10); }
static void *map_prepare(PREPARE) { return prepare(j, use, arena, average_of, 0); }
static void *mrr_prepare(PREPARE) { return prepare(j, use, arena, reciprocal_of, 0); }
static void *precision_prepare(PREPARE) { return prepare(j, use, arena, precision_of, 10); }
static void *recall_prepare(PREPARE) { return prepare(j, use, arena, recall_of, 10); }
static void *hit_prepare(PREPARE) { return prepare(j, use, arena, hit_of, 10); }

static double value(const struct mlp_judged *j, const struct mlp_use *use, const void *prepared, const double *count)
{
    (void)use;
    const struct queries *q = prepared;
    double sum = 0, total = 0;
    for (size_t i = 0; i < q->n; i++) {
        const double w = isnan(q->value[i]) ? 0 : mlp_metric_weight(j, count, q->first[i]);
        if (w > 0) sum += w * q->value[i], total += w;
    }
    return total > 0 ? sum / total : mlp_metric_undefined(j, "no query has a relevant row and a weight above 0");
}

const struct mlp_metric_ops mlp_metric_ndcg = {"metric.ndcg", 1, 1, ndcg_prepare, value, 0, 0, 0, 0};
const struct mlp_metric_ops mlp_metric_map = {"metric.map", 1, 1, map_prepare, value, 0, 0, 0, 0};
const struct mlp_metric_ops mlp_metric_mrr = {"metric.mrr", 1, 1, mrr_prepare, value, 0, 0, 0, 0};
const struct mlp_metric_ops mlp_metric_precision_at = {"metric.precision_at", 1, 1, precision_prepare, value, 0, 0, 0, 0};
const struct mlp_metric_ops mlp_metric_recall_at = {"metric.recall_at", 1, 1, recall_prepare, value, 0, 0, 0, 0};
const struct mlp_metric_ops mlp_metric_hit_rate = {"metric.hit_rate", 1, 1, hit_prepare, value, 0, 0, 0, 0};
