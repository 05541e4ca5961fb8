/* calls.c: what a call means: a function of the spec or the library is inlined, a builtin becomes an operation. Arguments are
 * elaborated where they stand, so a function never sees the names of its caller; only a parameter that is itself called (`with(x)`)
 * keeps the name that was given for it. */
#include <math.h>
#include <string.h>
#include "compiler/sema/elaborate.h"

uint32_t call_of(const char *name)
{
    static const char *const names[] = {
#define CALL(name, result, args, signature) #name,
#include "runtime/kernels.def"
    };
    for (uint32_t i = 0; i < sizeof names / sizeof *names; i++)
        if (!strcmp(names[i], name)) return i;
    return MLP_NONE;
}

/* ---- arguments ---- */

static const char *name_list(struct elab *e, const char *const *name, uint32_t n)
{
    const char *list = n ? "" : "nothing";
    for (uint32_t i = 0; i < n; i++) list = source_printf(e->spec->src, "%s%s`%s`", list, i ? ", " : "", name[i]);
    return list;
}

bool elab_match(struct elab *e, const struct scope *sc, const char *name, const char *const *parameter, uint32_t parameters,
                const struct builtin *b, const struct argument *arg, uint32_t n, uint32_t *argument_of)
{
    for (uint32_t k = 0; k < parameters; k++) argument_of[k] = MLP_NONE;
    uint32_t next = 0;
    for (uint32_t i = 0; i < n; i++) {
        uint32_t k = 0;
        if (arg[i].key) {
            while (k < parameters && strcmp(parameter[k], arg[i].key)) k++;
            if (k == parameters) {
                if (b && library_parameter_later(b, arg[i].key)) {
                    spec_not_built(e->spec, elab_at(sc, arg[i].at), "`%s` of `%s`", arg[i].key, name);
                    return false;
                }
                const char *near = name_suggest(arg[i].key, parameter, parameters);
                struct diag *d = near ? elab_wrong(e, sc, arg[i].at, "E202", "`%s` has no parameter `%s`; did you mean `%s`?",
                                                   name, arg[i].key, near)
                                      : elab_wrong(e, sc, arg[i].at, "E202", "`%s` has no parameter `%s`", name, arg[i].key);
                if (!near) d->fix = source_printf(e->spec->src, "it takes %s", name_list(e, parameter, parameters));
                return false;
            }
        } else {
            while (next < parameters && argument_of[next] != MLP_NONE) next++;
            if ((k = next) == parameters) {
                elab_wrong(e, sc, arg[i].at, "E202", "`%s` takes %u argument%s, and this is one more", name, parameters,
                           parameters == 1 ? "" : "s")->fix =
                    source_printf(e->spec->src, "it takes %s", name_list(e, parameter, parameters));
                return false;
            }
        }
        if (argument_of[k] != MLP_NONE) {
            elab_wrong(e, sc, arg[i].at, "E202", "`%s` of `%s` is given twice", parameter[k], name);
            return false;
        }
        argument_of[k] = i;
    }
    return true;
}

static bool lacks(struct elab *e, const struct scope *sc, const char *name, struct span whole, const char *parameter)
{
    elab_wrong(e, sc, whole, "E202", "`%s` needs `%s`", name, parameter)->fix = source_printf(e->spec->src, "write `%s(…, %s: …)`", name, parameter);
    return false;
}

static void elab_argument(struct elab *e, const struct scope *sc, const struct argument *a, struct value *out)
{
    if (a->given) *out = *a->given;
    else elab_value(e, sc, a->ast, out);
}

/* ---- functions ---- */

static bool is_called(const struct ast *a, const char *name)
{
    if (!a) return false;
    if (a->kind == AST_CALL && !strcmp(a->text, name)) return true;
    for (uint32_t i = 0; i < a->n; i++)
        if (is_called(a->kid[i], name)) return true;        /* a PIPE's bare name is a call too */
    if (a->kind == AST_PIPE && a->kid[1]->kind == AST_NAME && !strcmp(a->kid[1]->text, name)) return true;
    return false;
}

