/* keep.c: what remains of a run: the folder runs/NAME-0001 (model, metrics.json, plan.json, the spec, log.jsonl) and the lock file.
 * The folder appears whole or not at all. */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include "runtime/base/hash.h"
#include "runtime/base/image.h"
#include "runtime/base/json.h"
#include "runtime/data/spell.h"
#include "runtime/run/learn.h"
#include "runtime/store/folder.h"
#include "runtime/store/lock.h"

static const char *hex(const uint8_t hash[16], struct mlp_arena *arena)
{
    char text[33];
    for (int i = 0; i < 16; i++) snprintf(text + 2 * i, 3, "%02x", hash[i]);
    return mlp_arena_copy(arena, text, 32);
}

/* ---- the lock ---- */

static const char *column_text(const struct mlp_program *p, const struct mlp_column *c, struct mlp_arena *arena)
{
    struct mlp_buffer b = {0};
    mlp_column_text(p, c, 0, &b);
    const char *text = b.failed ? NULL : mlp_arena_copy(arena, b.at, b.n);
    mlp_buffer_clear(&b);
    return text;
}

static mlp_status describe(struct mlp_work *w, struct mlp_lock *l, struct mlp_error *error)
{
    const struct mlp_program *p = w->program;
    struct mlp_arena *a = &w->arena;
    TRY(mlp_lock_add(l, a, "tool", p->tool ? p->tool : "mlp", error));
    TRY(mlp_lock_add(l, a, "plan", hex(p->plan_hash, a), error));
    TRY(mlp_lock_add(l, a, "seed", mlp_arena_printf(a, "%llu", (unsigned long long)w->seed), error));
    for (uint32_t i = 0; i < p->params.n; i++) {
        const struct mlp_param *q = &p->params.at[i];
        if (q->secret) continue;
        const char *value = q->kind == MLP_P_TEXT ? w->param_text[i] : mlp_arena_printf(a, "%.17g", w->param[i]);
        TRY(mlp_lock_add(l, a, mlp_arena_printf(a, "param %s", q->id.name), value, error));
    }
    for (uint32_t i = 0; i < p->sources.n; i++) {
        const struct mlp_source *s = &p->sources.at[i];
        const struct mlp_table *t = &w->table[i];
        TRY(mlp_lock_add(l, a, mlp_arena_printf(a, "source %s", s->id.name),
                         mlp_arena_printf(a, "%zu rows, %016llx%016llx", t->rows, (unsigned long long)t->content[0],
                                          (unsigned long long)t->content[1]), error));
        for (uint32_t c = 0; c < s->columns.n; c++)
            TRY(mlp_lock_add(l, a, mlp_arena_printf(a, "%s %s.%s", s->columns.at[c].inferred ? "inferred" : "column", s->id.name,
                                                 s->columns.at[c].id.name),
                             column_text(p, &s->columns.at[c], a), error));
    }
    return MLP_OK;
}

static mlp_status add_change(struct mlp_result *r, const char *text, struct mlp_error *error)
{
    const char **more = mlp_arena_alloc(&r->arena, (r->changes + 1) * sizeof *more);
    if (!more || !text) return mlp_no_memory(error, sizeof *more);
    if (r->changes) memcpy(more, r->change, r->changes * sizeof *more);
    more[r->changes] = text;
    r->change = more, r->changes++;
    return MLP_OK;
}

static bool refuses(const char *key) { return !strncmp(key, "source ", 7) || !strncmp(key, "column ", 7) || !strncmp(key, "inferred ", 9) || !strcmp(key, "plan"); }

