/* feature.c: what the models see. Expands the entries of `features { }` (arrays, families, `columns(…)`, pipelines without a
 * name) into one expression and one name each, and has each elaborated. Must not look into expressions beyond the names in them. */
#include "compiler/plan/plan.h"
#include <string.h>

struct part { const struct ast *ast; const char *name; const struct value *made; };    /* one feature of an entry; made: its value, if it has one */
struct parts { struct part *at; uint32_t n; };

static void add(struct plan *p, struct parts *parts, const struct ast *a, const char *name)
{
    *PUSH(p->src, parts->at, parts->n) = (struct part){a, name, NULL};
}

/* ---- which columns may be features ---- */

bool plan_may_be_feature(struct plan *p, const struct column *c)
{
    static const uint32_t never =
        MLP_KEY | MLP_ASOF | MLP_GROUP | MLP_QUERY | MLP_WEIGHT | MLP_PII | MLP_SENSITIVE | MLP_OUTCOME | MLP_NEVER;
    const uint8_t t = c->type.base;
    const bool list = t == MLP_LISTOF && c->type.element != MLP_FLOAT && c->type.element != MLP_IDENT;
    if (t != MLP_BOOL && t != MLP_INT && t != MLP_FLOAT && t != MLP_CATEGORY && t != MLP_ORDINAL && !list && t != MLP_VECTOR) return false;
    if (c->tags & never || c->is_target) return false;
    const struct mlp_use *split = &p->program.split;        /* nor what says in which part a row is */
    for (uint32_t i = 0; i < split->args.n; i++)
        if (split->args.at[i].kind == MLP_A_COLUMN && split->args.at[i].ix == c->index) return false;
    const struct symbol *s = spec_find(p->spec, c->name, 1u << SYM_COLUMN);
    if (c->derived && (!c->value || c->value->broken || c->value->kind != KIND_PURE || elab_carries(&p->elab, c->value))) return false;
    return s && !s->broken;
}

static struct column *column_named(struct plan *p, const char *name)
{
    const struct symbol *s = spec_find(p->spec, name, 1u << SYM_COLUMN);
    return s && ((struct column *)s->of)->source == p->spec->main ? s->of : NULL;
}

static void no_such_column(struct plan *p, const struct ast *at)
{
    const struct source_decl *d = p->spec->main;
    const char **names = mlp_arena_alloc(&p->src->arena, (d->columns + 1) * sizeof *names);
    for (uint32_t i = 0; i < d->columns; i++) names[i] = d->column[i].name;
    const char *near = name_suggest(at->text, names, d->columns);
    if (near) source_error(p->src, "E200", at->at, "`%s` has no column `%s`; did you mean `%s` (line %u)?", d->name, at->text, near,
                           line_of(p->src, column_named(p, near)->at));
    else source_error(p->src, "E200", at->at, "`%s` has no column `%s`", d->name, at->text);
}

static void expand(struct plan *p, const struct ast *a, struct parts *out);

static void columns_call(struct plan *p, const struct ast *a, struct parts *out)
{
    const struct source_decl *d = p->spec->main;
    const struct ast *except = NULL;
    for (uint32_t i = 0; i < a->n; i++) {
        if (a->kid[i]->kind == AST_ARG && !strcmp(a->kid[i]->text, "except")) except = a->kid[i]->kid[0];
        else source_error(p->src, "E202", a->kid[i]->at, "`columns` takes `except: [a, b]`, and nothing else");
    }
    if (except && except->kind != AST_ARRAY) {
        source_error(p->src, "E203", except->at, "`except` takes a list: write `except: [%s]`", slice_of(p->src, except->at));
        return;
    }
    for (uint32_t i = 0; except && i < except->n; i++) {
        const struct ast *x = value_of(except->kid[i]);
        if (x->kind != AST_NAME) source_error(p->src, "E203", x->at, "`except` takes names of columns");
        else if (!column_named(p, x->text)) no_such_column(p, x);
    }
    for (uint32_t i = 0; i < d->columns; i++) {
        bool out_of = !plan_may_be_feature(p, &d->column[i]);
        for (uint32_t k = 0; except && k < except->n; k++) out_of |= !strcmp(value_of(except->kid[k])->text, d->column[i].name);
        if (!out_of) expand(p, plan_name(p, d->column[i].name, a->at), out);
    }
}

