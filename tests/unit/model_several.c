/* model_several.c: models with several outputs: against reference solutions (tests/numeric/models.txt), whatever the threads, row by
 * row and in blocks, damaged; and the exp and log that their links are made of. */
#include "tests/unit/model_common.h"
#include "runtime/base/math.h"
#include "runtime/model/calibrate.h"
#include "runtime/model/head.h"

static double ulps(double got, double want) { return got == want ? 0 : fabs(got - want) / (nextafter(fabs(want), INFINITY) - fabs(want)); }

static void exp_and_log(void **state)
{
    (void)state;
    double worst[3] = {0};
    for (uint64_t i = 0; i < 2000000; i++) {
        const double u = mlp_uniform(mlp_random(1, 2, i)), x = (i % 3 ? 60 : 1400) * (u - 0.5), a = ldexp(1 + u, (int)(i % 2000) - 1000);
        worst[0] = fmax(worst[0], x > -708 && x < 709 ? ulps(mlp_exp(x), exp(x)) : 0);
        worst[1] = fmax(worst[1], ulps(mlp_log(i % 2 ? a : 0.5 + u), log(i % 2 ? a : 0.5 + u)));
        worst[2] = fmax(worst[2], ulps(mlp_log1p(ldexp(u, -(int)(i % 60))), log1p(ldexp(u, -(int)(i % 60)))));
    }
    if (worst[0] > 1 || worst[1] > 1 || worst[2] > 2) fail_msg("off by %g, %g, %g units", worst[0], worst[1], worst[2]);
    assert_true(mlp_exp(0) == 1 && mlp_exp(-1000) == 0 && mlp_exp(1000) == INFINITY && mlp_exp(-INFINITY) == 0 && isnan(mlp_exp(NAN)));
    assert_true(mlp_exp(-744) > 0 && fabs(mlp_exp(-740) / exp(-740) - 1) < 0.1 && isfinite(mlp_exp(709.7)));
    assert_true(mlp_log(1) == 0 && mlp_log(0) == -INFINITY && isnan(mlp_log(-1)) && mlp_log(INFINITY) == INFINITY);
    assert_true(fabs(mlp_log(5e-324) - log(5e-324)) < 1e-12);
    assert_true(mlp_sigmoid(0) == 0.5 && mlp_sigmoid(1000) == 1 && mlp_sigmoid(-1000) == 0);
}

enum { MOST = 16 };
/* Scores of all rows in blocks, then probabilities; the row form must give the same bits. */
static void several(const struct problem *p, const struct mlp_model_ops *ops, const void *opened, uint32_t outputs, double *score)
{
    struct mlp_block all = {p->rows, p->features, p->feature_at, (const void *const *)p->column};
    ops->predict(opened, &all, score);
    mlp_head_link(&p->code, &p->model, &p->ctx, score, p->rows, outputs);
    for (uint32_t r = 0; r < p->rows; r++) {
        const void *at[MOST_FEATURES];
        for (uint32_t f = 0; f < p->features; f++) at[f] = (const uint32_t *)p->column[f] + r;
        struct mlp_block one = {1, p->features, p->feature_at, at};
        double s[MOST];
        ops->predict(opened, &one, s);
        mlp_head_link(&p->code, &p->model, &p->ctx, s, 1, outputs);
        if (memcmp(s, score + (size_t)r * outputs, outputs * sizeof *s)) fail_msg("row %u differs alone", r);
    }
}

static const void *fit_several(struct problem *p, const struct mlp_model_ops *ops, uint32_t outputs, struct mlp_pool *pool,
                               struct mlp_arena *arena, struct mlp_tensors *ts)
{
    struct mlp_fit_in in = fit_in(p, pool);
    struct mlp_error error = {0};
    const char *summary = NULL;
    const void *opened = NULL;
    in.outputs = outputs;
    if (ops->fit(&in, arena, ts, &summary, &error) != MLP_OK) fail_msg("fit: %s", error.text);
    if (ops->open(&p->model, p->feature_at, p->codes, outputs, ts, arena, &opened, &error) != MLP_OK) fail_msg("open: %s", error.text);
    return opened;
}

