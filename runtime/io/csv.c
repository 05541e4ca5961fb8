/* csv.c: whole tables from CSV files. A window of the file is scanned for the ends of cells, then each row's declared cells are
 * read by one function per kind of column; the usual cell takes a short way (a plain number, a known spelling), every other one
 * goes through mlp_cell_parse, which alone decides what is accepted. Columns are arrays in the table's arena, with room for as many
 * rows as the file seems to have. Must not keep the file in memory, and must not know what rows are for. */
#include "runtime/io/csv.h"
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "runtime/base/hash.h"
#include "runtime/data/schema.h"
#include "runtime/io/csv_scan.h"

enum { BLOCK = 256 * 1024, LONGEST_ROW = 64 << 20 };

/* Cells of at most 16 bytes that were met lately, as they stand in the file; all of a cell is in the key. code: what it means, for
 * a bool 2 true and 1 false; 0: nothing there. */
struct recent { uint64_t key[2]; uint32_t n, code; };
enum { RECENT = 64 };
struct sink {                                               /* a column that is being read */
    const struct mlp_column *column;
    uint32_t place;                                         /* cell of the file's rows */
    enum { BY_RULES, NUMBER, WHOLE, FLAG, SPELLING } way;           /* the short way, if no missing token looks like a value */
    double lo, hi;                                          /* finite */
    size_t width;                                           /* bytes of an element */
    void *data;                                             /* (room), in the table's arena as all that is the table's */
    uint64_t *valid;                                        /* bit per row; NULL: none is missing so far */
    struct mlp_dictionary *dictionary;
    struct recent *recent;
};
struct reading {
    const struct mlp_source *source; struct mlp_table *table;
    struct sink *sink; uint32_t sinks;
    size_t rows, room;
    uint32_t *file; uint64_t *line;                         /* (room) */
    char delimiter, **missing; uint32_t n_missing; bool snake, refuse_others;
    char *text; size_t text_left;                           /* where texts are copied to, in the table's arena */
    char *buffer; size_t n, buffer_room;                    /* the window */
    char *scratch; size_t scratch_room;                     /* unquoted cells */
    struct csv_index index;
    const char *name; uint32_t file_index, cells;           /* of the file that is read: cells of its header */
    uint64_t at_line, bytes;                                /* bytes: about how many there are */
    uint64_t seen; size_t rows_before;                      /* bytes of the file before the window; rows before the file */
};

/* ---- options ---- */

static mlp_status options(struct reading *r, struct mlp_error *error)
{
    const struct mlp_use *const use = &r->source->reader;
    const struct mlp_arg *const delimiter = mlp_use_arg(use, "delimiter"), *const missing = mlp_use_arg(use, "missing"),
                         *const names = mlp_use_arg(use, "names"), *const others = mlp_use_arg(use, "others");
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
    r->refuse_others = others && others->str && !strcmp(others->str, "error");
    return MLP_OK;
}

/* May a cell that the short way accepts be a missing token? Then it is closed. */
static bool clashes(const struct mlp_column *c, const struct mlp_dictionary *d, const char *token)
{
    double ignored;
    if (c->type == MLP_BOOL) return false;                  /* what is kept of it was read by the rules */
    return c->rep == MLP_F64 ? mlp_parse_number(token, strlen(token), &ignored) 
                             : c->rep == MLP_CODE && mlp_dictionary_find(d, token, strlen(token)) > 1;
}

