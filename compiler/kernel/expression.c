/* expression.c: the values of a graph's nodes in the rows at hand. Nodes are built in index order, each once per loop body, without
 * a branch: an `if` is a select and a missing value is a mask. In a map a number that is not finite is missing, at every step; in
 * losses and links (e->ieee) numbers are IEEE's, so that 1 / (1 + exp(-z)) is 0 for a very low z, and nothing has a mask.
 * This file must not know how rows are looped over or where results go. */
#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include "compiler/kernel/emit.h"
#include "runtime/calls.h"

static const struct { const char *name, *signature; } calls[] = {
#define CALL(name, result, args, signature) { #name, signature },
#include "runtime/kernels.def"
};

/* ---- the entry block: what does not depend on rows ---- */
static lv constant_nan(struct emit *e)
{
    return e->nan ? e->nan : (e->nan = emit_private(e, "nan", LLVMConstReal(e->f64, NAN)));
}

/* Address and number of elements of a cell; one that the state does not have is empty. */
static void open_cell(struct frame *f, lv index, lv *at, lv *count)
{
    struct emit *e = f->e;
    lv zero = LLVMConstInt(e->i64, 0, 0);
    if (!e->empty_cell) e->empty_cell = emit_private(e, "empty", LLVMConstArray2(e->i64, (lv[]){ zero, zero }, 2));
    lv state = emit_field(e, e->ptr, f->ctx, offsetof(struct mlp_ctx, state));
    lv cells = LLVMBuildZExt(e->at, emit_field(e, e->i32, state, offsetof(struct mlp_state, n)), e->i64, "");
    lv there = LLVMBuildICmp(e->at, LLVMIntULT, index, cells, "");
    lv first = emit_field(e, e->ptr, state, offsetof(struct mlp_state, cell));
    lv cell = LLVMBuildSelect(e->at, there, emit_at(e, first, index, sizeof(struct mlp_cell)), e->empty_cell, "");
    *count = emit_field(e, e->i64, cell, offsetof(struct mlp_cell, n));
    lv some = LLVMBuildICmp(e->at, LLVMIntNE, *count, zero, "");
    *at = LLVMBuildSelect(e->at, some, emit_field(e, e->ptr, cell, offsetof(struct mlp_cell, at)), constant_nan(e), "");
}

struct fetch { struct frame *f; lv table; };
static void fetch_one(struct emit *e, void *data, lv i)     /* cells[i] = element table[i].sub of cell table[i].index, or NaN */
{
    struct fetch *t = data;
    lv at, count, pair = emit_at(e, t->table, i, 16), sub = emit_field(e, e->i64, pair, 8);
    open_cell(t->f, emit_field(e, e->i64, pair, 0), &at, &count);
    lv in = LLVMBuildICmp(e->at, LLVMIntULT, sub, count, "");
    lv number = LLVMBuildLoad2(e->at, e->f64, LLVMBuildSelect(e->at, in, emit_at(e, at, sub, 8), constant_nan(e), ""), "");
    LLVMBuildStore(e->at, number, emit_at(e, t->f->cells, i, 8));
}

/* One loop over a constant table: a kernel of a thousand columns does not grow by its cells. */
static bool fetch_cells(struct frame *f)
{
    struct emit *e = f->e;
    uint32_t n = 0;
    for (ir_ix i = 0; i < f->nodes; i++) n += f->live[i] && e->graph->node[i].op == IR_CELL;
    if (n == 0) return true;
    lv *pair = calloc(2 * (size_t)n, sizeof *pair);
    if (!pair) return false;
    n = 0;
    for (ir_ix i = 0; i < f->nodes; i++) {
        if (!f->live[i] || e->graph->node[i].op != IR_CELL) continue;
        pair[2 * n] = LLVMConstInt(e->i64, e->graph->node[i].index, 0), pair[2 * n + 1] = LLVMConstInt(e->i64, e->graph->node[i].sub, 0);
        f->leaf[i].cell = n++;
    }
    struct fetch t = { f, emit_private(e, "cells", LLVMConstArray2(e->i64, pair, 2 * (uint64_t)n)) };
    free(pair);
    f->cells = emit_alloca(e, e->f64, n);
    emit_loop(e, LLVMConstInt(e->i64, 0, 0), LLVMConstInt(e->i64, n, 0), 1, fetch_one, &t);
    return true;
}

