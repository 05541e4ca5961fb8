/* prepare.c: from options to a matrix: params, tables, target, parts, state. Says clearly what is wrong with the rows (a constant
 * target, a part with one class, no rows), before anything is trained. It trains nothing and judges nothing. */
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include "runtime/base/hash.h"
#include "runtime/calls.h"
#include "runtime/data/schema.h"
#include "runtime/io/csv.h"
#include "runtime/model/head.h"
#include "runtime/run/work.h"

void mlp_work_clear(struct mlp_work *w)
{
    mlp_matrix_clear(&w->matrix), mlp_fitted_clear(&w->fitted);
    if (w->framed) mlp_frame_clear(&w->frame);
    for (uint32_t i = 0; w->table && i < w->program->sources.n; i++) mlp_table_clear(&w->table[i]);
    mlp_pool_free(w->pool);
    mlp_log_clear(&w->log);
    mlp_arena_clear(&w->arena);
    *w = (struct mlp_work){0};
}

size_t mlp_work_rows(const struct mlp_work *w) { return w->table[w->program->main_source].rows; }

mlp_status mlp_work_step(struct mlp_work *w, const char *what, struct mlp_error *error)
{
    const struct mlp_watch *watch = &w->o->watch;
    if (watch->stop && *watch->stop)
        return mlp_fail(error, MLP_ERR_INTERRUPTED, NULL, "interrupted before the step `%s`; nothing was kept", what);
    if (watch->step) watch->step(watch->data, what);
    mlp_log_add(&w->log, "step", "%s", what);
    return MLP_OK;
}

void mlp_work_note(struct mlp_work *w, const char *format, ...)
{
    char line[1024];
    va_list args;
    va_start(args, format);
    vsnprintf(line, sizeof line, format, args);
    va_end(args);
    mlp_log_add(&w->log, "note", "%s", line);
    if (w->o->watch.note) w->o->watch.note(w->o->watch.data, line);
}

/* ---- reading ---- */

static mlp_status read_source(struct mlp_work *w, uint32_t i, struct mlp_error *error)
{
    const struct mlp_source *s = &w->program->sources.at[i];
    const char **path, *given[1] = {w->o->data};
    uint32_t paths = 1;
    if (i == w->program->main_source && w->o->data) path = given;
    else TRY(mlp_paths_resolve(w->program, s, w->param_text, w->o->spec_dir, &w->arena, &path, &paths, error));
    const struct mlp_arg *test = mlp_use_arg(&w->program->split, "test");
    if (i == w->program->main_source && !strcmp(w->program->split.name, "files") && test && test->str) {
        const char **more = mlp_arena_alloc(&w->arena, (paths + 1) * sizeof *more);   /* the test file's rows come last */
        if (!more) return mlp_no_memory(error, paths * sizeof *more);
        memcpy(more, path, paths * sizeof *more);
        if (!(more[paths++] = mlp_path_join(w->o->spec_dir, test->str, &w->arena))) return mlp_no_memory(error, strlen(test->str));
        path = more;
    }
    TRY(mlp_csv_read(s, path, paths, w->pool, &w->table[i], error));
    const struct mlp_table *t = &w->table[i];
    mlp_log_add(&w->log, "read", "%s: %zu rows of %u files, content %016llx%016llx", s->id.name, t->rows, t->n_files,
                (unsigned long long)t->content[0], (unsigned long long)t->content[1]);
    if (t->skipped) mlp_work_note(w, "source `%s`: %llu bad rows were left out", s->id.name, (unsigned long long)t->skipped);
    if (t->rows) return MLP_OK;
    mlp_fail(error, MLP_ERR_DATA, "E341", "source `%s` has a header but no rows", s->id.name);
    snprintf(error->file, sizeof error->file, "%s", path[0]);
    return mlp_fix(error, "give it a file with rows");
}

static bool has_classes(const struct mlp_program *p) { return p->target.task == MLP_MULTICLASS || p->target.task == MLP_ORDERED; }

/* A state before anything is learnt: codebooks hold what the spec itself names, numbers are missing. The target and the split are
 * computed with it. */
