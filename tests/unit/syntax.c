/* syntax.c: tests of compiler/syntax and grammar: literals, layout, comments, every production once, messages, hostile input.
 * Trees are compared in a short form: KIND:text(kids), `-` for a kid that is not there, `?` for a type that may be missing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <glob.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "compiler/syntax/ast.h"
#include "runtime/base/hash.h"

static void brief(const struct ast *a, struct mlp_buffer *out)
{
    if (!a) {
        mlp_buffer_text(out, "-");
        return;
    }
    mlp_buffer_text(out, ast_kind_name(a->kind));
    if (*a->text) mlp_buffer_printf(out, ":%s", a->text);
    if (a->kind == AST_TYPE && a->num > 0) mlp_buffer_text(out, "?");
    if (!a->n) return;
    for (uint32_t i = 0; i < a->n; i++) mlp_buffer_text(out, i ? " " : "("), brief(a->kid[i], out);
    mlp_buffer_text(out, ")");
}

static void open_text(struct source *s, const char *text) { source_text(s, "test.mlp", text, strlen(text)); }

/* The declarations of the text, in short form, joined by " ; ". */
static void expect_tree(const char *text, const char *tree)
{
    struct source s;
    struct mlp_buffer out = {0};
    open_text(&s, text);
    const bool fine = parse_source(&s);
    if (!fine) source_render(&s, &out, 20, false);
    else for (uint32_t i = 0; i < s.tree->n; i++) mlp_buffer_text(&out, i ? " ; " : ""), brief(s.tree->kid[i], &out);
    assert_string_equal(out.at ? out.at : "", tree);
    mlp_buffer_clear(&out);
    source_clear(&s);
}

/* The value of an expression, as the only feature of a block. */
static void expect_expression(const char *expression, const char *tree)
{
    char text[512], whole[512];
    snprintf(text, sizeof text, "features { x = %s }", expression);
    snprintf(whole, sizeof whole, "SECTION:features(- LIST BLOCK(DEFINE:x(%s)))", tree);
    expect_tree(text, whole);
}

static void expect_entry(const char *entry, const char *tree)
{
    char text[512], whole[512];
    snprintf(text, sizeof text, "block { %s }", entry);
    snprintf(whole, sizeof whole, "SECTION:block(- LIST BLOCK(%s))", tree);
    expect_tree(text, whole);
}

static void expect_column(const char *column, const char *tree)
{
    char text[512], whole[512];
    snprintf(text, sizeof text, "source s = csv(p) {\n  %s\n}", column);
    snprintf(whole, sizeof whole, "SOURCE:s(CALL:csv(NAME:p) LIST LIST(%s))", tree);
    expect_tree(text, whole);
}

static const struct ast *value_of(struct source *s, const char *expression)
{
    char text[512];
    snprintf(text, sizeof text, "split %s", expression);
    open_text(s, text);
    assert_true(parse_source(s));
    return s->tree->kid[0]->kid[0];
}

static void expect_number(const char *text, double num, const char *unit)
{
    struct source s;
    const struct ast *a = value_of(&s, text);
    assert_int_equal(a->kind, AST_NUMBER);
    assert_true(memcmp(&a->num, &num, sizeof num) == 0);
    assert_string_equal(a->unit, unit);
    assert_string_equal(a->text, text);
    source_clear(&s);
}

/* The first message: where, code, text and fix. */
static void expect_error(const char *text, uint32_t line, uint32_t column, const char *code, const char *message, const char *fix)
{
    struct source s;
    struct mlp_buffer out = {0};
    open_text(&s, text);
    if (parse_source(&s)) print_message("parses: %s\n", text);
    assert_true(s.errors > 0);
    source_render(&s, &out, 1, false);
    char want[1024], place[64];
    snprintf(want, sizeof want, "error[%s]: %s\n", code, message);
    if (strncmp(out.at, want, strlen(want))) assert_string_equal(out.at, want);
    snprintf(place, sizeof place, "--> test.mlp:%u:%u\n", line, column);
    if (!strstr(out.at, place)) assert_string_equal(out.at, place);
    if (fix) {
        snprintf(want, sizeof want, " = fix: %s\n", fix);
        if (!strstr(out.at, want)) assert_string_equal(out.at, want);
    }
    mlp_buffer_clear(&out);
    source_clear(&s);
}

static unsigned messages(const struct source *s)
{
    struct mlp_buffer out = {0};
    source_render_json(s, &out);
    unsigned n = 0;
    for (const char *at = out.at; (at = strstr(at, "\"severity\":")); at++) n++;
    mlp_buffer_clear(&out);
    return n;
}

/* ---- literals ---- */

static void numbers(void **state)
{
    (void)state;
    expect_number("12", 12, "");
    expect_number("1_000", 1000, "");
    expect_number("0.5", 0.5, "");
    expect_number("1e-3", 1e-3, "");
    expect_number("2.5E+4", 2.5e4, "");
    expect_number("70%", 0.7, "%");
    expect_number("0.1%", 0.001, "%");
    expect_number("12.5%", 0.125, "%");
    expect_number("5ms", 0.005, "ms");
    expect_number("30s", 30, "s");
    expect_number("10min", 600, "min");
    expect_number("2h", 7200, "h");
    expect_number("30d", 2592000, "d");
    expect_number("1w", 604800, "w");
    expect_number("1mo", 1, "mo");
    expect_number("2y", 24, "y");
    expect_number("64MiB", 67108864, "MiB");
    expect_number("2GB", 2e9, "GB");
    expect_number("1_500KB", 1.5e6, "KB");
    expect_number("7B", 7, "B");
    expect_number("-5", -5, "");
    expect_number("-1_0.5%", -0.105, "%");
    expect_number("9_007_199_254_740_993", 9007199254740992.0, "");
}

