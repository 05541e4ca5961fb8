/* kernel_math.c: exp, log and their kin against an independent oracle: glibc's long double functions, and MPFR where they say that we are
 * more than 3 ulp off, and for a share of all samples, so that the oracle is checked too. At most 4 ulp, for every exponent, with the
 * values of C's Annex F at the edges. Levels and forms must agree bit for bit.
 * MLP_MATH_SAMPLES sets the number of samples per function (10,000,000). */
#include <float.h>
#include <math.h>
#include <mpfr.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "compiler/kernel/kernel.h"
#include "runtime/base/cpu.h"
#include "runtime/base/hash.h"
#include "tests/kernel/reference.h"

enum { CHUNK = 16384 };
enum { EXP, EXPM1, LOG, LOG1P, SIN, COS, TANH, POW, FNS };
typedef int mpfr_one(mpfr_ptr, mpfr_srcptr, mpfr_rnd_t);
static const struct { const char *name; enum ir_op op; long double (*libm)(long double); mpfr_one *exact; double lo, hi; } fns[FNS] = {
    { "exp", IR_EXP, expl, mpfr_exp, -750, 715 }, { "expm1", IR_EXPM1, expm1l, mpfr_expm1, -40, 40 }, { "log", IR_LOG, logl, mpfr_log, 0.5, 2 },
    { "log1p", IR_LOG1P, log1pl, mpfr_log1p, -1, 1 }, { "sin", IR_SIN, sinl, mpfr_sin, -200, 200 }, { "cos", IR_COS, cosl, mpfr_cos, -200, 200 },
    { "tanh", IR_TANH, tanhl, mpfr_tanh, -20, 20 }, { "pow", IR_POW, NULL, NULL, 0, 0 },
};
static union mlp_entry entry[2][FNS];
static struct kernel_code *code[2];
static unsigned levels;

static uint64_t samples(void)
{
    const char *said = getenv("MLP_MATH_SAMPLES");
    return said ? strtoull(said, NULL, 10) : 10000000;
}

static int open_kernels(void **unused)
{
    (void)unused;
    struct mlp_arena arena = { 0 };
    struct ir_graph g = { .arena = &arena };
    struct ir_out out[FNS];
    struct ir_kernel k[FNS];
    const char *symbol[FNS], *level[2] = { mlp_cpu_level(), "x86-64-v3" };
    ir_ix z = ir_leaf(&g, IR_ARG, IR_F, 1, 0, false), y = ir_leaf(&g, IR_ARG, IR_F, 0, 0, false);
    for (int f = 0; f < FNS; f++) {                         /* pow has two arguments: the value of a loss has too */
        out[f] = (struct ir_out){ f == POW ? ir_op(&g, IR_POW, (ir_ix[]){ y, z }, 2) : ir_op(&g, fns[f].op, &z, 1), MLP_OUT_F64 };
        k[f] = (struct ir_kernel){ symbol[f] = fns[f].name, f == POW ? MLP_K_LOSS : MLP_K_LINK, &out[f], 1, NULL, 0 };
    }
    levels = level[0] && !strcmp(level[0], "x86-64-v4") ? 2 : 1;
    for (unsigned l = 0; l < levels; l++) {
        struct mlp_buffer object = { 0 };
        struct mlp_error error = { 0 };
        if (kernel_emit(&(struct ir_module){ &g, k, FNS, NULL }, level[l], &object, &error)
            || kernel_load(object.at, object.n, symbol, FNS, entry[l], &code[l], &error)) { fprintf(stderr, "%s\n", error.text); return -1; }
        mlp_buffer_clear(&object);
    }
    mlp_arena_clear(&arena);
    return 0;
}

static int close_kernels(void **unused)
{
    (void)unused;
    for (unsigned l = 0; l < levels; l++) kernel_unload(code[l]);
    mpfr_free_cache();
    return 0;
}

static void run(unsigned level, int f, const double *x, const double *y, size_t n, double *out)
{
    if (f == POW) entry[level][f].loss(NULL, x, NULL, y, n, out, NULL, NULL);
    else entry[level][f].link(NULL, x, n, out);
}

