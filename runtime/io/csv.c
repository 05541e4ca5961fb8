/* csv.c: tables from CSV files: options, headers, and rounds in which the threads read one window into columns while they fill the
 * next. A table is all rounds; blocks are handed out as rounds fill them, in memory that depends on the longest row and the schema,
 * not on the file. Columns are arrays with room for as many rows as the file seems to have. Must not keep the file in memory, and
 * must not know what rows are for. */
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "runtime/base/hash.h"
#include "runtime/data/bad_rows.h"
#include "runtime/data/schema.h"
#include "runtime/io/csv_read.h"
#include "runtime/io/reader.h"

/* ---- options ---- */

static mlp_status options(struct csv_reading *r, struct mlp_error *error)
{
    const struct mlp_use *const use = &r->source->reader;
    const struct mlp_arg *const delimiter = mlp_use_arg(use, "delimiter"), *const missing = mlp_use_arg(use, "missing"),
                         *const names = mlp_use_arg(use, "names"), *const others = mlp_use_arg(use, "others"),
                         *const header = mlp_use_arg(use, "header");
    r->delimiter = delimiter && delimiter->str ? *delimiter->str : ',';
    if (delimiter && (!delimiter->str || strlen(delimiter->str) != 1 || strchr("\"\n\r ", r->delimiter))) {
        mlp_fail(error, MLP_ERR_SPEC, "E203", "the delimiter of source %s is not one character", r->source->id.name);
        return mlp_fix(error, "write one character, such as delimiter: \";\" or \"\\t\"");
    }
    const uint32_t n = missing ? missing->items.n : 1;
    if (!(r->missing = mlp_arena_alloc(&r->table->arena, (n + 1) * sizeof *r->missing)))
        return mlp_no_memory(error, n * sizeof *r->missing);
    r->missing[0] = "";
    for (uint32_t i = 0; missing && i < n; i++) {           /* tokens are compared with trimmed cells */
        const char *const token = missing->items.at[i].str ? missing->items.at[i].str : "";
        const struct mlp_str trimmed = mlp_schema_trim(token, strlen(token));
        if (!(r->missing[i] = mlp_arena_copy(&r->table->arena, trimmed.at, trimmed.n))) return mlp_no_memory(error, trimmed.n);
    }
    r->n_missing = n;
    r->snake = names && names->str && !strcmp(names->str, "snake");
    r->headless = header && header->num == 0;
    r->refuse_others = others && others->str && !strcmp(others->str, "error");
    return MLP_OK;
}

/* May a cell that the short way accepts be a missing token? Then it is closed. */
static bool clashes(const struct mlp_column *c, const struct mlp_dictionary *d, const char *token)
{
    double ignored;
    if (c->type == MLP_BOOL || c->spelt.n || c->from_file) return false;   /* what is kept of it was read by the rules */
    return c->rep == MLP_F64 ? mlp_parse_number(token, strlen(token), &ignored) 
                             : c->rep == MLP_CODE && mlp_dictionary_find(d, token, strlen(token)) > 1;
}

/* The spellings that the schema names, codes 2.. */
static mlp_status declared(const struct mlp_column *c, struct mlp_dictionary *d, struct mlp_arena *arena, struct mlp_error *error)
{
    for (uint32_t k = 0; k < c->set.n; k++)
        if (!mlp_dictionary_add(d, arena, c->set.at[k], strlen(c->set.at[k]))) return mlp_no_memory(error, 4096);
    return MLP_OK;
}

