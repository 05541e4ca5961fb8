/* program_common.h: a program written by hand, with kernels in plain C: the contract without a compiler. Shared by the tests of
 * run, store and predictor. Whoever changes the contract changes this page. */
#ifndef PROGRAM_COMMON_H
#define PROGRAM_COMMON_H
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
#include "mlp_stdlib.h"
#include "runtime/base/hash.h"
#include "runtime/base/image.h"
#include "runtime/calls.h"
#include "runtime/fit/fit.h"
#include "runtime/io/reader.h"
#include "runtime/metric/metric.h"
#include "runtime/model/model.h"
#include "runtime/run/run.h"
#include "runtime/split/split.h"

/* ---- kernels: what the compiler would emit ---- */
static int there(const struct mlp_in *in, size_t i) { return !in->valid || (in->valid[i >> 6] >> (i & 63) & 1); }
static double cell(const struct mlp_ctx *ctx, uint32_t c) { return ctx->state->cell[c].n
                                                           ? ((const double *)ctx->state->cell[c].at)[0] : NAN; }

/* slots: income (nullable), city, senior -> features: filled log income, unknown, city, senior */
static void k_apply(const struct mlp_ctx *ctx, const struct mlp_in *in, size_t n, const struct mlp_out *out)
{
    const double *income = in[0].data, *senior = in[2].data;
    const uint32_t *city = in[1].data;
    for (size_t i = 0; i < n; i++) {
        const double v = there(&in[0], i) ? income[i] : cell(ctx, 1);
        ((float *)out[0].data)[i * out[0].step] = (float)log1p(v);
        ((float *)out[1].data)[i * out[1].step] = there(&in[0], i) ? 0 : 1;
        ((uint32_t *)out[2].data)[i * out[2].step] = city[i];
        ((float *)out[3].data)[i * out[3].step] = (float)senior[i];
    }
}
static void k_income(const struct mlp_ctx *ctx, const struct mlp_in *in, size_t n, const struct mlp_out *out)
{
    (void)ctx;
    for (size_t i = 0; i < n; i++)
        ((double *)out[0].data)[i * out[0].step] = there(&in[0], i) ? ((const double *)in[0].data)[i] : NAN;
}
static void k_bool(const struct mlp_ctx *ctx, const struct mlp_in *in, size_t n,
                   const struct mlp_out *out) { k_income(ctx, in, n, out); }
static void k_city(const struct mlp_ctx *ctx, const struct mlp_in *in, size_t n, const struct mlp_out *out)
{
    (void)ctx;
    for (size_t i = 0; i < n; i++) ((uint32_t *)out[0].data)[i * out[0].step] = ((const uint32_t *)in[0].data)[i];
}
static void k_rule(const struct mlp_ctx *ctx, const struct mlp_in *in, size_t n, const struct mlp_out *out)
{
    for (size_t i = 0; i < n; i++)
        ((double *)out[0].data)[i * out[0].step] = !there(&in[0], i) ? NAN : ((const double *)in[0].data)[i] > ctx->param[1] ? 0.7
            : 0.2;
}
static void k_loss(const struct mlp_ctx *ctx, const double *y, const double *weight, const double *score, size_t n, double *value,
                   double *grad, double *hess)
{
    (void)ctx;
    for (size_t i = 0; i < n; i++) {
        const double w = weight ? weight[i] : 1, z = score[i], p = 1 / (1 + exp(-z));
        if (value) value[i] = w * (fmax(z, 0) - z * y[i] + log1p(exp(-fabs(z))));
        if (grad) grad[i] = w * (p - y[i]);
        if (hess) hess[i] = w * p * (1 - p);
    }
}
static void k_link(const struct mlp_ctx *ctx, const double *score, size_t n, double *out)
{
    (void)ctx;
    for (size_t i = 0; i < n; i++) out[i] = 1 / (1 + exp(-score[i]));
}
enum { K_APPLY, K_INCOME, K_TARGET, K_RULE, K_LOSS, K_LINK, K_SLICE, K_SENIOR, KERNELS };

