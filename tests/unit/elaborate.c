/* elaborate.c: expressions to graphs: every operator and function on small specs, with type, unit, kind, provenance and messages.
 * Each case is a line of `features` (or a fn, a loss) and what must come of it: the printed node, or a part of the message. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>
#include "compiler/sema/elaborate.h"

static const char head[] =
    "pipeline t\n"
    "goal { predict churn }\n"
    "param rate: float [EUR/USD] = 0.9\n"
    "param flag: bool = true\n"
    "fn half(x) = x / 2\n"
    "fn twice(x, k = 2) = half(x) * k + half(x) * k\n"
    "fn again(x) = again(x)\n"
    "fn outside(x) = x + tenure\n"
    "fn centred(x, by = mean) fits { m = by(x), s = sd(x - m) } = (x - m) / s\n"
    "fn lopsided(y, p, under = 4) = (if p < y then under else 1) * (p - y) ^ 2\n"
    "fn no_loss(a, b) = a + b\n"
    "fn max(a, b) = a\n"
    "source people = csv(\"p.csv\") {\n"
    "  key:      id @key\n"
    "  day:      date @time\n"
    "  joined:   date?\n"
    "  churn:    bool\n"
    "  late:     float @outcome\n"
    "  name:     text @pii\n"
    "  sex:      category in {\"f\", \"m\"} @sensitive\n"
    "  secret:   float @never\n"
    "  tenure:   int [month] in 0..120\n"
    "  total:    float [USD]?\n"
    "  price:    float [EUR]\n"
    "  wait:     float [ms]\n"
    "  delay:    float [s]\n"
    "  trip:     float [h]\n"
    "  way:      float [mile]\n"
    "  plain:    float\n"
    "  other:    float?\n"
    "  member:   bool\n"
    "  maybe:    bool?\n"
    "  contract: category in {\"Month\", \"One\", \"Two\"}\n"
    "  plan:     category in {\"Month\", \"One\", \"Two\"}\n"
    "  pay:      category? distinct <= 4\n"
    "  cut:      ordinal in {\"Fair\", \"Good\", \"Ideal\"}\n"
    "  notes:    text?\n"
    "  shop:     id\n"
    "}\n"
    "source calls = csv(\"c.csv\") {\n"
    "  who:      id -> people\n"
    "  at:       time @time\n"
    "  minutes:  float [min]\n"
    "  kind:     text\n"
    "  paid:     float @outcome(after: 30d)\n"
    "}\n"
    "source lonely = csv(\"l.csv\") {\n"
    "  a:        float\n"
    "}\n"
    "split random()\n"
    "features {\n"
    "  let left = if churn then 1 else 0\n"
    "  let kept = tenure * (1 - left)\n"
    "  let rich = total > 100\n"
    "  let word = \"One\"\n"
    "  let round_1 = round_2 + 1\n"
    "  let round_2 = round_1 + 1\n";

struct run { struct source s; struct spec spec; struct elab e; struct mlp_buffer text, diags; };

static void begin(struct run *r, const char *lines)
{
    *r = (struct run){0};
    struct mlp_buffer b = {0};
    mlp_buffer_text(&b, head), mlp_buffer_text(&b, lines), mlp_buffer_text(&b, "\n}\n");
    source_text(&r->s, "t.mlp", b.at, b.n);
    mlp_buffer_clear(&b);
    assert_true(library_load(&r->s));
    const bool fine = parse_source(&r->s) && declare_spec(&r->s, &r->spec, NULL);
    if (!fine) source_render(&r->s, &r->diags, 20, false), fprintf(stderr, "%s\n%s", lines, r->diags.at);
    assert_true(fine);
    elab_init(&r->e, &r->spec);
}

static void end(struct run *r) { mlp_buffer_clear(&r->text), mlp_buffer_clear(&r->diags), source_clear(&r->s); }

/* The last entry of the block as a feature. */
static bool feature(struct run *r, struct value *v)
{
    const struct ast *block = block_of(r->spec.features), *entry = block->kid[block->n - 1], *inner = entry_of(entry, NULL);
    const struct ast *left = inner->kind == AST_DEFINE ? inner->kid[0] : value_of(inner);
    while (left->kind == AST_PIPE) left = left->kid[0];
    const bool fine = elab_feature(&r->e, inner->kind == AST_DEFINE ? inner->text : left->text, entry, v);
    if (fine) ir_print(&r->e.graph, v->node, &r->text);
    else spec_report_not_built(&r->spec);
    source_render(&r->s, &r->diags, 50, false);
    return fine;
}

