/* stream.c: predict over a stream. Rows are taken in blocks for speed, and a block ends where the next row would have to be
 * waited for, so that a slow writer gets each answer at once. It decides nothing about cells: that is predictor.c's. */
#define _GNU_SOURCE 1
#include "runtime/run/stream.h"
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "runtime/base/json.h"
#include "runtime/data/json_row.h"
#include "runtime/data/schema.h"
#include "runtime/io/csv.h"
#include "runtime/model/head.h"

enum { BLOCK = 256, FIELDS = 4096, LINE = 16 << 20 };

struct row { struct mlp_error *error; size_t key, key_n; }; /* error NULL: good; key: its place in keys */
struct stream {
    const struct mlp_predictor *p; const struct mlp_stream_options *o; struct mlp_stream_count *count;
    struct mlp_scratch scratch; struct mlp_arena arena;
    /* keys: text of the key columns of the block's rows, as it will be written */
    struct mlp_buffer out, keys;
    struct row row[BLOCK]; struct mlp_error error[BLOCK]; double *score;   /* score: (BLOCK, outputs) */
    struct mlp_str *cell; uint32_t rows, room; bool json, gone;   /* json: what is written */
};

/* ---- output ---- */

static void csv_cell(struct mlp_buffer *out, const char *at, size_t n)
{
    bool plain = true;
    for (size_t i = 0; plain && i < n; i++) plain = at[i] != '"' && at[i] != ',' && at[i] != '\n' && at[i] != '\r';
    if (plain && n && at[0] != ' ' && at[n - 1] != ' ') { mlp_buffer_add(out, at, n); return; }
    if (!n) return;
    mlp_buffer_add(out, "\"", 1);
    for (size_t i = 0; i < n; i++) {
        if (at[i] == '"') mlp_buffer_add(out, "\"", 1);
        mlp_buffer_add(out, at + i, 1);
    }
    mlp_buffer_add(out, "\"", 1);
}

/* One key column of a row, as text of the output's kind. raw: it is JSON already, such as a number. */
static void write_key(struct stream *s, const struct mlp_column *c, struct mlp_str text, bool raw)
{
    if (!s->json) {
        csv_cell(&s->keys, text.at, text.n), mlp_buffer_add(&s->keys, ",", 1);
        return;
    }
    mlp_json_quote(&s->keys, c->id.name, strlen(c->id.name)), mlp_buffer_add(&s->keys, ":", 1);
    if (raw) mlp_buffer_add(&s->keys, text.at, text.n);
    else mlp_json_quote(&s->keys, text.at, text.n);
    mlp_buffer_add(&s->keys, ",", 1);
}

static void write_header(struct stream *s, const struct mlp_column *const *key, uint32_t keys)
{
    if (s->json) return;
    for (uint32_t k = 0; k < keys; k++)
        csv_cell(&s->out, key[k]->id.name, strlen(key[k]->id.name)), mlp_buffer_add(&s->out, ",", 1);
    mlp_buffer_text(&s->out, "prediction,");
    for (uint32_t k = 0; s->p->class_name && k < s->p->outputs; k++) {
        const struct mlp_str name = s->p->class_name[k];
        struct mlp_buffer b = {0};
        mlp_buffer_text(&b, "score_"), mlp_buffer_add(&b, name.at, name.n);
        csv_cell(&s->out, b.at, b.n), mlp_buffer_add(&s->out, ",", 1);
        s->out.failed |= b.failed;
        mlp_buffer_clear(&b);
    }
    for (uint32_t k = 0; k < s->p->program->target.quantiles.n; k++) {
        char name[40];
        mlp_quantile_name(s->p->program, k, name);
        mlp_buffer_printf(&s->out, "%s,", name);
    }
    mlp_buffer_text(&s->out, s->p->outputs > 1 ? "error\n" : "score,error\n");
}

static void complaint(const struct mlp_error *e, char *text, size_t room)
{
    if (e->code[0]) snprintf(text, room, "%s: %s", e->code, e->text);
    else snprintf(text, room, "%s", e->text);
}

