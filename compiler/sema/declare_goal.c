/* declare_goal.c: what is predicted. Finds the target's columns, so that they are outcomes before any feature is looked at, the
 * source that they stand in (the main one), and the task where the column's type says it. An expression's type, and with it the
 * task, comes from plan/ after it was elaborated. */
#include "compiler/sema/declare.h"
#include <math.h>
#include <string.h>
#include <strings.h>

static const struct ast *target_entry(struct spec *spec)
{
    const struct ast *block = block_of(spec->goal), *found = NULL;
    for (uint32_t i = 0; block && i < block->n; i++) {
        const struct ast *tags, *e = entry_of(block->kid[i], &tags);
        check_tags(spec, tags, true);
        if (e->kind != AST_PREDICT && e->kind != AST_RANK && e->kind != AST_GENERATE) continue;
        if (e->kind == AST_GENERATE) {
            spec_not_built(spec, e->at, "`generate`");
            spec->task = MLP_GENERATION;
        } else if (found) {
            struct diag *d = source_error(spec->src, "E201", e->at, "a spec has one target; the first stands in line %u",
                                          line_of(spec->src, found->at));
            d->cause = found->at, d->cause_text = "the first";
        } else found = e;
    }
    return found;
}

/* ---- which source ---- */

static struct column *column_of(struct source_decl *d, const char *name)
{
    for (uint32_t i = 0; i < d->columns; i++)
        if (!strcmp(d->column[i].name, name)) return &d->column[i];
    return NULL;
}

static uint32_t count_columns(struct source_decl *d, const struct ast *a)
{
    if (!a) return 0;
    uint32_t n = a->kind == AST_NAME && column_of(d, a->text) ? 1 : 0;
    const char *dot = a->kind == AST_NAME ? strchr(a->text, '.') : NULL;    /* `order.returned`, through a key */
    for (uint32_t i = 0; dot && i < d->columns; i++)
        n += d->column[i].refers && strlen(d->column[i].name) == (size_t)(dot - a->text) &&
             !strncmp(d->column[i].name, a->text, (size_t)(dot - a->text));
    for (uint32_t i = 0; i < (a->kind == AST_ARG ? 1 : a->n); i++)
        n += count_columns(d, a->kid[i]);     /* an argument's key is no column */
    return n;
}

/* `count(failures, next: 24h)`: the first window of an expression that looks forward. */
static const struct ast *forward(const struct ast *a)
{
    for (uint32_t i = 0; a && a->kind == AST_CALL && i < a->n; i++)
        if (a->kid[i]->kind == AST_ARG && !strcmp(a->kid[i]->text, "next")) return a;
    for (uint32_t i = 0; a && i < (a->kind == AST_ARG ? 1 : a->n); i++) {
        const struct ast *found = a->kid[i] ? forward(a->kid[i]) : NULL;
        if (found) return found;
    }
    return NULL;
}

/* The `@time` source whose rows a forward window joins: the one that its source refers to, or that has the column `on`. */
static struct source_decl *looks_forward(struct spec *spec, const struct ast *call)
{
    const struct ast *on = NULL, *rows = call->n && call->kid[0]->kind == AST_NAME ? call->kid[0] : NULL;
    struct source_decl *of = NULL;
    for (uint32_t i = 0; i < call->n; i++)
        if (call->kid[i]->kind == AST_ARG && !strcmp(call->kid[i]->text, "on")) on = value_of(call->kid[i]);
    for (uint32_t i = 0; rows && i < spec->sources; i++) {
        const size_t n = strlen(spec->source[i].name);
        if (!strncmp(rows->text, spec->source[i].name, n) && (!rows->text[n] || rows->text[n] == '.')) of = &spec->source[i];
    }
    for (uint32_t i = 0; of && i < spec->sources; i++) {
        struct source_decl *d = &spec->source[i];
        if (d == of || !d->time) continue;
        if (on && on->kind == AST_NAME && column_of(d, on->text)) return d;
        for (uint32_t k = 0; !on && k < of->columns; k++)
            if (of->column[k].refers == d) return d;
    }
    return NULL;
}

