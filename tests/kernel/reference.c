/* reference.c: see reference.h. No cleverness: a missing value is a flag, a text is a struct, every rule of ir.def is one line. */
#include <math.h>
#include <string.h>
#include "tests/kernel/calendar.h"
#include "tests/kernel/reference.h"

bool ref_bit(const uint64_t *valid, size_t row) { return !valid || (valid[row / 64] >> (row % 64) & 1); }

double ref_mod(double a, double b)
{
    double r = fmod(a, b);
    if (r == 0) return copysign(0, b);
    return (r < 0) != (b < 0) ? r + b : r;
}

static struct ref_value nothing(void) { return (struct ref_value){ .num = NAN }; }
static struct ref_value truth(bool t) { return (struct ref_value){ .ok = true, .truth = t }; }
static struct ref_value code(uint32_t c) { return (struct ref_value){ .ok = c != 0, .code = c }; }
static struct ref_value number(const struct ref_env *e, double v)
{
    if (e->ieee) return (struct ref_value){ .ok = true, .num = v };
    return isfinite(v) ? (struct ref_value){ .ok = true, .num = v } : nothing();
}

static struct ref_value slot(const struct ref_env *e, const struct ir_node *n)
{
    uint32_t s = 0;
    while (e->slot[s] != n->index) s++;
    const void *data = e->in[s].data;
    if (n->nullable && !ref_bit(e->in[s].valid, e->row)) return nothing();
    switch (n->type) {
    case IR_F: return (struct ref_value){ .ok = true, .num = ((const double *)data)[e->row] };
    case IR_I: return (struct ref_value){ .ok = true, .integer = ((const int64_t *)data)[e->row] };
    case IR_B: return truth(((const double *)data)[e->row] != 0);
    case IR_C: return code(((const uint32_t *)data)[e->row]);
    default: return (struct ref_value){ .ok = true, .text = ((const struct mlp_str *)data)[e->row] };
    }
}

static double cell(const struct ref_env *e, uint32_t index, uint64_t element)
{
    if (index >= e->ctx->state->n || element >= e->ctx->state->cell[index].n) return NAN;
    return ((const double *)e->ctx->state->cell[index].at)[element];
}

static bool in_codes(const struct ir_node *n, uint32_t c)
{
    for (uint32_t i = 0; i < n->n_codes; i++) if (n->codes[i] == c) return true;
    return false;
}

static int order(const struct ir_node *n, struct ref_value a, struct ref_value b)
{
    if (n->type == IR_F) return (a.num > b.num) - (a.num < b.num);
    if (n->type == IR_B) return a.truth - b.truth;
    if (n->type == IR_C) return (a.code > b.code) - (a.code < b.code);
    return (a.integer > b.integer) - (a.integer < b.integer);
}

static struct ref_value compare(const struct ir_node *n, const struct ir_node *first, struct ref_value a, struct ref_value b)
{
    if (first->type == IR_F && (isnan(a.num) || isnan(b.num))) return truth(n->op == IR_NE);
    int o = order(first, a, b);
    return truth(n->op == IR_EQ ? o == 0 : n->op == IR_NE ? o != 0 : n->op == IR_LT ? o < 0 : n->op == IR_LE ? o <= 0 : n->op == IR_GT ? o > 0 : o >= 0);
}

static struct ref_value call(const struct ref_env *e, const struct ir_node *n, struct ref_value a, struct ref_value b)
{
    const struct mlp_calls *f = e->ctx->call;
    struct ref_value r = { .ok = true };
    switch (n->index) {                                     /* the rows of kernels.def */
    case 0: return truth(f->equals(&a.text, &b.text));
    case 1: return truth(f->contains(&a.text, &b.text));
    case 2: return truth(f->starts_with(&a.text, &b.text));
    case 3: return truth(f->ends_with(&a.text, &b.text));
    case 4: return number(e, f->length(&a.text));
    case 5: f->lower(e->ctx->arena, &r.text, &a.text); return r;
    case 6: f->upper(e->ctx->arena, &r.text, &a.text); return r;
    default: f->trim(e->ctx->arena, &r.text, &a.text); return r;
    }
}

