/* widen.c: see widen.h. What was chosen is kept in the tensor "wide": how many, then feature and column of each, ascending. */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include "runtime/model/widen.h"

enum { ROWS = 32 };                                         /* of a block at a time: its columns stand on the stack */

/* The features that the family sees: the model's own without the sparse ones, then the chosen columns. */
struct wide { struct mlp_model model; const struct mlp_feature **feature; uint32_t *codes, features, own, chosen;
              const uint32_t *pair; uint32_t *from;         /* (chosen) feature, column; (own) place in the model's features */
              uint32_t **slot; };                           /* (features of the model) of a sparse one: (width) chosen, or MLP_NONE */
static const struct mlp_feature number = {.id = {.name = "a term"}, .form = MLP_DENSE, .kind = 1, .codebook = MLP_NONE, .column = MLP_NONE,
                                          .encoder = {.impl = MLP_NONE}, .numbers = MLP_NONE};

static bool has_runs(const struct mlp_feature *const *feature, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) if (feature[i]->form == MLP_SPARSE) return true;
    return false;
}

static mlp_status make(struct wide *w, const struct mlp_model *model, const struct mlp_feature *const *feature, const uint32_t *codes,
                       const uint32_t *pair, uint32_t chosen, struct mlp_arena *arena, struct mlp_error *error)
{
    const uint32_t n = model->features.n, most = n + chosen;
    *w = (struct wide){.model = *model, .pair = pair, .chosen = chosen};
    w->feature = mlp_arena_alloc(arena, (most + 1) * sizeof *w->feature), w->codes = mlp_arena_alloc(arena, (most + 1) * sizeof *w->codes);
    w->from = mlp_arena_alloc(arena, (n + 1) * sizeof *w->from), w->slot = mlp_arena_alloc(arena, (n + 1) * sizeof *w->slot);
    mlp_ix *const at = mlp_arena_alloc(arena, (most + 1) * sizeof *at);
    if (!w->feature || !w->codes || !w->from || !w->slot || !at) return mlp_no_memory(error, most * sizeof *w->feature);
    for (uint32_t i = 0; i < n; i++) {
        if (feature[i]->form != MLP_SPARSE) {
            w->from[w->own] = i, w->feature[w->own] = feature[i], w->codes[w->own] = codes[i], at[w->own++] = model->features.at[i];
            continue;
        }
        if (!(w->slot[i] = mlp_arena_alloc(arena, ((size_t)codes[i] + 1) * sizeof **w->slot))) return mlp_no_memory(error, codes[i] * 4);
        for (uint32_t c = 0; c < codes[i]; c++) w->slot[i][c] = MLP_NONE;
    }
    for (uint32_t k = 0; k < chosen; k++) {
        w->slot[pair[2 * k]][pair[2 * k + 1]] = k;
        w->feature[w->own + k] = &number, at[w->own + k] = model->features.at[pair[2 * k]];
    }
    w->features = w->own + chosen, w->model.features.at = at, w->model.features.n = w->features;
    return MLP_OK;
}

/* ---- fit ---- */

struct column { uint32_t feature, column; uint64_t rows; };
static int by_rows(const void *a, const void *b)
{
    const struct column *const x = a, *const y = b;
    if (x->rows != y->rows) return x->rows > y->rows ? -1 : 1;
    return x->feature != y->feature ? (x->feature < y->feature ? -1 : 1) : x->column < y->column ? -1 : x->column > y->column;
}
static int by_place(const void *a, const void *b)
{
    const struct column *const x = a, *const y = b;
    return x->feature != y->feature ? (x->feature < y->feature ? -1 : 1) : x->column < y->column ? -1 : x->column > y->column;
}

/* "wide": the columns that most training rows have. */
static mlp_status choose(const struct mlp_fit_in *in, struct mlp_arena *arena, uint32_t **wide, struct mlp_error *error)
{
    size_t all = 0, n = 0, most = MLP_WIDEST, fit = ((size_t)1 << 28) / (in->all.rows + 1);
    for (uint32_t f = 0; f < in->all.features; f++) all += in->all.feature[f]->form == MLP_SPARSE ? in->codes[f] : 0;
    struct column *const column = malloc((all + 1) * sizeof *column);
    if (!column) return mlp_no_memory(error, all * sizeof *column);
    for (uint32_t f = 0; f < in->all.features; f++) {
        if (in->all.feature[f]->form != MLP_SPARSE) continue;
        const struct mlp_runs *const runs = in->all.column[f];
        struct column *const own = column + n;
        for (uint32_t c = 0; c < in->codes[f]; c++) column[n++] = (struct column){f, c, 0};
        for (size_t i = 0; i < in->train.n; i++)
            for (uint64_t k = runs->start[in->train.at[i]]; k < runs->start[in->train.at[i] + 1]; k++) own[runs->index[k]].rows++;
    }
    qsort(column, n, sizeof *column, by_rows);
    if (most > fit) most = fit ? fit : 1;
    if (n > most) n = most;
    while (n && !column[n - 1].rows) n--;
    qsort(column, n, sizeof *column, by_place);
    *wide = mlp_arena_alloc(arena, (2 * n + 1) * sizeof **wide);
    for (size_t k = 0; *wide && k < n; k++) (*wide)[2 * k + 1] = column[k].feature, (*wide)[2 * k + 2] = column[k].column;
    if (*wide) **wide = (uint32_t)n;
    free(column);
    return *wide ? MLP_OK : mlp_no_memory(error, n * 8);
}

