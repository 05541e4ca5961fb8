/* lanes.c: the few operations on "W values at once" that everything else is written in. Here, and only here, one lane and many
 * differ: a scalar or a vector, a mask of i1 or of i64. Nothing here may give other bits for other lane counts. */
#include <math.h>
#include <string.h>
#include "compiler/kernel/emit.h"

LLVMTypeRef lanes_type(struct emit *e, LLVMTypeRef scalar) { return e->lanes == 1 ? scalar : LLVMVectorType(scalar, e->lanes); }
static bool wide(const struct emit *e) { return e->lanes > 1 && e->wide_masks; }
LLVMTypeRef lanes_mask_type(struct emit *e) { return lanes_type(e, wide(e) ? e->i64 : e->i1); }

static lv spread(struct emit *e, lv constant)
{
    if (e->lanes == 1) return constant;
    lv all[EMIT_BLOCK];
    for (unsigned i = 0; i < e->lanes; i++) all[i] = constant;
    return LLVMConstVector(all, e->lanes);
}

lv lanes_splat(struct emit *e, lv scalar)
{
    if (e->lanes == 1) return scalar;
    if (LLVMIsConstant(scalar)) return spread(e, scalar);
    LLVMTypeRef type = lanes_type(e, LLVMTypeOf(scalar));
    lv one = LLVMBuildInsertElement(e->at, LLVMGetPoison(type), scalar, LLVMConstInt(e->i32, 0, 0), "");
    return LLVMBuildShuffleVector(e->at, one, LLVMGetPoison(type), LLVMConstNull(LLVMVectorType(e->i32, e->lanes)), "");
}

lv lanes_num(struct emit *e, double num) { return spread(e, LLVMConstReal(e->f64, num)); }
lv lanes_int(struct emit *e, LLVMTypeRef scalar, int64_t value) { return spread(e, LLVMConstInt(scalar, (uint64_t)value, 1)); }

lv lanes_intrinsic(struct emit *e, const char *name, lv a, lv b, lv c)
{
    LLVMTypeRef type = LLVMTypeOf(a);
    unsigned id = LLVMLookupIntrinsicID(name, strlen(name));
    lv fn = LLVMGetIntrinsicDeclaration(e->module, id, &type, 1), arg[] = { a, b, c };
    return LLVMBuildCall2(e->at, LLVMIntrinsicGetType(e->context, id, &type, 1), fn, arg, c ? 3 : b ? 2 : 1, "");
}

lv lanes_fma(struct emit *e, lv a, lv b, lv c) { return lanes_intrinsic(e, "llvm.fma", a, b, c); }
lv lanes_abs(struct emit *e, lv a) { return lanes_intrinsic(e, "llvm.fabs", a, NULL, NULL); }

/* ---- masks ---- */
static lv widen(struct emit *e, lv bits) { return wide(e) ? LLVMBuildSExt(e->at, bits, lanes_mask_type(e), "") : bits; }
static lv narrow(struct emit *e, lv mask)
{
    return wide(e) ? LLVMBuildICmp(e->at, LLVMIntSLT, mask, LLVMConstNull(LLVMTypeOf(mask)), "") : mask;
}

lv lanes_fcmp(struct emit *e, LLVMRealPredicate p, lv a, lv b) { return widen(e, LLVMBuildFCmp(e->at, p, a, b, "")); }
lv lanes_icmp(struct emit *e, LLVMIntPredicate p, lv a, lv b) { return widen(e, LLVMBuildICmp(e->at, p, a, b, "")); }
lv lanes_truth(struct emit *e, bool truth) { return truth ? LLVMConstAllOnes(lanes_mask_type(e)) : LLVMConstNull(lanes_mask_type(e)); }
lv lanes_and(struct emit *e, lv a, lv b) { return !a ? b : !b ? a : LLVMBuildAnd(e->at, a, b, ""); }
lv lanes_or(struct emit *e, lv a, lv b) { return !a || !b ? NULL : LLVMBuildOr(e->at, a, b, ""); }
lv lanes_not(struct emit *e, lv a) { return a ? LLVMBuildNot(e->at, a, "") : lanes_truth(e, false); }

