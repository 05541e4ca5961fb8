/* ir.c: builds expression graphs. Equal nodes are one node; what is constant folds when it is built, with the very bits that the
 * kernel would give: only IEEE's exact operations fold here, so exp, log and their kin stay nodes. A builder that gets IR_NOTHING,
 * runs out of memory or is given arguments of a wrong type answers IR_NOTHING, so a caller may check once at the end.
 * This file knows no spec and no LLVM, and never prints. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "compiler/plan/ir.h"
#include "runtime/base/hash.h"

static const struct { const char *name, *args; char result; } ops[] = {
#define IR(op, args, result) { #op, args, result },
#include "compiler/plan/ir.def"
};
static const struct { const char *name, *signature; } calls[] = {
#define CALL(name, result, args, signature) { #name, signature },
#include "runtime/kernels.def"
};
enum { CALLS = sizeof calls / sizeof *calls };

/* ---- interning ---- */
static uint64_t node_hash(const struct ir_node *n)
{
    uint64_t bits;
    memcpy(&bits, &n->num, sizeof bits);
    const uint64_t part[] = { (uint64_t)n->op | (uint64_t)n->type << 8 | (uint64_t)n->args << 16, (uint64_t)n->arg[0] << 32 | n->arg[1],
                              (uint64_t)n->arg[2] << 32 | n->index, (uint64_t)n->sub << 32 | n->n_codes, bits, (uint64_t)n->integer };
    uint64_t h = mlp_hash(part, sizeof part, n->nullable);
    if (n->text) h = mlp_hash(n->text, strlen(n->text), h);
    return n->n_codes ? mlp_hash(n->codes, n->n_codes * sizeof *n->codes, h) : h;
}

static bool node_same(const struct ir_node *a, const struct ir_node *b)
{
    return a->op == b->op && a->type == b->type && a->args == b->args && a->nullable == b->nullable && !memcmp(a->arg, b->arg, sizeof a->arg)
        && a->index == b->index && a->sub == b->sub && !memcmp(&a->num, &b->num, sizeof a->num) && a->integer == b->integer
        && !a->text == !b->text && (!a->text || !strcmp(a->text, b->text)) && a->n_codes == b->n_codes
        && (!a->n_codes || !memcmp(a->codes, b->codes, a->n_codes * sizeof *a->codes));
}

static bool rehash(struct ir_graph *g, uint32_t buckets)
{
    uint32_t *table = mlp_arena_alloc(g->arena, buckets * sizeof *table);   /* 0: free, else the node's index + 1 */
    if (!table) return false;
    for (uint32_t i = 0; i < g->n; i++) {
        uint32_t at = (uint32_t)node_hash(&g->node[i]) & (buckets - 1);
        while (table[at]) at = (at + 1) & (buckets - 1);
        table[at] = i + 1;
    }
    g->table = table, g->buckets = buckets;
    return true;
}

/* The node's place; text and codes are copied when it is new. */
static ir_ix intern(struct ir_graph *g, struct ir_node n)
{
    if (g->n * 2 >= g->buckets && !rehash(g, g->buckets ? g->buckets * 2 : 256)) return IR_NOTHING;
    uint32_t at = (uint32_t)node_hash(&n) & (g->buckets - 1);
    for (; g->table[at]; at = (at + 1) & (g->buckets - 1))
        if (node_same(&g->node[g->table[at] - 1], &n)) return g->table[at] - 1;
    if (g->n == g->room) {
        uint32_t room = g->room ? g->room * 2 : 64;
        struct ir_node *node = mlp_arena_alloc(g->arena, room * sizeof *node);
        if (!node) return IR_NOTHING;
        if (g->n) memcpy(node, g->node, g->n * sizeof *node);
        g->node = node, g->room = room;
    }
    if (n.text && !(n.text = mlp_arena_copy(g->arena, n.text, strlen(n.text)))) return IR_NOTHING;
    if (n.n_codes) {
        uint32_t *codes = mlp_arena_alloc(g->arena, n.n_codes * sizeof *codes);
        if (!codes) return IR_NOTHING;
        memcpy(codes, n.codes, n.n_codes * sizeof *codes);
        n.codes = codes;
    }
    g->node[g->n] = n;
    g->table[at] = g->n + 1;
    return g->n++;
}