static struct binding *bound(const struct scope *sc, const char *name)
{
    for (uint32_t i = sc ? sc->bindings : 0; i-- > 0;)
        if (!strcmp(sc->binding[i].name, name)) return &sc->binding[i];
    return NULL;
}

/* The name that is given for a parameter that is called; only names of its declared enumeration, when it has one. */
static bool bind_word(struct elab *e, const struct scope *sc, const struct ast *param, const struct ast *given, bool library,
                      struct binding *b)
{
    const struct binding *outer = given->kind == AST_NAME ? bound(sc, given->text) : NULL;
    if (outer && outer->word) {
        b->word = outer->word, b->word_of_library = outer->word_of_library;
        return true;
    }
    const struct ast *refine = param->kid[1], *set = NULL;
    for (uint32_t i = 0; refine && i < refine->n; i++)
        if (refine->kid[i]->kind == AST_REFINE && !strcmp(refine->kid[i]->text, "in") && refine->kid[i]->n
            && refine->kid[i]->kid[0]->kind == AST_SET)
            set = refine->kid[i]->kid[0];
    const char *names[32];
    uint32_t n = 0;
    bool among = !set;
    for (uint32_t i = 0; set && i < set->n && n < 32; i++) {
        names[n++] = set->kid[i]->text;
        among |= given->kind == AST_NAME && !strcmp(names[n - 1], given->text);
    }
    if (given->kind == AST_NAME && among) {
        b->word = given->text, b->word_of_library = library || set;
        return true;
    }
    const char *near = given->kind == AST_NAME ? name_suggest(given->text, names, n) : NULL;
    if (near) elab_wrong(e, sc, given->at, "E203", "`%s` cannot be `%s`; did you mean `%s`?", param->text, given->text, near);
    else
        elab_wrong(e, sc, given->at, "E203", "`%s` takes %s", param->text, set ? name_list(e, names, n) : "the name of a function")->fix =
            given->kind == AST_TEXT ? source_printf(e->spec->src, "write `%s` without quotes", given->text) : "";
    return false;
}

void elab_fn(struct elab *e, const struct scope *sc, const struct ast *fn, bool library, struct span whole, struct argument *arg,
             uint32_t n,
             struct value *out)
{
    const struct ast *list = fn->kid[0], *fits = fn->kid[1];
    const uint32_t parameters = list ? list->n : 0;
    *out = value_broken(e, elab_at(sc, whole), NULL, 0);
    for (const struct scope *up = sc; up; up = up->up)
        if (up->fn == fn) {
            elab_wrong(e, sc, whole, "E204", "`%s` calls itself: a `fn` is inlined and cannot be recursive", fn->text);
            return;
        }
    const uint32_t learnt = fits ? fits->n : 0;
    const char **names = mlp_arena_alloc(&e->spec->src->arena, (parameters + 1) * sizeof *names);
    uint32_t *argument_of = mlp_arena_alloc(&e->spec->src->arena, (parameters + 1) * sizeof *argument_of);
    struct scope inner = {.up = sc, .fn = fn, .library = library, .site = elab_at(sc, whole)};
    inner.binding = mlp_arena_alloc(&e->spec->src->arena, (parameters + learnt + 1) * sizeof *inner.binding);
    for (uint32_t k = 0; k < parameters; k++) names[k] = list->kid[k]->text;
    if (!elab_match(e, sc, fn->text, names, parameters, NULL, arg, n, argument_of)) return;
    for (uint32_t k = 0; k < parameters; k++) {
        const struct ast *param = list->kid[k], *fallback = param->kid[2];
        struct binding *b = &inner.binding[k];
        *b = (struct binding){.name = param->text, .value = value_broken(e, out->at, NULL, 0)};
        const struct argument *a = argument_of[k] == MLP_NONE ? NULL : &arg[argument_of[k]];
        if (!a && !fallback) {
            lacks(e, sc, fn->text, whole, param->text);
            return;
        }
        if (is_called(fn->kid[2], param->text) || is_called(fits, param->text)) {
            const struct ast *word = a ? a->ast : fallback;
            if (!word) lacks(e, sc, fn->text, whole, param->text);
            if (!word || !bind_word(e, a ? sc : &inner, param, word, a ? sc && sc->library : library, b)) return;
        } else if (a) elab_argument(e, sc, a, &b->value);
        else elab_value(e, &inner, fallback, &b->value);
        inner.bindings = k + 1;
    }
    for (uint32_t i = 0; i < learnt; i++) {
        struct scope fitting = inner;
        fitting.fits = true;
        const struct ast *define = entry_of(fits->kid[i], NULL);
        if (define->kind != AST_DEFINE) {
            elab_wrong(e, &inner, define->at, "E204", "`fits` holds definitions: `m = mean(x)`");
            return;
        }
        struct binding b = {.name = define->text};
        elab_value(e, &fitting, define->kid[0], &b.value);
        inner.binding[inner.bindings++] = b;
    }
    elab_value(e, &inner, fn->kid[2], out);
    out->at = elab_at(sc, whole), out->literal = NULL;
}

