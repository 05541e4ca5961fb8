/* decision.c: metrics of decisions: all of them are functions of one table, weights by [class of the row][class decided]. Yes and no
 * is a table of two, judged for yes unless `average` is given; of several classes the values of each are averaged. */
#include "runtime/metric/curve.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* at: (k, k) row-major, filled anew for each resample. row, column: sums. curve: for options that look at scores. */
struct table { uint32_t k; double *at, *row, *column, all, right; void *curve; };

static void *prepare(const struct mlp_judged *j, const struct mlp_use *use, struct mlp_arena *arena)
{
    struct table *t = mlp_arena_alloc(arena, sizeof *t);
    if (!t) return NULL;
    t->k = j->outputs > 1 ? j->outputs : 2;
    t->at = mlp_arena_alloc(arena, ((size_t)t->k * t->k + 2 * (size_t)t->k) * sizeof *t->at);
    if (!t->at) return NULL;
    t->row = t->at + (size_t)t->k * t->k, t->column = t->row + t->k;
    const bool scored = mlp_use_arg(use, "precision") || mlp_use_arg(use, "recall") || mlp_use_arg(use, "alerts");
    return scored && !(t->curve = mlp_metric_curve(j, use, arena)) ? NULL : t;
}

/* NULL: there are no decisions, and that was said. */
static const struct table *count_up(const struct mlp_judged *j, const void *prepared, const double *count)
{
    struct table *t = (struct table *)prepared;
    if (!j->decided && !j->chosen) return mlp_metric_undefined(j, "no threshold, so no decisions"), NULL;
    memset(t->at, 0, ((size_t)t->k * t->k + 2 * (size_t)t->k) * sizeof *t->at), t->all = t->right = 0;
    for (size_t i = 0; i < j->n; i++) {
        const uint32_t y = j->outputs > 1 ? (uint32_t)j->y[i] : j->y[i] > 0.5;
        const uint32_t d = j->chosen ? j->chosen[i] : j->decided[i] != 0;
        if (y < t->k && d < t->k) t->at[(size_t)y * t->k + d] += mlp_metric_weight(j, count, i);
    }
    for (uint32_t y = 0; y < t->k; y++)
        for (uint32_t d = 0; d < t->k; d++) {
            const double w = t->at[(size_t)y * t->k + d];
            t->row[y] += w, t->column[d] += w, t->all += w, t->right += y == d ? w : 0;
        }
    return t;
}

#define COUNTED const struct table *const t = count_up(j, prepared, count); if (!t) return NAN
#define SIGNATURE const struct mlp_judged *j, const struct mlp_use *use, const void *prepared, const double *count

/* ---- rates of one class ---- */

struct rates { double hit, missed, alarm, quiet; };         /* true positive, false negative, false positive, true negative */
typedef double rate_fn(const struct rates *, double b);     /* NaN: undefined */

static struct rates rates_of(const struct table *t, uint32_t c)
{
    const double hit = t->at[(size_t)c * t->k + c], missed = t->row[c] - hit, alarm = t->column[c] - hit;
    return (struct rates){hit, missed, alarm, t->all - hit - missed - alarm};
}

static double part(double some, double others) { return some + others > 0 ? some / (some + others) : NAN; }
static double precision_rate(const struct rates *r, double b) { return (void)b, part(r->hit, r->alarm); }
static double recall_rate(const struct rates *r, double b) { return (void)b, part(r->hit, r->missed); }
static double specificity_rate(const struct rates *r, double b) { return (void)b, part(r->quiet, r->alarm); }
static double false_positive(const struct rates *r, double b) { return (void)b, part(r->alarm, r->quiet); }
static double false_negative(const struct rates *r, double b) { return (void)b, part(r->missed, r->hit); }
static double f_rate(const struct rates *r, double b)
{
    const double both = (1 + b * b) * r->hit + b * b * r->missed + r->alarm;
    return both > 0 ? (1 + b * b) * r->hit / both : NAN;
}