static mlp_status open_sinks(struct reading *r, struct mlp_error *error)
{
    static const uint8_t width[] = {[MLP_F64] = 8, [MLP_I64] = 8, [MLP_CODE] = 4, [MLP_STR] = sizeof(struct mlp_str)};
    r->sinks = r->source->columns.n;
    if (!(r->sink = mlp_arena_alloc(&r->table->arena, r->sinks * sizeof *r->sink)))
        return mlp_no_memory(error, r->sinks * sizeof *r->sink);
    for (uint32_t i = 0; i < r->sinks; i++) {
        struct sink *const s = &r->sink[i];
        const struct mlp_column *const c = s->column = &r->source->columns.at[i];
        s->width = width[c->rep & 3];
        if (c->pattern || c->type == MLP_VECTOR || c->type == MLP_LISTOF) {
            mlp_fail(error, MLP_ERR_SPEC, "E290", "column %s: %s is part of the language, but not built yet", c->id.name,
                     c->pattern ? "`matches`" : "this type");
            return mlp_fix(error, "leave it out for now");
        }
        s->recent = mlp_arena_alloc(&r->table->arena, RECENT * sizeof *s->recent);
        if (c->rep == MLP_CODE) {
            s->dictionary = mlp_arena_alloc(&r->table->arena, sizeof *s->dictionary);
            if (!s->dictionary || !s->recent) return mlp_no_memory(error, RECENT * sizeof *s->recent);
            for (uint32_t k = 0; k < c->set.n; k++)
                if (!mlp_dictionary_add(s->dictionary, &r->table->arena, c->set.at[k], strlen(c->set.at[k])))
                    return mlp_no_memory(error, 4096);
        }
        s->way = c->type == MLP_INT ? WHOLE : c->type == MLP_FLOAT ? NUMBER : c->rep == MLP_CODE ? SPELLING
               : c->type == MLP_BOOL && s->recent ? FLAG : BY_RULES;
        s->lo = fmax(c->lo, -DBL_MAX), s->hi = fmin(c->hi, DBL_MAX);
        for (uint32_t k = 0; k < r->n_missing; k++) s->way = clashes(c, s->dictionary, r->missing[k]) ? BY_RULES : s->way;
        for (uint32_t k = 0; k < c->missing.n; k++) s->way = clashes(c, s->dictionary, c->missing.at[k]) ? BY_RULES : s->way;
    }
    return MLP_OK;
}

/* ---- growing ---- */

static mlp_status resize(void *array, size_t bytes, struct mlp_error *error)
{
    void *now;
    memcpy(&now, array, sizeof now);                        /* array: the address of a pointer of any type */
    void *const grown = realloc(now, bytes ? bytes : 1);
    if (!grown) return mlp_no_memory(error, bytes);
    memcpy(array, &grown, sizeof grown);
    return MLP_OK;
}

/* A larger copy in the table's arena; what is behind `used` bytes is `fill`. */
static mlp_status enlarge(struct reading *r, void *array, size_t used, size_t bytes, int fill, struct mlp_error *error)
{
    char *now, *const larger = mlp_arena_alloc(&r->table->arena, bytes + CSV_PAD);
    if (!larger) return mlp_no_memory(error, bytes);
    memcpy(&now, array, sizeof now);                        /* array: the address of a pointer of any type */
    if (used) memcpy(larger, now, used);
    if (fill) memset(larger + used, fill, bytes + CSV_PAD - used);
    memcpy(array, &larger, sizeof larger);
    return MLP_OK;
}

/* Room for all rows that the file seems to have, from the length of those so far. */
static mlp_status make_room(struct reading *r, size_t used, struct mlp_error *error)
{
    if (r->rows >= (UINT32_MAX - 1) / 64 * 64) {                        /* rows are numbered in 32 bits */
        mlp_fail(error, MLP_ERR_DATA, "E325", "there are more than %u rows", (UINT32_MAX - 1) / 64 * 64);
        mlp_fix(error, "read fewer files, or a sample");
        return csv_at(error, r->name, r->at_line, NULL);
    }
    const double here = (double)(r->rows - r->rows_before + 1), so_far = (double)(r->seen + used + 1);
    const double guess = (double)r->rows_before + here * 1.01 * fmax((double)r->bytes / so_far, 1) + 64;
    size_t room = r->room + r->room / 4 + 1024;
    if (guess > (double)room && guess < 1e9) room = (size_t)guess;
    room = (room < UINT32_MAX - 64 ? room + 63 : UINT32_MAX - 1) / 64 * 64;
    for (uint32_t i = 0; i < r->sinks; i++) {
        struct sink *const s = &r->sink[i];
        TRY(enlarge(r, &s->data, r->rows * s->width, room * s->width, 0, error));
        if (s->valid) TRY(enlarge(r, &s->valid, r->room / 8, room / 8, 0xff, error));
    }
    TRY(enlarge(r, &r->file, r->rows * sizeof *r->file, room * sizeof *r->file, 0, error));
    TRY(enlarge(r, &r->line, r->rows * sizeof *r->line, room * sizeof *r->line, 0, error));
    return r->room = room, MLP_OK;
}

