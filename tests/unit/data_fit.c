/* data_fit.c: reducers against numpy, codebooks, windows, stages, cross-fitting and the matrix, with kernels in plain C; and the
 * calls of kernels. The same bytes for 1, 2 and 7 threads. */
#include "runtime/base/hash.h"
#include "runtime/calls.h"
#include "runtime/fit/fit.h"
#include "tests/unit/data.h"

/* ---- reducers: values of numpy 2.4.6 over 1001 numbers that mlp_random makes (mean std var median, quantiles .25 .1 .999, min
 * max, most frequent (smallest), sum, share of not 0, distinct) ---- */
static const struct { const char *name; double want[13]; } numpy[] = {
    {"a", {-0.1528629031520947, 58.565867979996234, 3429.9608922503485, -0.14699070192372687, -51.003156105252586,
        -81.6591688048581, 99.54905761647836, -99.15372360625538, 99.5679044719036, -99.15372360625538, -153.0157660552468, 1.0,
            1001.0}},
    {"b", {8.214785214785215, 4.882927216395976, 23.842978200620557, 8.0, 4.0, 1.0, 16.0, 0.0, 16.0, 9.0, 8223.0,
        0.9460539460539461, 17.0}},
    {"c", {100000000.50876108, 0.2805195447914146, 0.07869121500998245, 100000000.51242225, 100000000.27363423, 100000000.11266387,
        100000000.99825224, 100000000.0007562, 100000000.99832997, 100000000.0007562, 100100000509.26984, 1.0, 1001.0}}};
static const struct mlp_reducer_ops *const reducer[] = {&mlp_reducer_mean, &mlp_reducer_sd, &mlp_reducer_var, &mlp_reducer_median,
    &mlp_reducer_quantile, &mlp_reducer_quantile, &mlp_reducer_quantile, &mlp_reducer_min, &mlp_reducer_max, &mlp_reducer_mode,
        &mlp_reducer_sum, &mlp_reducer_share, &mlp_reducer_distinct};
/* Order statistics and counts are exact; sums are ours to be better at. */
static const double tolerance[] = {1e-14, 1e-12, 1e-12, 0, 0, 0, 0, 0, 0, 0, 1e-14, 1e-15, 0};

static double uniform(uint64_t stream, uint64_t row) { return mlp_uniform(mlp_random(21, stream, row)); }

static void test_reducers(void **state)
{
    (void)state;
    double x[1001];
    for (size_t s = 0; s < 3; s++)
        for (size_t r = 0; r < 13; r++) {
            for (size_t i = 0; i < 1001; i++) x[i] = !s ? uniform(1, i)
                * 200 - 100 : s == 1 ? (double)(mlp_random(21, 2, i) % 17) : 1e8 + uniform(3, i);
            const struct mlp_use use = {.args =
                ARGS({.name = "q", .kind = MLP_A_NUM, .num = r == 4 ? 0.25 : r == 5 ? 0.1 : 0.999})};
            const double got = reducer[r]->reduce(x, 1001, &use), want = numpy[s].want[r];
            if (!(fabs(got - want) <= tolerance[r] * fmax(fabs(want), 100)))
                fail_msg("%s of %s: %.17g, numpy %.17g", reducer[r]->name, numpy[s].name, got, want);
        }
    const struct mlp_use none = {0}, q = {.args = ARGS({.name = "q", .kind = MLP_A_NUM, .num = 0.37})};
    for (size_t i = 0; i < 1000; i++) x[i] = uniform(1, i) * 200 - 100;
    assert_true(mlp_reducer_median.reduce(x, 1000, &none) == -0.06392661161669366);        /* between two; numpy 2.4.6 */
    assert_true(mlp_reducer_quantile.reduce(x, 1000, &q) == -26.749650012224514);
    assert_true(isnan(mlp_reducer_mean.reduce(x, 0, &none)) && isnan(mlp_reducer_median.reduce(x, 0, &none)) &&
                isnan(mlp_reducer_mode.reduce(x, 0, &none)) &&
                isnan(mlp_reducer_max.reduce(x, 0, &none)) && mlp_reducer_sum.reduce(x, 0, &none) == 0 &&
                    mlp_reducer_count.reduce(x, 0, &none) == 0);
    double hard[] = {1e16, 1, -1e16};
    assert_true(mlp_reducer_sum.reduce(hard, 3, &none) == 1);
    for (uint64_t round = 0; round < 3000; round++) {       /* every order statistic, ties and all */
        double y[40], sorted[40];
        const size_t n = 1 + mlp_random(5, 1, round) % 40, kinds = 1 + mlp_random(5, 2, round) % 12;
        for (size_t i = 0; i < n; i++) y[i] = sorted[i] = (double)(mlp_random(6, round, i) % kinds);
        for (size_t i = 1; i < n; i++)
            for (size_t k = i; k && sorted[k] < sorted[k - 1]; k--) { const double t = sorted[k];
                sorted[k] = sorted[k - 1], sorted[k - 1] = t; }
        const double middle = n % 2 ? sorted[n / 2] : (sorted[n / 2 - 1] + sorted[n / 2]) / 2;
        assert_true(mlp_reducer_median.reduce(y, n, &none) == middle);
    }
}