static void family(struct plan *p, const struct ast *a, struct parts *out)
{
    const struct ast *from = a->kid[0], *to = a->kid[1];
    const struct column *first = column_named(p, from->text), *last = column_named(p, to->text);
    if (!first) no_such_column(p, from);
    else if (!last) no_such_column(p, to);
    else if (first->index > last->index)
        source_error(p->src, "E204", a->at, "`%s` stands behind `%s` in the schema", from->text, to->text);
    else for (uint32_t i = first->index; i <= last->index; i++) expand(p, plan_name(p, p->spec->main->column[i].name, a->at), out);
}

/* ---- entries ---- */

/* The column at the left end of a pipeline: its name is the feature's. NULL: there is none. */
static const char *own_name(const struct ast *a)
{
    while (a->kind == AST_PIPE || (is_call_of(a, "cyclic") && a->n)) a = a->kid[0];
    if (a->kind != AST_NAME) return NULL;
    const char *dot = strrchr(a->text, '.');
    return dot ? dot + 1 : a->text;
}

/* `[a, b] |> pca(2)`: several columns in, several features out. name: of the entry, or NULL. */
static void gather(struct plan *p, const struct builtin *b, const struct ast *whole, const struct ast *left, const struct ast *call,
                   const char *name, struct parts *out)
{
    struct parts in = {0};
    struct value *value;
    const char **ending;
    uint32_t n;
    const uint32_t errors = p->src->errors;
    expand(p, left, &in);
    if (p->src->errors != errors) return;
    const struct ast **input = mlp_arena_alloc(&p->src->arena, (in.n + 1) * sizeof *input);
    const char **names = mlp_arena_alloc(&p->src->arena, (in.n + 1) * sizeof *names);
    for (uint32_t i = 0; i < in.n; i++) {
        input[i] = in.at[i].ast, names[i] = in.at[i].name ? in.at[i].name : mlp_arena_printf(&p->src->arena, "x%u", i + 1);
        if (in.at[i].made) {
            source_error(p->src, "E204", in.at[i].ast->at, "`%s` of features that another call made is not one column", b->name);
            return;
        }
    }
    if (!in.n || !elab_gather(&p->elab, b, call, input, names, in.n, &value, &ending, &n)) return;
    const bool numbered = ending[0][0] >= '1' && ending[0][0] <= '9';
    for (uint32_t i = 0; i < n; i++) {
        const char *full = name       ? mlp_arena_printf(&p->src->arena, "%s_%s", name, ending[i])
                         : numbered   ? mlp_arena_printf(&p->src->arena, "%s_%s", b->name, ending[i])
                                      : ending[i];
        add(p, out, whole, full);
        out->at[out->n - 1].made = &value[i];
    }
}

static const struct builtin *gathers(const struct ast *a, const struct ast **left, const struct ast **call)
{
    const struct builtin *b = a->kind == AST_PIPE ? elab_gathers(a->kid[1]) : NULL;
    if (b) *left = a->kid[0], *call = a->kid[1];
    return b;
}

/* `place`, a vector of 3: element(place, 1) … 3, by the names place_1 … 3, or those of an entry. */
static void elements(struct plan *p, const struct ast *a, uint32_t length, struct parts *out)
{
    for (uint32_t k = 1; k <= length; k++) {
        struct ast *call = ast_new(p->src, AST_CALL, a->at, "element"), *number = ast_new(p->src, AST_NUMBER, a->at, mlp_arena_printf(&p->src->arena, "%u", k));
        number->num = k, number->unit = "";
        ast_add(p->src, call, (struct ast *)a), ast_add(p->src, call, number);
        add(p, out, call, mlp_arena_printf(&p->src->arena, "%s_%u", own_name(a), k));
    }
}

/* A function that takes the vector itself: `element`. */
static bool takes_vector(const struct ast *call)
{
    const struct builtin *b = library_find(B_PURE, call->text);
    const struct ast *type = b && b->params ? b->ast->kid[1]->kid[0]->kid[0] : NULL;
    return type && !strcmp(type->text, "vector");
}

/* The vector that this is, or that a pipeline begins with, and is taken apart; 0: none. */
static uint32_t vector_in(struct plan *p, const struct ast *a)
{
    for (; a->kind == AST_PIPE; a = a->kid[0])
        if (takes_vector(a->kid[1])) return 0;
    return elab_vector(&p->elab, a);
}

