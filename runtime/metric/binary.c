/* binary.c: metrics of scores: from their order (roc_auc, gini, pr_auc, lift, and recall or precision at the other's bound or for a
 * share of alerts) and from their size (log_loss, brier, calibration_error, top_k). Of several classes each is one against the
 * rest, averaged. Weights multiply counts. Equal scores are never told apart by their place in the file. Decisions are in
 * decision.c. */
#include "runtime/metric/curve.h"
#include <float.h>
#include <math.h>
#include <stdbool.h>
#include <string.h>

/* ---- the order of scores ---- */

/* Rows by ascending score, sorted once for all resamples. last: the last row of a group of equal scores. */
struct curve { size_t n; uint32_t *row; double *weight; uint8_t *positive, *last; };
struct curves { uint32_t n; enum mlp_average average; struct curve at[]; };

enum { POOLED = UINT32_MAX };
/* One class against the rest; POOLED: all of them in one order, each row once per class. */
static bool curve_make(const struct mlp_judged *j, uint32_t class, struct mlp_arena *arena, struct curve *c)
{
    const uint32_t k = j->outputs > 1 ? j->outputs : 1;
    const bool pooled = class == POOLED;
    const size_t n = c->n = pooled ? j->n * k : j->n;
    const double *p = j->p;
    if (k > 1 && !pooled) {
        double *own = mlp_arena_alloc(arena, (n + 1) * sizeof *own);
        for (size_t i = 0; own && i < n; i++) own[i] = j->p[i * k + class];
        if (!(p = own)) return false;
    }
    c->row = mlp_metric_order(p, n, arena), c->weight = mlp_arena_alloc(arena, (n + 1) * sizeof *c->weight);
    c->positive = mlp_arena_alloc(arena, n + 1), c->last = mlp_arena_alloc(arena, n + 1);
    if (!c->row || !c->weight || !c->positive || !c->last) return false;
    for (size_t i = 0; i < n; i++) c->last[i] = i + 1 == n || p[c->row[i + 1]] != p[c->row[i]];
    for (size_t i = 0; i < n; i++) {
        const uint32_t r = pooled ? c->row[i] / k : c->row[i], at = pooled ? c->row[i] % k : class;
        c->positive[i] = k == 1 ? j->y[r] > 0.5 : j->y[r] == at;
        c->weight[i] = j->weight ? j->weight[r] : 1, c->row[i] = r;
    }
    return true;
}

static void *curve_prepare(const struct mlp_judged *j, const struct mlp_use *use, struct mlp_arena *arena)
{
    const enum mlp_average average = mlp_metric_average(use);
    const uint32_t n = j->outputs > 1 && average != MLP_MICRO ? j->outputs : 1;
    struct curves *c = mlp_arena_alloc(arena, sizeof *c + n * sizeof *c->at);
    if (!c) return NULL;
    c->n = n, c->average = average;
    for (uint32_t i = 0; i < n; i++)
        if (!curve_make(j, j->outputs > 1 && average == MLP_MICRO ? POOLED : i, arena, &c->at[i])) return NULL;
    return c;
}

static double times(const struct curve *c, const double *count, size_t i)
{
    return count ? c->weight[i] * count[c->row[i]] : c->weight[i];
}

static double area_under_roc(const struct curve *c, const double *count)
{
    double side[2] = {0, 0}, negative = 0, positive = 0, area = 0;   /* side: weights in the group; then below it; pairs in order */
    for (size_t i = 0; i < c->n; i++) {
        side[c->positive[i]] += times(c, count, i);
        if (!c->last[i]) continue;
        area += side[1] * (negative + side[0] / 2);
        negative += side[0], positive += side[1], side[0] = side[1] = 0;
    }
    return positive > 0 && negative > 0 ? area / (positive * negative) : NAN;
}

/* Steps down through the thresholds. What is wanted at each: a sum (average precision) or a best value under a bound. */
enum want { AVERAGE, BEST_RECALL, BEST_PRECISION };
static double descend(const struct curve *c, const double *count, enum want want, double bound)
{
    double positive = 0, hit = 0, taken = 0, last = 0, sum = 0, best = 0;
    for (size_t i = 0; i < c->n; i++) positive += c->positive[i] ? times(c, count, i) : 0;
    if (!(positive > 0)) return NAN;
    for (size_t i = c->n; i-- > 0;) {
        double w = times(c, count, i);
        taken += w, hit += c->positive[i] ? w : 0;
        if ((i && !c->last[i - 1]) || !(taken > 0)) continue;
        double precision = hit / taken, recall = hit / positive;
        sum += (hit - last) * precision, last = hit;
        if (want == BEST_RECALL && precision >= bound && recall > best) best = recall;
        if (want == BEST_PRECISION && recall >= bound && precision > best) best = precision;
    }
    return want == AVERAGE ? sum / positive : best;
}