bool ir_copy(struct ir_graph *to, struct mlp_arena *arena, const struct ir_graph *from)
{
    *to = (struct ir_graph){ .arena = arena };
    to->node = mlp_arena_alloc(arena, (from->n + 64) * sizeof *to->node);
    if (!to->node) return false;
    if (from->n) memcpy(to->node, from->node, from->n * sizeof *to->node);
    to->n = from->n, to->room = from->n + 64;
    uint32_t buckets = 256;
    while (buckets < 4 * from->n) buckets *= 2;
    return rehash(to, buckets);
}

/* ---- leaves ---- */
static struct ir_node blank(enum ir_op op, enum ir_type type)
{
    return (struct ir_node){ .op = (uint8_t)op, .type = (uint8_t)type, .arg = { IR_NOTHING, IR_NOTHING, IR_NOTHING } };
}

ir_ix ir_leaf(struct ir_graph *g, enum ir_op op, enum ir_type type, uint32_t index, uint32_t sub, bool nullable)
{
    struct ir_node n = blank(op, type);
    n.index = index, n.sub = sub, n.nullable = op == IR_CELL ? true : op == IR_ARG ? false : nullable;
    return intern(g, n);
}

ir_ix ir_num(struct ir_graph *g, double num)
{
    if (!isfinite(num)) return ir_missing(g, IR_F);
    struct ir_node n = blank(IR_NUM, IR_F);
    n.num = num;
    return intern(g, n);
}

ir_ix ir_int(struct ir_graph *g, enum ir_op op, int64_t integer)
{
    if (op == IR_CODE && integer == 0) return ir_missing(g, IR_C);
    struct ir_node n = blank(op, op == IR_BOOL ? IR_B : op == IR_CODE ? IR_C : IR_I);
    n.integer = op == IR_BOOL ? integer != 0 : integer;
    return intern(g, n);
}

ir_ix ir_text(struct ir_graph *g, const char *text)
{
    struct ir_node n = blank(IR_TEXT, IR_S);
    n.text = text;
    return intern(g, n);
}

ir_ix ir_missing(struct ir_graph *g, enum ir_type type)
{
    struct ir_node n = blank(IR_MISSING, type);
    n.nullable = true;
    return intern(g, n);
}

/* ---- folding ---- */
static double fold_mod(double a, double b)                  /* as Python's: exact remainder, the divisor's sign */
{
    if (b == 0) return NAN;
    double r = fmod(a, b);
    if (r != 0) return (r < 0) != (b < 0) ? r + b : r;
    return copysign(0, b);
}

static bool fold_number(enum ir_op op, double a, double b, double *out)
{
    switch (op) {
    case IR_ADD: *out = a + b; return true;
    case IR_SUB: *out = a - b; return true;
    case IR_MUL: *out = a * b; return true;
    case IR_DIV: *out = a / b; return true;
    case IR_MOD: *out = fold_mod(a, b); return true;
    case IR_NEG: *out = -a; return true;
    case IR_ABS: *out = fabs(a); return true;
    case IR_SIGN: *out = a > 0 ? 1 : a < 0 ? -1 : 0; return true;
    case IR_MIN: *out = b < a ? b : a; return true;
    case IR_MAX: *out = b > a ? b : a; return true;
    case IR_FLOOR: *out = floor(a); return true;
    case IR_CEIL: *out = ceil(a); return true;
    case IR_ROUND: *out = rint(a); return true;
    case IR_SQRT: *out = sqrt(a); return true;
    default: return false;
    }
}

static bool fold_order(enum ir_op op, int order)            /* order: -1 0 1 */
{
    switch (op) {
    case IR_EQ: return order == 0;
    case IR_NE: return order != 0;
    case IR_LT: return order < 0;
    case IR_LE: return order <= 0;
    case IR_GT: return order > 0;
    default: return order >= 0;
    }
}

static bool is_num(const struct ir_node *n, double value) { return n->op == IR_NUM && n->num == value; }
static bool is_constant(const struct ir_node *n) { return n->op == IR_NUM || n->op == IR_INT || n->op == IR_BOOL || n->op == IR_CODE; }