/* The predicted class, and the probability of each. */
static void write_classes(struct stream *s, const double *score, bool silent)
{
    struct mlp_buffer *out = &s->out;
    const struct mlp_str *name = s->p->class_name, word = name[mlp_most_probable(score, s->p->outputs)];
    char number[32];
    if (s->json) {
        mlp_buffer_text(out, "\"prediction\":");
        if (silent) mlp_buffer_text(out, "null");
        else mlp_json_quote(out, word.at, word.n);
        mlp_buffer_text(out, ",\"scores\":{");
    } else if (!silent) csv_cell(out, word.at, word.n);
    for (uint32_t k = 0; k < s->p->outputs; k++) {
        if (!s->json || k) mlp_buffer_add(out, ",", 1);
        if (s->json) mlp_json_quote(out, name[k].at, name[k].n), mlp_buffer_add(out, ":", 1);
        mlp_buffer_add(out, number, mlp_number_text(score[k], number));
    }
    mlp_buffer_text(out, s->json ? "}}\n" : ",\n");
}

/* What is predicted, and its quantiles. */
static void write_quantiles(struct stream *s, const double *score, bool silent)
{
    struct mlp_buffer *out = &s->out;
    char number[32], name[40];
    if (s->json) mlp_buffer_text(out, "\"prediction\":");
    if (!silent) mlp_buffer_add(out, number, mlp_number_text(score[0], number));
    else if (s->json) mlp_buffer_text(out, "null");
    if (s->json) mlp_buffer_text(out, ",\"quantiles\":{");
    for (uint32_t k = 0; k + 1 < s->p->outputs; k++) {
        if (!s->json || k) mlp_buffer_add(out, ",", 1);
        mlp_quantile_name(s->p->program, k, name);
        if (s->json) mlp_buffer_printf(out, "\"%s\":", name);
        mlp_buffer_add(out, number, mlp_number_text(score[1 + k], number));
    }
    mlp_buffer_text(out, s->json ? "}}\n" : ",\n");
}

/* silent: the model abstains, so there is no prediction. */
static void write_row(struct stream *s, const struct row *r, const double *scores, bool silent)
{
    const double score = *scores;
    const bool binary = s->p->program->target.task == MLP_BINARY, yes = score >= s->p->saved->threshold;
    const char *word = yes ? s->p->yes : s->p->no;
    char number[32], text[1100];
    const size_t n = r->error ? 0 : mlp_number_text(score, number);
    struct mlp_buffer *out = &s->out;
    if (!s->json) {
        mlp_buffer_add(out, s->keys.at + r->key, r->key_n);
        if (!r->error && s->p->class_name) { write_classes(s, scores, silent); return; }
        if (!r->error && s->p->program->target.quantiles.n) { write_quantiles(s, scores, silent); return; }
        if (r->error) {
            for (uint32_t k = s->p->program->target.quantiles.n ? 1 : 0; k <= s->p->outputs; k++) mlp_buffer_add(out, ",", 1);
            complaint(r->error, text, sizeof text);
            csv_cell(out, text, strlen(text));
        } else {
            if (silent) {}
            else if (binary) csv_cell(out, word, strlen(word));
            else mlp_buffer_add(out, number, n);
            mlp_buffer_add(out, ",", 1), mlp_buffer_add(out, number, n), mlp_buffer_add(out, ",", 1);
        }
        mlp_buffer_add(out, "\n", 1);
        return;
    }
    mlp_buffer_add(out, "{", 1);
    mlp_buffer_add(out, s->keys.at + r->key, r->key_n);
    if (!r->error && s->p->class_name) { write_classes(s, scores, silent); return; }
    if (!r->error && s->p->program->target.quantiles.n) { write_quantiles(s, scores, silent); return; }
    if (r->error) {
        complaint(r->error, text, sizeof text);
        mlp_buffer_printf(out, "\"prediction\":null,\"%s\":null,\"error\":", s->p->class_name ? "scores" : s->p->outputs > 1 ? "quantiles" : "score"), mlp_json_quote(out, text, strlen(text));
    } else {
        mlp_buffer_text(out, "\"prediction\":");
        if (silent) mlp_buffer_text(out, "null");
        else if (!binary) mlp_buffer_add(out, number, n);
        else if (s->p->named) mlp_json_quote(out, word, strlen(word));
        else mlp_buffer_text(out, yes ? "true" : "false");
        mlp_buffer_text(out, ",\"score\":"), mlp_buffer_add(out, number, n);
    }
    mlp_buffer_text(out, "}\n");
}