static void dates(void **state)
{
    (void)state;
    static const struct { const char *text; double seconds; } rows[] = {
        {"1970-01-01", 0}, {"2025-01-31", 1738281600}, {"2000-02-29", 951782400}, {"1969-12-31", -86400},
            {"2025-01-31T10:00:00Z", 1738317600},
        {"2025-01-31T10:00", 1738317600}, {"2025-01-31T12:00:00+02:00", 1738317600}, {"2025-01-31T10:00:00.25Z", 1738317600.25}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct source s;
        const struct ast *a = value_of(&s, rows[i].text);
        assert_int_equal(a->kind, AST_DATE);
        assert_string_equal(a->text, rows[i].text);
        assert_true(fabs(a->num - rows[i].seconds) < 1e-9);
        source_clear(&s);
    }
    expect_error("split f(2025-02-29)\n", 1, 9, "E004", "`2025-02-29` is no date: this month has 28 days", NULL);
    expect_error("split f(2025-13-01)\n", 1, 9, "E004", "`2025-13-01` is no date: months are 01 to 12", NULL);
    expect_error("split f(2025-01-01T25:00)\n", 1, 9, "E004",
                 "`2025-01-01T25:00` is no time: hours are 00 to 23, minutes and seconds 00 to 59", NULL);
    expect_error("split f(2025-01-01x)\n", 1, 9, "E004", "`2025-01-01x` is no date or time", NULL);
}

static void texts(void **state)
{
    (void)state;
    expect_expression("\"a\\\\b\\\"c\\nd\\te\"", "TEXT:a\\b\"c\nd\te");
    expect_expression("\"größe 数据\"", "TEXT:größe 数据");
    expect_expression("\"\"\"a\\d \"quoted\" \"\"two\"\"\"", "TEXT:a\\d \"quoted\" \"\"two");
    expect_expression("\"\"\"many\r\nlines\"\"\"", "TEXT:many\nlines");
    expect_expression("\"\"", "TEXT");
    expect_error("split f(\"a\\q\")\n", 1, 11, "E003", "`\\q` is no escape; there are \\\\ \\\" \\n \\t", NULL);
    expect_error("split f(\"a\n", 1, 9, "E003", "this text is not closed on its line",
                 "close it with `\"`; `\"\"\"` opens a text of many lines");
    expect_error("split f(\"\"\"a\nb\nmodel x = 1\n", 1, 9, "E003", "this text is never closed", "close it with `\"\"\"`");
    expect_error("split f('a')\n", 1, 9, "E003", "a text stands in double quotes", NULL);
    expect_error("split f(“a”)\n", 1, 9, "E003", "a text stands in straight quotes", NULL);
}

static void words(void **state)
{
    (void)state;
    expect_expression("true", "TRUE");
    expect_expression("false", "FALSE");
    expect_expression("missing", "MISSING");
    expect_expression("`two words`", "NAME:two words");
    expect_expression("`is` + a", "BINARY:+(NAME:is NAME:a)");
    expect_expression("model", "NAME:model");                /* contextual words are names elsewhere */
    expect_expression("model.per.where", "NAME:model.per.where");
    expect_entry("model: source", "OPTION:model(BOUND(NAME:source LIST))");
    expect_column("model: int", "COLUMN:model(TYPE:int(- -) LIST)");
    expect_column("`Größe in cm`: float", "COLUMN:Größe in cm(TYPE:float(- -) LIST)");
    expect_tree("\xef\xbb\xbfpipeline x\r\n", "PIPELINE:x");
}

/* ---- every production ---- */

static void declarations(void **state)
{
    (void)state;
    expect_tree("", "");
    expect_tree("pipeline churn", "PIPELINE:churn");
    expect_tree("import \"common.mlp\" as c", "IMPORT:common.mlp(NAME:c -)");
    expect_tree("import std.text (tfidf, pca)", "IMPORT:std.text(- LIST(NAME:tfidf NAME:pca))");
    expect_tree("extend \"base.mlp\"", "EXTEND:base.mlp");
    expect_tree("remove tune", "REMOVE:tune(-)");
    expect_tree("remove model net\nremove test \"a b\"\nremove require f1\nremove column customers.gender",
                "REMOVE:model(BOUND(NAME:net LIST)) ; REMOVE:test(BOUND(TEXT:a b LIST)) ; REMOVE:require(BOUND(NAME:f1 LIST)) ; REMOVE:column(BOUND(NAME:customers.gender LIST))");
    expect_tree("remove require within per cut", "REMOVE:require(BOUND(NAME:within LIST(CLAUSE:per(NAME:cut))))");
    expect_tree("param p: path = \"a.csv\"", "PARAM:p(TYPE:path(- -) LIST TEXT:a.csv)");
    expect_tree("param rows = 5%", "PARAM:rows(- LIST NUMBER:5%)");
    expect_tree("param key: secret", "PARAM:key(TYPE:secret(- -) LIST -)");
    expect_tree("param x: int in 1..9 = 3", "PARAM:x(TYPE:int(- -) LIST(REFINE:in(BINARY:..(NUMBER:1 NUMBER:9))) NUMBER:3)");
    expect_tree("type money = float [USD]? in 0..1_000",
                "TYPEDEF:money(TYPE:float?(- NAME:USD) LIST(REFINE:in(BINARY:..(NUMBER:0 NUMBER:1_000))))");
    expect_tree("fn ratio(a, b = 1) = a / b",
                "FN:ratio(LIST(PARAM:a(- LIST -) PARAM:b(- LIST NUMBER:1)) - BINARY:/(NAME:a NAME:b) LIST)");
    expect_tree("fn f() = 1 @allow(E109, reason: \"x\")",
                "FN:f(LIST - NUMBER:1 LIST(TAG:allow(NAME:E109 ARG:reason(TEXT:x NAME:reason))))");
    expect_tree("fn standardize(x) fits { m = mean(x), s = sd(x) } = (x - m) / s",
                "FN:standardize(LIST(PARAM:x(- LIST -)) BLOCK(DEFINE:m(CALL:mean(NAME:x)) DEFINE:s(CALL:sd(NAME:x))) BINARY:/(BINARY:-(NAME:x NAME:m) NAME:s) LIST)");
    expect_tree("metric top(y, p, k = 1): higher = mean(y)",
                "METRIC:top(LIST(PARAM:y(- LIST -) PARAM:p(- LIST -) PARAM:k(- LIST NUMBER:1)) NAME:higher CALL:mean(NAME:y) LIST)");
    expect_tree("builtin model m(\n  trees: int in 1..9 = 5,   ## how many\n  with: category in {a, b} = a,\n) for [binary, ranking]",
                "BUILTIN:m(NAME:model LIST(PARAM:trees(TYPE:int(- -) LIST(REFINE:in(BINARY:..(NUMBER:1 NUMBER:9))) NUMBER:5)"
                " PARAM:with(TYPE:category(- -) LIST(REFINE:in(SET(NAME:a NAME:b))) NAME:a)) - LIST(NAME:binary NAME:ranking))");
    expect_tree("builtin reader csv(path: text, missing: list(text) = [\"\"]) -> rows",
                "BUILTIN:csv(NAME:reader LIST(PARAM:path(TYPE:text(- -) LIST -) PARAM:missing(TYPE:list(LIST(NAME:text) -) LIST ARRAY(TEXT))) TYPE:rows(- -) -)");
    expect_tree("builtin split random()", "BUILTIN:random(NAME:split LIST - -)");
    expect_tree("source s = csv(\"a\")", "SOURCE:s(CALL:csv(TEXT:a) LIST -)");
    expect_tree("source s = csv(\"a\") @known {}", "SOURCE:s(CALL:csv(TEXT:a) LIST(TAG:known) LIST)");
    expect_tree("label spam: bool @never { vote true when x > 1, gold: truth }",
                "LABEL:spam(TYPE:bool(- -) LIST(TAG:never) BLOCK(VOTE(TRUE BINARY:>(NAME:x NUMBER:1)) OPTION:gold(BOUND(NAME:truth LIST))))");
    expect_tree("split random(train: 70%)\n  @allow(E104)",
                "SPLIT(CALL:random(ARG:train(NUMBER:70% NAME:train)) LIST(TAG:allow(NAME:E104)))");
    expect_tree("baseline majority", "BASELINE:majority(- LIST)");
    expect_tree("baseline b = 0.5 @x", "BASELINE:b(NUMBER:0.5 LIST(TAG:x))");
    expect_tree("model m = f(x)", "MODEL:m(CALL:f(NAME:x) LIST)");
    expect_tree("goal {}", "SECTION:goal(- LIST BLOCK)");
    expect_tree("train net {}\ntrain [x, y] {}\ntest \"a b\" {}\nfairness sex @allow(E1) {}",
                "SECTION:train(NAME:net LIST BLOCK) ; SECTION:train(ARRAY(NAME:x NAME:y) LIST BLOCK) ; SECTION:test(TEXT:a b LIST BLOCK)"
                " ; SECTION:fairness(NAME:sex LIST(TAG:allow(NAME:E1)) BLOCK)");
}

