/* model_ranking.c: the loss of whole queries: against reference solutions (tests/numeric/listwise.txt), whatever the threads, row by row
 * and in blocks, and where queries say nothing. */
#include "tests/unit/model_common.h"

enum { MOST = 1000 };
static uint32_t query[70000];

static mlp_status fit_queries(struct problem *p, const struct mlp_model_ops *ops, struct mlp_pool *pool, struct mlp_arena *arena,
                              struct mlp_tensors *ts, const void **opened, struct mlp_error *error)
{
    struct mlp_fit_in in = fit_in(p, pool);
    const char *summary = NULL;
    in.query = query;
    const mlp_status status = ops->fit(&in, arena, ts, &summary, error);
    return status != MLP_OK ? status : ops->open(&p->model, p->feature_at, p->codes, 1, ts, arena, opened, error);
}

static void linear_arguments(struct problem *p, double l2)
{
    set(p, MLP_MODEL_LINEAR_L1, 0), set(p, MLP_MODEL_LINEAR_L2, l2), set(p, MLP_MODEL_LINEAR_ITERATIONS, 1000),
        set(p, MLP_MODEL_LINEAR_TOLERANCE, 1e-12);
}

/* The mean loss of the lists at these scores, the slow way. */
static double objective(const struct problem *p, const double *score, uint32_t from, uint32_t to)
{
    double sum = 0, total = 0;
    for (uint32_t i = from; i < to; i++) {
        double all = 0, e = 0;
        for (uint32_t k = from; k < to; k++)
            if (query[k] == query[i]) all += p->y[k], e += exp(score[k] - score[i]);
        if (!(p->y[i] > 0)) continue;
        const double share = p->y[i] / all * (p->weight ? p->weight[i] : 1);
        sum += share * log(e), total += share;
    }
    return sum / total;
}

static double penalty(const struct problem *p, const struct mlp_tensors *ts, uint32_t numbers)
{
    const double *weight = mlp_tensor_find(ts, "weight")->data, *level = mlp_tensor_find(ts, "level")->data;
    double sum = 0;
    for (uint64_t i = 0; i < mlp_tensor_find(ts, "level")->shape[0]; i++) sum += level[i] * level[i];
    for (uint32_t f = 0; f < numbers; f++) {
        const float *x = p->column[f];
        double mean = 0, squares = 0;
        for (uint32_t i = 0; i < p->rows; i++) mean += (double)x[i] / p->rows;
        for (uint32_t i = 0; i < p->rows; i++) squares += (x[i] - mean) * (x[i] - mean) / p->rows;
        sum += weight[f] * weight[f] * squares;
    }
    return sum;
}

static void against_reference(void **state)
{
    (void)state;
    FILE *file = fopen("tests/numeric/listwise.txt", "r");
    static char line[1 << 18];
    static double y[2][MOST], weight[MOST], score[MOST], first[MOST];
    struct problem p = {0};
    uint32_t rows = 0, numbers = 0, codes;
    int fits = 0, graded, weighted;
    double l2, want;
    assert_non_null(file);
    while (fgets(line, sizeof line, file)) {
        if (sscanf(line, "table %u %u %u", &rows, &numbers, &codes) == 3) {
            problem_init(&p, rows, numbers + 1, NULL);
            p.model.head = MLP_HEAD_LISTWISE, p.model.loss = p.model.link = MLP_NONE;
            coded(&p, numbers, 6);
            for (uint32_t i = 0; i < rows; i++) {
                assert_non_null(fgets(line, sizeof line, file));
                char *at = line;
                for (uint32_t f = 0; f < numbers; f++) number(&p, f)[i] = (float)strtod(at, &at);
                code(&p, numbers)[i] = (uint32_t)strtoul(at, &at, 10), query[i] = (uint32_t)strtoul(at, &at, 10);
                y[0][i] = strtod(at, &at), y[1][i] = strtod(at, &at), weight[i] = strtod(at, &at);
            }
        } else if (sscanf(line, "fit %d %lf %d %lf", &graded, &l2, &weighted, &want) == 4) {
            struct mlp_arena arena = {0};
            struct mlp_error error = {0};
            struct mlp_tensors ts;
            const void *opened;
            p.weight = weighted ? weight : NULL, p.y = y[graded];
            linear_arguments(&p, l2);
            if (fit_queries(&p, &mlp_model_linear, NULL, &arena, &ts, &opened, &error) != MLP_OK) fail_msg("%s", error.text);
            scores(&p, &mlp_model_linear, opened, score);
            const double got = objective(&p, score, 0, rows) + l2 / 2 * penalty(&p, &ts, numbers);
            if (!(fabs(got - want) <= 1e-9 * want)) fail_msg("l2 %g: objective %.17g, reference %.17g", l2, got, want);
            assert_non_null(fgets(line, sizeof line, file));
            char *at = line;
            bool seen[MOST] = {0};
            for (uint32_t i = 0; i < rows; i++) {
                const double utility = strtod(at, &at);
                if (!seen[query[i]]) seen[query[i]] = true, first[query[i]] = score[i];
                if (!(fabs(score[i] - first[query[i]] - utility) <= 1e-5)) fail_msg("l2 %g, row %u: %g, reference %g", l2, i, score[i] - first[query[i]], utility);
            }
            mlp_arena_clear(&arena), fits++;
        }
    }
    fclose(file), mlp_arena_clear(&p.arena);
    assert_int_equal(fits, 4);
}

