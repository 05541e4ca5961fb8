/* many.c: blocks of rows through a forest, thirty-two rows at a time: numbers become the rank of their value among the model's
 * thresholds (a byte, exact), every node of a tree is asked for all rows at once, and each leaf's mask says which rows it holds. It
 * reads a forest that open has checked, serves trees of at most 256 leaves over features of at most 256 codes and 254 thresholds
 * (all that we train from tables), and stands aside for others: then forest.c walks. Sums are taken in the order of trees, so the
 * bits are those of a walk. */
#include "runtime/model/trees/trees.h"
#include <stdlib.h>
#include <string.h>

#if defined __AVX2__
#include <immintrin.h>

enum { LANES = 32, LEAVES = 256, RANKS = 254, MISSING = 255, SETS = 32 };
typedef uint8_t lanes __attribute__((vector_size(LANES), may_alias));

/* A question: row `of` of the ranks, and the rank up to which it is answered with left; or a set of codes. Children are places
 * among the masks: nodes of the tree first, then its leaves. */
struct question { uint32_t of, set; uint8_t most, coded; uint16_t left, right; };
struct tree { uint32_t node, nodes, leaf, output; };
struct used { uint32_t feature, thresholds, limit; float *threshold; };   /* limit: codes; 0 for numbers */
struct mlp_trees_many {
    uint32_t used, trees;
    struct used *feature;                                   /* (used) two rows of ranks each */
    struct question *question; struct tree *tree; uint8_t *set;           /* set: (sets, 32) a bit per code */
    const double *value, *start; uint32_t outputs;          /* start: (outputs) */
};

static uint32_t rank_of(const struct used *u, float x)      /* thresholds below x */
{
    uint32_t at = 0;
    if (!u->thresholds) return 0;
    for (uint32_t n = u->thresholds; n > 1;) {
        uint32_t half = n / 2;
        at += x > u->threshold[at + half - 1] ? half : 0, n -= half;
    }
    return at + (x > u->threshold[at]);
}

static bool add_threshold(struct used *u, float t)
{
    uint32_t at = rank_of(u, t);
    if (at < u->thresholds && u->threshold[at] == t) return true;
    if (u->thresholds == RANKS) return false;
    memmove(u->threshold + at + 1, u->threshold + at, (u->thresholds - at) * sizeof *u->threshold);
    u->threshold[at] = t, u->thresholds++;
    return true;
}

/* Trees must lie one after another, each node and leaf with one parent, as they are written: a file may hold anything. */
static bool lay_out(const struct mlp_trees_forest *f, struct mlp_trees_many *m)
{
    uint32_t node = 0, leaf = 0;
    for (uint32_t t = 0; t < f->trees; t++) {
        uint32_t end = node, seen[(2 * LEAVES + 31) / 32] = {0};
        for (uint32_t k = t + 1; k <= f->trees; k++) {      /* nodes up to the next tree that has any */
            if (k < f->trees && f->root[k] < 0) continue;
            end = f->root[t] < 0 ? node : k < f->trees ? (uint32_t)f->root[k] : f->nodes;
            break;
        }
        uint32_t nodes = end - node;
        if (end < node || nodes >= LEAVES || f->root[t] != (nodes ? (int32_t)node : ~(int32_t)leaf) || leaf + nodes >= f->leaves)
            return false;
        m->tree[t] = (struct tree){node, nodes, leaf, f->of[t % f->grown]};
        for (uint32_t i = node; i < end; i++)
            for (int side = 0; side < 2; side++) {
                int32_t to = side ? f->node[i].right : f->node[i].left;
                int64_t at = to >= 0 ? (int64_t)to - node : (int64_t)~to - leaf + nodes;
                if (to >= 0 ? at <= (int64_t)(i - node) || at >= nodes : at < nodes || at > 2 * nodes) return false;
                if (seen[at / 32] >> at % 32 & 1) return false;
                seen[at / 32] |= 1u << at % 32;
                *(side ? &m->question[i].right : &m->question[i].left) = (uint16_t)at;
            }
        node = end, leaf += nodes + 1;
    }
    return node == f->nodes;
}

struct mlp_trees_many *mlp_trees_many_new(const struct mlp_trees_forest *f, uint32_t features, const uint32_t *codes,
                                          struct mlp_arena *arena)
{
    struct mlp_trees_many *m = mlp_arena_alloc(arena, sizeof *m);
    uint32_t *of = mlp_arena_alloc(arena, features * sizeof *of), sets = 0;
    if (!m || !of) return NULL;
    for (uint32_t i = 0; i < f->nodes; i++) of[f->node[i].feature] = 1, sets += f->node[i].coded;
    *m = (struct mlp_trees_many){.trees = f->trees, .value = f->value, .start = f->start, .outputs = f->outputs};
    for (uint32_t k = 0; k < features; k++) m->used += of[k];
    m->feature = mlp_arena_alloc(arena, m->used * sizeof *m->feature),
    m->question = mlp_arena_alloc(arena, f->nodes * sizeof *m->question);
    m->tree = mlp_arena_alloc(arena, f->trees * sizeof *m->tree), m->set = mlp_arena_alloc(arena, (size_t)sets * SETS);
    if (!m->feature || !m->question || !m->tree || !m->set) return NULL;
    for (uint32_t k = 0, u = 0; k < features; k++) {
        if (!of[k]) continue;
        if (codes[k] > 256) return NULL;
        m->feature[u] = (struct used){
            .feature = k, .limit = codes[k], .threshold = codes[k] ? NULL : mlp_arena_alloc(arena, RANKS * sizeof(float))};
        if (!codes[k] && !m->feature[u].threshold) return NULL;
        of[k] = u++;
    }
    for (uint32_t i = 0; i < f->nodes; i++)
        if (!f->node[i].coded && !add_threshold(&m->feature[of[f->node[i].feature]], f->node[i].threshold)) return NULL;
    sets = 0;
    for (uint32_t i = 0; i < f->nodes; i++) {
        const struct mlp_trees_node *n = &f->node[i];
        struct question *q = &m->question[i];
        uint32_t u = of[n->feature], codes_of = codes[n->feature];
        q->of = 2 * u;
        if (n->coded) {
            for (uint32_t c = 0; c < codes_of; c++)
                if (f->set[n->set + c / 32] >> c % 32 & 1) m->set[(size_t)sets * SETS + c / 8] |= (uint8_t)(1 << c % 8);
            q->coded = 1, q->set = sets++;
        } else {                                            /* the second row of ranks is one higher and has missing at 0 */
            q->most = (uint8_t)(rank_of(&m->feature[u], n->threshold) + n->missing_left), q->of += n->missing_left;
        }
    }
    return lay_out(f, m) ? m : NULL;
}

