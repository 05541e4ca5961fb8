/* model_trees.c: boosted trees: the invariants of exact histograms, the best split against brute force, ties, missing values and
 * codes, early stopping, the same bits whatever the threads and the form, damaged files. */
#include "tests/unit/model_common.h"
#include "runtime/model/trees/trees.h"

static void arguments(struct problem *p, double trees, double leaves, double rate, double min_rows)
{
    static const double rest[] = {[MLP_MODEL_BOOSTED_TREES_MIN_HESSIAN] = 1e-3,
                                  [MLP_MODEL_BOOSTED_TREES_BINS] = 255,
                                  [MLP_MODEL_BOOSTED_TREES_ROWS] = 1,
                                  [MLP_MODEL_BOOSTED_TREES_COLUMNS] = 1};
    for (uint32_t i = 0; i < sizeof rest / sizeof *rest; i++) set(p, i, rest[i]);
    set(p, MLP_MODEL_BOOSTED_TREES_TREES, trees), set(p, MLP_MODEL_BOOSTED_TREES_LEAVES, leaves);
    set(p, MLP_MODEL_BOOSTED_TREES_LEARNING_RATE, rate), set(p, MLP_MODEL_BOOSTED_TREES_MIN_ROWS, min_rows);
}

static void random_problem(struct problem *p, uint32_t rows, uint32_t features, mlp_loss_fn *loss)
{
    problem_init(p, rows, features, loss);
    for (uint32_t f = 2; f < features; f += 3) coded(p, f, 3 + f * 4);
    for (uint32_t i = 0; i < rows; i++) {
        double z = 0;
        for (uint32_t f = 0; f < features; f++) {
            double u = mlp_uniform(mlp_random(11, f, i));
            if (p->codes[f])
                code(p, f)[i] = (uint32_t)(u * u * p->codes[f]) == 1 ? 2 : (uint32_t)(u * u * p->codes[f]),
                        z += code(p, f)[i] % 3 == 0 ? 1.0 / (f + 1) : 0;
            else {
                number(p, f)[i] = f % 2 && u < 0.1 ? NAN : (float)floor(u * (f % 4 == 0 ? 1e6 : 50));
                z += f % 2 && u < 0.1 ? 0.7 : sin(u * 6) / (f + 1);
            }
        }
        p->y[i] =
            loss == loss_log ? mlp_uniform(mlp_random(11, 99, i)) < 1 / (1 + exp(-2 * z)) : z + mlp_uniform(mlp_random(11, 98, i));
    }
}

