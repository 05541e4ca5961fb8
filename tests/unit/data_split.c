/* data_split.c: every split on tables made here: shares, stability, what stays together, time, and each error that names its part.
 * */
#include "runtime/base/calendar.h"
#include "runtime/base/hash.h"
#include "runtime/split/split.h"
#include "tests/unit/data.h"

enum { KEY, GROUP, CLASS, DAY, PART, COLUMNS };
static struct mlp_column columns[] = {ID("key", .tags = MLP_KEY), ID("person", .nullable = 1), CATEGORY("class"),
    DATE("day", .nullable = 1), CATEGORY("part", .nullable = 1)};
static struct mlp_source source = SOURCE(columns);
static struct mlp_program program;
static struct mlp_arg args[8];

#define SHARE(n, v) {.name = n, .kind = MLP_A_NUM, .num = v}
#define AT(n, column) {.name = n, .kind = MLP_A_COLUMN, .ix = column}
#define DATED(n, text) {.name = n, .kind = MLP_A_STR, .str = text}
static void use(const struct mlp_arg *a, size_t n)
{
    memcpy(args, a, n * sizeof *a);
    program.split = (struct mlp_use){.args = {args, (uint32_t)n}};
}
#define USE(...) use((struct mlp_arg[]){__VA_ARGS__}, sizeof (struct mlp_arg[]){__VA_ARGS__} / sizeof(struct mlp_arg))

/* Rows 0..n-1: keys k0.., persons p0.. of three rows each, classes a (1 in 4) and b, days one after the other, ten rows each. */
static struct mlp_table rows(int from, int to, const char *name)
{
    char *const text = malloc((size_t)(to - from) * 64 + 64);
    size_t n = (size_t)sprintf(text, "key,person,class,day,part\n");
    for (int i = from; i < to; i++) {
        const int day = i / 10;
        n += (size_t)sprintf(text + n, "k%d,p%d,%c,2025-%02d-%02d,%s\n", i, i / 3, i % 4 ? 'b' : 'a', 1 + day / 28 % 12,
                             1 + day % 28, i % 5 == 0 ? "Test" : i % 5 == 1 ? "validation" : "train");
    }
    const char *const path = write_file(name, text, n);
    struct mlp_table t;
    OK(mlp_csv_read(&source, &path, 1, NULL, &t, error));
    return free(text), t;
}

static const char *test_file(void)
{
    const struct mlp_arg *a = mlp_use_arg(&program.split, "test");
    return a ? a->str : NULL;
}
static uint8_t *split(const struct mlp_split_ops *ops, const struct mlp_table *t, uint64_t seed)
{
    const struct mlp_split_in in = {.program = &program, .table = t, .seed = seed, .test_file = test_file()};
    uint8_t *const part = malloc(t->rows);
    OK(ops->split(&in, part, error));
    return part;
}
static void refuse(const struct mlp_split_ops *ops, const struct mlp_table *t, const char *code, const char *says)
{
    const struct mlp_split_in in = {.program = &program, .table = t, .seed = 1, .test_file = test_file()};
    uint8_t *const part = malloc(t->rows);
    struct mlp_error e = {0};
    const mlp_status status = ops->split(&in, part, &e);
    if (status == MLP_OK || strcmp(e.code, code) || !strstr(e.text, says) || !*e.fix) show(&e), fail();
    free(part);
}
static size_t count(const uint8_t *part, size_t n, int of)
{
    size_t c = 0;
    for (size_t i = 0; i < n; i++) c += part[i] == of;
    return c;
}
static int set_up(void **state)
{
    program = (struct mlp_program){.seed = 1, .target = {.query = MLP_NONE, .item = MLP_NONE, .where = MLP_NONE}};
    source.n_key = 1, source.key[0] = KEY, source.time = DAY, source.group = MLP_NONE;
    return (void)state, 0;
}

