/* encode.c: the fitted builtins of stdlib/transforms.mlp: what is learnt of a column (or of several) and is more than a reducer and
 * an expression. Each becomes a fit of a reducer, whose cells the kernels read. What a reducer does is runtime/fit's. */
#include <math.h>
#include <string.h>
#include "compiler/sema/elaborate.h"

enum { MOST = 8 };                                          /* parameters of a fitted builtin */

/* A literal where a parameter stands, or a value that a `fn` was given for it. */
static bool read_option(struct elab *e, const struct scope *sc, const struct builtin *b, uint32_t k, const struct argument *given,
                        struct mlp_arg *out)
{
    const struct parameter *p = &b->param[k];
    const struct ast *a = given ? given->ast : p->fallback;
    *out = (struct mlp_arg){.name = p->name, .ix = MLP_NONE};
    if (!a && !(given && given->given)) return true;        /* optional, and not given */
    if (given && given->given) return elab_option(e, sc, b->name, p, NULL, given->given, out);
    if (given && a->kind == AST_NAME && !p->n_names) return elab_option(e, sc, b->name, p, a, NULL, out);
    return args_value(e->spec, b, p, a, out);
}

/* The arguments of a call: the value, and a fit of `reducer` whose arguments are the builtin's further ones. */
static bool read_call(struct elab *e, const struct scope *sc, const struct builtin *b, struct span whole, struct argument *arg,
                      uint32_t n, const char *reducer, struct value *x, struct fit_decl *fit, struct value *out)
{
    const char *names[MOST];
    uint32_t argument_of[MOST];
    for (uint32_t k = 0; k < b->params; k++) names[k] = b->param[k].name;
    if (!elab_match(e, sc, b->name, names, b->params, b, arg, n, argument_of)) return false;
    for (uint32_t k = 0; k < b->params; k++)
        if (argument_of[k] == MLP_NONE && b->param[k].required) {
            struct diag *d = elab_wrong(e, sc, whole, "E202", "`%s` needs `%s`", b->name, names[k]);
            if (b->param[k].doc && *b->param[k].doc) d->fix = source_printf(e->spec->src, "write `%s: …`: %s", names[k], b->param[k].doc);
            return false;
        }
    const struct argument *first = &arg[argument_of[0]];
    if (first->given) *x = *first->given;
    else elab_value(e, sc, first->ast, x);
    const struct value *const all[] = {x};
    *out = value_broken(e, out->at, all, 1);
    out->kind = KIND_FITTED;
    *fit = (struct fit_decl){.reducer = reducer, .input = x->node, .by = IR_NOTHING, .at = out->at, .book = MLP_NONE};
    for (uint32_t k = 1; k < b->params; k++)
        if (!read_option(e, sc, b, k, argument_of[k] == MLP_NONE ? NULL : &arg[argument_of[k]], &fit->arg[fit->args++])) return false;
    return !x->broken;
}

static const char *cell_name(struct elab *e, const struct builtin *b, const struct value *x)
{
    return source_printf(e->spec->src, "%s(%s)", b->name, slice_of(e->spec->src, x->at));
}

static bool wants(struct elab *e, const struct scope *sc, const struct builtin *b, const struct value *x, bool fine, const char *what,
                  const char *fix)
{
    if (fine) return true;
    struct diag *d = elab_wrong(e, sc, x->at, "E108", "`%s` takes %s, and %s is %s", b->name, what, value_text(e, x), type_word(&x->type));
    if (fix) d->fix = fix;
    return false;
}

static bool wants_code(struct elab *e, const struct scope *sc, const struct builtin *b, const struct value *x)
{
    const enum type_class class = class_of(&x->type);
    return wants(e, sc, b, x, class == CLASS_CODE || class == CLASS_ORDINAL, "a category, an ordinal or an id",
                 class == CLASS_TEXT ? "if it has few values, declare the column as a `category`"
                 : class == CLASS_NUMBER ? source_printf(e->spec->src, "cut it into intervals first: `%s |> bucket(5)`",
                                                         slice_of(e->spec->src, x->at))
                 : class == CLASS_LIST ? "a list by its values is `multi_hot`"
                 : class == CLASS_BOOL ? "a bool has two values already" : NULL);
}

/* A category of codes that the fit makes. */
static void made_codes(struct elab *e, const struct fit_decl *fit, ir_ix number, const struct value *x, struct value *out)
{
    const struct value *const all[] = {x};
    *out = value_made(e, ir_op(&e->graph, IR_TO_CODE, &number, 1), MLP_CATEGORY, out->at, all, 1);
    out->kind = KIND_FITTED;
    for (uint32_t i = 0; i < e->fits; i++)
        if (e->fit[i].cell == fit->cell) out->type.book = e->fit[i].book + 1;
}

