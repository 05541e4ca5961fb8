/* operators.c: operators of expressions: arithmetic with units, comparisons, sets and ranges, three-valued logic, if.
 * Missing values need no code here: every node of the graph says what it does with one. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "compiler/sema/elaborate.h"

static bool is_op(const struct ast *a, const char *text) { return !strcmp(a->text, text); }

static struct value broken2(struct elab *e, struct span at, const struct value *a, const struct value *b)
{
    const struct value *const both[] = {a, b};
    return value_broken(e, at, both, 2);
}

static struct value made2(struct elab *e, enum ir_op op, uint8_t base, struct span at, const struct value *a, const struct value *b)
{
    const struct value *const both[] = {a, b};
    const ir_ix arg[] = {a->node, b->node};
    return value_made(e, a->broken || b->broken ? IR_NOTHING : ir_op(&e->graph, op, arg, 2), base, at, both, 2);
}

/* What to do with a value that is no number, where one is wanted. */
static void as_number(struct elab *e, struct diag *d, const struct value *v)
{
    const char *text = slice_of(e->spec->src, v->at);
    switch (class_of(&v->type)) {
    case CLASS_CODE:
        d->fix = source_printf(e->spec->src, "name `%s` alone, and each model encodes it; or make a number: `if %s == \"%s\" then 1 else 0`", text, text,
                               v->type.n_set ? v->type.set[0] : "…");
        break;
    case CLASS_TEXT: d->fix = source_printf(e->spec->src, "write `number(%s)` where the text holds a number", text); break;
    case CLASS_TIME: d->fix = source_printf(e->spec->src, "subtract another date, or take a part of it: `month(%s)`", text); break;
    default: break;
    }
}

/* ---- arithmetic ---- */

static ir_ix ordinal_step(struct elab *e, const struct value *v)
{
    const struct ir_node *n = &e->graph.node[v->node];
    return n->op == IR_CODE ? ir_num(&e->graph, (double)n->integer - 2) : ir_op(&e->graph, IR_STEP, &v->node, 1);
}

void values_add(struct elab *e, const struct scope *sc, struct span at, enum ir_op op, struct value *a, struct value *b,
                struct value *out)
{
    const char *verb = op == IR_ADD ? "added" : "subtracted";
    *out = broken2(e, elab_at(sc, at), a, b);
    if (a->broken || b->broken) return;
    const enum type_class x = class_of(&a->type), y = class_of(&b->type);
    const enum ir_op whole = op == IR_ADD ? IR_IADD : IR_ISUB;
    if (x == CLASS_TIME && y == CLASS_DURATION) {           /* whole days from a date: a date */
        const struct ir_node *n = &e->graph.node[b->node];
        const bool date = a->type.base == MLP_DATE && n->op == IR_INT && n->integer % INT64_C(86400000000) == 0;
        *out = made2(e, whole, date ? MLP_DATE : MLP_TIME, out->at, a, b);
        return;
    }
    if (x == CLASS_DURATION && y == CLASS_TIME && op == IR_ADD) {
        values_add(e, sc, at, op, b, a, out);
        return;
    }
    if (x == CLASS_TIME && y == CLASS_TIME && op == IR_ADD) {
        elab_wrong(e, sc, at, "E108", "%s and %s are both times: only a duration is added to a time", value_text(e, a), value_text(e, b))
            ->fix = source_printf(e->spec->src, "subtract them: `%s - %s` is how long it was between them",
                                  slice_of(e->spec->src, a->at), slice_of(e->spec->src, b->at));
        return;
    }
    if (x == CLASS_TIME && y == CLASS_TIME && op == IR_SUB) {
        *out = made2(e, IR_ISUB, MLP_DURATION, out->at, a, b);
        return;
    }
    if (x == CLASS_BOOL) value_number(e, a);
    if (y == CLASS_BOOL) value_number(e, b);
    if (op == IR_SUB && ((x == CLASS_ORDINAL && (y == CLASS_ORDINAL || y == CLASS_TEXT)) || (x == CLASS_TEXT && y == CLASS_ORDINAL))) {
        /* how many steps lie between them */
        if (values_unify(e, sc, at, verb, a, b) != CLASS_ORDINAL) return;
        const struct value *const both[] = {a, b};
        ir_ix step[2];
        for (int i = 0; i < 2; i++) step[i] = ordinal_step(e, both[i]);
        *out = value_made(e, ir_op(&e->graph, IR_SUB, step, 2), MLP_FLOAT, out->at, both, 2);
        return;
    }
    switch (values_unify(e, sc, at, verb, a, b)) {
    case CLASS_NUMBER:
        *out = made2(e, op, a->type.base == MLP_INT && b->type.base == MLP_INT ? MLP_INT : MLP_FLOAT, out->at, a, b);
        out->type.unit = a->type.unit;
        break;
    case CLASS_DURATION: *out = made2(e, whole, MLP_DURATION, out->at, a, b); break;
    case CLASS_NONE: break;
    default:
        as_number(e, elab_wrong(e, sc, at, "E108", "%s is %s: it cannot be %s", value_text(e, a), type_word(&a->type), verb), a);
    }
}