lv lanes_select(struct emit *e, lv mask, lv yes, lv no)
{
    if (!mask || yes == no) return yes;
    if (LLVMTypeOf(yes) == LLVMTypeOf(mask) && (wide(e) || LLVMTypeOf(mask) == lanes_type(e, e->i1)))   /* masks: plain logic, no blend of bits */
        return LLVMBuildOr(e->at, LLVMBuildAnd(e->at, mask, yes, ""), LLVMBuildAnd(e->at, LLVMBuildNot(e->at, mask, ""), no, ""), "");
    LLVMTypeRef type = LLVMTypeOf(yes), whole = type == e->f64 ? e->i64 : type == e->f32 ? e->i32 : NULL;
    if (!whole) return LLVMBuildSelect(e->at, narrow(e, mask), yes, no, "");
    /* one number: as bits, so that it is a conditional move; of numbers LLVM makes a branch, at a quadratic cost in time */
    yes = LLVMBuildBitCast(e->at, yes, whole, ""), no = LLVMBuildBitCast(e->at, no, whole, "");
    return LLVMBuildBitCast(e->at, LLVMBuildSelect(e->at, mask, yes, no, ""), type, "");
}

lv lanes_bits(struct emit *e, lv mask)
{
    if (e->lanes == 1) return LLVMBuildZExt(e->at, mask, e->i8, "");
    return LLVMBuildBitCast(e->at, narrow(e, mask), e->i8, "");
}

lv lanes_any(struct emit *e, lv mask)
{
    return e->lanes == 1 ? mask : LLVMBuildICmp(e->at, LLVMIntNE, lanes_bits(e, mask), LLVMConstInt(e->i8, 0, 0), "");
}

lv lanes_from_bits(struct emit *e, lv byte)
{
    if (!wide(e)) return LLVMBuildBitCast(e->at, byte, lanes_mask_type(e), "");
    lv bit[EMIT_BLOCK];
    for (unsigned i = 0; i < EMIT_BLOCK; i++) bit[i] = LLVMConstInt(e->i64, 1u << i, 0);
    lv bits = LLVMConstVector(bit, EMIT_BLOCK), all = lanes_splat(e, LLVMBuildZExt(e->at, byte, e->i64, ""));
    return widen(e, LLVMBuildICmp(e->at, LLVMIntEQ, LLVMBuildAnd(e->at, all, bits, ""), bits, ""));
}

lv lanes_finite(struct emit *e, lv a)
{
    LLVMTypeRef type = LLVMTypeOf(a), scalar = e->lanes == 1 ? type : LLVMGetElementType(type);
    return lanes_fcmp(e, LLVMRealOLT, lanes_abs(e, a), spread(e, LLVMConstReal(scalar, INFINITY)));
}

/* ---- lanes one by one, and memory ---- */
lv lanes_extract(struct emit *e, lv a, unsigned lane)
{
    return e->lanes == 1 ? a : LLVMBuildExtractElement(e->at, a, LLVMConstInt(e->i32, lane, 0), "");
}

lv lanes_insert(struct emit *e, lv to, lv scalar, unsigned lane)
{
    if (e->lanes == 1) return scalar;
    if (!to) to = LLVMGetPoison(lanes_type(e, LLVMTypeOf(scalar)));
    return LLVMBuildInsertElement(e->at, to, scalar, LLVMConstInt(e->i32, lane, 0), "");
}

lv lanes_load(struct emit *e, LLVMTypeRef scalar, lv address)
{
    lv value = LLVMBuildLoad2(e->at, lanes_type(e, scalar), address, "");
    LLVMSetAlignment(value, scalar == e->i32 || scalar == e->f32 ? 4 : 8);   /* columns are aligned to their elements only */
    return value;
}

void lanes_store(struct emit *e, lv value, lv address, unsigned align) { LLVMSetAlignment(LLVMBuildStore(e->at, value, address), align); }
