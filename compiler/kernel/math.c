/* math.c: exp, log and their kin as straight code on lanes: reductions and polynomials, no calls, no tables but one for 2/pi. Each is one local
 * function per lane count, made when first used. All are good to a few ulp (at most 4; tests/unit/kernel_math.c measures) for every
 * argument, subnormals, zeros with their sign, infinities and NaN included, as C's Annex F has it. fma is written where it stands.
 * Reductions and the tails of sin, cos, log and log1p follow FreeBSD's msun (Sun Microsystems 1993; permission to use freely). */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include "compiler/kernel/emit.h"

#define N(x) lanes_num(e, x)
#define I(x) lanes_int(e, e->i64, x)
#define ADD(a, b) LLVMBuildFAdd(e->at, a, b, "")
#define SUB(a, b) LLVMBuildFSub(e->at, a, b, "")
#define MUL(a, b) LLVMBuildFMul(e->at, a, b, "")
#define DIV(a, b) LLVMBuildFDiv(e->at, a, b, "")
#define NEG(a) LLVMBuildFNeg(e->at, a, "")
#define FMA(a, b, c) lanes_fma(e, a, b, c)
#define IADD(a, b) LLVMBuildAdd(e->at, a, b, "")
#define ISUB(a, b) LLVMBuildSub(e->at, a, b, "")
#define IAND(a, b) LLVMBuildAnd(e->at, a, b, "")
#define IOR(a, b) LLVMBuildOr(e->at, a, b, "")
#define IXOR(a, b) LLVMBuildXor(e->at, a, b, "")
#define SHL(a, b) LLVMBuildShl(e->at, a, b, "")
#define SHR(a, b) LLVMBuildLShr(e->at, a, b, "")
#define IF(mask, yes, no) lanes_select(e, mask, yes, no)
#define CMP(op, a, b) lanes_fcmp(e, LLVMReal##op, a, b)
#define BITS(a) LLVMBuildBitCast(e->at, a, lanes_type(e, e->i64), "")
#define REAL(a) LLVMBuildBitCast(e->at, a, lanes_type(e, e->f64), "")
#define ABS(a) lanes_abs(e, a)
#define MAGIC 0x1.8p52                                      /* adding it rounds to a whole number, which then stands in the low bits */
#define MAGIC_BITS 0x4338000000000000

/* Estrin's scheme: short chains; the order is part of the result. */
static lv poly(struct emit *e, lv x, const double *c, unsigned n)
{
    lv term[16];
    for (unsigned i = 0; i < n; i++) term[i] = N(c[i]);
    for (lv power = x; n > 1; n = (n + 1) / 2) {
        for (unsigned i = 0; i < n / 2; i++) term[i] = FMA(term[2 * i + 1], power, term[2 * i]);
        if (n & 1) term[n / 2] = term[n - 1];
        if (n > 2) power = MUL(power, power);
    }
    return term[0];
}

static lv to_real(struct emit *e, lv small) { return SUB(REAL(IADD(small, I(MAGIC_BITS))), N(MAGIC)); }   /* |small| < 2^51 */
static lv power_of_two(struct emit *e, lv k) { return REAL(SHL(IADD(k, I(1023)), I(52))); }     /* -1022 <= k <= 1023 */
static lv zero_sign(struct emit *e, lv x) { return IAND(BITS(x), I(INT64_MIN)); }

/* y * 2^k for |k| <= 2044, in two exact steps but for the last rounding. */
static lv scale(struct emit *e, lv y, lv k)
{
    lv half = ISUB(SHR(IADD(k, I(4096)), I(1)), I(2048));
    return MUL(MUL(y, power_of_two(e, half)), power_of_two(e, ISUB(k, half)));
}

/* ---- exp, expm1 ---- */
static const double exp_tail[] = { 1.0 / 2, 1.0 / 6, 1.0 / 24, 1.0 / 120, 1.0 / 720, 1.0 / 5040, 1.0 / 40320, 1.0 / 362880, 1.0 / 3628800,
                                   1.0 / 39916800, 1.0 / 479001600, 1.0 / 6227020800 };