static lv text_memory(struct emit *e, unsigned count) { return emit_alloca(e, LLVMArrayType2(e->i64, 2), count); }   /* struct mlp_str */

lv emit_text(struct emit *e, const char *text)              /* built on the stack: no relocation in data */
{
    size_t n = strlen(text);
    lv memory = text_memory(e, 1), bytes = emit_private(e, "text", LLVMConstStringInContext2(e->context, text, n, 0));
    LLVMBuildStore(e->at, bytes, memory);
    LLVMBuildStore(e->at, LLVMConstInt(e->i64, n, 0), emit_at(e, memory, LLVMConstInt(e->i64, offsetof(struct mlp_str, n), 0), 1));
    return memory;
}

static void open_leaf(struct frame *f, ir_ix i)
{
    struct emit *e = f->e;
    const struct ir_node *n = &e->graph->node[i];
    switch (n->op) {
    case IR_TEXT: f->leaf[i].at = emit_text(e, n->text); break;
    case IR_ZONE: f->leaf[i].at = calendar_table(e, n); break;
    case IR_PARAM:                                          /* mlp_param_text */
        if (n->type == IR_S) f->leaf[i].at = emit_at(e, emit_field(e, e->ptr, f->ctx, offsetof(struct mlp_ctx, param)),
                                                     LLVMConstInt(e->i64, (unsigned long long)(-1 - (long long)n->index), 1), sizeof(struct mlp_str));
        break;
    case IR_CELL_AT: case IR_LOOKUP: open_cell(f, LLVMConstInt(e->i64, n->index, 0), &f->leaf[i].at, &f->leaf[i].count); break;
    case IR_CALL:
        f->leaf[i].at = emit_field(e, e->ptr, emit_field(e, e->ptr, f->ctx, offsetof(struct mlp_ctx, call)), 8ull * n->index);
        f->leaf[i].count = emit_text(e, "");            /* what a lane without a text passes */
        if (n->type == IR_S) f->leaf[i].texts = text_memory(e, EMIT_BLOCK);
        break;
    default: break;
    }
}

bool frame_open(struct frame *f, struct emit *e, const struct ir_kernel *k, const ir_ix *root, uint32_t roots)
{
    f->e = e, f->kernel = k, f->nodes = 0;
    for (uint32_t i = 0; i < roots; i++) f->nodes = root[i] >= f->nodes ? root[i] + 1 : f->nodes;
    f->live = calloc(f->nodes, sizeof *f->live);
    f->leaf = calloc(f->nodes, sizeof *f->leaf);
    f->value = calloc(f->nodes, sizeof *f->value);
    f->done = calloc(f->nodes, sizeof *f->done);
    f->stack = calloc(3 * (size_t)f->nodes + 1, sizeof *f->stack);
    if (!f->live || !f->leaf || !f->value || !f->done || !f->stack) {
        e->status = mlp_no_memory(e->error, f->nodes * (sizeof *f->leaf + sizeof *f->value));
        return false;
    }
    for (uint32_t i = 0; i < roots; i++) f->live[root[i]] = true;
    for (ir_ix i = f->nodes; i-- > 0; )
        for (unsigned a = 0; f->live[i] && a < e->graph->node[i].args; a++) f->live[e->graph->node[i].arg[a]] = true;
    for (ir_ix i = 0; i < f->nodes; i++) if (f->live[i]) open_leaf(f, i);
    if (fetch_cells(f)) return true;
    e->status = mlp_no_memory(e->error, f->nodes * sizeof(lv));
    return false;
}

