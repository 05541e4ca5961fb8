/* map.c: map kernels: slots in, columns out. Where a result is missing, a number is NaN and a code 0, and the out's bitmap, if it has
 * one, says so. A feature is rounded to f32 here, once, at the end; one that does not fit f32 is missing. */
#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include "compiler/kernel/emit.h"

struct map { struct frame frame; lv out, empty; };          /* empty: a text without characters; NULL where no out is a text */

static lv field(struct emit *e, LLVMTypeRef type, const struct map *m, uint32_t out, size_t offset)
{
    return emit_field(e, type, m->out, out * sizeof(struct mlp_out) + offset);
}

static unsigned form_bytes(uint8_t form)
{
    return form == MLP_OUT_STR ? sizeof(struct mlp_str) : form == MLP_OUT_F64 || form == MLP_OUT_I64 ? 8 : 4;
}

/* void mark(const struct mlp_out *, i64 n): the bitmap of a column that is already written, if it has one. Bitmaps are rare, so they are
 * read off the column in one plain loop instead of making every block longer. */
struct mark { lv data, step, valid; uint8_t form; };
static void mark_row(struct emit *e, void *data, lv row)
{
    const struct mark *m = data;
    unsigned bytes = form_bytes(m->form);
    LLVMTypeRef type = m->form == MLP_OUT_F64 ? e->f64 : m->form == MLP_OUT_F32 ? e->f32 : m->form == MLP_OUT_I64 ? e->i64 : e->i32;
    lv v = LLVMBuildLoad2(e->at, type, emit_at(e, m->data, LLVMBuildMul(e->at, row, m->step, ""), bytes), "");
    const bool whole = m->form == MLP_OUT_CODE || m->form == MLP_OUT_I64;
    lv ok = whole ? LLVMBuildICmp(e->at, LLVMIntNE, v, LLVMConstInt(type, m->form == MLP_OUT_I64 ? (uint64_t)INT64_MIN : 0, 0), "") : LLVMBuildFCmp(e->at, LLVMRealORD, v, v, "");
    lv at = emit_at(e, m->valid, LLVMBuildLShr(e->at, row, LLVMConstInt(e->i64, 3, 0), ""), 1);
    lv place = LLVMBuildAnd(e->at, LLVMBuildTrunc(e->at, row, e->i8, ""), LLVMConstInt(e->i8, 7, 0), "");
    lv others = LLVMBuildNot(e->at, LLVMBuildShl(e->at, LLVMConstInt(e->i8, 1, 0), place, ""), "");
    others = LLVMBuildAnd(e->at, LLVMBuildLoad2(e->at, e->i8, at, ""), others, "");
    LLVMBuildStore(e->at, LLVMBuildOr(e->at, others, LLVMBuildShl(e->at, LLVMBuildZExt(e->at, ok, e->i8, ""), place, ""), ""), at);
}

static lv mark_function(struct emit *e, uint8_t form)
{
    if (e->mark[form]) return e->mark[form];
    LLVMBasicBlockRef here = LLVMGetInsertBlock(e->at);
    lv outer = e->function, fn = emit_function(e, "mark", LLVMFunctionType(e->none, (LLVMTypeRef[]){ e->ptr, e->i64 }, 2, 0), true), o = LLVMGetParam(fn, 0);
    struct mark m = { emit_field(e, e->ptr, o, offsetof(struct mlp_out, data)), emit_field(e, e->i64, o, offsetof(struct mlp_out, step)),
                      emit_field(e, e->ptr, o, offsetof(struct mlp_out, valid)), form };
    lv zero = LLVMConstInt(e->i64, 0, 0), n = LLVMBuildSelect(e->at, LLVMBuildIsNull(e->at, m.valid, ""), zero, LLVMGetParam(fn, 1), "");
    emit_loop(e, zero, n, 1, mark_row, &m);
    LLVMBuildRetVoid(e->at);
    LLVMPositionBuilderAtEnd(e->at, here);
    e->function = outer;
    return e->mark[form] = fn;
}

/* The value of an out in its form, what is missing written as such. */
static lv in_form(struct map *m, const struct ir_out *o, lv row)
{
    struct emit *e = m->frame.e;
    const struct ir_node *n = &e->graph->node[o->node];
    lv v = frame_value(&m->frame, o->node, row).v;
    if (e->status != MLP_OK) return NULL;
    lv ok = frame_valid(&m->frame, o->node);
    if (o->form == MLP_OUT_CODE) {
        if (n->type != IR_C) emit_bug(e, "kernel %s has an out of codes that is no code", m->frame.kernel->symbol);
        return v;
    }
    if (o->form == MLP_OUT_I64) {
        if (n->type != IR_I) emit_bug(e, "kernel %s has an out of times that is no time", m->frame.kernel->symbol);
        return lanes_select(e, ok, v, lanes_splat(e, LLVMConstInt(e->i64, (uint64_t)INT64_MIN, 0)));
    }
    if (n->type == IR_B) v = lanes_select(e, v, lanes_num(e, 1), lanes_num(e, 0));
    else if (n->type == IR_I) v = LLVMBuildSIToFP(e->at, v, lanes_type(e, e->f64), "");
    else if (n->type != IR_F) emit_bug(e, "kernel %s has an out of numbers that is no number", m->frame.kernel->symbol);
    if (e->status != MLP_OK) return NULL;
    if (o->form == MLP_OUT_F64) return lanes_select(e, ok, v, lanes_num(e, NAN));
    lv small = LLVMBuildFPTrunc(e->at, v, lanes_type(e, e->f32), "");
    bool always_fits = n->type != IR_F || n->op == IR_FROM_BOOL || n->op == IR_STEP || n->op == IR_SIGN || n->op == IR_SIN || n->op == IR_COS || n->op == IR_TANH;
    if (!always_fits) ok = lanes_and(e, ok, lanes_finite(e, small));
    lv nan = lanes_splat(e, LLVMConstReal(e->f32, NAN));
    return lanes_select(e, ok, small, nan);
}

