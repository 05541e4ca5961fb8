/* types.c: cells of the less usual types (lists, renamed values, local times, durations), and zones against Python's zoneinfo. */
#include <math.h>
#include "compiler/sema/sema.h"
#include "runtime/base/zone.h"
#include "runtime/data/schema.h"
#include "tests/unit/data.h"

static struct source src;
static struct spec spec = {.src = &src};

static struct mlp_zone zone_of(const char *name)
{
    struct mlp_zone zone = {0};
    const struct ast at = {.kind = AST_TEXT, .text = source_copy(&src, name, strlen(name))};
    assert_true(zone_find(&spec, &at, &zone));
    return zone;
}

static void test_zones(void **state)
{
    (void)state;
    FILE *f = fopen("tests/numeric/zone.txt", "r");
    char line[128], name[64], last[64] = "";
    long long wall, utc;
    unsigned seen = 0;
    struct mlp_zone zone = {0};
    assert_non_null(f);
    while (fgets(line, sizeof line, f)) {
        if (*line == '#') continue;
        assert_int_equal(sscanf(line, "%63s %lld %lld", name, &wall, &utc), 3);
        if (strcmp(name, last)) zone = zone_of(name), strcpy(last, name);
        const int64_t got = mlp_zone_to_utc(&zone, wall * 1000000 + 250000);
        if (got != utc * 1000000 + 250000) print_message("%s %lld: %lld\n", name, wall, (long long)got), fail();
        seen++;
    }
    fclose(f);
    assert_true(seen > 800);
    zone = zone_of("Europe/Paris");                         /* beyond the file: by the rule; 2100-07-01 12:00 is 10:00 UTC */
    assert_int_equal(mlp_zone_to_utc(&zone, 4118040000000000), 4118040000000000 - 7200000000);
    assert_int_equal(mlp_zone_to_utc(&zone, 4102444800000000), 4102444800000000 - 3600000000);
    const struct mlp_zone none = {0};
    assert_int_equal(mlp_zone_to_utc(&none, -5), -5);
}

static enum mlp_cell_fault cell(const struct mlp_column *c, const char *text, struct mlp_value *v)
{
    static char *const missing[] = {(char *)""};
    return mlp_cell_parse(c, missing, 1, text, strlen(text), v);
}

static void test_local_times(void **state)
{
    (void)state;
    struct mlp_column c = {.id = {.name = "t"}, .type = MLP_TIME, .rep = MLP_I64, .lo = -INFINITY, .hi = INFINITY};
    struct mlp_value v;
    c.zone = zone_of("Europe/Paris");
    assert_int_equal(cell(&c, "2024-10-27 02:30", &v), MLP_CELL_OK);        /* twice on the clock: the first */
    assert_int_equal(v.time, 1729989000000000);                             /* 00:30 UTC */
    assert_int_equal(cell(&c, "2024-03-31 02:30", &v), MLP_CELL_OK);        /* never on the clock: an hour later, 03:30 */
    assert_int_equal(v.time, 1711848600000000);                             /* 01:30 UTC */
    assert_int_equal(cell(&c, "2024-07-01T12:00:00Z", &v), MLP_CELL_OK);    /* says its zone itself */
    assert_int_equal(v.time, 1719835200000000);
    assert_int_equal(cell(&c, "2024-07-01T12:00:00+05:00", &v), MLP_CELL_OK);
    assert_int_equal(v.time, 1719835200000000 - 18000000000);
    c.format = "%d.%m.%Y %H:%M %z";
    assert_int_equal(cell(&c, "01.07.2024 12:00 +0000", &v), MLP_CELL_OK);
    assert_int_equal(v.time, 1719835200000000);
    c.format = "%d.%m.%Y %H:%M";
    assert_int_equal(cell(&c, "01.07.2024 12:00", &v), MLP_CELL_OK);
    assert_int_equal(v.time, 1719835200000000 - 7200000000);
    assert_int_equal(cell(&c, "30.02.2024 12:00", &v), MLP_CELL_NO_DAY);
    assert_int_equal(cell(&c, "29.02.2023 12:00", &v), MLP_CELL_NO_DAY);
    assert_int_equal(cell(&c, "12.31.2023 12:00", &v), MLP_CELL_NO_DAY);
    assert_int_equal(cell(&c, "12-30-2023", &v), MLP_CELL_DATE);
    c.format = "unix", c.zone = (struct mlp_zone){0};
    assert_int_equal(cell(&c, "1729989000", &v), MLP_CELL_OK);
    assert_int_equal(v.time, 1729989000000000);
    assert_int_equal(cell(&c, "1729989000000", &v), MLP_CELL_DATE);         /* milliseconds */
    c.format = "%Y-%j";
    assert_int_equal(cell(&c, "2023-366", &v), MLP_CELL_NO_DAY);
    assert_int_equal(cell(&c, "2024-366", &v), MLP_CELL_OK);
}