static void expand(struct plan *p, const struct ast *a, struct parts *out)
{
    const struct ast *inputs, *call;
    const struct builtin *b = gathers(a, &inputs, &call);
    if (b) {
        gather(p, b, a, inputs, call, NULL, out);
        return;
    }
    if (a->kind == AST_ARRAY) {
        for (uint32_t i = 0; i < a->n; i++) expand(p, value_of(a->kid[i]), out);
    } else if (a->kind == AST_NAME && vector_in(p, a)) elements(p, a, vector_in(p, a), out);
    else if (a->kind == AST_PIPE && takes_vector(a->kid[1])) add(p, out, a, own_name(a));
    else if (a->kind == AST_PIPE) {
        struct parts left = {0};
        expand(p, a->kid[0], &left);
        for (uint32_t i = 0; i < left.n; i++) {
            if (left.at[i].made) {
                source_error(p->src, "E204", a->kid[1]->at, "nothing can follow what makes several features")->fix =
                    "pipe the columns first: `[a |> standardize, b] |> pca(2)`";
                return;
            }
            if (left.at[i].ast == a->kid[0]) { add(p, out, a, left.at[i].name); continue; }
            struct ast *pipe = ast_new(p->src, AST_PIPE, a->at, "");
            pipe->word = a->word;
            ast_add(p->src, pipe, (struct ast *)left.at[i].ast);
            ast_add(p->src, pipe, a->kid[1]);
            add(p, out, pipe, left.at[i].name);
        }
    } else if (a->kind == AST_BINARY && !strcmp(a->text, "..") && a->kid[0]->kind == AST_NAME && a->kid[1]->kind == AST_NAME)
        family(p, a, out);
    else if (is_call_of(a, "columns") && !column_named(p, "columns")) columns_call(p, a, out);
    else add(p, out, a, own_name(a));
}

/* Features in an expression that are no columns, lets or params either. */
static void features_read(struct plan *p, const struct ast *a, const char **name, uint32_t *n)
{
    if (!a) return;
    if (a->kind == AST_NAME && !spec_find(p->spec, a->text, 1u << SYM_COLUMN | 1u << SYM_LET | 1u << SYM_PARAM)
        && spec_find(p->spec, a->text, 1u << SYM_FEATURE)) {
        uint32_t k = 0;
        while (k < *n && strcmp(name[k], a->text)) k++;
        if (k == *n && *n < 8) name[(*n)++] = a->text;
    }
    for (uint32_t i = 0; i < (a->kind == AST_ARG ? 1 : a->n); i++) features_read(p, a->kid[i], name, n);
}

static bool reads_features(struct plan *p, const struct ast *expr)
{
    const char *name[8];
    uint32_t n = 0;
    features_read(p, expr, name, &n);
    if (!n) return false;
    struct mlp_buffer list = SOURCE_BUFFER;
    for (uint32_t i = 0; i < n; i++) mlp_buffer_printf(&list, "%s`%s`", !i ? "" : i + 1 == n ? " and " : ", ", name[i]);
    source_error(p->src, "E208", expr->at, "features do not read features; make %s a `let`", list.at ? list.at : "them");
    mlp_buffer_clear(&list);
    return true;
}

static bool is_library_call(struct plan *p, const struct ast *a, const char *name)
{
    return (a->kind == AST_CALL || a->kind == AST_NAME) && !strcmp(a->text, name) && !spec_find(p->spec, name, ~0u);
}

/* The call of this name along a pipeline, or inside calls as what they are taken of; NULL: there is none. */
static const struct ast *call_along(struct plan *p, const struct ast *a, const char *name)
{
    while (!is_library_call(p, a, name)) {
        if ((a->kind != AST_PIPE && a->kind != AST_CALL) || !a->n) return NULL;
        a = a->kid[a->kind == AST_PIPE && is_library_call(p, a->kid[1], name) ? 1 : 0];
    }
    return a;
}

/* The same expression with `by` in place of that call. */
static struct ast *with_call(struct plan *p, const struct ast *a, const struct ast *call, struct ast *by)
{
    if (a == call) return by;
    const uint32_t k = a->kind == AST_PIPE && a->kid[1] == call ? 1 : 0;
    struct ast *copy = mlp_arena_alloc(&p->src->arena, sizeof *copy);
    *copy = *a, copy->kid = mlp_arena_alloc(&p->src->arena, a->n * sizeof *copy->kid);
    memcpy(copy->kid, a->kid, a->n * sizeof *copy->kid), copy->kid[k] = with_call(p, a->kid[k], call, by);
    return copy;
}

