/* declare_source.c: sources, their readers and their columns with types, refinements and tags. A column that is wrong or not built
 * yet keeps its place, and its symbol is broken, so that one mistake gives one message. */
#include "compiler/sema/declare.h"
#include <math.h>
#include <string.h>
#include "runtime/data/schema.h"

enum { FAMILY_MOST = 100000 };

static const struct { const char *name; uint8_t type, built; } types[] = {
    {"bool", MLP_BOOL, 1}, {"int", MLP_INT, 1}, {"float", MLP_FLOAT, 1}, {"category", MLP_CATEGORY, 1}, {"ordinal", MLP_ORDINAL, 1},
    {"text", MLP_TEXT, 1}, {"date", MLP_DATE, 1}, {"time", MLP_TIME, 1}, {"id", MLP_IDENT, 1}, {"duration", MLP_DURATION, 1},
    {"list", MLP_LISTOF, 1}, {"vector", MLP_VECTOR, 0},
};

struct making { struct spec *spec; struct column *c; bool broken, ranged; const struct ast *refers; };

static bool wrong(struct making *m, const char *code, struct span at, const char *text)
{
    source_error(m->spec->src, code, at, "%s", text);
    m->broken = true;
    return false;
}

/* The texts of a set. numbers: they may be numbers too. spelt: `{"1": "World"}` may rename; what the file writes goes there, in the
 * order of the result, or NULL when nothing is renamed. */
static char *const *texts(struct making *m, const struct ast *set, uint32_t *n, bool numbers, char *const **spelt)
{
    struct source *src = m->spec->src;
    const char **out = mlp_arena_alloc(&src->arena, (set->n + 1) * sizeof *out),
               **file = mlp_arena_alloc(&src->arena, (set->n + 1) * sizeof *file);
    bool renames = false;
    *n = 0;
    for (uint32_t i = 0; i < set->n; i++) {
        const struct ast *item = set->kid[i], *key = NULL;
        double x;
        if (item->kind == AST_ARG) {
            key = item->n > 1 ? item->kid[1] : NULL, item = item->kid[0];
            if (!spelt || !key || key->kind != AST_TEXT || item->kind != AST_TEXT) {
                wrong(m, "E205", set->kid[i]->at, !spelt ? "this set only lists values: nothing is renamed here"
                      : "a set that renames holds two texts each, the file's first: `{\"1\": \"World\"}`");
                break;
            }
            renames = true;
        }
        if (item->kind == AST_TEXT) out[*n] = item->text;
        else if (numbers && constant_number(item, &x)) out[*n] = number_text(src, x);
        else {
            wrong(m, "E205", item->at,
                  numbers ? "a set of spellings holds texts or numbers" : "a set of values holds texts: write them in quotes");
            break;
        }
        file[*n] = key ? key->text : out[*n];
        const char *twice = NULL;
        for (uint32_t k = 0; k < *n && !twice; k++) twice = !strcmp(out[k], out[*n]) ? out[k] : !strcmp(file[k], file[*n]) ? file[k] : NULL;
        if (twice) {
            source_error(src, "E205", item->at, "`%s` stands twice in this set", twice)->fix =
                key ? "rename to different values: two that mean the same are one `if` in `features`" : "take one out";
            m->broken = true;
        }
        ++*n;
    }
    if (spelt) *spelt = renames ? (char *const *)file : NULL;
    return (char *const *)out;
}

/* ---- types ---- */

static void type_of(struct making *m, const struct ast *type, unsigned depth);
static void refine(struct making *m, const struct ast *list);
static void tags_of(struct making *m, const struct ast *list);

