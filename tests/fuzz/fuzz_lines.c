/* fuzz_lines.c: any bytes as JSON Lines and as plain text. The first two bytes choose the reader, its options, the columns and bad_rows;
 * the rest is the file, plain or compressed. What is read once is read twice; an error has its text, code and fix; with `skip` only
 * what is no row of its own (a file that cannot be decoded) may end the reading. A fault is a crash, a sanitizer's report or a trap. */
#define _GNU_SOURCE
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include "runtime/io/reader.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

#define COLUMN(n, t, r, may) {.id = {.name = n}, .type = t, .rep = r, .nullable = may, .lo = -INFINITY, .hi = INFINITY, \
    .max_missing = INFINITY, .max_distinct = INFINITY, .known_us = INT64_MIN, .refers = MLP_NONE}
static struct mlp_column columns[] = {COLUMN("a", MLP_FLOAT, MLP_F64, 1), COLUMN("b.c", MLP_TEXT, MLP_STR, 1),
    COLUMN("kind", MLP_CATEGORY, MLP_CODE, 1), COLUMN("on", MLP_BOOL, MLP_F64, 0), COLUMN("day", MLP_TIME, MLP_I64, 1),
    COLUMN("long name", MLP_INT, MLP_F64, 1)};
enum { COLUMNS = sizeof columns / sizeof *columns };

static void need(int holds) { if (!holds) __builtin_trap(); }

static void equal(const struct mlp_table *a, const struct mlp_table *b)
{
    need(a->rows == b->rows);
    for (uint32_t i = 0; i < a->source->columns.n; i++)
        for (size_t r = 0; r < a->rows; r++) {
            uint64_t one, two;
            const struct mlp_str x = mlp_table_bytes(a, i, r, &one), y = mlp_table_bytes(b, i, r, &two);
            need(x.n == y.n && !memcmp(x.at, y.at, x.n));
            need(mlp_is_valid(a->column[i].valid, r) == mlp_is_valid(b->column[i].valid, r));
        }
}

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t n)
{
    if (n < 2) return 0;
    static char *const rows[] = {"line", "paragraph", "file", "line"}, *const others[] = {"ignore", "error"}, *const names[] = {"file", "snake"};
    struct mlp_arg text_args[] = {{.name = "rows", .kind = MLP_A_NAME, .str = rows[at[0] >> 1 & 3]}},
        json_args[] = {{.name = "others", .kind = MLP_A_NAME, .str = others[at[0] >> 1 & 1]}, {.name = "names", .kind = MLP_A_NAME, .str = names[at[0] >> 2 & 1]}};
    const bool text = at[0] & 1;
    const uint32_t first = at[1] & 3, some = 1 + (at[1] >> 2) % (COLUMNS - 3);
    struct mlp_source s = {.id = {.name = "rows"}, .time = MLP_NONE, .group = MLP_NONE, .query = MLP_NONE, .weight = MLP_NONE, .path_param = MLP_NONE,
        .bad_row = at[0] & 8 ? MLP_SKIP : MLP_FAIL, .bad_max = 1};
    s.columns.at = text ? columns + 1 : columns + first, s.columns.n = text ? 1 : some;
    s.reader.args.at = text ? text_args : json_args, s.reader.args.n = text ? 1 : 2;
    const struct mlp_reader_ops *const reader = text ? &mlp_reader_text : &mlp_reader_jsonl;
    const int fd = memfd_create("lines", 0);
    char name[64];
    const char *const path = name;
    snprintf(name, sizeof name, "/proc/self/fd/%d", fd);
    need(fd >= 0 && write(fd, at + 2, n - 2) == (ssize_t)(n - 2));
    struct mlp_table one, two;
    struct mlp_error e1 = {0}, e2 = {0};
    const mlp_status status = reader->read(&s, &path, 1, NULL, &one, &e1);
    need(status == MLP_OK || (status == MLP_ERR_DATA && *e1.text && *e1.fix && *e1.code));
    need(reader->read(&s, &path, 1, NULL, &two, &e2) == status);
    if (status == MLP_OK) equal(&one, &two), mlp_table_clear(&one), mlp_table_clear(&two);
    else need(!memcmp(&e1, &e2, sizeof e1));
    close(fd);
    return 0;
}
