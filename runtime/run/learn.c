/* learn.c: from rows to a fitted model. A model of models learns from what its parts report; where the family asks for it, of rows
 * that they did not see: the parts are then fitted once more on each of five folds of the training rows. The validation part stops
 * training early and calibrates; the test part is never looked at. */
#include "runtime/model/quantiles.h"
#include "runtime/run/learn.h"
#include <math.h>
#include <stdio.h>
#include <string.h>
#include "runtime/base/hash.h"
#include "runtime/base/math.h"
#include "runtime/calls.h"
#include "runtime/model/head.h"

enum { BLOCK = 1024 };                                      /* rows per call of predict: a block's scores stay in L1 */
enum { FOLDS = 5, FOLD_STREAM = 0x73746163, BALANCE_STREAM = 0x62616c61 };

/* ---- predicting every row ---- */

struct scoring { const struct mlp_work *w; const struct mlp_scorer *scorer; const struct mlp_ctx *ctx; size_t rows; double *p, *room; };

static void score_chunk(void *data, size_t chunk, int worker)
{
    const struct scoring *s = data;
    const uint32_t features = s->w->program->features.n, outputs = s->scorer->outputs;
    const size_t end = (chunk + 1) * MLP_CHUNK < s->rows ? (chunk + 1) * MLP_CHUNK : s->rows;
    double *room = s->room + (size_t)worker * BLOCK * mlp_scorer_room(s->scorer);
    const void *column[features + 1];
    struct mlp_runs runs[features + 1];
    for (size_t at = chunk * MLP_CHUNK; at < end; at += BLOCK) {
        const size_t n = end - at < BLOCK ? end - at : BLOCK;
        /* float and uint32_t alike */
        for (uint32_t f = 0; f < features; f++) {
            column[f] = (const char *)s->w->matrix.column[f] + 4 * at;
            if (s->w->program->features.at[f].form != MLP_SPARSE) continue;
            runs[f] = *(const struct mlp_runs *)s->w->matrix.column[f], runs[f].start += at, column[f] = &runs[f];
        }
        mlp_scorer_predict(s->scorer, s->ctx, column, n, s->p + at * outputs, room);
    }
}

mlp_status mlp_learnt_score(struct mlp_work *w, const struct mlp_scorer *scorer, struct mlp_arena *arena, double **p,
                            struct mlp_error *error)
{
    const size_t rows = mlp_work_rows(w), room = (size_t)mlp_pool_threads(w->pool) * BLOCK * mlp_scorer_room(scorer);
    const struct mlp_ctx ctx = {.call = &mlp_calls, .state = &w->fitted.state, .param = w->param, .arena = &w->arena};
    struct scoring s = {.w = w, .scorer = scorer, .ctx = &ctx, .rows = rows};
    s.p = *p = mlp_arena_alloc(arena, (rows + 1) * scorer->outputs * sizeof *s.p);
    s.room = mlp_arena_alloc(arena, (room + 1) * sizeof *s.room);
    if (!s.p || !s.room) return mlp_no_memory(error, rows * scorer->outputs * sizeof *s.p);
    mlp_pool_run(w->pool, (rows + MLP_CHUNK - 1) / MLP_CHUNK, score_chunk, &s);
    for (size_t r = 0; r < rows; r++) {
        bool finite = true;
        for (uint32_t k = 0; k < scorer->outputs; k++) finite &= isfinite(s.p[r * scorer->outputs + k]) != 0;
        if (finite || w->part[r] == MLP_PART_NONE) continue;
        mlp_fail(error, MLP_ERR_DATA, "E348", "model `%s` predicts no finite number for a row: it diverged, or its link overflows there",
                 scorer->model->id.name);
        mlp_fix(error, "scale the features (`|> standardize`), use a stronger penalty, or look at that row");
        return mlp_table_place(&w->table[w->program->main_source], r, MLP_NONE, error);
    }
    return MLP_OK;
}

/* ---- what it learns from ---- */

struct task { const double *y; double *offset, *prior; const double *weight; struct mlp_rows train, validation; };

static mlp_status finite_rows(const double *y, struct mlp_rows *rows, struct mlp_arena *arena, struct mlp_error *error)
{
    uint32_t *at = mlp_arena_alloc(arena, (rows->n + 1) * sizeof *at);
    size_t n = 0;
    if (!at) return mlp_no_memory(error, rows->n * sizeof *at);
    for (size_t i = 0; i < rows->n; i++) if (isfinite(y[rows->at[i]])) at[n++] = rows->at[i];
    *rows = (struct mlp_rows){at, n};
    return MLP_OK;
}

