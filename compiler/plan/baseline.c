/* baseline.c: what models are compared with: the library's baselines, rules of the spec's own, and the usual one where none is given. */
#include "compiler/plan/plan.h"
#include <string.h>

const char *plan_task_word(uint8_t task)
{
    return task == MLP_BINARY       ? "the target is yes or no"
           : task == MLP_RANKING    ? "the goal is to rank"
           : task == MLP_MULTICLASS ? "the target is one of several classes"
           : task == MLP_ORDERED    ? "the target is one of several ordered classes"
                                    : "the target is a number";
}

static bool suits(const struct builtin *b, uint8_t task) { return !b->tasks || b->tasks >> task & 1; }

/* popular: of what is ranked (`rank … of ITEM`), else of the key beside the query, unless it says of what. */
static bool item(struct plan *p, const struct ast *call, struct mlp_use *use)
{
    const struct source_decl *d = p->spec->main;
    struct mlp_arg *of = (struct mlp_arg *)args_get(use, "of");
    const struct column *found = NULL;
    uint32_t others = 0;
    for (uint32_t i = 0; i < d->n_key && !p->spec->item; i++)
        if (d->key[i] != d->query) found = d->key[i], others++;
    if (p->spec->item) found = p->spec->item, others = 1;
    if (!of) return false;
    if (of->kind == MLP_A_NONE && others == 1) *of = (struct mlp_arg){.name = "of", .kind = MLP_A_COLUMN, .ix = found->index};
    if (of->kind == MLP_A_COLUMN) {
        const uint32_t flat = d->column[of->ix].flat;
        p->used[flat / 64] |= 1ull << flat % 64;
        return true;
    }
    source_error(p->src, "E202", call->at, "`popular` does not say of what, and `%s` has no `@key` beside the query that says it", d->name)->fix =
        "name the column whose values are the items: `popular(of: item)`";
    return false;
}

static void add_baseline(struct plan *p, const char *name, const struct ast *a, const char *builtin, struct mlp_baseline **at,
                         uint32_t *n, const struct ast *expr)
{
    struct mlp_baseline out = {.id = {name, a ? a->doc : NULL, a ? a->at.from : 0, a ? a->at.to : 0}, .rule = MLP_NONE, .model = MLP_NONE};
    if (builtin) {
        const struct builtin *b = args_builtin(p->spec, B_BASELINE, builtin,
                                               expr ? expr->word
                                               : a  ? a->word
                                                    : (struct span){0, 0},
                                               "baseline");
        if (!b || !b->built) return;
        if (!suits(b, p->spec->task) && p->program.target.kernel == MLP_NONE) return; /* the target is wrong or not built: said */
        if (!suits(b, p->spec->task)) {
            source_error(p->src, "E105", expr ? expr->at : a->word, "`%s` does not suit this task: %s", b->name,
                         plan_task_word(p->spec->task))
                ->fix = p->spec->task == MLP_BINARY || plan_has_classes(p->spec->task) ? "use `majority`"
                        : p->spec->task == MLP_RANKING ? "use `random`"
                                                       : "use `mean`";
            return;
        }
        if (!strcmp(builtin, "last_value") && p->spec->main && !p->spec->main->time) {
            struct diag *d = source_error(p->src, "E105", expr ? expr->at : a->word, "`last_value` needs to know what came before, and `%s` has no `@time`",
                                          p->spec->main->name);
            d->fix = p->spec->task == MLP_BINARY ? "put `@time` behind the column that says when, or use `majority`"
                                                 : "put `@time` behind the column that says when, or use `median`";
            return;
        }
        const struct ast *call = expr ? expr : plan_name(p, builtin, a ? a->word : (struct span){0, 0});
        if (!args_of_call(p->spec, b, call, 0, &out.use)) return;
        plan_bind(p, &out.use, "baseline");
        if (!strcmp(builtin, "popular") && !item(p, call, &out.use)) return;
    } else {
        out.use = (struct mlp_use){.id = out.id, .name = "rule", .impl = MLP_NONE};
        if (!plan_rule(p, expr, mlp_arena_printf(&p->src->arena, "baseline_%s", name), &out.rule)) return;
    }
    *PUSH(p->src, *at, *n) = out;
}

void plan_baselines(struct plan *p)
{
    struct mlp_baseline *at = NULL;
    uint32_t n = 0;
    if (!p->spec->main) return;
    for (uint32_t i = 0; i < p->spec->baselines; i++) {
        const struct ast *a = p->spec->baseline[i], *expr = a->kid[0];
        const bool column =
            expr && expr->kind == AST_NAME && spec_find(p->spec, expr->text, 1u << SYM_COLUMN | 1u << SYM_LET | 1u << SYM_PARAM);
        const struct builtin *b = expr && (expr->kind == AST_NAME || expr->kind == AST_CALL) ? library_find(B_BASELINE, expr->text) : NULL;
        const bool call = b && !column && (expr->kind == AST_NAME || !expr->n || b->params);
        add_baseline(p, a->text, a, !expr ? a->text : call ? expr->text : NULL, &at, &n, expr);
    }
    p->baselines_given = p->spec->baselines > 0;
    if (!p->baselines_given && !p->src->errors) {
        const uint8_t task = p->spec->task;
        const char *usual = task == MLP_BINARY || plan_has_classes(task) ? "majority" : task == MLP_RANKING ? "random" : "mean";
        if (task != MLP_GENERATION)
            add_baseline(p, usual, NULL, usual, &at, &n, NULL);
    }
    p->program.baselines.at = at, p->program.baselines.n = n;
}