mlp_status mlp_work_lock_check(struct mlp_work *w, struct mlp_error *error)
{
    struct mlp_lock old, now = {0};
    struct mlp_result *r = w->result;
    int there;
    if (!w->o->lock) return MLP_OK;
    TRY(mlp_lock_read(w->o->lock, &w->arena, &old, &there, error));
    if (!there) {
        if (!w->o->locked) return MLP_OK;
        mlp_fail(error, MLP_ERR_DATA, "E363", "--locked, but there is no lock file %s", w->o->lock);
        return mlp_fix(error, "run once without --locked and commit the file that it writes");
    }
    TRY(describe(w, &now, error));
    const char *first = NULL;
    for (uint32_t i = 0; i < now.n; i++) {
        const char *before = mlp_lock_get(&old, now.line[i].key);
        if (before && !strcmp(before, now.line[i].value)) continue;
        if (before && !strcmp(now.line[i].key, "plan"))
            TRY(add_change(r, mlp_arena_printf(&r->arena, "plan: what the spec computes, or one of its defaults, is another"),
                           error));
        else if (before)
            TRY(add_change(r, mlp_arena_printf(&r->arena, "%s: %s -> %s", now.line[i].key, before, now.line[i].value), error));
        else TRY(add_change(r, mlp_arena_printf(&r->arena, "%s: new, %s", now.line[i].key, now.line[i].value), error));
        if (!first && refuses(now.line[i].key)) first = r->change[r->changes - 1];
    }
    for (uint32_t i = 0; i < old.n; i++) {
        if (mlp_lock_get(&now, old.line[i].key) || !strcmp(old.line[i].key, "state")) continue;
        TRY(add_change(r, mlp_arena_printf(&r->arena, "%s: gone", old.line[i].key), error));
        if (!first && refuses(old.line[i].key)) first = r->change[r->changes - 1];
    }
    if (!w->o->locked || !first) return MLP_OK;
    mlp_fail(error, MLP_ERR_DATA, "E363", "--locked, and this differs from %s: %s", w->o->lock, first);
    snprintf(error->file, sizeof error->file, "%s", w->o->lock);
    return mlp_fix(error,
                   "bring back the data or schema of the lock, or run without --locked and review what changes in the lock file");
}

static void hash_state(const struct mlp_work *w, uint8_t hash[16])
{
    uint8_t sums[17] = {0};
    memset(hash, 0, 16);
    for (uint32_t i = 0; i < w->fitted.state.n; i++) {
        const struct mlp_cell *c = &w->fitted.state.cell[i];
        const bool codebook = w->program->cells.at[i].kind == MLP_CODEBOOK;
        mlp_hash128(c->at, codebook ? c->n : c->n * sizeof(double), i, sums);
        for (int k = 0; k < 16; k++) hash[k] ^= sums[k];    /* each with its own seed: order and place count */
    }
}

/* ---- the model file ---- */

static const char *base_text(const struct mlp_work *w, struct mlp_arena *arena)
{
    struct mlp_buffer b = {0};
    for (uint32_t k = 0; k < w->outputs; k++) mlp_buffer_printf(&b, "%s%.17g", k ? " " : "", w->base[k]);
    const char *text = b.failed ? NULL : mlp_arena_copy(arena, b.at, b.n);
    mlp_buffer_clear(&b);
    return text;
}

static void keep_parts(const struct mlp_program *p, mlp_ix model, uint8_t *kept)
{
    kept[model] = 1;
    for (uint32_t i = 0; i < p->models.at[model].parts.n; i++) keep_parts(p, p->models.at[model].parts.at[i], kept);
}