static mlp_status own_outcome(struct mlp_work *w, const struct mlp_model *m, struct task *t, struct mlp_arena *arena,
                              struct mlp_error *error)
{
    const size_t rows = mlp_work_rows(w);
    double *y = mlp_arena_alloc(arena, (rows + 1) * sizeof *y);
    if (!y) return mlp_no_memory(error, rows * sizeof *y);
    TRY(mlp_map_rows(&w->frame, &w->fitted.state, m->target, NULL, rows, w->pool, (void *const[]){y}, error));
    t->y = y;
    TRY(finite_rows(y, &t->train, arena, error));
    TRY(finite_rows(y, &t->validation, arena, error));
    if (t->train.n) return MLP_OK;
    mlp_fail(error, MLP_ERR_DATA, "E346", "model `%s` has nothing to learn from: its own target is missing in every row of the training part",
             m->id.name);
    return mlp_fix(error, "look at the `target:` in its `train` block");
}

static mlp_status check_least(struct mlp_work *w, const struct mlp_model *m, const struct task *t, struct mlp_error *error)
{
    for (size_t i = 0; i < t->train.n; i++) {
        const uint32_t r = t->train.at[i];
        if (m->above ? t->y[r] > m->least : t->y[r] >= m->least) continue;
        const struct mlp_arg *loss = mlp_use_arg(&m->train, "loss");
        mlp_fail(error, MLP_ERR_DATA, "E347", "model `%s` learns by `%s`, for numbers %s %.15g, and its target is %.15g in a row", m->id.name,
                 loss && loss->str ? loss->str : "its loss", m->above ? "above" : "from", m->least, t->y[r]);
        mlp_fix(error, "use another loss, or leave such rows out with `where`");
        return mlp_table_place(&w->table[w->program->main_source], r, MLP_NONE, error);
    }
    return MLP_OK;
}

/* The logarithm of each row's exposure; rows of no part may have none. */
static mlp_status exposure(struct mlp_work *w, const struct mlp_model *m, struct task *t, struct mlp_arena *arena, struct mlp_error *error)
{
    const size_t rows = mlp_work_rows(w);
    const float *x = w->matrix.column[m->exposure];
    if (!(t->offset = mlp_arena_alloc(arena, (rows + 1) * sizeof *t->offset))) return mlp_no_memory(error, rows * sizeof *t->offset);
    for (size_t r = 0; r < rows; r++) {
        if (x[r] > 0 && isfinite(x[r])) t->offset[r] = mlp_log((double)x[r]);
        else if (w->part[r] != MLP_PART_NONE) {
            mlp_fail(error, MLP_ERR_DATA, "E347", "the exposure of model `%s` is %s in a row, and it has to be above 0", m->id.name,
                     x[r] != x[r] ? "missing" : "not above 0");
            mlp_fix(error, "fill it, or leave such rows out with `where`");
            return mlp_table_place(&w->table[w->program->main_source], r, MLP_NONE, error);
        }
    }
    return MLP_OK;
}

/* Classes in other shares than they have, inside the rows that learn: by weights that both parts take, by rows repeated, or by rows
 * left out. prior: how much rarer or more frequent each class really is. */
