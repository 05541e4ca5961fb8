/* window.c: values of other rows: aggregates over a source that shares a key, lags and rolling windows over the main source's own
 * rows. Each becomes a slot that the runtime fills (runtime/fit/window.c), with the expression that it takes of the other rows. E104
 * is decided here as far as lengths of time say it; what a row may see is obeyed to the microsecond when rows are read. */
#include <math.h>
#include <string.h>
#include "compiler/sema/elaborate.h"

enum over { OVER_SOURCE, OVER_ROWS };
static const struct kind { const char *name; uint8_t window, over, picks, nullable, whole; } kinds[] = {
    {"count", MLP_W_COUNT, OVER_SOURCE, 0, 0, 1}, {"sum", MLP_W_SUM, OVER_SOURCE, 0, 0, 0}, {"mean", MLP_W_MEAN, OVER_SOURCE, 0, 1, 0},
    {"min", MLP_W_MIN, OVER_SOURCE, 0, 1, 0}, {"max", MLP_W_MAX, OVER_SOURCE, 0, 1, 0}, {"sd", MLP_W_SD, OVER_SOURCE, 0, 1, 0},
    {"latest", MLP_W_LATEST, OVER_SOURCE, 1, 1, 0}, {"first", MLP_W_FIRST, OVER_SOURCE, 1, 1, 0},
    {"lag", MLP_W_LAG, OVER_ROWS, 1, 1, 0}, {"diff", MLP_W_LAG, OVER_ROWS, 0, 1, 0},
    {"rolling_count", MLP_W_COUNT, OVER_ROWS, 0, 0, 1}, {"rolling_sum", MLP_W_SUM, OVER_ROWS, 0, 0, 0},
    {"rolling_mean", MLP_W_MEAN, OVER_ROWS, 0, 1, 0}, {"rolling_min", MLP_W_MIN, OVER_ROWS, 0, 1, 0},
    {"rolling_max", MLP_W_MAX, OVER_ROWS, 0, 1, 0}, {"rolling_sd", MLP_W_SD, OVER_ROWS, 0, 1, 0},
    {"ewm_mean", MLP_W_EWM, OVER_ROWS, 0, 1, 0},
};

static const struct kind *kind_of(const char *name)
{
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (!strcmp(kinds[i].name, name)) return &kinds[i];
    return NULL;
}

bool window_over_rows(const char *name)
{
    const struct kind *k = kind_of(name);
    return k && k->over == OVER_ROWS;
}

/* One window in the making. source: whose rows are read. */
struct making { struct elab *e; const struct scope *sc; const struct builtin *b; const struct kind *kind; struct span whole;
                struct argument *arg; uint32_t argument_of[8]; struct source_decl *source;
                struct mlp_slot slot; struct value x, where; uint8_t base; const struct ast *length; const struct from *reads; };

static const struct argument *given(const struct making *m, const char *name)
{
    for (uint32_t i = 0; i < m->b->params && i < 8; i++)
        if (!strcmp(m->b->param[i].name, name)) return m->argument_of[i] == MLP_NONE ? NULL : &m->arg[m->argument_of[i]];
    return NULL;
}

static struct column *column_of(const struct source_decl *d, const char *name)
{
    for (uint32_t i = 0; i < d->columns; i++)
        if (!strcmp(d->column[i].name, name)) return &d->column[i];
    return NULL;
}

bool source_path(const struct elab *e, const struct ast *a, struct source_decl **source, const char **column)
{
    if (a->kind != AST_NAME) return false;
    const char *dot = strchr(a->text, '.');
    const size_t n = dot ? (size_t)(dot - a->text) : strlen(a->text);
    if (!dot && elab_is_column(e, a->text)) return false;
    for (uint32_t i = 0; i < e->spec->sources; i++) {
        struct source_decl *d = &e->spec->source[i];
        if (strlen(d->name) != n || memcmp(d->name, a->text, n)) continue;
        *source = d, *column = dot ? dot + 1 : NULL;
        return true;
    }
    return false;
}

