/* components.c: principal components of several columns: the directions of most variance, from the eigenvectors of their
 * covariance (Jacobi's rotations). Learns numbers [mean (d), direction 1 (d), direction 2 (d) …]; a direction has the column's scale in it, so
 * that a component is the sum of direction * (x - mean). Missing values stand at the mean. A direction's largest weight is positive. */
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include "mlp_stdlib.h"
#include "runtime/fit/fit.h"

/* Eigenvectors of a symmetric a (d, d) into the columns of v; a's diagonal becomes the eigenvalues. */
static void jacobi(double *a, double *v, size_t d)
{
    for (size_t i = 0; i < d; i++)
        for (size_t k = 0; k < d; k++) v[i * d + k] = i == k;
    for (int sweep = 0; sweep < 100; sweep++) {
        double off = 0, all = 0;
        for (size_t i = 0; i < d; i++)
            for (size_t k = 0; k < d; k++) all += a[i * d + k] * a[i * d + k], off += i == k ? 0 : a[i * d + k] * a[i * d + k];
        if (!(off > 1e-30 * all)) return;
        for (size_t p = 0; p + 1 < d; p++)
            for (size_t q = p + 1; q < d; q++) {
                const double apq = a[p * d + q];
                if (apq == 0) continue;
                const double theta = (a[q * d + q] - a[p * d + p]) / (2 * apq);
                const double t = copysign(1, theta) / (fabs(theta) + sqrt(theta * theta + 1)), c = 1 / sqrt(t * t + 1), s = t * c;
                for (size_t k = 0; k < d; k++) {
                    const double x = a[k * d + p], y = a[k * d + q];
                    a[k * d + p] = c * x - s * y, a[k * d + q] = s * x + c * y;
                }
                for (size_t k = 0; k < d; k++) {
                    const double x = a[p * d + k], y = a[q * d + k];
                    a[p * d + k] = c * x - s * y, a[q * d + k] = s * x + c * y;
                }
                for (size_t k = 0; k < d; k++) {
                    const double x = v[k * d + p], y = v[k * d + q];
                    v[k * d + p] = c * x - s * y, v[k * d + q] = s * x + c * y;
                }
            }
    }
}

static void moments(const double *x, size_t n, double *mean, double *sd)
{
    size_t there = 0;
    double sum = 0, squares = 0;
    for (size_t i = 0; i < n; i++) if (!isnan(x[i])) sum += x[i], there++;
    *mean = there ? sum / (double)there : 0;
    for (size_t i = 0; i < n; i++) if (!isnan(x[i])) squares += (x[i] - *mean) * (x[i] - *mean);
    *sd = there ? sqrt(squares / (double)there) : 0;
}

static mlp_status learn(const struct mlp_learn *l, struct mlp_cell *out, struct mlp_cell *book, struct mlp_error *error)
{
    (void)book;
    const size_t d = l->inputs, wanted = (size_t)l->use->args.at[MLP_REDUCER_COMPONENTS_N].num, made = wanted < d ? wanted : d;
    const bool scaled = l->use->args.at[MLP_REDUCER_COMPONENTS_SCALE].num != 0;
    double *const cell = mlp_arena_alloc(l->arena, (d + wanted * d) * sizeof *cell);
    double *const a = calloc(2 * d * d + d, sizeof *a), *const v = a + d * d, *const scale = v + d * d;
    if (!cell || !a) return free(a), mlp_no_memory(error, 2 * d * d * sizeof *a);
    for (size_t j = 0; j < d; j++) {
        double sd;
        moments(l->number[j], l->n, &cell[j], &sd);
        scale[j] = !(sd > 1e-12 * fabs(cell[j])) ? 0 : scaled ? 1 / sd : 1;
    }
    for (size_t j = 0; j < d; j++)
        for (size_t k = 0; k <= j; k++) {
            double sum = 0;
            for (size_t i = 0; i < l->n; i++) {
                const double x = (l->number[j][i] - cell[j]) * scale[j], y = (l->number[k][i] - cell[k]) * scale[k];
                if (!isnan(x) && !isnan(y)) sum += x * y;
            }
            a[j * d + k] = a[k * d + j] = l->n ? sum / (double)l->n : 0;
        }
    jacobi(a, v, d);
    for (size_t k = 0; k < made; k++) {
        size_t best = d, largest = 0;
        for (size_t j = 0; j < d; j++) if (!isnan(a[j * d + j]) && (best == d || a[j * d + j] > a[best * d + best])) best = j;
        if (best == d) break;
        for (size_t j = 1; j < d; j++) if (fabs(v[j * d + best]) > fabs(v[largest * d + best]) * (1 + 1e-12)) largest = j;
        const double sign = v[largest * d + best] < 0 ? -1 : 1;
        for (size_t j = 0; j < d; j++) cell[d + k * d + j] = sign * v[j * d + best] * scale[j];
        a[best * d + best] = NAN;                           /* taken */
    }
    free(a);
    *out = (struct mlp_cell){cell, d + wanted * d};
    return MLP_OK;
}

const struct mlp_reducer_ops mlp_reducer_components = {"reducer.components", NULL, learn};
