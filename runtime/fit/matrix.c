/* matrix.c: the matrix of features of all rows. Texts are encoded block by block, by all threads; the
 * runs of a column are then laid out in the order of rows, so that threads leave no trace. */
#include <stdlib.h>
#include <string.h>
#include "runtime/fit/encoder.h"
#include "runtime/fit/folded.h"

/* ---- texts to runs ---- */

struct run { uint32_t *index; float *value; size_t n; };
struct column { const struct mlp_encoder_ops *ops; const void *opened; struct run *run; };     /* run: (rows); NULL: no text */
struct worker { struct mlp_arena kept, scratch; };
struct encoding { struct column *column; struct worker *worker; };

static void encode(const struct mlp_texts *t, uint32_t out, size_t from, size_t n, const struct mlp_str *text, int number)
{
    const struct encoding *const e = t->data;
    const struct column *const c = &e->column[out];
    struct worker *const w = &e->worker[number];
    for (size_t i = 0; i < n; i++) {
        struct run *const run = &c->run[t->place ? t->place[from + i] : from + i];
        const size_t most = c->ops->most(c->opened, &text[i]);
        uint32_t *const index = mlp_arena_alloc(&w->scratch, most * (sizeof *index + sizeof(float)));
        float *const value = (float *)(index + most);
        if (!index) continue;
        const size_t found = c->ops->encode(c->opened, &text[i], &w->scratch, index, value);
        if (found && (run->index = mlp_arena_alloc(&w->kept, found * (sizeof *index + sizeof *value)))) {
            run->value = (float *)(run->index + found), run->n = found;
            memcpy(run->index, index, found * sizeof *index), memcpy(run->value, value, found * sizeof *value);
        }
        mlp_arena_reset(&w->scratch);
    }
}

static mlp_status lay_out(const struct column *c, size_t rows, struct mlp_arena *arena, void **out, struct mlp_error *error)
{
    uint64_t all = 0;
    for (size_t r = 0; r < rows; r++) all += c->run[r].n;
    struct mlp_runs *const runs = mlp_arena_alloc(arena, sizeof *runs);
    uint64_t *const start = mlp_arena_alloc(arena, (rows + 1) * sizeof *start);
    uint32_t *const index = mlp_arena_alloc(arena, (all + 1) * sizeof *index);
    float *const value = mlp_arena_alloc(arena, (all + 1) * sizeof *value);
    if (!runs || !start || !index || !value) return mlp_no_memory(error, all * 8);
    for (size_t r = 0; r < rows; r++) {
        const struct run *const run = &c->run[r];
        if (run->n) memcpy(index + start[r], run->index, run->n * sizeof *index), memcpy(value + start[r], run->value, run->n * sizeof *value);
        start[r + 1] = start[r] + run->n;
    }
    *runs = (struct mlp_runs){start, index, value};
    return *out = runs, MLP_OK;
}

/* ---- the matrix ---- */

static const uint8_t width_out[] = {[MLP_OUT_F32] = 4, [MLP_OUT_F64] = 8, [MLP_OUT_CODE] = 4, [MLP_OUT_STR] = 0};

static mlp_status make(const struct mlp_frame *f, const struct mlp_fitted *s, struct mlp_pool *pool, struct mlp_matrix *out,
                       struct encoding *e, struct mlp_arena *scratch, struct mlp_error *error)
{
    const struct mlp_program *const p = f->code->program;
    const struct mlp_kernel *const k = &p->kernels.at[p->apply];
    const int workers = mlp_pool_threads(pool);
    out->column = mlp_arena_alloc(&out->arena, (p->features.n + 1) * sizeof *out->column);
    out->codes = mlp_arena_alloc(&out->arena, (p->features.n + 1) * sizeof *out->codes);
    e->column = mlp_arena_alloc(scratch, (p->features.n + 1) * sizeof *e->column);
    e->worker = mlp_arena_alloc(scratch, (size_t)workers * sizeof *e->worker);
    if (!out->column || !out->codes || !e->column || !e->worker) return mlp_no_memory(error, p->features.n * sizeof *out->column);
    for (uint32_t i = 0; i < p->features.n; i++) {
        const struct mlp_feature *const feature = &p->features.at[i];
        out->codes[i] = mlp_feature_width(p, &s->state, feature);
        if (feature->form != MLP_SPARSE) {
            if (!(out->column[i] = mlp_arena_alloc(&out->arena, out->rows * width_out[k->outs.at[i]] + 64)))
                return mlp_no_memory(error, out->rows * 4);
            continue;
        }
        struct column *const c = &e->column[i];
        c->ops = f->code->bind[feature->encoder.impl].ops;
        TRY(mlp_feature_encoder(f->code, &s->state, feature, scratch, &c->opened, error));
        if (!(c->run = mlp_arena_alloc(scratch, (out->rows + 1) * sizeof *c->run))) return mlp_no_memory(error, out->rows * sizeof *c->run);
    }
    const struct mlp_texts texts = {encode, NULL, e};
    TRY(map_folded(f, s, p->apply, NULL, out->rows, pool, out->column, &texts, error));
    for (int t = 0; t < workers; t++) {
        TRY(mlp_arena_check(&e->worker[t].kept, error));
        TRY(mlp_arena_check(&e->worker[t].scratch, error));
    }
    for (uint32_t i = 0; i < p->features.n; i++)
        if (e->column[i].run) TRY(lay_out(&e->column[i], out->rows, &out->arena, &out->column[i], error));
    return MLP_OK;
}

mlp_status mlp_matrix_make(const struct mlp_frame *f, const struct mlp_fitted *s, struct mlp_pool *pool, struct mlp_matrix *out,
                           struct mlp_error *error)
{
    struct encoding e = {0};
    struct mlp_arena scratch = {0};
    *out = (struct mlp_matrix){.rows = f->table[f->code->program->main_source].rows};
    const mlp_status status = make(f, s, pool, out, &e, &scratch, error);
    for (int t = 0; e.worker && t < mlp_pool_threads(pool); t++)
        mlp_arena_clear(&e.worker[t].kept), mlp_arena_clear(&e.worker[t].scratch);
    mlp_arena_clear(&scratch);
    return status;
}

void mlp_matrix_clear(struct mlp_matrix *m)
{
    mlp_arena_clear(&m->arena);
    *m = (struct mlp_matrix){0};
}