/* * and /: units multiply. A duration divided by one is a number; by a number it stays one where both are constants. */
void values_scale(struct elab *e, const struct scope *sc, struct span at, enum ir_op op, struct value *a, struct value *b,
                  struct value *out)
{
    *out = broken2(e, elab_at(sc, at), a, b);
    if (a->broken || b->broken) return;
    struct value *side[] = {a, b};
    for (int i = 0; i < 2; i++) {
        struct value *v = side[i], *other = side[1 - i];
        if (v->type.base == MLP_BOOL) value_number(e, v);
        if (class_of(&v->type) != CLASS_DURATION) continue;
        if (class_of(&other->type) == CLASS_NUMBER && other->type.unit.n && v->literal) {   /* 1h beside [km]: a number in [h] */
            v->type = (struct type){.base = MLP_FLOAT, .unit = {.n = 1, .part = {{v->literal->unit, 1}}}, .lo = -INFINITY,
                                    .hi = INFINITY};
            double in_unit = v->literal->num;
            const double size = unit_seconds(&v->type.unit);
            if (size) in_unit /= size;
            v->node = ir_num(&e->graph, in_unit);
        }
    }
    const enum type_class x = class_of(&a->type), y = class_of(&b->type);
    if (x == CLASS_DURATION && y == CLASS_DURATION && op == IR_DIV) {
        a->node = ir_op(&e->graph, IR_FROM_INT, &a->node, 1), b->node = ir_op(&e->graph, IR_FROM_INT, &b->node, 1);
        *out = made2(e, IR_DIV, MLP_FLOAT, out->at, a, b);
        return;
    }
    if ((x == CLASS_DURATION && y == CLASS_NUMBER) || (x == CLASS_NUMBER && y == CLASS_DURATION && op == IR_MUL)) {
        const struct ir_node *p = &e->graph.node[a->node], *q = &e->graph.node[b->node];
        if ((p->op == IR_NUM || p->op == IR_INT) && (q->op == IR_NUM || q->op == IR_INT)) {
            const double u = p->op == IR_NUM ? p->num : (double)p->integer, v = q->op == IR_NUM ? q->num : (double)q->integer;
            const double r = op == IR_MUL ? u * v : u / v;
            if (fabs(r) < 9e18) *out = value_made(e, ir_int(&e->graph, IR_INT, llround(r)), MLP_DURATION, out->at, NULL, 0);
            return;
        }
        const struct value *number = x == CLASS_NUMBER ? a : b, *other = number == a ? b : a;
        if (number->type.unit.n) {
            elab_wrong(e, sc, at, "E108", "%s is a duration and %s has a unit: their product has none that can be told", value_text(e, other),
                       value_unit(e, number))->fix =
                source_printf(e->spec->src, "divide the duration by its unit first: `(%s) / 1h`", slice_of(e->spec->src, other->at));
            return;
        }
        struct value *d = x == CLASS_DURATION ? a : b;
        d->node = ir_op(&e->graph, IR_FROM_INT, &d->node, 1);
        const struct value scaled = made2(e, op, MLP_DURATION, out->at, a, b);
        const struct value *const one[] = {&scaled};
        *out = value_made(e, scaled.broken ? IR_NOTHING : ir_op(&e->graph, IR_TO_INT, &scaled.node, 1), MLP_DURATION, out->at, one, 1);
        return;
    }
    if (x != CLASS_NUMBER || y != CLASS_NUMBER) {
        const struct value *odd = x != CLASS_NUMBER ? a : b;
        as_number(e, elab_wrong(e, sc, at, "E108", "%s is %s: it cannot be %s", value_text(e, odd), type_word(&odd->type),
                                op == IR_MUL ? "multiplied" : "divided"), odd);
        return;
    }
    *out = made2(e, op, op == IR_MUL && a->type.base == MLP_INT && b->type.base == MLP_INT ? MLP_INT : MLP_FLOAT, out->at, a, b);
    out->type.unit = unit_product(&a->type.unit, &b->type.unit, op == IR_MUL ? 1 : -1);
}