/* ---- a program by hand ---- */

enum { KEY, WHEN, X, C, SIZE, Y };
static struct mlp_column main_columns[] = {ID("id", .tags = MLP_KEY), DATE("day"), NUMBER("x", .nullable = 1),
    CATEGORY("c", .nullable = 1), CATEGORY("size", SET("S", "M", "L")), FLAG("y")};
static struct mlp_column call_columns[] = {ID("id", .refers = 0), DATE("at"), NUMBER("minutes", .nullable = 1)};
enum { S_X, S_C, S_SIZE, S_Y, S_COUNT, S_MEAN, S_SUM, S_MAX, S_MINUTES, SLOTS };
#define LIST_OF(type, ...) {(const type[]){__VA_ARGS__}, sizeof (const type[]){__VA_ARGS__} / sizeof(type)}
#define SLOT(n, r, c, b) {.id = {.name = n}, .origin = MLP_FROM_COLUMN, .rep = r, .column = c, .codebook = b, .kernel = MLP_NONE}
#define WINDOW(n, w, v, days) {.id = {.name = n}, .origin = MLP_FROM_WINDOW, .rep = MLP_F64, .nullable = 1, .window = w, \
                               .source = 1, .column = MLP_NONE, .on = LIST_OF(mlp_ix, KEY), .by = LIST_OF(mlp_ix, 0), \
                               .has_value = v, .kernel = v ? 3 : MLP_NONE, .codebook = MLP_NONE, .last_us = days * 86400000000}
static struct mlp_slot slots[] = {SLOT("x", MLP_F64, X, MLP_NONE), SLOT("c", MLP_CODE, C, 0),
    SLOT("size", MLP_CODE, SIZE, MLP_NONE), SLOT("y", MLP_F64, Y, MLP_NONE), WINDOW("calls", MLP_W_COUNT, 0, 30),
        WINDOW("mean", MLP_W_MEAN, 1, 30), WINDOW("sum", MLP_W_SUM, 1, 0), WINDOW("max", MLP_W_MAX, 1, 0),
    {.id = {.name = "minutes"}, .origin = MLP_FROM_COLUMN, .rep = MLP_F64, .nullable = 1, .source = 1, .column = 2,
     .codebook = MLP_NONE, .kernel = MLP_NONE}};

static int there(const struct mlp_in *in, size_t i) { return mlp_is_valid(in->valid, i); }
static double cell(const struct mlp_ctx *c, uint32_t cell_, uint32_t at) { const struct mlp_cell *k = &c->state->cell[cell_];
    return at < k->n ? ((const double *)k->at)[at] : NAN; }
/* Stage 1: x, c, y to be reduced. Stage 2: the filled x and the encoded c. */
static void stage_one(const struct mlp_ctx *ctx, const struct mlp_in *in, size_t n, const struct mlp_out *out)
{
    (void)ctx;
    for (size_t i = 0; i < n; i++) {
        ((double *)out[0].data)[i] = there(&in[0], i) ? ((const double *)in[0].data)[i] : NAN;
        ((uint32_t *)out[1].data)[i] = ((const uint32_t *)in[1].data)[i];
        ((double *)out[2].data)[i] = ((const double *)in[2].data)[i];
    }
}
static double filled(const struct mlp_ctx *ctx, const struct mlp_in *x,
                     size_t i) { return there(x, i) ? ((const double *)x->data)[i] : cell(ctx, 1, 0); }