static void top(struct elab *e, const struct scope *sc, const struct builtin *b, struct value *x, struct fit_decl *fit,
                struct value *out)
{
    if (!wants_code(e, sc, b, x)) return;
    if (!strcmp(b->name, "one_hot")) {                      /* frequent(k, min_rows) */
        const struct mlp_arg least = fit->arg[0];
        fit->arg[0] = fit->arg[1], fit->arg[1] = least;
    }
    struct value *codes = mlp_arena_alloc(&e->spec->src->arena, sizeof *codes);
    *codes = *x;
    fit->by = x->node, fit->codes = codes, fit->book = 0;
    fit->cell = elab_fit(e, *fit, cell_name(e, b, x));
    made_codes(e, fit, ir_cell_at(&e->graph, fit->cell, x->node), x, out);
}

static void bucket(struct elab *e, const struct scope *sc, const struct builtin *b, struct value *x, struct fit_decl *fit,
                   struct value *out)
{
    struct value y;
    const struct value *const all[] = {x};
    if (!wants(e, sc, b, x, value_number(e, x), "a number", class_of(&x->type) == CLASS_CODE ? "keep its frequent values: `|> top(10)`"
               : class_of(&x->type) == CLASS_DURATION ? "divide it by its unit first: `(…) / 1d`" : NULL)) return;
    fit->input = x->node, fit->book = 0;
    if (fit->arg[1].str && !strcmp(fit->arg[1].str, "tree")) {
        if (!elab_target(e, &y)) {
            *out = value_broken(e, out->at, all, 1);
            return;
        }
        ir_ix *more = mlp_arena_alloc(&e->spec->src->arena, sizeof *more);
        *more = y.node, fit->more = more, fit->mores = 1;
        const bool classes = elab_target_itself(e, &y) && class_of(&y.type) == CLASS_CODE;
        if (classes) fit->arg[fit->args++] = (struct mlp_arg){.name = "classes", .kind = MLP_A_BOOL, .num = 1, .ix = MLP_NONE};
    }
    fit->cell = elab_fit(e, *fit, cell_name(e, b, x));
    const ir_ix place[] = {ir_lookup(&e->graph, fit->cell, call_of("place"), x->node), ir_num(&e->graph, 2)};
    made_codes(e, fit, ir_op(&e->graph, IR_ADD, place, 2), all[0], out);
    value_closed(e, out);
}

/* Lengths of terms: a range of whole numbers from 1. */
static bool lengths(struct elab *e, const struct scope *sc, const struct builtin *b, struct span at, const struct mlp_arg *a, double most)
{
    if (a->kind == MLP_A_NONE) return true;
    const double from = a->items.at[0].num, to = a->items.at[1].num;
    if (from >= 1 && to >= from && to <= most && from == floor(from) && to == floor(to)) return true;
    elab_wrong(e, sc, at, "E203", "`%s` of `%s` is a range of whole numbers from 1 to %s, the smaller first", a->name, b->name,
               number_text(e->spec->src, most))->fix =
        source_printf(e->spec->src, "write `%s: %s`", a->name, most > 5 ? "3..5" : "1..2");
    return false;
}

/* Runs of a text or a list, whose node stays as it is: an encoder takes it at the border. */
static void made_runs(struct elab *e, const struct builtin *b, struct fit_decl *fit, const struct value *x, struct value *out)
{
    const struct value *const all[] = {x};
    fit->book = 0, fit->encoder = b->name;
    fit->cell = elab_fit(e, *fit, cell_name(e, b, x));
    *out = value_made(e, x->node, MLP_VECTOR, out->at, all, 1);
    for (uint32_t i = 0; i < e->fits; i++)
        if (e->fit[i].cell == fit->cell) out->type.book = e->fit[i].book + 1;
}

static void terms(struct elab *e, const struct scope *sc, const struct builtin *b, struct span whole, struct value *x,
                  struct fit_decl *fit, struct value *out)
{
    if (!wants(e, sc, b, x, class_of(&x->type) == CLASS_TEXT, "a text",
               class_of(&x->type) == CLASS_CODE ? "a category is encoded by itself; for words, declare the column as a `text`" : NULL)) return;
    if (!lengths(e, sc, b, whole, &fit->arg[1], 5) || !lengths(e, sc, b, whole, &fit->arg[2], 10)) return;
    made_runs(e, b, fit, x, out);
}