/* Everything that predict and eval need, and where it came from. */
static mlp_status pack(struct mlp_work *w, struct mlp_buffer *out, struct mlp_error *error)
{
    const struct mlp_program *p = w->program;
    const struct mlp_result *r = w->result;
    const struct mlp_entrant *winner = &w->entrant[r->winner];
    uint8_t *kept = mlp_arena_alloc(&w->arena, p->models.n + 1);
    uint32_t arrays = 0;
    if (!kept) return mlp_no_memory(error, p->models.n);
    keep_parts(p, r->winner, kept);
    for (uint32_t k = 0; k < p->models.n; k++) arrays += kept[k] ? w->learnt[k].tensors.n : 0;
    struct mlp_arena *a = &w->arena;
    const uint32_t room = 1 + p->cells.n + arrays, metas = 16 + p->params.n;
    struct mlp_tensor *t = mlp_arena_alloc(a, room * sizeof *t);
    struct mlp_meta *m = mlp_arena_alloc(a, metas * sizeof *m);
    struct mlp_buffer image = {0};
    const char *const base = base_text(w, a);
    if (!t || !m || !base) return mlp_no_memory(error, room * sizeof *t);
    struct mlp_package package = {.tensors = {t, 0}, .meta = m};
#define META(k, ...) m[package.metas++] = (struct mlp_meta){k, mlp_arena_printf(a, __VA_ARGS__)}
    META("format", "mlp-model-1");
    META("tool", "%s", p->tool ? p->tool : "mlp");
    META("contract", "%u", MLP_CONTRACT);
    META("name", "%s", p->name);
    META("plan_hash", "%s", hex(p->plan_hash, a));
    META("winner", "%s", p->models.at[r->winner].id.name);
    META("summary", "%s", r->contender[r->winner].summary ? r->contender[r->winner].summary : "");
    META("seed", "%llu", (unsigned long long)w->seed);
    META("threshold", "%.17g", winner->threshold);
    META("base", "%s", base);
    META("rows.train", "%llu", (unsigned long long)r->part[0].rows);
    META("rows.validation", "%llu", (unsigned long long)r->part[1].rows);
    META("rows.test", "%llu", (unsigned long long)r->part[2].rows);
    META("content", "%s", w->content);
    for (uint32_t i = 0; i < p->params.n; i++) {
        if (p->params.at[i].secret) continue;
        m[package.metas].key = mlp_arena_printf(a, "param.%s", p->params.at[i].id.name);
        m[package.metas++].value = p->params.at[i].kind == MLP_P_TEXT ? w->param_text[i]
            : mlp_arena_printf(a, "%.17g", w->param[i]);
    }
#undef META
    for (uint32_t i = 0; i < package.metas; i++) if (!m[i].key || !m[i].value) return mlp_no_memory(error, 64);
    mlp_image_write(p, &image);
    t[package.tensors.n++] = (struct mlp_tensor){.name = "program", .dtype = MLP_DT_U8, .rank = 1, .shape = {image.n},
                                                 .data = image.at};
    for (uint32_t i = 0; i < p->cells.n; i++) {
        const struct mlp_cell *c = &w->fitted.state.cell[i];
        t[package.tensors.n++] = (struct mlp_tensor){.name = mlp_arena_printf(a, "state.%u", i),
                                                     .dtype = p->cells.at[i].kind == MLP_CODEBOOK ? MLP_DT_U8 : MLP_DT_F64,
                                                     .rank = 1, .shape = {c->n}, .data = c->at};
    }
    for (uint32_t k = 0; k < p->models.n; k++)
        for (uint32_t i = 0; kept[k] && i < w->learnt[k].tensors.n; i++) {
            struct mlp_tensor *to = &t[package.tensors.n++];
            *to = w->learnt[k].tensors.at[i];
            to->name = k == r->winner ? mlp_arena_printf(a, "model.%s", to->name)
                                      : mlp_arena_printf(a, "part.%s.%s", p->models.at[k].id.name, to->name);
        }
    bool named = !image.failed;
    for (uint32_t i = 0; i < package.tensors.n; i++) named &= t[i].name != NULL;
    if (named) mlp_package_write(&package, out);
    mlp_buffer_clear(&image);
    return named && !out->failed ? MLP_OK : mlp_no_memory(error, out->n);
}

