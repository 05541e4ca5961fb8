/* goals.c: bounds as gates. A goal is judged in every value of its slices; its bound may follow a baseline or another model in the
 * same rows. What is undefined is not met. A small slice counts, and is marked. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "runtime/run/judge.h"

enum { FEW = 30 };

const char *mlp_verdict_word(uint8_t verdict)
{
    static const char *const word[] = {[MLP_NO_BOUND] = "no bound", [MLP_MET] = "met", [MLP_MET_NOT_SURELY] = "met, not surely",
                                       [MLP_NOT_MET] = "not met", [MLP_UNDEFINED] = "undefined"};
    return word[verdict];
}

/* ---- slices ---- */

/* Values of a slice: group of every row (MLP_NONE: missing, in no slice). */
struct groups { uint32_t *of, n; const char **name; };

static int ascending(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

static mlp_status group_codes(struct mlp_work *w, const struct mlp_slice *s, size_t rows, struct groups *g, struct mlp_error *error)
{
    const struct mlp_program *p = w->program;
    const struct mlp_cell *cell = s->codebook == MLP_NONE ? NULL : &w->fitted.state.cell[s->codebook];
    const struct mlp_column *column = s->column == MLP_NONE ? NULL : &p->sources.at[p->main_source].columns.at[s->column];
    const uint32_t codes = cell ? mlp_codebook_size(cell) : column ? column->set.n + 2 : 2;
    TRY(mlp_map_rows(&w->frame, &w->fitted.state, s->kernel, NULL, rows, w->pool, (void *const[]){g->of}, error));
    g->n = codes;
    if (!(g->name = mlp_arena_alloc(&w->result->arena, (codes + 1) * sizeof *g->name)))
        return mlp_no_memory(error, codes * sizeof *g->name);
    for (uint32_t c = 1; c < codes; c++) {
        const struct mlp_str spelled = cell && c > 1 ? mlp_codebook_spelling(cell, c) : (struct mlp_str){"", 0};
        if (c == 1) g->name[c] = mlp_arena_printf(&w->result->arena, "%s: a value that training did not see", s->id.name);
        else if (cell) g->name[c] = mlp_arena_printf(&w->result->arena, "%s = %.*s", s->id.name, (int)spelled.n, spelled.at);
        else g->name[c] = mlp_arena_printf(&w->result->arena, "%s = %s", s->id.name, column->set.at[c - 2]);
        if (!g->name[c]) return mlp_no_memory(error, 64);
    }
    for (size_t r = 0; r < rows; r++) if (!g->of[r] || g->of[r] >= codes) g->of[r] = MLP_NONE;
    return MLP_OK;
}

static mlp_status group_numbers(struct mlp_work *w, const struct mlp_slice *s, size_t rows, struct groups *g,
                                struct mlp_error *error)
{
    double *value = mlp_arena_alloc(&w->arena, (rows + 1) * sizeof *value),
        *distinct = mlp_arena_alloc(&w->arena, (rows + 1) * sizeof *distinct);
    if (!value || !distinct) return mlp_no_memory(error, rows * sizeof *value);
    TRY(mlp_map_rows(&w->frame, &w->fitted.state, s->kernel, NULL, rows, w->pool, (void *const[]){value}, error));
    size_t n = 0;
    for (size_t r = 0; r < rows; r++) if (!isnan(value[r])) distinct[n++] = value[r];
    qsort(distinct, n, sizeof *distinct, ascending);
    for (size_t i = 0; i < n; i++) if (!g->n || distinct[g->n - 1] != distinct[i]) distinct[g->n++] = distinct[i];
    if (g->n > 1000) {
        mlp_fail(error, MLP_ERR_DATA, "E349", "`per %s` has %u values: no slices, but nearly a row each", s->id.name, g->n);
        mlp_at(error, s->id.from, s->id.to);
        return mlp_fix(error, "slice by a category, or by steps: floor(%s / 10)", s->id.name);
    }
    if (!(g->name = mlp_arena_alloc(&w->result->arena, (g->n + 1) * sizeof *g->name)))
        return mlp_no_memory(error, g->n * sizeof *g->name);
    for (uint32_t i = 0; i < g->n; i++) {
        if (s->is_bool)
            g->name[i] = mlp_arena_printf(&w->result->arena, "%s = %s", s->id.name, distinct[i] != 0 ? "true" : "false");
        else g->name[i] = mlp_arena_printf(&w->result->arena, "%s = %.15g", s->id.name, distinct[i]);
        if (!g->name[i]) return mlp_no_memory(error, 64);
    }
    for (size_t r = 0; r < rows; r++) {
        const double *found = isnan(value[r]) ? NULL : bsearch(&value[r], distinct, g->n, sizeof *distinct, ascending);
        g->of[r] = found ? (uint32_t)(found - distinct) : MLP_NONE;
    }
    return MLP_OK;
}

static mlp_status group(struct mlp_work *w, const struct mlp_slice *s, struct groups *g, struct mlp_error *error)
{
    const size_t rows = mlp_work_rows(w);
    *g = (struct groups){0};
    if (!(g->of = mlp_arena_alloc(&w->arena, (rows + 1) * sizeof *g->of))) return mlp_no_memory(error, rows * sizeof *g->of);
    if (w->program->kernels.at[s->kernel].outs.at[0] == MLP_OUT_CODE) return group_codes(w, s, rows, g, error);
    return group_numbers(w, s, rows, g, error);
}

/* Every pair of values: of g, and of the next slice. */
static mlp_status cross(struct mlp_work *w, struct groups *g, const struct mlp_slice *next, struct mlp_error *error)
{
    const size_t rows = mlp_work_rows(w);
    struct groups other;
    TRY(group(w, next, &other, error));
    const uint64_t pairs = (uint64_t)g->n * other.n;
    if (pairs > 100000) {
        mlp_fail(error, MLP_ERR_DATA, "E349", "`per cross(…)` has %llu pairs", (unsigned long long)pairs);
        mlp_at(error, next->id.from, next->id.to);
        return mlp_fix(error, "cross slices that have a few values");
    }
    const char **name = mlp_arena_alloc(&w->result->arena, (pairs + 1) * sizeof *name);
    if (!name) return mlp_no_memory(error, pairs * sizeof *name);
    for (size_t r = 0; r < rows; r++) {
        if (g->of[r] == MLP_NONE || other.of[r] == MLP_NONE) { g->of[r] = MLP_NONE; continue; }
        const uint32_t pair = g->of[r] * other.n + other.of[r];
        if (!name[pair] && !(name[pair] = mlp_arena_printf(&w->result->arena, "%s, %s", g->name[g->of[r]], other.name[other.of[r]])))
            return mlp_no_memory(error, 64);
        g->of[r] = pair;
    }
    g->n = (uint32_t)pairs, g->name = name;
    return MLP_OK;
}

mlp_status mlp_slices_count(struct mlp_work *w, const struct mlp_slice *slice, const struct mlp_rows *rows, uint32_t *n,
                            struct mlp_error *error)
{
    struct groups g;
    TRY(group(w, slice, &g, error));
    uint8_t *seen = mlp_arena_alloc(&w->arena, (size_t)g.n + 1);
    if (!seen) return mlp_no_memory(error, g.n);
    *n = 0;
    for (size_t i = 0; i < rows->n; i++) {
        const uint32_t k = g.of[rows->at[i]];
        if (k != MLP_NONE && !seen[k]) seen[k] = 1, ++*n;
    }
    if (!*n) *n = 1;
    return MLP_OK;
}

/* ---- the rows that a bound speaks of ---- */

const struct mlp_rows *mlp_goals_rows(const struct mlp_work *w, uint8_t part)
{
    return &w->rows[part == MLP_ON_TRAIN ? 0 : part == MLP_ON_VALIDATION ? 1 : 2];
}

/* Rows of a part, where `where` holds (NONE: all), one cut per value of every slice that has rows. */
mlp_status mlp_goals_cut(struct mlp_work *w, const struct mlp_rows *part, mlp_ix where, const struct mlp_slice *per, uint32_t pers,
                         struct mlp_cuts *out, struct mlp_error *error)
{
    uint32_t *row = mlp_arena_alloc(&w->arena, (part->n + 1) * sizeof *row);
    size_t n = part->n;
    *out = (struct mlp_cuts){0};
    if (!row) return mlp_no_memory(error, part->n * sizeof *row);
    memcpy(row, part->at, n * sizeof *row);
    if (where != MLP_NONE) {
        double *in = mlp_arena_alloc(&w->arena, (part->n + 1) * sizeof *in);
        if (!in) return mlp_no_memory(error, part->n * sizeof *in);
        TRY(mlp_map_rows(&w->frame, &w->fitted.state, where, part->at, part->n, w->pool, (void *const[]){in}, error));
        n = 0;
        for (size_t i = 0; i < part->n; i++) if (in[i] == 1) row[n++] = part->at[i];
    }
    if (!pers) {
        if (!(out->at = mlp_arena_alloc(&w->arena, sizeof *out->at))) return mlp_no_memory(error, sizeof *out->at);
        out->at[out->n++] = (struct mlp_cut){NULL, row, n};
        return MLP_OK;
    }
    for (uint32_t s = 0; s < pers; s++) {
        struct groups g;
        TRY(group(w, &per[s], &g, error));
        while (per[s].cross && s + 1 < pers) TRY(cross(w, &g, &per[++s], error));
        size_t *count = mlp_arena_alloc(&w->arena, ((size_t)g.n + 1) * sizeof *count);
        struct mlp_cut *more = mlp_arena_alloc(&w->arena, (out->n + (size_t)g.n + 1) * sizeof *more),
            **of = mlp_arena_alloc(&w->arena, ((size_t)g.n + 1) * sizeof *of);
        if (!count || !more || !of) return mlp_no_memory(error, g.n * sizeof *more);
        if (out->n) memcpy(more, out->at, out->n * sizeof *more);
        out->at = more;
        for (size_t i = 0; i < n; i++) if (g.of[row[i]] != MLP_NONE) count[g.of[row[i]]]++;
        for (uint32_t k = 0; k < g.n; k++) {
            if (!count[k]) continue;
            of[k] = &out->at[out->n++];
            *of[k] = (struct mlp_cut){g.name[k], mlp_arena_alloc(&w->arena, count[k] * sizeof *row), 0};
            if (!of[k]->row) return mlp_no_memory(error, count[k] * sizeof *row);
        }
        for (size_t i = 0; i < n; i++) {
            struct mlp_cut *c = g.of[row[i]] == MLP_NONE ? NULL : of[g.of[row[i]]];
            if (c) c->row[c->n++] = row[i];
        }
    }
    return MLP_OK;
}

/* ---- bounds ---- */

static const struct mlp_entrant *of_goal(const struct mlp_work *w, const struct mlp_goal *g, uint32_t winner)
{
    return &w->entrant[g->of == MLP_NONE ? winner : g->of];
}

mlp_status mlp_goals_right(struct mlp_work *w, const struct mlp_goal *g, const struct mlp_cut *c, struct mlp_right *out,
                           struct mlp_error *error)
{
    const struct mlp_use *use = g->ref_metric.name ? &g->ref_metric : &g->metric;
    const struct mlp_metric_ops *ops = mlp_judge_ops(w, use);
    const uint32_t models = w->program->models.n;
    uint32_t from = models, to = models + w->program->baselines.n;
    *out = (struct mlp_right){.bound = g->offset, .value = NAN, .who = MLP_NONE};
    if (g->ref == MLP_REF_NONE) return MLP_OK;
    if (!ops) return mlp_fail(error, MLP_ERR_BUG, NULL, "metric `%s` is bound to nothing", use->name);
    if (g->ref == MLP_REF_BASELINE) from = models + g->ref_ix, to = from + 1;
    if (g->ref == MLP_REF_MODEL) from = g->ref_ix, to = from + 1;
    for (uint32_t i = from; i < to; i++) {
        double value = NAN;
        if (w->entrant[i].p) TRY(mlp_judge_point(w, use, &w->entrant[i], c->row, c->n, &value, error));
        if (isnan(value) || (out->who != MLP_NONE && (ops->higher ? value <= out->value : value >= out->value))) continue;
        out->value = value, out->who = i;
    }
    out->bound = g->factor * out->value + g->offset;
    if (out->who == MLP_NONE)
        out->against = g->ref == MLP_REF_MODEL ? "that model's value is undefined here" : "no baseline's value is defined here";
    else out->against = mlp_arena_printf(&w->result->arena, "%s %s has %.4g", out->who < models ? "model" : "baseline",
                                         w->result->contender[out->who].name, out->value);
    return MLP_OK;
}

bool mlp_goals_hold(const struct mlp_goal *g, double value, double bound)
{
    if (g->at_least) return g->strictly ? value > bound : value >= bound;
    return g->strictly ? value < bound : value <= bound;
}

/* The rows of a part that a bound of this entrant speaks of: `on answered`, those on which it does not abstain. */
static mlp_status rows_of(struct mlp_work *w, const struct mlp_rows *rows, uint8_t part, const struct mlp_entrant *e, struct mlp_rows *out,
                          struct mlp_error *error)
{
    *out = *rows;
    if (part != MLP_ON_ANSWERED || !e->silent) return MLP_OK;
    uint32_t *at = mlp_arena_alloc(&w->arena, (rows->n + 1) * sizeof *at);
    size_t n = 0;
    if (!at) return mlp_no_memory(error, rows->n * sizeof *at);
    for (size_t i = 0; i < rows->n; i++) if (!e->silent[rows->at[i]]) at[n++] = rows->at[i];
    return *out = (struct mlp_rows){at, n}, MLP_OK;
}

mlp_status mlp_goals_eligible(struct mlp_work *w, uint32_t entrant, bool *eligible, struct mlp_error *error)
{
    *eligible = true;
    for (uint32_t i = 0; *eligible && i < w->program->goals.n; i++) {
        const struct mlp_goal *g = &w->program->goals.at[i];
        if (g->aim != MLP_REQUIRE || !g->bound || g->of != MLP_NONE) continue;
        struct mlp_cuts cuts;
        struct mlp_rows rows;
        TRY(rows_of(w, &w->choose, g->part, &w->entrant[entrant], &rows, error));
        TRY(mlp_goals_cut(w, &rows, g->where, g->per.at, g->per.n, &cuts, error));
        for (uint32_t c = 0; c < cuts.n; c++) {
            double value;
            struct mlp_right right;
            TRY(mlp_judge_point(w, &g->metric, &w->entrant[entrant], cuts.at[c].row, cuts.at[c].n, &value, error));
            TRY(mlp_goals_right(w, g, &cuts.at[c], &right, error));
            /* undefined: says nothing for or against */
            if (!isnan(value) && !isnan(right.bound) && !mlp_goals_hold(g, value, right.bound)) *eligible = false;
        }
    }
    return MLP_OK;
}

mlp_status mlp_goals_reported(struct mlp_work *w, const struct mlp_report *r, struct mlp_cuts *cuts, const char **part, struct mlp_error *error)
{
    static const char *const parts[] = {[MLP_ON_TEST] = "test", [MLP_ON_VALIDATION] = "validation", [MLP_ON_TRAIN] = "train",
                                        [MLP_ON_ANSWERED] = "answered"};
    struct mlp_rows rows;
    *part = parts[r->part];
    TRY(rows_of(w, mlp_goals_rows(w, r->part), r->part, &w->entrant[w->result->winner], &rows, error));
    TRY(mlp_goals_cut(w, &rows, r->where, r->per.at, r->per.n, cuts, error));
    for (uint32_t c = 0; r->where != MLP_NONE && r->where_text && c < cuts->n; c++) {
        const char *name = cuts->at[c].name;
        cuts->at[c].name = mlp_arena_printf(&w->result->arena, "%s%swhere %s", name ? name : "", name ? " " : "", r->where_text);
        if (!cuts->at[c].name) return mlp_no_memory(error, 64);
    }
    return MLP_OK;
}

/* Lines of `metrics { }` in slices or on other parts. */
static mlp_status begin_reports(struct mlp_work *w, struct mlp_jobs *jobs, struct mlp_error *error)
{
    struct mlp_result *out = w->result;
    for (uint32_t i = 0; i < w->program->reports.n; i++) {
        const struct mlp_report *r = &w->program->reports.at[i];
        struct mlp_cuts cuts;
        if (!r->per.n && r->part == MLP_ON_TEST && r->where == MLP_NONE) continue;
        const char *part;
        if (mlp_judge_is_table(&r->metric)) continue;
        TRY(mlp_goals_reported(w, r, &cuts, &part, error));
        struct mlp_slice_report *list = mlp_arena_alloc(&out->arena, (out->reports + cuts.n) * sizeof *list);
        if (!list) return mlp_no_memory(error, cuts.n * sizeof *list);
        for (uint32_t k = 0; k < out->reports; k++) list[k] = out->report[k];
        for (struct mlp_job *j = jobs->first; j; j = j->next)   /* measures asked for earlier have moved with the list */
            if (out->reports && (char *)j->out >= (char *)out->report && (char *)j->out < (char *)(out->report + out->reports))
                j->out = (struct mlp_measure *)(void *)((char *)list + ((char *)j->out - (char *)out->report));
        out->report = list;
        const char *name = mlp_judge_name(w, &r->metric, &out->arena);
        for (uint32_t c = 0; c < cuts.n; c++) {
            struct mlp_slice_report *line = &out->report[out->reports++];
            *line = (struct mlp_slice_report){.metric = name, .part = part, .slice = cuts.at[c].name};
            line->rows = cuts.at[c].n;
            TRY(mlp_jobs_add(jobs, w, &r->metric, &w->entrant[out->winner], cuts.at[c].row, cuts.at[c].n, &line->measure, error));
        }
    }
    return MLP_OK;
}

mlp_status mlp_goals_begin(struct mlp_work *w, struct mlp_jobs *jobs, struct mlp_error *error)
{
    const struct mlp_program *p = w->program;
    struct mlp_result *out = w->result;
    if (!(out->verdict = mlp_arena_alloc(&out->arena, (p->goals.n + 1) * sizeof *out->verdict)))
        return mlp_no_memory(error, p->goals.n * sizeof *out->verdict);
    for (uint32_t i = 0; i < p->goals.n; i++) {
        const struct mlp_goal *g = &p->goals.at[i];
        struct mlp_verdict *v = &out->verdict[out->verdicts++];
        const struct mlp_entrant *e = of_goal(w, g, out->winner);
        struct mlp_cuts cuts;
        v->goal = g, v->text = g->text ? g->text : mlp_judge_name(w, &g->metric, &out->arena);
        struct mlp_rows rows;
        TRY(rows_of(w, mlp_goals_rows(w, g->part), g->part, e, &rows, error));
        TRY(mlp_goals_cut(w, &rows, g->where, g->per.at, g->per.n, &cuts, error));
        if (!(v->slice = mlp_arena_alloc(&out->arena, (cuts.n + 1) * sizeof *v->slice)))
            return mlp_no_memory(error, cuts.n * sizeof *v->slice);
        for (uint32_t c = 0; c < cuts.n; c++) {
            struct mlp_slice_verdict *s = &v->slice[v->slices++];
            *s = (struct mlp_slice_verdict){.slice = cuts.at[c].name, .rows = cuts.at[c].n, .few = cuts.at[c].n < FEW};
            s->measure = (struct mlp_measure){NAN, NAN, NAN, "not kept with the model", 0};
            struct mlp_right right;
            TRY(mlp_goals_right(w, g, &cuts.at[c], &right, error));
            s->bound = right.bound, s->against = right.against;
            if (e->p) TRY(mlp_jobs_add(jobs, w, &g->metric, e, cuts.at[c].row, cuts.at[c].n, &s->measure, error));
        }
    }
    return begin_reports(w, jobs, error);
}

mlp_status mlp_goals_end(struct mlp_work *w, struct mlp_error *error)
{
    struct mlp_result *out = w->result;
    (void)error;
    out->met = true;
    for (uint32_t i = 0; i < out->verdicts; i++) {
        struct mlp_verdict *v = &out->verdict[i];
        const struct mlp_goal *g = v->goal;
        const struct mlp_metric_ops *ops = mlp_judge_ops(w, &g->metric);
        const bool past = w->saved && ops && ops->special && v->slices && isnan(v->slice[0].measure.value);   /* measured when it was trained */
        v->verdict = !g->bound || past ? MLP_NO_BOUND : v->slices ? MLP_MET : MLP_UNDEFINED;
        double worst = INFINITY;
        for (uint32_t k = 0; g->bound && !past && k < v->slices; k++) {
            struct mlp_slice_verdict *s = &v->slice[k];
            if (isnan(s->measure.value) || isnan(s->bound)) s->verdict = MLP_UNDEFINED;
            else if (!mlp_goals_hold(g, s->measure.value, s->bound)) s->verdict = MLP_NOT_MET;
            else s->verdict = mlp_goals_hold(g, g->at_least ? s->measure.low : s->measure.high, s->bound) ? MLP_MET : MLP_MET_NOT_SURELY;
            const double over = g->at_least ? s->measure.value - s->bound : s->bound - s->measure.value;
            const double margin = s->verdict == MLP_UNDEFINED ? -INFINITY : over;
            if (s->verdict > v->verdict) v->verdict = s->verdict;
            if (margin < worst || !k) worst = margin, v->worst = k;
        }
        if (v->verdict >= MLP_NOT_MET || (w->o->strict && v->verdict == MLP_MET_NOT_SURELY)) out->met = false;
        mlp_log_add(&w->log, "goal", "%s: %s", v->text, mlp_verdict_word(v->verdict));
    }
    return MLP_OK;
}