/* "%d/%m/%y", unix, zone: "Europe/Paris" */
static void time_arguments(struct making *m, const struct ast *list)
{
    struct column *c = m->c;
    for (uint32_t i = 0; i < list->n; i++) {
        const struct ast *item = list->kid[i], *v = value_of(item);
        if (item->kind == AST_ARG && !strcmp(item->text, "zone") && c->type.base == MLP_TIME) {
            if (v->kind != AST_TEXT) wrong(m, "E205", v->at, "a zone is named as in the tz database: `zone: \"Europe/Paris\"`");
            else if (!zone_find(m->spec, v, &c->zone)) m->broken = true;
        } else if (item->kind != AST_ARG && v->kind == AST_TEXT && !i) {
            c->format = v->text;
            if (mlp_time_format_sound(v->text, c->type.base == MLP_DURATION)) continue;
            wrong(m, "E205", v->at, c->type.base == MLP_DURATION
                  ? "this pattern tells no duration: it is made of %H %M %S %f, such as `duration(\"%H%M\")`"
                  : "this pattern tells no day: it is made of %Y %y %m %d %e %j %H %I %M %S %f %p %b %B %a %A %z %F %T, such as "
                    "`\"%d/%m/%Y %H:%M\"`, with a year, and a month where there is a day");
        } else if (is_call_of(v, "unix") && c->type.base == MLP_TIME && !i) c->format = "unix";
        else
            wrong(m, "E205", item->at, c->type.base == MLP_TIME
                  ? "a time takes its pattern and its zone: `time(\"%d/%m/%Y %H:%M\", zone: \"Europe/Paris\")`, or `time(unix)`"
                  : c->type.base == MLP_DATE ? "a date takes one pattern: `date(\"%d/%m/%y\")`"
                  : "a duration takes one pattern: `duration(\"%H%M\")`");
    }
    if (c->zone.name && c->format && !strcmp(c->format, "unix"))
        wrong(m, "E205", list->at, "seconds since 1970 are the same in every zone: leave `zone:` out");
}

/* list(category, "|") */
static void list_arguments(struct making *m, const struct ast *list)
{
    static const struct { const char *name; uint8_t type; } of[] = {
        {"category", MLP_CATEGORY}, {"id", MLP_IDENT}, {"text", MLP_TEXT}, {"int", MLP_INT}, {"float", MLP_FLOAT}};
    struct column *c = m->c;
    c->type.element = MLP_LISTOF, c->separator = ",";
    for (size_t i = 0; i < sizeof of / sizeof *of; i++)
        if (list && list->n && is_call_of(list->kid[0], of[i].name) && !list->kid[0]->n) c->type.element = of[i].type;
    if (c->type.element == MLP_LISTOF) {
        wrong(m, "E205", list && list->n ? list->kid[0]->at : c->at,
              "a list says what it holds, one of category, id, text, int, float: `list(category, \"|\")`");
        c->type.element = MLP_CATEGORY;
    }
    for (uint32_t i = 1; list && i < list->n; i++) {
        const struct ast *v = list->kid[i];
        if (v->kind == AST_TEXT && i == 1 && strlen(v->text) && (strlen(v->text) == 1 || strspn(v->text, " \t") < strlen(v->text)))
            c->separator = v->text;
        else wrong(m, "E205", v->at, "a list takes its type and the text between its values: `list(category, \"|\")`");
    }
}

static void type_arguments(struct making *m, const struct ast *type)
{
    const struct ast *list = type->kid[0];
    struct column *c = m->c;
    if (c->type.base == MLP_LISTOF) { list_arguments(m, list); return; }
    if (!list || !list->n) return;
    if (c->type.base == MLP_BOOL && list->n == 2 && list->kid[0]->kind == AST_TEXT && list->kid[1]->kind == AST_TEXT) {
        c->type.set = texts(m, list, &c->type.n_set, false, NULL);
        return;
    }
    if (c->type.base == MLP_BOOL) wrong(m, "E205", list->at, "a bool's own pair is two texts, yes first: `bool(\"Yes\", \"No\")`");
    else if (c->type.base == MLP_DATE || c->type.base == MLP_TIME || c->type.base == MLP_DURATION) time_arguments(m, list);
    else wrong(m, "E205", list->at, source_printf(m->spec->src, "`%s` takes nothing in parentheses", type->text));
}

static void type_of(struct making *m, const struct ast *type, unsigned depth)
{
    struct source *src = m->spec->src;
    struct column *c = m->c;
    const char *names[sizeof types / sizeof *types + 64];
    size_t n = 0;
    for (; n < sizeof types / sizeof *types; n++) {
        names[n] = types[n].name;
        if (strcmp(type->text, types[n].name)) continue;
        c->type.base = types[n].type;
        if (!types[n].built) { spec_not_built(m->spec, type->at, "the type `%s`", type->text); m->broken = true; return; }
        type_arguments(m, type);
        goto known;
    }
    const struct symbol *own = spec_find(m->spec, type->text, 1u << SYM_TYPE);
    if (!own) {
        for (uint32_t k = 0; k < m->spec->symbols && n < sizeof names / sizeof *names; k++)
            if (m->spec->symbol[k].kind == SYM_TYPE) names[n++] = m->spec->symbol[k].name;
        const char *near = name_suggest(type->text, names, n);
        source_error(src, "E200", type->word, near ? "there is no type `%s`; did you mean `%s`?" : "there is no type `%s`",
                     type->text, near);
        m->broken = true;
        return;
    }
    if (depth > 20) { wrong(m, "E205", c->at, source_printf(src, "the type `%s` is made of itself", c->name)); return; }
    if (own->broken) { m->broken = true; return; }
    type_of(m, own->ast->kid[0], depth + 1);
    if (!m->broken) refine(m, own->ast->kid[1]);
    tags_of(m, own->ast->kid[1]);
    if (type->kid[0] && type->kid[0]->n)
        wrong(m, "E205", type->kid[0]->at, source_printf(src, "`%s` takes nothing in parentheses", type->text));
known:
    if (type->num != 0) c->type.nullable = 1;
    if (type->n > 1 && type->kid[1] && !m->broken) {
        if (c->type.base != MLP_INT && c->type.base != MLP_FLOAT)
            wrong(m, "E205", type->kid[1]->at, "only `int` and `float` have a unit");
        else if (!unit_of(src, type->kid[1], &c->type.unit)) m->broken = true;
    }
}