static mlp_status open_sinks(struct csv_reading *r, struct mlp_error *error)
{
    static const uint8_t width[] = {[MLP_F64] = 8, [MLP_I64] = 8, [MLP_CODE] = 4, [MLP_STR] = sizeof(struct mlp_str)};
    r->sinks = r->source->columns.n;
    if (!(r->sink = mlp_arena_alloc(&r->table->arena, r->sinks * sizeof *r->sink)))
        return mlp_no_memory(error, r->sinks * sizeof *r->sink);
    for (uint32_t i = 0; i < r->sinks; i++) {
        struct csv_sink *const s = &r->sink[i];
        const struct mlp_column *const c = s->column = &r->source->columns.at[i];
        s->width = width[c->rep & 3];
        if (c->rep == MLP_CODE) {
            if (!(s->dictionary = mlp_arena_alloc(&r->table->arena, sizeof *s->dictionary)))
                return mlp_no_memory(error, sizeof *s->dictionary);
            TRY(declared(c, s->dictionary, r->words, error));
        }
        s->way = c->type == MLP_INT ? CSV_WHOLE : c->type == MLP_FLOAT ? CSV_NUMBER : c->from_file ? CSV_OF_FILE : c->spelt.n ? CSV_RENAMED
               : c->rep == MLP_CODE ? CSV_SPELLING
               : c->type == MLP_BOOL ? CSV_FLAG : CSV_BY_RULES;
        for (uint32_t k = 0; k < r->n_missing; k++) s->blank |= c->nullable && !*r->missing[k];
        s->lo = fmax(c->lo, -DBL_MAX), s->hi = fmin(c->hi, DBL_MAX);
        for (uint32_t k = 0; k < r->n_missing; k++) s->way = clashes(c, s->dictionary, r->missing[k]) ? CSV_BY_RULES : s->way;
        for (uint32_t k = 0; k < c->missing.n; k++) s->way = clashes(c, s->dictionary, c->missing.at[k]) ? CSV_BY_RULES : s->way;
    }
    return MLP_OK;
}

/* ---- growing ---- */

enum { ANYTHING = -1 };
/* A larger copy; what is behind `used` bytes is `fill`. A table's arrays stay with the table, those of blocks are freed. */
static mlp_status enlarge(struct csv_reading *r, void *array, size_t used, size_t bytes, int fill, struct mlp_error *error)
{
    char *now, *const larger = r->blocks ? calloc(1, bytes + CSV_PAD) : fill ? mlp_arena_raw(&r->table->arena, bytes + CSV_PAD)
                                                                      : mlp_arena_alloc(&r->table->arena, bytes + CSV_PAD);
    if (!larger) return mlp_no_memory(error, bytes);
    memcpy(&now, array, sizeof now);                        /* array: the address of a pointer of any type */
    if (used) memcpy(larger, now, used);
    if (fill > 0) memset(larger + used, fill, bytes + CSV_PAD - used);
    if (r->blocks) free(now);
    memcpy(array, &larger, sizeof larger);
    return MLP_OK;
}

/* Room for `more` rows, in a table for all that the file seems to have, from the length of those so far. */
static mlp_status make_room(struct csv_reading *r, size_t more, size_t bytes, struct mlp_error *error)
{
    const size_t need = r->rows + more, most = (UINT32_MAX - 1) / 64 * 64;
    if (need <= r->room) return MLP_OK;
    if (r->rows >= most) {                                  /* rows are numbered in 32 bits */
        mlp_fail(error, MLP_ERR_DATA, "E325", "there are more than %zu rows", most);
        mlp_fix(error, "read fewer files, or a sample");
        return csv_at(error, r->name, r->at_line, NULL);
    }
    size_t room = need + (r->blocks ? 0 : r->room / 4);
    const double guess = (double)r->rows_before + (double)(need - r->rows_before) * 1.01 *
                         fmax((double)r->bytes / (double)(r->seen + bytes + 1), 1) + 64;
    if (!r->blocks && guess > (double)room && guess < 1e9) room = (size_t)guess;
    room = room < most ? (room + 63) / 64 * 64 : need > most ? need : most;
    for (uint32_t i = 0; i < r->sinks; i++) {
        struct csv_sink *const s = &r->sink[i];
        TRY(enlarge(r, &s->data, r->rows * s->width, room * s->width, ANYTHING, error));
        if (s->valid) TRY(enlarge(r, &s->valid, r->room / 8, room / 8, 0xff, error));
    }
    TRY(enlarge(r, &r->file, r->rows * sizeof *r->file, room * sizeof *r->file, 0, error));
    TRY(enlarge(r, &r->line, r->rows * sizeof *r->line, room * sizeof *r->line, ANYTHING, error));
    return r->room = room, MLP_OK;
}

/* ---- the header ---- */

static bool snake_is(struct mlp_str cell, const char *name)
{
    char text[256];
    return mlp_schema_snake(cell.at, cell.n, text, sizeof text), !strcmp(text, name);
}