void frame_close(struct frame *f)
{
    free(f->live);
    free(f->leaf);
    free(f->value);
    free(f->done);
    free(f->stack);
}

/* ---- rows ---- */
lv frame_valid(struct frame *f, ir_ix i)
{
    const struct ir_node *n = &f->e->graph->node[i];
    if (n->type != IR_C) return f->value[i].ok;
    return n->nullable ? lanes_icmp(f->e, LLVMIntNE, f->value[i].v, lanes_int(f->e, f->e->i32, 0)) : NULL;
}

/* The validity of rows row.. of a slot: one byte holds a block's. No bitmap: eight set bits, always the same byte. */
static lv slot_bits(struct frame *f, uint32_t slot, lv row)
{
    struct emit *e = f->e;
    if (!e->ones) e->ones = emit_private(e, "ones", LLVMConstInt(e->i8, 255, 0));
    lv valid = emit_field(e, e->ptr, f->in, slot * sizeof(struct mlp_in) + offsetof(struct mlp_in, valid)), none = LLVMBuildIsNull(e->at, valid, "");
    lv at = LLVMBuildSelect(e->at, none, LLVMConstInt(e->i64, 0, 0), LLVMBuildLShr(e->at, row, LLVMConstInt(e->i64, 3, 0), ""), "");
    lv byte = LLVMBuildLoad2(e->at, e->i8, emit_at(e, LLVMBuildSelect(e->at, none, e->ones, valid, ""), at, 1), "");
    if (e->lanes > 1) return lanes_from_bits(e, byte);
    lv bit = LLVMBuildAnd(e->at, LLVMBuildTrunc(e->at, row, e->i8, ""), LLVMConstInt(e->i8, 7, 0), "");
    return LLVMBuildTrunc(e->at, LLVMBuildLShr(e->at, byte, bit, ""), e->i1, "");
}

static struct lane_value load_slot(struct frame *f, const struct ir_node *n, lv row)
{
    struct emit *e = f->e;
    uint32_t s = 0;
    while (s < f->kernel->slots && f->kernel->slot[s] != n->index) s++;
    if (s == f->kernel->slots || !f->in) {
        emit_bug(e, "kernel %s reads slot %u, which is not in its list", f->kernel->symbol, n->index);
        return (struct lane_value){ LLVMGetPoison(lanes_type(e, e->f64)), NULL };
    }
    lv ok = n->nullable ? slot_bits(f, s, row) : NULL, data = emit_field(e, e->ptr, f->in, s * sizeof(struct mlp_in) + offsetof(struct mlp_in, data));
    switch (n->type) {
    case IR_F: return (struct lane_value){ lanes_load(e, e->f64, emit_at(e, data, row, 8)), ok };
    case IR_I: return (struct lane_value){ lanes_load(e, e->i64, emit_at(e, data, row, 8)), ok };
    case IR_B: return (struct lane_value){ lanes_fcmp(e, LLVMRealUNE, lanes_load(e, e->f64, emit_at(e, data, row, 8)), lanes_num(e, 0)), ok };
    case IR_C: return (struct lane_value){ lanes_select(e, ok, lanes_load(e, e->i32, emit_at(e, data, row, 4)), lanes_int(e, e->i32, 0)), NULL };
    default: {
        lv at = NULL;
        for (unsigned i = 0; i < e->lanes; i++)
            at = lanes_insert(e, at, emit_at(e, data, LLVMBuildAdd(e->at, row, LLVMConstInt(e->i64, i, 0), ""), sizeof(struct mlp_str)), i);
        return (struct lane_value){ at, ok };
    }
    }
}

static struct lane_value given(struct frame *f, const struct ir_node *n, lv scalar)
{
    lv v = lanes_splat(f->e, scalar);
    return (struct lane_value){ v, f->e->ieee || !n->nullable ? NULL : lanes_finite(f->e, v) };
}

