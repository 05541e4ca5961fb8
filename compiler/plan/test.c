/* test.c: `test` blocks: the cells of a made-up row, checked against the schema; values of features and lets that stand in place of
 * what would be computed; comparisons of the score or the prediction, and conditions on the row. Must not know what the model says. */
#include "compiler/plan/plan.h"
#include "runtime/data/schema.h"
#include <string.h>

static const struct ast *strip(const struct ast *a) { return value_of(entry_of(a, NULL)); }

/* ---- given ---- */

/* A value of a set that renames is given by its new name, as everywhere in a spec; what the file writes does too. NULL: it is neither,
 * and that was said. */
static const char *respelt(struct plan *p, const struct column *c, const struct ast *v)
{
    for (uint32_t k = 0; k < c->type.n_set; k++)
        if (!strcmp(c->type.set[k], v->text)) return c->spelt[k];
    for (uint32_t k = 0; k < c->type.n_set; k++)
        if (!strcmp(c->spelt[k], v->text)) return v->text;
    const char *near = name_suggest(v->text, (const char *const *)c->type.set, c->type.n_set);
    struct mlp_buffer all = SOURCE_BUFFER;
    for (uint32_t k = 0; k < c->type.n_set && k < 6; k++) mlp_buffer_printf(&all, "%s\"%s\"", k ? ", " : "", c->type.set[k]);
    if (c->type.n_set > 6) mlp_buffer_printf(&all, " and %u more", c->type.n_set - 6);
    struct diag *d = source_error(p->src, "E314", v->at, "\"%s\" is not among the values of `%s`, as the schema renames them: %s", v->text, c->name, all.at ? all.at : "");
    mlp_buffer_clear(&all);
    d->cause = c->at, d->cause_text = "its column";
    d->fix = source_printf(p->src, "write \"%s\"", near ? near : c->type.set[0]);
    return NULL;
}

/* How a file would spell the value. NULL: it is none, and that was said; *missing: it is missing. */
static const char *cell(struct plan *p, const struct column *c, const char *name, const struct ast *v, bool *missing)
{
    double x;
    *missing = v->kind == AST_MISSING;
    if (*missing) return "";
    if (v->kind == AST_TEXT && c && c->spelt) return respelt(p, c, v);
    if (v->kind == AST_TEXT || v->kind == AST_DATE) return v->kind == AST_DATE ? slice_of(p->src, v->at) : v->text;
    if (v->kind == AST_TRUE || v->kind == AST_FALSE)
        return c && c->type.base == MLP_BOOL && c->type.n_set == 2 ? c->type.set[v->kind == AST_TRUE ? 0 : 1] : v->kind == AST_TRUE ? "true" : "false";
    if (constant_number(v, &x)) return number_text(p->src, x);
    source_error(p->src, "E203", v->at, "`given` sets `%s` to a value: a number, a text, a date, `true`, `false` or `missing`", name);
    return NULL;
}

/* A constant in place of a value; IR_NOTHING: it cannot be one, and that was said. */
static ir_ix constant(struct plan *p, const struct value *of, const char *name, const struct ast *v)
{
    struct ir_graph *g = &p->elab.graph;
    const uint8_t type = g->node[of->node].type;
    double x;
    if (v->kind == AST_MISSING) return ir_missing(g, type);
    if (type == IR_F && constant_number(v, &x)) return ir_num(g, x);
    if (type == IR_F && of->type.base == MLP_BOOL && (v->kind == AST_TRUE || v->kind == AST_FALSE)) return ir_num(g, v->kind == AST_TRUE);
    if (type == IR_B && (v->kind == AST_TRUE || v->kind == AST_FALSE)) return ir_int(g, IR_BOOL, v->kind == AST_TRUE);
    if (type == IR_S && v->kind == AST_TEXT) return ir_text(g, v->text);
    for (uint32_t k = 0; type == IR_C && v->kind == AST_TEXT && k < of->type.n_set; k++)
        if (!strcmp(of->type.set[k], v->text)) return ir_int(g, IR_CODE, 2 + (int64_t)k);
    source_error(p->src, "E203", v->at, "`%s` cannot be given as this: it is %s%s", name, type == IR_B || of->type.base == MLP_BOOL ? "a bool" : type == IR_F ? "a number"
                 : type == IR_S ? "a text" : type == IR_C ? "a category" : "a time", type == IR_C ? ", and this is none of its declared values" : "")->fix =
        "give the columns that it is computed from";
    return IR_NOTHING;
}

