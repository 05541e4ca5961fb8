/* judge.h: what judge.c and goals.c share. */
#ifndef MLP_RUN_JUDGE_H
#define MLP_RUN_JUDGE_H
#include "runtime/run/work.h"

const struct mlp_metric_ops *mlp_judge_ops(const struct mlp_work *, const struct mlp_use *);       /* NULL: bound to nothing */
const struct mlp_own *mlp_judge_own(const struct mlp_work *, const struct mlp_use *);             /* a metric of the spec's own; or NULL */
bool mlp_judge_is_table(const struct mlp_use *);            /* confusion_matrix */
bool mlp_judge_guards(const struct mlp_work *, const struct mlp_use *);    /* something is given for it: all alike may have it */
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
/* The rows that a bound speaks of: one value of a slice each, those in a part where `where` holds; name NULL: all rows. */
struct mlp_cut { const char *name; uint32_t *row; size_t n; };
struct mlp_cuts { struct mlp_cut *at; uint32_t n; };
mlp_status mlp_goals_cut(struct mlp_work *, const struct mlp_rows *part, mlp_ix where, const struct mlp_slice *per, uint32_t pers,
                         struct mlp_cuts *, struct mlp_error *);
/* The rows that a line of `metrics { }` speaks of, of the kept model, and the part's name; the cuts are named as it says them. */
mlp_status mlp_goals_reported(struct mlp_work *, const struct mlp_report *, struct mlp_cuts *, const char **part, struct mlp_error *);
const struct mlp_rows *mlp_goals_rows(const struct mlp_work *, uint8_t part);
/* The number on the right of a bound in these rows; what it follows, if anything: who (MLP_NONE: nothing, or nothing defined), its
 * value, and both in words (NULL: it follows nothing). NaN: undefined. */
struct mlp_right { double bound, value; uint32_t who; const char *against; };
mlp_status mlp_goals_right(struct mlp_work *, const struct mlp_goal *, const struct mlp_cut *, struct mlp_right *, struct mlp_error *);
bool mlp_goals_hold(const struct mlp_goal *, double value, double bound);
/* how many values a slice has in these rows */
mlp_status mlp_slices_count(struct mlp_work *, const struct mlp_slice *, const struct mlp_rows *, uint32_t *n, struct mlp_error *);
/* holds every `require` on validation */
mlp_status mlp_goals_eligible(struct mlp_work *, uint32_t entrant, bool *, struct mlp_error *);
mlp_status mlp_goals_begin(struct mlp_work *, struct mlp_jobs *, struct mlp_error *);   /* slices, bounds, measures to take */
mlp_status mlp_goals_end(struct mlp_work *, struct mlp_error *);                       /* verdicts */
#endif
