/* trees.h: inside the families of trees only: bins, one tree's growth, the forest.
 * Plain and exact: gradients are scaled to integers once per tree, so a histogram's sums do not depend on the order of rows, on
 * threads or on subtraction, and "leaf total == sum of its histogram == sum over its rows" holds to the bit. */
#ifndef MLP_TREES_H
#define MLP_TREES_H
#include "runtime/model/model.h"
#include <stdbool.h>

/* ---- bins: every feature as one byte per row ---- */
enum { MLP_TREES_BINS = 255 };                              /* of values, at most; one more for missing numbers */
struct mlp_trees_feature {
    uint32_t bins, missing; /* bins in use; the bin of missing numbers, or MLP_NONE: none in training */
    uint32_t offset;                                        /* of its first cell in a histogram */
    float *upper; /* number: (values) x <= upper[b] is in bins 0..b; the last is infinity */
    uint8_t *bin_of; uint32_t codes;                        /* codes: (codes) bin of a code; upper is NULL */
    uint32_t *in_training;                                  /* codes: bit per code */
    bool shared;                                            /* codes: bin 0 holds the rare codes that found no bin of their own */
};
struct mlp_trees_matrix {
    size_t rows, step;
    uint32_t features, cells;
    struct mlp_trees_feature *feature;
    uint8_t *bin;
}; /* (rows, step) */
mlp_status mlp_trees_bin(const struct mlp_fit_in *, uint32_t bins, struct mlp_trees_matrix *, struct mlp_arena *,
                         struct mlp_error *);

/* ---- histograms ---- */
/* g: sum of gradients; hn: sum of second derivatives in the upper bits, number of rows in the lower `count_bits`. */
typedef int64_t mlp_trees_sum __attribute__((vector_size(16)));   /* {g, hn} */
struct mlp_trees_scale { double g, h; int count_bits; };    /* value of one unit */
static inline uint64_t mlp_trees_count(mlp_trees_sum s, const struct mlp_trees_scale *c)
{
    return (uint64_t)s[1] & (((uint64_t)1 << c->count_bits) - 1);
}
static inline double mlp_trees_g(mlp_trees_sum s, const struct mlp_trees_scale *c) { return (double)s[0] * c->g; }
static inline double mlp_trees_h(mlp_trees_sum s, const struct mlp_trees_scale *c)
{
    return (double)(s[1] >> c->count_bits) * c->h;
}

/* ---- the best split of a leaf ---- */
struct mlp_trees_options {
    uint32_t trees, leaves, depth, bins, patience;
    double rate, min_rows, min_hessian, l1, l2, min_gain, rows, columns;
    double max_step;                                        /* bound on a leaf's value; 0: none */
    uint64_t seed;
    /* Of forests. each: share of the features that a leaf's split is chosen from; random: one threshold, or one set of codes, of each,
     * by chance; all: leaf by leaf to the end, where the order of gains says nothing. */
    double each; bool random, all;
};
struct mlp_trees_split {
    double gain, l2;                                        /* gain 0: none; l2 that the children's values are computed with */
    uint32_t feature; mlp_trees_sum left;
    uint32_t bin;                                           /* number: bins 0..bin go left */
    bool missing_left;                                      /* number: missing ones; codes: what training did not have */
    uint64_t set[4];                                        /* codes: bins that go left */
};
/* feature: those that may split, ascending. Ties: the lower column, then the lower bin, then missing to the right. */
void mlp_trees_find(const struct mlp_trees_matrix *, const uint32_t *feature, uint32_t features, const mlp_trees_sum *histogram,
                    mlp_trees_sum total, const struct mlp_trees_scale *, const struct mlp_trees_options *, uint64_t draw,
                    struct mlp_trees_split *);             /* draw: random numbers for o->random */
/* Of a leaf, before the learning rate. */
double mlp_trees_value(double g, double h, const struct mlp_trees_options *, double l2);

/* ---- the forest ---- */
/* A child >= 0 is a node, created later than its parent; a child < 0 is leaf ~child. */
struct mlp_trees_node { float threshold; uint32_t set, feature; uint8_t missing_left, coded; int32_t left, right; };
struct mlp_trees_forest {
    struct mlp_trees_node *node; double *value; uint32_t *set; int32_t *root;      /* malloc */
    uint32_t nodes, leaves, words, trees, node_room, leaf_room, word_room, root_room;
    double *start;                                          /* (outputs) malloc too */
    /* tree t adds to output of[t % grown]: as many trees a round as there are classes in training; others stay at their start */
    uint32_t outputs, grown, *of;
};
void mlp_trees_forest_clear(struct mlp_trees_forest *);
mlp_status mlp_trees_forest_write(const struct mlp_trees_forest *, struct mlp_arena *, struct mlp_tensors *, struct mlp_error *);
mlp_status mlp_trees_open(const struct mlp_model *, const struct mlp_feature *const *, const uint32_t *codes, uint32_t outputs,
                          const struct mlp_tensors *, struct mlp_arena *, const void **opened, struct mlp_error *);
void mlp_trees_predict(const void *opened, const struct mlp_block *, double *score);
/* Blocks of rows, many at a time (many.c). NULL: not for this forest. score returns how many rows it did, from the first on. */
struct mlp_trees_many;
struct mlp_trees_many *mlp_trees_many_new(const struct mlp_trees_forest *, uint32_t features, const uint32_t *codes,
                                          struct mlp_arena *);
size_t mlp_trees_many_score(const struct mlp_trees_many *, const struct mlp_block *, double *score);
double mlp_trees_walk(const struct mlp_trees_forest *, uint32_t tree, const struct mlp_block *, const uint32_t *codes, size_t row);

/* ---- growth ---- */
struct mlp_trees_grower;
mlp_status mlp_trees_grower_new(const struct mlp_trees_matrix *, const struct mlp_trees_options *, struct mlp_pool *,
                                struct mlp_arena *, struct mlp_trees_grower **, struct mlp_error *);
/* Adds one tree to the forest and, where score is not NULL, its values to the scores of the rows of its bag. */
mlp_status mlp_trees_grow(struct mlp_trees_grower *, uint64_t tree, const double *grad, const double *hess, double *score,
                          struct mlp_trees_forest *, struct mlp_error *);
/* The tree that was grown last: leaves (the last ones of the forest, in this order), the rows of each, rows of its bag. */
uint32_t mlp_trees_leaves(const struct mlp_trees_grower *);
const uint32_t *mlp_trees_leaf_rows(const struct mlp_trees_grower *, uint32_t leaf, uint32_t *n);
uint32_t mlp_trees_bag(const struct mlp_trees_grower *);
#endif
