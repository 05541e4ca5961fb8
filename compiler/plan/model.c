/* model.c: what learns: models with their features, the `train` block of each, losses and links as kernels. Must not know what a model
 * does with its parameters. */
#include "compiler/plan/plan.h"
#include <math.h>
#include <string.h>

/* ---- which features a model sees ---- */

/* Marks the feature of this name, or all that the entry of this name makes (`shape = [a, b] |> pca(2)`). */
static bool mark_features(struct plan *p, const char *name, uint8_t *seen, uint8_t mark)
{
    bool any = false;
    for (uint32_t i = 0; i < p->features; i++)
        if (!strcmp(p->feature[i].name, name) || (p->feature[i].group && !strcmp(p->feature[i].group, name)))
            seen[i] = mark, any = true;
    return any;
}

static void no_feature(struct plan *p, const struct ast *a)
{
    const char **names = mlp_arena_alloc(&p->src->arena, (p->features + 1) * sizeof *names);
    for (uint32_t i = 0; i < p->features; i++) names[i] = p->feature[i].name;
    const char *near = name_suggest(a->text, names, p->features);
    if (near) source_error(p->src, "E200", a->at, "there is no feature `%s`; did you mean `%s`?", a->text, near);
    else
        source_error(p->src, "E200", a->at,
                     spec_find(p->spec, a->text, 1u << SYM_COLUMN) ? "`%s` is a column and no feature: name it in `features` first"
                                                                   : "there is no feature `%s`",
                     a->text);
}

/* inputs · inputs(except: [a]) · a · [a, b]. `seen` is a byte per feature. */
static bool select_features(struct plan *p, const struct ast *a, uint8_t *seen)
{
    if (is_call_of(a, "inputs")) {
        memset(seen, 1, p->features);
        for (uint32_t i = 0; a->kind == AST_CALL && i < a->n; i++) {
            const struct ast *item = a->kid[i], *list = value_of(item);
            if (item->kind != AST_ARG || strcmp(item->text, "except") || list->kind != AST_ARRAY) {
                source_error(p->src, "E202", item->at, "`inputs` takes `except: [a, b]`, and nothing else");
                return false;
            }
            for (uint32_t j = 0; j < list->n; j++) {
                const struct ast *x = value_of(list->kid[j]);
                if (!mark_features(p, x->text, seen, 0)) return no_feature(p, x), false;
            }
        }
        return true;
    }
    if (a->kind == AST_ARRAY) {
        bool fine = true;
        for (uint32_t i = 0; i < a->n; i++) fine &= select_features(p, value_of(a->kid[i]), seen);
        return fine;
    }
    if (a->kind == AST_NAME) {
        return mark_features(p, a->text, seen, 1) || (no_feature(p, a), false);
    }
    source_error(p->src, "E204", a->at, "a model sees features by name: write `[a, b] |> …`")->fix =
        "define the feature in `features { }`";
    return false;
}

/* ---- models ---- */

static const struct ast *option(const struct ast *section, const char *name)
{
    const struct ast *block = block_of(section);
    for (uint32_t i = 0; block && i < block->n; i++) {
        const struct ast *e = entry_of(block->kid[i], NULL);
        if (e->kind == AST_OPTION && !strcmp(e->text, name)) return e;
    }
    return NULL;
}

static bool is_layer(const struct ast *a)
{
    return (a->kind == AST_CALL || a->kind == AST_NAME) && library_find(B_LAYER, a->text) && !library_find(B_MODEL, a->text) &&
           strcmp(a->text, "inputs");
}

static bool has_layer(const struct ast *a)
{
    if (!a) return false;
    if (is_layer(a)) return true;
    for (uint32_t i = 0; i < a->n; i++)
        if (has_layer(a->kid[i])) return true;
    return false;
}

static const struct builtin *constructor(struct plan *p, const struct ast *call)
{
    const struct builtin *b = library_find(B_MODEL, call->text);
    if (b) {
        if (!b->built) spec_not_built(p->spec, call->at, "the model `%s`", call->text);
        return b;
    }
    uint32_t n, layers;
    const char *const *models = library_names(B_MODEL, &n), *const *layer = library_names(B_LAYER, &layers);
    const char **names = mlp_arena_alloc(&p->src->arena, (n + layers + 1) * sizeof *names);
    for (uint32_t i = 0; i < n; i++) names[i] = models[i];
    for (uint32_t i = 0; i < layers; i++) names[n + i] = layer[i];
    const char *near = name_suggest(call->text, names, n + layers);
    source_error(p->src, "E200", call->word, near ? "there is no model `%s`; did you mean `%s`?" : "there is no model `%s`",
                 call->text, near);
    return NULL;
}