static void linear_arguments(struct problem *p, double l1, double l2)
{
    set(p, MLP_MODEL_LINEAR_L1, l1), set(p, MLP_MODEL_LINEAR_L2, l2), set(p, MLP_MODEL_LINEAR_ITERATIONS, 1000),
        set(p, MLP_MODEL_LINEAR_TOLERANCE, 1e-10);
}

/* The objective from probabilities and tensors. */
static double objective(const struct problem *p, const struct mlp_tensors *ts, const double *score, uint32_t outputs, double l1,
                        double l2)
{
    const double *weight = mlp_tensor_find(ts, "weight")->data, *level = mlp_tensor_find(ts, "level")->data;
    double sum = 0, total = 0, a = 0, b = 0;
    for (uint32_t i = 0; i < p->rows; i++) {
        const double w = p->weight ? p->weight[i] : 1;
        sum -= w * log(score[i * outputs + (uint32_t)p->y[i]]), total += w;
    }
    const bool in_order = p->model.head == MLP_HEAD_ORDERED;            /* one weight vector, turned round in every output but the last */
    for (uint64_t i = 0; i < mlp_tensor_find(ts, "level")->shape[0] / (in_order ? outputs : 1); i++) a += fabs(level[i]), b += level[i] * level[i];
    for (uint32_t f = 0; f < p->features; f++) {
        if (p->feature[f].form == MLP_CODES) continue;
        const float *x = p->column[f];
        double mean = 0, squares = 0;
        for (uint32_t i = 0; i < p->rows; i++) mean += (double)x[i] / p->rows;
        for (uint32_t i = 0; i < p->rows; i++) squares += (x[i] - mean) * (x[i] - mean) / p->rows;
        for (uint32_t k = 0; k < (in_order ? 1 : outputs); k++) {
            const double w = weight[k * p->features + f] * sqrt(squares);
            a += fabs(w), b += w * w;
        }
    }
    return sum / total + l1 * a + l2 / 2 * b;
}

static void against_reference(void **state)
{
    (void)state;
    FILE *file = fopen("tests/numeric/models.txt", "r");
    static char line[1 << 18];
    static double weights[1000], score[1000 * MOST];
    struct problem p = {0};
    uint32_t rows = 0, numbers, codes, classes = 0;
    int fits = 0;
    assert_non_null(file);
    while (fgets(line, sizeof line, file)) {
        char name[64];
        double l1, l2, weighted, want, far = 0;
        if (sscanf(line, "table %63s %u %u %u %u", name, &rows, &numbers, &codes, &classes) == 5) {
            mlp_arena_clear(&p.arena);
            problem_init(&p, rows, numbers + codes, NULL);
            p.model.head = strcmp(name, "ordered") ? MLP_HEAD_SOFTMAX : MLP_HEAD_ORDERED, p.model.loss = p.model.link = MLP_NONE;
            for (uint32_t f = numbers; f < numbers + codes; f++) coded(&p, f, 12);
            for (uint32_t i = 0; i < rows; i++) {
                assert_non_null(fgets(line, sizeof line, file));
                char *at = line;
                for (uint32_t f = 0; f < numbers; f++) number(&p, f)[i] = (float)strtod(at, &at);
                for (uint32_t f = numbers; f < numbers + codes; f++) code(&p, f)[i] = (uint32_t)strtoul(at, &at, 10);
                p.y[i] = strtod(at, &at), weights[i] = strtod(at, &at);
            }
        } else if (sscanf(line, "fit %63s %lf %lf %lf %lf", name, &l1, &l2, &weighted, &want) == 5) {
            struct mlp_arena arena = {0};
            struct mlp_tensors ts;
            p.weight = weighted != 0 ? weights : NULL;
            linear_arguments(&p, l1, l2);
            several(&p, &mlp_model_linear, fit_several(&p, &mlp_model_linear, classes, NULL, &arena, &ts), classes, score);
            const double got = objective(&p, &ts, score, classes, l1, l2);
            if (!(fabs(got - want) <= 1e-9 * want)) fail_msg("%s l2 %g: objective %.17g, reference %.17g", name, l2, got, want);
            assert_non_null(fgets(line, sizeof line, file));
            char *at = line;
            for (uint32_t i = 0; i < rows * classes; i++) far = fmax(far, fabs(strtod(at, &at) - score[i]));
            if (!(far <= 1e-6)) fail_msg("%s l2 %g: probabilities differ by %g", name, l2, far);
            mlp_arena_clear(&arena), fits++;
        }
    }
    fclose(file), mlp_arena_clear(&p.arena);
    assert_int_equal(fits, 8);
}

