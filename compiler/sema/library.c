/* library.c: the standard library, parsed once per process from the text that stdgen embedded, and tabled by kind and name.
 * later.mlp lists what the language has but this build has not: its builtins have `built` 0; where a name is built elsewhere, its
 * parameters there are the ones that are not. Must not know any single name: stdlib/ is the only list. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "compiler/sema/elaborate.h"

struct library_file { const char *name, *text; size_t n; };
extern const struct library_file library_files[];           /* made by stdgen */

static const char *const kind_names[B_KINDS] = {
    [B_PURE] = "pure", [B_FITTED] = "fitted", [B_WINDOWED] = "windowed", [B_REDUCER] = "reducer", [B_READER] = "reader",
    [B_STEP] = "step",
    [B_MODEL] = "model", [B_LAYER] = "layer", [B_OPTIMIZER] = "optimizer", [B_SCHEDULE] = "schedule", [B_LOSS] = "loss",
    [B_METRIC] = "metric", [B_SPLIT] = "split", [B_BASELINE] = "baseline", [B_BLOCK] = "block", [B_POLICY] = "policy",
};
static const struct { const char *name; uint8_t task; } task_names[] = {
    {"binary", MLP_BINARY}, {"multiclass", MLP_MULTICLASS}, {"ordinal", MLP_ORDERED}, {"regression", MLP_REGRESSION},
    {"count", MLP_COUNT},
    {"ranking", MLP_RANKING}, {"generation", MLP_GENERATION},
};
static const struct { const char *name; uint32_t takes; } type_names[] = {
    {"float", TAKES_NUM}, {"int", TAKES_INT}, {"bool", TAKES_BOOL}, {"text", TAKES_TEXT}, {"category", TAKES_NAME},
    {"column", TAKES_COLUMN},
    {"expr", TAKES_EXPR}, {"range", TAKES_RANGE}, {"duration", TAKES_DURATION}, {"metric", TAKES_METRIC}, {"model", TAKES_MODEL},
    {"baseline", TAKES_BASELINE}, {"loss", TAKES_LOSS}, {"formula", TAKES_FORMULA}, {"rows", TAKES_EXPR}, {"set", TAKES_LIST}, {"policy", TAKES_POLICY},
};

/* The one library of the process: read only once loaded. */
enum { FILES = 32, BUCKETS = 1024 };
static struct {
    bool loaded;
    struct source file[FILES]; int files;
    struct builtin *builtin; uint32_t builtins, room;
    const struct ast **fn; uint32_t fns;
    uint32_t bucket[BUCKETS];                               /* of builtins and fns: place + 1; fns behind the builtins */
    const char **names[B_KINDS]; uint32_t n_names[B_KINDS];
    const char **fn_names;
} lib;

static uint32_t hash_of(unsigned kind, const char *name)
{
    uint32_t h = 2166136261u + kind * 97;
    for (; *name; name++) h = (h ^ (unsigned char)*name) * 16777619u;
    return h;
}

static void enter(unsigned kind, const char *name, uint32_t place)
{
    uint32_t at = hash_of(kind, name) % BUCKETS;
    while (lib.bucket[at]) at = (at + 1) % BUCKETS;
    lib.bucket[at] = place + 1;
}

const struct builtin *library_find(enum builtin_kind kind, const char *name)
{
    const struct builtin *found = NULL;
    for (uint32_t at = hash_of(kind, name) % BUCKETS; lib.bucket[at]; at = (at + 1) % BUCKETS) {
        const uint32_t i = lib.bucket[at] - 1;
        if (i >= lib.builtins || lib.builtin[i].kind != kind || strcmp(lib.builtin[i].name, name)) continue;
        if (lib.builtin[i].built) return &lib.builtin[i];
        if (!found) found = &lib.builtin[i];
    }
    return found;
}

const struct ast *library_fn(const char *name)
{
    for (uint32_t at = hash_of(B_KINDS, name) % BUCKETS; lib.bucket[at]; at = (at + 1) % BUCKETS) {
        const uint32_t i = lib.bucket[at] - 1;
        if (i >= lib.builtins && !strcmp(lib.fn[i - lib.builtins]->text, name)) return lib.fn[i - lib.builtins];
    }
    return NULL;
}

