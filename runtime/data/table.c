/* table.c: dictionaries of spellings, and the checks that need all rows of a column. Reads nothing from outside. */
#include "runtime/data/table.h"
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "runtime/base/hash.h"
#include "runtime/data/schema.h"

void mlp_table_clear(struct mlp_table *t)
{
    struct mlp_arena arena = t->arena;                      /* the table itself may live in it */
    mlp_buffer_clear(&t->bad.text);
    *t = (struct mlp_table){0};
    mlp_arena_clear(&arena);
}

/* ---- dictionary ---- */

static uint32_t slot_of(const struct mlp_dictionary *d, const char *at, size_t n)
{
    uint32_t b = (uint32_t)mlp_hash(at, n, 0) & (d->buckets - 1);
    for (; d->bucket[b]; b = (b + 1) & (d->buckets - 1)) {
        const struct mlp_str s = d->spelling[d->bucket[b] - 1];
        if (s.n == n && (!n || !memcmp(s.at, at, n))) break;
    }
    return b;
}

uint32_t mlp_dictionary_find(const struct mlp_dictionary *d, const char *at, size_t n)
{
    if (!d->buckets) return 1;
    const uint32_t b = slot_of(d, at, n);
    return d->bucket[b] ? d->bucket[b] + 1 : 1;
}

static bool grow(struct mlp_dictionary *d, struct mlp_arena *arena)
{
    const uint32_t room = d->room ? d->room * 2 : 16, buckets = room * 2;
    if (room > UINT32_MAX / 4) return false;
    struct mlp_str *const spelling = mlp_arena_alloc(arena, room * sizeof *spelling);
    uint32_t *const bucket = mlp_arena_alloc(arena, buckets * sizeof *bucket);
    if (!spelling || !bucket) return false;
    if (d->n) memcpy(spelling, d->spelling, d->n * sizeof *spelling);
    d->spelling = spelling, d->bucket = bucket, d->room = room, d->buckets = buckets;
    for (uint32_t i = 0; i < d->n; i++) bucket[slot_of(d, spelling[i].at, spelling[i].n)] = i + 1;
    return true;
}

static const char *keep(struct mlp_dictionary *d, struct mlp_arena *arena, const char *at, size_t n)
{
    if (n > d->text_left) {                                 /* many spellings share a block */
        const size_t room = n > 2048 ? n : d->n > 64 ? 16384 : 2048;
        char *const text = mlp_arena_alloc(arena, room);
        if (!text) return NULL;
        d->text = text, d->text_left = room;
    }
    char *const copy = d->text;
    if (!copy) return "";
    if (n) memcpy(copy, at, n);
    d->text += n, d->text_left -= n;
    return copy;
}

static uint32_t put(struct mlp_dictionary *d, struct mlp_arena *arena, const char *at, size_t n, bool copy)
{
    uint32_t b = d->buckets ? slot_of(d, at, n) : 0;
    if (d->buckets && d->bucket[b]) return d->bucket[b] + 1;
    if (d->n == d->room) {
        if (!grow(d, arena)) return 0;
        b = slot_of(d, at, n);
    }
    if (copy && !(at = keep(d, arena, at, n))) return 0;
    d->spelling[d->n] = (struct mlp_str){at, n};
    d->bucket[b] = ++d->n;
    return d->n + 1;
}

uint32_t mlp_dictionary_add(struct mlp_dictionary *d, struct mlp_arena *arena, const char *at, size_t n)
{
    return put(d, arena, at, n, true);
}
uint32_t mlp_dictionary_add_view(struct mlp_dictionary *d, struct mlp_arena *arena, const char *at, size_t n)
{
    return put(d, arena, at, n, false);
}

/* ---- cells as bytes ---- */

struct mlp_str mlp_table_bytes(const struct mlp_table *t, mlp_ix column, size_t row, uint64_t *scratch)
{
    const struct mlp_column_data *const c = &t->column[column];
    if (!mlp_is_valid(c->valid, row)) return (struct mlp_str){"", 0};
    switch (t->source->columns.at[column].rep) {
    case MLP_F64: {
        const double v = ((const double *)c->data)[row] + 0.0;   /* -0 and 0 are one number */
        if (isnan(v)) return (struct mlp_str){"", 0};
        memcpy(scratch, &v, 8);
        return (struct mlp_str){(const char *)scratch, 8};
    }
    case MLP_I64:
        memcpy(scratch, (const int64_t *)c->data + row, 8);
        return (struct mlp_str){(const char *)scratch, 8};
    case MLP_CODE: {
        const uint32_t code = ((const uint32_t *)c->data)[row];
        return code < 2 ? (struct mlp_str){"", 0} : c->dictionary->spelling[code - 2];
    }
    default: return ((const struct mlp_str *)c->data)[row];
    }
}

mlp_status mlp_table_place(const struct mlp_table *t, size_t row, mlp_ix column, struct mlp_error *error)
{
    if (t->file && t->files && row < t->rows) snprintf(error->file, sizeof error->file, "%s", t->files[t->file[row]]);
    if (t->line && row < t->rows) error->line = t->line[row];
    if (column != MLP_NONE) snprintf(error->column, sizeof error->column, "%s", t->source->columns.at[column].id.name);
    return error->status;
}

/* ---- when a value is known ---- */

