/* data_csv.c: cells, CSV tables and streams: what is read, every bad input with its message, failures of memory and disk, and
 * damaged bytes by the thousand. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <zlib.h>
#include "runtime/base/hash.h"
#include "runtime/io/csv_scan.h"
#include "tests/unit/data.h"

/* ---- injected failures: the n-th allocation of the runtime fails (its arrays use realloc, its arenas aligned_alloc) ---- */
static long allocations, fail_at = -1;
static int fails(void) { return fail_at >= 0 && allocations++ == fail_at; }
void *realloc(void *p, size_t n)
{
    static void *(*real)(void *, size_t);
    if (!real) *(void **)&real = dlsym(RTLD_NEXT, "realloc");
    return fails() ? NULL : real(p, n);
}
void *aligned_alloc(size_t align, size_t n)
{
    static void *(*real)(size_t, size_t);
    if (!real) *(void **)&real = dlsym(RTLD_NEXT, "aligned_alloc");
    return fails() ? NULL : real(align, n);
}

/* ---- cells ---- */

static void test_numbers(void **state)
{
    (void)state;
    static const char *const good[] = {"0", "-0", "1", "+1.5", ".5", "5.", "1e3", "1E-3", "0.1", "123456789012345678",
        "0.30000000000000004", "2.2250738585072014e-308", "4.9e-324", "1.7976931348623157e308", "9007199254740993",
            "0.12345678901234567", "123.45678901234567890123456789", "1e22", "1e23", "8.988465674311580e307",
                "3.14159265358979323846", "9223372036854775807", "18446744073709551615", "0.000001", "1e-400", "7e27",
                    "9007199254740992.5", "1152921504606847105", "4503599627370496.5", "4503599627370497.5"};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        double v;
        assert_true(mlp_parse_number(good[i], strlen(good[i]), &v));
        const double want = strtod(good[i], NULL);
        assert_memory_equal(&v, &want, sizeof v);
    }
    static const char *const bad[] = {"", "-", ".", "e5", "1e", "1e+", "0x10", "nan", "inf", "1_000", "1 2", "1,5", "--1", "1.2.3",
        "٣"};
    double v;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) assert_false(mlp_parse_number(bad[i], strlen(bad[i]), &v));
    assert_true(mlp_parse_number("1e999", 5, &v) && isinf(v));
    for (uint64_t i = 0; i < 400000; i++) {                 /* every way through the digits, against the C library */
        const uint64_t bits = mlp_random(7, 1, i);
        double x;
        char text[64 + CSV_PAD];
        if (i % 4 == 0) memcpy(&x, &bits, 8);
        else x = (double)(int64_t)bits / (double)(1ull << (bits % 60));
        if (!isfinite(x)) continue;
        snprintf(text, 64, i % 3 == 0 ? "%.17g" : i % 3 == 1 ? "%.15g" : "%.6f", x);
        if (i % 5 == 0) snprintf(text, 64, "%lu.%lue%d", (unsigned long)(bits >> (i % 50)), (unsigned long)(bits % 1000),
                                 (int)(i % 40) - 20);
        const double want = strtod(text, NULL);
        assert_true(mlp_parse_number(text, strlen(text), &v));
        assert_memory_equal(&v, &want, sizeof v);
        if (csv_number(text, strlen(text), &v)) assert_memory_equal(&v, &want, sizeof v);
    }
    for (uint64_t i = 0; i < 100000; i++) {                 /* what the short way must refuse, and must not misread */
        static const char pool[] = "0123456789....-+eE ,x";
        char text[CSV_PAD * 2] = {0};
        const size_t n = mlp_random(8, 1, i) % 22;
        for (size_t k = 0; k < n; k++) text[k] = pool[mlp_random(9, i, k) % (i % 2 ? sizeof pool - 1 : 12)];
        double short_way, long_way;
        if (csv_number(text, n, &short_way)) {
            assert_true(mlp_parse_number(text, n, &long_way));
            assert_memory_equal(&short_way, &long_way, sizeof long_way);
        }
    }
}