static struct source_decl *main_source(struct spec *spec, const struct ast *e, const struct ast *expr)
{
    if (spec->sources == 1) return &spec->source[0];
    const struct ast *call = forward(expr);
    struct source_decl *asked = call ? looks_forward(spec, call) : NULL;
    if (asked) return asked;
    struct source_decl *best = NULL;
    uint32_t most = 0;
    for (uint32_t i = 0; i < spec->sources; i++) {
        struct source_decl *d = &spec->source[i];
        const uint32_t n = expr ? count_columns(d, expr) : column_of(d, e->text) != NULL;
        if (n > most) best = d, most = n;
    }
    return best;
}

/* ---- outcomes ---- */

static struct column *mark(struct column *c)
{
    if (c->ast->kind == AST_LABEL) return c;                /* not built, and its own rules may read it */
    c->is_target = 1;
    c->tags |= MLP_OUTCOME;
    return c;
}

static void mark_read(struct spec *spec, const struct ast *a, unsigned depth);

/* A column, and what a derived one is derived from. */
static void mark_all(struct spec *spec, struct column *c, unsigned depth)
{
    mark(c);
    if (c->derived) mark_read(spec, c->derived, depth + 10);
}

static void mark_read(struct spec *spec, const struct ast *a, unsigned depth)
{
    if (!a || depth > 50 || (a->kind == AST_CALL && forward(a) == a)) return;    /* what comes later is of other rows */
    if (a->kind == AST_NAME) {
        struct column *c = column_of(spec->main, a->text);
        if (c) mark_all(spec, c, depth);
        const struct ast *features = block_of(spec->features);
        for (uint32_t i = 0; !c && features && i < features->n; i++) {
            const struct ast *let = entry_of(features->kid[i], NULL);
            if (let->kind == AST_LET && !strcmp(let->text, a->text)) mark_read(spec, let->kid[0], depth + 10);
        }
    }
    if (a->kind == AST_ARG && (!strcmp(a->text, "on") || !strcmp(a->text, "by"))) return;     /* what joins rows is not predicted */
    for (uint32_t i = 0; i < (a->kind == AST_ARG ? 1 : a->n); i++) mark_read(spec, a->kid[i], depth);
}

/* "its columns are `a`, `b`": a few of them. */
static const char *listed(struct spec *spec, const char *const *name, size_t n)
{
    const char *text = "";
    for (size_t i = 0; i < n && i < 8; i++) text = source_printf(spec->src, "%s%s`%s`", text, i ? ", " : "", name[i]);
    return source_printf(spec->src, "name one of its columns: %s%s", text, n > 8 ? " …" : "");
}

static void no_column(struct spec *spec, struct span at, const char *name)
{
    const char **names = mlp_arena_alloc(&spec->src->arena, (spec->flat_columns + 1) * sizeof *names);
    size_t n = 0;
    for (uint32_t i = 0; i < spec->sources; i++)
        for (uint32_t k = 0; k < spec->source[i].columns; k++) names[n++] = spec->source[i].column[k].name;
    const char *near = name_suggest(name, names, n);
    const struct symbol *there = near ? spec_find(spec, near, 1u << SYM_COLUMN) : NULL;
    const char *of = spec->sources == 1 ? source_printf(spec->src, "`%s` has no column `%s`", spec->source[0].name, name)
                                        : source_printf(spec->src, "no source has a column `%s`", name);
    if (there)
        source_error(spec->src, "E200", at, "%s; did you mean `%s` (line %u)?", of, near,
                     line_of(spec->src, ((struct column *)there->of)->at));
    else source_error(spec->src, "E200", at, "%s", of)->fix = n ? listed(spec, names, n) : "";
}

static bool schemaless(const struct spec *spec)
{
    for (uint32_t i = 0; i < spec->sources; i++)
        if (!spec->source[i].columns) return true;          /* its columns could not be had, and why was reported */
    return false;
}

