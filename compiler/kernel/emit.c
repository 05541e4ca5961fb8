/* emit.c: one module from a list of kernels, to an object file in memory. It sets the target up, keeps the shape that all kernels
 * share (a loop over blocks, then over rows) and runs the short list of passes; what a kernel computes is map.c, loss.c, link.c.
 * It must not look at rows or at what is learnt, and it never prints. */
#include <llvm-c/Analysis.h>
#include <llvm-c/Target.h>
#include <llvm-c/Transforms/PassBuilder.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "compiler/kernel/emit.h"
#include "runtime/base/cpu.h"

mlp_status emit_bug(struct emit *e, const char *format, ...)
{
    if (e->status != MLP_OK) return e->status;
    char text[512];
    va_list list;
    va_start(list, format);
    vsnprintf(text, sizeof text, format, list);
    va_end(list);
    e->status = mlp_fail(e->error, MLP_ERR_BUG, NULL, "The kernel emitter was handed something that it cannot compile: %s.", text);
    return mlp_fix(e->error, "This is a mistake in mlp, not in the spec; please report it with the spec.");
}

/* ---- functions and memory ---- */
static void attribute(struct emit *e, lv fn, const char *key, const char *value)
{
    LLVMAttributeRef a = LLVMCreateStringAttribute(e->context, key, (unsigned)strlen(key), value, (unsigned)strlen(value));
    LLVMAddAttributeAtIndex(fn, (LLVMAttributeIndex)LLVMAttributeFunctionIndex, a);
}

lv emit_function(struct emit *e, const char *name, LLVMTypeRef type, bool local)
{
    char symbol[256];
    snprintf(symbol, sizeof symbol, local ? "%s" : "%s.%s", name, mlp_cpu_tag(e->level));
    lv fn = LLVMAddFunction(e->module, symbol, type);
    LLVMSetLinkage(fn, local ? LLVMInternalLinkage : LLVMExternalLinkage);
    unsigned nounwind = LLVMGetEnumAttributeKindForName("nounwind", 8);
    LLVMAddAttributeAtIndex(fn, (LLVMAttributeIndex)LLVMAttributeFunctionIndex, LLVMCreateEnumAttribute(e->context, nounwind, 0));
    if (!strcmp(e->level, "x86-64-v4")) {                   /* a block is one zmm, also where it crosses a call */
        attribute(e, fn, "prefer-vector-width", "512");
        attribute(e, fn, "min-legal-vector-width", "512");
    }
    e->function = fn;
    LLVMPositionBuilderAtEnd(e->at, LLVMAppendBasicBlockInContext(e->context, fn, ""));
    return fn;
}

LLVMBasicBlockRef emit_block(struct emit *e) { return LLVMAppendBasicBlockInContext(e->context, e->function, ""); }

void emit_go_on(struct emit *e)
{
    LLVMBasicBlockRef next = emit_block(e);
    LLVMBuildBr(e->at, next);
    LLVMPositionBuilderAtEnd(e->at, next);
}

lv emit_alloca(struct emit *e, LLVMTypeRef type, unsigned count)
{
    LLVMBasicBlockRef here = LLVMGetInsertBlock(e->at), first = LLVMGetEntryBasicBlock(e->function);
    lv before = LLVMGetFirstInstruction(first);
    if (before) LLVMPositionBuilderBefore(e->at, before); else LLVMPositionBuilderAtEnd(e->at, first);
    lv memory = LLVMBuildAlloca(e->at, LLVMArrayType2(type, count), "");
    LLVMSetAlignment(memory, 64);
    LLVMPositionBuilderAtEnd(e->at, here);
    return memory;
}

lv emit_private(struct emit *e, const char *name, lv value)
{
    lv global = LLVMAddGlobal(e->module, LLVMTypeOf(value), name);
    LLVMSetInitializer(global, value);
    LLVMSetGlobalConstant(global, 1);
    LLVMSetLinkage(global, LLVMInternalLinkage);
    LLVMSetAlignment(global, 8);
    return global;
}

lv emit_at(struct emit *e, lv base, lv index, unsigned bytes)
{
    lv offset = bytes == 1 ? index : LLVMBuildMul(e->at, index, LLVMConstInt(e->i64, bytes, 0), "");
    return LLVMBuildGEP2(e->at, e->i8, base, &offset, 1, "");
}