/* ---- the program ---- */
#define LIST(T, ...) {(T[]){__VA_ARGS__}, sizeof((T[]){__VA_ARGS__}) / sizeof(T)}
#define WORDS(...) {(char *const[]){__VA_ARGS__}, sizeof((char *const[]){__VA_ARGS__}) / sizeof(char *)}
#define NUM(x) {.kind = MLP_A_NUM, .num = (x)}
#define NAMED(key, x) {.name = key, .kind = MLP_A_NUM, .num = (x)}
static const double inf = INFINITY;
enum { B_LINEAR, B_TREES, B_SPLIT, B_AUC, B_LOG_LOSS, B_F1, B_PARITY, B_MEDIAN, B_CSV, BINDS };
static const struct mlp_bind test_bind[BINDS + 1] = {
    {"model.linear", &mlp_model_linear}, {"model.boosted_trees", &mlp_model_boosted_trees}, {"split.random", &mlp_split_random},
        {"metric.roc_auc", &mlp_metric_roc_auc},
    {"metric.log_loss", &mlp_metric_log_loss}, {"metric.f1", &mlp_metric_f1},
        {"metric.demographic_parity_difference", &mlp_metric_demographic_parity_difference},
    {"reducer.median", &mlp_reducer_median}, {"reader.csv", &mlp_reader_csv}};
static const union mlp_entry test_entry[KERNELS] = {[K_APPLY] = {.map = k_apply}, [K_INCOME] = {.map = k_income},
                                                    [K_TARGET] = {.map = k_bool}, [K_RULE] = {.map = k_rule},
                                                    [K_LOSS] = {.loss = k_loss}, [K_LINK] = {.link = k_link},
                                                        [K_SLICE] = {.map = k_city}, [K_SENIOR] = {.map = k_bool}};
static struct mlp_use metric_use(const char *name, mlp_ix impl) { return (struct mlp_use){.name = name, .impl = impl}; }

