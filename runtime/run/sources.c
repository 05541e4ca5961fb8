/* sources.c: see sources.h. A reader is given a schema without derived columns and without what is said of whole columns: those are
 * checked here, when the rows are complete. Sources that others are made with come first. */
#include "runtime/run/sources.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "runtime/base/hash.h"
#include "runtime/data/schema.h"
#include "runtime/io/reader.h"
#include "runtime/run/params.h"

enum { SAMPLE_SEED = 0x73616d70 };
struct making { const struct mlp_sources_in *in; struct mlp_table *table; struct mlp_source_count *count; struct mlp_arena *arena;
                uint8_t *done; };

/* ---- one file set ---- */

/* The source as a reader sees it. place[i]: its column i in the whole schema. */
static mlp_status plain_source(struct making *m, const struct mlp_source *s, const struct mlp_use *reader, struct mlp_source *out,
                               mlp_ix **place, struct mlp_error *error)
{
    struct mlp_column *column = mlp_arena_alloc(m->arena, (s->columns.n + 1) * sizeof *column);
    mlp_ix *at = *place = mlp_arena_alloc(m->arena, (s->columns.n + 1) * sizeof *at);
    if (!column || !at) return mlp_no_memory(error, s->columns.n * sizeof *column);
    uint32_t n = 0;
    for (uint32_t i = 0; i < s->columns.n; i++) {
        if (s->columns.at[i].derived) continue;
        column[n] = s->columns.at[i], at[n] = i;
        column[n].unique = 0, column[n].max_missing = column[n].max_distinct = INFINITY;
        n++;
    }
    *out = *s;
    out->columns.at = column, out->columns.n = n, out->reader = *reader;
    out->n_key = 0, out->time = out->group = out->query = out->weight = MLP_NONE, out->steps.n = 0;
    return MLP_OK;
}

static mlp_status read_files(struct making *m, const struct mlp_source *s, const struct mlp_use *reader, const char *const *path,
                             uint32_t paths, struct mlp_table *t, struct mlp_error *error)
{
    struct mlp_source *plain = mlp_arena_alloc(m->arena, sizeof *plain);
    mlp_ix *place;
    if (!plain) return mlp_no_memory(error, sizeof *plain);
    TRY(plain_source(m, s, reader, plain, &place, error));
    const struct mlp_reader_ops *ops = reader->impl == MLP_NONE ? NULL : m->in->code->bind[reader->impl].ops;
    if (!ops) return mlp_fail(error, MLP_ERR_BUG, NULL, "the reader `%s` is bound to nothing", reader->name);
    TRY(ops->read(plain, path, paths, m->in->pool, t, error));
    struct mlp_column_data *column = mlp_arena_alloc(&t->arena, (s->columns.n + 1) * sizeof *column);
    if (!column) return mlp_no_memory(error, s->columns.n * sizeof *column);
    for (uint32_t i = 0; i < plain->columns.n; i++) column[place[i]] = t->column[i];
    t->column = column, t->source = s;
    if (m->in->log)
        mlp_log_add(m->in->log, "read", "%s: %zu rows of %u files, content %016llx%016llx", s->id.name, t->rows, t->n_files,
                    (unsigned long long)t->content[0], (unsigned long long)t->content[1]);
    if (t->rows) return MLP_OK;
    if (t->bad.n && m->in->bad) return m->in->bad(m->in->bad_data, s, t, error);
    mlp_fail(error, MLP_ERR_DATA, "E341", "source `%s` has a header but no rows", s->id.name);
    snprintf(error->file, sizeof error->file, "%s", path[0]);
    return mlp_fix(error, "give it a file with rows");
}

static mlp_status read_own(struct making *m, mlp_ix index, struct mlp_error *error)
{
    const struct mlp_program *p = m->in->code->program;
    const struct mlp_source *s = &p->sources.at[index];
    const char **path, *given[2] = {m->in->file ? m->in->file[index] : NULL, NULL};
    uint32_t paths = 1;
    if (given[0]) path = given;
    else TRY(mlp_paths_resolve(p, s, m->in->param_text, m->in->dir, m->arena, &path, &paths, error));
    if (index == p->main_source && m->in->behind) {
        const char **more = mlp_arena_alloc(m->arena, (paths + 2) * sizeof *more);
        if (!more) return mlp_no_memory(error, paths * sizeof *more);
        memcpy(more, path, paths * sizeof *more);
        more[paths++] = m->in->behind, path = more;
    }
    return read_files(m, s, &s->reader, path, paths, &m->table[index], error);
}

