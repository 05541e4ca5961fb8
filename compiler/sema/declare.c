/* declare.c: the declarations of a spec as tables: which blocks there are and how often, all names, params and types. Columns are
 * in declare_source.c, the target in declare_goal.c. Knows no expressions: what a name means inside one is elaborate's. */
#include "compiler/sema/declare.h"
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

struct not_built { const char *what; struct span at; };

/* Four places at first, then twice as many whenever n is a power of two. */
void *sema_grow(struct source *s, const void *array, uint32_t n, size_t size)
{
    if (n && (n < 4 || n & (n - 1))) return (void *)array;
    void *more = mlp_arena_alloc(&s->arena, (n ? 2 * (size_t)n : 4) * size);
    if (n) memcpy(more, array, n * size);
    return more;
}

/* ---- reading the tree ---- */

const struct ast *entry_of(const struct ast *a, const struct ast **tags)
{
    const struct ast *own = NULL;
    if (a->kind == AST_TAGGED) own = a->kid[1], a = a->kid[0];
    if (tags) *tags = own;
    return a;
}

const struct ast *value_of(const struct ast *a)
{
    while (a && (a->kind == AST_ARG || a->kind == AST_ITEM || a->kind == AST_OPTION || a->kind == AST_BOUND || a->kind == AST_GOAL))
        a = a->kid[0];
    return a;
}

const struct ast *clauses_of(const struct ast *a)
{
    while (a && a->kind != AST_BOUND) {
        if (a->kind != AST_ITEM && a->kind != AST_OPTION && a->kind != AST_GOAL) return NULL;
        a = a->kid[0];
    }
    return a && a->n > 1 && a->kid[1] && a->kid[1]->n ? a->kid[1] : NULL;
}

const struct ast *block_of(const struct ast *section) { return section && section->n ? section->kid[section->n - 1] : NULL; }

bool is_call_of(const struct ast *a, const char *name)
{
    return a && (a->kind == AST_NAME || a->kind == AST_CALL) && !strcmp(a->text, name);
}

bool constant_number(const struct ast *a, double *out)
{
    double sign = 1;
    while (a && a->kind == AST_NEGATE) sign = -sign, a = a->kid[0];
    if (!a || a->kind != AST_NUMBER) return false;
    *out = sign * a->num;
    return true;
}

bool constant_time(const struct ast *a, int64_t *out)
{
    if (!a || a->kind != AST_DATE) return false;
    *out = llround(a->num * 1e6);
    return true;
}

const char *number_text(struct source *s, double x)
{
    char text[40];
    for (int digits = 1; digits <= 17; digits++) {
        snprintf(text, sizeof text, "%.*g", digits, x);
        double back;
        if (sscanf(text, "%lf", &back) == 1 && back == x) break;
    }
    if (fabs(x) < 1e15 && x == floor(x)) snprintf(text, sizeof text, "%.0f", x);
    return mlp_arena_copy(&s->arena, text, strlen(text));
}

uint32_t line_of(const struct source *s, struct span at) { return source_place(s, at.from).line; }

const char *slice_of(struct source *s, struct span at)
{
    char *text = mlp_arena_copy(&s->arena, s->text + at.from, at.to - at.from), *to = text;
    for (const char *p = text; *p; p++) {
        if (*p == '#') while (p[1] && p[1] != '\n') p++;
        const char c = *p == '\n' || *p == '\t' || *p == '#' ? ' ' : *p;
        if (c != ' ' || (to > text && to[-1] != ' ')) *to++ = c;
    }
    while (to > text && to[-1] == ' ') to--;
    *to = 0;
    return text;
}

/* ---- what is not built yet ---- */

void spec_not_built(struct spec *spec, struct span at, const char *what, ...)
{
    char text[200];
    va_list list;
    va_start(list, what);
    vsnprintf(text, sizeof text, what, list);
    va_end(list);
    for (uint32_t i = 0; i < spec->not_builts; i++)
        if (!strcmp(spec->not_built[i].what, text)) return;
    *PUSH(spec->src, spec->not_built, spec->not_builts) =
        (struct not_built){mlp_arena_copy(&spec->src->arena, text, strlen(text)), at};
}

