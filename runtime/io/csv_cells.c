/* csv_cells.c: rows of a chunk into columns. Rows that have as many cells as the header go in batches of up to 64, column by column,
 * one tight loop per kind of column; a usual cell takes its short way (a plain number, a known spelling), every other one is noted
 * and goes, in the order of rows, through mlp_cell_parse, which alone decides what is accepted.
 * Threads read chunks at the same time: nothing of the table is written but the chunk's own rows. */
#include "runtime/io/csv_read.h"
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "runtime/data/bad_rows.h"
#include "runtime/data/schema.h"

enum { BATCH = CSV_BATCH };

/* ---- any cell, by the rules ---- */

static void set_missing(const struct csv_sink *s, size_t row)
{
    switch (s->column->rep) {
    case MLP_F64: ((double *)(void *)s->data)[row] = NAN; break;
    case MLP_I64: ((int64_t *)(void *)s->data)[row] = INT64_MIN; break;
    case MLP_CODE: ((uint32_t *)(void *)s->data)[row] = 0; break;
    default: ((struct mlp_str *)(void *)s->data)[row] = (struct mlp_str){"", 0};
    }
}

/* Room for a text of n bytes, which lives as long as the rows do. */
static char *text_room(struct csv_reading *r, struct csv_worker *w, size_t n)
{
    if (n > w->text_left || !w->text) {
        const size_t room = n > 65536 ? n : 262144;
        pthread_mutex_lock(&r->lock);
        w->text = mlp_arena_alloc(r->texts, room);
        pthread_mutex_unlock(&r->lock);
        w->text_left = w->text ? room : 0;
        if (!w->text) return NULL;
    }
    char *const at = w->text;
    w->text += n, w->text_left -= n;
    return at;
}

/* The code of a spelling. One thread adds to the table's dictionary, several to the chunk's. 0: no memory. */
static uint32_t code_of(struct csv_reading *r, struct csv_chunk *c, uint32_t i, struct mlp_str text)
{
    struct csv_sink *const s = &r->sink[i];
    if (r->workers == 1) return mlp_dictionary_add(s->dictionary, r->words, text.at, text.n);
    const uint32_t code = mlp_dictionary_find(s->dictionary, text.at, text.n);
    if (code > 1) return code;
    const uint32_t fresh = mlp_dictionary_add(&c->part[i].fresh, &c->arena, text.at, text.n);
    return fresh ? fresh | CSV_FRESH : 0;
}

static mlp_status read_cell(struct csv_reading *r, struct csv_chunk *c, struct csv_worker *w, uint32_t i, const char *at, size_t n,
                            size_t row, uint64_t line, bool *missing, struct mlp_error *error)
{
    struct csv_sink *const s = &r->sink[i];
    struct mlp_str cell;
    if (n > w->scratch_room) {
        char *const scratch = realloc(w->scratch, n * 2);
        if (!scratch) return mlp_no_memory(error, n * 2);
        w->scratch = scratch, w->scratch_room = n * 2;
    }
    if (!csv_cell(at, n, w->scratch, &cell)) return csv_after_quote(r->name, line, s->column->id.name, error);
    struct mlp_value v;
    const enum mlp_cell_fault fault = mlp_cell_parse(s->column, r->missing, r->n_missing, cell.at, cell.n, &v);
    if (fault != MLP_CELL_OK) return mlp_cell_error(s->column, fault, cell.at, cell.n, r->name, line, error);
    if (v.missing) return set_missing(s, row), *missing = true, MLP_OK;
    switch (s->column->rep) {
    case MLP_F64:
        ((double *)(void *)s->data)[row] = v.number;
        if (s->way == CSV_FLAG && n && n <= CSV_SHORT && !csv_known_code(&w->known[i], at, n)) csv_remember(&w->known[i], at, n, v.number != 0 ? 2 : 1);
        break;
    case MLP_I64: ((int64_t *)(void *)s->data)[row] = v.time; break;
    case MLP_CODE: {
        const uint32_t code = code_of(r, c, i, v.text);
        if (!code) return mlp_no_memory(error, v.text.n);
        ((uint32_t *)(void *)s->data)[row] = code;
        if (s->way == CSV_RENAMED && n && n <= CSV_SHORT && code > 1 && !(code & CSV_FRESH) && at[n - 1] != '\r' && !csv_known_code(&w->known[i], at, n))
            csv_remember(&w->known[i], at, n, code);
        break;
    }
    default: {
        const bool packed = mlp_cell_is_packed(s->column);
        const size_t length = packed ? mlp_cell_pack(s->column, v.text.at, v.text.n, NULL) : v.text.n;
        char *const text = text_room(r, w, length);
        if (!text) return mlp_no_memory(error, length);
        if (packed) mlp_cell_pack(s->column, v.text.at, v.text.n, text);
        else memcpy(text, v.text.at, length);
        ((struct mlp_str *)(void *)s->data)[row] = (struct mlp_str){text, length};
    }
    }
    return MLP_OK;
}