static void stage_two(const struct mlp_ctx *ctx, const struct mlp_in *in, size_t n, const struct mlp_out *out)
{
    for (size_t i = 0; i < n; i++) {
        ((double *)out[0].data)[i] = filled(ctx, &in[0], i);
        ((double *)out[1].data)[i] = cell(ctx, 2, ((const uint32_t *)in[1].data)[i]);
    }
}
static void apply(const struct mlp_ctx *ctx, const struct mlp_in *in, size_t n, const struct mlp_out *out)
{
    for (size_t i = 0; i < n; i++) {
        ((float *)out[0].data)[i] = (float)((filled(ctx, &in[0], i) - cell(ctx, 3, 0)) / cell(ctx, 4, 0));
        ((uint32_t *)out[1].data)[i] = ((const uint32_t *)in[1].data)[i];
        ((uint32_t *)out[2].data)[i] = ((const uint32_t *)in[2].data)[i];
        ((float *)out[3].data)[i] = (float)cell(ctx, 2, ((const uint32_t *)in[1].data)[i]);
        for (int k = 0; k < 4; k++) ((float *)out[4 + k].data)[i] = there(&in[3 + k], i)
            ? (float)((const double *)in[3 + k].data)[i] : NAN;
    }
}
static void minutes(const struct mlp_ctx *ctx, const struct mlp_in *in, size_t n, const struct mlp_out *out)
{
    (void)ctx;
    for (size_t i = 0; i < n; i++) ((double *)out[0].data)[i] = there(&in[0], i) ? ((const double *)in[0].data)[i] : NAN;
}
static const struct mlp_kernel kernels[] = {
    {"one", MLP_K_MAP, LIST_OF(mlp_ix, S_X, S_C, S_Y), LIST_OF(uint8_t, MLP_OUT_F64, MLP_OUT_CODE, MLP_OUT_F64)},
    {"two", MLP_K_MAP, LIST_OF(mlp_ix, S_X, S_C), LIST_OF(uint8_t, MLP_OUT_F64, MLP_OUT_F64)},
    {"apply", MLP_K_MAP, LIST_OF(mlp_ix, S_X, S_C, S_SIZE, S_COUNT, S_MEAN, S_SUM, S_MAX),
     LIST_OF(uint8_t, MLP_OUT_F32, MLP_OUT_CODE, MLP_OUT_CODE, MLP_OUT_F32, MLP_OUT_F32, MLP_OUT_F32, MLP_OUT_F32, MLP_OUT_F32)},
    {"minutes", MLP_K_MAP, LIST_OF(mlp_ix, S_MINUTES), LIST_OF(uint8_t, MLP_OUT_F64)}};
static const union mlp_entry entries[] = {{.map = stage_one}, {.map = stage_two}, {.map = apply}, {.map = minutes}};
enum { B_MEDIAN, B_TARGET, B_MEAN, B_SD };
static const struct mlp_bind binds[] = {{"reducer.median", &mlp_reducer_median}, {"reducer.target_mean", &mlp_reducer_target_mean},
    {"reducer.mean", &mlp_reducer_mean}, {"reducer.sd", &mlp_reducer_sd}};
static const struct mlp_cell_spec cells[] = {{{.name = "c"}, MLP_CODEBOOK, S_C, LIST_OF(char *const, "zeta"), 0},
    {{.name = "median"}, MLP_NUMBERS, MLP_NONE, {0}, 0},
    {{.name = "habit"}, MLP_NUMBERS, MLP_NONE, {0}, 0}, {{.name = "mean"}, MLP_NUMBERS, MLP_NONE, {0}, 0},
        {{.name = "sd"}, MLP_NUMBERS, MLP_NONE, {0}, 0}};
#define FIT(b, i, by_, c, k, ...) {.reducer = {.impl = b, __VA_ARGS__}, .input = i, .by = by_, .cell = c, .crossfit = k, \
    .book = MLP_NONE, .codebook = MLP_NONE, .column = MLP_NONE, .with_codebook = MLP_NONE, .with_column = MLP_NONE}
static const struct mlp_stage stages[] = {
    {MLP_NONE, LIST_OF(struct mlp_fit, FIT(MLP_NONE, MLP_NONE, MLP_NONE, 0, 0))},
    {0, LIST_OF(struct mlp_fit, FIT(B_MEDIAN, 0, MLP_NONE, 1, 0),
                FIT(B_TARGET, 2, 1, 2, 5, .args = ARGS({.name = "smooth", .kind = MLP_A_NUM, .num = 4})))},
    {1, LIST_OF(struct mlp_fit, FIT(B_MEAN, 0, MLP_NONE, 3, 0), FIT(B_SD, 0, MLP_NONE, 4, 0))}};