static void test_random(void **state)
{
    (void)state;
    USE(SHARE("train", 0.7), SHARE("validation", 0.15), SHARE("test", 0.15));
    struct mlp_table t = rows(0, 9000, "a.csv"), more = rows(0, 12000, "b.csv"), late = rows(3000, 9000, "c.csv");
    uint8_t *const a = split(&mlp_split_random, &t, 1), *const b = split(&mlp_split_random, &more, 1),
        *const c = split(&mlp_split_random, &late, 1), *const d = split(&mlp_split_random, &t, 2);
    assert_true(abs((int)count(a, 9000, MLP_PART_TRAIN) - 6300) < 150 && abs((int)count(a, 9000, MLP_PART_TEST) - 1350) < 120);
    assert_memory_equal(a, b, 9000);                        /* rows that are added move none, nor do rows that go */
    assert_memory_equal(a + 3000, c, 6000);
    assert_true(memcmp(a, d, 9000));
    free(a), free(b), free(c), free(d);
    source.n_key = 0;                                       /* without a key: file name and row number */
    uint8_t *const e = split(&mlp_split_random, &t, 1), *const f = split(&mlp_split_random, &t, 1),
        *const g = split(&mlp_split_random, &more, 1);
    assert_memory_equal(e, f, 9000);
    assert_true(memcmp(e, g, 9000));
    free(e), free(f), free(g);
    USE(SHARE("train", 0.7), SHARE("validation", 0.15), SHARE("test", 0.15), {.name = "seed", .kind = MLP_A_INT, .num = 5});
    uint8_t *const own = split(&mlp_split_random, &t, 1), *const given = split(&mlp_split_random, &t, 9);
    program.seed = 9;
    uint8_t *const same = split(&mlp_split_random, &t, 9);
    assert_memory_equal(own, same, 9000);                   /* its own seed counts, unless the run was given one */
    assert_true(memcmp(own, given, 9000));
    free(own), free(given), free(same);
    mlp_table_clear(&t), mlp_table_clear(&more), mlp_table_clear(&late);
}

static void test_group_and_strata(void **state)
{
    (void)state;
    struct mlp_table t = rows(0, 9000, "a.csv");
    for (int tagged = 0; tagged < 2; tagged++) {
        if (tagged) USE(SHARE("train", 0.7), SHARE("validation", 0.15), SHARE("test", 0.15)), source.group = GROUP;
        else USE(SHARE("train", 0.7), SHARE("validation", 0.15), SHARE("test", 0.15), AT("group", GROUP));
        uint8_t *const a = split(&mlp_split_random, &t, 1);
        for (size_t i = 0; i < 9000; i++) assert_int_equal(a[i], a[i / 3 * 3]);
        free(a);
    }
    USE(SHARE("train", 0.7), SHARE("validation", 0.15), SHARE("test", 0.15), AT("group", GROUP), AT("stratify", CLASS));
    uint8_t *const both = split(&mlp_split_random, &t, 1);   /* whole groups, and the classes nearly as they should be */
    size_t of[2][4] = {{0}};
    for (size_t i = 0; i < 9000; i++) of[i % 4 == 0][both[i]]++, assert_int_equal(both[i], both[i / 3 * 3]);
    assert_true(abs((int)of[1][1] - 1575) < 4 && abs((int)of[1][2] - 338) < 4 && abs((int)of[0][1] - 4725) < 4 && abs((int)of[0][3] - 1012) < 4);
    free(both);
    source.group = MLP_NONE;
    USE(SHARE("train", 0.7), SHARE("validation", 0.15), SHARE("test", 0.15), AT("stratify", CLASS));
    uint8_t *const a = split(&mlp_split_random, &t, 1);
    size_t n[2][4] = {{0}};
    for (size_t i = 0; i < 9000; i++) n[i % 4 == 0][a[i]]++;
    assert_true(n[1][1] == 1575 && n[1][2] == 338 && n[1][3] == 337 && n[0][1] == 4725 && n[0][2] == 1013 && n[0][3] == 1012);
    double *const y = malloc(9000 * sizeof *y);             /* the target's own name: by y */
    for (size_t i = 0; i < 9000; i++) y[i] = i % 4 == 0;
    USE(SHARE("train", 0.7), SHARE("validation", 0.15), SHARE("test", 0.15),
        {.name = "stratify", .kind = MLP_A_NAME, .str = "left"});
    const struct mlp_split_in in = {.program = &program, .table = &t, .y = y, .seed = 1};
    uint8_t *const b = malloc(9000);
    OK(mlp_split_random.split(&in, b, error));
    assert_memory_equal(a, b, 9000);
    free(a), free(b), free(y), mlp_table_clear(&t);
}

