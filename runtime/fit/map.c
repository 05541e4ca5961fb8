/* map.c: runs kernels over rows of a table: gathers slots block by block, hands chunks to the pool. Which thread ran a chunk leaves
 * no trace: every output has its place. Whole columns are read where they stand; only picked rows and learnt codes are copied. */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include "runtime/calls.h"
#include "runtime/fit/fit.h"

enum { ROWS = 1024 };                                       /* per kernel call: what it reads and writes stays in the cache */
/* code: table code -> fitted code, or NULL */
struct input { const struct mlp_column_data *column; uint8_t rep; uint32_t *code; size_t width;
               const struct mlp_dictionary *spelt; };       /* codes that are read as texts: their spellings; or NULL */
struct worker { struct mlp_in *in; char **data; uint64_t **valid; struct mlp_out *out; struct mlp_str **texts; struct mlp_arena text; };   /* texts: (outs) of a block */
struct job {
    const struct mlp_frame *frame; const struct mlp_kernel *kernel; mlp_map_fn *map; const struct mlp_state *state;
    const uint32_t *rows; size_t n;
    struct input *input; struct worker *worker; void *const *out; const struct mlp_texts *texts;
};

static const uint8_t width_of[] = {[MLP_F64] = 8, [MLP_I64] = 8, [MLP_CODE] = 4, [MLP_STR] = sizeof(struct mlp_str)};
static const uint8_t width_out[] = {[MLP_OUT_F32] = 4, [MLP_OUT_F64] = 8, [MLP_OUT_CODE] = 4, [MLP_OUT_STR] = sizeof(struct mlp_str),
                                    [MLP_OUT_I64] = 8};

/* Fills one slot of one block. */
static void gather(const struct job *j, struct worker *w, uint32_t i, size_t from, size_t n)
{
    const struct input *const input = &j->input[i];
    const struct mlp_column_data *const c = input->column;
    const uint32_t *const rows = j->rows ? j->rows + from : NULL;
    if (input->spelt) {
        const uint32_t *const code = c->data;
        struct mlp_str *const text = (void *)w->data[i];
        memset(w->valid[i], 0, ROWS / 8);
        for (size_t k = 0; k < n; k++) {
            const uint32_t is = code[rows ? rows[k] : from + k];
            text[k] = is > 1 ? input->spelt->spelling[is - 2] : (struct mlp_str){"", 0};
            w->valid[i][k >> 6] |= (uint64_t)(is > 1) << (k & 63);
        }
        w->in[i] = (struct mlp_in){text, w->valid[i]};
        return;
    }
    if (!rows && !input->code) {
        w->in[i] = (struct mlp_in){(const char *)c->data + from * input->width, c->valid ? c->valid + from / 64 : NULL};
        return;
    }
    char *const data = w->data[i];
    uint64_t *const valid = w->valid[i];
    if (input->code) {
        const uint32_t *const code = c->data;
        for (size_t k = 0; k < n; k++) ((uint32_t *)(void *)data)[k] = input->code[code[rows ? rows[k] : from + k]];
    } else if (input->width == 8) for (size_t k = 0; k < n; k++)
        ((uint64_t *)(void *)data)[k] = ((const uint64_t *)c->data)[rows[k]];
    else if (input->width == 4) for (size_t k = 0; k < n; k++) ((uint32_t *)(void *)data)[k] = ((const uint32_t *)c->data)[rows[k]];
    else for (size_t k = 0; k < n; k++) ((struct mlp_str *)(void *)data)[k] = ((const struct mlp_str *)c->data)[rows[k]];
    w->in[i] = (struct mlp_in){data, NULL};
    if (!c->valid || input->rep == MLP_CODE) return;        /* a missing code is 0 */
    memset(valid, 0, ROWS / 8);
    for (size_t k = 0; k < n; k++) valid[k >> 6] |= (uint64_t)mlp_is_valid(c->valid, rows ? rows[k] : from + k) << (k & 63);
    w->in[i].valid = valid;
}

static void run_chunk(void *data, size_t chunk, int worker)
{
    const struct job *const j = data;
    struct worker *const w = &j->worker[worker];
    const struct mlp_ctx ctx = {&mlp_calls, j->state, j->frame->param, &w->text};
    const size_t first = chunk * MLP_CHUNK, end = j->n - first < MLP_CHUNK ? j->n : first + MLP_CHUNK;
    for (size_t from = first; from < end; from += ROWS) {
        const size_t n = end - from < ROWS ? end - from : ROWS;
        for (uint32_t i = 0; i < j->kernel->slots.n; i++) gather(j, w, i, from, n);
        for (uint32_t i = 0; i < j->kernel->outs.n; i++)
            w->out[i] = (struct mlp_out){w->texts[i] ? (char *)w->texts[i]
                                                     : (char *)j->out[i] + from * width_out[j->kernel->outs.at[i]], 1, NULL};
        j->map(&ctx, w->in, n, w->out);
        for (uint32_t i = 0; i < j->kernel->outs.n; i++)
            if (w->texts[i] && j->texts) j->texts->take(j->texts, i, from, n, w->texts[i], worker);
        mlp_arena_reset(&w->text);
    }
}