static const struct mlp_feature features[] = {{.form = MLP_DENSE, .codebook = MLP_NONE, .column = MLP_NONE},
    {.form = MLP_CODES, .codebook = 0, .column = C},
    {.form = MLP_CODES, .codebook = MLP_NONE, .column = SIZE}, {.form = MLP_DENSE}, {.form = MLP_DENSE}, {.form = MLP_DENSE},
        {.form = MLP_DENSE}, {.form = MLP_DENSE}};
static struct mlp_source sources[] = {SOURCE(main_columns), SOURCE(call_columns)};
static const struct mlp_program program = {.sources = {sources, 2}, .slots = {slots, SLOTS}, .kernels = {kernels, 4},
    .cells = {cells, 5}, .stages = {stages, 3},
                                           .apply = 2, .features = {features, 8}, .target = {.query = MLP_NONE, .item = MLP_NONE, .where = MLP_NONE}};
static const struct mlp_code code = {&program, entries, binds};

static void read_into(const struct mlp_source *s, const char *text, struct mlp_table *t)
{
    struct mlp_error e;
    if (read_text(s, text, t, &e) != MLP_OK) show(&e), fail();
}
static void open_tables(struct mlp_table t[2], const char *main, const char *calls)
{
    sources[0].n_key = 1, sources[0].key[0] = KEY, sources[0].time = WHEN, sources[1].time = 1;
    read_into(&sources[0], main, &t[0]), read_into(&sources[1], calls, &t[1]);
}

static const char few[] = "id,day,x,c,size,y\n"
    "a,2025-03-01,1,beta,S,1\n" "b,2025-03-01,,beta,L,0\n" "c,2025-03-01,5,alpha,M,1\n"
    "d,2025-03-01,3,,S,0\n" "e,2025-03-01,9,gamma,S,1\n" "f,2025-03-02,,beta,M,1\n";
static const char few_calls[] = "id,at,minutes\n"
    "a,2025-02-28,2\n" "a,2025-03-01,100\n" "a,2025-01-30,4\n" "a,2025-01-29,8\n"
    "b,2025-02-27,\n" "nobody,2025-02-27,1\n" "f,2025-03-01,7\n" "a,2025-02-27,5\n";