/* Positive weight among the share of all weight with the highest scores; a group of equal scores is taken in part. */
struct top { double hit, taken, positive, all; };
static struct top top_share(const struct curve *c, const double *count, double share)
{
    struct top t = {0};
    for (size_t i = 0; i < c->n; i++) t.all += times(c, count, i), t.positive += c->positive[i] ? times(c, count, i) : 0;
    const double wanted = share * t.all;
    double group = 0, right = 0;
    for (size_t i = c->n; i-- > 0 && t.taken < wanted;) {
        const double w = times(c, count, i);
        group += w, right += c->positive[i] ? w : 0;
        if (i && !c->last[i - 1]) continue;
        const double part = t.taken + group <= wanted || group <= 0 ? 1 : (wanted - t.taken) / group;
        t.hit += part * right, t.taken += part * group, group = right = 0;
    }
    return t;
}

/* The average over classes of a value per class; classes on which it is undefined are left out. */
static double averaged(const struct mlp_judged *j, const struct curves *c, const double *count,
                       double (*one)(const struct curve *, const double *), const char *why)
{
    double sum = 0, total = 0;
    for (uint32_t i = 0; i < c->n; i++) {
        double v = one(&c->at[i], count), w = 1;
        if (isnan(v)) continue;
        if (c->n > 1 && c->average == MLP_WEIGHTED) {
            w = 0;
            for (size_t r = 0; r < c->at[i].n; r++) w += c->at[i].positive[r] ? times(&c->at[i], count, r) : 0;
        }
        sum += w * v, total += w;
    }
    return total > 0 ? sum / total : mlp_metric_undefined(j, why);
}

static double roc_auc(const struct mlp_judged *j, const struct mlp_use *use, const void *prepared, const double *count)
{
    (void)use;
    return averaged(j, prepared, count, area_under_roc, "only one class");
}

static double gini(const struct mlp_judged *j, const struct mlp_use *use, const void *prepared, const double *count)
{
    return 2 * roc_auc(j, use, prepared, count) - 1;
}

static double average_precision(const struct curve *c, const double *count) { return descend(c, count, AVERAGE, 0); }

static double pr_auc(const struct mlp_judged *j, const struct mlp_use *use, const void *prepared, const double *count)
{
    (void)use;
    return averaged(j, prepared, count, average_precision, "no positive rows");
}

static double lift(const struct mlp_judged *j, const struct mlp_use *use, const void *prepared, const double *count)
{
    const struct curves *c = prepared;
    const struct top t = top_share(&c->at[0], count, mlp_metric_option(j, use, "share", 0.1));
    if (!(t.positive > 0)) return mlp_metric_undefined(j, "no positive rows");
    return t.taken > 0 ? t.hit / t.taken / (t.positive / t.all) : mlp_metric_undefined(j, "no rows with a weight above 0");
}

double mlp_metric_at_bound(const struct mlp_judged *j, const void *prepared, const double *count, bool recall, double bound)
{
    const struct curves *c = prepared;
    const double v = descend(&c->at[0], count, recall ? BEST_RECALL : BEST_PRECISION, bound);
    return isnan(v) ? mlp_metric_undefined(j, "no positive rows") : v;
}

double mlp_metric_at_alerts(const struct mlp_judged *j, const void *prepared, const double *count, bool recall, double share)
{
    const struct curves *c = prepared;
    const struct top t = top_share(&c->at[0], count, share);
    if (recall) return t.positive > 0 ? t.hit / t.positive : mlp_metric_undefined(j, "no positive rows");
    return t.taken > 0 ? t.hit / t.taken : mlp_metric_undefined(j, "no alerts");
}

void *mlp_metric_curve(const struct mlp_judged *j, const struct mlp_use *use, struct mlp_arena *arena)
{
    return curve_prepare(j, use, arena);
}

/* ---- the size of scores: a number per row, averaged ---- */

static double mean_of_rows(const struct mlp_judged *j, const struct mlp_use *use, const void *prepared, const double *count)
{
    (void)use;
    const double *value = prepared;
    double sum = 0, total = 0;
    for (size_t i = 0; i < j->n; i++) {
        double w = mlp_metric_weight(j, count, i);
        sum += w * value[i], total += w;
    }
    return total > 0 ? sum / total : mlp_metric_undefined(j, "no rows with a weight above 0");
}

/* Probabilities are kept DBL_EPSILON away from 0 and 1, as scikit-learn does for 64-bit numbers. */
static void *log_loss_prepare(const struct mlp_judged *j, const struct mlp_use *use, struct mlp_arena *arena)
{
    (void)use;
    double *value = mlp_arena_alloc(arena, (j->n + 1) * sizeof *value);
    for (size_t i = 0; value && i < j->n; i++) {
        const double y = j->y[i], own = j->outputs > 1 ? j->p[i * j->outputs + (size_t)y] : j->p[i],
            p = fmin(fmax(own, DBL_EPSILON), 1 - DBL_EPSILON);
        value[i] = j->outputs > 1 ? -log(p) : -(y > 0 ? y * log(p) : 0) - (y < 1 ? (1 - y) * log(1 - p) : 0);
    }
    return value;
}