/* Scores the rows that wait and hands their lines over. */
static mlp_status flush(struct stream *s, struct mlp_error *error)
{
    if (s->rows) TRY(mlp_predict_run(s->p, &s->scratch, s->rows, s->score, error));
    for (uint32_t i = 0; i < s->rows; i++) {
        s->count->rows++;
        const double *score = s->score + (size_t)i * s->p->outputs;
        bool finite = true;
        for (uint32_t k = 0; k < s->p->outputs; k++) finite &= isfinite(score[k]) != 0;
        if (!s->row[i].error && !finite) {
            mlp_fail(&s->error[i], MLP_ERR_DATA, "E348", "the model predicts no finite number for this row");
            s->row[i].error = &s->error[i];
        }
        if (s->row[i].error && !s->count->bad++) s->count->first = *s->row[i].error;
        write_row(s, &s->row[i], score, s->p->abstain.map && s->scratch.silent[i]);
    }
    if (s->out.failed || s->keys.failed) return mlp_no_memory(error, s->out.n);
    if (s->out.n && !s->gone) s->gone = !s->o->put(s->o->data, s->out.at, s->out.n);
    s->rows = 0, s->out.n = 0, s->keys.n = 0;
    if (s->o->stop && *s->o->stop)
        return mlp_fail(error, MLP_ERR_INTERRUPTED, NULL, "interrupted after %llu rows", (unsigned long long)s->count->rows);
    return MLP_OK;
}

/* Takes one row: its cells are in s->cell, or `bad` says why there are none. Its key text has just been added to keys. */
static mlp_status take(struct stream *s, size_t key, const struct mlp_error *bad, uint64_t line, struct mlp_error *error)
{
    struct row *r = &s->row[s->rows];
    struct mlp_error *own = &s->error[s->rows];
    *r = (struct row){NULL, key, s->keys.n - key};
    if (bad) *own = *bad, r->error = own;
    else if (mlp_predict_set(s->p, &s->scratch, s->rows, s->cell, own) != MLP_OK) r->error = own;
    if (bad) {                                              /* its place is computed too: with nothing in it */
        struct mlp_error ignored;
        memset(s->cell, 0, s->p->inputs * sizeof *s->cell);
        if (mlp_predict_set(s->p, &s->scratch, s->rows, s->cell, &ignored) != MLP_OK) {}
    }
    if (r->error) {
        r->error->line = line;
        snprintf(r->error->file, sizeof r->error->file, "%s", s->o->name);
    }
    return ++s->rows == s->room ? flush(s, error) : MLP_OK;
}

/* ---- CSV ---- */

static mlp_status predict_csv(struct stream *s, struct mlp_error *error)
{
    const struct mlp_predictor *p = s->p;
    const struct mlp_source *source = &p->program->sources.at[p->program->main_source];
    const struct mlp_arg *delimiter = mlp_use_arg(&source->reader, "delimiter"), *header_there = mlp_use_arg(&source->reader, "header");
    const bool headless = header_there && header_there->num == 0;
    struct mlp_csv_stream *in;
    TRY(mlp_csv_open(s->o->fd, s->o->name, delimiter && delimiter->str && *delimiter->str ? *delimiter->str : ',', headless, &in, error));
    uint32_t width, *place = mlp_arena_alloc(&s->arena, (p->inputs + 1) * sizeof *place), at_key[4], keys = 0;
    const struct mlp_column *key[4];
    const struct mlp_str *header = mlp_csv_header(in, &width), *cell;
    mlp_status status = place ? mlp_predictor_match(p, header, width, s->o->name, place, error) : mlp_no_memory(error, 64);
    for (uint32_t k = 0; status == MLP_OK && k < source->n_key; k++) {
        key[keys] = &source->columns.at[source->key[k]];
        at_key[keys] = mlp_header_find(p, key[keys], key[keys]->id.name, header, width);
        keys += at_key[keys] != MLP_NONE;
    }
    if (status == MLP_OK) write_header(s, key, keys);
    uint64_t line;
    for (uint32_t n; status == MLP_OK && !s->gone;) {
        if (!mlp_csv_ready(in) && (status = flush(s, error)) != MLP_OK) break;
        struct mlp_error bad;
        status = mlp_csv_next(in, &cell, &n, &line, &bad);
        const size_t at = s->keys.n;
        if (status != MLP_OK && status != MLP_ERR_DATA) { *error = bad; break; }
        if (status == MLP_OK && !n) break;
        for (uint32_t k = 0; k < keys && (status == MLP_OK || !s->json); k++)
            write_key(s, key[k], status == MLP_OK ? cell[at_key[k]] : (struct mlp_str){"", 0}, false);
        if (status == MLP_OK) for (uint32_t i = 0; i < p->inputs; i++) 
            s->cell[i] = place[i] == MLP_NONE ? (struct mlp_str){NULL, 0} : cell[place[i]];
        status = take(s, at, status == MLP_OK ? NULL : &bad, line, error);
    }
    if (status == MLP_OK) status = flush(s, error);
    mlp_csv_close(in);
    return status;
}