/* A feature or a let by name, as a value that stands in place of what would be computed. */
static bool computed(struct plan *p, uint32_t test, const struct ast *e)
{
    struct plan_given g = {.test = test, .at = e->at, .feature = MLP_NONE, .what = IR_NOTHING};
    struct value v = {.node = IR_NOTHING};
    if (spec_find(p->spec, e->text, 1u << SYM_LET)) {
        if (!elab_expr(&p->elab, plan_name(p, e->text, e->word), AT_SLICE, &v) || v.broken) return true;
        g.what = v.node;
    } else
        for (uint32_t i = 0; i < p->features && g.feature == MLP_NONE; i++)
            if (!strcmp(p->feature[i].name, e->text) && !p->feature[i].broken && p->feature[i].value.type.base != MLP_VECTOR)
                g.feature = i, v = p->feature[i].value;
    if (v.node == IR_NOTHING) return false;
    if ((g.with = constant(p, &v, e->text, value_of(e))) == IR_NOTHING) return true;
    *PUSH(p->src, p->given, p->givens) = g;
    return true;
}

/* A column's cell, or a window's number. whole: features and lets too. */
static bool given_one(struct plan *p, uint32_t test, const struct ast *e, bool whole, struct mlp_given *out)
{
    const struct symbol *s = spec_find(p->spec, e->text, 1u << SYM_COLUMN);
    const struct column *c = s ? s->of : NULL;
    bool missing = false, window = false;
    if (c && c->source != p->spec->main) c = NULL;
    for (uint32_t i = 0; !c && i < p->elab.slots; i++)      /* a request carries it under this name */
        window |= (p->elab.slot[i].origin == MLP_FROM_WINDOW || p->elab.slot[i].origin == MLP_FROM_JOIN) && !strcmp(p->elab.slot[i].id.name, e->text);
    if (!c && !window) {
        if (whole && computed(p, test, e)) return false;
        if (!whole && spec_find(p->spec, e->text, 1u << SYM_LET | 1u << SYM_FEATURE)) {
            source_error(p->src, "E204", e->word, "`%s` is computed, and a comparison changes columns", e->text)->fix =
                "put it into `given`, in a test of its own";
            return false;
        }
        if (strchr(e->text, '.')) {
            source_error(p->src, "E200", e->word, "nothing reads `%s`: what stands behind a key is given where a feature or a `let` reads it", e->text);
            return false;
        }
        const char **names = mlp_arena_alloc(&p->src->arena, (p->spec->main->columns + p->features + 1) * sizeof *names);
        uint32_t n = 0;
        for (uint32_t k = 0; k < p->spec->main->columns; k++) names[n++] = p->spec->main->column[k].name;
        for (uint32_t k = 0; whole && k < p->features; k++) names[n++] = p->feature[k].name;
        const char *near = name_suggest(e->text, names, n);
        source_error(p->src, "E200", e->word, near ? "`%s` has no column `%s`; did you mean `%s`?" : "`%s` has no column `%s`",
                     p->spec->main->name, e->text, near);
        return false;
    }
    const char *text = cell(p, c, e->text, value_of(e), &missing);
    if (!text) return false;
    if (c) {
        p->used[c->flat / 64] |= 1ull << c->flat % 64;
        *PUSH(p->src, p->given, p->givens) = (struct plan_given){.test = test, .at = value_of(e)->at, .column = c, .text = missing ? NULL : text, .feature = MLP_NONE};
    }
    *out = (struct mlp_given){c ? c->name : e->text, missing ? NULL : text};
    return true;
}

