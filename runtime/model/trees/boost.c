/* boost.c: the boosted trees family: rounds of gradients and trees, early stopping on the validation part's mean loss.
 * The forest starts at the constant that minimises the loss. A loss without a second derivative (absolute, pinball) grows trees on
 * its gradients alone and gives each leaf the best constant of its rows. */
#include "runtime/model/trees/trees.h"
#include "runtime/model/listwise.h"
#include "runtime/model/ordered.h"
#include "runtime/base/hash.h"
#include "runtime/base/math.h"
#include "mlp_stdlib.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct rounds {
    const struct mlp_fit_in *in; struct mlp_trees_options o; struct mlp_trees_matrix m; struct mlp_trees_grower *grower;
    struct mlp_trees_forest forest; struct mlp_sample train, validation;
    struct mlp_classes classes; uint32_t each;              /* trees a round: one, or one per class of the training part */
    bool in_order; struct mlp_ordered ordered; double *best_border;        /* ordered classes: one tree a round, and borders */
    struct mlp_fit_in by_query; struct mlp_lists lists, judged_lists;      /* rows of a query together, where the loss is of queries */
    bool listwise;
    double *score, *p, *grad, *hess, *scratch, *judged;     /* (each, train), (each, train), (train) twice, (7 train), (each, validation) */
    double best; uint32_t best_trees, best_nodes, best_leaves, best_words;
};

static struct mlp_trees_options options(const struct mlp_fit_in *in)
{
    const struct mlp_use *use = &in->model->use, *train = &in->model->train;
    const struct mlp_ctx *ctx = in->ctx;
    struct mlp_trees_options o = {
        .trees = (uint32_t)mlp_arg_number(use, MLP_MODEL_BOOSTED_TREES_TREES, ctx, 500),
        .leaves = (uint32_t)mlp_arg_number(use, MLP_MODEL_BOOSTED_TREES_LEAVES, ctx, 31),
        .depth = (uint32_t)mlp_arg_number(use, MLP_MODEL_BOOSTED_TREES_DEPTH, ctx, 0),
        .bins = (uint32_t)mlp_arg_number(use, MLP_MODEL_BOOSTED_TREES_BINS, ctx, MLP_TREES_BINS),
        .rate = mlp_arg_number(use, MLP_MODEL_BOOSTED_TREES_LEARNING_RATE, ctx, 0.1),
        .min_rows = mlp_arg_number(use, MLP_MODEL_BOOSTED_TREES_MIN_ROWS, ctx, 20),
        .min_hessian = mlp_arg_number(use, MLP_MODEL_BOOSTED_TREES_MIN_HESSIAN, ctx, 1e-3),
        .l1 = mlp_arg_number(use, MLP_MODEL_BOOSTED_TREES_L1, ctx, 0),
        .l2 = mlp_arg_number(use, MLP_MODEL_BOOSTED_TREES_L2, ctx, 0),
        .max_step = in->outputs > 1 || in->model->task == MLP_BINARY ? mlp_arg_number(use, MLP_MODEL_BOOSTED_TREES_MAX_STEP, ctx, 10) : 0,
        .min_gain = mlp_arg_number(use, MLP_MODEL_BOOSTED_TREES_MIN_GAIN, ctx, 0),
        .rows = mlp_arg_number(use, MLP_MODEL_BOOSTED_TREES_ROWS, ctx, 1),
        .columns = mlp_arg_number(use, MLP_MODEL_BOOSTED_TREES_COLUMNS, ctx, 1),
        .patience = (uint32_t)mlp_arg_number(train, MLP_BLOCK_TRAIN_EARLY_STOPPING, ctx, 0),
        .seed = mlp_random(in->seed, 0x7ee5, (uint64_t)mlp_arg_number(train, MLP_BLOCK_TRAIN_SEED, ctx, 1)),
    };
    if (o.min_rows < 1) o.min_rows = 1;                     /* an empty leaf is no leaf */
    if (o.leaves < 1) o.leaves = 1;
    return o;
}

/* Leaf values of the last tree by the loss itself, where its second derivative says nothing. */
static void renew(struct rounds *r)
{
    double *y = r->scratch, *weight = y + r->train.n, *base = weight + r->train.n, *room = base + r->train.n;
    uint32_t leaves = mlp_trees_leaves(r->grower), n;
    for (uint32_t k = 0; k < leaves; k++) {
        const uint32_t *row = mlp_trees_leaf_rows(r->grower, k, &n);
        for (uint32_t i = 0; i < n; i++) {
            y[i] = r->train.y[row[i]], base[i] = r->score[row[i]] + (r->train.offset ? r->train.offset[row[i]] : 0);
            if (r->train.weight) weight[i] = r->train.weight[row[i]];
        }
        double c = r->o.rate * mlp_loss_constant(r->in, y, r->train.weight ? weight : NULL, base, n, room);
        r->forest.value[r->forest.leaves - leaves + k] = c;
        for (uint32_t i = 0; i < n; i++) r->score[row[i]] += c;
    }
}

