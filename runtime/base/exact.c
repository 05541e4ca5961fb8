/* exact.c: limb i holds a multiple of 2^(32 i - BIAS) as a signed number of 64 bits: 32 bits of room for carries that wait. */
#include "runtime/base/exact.h"
#include <math.h>
#include <stdbool.h>
#include <string.h>

enum { BIAS = 1088 };                                       /* the last bit of the smallest double is 2^-1074 */

void mlp_exact_init(struct mlp_exact *x)
{
    memset(x->limb, 0, sizeof x->limb);
    x->low = MLP_EXACT_LIMBS, x->high = -1;
}

void mlp_exact_add(struct mlp_exact *x, double v)
{
    uint64_t bits;
    memcpy(&bits, &v, sizeof bits);
    const unsigned exponent = (unsigned)(bits >> 52 & 0x7ff);
    uint64_t m = bits & 0xfffffffffffffu;
    if (exponent) m |= 1ull << 52;
    if (!m || exponent == 0x7ff) return;
    const unsigned place = (exponent ? exponent : 1) - 1075 + BIAS, at = place >> 5, shift = place & 31;
    const unsigned __int128 wide = (unsigned __int128)m << shift;
    const int64_t sign = bits >> 63 ? -1 : 1;
    x->limb[at] += sign * (int64_t)(uint32_t)wide;
    x->limb[at + 1] += sign * (int64_t)(uint32_t)(wide >> 32);
    x->limb[at + 2] += sign * (int64_t)(uint32_t)(wide >> 64);
    if ((int)at < x->low) x->low = (int)at;
    if ((int)at + 2 > x->high) x->high = (int)at + 2;
}

void mlp_exact_add_product(struct mlp_exact *x, double a, double b)
{
    const double high = a * b;
    mlp_exact_add(x, high);
    mlp_exact_add(x, fma(a, b, -high));
}

double mlp_exact_round(const struct mlp_exact *x)
{
    uint32_t digit[MLP_EXACT_LIMBS + 2];
    if (x->high < x->low) return 0;
    int n = 0;
    int64_t carry = 0;
    for (int i = x->low; i <= x->high; i++) {
        const int64_t v = x->limb[i] + carry;
        digit[n++] = (uint32_t)v, carry = v >> 32;
    }
    digit[n++] = (uint32_t)carry, digit[n++] = (uint32_t)(carry >> 32);
    const bool negative = digit[n - 1] >> 31;
    if (negative) {
        uint64_t borrow = 1;
        for (int i = 0; i < n; i++) borrow += (uint32_t)~digit[i], digit[i] = (uint32_t)borrow, borrow >>= 32;
    }
    int top = n - 1;
    while (top >= 0 && !digit[top]) top--;
    if (top < 0) return 0;
    unsigned __int128 head = 0;                             /* 96 bits from the top digit on, then whether anything is below */
    for (int i = 0; i < 3; i++) head = head << 32 | (top - i >= 0 ? digit[top - i] : 0);
    unsigned below = 0;
    for (int i = top - 3; i >= 0; i--) below |= digit[i] != 0;
    const int lead = __builtin_clz(digit[top]);
    head <<= 32 + lead;                                     /* the first bit is bit 127 */
    const uint64_t rest = (uint64_t)(head >> 64) & 0x7ff;
    below |= (uint64_t)head != 0;
    uint64_t m = (uint64_t)(head >> 75);
    if (rest > 0x400 || (rest == 0x400 && (below || (m & 1)))) m++;
    const double v = ldexp((double)m, (top + x->low) * 32 - BIAS + 31 - lead - 52);
    return negative ? -v : v;
}

/* As three doubles that do not overlap: 159 bits of it. */
static void split(const struct mlp_exact *x, double part[3])
{
    struct mlp_exact rest = *x;
    for (int i = 0; i < 3; i++) {
        part[i] = mlp_exact_round(&rest);
        mlp_exact_add(&rest, -part[i]);
    }
}

double mlp_exact_sd(const struct mlp_exact *sum, const struct mlp_exact *squares, uint64_t n)
{
    double s[3], q[3];
    struct mlp_exact spread;                                /* n * squares - sum^2: nothing cancels before it is rounded */
    split(sum, s), split(squares, q);
    mlp_exact_init(&spread);
    for (int i = 0; i < 3; i++) {
        mlp_exact_add_product(&spread, (double)n, q[i]);
        for (int k = 0; k < 3; k++) mlp_exact_add_product(&spread, -s[i], s[k]);
    }
    const double v = mlp_exact_round(&spread);
    return v > 0 ? sqrt(v) / (double)n : 0;
}
