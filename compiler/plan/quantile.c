/* quantile.c: `quantiles: [10%, 50%, 90%]` of the goal: which are asked for, the loss of each, and the metrics that judge them. Must
 * not know how a model learns them. */
#include "compiler/plan/plan.h"
#include <math.h>
#include <string.h>

static uint32_t count(const struct plan *p) { return p->program.target.quantiles.n; }
static double level(const struct plan *p, uint32_t k) { return p->program.target.quantiles.at[k].at; }

static bool asked(const struct plan *p, double q)
{
    for (uint32_t k = 0; k < count(p); k++) if (fabs(level(p, k) - q) <= 1e-9) return true;
    return false;
}

static const char *percent(struct plan *p, double q) { return source_printf(p->src, "%s%%", number_text(p->src, nearbyint(q * 1e10) / 1e8)); }

/* pinball(10%, 50%, 90%): all of them, as one writes it. */
static const char *written(struct plan *p)
{
    const char *text = "";
    for (uint32_t k = 0; k < count(p); k++) text = source_printf(p->src, "%s%s%s", text, k ? ", " : "", percent(p, level(p, k)));
    return text;
}

void plan_quantiles(struct plan *p, const struct ast *e)
{
    const struct ast *list = value_of(e);
    if (p->spec->task != MLP_REGRESSION) {
        if (p->program.target.kernel != MLP_NONE)
            source_error(p->src, "E105", e->at, "`quantiles` are of a number that is predicted, and this target is none")->fix = "take them out";
        return;
    }
    struct mlp_quantile *at = mlp_arena_alloc(&p->src->arena, (list->n + 1) * sizeof *at);
    bool fine = list->kind == AST_ARRAY && list->n && list->n <= 99;
    for (uint32_t k = 0; fine && k < list->n; k++)
        fine = constant_number(value_of(list->kid[k]), &at[k].at) && at[k].at > (k ? at[k - 1].at : 0) && at[k].at < 1;
    if (!fine) {
        source_error(p->src, "E203", list->at, "`quantiles` is a list of shares between 0%% and 100%%, ascending")->fix = "write `quantiles: [10%, 50%, 90%]`";
        return;
    }
    p->program.target.quantiles.at = at, p->program.target.quantiles.n = list->n;
    if (asked(p, 0.5)) return;
    uint32_t below = 0;
    while (below < list->n && at[below].at < 0.5) below++;
    const char *text = "";
    for (uint32_t k = 0; k <= list->n; k++)
        text = source_printf(p->src, "%s%s%s", text, k ? ", " : "", percent(p, k == below ? 0.5 : at[k - (k > below)].at));
    source_error(p->src, "E203", list->at, "`quantiles` has no 50%%, which is what is predicted beside the others")->fix =
        source_printf(p->src, "write `quantiles: [%s]`", text);
}

/* pinball(q), as a call that nobody wrote. */
static const struct ast *pinball(struct plan *p, double q, struct span at)
{
    struct ast *call = ast_new(p->src, AST_CALL, at, "pinball"), *x = ast_new(p->src, AST_NUMBER, at, number_text(p->src, q));
    call->word = at, x->num = q, x->unit = "";
    ast_add(p->src, call, x);
    return call;
}

/* `loss: pinball`, with the same quantiles or none. */
static bool same_loss(struct plan *p, const struct ast *loss)
{
    double q;
    if (strcmp(loss->text, "pinball")) {
        source_error(p->src, "E105", loss->at, "the goal asks for `quantiles`, which are learnt by `pinball`, and this loss is `%s`", loss->text)->fix =
            "take the loss out, or the `quantiles`";
        return false;
    }
    bool same = loss->kind == AST_NAME || loss->n == count(p);
    for (uint32_t k = 0; same && loss->kind == AST_CALL && k < loss->n; k++)
        same = constant_number(value_of(loss->kid[k]), &q) && fabs(q - level(p, k)) <= 1e-9;
    if (same) return true;
    source_error(p->src, "E105", loss->at, "the goal asks for other quantiles than this loss learns")->fix =
        source_printf(p->src, "write `pinball(%s)`, or take the loss out", written(p));
    return false;
}

