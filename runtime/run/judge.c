/* judge.c: thresholds, the winner, and what all entrants reach. Choices are made on the validation part; the test part only judges.
 * Point values come first; intervals of everything that is shown are then measured in parallel. Goals are in goals.c. */
#include "runtime/run/judge.h"
#include "runtime/calls.h"
#include "runtime/model/head.h"
#include "runtime/run/probe.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct mlp_use log_loss = {.name = "log_loss", .impl = MLP_NONE}, rmse = {.name = "rmse", .impl = MLP_NONE},
    ndcg = {.name = "ndcg", .impl = MLP_NONE};

/* ---- metrics ---- */

const struct mlp_own *mlp_judge_own(const struct mlp_work *w, const struct mlp_use *use)
{
    const struct mlp_arg *a = use->impl == MLP_NONE ? mlp_use_arg(use, "own") : NULL;
    return a && a->kind == MLP_A_INT && a->num >= 0 && a->num < w->program->own.n ? &w->program->own.at[(uint32_t)a->num] : NULL;
}

const struct mlp_metric_ops *mlp_judge_ops(const struct mlp_work *w, const struct mlp_use *use)
{
    if (use == &log_loss) return &mlp_metric_log_loss;
    if (use == &rmse) return &mlp_metric_rmse;
    if (use == &ndcg) return &mlp_metric_ndcg;
    const struct mlp_own *own = mlp_judge_own(w, use);
    if (own) return own->higher ? &mlp_metric_own_higher : &mlp_metric_own_lower;
    return use->impl == MLP_NONE ? NULL : w->code->bind[use->impl].ops;
}

/* A spec's own may be anything. Recall at a bound of precision is no gift, nor is the recall of every class. */
bool mlp_judge_guards(const struct mlp_work *w, const struct mlp_use *use)
{
    const struct mlp_metric_ops *ops = mlp_judge_ops(w, use);
    const bool at = mlp_use_arg(use, "precision") || mlp_use_arg(use, "recall") || mlp_use_arg(use, "alerts");
    return mlp_judge_own(w, use) || (ops && ops->guard && !at && !(ops->decides && w->result->classes));
}

static mlp_status need_ops(const struct mlp_work *w, const struct mlp_use *use, const struct mlp_metric_ops **ops,
                           struct mlp_error *error)
{
    if ((*ops = mlp_judge_ops(w, use)) != NULL) return MLP_OK;
    return mlp_fail(error, MLP_ERR_BUG, NULL, "metric `%s` is bound to nothing", use->name ? use->name : "");
}

/* The metric that chooses: the primary goal's, else what suits the task. */
static const struct mlp_use *chooser(const struct mlp_program *p)
{
    for (uint32_t i = 0; i < p->goals.n; i++) if (p->goals.at[i].aim != MLP_REQUIRE) return &p->goals.at[i].metric;
    const uint8_t task = p->target.task;
    return task == MLP_BINARY || task == MLP_MULTICLASS || task == MLP_ORDERED ? &log_loss : task == MLP_RANKING ? &ndcg : &rmse;
}

static bool same_args(const struct mlp_arg *a, const struct mlp_arg *b, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        if (a[i].kind != b[i].kind || a[i].items.n != b[i].items.n) return false;
        const bool text = a[i].kind == MLP_A_STR || a[i].kind == MLP_A_NAME;
        if (a[i].kind >= MLP_A_NUM && a[i].kind <= MLP_A_BOOL && a[i].num != b[i].num) return false;
        if (a[i].kind >= MLP_A_COLUMN && a[i].ix != b[i].ix) return false;
        if (text && strcmp(a[i].str, b[i].str)) return false;
        if (!same_args(a[i].items.at, b[i].items.at, a[i].items.n)) return false;
    }
    return true;
}

bool mlp_judge_same(const struct mlp_use *a, const struct mlp_use *b)
{
    return a->name && b->name && !strcmp(a->name, b->name) && a->args.n == b->args.n &&
        same_args(a->args.at, b->args.at, a->args.n);
}