static mlp_status set_missing(struct reading *r, struct sink *s, struct mlp_error *error)
{
    if (!s->valid) TRY(enlarge(r, &s->valid, 0, r->room / 8, 0xff, error));
    s->valid[r->rows >> 6] &= ~((uint64_t)1 << (r->rows & 63));
    switch (s->column->rep) {
    case MLP_F64: ((double *)s->data)[r->rows] = NAN; break;
    case MLP_I64: ((int64_t *)s->data)[r->rows] = INT64_MIN; break;
    case MLP_CODE: ((uint32_t *)s->data)[r->rows] = 0; break;
    default: ((struct mlp_str *)s->data)[r->rows] = (struct mlp_str){"", 0};
    }
    return MLP_OK;
}

static const char *keep_text(struct reading *r, struct mlp_str s)
{
    if (s.n > r->text_left) {
        const size_t room = s.n > 65536 ? s.n : 262144;
        if (!(r->text = mlp_arena_alloc(&r->table->arena, room))) return NULL;
        r->text_left = room;
    }
    char *const copy = r->text;
    if (!copy) return "";
    memcpy(copy, s.at, s.n);
    r->text += s.n, r->text_left -= s.n;
    return copy;
}

/* ---- a row ---- */

static struct recent *place_of(const struct sink *s, const char *at, size_t n, uint64_t key[2])
{
    memcpy(key, at, 8), key[1] = 0;                         /* the window has room behind it */
    if (n < 8) key[0] &= ((uint64_t)1 << n * 8) - 1;
    else memcpy(key + 1, at + n - 8, 8);
    return &s->recent[((key[0] ^ key[1] * 0x9e3779b97f4a7c15u ^ n) * 0xbf58476d1ce4e5b9u) >> 58];
}
static const struct recent *recent_of(const struct sink *s, const char *at, size_t n)
{
    uint64_t key[2];
    const struct recent *const entry = place_of(s, at, n, key);
    return entry->n == n && entry->key[0] == key[0] && entry->key[1] == key[1] ? entry : NULL;
}
static void remember(const struct sink *s, const char *at, size_t n, uint32_t code)
{
    uint64_t key[2];
    struct recent *const entry = place_of(s, at, n, key);
    *entry = (struct recent){{key[0], key[1]}, (uint32_t)n, code};
}

/* Any cell, by mlp_cell_parse. */
static mlp_status read_cell(struct reading *r, struct sink *s, const char *at, size_t n, struct mlp_error *error)
{
    struct mlp_str cell;
    if (n > r->scratch_room) {
        TRY(resize(&r->scratch, n * 2, error));
        r->scratch_room = n * 2;
    }
    if (!csv_cell(at, n, r->scratch, &cell)) return csv_after_quote(r->name, r->at_line, s->column->id.name, error);
    struct mlp_value v;
    const enum mlp_cell_fault fault = mlp_cell_parse(s->column, r->missing, r->n_missing, cell.at, cell.n, &v);
    if (fault != MLP_CELL_OK) return mlp_cell_error(s->column, fault, cell.at, cell.n, r->name, r->at_line, error);
    if (v.missing) return set_missing(r, s, error);
    switch (s->column->rep) {
    case MLP_F64:
        ((double *)s->data)[r->rows] = v.number;
        if (s->way == FLAG && n && n <= 16 && at[n - 1] != '\r') remember(s, at, n, v.number != 0 ? 2 : 1);
        break;
    case MLP_I64: ((int64_t *)s->data)[r->rows] = v.time; break;
    case MLP_CODE: {
        const uint32_t code = mlp_dictionary_add(s->dictionary, &r->table->arena, v.text.at, v.text.n);
        if (!code) return mlp_no_memory(error, v.text.n);
        ((uint32_t *)s->data)[r->rows] = code;
        break;
    }
    default: {
        const char *const text = keep_text(r, v.text);
        if (!text) return mlp_no_memory(error, v.text.n);
        ((struct mlp_str *)s->data)[r->rows] = (struct mlp_str){text, v.text.n};
    }
    }
    return MLP_OK;
}

