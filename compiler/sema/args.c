/* args.c: what stands in a call or a block, against the parameters that the standard library declares: by place, by name,
 * defaults, ranges, enumerations. The result has every parameter in declared order, so that C reads them by index. Knows no
 * builtin by name. */
#include "compiler/sema/declare.h"
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

const struct parameter *args_parameter(const struct builtin *b, const char *name, uint32_t *index)
{
    for (uint32_t i = 0; i < b->params; i++)
        if (!strcmp(b->param[i].name, name)) {
            if (index) *index = i;
            return &b->param[i];
        }
    return NULL;
}

const struct mlp_arg *args_get(const struct mlp_use *use, const char *name)
{
    for (uint32_t i = 0; i < use->args.n; i++)
        if (!strcmp(use->args.at[i].name, name)) return &use->args.at[i];
    return NULL;
}

/* ---- names ---- */

const struct builtin *args_builtin(struct spec *spec, enum builtin_kind kind, const char *name, struct span at, const char *what)
{
    static const char *const word[B_KINDS] = {
        [B_READER] = "reader",     [B_MODEL] = "model", [B_METRIC] = "metric", [B_SPLIT] = "split",
        [B_BASELINE] = "baseline", [B_STEP] = "step",   [B_LOSS] = "loss",     [B_REDUCER] = "reducer",
        [B_POLICY] = "policy"};
    const struct builtin *b = library_find(kind, name);
    if (b) {
        if (!b->built) spec_not_built(spec, at, "the %s `%s`", word[kind] ? word[kind] : what, name);
        return b;
    }
    uint32_t n;
    const char *const *list = library_names(kind, &n);
    const char *near = name_suggest(name, list, n);
    source_error(spec->src, "E200", at, near ? "there is no %s `%s`; did you mean `%s`?" : "there is no %s `%s`",
                 word[kind] ? word[kind] : what, name, near);
    return NULL;
}

/* ---- one value ---- */

/* "a whole number in 1..100_000": what a parameter takes, in words. */
static const char *wanted(struct spec *spec, const struct parameter *p)
{
    struct mlp_buffer out = SOURCE_BUFFER;
    const char *join = "";
#define OR(...) (mlp_buffer_text(&out, join), mlp_buffer_printf(&out, __VA_ARGS__), join = ", or ")
    if (p->n_names) {
        mlp_buffer_text(&out, p->n_names > 1 ? "one of " : "");
        for (uint32_t i = 0; i < p->n_names; i++)
            mlp_buffer_printf(&out, "%s`%s`", !i ? "" : i + 1 == p->n_names ? " and " : ", ", p->names[i]);
        join = ", or ";
    }
    if (p->takes & (TAKES_NUM | TAKES_INT)) {
        const char *kind = p->takes & TAKES_INT && !(p->takes & TAKES_NUM) ? "a whole number" : "a number";
        if (isfinite(p->lo) && isfinite(p->hi))
            OR("%s in %s..%s", kind, number_text(spec->src, p->lo), number_text(spec->src, p->hi));
        else if (isfinite(p->lo)) OR("%s from %s", kind, number_text(spec->src, p->lo));
        else OR("%s", kind);
    }
    if (p->takes & TAKES_DURATION) OR("a duration such as `30d`");
    if (p->takes & TAKES_BOOL) OR("`true` or `false`");
    if (p->takes & TAKES_TEXT) OR(p->takes & TAKES_LIST ? "texts" : "a text");
    if (p->takes & TAKES_COLUMN) OR("a column");
    if (p->takes & TAKES_RANGE) OR("a range such as `1..2`");
    if (p->takes & TAKES_METRIC) OR("a metric");
    if (p->takes & TAKES_MODEL) OR("a model");
    if (p->takes & TAKES_BASELINE) OR("a baseline");
    if (p->takes & TAKES_LOSS) OR("a loss");
    if (p->takes & TAKES_POLICY) OR("`fail`, `skip(max: 1%%)` or `quarantine(\"bad.csv\")`");
    if (p->takes & TAKES_EXPR) OR("a share, a duration or a date");
#undef OR
    const char *text = mlp_arena_copy(&spec->src->arena, out.at ? out.at : "a value", out.at ? out.n : 7);
    mlp_buffer_clear(&out);
    return text;
}