/* A bad row, whose cells end at end[0..cells). */
static mlp_status bad_row(const struct csv_reading *r, struct csv_chunk *c, const uint32_t *end, uint32_t cells, struct mlp_error *error)
{
    const size_t from = csv_start_of(end);
    return mlp_bad_row(r->source, &c->bad, c->at + from, end[cells - 1] - from, error);
}

/* ---- a batch ---- */

/* Rows whose bit in `dead` is set leave the batch. */
static void compact(struct csv_reading *r, struct csv_worker *w, struct csv_batch *b, uint64_t dead)
{
    for (uint32_t i = 0; i < r->sinks; i++) {
        const struct csv_sink *const s = &r->sink[i];
        uint64_t missing = 0;
        size_t to = 0;
        for (size_t k = 0; k < b->rows; k++) {
            if (dead >> k & 1) continue;
            memmove(s->data + (b->to + to) * s->width, s->data + (b->to + k) * s->width, s->width);
            missing |= (w->missing[i] >> k & 1) << to++;
        }
        w->missing[i] = missing;
    }
    size_t to = 0;
    for (size_t k = 0; k < b->rows; k++)
        if (!(dead >> k & 1)) b->line[to++] = b->line[k];
    b->rows = to;
}

static mlp_status note_missing(struct csv_chunk *c, uint32_t i, uint64_t missing, struct mlp_error *error)
{
    struct csv_part *const p = &c->part[i];
    const size_t words = c->most / 64 + 2;
    if (!p->missing && !(p->missing = mlp_arena_alloc(&c->arena, words * sizeof *p->missing))) return mlp_no_memory(error, words * 8);
    const unsigned shift = c->rows & 63;
    p->missing[c->rows >> 6] |= missing << shift;
    if (shift) p->missing[(c->rows >> 6) + 1] |= missing >> (64 - shift);
    return MLP_OK;
}

static mlp_status read_batch(struct csv_reading *r, struct csv_chunk *c, struct csv_worker *w, struct csv_batch *b, struct mlp_error *error)
{
    uint64_t any = 0, dead = 0;
    uint32_t listed = 0;
    b->to = c->to + c->rows;
    for (uint32_t i = 0; i < r->sinks; i++) {
        const struct csv_sink *const s = &r->sink[i];
        uint64_t slow, missing = 0;
        switch (s->way) {
        case CSV_NUMBER: slow = csv_floats(s, b, &missing); break;
        case CSV_WHOLE: slow = csv_wholes(s, b, &missing); break;
        case CSV_FLAG: slow = csv_flags(s, b, &w->known[i]); break;
        case CSV_RENAMED: case CSV_SPELLING: slow = csv_spellings(s, b, &w->known[i], &missing); break;
        default: slow = b->rows < 64 ? ((uint64_t)1 << b->rows) - 1 : ~(uint64_t)0;
        }
        w->missing[i] = missing, any |= slow;
        if (slow) w->slow[i] = slow, w->list[listed++] = i;
    }
    for (; any; any &= any - 1) {
        const unsigned row = (unsigned)__builtin_ctzll(any);
        for (uint32_t k = 0; k < listed; k++) {
            const uint32_t i = w->list[k];
            if (!(w->slow[i] >> row & 1)) continue;
            const bool of_file = r->sink[i].way == CSV_OF_FILE;
            const uint32_t *const end = b->end + row * b->cells + (of_file ? 0 : r->sink[i].place);
            bool missing = false;
            const mlp_status status = read_cell(r, c, w, i, of_file ? r->base : b->at + csv_start_of(end),
                                                of_file ? strlen(r->base) : *end - csv_start_of(end), b->to + row, b->line[row],
                                                &missing, error);
            w->missing[i] |= (uint64_t)missing << row;
            if (status == MLP_OK) continue;
            TRY(bad_row(r, c, b->end + row * b->cells, b->cells, error));
            dead |= (uint64_t)1 << row;
            break;
        }
    }
    if (dead) compact(r, w, b, dead);
    for (uint32_t i = 0; i < r->sinks; i++)
        if (w->missing[i]) TRY(note_missing(c, i, w->missing[i], error));
    for (size_t k = 0; k < b->rows; k++) r->line[b->to + k] = b->line[k];
    if (r->file_index)
        for (size_t k = 0; k < b->rows; k++) r->file[b->to + k] = r->file_index;    /* they are 0 */
    return c->rows += b->rows, MLP_OK;
}