/* ---- JSON Lines ---- */

struct lines { int fd; char *at; size_t from, n, room; bool end; uint64_t line; };

static bool has_line(const struct lines *l) { return memchr(l->at + l->from, '\n', l->n - l->from) != NULL; }

/* The next line without its end; n 0 and *more false: no more. */
static mlp_status next_line(struct lines *l, const char *name, const char **at, size_t *n, bool *more, struct mlp_error *error)
{
    for (;;) {
        const char *start = l->at + l->from, *newline = memchr(start, '\n', l->n - l->from);
        if (newline || l->end) {
            *at = start, *n = newline ? (size_t)(newline - start) : l->n - l->from, *more = newline || *n;
            l->from += *n + (newline ? 1 : 0), l->line++;
            return MLP_OK;
        }
        memmove(l->at, start, l->n -= l->from), l->from = 0;
        if (l->n == l->room) {
            if (l->room >= LINE) {
                mlp_fail(error, MLP_ERR_DATA, "E306", "line %llu of %s is longer than %d MiB", (unsigned long long)l->line + 1,
                         name, LINE >> 20);
                return mlp_fix(error, "put each row on a line of its own");
            }
            char *larger = realloc(l->at, l->room * 2);
            if (!larger) return mlp_no_memory(error, l->room * 2);
            l->at = larger, l->room *= 2;
        }
        ssize_t got;
        do got = read(l->fd, l->at + l->n, l->room - l->n); while (got < 0 && errno == EINTR);
        if (got < 0) return mlp_fail(error, MLP_ERR_DATA, "E301", "%s cannot be read: %s", name, strerror(errno));
        l->n += (size_t)got, l->end = got == 0;
    }
}

static bool is_name(struct mlp_str key, const char *name) { return strlen(name) == key.n && !memcmp(name, key.at, key.n); }

static bool names_input(const struct mlp_predictor *p, const struct mlp_input *in, struct mlp_str key)
{
    if (is_name(key, in->name) || (in->inside && is_name(key, in->inside))) return true;
    return in->join == MLP_NONE && !in->window && in->column && mlp_json_names(in->column, key, p->snake);
}

/* Fills the cells from the pairs; false: one cannot be a cell, and *bad says why. guess[i]: the input that pair i was in the row
 * before: requests keep their order. */
static bool assign(struct stream *s, const struct mlp_json_pair *pair, uint32_t n, uint32_t *guess, struct mlp_error *bad)
{
    const struct mlp_predictor *p = s->p;
    memset(s->cell, 0, p->inputs * sizeof *s->cell);
    for (uint32_t i = 0; i < n; i++) {
        uint32_t k = guess[i];
        if (k >= p->inputs || !names_input(p, &p->input[k], pair[i].key))
            for (k = 0; k < p->inputs && !names_input(p, &p->input[k], pair[i].key); k++) {}
        guess[i] = k;
        if (k == p->inputs) continue;
        if (pair[i].kind == MLP_J_NULL) {                   /* known to be missing: not looked up */
            if (p->input[k].join != MLP_NONE || p->input[k].window) s->cell[k] = (struct mlp_str){"", 0};
            continue;
        }
        const struct mlp_column *c = p->input[k].column;
        s->cell[k] = pair[i].value;
        if (c && mlp_json_cell(c, &pair[i], &s->cell[k], bad) != MLP_OK) return false;
    }
    return true;
}

/* The key fields that a row has; as CSV, every key has its cell. */
static void json_keys(struct stream *s, const struct mlp_source *source, const struct mlp_json_pair *pair, uint32_t n)
{
    for (uint32_t k = 0; k < source->n_key; k++) {
        const struct mlp_column *c = &source->columns.at[source->key[k]];
        uint32_t i = 0;
        while (i < n && !is_name(pair[i].key, c->id.name) && !(c->from && is_name(pair[i].key, c->from))) i++;
        if (i < n) write_key(s, c, pair[i].value, pair[i].kind != MLP_J_TEXT);
        else if (!s->json) write_key(s, c, (struct mlp_str){"", 0}, false);
    }
}