static bool unsuited(struct spec *spec, const struct builtin *b, const struct parameter *p, const struct ast *v)
{
    struct diag *d = source_error(spec->src, "E203", v->at, "`%s` of `%s` takes %s", p->name, b->name, wanted(spec, p));
    for (uint32_t i = 0; v->kind == AST_TEXT && i < p->n_names; i++)
        if (!strcmp(v->text, p->names[i])) d->fix = source_printf(spec->src, "write `%s` without quotes", v->text);
    if (v->kind == AST_NAME && p->takes & TAKES_BOOL && (!strcasecmp(v->text, "true") || !strcasecmp(v->text, "yes")))
        d->fix = source_printf(spec->src, "write `%s: true`", p->name);
    if (v->kind == AST_NAME && p->takes & TAKES_BOOL && (!strcasecmp(v->text, "false") || !strcasecmp(v->text, "no") || !strcmp(v->text, "None")))
        d->fix = source_printf(spec->src, "write `%s: false`", p->name);
    return false;
}

/* tune(3..10), tune(0.01..0.3, log), tune({2, 3}): its form is checked now, its work is not built. */
static bool tuned(struct spec *spec, const struct ast *v, struct mlp_arg *out)
{
    const struct ast *a = v->kind == AST_CALL && v->n ? value_of(v->kid[0]) : NULL;
    double x, y;
    *out = (struct mlp_arg){.name = out->name};
    if (a && (a->kind == AST_SET || (a->kind == AST_BINARY && !strcmp(a->text, "..")))) {
        spec_not_built(spec, v->at, "`tune(…)`");
        return true;
    }
    if (a && a->kind == AST_BINARY && !strcmp(a->text, "-") && constant_number(a->kid[0], &x) && constant_number(a->kid[1], &y))
        source_error(spec->src, "E203", a->at, "`tune` takes a range or a set, and %s-%s is the number %s: write `%s..%s`",
                     a->kid[0]->text, a->kid[1]->text, number_text(spec->src, x - y), a->kid[0]->text, a->kid[1]->text);
    else if (a && constant_number(a, &x) && v->n > 1 && value_of(v->kid[1]) && constant_number(value_of(v->kid[1]), &y))
        source_error(spec->src, "E203", v->at, "`tune` takes a range or a set: write `tune(%s..%s)`", a->text,
                     value_of(v->kid[1])->text);
    else
        source_error(spec->src, "E203", a ? a->at : v->at,
                     "`tune` takes a range or a set: write `tune(3..8)`, or `tune({3, 5, 8})`");
    return false;
}

static bool from_param(struct spec *spec, const struct builtin *b, const struct parameter *p, const struct ast *v,
                       const struct symbol *s, struct mlp_arg *out)
{
    const struct mlp_param *param = &spec->param[s->index].out;
    const bool suits = param->kind == MLP_P_NUM ? (p->takes & (TAKES_NUM | TAKES_INT | TAKES_DURATION)) != 0
                     : param->kind == MLP_P_BOOL ? (p->takes & TAKES_BOOL) != 0 : (p->takes & TAKES_TEXT) != 0;
    if (s->broken) return false;
    if (!suits) {
        struct diag *d = source_error(spec->src, "E203", v->at, "`%s` of `%s` takes %s, and the param `%s` is %s", p->name, b->name,
                                      wanted(spec, p), v->text,
                                      param->kind == MLP_P_NUM    ? "a number"
                                      : param->kind == MLP_P_BOOL ? "`true` or `false`"
                                                                  : "a text");
        d->cause = s->ast->word, d->cause_text = "the param";
        return false;
    }
    if (param->kind == MLP_P_NUM && isfinite(p->lo) && !param->required && (param->num < p->lo || param->num > p->hi)) {
        struct diag *d = source_error(spec->src, "E203", v->at, "`%s` of `%s` takes %s, and the param's default is %s", p->name,
                                      b->name, wanted(spec, p), number_text(spec->src, param->num));
        d->cause = s->ast->word, d->cause_text = "the param";
        return false;
    }
    *out = (struct mlp_arg){.name = p->name, .kind = MLP_A_PARAM, .ix = s->index};
    return true;
}

