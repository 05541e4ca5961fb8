/* grow.c: one tree, grown leaf by leaf: the leaf with the largest gain is split next. Each split counts the smaller child's
 * histogram and takes it from the parent's for the other. Threads count parts of the rows; integer sums make the merge exact. */
#include "runtime/model/trees/trees.h"
#include "runtime/base/hash.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { AHEAD = 16, WORK_FOR_THREADS = 1 << 20, MOST_BYTES = 256 << 20 };

struct leaf {
    uint32_t begin, n, depth;
    int32_t parent;
    bool right;
    int slot;
    mlp_trees_sum total;
    double l2;
    uint64_t draw;                                          /* of its random numbers */
    struct mlp_trees_split split;
};
struct mlp_trees_grower {
    const struct mlp_trees_matrix *m; const struct mlp_trees_options *o; struct mlp_pool *pool;
    mlp_trees_sum *row_sum;                                 /* (rows) scaled gradient, second derivative and 1 */
    uint32_t *rows, *other, *feature, *some, features, bag;        /* rows: leaf by leaf */
    struct leaf *leaf; uint32_t leaves;
    mlp_trees_sum *histogram; int slots, *free_slot, free_slots;
    mlp_trees_sum *private; int threads;                    /* (threads, cells) */
    struct mlp_trees_scale scale;
};

mlp_status mlp_trees_grower_new(const struct mlp_trees_matrix *m, const struct mlp_trees_options *o, struct mlp_pool *pool,
                                struct mlp_arena *arena, struct mlp_trees_grower **out, struct mlp_error *error)
{
    struct mlp_trees_grower *w = mlp_arena_alloc(arena, sizeof *w);
    if (!w) return mlp_no_memory(error, sizeof *w);
    size_t bytes = (size_t)m->cells * sizeof *w->histogram, most = MOST_BYTES / (bytes ? bytes : 1);
    w->m = m, w->o = o, w->pool = pool, w->threads = mlp_pool_threads(pool);
    if (o->all && most > 64) most = 64;                     /* few leaves wait for theirs */
    w->slots = (int)(most < 4 ? 4 : most > o->leaves + 1u ? o->leaves + 1u : most);   /* a leaf without one is counted again */
    w->row_sum = mlp_arena_alloc(arena, m->rows * sizeof *w->row_sum), w->rows = mlp_arena_alloc(arena, m->rows * sizeof *w->rows);
    w->other = mlp_arena_alloc(arena, m->rows * sizeof *w->other),
    w->feature = mlp_arena_alloc(arena, m->features * sizeof *w->feature), w->some = mlp_arena_alloc(arena, (m->features + 1) * sizeof *w->some);
    w->leaf = mlp_arena_alloc(arena, o->leaves * sizeof *w->leaf),
    w->free_slot = mlp_arena_alloc(arena, (size_t)w->slots * sizeof *w->free_slot);
    w->histogram = mlp_arena_alloc(arena, (size_t)w->slots * bytes);
    w->private =
        w->threads > 1 && m->rows * m->features >= WORK_FOR_THREADS ? mlp_arena_alloc(arena, (size_t)w->threads * bytes) : NULL;
    if (!w->row_sum || !w->rows || !w->other || !w->feature || !w->some || !w->leaf || !w->free_slot || !w->histogram)
        return mlp_no_memory(error, (size_t)w->slots * bytes + m->rows * 24);
    *out = w;
    return MLP_OK;
}

/* ---- histograms ---- */

static void count_rows(const struct mlp_trees_grower *w, const uint32_t *row, size_t n, mlp_trees_sum *histogram)
{
    const struct mlp_trees_matrix *m = w->m;
    mlp_trees_sum *at[w->features + 1];                       /* at most the model's features: a few kilobytes */
    for (uint32_t k = 0; k < w->features; k++) at[k] = histogram + m->feature[w->feature[k]].offset;
    bool all = w->features == m->features;
    for (size_t i = 0; i < n; i++) {
        if (i + AHEAD < n) {
            __builtin_prefetch(m->bin + row[i + AHEAD] * m->step);
            __builtin_prefetch(w->row_sum + row[i + AHEAD]);
        }
        const uint8_t *bin = m->bin + row[i] * m->step;
        mlp_trees_sum add = w->row_sum[row[i]];
        if (all) {
            uint32_t k = 0;
            for (; k + 8 <= w->features; k += 8) {
                uint64_t eight;
                memcpy(&eight, bin + k, 8);
                at[k][eight & 255] += add, at[k + 1][eight >> 8 & 255] += add, at[k + 2][eight >> 16 & 255] += add,
                    at[k + 3][eight >> 24 & 255] += add;
                at[k + 4][eight >> 32 & 255] += add, at[k + 5][eight >> 40 & 255] += add, at[k + 6][eight >> 48 & 255] += add,
                    at[k + 7][eight >> 56] += add;
            }
            for (; k < w->features; k++) at[k][bin[k]] += add;
        } else
            for (uint32_t k = 0; k < w->features; k++) at[k][bin[w->feature[k]]] += add;
    }
}