static struct column *no_column(struct making *m, struct span at, const struct source_decl *d, const char *name)
{
    struct elab *e = m->e;
    const char **names = mlp_arena_alloc(&e->spec->src->arena, (d->columns + 1) * sizeof *names);
    for (uint32_t i = 0; i < d->columns; i++) names[i] = d->column[i].name;
    const char *near = name_suggest(name, names, d->columns);
    const struct column *there = near ? column_of(d, near) : NULL;
    if (there)
        elab_wrong(e, m->sc, at, "E200", "`%s` has no column `%s`; did you mean `%s` (line %u)?", d->name, name, near,
                   line_of(e->spec->src, there->at));
    else elab_wrong(e, m->sc, at, "E200", "`%s` has no column `%s`", d->name, name);
    return NULL;
}

/* ---- lengths of time and of rows ---- */

/* A duration, or a step of the calendar. */
static bool length_of(struct making *m, const struct argument *a, const char *name, const char *such, int64_t *us, uint32_t *months)
{
    struct elab *e = m->e;
    *us = 0, *months = 0;
    if (a->ast && a->ast->kind == AST_NUMBER && (!strcmp(a->ast->unit, "mo") || !strcmp(a->ast->unit, "y"))) {
        if (a->ast->num >= 1 && a->ast->num <= 12000 && a->ast->num == nearbyint(a->ast->num)) return *months = (uint32_t)a->ast->num, true;
        elab_wrong(e, m->sc, a->at, "E203", "`%s` is no whole number of months", a->ast->text)->fix = "write `1mo`, or days: `30d`";
        return false;
    }
    struct value v;
    if (a->given) v = *a->given;
    else elab_value(e, m->sc, a->ast, &v);
    if (v.broken) return false;
    const struct ir_node *node = &e->graph.node[v.node];
    if (v.type.base == MLP_DURATION && node->op == IR_INT && node->integer > 0) return *us = node->integer, true;
    elab_wrong(e, m->sc, v.at, "E203", "`%s` takes a duration", name)->fix = such;
    return false;
}

static bool rows_of(struct making *m, const struct argument *a, uint32_t *rows)
{
    struct value v;
    double x;
    mlp_ix param = MLP_NONE;
    if (a->given) v = *a->given;
    else elab_value(m->e, m->sc, a->ast, &v);
    if (v.broken) return false;
    if (class_of(&v.type) == CLASS_NUMBER && value_option(m->e, &v, &x, &param) && param == MLP_NONE && x >= 1 && x <= 1e9 && x == nearbyint(x))
        return *rows = (uint32_t)x, true;
    elab_wrong(m->e, m->sc, v.at, "E203", "`rows` of `%s` takes how many rows: a whole number from 1 on", m->b->name)->fix = "write `rows: 3`";
    return false;
}

static const int64_t DAY = 86400000000;
/* The shortest and the longest that months and microseconds can be. */
static int64_t at_least(uint32_t months, int64_t us) { return (int64_t)months * 28 * DAY + us; }
static int64_t at_most(uint32_t months, int64_t us) { return (int64_t)months * 31 * DAY + us; }

static const char *long_text(struct elab *e, int64_t us)
{
    static const struct { int64_t us; const char *word; } units[] = {{86400000000, "day"}, {3600000000, "hour"}, {60000000, "minute"}, {1000000, "second"}};
    size_t i = 0;
    while (i < 3 && us % units[i].us) i++;
    const double n = (double)us / (double)units[i].us;
    return source_printf(e->spec->src, "%s %s%s", number_text(e->spec->src, n), units[i].word, n == 1 ? "" : "s");
}

/* As a literal: 14d, 36h. */
static const char *short_text(struct elab *e, uint32_t months, int64_t us)
{
    static const struct { int64_t us; const char *unit; } units[] = {{86400000000, "d"}, {3600000000, "h"}, {60000000, "min"}, {1000000, "s"}};
    if (months && !us) return source_printf(e->spec->src, "%umo", months);
    us += (int64_t)months * 31 * DAY;
    size_t i = 0;
    while (i < 3 && us % units[i].us) i++;
    return source_printf(e->spec->src, "%s%s", number_text(e->spec->src, (double)us / (double)units[i].us), units[i].unit);
}

/* ---- which rows share a key ---- */

