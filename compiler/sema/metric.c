/* metric.c: a `metric` of the spec's own. Its body is an expression of aggregates over rows (`mean sum min max count quantile`); what
 * stands in an aggregate is of one row: y, p, `decided`, further parameters. Each aggregate becomes a part with a node of its rows;
 * the body around them becomes a node of the parts. Must not know how rows are judged. */
#include "compiler/sema/elaborate.h"
#include <string.h>

struct metric_scope { struct elab *e; struct scope rows, whole; struct own_metric *out; bool fine; };

static ir_ix judged_slot(struct elab *e, enum mlp_judging what, mlp_ix which, const char *name)
{
    mlp_ix at = 0;
    for (; at < e->slots; at++)
        if (e->slot[at].origin == MLP_FROM_JUDGED && e->slot[at].window == what && e->slot[at].column == which) break;
    if (at == e->slots) {
        const struct mlp_slot slot = {.id = {.name = name}, .origin = MLP_FROM_JUDGED, .rep = MLP_F64, .window = (uint8_t)what, .source = MLP_NONE,
                                      .nullable = what != MLP_J_DECIDED, .column = which, .kernel = MLP_NONE, .codebook = MLP_NONE};
        *PUSH(e->spec->src, e->slot, e->slots) = slot;
    }
    return ir_leaf(&e->graph, IR_SLOT, IR_F, at, 0, what != MLP_J_DECIDED);
}

/* The class of the row, or the one decided: a value of the target's own type. */
static struct value judged_class(struct elab *e, enum mlp_judging what, const struct type *classes, const char *name, struct span at)
{
    const mlp_ix slot = e->graph.node[judged_slot(e, what, 0, name)].index;
    e->slot[slot].rep = MLP_CODE;
    struct value v = value_made(e, ir_leaf(&e->graph, IR_SLOT, IR_C, slot, 0, true), classes->base, at, NULL, 0);
    v.type = *classes, v.type.nullable = 1;
    return v;
}

static struct value judged(struct elab *e, enum mlp_judging what, mlp_ix which, const char *name, struct span at)
{
    struct value v = value_made(e, judged_slot(e, what, which, name), MLP_FLOAT, at, NULL, 0);
    v.type.unit.any = 1;
    return v;
}

static void bind(struct elab *e, struct scope *s, const char *name, struct value v)
{
    *PUSH(e->spec->src, s->binding, s->bindings) = (struct binding){.name = name, .value = v};
}

static int aggregate_of(const struct ast *a)
{
    static const char *const names[] = {"mean", "sum", "min", "max", "count", "quantile"};
    if (a->kind != AST_CALL && a->kind != AST_NAME) return -1;
    for (int i = 0; i < 6; i++) {
        if (strcmp(a->text, names[i])) continue;
        if ((i == MLP_G_MIN || i == MLP_G_MAX) && (a->kind == AST_NAME || a->n != 1)) return -1;    /* of two numbers, not of rows */
        return a->kind == AST_NAME && i != MLP_G_COUNT ? -1 : i;
    }
    return -1;
}

/* One aggregate: a part, and the name that stands for it in the rest of the body. */
static struct ast *part(struct metric_scope *m, const struct ast *a, int how, const struct ast *piped)
{
    struct elab *e = m->e;
    struct source *src = e->spec->src;
    struct metric_part p = {.how = (uint8_t)how};
    const uint32_t given = (piped ? 1 : 0) + (a->kind == AST_CALL ? a->n : 0);
    const struct ast *x = piped ? piped : given ? value_of(a->kid[0]) : NULL;
    const uint32_t want = how == MLP_G_QUANTILE ? 2 : 1;
    if (given != want && !(how == MLP_G_COUNT && !given)) {
        source_error(src, "E202", a->at, "`%s` of a metric takes %s", a->text, want == 2 ? "what it is of, and the share: `quantile(abs(y - p), 90%)`"
                     : "what it is of, a value of each row");
        return m->fine = false, NULL;
    }
    if (how == MLP_G_QUANTILE && (!constant_number(value_of(a->kid[given - 1 - (piped ? 1 : 0)]), &p.q) || p.q < 0 || p.q > 1)) {
        source_error(src, "E203", a->at, "the share of `quantile` is a number in 0..1");
        return m->fine = false, NULL;
    }
    struct value v;
    if (x) elab_value(e, &m->rows, x, &v);
    else v = value_made(e, ir_num(&e->graph, 1), MLP_FLOAT, a->at, NULL, 0);
    if (v.broken) return m->fine = false, NULL;
    if (how == MLP_G_COUNT && v.type.base == MLP_BOOL) p.how = MLP_G_SUM;     /* rows where it holds */
    if (!value_number(e, &v)) {
        source_error(src, "E108", x ? x->at : a->at, "`%s` of a metric takes a number, and this is %s", a->text, type_word(&v.type));
        return m->fine = false, NULL;
    }
    if (v.kind != KIND_PURE) {
        source_error(src, "E204", x->at, "a metric looks at each row alone: nothing in it learns or reads other rows");
        return m->fine = false, NULL;
    }
    p.node = v.node;
    const char *name = source_printf(src, "`part %u`", m->out->parts);
    bind(e, &m->whole, name, judged(e, MLP_J_PART, m->out->parts, "part", a->at));
    *PUSH(src, m->out->part, m->out->parts) = p;
    return ast_new(src, AST_NAME, a->at, name);
}