static bool build(struct plan *p, const struct ast *a, mlp_ix *out);

static void no_model(struct plan *p, const struct ast *x)
{
    uint32_t n;
    const char *const *library = library_names(B_MODEL, &n);
    const char **names = mlp_arena_alloc(&p->src->arena, (p->spec->models + n + 1) * sizeof *names);
    for (uint32_t i = 0; i < p->spec->models; i++) names[i] = p->spec->model[i]->text;
    for (uint32_t i = 0; i < n; i++) names[p->spec->models + i] = library[i];
    const char *near = name_suggest(x->text, names, p->spec->models + n);
    source_error(p->src, "E200", x->at, near ? "there is no model `%s`; did you mean `%s`?" : "there is no model `%s`", x->text, near);
}

/* A part: a model by name, or a constructor in place, which is then called NAME_1. */
static bool part(struct plan *p, const struct ast *whole, const struct ast *x, uint32_t number, mlp_ix *out)
{
    if (x->kind == AST_NAME && spec_find(p->spec, x->text, 1u << SYM_MODEL)) {
        for (uint32_t i = 0; i < p->spec->models; i++)
            if (!strcmp(p->spec->model[i]->text, x->text)) return build(p, p->spec->model[i], out);
    }
    if (x->kind == AST_NAME && !library_find(B_MODEL, x->text)) return no_model(p, x), false;
    struct ast *a = ast_new(p->src, AST_MODEL, x->at, source_printf(p->src, "%s_%u", whole->text, number));
    ast_add(p->src, a, (struct ast *)x), ast_add(p->src, a, NULL);
    return build(p, a, out);
}

static const struct { const char *name; uint32_t least, most; uint32_t tasks; } combiners[] = {
    {"average", 2, UINT32_MAX, 0}, {"stack", 1, UINT32_MAX, 0}, {"product", 2, UINT32_MAX, 1u << MLP_REGRESSION | 1u << MLP_COUNT},
    {"hurdle", 2, 2, 1u << MLP_REGRESSION | 1u << MLP_COUNT},
};

static int combiner(const struct ast *call)
{
    for (size_t i = 0; i < sizeof combiners / sizeof *combiners; i++)
        if (call->kind == AST_CALL && !strcmp(call->text, combiners[i].name)) return (int)i;
    return -1;
}

/* average(a, b, weights: [2, 1]): parts by place, options by name. */
static bool combine(struct plan *p, const struct ast *a, const struct ast *call, const struct builtin *b, int which, struct mlp_model *out)
{
    struct ast *options = ast_new(p->src, AST_CALL, call->at, call->text);
    options->word = call->word;
    mlp_ix *parts = mlp_arena_alloc(&p->src->arena, (call->n + 1) * sizeof *parts);
    uint32_t n = 0;
    bool fine = true;
    for (uint32_t i = 0; i < call->n; i++) {
        const struct ast *item = call->kid[i];
        if (item->kind == AST_ARG && *item->text) { ast_add(p->src, options, (struct ast *)item); continue; }
        fine &= part(p, a, value_of(item), n + 1, &parts[n]);
        n++;
    }
    if (!fine || !args_of_call(p->spec, b, options, 0, &out->use)) return false;
    out->use.id.from = call->at.from, out->use.id.to = call->at.to;
    if (n < combiners[which].least || n > combiners[which].most) {
        source_error(p->src, "E204", call->at, combiners[which].most == 2 ? "`%s` combines two models, `%s(gate, amount)`"
                     : combiners[which].least == 1 ? "`%s` combines models: `%s(a, b)`" : "`%s` combines two models or more: `%s(a, b)`",
                     b->name, b->name);
        return false;
    }
    struct mlp_arg *list = (struct mlp_arg *)args_get(&out->use, "models"), *items = mlp_arena_alloc(&p->src->arena, n * sizeof *items);
    for (uint32_t i = 0; i < n; i++) items[i] = (struct mlp_arg){.name = "", .kind = MLP_A_MODEL, .ix = parts[i]};
    if (list) *list = (struct mlp_arg){.name = "models", .kind = MLP_A_LIST, .items = {items, n}};
    const struct mlp_arg *weights = args_get(&out->use, "weights");
    if (weights && weights->kind == MLP_A_LIST && weights->items.n != n) {
        source_error(p->src, "E203", call->at, "`weights` has %u numbers for %u models", weights->items.n, n)->fix = "give one number for each model";
        return false;
    }
    out->parts.at = parts, out->parts.n = n;
    return true;
}