/* ---- refinements ---- */

static bool limit(const struct ast *a, const struct type *t, double *out)
{
    int64_t us;
    if (t->base == MLP_DATE || t->base == MLP_TIME) return constant_time(a, &us) && (*out = (double)us, true);
    if (!constant_number(a, out)) return false;
    if (t->base != MLP_DURATION) return !*a->unit || a->kind != AST_NUMBER || !strcmp(a->unit, "%");
    const char *const unit = a->kind == AST_NUMBER ? a->unit : "";
    *out *= 1e6;
    return *out == 0 || (*unit && strcmp(unit, "%") && strcmp(unit, "mo") && strcmp(unit, "y"));
}

static void refine_in(struct making *m, const struct ast *r)
{
    struct column *c = m->c;
    const struct ast *a = r->kid[0];
    const uint8_t base = c->type.base, of = base == MLP_LISTOF ? c->type.element : base;       /* of a list: each value */
    const bool number = of == MLP_INT || of == MLP_FLOAT, time = of == MLP_DATE || of == MLP_TIME, length = of == MLP_DURATION,
               codes = of == MLP_CATEGORY || of == MLP_ORDINAL;
    if (a->kind == AST_SET) {
        if (codes) {
            c->type.set = texts(m, a, &c->type.n_set, false, &c->spelt);
            if (!c->type.n_set && !m->broken) wrong(m, "E205", a->at, "the set is empty");
        } else if (base == MLP_BOOL) wrong(m, "E205", r->at, "a bool has its pair in parentheses: `bool(\"Yes\", \"No\")`");
        else
            wrong(m, "E205", r->at,
                  number ? "a number has a range: `in 0..120`; for a few values make it a `category`"
                         : "a set belongs to a `category` or an `ordinal`");
        return;
    }
    if (a->kind == AST_BINARY && !strcmp(a->text, "..") && (number || time || length)) {
        if (!limit(a->kid[0], &c->type, &c->type.lo) || !limit(a->kid[1], &c->type, &c->type.hi))
            wrong(m, "E205", a->at,
                  number ? "the ends of this range are not numbers"
                  : time ? "the ends of this range are not dates: write `2020-01-01..2025-12-31`"
                         : "the ends of this range are not durations: write `0s..12h`");
        else if (c->type.lo > c->type.hi) {
            wrong(m, "E205", a->at, "the range ends before it begins: write the smaller end first");
        }
        return;
    }
    double x;
    if (number && a->kind == AST_BINARY && !strcmp(a->text, "-") && constant_number(a->kid[0], &x) &&
        constant_number(a->kid[1], &x))
        wrong(m, "E205", a->at,
              source_printf(m->spec->src, "`in` takes a range or a set: write `%s..%s`", a->kid[0]->text, a->kid[1]->text));
    else if (codes) wrong(m, "E205", a->at, "the values of a category stand in a set: `in {\"a\", \"b\"}`");
    else if (number || time || length)
        wrong(m, "E205", a->at, number ? "a number has a range: `in 0..120`"
                              : time ? "a date has a range: `in 2020-01-01..2025-12-31`" : "a duration has a range: `in 0s..12h`");
    else wrong(m, "E205", r->at, "this type takes no `in`");
}

