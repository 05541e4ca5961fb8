/* metric.h: how predictions are judged. One struct mlp_metric_ops per metric, bound by name ("metric.roc_auc").
 * A metric is a function of rows with multiplicities, so that a bootstrap resample is the same rows with other counts. */
#ifndef MLP_METRIC_H
#define MLP_METRIC_H
#include "runtime/base/arena.h"
#include "runtime/base/status.h"
#include "runtime/program.h"

struct mlp_judged {                                         /* the rows that are judged; borrowed */
    size_t n;
    const double *y;                                        /* (n) 0/1, a number, or a relevance; never NaN */
    const double *p;                                        /* (n) probability, prediction or ranking score */
    /* Several classes: p is (n, outputs) row-major, the probability of each class; y is the class's number, 0..outputs - 1. 0 or 1
     * for all other tasks. ordered: the classes have an order. */
    uint32_t outputs; uint8_t ordered;
    const uint32_t *chosen;                                 /* (n) the class that is predicted; NULL for all other tasks */
    const uint8_t *decided;                                 /* (n) 0/1: the decision at the threshold; binary only, else NULL */
    const double *weight;                                   /* (n) or NULL */
    const uint32_t *query;                                  /* (n) query number: rows of a query are adjacent; or NULL */
    const uint32_t *column;                                 /* (n) code of the column that the metric names (parity); or NULL */
    uint32_t column_codes;
    struct mlp_error *why;                                  /* text filled when the value is NaN: "only one class" */
};
struct mlp_metric_ops {
    const char *name;
    uint8_t higher;                                         /* 1: higher is better */
    uint8_t by_query;                                       /* resamples draw whole queries */
    /* Work that does not depend on counts (a sort); NULL: none. In the arena. */
    void *(*prepare)(const struct mlp_judged *, const struct mlp_use *, struct mlp_arena *);
    /* count: (n) how often each row stands in the resample, or NULL: once each. NaN: undefined. */
    double (*value)(const struct mlp_judged *, const struct mlp_use *, const void *prepared, const double *count);
};
struct mlp_measure { double value, low, high; char why[160]; };   /* 95 % percentile bootstrap; value NaN: why says so */
enum { MLP_BOOTSTRAP = 500 };                               /* resamples */
/* Value and interval. Resample r draws with hash(seed, r, row): the same for any number of threads. */
mlp_status mlp_metric_measure(const struct mlp_metric_ops *, const struct mlp_use *, const struct mlp_judged *, uint64_t seed,
                              struct mlp_measure *, struct mlp_error *);

extern const struct mlp_metric_ops mlp_metric_roc_auc, mlp_metric_pr_auc, mlp_metric_log_loss, mlp_metric_accuracy,
    mlp_metric_precision, mlp_metric_recall, mlp_metric_f1, mlp_metric_rmse, mlp_metric_mae, mlp_metric_r2, mlp_metric_ndcg,
    mlp_metric_demographic_parity_difference;

/* ---- for metrics only ---- */
/* Says why a value is undefined and gives NaN: return mlp_metric_undefined(j, "only one class"). */
double mlp_metric_undefined(const struct mlp_judged *, const char *why);
/* Row numbers by ascending p, rows with the same p in their own order; NULL without memory. -0 and 0 are the same. */
uint32_t *mlp_metric_order(const double *p, size_t n, struct mlp_arena *);
#endif