/* What a model is, without its `train` block. */
static bool model(struct plan *p, const struct ast *a, struct mlp_model *out)
{
    const struct ast *expr = a->kid[0], *left = NULL, *calibrate = NULL;
    if (expr->kind == AST_PIPE && is_call_of(expr->kid[1], "calibrate")) calibrate = expr->kid[1], expr = expr->kid[0];
    if (has_layer(expr)) return spec_not_built(p->spec, a->at, "a network of layers"), false;
    if (expr->kind == AST_CALL && spec_find(p->spec, expr->text, 1u << SYM_FN))
        return spec_not_built(p->spec, expr->at, "a model that a `fn` makes"), false;
    if (expr->kind == AST_PIPE) left = expr->kid[0], expr = expr->kid[1];
    if (expr->kind != AST_CALL && expr->kind != AST_NAME) {
        source_error(p->src, "E204", expr->at, "a model is a call such as `boosted_trees(trees: 500)`, or features piped into one");
        return false;
    }
    const struct builtin *b = constructor(p, expr);
    *out = (struct mlp_model){.id = {a->text, a->doc, a->at.from, a->at.to}, .loss = MLP_NONE, .link = MLP_NONE, .target = MLP_NONE,
                              .exposure = MLP_NONE, .least = -INFINITY};
    const int which = combiner(expr);
    if (!b || !b->built) return false;
    if (which < 0 ? !args_of_call(p->spec, b, expr, 0, &out->use) : !combine(p, a, expr, b, which, out)) return false;
    plan_bind(p, &out->use, "model");
    if (left && which >= 0) {
        source_error(p->src, "E204", left->at, "`%s` combines models, and each of them says which features it sees", b->name)->fix =
            "take the features before `|>` out";
        return false;
    }
    if (calibrate) {
        const struct builtin *c = library_find(B_STEP, "calibrate");
        if (!c || !args_of_call(p->spec, c, calibrate, 0, &out->calibrate)) return false;
        if (p->spec->task != MLP_BINARY && !plan_has_classes(p->spec->task) && p->program.target.kernel != MLP_NONE) {
            source_error(p->src, "E105", calibrate->at, "`calibrate` is for probabilities, and %s", plan_task_word(p->spec->task))->fix = "take it out";
            return false;
        }
    }
    uint8_t *seen = mlp_arena_alloc(&p->src->arena, p->features + 1);
    if (!left && which < 0) for (uint32_t i = 0; i < p->features; i++) seen[i] = !p->feature[i].hidden;
    else if (left && !select_features(p, left, seen)) return false;
    mlp_ix *features = mlp_arena_alloc(&p->src->arena, (p->features + 1) * sizeof *features);
    uint32_t count = 0;
    for (uint32_t i = 0; i < p->features; i++)
        if (seen[i]) features[count++] = i;
    out->features.at = features, out->features.n = count;
    return true;
}

/* A declared model, built once, after what it combines. */
static bool build(struct plan *p, const struct ast *a, mlp_ix *out)
{
    static const struct ast *under_way[16];
    static uint32_t depth;                                  /* the compiler is one thread */
    for (uint32_t i = 0; i < p->n_models; i++)
        if (!strcmp(p->models[i].id.name, a->text)) return *out = i, true;
    for (uint32_t i = 0; i < depth; i++)
        if (under_way[i] == a) {
            source_error(p->src, "E208", a->at, "the model `%s` combines itself", a->text)->fix = "take it out of what it combines";
            return false;
        }
    if (depth == sizeof under_way / sizeof *under_way)
        return source_error(p->src, "E208", a->at, "models are nested too deep"), false;
    struct mlp_model m;
    under_way[depth++] = a;
    const bool fine = model(p, a, &m);
    depth--;
    if (!fine) return false;
    uint32_t models = p->n_models;
    *out = p->n_models;
    *PUSH(p->src, p->model, models) = (struct plan_model){.target = IR_NOTHING, .task = p->spec->task};
    *PUSH(p->src, p->models, p->n_models) = m;
    return true;
}