/* The column of the other source that says which row of the main one its rows belong to. */
static struct column *join_of(struct making *m)
{
    struct elab *e = m->e;
    struct source_decl *to = e->spec->main, *d = m->source;
    struct column *found = NULL;
    for (uint32_t i = 0; i < d->columns; i++) {
        if (d->column[i].refers != to) continue;
        if (found) {
            elab_wrong(e, m->sc, m->whole, "E204", "`%s` and `%s` of `%s` both refer to `%s`: which one joins?", found->name,
                       d->column[i].name, d->name, to->name)->fix = "say which columns must be equal with `on: COLUMN`";
            return NULL;
        }
        found = &d->column[i];
    }
    if (!found)
        elab_wrong(e, m->sc, m->whole, "E204", "`%s` has no column that refers to `%s`: its rows cannot be joined", d->name, to->name)->fix =
            to->n_key ? source_printf(e->spec->src, "write `%s: id -> %s` in the schema of `%s`", to->key[0]->name, to->name,
                                      d->name)
                      : source_printf(e->spec->src, "give `%s` a `@key`, and `%s` a column of type `id -> %s`", to->name, d->name,
                                      to->name);
    else if (to->n_key != 1) {
        elab_wrong(e, m->sc, m->whole, "E204", "`%s` refers to `%s`, which has %s: there must be one `@key`", found->name, to->name,
                   to->n_key ? "several key columns" : "no `@key`")->fix = "say which columns must be equal with `on: COLUMN`";
        return NULL;
    }
    return found;
}

static bool is_code(const struct column *c)
{
    return c->type.base == MLP_CATEGORY || c->type.base == MLP_IDENT || c->type.base == MLP_ORDINAL;
}

/* A pair of columns that must be equal. */
static bool pair(struct making *m, struct span at, struct column *main, struct column *other, mlp_ix *on, mlp_ix *by, uint32_t *n)
{
    struct elab *e = m->e;
    if (*n == 4) {
        elab_wrong(e, m->sc, at, "E203", "rows are joined by at most four columns");
        return false;
    }
    if (main->type.base == MLP_VECTOR || main->type.base == MLP_LISTOF) {
        elab_wrong(e, m->sc, at, "E108", "`%s` is %s, and rows are joined by one value", main->name, type_word(&main->type))->fix =
            "join by an id or a category";
        return false;
    }
    const bool text = main->type.base == MLP_TEXT && other->type.base == MLP_TEXT;
    if (main != other && !text && !(is_code(main) && is_code(other)) && class_of(&main->type) != class_of(&other->type)) {
        struct diag *d = elab_wrong(e, m->sc, at, "E108", "`%s.%s` is %s and `%s.%s` is %s: they are never equal", main->source->name,
                                    main->name, type_word(&main->type), other->source->name, other->name, type_word(&other->type));
        d->cause = other->at, d->cause_text = "its type";
        d->fix = "give both the same type, such as `id`";
        return false;
    }
    on[*n] = main->index, by[(*n)++] = other->index;
    return true;
}

/* `on: seller`: the column of both; or the key of the other source, where the main one's column refers to it. */
static bool shared(struct making *m, const struct ast *name, mlp_ix *on, mlp_ix *by, uint32_t *n)
{
    struct elab *e = m->e;
    const struct source_decl *to = e->spec->main;
    struct column *main = name->kind == AST_NAME ? column_of(to, name->text) : NULL, *other = NULL;
    if (name->kind != AST_NAME) {
        elab_wrong(e, m->sc, name->at, "E203", "`on` takes a column that both sources have")->fix = "write `on: COLUMN`, or `on: [a, b]`";
        return false;
    }
    if (!main) return no_column(m, name->at, to, name->text), false;
    other = column_of(m->source, name->text);
    if (!other && main->refers == m->source && m->source->n_key == 1) other = m->source->key[0];
    for (uint32_t i = 0; !other && main->refers && i < m->source->columns; i++)
        if (m->source->column[i].refers == main->refers) other = &m->source->column[i];
    if (!other)
        return elab_wrong(e, m->sc, name->at, "E204", "`%s` has no column `%s`, and none that refers to what it refers to", m->source->name,
                          name->text)->fix = source_printf(e->spec->src, "name the column of `%s` alike: `%s: … from \"…\"`",
                                                           m->source->name, name->text), false;
    return pair(m, name->at, main, other, on, by, n);
}

