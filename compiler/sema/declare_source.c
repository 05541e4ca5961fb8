/* declare_source.c: sources: their readers and steps, and the columns of their schemas, listed or inferred. What one column is, is
 * declare_column.c's. A column that is wrong or not built yet keeps its place, and its symbol is broken, so that one mistake gives
 * one message. */
#include <math.h>
#include <string.h>
#include "compiler/sema/making.h"

enum { FAMILY_MOST = 100000 };

/* Every `type` once, used or not; a wrong one is then silent in the columns that use it. */
static void typedefs(struct spec *spec)
{
    for (uint32_t i = 0; i < spec->symbols; i++) {
        struct symbol *s = &spec->symbol[i];
        if (s->kind != SYM_TYPE) continue;
        struct column scratch = {.name = s->name, .ast = s->ast, .at = s->ast->word, .type = {.lo = -INFINITY, .hi = INFINITY}};
        struct making m = {.spec = spec, .c = &scratch};
        const bool tags = check_tags(spec, s->ast->kid[1], false);
        column_type(&m, s->ast->kid[0], 0);
        if (!m.broken) column_refine(&m, s->ast->kid[1]);
        if (!m.broken && tags) column_tags(&m, s->ast->kid[1]);
        s->broken = m.broken || !tags;
    }
}

/* ---- columns ---- */

static void roles(struct making *m)
{
    struct source_decl *d = m->c->source;
    struct column *c = m->c;
    struct { uint32_t bit; struct column **at; const char *name;
    } one[] = {
        {MLP_ASOF, &d->time, "time"},
        {MLP_GROUP, &d->group, "group"},
        {MLP_QUERY, &d->query, "query"},
        {MLP_WEIGHT, &d->weight, "weight"},
    };
    for (size_t i = 0; i < sizeof one / sizeof *one; i++) {
        if (!(c->tags & one[i].bit)) continue;
        if (*one[i].at) {
            struct diag *e =
                source_error(m->spec->src, "E206", c->at, "`%s` has two columns with `@%s`: `%s` in line %u is the first", d->name,
                             one[i].name, (*one[i].at)->name, line_of(m->spec->src, (*one[i].at)->at));
            e->cause = (*one[i].at)->at, e->cause_text = "the first";
        } else *one[i].at = c;
    }
    if (!(c->tags & MLP_KEY)) return;
    if (d->n_key == 4) column_wrong(m, "E206", c->at, "a key has at most four columns");
    else d->key[d->n_key++] = c;
}

static void add_column(struct making *m, struct source_decl *d, const char *name, const struct ast *a, struct span at)
{
    struct column *c = &d->column[d->columns];
    *c = (struct column){.name = name, .ast = a, .at = at, .source = d, .index = d->columns, .flat = m->spec->flat_columns,
                         .type = {.lo = -INFINITY, .hi = INFINITY}, .max_missing = INFINITY, .max_distinct = INFINITY,
                         .derived = a->kind == AST_DERIVED ? a->kid[0] : NULL, .slot = MLP_NONE};
    d->columns++, m->spec->flat_columns++;
    m->c = c, m->broken = false, m->refers = NULL;
}

static void finish(struct making *m, const struct ast *a, uint32_t before)
{
    roles(m);
    declare_symbol(m->spec, SYM_COLUMN, m->c->name, a, m->c, m->c->index);
    if (m->spec->symbols > before && m->broken) m->spec->symbol[m->spec->symbols - 1].broken = 1;
    if (m->spec->symbols == before) m->c->source->columns--, m->spec->flat_columns--;       /* a name that stood there already */
}

static bool has_tag(const struct ast *tags, const char *name)
{
    for (uint32_t i = 0; tags && i < tags->n; i++)
        if (tags->kid[i]->kind == AST_TAG && !strcmp(tags->kid[i]->text, name)) return true;
    return false;
}

/* Whether a tag before the schema's `{` holds for a column with these tags of its own: what it says itself about when it is known
 * comes first, and what identifies or dates a row is no outcome of it. */
