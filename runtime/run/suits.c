/* suits.c: whether the goals suit the rows, asked of the baselines before anything is trained. E105: one class has so many rows that
 * the metric says little. E106: a bound that a baseline meets already, that lies beyond what the metric can be, or whose margin over a
 * baseline is far below what chance moves in so few rows. The first that is sure is the error, the others are told as notes. */
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "runtime/run/judge.h"

static const double MOST_OF_ONE_CLASS = 0.90;               /* from here on accuracy is mostly the share of that class */
static const double LEAST_MARGIN = 0.05;                    /* of the width of the 95 % interval */
enum { FEW = 30, MEASURED = 2000 };                         /* rows of a slice that says little; rows that are measured for a width */

struct finding { struct mlp_work *w; const struct mlp_goal *g; struct mlp_error *error; bool any; };

static void found(struct finding *f, bool surely, const char *code, const char *fix, const char *format, ...) MLP_PRINTF(5, 6);
static void found(struct finding *f, bool surely, const char *code, const char *fix, const char *format, ...)
{
    const struct mlp_program *p = f->w->program;
    char text[800];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    uint64_t line = 1;
    for (uint32_t i = 0; p->spec && p->spec[i] && i < f->g->id.from; i++) line += p->spec[i] == '\n';
    if (f->any || !surely) {
        mlp_work_note(f->w, "%s, line %llu: %s: %s", code, (unsigned long long)line, text, fix);
        return;
    }
    f->any = true;
    mlp_fail(f->error, MLP_ERR_DATA, code, "%s", text), mlp_fix(f->error, "%s", fix);
    mlp_at(f->error, f->g->id.from, f->g->id.to);
}

/* ---- E105: the balance of classes ---- */

static void balance(struct finding *f, const char *name)
{
    const struct mlp_work *w = f->w;
    const struct mlp_result *r = w->result;
    const bool binary = w->program->target.task == MLP_BINARY;
    const uint32_t classes = binary ? 2 : r->classes;
    double rows[classes + 1], all = 0;
    uint32_t largest = 0;
    char word[80], fix[200];
    memset(rows, 0, sizeof rows);
    for (size_t i = 0; i < mlp_work_rows(w); i++) {
        if (!isfinite(w->y[i]) || (w->part[i] == MLP_PART_NONE && !(w->held && w->held[i]))) continue;
        const double weight = w->weight ? w->weight[i] : 1;
        rows[(uint32_t)w->y[i]] += weight, all += weight;
    }
    for (uint32_t k = 1; k < classes; k++) if (rows[k] > rows[largest]) largest = k;
    const double share = all > 0 ? rows[largest] / all : 0;
    if (share < MOST_OF_ONE_CLASS) return;
    if (binary) snprintf(word, sizeof word, "%s", largest ? "yes" : "no");
    else snprintf(word, sizeof word, "\"%.60s\"", r->class_name[largest]);
    snprintf(fix, sizeof fix, "judge by `%s`, or say why not with `@allow(E105, reason: \"…\")` behind the bound",
             binary ? "pr_auc` or `balanced_accuracy" : "f1(average: macro)` or `balanced_accuracy");
    found(f, true, "E105", fix, "`%s` is %s in %.1f %% of the rows, so always saying so has `%s` %.3f: from %.0f %% on `%s` says little about a model",
          w->program->target.id.name, word, 100 * share, name, share, 100 * MOST_OF_ONE_CLASS, name);
}

/* ---- E106: bounds that are met already, or cannot be ---- */

/* Width of the 95 % interval on these rows; of many rows, some are measured, for it shrinks with their root. */
static mlp_status width_of(struct mlp_work *w, const struct mlp_use *use, const struct mlp_entrant *e, const struct mlp_cut *c,
                           double *width, struct mlp_error *error)
{
    const struct mlp_metric_ops *ops = mlp_judge_ops(w, use);
    const size_t step = ops->by_query || c->n < MEASURED ? 1 : c->n / MEASURED;
    struct mlp_arena arena = {0};
    struct mlp_judged judged;
    struct mlp_measure m = {.value = NAN};
    uint32_t *row = mlp_arena_alloc(&arena, (c->n + 1) * sizeof *row);
    size_t n = 0;
    if (!row) return mlp_no_memory(error, c->n * sizeof *row);
    for (size_t i = 0; i < c->n; i += step) row[n++] = c->row[i];
    mlp_status status = mlp_work_judged(w, use, e, row, n, &arena, &judged, error);
    if (status == MLP_OK) status = mlp_metric_measure(ops, use, &judged, w->seed, &m, error);
    mlp_arena_clear(&arena);
    *width = (m.high - m.low) * sqrt((double)n / (double)(c->n ? c->n : 1));
    return status;
}

