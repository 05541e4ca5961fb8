/* train.c: every model of the program is trained and predicts every row; baselines do too. Predictions are in the unit of the
 * report (after the link). It does not judge. */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include "runtime/base/hash.h"
#include "runtime/calls.h"
#include "runtime/model/head.h"
#include "runtime/run/learn.h"

/* ---- what models learn: the target after `via` ---- */

static mlp_status trained_target(struct mlp_work *w, const double **out, struct mlp_error *error)
{
    const struct mlp_target *t = &w->program->target;
    if (t->via == MLP_NONE) return *out = w->y, MLP_OK;
    const size_t rows = mlp_work_rows(w);
    const struct mlp_ctx ctx = {.call = &mlp_calls, .state = &w->fitted.state, .param = w->param, .arena = &w->arena};
    double *y = mlp_arena_alloc(&w->arena, rows * sizeof *y);
    if (!y) return mlp_no_memory(error, rows * sizeof *y);
    w->code->entry[t->via].link(&ctx, w->y, rows, y);
    for (size_t r = 0; r < rows; r++) {
        if (isfinite(y[r]) || w->part[r] == MLP_PART_NONE) continue;
        mlp_fail(error, MLP_ERR_DATA, "E347", "the target `%s` is %.15g in a row, where its `via` function has no value",
                 t->id.name, w->y[r]);
        mlp_fix(error, "use a `via` that fits all values (log1p takes 0), or leave such rows out");
        return mlp_table_place(&w->table[w->program->main_source], r, MLP_NONE, error);
    }
    return *out = y, MLP_OK;
}

/* ---- training ---- */

mlp_status mlp_work_entrants(struct mlp_work *w, struct mlp_error *error)
{
    const struct mlp_program *p = w->program;
    struct mlp_result *out = w->result;
    out->contenders = p->models.n + p->baselines.n;
    out->contender = mlp_arena_alloc(&out->arena, (out->contenders + 1) * sizeof *out->contender);
    w->entrant = mlp_arena_alloc(&w->arena, (out->contenders + 1) * sizeof *w->entrant);
    if (!out->contender || !w->entrant) return mlp_no_memory(error, out->contenders * sizeof *out->contender);
    out->winner = MLP_NONE;
    for (uint32_t i = 0; i < out->contenders; i++) {
        const bool base = i >= p->models.n;
        const mlp_ix ix = base ? i - p->models.n : i;
        out->contender[i] = (struct mlp_contender){.name = base ? p->baselines.at[ix].id.name : p->models.at[ix].id.name,
                                                   .is_baseline = base, .ix = ix, .chosen_by = NAN};
        w->entrant[i].threshold = NAN;
    }
    return MLP_OK;
}

/* One model, and how long it took. who: its place among those who predict, or its baseline's. */
static mlp_status train_one(struct mlp_work *w, mlp_ix model, uint32_t who, struct mlp_error *error)
{
    const struct mlp_model *m = &w->program->models.at[model];
    struct mlp_contender *c = &w->result->contender[who];
    const double *y = NULL;
    char step[96];
    TRY(trained_target(w, &y, error));
    snprintf(step, sizeof step, "train %s", m->id.name);
    TRY(mlp_work_step(w, step, error));
    const double began = mlp_now();
    const char *summary = NULL;
    TRY(mlp_learn(w, y, model, w->learn, w->stop, w->learnt, &w->arena, &summary, error));
    if (m->target == MLP_NONE) w->entrant[who].p = w->learnt[model].p;
    c->seconds += mlp_now() - began;
    c->summary = mlp_arena_copy(&w->result->arena, summary ? summary : "", strlen(summary ? summary : ""));
    mlp_log_add(&w->log, "trained", "%s: %s, %.3f s", m->id.name, summary ? summary : "", c->seconds);
    return MLP_OK;
}

/* Room for what the models of this pass learn. */
static mlp_status room(struct mlp_work *w, struct mlp_error *error)
{
    w->learnt = mlp_arena_alloc(&w->arena, (w->program->models.n + 1) * sizeof *w->learnt);
    return w->learnt ? MLP_OK : mlp_no_memory(error, w->program->models.n * sizeof *w->learnt);
}

mlp_status mlp_work_train(struct mlp_work *w, struct mlp_error *error)
{
    if (!w->learnt) TRY(room(w, error));
    for (uint32_t i = 0; i < w->program->models.n; i++) if (!w->program->models.at[i].aside) TRY(train_one(w, i, i, error));
    return MLP_OK;
}

mlp_status mlp_work_predict(struct mlp_work *w, const struct mlp_saved *saved, struct mlp_error *error)
{
    TRY(mlp_work_entrants(w, error));
    TRY(mlp_learnt_score(w, &saved->scorer, &w->arena, &w->entrant[saved->model].p, error));
    w->entrant[saved->model].threshold = saved->threshold;
    w->result->winner = saved->model;
    w->result->contender[saved->model].is_winner = true;
    return MLP_OK;
}

static void share_out(double *p, uint32_t n)                /* shares that add up to 1 */
{
    double sum = 0;
    for (uint32_t k = 0; k < n; k++) sum += p[k];
    for (uint32_t k = 0; k < n; k++) p[k] = sum > 0 ? p[k] / sum : 1.0 / n;
}

static bool is(const struct mlp_baseline *b, const char *name) { return b->use.name && !strcmp(b->use.name, name); }

