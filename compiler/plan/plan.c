/* plan.c: the order of the plan's passes, the target, the split, and what the passes share. */
#include "compiler/plan/plan.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

/* ---- shared ---- */

const struct ast *plan_name(struct plan *p, const char *text, struct span at) { return ast_new(p->src, AST_NAME, at, text); }

void plan_use(struct plan *p, const struct value *v)
{
    for (const struct column *c = NULL; (c = from_next(&p->elab, v->from, FROM_ALL, c));) p->used[c->flat / 64] |= 1ull << c->flat % 64;
}

ir_ix plan_number(struct plan *p, const struct value *v)
{
    const uint8_t type = p->elab.graph.node[v->node].type;
    if (type == IR_B) return ir_op(&p->elab.graph, IR_FROM_BOOL, &v->node, 1);
    if (type == IR_C) return ir_op(&p->elab.graph, IR_STEP, &v->node, 1);
    if (type == IR_I) return ir_op(&p->elab.graph, IR_FROM_INT, &v->node, 1);
    return v->node;
}

void plan_codes(struct plan *p, const struct value *v, mlp_ix *codebook, mlp_ix *column)
{
    *codebook = *column = MLP_NONE;
    if (v->type.book) {
        *codebook = v->type.book - 1;
        return;
    }
    const struct column *c = v->type.origin;
    const struct ir_node *n = &p->elab.graph.node[v->node];
    if (n->op == IR_SLOT && p->elab.slot[n->index].codebook != MLP_NONE) {
        *codebook = p->elab.slot[n->index].codebook;
        return;
    }
    for (uint32_t i = 0; c && i < p->elab.slots; i++) {
        const struct mlp_slot *s = &p->elab.slot[i];
        if (s->origin != MLP_FROM_COLUMN || s->source != c->source->index || s->column != c->index || s->codebook == MLP_NONE)
            continue;
        *codebook = s->codebook;
        return;
    }
    if (c) *column = c->index;
}

/* Slots that a node reads, into a set; nodes are seen once. */
static void slots_of(const struct ir_graph *g, ir_ix node, uint8_t *seen, uint8_t *slot)
{
    if (seen[node]) return;
    seen[node] = 1;
    const struct ir_node *n = &g->node[node];
    if (n->op == IR_SLOT) slot[n->index] = 1;
    for (unsigned i = 0; i < n->args; i++) slots_of(g, n->arg[i], seen, slot);
}

const uint8_t *plan_reads(const struct plan *p, ir_ix node)
{
    uint8_t *seen = mlp_arena_alloc(&p->src->arena, p->elab.graph.n + 1),
            *reads = mlp_arena_alloc(&p->src->arena, p->elab.slots + 1);
    if (seen && reads) slots_of(&p->elab.graph, node, seen, reads);
    return reads;
}

