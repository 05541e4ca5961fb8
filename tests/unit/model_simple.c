/* model_simple.c: naive Bayes and nearest neighbours: against scikit-learn (tests/numeric/simple.txt), the same bits whatever the threads
 * and the form, tables of almost nothing, damaged files. */
#include "tests/unit/model_common.h"

enum { MOST = 8, RUNS = 5, FEATURES = 6 };                  /* RUNS: the feature of terms, where there is one */
static struct mlp_runs runs;

/* In blocks, and one by one: the same bits. */
static void both_forms(const struct problem *p, const struct mlp_model_ops *ops, const void *opened, uint32_t outputs, double *score)
{
    const struct mlp_block all = {p->rows, p->features, p->feature_at, (const void *const *)p->column};
    ops->predict(opened, &all, score);
    for (uint32_t r = 0; r < p->rows; r++) {
        const void *at[MOST_FEATURES];
        struct mlp_runs own = runs;
        double s[MOST];
        own.start += r;
        for (uint32_t f = 0; f < p->features; f++) at[f] = p->feature[f].form == MLP_SPARSE ? (void *)&own : (uint32_t *)p->column[f] + r;
        const struct mlp_block one = {1, p->features, p->feature_at, at};
        ops->predict(opened, &one, s);
        if (memcmp(s, score + (size_t)r * outputs, outputs * sizeof *s)) fail_msg("row %u differs alone", r);
    }
}

static const void *learn(struct problem *p, const struct mlp_model_ops *ops, uint32_t outputs, struct mlp_pool *pool, struct mlp_arena *arena,
                         struct mlp_tensors *ts)
{
    struct mlp_fit_in in = fit_in(p, pool);
    struct mlp_error error = {0};
    const char *summary = NULL;
    const void *opened = NULL;
    in.outputs = outputs;
    if (ops->fit(&in, arena, ts, &summary, &error) != MLP_OK) fail_msg("fit: %s", error.text);
    assert_non_null(summary);
    if (ops->open(&p->model, p->feature_at, p->codes, outputs, ts, arena, &opened, &error) != MLP_OK) fail_msg("open: %s", error.text);
    return opened;
}

static void bayes(struct problem *p, double smooth) { set(p, MLP_MODEL_NAIVE_BAYES_SMOOTH, smooth), set(p, MLP_MODEL_NAIVE_BAYES_WIDEN, 1e-9); }
static void nearest(struct problem *p, double k) { set(p, MLP_MODEL_NEAREST_K, k), set(p, MLP_MODEL_NEAREST_ROWS, 50000); }

struct table { struct problem p; double y[3][1000], weight[1000]; };   /* y: yes or no, class, number */

static void read_table(struct table *t, FILE *file, char *line, size_t room)
{
    uint32_t rows, train, terms;
    do assert_non_null(fgets(line, (int)room, file)); while (sscanf(line, "table %u %u %u", &rows, &train, &terms) != 3);
    problem_init(&t->p, rows, FEATURES, NULL);
    struct problem *const p = &t->p;
    p->train = train, p->model.head = MLP_HEAD_REPORTED, p->model.loss = p->model.link = MLP_NONE;
    p->feature[3].yes_no = 1, coded(p, 4, 6), p->feature[RUNS].form = MLP_SPARSE, p->codes[RUNS] = terms, p->column[RUNS] = &runs;
    uint64_t *const start = mlp_arena_alloc(&p->arena, (rows + 1) * sizeof *start), n = 0;
    uint32_t *const index = mlp_arena_alloc(&p->arena, rows * terms * sizeof *index);
    float *const value = mlp_arena_alloc(&p->arena, rows * terms * sizeof *value);
    for (uint32_t i = 0; i < rows; i++) {
        assert_non_null(fgets(line, (int)room, file));
        char *at = line;
        for (uint32_t f = 0; f < 4; f++) number(p, f)[i] = (float)strtod(at, &at);
        code(p, 4)[i] = (uint32_t)strtoul(at, &at, 10);
        t->y[1][i] = strtod(at, &at), t->y[0][i] = t->y[1][i] > 0, t->y[2][i] = strtod(at, &at), t->weight[i] = strtod(at, &at);
        for (uint64_t k = strtoul(at, &at, 10); k; k--) index[n] = (uint32_t)strtoul(at, &at, 10), value[n++] = (float)strtod(at, &at);
        start[i + 1] = n;
    }
    runs = (struct mlp_runs){start, index, value};
}