/* ---- train ---- */

static bool names_model(const struct ast *subject, const char *name)
{
    if (!subject) return true;
    if (subject->kind != AST_ARRAY) return !strcmp(subject->text, name);
    for (uint32_t i = 0; i < subject->n; i++)
        if (!strcmp(value_of(subject->kid[i])->text, name)) return true;
    return false;
}

static void check_subject(struct plan *p, const struct ast *x)
{
    if (x->kind != AST_NAME || !spec_find(p->spec, x->text, 1u << SYM_MODEL)) no_model(p, x);
}

/* Keys that a model has no use for: fine for all models together, a mistake where one is named. */
static const struct { const char *model, *key, *why; } unsuited[] = {
    {"linear", "early_stopping", "it is trained to the optimum"},
    {NULL, "loss", "it reports means and shares, by no loss"}, {NULL, "early_stopping", "it does not learn in rounds"},
    {NULL, "exposure", "it has no link"},
};

/* A model declared `-> float` reports what it computes: it has no loss to choose. */
static bool without_loss(const struct builtin *b) { return b && b->ast->n > 2 && b->ast->kid[2]; }
static bool is_unsuited(const struct mlp_model *m, const char *family)
{
    return family ? !strcmp(m->use.name, family) : without_loss(library_find(B_MODEL, m->use.name));
}

/* Each block alone, once; true: none is wrong. */
static bool check_train(struct plan *p, const struct builtin *b)
{
    const uint32_t before = p->src->errors;
    for (uint32_t i = 0; i < p->spec->trains; i++) {
        const struct ast *s = p->spec->train[i], *subject = s->kid[0], *block = block_of(s);
        struct mlp_use ignored;
        args_of_blocks(p->spec, b, &s, 1, &ignored);
        for (uint32_t k = 0; block && k < block->n; k++)
            if (entry_of(block->kid[k], NULL)->kind != AST_OPTION)
                source_error(p->src, "E204", block->kid[k]->at, "`train` holds options: `key: value`");
        if (!subject) continue;
        if (subject->kind == AST_ARRAY) for (uint32_t k = 0; k < subject->n; k++) check_subject(p, value_of(subject->kid[k]));
        else check_subject(p, subject);
        for (uint32_t m = 0; m < p->program.models.n; m++)
            for (size_t k = 0; k < sizeof unsuited / sizeof *unsuited; k++) {
                const struct ast *e = option(s, unsuited[k].key);
                const struct mlp_model *of = &p->program.models.at[m];
                if (!e || !names_model(subject, of->id.name) || !is_unsuited(of, unsuited[k].model)) continue;
                source_error(p->src, "E202", e->word, "`%s` does not suit `%s`, a `%s` model: %s", e->text,
                             of->id.name, of->use.name, unsuited[k].why)
                    ->fix = "leave it out here; in `train { }` it holds for the models that can use it";
            }
    }
    return p->src->errors == before;
}

/* The usual loss and link of a task; some losses bring a link of their own, and take only some numbers. */
static const struct { const char *loss, *link; uint32_t tasks; double least; bool above; } links[] = {
    {"log_loss", "sigmoid", 1u << MLP_BINARY, -INFINITY, false},
    {"focal", "sigmoid", 1u << MLP_BINARY, -INFINITY, false},
    {"poisson", "exp", 1u << MLP_REGRESSION | 1u << MLP_COUNT, 0, false},
    {"gamma", "exp", 1u << MLP_REGRESSION | 1u << MLP_COUNT, 0, true},
    {"tweedie", "exp", 1u << MLP_REGRESSION | 1u << MLP_COUNT, 0, false},
};

/* One loss suits classes, and C computes it (runtime/model/head.h): kernels see one score at a time. */
static void class_loss(struct plan *p, struct mlp_model *m, struct plan_model *own)
{
    own->loss = own->loss_ast ? own->loss_ast->text : "log_loss", own->link = "softmax", m->head = MLP_HEAD_SOFTMAX;
    if (p->spec->task == MLP_ORDERED) own->link = "cumulative", m->head = MLP_HEAD_ORDERED;
    if (!strcmp(own->loss, "log_loss") && !spec_find(p->spec, own->loss, 1u << SYM_FN)) return;
    source_error(p->src, "E105", own->loss_ast->at, "the loss `%s` is of one number a row, and %s", own->loss,
                 plan_task_word(p->spec->task))
        ->fix = "use `log_loss`, which is what there is without a `loss`";
    own->broken = true;
}