/* ---- pure builtins ---- */

enum unit_rule { UNIT_NONE, UNIT_SAME, UNIT_ROOT };
static const struct { const char *name; uint8_t op, unit, whole; } operations[] = {
    {"exp", IR_EXP, UNIT_NONE, 0}, {"expm1", IR_EXPM1, UNIT_NONE, 0}, {"log", IR_LOG, UNIT_NONE, 0}, 
    {"log1p", IR_LOG1P, UNIT_NONE, 0},
    {"sqrt", IR_SQRT, UNIT_ROOT, 0}, {"sin", IR_SIN, UNIT_NONE, 0}, {"cos", IR_COS, UNIT_NONE, 0}, {"tanh", IR_TANH, UNIT_NONE, 0},
    {"abs", IR_ABS, UNIT_SAME, 0}, {"sign", IR_SIGN, UNIT_NONE, 1}, {"round", IR_ROUND, UNIT_SAME, 1},
    {"floor", IR_FLOOR, UNIT_SAME, 1},
    {"ceil", IR_CEIL, UNIT_SAME, 1},
};

bool elab_takes(struct elab *e, const struct scope *sc, const char *name, enum type_class want, struct value *v)
{
    if (v->broken) return false;
    if (want == CLASS_NUMBER ? value_number(e, v) : class_of(&v->type) == want) return true;
    /* an id, or a category whose values are open, by its spelling */
    if (want == CLASS_TEXT && class_of(&v->type) == CLASS_CODE && !v->type.n_set && elab_as_text(e, v)) return true;
    struct diag *d = elab_wrong(e, sc, v->at, "E108", "`%s` takes %s, and %s is %s", name, 
                                want == CLASS_NUMBER ? "a number" : "a text",
                                value_text(e, v), type_word(&v->type));
    if (class_of(&v->type) == CLASS_CODE && want == CLASS_TEXT)
        d->fix = source_printf(e->spec->src, "compare a category: %s == \"…\", or %s in {…}", value_text(e, v), value_text(e, v));
    else if (class_of(&v->type) == CLASS_DURATION)
        d->fix = source_printf(e->spec->src, "divide it by its unit first: %s / 1d", value_text(e, v));
    return false;
}