/* recall(precision: 50%): what the spec says of it; defaults that it leaves out are not shown. */
const char *mlp_judge_name(const struct mlp_work *w, const struct mlp_use *use, struct mlp_arena *arena)
{
    const struct mlp_program *p = w->program;
    const size_t length = p->spec ? strlen(p->spec) : 0, name = use->name ? strlen(use->name) : 0;
    if (use->id.from < use->id.to && use->id.to <= length && name && use->id.to - use->id.from >= name &&
        !memcmp(p->spec + use->id.from, use->name, name)) {
        const char *text = p->spec + use->id.from;
        size_t n = name;
        if (n < use->id.to - use->id.from && text[n] == '(') while (n < use->id.to - use->id.from && text[n - 1] != ')') n++;
        char *copy = mlp_arena_copy(arena, text, n);
        if (copy && !strpbrk(copy, "\n#\"")) return copy;
    }
    struct mlp_buffer b = {0};
    mlp_buffer_text(&b, use->name ? use->name : "");
    bool any = false;
    for (uint32_t i = 0; i < use->args.n; i++) {
        const struct mlp_arg *a = &use->args.at[i];
        if (a->kind == MLP_A_NONE || (a->name && !strcmp(a->name, "min_rows"))) continue;
        mlp_buffer_text(&b, any ? ", " : "(");
        any = true;
        if (a->kind == MLP_A_COLUMN) mlp_buffer_text(&b, p->sources.at[p->main_source].columns.at[a->ix].id.name);
        else if (a->kind == MLP_A_STR || a->kind == MLP_A_NAME) mlp_buffer_text(&b, a->str);
        else if (a->kind == MLP_A_NUM && a->num > 0 && a->num < 1)
            mlp_buffer_printf(&b, "%s%s%.15g%%", a->name ? a->name : "", a->name ? ": " : "", a->num * 100);
        else mlp_buffer_printf(&b, "%.15g", a->num);
    }
    if (any) mlp_buffer_text(&b, ")");
    const char *out = b.failed ? NULL : mlp_arena_copy(arena, b.at, b.n);
    mlp_buffer_clear(&b);
    return out ? out : "metric";
}

/* ---- rows as metrics see them ---- */

/* Codes of the column that a metric names, for every row. */
static mlp_status column_codes(const struct mlp_work *w, mlp_ix column, const uint32_t *row, size_t n, struct mlp_arena *arena,
                               struct mlp_judged *j, struct mlp_error *error)
{
    const struct mlp_table *t = &w->table[w->program->main_source];
    const struct mlp_column_data *c = &t->column[column];
    uint32_t *code = mlp_arena_alloc(arena, (n + 1) * sizeof *code);
    struct mlp_dictionary seen = {0};
    uint64_t scratch;
    if (!code) return mlp_no_memory(error, n * sizeof *code);
    for (size_t i = 0; i < n; i++) {
        if (!mlp_is_valid(c->valid, row[i])) continue;
        if (c->dictionary) { code[i] = ((const uint32_t *)c->data)[row[i]]; continue; }
        const struct mlp_str key = mlp_table_bytes(t, column, row[i], &scratch);
        if (key.n && !(code[i] = mlp_dictionary_add(&seen, arena, key.at, key.n))) return mlp_no_memory(error, key.n);
    }
    j->column = code, j->column_codes = 2 + (c->dictionary ? c->dictionary->n : seen.n);
    return MLP_OK;
}

struct keyed { uint32_t query, row; };
static int by_query(const void *a, const void *b)
{
    const struct keyed *x = a, *y = b;
    return x->query != y->query ? (x->query < y->query ? -1 : 1) : x->row < y->row ? -1 : x->row > y->row;
}

