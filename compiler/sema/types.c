/* types.c: the types of values: literals, what two values have in common, how a type and a value read in a message.
 * A bare literal takes the type and the unit of the other side; nothing else is converted but a bool to 0 or 1. */
#include <math.h>
#include <string.h>
#include "compiler/sema/elaborate.h"
#include "runtime/data/schema.h"

enum type_class class_of(const struct type *t)
{
    switch (t->base) {
    case MLP_INT: case MLP_FLOAT: return CLASS_NUMBER;
    case MLP_BOOL: return CLASS_BOOL;
    case MLP_DATE: case MLP_TIME: return CLASS_TIME;
    case MLP_DURATION: return CLASS_DURATION;
    case MLP_TEXT: return CLASS_TEXT;
    case MLP_CATEGORY: case MLP_IDENT: return CLASS_CODE;
    case MLP_ORDINAL: return CLASS_ORDINAL;
    case MLP_LISTOF: return CLASS_LIST;
    case MLP_VECTOR: return t->length ? CLASS_VECTOR : CLASS_NONE;
    default: return CLASS_NONE;
    }
}

enum ir_type ir_type_of(const struct type *t)
{
    switch (class_of(t)) {
    case CLASS_BOOL: return IR_B;
    case CLASS_TIME: case CLASS_DURATION: return IR_I;
    case CLASS_TEXT: case CLASS_LIST: case CLASS_VECTOR: return IR_S;
    case CLASS_CODE: case CLASS_ORDINAL: return IR_C;
    default: return IR_F;
    }
}

enum mlp_rep rep_of(const struct type *t)
{
    switch (class_of(t)) {
    case CLASS_TIME: case CLASS_DURATION: return MLP_I64;
    case CLASS_CODE: case CLASS_ORDINAL: return MLP_CODE;
    case CLASS_TEXT: case CLASS_LIST: case CLASS_VECTOR: return MLP_STR;
    default: return MLP_F64;
    }
}

const char *type_word(const struct type *t)
{
    static const char *const word[] = {
        [MLP_BOOL] = "a bool", [MLP_INT] = "a number", [MLP_FLOAT] = "a number", [MLP_CATEGORY] = "a category",
        [MLP_ORDINAL] = "an ordinal",
        [MLP_TEXT] = "a text", [MLP_DATE] = "a date", [MLP_TIME] = "a time", [MLP_DURATION] = "a duration", [MLP_IDENT] = "an id",
        [MLP_VECTOR] = "a vector", [MLP_LISTOF] = "a list",
    };
    return word[t->base];
}

const char *value_text(struct elab *e, const struct value *v)
{
    if (v->at.to <= v->at.from) return "this";
    const char *text = slice_of(e->spec->src, v->at);
    const size_t n = strlen(text);
    if (n <= 48) return source_printf(e->spec->src, "`%s`", text);
    size_t cut = 45;
    while (cut && ((unsigned char)text[cut] & 0xc0) == 0x80) cut--;
    return source_printf(e->spec->src, "`%.*s…`", (int)cut, text);
}

const char *value_unit(struct elab *e, const struct value *v)
{
    return v->type.unit.n ? source_printf(e->spec->src, "%s [%s]", value_text(e, v), unit_text(e->spec->src, &v->type.unit))
                          : source_printf(e->spec->src, "%s (no unit)", value_text(e, v));
}

/* ---- making values ---- */

struct value value_broken(struct elab *e, struct span at, const struct value *const *arg, unsigned args)
{
    struct value v = {.node = IR_NOTHING, .broken = 1, .at = at, .from = from_nothing()};
    v.type = (struct type){.base = MLP_FLOAT, .unit.any = 1};
    for (unsigned i = 0; i < args; i++) {
        v.from = from_union(e, v.from, arg[i]->from);
        if (arg[i]->kind > v.kind) v.kind = arg[i]->kind;
        v.cleared |= arg[i]->cleared;
    }
    return v;
}

struct value value_made(struct elab *e, ir_ix node, uint8_t base, struct span at, const struct value *const *arg, unsigned args)
{
    struct value v = value_broken(e, at, arg, args);
    for (unsigned i = 0; i < args; i++)
        if (arg[i]->broken) return v;
    if (node == IR_NOTHING) return v;
    v.node = node, v.broken = 0;
    v.type = (struct type){.base = base, .nullable = e->graph.node[node].nullable, .lo = -INFINITY, .hi = INFINITY};
    return v;
}

static bool is_time_unit(const char *u)
{
    return !strcmp(u, "ms") || !strcmp(u, "s") || !strcmp(u, "min") || !strcmp(u, "h") || !strcmp(u, "d") || !strcmp(u, "w");
}