/* Entry 2 i is cell i by its name, 2 i + 1 by its snake_case; the entries of a slot are in ascending order. */
struct mlp_header mlp_header_index(const struct mlp_str *cell, uint32_t n, bool snake)
{
    struct mlp_header h = {cell, n, 15, snake, NULL, NULL};
    if (!cell || n > UINT32_MAX / 4) return h;
    while (h.mask < 2 * n) h.mask = 2 * h.mask + 1;
    h.first = malloc((h.mask + 1) * sizeof *h.first), h.next = malloc((2 * (size_t)n + 1) * sizeof *h.next);
    if (!h.first || !h.next) return mlp_header_clear(&h), h;
    memset(h.first, 0xff, (h.mask + 1) * sizeof *h.first);   /* MLP_NONE */
    for (uint32_t i = n; i-- > 0;) {
        char text[256];
        for (uint32_t k = snake ? 2 : 1; k-- > 0;) {
            if (k) mlp_schema_snake(cell[i].at, cell[i].n, text, sizeof text);
            uint32_t *const slot = &h.first[(k ? mlp_hash(text, strlen(text), 0) : mlp_hash(cell[i].at, cell[i].n, 0)) & h.mask];
            h.next[2 * i + k] = *slot, *slot = 2 * i + k;
        }
    }
    return h;
}

void mlp_header_clear(struct mlp_header *h)
{
    free(h->first), free(h->next);
    h->first = h->next = NULL;
}

uint32_t mlp_header_named(const struct mlp_header *h, const char *name, bool snake, uint32_t *again)
{
    const size_t n = strlen(name);
    uint32_t found = MLP_NONE;
    *again = MLP_NONE;
    if (!h->cell) return MLP_NONE;                          /* rows without a header */
    snake = snake && h->snake;
    for (uint32_t e = !h->first ? 0 : h->first[mlp_hash(name, n, 0) & h->mask]; h->first ? e != MLP_NONE : e < 2 * h->n;
         e = h->first ? h->next[e] : e + 2) {
        const uint32_t i = e / 2;
        if (i == found || (!(n == h->cell[i].n && !memcmp(name, h->cell[i].at, n)) && !(snake && snake_is(h->cell[i], name)))) continue;
        if (found == MLP_NONE) found = i;
        else return *again = i, found;
    }
    return found;
}

uint32_t mlp_csv_place(const struct mlp_column *c, const struct mlp_header *h, uint32_t *again)
{
    *again = MLP_NONE;
    if (c->position) return c->position <= h->n ? c->position - 1 : MLP_NONE;
    return mlp_header_named(h, c->from ? c->from : c->id.name, !c->from, again);
}

/* Does the header hold numbers or dates: is there none? */
static bool is_row(const struct csv_reading *r, const struct mlp_str *header)
{
    double number;
    int64_t time;
    for (uint32_t i = 0; i < r->cells; i++)
        if (mlp_parse_number(header[i].at, header[i].n, &number) || mlp_parse_time(header[i].at, header[i].n, "%Y-%m-%d", &time)) return true;
    return false;
}

static mlp_status no_column(const struct csv_reading *r, uint64_t line, const struct mlp_column *c, const struct mlp_str *header,
                            struct mlp_error *error)
{
    const char *const want = c->from ? c->from : c->id.name;
    if (c->position) {
        mlp_fail(error, MLP_ERR_DATA, "E309", "column %s is cell %u of a row, and %s has %u", c->id.name, c->position,
                 r->headless ? "the first row" : "the header", r->cells);
        mlp_fix(error, "correct `from %u` in the schema, or the reader's `delimiter`", c->position);
        return csv_at(error, r->name, line, c->id.name);
    }
    char list[400] = "";
    const char **const name = calloc(r->cells + 1, sizeof *name);
    if (!name) return mlp_no_memory(error, r->cells * sizeof *name);
    const char *by_snake = NULL;
    for (uint32_t i = 0; i < r->cells; i++) {
        char text[256];
        const size_t n = strlen(list);
        name[i] = header[i].at;
        mlp_schema_snake(header[i].at, header[i].n, text, sizeof text);
        if (!strcmp(text, want)) by_snake = header[i].at;
        if (i < 12) snprintf(list + n, sizeof list - n, "%s%.40s", i ? ", " : "", header[i].at);
    }
    const char *const nearest = by_snake ? by_snake : mlp_schema_nearest(want, strlen(want), name, r->cells);
    free(name);
    mlp_fail(error, MLP_ERR_DATA, "E309", "column %s is not in the header, which has: %s%s", want, list,
             r->cells > 12 ? ", …" : "");
    const char other = r->cells == 1 ? strchr(header[0].at, ';') ? ';' : strchr(header[0].at, '\t') ? 't'
        : strchr(header[0].at, '|') ? '|' : 0 : 0;
    if (other && other != r->delimiter)
        mlp_fix(error, "the file seems to use another delimiter: write csv(…, delimiter: \"%s%c\")", other == 't' ? "\\" : "",
                other);
    else if (by_snake && !c->from)
        mlp_fix(error, "write csv(…, names: snake), which reads \"%s\" as %s, or `%s: … from \"%s\"`", by_snake, want, c->id.name,
                by_snake);
    else if (nearest) mlp_fix(error, "did you mean \"%s\"? write `%s: … from \"%s\"` in the schema, or correct the header", nearest,
                              c->id.name, nearest);
    else if (is_row(r, header)) mlp_fix(error, "line 1 looks like a row: write csv(…, header: false), and `%s: … from 1` for the first cell", c->id.name);
    else if (r->cells == 1 && r->sinks > 1) mlp_fix(error, "line 1 is no header: take away what stands above the header");
    else mlp_fix(error, "add the column to the file, or take it out of the schema");
    return csv_at(error, r->name, line, c->id.name);
}