/* Rows that the tree did not see get its value by walking it. */
static void score_others(struct rounds *r, uint8_t *in_bag, double *score)
{
    uint32_t n;
    memset(in_bag, 0, r->train.n);
    for (uint32_t k = 0; k < mlp_trees_leaves(r->grower); k++) {
        const uint32_t *row = mlp_trees_leaf_rows(r->grower, k, &n);
        for (uint32_t i = 0; i < n; i++) in_bag[row[i]] = 1;
    }
    for (size_t i = 0; i < r->train.n; i++)
        if (!in_bag[i]) score[i] += mlp_trees_walk(&r->forest, r->forest.trees - 1, &r->in->all, r->in->codes, r->train.rows[i]);
}

static mlp_status progress(const struct rounds *r, uint32_t round, double loss, struct mlp_error *error)
{
    char note[96];
    if (!r->in->progress) return MLP_OK;
    if (r->o.patience && r->validation.n) snprintf(note, sizeof note, "%u trees, validation loss %.5g", round * r->each, loss);
    else snprintf(note, sizeof note, "%u trees", round * r->each);
    if (r->in->progress(r->in->progress_data, (double)round / r->o.trees, note)) return MLP_OK;
    return mlp_fail(error, MLP_ERR_INTERRUPTED, NULL, "training of %s was stopped", r->in->model->id.name);
}

static void mark(struct rounds *r, double loss)             /* the forest so far is the best one */
{
    r->best = loss, r->best_trees = r->forest.trees, r->best_nodes = r->forest.nodes, r->best_leaves = r->forest.leaves,
    r->best_words = r->forest.words;
    if (r->in_order) memcpy(r->best_border, r->ordered.border, r->ordered.n * sizeof *r->best_border);
}

/* Sum of the loss at the scores of a sample; of the training part with what the next trees need: p, or grad and hess. */
static double loss_of(struct rounds *r, const struct mlp_sample *s, const double *score)
{
    const bool train = s == &r->train;
    if (r->in_order) {
        if (!train) return mlp_ordered_loss(r->in, s, &r->ordered, score, NULL, NULL, NULL, NULL, 0);
        mlp_ordered_fit(r->in, s, &r->ordered, score);
        return mlp_ordered_loss(r->in, s, &r->ordered, score, r->grad, r->hess, NULL, NULL, 0);
    }
    if (r->listwise)
        return mlp_listwise_loss(r->in, s, train ? &r->lists : &r->judged_lists, score, train ? r->grad : NULL, train ? r->hess : NULL);
    if (r->in->outputs > 1) return mlp_softmax_loss(r->in, s, r->each, score, train ? r->p : NULL);
    return mlp_sample_loss(r->in, s, score, train ? r->grad : NULL, train ? r->hess : NULL);
}

/* Gradient and second derivative of class k. The factor makes up for one class's score being free (Friedman 2001). */
static void class_derivatives(struct rounds *r, uint32_t k)
{
    const size_t n = r->train.n;
    const double *p = r->p + k * n, factor = r->each > 1 ? (double)r->each / (r->each - 1) : 1;
    for (size_t i = 0; i < n; i++) {
        const double w = r->train.weight ? r->train.weight[i] : 1;
        r->grad[i] = w * (p[i] - (r->train.y[i] == k)), r->hess[i] = w * factor * p[i] * (1 - p[i]);
    }
}

