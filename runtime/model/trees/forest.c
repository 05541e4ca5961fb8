/* forest.c: a forest as tensors, checked when opened, and the plain walk that scores rows with it. Trees are data for small fixed
 * kernels. A row's sum starts at the forest's constant and takes trees in order; many.c serves blocks in that same order, so their
 * bits agree. */
#include "runtime/model/trees/trees.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

void mlp_trees_forest_clear(struct mlp_trees_forest *f)
{
    free(f->node), free(f->value), free(f->set), free(f->root), free(f->start), free(f->of);
    *f = (struct mlp_trees_forest){0};
}

double mlp_trees_walk(const struct mlp_trees_forest *f, uint32_t tree, const struct mlp_block *b, const uint32_t *codes, size_t row)
{
    int32_t at = f->root[tree];
    while (at >= 0) {
        const struct mlp_trees_node *n = &f->node[at];
        bool left;
        if (n->coded) {
            uint32_t c = ((const uint32_t *)b->column[n->feature])[row];
            c = c < codes[n->feature] ? c : 1;
            left = f->set[n->set + c / 32] >> c % 32 & 1;
        } else {
            float x = ((const float *)b->column[n->feature])[row];
            left = x == x ? x <= n->threshold : n->missing_left;
        }
        at = left ? n->left : n->right;
    }
    return f->value[~at];
}

/* ---- tensors ---- */

enum { MISSING_LEFT = 1, CODED = 2 };

mlp_status mlp_trees_forest_write(const struct mlp_trees_forest *f, struct mlp_arena *arena, struct mlp_tensors *out,
                                  struct mlp_error *error)
{
    uint32_t n = f->nodes;
    uint32_t *feature = mlp_arena_alloc(arena, n * sizeof *feature), *set = mlp_arena_alloc(arena, n * sizeof *set);
    uint8_t *flags = mlp_arena_alloc(arena, n);
    float *threshold = mlp_arena_alloc(arena, n * sizeof *threshold);
    int32_t *left = mlp_arena_alloc(arena, n * sizeof *left), *right = mlp_arena_alloc(arena, n * sizeof *right);
    uint32_t *bits = mlp_arena_alloc(arena, f->words * sizeof *bits);
    double *value = mlp_arena_alloc(arena, f->leaves * sizeof *value), *start = mlp_arena_alloc(arena, f->outputs * sizeof *start);
    uint32_t *output = mlp_arena_alloc(arena, f->grown * sizeof *output);
    int32_t *root = mlp_arena_alloc(arena, f->trees * sizeof *root);
    if (!feature || !set || !flags || !threshold || !left || !right || !bits || !value || !start || !output || !root)
        return mlp_no_memory(error, n * sizeof(struct mlp_trees_node));
    for (uint32_t i = 0; i < n; i++) {
        const struct mlp_trees_node *e = &f->node[i];
        feature[i] = e->feature, set[i] = e->set, threshold[i] = e->threshold, left[i] = e->left, right[i] = e->right;
        flags[i] = (uint8_t)((e->missing_left ? MISSING_LEFT : 0) | (e->coded ? CODED : 0));
    }
    if (f->words) memcpy(bits, f->set, f->words * sizeof *bits);
    if (f->leaves) memcpy(value, f->value, f->leaves * sizeof *value);
    if (f->trees) memcpy(root, f->root, f->trees * sizeof *root);
    memcpy(start, f->start, f->outputs * sizeof *start), memcpy(output, f->of, f->grown * sizeof *output);
    TRY(mlp_tensors_room(out, 11, arena, error));
    mlp_tensor_add(out, "feature", MLP_DT_U32, n, feature), mlp_tensor_add(out, "flags", MLP_DT_U8, n, flags);
    mlp_tensor_add(out, "threshold", MLP_DT_F32, n, threshold), mlp_tensor_add(out, "set", MLP_DT_U32, n, set);
    mlp_tensor_add(out, "left", MLP_DT_I32, n, left), mlp_tensor_add(out, "right", MLP_DT_I32, n, right);
    mlp_tensor_add(out, "bits", MLP_DT_U32, f->words, bits), mlp_tensor_add(out, "value", MLP_DT_F64, f->leaves, value);
    mlp_tensor_add(out, "root", MLP_DT_I32, f->trees, root), mlp_tensor_add(out, "start", MLP_DT_F64, f->outputs, start);
    mlp_tensor_add(out, "output", MLP_DT_U32, f->grown, output);
    return MLP_OK;
}