/* A list by its values; a missing one has the one value that says so. */
static void list_values(struct elab *e, const struct scope *sc, const struct builtin *b, struct value *x, struct fit_decl *fit,
                        struct value *out)
{
    const char missing[] = {'(', 'm', 'i', 's', 's', 'i', 'n', 'g', ')', MLP_LIST_END, 0};
    struct ir_graph *g = &e->graph;
    const bool list = class_of(&x->type) == CLASS_LIST && g->node[x->node].type == IR_S;
    if (!wants(e, sc, b, x, list, "a list", class_of(&x->type) == CLASS_CODE ? "a category has one value: it is encoded by itself" : NULL))
        return;
    if (x->type.element == MLP_FLOAT || x->type.element == MLP_IDENT) {
        const bool ids = x->type.element == MLP_IDENT;
        elab_wrong(e, sc, x->at, "E108", "%s is a list of %s: %s", value_text(e, x), ids ? "ids" : "measured numbers",
                   ids ? "they name rows and say nothing about new ones" : "they have no values that rows share")->fix =
            ids ? "if they are few and stay the same, declare it as `list(category, …)`; or ask `has` and `size`"
                : "numbers that each have their place are a `vector(n)`; or ask `size`";
        return;
    }
    if (g->node[x->node].nullable)
        x->node = ir_op(g, IR_IF, (const ir_ix[]){ir_op(g, IR_IS_MISSING, &x->node, 1),
                                                  ir_text(g, mlp_arena_copy(&e->spec->src->arena, missing, strlen(missing))), x->node}, 3);
    fit->input = x->node;
    made_runs(e, b, fit, x, out);
}

bool elab_list_feature(struct elab *e, struct value *v)
{
    const struct builtin *b = library_find(B_FITTED, "multi_hot");
    struct argument arg = {.given = v, .at = v->at};
    struct value x = *v;
    arg.given = &x;
    elab_fitted(e, NULL, b, v->at, &arg, 1, v);
    return !v->broken;
}

void elab_fitted(struct elab *e, const struct scope *sc, const struct builtin *b, struct span whole, struct argument *arg, uint32_t n,
                 struct value *out)
{
    struct value x;
    struct fit_decl fit;
    const struct value *const all[] = {&x};
    if (!strcmp(b->name, "target_encode")) {
        elab_target_encode(e, sc, b, whole, arg, n, out);
        return;
    }
    if (b->params && b->param[0].rest) {
        elab_wrong(e, sc, whole, "E204", "`%s` makes several features: it stands in `features`, behind what it is made of", b->name)->fix =
            source_printf(e->spec->src, "write `[a, b] |> %s(2)`, or `name = [a, b] |> %s(2)`", b->name, b->name);
        return;
    }
    if (!strcmp(b->name, "count_encode")) {
        if (!read_call(e, sc, b, whole, arg, n, "count", &x, &fit, out) || !wants_code(e, sc, b, &x)) return;
        fit.by = x.node, fit.input = ir_num(&e->graph, 1);
        const mlp_ix cell = elab_fit(e, fit, cell_name(e, b, &x));
        *out = value_made(e, ir_cell_at(&e->graph, cell, x.node), MLP_INT, out->at, all, 1);
    } else if (!strcmp(b->name, "ordinal_encode")) {
        if (!read_call(e, sc, b, whole, arg, n, "", &x, &fit, out) || !wants_code(e, sc, b, &x)) return;
        *out = value_made(e, ir_op(&e->graph, IR_STEP, &x.node, 1), MLP_INT, out->at, all, 1);
    } else if (!strcmp(b->name, "bucket")) {
        if (!read_call(e, sc, b, whole, arg, n, "edges", &x, &fit, out)) return;
        bucket(e, sc, b, &x, &fit, out);
    } else if (!strcmp(b->name, "tfidf")) {
        if (!read_call(e, sc, b, whole, arg, n, "terms", &x, &fit, out)) return;
        terms(e, sc, b, whole, &x, &fit, out);
    } else if (!strcmp(b->name, "multi_hot")) {
        if (!read_call(e, sc, b, whole, arg, n, "values", &x, &fit, out)) return;
        list_values(e, sc, b, &x, &fit, out);
    } else if (!strcmp(b->name, "top") || !strcmp(b->name, "one_hot")) {
        if (!read_call(e, sc, b, whole, arg, n, "frequent", &x, &fit, out)) return;
        top(e, sc, b, &x, &fit, out);
    }
    out->kind = KIND_FITTED;
}