static void columns(void **state)
{
    (void)state;
    expect_column("a: int [month] in 0..120 @key @pii",
                  "COLUMN:a(TYPE:int(- NAME:month) LIST(REFINE:in(BINARY:..(NUMBER:0 NUMBER:120)) TAG:key TAG:pii))");
    expect_column("a: bool(\"Yes\", \"No\")", "COLUMN:a(TYPE:bool(LIST(TEXT:Yes TEXT:No) -) LIST)");
    expect_column("a: float [km / h]? from \"A b\"",
                  "COLUMN:a(TYPE:float?(- BINARY:/(NAME:km NAME:h)) LIST(REFINE:from(TEXT:A b)))");
    expect_column("a: category in {\"1\": \"World\", \"2\": \"Sports\"}",
                  "COLUMN:a(TYPE:category(- -) LIST(REFINE:in(SET(ARG(TEXT:World TEXT:1) ARG(TEXT:Sports TEXT:2)))))");
    expect_column("a: id -> sellers from 11", "COLUMN:a(TYPE:id(- -) LIST(REFINE:->(NAME:sellers) REFINE:from(NUMBER:11)))");
    expect_column("a: text from file unique matches \"x\"",
                  "COLUMN:a(TYPE:text(- -) LIST(REFINE:from(NAME:file) REFINE:unique(-) REFINE:matches(TEXT:x)))");
    expect_column("a: float missing <= 5% missing in {-1} distinct <= 250",
                  "COLUMN:a(TYPE:float(- -) LIST(REFINE:missing(NUMBER:5%) REFINE:missing_in(SET(NUMBER:-1)) REFINE:distinct(NUMBER:250)))");
    expect_column("a: int in 0..9 in {1}",
                  "COLUMN:a(TYPE:int(- -) LIST(REFINE:in(BINARY:..(NUMBER:0 NUMBER:9)) REFINE:in(SET(NUMBER:1))))");
    expect_column("a: int in -10..50", "COLUMN:a(TYPE:int(- -) LIST(REFINE:in(BINARY:..(NUMBER:-10 NUMBER:50))))");
    expect_column("f1..f300: float?", "FAMILY:f1(NAME:f300 TYPE:float?(- -) LIST)");
    expect_column("at = day + hour @time", "DERIVED:at(BINARY:+(NAME:day NAME:hour) LIST(TAG:time))");
    expect_column("a: bool @outcome(after: 30d)", "COLUMN:a(TYPE:bool(- -) LIST(TAG:outcome(ARG:after(NUMBER:30d NAME:after))))");
    expect_column("a: list(category, \"|\"), b: int",
                  "COLUMN:a(TYPE:list(LIST(NAME:category TEXT:|) -) LIST) COLUMN:b(TYPE:int(- -) LIST)");
}