static void gives(const char *line, const char *node, const char *unit)
{
    struct run r;
    struct value v;
    begin(&r, line);
    if (!feature(&r, &v)) fprintf(stderr, "%s\n%s", line, r.diags.at), fail();
    if (strcmp(r.text.at, node)) fprintf(stderr, "%s\n", line);
    assert_string_equal(r.text.at, node);
    assert_string_equal(unit_text(&r.s, &v.type.unit), unit);
    assert_int_equal(r.s.errors, 0);
    assert_int_equal(v.type.nullable, r.e.graph.node[v.node].nullable);
    end(&r);
}

static void says(const char *line, const char *message)
{
    struct run r;
    struct value v;
    begin(&r, line);
    const bool fine = feature(&r, &v);
    if (fine || !strstr(r.diags.at, message) || r.s.errors != 1)
        fprintf(stderr, "%s\nwanted: %s\n%s\n", line, message, r.diags.n ? r.diags.at : r.text.at);
    assert_false(fine);
    assert_non_null(strstr(r.diags.at, message));
    assert_int_equal(r.s.errors, 1);                        /* one mistake, one message */
    end(&r);
}

static void numbers(void **state)
{
    (void)state;
    gives("plain", "slot0", "");
    gives("x = plain + 1", "add(slot0, 1)", "");
    gives("x = plain - other * 2", "sub(slot0, mul(slot1, 2))", "");
    gives("x = plain / other", "div(slot0, slot1)", "");
    gives("x = -plain", "neg(slot0)", "");
    gives("x = plain ^ 2", "mul(slot0, slot0)", "");
    gives("x = plain ^ 0.5", "pow(slot0, 0.5)", "");
    gives("x = pow(plain, 3)", "mul(mul(slot0, slot0), slot0)", "");
    gives("x = mod(plain, 7)", "mod(slot0, 7)", "");
    gives("x = min(plain, 3)", "min(slot0, 3)", "");
    gives("x = plain |> exp |> log1p", "log1p(exp(slot0))", "");
    gives("x = sign(floor(ceil(round(plain))))", "sign(floor(ceil(round(slot0))))", "");
    gives("x = 2 * 3 + plain", "add(6, slot0)", "");
    gives("member", "slot0", "");
    gives("x = member + 1", "add(slot0, 1)", "");
    gives("x = plain * 50%", "mul(slot0, 0.5)", "");
    gives("x = if plain > 0 then plain else 0", "if(gt(slot0, 0), slot0, 0)", "");
    gives("x = if plain > 0 then missing else other", "if(gt(slot0, 0), missing, slot1)", "");
    says("x = plain + contract", "`contract` is a category");
    says("x = contract * 2", "`contract` is a category: it cannot be multiplied");
    says("x = log(notes)", "`log` takes a number, and `notes` is a text");
    says("x = if plain then 1 else 2", "`if` takes a condition, and `plain` is a number");
    says("x = [plain]", "a list stands only");
    says("x = 1..2", "a range `a..b` stands behind `in`");
    says("x = plain + 1mo", "is a step of the calendar");
}