static mlp_status balance(struct mlp_work *w, const struct mlp_model *m, struct task *t, uint32_t classes, struct mlp_arena *arena,
                          struct mlp_error *error)
{
    const size_t rows = mlp_work_rows(w);
    double *weight = mlp_arena_alloc(arena, (rows + 1) * sizeof *weight), *was = mlp_arena_alloc(arena, (classes + 1) * 4 * sizeof *was);
    uint32_t *at = mlp_arena_alloc(arena, (t->train.n + 1) * sizeof *at);
    t->prior = mlp_arena_alloc(arena, classes * sizeof *t->prior);
    if (!weight || !was || !at || !t->prior) return mlp_no_memory(error, rows * sizeof *weight);
    double *is = was + classes, *count = is + classes, *factor = count + classes, most = 0, all_was = 0, all_is = 0;
    uint32_t largest = 0, present = 0;
    size_t n = 0;
#define CLASS(r) ((uint32_t)(classes == 2 && m->task == MLP_BINARY ? t->y[r] > 0.5 : t->y[r]))
    for (size_t i = 0; i < t->train.n; i++) count[CLASS(t->train.at[i])]++;
    for (uint32_t k = 0; k < classes; k++) {
        if (count[k] > most) most = count[k], largest = k;
        present += count[k] > 0;
    }
    for (uint32_t k = 0; k < classes; k++) {
        const double to = m->balance == MLP_BALANCE_RATIO ? m->balance_at * most : m->balance_at;
        factor[k] = 1;
        if (m->balance == MLP_BALANCE_WEIGHTS) factor[k] = count[k] > 0 ? (double)t->train.n / (present * count[k]) : 1;
        else if (m->balance == MLP_BALANCE_KEEP) factor[k] = k == largest ? m->balance_at : 1;
        else if (count[k] > 0 && count[k] < to) factor[k] = to / count[k];
    }
    for (size_t r = 0; r < rows; r++)
        weight[r] = (w->weight ? w->weight[r] : 1) * (isfinite(t->y[r]) ? factor[CLASS(r)] : 1);
    for (size_t i = 0; i < t->train.n; i++) {
        const uint32_t r = t->train.at[i], k = CLASS(r);
        const double own = w->weight ? w->weight[r] : 1, u = mlp_uniform(mlp_random(w->seed, BALANCE_STREAM, r));
        was[k] += own, all_was += own;
        if (m->balance == MLP_BALANCE_KEEP && k == largest && u >= m->balance_at) continue;
        if (m->balance == MLP_BALANCE_KEEP) weight[r] = own;
        if (m->balance == MLP_BALANCE_RATIO || m->balance == MLP_BALANCE_TO)
            weight[r] = own * (floor(factor[k]) + (u < factor[k] - floor(factor[k])));
        is[k] += weight[r], all_is += weight[r], at[n++] = r;
    }
#undef CLASS
    for (uint32_t k = 0; k < classes; k++) t->prior[k] = is[k] > 0 ? (was[k] / all_was) / (is[k] / all_is) : 1;
    t->train = (struct mlp_rows){at, n}, t->weight = weight;
    return MLP_OK;
}

static mlp_status task_of(struct mlp_work *w, const struct mlp_model *m, const double *y, struct task *t, struct mlp_arena *arena,
                          struct mlp_error *error)
{
    t->y = y;
    if (m->target != MLP_NONE) TRY(own_outcome(w, m, t, arena, error));
    if (m->above || m->least > -INFINITY) TRY(check_least(w, m, t, error));
    if (m->balance != MLP_BALANCE_NONE) TRY(balance(w, m, t, w->outputs > 1 ? w->outputs : 2, arena, error));
    return m->exposure != MLP_NONE ? exposure(w, m, t, arena, error) : MLP_OK;
}

/* ---- fitting ---- */

static int tell(void *data, double share, const char *note)
{
    const struct mlp_watch *watch = &((const struct mlp_work *)data)->o->watch;
    if (watch->share) watch->share(watch->data, share, note);
    return !(watch->stop && *watch->stop);
}

/* Which fold of the training rows a row is in: rows of a query or of the split's group stay together. */
static uint32_t fold_of(const struct mlp_work *w, uint32_t row)
{
    const struct mlp_arg *group = mlp_use_arg(&w->program->split, "group");
    uint64_t id = row, scratch;
    if (w->query) id = w->query[row];
    else if (group && group->kind == MLP_A_COLUMN) {
        const struct mlp_str key = mlp_table_bytes(&w->table[w->program->main_source], group->ix, row, &scratch);
        id = mlp_hash(key.at, key.n, 0);
    }
    return (uint32_t)(mlp_random(w->seed, FOLD_STREAM, id) % FOLDS);
}

/* A model and everything that it combines, anew. */
static mlp_status learn_all(struct mlp_work *w, const double *y, mlp_ix model, struct mlp_rows train, struct mlp_rows validation,
                            struct mlp_learnt *all, struct mlp_arena *arena, struct mlp_error *error)
{
    const struct mlp_model *m = &w->program->models.at[model];
    const char *summary;
    if (all[model].p) return MLP_OK;
    for (uint32_t i = 0; i < m->parts.n; i++) TRY(learn_all(w, y, m->parts.at[i], train, validation, all, arena, error));
    return mlp_learn(w, y, model, train, validation, all, arena, &summary, error);
}

