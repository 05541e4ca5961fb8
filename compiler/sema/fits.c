/* fits.c: values that come from rows: reducers over the training part, cross-fitted target encoding.
 * Each becomes a cell of the program; equal ones are shared. What runs when is plan/'s. */
#include <math.h>
#include <string.h>
#include "compiler/sema/elaborate.h"

enum { CROSSFIT = 5 };                                      /* folds of the training part */

static bool same_arg(const struct mlp_arg *a, const struct mlp_arg *b)
{
    if (a->kind != b->kind || a->num != b->num || a->ix != b->ix || a->items.n != b->items.n || !a->str != !b->str) return false;
    for (uint32_t i = 0; i < a->items.n; i++)
        if (!same_arg(&a->items.at[i], &b->items.at[i])) return false;
    return !a->str || !strcmp(a->str, b->str);
}

static bool same_fit(const struct fit_decl *a, const struct fit_decl *b)
{
    bool same = a->input == b->input && a->by == b->by && a->crossfit == b->crossfit && !strcmp(a->reducer, b->reducer) &&
                a->args == b->args && a->mores == b->mores && (a->book == MLP_NONE) == (b->book == MLP_NONE);
    for (uint32_t i = 0; same && i < a->args; i++) same = same_arg(&a->arg[i], &b->arg[i]);
    for (uint32_t i = 0; same && i < a->mores; i++) same = a->more[i] == b->more[i];
    return same;
}

/* One more than the last fit of an input; 0: there is none. */
static uint32_t *last_fit(struct elab *e, ir_ix input)
{
    const uint32_t at = input == IR_NOTHING ? 0 : input + 1;
    if (at >= e->fit_room) {
        const uint32_t room = (at + 1) * 2;
        uint32_t *grown = mlp_arena_alloc(&e->spec->src->arena, room * sizeof *grown);
        if (e->fit_room) memcpy(grown, e->fit_of, e->fit_room * sizeof *grown);
        e->fit_of = grown, e->fit_room = room;
    }
    return &e->fit_of[at];
}

/* fit.book 0: wants a codebook too, which is made beside the cell. */
mlp_ix elab_fit(struct elab *e, struct fit_decl fit, const char *name)
{
    uint32_t *last = last_fit(e, fit.input);
    for (uint32_t i = *last; i; i = e->fit[i - 1].earlier)
        if (same_fit(&e->fit[i - 1], &fit)) return e->fit[i - 1].cell;
    fit.earlier = *last, *last = e->fits + 1;
    fit.cell = elab_cell(e, MLP_NUMBERS, name, fit.at, MLP_NONE);
    if (fit.book != MLP_NONE) fit.book = elab_cell(e, MLP_CODEBOOK, name, fit.at, MLP_NONE);
    *PUSH(e->spec->src, e->fit, e->fits) = fit;
    return fit.cell;
}

/* A param is a number when rows are read: its own range must say that it fits then. */
static bool from_param(struct elab *e, const struct scope *sc, const struct value *v, const char *of, const struct parameter *p, mlp_ix param,
                       struct mlp_arg *out)
{
    const struct param_decl *is = &e->spec->param[param];
    const double lo = fmax(p->lo, -1e15), hi = fmin(p->hi, 1e15);
    out->kind = MLP_A_PARAM, out->ix = param;
    if (is->out.lo >= p->lo && is->out.hi <= p->hi) return true;
    struct diag *d = elab_wrong(e, sc, v->at, "E203", "`%s` of `%s` must be in %s..%s, and the param `%s` may be set to something else", p->name, of,
                                number_text(e->spec->src, lo), number_text(e->spec->src, hi), is->name);
    d->fix = source_printf(e->spec->src, "say its range: `param %s: %s in %s..%s = …`", is->name, p->takes & TAKES_INT ? "int" : "float",
                           number_text(e->spec->src, lo), number_text(e->spec->src, hi));
    if (!d->cause.to) d->cause = is->ast->word, d->cause_text = "the param";
    return false;
}

/* A number of a builtin's parameter: constant, in its range. */
bool elab_option(struct elab *e, const struct scope *sc, const char *of, const struct parameter *p, const struct ast *given,
                 const struct value *ready, struct mlp_arg *out)
{
    struct value v;
    if (ready) v = *ready;
    else elab_value(e, sc, given, &v);
    *out = (struct mlp_arg){.name = p->name, .kind = MLP_A_NUM, .ix = MLP_NONE};
    mlp_ix param;
    if (v.broken) return false;
    if (class_of(&v.type) != CLASS_NUMBER || !value_option(e, &v, &out->num, &param)) {
        elab_wrong(e, sc, v.at, "E203", "`%s` of `%s` takes a number that is known before any row is read", p->name, of);
        return false;
    }
    if (param != MLP_NONE) return from_param(e, sc, &v, of, p, param, out);
    if (out->num < p->lo || out->num > p->hi) {
        elab_wrong(e, sc, v.at, "E203", "`%s` of `%s` must be in %s..%s", p->name, of, number_text(e->spec->src, p->lo),
                   number_text(e->spec->src, p->hi));
        return false;
    }
    return true;
}