/* Queries of one to nine rows, whose rows lie apart; the best of each by a noisy utility is the relevant one. */
static void random_queries(struct problem *p, uint32_t rows)
{
    problem_init(p, rows, 4, NULL);
    p->model.head = MLP_HEAD_LISTWISE, p->model.loss = p->model.link = MLP_NONE;
    coded(p, 2, 9);
    static double best[70000];
    static uint32_t at[70000];
    for (uint32_t i = 0; i < rows; i++) best[i] = -INFINITY;
    for (uint32_t i = 0; i < rows; i++) {
        for (uint32_t f = 0; f < 4; f++) {
            const double u = mlp_uniform(mlp_random(4, f, i));
            if (p->codes[f]) code(p, f)[i] = (uint32_t)(u * 9) == 1 ? 0 : (uint32_t)(u * 9);
            else number(p, f)[i] = u < 0.05 && f == 1 ? NAN : (float)(u * 4 - 2);
        }
        query[i] = i / 1000 * 200 + (uint32_t)(mlp_random(4, 9, i) % 200);      /* a thousand rows hold two hundred queries */
        const double z = number(p, 0)[i] - number(p, 3)[i] * number(p, 3)[i] + (code(p, 2)[i] > 4) - log(-log(mlp_uniform(mlp_random(4, 10, i))));
        if (z > best[query[i]]) best[query[i]] = z, at[query[i]] = i;
    }
    for (uint32_t i = 0; i < rows; i++) p->y[i] = at[query[i]] == i;
}

static void threads_and_forms(void **state)
{
    (void)state;
    const struct mlp_model_ops *family[] = {&mlp_model_linear, &mlp_model_boosted_trees};
    static double score[70000];
    double loss[2], none = 0;
    for (int m = 0; m < 2; m++) {
        struct problem p;
        struct mlp_arena arena = {0};
        struct mlp_error error = {0};
        struct mlp_tensors one, other;
        const void *opened, *ignored;
        random_queries(&p, 70000);
        p.train = 68000, p.validation = 2000;
        if (m) {
            set(&p, MLP_MODEL_BOOSTED_TREES_TREES, 80), set(&p, MLP_MODEL_BOOSTED_TREES_LEAVES, 8);
            set(&p, MLP_MODEL_BOOSTED_TREES_LEARNING_RATE, 0.3), set(&p, MLP_MODEL_BOOSTED_TREES_BINS, 64);
            set(&p, MLP_MODEL_BOOSTED_TREES_MIN_ROWS, 20), set(&p, MLP_MODEL_BOOSTED_TREES_ROWS, 0.7);
            set(&p, MLP_MODEL_BOOSTED_TREES_COLUMNS, 1);
            p.train_args[MLP_BLOCK_TRAIN_EARLY_STOPPING] = (struct mlp_arg){.kind = MLP_A_INT, .num = 20};
        } else linear_arguments(&p, 1e-4);
        if (fit_queries(&p, family[m], NULL, &arena, &one, &opened, &error) != MLP_OK) fail_msg("%s", error.text);
        for (int threads = 2; threads <= 7; threads += 5) {
            struct mlp_pool *pool = mlp_pool_new(threads);
            assert_int_equal(fit_queries(&p, family[m], pool, &arena, &other, &ignored, &error), MLP_OK);
            same_tensors(&one, &other);
            mlp_pool_free(pool);
        }
        scores(&p, family[m], opened, score);
        loss[m] = objective(&p, score, p.train, p.rows);
        memset(score, 0, sizeof score), none = objective(&p, score, p.train, p.rows);
        mlp_arena_clear(&arena), mlp_arena_clear(&p.arena);
    }
    /* linear cannot bend, trees can */
    if (!(loss[0] < none - 0.2 && loss[1] < loss[0] - 0.2)) fail_msg("validation loss %g, trees %g, without features %g", loss[0], loss[1], none);
}

/* Lists of one row have nothing to tell; no relevance at all is an error that says so. */
static void nothing_to_tell(void **state)
{
    (void)state;
    const struct mlp_model_ops *family[] = {&mlp_model_linear, &mlp_model_boosted_trees};
    static double score[500];
    for (int m = 0; m < 2; m++) {
        struct problem p;
        struct mlp_arena arena = {0};
        struct mlp_error error = {0};
        struct mlp_tensors ts;
        const void *opened;
        random_queries(&p, 500);
        linear_arguments(&p, 1e-4);
        if (m) set(&p, MLP_MODEL_BOOSTED_TREES_TREES, 5), set(&p, MLP_MODEL_BOOSTED_TREES_LEAVES, 4), set(&p, MLP_MODEL_BOOSTED_TREES_BINS, 16),
            set(&p, MLP_MODEL_BOOSTED_TREES_ROWS, 1), set(&p, MLP_MODEL_BOOSTED_TREES_COLUMNS, 1), set(&p, MLP_MODEL_BOOSTED_TREES_LEARNING_RATE, 0.1);
        for (uint32_t i = 0; i < p.rows; i++) query[i] = i, p.y[i] = 1;
        if (fit_queries(&p, family[m], NULL, &arena, &ts, &opened, &error) != MLP_OK) fail_msg("%s", error.text);
        scores(&p, family[m], opened, score);
        for (uint32_t i = 1; i < p.rows; i++) assert_true(score[i] == score[0]);
        memset(p.y, 0, p.rows * sizeof *p.y);
        assert_int_equal(fit_queries(&p, family[m], NULL, &arena, &ts, &opened, &error), MLP_ERR_DATA);
        assert_non_null(strstr(error.text, "no query with a relevance above 0"));
        mlp_arena_clear(&arena), mlp_arena_clear(&p.arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(against_reference), cmocka_unit_test(threads_and_forms), cmocka_unit_test(nothing_to_tell)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
