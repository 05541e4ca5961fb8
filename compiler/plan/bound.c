/* bound.c: what must be reached. A bound is read as metric >= factor * reference + offset, in whatever order it was written; one that
 * every model meets, or none, is E106 (what only rows can tell is checked when they are read: runtime/run/suits.c). */
#include "compiler/plan/plan.h"
#include <math.h>
#include <string.h>

/* Index in program.baselines or .models: declared ones that are not built have no row there. */
static mlp_ix row_of(struct plan *p, bool model, mlp_ix declared)
{
    const char *name = (model ? p->spec->model : p->spec->baseline)[declared]->text;
    const uint32_t n = model ? p->program.models.n : p->program.baselines.n;
    for (uint32_t i = 0; i < n; i++)
        if (!strcmp(model ? p->program.models.at[i].id.name : p->program.baselines.at[i].id.name, name)) return i;
    return MLP_NONE;
}

struct side {
    double factor, offset;
    uint8_t ref;
    mlp_ix ix;
    struct mlp_use metric;
    bool is_metric, of_model;
    const struct ast *at;
};

static bool side(struct plan *p, const struct ast *a, struct side *out);

static bool combine(struct plan *p, const struct ast *a, struct side *out)
{
    struct side x, y;
    const char op = a->text[0];
    if (!side(p, a->kid[0], &x) || !side(p, a->kid[1], &y)) return false;
    const bool both = x.factor != 0 && y.factor != 0;
    if ((op == '+' || op == '-') && !both) {
        *out = x.factor != 0 ? x : y;
        const double sign = op == '-' ? -1 : 1;
        out->factor = x.factor + sign * y.factor, out->offset = x.offset + sign * y.offset;
        return true;
    }
    if (op == '*' && !both) {
        const struct side *k = x.factor != 0 ? &y : &x;
        *out = x.factor != 0 ? x : y;
        out->factor *= k->offset, out->offset = x.offset * y.offset;
        return true;
    }
    if (op == '/' && y.factor == 0 && y.offset != 0) {
        *out = x;
        out->factor /= y.offset, out->offset /= y.offset;
        return true;
    }
    source_error(p->src, "E209", a->at,
                 "a bound is a metric against a number, or a share of another one plus a number: `mae <= 75%% * mae(last_week)`");
    return false;
}

static bool side(struct plan *p, const struct ast *a, struct side *out)
{
    *out = (struct side){.ix = MLP_NONE, .at = a};
    double x;
    if (constant_number(a, &x)) return out->offset = x, true;
    if (a->kind == AST_NEGATE) {
        if (!side(p, a->kid[0], out)) return false;
        out->factor = -out->factor, out->offset = -out->offset;
        return true;
    }
    if (a->kind == AST_BINARY && strchr("+-*/", a->text[0]) && !a->text[1]) return combine(p, a, out);
    if (a->kind == AST_NAME && !strcmp(a->text, "baseline")) return out->factor = 1, out->ref = MLP_REF_BEST_BASELINE, true;
    if (a->kind == AST_NAME) {
        const struct symbol *s = spec_find(p->spec, a->text, 1u << SYM_MODEL | 1u << SYM_BASELINE);
        if (s && !library_find(B_METRIC, a->text)) {
            source_error(p->src, "E209", a->at, "`%s` is a %s, and a bound compares metrics", a->text,
                         s->kind == SYM_MODEL ? "model" : "baseline")
                ->fix = source_printf(p->src, "write the metric of it: `%s(%s)`",
                                      p->spec->task == MLP_BINARY ? "roc_auc" : plan_has_classes(p->spec->task) ? "accuracy" : p->spec->task == MLP_RANKING ? "ndcg" : "rmse", a->text);
            return false;
        }
    }
    const struct symbol *subject = NULL;
    if (!plan_metric(p, a, &out->metric, &subject)) return false;
    out->factor = 1, out->is_metric = true;
    if (subject)
        out->ref = subject->kind == SYM_MODEL ? MLP_REF_MODEL : MLP_REF_BASELINE, out->ix = subject->index,
        out->of_model = subject->kind == SYM_MODEL;
    return true;
}

