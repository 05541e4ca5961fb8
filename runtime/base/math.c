/* math.c: exp by halving the range to ±ln2/2 and a polynomial; log by the series of 2 artanh. Constants are those of fdlibm's
 * public analysis, evaluation is Horner's in this order: no contraction, so the bits are the same everywhere. */
#include "runtime/base/math.h"
#include <math.h>
#include <stdint.h>
#include <string.h>

static double scale(double x, int k)                        /* x 2^k, k in -1022..1023 */
{
    const uint64_t bits = (uint64_t)(k + 1023) << 52;
    double two;
    memcpy(&two, &bits, sizeof two);
    return x * two;
}

static const double LN2_HIGH = 6.93147180369123816490e-01, LN2_LOW = 1.90821492927058770002e-10;

double mlp_exp(double x)
{
    if (x != x) return x;
    if (x > 709.782712893384) return INFINITY;
    if (x < -745.2) return 0;
    const double k = rint(x * 1.44269504088896338700), hi = x - k * LN2_HIGH, lo = k * LN2_LOW, r = hi - lo, t = r * r;
    const double c = r - t * (1.66666666666666019037e-01 + t * (-2.77777777770155933842e-03 + t * (6.61375632143793436117e-05 +
                              t * (-1.65339022054652515390e-06 + t * 4.13813679705723846039e-08))));
    const double y = 1 - ((lo - r * c / (2 - c)) - hi);
    const int n = (int)k;
    if (n > 1022) return scale(scale(y, 1000), n - 1000);
    return n < -1021 ? scale(scale(y, n + 1000), -1000) : scale(y, n);
}

double mlp_log(double x)
{
    if (x != x || x < 0) return NAN;
    if (x == 0) return -INFINITY;
    if (x == INFINITY) return x;
    int k = 0;
    if (x < 2.2250738585072014e-308) x *= 18014398509481984.0, k = -54;
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    k += (int)(bits >> 52) - 1023;
    bits = (bits & 0xfffffffffffffu) | (uint64_t)1023 << 52;
    memcpy(&x, &bits, sizeof x);
    if (x > 1.41421356237309504880) x *= 0.5, k++;
    const double f = x - 1, s = f / (2 + f), z = s * s, w = z * z, half = 0.5 * f * f, n = k;
    const double even = w * (3.999999999940941908e-01 + w * (2.222219843214978396e-01 + w * 1.531383769920937332e-01));
    const double odd = z * (6.666666666666735130e-01 + w * (2.857142874366239149e-01 + w * (1.818357216161805012e-01 +
                            w * 1.479819860511658591e-01)));
    return n * LN2_HIGH - ((half - (s * (half + even + odd) + n * LN2_LOW)) - f);
}

double mlp_log1p(double x)
{
    const double u = 1 + x;
    return u == 1 ? x : u == INFINITY ? u : mlp_log(u) * (x / (u - 1));
}

double mlp_sigmoid(double x)
{
    const double e = mlp_exp(x < 0 ? x : -x);
    return (x < 0 ? e : 1) / (1 + e);
}
