/* bagged.c: trees that do not depend on each other: a decision tree, a random forest, extra trees. A leaf reports the mean of its rows,
 * or the share of a class in them; a forest the mean over its trees. Several classes have a tree each in every round, and their shares
 * are brought to 1. Workers grow whole trees, each with the random numbers of its own place, and trees are joined in order. */
#include "runtime/model/trees/trees.h"
#include "runtime/base/hash.h"
#include "mlp_stdlib.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ONE_TREE, RANDOM_FOREST, EXTRA_TREES };

struct bagged {
    const struct mlp_fit_in *in; struct mlp_trees_options o; struct mlp_trees_matrix m; struct mlp_sample train; struct mlp_classes classes;
    uint32_t each;                                          /* trees a round */
    double *mean;                                           /* (each) what every row has without a tree */
    struct mlp_trees_grower **grower; double **grad;        /* (threads); grad: (rows), behind them hess (rows) */
    struct mlp_trees_forest *tree;                          /* (trees of a batch) */
    uint32_t first; struct mlp_error *error; mlp_status *status;
};

static struct mlp_trees_options options(const struct mlp_fit_in *in, int family, bool classes)
{
    const struct mlp_use *use = &in->model->use;
    const struct mlp_ctx *ctx = in->ctx;
    const uint32_t n = in->all.features ? in->all.features : 1;
    struct mlp_trees_options o = {.trees = 1, .leaves = 1u << 20, .rate = 1, .rows = 1, .columns = 1, .each = 1, .all = true,
        .seed = mlp_random(in->seed, 0xf03e57, (uint64_t)mlp_arg_number(&in->model->train, MLP_BLOCK_TRAIN_SEED, ctx, 1))};
    if (family == ONE_TREE) {
        o.depth = (uint32_t)mlp_arg_number(use, MLP_MODEL_DECISION_TREE_DEPTH, ctx, 6);
        o.min_rows = mlp_arg_number(use, MLP_MODEL_DECISION_TREE_MIN_ROWS, ctx, 5);
        o.bins = (uint32_t)mlp_arg_number(use, MLP_MODEL_DECISION_TREE_BINS, ctx, MLP_TREES_BINS);
        return o;
    }
    const bool random = family == EXTRA_TREES;
    const uint32_t trees = random ? MLP_MODEL_EXTRA_TREES_TREES : MLP_MODEL_RANDOM_FOREST_TREES, depth = random ? MLP_MODEL_EXTRA_TREES_DEPTH : MLP_MODEL_RANDOM_FOREST_DEPTH,
                   least = random ? MLP_MODEL_EXTRA_TREES_MIN_ROWS : MLP_MODEL_RANDOM_FOREST_MIN_ROWS, bins = random ? MLP_MODEL_EXTRA_TREES_BINS : MLP_MODEL_RANDOM_FOREST_BINS,
                   rows = random ? MLP_MODEL_EXTRA_TREES_ROWS : MLP_MODEL_RANDOM_FOREST_ROWS, columns = random ? MLP_MODEL_EXTRA_TREES_COLUMNS : MLP_MODEL_RANDOM_FOREST_COLUMNS;
    o.trees = (uint32_t)mlp_arg_number(use, trees, ctx, 100), o.depth = (uint32_t)mlp_arg_number(use, depth, ctx, 0);
    o.min_rows = mlp_arg_number(use, least, ctx, 5), o.bins = (uint32_t)mlp_arg_number(use, bins, ctx, MLP_TREES_BINS);
    o.rows = mlp_arg_number(use, rows, ctx, random ? 1 : 0.632);
    o.each = mlp_arg_number(use, columns, ctx, classes ? sqrt((double)n) / n : random ? 1 : 1 / 3.0), o.random = random;
    return o;
}

/* One tree on the difference from the mean, whose leaves then get the means of their rows. */
static void grow_tree(void *data, size_t at, int worker)
{
    struct bagged *b = data;
    const struct mlp_sample *s = &b->train;
    const uint32_t number = b->first + (uint32_t)at, k = number % b->each;
    struct mlp_trees_forest *tree = &b->tree[at];
    double *grad = b->grad[worker], *hess = grad + s->n;
    for (size_t i = 0; i < s->n; i++) {
        const double w = s->weight ? s->weight[i] : 1, y = b->in->outputs > 1 ? s->y[i] == k : s->y[i];
        grad[i] = w * (b->mean[k] - y), hess[i] = w;
    }
    tree->nodes = tree->leaves = tree->words = tree->trees = 0;
    b->status[at] = mlp_trees_grow(b->grower[worker], number, grad, hess, NULL, tree, &b->error[at]);
    if (b->status[at] != MLP_OK) return;
    for (uint32_t l = 0; l < tree->leaves; l++) {
        uint32_t n;
        const uint32_t *row = mlp_trees_leaf_rows(b->grower[worker], l, &n);
        double sum = 0, weight = 0;
        for (uint32_t i = 0; i < n; i++) sum += grad[row[i]], weight += hess[row[i]];
        tree->value[l] = (b->mean[k] - (weight > 0 ? sum / weight : 0)) / b->o.trees;
    }
}