/* ---- derived columns ---- */

/* A missing value where the row's key or time must be. */
static mlp_status no_value(const struct mlp_table *t, mlp_ix column, size_t row, struct mlp_error *error)
{
    const struct mlp_column *c = &t->source->columns.at[column];
    mlp_fail(error, MLP_ERR_DATA, "E317", "`%s`, which is derived, is missing in this row, and a row's `@%s` may not be", c->id.name,
             c->tags & MLP_KEY ? "key" : "time");
    mlp_fix(error, "complete what it is derived from, or leave such rows out: `|> where(%s is not missing)`", c->id.name);
    return mlp_table_place(t, row, column, error);
}

static mlp_status spellings(struct mlp_table *t, const struct mlp_column *c, const struct mlp_state *state, struct mlp_dictionary **out,
                            struct mlp_error *error)
{
    struct mlp_dictionary *d = *out = mlp_arena_alloc(&t->arena, sizeof *d);
    if (!d) return mlp_no_memory(error, sizeof *d);
    const struct mlp_cell *cell = c->codebook == MLP_NONE ? NULL : &state->cell[c->codebook];
    const uint32_t n = cell ? mlp_codebook_size(cell) - 2 : c->set.n;
    for (uint32_t i = 0; i < n; i++) {
        const struct mlp_str s = cell ? mlp_codebook_spelling(cell, 2 + i) : (struct mlp_str){c->set.at[i], strlen(c->set.at[i])};
        if (!mlp_dictionary_add(d, &t->arena, s.at, s.n)) return mlp_no_memory(error, s.n);
    }
    return MLP_OK;
}

/* Texts are copied: what a kernel gives goes with its block. */
struct keeping { struct mlp_str *text; struct mlp_arena *arena; };      /* (rows), (workers) */
static void keep_texts(const struct mlp_texts *t, uint32_t out, size_t from, size_t n, const struct mlp_str *text, int worker)
{
    const struct keeping *k = t->data;
    for (size_t i = 0; !out && i < n; i++) {
        const char *copy = text[i].n ? mlp_arena_copy(&k->arena[worker], text[i].at, text[i].n) : NULL;
        k->text[from + i] = copy ? (struct mlp_str){copy, text[i].n} : (struct mlp_str){"", 0};
    }
}

/* Texts into the table, and which of them are there (NULL: all). */
static mlp_status derive_texts(struct making *m, const struct mlp_frame *f, const struct mlp_state *state, mlp_ix kernel, struct mlp_table *t,
                               struct mlp_str *text, double *there, struct mlp_error *error)
{
    const int workers = mlp_pool_threads(m->in->pool);
    struct mlp_arena scratch = {0};
    struct keeping keeping = {text, mlp_arena_alloc(&scratch, (size_t)workers * sizeof *keeping.arena)};
    const struct mlp_texts texts = {keep_texts, NULL, &keeping};
    if (!keeping.arena) return mlp_no_memory(error, (size_t)workers * sizeof *keeping.arena);
    mlp_status status = mlp_map_texts(f, state, kernel, NULL, t->rows, m->in->pool, (void *const[]){text, there}, &texts, error);
    size_t bytes = 0;
    for (size_t r = 0; status == MLP_OK && r < t->rows; r++) bytes += text[r].n;
    char *to = status == MLP_OK ? mlp_arena_alloc(&t->arena, bytes + 1) : NULL;
    if (status == MLP_OK && !to) status = mlp_no_memory(error, bytes);
    for (size_t r = 0; status == MLP_OK && r < t->rows; r++) {
        if (text[r].n) memcpy(to, text[r].at, text[r].n);
        text[r].at = to, to += text[r].n;
    }
    for (int i = 0; i < workers; i++) mlp_arena_clear(&keeping.arena[i]);
    return mlp_arena_clear(&scratch), status;
}

