/* emit.h: the emitter's own header, for the files of this room only (kernel.h is the door to it).
 * One emitter, a lane count: every helper builds for e->lanes lanes, 1 or EMIT_BLOCK, so that blocks, tails and single rows come from
 * the same calls and give the same bits. No fast-math flag is ever set and llvm.fma is written exactly where it is wanted. */
#ifndef MLP_KERNEL_EMIT_H
#define MLP_KERNEL_EMIT_H
#include <llvm-c/Core.h>
#include <llvm-c/TargetMachine.h>
#include "compiler/kernel/kernel.h"

enum { EMIT_BLOCK = 8 };                                    /* rows of a block: one byte of a validity bitmap */
typedef LLVMValueRef lv;
enum math_fn { MATH_EXP, MATH_EXPM1, MATH_LOG, MATH_LOG1P, MATH_SIN, MATH_COS, MATH_TANH, MATH_POW, MATH_MOD, MATH_FNS };
struct emit {
    LLVMContextRef context; LLVMModuleRef module; LLVMBuilderRef at; LLVMTargetMachineRef machine;
    const struct ir_graph *graph; const struct ir_module *ir; const char *level;
    unsigned lanes;                                         /* W of what is being built */
    bool wide_masks;                                        /* a mask of W > 1 lanes is <W x i64> of 0 and -1 (AVX2), else <W x i1> */
    bool ieee;                                              /* losses and links: numbers are IEEE's, no validity */
    LLVMTypeRef f64, f32, i128, i64, i32, i8, i1, ptr, none;
    lv function;
    lv math[MATH_FNS][2], reduce, mark[5], nan, ones, empty_cell, zone;   /* made when first used */
    mlp_status status; struct mlp_error *error;
};
mlp_status emit_bug(struct emit *, const char *format, ...) MLP_PRINTF(2, 3);   /* remembers the first one */
/* A function of this module. Its first block is current on return. local: seen by nobody else. */
lv emit_function(struct emit *, const char *name, LLVMTypeRef type, bool local);
lv emit_alloca(struct emit *, LLVMTypeRef, unsigned count); /* in the function's first block */
lv emit_text(struct emit *, const char *);                  /* a struct mlp_str in the function's first block (expression.c) */
lv emit_private(struct emit *, const char *name, lv value); /* a read-only constant in memory */
LLVMBasicBlockRef emit_block(struct emit *);                /* appended, not current */
void emit_go_on(struct emit *);                             /* in a new block: long blocks cost quadratic time in code generation */
/* Runs body once per 0..n-1. The counter stands in memory, not in a phi: else loop strength reduction takes most of the time. */
typedef void emit_loop_fn(struct emit *, void *data, lv i);
void emit_loop(struct emit *, lv from, lv to, unsigned step, emit_loop_fn *body, void *data);
/* Rows 0..n-1, EMIT_BLOCK at a time, then one at a time. */
void emit_rows(struct emit *, lv n, lv blocks /* i1: false: no blocks; NULL: true */, emit_loop_fn *body, void *data);
lv emit_field(struct emit *, LLVMTypeRef type, lv base, uint64_t offset);   /* loads *(type *)((char *)base + offset) */
lv emit_at(struct emit *, lv base, lv index, unsigned bytes);    /* base + index * bytes */

/* ---- lanes.c: values of e->lanes lanes. A mask is true or false per lane (see wide_masks) ---- */
LLVMTypeRef lanes_type(struct emit *, LLVMTypeRef scalar);
LLVMTypeRef lanes_mask_type(struct emit *);
lv lanes_splat(struct emit *, lv scalar);
lv lanes_num(struct emit *, double);
lv lanes_int(struct emit *, LLVMTypeRef scalar, int64_t);
lv lanes_intrinsic(struct emit *, const char *name, lv a, lv b, lv c);   /* llvm.NAME of a's type; b, c may be NULL */
lv lanes_fma(struct emit *, lv a, lv b, lv c);
lv lanes_abs(struct emit *, lv a);
lv lanes_fcmp(struct emit *, LLVMRealPredicate, lv a, lv b);
lv lanes_icmp(struct emit *, LLVMIntPredicate, lv a, lv b);
lv lanes_truth(struct emit *, bool);
lv lanes_and(struct emit *, lv a, lv b);                    /* of masks; NULL is "true everywhere" */
lv lanes_or(struct emit *, lv a, lv b);
lv lanes_not(struct emit *, lv a);
lv lanes_select(struct emit *, lv mask, lv yes, lv no);
lv lanes_any(struct emit *, lv mask);                       /* i1 */
lv lanes_finite(struct emit *, lv a);
lv lanes_bits(struct emit *, lv mask);                      /* i8: bit i is lane i (one lane: bit 0) */
lv lanes_from_bits(struct emit *, lv byte);                 /* EMIT_BLOCK lanes */
lv lanes_extract(struct emit *, lv a, unsigned lane);
lv lanes_insert(struct emit *, lv to, lv scalar, unsigned lane);
lv lanes_load(struct emit *, LLVMTypeRef scalar, lv address);
void lanes_store(struct emit *, lv value, lv address, unsigned align);

/* ---- math.c ---- */
lv math_call(struct emit *, enum math_fn, lv a, lv b);      /* b: of POW and MOD */

/* ---- calendar.c: parts of times. op: IR_YEAR .. IR_CLOCK; a number, or for DATE and CLOCK microseconds ---- */
lv calendar_part(struct emit *, unsigned op, lv time);
lv calendar_table(struct emit *, const struct ir_node *zone);   /* in memory, once per kernel */
lv calendar_zone(struct emit *, lv table, uint32_t changes, lv time);

/* ---- expression.c: a node's value in the rows at hand ---- */
struct lane_value { lv v, ok; };                            /* ok: mask, NULL: always there. B: v is a mask. C: 0 is missing, ok stays NULL. S: pointers */
struct frame {                                              /* one kernel's: what its entry block loads */
    struct emit *e; const struct ir_kernel *kernel;
    lv ctx, in, score, y;                                   /* parameters; NULL where the kernel has none */
    uint32_t nodes;                                         /* nodes 0..nodes-1 are all that its outs need */
    bool *live;
    lv cells;                                               /* double[]: the elements of cells that it reads, fetched once per call */
    struct { lv at, count, texts; uint32_t cell; } *leaf;   /* per node: TEXT; address and count of CELL_AT; function of CALL; place in cells */
    struct lane_value *value; bool *done; ir_ix *stack;     /* per node, of the current body */
    unsigned built;                                         /* nodes since the last block began */
};
bool frame_open(struct frame *, struct emit *, const struct ir_kernel *, const ir_ix *root, uint32_t roots);   /* after ctx, in … are set */
void frame_start(struct frame *);                           /* a new loop body: nothing is known */
struct lane_value frame_value(struct frame *, ir_ix node, lv row);   /* builds what it needs that is not there yet */
void frame_close(struct frame *);
lv frame_valid(struct frame *, ir_ix node);                 /* mask or NULL; of a node that was built */

/* ---- map.c, loss.c, link.c, object.c ---- */
void emit_map(struct emit *, const struct ir_kernel *);
void emit_loss(struct emit *, const struct ir_kernel *, ir_ix grad, ir_ix hess);
void emit_link(struct emit *, const struct ir_kernel *);
mlp_status object_check(const void *object, size_t n, struct mlp_error *);   /* no undefined symbol */
#endif