void value_literal(struct elab *e, const struct scope *sc, const struct ast *a, struct value *out)
{
    const struct span at = elab_at(sc, a->at);
    switch (a->kind) {
    case AST_NUMBER:
        if (is_time_unit(a->unit)) {
            *out = value_made(e, ir_int(&e->graph, IR_INT, llround(a->num * 1e6)), MLP_DURATION, at, NULL, 0);
        } else if (!strcmp(a->unit, "mo") || !strcmp(a->unit, "y")) {
            elab_wrong(e, sc, a->at, "E108", "`%s` is a step of the calendar and has no length of its own", a->text)->fix =
                "write it in days: `30d`, `365d`";
            *out = value_broken(e, at, NULL, 0);
        } else {
            *out = value_made(e, ir_num(&e->graph, a->num), a->num == nearbyint(a->num) ? MLP_INT : MLP_FLOAT, at, NULL, 0);
            out->type.unit.any = 1, out->type.lo = out->type.hi = a->num;
        }
        break;
    case AST_DATE: *out = value_made(e, ir_int(&e->graph, IR_INT, llround(a->num * 1e6)), MLP_TIME, at, NULL, 0); break;
    case AST_TEXT: *out = value_made(e, ir_text(&e->graph, a->text), MLP_TEXT, at, NULL, 0); break;
    case AST_MISSING:
        *out = value_made(e, ir_missing(&e->graph, IR_F), MLP_FLOAT, at, NULL, 0);
        out->type.unit.any = 1;
        break;
    default: *out = value_made(e, ir_int(&e->graph, IR_BOOL, a->kind == AST_TRUE), MLP_BOOL, at, NULL, 0);
    }
    out->literal = a;
}

bool value_number(struct elab *e, struct value *v)
{
    if (class_of(&v->type) == CLASS_NUMBER) return true;
    if (v->type.base != MLP_BOOL || v->broken) return false;
    /* a bool column is held as 0 and 1 and read as `slot != 0`: its number is the slot itself */
    const struct ir_node *n = &e->graph.node[v->node], *slot = n->op == IR_NE ? &e->graph.node[n->arg[0]] : NULL;
    const struct mlp_slot *held = slot && slot->op == IR_SLOT ? &e->slot[slot->index] : NULL;
    if (held && (held->origin == MLP_FROM_COLUMN || held->origin == MLP_FROM_JOIN) && e->spec->source[held->source].column[held->column].type.base == MLP_BOOL)
        v->node = n->arg[0];
    else v->node = ir_op(&e->graph, IR_FROM_BOOL, &v->node, 1);
    if (v->node == IR_NOTHING) return false;
     v->type.base = MLP_INT, v->type.lo = 0, v->type.hi = 1, v->literal = NULL;
    v->type.unit = (struct unit){0};
    return true;
}

bool value_constant(const struct elab *e, const struct value *v)
{
    if (v->broken) return false;
    const uint8_t op = e->graph.node[v->node].op;
    return op == IR_NUM || op == IR_INT || op == IR_BOOL || op == IR_CODE || op == IR_TEXT || op == IR_PARAM;
}

bool value_option(struct elab *e, const struct value *v, double *num, mlp_ix *param)
{
    if (v->broken) return false;
    const struct ir_node *n = &e->graph.node[v->node];
    *param = MLP_NONE, *num = 0;
    if (n->op == IR_NUM) return *num = n->num, true;
    if (n->op == IR_INT) return *num = (double)n->integer * 1e-6, true;
    return n->op == IR_PARAM && (*param = n->index, true);
}

/* ---- categories and their values ---- */

static bool same_codes(const struct type *a, const struct type *b)
{
    if (a->book || b->book) return a->book == b->book;
    if (a->origin && a->origin == b->origin) return true;
    if (!a->n_set || a->n_set != b->n_set) return false;
    for (uint32_t i = 0; i < a->n_set; i++)
        if (strcmp(a->set[i], b->set[i])) return false;
    return true;
}

/* "write one of …": a few of a category's values. */
static const char *values_listed(struct source *s, const struct type *t)
{
    const char *text = "";
    for (uint32_t i = 0; i < t->n_set && i < 6; i++) text = source_printf(s, "%s%s\"%s\"", text, i ? ", " : "", t->set[i]);
    return source_printf(s, "write one of %s%s", text, t->n_set > 6 ? ", …" : "");
}