static bool column_value(struct spec *spec, const struct ast *v, const struct parameter *p, struct mlp_arg *out)
{
    const struct symbol *s = spec_find(spec, v->text, 1u << SYM_COLUMN);
    if (s && (!spec->main || ((struct column *)s->of)->source == spec->main)) {
        *out = (struct mlp_arg){.name = p->name, .kind = MLP_A_COLUMN, .ix = ((struct column *)s->of)->index};
        return !s->broken;
    }
    if (spec->target_entry && spec->target_entry->kind == AST_PREDICT && !strcmp(spec->target_entry->text, v->text)) {
        *out = (struct mlp_arg){.name = p->name, .kind = MLP_A_NAME, .str = v->text}; /* stratify: rich, the target's own name */
        return true;
    }
    const struct source_decl *d = spec->main;
    const char **names = mlp_arena_alloc(&spec->src->arena, ((d ? d->columns : 0) + 1) * sizeof *names);
    for (uint32_t i = 0; d && i < d->columns; i++) names[i] = d->column[i].name;
    const char *near = d ? name_suggest(v->text, names, d->columns) : NULL;
    const char *of = d ? source_printf(spec->src, "`%s` has no column `%s`", d->name, v->text)
                       : source_printf(spec->src, "there is no column `%s`", v->text);
    if (near) source_error(spec->src, "E200", v->at, "%s; did you mean `%s` (line %u)?", of, near,
                           line_of(spec->src, ((struct column *)spec_find(spec, near, 1u << SYM_COLUMN)->of)->at));
    else source_error(spec->src, "E200", v->at, "%s", of);
    return false;
}

static bool list_value(struct spec *spec, const struct builtin *b, const struct parameter *p, const struct ast *v,
                       struct mlp_arg *out)
{
    struct mlp_arg *items = mlp_arena_alloc(&spec->src->arena, (v->n + 1) * sizeof *items);
    struct parameter one = *p;
    one.takes &= ~(uint32_t)TAKES_LIST;
    for (uint32_t i = 0; i < v->n; i++)
        if (!args_value(spec, b, &one, value_of(v->kid[i]), &items[i])) return false;
        else items[i].name = "";
    *out = (struct mlp_arg){.name = p->name, .kind = MLP_A_LIST, .items = {items, v->n}};
    return true;
}

