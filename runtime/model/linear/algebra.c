/* algebra.c: the dense algebra of a second-order step: dot, axpy, Cholesky. Written for problems of up to a few thousand columns;
 * the order of every sum is fixed by the code, so results do not depend on threads or on a library. */
#include "runtime/model/linear/linear.h"
#include <math.h>
#include <string.h>

typedef double v4 __attribute__((vector_size(32), aligned(8), may_alias));   /* loads need no alignment */

double mlp_linear_dot(const double *a, const double *b, size_t n)
{
    v4 s0 = {0}, s1 = {0}, s2 = {0}, s3 = {0};
    size_t i = 0;
    for (; i + 16 <= n; i += 16) {
        s0 += *(const v4 *)(a + i) * *(const v4 *)(b + i);
        s1 += *(const v4 *)(a + i + 4) * *(const v4 *)(b + i + 4);
        s2 += *(const v4 *)(a + i + 8) * *(const v4 *)(b + i + 8);
        s3 += *(const v4 *)(a + i + 12) * *(const v4 *)(b + i + 12);
    }
    s0 = (s0 + s1) + (s2 + s3);
    double s = (s0[0] + s0[1]) + (s0[2] + s0[3]);
    for (; i < n; i++) s += a[i] * b[i];
    return s;
}

void mlp_linear_axpy(double a, const double *x, double *y, size_t n)
{
    size_t i = 0;
    for (; i + 4 <= n; i += 4) *(v4 *)(y + i) += a * *(const v4 *)(x + i);
    for (; i < n; i++) y[i] += a * x[i];
}

size_t mlp_linear_factor(double *a, size_t n)
{
    size_t out = 0;
    for (size_t i = 0; i < n; i++) {
        double *row = a + i * n;
        for (size_t j = 0; j < i; j++)                      /* a pivot of infinity makes its column of the factor 0 */
            row[j] = (row[j] - mlp_linear_dot(row, a + j * n, j)) / a[j * n + j];
        double pivot = row[i] - mlp_linear_dot(row, row, i);
        if (pivot > 1e-12 * row[i] && pivot > 0) row[i] = sqrt(pivot);
        else row[i] = INFINITY, out++;
    }
    return out;
}

void mlp_linear_solve(const double *l, size_t n, double *b)
{
    for (size_t i = 0; i < n; i++) b[i] = (b[i] - mlp_linear_dot(l + i * n, b, i)) / l[i * n + i];
    for (size_t i = n; i-- > 0;) {
        b[i] /= l[i * n + i];
        mlp_linear_axpy(-b[i], l + i * n, b, i);
    }
}
