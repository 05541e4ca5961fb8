/* exact.h: sums of doubles without any rounding: a fixed-point number wide enough for all of them. What was added can be taken away
 * again and leaves no trace, so the sum of a window does not depend on the rows before it, on their order or on how it was made; it
 * is rounded once, when it is read. Finite values only; up to 2^30 additions. Owns nothing. */
#ifndef MLP_BASE_EXACT_H
#define MLP_BASE_EXACT_H
#include <stdint.h>

enum { MLP_EXACT_LIMBS = 70 };
struct mlp_exact { int64_t limb[MLP_EXACT_LIMBS]; int low, high; };   /* low..high were touched; low > high: zero */
void mlp_exact_init(struct mlp_exact *);
void mlp_exact_add(struct mlp_exact *, double);
/* a * b, exactly (where neither part of the product overflows or is subnormal). */
void mlp_exact_add_product(struct mlp_exact *, double a, double b);
double mlp_exact_round(const struct mlp_exact *);           /* the nearest double, ties to even */
/* Standard deviation (of the population: divided by n) of n values with this sum and sum of squares; at least 0. */
double mlp_exact_sd(const struct mlp_exact *sum, const struct mlp_exact *squares, uint64_t n);
#endif