static void test_state(void **state)
{
    (void)state;
    struct mlp_table t[2];
    open_tables(t, few, few_calls);
    struct mlp_frame frame;
    struct mlp_fitted fitted;
    struct mlp_matrix matrix;
    OK(mlp_frame_init(&frame, &code, t, NULL, error));
    OK(mlp_frame_windows(&frame, NULL, NULL, error));
    const uint32_t train[] = {0, 1, 2, 3};                  /* e and f: not seen */
    OK(mlp_state_fit(&frame, train, 4, 3, NULL, &fitted, error));
    const struct mlp_cell *const book = &fitted.state.cell[0];
    assert_int_equal(mlp_codebook_size(book), 5);           /* missing, unseen, zeta (pinned), alpha, beta */
    assert_memory_equal(mlp_codebook_spelling(book, 2).at, "zeta", 4);
    assert_memory_equal(mlp_codebook_spelling(book, 3).at, "alpha", 5);
    assert_memory_equal(mlp_codebook_spelling(book, 4).at, "beta", 4);
    assert_true(mlp_codebook_spelling(book, 5).n == 0 && mlp_codebook_spelling(book, 1).n == 0);
    assert_int_equal(((const double *)fitted.state.cell[1].at)[0], 3);   /* the median of 1, 5, 3 */
    const double *const habit = fitted.state.cell[2].at;    /* y of the four: 1 0 1 0, overall 0.5, smooth 4 */
    assert_int_equal(fitted.state.cell[2].n, 5);
    assert_true(habit[0] == (0 + 4 * 0.5) / 5 && habit[1] == 0.5 && habit[2] == 0.5 && habit[3] == (1 + 4 * 0.5) / 5 &&
                habit[4] == (1 + 4 * 0.5) / 6);
    assert_int_equal(((const double *)fitted.state.cell[3].at)[0], 3);   /* of the filled 1, 3, 5, 3 */
    assert_true(fabs(((const double *)fitted.state.cell[4].at)[0] - sqrt(2)) < 1e-15);
    assert_int_equal(fitted.folds, 5);
    OK(mlp_matrix_make(&frame, &fitted, NULL, &matrix, error));
    assert_true(matrix.rows == 6 && matrix.codes[0] == 0 && matrix.codes[1] == 5 && matrix.codes[2] == 5);
    const float *const x = matrix.column[0], *const te = matrix.column[3], *const calls = matrix.column[4],
        *const mean = matrix.column[5], *const sum = matrix.column[6], *const max = matrix.column[7];
    const uint32_t *const c = matrix.column[1], *const size = matrix.column[2];
    assert_true(x[0] == (float)(-2 / sqrt(2)) && x[1] == 0 && x[5] == 0);
    assert_true(c[0] == 4 && c[1] == 4 && c[2] == 3 && c[3] == 0 && c[4] == 1 && c[5] == 4);     /* gamma: unseen */
    assert_true(size[0] == 2 && size[1] == 4 && size[2] == 3);
    assert_true(te[4] == 0.5f && te[5] == (float)habit[4]);
    for (uint32_t i = 0; i < 4; i++) {                      /* a training row: from the rows of the other folds */
        const uint32_t fold = fitted.fold_of[i];
        assert_true(fold < 5 && fold == mlp_random(3, 0x666f6c64, i) % 5);
        double own = 0, all = 0, n = 0, m = 0;
        for (uint32_t k = 0; k < 4; k++) if (fitted.fold_of[k] != fold) all += numbers(t[0], Y)[k], n++;
        for (uint32_t k = 0; k < 4; k++) if (fitted.fold_of[k] != fold && c[k] == c[i]) own += numbers(t[0], Y)[k], m++;
        if (te[i] != (float)((own + 4 * (all / n)) / (m + 4)))
            fail_msg("row %u fold %u: %.9g, not (%g + 4 * %g / %g) / (%g + 4)", i, fold, (double)te[i], own, all, n, m);
    }
    assert_true(fitted.fold_of[4] == 255);
    /* windows: a on 03-01 sees 02-28 (2), 02-27 (5) and 01-30 (4), not its own day, not 30 days and one before */
    assert_true(calls[0] == 3 && fabsf(mean[0] - 11 / 3.f) < 1e-6f && sum[0] == 19 && max[0] == 8);
    assert_true(calls[1] == 1 && isnan(mean[1]) && sum[1] == 0 && isnan(max[1]));
    assert_true(calls[2] == 0 && isnan(mean[2]) && calls[5] == 1 && mean[5] == 7);
    mlp_matrix_clear(&matrix), mlp_fitted_clear(&fitted), mlp_frame_clear(&frame);
    sources[1].time = MLP_NONE;                             /* without a time: all rows of the key */
    for (int i = S_COUNT; i <= S_MAX; i++) slots[i].axis = MLP_ALL;
    OK(mlp_frame_init(&frame, &code, t, NULL, error));
    OK(mlp_frame_windows(&frame, NULL, NULL, error));
    assert_true(((const double *)frame.window[S_COUNT].data)[0] == 5 && ((const double *)frame.window[S_SUM].data)[0] == 119);
    for (int i = S_COUNT; i <= S_MAX; i++) slots[i].axis = MLP_BY_TIME;
    mlp_frame_clear(&frame), mlp_table_clear(&t[0]), mlp_table_clear(&t[1]);
}

static void test_nothing_to_learn(void **state)
{
    (void)state;
    struct mlp_table t[2];
    open_tables(t, "id,day,x,c,size,y\na,2025-03-01,,,S,1\nb,2025-03-01,,,L,0\n", few_calls);
    struct mlp_frame frame;
    struct mlp_fitted fitted;
    struct mlp_matrix matrix;
    OK(mlp_frame_init(&frame, &code, t, NULL, error));
    OK(mlp_frame_windows(&frame, NULL, NULL, error));
    const uint32_t train[] = {0, 1};
    OK(mlp_state_fit(&frame, train, 2, 7, NULL, &fitted, error));
    assert_true(isnan(((const double *)fitted.state.cell[1].at)[0]));    /* a column without a value: missing, for run to warn of */
    assert_int_equal(mlp_codebook_size(&fitted.state.cell[0]), 3);
    OK(mlp_matrix_make(&frame, &fitted, NULL, &matrix, error));
    assert_true(isnan(((const float *)matrix.column[0])[0]));
    mlp_matrix_clear(&matrix), mlp_fitted_clear(&fitted), mlp_frame_clear(&frame), mlp_table_clear(&t[0]), mlp_table_clear(&t[1]);
}

