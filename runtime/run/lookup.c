/* lookup.c: see lookup.h. Must not be named by what a program without joins and windows links. */
#include "runtime/run/lookup.h"
#include <stdlib.h>
#include <string.h>
#include <math.h>
#include "runtime/fit/join.h"
#include "runtime/fit/window.h"
#include "runtime/run/params.h"
#include "runtime/run/sources.h"

struct mlp_lookup {
    struct mlp_arena arena; const struct mlp_code *code; const double *param; struct mlp_lookup_files files;
    const char **param_text, **file;                        /* (params), (sources) */
    struct mlp_table *table; struct mlp_source_count *count; uint8_t *made;         /* (sources) */
    struct mlp_keys *keys;                                  /* (joins) table NULL: not opened */
    struct mlp_order *order; uint32_t orders; struct mlp_events *events;            /* (slots) room for them; events of windows */
    struct mlp_slot by_key; struct mlp_order place;         /* of the history's rows by their key, where nothing else orders them */
    uint8_t *ready; struct mlp_error **failed;              /* (slots) failed: why it is not */
};

static mlp_status names(struct mlp_lookup *l, const struct mlp_lookup_files *files, struct mlp_error *error)
{
    const struct mlp_program *p = l->code->program;
    const char **name = mlp_arena_alloc(&l->arena, (p->sources.n + 1) * sizeof *name);
    l->file = mlp_arena_alloc(&l->arena, (p->sources.n + 1) * sizeof *l->file);
    if (!name || !l->file) return mlp_no_memory(error, p->sources.n * sizeof *name);
    for (uint32_t i = 0; i < p->sources.n; i++) name[i] = p->sources.at[i].id.name;
    for (uint32_t k = 0; k < files->n_source; k++) {
        const char *equals = strchr(files->source[k], '=');
        const size_t n = equals ? (size_t)(equals - files->source[k]) : 0;
        mlp_ix i = 0;
        while (n && i < p->sources.n && (strlen(name[i]) != n || memcmp(name[i], files->source[k], n))) i++;
        if (!n || i == p->sources.n) {
            const char *near = n ? mlp_schema_nearest(files->source[k], n, name, p->sources.n) : NULL;
            mlp_fail(error, MLP_ERR_SPEC, NULL, n ? "--source %s: there is no source of that name" : "--source %s does not say NAME=PATH",
                     files->source[k]);
            return near ? mlp_fix(error, "did you mean `%s`?", near) : mlp_fix(error, "write --source NAME=PATH");
        }
        if (i == p->main_source) {
            mlp_fail(error, MLP_ERR_SPEC, NULL, "--source %s: the rows of `%s` are the requests themselves", files->source[k], name[i]);
            return mlp_fix(error, "give their file as it is, without --source; the rows before them are --history FILE");
        }
        l->file[i] = equals + 1;
    }
    l->file[p->main_source] = files->history;
    return MLP_OK;
}

static mlp_status open_lookup(struct mlp_lookup **out, const struct mlp_code *code, const double *param,
                              const struct mlp_lookup_files *files, struct mlp_error *error)
{
    const struct mlp_program *p = code->program;
    struct mlp_lookup *l = *out = calloc(1, sizeof *l);
    if (!l) return mlp_no_memory(error, sizeof *l);
    l->code = code, l->param = param, l->files = *files;
    TRY(names(l, files, error));
    l->table = mlp_arena_alloc(&l->arena, (p->sources.n + 1) * sizeof *l->table);
    l->count = mlp_arena_alloc(&l->arena, (p->sources.n + 1) * sizeof *l->count), l->made = mlp_arena_alloc(&l->arena, p->sources.n + 1);
    l->keys = mlp_arena_alloc(&l->arena, (p->joins.n + 1) * sizeof *l->keys);
    l->order = mlp_arena_alloc(&l->arena, (p->slots.n + 1) * sizeof *l->order);
    l->events = mlp_arena_alloc(&l->arena, (p->slots.n + 1) * sizeof *l->events), l->ready = mlp_arena_alloc(&l->arena, p->slots.n + 1);
    l->failed = mlp_arena_alloc(&l->arena, (p->slots.n + 1) * sizeof *l->failed);
    if (!l->table || !l->count || !l->made || !l->keys || !l->order || !l->events || !l->ready || !l->failed)
        return mlp_no_memory(error, p->slots.n * sizeof *l->events);
    return mlp_params_text(p, files->set, files->sets, &l->arena, &l->param_text, error);
}

static void close_lookup(struct mlp_lookup *l)
{
    if (!l) return;
    for (uint32_t i = 0; l->events && i < l->code->program->slots.n; i++) mlp_events_clear(&l->events[i]);
    for (uint32_t i = 0; i < l->orders; i++) mlp_order_clear(&l->order[i]);
    mlp_order_clear(&l->place);
    for (uint32_t i = 0; l->table && i < l->code->program->sources.n; i++) mlp_table_clear(&l->table[i]);
    mlp_arena_clear(&l->arena);
    free(l);
}

