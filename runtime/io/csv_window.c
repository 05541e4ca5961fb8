/* csv_window.c: the text of a file as chunks of whole rows. Blocks are read and scanned at once, each from the first newline in it,
 * as if that ended a row; cutting follows the true state from the first block on and, where the guess was wrong (the newline stood
 * in quotes), scans on from the chunk before. So chunks are what one scan over the whole file would have found.
 * Knows no columns. */
#include "runtime/io/csv_read.h"
#include <stdlib.h>
#include <string.h>
#include "runtime/base/hash.h"

mlp_status csv_window_prepare(struct csv_reading *r, struct csv_window *w, const char *carry, size_t n, struct mlp_error *error)
{
    w->blocks = r->step, w->end = false, w->chunks = 0, w->n = 0;
    w->carry = n, w->front = (n + CSV_PAD - 1) / CSV_PAD * CSV_PAD + CSV_PAD;
    const size_t need = w->front + w->blocks * CSV_BLOCK + 2 * CSV_PAD;
    if (!w->chunk && !(w->chunk = calloc(CSV_BLOCKS, sizeof *w->chunk))) return mlp_no_memory(error, CSV_BLOCKS * sizeof *w->chunk);
    if (need > w->room) {
        free(w->at), w->room = 0;
        if (!(w->at = malloc(need))) return mlp_no_memory(error, need);
        w->room = need;
        memset(w->at, ' ', CSV_PAD);                        /* numbers look at bytes in front of them */
    }
    if (n) memcpy(w->at + w->front - n, carry, n);
    return MLP_OK;
}

size_t csv_window_tasks(const struct csv_reading *r, const struct csv_window *w)
{
    return csv_feed_anywhere(r->feed) ? w->blocks : 1;
}

static void fill_block(struct csv_reading *r, struct csv_window *w, size_t b)
{
    struct csv_chunk *const c = &w->chunk[b];
    char *const at = w->at + w->front + b * CSV_BLOCK;
    uint8_t bytes[16];
    w->got[b] = 0;
    c->status = csv_feed_anywhere(r->feed) ? csv_feed_read_at(r->feed, r->offset + b * CSV_BLOCK, at, CSV_BLOCK, &w->got[b], &c->error)
                                           : csv_feed_read(r->feed, at, CSV_BLOCK, &w->got[b], &c->error);
    if (c->status != MLP_OK) return;
    const size_t got = w->got[b];
    mlp_hash128(at, got, got, bytes);
    memcpy(w->hash[b], bytes, sizeof bytes);
    const char *from = at - (b ? 0 : w->carry);
    if (b) {
        const char *const newline = memchr(at, '\n', got);
        from = newline ? newline + 1 : NULL;
    } else if (!r->offset && got >= 3 && !memcmp(at, "\xef\xbb\xbf", 3)) from = at + 3;
    c->at = from;
    if (!from) return;
    c->scanned = (size_t)(at + got - from);
    if (!csv_scan(&c->index, from, c->scanned, r->delimiter)) c->status = mlp_no_memory(&c->error, c->scanned * 8);
}

void csv_window_fill(struct csv_reading *r, struct csv_window *w, size_t task)
{
    if (csv_feed_anywhere(r->feed)) fill_block(r, w, task);
    else
        for (size_t b = 0; b < w->blocks && (!b || (w->chunk[b - 1].status == MLP_OK && w->got[b - 1] == CSV_BLOCK)); b++)
            fill_block(r, w, b);
}

/* Chained over blocks of one size, so the same bytes give the same hash, compressed or not. */
static void hash_block(struct mlp_table *t, const uint64_t *hash)
{
    const uint64_t both[4] = {t->content[0], t->content[1], hash[0], hash[1]};
    uint8_t bytes[16];
    mlp_hash128(both, sizeof both, 0, bytes);
    memcpy(t->content, bytes, sizeof bytes);
}

