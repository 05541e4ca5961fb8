/* loss.c: loss kernels: per row the loss of (y, score), its first and its second derivative with respect to score, each times the
 * row's weight. Two passes over the rows, each only when wanted: the value, and the derivatives, which share most of their work. */
#include <math.h>
#include <stdlib.h>
#include "compiler/kernel/emit.h"

struct loss { struct frame frame; lv weight, weight_mask, to[2]; ir_ix node[2]; unsigned outs; };

static void row_body(struct emit *e, void *data, lv row)
{
    struct loss *l = data;
    frame_start(&l->frame);
    for (unsigned i = 0; i < l->outs; i++) frame_value(&l->frame, l->node[i], row);
    if (e->status != MLP_OK) return;
    lv weight = lanes_load(e, e->f64, emit_at(e, l->weight, LLVMBuildAnd(e->at, row, l->weight_mask, ""), 8));
    for (unsigned i = 0; i < l->outs; i++) {
        lv v = LLVMBuildFMul(e->at, l->frame.value[l->node[i]].v, weight, "");
        v = lanes_select(e, lanes_fcmp(e, LLVMRealORD, v, v), v, lanes_num(e, NAN));   /* one NaN for all forms */
        LLVMBasicBlockRef store = emit_block(e), on = emit_block(e);
        LLVMBuildCondBr(e->at, LLVMBuildIsNull(e->at, l->to[i], ""), on, store);
        LLVMPositionBuilderAtEnd(e->at, store);
        lanes_store(e, v, emit_at(e, l->to[i], row, 8), 8);
        LLVMBuildBr(e->at, on);
        LLVMPositionBuilderAtEnd(e->at, on);
    }
}

/* One pass: its outs, when any of them is wanted. */
static void pass(struct emit *e, const struct ir_kernel *k, lv fn, lv weight, lv weight_mask, unsigned outs, const ir_ix *node, const lv *to)
{
    struct loss l = { .frame = { .ctx = LLVMGetParam(fn, 0), .y = LLVMGetParam(fn, 1), .score = LLVMGetParam(fn, 3) },
                      .weight = weight, .weight_mask = weight_mask, .outs = outs };
    lv none = NULL;
    for (unsigned i = 0; i < outs; i++) {
        l.to[i] = to[i], l.node[i] = node[i];
        lv null = LLVMBuildIsNull(e->at, to[i], "");
        none = none ? LLVMBuildAnd(e->at, none, null, "") : null;
    }
    LLVMBasicBlockRef work = emit_block(e), on = emit_block(e);
    LLVMBuildCondBr(e->at, none, on, work);
    LLVMPositionBuilderAtEnd(e->at, work);
    if (frame_open(&l.frame, e, k, node, outs)) {
        emit_rows(e, LLVMGetParam(fn, 4), NULL, row_body, &l);
        LLVMBuildBr(e->at, on);
        LLVMPositionBuilderAtEnd(e->at, on);
    }
    frame_close(&l.frame);
}

void emit_loss(struct emit *e, const struct ir_kernel *k, ir_ix grad, ir_ix hess)
{
    LLVMTypeRef p = e->ptr, type = LLVMFunctionType(e->none, (LLVMTypeRef[]){ p, p, p, p, e->i64, p, p, p }, 8, 0);
    lv fn = emit_function(e, k->symbol, type, false), weight = LLVMGetParam(fn, 2), none = LLVMBuildIsNull(e->at, weight, ""), one[EMIT_BLOCK];
    for (unsigned i = 0; i < EMIT_BLOCK; i++) one[i] = LLVMConstReal(e->f64, 1);
    weight = LLVMBuildSelect(e->at, none, emit_private(e, "weights", LLVMConstArray2(e->f64, one, EMIT_BLOCK)), weight, "");
    lv mask = LLVMBuildSelect(e->at, none, LLVMConstInt(e->i64, 0, 0), LLVMConstInt(e->i64, UINT64_MAX, 0), "");
    pass(e, k, fn, weight, mask, 1, &k->out[0].node, (lv[]){ LLVMGetParam(fn, 5) });
    if (e->status == MLP_OK) pass(e, k, fn, weight, mask, 2, (ir_ix[]){ grad, hess }, (lv[]){ LLVMGetParam(fn, 6), LLVMGetParam(fn, 7) });
    if (e->status == MLP_OK) LLVMBuildRetVoid(e->at);
}