/* The short way: a number in range, or a cell that was met. false: not so simple. */
static bool read_plain(struct reading *r, struct sink *s, const char *at, size_t n)
{
    if (n && at[n - 1] == '\r') n--;
    if (!n || s->way == BY_RULES) return false;
    if (s->way < FLAG) {
        double v;
        if (!(csv_number(at, n, &v) || mlp_parse_number(at, n, &v)) || !(v >= s->lo && v <= s->hi) ||
            (s->way == WHOLE && v != floor(v))) return false;
        return ((double *)s->data)[r->rows] = v, true;
    }
    uint32_t code = 0;
    const struct recent *const entry = n <= 16 ? recent_of(s, at, n) : NULL;
    if (entry) code = entry->code;
    else if (s->way == SPELLING) {
        const bool quoted = n > 2 && *at == '"' && at[n - 1] == '"' && !memchr(at + 1, '"', n - 2);
        code = mlp_dictionary_find(s->dictionary, at + quoted, n - 2 * quoted);
        if (code < 2) return false;
        if (n <= 16) remember(s, at, n, code);
    }
    if (s->way == SPELLING) ((uint32_t *)s->data)[r->rows] = code;
    else if (code) ((double *)s->data)[r->rows] = code - 1;
    return code;
}

/* Cells of one row: end[0..cells) are their ends, from is where the first begins. */
static mlp_status read_row(struct reading *r, size_t from, const uint32_t *end, uint32_t cells, struct mlp_error *error)
{
    const char *const b = r->buffer;
    if (r->index.nul)
        for (uint32_t k = 0; k < cells; k++) {
            const size_t start = k ? end[k - 1] + 1u : from;
            const char *column = NULL;
            if (!memchr(b + start, 0, end[k] - start)) continue;
            for (uint32_t i = 0; i < r->sinks; i++)
                if (r->sink[i].place == k) column = r->sink[i].column->id.name;
            return csv_zero_byte(r->name, r->at_line, column, error);
        }
    if (cells != r->cells) {
        bool hide = false;
        for (uint32_t i = 0; i < r->sinks; i++) hide |= (r->sink[i].column->tags & MLP_PII) != 0;
        return csv_ragged(r->name, r->at_line, cells, r->cells, b + from, end[cells - 1] - from, hide, error);
    }
    for (uint32_t i = 0; i < r->sinks; i++) {
        struct sink *const s = &r->sink[i];
        const size_t start = s->place ? end[s->place - 1] + 1u : from, n = end[s->place] - start;
        if (!read_plain(r, s, b + start, n)) TRY(read_cell(r, s, b + start, n, error));
    }
    r->file[r->rows] = r->file_index, r->line[r->rows] = r->at_line;
    return r->rows++, MLP_OK;
}

/* ---- the header ---- */

uint32_t mlp_csv_place(const struct mlp_column *c, const struct mlp_str *header, uint32_t n, int snake, uint32_t *again)
{
    uint32_t found = MLP_NONE;
    *again = MLP_NONE;
    if (c->position) return c->position <= n ? c->position - 1 : MLP_NONE;
    const char *const name = c->from ? c->from : c->id.name;
    for (uint32_t i = 0; i < n; i++) {
        char text[256];
        bool is = strlen(name) == header[i].n && !memcmp(name, header[i].at, header[i].n);
        if (!is && snake && !c->from) mlp_schema_snake(header[i].at, header[i].n, text, sizeof text), is = !strcmp(text, name);
        if (!is) continue;
        if (found == MLP_NONE) found = i;
        else return *again = i, found;
    }
    return found;
}

