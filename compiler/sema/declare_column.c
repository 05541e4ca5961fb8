/* declare_column.c: one column: its type with arguments and unit, its refinements and its tags. Knows no source: which columns there
 * are, and what they are to each other, is declare_source.c's. */
#include <math.h>
#include <string.h>
#include "compiler/sema/making.h"
#include "runtime/data/schema.h"

static const struct { const char *name; uint8_t type; } types[] = {
    {"bool", MLP_BOOL}, {"int", MLP_INT}, {"float", MLP_FLOAT}, {"category", MLP_CATEGORY}, {"ordinal", MLP_ORDINAL},
    {"text", MLP_TEXT}, {"date", MLP_DATE}, {"time", MLP_TIME}, {"id", MLP_IDENT}, {"duration", MLP_DURATION},
    {"list", MLP_LISTOF}, {"vector", MLP_VECTOR},
};

bool declare_is_type(const char *name)
{
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (!strcmp(types[i].name, name)) return true;
    return false;
}

/* The edit for what column_wrong has just reported. */
static void edit(struct making *m, const char *fix) { m->spec->src->diag[m->spec->src->diags - 1].fix = fix; }

bool column_wrong(struct making *m, const char *code, struct span at, const char *text)
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
                column_wrong(m, "E205", set->kid[i]->at, !spelt ? "this set only lists values: nothing is renamed here"
                      : "a set that renames holds two texts each, the file's first: `{\"1\": \"World\"}`");
                break;
            }
            renames = true;
        }
        if (item->kind == AST_TEXT) out[*n] = item->text;
        else if (numbers && constant_number(item, &x)) out[*n] = number_text(src, x);
        else {
            column_wrong(m, "E205", item->at,
                  numbers ? "a set of spellings holds texts or numbers" : "a set of values holds texts: write them in quotes");
            if (item->kind == AST_NAME) edit(m, source_printf(src, "write `\"%s\"`", item->text));
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

/* "dd/MM/yyyy HH:mm" as patterns are written here: `write "%d/%m/%Y %H:%M"`; "" where it is something else. */
static const char *letters(struct source *s, const char *text)
{
    static const char *const letter[][2] = {{"yyyy", "%Y"}, {"YYYY", "%Y"}, {"yy", "%y"}, {"YY", "%y"}, {"MMM", "%b"}, {"MM", "%m"}, {"dd", "%d"}, {"DD", "%d"},
                                            {"HH", "%H"}, {"hh", "%H"}, {"ss", "%S"}, {"mm", "%m"}};
    char to[80] = "";
    bool hour = false;
    while (*text && strlen(to) + 4 < sizeof to) {
        size_t k = 0;
        while (k < sizeof letter / sizeof *letter && strncmp(text, letter[k][0], strlen(letter[k][0]))) k++;
        if (k == sizeof letter / sizeof *letter) { strncat(to, text++, 1); continue; }
        hour |= letter[k][1][1] == 'H';
        strcat(to, hour && !strcmp(letter[k][0], "mm") ? "%M" : letter[k][1]);
        text += strlen(letter[k][0]);
    }
    return mlp_time_format_sound(to, 0) ? source_printf(s, "write `\"%s\"`", to) : "";
}

/* "%d/%m/%y", unix, zone: "Europe/Paris" */
static void time_arguments(struct making *m, const struct ast *list)
{
    struct column *c = m->c;
    for (uint32_t i = 0; i < list->n; i++) {
        const struct ast *item = list->kid[i], *v = value_of(item);
        if (item->kind == AST_ARG && !strcmp(item->text, "zone") && c->type.base == MLP_TIME) {
            if (v->kind != AST_TEXT) column_wrong(m, "E205", v->at, "a zone is named as in the tz database: `zone: \"Europe/Paris\"`");
            else if (!zone_find(m->spec, v, &c->zone)) m->broken = true;
        } else if (item->kind != AST_ARG && v->kind == AST_TEXT && !i) {
            c->format = v->text;
            if (mlp_time_format_sound(v->text, c->type.base == MLP_DURATION)) continue;
            column_wrong(m, "E205", v->at, c->type.base == MLP_DURATION
                  ? "this pattern tells no duration: it is made of %H %M %S %f, such as `duration(\"%H%M\")`"
                  : "this pattern tells no day: it is made of %Y %y %m %d %e %j %H %I %M %S %f %p %b %B %a %A %z %F %T, such as "
                    "`\"%d/%m/%Y %H:%M\"`, with a year, and a month where there is a day");
            if (!strchr(v->text, '%')) edit(m, letters(m->spec->src, v->text));
        } else if (is_call_of(v, "unix") && c->type.base == MLP_TIME && !i) c->format = "unix";
        else
            column_wrong(m, "E205", item->at, c->type.base == MLP_TIME
                  ? "a time takes its pattern and its zone: `time(\"%d/%m/%Y %H:%M\", zone: \"Europe/Paris\")`, or `time(unix)`"
                  : c->type.base == MLP_DATE ? "a date takes one pattern: `date(\"%d/%m/%y\")`"
                  : "a duration takes one pattern: `duration(\"%H%M\")`");
    }
    if (c->zone.name && c->format && !strcmp(c->format, "unix"))
        column_wrong(m, "E205", list->at, "seconds since 1970 are the same in every zone: leave `zone:` out");
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
        column_wrong(m, "E205", list && list->n ? list->kid[0]->at : c->at,
              "a list says what it holds, one of category, id, text, int, float: `list(category, \"|\")`");
        c->type.element = MLP_CATEGORY;
    }
    for (uint32_t i = 1; list && i < list->n; i++) {
        const struct ast *v = list->kid[i];
        if (v->kind == AST_TEXT && i == 1 && strlen(v->text) && (strlen(v->text) == 1 || strspn(v->text, " \t") < strlen(v->text)))
            c->separator = v->text;
        else column_wrong(m, "E205", v->at, "a list takes its type and the text between its values: `list(category, \"|\")`");
    }
}