static struct unit unit_of_reducer(const char *name, const struct unit *u)
{
    if (!strcmp(name, "count") || !strcmp(name, "distinct") || !strcmp(name, "share") ||
        !strcmp(name, "yeo_johnson_power")) return (struct unit){0};
    return !strcmp(name, "var") ? unit_power(u, 2) : *u;
}

void elab_reducer(struct elab *e, const struct scope *sc, const struct builtin *b, struct span whole, struct argument *arg,
                  uint32_t n, struct value *out)
{
    struct value x;
    if (!n || arg[0].key) {
        elab_wrong(e, sc, whole, "E202", "`%s` needs the value that it is taken of", b->name);
        return;
    }
    elab_value(e, sc, arg[0].ast, &x);
    const struct value *const all[] = {&x};
    *out = value_broken(e, out->at, all, 1);
    out->kind = KIND_FITTED;
    const char *names[8] = {0};
    uint32_t argument_of[8] = {0};
    const uint32_t parameters = b->params < 8 ? b->params : 8;
    for (uint32_t k = 0; k < parameters; k++) names[k] = b->param[k].name;
    if (!elab_match(e, sc, b->name, names, parameters, b, arg + 1, n - 1, argument_of)) return;
    struct fit_decl fit = {.reducer = b->name, .input = IR_NOTHING, .by = IR_NOTHING, .at = out->at, .book = MLP_NONE};
    for (uint32_t k = 0; k < parameters; k++) {
        const struct ast *given = argument_of[k] == MLP_NONE ? b->param[k].fallback : arg[1 + argument_of[k]].ast;
        if (!given) {
            elab_wrong(e, sc, whole, "E202", "`%s` needs `%s`", b->name, b->param[k].name);
            return;
        }
        if (k < FIT_ARGS && !elab_option(e, sc, b->name, &b->param[k], given, NULL, &fit.arg[fit.args++])) return;
    }
    if (x.broken) return;
    const uint8_t base = x.type.base;
    const struct type type = x.type;
    const bool code = class_of(&type) == CLASS_CODE || class_of(&type) == CLASS_ORDINAL;
    if (code && (!strcmp(b->name, "mode") || !strcmp(b->name, "count") || !strcmp(b->name, "distinct"))) {
        /* a code is reduced as its step, which a missing one does not have */
        x.node = ir_op(&e->graph, IR_STEP, &x.node, 1), x.type = (struct type){.base = MLP_INT};
    }
    if (!value_number(e, &x)) {
        struct diag *d = elab_wrong(e, sc, x.at, "E108", "`%s` is taken of numbers, and %s is %s", b->name, value_text(e, &x),
                                    type_word(&x.type));
        if (class_of(&x.type) == CLASS_CODE || class_of(&x.type) == CLASS_ORDINAL)
            d->fix = source_printf(e->spec->src,
                                   "leave a category as it is: models take its missing values; or write `impute(mode)`, `fill(%s, \"…\")`",
                                   slice_of(e->spec->src, x.at));
        else if (class_of(&x.type) == CLASS_TEXT)
            d->fix = source_printf(e->spec->src, "a text that is missing is filled with one: `fill(%s, \"…\")`",
                                   slice_of(e->spec->src, x.at));
        return;
    }
    fit.input = x.node;
    const mlp_ix cell = elab_fit(e, fit, source_printf(e->spec->src, "%s(%s)", b->name, slice_of(e->spec->src, x.at)));
    const struct ast *result_type = b->ast->n > 2 ? b->ast->kid[2] : NULL;
    if (result_type && !strcmp(result_type->text, "table")) {       /* numbers to look something up in */
        *out = value_made(e, ir_leaf(&e->graph, IR_CELL, IR_F, cell, 0, true), MLP_LISTOF, out->at, all, 1);
        out->kind = KIND_FITTED, out->type.unit = x.type.unit;
        return;
    }
    if (code && !strcmp(b->name, "mode")) {
        const ir_ix step[] = {ir_leaf(&e->graph, IR_CELL, IR_F, cell, 0, true), ir_num(&e->graph, 2)},
                    number = ir_op(&e->graph, IR_ADD, step, 2);
        *out = value_made(e, ir_op(&e->graph, IR_TO_CODE, &number, 1), base, out->at, all, 1);
        if (!out->broken) out->type = type, out->type.nullable = 1;
        out->kind = KIND_FITTED;
        return;
    }
    const bool whole_number = !strcmp(b->name, "count") || !strcmp(b->name, "distinct");
    const uint8_t result = whole_number || (base == MLP_INT && !strcmp(b->name, "mode")) ? MLP_INT : MLP_FLOAT;
    *out = value_made(e, ir_leaf(&e->graph, IR_CELL, IR_F, cell, 0, true), result, out->at, all, 1);
    out->kind = KIND_FITTED, out->type.unit = unit_of_reducer(b->name, &x.type.unit);
}