/* What a column's type says about the task; false: it cannot be a target, and that was reported. */
static bool task_of(struct spec *spec, const struct ast *e, const struct column *c)
{
    switch (c->type.base) {
    case MLP_BOOL: spec->task = MLP_BINARY; return true;
    case MLP_INT: case MLP_FLOAT: spec->task = MLP_REGRESSION; return true;
    case MLP_CATEGORY:
        spec->task = MLP_MULTICLASS;
        if (c->type.n_set == 2) {
            const char *yes = c->type.set[!strcasecmp(c->type.set[0], "yes") || !strcasecmp(c->type.set[0], "true") || !strcmp(c->type.set[0], "1") ? 0 : 1];
            struct diag *d = source_error(
                spec->src, "E207", e->word,
                "the target has two values, so it is a question: write `predict %s = %s == \"%s\"`, or make the column a `bool`",
                c->name, c->name, yes);
            d->cause = c->at, d->cause_text = "its two values";
            return false;
        }
        return true;
    case MLP_ORDINAL:
        spec->task = MLP_ORDERED;
        return true;
    default:
        source_error(spec->src, "E207", e->word, "`%s` is %s, and that is nothing that a model predicts", c->name,
                     type_word(&c->type));
        return false;
    }
}

/* ---- when the decision is made ---- */

static const int64_t DAY = 86400000000;

static bool step_of(const struct ast *a, uint32_t *months, int64_t *us)
{
    *months = 0, *us = 0;
    if (a->kind != AST_NUMBER || !*a->unit || !strchr("mshdwy", *a->unit) || a->num <= 0 || a->num > 9e9) return false;
    if (strcmp(a->unit, "mo") && strcmp(a->unit, "y")) return *us = llround(a->num * 1e6), true;
    return *months = (uint32_t)a->num, a->num == (double)*months && a->num <= 12000;
}

/* With `ahead`, each column says when it is known: what identifies or dates a row always is. */
static void check_ahead(struct spec *spec, const struct ast *a)
{
    struct source_decl *d = spec->main;
    const struct column *first = NULL;
    uint32_t more = 0;
    if (a->kind == AST_BINARY) {
        spec_not_built(spec, a->at, "`ahead` with several horizons");
        return;
    }
    if (!step_of(a, &spec->ahead_months, &spec->ahead_us)) {
        source_error(spec->src, "E203", a->at, "`ahead` takes how long before its time a row is decided")->fix = "write `ahead 14d`, or `ahead 1mo`";
        return;
    }
    if (!d->time) {
        source_error(spec->src, "E204", a->at, "`ahead` counts back from the time of a row, and `%s` has no `@time`", d->name)->fix =
            "put `@time` behind the column that says when";
        return;
    }
    for (uint32_t i = 0; i < d->columns; i++) {
        struct column *c = &d->column[i];
        if (c->is_target || c->known_us || c->known_at || c->tags & (MLP_OUTCOME | MLP_NEVER) || c->ast->kind == AST_LABEL) continue;
        if (c->tags & (MLP_KEY | MLP_ASOF | MLP_GROUP | MLP_QUERY | MLP_WEIGHT)) c->known_us = INT64_MIN;
        else if (!first) first = c;
        else more++;
    }
    if (!first) return;
    struct diag *e = more ? source_error(spec->src, "E104", first->at, "`%s` and %u more column%s do not say whether they are known when the decision is made, `%s` ahead",
                                         first->name, more, more == 1 ? "" : "s", a->text)
                          : source_error(spec->src, "E104", first->at, "`%s` does not say whether it is known when the decision is made, `%s` ahead", first->name, a->text);
    e->cause = a->at, e->cause_text = "ahead of the row";
    e->fix = "put `@known` behind what a calendar tells in advance, `@outcome` behind what is measured: lags and windows may read it";
}

static void check_forward(struct spec *spec, const struct ast *call)
{
    uint32_t months;
    int64_t us;
    for (uint32_t i = 0; call && i < call->n; i++)
        if (call->kid[i]->kind == AST_ARG && !strcmp(call->kid[i]->text, "next") && step_of(value_of(call->kid[i]), &months, &us))
            spec->next_us = (int64_t)months * 31 * DAY + us;
}