/* vector(3) */
static void vector_argument(struct making *m, const struct ast *type)
{
    const struct ast *list = type->kid[0];
    double x = 0;
    m->c->type.length = 1;
    if (list && list->n == 1 && constant_number(list->kid[0], &x) && x >= 1 && x <= MLP_VECTOR_MOST && x == floor(x)) m->c->type.length = (uint32_t)x;
    else column_wrong(m, "E205", list && list->n ? list->at : type->at, "a vector says how many numbers it has, from 1 to 65_536: `vector(3)`");
}

static void type_arguments(struct making *m, const struct ast *type)
{
    const struct ast *list = type->kid[0];
    struct column *c = m->c;
    if (c->type.base == MLP_LISTOF) { list_arguments(m, list); return; }
    if (c->type.base == MLP_VECTOR) { vector_argument(m, type); return; }
    if (!list || !list->n) return;
    if (c->type.base == MLP_BOOL && list->n == 2 && list->kid[0]->kind == AST_TEXT && list->kid[1]->kind == AST_TEXT) {
        c->type.set = texts(m, list, &c->type.n_set, false, NULL);
        return;
    }
    const bool named = list->n == 2 && list->kid[0]->kind == AST_NAME && list->kid[1]->kind == AST_NAME;
    if (c->type.base == MLP_BOOL) {
        column_wrong(m, "E205", list->at, "a bool's own pair is two texts, yes first");
        edit(m, source_printf(m->spec->src, "write `bool(\"%s\", \"%s\")`", named ? list->kid[0]->text : "Yes", named ? list->kid[1]->text : "No"));
    }
    else if (c->type.base == MLP_DATE || c->type.base == MLP_TIME || c->type.base == MLP_DURATION) time_arguments(m, list);
    else {
        column_wrong(m, "E205", list->at, source_printf(m->spec->src, "`%s` takes nothing in parentheses", type->text));
        if (list->kid[0]->kind == AST_TEXT && (c->type.base == MLP_CATEGORY || c->type.base == MLP_ORDINAL))
            edit(m, source_printf(m->spec->src, "write `%s in {%s}`", type->text, slice_of(m->spec->src, list->at)));
    }
}