bool spec_report_not_built(struct spec *spec)
{
    if (spec->src->errors) return false;
    for (uint32_t i = 0; i < spec->not_builts; i++)
        source_error(spec->src, "E290", spec->not_built[i].at, "%s is part of the language, but this build cannot do it yet",
                     spec->not_built[i].what)->fix = "leave it out for now";
    return spec->not_builts == 0;
}

/* ---- tags ---- */

static const char *const tag_names[] = {"key",    "time", "outcome",   "known", "group", "query",
                                        "weight", "pii",  "sensitive", "never", "allow"};

static bool is_code(const char *text)
{
    static const char *const codes[] = {
#define ROW(code, title, page) #code,
#include "compiler/sema/diagnostics.def"
    };
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++)
        if (!strcmp(codes[i], text)) return true;
    return false;
}

bool check_tags(struct spec *spec, const struct ast *tags, bool only_allow)
{
    bool fine = true;
    for (uint32_t i = 0; tags && i < tags->n; i++) {
        const struct ast *t = tags->kid[i];
        if (t->kind != AST_TAG) continue;
        size_t k = 0;
        while (k < sizeof tag_names / sizeof *tag_names && strcmp(t->text, tag_names[k])) k++;
        if (k == sizeof tag_names / sizeof *tag_names) {
            const char *near = name_suggest(t->text, tag_names, k);
            struct diag *d = source_error(spec->src, "E200", t->at, near ? "there is no tag `@%s`; did you mean `@%s`?" : "there is no tag `@%s`",
                                          t->text, near);
            if (!near) d->fix = "use `@key`, `@time`, `@outcome`, `@known`, `@group`, `@query`, `@weight`, `@pii`, `@sensitive` or `@never`";
            fine = false;
        } else if (!strcmp(t->text, "allow")) {
            const struct ast *code = NULL, *reason = NULL;
            for (uint32_t j = 0; j < t->n; j++) {
                const struct ast *item = t->kid[j];
                if (item->kind == AST_ARG && !strcmp(item->text, "reason")) reason = item->kid[0];
                else code = value_of(item);
            }
            if (!code || code->kind != AST_NAME || !is_code(code->text)) {
                source_error(spec->src, "E206", t->at, "`@allow` takes the code of a diagnostic%s%s%s",
                             code && code->kind == AST_NAME ? ", and there is no `" : "",
                             code && code->kind == AST_NAME ? code->text : "", code && code->kind == AST_NAME ? "`" : "")
                    ->fix = "write `@allow(E109, reason: \"…\")`";
                fine = false;
            } else if (!reason || reason->kind != AST_TEXT || !*reason->text) {
                source_error(spec->src, "E206", t->at, "`@allow(%s)` needs a reason that a reviewer can read", code->text)->fix =
                    source_printf(spec->src, "write `@allow(%s, reason: \"…\")`", code->text);
                fine = false;
            }
        } else if (only_allow) {
            source_error(spec->src, "E206", t->at, "`@%s` stands on a column; here only `@allow` may stand", t->text);
            fine = false;
        }
    }
    return fine;
}

bool tags_allow(const struct ast *tags, const char *code)
{
    for (uint32_t i = 0; tags && i < tags->n; i++)
        if (tags->kid[i]->kind == AST_TAG && !strcmp(tags->kid[i]->text, "allow"))
            for (uint32_t j = 0; j < tags->kid[i]->n; j++)
                if (is_call_of(value_of(tags->kid[i]->kid[j]), code)) return true;
    return false;
}

/* ---- params ---- */

static const struct { const char *name; uint8_t kind; } param_types[] = {
    {"int", MLP_P_NUM}, {"float", MLP_P_NUM}, {"duration", MLP_P_NUM}, {"bool", MLP_P_BOOL},
    {"text", MLP_P_TEXT}, {"path", MLP_P_TEXT}, {"secret", MLP_P_TEXT}, {"category", MLP_P_TEXT}, {"id", MLP_P_TEXT},
};