/* Small whole exponents are products: exact, and cheap to differentiate. */
void values_power(struct elab *e, const struct scope *sc, struct span at, struct value *a, struct value *b, struct value *out)
{
    *out = broken2(e, elab_at(sc, at), a, b);
    if (a->broken || b->broken) return;
    if (!value_number(e, a) || !value_number(e, b)) {
        const struct value *odd = class_of(&a->type) != CLASS_NUMBER ? a : b;
        as_number(e, elab_wrong(e, sc, at, "E108", "%s is %s: it has no powers", value_text(e, odd), type_word(&odd->type)), odd);
        return;
    }
    if (b->type.unit.n) {
        elab_wrong(e, sc, at, "E108", "%s cannot be an exponent: an exponent has no unit", value_unit(e, b));
        return;
    }
    const struct ir_node *k = &e->graph.node[b->node];
    const struct unit unit = k->op == IR_NUM ? unit_power(&a->type.unit, k->num) : (struct unit){.any = a->type.unit.any};
    if (k->op != IR_NUM && a->type.unit.n) {
        elab_wrong(e, sc, at, "E108", "%s to a power that differs by row has no unit", value_unit(e, a))->fix =
            "divide by a number with that unit first";
        return;
    }
    const double power = k->op == IR_NUM ? k->num : 0;
    if (power == 1) *out = *a, out->at = elab_at(sc, at);
    else if (power == 2 || power == 3) {
        struct value square = made2(e, IR_MUL, a->type.base, out->at, a, a);
        *out = power == 2 ? square : made2(e, IR_MUL, a->type.base, out->at, &square, a);
    } else *out = made2(e, IR_POW, MLP_FLOAT, out->at, a, b);
    out->type.unit = unit, out->literal = NULL;
}

void elab_negate(struct elab *e, const struct scope *sc, const struct ast *a, struct value *out)
{
    struct value x;
    elab_value(e, sc, a->kid[0], &x);
    const struct value *const arg[] = {&x};
    *out = value_broken(e, elab_at(sc, a->at), arg, 1);
    if (x.broken) return;
    if (class_of(&x.type) == CLASS_DURATION) {
        const ir_ix pair[] = {ir_int(&e->graph, IR_INT, 0), x.node};
        *out = value_made(e, ir_op(&e->graph, IR_ISUB, pair, 2), MLP_DURATION, out->at, arg, 1);
    } else if (value_number(e, &x)) {
        *out = value_made(e, ir_op(&e->graph, IR_NEG, &x.node, 1), x.type.base, out->at, arg, 1);
        out->type.unit = x.type.unit;
    } else as_number(e, elab_wrong(e, sc, a->at, "E108", "%s is %s: it has no negative", value_text(e, &x), type_word(&x.type)), &x);
}

/* ---- comparisons ---- */

