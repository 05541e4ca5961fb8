/* train.c: every model of the program is trained and predicts every row; baselines do too. Predictions are in the unit of the
 * report (after the link). It does not judge. */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include "runtime/base/hash.h"
#include "runtime/calls.h"
#include "runtime/model/head.h"
#include "runtime/run/work.h"

enum { BLOCK = 1024 };                                      /* rows per call of predict: a block's scores stay in L1 */

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

/* ---- predicting every row ---- */

struct scoring { const struct mlp_code *code; const struct mlp_model *model; const void *opened; const struct mlp_ctx *ctx;
                 const struct mlp_feature *const *feature; const void *const *column; uint32_t outputs; size_t rows; double *p; };

static void score_chunk(void *data, size_t chunk, int worker)
{
    (void)worker;
    const struct scoring *s = data;
    const struct mlp_model_ops *ops = s->code->bind[s->model->use.impl].ops;
    const uint32_t features = s->model->features.n;
    const size_t end = (chunk + 1) * MLP_CHUNK < s->rows ? (chunk + 1) * MLP_CHUNK : s->rows;
    const void *column[features + 1];
    for (size_t at = chunk * MLP_CHUNK; at < end; at += BLOCK) {
        const size_t n = end - at < BLOCK ? end - at : BLOCK;
        for (uint32_t f = 0; f < features; f++) column[f] = (const char *)s->column[f] + 4 * at;   /* float and uint32_t alike */
        const struct mlp_block block = {n, features, s->feature, column};
        double *p = s->p + at * s->outputs;
        ops->predict(s->opened, &block, p);
        mlp_head_link(s->code, s->model, s->ctx, p, n, s->outputs);
    }
}

struct model_view { const struct mlp_feature **feature; const void **column; uint32_t *codes; };

static mlp_status view_of(struct mlp_work *w, const struct mlp_model *m, struct model_view *v, struct mlp_error *error)
{
    const uint32_t n = m->features.n;
    v->feature = mlp_arena_alloc(&w->arena, (n + 1) * sizeof *v->feature);
    v->column = mlp_arena_alloc(&w->arena, (n + 1) * sizeof *v->column);
    v->codes = mlp_arena_alloc(&w->arena, (n + 1) * sizeof *v->codes);
    if (!v->feature || !v->column || !v->codes) return mlp_no_memory(error, n * sizeof *v->feature);
    for (uint32_t i = 0; i < n; i++) {
        const mlp_ix f = m->features.at[i];
        v->feature[i] = &w->program->features.at[f], v->column[i] = w->matrix.column[f], v->codes[i] = w->matrix.codes[f];
    }
    return MLP_OK;
}

static mlp_status score(struct mlp_work *w, const struct mlp_model *m, const struct model_view *v, const void *opened,
                        double **out, struct mlp_error *error)
{
    const size_t rows = mlp_work_rows(w);
    const struct mlp_ctx ctx = {.call = &mlp_calls, .state = &w->fitted.state, .param = w->param, .arena = &w->arena};
    const uint32_t outputs = w->outputs;
    struct scoring s = {.code = w->code, .model = m, .opened = opened, .ctx = &ctx, .feature = v->feature, .column = v->column,
                        .outputs = outputs, .rows = rows};
    if (!(s.p = *out = mlp_arena_alloc(&w->arena, (rows + 1) * outputs * sizeof *s.p)))
        return mlp_no_memory(error, rows * outputs * sizeof *s.p);
    mlp_pool_run(w->pool, (rows + MLP_CHUNK - 1) / MLP_CHUNK, score_chunk, &s);
    for (size_t r = 0; r < rows; r++) {
        bool finite = true;
        for (uint32_t k = 0; k < outputs; k++) finite &= isfinite(s.p[r * outputs + k]) != 0;
        if (finite || w->part[r] == MLP_PART_NONE) continue;
        mlp_fail(error, MLP_ERR_DATA, "E348",
                 "model `%s` predicts no finite number for a row: it diverged, or its link overflows there", m->id.name);
        mlp_fix(error, "scale the features (`|> standardize`), use a stronger penalty, or look at that row");
        return mlp_table_place(&w->table[w->program->main_source], r, MLP_NONE, error);
    }
    return MLP_OK;
}

/* ---- training ---- */

struct telling { const struct mlp_work *w; };

static int tell(void *data, double share, const char *note)
{
    const struct mlp_watch *watch = &((struct telling *)data)->w->o->watch;
    if (watch->share) watch->share(watch->data, share, note);
    return !(watch->stop && *watch->stop);
}

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