/* place(x, table) and rank(x, table): v[1] is what a reducer of a table gave. */
void elab_lookup(struct elab *e, const struct scope *sc, const struct builtin *b, struct value *v, struct value *out)
{
    const struct value *const all[] = {&v[0], &v[1]};
    const struct ir_node *table = &e->graph.node[v[1].node];
    if (v[1].type.base != MLP_LISTOF || table->op != IR_CELL) {
        elab_wrong(e, sc, v[1].at, "E108", "`%s` looks a number up in a table, and %s is %s", b->name, value_text(e, &v[1]),
                   type_word(&v[1].type))->fix = "learn one: `fits { t = quantiles(x) }`";
        return;
    }
    if (!value_number(e, &v[0])) {
        elab_wrong(e, sc, v[0].at, "E108", "`%s` takes a number, and %s is %s", b->name, value_text(e, &v[0]), type_word(&v[0].type));
        return;
    }
    *out = value_made(e, ir_lookup(&e->graph, table->index, call_of(b->name), v[0].node), MLP_FLOAT, out->at, all, 2);
    out->kind = KIND_FITTED;
}

/* ---- several columns in, several features out ---- */

const struct builtin *elab_gathers(const struct ast *call)
{
    const struct builtin *b = call->kind == AST_CALL || call->kind == AST_NAME ? library_find(B_FITTED, call->text) : NULL;
    return b && b->built && b->params && b->param[0].rest ? b : NULL;
}

struct gathering { struct value *value; const char **ending; uint32_t n; };
static void made(struct elab *e, struct gathering *g, struct value v, const char *ending)
{
    uint32_t n = g->n;
    *PUSH(e->spec->src, g->value, n) = v;
    *PUSH(e->spec->src, g->ending, g->n) = ending;
}

/* All products of `degree` of the inputs from `from` on, times `v`. */
static void products(struct elab *e, struct gathering *g, const struct value *input, const char *const *name, uint32_t n, uint32_t from,
                     uint32_t degree, const struct value *v, const char *text, uint32_t power)
{
    for (uint32_t i = from; i < n; i++) {
        const uint32_t again = v && i == from ? power + 1 : 1;
        const char *ending;
        struct value x = input[i];
        if (v) {
            struct value left = *v, right = x;
            const struct value *const both[] = {v, &input[i]};
            x = value_broken(e, x.at, both, 2);
            values_scale(e, NULL, x.at, IR_MUL, &left, &right, &x);
            if (again > 1) {                                /* a^2 stands for the a at the end of `text` */
                const size_t end = strlen(text) - (again > 2 ? strlen(strrchr(text, '^')) : 0);
                ending = source_printf(e->spec->src, "%.*s^%u", (int)end, text, again);
            } else ending = source_printf(e->spec->src, "%s*%s", text, name[i]);
        } else ending = name[i];
        if (degree == 1) made(e, g, x, ending);
        else products(e, g, input, name, n, i, degree - 1, &x, ending, again);
    }
}

static void components(struct elab *e, struct gathering *g, struct fit_decl *fit, const struct value *input, uint32_t n, uint32_t wanted,
                       struct span at)
{
    ir_ix *more = mlp_arena_alloc(&e->spec->src->arena, (n + 1) * sizeof *more);
    const struct value **all = mlp_arena_alloc(&e->spec->src->arena, (n + 1) * sizeof *all);
    for (uint32_t i = 0; i < n; i++) more[i] = input[i].node, all[i] = &input[i];
    fit->input = more[0], fit->more = more + 1, fit->mores = n - 1;
    fit->cell = elab_fit(e, *fit, source_printf(e->spec->src, "pca(%s, …)", slice_of(e->spec->src, input[0].at)));
    for (uint32_t k = 0; k < wanted; k++) {
        ir_ix sum = IR_NOTHING;
        for (uint32_t i = 0; i < n; i++) {                  /* what is missing stands at the mean */
            const ir_ix from[] = {input[i].node, ir_leaf(&e->graph, IR_CELL, IR_F, fit->cell, i, true)},
                        away = ir_op(&e->graph, IR_SUB, from, 2),
                        there[] = {ir_op(&e->graph, IR_IS_MISSING, &away, 1), ir_num(&e->graph, 0), away},
                        part[] = {ir_op(&e->graph, IR_IF, there, 3), ir_leaf(&e->graph, IR_CELL, IR_F, fit->cell, n + k * n + i, true)},
                        term[] = {sum, ir_op(&e->graph, IR_MUL, part, 2)};
            sum = i ? ir_op(&e->graph, IR_ADD, term, 2) : term[1];
        }
        struct value v = value_made(e, sum, MLP_FLOAT, at, all, n);
        v.kind = KIND_FITTED;
        made(e, g, v, source_printf(e->spec->src, "%u", k + 1));
    }
}