static void entries(void **state)
{
    (void)state;
    expect_entry("predict y", "PREDICT:y(- - - -)");
    expect_entry("predict y = a > 1 ahead 1mo..12mo via log1p where b",
                 "PREDICT:y(BINARY:>(NAME:a NUMBER:1) BINARY:..(NUMBER:1mo NUMBER:12mo) NAME:log1p NAME:b)");
    expect_entry("predict y ahead 1d via boxcox(2)", "PREDICT:y(- NUMBER:1d CALL:boxcox(NUMBER:2) -)");
    expect_entry("rank r per q", "RANK:r(- - NAME:q -)");
    expect_entry("rank r = a + 1 of item per q where b", "RANK:r(BINARY:+(NAME:a NUMBER:1) NAME:item NAME:q NAME:b)");
    expect_entry("generate t", "GENERATE:t");
    expect_entry("maximize roc_auc >= 0.8", "GOAL:maximize(BOUND(BINARY:>=(NAME:roc_auc NUMBER:0.8) LIST))");
    expect_entry("require f1 >= 0.5 per [a, b] where c on answered",
                 "GOAL:require(BOUND(BINARY:>=(NAME:f1 NUMBER:0.5) LIST(CLAUSE:per(ARRAY(NAME:a NAME:b)) CLAUSE:where(NAME:c) CLAUSE:on(NAME:answered))))");
    expect_entry("minimize rmse, alert drift > 0.2 over 7d, expect score > 0.5",
                 "GOAL:minimize(BOUND(NAME:rmse LIST)) GOAL:alert(BOUND(BINARY:>(NAME:drift NUMBER:0.2) LIST(CLAUSE:over(NUMBER:7d))))"
                 " GOAL:expect(BOUND(BINARY:>(NAME:score NUMBER:0.5) LIST))");
    expect_entry("given { a: 1, b.c: \"x\" }", "GIVEN(BLOCK(OPTION:a(BOUND(NUMBER:1 LIST)) OPTION:b.c(BOUND(TEXT:x LIST))))");
    expect_entry("let a = b", "LET:a(NAME:b)");
    expect_entry("a = b |> f |> g(1)", "DEFINE:a(PIPE(PIPE(NAME:b NAME:f) CALL:g(NUMBER:1)))");
    expect_entry("http(port: 8080), a", "ITEM(BOUND(CALL:http(ARG:port(NUMBER:8080 NAME:port)) LIST)) ITEM(BOUND(NAME:a LIST))");
    expect_entry("rmse per user", "ITEM(BOUND(NAME:rmse LIST(CLAUSE:per(NAME:user))))");
    expect_entry("a @allow(E109)", "TAGGED(ITEM(BOUND(NAME:a LIST)) LIST(TAG:allow(NAME:E109)))");
    expect_entry("app -> gateway(2ms) -> crm", "CHAIN(NAME:app CALL:gateway(NUMBER:2ms) NAME:crm)");
}

static void expressions(void **state)
{
    (void)state;
    expect_expression("if a then b else if c then d else e", "IF(NAME:a NAME:b IF(NAME:c NAME:d NAME:e))");
    expect_expression("a or b and not c == d", "BINARY:or(NAME:a BINARY:and(NAME:b NOT(BINARY:==(NAME:c NAME:d))))");
    expect_expression("a != 1 and b < 2 or c <= 3",
                      "BINARY:or(BINARY:and(BINARY:!=(NAME:a NUMBER:1) BINARY:<(NAME:b NUMBER:2)) BINARY:<=(NAME:c NUMBER:3))");
    expect_expression("a > 1", "BINARY:>(NAME:a NUMBER:1)");
    expect_expression("a in {1, 2}", "BINARY:in(NAME:a SET(NUMBER:1 NUMBER:2))");
    expect_expression("a not  in 1..2", "BINARY:not_in(NAME:a BINARY:..(NUMBER:1 NUMBER:2))");
    expect_expression("a is missing", "IS_MISSING(NAME:a)");
    expect_expression("a is not missing and b", "BINARY:and(NOT(IS_MISSING(NAME:a)) NAME:b)");
    expect_expression("a - b - c", "BINARY:-(BINARY:-(NAME:a NAME:b) NAME:c)");
    expect_expression("3-8", "BINARY:-(NUMBER:3 NUMBER:8)");
    expect_expression("a + b * c / d", "BINARY:+(NAME:a BINARY:/(BINARY:*(NAME:b NAME:c) NAME:d))");
    expect_expression("2 ^ 3 ^ 4", "BINARY:^(NUMBER:2 BINARY:^(NUMBER:3 NUMBER:4))");
    expect_expression("-a ^ 2 * b", "BINARY:*(NEGATE(BINARY:^(NAME:a NUMBER:2)) NAME:b)");
    expect_expression("-5 ^ 2", "NEGATE(BINARY:^(NUMBER:5 NUMBER:2))");
    expect_expression("--5", "NEGATE(NUMBER:-5)");
    expect_expression("2 ^ -1", "BINARY:^(NUMBER:2 NUMBER:-1)");
    expect_expression("(a |> f) + 1", "BINARY:+(PIPE(NAME:a NAME:f) NUMBER:1)");
    expect_expression("300/s", "BINARY:/(NUMBER:300 NAME:s)");
    expect_expression("[a, -1,]", "ARRAY(NAME:a NUMBER:-1)");
    expect_expression("[]", "ARRAY");
    expect_expression("f({a})", "CALL:f(SET(NAME:a))");
    expect_expression("f(a, missing: [\"NA\"], on: k)",
                      "CALL:f(NAME:a ARG:missing(ARRAY(TEXT:NA) MISSING) ARG:on(NAME:k NAME:on))");
    expect_expression("movie.title", "NAME:movie.title");
    expect_expression("latency.p99()", "CALL:latency.p99");
    expect_expression("a == 2025-01-31", "BINARY:==(NAME:a DATE:2025-01-31)");
}

/* ---- layout ---- */

static void layout(void **state)
{
    (void)state;
    expect_tree("features { a, b\n  c\n\n d, }",
                "SECTION:features(- LIST BLOCK(ITEM(BOUND(NAME:a LIST)) ITEM(BOUND(NAME:b LIST)) ITEM(BOUND(NAME:c LIST)) ITEM(BOUND(NAME:d LIST))))");
    expect_tree("model m = a\n  # why\n  |> f(\n    1,\n  )\n\n  |> g\nmodel n =\n  b",
                "MODEL:m(PIPE(PIPE(NAME:a CALL:f(NUMBER:1)) NAME:g) LIST) ; MODEL:n(NAME:b LIST)");
    expect_tree("baseline b = if a\n  and c\n  or d\n  then 1\n  else 2",
                "BASELINE:b(IF(BINARY:or(BINARY:and(NAME:a NAME:c) NAME:d) NUMBER:1 NUMBER:2) LIST)");
    expect_tree("baseline b = if a then\n 1 +\n 2 else\n 3", "BASELINE:b(IF(NAME:a BINARY:+(NUMBER:1 NUMBER:2) NUMBER:3) LIST)");
}