static void test_errors(void **state)
{
    (void)state;
    struct mlp_table t = rows(0, 3, "a.csv");
    USE(SHARE("train", 0.7), SHARE("validation", 0.2), SHARE("test", 0.2));
    refuse(&mlp_split_random, &t, "E330", "70% + 20% + 20% = 110%");
    USE(SHARE("train", 0.98), SHARE("validation", 0.01), SHARE("test", 0.01));
    refuse(&mlp_split_random, &t, "E331", "part is empty");
    USE(AT("column", DAY));
    refuse(&mlp_split_by_column, &t, "E333", "which is not day");
    USE(AT("column", CLASS));
    refuse(&mlp_split_by_column, &t, "E333", "\"a\" names no part");
    USE(DATED("test", "other.csv"));
    refuse(&mlp_split_files, &t, "E334", "\"other.csv\"");
    USE(SHARE("train", 0.5), DATED("test", "2025-01-02"));
    refuse(&mlp_split_by_time, &t, "E330", "mixes");
    USE(DATED("validation", "2025-02-01"), DATED("test", "2025-01-02"));
    refuse(&mlp_split_by_time, &t, "E330", "order");
    USE(DATED("test", "2026-01-01"));
    refuse(&mlp_split_by_time, &t, "E331", "the test part is empty");
    source.time = MLP_NONE;
    refuse(&mlp_split_by_time, &t, "E333", "has none");
    mlp_table_clear(&t);
    source.time = DAY;
    OK(read_text(&source, "key,person,class,day,part\na,p,x,2025-01-01,train\nb,p,x,,train\n", &t, error));
    refuse(&mlp_split_by_time, &t, "E333", "has no time");
    mlp_table_clear(&t);
}

static void test_by_column(void **state)
{
    (void)state;
    struct mlp_table t = rows(0, 100, "a.csv");
    USE(AT("column", PART));
    uint8_t *const a = split(&mlp_split_by_column, &t, 1);
    for (size_t i = 0; i < 100; i++)
        assert_int_equal(a[i], i % 5 == 0 ? MLP_PART_TEST : i % 5 == 1 ? MLP_PART_VALIDATION : MLP_PART_TRAIN);
    free(a), mlp_table_clear(&t);
}

static void test_by_time(void **state)
{
    (void)state;
    struct mlp_table t = rows(0, 1000, "a.csv");            /* 100 days of ten rows: day d is rows 10 d .. 10 d + 9 */
    USE(SHARE("train", 0.695), SHARE("validation", 0.15), SHARE("test", 0.155));
    uint8_t *a = split(&mlp_split_by_time, &t, 1);
    /* a day is not cut */
    for (size_t i = 0; i < 1000; i++)
        assert_int_equal(a[i], i < 690 ? MLP_PART_TRAIN : i < 840 ? MLP_PART_VALIDATION : MLP_PART_TEST);
    free(a);
    const int64_t *const day = times(t, DAY);
    USE(DATED("validation", "2025-03-01"), DATED("test", "2025-04-01"), {.name = "gap", .kind = MLP_A_NUM, .num = 3 * 86400});
    a = split(&mlp_split_by_time, &t, 1);
    const int64_t v = 1740787200000000, s = 1743465600000000, gap = 3 * 86400000000;       /* 2025-03-01, 2025-04-01 */
    for (size_t i = 0; i < 1000; i++)
        assert_int_equal(a[i], day[i] >= s ? MLP_PART_TEST : day[i] >= s - gap ? MLP_PART_NONE : day[i] >= v ? MLP_PART_VALIDATION
                         : day[i] >= v - gap ? MLP_PART_NONE : MLP_PART_TRAIN);
    free(a);
    /* counted back from the last row */
    USE(SHARE("train", 10 * 86400.0), SHARE("validation", 5 * 86400.0), SHARE("test", 5 * 86400.0));
    a = split(&mlp_split_by_time, &t, 1);
    assert_true(count(a, 1000, MLP_PART_TEST) == 50 && a[950] == MLP_PART_TEST && a[949] == MLP_PART_VALIDATION);
    free(a);
    /* rows 689, 690 are one person */
    USE(SHARE("train", 0.695), SHARE("validation", 0.15), SHARE("test", 0.155), AT("group", GROUP));
    a = split(&mlp_split_by_time, &t, 1);
    assert_true(a[687] == MLP_PART_TRAIN && a[689] == MLP_PART_TRAIN && a[690] == MLP_PART_VALIDATION &&
                a[839] == MLP_PART_VALIDATION);
    for (size_t i = 0; i < 1000; i++) assert_true(a[i] == a[i / 3 * 3] || a[i] == MLP_PART_NONE);
    free(a), mlp_table_clear(&t);
}

static void test_files(void **state)
{
    (void)state;
    struct mlp_table ignored = rows(0, 300, "a.csv"), other = rows(300, 400, "b.csv"), t;
    const char *const paths[] = {in_folder("a.csv"), in_folder("b.csv")};
    OK(mlp_csv_read(&source, paths, 2, NULL, &t, error));
    USE(DATED("test", "./b.csv"), SHARE("validation", 0.2), AT("stratify", CLASS));
    uint8_t *const a = split(&mlp_split_files, &t, 1);
    for (size_t i = 0; i < 400; i++) assert_true((a[i] == MLP_PART_TEST) == (i >= 300));
    assert_true(count(a, 300, MLP_PART_TRAIN) == 240 && count(a, 300, MLP_PART_VALIDATION) == 60);
    free(a), mlp_table_clear(&ignored), mlp_table_clear(&other), mlp_table_clear(&t);
}

