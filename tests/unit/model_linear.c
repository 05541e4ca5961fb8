/* model_linear.c: linear models against reference solutions (tests/numeric/linear.txt), whatever the threads, damaged or
 * degenerate. */
#include "tests/unit/model_common.h"

static void arguments(struct problem *p, double l1, double l2)
{
    set(p, MLP_MODEL_LINEAR_L1, l1), set(p, MLP_MODEL_LINEAR_L2, l2), set(p, MLP_MODEL_LINEAR_ITERATIONS, 1000),
        set(p, MLP_MODEL_LINEAR_TOLERANCE, 1e-10);
}

/* The objective's loss part from scores alone. */
static double mean_loss(const struct problem *p, const double *score)
{
    double v, sum = 0, total = 0;
    for (uint32_t i = 0; i < p->rows; i++) {
        p->entry.loss(NULL, &p->y[i], p->weight ? &p->weight[i] : NULL, &score[i], 1, &v, NULL, NULL);
        sum += v, total += p->weight ? p->weight[i] : 1;
    }
    return sum / total;
}

/* The penalty from tensors on raw inputs: numbers back to the standard scale, indicators and levels as they are. */
static double penalty(const struct problem *p, const struct mlp_tensors *ts, double l1, double l2)
{
    const double *weight = mlp_tensor_find(ts, "weight")->data, *missing = mlp_tensor_find(ts, "missing")->data,
                 *level = mlp_tensor_find(ts, "level")->data;
    double a = 0, b = 0;
    for (uint64_t i = 0; i < mlp_tensor_find(ts, "level")->shape[0]; i++) a += fabs(level[i]), b += level[i] * level[i];
    for (uint32_t f = 0; f < p->features; f++) {
        if (p->feature[f].form == MLP_CODES) continue;
        double sum = 0, squares = 0, n = 0;
        for (uint32_t i = 0; i < p->train; i++) {
            double x = ((float *)p->column[f])[i];
            if (x == x) sum += x, n++;
        }
        for (uint32_t i = 0; i < p->train; i++) {
            double x = ((float *)p->column[f])[i];
            if (x == x) squares += (x - sum / n) * (x - sum / n);
        }
        double w = weight[f] * sqrt(squares / n);
        a += fabs(w) + fabs(missing[f]), b += w * w + missing[f] * missing[f];
    }
    return l1 * a + l2 / 2 * b;
}

static void against_reference(void **state)
{
    (void)state;
    FILE *file = fopen("tests/numeric/linear.txt", "r");
    static char line[1 << 16];
    struct problem p = {0};
    double weights[1000];
    int fits = 0;
    assert_non_null(file);
    while (fgets(line, sizeof line, file)) {
        char name[64];
        uint32_t rows, numbers, codes;
        double l1, l2, weighted, want;
        if (sscanf(line, "table %63s %u %u %u", name, &rows, &numbers, &codes) == 4) {
            mlp_arena_clear(&p.arena);
            problem_init(&p, rows, numbers + codes, loss_squared);
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
            double score[1000];
            p.entry.loss = strcmp(name, "squared") ? loss_log : loss_squared, p.weight = weighted != 0 ? weights : NULL;
            arguments(&p, l1, l2);
            const void *opened = fit_open(&p, &mlp_model_linear, NULL, &arena, &ts);
            scores(&p, &mlp_model_linear, opened, score);
            double got = mean_loss(&p, score) + penalty(&p, &ts, l1, l2), far = 0, size = 0;
            if (!(fabs(got - want) <= 1e-9 * want))
                fail_msg("%s l1 %g l2 %g: objective %.17g, reference %.17g", name, l1, l2, got, want);
            assert_non_null(fgets(line, sizeof line, file));
            char *at = line;
            for (uint32_t i = 0; i < p.rows; i++) {
                double s = strtod(at, &at);
                far = fmax(far, fabs(s - score[i])), size = fmax(size, fabs(s));
            }
            if (!(far <= 1e-6 * size)) fail_msg("%s l1 %g l2 %g: scores differ by %g", name, l1, l2, far);
            mlp_arena_clear(&arena), fits++;
        }
    }
    fclose(file), mlp_arena_clear(&p.arena);
    assert_int_equal(fits, 7);
}