static void layout_brace_on_its_own_line(void **state)
{
    (void)state;
    struct source s;
    open_text(&s, "goal\n{\n  predict y\n}\nsource s = csv(p)\n  @known\n  {\n  a: int\n}\n");
    assert_false(parse_source(&s));
    assert_int_equal(messages(&s), 2);
    assert_string_equal(s.diag[0].text, "`{` stands on the line of what it opens");
    assert_int_equal(s.tree->n, 2);
    source_clear(&s);
}

static void spans(void **state)
{
    (void)state;
    struct source s;
    open_text(&s, "pipeline p\n\nmodel größe2 = f(a, 1 + b)   # c\n");
    parse_source(&s);
    source_clear(&s);
    open_text(&s, "pipeline p\n\nmodel m = f(\"ä\", 1 + b)   # c\n");
    assert_true(parse_source(&s));
    const struct ast *m = s.tree->kid[1], *call = m->kid[0], *sum = call->kid[1];
    assert_true(!strncmp(s.text + m->at.from, "model m = f(\"ä\", 1 + b)", m->at.to - m->at.from) && s.text[m->at.to] == ' ');
    assert_int_equal(m->word.from, 18);
    assert_int_equal(s.text[call->at.from], 'f');
    assert_int_equal(s.text[call->at.to - 1], ')');
    assert_int_equal(call->word.to - call->word.from, 1);
    assert_int_equal(s.text[sum->word.from], '+');
    const struct place place = source_place(&s, sum->at.from);
    assert_int_equal(place.line, 3);
    assert_int_equal(place.column, 18);                     /* characters, not bytes */
    source_clear(&s);
}

static void comments(void **state)
{
    (void)state;
    struct source s;
    open_text(&s, "## What it is for.\n##  Two lines.\npipeline p\n# before\n# it\nsource s = csv(p) {   # at the brace\n  ## doc of a\n  a: int,  # behind a\n  b: int   ## doc of b\n"
                  "  # last\n}   # behind s\nfn f(\n  x = 1,   ## the x\n  y = 2    ## the y\n) = x\nmodel m = a\n  # inside\n  |> g\nfeatures {\n  a @allow(E1)   ## why a\n}\n# the end\n");
    assert_true(parse_source(&s));
    const struct ast *pipeline = s.tree->kid[0], *source = s.tree->kid[1], *schema = source->kid[2], *fn = s.tree->kid[2];
    assert_string_equal(pipeline->doc, "What it is for.\n Two lines.");
    assert_string_equal(source->comment, "before\nit");
    assert_string_equal(source->trailing, "behind s");
    assert_string_equal(schema->trailing, "at the brace");
    assert_string_equal(schema->comment, "last");
    assert_string_equal(schema->kid[0]->doc, "doc of a");
    assert_string_equal(schema->kid[0]->trailing, "behind a");
    assert_string_equal(schema->kid[1]->doc, "doc of b");
    assert_string_equal(fn->kid[0]->kid[0]->doc, "the x");
    assert_string_equal(fn->kid[0]->kid[1]->doc, "the y");
    assert_null(fn->doc);
    assert_string_equal(s.tree->kid[3]->comment, "inside");
    const struct ast *tagged = s.tree->kid[4]->kid[2]->kid[0];
    assert_int_equal(tagged->kind, AST_TAGGED);
    assert_string_equal(tagged->doc, "why a");
    assert_string_equal(tagged->kid[0]->doc, "why a");
    assert_string_equal(s.tree->comment, "the end");
    source_clear(&s);
}

static unsigned lines_in(const char *text)
{
    unsigned n = text != NULL;
    for (; text && *text; text++) n += *text == '\n';
    return n;
}

static unsigned comment_lines(const struct ast *a)
{
    if (!a) return 0;
    unsigned n = lines_in(a->comment) + lines_in(a->trailing);
    for (uint32_t i = 0; i < a->n; i++) n += comment_lines(a->kid[i]);
    return n;
}

/* ---- messages ---- */

static void slips(void **state)
{
    (void)state;
    expect_error("model m = f(30 days)\n", 1, 16, "E004", "a unit is part of its number", "write `30d`");
    expect_error("model m = f(30days)\n", 1, 13, "E004",
                 "`30days`: no such unit; there are %, ms s min h d w mo y, B KB MB GB, KiB MiB GiB", "write `30d`");
    expect_error("model m = f(.5)\n", 1, 13, "E004", "a number has digits on both sides of the point", "write `0.5`");
    expect_error("model m = f(5.)\n", 1, 13, "E004", "a number has digits on both sides of the point", "write `5.0`");
    expect_error("model m = 5.", 1, 11, "E004", "a number has digits on both sides of the point", "write `5.0`");
    expect_error("model m = f(1e999)\n", 1, 13, "E004", "this number is too large", NULL);
    expect_error("model m = a % 2\n", 1, 13, "E004", "`%` is part of a number", NULL);
    expect_error("model m = if a then 1\n", 1, 21, "E001", "this `if` has no `else`", NULL);
    expect_error("model m = a && b\n", 1, 13, "E001", "`&&` is written as a word", "write `and`");
    expect_error("model größe = a\n", 1, 7, "E001", "a name with other than ASCII letters stands in back-quotes",
                 "write `` `größe` ``");
    expect_error("model m = a ≤ b\n", 1, 13, "E001", "`≤` is no comparison", "write `<=`");
    expect_error("model m = f(a, [b, c)\n", 1, 16, "E002", "this `[` is never closed", "close it with `]`");
    expect_error("model m = [b, c)\n", 1, 16, "E002", "`)` cannot close `[`", "write `]`");
    expect_error("model m = b)\n", 1, 12, "E002", "nothing is open that `)` could close", "delete it");
    expect_error("goal {\n  predict y\n\nmodel m = 1\n", 1, 6, "E002", "this `{` is never closed", "close it with `}`");
    expect_error("features tenure\n", 1, 10, "E001", "`features` starts no declaration, and a block wants `{` here",
                 "write `features { … }`");
    expect_error("model m: f()\n", 1, 8, "E001", "unexpected `:`; expected `=`", "write `=`");
    expect_error("model m = \n", 1, 9, "E001", "the statement ends too early; expected a value", NULL);
    expect_error("model m = a in 1..2..3\n", 1, 20, "E001", "a range has two ends", NULL);
    expect_error("goal { require 0 < f(a, b) <= 1 }\n", 1, 28, "E001", "comparisons do not chain",
                 "write `0 < f(a, b) and f(a, b) <= 1`");
    expect_error("goal { require a == b is missing }\n", 1, 23, "E001", "comparisons do not chain", "join two with `and`");
    expect_error("features {\n  a |> f * 2\n}\n", 2, 10, "E001", "`|>` binds loosest: put what stands left of `*` in parentheses",
                 "write `(a |> f) *`");
    expect_error("model m = f(a = 3)\n", 1, 15, "E001", "an argument is named with `:`, `=` defines a new value",
                 "write `a: 3`; to compare, `a == 3`");
    expect_error("model m = if a then b elif c then d else e\n", 1, 23, "E001", "there is no `elif`", "write `else if`");
    expect_error("goal { rank relevance query }\n", 1, 23, "E001", "unexpected `query`; expected `of`, `per`, `=`", NULL);
}