struct exp_parts { lv k, r, rest; };                        /* x = k ln 2 + r and a little; e^x = 2^k (1 + r + rest) */

static struct exp_parts exp_parts(struct emit *e, lv x, lv low, double least)   /* low: NULL, or what x + low adds */
{
    x = IF(CMP(OLT, x, N(least)), N(least), x);             /* NaN stays */
    x = IF(CMP(OGT, x, N(710)), N(710), x);
    lv t = FMA(x, N(0x1.71547652b82fep0), N(MAGIC)), n = NEG(SUB(t, N(MAGIC)));
    lv first = FMA(n, N(0x1.62e42fefa39efp-1), x), r = FMA(n, N(0x1.abc9e3b39803fp-56), first);   /* first is exact */
    lv little = FMA(n, N(0x1.abc9e3b39803fp-56), SUB(first, r));
    if (low) {                                              /* too large for `little`: it belongs to r */
        lv more = ADD(r, low);
        little = ADD(little, SUB(low, SUB(more, r)));
        r = more;
    }
    lv rest = FMA(MUL(r, r), poly(e, r, exp_tail, sizeof exp_tail / sizeof *exp_tail), little);
    return (struct exp_parts){ ISUB(BITS(t), I(MAGIC_BITS)), r, rest };
}

static lv build_exp(struct emit *e, lv x)
{
    struct exp_parts s = exp_parts(e, x, NULL, -746);
    return scale(e, ADD(N(1), ADD(s.r, s.rest)), s.k);
}

static lv build_expm1(struct emit *e, lv x)                 /* ((1 - 2^-k) + r + rest) 2^k; below -50 it is -1 */
{
    struct exp_parts s = exp_parts(e, x, NULL, -50);
    lv small_k = lanes_intrinsic(e, "llvm.smin", s.k, I(64), NULL);
    lv one = SUB(N(1), power_of_two(e, ISUB(I(0), small_k))), high = ADD(one, s.r);
    lv low = IF(CMP(OEQ, one, N(0)), N(0), ADD(SUB(one, high), s.r));   /* what that sum lost */
    return IF(CMP(OEQ, x, N(0)), x, scale(e, ADD(high, ADD(s.rest, low)), s.k));
}

/* ---- log, log1p ---- */
static const double log_tail[] = { 6.666666666666735130e-01, 3.999999999940941908e-01, 2.857142874366239149e-01, 2.222219843214978396e-01,
                                   1.818357216161805012e-01, 1.531383769920937332e-01, 1.479819860511658591e-01 };
enum { ROOT_HALF = 0x3fe6a09e };                            /* the high word of sqrt(1/2) */

/* x = 2^k m with m in [sqrt(1/2), sqrt(2)); x is positive and normal. */
static void log_split(struct emit *e, lv x, lv *k, lv *m)
{
    lv ix = IADD(BITS(x), I((int64_t)(0x3ff00000 - ROOT_HALF) << 32));
    *k = ISUB(SHR(ix, I(52)), I(0x3ff));
    *m = REAL(IADD(IAND(ix, I(0x000fffffffffffff)), I((int64_t)ROOT_HALF << 32)));
}

/* log(1 + f) + k ln 2 + c */
static lv log_join(struct emit *e, lv f, lv k, lv c)
{
    lv half_square = MUL(MUL(N(0.5), f), f), s = DIV(f, ADD(N(2), f)), z = MUL(s, s);
    lv rest = MUL(z, poly(e, z, log_tail, sizeof log_tail / sizeof *log_tail)), low = MUL(k, N(1.90821492927058770002e-10));
    if (c) low = ADD(low, c);
    return ADD(ADD(SUB(ADD(MUL(s, ADD(half_square, rest)), low), half_square), f), MUL(k, N(6.93147180369123816490e-01)));
}