static uint8_t *fold(const struct mlp_split_ops *ops, const struct mlp_table *t, uint32_t k)
{
    const struct mlp_split_in in = {.program = &program, .table = t, .seed = 1, .fold = k};
    uint8_t *const part = malloc(t->rows);
    OK(ops->split(&in, part, error));
    return part;
}
static uint32_t folds(const struct mlp_split_ops *ops, const struct mlp_table *t)
{
    const struct mlp_split_in in = {.program = &program, .table = t, .seed = 1};
    uint32_t n = 0;
    OK(ops->folds(&in, &n, error));
    return n;
}

static void test_folds(void **state)
{
    (void)state;
    struct mlp_table t = rows(0, 3000, "a.csv");
    for (int form = 0; form < 5; form++) {                  /* plain, with a test part, in groups, in classes, by a column */
        const int tested = form == 1 || form == 2;
        if (form == 0) USE(SHARE("folds", 5));
        if (form == 1) USE(SHARE("folds", 4), SHARE("test", 0.2));
        if (form == 2) USE(SHARE("folds", 3), SHARE("test", 0.2), AT("group", GROUP), AT("stratify", CLASS));
        if (form == 3) USE(SHARE("folds", 5), AT("stratify", CLASS));
        if (form == 4) USE(AT("by", CLASS));
        const uint32_t n = folds(&mlp_split_folds, &t);
        assert_int_equal(n, form == 1 ? 4 : form == 2 ? 3 : form == 4 ? 2 : 5);
        uint8_t *const whole = fold(&mlp_split_folds, &t, 0), held[3000] = {0};
        assert_true((count(whole, 3000, MLP_PART_TEST) > 0) == tested && count(whole, 3000, MLP_PART_NONE) == 0);
        for (uint32_t k = 1; k <= n; k++) {
            uint8_t *const part = fold(&mlp_split_folds, &t, k);
            size_t out = 0, a = 0;
            for (size_t i = 0; i < 3000; i++) {
                const int is = part[i] == (tested ? MLP_PART_VALIDATION : MLP_PART_TEST);
                assert_true((part[i] == MLP_PART_NONE) == (whole[i] == MLP_PART_TEST));
                held[i] = (uint8_t)(held[i] + is), out += (size_t)is, a += (size_t)(is && i % 4 == 0);
                if (form == 2) assert_int_equal(part[i], part[i / 3 * 3]);
                if (form == 4) assert_int_equal(part[i] == part[0], i % 4 == 0);
            }
            if (form == 3) assert_true(out == 600 && a == 150);
            if (form == 2) assert_true(abs((int)out - 800) < 5 && abs((int)a - 200) < 5);
            free(part);
        }
        for (size_t i = 0; i < 3000; i++) assert_int_equal(held[i], whole[i] != MLP_PART_TEST);   /* each once */
        free(whole);
    }
    USE(SHARE("folds", 3), SHARE("validation", 0.25));
    uint8_t *const part = fold(&mlp_split_folds, &t, 1);
    assert_true(abs((int)count(part, 3000, MLP_PART_VALIDATION) - 500) < 80 && count(part, 3000, MLP_PART_TEST) > 800);
    free(part);
    USE(AT("by", KEY));
    const struct mlp_split_in in = {.program = &program, .table = &t, .seed = 1};
    struct mlp_error e = {0};
    uint32_t n;
    assert_true(mlp_split_folds.folds(&in, &n, &e) == MLP_ERR_DATA && strstr(e.text, "would train 3000 times") && strstr(e.fix, "group: key"));
    mlp_table_clear(&t);
}