/* Slots: 0 income, 1 city, 2 senior, 3 bought. Cells: 0 cities, 1 median income. */
static const struct mlp_program *test_program(struct mlp_arena *arena)
{
    static const char spec[] = "pipeline bought\n# written by hand in tests/unit/program_common.h\n";
    struct mlp_program *p = mlp_arena_alloc(arena, sizeof *p);
#define KEEP(T, name, ...) \
    T *name = mlp_arena_alloc(arena, sizeof((T[]){__VA_ARGS__})); \
    memcpy(name, (T[]){__VA_ARGS__}, sizeof((T[]){__VA_ARGS__}))
#define COUNT(T, ...) (sizeof((T[]){__VA_ARGS__}) / sizeof(T))
#define PUT(field, T, ...) do { \
        KEEP(T, kept_, __VA_ARGS__); \
        void *const list_ = kept_; \
        memcpy(&p->field.at, &list_, sizeof list_), p->field.n = COUNT(T, __VA_ARGS__); \
    } while (0)
    KEEP(struct mlp_arg, path, {.name = "path", .kind = MLP_A_PARAM, .ix = 0});
    KEEP(struct mlp_column, columns,
         {.id = {.name = "id"}, .type = MLP_IDENT, .rep = MLP_CODE, .tags = MLP_KEY, .lo = -inf, .hi = inf, .max_missing = inf,
          .max_distinct = inf, .refers = MLP_NONE, .known_at = MLP_NONE, .kernel = MLP_NONE, .codebook = MLP_NONE},
         {.id = {.name = "income"}, .unit = "EUR", .type = MLP_FLOAT, .rep = MLP_F64, .nullable = 1, .lo = 0, .hi = 10000,
          .max_missing = inf, .max_distinct = inf, .refers = MLP_NONE, .known_at = MLP_NONE, .kernel = MLP_NONE, .codebook = MLP_NONE},
         {.id = {.name = "city"}, .type = MLP_CATEGORY, .rep = MLP_CODE, .lo = -inf, .hi = inf, .max_missing = inf,
          .max_distinct = inf, .refers = MLP_NONE, .known_at = MLP_NONE, .kernel = MLP_NONE, .codebook = MLP_NONE},
         {.id = {.name = "senior"}, .type = MLP_BOOL, .rep = MLP_F64, .lo = -inf, .hi = inf, .max_missing = inf,
          .max_distinct = inf, .refers = MLP_NONE, .known_at = MLP_NONE, .kernel = MLP_NONE, .codebook = MLP_NONE},
         {.id = {.name = "bought"}, .type = MLP_BOOL, .rep = MLP_F64, .nullable = 1, .tags = MLP_OUTCOME, .lo = -inf, .hi = inf,
          .max_missing = inf, .max_distinct = inf, .refers = MLP_NONE, .known_at = MLP_NONE, .kernel = MLP_NONE, .codebook = MLP_NONE});
    KEEP(struct mlp_source, source,
         {.id = {.name = "people"}, .reader = {.name = "csv", .impl = B_CSV, .args = {path, 1}}, .path_param = 0,
          .columns = {columns, 5}, .key = {0}, .n_key = 1,
          .time = MLP_NONE, .group = MLP_NONE, .query = MLP_NONE, .weight = MLP_NONE, .bad_max = 0});
    *p = (struct mlp_program){.contract = MLP_CONTRACT, .name = "bought", .tool = "tests", .spec_path = "bought.mlp",
                              .spec = spec, .plan_json = "{}", .sources = {source, 1},
                              .main_source = 0, .seed = 7, .apply = K_APPLY};
    PUT(params, struct mlp_param, {.id = {.name = "data"}, .kind = MLP_P_TEXT, .lo = -inf, .hi = inf, .text = "people.csv"},
        {.id = {.name = "rich"}, .kind = MLP_P_NUM, .lo = 0, .hi = 1000, .num = 50});
    KEEP(struct mlp_arg, shares, {.name = "train", .kind = MLP_A_NUM, .num = 0.6},
         {.name = "validation", .kind = MLP_A_NUM, .num = 0.2}, {.name = "test", .kind = MLP_A_NUM, .num = 0.2},
         {.name = "stratify", .kind = MLP_A_COLUMN, .ix = 4}, {.name = "group"}, {.name = "seed"});
    p->split = (struct mlp_use){.name = "random", .impl = B_SPLIT, .args = {shares, 6}};
    PUT(slots, struct mlp_slot, {.id = {.name = "income"}, .rep = MLP_F64, .nullable = 1, .source = 0, .column = 1,
                                 .kernel = MLP_NONE, .codebook = MLP_NONE},
        {.id = {.name = "city"}, .rep = MLP_CODE, .source = 0, .column = 2, .kernel = MLP_NONE, .codebook = 0},
        {.id = {.name = "senior"}, .rep = MLP_F64, .source = 0, .column = 3, .kernel = MLP_NONE, .codebook = MLP_NONE},
        {.id = {.name = "bought"}, .rep = MLP_F64, .nullable = 1, .source = 0, .column = 4, .kernel = MLP_NONE,
         .codebook = MLP_NONE});
    KEEP(mlp_ix, three, 0, 1, 2);
    KEEP(mlp_ix, only_income, 0);
    KEEP(mlp_ix, only_city, 1);
    KEEP(mlp_ix, only_senior, 2);
    KEEP(mlp_ix, only_bought, 3);
    KEEP(uint8_t, forms, MLP_OUT_F32, MLP_OUT_F32, MLP_OUT_CODE, MLP_OUT_F32);
    KEEP(uint8_t, number, MLP_OUT_F64);
    KEEP(uint8_t, code, MLP_OUT_CODE);
    PUT(kernels, struct mlp_kernel, {"k_apply", MLP_K_MAP, {three, 3}, {forms, 4}},
        {"k_income", MLP_K_MAP, {only_income, 1}, {number, 1}},
        {"k_target", MLP_K_MAP, {only_bought, 1}, {number, 1}}, {"k_rule", MLP_K_MAP, {only_income, 1}, {number, 1}},
            {"k_loss", MLP_K_LOSS, {NULL, 0}, {NULL, 0}},
        {"k_link", MLP_K_LINK, {NULL, 0}, {NULL, 0}}, {"k_slice", MLP_K_MAP, {only_city, 1}, {code, 1}},
            {"k_senior", MLP_K_MAP, {only_senior, 1}, {number, 1}});
    KEEP(const char *, pinned, "Bern");
    PUT(cells, struct mlp_cell_spec, {.id = {.name = "city"}, .kind = MLP_CODEBOOK, .slot = 1, .pinned = {pinned, 1}},
        {.id = {.name = "median"}, .kind = MLP_NUMBERS, .slot = MLP_NONE});
    KEEP(struct mlp_fit, fits, {.reducer = {.impl = MLP_NONE}, .input = MLP_NONE, .by = MLP_NONE, .cell = 0, .book = MLP_NONE, .codebook = MLP_NONE,
          .column = MLP_NONE},
         {.reducer = {.name = "median", .impl = B_MEDIAN}, .input = 0, .by = MLP_NONE, .cell = 1, .book = MLP_NONE,
          .codebook = MLP_NONE, .column = MLP_NONE});
    PUT(stages, struct mlp_stage, {.kernel = K_INCOME, .fits = {fits, 2}});
    KEEP(mlp_ix, from_income, 1);
    KEEP(mlp_ix, from_city, 2);
    KEEP(mlp_ix, from_senior, 3);
    PUT(features, struct mlp_feature, {.id = {.name = "income"}, .form = MLP_DENSE, .kind = 1, .codebook = MLP_NONE,
                                       .column = MLP_NONE, .columns = {from_income, 1}},
        {.id = {.name = "unknown"}, .form = MLP_DENSE, .codebook = MLP_NONE, .column = MLP_NONE, .columns = {from_income, 1}},
        {.id = {.name = "city"}, .form = MLP_CODES, .codebook = 0, .column = MLP_NONE, .columns = {from_city, 1}},
        {.id = {.name = "senior"}, .form = MLP_DENSE, .codebook = MLP_NONE, .column = MLP_NONE, .columns = {from_senior, 1}});
    p->target = (struct mlp_target){.id = {.name = "bought"}, .task = MLP_BINARY, .kernel = K_TARGET, .via = MLP_NONE,
                                    .query = MLP_NONE, .item = MLP_NONE, .where = MLP_NONE};
    PUT(baselines, struct mlp_baseline, {.id = {.name = "majority"}, .use = {.name = "majority", .impl = MLP_NONE},
                                         .rule = MLP_NONE, .model = MLP_NONE}, {.id = {.name = "rich"}, .use = {.impl = MLP_NONE}, .rule = K_RULE, .model = MLP_NONE},
        {.id = {.name = "dice"}, .use = {.name = "random", .impl = MLP_NONE}, .rule = MLP_NONE, .model = MLP_NONE});
    KEEP(struct mlp_arg, linear, NUM(0), NUM(0.01), NUM(200), NUM(1e-9));
    KEEP(struct mlp_arg, trees, NUM(60), NUM(7), {.kind = MLP_A_NONE}, NUM(0.1), NUM(20), NUM(0.001), NUM(0), NUM(1), NUM(0),
         NUM(255), NUM(1), NUM(1));
    KEEP(struct mlp_arg, train, {.name = "loss"}, {.name = "early_stopping", .kind = MLP_A_NUM, .num = 10},
         {.name = "seed", .kind = MLP_A_NUM, .num = 1});
    KEEP(mlp_ix, all, 0, 1, 2, 3);
    PUT(models, struct mlp_model,
        {.id = {.name = "scores"}, .use = {.name = "linear", .impl = B_LINEAR, .args = {linear, 4}},
         .train = {.name = "train", .impl = MLP_NONE, .args = {train, 3}}, .features = {all, 4}, .loss = K_LOSS, .link = K_LINK,
         .target = MLP_NONE, .exposure = MLP_NONE},
        {.id = {.name = "trees"}, .use = {.name = "boosted_trees", .impl = B_TREES, .args = {trees, 12}},
         .train = {.name = "train", .impl = MLP_NONE, .args = {train, 3}}, .features = {all, 4}, .loss = K_LOSS, .link = K_LINK,
         .target = MLP_NONE, .exposure = MLP_NONE});
    p->decision = (struct mlp_decision){.how = MLP_T_BEST, .at_least = 1, .text = "max(f1)", .number = 0.5, .answer = MLP_NONE, .abstain = MLP_NONE, .metric = metric_use("f1", B_F1)};
    KEEP(struct mlp_arg, parity, {.name = "c", .kind = MLP_A_COLUMN, .ix = 3}, {.name = "min_rows", .kind = MLP_A_NUM, .num = 30});
    KEEP(struct mlp_slice, by_city, {.id = {.name = "city"}, .kernel = K_SLICE, .codebook = 0, .column = 2});
    KEEP(struct mlp_slice, by_senior, {.id = {.name = "senior"}, .kernel = K_SENIOR, .codebook = MLP_NONE, .column = 3,
                                       .is_bool = 1});
    const struct mlp_use auc = metric_use("roc_auc", B_AUC), none = {.impl = MLP_NONE};
    PUT(goals, struct mlp_goal,
        {.text = "maximize roc_auc >= 0.8", .aim = MLP_MAXIMIZE, .bound = 1, .at_least = 1, .most = 1, .metric = auc, .of = MLP_NONE,
         .ref_metric = none, .offset = 0.8, .where = MLP_NONE},
        {.text = "require roc_auc >= baseline + 0.05", .aim = MLP_REQUIRE, .bound = 1, .at_least = 1, .most = 1, .metric = auc,
         .of = MLP_NONE, .ref = MLP_REF_BEST_BASELINE, .ref_metric = auc, .factor = 1, .offset = 0.05, .where = MLP_NONE},
        {.text = "require roc_auc >= 0.55 per city", .aim = MLP_REQUIRE, .bound = 1, .at_least = 1, .allow = MLP_ALLOW_E106, .most = 1, .metric = auc, .of = MLP_NONE,
         .ref_metric = none, .offset = 0.55, .per = {by_city, 1}, .where = MLP_NONE},
        {.text = "require log_loss <= log_loss(rich) where senior", .aim = MLP_REQUIRE, .bound = 1,
         .metric = metric_use("log_loss", B_LOG_LOSS), .of = MLP_NONE, .ref = MLP_REF_BASELINE, .ref_ix = 1,
            .ref_metric = metric_use("log_loss", B_LOG_LOSS), .factor = 1, .where = K_SENIOR},
        {.text = "require demographic_parity_difference(senior) <= 0.6", .aim = MLP_REQUIRE, .bound = 1,
         .metric = {.name = "demographic_parity_difference", .impl = B_PARITY, .args = {parity, 2}}, .of = MLP_NONE,
            .ref_metric = none, .offset = 0.6, .where = MLP_NONE});
    PUT(reports, struct mlp_report, {.where = MLP_NONE, .metric = auc}, {.where = MLP_NONE, .metric = metric_use("f1", B_F1)}, {.where = MLP_NONE, .metric = auc, .per = {by_senior, 1}},
        {.where = MLP_NONE, .metric = metric_use("log_loss", B_LOG_LOSS), .part = MLP_ON_TRAIN});
    KEEP(const char *, bound, "model.linear", "model.boosted_trees", "split.random", "metric.roc_auc", "metric.log_loss",
         "metric.f1", "metric.demographic_parity_difference", "reducer.median", "reader.csv");
    p->bound.at = bound, p->bound.n = BINDS;
    struct mlp_error error;
    assert_int_equal(mlp_image_hash(p, "by hand", 7, p->plan_hash, &error), MLP_OK);
    return p;
}
#undef PUT
#undef KEEP