static struct lane_value missing(struct emit *e, uint8_t type)
{
    lv never = e->ieee ? NULL : lanes_truth(e, false);
    switch (type) {
    case IR_F: return (struct lane_value){ lanes_num(e, NAN), never };
    case IR_I: return (struct lane_value){ lanes_int(e, e->i64, 0), never };
    case IR_B: return (struct lane_value){ lanes_truth(e, false), never };
    case IR_C: return (struct lane_value){ lanes_int(e, e->i32, 0), NULL };
    default: return (struct lane_value){ LLVMConstNull(lanes_type(e, e->ptr)), never };
    }
}

static lv order(struct emit *e, const struct ir_node *n, uint8_t type, lv a, lv b)
{
    static const LLVMRealPredicate real[] = { LLVMRealOEQ, LLVMRealUNE, LLVMRealOLT, LLVMRealOLE, LLVMRealOGT, LLVMRealOGE };
    static const LLVMIntPredicate whole[] = { LLVMIntEQ, LLVMIntNE, LLVMIntSLT, LLVMIntSLE, LLVMIntSGT, LLVMIntSGE };
    static const LLVMIntPredicate code[] = { LLVMIntEQ, LLVMIntNE, LLVMIntULT, LLVMIntULE, LLVMIntUGT, LLVMIntUGE };
    unsigned which = n->op - IR_EQ;
    if (type == IR_F) return lanes_fcmp(e, real[which], a, b);
    if (type == IR_B) {                                     /* as 0 and 1 */
        a = lanes_select(e, a, lanes_num(e, 1), lanes_num(e, 0)), b = lanes_select(e, b, lanes_num(e, 1), lanes_num(e, 0));
        return lanes_fcmp(e, real[which], a, b);
    }
    return lanes_icmp(e, type == IR_C ? code[which] : whole[which], a, b);
}

static lv is_one_of(struct emit *e, const struct ir_node *n, lv code)
{
    lv in = lanes_truth(e, false);
    for (uint32_t i = 0; i < n->n_codes; ) {                /* runs of neighbours: one comparison each */
        uint32_t end = i + 1;
        while (end < n->n_codes && n->codes[end] == n->codes[end - 1] + 1) end++;
        lv from = lanes_int(e, e->i32, n->codes[i]), hit;
        if (end == i + 1) hit = lanes_icmp(e, LLVMIntEQ, code, from);
        else hit = lanes_icmp(e, LLVMIntULT, LLVMBuildSub(e->at, code, from, ""), lanes_int(e, e->i32, end - i));
        in = lanes_or(e, in, hit);
        i = end;
    }
    return in;
}

static struct lane_value cell_at(struct frame *f, ir_ix self, lv code)
{
    struct emit *e = f->e;
    lv result = NULL, count = f->leaf[self].count, base = f->leaf[self].at, zero = LLVMConstInt(e->i64, 0, 0);
    for (unsigned i = 0; i < e->lanes; i++) {
        lv at = LLVMBuildZExt(e->at, lanes_extract(e, code, i), e->i64, ""), in = LLVMBuildICmp(e->at, LLVMIntULT, at, count, "");
        lv number = LLVMBuildLoad2(e->at, e->f64, emit_at(e, base, LLVMBuildSelect(e->at, in, at, zero, ""), 8), "");
        result = lanes_insert(e, result, LLVMBuildSelect(e->at, in, number, LLVMConstReal(e->f64, NAN), ""), i);
    }
    return (struct lane_value){ result, e->ieee ? NULL : lanes_finite(e, result) };
}