mlp_ix plan_kernel(struct plan *p, enum mlp_kernel_kind kind, const char *name, const struct ir_out *out, uint32_t outs)
{
    for (uint32_t i = 0; i < p->kernels; i++) {
        const struct ir_kernel *k = &p->kernel[i];
        uint32_t same = 0;
        while (k->kind == kind && k->outs == outs && same < outs && k->out[same].node == out[same].node &&
               k->out[same].form == out[same].form)
            same++;
        if (k->kind == kind && k->outs == outs && same == outs) return i;
    }
    struct mlp_arena *arena = &p->src->arena;
    struct ir_out *own = mlp_arena_alloc(arena, (outs + 1) * sizeof *own);
    uint8_t *seen = mlp_arena_alloc(arena, p->elab.graph.n + 1), *reads = mlp_arena_alloc(arena, p->elab.slots + 1);
    for (uint32_t i = 0; i < outs; i++) own[i] = out[i], slots_of(&p->elab.graph, out[i].node, seen, reads);
    uint32_t slots = 0;
    mlp_ix *slot = mlp_arena_alloc(arena, (p->elab.slots + 1) * sizeof *slot);
    for (uint32_t i = 0; i < p->elab.slots; i++)
        if (reads[i]) slot[slots++] = i;
    char *symbol = mlp_arena_printf(arena, "mlp_k%u_%s", p->kernels, name);
    for (char *c = symbol; *c; c++)
        if (!((*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z') || (*c >= '0' && *c <= '9'))) *c = '_';
    *PUSH(p->src, p->kernel, p->kernels) =
        (struct ir_kernel){.symbol = symbol, .kind = (uint8_t)kind, .out = own, .outs = outs, .slot = slot, .slots = slots};
    return p->kernels - 1;
}

extern const struct mlp_bind mlp_library_bind[];            /* made by stdgen from stdlib/; ends with a name of NULL */

void plan_bind(struct plan *p, struct mlp_use *use, const char *kind)
{
    char name[128];
    snprintf(name, sizeof name, "%s.%s", kind, use->name);
    use->impl = MLP_NONE;
    for (uint32_t i = 0; i < p->bounds; i++)
        if (!strcmp(p->bound[i], name)) { use->impl = i; return; }
    for (const struct mlp_bind *b = mlp_library_bind; b->name; b++)
        if (!strcmp(b->name, name)) {
            use->impl = p->bounds;
            *PUSH(p->src, p->bound, p->bounds) = b->name;
            return;
        }
}

/* Texts that an expression can give as it stands: whether each is a class of the target. */
static bool are_classes(struct plan *p, const struct ast *expr, ir_ix node)
{
    const struct ir_node *n = &p->elab.graph.node[node];
    const struct type *t = &p->target.type;
    if (n->op == IR_IF) return are_classes(p, expr, n->arg[1]) && are_classes(p, expr, n->arg[2]);
    if (n->op != IR_TEXT || !t->n_set) return true;
    for (uint32_t i = 0; i < t->n_set; i++) if (!strcmp(t->set[i], n->text)) return true;
    const char *near = name_suggest(n->text, (const char *const *)t->set, t->n_set);
    source_error(p->src, "E207", expr->at, near ? "\"%s\" is no class of `%s`; did you mean \"%s\"?" : "\"%s\" is no class of `%s`", n->text,
                 p->spec->target_entry->text, near);
    return false;
}

/* A rule for a target with classes says which class. */
static bool rule_of_classes(struct plan *p, const struct ast *expr, struct value *v, const char *what, mlp_ix *kernel)
{
    if (p->program.target.kernel == MLP_NONE) return false; /* the target is wrong, and that was said */
    if (!elab_as_text(&p->elab, v)) {
        source_error(p->src, "E108", expr->at, "a baseline's rule gives a class of `%s`, in quotes or as a column has it", p->spec->target_entry->text)->fix =
            source_printf(p->src, "write `if … then \"%s\" else \"%s\"`", p->target.type.n_set ? p->target.type.set[0] : "…",
                          p->target.type.n_set > 1 ? p->target.type.set[1] : "…");
        return false;
    }
    if (!are_classes(p, expr, v->node)) return false;
    const struct ir_out out = {v->node, MLP_OUT_STR};
    *kernel = plan_kernel(p, MLP_K_MAP, what, &out, 1);
    return true;
}

bool plan_rule(struct plan *p, const struct ast *expr, const char *what, mlp_ix *kernel)
{
    struct value v;
    if (!elab_expr(&p->elab, expr, AT_RULE, &v) || v.broken) return false;
    plan_use(p, &v);
    if (p->spec->task == MLP_MULTICLASS || p->spec->task == MLP_ORDERED) return rule_of_classes(p, expr, &v, what, kernel);
    if (v.type.base != MLP_BOOL && v.type.base != MLP_INT && v.type.base != MLP_FLOAT && v.type.base != MLP_ORDINAL) {
        source_error(p->src, "E108", expr->at, "a baseline's rule gives %s",
                     p->spec->task == MLP_BINARY ? "a probability, or yes and no" : "a number");
        return false;
    }
    const struct ir_out out = {plan_number(p, &v), MLP_OUT_F64};
    *kernel = plan_kernel(p, MLP_K_MAP, what, &out, 1);
    return true;
}

/* ---- target ---- */

static bool target_task(struct plan *p, const struct ast *e)
{
    const uint8_t base = p->target.type.base;
    const bool number = base == MLP_INT || base == MLP_FLOAT;
    if (e->kind == AST_RANK) {
        if (number || base == MLP_BOOL) return true;
        source_error(p->src, "E207", e->word, "the relevance of a row is a number, the higher the better");
        return false;
    }
    if (p->spec->target_column && !p->spec->target_column->derived) return true;
    if (base == MLP_BOOL) return p->spec->task = MLP_BINARY, true;
    if (number) return p->spec->task = MLP_REGRESSION, true;
    if (base == MLP_CATEGORY) return p->spec->task = MLP_MULTICLASS, true;
    if (base == MLP_ORDINAL) return p->spec->task = MLP_ORDERED, true;
    source_error(p->src, "E207", e->kid[0] ? e->kid[0]->at : e->at, "`%s` is %s, and that is nothing that a model predicts",
                 e->text, type_word(&p->target.type));
    return false;
}

void plan_target(struct plan *p)
{
    const struct ast *e = p->spec->target_entry;
    struct mlp_target *t = &p->program.target;
    *t = (struct mlp_target){.kernel = MLP_NONE, .via = MLP_NONE, .query = MLP_NONE, .item = MLP_NONE, .where = MLP_NONE, .codebook = MLP_NONE, .column = MLP_NONE,
                             .ahead_months = p->spec->ahead_months, .ahead_us = p->spec->ahead_us};
    p->via = p->inverse = IR_NOTHING;
    if (!e || !p->spec->main) return;
    t->id = (struct mlp_id){e->text, e->doc, e->at.from, e->at.to};
    if (!e->kid[0] && !p->spec->target_column) return;      /* reported */
    const struct ast *expr = e->kid[0] ? e->kid[0] : plan_name(p, e->text, e->word);
    if (!elab_expr(&p->elab, expr, AT_TARGET, &p->target) || p->target.broken || !target_task(p, e)) return;
    plan_use(p, &p->target);
    const struct ast *via = e->kind == AST_PREDICT && e->n > 2 ? e->kid[2] : NULL,
                     *where = e->n > 3 ? e->kid[3] : NULL;
    ir_ix y = plan_number(p, &p->target);
    if (where) {                                            /* rows that are no decisions have no target */
        struct value v;
        if (!elab_expr(&p->elab, where, AT_WHERE, &v) || v.broken) return;
        plan_use(p, &v);
        if (v.type.base != MLP_BOOL) {
            source_error(p->src, "E108", where->at, "`where` takes a condition");
            return;
        }
        const struct ir_out holds = {plan_number(p, &v), MLP_OUT_F64};
        if (e->kind == AST_RANK) t->where = plan_kernel(p, MLP_K_MAP, "queries", &holds, 1);    /* of whole queries */
        const ir_ix part[3] = {v.node, y, ir_missing(&p->elab.graph, IR_F)};
        if (e->kind != AST_RANK) y = ir_op(&p->elab.graph, IR_IF, part, 3);
    }
    const struct ir_out out = {y, MLP_OUT_F64};
    t->kernel = plan_kernel(p, MLP_K_MAP, "target", &out, 1);
    t->task = p->spec->task;
    if (t->task == MLP_MULTICLASS || t->task == MLP_ORDERED) plan_codes(p, &p->target, &t->codebook, &t->column);
    const char *unit = unit_text(p->src, &p->target.type.unit);
    t->unit = *unit ? unit : NULL;
    const struct ast *goal = block_of(p->spec->goal);
    for (uint32_t i = 0; goal && i < goal->n; i++) {
        const struct ast *option = entry_of(goal->kid[i], NULL);
        if (option->kind == AST_OPTION && !strcmp(option->text, "quantiles")) plan_quantiles(p, option);
    }
    if (p->spec->task == MLP_RANKING && p->spec->main->query) t->query = p->spec->main->query->index;
    if (p->spec->task == MLP_RANKING && p->spec->item) t->item = p->spec->item->index;
    if (!via) return;
    if (p->spec->task != MLP_REGRESSION) {
        source_error(p->src, "E207", via->at, "`via` transforms a number that is predicted, and `%s` is %s", e->text,
                     p->spec->task == MLP_BINARY ? "yes or no" : p->spec->task == MLP_RANKING ? "ranked" : "a class");
        return;
    }
    if (!elab_via(&p->elab, via, &p->via, &p->inverse)) { p->via = p->inverse = IR_NOTHING; return; }
    const struct ir_out link = {p->via, MLP_OUT_F64};
    t->via = plan_kernel(p, MLP_K_LINK, "via", &link, 1);
}

/* ---- sources ---- */

void plan_sources(struct plan *p)
{
    elab_sources(&p->elab);
    for (uint32_t i = 0; i < p->spec->sources; i++) {
        const struct source_decl *d = &p->spec->source[i];
        for (uint32_t k = 0; k < d->columns; k++)
            if (d->column[k].value) plan_use(p, d->column[k].value);
        for (uint32_t k = 0; k < d->steps; k++)
            if (d->step[k].condition) plan_use(p, d->step[k].condition);
    }
}

/* ---- split ---- */

static struct mlp_arg *arg_of(struct mlp_use *use, const char *name) { return (struct mlp_arg *)args_get(use, name); }

static bool given(const struct ast *call, const struct builtin *b, const char *name)
{
    uint32_t at = 0, bare = 0;
    if (!args_parameter(b, name, &at)) return false;
    for (uint32_t i = 0; call->kind == AST_CALL && i < call->n; i++) {
        if (call->kid[i]->kind == AST_ARG ? !strcmp(call->kid[i]->text, name) : bare++ == at) return true;
    }
    return false;
}

/* Without a share for training it is what the others leave; together they are at most everything. */
static void shares(struct plan *p, const struct ast *call, const struct builtin *b, struct mlp_use *use)
{
    static const char *const names[] = {"train", "validation", "test"};
    struct mlp_arg *part[3];
    uint32_t some = 0;
    for (int i = 0; i < 3; i++) part[i] = arg_of(use, names[i]), some += part[i] && part[i]->kind == MLP_A_NUM;
    if (!part[0] || !part[1] || !part[2]) return;
    const struct mlp_arg *windows = args_get(use, "folds");
    bool none = !windows || windows->kind == MLP_A_NONE;
    for (int i = 0; i < 3; i++) none &= part[i]->kind == MLP_A_NONE;
    if (none) {                                             /* by_time without any: the usual shares */
        const double usual[] = {0.70, 0.15, 0.15};
        for (int i = 0; i < 3; i++) *part[i] = (struct mlp_arg){.name = names[i], .kind = MLP_A_NUM, .num = usual[i]};
        return;
    }
    if (some < 3 || part[1]->num > 1 || part[2]->num > 1) return;
    if (!given(call, b, "train") && part[1]->num + part[2]->num < 1) part[0]->num = 1 - part[1]->num - part[2]->num;
    const double sum = part[0]->num + part[1]->num + part[2]->num;
    if (part[0]->num <= 1 && fabs(sum - 1) > 1e-6)
        source_error(p->src, "E203", call->at, "the parts add up to %s%% of the rows",
                     number_text(p->src, nearbyint(sum * 1e4) / 100))
            ->fix = "give shares that add up to 100%";
    if (part[0]->num == 0 || part[2]->num == 0)
        source_error(p->src, "E203", call->at, "the %s part is empty", part[0]->num == 0 ? "training" : "test")->fix =
            "give it a share such as 70% or 15%";
}

void plan_split(struct plan *p)
{
    const struct ast *decl = p->spec->split;
    const struct source_decl *d = p->spec->main;
    p->split_given = decl != NULL;
    if (!d) return;
    const struct span at = p->spec->goal ? (struct span){p->spec->goal->at.from, p->spec->goal->at.from + 4} : (struct span){0, 0};
    const struct ast *call = decl ? decl->kid[0] : plan_name(p, d->time ? "by_time" : "random", at);
    while (call->kind == AST_PIPE) {
        source_error(p->src, "E204", call->kid[1]->at, "nothing follows a split");
        call = call->kid[0];
    }
    if (call->kind != AST_CALL && call->kind != AST_NAME) {
        source_error(p->src, "E204", call->at,
                     "a split is a call such as `random(train: 70%%, validation: 15%%, test: 15%%, seed: 7)`");
        return;
    }
    const struct builtin *b = args_builtin(p->spec, B_SPLIT, call->text, call->word, "split");
    struct mlp_use *use = &p->program.split;
    if (!b) return;
    if (!b->built) {                                        /* what can be said of it all the same: its group, for E103 */
        struct mlp_arg *args = mlp_arena_alloc(&p->src->arena, sizeof *args);
        for (uint32_t i = 0; call->kind == AST_CALL && i < call->n; i++)
            if (call->kid[i]->kind == AST_ARG && !strcmp(call->kid[i]->text, "group"))
                args[0] = (struct mlp_arg){.name = "group", .kind = MLP_A_NAME};
        *use = (struct mlp_use){.name = b->name, .impl = MLP_NONE, .id = {b->name, NULL, call->at.from, call->at.to}};
        if (args[0].name) use->args.at = args, use->args.n = 1;
        lint_split(p->spec, use);
        return;
    }
    if (!args_of_call(p->spec, b, call, 0, use)) return;
    shares(p, call, b, use);
    struct mlp_arg *group = arg_of(use, "group");
    const struct mlp_arg *part = args_get(use, "column");
    const struct column *own = d->group ? d->group : !decl ? d->query : NULL;
    const struct mlp_arg *folds = args_get(use, "folds"), *by = args_get(use, "by"), *test = args_get(use, "test");
    if (by && (folds->kind == MLP_A_NONE) == (by->kind == MLP_A_NONE)) {
        source_error(p->src, "E203", call->at, by->kind == MLP_A_NONE ? "`folds` does not say how many"
                                                                      : "`folds` takes a number or a column, not both")
            ->fix = "write `folds(5)`, or `folds(by: COLUMN)` for one fold per value";
        return;
    }
    if (!by && folds && folds->kind != MLP_A_NONE && test->kind == MLP_A_NONE) {
        source_error(p->src, "E203", call->at, "the test windows of a rolling backtest have a length")->fix =
            "write `by_time(test: 4w, folds: 20)`";
        return;
    }
    if (part && part->kind == MLP_A_COLUMN && d->column[part->ix].type.base < MLP_CATEGORY) {
        struct diag *e = source_error(p->src, "E203", call->at, "`%s` says which part a row is in, so it is a category",
                                      d->column[part->ix].name);
        e->cause = d->column[part->ix].at, e->cause_text = "its type";
        e->fix = "write `category in {\"train\", \"validation\", \"test\"}`";
        return;
    }
    if (group && group->kind == MLP_A_NONE && own)
        *group = (struct mlp_arg){.name = "group", .kind = MLP_A_COLUMN, .ix = own->index};
    for (uint32_t i = 0; i < use->args.n; i++)
        if (use->args.at[i].kind == MLP_A_COLUMN) {
            const uint32_t flat = d->column[use->args.at[i].ix].flat;
            p->used[flat / 64] |= 1ull << flat % 64;
        }
    const struct mlp_arg *seed = args_get(use, "seed");
    if (seed && seed->kind == MLP_A_INT) p->program.seed = (uint64_t)seed->num;
    struct mlp_arg *gap = arg_of(use, "gap");               /* `ahead` implies one */
    if (gap && gap->kind != MLP_A_PARAM && !given(call, b, "gap") && (p->spec->ahead_months || p->spec->ahead_us)) {
        int64_t after = p->spec->next_us;
        for (uint32_t i = 0; i < d->columns; i++)
            if (d->column[i].is_target && d->column[i].known_us > after && d->column[i].known_us < INT64_MAX) after = d->column[i].known_us;
        *gap = (struct mlp_arg){.name = "gap", .kind = MLP_A_NUM, .ix = MLP_NONE, .num = (double)p->spec->ahead_months * 31 * 86400 + (double)(p->spec->ahead_us + after) / 1e6};
    }
    plan_bind(p, use, "split");
    if (decl) lint_split(p->spec, use);
    const bool draws = !by || by->kind == MLP_A_NONE || given(call, b, "test") || given(call, b, "validation");
    if (decl && draws && args_parameter(b, "seed", NULL) && !given(call, b, "seed") && !tags_allow(decl->kid[1], "W101"))
        source_warn(p->src, "W101", call->word, "the split has no seed of its own")->fix =
            source_printf(p->src, "write `seed: %s` into it, so that everyone sees which rows are where",
                          seed ? number_text(p->src, seed->num) : "1");
    if (!strcmp(b->name, "by_time") && !d->time)
        source_error(p->src, "E204", call->word, "`by_time` needs to know when a row is, and `%s` has no column with `@time`",
                     d->name)
            ->fix = "put `@time` behind the column that says when the decision is due";
}

/* ---- all ---- */

static void plan_about(struct plan *p)
{
    const struct builtin *b = library_find(B_BLOCK, "about");
    if (!p->spec->about || !b) return;
    struct mlp_use all;
    if (!args_of_blocks(p->spec, b, &p->spec->about, 1, &all)) return;
    struct mlp_use *one = mlp_arena_alloc(&p->src->arena, (all.args.n + 1) * sizeof *one);
    uint32_t n = 0;
    for (uint32_t i = 0; i < all.args.n; i++)
        if (all.args.at[i].kind != MLP_A_NONE)
            one[n++] = (struct mlp_use){.id = {.name = all.args.at[i].name, .from = all.id.from, .to = all.id.to},
                                        .name = all.args.at[i].name,
                                        .impl = MLP_NONE,
                                        .args = {&all.args.at[i], 1}};
    p->program.about.at = one, p->program.about.n = n;
    const struct ast *block = block_of(p->spec->about);
    for (uint32_t i = 0; block && i < block->n; i++)
        if (entry_of(block->kid[i], NULL)->kind != AST_OPTION)
            source_error(p->src, "E204", block->kid[i]->at, "`about` holds `key: \"text\"`");
}

bool plan_make(struct source *src, struct spec *spec, struct plan *p)
{
    *p = (struct plan){.src = src, .spec = spec, .words = (spec->flat_columns + 64) / 64};
    p->used = mlp_arena_alloc(&src->arena, p->words * sizeof *p->used);
    elab_init(&p->elab, spec);
    plan_target(p);
    plan_sources(p);
    plan_split(p);
    plan_features(p);
    plan_baselines(p);
    plan_models(p);
    plan_goals(p);
    plan_tests(p);
    plan_about(p);
    elab_unused(&p->elab);
    if (!spec_report_not_built(spec)) return false;
    plan_lower(p);
    plan_warn(p);
    return src->errors == 0;
}