/* The body with names of parts in place of aggregates. */
static struct ast *around(struct metric_scope *m, const struct ast *a)
{
    struct source *src = m->e->spec->src;
    const int how = aggregate_of(a);
    if (how >= 0) return part(m, a, how, NULL);
    if (a->kind == AST_PIPE && aggregate_of(a->kid[1]) >= 0) return part(m, a->kid[1], aggregate_of(a->kid[1]), a->kid[0]);
    if (a->kind == AST_NAME)
        for (uint32_t i = 0; i < m->rows.bindings; i++) {
            const struct value *v = &m->rows.binding[i].value;
            if (strcmp(m->rows.binding[i].name, a->text) || !m->out->of_rows[i]) continue;
            source_error(src, "E204", a->at, "`%s` is a value of each row, and a metric is one number: take its mean, sum, min, max, count or "
                         "quantile", a->text)->fix = source_printf(src, "write `mean(%s)`, or put it into the aggregate", a->text);
            (void)v;
            return m->fine = false, NULL;
        }
    struct ast *copy = mlp_arena_alloc(&src->arena, sizeof *copy);
    *copy = *a;
    copy->kid = mlp_arena_alloc(&src->arena, (a->n + 1) * sizeof *copy->kid);
    for (uint32_t i = 0; i < a->n; i++) {
        copy->kid[i] = a->kid[i] ? around(m, a->kid[i]) : NULL;
        if (a->kid[i] && !copy->kid[i]) return NULL;
    }
    return copy;
}

/* A parameter behind y and p: a column, a model's or a baseline's prediction, or a constant. */
static bool parameter(struct elab *e, struct metric_scope *m, const struct ast *param, const struct ast *arg, const struct ast *call)
{
    struct spec *spec = e->spec;
    const struct ast *type = param->kid[0], *given = arg ? arg : param->kid[2];
    const char *kind = type ? type->text : "";
    struct value v = {0};
    bool of_rows = true;
    if (!given) {
        source_error(spec->src, "E202", call->at, "`%s` needs `%s`", call->text, param->text);
        return false;
    }
    if (!strcmp(kind, "column")) {
        const struct symbol *s = given->kind == AST_NAME ? spec_find(spec, given->text, 1u << SYM_COLUMN) : NULL;
        if (!s || ((struct column *)s->of)->source != spec->main) {
            source_error(spec->src, "E200", given->at, "`%s` of `%s` is a column of `%s`", param->text, call->text, spec->main->name);
            return false;
        }
        elab_column(e, s->of, given->at, &v);
    } else if (!strcmp(kind, "model") || !strcmp(kind, "baseline")) {
        const bool model = !strcmp(kind, "model");
        const struct symbol *s = given->kind == AST_NAME ? spec_find(spec, given->text, 1u << (model ? SYM_MODEL : SYM_BASELINE)) : NULL;
        if (!s) {
            source_error(spec->src, "E200", given->at, "`%s` of `%s` is a %s of this spec", param->text, call->text, kind);
            return false;
        }
        v = judged(e, model ? MLP_J_MODEL : MLP_J_BASELINE, s->index, given->text, given->at);
    } else {
        elab_value(e, NULL, given, &v);
        of_rows = false;
        if (!v.broken && !value_constant(e, &v)) {
            source_error(spec->src, "E203", given->at, "`%s` of `%s` is a number or a param: what varies from row to row is declared "
                         "`%s: column`", param->text, call->text, param->text);
            return false;
        }
    }
    if (v.broken) return false;
    m->out->of_rows[m->rows.bindings] = of_rows;
    bind(e, &m->rows, param->text, v);
    if (!of_rows) bind(e, &m->whole, param->text, v);
    return true;
}

/* Where a name first stands, for messages that speak of it. */
static struct span place_of(const char *name, const struct ast *a, struct span absent)
{
    if (a->kind == AST_NAME && !strcmp(a->text, name)) return a->at;
    for (uint32_t i = 0; i < a->n; i++) {
        const struct span found = a->kid[i] ? place_of(name, a->kid[i], absent) : absent;
        if (found.from != absent.from) return found;
    }
    return absent;
}

