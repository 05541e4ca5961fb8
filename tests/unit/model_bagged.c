/* model_bagged.c: trees that do not depend on each other: one tree against scikit-learn (tests/numeric/tree.txt), forests against what
 * they should know, the same bits whatever the threads and the form, damaged files. */
#include "tests/unit/model_common.h"

enum { MOST = 1000 };

static void against_reference(void **state)
{
    (void)state;
    FILE *file = fopen("tests/numeric/tree.txt", "r");
    static char line[1 << 16];
    static double y[2][MOST], weight[MOST], score[MOST];
    struct problem p = {0};
    uint32_t rows = 0, numbers = 0;
    int fits = 0, classes, depth, least, weighted;
    assert_non_null(file);
    while (fgets(line, sizeof line, file)) {
        if (sscanf(line, "table %u %u", &rows, &numbers) == 2) {
            problem_init(&p, rows, numbers, NULL);
            p.model.head = MLP_HEAD_REPORTED, p.model.loss = p.model.link = MLP_NONE;
            for (uint32_t i = 0; i < rows; i++) {
                assert_non_null(fgets(line, sizeof line, file));
                char *at = line;
                for (uint32_t f = 0; f < numbers; f++) number(&p, f)[i] = (float)strtod(at, &at);
                y[0][i] = strtod(at, &at), y[1][i] = strtod(at, &at), weight[i] = strtod(at, &at);
            }
        } else if (sscanf(line, "fit %d %d %d %d", &classes, &depth, &least, &weighted) == 4) {
            struct mlp_arena arena = {0};
            struct mlp_tensors ts;
            p.weight = weighted ? weight : NULL, p.y = y[classes], p.model.task = classes ? MLP_BINARY : MLP_REGRESSION;
            set(&p, MLP_MODEL_DECISION_TREE_DEPTH, depth), set(&p, MLP_MODEL_DECISION_TREE_MIN_ROWS, least), set(&p, MLP_MODEL_DECISION_TREE_BINS, 255);
            scores(&p, &mlp_model_decision_tree, fit_open(&p, &mlp_model_decision_tree, NULL, &arena, &ts), score);
            assert_non_null(fgets(line, sizeof line, file));
            char *at = line;
            for (uint32_t i = 0; i < rows; i++) {
                const double want = strtod(at, &at);
                if (!(fabs(score[i] - want) <= 1e-9)) fail_msg("fit %d, row %u: %.17g, reference %.17g", fits, i, score[i], want);
            }
            mlp_arena_clear(&arena), fits++;
        }
    }
    fclose(file), mlp_arena_clear(&p.arena);
    assert_int_equal(fits, 4);
}

/* A number by two columns and a category, one with missing values; or whether it is above 1. */
static void random_problem(struct problem *p, uint32_t rows, bool yes_no)
{
    problem_init(p, rows, 5, NULL);
    p->model.head = MLP_HEAD_REPORTED, p->model.loss = p->model.link = MLP_NONE, p->model.task = yes_no ? MLP_BINARY : MLP_REGRESSION;
    coded(p, 2, 12);
    for (uint32_t i = 0; i < rows; i++) {
        for (uint32_t f = 0; f < 5; f++) {
            const double u = mlp_uniform(mlp_random(4, f, i));
            if (p->codes[f]) code(p, f)[i] = (uint32_t)(u * 12) == 1 ? 0 : (uint32_t)(u * 12);
            else number(p, f)[i] = u < 0.05 && f == 1 ? NAN : (float)(u * 4 - 2);
        }
        const double z = sin(number(p, 0)[i] * 2) + (code(p, 2)[i] % 3 == 0) + (isnan(number(p, 1)[i]) ? 1 : 0.3 * number(p, 1)[i]) + mlp_uniform(mlp_random(4, 20, i)) - 0.5;
        p->y[i] = yes_no ? z > 0.3 : z;
    }
}

