/* scorer.c: opens a model and what it combines, and runs them over rows. It knows no family: those are behind mlp_model_ops. */
#include "runtime/model/scorer.h"
#include <math.h>
#include "runtime/base/math.h"
#include "runtime/model/head.h"
#include "runtime/model/quantiles.h"

enum { DEPTH = 16 };                                        /* of models in models: a damaged program must not exhaust the stack */

static mlp_status open_at(struct mlp_scorer *s, const struct mlp_code *code, const struct mlp_state *state, mlp_ix model,
                          const struct mlp_tensors *const *tensors, const uint32_t *codes, bool bare, struct mlp_arena *arena,
                          unsigned depth, struct mlp_error *error)
{
    const struct mlp_program *p = code->program;
    const struct mlp_model *m = &p->models.at[model];
    *s = (struct mlp_scorer){.code = code, .model = m, .features = m->features.n, .parts = m->parts.n};
    s->ops = m->use.impl == MLP_NONE ? NULL : code->bind[m->use.impl].ops;
    s->outputs = mlp_model_outputs(p, state, m);
    if (!s->ops || depth > DEPTH) return mlp_fail(error, MLP_ERR_BUG, NULL, "model `%s` is bound to nothing", m->id.name);
    s->feature = mlp_arena_alloc(arena, (s->features + 1) * sizeof *s->feature);
    s->codes = mlp_arena_alloc(arena, (s->features + 1) * sizeof *s->codes);
    s->part = mlp_arena_alloc(arena, (s->parts + 1) * sizeof *s->part);
    if (!s->feature || !s->codes || !s->part) return mlp_no_memory(error, s->features * sizeof *s->feature);
    for (uint32_t i = 0; i < s->features; i++) {
        const mlp_ix f = m->features.at[i];
        s->feature[i] = &p->features.at[f], s->codes[i] = codes[f];
    }
    for (uint32_t i = 0; i < s->parts; i++) {
        TRY(open_at(&s->part[i], code, state, m->parts.at[i], tensors, codes, false, arena, depth + 1, error));
        if (s->part[i].outputs != s->outputs)
            return mlp_fail(error, MLP_ERR_DATA, NULL, "model `%s` combines models of other targets", m->id.name);
    }
    if (s->parts ? !s->ops->combine : !s->ops->predict)
        return mlp_fail(error, MLP_ERR_DATA, NULL, "model `%s` is of another family than its parts say", m->id.name);
    if (!tensors[model]) return mlp_fail(error, MLP_ERR_DATA, "E350", "model `%s` is not in the file", m->id.name);
    TRY(mlp_quantiles_open(&s->ops, m, s->feature, s->codes, s->outputs, tensors[model], arena, &s->opened, error));
    if (m->balance != MLP_BALANCE_NONE) {
        uint64_t classes = s->outputs > 1 ? s->outputs : 2;
        TRY(mlp_tensor_need(m, tensors[model], "prior", MLP_DT_F64, &classes, (const void **)&s->prior, error));
        for (uint64_t k = 0; k < classes; k++)
            if (!(s->prior[k] >= 0) || !isfinite(s->prior[k]))
                return mlp_fail(error, MLP_ERR_DATA, NULL, "model %s is damaged: the shares of its classes are no numbers", m->id.name);
    }
    return m->calibrate.name && !bare ? mlp_calibration_open(&s->calibration, m, s->outputs, tensors[model], error) : MLP_OK;
}

mlp_status mlp_scorer_open(struct mlp_scorer *s, const struct mlp_code *code, const struct mlp_state *state, mlp_ix model,
                           const struct mlp_tensors *const *tensors, const uint32_t *codes, bool bare, struct mlp_arena *arena,
                           struct mlp_error *error)
{
    return open_at(s, code, state, model, tensors, codes, bare, arena, 0, error);
}

size_t mlp_scorer_room(const struct mlp_scorer *s)
{
    size_t own = 0, most = 0;
    for (uint32_t i = 0; i < s->parts; i++) {
        const size_t inside = mlp_scorer_room(&s->part[i]);
        own += s->part[i].outputs, most = inside > most ? inside : most;
    }
    return own + most;
}

/* Training saw the classes in other shares than they have: what it learnt of each is scaled back (Bayes), and shares out again. */
static void correct(const struct mlp_scorer *s, double *p, size_t n)
{
    for (size_t r = 0; r < n; r++) {
        double *row = p + r * s->outputs, sum = 0;
        if (s->outputs == 1) {
            const double yes = *row * s->prior[1], no = (1 - *row) * s->prior[0];
            *row = yes + no > 0 ? yes / (yes + no) : *row;
            continue;
        }
        for (uint32_t k = 0; k < s->outputs; k++) sum += row[k] *= s->prior[k];
        for (uint32_t k = 0; sum > 0 && k < s->outputs; k++) row[k] /= sum;
    }
}

void mlp_scorer_predict(const struct mlp_scorer *s, const struct mlp_ctx *ctx, const void *const *column, size_t n, double *p,
                        double *room)
{
    const struct mlp_model *m = s->model;
    if (s->parts) {
        const double *of[s->parts];
        uint32_t outputs[s->parts];
        double *at = room;
        for (uint32_t i = 0; i < s->parts; i++) of[i] = at, outputs[i] = s->part[i].outputs, at += n * outputs[i];
        for (uint32_t i = 0; i < s->parts; i++) mlp_scorer_predict(&s->part[i], ctx, column, n, (double *)(uintptr_t)of[i], at);
        s->ops->combine(s->opened, of, outputs, s->parts, n, s->outputs, p);
    } else {
        const void *own[s->features + 1];
        for (uint32_t i = 0; i < s->features; i++) own[i] = column[m->features.at[i]];
        const struct mlp_block block = {n, s->features, s->feature, own};
        s->ops->predict(s->opened, &block, p);
    }
    if (m->exposure != MLP_NONE) {
        const float *exposure = column[m->exposure];
        for (size_t r = 0; r < n; r++) {
            const double add = exposure[r] > 0 ? mlp_log((double)exposure[r]) : NAN;
            for (uint32_t k = 0; k < s->outputs; k++) p[r * s->outputs + k] += add;
        }
    }
    mlp_head_link(s->code, m, ctx, p, n, s->outputs);
    if (s->prior) correct(s, p, n);
    if (s->calibration.method) mlp_calibrate(&s->calibration, p, n, s->outputs);
}