lv emit_field(struct emit *e, LLVMTypeRef type, lv base, uint64_t offset)
{
    lv at = LLVMConstInt(e->i64, offset, 0);
    return LLVMBuildLoad2(e->at, type, offset ? LLVMBuildGEP2(e->at, e->i8, base, &at, 1, "") : base, "");
}

/* ---- rows ---- */
void emit_loop(struct emit *e, lv from, lv to, unsigned step, emit_loop_fn *body, void *data)
{
    LLVMBasicBlockRef test = emit_block(e), turn = emit_block(e), done = emit_block(e);
    lv counter = emit_alloca(e, e->i64, 1);
    LLVMBuildStore(e->at, from, counter);
    LLVMBuildBr(e->at, test);
    LLVMPositionBuilderAtEnd(e->at, test);
    lv i = LLVMBuildLoad2(e->at, e->i64, counter, "");
    LLVMBuildCondBr(e->at, LLVMBuildICmp(e->at, LLVMIntULT, i, to, ""), turn, done);
    LLVMPositionBuilderAtEnd(e->at, turn);
    body(e, data, i);
    LLVMBuildStore(e->at, LLVMBuildAdd(e->at, i, LLVMConstInt(e->i64, step, 0), ""), counter);
    LLVMBuildBr(e->at, test);
    LLVMPositionBuilderAtEnd(e->at, done);
}

void emit_rows(struct emit *e, lv n, lv blocks, emit_loop_fn *body, void *data)
{
    lv zero = LLVMConstInt(e->i64, 0, 0), whole = LLVMBuildAnd(e->at, n, LLVMConstInt(e->i64, ~(uint64_t)(EMIT_BLOCK - 1), 0), "");
    if (blocks) whole = LLVMBuildSelect(e->at, blocks, whole, zero, "");
    e->lanes = EMIT_BLOCK;
    emit_loop(e, zero, whole, EMIT_BLOCK, body, data);
    e->lanes = 1;
    emit_loop(e, whole, n, 1, body, data);
}

/* ---- the module ---- */
static LLVMTargetMachineRef machine_of(const char *level, struct mlp_error *error, mlp_status *status)
{
    bool arm = !strcmp(level, "aarch64");
    if (arm) {
        LLVMInitializeAArch64TargetInfo(); LLVMInitializeAArch64Target(); LLVMInitializeAArch64TargetMC(); LLVMInitializeAArch64AsmPrinter();
    } else {
        LLVMInitializeX86TargetInfo(); LLVMInitializeX86Target(); LLVMInitializeX86TargetMC(); LLVMInitializeX86AsmPrinter();
    }
    const char *triple = arm ? "aarch64-unknown-linux-gnu" : "x86_64-unknown-linux-gnu";
    LLVMTargetRef target;
    char *why = NULL;
    if (LLVMGetTargetFromTriple(triple, &target, &why)) {
        *status = mlp_fail(error, MLP_ERR_SPEC, NULL, "This LLVM cannot make code for %s: %s", level, why);
        LLVMDisposeMessage(why);
        return NULL;
    }
    /* No optimising code generator: it takes 3 times as long for blocks that are 0 to 30 % faster (tests/bench/kernel_time.c). */
    LLVMTargetMachineRef machine = LLVMCreateTargetMachine(target, triple, arm ? "generic" : level, "", LLVMCodeGenLevelNone, LLVMRelocPIC, LLVMCodeModelSmall);
    if (!machine) *status = mlp_fail(error, MLP_ERR_BUG, NULL, "LLVM made no machine for %s.", level);
    return machine;
}

static void emit_kernels(struct emit *e, struct ir_graph *graph, const struct ir_module *m)
{
    for (uint32_t i = 0; i < m->kernels && e->status == MLP_OK; i++) {
        const struct ir_kernel *k = &m->kernel[i];
        for (uint32_t o = 0; o < k->outs; o++)
            if (k->out[o].node >= graph->n) { emit_bug(e, "kernel %s has an out without a node", k->symbol); return; }
        if (k->outs == 0) { emit_bug(e, "kernel %s has no out", k->symbol); return; }
        e->ieee = k->kind != MLP_K_MAP;
        if (k->kind == MLP_K_MAP) emit_map(e, k);
        else if (k->kind == MLP_K_LINK) emit_link(e, k);
        else {
            ir_ix grad = ir_derive(graph, k->out[0].node, 1), hess = ir_derive(graph, grad, 1);
            if (grad == IR_NOTHING || hess == IR_NOTHING) { emit_bug(e, "the loss %s has no derivative", k->symbol); return; }
            emit_loss(e, k, grad, hess);
        }
    }
}