void column_type(struct making *m, const struct ast *type, unsigned depth)
{
    struct source *src = m->spec->src;
    struct column *c = m->c;
    const char *names[sizeof types / sizeof *types + 64];
    size_t n = 0;
    for (; n < sizeof types / sizeof *types; n++) {
        names[n] = types[n].name;
        if (strcmp(type->text, types[n].name)) continue;
        c->type.base = types[n].type;
        type_arguments(m, type);
        goto known;
    }
    const struct symbol *own = spec_find(m->spec, type->text, 1u << SYM_TYPE);
    if (!own) {
        for (uint32_t k = 0; k < m->spec->symbols && n < sizeof names / sizeof *names; k++)
            if (m->spec->symbol[k].kind == SYM_TYPE) names[n++] = m->spec->symbol[k].name;
        const char *inner = type->n > 1 && type->kid[1] ? slice_of(src, type->kid[1]->at) : NULL, *habit = habit_type(src, type->text, inner);
        const char *near = habit ? NULL : name_suggest(type->text, names, n);
        source_error(src, "E200", type->word, near ? "there is no type `%s`; did you mean `%s`?" : "there is no type `%s`",
                     type->text, near)->fix = habit ? habit : "";
        m->broken = true;
        return;
    }
    if (depth > 20) { column_wrong(m, "E205", c->at, source_printf(src, "the type `%s` is made of itself", c->name)); return; }
    if (own->broken) { m->broken = true; return; }
    column_type(m, own->ast->kid[0], depth + 1);
    if (!m->broken) column_refine(m, own->ast->kid[1]);
    column_tags(m, own->ast->kid[1]);
    if (type->kid[0] && type->kid[0]->n)
        column_wrong(m, "E205", type->kid[0]->at, source_printf(src, "`%s` takes nothing in parentheses", type->text));
known:
    if (type->num != 0) c->type.nullable = 1;
    if (type->n > 1 && type->kid[1] && !m->broken) {
        if (c->type.base != MLP_INT && c->type.base != MLP_FLOAT)
            column_wrong(m, "E205", type->kid[1]->at, source_printf(src, "only `int` and `float` have a unit: take [%s] out", slice_of(src, type->kid[1]->at)));
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
    const uint8_t base = c->type.base, of = base == MLP_LISTOF ? c->type.element : base == MLP_VECTOR ? MLP_FLOAT : base;    /* of a list, a vector: each value */
    const bool number = of == MLP_INT || of == MLP_FLOAT, time = of == MLP_DATE || of == MLP_TIME, length = of == MLP_DURATION,
               codes = of == MLP_CATEGORY || of == MLP_ORDINAL;
    if (a->kind == AST_SET) {
        if (codes) {
            c->type.set = texts(m, a, &c->type.n_set, false, &c->spelt);
            if (!c->type.n_set && !m->broken) column_wrong(m, "E205", a->at, "the set is empty");
        } else if (base == MLP_BOOL) column_wrong(m, "E205", r->at, "a bool has its pair in parentheses: `bool(\"Yes\", \"No\")`");
        else
            column_wrong(m, "E205", r->at,
                  number ? "a number has a range: `in 0..120`; for a few values make it a `category`"
                         : "a set belongs to a `category` or an `ordinal`");
        return;
    }
    if (a->kind == AST_BINARY && !strcmp(a->text, "..") && (number || time || length)) {
        if (!limit(a->kid[0], &c->type, &c->type.lo) || !limit(a->kid[1], &c->type, &c->type.hi))
            column_wrong(m, "E205", a->at,
                  number ? "the ends of this range are not numbers"
                  : time ? "the ends of this range are not dates: write `2020-01-01..2025-12-31`"
                         : "the ends of this range are not durations: write `0s..12h`");
        else if (c->type.lo > c->type.hi) {
            column_wrong(m, "E205", a->at, "the range ends before it begins: write the smaller end first");
        }
        return;
    }
    double x;
    if (number && a->kind == AST_BINARY && !strcmp(a->text, "-") && constant_number(a->kid[0], &x) &&
        constant_number(a->kid[1], &x))
        column_wrong(m, "E205", a->at,
              source_printf(m->spec->src, "`in` takes a range or a set: write `%s..%s`", a->kid[0]->text, a->kid[1]->text));
    else if (codes) {
        const char *text = slice_of(m->spec->src, a->at);
        const int n = (int)strlen(text);
        column_wrong(m, "E205", a->at, "the values of a category stand in a set");
        edit(m, a->kind == AST_ARRAY && n > 2 && n < 80 ? source_printf(m->spec->src, "write `in {%.*s}`", n - 2, text + 1) : "write `in {\"a\", \"b\"}`");
    } else if (number && a->kind == AST_ARRAY && a->n == 2 && constant_number(value_of(a->kid[0]), &x) && constant_number(value_of(a->kid[1]), &x)) {
        column_wrong(m, "E205", a->at, "a number has a range");
        edit(m, source_printf(m->spec->src, "write `in %s..%s`", slice_of(m->spec->src, a->kid[0]->at), slice_of(m->spec->src, a->kid[1]->at)));
    }
    else if (number || time || length)
        column_wrong(m, "E205", a->at, number ? "a number has a range: `in 0..120`"
                              : time ? "a date has a range: `in 2020-01-01..2025-12-31`" : "a duration has a range: `in 0s..12h`");
    else column_wrong(m, "E205", r->at, "this type takes no `in`");
}

/* matches "^[A-Z]{2}-[0-9]+$": a text, or a spelling that no set lists; of a list each value. */
static void refine_matches(struct making *m, const struct ast *r)
{
    const uint8_t base = m->c->type.base, of = base == MLP_LISTOF ? m->c->type.element : base;
    const struct ast *a = r->kid[0];
    const char *fix;
    uint32_t groups;
    struct span at = a->at;
    if (of != MLP_TEXT && of != MLP_CATEGORY && of != MLP_IDENT) {
        column_wrong(m, "E205", r->at, of == MLP_INT || of == MLP_FLOAT ? "a pattern belongs to a text, and a number has a range: `in 0..120`"
                     : "a pattern belongs to a `text`, a `category`, an `id`, or a list of these");
        return;
    }
    const char *words = pattern_fault(m->spec->src, a->text, a, &at, &fix, &groups);
    m->c->pattern = a->text;
    if (!words) return;
    source_error(m->spec->src, "E205", at, "\"%s\" is no pattern: %s", a->text, words)->fix = fix;
    m->broken = true;
}

static void refine_one(struct making *m, const struct ast *r)
{
    struct column *c = m->c;
    const struct ast *a = r->n ? r->kid[0] : NULL;
    double x = 0;
    if (!strcmp(r->text, "in")) refine_in(m, r);
    else if (!strcmp(r->text, "matches")) refine_matches(m, r);
    else if (!strcmp(r->text, "unique")) c->unique = 1;
    else if (!strcmp(r->text, "missing")) {
        if (!constant_number(a, &x) || x < 0 || x > 1) column_wrong(m, "E205", r->at, "`missing <=` takes a share: `missing <= 5%`");
        else c->max_missing = x;
    } else if (!strcmp(r->text, "missing_in")) {
        if (a->kind != AST_SET) column_wrong(m, "E205", a->at, "`missing in` takes a set: `missing in {-1}`");
        else c->missing = texts(m, a, &c->n_missing, true, NULL);
    } else if (!strcmp(r->text, "distinct")) {
        if (!constant_number(a, &x) || x < 1 || x != floor(x))
            column_wrong(m, "E205", r->at, "`distinct <=` takes a whole number: `distinct <= 250`");
        else c->max_distinct = x;
    } else if (!strcmp(r->text, "from")) {
        if (a->kind == AST_TEXT) c->from = a->text;
        else if (constant_number(a, &x) && x >= 1 && x == floor(x) && x < 1e6) c->position = (uint32_t)x;
        else if (is_call_of(a, "file")) {
            c->from_file = 1;
            if (c->type.base != MLP_CATEGORY && c->type.base != MLP_IDENT && c->type.base != MLP_TEXT)
                column_wrong(m, "E205", r->at, "`from file` gives the file's name: the column is a `category`, an `id` or a `text`");
        }
        else column_wrong(m, "E205", r->at, "`from` takes the column's name in the file in quotes, or its position from 1");
    } else if (!strcmp(r->text, "->")) {
        if (c->type.base != MLP_IDENT) column_wrong(m, "E205", r->at, "only an `id` refers to another source");
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
                column_wrong(m, "E206", v->at, "months and years differ in length: write it in days, such as `30d`");
                return;
            }
            m->c->known_us = outcome ? llround(x * 1e6) : -llround(x * 1e6);
        } else if (outcome && !strcmp(key, "at") && v->kind == AST_NAME) {
            m->c->known_at_name = v;
            if (!m->c->known_us) m->c->known_us = INT64_MAX;
        } else {
            column_wrong(m, "E206", item->at,
                  outcome ? "`@outcome` takes how long after `@time` it is known, `@outcome(after: 30d)`, and the column that says "
                            "when, `@outcome(at: paid_at, after: 45d)`"
                          : "`@known` takes how long before `@time` it is known: `@known(before: 2d)`");
            return;
        }
    }
}