/* ---- the oracle ---- */
static double ulp_of(long double exact)
{
    int e;
    frexpl(exact, &e);
    e -= 53;
    return ldexp(1, e < -1074 ? -1074 : e);
}

static double off_by(double got, long double exact)         /* in ulp of a double */
{
    if (isnan(got) || isnan(exact)) return isnan(got) && isnan(exact) ? 0 : INFINITY;
    if (fabsl(exact) > (long double)DBL_MAX) return isinf(got) && (got > 0) == (exact > 0) ? 0 : fabs(got) == DBL_MAX && fabsl(exact) < 0x1.00000000000018p1024L ? 1 : INFINITY;
    if (isinf(got)) return fabsl(exact) > (long double)DBL_MAX * (1 - 4e-16L) && (got > 0) == (exact > 0) ? 1 : INFINITY;
    return (double)(fabsl((long double)got - exact) / (long double)ulp_of(exact));
}

static long double exactly(int f, double x, double y)       /* MPFR, 200 bits, then rounded to a long double */
{
    mpfr_t a, b, r;
    mpfr_inits2(200, a, b, r, (mpfr_ptr)0);
    mpfr_set_d(a, x, MPFR_RNDN);
    mpfr_set_d(b, y, MPFR_RNDN);
    if (f == POW) mpfr_pow(r, a, b, MPFR_RNDN); else fns[f].exact(r, a, MPFR_RNDN);
    long double result = mpfr_get_ld(r, MPFR_RNDN);
    mpfr_clears(a, b, r, (mpfr_ptr)0);
    return result;
}

/* ---- samples ---- */
static double from_bits(uint64_t bits)
{
    double d;
    memcpy(&d, &bits, 8);
    return d;
}

static void draw(int f, uint64_t at, double *x, double *y)
{
    uint64_t bits = mlp_random(17, (uint64_t)f, 2 * at), more = mlp_random(18, (uint64_t)f, 2 * at + 1);
    double u = mlp_uniform(more);
    *y = 0;
    if (f == POW) {
        *x = from_bits(bits);
        if (at % 3 == 1) *x = 0.5 + 1.5 * mlp_uniform(bits);
        if (at % 8) *x = fabs(*x);
        *y = (u * 2200 - 1100) / log2(fabs(*x));            /* what keeps the result between underflow and overflow */
        if (at % 5 == 0) *y = round(*y);
        if (at % 7 == 0) *y = from_bits(more);
        if (at % 11 == 0) *y = round(u * 8 - 4) / 2;
        return;
    }
    if (at % 2) *x = from_bits(bits);                       /* every exponent, both signs */
    else *x = fns[f].lo + (fns[f].hi - fns[f].lo) * u;
    if (at % 16 == 2 && (f == SIN || f == COS)) *x = (double)(bits >> 34) * 1.5707963267948966;   /* where they are 0 or 1 */
    if (at % 16 == 4 && (f == LOG)) *x = 1 + ldexp(u - 0.5, -(int)(bits % 50));
    if (at % 16 == 4 && (f == LOG1P || f == EXPM1 || f == TANH)) *x = ldexp(u - 0.5, -(int)(bits % 60));
    if (f == LOG && at % 64) *x = fabs(*x);
}

static void one_function(int f)
{
    static double x[CHUNK], y[CHUNK], out[CHUNK], other[CHUNK];
    double worst = 0, worst_x = 0, worst_y = 0;
    uint64_t total = samples(), in_doubt = 0;
    for (uint64_t from = 0; from < total; from += CHUNK) {
        size_t n = total - from < CHUNK ? (size_t)(total - from) : CHUNK;
        for (size_t i = 0; i < n; i++) draw(f, from + i, &x[i], &y[i]);
        run(0, f, x, y, n, out);
        if (levels > 1) {
            run(1, f, x, y, n, other);
            assert_memory_equal(out, other, n * 8);
        }
        for (size_t i = from / CHUNK % 64; i < n; i += 64) {
            run(0, f, x + i, y + i, 1, other);
            assert_memory_equal(out + i, other, 8);
        }
        for (size_t i = 0; i < n; i++) {
            long double exact = f == POW ? powl(x[i], y[i]) : fns[f].libm(x[i]);
            double off = off_by(out[i], exact);
            if (off > 3 || (from + i) % 1000 == 0) in_doubt += off > 3, off = off_by(out[i], exactly(f, x[i], y[i]));
            if (off > worst) worst = off, worst_x = x[i], worst_y = y[i];
        }
    }
    printf("%-6s %llu samples: at most %.3f ulp, at %a%s", fns[f].name, (unsigned long long)total, worst, worst_x, f == POW ? " ^ " : "");
    if (f == POW) printf("%a", worst_y);
    printf(" (%llu in doubt)\n", (unsigned long long)in_doubt);
    assert_true(worst <= 4);
}