static bool is_default(const struct ast *t, const struct ast *own)
{
    const bool moment = !strcmp(t->text, "outcome") || !strcmp(t->text, "known");
    if (!strcmp(t->text, "allow") || (moment && (has_tag(own, "outcome") || has_tag(own, "known")))) return false;
    return strcmp(t->text, "outcome") || (!has_tag(own, "key") && !has_tag(own, "time"));
}

static void column(struct making *m, struct source_decl *d, const char *name, const struct ast *a, const struct ast *type,
                   const struct ast *refinements, const struct ast *defaults)
{
    add_column(m, d, name, a, a->word);
    column_type(m, type, 0);
    if (!m->broken) column_refine(m, refinements);
    for (uint32_t i = 0; defaults && i < defaults->n; i++)
        if (is_default(defaults->kid[i], refinements)) column_tag(m, defaults->kid[i]);
    column_tags(m, refinements);
    column_settle(m);
    const uint32_t before = m->spec->symbols;
    finish(m, a, before);
    if (m->refers) {
        const struct symbol *to = spec_find(m->spec, m->refers->text, 1u << SYM_SOURCE);
        if (to) m->c->refers = to->of;
        else {
            const char *names[64];
            size_t n = 0;
            for (uint32_t i = 0; i < m->spec->sources && n < 64; i++) names[n++] = m->spec->source[i].name;
            const char *near = name_suggest(m->refers->text, names, n);
            source_error(m->spec->src, "E200", m->refers->at,
                         near ? "there is no source `%s`; did you mean `%s`?" : "there is no source `%s`", m->refers->text, near);
        }
    }
}

/* f1..f300: the two names share their letters and end in numbers. */
static bool family(const struct ast *a, char stem[64], unsigned *first, unsigned *last)
{
    const char *x = a->text, *y = a->kid[0]->text;
    size_t n = strlen(x);
    while (n && x[n - 1] >= '0' && x[n - 1] <= '9') n--;
    if (!n || n >= 64 || strncmp(x, y, n) || !x[n] || !y[n] || strlen(x + n) > 6 || strlen(y + n) > 6 ||
        strspn(y + n, "0123456789") != strlen(y + n))
        return false;
    memcpy(stem, x, n);
    stem[n] = 0;
    *first = *last = 0;
    for (const char *p = x + n; *p; p++) *first = *first * 10 + (unsigned)(*p - '0');
    for (const char *p = y + n; *p; p++) *last = *last * 10 + (unsigned)(*p - '0');
    return *first <= *last && *last - *first < FAMILY_MOST;
}

/* @outcome(at: paid_at): a time of the same row, which is then itself known only when it has come. */
static void known_at(struct spec *spec, struct column *c)
{
    const struct ast *name = c->known_at_name;
    struct source_decl *d = c->source;
    const char **names = name ? mlp_arena_alloc(&spec->src->arena, (d->columns + 1) * sizeof *names) : NULL;
    if (!name) return;
    struct column *at = NULL;
    for (uint32_t i = 0; i < d->columns; i++) {
        names[i] = d->column[i].name;
        if (!strcmp(names[i], name->text)) at = &d->column[i];
    }
    if (!at) {
        const char *near = name_suggest(name->text, names, d->columns);
        source_error(spec->src, "E200", name->at, near ? "`%s` has no column `%s`; did you mean `%s`?" : "`%s` has no column `%s`",
                     d->name, name->text, near);
        return;
    }
    const struct ast *own = at->ast->kind == AST_COLUMN ? at->ast->kid[1] : NULL;
    if (at->ast->kind != AST_DERIVED && at->type.base != MLP_DATE && at->type.base != MLP_TIME) {
        struct diag *e = source_error(spec->src, "E206", name->at, "`%s` is to say when `%s` is known, and it is no date or time",
                                      at->name, c->name);
        e->cause = at->at, e->cause_text = "its type";
        return;
    }
    c->known_at = at;
    if (at == c || has_tag(own, "outcome") || has_tag(own, "known")) return;
    at->tags |= MLP_OUTCOME, at->known_us = INT64_MAX, at->known_at = at;
}