static void rank_rows(const struct mlp_trees_many *m, const struct mlp_block *b, size_t r, uint8_t (*rank)[LANES])
{
    for (uint32_t u = 0; u < m->used; u++) {
        const struct used *e = &m->feature[u];
        uint8_t *first = rank[2 * u], *second = rank[2 * u + 1];
        if (e->limit) {                                     /* a code: its byte in a set, and its bit there */
            const uint32_t *code = (const uint32_t *)b->column[e->feature] + r;
            for (int i = 0; i < LANES; i++) {
                uint32_t c = code[i] < e->limit ? code[i] : 1;
                first[i] = (uint8_t)(c / 8), second[i] = (uint8_t)(1 << c % 8);
            }
        } else {
            const float *x = (const float *)b->column[e->feature] + r;
            for (int i = 0; i < LANES; i++)
                first[i] = (uint8_t)(x[i] != x[i] ? MISSING : rank_of(e, x[i])), second[i] = (uint8_t)(first[i] + 1);
        }
    }
}

static lanes members(const uint8_t *set, lanes byte, lanes bit)
{
    __m256i low = _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)set)),
            high = _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)(set + 16)));
    __m256i at = (__m256i)byte, upper = _mm256_slli_epi16(at, 3);          /* bit 4 of the byte's place to bit 7: which half */
    __m256i bits = _mm256_blendv_epi8(_mm256_shuffle_epi8(low, at), _mm256_shuffle_epi8(high, at), upper);
    return (lanes)((lanes)_mm256_and_si256(bits, (__m256i)bit) == bit);
}

static __attribute__((noinline)) void one_tree(const struct mlp_trees_many *m, const struct tree *t, uint8_t (*rank)[LANES],
                                               double *score)
{
    lanes mask[2 * LEAVES], leaf = {0}, number = {0};
    mask[0] = ~leaf;
    for (uint32_t i = 0; i < t->nodes; i++) {
        const struct question *q = &m->question[t->node + i];
        lanes a, yes;
        memcpy(&a, rank[q->of], LANES);
        if (q->coded) {
            lanes bit;
            memcpy(&bit, rank[q->of + 1], LANES);
            yes = members(m->set + (size_t)q->set * SETS, a, bit);
        } else yes = (lanes)(a <= q->most);
        mask[q->left] = mask[i] & yes, mask[q->right] = mask[i] & ~yes;
    }
    for (uint32_t k = 0; k <= t->nodes; k++, number += 1) leaf |= mask[t->nodes + k] & number;
    const double *value = m->value + t->leaf;
    uint8_t at[LANES] __attribute__((aligned(LANES)));
    *(lanes *)at = leaf; /* not memcpy from leaf: that would keep it in memory through the loop */
    if (m->outputs == 1) for (int i = 0; i < LANES; i++) score[i] += value[at[i]];
    else for (size_t i = 0; i < LANES; i++) score[i * m->outputs + t->output] += value[at[i]];
}

size_t mlp_trees_many_score(const struct mlp_trees_many *m, const struct mlp_block *b, double *score)
{
    enum { GROUPS = 8, USED = 128 };                        /* a tree's questions are read once for eight groups of rows */
    uint8_t rank[GROUPS][2 * USED][LANES] __attribute__((aligned(LANES)));
    if (m->used > USED) return 0;
    size_t groups = b->rows / LANES;
    for (size_t from = 0; from < groups; from += GROUPS) {
        size_t to = from + GROUPS < groups ? from + GROUPS : groups;
        for (size_t g = from; g < to; g++) {
            rank_rows(m, b, g * LANES, rank[g - from]);
            for (size_t i = 0; i < LANES; i++)
                for (size_t k = 0; k < m->outputs; k++) score[(g * LANES + i) * m->outputs + k] = m->start[k];
        }
        for (uint32_t t = 0; t < m->trees; t++)
            for (size_t g = from; g < to; g++) one_tree(m, &m->tree[t], rank[g - from], score + g * LANES * m->outputs);
    }
    return groups * LANES;
}
#else
struct mlp_trees_many { char none; };
struct mlp_trees_many *mlp_trees_many_new(const struct mlp_trees_forest *f, uint32_t features, const uint32_t *codes,
                                          struct mlp_arena *arena)
{
    (void)f, (void)features, (void)codes, (void)arena;
    return NULL;
}
size_t mlp_trees_many_score(const struct mlp_trees_many *m, const struct mlp_block *b, double *score)
{
    return (void)m, (void)b, (void)score, 0;
}
#endif