static void given(struct plan *p, uint32_t test, const struct ast *block, struct mlp_test *t)
{
    struct mlp_given *at = NULL, one;
    uint32_t n = 0;
    for (uint32_t i = 0; i < block->n; i++) {
        const struct ast *e = entry_of(block->kid[i], NULL);
        if (e->kind != AST_OPTION) source_error(p->src, "E204", e->at, "`given` holds `column: value`");
        else if (given_one(p, test, e, true, &one)) *PUSH(p->src, at, n) = one;
    }
    t->given.at = at, t->given.n = n;
}

/* ---- expect ---- */

/* score · score("Class") · prediction · score(x: 1): the same row with another cell. fine: nothing in it was wrong. */
struct asked { const char *class; struct mlp_given *over; uint32_t n; bool word, fine; };

static bool asked(struct plan *p, uint32_t test, const struct ast *a, struct asked *out)
{
    *out = (struct asked){.fine = true};
    if ((a->kind != AST_NAME && a->kind != AST_CALL) || (strcmp(a->text, "score") && strcmp(a->text, "prediction"))) return false;
    const bool number = p->spec->task == MLP_REGRESSION || p->spec->task == MLP_RANKING;
    out->word = !strcmp(a->text, "prediction") && !number;
    for (uint32_t i = 0; a->kind == AST_CALL && i < a->n; i++) {
        const struct ast *x = a->kid[i];
        struct mlp_given one;
        if (x->kind == AST_ARG && *x->text) {
            if (given_one(p, test, x, false, &one)) *PUSH(p->src, out->over, out->n) = one;
            else out->fine = false;
        } else if (!i && number && (out->class = plan_quantile_name(p, strip(value_of(x))))) out->fine &= *out->class != 0;
        else if (!i && strip(value_of(x))->kind == AST_TEXT && !out->word) out->class = strip(value_of(x))->text;
        else source_error(p->src, "E204", x->at, "`%s` takes %s`column: value`", a->text, out->word ? "" : "a class and "), out->fine = false;
    }
    return true;
}

static bool moves(struct plan *p, const struct ast *a, struct mlp_expect *out)
{
    struct mlp_use use;
    const uint32_t bounds = p->bounds;
    if (!plan_metric(p, a, &use, NULL)) return false;
    const struct mlp_arg *x = args_get(&use, "x");
    p->bounds = bounds;                                     /* it is not judged */
    if (!x || x->kind != MLP_A_COLUMN) return false;
    out->how = MLP_EXPECT_MOVES, out->op = !strcmp(a->text, "increasing") ? MLP_OP_MORE : MLP_OP_LESS, out->column = x->ix;
    return true;
}

/* A condition on the row: columns, lets, features. Its left side is told when it is a number. */
static bool condition(struct plan *p, const struct ast *a, struct mlp_expect *out)
{
    struct value v, left;
    struct made *made = mlp_arena_alloc(&p->src->arena, (p->features + 1) * sizeof *made);
    uint32_t n = 0;
    for (uint32_t i = 0; i < p->features; i++)
        if (!p->feature[i].broken) made[n++] = (struct made){p->feature[i].name, p->feature[i].value};
    p->elab.made = made, p->elab.mades = n;
    bool fine = elab_expr(&p->elab, a, AT_TEST, &v) && !v.broken;
    if (fine && v.type.base != MLP_BOOL) {
        source_error(p->src, "E204", a->at, "`expect` takes something that holds or not")->fix =
            "write `expect score > 0.5`, `expect prediction == \"Sports\"`, `expect increasing(score, x)`, or a condition on a feature";
        fine = false;
    }
    if (fine) {
        plan_use(p, &v);
        struct plan_condition *c = PUSH(p->src, p->condition, p->conditions);
        *c = (struct plan_condition){.out = {{plan_number(p, &v), MLP_OUT_F64}}, .outs = 1};
        if (a->kind == AST_BINARY && elab_expr(&p->elab, a->kid[0], AT_TEST, &left) && !left.broken &&
            (left.type.base == MLP_INT || left.type.base == MLP_FLOAT)) {
            c->out[c->outs++] = (struct ir_out){plan_number(p, &left), MLP_OUT_F64};
            out->word = slice_of(p->src, a->kid[0]->at);
        }
        out->how = MLP_EXPECT_HOLDS, out->kernel = p->conditions - 1;       /* its kernel comes behind all others */
    }
    p->elab.made = NULL, p->elab.mades = 0;
    return fine;
}

