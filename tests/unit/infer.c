/* infer.c: what undeclared columns are judged to be: a column of cells each, and the type that a practitioner would write. */
#include "runtime/io/infer.h"
#include <math.h>
#include "tests/unit/data.h"

static const struct { const char *name, *cells, *type; } columns[] = {
    {"age", "1|2|33|-4", "int"}, {"age", "1||33|4", "int?"}, {"x", "1|2.5|3|1e3", "float"}, {"x", "1.0|2.0|3.0|4.0", "float"},
    {"x", "1|NA|3|NA", "int? missing in {\"NA\"}"}, {"x", "1.5|?|3|null", "float? missing in {\"?\", \"null\"}"},
    {"b", "Yes|no|NO|yes", "bool"}, {"b", "1|0|0|1", "bool"}, {"b", "t|f||t", "bool?"}, {"b", "1|1|1|1", "int"}, {"b", "yes|yes|yes|yes", "category"},
    {"b", "yes|no|maybe|no", "category"}, {"user_id", "7|7|9|9", "id"}, {"customerID", "a|b|c|d", "id"}, {"zip", "01234|99999|01234|99999", "id"},
    {"d", "2024-01-31|2024-02-29|1999-12-01|2000-01-01", "date"}, {"d", "2024-01-31T10:00:00Z|2024-02-29|1999-12-01|2000-01-01", "time"},
    {"d", "31/01/2024|01/02/2024|03/03/2024|04/04/2024", "date(\"%d/%m/%Y\")"}, {"d", "01/31/2024|01/02/2024|03/03/2024|04/04/2024", "date(\"%m/%d/%Y\")"},
    {"d", "01/02/2024|03/04/2024|05/06/2024|07/08/2024", "category"}, {"d", "31.01.2024 10:30|01.02.2024 11:00|02.02.2024 00:00|03.02.2024 23:59", "time(\"%d.%m.%Y %H:%M\")"},
    {"d", "3 Jan 2024|4 Feb 2024|5 Mar 2024|6 Apr 2024", "date(\"%d %b %Y\")"}, {"d", "2024-02-30|2024-02-29|1999-12-01|2000-01-01", "category"},
    {"order_date", "20240131|20240229|19991201|20000101", "date(\"%Y%m%d\")"}, {"amount", "20240131|20240229|19991201|20000101", "int"},
    {"timestamp", "1700000000|1700000001|1710000000|1720000000", "time(unix)"}, {"wait", "01:30:00|00:10|23:59:59|02:00", "duration"},
    {"c", "a|b|a|b", "category"}, {"c", "a|NA|a|b", "category"}, {"c", "a||a|b", "category?"}, {"none", "|||", "text?"},
    {"said", "the sea is wide and blue|stocks fell again this week|nobody knows what comes next|it rained all day long here", "text"},
    {"c", "a \"b\"|2|a|b", "category"}, {"x", "3|4|5|abc", "category"}};

static void judge(const char *header, const char *cells, int repeat, struct mlp_inferred **out, uint32_t *n, struct mlp_arena *arena,
                  mlp_status *status, struct mlp_error *e)
{
    char path[] = "/tmp/mlp-infer-XXXXXX";
    const int fd = mkstemp(path);
    FILE *f = fdopen(fd, "w");
    fprintf(f, "%s\n", header);
    for (int i = 0; i < repeat; i++) {
        for (const char *p = cells;; p++) {
            const size_t length = strcspn(p, "|");
            fprintf(f, "\"");
            for (size_t k = 0; k < length; k++) fprintf(f, p[k] == '"' ? "\"\"" : "%c", p[k]);
            fprintf(f, "\",z\n");
            p += length;
            if (!*p) break;
        }
    }
    fclose(f);
    static struct mlp_arg token = {.kind = MLP_A_STR, .str = ""};
    static struct mlp_arg args[] = {{.name = "missing", .kind = MLP_A_LIST, .items = {&token, 1}}};
    const struct mlp_source source = {.id = {.name = "s"}, .reader = {.name = "csv", .args = {args, 1}}};
    const char *const paths[] = {path};
    *status = mlp_infer(&source, paths, 1, arena, out, n, e);
    unlink(path);
}

static void test_types(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++) {
        struct mlp_arena arena = {0};
        struct mlp_inferred *column;
        struct mlp_error e = {0};
        uint32_t n;
        mlp_status status;
        char header[64];
        snprintf(header, sizeof header, "%s,z", columns[i].name);
        judge(header, columns[i].cells, 1, &column, &n, &arena, &status, &e);
        if (status != MLP_OK || n != 2 || strcmp(column[0].type, columns[i].type) || strcmp(column[0].name, columns[i].name))
            print_message("%s: %s -> %s %s, not %s\n", columns[i].name, columns[i].cells, status == MLP_OK ? column[0].name : e.text,
                          status == MLP_OK ? column[0].type : "", columns[i].type), fail();
        mlp_arena_clear(&arena);
    }
}

static void test_names(void **state)
{
    (void)state;
    struct mlp_arena arena = {0};
    struct mlp_inferred *column;
    struct mlp_error e = {0};
    uint32_t n;
    mlp_status status;
    judge("Sepal.Length,", "1|2", 1, &column, &n, &arena, &status, &e);
    assert_true(status == MLP_OK && n == 2);
    assert_string_equal(column[0].name, "Sepal_Length");
    assert_string_equal(column[0].type, "int from \"Sepal.Length\"");
    assert_string_equal(column[1].name, "column_2");
    assert_string_equal(column[1].type, "category from 2");
    judge("a,a", "1|2", 1, &column, &n, &arena, &status, &e);               /* two columns of one name */
    assert_true(status == MLP_OK && n == 2 && !strcmp(column[0].type, "int from 1") && !strcmp(column[1].name, "a_2"));
    judge("price,z", "1,5|2,25|1.000,5", 1, &column, &n, &arena, &status, &e);
    assert_int_equal(status, MLP_ERR_DATA);
    assert_non_null(strstr(e.text, "decimal comma"));
    assert_true(e.line == 2 && !strcmp(e.column, "price"));
    mlp_arena_clear(&arena);
}

static void test_many(void **state)
{
    (void)state;
    struct mlp_arena arena = {0};
    char path[] = "/tmp/mlp-infer-XXXXXX";
    FILE *f = fdopen(mkstemp(path), "w");
    fprintf(f, "code,city,n\n");
    for (int i = 0; i < 30000; i++) fprintf(f, "k%dx,town %d,%d\n", i, i % 700, i + 1);      /* more values than are kept: a sketch counts */
    fclose(f);
    const struct mlp_source source = {.id = {.name = "s"}, .reader = {.name = "csv"}};
    const char *const paths[] = {path};
    struct mlp_inferred *column;
    struct mlp_error e;
    uint32_t n;
    OK(mlp_infer(&source, paths, 1, &arena, &column, &n, &e));
    unlink(path);
    assert_int_equal(n, 3);
    assert_string_equal(column[0].type, "id");
    assert_string_equal(column[1].type, "category");
    assert_string_equal(column[2].type, "id");
    mlp_arena_clear(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_types), cmocka_unit_test(test_names), cmocka_unit_test(test_many)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