/* What LLVM would print, and for an error leave the process over, becomes our error. */
static void diagnosed(LLVMDiagnosticInfoRef said, void *data)
{
    if (LLVMGetDiagInfoSeverity(said) != LLVMDSError) return;
    char *text = LLVMGetDiagInfoDescription(said);
    emit_bug(data, "LLVM says: %.300s", text);
    LLVMDisposeMessage(text);
}

static mlp_status finish(struct emit *e, struct mlp_buffer *object)
{
    char *why = NULL;
    if (LLVMVerifyModule(e->module, LLVMReturnStatusAction, &why)) emit_bug(e, "LLVM says: %.300s", why);
    LLVMDisposeMessage(why);
    TRY(e->status);
    LLVMPassBuilderOptionsRef options = LLVMCreatePassBuilderOptions();
    LLVMErrorRef failed = LLVMRunPasses(e->module, "function(early-cse)", e->machine, options);
    LLVMDisposePassBuilderOptions(options);
    if (failed) {
        char *text = LLVMGetErrorMessage(failed);
        emit_bug(e, "LLVM's passes say: %.300s", text);
        LLVMDisposeErrorMessage(text);
        return e->status;
    }
    LLVMMemoryBufferRef memory;
    why = NULL;
    if (LLVMTargetMachineEmitToMemoryBuffer(e->machine, e->module, LLVMObjectFile, &why, &memory)) {
        emit_bug(e, "LLVM wrote no object: %.300s", why);
        LLVMDisposeMessage(why);
        return e->status;
    }
    mlp_buffer_add(object, LLVMGetBufferStart(memory), LLVMGetBufferSize(memory));
    LLVMDisposeMemoryBuffer(memory);
    TRY(e->status);
    return object->failed ? mlp_no_memory(e->error, object->n) : object_check(object->at, object->n, e->error);
}

mlp_status kernel_emit(const struct ir_module *m, const char *level, struct mlp_buffer *object, struct mlp_error *error)
{
    if (!level || !mlp_cpu_tag(level)) return mlp_fail(error, MLP_ERR_BUG, NULL, "There is no processor level \"%s\".", level ? level : "(none)");
    object->n = 0;
    mlp_status status = MLP_OK;
    LLVMTargetMachineRef machine = machine_of(level, error, &status);
    if (!machine) return status;
    struct mlp_arena arena = { 0 };
    struct ir_graph graph;                                  /* grows by the derivatives */
    if (!ir_copy(&graph, &arena, m->graph)) {
        LLVMDisposeTargetMachine(machine);
        mlp_arena_clear(&arena);
        return mlp_no_memory(error, m->graph->n * sizeof *graph.node);
    }
    LLVMContextRef c = LLVMContextCreate();
    struct emit e = { .context = c, .machine = machine, .graph = &graph, .ir = m, .level = level, .lanes = 1, .error = error,
                      .wide_masks = strcmp(level, "x86-64-v4") != 0,
                      .f64 = LLVMDoubleTypeInContext(c), .f32 = LLVMFloatTypeInContext(c), .i128 = LLVMInt128TypeInContext(c),
                      .i64 = LLVMInt64TypeInContext(c), .i32 = LLVMInt32TypeInContext(c), .i8 = LLVMInt8TypeInContext(c),
                      .i1 = LLVMInt1TypeInContext(c), .ptr = LLVMPointerTypeInContext(c, 0), .none = LLVMVoidTypeInContext(c) };
    e.module = LLVMModuleCreateWithNameInContext("kernels", c);
    e.at = LLVMCreateBuilderInContext(c);
    LLVMContextSetDiagnosticHandler(c, diagnosed, &e);
    char *triple = LLVMGetTargetMachineTriple(machine);
    LLVMSetTarget(e.module, triple);
    LLVMDisposeMessage(triple);
    LLVMTargetDataRef layout = LLVMCreateTargetDataLayout(machine);
    LLVMSetModuleDataLayout(e.module, layout);
    LLVMDisposeTargetData(layout);
    emit_kernels(&e, &graph, m);
    status = e.status == MLP_OK ? finish(&e, object) : e.status;
    LLVMDisposeBuilder(e.at);
    LLVMDisposeModule(e.module);
    LLVMContextDispose(c);
    LLVMDisposeTargetMachine(machine);
    mlp_arena_clear(&arena);
    return status;
}