mlp_status mlp_work_train(struct mlp_work *w, struct mlp_error *error)
{
    const struct mlp_program *p = w->program;
    const double *y = NULL;
    TRY(trained_target(w, &y, error));
    for (uint32_t i = 0; i < p->models.n; i++) {
        const struct mlp_model *m = &p->models.at[i];
        const struct mlp_model_ops *ops = m->use.impl == MLP_NONE ? NULL : w->code->bind[m->use.impl].ops;
        if (!ops) return mlp_fail(error, MLP_ERR_BUG, NULL, "model `%s` is bound to nothing", m->id.name);
        char step[96];
        snprintf(step, sizeof step, "train %s", m->id.name);
        TRY(mlp_work_step(w, step, error));
        struct model_view v;
        TRY(view_of(w, m, &v, error));
        const struct mlp_ctx ctx = {.call = &mlp_calls, .state = &w->fitted.state, .param = w->param, .arena = &w->arena};
        struct telling telling = {w};
        const struct mlp_fit_in in = {.code = w->code, .model = m, .ctx = &ctx,
                                      .all = {mlp_work_rows(w), m->features.n, v.feature, v.column}, .codes = v.codes,
                                      .y = y, .weight = w->weight, .query = w->query, .train = w->learn,
                                          .validation = w->stop, .seed = w->seed, .outputs = w->outputs, .pool = w->pool,
                                      .progress = tell, .progress_data = &telling};
        const double began = mlp_now();
        const char *summary = NULL;
        const void *opened;
        TRY(ops->fit(&in, &w->arena, &w->entrant[i].tensors, &summary, error));
        TRY(ops->open(m, v.feature, v.codes, w->outputs, &w->entrant[i].tensors, &w->arena, &opened, error));
        TRY(score(w, m, &v, opened, &w->entrant[i].p, error));
        struct mlp_contender *c = &w->result->contender[i];
        c->seconds += mlp_now() - began;
        c->summary = mlp_arena_copy(&w->result->arena, summary ? summary : "", strlen(summary ? summary : ""));
        mlp_log_add(&w->log, "trained", "%s: %s, %.3f s", m->id.name, summary ? summary : "", c->seconds);
    }
    return MLP_OK;
}

mlp_status mlp_work_predict(struct mlp_work *w, const struct mlp_saved *saved, struct mlp_error *error)
{
    const struct mlp_model *m = &w->program->models.at[saved->model];
    struct model_view v;
    TRY(mlp_work_entrants(w, error));
    TRY(view_of(w, m, &v, error));
    TRY(score(w, m, &v, saved->opened, &w->entrant[saved->model].p, error));
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

mlp_status mlp_work_baselines(struct mlp_work *w, struct mlp_error *error)
{
    const struct mlp_program *p = w->program;
    const size_t rows = mlp_work_rows(w);
    for (uint32_t i = 0; i < p->baselines.n; i++) {
        const struct mlp_baseline *b = &p->baselines.at[i];
        double *v = w->entrant[p->models.n + i].p = mlp_arena_alloc(&w->arena, (rows + 1) * w->outputs * sizeof *v);
        if (!v) return mlp_no_memory(error, rows * w->outputs * sizeof *v);
        if (b->rule != MLP_NONE) {
            size_t silent = 0;
            TRY(mlp_map_rows(&w->frame, &w->fitted.state, b->rule, NULL, rows, w->pool, (void *const[]){v}, error));
            for (size_t r = 0; r < rows; r++) {
                if (isfinite(v[r])) continue;
                v[r] = w->base[0];                          /* a rule that does not know says what is usual */
                silent += w->part[r] != MLP_PART_NONE;
            }
            if (silent)
                mlp_work_note(w, "baseline `%s` is missing in %zu rows; there it reports the mean of the training part",
                              b->id.name, silent);
        } else if (b->use.name && !strcmp(b->use.name, "random")) {
            for (size_t r = 0; r < rows * w->outputs; r++) v[r] = mlp_uniform(mlp_random(w->seed, 0x62617365u + i, r));
            for (size_t r = 0; w->outputs > 1 && r < rows; r++) share_out(v + r * w->outputs, w->outputs);
        } else if (b->use.name && (!strcmp(b->use.name, "majority") || !strcmp(b->use.name, "mean"))) {
            for (size_t r = 0; r < rows; r++) memcpy(v + r * w->outputs, w->base, w->outputs * sizeof *v);
        } else return mlp_fail(error, MLP_ERR_BUG, NULL, "baseline `%s` is not built", b->use.name ? b->use.name : b->id.name);
    }
    return MLP_OK;
}