static mlp_status derive(struct making *m, mlp_ix source, mlp_ix column, struct mlp_error *error)
{
    static const uint8_t width[] = {[MLP_F64] = 8, [MLP_I64] = 8, [MLP_CODE] = 4, [MLP_STR] = sizeof(struct mlp_str)};
    struct mlp_table *t = &m->table[source];
    const struct mlp_column *c = &t->source->columns.at[column];
    struct mlp_column_data *out = &t->column[column];
    const bool says = m->in->code->program->kernels.at[c->kernel].outs.n > 1;
    struct mlp_frame frame;
    struct mlp_state state;
    *out = (struct mlp_column_data){mlp_arena_alloc(&t->arena, t->rows * width[c->rep] + 64), NULL, NULL};
    double *const there = says ? malloc((t->rows + 64) * sizeof *there) : NULL;
    uint64_t *const valid = mlp_arena_alloc(&t->arena, (t->rows + 63) / 64 * 8 + 64);
    if (!out->data || !valid || (says && !there)) return free(there), mlp_no_memory(error, t->rows * width[c->rep]);
    mlp_status status = mlp_frame_of(&frame, m->in->code, m->table, m->in->param, source, c->kernel, error);
    if (status == MLP_OK) status = mlp_state_whole(&frame, c->kernel, c->codebook, &state, error);
    if (status == MLP_OK && c->rep == MLP_STR) status = derive_texts(m, &frame, &state, c->kernel, t, out->data, there, error);
    else if (status == MLP_OK)
        status = mlp_map_rows(&frame, &state, c->kernel, NULL, t->rows, m->in->pool, (void *const[]){out->data}, error);
    if (status == MLP_OK && c->rep == MLP_CODE) status = spellings(t, c, &state, &out->dictionary, error);
    mlp_frame_clear(&frame);
    bool all = true;
    for (size_t r = 0; status == MLP_OK && r < t->rows; r++) {
        const bool is = c->rep == MLP_F64   ? !isnan(((const double *)out->data)[r])
                        : c->rep == MLP_I64 ? ((const int64_t *)out->data)[r] != INT64_MIN
                        : c->rep == MLP_STR ? !there || there[r] != 0
                                            : ((const uint32_t *)out->data)[r] != 0;
        valid[r >> 6] |= (uint64_t)is << (r & 63), all &= is;
    }
    if (!all) out->valid = valid;
    return free(there), status;
}

/* The time first: what stands behind a key is read as of it. */
static mlp_status derive_all(struct making *m, mlp_ix source, struct mlp_error *error)
{
    const struct mlp_source *s = &m->in->code->program->sources.at[source];
    for (int timed = 1; timed >= 0; timed--)
        for (mlp_ix i = 0; i < s->columns.n; i++)
            if (s->columns.at[i].kernel != MLP_NONE && (s->time == i) == timed) TRY(derive(m, source, i, error));
    return MLP_OK;
}

static mlp_status check_roles(const struct mlp_table *t, struct mlp_error *error)
{
    for (mlp_ix i = 0; i < t->source->columns.n; i++) {
        const struct mlp_column *c = &t->source->columns.at[i];
        if (c->kernel == MLP_NONE || !(c->tags & (MLP_KEY | MLP_ASOF)) || !t->column[i].valid) continue;
        for (size_t r = 0; r < t->rows; r++) if (!mlp_is_valid(t->column[i].valid, r)) return no_value(t, i, r, error);
    }
    return MLP_OK;
}

/* ---- steps ---- */

static mlp_status where(struct making *m, mlp_ix source, const struct mlp_step *step, uint32_t *row, size_t *n, struct mlp_error *error)
{
    const struct mlp_table *t = &m->table[source];
    struct mlp_frame frame;
    struct mlp_state state;
    double *holds = malloc((t->rows + 1) * sizeof *holds);
    if (!holds) return mlp_no_memory(error, t->rows * sizeof *holds);
    mlp_status status = mlp_frame_of(&frame, m->in->code, m->table, m->in->param, source, step->kernel, error);
    if (status == MLP_OK) status = mlp_state_whole(&frame, step->kernel, MLP_NONE, &state, error);
    if (status == MLP_OK)
        status = mlp_map_rows(&frame, &state, step->kernel, NULL, t->rows, m->in->pool, (void *const[]){holds}, error);
    for (size_t r = 0; status == MLP_OK && r < t->rows; r++) if (holds[r] == 1) row[(*n)++] = (uint32_t)r;
    mlp_frame_clear(&frame);
    return free(holds), status;
}

