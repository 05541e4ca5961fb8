/* tables.c: what is learnt of a column as a table of ascending numbers: its quantiles (`rank_gauss`), and the borders of intervals
 * (`bucket`) with a spelling for each. Missing values are left out; a column that is all missing gives one NaN. */
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "mlp_stdlib.h"
#include "runtime/fit/fit.h"

struct pair { double x, y; };
static int by_x(const void *a, const void *b)
{
    const struct pair *const p = a, *const q = b;
    if (p->x != q->x) return p->x < q->x ? -1 : 1;
    return p->y < q->y ? -1 : p->y > q->y;
}

/* The present values in order, each with its y (0 without one); n of them. malloc. */
static struct pair *sorted(const struct mlp_learn *l, size_t *n)
{
    struct pair *const p = malloc((l->n + 1) * sizeof *p);
    *n = 0;
    for (size_t i = 0; p && i < l->n; i++) {
        const double y = l->inputs > 1 ? l->number[1][i] : 0;
        if (!isnan(l->number[0][i]) && !isnan(y)) p[(*n)++] = (struct pair){l->number[0][i], y};
    }
    if (p) qsort(p, *n, sizeof *p, by_x);
    return p;
}

/* As numpy's linear quantile, of sorted values; n > 0. */
static double quantile(const struct pair *p, size_t n, double q)
{
    const double at = q * (double)(n - 1), whole = floor(at), part = at - whole;
    const size_t k = (size_t)whole;
    if (part <= 0 || k + 1 >= n) return p[k].x;
    const double a = p[k].x, step = p[k + 1].x - a;
    return part >= 0.5 ? p[k + 1].x - step * (1 - part) : a + step * part;
}

static mlp_status cell_of(const struct mlp_learn *l, const double *value, size_t n, struct mlp_cell *out, struct mlp_error *error)
{
    double *const cell = mlp_arena_alloc(l->arena, (n + 1) * sizeof *cell);
    if (!cell) return mlp_no_memory(error, n * sizeof *cell);
    *cell = NAN;
    if (n) memcpy(cell, value, n * sizeof *cell);
    *out = (struct mlp_cell){cell, n ? n : 1};
    return MLP_OK;
}

static mlp_status learn_quantiles(const struct mlp_learn *l, struct mlp_cell *out, struct mlp_cell *book, struct mlp_error *error)
{
    (void)book;
    size_t n, most = (size_t)l->use->args.at[MLP_REDUCER_QUANTILES_N].num;
    struct pair *const p = sorted(l, &n);
    double *const value = malloc((most + 1) * sizeof *value);
    mlp_status status = p && value ? MLP_OK : mlp_no_memory(error, (l->n + most) * sizeof *p);
    if (status == MLP_OK) {
        if (n < most) most = n;
        for (size_t i = 0; i < most; i++) value[i] = quantile(p, n, most > 1 ? (double)i / (double)(most - 1) : 0.5);
        for (size_t i = 1; i < most; i++) if (value[i] < value[i - 1]) value[i] = value[i - 1];
        status = cell_of(l, value, most, out, error);
    }
    return free(p), free(value), status;
}

/* ---- intervals ---- */

/* The best border inside [from, to): gain in squared error, and where the right side begins. */
struct leaf { size_t from, to, cut; double gain; };
struct cutting { const struct pair *p; double mean; size_t least; uint32_t classes; double *left, *right; };   /* classes 0: y is a number */

static void try_cut(const struct cutting *c, size_t at, double gain, struct leaf *l)
{
    if (c->p[at].x != c->p[at - 1].x && at >= l->from + c->least && at + c->least <= l->to && gain > l->gain) l->gain = gain, l->cut = at;
}

/* Sums are of deviations from the mean of all: no digits lost to a large mean. */
static void cut_numbers(const struct cutting *c, struct leaf *l)
{
    double all = 0, left = 0;
    const double rows = (double)(l->to - l->from);
    l->gain = 0, l->cut = l->from;
    for (size_t i = l->from; i < l->to; i++) all += c->p[i].y - c->mean;
    for (size_t i = l->from + 1; i < l->to; i++) {
        left += c->p[i - 1].y - c->mean;
        const double right = all - left, n = (double)(i - l->from);
        try_cut(c, i, left * left / n + right * right / (rows - n) - all * all / rows, l);
    }
    if (!(l->gain > 1e-12 * fabs(all * all / rows))) l->gain = 0;
}

/* Gini's impurity: the same with a number 0 or 1 for each class, added up. Whole numbers: exact. */
static void cut_classes(const struct cutting *c, struct leaf *l)
{
    double squares = 0, left = 0, right = 0;
    const double rows = (double)(l->to - l->from);
    l->gain = 0, l->cut = l->from;
    memset(c->left, 0, c->classes * sizeof *c->left), memset(c->right, 0, c->classes * sizeof *c->right);
    for (size_t i = l->from; i < l->to; i++) c->right[(uint32_t)c->p[i].y]++;
    for (uint32_t k = 0; k < c->classes; k++) squares += c->right[k] * c->right[k];
    right = squares;
    for (size_t i = l->from + 1; i < l->to; i++) {
        const uint32_t k = (uint32_t)c->p[i - 1].y;
        left += 2 * c->left[k]++ + 1, right -= 2 * c->right[k]-- - 1;
        const double n = (double)(i - l->from);
        try_cut(c, i, left / n + right / (rows - n) - squares / rows, l);
    }
    if (!(l->gain > 1e-12 * squares / rows)) l->gain = 0;
}

