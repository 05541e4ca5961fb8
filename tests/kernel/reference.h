/* reference.h: an interpreter of expression graphs, one row at a time, written as plainly as can be: what the emitter is compared with.
 * Exact operations must agree bit for bit; exp, log and their kin come from libm here and agree to a few ulp. */
#ifndef TESTS_KERNEL_REFERENCE_H
#define TESTS_KERNEL_REFERENCE_H
#include "compiler/plan/ir.h"
#include "runtime/calls.h"

struct ref_env { const struct ir_graph *graph; const struct mlp_ctx *ctx;
                 const struct mlp_in *in; const mlp_ix *slot; uint32_t slots;   /* of a map */
                 double y, score; bool ieee;                /* of a loss or link: numbers are IEEE's, nothing is missing */
                 size_t row; };
struct ref_value { bool ok, truth; double num; int64_t integer; uint32_t code; struct mlp_str text; };
struct ref_value ref_eval(const struct ref_env *, ir_ix);
uint32_t ref_lookup(bool rank);                             /* the row of kernels.def that LOOKUP calls: place, or rank */
bool ref_bit(const uint64_t *valid, size_t row);            /* NULL: true */
double ref_mod(double a, double b);
/* As a map kernel would write it, rows 0..n-1. */
void ref_map(const struct ir_graph *, const struct ir_kernel *, const struct mlp_ctx *, const struct mlp_in *, size_t n, const struct mlp_out *);
#endif