/* ---- data: made, with a known dependence ---- */
/* mode: 0 usual, 1 constant target, 2 no target, 3 one class in a small part */
__attribute__((unused)) static void test_csv(const char *path, int rows, int mode)
{
    static const char *const cities[] = {"Oslo", "Bern", "Paris, north", "Rome"};
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fprintf(f, "id,city,income,senior%s\n", mode == 2 ? "" : ",bought");
    for (int i = 0; i < rows; i++) {
        const double u = mlp_uniform(mlp_random(1, 1, (uint64_t)i)), v = mlp_uniform(mlp_random(1, 2, (uint64_t)i)),
            w = mlp_uniform(mlp_random(1, 3, (uint64_t)i));
        const int city = (int)(v * 4), senior = w > 0.6;
        const double income = 20 + 80 * u, z = (income - 60) / 12 + (city - 1.5) * 0.8 + (senior ? 0.5 : 0);
        const int bought = mlp_uniform(mlp_random(1, 4, (uint64_t)i)) < 1 / (1 + exp(-z));
        fprintf(f, "c%d,\"%s\",", i, cities[city]);
        if (i % 17) fprintf(f, "%.2f", income);
        fprintf(f, ",%s", senior ? "yes" : "no");
        if (mode != 2)
            fprintf(f, ",%s", mode == 1 ? "true" : mode == 3 ? (i == 0 ? "true" : "false") : i % 101 == 100 ? "" : bought ? "true"
                    : "false");
        fprintf(f, "\n");
    }
    assert_int_equal(fclose(f), 0);
}

/* A folder of its own; run from inside it. */
__attribute__((unused)) static void test_folder(void)
{
    char path[] = "/tmp/mlp-unit-XXXXXX";
    assert_non_null(mkdtemp(path));
    assert_int_equal(chdir(path), 0);
}
#define OK(call) do { \
        const mlp_status ok_ = (call); \
        if (ok_ != MLP_OK) fail_msg("%s: [%s] %s (%s)", #call, error.code, error.text, error.file); \
    } while (0)
#endif