static void against_reference(void **state)
{
    (void)state;
    FILE *file = fopen("tests/numeric/simple.txt", "r");
    static char line[1 << 16];
    static double score[1000 * 3];
    static struct table t;
    char model[16], task[16];
    double option;
    int fits = 0, weighted;
    assert_non_null(file);
    read_table(&t, file, line, sizeof line);
    while (fgets(line, sizeof line, file)) {
        struct mlp_arena arena = {0};
        struct mlp_tensors ts;
        double far = 0;
        if (sscanf(line, "fit %15s %15s %lf %d", model, task, &option, &weighted) != 4) continue;
        const bool is_bayes = !strcmp(model, "bayes"), several = !strcmp(task, "classes");
        const uint32_t outputs = several ? 3 : 1;
        const struct mlp_model_ops *const ops = is_bayes ? &mlp_model_naive_bayes : &mlp_model_nearest;
        if (is_bayes) bayes(&t.p, option);
        else nearest(&t.p, option);
        t.p.y = t.y[several ? 1 : !strcmp(task, "number") ? 2 : 0], t.p.weight = weighted ? t.weight : NULL;
        t.p.model.task = several ? MLP_MULTICLASS : !strcmp(task, "number") ? MLP_REGRESSION : MLP_BINARY;
        both_forms(&t.p, ops, learn(&t.p, ops, outputs, NULL, &arena, &ts), outputs, score);
        assert_non_null(fgets(line, sizeof line, file));
        char *at = line;
        for (uint32_t i = 0; i < t.p.rows * outputs; i++) far = fmax(far, fabs(strtod(at, &at) - score[i]));
        if (!(far <= 1e-6)) fail_msg("%s of %s, %g: off by %g", model, task, option, far);
        mlp_arena_clear(&arena), fits++;
    }
    fclose(file), mlp_arena_clear(&t.p.arena);
    assert_int_equal(fits, 13);
}

/* Three classes (the one in the middle has no row) by numbers, one that is often missing, yes or no, and a category. */
static void random_problem(struct problem *p, uint32_t rows)
{
    problem_init(p, rows, 5, NULL);
    p->model.head = MLP_HEAD_REPORTED, p->model.loss = p->model.link = MLP_NONE, p->model.task = MLP_MULTICLASS;
    p->feature[3].yes_no = 1, coded(p, 4, 40);
    for (uint32_t i = 0; i < rows; i++) {
        for (uint32_t f = 0; f < 5; f++) {
            const double u = mlp_uniform(mlp_random(8, f, i));
            if (p->codes[f]) code(p, f)[i] = (uint32_t)(u * 40) == 1 ? 0 : (uint32_t)(u * 40);
            else number(p, f)[i] = f == 3 ? u < 0.4 : u < 0.2 && f == 1 ? NAN : (float)(u * 4 - 2);
        }
        p->y[i] = number(p, 0)[i] + (code(p, 4)[i] > 20) + mlp_uniform(mlp_random(8, 9, i)) > 1 ? 2 : 0;
    }
}

static const struct mlp_model_ops *const family[] = {&mlp_model_naive_bayes, &mlp_model_nearest};
static void arguments(struct problem *p, int which)
{
    if (which) nearest(p, 9);
    else bayes(p, 1);
}

