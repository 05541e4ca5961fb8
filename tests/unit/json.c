/* json.c: JSON out and in: what is written reads back to the same bits, and no text crashes the reader. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "runtime/base/hash.h"
#include "runtime/base/json.h"

static void numbers_read_back(void **state)
{
    (void)state;
    static const double special[] = {0, -0.0, 1, -1, 0.1, 1e15, 1e16, 123456789012345678.0, 5e-324, 1.7976931348623157e308,
                                     1.0 / 3, 2.0 / 3, 1e-7, 1e22, 0.30000000000000004};
    char text[32];
    for (size_t i = 0; i < sizeof special / sizeof *special; i++) {
        mlp_number_text(special[i], text);
        const double back = strtod(text, NULL);
        assert_memory_equal(&back, &special[i], sizeof back);
    }
    for (uint64_t i = 0; i < 200000; i++) {
        const uint64_t bits = mlp_random(3, 1, i);
        double x, back;
        memcpy(&x, &bits, 8);
        if (i % 2) x = mlp_uniform(bits);
        if (!isfinite(x)) continue;
        assert_true(mlp_number_text(x, text) < 32);
        back = strtod(text, NULL);
        assert_memory_equal(&back, &x, 8);
    }
    mlp_number_text(0.1, text), assert_string_equal(text, "0.1");
    mlp_number_text(-1234567, text), assert_string_equal(text, "-1234567");
    mlp_number_text(0.84, text), assert_string_equal(text, "0.84");
}

static void writing(void **state)
{
    (void)state;
    struct mlp_buffer out = {0};
    struct mlp_json_writer w = {.out = &out};
    mlp_json_open(&w, NULL, '{');
    mlp_json_text(&w, "a\"b", "line\nÜ\x01\xff\\");
    mlp_json_text(&w, "none", NULL);
    mlp_json_number(&w, "nan", NAN), mlp_json_number(&w, "inf", -INFINITY), mlp_json_number(&w, "x", 0.5);
    mlp_json_open(&w, "list", '['), mlp_json_int(&w, NULL, -3), mlp_json_bool(&w, NULL, true), mlp_json_open(&w, NULL, '['),
        mlp_json_close(&w, ']'), mlp_json_close(&w, ']');
    mlp_json_close(&w, '}');
    assert_string_equal(out.at,
                        "{\"a\\\"b\":\"line\\nÜ\\u0001\xef\xbf\xbd\\\\\","
                        "\"none\":null,\"nan\":null,\"inf\":null,\"x\":0.5,\"list\":[-3,true,[]]}");
    mlp_buffer_clear(&out);
}

static const char *parse(const char *text, struct mlp_arena *arena, struct mlp_json **v)
{
    const char *why = NULL;
    const size_t n = strlen(text);
    char *exact = malloc(n + 1);                            /* no byte behind the text may be read */
    memcpy(exact, text, n);
    char *tight = realloc(exact, n ? n : 1);
    const bool ok = mlp_json_parse(tight, n, arena, v, &why);
    assert_true(ok == !why);
    if (ok && (*v)->kind == MLP_J_NUMBER) (*v)->text.at = "";
    free(tight);
    return why;
}

static void reading(void **state)
{
    (void)state;
    struct mlp_arena arena = {0};
    struct mlp_json *v;
    assert_null(parse(" {\"a\": [1, -2.5e3, true, null, \"x\\u00e9\\ud83d\\ude00\"], \"b\": {}} ", &arena, &v));
    const struct mlp_json *a = mlp_json_get(v, "a");
    assert_int_equal(a->n, 5);
    assert_float_equal(a->first->next->number, -2500, 0);
    assert_string_equal(a->first->next->next->next->next->text.at, "xé😀");
    assert_int_equal(mlp_json_get(v, "b")->kind, MLP_J_OBJECT);
    assert_null(mlp_json_get(v, "c"));
    static const char *const bad[] = {"", " ", "{", "[1,]", "{\"a\":}", "{a:1}", "01", "1.", ".5", "1e", "+1", "-", "nul", "tru",
                                      "\"", "\"\\x\"", "\"\\u12\"", "\"\\ud800\"", "\"\\", "[1 2]",
                                      "{\"a\" 1}", "1 1", "\"\n\"", "nan", "Infinity", "{\"a\":1,}", "]", "'a'"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) if (!parse(bad[i], &arena, &v)) fail_msg("accepts %s", bad[i]);
    char deep[20001];
    memset(deep, '[', 20000), deep[20000] = 0;
    assert_non_null(strstr(parse(deep, &arena, &v), "too deep"));
    mlp_arena_clear(&arena);
}