uint32_t ref_lookup(bool rank)                              /* the row of kernels.def */
{
    static const char *const names[] = {
#define CALL(name, result, args, signature) #name,
#include "runtime/kernels.def"
    };
    uint32_t i = 0;
    while (strcmp(names[i], rank ? "rank" : "place")) i++;
    return i;
}

static struct ref_value lookup(const struct ref_env *e, const struct ir_node *n, double x)
{
    static const struct mlp_cell none = { NULL, 0 };
    const struct mlp_cell *c = n->index < e->ctx->state->n ? &e->ctx->state->cell[n->index] : &none;
    return number(e, n->sub == ref_lookup(true) ? e->ctx->call->rank(c->at, c->n, x) : e->ctx->call->place(c->at, c->n, x));
}

static struct ref_value arithmetic(const struct ref_env *e, const struct ir_node *n, double a, double b)
{
    switch (n->op) {
    case IR_ADD: return number(e, a + b);
    case IR_SUB: return number(e, a - b);
    case IR_MUL: return number(e, a * b);
    case IR_DIV: return number(e, a / b);
    case IR_MOD: return number(e, ref_mod(a, b));
    case IR_POW: return number(e, pow(a, b));
    case IR_NEG: return number(e, -a);
    case IR_ABS: return number(e, fabs(a));
    case IR_SIGN: return number(e, a > 0 ? 1 : a < 0 ? -1 : 0);
    case IR_MIN: return number(e, b < a ? b : a);
    case IR_MAX: return number(e, b > a ? b : a);
    case IR_FLOOR: return number(e, floor(a));
    case IR_CEIL: return number(e, ceil(a));
    case IR_ROUND: return number(e, nearbyint(a));
    case IR_EXP: return number(e, exp(a));
    case IR_EXPM1: return number(e, expm1(a));
    case IR_LOG: return number(e, log(a));
    case IR_LOG1P: return number(e, log1p(a));
    case IR_SQRT: return number(e, sqrt(a));
    case IR_SIN: return number(e, sin(a));
    case IR_COS: return number(e, cos(a));
    default: return number(e, tanh(a));
    }
}