static lv log_edges(struct emit *e, lv x, lv result, lv zero_at)   /* zero_at: where the logarithm is minus infinity */
{
    result = IF(CMP(OLT, x, N(INFINITY)), result, x);       /* infinity and NaN: themselves */
    result = IF(CMP(OLT, x, zero_at), N(NAN), result);
    return IF(CMP(OEQ, x, zero_at), N(-INFINITY), result);
}

static lv build_log(struct emit *e, lv x)
{
    lv tiny = CMP(OLT, x, N(0x1p-1022)), k, m;
    log_split(e, IF(tiny, MUL(x, N(0x1p54)), x), &k, &m);
    k = ISUB(k, IF(tiny, I(54), I(0)));
    return log_edges(e, x, log_join(e, SUB(m, N(1)), to_real(e, k), NULL), N(0));
}

static lv build_log1p(struct emit *e, lv x)
{
    lv u = ADD(N(1), x), k, m;
    log_split(e, u, &k, &m);
    lv real_k = to_real(e, k), c = IF(CMP(OGE, real_k, N(2)), SUB(N(1), SUB(u, x)), SUB(x, SUB(u, N(1))));
    lv near = lanes_and(e, CMP(OGT, x, N(-0.2928932)), CMP(OLT, x, N(0.41421356)));   /* 1 + x needs no reduction: nothing is lost */
    lv f = IF(near, x, SUB(m, N(1)));
    real_k = IF(near, N(0), real_k);
    c = IF(near, N(0), DIV(c, u));
    lv result = IF(CMP(OEQ, x, N(0)), x, log_join(e, f, real_k, c));
    return log_edges(e, x, result, N(-1));
}

static lv build_tanh(struct emit *e, lv x)                  /* -t / (t + 2) with t = expm1(-2|x|), and x's sign */
{
    lv t = math_call(e, MATH_EXPM1, MUL(N(-2), ABS(x)), NULL);
    lv y = DIV(NEG(t), ADD(t, N(2)));
    return REAL(IOR(BITS(ABS(y)), zero_sign(e, x)));
}

/* ---- rare lanes: one by one through a scalar function ---- */
/* fn(a, b) writes results to out[0..2]; the lanes of `mask` get them, the others keep what result holds. */
struct rare { lv fn, a, b, out, result[3]; unsigned results; };
static void rare_lane(struct emit *e, void *data, lv i)
{
    struct rare *r = data;
    lv arg[3] = { LLVMBuildLoad2(e->at, e->f64, emit_at(e, r->a, i, 8), ""), LLVMBuildLoad2(e->at, e->f64, emit_at(e, r->b, i, 8), ""), r->out };
    LLVMBuildCall2(e->at, LLVMGlobalGetValueType(r->fn), r->fn, arg, 3, "");
    for (unsigned k = 0; k < r->results; k++) LLVMBuildStore(e->at, emit_field(e, e->f64, r->out, 8u * k), emit_at(e, r->result[k], i, 8));
}

static void rare(struct emit *e, lv mask, lv fn, lv a, lv b, lv *result, unsigned results)
{
    LLVMBasicBlockRef here = LLVMGetInsertBlock(e->at), slow = emit_block(e), on = emit_block(e);
    struct rare r = { .fn = fn, .results = results };
    r.a = emit_alloca(e, e->f64, EMIT_BLOCK), r.b = emit_alloca(e, e->f64, EMIT_BLOCK), r.out = emit_alloca(e, e->f64, 3);
    for (unsigned k = 0; k < results; k++) r.result[k] = emit_alloca(e, e->f64, EMIT_BLOCK);
    LLVMBuildCondBr(e->at, lanes_any(e, mask), slow, on);
    LLVMPositionBuilderAtEnd(e->at, slow);
    lanes_store(e, a, r.a, 8);
    lanes_store(e, b, r.b, 8);
    emit_loop(e, LLVMConstInt(e->i64, 0, 0), LLVMConstInt(e->i64, e->lanes, 0), 1, rare_lane, &r);
    lv mixed[3];
    for (unsigned k = 0; k < results; k++) mixed[k] = IF(mask, lanes_load(e, e->f64, r.result[k]), result[k]);
    slow = LLVMGetInsertBlock(e->at);
    LLVMBuildBr(e->at, on);
    LLVMPositionBuilderAtEnd(e->at, on);
    for (unsigned k = 0; k < results; k++) {
        lv joined = LLVMBuildPhi(e->at, lanes_type(e, e->f64), "");
        LLVMAddIncoming(joined, (lv[]){ result[k], mixed[k] }, (LLVMBasicBlockRef[]){ here, slow }, 2);
        result[k] = joined;
    }
}