/* The chunk's scan goes on to `end`. */
static mlp_status scan_to(const struct csv_reading *r, struct csv_chunk *c, const char *end, struct mlp_error *error)
{
    const size_t n = (size_t)(end - c->at);
    if (n > c->scanned && !csv_scan_more(&c->index, c->at, c->scanned, n, r->delimiter)) return mlp_no_memory(error, n * 8);
    return c->scanned = n, MLP_OK;
}

static void close_chunk(struct csv_reading *r, struct csv_window *w, size_t b)
{
    struct csv_chunk *const c = &w->chunk[w->chunks];
    if (b != w->chunks) {                                   /* chunks move up over those that were taken in */
        const struct csv_chunk spare = *c;
        *c = w->chunk[b], w->chunk[b] = spare;
    }
    const struct csv_index *const x = &c->index;
    c->n = x->rows ? x->end[x->row[x->rows - 1]] + 1u : 0;
    c->row = c->first = c->rows = 0, c->most = x->rows, c->line = r->at_line;
    if (!c->n) return;
    w->chunks++;
    r->at_line += x->rows;
    if (x->quoted_newlines)                                 /* not all of them need be in whole rows */
        for (const char *p = c->at; (p = memchr(p, '\n', (size_t)(c->at + c->n - p))); p++) r->at_line++;
    if (x->quoted_newlines) r->at_line -= x->rows;
}

mlp_status csv_window_cut(struct csv_reading *r, struct csv_window *w, const char **carry, size_t *n, struct mlp_error *error)
{
    size_t blocks = 0, at = 0;                              /* at: the chunk that goes on */
    while (blocks < w->blocks && !w->end) {
        const struct csv_chunk *const c = &w->chunk[blocks];
        if (c->status != MLP_OK) return *error = c->error, c->status;
        hash_block(r->table, w->hash[blocks]);
        w->n += w->got[blocks], w->end = w->got[blocks] < CSV_BLOCK, blocks++;
    }
    r->offset += w->n;
    char *const text = w->at + w->front;
    if (w->end && w->n + w->carry && (text + w->n)[-1] != '\n') text[w->n++] = '\n';
    memset(text + w->n, ' ', CSV_PAD);
    for (size_t b = 1; b < blocks; b++) {
        struct csv_chunk *const c = &w->chunk[at], *const next = &w->chunk[b];
        if (next->at) {
            TRY(scan_to(r, c, next->at, error));
            if (c->index.state == CSV_START) {
                close_chunk(r, w, at), at = b;
                continue;
            }
        }
        TRY(scan_to(r, c, text + (b + 1) * CSV_BLOCK < text + w->n ? text + (b + 1) * CSV_BLOCK : text + w->n, error));
    }
    struct csv_chunk *const last = &w->chunk[at];
    TRY(scan_to(r, last, text + w->n, error));
    const bool open = last->index.open;
    const char *const from = last->at;
    close_chunk(r, w, at);
    const size_t used = w->chunks && w->chunk[w->chunks - 1].at == from ? w->chunk[w->chunks - 1].n : 0;
    *carry = from + used, *n = (size_t)(text + w->n - *carry);
    if ((!w->end || !*n) && *n <= CSV_LONGEST_ROW) return MLP_OK;
    size_t offset;
    if (open) return csv_unterminated(r->name, csv_open_quote(*carry, *n, r->delimiter, r->at_line, &offset), error);
    mlp_fail(error, MLP_ERR_DATA, "E306", "this row is longer than %d MiB", CSV_LONGEST_ROW >> 20);
    mlp_fix(error, "check that the file is text with rows in lines");
    return csv_at(error, r->name, r->at_line, NULL);
}

void csv_window_clear(struct csv_window *w)
{
    for (size_t i = 0; w->chunk && i < CSV_BLOCKS; i++) {
        csv_index_clear(&w->chunk[i].index), mlp_arena_clear(&w->chunk[i].arena);
        mlp_buffer_clear(&w->chunk[i].bad.text);
    }
    free(w->chunk), free(w->at);
    *w = (struct csv_window){0};
}