/* One call per lane. A lane without a number looks up 0, and what comes of it is missing. */
static struct lane_value lookup(struct frame *f, ir_ix self, const struct ir_node *n, lv x, lv ok)
{
    struct emit *e = f->e;
    LLVMTypeRef fn = LLVMFunctionType(e->f64, (LLVMTypeRef[]){ e->ptr, e->i64, e->f64 }, 3, 0);
    lv to = emit_field(e, e->ptr, emit_field(e, e->ptr, f->ctx, offsetof(struct mlp_ctx, call)), 8ull * n->sub), result = NULL;
    x = lanes_select(e, ok, x, lanes_num(e, 0));
    for (unsigned i = 0; i < e->lanes; i++) {
        lv arg[] = { f->leaf[self].at, f->leaf[self].count, lanes_extract(e, x, i) };
        result = lanes_insert(e, result, LLVMBuildCall2(e->at, fn, to, arg, 3, ""), i);
    }
    return (struct lane_value){ result, e->ieee ? NULL : lanes_and(e, ok, lanes_finite(e, result)) };
}

/* A number that was learnt as a code. What a damaged cell may hold stays a number of 31 bits: users of codes check the rest. */
static struct lane_value to_code(struct emit *e, lv x, lv ok)
{
    lv low = lanes_num(e, 0), high = lanes_num(e, 2147483647);
    if (ok) x = lanes_select(e, ok, x, low);
    x = lanes_select(e, lanes_fcmp(e, LLVMRealOGE, x, lanes_num(e, 0.5)), x, low);
    x = lanes_select(e, lanes_fcmp(e, LLVMRealOLT, x, high), x, high);
    return (struct lane_value){ LLVMBuildFPToSI(e->at, x, lanes_type(e, e->i32), ""), NULL };
}

/* One call per lane, the same for all forms; a lane without a text passes an empty one. */
static struct lane_value call(struct frame *f, ir_ix self, const struct ir_node *n, lv ok)
{
    struct emit *e = f->e;
    const char *signature = calls[n->index].signature;
    LLVMTypeRef type[6], result_type = n->type == IR_F ? e->f64 : n->type == IR_B ? e->i8 : e->none;
    unsigned extra = 0, params;
    if (signature[1] == 'a') type[extra++] = e->ptr;
    if (n->type == IR_S) type[extra++] = e->ptr;
    params = extra + n->args;
    for (unsigned a = 0; a < n->args; a++) type[extra + a] = n->op == IR_CALL && e->graph->node[n->arg[a]].type == IR_F ? e->f64 : e->ptr;
    LLVMTypeRef fn = LLVMFunctionType(result_type, type, params, 0);
    lv arena = signature[1] == 'a' ? emit_field(e, e->ptr, f->ctx, offsetof(struct mlp_ctx, arena)) : NULL, result = NULL, text[3];
    for (unsigned a = 0; a < n->args; a++) {
        text[a] = f->value[n->arg[a]].v;
        if (type[extra + a] == e->ptr) text[a] = lanes_select(e, ok, text[a], lanes_splat(e, f->leaf[self].count));
    }
    for (unsigned i = 0; i < e->lanes; i++) {
        lv arg[6], to = n->type == IR_S ? emit_at(e, f->leaf[self].texts, LLVMConstInt(e->i64, i, 0), sizeof(struct mlp_str)) : NULL;
        unsigned k = 0;
        if (arena) arg[k++] = arena;
        if (to) arg[k++] = to;
        for (unsigned a = 0; a < n->args; a++) arg[k++] = lanes_extract(e, text[a], i);
        lv one = LLVMBuildCall2(e->at, fn, f->leaf[self].at, arg, params, "");
        result = lanes_insert(e, result, to ? to : one, i);
    }
    if (n->type == IR_B) result = lanes_icmp(e, LLVMIntNE, result, lanes_int(e, e->i8, 0));
    if (n->type == IR_F) ok = lanes_and(e, ok, lanes_finite(e, result));
    if (n->type == IR_S && signature[0] == 'S') {
        lv there = NULL;
        for (unsigned i = 0; i < e->lanes; i++)
            there = lanes_insert(e, there, LLVMBuildPtrToInt(e->at, emit_field(e, e->ptr, lanes_extract(e, result, i), 0), e->i64, ""), i);
        ok = lanes_and(e, ok, lanes_icmp(e, LLVMIntNE, there, lanes_int(e, e->i64, 0)));
    }
    return (struct lane_value){ result, ok };
}