struct count_job { const struct mlp_trees_grower *w; const uint32_t *row; size_t n, parts; };

static void count_part(void *data, size_t part, int worker)
{
    (void)worker;
    const struct count_job *j = data;
    size_t from = j->n * part / j->parts, to = j->n * (part + 1) / j->parts;
    mlp_trees_sum *histogram = j->w->private + part * j->w->m->cells;
    memset(histogram, 0, j->w->m->cells * sizeof *histogram);
    count_rows(j->w, j->row + from, to - from, histogram);
}

static void count(struct mlp_trees_grower *w, const struct leaf *l, mlp_trees_sum *histogram)
{
    memset(histogram, 0, w->m->cells * sizeof *histogram);
    if (!w->private || (size_t)l->n * w->features < WORK_FOR_THREADS) {
        count_rows(w, w->rows + l->begin, l->n, histogram);
        return;
    }
    struct count_job j = {w, w->rows + l->begin, l->n, (size_t)w->threads};
    mlp_pool_run(w->pool, j.parts, count_part, &j);
    for (size_t p = 0; p < j.parts; p++)
        for (uint32_t c = 0; c < w->m->cells; c++) histogram[c] += w->private[p * w->m->cells + c];
}

static mlp_trees_sum *slot(struct mlp_trees_grower *w, int i) { return w->histogram + (size_t)i * w->m->cells; }
static int take_slot(struct mlp_trees_grower *w) { return w->free_slots ? w->free_slot[--w->free_slots] : -1; }
static void give_slot(struct mlp_trees_grower *w, int i) { if (i >= 0) w->free_slot[w->free_slots++] = i; }

/* ---- splitting ---- */

static bool may_split(const struct mlp_trees_grower *w, const struct leaf *l)
{
    return l->n >= 2 * w->o->min_rows && (!w->o->depth || l->depth < w->o->depth);
}

static void find(struct mlp_trees_grower *w, struct leaf *l, const mlp_trees_sum *histogram)
{
    l->split.gain = 0;
    if (w->o->each > 0 && w->o->each < 1) {                 /* where none of those chosen splits it, all are asked */
        uint32_t n = 0, left = w->features, want = (uint32_t)ceil(w->o->each * w->features - 1e-9);
        want = want < 1 ? 1 : want;
        for (uint32_t k = 0; k < w->features; k++, left--)
            if (mlp_uniform(mlp_random(l->draw, 0, w->feature[k])) * left < want) w->some[n++] = w->feature[k], want--;
        mlp_trees_find(w->m, w->some, n, histogram, l->total, &w->scale, w->o, l->draw, &l->split);
    }
    if (!(l->split.gain > 0)) mlp_trees_find(w->m, w->feature, w->features, histogram, l->total, &w->scale, w->o, l->draw, &l->split);
}

/* The slot of the open leaf that is least likely to be split soon; its children will be counted in full. */
static int evict(struct mlp_trees_grower *w)
{
    struct leaf *least = NULL;
    for (uint32_t k = 0; k < w->leaves; k++)
        if (w->leaf[k].slot >= 0 && (!least || w->leaf[k].split.gain < least->split.gain)) least = &w->leaf[k];
    int i = least ? least->slot : -1;
    if (least) least->slot = -1;
    return i;
}

/* Histograms and best splits of two new leaves; parent: the parent's slot or -1. */
static void examine(struct mlp_trees_grower *w, struct leaf *a, struct leaf *b, int parent)
{
    struct leaf *few = a->n <= b->n ? a : b, *many = few == a ? b : a;
    bool need_few = may_split(w, few), need_many = may_split(w, many);
    few->split.gain = many->split.gain = 0;
    if (!need_few && !need_many) return give_slot(w, parent);
    int counted = take_slot(w);
    if (parent < 0 || counted < 0) {                        /* the parent's is gone, or no room for a second: count each in turn */
        int room = parent >= 0 ? parent : counted >= 0 ? counted : evict(w);
        if (need_few) count(w, few, slot(w, room)), find(w, few, slot(w, room));
        if (need_many) count(w, many, slot(w, room)), find(w, many, slot(w, room));
        if (need_many && many->split.gain > 0) many->slot = room;
        else give_slot(w, room);
        return;
    }
    mlp_trees_sum *small = slot(w, counted), *large = slot(w, parent);
    count(w, few, small);
    for (uint32_t c = 0; c < w->m->cells; c++) large[c] -= small[c];
    if (need_few) find(w, few, small);
    if (need_many) find(w, many, large);
    if (few->split.gain > 0) few->slot = counted;
    else give_slot(w, counted);
    if (many->split.gain > 0) many->slot = parent;
    else give_slot(w, parent);
}

