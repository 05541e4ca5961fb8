/* goal.c: what must be reached and what is reported: metrics with their options, slices, the decision threshold. Bounds are in
 * bound.c. */
#include "compiler/plan/plan.h"
#include <math.h>
#include <string.h>

static const char *usual_metrics(uint8_t task)
{
    return task == MLP_BINARY    ? "use `roc_auc`, `log_loss` or `f1`"
           : task == MLP_MULTICLASS || task == MLP_ORDERED ? "use `f1`, `accuracy` or `log_loss`"
           : task == MLP_RANKING ? "use `ndcg(10)`"
                                 : "use `rmse`, `mae` or `r2`";
}
static bool classes(uint8_t task) { return task == MLP_MULTICLASS || task == MLP_ORDERED; }
static const char *target_words(uint8_t task)
{
    return task == MLP_BINARY                              ? "the target is yes or no"
           : task == MLP_RANKING                           ? "the goal is to rank"
           : task == MLP_REGRESSION || task == MLP_COUNT   ? "the target is a number"
           : task == MLP_MULTICLASS || task == MLP_ORDERED ? "the target is one of several classes"
                                                           : "the goal is to generate";
}

static bool suits_task(struct plan *p, const struct builtin *b, const struct ast *a)
{
    const uint8_t task = p->spec->task;
    if (!b->tasks || !p->spec->target_entry || (p->program.target.kernel == MLP_NONE && task != MLP_RANKING)) return true;
    if (args_parameter(b, "by", NULL) && task != MLP_RANKING) {          /* ndcg(10, by: user) ranks rows of any score */
        for (uint32_t i = 0; a->kind == AST_CALL && i < a->n; i++)
            if (a->kid[i]->kind == AST_ARG && !strcmp(a->kid[i]->text, "by")) return true;
        source_error(p->src, "E105", a->at, "`%s` judges the order within a query, and %s: nothing says what a query is", b->name,
                     target_words(task))
            ->fix = source_printf(p->src, "name the column whose values are the queries: `%s(by: COLUMN)`", b->name);
        return false;
    }
    if (b->tasks >> task & 1) {                             /* a share of alerts, or the best at a bound: of one class, yes */
        static const char *const of_yes[] = {"precision", "recall", "alerts"};
        for (uint32_t i = 0; classes(task) && a->kind == AST_CALL && i < a->n; i++)
            for (int k = 0; k < 3; k++)
                if (a->kid[i]->kind == AST_ARG && !strcmp(a->kid[i]->text, of_yes[k])) {
                    source_error(p->src, "E105", a->kid[i]->at, "`%s` of `%s` moves the threshold of a yes or no, and %s",
                                 of_yes[k], b->name, target_words(task))->fix =
                        source_printf(p->src, "leave it out, or ask for one class: `predict it = %s == \"…\"`", p->spec->target_entry->text);
                    return false;
                }
        return true;
    }
    const char *judges = b->tasks >> MLP_BINARY & 1    ? "yes or no"
                         : b->tasks >> MLP_RANKING & 1 ? "the order within a query"
                                                       : "numbers";
    if (task == MLP_GENERATION) return true;                /* not built, and said so */
    struct diag *d =
        source_error(p->src, "E105", a->at, "`%s` judges %s, and %s: %s", b->name, judges, target_words(task), usual_metrics(task));
    d->cause = p->spec->target_entry->at, d->cause_text = "the target";
    return false;
}

/* f1(macro): a word of the first option, and no model. */
static bool is_word(const struct builtin *b, const char *text)
{
    for (uint32_t i = 0; b->params && i < b->param[0].n_names; i++)
        if (!strcmp(b->param[0].names[i], text)) return true;
    return false;
}