static bool expectation(struct plan *p, uint32_t test, const struct ast *a, struct mlp_expect *out)
{
    static const char *const ops[] = {"<", "<=", ">", ">=", "==", "!="};
    static const uint8_t turned[] = {MLP_OP_MORE, MLP_OP_AT_LEAST, MLP_OP_LESS, MLP_OP_AT_MOST, MLP_OP_EQUAL, MLP_OP_OTHER};
    const struct ast *left = a->kind == AST_BINARY ? strip(a->kid[0]) : NULL, *right = left ? strip(a->kid[1]) : NULL;
    *out = (struct mlp_expect){.text = slice_of(p->src, a->at), .op = MLP_OP_OTHER + 1, .column = MLP_NONE, .kernel = MLP_NONE};
    if (is_call_of(a, "increasing") || is_call_of(a, "decreasing")) return moves(p, a, out);
    for (uint8_t i = 0; left && i < 6; i++) if (!strcmp(a->text, ops[i])) out->op = i;
    struct asked x, y;
    const bool compares = left && out->op <= MLP_OP_OTHER;
    bool on_left = compares && asked(p, test, left, &x);
    const bool on_right = compares && asked(p, test, right, &y);
    if (!on_left && !on_right) {
        struct asked alone;
        if (!asked(p, test, a, &alone)) return out->op = 0, condition(p, a, out);
    } else {
        if (!on_left) {                                     /* 0.5 < score */
            x = y, on_left = true, out->op = turned[out->op];
            const struct ast *swap = left;
            left = right, right = swap;
        }
        if (!x.fine || (on_right && !y.fine)) return false;
        out->word = x.class, out->over.at = x.over, out->over.n = x.n;
        if (on_left && on_right && left != right && asked(p, test, right, &y)) {
            if (!x.word && !y.word)
                return out->how = MLP_EXPECT_SCORES, out->other = y.class, out->against.at = y.over, out->against.n = y.n, true;
        } else if (!x.word && constant_number(right, &out->number)) return out->how = MLP_EXPECT_NUMBER, true;
        else {
            const char *text = right->kind == AST_TEXT ? right->text : right->kind == AST_TRUE ? "true" : right->kind == AST_FALSE ? "false" : NULL;
            if (x.word && text && out->op >= MLP_OP_EQUAL) return out->how = MLP_EXPECT_WORD, out->word = text, true;
        }
    }
    source_error(p->src, "E204", a->at, "`expect` compares the score or the prediction with a value, or with that of another row")->fix =
        "write `expect score > 0.5`, `expect score(\"Sports\") > 0.8`, `expect prediction == \"Sports\"` or `expect score(x: 1) > score(x: 2)`";
    return false;
}

void plan_tests(struct plan *p)
{
    uint32_t n = 0;
    if (!p->spec->main || p->spec->task == MLP_GENERATION) return;          /* not built, which was said; its prediction is a text */
    for (uint32_t i = 0; i < p->spec->tests; i++) {
        const struct ast *a = p->spec->test[i], *block = block_of(a);
        struct mlp_test t = {.id = {a->kid[0] ? a->kid[0]->text : "test", NULL, a->at.from, a->at.to}, .apply = MLP_NONE};
        struct mlp_expect *expects = NULL;
        uint32_t m = 0;
        for (uint32_t k = 0; block && k < block->n; k++) {
            const struct ast *e = entry_of(block->kid[k], NULL);
            struct mlp_expect one;
            if (e->kind == AST_GIVEN) given(p, n, e->kid[0], &t);
            else if (e->kind == AST_GOAL && !strcmp(e->text, "expect")) {
                if (expectation(p, n, value_of(e), &one)) *PUSH(p->src, expects, m) = one;
            } else source_error(p->src, "E204", e->at, "`test` holds `given { column: value }` and `expect`");
        }
        if (!m && !p->src->errors && !p->spec->not_builts)
            source_error(p->src, "E204", a->at, "this test expects nothing")->fix = "write `expect score > 0.5`";
        t.expects.at = expects, t.expects.n = m;
        *PUSH(p->src, p->test, n) = t;
    }
    p->program.tests.at = p->test, p->program.tests.n = n;
}