static void predict(struct spec *spec, const struct ast *e)
{
    const struct ast *expr = e->n ? e->kid[0] : NULL;
    spec->main = main_source(spec, e, expr);
    if (!spec->main) {
        if (!schemaless(spec)) no_column(spec, e->word, expr ? e->text : e->text);
        return;
    }
    if (expr) {
        mark_read(spec, expr, 0);
        return;
    }
    const struct symbol *s = spec_find(spec, e->text, 1u << SYM_COLUMN);
    if (!s) {
        if (!schemaless(spec)) no_column(spec, e->word, e->text);
        return;
    }
    spec->target_column = s->of;
    mark_all(spec, s->of, 0);
    if (!s->broken && !spec->target_column->derived && !task_of(spec, e, spec->target_column)) spec->target_column = NULL;
}

/* `of ITEM`: what is ranked. Without an `@key` the rows of the source are known by their query and item. */
static void item(struct spec *spec, const struct ast *of, struct column *query)
{
    struct source_decl *d = spec->main;
    struct column *c = spec->item = column_of(d, of->text);
    if (!c) {
        if (!schemaless(spec)) no_column(spec, of->at, of->text);
        return;
    }
    if (!c->derived && c->type.base != MLP_IDENT && c->type.base != MLP_CATEGORY) {
        struct diag *e = source_error(spec->src, "E207", of->at, "`%s` cannot be what is ranked: make it an `id`", c->name);
        e->cause = c->at, e->cause_text = "its type";
        return;
    }
    if (d->n_key || !query || c == query || c->type.nullable || query->type.nullable) return;
    d->key[d->n_key++] = query, d->key[d->n_key++] = c;
    query->tags |= MLP_KEY, c->tags |= MLP_KEY;
}

static void rank(struct spec *spec, const struct ast *e)
{
    const struct ast *expr = e->kid[0], *per = e->kid[2];
    spec->task = MLP_RANKING;
    spec->main = main_source(spec, e, expr);
    if (!spec->main) {
        if (!schemaless(spec)) no_column(spec, e->word, e->text);
        return;
    }
    struct column *query = per ? column_of(spec->main, per->text) : spec->main->query;
    if (query) query->tags |= MLP_QUERY, spec->main->query = query;
    else if (per && !schemaless(spec)) no_column(spec, per->at, per->text);
    if (e->kid[1]) item(spec, e->kid[1], query);
    if (query && !query->derived && query->type.base != MLP_IDENT && query->type.base != MLP_CATEGORY)
        source_error(spec->src, "E207", per ? per->at : e->at, "`%s` cannot be a query: make it an `id`", query->name);
    if (expr) mark_read(spec, expr, 0);
    else {
        struct column *c = column_of(spec->main, e->text);
        if (!c) {
            if (!schemaless(spec)) no_column(spec, e->word, e->text);
            return;
        }
        spec->target_column = c;
        mark_all(spec, c, 0);
        if (!c->derived && c->type.base != MLP_INT && c->type.base != MLP_FLOAT && c->type.base != MLP_BOOL)
            source_error(spec->src, "E207", e->word, "`%s` is the relevance: a number, the higher the better", c->name),
                spec->target_column = NULL;
    }
}

void declare_target(struct spec *spec)
{
    const struct ast *e = spec->target_entry = target_entry(spec);
    if (!e) {
        if (spec->task != MLP_GENERATION)
            source_error(spec->src, "E204", (struct span){spec->goal->at.from, spec->goal->at.from + 4},
                         "the goal does not say what is predicted")
                ->fix = "write `predict COLUMN`, or `rank COLUMN per QUERY`";
    } else if (e->kind == AST_PREDICT) {
        predict(spec, e);
        if (spec->main && e->n) check_forward(spec, forward(e->kid[0]));
        if (spec->main && e->n > 1 && e->kid[1]) check_ahead(spec, e->kid[1]);
    }
    else rank(spec, e);
    if (!spec->main && spec->sources) spec->main = &spec->source[0];
    for (uint32_t i = 0; i < spec->trains && spec->main; i++) {             /* what a part learns is known as late as the target */
        const struct ast *block = block_of(spec->train[i]);
        for (uint32_t k = 0; block && k < block->n; k++) {
            const struct ast *entry = entry_of(block->kid[k], NULL);
            if (entry->kind == AST_OPTION && !strcmp(entry->text, "target")) mark_read(spec, value_of(entry), 0);
        }
    }
}