static bool room(void **at, uint64_t n, size_t size)
{
    void *more = n < INT32_MAX / 2 ? realloc(*at, (n + 1) * size) : NULL;
    if (more) *at = more;
    return more != NULL;
}

/* A tree behind those that are there. */
static bool join(struct mlp_trees_forest *f, const struct mlp_trees_forest *t)
{
    if ((uint64_t)f->nodes + t->nodes > f->node_room || (uint64_t)f->leaves + t->leaves > f->leaf_room || (uint64_t)f->words + t->words > f->word_room) {
        f->node_room = (f->nodes + t->nodes) * 2, f->leaf_room = (f->leaves + t->leaves) * 2, f->word_room = (f->words + t->words) * 2;
        if (!room((void **)&f->node, f->node_room, sizeof *f->node) || !room((void **)&f->value, f->leaf_room, sizeof *f->value) ||
            !room((void **)&f->set, f->word_room, sizeof *f->set)) return false;
    }
    for (uint32_t i = 0; i < t->nodes; i++) {
        struct mlp_trees_node *n = &f->node[f->nodes + i];
        *n = t->node[i];
        n->left = n->left < 0 ? ~(~n->left + (int32_t)f->leaves) : n->left + (int32_t)f->nodes;
        n->right = n->right < 0 ? ~(~n->right + (int32_t)f->leaves) : n->right + (int32_t)f->nodes;
        n->set += n->coded ? f->words : 0;
    }
    memcpy(f->value + f->leaves, t->value, t->leaves * sizeof *t->value);
    if (t->words) memcpy(f->set + f->words, t->set, t->words * sizeof *t->set);
    f->root[f->trees++] = t->root[0] < 0 ? ~(~t->root[0] + (int32_t)f->leaves) : t->root[0] + (int32_t)f->nodes;
    f->nodes += t->nodes, f->leaves += t->leaves, f->words += t->words;
    return true;
}

static mlp_status tell(const struct bagged *b, uint32_t trees, uint32_t all, struct mlp_error *error)
{
    char note[64];
    snprintf(note, sizeof note, "%u trees", trees);
    if (!b->in->progress || b->in->progress(b->in->progress_data, (double)trees / all, note)) return MLP_OK;
    return mlp_fail(error, MLP_ERR_INTERRUPTED, NULL, "training of %s was stopped", b->in->model->id.name);
}

static mlp_status grow_all(struct bagged *b, struct mlp_trees_forest *f, uint32_t batch, struct mlp_error *error)
{
    const uint32_t all = b->o.trees * b->each;
    for (uint32_t t = 0; t < all; t += batch) {
        const uint32_t some = all - t < batch ? all - t : batch;
        b->first = t;
        mlp_pool_run(b->in->pool, some, grow_tree, b);
        for (uint32_t i = 0; i < some; i++) {
            if (b->status[i] != MLP_OK) return *error = b->error[i], b->status[i];
            if (!join(f, &b->tree[i])) return mlp_no_memory(error, f->nodes * sizeof *f->node);
        }
        TRY(tell(b, t + some, all, error));
    }
    return MLP_OK;
}