static mlp_status place_sinks(struct csv_reading *r, uint64_t line, const struct mlp_header *h, struct mlp_error *error)
{
    for (uint32_t i = 0; i < r->sinks; i++) {
        struct csv_sink *const s = &r->sink[i];
        uint32_t again = MLP_NONE;
        s->place = s->column->from_file ? MLP_NONE : mlp_csv_place(s->column, h, &again);
        if (s->column->from_file) continue;
        if (s->place == MLP_NONE) return no_column(r, line, s->column, h->cell, error);
        if (again == MLP_NONE) continue;
        mlp_fail(error, MLP_ERR_DATA, "E310", "column %s stands in the header twice, as cells %u (\"%s\") and %u (\"%s\")",
                 s->column->id.name, s->place + 1, h->cell[s->place].at, again + 1, h->cell[again].at);
        mlp_fix(error, "rename one of them in the file, or choose one: `%s: … from %u`", s->column->id.name, s->place + 1);
        return csv_at(error, r->name, line, s->column->id.name);
    }
    return MLP_OK;
}

static mlp_status read_header(struct csv_reading *r, uint64_t line, const char *at, size_t n, struct mlp_error *error)
{
    struct mlp_str *header = NULL;
    if (!r->headless) TRY(csv_header(r->name, line, at, n, r->delimiter, &r->table->arena, &header, &r->cells, error));
    struct mlp_header h = mlp_header_index(header, r->cells, r->snake);
    const mlp_status placed = place_sinks(r, line, &h, error);
    mlp_header_clear(&h);
    if (placed != MLP_OK || !r->refuse_others) return placed;
    bool *const listed = calloc(r->cells + 1, sizeof *listed);
    if (!listed) return mlp_no_memory(error, r->cells);
    for (uint32_t i = 0; i < r->sinks; i++) if (r->sink[i].place < r->cells) listed[r->sink[i].place] = true;
    uint32_t k = 0;
    while (k < r->cells && listed[k]) k++;
    free(listed);
    if (k == r->cells) return MLP_OK;
    if (r->headless)
        mlp_fail(error, MLP_ERR_DATA, "E311", "cell %u of the rows is no column of the schema (others: error)", k + 1);
    else
        mlp_fail(error, MLP_ERR_DATA, "E311", "the file has a column \"%.80s\" that the schema does not list (others: error)",
                 header[k].at);
    mlp_fix(error, "list it in the schema of source %s, or write csv(…, others: ignore)", r->source->id.name);
    return csv_at(error, r->name, line, NULL);
}

/* ---- rounds ---- */

struct round { struct csv_reading *r; struct csv_window *next; size_t fills; };

/* Reading in order takes longest, so it begins first; else what is in the cache already. */
static void work(void *data, size_t task, int worker)
{
    struct round *const d = data;
    struct csv_reading *const r = d->r;
    const bool first = d->fills == 1 && r->workers > 1;
    const size_t chunks = r->now->chunks, fill = first ? task : task - chunks, chunk = first ? task - d->fills : task;
    if (first ? task < d->fills : task >= chunks) csv_window_fill(r, d->next, fill);
    else csv_cells_read(r, &r->now->chunk[chunk], &r->worker[worker]);
}

