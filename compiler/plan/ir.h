/* ir.h: expressions as a graph: what plan/ hands to kernel/. Plain data, no LLVM.
 * Nodes are hash-consed (equal nodes are one node, so equal subexpressions are computed once) and constants fold when they are built;
 * arguments come before their users, so index order is a topological order. One graph serves all kernels of a program. */
#ifndef MLP_PLAN_IR_H
#define MLP_PLAN_IR_H
#include <stdbool.h>
#include "runtime/base/arena.h"
#include "runtime/base/buffer.h"
#include "runtime/program.h"

enum ir_op {
#define IR(op, args, result) IR_##op,
#include "compiler/plan/ir.def"
    IR_OPS
};
enum ir_type { IR_F = 'f', IR_I = 'i', IR_B = 'b', IR_C = 'c', IR_S = 's' };
typedef uint32_t ir_ix;                                     /* a node; IR_NOTHING: none */
#define IR_NOTHING 0xffffffffu
struct ir_node {
    uint8_t op, type, args;                                 /* type: enum ir_type */
    uint8_t nullable;                                       /* false: never missing; the emitter then needs no validity */
    ir_ix arg[3];
    uint32_t index, sub;
    double num; int64_t integer; const char *text;
    const uint32_t *codes; uint32_t n_codes;
};
struct ir_graph { struct mlp_arena *arena; struct ir_node *node; uint32_t n, room; uint32_t *table, buckets; };

ir_ix ir_leaf(struct ir_graph *, enum ir_op, enum ir_type, uint32_t index, uint32_t sub, bool nullable);
ir_ix ir_num(struct ir_graph *, double);                    /* not finite: MISSING */
ir_ix ir_int(struct ir_graph *, enum ir_op, int64_t);       /* INT BOOL CODE */
ir_ix ir_text(struct ir_graph *, const char *);
ir_ix ir_missing(struct ir_graph *, enum ir_type);
/* Any inner op; type of IF and CALL from the arguments and kernels.def. Folds constants exactly as the kernel would compute. */
ir_ix ir_op(struct ir_graph *, enum ir_op, const ir_ix *arg, unsigned args);
ir_ix ir_codes(struct ir_graph *, enum ir_op, ir_ix code, const uint32_t *codes, uint32_t n);    /* IN_CODES KEEP */
ir_ix ir_call(struct ir_graph *, uint32_t call, const ir_ix *arg, unsigned args);
ir_ix ir_cell_at(struct ir_graph *, uint32_t cell, ir_ix code);
/* table: (words) as ir.def says, three per change */
ir_ix ir_zone(struct ir_graph *, ir_ix time, const uint32_t *table, uint32_t words);
ir_ix ir_lookup(struct ir_graph *, uint32_t cell, uint32_t call, ir_ix number);
/* d node / d ARG(arg), as new nodes. IF: per branch; MIN MAX: the first argument's at a tie; ABS: 0 at 0; FLOOR CEIL ROUND SIGN and
 * comparisons: 0. (docs/language.md says the same.) */
ir_ix ir_derive(struct ir_graph *, ir_ix node, uint32_t arg);   /* derive.c, and the two below */
/* Rewrites ARG(arg) as `with` (chain of p = link(z) into a loss of (y, p)). */
ir_ix ir_substitute(struct ir_graph *, ir_ix node, uint32_t arg, ir_ix with);
/* Rewrites the node `what` as `with`, of the same type, wherever it stands in node. */
ir_ix ir_replace(struct ir_graph *, ir_ix node, ir_ix what, ir_ix with);
/* The inverse of node as a function of ARG(arg), which must stand in it once, through invertible steps (+ - * / by constants, NEG,
 * EXP LOG EXPM1 LOG1P SQRT, POW by a constant); IR_NOTHING: not invertible. */
ir_ix ir_invert(struct ir_graph *, ir_ix node, uint32_t arg);
/* A graph that can grow beside the original, whose texts and codes it borrows. */
bool ir_copy(struct ir_graph *to, struct mlp_arena *, const struct ir_graph *from);
void ir_print(const struct ir_graph *, ir_ix, struct mlp_buffer *);   /* one line, for tests and `mlp plan` */

/* A kernel to be emitted: kind and symbol as in mlp_kernel. MAP: outs (node, form), slots in the order of `in`.
 * LOSS: out[0] the loss of ARG 0 (y) and ARG 1 (score): the emitter derives grad and hess. LINK: out[0] of ARG 1. */
struct ir_out { ir_ix node; uint8_t form; };
struct ir_kernel { const char *symbol; uint8_t kind; const struct ir_out *out; uint32_t outs; const mlp_ix *slot; uint32_t slots; };
struct ir_module { const struct ir_graph *graph; const struct ir_kernel *kernel; uint32_t kernels; const uint8_t *slot_rep; /* per slot: enum mlp_rep */ };
#endif
