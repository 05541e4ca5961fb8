/* test.c: `test` blocks: the cells of a made-up row, checked against the schema by name, and comparisons of the score or the prediction.
 * Must not know what the model says. */
#include "compiler/plan/plan.h"
#include <string.h>

static const struct ast *strip(const struct ast *a) { return value_of(entry_of(a, NULL)); }

/* How a file would spell the value. NULL: it is none, and that was said; *missing: it is missing. */
static const char *cell(struct plan *p, const struct column *c, const struct ast *v, bool *missing)
{
    double x;
    *missing = v->kind == AST_MISSING;
    if (*missing) return "";
    if (v->kind == AST_TEXT || v->kind == AST_DATE) return v->kind == AST_DATE ? slice_of(p->src, v->at) : v->text;
    if (v->kind == AST_TRUE || v->kind == AST_FALSE)
        return c->type.base == MLP_BOOL && c->type.n_set == 2 ? c->type.set[v->kind == AST_TRUE ? 0 : 1] : v->kind == AST_TRUE ? "true" : "false";
    if (constant_number(v, &x)) return number_text(p->src, x);
    source_error(p->src, "E203", v->at, "`given` sets `%s` to a value: a number, a text, a date, `true`, `false` or `missing`", c->name);
    return NULL;
}

static void given(struct plan *p, const struct ast *block, struct mlp_test *t)
{
    struct mlp_given *at = NULL;
    uint32_t n = 0;
    for (uint32_t i = 0; i < block->n; i++) {
        const struct ast *e = entry_of(block->kid[i], NULL);
        if (e->kind != AST_OPTION) {
            source_error(p->src, "E204", e->at, "`given` holds `column: value`");
            continue;
        }
        const struct symbol *s = spec_find(p->spec, e->text, 1u << SYM_COLUMN);
        const struct column *c = s ? s->of : NULL;
        bool missing = false;
        if (!c || c->source != p->spec->main) {
            if (strchr(e->text, '.') || spec_find(p->spec, e->text, 1u << SYM_LET | 1u << SYM_FEATURE)) {
                spec_not_built(p->spec, e->word, "`given` of a feature, a `let` or a column through a key");
                continue;
            }
            const char **names = mlp_arena_alloc(&p->src->arena, (p->spec->main->columns + 1) * sizeof *names);
            for (uint32_t k = 0; k < p->spec->main->columns; k++) names[k] = p->spec->main->column[k].name;
            const char *near = name_suggest(e->text, names, p->spec->main->columns);
            source_error(p->src, "E200", e->word, near ? "`%s` has no column `%s`; did you mean `%s`?" : "`%s` has no column `%s`",
                         p->spec->main->name, e->text, near);
            continue;
        }
        const char *text = cell(p, c, value_of(e), &missing);
        if (!text) continue;
        p->used[c->flat / 64] |= 1ull << c->flat % 64;
        *PUSH(p->src, at, n) = (struct mlp_given){c->name, missing ? NULL : text};
    }
    t->given.at = at, t->given.n = n;
}

/* score · score("Class") · prediction. */
static bool asked(const struct ast *a, const char **class)
{
    *class = NULL;
    if (a->kind == AST_NAME) return !strcmp(a->text, "score") || !strcmp(a->text, "prediction");
    const struct ast *x = a->kind == AST_CALL && !strcmp(a->text, "score") && a->n == 1 ? strip(a->kid[0]) : NULL;
    return x && x->kind == AST_TEXT && (*class = x->text, true);
}

static bool expectation(struct plan *p, const struct ast *a, struct mlp_expect *out)
{
    static const char *const ops[] = {"<", "<=", ">", ">=", "==", "!="};
    const struct ast *left = a->kind == AST_BINARY ? strip(a->kid[0]) : NULL, *right = left ? strip(a->kid[1]) : NULL;
    *out = (struct mlp_expect){.text = slice_of(p->src, a->at), .op = MLP_OP_OTHER + 1};
    for (uint8_t i = 0; left && i < 6; i++) if (!strcmp(a->text, ops[i])) out->op = i;
    const char *class;
    if (left && out->op <= MLP_OP_OTHER && !asked(left, &class) && asked(right, &class)) {      /* 0.5 < score */
        static const uint8_t turned[] = {MLP_OP_MORE, MLP_OP_AT_LEAST, MLP_OP_LESS, MLP_OP_AT_MOST, MLP_OP_EQUAL, MLP_OP_OTHER};
        const struct ast *swap = left;
        left = right, right = swap, out->op = turned[out->op];
    }
    if (left && out->op <= MLP_OP_OTHER && asked(left, &class)) {
        const bool number = p->spec->task == MLP_REGRESSION || p->spec->task == MLP_RANKING, word = !strcmp(left->text, "prediction") && !number;
        if (!word && constant_number(right, &out->number)) return out->how = MLP_EXPECT_NUMBER, out->word = class, true;
        const char *text = right->kind == AST_TEXT ? right->text : right->kind == AST_TRUE ? "true" : right->kind == AST_FALSE ? "false" : NULL;
        if (word && text && out->op >= MLP_OP_EQUAL) return out->how = MLP_EXPECT_WORD, out->word = text, true;
    }
    source_error(p->src, "E204", a->at, "`expect` compares the score or the prediction with a value")->fix =
        "write `expect score > 0.5`, `expect score(\"Sports\") > 0.8` or `expect prediction == \"Sports\"`";
    return false;
}

void plan_tests(struct plan *p)
{
    struct mlp_test *at = NULL;
    uint32_t n = 0;
    if (!p->spec->main) return;
    for (uint32_t i = 0; i < p->spec->tests; i++) {
        const struct ast *a = p->spec->test[i], *block = block_of(a);
        struct mlp_test t = {.id = {a->kid[0] ? a->kid[0]->text : "test", NULL, a->at.from, a->at.to}};
        struct mlp_expect *expects = NULL;
        uint32_t m = 0;
        for (uint32_t k = 0; block && k < block->n; k++) {
            const struct ast *e = entry_of(block->kid[k], NULL);
            struct mlp_expect one;
            if (e->kind == AST_GIVEN) given(p, e->kid[0], &t);
            else if (e->kind == AST_GOAL && !strcmp(e->text, "expect")) {
                if (is_call_of(value_of(e), "increasing") || is_call_of(value_of(e), "decreasing"))
                    spec_not_built(p->spec, e->at, "`expect %s`: write it as a `require` of the goal", value_of(e)->text);
                else if (expectation(p, value_of(e), &one)) *PUSH(p->src, expects, m) = one;
            } else source_error(p->src, "E204", e->at, "`test` holds `given { column: value }` and `expect`");
        }
        if (!m && !p->src->errors && !p->spec->not_builts)
            source_error(p->src, "E204", a->at, "this test expects nothing")->fix = "write `expect score > 0.5`";
        t.expects.at = expects, t.expects.n = m;
        *PUSH(p->src, at, n) = t;
    }
    p->program.tests.at = at, p->program.tests.n = n;
}