/* One mistake a file: the line, a part of the message, and nothing else. Files whose mistake is one of meaning parse. */
static void broken_specs(void **state)
{
    (void)state;
    static const struct { const char *file; uint32_t line; const char *says; } rows[] = {
        {"comma_missing_in_features", 25, "unexpected `service`: is a comma missing before it?"},
        {"comma_missing_in_list", 24, "unexpected `\"C\"`: is a comma missing before it?"},
        {"comparison_chained", 55, "comparisons do not chain: write `0 < tenure and tenure < 6`"},
        {"declaration_misspelt", 21, "`baselin` starts no statement; did you mean `baseline`?"},
        {"equals_for_colon_in_call", 41, "an argument is named with `:`, `=` defines a new value: write `trees: 200`"},
        {"equals_for_comparison", 55, "`=` defines a new value; `==` compares"},
        {"operator_leads", 34, "a statement cannot start with `+`: end the line above with it, or use parentheses"},
        {"parenthesis_missing", 41, "this `(` is never closed"},
        {"pipe_then_operator", 50, "`|>` binds loosest: put what stands left of `+` in parentheses"},
        {"point_without_digit", 14, "a number has digits on both sides of the point: write `0.84`"},
        {"text_open", 5, "this text is not closed on its line"},
        {"verb_misspelt", 18, "`requires` starts no statement; did you mean `require`?"},
        {"word_reserved", 15, "`is` is a reserved word; to use it as a name write it in back-quotes"}};
    glob_t files;
    assert_int_equal(glob("tests/lang/broken/*.mlp", 0, NULL, &files), 0);
    size_t found = 0;
    for (size_t i = 0; i < files.gl_pathc; i++) {
        struct source s;
        assert_true(source_open(&s, files.gl_pathv[i]));
        const bool fine = parse_source(&s);
        size_t k = 0;
        while (k < sizeof rows / sizeof *rows && !strstr(files.gl_pathv[i], rows[k].file)) k++;
        if (k == sizeof rows / sizeof *rows) {
            if (!fine) print_message("%s does not parse\n", files.gl_pathv[i]);
            assert_true(fine);
        } else {
            char says[512];
            snprintf(says, sizeof says, "%s: %s", s.diag[0].text, s.diag[0].fix);
            assert_int_equal(messages(&s), 1);
            assert_int_equal(source_place(&s, s.diag[0].at.from).line, rows[k].line);
            if (strncmp(says, rows[k].says, strlen(rows[k].says))) assert_string_equal(says, rows[k].says);
            found++;
        }
        source_clear(&s);
    }
    assert_int_equal(found, sizeof rows / sizeof *rows);
    globfree(&files);
}

static void whole_specs(void **state)
{
    (void)state;
    glob_t files;
    assert_int_equal(glob("tests/lang/specs/*.mlp", 0, NULL, &files), 0);
    assert_int_equal(glob("stdlib/*.mlp", GLOB_APPEND, NULL, &files), 0);
    assert_true(files.gl_pathc > 20);
    for (size_t i = 0; i < files.gl_pathc; i++) {
        struct source s, again;
        struct mlp_buffer out = {0};
        assert_true(source_open(&s, files.gl_pathv[i]));
        if (!parse_source(&s)) {
            source_render(&s, &out, 20, false);
            print_message("%s", out.at);
        }
        assert_int_equal(s.diags, 0);
        unsigned want = 0;                                  /* comments survive: `#` outside texts, but not `##` */
        for (uint32_t line = 0; line < s.lines; line++) {
            bool text = false;
            for (const char *c = s.text + s.line[line]; *c && *c != '\n'; c++) {
                if (*c == '"') text = !text;
                if (*c != '#' || text) continue;
                want += c[1] != '#';
                break;
            }
        }
        assert_int_equal(comment_lines(s.tree), want);
        source_text(&again, s.path, s.text, s.n);
        parse_source(&again);
        assert_true(ast_equal(s.tree, again.tree));
        mlp_buffer_clear(&out);
        source_clear(&s);
        source_clear(&again);
    }
    globfree(&files);
}

