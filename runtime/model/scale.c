/* scale.c: see scale.h. Sums go over rows in their order. */
#include "runtime/model/scale.h"
#include <math.h>

/* Median of v by Hoare's selection (v is reordered); n > 0. */
static double median(float *v, size_t n)
{
    ptrdiff_t lo = 0, hi = (ptrdiff_t)n - 1, k = (ptrdiff_t)n / 2;
    while (lo < hi) {
        ptrdiff_t i = lo, j = hi;
        float pivot = v[k];
        do {
            while (v[i] < pivot) i++;
            while (pivot < v[j]) j--;
            if (i > j) break;
            float t = v[i];
            v[i++] = v[j], v[j--] = t;
        } while (i <= j);
        if (j < k) lo = i;
        if (k < i) hi = j;
    }
    if (n % 2) return (double)v[k];
    float below = v[0];
    for (ptrdiff_t i = 1; i < k; i++) below = v[i] > below ? v[i] : below;
    return ((double)below + (double)v[k]) / 2;
}

void mlp_scale_learn(struct mlp_scale *s, const float *x, struct mlp_rows rows, float *room)
{
    size_t n = 0;
    double sum = 0, squares = 0;
    *s = (struct mlp_scale){0};
    for (size_t i = 0; i < rows.n; i++) {
        float v = x[rows.at[i]];
        if (mlp_is_number(v)) room[n++] = v, sum += (double)v;
    }
    if (!(s->there = n)) return;
    s->mean = sum / (double)n;
    for (size_t i = 0; i < n; i++) squares += ((double)room[i] - s->mean) * ((double)room[i] - s->mean);
    const double sd = sqrt(squares / (double)n);
    s->scale = sd > 1e-12 * fabs(s->mean) ? 1 / sd : 0;
    s->fill = median(room, n);
}
