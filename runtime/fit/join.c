/* join.c: foreign keys: from a row to the row of another source that its key names, the version in force at a moment where a key has
 * several. The same look-up serves whole tables and single requests. Decides nothing about what a row is used for. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "runtime/base/calendar.h"
#include "runtime/data/schema.h"
#include "runtime/fit/join.h"

struct entry { uint32_t key, row; int64_t time; };

static int by_key_and_time(const void *a, const void *b)
{
    const struct entry *const x = a, *const y = b;
    if (x->key != y->key) return x->key < y->key ? -1 : 1;
    if (x->time != y->time) return x->time < y->time ? -1 : 1;
    return x->row < y->row ? -1 : x->row > y->row;
}

/* Two rows where one is meant. */
static mlp_status twice(const struct mlp_table *t, size_t first, size_t again, bool versions, struct mlp_error *error)
{
    const mlp_ix key = t->source->key[0];
    const struct mlp_column *const c = &t->source->columns.at[key];
    char shown[96] = "this key (not shown: @pii)", other[400] = "";
    uint64_t scratch;
    const struct mlp_str s = mlp_table_bytes(t, key, again, &scratch);
    if (!(c->tags & MLP_PII)) {
        char text[80];
        mlp_schema_show(s.at, s.n, 40, text, sizeof text), snprintf(shown, sizeof shown, "\"%s\"", text);
    }
    if (t->file && t->n_files > 1) snprintf(other, sizeof other, " of %.300s", t->files[t->file[first]]);
    mlp_fail(error, MLP_ERR_DATA, "E336", "%s stands twice in the key `%s` of source `%s`%s, first in line %llu%s", shown, c->id.name,
             t->source->id.name, versions ? " with the same time" : "", t->line ? (unsigned long long)t->line[first] : 0ull, other);
    if (versions) mlp_fix(error, "take one of the two rows out: which of them is in force cannot be known");
    else if (t->source->time != MLP_NONE)
        mlp_fix(error, "take one of the two rows out: a `@time` that is read through this key cannot choose between its versions");
    else mlp_fix(error, "take one of the two rows out, write `|> distinct(%s)` to keep the first, or mark the column that says from "
                        "when a row holds with `@time`", c->id.name);
    return mlp_table_place(t, again, key, error);
}

mlp_status mlp_keys_open(struct mlp_keys *k, const struct mlp_table *t, bool versions, struct mlp_arena *arena, struct mlp_error *error)
{
    const struct mlp_column_data *const key = &t->column[t->source->key[0]];
    const mlp_ix time = versions ? t->source->time : MLP_NONE;
    const size_t keys = key->dictionary->n;
    *k = (struct mlp_keys){.table = t, .dictionary = key->dictionary};
    struct entry *const e = malloc((t->rows + 1) * sizeof *e);
    k->first = mlp_arena_alloc(arena, (keys + 3) * sizeof *k->first), k->row = mlp_arena_alloc(arena, (t->rows + 1) * sizeof *k->row);
    k->time = mlp_arena_alloc(arena, (t->rows + 1) * sizeof *k->time);
    if (!e || !k->first || !k->row || !k->time) return free(e), mlp_no_memory(error, t->rows * sizeof *e);
    size_t n = 0;
    for (size_t row = 0; row < t->rows; row++) {
        const uint32_t code = ((const uint32_t *)key->data)[row];
        if (code < 2 || (time != MLP_NONE && !mlp_is_valid(t->column[time].valid, row))) continue;
        e[n++] = (struct entry){code - 2, (uint32_t)row, time == MLP_NONE ? 0 : ((const int64_t *)t->column[time].data)[row]};
    }
    qsort(e, n, sizeof *e, by_key_and_time);
    mlp_status status = MLP_OK;
    for (size_t i = 0; i < n && status == MLP_OK; i++) {
        if (i && e[i].key == e[i - 1].key && e[i].time == e[i - 1].time)
            status = twice(t, e[i - 1].row, e[i].row, time != MLP_NONE, error);
        k->first[e[i].key + 1]++, k->row[i] = e[i].row, k->time[i] = e[i].time;
    }
    for (size_t i = 0; i < keys; i++) k->first[i + 1] += k->first[i];
    free(e);
    return status;
}