static void best_cut(const struct cutting *c, struct leaf *l) { c->classes ? cut_classes(c, l) : cut_numbers(c, l); }

/* A tree on this column alone, grown at the leaf that gains most; at least 1% of the rows (and 5) in a leaf. */
static mlp_status by_tree(const struct pair *p, size_t n, size_t most, bool classes, double *edge, size_t *edges, struct mlp_error *error)
{
    struct cutting c = {.p = p, .least = n / 100 < 5 ? 5 : n / 100};
    size_t leaves = 1;
    for (size_t i = 0; i < n; i++) {
        c.mean += p[i].y;
        if (classes && p[i].y >= c.classes) c.classes = (uint32_t)p[i].y + 1;
    }
    c.mean /= (double)n;
    struct leaf *const leaf = malloc((most + 1) * sizeof *leaf);
    c.left = malloc((2 * (size_t)c.classes + 1) * sizeof *c.left);
    if (!c.left || !leaf) return free(c.left), free(leaf), mlp_no_memory(error, most * sizeof *leaf);
    c.right = c.left + c.classes;
    leaf[0] = (struct leaf){0, n, 0, 0};
    best_cut(&c, &leaf[0]);
    for (*edges = 0; leaves < most; leaves++) {
        size_t best = 0;
        for (size_t i = 1; i < leaves; i++) if (leaf[i].gain > leaf[best].gain) best = i;
        if (!(leaf[best].gain > 0)) break;
        const size_t cut = leaf[best].cut;
        const double low = p[cut - 1].x, high = p[cut].x, middle = low / 2 + high / 2;
        edge[(*edges)++] = middle > low ? middle : high;
        leaf[leaves] = (struct leaf){cut, leaf[best].to, 0, 0}, leaf[best].to = cut;
        best_cut(&c, &leaf[best]), best_cut(&c, &leaf[leaves]);
    }
    free(c.left), free(leaf);
    return MLP_OK;
}

static int ascending(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

/* Shortest digits that read back the same. */
static const char *digits(struct mlp_arena *arena, double x)
{
    char text[40];
    for (int precision = 4; precision <= 17; precision++) {
        snprintf(text, sizeof text, "%.*g", precision, x);
        if (strtod(text, NULL) == x) break;
    }
    return mlp_arena_copy(arena, text, strlen(text));
}

static mlp_status spell(const struct mlp_learn *l, const double *edge, size_t n, struct mlp_cell *book, struct mlp_error *error)
{
    struct mlp_str *const spelling = mlp_arena_alloc(l->arena, (n + 2) * sizeof *spelling);
    if (!spelling) return mlp_no_memory(error, n * sizeof *spelling);
    for (size_t i = 0; i <= n; i++) {
        const char *const low = i ? digits(l->arena, edge[i - 1]) : "", *const high = i < n ? digits(l->arena, edge[i]) : "";
        const char *const text = !low || !high ? NULL
                               : !n     ? "all"
                               : !i     ? mlp_arena_printf(l->arena, "below %s", high)
                               : i == n ? mlp_arena_printf(l->arena, "from %s", low)
                                        : mlp_arena_printf(l->arena, "%s to %s", low, high);
        if (!text) return mlp_no_memory(error, 64);
        spelling[i] = (struct mlp_str){text, strlen(text)};
    }
    return mlp_codebook_write(spelling, n + 1, l->arena, book, error);
}

static mlp_status learn_edges(const struct mlp_learn *l, struct mlp_cell *out, struct mlp_cell *book, struct mlp_error *error)
{
    const size_t most = (size_t)l->use->args.at[MLP_REDUCER_EDGES_N].num;
    const char *const by = l->use->args.at[MLP_REDUCER_EDGES_BY].str;
    size_t n, edges = 0;
    struct pair *const p = sorted(l, &n);
    double *const edge = malloc((most + 2) * sizeof *edge);
    mlp_status status = p && edge ? MLP_OK : mlp_no_memory(error, (l->n + most) * sizeof *p);
    if (status == MLP_OK && n && by && !strcmp(by, "tree")) {
        status = by_tree(p, n, most, l->use->args.at[MLP_REDUCER_EDGES_CLASSES].num != 0, edge, &edges, error);
        if (status == MLP_OK) qsort(edge, edges, sizeof *edge, ascending);
    } else if (status == MLP_OK && n) {                     /* with both ends, then without them: equal borders are one */
        const bool width = by && !strcmp(by, "width");
        const double low = p[0].x, high = p[n - 1].x;
        for (size_t i = 0; i <= most; i++) {
            const double share = (double)i / (double)most;
            const double x = i == most ? high : width ? low + share * (high - low) : quantile(p, n, share);
            if (!edges || x > edge[edges - 1]) edge[edges++] = x;
        }
        edges = edges > 2 ? edges - 2 : 0;
        memmove(edge, edge + 1, edges * sizeof *edge);
    }
    if (status == MLP_OK) status = cell_of(l, edge, edges, out, error);
    if (status == MLP_OK && book) status = spell(l, edge, edges, book, error);
    return free(p), free(edge), status;
}

const struct mlp_reducer_ops mlp_reducer_quantiles = {"reducer.quantiles", NULL, learn_quantiles},
    mlp_reducer_edges = {"reducer.edges", NULL, learn_edges};