mlp_status mlp_work_judged(const struct mlp_work *w, const struct mlp_use *use, const struct mlp_entrant *e, const uint32_t *row,
                           size_t n, struct mlp_arena *arena, struct mlp_judged *j, struct mlp_error *error)
{
    const struct mlp_metric_ops *ops = mlp_judge_ops(w, use);
    if (ops && ops->special) {                              /* opens and measures models: the work's own arena is no result */
        *j = (struct mlp_judged){.n = n};
        return mlp_probe_value((struct mlp_work *)(uintptr_t)w, use, (mlp_ix)(e - w->entrant), row, n, &j->special, &j->special_why, error);
    }
    const uint32_t quantiles = w->program->target.quantiles.n, outputs = quantiles ? 1 : w->outputs;
    double *y = mlp_arena_alloc(arena, (n + 1) * sizeof *y), *p = mlp_arena_alloc(arena, (n + 1) * outputs * sizeof *p);
    double *quantile = quantiles ? mlp_arena_alloc(arena, (n + 1) * quantiles * sizeof *quantile) : NULL;
    uint32_t *chosen = w->result->classes ? mlp_arena_alloc(arena, (n + 1) * sizeof *chosen) : NULL;
    double *weight = w->weight ? mlp_arena_alloc(arena, (n + 1) * sizeof *weight) : NULL;
    uint8_t *decided = e->decided ? mlp_arena_alloc(arena, n + 1) : NULL;
    const struct mlp_arg *by = mlp_use_arg(use, "by");
    const bool queries = w->query || (by && by->kind == MLP_A_COLUMN);
    uint32_t *query = queries ? mlp_arena_alloc(arena, (n + 1) * sizeof *query) : NULL;
    if (!y || !p || (quantiles && !quantile) || (w->weight && !weight) || (e->decided && !decided) || (queries && !query) || (w->result->classes && !chosen))
        return mlp_no_memory(error, n * outputs * sizeof *y);
    if (queries) {
        struct keyed *key = mlp_arena_alloc(arena, (n + 1) * sizeof *key);
        uint32_t *sorted = mlp_arena_alloc(arena, (n + 1) * sizeof *sorted);
        struct mlp_judged codes = {0};
        if (!key || !sorted) return mlp_no_memory(error, n * sizeof *key);
        if (by) TRY(column_codes(w, by->ix, row, n, arena, &codes, error));
        for (size_t i = 0; i < n; i++) key[i] = (struct keyed){by ? codes.column[i] : w->query[row[i]], row[i]};
        qsort(key, n, sizeof *key, by_query);
        for (size_t i = 0; i < n; i++) sorted[i] = key[i].row, query[i] = key[i].query;
        row = sorted;
    }
    for (size_t i = 0; i < n; i++) {
        y[i] = w->y[row[i]];
        const double *said = e->p + (size_t)row[i] * w->outputs;
        memcpy(p + i * outputs, said, outputs * sizeof *p);
        if (quantile) memcpy(quantile + i * quantiles, said + 1, quantiles * sizeof *quantile);
        if (chosen) chosen[i] = mlp_most_probable(p + i * outputs, outputs);
        if (weight) weight[i] = w->weight[row[i]];
        if (decided) decided[i] = e->decided[row[i]];
    }
    *j = (struct mlp_judged){.n = n, .y = y, .p = p, .decided = decided, .weight = weight, .query = query,
                             .quantile = quantile, .level = w->program->target.quantiles.at, .quantiles = quantiles,
                             .outputs = outputs, .ordered = w->program->target.task == MLP_ORDERED, .chosen = chosen,
                             .miss = w->program->decision.miss, .false_alarm = w->program->decision.false_alarm, .param = w->param};
    const struct mlp_own *own = mlp_judge_own(w, use);
    if (own) {
        struct mlp_own_rows *rows = mlp_arena_alloc(arena, sizeof *rows);
        const double **part = mlp_arena_alloc(arena, (own->parts.n + 1) * sizeof *part);
        if (!rows || !part) return mlp_no_memory(error, sizeof *rows);
        for (uint32_t i = 0; i < own->parts.n; i++) {
            double *v = mlp_arena_alloc(arena, (n + 1) * sizeof *v);
            const double *all = e->own[own - w->program->own.at][i];
            if (!v) return mlp_no_memory(error, n * sizeof *v);
            for (size_t r = 0; r < n; r++) v[r] = all[row[r]];
            part[i] = v;
        }
        *rows = (struct mlp_own_rows){w->code, own, &w->ctx, part};
        j->own = rows;
    }
    for (uint32_t i = 0; i < use->args.n; i++)
        if (use->args.at[i].kind == MLP_A_COLUMN && &use->args.at[i] != by) return column_codes(w, use->args.at[i].ix, row, n, arena, j, error);
    return MLP_OK;
}