static mlp_status no_column(const struct reading *r, const struct mlp_column *c, const struct mlp_str *header,
                            struct mlp_error *error)
{
    const char *const want = c->from ? c->from : c->id.name;
    if (c->position) {
        mlp_fail(error, MLP_ERR_DATA, "E309", "column %s is cell %u of a row, and the header has %u", c->id.name, c->position,
                 r->cells);
        mlp_fix(error, "correct `from %u` in the schema, or the reader's `delimiter`", c->position);
        return csv_at(error, r->name, r->at_line, c->id.name);
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
    else mlp_fix(error, "add the column to the file, or take it out of the schema");
    return csv_at(error, r->name, r->at_line, c->id.name);
}

static mlp_status read_header(struct reading *r, const char *at, size_t n, struct mlp_error *error)
{
    struct mlp_str *header;
    TRY(csv_header(r->name, r->at_line, at, n, r->delimiter, &r->table->arena, &header, &r->cells, error));
    for (uint32_t i = 0; i < r->sinks; i++) {
        struct sink *const s = &r->sink[i];
        uint32_t again;
        s->place = mlp_csv_place(s->column, header, r->cells, r->snake, &again);
        if (s->place == MLP_NONE) return no_column(r, s->column, header, error);
        if (again == MLP_NONE) continue;
        mlp_fail(error, MLP_ERR_DATA, "E310", "column %s stands in the header twice, as cells %u (\"%s\") and %u (\"%s\")",
                 s->column->id.name, s->place + 1, header[s->place].at, again + 1, header[again].at);
        mlp_fix(error, "rename one of them in the file, or choose one: `%s: … from %u`", s->column->id.name, s->place + 1);
        return csv_at(error, r->name, r->at_line, s->column->id.name);
    }
    for (uint32_t k = 0; r->refuse_others && k < r->cells; k++) {
        bool listed = false;
        for (uint32_t i = 0; i < r->sinks; i++) listed |= r->sink[i].place == k;
        if (listed) continue;
        mlp_fail(error, MLP_ERR_DATA, "E311", "the file has a column \"%.80s\" that the schema does not list (others: error)",
                 header[k].at);
        mlp_fix(error, "list it in the schema of source %s, or write csv(…, others: ignore)", r->source->id.name);
        return csv_at(error, r->name, r->at_line, NULL);
    }
    return MLP_OK;
}

/* ---- a file ---- */

/* A bad row: gone, when bad rows are skipped. */
static mlp_status bad_row(struct reading *r, struct mlp_error *error)
{
    if (r->source->bad_row != MLP_SKIP || error->status != MLP_ERR_DATA || !strcmp(error->code, "E399")) return error->status;
    for (uint32_t i = 0; i < r->sinks; i++)
        if (r->sink[i].valid) r->sink[i].valid[r->rows >> 6] |= (uint64_t)1 << (r->rows & 63);
    return r->table->skipped++, MLP_OK;
}

static mlp_status read_window(struct reading *r, size_t *used, bool *have_header, struct mlp_error *error)
{
    const struct csv_index *const x = &r->index;
    size_t from = 0, first = 0;
    for (size_t i = 0; i < x->rows; i++) {
        const size_t last = x->row[i], end = x->end[last];
        const uint32_t cells = (uint32_t)(last - first + 1);
        if (cells > 1 || mlp_schema_trim(r->buffer + from, end - from).n) {
            mlp_status status = MLP_OK;
            if (!*have_header) {
                TRY(read_header(r, r->buffer + from, end - from, error));
                *have_header = true;
            } else {
                if (r->rows == r->room) TRY(make_room(r, i ? from : r->n, error));
                status = read_row(r, from, x->end + first, cells, error);
            }
            if (status != MLP_OK) TRY(bad_row(r, error));
        }
        r->at_line++;
        if (x->quoted_newline)
            for (const char *p = r->buffer + from; (p = memchr(p, '\n', (size_t)(r->buffer + end - p))); p++) r->at_line++;
        from = end + 1, first = last + 1;
    }
    return *used = from, MLP_OK;
}

/* Chained over blocks of one size, so the same bytes give the same hash, compressed or not. */
static void hash_block(struct mlp_table *t, const char *at, size_t n)
{
    uint64_t h[2];
    uint8_t bytes[16];
    mlp_hash128(at, n, t->content[0] + n, bytes);
    memcpy(h, bytes, sizeof h);
    t->content[1] = h[1] ^ (t->content[1] << 1 | t->content[1] >> 63);
    t->content[0] = h[0];
}

static mlp_status read_file(struct reading *r, struct csv_feed *feed, struct mlp_error *error)
{
    bool header = false, end = false, begun = false;
    size_t blocks = 1;
    r->n = 0, r->at_line = 1, r->seen = 0, r->rows_before = r->rows;
    while (!end) {
        for (size_t i = 0; i < blocks && !end; i++) {
            if (r->buffer_room < r->n + BLOCK + 2 * CSV_PAD) {
                const size_t room = (r->n + BLOCK + 2 * CSV_PAD) * (r->n ? 2 : 1);
                TRY(resize(&r->buffer, room, error));
                r->buffer_room = room;
            }
            size_t got;
            TRY(csv_feed_read(feed, r->buffer + r->n, BLOCK, &got, error));
            hash_block(r->table, r->buffer + r->n, got);
            r->n += got, end = got < BLOCK;
        }
        if (!begun && r->n >= 3 && !memcmp(r->buffer, "\xef\xbb\xbf", 3)) memmove(r->buffer, r->buffer + 3, r->n -= 3);
        begun = true;
        if (end && r->n && r->buffer[r->n - 1] != '\n') r->buffer[r->n++] = '\n';
        memset(r->buffer + r->n, ' ', CSV_PAD);
        if (!csv_scan(&r->index, r->buffer, r->n, r->delimiter)) return mlp_no_memory(error, r->n * 8);
        size_t used;
        r->bytes = csv_feed_bytes(feed);
        TRY(read_window(r, &used, &header, error));
        r->n -= used, r->seen += used;
        memmove(r->buffer, r->buffer + used, r->n);
        if ((end && r->n) || r->n > LONGEST_ROW) {
            size_t offset;
            if (r->index.open) return csv_unterminated(r->name, csv_open_quote(r->buffer, r->n, r->delimiter, r->at_line, &offset),
                                                       error);
            mlp_fail(error, MLP_ERR_DATA, "E306", "this row is longer than %d MiB", LONGEST_ROW >> 20);
            mlp_fix(error, "check that the file is text with rows in lines");
            return csv_at(error, r->name, r->at_line, NULL);
        }
        blocks = used ? 1 : blocks * 2;                     /* a long row: look less often */
    }
    return header ? MLP_OK : csv_empty(r->name, error);
}

/* ---- the table ---- */

static mlp_status finish(struct reading *r, struct mlp_error *error)
{
    struct mlp_table *const t = r->table;
    t->rows = r->rows;
    if (!r->rows) {
        mlp_fail(error, MLP_ERR_DATA, "E303", t->skipped ? "all %llu rows are bad" : "the file has a header but no rows",
                 (unsigned long long)t->skipped);
        mlp_fix(error, "give a file with rows");
        return csv_at(error, r->name, 0, NULL);
    }
    if (r->source->bad_row == MLP_SKIP && (double)t->skipped > r->source->bad_max * (double)(r->rows + t->skipped)) {
        mlp_fail(error, MLP_ERR_DATA, "E324", "%llu of %zu rows are bad: at most %.3g%% may be", (unsigned long long)t->skipped,
                 r->rows + (size_t)t->skipped, r->source->bad_max * 100);
        mlp_fix(error, "correct the file (bad_rows: fail names the first bad row), or allow more");
        return csv_at(error, r->name, 0, NULL);
    }
    if (!(t->column = mlp_arena_alloc(&t->arena, r->sinks * sizeof *t->column)))
        return mlp_no_memory(error, r->sinks * sizeof *t->column);
    for (uint32_t i = 0; i < r->sinks; i++) {
        const struct sink *const s = &r->sink[i];
        t->column[i] = (struct mlp_column_data){s->data, s->valid, s->dictionary};
    }
    t->file = r->file, t->line = r->line;
    return mlp_table_check(t, error);
}

static mlp_status read_all(struct reading *r, const char *const *path, uint32_t paths, struct mlp_error *error)
{
    struct mlp_table *const t = r->table;
    TRY(options(r, error));
    TRY(open_sinks(r, error));
    if (!(t->files = mlp_arena_alloc(&t->arena, (paths + 1) * sizeof *t->files)))
        return mlp_no_memory(error, paths * sizeof *t->files);
    t->n_files = paths;
    for (uint32_t i = 0; i < paths; i++) {
        struct csv_feed *feed;
        if (!(t->files[i] = r->name = mlp_arena_copy(&t->arena, path[i], strlen(path[i]))))
            return mlp_no_memory(error, strlen(path[i]));
        r->file_index = i;
        TRY(csv_feed_open(r->name, &feed, error));
        const mlp_status status = read_file(r, feed, error);
        csv_feed_close(feed);
        if (status != MLP_OK) return status;
    }
    return finish(r, error);
}

mlp_status mlp_csv_read(const struct mlp_source *source, const char *const *path, uint32_t paths, struct mlp_pool *pool,
                        struct mlp_table *table, struct mlp_error *error)
{
    /* one core reads faster than the disk; the order of codes is the file's */
    (void)pool;
    *table = (struct mlp_table){.source = source};
    struct reading r = {.source = source, .table = table};
    const mlp_status status = read_all(&r, path, paths, error);
    free(r.buffer), free(r.scratch);
    csv_index_clear(&r.index);
    if (status != MLP_OK) mlp_table_clear(table);
    return status;
}
