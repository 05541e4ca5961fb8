/* lookup.c: where a number stands in a learnt table of ascending numbers. */
#include <stdbool.h>
#include "runtime/calls.h"

/* Numbers of a table that are below x (or_equal: or equal to it). A table that was all missing is one NaN: none is. */
static uint64_t below(const double *at, uint64_t n, double x, bool or_equal)
{
    uint64_t from = 0;
    for (uint64_t left = n; left;) {
        const uint64_t half = left / 2;
        const bool more = or_equal ? at[from + half] <= x : at[from + half] < x;
        if (more) from += half + 1, left -= half + 1;
        else left = half;
    }
    return from;
}

double mlp_call_place(const double *at, uint64_t n, double x) { return (double)below(at, n, x, true); }

double mlp_call_rank(const double *at, uint64_t n, double x)
{
    const uint64_t low = below(at, n, x, false), high = below(at, n, x, true);
    double rank;
    if (n < 2 || at[0] != at[0]) return n && at[0] == at[0] ? 0.5 : 0.0 / 0.0;
    if (high > low) rank = ((double)low + (double)(high - 1)) / 2;
    else if (!high) rank = 0;
    else if (high == n) rank = (double)(n - 1);
    else rank = (double)(high - 1) + (x - at[high - 1]) / (at[high] - at[high - 1]);
    return rank / (double)(n - 1);
}