struct ref_value ref_eval(const struct ref_env *e, ir_ix at)
{
    const struct ir_node *n = &e->graph->node[at], *first = n->args ? &e->graph->node[n->arg[0]] : NULL;
    struct ref_value a = nothing(), b = nothing(), r;
    if (n->args > 0) a = ref_eval(e, n->arg[0]);
    if (n->args > 1 && n->op != IR_IF) b = ref_eval(e, n->arg[1]);
    switch (n->op) {
    case IR_SLOT: return slot(e, n);
    case IR_CELL: return number(e, cell(e, n->index, n->sub));
    case IR_PARAM: return n->nullable ? number(e, e->ctx->param[n->index]) : (struct ref_value){ .ok = true, .num = e->ctx->param[n->index] };
    case IR_ARG: return (struct ref_value){ .ok = true, .num = n->index == 0 ? e->y : e->score };
    case IR_NUM: return (struct ref_value){ .ok = true, .num = n->num };
    case IR_INT: return (struct ref_value){ .ok = true, .integer = n->integer };
    case IR_BOOL: return truth(n->integer);
    case IR_CODE: return code((uint32_t)n->integer);
    case IR_TEXT: return (struct ref_value){ .ok = true, .text = { n->text, strlen(n->text) } };
    case IR_MISSING: r = nothing(); r.ok = e->ieee; return r;
    case IR_IS_MISSING: return truth(e->ieee ? isnan(a.num) : !a.ok);
    case IR_AND: return a.ok && b.ok ? truth(a.truth && b.truth) : (a.ok && !a.truth) || (b.ok && !b.truth) ? truth(false) : nothing();
    case IR_OR: return a.ok && b.ok ? truth(a.truth || b.truth) : (a.ok && a.truth) || (b.ok && b.truth) ? truth(true) : nothing();
    case IR_IF: return !a.ok ? nothing() : ref_eval(e, n->arg[a.truth ? 1 : 2]);
    case IR_CELL_AT: return number(e, cell(e, n->index, a.ok ? a.code : 0));
    default: break;
    }
    if (!a.ok || (n->args > 1 && !b.ok)) return nothing();
    switch (n->op) {
    case IR_IADD: r = a; r.ok = !__builtin_add_overflow(a.integer, b.integer, &r.integer); return r;
    case IR_ISUB: r = a; r.ok = !__builtin_sub_overflow(a.integer, b.integer, &r.integer); return r;
    case IR_TO_INT:
        r = a, r.ok = fabs(a.num) < 0x1p63;
        if (r.ok) r.integer = (int64_t)nearbyint(a.num);
        return r;
    case IR_YEAR: return number(e, (double)ref_calendar(a.integer).year);
    case IR_MONTH: return number(e, ref_calendar(a.integer).month);
    case IR_DAY: return number(e, ref_calendar(a.integer).day);
    case IR_DAY_OF_YEAR: return number(e, ref_calendar(a.integer).day_of_year);
    case IR_WEEKDAY: return number(e, ref_calendar(a.integer).weekday);
    case IR_WEEK: return number(e, ref_calendar(a.integer).week);
    case IR_HOUR: return number(e, (double)(ref_calendar(a.integer).clock / 3600000000));
    case IR_MINUTE: return number(e, (double)(ref_calendar(a.integer).clock / 60000000 % 60));
    case IR_DATE: r = a, r.integer = ref_calendar(a.integer).start; return r;
    case IR_CLOCK: r = a, r.integer = ref_calendar(a.integer).clock; return r;
    case IR_ZONE: r = a, r.integer = ref_zone(n->codes, n->n_codes, a.integer); return r;
    case IR_FROM_INT: return number(e, (double)a.integer);
    case IR_FROM_BOOL: return number(e, a.truth ? 1 : 0);
    case IR_STEP: return a.code < 2 ? nothing() : number(e, (double)a.code - 2);
    case IR_EQ: case IR_NE: case IR_LT: case IR_LE: case IR_GT: case IR_GE: return compare(n, first, a, b);
    case IR_NOT: return truth(!a.truth);
    case IR_LOOKUP: return lookup(e, n, a.num);
    case IR_TO_CODE: return code(a.num >= 0.5 ? a.num < 2147483647 ? (uint32_t)a.num : 2147483647u : 0);
    case IR_IN_CODES: return truth(in_codes(n, a.code));
    case IR_KEEP: return in_codes(n, a.code) ? a : nothing();
    case IR_CALL: return call(e, n, a, b);
    default: return arithmetic(e, n, a.num, b.num);
    }
}

void ref_map(const struct ir_graph *g, const struct ir_kernel *k, const struct mlp_ctx *ctx, const struct mlp_in *in, size_t n, const struct mlp_out *out)
{
    struct ref_env e = { .graph = g, .ctx = ctx, .in = in, .slot = k->slot, .slots = k->slots };
    for (e.row = 0; e.row < n; e.row++)
        for (uint32_t o = 0; o < k->outs; o++) {
            struct ref_value v = ref_eval(&e, k->out[o].node);
            uint8_t type = g->node[k->out[o].node].type;
            double num = type == IR_B ? v.truth : type == IR_I ? (double)v.integer : v.num;
            size_t at = e.row * out[o].step;
            if (k->out[o].form == MLP_OUT_F32) {
                float small = (float)num;
                v.ok = v.ok && isfinite(small);
                ((float *)out[o].data)[at] = v.ok ? small : NAN;
            } else if (k->out[o].form == MLP_OUT_F64) ((double *)out[o].data)[at] = v.ok ? num : NAN;
            else if (k->out[o].form == MLP_OUT_I64) {       /* INT64_MIN is how a missing time is written */
                v.ok = v.ok && v.integer != INT64_MIN;
                ((int64_t *)out[o].data)[at] = v.ok ? v.integer : INT64_MIN;
            }
            else ((uint32_t *)out[o].data)[at] = v.ok ? v.code : 0;
            uint64_t bit = UINT64_C(1) << (e.row % 64);
            if (out[o].valid) out[o].valid[e.row / 64] = (out[o].valid[e.row / 64] & ~bit) | (v.ok ? bit : 0);
        }
}