static int64_t at(const char *text, const char *format)
{
    int64_t us = INT64_MIN;
    return mlp_parse_time(text, strlen(text), format, &us) ? us : INT64_MIN;
}
static int64_t lasts(const char *text, const char *format)
{
    int64_t us = INT64_MIN;
    return mlp_parse_duration(text, strlen(text), format, &us) ? us : INT64_MIN;
}
static void test_times(void **state)
{
    (void)state;
    assert_int_equal(at("1970-01-01", NULL), 0);
    assert_int_equal(at("2025-01-31", NULL), 1738281600000000);        /* date -u -d 2025-01-31 +%s */
    assert_int_equal(at("2025-01-31T10:00:00Z", NULL), 1738317600000000);
    assert_int_equal(at("2025-01-31 10:00:00.25", NULL), 1738317600250000);
    assert_int_equal(at("2025-01-31T11:00:00+01:00", NULL), 1738317600000000);
    assert_int_equal(at("1969-12-31T23:59:59Z", NULL), -1000000);
    assert_int_equal(at("2024-02-29", NULL), 1709164800000000);
    assert_int_equal(at("31/01/25", "%d/%m/%y"), 1738281600000000);
    assert_int_equal(at("Jan 31, 2025 10:00 AM", "%b %d, %Y %I:%M %p"), 1738317600000000);
    assert_int_equal(at("1738281600", "unix"), 1738281600000000);
    assert_int_equal(at("2025-031", "%Y-%j"), 1738281600000000);
    static const char *const bad[] = {"2025-02-29", "2025-13-01", "2025-1-1", "31.01.2025", "2025-01-31T25:00:00", "2025-01-31x",
        "", "2025"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) assert_int_equal(at(bad[i], NULL), INT64_MIN);
    assert_int_equal(at("1/2", "%d/%m"), INT64_MIN);
    assert_int_equal(lasts("90s", NULL), 90000000);
    assert_int_equal(lasts("1.5h", NULL), 5400000000);
    assert_int_equal(lasts("01:30:00", NULL), 5400000000);
    assert_int_equal(lasts("250ms", NULL), 250000);
    assert_int_equal(lasts("12", NULL), 12000000);
    assert_int_equal(lasts("0130", "%H%M"), 5400000000);
    assert_int_equal(lasts("soon", NULL), INT64_MIN);
}

static void test_names(void **state)
{
    (void)state;
    static const char *const pair[][2] = {{"TotalCharges", "total_charges"}, {"Total Charges", "total_charges"},
        {"customerID", "customer_id"},
        {"HTTPServer", "http_server"}, {"SeniorCitizen", "senior_citizen"}, {"tenure", "tenure"}, {" a--b ", "a_b"},
            {"MPG (city)", "mpg_city"}, {"StreamingTV", "streaming_tv"}};
    for (size_t i = 0; i < sizeof pair / sizeof *pair; i++) {
        char text[64];
        mlp_schema_snake(pair[i][0], strlen(pair[i][0]), text, sizeof text);
        assert_string_equal(text, pair[i][1]);
    }
    static const char *const names[] = {"tenure", "contract", "Female", "Male"};
    assert_string_equal(mlp_schema_nearest("tenur", 5, names, 4), "tenure");
    assert_string_equal(mlp_schema_nearest("female", 6, names, 4), "Female");
    assert_string_equal(mlp_schema_nearest("contarct", 8, names, 4), "contract");
    assert_null(mlp_schema_nearest("xyz", 3, names, 4));
    char shown[32];
    mlp_schema_show("a\xff\nGrüße", 10, 60, shown, sizeof shown);
    assert_string_equal(shown, "a??Grüße");
}

/* ---- tables ---- */

static struct mlp_column all[] = {
    ID("id", .tags = MLP_KEY), WHOLE("n", .lo = 0, .hi = 120), NUMBER("x", .nullable = 1), FLAG("b"),
        CATEGORY("c", SET("Yes", "No")), CATEGORY("free", .nullable = 1), TEXT("t", .nullable = 1), DATE("d")};

static void test_read(void **state)
{
    (void)state;
    struct mlp_source s = SOURCE(all);
    struct mlp_table t;
    OK(read_text(&s, "\xef\xbb\xbf" "t,b,x,extra,n,c,free,d,id\r\n"
                     "\"He said \"\"no\"\",\nthen left\",yes,1.5,?, 3 ,No,Oslo,2025-01-31,k1\r\n"
                     "\r\n"
                     ",0,,?,4.0,\"Yes\",,1970-01-02,k2\r\n"
                     "12\" pipe,TRUE,-2e1,?,120, Yes ,\"Bern, old\",2000-02-29,k1", &t, error));
    assert_int_equal(t.rows, 3);
    assert_int_equal(texts(t, 6)[0].n, strlen("He said \"no\",\nthen left"));
    assert_memory_equal(texts(t, 6)[0].at, "He said \"no\",\nthen left", texts(t, 6)[0].n);
    assert_memory_equal(texts(t, 6)[2].at, "12\" pipe", 8);
    assert_false(mlp_is_valid(t.column[6].valid, 1));
    assert_true(numbers(t, 1)[0] == 3 && numbers(t, 1)[1] == 4 && numbers(t, 1)[2] == 120);
    assert_null(t.column[1].valid);
    assert_true(numbers(t, 2)[0] == 1.5 && isnan(numbers(t, 2)[1]) && numbers(t, 2)[2] == -20);
    assert_true(mlp_is_valid(t.column[2].valid, 0) && !mlp_is_valid(t.column[2].valid, 1) && mlp_is_valid(t.column[2].valid, 2));
    assert_true(numbers(t, 3)[0] == 1 && numbers(t, 3)[1] == 0 && numbers(t, 3)[2] == 1);
    assert_true(codes(t, 4)[0] == 3 && codes(t, 4)[1] == 2 && codes(t, 4)[2] == 2);
    assert_true(codes(t, 5)[0] == 2 && codes(t, 5)[1] == 0 && codes(t, 5)[2] == 3);
    assert_true(codes(t, 0)[0] == 2 && codes(t, 0)[1] == 3 && codes(t, 0)[2] == 2);
    assert_int_equal(times(t, 7)[2], 951782400000000);
    assert_true(t.line[0] == 2 && t.line[1] == 5 && t.line[2] == 6);
    assert_int_equal(mlp_dictionary_find(t.column[5].dictionary, "Bern, old", 9), 3);
    mlp_table_clear(&t);
    assert_null(t.column);
}