/* ---- columns that nobody listed ---- */

/* What the schema has, as far as a file's columns can be told by it. */
static void listed(struct spec *spec, const struct ast *list, struct mlp_source *out)
{
    struct mlp_column *column = NULL;
    uint32_t n = 0;
    char stem[64];
    unsigned first, last;
    for (uint32_t i = 0; list && i < list->n; i++) {
        const struct ast *a = list->kid[i];
        if (a->kind == AST_FAMILY && family(a, stem, &first, &last))
            for (unsigned k = first; k <= last; k++)
                *PUSH(spec->src, column, n) = (struct mlp_column){.id = {.name = source_printf(spec->src, "%s%u", stem, k)}};
        if (a->kind != AST_COLUMN) continue;
        struct mlp_column *c = PUSH(spec->src, column, n);
        *c = (struct mlp_column){.id = {.name = a->text}};
        for (uint32_t k = 0; k < a->kid[1]->n; k++) {
            const struct ast *r = a->kid[1]->kid[k], *v = r->n ? r->kid[0] : NULL;
            double x;
            if (r->kind != AST_REFINE || strcmp(r->text, "from")) continue;
            if (v->kind == AST_TEXT) c->from = v->text;
            else if (constant_number(v, &x)) c->position = (uint32_t)x;
            else c->from_file = 1;
        }
    }
    out->columns.at = column, out->columns.n = n;
}

static void stand_at(struct ast *a, struct span at)
{
    a->at = a->word = at;
    for (uint32_t i = 0; i < a->n; i++)
        if (a->kid[i]) stand_at(a->kid[i], at);
}

/* The columns of a source that lists none, or not all: from the lock or the rows, in the language's own words, so that the grammar
 * reads them. They stand where the source's name does. NULL: there are none, and why was reported. */
static const struct ast *inferred(struct spec *spec, const struct source_decl *d, const struct ast *list)
{
    struct mlp_source have = {.path_param = MLP_NONE};
    listed(spec, list, &have);
    const uint32_t errors = spec->src->errors;
    const char *text = spec->outside && d->reader.args.n ? spec->outside->schema(spec->outside, spec, d, &have) : NULL;
    if (!text) {
        if (spec->src->errors == errors && !errors) spec_not_built(spec, d->ast->word, "columns that are inferred without rows");
        return NULL;
    }
    struct source *own = mlp_arena_alloc(&spec->src->arena, sizeof *own);
    source_text(own, spec->src->path, text, strlen(text));
    const bool read = parse_source(own);
    own->more = spec->src->more, spec->src->more = own;
    if (!read || own->tree->n != 1 || own->tree->kid[0]->n < 3) {
        source_error(spec->src, "E362", d->ast->word, "the columns of `%s` in the lock file cannot be read: %s", d->name,
                     own->diags ? own->diag[0].text : "they are none")->fix = "take the `inferred` lines out of the lock file";
        return NULL;
    }
    stand_at(own->tree->kid[0]->kid[2], d->ast->word);
    return own->tree->kid[0]->kid[2];
}

