/* learn.h: fitting one model in a run: its outcome, its exposure, the models that it combines. For run/ only. */
#ifndef MLP_RUN_LEARN_H
#define MLP_RUN_LEARN_H
#include "runtime/run/work.h"

/* What is known of a model: its tensors, and what it reports for every row of the source, (rows, outputs). p NULL: not fitted. */
struct mlp_learnt { struct mlp_tensors tensors; double *p; uint32_t outputs; };
/* Fits program.models[model] on the given rows of the program's parts (`all`, by index, holds what it combines) and fills its place
 * in `all`. y: what the target is trained on (after `via`). */
mlp_status mlp_learn(struct mlp_work *, const double *y, mlp_ix model, struct mlp_rows train, struct mlp_rows validation,
                     struct mlp_learnt *all, struct mlp_arena *, const char **summary, struct mlp_error *);
/* What a fitted model reports for every row of the source. */
mlp_status mlp_learnt_score(struct mlp_work *, const struct mlp_scorer *, struct mlp_arena *, double **p, struct mlp_error *);
#endif