/* How a baseline fares against a bound that follows nothing: in the worst slice of these rows. surely: the whole interval meets it. */
struct faring { bool meets, surely; double value, low, high; };
static mlp_status fares(struct mlp_work *w, const struct mlp_goal *g, const struct mlp_rows *rows, uint32_t entrant, bool interval,
                        struct faring *out, struct mlp_error *error)
{
    struct mlp_cuts cuts;
    TRY(mlp_goals_cut(w, rows, g->where, g->per.at, g->per.n, &cuts, error));
    *out = (struct faring){.meets = cuts.n > 0, .surely = cuts.n > 0, .value = NAN};
    for (uint32_t c = 0; out->meets && c < cuts.n; c++) {
        double v, width = 0;
        TRY(mlp_judge_point(w, &g->metric, &w->entrant[entrant], cuts.at[c].row, cuts.at[c].n, &v, error));
        out->meets = !isnan(v) && mlp_goals_hold(g, v, g->offset);
        if (out->meets && interval) TRY(width_of(w, &g->metric, &w->entrant[entrant], &cuts.at[c], &width, error));
        const double low = v - width / 2, high = v + width / 2;
        out->surely &= out->meets && mlp_goals_hold(g, g->at_least ? low : high, g->offset);
        if (isnan(out->value) || (g->at_least ? v < out->value : v > out->value)) out->value = v, out->low = low, out->high = high;
    }
    return MLP_OK;
}

static int ascending(const void *a, const void *b) { const uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b; return (x > y) - (x < y); }

/* The rows that choose and those that judge, together. */
static mlp_status pooled(struct mlp_work *w, const struct mlp_rows *judged, struct mlp_rows *out, struct mlp_error *error)
{
    if (judged->at == w->choose.at) return *out = *judged, MLP_OK;
    uint32_t *at = mlp_arena_alloc(&w->arena, (w->choose.n + judged->n + 1) * sizeof *at);
    if (!at) return mlp_no_memory(error, (w->choose.n + judged->n) * sizeof *at);
    memcpy(at, w->choose.at, w->choose.n * sizeof *at), memcpy(at + w->choose.n, judged->at, judged->n * sizeof *at);
    qsort(at, w->choose.n + judged->n, sizeof *at, ascending);
    *out = (struct mlp_rows){at, w->choose.n + judged->n};
    return MLP_OK;
}

/* One that looks at no column: what it meets, anything meets. */
static bool knows_nothing(const struct mlp_baseline *b)
{
    static const char *const kinds[] = {"random", "majority", "mean", "median"};
    for (size_t i = 0; b->rule == MLP_NONE && i < sizeof kinds / sizeof *kinds; i++) if (!strcmp(b->use.name, kinds[i])) return true;
    return false;
}

/* A baseline has it where models are chosen and where they are judged. That is an error of one that knows nothing, over all rows, when
 * it is no luck of few rows; of a rule, or in slices, it is news: the bound may be what has been agreed on. */
static mlp_status trivial(struct finding *f, const char *name)
{
    struct mlp_work *w = f->w;
    const struct mlp_goal *g = f->g;
    const struct mlp_rows *judged = mlp_goals_rows(w, g->part);
    struct mlp_rows both;
    struct faring shown = {.meets = false};
    uint32_t who = MLP_NONE;
    bool empty = false;
    char fix[300];
    TRY(pooled(w, judged, &both, f->error));
    for (uint32_t i = w->program->models.n; i < w->result->contenders && !empty; i++) {
        struct faring chosen, there, all;
        TRY(fares(w, g, &w->choose, i, false, &chosen, f->error));
        TRY(fares(w, g, judged, i, false, &there, f->error));
        if (!chosen.meets || !there.meets) continue;
        TRY(fares(w, g, &both, i, true, &all, f->error));
        if (!all.meets) continue;
        empty = all.surely && !g->per.n && g->where == MLP_NONE && knows_nothing(&w->program->baselines.at[i - w->program->models.n]);
        if (who == MLP_NONE || empty) who = i, shown = all;
    }
    if (who == MLP_NONE) return MLP_OK;
    snprintf(fix, sizeof fix, "ask for more than a baseline has, `%s %s`, or say why not with `@allow(E106, reason: \"…\")` behind the bound",
             name, g->at_least ? ">= baseline + 0.05" : "<= 90% * baseline");
    found(f, empty, "E106", fix, "baseline `%s` meets this bound without a model: its `%s` is %.4g [%.4g, %.4g]%s, and %.4g is asked for",
          w->result->contender[who].name, name, shown.value, shown.low, shown.high, g->per.n ? " in the worst slice" : "", g->offset);
    return MLP_OK;
}

/* One that says the same in every row has an AUC without an interval; one that says anything shows what chance moves. */
static mlp_status chance(struct mlp_work *w, const struct mlp_use *use, const struct mlp_cut *c, double *width, struct mlp_error *error)
{
    const size_t rows = mlp_work_rows(w);
    struct mlp_entrant any = {.p = mlp_arena_alloc(&w->arena, (rows + 1) * w->outputs * sizeof(double)),
                              .decided = mlp_arena_alloc(&w->arena, rows + 1)};
    if (!any.p || !any.decided) return mlp_no_memory(error, rows * w->outputs * sizeof(double));
    mlp_work_random(w, w->result->contenders, any.p);
    for (size_t r = 0; r < rows; r++) any.decided[r] = any.p[r * w->outputs] >= 0.5;
    if (w->program->target.task != MLP_BINARY) any.decided = NULL;
    return width_of(w, use, &any, c, width, error);
}