static mlp_status predict_json(struct stream *s, struct mlp_error *error)
{
    const struct mlp_source *source = &s->p->program->sources.at[s->p->program->main_source];
    struct mlp_json_pair *pair = mlp_arena_alloc(&s->arena, FIELDS * sizeof *pair);
    uint32_t *guess = mlp_arena_alloc(&s->arena, FIELDS * sizeof *guess);
    struct lines in = {.fd = s->o->fd, .room = 1 << 16};
    struct mlp_arena text = {0};
    mlp_status status = pair && guess && (in.at = malloc(in.room)) ? MLP_OK : mlp_no_memory(error, in.room);
    const struct mlp_column *key[4];
    for (uint32_t k = 0; k < source->n_key; k++) key[k] = &source->columns.at[source->key[k]];
    if (status == MLP_OK) write_header(s, key, source->n_key);
    while (status == MLP_OK && !s->gone) {
        const char *at = NULL, *why;
        size_t n = 0;
        bool more = false;
        uint32_t pairs;
        if (!has_line(&in) && (status = flush(s, error)) != MLP_OK) break;
        if ((status = next_line(&in, s->o->name, &at, &n, &more, error)) != MLP_OK || !more) break;
        if (!mlp_schema_trim(at, n).n) continue;
        struct mlp_error bad;
        const bool valid = mlp_schema_utf8(at, n);
        bool good = valid && mlp_json_flat(at, n, &text, pair, FIELDS, &pairs, &why);
        const size_t begins = s->keys.n;
        if (!valid) mlp_fail(&bad, MLP_ERR_DATA, "E305", "the line is not valid UTF-8");
        else if (!good) mlp_fail(&bad, MLP_ERR_DATA, "E307", "the line is no JSON row: %s", why);
        else good = assign(s, pair, pairs, guess, &bad);
        json_keys(s, source, pair, good ? pairs : 0);
        status = take(s, begins, good ? NULL : &bad, in.line, error);
        if (text.used) mlp_arena_reset(&text);
    }
    if (status == MLP_OK) status = flush(s, error);
    mlp_arena_clear(&text);
    free(in.at);
    return status;
}

/* ---- which of them ---- */

/* The first bytes of a descriptor, which stay there to be read; 0: it cannot be looked ahead. Waits for the first byte. */
static size_t peek(int fd, char *at, size_t room)
{
    const off_t here = lseek(fd, 0, SEEK_CUR);
    ssize_t n = -1;
    int pair[2];
    if (here >= 0) n = pread(fd, at, room, here);
    else if (!pipe(pair)) {
        if ((n = tee(fd, pair[1], room, 0)) > 0) n = read(pair[0], at, (size_t)n);
        close(pair[0]), close(pair[1]);
    }
    if (n < 0) n = recv(fd, at, room, MSG_PEEK);
    return n > 0 ? (size_t)n : 0;
}

static bool begins_json(int fd)
{
    char at[4096];
    const size_t n = peek(fd, at, sizeof at);
    for (size_t i = 0; i < n; i++)
        if (at[i] != ' ' && at[i] != '\t' && at[i] != '\r' && at[i] != '\n') return at[i] == '{';
    return false;
}

mlp_status mlp_stream_predict(const struct mlp_predictor *p, const struct mlp_stream_options *o, struct mlp_stream_count *count,
                              struct mlp_error *error)
{
    struct stream *s = calloc(1, sizeof *s);
    if (!s) return mlp_no_memory(error, sizeof *s);
    *count = (struct mlp_stream_count){0};
    s->p = p, s->o = o, s->count = count;
    const bool reads_json = begins_json(o->fd);
    s->json = o->format == MLP_FORMAT_SAME ? reads_json : o->format == MLP_FORMAT_JSON;
    s->room = o->rows && o->rows < BLOCK ? o->rows : BLOCK;
    mlp_status status = mlp_scratch_init(&s->scratch, p, BLOCK, error);
    if (status == MLP_OK && !(s->score = mlp_arena_alloc(&s->arena, BLOCK * (size_t)p->outputs * sizeof *s->score)))
        status = mlp_no_memory(error, BLOCK * (size_t)p->outputs * sizeof *s->score);
    if (status == MLP_OK && !(s->cell = mlp_arena_alloc(&s->arena, (p->inputs + 1) * sizeof *s->cell)))
        status = mlp_no_memory(error, 64);
    mlp_buffer_add(&s->keys, "", 0);
    if (status == MLP_OK) status = reads_json ? predict_json(s, error) : predict_csv(s, error);
    mlp_scratch_clear(&s->scratch);
    mlp_arena_clear(&s->arena);
    mlp_buffer_clear(&s->out), mlp_buffer_clear(&s->keys);
    free(s);
    return status;
}
