/* state.c: what is learnt from the training rows, stage by stage. A cross-fitted cell
 * is fitted once on all training rows and once without each fold; every other cell is the same in all states. Never sees other
  * rows. */
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include "runtime/base/hash.h"
#include "runtime/data/schema.h"
#include "runtime/fit/codebook.h"
#include "runtime/fit/folded.h"

enum { FOLD_STREAM = 0x666f6c64, MOST_FOLDS = 254, NO_FOLD = 255 };
static const uint8_t width_out[] = {[MLP_OUT_F32] = 4, [MLP_OUT_F64] = 8, [MLP_OUT_CODE] = 4, [MLP_OUT_STR] = sizeof(struct mlp_str),
                                    [MLP_OUT_I64] = 8};

struct fitting { const struct mlp_frame *frame; struct mlp_fitted *to; const uint32_t *train; size_t n; struct mlp_pool *pool; };

mlp_status map_folded(const struct mlp_frame *f, const struct mlp_fitted *s, mlp_ix kernel, const uint32_t *rows, size_t n,
                      struct mlp_pool *pool, void *const *out, const struct mlp_texts *texts, struct mlp_error *error)
{
    if (!s->folds) return mlp_map_texts(f, &s->state, kernel, rows, n, pool, out, texts, error);
    const struct mlp_kernel *const k = &f->code->program->kernels.at[kernel];
    struct mlp_arena arena = {0};
    uint32_t *const picked = mlp_arena_alloc(&arena, n * sizeof *picked), *const place = mlp_arena_alloc(&arena, n * sizeof *place);
    void **const part = mlp_arena_alloc(&arena, k->outs.n * sizeof *part);
    mlp_status status = picked && place && part ? MLP_OK : mlp_no_memory(error, n * 8);
    for (uint32_t i = 0; status == MLP_OK && i < k->outs.n; i++)
        if (!(part[i] = mlp_arena_alloc(&arena, n * width_out[k->outs.at[i]]))) status = mlp_no_memory(error, n * 8);
    for (uint32_t fold = 0; status == MLP_OK && fold <= s->folds; fold++) {
        const uint8_t is = fold < s->folds ? (uint8_t)fold : NO_FOLD;
        size_t m = 0;
        for (size_t i = 0; i < n; i++) {
            const uint32_t row = rows ? rows[i] : (uint32_t)i;
            if (s->fold_of[row] == is) picked[m] = row, place[m++] = (uint32_t)i;
        }
        if (!m) continue;
        struct mlp_texts placed = texts ? *texts : (struct mlp_texts){0};
        placed.place = place;
        status = mlp_map_texts(f, fold < s->folds ? &s->fold[fold] : &s->state, kernel, picked, m, pool, part,
                               texts ? &placed : NULL, error);
        for (uint32_t i = 0; status == MLP_OK && i < k->outs.n; i++) {
            if (k->outs.at[i] == MLP_OUT_STR) continue;
            if (width_out[k->outs.at[i]] == 8) for (size_t r = 0; r < m; r++)
                ((double *)out[i])[place[r]] = ((const double *)part[i])[r];
            else for (size_t r = 0; r < m; r++) ((uint32_t *)out[i])[place[r]] = ((const uint32_t *)part[i])[r];
        }
    }
    mlp_arena_clear(&arena);
    return status;
}

static void set_cell(struct mlp_fitted *s, mlp_ix cell, uint32_t state, struct mlp_cell value)
{
    struct mlp_cell *const at = (struct mlp_cell *)(uintptr_t)(state < s->folds ? s->fold[state].cell : s->state.cell);
    at[cell] = value;
}
static void set_all(struct mlp_fitted *s, mlp_ix cell, struct mlp_cell value)
{
    for (uint32_t i = 0; i <= s->folds; i++) set_cell(s, cell, i, value);
}

