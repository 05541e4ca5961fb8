/* split.c: the best split of a leaf from its histogram. Numbers: every boundary, missing ones on either side. Codes: one against
 * the rest up to four of them; else sorted by gradient over second derivative and cut from both ends (Fisher 1958, with LightGBM's
 * smoothing and limits). Strict comparison in ascending order settles ties. */
#include "runtime/model/trees/trees.h"
#include "runtime/base/hash.h"
#include <math.h>
#include <string.h>

enum { ONE_HOT = 4, CODES_ON_A_SIDE = 32, ROWS_PER_STEP = 100 };
static const double smooth = 10, code_l2 = 10;              /* what LightGBM calls cat_smooth and cat_l2 */

struct search {
    const struct mlp_trees_scale *scale;
    const struct mlp_trees_options *o;
    mlp_trees_sum total;
    double parent;
    struct mlp_trees_split *best;
};

static double soft(double g, double l1) { return l1 > 0 ? g > l1 ? g - l1 : g < -l1 ? g + l1 : 0 : g; }

double mlp_trees_value(double g, double h, const struct mlp_trees_options *o, double l2)
{
    const double step = h + l2 > 0 ? -soft(g, o->l1) / (h + l2) : 0;
    return o->max_step > 0 && fabs(step) > o->max_step ? copysign(o->max_step, step) : step;
}

/* Twice what the leaf's best value within the bound takes off the quadratic model of the loss. */
static double score(double g, double h, const struct mlp_trees_options *o, double l2)
{
    g = soft(g, o->l1), h += l2;
    if (!(h > 0)) return 0;
    if (o->max_step > 0 && fabs(g) > o->max_step * h) return o->max_step * (2 * fabs(g) - o->max_step * h);
    return g * g / h;
}

static bool large(mlp_trees_sum s, const struct search *x)
{
    return (double)mlp_trees_count(s, x->scale) >= x->o->min_rows && mlp_trees_h(s, x->scale) >= x->o->min_hessian;
}

/* Gain of this left side, or 0 where a side is too small. */
static double gain(const struct search *x, mlp_trees_sum left, double l2)
{
    mlp_trees_sum right = x->total - left;
    if (!large(left, x) || !large(right, x)) return 0;
    double both = score(mlp_trees_g(left, x->scale), mlp_trees_h(left, x->scale), x->o, l2)
                + score(mlp_trees_g(right, x->scale), mlp_trees_h(right, x->scale), x->o, l2);
    double more = both - x->parent;
    return more > x->o->min_gain && more > 1e-13 * both ? more : 0;   /* less is rounding */
}

static bool more_on_the_left(const struct search *x, mlp_trees_sum left)
{
    return mlp_trees_count(left, x->scale) > mlp_trees_count(x->total - left, x->scale);
}

static void numbers(const struct search *x, const struct mlp_trees_feature *e, uint32_t f, const mlp_trees_sum *bin)
{
    mlp_trees_sum none = {0, 0}, left = none, missing = e->missing == MLP_NONE ? none : bin[e->missing];
    uint32_t values = e->bins - (e->missing != MLP_NONE);
    uint64_t all = mlp_trees_count(x->total, x->scale), absent = mlp_trees_count(missing, x->scale);
    for (uint32_t b = 0; b < values; b++) {
        uint64_t here = mlp_trees_count(bin[b], x->scale);
        if (!here) continue;                                /* no row: the same split as at the bin before */
        left += bin[b];
        uint64_t rows = mlp_trees_count(left, x->scale);
        double g = gain(x, left, x->o->l2);
        if (g > x->best->gain)
            *x->best = (struct mlp_trees_split){.gain = g, .l2 = x->o->l2, .feature = f, .left = left, .bin = b,
                                                .missing_left = absent ? false : more_on_the_left(x, left)};
        if (absent && (g = gain(x, left + missing, x->o->l2)) > x->best->gain)
            *x->best = (struct mlp_trees_split){
                .gain = g, .l2 = x->o->l2, .feature = f, .left = left + missing, .bin = b, .missing_left = true};
        if ((double)(all - rows) < x->o->min_rows) break;
    }
}

/* The bin where a threshold falls that is drawn between the smallest and the largest value there is. */
static uint32_t draw_bin(const struct mlp_trees_feature *e, const mlp_trees_sum *bin, const struct mlp_trees_scale *scale, uint64_t bits)
{
    const uint32_t values = e->bins - (e->missing != MLP_NONE);
    uint32_t low = 0, high = values - 1;
    while (low < high && !mlp_trees_count(bin[low], scale)) low++;
    while (high > low && !mlp_trees_count(bin[high], scale)) high--;
    if (high <= low + 1) return low;
    const double a = (double)e->upper[low], t = a + ((double)e->upper[high - 1] - a) * mlp_uniform(bits);
    while (low + 1 < high && (double)e->upper[low] < t) low++;
    return low;
}