/* A point value, without an interval. NaN: undefined. */
mlp_status mlp_judge_point(const struct mlp_work *w, const struct mlp_use *use, const struct mlp_entrant *e, const uint32_t *row,
                           size_t n, double *value, struct mlp_error *error)
{
    struct mlp_arena arena = {0};
    const struct mlp_metric_ops *ops;
    struct mlp_judged j;
    struct mlp_error why = {0};
    mlp_status status = need_ops(w, use, &ops, error);
    if (status == MLP_OK && !n) return *value = NAN, MLP_OK;
    if (status == MLP_OK) status = mlp_work_judged(w, use, e, row, n, &arena, &j, error);
    if (status == MLP_OK) {
        j.why = &why;
        const void *prepared = ops->prepare ? ops->prepare(&j, use, &arena) : NULL;
        if (ops->prepare && !prepared) status = mlp_no_memory(error, n);
        else *value = ops->value(&j, use, prepared, NULL);
    }
    mlp_arena_clear(&arena);
    return status;
}

/* ---- measures with intervals, many at once ---- */

enum { MOST_ROWS = 4 << 20 };                               /* of all jobs that wait: some 150 MB */

mlp_status mlp_jobs_add(struct mlp_jobs *jobs, const struct mlp_work *w, const struct mlp_use *use, const struct mlp_entrant *e,
                        const uint32_t *row, size_t n, struct mlp_measure *out, struct mlp_error *error)
{
    *out = (struct mlp_measure){NAN, NAN, NAN, "no rows", 0};
    if (!n) return MLP_OK;
    if (jobs->n && jobs->rows + n * w->outputs > MOST_ROWS) {            /* rows are copied for each measure: what waits is taken now */
        TRY(mlp_jobs_run(jobs, w->pool, error));
        mlp_arena_clear(&jobs->arena);
        *jobs = (struct mlp_jobs){0};
    }
    jobs->rows += n * w->outputs;
    struct mlp_job *job = mlp_arena_alloc(&jobs->arena, sizeof *job);
    if (!job) return mlp_no_memory(error, sizeof *job);
    TRY(need_ops(w, use, &job->ops, error));
    TRY(mlp_work_judged(w, use, e, row, n, &jobs->arena, &job->judged, error));
    job->use = use, job->seed = w->seed, job->out = out, job->next = jobs->first;
    jobs->first = job, jobs->n++;
    return MLP_OK;
}

static void run_job(void *data, size_t chunk, int worker)
{
    (void)worker;
    struct mlp_job *job = ((struct mlp_job **)data)[chunk];
    job->status = mlp_metric_measure(job->ops, job->use, &job->judged, job->seed, job->out, &job->error);
}

mlp_status mlp_jobs_run(struct mlp_jobs *jobs, struct mlp_pool *pool, struct mlp_error *error)
{
    struct mlp_job **list = mlp_arena_alloc(&jobs->arena, (jobs->n + 1) * sizeof *list);
    if (!list) return mlp_no_memory(error, jobs->n * sizeof *list);
    uint32_t n = jobs->n;
    for (struct mlp_job *job = jobs->first; job; job = job->next) list[--n] = job;
    mlp_pool_run(pool, jobs->n, run_job, list);
    for (uint32_t i = 0; i < jobs->n; i++) {
        if (list[i]->status == MLP_OK) continue;
        *error = list[i]->error;
        return list[i]->status;
    }
    return MLP_OK;
}

/* ---- thresholds ---- */

struct scored { double p, y, weight; };
static int downwards(const void *a, const void *b)
{
    const double x = ((const struct scored *)a)->p, y = ((const struct scored *)b)->p;
    return x < y ? 1 : x > y ? -1 : 0;
}

static struct scored *by_score(const struct mlp_work *w, const struct mlp_entrant *e, const struct mlp_rows *rows,
                               struct mlp_arena *arena)
{
    struct scored *s = mlp_arena_alloc(arena, (rows->n + 1) * sizeof *s);
    for (size_t i = 0; s && i < rows->n; i++) {
        const uint32_t r = rows->at[i];
        s[i] = (struct scored){e->p[r], w->y[r], w->weight ? w->weight[r] : 1};
    }
    if (s) qsort(s, rows->n, sizeof *s, downwards);
    return s;
}