/* One number a row becomes one and the quantiles: `median` knows those of the training part, others say the same of each. */
static void spread(const struct mlp_work *w, const struct mlp_baseline *b, double *v)
{
    const bool knows = is(b, "median");
    for (size_t r = mlp_work_rows(w); r-- > 0;) {
        const double one = v[r];
        for (uint32_t k = 0; k < w->outputs; k++) v[r * w->outputs + k] = k && knows ? w->base[k] : one;
    }
}

/* An eval has no training part: what a baseline learnt of it is not kept with the model, unless it is among the quantiles. */
static bool forgotten(const struct mlp_work *w, const struct mlp_baseline *b)
{
    return w->saved && b->rule == MLP_NONE && (is(b, "best_feature") || is(b, "popular") || (is(b, "median") && !w->program->target.quantiles.n));
}

void mlp_work_random(const struct mlp_work *w, uint64_t stream, double *p)
{
    const size_t rows = mlp_work_rows(w);
    for (size_t r = 0; r < rows * w->outputs; r++) p[r] = mlp_uniform(mlp_random(w->seed, 0x62617365u + stream, r));
    for (size_t r = 0; w->result->classes && r < rows; r++) share_out(p + r * w->outputs, w->outputs);
}

/* ---- rules ---- */

static mlp_status number_rule(struct mlp_work *w, const struct mlp_baseline *b, double *v, size_t *silent, struct mlp_error *error)
{
    const size_t rows = mlp_work_rows(w);
    TRY(mlp_map_rows(&w->frame, &w->fitted.state, b->rule, NULL, rows, w->pool, (void *const[]){v}, error));
    for (size_t r = 0; r < rows; r++) {
        if (isfinite(v[r])) continue;
        v[r] = w->base[0];                                  /* a rule that does not know says what is usual */
        *silent += w->part[r] != MLP_PART_NONE;
    }
    return MLP_OK;
}

struct classes { struct mlp_dictionary names; uint32_t outputs; double *p; };
static void take_class(const struct mlp_texts *to, uint32_t out, size_t from, size_t n, const struct mlp_str *text, int worker)
{
    const struct classes *c = to->data;
    (void)out, (void)worker;
    for (size_t i = 0; i < n; i++) {
        const uint32_t code = text[i].n ? mlp_dictionary_find(&c->names, text[i].at, text[i].n) : 0;
        double *p = c->p + (from + i) * c->outputs;
        for (uint32_t k = 0; k < c->outputs; k++) p[k] = code > 1 ? k + 2 == code : NAN;
    }
}

/* The class that it says has probability 1. */
static mlp_status class_rule(struct mlp_work *w, const struct mlp_baseline *b, double *v, size_t *silent, struct mlp_error *error)
{
    const size_t rows = mlp_work_rows(w);
    struct classes c = {.outputs = w->outputs, .p = v};
    for (uint32_t k = 0; k < w->outputs; k++)
        if (mlp_dictionary_add(&c.names, &w->arena, w->result->class_name[k], strlen(w->result->class_name[k])) != k + 2)
            return mlp_no_memory(error, 64);
    const struct mlp_texts take = {.take = take_class, .data = &c};
    TRY(mlp_map_texts(&w->frame, &w->fitted.state, b->rule, NULL, rows, w->pool, (void *const[]){NULL}, &take, error));
    for (size_t r = 0; r < rows; r++) {
        if (!isnan(v[r * w->outputs])) continue;
        memcpy(v + r * w->outputs, w->base, w->outputs * sizeof *v);
        *silent += w->part[r] != MLP_PART_NONE;
    }
    return MLP_OK;
}

static mlp_status rule(struct mlp_work *w, const struct mlp_baseline *b, double *v, struct mlp_error *error)
{
    size_t silent = 0;
    TRY(w->result->classes ? class_rule(w, b, v, &silent, error) : number_rule(w, b, v, &silent, error));
    if (silent)
        mlp_work_note(w, w->result->classes ? "baseline `%s` is no class in %zu rows; there it reports the shares of the training part"
                                            : "baseline `%s` is missing in %zu rows; there it reports the mean of the training part", b->id.name, silent);
    return MLP_OK;
}

mlp_status mlp_work_baselines(struct mlp_work *w, struct mlp_error *error)
{
    const struct mlp_program *p = w->program;
    const size_t rows = mlp_work_rows(w);
    if (!w->saved) TRY(room(w, error));                     /* an eval has what it was given */
    for (uint32_t i = 0; i < p->baselines.n; i++) {
        const struct mlp_baseline *b = &p->baselines.at[i];
        if (forgotten(w, b)) continue;
        if (b->model != MLP_NONE) {
            if (!w->saved) TRY(train_one(w, b->model, p->models.n + i, error));
            continue;
        }
        double *v = w->entrant[p->models.n + i].p = mlp_arena_alloc(&w->arena, (rows + 1) * w->outputs * sizeof *v);
        if (!v) return mlp_no_memory(error, rows * w->outputs * sizeof *v);
        if (b->rule != MLP_NONE) TRY(rule(w, b, v, error));
        else if (is(b, "random")) mlp_work_random(w, i, v);
        else if (is(b, "majority") || is(b, "mean")) {
            for (size_t r = 0; r < rows; r++) memcpy(v + r * w->outputs, w->base, w->outputs * sizeof *v);
            continue;
        } else if (w->saved && is(b, "median")) {
            for (size_t r = 0; r < rows; r++) v[r] = w->base[1 + mlp_central_quantile(p)];
        } else TRY(mlp_work_baseline(w, b, v, error));
        if (p->target.quantiles.n) spread(w, b, v);
    }
    return MLP_OK;
}