static void number_call(struct elab *e, const struct scope *sc, const struct builtin *b, struct span whole, struct value *v,
                        unsigned n, struct value *out)
{
    const struct value *const all[] = {&v[0], &v[1]};
    for (size_t i = 0; i < sizeof operations / sizeof *operations; i++)
        if (!strcmp(operations[i].name, b->name)) {
            if (operations[i].op == IR_ABS && class_of(&v[0].type) == CLASS_DURATION) {
                const ir_ix zero = ir_int(&e->graph, IR_INT, 0), less[] = {v[0].node, zero}, minus[] = {zero, v[0].node};
                const ir_ix choose[] = {ir_op(&e->graph, IR_LT, less, 2), ir_op(&e->graph, IR_ISUB, minus, 2), v[0].node};
                *out = value_made(e, ir_op(&e->graph, IR_IF, choose, 3), MLP_DURATION, out->at, all, 1);
                return;
            }
            if (!elab_takes(e, sc, b->name, CLASS_NUMBER, &v[0])) return;
            const bool whole_number = operations[i].whole || (operations[i].unit == UNIT_SAME && v[0].type.base == MLP_INT);
            const uint8_t base = whole_number ? MLP_INT : MLP_FLOAT;
            *out = value_made(e, ir_op(&e->graph, operations[i].op, &v[0].node, 1), base, out->at, all, 1);
            if (operations[i].unit == UNIT_SAME) out->type.unit = v[0].type.unit;
            else if (operations[i].unit == UNIT_ROOT) out->type.unit = unit_power(&v[0].type.unit, 0.5);
            else out->type.unit.any = v[0].type.unit.any;
            return;
        }
    if (!strcmp(b->name, "pow")) {
        values_power(e, sc, whole, &v[0], &v[1], out);
        return;
    }
    if (!strcmp(b->name, "cyclic")) {                       /* plan/feature.c takes it apart where it may stand */
        elab_wrong(e, sc, whole, "E204", "`cyclic` is two features, and stands as one of `features` or in its pipeline")->fix =
            "take `cyclic_sin` and `cyclic_cos` here";
        return;
    }
    if (n == 2) {                                           /* min max mod */
        const bool mod = !strcmp(b->name, "mod"), least = !strcmp(b->name, "min");
        if (v[0].type.base == MLP_BOOL) value_number(e, &v[0]);
        if (v[1].type.base == MLP_BOOL) value_number(e, &v[1]);
        const enum type_class class = values_unify(e, sc, whole, mod ? "divided with a remainder" : "compared", &v[0], &v[1]);
        const ir_ix arg[] = {v[0].node, v[1].node};
        if (class == CLASS_NUMBER) {
            *out = value_made(e, ir_op(&e->graph, mod ? IR_MOD : least ? IR_MIN : IR_MAX, arg, 2),
                              v[0].type.base == MLP_INT && v[1].type.base == MLP_INT ? MLP_INT : MLP_FLOAT, out->at, all, 2);
            out->type.unit = v[0].type.unit;
        } else if ((class == CLASS_TIME || class == CLASS_DURATION) && !mod) {
            const ir_ix choose[] = {ir_op(&e->graph, least ? IR_LE : IR_GE, arg, 2), arg[0], arg[1]};
            *out = value_made(e, ir_op(&e->graph, IR_IF, choose, 3), v[0].type.base, out->at, all, 2);
        } else if (class != CLASS_NONE) elab_takes(e, sc, b->name, CLASS_NUMBER, &v[0]);
        return;
    }
    spec_not_built(e->spec, out->at, "`%s`", b->name);
}