static bool number_value(struct spec *spec, const struct builtin *b, const struct parameter *p, const struct ast *v, double x,
                         struct mlp_arg *out)
{
    const char *unit = v->kind == AST_NUMBER ? v->unit : "";
    const bool share = !strcmp(unit, "%"), bare = !*unit, steps = !strcmp(unit, "mo") || !strcmp(unit, "y"),
               duration = !bare && !share && !steps && strchr("mshdw", *unit) != NULL;
    if (steps && p->takes & (TAKES_EXPR | TAKES_DURATION)) {
        const bool exact = p->takes & TAKES_EXPR;           /* else it must be long enough: 31 days for each month */
        *out = (struct mlp_arg){.name = p->name, .kind = exact ? MLP_A_MONTHS : MLP_A_NUM, .num = exact ? x : x * 31 * 86400};
        if (x == floor(x) && x >= 1 && x <= 120000) return true;
        source_error(spec->src, "E203", v->at, "`%s` of `%s` counts whole steps of the calendar", p->name, b->name)->fix =
            "write `1mo`, `18mo`, `2y`, or a number of days";
        return false;
    }
    if (p->takes & TAKES_EXPR && !(p->takes & (TAKES_NUM | TAKES_INT))) {
        *out = (struct mlp_arg){.name = p->name, .kind = MLP_A_NUM, .num = x};
        return true;
    }
    if (duration && p->takes & TAKES_DURATION) {
        *out = (struct mlp_arg){.name = p->name, .kind = MLP_A_NUM, .num = x};
        return true;
    }
    if (bare && p->takes & TAKES_DURATION && !(p->takes & (TAKES_NUM | TAKES_INT)) && x != 0) {
        source_error(spec->src, "E203", v->at, "`%s` of `%s` is a duration: write `%s` with its unit, such as `%sd`", p->name,
                     b->name, v->text, v->text);
        return false;
    }
    if (!(bare || share) || !(p->takes & (TAKES_NUM | TAKES_INT | TAKES_DURATION))) return unsuited(spec, b, p, v);
    const bool whole = !(p->takes & TAKES_NUM) && p->takes & TAKES_INT;
    if (x < p->lo || x > p->hi || (whole && (x != floor(x) || share))) {
        struct diag *d = source_error(spec->src, "E203", v->at, "`%s` of `%s` takes %s, not %s", p->name, b->name, wanted(spec, p),
                                      slice_of(spec->src, v->at));
        if (bare && x > 1 && x <= 100 && p->hi == 1) d->fix = source_printf(spec->src, "write `%s%%` for a share", v->text);
        return false;
    }
    *out = (struct mlp_arg){.name = p->name, .kind = whole ? MLP_A_INT : MLP_A_NUM, .num = x};
    return true;
}

bool args_value(struct spec *spec, const struct builtin *b, const struct parameter *p, const struct ast *v, struct mlp_arg *out)
{
    double x;
    out->name = p->name;
    if (p->takes & TAKES_FORMULA) return *out = (struct mlp_arg){.name = p->name, .kind = MLP_A_NAME, .str = slice_of(spec->src, v->at)}, true;
    if (is_call_of(v, "tune")) return tuned(spec, v, out);
    if (v->kind == AST_MISSING) return *out = (struct mlp_arg){.name = p->name}, true;
    if (p->takes & TAKES_LIST && (v->kind == AST_ARRAY || v->kind == AST_SET)) return list_value(spec, b, p, v, out);
    if (p->takes & TAKES_LIST && !p->rest) {                /* one value is a list of one */
        const struct ast one = {.kind = AST_ARRAY, .at = v->at, .n = 1, .kid = (struct ast *[]){(struct ast *)v}};
        return list_value(spec, b, p, &one, out);
    }
    if (v->kind == AST_NAME) {
        for (uint32_t i = 0; i < p->n_names; i++)
            if (!strcmp(v->text, p->names[i]))
                return *out = (struct mlp_arg){.name = p->name, .kind = MLP_A_NAME, .str = v->text}, true;
        const struct symbol *s = spec_find(spec, v->text, 1u << SYM_PARAM);
        if (s) return from_param(spec, b, p, v, s, out);
        if (p->takes & TAKES_COLUMN) return column_value(spec, v, p, out);
        if (p->takes & (TAKES_MODEL | TAKES_BASELINE) &&
            (s = spec_find(spec, v->text, 1u << SYM_MODEL | 1u << SYM_BASELINE)) != NULL) {
            *out = (struct mlp_arg){.name = p->name, .kind = s->kind == SYM_MODEL ? MLP_A_MODEL : MLP_A_BASELINE, .ix = s->index};
            return true;
        }
        if (p->n_names) {
            const char *near = name_suggest(v->text, (const char *const *)p->names, p->n_names);
            source_error(spec->src, "E203", v->at, near ? "`%s` of `%s` is %s; did you mean `%s`?" : "`%s` of `%s` is %s", p->name,
                         b->name, wanted(spec, p), near);
            return false;
        }
    }
    if (p->takes & TAKES_POLICY && (v->kind == AST_NAME || v->kind == AST_CALL)) {     /* a choice with options of its own */
        const struct builtin *policy = args_builtin(spec, B_POLICY, v->text, v->word, "policy");
        struct mlp_use use;
        if (!policy || !args_of_call(spec, policy, v, 0, &use)) return false;
        return *out = (struct mlp_arg){.name = p->name, .kind = MLP_A_NAME, .str = policy->name, .items = {use.args.at, use.args.n}}, true;
    }
    if (p->takes & TAKES_LOSS && (v->kind == AST_NAME || v->kind == AST_CALL))
        return *out = (struct mlp_arg){.name = p->name, .kind = MLP_A_NAME, .str = v->text}, true;     /* plan/ elaborates it */
    if (constant_number(v, &x)) return number_value(spec, b, p, v, x, out);
    if (v->kind == AST_TEXT && p->takes & TAKES_TEXT)
        return *out = (struct mlp_arg){.name = p->name, .kind = MLP_A_STR, .str = v->text}, true;
    if ((v->kind == AST_TRUE || v->kind == AST_FALSE) && p->takes & TAKES_BOOL)
        return *out = (struct mlp_arg){.name = p->name, .kind = MLP_A_BOOL, .num = v->kind == AST_TRUE}, true;
    if (v->kind == AST_DATE && p->takes & TAKES_EXPR)
        return *out = (struct mlp_arg){.name = p->name, .kind = MLP_A_STR, .str = v->text}, true;
    if (v->kind == AST_BINARY && !strcmp(v->text, "..") && p->takes & TAKES_RANGE) {
        double lo, hi;
        if (constant_number(v->kid[0], &lo) && constant_number(v->kid[1], &hi)) {
            struct mlp_arg *ends = mlp_arena_alloc(&spec->src->arena, 2 * sizeof *ends);
            ends[0] = (struct mlp_arg){.name = "", .kind = MLP_A_NUM, .num = lo},
            ends[1] = (struct mlp_arg){.name = "", .kind = MLP_A_NUM, .num = hi};
            return *out = (struct mlp_arg){.name = p->name, .kind = MLP_A_LIST, .items = {ends, 2}}, true;
        }
    }
    return unsuited(spec, b, p, v);
}