static double value_at(const void *data, uint8_t form, size_t i)
{
    if (form == MLP_OUT_F32) return (double)((const float *)data)[i];
    if (form == MLP_OUT_F64) return ((const double *)data)[i];
    const uint32_t code = ((const uint32_t *)data)[i];
    return code ? (double)code : NAN;
}

/* One fit of a stage over the training rows that are not in `without` (NO_FOLD: all of them). */
struct reduction { const struct mlp_fit *fit; const struct mlp_reducer_ops *ops; const void *input; uint8_t form;
    const uint32_t *by; uint32_t codes; };

static mlp_status reduce(const struct fitting *g, const struct reduction *r, uint32_t without, struct mlp_cell *out,
                         struct mlp_error *error)
{
    const struct mlp_use *const use = &r->fit->reducer;
    const uint32_t cells = r->by ? r->codes : 1;
    double *const cell = mlp_arena_alloc(&g->to->arena, cells * sizeof *cell);
    double *const value = malloc((g->n + 1) * 2 * sizeof *value), *const grouped = value + g->n + 1;
    size_t *const first = calloc((size_t)cells + 2, sizeof *first);
    if (!cell || !value || !first) return free(value), free(first), mlp_no_memory(error, g->n * 16);
    size_t n = 0;
    for (int pass = 0; pass < 2; pass++) {                  /* count, then place by group: values of a group keep their order */
        for (size_t i = 0; i < g->n; i++) {
            if (without != NO_FOLD && g->to->fold_of[g->train[i]] == without) continue;
            const double v = value_at(r->input, r->form, i);
            if (isnan(v)) continue;
            const uint32_t code = r->by ? (r->by[i] < cells ? r->by[i] : 1) : 0;
            if (!pass) first[code + 2]++, value[n++] = v;
            else grouped[first[code + 1]++] = v;
        }
        if (!pass) for (uint32_t c = 0; c < cells; c++) first[c + 2] += first[c + 1];
    }
    if (r->by) {
        const struct mlp_arg *const arg = mlp_use_arg(use, "smooth");
        const double all = r->ops->reduce(value, n, use), smooth = arg ? arg->num : 0;
        for (uint32_t c = 0; c < cells; c++) {
            const size_t from = first[c], m = first[c + 1] - from;
            const double own = m || !arg ? r->ops->reduce(grouped + from, m, use) : 0;
            cell[c] = !arg ? own : m ? ((double)m * own + smooth * all) / ((double)m + smooth) : all;
        }
    } else cell[0] = r->ops->reduce(grouped, n, use);
    *out = (struct mlp_cell){cell, cells};
    return free(value), free(first), MLP_OK;
}

/* How many codes an out of a kernel can have: codes are learnt or declared per slot, so the largest slot bounds it. */
static uint32_t codes_of(const struct fitting *g, const struct mlp_kernel *k, const uint32_t *code)
{
    const struct mlp_program *const p = g->frame->code->program;
    uint32_t most = 2;
    for (uint32_t i = 0; i < k->slots.n; i++) {
        const struct mlp_slot *const slot = &p->slots.at[k->slots.at[i]];
        if (slot->rep != MLP_CODE) continue;
        const uint32_t n = slot->codebook != MLP_NONE ? mlp_codebook_size(&g->to->state.cell[slot->codebook])
                                                      : p->sources.at[slot->source].columns.at[slot->column].set.n + 2;
        if (n > most) most = n;
    }
    for (size_t i = 0; i < g->n; i++)
        if (code[i] >= most) most = code[i] + 1;
    return most;
}

/* ---- what is more than one number ---- */

static struct mlp_spellings spellings(const struct fitting *g, mlp_ix codebook, mlp_ix column)
{
    const struct mlp_program *const p = g->frame->code->program;
    return (struct mlp_spellings){codebook != MLP_NONE ? &g->to->state.cell[codebook] : NULL,
                                  column != MLP_NONE ? &p->sources.at[p->main_source].columns.at[column] : NULL};
}