/* A metric of the spec: within(lstm, tolerance: 5%). Equal uses are one. */
static bool own_metric(struct plan *p, const struct symbol *s, const struct ast *a, struct mlp_use *out, const struct symbol **subject)
{
    struct own_metric m;
    uint32_t skip = 0;
    const struct ast *list = s->ast->kid[0], *first = list->n > 2 ? list->kid[2]->kid[0] : NULL;
    const bool takes_model = first && (!strcmp(first->text, "model") || !strcmp(first->text, "baseline"));
    if (a->kind == AST_CALL && a->n && a->kid[0]->kind == AST_NAME && !takes_model && subject)
        if ((*subject = spec_find(p->spec, a->kid[0]->text, 1u << SYM_MODEL | 1u << SYM_BASELINE)) != NULL) skip = 1;
    if (s->broken || !elab_metric(&p->elab, s->ast, a, skip, classes(p->spec->task) && !p->target.broken ? &p->target.type : NULL, &m)) return false;
    struct mlp_own own = {.id = {s->name, s->ast->doc, s->ast->at.from, s->ast->at.to}, .higher = m.higher};
    struct ir_out *rows = mlp_arena_alloc(&p->src->arena, (m.parts + 1) * sizeof *rows), value = {m.node, MLP_OUT_F64};
    struct mlp_piece *parts = mlp_arena_alloc(&p->src->arena, (m.parts + 1) * sizeof *parts);
    for (uint32_t i = 0; i < m.parts; i++) rows[i] = (struct ir_out){m.part[i].node, MLP_OUT_F64}, parts[i] = (struct mlp_piece){m.part[i].how, m.part[i].q};
    own.parts.at = parts, own.parts.n = m.parts;
    own.rows = plan_kernel(p, MLP_K_MAP, source_printf(p->src, "metric_%.40s", s->name), rows, m.parts);
    own.value = plan_kernel(p, MLP_K_MAP, source_printf(p->src, "metric_%.40s_value", s->name), &value, 1);
    struct mlp_arg *arg = mlp_arena_alloc(&p->src->arena, sizeof *arg);
    uint32_t k = 0;
    while (k < p->owns && (p->own[k].rows != own.rows || p->own[k].value != own.value || p->own[k].higher != own.higher ||
                           memcmp(p->own[k].parts.at, parts, m.parts * sizeof *parts)))
        k++;
    if (k == p->owns) *PUSH(p->src, p->own, p->owns) = own;
    p->program.own.at = p->own, p->program.own.n = p->owns;
    *arg = (struct mlp_arg){.name = "own", .kind = MLP_A_INT, .num = k};
    *out = (struct mlp_use){.id = {slice_of(p->src, a->at), NULL, a->at.from, a->at.to}, .name = s->name, .impl = MLP_NONE, .args = {arg, 1}};
    return true;
}

