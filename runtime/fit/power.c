/* power.c: the exponent of Yeo and Johnson (2000) under which the training values look most normal: maximum likelihood, found by
 * Brent's method. The transform itself is an expression in stdlib/; here it is only tried out. */
#include <math.h>
#include <stdbool.h>
#include "runtime/fit/fit.h"

struct sample { const double *x; size_t n; double jacobian; };   /* jacobian: sum of sign(x) log(1 + |x|) */

static double transformed(double x, double power)
{
    if (x >= 0) return power == 0 ? log1p(x) : expm1(power * log1p(x)) / power;
    return power == 2 ? -log1p(-x) : -expm1((2 - power) * log1p(-x)) / (2 - power);
}

/* Minus the profile log-likelihood; not a number counts as the worst. In one pass (Welford), so that no room is needed. */
static double cost(const struct sample *s, double power)
{
    double mean = 0, squares = 0;
    for (size_t i = 0; i < s->n; i++) {
        const double y = transformed(s->x[i], power), from = y - mean;
        mean += from / (double)(i + 1), squares += from * (y - mean);
    }
    const double v = (double)s->n / 2 * log(squares / (double)s->n) - (power - 1) * s->jacobian;
    return isnan(v) ? INFINITY : v;
}

/* Brent (1973): golden sections, and parabolas where they fit. */
static double minimum(const struct sample *s, double a, double b)
{
    const double golden = 0.3819660112501051, tolerance = 1e-9;
    double x = a + golden * (b - a), w = x, v = x, fx = cost(s, x), fw = fx, fv = fx, step = 0, before = 0;
    for (int turn = 0; turn < 200; turn++) {
        const double middle = (a + b) / 2, near = tolerance * fabs(x) + 1e-11;
        if (fabs(x - middle) <= 2 * near - (b - a) / 2) break;
        bool parabola = fabs(before) > near;
        if (parabola) {
            const double r = (x - w) * (fx - fv), q = (x - v) * (fx - fw);
            double p = (x - v) * q - (x - w) * r, d = 2 * (q - r);
            if (d > 0) p = -p;
            else d = -d;
            parabola = fabs(p) < fabs(d * before / 2) && p > d * (a - x) && p < d * (b - x);
            before = step;
            if (parabola) {
                step = p / d;
                if (x + step - a < 2 * near || b - x - step < 2 * near) step = x < middle ? near : -near;
            }
        }
        if (!parabola) before = x < middle ? b - x : a - x, step = golden * before;
        const double u = fabs(step) >= near ? x + step : x + (step > 0 ? near : -near), fu = cost(s, u);
        if (fu <= fx) {
            if (u < x) b = x;
            else a = x;
            v = w, fv = fw, w = x, fw = fx, x = u, fx = fu;
        } else {
            if (u < x) a = u;
            else b = u;
            if (fu <= fw || w == x) v = w, fv = fw, w = u, fw = fu;
            else if (fu <= fv || v == x || v == w) v = u, fv = fu;
        }
    }
    return x;
}

static double power(double *x, size_t n, const struct mlp_use *use)
{
    (void)use;
    bool varies = false;
    struct sample s = {.x = x, .n = n};
    for (size_t i = 0; i < n; i++) varies |= x[i] != x[0], s.jacobian += copysign(log1p(fabs(x[i])), x[i]);
    if (!varies) return n ? 1 : NAN;                        /* one value: any exponent is as good, and 1 changes nothing */
    double a = -2, b = 2;                                   /* widened while the best of three stands at an end */
    for (int turn = 0; turn < 6; turn++) {
        const double best = minimum(&s, a, b), margin = 1e-3 * (b - a);
        if (best - a > margin && b - best > margin) { a = best; break; }
        if (best - a <= margin) a -= b - a;
        else b += b - a;
        if (turn == 5) a = best;
    }
    return a;
}
const struct mlp_reducer_ops mlp_reducer_yeo_johnson_power = {"reducer.yeo_johnson_power", power, NULL};
