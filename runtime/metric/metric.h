/* metric.h: how predictions are judged. One struct mlp_metric_ops per metric, bound by name ("metric.roc_auc").
 * A metric is a function of rows with multiplicities, so that a bootstrap resample is the same rows with other counts. */
#ifndef MLP_METRIC_H
#define MLP_METRIC_H
#include "runtime/base/arena.h"
#include "runtime/base/status.h"
#include "runtime/data/schema.h"
#include "runtime/program.h"

/* A metric of the spec's own: its aggregates' values of each row, and what runs the expression of them. */
struct mlp_own_rows { const struct mlp_code *code; const struct mlp_own *own; const struct mlp_ctx *ctx; const double **part; };   /* (parts)(n) */
struct mlp_judged {                                         /* the rows that are judged; borrowed */
    size_t n;
    const double *y;                                        /* (n) 0/1, a number, or a relevance; never NaN */
    /* Of a number with quantiles: (n, quantiles) row-major, ascending; level (quantiles): which. Else 0, NULL. */
    const double *quantile; const struct mlp_quantile *level; uint32_t quantiles;
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
    double miss, false_alarm;                               /* what a wrong decision costs (`costs:`); both 0: 1 each */
    const struct mlp_own_rows *own;                         /* for a metric of the spec's own, else NULL */
    double special;                                         /* the value of a metric that looks at no row; NaN: special_why */
    const char *special_why;
    const double *param;                                    /* values of the program's params, for options; or NULL */
    struct mlp_error *why;                                  /* text filled when the value is NaN: "only one class" */
};
enum mlp_special { MLP_ROWS, MLP_SHARE, MLP_SECONDS, MLP_BYTES, MLP_PER_SECOND };
struct mlp_metric_ops {
    const char *name;
    uint8_t higher;                                         /* 1: higher is better */
    uint8_t by_query;                                       /* resamples draw whole queries */
    /* Work that does not depend on counts (a sort); NULL: none. In the arena. */
    void *(*prepare)(const struct mlp_judged *, const struct mlp_use *, struct mlp_arena *);
    /* count: (n) how often each row stands in the resample, or NULL: once each. NaN: undefined. */
    double (*value)(const struct mlp_judged *, const struct mlp_use *, const void *prepared, const double *count);
    uint8_t decides;                                        /* 1: it looks at decisions only, so a threshold can be chosen by it */
    uint8_t special;                                        /* enum mlp_special: the run measured it (judged.special); no interval */
    uint8_t guard;                                          /* 1: something is traded for it: deciding all alike may have it */
    uint8_t majority;                                       /* 1: the rows of the largest class alone can make it high */
};
/* unit: of a metric that the run measured (enum mlp_special); 0: that of the metric. */
struct mlp_measure { double value, low, high; char why[160]; uint8_t unit; };   /* 95 % percentile bootstrap; value NaN: why says so */
enum { MLP_BOOTSTRAP = 500 };                               /* resamples */
/* Value and interval. Resample r draws with hash(seed, r, row): the same for any number of threads. */
mlp_status mlp_metric_measure(const struct mlp_metric_ops *, const struct mlp_use *, const struct mlp_judged *, uint64_t seed,
                              struct mlp_measure *, struct mlp_error *);

/* Those that C asks for by name (the run, tests); all others are bound through stdlib/. */
extern const struct mlp_metric_ops mlp_metric_log_loss, mlp_metric_rmse, mlp_metric_ndcg, mlp_metric_roc_auc, mlp_metric_f1,
    mlp_metric_demographic_parity_difference, mlp_metric_own_higher, mlp_metric_own_lower;

/* ---- for metrics only ---- */
/* Says why a value is undefined and gives NaN: return mlp_metric_undefined(j, "only one class"). */
double mlp_metric_undefined(const struct mlp_judged *, const char *why);
/* A number option by name (a param's value where it is one), or `absent`; a word option, or NULL. */
double mlp_metric_option(const struct mlp_judged *, const struct mlp_use *, const char *name, double absent);
const char *mlp_metric_word(const struct mlp_use *, const char *name);
static inline double mlp_metric_weight(const struct mlp_judged *j, const double *count, size_t row)
{
    return (j->weight ? j->weight[row] : 1) * (count ? count[row] : 1);
}
/* How the values of several classes become one. given: the option, NULL: macro. */
enum mlp_average { MLP_MACRO, MLP_MICRO, MLP_WEIGHTED };
enum mlp_average mlp_metric_average(const struct mlp_use *);
/* Row numbers by ascending p, rows with the same p in their own order; NULL without memory. -0 and 0 are the same. */
uint32_t *mlp_metric_order(const double *p, size_t n, struct mlp_arena *);
#endif
