/* prepare.c: from options to a matrix: params, tables, target, parts, state. Says clearly what is wrong with the rows (a constant
 * target, a part with one class, no rows), before anything is trained. It trains nothing and judges nothing. */
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "runtime/base/hash.h"
#include "runtime/calls.h"
#include "runtime/data/schema.h"
#include "runtime/model/head.h"
#include "runtime/run/probe.h"
#include "runtime/run/sources.h"
#include "runtime/run/work.h"
#include "runtime/store/folder.h"

void mlp_work_clear(struct mlp_work *w)
{
    mlp_probes_close(w);
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
    char text[160];
    if (w->fold) snprintf(text, sizeof text, "fold %u of %u: %s", w->fold, w->folds, what), what = text;
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
    uint8_t hash[16];
    uint64_t said;
    mlp_hash128(line, strlen(line), 0, hash), memcpy(&said, hash, sizeof said);
    for (uint32_t i = 0; i < w->notes; i++) if (w->note[i] == said) return;   /* each fold would say it again */
    if (w->notes < sizeof w->note / sizeof *w->note) w->note[w->notes++] = said;
    if (w->o->watch.note) w->o->watch.note(w->o->watch.data, line);
}

/* ---- reading ---- */

/* Bad rows: into the quarantine's file, if there is one, and into the result. */
static mlp_status left_out(void *data, const struct mlp_source *s, const struct mlp_table *t, struct mlp_error *error)
{
    struct mlp_work *w = data;
    struct mlp_result *r = w->result;
    const char *kept = NULL;
    if (s->bad_row == MLP_QUARANTINE && s->bad_path) {
        if (!(kept = mlp_path_join(w->o->spec_dir, s->bad_path, &r->arena))) return mlp_no_memory(error, 64);
        TRY(mlp_file_replace(kept, t->bad.text.at, t->bad.text.n, error));
    }
    struct mlp_left_out *more = mlp_arena_alloc(&r->arena, (r->lefts + 1) * sizeof *more);
    if (!more) return mlp_no_memory(error, sizeof *more);
    if (r->lefts) memcpy(more, r->left, r->lefts * sizeof *more);
    more[r->lefts++] = (struct mlp_left_out){s->id.name, kept, t->bad.n, t->bad.n + t->rows};
    r->left = more;
    mlp_work_note(w, "source `%s`: %llu of %llu rows are bad and were left out%s%s; the first: %.200s:%llu: %.300s", s->id.name,
                  (unsigned long long)t->bad.n, (unsigned long long)(t->bad.n + t->rows), kept ? ", they are in " : "", kept ? kept : "",
                  t->bad.first.file, (unsigned long long)t->bad.first.line, t->bad.first.text);
    if (t->rows) return MLP_OK;
    *error = t->bad.first;
    mlp_fail(error, MLP_ERR_DATA, "E303", "all %llu rows of source `%s` are bad%s%s; the first: %.700s", (unsigned long long)t->bad.n,
             s->id.name, kept ? ": they are in " : "", kept ? kept : "", t->bad.first.text);
    snprintf(error->file, sizeof error->file, "%s", t->bad.first.file);
    error->line = t->bad.first.line;
    return mlp_fix(error, "%.500s", t->bad.first.fix);
}