/* A loss of whole queries, which C computes (runtime/model/listwise.h). */
static void loss_of_queries(struct plan *p, const struct builtin *b, struct mlp_model *m, struct plan_model *own)
{
    struct mlp_use ignored;
    own->loss = b->name, own->link = "identity";
    if (!(b->tasks >> own->task & 1)) {
        source_error(p->src, "E105", own->loss_ast->at, "the loss `%s` is of the rows of a query together, and %s", b->name, plan_task_word(own->task))
            ->fix = own->task == MLP_BINARY || plan_has_classes(own->task) ? "use `log_loss`" : "use `squared`, `absolute` or `huber`";
        own->broken = true;
    } else if (!args_of_call(p->spec, b, own->loss_ast, 0, &ignored)) own->broken = true;
    m->head = MLP_HEAD_LISTWISE, m->least = 0;
}

static void loss_and_link(struct plan *p, struct mlp_model *m, struct plan_model *own)
{
    struct ir_graph *g = &p->elab.graph;
    const bool binary = own->task == MLP_BINARY, has_loss = !without_loss(library_find(B_MODEL, m->use.name));
    if (!plan_quantile_model(p, m, own, has_loss)) { own->broken = true; return; }
    if (m->parts.n && strcmp(m->use.name, "stack")) { own->link = "none", m->head = MLP_HEAD_PARTS; return; }
    if (p->program.target.quantiles.n) { own->broken = !plan_quantile_losses(p, m, own); return; }
    if (!has_loss) {
        ir_ix back;
        own->link = "none", m->head = MLP_HEAD_REPORTED, m->outputs = plan_has_classes(own->task) ? 0 : 1;
        if (p->inverse == IR_NOTHING || m->target != MLP_NONE || !elab_link(&p->elab, "identity", &back)) return;
        const struct ir_out out = {ir_substitute(g, p->inverse, 1, back), MLP_OUT_F64};     /* `via`: back to the unit of the report */
        m->link = plan_kernel(p, MLP_K_LINK, "link_back", &out, 1);
        return;
    }
    const struct builtin *of_queries = own->loss_ast && !spec_find(p->spec, own->loss_ast->text, 1u << SYM_FN)
                                           ? library_find(B_LOSS, own->loss_ast->text) : NULL;
    if (of_queries && of_queries->built) { loss_of_queries(p, of_queries, m, own); return; }
    if (plan_has_classes(own->task)) { class_loss(p, m, own); return; }
    own->loss = own->loss_ast ? own->loss_ast->text : binary ? "log_loss" : "squared";
    own->link = binary ? "sigmoid" : "identity";
    for (size_t i = 0; i < sizeof links / sizeof *links; i++) {
        if (strcmp(own->loss, links[i].loss) || spec_find(p->spec, own->loss, 1u << SYM_FN)) continue;
        own->link = links[i].link, m->least = links[i].least, m->above = links[i].above;
        if (links[i].tasks >> own->task & 1) continue;
        source_error(p->src, "E105", own->loss_ast ? own->loss_ast->at : (struct span){m->id.from, m->id.to},
                     "the loss `%s` is for %s, and %s", own->loss,
                     binary                             ? "counts"
                     : links[i].tasks >> MLP_BINARY & 1 ? "yes or no"
                                                        : "counts",
                     plan_task_word(own->task))
            ->fix = binary ? "use `log_loss`" : "use `squared`, `absolute` or `huber`";
        own->broken = true;
        return;
    }
    ir_ix link, loss;
    if (!elab_link(&p->elab, own->link, &link)) { own->broken = true; return; }
    const struct ast *what = own->loss_ast ? own->loss_ast : plan_name(p, own->loss, (struct span){m->id.from, m->id.to});
    if (!elab_loss(&p->elab, what, link, &loss)) { own->broken = true; return; }
    if (p->inverse != IR_NOTHING && m->target == MLP_NONE) link = ir_substitute(g, p->inverse, 1, link);
    const struct ir_out out[] = {{loss, MLP_OUT_F64}, {link, MLP_OUT_F64}};
    m->loss = plan_kernel(p, MLP_K_LOSS, mlp_arena_printf(&p->src->arena, "loss_%s", own->loss), &out[0], 1);
    m->link = plan_kernel(p, MLP_K_LINK, mlp_arena_printf(&p->src->arena, "link_%s", own->link), &out[1], 1);
}