/* The first row that is not blank, of a file whose header was not met. */
static mlp_status find_header(struct csv_reading *r, struct mlp_error *error)
{
    for (size_t k = 0; k < r->now->chunks && !r->cells; k++) {
        struct csv_chunk *const c = &r->now->chunk[k];
        const struct csv_index *const x = &c->index;
        uint64_t line = c->line;
        for (; c->row < x->rows && !r->cells; c->row++) {
            const size_t last = x->row[c->row], from = (uint32_t)(x->end[(ptrdiff_t)c->first - 1] + 1);
            if (last > c->first || mlp_schema_trim(c->at + from, x->end[last] - from).n) {
                if (r->headless) r->cells = (uint32_t)(last - c->first + 1);
                TRY(read_header(r, line, c->at + from, x->end[last] - from, error));
                if (r->headless) break;                     /* it is a row itself */
            }
            for (const char *p = c->at + from; (p = memchr(p, '\n', (size_t)(c->at + x->end[last] + 1 - p))); p++) line++;
            c->first = last + 1;
        }
        c->line = line, c->most = x->rows - c->row;
    }
    return MLP_OK;
}

/* A chunk's rows join the table's: they move up where others were left out, and new spellings get their codes. */
static mlp_status merge(struct csv_reading *r, struct csv_chunk *c, struct mlp_error *error)
{
    if (c->status != MLP_OK) return *error = c->error, c->status;
    for (uint32_t i = 0; i < r->sinks; i++) {
        struct csv_sink *const s = &r->sink[i];
        const struct csv_part *const p = &c->part[i];
        if (c->to != r->rows) memmove(s->data + r->rows * s->width, s->data + c->to * s->width, c->rows * s->width);
        if (p->missing && !s->valid) TRY(enlarge(r, &s->valid, 0, r->room / 8, 0xff, error));
        for (size_t k = 0; p->missing && k < c->rows; k += 64) {
            uint64_t *const to = s->valid + (r->rows + k) / 64;
            const unsigned shift = (r->rows + k) & 63;
            to[0] &= ~(p->missing[k / 64] << shift);
            if (shift) to[1] &= ~(p->missing[k / 64] >> (64 - shift));
        }
        if (!p->fresh.n) continue;
        uint32_t *const code = (uint32_t *)(void *)s->data + r->rows;
        uint32_t *const map = mlp_arena_alloc(&c->arena, (p->fresh.n + 2) * sizeof *map);
        if (!map) return mlp_no_memory(error, p->fresh.n * sizeof *map);
        for (uint32_t k = 0; k < p->fresh.n; k++)
            if (!(map[k + 2] = mlp_dictionary_add(s->dictionary, r->words, p->fresh.spelling[k].at, p->fresh.spelling[k].n)))
                return mlp_no_memory(error, 4096);
        for (size_t k = 0; k < c->rows; k++)
            if (code[k] & CSV_FRESH) code[k] = map[code[k] & ~CSV_FRESH];
    }
    if (c->to != r->rows) {
        memmove(r->line + r->rows, r->line + c->to, c->rows * sizeof *r->line);
        if (r->file_index) memmove(r->file + r->rows, r->file + c->to, c->rows * sizeof *r->file);
    }
    r->rows += c->rows, r->seen += c->n;
    return mlp_bad_rows_merge(&r->table->bad, &c->bad, error);
}

static mlp_status open_file(struct csv_reading *r, struct mlp_error *error)
{
    const char *carry;
    size_t n;
    struct mlp_table *const t = r->table;
    r->file_index = r->next_path;
    if (!(r->name = t->files[r->file_index] = mlp_arena_copy(&t->arena, r->path[r->next_path], strlen(r->path[r->next_path]))))
        return mlp_no_memory(error, 256);
    const char *const slash = strrchr(r->name, '/');
    char *const base = mlp_arena_alloc(&t->arena, strlen(r->name) + CSV_PAD);
    if (!base) return mlp_no_memory(error, 256);
    r->base = strcpy(base, slash ? slash + 1 : r->name);
    r->next_path++;
    TRY(csv_feed_open(r->name, &r->feed, error));
    r->offset = r->seen = 0, r->at_line = 1, r->cells = 0, r->rows_before = r->rows, r->step = 1;
    TRY(csv_window_prepare(r, r->now, "", 0, error));
    csv_window_fill(r, r->now, 0);
    TRY(csv_window_cut(r, r->now, &carry, &n, error));
    r->bytes = csv_feed_bytes(r->feed);
    r->carry = carry, r->carried = n;
    return find_header(r, error);
}