/* keep(x, {…}): what is not in the set becomes missing. */
static void keep_call(struct elab *e, const struct scope *sc, struct span whole, struct value *x, const struct ast *set,
                      struct value *out)
{
    const struct value *const arg[] = {x};
    if (set->kind != AST_SET || !set->n) {
        elab_wrong(e, sc, set->at, "E203", "`keep` takes a set of values")->fix =
            source_printf(e->spec->src, "write `keep(%s, {%s})`", slice_of(e->spec->src, x->at), set->kind == AST_TEXT ? slice_of(e->spec->src, set->at) : "\"a\", \"b\"");
        return;
    }
    const enum type_class class = class_of(&x->type);
    if (class == CLASS_CODE || class == CLASS_ORDINAL) {
        uint32_t *codes, n;
        if (!category_codes(e, sc, x, set, &codes, &n)) return;
        *out = value_made(e, ir_codes(&e->graph, IR_KEEP, x->node, codes, n), x->type.base, out->at, arg, 1);
        if (out->broken) return;
        out->type = x->type, out->type.nullable = 1;
        if (x->type.base == MLP_IDENT) out->type.base = MLP_CATEGORY;
    } else if (class == CLASS_TEXT) {
        elab_keep_text(e, sc, x, set, out);
    } else {
        struct value among;
        values_in(e, sc, whole, x, set, &among);
        if (among.broken) return;
        const ir_ix choose[] = {among.node, x->node, ir_missing(&e->graph, ir_type_of(&x->type))};
        *out = value_made(e, ir_op(&e->graph, IR_IF, choose, 3), x->type.base, out->at, arg, 1);
        out->type.unit = x->type.unit;
    }
    value_closed(e, out);
}

static void pure_call(struct elab *e, const struct scope *sc, const struct builtin *b, struct span whole, struct argument *arg,
                      uint32_t n, struct value *out)
{
    const char *names[4] = {0};
    uint32_t argument_of[4] = {0};
    const uint32_t parameters = b->params < 4 ? b->params : 4;
    for (uint32_t k = 0; k < parameters; k++) names[k] = b->param[k].name;
    if (!elab_match(e, sc, b->name, names, parameters, b, arg, n, argument_of)) return;
    struct value v[4];
    const bool keep = parameters == 2 && b->param[1].takes & TAKES_LIST;
    bool broken = false;
    for (uint32_t k = 0; k < parameters; k++) {
        const struct scope library = {.up = sc, .library = true, .site = elab_at(sc, whole)};
        if (argument_of[k] == MLP_NONE && !b->param[k].fallback) {
            lacks(e, sc, b->name, whole, names[k]);
            return;
        }
        if (keep && k) continue;
        if (argument_of[k] == MLP_NONE) elab_value(e, &library, b->param[k].fallback, &v[k]);
        else elab_argument(e, sc, &arg[argument_of[k]], &v[k]);
        broken |= v[k].broken;
    }
    const struct value *const all[] = {&v[0], &v[1], &v[2], &v[3]};
    *out = value_broken(e, out->at, all, keep ? 1 : parameters);
    if (broken) {
        if (keep) value_closed(e, out);
        return;
    }
    if (!strcmp(b->name, "cross")) {
        elab_cross(e, sc, whole, v, out);
        return;
    }
    if (elab_time_call(e, sc, b, v, out) || elab_set_call(e, sc, b, v, out)) return;
    if (parameters == 2 && !strcmp(b->ast->kid[1]->kid[1]->kid[0]->text, "table")) elab_lookup(e, sc, b, v, out);
    else if (keep) {
        if (arg[argument_of[1]].ast) keep_call(e, sc, whole, &v[0], arg[argument_of[1]].ast, out);
    } else if (!elab_text_call(e, sc, b, v, parameters, out)) number_call(e, sc, b, whole, v, parameters, out);
}

/* ---- what is not built: still followed, so that what it reads is judged ---- */

static void later_call(struct elab *e, const struct scope *sc, const struct builtin *b, struct span whole, struct argument *arg,
                       uint32_t n, struct value *out)
{
    spec_not_built(e->spec, elab_at(sc, whole), "`%s`", b->name);
    for (uint32_t i = 0; i < n; i++) {
        struct source_decl *source;
        const char *column;
        const struct ast *a = arg[i].ast;
        if (arg[i].key || (a && (a->kind == AST_SET || a->kind == AST_ARRAY || source_path(e, a, &source, &column)))) continue;
        if (i && a && a->kind == AST_NAME && !elab_is_column(e, a->text)) continue;   /* `bucket(5, quantile)`: a word */
        struct value v;
        elab_argument(e, sc, &arg[i], &v);
        const struct value *const both[] = {out, &v};
        *out = value_broken(e, out->at, both, 2);
    }
    if (b->kind == B_WINDOWED) out->from = from_without(e, out->from, FROM_OUTCOME), out->kind = KIND_WINDOWED;
    if (!strcmp(b->name, "hash") || !strcmp(b->name, "redact") || !strcmp(b->name, "bucket")) value_closed(e, out);
}