static bool joined(struct making *m)
{
    struct elab *e = m->e;
    struct source_decl *to = e->spec->main;
    mlp_ix *on = mlp_arena_alloc(&e->spec->src->arena, 4 * sizeof *on), *by = mlp_arena_alloc(&e->spec->src->arena, 4 * sizeof *by);
    const struct argument *a = given(m, m->kind->over == OVER_SOURCE ? "on" : "by");
    uint32_t n = 0;
    if (a && a->ast && (a->ast->kind == AST_ARRAY || m->kind->over == OVER_SOURCE || (a->ast->kind == AST_NAME && column_of(to, a->ast->text)))) {
        const struct ast *const one[] = {a->ast}, *const *list = a->ast->kind == AST_ARRAY ? (const struct ast *const *)a->ast->kid : one;
        const uint32_t parts = a->ast->kind == AST_ARRAY ? a->ast->n : 1;
        for (uint32_t i = 0; i < parts; i++)
            if (!shared(m, value_of(list[i]), on, by, &n)) return false;
    } else if (a) {                                         /* inside a `fn`: a parameter that holds a column */
        struct value v;
        if (a->given) v = *a->given;
        else elab_value(e, m->sc, a->ast, &v);
        if (v.broken) return false;
        const struct ir_node *node = &e->graph.node[v.node];
        if (node->op == IR_NE) node = &e->graph.node[node->arg[0]];
        if (node->op != IR_SLOT || e->slot[node->index].origin != MLP_FROM_COLUMN || e->slot[node->index].source != to->index) {
            elab_wrong(e, m->sc, v.at, "E203", "`by` takes a column, and %s is computed", value_text(e, &v))->fix =
                "derive it in the schema: `hr = hour(at)`";
            return false;
        }
        struct column *c = &to->column[e->slot[node->index].column];
        if (!pair(m, v.at, c, c, on, by, &n)) return false;
    } else if (m->source != to) {
        struct column *join = join_of(m);
        if (!join || !pair(m, m->whole, to->key[0], join, on, by, &n)) return false;
    } else                                                  /* own rows: the versions of a key */
        for (uint32_t i = 0; i < to->n_key; i++)
            if (to->key[i] != to->time && !pair(m, m->whole, to->key[i], to->key[i], on, by, &n)) return false;
    if (m->kind->over == OVER_SOURCE && m->source == to && !n) {
        elab_wrong(e, m->sc, m->whole, "E202", "`%s` over `%s` needs the column that its rows share", m->b->name, to->name)->fix =
            source_printf(e->spec->src, "write `%s(…, on: COLUMN)`, or `rolling_%s(x, last: 30d)` over all rows", m->b->name, m->b->name);
        return false;
    }
    m->slot.on.at = on, m->slot.by.at = by, m->slot.on.n = m->slot.by.n = n;
    for (uint32_t i = 0; i < n; i++)
        if (to->column[on[i]].type.nullable) m->slot.nullable = 1;
    return true;
}

/* ---- what is taken of the rows ---- */

static bool taken(struct making *m, struct value *v, const struct ast *ast, const char *of)
{
    struct elab *e = m->e;
    struct source_decl *before = e->let->rows;
    e->let->rows = m->source;
    elab_value(e, m->source == e->spec->main ? m->sc : NULL, ast, v);
    e->let->rows = before;
    if (v->broken) return false;
    if (v->kind != KIND_FITTED) return true;
    elab_wrong(e, m->sc, v->at, "E204", "%s is learnt from rows that come later than some of those that `%s` reads", value_text(e, v), of)->fix =
        source_printf(e->spec->src, "take the window first, then what is learnt: `%s(x, …) |> standardize`", of);
    return false;
}