bool plan_metric(struct plan *p, const struct ast *a, struct mlp_use *out, const struct symbol **subject)
{
    if (subject) *subject = NULL;
    if (a->kind != AST_NAME && a->kind != AST_CALL) {
        struct diag *d = source_error(p->src, "E209", a->at, "a metric is expected here, such as `%s`",
                     p->spec->task == MLP_BINARY    ? "roc_auc"
                     : classes(p->spec->task)       ? "accuracy"
                     : p->spec->task == MLP_RANKING ? "ndcg(10)"
                                                    : "rmse");
        if (a->kind == AST_BINARY && a->kid[0]->kind == AST_NAME)
            d->fix = source_printf(p->src, "name it alone: `%s`; a bound stands in `goal`, as in `require %s`", a->kid[0]->text, slice_of(p->src, a->at));
        if (a->kind == AST_TEXT) d->fix = source_printf(p->src, "names stand without quotes: write `%s`", a->text);
        return false;
    }
    const struct symbol *own = spec_find(p->spec, a->text, 1u << SYM_METRIC);
    if (own) return own_metric(p, own, a, out, subject);
    const struct builtin *b = args_builtin(p->spec, B_METRIC, a->text, a->word, "metric");
    if (!b || !suits_task(p, b, a) || !b->built) return false;
    uint32_t skip = 0;                                      /* f1(lstm): whose */
    if (a->kind == AST_CALL && a->n && a->kid[0]->kind == AST_NAME &&
        (!b->params || !(b->param[0].takes & TAKES_COLUMN)) && !is_word(b, a->kid[0]->text)) {
        const struct symbol *s = spec_find(p->spec, a->kid[0]->text, 1u << SYM_MODEL | 1u << SYM_BASELINE);
        if (s && subject) *subject = s, skip = 1;
        else if (s)
            return source_error(p->src, "E209", a->kid[0]->at, "here a metric judges every model: leave `%s` out", a->kid[0]->text),
                   false;
    }
    if (!args_of_call(p->spec, b, a, skip, out)) return false;
    out->id.name = slice_of(p->src, a->at);
    for (uint32_t i = 0; i < out->args.n; i++)
        if (out->args.at[i].kind == MLP_A_COLUMN) {
            const uint32_t flat = p->spec->main->column[out->args.at[i].ix].flat;
            p->used[flat / 64] |= 1ull << flat % 64;
        }
    plan_bind(p, out, "metric");
    if (!plan_quantile_metric(p, a, out)) return false;
    const struct mlp_arg *x = !strcmp(b->name, "increasing") || !strcmp(b->name, "decreasing") ? args_get(out, "x") : NULL;
    const struct column *moved = x && x->kind == MLP_A_COLUMN ? &p->spec->main->column[x->ix] : NULL;
    const uint8_t type = moved ? moved->type.base : MLP_FLOAT;
    if (type == MLP_CATEGORY || type == MLP_IDENT || type == MLP_TEXT || type == MLP_VECTOR || type == MLP_LISTOF) {
        struct diag *d = source_error(p->src, "E105", a->at, "`%s` moves a column from small to large, and `%s` has no order", b->name, moved->name);
        d->cause = moved->at, d->cause_text = "its type", d->fix = "name a number, a date or an ordinal";
        return false;
    }
    return true;
}

/* ---- slices ---- */

static bool slice(struct plan *p, const struct ast *a, struct mlp_slice *out)
{
    struct value v;
    if (!elab_expr(&p->elab, a, AT_SLICE, &v) || v.broken) return false;
    plan_use(p, &v);
    const char *name = slice_of(p->src, a->at);
    *out = (struct mlp_slice){
        .id = {name, NULL, a->at.from, a->at.to}, .codebook = MLP_NONE, .column = MLP_NONE, .is_bool = v.type.base == MLP_BOOL};
    struct ir_out node = {v.node, MLP_OUT_CODE};
    if (v.type.base == MLP_CATEGORY || v.type.base == MLP_IDENT || v.type.base == MLP_ORDINAL)
        plan_codes(p, &v, &out->codebook, &out->column);
    else if (v.type.base == MLP_BOOL || v.type.base == MLP_INT) node = (struct ir_out){plan_number(p, &v), MLP_OUT_F64};
    else {
        source_error(p->src, "E209", a->at, "a slice has a few values, and `%s` is %s", name,
                     v.type.base == MLP_FLOAT ? "any number" : type_word(&v.type))
            ->fix = v.type.base == MLP_FLOAT ? "compare it: `per tenure < 6`"
                  : v.type.base == MLP_LISTOF ? source_printf(p->src, "ask it: `per has(%s, \"…\")`", name) : "slice by a category, a bool or a whole number";
        return false;
    }
    out->kernel = plan_kernel(p, MLP_K_MAP, mlp_arena_printf(&p->src->arena, "slice_%.40s", name), &node, 1);
    return true;
}

static bool abstains(const struct plan *p)
{
    const struct ast *block = block_of(p->spec->goal);
    for (uint32_t i = 0; block && i < block->n; i++) {
        const struct ast *e = entry_of(block->kid[i], NULL);
        if (e->kind == AST_OPTION && !strcmp(e->text, "abstain")) return true;
    }
    return false;
}