/* What the parts of a model report: of training rows, what one reports that did not see them. */
static mlp_status out_of_fold(struct mlp_work *w, const double *y, const struct mlp_model *m, struct mlp_rows train,
                              struct mlp_rows validation, const double **part, struct mlp_arena *arena, struct mlp_error *error)
{
    const size_t rows = mlp_work_rows(w), models = w->program->models.n;
    double **own = mlp_arena_alloc(arena, (m->parts.n + 1) * sizeof *own);
    uint32_t *at = mlp_arena_alloc(arena, (train.n + 1) * sizeof *at);
    if (!own || !at) return mlp_no_memory(error, train.n * sizeof *at);
    for (uint32_t f = 0; f < FOLDS; f++) {
        struct mlp_arena temporary = {0};
        struct mlp_learnt *all = mlp_arena_alloc(&temporary, (models + 1) * sizeof *all);
        mlp_status status = all ? MLP_OK : mlp_no_memory(error, models * sizeof *all);
        size_t n = 0;
        for (size_t i = 0; i < train.n; i++) if (fold_of(w, train.at[i]) != f) at[n++] = train.at[i];
        for (uint32_t i = 0; status == MLP_OK && i < m->parts.n && n < train.n; i++) {
            status = learn_all(w, y, m->parts.at[i], (struct mlp_rows){at, n}, validation, all, &temporary, error);
            if (status != MLP_OK) break;
            const struct mlp_learnt *l = &all[m->parts.at[i]];
            if (!own[i]) {
                if (!(own[i] = mlp_arena_alloc(arena, (rows + 1) * l->outputs * sizeof **own))) { status = mlp_no_memory(error, rows * 8); break; }
                memcpy(own[i], part[i], rows * l->outputs * sizeof **own);
            }
            for (size_t k = 0; k < train.n; k++) {
                const size_t r = train.at[k];
                if (fold_of(w, train.at[k]) == f) memcpy(own[i] + r * l->outputs, l->p + r * l->outputs, l->outputs * sizeof **own);
            }
        }
        mlp_arena_clear(&temporary);
        TRY(status);
    }
    for (uint32_t i = 0; i < m->parts.n; i++) if (own[i]) part[i] = own[i];
    return MLP_OK;
}

/* Without its own calibration: what it reports on validation is what that learns from. */
static mlp_status open_scorer(struct mlp_work *w, mlp_ix model, const struct mlp_learnt *all, struct mlp_scorer *s,
                              struct mlp_arena *arena, struct mlp_error *error)
{
    const uint32_t models = w->program->models.n;
    const struct mlp_tensors **tensors = mlp_arena_alloc(arena, (models + 1) * sizeof *tensors);
    if (!tensors) return mlp_no_memory(error, models * sizeof *tensors);
    for (uint32_t i = 0; i < models; i++) if (all[i].p || i == model) tensors[i] = &all[i].tensors;
    return mlp_scorer_open(s, w->code, &w->fitted.state, model, tensors, w->matrix.codes, true, arena, error);
}

/* Calibration is learnt on the validation part. What validation rows themselves report, which chooses the winner and the threshold,
 * comes from a calibration that did not see them: else one that follows every row would always win. */
static mlp_status calibrate(struct mlp_work *w, const struct mlp_model *m, const struct task *t, struct mlp_learnt *own,
                            struct mlp_arena *arena, struct mlp_error *error)
{
    const uint32_t outputs = own->outputs;
    const size_t rows = mlp_work_rows(w), n = t->validation.n;
    struct mlp_calibration c;
    double *raw = mlp_arena_alloc(arena, (rows + 1) * outputs * sizeof *raw);
    uint32_t *at = mlp_arena_alloc(arena, (n + 1) * sizeof *at);
    if (!raw || !at) return mlp_no_memory(error, rows * outputs * sizeof *raw);
    if (n < 20) {
        mlp_fail(error, MLP_ERR_DATA, "E346", "model `%s` is calibrated on the validation part, which has %zu rows", m->id.name, n);
        return mlp_fix(error, "give the validation part a larger share, or take `calibrate` out");
    }
    memcpy(raw, own->p, rows * outputs * sizeof *raw);
    TRY(mlp_calibration_fit(m, raw, t->y, w->weight, t->validation, outputs, &own->tensors, arena, error));
    TRY(mlp_calibration_open(&c, m, outputs, &own->tensors, error));
    mlp_calibrate(&c, own->p, rows, outputs);
    for (uint32_t f = 0; f < FOLDS; f++) {
        struct mlp_tensors others = {0};
        size_t k = 0;
        for (size_t i = 0; i < n; i++) if (fold_of(w, t->validation.at[i]) != f) at[k++] = t->validation.at[i];
        if (!k || k == n) continue;
        TRY(mlp_calibration_fit(m, raw, t->y, w->weight, (struct mlp_rows){at, k}, outputs, &others, arena, error));
        TRY(mlp_calibration_open(&c, m, outputs, &others, error));
        for (size_t i = 0; i < n; i++) {
            const size_t r = t->validation.at[i];
            if (fold_of(w, t->validation.at[i]) != f) continue;
            memcpy(own->p + r * outputs, raw + r * outputs, outputs * sizeof *raw);
            mlp_calibrate(&c, own->p + r * outputs, 1, outputs);
        }
    }
    return MLP_OK;
}