/* What every row starts with: the constant that makes the loss smallest. */
static mlp_status start(struct rounds *r, struct mlp_error *error)
{
    const uint32_t outputs = r->in->outputs > 1 ? r->in->outputs : 1;
    struct mlp_trees_forest *f = &r->forest;
    f->outputs = outputs, f->grown = r->each;
    f->start = malloc(outputs * sizeof *f->start), f->of = malloc(r->each * sizeof *f->of);
    if (!f->start || !f->of) return mlp_no_memory(error, outputs * sizeof *f->start);
    if (r->listwise) return f->of[0] = 0, f->start[0] = 0, MLP_OK;         /* a constant changes no order */
    if (outputs == 1) {
        f->of[0] = 0, f->start[0] = mlp_loss_constant(r->in, r->train.y, r->train.weight, r->train.offset, r->train.n, r->scratch);
        return MLP_OK;
    }
    if (r->in_order) return f->of[0] = outputs - 1, f->start[outputs - 1] = 0, MLP_OK;      /* borders come at the end */
    for (uint32_t k = 0; k < outputs; k++) f->start[k] = MLP_ABSENT_SCORE;
    for (uint32_t k = 0; k < r->each; k++) {
        double sum = 0;
        for (size_t i = 0; i < r->train.n; i++) sum += r->train.y[i] == k ? r->train.weight ? r->train.weight[i] : 1 : 0;
        f->of[k] = r->classes.present[k], f->start[f->of[k]] = mlp_log(sum / r->train.total);
    }
    return MLP_OK;
}

/* One tree, for output k of the round. said: whether it says anything. */
static mlp_status grow(struct rounds *r, uint32_t round, uint32_t k, uint8_t *in_bag, bool *said, struct mlp_error *error)
{
    double curve = 0, *score = r->score + k * r->train.n;
    if (r->in->outputs > 1 && !r->in_order) class_derivatives(r, k);
    for (size_t i = 0; i < r->train.n; i++) curve = r->hess[i] > curve ? r->hess[i] : curve;
    for (size_t i = 0; !(curve > 0) && i < r->train.n; i++) r->hess[i] = r->train.weight ? r->train.weight[i] : 1;
    const bool by_loss = !(curve > 0) && r->in->outputs <= 1 && !r->listwise;
    TRY(mlp_trees_grow(r->grower, (uint64_t)round * r->each + k, r->grad, r->hess, by_loss ? NULL : score, &r->forest, error));
    if (by_loss) renew(r);
    *said = mlp_trees_leaves(r->grower) > 1;
    if (in_bag) score_others(r, in_bag, score);
    return MLP_OK;
}

static mlp_status run(struct rounds *r, struct mlp_arena *temporary, struct mlp_error *error)
{
    bool sampled = r->o.rows < 1 || r->o.columns < 1, stopping = r->o.patience && r->validation.n && r->validation.total > 0;
    uint8_t *in_bag = r->o.rows < 1 ? mlp_arena_alloc(temporary, r->train.n) : NULL;
    if (r->o.rows < 1 && !in_bag) return mlp_no_memory(error, r->train.n);
    TRY(start(r, error));
    for (uint32_t k = 0; k < r->each; k++) {
        const double from = r->forest.start[r->forest.of[k]];
        for (size_t i = 0; i < r->train.n; i++) r->score[k * r->train.n + i] = from;
        for (size_t i = 0; i < r->validation.n; i++) r->judged[k * r->validation.n + i] = from;
    }
    if (stopping) mark(r, loss_of(r, &r->validation, r->judged) / r->validation.total);
    for (uint32_t t = 0; t < r->o.trees; t++) {
        double loss = loss_of(r, &r->train, r->score);
        bool any = false, said;
        if (!isfinite(loss))
            return mlp_fail(error, MLP_ERR_DATA, NULL,
                            "model %s: the loss of the training rows is not a finite number after %u trees", r->in->model->id.name,
                            r->forest.trees);
        for (uint32_t k = 0; k < r->each; k++) {
            TRY(grow(r, t, k, in_bag, &said, error));
            any |= said;
        }
        if (!any && !sampled) {                             /* nothing left to learn, for any later tree */
            r->forest.trees -= r->each, r->forest.leaves -= r->each;
            break;
        }
        if (stopping) {
            for (uint32_t k = 0; k < r->each; k++)
                for (size_t i = 0; i < r->validation.n; i++)
                    r->judged[k * r->validation.n + i] += mlp_trees_walk(&r->forest, t * r->each + k, &r->in->all, r->in->codes,
                                                                         r->validation.rows[i]);
            loss = loss_of(r, &r->validation, r->judged) / r->validation.total;
            if (loss < r->best) mark(r, loss);
            else if (t + 1 - r->best_trees / r->each >= r->o.patience) break;
        }
        TRY(progress(r, t + 1, loss, error));
    }
    if (stopping)
        r->forest.trees = r->best_trees, r->forest.nodes = r->best_nodes, r->forest.leaves = r->best_leaves,
        r->forest.words = r->best_words;
    if (r->in_order) {                                      /* the last class's place holds the sum of trees: see mlp_trees_predict */
        if (stopping) memcpy(r->ordered.border, r->best_border, r->ordered.n * sizeof *r->best_border);
        else mlp_ordered_fit(r->in, &r->train, &r->ordered, r->score);
        mlp_ordered_start(&r->ordered, &r->classes, r->in->outputs, r->forest.start);
        r->forest.start[r->in->outputs - 1] = 0;
    }
    return MLP_OK;
}