/* The columns that a step names; without any, all that are read. */
static mlp_status compared(struct making *m, const struct mlp_source *s, const struct mlp_step *step, const mlp_ix **out, uint32_t *n,
                           struct mlp_error *error)
{
    mlp_ix *all = mlp_arena_alloc(m->arena, (s->columns.n + 1) * sizeof *all);
    if (!all) return mlp_no_memory(error, s->columns.n * sizeof *all);
    *out = step->columns.at, *n = step->columns.n;
    if (*n) return MLP_OK;
    for (mlp_ix i = 0; i < s->columns.n; i++) if (!s->columns.at[i].derived) all[(*n)++] = i;
    *out = all;
    return MLP_OK;
}

static mlp_status distinct(struct making *m, mlp_ix source, const struct mlp_step *step, uint32_t *row, size_t *n,
                           struct mlp_error *error)
{
    const struct mlp_table *t = &m->table[source];
    const mlp_ix *column;
    uint32_t columns;
    TRY(compared(m, t->source, step, &column, &columns, error));
    TRY(mlp_rows_first(t, column, columns, row, error));
    for (size_t r = 0; r < t->rows; r++) if (row[r] == r) row[(*n)++] = (uint32_t)r;
    return MLP_OK;
}

static double number_of(const struct making *m, const struct mlp_use *use, const char *name, double otherwise)
{
    const struct mlp_arg *a = mlp_use_arg(use, name);
    return !a || a->kind == MLP_A_NONE ? otherwise : a->kind == MLP_A_PARAM ? m->in->param[a->ix] : a->num;
}

static mlp_status sample(struct making *m, mlp_ix source, const struct mlp_step *step, uint32_t *row, size_t *n,
                         struct mlp_error *error)
{
    const struct mlp_table *t = &m->table[source];
    const mlp_ix *column;
    uint32_t columns;
    const double share = number_of(m, &step->use, "share", 1), seed = number_of(m, &step->use, "seed", 1);
    TRY(compared(m, t->source, step, &column, &columns, error));
    for (size_t r = 0; r < t->rows; r++) {
        const uint64_t h = mlp_row_hash(t, column, columns, r, SAMPLE_SEED + (uint64_t)seed);
        if ((double)(h >> 11) * 0x1p-53 < share) row[(*n)++] = (uint32_t)r;
    }
    return MLP_OK;
}

static mlp_status append(struct making *m, mlp_ix source, const struct mlp_step *step, struct mlp_error *error)
{
    const struct mlp_program *p = m->in->code->program;
    const struct mlp_source *s = &p->sources.at[source];
    struct mlp_source other = *s;
    const char **path;
    uint32_t paths;
    other.reader = step->reader, other.path_param = step->path_param;
    TRY(mlp_paths_resolve(p, &other, m->in->param_text, m->in->dir, m->arena, &path, &paths, error));
    struct mlp_table more = {0};
    mlp_status status = read_files(m, s, &step->reader, path, paths, &more, error);
    if (status == MLP_OK) status = mlp_table_append(&m->table[source], &more, error);
    mlp_table_clear(&more);
    return status == MLP_OK ? derive_all(m, source, error) : status;
}

static mlp_status nothing_left(const struct mlp_table *t, const struct mlp_step *step, struct mlp_error *error)
{
    mlp_fail(error, MLP_ERR_DATA, "E341", "`%s` leaves no row of source `%s`", step->use.id.name, t->source->id.name);
    mlp_fix(error, strcmp(step->use.name, "sample") ? "look at its condition and at the file" : "take a larger share");
    return mlp_at(error, step->use.id.from, step->use.id.to);
}