/* ---- once the rest stands ---- */

void plan_tests_schema(struct plan *p)
{
    const struct mlp_source *s = &p->program.sources.at[p->spec->main->index];
    const struct mlp_arg *tokens = args_get(&s->reader, "missing");
    const uint32_t listed = tokens && tokens->kind == MLP_A_LIST ? tokens->items.n : 0;
    char **token = mlp_arena_alloc(&p->src->arena, (listed + 1) * sizeof *token);
    static char empty[] = "";
    uint32_t n = 0;
    for (uint32_t i = 0; i < listed; i++)
        if (tokens->items.at[i].str) token[n++] = mlp_arena_copy(&p->src->arena, tokens->items.at[i].str, strlen(tokens->items.at[i].str));
    if (!listed) token[n++] = empty;
    for (uint32_t i = 0; i < p->givens; i++) {
        const struct plan_given *g = &p->given[i];
        if (!g->column) continue;
        const struct mlp_column *c = &s->columns.at[g->column->index];
        struct mlp_value v;
        struct mlp_error error = {0};
        enum mlp_cell_fault fault = g->text ? mlp_cell_parse(c, token, n, g->text, strlen(g->text), &v) : c->nullable ? MLP_CELL_OK : MLP_CELL_MISSING;
        if (fault == MLP_CELL_OK) continue;
        (void)!mlp_cell_error(c, fault, g->text ? g->text : "", g->text ? strlen(g->text) : 0, NULL, 0, &error);
        struct diag *d = source_error(p->src, error.code[0] ? mlp_arena_copy(&p->src->arena, error.code, strlen(error.code)) : "E203", g->at, "`given` breaks the schema: %s", error.text);
        d->cause = g->column->at, d->cause_text = "its column", d->fix = "give what a request could hold";
    }
}

void plan_tests_apply(struct plan *p, const struct ir_out *feature)
{
    struct ir_out *own = mlp_arena_alloc(&p->src->arena, (p->features + 1) * sizeof *own);
    p->kernels_of_tests = p->kernels;
    for (uint32_t t = 0; t < p->program.tests.n; t++)
        for (uint32_t k = 0; k < p->test[t].expects.n; k++) {
            struct mlp_expect *e = (struct mlp_expect *)(uintptr_t)&p->test[t].expects.at[k];
            if (e->how != MLP_EXPECT_HOLDS) continue;
            struct plan_condition *c = &p->condition[e->kernel];
            for (uint32_t i = 0; i < p->givens; i++) {
                const struct plan_given *g = &p->given[i];
                if (g->column || g->test != t) continue;
                const ir_ix what = g->feature == MLP_NONE ? g->what : p->feature[g->feature].value.node;
                for (uint32_t j = 0; j < c->outs; j++) c->out[j].node = ir_replace(&p->elab.graph, c->out[j].node, what, g->with);
            }
            e->kernel = plan_kernel(p, MLP_K_MAP, "test", c->out, c->outs);
        }
    for (uint32_t t = 0; t < p->program.tests.n; t++) {
        bool any = false;
        memcpy(own, feature, p->features * sizeof *own);
        for (uint32_t i = 0; i < p->givens; i++) {
            const struct plan_given *g = &p->given[i];
            if (g->column || g->test != t) continue;
            const struct value with = {.node = g->with};
            any = true;
            if (g->feature != MLP_NONE) own[g->feature].node = own[g->feature].form == MLP_OUT_CODE ? g->with : plan_number(p, &with);
            else for (uint32_t k = 0; k < p->features; k++) own[k].node = ir_replace(&p->elab.graph, own[k].node, g->what, g->with);
        }
        if (any) p->test[t].apply = plan_kernel(p, MLP_K_MAP, "apply_given", own, p->features);
    }
}