/* One tree on given derivatives: every row is in one leaf, the walk ends there, and a leaf's value is that of its rows' sums. */
static void leaves_hold_their_rows(struct problem *p, const struct mlp_trees_options *o, uint64_t tree, struct mlp_pool *pool)
{
    struct mlp_arena arena = {0};
    struct mlp_error error = {0};
    struct mlp_trees_matrix m;
    struct mlp_trees_grower *grower;
    struct mlp_trees_forest forest = {0};
    struct mlp_fit_in in = fit_in(p, pool);
    double *grad = mlp_arena_alloc(&arena, p->rows * sizeof *grad), *hess = mlp_arena_alloc(&arena, p->rows * sizeof *hess);
    double *score = mlp_arena_alloc(&arena, p->rows * sizeof *score);
    uint8_t *seen = mlp_arena_alloc(&arena, p->rows);
    assert_int_equal(mlp_trees_bin(&in, o->bins, &m, &arena, &error), MLP_OK);
    assert_int_equal(mlp_trees_grower_new(&m, o, pool, &arena, &grower, &error), MLP_OK);
    p->entry.loss(NULL, p->y, p->weight, score, p->rows, NULL, grad, hess);
    if (mlp_trees_grow(grower, tree, grad, hess, score, &forest, &error) != MLP_OK) fail_msg("%s", error.text);
    uint32_t leaves = mlp_trees_leaves(grower), rows = 0, n;
    assert_true(leaves > 1 && leaves <= o->leaves && forest.leaves == leaves && forest.nodes == leaves - 1);
    for (uint32_t k = 0; k < leaves; k++) {
        const uint32_t *row = mlp_trees_leaf_rows(grower, k, &n);
        double g = 0, h = 0;
        assert_true(n >= o->min_rows);
        for (uint32_t i = 0; i < n; i++) {
            assert_true(!seen[row[i]]++ && (!i || row[i] > row[i - 1]));
            g += grad[row[i]], h += hess[row[i]];
            assert_true(mlp_trees_walk(&forest, 0, &in.all, in.codes, row[i]) == forest.value[k] &&
                        score[row[i]] == forest.value[k]);
        }
        bool l2_of_codes =
            fabs(forest.value[k] + o->rate * g / (h + o->l2 + 10)) <= 1e-6 * fabs(g / h); /* a leaf under a sorted split */
        if (!l2_of_codes && !(fabs(forest.value[k] + o->rate * g / (h + o->l2)) <= 1e-6 * fabs(g / h) + 1e-12))
            fail_msg("leaf %u: %g, rows say %g", k, forest.value[k], -o->rate * g / (h + o->l2));
        rows += n;
    }
    assert_int_equal(rows, mlp_trees_bag(grower));
    if (o->rows >= 1) assert_int_equal(rows, p->rows);
    else assert_true(fabs(rows - o->rows * p->rows) < 5 * sqrt(p->rows));
    for (uint32_t i = 0; i < forest.nodes; i++) assert_true(forest.node[i].left > (int32_t)i || forest.node[i].left < 0);
    mlp_trees_forest_clear(&forest), mlp_arena_clear(&arena);
}

static void exact(void **state)
{
    (void)state;
    struct problem p;
    struct mlp_trees_options o = {.trees = 1,
                                  .leaves = 31,
                                  .bins = 255,
                                  .rate = 0.1,
                                  .min_rows = 20,
                                  .min_hessian = 1e-3,
                                  .rows = 1,
                                  .columns = 1,
                                  .seed = 3};
    random_problem(&p, 5000, 9, loss_log);
    leaves_hold_their_rows(&p, &o, 0, NULL);
    o.l2 = 3, o.depth = 4, o.leaves = 100, leaves_hold_their_rows(&p, &o, 0, NULL);
    o.l2 = 0, o.rows = 0.5, o.columns = 0.4, o.depth = 0;
    for (uint64_t tree = 0; tree < 5; tree++) leaves_hold_their_rows(&p, &o, tree, NULL);
    mlp_arena_clear(&p.arena);
    o.rows = o.columns = 1, o.leaves = 4096, o.min_rows = 1,
    o.bins = 16; /* more open leaves than histograms: some are counted again */
    random_problem(&p, 20000, 40, loss_squared);
    o.bins = 255, leaves_hold_their_rows(&p, &o, 0, NULL);
    struct mlp_pool *pool = mlp_pool_new(3);
    o.leaves = 200, leaves_hold_their_rows(&p, &o, 0, pool);
    mlp_pool_free(pool), mlp_arena_clear(&p.arena);
}

/* Twice what a value within [-bound, bound] (0: any) takes off g v + h v^2 / 2 + l1 |v| at most. */
static double off(double g, double h, double l1, double bound)
{
    double v = fmax(fabs(g) - l1, 0) / h;
    if (bound > 0) v = fmin(v, bound);
    return 2 * fmax(fabs(g) - l1, 0) * v - h * v * v;
}

/* The gain of splitting all rows by `left`; 0 where a side is too small. */
static double gain_of(const struct problem *p, const double *grad, const double *hess, const bool *left, double min_rows, double l1,
                      double l2, double bound)
{
    double g[2] = {0}, h[2] = {0}, n[2] = {0};
    for (uint32_t i = 0; i < p->rows; i++) g[left[i]] += grad[i], h[left[i]] += hess[i], n[left[i]]++;
    if (n[0] < min_rows || n[1] < min_rows) return 0;
    return off(g[0], h[0] + l2, l1, bound) + off(g[1], h[1] + l2, l1, bound) - off(g[0] + g[1], h[0] + h[1] + l2, l1, bound);
}