/* The folded node, or IR_NOTHING when the node must be built. a, b, c: copies, since building moves the nodes. */
static ir_ix fold(struct ir_graph *g, enum ir_op op, char result, const ir_ix *arg, unsigned args)
{
    struct ir_node a = g->node[arg[0]], b = args > 1 ? g->node[arg[1]] : a;
    if (op == IR_IS_MISSING) return a.op == IR_MISSING ? ir_int(g, IR_BOOL, 1) : !a.nullable ? ir_int(g, IR_BOOL, 0) : IR_NOTHING;
    if (op == IR_IF) {
        if (a.op == IR_BOOL) return arg[a.integer ? 1 : 2];
        if (a.op == IR_MISSING) return ir_missing(g, (enum ir_type)b.type);
        return arg[1] == arg[2] && !a.nullable ? arg[1] : IR_NOTHING;
    }
    if (op == IR_AND || op == IR_OR) {
        int64_t decides = op == IR_OR;                      /* false decides AND, true decides OR, whatever the other is */
        if (a.op == IR_BOOL) return a.integer == decides ? arg[0] : arg[1];
        if (b.op == IR_BOOL) return b.integer == decides ? arg[1] : arg[0];
        return arg[0] == arg[1] ? arg[0] : IR_NOTHING;
    }
    for (unsigned i = 0; i < args; i++)
        if (g->node[arg[i]].op == IR_MISSING) return ir_missing(g, (enum ir_type)result);
    switch (op) {                                           /* exact for every value, -0 included */
    case IR_MUL: if (is_num(&b, 1)) return arg[0]; if (is_num(&a, 1)) return arg[1]; break;
    case IR_DIV: if (is_num(&b, 1)) return arg[0]; break;
    case IR_SUB: if (is_num(&b, 0) && !signbit(b.num)) return arg[0]; break;
    case IR_NEG: if (a.op == IR_NEG) return a.arg[0]; break;
    case IR_NOT: if (a.op == IR_NOT) return a.arg[0]; break;
    case IR_ABS: if (a.op == IR_ABS) return arg[0]; break;
    case IR_MIN: case IR_MAX: if (arg[0] == arg[1]) return arg[0]; break;
    default: break;
    }
    if (!is_constant(&a) || !is_constant(&b)) return IR_NOTHING;
    if (op == IR_NOT) return ir_int(g, IR_BOOL, !a.integer);
    if (op == IR_FROM_BOOL || op == IR_FROM_INT) return ir_num(g, (double)a.integer);
    if (op == IR_STEP) return a.integer < 2 ? ir_missing(g, IR_F) : ir_num(g, (double)(a.integer - 2));
    if (op == IR_IADD || op == IR_ISUB) {
        int64_t r;
        bool over = op == IR_IADD ? __builtin_add_overflow(a.integer, b.integer, &r) : __builtin_sub_overflow(a.integer, b.integer, &r);
        return over ? ir_missing(g, IR_I) : ir_int(g, IR_INT, r);
    }
    if (result == IR_B) {
        int order = a.type == IR_F ? (a.num > b.num) - (a.num < b.num) : (a.integer > b.integer) - (a.integer < b.integer);
        return ir_int(g, IR_BOOL, fold_order(op, order));
    }
    double num;
    return result == IR_F && fold_number(op, a.num, b.num, &num) ? ir_num(g, num) : IR_NOTHING;
}

/* ---- inner nodes ---- */
/* A number that is never far from 1: a few products of such with constants stay finite. */
static bool is_tame(const struct ir_graph *g, ir_ix at, unsigned deep)
{
    const struct ir_node *n = &g->node[at];
    switch (n->op) {
    case IR_NUM: return n->num == 0 || (fabs(n->num) > 1e-30 && fabs(n->num) < 1e30);
    case IR_YEAR: case IR_MONTH: case IR_DAY: case IR_DAY_OF_YEAR: case IR_WEEKDAY: case IR_WEEK: case IR_HOUR: case IR_MINUTE:
    case IR_FROM_INT: case IR_FROM_BOOL: case IR_SIN: case IR_COS: case IR_TANH: case IR_SIGN: return true;
    case IR_ADD: case IR_SUB: case IR_MUL: return deep < 4 && is_tame(g, n->arg[0], deep + 1) && is_tame(g, n->arg[1], deep + 1);
    case IR_DIV: return deep < 4 && is_tame(g, n->arg[0], deep + 1) && g->node[n->arg[1]].op == IR_NUM && g->node[n->arg[1]].num != 0
                        && is_tame(g, n->arg[1], deep + 1);
    default: return false;
    }
}