static void test_durations(void **state)
{
    (void)state;
    struct mlp_column c = {.type = MLP_DURATION, .rep = MLP_I64, .format = "%H%M", .lo = 0, .hi = 86400e6};
    static const struct { const char *text; long long minutes; } good[] = {
        {"0930", 570}, {"930", 570}, {"45", 45}, {"5", 5}, {"0000", 0}, {"0", 0}, {"2359", 1439}, {"2400", 1440}};
    struct mlp_value v;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        assert_int_equal(cell(&c, good[i].text, &v), MLP_CELL_OK);
        assert_int_equal(v.time, good[i].minutes * 60000000);
    }
    assert_int_equal(cell(&c, "0960", &v), MLP_CELL_DATE);
    assert_int_equal(cell(&c, "09305", &v), MLP_CELL_DATE);
    assert_int_equal(cell(&c, "2500", &v), MLP_CELL_RANGE);
    c.format = "%H%M%S";
    assert_true(cell(&c, "93000", &v) == MLP_CELL_OK && v.time == 34200000000);
    c.format = "%H:%M";
    assert_true(cell(&c, "9:30", &v) == MLP_CELL_OK && v.time == 34200000000);
}

static void test_vectors(void **state)
{
    (void)state;
    struct mlp_column c = {.id = {.name = "v"}, .type = MLP_VECTOR, .rep = MLP_STR, .length = 3, .lo = -10, .hi = 10};
    static const char *const in[] = {"1 -2.5 3e0", "[1, -2.5, 3]", "1,-2.5,3", " [ 1\t-2.5  3 ] ", "1 , -2.5 ,3", "\x1e" "1\x1f" "-2.5\x1f" "3\x1f"};
    struct mlp_value v;
    double kept[3];
    for (size_t i = 0; i < sizeof in / sizeof *in; i++) {
        assert_int_equal(cell(&c, in[i], &v), MLP_CELL_OK);
        assert_int_equal(mlp_cell_pack(&c, v.text.at, v.text.n, (char *)kept), sizeof kept);
        assert_true(kept[0] == 1 && kept[1] == -2.5 && kept[2] == 3);
    }
    static const char *const few[] = {"1 2", "[]", "1 2 3 4", "\x1e" "1\x1f" "2\x1f", "\x1e"};
    for (size_t i = 0; i < sizeof few / sizeof *few; i++) assert_int_equal(cell(&c, few[i], &v), MLP_CELL_LENGTH);
    static const char *const none[] = {"1 x 3", "1,,3", "1 2 3,", ",1 2 3", "[1 2 3", "1;2;3", "1 nan 3", "\x1e" "1\x1f" "\x1f" "3\x1f", "\x1e" "1 2\x1f" "3\x1f"};
    for (size_t i = 0; i < sizeof none / sizeof *none; i++) assert_int_equal(cell(&c, none[i], &v), MLP_CELL_NOT_A_NUMBER);
    assert_int_equal(cell(&c, "1 11 3", &v), MLP_CELL_RANGE);
    assert_int_equal(cell(&c, "1 1e999 3", &v), MLP_CELL_RANGE);
    c.nullable = 1;
    assert_true(cell(&c, "", &v) == MLP_CELL_OK && v.missing);
    struct mlp_error e = {0};
    assert_int_equal(mlp_cell_error(&c, MLP_CELL_LENGTH, "\x1e" "1\x1f" "2\x1f", 5, NULL, 0, &e), MLP_ERR_DATA);
    assert_non_null(strstr(e.text, "\"[1, 2]\" has another length: expected 3 numbers in -10..10"));
}