static void test_options(void **state)
{
    (void)state;
    struct mlp_column c[] = {WHOLE("total_charges", .nullable = 1, .missing = {(const char *const[]){"-1"}, 1}),
        FLAG("left", SET("gone", "here")), NUMBER("third", .position = 3), NUMBER("y", .from = "Y value", .nullable = 1)};
    struct mlp_source s = SOURCE(c);
    struct mlp_arg token[] = {{.kind = MLP_A_STR, .str = ""}, {.kind = MLP_A_STR, .str = "999"}};
    s.reader = (struct mlp_use){.name = "csv",
        .args = ARGS({.name = "delimiter", .kind = MLP_A_STR, .str = ";"}, {.name = "names", .kind = MLP_A_NAME, .str = "snake"},
        {.name = "missing", .kind = MLP_A_LIST, .items = {token, 2}}, {.name = "others", .kind = MLP_A_NAME, .str = "error"})};
    struct mlp_table t;
    struct mlp_error e;
    OK(read_text(&s, "TotalCharges;Left;whatever;Y value\n-1.0;GONE;1;2\n7;here;2;999\n999;here;3;\n", &t, error));
    assert_true(isnan(numbers(t, 0)[0]) && numbers(t, 0)[1] == 7 && isnan(numbers(t, 0)[2]));
    assert_true(numbers(t, 1)[0] == 1 && numbers(t, 1)[1] == 0 && numbers(t, 2)[2] == 3);
    assert_true(numbers(t, 3)[0] == 2 && isnan(numbers(t, 3)[1]) && isnan(numbers(t, 3)[2]));
    mlp_table_clear(&t);
    assert_int_equal(read_text(&s, "TotalCharges;Left;whatever;Y value;more\n1;gone;1;2;3\n", &t, &e), MLP_ERR_DATA);
    assert_string_equal(e.code, "E311");
    assert_non_null(strstr(e.text, "\"more\""));
}

#define FILE_OF(name, text) write_file(name, text, sizeof text - 1)
static void test_more_ways(void **state)
{
    (void)state;
    struct mlp_column c[] = {NUMBER("x", .nullable = 1),
        CATEGORY("c", .nullable = 1, .missing = {(const char *const[]){"none"}, 1})};
    struct mlp_source s = SOURCE(c);
    struct mlp_arg token[] = {{.kind = MLP_A_STR, .str = "NaN"}, {.kind = MLP_A_STR, .str = " inf "}};
    s.reader = (struct mlp_use){.name = "csv",
        .args = ARGS({.name = "delimiter", .kind = MLP_A_STR, .str = "\t"},
                     {.name = "missing", .kind = MLP_A_LIST, .items = {token, 2}})};
    const char *const paths[] = {FILE_OF("1.csv", "x\tc\nNaN\t\"a\tb\"\n inf\tnone"), FILE_OF("2.csv", "c\tother\tx\n"),
        FILE_OF("3.csv", "c\tx\n\n  \n \"z\" \t +7.0\r\n")};
    struct mlp_table t;
    OK(mlp_csv_read(&s, paths, 3, NULL, &t, error));        /* tabs, declared NaN, a file without rows, headers in any order */
    assert_true(t.rows == 3 && isnan(numbers(t, 0)[0]) && isnan(numbers(t, 0)[1]) && numbers(t, 0)[2] == 7);
    assert_true(codes(t, 1)[0] == 2 && codes(t, 1)[1] == 0 && codes(t, 1)[2] == 3 && t.file[2] == 2 && t.line[2] == 4);
    assert_memory_equal(t.column[1].dictionary->spelling[0].at, "a\tb", 3);
    mlp_table_clear(&t);
    s.reader.args.n = 1;
    struct mlp_error e;
    assert_int_equal(mlp_csv_read(&s, paths, 1, NULL, &t, &e), MLP_ERR_DATA);
    assert_true(!strcmp(e.code, "E312") && e.line == 2);    /* NaN is no number unless it is declared */
    struct mlp_column wide[40];
    char text[4000] = "";
    static char name[40][8];
    for (int i = 0; i < 40; i++) {
        snprintf(name[i], sizeof name[i], "f%d", i);
        wide[i] = (struct mlp_column)CATEGORY(name[i]);
        sprintf(text + strlen(text), "%s%s", i ? "," : "", name[i]);
    }
    for (int row = 0; row < 4; row++)                       /* spellings of every length, met again and again */
        for (int i = 0; i < 40; i++) sprintf(text + strlen(text), "%c%.*s%d", i ? ',' : '\n', i,
                                             "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrst", (row ^ i) % 2);
    struct mlp_source w = SOURCE(wide);
    OK(read_text(&w, text, &t, error));
    for (uint32_t i = 0; i < 40; i++)
        assert_true(codes(t, i)[0] == 2 && codes(t, i)[1] == 3 && codes(t, i)[2] == 2 && codes(t, i)[3] == 3);
    mlp_table_clear(&t);
}