static mlp_status read_sources(struct mlp_work *w, struct mlp_error *error)
{
    const struct mlp_program *p = w->program;
    const char *test = mlp_test_file(p, w->param_text);
    const char **file = mlp_arena_alloc(&w->arena, (p->sources.n + 1) * sizeof *file);
    struct mlp_source_count *count = mlp_arena_alloc(&w->result->arena, (p->sources.n + 1) * sizeof *count);
    w->table = mlp_arena_alloc(&w->arena, p->sources.n * sizeof *w->table);
    if (!file || !count || !w->table) return mlp_no_memory(error, p->sources.n * sizeof *w->table);
    file[p->main_source] = w->o->data;
    w->result->source = count;
    struct mlp_sources_in in = {.code = w->code, .param = w->param, .param_text = w->param_text, .dir = w->o->spec_dir, .pool = w->pool,
                                .file = file, .foreign = w->o->data && w->saved, .log = &w->log, .bad = left_out, .bad_data = w};
    /* the test file's rows come last */
    if (test && !(in.behind = mlp_path_join(w->o->spec_dir, test, &w->arena))) return mlp_no_memory(error, strlen(test));
    TRY(mlp_sources_read(&in, w->table, count, &w->arena, error));
    for (uint32_t i = 0; i < p->sources.n; i++) {
        struct mlp_step_count *kept = mlp_arena_alloc(&w->result->arena, (count[i].steps + 1) * sizeof *kept);
        if (!kept) return mlp_no_memory(error, count[i].steps * sizeof *kept);
        if (count[i].steps) memcpy(kept, count[i].step, count[i].steps * sizeof *kept);   /* the result outlives the work */
        count[i].step = kept;
        const char *name = p->sources.at[i].id.name;
        for (uint32_t k = 0; k < count[i].steps; k++) {
            const struct mlp_step_count *s = &count[i].step[k];
            if (s->after > s->before)
                mlp_work_note(w, "source `%s`: `%s` added %llu rows", name, s->step, (unsigned long long)(s->after - s->before));
            else if (s->after < s->before)
                mlp_work_note(w, "source `%s`: `%s` left out %llu of %llu rows", name, s->step,
                              (unsigned long long)(s->before - s->after), (unsigned long long)s->before);
        }
    }
    return MLP_OK;
}

static bool has_classes(const struct mlp_program *p) { return p->target.task == MLP_MULTICLASS || p->target.task == MLP_ORDERED; }

/* The state that the target and the split are computed with: nothing is learnt yet, but the classes of the target. */
static mlp_status blank_state(struct mlp_work *w, struct mlp_state *state, struct mlp_error *error)
{
    const struct mlp_program *p = w->program;
    struct mlp_cell *cell;
    TRY(mlp_state_blank(p, &w->arena, &cell, error));
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
    w->outputs = mlp_target_numbers(p, state);
    if (!has_classes(p)) return MLP_OK;
    r->classes = w->outputs;
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
        mlp_at(error, p->target.id.from, p->target.id.to);
        return mlp_fix(error, "write `predict %s = %s == \"%s\"`", name, name, r->class_name[1]);
    }
    mlp_fail(error, MLP_ERR_DATA, "E345", r->classes ? "the target `%s` is constant: it is \"%s\" in every row"
             : "the target `%s` is missing in every row", name, r->classes ? r->class_name[0] : "");
    mlp_at(error, p->target.id.from, p->target.id.to);
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

/* Queries in which no row is one to rank have no target: they are neither trained on nor judged. */
static mlp_status pick_queries(struct mlp_work *w, const struct mlp_state *blank, struct mlp_error *error)
{
    const size_t rows = mlp_work_rows(w);
    size_t queries = 0, out = 0;
    double *holds = mlp_arena_alloc(&w->arena, (rows + 1) * sizeof *holds);
    uint8_t *picked = mlp_arena_alloc(&w->arena, rows + 1);
    if (!holds || !picked) return mlp_no_memory(error, rows * sizeof *holds);
    TRY(mlp_map_rows(&w->frame, blank, w->program->target.where, NULL, rows, w->pool, (void *const[]){holds}, error));
    for (size_t r = 0; r < rows; r++) {
        picked[w->query[r]] |= holds[r] == 1;
        if (w->query[r] >= queries) queries = w->query[r] + 1;
    }
    for (size_t q = 0; q < queries; q++) out += !picked[q];
    for (size_t r = 0; r < rows; r++) if (!picked[w->query[r]]) w->y[r] = NAN;
    mlp_work_note(w, "`where` leaves out %zu of %zu queries", out, queries);
    return MLP_OK;
}

struct placed { uint64_t place; uint32_t row; };
static int by_place(const void *a, const void *b)
{
    const struct placed *x = a, *y = b;
    return x->place != y->place ? (x->place < y->place ? -1 : 1) : x->row < y->row ? -1 : x->row > y->row;
}