static bool what(struct making *m, const char *column)
{
    struct elab *e = m->e;
    const struct argument *x = given(m, "x"), *where = given(m, "where");
    const bool rows = m->kind->over == OVER_SOURCE && !column;
    if (m->kind->over == OVER_SOURCE && (m->kind->window == MLP_W_COUNT) != rows) {
        if (!rows)
            elab_wrong(e, m->sc, x->at, "E203", "`count` counts rows: it takes the source alone")->fix =
                source_printf(e->spec->src, "write `count(%s)`, or `count(%s, where: %s is not missing)`", m->source->name,
                              m->source->name, column);
        else
            elab_wrong(e, m->sc, x->at, "E203", "`%s` takes a column of `%s`", m->b->name, m->source->name)->fix =
                source_printf(e->spec->src, "write `%s(%s.COLUMN)`", m->b->name, m->source->name);
        return false;
    }
    if (column && !column_of(m->source, column)) return no_column(m, x->at, m->source, column), false;
    m->reads = from_nothing();
    if (!rows) {
        if (x->given) m->x = *x->given;
        else if (!taken(m, &m->x, x->ast, m->b->name)) return false;
        if (m->x.broken) return false;
        if (x->given && m->x.kind == KIND_FITTED) {
            elab_wrong(e, m->sc, m->x.at, "E204", "%s is learnt from rows that come later than some of those that `%s` reads",
                       value_text(e, &m->x), m->b->name);
            return false;
        }
        m->reads = from_union(e, m->reads, m->x.from);
    }
    if (where) {
        if (!taken(m, &m->where, where->ast, m->b->name)) return false;
        if (m->where.type.base != MLP_BOOL) {
            elab_wrong(e, m->sc, m->where.at, "E108", "`where` takes a condition, and %s is %s", value_text(e, &m->where), type_word(&m->where.type));
            return false;
        }
        m->reads = from_union(e, m->reads, m->where.from);
    }
    return true;
}

/* A number is taken as the expression gives it; of what is no number, the column itself is picked. */
static bool representation(struct making *m)
{
    struct elab *e = m->e;
    const enum type_class class = m->x.at.to ? class_of(&m->x.type) : CLASS_NONE;
    m->slot.rep = MLP_F64, m->slot.column = MLP_NONE, m->base = m->x.type.base;
    if (m->kind->over == OVER_SOURCE && m->kind->window == MLP_W_COUNT) return true;
    if (class == CLASS_NUMBER || class == CLASS_BOOL) {
        m->slot.has_value = 1;
        return value_number(e, &m->x);
    }
    const bool counts = m->kind->window == MLP_W_COUNT;
    if (!m->kind->picks) {
        struct diag *d = elab_wrong(e, m->sc, m->x.at, "E108", "`%s` is taken of numbers, and %s is %s", m->b->name, value_text(e, &m->x),
                                    type_word(&m->x.type));
        if (m->x.type.origin) d->cause = m->x.type.origin->at;
        if (counts) d->fix = source_printf(e->spec->src, "count a condition's rows: `rolling_sum(%s is not missing, …)`", slice_of(e->spec->src, m->x.at));
        return false;
    }
    const struct ir_node *node = &e->graph.node[m->x.node];
    if (node->op != IR_SLOT || e->slot[node->index].origin != MLP_FROM_COLUMN) {
        elab_wrong(e, m->sc, m->x.at, "E108", "`%s` of %s takes a column as it is, and %s is computed", m->b->name, type_word(&m->x.type),
                   value_text(e, &m->x))->fix = source_printf(e->spec->src, "take `%s` of the column, then compute", m->b->name);
        return false;
    }
    const struct mlp_slot *of = &e->slot[node->index];
    m->slot.rep = of->rep, m->slot.column = of->column, m->slot.codebook = of->codebook;
    return true;
}

/* ---- when ---- */

