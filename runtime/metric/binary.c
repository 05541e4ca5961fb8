/* binary.c: metrics of yes and no: from the order of scores (roc_auc, pr_auc, and recall or precision at the other's bound), from
 * probabilities (log_loss) and from decisions at the threshold (accuracy, precision, recall, f1). Weights multiply counts. */
#include "runtime/metric/metric.h"
#include "mlp_stdlib.h"
#include <float.h>
#include <math.h>
#include <stdbool.h>

/* Rows by ascending score, sorted once for all resamples. last: the last row of a group of equal scores. */
struct curve { uint32_t *row; double *weight; uint8_t *positive, *last; };

static void *curve_prepare(const struct mlp_judged *j, const struct mlp_use *use, struct mlp_arena *arena)
{
    (void)use;
    struct curve *c = mlp_arena_alloc(arena, sizeof *c);
    if (!c) return NULL;
    c->row = mlp_metric_order(j->p, j->n, arena), c->weight = mlp_arena_alloc(arena, j->n * sizeof *c->weight);
    c->positive = mlp_arena_alloc(arena, j->n), c->last = mlp_arena_alloc(arena, j->n);
    if (!c->row || !c->weight || !c->positive || !c->last) return NULL;
    for (size_t i = 0; i < j->n; i++) {
        uint32_t r = c->row[i];
        c->weight[i] = j->weight ? j->weight[r] : 1, c->positive[i] = j->y[r] > 0.5;
        c->last[i] = i + 1 == j->n || j->p[c->row[i + 1]] != j->p[r];
    }
    return c;
}

static double times(const struct curve *c, const double *count, size_t i)
{
    return count ? c->weight[i] * count[c->row[i]] : c->weight[i];
}

static double roc_auc(const struct mlp_judged *j, const struct mlp_use *use, const void *prepared, const double *count)
{
    (void)use;
    const struct curve *c = prepared;
    double side[2] = {0, 0}, negative = 0, positive = 0, area = 0;   /* side: weights in the group; then below it; pairs in order */
    for (size_t i = 0; i < j->n; i++) {
        side[c->positive[i]] += times(c, count, i);
        if (!c->last[i]) continue;
        area += side[1] * (negative + side[0] / 2);
        negative += side[0], positive += side[1], side[0] = side[1] = 0;
    }
    return positive > 0 && negative > 0 ? area / (positive * negative) : mlp_metric_undefined(j, "only one class");
}