static void logic(void **state)
{
    (void)state;
    gives("x = member and not maybe", "from_bool(and(ne(slot0, 0), not(ne(slot1, 0))))", "");
    gives("x = member or plain < 1", "from_bool(or(ne(slot0, 0), lt(slot1, 1)))", "");
    gives("x = other is missing", "from_bool(is_missing(slot0))", "");
    gives("x = other is not missing", "from_bool(not(is_missing(slot0)))", "");
    gives("x = plain is missing", "0", "");
    gives("x = plain in 0..5", "from_bool(and(ge(slot0, 0), le(slot0, 5)))", "");
    gives("x = plain not in {1, 2}", "from_bool(not(or(eq(slot0, 1), eq(slot0, 2))))", "");
    gives("x = member == maybe", "from_bool(eq(slot0, slot1))", "");
    gives("x = if rich then 1 else 0", "if(gt(slot0, 100), 1, 0)", "");
    says("x = other == missing", "write `other is missing`");
    says("x = member == 1", "`member` is a bool and `1` is a number");
    says("x = member < maybe", "it has no order");
    says("x = plain and member", "`and` takes a condition");
    says("x = plain in plain", "`in` takes a set or a range");
}

static void categories(void **state)
{
    (void)state;
    gives("contract", "slot0", "");
    gives("x = contract == \"One\"", "from_bool(eq(slot0, #3))", "");
    gives("x = contract == word", "from_bool(eq(slot0, #3))", "");
    gives("x = \"One\" != contract", "from_bool(ne(#3, slot0))", "");
    gives("x = contract in {\"Two\", \"Month\", \"Two\"}", "from_bool(in_codes(slot0, {2 4}))", "");
    gives("x = contract == plan", "from_bool(eq(slot0, slot1))", "");
    gives("x = pay in {\"card\", \"cash\"}", "from_bool(in_codes(slot0, {2 3}))", "");
    gives("contract |> keep({\"One\"})", "keep(slot0, {3})", "");
    gives("x = fill(pay, \"card\")", "if(is_missing(slot0), #2, slot0)", "");
    gives("cut", "step(slot0)", "");
    gives("x = cut >= \"Good\"", "from_bool(ge(step(slot0), 1))", "");
    gives("x = cut == \"Good\"", "from_bool(eq(slot0, #3))", "");
    gives("x = keep(plain, {1, 2})", "if(or(eq(slot0, 1), eq(slot0, 2)), slot0, missing)", "");
    says("x = contract == \"Onee\"", "`contract` has no value \"Onee\"; did you mean \"One\"?");
    says("x = contract == 1", "write the value as it is declared, in quotes");
    says("x = contract > \"One\"", "it has no order");
    says("x = contract in {\"One\", 2}", "the set holds its values, in quotes");
    says("x = contract == pay", "have different values");
    says("x = contract in {}", "an empty set holds nothing");
    struct run r;
    struct value v;
    begin(&r, "x = pay == \"card\" or pay == \"cash\" or pay == \"card\"");
    assert_true(feature(&r, &v));
    assert_int_equal(r.e.cells, 1);
    assert_int_equal(r.e.cell[0].kind, MLP_CODEBOOK);
    assert_int_equal(r.e.cell[0].pinned.n, 2);
    assert_string_equal(r.e.cell[0].pinned.at[1], "cash");
    assert_int_equal(r.e.slot[0].codebook, 0);
    end(&r);
}

static void texts_and_times(void **state)
{
    (void)state;
    gives("x = contains(notes, \"a\")", "from_bool(contains(slot0, \"a\"))", "");
    gives("x = notes == \"a\"", "from_bool(equals(slot0, \"a\"))", "");
    gives("x = length(trim(lower(notes)))", "length(trim(lower(slot0)))", "");
    gives("x = notes |> ends_with(part: \"z\")", "from_bool(ends_with(slot0, \"z\"))", "");
    gives("x = (day - joined) / 1d", "div(from_int(isub(slot0, slot1)), 86400000000)", "");
    gives("x = day - joined > 30d", "from_bool(gt(isub(slot0, slot1), 2592000000000))", "");
    gives("x = day + 1h < 2025-01-31", "from_bool(lt(iadd(slot0, 3600000000), 1738281600000000))", "");
    gives("x = if joined is missing then true else joined < day", "from_bool(if(is_missing(slot0), true, lt(slot0, slot1)))", "");
    says("notes", "`notes` is a text, and a model takes numbers and categories");
    says("joined", "`joined` is a date");
    says("x = day - joined", "`x` is a duration: say in which unit");
    says("shop", "`shop` is an id");
    says("x = contains(contract, \"a\")", "`contains` takes a text, and `contract` is a category");
    says("x = day > 3", "`day` is a date and `3` is a number");
    says("x = day > \"2025-01-31\"", "write the date without quotes");
    says("x = day + joined", "only a duration is added to a time");
}