/* ---- which ---- */

/* first: the first argument, as it is written; or NULL. */
static void no_function(struct elab *e, const struct scope *sc, const char *name, struct span word, const char *first)
{
    static const struct { enum builtin_kind kind; const char *place; } elsewhere[] = {
        {B_MODEL, "a model: it stands in `model NAME = …`"}, {B_LAYER, "a layer: it stands in `model NAME = …`"},
        {B_READER, "a reader: it stands in `source NAME = …`"}, {B_METRIC, "a metric: it stands in `goal` and `metrics`"},
        {B_SPLIT, "a split: it stands behind `split`"}, {B_BASELINE, "a baseline: it stands behind `baseline`"},
        {B_OPTIMIZER, "an optimizer: it stands in `train`"}, {B_STEP, "a step of a source: it stands behind a reader"},
    };
    if (library_find(B_REDUCER, name)) {
        elab_wrong(e, sc, word, "E204", "`%s` over the rows of the training part stands in the `fits` of a `fn`", name)->fix =
            source_printf(e->spec->src, "write `fn centred(x) fits { m = %s(x) } = x - m`, or of calls: `%s(calls.minutes)`",
                          name, name);
        return;
    }
    for (size_t i = 0; i < sizeof elsewhere / sizeof *elsewhere; i++)
        if (library_find(elsewhere[i].kind, name)) {
            elab_wrong(e, sc, word, "E204", "`%s` is %s", name, elsewhere[i].place);
            return;
        }
    uint32_t n = 0, k;
    const char *all[512];
    for (uint32_t i = 0; i < e->spec->symbols && n < 100; i++)
        if (e->spec->symbol[i].kind == SYM_FN && !(sc && sc->library)) all[n++] = e->spec->symbol[i].name;
    const char *const *list = library_fn_names(&k);
    for (uint32_t i = 0; i < k && n < 200; i++) all[n++] = list[i];
    static const enum builtin_kind kinds[] = {B_PURE, B_FITTED, B_WINDOWED};
    for (size_t j = 0; j < 3; j++) {
        list = library_names(kinds[j], &k);
        for (uint32_t i = 0; i < k && n < 512; i++) all[n++] = list[i];
    }
    const char *habit = habit_function(e->spec->src, name, first, all, n), *near = habit ? NULL : name_suggest(name, all, n);
    if (habit) elab_wrong(e, sc, word, "E200", "there is no function `%s`", name)->fix = habit;
    else if (near) elab_wrong(e, sc, word, "E200", "there is no function `%s`; did you mean `%s`?", name, near);
    else elab_wrong(e, sc, word, "E200", "there is no function `%s`", name);
}

static bool is_function(const struct elab *e, const struct ast *fn, const char *name)
{
    for (uint32_t i = 0; i < fn->kid[0]->n; i++)
        if (!strcmp(fn->kid[0]->kid[i]->text, name)) return true;   /* a function that is handed in */
    for (unsigned k = 0; k < B_KINDS; k++)
        if (library_find((enum builtin_kind)k, name)) return true;
    return library_fn(name) || spec_find(e->spec, name, ~0u);
}

