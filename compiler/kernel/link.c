/* link.c: link kernels: from a score to what is reported, or by `via` from the target to what is trained on. In place is allowed, so a
 * block is read before it is written and nothing is declared noalias. */
#include <math.h>
#include "compiler/kernel/emit.h"

struct link { struct frame frame; lv out; };

static void row_body(struct emit *e, void *data, lv row)
{
    struct link *l = data;
    frame_start(&l->frame);
    lv v = frame_value(&l->frame, l->frame.kernel->out[0].node, row).v;
    if (e->status != MLP_OK) return;
    v = lanes_select(e, lanes_fcmp(e, LLVMRealORD, v, v), v, lanes_num(e, NAN));       /* one NaN for all forms */
    lanes_store(e, v, emit_at(e, l->out, row, 8), 8);
}

void emit_link(struct emit *e, const struct ir_kernel *k)
{
    lv fn = emit_function(e, k->symbol, LLVMFunctionType(e->none, (LLVMTypeRef[]){ e->ptr, e->ptr, e->i64, e->ptr }, 4, 0), false);
    if (e->graph->node[k->out[0].node].type != IR_F) { emit_bug(e, "the link %s gives no number", k->symbol); return; }
    struct link l = { .frame = { .ctx = LLVMGetParam(fn, 0), .score = LLVMGetParam(fn, 1) }, .out = LLVMGetParam(fn, 3) };
    if (frame_open(&l.frame, e, k, &k->out[0].node, 1)) {
        emit_rows(e, LLVMGetParam(fn, 2), NULL, row_body, &l);
        LLVMBuildRetVoid(e->at);
    }
    frame_close(&l.frame);
}
