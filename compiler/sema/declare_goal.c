/* declare_goal.c: what is predicted. Finds the target's columns, so that they are outcomes before any feature is looked at, the
 * source that they stand in (the main one), and the task where the column's type says it. An expression's type, and with it the
 * task, comes from plan/ after it was elaborated. */
#include "compiler/sema/declare.h"
#include <string.h>

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
    for (uint32_t i = 0; i < (a->kind == AST_ARG ? 1 : a->n); i++)
        n += count_columns(d, a->kid[i]);     /* an argument's key is no column */
    return n;
}

static struct source_decl *main_source(struct spec *spec, const struct ast *e, const struct ast *expr)
{
    if (spec->sources == 1) return &spec->source[0];
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

static void mark_read(struct spec *spec, const struct ast *a, unsigned depth)
{
    if (!a || depth > 50) return;
    if (a->kind == AST_NAME) {
        struct column *c = column_of(spec->main, a->text);
        if (c) mark(c);
        const struct ast *features = block_of(spec->features);
        for (uint32_t i = 0; !c && features && i < features->n; i++) {
            const struct ast *let = entry_of(features->kid[i], NULL);
            if (let->kind == AST_LET && !strcmp(let->text, a->text)) mark_read(spec, let->kid[0], depth + 10);
        }
    }
    if (a->kind == AST_ARG && (!strcmp(a->text, "on") || !strcmp(a->text, "by"))) return;     /* what joins rows is not predicted */
    for (uint32_t i = 0; i < (a->kind == AST_ARG ? 1 : a->n); i++) mark_read(spec, a->kid[i], depth);
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
    else source_error(spec->src, "E200", at, "%s", of);
}

static bool schemaless(const struct spec *spec)
{
    for (uint32_t i = 0; i < spec->sources; i++)
        if (spec->source[i].ast->n < 3 || !spec->source[i].ast->kid[2]) return true;
    return false;
}

/* What a column's type says about the task; false: it cannot be a target, and that was reported. */
static bool task_of(struct spec *spec, const struct ast *e, const struct column *c)
{
    static const char *const why[] = {
        [MLP_TEXT] = "a text", [MLP_DATE] = "a date", [MLP_TIME] = "a time", [MLP_DURATION] = "a duration", [MLP_IDENT] = "an id"};
    switch (c->type.base) {
    case MLP_BOOL: spec->task = MLP_BINARY; return true;
    case MLP_INT: case MLP_FLOAT: spec->task = MLP_REGRESSION; return true;
    case MLP_CATEGORY:
        spec->task = MLP_MULTICLASS;
        if (c->type.n_set == 2) {
            struct diag *d = source_error(
                spec->src, "E207", e->word,
                "the target has two values, so it is a question: write `predict %s = %s == \"%s\"`, or make the column a `bool`",
                c->name, c->name, c->type.set[1]);
            d->cause = c->at, d->cause_text = "its two values";
            return false;
        }
        return true;
    case MLP_ORDINAL:
        spec->task = MLP_ORDERED;
        return true;
    default:
        source_error(spec->src, "E207", e->word, "`%s` is %s, and that is nothing that a model predicts", c->name,
                     why[c->type.base]);
        return false;
    }
}

static void predict(struct spec *spec, const struct ast *e)
{
    const struct ast *expr = e->n ? e->kid[0] : NULL;
    if (e->n > 1 && e->kid[1]) spec_not_built(spec, e->kid[1]->at, "`ahead`");
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
    spec->target_column = mark(s->of);
    if (!s->broken && !task_of(spec, e, spec->target_column)) spec->target_column = NULL;
}

static void rank(struct spec *spec, const struct ast *e)
{
    const struct ast *expr = e->kid[0], *per = e->kid[2];
    spec->task = MLP_RANKING;
    if (e->kid[1]) spec_not_built(spec, e->kid[1]->at, "`of` under `rank`");
    if (e->n > 3 && e->kid[3]) spec_not_built(spec, e->kid[3]->at, "`where` under `rank`");
    spec->main = main_source(spec, e, expr);
    if (!spec->main) {
        if (!schemaless(spec)) no_column(spec, e->word, e->text);
        return;
    }
    struct column *query = per ? column_of(spec->main, per->text) : spec->main->query;
    if (query) query->tags |= MLP_QUERY, spec->main->query = query;
    else if (per && !schemaless(spec)) no_column(spec, per->at, per->text);
    if (query && query->type.base != MLP_IDENT && query->type.base != MLP_CATEGORY)
        source_error(spec->src, "E207", per ? per->at : e->at, "`%s` cannot be a query: make it an `id`", query->name);
    if (expr) mark_read(spec, expr, 0);
    else {
        struct column *c = column_of(spec->main, e->text);
        if (!c) {
            if (!schemaless(spec)) no_column(spec, e->word, e->text);
            return;
        }
        spec->target_column = mark(c);
        if (c->type.base != MLP_INT && c->type.base != MLP_FLOAT && c->type.base != MLP_BOOL)
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
    } else if (e->kind == AST_PREDICT) predict(spec, e);
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