struct place { LLVMBasicBlockRef block; lv function; unsigned lanes; };
static struct place leave(struct emit *e) { return (struct place){ LLVMGetInsertBlock(e->at), e->function, e->lanes }; }
static void back(struct emit *e, struct place p)
{
    LLVMPositionBuilderAtEnd(e->at, p.block);
    e->function = p.function, e->lanes = p.lanes;
}
static lv rare_function(struct emit *e, const char *name)   /* void(double, double, double out[3]), scalar; current on return */
{
    e->lanes = 1;
    return emit_function(e, name, LLVMFunctionType(e->none, (LLVMTypeRef[]){ e->f64, e->f64, e->ptr }, 3, 0), true);
}

/* ---- sin, cos ---- */
static const uint64_t two_over_pi[] = { 0, 0xa2f9836e4e441529, 0xfc2757d1f534ddc0, 0xdb6295993c439041, 0xfe5163abdebbc561, 0xb7246e3a424dd2e0,
    0x06492eea09d1921c, 0xfe1deb1cb129a73e, 0xe88235f52ebb4484, 0xe99c7026b45f7e41, 0x3991d639835339f4, 0x9c845f8bbdf9283b, 0x1ff897ffde05980f,
    0xef2f118b5a0a6d1f, 0x6d367ecf27cb09b7, 0x4f463f669e5fea2d, 0x7527bac7ebe5f17b, 0x3d0739f78a5292ea, 0x6bfb5fb11f8d5d08, 0x56033046fc7b6bab,
    0xf0cfbc209af4361d };
#define HALF_PI_1 0x1.921fb54442d18p0
#define HALF_PI_2 0x1.1a62633145c07p-54
#define HALF_PI_3 -0x1.f1976b7ed8fbcp-110
#define TRIG_BIG 0x1p27

static lv two_sum(struct emit *e, lv a, lv b, lv *low)      /* |a| >= |b| */
{
    lv s = ADD(a, b);
    *low = SUB(b, SUB(s, a));
    return s;
}

/* Payne and Hanek: of the positive x = m 2^k only the 192 bits of 2/pi matter that put m's product into [0, 4). out: r high, r low,
 * quadrant as a number. */