static void write_gz(const char *name, const char *text, size_t n, const char *mode)
{
    gzFile z = gzopen(in_folder(name), mode);
    assert_int_equal(gzwrite(z, text, (unsigned)n), n);
    gzclose(z);
}

static void test_files_and_gz(void **state)
{
    (void)state;
    static struct mlp_column c[] = {NUMBER("x"), CATEGORY("c")};
    struct mlp_source s = SOURCE(c);
    char *const text = malloc(3000000);
    size_t n = (size_t)sprintf(text, "x,c\n");
    for (int i = 0; i < 100000; i++) n += (size_t)sprintf(text + n, "%d.%03d,\"v%d\"\n", i, i % 1000, i % 7);
    write_gz("a.gz", text, n / 2, "wb");
    write_gz("a.gz", text + n / 2, n - n / 2, "ab");        /* two members in a row */
    struct mlp_table plain, gz, both;
    const char *const a = write_file("a.csv", text, n), *const z = in_folder("a.gz"), *const paths[] = {a, z};
    OK(mlp_csv_read(&s, &a, 1, NULL, &plain, error));
    OK(mlp_csv_read(&s, &z, 1, NULL, &gz, error));
    OK(mlp_csv_read(&s, paths, 2, NULL, &both, error));
    assert_true(plain.rows == 100000 && gz.rows == plain.rows && both.rows == 200000);
    assert_memory_equal(plain.column[0].data, gz.column[0].data, plain.rows * 8);
    assert_memory_equal(plain.column[1].data, gz.column[1].data, plain.rows * 4);
    assert_memory_equal(plain.content, gz.content, sizeof gz.content);
    assert_true(plain.content[0] && plain.content[0] != both.content[0]);
    assert_true(both.file[99999] == 0 && both.file[100000] == 1 && both.line[100000] == 2);
    mlp_table_clear(&plain), mlp_table_clear(&gz), mlp_table_clear(&both);
    struct stat st;
    stat(z, &st);
    assert_int_equal(truncate(z, st.st_size - 100), 0);
    struct mlp_error e;
    assert_int_equal(mlp_csv_read(&s, &z, 1, NULL, &gz, &e), MLP_ERR_DATA);
    assert_string_equal(e.code, "E308");
    assert_non_null(strstr(e.text, "ends in the middle"));
    write_gz("a.gz", text, n, "wb");
    const int fd = open(in_folder("a.gz"), O_WRONLY);
    assert_int_equal(pwrite(fd, "\xff\xff\xff\xff\xff\xff", 6, 5000), 6);
    close(fd);
    assert_int_equal(mlp_csv_read(&s, &z, 1, NULL, &gz, &e), MLP_ERR_DATA);
    assert_true(!strcmp(e.code, "E308") || !strcmp(e.code, "E312"));
    free(text);
}

/* ---- bad input: what the message must name ---- */

