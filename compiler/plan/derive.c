/* derive.c: graphs made from graphs: the derivative, a substitution, the inverse. All three walk the nodes in index order, which is
 * topological, so depth costs no stack. They only build through ir_op, so their results are folded and shared like any other. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "compiler/plan/ir.h"

static ir_ix one(struct ir_graph *g, enum ir_op op, ir_ix a) { return ir_op(g, op, (ir_ix[]){ a }, 1); }
static ir_ix two(struct ir_graph *g, enum ir_op op, ir_ix a, ir_ix b) { return ir_op(g, op, (ir_ix[]){ a, b }, 2); }
static bool is_zero(const struct ir_graph *g, ir_ix a) { return a != IR_NOTHING && g->node[a].op == IR_NUM && g->node[a].num == 0; }

/* Sums and products that leave out what a zero makes superfluous: true of derivatives, whose terms exist or do not. */
static ir_ix plus(struct ir_graph *g, ir_ix a, ir_ix b) { return is_zero(g, a) ? b : is_zero(g, b) ? a : two(g, IR_ADD, a, b); }
static ir_ix less(struct ir_graph *g, ir_ix a, ir_ix b)
{
    return is_zero(g, b) ? a : is_zero(g, a) ? one(g, IR_NEG, b) : two(g, IR_SUB, a, b);
}
static ir_ix times(struct ir_graph *g, ir_ix a, ir_ix b)
{
    if (is_zero(g, a) || is_zero(g, b)) return ir_num(g, 0);
    if (a != IR_NOTHING && g->node[a].op == IR_NUM && g->node[a].num == -1) return one(g, IR_NEG, b);
    if (b != IR_NOTHING && g->node[b].op == IR_NUM && g->node[b].num == -1) return one(g, IR_NEG, a);
    return two(g, IR_MUL, a, b);
}
static ir_ix over(struct ir_graph *g, ir_ix a, ir_ix b) { return is_zero(g, a) ? a : two(g, IR_DIV, a, b); }

/* live[i]: node i stands in `node`. */
static bool *reachable(const struct ir_graph *g, ir_ix node)
{
    bool *live = calloc(node + 1u, sizeof *live);
    if (!live) return mlp_arena_none(g->arena, node + 1u);
    live[node] = true;
    for (ir_ix i = node + 1; i-- > 0; )
        for (unsigned k = 0; live[i] && k < g->node[i].args; k++) live[g->node[i].arg[k]] = true;
    return live;
}

static ir_ix derive_pow(struct ir_graph *g, ir_ix self, ir_ix a, ir_ix b, ir_ix da, ir_ix db)
{
    ir_ix first = ir_num(g, 0), second = first;
    if (!is_zero(g, da)) {
        ir_ix less_one = two(g, IR_SUB, b, ir_num(g, 1));
        ir_ix power = less_one != IR_NOTHING && g->node[less_one].op == IR_NUM && g->node[less_one].num == 1 ? a : two(g, IR_POW, a, less_one);
        first = times(g, times(g, b, power), da);
    }
    if (!is_zero(g, db)) second = times(g, times(g, self, one(g, IR_LOG, a)), db);
    return plus(g, first, second);
}

/* d node / d x, where da and db are those of its arguments. */
static ir_ix derive_node(struct ir_graph *g, ir_ix self, const ir_ix *d)
{
    const struct ir_node n = g->node[self];
    ir_ix a = n.arg[0], b = n.arg[1], zero = ir_num(g, 0), unit = ir_num(g, 1);
    ir_ix da = n.args > 0 ? d[a] : zero, db = n.args > 1 ? d[b] : zero;
    switch (n.op) {
    case IR_ADD: return plus(g, da, db);
    case IR_SUB: return less(g, da, db);
    case IR_MUL: return plus(g, times(g, da, b), times(g, a, db));
    case IR_DIV: return over(g, less(g, da, times(g, self, db)), b);
    case IR_MOD: return less(g, da, times(g, one(g, IR_FLOOR, two(g, IR_DIV, a, b)), db));
    case IR_POW: return derive_pow(g, self, a, b, da, db);
    case IR_NEG: return is_zero(g, da) ? zero : one(g, IR_NEG, da);
    case IR_ABS: return times(g, one(g, IR_SIGN, a), da);
    case IR_MIN: case IR_MAX: {                             /* b only where it is strictly the one: a tie is a's */
        if (da == db) return da;
        return ir_op(g, IR_IF, (ir_ix[]){ two(g, n.op == IR_MIN ? IR_LT : IR_GT, b, a), db, da }, 3);
    }
    case IR_EXP: return times(g, self, da);
    case IR_EXPM1: return times(g, one(g, IR_EXP, a), da);
    case IR_LOG: return over(g, da, a);
    case IR_LOG1P: return over(g, da, two(g, IR_ADD, unit, a));
    case IR_SQRT: return over(g, da, two(g, IR_MUL, ir_num(g, 2), self));
    case IR_SIN: return times(g, one(g, IR_COS, a), da);
    case IR_COS: return times(g, one(g, IR_NEG, one(g, IR_SIN, a)), da);
    case IR_TANH: return times(g, two(g, IR_SUB, unit, two(g, IR_MUL, self, self)), da);
    case IR_IF: {
        ir_ix yes = d[n.arg[1]], no = d[n.arg[2]];
        return yes == no ? yes : ir_op(g, IR_IF, (ir_ix[]){ a, yes, no }, 3);
    }
    case IR_MISSING: return self;                           /* keeps what is undefined undefined */
    default: return zero;                                   /* constants, learnt numbers, steps: flat */
    }
}