static bool bound(struct plan *p, const struct ast *a, struct mlp_goal *g)
{
    struct side left, right = {0};
    const bool compares =
        a->kind == AST_BINARY && (a->text[0] == '<' || a->text[0] == '>' || !strcmp(a->text, "==") || !strcmp(a->text, "!="));
    if (!compares) {
        if (g->aim == MLP_REQUIRE && a->kind == AST_BINARY)
            return source_error(p->src, "E209", a->at, "a bound compares: `roc_auc >= 0.8`"), false;
        if (!side(p, a, &left)) return false;
    } else {
        if (a->text[0] == '=' || a->text[0] == '!') return source_error(p->src, "E209", a->word, "a bound is `>=` or `<=`"), false;
        const bool x = side(p, a->kid[0], &left), y = side(p, a->kid[1], &right);
        if (!x || !y) return false;
        g->at_least = a->text[0] == '>', g->strictly = a->text[1] != '=', g->bound = 1;
        if (!left.is_metric && right.is_metric) {           /* 0.8 <= roc_auc */
            const struct side swap = left;
            left = right, right = swap, g->at_least = !g->at_least;
        }
    }
    if (!left.is_metric || left.factor != 1 || left.offset != 0 || left.ref == MLP_REF_BASELINE) {
        source_error(p->src, "E209", left.at ? left.at->at : a->at,
                     "on one side of a bound stands a metric alone, of the winner or of a model")->fix =
            "bring factors and sums to the other side: `f1 >= 50%`, `mae <= 75% * mae(last_week)`";
        return false;
    }
    const bool moves = left.is_metric && !compares && (!strcmp(left.metric.name, "increasing") || !strcmp(left.metric.name, "decreasing"));
    if (g->aim == MLP_REQUIRE && !compares && !moves) {
        source_error(p->src, "E209", a->at, "`require` needs a bound")->fix =
            source_printf(p->src, "write `require %s >= …`", slice_of(p->src, a->at));
        return false;
    }
    if (compares && ((g->aim == MLP_MAXIMIZE && !g->at_least) || (g->aim == MLP_MINIMIZE && g->at_least))) {
        source_error(p->src, "E209", a->word,
                     g->aim == MLP_MAXIMIZE ? "`maximize` has a bound from below: write `>=`"
                                            : "`minimize` has a bound from above: write `<=`");
        return false;
    }
    g->metric = left.metric;
    if (moves) g->bound = 1, g->at_least = 1, right.offset = 1;     /* in every row */
    if (left.of_model) g->of = row_of(p, true, left.ix);
    g->factor = right.factor, g->offset = right.offset;
    if (right.factor == 0) return true;
    if (right.is_metric && right.ref == MLP_REF_NONE) {
        source_error(p->src, "E209", right.at->at, "the same rows give both metrics: name a model or a baseline, such as `%s(%s)`",
                     right.metric.name, p->spec->baselines ? p->spec->baseline[0]->text : "majority");
        return false;
    }
    g->ref = right.ref;
    g->ref_metric = right.is_metric ? right.metric : g->metric;
    if (right.ref == MLP_REF_MODEL || right.ref == MLP_REF_BASELINE) g->ref_ix = row_of(p, right.ref == MLP_REF_MODEL, right.ix);
    return true;
}

/* A bound outside of what the metric can be is met by everything, or by nothing. */
static void reachable(struct plan *p, const struct ast *e, const struct mlp_goal *g)
{
    const double x = g->offset, end = g->at_least ? g->most : g->least, other = g->at_least ? g->least : g->most;
    const bool beyond = g->at_least ? x > end || (g->strictly && x == end) : x < end || (g->strictly && x == end),
               nothing = g->at_least ? x < other || (!g->strictly && x == other) : x > other || (!g->strictly && x == other);
    if (!g->bound || g->factor != 0 || g->ref != MLP_REF_NONE || !(beyond || nothing) || g->allow & MLP_ALLOW_E106) return;
    const char *name = slice_of(p->src, (struct span){g->metric.id.from, g->metric.id.to}), *limit = number_text(p->src, beyond ? end : other);
    if (nothing) {
        source_error(p->src, "E106", e->at, "`%s` is never %s %s, so every model meets this bound", name, g->at_least ? "below" : "above", limit)->fix =
            source_printf(p->src, "%s it, or leave it out", g->at_least ? "raise" : "lower");
        return;
    }
    struct diag *d = source_error(p->src, "E106", e->at, "`%s` is never %s %s, so no model meets this bound", name, g->at_least ? "above" : "below", limit);
    d->fix = g->at_least && x > 1 && x < 100 && end == 1 ? source_printf(p->src, "write `%s%%`, if that share is meant", number_text(p->src, x))
             : g->at_least ? source_printf(p->src, "ask for less than %s", limit) : source_printf(p->src, "ask for more than %s", limit);
}

bool plan_goal(struct plan *p, const struct ast *e, const struct ast *tags, struct mlp_goal *out)
{
    struct mlp_goal g = {.id = {e->text, e->doc, e->at.from, e->at.to}, .of = MLP_NONE, .ref_ix = MLP_NONE, .where = MLP_NONE,
                         .least = -INFINITY, .most = INFINITY};
    g.aim = !strcmp(e->text, "maximize") ? MLP_MAXIMIZE : !strcmp(e->text, "minimize") ? MLP_MINIMIZE : MLP_REQUIRE;
    g.text = slice_of(p->src, e->at);
    struct clauses c;
    const bool fine = bound(p, value_of(e), &g);
    if (fine && !strcmp(g.metric.name, "confusion_matrix")) {
        source_error(p->src, "E105", e->at, "`confusion_matrix` is a table, and a goal is about a number")->fix =
            "write it into `metrics`, and `accuracy`, `f1` or `recall` here";
        return false;
    }
    const struct builtin *b = fine ? library_find(B_METRIC, g.metric.name) : NULL;
    if (b && !args_get(&g.metric, "own")) g.least = b->least, g.most = b->most;
    g.allow = (tags_allow(tags, "E105") ? MLP_ALLOW_E105 : 0) | (tags_allow(tags, "E106") ? MLP_ALLOW_E106 : 0);
    if (!plan_clauses(p, clauses_of(e), &c) || !fine) return false;
    reachable(p, e, &g);
    g.per.at = c.per, g.per.n = c.pers, g.where = c.where, g.where_text = c.where_text, g.part = c.part;
    if (g.part != MLP_ON_TEST && g.part != MLP_ON_ANSWERED && g.aim != MLP_REQUIRE)
        source_error(p->src, "E209", e->at, "`%s` is judged on the test part: `on` stands behind `require`", e->text);
    return *out = g, true;
}