/* Rows of leaf l that go left come first; both sides stay in ascending order. Returns how many. */
static uint32_t partition(struct mlp_trees_grower *w, const struct leaf *l)
{
    const struct mlp_trees_split *s = &l->split;
    const struct mlp_trees_feature *e = &w->m->feature[s->feature];
    uint8_t left[256];
    for (uint32_t b = 0; b < 256; b++)
        left[b] = (uint8_t)(e->upper ? b == e->missing ? s->missing_left : b <= s->bin : s->set[b / 64] >> b % 64 & 1);
    uint32_t *row = w->rows + l->begin, a = 0, b = 0;
    const uint8_t *bin = w->m->bin + s->feature;
    for (uint32_t i = 0; i < l->n; i++) {
        uint32_t r = row[i], goes = left[bin[r * w->m->step]];
        row[a] = r, w->other[b] = r, a += goes, b += 1 - goes;
    }
    memcpy(row + a, w->other, b * sizeof *row);
    return a;
}

static bool grow_array(void **at, uint32_t *room, uint64_t need, size_t size)
{
    if (need <= *room) return true;
    uint64_t more = need * 2 < 256 ? 256 : need * 2;
    void *p = more < INT32_MAX ? realloc(*at, more * size) : NULL;
    if (!p) return false;
    *at = p, *room = (uint32_t)more;
    return true;
}

static bool write_node(const struct mlp_trees_grower *w, const struct mlp_trees_split *s, struct mlp_trees_forest *forest)
{
    const struct mlp_trees_feature *e = &w->m->feature[s->feature];
    struct mlp_trees_node *node = &forest->node[forest->nodes++];
    *node = (struct mlp_trees_node){.feature = s->feature, .missing_left = s->missing_left, .coded = !e->upper};
    if (e->upper) {
        node->threshold = e->upper[s->bin];
        return true;
    }
    uint32_t words = (e->codes + 31) / 32;
    if (!grow_array((void **)&forest->set, &forest->word_room, (uint64_t)forest->words + words, sizeof *forest->set)) return false;
    uint32_t *set = forest->set + forest->words;
    memset(set, 0, words * sizeof *set);
    for (uint32_t c = 0; c < e->codes; c++) {               /* what training did not have goes where most rows went */
        bool known = e->in_training[c / 32] >> c % 32 & 1;
        if (known ? s->set[e->bin_of[c] / 64] >> e->bin_of[c] % 64 & 1 : s->missing_left) set[c / 32] |= 1u << c % 32;
    }
    node->set = forest->words, forest->words += words;
    return true;
}

/* ---- a tree ---- */

static double largest(const double *v, size_t n)
{
    double most = 0;
    for (size_t i = 0; i < n; i++) most = fabs(v[i]) > most ? fabs(v[i]) : most;
    return most;
}

/* Units so fine that no sum over all rows overflows; a power of two, so that scaling is exact. */
static bool scale_rows(struct mlp_trees_grower *w, const double *grad, const double *hess)
{
    size_t n = w->m->rows;
    int bits = 1, eg, eh;
    while (n >> bits) bits++;
    double hmax = largest(hess, n);
    frexp(largest(grad, n), &eg), frexp(hmax, &eh);
    int g = 62 - bits < 50 ? 62 - bits : 50, h = 62 - 2 * bits < 50 ? 62 - 2 * bits : 50;
    w->scale = (struct mlp_trees_scale){.g = ldexp(1, eg - g), .h = ldexp(1, eh - h), .count_bits = bits};
    double of_g = ldexp(1, g - eg), of_h = ldexp(1, h - eh);
    for (size_t i = 0; i < n; i++) {
        if (!isfinite(grad[i]) || !isfinite(hess[i])) return false;
        int64_t gi = (int64_t)rint(grad[i] * of_g), hi = hess[i] > 0 ? (int64_t)rint(hess[i] * of_h) : 0;
        w->row_sum[i] = (mlp_trees_sum){gi, (int64_t)((uint64_t)hi << bits) + 1};
    }
    return true;
}

/* This tree's rows and features, ascending. */
static void choose(struct mlp_trees_grower *w, uint64_t tree)
{
    const struct mlp_trees_options *o = w->o;
    w->bag = w->features = 0;
    for (uint32_t i = 0; i < w->m->rows; i++)
        if (o->rows >= 1 || mlp_uniform(mlp_random(o->seed, 2 * tree, i)) < o->rows) w->rows[w->bag++] = i;
    uint32_t want = (uint32_t)ceil(o->columns * w->m->features - 1e-9), left = w->m->features;
    want = want < 1 ? 1 : want > left ? left : want;
    for (uint32_t f = 0; f < w->m->features; f++, left--)   /* want of left, each subset as likely as any other */
        if (mlp_uniform(mlp_random(o->seed, 2 * tree + 1, f)) * left < want) w->feature[w->features++] = f, want--;
}