bool plan_quantile_model(struct plan *p, const struct mlp_model *m, const struct plan_model *own, bool has_loss)
{
    const struct span at = {m->use.id.from, m->use.id.to};
    const bool averages = m->parts.n && !strcmp(m->use.name, "average");
    if (own->loss_ast && own->loss_ast->kind == AST_CALL && !count(p) && !strcmp(own->loss_ast->text, "pinball") && own->loss_ast->n > 1) {
        source_error(p->src, "E105", own->loss_ast->at, "a model learns several quantiles where the goal asks for them")->fix =
            source_printf(p->src, "write `quantiles: [%.*s]` into the goal, or one quantile here", (int)(own->loss_ast->at.to - own->loss_ast->at.from - 9),
                          slice_of(p->src, own->loss_ast->at) + 8);
        return false;
    }
    if (!count(p) || averages) return true;
    if (m->parts.n) {
        source_error(p->src, "E105", at, "`%s` does not know quantiles: they are no parts of a product or a sum", m->use.name)->fix =
            "use `average`, or take `quantiles` out of the goal";
        return false;
    }
    if (!has_loss) {
        source_error(p->src, "E105", at, "`%s` reports means: it has no loss that would learn quantiles", m->use.name)->fix =
            "use `boosted_trees` or `linear`, or take `quantiles` out of the goal";
        return false;
    }
    return !own->loss_ast || same_loss(p, own->loss_ast);
}

/* Each learnt by itself on the scale of `via`, which is taken to rise; then back to the unit of the report. */
bool plan_quantile_losses(struct plan *p, struct mlp_model *m, struct plan_model *own)
{
    struct ir_graph *g = &p->elab.graph;
    const struct span at = own->loss_ast ? own->loss_ast->at : (struct span){m->id.from, m->id.to};
    mlp_ix *loss = mlp_arena_alloc(&p->src->arena, count(p) * sizeof *loss);
    ir_ix link;
    if (!elab_link(&p->elab, "identity", &link)) return false;
    for (uint32_t k = 0; k < count(p); k++) {
        ir_ix node;
        if (!elab_loss(&p->elab, pinball(p, level(p, k), at), link, &node)) return false;
        const struct ir_out out = {node, MLP_OUT_F64};
        loss[k] = plan_kernel(p, MLP_K_LOSS, mlp_arena_printf(&p->src->arena, "loss_pinball_%u", k), &out, 1);
    }
    if (p->inverse != IR_NOTHING) link = ir_substitute(g, p->inverse, 1, link);
    const struct ir_out out = {link, MLP_OUT_F64};
    m->link = plan_kernel(p, MLP_K_LINK, "link_identity", &out, 1);
    m->losses.at = loss, m->losses.n = count(p), m->head = MLP_HEAD_QUANTILES;
    own->loss = source_printf(p->src, "pinball(%s)", written(p)), own->link = "identity";
    return true;
}

/* pinball(q) and coverage(share) judge quantiles that are predicted. */
bool plan_quantile_metric(struct plan *p, const struct ast *a, const struct mlp_use *use)
{
    const struct mlp_arg *q = args_get(use, "q"), *share = args_get(use, "share");
    if (!strcmp(use->name, "pinball") && count(p) && q && q->kind == MLP_A_NUM && !asked(p, q->num)) {
        source_error(p->src, "E105", a->at, "`pinball(%s)` judges a quantile that the goal does not ask for: it has %s", percent(p, q->num), written(p))->fix =
            "add it to `quantiles`, or leave it out here: `pinball` is the mean over all of them";
        return false;
    }
    if (strcmp(use->name, "coverage") || !share || share->kind != MLP_A_NUM) return true;
    const double low = (1 - share->num) / 2, high = (1 + share->num) / 2;
    if (asked(p, low) && asked(p, high)) return true;
    source_error(p->src, "E105", a->at, "`coverage(%s)` is the share of rows between the quantiles %s and %s, and the goal asks for %s", percent(p, share->num),
                 percent(p, low), percent(p, high), count(p) ? written(p) : "none")
        ->fix = source_printf(p->src, "write `quantiles: [%s, 50%%, %s]` into the goal", percent(p, low), percent(p, high));
    return false;
}

/* prediction(90%) in a test: the name under which it is predicted, p90. */
const char *plan_quantile_name(struct plan *p, const struct ast *x)
{
    double q;
    if (!constant_number(x, &q)) return NULL;
    if (asked(p, q)) return source_printf(p->src, "p%s", number_text(p->src, nearbyint(q * 1e10) / 1e8));
    source_error(p->src, "E203", x->at, "the goal asks for no quantile at %s", percent(p, q))->fix =
        source_printf(p->src, "add it: `quantiles: [%s%s%s]`", written(p), count(p) ? ", " : "", percent(p, q));
    return "";
}