/* ---- a chunk ---- */

static mlp_status zero_byte(const struct csv_reading *r, const struct csv_chunk *c, const uint32_t *end, uint32_t cells, uint64_t line,
                            struct mlp_error *error)
{
    for (uint32_t k = 0; k < cells; k++) {
        const char *column = NULL;
        const size_t start = csv_start_of(end + k);
        if (!memchr(c->at + start, 0, end[k] - start)) continue;
        for (uint32_t i = 0; i < r->sinks; i++)
            if (r->sink[i].place == k) column = r->sink[i].column->id.name;
        return csv_zero_byte(r->name, line, column, error);
    }
    return MLP_OK;
}

static mlp_status ragged(const struct csv_reading *r, const struct csv_chunk *c, const uint32_t *end, uint32_t cells, uint64_t line,
                         struct mlp_error *error)
{
    bool hide = false;
    for (uint32_t i = 0; i < r->sinks; i++) hide |= (r->sink[i].column->tags & MLP_PII) != 0;
    const size_t from = csv_start_of(end);
    return csv_ragged(r->name, line, cells, r->cells, c->at + from, end[cells - 1] - from, hide, error);
}

static mlp_status read_rows(struct csv_reading *r, struct csv_chunk *c, struct csv_worker *w, struct mlp_error *error)
{
    const struct csv_index *const x = &c->index;
    const bool plain = !x->nul && r->cells > 1;             /* rows need not be looked at one by one */
    struct csv_batch b = {.at = c->at, .cells = r->cells};
    uint64_t line = c->line;
    size_t first = c->first;
    for (size_t i = c->row; i < x->rows;) {
        const uint32_t *const end = x->end + first;
        size_t n = 0;
        while (plain && n < BATCH && i + n < x->rows && x->row[i + n] == first + (n + 1) * r->cells - 1) n++;
        b.rows = n ? n : 1;
        for (size_t k = 0; k < b.rows; k++) {
            b.line[k] = line++;
            if (!x->quoted_newlines) continue;
            const char *p = c->at + csv_start_of(x->end + (k || i ? x->row[i + k - 1] + 1 : 0)), *const stop = c->at + x->end[x->row[i + k]];
            for (; (p = memchr(p, '\n', (size_t)(stop - p))); p++) line++;
        }
        b.end = end;
        mlp_status status = MLP_OK;
        if (!n) {
            const size_t from = csv_start_of(end), stop = x->end[x->row[i]];
            const uint32_t cells = (uint32_t)(x->row[i] - first + 1);
            if (cells == 1 && !mlp_schema_trim(c->at + from, stop - from).n) b.rows = 0;
            else if (x->nul && zero_byte(r, c, end, cells, b.line[0], error) != MLP_OK) status = error->status;
            else if (cells != r->cells) status = ragged(r, c, end, cells, b.line[0], error);
            n = 1;
        }
        if (status != MLP_OK) TRY(bad_row(r, c, end, (uint32_t)(x->row[i] - first + 1), error));
        else if (b.rows) TRY(read_batch(r, c, w, &b, error));
        i += n, first = x->row[i - 1] + 1u;
    }
    return MLP_OK;
}

void csv_cells_read(struct csv_reading *r, struct csv_chunk *c, struct csv_worker *w)
{
    if (!(c->part = mlp_arena_alloc(&c->arena, r->sinks * sizeof *c->part))) c->status = mlp_no_memory(&c->error, r->sinks * sizeof *c->part);
    else c->status = read_rows(r, c, w, &c->error);
}

void csv_worker_forget(struct csv_worker *w, uint32_t sinks)
{
    for (uint32_t i = 0; w->known && i < sinks; i++) free(w->known[i].at), w->known[i] = (struct csv_known){0};
}

void csv_worker_clear(struct csv_worker *w, uint32_t sinks)
{
    csv_worker_forget(w, sinks);
    free(w->scratch), free(w->slow), free(w->missing), free(w->list), free(w->known);
    *w = (struct csv_worker){0};
}