/* All thresholds on either side of missing ones, and each code against the rest (up to four codes), against the first node of a
 * tree. */
static void brute_force(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 40; seed++) {
        struct problem p;
        enum { N = 160, F = 5 };
        problem_init(&p, N, F, seed % 2 ? loss_log : loss_squared);
        coded(&p, 1, 5), coded(&p, 4, 4);
        for (uint32_t i = 0; i < N; i++) {
            for (uint32_t f = 0; f < F; f++) {
                uint64_t u = mlp_random(seed, f, i / 4);        /* four rows share a value, so that every value may have a bin */
                if (p.codes[f]) code(&p, f)[i] = (uint32_t)(u % p.codes[f]) == 1 ? 0 : (uint32_t)(u % p.codes[f]);
                else number(&p, f)[i] = f == 2 && u % 5 == 0 ? NAN : (float)(u % 17) - 8;
            }
            p.y[i] = seed % 2 ? mlp_random(seed, 50, i) % 2
                              : (double)(mlp_random(seed, 51, i) % 100) + (number(&p, 2)[i] != number(&p, 2)[i] ? 30 : 0);
        }
        double l1 = seed % 3 == 0 ? 2 : 0, l2 = seed % 5 == 0 ? 1 : 0, bound = seed % 4 == 1 ? 0.3 : 0, best = 0, grad[N], hess[N], zero[N] = {0};
        bool left[N], best_left[N] = {0};
        p.entry.loss(NULL, p.y, NULL, zero, N, NULL, grad, hess);
        for (uint32_t f = 0; f < F; f++)
            for (int at = p.codes[f] ? 0 : -9; at < 9; at++)
                for (int missing = 0; missing < 2 - (p.codes[f] > 0); missing++) {
                    for (uint32_t i = 0; i < N; i++)
                        left[i] = p.codes[f]                             ? code(&p, f)[i] == (uint32_t)at
                                  : number(&p, f)[i] != number(&p, f)[i] ? missing
                                                                         : number(&p, f)[i] <= (float)at;
                    double g = gain_of(&p, grad, hess, left, 5, l1, l2, bound);
                    if (g > best * (1 + 1e-12)) best = g, memcpy(best_left, left, sizeof left);
                }
        struct mlp_trees_options o = {
            .leaves = 2, .bins = 255, .rate = 1, .min_rows = 5, .min_hessian = 1e-3, .l1 = l1, .l2 = l2, .max_step = bound,
            .rows = 1, .columns = 1};
        struct mlp_arena arena = {0};
        struct mlp_error error;
        struct mlp_trees_matrix m;
        struct mlp_trees_grower *grower;
        struct mlp_trees_forest forest = {0};
        struct mlp_fit_in in = fit_in(&p, NULL);
        assert_int_equal(mlp_trees_bin(&in, 255, &m, &arena, &error) | mlp_trees_grower_new(&m, &o, NULL, &arena, &grower, &error)
                         | mlp_trees_grow(grower, 0, grad, hess, NULL, &forest, &error), MLP_OK);
        if (best > 0) {
            assert_int_equal(forest.nodes, 1);
            if (bound > 0) assert_true(fabs(forest.value[0]) <= bound && fabs(forest.value[1]) <= bound);
            for (uint32_t i = 0; i < N; i++) {
                const struct mlp_trees_node *n = &forest.node[0];
                bool l = mlp_trees_walk(&forest, 0, &in.all, p.codes, i) == forest.value[~n->left];
                left[i] = forest.value[0] != forest.value[1] ? l : left[i];
            }
            double got = gain_of(&p, grad, hess, left, 5, l1, l2, bound);
            if (!(fabs(got - best) <= 1e-9 * best)) fail_msg("seed %u: gain %.15g, brute force %.15g", (unsigned)seed, got, best);
        } else assert_int_equal(forest.nodes, 0);
        mlp_trees_forest_clear(&forest), mlp_arena_clear(&arena), mlp_arena_clear(&p.arena);
    }
}