/* The cell, and the book where the fit has one, from the training rows that are not in `without`. */
static mlp_status learn(const struct fitting *g, const struct mlp_kernel *k, const struct mlp_fit *fit, void *const *out,
                        uint32_t without, struct mlp_cell *cell, struct mlp_cell *book, struct mlp_error *error)
{
    const struct mlp_reducer_ops *const ops = g->frame->code->bind[fit->reducer.impl].ops;
    struct mlp_arena arena = {0};
    mlp_status status = MLP_OK;
    struct mlp_learn l = {.use = &fit->reducer, .arena = &g->to->arena, .inputs = fit->more.n + 1};
    const double **const number = mlp_arena_alloc(&arena, l.inputs * sizeof *number);
    uint32_t *const code = fit->by == MLP_NONE ? NULL : mlp_arena_alloc(&arena, (g->n + 1) * sizeof *code);
    if (!number || (fit->by != MLP_NONE && !code)) status = mlp_no_memory(error, g->n * sizeof *code);
    for (uint32_t i = 0; status == MLP_OK && i < l.inputs; i++) {
        const mlp_ix from = i ? fit->more.at[i - 1] : fit->input;
        double *const to = mlp_arena_alloc(&arena, (g->n + 1) * sizeof *to);
        if (!to) { status = mlp_no_memory(error, g->n * sizeof *to); break; }
        l.n = 0, number[i] = to;
        if (k->outs.at[from] == MLP_OUT_STR) {
            struct mlp_str *const text = mlp_arena_alloc(&arena, (g->n + 1) * sizeof *text);
            if (!text) { status = mlp_no_memory(error, g->n * sizeof *text); break; }
            for (size_t r = 0; r < g->n; r++)
                if (without == NO_FOLD || g->to->fold_of[g->train[r]] != without) text[l.n++] = ((const struct mlp_str *)out[from])[r];
            l.text = text;
            continue;
        }
        for (size_t r = 0; r < g->n; r++)
            if (without == NO_FOLD || g->to->fold_of[g->train[r]] != without) to[l.n++] = value_at(out[from], k->outs.at[from], r);
    }
    if (status == MLP_OK) {
        l.number = number, l.code = code;
        if (code) {
            l.codes = codes_of(g, k, out[fit->by]), l.n = 0;
            for (size_t r = 0; r < g->n; r++)
                if (without == NO_FOLD || g->to->fold_of[g->train[r]] != without) code[l.n++] = ((const uint32_t *)out[fit->by])[r];
        }
        l.spelt = spellings(g, fit->codebook, fit->column), l.with = spellings(g, fit->with_codebook, fit->with_column);
        if (l.spelt.book && mlp_codebook_size(l.spelt.book) > l.codes) l.codes = mlp_codebook_size(l.spelt.book);
        status = ops->learn(&l, cell, book, error);
    }
    mlp_arena_clear(&arena);
    return status;
}

/* A column whose codes no kernel reads, only its spellings: an id that is hashed leaves no trace in a model. */
static bool only_as_text(const struct mlp_program *p, mlp_ix slot)
{
    bool text = false;
    for (uint32_t i = 0; i < p->slots.n; i++)
        text |= p->slots.at[i].origin == MLP_FROM_COLUMN && p->slots.at[i].rep == MLP_STR && p->slots.at[i].source == p->slots.at[slot].source
             && p->slots.at[i].column == p->slots.at[slot].column;
    for (uint32_t k = 0; text && k < p->kernels.n; k++)
        for (uint32_t i = 0; i < p->kernels.at[k].slots.n; i++) text &= p->kernels.at[k].slots.at[i] != slot;
    return text;
}