static mlp_status run_step(struct making *m, mlp_ix source, const struct mlp_step *step, struct mlp_step_count *count,
                           struct mlp_error *error)
{
    struct mlp_table *t = &m->table[source];
    const char *name = step->use.name;
    const bool foreign = m->in->foreign && source == m->in->code->program->main_source;
    *count = (struct mlp_step_count){step->use.id.name, t->rows, t->rows};
    if (foreign && (!strcmp(name, "sample") || !strcmp(name, "append"))) return MLP_OK;
    if (!strcmp(name, "append")) {
        TRY(append(m, source, step, error));
        return count->after = t->rows, MLP_OK;
    }
    uint32_t *row = malloc((t->rows + 1) * sizeof *row);
    size_t n = 0;
    if (!row) return mlp_no_memory(error, t->rows * sizeof *row);
    mlp_status status = !strcmp(name, "where")      ? where(m, source, step, row, &n, error)
                        : !strcmp(name, "distinct") ? distinct(m, source, step, row, &n, error)
                        : !strcmp(name, "sample")   ? sample(m, source, step, row, &n, error)
                                                    : mlp_fail(error, MLP_ERR_BUG, NULL, "the step `%s` is not known", name);
    if (status == MLP_OK && !n) status = nothing_left(t, step, error);
    if (status == MLP_OK) mlp_table_keep(t, row, n), count->after = n;
    return free(row), status;
}

/* ---- all sources ---- */

static mlp_status make(struct making *m, mlp_ix source, struct mlp_error *error);

/* The sources that a kernel over rows of one source reads from. */
static mlp_status make_for(struct making *m, mlp_ix kernel, struct mlp_error *error)
{
    const struct mlp_program *p = m->in->code->program;
    if (kernel == MLP_NONE) return MLP_OK;
    const struct mlp_kernel *k = &p->kernels.at[kernel];
    for (uint32_t i = 0; i < k->slots.n; i++) {
        const struct mlp_slot *slot = &p->slots.at[k->slots.at[i]];
        for (mlp_ix j = slot->origin == MLP_FROM_JOIN ? slot->join : MLP_NONE; j != MLP_NONE; j = p->joins.at[j].from)
            TRY(make(m, p->joins.at[j].to, error));
    }
    return MLP_OK;
}

static mlp_status make(struct making *m, mlp_ix source, struct mlp_error *error)
{
    const struct mlp_source *s = &m->in->code->program->sources.at[source];
    if (m->done[source]) return MLP_OK;
    m->done[source] = 1;                                    /* circles were refused by the compiler */
    for (uint32_t i = 0; i < s->columns.n; i++) TRY(make_for(m, s->columns.at[i].kernel, error));
    for (uint32_t i = 0; i < s->steps.n; i++) TRY(make_for(m, s->steps.at[i].kernel, error));
    TRY(read_own(m, source, error));
    struct mlp_table *t = &m->table[source];
    struct mlp_step_count *count = mlp_arena_alloc(m->arena, (s->steps.n + 1) * sizeof *count);
    if (!count) return mlp_no_memory(error, s->steps.n * sizeof *count);
    m->count[source] = (struct mlp_source_count){t->rows, count, s->steps.n};
    TRY(derive_all(m, source, error));
    for (uint32_t i = 0; i < s->steps.n; i++) {
        TRY(run_step(m, source, &s->steps.at[i], &count[i], error));
        if (m->in->log && count[i].before != count[i].after)
            mlp_log_add(m->in->log, "step of a source", "%s: %s: %llu rows, %llu before", s->id.name, count[i].step,
                        (unsigned long long)count[i].after, (unsigned long long)count[i].before);
    }
    if (t->bad.n && m->in->bad) TRY(m->in->bad(m->in->bad_data, s, t, error));
    TRY(check_roles(t, error));
    return mlp_table_check(t, error);
}

mlp_status mlp_sources_read(const struct mlp_sources_in *in, struct mlp_table *table, struct mlp_source_count *count,
                            struct mlp_arena *arena, struct mlp_error *error)
{
    const uint32_t n = in->code->program->sources.n;
    struct making m = {in, table, count, arena, in->made ? in->made : mlp_arena_alloc(arena, n + 1)};
    if (!m.done) return mlp_no_memory(error, n);
    for (mlp_ix i = 0; i < n; i++)
        if (!in->wanted || in->wanted[i]) TRY(make(&m, i, error));
    return MLP_OK;
}