const struct builtin *library_all(uint32_t *n) { return *n = lib.builtins, lib.builtin; }
const char *const *library_names(enum builtin_kind kind, uint32_t *n) { return *n = lib.n_names[kind], lib.names[kind]; }
const char *const *library_fn_names(uint32_t *n) { return *n = lib.fns, lib.fn_names; }

bool library_parameter_later(const struct builtin *b, const char *name)
{
    for (uint32_t i = 0; i < lib.builtins; i++) {
        const struct builtin *later = &lib.builtin[i];
        if (later->built || later->kind != b->kind || strcmp(later->name, b->name)) continue;
        for (uint32_t k = 0; k < later->params; k++)
            if (!strcmp(later->param[k].name, name)) return true;
    }
    return false;
}

/* ---- loading ---- */

static bool number(const struct ast *a, double *value)
{
    if (!a) return false;
    if (a->kind == AST_NEGATE) return number(a->kid[0], value) && (*value = -*value, true);
    return a->kind == AST_NUMBER && (*value = a->num, true);
}

static void parameter(struct source *s, const struct ast *a, struct parameter *p)
{
    const struct ast *type = a->kid[0], *refine = a->kid[1];
    *p = (struct parameter){.name = a->text, .doc = a->doc, .fallback = a->kid[2], .lo = -INFINITY, .hi = INFINITY};
    p->required = !p->fallback && !(type && type->num == 1);
    if (!type) p->takes = TAKES_EXPR;
    struct ast element;                                     /* list(text): the element is written as a name */
    for (int wrap = 0; type && wrap < 2; wrap++) {
        const bool list = !strcmp(type->text, "list"), rest = !strcmp(type->text, "rest");
        if ((list || rest) && type->kid[0] && type->kid[0]->n == 1) {
            p->takes |= list ? TAKES_LIST : 0, p->rest = rest;
            element = (struct ast){.kind = AST_TYPE, .text = type->kid[0]->kid[0]->text};
            type = &element;
            continue;
        }
        for (size_t i = 0; i < sizeof type_names / sizeof *type_names; i++)
            if (!strcmp(type->text, type_names[i].name)) p->takes |= type_names[i].takes;
        if (type->n > 1 && type->kid[1]) unit_of(s, type->kid[1], &p->unit);
        break;
    }
    for (uint32_t i = 0; refine && i < refine->n; i++) {
        const struct ast *r = refine->kid[i], *in = r->n ? r->kid[0] : NULL;
        if (r->kind != AST_REFINE || strcmp(r->text, "in") || !in) continue;
        if (in->kind == AST_BINARY) number(in->kid[0], &p->lo), number(in->kid[1], &p->hi);
        else if (in->kind == AST_SET) {
            char **names = mlp_arena_alloc(&s->arena, sizeof *names * in->n);
            for (uint32_t k = 0; names && k < in->n; k++) names[k] = (char *)(uintptr_t)in->kid[k]->text;
            p->names = names, p->n_names = names ? in->n : 0;
        }
    }
}

/* What a metric gives, in a word, as numbers. */
static void range_of(const struct ast *result, struct builtin *b)
{
    static const struct { const char *word; double least, most; } ranges[] = {
        {"share", 0, 1}, {"correlation", -1, 1}, {"skill", -INFINITY, 1}, {"amount", 0, INFINITY}};
    b->least = -INFINITY, b->most = INFINITY;
    for (size_t i = 0; result && i < sizeof ranges / sizeof *ranges; i++)
        if (!strcmp(result->text, ranges[i].word)) b->least = ranges[i].least, b->most = ranges[i].most;
}

