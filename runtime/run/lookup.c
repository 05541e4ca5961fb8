/* lookup.c: see lookup.h. Must not be named by what a program without joins links. */
#include "runtime/run/lookup.h"
#include <stdlib.h>
#include <string.h>
#include "runtime/fit/join.h"
#include "runtime/run/params.h"
#include "runtime/run/sources.h"

struct mlp_lookup {
    struct mlp_arena arena; const struct mlp_code *code; const double *param; struct mlp_lookup_files files;
    const char **param_text, **file;                        /* (params), (sources) */
    struct mlp_table *table; struct mlp_keys *keys;         /* (sources), (joins) */
    bool read; struct mlp_error error;                      /* read: error says how it went */
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
            return mlp_fix(error, "give their file as it is, without --source");
        }
        l->file[i] = equals + 1;
    }
    return MLP_OK;
}

static mlp_status open_lookup(struct mlp_lookup **out, const struct mlp_code *code, const double *param,
                              const struct mlp_lookup_files *files, struct mlp_error *error)
{
    struct mlp_lookup *l = *out = calloc(1, sizeof *l);
    if (!l) return mlp_no_memory(error, sizeof *l);
    l->code = code, l->param = param, l->files = *files;
    TRY(names(l, files, error));
    return mlp_params_text(code->program, files->set, files->sets, &l->arena, &l->param_text, error);
}

static void close_lookup(struct mlp_lookup *l)
{
    if (!l) return;
    for (uint32_t i = 0; l->table && i < l->code->program->sources.n; i++) mlp_table_clear(&l->table[i]);
    mlp_arena_clear(&l->arena);
    free(l);
}

static mlp_status read_all(struct mlp_lookup *l, struct mlp_error *error)
{
    const struct mlp_program *p = l->code->program;
    uint8_t *wanted = mlp_arena_alloc(&l->arena, p->sources.n + 1);
    struct mlp_source_count *count = mlp_arena_alloc(&l->arena, (p->sources.n + 1) * sizeof *count);
    l->table = mlp_arena_alloc(&l->arena, (p->sources.n + 1) * sizeof *l->table);
    l->keys = mlp_arena_alloc(&l->arena, (p->joins.n + 1) * sizeof *l->keys);
    if (!wanted || !count || !l->table || !l->keys) return mlp_no_memory(error, p->joins.n * sizeof *l->keys);
    for (uint32_t i = 0; i < p->slots.n; i++) {             /* what requests look up starts at a row of the main source */
        const struct mlp_slot *s = &p->slots.at[i];
        if (s->origin != MLP_FROM_JOIN || mlp_slot_rows(p, s) != p->main_source) continue;
        for (mlp_ix j = s->join; j != MLP_NONE; j = p->joins.at[j].from) wanted[p->joins.at[j].to] = 1;
    }
    struct mlp_pool *pool = mlp_pool_new(0);
    if (!pool) return mlp_no_memory(error, sizeof pool);
    const struct mlp_sources_in in = {.code = l->code, .param = l->param, .param_text = l->param_text, .dir = l->files.dir, .pool = pool,
                                      .file = l->file, .wanted = wanted};
    const mlp_status status = mlp_sources_read(&in, l->table, count, &l->arena, error);
    mlp_pool_free(pool);
    TRY(status);
    for (uint32_t j = 0; j < p->joins.n; j++)
        if (wanted[p->joins.at[j].to])
            TRY(mlp_keys_open(&l->keys[j], &l->table[p->joins.at[j].to], p->joins.at[j].version != MLP_ONLY, &l->arena, error));
    return MLP_OK;
}

static mlp_status ready(struct mlp_lookup *l, struct mlp_error *error)
{
    if (!l->read && read_all(l, &l->error) == MLP_OK) l->error.status = MLP_OK;
    l->read = true;
    if (l->error.status != MLP_OK) *error = l->error;
    return l->error.status;
}

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
    if (__builtin_sub_overflow(moment, j->ahead_us, &moment)) return 0;
    return key.n ? mlp_keys_find(k, j, mlp_dictionary_find(k->dictionary, key.at, key.n), moment) : 0;
}

static mlp_status value(struct mlp_lookup *l, mlp_ix index, struct mlp_str key, int64_t moment, struct mlp_value *v,
                        struct mlp_error *error)
{
    const struct mlp_slot *s = &l->code->program->slots.at[index];
    *v = (struct mlp_value){.missing = 1};
    TRY(ready(l, error));
    const uint32_t row = follow(l, s->join, key, moment);
    const struct mlp_table *t = &l->table[s->source];
    const struct mlp_column_data *c = &t->column[s->column];
    if (!row || !mlp_is_valid(c->valid, row - 1)) return MLP_OK;
    v->missing = 0;
    if (s->rep == MLP_F64) v->number = ((const double *)c->data)[row - 1];
    else if (s->rep == MLP_I64) v->time = ((const int64_t *)c->data)[row - 1];
    else if (s->rep == MLP_STR) v->text = ((const struct mlp_str *)c->data)[row - 1];
    else {
        const uint32_t code = ((const uint32_t *)c->data)[row - 1];
        if (code < 2) v->missing = 1;
        else if (t->source->columns.at[s->column].set.n) v->code = code;        /* declared: the same code in every table */
        else v->text = c->dictionary->spelling[code - 2];
    }
    return MLP_OK;
}

const struct mlp_lookup_ops mlp_lookup_ops = {open_lookup, ready, value, close_lookup};