/* For yes, or averaged over the classes that occur. A class that was never decided has precision 0, as in scikit-learn. */
static double rate(const struct mlp_judged *j, const struct mlp_use *use, const struct table *t, rate_fn *of, double b,
                   const char *why)
{
    const enum mlp_average average = mlp_metric_average(use);
    double sum = 0, total = 0;
    struct rates all = {0};
    if (t->k == 2 && !mlp_metric_word(use, "average")) {
        const struct rates r = rates_of(t, 1);
        const double v = of(&r, b);
        return isnan(v) ? mlp_metric_undefined(j, why) : v;
    }
    for (uint32_t c = 0; c < t->k; c++) {
        const struct rates r = rates_of(t, c);
        all.hit += r.hit, all.missed += r.missed, all.alarm += r.alarm, all.quiet += r.quiet;
        double v = of(&r, b);
        if (isnan(v) && t->row[c] > 0) v = 0;
        const double w = isnan(v) ? 0 : average == MLP_WEIGHTED ? t->row[c] : 1;
        if (w > 0) sum += w * v, total += w;
    }
    if (average == MLP_MICRO) sum = of(&all, b), total = 1;
    return total > 0 && !isnan(sum) ? sum / total : mlp_metric_undefined(j, "no rows with a weight above 0");
}

/* ---- the metrics ---- */

static double accuracy(SIGNATURE)
{
    (void)use;
    COUNTED;
    return t->all > 0 ? t->right / t->all : mlp_metric_undefined(j, "no rows with a weight above 0");
}

static double balanced_accuracy(SIGNATURE)
{
    (void)use;
    COUNTED;
    double sum = 0, classes = 0;
    for (uint32_t c = 0; c < t->k; c++) if (t->row[c] > 0) sum += t->at[(size_t)c * t->k + c] / t->row[c], classes++;
    return classes > 0 ? sum / classes : mlp_metric_undefined(j, "no rows with a weight above 0");
}

static double precision(SIGNATURE)
{
    const double bound = mlp_metric_option(j, use, "recall", NAN), alerts = mlp_metric_option(j, use, "alerts", NAN);
    const void *curve = ((const struct table *)prepared)->curve;
    if (!isnan(bound) && curve) return mlp_metric_at_bound(j, curve, count, false, bound);
    if (!isnan(alerts) && curve) return mlp_metric_at_alerts(j, curve, count, false, alerts);
    COUNTED;
    return rate(j, use, t, precision_rate, 0, "no row is decided positive");
}

static double recall(SIGNATURE)
{
    const double bound = mlp_metric_option(j, use, "precision", NAN), alerts = mlp_metric_option(j, use, "alerts", NAN);
    const void *curve = ((const struct table *)prepared)->curve;
    if (!isnan(bound) && curve) return mlp_metric_at_bound(j, curve, count, true, bound);
    if (!isnan(alerts) && curve) return mlp_metric_at_alerts(j, curve, count, true, alerts);
    COUNTED;
    return rate(j, use, t, recall_rate, 0, "no positive rows");
}

static double f1(SIGNATURE)
{
    COUNTED;
    return rate(j, use, t, f_rate, 1, "no row is positive or decided positive");
}

static double fbeta(SIGNATURE)
{
    COUNTED;
    return rate(j, use, t, f_rate, mlp_metric_option(j, use, "b", 1), "no row is positive or decided positive");
}

static double specificity(SIGNATURE)
{
    COUNTED;
    return rate(j, use, t, specificity_rate, 0, "no negative rows");
}

static double false_positive_rate(SIGNATURE)
{
    COUNTED;
    return rate(j, use, t, false_positive, 0, "no negative rows");
}

static double false_negative_rate(SIGNATURE)
{
    COUNTED;
    return rate(j, use, t, false_negative, 0, "no positive rows");
}