static void schema(struct spec *spec, struct source_decl *d, const struct ast *list, const struct ast *defaults)
{
    static const struct ast nothing = {.kind = AST_LIST};
    const struct mlp_arg *others = args_get(&d->reader, "others");
    const bool infers = !list || (others && others->kind == MLP_A_NAME && !strcmp(others->str, "infer"));
    const struct ast *more = infers ? inferred(spec, d, list) : NULL;
    if (!list) list = &nothing;
    struct making m = {.spec = spec};
    uint32_t room = 0;
    char stem[64];
    unsigned first, last;
    const struct ast *file = spec->src->tree;
    for (uint32_t i = 0; i < file->n; i++) room += file->kid[i] && file->kid[i]->kind == AST_LABEL;
    for (uint32_t i = 0; i < list->n; i++)
        room += list->kid[i]->kind == AST_FAMILY && family(list->kid[i], stem, &first, &last) ? last - first + 1 : 1;
    room += more ? more->n : 0;
    d->column = mlp_arena_alloc(&spec->src->arena, (room + 1) * sizeof *d->column);
    for (uint32_t i = 0; i < list->n; i++) {
        const struct ast *a = list->kid[i];
        if (a->kind == AST_COLUMN) {
            check_tags(spec, a->kid[1], false);
            column(&m, d, a->text, a, a->kid[0], a->kid[1], defaults);
        } else if (a->kind == AST_FAMILY) {
            check_tags(spec, a->kid[2], false);
            if (!family(a, stem, &first, &last)) {
                source_error(spec->src, "E205", a->at, "a family of columns counts up: `f1..f300`");
                continue;
            }
            for (unsigned k = first; k <= last; k++)
                column(&m, d, mlp_arena_printf(&spec->src->arena, "%s%u", stem, k), a, a->kid[1], a->kid[2], defaults);
        } else if (a->kind == AST_DERIVED) {
            check_tags(spec, a->kid[1], false);
            add_column(&m, d, a->text, a, a->word);
            m.c->type.base = MLP_FLOAT;                     /* its type is its expression's: elab_derived */
            for (uint32_t k = 0; a->kid[1] && k < a->kid[1]->n; k++) column_tag(&m, a->kid[1]->kid[k]);
            finish(&m, a, spec->symbols);
        }
    }
    for (uint32_t i = 0; i < d->columns; i++) known_at(spec, &d->column[i]);
    for (uint32_t i = 0; more && i < more->n; i++) {
        const struct ast *a = more->kid[i];
        column(&m, d, a->text, a, a->kid[0], a->kid[1], defaults);
        if (m.c) m.c->inferred = 1;
    }
    for (uint32_t i = 0; !d->index && i < file->n;
         i++) { /* `label` is not built; its name is a column that is there all the same */
        if (!file->kid[i] || file->kid[i]->kind != AST_LABEL) continue;
        add_column(&m, d, file->kid[i]->text, file->kid[i], file->kid[i]->word);
        column_type(&m, file->kid[i]->kid[0], 0);
        m.broken = true;
        finish(&m, file->kid[i], spec->symbols);
    }
}

/* csv(…): name and arguments. path_param: the param that names the file, or NONE. */
static bool read_reader(struct spec *spec, const struct ast *call, struct mlp_use *out, mlp_ix *path_param, const char **path)
{
    if (call->kind != AST_CALL) {
        source_error(spec->src, "E204", call->at, "a source is read by a reader: write `csv(\"rows.csv\")`");
        return false;
    }
    const struct builtin *b = args_builtin(spec, B_READER, call->text, call->word, "a reader");
    *out = (struct mlp_use){.id = {call->text, NULL, call->at.from, call->at.to}, .name = call->text, .impl = MLP_NONE};
    if (!b || !b->built || !args_of_call(spec, b, call, 0, out)) {
        out->args.n = 0;                                    /* some have no names */
        return false;
    }
    for (uint32_t i = 0; i < out->args.n; i++) {
        struct mlp_arg *arg = (struct mlp_arg *)&out->args.at[i];
        if (strcmp(arg->name, "path")) continue;
        if (arg->kind == MLP_A_LIST && arg->items.n == 1) { /* the usual: one file */
            *arg = arg->items.at[0];
            arg->name = "path";
        }
        if (arg->kind == MLP_A_PARAM) *path_param = arg->ix;
        else *path = arg->str;
    }
    return true;
}