static bool param_type(struct spec *spec, const struct ast *type, struct mlp_param *out)
{
    const char *names[sizeof param_types / sizeof *param_types];
    const size_t n = sizeof param_types / sizeof *param_types;
    for (size_t i = 0; i < n; i++) {
        names[i] = param_types[i].name;
        if (strcmp(type->text, names[i])) continue;
        out->kind = param_types[i].kind;
        out->secret = !strcmp(type->text, "secret"), out->whole = !strcmp(type->text, "int");
        return true;
    }
    const char *near = name_suggest(type->text, names, n);
    struct diag *d =
        source_error(spec->src, "E200", type->at,
                     near ? "a param cannot be a `%s`; did you mean `%s`?" : "a param cannot be a `%s`", type->text, near);
    if (!near) d->fix = "a param is `int`, `float`, `bool`, `text`, `path`, `duration` or `secret`";
    return false;
}

static void declare_param(struct spec *spec, const struct ast *a)
{
    const struct ast *type = a->kid[0], *refine = a->kid[1], *fallback = a->n > 2 ? a->kid[2] : NULL;
    struct param_decl *p = PUSH(spec->src, spec->param, spec->params);
    *p = (struct param_decl){
        .name = a->text, .ast = a, .out = {.id = {a->text, a->doc, a->at.from, a->at.to}, .lo = -INFINITY, .hi = INFINITY}};
    struct mlp_param *out = &p->out;
    bool fine = true, wide = false;
    if (type) fine = param_type(spec, type, out);
    else if (!fallback) source_error(spec->src, "E204", a->at, "the param `%s` needs a type or a default", a->text)->fix =
        source_printf(spec->src, "write `param %s: text`, or `param %s = 1`", a->text, a->text), fine = false;
    else
        out->kind = fallback->kind == AST_TEXT                                  ? MLP_P_TEXT
                    : fallback->kind == AST_TRUE || fallback->kind == AST_FALSE ? MLP_P_BOOL
                                                                                : MLP_P_NUM;
    for (uint32_t i = 0; refine && i < refine->n; i++) {
        const struct ast *r = refine->kid[i];
        if (r->kind == AST_REFINE && !strcmp(r->text, "in") && r->n && r->kid[0]->kind == AST_BINARY &&
            !strcmp(r->kid[0]->text, "..") && constant_number(r->kid[0]->kid[0], &out->lo) &&
            constant_number(r->kid[0]->kid[1], &out->hi) && out->kind == MLP_P_NUM)
            wide = true;
        else if (r->kind == AST_REFINE)
            source_error(spec->src, "E205", r->at, "a param may have a range of numbers, and nothing else"), fine = false;
    }
    if (type && type->num != 0)
        source_error(spec->src, "E205", type->at, "a param is never missing: leave the `?` out"), fine = false;
    out->required = !fallback;
    if (fallback && fine) {
        if (out->kind == MLP_P_TEXT) {
            if (fallback->kind == AST_TEXT) out->text = fallback->text;
            else fine = false;
        } else if (out->kind == MLP_P_BOOL) {
            if (fallback->kind == AST_TRUE || fallback->kind == AST_FALSE) out->num = fallback->kind == AST_TRUE;
            else fine = false;
        } else fine = constant_number(fallback, &out->num);
        if (!fine) source_error(spec->src, "E203", fallback->at, "the default of `%s` is not a %s", a->text,
                                out->kind == MLP_P_TEXT ? "text" : out->kind == MLP_P_BOOL ? "`true` or `false`" : "number");
        else if (out->whole && out->num != floor(out->num))
            source_error(spec->src, "E203", fallback->at, "the default of `%s` is not a whole number", a->text)->fix =
                source_printf(spec->src, "make it a `float`, or round it: `param %s: int = %.0f`", a->text, out->num), fine = false;
        else if (wide && (out->num < out->lo || out->num > out->hi))
            source_error(spec->src, "E203", fallback->at, "the default of `%s` is outside %s..%s", a->text,
                         number_text(spec->src, out->lo), number_text(spec->src, out->hi)),
                fine = false;
    }
    declare_symbol(spec, SYM_PARAM, a->text, a, NULL, spec->params - 1);
    if (!fine && spec->symbols) spec->symbol[spec->symbols - 1].broken = 1;
}

