/* judge.h: what judge.c and goals.c share. */
#ifndef MLP_RUN_JUDGE_H
#define MLP_RUN_JUDGE_H
#include "runtime/run/work.h"

const struct mlp_metric_ops *mlp_judge_ops(const struct mlp_work *, const struct mlp_use *);       /* NULL: bound to nothing */
bool mlp_judge_same(const struct mlp_use *, const struct mlp_use *);
const char *mlp_judge_name(const struct mlp_work *, const struct mlp_use *, struct mlp_arena *);
mlp_status mlp_judge_point(const struct mlp_work *, const struct mlp_use *, const struct mlp_entrant *, const uint32_t *row,
                           size_t n, double *value, struct mlp_error *);

/* Measures that wait to be taken: rows are gathered when one is added, all are measured at once. */
struct mlp_job { const struct mlp_metric_ops *ops; const struct mlp_use *use; struct mlp_judged judged; uint64_t seed;
                struct mlp_measure *out;
                 mlp_status status; struct mlp_error error; struct mlp_job *next; };
struct mlp_jobs { struct mlp_arena arena; struct mlp_job *first; uint32_t n; size_t rows; };   /* rows: gathered so far */
mlp_status mlp_jobs_add(struct mlp_jobs *, const struct mlp_work *, const struct mlp_use *, const struct mlp_entrant *,
                        const uint32_t *row, size_t n, struct mlp_measure *out, struct mlp_error *);
mlp_status mlp_jobs_run(struct mlp_jobs *, struct mlp_pool *, struct mlp_error *);

/* goals.c */
/* how many values a slice has in these rows */
mlp_status mlp_slices_count(struct mlp_work *, const struct mlp_slice *, const struct mlp_rows *, uint32_t *n, struct mlp_error *);
/* holds every `require` on validation */
mlp_status mlp_goals_eligible(struct mlp_work *, uint32_t entrant, bool *, struct mlp_error *);
mlp_status mlp_goals_begin(struct mlp_work *, struct mlp_jobs *, struct mlp_error *);   /* slices, bounds, measures to take */
mlp_status mlp_goals_end(struct mlp_work *, struct mlp_error *);                       /* verdicts */
#endif