static lv reduce_function(struct emit *e)
{
    if (e->reduce) return e->reduce;
    struct place here = leave(e);
    lv words[sizeof two_over_pi / sizeof *two_over_pi];
    for (unsigned i = 0; i < sizeof words / sizeof *words; i++) words[i] = LLVMConstInt(e->i64, two_over_pi[i], 0);
    lv table = emit_private(e, "two_over_pi", LLVMConstArray2(e->i64, words, sizeof words / sizeof *words));
    e->reduce = rare_function(e, "reduce");
    lv bits = BITS(LLVMGetParam(e->reduce, 0)), out = LLVMGetParam(e->reduce, 2);
    lv offset = ISUB(SHR(bits, I(52)), I(1013)), m = IOR(IAND(bits, I(0x000fffffffffffff)), I(0x0010000000000000));
    lv from = emit_at(e, table, SHR(offset, I(6)), 8), shift = IAND(offset, I(63)), t[4], w[3];
    for (unsigned i = 0; i < 4; i++) t[i] = emit_field(e, e->i64, from, 8u * i);
    for (unsigned i = 0; i < 3; i++) w[i] = lanes_intrinsic(e, "llvm.fshl", t[i], t[i + 1], shift);
#define LONG(a) LLVMBuildZExt(e->at, a, e->i128, "")
#define LOW(a) LLVMBuildTrunc(e->at, a, e->i64, "")
    lv sixty_four = LLVMConstInt(e->i128, 64, 0);
    lv p2 = LLVMBuildMul(e->at, LONG(m), LONG(w[2]), ""), p1 = IADD(LLVMBuildMul(e->at, LONG(m), LONG(w[1]), ""), SHR(p2, sixty_four));
    lv l2 = LOW(p2), l1 = LOW(p1), l0 = IADD(LLVMBuildMul(e->at, m, w[0], ""), LOW(SHR(p1, sixty_four)));
    lv half = IAND(SHR(l0, I(61)), I(1)), quadrant = IADD(SHR(l0, I(62)), half), flip = ISUB(I(0), half);   /* nearest: fraction in [-1/2, 1/2] */
    lv f0 = IXOR(lanes_intrinsic(e, "llvm.fshl", l0, l1, I(2)), flip), f1 = IXOR(lanes_intrinsic(e, "llvm.fshl", l1, l2, I(2)), flip);
    lv f2 = IXOR(SHL(l2, I(2)), flip);
#define PART(word, by, weight) MUL(LLVMBuildSIToFP(e->at, IAND(SHR(word, I(by)), I(0xffffffff)), e->f64, ""), N(weight))
    lv a0 = PART(f0, 32, 0x1p-32), a1 = PART(f0, 0, 0x1p-64), a2 = PART(f1, 32, 0x1p-96), a3 = PART(f1, 0, 0x1p-128), a4 = PART(f2, 32, 0x1p-160);
    lv low2, low1, low0, h2 = two_sum(e, a2, ADD(a3, a4), &low2), h1 = two_sum(e, a1, h2, &low1), h = two_sum(e, a0, h1, &low0);
    lv low = ADD(low0, ADD(low1, low2)), high = MUL(h, N(HALF_PI_1));
    low = ADD(FMA(h, N(HALF_PI_1), NEG(high)), ADD(MUL(h, N(HALF_PI_2)), MUL(low, N(HALF_PI_1))));
    high = two_sum(e, high, low, &low);
    lv sign = SHL(half, I(63));
    LLVMBuildStore(e->at, REAL(IXOR(BITS(high), sign)), out);
    LLVMBuildStore(e->at, REAL(IXOR(BITS(low), sign)), emit_at(e, out, I(1), 8));
    LLVMBuildStore(e->at, LLVMBuildSIToFP(e->at, quadrant, e->f64, ""), emit_at(e, out, I(2), 8));
    LLVMBuildRetVoid(e->at);
    back(e, here);
    return e->reduce;
}

static lv sin_core(struct emit *e, lv x, lv y)              /* |x| <= pi/4, y its tail */
{
    static const double s[] = { 8.33333333332248946124e-03, -1.98412698298579493134e-04, 2.75573137070700676789e-06,
                                -2.50507602534068634195e-08, 1.58969099521155010221e-10 };
    lv z = MUL(x, x), v = MUL(z, x), r = poly(e, z, s, 5);
    return SUB(x, SUB(SUB(MUL(z, SUB(MUL(N(0.5), y), MUL(v, r))), y), MUL(v, N(-1.66666666666666324348e-01))));
}

static lv cos_core(struct emit *e, lv x, lv y)
{
    static const double c[] = { 4.16666666666666019037e-02, -1.38888888888741095749e-03, 2.48015872894767294178e-05, -2.75573143513906633035e-07,
                                2.08757232129817482790e-09, -1.13596475577881948265e-11 };
    lv z = MUL(x, x), r = MUL(z, poly(e, z, c, 6)), half = MUL(N(0.5), z), w = SUB(N(1), half);
    return ADD(w, ADD(SUB(SUB(N(1), w), half), SUB(MUL(z, r), MUL(x, y))));
}