/* ---- reading ---- */

/* The sources that a slot is computed from. */
static void wants(const struct mlp_program *p, mlp_ix index, uint8_t *wanted)
{
    const struct mlp_slot *s = &p->slots.at[index];
    if (s->origin == MLP_FROM_JOIN)
        for (mlp_ix j = s->join; j != MLP_NONE; j = p->joins.at[j].from) wanted[p->joins.at[j].to] = 1;
    if (s->origin != MLP_FROM_WINDOW) return;
    wanted[s->source] = 1;
    for (uint32_t i = 0; s->kernel != MLP_NONE && i < p->kernels.at[s->kernel].slots.n; i++)
        wants(p, p->kernels.at[s->kernel].slots.at[i], wanted);
}

static mlp_status read_for(struct mlp_lookup *l, mlp_ix slot, struct mlp_pool *pool, struct mlp_error *error)
{
    const struct mlp_program *p = l->code->program;
    const char *test = mlp_test_file(p, l->param_text);
    uint8_t *wanted = mlp_arena_alloc(&l->arena, p->sources.n + 1), *before = mlp_arena_alloc(&l->arena, p->sources.n + 1);
    if (!wanted || !before) return mlp_no_memory(error, p->sources.n);
    wants(p, slot, wanted), memcpy(before, l->made, p->sources.n);
    struct mlp_sources_in in = {.code = l->code, .param = l->param, .param_text = l->param_text, .dir = l->files.dir, .pool = pool,
                                .file = l->file, .wanted = wanted, .made = l->made, .foreign = l->files.history != NULL};
    /* a test file's rows are history too, as they are in training */
    if (test && !l->files.history && !(in.behind = mlp_path_join(l->files.dir, test, &l->arena)))
        return mlp_no_memory(error, strlen(test));
    const mlp_status status = mlp_sources_read(&in, l->table, l->count, &l->arena, error);
    for (uint32_t i = 0; status != MLP_OK && i < p->sources.n; i++)         /* perhaps half of it: another slot begins anew */
        if (l->made[i] && !before[i]) mlp_table_clear(&l->table[i]), l->made[i] = 0;
    return status;
}

static mlp_status open_keys(struct mlp_lookup *l, mlp_ix join, struct mlp_error *error)
{
    const struct mlp_program *p = l->code->program;
    for (mlp_ix j = join; j != MLP_NONE; j = p->joins.at[j].from) {
        const struct mlp_join *is = &p->joins.at[j];
        if (l->keys[j].table) continue;
        const mlp_status status = mlp_keys_open(&l->keys[j], &l->table[is->to], is->version != MLP_ONLY, &l->arena, error);
        if (status != MLP_OK) return l->keys[j].table = NULL, status;
    }
    return MLP_OK;
}

static mlp_status open_place(struct mlp_lookup *l, const struct mlp_frame *f, struct mlp_error *error)
{
    const struct mlp_program *p = l->code->program;
    const struct mlp_source *s = &p->sources.at[p->main_source];
    if (l->place.slot || !s->n_key) return MLP_OK;
    l->by_key = (struct mlp_slot){.origin = MLP_FROM_WINDOW, .source = p->main_source, .axis = MLP_BY_ROW, .kernel = MLP_NONE};
    l->by_key.by.at = s->key, l->by_key.by.n = s->n_key;
    const mlp_status status = mlp_order_open(f, &l->by_key, 0, &l->place, error);
    if (status != MLP_OK) mlp_order_clear(&l->place);
    return status;
}

/* Windows that this one reads, for every row of the history: those before them first. */
static mlp_status open_inner(struct mlp_frame *f, const struct mlp_state *state, mlp_ix index, struct mlp_pool *pool,
                             struct mlp_error *error)
{
    const struct mlp_program *p = f->code->program;
    const mlp_ix kernel = p->slots.at[index].kernel;
    for (uint32_t i = 0; kernel != MLP_NONE && i < p->kernels.at[kernel].slots.n; i++) {
        const mlp_ix inner = p->kernels.at[kernel].slots.at[i];
        if (p->slots.at[inner].origin != MLP_FROM_WINDOW) continue;
        TRY(open_inner(f, state, inner, pool, error));
        TRY(mlp_frame_window(f, state, inner, pool, error));
    }
    return MLP_OK;
}

static mlp_status open_window(struct mlp_lookup *l, mlp_ix index, struct mlp_pool *pool, struct mlp_error *error)
{
    const struct mlp_program *p = l->code->program;
    const struct mlp_slot *s = &p->slots.at[index];
    struct mlp_frame f;
    struct mlp_state state = {p->cells.n, NULL};
    struct mlp_cell *cell;
    uint32_t j = 0;
    TRY(mlp_state_blank(p, &l->arena, &cell, error));
    state.cell = cell;
    mlp_status status = mlp_frame_of(&f, l->code, l->table, l->param, s->source, s->kernel, error);
    if (status == MLP_OK) status = open_inner(&f, &state, index, pool, error);
    if (status == MLP_OK && s->axis == MLP_BY_ROW) status = open_place(l, &f, error);
    while (j < l->orders && !mlp_order_serves(&l->order[j], s)) j++;
    if (status == MLP_OK && j == l->orders) {
        status = mlp_order_open(&f, s, 0, &l->order[j], error);
        if (status == MLP_OK) l->orders++;
        else mlp_order_clear(&l->order[j]);
    }
    if (status == MLP_OK) {
        status = mlp_events_open(&f, &state, &l->order[j], s, pool, &l->events[index], error);
        if (status != MLP_OK) mlp_events_clear(&l->events[index]);
    }
    mlp_frame_clear(&f);
    return status;
}