/* One split of the feature by chance: numbers by a threshold, codes by a coin for each; missing numbers where the gain is larger. */
static void by_chance(const struct search *x, const struct mlp_trees_feature *e, uint32_t f, const mlp_trees_sum *bin, uint64_t draw)
{
    mlp_trees_sum none = {0, 0}, left = none, missing = e->upper && e->missing != MLP_NONE ? bin[e->missing] : none;
    struct mlp_trees_split s = {.l2 = x->o->l2, .feature = f};
    if (e->upper) {
        s.bin = draw_bin(e, bin, x->scale, mlp_random(draw, 1, f));
        for (uint32_t b = 0; b <= s.bin; b++) left += bin[b];
        const double g = gain(x, left, s.l2), other = mlp_trees_count(missing, x->scale) ? gain(x, left + missing, s.l2) : 0;
        s.missing_left = mlp_trees_count(missing, x->scale) ? other > g : more_on_the_left(x, left);
        s.gain = other > g ? other : g, s.left = other > g ? left + missing : left;
    } else {
        for (uint32_t b = 0; b < e->bins; b++)
            if (mlp_random(draw, 2 + f, b) >> 63) s.set[b / 64] |= (uint64_t)1 << b % 64, left += bin[b];
        s.gain = gain(x, left, s.l2), s.left = left, s.missing_left = more_on_the_left(x, left);
    }
    if (s.gain > x->best->gain) *x->best = s;
}

static void take(const struct search *x, double g, double l2, uint32_t f, mlp_trees_sum left, const uint8_t *order, uint32_t n)
{
    *x->best = (struct mlp_trees_split){.gain = g, .l2 = l2, .feature = f, .left = left, .missing_left = more_on_the_left(x, left)};
    for (uint32_t k = 0; k < n; k++) x->best->set[order[k] / 64] |= (uint64_t)1 << order[k] % 64;
}

static void codes(const struct search *x, const struct mlp_trees_feature *e, uint32_t f, const mlp_trees_sum *bin)
{
    uint8_t order[256], reversed[256];
    double key[256];
    uint32_t n = 0, first = e->shared;
    if (e->bins - first <= ONE_HOT) {
        for (uint32_t b = first; b < e->bins; b++) {
            double g = gain(x, bin[b], x->o->l2);
            if (g > x->best->gain) order[0] = (uint8_t)b, take(x, g, x->o->l2, f, bin[b], order, 1);
        }
        return;
    }
    for (uint32_t b = first; b < e->bins; b++) {            /* insertion: few, and equal keys stay in the order of bins */
        if ((double)mlp_trees_count(bin[b], x->scale) < smooth) continue;
        double k = mlp_trees_g(bin[b], x->scale) / (mlp_trees_h(bin[b], x->scale) + smooth);
        uint32_t at = n++;
        for (; at && key[at - 1] > k; at--) key[at] = key[at - 1], order[at] = order[at - 1];
        key[at] = k, order[at] = (uint8_t)b;
    }
    for (uint32_t k = 0; k < n; k++) reversed[k] = order[n - 1 - k];
    uint32_t most = (n + 1) / 2 < CODES_ON_A_SIDE ? (n + 1) / 2 : CODES_ON_A_SIDE;
    double l2 = x->o->l2 + code_l2;
    for (int side = 0; side < 2; side++) {
        const uint8_t *from = side ? reversed : order;
        mlp_trees_sum left = {0, 0};
        uint64_t step = 0;
        for (uint32_t k = 0; k < most; k++) {
            left += bin[from[k]], step += mlp_trees_count(bin[from[k]], x->scale);
            if (!large(left, x)) continue;
            if (mlp_trees_count(x->total - left, x->scale) < ROWS_PER_STEP || !large(x->total - left, x)) break;
            if (step < ROWS_PER_STEP) continue;
            step = 0;
            double g = gain(x, left, l2);
            if (g > x->best->gain) take(x, g, l2, f, left, from, k + 1);
        }
    }
}

void mlp_trees_find(const struct mlp_trees_matrix *m, const uint32_t *feature, uint32_t features, const mlp_trees_sum *histogram,
                    mlp_trees_sum total, const struct mlp_trees_scale *scale, const struct mlp_trees_options *o,
                    uint64_t draw, struct mlp_trees_split *best)
{
    struct search x = {scale, o, total, score(mlp_trees_g(total, scale), mlp_trees_h(total, scale), o, o->l2), best};
    memset(best, 0, sizeof *best);
    for (uint32_t k = 0; k < features; k++) {
        const struct mlp_trees_feature *e = &m->feature[feature[k]];
        if (o->random) by_chance(&x, e, feature[k], histogram + e->offset, draw);
        else if (e->upper) numbers(&x, e, feature[k], histogram + e->offset);
        else codes(&x, e, feature[k], histogram + e->offset);
    }
}