/* Reads what the window holds, and the next window; opens and closes files. *more false: all is read. */
static mlp_status advance(struct csv_reading *r, bool *more, struct mlp_error *error)
{
    *more = r->feed || r->next_path < r->paths;
    if (!*more) return MLP_OK;
    if (!r->feed) TRY(open_file(r, error));
    struct csv_window *const now = r->now, *const next = r->now == r->window ? r->window + 1 : r->window;
    struct round round = {r, next, 0};
    size_t rows = 0, bytes = 0;
    for (size_t k = 0; k < now->chunks; k++) {
        now->chunk[k].to = r->rows + rows;
        rows += now->chunk[k].most, bytes += now->chunk[k].n;
    }
    TRY(make_room(r, rows, bytes, error));
    if (!now->end) {
        const size_t usual = r->workers == 1 ? 1 : 6 * (size_t)r->workers < CSV_BLOCKS ? 6 * (size_t)r->workers : CSV_BLOCKS;
        r->step = now->chunks ? usual : r->step * 2 < CSV_BLOCKS ? r->step * 2 : CSV_BLOCKS;    /* a long row: look less often */
        TRY(csv_window_prepare(r, next, r->carry, r->carried, error));
        round.fills = csv_window_tasks(r, next);
    }
    mlp_pool_run(r->pool, now->chunks + round.fills, work, &round);
    for (size_t k = 0; k < now->chunks; k++) {
        TRY(merge(r, &now->chunk[k], error));
        mlp_arena_reset(&now->chunk[k].arena);
    }
    if (!now->end) {
        r->now = next, r->bytes = csv_feed_bytes(r->feed);
        TRY(csv_window_cut(r, next, &r->carry, &r->carried, error));
        return r->cells ? MLP_OK : find_header(r, error);
    }
    csv_feed_close(r->feed), r->feed = NULL;
    return r->cells ? MLP_OK : csv_empty(r->name, error);
}

/* ---- beginning and end ---- */

static mlp_status begin(struct csv_reading *r, struct mlp_error *error)
{
    struct mlp_table *const t = r->table;
    pthread_mutex_init(&r->lock, NULL);
    r->now = r->window;
    TRY(options(r, error));
    TRY(open_sinks(r, error));
    r->workers = mlp_pool_threads(r->pool);
    if (!(r->worker = calloc((size_t)r->workers, sizeof *r->worker))) return mlp_no_memory(error, sizeof *r->worker);
    for (int i = 0; i < r->workers; i++) {
        struct csv_worker *const w = &r->worker[i];
        w->slow = calloc(r->sinks + 1, sizeof *w->slow), w->missing = calloc(r->sinks + 1, sizeof *w->missing);
        w->list = calloc(r->sinks + 1, sizeof *w->list), w->known = calloc(r->sinks + 1, sizeof *w->known);
        if (!w->slow || !w->missing || !w->list || !w->known) return mlp_no_memory(error, r->sinks * sizeof *w->known);
    }
    if (!(t->files = mlp_arena_alloc(&t->arena, (r->paths + 1) * sizeof *t->files)))
        return mlp_no_memory(error, r->paths * sizeof *t->files);
    if (!(t->column = mlp_arena_alloc(&t->arena, (r->sinks + 1) * sizeof *t->column)))
        return mlp_no_memory(error, r->sinks * sizeof *t->column);
    return t->n_files = r->paths, MLP_OK;
}

static void end(struct csv_reading *r)
{
    csv_feed_close(r->feed);
    for (int i = 0; r->worker && i < r->workers; i++) csv_worker_clear(&r->worker[i], r->sinks);
    free(r->worker);
    csv_window_clear(&r->window[0]), csv_window_clear(&r->window[1]);
    pthread_mutex_destroy(&r->lock);
}

