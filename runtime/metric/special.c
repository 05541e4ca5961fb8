/* special.c: metrics that no row decides: what the run measured (time, memory, speed) or tried (whether a score only rises with a
 * column). The run fills judged.special; here stands only what is better. */
#include "runtime/metric/metric.h"
#include <math.h>

static double value(const struct mlp_judged *j, const struct mlp_use *use, const void *prepared, const double *count)
{
    (void)use, (void)prepared, (void)count;
    return isnan(j->special) ? mlp_metric_undefined(j, j->special_why ? j->special_why : "it was not measured") : j->special;
}

const struct mlp_metric_ops mlp_metric_latency_p50 = {"metric.latency.p50", 0, 0, NULL, value, 0, MLP_SECONDS, 0, 0};
const struct mlp_metric_ops mlp_metric_latency_p95 = {"metric.latency.p95", 0, 0, NULL, value, 0, MLP_SECONDS, 0, 0};
const struct mlp_metric_ops mlp_metric_latency_p99 = {"metric.latency.p99", 0, 0, NULL, value, 0, MLP_SECONDS, 0, 0};
const struct mlp_metric_ops mlp_metric_throughput = {"metric.throughput", 1, 0, NULL, value, 0, MLP_PER_SECOND, 0, 0};
const struct mlp_metric_ops mlp_metric_memory_train = {"metric.memory.train", 0, 0, NULL, value, 0, MLP_BYTES, 0, 0};
const struct mlp_metric_ops mlp_metric_memory_serve = {"metric.memory.serve", 0, 0, NULL, value, 0, MLP_BYTES, 0, 0};
const struct mlp_metric_ops mlp_metric_time_train = {"metric.time.train", 0, 0, NULL, value, 0, MLP_SECONDS, 0, 0};
const struct mlp_metric_ops mlp_metric_size_model = {"metric.size.model", 0, 0, NULL, value, 0, MLP_BYTES, 0, 0};
const struct mlp_metric_ops mlp_metric_increasing = {"metric.increasing", 1, 0, NULL, value, 0, MLP_SHARE, 0, 0};
const struct mlp_metric_ops mlp_metric_decreasing = {"metric.decreasing", 1, 0, NULL, value, 0, MLP_SHARE, 0, 0};
const struct mlp_metric_ops mlp_metric_confusion_matrix = {"metric.confusion_matrix", 1, 0, NULL, value, 0, MLP_SHARE, 0, 0};   /* a table: the run makes it */