/* Each item stands once in a query. */
static mlp_status check_items(struct mlp_work *w, struct mlp_error *error)
{
    const struct mlp_table *t = &w->table[w->program->main_source];
    const struct mlp_column *c = &t->source->columns.at[w->program->target.item];
    struct placed *at = mlp_arena_alloc(&w->arena, (t->rows + 1) * sizeof *at);
    size_t n = 0;
    uint64_t scratch;
    struct mlp_dictionary seen = {0};
    if (!at) return mlp_no_memory(error, t->rows * sizeof *at);
    for (size_t r = 0; r < t->rows; r++) {
        const struct mlp_str item = mlp_table_bytes(t, w->program->target.item, r, &scratch);
        if (!item.n) continue;
        const uint32_t code = mlp_dictionary_add(&seen, &w->arena, item.at, item.n);
        if (!code) return mlp_no_memory(error, item.n);
        at[n++] = (struct placed){(uint64_t)w->query[r] << 32 | code, (uint32_t)r};
    }
    qsort(at, n, sizeof *at, by_place);
    for (size_t i = 1; i < n; i++) {
        if (at[i].place != at[i - 1].place) continue;
        mlp_fail(error, MLP_ERR_DATA, "E337", "this `%s` stands twice in its query: the goal ranks each once", c->id.name);
        mlp_fix(error, "take the other row out, or name in `of` what tells the rows of a query apart");
        return mlp_table_place(t, at[i].row, w->program->target.item, error);
    }
    return MLP_OK;
}

/* Of a model: its params are those of training, for sources too; files may be others. */
static mlp_status kept_params(struct mlp_work *w, struct mlp_error *error)
{
    const struct mlp_saved *saved = w->saved;
    for (uint32_t i = 0; saved && i < w->program->params.n; i++) {
        const struct mlp_param *p = &w->program->params.at[i];
        const char *name = p->id.name, *kept = p->kind == MLP_P_TEXT ? mlp_param_text(saved->param, i)->at : NULL;
        if (kept && !p->read) continue;                     /* a path */
        const bool same = kept ? !strcmp(w->param_text[i], kept) : w->param[i] == saved->param[i];
        for (uint32_t k = 0; k < w->o->sets && !same; k++) {
            if (strncmp(w->o->set[k], name, strlen(name)) || w->o->set[k][strlen(name)] != '=') continue;
            if (kept) mlp_fail(error, MLP_ERR_SPEC, NULL, "the model was trained with %s = %s, and keeps it", name, kept);
            else mlp_fail(error, MLP_ERR_SPEC, NULL, "the model was trained with %s = %.15g, and keeps it", name, saved->param[i]);
            return mlp_fix(error, "leave out --set %s, or train again with it", name);
        }
        if (kept) mlp_params_set_text(w->param, i, kept);
        w->param[i] = saved->param[i];
    }
    return MLP_OK;
}