/* What the table's columns are, from a row on. */
static void show_rows(struct csv_reading *r, size_t from, size_t rows)
{
    struct mlp_table *const t = r->table;
    t->rows = rows, t->file = r->file + from, t->line = r->line + from;
    for (uint32_t i = 0; i < r->sinks; i++) {
        const struct csv_sink *const s = &r->sink[i];
        t->column[i] = (struct mlp_column_data){s->data + from * s->width, s->valid ? s->valid + from / 64 : NULL, s->dictionary};
    }
}

static mlp_status finish(struct csv_reading *r, struct mlp_error *error)
{
    const struct mlp_table *const t = r->table;
    if (!r->rows && !r->given && !t->bad.n) {
        mlp_fail(error, MLP_ERR_DATA, "E303", r->headless ? "the file has no rows" : "the file has a header but no rows");
        mlp_fix(error, "give a file with rows");
        return csv_at(error, r->name, 0, NULL);
    }
    return mlp_bad_rows_check(r->source, &t->bad, r->given + r->rows, error);
}

mlp_status mlp_csv_read(const struct mlp_source *source, const char *const *path, uint32_t paths, struct mlp_pool *pool,
                        struct mlp_table *table, struct mlp_error *error)
{
    *table = (struct mlp_table){.source = source};
    struct csv_reading r = {.source = source, .table = table, .pool = pool, .path = path, .paths = paths, .words = &table->arena,
                            .texts = &table->arena};
    bool more = true;
    mlp_status status = begin(&r, error);
    while (status == MLP_OK && more) status = advance(&r, &more, error);
    if (status == MLP_OK) status = finish(&r, error);
    if (status == MLP_OK) show_rows(&r, 0, r.rows), status = r.rows ? mlp_table_check(table, error) : MLP_OK;
    end(&r);
    if (status != MLP_OK) mlp_table_clear(table);
    return status;
}

const struct mlp_reader_ops mlp_reader_csv = {mlp_csv_read};

/* ---- blocks ---- */

struct mlp_csv_blocks {
    struct csv_reading r;
    struct mlp_table table;
    size_t from;                                            /* rows in front of it were given */
    bool more;
    struct mlp_arena words[2], texts[2];                    /* one of each is in use */
};

static bool is_large(const struct csv_sink *s)
{
    return s->dictionary && s->column->max_distinct == INFINITY && s->dictionary->n > s->column->set.n + MLP_CHUNK;
}

/* Dictionaries that grew large begin anew, with the spellings of the rows that are left. */
static mlp_status renew_words(struct mlp_csv_blocks *b, struct mlp_error *error)
{
    struct csv_reading *const r = &b->r;
    bool large = false;
    for (uint32_t i = 0; i < r->sinks; i++)
        large |= is_large(&r->sink[i]);
    if (!large) return MLP_OK;
    struct mlp_arena *const other = r->words == b->words ? b->words + 1 : b->words;
    for (uint32_t i = 0; i < r->sinks; i++) {
        struct csv_sink *const s = &r->sink[i];
        if (!s->dictionary) continue;
        const struct mlp_dictionary old = *s->dictionary;
        const bool anew = is_large(s);
        uint32_t *const code = (uint32_t *)(void *)s->data;
        *s->dictionary = (struct mlp_dictionary){0};
        TRY(declared(s->column, s->dictionary, other, error));
        for (uint32_t k = 0; k < old.n && !anew; k++)
            if (!mlp_dictionary_add(s->dictionary, other, old.spelling[k].at, old.spelling[k].n)) return mlp_no_memory(error, 4096);
        for (size_t k = 0; k < r->rows; k++) {
            if (code[k] < 2) continue;
            const struct mlp_str word = old.spelling[code[k] - 2];
            if (!(code[k] = mlp_dictionary_add(s->dictionary, other, word.at, word.n))) return mlp_no_memory(error, 4096);
        }
    }
    mlp_arena_clear(r->words), r->words = other;
    for (int i = 0; i < r->workers; i++) csv_worker_forget(&r->worker[i], r->sinks);
    return MLP_OK;
}