static const struct { const char *why, *text, *code; unsigned line; const char *column, *says, *fix; } bad[] = {
    {"empty", "", "E302", 0, "", "is empty", "header and rows"},
    {"only a byte order mark", "\xef\xbb\xbf", "E302", 0, "", "is empty", ""},
    {"header only", "id,n,x,b,c,free,t,d\n", "E303", 0, "", "no rows", ""},
    {"short row", "id,n,x,b,c,free,t,d\nk,1,2,yes\n",
     "E306", 2, "", "this row has 4 cells, the header has 8: \"k,1,2,yes\"", "complete the row"},
    {"long row", "id,n,x,b,c,free,t,d\nk,1,2,yes,No,f,te,xt,2025-01-01\n", "E306", 2, "", "9 cells", "quotes around"},
    {"open quote", "id,n,x,b,c,free,t,d\nk,1,2,yes,No,f,t,2025-01-01\nk,1,2,yes,No,f,\"t,2025-01-01\nk,1,2,yes,No,f,t,2025-01-01\n",
     "E307", 3, "", "line 3 is never closed", "line 3"},
    {"open quote after lines in quotes", "id,n,x,b,c,free,t,d\nk,1,2,yes,No,\"f\nf\",\"t,2025-01-01\n",
     "E307", 3, "", "never closed", ""},
    {"text behind a quote", "id,n,x,b,c,free,t,d\nk,1,2,yes,No,f,\"t\"u,2025-01-01\n",
     "E307", 2, "t", "behind the closing quote", "twice"},
    {"bad UTF-8", "id,n,x,b,c,free,t,d\nk,1,2,yes,No,f,Gr\xfc\xdf" "e,2025-01-01\n",
     "E305", 2, "t", "\"Gr??e\" is not valid UTF-8", "iconv"},
    {"bad UTF-8 in a header", "id,n,x,b,c,free,t,d,\xff\nk,1,2,yes,No,f,t,2025-01-01,1\n", "E305", 1, "", "header", "iconv"},
    {"out of range", "id,n,x,b,c,free,t,d\nk,200,2,yes,No,f,t,2025-01-01\n",
     "E313", 2, "n", "\"200\" is out of range: expected a whole number in 0..120", "widen"},
    {"beyond doubles", "id,n,x,b,c,free,t,d\nk,1,1e999,yes,No,f,t,2025-01-01\n", "E313", 2, "x", "is too large: a number has 64 bits", "text"},
    {"no such day", "id,n,x,b,c,free,t,d\nk,1,1,yes,No,f,t,2025-02-30\n", "E316", 2, "d", "is no day of the calendar", "correct"},
    {"not a number", "id,n,x,b,c,free,t,d\nk,twelve,2,yes,No,f,t,2025-01-01\n",
     "E312", 2, "n", "\"twelve\" is not a number", "type of column n"},
    {"not whole", "id,n,x,b,c,free,t,d\nk,1.5,2,yes,No,f,t,2025-01-01\n", "E318", 2, "n", "\"1.5\" is not whole", "float"},
    {"decimal comma", "id,n,x,b,c,free,t,d\nk,1,\"3,5\",yes,No,f,t,2025-01-01\n", "E312", 2, "x", "decimal comma", "3.5"},
    {"NaN", "id,n,x,b,c,free,t,d\nk,1,NaN,yes,No,f,t,2025-01-01\n",
     "E312", 2, "x", "\"NaN\" is not a number", "missing: [\"\", \"NaN\"]"},
    {"infinity", "id,n,x,b,c,free,t,d\nk,1,-inf,yes,No,f,t,2025-01-01\n",
     "E312", 2, "x", "\"-inf\" is not a number", "missing: [\"\", \"-inf\"]"},
    {"unknown category", "id,n,x,b,c,free,t,d\nk,1,2,yes,Yse,f,t,2025-01-01\n",
     "E314", 2, "c", "did you mean \"Yes\"?", "correct the cell to \"Yes\""},
    {"category far from all", "id,n,x,b,c,free,t,d\nk,1,2,yes,maybe,f,t,2025-01-01\n",
     "E314", 2, "c", "expected one of \"Yes\", \"No\"", "add \"maybe\""},
    {"no bool", "id,n,x,b,c,free,t,d\nk,1,2,perhaps,No,f,t,2025-01-01\n", "E315", 2, "b", "neither true nor false", "bool("},
    {"no date", "id,n,x,b,c,free,t,d\nk,1,2,yes,No,f,t,31.01.2025\n", "E316", 2, "d", "such as 2025-01-31", "date(\"%d.%m.%Y\")"},
    {"missing", "id,n,x,b,c,free,t,d\nk,1,2,yes,No,f,t,2025-01-01\nk,,2,yes,No,f,t,2025-01-01\n",
     "E317", 3, "n", "may not be", "`n: int?`"},
    {"column missing", "id,n,x,b,c,fre,t,d\nk,1,2,yes,No,f,t,2025-01-01\n",
     "E309", 1, "free", "not in the header, which has: id, n, x", "did you mean \"fre\""},
    {"snake would do", "id,N,x,b,c,free,t,d\nk,1,2,yes,No,f,t,2025-01-01\n", "E309", 1, "n", "not in the header", "names: snake"},
    {"another delimiter", "id;n;x;b;c;free;t;d\nk;1;2;yes;No;f;t;2025-01-01\n",
     "E309", 1, "id", "not in the header", "delimiter: \";\""},
    {"column twice", "id,n,x,b,c,free,t,d,n\nk,1,2,yes,No,f,t,2025-01-01,1\n",
     "E310", 1, "n", "twice, as cells 2 (\"n\") and 9 (\"n\")", "from 2"},
    {"old Mac lines", "id,n,x\rk,1,2\r", "E309", 1, "", "bare carriage return", "tr"},
};