/* Time or size that a row's mean is in proportion to: a column of the matrix that no model sees. */
static void exposure(struct plan *p, struct mlp_model *m, const struct plan_model *own, const struct ast *expr)
{
    if (strcmp(own->link, "exp")) {
        source_error(p->src, "E105", expr->at, "an exposure multiplies a mean, and `%s` has no mean of its own scale: its link is `%s`", own->loss,
                     own->link)
            ->fix = "use the loss `poisson`, `gamma` or `tweedie`";
        return;
    }
    struct plan_feature f = {.name = slice_of(p->src, expr->at), .ast = expr, .at = expr->at, .hidden = true};
    if (!elab_feature(&p->elab, f.name, expr, &f.value) || f.value.broken) return;
    plan_use(p, &f.value);
    if (f.value.type.base != MLP_INT && f.value.type.base != MLP_FLOAT && f.value.type.base != MLP_DURATION) {
        source_error(p->src, "E108", expr->at, "an exposure is a number above 0");
        return;
    }
    for (uint32_t i = 0; i < p->features; i++)
        if (p->feature[i].value.node == f.value.node) { m->exposure = i; return; }
    m->exposure = p->features;
    *PUSH(p->src, p->feature, p->features) = f;
}

/* none · weights · oversample(ratio: 50% | to: 1_000) · undersample(keep: 20%) */
static void balance(struct plan *p, struct mlp_model *m, const struct plan_model *own, const struct ast *e)
{
    static const struct { const char *call, *key; uint8_t how; double most; } forms[] = {
        {"oversample", "ratio", MLP_BALANCE_RATIO, 1}, {"oversample", "to", MLP_BALANCE_TO, 1e12}, {"undersample", "keep", MLP_BALANCE_KEEP, 1}};
    if (e->kind == AST_NAME && !strcmp(e->text, "none")) { m->balance = MLP_BALANCE_NONE; return; }
    if (is_call_of(e, "smote")) { spec_not_built(p->spec, e->at, "`balance: smote(…)`"); return; }
    if (own->task != MLP_BINARY && !plan_has_classes(own->task)) {
        source_error(p->src, "E105", e->at, "`balance` is for classes, and %s", plan_task_word(own->task))->fix = "take it out";
        return;
    }
    if (m->parts.n) return;                                 /* its parts are balanced, each by itself */
    if (e->kind == AST_NAME && !strcmp(e->text, "weights")) { m->balance = MLP_BALANCE_WEIGHTS; return; }
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        const struct ast *arg = e->kind == AST_CALL && e->n == 1 ? e->kid[0] : NULL;
        double x;
        if (!arg || strcmp(e->text, forms[i].call) || arg->kind != AST_ARG || strcmp(arg->text, forms[i].key)) continue;
        if (!constant_number(value_of(arg), &x) || !(x > 0) || x > forms[i].most) {
            source_error(p->src, "E203", value_of(arg)->at, forms[i].most > 1 ? "`%s` is a number of rows" : "`%s` is a share above 0 and at most 100%%",
                         forms[i].key);
            return;
        }
        m->balance = forms[i].how, m->balance_at = x;
        return;
    }
    source_error(p->src, "E203", e->at, "`balance` is `none`, `weights`, `oversample(ratio: 50%%)`, `oversample(to: 1_000)` or `undersample(keep: 20%%)`");
}