/* Classes by thresholds on two columns and a category; class 2 of five has no row. */
static void random_classes(struct problem *p, uint32_t rows)
{
    problem_init(p, rows, 4, NULL);
    p->model.head = MLP_HEAD_SOFTMAX, p->model.loss = p->model.link = MLP_NONE;
    coded(p, 2, 9);
    for (uint32_t i = 0; i < rows; i++) {
        double best = -INFINITY;
        for (uint32_t f = 0; f < 4; f++) {
            const double u = mlp_uniform(mlp_random(4, f, i));
            if (p->codes[f]) code(p, f)[i] = (uint32_t)(u * 9) == 1 ? 0 : (uint32_t)(u * 9);
            else number(p, f)[i] = u < 0.05 && f == 1 ? NAN : (float)(u * 4 - 2);
        }
        for (uint32_t k = 0; k < 5; k++) {
            const double z = (k == 0 ? number(p, 0)[i] : k == 1 ? -number(p, 0)[i] : k == 3 ? number(p, 3)[i] : 0.2 * (code(p, 2)[i] > 4)) -
                             log(-log(mlp_uniform(mlp_random(4, 10 + k, i))));
            if (k != 2 && z > best) best = z, p->y[i] = k;
        }
    }
}

static double mean_log_loss(const struct problem *p, const double *score, uint32_t from, uint32_t to)
{
    double sum = 0;
    for (uint32_t i = from; i < to; i++) sum -= log(score[i * 5 + (uint32_t)p->y[i]]);
    return sum / (to - from);
}

static void threads_forms_and_absent_classes(void **state)
{
    (void)state;
    const struct mlp_model_ops *family[] = {&mlp_model_linear, &mlp_model_boosted_trees};
    static double score[70000 * 5];
    for (int m = 0; m < 2; m++) {
        struct problem p;
        struct mlp_arena arena = {0};
        struct mlp_tensors one, other;
        random_classes(&p, 70000);                          /* two chunks */
        p.train = 68000, p.validation = 2000;
        if (m) {
            set(&p, MLP_MODEL_BOOSTED_TREES_TREES, 12), set(&p, MLP_MODEL_BOOSTED_TREES_LEAVES, 8);
            set(&p, MLP_MODEL_BOOSTED_TREES_LEARNING_RATE, 0.3), set(&p, MLP_MODEL_BOOSTED_TREES_BINS, 64);
            set(&p, MLP_MODEL_BOOSTED_TREES_MIN_ROWS, 20), set(&p, MLP_MODEL_BOOSTED_TREES_ROWS, 0.7);
            set(&p, MLP_MODEL_BOOSTED_TREES_COLUMNS, 1);
        } else linear_arguments(&p, 1e-4, 1e-4);
        const void *opened = fit_several(&p, family[m], 5, NULL, &arena, &one);
        for (int threads = 2; threads <= 7; threads += 5) {
            struct mlp_pool *pool = mlp_pool_new(threads);
            fit_several(&p, family[m], 5, pool, &arena, &other);
            same_tensors(&one, &other);
            mlp_pool_free(pool);
        }
        several(&p, family[m], opened, 5, score);
        for (uint32_t i = 0; i < p.rows; i++) {
            double sum = 0;
            for (int k = 0; k < 5; k++) sum += score[i * 5 + k];
            assert_true(fabs(sum - 1) < 1e-12 && score[i * 5 + 2] == 0);    /* a class that training does not have */
        }
        const double loss = mean_log_loss(&p, score, p.train, p.rows);
        if (!(loss < 1.19)) fail_msg("family %d: validation loss %g; without features it is about 1.38", m, loss);
        mlp_arena_clear(&arena), mlp_arena_clear(&p.arena);
    }
}