/* The arguments with the values that params have in this run. */
static mlp_status with_params(const struct fitting *g, struct mlp_use *use, struct mlp_error *error)
{
    struct mlp_arg *const arg = mlp_arena_alloc(&g->to->arena, (use->args.n + 1) * sizeof *arg);
    if (!arg) return mlp_no_memory(error, use->args.n * sizeof *arg);
    for (uint32_t i = 0; i < use->args.n; i++) {
        arg[i] = use->args.at[i];
        if (arg[i].kind == MLP_A_PARAM) arg[i].kind = MLP_A_NUM, arg[i].num = g->frame->param[arg[i].ix];
    }
    return use->args.at = arg, MLP_OK;
}

static mlp_status fit_one(const struct fitting *g, const struct mlp_stage *stage, const struct mlp_fit *as_planned, void *const *out,
                          struct mlp_error *error)
{
    struct mlp_fit set = *as_planned, *const fit = &set;
    TRY(with_params(g, &set.reducer, error));
    const struct mlp_program *const p = g->frame->code->program;
    const struct mlp_cell_spec *const spec = &p->cells.at[fit->cell];
    struct mlp_cell cell;
    if (g->frame->known && g->frame->known[fit->cell].at) return set_all(g->to, fit->cell, g->frame->known[fit->cell]), MLP_OK;
    if (spec->kind == MLP_CODEBOOK) {
        /* spellings that only rows of another source have are not learnt: what the spec names of them is there */
        const struct mlp_slot *const slot = spec->slot == MLP_NONE || only_as_text(p, spec->slot) ? NULL : &p->slots.at[spec->slot];
        const bool own = slot && mlp_slot_rows(p, slot) == p->main_source;
        TRY(codebook_make(spec, slot ? mlp_frame_column(g->frame, spec->slot) : NULL, g->train, own ? g->n : 0, &g->to->arena, &cell,
                          error));
        return set_all(g->to, fit->cell, cell), MLP_OK;
    }
    const struct mlp_kernel *const k = &p->kernels.at[stage->kernel];
    const struct mlp_reducer_ops *const ops = g->frame->code->bind[fit->reducer.impl].ops;
    if (ops->learn) {
        struct mlp_cell book = {0};
        for (uint32_t fold = 0; fold <= g->to->folds; fold++) {     /* the last is the state of all rows */
            if (fold < g->to->folds && fit->crossfit < 2) continue;
            TRY(learn(g, k, fit, out, fold < g->to->folds ? fold : NO_FOLD, &cell, fit->book == MLP_NONE ? NULL : &book, error));
            if (fit->crossfit < 2) set_all(g->to, fit->cell, cell);
            else set_cell(g->to, fit->cell, fold, cell);
        }
        if (fit->book != MLP_NONE) set_all(g->to, fit->book, book);     /* codes mean the same in every fold */
        return MLP_OK;
    }
    if (k->outs.at[fit->input] == MLP_OUT_STR) return mlp_fail(error, MLP_ERR_BUG, NULL, "%s is taken of a text", spec->id.name);
    struct reduction r = {fit, g->frame->code->bind[fit->reducer.impl].ops, out[fit->input], k->outs.at[fit->input], NULL, 0};
    if (fit->by != MLP_NONE) r.by = out[fit->by], r.codes = codes_of(g, k, r.by);
    TRY(reduce(g, &r, NO_FOLD, &cell, error));
    set_all(g->to, fit->cell, cell);
    for (uint32_t fold = 0; fit->crossfit > 1 && fold < g->to->folds; fold++) {
        TRY(reduce(g, &r, fold, &cell, error));
        set_cell(g->to, fit->cell, fold, cell);
    }
    return MLP_OK;
}