static void train(struct plan *p, const struct builtin *b, struct mlp_model *m, struct plan_model *own)
{
    const struct ast *section[sizeof p->spec->train / sizeof *p->spec->train];
    uint32_t n = 0;
    for (int rank = 0; rank < 3; rank++)                    /* train · train [x, y] · train x: later wins */
        for (uint32_t i = 0; i < p->spec->trains; i++) {
            const struct ast *s = p->spec->train[i], *subject = s->kid[0];
            if (rank != (!subject ? 0 : subject->kind == AST_ARRAY ? 1 : 2) || !names_model(subject, m->id.name)) continue;
            section[n++] = s;
            const struct ast *loss = option(s, "loss");
            if (loss) own->loss_ast = value_of(loss);
        }
    if (!args_of_blocks(p->spec, b, section, n, &m->train)) return;
    m->task = own->task;
    if (own->target != IR_NOTHING) {
        const struct ir_out out = {own->target, MLP_OUT_F64};
        m->target = plan_kernel(p, MLP_K_MAP, mlp_arena_printf(&p->src->arena, "target_%s", m->id.name), &out, 1);
    }
    loss_and_link(p, m, own);
    for (uint32_t i = 0; i < n && !own->broken; i++)
        if (option(section[i], "balance")) balance(p, m, own, value_of(option(section[i], "balance")));
    for (uint32_t i = 0; i < n && !own->broken; i++)
        if (option(section[i], "exposure") && m->head != MLP_HEAD_REPORTED) exposure(p, m, own, value_of(option(section[i], "exposure")));
    struct mlp_arg *loss = (struct mlp_arg *)args_get(&m->train, "loss");
    if (loss && own->loss)
        *loss = (struct mlp_arg){
            .name = "loss", .kind = MLP_A_NAME, .str = own->loss_ast ? slice_of(p->src, own->loss_ast->at) : own->loss};
}

/* A loss of the vocabulary that is not built, or a name that is no loss. */
static bool losses_known(struct plan *p)
{
    bool fine = true;
    for (uint32_t i = 0; i < p->spec->trains; i++) {
        const struct ast *e = option(p->spec->train[i], "loss"), *v = e ? value_of(e) : NULL;
        if (!v || (v->kind != AST_NAME && v->kind != AST_CALL) || spec_find(p->spec, v->text, 1u << SYM_FN)) continue;
        const struct builtin *later = library_find(B_LOSS, v->text);
        if (later && !later->built) spec_not_built(p->spec, v->at, "the loss `%s`", v->text), fine = false;
    }
    return fine;
}

/* ---- outcomes of parts ---- */

static const struct ast *target_of(struct plan *p, const char *model)
{
    const struct ast *found = NULL;
    for (int rank = 1; rank < 3; rank++)
        for (uint32_t i = 0; i < p->spec->trains; i++) {
            const struct ast *s = p->spec->train[i], *subject = s->kid[0], *e = option(s, "target");
            if (e && subject && rank == (subject->kind == AST_ARRAY ? 1 : 2) && names_model(subject, model)) found = value_of(e);
        }
    return found;
}

static void own_target(struct plan *p, uint32_t i)
{
    const struct ast *e = target_of(p, p->models[i].id.name);
    struct value v;
    if (!e) return;
    if (!elab_expr(&p->elab, e, AT_TARGET, &v) || v.broken) { p->model[i].broken = true; return; }
    plan_use(p, &v);
    if (v.type.base != MLP_BOOL && v.type.base != MLP_INT && v.type.base != MLP_FLOAT) {
        source_error(p->src, "E207", e->at, "a part of a model learns a number, or yes and no");
        p->model[i].broken = true;
        return;
    }
    p->model[i].task = v.type.base == MLP_BOOL ? MLP_BINARY : MLP_REGRESSION, p->model[i].target = plan_number(p, &v);
}

/* hurdle(gate, amount): the gate learns whether there is anything, the amount how much where there is, unless their own `train`
 * blocks say what they learn. */
static void hurdle(struct plan *p, uint32_t i)
{
    struct ir_graph *g = &p->elab.graph;
    if (!p->models[i].parts.n || strcmp(p->models[i].use.name, "hurdle") || p->target.broken) return;
    const ir_ix y = plan_number(p, &p->target), pair[2] = {y, ir_num(g, 0)}, any = ir_op(g, IR_GT, pair, 2);
    const ir_ix part[3] = {any, y, ir_missing(g, IR_F)};
    struct plan_model *gate = &p->model[p->models[i].parts.at[0]], *amount = &p->model[p->models[i].parts.at[1]];
    if (gate->target == IR_NOTHING) gate->target = ir_op(g, IR_FROM_BOOL, &any, 1), gate->task = MLP_BINARY;
    if (amount->target == IR_NOTHING) amount->target = ir_op(g, IR_IF, part, 3);
}