static bool may_be_missing(const struct ir_graph *g, enum ir_op op, const ir_ix *arg, unsigned args)
{
    switch (op) {
    case IR_ADD: case IR_SUB: case IR_MUL:
        if (is_tame(g, arg[0], 0) && is_tame(g, arg[1], 0)) break;
        return true;
    case IR_DIV:
        if (is_tame(g, arg[0], 0) && is_tame(g, arg[1], 0) && g->node[arg[1]].op == IR_NUM && g->node[arg[1]].num != 0) break;
        return true;
    case IR_MOD: case IR_POW: case IR_EXP: case IR_EXPM1: case IR_LOG: case IR_LOG1P:
    case IR_SQRT: case IR_IADD: case IR_ISUB: case IR_TO_INT: case IR_STEP: case IR_CELL_AT: case IR_KEEP: case IR_LOOKUP: case IR_TO_CODE:
        return true;
    case IR_IS_MISSING: return false;
    case IR_IF: {                                           /* if x is missing then v else x: x is there where it is taken */
        const struct ir_node *c = &g->node[arg[0]];
        if (c->op == IR_IS_MISSING && c->arg[0] == arg[2]) return g->node[arg[1]].nullable;
        if (c->op == IR_NOT && g->node[c->arg[0]].op == IR_IS_MISSING && g->node[c->arg[0]].arg[0] == arg[1]) return g->node[arg[2]].nullable;
        break;
    }
    default: break;
    }
    for (unsigned i = 0; i < args; i++)
        if (g->node[arg[i]].nullable) return true;
    return false;
}

static bool fits(char wanted, uint8_t type, uint8_t first) { return wanted == '.' ? type == first : type == (uint8_t)wanted; }

static ir_ix inner(struct ir_graph *g, struct ir_node n, const ir_ix *arg, unsigned args)
{
    n.args = (uint8_t)args;
    memcpy(n.arg, arg, args * sizeof *arg);
    n.nullable = may_be_missing(g, n.op, arg, args) || (n.op == IR_CALL && calls[n.index].signature[0] < 'a');
    return intern(g, n);
}

ir_ix ir_op(struct ir_graph *g, enum ir_op op, const ir_ix *arg, unsigned args)
{
    if (op >= IR_CALL || op == IR_ZONE || args == 0 || args != strlen(ops[op].args)) return IR_NOTHING;
    for (unsigned i = 0; i < args; i++)
        if (arg[i] == IR_NOTHING || arg[i] >= g->n) return IR_NOTHING;
    uint8_t first = g->node[arg[op == IR_IF ? 1 : 0]].type;
    for (unsigned i = 0; i < args; i++)
        if (!fits(ops[op].args[i], g->node[arg[i]].type, first)) return IR_NOTHING;
    if (op >= IR_EQ && op <= IR_GE && first == IR_S) return IR_NOTHING;    /* texts are compared by a call */
    char result = ops[op].result == '.' ? (char)first : ops[op].result;
    ir_ix folded = fold(g, op, result, arg, args);
    return folded != IR_NOTHING ? folded : inner(g, blank(op, (enum ir_type)result), arg, args);
}