bool plan_clauses(struct plan *p, const struct ast *list, struct clauses *out)
{
    bool fine = true;
    *out = (struct clauses){.where = MLP_NONE, .part = MLP_ON_TEST};
    for (uint32_t i = 0; list && i < list->n; i++) {
        const struct ast *c = list->kid[i], *e = c->kid[0];
        if (!strcmp(c->text, "per")) {
            const bool cross = e->kind == AST_CALL && !strcmp(e->text, "cross");
            const uint32_t n = e->kind == AST_ARRAY || cross ? e->n : 1;
            if (cross && n < 2) {
                source_error(p->src, "E209", e->at, "`cross` takes the slices whose pairs are meant")->fix = "write `per cross(a, b)`";
                fine = false;
            }
            for (uint32_t k = 0; k < n; k++) {
                struct mlp_slice s;
                if (!slice(p, e->kind == AST_ARRAY || cross ? value_of(e->kid[k]) : e, &s)) { fine = false; continue; }
                s.cross = cross && k + 1 < n;
                *PUSH(p->src, out->per, out->pers) = s;
            }
        } else if (!strcmp(c->text, "where")) {
            struct value v;
            if (!elab_expr(&p->elab, e, AT_WHERE, &v) || v.broken) { fine = false; continue; }
            plan_use(p, &v);
            if (v.type.base != MLP_BOOL) {
                source_error(p->src, "E108", e->at, "`where` takes a condition");
                fine = false;
                continue;
            }
            const struct ir_out node = {plan_number(p, &v), MLP_OUT_F64};
            out->where = plan_kernel(p, MLP_K_MAP, "where", &node, 1), out->where_text = slice_of(p->src, e->at);
        } else if (!strcmp(c->text, "on")) {
            if (is_call_of(e, "test")) out->part = MLP_ON_TEST;
            else if (is_call_of(e, "validation")) out->part = MLP_ON_VALIDATION;
            else if (is_call_of(e, "train")) out->part = MLP_ON_TRAIN;
            else if (is_call_of(e, "answered") && abstains(p)) out->part = MLP_ON_ANSWERED;
            else if (is_call_of(e, "answered"))
                source_error(p->src, "E209", c->at, "everything is answered: `goal` has no `abstain`")->fix = "write `abstain: score < 60%` into it, or leave `on answered` out", fine = false;
            else source_error(p->src, "E209", e->at, "`on` takes `test`, `validation`, `train` or `answered`"), fine = false;
        } else source_error(p->src, "E209", c->at, "`%s` stands in `monitor` only", c->text), fine = false;
    }
    return fine;
}

/* ---- the rest of `goal { }` ---- */

/* alerts(1%), top(500, by: month): a number first, then perhaps the slices. */
static bool capacity(struct plan *p, const struct ast *v, struct mlp_decision *d)
{
    const bool top = !strcmp(v->text, "top");
    bool fine = v->n > 0 && constant_number(value_of(v->kid[0]), &d->number);
    for (uint32_t i = 1; fine && i < v->n; i++) {
        struct mlp_slice *by = mlp_arena_alloc(&p->src->arena, sizeof *by);
        fine = top && i == 1 && v->kid[i]->kind == AST_ARG && !strcmp(v->kid[i]->text, "by");
        if (fine && !slice(p, value_of(v->kid[i]), by)) return false;
        d->by.at = by, d->by.n = 1;
    }
    fine = fine && (top ? d->number >= 1 : d->number > 0 && d->number < 1);
    d->how = top ? MLP_T_TOP : MLP_T_ALERTS;
    if (!fine)
        source_error(p->src, "E203", v->at, top ? "`top` takes a number of rows, and perhaps in what they are counted"
                                                : "`alerts` takes the share of the rows that can be looked at")
            ->fix = top ? "write `threshold: top(500)`, or `top(500, by: month)`" : "write `threshold: alerts(1%)`";
    return fine;
}