/* ---- all of them ---- */

static bool unknown(struct spec *spec, const struct builtin *b, struct span at, const char *name, const char *what)
{
    if (library_parameter_later(b, name)) {
        spec_not_built(spec, at, "`%s` of `%s`", name, b->name);
        return true;
    }
    const char **names = mlp_arena_alloc(&spec->src->arena, (b->params + 1) * sizeof *names);
    for (uint32_t i = 0; i < b->params; i++) names[i] = b->param[i].name;
    const char *near = name_suggest(name, names, b->params);
    struct diag *d = source_error(spec->src, "E202", at, near ? "`%s` has no %s `%s`; did you mean `%s`?" : "`%s` has no %s `%s`",
                                  b->name, what, name, near);
    if (!near && b->params) {
        struct mlp_buffer list = SOURCE_BUFFER;
        for (uint32_t i = 0; i < b->params; i++) mlp_buffer_printf(&list, "%s`%s`", i ? ", " : "it has ", b->param[i].name);
        if (!list.failed) d->fix = mlp_arena_copy(&spec->src->arena, list.at, list.n);
        mlp_buffer_clear(&list);
    }
    return false;
}

static bool defaults(struct spec *spec, const struct builtin *b, const struct ast *at, struct mlp_arg *args,
                     const struct ast **given)
{
    bool fine = true;
    for (uint32_t i = 0; i < b->params; i++) {
        const struct parameter *p = &b->param[i];
        if (given[i] || args[i].kind != MLP_A_NONE) continue;
        args[i].name = p->name;
        if (p->required) {
            source_error(spec->src, "E204", at->at, "`%s` needs `%s`: %s", b->name, p->name,
                         p->doc && *p->doc ? p->doc : wanted(spec, p));
            fine = false;
        } else if (p->fallback) {
            const struct ast *f = p->fallback;
            fine &= args_value(spec, b, p, f, &args[i]);
        }
    }
    return fine;
}