static lv build_trig(struct emit *e, lv x, bool cosine)
{
    lv t = FMA(x, N(0x1.45f306dc9c883p-1), N(MAGIC)), n = NEG(SUB(t, N(MAGIC)));
    lv r0 = FMA(n, N(HALF_PI_1), x), step = MUL(n, N(HALF_PI_2)), step_low = FMA(n, N(HALF_PI_2), NEG(step));   /* r0 is exact below TRIG_BIG */
    lv r[3];                                                /* high, low, quadrant */
    r[0] = ADD(r0, step);
    lv b = SUB(r[0], r0);                                   /* two_sum of r0 and step, whichever is larger */
    r[1] = ADD(ADD(ADD(SUB(r0, SUB(r[0], b)), SUB(step, b)), step_low), MUL(n, N(HALF_PI_3)));
    lv tidy = ADD(r[0], r[1]);
    r[1] = ADD(SUB(r[0], tidy), r[1]);
    r[0] = tidy;
    r[2] = NEG(n);
    lv big = lanes_and(e, CMP(OGE, ABS(x), N(TRIG_BIG)), CMP(OLT, ABS(x), N(INFINITY)));
    lv sign = IF(big, zero_sign(e, x), I(0));               /* big ones were reduced without it */
    rare(e, big, reduce_function(e), IF(big, ABS(x), N(TRIG_BIG)), x, r, 3);
    lv high = REAL(IXOR(BITS(r[0]), sign)), low = REAL(IXOR(BITS(r[1]), sign));
    lv q = BITS(ADD(REAL(IXOR(BITS(r[2]), sign)), N(MAGIC)));
    if (cosine) q = IADD(q, I(1));
    lv odd = lanes_icmp(e, LLVMIntNE, IAND(q, I(1)), I(0));
    lv y = IF(odd, cos_core(e, high, low), sin_core(e, high, low));
    y = REAL(IXOR(BITS(y), SHL(IAND(q, I(2)), I(62))));
    return cosine ? y : IF(CMP(OEQ, x, N(0)), x, y);        /* the sign of zero */
}

/* ---- pow ---- */
/* log of a positive normal m 2^k to about 2^-66, as high + low. */
static lv log_long(struct emit *e, lv x, lv *low)
{
    static const double c[] = { 2.0 / 5, 2.0 / 7, 2.0 / 9, 2.0 / 11, 2.0 / 13, 2.0 / 15, 2.0 / 17, 2.0 / 19, 2.0 / 21, 2.0 / 23 };
    lv tiny = CMP(OLT, x, N(0x1p-1022)), whole, m;
    log_split(e, IF(tiny, MUL(x, N(0x1p54)), x), &whole, &m);
    lv k = to_real(e, ISUB(whole, IF(tiny, I(54), I(0))));
    lv f = SUB(m, N(1)), t = ADD(m, N(1)), t_low = SUB(m, SUB(t, N(1)));
    lv s = DIV(f, t), s_low = DIV(FMA(NEG(s), t_low, FMA(NEG(s), t, f)), t);
    lv z = MUL(s, s), z_low = FMA(N(2), MUL(s, s_low), FMA(s, s, NEG(z)));
    lv q = poly(e, z, c, sizeof c / sizeof *c);             /* log m = 2s + s^3 (2/3 + z q) */
    lv zq = MUL(z, q), zq_low = FMA(z_low, q, FMA(z, q, NEG(zq)));
    lv a_low, a = two_sum(e, N(0x1.5555555555555p-1), zq, &a_low);
    a_low = ADD(a_low, ADD(zq_low, N(0x1.5555555555555p-55)));
    lv cube = MUL(z, s), cube_low = ADD(FMA(z, s, NEG(cube)), FMA(z, s_low, MUL(z_low, s)));
    lv b = MUL(cube, a), b_low = ADD(FMA(cube, a, NEG(b)), FMA(cube, a_low, MUL(cube_low, a)));
    lv m_low, log_m = two_sum(e, MUL(N(2), s), b, &m_low);
    m_low = ADD(m_low, FMA(N(2), s_low, b_low));
    lv kh = MUL(k, N(0x1.62e42fefa3800p-1));                /* exact: the constant ends in 11 zero bits */
    lv sum = ADD(kh, log_m), bb = SUB(sum, kh), sum_low = ADD(SUB(kh, SUB(sum, bb)), SUB(log_m, bb));
    sum_low = ADD(sum_low, FMA(k, N(0x1.ef35793c76730p-45), m_low));
    return two_sum(e, sum, sum_low, low);
}