static void several_errors(void **state)
{
    (void)state;
    struct source s;
    open_text(&s, "pipeline p\nmodel a = f(1 2)\nfeatures {\n  a b\n  c\n  d = = 2\n}\nmodle x = 3\nsource t = csv(1) {\n  a: int int\n  b: bool\n}\nsplit f(\n");
    assert_false(parse_source(&s));
    assert_int_equal(messages(&s), 6);
    assert_int_equal(s.tree->n, 4);                         /* what was whole is in the tree */
    source_clear(&s);

    struct mlp_buffer text = {0}, out = {0};
    mlp_buffer_text(&text, "features {\n");
    for (int i = 0; i < 200; i++) mlp_buffer_text(&text, "  a b c\n");
    mlp_buffer_text(&text, "}\n");
    open_text(&s, text.at);
    assert_false(parse_source(&s));
    assert_int_equal(s.errors, 200);
    source_render(&s, &out, 20, false);
    assert_non_null(strstr(out.at, "\nand 180 more\n"));
    assert_true(out.n < 4000);
    mlp_buffer_clear(&text);
    mlp_buffer_clear(&out);
    source_clear(&s);
}

static void rendering(void **state)
{
    (void)state;
    struct source s;
    struct mlp_buffer out = {0};
    open_text(&s, "pipeline p\nabout {\n\towner: \"数据\", use: x\n}\nsplit a\nsplit b\n");
    parse_source(&s);
    struct diag *d = source_error(&s, "E201", (struct span){57, 58}, "`%s` is given twice", "split");
    d->cause = (struct span){43, 50}, d->cause_text = "the first stands here", d->fix = "delete one";
    assert_int_equal(s.errors, 1);
    const char *x = strstr(s.text, "x\n");
    source_warn(&s, "W001", (struct span){(uint32_t)(x - s.text), (uint32_t)(x - s.text) + 1}, "what \"x\"?");
    const char *b = strstr(s.text, "split b"), *a = strstr(s.text, "split a");
    d = &s.diag[0];
    d->at = (struct span){(uint32_t)(b - s.text), (uint32_t)(b - s.text) + 5},
        d->cause = (struct span){(uint32_t)(a - s.text), (uint32_t)(a - s.text) + 5};
    source_render(&s, &out, 20, false);
    assert_string_equal(out.at,
        "warning[W001]: what \"x\"?\n"
        " --> test.mlp:3:20\n"
        "  |\n"
        "3 |     owner: \"数据\", use: x\n"
        "  |                         ^\n"
        "\n"
        "error[E201]: `split` is given twice\n"
        " --> test.mlp:6:1\n"
        "  |\n"
        "6 | split b\n"
        "  | ^^^^^\n"
        " ::: test.mlp:5:1\n"
        "  |\n"
        "5 | split a\n"
        "  | ----- the first stands here\n"
        "  = fix: delete one\n");
    mlp_buffer_clear(&out);
    source_render_json(&s, &out);
    assert_string_equal(out.at,
        "[{\"severity\":\"warning\",\"code\":\"W001\",\"file\":\"test.mlp\",\"line\":3,\"column\":20,\"end_line\":3,\"end_column\":21,\"message\":\"what \\\"x\\\"?\",\"fix\":\"\"},\n"
        " {\"severity\":\"error\",\"code\":\"E201\",\"file\":\"test.mlp\",\"line\":6,\"column\":1,\"end_line\":6,\"end_column\":6,\"message\":\"`split` is given twice\",\"fix\":\"delete one\","
        "\"cause\":{\"line\":5,\"column\":1,\"end_line\":5,\"end_column\":6,\"message\":\"the first stands here\"}}]\n");
    mlp_buffer_clear(&out);
    source_error(&s, "E202", d->at, "of the same place");   /* hidden: the first is the cause */
    source_error(&s, "E203", (struct span){d->at.to + 1, d->at.to + 2}, "of another on that line");
    assert_int_equal(messages(&s), 3);
    source_render(&s, &out, 1, true);
    assert_non_null(strstr(out.at, "\033[1;33mwarning[W001]"));
    assert_non_null(strstr(out.at, "and 2 more"));
    mlp_buffer_clear(&out);
    source_clear(&s);

    assert_false(source_open(&s, "tests/no such file.mlp"));
    source_render(&s, &out, 20, false);
    assert_string_equal(out.at, "error[E007]: cannot read `tests/no such file.mlp`: No such file or directory\n   = fix: check the path: it is relative to the current folder\n");
    mlp_buffer_clear(&out);
    source_clear(&s);
    assert_false(source_open(&s, "tests"));
    source_clear(&s);
}

/* ---- hostile input ---- */

static void not_text(void **state)
{
    (void)state;
    struct source s;
    source_text(&s, "x", "pipeline p\n\0\n", 13);
    assert_false(parse_source(&s));
    assert_string_equal(s.diag[0].code, "E005");
    assert_int_equal(source_place(&s, s.diag[0].at.from).line, 2);
    source_clear(&s);
    static const char *const bad[] = {"# caf\xe9\n", "\xc0\xaf", "\xed\xa0\x80", "\xf5\x80\x80\x80", "\xe2\x82", "\x80",
                                      "\xf0\x80\x80\x80"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        open_text(&s, bad[i]);
        assert_false(parse_source(&s));
        assert_string_equal(s.diag[0].code, "E005");
        source_clear(&s);
    }
    open_text(&s, "pipeline p\x01\n");
    assert_false(parse_source(&s));
    assert_string_equal(s.diag[0].code, "E005");
    source_clear(&s);
}

static void deep(void **state)
{
    (void)state;
    static const char *const parts[] = {"(", "[", "{", "f(", "in {", "not ", "-", "if a then b else ", "if ", "a ^ ", "a + ",
                                        "a and ", "a |> ", "a.", "goal { given ", "a < "};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        for (int times = 600; times <= 10000; times *= 4) {
            struct source s;
            struct mlp_buffer text = {0}, out = {0};
            mlp_buffer_text(&text, "model m = ");
            for (int k = 0; k < times; k++) mlp_buffer_text(&text, parts[i]);
            mlp_buffer_text(&text, "a\nmodel n = 1\n");
            open_text(&s, text.at);
            assert_false(parse_source(&s));
            assert_int_equal(messages(&s), 1);
            if (strcmp(parts[i], "a < ") && strcmp(parts[i], "if ")) assert_string_equal(s.diag[0].code, "E006");
            source_render(&s, &out, 20, false);
            assert_true(out.n < 2000);
            ast_dump(s.tree, &out);
            mlp_buffer_clear(&text);
            mlp_buffer_clear(&out);
            source_clear(&s);
        }
}