/* csv(…) |> distinct() |> …: the steps in their order. What they say of columns is read when all columns are known (steps.c). */
static const struct ast *steps(struct spec *spec, struct source_decl *d, const struct ast *expr)
{
    if (expr->kind != AST_PIPE) return expr;
    const struct ast *reader = steps(spec, d, expr->kid[0]), *step = expr->kid[1];
    const struct builtin *b = args_builtin(spec, B_STEP, step->text, step->word, "a step after a reader");
    if (!b || !b->built) return reader;
    *PUSH(spec->src, d->step, d->steps) = (struct step_decl){.ast = step, .builtin = b, .path_param = MLP_NONE};
    if (strcmp(b->name, "append")) return reader;
    const struct ast *rows = step->kind == AST_CALL && step->n == 1 ? value_of(step->kid[0]) : NULL;
    struct step_decl *append = &d->step[d->steps - 1];
    const char *path = NULL;
    if (rows && step->kid[0]->kind != AST_ARG) read_reader(spec, rows, &append->reader, &append->path_param, &path);
    else source_error(spec->src, "E204", step->at, "`append` takes a reader: write `append(csv(\"more.csv\"))`");
    return reader;
}

static void source_reader(struct spec *spec, struct source_decl *d)
{
    if (!read_reader(spec, steps(spec, d, d->ast->kid[0]), &d->reader, &d->path_param, &d->path)) return;
    const struct mlp_arg *header = args_get(&d->reader, "header");
    d->headless = header && header->kind == MLP_A_BOOL && header->num == 0;
}

/* text(…) gives one text a row. */
static void one_text(struct spec *spec, const struct source_decl *d)
{
    const struct column *c = NULL;
    uint32_t n = 0;
    for (uint32_t i = 0; i < d->columns; i++)
        if (!d->column[i].from_file && d->column[i].ast->kind != AST_DERIVED && d->column[i].ast->kind != AST_LABEL) c = &d->column[i], n++;
    if (!d->reader.name || strcmp(d->reader.name, "text") || (n == 1 && c->type.base == MLP_TEXT) || spec->src->errors) return;
    source_error(spec->src, "E205", c ? c->at : d->ast->word, "`text` reads one `text` a row, and `%s` has %s", d->name,
                 n == 1 ? "a column of another type" : n ? "more columns" : "no column for it")->fix =
        source_printf(spec->src, "write `{ %s: text }`, and `from file` behind the type of others", c ? c->name : "line");
}

/* Without a header a column is the next cell, unless it says which. */
static void count_cells(struct spec *spec, struct source_decl *d)
{
    uint32_t next = 0;
    for (uint32_t i = 0; d->headless && i < d->columns; i++) {
        struct column *c = &d->column[i];
        if (c->from)
            source_error(spec->src, "E205", c->at, "`%s` is `from \"%s\"`, and the file has no header (`header: false`)", c->name,
                         c->from)->fix = "write which cell it is: `from 3`";
        if (c->from_file || c->ast->kind == AST_DERIVED || c->ast->kind == AST_LABEL) continue;
        if (!c->position) c->position = next + 1;
        next = c->position;
    }
}

void declare_sources(struct spec *spec)
{
    const struct ast *file = spec->src->tree;
    uint32_t n = 0;
    for (uint32_t i = 0; i < file->n; i++) n += file->kid[i] && file->kid[i]->kind == AST_SOURCE;
    spec->source = mlp_arena_alloc(&spec->src->arena, (n + 1) * sizeof *spec->source);
    for (uint32_t i = 0; i < file->n; i++) {                /* names first: a column may refer to a later source */
        const struct ast *a = file->kid[i];
        if (!a || a->kind != AST_SOURCE) continue;
        struct source_decl *d = &spec->source[spec->sources];
        *d = (struct source_decl){.name = a->text, .ast = a, .index = spec->sources, .path_param = MLP_NONE,
                                   .needs = mlp_arena_alloc(&spec->src->arena, n)};
        spec->sources++;
        declare_symbol(spec, SYM_SOURCE, a->text, a, d, d->index);
    }
    typedefs(spec);
    for (uint32_t i = 0; i < spec->sources; i++) {
        struct source_decl *d = &spec->source[i];
        const struct ast *list = d->ast->n > 2 ? d->ast->kid[2] : NULL;
        check_tags(spec, d->ast->kid[1], false);
        source_reader(spec, d);
        schema(spec, d, list, d->ast->kid[1]);
        count_cells(spec, d);
        one_text(spec, d);
    }
}