static void add_builtin(struct source *s, const struct ast *a, bool built)
{
    unsigned kind = 0;
    while (kind < B_KINDS && strcmp(kind_names[kind], a->kid[0]->text)) kind++;
    if (kind == B_KINDS) {
        source_error(s, "E200", a->kid[0]->at, "`%s` is no kind of builtin", a->kid[0]->text);
        return;
    }
    if (lib.builtins == lib.room) {
        const uint32_t room = lib.room ? lib.room * 2 : 256;
        struct builtin *more = realloc(lib.builtin, sizeof *more * room);
        if (!more) source_no_memory(sizeof *more * room);
        lib.builtin = more, lib.room = room;
    }
    const struct ast *list = a->kid[1], *tasks = a->n > 3 ? a->kid[3] : NULL;
    struct builtin *b = &lib.builtin[lib.builtins++];
    *b = (struct builtin){.kind = (uint8_t)kind, .built = built, .name = a->text, .doc = a->doc, .ast = a};
    range_of(a->n > 2 ? a->kid[2] : NULL, b);
    if (list && list->n) {
        struct parameter *p = mlp_arena_alloc(&s->arena, sizeof *p * list->n);
        for (uint32_t i = 0; i < list->n; i++) parameter(s, list->kid[i], &p[i]);
        b->param = p, b->params = list->n;
    }
    for (uint32_t i = 0; tasks && i < tasks->n; i++)
        for (size_t k = 0; k < sizeof task_names / sizeof *task_names; k++)
            if (!strcmp(tasks->kid[i]->text, task_names[k].name)) b->tasks |= 1u << task_names[k].task;
}

/* Names and buckets once all files are in: places of builtins no longer move. */
static void index_all(void)
{
    struct mlp_arena *arena = &lib.file[0].arena;
    for (unsigned kind = 0; kind < B_KINDS; kind++) {
        const char **names = mlp_arena_alloc(arena, sizeof *names * (lib.builtins + 1));
        uint32_t n = 0;
        for (uint32_t i = 0; i < lib.builtins; i++) {
            if (lib.builtin[i].kind != kind) continue;
            uint32_t k = 0;
            while (k < n && strcmp(names[k], lib.builtin[i].name)) k++;
            if (k == n) names[n++] = lib.builtin[i].name;
        }
        lib.names[kind] = names, lib.n_names[kind] = n;
    }
    for (uint32_t i = 0; i < lib.builtins; i++) enter(lib.builtin[i].kind, lib.builtin[i].name, i);
    lib.fn_names = mlp_arena_alloc(arena, sizeof *lib.fn_names * (lib.fns + 1));
    for (uint32_t i = 0; i < lib.fns; i++) {
        lib.fn_names[i] = lib.fn[i]->text;
        enter(B_KINDS, lib.fn[i]->text, lib.builtins + i);
    }
}

bool library_load(struct source *user)
{
    if (lib.loaded) return true;
    for (lib.files = 0; library_files[lib.files].name && lib.files < FILES; lib.files++) {
        const struct library_file *f = &library_files[lib.files];
        struct source *s = &lib.file[lib.files];
        source_text(s, "<stdlib>", f->text, f->n);
        const bool parsed = parse_source(s), built = strcmp(f->name, "later.mlp") != 0;
        for (uint32_t i = 0; parsed && i < s->tree->n; i++) {
            const struct ast *a = s->tree->kid[i];
            if (a->kind == AST_BUILTIN) add_builtin(s, a, built);
            else if (a->kind == AST_FN) {
                const struct ast **fn = realloc(lib.fn, sizeof *fn * (lib.fns + 1));
                if (!fn) source_no_memory(sizeof *fn * (lib.fns + 1));
                lib.fn = fn, lib.fn[lib.fns++] = a;
            }
        }
        if (s->errors) {
            source_error(user, "E001", (struct span){0, 0}, "the standard library cannot be read: %s, %s", f->name,
                         s->diag[0].text);
            return false;
        }
    }
    if (lib.builtins + lib.fns > BUCKETS / 2) {
        source_error(user, "E001", (struct span){0, 0}, "the standard library has outgrown its table (library.c, BUCKETS)");
        return false;
    }
    index_all();
    return lib.loaded = true;
}