static mlp_status fit_in(const struct mlp_fit_in *in, int family, struct bagged *b, struct mlp_trees_forest *f, struct mlp_arena *temporary,
                         struct mlp_arena *arena, struct mlp_tensors *out, const char **summary, struct mlp_error *error)
{
    const bool several = in->outputs > 1;
    const int threads = mlp_pool_threads(in->pool);
    const uint32_t batch = (uint32_t)threads * 4;
    b->in = in, b->o = options(in, family, several || in->model->task == MLP_BINARY), b->each = 1;
    if (in->train.n >= INT32_MAX) return mlp_fail(error, MLP_ERR_SPEC, NULL, "model %s can learn from at most %d rows", in->model->id.name, INT32_MAX - 1);
    TRY(mlp_sample_gather(in, in->train, &b->train, temporary, error));
    const size_t n = b->train.n;
    if (!(b->train.total > 0)) {
        mlp_fail(error, MLP_ERR_DATA, NULL, "model %s has nothing to learn from: the training part has %s", in->model->id.name,
                 n ? "no row with a weight above 0" : "no row with a target");
        return mlp_fix(error, "look at the split and at missing values of the target");
    }
    if (several) {
        TRY(mlp_classes_find(&b->train, in->outputs, &b->classes, temporary, error));
        mlp_sample_place(&b->train, &b->classes), b->each = b->classes.n;
    }
    f->outputs = several ? in->outputs : 1, f->grown = b->each;
    f->start = calloc(f->outputs, sizeof *f->start), f->of = calloc(b->each, sizeof *f->of), f->root = malloc(((uint64_t)b->o.trees * b->each + 1) * sizeof *f->root);
    b->mean = mlp_arena_alloc(temporary, b->each * sizeof *b->mean), b->grower = mlp_arena_alloc(temporary, (size_t)threads * sizeof *b->grower);
    b->grad = mlp_arena_alloc(temporary, (size_t)threads * sizeof *b->grad), b->status = mlp_arena_alloc(temporary, batch * sizeof *b->status);
    b->error = mlp_arena_alloc(temporary, batch * sizeof *b->error), b->tree = mlp_arena_alloc(temporary, batch * sizeof *b->tree);
    if (!f->start || !f->of || !f->root || !b->mean || !b->grower || !b->grad || !b->status || !b->error || !b->tree) return mlp_no_memory(error, batch * sizeof *b->error);
    for (uint32_t k = 0; k < b->each; k++) {
        for (size_t i = 0; i < n; i++) b->mean[k] += (b->train.weight ? b->train.weight[i] : 1) * (several ? b->train.y[i] == k : b->train.y[i]);
        b->mean[k] /= b->train.total, f->of[k] = several ? b->classes.present[k] : 0;
    }
    if (b->o.leaves > n) b->o.leaves = (uint32_t)n;
    TRY(mlp_trees_bin(in, b->o.bins, &b->m, temporary, error));
    for (int w = 0; w < threads; w++) {
        TRY(mlp_trees_grower_new(&b->m, &b->o, NULL, temporary, &b->grower[w], error));
        if (!(b->grad[w] = mlp_arena_alloc(temporary, 2 * n * sizeof **b->grad))) return mlp_no_memory(error, 2 * n * sizeof **b->grad);
    }
    mlp_status status = grow_all(b, f, batch, error);
    for (uint32_t i = 0; i < batch; i++) mlp_trees_forest_clear(&b->tree[i]);
    if (status != MLP_OK) return status;
    TRY(mlp_trees_forest_write(f, arena, out, error));
    *summary = f->trees == 1 ? mlp_arena_printf(arena, "a tree of %u leaves", f->leaves) : mlp_arena_printf(arena, "%u trees, %.0f leaves each", f->trees, (double)f->leaves / f->trees);
    return *summary ? MLP_OK : mlp_no_memory(error, 64);
}

static mlp_status fit(const struct mlp_fit_in *in, int family, struct mlp_arena *arena, struct mlp_tensors *out, const char **summary,
                      struct mlp_error *error)
{
    struct bagged b = {0};
    struct mlp_trees_forest f = {0};
    struct mlp_arena temporary = {0};
    const mlp_status status = fit_in(in, family, &b, &f, &temporary, arena, out, summary, error);
    mlp_trees_forest_clear(&f), mlp_arena_clear(&temporary);
    return status;
}

#define FAMILY(name, which)                                                                                                        \
    static mlp_status fit_##name(const struct mlp_fit_in *in, struct mlp_arena *arena, struct mlp_tensors *out, const char **summary,  \
                                 struct mlp_error *error)                                                                          \
    {                                                                                                                              \
        return fit(in, which, arena, out, summary, error);                                                                         \
    }
FAMILY(decision_tree, ONE_TREE)
FAMILY(random_forest, RANDOM_FOREST)
FAMILY(extra_trees, EXTRA_TREES)

/* ---- open, predict: a forest whose sums are shares ---- */

struct opened { const void *forest; uint32_t outputs; bool share; };

static mlp_status open(const struct mlp_model *model, const struct mlp_feature *const *feature, const uint32_t *codes, uint32_t outputs,
                       const struct mlp_tensors *ts, struct mlp_arena *arena, const void **opened, struct mlp_error *error)
{
    struct opened *o = mlp_arena_alloc(arena, sizeof *o);
    if (!o) return mlp_no_memory(error, sizeof *o);
    *o = (struct opened){.outputs = outputs, .share = outputs > 1 || model->task == MLP_BINARY};
    *opened = o;
    return mlp_trees_open(model, feature, codes, outputs, ts, arena, &o->forest, error);
}

static void predict(const void *opened, const struct mlp_block *b, double *p)
{
    const struct opened *o = opened;
    mlp_trees_predict(o->forest, b, p);
    for (size_t r = 0; o->share && r < b->rows; r++) {
        double *row = p + r * o->outputs, sum = 0;
        for (uint32_t k = 0; k < o->outputs; k++) sum += row[k] = row[k] > 0 ? row[k] < 1 ? row[k] : 1 : 0;   /* a sum of shares may miss 1 by rounding */
        for (uint32_t k = 0; o->outputs > 1 && k < o->outputs; k++) row[k] = sum > 0 ? row[k] / sum : 1.0 / o->outputs;
    }
}

const struct mlp_model_ops mlp_model_decision_tree = {.name = "model.decision_tree", .fit = fit_decision_tree, .open = open, .predict = predict};
const struct mlp_model_ops mlp_model_random_forest = {.name = "model.random_forest", .fit = fit_random_forest, .open = open, .predict = predict};
const struct mlp_model_ops mlp_model_extra_trees = {.name = "model.extra_trees", .fit = fit_extra_trees, .open = open, .predict = predict};