static void test_lists(void **state)
{
    (void)state;
    struct mlp_column c = {.id = {.name = "l"}, .type = MLP_LISTOF, .rep = MLP_STR, .element = MLP_CATEGORY, .separator = "|",
                           .lo = -INFINITY, .hi = INFINITY};
    static const char *const in[] = {"a|b", " a | b ", "", "|", "a", "\x1e" "a|b\x1f" "c\x1f", "\x1e"};
    static const char *const out[] = {"a\x1f" "b\x1f", "a\x1f" "b\x1f", "", "\x1f\x1f", "a\x1f", "a|b\x1f" "c\x1f", ""};
    struct mlp_value v;
    char kept[64];
    for (size_t i = 0; i < sizeof in / sizeof *in; i++) {
        assert_int_equal(cell(&c, in[i], &v), MLP_CELL_OK);
        assert_false(v.missing);
        const size_t n = mlp_cell_pack(&c, v.text.at, v.text.n, NULL);
        assert_int_equal(n, strlen(out[i]));
        assert_int_equal(mlp_cell_pack(&c, v.text.at, v.text.n, kept), n);
        assert_memory_equal(kept, out[i], n);
    }
    c.nullable = 1;
    assert_true(cell(&c, "", &v) == MLP_CELL_OK && v.missing);              /* with `?` nothing is missing, not empty */
    c.element = MLP_FLOAT, c.separator = ", ", c.lo = 0, c.hi = 10;
    assert_int_equal(cell(&c, "1.0, 2.50, 1e1", &v), MLP_CELL_OK);
    assert_int_equal(mlp_cell_pack(&c, v.text.at, v.text.n, kept), 9);
    assert_memory_equal(kept, "1\x1f" "2.5\x1f" "10\x1f", 9);
    assert_int_equal(cell(&c, "1, x", &v), MLP_CELL_NOT_A_NUMBER);
    assert_int_equal(cell(&c, "1, 11", &v), MLP_CELL_RANGE);
    c.element = MLP_INT;
    assert_int_equal(cell(&c, "1, 1.5", &v), MLP_CELL_WHOLE);
    static const char *const set[] = {"one", "two"}, *const spelt[] = {"1", "2"};
    c.element = MLP_CATEGORY, c.separator = "|", c.set.at = set, c.set.n = 2, c.spelt.at = spelt, c.spelt.n = 2;
    assert_int_equal(cell(&c, "2|1|2", &v), MLP_CELL_OK);
    assert_int_equal(mlp_cell_pack(&c, v.text.at, v.text.n, kept), 12);
    assert_memory_equal(kept, "two\x1f" "one\x1f" "two\x1f", 12);
    assert_int_equal(cell(&c, "2|3", &v), MLP_CELL_SET);
    struct mlp_error e = {0};
    assert_int_equal(mlp_cell_error(&c, MLP_CELL_SET, "2|3", 3, "f.csv", 4, &e), MLP_ERR_DATA);
    assert_non_null(strstr(e.text, "one of \"1\", \"2\""));                 /* as the file spells them */
}

static void test_renamed(void **state)
{
    (void)state;
    static const char *const set[] = {"World", "Sports"}, *const spelt[] = {"1", "2"};
    struct mlp_column c = {.id = {.name = "c"}, .type = MLP_CATEGORY, .rep = MLP_CODE, .set = {set, 2}, .spelt = {spelt, 2}};
    struct mlp_value v;
    assert_true(cell(&c, " 2 ", &v) == MLP_CELL_OK && v.code == 3 && !strcmp(v.text.at, "Sports"));
    assert_int_equal(cell(&c, "Sports", &v), MLP_CELL_SET);                 /* only the file's spelling is read */
}

static void test_long_numbers(void **state)
{
    (void)state;
    char text[1200];
    double v;
    memset(text, '3', sizeof text), memcpy(text, "0.", 2);
    assert_true(mlp_parse_number(text, 400, &v) && v == 1.0 / 3);           /* 398 digits behind the point */
    assert_true(mlp_parse_number(text + 2, 300, &v) && v > 1e299 && isfinite(v));
    assert_true(mlp_parse_number(text + 2, 400, &v) && isinf(v));           /* more than a double holds */
    struct mlp_column c = {.id = {.name = "x"}, .type = MLP_FLOAT, .rep = MLP_F64, .lo = -INFINITY, .hi = INFINITY};
    struct mlp_value value;
    text[402] = 0;
    assert_int_equal(cell(&c, text + 2, &value), MLP_CELL_RANGE);
    struct mlp_error e = {0};
    assert_int_equal(mlp_cell_error(&c, MLP_CELL_RANGE, text + 2, 400, "f.csv", 4, &e), MLP_ERR_DATA);
    assert_non_null(strstr(e.text, "is too large: a number has 64 bits"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_zones), cmocka_unit_test(test_local_times), cmocka_unit_test(test_durations),
        cmocka_unit_test(test_lists), cmocka_unit_test(test_vectors), cmocka_unit_test(test_renamed), cmocka_unit_test(test_long_numbers)};
    source_text(&src, "zones.mlp", "", 0);
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);
    source_clear(&src);
    return failed;
}