static void refine_one(struct making *m, const struct ast *r)
{
    struct column *c = m->c;
    const struct ast *a = r->n ? r->kid[0] : NULL;
    double x = 0;
    if (!strcmp(r->text, "in")) refine_in(m, r);
    else if (!strcmp(r->text, "matches")) {
        spec_not_built(m->spec, r->at, "`matches`");
        m->broken = true;
    } else if (!strcmp(r->text, "unique")) c->unique = 1;
    else if (!strcmp(r->text, "missing")) {
        if (!constant_number(a, &x) || x < 0 || x > 1) wrong(m, "E205", r->at, "`missing <=` takes a share: `missing <= 5%`");
        else c->max_missing = x;
    } else if (!strcmp(r->text, "missing_in")) {
        if (a->kind != AST_SET) wrong(m, "E205", a->at, "`missing in` takes a set: `missing in {-1}`");
        else c->missing = texts(m, a, &c->n_missing, true, NULL);
    } else if (!strcmp(r->text, "distinct")) {
        if (!constant_number(a, &x) || x < 1 || x != floor(x))
            wrong(m, "E205", r->at, "`distinct <=` takes a whole number: `distinct <= 250`");
        else c->max_distinct = x;
    } else if (!strcmp(r->text, "from")) {
        if (a->kind == AST_TEXT) c->from = a->text;
        else if (constant_number(a, &x) && x >= 1 && x == floor(x) && x < 1e6) c->position = (uint32_t)x;
        else if (is_call_of(a, "file")) {
            c->from_file = 1;
            if (c->type.base != MLP_CATEGORY && c->type.base != MLP_IDENT && c->type.base != MLP_TEXT)
                wrong(m, "E205", r->at, "`from file` gives the file's name: the column is a `category`, an `id` or a `text`");
        }
        else wrong(m, "E205", r->at, "`from` takes the column's name in the file in quotes, or its position from 1");
    } else if (!strcmp(r->text, "->")) {
        if (c->type.base != MLP_IDENT) wrong(m, "E205", r->at, "only an `id` refers to another source");
        else m->refers = a;
    }
}

/* ---- tags ---- */

/* @outcome(after: 30d), @outcome(at: chargeback_at, after: 45d), @known(before: 2d): how long is counted from `@time`. */
static void tag_moment(struct making *m, const struct ast *t)
{
    const bool outcome = !strcmp(t->text, "outcome");
    const char *word = outcome ? "after" : "before";
    m->c->known_us = outcome ? 0 : INT64_MIN;
    for (uint32_t i = 0; i < t->n; i++) {
        const struct ast *item = t->kid[i], *v = value_of(item);
        const char *key = item->kind == AST_ARG ? item->text : "";
        double x;
        if (!strcmp(key, word) && constant_number(v, &x) && v->kind == AST_NUMBER && *v->unit && x > 0 && x < 9e12) {
            if (!strcmp(v->unit, "mo") || !strcmp(v->unit, "y")) {
                wrong(m, "E206", v->at, "months and years differ in length: write it in days, such as `30d`");
                return;
            }
            m->c->known_us = outcome ? llround(x * 1e6) : -llround(x * 1e6);
        } else if (outcome && !strcmp(key, "at") && v->kind == AST_NAME) {
            m->c->known_at_name = v;
            if (!m->c->known_us) m->c->known_us = INT64_MAX;
        } else {
            wrong(m, "E206", item->at,
                  outcome ? "`@outcome` takes how long after `@time` it is known, `@outcome(after: 30d)`, and the column that says "
                            "when, `@outcome(at: paid_at, after: 45d)`"
                          : "`@known` takes how long before `@time` it is known: `@known(before: 2d)`");
            return;
        }
    }
}

static void tag(struct making *m, const struct ast *t)
{
    static const struct { const char *name; uint32_t bit; } bits[] = {
        {"key", MLP_KEY}, {"time", MLP_ASOF}, {"group", MLP_GROUP}, {"query", MLP_QUERY}, {"weight", MLP_WEIGHT}, {"pii", MLP_PII},
        {"sensitive", MLP_SENSITIVE}, {"never", MLP_NEVER}, {"outcome", MLP_OUTCOME},
    };
    struct column *c = m->c;
    for (size_t i = 0; i < sizeof bits / sizeof *bits; i++)
        if (!strcmp(t->text, bits[i].name)) c->tags |= bits[i].bit;
    if (!strcmp(t->text, "outcome") || !strcmp(t->text, "known")) tag_moment(m, t);
    else if (strcmp(t->text, "allow") && t->n)
        wrong(m, "E206", t->at, source_printf(m->spec->src, "`@%s` takes nothing in parentheses", t->text));
    if (!strcmp(t->text, "time") && c->type.base != MLP_DATE && c->type.base != MLP_TIME && !m->broken && !c->derived) {
        c->tags &= ~(uint32_t)MLP_ASOF;
        wrong(m, "E206", t->at, source_printf(m->spec->src, "`@time` stands on a `date` or a `time`: write `%s: date @time`, or take the tag out", c->name));
    }
    if (!strcmp(t->text, "weight") && c->type.base != MLP_INT && c->type.base != MLP_FLOAT && !m->broken && !c->derived)
        wrong(m, "E206", t->at, source_printf(m->spec->src, "`@weight` stands on a number: write `%s: float @weight`, or take the tag out", c->name));
}

