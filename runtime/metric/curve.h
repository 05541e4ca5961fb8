/* curve.h: what decision.c asks of binary.c: recall and precision without a threshold of their own. Room-private. */
#ifndef MLP_METRIC_CURVE_H
#define MLP_METRIC_CURVE_H
#include <stdbool.h>
#include "runtime/metric/metric.h"

void *mlp_metric_curve(const struct mlp_judged *, const struct mlp_use *, struct mlp_arena *);
/* The best recall at which precision is at least `bound`, or the other way round. */
double mlp_metric_at_bound(const struct mlp_judged *, const void *curve, const double *count, bool recall, double bound);
/* Of the share of rows with the highest scores. */
double mlp_metric_at_alerts(const struct mlp_judged *, const void *curve, const double *count, bool recall, double share);
#endif