static void test_bad_input(void **state)
{
    (void)state;
    struct mlp_source s = SOURCE(all);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct mlp_table t;
        struct mlp_error e = {0};
        const mlp_status status = read_text(&s, bad[i].text, &t, &e);
        const int good = status == MLP_ERR_DATA && !strcmp(e.code, bad[i].code) && e.line == bad[i].line &&
            !strcmp(e.column, bad[i].column) &&
                         strstr(e.file, "a.csv") && strstr(e.text, bad[i].says) && strstr(e.fix, bad[i].fix) && *e.fix && !t.column;
        if (!good) print_message("%s:\n", bad[i].why), show(&e), fail();
    }
    struct mlp_table t;
    struct mlp_error e;
    static const char nul[] = "id,n,x,b,c,free,t,d\nk,1,2,yes,No,f,t,2025-01-01\nk,1,2,yes,No,f,t\0u,2025-01-01\n";
    const char *path = write_file("nul.csv", nul, sizeof nul - 1);
    assert_int_equal(mlp_csv_read(&s, &path, 1, NULL, &t, &e), MLP_ERR_DATA);
    assert_true(!strcmp(e.code, "E304") && e.line == 3 && !strcmp(e.column, "t"));
    static const char wide[] = "\xff\xfei\0d\0\n\0";
    path = write_file("wide.csv", wide, sizeof wide - 1);
    assert_int_equal(mlp_csv_read(&s, &path, 1, NULL, &t, &e), MLP_ERR_DATA);
    assert_true(!strcmp(e.code, "E304") && strstr(e.text, "UTF-16"));
    path = in_folder("absent.csv");
    assert_int_equal(mlp_csv_read(&s, &path, 1, NULL, &t, &e), MLP_ERR_DATA);
    assert_true(!strcmp(e.code, "E301") && strstr(e.text, "No such file") && strstr(e.file, "absent.csv"));
    path = folder;
    assert_int_equal(mlp_csv_read(&s, &path, 1, NULL, &t, &e), MLP_ERR_DATA);
    assert_true(!strcmp(e.code, "E301") && strstr(e.text, "folder") && strstr(e.fix, "*.csv"));
}

static void expect(const struct mlp_source *s, const char *text, const char *code, const char *says)
{
    struct mlp_table t;
    struct mlp_error e = {0};
    const mlp_status status = read_text(s, text, &t, &e);
    if (!code) { if (status != MLP_OK) show(&e), fail(); mlp_table_clear(&t); return; }
    if (status != MLP_ERR_DATA || strcmp(e.code, code) || !strstr(e.text, says)) show(&e), fail();
}

static void test_whole_columns(void **state)
{
    (void)state;
    struct mlp_column c[] = {ID("k", .tags = MLP_KEY), NUMBER("x", .nullable = 1)};
    struct mlp_source s = SOURCE(c);
    const char *const text = "k,x\na,1\nb,\na,1\n";
    expect(&s, text, NULL, NULL);
    c[0].unique = 1;
    expect(&s, text, "E319", "\"a\" stands in column k twice, first in line 2");
    c[0].unique = 0, c[1].unique = 1;
    expect(&s, text, "E319", "1 stands in column x twice");
    expect(&s, "k,x\na,1\nb,\na,\n", NULL, NULL);           /* missing cells are not alike */
    c[1].unique = 0, c[1].max_missing = 0.3;
    expect(&s, text, "E320", "missing in 1 of 3 rows (33.3%): at most 30% may be");
    c[1].max_missing = 0.4;
    expect(&s, text, NULL, NULL);
    c[0].max_distinct = 1;
    expect(&s, text, "E321", "2 different values: at most 1");
    c[0].tags |= MLP_PII, c[0].unique = 1, c[0].max_distinct = INFINITY;
    expect(&s, text, "E319", "not shown: @pii");
    c[1].tags |= MLP_PII;
    expect(&s, "k,x\na,secret\n", "E312", "this value (not shown: @pii) is not a number");
    c[0].unique = 0;
    s.bad_row = MLP_SKIP, s.bad_max = 0.5;
    struct mlp_table t;
    OK(read_text(&s, "k,x\na,1\nb,?\nc\nd,2\ne,\n", &t, error));
    assert_true(t.rows == 3 && t.bad.n == 2 && numbers(t, 1)[1] == 2 && isnan(numbers(t, 1)[2]) && t.line[1] == 5);
    mlp_table_clear(&t);
    s.bad_max = 0.3;
    expect(&s, "k,x\na,1\nb,?\nc\nd,2\ne,3\n", "E324", "2 of 5 rows of source rows are bad, and at most 30% may be");
}