static lv build_pow(struct emit *e, lv x, lv y)
{
    lv ax = ABS(x), low, high = log_long(e, ax, &low);
    lv p = MUL(y, high), p_low = ADD(FMA(y, high, NEG(p)), MUL(y, low));
    p_low = IF(CMP(OLT, ABS(p), N(800)), p_low, N(0));      /* beyond, only overflow and underflow are left (and inf - inf) */
    struct exp_parts s = exp_parts(e, p, p_low, -746);
    lv result = scale(e, ADD(N(1), ADD(s.r, s.rest)), s.k);
    lv zero_x = CMP(OEQ, ax, N(0)), inf_x = CMP(OEQ, ax, N(INFINITY)), inf_y = CMP(OEQ, ABS(y), N(INFINITY));
    lv up = CMP(OGT, y, N(0));                              /* |x| = 0, inf and |y| = inf: 0 or inf by their sense */
    result = IF(zero_x, IF(up, N(0), N(INFINITY)), result);
    result = IF(inf_x, IF(up, N(INFINITY), N(0)), result);
    lv grows = CMP(OGT, ax, N(1)), same = lanes_or(e, lanes_and(e, grows, up), lanes_and(e, lanes_not(e, grows), lanes_not(e, up)));
    result = IF(inf_y, IF(same, N(INFINITY), N(0)), result);
    result = IF(lanes_and(e, inf_y, CMP(OEQ, ax, N(1))), N(1), result);
    lv whole = lanes_or(e, CMP(OEQ, lanes_intrinsic(e, "llvm.trunc", y, NULL, NULL), y), inf_y), half_y = MUL(y, N(0.5));
    lv odd = lanes_and(e, whole, lanes_not(e, lanes_or(e, CMP(OEQ, lanes_intrinsic(e, "llvm.trunc", half_y, NULL, NULL), half_y), inf_y)));
    result = REAL(IXOR(BITS(result), IF(odd, zero_sign(e, x), I(0))));
    lv negative = lanes_and(e, CMP(OLT, x, N(0)), lanes_not(e, inf_x));
    result = IF(lanes_and(e, negative, lanes_not(e, whole)), N(NAN), result);
    result = IF(CMP(UNO, x, y), N(NAN), result);
    return IF(lanes_or(e, CMP(OEQ, y, N(0)), CMP(OEQ, x, N(1))), N(1), result);
}

/* ---- the exact remainder ---- */
static lv field_of(struct emit *e, lv x)                    /* the exponent's field of a positive number, also of subnormals */
{
    lv tiny = CMP(OLT, x, N(0x1p-1022));
    return ISUB(SHR(BITS(IF(tiny, MUL(x, N(0x1p54)), x)), I(52)), IF(tiny, I(54), I(0)));
}