static struct lane_value whole_sum(struct emit *e, const struct ir_node *n, lv a, lv b, lv ok)   /* overflow: missing */
{
    bool add = n->op == IR_IADD;
    lv r = add ? LLVMBuildAdd(e->at, a, b, "") : LLVMBuildSub(e->at, a, b, "");
    lv mixed = LLVMBuildAnd(e->at, LLVMBuildXor(e->at, a, r, ""), LLVMBuildXor(e->at, add ? b : a, add ? r : b, ""), "");
    return (struct lane_value){ r, lanes_and(e, ok, lanes_icmp(e, LLVMIntSGE, mixed, lanes_int(e, e->i64, 0))) };
}

static struct lane_value rounded(struct emit *e, lv a, lv ok)   /* what does not fit is missing, and converted as 0 */
{
    lv fits = lanes_fcmp(e, LLVMRealOLT, lanes_abs(e, a), lanes_num(e, 0x1p63));
    lv whole = lanes_intrinsic(e, "llvm.roundeven", lanes_select(e, fits, a, lanes_num(e, 0)), NULL, NULL);
    return (struct lane_value){ LLVMBuildFPToSI(e->at, whole, lanes_type(e, e->i64), ""), lanes_and(e, ok, fits) };
}

static lv number(struct emit *e, const struct ir_node *n, lv a, lv b)
{
    switch (n->op) {
    case IR_ADD: return LLVMBuildFAdd(e->at, a, b, "");
    case IR_SUB: return LLVMBuildFSub(e->at, a, b, "");
    case IR_MUL: return LLVMBuildFMul(e->at, a, b, "");
    case IR_DIV: return LLVMBuildFDiv(e->at, a, b, "");
    case IR_MOD: return math_call(e, MATH_MOD, a, b);
    case IR_POW: return math_call(e, MATH_POW, a, b);
    case IR_NEG: return LLVMBuildFNeg(e->at, a, "");
    case IR_ABS: return lanes_abs(e, a);
    case IR_SIGN: return lanes_select(e, lanes_fcmp(e, LLVMRealOGT, a, lanes_num(e, 0)), lanes_num(e, 1),
                                      lanes_select(e, lanes_fcmp(e, LLVMRealOLT, a, lanes_num(e, 0)), lanes_num(e, -1), lanes_num(e, 0)));
    case IR_MIN: return lanes_select(e, lanes_fcmp(e, LLVMRealOLT, b, a), b, a);
    case IR_MAX: return lanes_select(e, lanes_fcmp(e, LLVMRealOGT, b, a), b, a);
    case IR_FLOOR: return lanes_intrinsic(e, "llvm.floor", a, NULL, NULL);
    case IR_CEIL: return lanes_intrinsic(e, "llvm.ceil", a, NULL, NULL);
    case IR_ROUND: return lanes_intrinsic(e, "llvm.roundeven", a, NULL, NULL);
    case IR_EXP: return math_call(e, MATH_EXP, a, NULL);
    case IR_EXPM1: return math_call(e, MATH_EXPM1, a, NULL);
    case IR_LOG: return math_call(e, MATH_LOG, a, NULL);
    case IR_LOG1P: return math_call(e, MATH_LOG1P, a, NULL);
    case IR_SQRT: return lanes_intrinsic(e, "llvm.sqrt", a, NULL, NULL);
    case IR_SIN: return math_call(e, MATH_SIN, a, NULL);
    case IR_COS: return math_call(e, MATH_COS, a, NULL);
    default: return math_call(e, MATH_TANH, a, NULL);
    }
}