uint32_t mlp_keys_find(const struct mlp_keys *k, const struct mlp_join *j, uint32_t code, int64_t moment)
{
    if (code < 2 || code - 2 >= k->dictionary->n) return 0;
    uint32_t from = k->first[code - 2], to = k->first[code - 1];
    if (j->version == MLP_ONLY || j->version == MLP_LATEST) return from < to ? k->row[to - 1] + 1 : 0;
    const uint32_t begin = from;
    while (from < to) {                                     /* the first that is not in force yet */
        const uint32_t middle = from + (to - from) / 2;
        if (j->version == MLP_UNTIL ? k->time[middle] <= moment : k->time[middle] < moment) from = middle + 1;
        else to = middle;
    }
    for (; from > begin; from--) {
        const uint32_t row = k->row[from - 1];
        if (j->known == MLP_NONE) return row + 1;
        const int64_t known = mlp_known(k->table, j->known, row);
        if (j->version == MLP_UNTIL ? known <= moment : known < moment) return row + 1;
    }
    return 0;
}

int64_t mlp_join_moment(const struct mlp_join *j, int64_t time)
{
    return j->ahead_months || j->ahead_us ? mlp_calendar_add(time, -(int64_t)j->ahead_months, -j->ahead_us) : time;
}

/* ---- whole tables ---- */

mlp_status mlp_join_rows(const struct mlp_join *j, const struct mlp_keys *k, const struct mlp_table *base, const struct mlp_table *from,
                         const uint32_t *before, uint32_t *out, struct mlp_error *error)
{
    const struct mlp_column_data *const refers = &from->column[j->column];
    const uint32_t *const code = refers->data;
    const struct mlp_dictionary *const d = refers->dictionary;
    uint32_t *const to_key = malloc(((size_t)d->n + 2) * sizeof *to_key);
    if (!to_key) return mlp_no_memory(error, d->n * sizeof *to_key);
    to_key[0] = to_key[1] = 0;
    for (uint32_t i = 0; i < d->n; i++) to_key[i + 2] = mlp_dictionary_find(k->dictionary, d->spelling[i].at, d->spelling[i].n);
    const bool dated = j->version == MLP_BEFORE || j->version == MLP_UNTIL;
    const struct mlp_column_data *const time = dated ? &base->column[base->source->time] : NULL;
    for (size_t row = 0; row < base->rows; row++) {
        const uint32_t at = before ? before[row] : (uint32_t)row + 1;
        int64_t moment = 0;
        out[row] = 0;
        if (!at || (time && !mlp_is_valid(time->valid, row))) continue;
        if (time) moment = mlp_join_moment(j, ((const int64_t *)time->data)[row]);
        out[row] = mlp_keys_find(k, j, to_key[code[at - 1]], moment);
    }
    return free(to_key), MLP_OK;
}

mlp_status mlp_join_column(const struct mlp_table *to, mlp_ix column, const uint32_t *row, size_t n, struct mlp_arena *arena,
                           struct mlp_column_data *out, struct mlp_error *error)
{
    static const size_t width[] = {[MLP_F64] = 8, [MLP_I64] = 8, [MLP_CODE] = 4, [MLP_STR] = sizeof(struct mlp_str)};
    const struct mlp_column_data *const c = &to->column[column];
    const uint8_t rep = to->source->columns.at[column].rep;
    *out = (struct mlp_column_data){mlp_arena_alloc(arena, (n + 8) * width[rep]), mlp_arena_alloc(arena, (n + 63) / 64 * 8 + 64),
                                    c->dictionary};
    if (!out->data || !out->valid) return mlp_no_memory(error, n * width[rep]);
    for (size_t i = 0; i < n; i++) {
        const bool there = row[i] && mlp_is_valid(c->valid, row[i] - 1);
        const size_t r = there ? row[i] - 1 : 0;
        out->valid[i >> 6] |= (uint64_t)there << (i & 63);
        if (rep == MLP_F64) ((double *)out->data)[i] = there ? ((const double *)c->data)[r] : __builtin_nan("");
        else if (rep == MLP_I64) ((int64_t *)out->data)[i] = there ? ((const int64_t *)c->data)[r] : INT64_MIN;
        else if (rep == MLP_CODE) ((uint32_t *)out->data)[i] = there ? ((const uint32_t *)c->data)[r] : 0;
        else ((struct mlp_str *)out->data)[i] = there ? ((const struct mlp_str *)c->data)[r] : (struct mlp_str){"", 0};
    }
    return MLP_OK;
}