mlp_status mlp_classes_learn(struct mlp_frame *f, mlp_ix cell, struct mlp_cell *out, struct mlp_error *error)
{
    const struct mlp_program *const p = f->code->program;
    const struct mlp_table *const t = &f->table[f->source];
    uint32_t *const rows = malloc((t->rows + 1) * sizeof *rows);
    if (!rows) return mlp_no_memory(error, t->rows * sizeof *rows);
    for (size_t r = 0; r < t->rows; r++) rows[r] = (uint32_t)r;
    const mlp_ix slot = p->cells.at[cell].slot;             /* NONE: what the spec says */
    const mlp_status status = codebook_make(&p->cells.at[cell], slot == MLP_NONE ? NULL : mlp_frame_column(f, slot), rows, t->rows, &f->arena, out, error);
    return free(rows), status;
}

mlp_status mlp_state_blank(const struct mlp_program *p, struct mlp_arena *arena, struct mlp_cell **out, struct mlp_error *error)
{
    struct mlp_cell *cell = mlp_arena_alloc(arena, (p->cells.n + 1) * sizeof *cell);
    if (!cell) return mlp_no_memory(error, p->cells.n * sizeof *cell);
    for (uint32_t i = 0; i < p->cells.n; i++) {
        const struct mlp_cell_spec *c = &p->cells.at[i];
        if (c->kind == MLP_NUMBERS) {
            double *missing = mlp_arena_alloc(arena, sizeof *missing);
            if (!missing) return mlp_no_memory(error, sizeof *missing);
            *missing = NAN, cell[i] = (struct mlp_cell){missing, 1};
            continue;
        }
        size_t text = 0;
        for (uint32_t k = 0; k < c->pinned.n; k++) text += strlen(c->pinned.at[k]);
        const size_t head = 4 + 4 * ((size_t)c->pinned.n + 1);
        char *bytes = mlp_arena_alloc(arena, head + text);
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
    return *out = cell, MLP_OK;
}

mlp_status mlp_state_whole(struct mlp_frame *f, mlp_ix kernel, mlp_ix book, struct mlp_state *state, struct mlp_error *error)
{
    const struct mlp_program *const p = f->code->program;
    const struct mlp_kernel *const k = &p->kernels.at[kernel];
    struct mlp_cell *const cell = mlp_arena_alloc(&f->arena, (p->cells.n + 1) * sizeof *cell);
    if (!cell) return mlp_no_memory(error, p->cells.n * sizeof *cell);
    for (uint32_t i = 0; i < k->slots.n; i++) {
        const mlp_ix read = p->slots.at[k->slots.at[i]].codebook;
        if (read != MLP_NONE) TRY(mlp_classes_learn(f, read, &cell[read], error));
    }
    if (book != MLP_NONE && !cell[book].at) TRY(mlp_classes_learn(f, book, &cell[book], error));
    *state = (struct mlp_state){p->cells.n, cell};
    return MLP_OK;
}

/* Texts are copied: what a kernel gives goes with its block. */
struct keeping { struct mlp_str **text; struct mlp_arena *arena; };    /* (outs), (workers) */
static void keep_texts(const struct mlp_texts *t, uint32_t out, size_t from, size_t n, const struct mlp_str *text, int worker)
{
    const struct keeping *const k = t->data;
    for (size_t i = 0; i < n; i++) {
        const char *const copy = text[i].n ? mlp_arena_copy(&k->arena[worker], text[i].at, text[i].n) : NULL;
        k->text[out][t->place ? t->place[from + i] : from + i] = copy ? (struct mlp_str){copy, text[i].n} : (struct mlp_str){"", 0};
    }
}

static mlp_status fit_stage(const struct fitting *g, const struct mlp_stage *stage, struct mlp_error *error)
{
    struct mlp_arena *kept = NULL;
    const struct mlp_program *const p = g->frame->code->program;
    const struct mlp_kernel *const k = stage->kernel == MLP_NONE ? NULL : &p->kernels.at[stage->kernel];
    struct mlp_arena arena = {0};
    void **out = NULL;
    mlp_status status = MLP_OK;
    if (k) {
        if (!(out = mlp_arena_alloc(&arena, k->outs.n * sizeof *out))) status = mlp_no_memory(error, k->outs.n * sizeof *out);
        for (uint32_t i = 0; status == MLP_OK && i < k->outs.n; i++)
            if (!(out[i] = mlp_arena_alloc(&arena, g->n * width_out[k->outs.at[i]] + 64))) status = mlp_no_memory(error, g->n * 8);
        struct keeping keeping = {(struct mlp_str **)out, NULL};
        const int workers = mlp_pool_threads(g->pool);
        if (status == MLP_OK && !(keeping.arena = mlp_arena_alloc(&arena, (size_t)workers * sizeof *keeping.arena)))
            status = mlp_no_memory(error, (size_t)workers * sizeof *keeping.arena);
        const struct mlp_texts texts = {keep_texts, NULL, &keeping};
        kept = keeping.arena;
        if (status == MLP_OK) status = map_folded(g->frame, g->to, stage->kernel, g->train, g->n, g->pool, out, &texts, error);
        for (int t = 0; status == MLP_OK && t < workers; t++) status = mlp_arena_check(&kept[t], error);
    }
    for (uint32_t i = 0; status == MLP_OK && i < stage->fits.n; i++) status = fit_one(g, stage, &stage->fits.at[i], out, error);
    for (int t = 0; kept && t < mlp_pool_threads(g->pool); t++) mlp_arena_clear(&kept[t]);
    mlp_arena_clear(&arena);
    return status;
}

static mlp_status open_states(const struct fitting *g, uint64_t seed, struct mlp_error *error)
{
    const struct mlp_program *const p = g->frame->code->program;
    struct mlp_fitted *const s = g->to;
    uint32_t folds = 0;
    for (uint32_t i = 0; i < p->stages.n; i++)
        for (uint32_t k = 0; k < p->stages.at[i].fits.n; k++)
            if (p->stages.at[i].fits.at[k].crossfit > folds) folds = p->stages.at[i].fits.at[k].crossfit;
    s->folds = folds < 2 ? 0 : folds > MOST_FOLDS ? MOST_FOLDS : folds;
    if (!(s->fold = mlp_arena_alloc(&s->arena, (s->folds + 1) * sizeof *s->fold)))
        return mlp_no_memory(error, s->folds * sizeof *s->fold);
    for (uint32_t i = 0; i <= s->folds; i++) {
        struct mlp_state *const state = i < s->folds ? &s->fold[i] : &s->state;
        state->n = p->cells.n;
        if (!(state->cell = mlp_arena_alloc(&s->arena, p->cells.n * sizeof *state->cell)))
            return mlp_no_memory(error, p->cells.n * sizeof *state->cell);
    }
    const size_t rows = g->frame->table[p->main_source].rows;
    if (!(s->fold_of = mlp_arena_alloc(&s->arena, rows))) return mlp_no_memory(error, rows);
    memset(s->fold_of, NO_FOLD, rows);
    for (size_t i = 0; s->folds && i < g->n; i++)
        s->fold_of[g->train[i]] = (uint8_t)(mlp_random(seed, FOLD_STREAM, g->train[i]) % s->folds);
    return MLP_OK;
}

mlp_status mlp_state_fit(const struct mlp_frame *frame, const uint32_t *train, size_t n_train, uint64_t seed, struct mlp_pool *pool,
                         struct mlp_fitted *out, struct mlp_error *error)
{
    *out = (struct mlp_fitted){0};
    const struct fitting g = {frame, out, train, n_train, pool};
    TRY(open_states(&g, seed, error));
    const struct mlp_program *const p = frame->code->program;
    for (uint32_t i = 0; i < p->stages.n; i++) TRY(fit_stage(&g, &p->stages.at[i], error));
    return MLP_OK;
}

void mlp_fitted_clear(struct mlp_fitted *s)
{
    mlp_arena_clear(&s->arena);
    *s = (struct mlp_fitted){0};
}