/* alerts and top: so many rows (a share of the weight, or a number per value of `by`) score at least the threshold; of a group of
 * equal scores that the capacity cuts, none. */
static mlp_status capacity(struct mlp_work *w, const struct scored *s, const struct mlp_rows *rows, double *out,
                           struct mlp_error *error)
{
    const struct mlp_decision *d = &w->program->decision;
    double room = d->number, taken = 0;
    uint32_t groups = 1;
    if (d->how == MLP_T_ALERTS) {
        room = 0;
        for (size_t i = 0; i < rows->n; i++) room += s[i].weight * d->number;
    } else if (d->by.n) TRY(mlp_slices_count(w, &d->by.at[0], rows, &groups, error));
    if (d->how == MLP_T_TOP) room *= groups;
    *out = nextafter(rows->n ? s[0].p : 1, INFINITY);       /* no row at all */
    for (size_t i = 0; i < rows->n; i++) {
        taken += d->how == MLP_T_ALERTS ? s[i].weight : 1;
        if (i + 1 < rows->n && s[i + 1].p == s[i].p) continue;
        if (taken > room * (1 + 1e-12)) break;
        *out = s[i].p;
    }
    return MLP_OK;
}

/* The score at and above which a row is decided positive, such that the metric of decisions is best, or its bound holds. Such a
 * metric depends on the four counts of right and wrong decisions only, so each distinct score costs one call with four weighted
 * rows. */
static mlp_status chosen_threshold(struct mlp_work *w, const struct mlp_entrant *e, const char *name, double *out,
                                   struct mlp_error *error)
{
    const struct mlp_decision *d = &w->program->decision;
    const struct mlp_rows *rows = &w->choose;
    const struct mlp_metric_ops *ops;
    struct mlp_arena arena = {0};
    const struct scored *s = by_score(w, e, rows, &arena);
    if (!s) return mlp_no_memory(error, rows->n * sizeof *s);
    if (d->how == MLP_T_ALERTS || d->how == MLP_T_TOP) {
        const mlp_status status = capacity(w, s, rows, out, error);
        return mlp_arena_clear(&arena), status;
    }
    TRY(need_ops(w, &d->metric, &ops, error));
    double all[2] = {0, 0}, above[2] = {0, 0}, best = -INFINITY, reached = NAN;
    for (size_t i = 0; i < rows->n; i++) all[s[i].y > 0.5] += s[i].weight;
    static const double y[4] = {1, 0, 1, 0}, p[4] = {1, 1, 0, 0};
    static const uint8_t decided[4] = {1, 1, 0, 0};
    const bool up = d->at_least, fewest = !strcmp(d->metric.name, "recall") || !strcmp(d->metric.name, "false_negative_rate");
    struct mlp_error why = {0};
    mlp_status status = MLP_OK;
    const struct mlp_judged four = {.n = 4, .y = y, .p = p, .decided = decided, .miss = d->miss, .false_alarm = d->false_alarm,
                                    .param = w->param, .why = &why};
    const void *prepared = ops->prepare ? ops->prepare(&four, &d->metric, &arena) : NULL;
    if (ops->prepare && !prepared) return mlp_arena_clear(&arena), mlp_no_memory(error, sizeof four);
    *out = 0.5;
    /* i == 0: nobody is decided positive */
    for (size_t i = 0; i <= rows->n; i++) {
        if (i) above[s[i - 1].y > 0.5] += s[i - 1].weight;
        if (i && i < rows->n && s[i].p == s[i - 1].p) continue;
        const double weight[4] = {above[1], above[0], all[1] - above[1], all[0] - above[0]};
        struct mlp_judged j = four;
        j.weight = weight;
        const double value = ops->value(&j, &d->metric, prepared, NULL), score = i ? s[i - 1].p : nextafter(s[0].p, INFINITY);
        if (isnan(value)) continue;
        if ((up ? value : -value) > best && (d->how != MLP_T_BEST || i || !up)) best = up ? value : -value, *out = score;
        if (d->how == MLP_T_REACH && (up ? value >= d->number : value <= d->number) && (isnan(reached) || !fewest)) reached = score;
    }
    if (!(best > -INFINITY)) {
        mlp_fail(error, MLP_ERR_DATA, "E349", "no threshold can be chosen: %s is undefined on the validation part (%s)",
                 d->text ? d->text : d->metric.name, why.text);
        mlp_at(error, d->metric.id.from, d->metric.id.to);
        status = mlp_fix(error, "give the validation part more rows, or set a number: threshold: 0.5");
    }
    if (status == MLP_OK && d->how == MLP_T_REACH) {
        if (!isnan(reached)) *out = reached;
        else mlp_work_note(w, "no threshold of `%s` reaches `%s` on the validation part; the nearest it comes is %.4g, and that is taken",
                           name, d->text, up ? best : -best);
    }
    mlp_arena_clear(&arena);
    return status;
}

