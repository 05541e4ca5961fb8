/* rows.c: rows of a table taken out, found twice, or put behind. Knows nothing of why. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "runtime/base/hash.h"
#include "runtime/data/table.h"
#include "runtime/data/bad_rows.h"

static const size_t width_of[] = {[MLP_F64] = 8, [MLP_I64] = 8, [MLP_CODE] = 4, [MLP_STR] = sizeof(struct mlp_str)};
enum { BEHIND = 64 };                                       /* readable bytes behind a bitmap or a column */

void mlp_table_keep(struct mlp_table *t, const uint32_t *row, size_t n)
{
    for (mlp_ix i = 0; i < t->source->columns.n; i++) {
        struct mlp_column_data *const c = &t->column[i];
        const size_t width = width_of[t->source->columns.at[i].rep];
        if (!c->data) continue;
        for (size_t k = 0; k < n; k++) memmove((char *)c->data + k * width, (char *)c->data + row[k] * width, width);
        for (size_t k = 0; c->valid && k < n; k++) {        /* row[k] >= k: what is read was not written yet */
            const uint64_t bit = (uint64_t)1 << (k & 63);
            c->valid[k >> 6] = mlp_is_valid(c->valid, row[k]) ? c->valid[k >> 6] | bit : c->valid[k >> 6] & ~bit;
        }
    }
    for (size_t k = 0; k < n; k++) {
        if (t->file) t->file[k] = t->file[row[k]];
        if (t->line) t->line[k] = t->line[row[k]];
    }
    t->rows = n;
}

uint64_t mlp_row_hash(const struct mlp_table *t, const mlp_ix *column, uint32_t columns, size_t row, uint64_t seed)
{
    uint64_t h = seed, scratch;
    for (uint32_t i = 0; i < columns; i++) {
        const struct mlp_str s = mlp_table_bytes(t, column[i], row, &scratch);
        h = mlp_hash(s.at, s.n, h + 0x9e3779b97f4a7c15u + s.n);
    }
    return h;
}

int mlp_rows_equal(const struct mlp_table *t, const mlp_ix *column, uint32_t columns, size_t a, size_t b)
{
    uint64_t one, two;
    for (uint32_t i = 0; i < columns; i++) {
        const struct mlp_str x = mlp_table_bytes(t, column[i], a, &one), y = mlp_table_bytes(t, column[i], b, &two);
        if (x.n != y.n || (x.n && memcmp(x.at, y.at, x.n))) return 0;
    }
    return 1;
}

mlp_status mlp_rows_first(const struct mlp_table *t, const mlp_ix *column, uint32_t columns, uint32_t *first, struct mlp_error *error)
{
    size_t buckets = 64;
    while (buckets < t->rows * 2) buckets *= 2;
    uint32_t *const bucket = calloc(buckets, sizeof *bucket);
    if (!bucket) return mlp_no_memory(error, buckets * sizeof *bucket);
    for (size_t row = 0; row < t->rows; row++) {
        size_t b = mlp_row_hash(t, column, columns, row, 0) & (buckets - 1);
        while (bucket[b] && !mlp_rows_equal(t, column, columns, bucket[b] - 1, row)) b = (b + 1) & (buckets - 1);
        if (!bucket[b]) bucket[b] = (uint32_t)row + 1;
        first[row] = bucket[b] - 1;
    }
    return free(bucket), MLP_OK;
}

/* ---- putting tables one behind the other ---- */

static void *joined(struct mlp_arena *arena, const void *a, size_t bytes_a, const void *b, size_t bytes_b)
{
    char *const both = mlp_arena_alloc(arena, bytes_a + bytes_b + BEHIND);
    if (!both) return NULL;
    if (bytes_a) memcpy(both, a, bytes_a);
    if (bytes_b) memcpy(both + bytes_a, b, bytes_b);
    return both;
}