/* Each model must suit what it learns, which is known once parts have their outcomes. */
static void check_task(struct plan *p, uint32_t i)
{
    const struct mlp_model *m = &p->models[i];
    const struct builtin *b = library_find(B_MODEL, m->use.name);
    uint32_t suited = b->tasks;
    for (size_t k = 0; k < sizeof combiners / sizeof *combiners; k++)
        if (!strcmp(m->use.name, combiners[k].name)) suited = combiners[k].tasks;
    if (!suited || suited >> p->model[i].task & 1 || p->model[i].broken) return;
    const struct span at = {m->use.id.from, m->use.id.from + (uint32_t)strlen(m->use.name)};
    source_error(p->src, "E105", at, "`%s` does not suit this task: %s", b->name, plan_task_word(p->model[i].task))->fix =
        m->parts.n ? "use `average` or `stack`" : "use `linear()` or `boosted_trees()`";
    p->model[i].broken = true;
}

/* What is combined must report the same kind of thing. */
static void check_parts(struct plan *p, uint32_t i)
{
    const struct mlp_model *m = &p->models[i];
    const bool multiplies = m->parts.n && (!strcmp(m->use.name, "product") || !strcmp(m->use.name, "hurdle"));
    for (uint32_t k = 0; k < m->parts.n; k++) {
        const struct mlp_model *part = &p->models[m->parts.at[k]];
        if (multiplies || part->target == m->target || p->model[m->parts.at[k]].broken) continue;
        source_error(p->src, "E105", (struct span){m->use.id.from, m->use.id.to}, "`%s` learns an outcome of its own, and `%s` combines models of one outcome",
                     part->id.name, m->use.name)
            ->fix = "use `product`, or take its `target:` out";
    }
}

/* A spec in which every model learns something else has nothing that predicts the target. */
static void some_whole(struct plan *p)
{
    for (uint32_t i = 0; i < p->n_models; i++)
        if (p->models[i].target == MLP_NONE && !p->models[i].aside) return;
    if (p->n_models && !p->src->errors)
        source_error(p->src, "E204", (struct span){p->models[0].id.from, p->models[0].id.to},
                     "every model learns an outcome of its own, and none predicts `%s`", p->program.target.id.name)
            ->fix = "combine them: `model both = product(a, b)`";
}

/* The baseline `linear` is a model that is only compared with. */
static void models_aside(struct plan *p)
{
    struct mlp_baseline *at = (struct mlp_baseline *)(uintptr_t)p->program.baselines.at;
    for (uint32_t i = 0; i < p->program.baselines.n; i++) {
        mlp_ix ix;
        if (at[i].rule != MLP_NONE || strcmp(at[i].use.name, "linear")) continue;
        const struct span where = {at[i].id.from, at[i].id.to};
        struct ast *a = ast_new(p->src, AST_MODEL, where, at[i].id.name);
        ast_add(p->src, a, (struct ast *)plan_name(p, "linear", where)), ast_add(p->src, a, NULL);
        if (build(p, a, &ix)) at[i].model = ix, p->models[ix].aside = 1;
    }
}

void plan_models(struct plan *p)
{
    if (!p->spec->main) return;
    mlp_ix ix;
    for (uint32_t i = 0; i < p->spec->models; i++)
        if (build(p, p->spec->model[i], &ix)) {}
    p->models_given = p->spec->models > 0;
    if (!p->models_given) {
        struct ast *a = ast_new(p->src, AST_MODEL, p->spec->main->ast->word, "trees");
        ast_add(p->src, a, (struct ast *)plan_name(p, "boosted_trees", p->spec->main->ast->word));
        ast_add(p->src, a, NULL);
        if (build(p, a, &ix)) p->models[0].id.from = p->models[0].id.to = 0;
    }
    models_aside(p);
    p->program.models.at = p->models, p->program.models.n = p->n_models;
    const struct builtin *b = library_find(B_BLOCK, "train");
    const bool known = losses_known(p);
    if (!b || !check_train(p, b) || !known || p->program.target.kernel == MLP_NONE) return;
    for (uint32_t i = 0; i < p->n_models; i++) own_target(p, i);
    for (uint32_t i = p->n_models; i-- > 0;) hurdle(p, i);
    for (uint32_t i = 0; i < p->n_models; i++) check_task(p, i);
    for (uint32_t i = 0; i < p->n_models; i++) if (!p->model[i].broken) train(p, b, &p->models[i], &p->model[i]);
    for (uint32_t i = 0; i < p->n_models; i++) check_parts(p, i);
    some_whole(p);
}