static void random_problem(struct problem *p, uint32_t rows, mlp_loss_fn *loss)
{
    problem_init(p, rows, 5, loss);
    coded(p, 2, 7), coded(p, 4, 40);
    for (uint32_t i = 0; i < rows; i++) {
        for (uint32_t f = 0; f < 5; f++) {
            double u = mlp_uniform(mlp_random(9, f, i));
            if (p->codes[f]) code(p, f)[i] = (uint32_t)(u * p->codes[f]) == 1 ? 0 : (uint32_t)(u * p->codes[f]);
            else number(p, f)[i] = u < 0.05 && f == 1 ? NAN : (float)(u * 10 - 3);
        }
        double z = number(p, 0)[i] * 0.4 - 1 + (code(p, 2)[i] == 3 ? 1.5 : 0) + 0.02 * code(p, 4)[i];
        p->y[i] = mlp_uniform(mlp_random(9, 77, i)) < 1 / (1 + exp(-z));
    }
}

static void threads_and_forms(void **state)
{
    (void)state;
    struct problem p;
    random_problem(&p, 150001, loss_log);                   /* three chunks */
    arguments(&p, 0, 1e-4);
    same_for_threads(&p, &mlp_model_linear);
    p.weight = mlp_arena_alloc(&p.arena, p.rows * sizeof(double));
    for (uint32_t i = 0; i < p.rows; i++) p.weight[i] = 1 + i % 3;
    arguments(&p, 1e-3, 1e-4);
    same_for_threads(&p, &mlp_model_linear);
    mlp_arena_clear(&p.arena);
}

/* Without a penalty a table with two copies of a column, a constant one and one-hot levels that add up to the intercept has many
 * solutions: one of them, with the loss of the problem without the copies. */
static void dependent_columns(void **state)
{
    (void)state;
    struct problem p;
    struct mlp_arena arena = {0};
    struct mlp_tensors ts;
    double score[2000], loss[2];
    for (int twice = 0; twice < 2; twice++) {
        random_problem(&p, 2000, loss_log);
        for (uint32_t i = 0; i < p.rows; i++) number(&p, 1)[i] = 2, number(&p, 3)[i] = twice ? number(&p, 0)[i] * 3 + 1 : 2;
        arguments(&p, 0, 0);
        scores(&p, &mlp_model_linear, fit_open(&p, &mlp_model_linear, NULL, &arena, &ts), score);
        loss[twice] = mean_loss(&p, score);
        mlp_arena_clear(&p.arena);
    }
    assert_true(fabs(loss[0] - loss[1]) < 1e-10);
    mlp_arena_clear(&arena);
}

/* Unseen codes and codes beyond the book add nothing; missing and infinite numbers take the median and the indicator. */
static void odd_values(void **state)
{
    (void)state;
    struct problem p;
    struct mlp_arena arena = {0};
    struct mlp_tensors ts;
    double score[32];
    random_problem(&p, 500, loss_log);
    arguments(&p, 0, 1e-3);
    const void *opened = fit_open(&p, &mlp_model_linear, NULL, &arena, &ts);
    p.rows = 32;
    for (uint32_t f = 0; f < 5; f++)
        for (uint32_t i = 1; i < 32; i++) code(&p, f)[i] = code(&p, f)[0];
    code(&p, 2)[1] = 1, code(&p, 2)[17] = 4000000000u, number(&p, 1)[2] = NAN, number(&p, 1)[18] = INFINITY;
    const double *level = mlp_tensor_find(&ts, "level")->data;
    scores(&p, &mlp_model_linear, opened, score);
    assert_true(score[1] == score[17] && score[2] == score[18] && score[3] == score[31]);
    assert_true(fabs(score[0] - score[1] - level[code(&p, 2)[0]]) < 1e-12);
    mlp_arena_clear(&arena), mlp_arena_clear(&p.arena);
}

static void damaged(void **state)
{
    (void)state;
    struct problem p;
    struct mlp_arena arena = {0};
    struct mlp_tensors ts;
    random_problem(&p, 300, loss_log);
    arguments(&p, 0, 1e-3);
    fit_open(&p, &mlp_model_linear, NULL, &arena, &ts);
    damage(&p, &mlp_model_linear, &ts);
    mlp_arena_clear(&arena), mlp_arena_clear(&p.arena);
}