static void refine(struct making *m, const struct ast *list)
{
    for (uint32_t i = 0; list && i < list->n; i++)
        if (list->kid[i]->kind == AST_REFINE) refine_one(m, list->kid[i]);
}

static void tags_of(struct making *m, const struct ast *list)
{
    for (uint32_t i = 0; list && i < list->n; i++)
        if (list->kid[i]->kind == AST_TAG) tag(m, list->kid[i]);
}

/* Every `type` once, used or not; a wrong one is then silent in the columns that use it. */
static void typedefs(struct spec *spec)
{
    for (uint32_t i = 0; i < spec->symbols; i++) {
        struct symbol *s = &spec->symbol[i];
        if (s->kind != SYM_TYPE) continue;
        struct column scratch = {.name = s->name, .ast = s->ast, .at = s->ast->word, .type = {.lo = -INFINITY, .hi = INFINITY}};
        struct making m = {.spec = spec, .c = &scratch};
        const bool tags = check_tags(spec, s->ast->kid[1], false);
        type_of(&m, s->ast->kid[0], 0);
        if (!m.broken) refine(&m, s->ast->kid[1]);
        if (!m.broken && tags) tags_of(&m, s->ast->kid[1]);
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
    if (d->n_key == 4) wrong(m, "E206", c->at, "a key has at most four columns");
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

/* The checks that need type, refinements and tags together. */
static void settle(struct making *m)
{
    struct column *c = m->c;
    struct source *src = m->spec->src;
    if (c->type.base == MLP_ORDINAL && !c->type.n_set && !m->broken)
        wrong(m, "E205", c->at,
              source_printf(src, "the steps of `%s` are not known: write `ordinal in {\"low\", \"high\"}`, lowest first", c->name));
    if (c->n_missing && !c->type.nullable && !m->broken) {
        source_error(src, "E205", c->at, "`missing in` makes `%s` missing in places, and its type says that it never is", c->name)
            ->fix = "put a `?` behind the type";
        m->broken = true;
    }
    if (isfinite(c->max_missing) && c->max_missing > 0 && !c->type.nullable && !m->broken) {
        source_error(src, "E205", c->at, "`%s` may be missing in some rows, and its type says that it never is", c->name)->fix =
            "put a `?` behind the type";
        m->broken = true;
    }
    if (isfinite(c->max_distinct) && c->type.base != MLP_CATEGORY && c->type.base != MLP_IDENT && !m->broken)
        wrong(m, "E205", c->at, "`distinct <=` stands on a `category` or an `id`");
    if (c->tags & MLP_KEY && c->type.nullable && !m->broken)
        wrong(m, "E206", c->at, source_printf(src, "`%s` is a `@key`: it cannot be missing", c->name));
    if (c->tags & MLP_ASOF && c->type.nullable && !m->broken)
        wrong(m, "E206", c->at, source_printf(src, "`%s` is the `@time` of its row: it cannot be missing", c->name));
    if (c->tags & MLP_QUERY && c->type.base != MLP_IDENT && c->type.base != MLP_CATEGORY && !m->broken)
        wrong(m, "E206", c->at, "`@query` stands on an `id`: its rows are ranked together");
    if (c->type.base == MLP_CATEGORY || c->type.base == MLP_ORDINAL || c->type.base == MLP_IDENT) c->type.origin = c;
    if (c->type.base == MLP_BOOL) c->type.lo = 0, c->type.hi = 1;
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
    type_of(m, type, 0);
    if (!m->broken) refine(m, refinements);
    for (uint32_t i = 0; defaults && i < defaults->n; i++)
        if (is_default(defaults->kid[i], refinements)) tag(m, defaults->kid[i]);
    tags_of(m, refinements);
    settle(m);
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
            for (uint32_t k = 0; a->kid[1] && k < a->kid[1]->n; k++) tag(&m, a->kid[1]->kid[k]);
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
        type_of(&m, file->kid[i]->kid[0], 0);
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