static struct lane_value build(struct frame *f, ir_ix self, lv row)
{
    struct emit *e = f->e;
    const struct ir_node *n = &e->graph->node[self];
    struct lane_value a = n->args > 0 ? f->value[n->arg[0]] : (struct lane_value){ NULL, NULL };
    struct lane_value b = n->args > 1 ? f->value[n->arg[1]] : a, c = n->args > 2 ? f->value[n->arg[2]] : a;
    lv a_ok = n->args > 0 ? frame_valid(f, n->arg[0]) : NULL, b_ok = n->args > 1 ? frame_valid(f, n->arg[1]) : NULL;
    lv both = lanes_and(e, a_ok, b_ok);
    uint8_t type = n->args > 0 ? e->graph->node[n->arg[0]].type : 0;
    switch (n->op) {
    case IR_SLOT: return load_slot(f, n, row);
    case IR_ARG: {
        lv base = n->index == 0 ? f->y : f->score;
        if (base) return (struct lane_value){ lanes_load(e, e->f64, emit_at(e, base, row, 8)), NULL };
        emit_bug(e, "kernel %s has no argument %u", f->kernel->symbol, n->index);
        return missing(e, IR_F);
    }
    case IR_NUM: return (struct lane_value){ lanes_num(e, n->num), NULL };
    case IR_INT: return (struct lane_value){ lanes_int(e, e->i64, n->integer), NULL };
    case IR_BOOL: return (struct lane_value){ lanes_truth(e, n->integer != 0), NULL };
    case IR_CODE: return (struct lane_value){ lanes_int(e, e->i32, n->integer), NULL };
    case IR_MISSING: return missing(e, n->type);
    case IR_CELL: return given(f, n, LLVMBuildLoad2(e->at, e->f64, emit_at(e, f->cells, LLVMConstInt(e->i64, f->leaf[self].cell, 0), 8), ""));
    case IR_PARAM:
        if (n->type == IR_S) return (struct lane_value){ lanes_splat(e, f->leaf[self].at), NULL };
        return given(f, n, emit_field(e, e->f64, emit_field(e, e->ptr, f->ctx, offsetof(struct mlp_ctx, param)), 8ull * n->index));
    case IR_TEXT: return (struct lane_value){ lanes_splat(e, f->leaf[self].at), NULL };
    case IR_IADD: case IR_ISUB: return whole_sum(e, n, a.v, b.v, both);
    case IR_TO_INT: return rounded(e, a.v, a_ok);
    case IR_YEAR: case IR_MONTH: case IR_DAY: case IR_DAY_OF_YEAR: case IR_WEEKDAY: case IR_WEEK: case IR_HOUR: case IR_MINUTE: case IR_DATE:
    case IR_CLOCK: return (struct lane_value){ calendar_part(e, n->op, a.v), a_ok };
    case IR_ZONE: return (struct lane_value){ calendar_zone(e, f->leaf[self].at, n->n_codes / 3, a.v), a_ok };
    case IR_FROM_INT: return (struct lane_value){ LLVMBuildSIToFP(e->at, a.v, lanes_type(e, e->f64), ""), a_ok };
    case IR_FROM_BOOL: return (struct lane_value){ lanes_select(e, a.v, lanes_num(e, 1), lanes_num(e, 0)), a_ok };
    case IR_STEP: {
        lv step = LLVMBuildSIToFP(e->at, LLVMBuildSub(e->at, a.v, lanes_int(e, e->i32, 2), ""), lanes_type(e, e->f64), "");
        return (struct lane_value){ step, e->ieee ? NULL : lanes_icmp(e, LLVMIntUGE, a.v, lanes_int(e, e->i32, 2)) };
    }
    case IR_EQ: case IR_NE: case IR_LT: case IR_LE: case IR_GT: case IR_GE: return (struct lane_value){ order(e, n, type, a.v, b.v), both };
    case IR_AND: case IR_OR: {                              /* what is known of one side may decide */
        bool is_and = n->op == IR_AND;
        lv v = is_and ? lanes_and(e, a.v, b.v) : lanes_or(e, a.v, b.v);
        if (!both) return (struct lane_value){ v, NULL };
        lv a_decides = lanes_and(e, a_ok, is_and ? lanes_not(e, a.v) : a.v), b_decides = lanes_and(e, b_ok, is_and ? lanes_not(e, b.v) : b.v);
        /* the side that decides must win over whatever stands in the other's missing lanes: and(false, x), or(true, x) do */
        return (struct lane_value){ v, lanes_or(e, both, lanes_or(e, a_decides, b_decides)) };
    }
    case IR_NOT: return (struct lane_value){ lanes_not(e, a.v), a_ok };
    case IR_IF: {
        lv v = lanes_select(e, a.v, b.v, c.v), c_ok = frame_valid(f, n->arg[2]), all = lanes_truth(e, true);
        if (n->type == IR_C) return (struct lane_value){ lanes_select(e, a_ok, v, lanes_int(e, e->i32, 0)), NULL };
        if (!b_ok && !c_ok) return (struct lane_value){ v, a_ok };
        return (struct lane_value){ v, lanes_and(e, a_ok, lanes_select(e, a.v, b_ok ? b_ok : all, c_ok ? c_ok : all)) };
    }
    case IR_IS_MISSING:
        if (e->ieee && type == IR_F) return (struct lane_value){ lanes_fcmp(e, LLVMRealUNO, a.v, a.v), NULL };
        return (struct lane_value){ lanes_not(e, a_ok), NULL };
    case IR_IN_CODES: return (struct lane_value){ is_one_of(e, n, a.v), a_ok };
    case IR_KEEP: return (struct lane_value){ lanes_select(e, is_one_of(e, n, a.v), a.v, lanes_int(e, e->i32, 0)), NULL };
    case IR_CELL_AT: return cell_at(f, self, a.v);
    case IR_LOOKUP: return lookup(f, self, n, a.v, a_ok);
    case IR_TO_CODE: return to_code(e, a.v, a_ok);
    case IR_CALL: {
        lv ok = both;
        if (n->args > 2) ok = lanes_and(e, ok, frame_valid(f, n->arg[2]));
        return call(f, self, n, ok);
    }
    default: break;
    }
    lv v = number(e, n, a.v, b.v);
    lv ok = n->args > 1 ? both : a_ok;
    bool can_leave = n->nullable && n->op != IR_NEG && n->op != IR_ABS && n->op != IR_SIGN && n->op != IR_MIN && n->op != IR_MAX
                  && n->op != IR_FLOOR && n->op != IR_CEIL && n->op != IR_ROUND && n->op != IR_SIN && n->op != IR_COS && n->op != IR_TANH;
    return (struct lane_value){ v, e->ieee ? NULL : can_leave ? lanes_and(e, ok, lanes_finite(e, v)) : ok };
}

void frame_start(struct frame *f)
{
    memset(f->done, 0, f->nodes * sizeof *f->done);
    f->built = 0;
}

enum { LONG_BLOCK = 48 };                                   /* nodes */

struct lane_value frame_value(struct frame *f, ir_ix root, lv row)
{
    uint32_t depth = 0;
    f->stack[depth++] = root;
    while (depth && f->e->status == MLP_OK) {               /* arguments first; a stack of our own, since graphs may be deep */
        ir_ix i = f->stack[depth - 1];
        const struct ir_node *n = &f->e->graph->node[i];
        if (f->done[i]) { depth--; continue; }
        uint32_t before = depth;
        for (unsigned a = n->args; a-- > 0; ) if (!f->done[n->arg[a]]) f->stack[depth++] = n->arg[a];
        if (depth > before) continue;
        depth--;
        if (++f->built % LONG_BLOCK == 0) emit_go_on(f->e);
        f->value[i] = build(f, i, row);
        if (f->e->ieee) f->value[i].ok = NULL;
        f->done[i] = true;
    }
    return f->value[root];
}