static bool extent(struct making *m)
{
    struct elab *e = m->e;
    struct source_decl *to = e->spec->main;
    const struct argument *last = given(m, m->kind->window == MLP_W_LAG ? "back" : "last"), *rows = given(m, "rows"), *next = given(m, "next"),
                          *life = given(m, "half_life");
    const bool timed = m->source->time && to->time;
    m->slot.axis = timed ? MLP_BY_TIME : m->kind->over == OVER_ROWS ? MLP_BY_ROW : MLP_ALL;
    if (m->kind->over == OVER_ROWS && m->kind->window != MLP_W_EWM && !!last == !!rows) {
        elab_wrong(e, m->sc, m->whole, "E202", last ? "`%s` takes a length of time or a number of rows, not both" : "`%s` needs how far back it reaches",
                   m->b->name)->fix = source_printf(e->spec->src, m->kind->window == MLP_W_LAG ? "write `%s(x, 1d)` or `%s(x, rows: 1)`"
                                                                                              : "write `%s(x, last: 7d)` or `%s(x, rows: 7)`", m->b->name, m->b->name);
        return false;
    }
    if (m->kind->window == MLP_W_EWM && !life) {
        elab_wrong(e, m->sc, m->whole, "E202", "`%s` needs `half_life`", m->b->name)->fix = "write `half_life: 3d`: after so long a value weighs half";
        return false;
    }
    if (next && last) {
        elab_wrong(e, m->sc, next->at, "E202", "a window looks back with `last` or forward with `next`, not both");
        return false;
    }
    if (next && (e->let->place != AT_TARGET || e->let->name || e->let->rows)) {
        elab_wrong(e, m->sc, next->at, "E104", "a window that looks forward stands in `predict` only: nobody knows the future at the decision")->fix =
            "look back: `last:` instead of `next:`";
        return false;
    }
    const struct argument *length = last ? last : next ? next : life;
    if (rows && !rows_of(m, rows, &m->slot.rows)) return false;
    if (!length) return true;
    m->length = length->ast;
    const char *such = m->kind->window == MLP_W_LAG ? "write `1d`" : source_printf(e->spec->src, "write `%s: %s`", last ? "last" : next ? "next" : "half_life",
                                                                                  life ? "3d" : "30d");
    if (!length_of(m, length, last && m->kind->window != MLP_W_LAG ? "last" : next ? "next" : life ? "half_life" : m->b->name, such, &m->slot.last_us, &m->slot.last_months))
        return false;
    const struct source_decl *timeless = !m->source->time ? m->source : !to->time ? to : NULL;
    if (timeless) {
        elab_wrong(e, m->sc, length->at, "E204", "%s counts %s in time, and `%s` has no `@time`",
                   m->kind->window == MLP_W_LAG ? "this" : last ? "`last`" : next ? "`next`" : "`half_life`", next ? "forward" : "back", timeless->name)->fix =
            m->kind->over == OVER_ROWS && !life ? "count rows, `rows: 3`, or mark the column that says when"
                                                : "leave `last` out, or mark the column that says when";
        return false;
    }
    m->slot.forward = next != NULL;
    if (!life) return true;
    if (m->slot.last_months) {
        elab_wrong(e, m->sc, length->at, "E203", "a half-life has one length: months differ")->fix = "write it in days: `30d`";
        return false;
    }
    m->slot.half_life_us = m->slot.last_us, m->slot.last_us = 0;
    return true;
}

/* The columns that are read, and how long after their row they are known. E104 where that can never be in time. */
static bool in_time(struct making *m)
{
    struct elab *e = m->e;
    const struct spec *spec = e->spec;
    mlp_ix *reads = mlp_arena_alloc(&e->spec->src->arena, (m->source->columns + 1) * sizeof *reads);
    const struct column *late = NULL;
    uint32_t n = 0;
    int64_t after = INT64_MIN;
    bool each = false;
    for (uint32_t i = 0; i < m->source->columns; i++) {
        const struct column *c = &m->source->column[i];
        if (!from_has(m->reads, FROM_ROW, c)) continue;
        reads[n++] = i;
        each |= c->known_at != NULL;
        if (!late || c->known_us > after) after = c->known_us, late = c;
        if (m->slot.axis != MLP_ALL || !(c->tags & MLP_OUTCOME || c->is_target) || m->slot.forward) continue;
        const struct source_decl *timeless = m->source->time ? spec->main : m->source;
        struct diag *d = elab_wrong(e, m->sc, m->whole, "E104", "`%s` is an outcome, and `%s` has no `@time`: nobody can tell which rows were known by then",
                                    c->name, timeless->name);
        d->cause = c->at, d->cause_text = "an outcome";
        d->fix = "mark the column that says when with `@time`, or use `target_encode`";
        return false;
    }
    m->slot.reads.at = reads, m->slot.reads.n = n;
    if (!late || each || m->slot.axis != MLP_BY_TIME || m->slot.forward || after == INT64_MIN) return true;
    const int64_t longest = at_most(m->slot.last_months, m->slot.last_us), ahead = at_least(spec->ahead_months, spec->ahead_us);
    if (m->kind->window == MLP_W_LAG && !m->slot.rows && (ahead ? longest < after + ahead : longest <= after)) {
        struct diag *d = ahead
            ? elab_wrong(e, m->sc, m->length->at, "E104", "`%s` of %s reaches past the decision moment: %s is made %s ahead%s", m->b->name, slice_of(e->spec->src, m->length->at),
                         "the decision", short_text(e, spec->ahead_months, spec->ahead_us),
                         after > 0 ? source_printf(e->spec->src, ", and `%s` is known %s after its row", late->name, long_text(e, after)) : "")
            : elab_wrong(e, m->sc, m->length->at, "E104", "this `%s` is always missing: `%s` is known %s after its row (line %u)", m->b->name, late->name,
                         long_text(e, after), line_of(e->spec->src, late->at));
        d->cause = late->at, d->cause_text = after > 0 ? "known later" : "known with its row";
        const int64_t need = after > 0 ? after : 0;
        d->fix = ahead ? source_printf(e->spec->src, "go back at least %s", need || !spec->ahead_months ? short_text(e, 0, at_most(spec->ahead_months, spec->ahead_us) + need)
                                                                                                 : short_text(e, spec->ahead_months, 0))
                       : source_printf(e->spec->src, "go back more than %s", long_text(e, after));
        return false;
    }
    if (m->kind->window != MLP_W_LAG && longest && after > 0 && longest <= after) {
        struct diag *d = elab_wrong(e, m->sc, m->length->at, "E104", "this window is always empty: `%s` is known %s after its row (line %u)", late->name,
                                    long_text(e, after), line_of(e->spec->src, late->at));
        d->cause = late->at, d->cause_text = "known later";
        d->fix = source_printf(e->spec->src, "make it longer than %s", long_text(e, after));
        return false;
    }
    return true;
}