static void exp_sampled(void **u) { (void)u; one_function(EXP); }
static void expm1_sampled(void **u) { (void)u; one_function(EXPM1); }
static void log_sampled(void **u) { (void)u; one_function(LOG); }
static void log1p_sampled(void **u) { (void)u; one_function(LOG1P); }
static void sin_sampled(void **u) { (void)u; one_function(SIN); }
static void cos_sampled(void **u) { (void)u; one_function(COS); }
static void tanh_sampled(void **u) { (void)u; one_function(TANH); }
static void pow_sampled(void **u) { (void)u; one_function(POW); }

/* ---- edges: NaN where libm has NaN, the same infinities, zeros with the same sign ---- */
static void edges(void **unused)
{
    (void)unused;
    static const double v[] = { 0, -0.0, 1, -1, INFINITY, -INFINITY, NAN, 0.5, -0.5, 2, -2, 3, -3, 2.5, -2.5, 1e-300, -1e-300, 5e-324, -5e-324, 0x1p-1022,
        -0x1p-1022, DBL_MAX, -DBL_MAX, 0x1.62e42fefa39efp9, 0x1.62e42fefa39fp9, -0x1.74385446d71c3p9, -0x1.74910d52d3051p9, -0x1.74910d52d3052p9, -745.2, 709.79, 1e308,
        0x1.fffffffffffffp-1, 0x1.0000000000001p0, -0x1.fffffffffffffp-1, 0x1p52, 0x1p53, 0x1.fffffffffffffp52, -0x1.fffffffffffffp52, 0x1p54, 4503599627370497.5,
        0x1.921fb54442d18p0, 0x1.921fb54442d18p1, 0x1.2d97c7f3321d2p1, 0x1.6ac5b262ca1ffp849 /* nearest to a multiple of pi/2 */, 0x1p27, -0x1p27, 0x1.fffffffffffffp26,
        0x1p1023, -0x1p1023, 0x1p28, 20, -20, 22, 1e-8, -1e-8, 0.41421356, -0.2928932, 1.4142135623730951, 0.7071067811865475 };
    enum { V = sizeof v / sizeof *v };
    for (int f = 0; f < FNS; f++)
        for (int i = 0; i < V; i++)
            for (int j = 0; j < (f == POW ? V : 1); j++) {
                double got, other, x = v[i], y = v[j];
                run(0, f, &x, &y, 1, &got);
                run(levels - 1, f, &x, &y, 1, &other);
                assert_memory_equal(&got, &other, 8);
                long double want = f == POW ? powl(x, y) : fns[f].libm(x);
                double off = off_by(got, want);
                if (off > 3 && isfinite(want) && isfinite(x) && isfinite(y)) off = off_by(got, exactly(f, x, y));
                if (off > 4 || (got == 0 && (signbit(got) != 0) != (signbit(want) != 0)))
                    fail_msg("%s(%a, %a) is %a, not %La", fns[f].name, x, y, got, want);
            }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(edges), cmocka_unit_test(exp_sampled), cmocka_unit_test(expm1_sampled), cmocka_unit_test(log_sampled), cmocka_unit_test(log1p_sampled),
        cmocka_unit_test(sin_sampled), cmocka_unit_test(cos_sampled), cmocka_unit_test(tanh_sampled), cmocka_unit_test(pow_sampled),
    };
    return cmocka_run_group_tests(tests, open_kernels, close_kernels);
}