static void units(void **state)
{
    (void)state;
    gives("tenure", "slot0", "month");
    gives("x = total / tenure", "div(slot0, slot1)", "USD/month");
    gives("x = ratio(total, total + 1)", "div(slot0, add(slot0, 1))", "");
    gives("x = way / trip * trip", "mul(div(slot0, slot1), slot1)", "mile");
    gives("x = way ^ 2", "mul(slot0, slot0)", "mile^2");
    gives("x = sqrt(way * way)", "sqrt(mul(slot0, slot0))", "mile");
    gives("x = log(total)", "log(slot0)", "");
    gives("x = total * rate + price", "add(mul(slot0, param0), slot1)", "EUR");
    gives("x = trip > 30min", "from_bool(gt(slot0, 0.5))", "");
    gives("x = wait * 1s / 1000ms + delay", "add(div(slot0, 1000), slot1)", "s");
    gives("x = min(0, total)", "min(0, slot0)", "USD");
    gives("total |> standardize", "div(sub(slot0, cell0[0]), cell1[0])", "");
    gives("total |> impute", "if(is_missing(slot0), cell0[0], slot0)", "USD");
    says("x = way + trip", "`way` [mile] and `trip` [h] cannot be added");
    says("x = wait - delay", "`wait` [ms] and `delay` [s] cannot be subtracted");
    says("x = wait - delay", "`wait` * 1s / 1000ms");
    says("x = total + plain", "give `plain` its unit where it is declared, such as `float [USD]`");
    says("x = total > price", "`total` [USD] and `price` [EUR] cannot be compared");
    says("x = total + plain", "`total` [USD] and `plain` (no unit) cannot be added");
    says("x = if member then total else price", "cannot be the two branches of an `if`");
    says("x = min(total, tenure)", "`total` [USD] and `tenure` [month] cannot be compared");
    says("x = plain ^ total", "cannot be an exponent");
    says("x = plain > 30min", "is a duration");
}

static void functions(void **state)
{
    (void)state;
    gives("x = half(plain)", "div(slot0, 2)", "");
    gives("x = twice(plain)", "add(mul(div(slot0, 2), 2), mul(div(slot0, 2), 2))", "");
    gives("x = twice(k: 3, x: plain)", "add(mul(div(slot0, 2), 3), mul(div(slot0, 2), 3))", "");
    /* the library's max, not the spec's */
    gives("plain |> clip(0, 1) |> clip(0, 2)", "max(0, min(2, max(0, min(1, slot0))))", "");
    gives("x = max(plain, other)", "slot0", "");            /* the spec's own comes first */
    gives("x = if flag then plain else 0", "if(ne(param1, 0), slot0, 0)", "");
    says("x = again(plain)", "`again` calls itself");
    says("x = outside(plain)", "a `fn` sees only its parameters, and `tenure` is none of `outside`");
    says("x = clip(plain, lo: 0, high: 1)", "`clip` has no parameter `lo`; did you mean `low`?");
    says("x = clip(plain, 0)", "`clip` needs `high`");
    says("x = half(plain, 2)", "`half` takes 1 argument, and this is one more");
    says("x = half(plain, x: 2)", "`x` of `half` is given twice");
    says("x = halve(plain)", "there is no function `halve`; did you mean `half`?");
    says("x = StandardScaler(plain)", "did you mean `standardize`?");
    says("x = tenre + 1", "`people` has no column `tenre`; did you mean `tenure` (line");
    says("x = rich2 + 1", "there is no `rich2`; did you mean `rich` (line");
    says("x = log1p", "`log1p` is a function");
    says("x = round_1", "`round_1` is defined by itself");
    gives("x = year(day)", "year(slot0)", "");
    gives("x = (day - joined) / 1d", "div(from_int(isub(slot0, slot1)), 86400000000)", "");
    gives("x = weekday(joined + 7d)", "weekday(iadd(slot0, 604800000000))", "");
    gives("x = (day - joined) * plain / 1d",
          "div(from_int(to_int(mul(from_int(isub(slot0, slot1)), slot2))), 86400000000)", "");
    says("x = notes |> tokenize(words: 5)", "`tokenize` is part of the language");
    says("x = linear(plain)", "`linear` is a model");
    says("x = minutes + 1", "`minutes` is a column of `calls`");
    says("x = calls.minutes + 1", "say what is taken of them");
}