/* ---- the slot ---- */

static const char *slot_name(struct making *m)
{
    struct elab *e = m->e;
    const struct span at = elab_at(m->sc, m->whole);
    const struct ast *whole = e->let->whole;
    if (e->let->name && whole && whole->at.from == at.from && whole->at.to == at.to && strcmp(m->b->name, "diff")) return e->let->name;
    char text[120];
    size_t n = 0;
    const char *slice = slice_of(e->spec->src, at);         /* the call itself, as a name: `lag(load, 1d)` is lag_load_1d */
    for (const char *p = slice; *p && n + 1 < sizeof text; p++) {
        const bool word = (*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z') || (*p >= '0' && *p <= '9');
        if (word) text[n++] = *p;
        else if (n && text[n - 1] != '_') text[n++] = '_';
    }
    while (n && text[n - 1] == '_') n--;
    return mlp_arena_copy(&e->spec->src->arena, text, n);
}

static bool same(const mlp_ix *a, const mlp_ix *b, uint32_t n) { return !n || !memcmp(a, b, n * sizeof *a); }

/* Own rows within a key that stands once: there is never an earlier one. */
static void warn_alone(const struct making *m)
{
    const struct source_decl *to = m->e->spec->main;
    if (m->kind->over != OVER_ROWS || given(m, "by") || !m->slot.on.n) return;
    const struct column *alone = NULL;
    for (uint32_t i = 0; i < to->n_key; i++)
        if (to->key[i] != to->time && (to->key[i]->unique || !to->time)) alone = to->key[i];
    if (!alone || tags_allow(tags_written(alone), "W104")) return;
    struct diag *d = source_warn(m->e->spec->src, "W104", elab_at(m->sc, m->whole), "`%s` without `by` looks at earlier rows of the same `%s`, and each stands "
                                 "once: nothing is ever seen", m->b->name, alone->name);
    d->cause = alone->at, d->cause_text = alone->unique ? "unique" : "a `@key`, and no column is the `@time` of its versions";
    d->fix = "say which rows belong together: `by: COLUMN`";
}

static mlp_ix add(struct making *m)
{
    struct elab *e = m->e;
    const struct window_decl decl = {.value = m->slot.has_value ? m->x.node : IR_NOTHING, .where = m->slot.has_where ? m->where.node : IR_NOTHING};
    const struct mlp_slot *s = &m->slot;
    for (uint32_t i = 0; i < e->windows; i++) {
        const struct mlp_slot *o = &e->slot[e->window[i].slot];
        if (e->window[i].value == decl.value && e->window[i].where == decl.where && o->window == s->window && o->source == s->source &&
            o->column == s->column && o->axis == s->axis && o->forward == s->forward && o->rows == s->rows && o->last_us == s->last_us &&
            o->last_months == s->last_months && o->half_life_us == s->half_life_us && o->on.n == s->on.n && same(o->on.at, s->on.at, s->on.n) &&
            same(o->by.at, s->by.at, s->by.n)) return e->window[i].slot;
    }
    warn_alone(m);
    const mlp_ix at = elab_slot(e, m->slot);
    *PUSH(e->spec->src, e->window, e->windows) = decl;
    e->window[e->windows - 1].slot = at;
    /* spellings of another source's column: what the window gives in the training rows */
    if (s->rep == MLP_CODE && s->codebook != MLP_NONE && m->source != e->spec->main) e->cell[s->codebook].slot = at;
    return at;
}

static void finish(struct making *m, struct value *out)
{
    struct elab *e = m->e;
    m->slot.origin = MLP_FROM_WINDOW, m->slot.source = m->source->index, m->slot.window = m->kind->window, m->slot.kernel = MLP_NONE;
    m->slot.has_where = given(m, "where") != NULL;
    m->slot.nullable |= m->kind->nullable || m->slot.forward;
    const struct span at = elab_at(m->sc, m->whole);
    m->slot.id = (struct mlp_id){.name = slot_name(m), .from = at.from, .to = at.to};
    const mlp_ix slot = add(m);
    struct value source = {.from = from_without(e, from_without(e, m->reads, FROM_OUTCOME), FROM_ROW)};
    const struct value *const all[] = {&source};
    const bool picks = m->slot.rep != MLP_F64;
    const enum ir_type type = picks ? ir_type_of(&m->x.type) : IR_F;
    ir_ix node = ir_leaf(&e->graph, IR_SLOT, type, slot, 0, m->slot.nullable);
    const bool was_bool = m->kind->picks && m->slot.has_value && m->base == MLP_BOOL;
    const bool keeps = m->kind->picks || m->kind->window == MLP_W_MIN || m->kind->window == MLP_W_MAX || !strcmp(m->b->name, "diff");
    uint8_t base = m->kind->whole ? MLP_INT : picks ? m->x.type.base : keeps && m->base == MLP_INT ? MLP_INT : MLP_FLOAT;
    if (was_bool) {
        const ir_ix arg[] = {node, ir_num(&e->graph, 0)};
        node = ir_op(&e->graph, IR_NE, arg, 2), base = MLP_BOOL;
    }
    *out = value_made(e, node, base, at, all, 1);
    if (picks && !out->broken) {
        const uint8_t nullable = out->type.nullable;
        out->type = m->x.type, out->type.nullable = nullable;
    } else if (m->slot.has_value && !m->kind->whole) out->type.unit = m->x.type.unit;
    out->kind = KIND_WINDOWED;
    if (strcmp(m->b->name, "diff")) return;
    struct value now = m->x, then = *out;                   /* this row's own value, less that of the row before */
    values_add(e, m->sc, m->whole, IR_SUB, &now, &then, out);
    out->kind = KIND_WINDOWED, out->literal = NULL;
}

void elab_window(struct elab *e, const struct scope *sc, const struct builtin *b, struct span whole, struct argument *arg,
                 uint32_t n, struct value *out)
{
    struct making m = {.e = e, .sc = sc, .b = b, .kind = kind_of(b->name), .whole = whole, .arg = arg, .source = e->spec->main};
    const char *names[8] = {0}, *column = NULL;
    const uint32_t parameters = b->params < 8 ? b->params : 8;
    for (uint32_t k = 0; k < parameters; k++) names[k] = b->param[k].name;
    m.slot.codebook = MLP_NONE;
    out->kind = KIND_WINDOWED;
    if (!m.kind || !elab_match(e, sc, b->name, names, parameters, b, arg, n, m.argument_of)) return;
    const struct argument *x = given(&m, "x");
    if (!x) {
        elab_wrong(e, sc, whole, "E202", "`%s` needs what it is taken of", b->name);
        return;
    }
    if (e->let->rows && e->let->rows != e->spec->main) {
        elab_wrong(e, sc, whole, "E204", "a window over the rows of a window stands nowhere: rows of `%s` have no windows of their own", e->let->rows->name);
        return;
    }
    if (m.kind->over == OVER_SOURCE && (!x->ast || !source_path(e, x->ast, &m.source, &column))) return;
    if (!what(&m, column) || !extent(&m) || !joined(&m) || !representation(&m) || !in_time(&m)) return;
    finish(&m, out);
}