static const struct mlp_trees_node *first_node(struct problem *p, struct mlp_arena *arena, struct mlp_tensors *ts,
                                               struct mlp_trees_node *n)
{
    fit_open(p, &mlp_model_boosted_trees, NULL, arena, ts);
    assert_true(mlp_tensor_find(ts, "feature")->shape[0] > 0);
    n->feature = *(const uint32_t *)mlp_tensor_find(ts, "feature")->data,
    n->threshold = *(const float *)mlp_tensor_find(ts, "threshold")->data;
    n->missing_left = *(const uint8_t *)mlp_tensor_find(ts, "flags")->data & 1;
    return n;
}

/* Equal columns: the first. Equal boundaries of one column: the lower. */
static void ties(void **state)
{
    (void)state;
    struct problem p;
    struct mlp_arena arena = {0};
    struct mlp_tensors ts;
    struct mlp_trees_node n;
    problem_init(&p, 300, 4, loss_squared);
    for (uint32_t i = 0; i < 300; i++) {
        number(&p, 0)[i] = 1, number(&p, 1)[i] = -(float)(i % 100), number(&p, 2)[i] = (float)(i % 100),
                   number(&p, 3)[i] = (float)(i % 100);
        p.y[i] = i % 100 < 30 || i % 100 >= 70;              /* cutting at 30 and at 70 gain the same */
    }
    arguments(&p, 1, 2, 1, 1);
    first_node(&p, &arena, &ts, &n);
    assert_int_equal(n.feature, 1);
    assert_true(n.threshold == -69.5f);
    for (uint32_t i = 0; i < 300; i++) number(&p, 1)[i] = 1;
    first_node(&p, &arena, &ts, &n);
    assert_int_equal(n.feature, 2);
    assert_true(n.threshold == 29.5f);
    mlp_arena_clear(&arena), mlp_arena_clear(&p.arena);
}

static void missing_and_codes(void **state)
{
    (void)state;
    struct problem p;
    struct mlp_arena arena = {0};
    struct mlp_tensors ts;
    struct mlp_trees_node n;
    static double score[6000];
    problem_init(&p, 6000, 2, loss_squared);
    coded(&p, 1, 602);
    arguments(&p, 1, 2, 1, 20);
    for (int high = 0; high < 2; high++) {                  /* missing ones are like the high, then like the low values */
        for (uint32_t i = 0; i < 6000; i++)
            number(&p, 0)[i] = i % 7 == 0 ? NAN : (float)(i % 10), code(&p, 1)[i] = 2, p.y[i] = i % 7 == 0 ? high : i % 10 >= 5;
        first_node(&p, &arena, &ts, &n);
        assert_true(n.threshold == 4.5f && n.missing_left == !high);
    }
    for (uint32_t i = 0; i < 6000; i++)
        number(&p, 0)[i] = i % 3 ? 1 : -1, p.y[i] = number(&p, 0)[i]; /* none missing in training: with the many */
    first_node(&p, &arena, &ts, &n);
    assert_false(n.missing_left);
    const void *opened = fit_open(&p, &mlp_model_boosted_trees, NULL, &arena, &ts);
    number(&p, 0)[5] = NAN, p.rows = 8;
    scores(&p, &mlp_model_boosted_trees, opened, score);
    assert_true(score[5] == score[4] && score[5] > score[3]);
    p.rows = 6000;

    for (uint32_t i = 0; i < 6000; i++) {                   /* a planted set of codes, found whole; unseen ones go with the many */
        number(&p, 0)[i] = 0, code(&p, 1)[i] = 2 + i % 20;
        p.y[i] = i % 20 == 3 || i % 20 == 8 || i % 20 == 13;
    }
    opened = fit_open(&p, &mlp_model_boosted_trees, NULL, &arena, &ts);
    p.rows = 21, code(&p, 1)[20] = 1;
    scores(&p, &mlp_model_boosted_trees, opened, score);
    for (uint32_t i = 0; i < 20; i++) assert_true((score[i] > 0.5) == (i == 3 || i == 8 || i == 13));
    assert_true(score[20] == score[0]);
    code(&p, 1)[20] = 599, scores(&p, &mlp_model_boosted_trees, opened, score), assert_true(score[20] == score[0]);
    code(&p, 1)[20] = 4000000000u, scores(&p, &mlp_model_boosted_trees, opened, score), assert_true(score[20] == score[0]);
    p.rows = 6000;

    for (uint32_t i = 0; i < 6000; i++)                     /* more codes than bins: the rare ones share one */
        code(&p, 1)[i] = i % 2 ? 2 + i % 16 : 2 + (uint32_t)(mlp_random(1, 1, i) % 600), p.y[i] = code(&p, 1)[i] % 4 == 1 && i % 2;
    opened = fit_open(&p, &mlp_model_boosted_trees, NULL, &arena, &ts);
    scores(&p, &mlp_model_boosted_trees, opened, score);
    mlp_arena_clear(&arena), mlp_arena_clear(&p.arena);
}