static mlp_status open_slot(struct mlp_lookup *l, mlp_ix index, struct mlp_error *error)
{
    const struct mlp_slot *s = &l->code->program->slots.at[index];
    struct mlp_pool *pool = mlp_pool_new(l->files.threads);
    if (!pool) return mlp_no_memory(error, sizeof pool);
    mlp_status status = read_for(l, index, pool, error);
    if (status == MLP_OK) status = s->origin == MLP_FROM_JOIN ? open_keys(l, s->join, error) : open_window(l, index, pool, error);
    mlp_pool_free(pool);
    return status;
}

static mlp_status ready(struct mlp_lookup *l, mlp_ix index, struct mlp_error *error)
{
    if (l->ready[index]) return MLP_OK;
    if (l->failed[index]) return *error = *l->failed[index], error->status;
    struct mlp_error *why = mlp_arena_alloc(&l->arena, sizeof *why);
    if (!why) return mlp_no_memory(error, sizeof *why);
    if (open_slot(l, index, why) == MLP_OK) return l->ready[index] = 1, MLP_OK;
    l->failed[index] = why;
    return *error = *why, error->status;
}

/* ---- answers ---- */

/* The row (+ 1) that a join leads to. */
static uint32_t follow(const struct mlp_lookup *l, mlp_ix index, struct mlp_str key, int64_t moment)
{
    const struct mlp_join *j = &l->code->program->joins.at[index];
    const struct mlp_keys *k = &l->keys[index];
    if (j->from != MLP_NONE) {
        const struct mlp_table *t = &l->table[j->source];
        const uint32_t row = follow(l, j->from, key, moment);
        uint64_t scratch;
        if (!row) return 0;
        key = mlp_table_bytes(t, j->column, row - 1, &scratch);
    }
    if (!key.n) return 0;
    return mlp_keys_find(k, j, mlp_dictionary_find(k->dictionary, key.at, key.n), mlp_join_moment(j, moment));
}

/* A cell of another table, as one of the request. */
static void cell_of(const struct mlp_table *t, mlp_ix column, size_t row, uint8_t rep, struct mlp_value *v)
{
    const struct mlp_column *is = &t->source->columns.at[column];
    const struct mlp_column_data *c = &t->column[column];
    if (!mlp_is_valid(c->valid, row)) return;
    v->missing = 0;
    if (is->rep == MLP_F64) v->number = ((const double *)c->data)[row];
    else if (is->rep == MLP_I64) v->time = ((const int64_t *)c->data)[row];
    else if (is->rep == MLP_STR) v->text = ((const struct mlp_str *)c->data)[row];
    else {
        const uint32_t code = ((const uint32_t *)c->data)[row];
        if (code < 2) v->missing = 1;
        else if (rep == MLP_CODE && is->set.n) v->code = code;      /* declared: the same code in every table */
        else v->text = c->dictionary->spelling[code - 2];
    }
}

static mlp_status value(struct mlp_lookup *l, mlp_ix index, struct mlp_str key, int64_t moment, struct mlp_value *v,
                        struct mlp_error *error)
{
    const struct mlp_slot *s = &l->code->program->slots.at[index];
    *v = (struct mlp_value){.missing = 1};
    TRY(ready(l, index, error));
    const uint32_t row = follow(l, s->join, key, moment);
    if (row) cell_of(&l->table[s->source], s->column, row - 1, s->rep, v);
    return MLP_OK;
}

static mlp_status window(struct mlp_lookup *l, mlp_ix index, const struct mlp_str *key, int64_t time, const struct mlp_str *own,
                         struct mlp_value *v, struct mlp_error *error)
{
    const struct mlp_slot *s = &l->code->program->slots.at[index];
    uint32_t row;
    *v = (struct mlp_value){.missing = 1};
    TRY(ready(l, index, error));
    if (s->axis == MLP_BY_ROW) time = own && l->place.slot ? mlp_order_place(&l->place, own) : INT64_MAX;
    const double number = mlp_events_at(&l->events[index], key, time, &row);
    if (row != MLP_NONE) cell_of(&l->table[s->source], s->column, row, s->rep, v);
    else if (!isnan(number)) v->missing = 0, v->number = number;
    return MLP_OK;
}

const struct mlp_lookup_ops mlp_lookup_ops = {open_lookup, ready, value, window, close_lookup};