static void check_node(const struct source *s, const struct ast *a, unsigned depth)
{
    if (!a) return;
    if (depth > 520 || a->at.from > a->at.to || a->at.to > s->n || a->word.to > s->n || !a->text
        || !a->unit) fail_msg("a bad node: %s", ast_kind_name(a->kind));
    for (uint32_t i = 0; i < a->n; i++) check_node(s, a->kid[i], depth + 1);
}

static void mutations(void **state)
{
    (void)state;
    static const char *const pieces[] = {"{", "}", "(", ")", "[", "]", "\"", "\"\"\"", "`", "#", "##", "\n", ",", ":", "=", "==",
                                         "|>", "->", "..", "@", "-", "not in", " is ",
                                         "if ", "else", "then", "1.", ".5", "30d", "\x80", "ö", "\r", "\t", "per ", "require ",
                                             "source ", "missing", "2025-01-31", "\\"};
    glob_t files;
    assert_int_equal(glob("tests/lang/specs/*.mlp", 0, NULL, &files), 0);
    assert_int_equal(glob("stdlib/*.mlp", GLOB_APPEND, NULL, &files), 0);
    for (uint64_t round = 0; round < 2000; round++) {
        struct source original, s;
        assert_true(source_open(&original, files.gl_pathv[round % files.gl_pathc]));
        struct mlp_buffer text = {0}, out = {0};
        mlp_buffer_add(&text, original.text, original.n);
        for (uint64_t k = 0, edits = 1 + mlp_random(1, round, 0) % 4; k < edits; k++) {
            const uint64_t r = mlp_random(2, round, k);
            const size_t at = text.n ? (size_t)(mlp_random(3, round, k) % text.n) : 0, cut = (size_t)(r >> 8) % 12;
            struct mlp_buffer next = {0};
            mlp_buffer_add(&next, text.at, at);
            const char *piece = pieces[(r >> 20) % (sizeof pieces / sizeof *pieces)];
            if (r % 3) mlp_buffer_text(&next, piece);
            const size_t from = r % 3 == 1 ? at : at + cut;
            if (r % 7 && from < text.n) mlp_buffer_add(&next, text.at + from, text.n - from);    /* else: cut off */
            mlp_buffer_clear(&text);
            text = next;
        }
        source_text(&s, "mutant.mlp", text.at ? text.at : "", text.n);
        const bool fine = parse_source(&s);
        assert_true(fine == (s.errors == 0));
        check_node(&s, s.tree, 0);
        source_render(&s, &out, 20, round & 1);
        source_render_json(&s, &out);
        ast_dump(s.tree, &out);
        assert_true(ast_equal(s.tree, s.tree));
        mlp_buffer_clear(&out);
        mlp_buffer_clear(&text);
        source_clear(&s);
        source_clear(&original);
    }
    globfree(&files);
}

/* ---- small things ---- */

static void equality(void **state)
{
    (void)state;
    static const struct { const char *a, *b; bool equal; } rows[] = {
        {"f(60s)", "f( 1min )  # c", true}, {"f(50%)", "f(0.5)", true}, {"f(12mo)", "f(1y)", true}, {"f(1)", "f(1s)", false},
            {"f(1KiB)", "f(1024B)", true},
        {"f(a, b)", "f(b, a)", false}, {"a + b", "a - b", false}, {"(a)", "a", true}, {"\"a\"", "\"\"\"a\"\"\"", true},
            {"f(a: 1)", "f(b: 1)", false}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct source a, b;
        const struct ast *x = value_of(&a, rows[i].a), *y = value_of(&b, rows[i].b);
        assert_int_equal(ast_equal(x, y), rows[i].equal);
        source_clear(&a);
        source_clear(&b);
    }
}

static void nearest(void **state)
{
    (void)state;
    static const char *const names[] = {"features", "fairness", "contract", "roc_auc", "pr_auc", "f1", "monthly_charges"};
    const size_t n = sizeof names / sizeof *names;
    assert_string_equal(nearest_name("feature", names, n), "features");
    assert_string_equal(nearest_name("contrakt", names, n), "contract");
    assert_string_equal(nearest_name("roc_acu", names, n), "roc_auc");      /* a swap is one edit */
    assert_string_equal(nearest_name("ROC_AUC", names, n), "roc_auc");
    assert_string_equal(nearest_name("fl", names, n), "f1");
    assert_null(nearest_name("f", names, n));
    assert_null(nearest_name("banana", names, n));
    assert_null(nearest_name("", names, n));
    assert_null(nearest_name("x", NULL, 0));
    char longest[200];
    memset(longest, 'x', sizeof longest - 1), longest[sizeof longest - 1] = 0;
    assert_null(nearest_name(longest, names, n));
}

static void dumping(void **state)
{
    (void)state;
    struct source s;
    struct mlp_buffer out = {0};
    open_text(&s, "param a: int? = -5ms   ## why\n");
    assert_true(parse_source(&s));
    ast_dump(s.tree, &out);
    assert_string_equal(out.at, "FILE\n  PARAM a  ## why\n    TYPE int?\n      -\n      -\n    LIST\n    NUMBER -5ms = -0.0050000000000000001 [ms]\n");
    mlp_buffer_clear(&out);
    source_clear(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers), cmocka_unit_test(dates), cmocka_unit_test(texts), cmocka_unit_test(words),
        cmocka_unit_test(declarations), cmocka_unit_test(columns), cmocka_unit_test(entries), cmocka_unit_test(expressions),
        cmocka_unit_test(layout), cmocka_unit_test(layout_brace_on_its_own_line), cmocka_unit_test(spans),
            cmocka_unit_test(comments),
        cmocka_unit_test(slips), cmocka_unit_test(broken_specs), cmocka_unit_test(whole_specs), cmocka_unit_test(several_errors),
        cmocka_unit_test(rendering), cmocka_unit_test(not_text), cmocka_unit_test(deep), cmocka_unit_test(mutations),
        cmocka_unit_test(equality), cmocka_unit_test(nearest), cmocka_unit_test(dumping)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