static mlp_status blank_state(struct mlp_work *w, struct mlp_state *state, struct mlp_error *error)
{
    const struct mlp_program *p = w->program;
    struct mlp_cell *cell = mlp_arena_alloc(&w->arena, (p->cells.n + 1) * sizeof *cell);
    if (!cell) return mlp_no_memory(error, p->cells.n * sizeof *cell);
    for (uint32_t i = 0; i < p->cells.n; i++) {
        const struct mlp_cell_spec *c = &p->cells.at[i];
        if (c->kind == MLP_NUMBERS) {
            double *missing = mlp_arena_alloc(&w->arena, sizeof *missing);
            if (!missing) return mlp_no_memory(error, sizeof *missing);
            *missing = NAN, cell[i] = (struct mlp_cell){missing, 1};
            continue;
        }
        size_t text = 0;
        for (uint32_t k = 0; k < c->pinned.n; k++) text += strlen(c->pinned.at[k]);
        const size_t head = 4 + 4 * ((size_t)c->pinned.n + 1);
        char *bytes = mlp_arena_alloc(&w->arena, head + text);
        if (!bytes) return mlp_no_memory(error, head + text);
        memcpy(bytes, &c->pinned.n, 4);
        uint32_t at = 0;
        for (uint32_t k = 0; k < c->pinned.n; k++) {
            const uint32_t n = (uint32_t)strlen(c->pinned.at[k]);
            memcpy(bytes + head + at, c->pinned.at[k], n);
            at += n;
            memcpy(bytes + 8 + 4 * (size_t)k, &at, 4);
        }
        cell[i] = (struct mlp_cell){bytes, head + text};
    }
    *state = (struct mlp_state){p->cells.n, cell};
    const mlp_ix book = has_classes(p) ? p->target.codebook : MLP_NONE;
    if (book == MLP_NONE) return MLP_OK;
    if (w->saved) cell[book] = w->saved->state.cell[book];
    else TRY(mlp_classes_learn(&w->frame, book, &cell[book], error));
    struct mlp_cell *known = mlp_arena_alloc(&w->arena, p->cells.n * sizeof *known);
    if (!known) return mlp_no_memory(error, p->cells.n * sizeof *known);
    known[book] = cell[book], w->frame.known = known;
    return MLP_OK;
}

/* The classes by name, and what can be said of their number. */
static mlp_status name_classes(struct mlp_work *w, const struct mlp_state *state, struct mlp_error *error)
{
    const struct mlp_program *p = w->program;
    struct mlp_result *r = w->result;
    w->outputs = 1;
    if (!has_classes(p)) return MLP_OK;
    w->outputs = r->classes = mlp_target_classes(p, state);
    if (!(r->class_name = mlp_arena_alloc(&r->arena, (r->classes + 1) * sizeof *r->class_name)))
        return mlp_no_memory(error, r->classes * sizeof *r->class_name);
    for (uint32_t k = 0; k < r->classes; k++) {
        const struct mlp_str s = mlp_target_class(p, state, k);
        if (!(r->class_name[k] = mlp_arena_copy(&r->arena, s.at, s.n))) return mlp_no_memory(error, s.n);
    }
    if (r->classes > 2 || p->target.task == MLP_ORDERED || w->saved) return MLP_OK;
    const char *name = p->target.id.name;
    if (r->classes == 2) {
        mlp_fail(error, MLP_ERR_DATA, "E345", "the target `%s` has two values, \"%s\" and \"%s\": it is a question", name,
                 r->class_name[0], r->class_name[1]);
        return mlp_fix(error, "write `predict %s = %s == \"%s\"`", name, name, r->class_name[1]);
    }
    mlp_fail(error, MLP_ERR_DATA, "E345", r->classes ? "the target `%s` is constant: it is \"%s\" in every row"
             : "the target `%s` is missing in every row", name, r->classes ? r->class_name[0] : "");
    return mlp_fix(error, "predict a column that varies, or read rows of several kinds");
}

/* Numbers the queries by first appearance. */
static mlp_status number_queries(struct mlp_work *w, struct mlp_error *error)
{
    const struct mlp_table *t = &w->table[w->program->main_source];
    const mlp_ix column = w->program->target.query;
    struct mlp_dictionary seen = {0};
    uint64_t scratch;
    if (!(w->query = mlp_arena_alloc(&w->arena, (t->rows + 1) * sizeof *w->query)))
        return mlp_no_memory(error, t->rows * sizeof *w->query);
    for (size_t r = 0; r < t->rows; r++) {
        const struct mlp_str key = mlp_table_bytes(t, column, r, &scratch);
        const uint32_t code = mlp_dictionary_add(&seen, &w->arena, key.at, key.n);
        if (!code) return mlp_no_memory(error, key.n);
        w->query[r] = code - 2;
    }
    return MLP_OK;
}