static mlp_status margin(struct finding *f, const char *name)
{
    struct mlp_work *w = f->w;
    const struct mlp_goal *g = f->g;
    struct mlp_cuts cuts;
    TRY(mlp_goals_cut(w, mlp_goals_rows(w, g->part), g->where, g->per.at, g->per.n, &cuts, f->error));
    for (uint32_t c = 0; c < cuts.n; c++) {
        struct mlp_right r;
        char fix[200];
        double width = NAN;
        if (cuts.n > 1 && cuts.at[c].n < FEW) continue;
        TRY(mlp_goals_right(w, g, &cuts.at[c], &r, f->error));
        if (r.who == MLP_NONE) continue;
        const char *who = w->result->contender[r.who].name, *in = cuts.at[c].name ? cuts.at[c].name : "";
        if (g->at_least ? r.bound > g->most : r.bound < g->least) {
            snprintf(fix, sizeof fix, "ask for a part of what is left: `%s %s baseline %c %.2g`", name, g->at_least ? ">=" : "<=", g->at_least ? '+' : '-',
                     fabs((g->at_least ? g->most : g->least) - r.value) / 2);
            found(f, true, "E106", fix,
                  "baseline `%s` has `%s` %.4g%s%s, so the bound is %.4g, and `%s` is never %s %.4g: no model meets it", who, name, r.value,
                  *in ? " where " : "", in, r.bound, name, g->at_least ? "above" : "below", g->at_least ? g->most : g->least);
            return MLP_OK;
        }
        const double over = g->at_least ? r.bound - r.value : r.value - r.bound;
        if (!(over > 0) || cuts.at[c].name || !mlp_judge_same(&g->metric, &g->ref_metric)) continue;
        TRY(width_of(w, &g->metric, &w->entrant[r.who], &cuts.at[c], &width, f->error));
        if (!(width > 0) && !mlp_judge_own(w, &g->metric)) TRY(chance(w, &g->metric, &cuts.at[c], &width, f->error));
        if (!(width > 0) || over >= LEAST_MARGIN * width) continue;
        snprintf(fix, sizeof fix, "ask for a margin of at least %.2g, give the test part more rows, or write `%s %s baseline`", LEAST_MARGIN * width,
                 name, g->at_least ? ">=" : "<=");
        found(f, true, "E106", fix, "a margin of %.3g over baseline `%s` cannot be seen: the 95 %% interval of `%s` on %zu rows is %.2g wide, and a "
              "margin is at least a twentieth of that", over, who, name, cuts.at[c].n, width);
        return MLP_OK;
    }
    return MLP_OK;
}

static mlp_status look(struct mlp_work *w, struct mlp_error *error)
{
    struct finding f = {.w = w};
    struct mlp_error first = {0};
    for (uint32_t i = 0; i < w->program->goals.n; i++) {
        const struct mlp_goal *g = &w->program->goals.at[i];
        const struct mlp_metric_ops *ops = mlp_judge_ops(w, &g->metric);
        if (!ops || ops->special) continue;
        const bool alone = g->ref == MLP_REF_NONE, asks = g->bound || g->aim != MLP_REQUIRE;
        const char *name = mlp_judge_name(w, &g->metric, &w->result->arena);
        f.g = g, f.error = &first;
        const bool before = f.any;
        if (ops->majority && alone && asks && g->where == MLP_NONE && !(g->allow & MLP_ALLOW_E105)) balance(&f, name);
        if (f.any != before || !g->bound || g->allow & MLP_ALLOW_E106) continue;
        mlp_status status = MLP_OK;
        if (alone && (g->aim != MLP_REQUIRE || !mlp_judge_guards(w, &g->metric))) status = trivial(&f, name);
        else if (g->ref == MLP_REF_BEST_BASELINE || g->ref == MLP_REF_BASELINE) status = margin(&f, name);
        if (status != MLP_OK) return *error = first, status;    /* memory, say: no finding */
    }
    if (f.any) *error = first;
    return f.any ? first.status : MLP_OK;
}

mlp_status mlp_work_suits(struct mlp_work *w, struct mlp_error *error)
{
    const struct mlp_arena keep = w->arena;                 /* what is decided and cut here goes away with its room */
    w->arena = (struct mlp_arena){0};
    mlp_status status = mlp_work_thresholds(w, error);
    if (status == MLP_OK) status = look(w, error);
    for (uint32_t i = 0; i < w->result->contenders; i++) w->entrant[i] = (struct mlp_entrant){.p = w->entrant[i].p, .answered = w->entrant[i].answered, .threshold = NAN};
    mlp_arena_clear(&w->arena);
    w->arena = keep;
    return status;
}