/* ---- the scanner, against its plain reference, on all kinds of quoting ---- */

static void test_scan(void **state)
{
    (void)state;
    struct csv_index fast = {0}, plain = {0};
    static const char pool[] = "ab,,,\n\n\"\" \t\r\"x1.5";
    for (uint64_t round = 0; round < 20000; round++) {
        char text[512 + CSV_PAD] = {0};
        const size_t n = mlp_random(3, 1, round) % 500, kinds = 4 + mlp_random(3, 2, round) % (sizeof pool - 5);
        for (size_t i = 0; i < n; i++) text[i] = mlp_random(4, round, i) % 200 ? pool[mlp_random(5, round, i) % kinds] : 0;
        assert_true(csv_scan(&fast, text, n, ',') && csv_scan_plain(&plain, text, n, ','));
        if (fast.ends != plain.ends || fast.rows != plain.rows || memcmp(fast.end, plain.end, plain.ends * 4) ||
            memcmp(fast.row, plain.row, plain.rows * 4) ||
            fast.open != plain.open || fast.quoted_newlines != plain.quoted_newlines ||
                fast.nul != plain.nul) fail_msg("round %lu", (unsigned long)round);
    }
    csv_index_clear(&fast), csv_index_clear(&plain);
}

static void test_long_cells(void **state)
{
    (void)state;
    static struct mlp_column c[] = {TEXT("t"), NUMBER("x")};
    struct mlp_source s = SOURCE(c);
    const size_t n = 3000000;
    char *const text = malloc(n + 64);
    memcpy(text, "t,x\n\"", 5);
    for (size_t i = 5; i < n; i++) text[i] = i % 97 ? 'a' : '\n';
    strcpy(text + n, "\"\"\",1\nb,2\n");
    struct mlp_table t;
    OK(read_text(&s, text, &t, error));
    assert_true(t.rows == 2 && texts(t, 0)[0].n == n - 5 + 1 && numbers(t, 1)[1] == 2 && t.line[1] > 30000);
    mlp_table_clear(&t);
    free(text);
}

/* ---- streams ---- */

struct row { const char *code; unsigned line; const char *first; };
static void stream(const char *text, size_t n, const struct row *want, size_t rows, int slowly)
{
    int fd[2];
    assert_int_equal(pipe(fd), 0);
    if (!fork()) {
        close(fd[0]);
        for (size_t i = 0; i < n; i += slowly ? 3 : n) if (write(fd[1], text + i, slowly && n - i > 3 ? 3 : n - i) < 0) _exit(1);
        _exit(0);
    }
    close(fd[1]);
    struct mlp_csv_stream *s;
    struct mlp_error e = {0};
    OK(mlp_csv_open(fd[0], "standard input", ',', false, &s, error));
    uint32_t header, cells;
    assert_memory_equal(mlp_csv_header(s, &header)[0].at, "id", 2);
    assert_int_equal(header, 2);
    for (size_t i = 0; i < rows; i++) {
        const struct mlp_str *cell;
        uint64_t line;
        const mlp_status status = mlp_csv_next(s, &cell, &cells, &line, &e);
        assert_int_equal(line, want[i].line);
        if (want[i].code) { assert_int_equal(status, MLP_ERR_DATA); assert_string_equal(e.code, want[i].code);
            assert_int_equal(e.line, line); }
        else {
            assert_int_equal(status, MLP_OK);
            assert_int_equal(cells, 2);
            assert_int_equal(cell[0].n, strlen(want[i].first));
            assert_memory_equal(cell[0].at, want[i].first, cell[0].n);
        }
    }
    const struct mlp_str *cell;
    uint64_t line;
    OK(mlp_csv_next(s, &cell, &cells, &line, error));
    assert_int_equal(cells, 0);
    mlp_csv_close(s), close(fd[0]);
}

