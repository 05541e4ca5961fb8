/* frame.c: slots that are computed once, for all rows of a source: what stands behind its keys (join.c says which row), and windows, in
 * the order of the slots, as one may read those before it. What a window is, is window.c's. */
#include "runtime/fit/join.h"
#include "runtime/fit/window.h"

/* ---- what stands behind keys ---- */

mlp_ix mlp_slot_rows(const struct mlp_program *p, const struct mlp_slot *slot)
{
    if (slot->origin == MLP_FROM_COLUMN) return slot->source;
    if (slot->origin != MLP_FROM_JOIN) return p->main_source;
    mlp_ix j = slot->join;
    while (p->joins.at[j].from != MLP_NONE) j = p->joins.at[j].from;
    return p->joins.at[j].source;
}

static mlp_status fill_join(struct mlp_frame *f, mlp_ix index, struct mlp_error *error)
{
    const struct mlp_program *const p = f->code->program;
    const struct mlp_join *const j = &p->joins.at[index];
    const struct mlp_table *const base = &f->table[f->source];
    struct mlp_arena arena = {0};
    struct mlp_keys keys;
    if (f->joined[index]) return MLP_OK;
    if (j->from != MLP_NONE) TRY(fill_join(f, j->from, error));
    if (!(f->joined[index] = mlp_arena_alloc(&f->arena, (base->rows + 1) * sizeof **f->joined)))
        return mlp_no_memory(error, base->rows * sizeof **f->joined);
    mlp_status status = mlp_keys_open(&keys, &f->table[j->to], j->version != MLP_ONLY, &arena, error);
    if (status == MLP_OK)
        status = mlp_join_rows(j, &keys, base, j->from == MLP_NONE ? base : &f->table[j->source],
                               j->from == MLP_NONE ? NULL : f->joined[j->from], f->joined[index], error);
    mlp_arena_clear(&arena);
    return status;
}

static mlp_status fill_joined(struct mlp_frame *f, mlp_ix index, struct mlp_error *error)
{
    const struct mlp_slot *const slot = &f->code->program->slots.at[index];
    TRY(fill_join(f, slot->join, error));
    return mlp_join_column(&f->table[slot->source], slot->column, f->joined[slot->join], f->table[f->source].rows, &f->arena,
                           &f->window[index], error);
}

const struct mlp_column_data *mlp_frame_column(const struct mlp_frame *f, mlp_ix index)
{
    const struct mlp_slot *const slot = &f->code->program->slots.at[index];
    if (slot->origin == MLP_FROM_JUDGED) return &f->judged[index];
    /* what stands behind a key of another source is not here: its column has the spellings at least */
    const bool elsewhere = slot->origin == MLP_FROM_JOIN && !f->window[index].data;
    return slot->origin == MLP_FROM_COLUMN || elsewhere ? &f->table[slot->source].column[slot->column] : &f->window[index];
}

/* ---- windows ---- */

static mlp_status fill_window(struct mlp_frame *f, const struct mlp_state *state, mlp_ix index, struct mlp_order *order, uint32_t *orders,
                              struct mlp_pool *pool, struct mlp_error *error)
{
    const struct mlp_slot *const slot = &f->code->program->slots.at[index];
    uint32_t j = 0;
    while (j < *orders && !mlp_order_serves(&order[j], slot)) j++;
    if (j == *orders) {
        ++*orders;
        TRY(mlp_order_open(f, slot, 1, &order[j], error));
    }
    struct mlp_events events = {0};
    mlp_status status = mlp_events_open(f, state, &order[j], slot, pool, &events, error);
    if (status == MLP_OK) status = mlp_events_fill(f, &events, &f->arena, &f->window[index], error);
    mlp_events_clear(&events);
    return status;
}

mlp_status mlp_frame_windows(struct mlp_frame *f, const struct mlp_state *state, struct mlp_pool *pool, struct mlp_error *error)
{
    const struct mlp_program *const p = f->code->program;
    struct mlp_arena arena = {0};
    uint32_t orders = 0;
    struct mlp_order *const order = mlp_arena_alloc(&arena, (p->slots.n + 1) * sizeof *order);
    mlp_status status = order ? MLP_OK : mlp_no_memory(error, p->slots.n * sizeof *order);
    for (mlp_ix i = 0; status == MLP_OK && i < p->slots.n; i++)
        if (p->slots.at[i].origin == MLP_FROM_WINDOW) status = fill_window(f, state, i, order, &orders, pool, error);
    for (uint32_t j = 0; j < orders; j++) mlp_order_clear(&order[j]);
    mlp_arena_clear(&arena);
    return status;
}

mlp_status mlp_frame_window(struct mlp_frame *f, const struct mlp_state *state, mlp_ix slot, struct mlp_pool *pool, struct mlp_error *error)
{
    struct mlp_order order = {0};
    uint32_t orders = 0;
    if (f->window[slot].data) return MLP_OK;
    const mlp_status status = fill_window(f, state, slot, &order, &orders, pool, error);
    mlp_order_clear(&order);
    return status;
}

/* ---- the whole ---- */

static mlp_status open_frame(struct mlp_frame *f, const struct mlp_code *code, const struct mlp_table *table, const double *param,
                             mlp_ix source, struct mlp_error *error)
{
    const struct mlp_program *const p = code->program;
    *f = (struct mlp_frame){.code = code, .table = table, .param = param, .source = source};
    f->window = mlp_arena_alloc(&f->arena, (p->slots.n + 1) * sizeof *f->window);
    f->joined = mlp_arena_alloc(&f->arena, (p->joins.n + 1) * sizeof *f->joined);
    return f->window && f->joined ? MLP_OK : mlp_no_memory(error, p->slots.n * sizeof *f->window);
}

static mlp_status fill(struct mlp_frame *f, mlp_ix slot, struct mlp_error *error)
{
    const struct mlp_program *const p = f->code->program;
    if (p->slots.at[slot].origin != MLP_FROM_JOIN || mlp_slot_rows(p, &p->slots.at[slot]) != f->source) return MLP_OK;
    return fill_joined(f, slot, error);
}

mlp_status mlp_frame_init(struct mlp_frame *f, const struct mlp_code *code, const struct mlp_table *table, const double *param,
                          struct mlp_error *error)
{
    TRY(open_frame(f, code, table, param, code->program->main_source, error));
    for (mlp_ix i = 0; i < code->program->slots.n; i++) TRY(fill(f, i, error));
    return MLP_OK;
}

mlp_status mlp_frame_of(struct mlp_frame *f, const struct mlp_code *code, const struct mlp_table *table, const double *param,
                        mlp_ix source, mlp_ix kernel, struct mlp_error *error)
{
    TRY(open_frame(f, code, table, param, source, error));
    if (kernel == MLP_NONE) return MLP_OK;
    const struct mlp_kernel *const k = &code->program->kernels.at[kernel];
    for (uint32_t i = 0; i < k->slots.n; i++) TRY(fill(f, k->slots.at[i], error));
    return MLP_OK;
}

void mlp_frame_clear(struct mlp_frame *f)
{
    mlp_arena_clear(&f->arena);
    *f = (struct mlp_frame){0};
}