static void threshold(struct plan *p, const struct ast *e)
{
    const struct ast *v = value_of(e);
    struct mlp_decision d = p->program.decision;
    double x;
    bool fine = true;
    if (p->spec->task != MLP_BINARY && p->program.target.kernel != MLP_NONE) {
        source_error(p->src, "E105", e->at, "a threshold makes a score a decision, and %s", target_words(p->spec->task))->fix =
            "take it out";
        return;
    }
    d.text = slice_of(p->src, v->at), d.by.n = 0;
    if (constant_number(v, &x)) {
        fine = x >= 0 && x <= 1, d.how = MLP_T_NUMBER, d.number = x;
        if (!fine) source_error(p->src, "E203", v->at, "`threshold` is a probability: a number in 0..1");
    } else if (v->kind == AST_CALL && (!strcmp(v->text, "max") || !strcmp(v->text, "min")) && v->n == 1)
        d.how = MLP_T_BEST, d.at_least = !strcmp(v->text, "max"), fine = plan_metric(p, value_of(v->kid[0]), &d.metric, NULL);
    else if (v->kind == AST_CALL && (!strcmp(v->text, "alerts") || !strcmp(v->text, "top"))) fine = capacity(p, v, &d);
    else if (v->kind == AST_BINARY && strchr("<>", v->text[0]) && constant_number(v->kid[1], &x))
        d.how = MLP_T_REACH, d.at_least = v->text[0] == '>', d.number = x, fine = plan_metric(p, v->kid[0], &d.metric, NULL);
    else {
        source_error(p->src, "E203", v->at, "`threshold` is a number in 0..1, or says how one is chosen on the validation part")->fix =
            "write `max(f1)`, `min(cost)`, `alerts(1%)`, `top(500, by: month)` or `precision >= 60%`";
        fine = false;
    }
    if (fine) p->program.decision = d;
}

/* costs: cost(miss: 5, false_alarm: 1). Without a threshold, the one that costs least is meant. */
static void costs(struct plan *p, const struct ast *e, bool chosen)
{
    const struct ast *v = value_of(e);
    struct mlp_decision *d = &p->program.decision;
    struct mlp_use use;
    if (p->spec->task != MLP_BINARY && p->program.target.kernel != MLP_NONE) {
        source_error(p->src, "E105", e->at, "costs are those of a wrong yes or no, and %s", target_words(p->spec->task))->fix =
            "write the cost as a `metric` of your own";
        return;
    }
    const struct mlp_arg *miss = NULL, *alarm = NULL;
    if (is_call_of(v, "cost") && plan_metric(p, v, &use, NULL)) miss = args_get(&use, "miss"), alarm = args_get(&use, "false_alarm");
    if (!miss || !alarm || miss->kind != MLP_A_NUM || alarm->kind != MLP_A_NUM) {
        source_error(p->src, "E203", v->at, "`costs` says what each wrong decision costs")->fix =
            "write `costs: cost(miss: 5, false_alarm: 1)`";
        return;
    }
    d->miss = miss->num, d->false_alarm = alarm->num;
    if (chosen) return;
    if (!plan_metric(p, plan_name(p, "cost", e->word), &d->metric, NULL)) return;
    d->metric.id.name = "cost", d->how = MLP_T_BEST, d->at_least = 0, d->text = "min(cost)";
}

/* answer: clip(prediction, …) · abstain: score < 60% */
static void reply(struct plan *p, const struct ast *e)
{
    const struct ast *v = value_of(e);
    const uint8_t task = p->spec->task;
    const bool answer = !strcmp(e->text, "answer"), number = task == MLP_REGRESSION || task == MLP_COUNT;
    struct mlp_decision *d = &p->program.decision;
    struct value said;
    if (p->program.target.kernel == MLP_NONE) return;
    if (answer ? !number : task == MLP_RANKING || task == MLP_GENERATION) {
        source_error(p->src, "E105", e->at, answer ? "`answer` is a number in place of the predicted one, and %s" : "`abstain` leaves a row unanswered, and %s",
                     target_words(task))->fix = answer && !classes(task) && task != MLP_BINARY ? "take it out" : answer ? "move the decision instead: `threshold:`, `costs:` or `abstain:`" : "take it out";
        return;
    }
    if (!elab_reply(&p->elab, v, number ? "prediction" : "score", number ? &p->target.type.unit : NULL, &said)) return;
    plan_use(p, &said);
    if (answer ? said.type.base != MLP_INT && said.type.base != MLP_FLOAT : said.type.base != MLP_BOOL) {
        source_error(p->src, "E108", v->at, answer ? "`answer` is a number" : "`abstain` takes a condition")->fix =
            answer ? "write `answer: clip(prediction, 0, 100)`" : number ? "write `abstain: prediction < 0`" : "write `abstain: score < 60%`";
        return;
    }
    const struct ir_out out = {plan_number(p, &said), MLP_OUT_F64};
    const mlp_ix kernel = plan_kernel(p, MLP_K_MAP, e->text, &out, 1);
    if (answer) d->answer = kernel, d->answer_text = slice_of(p->src, v->at);
    else d->abstain = kernel, d->abstain_text = slice_of(p->src, v->at);
}