static void fits(void **state)
{
    (void)state;
    gives("plain |> standardize", "div(sub(slot0, cell0[0]), cell1[0])", "");
    gives("plain |> min_max", "div(sub(slot0, cell0[0]), sub(cell1[0], cell0[0]))", "");
    gives("plain |> robust_scale", "div(sub(slot0, cell0[0]), sub(cell2[0], cell1[0]))", "");
    gives("other |> impute(mean)", "if(is_missing(slot0), cell0[0], slot0)", "");
    gives("x = impute(maybe, with: mode)", "if(is_missing(ne(slot0, 0)), cell0[0], slot0)", "");
    gives("plain |> centred", "div(sub(slot0, cell0[0]), cell1[0])", "");
    gives("contract |> target_encode", "cell_at(cell0, slot0)", "");
    gives("shop |> target_encode(smooth: 5)", "cell_at(cell1, slot0)", "");
    says("other |> impute(medain)", "`with` cannot be `medain`; did you mean `median`?");
    says("pay |> impute(median)", "is taken of numbers, and `pay` is a category");
    gives("pay |> impute(mode)", "if(is_missing(slot0), to_code(add(cell1[0], 2)), slot0)", "");
    gives("plain |> bucket(4)", "to_code(add(place(cell0, slot0), 2))", "");
    gives("shop |> top(3)", "to_code(cell_at(cell1, slot0))", "");
    gives("pay |> ordinal_encode", "step(slot0)", "");
    gives("shop |> count_encode", "cell_at(cell1, slot0)", "");
    says("plain |> top(3)", "takes a category, an ordinal or an id, and `plain` is a number");
    says("contract |> bucket(3)", "`bucket` takes a number, and `contract` is a category");
    says("plain |> bucket", "`bucket` needs `n`");
    says("plain |> bucket(4, by: sides)", "`by` of `bucket` is one of `quantile`, `width` and `tree`");
    says("shop |> top(0)", "`k` of `top` takes a whole number in 1..");
    says("(shop |> top(3)) == \"s1\"", "the values of `shop |> top(3)` are learnt");
    says("plain |> pca(1)", "`pca` makes several features");
    says("plain |> rank(3)", "looks a number up in a table");
    says("x = plain - mean(plain)", "stands in the `fits` of a `fn`");
    says("notes |> target_encode", "takes a category, an ordinal or an id, and `notes` is a text");
    says("contract |> target_encode(smooth: -1)", "must be in 0..");
    says("contract |> target_encode(smooth: plain)", "known before any row is read");
    struct run r;
    struct value v;
    begin(&r, "x = standardize(plain) + standardize(plain) + centred(plain, by: median)");
    assert_true(feature(&r, &v));
    assert_int_equal(v.kind, KIND_FITTED);
    assert_int_equal(r.e.fits, 4);                          /* mean, sd; median, sd of x - median */
    assert_string_equal(r.e.fit[2].reducer, "median");
    end(&r);
    begin(&r, "x = target_encode(contract) + target_encode(contract)");
    assert_true(feature(&r, &v));
    assert_int_equal(r.e.fits, 1);
    assert_int_equal(r.e.fit[0].crossfit, 5);
    assert_true(r.e.fit[0].arg[0].num == 20);
    ir_print(&r.e.graph, r.e.fit[0].by, &r.diags);
    assert_non_null(strstr(r.diags.at, "slot0"));
    end(&r);
}