/* E107: what says in which part a row is, no request says. */
static bool carried_by_requests(struct plan *p, const char *name, struct span at, const struct ast *tags, const struct value *v)
{
    const struct mlp_use *split = &p->program.split;
    const struct mlp_arg *part = split->name && !strcmp(split->name, "by_column") ? args_get(split, "column") : NULL;
    if (!part || part->kind != MLP_A_COLUMN || !v->from || tags_allow(tags, "E107")) return true;
    const struct column *c = &p->spec->main->column[part->ix];
    if (c->type.base < MLP_CATEGORY || !from_has(v->from, FROM_ALL, c)) return true;
    struct diag *d = source_error(p->src, "E107", at, "`%s` reads `%s` (line %u), which says in which part a row is: a request is in none",
                                  name, c->name, line_of(p->src, c->at));
    d->cause = c->at, d->cause_text = "the part of a row";
    d->fix = "leave it out, or split by something else";
    return false;
}

static void add_feature(struct plan *, const char *name, const struct ast *expr, const struct ast *entry, const struct ast *tags, struct span at,
                        const struct value *made, const char *group);

/* `cyclic` is two features in one; false: it is not in there. */
static bool add_circle(struct plan *p, const char *name, const struct ast *expr, const struct ast *entry, const struct ast *tags, struct span at)
{
    static const char *const part[] = {"cyclic_sin", "cyclic_cos"};
    const struct ast *const call = call_along(p, expr, "cyclic");
    for (int i = 0; call && i < 2; i++) {
        struct ast *const by = mlp_arena_alloc(&p->src->arena, sizeof *by);
        *by = *call, by->text = part[i];
        add_feature(p, mlp_arena_printf(&p->src->arena, "%s_%s", name, part[i] + strlen("cyclic_")), with_call(p, expr, call, by), entry, tags, at,
                    NULL, name);
    }
    return call;
}

/* `target_encode` of a target of several classes is a feature for each; false: it is not in there, or one class is picked. */
static bool add_classes(struct plan *p, const char *name, const struct ast *expr, const struct ast *entry, const struct ast *tags, struct span at)
{
    const struct ast *const call = call_along(p, expr, "target_encode");
    const struct type *const type = &p->target.type;
    if (!call || p->target.broken || type->base != MLP_CATEGORY || !type->n_set) return false;
    for (uint32_t i = 0; call->kind == AST_CALL && i < call->n; i++)
        if (call->kid[i]->kind == AST_ARG && !strcmp(call->kid[i]->text, "class")) return false;
    for (uint32_t c = 0; c < type->n_set; c++) {
        struct ast *const by = ast_new(p->src, AST_CALL, call->at, call->text), *const arg = ast_new(p->src, AST_ARG, call->at, "class");
        by->word = call->word;
        for (uint32_t i = 0; call->kind == AST_CALL && i < call->n; i++) ast_add(p->src, by, call->kid[i]);
        ast_add(p->src, arg, ast_new(p->src, AST_TEXT, call->at, type->set[c])), ast_add(p->src, by, arg);
        add_feature(p, mlp_arena_printf(&p->src->arena, "%s_%s", name, type->set[c]), with_call(p, expr, call, by), entry, tags, at, NULL, name);
    }
    return true;
}

/* made: its value, where it is there already; group: the name of the entry that makes several, or NULL. */
static void add_feature(struct plan *p, const char *name, const struct ast *expr, const struct ast *entry, const struct ast *tags,
                        struct span at, const struct value *made, const char *group)
{
    if (!made && (add_circle(p, name, expr, entry, tags, at) || add_classes(p, name, expr, entry, tags, at))) return;
    const uint32_t first = names_first(&p->by_name, name);
    if (first != NO_NAME) {
        struct diag *d = source_error(p->src, "E201", at, "the feature `%s` is given twice; the first stands in line %u", name,
                                      line_of(p->src, p->feature[first].at));
        d->cause = p->feature[first].at, d->cause_text = "the first";
        d->fix = is_call_of(expr, name) ? "take one out, or name it in `except:`" : "give one of them another name";
        return;
    }
    names_add(p->src, &p->by_name, name);
    struct plan_feature *f = PUSH(p->src, p->feature, p->features);
    *f = (struct plan_feature){.name = name, .group = group, .ast = expr, .tags = tags, .at = at};
    const struct ast *seen = expr;
    if (tags) {                                             /* elaborate reads @allow from the entry */
        struct ast *tagged = ast_new(p->src, AST_TAGGED, entry->at, "");
        ast_add(p->src, tagged, (struct ast *)expr), ast_add(p->src, tagged, (struct ast *)tags);
        seen = tagged;
    }
    if (made) f->value = *made, f->broken = !elab_feature_made(&p->elab, name, seen, &f->value);
    else f->broken = reads_features(p, expr) || !elab_feature(&p->elab, name, seen, &f->value) || f->value.broken;
    if (!f->broken) f->broken = !carried_by_requests(p, name, f->at, tags, &f->value);
    if (!f->broken) plan_use(p, &f->value);
}