/* Matthews' correlation of decisions and classes; 0 where one of the two never varies, as in scikit-learn. */
static double mcc(SIGNATURE)
{
    (void)use;
    COUNTED;
    double both = 0, rows = 0, columns = 0;
    if (!(t->all > 0)) return mlp_metric_undefined(j, "no rows with a weight above 0");
    for (uint32_t c = 0; c < t->k; c++) {
        const double y = t->row[c] / t->all, d = t->column[c] / t->all;
        both += y * d, rows += y * y, columns += d * d;
    }
    const double spread = (1 - rows) * (1 - columns);
    return spread > 0 ? (t->right / t->all - both) / sqrt(spread) : 0;
}

/* Cohen's kappa; `weights` counts a miss by its distance in steps, or its square. */
static double kappa(SIGNATURE)
{
    COUNTED;
    const char *weights = mlp_metric_word(use, "weights");
    const int power = !weights || !strcmp(weights, "none") ? 0 : !strcmp(weights, "linear") ? 1 : 2;
    double seen = 0, chance = 0;
    for (uint32_t y = 0; y < t->k; y++)
        for (uint32_t d = 0; d < t->k; d++) {
            const double step = fabs((double)y - (double)d), far = !power ? y != d : power == 1 ? step : step * step;
            seen += far * t->at[(size_t)y * t->k + d], chance += far * t->row[y] * t->column[d];
        }
    if (!(t->all > 0)) return mlp_metric_undefined(j, "no rows with a weight above 0");
    return chance > 0 ? 1 - seen * t->all / chance : mlp_metric_undefined(j, "rows and decisions are all of one class");
}

static double cost(SIGNATURE)
{
    COUNTED;
    double miss = mlp_metric_option(j, use, "miss", j->miss), alarm = mlp_metric_option(j, use, "false_alarm", j->false_alarm);
    if (miss == 0 && alarm == 0) miss = alarm = 1;
    if (!(t->all > 0)) return mlp_metric_undefined(j, "no rows with a weight above 0");
    const struct rates r = rates_of(t, 1);
    return t->k == 2 ? (miss * r.missed + alarm * r.alarm) / t->all : (t->all - t->right) * miss / t->all;
}

const struct mlp_metric_ops mlp_metric_accuracy = {"metric.accuracy", 1, 0, prepare, accuracy, 1, 0, 0, 1};
const struct mlp_metric_ops mlp_metric_balanced_accuracy = {"metric.balanced_accuracy", 1, 0, prepare, balanced_accuracy, 1, 0, 0, 0};
const struct mlp_metric_ops mlp_metric_precision = {"metric.precision", 1, 0, prepare, precision, 1, 0, 1, 0};
const struct mlp_metric_ops mlp_metric_recall = {"metric.recall", 1, 0, prepare, recall, 1, 0, 1, 0};
const struct mlp_metric_ops mlp_metric_f1 = {"metric.f1", 1, 0, prepare, f1, 1, 0, 0, 0};
const struct mlp_metric_ops mlp_metric_fbeta = {"metric.fbeta", 1, 0, prepare, fbeta, 1, 0, 0, 0};
const struct mlp_metric_ops mlp_metric_specificity = {"metric.specificity", 1, 0, prepare, specificity, 1, 0, 1, 0};
const struct mlp_metric_ops mlp_metric_mcc = {"metric.mcc", 1, 0, prepare, mcc, 1, 0, 0, 0};
const struct mlp_metric_ops mlp_metric_kappa = {"metric.kappa", 1, 0, prepare, kappa, 1, 0, 0, 0};
const struct mlp_metric_ops mlp_metric_cost = {"metric.cost", 0, 0, prepare, cost, 1, 0, 0, 0};
const struct mlp_metric_ops mlp_metric_false_positive_rate = {"metric.false_positive_rate", 0, 0, prepare, false_positive_rate, 1, 0, 1, 0};
const struct mlp_metric_ops mlp_metric_false_negative_rate = {"metric.false_negative_rate", 0, 0, prepare, false_negative_rate, 1, 0, 1, 0};
