/* csv_stream.c: rows of CSV from a descriptor, one at a time, in constant memory: what `predict` reads. Cells are texts: types are
 * the caller's. A bad row is an error of its own; the rows behind it can still be had. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "runtime/io/csv.h"
#include "runtime/io/csv_scan.h"

enum { FIRST_ROOM = 64 * 1024, LONGEST_ROW = 16 << 20 };
struct mlp_csv_stream {
    int fd; char delimiter; bool end;                       /* end: of the input, not of what is buffered */
    const char *name;
    char *buffer, *scratch; size_t n, room;                 /* both (room) */
    struct csv_index index;
    size_t row, first, from;                                /* next row of the index, its first cell, its first byte */
    uint64_t line;
    struct mlp_str *header, *cell; uint32_t cells;          /* both (cells) */
    struct mlp_arena arena;
};

static mlp_status make_room(struct mlp_csv_stream *s, size_t room, struct mlp_error *error)
{
    char *const buffer = realloc(s->buffer, room + 2 * CSV_PAD);
    if (buffer) s->buffer = buffer;
    char *const scratch = buffer ? realloc(s->scratch, room + 2 * CSV_PAD) : NULL;
    if (!scratch) return mlp_no_memory(error, room);
    return s->scratch = scratch, s->room = room, MLP_OK;
}

/* Forgets the rows that were given and reads once more. */
static mlp_status fill(struct mlp_csv_stream *s, struct mlp_error *error)
{
    s->n -= s->from;
    if (s->n) memmove(s->buffer, s->buffer + s->from, s->n);
    s->row = s->first = s->from = s->index.rows = 0;
    if (s->room - s->n < FIRST_ROOM / 2) TRY(make_room(s, s->room * 2, error));
    do {
        ssize_t got;
        do got = read(s->fd, s->buffer + s->n, s->room - s->n); while (got < 0 && errno == EINTR);
        if (got < 0) {
            mlp_fail(error, MLP_ERR_DATA, "E301", "%s cannot be read: %s", s->name, strerror(errno));
            mlp_fix(error, "check where the rows come from");
            s->end = true, s->n = 0;
            return csv_at(error, s->name, 0, NULL);
        }
        s->n += (size_t)got, s->end = !got;
    } while (!s->end && !s->header && s->n < 3);            /* a mark at the beginning has three bytes */
    if (!s->header && s->n >= 3 && !memcmp(s->buffer, "\xef\xbb\xbf", 3)) memmove(s->buffer, s->buffer + 3, s->n -= 3);
    if (!s->header && s->n >= 2 && !memcmp(s->buffer, "\x1f\x8b", 2)) {
        mlp_fail(error, MLP_ERR_DATA, "E308", "%s is compressed: rows for predict are plain text", s->name);
        mlp_fix(error, "decompress on the way, for example: gunzip -c rows.csv.gz | …");
        s->end = true, s->n = 0;
        return csv_at(error, s->name, 0, NULL);
    }
    if (s->end && s->n && s->buffer[s->n - 1] != '\n') s->buffer[s->n++] = '\n';
    memset(s->buffer + s->n, ' ', CSV_PAD);
    return csv_scan(&s->index, s->buffer, s->n, s->delimiter) ? MLP_OK : mlp_no_memory(error, s->n * 8);
}

/* What is buffered is no whole row and cannot become one: says so, and goes on behind the line where it went wrong. */
static mlp_status give_up(struct mlp_csv_stream *s, uint64_t *line, struct mlp_error *error)
{
    size_t offset = 0;
    const bool open = s->index.open;
    const uint64_t opened = open ? csv_open_quote(s->buffer, s->n, s->delimiter, s->line, &offset) : s->line;
    const char *const newline = memchr(s->buffer + offset, '\n', s->n - offset);
    *line = opened;
    if (open) csv_unterminated(s->name, opened, error);
    else {
        mlp_fail(error, MLP_ERR_DATA, "E306", "this row is longer than %d MiB", LONGEST_ROW >> 20);
        mlp_fix(error, "check that the input is text with rows in lines");
        csv_at(error, s->name, opened, NULL);
    }
    if (newline) s->from = (size_t)(newline + 1 - s->buffer), s->line = opened + 1;
    else s->from = s->n;
    s->n -= s->from;
    memmove(s->buffer, s->buffer + s->from, s->n);
    memset(s->buffer + s->n, ' ', CSV_PAD);
    s->row = s->first = s->from = 0;
    if (!csv_scan(&s->index, s->buffer, s->n, s->delimiter)) return mlp_no_memory(error, s->n * 8);
    return error->status;
}