/* A text where a value of the category stands: its code. Of a declared set its place; else it is pinned in the codebook. */
bool category_literal(struct elab *e, const struct scope *sc, const struct value *category, struct value *literal)
{
    const struct type *t = &category->type;
    const char *text = literal->literal->text;
    uint32_t code = 0;
    if (t->n_set) {
        for (uint32_t i = 0; i < t->n_set && !code; i++)
            if (!strcmp(t->set[i], text)) code = 2 + i;
        if (!code) {
            const char *near = nearest_name(text, (const char *const *)t->set, t->n_set);
            struct diag *d = near
                ? elab_wrong(e, sc, literal->literal->at, "E203", "%s has no value \"%s\"; did you mean \"%s\"?",
                             value_text(e, category), text, near)
                : elab_wrong(e, sc, literal->literal->at, "E203", "%s has no value \"%s\"", value_text(e, category), text);
            if (!near) d->fix = values_listed(e->spec->src, t);
            if (t->origin) d->cause = t->origin->at, d->cause_text = "its values are declared here";
            return false;
        }
    } else {
        if (t->book) {
            elab_wrong(e, sc, literal->literal->at, "E203", "the values of %s are learnt, and \"%s\" is none that the text can know",
                       value_text(e, category), text)->fix = "compare what it is made of";
            return false;
        }
        const mlp_ix slot = t->origin ? t->origin->slot : MLP_NONE;
        if (slot == MLP_NONE || e->slot[slot].codebook == MLP_NONE) return false;
        struct mlp_cell_spec *cell = &e->cell[e->slot[slot].codebook];
        for (uint32_t i = 0; i < cell->pinned.n && !code; i++)
            if (!strcmp(cell->pinned.at[i], text)) code = 2 + i;
        if (!code) {
            char **pinned = sema_grow(e->spec->src, cell->pinned.at, cell->pinned.n, sizeof *pinned);
            pinned[cell->pinned.n++] = (char *)(uintptr_t)text;
            cell->pinned.at = (const void *)pinned, code = 1 + cell->pinned.n;
        }
    }
    literal->node = ir_int(&e->graph, IR_CODE, code);
    const struct ast *kept = literal->literal;
    literal->type = *t, literal->type.nullable = 0, literal->literal = kept;
    return true;
}

/* ---- two values at one place ---- */

static void takes_missing(struct elab *e, struct value *v, const struct value *other)
{
    v->node = ir_missing(&e->graph, ir_type_of(&other->type));
    v->type = other->type, v->type.nullable = 1;
}

static bool is_missing_literal(const struct value *v) { return v->literal && v->literal->kind == AST_MISSING; }
static bool is_duration_literal(const struct value *v)
{
    return v->literal && v->literal->kind == AST_NUMBER && v->type.base == MLP_DURATION;
}


/* 15min beside a number in [h] is 0.25. */
static bool duration_as_number(struct elab *e, struct value *literal, const struct value *number)
{
    const double seconds = unit_seconds(&number->type.unit);
    if (!seconds) return false;
    literal->node = ir_num(&e->graph, literal->literal->num / seconds);
    literal->type = (struct type){.base = MLP_FLOAT, .unit = number->type.unit, .lo = -INFINITY, .hi = INFINITY};
    return true;
}

static bool has_literal_unit(const struct unit *u)
{
    return u->n == 1 && u->part[0].power == 1 && is_time_unit(u->part[0].name);
}

static void offer_conversion(struct elab *e, struct diag *d, const struct value *a, const struct value *b)
{
    const struct unit *from = &a->type.unit, *to = &b->type.unit;
    const double factor = unit_factor(from, to);
    struct source *s = e->spec->src;
    if (!from->n || !to->n) {                               /* one says no unit at all: a column or a param can */
        const struct value *bare = from->n ? b : a;
        const uint8_t op = e->graph.node[bare->node].op;
        if (op == IR_SLOT || op == IR_PARAM)
            d->fix = source_printf(s, "give %s its unit where it is declared, such as `float [%s]`", value_text(e, bare),
                                   unit_text(s, from->n ? from : to));
        return;
    }
    const char *text = value_text(e, a), *from_text = unit_text(s, from), *to_text = unit_text(s, to);
    if (factor && has_literal_unit(from) && has_literal_unit(to))
        d->fix = source_printf(s, "convert one of them: %s * %s%s / %s%s", text, factor < 1 ? "1" : number_text(s, factor), to_text,
                               factor < 1 ? number_text(s, 1 / factor) : "1", from_text);
    else if (factor)
        d->fix = source_printf(s, "convert one of them: `param per: float [%s/%s] = %s`, then %s * per", to_text, from_text,
                               number_text(s, factor), text);
    else if (from->n == 1 && to->n == 1 && from->part[0].power == 1 && to->part[0].power == 1 && strlen(from_text) == 3
             && strlen(to_text) == 3)
        d->fix = source_printf(s, "convert one of them: `param rate: float [%s/%s]`, then %s * rate", to_text, from_text, text);
}

static bool units_agree(struct elab *e, const struct scope *sc, struct span at, const char *verb, struct value *a, struct value *b)
{
    if (a->type.unit.any && !a->type.unit.n) a->type.unit = b->type.unit;
    if (b->type.unit.any && !b->type.unit.n) b->type.unit = a->type.unit;
    if (unit_equal(&a->type.unit, &b->type.unit)) return true;
    struct diag *d = elab_wrong(e, sc, at, "E108", "%s and %s cannot be %s", value_unit(e, a), value_unit(e, b), verb);
    d->fix = strcmp(verb, "compared") ? "bring both to one unit, or take the units out of the schema where they say nothing"
                                      : "compare with a value in the same unit";
    offer_conversion(e, d, a, b);
    return false;
}