static void arguments(struct problem *p, const struct mlp_model_ops *ops)
{
    if (ops == &mlp_model_decision_tree) {
        set(p, MLP_MODEL_DECISION_TREE_DEPTH, 8), set(p, MLP_MODEL_DECISION_TREE_MIN_ROWS, 20), set(p, MLP_MODEL_DECISION_TREE_BINS, 255);
        return;
    }
    assert_true((int)MLP_MODEL_RANDOM_FOREST_ROWS == (int)MLP_MODEL_EXTRA_TREES_ROWS && (int)MLP_MODEL_RANDOM_FOREST_COLUMNS == (int)MLP_MODEL_EXTRA_TREES_COLUMNS);
    set(p, MLP_MODEL_RANDOM_FOREST_TREES, 30), set(p, MLP_MODEL_RANDOM_FOREST_DEPTH, 0), set(p, MLP_MODEL_RANDOM_FOREST_MIN_ROWS, 5);
    set(p, MLP_MODEL_RANDOM_FOREST_ROWS, ops == &mlp_model_random_forest ? 0.632 : 1), set(p, MLP_MODEL_RANDOM_FOREST_COLUMNS, 0.6);
    set(p, MLP_MODEL_RANDOM_FOREST_BINS, 255);
}

static void forests(void **state)
{
    (void)state;
    const struct mlp_model_ops *family[] = {&mlp_model_decision_tree, &mlp_model_random_forest, &mlp_model_extra_trees};
    static const double most[2][3] = {{0.13, 0.12, 0.12}, {0.12, 0.11, 0.11}};       /* noise alone: 1/12; of yes and no about 0.09 */
    static double score[12000];
    for (int yes_no = 0; yes_no < 2; yes_no++)
        for (int m = 0; m < 3; m++) {
            struct problem p;
            struct mlp_arena arena = {0};
            struct mlp_tensors ts;
            double error = 0;
            random_problem(&p, 12000, yes_no), arguments(&p, family[m]);
            p.train = 10000;
            same_for_threads(&p, family[m]);
            scores(&p, family[m], fit_open(&p, family[m], NULL, &arena, &ts), score);
            for (uint32_t i = p.train; i < p.rows; i++) error += (score[i] - p.y[i]) * (score[i] - p.y[i]) / (p.rows - p.train);
            for (uint32_t i = 0; yes_no && i < p.rows; i++) assert_true(score[i] >= 0 && score[i] <= 1);
            if (!(error < most[yes_no][m])) fail_msg("%s, yes or no %d: error %g", family[m]->name, yes_no, error);
            if (m) assert_int_equal(mlp_tensor_find(&ts, "root")->shape[0], 30);
            mlp_arena_clear(&arena), mlp_arena_clear(&p.arena);
        }
}

/* No feature, one row, and a constant: the mean. */
static void small(void **state)
{
    (void)state;
    const struct mlp_model_ops *family[] = {&mlp_model_decision_tree, &mlp_model_random_forest, &mlp_model_extra_trees};
    for (int m = 0; m < 3; m++)
        for (int what = 0; what < 3; what++) {
            struct problem p;
            struct mlp_arena arena = {0};
            struct mlp_tensors ts;
            double score[300];
            random_problem(&p, 300, false), arguments(&p, family[m]);
            if (what == 0) p.features = p.model.features.n = 0;
            if (what == 1) p.train = 1;
            double mean = 0;
            for (uint32_t i = 0; i < p.train; i++) {
                if (what == 2) p.y[i] = 7;
                mean += p.y[i] / p.train;
            }
            scores(&p, family[m], fit_open(&p, family[m], NULL, &arena, &ts), score);
            for (uint32_t i = 0; i < p.rows; i++)
                if (!(fabs(score[i] - mean) < (what || !m || m == 2 ? 1e-9 : 0.1))) fail_msg("%s, case %d: %g, not %g", family[m]->name, what, score[i], mean);
            mlp_arena_clear(&arena), mlp_arena_clear(&p.arena);
        }
}

static void damaged(void **state)
{
    (void)state;
    struct problem p;
    struct mlp_arena arena = {0};
    struct mlp_tensors ts;
    random_problem(&p, 300, true), arguments(&p, &mlp_model_random_forest);
    fit_open(&p, &mlp_model_random_forest, NULL, &arena, &ts);
    damage(&p, &mlp_model_random_forest, &ts);
    mlp_arena_clear(&arena), mlp_arena_clear(&p.arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(against_reference), cmocka_unit_test(forests), cmocka_unit_test(small), cmocka_unit_test(damaged)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