void column_tag(struct making *m, const struct ast *t)
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
        column_wrong(m, "E206", t->at, source_printf(m->spec->src, "`@%s` takes nothing in parentheses", t->text));
    if (!strcmp(t->text, "time") && c->type.base != MLP_DATE && c->type.base != MLP_TIME && !m->broken && !c->derived) {
        c->tags &= ~(uint32_t)MLP_ASOF;
        column_wrong(m, "E206", t->at, source_printf(m->spec->src, "`@time` stands on a `date` or a `time`: write `%s: date @time`, or take the tag out", c->name));
    }
    if (!strcmp(t->text, "weight") && c->type.base != MLP_INT && c->type.base != MLP_FLOAT && !m->broken && !c->derived)
        column_wrong(m, "E206", t->at, source_printf(m->spec->src, "`@weight` stands on a number: write `%s: float @weight`, or take the tag out", c->name));
}

void column_refine(struct making *m, const struct ast *list)
{
    for (uint32_t i = 0; list && i < list->n; i++)
        if (list->kid[i]->kind == AST_REFINE) refine_one(m, list->kid[i]);
}

void column_tags(struct making *m, const struct ast *list)
{
    for (uint32_t i = 0; list && i < list->n; i++)
        if (list->kid[i]->kind == AST_TAG) column_tag(m, list->kid[i]);
}