void values_compare(struct elab *e, const struct scope *sc, struct span at, enum ir_op op, struct value *a, struct value *b,
                    struct value *out)
{
    *out = broken2(e, elab_at(sc, at), a, b);
    const struct value *const both[] = {a, b};
    for (int i = 0; i < 2; i++)
        if (!a->broken && !b->broken && both[i]->literal && both[i]->literal->kind == AST_MISSING) {
            elab_wrong(e, sc, at, "E204", "a comparison with `missing` is missing itself, never true")->fix =
                source_printf(e->spec->src, "write `%s is missing`", slice_of(e->spec->src, both[1 - i]->at));
            return;
        }
    const bool closed = value_constant(e, a) || value_constant(e, b), order = op != IR_EQ && op != IR_NE;
    const enum type_class class = values_unify(e, sc, at, "compared", a, b);
    ir_ix arg[] = {a->node, b->node}, node = IR_NOTHING;
    switch (class) {
    case CLASS_NONE: return;
    case CLASS_BOOL:
        if (order) break;
        if (value_number(e, a) && value_number(e, b)) node = ir_op(&e->graph, op, (const ir_ix[]){a->node, b->node}, 2);
        break;
    case CLASS_TEXT:
        if (order) break;
        node = ir_call(&e->graph, call_of("equals"), arg, 2);
        if (op == IR_NE && node != IR_NOTHING) node = ir_op(&e->graph, IR_NOT, &node, 1);
        break;
    case CLASS_ORDINAL:                                     /* by step: a value that was never declared is on no side */
        if (order)
            for (int i = 0; i < 2; i++) arg[i] = ordinal_step(e, i ? b : a);
        node = ir_op(&e->graph, op, arg, 2);
        break;
    case CLASS_CODE:
        if (order) break;
        node = ir_op(&e->graph, op, arg, 2);
        break;
    default: node = ir_op(&e->graph, op, arg, 2);
    }
    if (node == IR_NOTHING && order && (class == CLASS_BOOL || class == CLASS_TEXT || class == CLASS_CODE)) {
        elab_wrong(e, sc, at, "E108", "%s is %s: it has no order, only `==` and `!=` compare it", value_text(e, a),
                   type_word(&a->type))->fix =
            class == CLASS_CODE ? "declare it as `ordinal in {…}`, from low to high" : "";
        return;
    }
    *out = value_made(e, node, MLP_BOOL, out->at, both, 2);
    if (closed) value_closed(e, out);
}

/* ---- in ---- */

static const struct ast *set_item(const struct ast *item) { return item->kind == AST_ARG ? NULL : item; }