static void threads_and_forms(void **state)
{
    (void)state;
    struct problem p;
    random_problem(&p, 140000, 12, loss_log);
    p.train = 120000, p.validation = 20000;
    arguments(&p, 6, 40, 0.3, 20);
    p.train_args[MLP_BLOCK_TRAIN_EARLY_STOPPING] = (struct mlp_arg){.kind = MLP_A_INT, .num = 3};
    same_for_threads(&p, &mlp_model_boosted_trees);
    set(&p, MLP_MODEL_BOOSTED_TREES_ROWS, 0.6), set(&p, MLP_MODEL_BOOSTED_TREES_COLUMNS, 0.5);
    same_for_threads(&p, &mlp_model_boosted_trees);
    mlp_arena_clear(&p.arena);
}

static double mean_loss(const struct problem *p, const double *score, uint32_t from, uint32_t to)
{
    double v, sum = 0;
    for (uint32_t i = from; i < to; i++) p->entry.loss(NULL, &p->y[i], NULL, &score[i], 1, &v, NULL, NULL), sum += v;
    return sum / (to - from);
}

static void early_stopping(void **state)
{
    (void)state;
    struct problem p;
    struct mlp_arena arena = {0};
    struct mlp_tensors ts, all;
    static double score[4000];
    random_problem(&p, 4000, 8, loss_log);
    p.train = 2500, p.validation = 1500;
    arguments(&p, 300, 31, 0.2, 20);
    fit_open(&p, &mlp_model_boosted_trees, NULL, &arena, &all);
    p.train_args[MLP_BLOCK_TRAIN_EARLY_STOPPING] = (struct mlp_arg){.kind = MLP_A_INT, .num = 10};
    const void *opened = fit_open(&p, &mlp_model_boosted_trees, NULL, &arena, &ts);
    uint64_t trees = mlp_tensor_find(&ts, "root")->shape[0];
    assert_int_equal(mlp_tensor_find(&all, "root")->shape[0], 300);
    assert_true(trees > 2 && trees < 200);
    scores(&p, &mlp_model_boosted_trees, opened, score);
    double best = mean_loss(&p, score, 2500, 4000);
    const struct mlp_tensor *root = mlp_tensor_find(&all, "root");
    assert_memory_equal(root->data, mlp_tensor_find(&ts, "root")->data, trees * sizeof(int32_t));   /* the same trees, fewer */
    for (uint64_t t = 1; t < trees + 10; t++) {             /* no other number of trees, up to where it stopped, is better */
        struct mlp_tensor copy[16];
        memcpy(copy, all.at, all.n * sizeof *copy);
        copy[root - all.at].shape[0] = t;
        struct mlp_tensors some = {copy, all.n};
        struct mlp_error error;
        assert_int_equal(mlp_model_boosted_trees.open(&p.model, p.feature_at, p.codes, 1, &some, &arena, &opened, &error), MLP_OK);
        struct mlp_block block = {p.rows, p.features, p.feature_at, (const void *const *)p.column};
        mlp_model_boosted_trees.predict(opened, &block, score);
        assert_true(mean_loss(&p, score, 2500, 4000) >= best * (1 - 1e-12));
    }
    mlp_arena_clear(&arena), mlp_arena_clear(&p.arena);
}