/* Steps down through the thresholds. What is wanted at each: a sum (average precision) or a best value under a bound. */
enum want { AVERAGE, BEST_RECALL, BEST_PRECISION };
static double descend(const struct mlp_judged *j, const struct curve *c, const double *count, enum want want, double bound)
{
    double all = 0, positive = 0, hit = 0, taken = 0, last = 0, sum = 0, best = 0;
    for (size_t i = 0; i < j->n; i++) all += times(c, count, i), positive += c->positive[i] ? times(c, count, i) : 0;
    if (!(positive > 0)) return mlp_metric_undefined(j, "no positive rows");
    for (size_t i = j->n; i-- > 0;) {
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

static double pr_auc(const struct mlp_judged *j, const struct mlp_use *use, const void *prepared, const double *count)
{
    (void)use;
    return descend(j, prepared, count, AVERAGE, 0);
}

static double log_loss(const struct mlp_judged *j, const struct mlp_use *use, const void *prepared, const double *count)
{
    (void)use;
    const double *value = prepared;
    double sum = 0, total = 0;
    for (size_t i = 0; i < j->n; i++) {
        double w = (j->weight ? j->weight[i] : 1) * (count ? count[i] : 1);
        sum += w * value[i], total += w;
    }
    return total > 0 ? sum / total : mlp_metric_undefined(j, "no rows with a weight above 0");
}

/* Probabilities are kept DBL_EPSILON away from 0 and 1, as scikit-learn does for 64-bit numbers. */
static void *log_loss_prepare(const struct mlp_judged *j, const struct mlp_use *use, struct mlp_arena *arena)
{
    (void)use;
    double *value = mlp_arena_alloc(arena, j->n * sizeof *value);
    for (size_t i = 0; value && j->outputs > 1 && i < j->n; i++)
        value[i] = -log(fmin(fmax(j->p[i * j->outputs + (uint32_t)j->y[i]], DBL_EPSILON), 1));
    for (size_t i = 0; value && j->outputs <= 1 && i < j->n; i++) {
        double p = fmin(fmax(j->p[i], DBL_EPSILON), 1 - DBL_EPSILON), y = j->y[i];
        value[i] = -(y > 0 ? y * log(p) : 0) - (y < 1 ? (1 - y) * log(1 - p) : 0);
    }
    return value;
}

/* Weights of the four outcomes: [positive row][decided positive]. */
struct outcomes { double at[2][2]; };
static struct outcomes outcomes(const struct mlp_judged *j, const double *count)
{
    struct outcomes o = {0};
    for (size_t i = 0; i < j->n; i++)
        o.at[j->y[i] > 0.5][j->decided[i] != 0] += (j->weight ? j->weight[i] : 1) * (count ? count[i] : 1);
    return o;
}

static double accuracy(const struct mlp_judged *j, const struct mlp_use *use, const void *prepared, const double *count)
{
    (void)use, (void)prepared;
    if (j->chosen) {
        double right = 0, total = 0;
        for (size_t i = 0; i < j->n; i++) {
            const double w = (j->weight ? j->weight[i] : 1) * (count ? count[i] : 1);
            total += w, right += j->chosen[i] == j->y[i] ? w : 0;
        }
        return total > 0 ? right / total : mlp_metric_undefined(j, "no rows with a weight above 0");
    }
    if (!j->decided) return mlp_metric_undefined(j, "no threshold, so no decisions");
    struct outcomes o = outcomes(j, count);
    double all = o.at[0][0] + o.at[0][1] + o.at[1][0] + o.at[1][1];
    return all > 0 ? (o.at[0][0] + o.at[1][1]) / all : mlp_metric_undefined(j, "no rows with a weight above 0");
}

/* The number of an option such as precision: 50%; NaN when it is not given. */
static double option(const struct mlp_use *use, uint32_t i)
{
    const struct mlp_arg *a = i < use->args.n ? &use->args.at[i] : NULL;
    return a && (a->kind == MLP_A_NUM || a->kind == MLP_A_INT) ? a->num : NAN;
}

static void *option_prepare(const struct mlp_judged *j, const struct mlp_use *use, struct mlp_arena *arena)
{
    return isnan(option(use, 0)) ? mlp_arena_alloc(arena, 1)
                                 : curve_prepare(j, use, arena); /* without the option no order is needed */
}

static double precision(const struct mlp_judged *j, const struct mlp_use *use, const void *prepared, const double *count)
{
    double bound = option(use, MLP_METRIC_PRECISION_RECALL);
    if (!isnan(bound)) return descend(j, prepared, count, BEST_PRECISION, bound);
    if (!j->decided) return mlp_metric_undefined(j, "no threshold, so no decisions");
    struct outcomes o = outcomes(j, count);
    double decided = o.at[0][1] + o.at[1][1];
    return decided > 0 ? o.at[1][1] / decided : mlp_metric_undefined(j, "no row is decided positive");
}

static double recall(const struct mlp_judged *j, const struct mlp_use *use, const void *prepared, const double *count)
{
    double bound = option(use, MLP_METRIC_RECALL_PRECISION);
    if (!isnan(bound)) return descend(j, prepared, count, BEST_RECALL, bound);
    if (!j->decided) return mlp_metric_undefined(j, "no threshold, so no decisions");
    struct outcomes o = outcomes(j, count);
    double positive = o.at[1][0] + o.at[1][1];
    return positive > 0 ? o.at[1][1] / positive : mlp_metric_undefined(j, "no positive rows");
}

static double f1(const struct mlp_judged *j, const struct mlp_use *use, const void *prepared, const double *count)
{
    (void)use, (void)prepared;
    if (!j->decided) return mlp_metric_undefined(j, "no threshold, so no decisions");
    struct outcomes o = outcomes(j, count);
    double both = 2 * o.at[1][1] + o.at[0][1] + o.at[1][0];
    return both > 0 ? 2 * o.at[1][1] / both : mlp_metric_undefined(j, "no row is positive or decided positive");
}

const struct mlp_metric_ops mlp_metric_roc_auc = {"metric.roc_auc", 1, 0, curve_prepare, roc_auc};
const struct mlp_metric_ops mlp_metric_pr_auc = {"metric.pr_auc", 1, 0, curve_prepare, pr_auc};
const struct mlp_metric_ops mlp_metric_log_loss = {"metric.log_loss", 0, 0, log_loss_prepare, log_loss};
const struct mlp_metric_ops mlp_metric_accuracy = {"metric.accuracy", 1, 0, NULL, accuracy};
const struct mlp_metric_ops mlp_metric_precision = {"metric.precision", 1, 0, option_prepare, precision};
const struct mlp_metric_ops mlp_metric_recall = {"metric.recall", 1, 0, option_prepare, recall};
const struct mlp_metric_ops mlp_metric_f1 = {"metric.f1", 1, 0, NULL, f1};
