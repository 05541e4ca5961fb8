/* metric.c: metrics against scikit-learn (tests/numeric/metric.txt, metrics.txt, classes.txt, made by the scripts there), undefined cases,
 * intervals. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "mlp_stdlib.h"
#include "runtime/base/hash.h"
#include "runtime/metric/metric.h"

extern const struct mlp_bind mlp_library_bind[];            /* all that stdlib/ declares */
enum { MOST = 1000 };

static const struct mlp_metric_ops *metric(const char *name)
{
    for (const struct mlp_bind *b = mlp_library_bind; b->name; b++)
        if (!strncmp(b->name, "metric.", 7) && !strcmp(b->name + 7, name)) return b->ops;
    fail_msg("no metric %s", name);
    return NULL;
}

static double value(const struct mlp_metric_ops *ops, const struct mlp_use *use, const struct mlp_judged *j, const double *count)
{
    struct mlp_arena arena = {0};
    void *prepared = ops->prepare ? ops->prepare(j, use, &arena) : NULL;
    double v = ops->value(j, use, prepared, count);
    mlp_arena_clear(&arena);
    return v;
}

static struct { double y[MOST], p[8 * MOST], weight[MOST]; uint8_t decided[MOST]; uint32_t query[MOST], column[MOST], chosen[MOST]; } data;

static void read_column(const char *text, const char *name, struct mlp_judged *j)
{
    char *end = (char *)text;
    for (size_t i = 0; i < (strcmp(name, "p") || !j->outputs ? j->n : j->n * j->outputs); i++) {
        double v = strtod(end, &end);
        if (!strcmp(name, "y")) data.y[i] = v, j->y = data.y;
        else if (!strcmp(name, "p")) data.p[i] = v, j->p = data.p;
        else if (!strcmp(name, "weight")) data.weight[i] = v, j->weight = data.weight;
        else if (!strcmp(name, "decided")) data.decided[i] = (uint8_t)v, data.chosen[i] = (uint32_t)v, *(j->outputs > 1 ? (const void **)&j->chosen : (const void **)&j->decided) = j->outputs > 1 ? (const void *)data.chosen : data.decided;
        else if (!strcmp(name, "query")) data.query[i] = (uint32_t)v, j->query = data.query;
        else if (!strcmp(name, "column")) data.column[i] = (uint32_t)v, j->column = data.column, j->column_codes = 6;
        else fail_msg("column %s", name);
    }
}

/* "b=2.0,average=macro" into arguments by name. */
static struct mlp_use options(char *text, struct mlp_arg arg[4])
{
    struct mlp_use use = {.args = {arg, 0}};
    if (!strcmp(text, "none")) return use;
    for (char *at = strtok(text, ","); at; at = strtok(NULL, ",")) {
        char *value = strchr(at, '='), *end;
        *value++ = 0;
        const double number = strtod(value, &end);
        arg[use.args.n++] = *end ? (struct mlp_arg){.name = at, .kind = MLP_A_NAME, .str = value}
                                 : (struct mlp_arg){.name = at, .kind = MLP_A_NUM, .num = number};
    }
    return use;
}

static int against(const char *path)
{
    FILE *f = fopen(path, "r");
    static char line[1 << 17];
    char name[64], option[64];
    struct mlp_judged j = {0};
    int checked = 0;
    assert_non_null(f);
    while (fgets(line, sizeof line, f)) {
        double want;
        size_t n;
        uint32_t classes = 0;
        if (line[0] == '#') continue;
        if (sscanf(line, "case %63s %zu %u", name, &n, &classes) >= 2) j = (struct mlp_judged){.n = n, .outputs = classes};
        else if (sscanf(line, "expect %63s %63s %lf", name, option, &want) == 3) {
            char shown[64];
            struct mlp_arg arg[4];
            strcpy(shown, option);
            const struct mlp_use use = options(option, arg);
            double got = value(metric(name), &use, &j, NULL);
            if (!(fabs(got - want) <= 1e-12 * fmax(1, fabs(want)))) fail_msg("%s %s: %.17g, expected %.17g", name, shown, got, want);
            double ones[MOST];
            for (size_t i = 0; i < j.n; i++) ones[i] = 1;
            assert_true(value(metric(name), &use, &j, ones) == got);
            checked++;
        } else if (sscanf(line, "%63s", name) == 1) read_column(line + strlen(name), name, &j);
    }
    fclose(f);
    return checked;
}

