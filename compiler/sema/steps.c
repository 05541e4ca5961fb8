/* steps.c: what a source says with expressions: columns that are derived in its schema, and the steps behind its reader. Both are
 * made of one row before any part exists, so they may read columns, params and what stands behind a key, and must learn nothing. */
#include <string.h>
#include "compiler/sema/elaborate.h"

struct deriving { const struct column *column; const struct deriving *up; };

/* An expression over the rows of d, wherever it is asked for. */
static bool of_source(struct elab *e, struct source_decl *d, const char *name, const struct ast *expr, struct value *out)
{
    struct let_state *s = e->let;
    struct source_decl *main = e->spec->main, *outer = s->of_source;
    const char *outer_name = s->name;
    const struct ast *whole = s->whole;
    e->spec->main = d, s->of_source = d, s->name = name, s->whole = expr;
    bool fine = elab_expr(e, expr, AT_SOURCE, out);
    e->spec->main = main, s->of_source = outer, s->name = outer_name, s->whole = whole;
    if (fine && out->kind != KIND_PURE) {
        struct diag *wrong = source_error(e->spec->src, out->kind == KIND_FITTED ? "E102" : "E204", expr->at,
                                          out->kind == KIND_FITTED
                                              ? "this learns from rows before they are split: rows that judge would teach"
                                              : "a window over other rows cannot stand in a source: its rows are not known yet");
        wrong->fix = "write it in `features`";
        out->broken = 1, fine = false;
    }
    out->literal = NULL;
    return fine;
}

/* ---- derived columns ---- */

static void cycle(struct elab *e, const struct column *c)
{
    const char *text = source_printf(e->spec->src, "`%s`", c->name);
    for (const struct deriving *d = e->let->deriving; d; d = d->up) {
        text = source_printf(e->spec->src, "`%s` <- %s", d->column->name, text);
        if (d->column == c) break;
    }
    source_error(e->spec->src, "E204", c->at, "`%s` is derived from itself: %s", c->name, text)->fix =
        "take one of these columns from the file";
}

/* What a role asks of a type; those of columns that are read are checked where they are declared. */
static bool roles(struct elab *e, const struct column *c)
{
    const enum type_class class = class_of(&c->type);
    const char *wrong = NULL;
    if (c->tags & MLP_ASOF && class != CLASS_TIME) wrong = "`@time` stands on a date or a time";
    else if (c->tags & MLP_WEIGHT && class != CLASS_NUMBER) wrong = "`@weight` stands on a number";
    else if (c->tags & MLP_QUERY && class != CLASS_CODE) wrong = "`@query` stands on an id: its rows are ranked together";
    else if (c->tags & (MLP_KEY | MLP_GROUP) && class == CLASS_TEXT) wrong = "a text identifies nothing here: read the column as an `id`";
    else if (c->tags & (MLP_KEY | MLP_GROUP) && class == CLASS_CODE && !c->type.origin)
        wrong = "these codes have no spellings of their own to identify rows by";
    if (wrong)
        source_error(e->spec->src, "E206", c->at, "%s, and `%s` is %s", wrong, c->name, type_word(&c->type));
    return !wrong;
}

bool elab_derived(struct elab *e, struct column *c)
{
    if (c->derived_state == 2) return !c->value->broken;
    if (!c->value) {
        c->value = mlp_arena_alloc(&e->spec->src->arena, sizeof *c->value);
        *c->value = value_broken(e, c->at, NULL, 0);
    }
    if (c->derived_state == 1) {
        cycle(e, c);
        return false;
    }
    const struct deriving here = {c, e->let->deriving};
    const bool timing = e->let->timing;
    c->derived_state = 1;
    e->let->deriving = &here, e->let->timing = (c->tags & MLP_ASOF) || (timing && here.up && here.up->column->source == c->source);
    struct value v;
    bool fine = of_source(e, c->source, c->name, c->derived, &v);
    e->let->deriving = here.up, e->let->timing = timing;
    *c->value = v;
    c->derived_state = 2;
    if (!fine) return false;
    c->type = v.type;
    if (c->type.base == MLP_LISTOF) c->separator = ",";     /* of a request that carries it */
    if (c->type.base == MLP_BOOL) c->type.set = NULL, c->type.n_set = 0, c->type.lo = 0, c->type.hi = 1;
    if (roles(e, c)) return true;
    if (c->source->time == c) c->source->time = NULL;       /* said once */
    c->value->broken = 1;
    return false;
}

/* ---- steps ---- */