static void *brier_prepare(const struct mlp_judged *j, const struct mlp_use *use, struct mlp_arena *arena)
{
    (void)use;
    double *value = mlp_arena_alloc(arena, (j->n + 1) * sizeof *value);
    for (size_t i = 0; value && i < j->n; i++) {
        if (j->outputs <= 1) value[i] = (j->p[i] - j->y[i]) * (j->p[i] - j->y[i]);
        for (uint32_t k = 0; j->outputs > 1 && k < j->outputs; k++) {
            const double e = j->p[i * j->outputs + k] - (j->y[i] == k);
            value[i] += e * e;
        }
    }
    return value;
}

/* Whether the row's class is among the k likeliest; of equal ones at the border, the share that a draw would take. */
static void *top_k_prepare(const struct mlp_judged *j, const struct mlp_use *use, struct mlp_arena *arena)
{
    double *value = mlp_arena_alloc(arena, (j->n + 1) * sizeof *value);
    const double k = mlp_metric_option(j, use, "k", 3);
    for (size_t i = 0; value && i < j->n; i++) {
        const double *p = j->p + i * j->outputs, own = j->outputs > 1 ? p[(size_t)j->y[i]] : 0;
        double above = 0, equal = 0;
        for (uint32_t c = 0; c < j->outputs; c++) above += p[c] > own, equal += p[c] == own;
        value[i] = fmin(1, fmax(0, (k - above) / fmax(equal, 1)));
    }
    return value;
}

/* ---- calibration ---- */

/* bin: of each row, by its score (of several classes: that of the likeliest); right: what the score speaks of came true. */
struct bins { uint32_t n; uint32_t *bin; double *score; uint8_t *right; double *sum; };

static void *bins_prepare(const struct mlp_judged *j, const struct mlp_use *use, struct mlp_arena *arena)
{
    struct bins *b = mlp_arena_alloc(arena, sizeof *b);
    if (!b) return NULL;
    b->n = (uint32_t)mlp_metric_option(j, use, "bins", 10);
    b->bin = mlp_arena_alloc(arena, (j->n + 1) * sizeof *b->bin), b->score = mlp_arena_alloc(arena, (j->n + 1) * sizeof *b->score);
    b->right = mlp_arena_alloc(arena, j->n + 1), b->sum = mlp_arena_alloc(arena, 3 * (size_t)b->n * sizeof *b->sum);
    if (!b->bin || !b->score || !b->right || !b->sum) return NULL;
    for (size_t i = 0; i < j->n; i++) {
        uint32_t best = 0;
        const uint32_t k = j->outputs > 1 ? j->outputs : 1;
        for (uint32_t c = 1; c < k; c++) if (j->p[i * k + c] > j->p[i * k + best]) best = c;
        b->score[i] = j->p[i * k + best];
        b->right[i] = k > 1 ? j->y[i] == best : j->y[i] > 0.5;
        const double at = fmin(fmax(b->score[i], 0), 1) * b->n;
        b->bin[i] = at >= b->n ? b->n - 1 : (uint32_t)at;
    }
    return b;
}

static double calibration_error(const struct mlp_judged *j, const struct mlp_use *use, const void *prepared, const double *count)
{
    (void)use;
    const struct bins *b = prepared;
    double *weight = b->sum, *score = weight + b->n, *right = score + b->n, gap = 0, total = 0;
    memset(b->sum, 0, 3 * (size_t)b->n * sizeof *b->sum);
    for (size_t i = 0; i < j->n; i++) {
        const double w = mlp_metric_weight(j, count, i);
        weight[b->bin[i]] += w, score[b->bin[i]] += w * b->score[i], right[b->bin[i]] += b->right[i] ? w : 0, total += w;
    }
    for (uint32_t i = 0; i < b->n; i++) gap += fabs(score[i] - right[i]);
    return total > 0 ? gap / total : mlp_metric_undefined(j, "no rows with a weight above 0");
}

const struct mlp_metric_ops mlp_metric_roc_auc = {"metric.roc_auc", 1, 0, curve_prepare, roc_auc, 0, 0, 0, 0};
const struct mlp_metric_ops mlp_metric_gini = {"metric.gini", 1, 0, curve_prepare, gini, 0, 0, 0, 0};
const struct mlp_metric_ops mlp_metric_pr_auc = {"metric.pr_auc", 1, 0, curve_prepare, pr_auc, 0, 0, 0, 0};
const struct mlp_metric_ops mlp_metric_lift = {"metric.lift", 1, 0, curve_prepare, lift, 0, 0, 0, 0};
const struct mlp_metric_ops mlp_metric_log_loss = {"metric.log_loss", 0, 0, log_loss_prepare, mean_of_rows, 0, 0, 0, 0};
const struct mlp_metric_ops mlp_metric_brier = {"metric.brier", 0, 0, brier_prepare, mean_of_rows, 0, 0, 0, 0};
const struct mlp_metric_ops mlp_metric_top_k = {"metric.top_k", 1, 0, top_k_prepare, mean_of_rows, 0, 0, 0, 0};
const struct mlp_metric_ops mlp_metric_calibration_error = {"metric.calibration_error", 0, 0, bins_prepare, calibration_error, 0, 0, 1, 0};