static void test_stream(void **state)
{
    (void)state;
    static const char text[] = "\xef\xbb\xbf\"id\",x\r\na,1\r\n\r\n"
                               "\"b \"\"c\"\"\n\",2\nshort\nd,1,2\n\"e\"f,1\ng\0,1\nh,\"open\ni,3\n j ,4";
    static const struct row want[] = {{NULL, 2, "a"}, {NULL, 4, "b \"c\"\n"}, {"E306", 6, ""}, {"E306", 7, ""}, {"E307", 8, ""},
        {"E304", 9, ""},
                                      {"E307", 10, ""}, {NULL, 11, "i"}, {NULL, 12, "j"}};
    for (int slowly = 0; slowly < 2; slowly++) stream(text, sizeof text - 1, want, sizeof want / sizeof *want, slowly);
    struct mlp_csv_stream *s;
    struct mlp_error e;
    const int fd = open("/dev/null", O_RDONLY), folder_fd = open(folder, O_RDONLY);
    assert_int_equal(mlp_csv_open(fd, "empty", ',', false, &s, &e), MLP_ERR_DATA);
    assert_string_equal(e.code, "E302");
    assert_int_equal(mlp_csv_open(folder_fd, "folder", ',', false, &s, &e), MLP_ERR_DATA);
    assert_string_equal(e.code, "E301");
    close(fd), close(folder_fd);
}

/* ---- failures ---- */

static void test_no_memory(void **state)
{
    (void)state;
    struct mlp_source s = SOURCE(all);
    char text[4096] = "id,n,x,b,c,free,t,d\n";
    for (int i = 0; i < 40; i++) sprintf(text + strlen(text), "k%d,%d,,yes,No,f%d,\"t\"\"%d\",2025-01-01\n", i, i, i, i);
    const char *const path = write_file("m.csv", text, strlen(text));
    int failed = 0, done = 0;
    for (long n = 0; n < 1000 && !done; n++) {
        struct mlp_table t;
        struct mlp_error e = {0};
        allocations = 0, fail_at = n;
        const mlp_status status = mlp_csv_read(&s, &path, 1, NULL, &t, &e);
        fail_at = -1;
        if (status == MLP_OK) { done = 1; mlp_table_clear(&t); continue; }
        assert_string_equal(e.code, "E399");
        assert_null(t.column);
        failed++;
    }
    if (done && !failed) skip();                            /* an allocator of its own: valgrind */
    if (!done || failed < 6) fail_msg("%d failed", failed);
}

static void test_mutations(void **state)
{
    (void)state;
    struct mlp_source s = SOURCE(all);
    static const char seed[] = "id,n,x,b,c,free,t,d\r\nk1,1,2.5,yes,No,f,\"a \"\"b\"\"\nc\",2025-01-01\r\n"
                               "k2,2,,no,Yes,,\xc3\xbc,1999-12-31\nk3,3,-1e5,1,No,g,,2000-02-29\n";
    static const char spice[] = "\",\n\r\0\xff\xc3 09.-eE\t";
    unsigned read = 0;
    for (uint64_t round = 0; round < 5000; round++) {
        char text[2 * sizeof seed];
        size_t n = sizeof seed - 1;
        memcpy(text, seed, n);
        for (uint64_t k = 0; k < 1 + round % 6; k++) {
            const uint64_t r = mlp_random(11, round, k);
            const size_t place = (r >> 8) % n;
            const char c = spice[(r >> 40) % (sizeof spice - 1)];
            if (r % 3 == 0) text[place] = c;
            else if (r % 3 == 1 && n < sizeof text - 1) memmove(text + place + 1, text + place, n - place), text[place] = c, n++;
            else memmove(text + place, text + place + 1, n - place - 1), n--;
        }
        const char *const path = write_file("f.csv", text, n);
        struct mlp_table t;
        struct mlp_error e = {0};
        if (mlp_csv_read(&s, &path, 1, NULL, &t, &e) == MLP_OK) {
            read++;
            assert_true(t.rows >= 1 && t.rows <= 8);
            mlp_table_clear(&t);
        } else assert_true(e.status == MLP_ERR_DATA && *e.text && *e.fix && *e.code);
        const int fd = open(path, O_RDONLY);
        struct mlp_csv_stream *stream_;
        if (mlp_csv_open(fd, "f", ',', false, &stream_, &e) == MLP_OK) {
            const struct mlp_str *cell;
            uint32_t cells = 1;
            uint64_t line, turns = 0;
            while (turns++ < 100 && (mlp_csv_next(stream_, &cell, &cells, &line, &e) != MLP_OK || cells)) ;
            assert_true(turns < 100);
            mlp_csv_close(stream_);
        }
        close(fd);
    }
    if (read < 100 || read > 4000) fail_msg("%u of 5000 read", read);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_numbers), cmocka_unit_test(test_times), cmocka_unit_test(test_names), cmocka_unit_test(test_read),
            cmocka_unit_test(test_options), cmocka_unit_test(test_more_ways), cmocka_unit_test(test_files_and_gz),
                cmocka_unit_test(test_bad_input), cmocka_unit_test(test_whole_columns), cmocka_unit_test(test_scan),
                    cmocka_unit_test(test_long_cells), cmocka_unit_test(test_stream), cmocka_unit_test(test_no_memory),
                        cmocka_unit_test(test_mutations)};
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