/* ---- open ---- */

struct opened {
    struct mlp_trees_forest forest;
    uint32_t *codes;
    struct mlp_trees_many *many;
    bool in_order;
}; /* forest: arrays of the arena and of tensors */

/* A child or a root leads to a leaf, or to a node after `from`: so a walk ends. */
static bool leads(int32_t to, int64_t from, uint64_t nodes, uint64_t leaves)
{
    return to < 0 ? (uint64_t)~(int64_t)to < leaves : to > from && (uint64_t)to < nodes;
}

mlp_status mlp_trees_open(const struct mlp_model *model, const struct mlp_feature *const *feature, const uint32_t *codes, uint32_t outputs,
                          const struct mlp_tensors *ts, struct mlp_arena *arena, const void **opened, struct mlp_error *error)
{
    const uint32_t *of, *set, *bits;
    const uint8_t *flags;
    const float *threshold;
    const int32_t *left, *right, *root;
    const double *value, *start;
    uint64_t n = MLP_ANY, words = MLP_ANY, leaves = MLP_ANY, trees = MLP_ANY, starts = outputs, grown = MLP_ANY;
    const uint32_t *output;
    TRY(mlp_tensor_need(model, ts, "feature", MLP_DT_U32, &n, (const void **)&of, error));
    TRY(mlp_tensor_need(model, ts, "flags", MLP_DT_U8, &n, (const void **)&flags, error));
    TRY(mlp_tensor_need(model, ts, "threshold", MLP_DT_F32, &n, (const void **)&threshold, error));
    TRY(mlp_tensor_need(model, ts, "set", MLP_DT_U32, &n, (const void **)&set, error));
    TRY(mlp_tensor_need(model, ts, "left", MLP_DT_I32, &n, (const void **)&left, error));
    TRY(mlp_tensor_need(model, ts, "right", MLP_DT_I32, &n, (const void **)&right, error));
    TRY(mlp_tensor_need(model, ts, "bits", MLP_DT_U32, &words, (const void **)&bits, error));
    TRY(mlp_tensor_need(model, ts, "value", MLP_DT_F64, &leaves, (const void **)&value, error));
    TRY(mlp_tensor_need(model, ts, "root", MLP_DT_I32, &trees, (const void **)&root, error));
    TRY(mlp_tensor_need(model, ts, "start", MLP_DT_F64, &starts, (const void **)&start, error));
    TRY(mlp_tensor_need(model, ts, "output", MLP_DT_U32, &grown, (const void **)&output, error));
    if (n >= INT32_MAX / 2 || leaves >= INT32_MAX / 2 || trees >= INT32_MAX)
        return mlp_model_damaged(model, "it has more nodes than a model can have", error);
    struct opened *o = mlp_arena_alloc(arena, sizeof *o);
    struct mlp_trees_node *node = mlp_arena_alloc(arena, n * sizeof *node);
    uint32_t *own = mlp_arena_alloc(arena, model->features.n * sizeof *own);
    if (!o || !node || !own) return mlp_no_memory(error, n * sizeof *node);
    for (uint32_t f = 0; f < model->features.n; f++) own[f] = feature[f]->form == MLP_CODES ? codes[f] : 0;
    for (uint64_t i = 0; i < n; i++) {
        uint32_t f = of[i];
        bool coded = flags[i] & CODED;
        if (!leads(left[i], (int64_t)i, n, leaves) || !leads(right[i], (int64_t)i, n, leaves))
            return mlp_model_damaged(model, "a branch of a tree leads nowhere", error);
        if (f >= model->features.n) return mlp_model_damaged(model, "a tree asks for a feature that the model does not have", error);
        if (flags[i] > (MISSING_LEFT | CODED) || coded != (feature[f]->form == MLP_CODES) || (coded && own[f] < 2))
            return mlp_model_damaged(model, "a tree asks another kind of question than its feature can answer", error);
        if (coded && (set[i] > words || words - set[i] < (own[f] + 31) / 32))
            return mlp_model_damaged(model, "a set of codes lies outside its array", error);
        if (!coded && threshold[i] != threshold[i]) return mlp_model_damaged(model, "a threshold is not a number", error);
        node[i] = (struct mlp_trees_node){.threshold = threshold[i],
                                          .set = coded ? set[i] : 0,
                                          .feature = f,
                                          .missing_left = flags[i] & MISSING_LEFT,
                                          .coded = coded,
                                          .left = left[i],
                                          .right = right[i]};
    }
    for (uint64_t i = 0; i < leaves; i++)
        if (!isfinite(value[i])) return mlp_model_damaged(model, "a leaf's value is not a finite number", error);
    for (uint64_t t = 0; t < trees; t++)
        if (!leads(root[t], -1, n, leaves)) return mlp_model_damaged(model, "a tree has no root", error);
    for (uint32_t k = 0; k < outputs; k++)
        if (!isfinite(start[k])) return mlp_model_damaged(model, "its start is not a finite number", error);
    if (!grown || grown > outputs) return mlp_model_damaged(model, "it has no trees for its outputs", error);
    for (uint64_t k = 0; k < grown; k++)
        if (output[k] >= outputs) return mlp_model_damaged(model, "a tree is for an output that the model does not have", error);
    o->forest = (struct mlp_trees_forest){.node = node,
                                          .value = (double *)value,
                                          .set = (uint32_t *)bits,
                                          .root = (int32_t *)root,
                                          .nodes = (uint32_t)n,
                                          .leaves = (uint32_t)leaves,
                                          .words = (uint32_t)words,
                                          .trees = (uint32_t)trees,
                                          .start = (double *)start,
                                          .outputs = outputs,
                                          .grown = (uint32_t)grown,
                                          .of = (uint32_t *)output};
    o->in_order = model->head == MLP_HEAD_ORDERED;
    if (o->in_order && (grown != 1 || output[0] != outputs - 1)) return mlp_model_damaged(model, "its trees are for another output", error);
    o->codes = own, o->many = mlp_trees_many_new(&o->forest, model->features.n, own, arena);
    *opened = o;
    return MLP_OK;
}

void mlp_trees_predict(const void *opened, const struct mlp_block *b, double *score)
{
    enum { ROWS = 128 };                                    /* a tree's nodes are read for so many rows while they are near */
    const struct opened *o = opened;
    const struct mlp_trees_forest *f = &o->forest;
    const size_t step = f->outputs;
    for (size_t from = o->many ? mlp_trees_many_score(o->many, b, score) : 0; from < b->rows; from += ROWS) {
        size_t to = from + ROWS < b->rows ? from + ROWS : b->rows;
        for (size_t r = from; r < to; r++) memcpy(score + r * step, f->start, step * sizeof *score);
        for (uint32_t t = 0; t < f->trees; t++) {
            double *own = score + f->of[t % f->grown];
            for (size_t r = from; r < to; r++) own[r * step] += mlp_trees_walk(f, t, b, o->codes, r);
        }
    }
    for (size_t r = 0; o->in_order && r < b->rows; r++)     /* a class's score is its border less the row's */
        for (size_t k = 0; k + 1 < step; k++) score[r * step + k] -= score[(r + 1) * step - 1];
}