static void goal_options(struct plan *p, const struct ast *block)
{
    const struct builtin *b = library_find(B_BLOCK, "goal");
    const struct ast *prices = NULL;
    bool chosen = false;
    for (uint32_t i = 0; b && block && i < block->n; i++) {
        const struct ast *e = entry_of(block->kid[i], NULL);
        if (e->kind == AST_OPTION) {
            for (uint32_t k = 0; k < i; k++) {
                const struct ast *f = entry_of(block->kid[k], NULL);
                if (f->kind == AST_OPTION && !strcmp(f->text, e->text))
                    source_error(p->src, "E201", e->word, "`%s` is given twice; the first stands in line %u", e->text,
                                 line_of(p->src, f->at));
            }
            if (!strcmp(e->text, "threshold")) threshold(p, e), chosen = true;
            else if (!strcmp(e->text, "costs")) prices = e;
            else if (!strcmp(e->text, "quantiles")) {}      /* models learn them: plan_target has read them */
            else if (!strcmp(e->text, "answer") || !strcmp(e->text, "abstain")) reply(p, e);
            else if (library_parameter_later(b, e->text)) spec_not_built(p->spec, e->word, "`%s` of `goal`", e->text);
            else {
                const char *names[] = {"threshold", "costs", "answer", "abstain", "quantiles", "predict", "rank", "maximize", "minimize", "require"},
                           *near = name_suggest(e->text, names, 10);
                source_error(p->src, "E202", e->word,
                             near ? "`goal` has no option `%s`; did you mean `%s`?" : "`goal` has no option `%s`", e->text, near)->fix =
                    near ? "" : source_printf(p->src, "a goal is a bound: write `maximize %s`, or `minimize`", slice_of(p->src, value_of(e)->at));
            }
        } else if (e->kind != AST_GOAL && e->kind != AST_PREDICT && e->kind != AST_RANK && e->kind != AST_GENERATE)
            source_error(p->src, "E204", e->at,
                         "this does not stand in `goal`: it holds `predict`, `maximize`, `minimize`, `require` and options")->fix =
                e->kind == AST_DEFINE ? source_printf(p->src, "a goal is a bound: write `maximize %s`, or `minimize`", slice_of(p->src, e->kid[0]->at)) : "";
        else if (e->kind == AST_GOAL && (!strcmp(e->text, "alert") || !strcmp(e->text, "expect")))
            source_error(p->src, "E204", e->at, "`%s` stands in `%s`", e->text, !strcmp(e->text, "alert") ? "monitor" : "test");
    }
    if (prices) costs(p, prices, chosen);
}

/* ---- reports ---- */

static void report(struct plan *p, const struct ast *a, const struct ast *clauses, struct mlp_report **at, uint32_t *n)
{
    struct mlp_report r = {.where = MLP_NONE};
    struct clauses c;
    const bool fine = plan_metric(p, a, &r.metric, NULL);
    if (!plan_clauses(p, clauses, &c) || !fine) return;
    r.where = c.where, r.where_text = c.where_text, r.per.at = c.per, r.per.n = c.pers, r.part = c.part;
    *PUSH(p->src, *at, *n) = r;
}