/* What is averaged: the target, or whether it is one class of several: the share of that class. */
static bool averaged(struct elab *e, const struct scope *sc, const struct builtin *b, struct span whole, const struct argument *class,
                     struct value *y)
{
    if (!elab_target_itself(e, y)) return false;
    if (class_of(&y->type) != CLASS_CODE) {
        if (!class) return elab_target(e, y);
        elab_wrong(e, sc, whole, "E202", "`class` of `%s` picks one class of several, and %s is %s", b->name, value_text(e, y), type_word(&y->type))
            ->fix = "take it out";
        return false;
    }
    if (!class) {
        struct diag *d = elab_wrong(e, sc, whole, "E202", "`%s` is the share of one class, and %s has several%s", b->name, value_text(e, y),
                                    y->type.n_set ? "" : ", which are learnt from the rows");
        d->fix = y->type.n_set ? source_printf(e->spec->src, "write `%s(class: \"%s\")`, or name it in `features`, where every class has a feature of its own",
                                               b->name, y->type.set[0])
                               : source_printf(e->spec->src, "declare the classes (`in {\"…\", \"…\"}`), and each has a feature of its own; or pick one: `%s(class: \"…\")`", b->name);
        return false;
    }
    struct value picked;
    if (class->given) picked = *class->given;
    else elab_value(e, sc, class->ast, &picked);
    if (picked.broken) return false;
    if (!picked.literal || picked.literal->kind != AST_TEXT) {
        elab_wrong(e, sc, picked.at, "E203", "`class` is a class of %s in quotes", value_text(e, y));
        return false;
    }
    if (!category_literal(e, sc, y, &picked)) return false;
    const ir_ix both[] = {y->node, picked.node}, is = ir_op(&e->graph, IR_EQ, both, 2);
    y->node = ir_op(&e->graph, IR_FROM_BOOL, &is, 1), y->type = (struct type){.base = MLP_INT, .nullable = y->type.nullable, .hi = 1};
    return true;
}

void elab_target_encode(struct elab *e, const struct scope *sc, const struct builtin *b, struct span whole, struct argument *arg,
                        uint32_t n, struct value *out)
{
    const char *names[] = {"x", "smooth", "class"};
    uint32_t argument_of[3];
    if (!elab_match(e, sc, b->name, names, 3, b, arg, n, argument_of)) return;
    if (argument_of[0] == MLP_NONE) {
        elab_wrong(e, sc, whole, "E202", "`%s` needs a category", b->name);
        return;
    }
    struct value x, y;
    const struct argument *first = &arg[argument_of[0]], *second = argument_of[1] == MLP_NONE ? NULL : &arg[argument_of[1]],
                          *class = argument_of[2] == MLP_NONE ? NULL : &arg[argument_of[2]];
    if (first->given) x = *first->given;
    else elab_value(e, sc, first->ast, &x);
    const struct value *const all[] = {&x};
    *out = value_broken(e, out->at, all, 1);
    out->kind = KIND_FITTED;
    if (x.broken) return;
    const enum type_class kind = class_of(&x.type);
    if (kind != CLASS_CODE && kind != CLASS_ORDINAL) {
        struct diag *d = elab_wrong(e, sc, x.at, "E108", "`%s` takes a category, an ordinal or an id, and %s is %s", b->name,
                                    value_text(e, &x), type_word(&x.type));
        if (kind == CLASS_TEXT) d->fix = "if it has few values, declare the column as a `category`";
        return;
    }
    struct fit_decl fit = {.reducer = "target_mean", .by = x.node, .crossfit = CROSSFIT, .at = out->at, .args = 1, .book = MLP_NONE};
    if (!elab_option(e, second && !second->given ? sc : NULL, b->name, &b->param[1], second ? second->ast : b->param[1].fallback,
                     second ? second->given : NULL, &fit.arg[0]) || !averaged(e, sc, b, whole, class, &y)) return;
    fit.input = y.node;
    const char *const of = slice_of(e->spec->src, x.at);
    const mlp_ix cell = elab_fit(e, fit, class && class->ast ? source_printf(e->spec->src, "target_encode(%s, class: \"%s\")", of, class->ast->text)
                                                             : source_printf(e->spec->src, "target_encode(%s)", of));
    *out = value_made(e, ir_cell_at(&e->graph, cell, x.node), MLP_FLOAT, out->at, all, 1);
    out->kind = KIND_FITTED;
    out->type.unit = y.type.unit;
}