/* out[0] = fmod(|a|, |b|) for finite b != 0: long division, 50 bits of the quotient a step, each step exact. */
static lv remainder_function(struct emit *e)
{
    struct place here = leave(e);
    lv fn = rare_function(e, "remainder"), a = ABS(LLVMGetParam(fn, 0)), b = ABS(LLVMGetParam(fn, 1));
    LLVMBasicBlockRef entry = LLVMGetInsertBlock(e->at), test = emit_block(e), step = emit_block(e), done = emit_block(e);
    LLVMBuildBr(e->at, test);
    LLVMPositionBuilderAtEnd(e->at, test);
    lv r = LLVMBuildPhi(e->at, e->f64, "");
    LLVMBuildCondBr(e->at, CMP(OGE, r, b), step, done);
    LLVMPositionBuilderAtEnd(e->at, step);
    lv up = lanes_intrinsic(e, "llvm.smax", ISUB(ISUB(field_of(e, r), field_of(e, b)), I(50)), I(0), NULL);   /* at most 2048 */
    lv part = SHR(up, I(2)), p = power_of_two(e, part), last = power_of_two(e, ISUB(up, IADD(part, SHL(part, I(1)))));
    lv d = MUL(MUL(MUL(MUL(b, p), p), p), last), q = lanes_intrinsic(e, "llvm.trunc", DIV(r, d), NULL, NULL);
    lv rest = FMA(NEG(q), d, r), next = IF(CMP(OLT, rest, N(0)), ADD(rest, d), rest);     /* q may be one too large */
    LLVMBuildBr(e->at, test);
    LLVMAddIncoming(r, (lv[]){ a, next }, (LLVMBasicBlockRef[]){ entry, step }, 2);
    LLVMPositionBuilderAtEnd(e->at, done);
    LLVMBuildStore(e->at, r, LLVMGetParam(fn, 2));
    LLVMBuildRetVoid(e->at);
    back(e, here);
    return fn;
}

static lv build_mod(struct emit *e, lv a, lv b)             /* Python's %: exact, with the sign of b */
{
    lv q = DIV(a, b), k = lanes_intrinsic(e, "llvm.floor", q, NULL, NULL);
    lv r = FMA(NEG(k), b, a);                               /* exact; k is at most one too large */
    lv far = lanes_and(e, CMP(OGE, ABS(q), N(0x1p52)), lanes_and(e, lanes_finite(e, a), lanes_and(e, lanes_finite(e, b), CMP(ONE, b, N(0)))));
    lv long_way = N(0);
    rare(e, far, remainder_function(e), IF(far, a, N(0)), IF(far, b, N(1)), &long_way, 1);
    r = IF(far, REAL(IOR(BITS(long_way), zero_sign(e, a))), r);
    lv differs = CMP(OLT, MUL(IF(CMP(OLT, r, N(0)), N(-1), N(1)), IF(CMP(OLT, b, N(0)), N(-1), N(1))), N(0));
    r = IF(lanes_and(e, differs, CMP(ONE, r, N(0))), ADD(r, b), r);
    return IF(CMP(OEQ, r, N(0)), REAL(zero_sign(e, b)), r);
}

/* ---- one local function per lane count ---- */
lv math_call(struct emit *e, enum math_fn which, lv a, lv b)
{
    static const char *const name[] = { "exp", "expm1", "log", "log1p", "sin", "cos", "tanh", "pow", "mod" };
    lv *fn = &e->math[which][e->lanes == 1];
    unsigned args = which == MATH_POW || which == MATH_MOD ? 2 : 1;
    if (!*fn) {
        struct place here = leave(e);
        LLVMTypeRef type = lanes_type(e, e->f64);
        char symbol[24];
        snprintf(symbol, sizeof symbol, "%s.%u", name[which], e->lanes);
        lv self = emit_function(e, symbol, LLVMFunctionType(type, (LLVMTypeRef[]){ type, type }, args, 0), true), result = NULL;
        *fn = self;
        lv x = LLVMGetParam(self, 0), y = args > 1 ? LLVMGetParam(self, 1) : NULL;
        switch (which) {
        case MATH_EXP: result = build_exp(e, x); break;
        case MATH_EXPM1: result = build_expm1(e, x); break;
        case MATH_LOG: result = build_log(e, x); break;
        case MATH_LOG1P: result = build_log1p(e, x); break;
        case MATH_SIN: result = build_trig(e, x, false); break;
        case MATH_COS: result = build_trig(e, x, true); break;
        case MATH_TANH: result = build_tanh(e, x); break;
        case MATH_POW: result = build_pow(e, x, y); break;
        default: result = build_mod(e, x, y); break;
        }
        LLVMBuildRet(e->at, result);
        back(e, here);
    }
    return LLVMBuildCall2(e->at, LLVMGlobalGetValueType(*fn), *fn, (lv[]){ a, b }, args, "");
}
