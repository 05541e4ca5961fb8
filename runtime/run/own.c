/* own.c: what the spec's own metrics say of every row, for each who predicts: y, p and `decided` as columns, and the kernels of the
 * metrics' parts over them. It takes no aggregate: that is runtime/metric/own.c. */
#include <math.h>
#include "runtime/calls.h"
#include "runtime/model/head.h"
#include "runtime/run/work.h"

/* The probability of each row's own class; without classes what is predicted, without its quantiles. */
static mlp_status of_own_class(struct mlp_work *w, const double *p, const double **out, struct mlp_error *error)
{
    const size_t rows = mlp_work_rows(w);
    if (w->outputs < 2) return *out = p, MLP_OK;
    double *own = mlp_arena_alloc(&w->arena, (rows + 1) * sizeof *own);
    if (!own) return mlp_no_memory(error, rows * sizeof *own);
    for (size_t r = 0; r < rows; r++) own[r] = !w->result->classes ? p[r * w->outputs] : isnan(w->y[r]) ? NAN : p[r * w->outputs + (uint32_t)w->y[r]];
    return *out = own, MLP_OK;
}

/* What one of the spec's own metrics may read of the entrant: numbers, or codes of classes. */
static mlp_status judged_column(struct mlp_work *w, const struct mlp_entrant *e, const struct mlp_slot *slot, const void **out,
                                struct mlp_error *error)
{
    const size_t rows = mlp_work_rows(w);
    const uint32_t other = slot->column + (slot->window == MLP_J_BASELINE ? w->program->models.n : 0);
    const double *p = slot->window == MLP_J_P ? e->p : slot->window == MLP_J_MODEL || slot->window == MLP_J_BASELINE ? w->entrant[other].p : NULL;
    double *number = NULL;
    uint32_t *code = NULL;
    if (slot->rep == MLP_CODE) {
        if (!(code = mlp_arena_alloc(&w->arena, (rows + 1) * sizeof *code))) return mlp_no_memory(error, rows * sizeof *code);
        for (size_t r = 0; r < rows; r++)
            if (slot->window == MLP_J_Y) code[r] = isnan(w->y[r]) ? 0 : 2 + (uint32_t)w->y[r];
            else code[r] = 2 + mlp_most_probable(e->p + r * w->outputs, w->outputs);
        return *out = code, MLP_OK;
    }
    if (slot->window == MLP_J_Y) return *out = w->y, MLP_OK;
    if (p) return of_own_class(w, p, (const double **)out, error);
    if (!(number = mlp_arena_alloc(&w->arena, (rows + 1) * sizeof *number))) return mlp_no_memory(error, rows * sizeof *number);
    for (size_t r = 0; r < rows; r++) number[r] = slot->window == MLP_J_DECIDED && e->decided ? e->decided[r] : NAN;
    return *out = number, MLP_OK;
}

/* What the spec's own metrics say of every row, for each who predicts: once, so that slices and resamples only pick. */
mlp_status mlp_work_own_rows(struct mlp_work *w, struct mlp_error *error)
{
    const struct mlp_program *p = w->program;
    const size_t rows = mlp_work_rows(w);
    struct mlp_column_data *judged = mlp_arena_alloc(&w->arena, (p->slots.n + 1) * sizeof *judged);
    if (!judged) return mlp_no_memory(error, p->slots.n * sizeof *judged);
    w->ctx = (struct mlp_ctx){.call = &mlp_calls, .state = &w->fitted.state, .param = w->param, .arena = NULL};
    for (uint32_t i = 0; i < w->result->contenders; i++) {
        struct mlp_entrant *e = &w->entrant[i];
        if (!e->p) continue;
        for (uint32_t s = 0; s < p->slots.n; s++) {
            const void *data = NULL;
            if (p->slots.at[s].origin == MLP_FROM_JUDGED && p->slots.at[s].window != MLP_J_PART) TRY(judged_column(w, e, &p->slots.at[s], &data, error));
            judged[s] = (struct mlp_column_data){.data = (void *)(uintptr_t)data};
        }
        w->frame.judged = judged;
        if (!(e->own = mlp_arena_alloc(&w->arena, p->own.n * sizeof *e->own))) return mlp_no_memory(error, sizeof *e->own);
        for (uint32_t k = 0; k < p->own.n; k++) {
            const struct mlp_own *own = &p->own.at[k];
            if (!(e->own[k] = mlp_arena_alloc(&w->arena, (own->parts.n + 1) * sizeof *e->own[k]))) return mlp_no_memory(error, 64);
            for (uint32_t part = 0; part < own->parts.n; part++)
                if (!(e->own[k][part] = mlp_arena_alloc(&w->arena, (rows + 1) * sizeof(double)))) return mlp_no_memory(error, rows * 8);
            TRY(mlp_map_rows(&w->frame, &w->fitted.state, own->rows, NULL, rows, w->pool, (void *const *)e->own[k], error));
        }
        w->frame.judged = NULL;
    }
    return MLP_OK;
}