/* The next row that is not blank: its bytes and cells. *cells 0: the end. */
static mlp_status next_row(struct mlp_csv_stream *s, size_t *from, const uint32_t **end, uint32_t *cells, uint64_t *line,
                           struct mlp_error *error)
{
    for (;;) {
        while (s->row < s->index.rows) {
            const size_t last = s->index.row[s->row++], stop = s->index.end[last];
            *from = s->from, *end = s->index.end + s->first, *cells = (uint32_t)(last - s->first + 1), *line = s->line++;
            bool blank = *cells == 1;
            for (size_t i = *from; i < stop && (blank || s->index.quoted_newlines); i++) {
                blank = blank && (s->buffer[i] == ' ' || s->buffer[i] == '\r' || s->buffer[i] == '\t');
                s->line += s->buffer[i] == '\n';
            }
            s->from = stop + 1, s->first = last + 1;
            if (!blank) return MLP_OK;
        }
        *cells = 0, *line = s->line;
        if (s->end && s->from == s->n) return MLP_OK;
        if (s->end || s->n - s->from > LONGEST_ROW) {
            s->n -= s->from;
            memmove(s->buffer, s->buffer + s->from, s->n);
            s->from = 0;
            return give_up(s, line, error);
        }
        TRY(fill(s, error));
    }
}

mlp_status mlp_csv_open(int fd, const char *name, char delimiter, bool headless, struct mlp_csv_stream **out,
                        struct mlp_error *error)
{
    struct mlp_csv_stream *const s = calloc(1, sizeof *s);
    if (!s) return mlp_no_memory(error, sizeof *s);
    *s = (struct mlp_csv_stream){.fd = fd, .delimiter = delimiter, .line = 1};
    size_t from;
    const uint32_t *end;
    uint32_t cells = 0;
    uint64_t line;
    mlp_status status = make_room(s, FIRST_ROOM, error);
    if (status == MLP_OK && !(s->name = mlp_arena_copy(&s->arena, name, strlen(name)))) status = mlp_no_memory(error, 64);
    if (status == MLP_OK) status = next_row(s, &from, &end, &cells, &line, error);
    if (status == MLP_OK && !cells) status = csv_empty(s->name, error);
    if (status == MLP_OK && headless) {                     /* what was looked at is the first row: step back */
        s->row--, s->first = (size_t)(end - s->index.end), s->from = from, s->line = line, s->cells = cells;
        if (!(s->header = mlp_arena_alloc(&s->arena, cells * sizeof *s->header))) status = mlp_no_memory(error, cells);
        for (uint32_t i = 0; status == MLP_OK && i < cells; i++) s->header[i] = (struct mlp_str){"", 0};
    } else if (status == MLP_OK) status = csv_header(s->name, line, s->buffer + from, end[cells - 1] - from, delimiter, &s->arena,
                                              &s->header, &s->cells, error);
    if (status == MLP_OK && !(s->cell = mlp_arena_alloc(&s->arena, s->cells * sizeof *s->cell)))
        status = mlp_no_memory(error, s->cells * sizeof *s->cell);
    if (status != MLP_OK) return mlp_csv_close(s), status;
    return *out = s, MLP_OK;
}

const struct mlp_str *mlp_csv_header(const struct mlp_csv_stream *s, uint32_t *n) { return *n = s->cells, s->header; }
int mlp_csv_ready(const struct mlp_csv_stream *s) { return s->row < s->index.rows; }

mlp_status mlp_csv_next(struct mlp_csv_stream *s, const struct mlp_str **cell, uint32_t *n, uint64_t *line, struct mlp_error *error)
{
    size_t from;
    const uint32_t *end;
    uint32_t cells;
    *cell = s->cell, *n = 0;
    TRY(next_row(s, &from, &end, &cells, line, error));
    if (!cells) return MLP_OK;
    if (s->index.nul && memchr(s->buffer + from, 0, end[cells - 1] - from)) return csv_zero_byte(s->name, *line, NULL, error);
    if (cells != s->cells) return csv_ragged(s->name, *line, cells, s->cells, s->buffer + from, end[cells - 1] - from, false,
                                             error);
    for (uint32_t i = 0; i < cells; i++) {
        const size_t start = i ? end[i - 1] + 1u : from;
        if (!csv_cell(s->buffer + start, end[i] - start, s->scratch + start, &s->cell[i]))
            return csv_after_quote(s->name, *line, s->header[i].at, error);
    }
    return *n = cells, MLP_OK;
}

void mlp_csv_close(struct mlp_csv_stream *s)
{
    if (!s) return;
    csv_index_clear(&s->index);
    mlp_arena_clear(&s->arena);
    free(s->buffer), free(s->scratch), free(s);
}