mlp_status mlp_trees_grow(struct mlp_trees_grower *w, uint64_t tree, const double *grad, const double *hess, double *score,
                          struct mlp_trees_forest *forest, struct mlp_error *error)
{
    const struct mlp_trees_options *o = w->o;
    if (!scale_rows(w, grad, hess))
        return mlp_fail(error, MLP_ERR_DATA, NULL, "a derivative of the loss is not a finite number at tree %llu",
                        (unsigned long long)tree + 1);
    choose(w, tree);
    w->free_slots = 0, w->leaves = 1;
    for (int i = w->slots; i-- > 0;) give_slot(w, i);
    if (!grow_array((void **)&forest->node, &forest->node_room, (uint64_t)forest->nodes + o->leaves, sizeof *forest->node)
        || !grow_array((void **)&forest->value, &forest->leaf_room, (uint64_t)forest->leaves + o->leaves, sizeof *forest->value)
        || !grow_array((void **)&forest->root, &forest->root_room, (uint64_t)forest->trees + 1, sizeof *forest->root))
        return mlp_no_memory(error, o->leaves * sizeof *forest->node);
    struct leaf *root = w->leaf;
    *root = (struct leaf){.n = w->bag, .parent = -1, .slot = -1, .l2 = o->l2, .draw = mlp_random(o->seed, ~tree, 0)};
    for (uint32_t i = 0; i < w->bag; i++) root->total += w->row_sum[w->rows[i]];
    if (may_split(w, root)) {
        root->slot = take_slot(w);
        count(w, root, slot(w, root->slot)), find(w, root, slot(w, root->slot));
    }
    uint32_t first = forest->nodes, next = 0;
    while (w->leaves < o->leaves) {
        struct leaf *best = w->leaf;
        while (o->all && next < w->leaves && !(w->leaf[next].split.gain > 0)) next++;
        if (o->all && next == w->leaves) break;
        if (o->all) best = &w->leaf[next];
        for (uint32_t k = 1; !o->all && k < w->leaves; k++)
            if (w->leaf[k].split.gain > best->split.gain) best = &w->leaf[k];
        if (!(best->split.gain > 0)) break;
        struct leaf *right = &w->leaf[w->leaves++], parent = *best;
        int32_t node = (int32_t)forest->nodes;
        if (!write_node(w, &parent.split, forest)) return mlp_no_memory(error, forest->words * sizeof *forest->set);
        if (parent.parent >= 0) *(parent.right ? &forest->node[parent.parent].right : &forest->node[parent.parent].left) = node;
        uint32_t n = partition(w, &parent);
        *best = (struct leaf){.begin = parent.begin,
                              .n = n,
                              .depth = parent.depth + 1,
                              .parent = node,
                              .slot = -1,
                              .total = parent.split.left,
                              .l2 = parent.split.l2,
                              .draw = mlp_random(o->seed, ~tree, 2 * ((uint64_t)node - first) + 1)};
        *right = (struct leaf){.begin = parent.begin + n,
                               .n = parent.n - n,
                               .depth = parent.depth + 1,
                               .parent = node,
                               .right = true,
                               .slot = -1,
                               .total = parent.total - parent.split.left,
                               .l2 = parent.split.l2,
                               .draw = mlp_random(o->seed, ~tree, 2 * ((uint64_t)node - first) + 2)};
        if (w->leaves < o->leaves) examine(w, best, right, parent.slot);
    }
    for (uint32_t k = 0; k < w->leaves; k++) {
        const struct leaf *l = &w->leaf[k];
        int32_t at = ~(int32_t)forest->leaves;
        if (l->parent >= 0) *(l->right ? &forest->node[l->parent].right : &forest->node[l->parent].left) = at;
        double value = o->rate * mlp_trees_value(mlp_trees_g(l->total, &w->scale), mlp_trees_h(l->total, &w->scale), o, l->l2);
        forest->value[forest->leaves++] = value;
        for (uint32_t i = 0; score && i < l->n; i++) score[w->rows[l->begin + i]] += value;
    }
    forest->root[forest->trees++] = w->leaves > 1 ? (int32_t)first : ~(int32_t)(forest->leaves - 1);
    return MLP_OK;
}

const uint32_t *mlp_trees_leaf_rows(const struct mlp_trees_grower *w, uint32_t leaf, uint32_t *n)
{
    *n = w->leaf[leaf].n;
    return w->rows + w->leaf[leaf].begin;
}

uint32_t mlp_trees_bag(const struct mlp_trees_grower *w) { return w->bag; }

uint32_t mlp_trees_leaves(const struct mlp_trees_grower *w) { return w->leaves; }