static void degenerate(void **state)
{
    (void)state;
    struct problem p;
    struct mlp_arena arena = {0};
    struct mlp_tensors ts;
    static double score[2000];
    random_problem(&p, 2000, 6, loss_squared);
    arguments(&p, 20, 31, 0.1, 20);
    for (uint32_t i = 0; i < 2000; i++) p.y[i] = 12.5;        /* a constant target: no tree */
    scores(&p, &mlp_model_boosted_trees, fit_open(&p, &mlp_model_boosted_trees, NULL, &arena, &ts), score);
    assert_int_equal(mlp_tensor_find(&ts, "root")->shape[0], 0);
    assert_true(score[3] == 12.5);
    p.entry.loss = loss_log;
    for (uint32_t i = 0; i < 2000; i++) p.y[i] = 1;           /* one class */
    scores(&p, &mlp_model_boosted_trees, fit_open(&p, &mlp_model_boosted_trees, NULL, &arena, &ts), score);
    assert_true(score[0] > 20 && isfinite(score[0]));
    p.entry.loss = loss_absolute;                           /* no second derivative: leaves are medians, outliers do not count */
    for (uint32_t i = 0; i < 2000; i++)
        number(&p, 0)[i] = (float)(i % 2), number(&p, 1)[i] = NAN, p.y[i] = i % 10 == 3 ? 1e6 : i % 2 ? 50 : -7;
    arguments(&p, 200, 4, 0.1, 20);
    scores(&p, &mlp_model_boosted_trees, fit_open(&p, &mlp_model_boosted_trees, NULL, &arena, &ts), score);
    for (uint32_t i = 0; i < 2000; i++) assert_true(fabs(score[i] - (i % 2 ? 50 : -7)) < 0.1);
    p.train = 3;                                            /* fewer rows than a leaf needs */
    scores(&p, &mlp_model_boosted_trees, fit_open(&p, &mlp_model_boosted_trees, NULL, &arena, &ts), score);
    struct mlp_error error = {0};
    struct mlp_fit_in in = fit_in(&p, NULL);
    const char *summary;
    in.train.n = 0;
    assert_int_equal(mlp_model_boosted_trees.fit(&in, &arena, &ts, &summary, &error), MLP_ERR_DATA);
    assert_true(error.text[0] && error.fix[0]);
    mlp_arena_clear(&arena), mlp_arena_clear(&p.arena);
}

static void weights_are_copies(void **state)
{
    (void)state;
    struct problem p;
    struct mlp_arena arena = {0};
    struct mlp_tensors ts;
    static double a[1000], b[3000];
    random_problem(&p, 1000, 6, loss_squared);
    for (uint32_t i = 0; i < 1000; i++)
        number(&p, 0)[i] = floorf(number(&p, 0)[i] / 10000), code(&p, 2)[i] = 2 + i % 3, code(&p, 5)[i] = 2;
    arguments(&p, 10, 8, 0.3, 1);
    set(&p, MLP_MODEL_BOOSTED_TREES_MIN_HESSIAN, 30);
    p.weight = mlp_arena_alloc(&p.arena, 1000 * sizeof(double));
    for (uint32_t i = 0; i < 1000; i++) p.weight[i] = 3;
    scores(&p, &mlp_model_boosted_trees, fit_open(&p, &mlp_model_boosted_trees, NULL, &arena, &ts), a);
    struct problem q;
    problem_init(&q, 3000, 6, loss_squared);
    coded(&q, 2, p.codes[2]), coded(&q, 5, p.codes[5]);
    for (uint32_t i = 0; i < 3000; i++) {
        q.y[i] = p.y[i / 3];
        for (uint32_t f = 0; f < 6; f++) code(&q, f)[i] = code(&p, f)[i / 3];
    }
    memcpy(q.args, p.args, sizeof p.args);
    scores(&q, &mlp_model_boosted_trees, fit_open(&q, &mlp_model_boosted_trees, NULL, &arena, &ts), b);
    for (uint32_t i = 0; i < 1000; i++) assert_true(fabs(a[i] - b[3 * i]) < 1e-9);
    mlp_arena_clear(&arena), mlp_arena_clear(&p.arena), mlp_arena_clear(&q.arena);
}