/* A text of each lane to its row: address and length; a missing one is empty. */
static void store_texts(struct map *m, const struct ir_out *o, lv row, lv to, lv empty)
{
    struct emit *e = m->frame.e;
    lv text = frame_value(&m->frame, o->node, row).v;
    if (e->status != MLP_OK) return;
    if (e->graph->node[o->node].type != IR_S) { emit_bug(e, "kernel %s has an out of texts that is no text", m->frame.kernel->symbol); return; }
    text = lanes_select(e, frame_valid(&m->frame, o->node), text, lanes_splat(e, empty));
    for (unsigned i = 0; i < e->lanes; i++) {
        lv from = lanes_extract(e, text, i), at = emit_at(e, to, LLVMConstInt(e->i64, i, 0), sizeof(struct mlp_str));
        LLVMBuildStore(e->at, emit_field(e, e->i64, from, 0), at);
        LLVMBuildStore(e->at, emit_field(e, e->i64, from, 8), emit_at(e, at, LLVMConstInt(e->i64, 8, 0), 1));
    }
}

static void map_row(struct emit *e, void *data, lv row)
{
    struct map *m = data;
    const struct ir_kernel *k = m->frame.kernel;
    frame_start(&m->frame);
    for (uint32_t i = 0; i < k->outs; i++) {
        const bool text = k->out[i].form == MLP_OUT_STR;
        lv value = text ? NULL : in_form(m, &k->out[i], row), at = row;
        if (e->status != MLP_OK) return;
        if (e->lanes == 1) at = LLVMBuildMul(e->at, row, field(e, e->i64, m, i, offsetof(struct mlp_out, step)), "");
        unsigned bytes = form_bytes(k->out[i].form);
        if (text) store_texts(m, &k->out[i], row, emit_at(e, field(e, e->ptr, m, i, offsetof(struct mlp_out, data)), at, bytes), m->empty);
        else lanes_store(e, value, emit_at(e, field(e, e->ptr, m, i, offsetof(struct mlp_out, data)), at, bytes), bytes);
    }
}

void emit_map(struct emit *e, const struct ir_kernel *k)
{
    lv fn = emit_function(e, k->symbol, LLVMFunctionType(e->none, (LLVMTypeRef[]){ e->ptr, e->ptr, e->i64, e->ptr }, 4, 0), false);
    struct map m = { .frame = { .ctx = LLVMGetParam(fn, 0), .in = LLVMGetParam(fn, 1) }, .out = LLVMGetParam(fn, 3) };
    lv n = LLVMGetParam(fn, 2), apart = NULL, bitmaps = NULL;
    ir_ix *root = calloc(k->outs, sizeof *root);
    if (!root) { e->status = mlp_no_memory(e->error, k->outs * sizeof *root); return; }
    for (uint32_t i = 0; i < k->outs; i++) {
        root[i] = k->out[i].node;
        lv step = LLVMBuildXor(e->at, field(e, e->i64, &m, i, offsetof(struct mlp_out, step)), LLVMConstInt(e->i64, 1, 0), "");
        lv valid = field(e, e->i64, &m, i, offsetof(struct mlp_out, valid));
        apart = apart ? LLVMBuildOr(e->at, apart, step, "") : step;
        bitmaps = bitmaps ? LLVMBuildOr(e->at, bitmaps, valid, "") : valid;
        if (i % 64 == 63) emit_go_on(e);
    }
    lv zero = LLVMConstInt(e->i64, 0, 0), blocks = LLVMBuildICmp(e->at, LLVMIntEQ, apart, zero, "");   /* rows apart from each other go one by one */
    for (uint32_t i = 0; i < k->outs && !m.empty; i++) if (k->out[i].form == MLP_OUT_STR) m.empty = emit_text(e, "");
    if (frame_open(&m.frame, e, k, root, k->outs)) {
        emit_rows(e, n, blocks, map_row, &m);
        LLVMBasicBlockRef marks = emit_block(e), done = emit_block(e);
        LLVMBuildCondBr(e->at, LLVMBuildICmp(e->at, LLVMIntNE, bitmaps, zero, ""), marks, done);
        LLVMPositionBuilderAtEnd(e->at, marks);
        for (uint32_t i = 0; i < k->outs && e->status == MLP_OK; i++) {
            if (k->out[i].form == MLP_OUT_STR) continue;    /* has no bitmap */
            lv mark = mark_function(e, k->out[i].form), at = emit_at(e, m.out, LLVMConstInt(e->i64, i, 0), sizeof(struct mlp_out));
            LLVMBuildCall2(e->at, LLVMGlobalGetValueType(mark), mark, (lv[]){ at, n }, 2, "");
            if (i % 64 == 63) emit_go_on(e);
        }
        LLVMBuildBr(e->at, done);
        LLVMPositionBuilderAtEnd(e->at, done);
        LLVMBuildRetVoid(e->at);
    }
    frame_close(&m.frame);
    free(root);
}
