/* frame.c: slots that are computed once, for all rows of the main source: windows, in the order of the slots, as one may read those
 * before it. What a window is, is window.c's. */
#include "runtime/fit/window.h"

static mlp_status fill(struct mlp_frame *f, const struct mlp_state *state, mlp_ix index, struct mlp_join *join, uint32_t *joins,
                       struct mlp_pool *pool, struct mlp_error *error)
{
    const struct mlp_slot *const slot = &f->code->program->slots.at[index];
    uint32_t j = 0;
    while (j < *joins && !mlp_join_serves(&join[j], slot)) j++;
    if (j == *joins) {
        ++*joins;
        TRY(mlp_join_open(f, slot, 1, &join[j], error));
    }
    struct mlp_events events = {0};
    mlp_status status = mlp_events_open(f, state, &join[j], slot, pool, &events, error);
    if (status == MLP_OK) status = mlp_events_fill(f, &events, &f->arena, &f->window[index], error);
    mlp_events_clear(&events);
    return status;
}

void mlp_frame_init(struct mlp_frame *f, const struct mlp_code *code, const struct mlp_table *table, const double *param)
{
    *f = (struct mlp_frame){.code = code, .table = table, .param = param};
}

mlp_status mlp_frame_windows(struct mlp_frame *f, const struct mlp_state *state, struct mlp_pool *pool, struct mlp_error *error)
{
    const struct mlp_program *const p = f->code->program;
    struct mlp_arena arena = {0};
    uint32_t joins = 0;
    struct mlp_join *const join = mlp_arena_alloc(&arena, (p->slots.n + 1) * sizeof *join);
    mlp_status status = join && (f->window = mlp_arena_alloc(&f->arena, (p->slots.n + 1) * sizeof *f->window))
                      ? MLP_OK : mlp_no_memory(error, p->slots.n * sizeof *join);
    for (mlp_ix i = 0; status == MLP_OK && i < p->slots.n; i++)
        if (p->slots.at[i].origin == MLP_FROM_WINDOW) status = fill(f, state, i, join, &joins, pool, error);
    for (uint32_t j = 0; j < joins; j++) mlp_join_clear(&join[j]);
    mlp_arena_clear(&arena);
    return status;
}

void mlp_frame_clear(struct mlp_frame *f)
{
    mlp_arena_clear(&f->arena);
    *f = (struct mlp_frame){0};
}