mlp_status mlp_learn(struct mlp_work *w, const double *y, mlp_ix model, struct mlp_rows train, struct mlp_rows validation,
                     struct mlp_learnt *all, struct mlp_arena *arena, const char **summary, struct mlp_error *error)
{
    const struct mlp_program *p = w->program;
    const struct mlp_model *m = &p->models.at[model];
    const struct mlp_model_ops *ops = m->use.impl == MLP_NONE ? NULL : w->code->bind[m->use.impl].ops;
    if (!ops) return mlp_fail(error, MLP_ERR_BUG, NULL, "model `%s` is bound to nothing", m->id.name);
    struct task t = {.train = train, .validation = validation, .weight = w->weight};
    TRY(task_of(w, m, y, &t, arena, error));
    const uint32_t n = m->features.n;
    const struct mlp_feature **feature = mlp_arena_alloc(arena, (n + 1) * sizeof *feature);
    const void **column = mlp_arena_alloc(arena, (n + 1) * sizeof *column);
    uint32_t *codes = mlp_arena_alloc(arena, (n + 1) * sizeof *codes);
    const double **part = mlp_arena_alloc(arena, (m->parts.n + 1) * sizeof *part);
    if (!feature || !column || !codes || !part) return mlp_no_memory(error, n * sizeof *feature);
    for (uint32_t i = 0; i < n; i++) {
        const mlp_ix f = m->features.at[i];
        feature[i] = &p->features.at[f], column[i] = w->matrix.column[f], codes[i] = w->matrix.codes[f];
    }
    for (uint32_t i = 0; i < m->parts.n; i++) part[i] = all[m->parts.at[i]].p;
    if (ops->out_of_fold) TRY(out_of_fold(w, y, m, train, validation, part, arena, error));
    const struct mlp_ctx ctx = {.call = &mlp_calls, .state = &w->fitted.state, .param = w->param, .arena = &w->arena};
    struct mlp_learnt *own = &all[model];
    own->outputs = mlp_model_outputs(p, &w->fitted.state, m);
    const struct mlp_fit_in in = {.code = w->code, .model = m, .ctx = &ctx, .all = {mlp_work_rows(w), n, feature, column},
                                  .codes = codes, .y = t.y, .weight = t.weight, .offset = t.offset, .query = w->query,
                                  .train = t.train, .validation = t.validation, .seed = w->seed, .outputs = own->outputs,
                                  .part = part, .parts = m->parts.n, .pool = w->pool, .progress = tell, .progress_data = w};
    TRY(mlp_quantiles_fit(ops, &in, arena, &own->tensors, summary, error));
    if (t.prior) {
        struct mlp_tensor *all_of = mlp_arena_alloc(arena, (own->tensors.n + 1) * sizeof *all_of);
        if (!all_of) return mlp_no_memory(error, 64);
        if (own->tensors.n) memcpy(all_of, own->tensors.at, own->tensors.n * sizeof *all_of);
        own->tensors.at = all_of;
        mlp_tensor_add(&own->tensors, "prior", MLP_DT_F64, own->outputs > 1 ? own->outputs : 2, t.prior);
    }
    struct mlp_scorer scorer;
    TRY(open_scorer(w, model, all, &scorer, arena, error));
    TRY(mlp_learnt_score(w, &scorer, arena, &own->p, error));
    return m->calibrate.name ? calibrate(w, m, &t, own, arena, error) : MLP_OK;
}