static mlp_status renew_texts(struct mlp_csv_blocks *b, struct mlp_error *error)
{
    struct csv_reading *const r = &b->r;
    struct mlp_arena *const other = r->texts == b->texts ? b->texts + 1 : b->texts;
    for (uint32_t i = 0; i < r->sinks; i++) {
        struct mlp_str *const text = (struct mlp_str *)(void *)r->sink[i].data;
        for (size_t k = 0; r->sink[i].column->rep == MLP_STR && k < r->rows; k++)
            if (text[k].n && !(text[k].at = mlp_arena_copy(other, text[k].at, text[k].n))) return mlp_no_memory(error, text[k].n);
    }
    mlp_arena_clear(r->texts), r->texts = other;
    for (int i = 0; i < r->workers; i++) r->worker[i].text = NULL, r->worker[i].text_left = 0;
    return MLP_OK;
}

/* Rows that were given leave; the others come to the front. */
static mlp_status shift(struct mlp_csv_blocks *b, struct mlp_error *error)
{
    struct csv_reading *const r = &b->r;
    const size_t left = r->rows - b->from;
    for (uint32_t i = 0; i < r->sinks; i++) {
        struct csv_sink *const s = &r->sink[i];
        memmove(s->data, s->data + b->from * s->width, left * s->width);
        if (!s->valid) continue;
        memmove(s->valid, s->valid + b->from / 64, (left + 63) / 64 * 8);
        memset((char *)s->valid + left / 64 * 8 + 8, 0xff, r->room / 8 + CSV_PAD - left / 64 * 8 - 8);
        if (left % 64) s->valid[left / 64] |= ~(uint64_t)0 << left % 64;
        else s->valid[left / 64] = ~(uint64_t)0;
    }
    memmove(r->line, r->line + b->from, left * sizeof *r->line);
    memmove(r->file, r->file + b->from, left * sizeof *r->file);
    memset(r->file + left, 0, (r->room - left) * sizeof *r->file);
    r->rows = left, r->rows_before = 0, b->from = 0;
    TRY(renew_words(b, error));
    return renew_texts(b, error);
}

mlp_status mlp_csv_blocks_open(const struct mlp_source *source, const char *const *path, uint32_t paths, struct mlp_pool *pool,
                               struct mlp_csv_blocks **out, struct mlp_error *error)
{
    struct mlp_csv_blocks *const b = calloc(1, sizeof *b);
    if (!b) return mlp_no_memory(error, sizeof *b);
    b->table.source = source, b->more = true;
    b->r = (struct csv_reading){.source = source, .table = &b->table, .pool = pool, .path = path, .paths = paths, .words = b->words,
                                .texts = b->texts, .blocks = true};
    const mlp_status status = begin(&b->r, error);
    if (status != MLP_OK) mlp_csv_blocks_close(b);
    else *out = b;
    return status;
}

mlp_status mlp_csv_blocks_next(struct mlp_csv_blocks *b, const struct mlp_table **block, struct mlp_error *error)
{
    struct csv_reading *const r = &b->r;
    if (b->more && r->rows - b->from < MLP_CHUNK) {
        if (r->room) TRY(shift(b, error));
        while (b->more && r->rows < MLP_CHUNK) TRY(advance(r, &b->more, error));
        if (!b->more) TRY(finish(r, error));
        for (uint32_t i = 0; i < r->sinks; i++) {
            const struct csv_sink *const s = &r->sink[i];
            if (!s->dictionary || (double)s->dictionary->n <= s->column->max_distinct) continue;
            mlp_fail(error, MLP_ERR_DATA, "E321", "column %s has %u different values so far: at most %.0f may be",
                     s->column->id.name, s->dictionary->n, s->column->max_distinct);
            mlp_fix(error, "clean the column, or raise the bound: `%s: … distinct <= …`", s->column->id.name);
            return csv_at(error, r->name, r->at_line, s->column->id.name);
        }
    }
    const size_t left = r->rows - b->from, rows = left < MLP_CHUNK ? left : MLP_CHUNK;
    show_rows(r, b->from, rows);
    b->from += rows, r->given += rows;
    return *block = &b->table, MLP_OK;
}

void mlp_csv_blocks_close(struct mlp_csv_blocks *b)
{
    if (!b) return;
    end(&b->r);
    for (uint32_t i = 0; b->r.sink && i < b->r.sinks; i++) free(b->r.sink[i].data), free(b->r.sink[i].valid);
    free(b->r.file), free(b->r.line);
    for (int i = 0; i < 2; i++) mlp_arena_clear(&b->words[i]), mlp_arena_clear(&b->texts[i]);
    mlp_table_clear(&b->table);
    free(b);
}