static void windows(void **state)
{
    (void)state;
    gives("calls_30d = count(calls, last: 30d)", "slot0", "");
    gives("talk = sum(calls.minutes)", "slot1", "min");
    gives("x = mean(calls.minutes, last: 90d) > 5", "from_bool(gt(slot1, 5))", "");
    says("x = count(calls.minutes)", "`count` counts rows");
    says("x = sum(calls)", "`sum` takes a column of `calls`");
    says("x = sum(calls.minute)", "`calls` has no column `minute`; did you mean `minutes`");
    says("x = sum(calls.kind)", "`sum` is taken of numbers, and `calls.kind` is a text");
    says("x = count(lonely)", "`lonely` has no column that refers to `people`");
    says("x = count(calls, last: 30)", "`last` takes a duration");
    says("x = count(calls, on: who)", "`people` has no column `who`");
    says("x = sum(calls.paid, last: 30d)", "E104]: this window is always empty: `paid` is known 30 days after its row");
    gives("x = sum(calls.paid, last: 60d)", "slot1", "");
    gives("x = count(calls, where: minutes > 3 and calls.paid < 5)", "slot2", "");
    gives("x = lag(plain, 1d)", "slot1", "");
    gives("x = lag(late, 1d)", "slot1", "");
    gives("x = if lag(member, rows: 2) then 1 else 0", "if(ne(slot1, 0), 1, 0)", "");
    gives("x = rolling_mean(trip, last: 7d, by: [contract, member])", "slot1", "h");
    gives("x = diff(tenure, rows: 1)", "sub(slot0, slot1)", "month");
    gives("x = latest(calls.paid)", "slot1", "");
    says("x = latest(calls.kind)", "`x` is a text, and a model takes numbers");
    says("x = diff(late, 1d)", "E101]: `x` reads an outcome: `x` <- `late`");
    says("x = sum(calls.late)", "`calls` has no column `late`");
    says("x = count(calls, where: tenure > 3)", "`calls` has no column `tenure`: inside a window over `calls` a name is a column of its rows");
    says("x = count(calls, where: minutes)", "`where` takes a condition, and `minutes` is a number");
    says("x = count(calls, next: 1d)", "E104]: a window that looks forward stands in `predict` only");
    says("x = lag(plain)", "`lag` needs how far back it reaches");
    says("x = lag(plain, 1d, rows: 1)", "`lag` takes a length of time or a number of rows, not both");
    says("x = lag(plain, rows: 0)", "a whole number from 1 on");
    says("x = lag(standardize(plain), 1d)", "is learnt from rows that come later");
    says("x = rolling_mean(contract, rows: 3)", "`rolling_mean` is taken of numbers, and `contract` is a category");
    says("x = rolling_mean(plain, last: 7d, by: nobody)", "E200");
    says("x = ewm_mean(plain)", "`ewm_mean` needs `half_life`");
    says("x = ewm_mean(plain, half_life: 1mo)", "a half-life has one length");
    says("x = rolling_mean(plain, last: 3)", "`last` takes a duration");
    says("x = collect(calls.minutes)", "`collect` is part of the language");
    says("x = mean(lonely.a, on: shop)", "`lonely` has no column `shop`");
    says("x = count(calls, last: 30d) + sum(calls.minutes, last: 1w)", "cannot be added");
    struct run r;
    struct value v;
    begin(&r, "calls_30d = count(calls, last: 30d)");
    assert_true(feature(&r, &v));
    assert_int_equal(v.kind, KIND_WINDOWED);
    assert_string_equal(r.e.slot[0].id.name, "calls_30d");
    assert_int_equal(r.e.slot[0].origin, MLP_FROM_WINDOW);
    assert_int_equal(r.e.slot[0].source, 1);
    assert_true(r.e.slot[0].by.n == 1 && r.e.slot[0].by.at[0] == 0 && r.e.slot[0].on.n == 1);
    assert_int_equal(r.e.slot[0].column, MLP_NONE);
    assert_true(r.e.slot[0].last_us == 30ll * 86400 * 1000000);
    end(&r);
    begin(&r, "x = log1p(sum(calls.minutes, last: 90d))");
    assert_true(feature(&r, &v));
    assert_string_equal(r.e.slot[1].id.name, "sum_calls_minutes_last_90d");
    assert_true(from_has(v.from, FROM_ALL, &r.spec.source[1].column[2]));
    end(&r);
}