static mlp_status fit_wide(const struct mlp_model_ops *ops, const struct mlp_fit_in *in, struct mlp_arena *temporary,
                           struct mlp_arena *arena, struct mlp_tensors *out, const char **summary, struct mlp_error *error)
{
    uint32_t *wide;
    struct wide w;
    TRY(choose(in, arena, &wide, error));
    TRY(make(&w, in->model, in->all.feature, in->codes, wide + 1, *wide, temporary, error));
    const void **const column = mlp_arena_alloc(temporary, (w.features + 1) * sizeof *column);
    if (!column) return mlp_no_memory(error, w.features * sizeof *column);
    for (uint32_t i = 0; i < w.own; i++) column[i] = in->all.column[w.from[i]];
    for (uint32_t k = 0; k < w.chosen; k++)
        if (!(column[w.own + k] = mlp_arena_alloc(temporary, in->all.rows * sizeof(float) + 64))) return mlp_no_memory(error, in->all.rows * 4);
    for (uint32_t f = 0; f < in->all.features; f++) {
        const struct mlp_runs *const runs = in->all.column[f];
        for (size_t r = 0; w.slot[f] && r < in->all.rows; r++)
            for (uint64_t k = runs->start[r]; k < runs->start[r + 1]; k++)
                if (w.slot[f][runs->index[k]] != MLP_NONE)
                    ((float *)(uintptr_t)column[w.own + w.slot[f][runs->index[k]]])[r] = runs->value[k];
    }
    struct mlp_fit_in own = *in;
    own.model = &w.model, own.codes = w.codes, own.all = (struct mlp_block){in->all.rows, w.features, w.feature, column};
    struct mlp_tensors made;
    TRY(ops->fit(&own, arena, &made, summary, error));
    TRY(mlp_tensors_room(out, made.n + 1, arena, error));
    memcpy(out->at, made.at, made.n * sizeof *out->at), out->n = made.n;
    mlp_tensor_add(out, "wide", MLP_DT_U32, 2 * (uint64_t)*wide + 1, wide);
    return MLP_OK;
}

mlp_status mlp_widen_fit(const struct mlp_model_ops *ops, const struct mlp_fit_in *in, struct mlp_arena *arena, struct mlp_tensors *out,
                         const char **summary, struct mlp_error *error)
{
    if (ops->sparse || !has_runs(in->all.feature, in->all.features)) return ops->fit(in, arena, out, summary, error);
    struct mlp_arena temporary = {0};
    const mlp_status status = fit_wide(ops, in, &temporary, arena, out, summary, error);
    mlp_arena_clear(&temporary);
    return status;
}

/* ---- open, predict ---- */

struct opened { const struct mlp_model_ops *ops; const void *inner; uint32_t outputs; struct wide w; };

static void predict(const void *opened, const struct mlp_block *b, double *score)
{
    const struct opened *const o = opened;
    const struct wide *const w = &o->w;
    float room[w->chosen + 1][ROWS];
    const void *column[w->features + 1];
    for (size_t from = 0; from < b->rows; from += ROWS) {
        const size_t n = b->rows - from < ROWS ? b->rows - from : ROWS;
        for (uint32_t i = 0; i < w->own; i++) column[i] = (const char *)b->column[w->from[i]] + 4 * from;     /* float and uint32_t alike */
        for (uint32_t k = 0; k < w->chosen; k++) memset(room[k], 0, n * sizeof(float)), column[w->own + k] = room[k];
        for (uint32_t f = 0; f < b->features; f++) {
            const struct mlp_runs *const runs = b->column[f];
            for (size_t r = 0; w->slot[f] && r < n; r++)
                for (uint64_t k = runs->start[from + r]; k < runs->start[from + r + 1]; k++)
                    if (w->slot[f][runs->index[k]] != MLP_NONE) room[w->slot[f][runs->index[k]]][r] = runs->value[k];
        }
        const struct mlp_block own = {n, w->features, w->feature, column};
        o->ops->predict(o->inner, &own, score + from * o->outputs);
    }
}
static const struct mlp_model_ops widened = {.name = "widened", .predict = predict, .sparse = 1};

mlp_status mlp_widen_open(const struct mlp_model_ops **ops, const struct mlp_model *model, const struct mlp_feature *const *feature,
                          const uint32_t *codes, uint32_t outputs, const struct mlp_tensors *ts, struct mlp_arena *arena,
                          const void **opened, struct mlp_error *error)
{
    if ((*ops)->sparse || !has_runs(feature, model->features.n)) return (*ops)->open(model, feature, codes, outputs, ts, arena, opened, error);
    const uint32_t *wide;
    uint64_t n = MLP_ANY;
    TRY(mlp_tensor_need(model, ts, "wide", MLP_DT_U32, &n, (const void **)&wide, error));
    bool sound = n && *wide <= MLP_WIDEST && n == 2 * (uint64_t)*wide + 1;
    for (uint32_t k = 0; sound && k < *wide; k++) {
        const uint32_t f = wide[2 * k + 1];
        sound = f < model->features.n && feature[f]->form == MLP_SPARSE && wide[2 * k + 2] < codes[f];
    }
    if (!sound) {
        mlp_fail(error, MLP_ERR_DATA, NULL, "model %s is damaged: the terms that it sees do not fit its features", model->id.name);
        return mlp_fix(error, "train the model again, or take the file from where it was made");
    }
    struct opened *const o = mlp_arena_alloc(arena, sizeof *o);
    if (!o) return mlp_no_memory(error, sizeof *o);
    o->ops = *ops, o->outputs = outputs;
    TRY(make(&o->w, model, feature, codes, wide + 1, *wide, arena, error));
    struct mlp_model *const own = mlp_arena_alloc(arena, sizeof *own);      /* stays: a family may keep it */
    if (!own) return mlp_no_memory(error, sizeof *own);
    *own = o->w.model;
    TRY((*ops)->open(own, o->w.feature, o->w.codes, outputs, ts, arena, &o->inner, error));
    *ops = &widened, *opened = o;
    return MLP_OK;
}