mlp_status mlp_work_read(struct mlp_work *w, struct mlp_error *error)
{
    const struct mlp_program *p = w->program;
    w->seed = w->o->has_seed ? w->o->seed : p->seed;
    w->result->seed = w->seed;
    if (!(w->pool = mlp_pool_new(w->o->threads))) return mlp_no_memory(error, sizeof w->pool);
    TRY(mlp_params_resolve(p, w->o->set, w->o->sets, w->saved != NULL, &w->arena, &w->param, &w->param_text, error));
    TRY(kept_params(w, error));
    TRY(mlp_work_step(w, "read", error));
    TRY(read_sources(w, error));
    struct mlp_buffer contents = {0};
    for (uint32_t i = 0; i < p->sources.n; i++) mlp_buffer_add(&contents, w->table[i].content, sizeof w->table[i].content);
    uint8_t hash[16];
    mlp_hash128(contents.at, contents.n, 0, hash);
    const bool short_of_memory = contents.failed;
    mlp_buffer_clear(&contents);
    char *hex = mlp_arena_alloc(&w->arena, 33);
    if (short_of_memory || !hex) return mlp_no_memory(error, 33);
    for (int i = 0; i < 16; i++) snprintf(hex + 2 * i, 3, "%02x", hash[i]);
    w->content = hex;
    w->framed = true;                                       /* to be cleared, after an error too */
    TRY(mlp_frame_init(&w->frame, w->code, w->table, w->param, error));
    struct mlp_state blank;
    TRY(blank_state(w, &blank, error));
    TRY(name_classes(w, &blank, error));
    TRY(mlp_frame_windows(&w->frame, &blank, w->pool, error));

    const size_t rows = mlp_work_rows(w);
    if (!(w->y = mlp_arena_alloc(&w->arena, rows * sizeof *w->y))) return mlp_no_memory(error, rows * sizeof *w->y);
    TRY(mlp_map_rows(&w->frame, &blank, p->target.kernel, NULL, rows, w->pool, (void *const[]){w->y}, error));
    const struct mlp_source *s = &p->sources.at[p->main_source];
    if (p->target.query != MLP_NONE) TRY(number_queries(w, error));
    if (p->target.where != MLP_NONE && w->query) TRY(pick_queries(w, &blank, error));
    if (p->target.item != MLP_NONE && w->query) TRY(check_items(w, error));
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
        mlp_at(error, p->target.id.from, p->target.id.to);
        return mlp_fix(error, "name the column that holds the answer, or bring rows that have one (`predict` needs none)");
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
        part->first_us = INT64_MAX, part->last_us = INT64_MIN, part->low = INFINITY, part->high = -INFINITY;
        part->held_out = w->held && w->rows[k].at == w->rows[1].at;
        if (k == 1 && w->held && w->rows[1].at == w->rows[2].at) { *part = (struct mlp_part_summary){.name = part_name[k]}; continue; }
        if (w->result->classes) {
            part->class_rows = mlp_arena_alloc(&w->result->arena, w->result->classes * sizeof *part->class_rows);
            if (!part->class_rows) return mlp_no_memory(error, w->result->classes * sizeof *part->class_rows);
        }
        double sum = 0;
        for (size_t i = 0; i < w->rows[k].n; i++) {
            const uint32_t r = w->rows[k].at[i];
            sum += w->y[r], part->low = fmin(part->low, w->y[r]), part->high = fmax(part->high, w->y[r]);
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

static int ascending(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

/* The quantiles of the target in the rows that learn, as numpy's linear ones. */
static mlp_status usual_quantiles(struct mlp_work *w, struct mlp_error *error)
{
    const size_t n = w->learn.n;
    double *v = malloc((n + 1) * sizeof *v);
    if (!v) return mlp_no_memory(error, n * sizeof *v);
    for (size_t i = 0; i < n; i++) v[i] = w->y[w->learn.at[i]];
    qsort(v, n, sizeof *v, ascending);
    for (uint32_t k = 0; n && k < w->program->target.quantiles.n; k++) {
        const double at = w->program->target.quantiles.at[k].at * (double)(n - 1);
        const size_t i = (size_t)at;
        w->base[1 + k] = v[i] + (i + 1 < n ? (at - (double)i) * (v[i + 1] - v[i]) : 0);
    }
    return free(v), MLP_OK;
}

/* Classes that nothing can be learnt of: the first ones by name, for there may be as many as rows. */
static void tell_unlearnt(struct mlp_work *w)
{
    enum { SHOWN = 4 };
    char text[400] = "";
    size_t used = 0;
    uint32_t some = 0;
    for (uint32_t k = 0; k < w->outputs && k < w->result->classes; k++)
        if (w->base[k] == 0 && some++ < SHOWN)
            used += (size_t)snprintf(text + used, sizeof text - used, "%s\"%.60s\"", some > 1 ? ", " : "", w->result->class_name[k]);
    if (some > SHOWN) snprintf(text + used, sizeof text - used, " and %u more", some - SHOWN);
    if (some) mlp_work_note(w, "class%s %s ha%s no row in the training part: no model can predict %s", some > 1 ? "es" : "", text, some > 1 ? "ve" : "s",
                            some > 1 ? "them" : "it");
}

/* What `mean` and `majority` report: of the rows that learn. */
static mlp_status usual(struct mlp_work *w, struct mlp_error *error)
{
    if (!w->base && !(w->base = mlp_arena_alloc(&w->arena, w->outputs * sizeof *w->base)))
        return mlp_no_memory(error, w->outputs * sizeof *w->base);
    memset(w->base, 0, w->outputs * sizeof *w->base);
    const uint32_t *row = w->learn.at;
    for (size_t i = 0; i < w->learn.n; i++)
        w->base[w->result->classes ? (uint32_t)w->y[row[i]] : 0] += w->result->classes ? 1 : w->y[row[i]];
    if (!w->fold) tell_unlearnt(w);
    for (uint32_t k = 0; k < w->outputs; k++) w->base[k] /= (double)w->learn.n;
    if (w->program->target.quantiles.n) return usual_quantiles(w, error);
    return MLP_OK;
}

/* Whether the target has one value only in these rows. */
static bool constant(const struct mlp_work *w, const struct mlp_rows *rows)
{
    for (size_t i = 1; i < rows->n; i++) if (w->y[rows->at[i]] != w->y[rows->at[0]]) return false;
    return true;
}

/* The target in a row, as a message says it. */
static const char *spelt(const struct mlp_work *w, size_t row, char *text, size_t room)
{
    const double y = w->y[row];
    if (w->program->target.task == MLP_BINARY) return y > 0.5 ? "true" : "false";
    if (w->result->classes) snprintf(text, room, "\"%.60s\"", w->result->class_name[(uint32_t)y]);
    else snprintf(text, room, "%.15g", y);
    return text;
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
        if (w->rows[k].n || k == 1) continue;               /* a split without a validation part chooses elsewhere */
        mlp_fail(error, MLP_ERR_DATA, "E344", "the %s part has no rows: the split `%s` gave them all to others", part_name[k],
                 p->split.name);
        return mlp_fix(error, "give it a larger share, or the data more rows");
    }
    char value[80];
    if (same) {
        mlp_fail(error, MLP_ERR_DATA, "E345", "the target `%s` is constant: it is %s in every row", target, spelt(w, w->rows[0].at[0], value, sizeof value));
        mlp_at(error, p->target.id.from, p->target.id.to);
        return mlp_fix(error, "predict a column that varies, or read rows of both kinds");
    }
    const bool number = !binary && !w->result->classes, by_chance = !strcmp(p->split.name, "random") || !strcmp(p->split.name, "folds");
    for (int k = 0; k < 3; k++) {
        if (!constant(w, &w->rows[k]) || (!binary && k) || !w->rows[k].n) continue;
        mlp_fail(error, MLP_ERR_DATA, "E346", "one %s in the %s part: `%s` is %s in all of its %zu rows", number ? "value" : "class", part_name[k], target,
                 spelt(w, w->rows[k].at[0], value, sizeof value), w->rows[k].n);
        if (!by_chance) return mlp_fix(error, "move the split's borders so that every part has rows of %s", number ? "several values" : "both kinds");
        return number ? mlp_fix(error, "give that part more rows") : mlp_fix(error, "add `stratify: %s` to the split, or give that part more rows", target);
    }
    return MLP_OK;
}

static mlp_status parts_of(struct mlp_work *w, uint32_t fold, uint8_t *part, struct mlp_error *error)
{
    const struct mlp_program *p = w->program;
    const struct mlp_split_ops *ops = w->code->bind[p->split.impl].ops;
    const struct mlp_split_in in = {.program = p, .table = &w->table[p->main_source], .y = w->y, .seed = w->seed,
                                    .param = w->param, .test_file = mlp_test_file(p, w->param_text), .fold = fold};
    TRY(ops->split(&in, part, error));
    for (size_t r = 0; r < mlp_work_rows(w); r++) if (!isfinite(w->y[r])) part[r] = MLP_PART_NONE;
    return MLP_OK;
}

static mlp_status rows_with(struct mlp_work *w, const uint8_t *part, uint8_t wanted, struct mlp_arena *arena, struct mlp_rows *out,
                            struct mlp_error *error)
{
    const size_t rows = mlp_work_rows(w);
    uint32_t *at = mlp_arena_alloc(arena, (rows + 1) * sizeof *at);
    if (!at) return mlp_no_memory(error, rows * sizeof *at);
    size_t n = 0;
    for (size_t r = 0; r < rows; r++) if (part[r] == wanted) at[n++] = (uint32_t)r;
    *out = (struct mlp_rows){at, n};
    return MLP_OK;
}

/* Which fold holds a row out, and what is known of each. */
static mlp_status folds(struct mlp_work *w, struct mlp_error *error)
{
    const size_t rows = mlp_work_rows(w);
    const struct mlp_source *s = &w->program->sources.at[w->program->main_source];
    const struct mlp_column_data *time = s->time == MLP_NONE ? NULL : &w->table[w->program->main_source].column[s->time];
    struct mlp_result *out = w->result;
    uint8_t *part = mlp_arena_alloc(&w->arena, rows + 1);
    w->held = mlp_arena_alloc(&w->arena, (rows + 1) * sizeof *w->held);
    out->folds = w->folds, out->fold = mlp_arena_alloc(&out->arena, w->folds * sizeof *out->fold);
    if (!part || !w->held || !out->fold) return mlp_no_memory(error, rows * sizeof *w->held);
    const bool tested = w->rows[2].n > 0;
    for (uint32_t k = 1; k <= w->folds; k++) {
        struct mlp_fold_summary *f = &out->fold[k - 1];
        TRY(parts_of(w, k, part, error));
        *f = (struct mlp_fold_summary){.first_us = INT64_MAX, .last_us = INT64_MIN};
        for (size_t r = 0; r < rows; r++) {
            f->train += part[r] == MLP_PART_TRAIN;
            if (part[r] != (tested ? MLP_PART_VALIDATION : MLP_PART_TEST)) continue;
            w->held[r] = (uint16_t)k, f->held++;
            if (!time || !mlp_is_valid(time->valid, r)) continue;
            const int64_t us = ((const int64_t *)time->data)[r];
            f->has_time = true;
            if (us < f->first_us) f->first_us = us;
            if (us > f->last_us) f->last_us = us;
        }
        if (f->train && f->held) continue;
        mlp_fail(error, MLP_ERR_DATA, "E344", "fold %u of %u has no labelled rows to %s", k, w->folds, f->train ? "judge" : "learn from");
        return mlp_fix(error, "write fewer folds, or bring more rows");
    }
    for (size_t r = 0; r < rows; r++) part[r] = w->held[r] > 0;
    TRY(rows_with(w, part, 1, &w->arena, &w->rows[1], error));
    if (!tested) w->rows[2] = w->rows[1];
    return MLP_OK;
}

static mlp_status split(struct mlp_work *w, struct mlp_error *error)
{
    const struct mlp_program *p = w->program;
    const size_t rows = mlp_work_rows(w);
    const struct mlp_split_ops *ops = p->split.impl == MLP_NONE ? NULL : w->code->bind[p->split.impl].ops;
    if (!ops) return mlp_fail(error, MLP_ERR_BUG, NULL, "the split `%s` is bound to nothing", p->split.name);
    TRY(mlp_work_step(w, "split", error));
    if (!(w->part = mlp_arena_alloc(&w->arena, rows + 1))) return mlp_no_memory(error, rows);
    const struct mlp_split_in in = {.program = p, .table = &w->table[p->main_source], .y = w->y, .seed = w->seed,
                                    .param = w->param};
    if (ops->folds) TRY(ops->folds(&in, &w->folds, error));
    TRY(parts_of(w, 0, w->part, error));
    for (size_t r = 0; !w->folds && r < rows; r++) w->result->unused += isfinite(w->y[r]) && w->part[r] == MLP_PART_NONE;
    if (w->result->unused)
        mlp_work_note(w, "%llu rows are in no part (they lie in a gap of the split)", (unsigned long long)w->result->unused);
    TRY(mlp_work_apart(w, error));
    TRY(gather(w, error));
    if (w->folds) TRY(folds(w, error));
    TRY(check_parts(w, error));
    w->choose = w->rows[1].n ? w->rows[1] : w->rows[0];
    w->learn = w->rows[0], w->stop = w->rows[1];
    if (!w->rows[1].n && (p->models.n > 1 || (p->target.task == MLP_BINARY && p->decision.how != MLP_T_NUMBER)))
        mlp_work_note(w, "the split has no validation part: what is chosen is chosen on the rows that were trained on; "
                         "write `validation: 15%%` into it");
    return summarise(w, error);
}

mlp_status mlp_work_split(struct mlp_work *w, struct mlp_error *error)
{
    const mlp_status status = split(w, error);
    const struct mlp_id *id = &w->program->split.id;
    return status == MLP_OK || error->file[0] || error->to ? status : mlp_at(error, id->from, id->to);     /* most that goes wrong here is the split's */
}

mlp_status mlp_work_pass(struct mlp_work *w, struct mlp_error *error)
{
    uint8_t *part = w->part;
    w->learn = w->rows[0], w->stop = w->held ? (struct mlp_rows){NULL, 0} : w->rows[1];
    if (w->fold) {
        const char *target = w->program->target.id.name;
        if (!(part = mlp_arena_alloc(&w->arena, mlp_work_rows(w) + 1))) return mlp_no_memory(error, mlp_work_rows(w));
        TRY(parts_of(w, w->fold, part, error));
        TRY(rows_with(w, part, MLP_PART_TRAIN, &w->arena, &w->learn, error));
        TRY(rows_with(w, part, MLP_PART_VALIDATION, &w->arena, &w->stop, error));
        if (constant(w, &w->learn)) {
            mlp_fail(error, MLP_ERR_DATA, "E346", "fold %u of %u: `%s` is the same in all of the %zu rows that it learns from", w->fold,
                     w->folds, target, w->learn.n);
            mlp_at(error, w->program->split.id.from, w->program->split.id.to);
            return mlp_fix(error, "write fewer folds, or add `stratify: %s`", target);
        }
    }
    return usual(w, error);
}

mlp_status mlp_work_all(struct mlp_work *w, struct mlp_error *error)
{
    const size_t rows = mlp_work_rows(w);
    if (!(w->part = mlp_arena_alloc(&w->arena, rows + 1))) return mlp_no_memory(error, rows);
    for (size_t r = 0; r < rows; r++) w->part[r] = isfinite(w->y[r]) ? MLP_PART_TEST : MLP_PART_NONE;
    TRY(gather(w, error));
    w->choose = w->rows[1];
    return summarise(w, error);
}

/* ---- state and matrix ---- */

mlp_status mlp_work_fit(struct mlp_work *w, struct mlp_error *error)
{
    TRY(mlp_work_step(w, "fit", error));
    TRY(mlp_state_fit(&w->frame, w->learn.at, w->learn.n, w->seed, w->pool, &w->fitted, error));
    return mlp_matrix_make(&w->frame, &w->fitted, w->pool, &w->matrix, error);
}

mlp_status mlp_work_load(struct mlp_work *w, const struct mlp_saved *saved, struct mlp_error *error)
{
    const size_t rows = mlp_work_rows(w);
    w->base = saved->base, w->outputs = saved->outputs;
    w->fitted.state = saved->state;                         /* borrowed: fitted's own arena stays empty */
    if (!(w->fitted.fold_of = mlp_arena_alloc(&w->fitted.arena, rows + 1))) return mlp_no_memory(error, rows);
    memset(w->fitted.fold_of, 255, rows);
    return mlp_matrix_make(&w->frame, &w->fitted, w->pool, &w->matrix, error);
}