bool elab_reply(struct elab *e, const struct ast *a, const char *name, const struct unit *unit, struct value *out)
{
    struct scope scope = {0};
    const enum elab_place before = e->let->place;
    struct value number = judged(e, MLP_J_P, 0, name, place_of(name, a, a->at));
    if (unit) number.type.unit = *unit;
    bind(e, &scope, name, number);
    e->let->place = AT_RULE;
    elab_value(e, &scope, a, out);
    const bool known = out->broken || check_outcome(e, a, out);
    e->let->place = before;
    return !out->broken && known;
}

bool elab_metric(struct elab *e, const struct ast *decl, const struct ast *call, uint32_t skip, const struct type *classes, struct own_metric *out)
{
    struct spec *spec = e->spec;
    struct source *src = spec->src;
    const struct ast *list = decl->kid[0];
    *out = (struct own_metric){.higher = !strcmp(decl->kid[1]->text, "higher")};
    struct metric_scope m = {.e = e, .out = out, .fine = true};
    m.rows.fn = m.whole.fn = decl, m.rows.site = m.whole.site = decl->at;
    out->of_rows = mlp_arena_alloc(&src->arena, (list->n + 2) * sizeof *out->of_rows);
    if (strcmp(decl->kid[1]->text, "higher") && strcmp(decl->kid[1]->text, "lower")) {
        source_error(src, "E204", decl->kid[1]->at, "a metric says whether `higher` or `lower` is better")->fix =
            source_printf(src, "write `metric %s(y, p): lower = …`", decl->text);
        return false;
    }
    if (list->n < 2 || strcmp(list->kid[0]->text, "y") || strcmp(list->kid[1]->text, "p")) {
        source_error(src, "E204", decl->word, "a metric is of `y`, the target, and `p`, the prediction or score, in this order")->fix =
            source_printf(src, "write `metric %s(y, p): %s = …`", decl->text, decl->kid[1]->text);
        return false;
    }
    out->of_rows[0] = out->of_rows[1] = out->of_rows[2] = true;
    const struct span y = list->kid[0]->at, p = list->kid[1]->at, decided = place_of("decided", decl->kid[2], decl->word);
    bind(e, &m.rows, "y", classes ? judged_class(e, MLP_J_Y, classes, "y", y) : judged(e, MLP_J_Y, 0, "y", y));
    bind(e, &m.rows, "p", judged(e, MLP_J_P, 0, "p", p));
    if (classes) bind(e, &m.rows, "decided", judged_class(e, MLP_J_DECIDED, classes, "decided", decided));
    if (spec->task == MLP_BINARY) bind(e, &m.rows, "decided", judged(e, MLP_J_DECIDED, 0, "decided", decided));
    const uint32_t more = list->n - 2, items = call->kind == AST_CALL ? call->n - skip : 0;
    const char **names = mlp_arena_alloc(&src->arena, (more + 1) * sizeof *names);
    struct argument *args = mlp_arena_alloc(&src->arena, (items + 1) * sizeof *args);
    uint32_t *argument_of = mlp_arena_alloc(&src->arena, (more + 1) * sizeof *argument_of);
    for (uint32_t k = 0; k < more; k++) names[k] = list->kid[k + 2]->text;
    for (uint32_t i = 0; i < items; i++) {
        const struct ast *item = call->kid[i + skip];
        const bool named = item->kind == AST_ARG && *item->text;
        args[i] = (struct argument){.key = named ? item->text : NULL, .ast = value_of(item), .at = item->at};
    }
    if (!elab_match(e, NULL, decl->text, names, more, NULL, args, items, argument_of)) return false;
    for (uint32_t k = 0; k < more; k++)
        if (!parameter(e, &m, list->kid[k + 2], argument_of[k] == MLP_NONE ? NULL : args[argument_of[k]].ast, call)) return false;
    const struct ast *body = around(&m, decl->kid[2]);
    if (!body || !m.fine) return false;
    if (!out->parts) {
        source_error(src, "E204", decl->kid[2]->at, "a metric is one number of all rows, and nothing here is taken over rows")->fix =
            "take a mean, sum, min, max, count or quantile";
        return false;
    }
    struct value v;
    elab_value(e, &m.whole, body, &v);
    if (v.broken) return false;
    if (!value_number(e, &v)) {
        source_error(src, "E108", decl->kid[2]->at, "a metric is a number, and this is %s", type_word(&v.type));
        return false;
    }
    return out->node = v.node, true;
}