static void threads_and_classes(void **state)
{
    (void)state;
    for (int m = 0; m < 2; m++) {
        struct problem p;
        struct mlp_arena arena = {0};
        struct mlp_tensors one, many;
        static double score[9000 * 3];
        random_problem(&p, 3000), arguments(&p, m);
        p.train = 2500;
        both_forms(&p, family[m], learn(&p, family[m], 3, NULL, &arena, &one), 3, score);
        uint32_t right = 0;
        for (uint32_t i = 0; i < p.rows; i++) {
            const double *const s = score + 3 * i;
            assert_true(s[1] == 0 && fabs(s[0] + s[2] - 1) < 1e-12 && s[0] >= 0 && s[2] >= 0);   /* nothing for the class without rows */
            right += i >= p.train && (s[2] > s[0]) == (p.y[i] == 2);
        }
        if (right < 360) fail_msg("%s: %u of 500 right", family[m]->name, right);
        for (int threads = 2; threads <= 7; threads += 5) {
            struct mlp_pool *pool = mlp_pool_new(threads);
            learn(&p, family[m], 3, pool, &arena, &many);
            same_tensors(&one, &many);
            mlp_pool_free(pool);
        }
        mlp_arena_clear(&arena), mlp_arena_clear(&p.arena);
    }
}

/* Of many rows some are kept: so many as asked for, in their order; rows of no weight never. */
static void rows_kept(void **state)
{
    (void)state;
    struct problem p;
    struct mlp_arena arena = {0};
    struct mlp_tensors ts;
    random_problem(&p, 3000), nearest(&p, 3);
    p.model.task = MLP_REGRESSION, p.weight = mlp_arena_alloc(&p.arena, p.rows * sizeof *p.weight);
    for (uint32_t i = 0; i < p.rows; i++) p.y[i] = i, p.weight[i] = i % 3;
    set(&p, MLP_MODEL_NEAREST_ROWS, 700);
    learn(&p, &mlp_model_nearest, 1, NULL, &arena, &ts);
    const struct mlp_tensor *const y = mlp_tensor_find(&ts, "y");
    const double *const kept = y->data;
    double sum = 0;
    assert_int_equal(y->shape[0], 700);
    for (uint32_t i = 0; i < 700; i++) {
        assert_true(fmod(kept[i], 3) != 0 && (!i || kept[i] > kept[i - 1]));
        assert_true(((const double *)mlp_tensor_find(&ts, "weight")->data)[i] == fmod(kept[i], 3));
        sum += kept[i] / 700;
    }
    assert_true(fabs(sum - 1500) < 130);                    /* from everywhere: four standard errors */
    mlp_arena_clear(&arena), mlp_arena_clear(&p.arena);
}

/* No feature, one row, one class, a number that is constant, one that every row misses, numbers at the ends of a float: an answer that
 * is a share each time. */
static void small(void **state)
{
    (void)state;
    for (int m = 0; m < 2; m++)
        for (int what = 0; what < 7; what++) {
            struct problem p;
            struct mlp_arena arena = {0};
            struct mlp_tensors ts;
            double score[900];
            random_problem(&p, 300), arguments(&p, m);
            if (what == 0) p.features = p.model.features.n = 0;
            if (what == 1) p.train = 1;
            if (what == 2) p.train = 2;
            for (uint32_t i = 0; i < p.rows; i++) {
                if (what == 3) p.y[i] = 2;
                if (what == 4) number(&p, 0)[i] = 5;
                if (what == 5) number(&p, 1)[i] = NAN, number(&p, 3)[i] = NAN;
                if (what == 6) number(&p, 0)[i] = i % 3 ? 3e38f : i % 2 ? -1e-45f : -3e38f, number(&p, 2)[i] = i == 299 ? INFINITY : number(&p, 2)[i];
            }
            both_forms(&p, family[m], learn(&p, family[m], 3, NULL, &arena, &ts), 3, score);
            for (uint32_t i = 0; i < p.rows; i++) {
                const double *const s = score + 3 * i;
                if (!(fabs(s[0] + s[1] + s[2] - 1) < 1e-12)) fail_msg("%s, case %d: %g %g %g", family[m]->name, what, s[0], s[1], s[2]);
                if (what == 3) assert_true(s[2] == 1);
            }
            mlp_arena_clear(&arena), mlp_arena_clear(&p.arena);
        }
}

