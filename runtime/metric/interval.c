/* interval.c: a metric's value and its bootstrap interval, and what metrics share. Resamples have the size of the original and are
 * drawn by hash(seed, resample, draw), so they are the same for every metric (differences between metrics are paired) and for any
 * number of threads. A ranking metric draws whole queries. Resamples on which the metric is undefined are left out. */
#include "runtime/metric/metric.h"
#include "runtime/base/hash.h"
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

double mlp_metric_undefined(const struct mlp_judged *j, const char *why)
{
    if (j->why) snprintf(j->why->text, sizeof j->why->text, "%s", why);
    return NAN;
}

double mlp_metric_option(const struct mlp_judged *j, const struct mlp_use *use, const char *name, double absent)
{
    const struct mlp_arg *a = mlp_use_arg(use, name);
    if (!a) return absent;
    if (a->kind == MLP_A_PARAM) return j->param ? j->param[a->ix] : absent;
    return a->kind == MLP_A_NUM || a->kind == MLP_A_INT || a->kind == MLP_A_BOOL ? a->num : absent;
}

const char *mlp_metric_word(const struct mlp_use *use, const char *name)
{
    const struct mlp_arg *a = mlp_use_arg(use, name);
    return a && a->kind == MLP_A_NAME ? a->str : NULL;
}

enum mlp_average mlp_metric_average(const struct mlp_use *use)
{
    const char *word = mlp_metric_word(use, "average");
    return !word || !strcmp(word, "macro") ? MLP_MACRO : !strcmp(word, "micro") ? MLP_MICRO : MLP_WEIGHTED;
}

/* Least significant digit first, 11 bits at a time, on keys whose unsigned order is that of the numbers. */
uint32_t *mlp_metric_order(const double *p, size_t n, struct mlp_arena *arena)
{
    enum { BITS = 11, DIGITS = 6 };
    struct item { uint64_t key; uint32_t row; } *a = malloc(2 * (n + 1) * sizeof *a), *b = a + n;
    uint32_t *order = mlp_arena_alloc(arena, (n + 1) * sizeof *order);
    size_t (*count)[1 << BITS] = calloc(DIGITS, sizeof *count);
    if (!a || !order || !count) return free(a), free(count), NULL;
    for (size_t i = 0; i < n; i++) {
        double v = p[i] + 0.0;                              /* -0 becomes 0 */
        uint64_t bits;
        memcpy(&bits, &v, sizeof bits);
        a[i].key = bits >> 63 ? ~bits : bits | (uint64_t)1 << 63, a[i].row = (uint32_t)i;
        for (int d = 0; d < DIGITS; d++) count[d][a[i].key >> (d * BITS) & ((1 << BITS) - 1)]++;
    }
    for (int d = 0; d < DIGITS; d++) {
        size_t sum = 0;
        bool single = false;
        for (size_t k = 0; k < 1 << BITS; k++) {
            size_t here = count[d][k];
            single |= here == n, count[d][k] = sum, sum += here;
        }
        if (single) continue;
        for (size_t i = 0; i < n; i++) b[count[d][a[i].key >> (d * BITS) & ((1 << BITS) - 1)]++] = a[i];
        struct item *t = a;
        a = b, b = t;
    }
    for (size_t i = 0; i < n; i++) order[i] = a[i].row;
    free(a < b ? a : b), free(count);
    return order;
}

/* ---- bootstrap ---- */

struct units { size_t n; uint32_t *start; };                /* rows (start NULL), or queries: start (n + 1) */

static bool units_make(const struct mlp_judged *j, bool by_query, struct mlp_arena *arena, struct units *u)
{
    *u = (struct units){.n = j->n};
    if (!by_query || !j->query) return true;
    u->start = mlp_arena_alloc(arena, (j->n + 1) * sizeof *u->start), u->n = 0;
    if (!u->start) return false;
    for (size_t i = 0; i < j->n; i++)
        if (!i || j->query[i] != j->query[i - 1]) u->start[u->n++] = (uint32_t)i;
    u->start[u->n] = (uint32_t)j->n;
    return true;
}

static void draw(const struct units *u, uint64_t seed, uint64_t resample, double *count, size_t rows)
{
    memset(count, 0, rows * sizeof *count);
    for (size_t i = 0; i < u->n; i += 2) {                  /* two draws of 32 bits from each hash */
        uint64_t bits = mlp_random(seed, resample, i / 2), a = (bits >> 32) * u->n >> 32, b = (bits & 0xffffffff) * u->n >> 32;
        if (!u->start) {
            count[a]++;
            if (i + 1 < u->n) count[b]++;
            continue;
        }
        for (uint32_t r = u->start[a]; r < u->start[a + 1]; r++) count[r]++;
        if (i + 1 < u->n) for (uint32_t r = u->start[b]; r < u->start[b + 1]; r++) count[r]++;
    }
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double quantile(const double *sorted, size_t n, double q)
{
    double at = q * (double)(n - 1);
    size_t i = (size_t)at;
    return i + 1 < n ? sorted[i] + (at - (double)i) * (sorted[i + 1] - sorted[i]) : sorted[n - 1];
}

mlp_status mlp_metric_measure(const struct mlp_metric_ops *ops, const struct mlp_use *use, const struct mlp_judged *judged,
                              uint64_t seed, struct mlp_measure *m, struct mlp_error *error)
{
    struct mlp_arena arena = {0};
    struct mlp_error why = {0};
    struct mlp_judged j = *judged;
    struct units units;
    double *count = mlp_arena_alloc(&arena, (j.n + 1) * sizeof *count), value[MLP_BOOTSTRAP];
    void *prepared = NULL;
    size_t n = 0;
    *m = (struct mlp_measure){.value = NAN, .low = NAN, .high = NAN};
    if (!j.n) return mlp_arena_clear(&arena), snprintf(m->why, sizeof m->why, "no rows"), MLP_OK;
    if (!count || !units_make(&j, ops->by_query, &arena, &units) || (ops->prepare && !(prepared = ops->prepare(&j, use, &arena)))) {
        mlp_arena_clear(&arena);
        return mlp_no_memory(error, j.n * sizeof *count);
    }
    j.why = &why;
    m->value = ops->value(&j, use, prepared, NULL);
    m->unit = ops->special;
    if (ops->special) m->low = m->high = m->value;
    if (isnan(m->value)) snprintf(m->why, sizeof m->why, "%.159s", why.text[0] ? why.text : "undefined");
    j.why = NULL;
    for (uint64_t r = 0; r < MLP_BOOTSTRAP && !isnan(m->value) && !ops->special; r++) {
        draw(&units, seed, r, count, j.n);
        double v = ops->value(&j, use, prepared, count);
        if (!isnan(v)) value[n++] = v;
    }
    if (n) {
        qsort(value, n, sizeof *value, ascending);
        m->low = quantile(value, n, 0.025), m->high = quantile(value, n, 0.975);
    }
    mlp_arena_clear(&arena);
    return MLP_OK;
}