static void provenance(void **state)
{
    (void)state;
    says("worth = ratio(total, kept)", "E101]: `worth` reads the target: `worth` <- `kept` <- `left` <- `churn` (line 17)");
    says("churn", "`churn` is the target (line 17)");
    says("x = late + 1", "`x` reads an outcome: `x` <- `late` (line 18)");
    says("x = churn is missing", "E101]");
    says("kept", "`kept` reads the target: `kept` <- `left` <- `churn`");
    says("name", "E109]: `name` is `@pii` (line 19): hash it");
    says("x = length(name)", "E109]: `x` carries `name`, which is `@pii` (line 19): hash it, or keep a closed set of it");
    says("title = name |> tfidf(words: 500)", "E109]: `title` carries `name`");
    says("sex", "E109]: `sex` is `@sensitive` (line 20): leave it out, or say why with `@allow(E109, reason: \"…\")`");
    says("x = if sex == \"f\" then 1 else 0", "`x` carries `sex`");
    says("secret @allow(E109, reason: \"no\")", "no `@allow` lifts this");
    gives("sex @allow(E109, reason: \"studied\")", "slot0", "");
    gives("x = contains(name, \"Dr\")", "from_bool(contains(slot0, \"Dr\"))", "");
    says("x = name == notes", "E109]");
    struct run r;
    struct value v;
    begin(&r, "x = tenure + kept");
    assert_false(feature(&r, &v));
    assert_true(from_has(v.from, FROM_ALL, &r.spec.source[0].column[8]));
    struct value y;
    assert_true(elab_expr(&r.e, block_of(r.spec.features)->kid[1]->kid[0], AT_SLICE, &y));
    assert_false(elab_expr(&r.e, block_of(r.spec.features)->kid[1]->kid[0], AT_RULE, &y));
    end(&r);
}

static struct ast *parsed(struct run *r, const char *text)
{
    static struct source s;
    source_clear(&s);
    struct mlp_buffer b = {0};
    mlp_buffer_printf(&b, "baseline x = %s\n", text);
    source_text(&s, "call", b.at, b.n);
    mlp_buffer_clear(&b);
    assert_true(parse_source(&s));
    (void)r;
    return s.tree->kid[0]->kid[0];
}

static void loss_is(const char *call, const char *node, const char *message)
{
    struct run r;
    begin(&r, "plain");
    ir_ix link, loss;
    assert_true(elab_link(&r.e, "sigmoid", &link));
    const bool fine = elab_loss(&r.e, parsed(&r, call), link, &loss);
    if (fine) ir_print(&r.e.graph, loss, &r.text);
    else spec_report_not_built(&r.spec), source_render(&r.s, &r.diags, 20, false);
    if (node) {
        assert_true(fine);
        assert_string_equal(r.text.at, node);
    } else {
        assert_false(fine);
        assert_non_null(strstr(r.diags.at, message));
    }
    end(&r);
}