bool elab_gather(struct elab *e, const struct builtin *b, const struct ast *call, const struct ast *const *input, const char *const *name,
                 uint32_t inputs, struct value **value, const char ***ending, uint32_t *n)
{
    const char *names[MOST];
    uint32_t argument_of[MOST];
    struct argument arg[MOST];
    uint32_t args = 0;
    const bool pca = !strcmp(b->name, "pca");
    struct fit_decl fit = {.reducer = "components", .by = IR_NOTHING, .at = call->at, .book = MLP_NONE};
    for (uint32_t i = 0; call->kind == AST_CALL && i < call->n && args < MOST; i++) {
        const struct ast *item = call->kid[i];
        arg[args++] = (struct argument){.key = item->kind == AST_ARG ? item->text : NULL, .ast = value_of(item), .at = item->at};
    }
    for (uint32_t k = 1; k < b->params; k++) names[k - 1] = b->param[k].name;
    if (!elab_match(e, NULL, b->name, names, b->params - 1, b, arg, args, argument_of)) return false;
    for (uint32_t k = 1; k < b->params; k++) {
        const struct argument *given = argument_of[k - 1] == MLP_NONE ? NULL : &arg[argument_of[k - 1]];
        if (!given && b->param[k].required) {
            elab_wrong(e, NULL, call->at, "E202", "`%s` needs `%s`", b->name, b->param[k].name)->fix =
                source_printf(e->spec->src, "write `%s(2)`", b->name);
            return false;
        }
        if (!read_option(e, NULL, b, k, given, &fit.arg[fit.args++])) return false;
        if (fit.arg[fit.args - 1].kind != MLP_A_PARAM) continue;
        elab_wrong(e, NULL, given->at, "E203", "`%s` of `%s` decides which features there are, and a param is set when they stand", b->param[k].name,
                   b->name)->fix = "write the number itself";
        return false;
    }
    struct value *x = mlp_arena_alloc(&e->spec->src->arena, (inputs + 1) * sizeof *x);
    bool fine = true;
    for (uint32_t i = 0; i < inputs; i++) {
        elab_value(e, NULL, input[i], &x[i]);
        if (!x[i].broken && class_of(&x[i].type) == CLASS_ORDINAL) {
            const struct value *const one[] = {&x[i]};
            x[i] = value_made(e, ir_op(&e->graph, IR_STEP, &x[i].node, 1), MLP_INT, x[i].at, one, 1);
        }
        fine &= !x[i].broken && wants(e, NULL, b, &x[i], value_number(e, &x[i]), "numbers",
                                      class_of(&x[i].type) == CLASS_CODE ? "leave it out, or encode it: `target_encode`, `count_encode`"
                                                                         : NULL);
    }
    if (!fine) return false;
    const double wanted = fit.arg[0].num;
    struct gathering g = {0};
    if (pca) {
        if (wanted > inputs) {
            elab_wrong(e, NULL, call->at, "E203", "%u column%s have at most as many components, and %u are wanted", inputs,
                       inputs == 1 ? "" : "s", (unsigned)wanted)->fix = source_printf(e->spec->src, "write `pca(%u)`, or less", inputs);
            return false;
        }
        components(e, &g, &fit, x, inputs, (uint32_t)wanted, call->at);
    } else {
        double count = 1;                                   /* products of up to `wanted` inputs: binomial(inputs + wanted, wanted) */
        for (uint32_t k = 1; k <= (uint32_t)wanted; k++) count = count * (inputs + k) / k;
        if (count > 5000) {
            elab_wrong(e, NULL, call->at, "E203", "`polynomial(%u)` of %u columns makes %.0f features", (unsigned)wanted, inputs,
                       count - 1)->fix = "take fewer columns, or a lower degree; trees find products themselves";
            return false;
        }
        for (uint32_t d = 1; d <= (uint32_t)wanted; d++) products(e, &g, x, name, inputs, 0, d, NULL, NULL, 0);
    }
    *value = g.value, *ending = g.ending, *n = g.n;
    return true;
}