mlp_status mlp_work_read(struct mlp_work *w, struct mlp_error *error)
{
    const struct mlp_program *p = w->program;
    w->seed = w->o->has_seed ? w->o->seed : p->seed;
    w->result->seed = w->seed;
    if (!(w->pool = mlp_pool_new(w->o->threads))) return mlp_no_memory(error, sizeof w->pool);
    TRY(mlp_params_resolve(p, w->o->set, w->o->sets, &w->arena, &w->param, &w->param_text, error));
    TRY(mlp_work_step(w, "read", error));
    if (!(w->table = mlp_arena_alloc(&w->arena, p->sources.n * sizeof *w->table)))
        return mlp_no_memory(error, p->sources.n * sizeof *w->table);
    struct mlp_buffer contents = {0};
    for (uint32_t i = 0; i < p->sources.n; i++) {
        const mlp_status status = read_source(w, i, error);
        if (status != MLP_OK) return mlp_buffer_clear(&contents), status;
        mlp_buffer_add(&contents, w->table[i].content, sizeof w->table[i].content);
    }
    uint8_t hash[16];
    mlp_hash128(contents.at, contents.n, 0, hash);
    const bool short_of_memory = contents.failed;
    mlp_buffer_clear(&contents);
    char *hex = mlp_arena_alloc(&w->arena, 33);
    if (short_of_memory || !hex) return mlp_no_memory(error, 33);
    for (int i = 0; i < 16; i++) snprintf(hex + 2 * i, 3, "%02x", hash[i]);
    w->content = hex;
    TRY(mlp_frame_init(&w->frame, w->code, w->table, w->param, error));
    w->framed = true;

    const size_t rows = mlp_work_rows(w);
    struct mlp_state blank;
    TRY(blank_state(w, &blank, error));
    TRY(name_classes(w, &blank, error));
    if (!(w->y = mlp_arena_alloc(&w->arena, rows * sizeof *w->y))) return mlp_no_memory(error, rows * sizeof *w->y);
    TRY(mlp_map_rows(&w->frame, &blank, p->target.kernel, NULL, rows, w->pool, (void *const[]){w->y}, error));
    const struct mlp_source *s = &p->sources.at[p->main_source];
    if (p->target.query != MLP_NONE) TRY(number_queries(w, error));
    if (s->weight != MLP_NONE && s->columns.at[s->weight].rep == MLP_F64)
        w->weight = w->table[p->main_source].column[s->weight].data;
    for (size_t r = 0; r < rows; r++) w->result->unlabelled += isfinite(w->y[r]) ? 0 : 1;
    for (size_t r = 0; w->weight && r < rows; r++) {
        if (w->weight[r] >= 0) continue;                    /* not NaN either */
        mlp_fail(error, MLP_ERR_DATA, "E342", "a row's weight is %s", isnan(w->weight[r]) ? "missing" : "negative");
        mlp_fix(error, "give every row a weight of at least 0");
        return mlp_table_place(&w->table[p->main_source], r, s->weight, error);
    }
    w->result->rows = rows, w->result->features = p->features.n;
    if (w->result->unlabelled == rows) {
        mlp_fail(error, MLP_ERR_DATA, "E343", "the target `%s` is missing in all %zu rows", p->target.id.name, rows);
        return mlp_fix(error, "train on rows whose answer is known; `predict` needs none");
    }
    if (w->result->unlabelled)
        mlp_work_note(w, "%llu of %zu rows have no `%s`: they are neither trained on nor judged",
                      (unsigned long long)w->result->unlabelled, rows, p->target.id.name);
    return MLP_OK;
}

/* ---- parts ---- */

static const char *const part_name[3] = {"train", "validation", "test"};

static mlp_status gather(struct mlp_work *w, struct mlp_error *error)
{
    const size_t rows = mlp_work_rows(w);
    for (int k = 0; k < 3; k++) {
        uint32_t *at = mlp_arena_alloc(&w->arena, (rows + 1) * sizeof *at);
        if (!at) return mlp_no_memory(error, rows * sizeof *at);
        size_t n = 0;
        for (size_t r = 0; r < rows; r++) if (w->part[r] == MLP_PART_TRAIN + k) at[n++] = (uint32_t)r;
        w->rows[k] = (struct mlp_rows){at, n};
    }
    return MLP_OK;
}