static void against_scikit_learn(void **state)
{
    (void)state;
    assert_int_equal(against("tests/numeric/metric.txt"), 5 * 13 + 6 + 3 + 1);
    assert_int_equal(against("tests/numeric/metrics.txt"), 209);
    assert_int_equal(against("tests/numeric/classes.txt"), 36);
}

/* A row counted three times is the row written three times. */
static void counts_are_copies(void **state)
{
    (void)state;
    enum { N = 60 };
    double y[3 * N], p[3 * N], count[N];
    uint8_t decided[3 * N];
    uint32_t column[3 * N], query[3 * N];
    struct mlp_arg arg[2] = {{.name = "min_rows", .kind = MLP_A_NUM, .num = 5}, {.name = "b", .kind = MLP_A_NUM, .num = 2}};
    struct mlp_use use = {.args = {arg, 2}};
    size_t n = 0;
    for (size_t i = 0; i < N; i++) {
        y[i] = mlp_random(1, 1, i) % 3 == 0, p[i] = (double)(mlp_random(1, 2, i) % 9) / 9, decided[i] = p[i] > 0.5;
        column[i] = (uint32_t)(i % 3), query[i] = 0;
    }
    double yy[3 * N], pp[3 * N];
    uint8_t dd[3 * N];
    uint32_t cc[3 * N], qq[3 * N];
    for (size_t i = 0; i < N; i++) {
        count[i] = (double)(i % 4 == 3 ? 0 : i % 4);
        for (int k = 0; k < (int)count[i]; k++) yy[n] = y[i], pp[n] = p[i], dd[n] = decided[i], cc[n] = column[i], qq[n++] = 0;
    }
    struct mlp_judged a = {.n = N, .y = y, .p = p, .decided = decided, .column = column, .column_codes = 3};
    struct mlp_judged b = {.n = n, .y = yy, .p = pp, .decided = dd, .column = cc, .column_codes = 3};
    (void)query, (void)qq;
    int metrics = 0;
    for (const struct mlp_bind *m = mlp_library_bind; m->name; m++) {
        const struct mlp_metric_ops *ops = m->ops;
        if (strncmp(m->name, "metric.", 7) || ops->by_query) continue;
        double x = value(ops, &use, &a, count), z = value(ops, &use, &b, NULL);
        if (!(fabs(x - z) <= 1e-13) && !(isnan(x) && isnan(z))) fail_msg("%s: %.17g counted, %.17g copied", m->name, x, z);
        metrics++;
    }
    assert_true(metrics > 30);
}

static void undefined(const char *name, const struct mlp_judged *with, const char *why)
{
    struct mlp_use use = {0};
    struct mlp_measure m;
    struct mlp_error error = {0};
    assert_int_equal(mlp_metric_measure(metric(name), &use, with, 1, &m, &error), MLP_OK);
    if (!isnan(m.value)) fail_msg("%s is %g, expected: %s", name, m.value, why);
    assert_true(isnan(m.low) && isnan(m.high));
    assert_string_equal(m.why, why);
}