enum type_class values_unify(struct elab *e, const struct scope *sc, struct span at, const char *verb, struct value *a,
                             struct value *b)
{
    if (a->broken || b->broken) return CLASS_NONE;
    if (is_missing_literal(a) && is_missing_literal(b)) return CLASS_NUMBER;
    if (is_missing_literal(a)) takes_missing(e, a, b);
    else if (is_missing_literal(b)) takes_missing(e, b, a);
    enum type_class x = class_of(&a->type), y = class_of(&b->type);
    if (x == CLASS_NUMBER && y == CLASS_DURATION && is_duration_literal(b) && duration_as_number(e, b, a)) y = CLASS_NUMBER;
    if (y == CLASS_NUMBER && x == CLASS_DURATION && is_duration_literal(a) && duration_as_number(e, a, b)) x = CLASS_NUMBER;
    if ((x == CLASS_CODE || x == CLASS_ORDINAL) && y == CLASS_TEXT && b->literal) {
        if (!category_literal(e, sc, a, b)) return CLASS_NONE;
        y = x;
    } else if ((y == CLASS_CODE || y == CLASS_ORDINAL) && x == CLASS_TEXT && a->literal) {
        if (!category_literal(e, sc, b, a)) return CLASS_NONE;
        x = y;
    }
    if (x == CLASS_CODE && y == CLASS_TEXT && elab_as_text(e, a)) x = CLASS_TEXT;       /* by its spelling */
    if (y == CLASS_CODE && x == CLASS_TEXT && elab_as_text(e, b)) y = CLASS_TEXT;
    if (x != y || x == CLASS_NONE || x == CLASS_LIST || x == CLASS_VECTOR) {
        struct diag *d = elab_wrong(e, sc, at, "E108", "%s is %s and %s is %s: they cannot be %s", value_text(e, a),
                                    type_word(&a->type),
                                    value_text(e, b), type_word(&b->type), verb);
        const struct value *code = x == CLASS_CODE || x == CLASS_ORDINAL ? a : b, *other = code == a ? b : a;
        if (class_of(&code->type) == CLASS_CODE || class_of(&code->type) == CLASS_ORDINAL) {
            if (other->literal && class_of(&other->type) == CLASS_NUMBER)
                d->fix = source_printf(e->spec->src, "write the value as it is declared, in quotes: \"%s\"", other->literal->text);
        } else if ((x == CLASS_TIME && b->literal && y == CLASS_TEXT) || (y == CLASS_TIME && a->literal && x == CLASS_TEXT)) {
            const char *text = (x == CLASS_TIME ? b : a)->literal->text;
            const bool day = strlen(text) == 10 && text[4] == '-' && text[7] == '-';
            d->fix = source_printf(e->spec->src, "write the date without quotes: %s", day ? text : "2025-01-31");
        } else if (x == CLASS_BOOL || y == CLASS_BOOL) {
            const char *flag = value_text(e, x == CLASS_BOOL ? a : b);
            const bool name = !strpbrk(flag, " (");
            d->fix = source_printf(e->spec->src, name ? "a bool is a condition itself: write %s or `not %s"
                                   : "a bool is a condition itself: write %s, or `not` before it", flag, flag + 1);
        } else if ((x == CLASS_NUMBER && y == CLASS_TEXT && b->literal) || (y == CLASS_NUMBER && x == CLASS_TEXT && a->literal)) {
            const char *text = (x == CLASS_TEXT ? a : b)->literal->text;
            double number;
            d->fix = mlp_parse_number(text, strlen(text), &number) ? source_printf(e->spec->src, "a number stands without quotes: write `%s`", text)
                                                                    : "make both a number, or both a text";
        } else if ((x == CLASS_DURATION && y == CLASS_NUMBER) || (y == CLASS_DURATION && x == CLASS_NUMBER)) {
            d->fix = "a duration has its unit in the literal, such as `30d`; a column says its own, such as `float [min]`";
        }
        return CLASS_NONE;
    }
    if (x == CLASS_NUMBER && !units_agree(e, sc, at, verb, a, b)) return CLASS_NONE;
    if ((x == CLASS_CODE || x == CLASS_ORDINAL) && !same_codes(&a->type, &b->type)) {
        elab_wrong(e, sc, at, "E108", "%s and %s have different values: they cannot be %s", value_text(e, a), value_text(e, b),
                   verb)->fix =
            "declare the same `in {…}` for both";
        return CLASS_NONE;
    }
    return x;
}