/* Four rows of 20,000 are of the class, in a leaf with 16 others: a full Newton step there is log-odds of a thousand, and the loss
 * grows with each tree. Within max_step it falls. */
static void rare_class(void **state)
{
    (void)state;
    for (int bounded = 0; bounded < 2; bounded++) {
        enum { N = 20000 };
        struct problem p;
        struct mlp_arena arena = {0};
        struct mlp_tensors ts;
        static double z[N];
        problem_init(&p, N, 1, loss_log);
        for (uint32_t i = 0; i < N; i++) number(&p, 0)[i] = i < 20 ? 1 : 0, p.y[i] = i < 4;
        arguments(&p, 10, 4, 0.1, 20);
        set(&p, MLP_MODEL_BOOSTED_TREES_MAX_STEP, bounded ? 10 : 0);
        scores(&p, &mlp_model_boosted_trees, fit_open(&p, &mlp_model_boosted_trees, NULL, &arena, &ts), z);
        double share = 4.0 / N, start = -(4 * log(share) + (N - 4) * log(1 - share)), loss = 0;
        for (uint32_t i = 0; i < N; i++) loss += fmax(z[i], 0) - z[i] * p.y[i] + log1p(exp(-fabs(z[i])));
        assert_true(bounded ? loss < start : loss > 10 * start);
        mlp_arena_clear(&arena), mlp_arena_clear(&p.arena);
    }
}

static void damaged(void **state)
{
    (void)state;
    struct problem p;
    struct mlp_arena arena = {0};
    struct mlp_tensors ts;
    random_problem(&p, 600, 6, loss_log);
    arguments(&p, 5, 8, 0.3, 20);
    fit_open(&p, &mlp_model_boosted_trees, NULL, &arena, &ts);
    assert_true(mlp_tensor_find(&ts, "bits")->shape[0] > 0);
    damage(&p, &mlp_model_boosted_trees, &ts);
    mlp_arena_clear(&arena), mlp_arena_clear(&p.arena);
}

static int stop(void *data, double share, const char *note) { return (void)data, (void)note, share < 0.3; }

static void interrupted(void **state)
{
    (void)state;
    struct problem p;
    struct mlp_arena arena = {0};
    struct mlp_tensors ts;
    struct mlp_error error = {0};
    const char *summary;
    random_problem(&p, 600, 6, loss_log);
    arguments(&p, 10, 8, 0.3, 20);
    struct mlp_fit_in in = fit_in(&p, NULL);
    in.progress = stop;
    assert_int_equal(mlp_model_boosted_trees.fit(&in, &arena, &ts, &summary, &error), MLP_ERR_INTERRUPTED);
    mlp_arena_clear(&arena), mlp_arena_clear(&p.arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(exact),
                                       cmocka_unit_test(brute_force),
                                       cmocka_unit_test(ties),
                                       cmocka_unit_test(missing_and_codes),
                                       cmocka_unit_test(threads_and_forms),
                                       cmocka_unit_test(early_stopping),
                                       cmocka_unit_test(degenerate),
                                       cmocka_unit_test(weights_are_copies),
                                       cmocka_unit_test(rare_class),
                                       cmocka_unit_test(damaged),
                                       cmocka_unit_test(interrupted)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