static int by_number(const void *a, const void *b)
{
    const uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

bool category_codes(struct elab *e, const struct scope *sc, const struct value *x, const struct ast *set, uint32_t **codes,
                    uint32_t *n)
{
    *codes = mlp_arena_alloc(&e->spec->src->arena, (set->n + 1) * sizeof **codes), *n = 0;
    bool fine = true;
    for (uint32_t i = 0; i < set->n; i++) {
        const struct ast *item = set_item(set->kid[i]);
        if (!item || item->kind != AST_TEXT) {
            elab_wrong(e, sc, set->kid[i]->at, "E108", "%s is %s: the set holds its values, in quotes", value_text(e, x),
                       type_word(&x->type));
            fine = false;
            continue;
        }
        struct value literal;
        value_literal(e, sc, item, &literal);
        if (!category_literal(e, sc, x, &literal)) fine = false;
        else (*codes)[(*n)++] = (uint32_t)e->graph.node[literal.node].integer;
    }
    if (*n) qsort(*codes, *n, sizeof **codes, by_number);
    uint32_t kept = 0;
    for (uint32_t i = 0; i < *n; i++)
        if (!kept || (*codes)[kept - 1] != (*codes)[i]) (*codes)[kept++] = (*codes)[i];
    *n = kept;
    return fine;
}

static void in_range(struct elab *e, const struct scope *sc, struct span at, struct value *x, const struct ast *range,
                     struct value *out)
{
    struct value end[2], side[2];
    for (int i = 0; i < 2; i++) {
        struct value copy = *x;
        elab_value(e, sc, range->kid[i], &end[i]);
        values_compare(e, sc, at, i ? IR_LE : IR_GE, &copy, &end[i], &side[i]);
    }
    *out = made2(e, IR_AND, MLP_BOOL, elab_at(sc, at), &side[0], &side[1]);
}

static void in_set(struct elab *e, const struct scope *sc, struct span at, struct value *x, const struct ast *set,
                   struct value *out)
{
    const struct value *const arg[] = {x};
    *out = value_broken(e, elab_at(sc, at), arg, 1);
    if (!set->n) {
        elab_wrong(e, sc, set->at, "E203", "an empty set holds nothing");
        return;
    }
    const enum type_class class = class_of(&x->type);
    if (class == CLASS_CODE || class == CLASS_ORDINAL) {
        uint32_t *codes, n;
        if (!category_codes(e, sc, x, set, &codes, &n)) return;
        *out = value_made(e, ir_codes(&e->graph, IR_IN_CODES, x->node, codes, n), MLP_BOOL, out->at, arg, 1);
        value_closed(e, out);
        return;
    }
    if (class == CLASS_TEXT && set->n > 3) {                /* one look-up; a few are compared one by one */
        elab_in_texts(e, sc, x, set, out);
        return;
    }
    struct value any = {0};
    for (uint32_t i = 0; i < set->n; i++) {
        if (!set_item(set->kid[i])) {
            elab_wrong(e, sc, set->kid[i]->at, "E203", "a set of values has no `:`: only a declared set gives its spellings names");
            return;
        }
        struct value copy = *x, item, same;
        elab_value(e, sc, set->kid[i], &item);
        values_compare(e, sc, set->kid[i]->at, IR_EQ, &copy, &item, &same);
        any = i ? made2(e, IR_OR, MLP_BOOL, out->at, &any, &same) : same;
        if (any.broken) break;
    }
    *out = any, out->at = elab_at(sc, at);
}

void values_in(struct elab *e, const struct scope *sc, struct span at, struct value *x, const struct ast *right, struct value *out)
{
    const struct value *const arg[] = {x};
    *out = value_broken(e, elab_at(sc, at), arg, 1);
    if (x->broken) return;
    if (right->kind == AST_SET) in_set(e, sc, at, x, right, out);
    else if (right->kind == AST_BINARY && is_op(right, "..")) in_range(e, sc, at, x, right, out);
    else elab_wrong(e, sc, right->at, "E203", "`in` takes a set or a range")->fix = "write `in {\"a\", \"b\"}` or `in 1..9`";
}

/* ---- logic ---- */

static bool condition(struct elab *e, const struct scope *sc, const char *where, struct value *v)
{
    if (v->broken) return false;
    if (v->literal && v->literal->kind == AST_MISSING) v->node = ir_missing(&e->graph, IR_B), v->type.base = MLP_BOOL;
    if (v->type.base == MLP_BOOL) return true;
    struct diag *d = elab_wrong(e, sc, v->at, "E108", "%s takes a condition, and %s is %s", where, value_text(e, v),
                                type_word(&v->type));
    if (class_of(&v->type) == CLASS_NUMBER) d->fix = source_printf(e->spec->src, "compare it: `%s > 0`", slice_of(e->spec->src, v->at));
    return false;
}

void elab_not(struct elab *e, const struct scope *sc, const struct ast *a, struct value *out)
{
    struct value x;
    elab_value(e, sc, a->kid[0], &x);
    const struct value *const arg[] = {&x};
    const bool fine = condition(e, sc, "`not`", &x);
    *out = value_made(e, fine ? ir_op(&e->graph, IR_NOT, &x.node, 1) : IR_NOTHING, MLP_BOOL, elab_at(sc, a->at), arg, 1);
}

void elab_is_missing(struct elab *e, const struct scope *sc, const struct ast *a, struct value *out)
{
    struct value x;
    elab_value(e, sc, a->kid[0], &x);
    const struct value *const arg[] = {&x};
    *out = value_made(e, x.broken ? IR_NOTHING : ir_op(&e->graph, IR_IS_MISSING, &x.node, 1), MLP_BOOL, elab_at(sc, a->at), arg, 1);
    if (!out->broken) value_closed(e, out);
}

void elab_if(struct elab *e, const struct scope *sc, const struct ast *a, struct value *out)
{
    struct value c, x, y;
    elab_value(e, sc, a->kid[0], &c), elab_value(e, sc, a->kid[1], &x), elab_value(e, sc, a->kid[2], &y);
    const struct value *const all[] = {&c, &x, &y};
    *out = value_broken(e, elab_at(sc, a->at), all, 3);
    const bool fine = condition(e, sc, "`if`", &c);
    if (!fine || x.broken || y.broken) return;
    const bool whole = x.type.base == MLP_INT && y.type.base == MLP_INT;
    if (x.type.base == MLP_BOOL && class_of(&y.type) == CLASS_NUMBER && !(y.literal && y.literal->kind == AST_MISSING))
        value_number(e, &x);
    if (y.type.base == MLP_BOOL && class_of(&x.type) == CLASS_NUMBER && !(x.literal && x.literal->kind == AST_MISSING))
        value_number(e, &y);
    const enum type_class class = values_unify(e, sc, a->at, "the two branches of an `if`", &x, &y);
    if (class == CLASS_NONE) return;
    const ir_ix arg[] = {c.node, x.node, y.node};
    const struct type type = x.type.unit.any ? y.type : x.type;
    *out = value_made(e, ir_op(&e->graph, IR_IF, arg, 3), type.base, out->at, all, 3);
    if (out->broken) return;
    const uint8_t nullable = out->type.nullable;
    out->type = type, out->type.nullable = nullable, out->type.lo = -INFINITY, out->type.hi = INFINITY;
    if (class == CLASS_NUMBER) out->type.base = whole ? MLP_INT : MLP_FLOAT;
    if (!out->type.origin) out->type.origin = x.type.origin ? x.type.origin : y.type.origin;
}

/* ---- all binary operators ---- */

static const struct { const char *text; uint8_t op; } operators[] = {
    {"==", IR_EQ}, {"!=", IR_NE}, {"<", IR_LT}, {"<=", IR_LE}, {">", IR_GT}, {">=", IR_GE}, {"+", IR_ADD}, {"-", IR_SUB},
    {"*", IR_MUL}, {"/", IR_DIV}, {"^", IR_POW}, {"and", IR_AND}, {"or", IR_OR},
};

void elab_binary(struct elab *e, const struct scope *sc, const struct ast *a, struct value *out)
{
    struct value x, y;
    *out = value_broken(e, elab_at(sc, a->at), NULL, 0);
    if (is_op(a, "in") || is_op(a, "not_in")) {
        elab_value(e, sc, a->kid[0], &x);
        values_in(e, sc, a->at, &x, a->kid[1], out);
        if (is_op(a, "not_in") && !out->broken) {
            const struct value held = *out, *const arg[] = {&held};
            *out = value_made(e, ir_op(&e->graph, IR_NOT, &held.node, 1), MLP_BOOL, held.at, arg, 1);
        }
        return;
    }
    uint8_t op = IR_OPS;
    for (size_t i = 0; i < sizeof operators / sizeof *operators; i++)
        if (is_op(a, operators[i].text)) op = operators[i].op;
    if (op == IR_OPS) {
        elab_wrong(e, sc, a->at, "E204", "a range `a..b` stands behind `in`")->fix = "write `x in a..b`";
        return;
    }
    elab_value(e, sc, a->kid[0], &x), elab_value(e, sc, a->kid[1], &y);
    switch (op) {
    case IR_ADD: case IR_SUB: values_add(e, sc, a->at, op, &x, &y, out); break;
    case IR_MUL: case IR_DIV: values_scale(e, sc, a->at, op, &x, &y, out); break;
    case IR_POW: values_power(e, sc, a->at, &x, &y, out); break;
    case IR_AND: case IR_OR: {
        const char *where = op == IR_AND ? "`and`" : "`or`";
        const bool fine = condition(e, sc, where, &x) & condition(e, sc, where, &y);
        *out = fine ? made2(e, op, MLP_BOOL, out->at, &x, &y) : broken2(e, out->at, &x, &y);
        break;
    }
    default: values_compare(e, sc, a->at, op, &x, &y, out);
    }
}