/* Before anything is trained: whether decisions can be chosen by that metric. */
mlp_status mlp_work_check_decision(const struct mlp_work *w, struct mlp_error *error)
{
    const struct mlp_decision *d = &w->program->decision;
    const struct mlp_metric_ops *ops;
    if (w->program->target.task != MLP_BINARY || (d->how != MLP_T_BEST && d->how != MLP_T_REACH)) return MLP_OK;
    TRY(need_ops(w, &d->metric, &ops, error));
    const bool bound = mlp_use_arg(&d->metric, "precision") || mlp_use_arg(&d->metric, "recall") || mlp_use_arg(&d->metric, "alerts");
    if (!ops->decides || bound) {
        mlp_fail(error, MLP_ERR_SPEC, "E349", "a threshold cannot be chosen by `%s`: it looks at scores, not at decisions",
                 d->metric.name);
        mlp_at(error, d->metric.id.from, d->metric.id.to);
        return mlp_fix(error, "choose by decisions: threshold: max(f1), max(accuracy) or min(cost)");
    }
    if (d->how == MLP_T_REACH || ops->higher == d->at_least) return MLP_OK;
    mlp_fail(error, MLP_ERR_SPEC, "E349", "threshold: %s would choose the worst: of `%s`, %s is better", d->text, d->metric.name,
             ops->higher ? "more" : "less");
    mlp_at(error, d->metric.id.from, d->metric.id.to);
    return mlp_fix(error, "write threshold: %s(%s)", ops->higher ? "max" : "min", d->metric.name);
}

/* What follows from decisions: where one abstains, and the spec's own metrics. */
static mlp_status decided(struct mlp_work *w, struct mlp_error *error)
{
    for (uint32_t i = 0; i < w->result->contenders; i++) TRY(mlp_work_abstain(w, &w->entrant[i], error));
    return w->program->own.n ? mlp_work_own_rows(w, error) : MLP_OK;
}

mlp_status mlp_work_thresholds(struct mlp_work *w, struct mlp_error *error)
{
    const struct mlp_program *p = w->program;
    const size_t rows = mlp_work_rows(w);
    if (p->target.task != MLP_BINARY) return decided(w, error);
    w->result->has_threshold = true;
    for (uint32_t i = 0; i < w->result->contenders; i++) {
        struct mlp_entrant *e = &w->entrant[i];
        if (!e->p) continue;
        const struct mlp_use *baseline = i < p->models.n ? NULL : &p->baselines.at[i - p->models.n].use;
        /* it decides for the larger class */
        if (baseline && baseline->name && !strcmp(baseline->name, "majority")) e->threshold = 0.5;
        if (!isfinite(e->threshold)) {
            e->threshold = p->decision.number;
            if (p->decision.how != MLP_T_NUMBER && w->choose.n)
                TRY(chosen_threshold(w, e, w->result->contender[i].name, &e->threshold, error));
            else if (p->decision.how != MLP_T_NUMBER)
                e->threshold = w->result->winner == MLP_NONE ? 0.5 : w->entrant[w->result->winner].threshold;
        }
        if (!(e->decided = mlp_arena_alloc(&w->arena, rows + 1))) return mlp_no_memory(error, rows);
        for (size_t r = 0; r < rows; r++) e->decided[r] = e->p[r] >= e->threshold;
    }
    return decided(w, error);
}