ir_ix ir_derive(struct ir_graph *g, ir_ix node, uint32_t arg)
{
    if (node == IR_NOTHING || node >= g->n || g->node[node].type != IR_F) return IR_NOTHING;
    bool *live = reachable(g, node);
    ir_ix *d = malloc((node + 1u) * sizeof *d), result = IR_NOTHING;
    if (!d) mlp_arena_none(g->arena, (node + 1u) * sizeof *d);
    if (live && d) {
        for (ir_ix i = 0; i <= node; i++) {
            if (!live[i]) continue;
            if (g->node[i].type != IR_F) d[i] = ir_num(g, 0);
            else if (g->node[i].op == IR_ARG) d[i] = ir_num(g, g->node[i].index == arg ? 1 : 0);
            else d[i] = derive_node(g, i, d);
        }
        result = d[node];
    }
    free(live);
    free(d);
    return result;
}

/* Rewrites the node `what`, or (IR_NOTHING) every ARG(arg), as `with`. */
static ir_ix rewrite(struct ir_graph *g, ir_ix node, ir_ix what, uint32_t arg, ir_ix with)
{
    if (node == IR_NOTHING || node >= g->n || with == IR_NOTHING) return IR_NOTHING;
    bool *live = reachable(g, node);
    ir_ix *to = malloc((node + 1u) * sizeof *to), result = IR_NOTHING;
    if (!to) mlp_arena_none(g->arena, (node + 1u) * sizeof *to);
    if (live && to) {
        for (ir_ix i = 0; i <= node; i++) {
            if (!live[i]) continue;
            const struct ir_node n = g->node[i];
            ir_ix a[3] = { IR_NOTHING, IR_NOTHING, IR_NOTHING };
            bool same = true;
            for (unsigned k = 0; k < n.args; k++) a[k] = to[n.arg[k]], same &= a[k] == n.arg[k];
            if (what == IR_NOTHING ? n.op == IR_ARG && n.index == arg : i == what) to[i] = with;
            else if (n.args == 0 || same) to[i] = i;
            else if (n.op == IR_IN_CODES || n.op == IR_KEEP) to[i] = ir_codes(g, n.op, a[0], n.codes, n.n_codes);
            else if (n.op == IR_ZONE) to[i] = ir_zone(g, a[0], n.codes, n.n_codes);
            else if (n.op == IR_CALL) to[i] = ir_call(g, n.index, a, n.args);
            else if (n.op == IR_CELL_AT) to[i] = ir_cell_at(g, n.index, a[0]);
            else if (n.op == IR_LOOKUP) to[i] = ir_lookup(g, n.index, n.sub, a[0]);
            else to[i] = ir_op(g, n.op, a, n.args);
        }
        result = to[node];
    }
    free(live);
    free(to);
    return result;
}

ir_ix ir_substitute(struct ir_graph *g, ir_ix node, uint32_t arg, ir_ix with) { return rewrite(g, node, IR_NOTHING, arg, with); }
ir_ix ir_replace(struct ir_graph *g, ir_ix node, ir_ix what, ir_ix with) { return rewrite(g, node, what, 0, with); }

/* One step down: from op(…child…) = x to child = x', the rest a constant. */
static ir_ix undo(struct ir_graph *g, const struct ir_node *n, unsigned which, ir_ix x)
{
    ir_ix c = n->args > 1 ? n->arg[1 - which] : IR_NOTHING;
    switch (n->op) {
    case IR_ADD: return two(g, IR_SUB, x, c);
    case IR_SUB: return which == 0 ? two(g, IR_ADD, x, c) : two(g, IR_SUB, c, x);
    case IR_MUL: return two(g, IR_DIV, x, c);
    case IR_DIV: return which == 0 ? two(g, IR_MUL, x, c) : two(g, IR_DIV, c, x);
    case IR_NEG: return one(g, IR_NEG, x);
    case IR_EXP: return one(g, IR_LOG, x);
    case IR_LOG: return one(g, IR_EXP, x);
    case IR_EXPM1: return one(g, IR_LOG1P, x);
    case IR_LOG1P: return one(g, IR_EXPM1, x);
    case IR_SQRT: return two(g, IR_MUL, x, x);
    case IR_POW: return which == 0 ? two(g, IR_POW, x, two(g, IR_DIV, ir_num(g, 1), c)) : two(g, IR_DIV, one(g, IR_LOG, x), one(g, IR_LOG, c));
    default: return IR_NOTHING;
    }
}

ir_ix ir_invert(struct ir_graph *g, ir_ix node, uint32_t arg)
{
    if (node == IR_NOTHING || node >= g->n || g->node[node].type != IR_F) return IR_NOTHING;
    uint8_t *times_in = calloc(node + 1u, 1);               /* how often ARG stands in each node, at most 2 */
    if (!times_in) return mlp_arena_none(g->arena, node + 1u), IR_NOTHING;
    for (ir_ix i = 0; i <= node; i++) {
        const struct ir_node *n = &g->node[i];
        unsigned sum = n->op == IR_ARG && n->index == arg;
        for (unsigned k = 0; k < n->args; k++) sum += times_in[n->arg[k]];
        times_in[i] = sum > 2 ? 2 : (uint8_t)sum;
    }
    ir_ix x = times_in[node] == 1 ? ir_leaf(g, IR_ARG, IR_F, arg, 0, false) : IR_NOTHING;
    for (ir_ix at = node; x != IR_NOTHING && g->node[at].op != IR_ARG; ) {
        const struct ir_node n = g->node[at];
        unsigned which = times_in[n.arg[0]] ? 0 : 1;
        if (n.args > 2) x = IR_NOTHING;
        else x = undo(g, &n, which, x), at = n.arg[which];
    }
    free(times_in);
    return x;
}
