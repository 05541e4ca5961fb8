/* probe.h: a model of a run in progress, opened as a server would open it: to measure it, to move one column, to ask it about a
 * made-up row. Lives in the arena of the run. */
#ifndef MLP_RUN_PROBE_H
#define MLP_RUN_PROBE_H
#include "runtime/run/predictor.h"
#include "runtime/run/work.h"

enum { MLP_STEPS = 24 };
struct mlp_probe { struct mlp_saved saved; struct mlp_predictor predictor; struct mlp_scratch one, block;
                   double latency[3], throughput, serve, size; bool measured; };
/* entrant: a model's index. Opened once; mlp_probes_close frees what an opened one holds. */
mlp_status mlp_probe_open(struct mlp_work *, mlp_ix entrant, struct mlp_probe **, struct mlp_error *);
void mlp_probes_close(struct mlp_work *);
/* Values of a column of the main source over the training part, ascending: all when they are few, else evenly spread ranks. Returns how
 * many; out: room for MLP_STEPS. Codes of an ordinal go by their step. */
size_t mlp_probe_steps(const struct mlp_work *, mlp_ix column, double *out);
/* The value of a metric that the run measures, for an entrant, over rows. NaN: why says so. */
mlp_status mlp_probe_value(struct mlp_work *, const struct mlp_use *, mlp_ix entrant, const uint32_t *row, size_t n, double *value,
                           const char **why, struct mlp_error *);
#endif