static struct column *column_named(struct elab *e, struct source_decl *d, const struct ast *a, const char *step)
{
    if (a->kind != AST_NAME) {
        source_error(e->spec->src, "E203", a->at, "`%s` takes names of columns", step);
        return NULL;
    }
    const char **names = mlp_arena_alloc(&e->spec->src->arena, (d->columns + 1) * sizeof *names);
    for (uint32_t i = 0; i < d->columns; i++) {
        names[i] = d->column[i].name;
        if (strcmp(names[i], a->text)) continue;
        struct column *c = &d->column[i];
        if (c->derived && !elab_derived(e, c)) return NULL;
        return c->stored = 1, c;
    }
    const char *near = name_suggest(a->text, names, d->columns);
    source_error(e->spec->src, "E200", a->at, near ? "`%s` has no column `%s`; did you mean `%s`?" : "`%s` has no column `%s`", d->name,
                 a->text, near);
    return NULL;
}

static void where(struct elab *e, struct source_decl *d, struct step_decl *s)
{
    const struct ast *cond = s->ast->kind == AST_CALL && s->ast->n == 1 && s->ast->kid[0]->kind != AST_ARG ? value_of(s->ast->kid[0])
                                                                                                          : NULL;
    if (!cond) {
        source_error(e->spec->src, "E204", s->ast->at, "`where` takes one condition: write `where(x > 0)`");
        return;
    }
    struct value v;
    if (!of_source(e, d, NULL, cond, &v)) return;
    if (v.type.base != MLP_BOOL) {
        source_error(e->spec->src, "E108", cond->at, "`where` takes a condition, and this is %s", type_word(&v.type));
        return;
    }
    s->condition = mlp_arena_alloc(&e->spec->src->arena, sizeof v);
    *s->condition = v;
}

static void columns(struct elab *e, struct source_decl *d, struct step_decl *s)
{
    for (uint32_t i = 0; s->ast->kind == AST_CALL && i < s->ast->n; i++) {
        const struct ast *item = s->ast->kid[i];
        struct column *c = NULL;
        if (item->kind == AST_ARG) source_error(e->spec->src, "E202", item->at, "`distinct` takes columns, and no options");
        else c = column_named(e, d, value_of(item), "distinct");
        if (c) *PUSH(e->spec->src, s->column, s->columns) = c;
    }
}

/* sample(5%, by: key): `by` is a column of this source; the rest are arguments as everywhere. */
static void sample(struct elab *e, struct source_decl *d, struct step_decl *s)
{
    struct ast rest = *s->ast;
    rest.kid = mlp_arena_alloc(&e->spec->src->arena, (s->ast->n + 1) * sizeof *rest.kid), rest.n = 0;
    for (uint32_t i = 0; s->ast->kind == AST_CALL && i < s->ast->n; i++) {
        struct ast *item = s->ast->kid[i];
        if (item->kind != AST_ARG || strcmp(item->text, "by")) { rest.kid[rest.n++] = item; continue; }
        struct column *c = column_named(e, d, value_of(item), "sample");
        if (c) *PUSH(e->spec->src, s->column, s->columns) = c;
    }
    args_of_call(e->spec, s->builtin, &rest, 0, &s->use);
    for (uint32_t k = 0; !s->columns && k < d->n_key; k++) *PUSH(e->spec->src, s->column, s->columns) = d->key[k];
}

/* ---- all of them ---- */

/* Rows of one source that are made with rows of another, and these with those of the first. */
static bool in_circle(struct elab *e, struct source_decl *d, const char *way)
{
    d->visit = 1;
    for (uint32_t i = 0; i < e->spec->sources; i++) {
        struct source_decl *to = &e->spec->source[i];
        if (!d->needs[i] || to->visit == 2) continue;
        const char *text = source_printf(e->spec->src, "%s -> `%s`", way, to->name);
        if (to->visit == 1) {
            source_error(e->spec->src, "E204", d->ast->word, "the rows of `%s` are made with those of `%s`, in a circle: %s", d->name,
                         to->name, text)->fix = "read one of them through its key in `features` instead of in the source";
            return true;
        }
        if (in_circle(e, to, text)) return true;
    }
    d->visit = 2;
    return false;
}

void elab_sources(struct elab *e)
{
    for (uint32_t i = 0; i < e->spec->sources; i++) {
        struct source_decl *d = &e->spec->source[i];
        for (uint32_t k = 0; k < d->columns; k++)
            if (d->column[k].derived) elab_derived(e, &d->column[k]);
        for (uint32_t k = 0; k < d->steps; k++) {
            struct step_decl *s = &d->step[k];
            const char *name = s->builtin->name;
            s->use = (struct mlp_use){.id = {slice_of(e->spec->src, s->ast->at), NULL, s->ast->at.from, s->ast->at.to},
                                      .name = name, .impl = MLP_NONE};
            const struct mlp_id id = s->use.id;
            if (!strcmp(name, "where")) where(e, d, s);
            else if (!strcmp(name, "distinct")) columns(e, d, s);
            else if (!strcmp(name, "sample")) sample(e, d, s);
            s->use.id = id;
        }
    }
    for (uint32_t i = 0; i < e->spec->sources; i++)
        if (!e->spec->source[i].visit && in_circle(e, &e->spec->source[i], source_printf(e->spec->src, "`%s`", e->spec->source[i].name)))
            return;
}