static void undefined_says_why(void **state)
{
    (void)state;
    double zero[4] = {0}, one[4] = {1, 1, 1, 1}, p[4] = {.1, .2, .3, .4};
    uint8_t no[4] = {0};
    uint32_t group[4] = {2, 2, 3, 3};
    undefined("roc_auc", &(struct mlp_judged){.n = 4, .y = zero, .p = p}, "only one class");
    undefined("roc_auc", &(struct mlp_judged){.n = 4, .y = one, .p = p}, "only one class");
    undefined("pr_auc", &(struct mlp_judged){.n = 4, .y = zero, .p = p}, "no positive rows");
    undefined("recall", &(struct mlp_judged){.n = 4, .y = zero, .p = p, .decided = no}, "no positive rows");
    undefined("precision", &(struct mlp_judged){.n = 4, .y = one, .p = p, .decided = no}, "no row is decided positive");
    undefined("f1", &(struct mlp_judged){.n = 4, .y = zero, .p = p, .decided = no}, "no row is positive or decided positive");
    undefined("accuracy", &(struct mlp_judged){.n = 4, .y = zero, .p = p}, "no threshold, so no decisions");
    undefined("r2", &(struct mlp_judged){.n = 4, .y = one, .p = p}, "the target is constant");
    undefined("rmse", &(struct mlp_judged){.n = 0}, "no rows");
    undefined("demographic_parity_difference",
              &(struct mlp_judged){.n = 4, .y = one, .p = p, .decided = no, .column = group, .column_codes = 4},
              "fewer than two groups are large enough");
}

static void intervals(void **state)
{
    (void)state;
    enum { N = 1000 };
    static double y[N], p[N];
    static uint8_t decided[N];
    static uint32_t query[N];
    for (size_t i = 0; i < N; i++) {
        y[i] = mlp_uniform(mlp_random(1, 1, i)) < 0.3;
        p[i] = mlp_uniform(mlp_random(1, 2, i)) * 0.7 + 0.3 * y[i],
        decided[i] = mlp_uniform(mlp_random(1, 3, i)) < 0.5 ? y[i] > 0 : 0, query[i] = (uint32_t)i / 10;
    }
    struct mlp_judged j = {.n = N, .y = y, .p = p, .decided = decided, .query = query};
    struct mlp_use use = {0};
    struct mlp_error error = {0};
    struct mlp_measure a, b;
    assert_int_equal(mlp_metric_measure(metric("accuracy"), &use, &j, 1, &a, &error), MLP_OK);
    double half = 1.96 * sqrt(a.value * (1 - a.value) / N);  /* what theory says of a share */
    assert_true(fabs(a.low - (a.value - half)) < 0.2 * half && fabs(a.high - (a.value + half)) < 0.2 * half);
    assert_int_equal(mlp_metric_measure(metric("accuracy"), &use, &j, 1, &b, &error), MLP_OK);
    assert_memory_equal(&a, &b, sizeof a);
    assert_int_equal(mlp_metric_measure(metric("accuracy"), &use, &j, 2, &b, &error), MLP_OK);
    assert_true(a.value == b.value && a.low != b.low);
    assert_int_equal(mlp_metric_measure(metric("roc_auc"), &use, &j, 1, &a, &error), MLP_OK);
    assert_true(a.low < a.value && a.value < a.high && a.high - a.low < 0.1);
    assert_int_equal(mlp_metric_measure(&mlp_metric_ndcg, &use, &j, 1, &a, &error), MLP_OK);
    assert_true(a.low < a.value && a.value < a.high);
}

static void order_is_stable(void **state)
{
    (void)state;
    enum { N = 5000 };
    static double p[N];
    struct mlp_arena arena = {0};
    for (size_t i = 0; i < N; i++) p[i] = ((double)(mlp_random(1, 2, i) % 500) - 250) / 7;
    p[10] = -0.0, p[11] = 0, p[12] = INFINITY, p[13] = -INFINITY, p[14] = 5e-324, p[15] = -5e-324;
    uint32_t *order = mlp_metric_order(p, N, &arena);
    for (size_t i = 1; i < N; i++)
        assert_true(p[order[i - 1]] < p[order[i]] || (p[order[i - 1]] == p[order[i]] && order[i - 1] < order[i]));
    mlp_arena_clear(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(against_scikit_learn), cmocka_unit_test(counts_are_copies),
                                       cmocka_unit_test(undefined_says_why), cmocka_unit_test(intervals),
                                       cmocka_unit_test(order_is_stable)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