static mlp_status fill(struct mlp_work *w, struct mlp_folder *folder, struct mlp_error *error)
{
    const struct mlp_program *p = w->program;
    struct mlp_buffer b = {0};
    char file[300];
    mlp_status status = pack(w, &b, error);
    if (status == MLP_OK) status = mlp_folder_put(folder, "model.safetensors", b.at, b.n, error);
    b.n = 0;
    mlp_result_json(w->result, &b);
    if (status == MLP_OK) status = b.failed ? mlp_no_memory(error, b.n) : mlp_folder_put(folder, "metrics.json", b.at, b.n, error);
    mlp_buffer_clear(&b);
    if (status == MLP_OK && p->plan_json) status = mlp_folder_put(folder, "plan.json", p->plan_json, strlen(p->plan_json), error);
    snprintf(file, sizeof file, "%.250s.mlp", p->name);
    if (status == MLP_OK && p->spec) status = mlp_folder_put(folder, file, p->spec, strlen(p->spec), error);
    mlp_log_add(&w->log, "keep", "%s", folder->final);
    if (status == MLP_OK && w->log.lines.failed) status = mlp_no_memory(error, w->log.lines.room);
    if (status == MLP_OK) status = mlp_folder_put(folder, "log.jsonl", w->log.lines.at, w->log.lines.n, error);
    return status == MLP_OK ? mlp_folder_commit(folder, error) : status;
}

static const char *runs_of(struct mlp_work *w)
{
    return w->o->runs_dir ? w->o->runs_dir : mlp_path_join(w->o->spec_dir, "runs", &w->arena);
}

mlp_status mlp_work_can_keep(struct mlp_work *w, struct mlp_error *error)
{
    struct stat there;
    if (w->o->dry) return MLP_OK;
    if (!w->o->out) {
        const char *runs = runs_of(w);
        return runs ? mlp_folder_writable(runs, error) : mlp_no_memory(error, 64);
    }
    if (lstat(w->o->out, &there)) return mlp_folder_writable(w->o->out, error);
    mlp_fail(error, MLP_ERR_DATA, "E361", "%s is there already; a run is never written over another", w->o->out);
    snprintf(error->file, sizeof error->file, "%s", w->o->out);
    return mlp_fix(error, "name a folder that does not exist yet, or remove that one");
}

static mlp_status lock_text(struct mlp_work *w, struct mlp_buffer *out, struct mlp_error *error)
{
    struct mlp_lock lock = {0};
    uint8_t hash[16];
    hash_state(w, hash);
    TRY(describe(w, &lock, error));
    TRY(mlp_lock_add(&lock, &w->arena, "state", hex(hash, &w->arena), error));
    return mlp_lock_text(&lock, out, error);
}

/* Whatever needs memory is made before the run counts: then only the disk can say no. */
mlp_status mlp_work_keep(struct mlp_work *w, struct mlp_error *error)
{
    struct mlp_result *r = w->result;
    if (w->o->dry) return MLP_OK;
    const char *runs = runs_of(w);
    struct mlp_folder folder = {0};
    struct mlp_buffer lock = {0};
    char *const kept = mlp_arena_alloc(&r->arena, sizeof folder.final), *const model = mlp_arena_alloc(&r->arena, sizeof folder.final + 20);
    if (!runs || !kept || !model) return mlp_no_memory(error, sizeof folder.final);
    TRY(mlp_work_step(w, "keep", error));
    const bool renews = w->o->lock && !w->o->locked;
    mlp_status status = renews ? lock_text(w, &lock, error) : MLP_OK;
    if (status == MLP_OK) status = mlp_folder_begin(&folder, runs, w->program->name, w->o->out, error);
    if (status == MLP_OK) {
        r->folder = strcpy(kept, folder.final);
        status = fill(w, &folder, error);
    }
    mlp_folder_abandon(&folder);
    if (status != MLP_OK) return mlp_buffer_clear(&lock), r->folder = NULL, status;
    strcpy(kept, folder.final);                             /* another run may have taken the number meanwhile */
    snprintf(model, sizeof folder.final + 20, "%s/model.safetensors", folder.final);
    r->model_path = model;
    if (renews) status = mlp_file_replace(w->o->lock, lock.at, lock.n, error);
    return mlp_buffer_clear(&lock), status;
}