/* Nothing to learn from is said. */
static void nothing(void **state)
{
    (void)state;
    for (int m = 0; m < 2; m++) {
        struct problem p;
        struct mlp_arena arena = {0};
        struct mlp_tensors ts;
        const char *summary;
        random_problem(&p, 30), arguments(&p, m);
        p.weight = mlp_arena_alloc(&p.arena, p.rows * sizeof *p.weight);
        struct mlp_fit_in in = fit_in(&p, NULL);
        struct mlp_error error = {0};
        in.outputs = 3;
        assert_int_equal(family[m]->fit(&in, &arena, &ts, &summary, &error), MLP_ERR_DATA);
        assert_non_null(strstr(error.text, "weight above 0"));
        mlp_arena_clear(&arena), mlp_arena_clear(&p.arena);
    }
}

static void damaged(void **state)
{
    (void)state;
    for (int m = 0; m < 2; m++) {
        struct problem p;
        struct mlp_arena arena = {0};
        struct mlp_tensors ts;
        random_problem(&p, 300), arguments(&p, m);
        p.model.task = MLP_BINARY;
        for (uint32_t i = 0; i < p.rows; i++) p.y[i] = p.y[i] > 0;
        fit_open(&p, family[m], NULL, &arena, &ts);
        damage(&p, family[m], &ts);
        mlp_arena_clear(&arena), mlp_arena_clear(&p.arena);
    }
}

/* The arrays of terms, each element in turn: refused, or still answered within the arrays. */
static void damaged_runs(void **state)
{
    (void)state;
    FILE *file = fopen("tests/numeric/simple.txt", "r");
    static char line[1 << 16];
    static double score[1000];
    static struct table t;
    assert_non_null(file);
    read_table(&t, file, line, sizeof line), fclose(file);
    t.p.y = t.y[0], t.p.model.task = MLP_BINARY;
    for (int m = 0; m < 2; m++) {
        struct mlp_arena arena = {0};
        struct mlp_tensors ts;
        uint32_t refused = 0;
        arguments(&t.p, m);
        learn(&t.p, family[m], 1, NULL, &arena, &ts);
        for (uint32_t i = 0; i < ts.n; i++)
            for (uint32_t k = 0; k < 60 && ts.at[i].shape[0]; k++) {
                const size_t bytes = mlp_tensor_bytes(&ts.at[i]), size = bytes / ts.at[i].shape[0];
                struct mlp_tensor copy[16];
                struct mlp_arena own = {0};
                struct mlp_error error = {0};
                const void *opened;
                unsigned char *const data = malloc(bytes);
                memcpy(copy, ts.at, ts.n * sizeof *copy), memcpy(data, ts.at[i].data, bytes), copy[i].data = data;
                const uint64_t bits = mlp_random(5, i, k);
                for (size_t b = 0; b < size; b++) data[bits % ts.at[i].shape[0] * size + b] ^= (unsigned char)(bits >> (8 + 8 * (b % 7)));
                if (family[m]->open(&t.p.model, t.p.feature_at, t.p.codes, 1, &(struct mlp_tensors){copy, ts.n}, &own, &opened, &error) == MLP_OK)
                    both_forms(&t.p, family[m], opened, 1, score);
                else refused++, assert_true(error.text[0] && error.fix[0]);
                mlp_arena_clear(&own), free(data);
            }
        assert_true(refused > 10);
        mlp_arena_clear(&arena);
    }
    mlp_arena_clear(&t.p.arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(against_reference), cmocka_unit_test(threads_and_classes), cmocka_unit_test(rows_kept),
                                       cmocka_unit_test(small), cmocka_unit_test(nothing), cmocka_unit_test(damaged), cmocka_unit_test(damaged_runs)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