#define P "div(if(gt(score, 0), 1, exp(min(score, neg(score)))), add(1, exp(min(score, neg(score)))))"
static void losses(void **state)
{
    (void)state;
    loss_is("log_loss", "add(log1p(exp(min(score, neg(score)))), if(gt(score, 0), mul(score, sub(1, y)), mul(neg(score), y)))",
            NULL);
    loss_is("squared", "mul(0.5, mul(sub(" P ", y), sub(" P ", y)))", NULL);
    loss_is("lopsided(under: 3)", "mul(if(lt(" P ", y), 3, 1), mul(sub(" P ", y), sub(" P ", y)))", NULL);
    loss_is("no_loss", NULL, "a loss is a `fn` of (y, p)");
    loss_is("log_los", NULL, "there is no loss `log_los`; did you mean `log_loss`?");
    loss_is("lambdarank", NULL, "the loss `lambdarank` is part of the language");
    loss_is("huber(gamma: 1)", NULL, "`huber` has no parameter `gamma`");
    struct run r;
    begin(&r, "plain");
    ir_ix via, back;
    assert_true(elab_via(&r.e, parsed(&r, "log1p"), &via, &back));
    ir_print(&r.e.graph, via, &r.text), mlp_buffer_text(&r.text, " "), ir_print(&r.e.graph, back, &r.text);
    assert_string_equal(r.text.at, "log1p(score) expm1(score)");
    assert_false(elab_via(&r.e, parsed(&r, "abs"), &via, &back));
    end(&r);
}

static void deep(void **state)
{
    (void)state;
    struct mlp_buffer b = {0};
    for (int let = 1; let < 3; let++) {                     /* each within what the parser takes */
        mlp_buffer_printf(&b, "  let deep_%d = %s", let, let > 1 ? "deep_1" : "plain");
        for (int i = 0; i < 400; i++) mlp_buffer_text(&b, " + 1");
        mlp_buffer_text(&b, "\n");
    }
    mlp_buffer_text(&b, "  x = deep_2");
    struct run r;
    struct value v;
    begin(&r, b.at);
    assert_true(feature(&r, &v));
    end(&r);
    for (int i = 0; i < 400; i++) mlp_buffer_text(&b, " + 1");
    says(b.at, "nested too deep");
    mlp_buffer_clear(&b);
}

static void library(void **state)
{
    (void)state;
    struct source s = {0};
    assert_true(library_load(&s));
    uint32_t n;
    const struct builtin *all = library_all(&n);
    for (uint32_t i = 0; i < n; i++) {
        assert_ptr_equal(library_find(all[i].kind, all[i].name), all[i].built ? &all[i] : library_find(all[i].kind, all[i].name));
        if (!all[i].built) continue;
        if (!all[i].doc) fail_msg("%s has no doc", all[i].name);
        for (uint32_t k = 0; k < all[i].params && all[i].kind != B_PURE; k++)
            if (!all[i].param[k].doc) fail_msg("%s of %s has no doc", all[i].param[k].name, all[i].name);
    }
    const char *const *fns = library_fn_names(&n);
    for (uint32_t i = 0; i < n; i++)
        if (!library_fn(fns[i])->doc) fail_msg("%s has no doc", fns[i]);
    const struct builtin *trees = library_find(B_MODEL, "boosted_trees"), *csv = library_find(B_READER, "csv");
    assert_non_null(trees);
    assert_int_equal(trees->tasks, 1u << MLP_BINARY | 1u << MLP_MULTICLASS | 1u << MLP_ORDERED | 1u << MLP_REGRESSION | 1u << MLP_COUNT | 1u << MLP_RANKING);
    assert_string_equal(trees->param[1].name, "leaves");
    assert_true(trees->param[1].takes & TAKES_INT && trees->param[1].lo == 2 && trees->param[1].hi == 4096);
    assert_string_equal(csv->param[4].names[1], "snake");
    assert_true(csv->param[0].required && csv->param[3].takes == (TAKES_LIST | TAKES_TEXT));
    assert_true(library_parameter_later(library_find(B_BLOCK, "train"), "optimizer") && !library_parameter_later(csv, "path"));
    assert_true(library_find(B_MODEL, "skipgram") && !library_find(B_MODEL, "skipgram")->built);
    assert_null(library_find(B_MODEL, "random_forrest"));
    source_clear(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(library), cmocka_unit_test(numbers), cmocka_unit_test(logic), cmocka_unit_test(categories),
        cmocka_unit_test(texts_and_times), cmocka_unit_test(units), cmocka_unit_test(functions), cmocka_unit_test(fits),
        cmocka_unit_test(windows), cmocka_unit_test(provenance), cmocka_unit_test(losses), cmocka_unit_test(deep),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
