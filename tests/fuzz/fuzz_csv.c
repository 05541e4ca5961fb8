/* fuzz_csv.c: any bytes as a CSV file. The first two bytes choose delimiter, header, bad_rows and threads; the rest is the file. What one
 * thread reads, two threads and the block reader must read too, or fail with the same message; and rows for `predict` must come to
 * an end. A fault is a crash, a sanitizer's report or a trap. */
#define _GNU_SOURCE
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include "runtime/io/csv.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

#define COLUMN(n, t, r, place) {.id = {.name = n}, .type = t, .rep = r, .position = place, .nullable = place & 1, .lo = -INFINITY, \
    .hi = INFINITY, .max_missing = INFINITY, .max_distinct = INFINITY, .known_us = INT64_MIN, .refers = MLP_NONE}
static const char *const set[] = {"a", "bb", "\xc3\xa9"};
static struct mlp_column columns[] = {COLUMN("x", MLP_FLOAT, MLP_F64, 1), COLUMN("c", MLP_CATEGORY, MLP_CODE, 2),
    COLUMN("t", MLP_TEXT, MLP_STR, 3), COLUMN("b", MLP_BOOL, MLP_F64, 2), COLUMN("d", MLP_DATE, MLP_I64, 1),
    COLUMN("n", MLP_INT, MLP_F64, 3), COLUMN("s", MLP_CATEGORY, MLP_CODE, 2), COLUMN("u", MLP_DURATION, MLP_I64, 1)};

static void need(int holds) { if (!holds) __builtin_trap(); }

static void equal(const struct mlp_table *a, size_t from, const struct mlp_table *b)
{
    need(from + b->rows <= a->rows && !memcmp(a->line + from, b->line, b->rows * sizeof *b->line));
    for (uint32_t i = 0; i < a->source->columns.n; i++)
        for (size_t r = 0; r < b->rows; r++) {
            uint64_t one, two;
            const struct mlp_str x = mlp_table_bytes(a, i, from + r, &one), y = mlp_table_bytes(b, i, r, &two);
            need(x.n == y.n && !memcmp(x.at, y.at, x.n));
            need(mlp_is_valid(a->column[i].valid, from + r) == mlp_is_valid(b->column[i].valid, r));
        }
}

static void read_stream(int fd, char delimiter, bool headless)
{
    struct mlp_csv_stream *s;
    struct mlp_error e;
    lseek(fd, 0, SEEK_SET);
    if (mlp_csv_open(fd, "stream", delimiter, headless, &s, &e) != MLP_OK) return;
    const struct mlp_str *cell;
    uint32_t cells = 1;
    uint64_t line;
    size_t turns = 0;
    while (mlp_csv_next(s, &cell, &cells, &line, &e) != MLP_OK || cells) need(turns++ < 10000000);
    mlp_csv_close(s);
}

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t n)
{
    static struct mlp_pool *pool;
    if (!pool) pool = mlp_pool_new(3);
    if (n < 2) return 0;
    static const char delimiters[] = ",;\t|";
    const char text[2] = {delimiters[at[0] & 3]};
    struct mlp_arg arg = {.name = "delimiter", .kind = MLP_A_STR, .str = text};
    const uint32_t first = at[0] >> 2 & 7, last = at[1] & 7;    /* the columns that are declared */
    struct mlp_source s = {.id = {.name = "rows"}, .columns = {columns + (first < last ? first : last), 1 + (first < last ? last - first : first - last)},
        .reader.args = {&arg, 1}, .time = MLP_NONE, .group = MLP_NONE, .query = MLP_NONE, .weight = MLP_NONE, .path_param = MLP_NONE,
        .bad_row = at[1] & 8 ? MLP_SKIP : MLP_FAIL, .bad_max = 1};
    columns[6].set.at = set, columns[6].set.n = 3;
    const int fd = memfd_create("csv", 0);
    char name[64];
    const char *const path = name;
    snprintf(name, sizeof name, "/proc/self/fd/%d", fd);
    need(fd >= 0 && write(fd, at + 2, n - 2) == (ssize_t)(n - 2));
    struct mlp_table one, two;
    struct mlp_error e1 = {0}, e2 = {0}, e3 = {0};
    const mlp_status status = mlp_csv_read(&s, &path, 1, NULL, &one, &e1);
    need(status == MLP_OK || (*e1.text && *e1.fix && *e1.code));
    need(mlp_csv_read(&s, &path, 1, pool, &two, &e2) == status);
    if (status == MLP_OK) equal(&one, 0, &two), mlp_table_clear(&two);
    else need(!memcmp(&e1, &e2, sizeof e1));
    struct mlp_csv_blocks *blocks;
    const struct mlp_table *block;
    size_t from = 0;
    need(mlp_csv_blocks_open(&s, &path, 1, at[1] & 16 ? pool : NULL, &blocks, &e3) == MLP_OK);
    mlp_status went;
    while ((went = mlp_csv_blocks_next(blocks, &block, &e3)) == MLP_OK && block->rows) {
        if (status == MLP_OK) equal(&one, from, block);
        from += block->rows;
    }
    need(went == status && (status != MLP_OK || from == one.rows));
    mlp_csv_blocks_close(blocks);
    if (status == MLP_OK) mlp_table_clear(&one);
    read_stream(fd, *text, at[1] >> 5 & 1);
    close(fd);
    return 0;
}