static void nothing_crashes_it(void **state)
{
    (void)state;
    static const char sample[] = "{\"key\": [1.5e-3, \"te\\u0041xt\", {\"n\": null}], \"more\": true}";
    static const char alphabet[] = "{}[]:,\"\\u0eE+-.19tfn \n\x80";
    struct mlp_arena arena = {0};
    struct mlp_json *v;
    for (uint64_t i = 0; i < 50000; i++) {
        char text[sizeof sample];
        memcpy(text, sample, sizeof sample);
        for (uint64_t k = 0; k < 1 + i % 3; k++)
            text[mlp_random(1, k, i) % (sizeof sample - 1)] = alphabet[mlp_random(2, k, i) % (sizeof alphabet - 1)];
        if (i % 5 == 0) text[mlp_random(4, 0, i) % sizeof sample] = 0;
        parse(text, &arena, &v);
        struct mlp_json_pair pair[3];
        uint32_t n;
        const char *why;
        mlp_json_flat(text, strlen(text), &arena, pair, 3, &n, &why);
        mlp_arena_reset(&arena);
    }
    mlp_arena_clear(&arena);
}

static void flat_rows(void **state)
{
    (void)state;
    struct mlp_arena arena = {0};
    struct mlp_json_pair pair[4];
    uint32_t n;
    const char *why, text[] = "{\"a\":1.50,\"b\" : \"x\\ty\",\"c\":null,\"d\":false}";
    assert_true(mlp_json_flat(text, sizeof text - 1, &arena, pair, 4, &n, &why));
    assert_int_equal(n, 4);
    assert_memory_equal(pair[0].value.at, "1.50", 4), assert_int_equal(pair[0].value.n, 4);
    assert_memory_equal(pair[1].value.at, "x\ty", 3);
    assert_int_equal(pair[2].kind, MLP_J_NULL), assert_int_equal(pair[3].kind, MLP_J_FALSE);
    assert_false(mlp_json_flat(text, sizeof text - 1, &arena, pair, 3, &n, &why));
    static const char nested[] = "{\"a\":[1, \"x\\n\", null, true] , \"b\":{\"c\":{\"d\":2}, \"e\":[[1],{}]}, \"f\":[]}";
    assert_true(mlp_json_flat(nested, sizeof nested - 1, &arena, pair, 4, &n, &why) && n == 4);
    assert_true(pair[0].kind == MLP_J_ARRAY && pair[0].value.n == 12 && !memcmp(pair[0].value.at, "\x1e" "1\x1fx\n\x1f\x1ftrue\x1f", 12));
    assert_true(pair[1].kind == MLP_J_NUMBER && pair[1].key.n == 5 && !memcmp(pair[1].key.at, "b.c.d", 5));
    assert_true(pair[2].kind == MLP_J_OBJECT && pair[2].value.n == 8 && !memcmp(pair[2].key.at, "b.e", 3));
    assert_true(pair[3].kind == MLP_J_ARRAY && pair[3].value.n == 1);
    assert_false(mlp_json_flat("{\"a\":[1}", 8, &arena, pair, 4, &n, &why));
    assert_false(mlp_json_flat("[1]", 3, &arena, pair, 4, &n, &why));
    assert_true(mlp_json_flat("{}", 2, &arena, pair, 4, &n, &why));
    mlp_arena_clear(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(numbers_read_back), cmocka_unit_test(writing), cmocka_unit_test(reading),
                                       cmocka_unit_test(nothing_crashes_it), cmocka_unit_test(flat_rows)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