/* ---- blocks ---- */

static const struct { const char *name; size_t at; } slots[] = {
    {"goal", offsetof(struct spec, goal)}, {"features", offsetof(struct spec, features)},
    {"metrics", offsetof(struct spec, metrics)}, {"about", offsetof(struct spec, about)},
};

static void twice(struct spec *spec, const struct ast *a, const struct ast *first, const char *what)
{
    struct diag *d = source_error(spec->src, "E201", a->at, "`%s` is given twice; the first stands in line %u", what,
                                  line_of(spec->src, first->at));
    d->at.to = d->at.from + (uint32_t)strlen(a->kind == AST_SPLIT ? "split" : a->kind == AST_PIPELINE ? "pipeline" : a->text);
    d->cause = (struct span){first->at.from, first->at.from + (d->at.to - d->at.from)}, d->cause_text = "the first";
    d->fix = "join the two, or take one out";
}

static bool same_subject(const struct ast *a, const struct ast *b)
{
    const struct ast *x = a->kid[0], *y = b->kid[0];
    return (!x && !y) || (x && y && ast_equal(x, y));
}

static void declare_section(struct spec *spec, const struct ast *given, const struct ast *const *before, uint32_t n)
{
    const struct ast *a = given;
    const struct builtin *b = library_find(B_BLOCK, a->text);
    if (!b) {
        uint32_t names;
        const char *const *known = library_names(B_BLOCK, &names), *near = name_suggest(a->text, known, names);
        source_error(spec->src, "E200", a->word, near ? "there is no block `%s`; did you mean `%s`?" : "there is no block `%s`",
                     a->text, near);
        if (!near) return;
        struct ast *meant = mlp_arena_alloc(&spec->src->arena, sizeof *meant);
        *meant = *given, meant->text = near;                /* read on as what was meant: its names are used elsewhere */
        a = meant, b = library_find(B_BLOCK, near);
    }
    check_tags(spec, a->kid[1], true);
    const bool named =
        !strcmp(a->text, "train") || !strcmp(a->text, "test") || !strcmp(a->text, "fairness") || !strcmp(a->text, "personalize");
    for (uint32_t i = 0; i < n; i++)
        if (before[i] && before[i]->kind == AST_SECTION && !strcmp(before[i]->text, a->text) &&
            (!named || same_subject(a, before[i]))) {
            twice(spec, a, before[i], a->text);
            return;
        }
    struct span head = {a->at.from, a->at.from + (uint32_t)strlen(a->text)};
    if (a->kid[0] && !named)
        source_error(spec->src, "E204", a->kid[0]->at, "`%s` has no name of its own: there is one `%s` in a spec", a->text,
                     a->text);
    if (!b->built) {
        spec_not_built(spec, head, "`%s`", a->text);
        return;
    }
    for (size_t i = 0; i < sizeof slots / sizeof *slots; i++)
        if (!strcmp(a->text, slots[i].name)) *(const struct ast **)((char *)spec + slots[i].at) = a;
    if (!strcmp(a->text, "test")) *PUSH(spec->src, spec->test, spec->tests) = a;
    if (!strcmp(a->text, "train")) {
        if (spec->trains == sizeof spec->train / sizeof *spec->train)
            source_error(spec->src, "E204", head, "there are more than %u `train` blocks", spec->trains);
        else spec->train[spec->trains++] = a;
    }
}

static void declare_features(struct spec *spec)
{
    const struct ast *block = block_of(spec->features);
    for (uint32_t i = 0; block && i < block->n; i++) {
        const struct ast *tags, *e = entry_of(block->kid[i], &tags);
        check_tags(spec, tags, true);
        if (e->kind == AST_LET) declare_symbol(spec, SYM_LET, e->text, e, NULL, i);
        else if (e->kind == AST_DEFINE) declare_symbol(spec, SYM_FEATURE, e->text, e, NULL, i);
    }
}