/* What a slot reads, and for learnt spellings the table from the file's codes to the state's. */
static mlp_status open_input(const struct mlp_frame *f, const struct mlp_state *state, mlp_ix index, struct input *out,
                             struct mlp_arena *arena, struct mlp_error *error)
{
    const struct mlp_program *const p = f->code->program;
    const struct mlp_slot *const slot = &p->slots.at[index];
    *out = (struct input){mlp_frame_column(f, index), slot->rep, NULL, width_of[slot->rep & 3], NULL};
    if (slot->rep == MLP_STR && slot->origin == MLP_FROM_COLUMN && slot->source == p->main_source
        && p->sources.at[p->main_source].columns.at[slot->column].rep == MLP_CODE) out->spelt = out->column->dictionary;
    if (slot->rep != MLP_CODE || slot->codebook == MLP_NONE) return MLP_OK;
    const struct mlp_dictionary *const d = out->column->dictionary;
    if (!(out->code = mlp_arena_alloc(arena, ((size_t)d->n + 2) * sizeof *out->code)))
        return mlp_no_memory(error, d->n * sizeof *out->code);
    out->code[1] = 1;
    struct mlp_dictionary book;
    TRY(mlp_codebook_open(&state->cell[slot->codebook], arena, &book, error));
    for (uint32_t i = 0; i < d->n; i++) out->code[i + 2] = mlp_dictionary_find(&book, d->spelling[i].at, d->spelling[i].n);
    return MLP_OK;
}

static mlp_status open_workers(struct job *j, int workers, struct mlp_arena *arena, struct mlp_error *error)
{
    const uint32_t slots = j->kernel->slots.n, outs = j->kernel->outs.n;
    if (!(j->worker = mlp_arena_alloc(arena, (size_t)workers * sizeof *j->worker)))
        return mlp_no_memory(error, (size_t)workers * sizeof *j->worker);
    for (int t = 0; t < workers; t++) {
        struct worker *const w = &j->worker[t];
        w->in = mlp_arena_alloc(arena, slots * sizeof *w->in), w->out = mlp_arena_alloc(arena, outs * sizeof *w->out);
        w->data = mlp_arena_alloc(arena, slots * sizeof *w->data), w->valid = mlp_arena_alloc(arena, slots * sizeof *w->valid);
        w->texts = mlp_arena_alloc(arena, outs * sizeof *w->texts);
        if (!w->in || !w->out || !w->data || !w->valid || !w->texts) return mlp_no_memory(error, slots * 64);
        for (uint32_t i = 0; i < outs; i++)
            if (j->kernel->outs.at[i] == MLP_OUT_STR && !(w->texts[i] = mlp_arena_alloc(arena, (ROWS + 8) * sizeof **w->texts)))
                return mlp_no_memory(error, ROWS * sizeof **w->texts);
        for (uint32_t i = 0; i < slots; i++) {
            if (!j->rows && !j->input[i].code && !j->input[i].spelt) continue;
            w->data[i] = mlp_arena_alloc(arena, ROWS * j->input[i].width + 64), w->valid[i] = mlp_arena_alloc(arena, ROWS / 8 + 64);
            if (!w->data[i] || !w->valid[i]) return mlp_no_memory(error, ROWS * j->input[i].width);
        }
    }
    return MLP_OK;
}

mlp_status mlp_map_rows(const struct mlp_frame *f, const struct mlp_state *state, mlp_ix kernel, const uint32_t *rows, size_t n,
                        struct mlp_pool *pool, void *const *out, struct mlp_error *error)
{
    return mlp_map_texts(f, state, kernel, rows, n, pool, out, NULL, error);
}

mlp_status mlp_map_texts(const struct mlp_frame *f, const struct mlp_state *state, mlp_ix kernel, const uint32_t *rows, size_t n,
                         struct mlp_pool *pool, void *const *out, const struct mlp_texts *texts, struct mlp_error *error)
{
    const struct mlp_kernel *const k = &f->code->program->kernels.at[kernel];
    struct mlp_arena arena = {0};
    struct job j = {.frame = f, .kernel = k, .map = f->code->entry[kernel].map, .state = state, .rows = rows, .n = n, .out = out, .texts = texts};
    const int workers = mlp_pool_threads(pool);
    mlp_status status = MLP_OK;
    if (!(j.input = mlp_arena_alloc(&arena, k->slots.n * sizeof *j.input)))
        status = mlp_no_memory(error, k->slots.n * sizeof *j.input);
    for (uint32_t i = 0; status == MLP_OK && i < k->slots.n; i++)
        status = open_input(f, state, k->slots.at[i], &j.input[i], &arena, error);
    if (status == MLP_OK) status = open_workers(&j, workers, &arena, error);
    if (status == MLP_OK) mlp_pool_run(pool, (n + MLP_CHUNK - 1) / MLP_CHUNK, run_chunk, &j);
    for (int t = 0; j.worker && t < workers; t++) {
        if (status == MLP_OK) status = mlp_arena_check(&j.worker[t].text, error);
        mlp_arena_clear(&j.worker[t].text);
    }
    mlp_arena_clear(&arena);
    return status;
}

mlp_status mlp_gather_rows(const struct mlp_frame *f, const struct mlp_state *state, mlp_ix kernel, const uint32_t *rows, size_t n,
                           struct mlp_arena *arena, struct mlp_in **in, struct mlp_error *error)
{
    const struct mlp_kernel *const k = &f->code->program->kernels.at[kernel];
    struct job j = {.frame = f, .kernel = k, .state = state, .rows = rows, .n = n};
    if (!(j.input = mlp_arena_alloc(arena, (k->slots.n + 1) * sizeof *j.input))) return mlp_no_memory(error, k->slots.n * sizeof *j.input);
    for (uint32_t i = 0; i < k->slots.n; i++) TRY(open_input(f, state, k->slots.at[i], &j.input[i], arena, error));
    TRY(open_workers(&j, 1, arena, error));
    for (uint32_t i = 0; i < k->slots.n; i++) {
        gather(&j, j.worker, i, 0, n);
        if (!j.worker->in[i].valid) {                       /* a bit per row, also where none is missing */
            memset(j.worker->valid[i], 255, ROWS / 8);
            j.worker->in[i].valid = j.worker->valid[i];
        }
    }
    return *in = j.worker->in, MLP_OK;
}
