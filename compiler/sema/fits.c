/* fits.c: values that come from rows: reducers over the training part, cross-fitted target encoding, windows over another source.
 * Each becomes a cell or a slot of the program; equal ones are shared. What runs when is plan/'s. */
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

/* fit.book 0: wants a codebook too, which is made beside the cell. */
mlp_ix elab_fit(struct elab *e, struct fit_decl fit, const char *name)
{
    for (uint32_t i = 0; i < e->fits; i++)
        if (same_fit(&e->fit[i], &fit)) return e->fit[i].cell;
    fit.cell = elab_cell(e, MLP_NUMBERS, name, fit.at, MLP_NONE);
    if (fit.book != MLP_NONE) fit.book = elab_cell(e, MLP_CODEBOOK, name, fit.at, MLP_NONE);
    *PUSH(e->spec->src, e->fit, e->fits) = fit;
    return fit.cell;
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
    if (param != MLP_NONE) {
        spec_not_built(e->spec, v.at, "a `param` as `%s` of `%s`", p->name, of);
        return false;
    }
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

void elab_target_encode(struct elab *e, const struct scope *sc, const struct builtin *b, struct span whole, struct argument *arg,
                        uint32_t n, struct value *out)
{
    const char *names[] = {"x", "smooth"};
    uint32_t argument_of[2];
    if (!elab_match(e, sc, b->name, names, 2, b, arg, n, argument_of)) return;
    if (argument_of[0] == MLP_NONE) {
        elab_wrong(e, sc, whole, "E202", "`%s` needs a category", b->name);
        return;
    }
    struct value x, y;
    const struct argument *first = &arg[argument_of[0]], *second = argument_of[1] == MLP_NONE ? NULL : &arg[argument_of[1]];
    if (first->given) x = *first->given;
    else elab_value(e, sc, first->ast, &x);
    const struct value *const all[] = {&x};
    *out = value_broken(e, out->at, all, 1);
    out->kind = KIND_FITTED;
    if (x.broken) return;
    const enum type_class class = class_of(&x.type);
    if (class != CLASS_CODE && class != CLASS_ORDINAL) {
        struct diag *d = elab_wrong(e, sc, x.at, "E108", "`%s` takes a category, an ordinal or an id, and %s is %s", b->name,
                                    value_text(e, &x), type_word(&x.type));
        if (class == CLASS_TEXT) d->fix = "if it has few values, declare the column as a `category`";
        return;
    }
    struct fit_decl fit = {.reducer = "target_mean", .by = x.node, .crossfit = CROSSFIT, .at = out->at, .args = 1, .book = MLP_NONE};
    if (!elab_option(e, second && !second->given ? sc : NULL, b->name, &b->param[1], second ? second->ast : b->param[1].fallback,
                     second ? second->given : NULL, &fit.arg[0])) return;
    if (!elab_target(e, &y)) return;
    fit.input = y.node;
    const mlp_ix cell = elab_fit(e, fit, source_printf(e->spec->src, "target_encode(%s)", slice_of(e->spec->src, x.at)));
    *out = value_made(e, ir_cell_at(&e->graph, cell, x.node), MLP_FLOAT, out->at, all, 1);
    out->kind = KIND_FITTED;
    out->type.unit = y.type.unit;
}

/* ---- windows ---- */

static const struct { const char *name; uint8_t window, of_column, nullable; } windows[] = {
    {"count", MLP_W_COUNT, 0, 0}, {"sum", MLP_W_SUM, 1, 0}, {"mean", MLP_W_MEAN, 1, 1}, {"min", MLP_W_MIN, 1, 1},
    {"max", MLP_W_MAX, 1, 1},
};

bool source_path(const struct elab *e, const struct ast *a, struct source_decl **source, const char **column)
{
    if (a->kind != AST_NAME) return false;
    const char *dot = strchr(a->text, '.');
    const size_t n = dot ? (size_t)(dot - a->text) : strlen(a->text);
    if (!dot && elab_is_column(e, a->text)) return false;
    for (uint32_t i = 0; i < e->spec->sources; i++) {
        struct source_decl *d = &e->spec->source[i];
        if (strlen(d->name) != n || memcmp(d->name, a->text, n)) continue;
        *source = d, *column = dot ? dot + 1 : NULL;
        return true;
    }
    return false;
}

static struct column *column_of(struct source_decl *d, const char *name)
{
    for (uint32_t i = 0; i < d->columns; i++)
        if (!strcmp(d->column[i].name, name)) return &d->column[i];
    return NULL;
}

static struct column *aggregated(struct elab *e, const struct scope *sc, const struct ast *at, struct source_decl *d,
                                 const char *name, const char *window)
{
    struct column *c = column_of(d, name);
    if (!c) {
        const char **names = mlp_arena_alloc(&e->spec->src->arena, (d->columns + 1) * sizeof *names);
        for (uint32_t i = 0; i < d->columns; i++) names[i] = d->column[i].name;
        const char *near = name_suggest(name, names, d->columns);
        const struct column *there = near ? column_of(d, near) : NULL;
        if (there)
            elab_wrong(e, sc, at->at, "E200", "`%s` has no column `%s`; did you mean `%s` (line %u)?", d->name, name, near,
                       line_of(e->spec->src, there->at));
        else elab_wrong(e, sc, at->at, "E200", "`%s` has no column `%s`", d->name, name);
        return NULL;
    }
    if (c->type.base == MLP_INT || c->type.base == MLP_FLOAT || c->type.base == MLP_BOOL) return c;
    elab_wrong(e, sc, at->at, "E108", "`%s` is taken of numbers, and `%s` is %s", window, at->text,
               type_word(&c->type))->cause = c->at;
    return NULL;
}

/* The column of the other source that says which row of the main one its rows belong to. */
static struct column *join_of(struct elab *e, const struct scope *sc, struct span at, struct source_decl *d)
{
    struct source_decl *to = e->spec->main;
    struct column *found = NULL;
    for (uint32_t i = 0; i < d->columns; i++) {
        if (d->column[i].refers != to) continue;
        if (found) {
            elab_wrong(e, sc, at, "E204", "`%s` and `%s` of `%s` both refer to `%s`: which one joins?", found->name,
                       d->column[i].name, d->name, to->name);
            return NULL;
        }
        found = &d->column[i];
    }
    if (!found)
        elab_wrong(e, sc, at, "E204", "`%s` has no column that refers to `%s`: its rows cannot be joined", d->name, to->name)->fix =
            to->n_key ? source_printf(e->spec->src, "write `%s: id -> %s` in the schema of `%s`", to->key[0]->name, to->name,
                                      d->name)
                      : source_printf(e->spec->src, "give `%s` a `@key`, and `%s` a column of type `id -> %s`", to->name, d->name,
                                      to->name);
    else if (to->n_key != 1) {
        elab_wrong(e, sc, at, "E204", "`%s` refers to `%s`, which has %s: there must be one `@key`", found->name, to->name,
                   to->n_key ? "several key columns" : "no `@key`");
        return NULL;
    }
    return found;
}

static const char *window_name(struct elab *e, const struct ast *whole, struct span at, const char *window,
                               const struct source_decl *d,
                               const struct column *c, const char *last)
{
    if (e->let->name && whole && whole->at.from == at.from && whole->at.to == at.to) return e->let->name;
    return source_printf(e->spec->src, "%s_%s%s%s%s%s", window, d->name, c ? "_" : "", c ? c->name : "", last ? "_" : "",
                         last ? last : "");
}

void elab_window(struct elab *e, const struct scope *sc, const struct builtin *b, struct span whole, struct argument *arg,
                 uint32_t n, struct value *out)
{
    const char *names[] = {"x", "last"};
    uint32_t argument_of[2];
    struct source_decl *d;
    const char *name;
    if (!elab_match(e, sc, b->name, names, 2, b, arg, n, argument_of)) return;
    if (argument_of[0] != 0 || !source_path(e, arg[0].ast, &d, &name)) return;
    out->kind = KIND_WINDOWED;
    if (d == e->spec->main) {
        spec_not_built(e->spec, whole, "a window over rows of the same source");
        return;
    }
    size_t k = 0;
    while (k < sizeof windows / sizeof *windows && strcmp(windows[k].name, b->name)) k++;
    if (k == sizeof windows / sizeof *windows) return;
    if (windows[k].of_column != (name != NULL)) {
        if (name)
            elab_wrong(e, sc, arg[0].at, "E203", "`count` counts rows: it takes the source alone")->fix =
                source_printf(e->spec->src, "write `count(%s)`", d->name);
        else
            elab_wrong(e, sc, arg[0].at, "E203", "`%s` takes a column of `%s`", b->name, d->name)->fix =
                source_printf(e->spec->src, "write `%s(%s.COLUMN)`", b->name, d->name);
        return;
    }
    struct column *c = name ? aggregated(e, sc, arg[0].ast, d, name, b->name) : NULL, *join = join_of(e, sc, whole, d);
    if ((name && !c) || !join) return;
    int64_t last = 0;
    const struct ast *length = argument_of[1] == MLP_NONE ? NULL : arg[argument_of[1]].ast;
    if (length) {
        struct value v;
        elab_value(e, sc, length, &v);
        if (v.broken) return;
        const struct ir_node *node = &e->graph.node[v.node];
        if (v.type.base != MLP_DURATION || node->op != IR_INT || node->integer <= 0) {
            elab_wrong(e, sc, length->at, "E203", "`last` takes a duration")->fix = "write `last: 30d`";
            return;
        }
        last = node->integer;
        const struct source_decl *timeless = !d->time ? d : !e->spec->main->time ? e->spec->main : NULL;
        if (timeless) {
            elab_wrong(e, sc, length->at, "E204", "`last` counts back in time, and `%s` has no `@time`", timeless->name)->fix =
                "leave `last` out, or mark the column that says when";
            return;
        }
    }
    if (c && c->tags & MLP_OUTCOME && c->known_us > 0) {
        if (last && last <= c->known_us)
            elab_wrong(e, sc, length->at, "E104", "this window is always empty: `%s` is known %s days after its row (line %u)",
                       c->name,
                       number_text(e->spec->src, (double)c->known_us / 86400e6), line_of(e->spec->src, c->at))->cause = c->at;
        else spec_not_built(e->spec, arg[0].at, "a window over an outcome that is known later (`%s`)", arg[0].ast->text);
        return;
    }
    struct mlp_slot slot = {.origin = MLP_FROM_WINDOW, .rep = MLP_F64, .nullable = windows[k].nullable,
                            .window = windows[k].window, .source = d->index,
                            .column = c ? c->index : MLP_NONE, .join = join->index, .codebook = MLP_NONE, .last_us = last};
    const char *length_text = length && length->kind == AST_NUMBER ? length->text : NULL;
    slot.id = (struct mlp_id){.name = window_name(e, e->let->whole, out->at, b->name, d, c, length_text), .from = out->at.from,
                              .to = out->at.to};
    const mlp_ix at = elab_slot(e, slot);
    struct value source = {.from = e->let->nothing};
    if (c) source.from = from_without(e, from_column(e, c), FROM_OUTCOME);
    const struct value *const all[] = {&source};
    *out = value_made(e, ir_leaf(&e->graph, IR_SLOT, IR_F, at, 0, windows[k].nullable), k ? MLP_FLOAT : MLP_INT, out->at, all, 1);
    out->kind = KIND_WINDOWED;
    if (c) out->type.unit = c->type.unit;
}