static void collect(struct spec *spec)
{
    const struct ast *file = spec->src->tree, *pipeline = NULL;
    for (uint32_t i = 0; i < file->n; i++) {
        const struct ast *a = file->kid[i];
        if (!a) continue;
        switch (a->kind) {
        case AST_PIPELINE:
            if (pipeline) twice(spec, a, pipeline, "pipeline");
            else if (i) source_error(spec->src, "E204", a->at, "`pipeline %s` is the header: it stands first", a->text);
            if (!pipeline) pipeline = a, spec->name = a->text;
            break;
        case AST_IMPORT: spec_not_built(spec, a->at, "`import`"); break;
        case AST_EXTEND: spec_not_built(spec, a->at, "`extend`"); break;
        case AST_REMOVE: spec_not_built(spec, a->at, "`remove`"); break;
        case AST_LABEL: spec_not_built(spec, a->at, "`label`"); break;
        case AST_BUILTIN:
            source_error(spec->src, "E204", a->at, "`builtin` stands in the standard library only")->fix = "write a `fn`";
            break;
        case AST_PARAM: declare_param(spec, a); break;
        case AST_TYPEDEF: declare_symbol(spec, SYM_TYPE, a->text, a, NULL, i); break;
        case AST_FN: declare_symbol(spec, SYM_FN, a->text, a, NULL, i); break;
        case AST_METRIC:
            declare_symbol(spec, SYM_METRIC, a->text, a, NULL, i);
            break;
        case AST_SPLIT:
            check_tags(spec, a->kid[1], true);
            if (spec->split) twice(spec, a, spec->split, "split");
            else spec->split = a;
            break;
        case AST_BASELINE:
            check_tags(spec, a->kid[1], true);
            declare_symbol(spec, SYM_BASELINE, a->text, a, NULL, spec->baselines);
            *PUSH(spec->src, spec->baseline, spec->baselines) = a;
            break;
        case AST_MODEL:
            check_tags(spec, a->kid[1], true);
            declare_symbol(spec, SYM_MODEL, a->text, a, NULL, spec->models);
            *PUSH(spec->src, spec->model, spec->models) = a;
            break;
        case AST_SECTION: declare_section(spec, a, (const struct ast *const *)file->kid, i); break;
        default: break;                                     /* sources have a pass of their own: types must be known */
        }
    }
    if (!spec->name) {                                      /* without a header: the file's name */
        const char *base = strrchr(spec->src->path, '/');
        base = base ? base + 1 : spec->src->path;
        const char *dot = strrchr(base, '.');
        spec->name = mlp_arena_copy(&spec->src->arena, base, dot ? (size_t)(dot - base) : strlen(base));
    }
}

bool declare_spec(struct source *src, struct spec *spec, struct outside *outside)
{
    *spec = (struct spec){.src = src, .outside = outside};
    const uint32_t before = src->errors;
    collect(spec);
    declare_sources(spec);
    bool overlay = false;
    for (uint32_t i = 0; i < src->tree->n; i++) overlay |= src->tree->kid[i] && src->tree->kid[i]->kind == AST_EXTEND;
    struct span start = {0, src->n ? 1 : 0};
    for (uint32_t i = 0; i < src->tree->n; i++)
        if (src->tree->kid[i]) { start = src->tree->kid[i]->word; break; }
    if (!spec->goal && !overlay)
        source_error(src, "E204", start, "a spec needs a `goal`: what is predicted, and how well")->fix =
            "write `goal { predict COLUMN, maximize roc_auc >= 0.8 }`";
    if (!spec->sources && !overlay)
        source_error(src, "E204", start, "a spec needs a `source`: where its rows come from")->fix =
            "write `source NAME = csv(\"rows.csv\") { column: type … }`";
    if (spec->goal && spec->sources) declare_target(spec);
    declare_features(spec);
    return src->errors == before;
}