/* ---- the winner ---- */

mlp_status mlp_work_choose(struct mlp_work *w, struct mlp_error *error)
{
    const struct mlp_program *p = w->program;
    struct mlp_result *out = w->result;
    const struct mlp_use *use = chooser(p);
    const struct mlp_metric_ops *ops;
    TRY(need_ops(w, use, &ops, error));
    bool some = false;
    for (uint32_t i = 0; i < out->contenders; i++) {
        struct mlp_contender *c = &out->contender[i];
        if (!w->entrant[i].p) continue;                     /* it learns another outcome, for a model that combines it */
        TRY(mlp_judge_point(w, use, &w->entrant[i], w->choose.at, w->choose.n, &c->chosen_by, error));
        if (!c->is_baseline) TRY(mlp_goals_eligible(w, i, &c->eligible, error));
        some |= c->eligible;
    }
    for (mlp_ix i = 0; i < p->models.n; i++) {
        const struct mlp_contender *c = &out->contender[i], *best = out->winner == MLP_NONE ? NULL : &out->contender[out->winner];
        if (!w->entrant[i].p) continue;
        if (some && !c->eligible) continue;                 /* one that breaks a `require` wins only if all do */
        if (!best || isnan(best->chosen_by) || (ops->higher ? c->chosen_by > best->chosen_by : c->chosen_by < best->chosen_by))
            out->winner = i;
    }
    if (out->winner == MLP_NONE)
        return mlp_fail(error, MLP_ERR_SPEC, NULL, "the spec has no model"), mlp_fix(error, "add one: model scores = linear()");
    out->contender[out->winner].is_winner = true;
    mlp_log_add(&w->log, "winner", "%s, by %s on the validation part: %.6g", out->contender[out->winner].name, use->name,
                out->contender[out->winner].chosen_by);
    return MLP_OK;
}

/* ---- everything that is shown ---- */

static uint32_t add_metric(struct mlp_result *out, const struct mlp_work *w, const struct mlp_use *use)
{
    for (uint32_t i = 0; i < out->metrics; i++) if (mlp_judge_same(out->metric[i], use)) return i;
    out->metric[out->metrics] = use;
    out->metric_name[out->metrics] = mlp_judge_name(w, use, &out->arena);
    return out->metrics++;
}

/* The chooser on what each fold holds out, for each contender. */
static mlp_status by_fold(struct mlp_work *w, struct mlp_error *error)
{
    struct mlp_result *out = w->result;
    uint32_t *row = mlp_arena_alloc(&w->arena, (w->rows[1].n + 1) * sizeof *row);
    if (!row) return mlp_no_memory(error, w->rows[1].n * sizeof *row);
    for (uint32_t i = 0; i < out->contenders; i++)
        if (!(out->contender[i].fold = mlp_arena_alloc(&out->arena, w->folds * sizeof(double)))) return mlp_no_memory(error, w->folds * 8);
    for (uint32_t k = 1; k <= w->folds; k++) {
        size_t n = 0;
        for (size_t i = 0; i < w->rows[1].n; i++) if (w->held[w->rows[1].at[i]] == k) row[n++] = w->rows[1].at[i];
        for (uint32_t i = 0; i < out->contenders; i++)
            if (!w->entrant[i].p) out->contender[i].fold[k - 1] = NAN;      /* it learns another outcome */
            else TRY(mlp_judge_point(w, out->metric[out->chooser], &w->entrant[i], row, n, &out->contender[i].fold[k - 1], error));
    }
    return MLP_OK;
}

bool mlp_judge_is_table(const struct mlp_use *use) { return use->name && !strcmp(use->name, "confusion_matrix"); }