static void filled(const struct builtin *b, const struct ast *at, struct mlp_arg *args, struct mlp_use *out)
{
    *out = (struct mlp_use){
        .id = {b->name, NULL, at->at.from, at->at.to}, .name = b->name, .impl = MLP_NONE, .args = {args, b->params}};
}

bool args_of_call(struct spec *spec, const struct builtin *b, const struct ast *call, uint32_t skip, struct mlp_use *out)
{
    struct mlp_arg *args = mlp_arena_alloc(&spec->src->arena, (b->params + 1) * sizeof *args);
    const struct ast **given = mlp_arena_alloc(&spec->src->arena, (b->params + 1) * sizeof *given);
    bool fine = true;
    uint32_t next = 0;
    for (uint32_t i = skip; call->kind == AST_CALL && i < call->n; i++) {
        const struct ast *item = call->kid[i], *v = value_of(item);
        uint32_t k = 0;
        if (item->kind == AST_ARG && *item->text) {
            if (!args_parameter(b, item->text, &k)) {
                fine &= unknown(spec, b, item->word, item->text, "option");
                continue;
            }
        } else {
            while (next < b->params && given[next]) next++;
            k = next;
            if (k >= b->params) {
                source_error(spec->src, "E202", v->at,
                             b->params ? "`%s` takes %u value%s, and this is one more" : "`%s` takes nothing in parentheses",
                             b->name, b->params, b->params > 1 ? "s" : "");
                fine = false;
                break;
            }
        }
        if (given[k]) {
            source_error(spec->src, "E201", item->at, "`%s` of `%s` is given twice", b->param[k].name, b->name)->fix =
                "take one out";
            fine = false;
            continue;
        }
        given[k] = v;
        fine &= args_value(spec, b, &b->param[k], v, &args[k]);
        args[k].name = b->param[k].name;
    }
    if (fine) fine = defaults(spec, b, call, args, given);
    filled(b, call, args, out);
    return fine;
}

bool args_of_blocks(struct spec *spec, const struct builtin *b, const struct ast *const *section, uint32_t n, struct mlp_use *out)
{
    struct mlp_arg *args = mlp_arena_alloc(&spec->src->arena, (b->params + 1) * sizeof *args);
    const struct ast **given = mlp_arena_alloc(&spec->src->arena, (b->params + 1) * sizeof *given);
    bool fine = true;
    for (uint32_t s = 0; s < n; s++) {
        const struct ast *block = block_of(section[s]);
        for (uint32_t i = 0; block && i < block->n; i++) {
            const struct ast *e = entry_of(block->kid[i], NULL);
            uint32_t k;
            if (e->kind != AST_OPTION) continue;            /* statements are the caller's */
            if (!args_parameter(b, e->text, &k)) {
                fine &= unknown(spec, b, e->word, e->text, "option");
                continue;
            }
            for (uint32_t j = 0; j < i; j++) {
                const struct ast *f = entry_of(block->kid[j], NULL);
                if (f->kind != AST_OPTION || strcmp(f->text, e->text)) continue;
                struct diag *d = source_error(spec->src, "E201", e->word, "`%s` is given twice; the first stands in line %u",
                                              e->text, line_of(spec->src, f->at));
                d->cause = f->word, d->cause_text = "the first";
                fine = false;
                break;
            }
            given[k] = value_of(e);
            fine &= args_value(spec, b, &b->param[k], given[k], &args[k]);
            args[k].name = b->param[k].name;
        }
    }
    static const struct ast nowhere = {0};
    if (fine) fine = defaults(spec, b, n ? section[n - 1] : &nowhere, args, given);
    filled(b, n ? section[n - 1] : &nowhere, args, out);
    return fine;
}