/* The same for ordered classes, by a score that their number follows; class 2 of five has no row. */
static void ordered_threads_and_forms(void **state)
{
    (void)state;
    const struct mlp_model_ops *family[] = {&mlp_model_linear, &mlp_model_boosted_trees};
    static double score[70000 * 5];
    for (int m = 0; m < 2; m++) {
        struct problem p;
        struct mlp_arena arena = {0};
        struct mlp_tensors one, other;
        random_classes(&p, 70000);
        p.model.head = MLP_HEAD_ORDERED, p.train = 68000, p.validation = 2000;
        for (uint32_t i = 0; i < p.rows; i++) {
            const double u = mlp_uniform(mlp_random(4, 20, i)), z = number(&p, 0)[i] * 1.5 - number(&p, 3)[i] + log(u / (1 - u));
            p.y[i] = z < -2 ? 0 : z < 0.5 ? 1 : z < 1.5 ? 3 : 4;
        }
        if (m) {
            set(&p, MLP_MODEL_BOOSTED_TREES_TREES, 40), set(&p, MLP_MODEL_BOOSTED_TREES_LEAVES, 8);
            set(&p, MLP_MODEL_BOOSTED_TREES_LEARNING_RATE, 0.3), set(&p, MLP_MODEL_BOOSTED_TREES_BINS, 64);
            set(&p, MLP_MODEL_BOOSTED_TREES_MIN_ROWS, 20), set(&p, MLP_MODEL_BOOSTED_TREES_ROWS, 0.7);
            set(&p, MLP_MODEL_BOOSTED_TREES_COLUMNS, 1);
        } else linear_arguments(&p, 1e-5, 1e-5);
        const void *opened = fit_several(&p, family[m], 5, NULL, &arena, &one);
        for (int threads = 2; threads <= 7; threads += 5) {
            struct mlp_pool *pool = mlp_pool_new(threads);
            fit_several(&p, family[m], 5, pool, &arena, &other);
            same_tensors(&one, &other);
            mlp_pool_free(pool);
        }
        several(&p, family[m], opened, 5, score);
        for (uint32_t i = 0; i < p.rows; i++) {
            double sum = 0;
            for (int k = 0; k < 5; k++) sum += score[i * 5 + k], assert_true(score[i * 5 + k] >= 0);
            assert_true(fabs(sum - 1) < 1e-12 && score[i * 5 + 2] == 0);
        }
        const double loss = mean_log_loss(&p, score, p.train, p.rows);
        if (!(loss < 1.02)) fail_msg("family %d: validation loss %g; the rule itself has about 0.99, the shares 1.29", m, loss);
        mlp_arena_clear(&arena), mlp_arena_clear(&p.arena);
    }
}

/* Early stopping and trees that see all rows: the validation part's loss falls, and what is kept is its best round. */
static void early_stopping(void **state)
{
    (void)state;
    struct problem p;
    struct mlp_arena arena = {0};
    struct mlp_tensors ts;
    static double score[3000 * 5];
    random_classes(&p, 3000);
    p.train = 2000, p.validation = 1000;
    set(&p, MLP_MODEL_BOOSTED_TREES_TREES, 400), set(&p, MLP_MODEL_BOOSTED_TREES_LEAVES, 16);
    set(&p, MLP_MODEL_BOOSTED_TREES_LEARNING_RATE, 0.3), set(&p, MLP_MODEL_BOOSTED_TREES_BINS, 255);
    set(&p, MLP_MODEL_BOOSTED_TREES_MIN_ROWS, 5), set(&p, MLP_MODEL_BOOSTED_TREES_ROWS, 1), set(&p, MLP_MODEL_BOOSTED_TREES_COLUMNS, 1);
    p.train_args[MLP_BLOCK_TRAIN_EARLY_STOPPING] = (struct mlp_arg){.kind = MLP_A_INT, .num = 10};
    const void *opened = fit_several(&p, &mlp_model_boosted_trees, 5, NULL, &arena, &ts);
    several(&p, &mlp_model_boosted_trees, opened, 5, score);
    const uint64_t trees = mlp_tensor_find(&ts, "root")->shape[0];
    assert_true(trees % 4 == 0 && trees >= 8 && trees < 200);           /* four classes are grown */
    assert_true(mean_log_loss(&p, score, 2000, 3000) < 1.25);
    mlp_arena_clear(&arena), mlp_arena_clear(&p.arena);
}