static mlp_status summarise(struct mlp_work *w, struct mlp_error *error)
{
    const struct mlp_source *s = &w->program->sources.at[w->program->main_source];
    const struct mlp_table *t = &w->table[w->program->main_source];
    const int64_t *time = s->time == MLP_NONE ? NULL : t->column[s->time].data;
    for (int k = 0; k < 3; k++) {
        struct mlp_part_summary *part = &w->result->part[k];
        *part = (struct mlp_part_summary){.name = part_name[k], .rows = w->rows[k].n, .labelled = w->rows[k].n};
        part->first_us = INT64_MAX, part->last_us = INT64_MIN;
        if (w->result->classes) {
            part->class_rows = mlp_arena_alloc(&w->result->arena, w->result->classes * sizeof *part->class_rows);
            if (!part->class_rows) return mlp_no_memory(error, w->result->classes * sizeof *part->class_rows);
        }
        double sum = 0;
        for (size_t i = 0; i < w->rows[k].n; i++) {
            const uint32_t r = w->rows[k].at[i];
            sum += w->y[r];
            if (part->class_rows) part->class_rows[(uint32_t)w->y[r]]++;
            if (!time || !mlp_is_valid(t->column[s->time].valid, r)) continue;
            part->has_time = true;
            if (time[r] < part->first_us) part->first_us = time[r];
            if (time[r] > part->last_us) part->last_us = time[r];
        }
        part->mean = part->rows ? sum / (double)part->rows : NAN;
        if (w->result->classes) mlp_log_add(&w->log, "part", "%s: %zu rows", part_name[k], w->rows[k].n);
        else mlp_log_add(&w->log, "part", "%s: %zu rows, mean of the target %.6g", part_name[k], w->rows[k].n, part->mean);
    }
    return MLP_OK;
}

/* What `mean` and `majority` report, and classes that nothing can be learnt of. */
static mlp_status usual(struct mlp_work *w, struct mlp_error *error)
{
    const struct mlp_part_summary *train = &w->result->part[0];
    if (!(w->base = mlp_arena_alloc(&w->arena, w->outputs * sizeof *w->base))) return mlp_no_memory(error, w->outputs * sizeof *w->base);
    w->base[0] = train->mean;
    for (uint32_t k = 0; k < w->result->classes; k++) {
        w->base[k] = (double)train->class_rows[k] / (double)train->rows;
        if (!train->class_rows[k])
            mlp_work_note(w, "class \"%s\" has no row in the training part: no model can predict it", w->result->class_name[k]);
    }
    return MLP_OK;
}

/* Whether the target has one value only in these rows. */
static bool constant(const struct mlp_work *w, const struct mlp_rows *rows)
{
    for (size_t i = 1; i < rows->n; i++) if (w->y[rows->at[i]] != w->y[rows->at[0]]) return false;
    return true;
}

static mlp_status check_parts(struct mlp_work *w, struct mlp_error *error)
{
    const struct mlp_program *p = w->program;
    const char *target = p->target.id.name;
    const bool binary = p->target.task == MLP_BINARY;
    bool same = true;                                       /* over all parts: the target itself does not vary */
    for (int k = 0; k < 3; k++)
        same &= constant(w, &w->rows[k]) && (!w->rows[k].n || !w->rows[0].n || w->y[w->rows[k].at[0]] == w->y[w->rows[0].at[0]]);
    for (int k = 0; k < 3; k++) {
        if (w->rows[k].n) continue;
        mlp_fail(error, MLP_ERR_DATA, "E344", "the %s part has no rows: the split `%s` gave them all to others", part_name[k],
                 p->split.name);
        return mlp_fix(error, "give it a larger share, or the data more rows");
    }
    if (same) {
        char value[64];
        if (w->result->classes) snprintf(value, sizeof value, "\"%.60s\"", w->result->class_name[(uint32_t)w->y[w->rows[0].at[0]]]);
        else snprintf(value, sizeof value, "%.15g", w->y[w->rows[0].at[0]]);
        mlp_fail(error, MLP_ERR_DATA, "E345", "the target `%s` is constant: it is %s in every row", target,
                 !binary ? value : w->y[w->rows[0].at[0]] > 0.5 ? "true" : "false");
        return mlp_fix(error, "predict a column that varies, or read rows of both kinds");
    }
    for (int k = 0; k < 3; k++) {
        if (!constant(w, &w->rows[k]) || (!binary && k)) continue;
        mlp_fail(error, MLP_ERR_DATA, "E346", "one class in the %s part: `%s` is %s in all of its %zu rows", part_name[k], target,
                 !binary ? "the same" : w->y[w->rows[k].at[0]] > 0.5 ? "true" : "false", w->rows[k].n);
        if (strcmp(p->split.name, "random")) return mlp_fix(error, "move the split's borders so that every part has rows of both kinds");
        return mlp_fix(error, "add `stratify: %s` to the split, or give that part more rows", target);
    }
    return MLP_OK;
}