/* The checks that need type, refinements and tags together. */
void column_settle(struct making *m)
{
    struct column *c = m->c;
    struct source *src = m->spec->src;
    if (c->type.base == MLP_ORDINAL && !c->type.n_set && !m->broken)
        column_wrong(m, "E205", c->at,
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
    if (c->pattern && c->type.n_set && !m->broken)
        column_wrong(m, "E205", c->at, source_printf(src, "the values of `%s` are listed, and no pattern says more: take `matches` out", c->name));
    if (isfinite(c->max_distinct) && c->type.base != MLP_CATEGORY && c->type.base != MLP_IDENT && !m->broken)
        column_wrong(m, "E205", c->at, "`distinct <=` stands on a `category` or an `id`: take it out");
    if ((c->unique || c->tags & (MLP_KEY | MLP_GROUP)) && (c->type.base == MLP_LISTOF || c->type.base == MLP_VECTOR) && !m->broken)
        column_wrong(m, c->unique ? "E205" : "E206", c->at, source_printf(src, "`%s` is %s, and `%s` stands on one value: take it out", c->name, type_word(&c->type),
                                                                          c->unique ? "unique" : c->tags & MLP_KEY ? "@key" : "@group"));
    if (c->tags & MLP_KEY && c->type.nullable && !m->broken)
        column_wrong(m, "E206", c->at, source_printf(src, "`%s` is a `@key`, and a key is never missing: take the `?` out", c->name));
    if (c->tags & MLP_ASOF && c->type.nullable && !m->broken)
        column_wrong(m, "E206", c->at, source_printf(src, "`%s` is the `@time` of its row, and that is never missing: take the `?` out", c->name));
    if (c->tags & MLP_QUERY && c->type.base != MLP_IDENT && c->type.base != MLP_CATEGORY && !m->broken)
        column_wrong(m, "E206", c->at, "`@query` stands on an `id`: its rows are ranked together");
    if (c->type.base == MLP_CATEGORY || c->type.base == MLP_ORDINAL || c->type.base == MLP_IDENT) c->type.origin = c;
    if (c->type.base == MLP_BOOL) c->type.lo = 0, c->type.hi = 1;
}