static void entry(struct plan *p, const struct ast *whole)
{
    const struct ast *tags, *e = entry_of(whole, &tags);
    struct parts parts = {0};
    switch (e->kind) {
    case AST_LET: {
        struct value v; /* a let that nothing reads is checked too; read twice it is elaborated once */
        if (!reads_features(p, e->kid[0])) elab_expr(&p->elab, plan_name(p, e->text, e->word), AT_SLICE, &v);
        break;
    }
    case AST_DEFINE: {
        const struct ast *left, *call;
        const struct builtin *b = gathers(e->kid[0], &left, &call);
        if (!b && vector_in(p, e->kid[0])) {
            expand(p, e->kid[0], &parts);
            for (uint32_t i = 0; i < parts.n; i++) parts.at[i].name = mlp_arena_printf(&p->src->arena, "%s_%u", e->text, i + 1);
        } else if (!b) add_feature(p, e->text, e->kid[0], e, tags, e->word, NULL, NULL);
        else gather(p, b, e->kid[0], left, call, e->text, &parts);
        for (uint32_t i = 0; i < parts.n; i++)
            add_feature(p, parts.at[i].name, parts.at[i].ast, e, tags, e->word, parts.at[i].made, e->text);
        break;
    }
    case AST_ITEM:
        if (clauses_of(e))
            source_error(p->src, "E204", clauses_of(e)->kid[0]->at, "a feature takes no `%s`", clauses_of(e)->kid[0]->text);
        expand(p, value_of(e), &parts);
        for (uint32_t i = 0; i < parts.n; i++) {
            if (parts.at[i].name) add_feature(p, parts.at[i].name, parts.at[i].ast, e, tags, parts.at[i].ast->at,
                                               parts.at[i].made, NULL);
            else source_error(p->src, "E204", parts.at[i].ast->at, "this feature has no name")->fix =
                source_printf(p->src, "write `name = %s`", slice_of(p->src, parts.at[i].ast->at));
        }
        break;
    case AST_OPTION:
        source_error(p->src, "E202", e->word, "`features` has no option `%s`; to define a feature write `%s = …`", e->text,
                     e->text);
        break;
    default:
        source_error(p->src, "E204", e->at, "this does not stand in `features`: it holds columns, `name = expression` and `let`");
    }
}

void plan_features(struct plan *p)
{
    const struct ast *block = block_of(p->spec->features);
    if (!p->spec->main) return;
    for (uint32_t i = 0; block && i < block->n; i++) entry(p, block->kid[i]);
    if (!block) {                                           /* every column that may be one */
        struct parts parts = {0};
        const struct ast all = {.kind = AST_CALL, .text = "columns", .at = p->spec->main->ast->word};
        columns_call(p, &all, &parts);
        for (uint32_t i = 0; i < parts.n; i++) {
            const struct column *c = column_named(p, parts.at[i].name);
            const struct span at = c ? c->at : parts.at[i].ast->at;
            add_feature(p, parts.at[i].name, c ? plan_name(p, parts.at[i].name, at) : parts.at[i].ast, NULL, NULL, at, NULL, NULL);
        }
    }
    if (!p->features && !p->src->errors && !p->spec->not_builts)
        source_error(p->src, "E204", p->spec->features ? p->spec->features->word : p->spec->main->ast->word,
                     "there is no feature for a model to see")
            ->fix = block ? "name columns in `features { }`"
                          : "list columns in the schema that may be features: not outcomes, keys, ids, times or texts";
}