mlp_status mlp_work_split(struct mlp_work *w, struct mlp_error *error)
{
    const struct mlp_program *p = w->program;
    const size_t rows = mlp_work_rows(w);
    const struct mlp_split_ops *ops = p->split.impl == MLP_NONE ? NULL : w->code->bind[p->split.impl].ops;
    if (!ops) return mlp_fail(error, MLP_ERR_BUG, NULL, "the split `%s` is bound to nothing", p->split.name);
    TRY(mlp_work_step(w, "split", error));
    if (!(w->part = mlp_arena_alloc(&w->arena, rows + 1))) return mlp_no_memory(error, rows);
    const struct mlp_split_in in = {.program = p, .table = &w->table[p->main_source], .y = w->y, .seed = w->seed,
                                    .param = w->param};
    TRY(ops->split(&in, w->part, error));
    for (size_t r = 0; r < rows; r++) {
        if (!isfinite(w->y[r])) w->part[r] = MLP_PART_NONE;
        else w->result->unused += w->part[r] == MLP_PART_NONE;
    }
    if (w->result->unused)
        mlp_work_note(w, "%llu rows are in no part (they lie in a gap of the split)", (unsigned long long)w->result->unused);
    TRY(gather(w, error));
    TRY(check_parts(w, error));
    TRY(summarise(w, error));
    return usual(w, error);
}

mlp_status mlp_work_all(struct mlp_work *w, struct mlp_error *error)
{
    const size_t rows = mlp_work_rows(w);
    if (!(w->part = mlp_arena_alloc(&w->arena, rows + 1))) return mlp_no_memory(error, rows);
    for (size_t r = 0; r < rows; r++) w->part[r] = isfinite(w->y[r]) ? MLP_PART_TEST : MLP_PART_NONE;
    TRY(gather(w, error));
    return summarise(w, error);
}

/* ---- state and matrix ---- */

mlp_status mlp_work_fit(struct mlp_work *w, struct mlp_error *error)
{
    TRY(mlp_work_step(w, "fit", error));
    TRY(mlp_state_fit(&w->frame, w->rows[0].at, w->rows[0].n, w->seed, w->pool, &w->fitted, error));
    return mlp_matrix_make(&w->frame, &w->fitted, w->pool, &w->matrix, error);
}

mlp_status mlp_work_load(struct mlp_work *w, const struct mlp_saved *saved, struct mlp_error *error)
{
    const size_t rows = mlp_work_rows(w);
    w->base = saved->base, w->outputs = saved->outputs;
    for (uint32_t i = 0; i < w->program->params.n; i++) {   /* numbers are those of training; files may be others */
        const char *name = w->program->params.at[i].id.name;
        if (isnan(saved->param[i])) continue;
        for (uint32_t k = 0; k < w->o->sets; k++) {
            if (strncmp(w->o->set[k], name, strlen(name)) || w->o->set[k][strlen(name)] != '=' || w->param[i] == saved->param[i]) continue;
            mlp_fail(error, MLP_ERR_SPEC, NULL, "the model was trained with %s = %.15g, and keeps it", name, saved->param[i]);
            return mlp_fix(error, "leave out --set %s, or train again with it", name);
        }
        w->param[i] = saved->param[i];
    }
    w->fitted.state = saved->state;                         /* borrowed: fitted's own arena stays empty */
    if (!(w->fitted.fold_of = mlp_arena_alloc(&w->fitted.arena, rows + 1))) return mlp_no_memory(error, rows);
    memset(w->fitted.fold_of, 255, rows);
    return mlp_matrix_make(&w->frame, &w->fitted, w->pool, &w->matrix, error);
}