static void test_threads(void **state)
{
    (void)state;
    enum { ROWS = 150000 };
    char *const text = malloc(ROWS * 48 + 64);
    size_t n = (size_t)sprintf(text, "id,day,x,c,size,y\n");
    for (uint64_t i = 0; i < ROWS; i++) {
        n += (size_t)sprintf(text + n, "k%lu,2025-03-%02lu,", (unsigned long)i, (unsigned long)(1 + i % 28));
        if (mlp_random(1, 1, i) % 9) n += (size_t)sprintf(text + n, "%.6f", uniform(4, i) * 1000);
        n += (size_t)sprintf(text + n, ",v%lu,%c,%d\n", (unsigned long)(mlp_random(1, 2, i) % 50), "SML"[i % 3],
                             uniform(5, i) < 0.3);
    }
    struct mlp_table t[2];
    open_tables(t, text, few_calls);
    free(text);
    uint32_t *const train = malloc(ROWS * sizeof *train);
    size_t n_train = 0;
    for (uint32_t i = 0; i < ROWS; i++) if (mlp_random(9, 1, i) % 10 < 7) train[n_train++] = i;
    struct mlp_frame frame;
    OK(mlp_frame_init(&frame, &code, t, NULL, error));
    OK(mlp_frame_windows(&frame, NULL, NULL, error));
    uint8_t first[16] = {0};
    static const int threads[] = {0, 1, 2, 7};
    for (int k = 0; k < 4; k++) {
        struct mlp_pool *const pool = threads[k] ? mlp_pool_new(threads[k]) : NULL;
        struct mlp_fitted fitted;
        struct mlp_matrix matrix;
        OK(mlp_state_fit(&frame, train, n_train, 3, pool, &fitted, error));
        OK(mlp_matrix_make(&frame, &fitted, pool, &matrix, error));
        uint8_t hash[16] = {0};
        uint64_t seed = 0;
        for (uint32_t c = 0; c < program.cells.n; c++)
            mlp_hash128(fitted.state.cell[c].at, fitted.state.cell[c].n * (c ? 8 : 1), seed, hash), memcpy(&seed, hash, 8);
        for (uint32_t f = 0; f < program.features.n; f++)
            mlp_hash128(matrix.column[f], ROWS * 4, seed, hash), memcpy(&seed, hash, 8);
        if (!k) memcpy(first, hash, 16);
        assert_memory_equal(first, hash, 16);
        if (k == 3) {                                       /* block form and one row at a time: the same */
            float *const one = malloc(8 * sizeof *one);
            void *const out[8] = {one, one + 1, one + 2, one + 3, one + 4, one + 5, one + 6, one + 7};
            for (uint32_t row = 0; row < ROWS; row += 997) {
                const uint32_t fold = fitted.fold_of[row];
                OK(mlp_map_rows(&frame, fold == 255 ? &fitted.state : &fitted.fold[fold], 2, &row, 1, pool, out, error));
                for (int f = 0; f < 8; f++) assert_memory_equal(one + f, (float *)matrix.column[f] + row, 4);
            }
            free(one);
        }
        mlp_matrix_clear(&matrix), mlp_fitted_clear(&fitted), mlp_pool_free(pool);
    }
    free(train), mlp_frame_clear(&frame), mlp_table_clear(&t[0]), mlp_table_clear(&t[1]);
}

static void test_codebooks(void **state)
{
    (void)state;
    char bytes[] = "\2\0\0\0" "\0\0\0\0" "\3\0\0\0" "\5\0\0\0" "abcde";
    struct mlp_cell c = {bytes, sizeof bytes - 1};
    assert_true(mlp_codebook_sound(&c) && mlp_codebook_size(&c) == 4 && mlp_codebook_spelling(&c, 3).n == 2);
    struct mlp_arena arena = {0};
    struct mlp_dictionary d;
    OK(mlp_codebook_open(&c, &arena, &d, error));
    assert_true(mlp_dictionary_find(&d, "abc", 3) == 2 && mlp_dictionary_find(&d, "de", 2) == 3 &&
                mlp_dictionary_find(&d, "x", 1) == 1);
    mlp_arena_clear(&arena);
    for (size_t i = 0; i < sizeof bytes - 1; i++) assert_false(mlp_codebook_sound(&(struct mlp_cell){bytes, i}));
    for (size_t i = 0; i < 16; i++) {
        bytes[i] ^= 0x40;
        assert_false(mlp_codebook_sound(&c));
        bytes[i] ^= 0x40;
    }
    assert_false(mlp_codebook_sound(&(struct mlp_cell){NULL, 0}));
    assert_int_equal(mlp_codebook_size(&(struct mlp_cell){NULL, 0}), 2);
}