static mlp_status append_codes(struct mlp_arena *arena, struct mlp_column_data *c, const struct mlp_column_data *more, uint32_t *code,
                               size_t n, struct mlp_error *error)
{
    uint32_t *const is = malloc(((size_t)more->dictionary->n + 2) * sizeof *is);
    if (!is) return mlp_no_memory(error, more->dictionary->n * sizeof *is);
    is[0] = 0, is[1] = 1;
    mlp_status status = MLP_OK;
    for (uint32_t i = 0; i < more->dictionary->n && status == MLP_OK; i++) {
        const struct mlp_str s = more->dictionary->spelling[i];
        if (!(is[i + 2] = mlp_dictionary_add(c->dictionary, arena, s.at, s.n))) status = mlp_no_memory(error, s.n);
    }
    for (size_t k = 0; k < n && status == MLP_OK; k++) code[k] = is[code[k]];
    return free(is), status;
}

static mlp_status append_texts(struct mlp_arena *arena, struct mlp_str *text, size_t n, struct mlp_error *error)
{
    for (size_t k = 0; k < n; k++)
        if (text[k].n && !(text[k].at = mlp_arena_copy(arena, text[k].at, text[k].n))) return mlp_no_memory(error, text[k].n);
    return MLP_OK;
}

static mlp_status append_column(struct mlp_table *t, const struct mlp_table *more, mlp_ix i, struct mlp_error *error)
{
    struct mlp_column_data *const c = &t->column[i];
    const struct mlp_column_data *const m = &more->column[i];
    const uint8_t rep = t->source->columns.at[i].rep;
    const size_t width = width_of[rep], rows = t->rows + more->rows;
    if (!m->data) return MLP_OK;                            /* computed, not read */
    char *const data = joined(&t->arena, c->data, t->rows * width, m->data, more->rows * width);
    if (!data) return mlp_no_memory(error, rows * width);
    c->data = data;
    void *const added = data + t->rows * width;
    if (rep == MLP_CODE) TRY(append_codes(&t->arena, c, m, added, more->rows, error));
    if (rep == MLP_STR) TRY(append_texts(&t->arena, added, more->rows, error));
    if (!c->valid && !m->valid) return MLP_OK;
    uint64_t *const valid = mlp_arena_alloc(&t->arena, (rows + 63) / 64 * 8 + BEHIND);
    if (!valid) return mlp_no_memory(error, rows / 8);
    for (size_t k = 0; k < rows; k++)
        valid[k >> 6] |= (uint64_t)(k < t->rows ? mlp_is_valid(c->valid, k) : mlp_is_valid(m->valid, k - t->rows)) << (k & 63);
    c->valid = valid;
    return MLP_OK;
}

mlp_status mlp_table_append(struct mlp_table *t, struct mlp_table *more, struct mlp_error *error)
{
    const size_t rows = t->rows + more->rows;
    if (rows >= UINT32_MAX - 64) {
        mlp_fail(error, MLP_ERR_DATA, "E325", "there are more than %u rows", UINT32_MAX - 64);
        return mlp_fix(error, "read fewer files, or a sample");
    }
    for (mlp_ix i = 0; i < t->source->columns.n; i++) TRY(append_column(t, more, i, error));
    uint32_t *const file = joined(&t->arena, t->file, t->rows * sizeof *file, more->file, more->rows * sizeof *file);
    uint64_t *const line = joined(&t->arena, t->line, t->rows * sizeof *line, more->line, more->rows * sizeof *line);
    const char **const files = mlp_arena_alloc(&t->arena, (t->n_files + more->n_files + 1) * sizeof *files);
    if (!file || !line || !files) return mlp_no_memory(error, rows * sizeof *line);
    for (size_t k = t->rows; k < rows; k++) file[k] += t->n_files;
    memcpy(files, t->files, t->n_files * sizeof *files);
    for (uint32_t i = 0; i < more->n_files; i++)
        if (!(files[t->n_files + i] = mlp_arena_copy(&t->arena, more->files[i], strlen(more->files[i])))) return mlp_no_memory(error, 64);
    const uint64_t contents[4] = {t->content[0], t->content[1], more->content[0], more->content[1]};
    mlp_hash128(contents, sizeof contents, 0, (uint8_t *)t->content);
    t->file = file, t->line = line, t->files = files, t->n_files += more->n_files, t->rows = rows;
    return mlp_bad_rows_merge(&t->bad, &more->bad, error);
}
