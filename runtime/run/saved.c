/* saved.c: opens a kept model. It stays free of reading, training and judging: executables that only predict link it. */
#include "runtime/run/saved.h"
#include "runtime/fit/encoder.h"
#include "runtime/fit/fit.h"
#include "runtime/model/head.h"
#include "runtime/run/params.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

static mlp_status damaged(struct mlp_error *error, const char *name, const char *why)
{
    mlp_fail(error, MLP_ERR_DATA, "E350", "%s is no whole model file: %s", name, why);
    return mlp_fix(error, "train the model again");
}

static mlp_status open_state(struct mlp_saved *s, const char *name, struct mlp_error *error)
{
    const struct mlp_program *p = s->program;
    struct mlp_cell *cell = mlp_arena_alloc(&s->arena, (p->cells.n + 1) * sizeof *cell);
    if (!cell) return mlp_no_memory(error, p->cells.n * sizeof *cell);
    for (uint32_t i = 0; i < p->cells.n; i++) {
        const char *key = mlp_arena_printf(&s->arena, "state.%u", i);
        const struct mlp_tensor *t = key ? mlp_package_find(&s->package, key) : NULL;
        const bool codebook = p->cells.at[i].kind == MLP_CODEBOOK;
        if (!t || t->rank != 1 || t->dtype != (codebook ? MLP_DT_U8 : MLP_DT_F64) || !t->shape[0])
            return damaged(error, name, "a part of the fitted state is missing");
        cell[i] = (struct mlp_cell){t->data, t->shape[0]};
        if (codebook && !mlp_codebook_sound(&cell[i])) return damaged(error, name, "a codebook's spellings lie outside of it");
    }
    s->state = (struct mlp_state){p->cells.n, cell};
    return MLP_OK;
}

/* A number of the metadata; NaN where it is not there. */
static double meta_number(const struct mlp_saved *s, const char *key)
{
    const char *text = key ? mlp_package_meta(&s->package, key) : NULL;
    return text ? strtod(text, NULL) : NAN;
}

static mlp_status open_base(struct mlp_saved *s, struct mlp_error *error)
{
    if (!(s->base = mlp_arena_alloc(&s->arena, s->outputs * sizeof *s->base))) return mlp_no_memory(error, s->outputs * sizeof *s->base);
    const char *at = mlp_package_meta(&s->package, "base");
    for (uint32_t k = 0; k < s->outputs; k++) {             /* numbers between spaces */
        char *end = NULL;
        s->base[k] = at ? strtod(at, &end) : NAN;
        if (end == at) s->base[k] = NAN;
        at = end;
    }
    return MLP_OK;
}

/* Those of one model, without its prefix. */
static mlp_status own_tensors(struct mlp_saved *s, const char *prefix, const struct mlp_tensors **out, struct mlp_error *error)
{
    struct mlp_tensors *own = mlp_arena_alloc(&s->arena, sizeof *own);
    const size_t length = strlen(prefix);
    if (!own || !(own->at = mlp_arena_alloc(&s->arena, (s->package.tensors.n + 1) * sizeof *own->at)))
        return mlp_no_memory(error, s->package.tensors.n * sizeof *own->at);
    for (uint32_t i = 0; i < s->package.tensors.n; i++) {
        const struct mlp_tensor *t = &s->package.tensors.at[i];
        if (strncmp(t->name, prefix, length)) continue;
        own->at[own->n] = *t, own->at[own->n++].name = t->name + length;
    }
    return *out = own, MLP_OK;
}

mlp_status mlp_saved_open(struct mlp_saved *s, const struct mlp_code *code, const void *bytes, size_t n, const char *name,
                          struct mlp_error *error)
{
    const struct mlp_program *p = code->program;
    *s = (struct mlp_saved){.program = p, .model = MLP_NONE};
    /* only tests hand in such bytes; files and read-only data are aligned */
    if ((uintptr_t)bytes % 8) {
        void *copy = mlp_arena_alloc(&s->arena, n);
        if (!copy) return mlp_no_memory(error, n);
        bytes = memcpy(copy, bytes, n);
    }
    TRY(mlp_package_open(bytes, n, name, &s->arena, &s->package, error));
    const char *hash = mlp_package_meta(&s->package, "plan_hash"), *winner = mlp_package_meta(&s->package, "winner");
    char own[33];
    for (int i = 0; i < 16; i++)
        own[2 * i] = "0123456789abcdef"[p->plan_hash[i] >> 4], own[2 * i + 1] = "0123456789abcdef"[p->plan_hash[i] & 15];
    own[32] = 0;
    if (!hash || strcmp(hash, own)) {
        const char *tool = mlp_package_meta(&s->package, "tool");
        if (tool && p->tool && strcmp(tool, p->tool))
            mlp_fail(error, MLP_ERR_DATA, "E351", "%s was trained by %.60s, and this is %s: its plan differs from this program's", name, tool, p->tool);
        else
            mlp_fail(error, MLP_ERR_DATA, "E351", "%s was trained by another spec or another version of mlp: its plan differs from this program's", name);
        return mlp_fix(error, "train again, or use the spec that the model was trained with (it is kept beside the model)");
    }
    for (mlp_ix i = 0; winner && i < p->models.n; i++) if (!strcmp(p->models.at[i].id.name, winner)) s->model = i;
    if (s->model == MLP_NONE) return damaged(error, name, "it does not say which model it keeps");
    s->threshold = meta_number(s, "threshold");
    s->param = mlp_params_room(p->params.n, &s->arena);
    if (!s->param) return mlp_no_memory(error, p->params.n * sizeof *s->param);
    for (uint32_t i = 0; i < p->params.n; i++) {
        const char *key = mlp_arena_printf(&s->arena, "param.%s", p->params.at[i].id.name);
        const char *text = key && p->params.at[i].kind == MLP_P_TEXT ? mlp_package_meta(&s->package, key) : NULL;
        if (p->params.at[i].kind == MLP_P_TEXT) mlp_params_set_text(s->param, i, text ? text : "");
        else s->param[i] = meta_number(s, key);
    }
    TRY(open_state(s, name, error));
    const struct mlp_model *m = &p->models.at[s->model];
    s->outputs = mlp_model_outputs(p, &s->state, m);
    if (!s->outputs) return damaged(error, name, "its target has no classes");
    TRY(open_base(s, error));
    uint32_t *codes = mlp_arena_alloc(&s->arena, (p->features.n + 1) * sizeof *codes);
    const struct mlp_tensors **tensors = mlp_arena_alloc(&s->arena, (p->models.n + 1) * sizeof *tensors);
    if (!codes || !tensors) return mlp_no_memory(error, p->features.n * sizeof *codes);
    for (uint32_t i = 0; i < p->features.n; i++) codes[i] = mlp_feature_width(p, &s->state, &p->features.at[i]);
    for (mlp_ix i = 0; i <= s->model; i++) {                /* what a model combines stands before it */
        const char *prefix = i == s->model ? "model." : mlp_arena_printf(&s->arena, "part.%s.", p->models.at[i].id.name);
        if (!prefix) return mlp_no_memory(error, 64);
        TRY(own_tensors(s, prefix, &tensors[i], error));
    }
    return mlp_scorer_open(&s->scorer, code, &s->state, s->model, tensors, codes, false, &s->arena, error);
}

void mlp_saved_clear(struct mlp_saved *s)
{
    mlp_arena_clear(&s->arena);
    *s = (struct mlp_saved){0};
}