static struct mlp_str str(const char *s) { return (struct mlp_str){s, strlen(s)}; }
static void test_calls(void **state)
{
    (void)state;
    const struct mlp_str hay = str("Grüße aus Köln"), none = {NULL, 0};
    assert_true(mlp_calls.contains(&hay, &(struct mlp_str){"üße", 5}) && !mlp_calls.contains(&hay, &(struct mlp_str){"usse", 4}) &&
                mlp_calls.contains(&none, &none));
    assert_true(mlp_calls.starts_with(&hay, &(struct mlp_str){"Gr", 2}) && !mlp_calls.starts_with(&none, &hay) &&
                mlp_calls.ends_with(&hay, &(struct mlp_str){"ln", 2}));
    assert_true(mlp_calls.equals(&hay, &hay) && mlp_calls.equals(&none, &none) && !mlp_calls.equals(&hay, &none));
    assert_true(mlp_calls.length(&hay) == 14 && mlp_calls.length(&none) == 0);
    struct mlp_arena arena = {0};
    static const char *const pair[][2] = {{"Grüße aus KÖLN!", "grüße aus köln!"}, {"ÀÉÎÕÜÝÞ×", "àéîõüýþ×"}, {"ŁŚŽŤŐĶŸ", "łśžťőķÿ"},
        {"ЖУК ΔΈΝΔΡΟ", "жук δένδρο"}, {"", ""}};
    for (size_t i = 0; i < sizeof pair / sizeof *pair; i++) {
        struct mlp_str in = str(pair[i][0]), out, back;
        mlp_calls.lower(&arena, &out, &in);
        if (out.n != strlen(pair[i][1]) || memcmp(out.at, pair[i][1], out.n)) fail_msg("%.*s", (int)out.n, out.at);
        mlp_calls.upper(&arena, &back, &out);
        in = back;
        mlp_calls.lower(&arena, &back, &in);
        assert_true(back.n == out.n && (!out.n || !memcmp(back.at, out.at, out.n)));
    }
    struct mlp_str out, in = {"\xc3", 1};                   /* cut in the middle of a letter */
    mlp_calls.upper(&arena, &out, &in);
    assert_true(out.n == 1 && *out.at == '\xc3');
    const struct mlp_str list = str("Action\x1f" "Drama\x1f" "\x1f"), empty = {"", 0}, set = str("2:Mr0:4:Miss");
    assert_true(mlp_calls.size(&list) == 3 && mlp_calls.size(&empty) == 0);
    assert_true(mlp_calls.has(&list, &(struct mlp_str){"Drama", 5}) && !mlp_calls.has(&list, &(struct mlp_str){"Dram", 4}) &&
                mlp_calls.has(&list, &empty) && !mlp_calls.has(&empty, &empty));
    assert_true(mlp_calls.which(&(struct mlp_str){"Miss", 4}, &set) == 4 && mlp_calls.which(&empty, &set) == 3 &&
                isnan(mlp_calls.which(&(struct mlp_str){"Mis", 3}, &set)) && mlp_calls.one_of(&(struct mlp_str){"Mr", 2}, &set));
    assert_true(mlp_calls.hash(&list, 16) == 2 + (double)(mlp_hash(list.at, list.n, 0) % 16));
    in = str(" \t a b\r\n");
    mlp_calls.trim(&arena, &out, &in);
    assert_true(out.n == 3 && !memcmp(out.at, "a b", 3));
    mlp_arena_clear(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_reducers), cmocka_unit_test(test_state),
        cmocka_unit_test(test_nothing_to_learn), cmocka_unit_test(test_threads), cmocka_unit_test(test_codebooks),
            cmocka_unit_test(test_calls)};
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