static const char *const binary_set[] = {"roc_auc", "pr_auc", "log_loss", "accuracy", "f1", NULL},
                         *const class_set[] = {"log_loss", "accuracy", NULL},
                         *const number_set[] = {"rmse", "mae", "r2", NULL}, *const ranking_set[] = {"ndcg", NULL};

/* A metric that nothing asks for is read all the same; one that takes more than y and p waits for its use. */
static void unused_metrics(struct plan *p)
{
    struct own_metric m;
    const struct type *of = classes(p->spec->task) && !p->target.broken ? &p->target.type : NULL;
    if (p->program.target.kernel == MLP_NONE) return;
    for (uint32_t i = 0; i < p->spec->symbols && !p->src->errors; i++) {
        const struct symbol *s = &p->spec->symbol[i];
        if (s->kind == SYM_METRIC && !s->broken && s->ast->kid[0]->n <= 2)
            elab_metric(&p->elab, s->ast, plan_name(p, s->name, s->ast->word), 0, of, &m);
    }
}

void plan_goals(struct plan *p)
{
    const struct ast *block = block_of(p->spec->goal), *metrics = block_of(p->spec->metrics);
    struct mlp_goal *goals = NULL;
    struct mlp_report *reports = NULL;
    uint32_t n = 0, m = 0;
    p->program.decision = (struct mlp_decision){.how = MLP_T_NUMBER, .number = 0.5, .answer = MLP_NONE, .abstain = MLP_NONE};
    if (!p->spec->main || !block) return;
    bool primary = false;
    for (uint32_t i = 0; i < block->n; i++) {
        const struct ast *tags, *e = entry_of(block->kid[i], &tags);
        if (e->kind != AST_GOAL || (strcmp(e->text, "maximize") && strcmp(e->text, "minimize") && strcmp(e->text, "require")))
            continue;
        struct mlp_goal g;
        primary |= strcmp(e->text, "require") != 0;
        if (plan_goal(p, e, tags, &g)) *PUSH(p->src, goals, n) = g;
    }
    goal_options(p, block);
    const char *const *usual = p->spec->task == MLP_BINARY ? binary_set : classes(p->spec->task) ? class_set : p->spec->task == MLP_RANKING ? ranking_set : number_set;
    const bool known = p->program.target.kernel != MLP_NONE;
    if (!primary && known) {                                /* something must choose the winner */
        struct mlp_goal g = {.of = MLP_NONE,
                             .ref_ix = MLP_NONE,
                             .where = MLP_NONE,
                             .least = -INFINITY, .most = INFINITY,
                             .aim = p->spec->task == MLP_REGRESSION || classes(p->spec->task) ? MLP_MINIMIZE : MLP_MAXIMIZE};
        if (plan_metric(p, plan_name(p, usual[0], p->spec->goal->word), &g.metric, NULL)) {
            g.metric.id.name = usual[0];
            g.text = source_printf(p->src, "%s %s", g.aim == MLP_MINIMIZE ? "minimize" : "maximize", usual[0]);
            *PUSH(p->src, goals, n) = g;
        }
    }
    p->metrics_given = metrics != NULL;
    for (uint32_t i = 0; metrics && i < metrics->n; i++) {
        const struct ast *e = entry_of(metrics->kid[i], NULL);
        if (e->kind == AST_ITEM) report(p, value_of(e), clauses_of(e), &reports, &m);
        else if (e->kind == AST_OPTION)
            source_error(p->src, "E202", e->word, "`metrics` has no option `%s`: it lists metrics", e->text);
        else source_error(p->src, "E204", e->at, "`metrics` lists metrics, such as `roc_auc`");
    }
    for (uint32_t i = 0; !metrics && known && usual[i]; i++) {
        report(p, plan_name(p, usual[i], p->spec->goal->word), NULL, &reports, &m);
        if (m) reports[m - 1].metric.id.name = usual[i];
    }
    p->program.goals.at = goals, p->program.goals.n = n;
    p->program.reports.at = reports, p->program.reports.n = m;
    unused_metrics(p);
}