/* The kept model's decisions in these rows, by weight. */
static mlp_status confusion(struct mlp_work *w, const char *part, const struct mlp_cut *c, struct mlp_error *error)
{
    struct mlp_result *out = w->result;
    const struct mlp_entrant *e = &w->entrant[out->winner];
    const uint32_t k = out->confused = out->classes ? out->classes : 2;
    struct mlp_confusion *list = mlp_arena_alloc(&out->arena, (out->confusions + 1) * sizeof *list), *to = list + out->confusions;
    if (!list || !(to->at = mlp_arena_alloc(&out->arena, (size_t)k * k * sizeof *to->at))) return mlp_no_memory(error, (size_t)k * k * 8);
    if (out->confusions) memcpy(list, out->confusion, out->confusions * sizeof *list);
    to->part = part, to->slice = c->name, to->rows = c->n;
    for (size_t i = 0; i < c->n; i++) {
        const uint32_t r = c->row[i], y = out->classes ? (uint32_t)w->y[r] : w->y[r] > 0.5,
            d = out->classes ? mlp_most_probable(e->p + (size_t)r * w->outputs, w->outputs) : e->decided[r] != 0;
        to->at[(size_t)y * k + d] += w->weight ? w->weight[r] : 1;
    }
    return out->confusion = list, out->confusions++, MLP_OK;
}

static mlp_status confusions(struct mlp_work *w, const struct mlp_report *r, struct mlp_error *error)
{
    struct mlp_cuts cuts;
    const char *part;
    TRY(mlp_goals_reported(w, r, &cuts, &part, error));
    for (uint32_t c = 0; c < cuts.n; c++) TRY(confusion(w, part, &cuts.at[c], error));
    return MLP_OK;
}

mlp_status mlp_work_judge(struct mlp_work *w, struct mlp_error *error)
{
    const struct mlp_program *p = w->program;
    struct mlp_result *out = w->result;
    const uint32_t room = p->goals.n + p->reports.n + 1;
    TRY(mlp_work_step(w, "judge", error));
    out->metric = mlp_arena_alloc(&out->arena, room * sizeof *out->metric);
    out->metric_name = mlp_arena_alloc(&out->arena, room * sizeof *out->metric_name);
    if (!out->metric || !out->metric_name) return mlp_no_memory(error, room * sizeof *out->metric);
    out->chooser = add_metric(out, w, chooser(p));
    for (uint32_t i = 0; i < p->goals.n; i++) add_metric(out, w, &p->goals.at[i].metric);
    for (uint32_t i = 0; i < p->reports.n; i++)
        if (!p->reports.at[i].per.n && p->reports.at[i].part == MLP_ON_TEST && p->reports.at[i].where == MLP_NONE &&
            !mlp_judge_is_table(&p->reports.at[i].metric)) add_metric(out, w, &p->reports.at[i].metric);
    struct mlp_jobs jobs = {0};
    mlp_status status = w->folds ? by_fold(w, error) : MLP_OK;
    for (uint32_t i = 0; status == MLP_OK && i < p->reports.n; i++)
        if (mlp_judge_is_table(&p->reports.at[i].metric)) status = confusions(w, &p->reports.at[i], error);
    for (uint32_t i = 0; status == MLP_OK && i < out->contenders; i++) {
        struct mlp_contender *c = &out->contender[i];
        if (i < p->models.n && p->models.at[i].aside) continue;     /* its baseline is shown */
        if (!(c->measure = mlp_arena_alloc(&out->arena, out->metrics * sizeof *c->measure)))
            status = mlp_no_memory(error, out->metrics * sizeof *c->measure);
        for (uint32_t m = 0; status == MLP_OK && m < out->metrics; m++) {
            if (w->entrant[i].p)
                status = mlp_jobs_add(&jobs, w, out->metric[m], &w->entrant[i], w->rows[2].at, w->rows[2].n, &c->measure[m], error);
            else c->measure[m] = (struct mlp_measure){NAN, NAN, NAN, "not kept with the model", 0};
        }
    }
    if (status == MLP_OK) status = mlp_goals_begin(w, &jobs, error);
    if (status == MLP_OK) status = mlp_jobs_run(&jobs, w->pool, error);
    if (status == MLP_OK) status = mlp_goals_end(w, error);
    mlp_arena_clear(&jobs.arena);
    if (status == MLP_OK) mlp_work_warn_baselines(w);
    if (out->has_threshold) out->threshold = w->entrant[out->winner].threshold;
    const uint8_t *silent = w->entrant[out->winner].silent;
    for (size_t i = 0; silent && i < w->rows[2].n; i++) out->answered += !silent[w->rows[2].at[i]];
    return status;
}