static void test_order(void **state)
{
    (void)state;
    struct mlp_table t = rows(0, 1000, "a.csv");
    USE(SHARE("train", 0.7), SHARE("validation", 0.1), SHARE("test", 0.2), SHARE("gap", 7));
    uint8_t *a = split(&mlp_split_by_order, &t, 1);
    for (size_t i = 0; i < 1000; i++)
        assert_int_equal(a[i], i < 693 ? MLP_PART_TRAIN : i < 700 ? MLP_PART_NONE : i < 793 ? MLP_PART_VALIDATION
                         : i < 800 ? MLP_PART_NONE : MLP_PART_TEST);
    free(a);
    for (int timed = 0; timed < 2; timed++) {               /* inside each class: a has 250 rows, b 750 */
        USE(SHARE("train", 0.7), SHARE("validation", 0.1), SHARE("test", 0.2), AT("within", CLASS));
        a = split(timed ? &mlp_split_by_time : &mlp_split_by_order, &t, 1);
        size_t n[2][4] = {{0}}, last[2] = {0};
        for (size_t i = 0; i < 1000; i++) {
            n[i % 4 == 0][a[i]]++;
            assert_true(a[i] >= last[i % 4 == 0]), last[i % 4 == 0] = a[i];
        }
        if (timed) assert_true(abs((int)n[1][1] - 175) < 6 && abs((int)n[0][3] - 150) < 9);     /* a day is not cut */
        else assert_true(n[1][1] == 175 && n[1][2] == 25 && n[0][1] == 525 && n[0][2] == 75);
        free(a);
    }
    mlp_table_clear(&t);
}

static void test_rolling(void **state)
{
    (void)state;
    struct mlp_table t = rows(0, 1000, "a.csv");            /* 100 days of ten rows */
    const double day = 86400;
    for (int bounded = 0; bounded < 2; bounded++) {
        if (bounded) USE(SHARE("train", 20 * day), SHARE("validation", 5 * day), SHARE("test", 10 * day), SHARE("folds", 3));
        else USE(SHARE("test", 10 * day), SHARE("folds", 3), SHARE("gap", 2 * day));
        assert_int_equal(folds(&mlp_split_by_time, &t), 3);
        uint8_t *a = fold(&mlp_split_by_time, &t, 0);
        assert_true(count(a, 1000, MLP_PART_TEST) == 0 && a[999] == MLP_PART_TRAIN && (count(a, 1000, MLP_PART_TRAIN) == 1000) == !bounded);
        free(a);
        a = fold(&mlp_split_by_time, &t, 3);
        assert_true(a[999] == MLP_PART_TEST && count(a, 1000, MLP_PART_NONE) > 0);
        free(a);
        a = fold(&mlp_split_by_time, &t, 2);
        const int64_t *const at = times(t, DAY), end = at[999] - 10 * 86400000000, begin = end - 10 * 86400000000;
        for (size_t i = 0; i < 1000; i++) {
            if (at[i] > end) assert_int_equal(a[i], MLP_PART_NONE);
            else if (at[i] > begin) assert_int_equal(a[i], MLP_PART_TEST);
            else if (!bounded) assert_int_equal(a[i], at[i] > begin - 2 * 86400000000 ? MLP_PART_NONE : MLP_PART_TRAIN);
            else assert_int_equal(a[i], at[i] > begin - 5 * 86400000000 ? MLP_PART_VALIDATION
                                  : at[i] > begin - 25 * 86400000000 ? MLP_PART_TRAIN : MLP_PART_NONE);
        }
        free(a);
    }
    USE({.name = "test", .kind = MLP_A_MONTHS, .num = 1}, SHARE("folds", 3));    /* each month is as long as it is */
    const int64_t last = times(t, DAY)[999], border[] = {mlp_calendar_add(last, -2, 0), mlp_calendar_add(last, -1, 0), last};
    for (uint32_t k = 2; k <= 3; k++) {
        uint8_t *a = fold(&mlp_split_by_time, &t, k);
        for (size_t i = 0; i < 1000; i++) {
            const int64_t now = times(t, DAY)[i];
            assert_int_equal(a[i], now > border[k - 1] ? MLP_PART_NONE : now > border[k - 2] ? MLP_PART_TEST : MLP_PART_TRAIN);
        }
        free(a);
    }
    USE(SHARE("test", 40 * day), SHARE("folds", 3));
    const struct mlp_split_in in = {.program = &program, .table = &t, .seed = 1, .fold = 1};
    struct mlp_error e = {0};
    uint8_t *const part = malloc(1000);
    assert_true(mlp_split_by_time.split(&in, part, &e) == MLP_ERR_DATA && strstr(e.fix, "fold 1 of 3"));
    free(part), mlp_table_clear(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test_setup(test_random, set_up),
        cmocka_unit_test_setup(test_group_and_strata, set_up), cmocka_unit_test_setup(test_errors, set_up),
            cmocka_unit_test_setup(test_by_column, set_up), cmocka_unit_test_setup(test_by_time, set_up),
                cmocka_unit_test_setup(test_files, set_up),
        cmocka_unit_test_setup(test_folds, set_up), cmocka_unit_test_setup(test_order, set_up),
        cmocka_unit_test_setup(test_rolling, set_up)};
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