/* More columns than a Hessian is made for: the other solver has to end where no level's subgradient is left. */
static void wide(void **state)
{
    (void)state;
    struct problem p;
    struct mlp_arena arena = {0};
    struct mlp_tensors ts;
    static double score[6000];
    for (int w = 0; w < 2; w++) {                           /* codes that mean nothing, few and many of them */
        uint32_t rows = 5000, levels = w ? 2500 : 50;
        problem_init(&p, rows, 2, loss_log);
        coded(&p, 1, levels + 2);
        for (uint32_t i = 0; i < rows; i++) {
            number(&p, 0)[i] = (float)mlp_uniform(mlp_random(5, 1, i)), code(&p, 1)[i] = 2 + i % levels;
            p.y[i] = mlp_uniform(mlp_random(5, 2, i)) < 0.2 + 0.5 * number(&p, 0)[i];
        }
        arguments(&p, 1e-4, 1e-3);
        scores(&p, &mlp_model_linear, fit_open(&p, &mlp_model_linear, NULL, &arena, &ts), score);
        const double *level = mlp_tensor_find(&ts, "level")->data;
        double gap = 0; /* at most this: the penalty makes the objective curve by 1e-3 along each level */
        for (uint32_t c = 2; c < levels + 2; c++) {
            double g = 0, one;
            for (uint32_t i = c - 2; i < rows; i += levels)
                p.entry.loss(NULL, &p.y[i], NULL, &score[i], 1, NULL, &one, NULL), g += one / rows;
            g += 1e-3 * level[c];
            double left = level[c] != 0 ? g + copysign(1e-4, level[c]) : fmax(0, fabs(g) - 1e-4);
            gap += left * left / (2 * 1e-3);
        }
        if (!(gap <= 1e-9 * mean_loss(&p, score))) fail_msg("%u levels: the gap may be %g", levels, gap);
        mlp_arena_clear(&p.arena);
    }
    mlp_arena_clear(&arena);
}

static void hard_targets(void **state)
{
    (void)state;
    struct problem p;
    struct mlp_arena arena = {0};
    struct mlp_tensors ts;
    double score[400], loss;
    random_problem(&p, 400, loss_log);
    arguments(&p, 0, 0);
    for (uint32_t i = 0; i < 400; i++) p.y[i] = number(&p, 0)[i] > 2;     /* separable: no solution, but an end */
    scores(&p, &mlp_model_linear, fit_open(&p, &mlp_model_linear, NULL, &arena, &ts), score);
    assert_true(mean_loss(&p, score) < 1e-3);
    for (uint32_t i = 0; i < 400; i++) p.y[i] = 1;           /* one class */
    scores(&p, &mlp_model_linear, fit_open(&p, &mlp_model_linear, NULL, &arena, &ts), score);
    assert_true(mean_loss(&p, score) < 1e-6);
    p.entry.loss = loss_squared;
    for (uint32_t i = 0; i < 400; i++) p.y[i] = 3 * number(&p, 0)[i] + 1e6;   /* exact */
    scores(&p, &mlp_model_linear, fit_open(&p, &mlp_model_linear, NULL, &arena, &ts), score);
    assert_true(mean_loss(&p, score) < 1e-12);
    p.entry.loss = loss_absolute;
    for (uint32_t i = 0; i < 400; i++) p.y[i] = 3 * number(&p, 0)[i] + (i % 5 ? 0 : 100);
    scores(&p, &mlp_model_linear, fit_open(&p, &mlp_model_linear, NULL, &arena, &ts), score);
    loss = mean_loss(&p, score);
    if (!(loss < 21)) fail_msg("absolute error %g, the exact plane without outliers has 20", loss);
    mlp_arena_clear(&arena), mlp_arena_clear(&p.arena);
}

static int stop(void *data, double share, const char *note) { return (void)data, (void)share, (void)note, 0; }

static void refuses(void **state)
{
    (void)state;
    struct problem p;
    struct mlp_arena arena = {0};
    struct mlp_tensors ts;
    struct mlp_error error = {0};
    const char *summary;
    random_problem(&p, 100, loss_log);
    arguments(&p, 0, 1e-3);
    struct mlp_fit_in in = fit_in(&p, NULL);
    in.train.n = 0;
    assert_int_equal(mlp_model_linear.fit(&in, &arena, &ts, &summary, &error), MLP_ERR_DATA);
    assert_true(error.text[0] && error.fix[0]);
    in = fit_in(&p, NULL), in.progress = stop;
    assert_int_equal(mlp_model_linear.fit(&in, &arena, &ts, &summary, &error), MLP_ERR_INTERRUPTED);
    mlp_arena_clear(&arena), mlp_arena_clear(&p.arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(against_reference), cmocka_unit_test(threads_and_forms),
                                       cmocka_unit_test(dependent_columns), cmocka_unit_test(odd_values),
                                       cmocka_unit_test(damaged),           cmocka_unit_test(wide),
                                       cmocka_unit_test(hard_targets),      cmocka_unit_test(refuses)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