/* Arrays that do not fit five outputs are refused. */
static void damaged(void **state)
{
    (void)state;
    const struct mlp_model_ops *family[] = {&mlp_model_linear, &mlp_model_boosted_trees};
    for (int m = 0, order = 0; m < 2; m += order, order = !order) {
        struct problem p;
        struct mlp_arena arena = {0};
        struct mlp_tensors ts;
        const void *opened;
        random_classes(&p, 500);
        if (m) set(&p, MLP_MODEL_BOOSTED_TREES_TREES, 3), set(&p, MLP_MODEL_BOOSTED_TREES_LEAVES, 4), set(&p, MLP_MODEL_BOOSTED_TREES_BINS, 16),
            set(&p, MLP_MODEL_BOOSTED_TREES_ROWS, 1), set(&p, MLP_MODEL_BOOSTED_TREES_COLUMNS, 1);
        else linear_arguments(&p, 0, 1e-3);
        p.model.head = order ? MLP_HEAD_ORDERED : MLP_HEAD_SOFTMAX;
        fit_several(&p, family[m], 5, NULL, &arena, &ts);
        for (uint32_t outputs = 1; outputs < 8; outputs++) {
            struct mlp_error error = {0};
            const mlp_status status = family[m]->open(&p.model, p.feature_at, p.codes, outputs, &ts, &arena, &opened, &error);
            assert_int_equal(status, outputs == 5 ? MLP_OK : MLP_ERR_DATA);
        }
        if (m && !order) {
            static const uint32_t bad[4] = {0, 1, 3, 5};
            struct mlp_error error = {0};
            for (uint32_t i = 0; i < ts.n; i++) if (!strcmp(ts.at[i].name, "output")) ts.at[i].data = bad;
            assert_int_equal(family[m]->open(&p.model, p.feature_at, p.codes, 5, &ts, &arena, &opened, &error), MLP_ERR_DATA);
        }
        mlp_arena_clear(&arena), mlp_arena_clear(&p.arena);
    }
}

static uint32_t numbers_of(FILE *file, double *out, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) assert_int_equal(fscanf(file, "%lf", &out[i]), 1);
    return n;
}

/* Both ways against scikit-learn, which stops Platt's sigmoid early: hence its tolerance. */
static void calibration(void **state)
{
    (void)state;
    FILE *file = fopen("tests/numeric/calibrate.txt", "r");
    static double p[200], y[200], weight[200], at[200], want[2][200];
    static uint32_t row[200];
    uint32_t n, m;
    assert_non_null(file);
    assert_int_equal(fscanf(file, "#%*[^\n] %u", &n), 1);
    numbers_of(file, p, n), numbers_of(file, y, n), numbers_of(file, weight, n);
    assert_int_equal(fscanf(file, "%u", &m), 1);
    numbers_of(file, at, m), numbers_of(file, want[0], m), numbers_of(file, want[1], m);
    fclose(file);
    for (uint32_t i = 0; i < n; i++) row[i] = i;
    for (int how = 0; how < 2; how++) {
        struct mlp_arena arena = {0};
        struct mlp_tensors ts = {0};
        struct mlp_error error = {0};
        struct mlp_calibration c;
        struct mlp_arg method = {.kind = MLP_A_NAME, .str = how ? "sigmoid" : "isotonic"};
        const struct mlp_model model = {.id = {.name = "m"}, .calibrate = {.name = "calibrate", .args = {&method, 1}}};
        assert_int_equal(mlp_calibration_fit(&model, p, y, weight, (struct mlp_rows){row, n}, 1, &ts, &arena, &error), MLP_OK);
        assert_int_equal(mlp_calibration_open(&c, &model, 1, &ts, &error), MLP_OK);
        for (uint32_t i = 0; i < m; i++) {
            double got = at[i];
            mlp_calibrate(&c, &got, 1, 1);
            if (!(fabs(got - want[how][i]) <= (how ? 1e-5 : 1e-12))) fail_msg("%s of %g is %.17g, reference %.17g", method.str, at[i], got, want[how][i]);
        }
        mlp_arena_clear(&arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(exp_and_log), cmocka_unit_test(against_reference),
                                       cmocka_unit_test(threads_forms_and_absent_classes), cmocka_unit_test(ordered_threads_and_forms), cmocka_unit_test(early_stopping),
                                       cmocka_unit_test(damaged), cmocka_unit_test(calibration)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