int64_t mlp_known(const struct mlp_table *t, mlp_ix column, size_t row)
{
    const struct mlp_column *const c = &t->source->columns.at[column];
    const mlp_ix time = t->source->time;
    int64_t known = INT64_MAX;
    if (c->known_us == INT64_MIN) return INT64_MIN;
    if (time == MLP_NONE) known = c->known_us > 0 ? INT64_MAX : INT64_MIN;
    else if (c->known_us != INT64_MAX && mlp_is_valid(t->column[time].valid, row) &&
             __builtin_add_overflow(((const int64_t *)t->column[time].data)[row], c->known_us, &known))
        known = c->known_us > 0 ? INT64_MAX : INT64_MIN;
    if (c->known_at == MLP_NONE || !mlp_is_valid(t->column[c->known_at].valid, row)) return known;
    const int64_t at = ((const int64_t *)t->column[c->known_at].data)[row];
    return at < known ? at : known;
}

/* ---- checks of whole columns ---- */

static size_t count_missing(const struct mlp_column_data *c, size_t rows)
{
    size_t there = 0;
    if (!c->valid) return 0;
    for (size_t row = 0; row < rows; row++) there += (size_t)mlp_is_valid(c->valid, row);
    return rows - there;
}

/* Number of different values; *first and *again: the first row whose value stood before, and where. */
static mlp_status count_distinct(const struct mlp_table *t, mlp_ix column, size_t *distinct, size_t *first, size_t *again,
                                 struct mlp_error *error)
{
    size_t buckets = 64;
    while (buckets < t->rows * 2) buckets *= 2;
    uint32_t *const bucket = calloc(buckets, sizeof *bucket);
    if (!bucket) return mlp_no_memory(error, buckets * sizeof *bucket);
    *distinct = 0, *again = SIZE_MAX;
    for (size_t row = 0; row < t->rows; row++) {
        uint64_t one, two;
        const struct mlp_str a = mlp_table_bytes(t, column, row, &one);
        if (!a.n) continue;
        size_t b = mlp_hash(a.at, a.n, 0) & (buckets - 1);
        for (; bucket[b]; b = (b + 1) & (buckets - 1)) {
            const struct mlp_str s = mlp_table_bytes(t, column, bucket[b] - 1, &two);
            if (s.n == a.n && !memcmp(s.at, a.at, a.n)) break;
        }
        if (!bucket[b]) bucket[b] = (uint32_t)row + 1, ++*distinct;
        else if (*again == SIZE_MAX) *first = bucket[b] - 1, *again = row;
    }
    free(bucket);
    return MLP_OK;
}

static void show_cell(const struct mlp_table *t, mlp_ix column, size_t row, char *to, size_t room)
{
    const struct mlp_column *const c = &t->source->columns.at[column];
    const void *const data = t->column[column].data;
    uint64_t scratch;
    if (c->tags & MLP_PII) snprintf(to, room, "this value (not shown: @pii)");
    else if (c->rep == MLP_F64) snprintf(to, room, "%.15g", ((const double *)data)[row]);
    else if (c->rep == MLP_I64) snprintf(to, room, "this %s", c->type == MLP_DATE ? "date" : c->type == MLP_TIME ? "time"
                                         : "duration");
    else {
        const struct mlp_str s = mlp_table_bytes(t, column, row, &scratch);
        char text[96];
        mlp_schema_show(s.at, s.n, 40, text, sizeof text), snprintf(to, room, "\"%s\"", text);
    }
}

mlp_status mlp_table_check(const struct mlp_table *t, struct mlp_error *error)
{
    for (mlp_ix i = 0; i < t->source->columns.n; i++) {
        const struct mlp_column *const c = &t->source->columns.at[i];
        const char *const name = c->id.name;
        const size_t missing = c->max_missing < 1 ? count_missing(&t->column[i], t->rows) : 0;
        const double share = t->rows ? (double)missing / (double)t->rows : 0;
        if (c->max_missing < 1 && share > c->max_missing) {
            mlp_fail(error, MLP_ERR_DATA, "E320", "column %s is missing in %zu of %zu rows (%.3g%%): at most %.3g%% may be", name,
                     missing, t->rows, share * 100, c->max_missing * 100);
            mlp_table_place(t, t->rows, i, error);
            mlp_at(error, c->id.from, c->id.to);
            return mlp_fix(error, "complete the data, or raise the bound: `%s: … missing <= %.0f%%`", name, ceil(share * 100));
        }
        if (!c->unique && !(c->max_distinct < INFINITY)) continue;
        size_t distinct = 0, first = 0, again = SIZE_MAX;
        TRY(count_distinct(t, i, &distinct, &first, &again, error));
        if (c->unique && again != SIZE_MAX) {
            char value[128];
            show_cell(t, i, again, value, sizeof value);
            mlp_fail(error, MLP_ERR_DATA, "E319", "%s stands in column %s twice, first in line %llu%s%s: expected unique values",
                     value, name, t->line ? (unsigned long long)t->line[first] : 0ull, t->n_files > 1 && t->file ? " of " : "",
                         t->n_files > 1 && t->file ? t->files[t->file[first]] : "");
            mlp_fix(error, c->tags & MLP_KEY
                    ? "remove one of the two rows, or drop `unique` from column %s if a key may have several rows"
                                             : "remove one of the two rows, or drop `unique` from column %s", name);
            return mlp_table_place(t, again, i, error);
        }
        if ((double)distinct > c->max_distinct) {
            mlp_fail(error, MLP_ERR_DATA, "E321", "column %s has %zu different values: at most %.0f may be", name, distinct,
                     c->max_distinct);
            mlp_table_place(t, t->rows, i, error);
            mlp_at(error, c->id.from, c->id.to);
            return mlp_fix(error, "clean the column, or raise the bound: `%s: … distinct <= %zu`", name, distinct);
        }
    }
    return MLP_OK;
}