static mlp_status fit_in(const struct mlp_fit_in *in, struct rounds *r, struct mlp_arena *temporary, struct mlp_arena *arena,
                         struct mlp_tensors *out, const char **summary, struct mlp_error *error)
{
    r->in = in, r->o = options(in);
    if (in->train.n >= INT32_MAX)
        return mlp_fail(error, MLP_ERR_SPEC, NULL, "model %s can learn from at most %d rows", in->model->id.name, INT32_MAX - 1);
    r->listwise = in->model->head == MLP_HEAD_LISTWISE;
    if (r->listwise) {
        TRY(mlp_lists_make(in, in->train, &r->lists, temporary, error));
        TRY(mlp_lists_make(in, in->validation, &r->judged_lists, temporary, error));
        r->by_query = *in, r->by_query.train = r->lists.rows, r->by_query.validation = r->judged_lists.rows;
        in = r->in = &r->by_query;
    }
    TRY(mlp_sample_gather(in, in->train, &r->train, temporary, error));
    TRY(mlp_sample_gather(in, in->validation, &r->validation, temporary, error));
    if (r->listwise) mlp_lists_share(&r->lists, &r->train), mlp_lists_share(&r->judged_lists, &r->validation);
    if (!(r->train.total > 0)) {
        mlp_fail(error, MLP_ERR_DATA, NULL, "model %s has nothing to learn from: the training part has %s", in->model->id.name,
                 r->listwise && r->train.n ? "no query with a relevance above 0" : r->train.n ? "no row with a weight above 0" : "no row with a target");
        return mlp_fix(error, "look at the split and at missing values of the target");
    }
    r->each = 1;
    if (in->outputs > 1) {
        TRY(mlp_classes_find(&r->train, in->outputs, &r->classes, temporary, error));
        mlp_sample_place(&r->train, &r->classes), mlp_sample_place(&r->validation, &r->classes);
        r->in_order = in->model->head == MLP_HEAD_ORDERED;
        r->each = r->in_order ? 1 : r->classes.n;
        if (r->in_order) TRY(mlp_ordered_init(&r->ordered, &r->train, r->classes.n, temporary, error));
        r->best_border = mlp_arena_alloc(temporary, (r->classes.n + 1) * sizeof *r->best_border);
        if (!r->best_border) return mlp_no_memory(error, r->classes.n * sizeof *r->best_border);
    }
    size_t n = r->train.n, bytes = ((9 + 2 * r->each) * n + r->each * r->validation.n + 8) * sizeof(double);
    r->score = mlp_arena_alloc(temporary, bytes);
    if (!r->score) return mlp_no_memory(error, bytes);
    r->p = r->score + r->each * n, r->grad = r->p + r->each * n, r->hess = r->grad + n, r->scratch = r->hess + n, r->judged = r->scratch + 7 * n;
    TRY(mlp_trees_bin(in, r->o.bins, &r->m, temporary, error));
    TRY(mlp_trees_grower_new(&r->m, &r->o, in->pool, temporary, &r->grower, error));
    TRY(run(r, temporary, error));
    TRY(mlp_trees_forest_write(&r->forest, arena, out, error));
    *summary = r->best_trees ? mlp_arena_printf(arena, "%u trees of at most %u leaves, validation loss %.5g", r->forest.trees,
                                                r->o.leaves, r->best)
                             : mlp_arena_printf(arena, "%u trees of at most %u leaves", r->forest.trees, r->o.leaves);
    return *summary ? MLP_OK : mlp_no_memory(error, 128);
}

static mlp_status fit(const struct mlp_fit_in *in, struct mlp_arena *arena, struct mlp_tensors *out, const char **summary,
                      struct mlp_error *error)
{
    struct rounds r = {0};
    struct mlp_arena temporary = {0};
    mlp_status status = fit_in(in, &r, &temporary, arena, out, summary, error);
    mlp_trees_forest_clear(&r.forest);
    mlp_arena_clear(&temporary);
    return status;
}

const struct mlp_model_ops mlp_model_boosted_trees = {.name = "model.boosted_trees", .fit = fit, .open = mlp_trees_open,
                                                       .predict = mlp_trees_predict};