static void calls_of(struct elab *e, const struct ast *fn, const struct ast *a)
{
    if (!a) return;
    if (a->kind == AST_CALL && !is_function(e, fn, a->text)) no_function(e, NULL, a->text, a->word, a->n ? slice_of(e->spec->src, a->kid[0]->at) : NULL);
    for (uint32_t i = 0; i < a->n; i++) calls_of(e, fn, a->kid[i]);
}

void elab_unused(struct elab *e)
{
    for (uint32_t i = 0; i < e->spec->symbols && !e->spec->src->errors; i++) {
        const struct symbol *s = &e->spec->symbol[i];
        for (uint32_t k = 1; s->kind == SYM_FN && k < s->ast->n; k++) calls_of(e, s->ast, s->ast->kid[k]);
    }
}

void elab_call_named(struct elab *e, const struct scope *sc, const char *name, struct span word, struct span whole,
                     struct argument *arg, uint32_t n,
                     struct value *out)
{
    bool library = sc && sc->library;
    *out = value_broken(e, elab_at(sc, whole), NULL, 0);
    const struct binding *b = bound(sc, name);
    if (b && b->word) name = b->word, library = b->word_of_library;
    const struct builtin *reducer = library_find(B_REDUCER, name), *pure = library_find(B_PURE, name);
    const struct symbol *own = library ? NULL : spec_find(e->spec, name, 1u << SYM_FN);
    if (own) {
        elab_fn(e, sc, own->ast, false, whole, arg, n, out);
        return;
    }
    struct source_decl *source;
    const char *column;
    const struct builtin *window = library_find(B_WINDOWED, name);
    if (sc && sc->fits && reducer && (!pure || n == 1)) {
        elab_reducer(e, sc, reducer, whole, arg, n, out);
        return;
    }
    if (window && window_over_rows(name) && window->built && !(sc && sc->library)) {
        elab_window(e, sc, window, whole, arg, n, out);
        return;
    }
    if (window && !(sc && sc->fn) && n && arg[0].ast && source_path(e, arg[0].ast, &source, &column)) {
        if (window->built) elab_window(e, sc, window, whole, arg, n, out);
        else later_call(e, sc, window, whole, arg, n, out);
        return;
    }
    const struct ast *fn = library_fn(name);
    if (fn) {
        elab_fn(e, sc, fn, true, whole, arg, n, out);
        return;
    }
    const struct builtin *fitted = library_find(B_FITTED, name);
    if (pure && pure->built) pure_call(e, sc, pure, whole, arg, n, out);
    else if (fitted && fitted->built) elab_fitted(e, sc, fitted, whole, arg, n, out);
    else if (pure || fitted || (window && !window->built))
        later_call(e, sc, pure ? pure : fitted ? fitted : window, whole, arg, n, out);
    else {
        no_function(e, sc, name, word, n && arg[0].ast ? slice_of(e->spec->src, arg[0].ast->at) : NULL);
        for (uint32_t i = 0; i < n; i++)
            if (arg[i].given) {
                const struct value *const one[] = {arg[i].given};
                *out = value_broken(e, out->at, one, 1);
            }
    }
}

void elab_call(struct elab *e, const struct scope *sc, const struct ast *call, const struct ast *piped, struct value *out)
{
    struct argument few[8], *arg = few;
    const uint32_t items = call->kind == AST_CALL ? call->n : 0;
    if (items + 1 > 8) arg = mlp_arena_alloc(&e->spec->src->arena, (items + 1) * sizeof *arg);
    uint32_t n = 0;
    if (piped) arg[n++] = (struct argument){.ast = piped, .at = piped->at};
    for (uint32_t i = 0; i < items; i++) {
        const struct ast *item = call->kid[i];
        if (item->kind == AST_ARG) arg[n++] = (struct argument){.key = item->text, .ast = item->kid[0], .at = item->at};
        else arg[n++] = (struct argument){.ast = item, .at = item->at};
    }
    struct span whole = call->at;
    if (piped) whole.from = piped->at.from;
    elab_call_named(e, sc, call->text, call->word, whole, arg, n, out);
}