static int by_code(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

ir_ix ir_codes(struct ir_graph *g, enum ir_op op, ir_ix code, const uint32_t *codes, uint32_t n)
{
    if (code == IR_NOTHING || code >= g->n || g->node[code].type != IR_C || (op != IR_IN_CODES && op != IR_KEEP)) return IR_NOTHING;
    uint32_t *sorted = mlp_arena_alloc(g->arena, (n + 1) * sizeof *sorted), kept = 0;
    if (!sorted) return IR_NOTHING;
    if (n) memcpy(sorted, codes, n * sizeof *sorted);
    qsort(sorted, n, sizeof *sorted, by_code);
    for (uint32_t i = 0; i < n; i++)
        if (sorted[i] != 0 && (!kept || sorted[kept - 1] != sorted[i])) sorted[kept++] = sorted[i];
    const struct ir_node a = g->node[code];
    enum ir_type type = op == IR_KEEP ? IR_C : IR_B;
    if (a.op == IR_MISSING) return ir_missing(g, type);
    if (a.op == IR_CODE) {
        uint32_t value = (uint32_t)a.integer;
        bool in = kept && bsearch(&value, sorted, kept, sizeof *sorted, by_code);
        return op == IR_IN_CODES ? ir_int(g, IR_BOOL, in) : in ? code : ir_missing(g, IR_C);
    }
    struct ir_node node = blank(op, type);
    node.codes = sorted, node.n_codes = kept;
    return inner(g, node, &code, 1);
}

static enum ir_type call_type(uint32_t call) { return (enum ir_type)(calls[call].signature[0] | 0x20); }   /* a capital: may be missing */

ir_ix ir_call(struct ir_graph *g, uint32_t call, const ir_ix *arg, unsigned args)
{
    if (call >= CALLS || args > 3) return IR_NOTHING;
    const char *want = calls[call].signature + 1;
    if (*want == 'a') want++;
    if (strlen(want) != args) return IR_NOTHING;
    for (unsigned i = 0; i < args; i++)
        if (arg[i] == IR_NOTHING || arg[i] >= g->n || g->node[arg[i]].type != (uint8_t)want[i]) return IR_NOTHING;
    for (unsigned i = 0; i < args; i++)
        if (g->node[arg[i]].op == IR_MISSING) return ir_missing(g, call_type(call));
    struct ir_node n = blank(IR_CALL, call_type(call));
    n.index = call;
    return inner(g, n, arg, args);
}

ir_ix ir_cell_at(struct ir_graph *g, uint32_t cell, ir_ix code)
{
    if (code == IR_NOTHING || code >= g->n || g->node[code].type != IR_C) return IR_NOTHING;
    struct ir_node n = blank(IR_CELL_AT, IR_F);
    n.index = cell;
    return inner(g, n, &code, 1);
}

ir_ix ir_zone(struct ir_graph *g, ir_ix time, const uint32_t *table, uint32_t words)
{
    if (time == IR_NOTHING || time >= g->n || g->node[time].type != IR_I || !words || words % 3) return IR_NOTHING;
    if (g->node[time].op == IR_MISSING) return ir_missing(g, IR_I);
    struct ir_node n = blank(IR_ZONE, IR_I);
    n.codes = table, n.n_codes = words;
    return inner(g, n, &time, 1);
}

ir_ix ir_lookup(struct ir_graph *g, uint32_t cell, uint32_t call, ir_ix number)
{
    if (number == IR_NOTHING || number >= g->n || g->node[number].type != IR_F || call >= CALLS || calls[call].signature[1] != 't')
        return IR_NOTHING;
    if (g->node[number].op == IR_MISSING) return number;
    struct ir_node n = blank(IR_LOOKUP, IR_F);
    n.index = cell, n.sub = call;
    return inner(g, n, &number, 1);
}

/* ---- text ---- */
enum { PRINT_MOST = 1 << 16 };                              /* a graph is shared, its text is not: stop somewhere */

static void print(const struct ir_graph *g, ir_ix at, struct mlp_buffer *to)
{
    if (at == IR_NOTHING || at >= g->n) { mlp_buffer_text(to, "nothing"); return; }
    if (to->n > PRINT_MOST) { mlp_buffer_text(to, "…"); return; }
    const struct ir_node *n = &g->node[at];
    switch (n->op) {
    case IR_SLOT: mlp_buffer_printf(to, "slot%u", n->index); return;
    case IR_CELL: mlp_buffer_printf(to, "cell%u[%u]", n->index, n->sub); return;
    case IR_PARAM: mlp_buffer_printf(to, "param%u", n->index); return;
    case IR_ARG: mlp_buffer_text(to, n->index == 0 ? "y" : n->index == 1 ? "score" : "arg"); return;
    case IR_NUM: mlp_buffer_printf(to, "%.17g", n->num); return;
    case IR_INT: mlp_buffer_printf(to, "%lld", (long long)n->integer); return;
    case IR_BOOL: mlp_buffer_text(to, n->integer ? "true" : "false"); return;
    case IR_CODE: mlp_buffer_printf(to, "#%lld", (long long)n->integer); return;
    case IR_TEXT: mlp_buffer_printf(to, "\"%s\"", n->text); return;
    case IR_MISSING: mlp_buffer_text(to, "missing"); return;
    default: break;
    }
    const char *name = n->op == IR_CALL ? calls[n->index].name : n->op == IR_LOOKUP ? calls[n->sub].name : ops[n->op].name;
    for (const char *c = name; *c; c++) {
        char low = *c >= 'A' && *c <= 'Z' ? (char)(*c + 32) : *c;
        mlp_buffer_add(to, &low, 1);
    }
    mlp_buffer_text(to, "(");
    if (n->op == IR_CELL_AT || n->op == IR_LOOKUP) mlp_buffer_printf(to, "cell%u, ", n->index);
    for (unsigned i = 0; i < n->args; i++) {
        if (i) mlp_buffer_text(to, ", ");
        print(g, n->arg[i], to);
    }
    for (uint32_t i = 0; i < n->n_codes; i++) mlp_buffer_printf(to, "%s%u", i ? " " : ", {", n->codes[i]);
    mlp_buffer_text(to, n->n_codes ? "})" : ")");
}

void ir_print(const struct ir_graph *g, ir_ix at, struct mlp_buffer *to) { print(g, at, to); }
