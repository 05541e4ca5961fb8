/* data.h: what the tests of tables, splits and fits share: columns and sources made by hand, files in a folder of their own. */
#ifndef MLP_TESTS_UNIT_DATA_H
#define MLP_TESTS_UNIT_DATA_H
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>
#include "runtime/data/schema.h"
#include "runtime/data/table.h"
#include "runtime/io/csv.h"

#pragma GCC diagnostic ignored "-Woverride-init"           /* COLUMN: defaults, then what differs */
#define COLUMN(n, t, r, ...) {.id = {.name = n}, .type = t, .rep = r, .lo = -INFINITY, .hi = INFINITY, .max_missing = INFINITY, \
                              .max_distinct = INFINITY, .known_us = INT64_MIN, .refers = MLP_NONE, .known_at = MLP_NONE, .kernel = MLP_NONE, .codebook = MLP_NONE, __VA_ARGS__}
#define NUMBER(n, ...) COLUMN(n, MLP_FLOAT, MLP_F64, __VA_ARGS__)
#define WHOLE(n, ...) COLUMN(n, MLP_INT, MLP_F64, __VA_ARGS__)
#define FLAG(n, ...) COLUMN(n, MLP_BOOL, MLP_F64, __VA_ARGS__)
#define CATEGORY(n, ...) COLUMN(n, MLP_CATEGORY, MLP_CODE, __VA_ARGS__)
#define ID(n, ...) COLUMN(n, MLP_IDENT, MLP_CODE, __VA_ARGS__)
#define TEXT(n, ...) COLUMN(n, MLP_TEXT, MLP_STR, __VA_ARGS__)
#define DATE(n, ...) COLUMN(n, MLP_DATE, MLP_I64, __VA_ARGS__)
#define SET(...) .set = {(const char *const[]){__VA_ARGS__}, sizeof (char *[]){__VA_ARGS__} / sizeof(char *)}
#define SOURCE(columns_) {.id = {.name = "rows"}, .columns = {columns_, sizeof columns_ / sizeof *columns_}, \
                          .time = MLP_NONE, .group = MLP_NONE, \
                          .query = MLP_NONE, .weight = MLP_NONE, .path_param = MLP_NONE}
#define ARGS(...) {(struct mlp_arg[]){__VA_ARGS__}, sizeof (struct mlp_arg[]){__VA_ARGS__} / sizeof(struct mlp_arg)}

static char folder[64];
static inline int make_folder(void **state) { (void)state; strcpy(folder, "/tmp/mlp_unit_XXXXXX"); return mkdtemp(folder) ? 0 : -1;
    }
static inline int remove_folder(void **state)
{
    char command[128];
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    return (void)state, system(command);
}
static inline const char *in_folder(const char *name)
{
    static char path[4][256];
    static int next;
    char *const p = path[next++ & 3];
    return snprintf(p, sizeof path[0], "%s/%s", folder, name), p;
}
static inline const char *write_file(const char *name, const void *bytes, size_t n)
{
    const char *const path = in_folder(name);
    FILE *const f = fopen(path, "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(bytes, 1, n, f), n);
    fclose(f);
    return path;
}
static inline mlp_status read_text(const struct mlp_source *s, const char *text, struct mlp_table *t, struct mlp_error *e)
{
    const char *const path = write_file("a.csv", text, strlen(text));
    return mlp_csv_read(s, &path, 1, NULL, t, e);
}
static inline void show(const struct mlp_error *e)
{
    print_message("    %s %s, line %lu, column %s: %s\n      %s\n", e->code, e->file, (unsigned long)e->line, e->column, e->text,
                  e->fix);
}
#define OK(call) \
    do { \
        struct mlp_error error_ = {0}, *const error = &error_; \
        if ((call) != MLP_OK) show(error), fail(); \
    } while (0)
#define numbers(t, c) ((const double *)(t).column[c].data)
#define codes(t, c) ((const uint32_t *)(t).column[c].data)
#define times(t, c) ((const int64_t *)(t).column[c].data)
#define texts(t, c) ((const struct mlp_str *)(t).column[c].data)
#endif
