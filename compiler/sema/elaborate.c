/* elaborate.c: from an expression of the tree to a node of the graph with type, unit, kind and provenance: names, lets, features,
 * target, losses and links. Operators, calls and fits have files of their own; stages and kernels are plan/'s. */
#include "compiler/sema/elaborate.h"
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { DEEPEST = 1000 };                                    /* nested expressions and lets; a spec that people read has a dozen */

void elab_init(struct elab *e, struct spec *spec)
{
    struct mlp_arena *arena = &spec->src->arena;
    *e = (struct elab){.spec = spec, .graph = {.arena = arena}};
    struct let_state *s = mlp_arena_alloc(arena, sizeof *s);
    for (uint32_t i = 0; i < spec->sources; i++)
        for (uint32_t k = 0; k < spec->source[i].columns; k++) spec->source[i].column[k].slot = MLP_NONE;
    s->decided = spec->main;
    e->let = s;
}

/* ---- errors ---- */

struct span elab_at(const struct scope *sc, struct span at) { return sc && sc->library ? sc->site : at; }

struct diag *elab_wrong(struct elab *e, const struct scope *sc, struct span at, const char *code, const char *format, ...)
{
    char text[700];
    va_list list;
    va_start(list, format);
    vsnprintf(text, sizeof text, format, list);
    va_end(list);
    struct diag *d = source_error(e->spec->src, code, elab_at(sc, at), "%s", text);
    if (sc && sc->fn && !sc->library && (sc->site.from != at.from || sc->site.to != at.to))
        d->cause = sc->site, d->cause_text = source_printf(e->spec->src, "`%s` is called here", sc->fn->text);
    return d;
}

/* ---- what is learnt, what is read ---- */

mlp_ix elab_cell(struct elab *e, enum mlp_cell_kind kind, const char *name, struct span at, mlp_ix slot)
{
    *PUSH(e->spec->src, e->cell, e->cells) =
        (struct mlp_cell_spec){.id = {.name = name, .from = at.from, .to = at.to}, .kind = (uint8_t)kind, .slot = slot};
    return e->cells - 1;
}

mlp_ix elab_slot(struct elab *e, struct mlp_slot slot)
{
    *PUSH(e->spec->src, e->slot, e->slots) = slot;
    return e->slots - 1;
}

void elab_column(struct elab *e, struct column *c, struct span at, struct value *out)
{
    struct value source = value_broken(e, at, NULL, 0);
    source.from = from_column(e, c);
    *out = source;
    if (c->derived) {
        const bool fine = elab_derived(e, c);
        if (fine) *out = *c->value, out->at = at, out->literal = NULL;
        if (c->value) out->from = from_union(e, source.from, c->value->from);
        return;
    }
    mlp_ix *known = &c->slot;
    const enum mlp_rep rep = rep_of(&c->type);
    if (*known == MLP_NONE) {
        struct mlp_slot slot = {.origin = MLP_FROM_COLUMN, .rep = (uint8_t)rep, .nullable = c->type.nullable,
                                .source = c->source->index,
                                .column = c->index, .kernel = MLP_NONE, .codebook = MLP_NONE};
        slot.id = (struct mlp_id){.name = c->name, .from = c->at.from, .to = c->at.to};
        *known = elab_slot(e, slot);
        if (rep == MLP_CODE && !c->type.n_set) {
            const mlp_ix cell = elab_cell(e, MLP_CODEBOOK, c->name, c->at, *known);
            e->slot[*known].codebook = cell;
        }
    }
    const enum ir_type type = c->type.base == MLP_BOOL ? IR_F : ir_type_of(&c->type);
    ir_ix node = ir_leaf(&e->graph, IR_SLOT, type, *known, 0, c->type.nullable);
    if (c->type.base == MLP_BOOL) {
        const ir_ix arg[] = {node, ir_num(&e->graph, 0)};
        node = ir_op(&e->graph, IR_NE, arg, 2);
    }
    source.broken = 0;
    const struct value *const one[] = {&source};
    *out = value_made(e, node, c->type.base, at, one, 1);
    if (out->broken) return;
    const uint8_t nullable = out->type.nullable;
    out->type = c->type, out->type.nullable = nullable;
    out->type.origin = class_of(&c->type) == CLASS_CODE || class_of(&c->type) == CLASS_ORDINAL ? c : NULL;
}

/* ---- names ---- */

bool elab_is_column(const struct elab *e, const char *name)
{
    const struct symbol *s = spec_find(e->spec, name, 1u << SYM_COLUMN);
    return s && !strchr(name, '.');
}

static void elab_let(struct elab *e, const struct symbol *s, struct span at, struct value *out)
{
    struct let_state *state = e->let;
    uint32_t i = 0;
    while (i < state->entries && state->entry[i].ast != s->ast) i++;
    if (i == state->entries) *PUSH(e->spec->src, state->entry, state->entries) = (struct let_entry){.ast = s->ast};
    if (state->entry[i].state == 1) {
        source_error(e->spec->src, "E204", at, "`%s` is defined by itself", s->name)->cause = s->ast->at;
        *out = value_broken(e, at, NULL, 0);
        return;
    }
    if (state->entry[i].state == 0) {
        const char *name = state->name;
        const struct ast *whole = state->whole;
        state->entry[i].state = 1, state->name = s->name, state->whole = s->ast->kid[0];
        struct value v;
        elab_value(e, NULL, s->ast->kid[0], &v);
        state->name = name, state->whole = whole;
        state->entry[i].value = v, state->entry[i].state = 2;
    }
    *out = state->entry[i].value, out->at = at;
}

static void elab_param(struct elab *e, const struct symbol *s, struct span at, struct value *out)
{
    *out = value_broken(e, at, NULL, 0);
    if (s->broken) return;
    const struct param_decl *p = &e->spec->param[s->index];
    if (p->out.kind == MLP_P_TEXT) {
        e->spec->param[s->index].out.read = 1;
        if (!p->out.secret) *out = value_made(e, ir_leaf(&e->graph, IR_PARAM, IR_S, s->index, 0, false), MLP_TEXT, at, NULL, 0);
        else source_error(e->spec->src, "E204", at, "`%s` is a secret, and what an expression reads is written into the model", s->name)->fix =
            "take it where it opens something, or read a param that is none";
        return;
    }
    ir_ix node = ir_leaf(&e->graph, IR_PARAM, IR_F, s->index, 0, false);
    if (p->out.kind == MLP_P_BOOL) {
        const ir_ix arg[] = {node, ir_num(&e->graph, 0)};
        node = ir_op(&e->graph, IR_NE, arg, 2);
    }
    *out = value_made(e, node, p->out.kind == MLP_P_BOOL ? MLP_BOOL : MLP_FLOAT, at, NULL, 0);
    const struct ast *type = p->ast->kid[0];
    if (type && type->n > 1 && type->kid[1]) unit_of(e->spec->src, type->kid[1], &out->type.unit);
}

/* A name that stands for no value: why, and what was probably meant. */
static void no_value(struct elab *e, const struct scope *sc, const struct ast *a)
{
    struct spec *spec = e->spec;
    const char *name = a->text, *dot = strchr(name, '.');
    if (sc && sc->fn) {
        const char *names[32];
        uint32_t n = 0;
        for (uint32_t i = 0; i < sc->bindings && n < 32; i++) names[n++] = sc->binding[i].name;
        const char *near = name_suggest(name, names, n);
        if (near) elab_wrong(e, sc, a->at, "E200", "`%s` has no parameter `%s`; did you mean `%s`?", sc->fn->text, name, near);
        else
            elab_wrong(e, sc, a->at, "E200", "a `fn` sees only its parameters, and `%s` is none of `%s`", name, sc->fn->text)->fix =
            source_printf(spec->src, "make it a parameter: `fn %s(…, %s)`", sc->fn->text, name);
        return;
    }
    if (spec_find(spec, name, 1u << SYM_FEATURE)) {
        if (e->let->place == AT_FEATURE) elab_wrong(e, sc, a->at, "E208", "features do not read features; make `%s` a `let`", name);
        else elab_wrong(e, sc, a->at, "E208", "`%s` is a feature, and only models read features; make it a `let`", name);
        return;
    }
    if (dot) {
        struct source_decl *d;
        const char *column;
        if (source_path(e, a, &d, &column) && d != spec->main) {
            elab_wrong(e, sc, a->at, "E204", "a row of `%s` has many rows of `%s`: say what is taken of them", spec->main->name,
                       d->name)->fix =
                source_printf(spec->src, "write `mean(%s)` or `sum(%s, last: 30d)`", name, name);
            return;
        }
    } else {
        for (uint32_t i = 0; i < spec->sources; i++) {
            if (!strcmp(spec->source[i].name, name) && &spec->source[i] != spec->main) {
                elab_wrong(e, sc, a->at, "E204", "`%s` is a source: its rows are counted or summed", name)->fix =
                    source_printf(spec->src, "write `count(%s)`", name);
                return;
            }
            for (uint32_t k = 0; k < spec->source[i].columns; k++)
                if (&spec->source[i] != spec->main && !strcmp(spec->source[i].column[k].name, name)) {
                    struct diag *d = elab_wrong(e, sc, a->at, "E200",
                                                "`%s` is a column of `%s`, and the rows here are those of `%s`", name,
                                                spec->source[i].name, spec->main->name);
                    d->fix = source_printf(spec->src, "write `mean(%s.%s)` or another window", spec->source[i].name, name);
                    return;
                }
        }
        if (library_fn(name) || library_find(B_PURE, name) || library_find(B_FITTED, name) || spec_find(spec, name, 1u << SYM_FN)) {
            elab_wrong(e, sc, a->at, "E204", "`%s` is a function: say what it is taken of", name)->fix =
                source_printf(spec->src, "write `%s(x)`, or `x |> %s`", name, name);
            return;
        }
    }
    const char **names = mlp_arena_alloc(&spec->src->arena, (spec->symbols + 1) * sizeof *names);
    uint32_t n = 0;
    for (uint32_t i = 0; i < spec->symbols; i++) {
        const struct symbol *s = &spec->symbol[i];
        if ((s->kind == SYM_COLUMN && ((struct column *)s->of)->source == spec->main) || s->kind == SYM_LET || s->kind == SYM_PARAM)
            names[n++] = s->name;
    }
    const char *near = name_suggest(name, names, n);
    const struct symbol *s = near ? spec_find(spec, near, 1u << SYM_COLUMN | 1u << SYM_LET | 1u << SYM_PARAM) : NULL;
    struct diag *d;
    if (!s) {
        const char *habit = habit_name(name);
        d = elab_wrong(e, sc, a->at, "E200", "`%s` has no column `%s`, and no `let` or `param` has that name",
                       spec->main ? spec->main->name : "the source", name);
        if (habit) d->fix = habit;
        else if (e->let->place == AT_SOURCE && declare_is_type(name))
            d->fix = source_printf(spec->src, "a type stands behind `:`, and `=` computes a value: write `: %s`", name);
    } else if (s->kind == SYM_COLUMN) {
        const struct column *c = s->of;
        d = elab_wrong(e, sc, a->at, "E200", "`%s` has no column `%s`; did you mean `%s` (line %u)?", spec->main->name, name, near,
                       line_of(spec->src, c->at));
        d->cause = c->at;
    } else {
        d = elab_wrong(e, sc, a->at, "E200", "there is no `%s`; did you mean `%s` (line %u)?", name, near,
                       line_of(spec->src, s->ast->at));
    }
}

/* Inside a window over another source, a name is a column of its rows, or a param. */
static void row_name(struct elab *e, const struct scope *sc, const struct ast *a, struct value *out)
{
    struct spec *spec = e->spec;
    const struct source_decl *d = e->let->rows;
    const size_t n = strlen(d->name);
    const char *own = !strncmp(a->text, d->name, n) && a->text[n] == '.' ? a->text + n + 1 : a->text;
    const struct symbol *s = spec_find(spec, source_printf(spec->src, "%s.%s", d->name, own), 1u << SYM_COLUMN);
    if (s && ((struct column *)s->of)->source == d) {
        if (s->broken) out->from = from_column(e, s->of);
        else elab_column(e, s->of, out->at, out);
        return;
    }
    if ((s = spec_find(spec, a->text, 1u << SYM_PARAM))) {
        elab_param(e, s, out->at, out);
        return;
    }
    const char **names = mlp_arena_alloc(&spec->src->arena, (d->columns + 1) * sizeof *names);
    for (uint32_t i = 0; i < d->columns; i++) names[i] = d->column[i].name;
    const char *near = name_suggest(own, names, d->columns);
    if (near) elab_wrong(e, sc, a->at, "E200", "`%s` has no column `%s`; did you mean `%s`?", d->name, own, near);
    else
        elab_wrong(e, sc, a->at, "E200", "`%s` has no column `%s`: inside a window over `%s` a name is a column of its rows", d->name, own,
                   d->name);
}

static void elab_name(struct elab *e, const struct scope *sc, const struct ast *a, struct value *out)
{
    const struct span at = elab_at(sc, a->at);
    *out = value_broken(e, at, NULL, 0);
    for (uint32_t i = sc ? sc->bindings : 0; i-- > 0;)
        if (!strcmp(sc->binding[i].name, a->text)) {
            *out = sc->binding[i].value;
            if (sc->binding[i].word)
                elab_wrong(e, sc, a->at, "E204", "`%s` is a function here: it is called, as in `%s(x)`", a->text, a->text);
            return;
        }
    if (e->let->rows && e->let->rows != e->spec->main) {
        row_name(e, sc, a, out);
        return;
    }
    const struct symbol *s = sc && sc->fn ? NULL : spec_find(e->spec, a->text, 1u << SYM_COLUMN | 1u << SYM_LET | 1u << SYM_PARAM);
    if (s && s->kind == SYM_COLUMN && ((struct column *)s->of)->source != e->spec->main) s = NULL;
    if (!(sc && sc->fn) && strchr(a->text, '.') && elab_through(e, sc, a, out)) return;
    if (s && s->kind == SYM_LET && e->let->of_source) {
        elab_wrong(e, sc, a->at, "E204", "`%s` is a `let` of `features`: a source's own columns and steps see columns and params only",
                   a->text)->fix = source_printf(e->spec->src, "define it in the schema of `%s`", e->spec->main->name);
        return;
    }
    for (uint32_t i = 0; !s && !sc && e->let->place == AT_TEST && i < e->mades; i++)
        if (!strcmp(e->made[i].name, a->text)) { *out = e->made[i].value; return; }
    if (!s) {
        no_value(e, sc, a);
        return;
    }
    if (s->kind == SYM_COLUMN) {
        if (s->broken) out->from = from_column(e, s->of);
        else elab_column(e, s->of, at, out);
    } else if (s->kind == SYM_LET) elab_let(e, s, at, out);
    else elab_param(e, s, at, out);
}

/* ---- expressions ---- */

void elab_value(struct elab *e, const struct scope *sc, const struct ast *a, struct value *out)
{
    if (e->let->depth >= DEEPEST) {
        if (e->let->depth == DEEPEST)
            elab_wrong(e, sc, a->at, "E204", "this expression is nested too deep")->fix = "give its parts names with `let`";
        e->let->depth = DEEPEST + 1;
        *out = value_broken(e, elab_at(sc, a->at), NULL, 0);
        return;
    }
    const uint32_t depth = e->let->depth++;
    switch (a->kind) {
    case AST_NUMBER: case AST_DATE: case AST_TEXT: case AST_TRUE: case AST_FALSE: case AST_MISSING:
        value_literal(e, sc, a, out);
        break;
    case AST_NAME: elab_name(e, sc, a, out); break;
    case AST_CALL: elab_call(e, sc, a, NULL, out); break;
    case AST_PIPE: elab_call(e, sc, a->kid[1], a->kid[0], out); break;
    case AST_BINARY: elab_binary(e, sc, a, out); break;
    case AST_IF: elab_if(e, sc, a, out); break;
    case AST_NOT: elab_not(e, sc, a, out); break;
    case AST_NEGATE: elab_negate(e, sc, a, out); break;
    case AST_IS_MISSING: elab_is_missing(e, sc, a, out); break;
    case AST_ARG: case AST_ITEM: case AST_BOUND: case AST_OPTION: elab_value(e, sc, a->kid[0], out); break;
    default:
        *out = value_broken(e, elab_at(sc, a->at), NULL, 0);
        if (a->kind == AST_ARRAY)
            elab_wrong(e, sc, a->at, "E204", "a list stands only in front of `|>` in `features`, and where an option takes one");
        else if (a->kind == AST_SET) elab_wrong(e, sc, a->at, "E204", "a set stands only behind `in` and in `keep`");
        else elab_wrong(e, sc, a->at, "E204", "a value is expected here");
    }
    if (e->let->depth <= DEEPEST) e->let->depth = depth;
    else if (!depth) e->let->depth = 0;
}

bool elab_expr(struct elab *e, const struct ast *a, enum elab_place place, struct value *out)
{
    const enum elab_place before = e->let->place;
    e->let->place = place;
    a = value_of(entry_of(a, NULL));
    elab_value(e, NULL, a, out);
    if (place == AT_TARGET) from_mark_outcomes(e, out->from);
    if (place == AT_RULE && !check_outcome(e, a, out)) out->broken = 1;
    e->let->place = before;
    return !out->broken;
}

/* ---- the target ---- */

bool elab_target_itself(struct elab *e, struct value *out)
{
    struct let_state *s = e->let;
    if (!s->target_state) {
        const struct ast *entry = e->spec->target_entry;
        s->target = value_broken(e, entry ? entry->at : (struct span){0, 0}, NULL, 0), s->target_state = 1;
        const struct ast *expr = entry && entry->n ? entry->kid[0] : NULL;
        if (expr) elab_expr(e, expr, AT_TARGET, &s->target);
        else if (e->spec->target_column && e->spec->main)
            elab_column(e, e->spec->target_column, entry ? entry->word : s->target.at, &s->target);
    }
    *out = s->target;
    return !out->broken;
}

bool elab_target(struct elab *e, struct value *out)
{
    if (!elab_target_itself(e, out)) return false;
    const enum type_class class = class_of(&out->type);
    if (class == CLASS_ORDINAL || class == CLASS_CODE) {
        const struct value *const one[] = {out};
        *out = value_made(e, ir_op(&e->graph, IR_STEP, &out->node, 1), MLP_INT, out->at, one, 1);
    } else if (!value_number(e, out)) out->broken = 1;
    return !out->broken;
}

/* ---- features ---- */

/* What a model cannot take as it is, and what to write instead. */
static bool at_border(struct elab *e, const char *name, struct span at, struct value *v)
{
    struct source *s = e->spec->src;
    const char *text = value_text(e, v);
    switch (class_of(&v->type)) {
    case CLASS_NUMBER: return true;
    case CLASS_BOOL: return value_number(e, v);
    case CLASS_ORDINAL: {
        const struct type type = v->type;
        const struct value *const one[] = {v};
        *v = value_made(e, ir_op(&e->graph, IR_STEP, &v->node, 1), MLP_ORDINAL, v->at, one, 1);
        if (v->broken) return false;
        const uint8_t nullable = v->type.nullable;
        v->type = type, v->type.nullable = nullable;
        return true;
    }
    case CLASS_CODE:
        if (v->type.base != MLP_IDENT) return true;
        source_error(s, "E108", at, "`%s` is an id: it names rows and says nothing about new ones", name)->fix =
            source_printf(s, "write `%s |> target_encode`, or leave it out", name);
        return false;
    case CLASS_TEXT:
        source_error(s, "E108", at, "`%s` is a text, and a model takes numbers and categories", name)->fix =
            source_printf(s, "write `%s |> tfidf` for its words, or read something of it: `contains(%s, \"…\")`, `length(%s)`; for few values, make it a `category`",
                          text[0] == '`' ? slice_of(s, v->at) : name, text[0] == '`' ? slice_of(s, v->at) : name, text[0] == '`' ? slice_of(s, v->at) : name);
        return false;
    case CLASS_TIME:
        source_error(s, "E108", at, "`%s` is %s: a model that learns a day learns nothing about the next one", name,
                     type_word(&v->type))->fix =
            source_printf(s, "take a part of it, `weekday(%s)`, or how long it is before something, `(%s - 2025-01-01) / 1d`",
                          slice_of(s, v->at), slice_of(s, v->at));
        return false;
    case CLASS_LIST:
        return elab_list_feature(e, v);
    case CLASS_DURATION:
        source_error(s, "E108", at, "`%s` is a duration: say in which unit", name)->fix =
            source_printf(s, "divide it: `(%s) / 1d` is in days", slice_of(s, v->at));
        return false;
    default:
        if (v->type.base == MLP_VECTOR && v->type.book) return true;
        if (v->type.base == MLP_VECTOR) {                   /* by its own name it is its numbers */
            source_error(s, "E108", at, "`%s` is a vector, and a feature is one number", name)->fix =
                source_printf(s, "take one of its numbers, `element(%s, 1)`, or name the column itself", slice_of(s, v->at));
            return false;
        }
        source_error(s, "E108", at, "`%s` is %s, and a model takes numbers and categories", name, type_word(&v->type))->fix =
            "write what is read of it";
        return false;
    }
}

bool elab_feature(struct elab *e, const char *name, const struct ast *entry, struct value *out)
{
    const struct ast *inner = entry_of(entry, NULL);
    const struct ast *expr = inner->kind == AST_DEFINE ? inner->kid[0] : value_of(inner);
    struct let_state *s = e->let;
    const char *outer = s->name;
    const struct ast *whole = s->whole;
    s->name = name, s->whole = expr;
    elab_expr(e, expr, AT_FEATURE, out);
    s->name = outer, s->whole = whole;
    return elab_feature_made(e, name, entry, out);
}

bool elab_feature_made(struct elab *e, const char *name, const struct ast *entry, struct value *out)
{
    const struct ast *tags;
    entry_of(entry, &tags);
    out->literal = NULL;
    if (!check_provenance(e, name, entry, tags, entry->at, out)) out->broken = 1;
    if (out->broken) return false;
    if (!at_border(e, name, entry->at, out)) out->broken = 1;
    return !out->broken;
}

/* ---- losses, links, via ---- */

static struct value argument_value(struct elab *e, ir_ix node, struct span at)
{
    struct value v = value_made(e, node, MLP_FLOAT, at, NULL, 0);
    v.type.unit.any = 1;
    return v;
}

/* Applies `call` (a name, or a call with further arguments) to values that stand before its own arguments. */
static void apply(struct elab *e, const struct ast *call, const struct value *given, uint32_t n_given, struct value *out)
{
    const uint32_t items = call->kind == AST_CALL ? call->n : 0;
    struct argument *arg = mlp_arena_alloc(&e->spec->src->arena, (items + n_given) * sizeof *arg);
    uint32_t n = 0;
    for (; n < n_given; n++) arg[n] = (struct argument){.given = &given[n], .at = call->at};
    for (uint32_t i = 0; i < items; i++) {
        const struct ast *item = call->kid[i];
        if (item->kind == AST_ARG) arg[n++] = (struct argument){.key = item->text, .ast = item->kid[0], .at = item->at};
        else arg[n++] = (struct argument){.ast = item, .at = item->at};
    }
    elab_call_named(e, NULL, call->text, call->word, call->at, arg, n, out);
}

bool elab_loss(struct elab *e, const struct ast *call, ir_ix link, ir_ix *loss)
{
    struct spec *spec = e->spec;
    call = value_of(call);
    *loss = IR_NOTHING;
    if (call->kind != AST_NAME && call->kind != AST_CALL) {
        source_error(spec->src, "E203", call->at, "`loss` takes the name of a loss, with options where it has some")->fix =
            "write `loss: huber(delta: 2)`";
        return false;
    }
    const struct symbol *own = spec_find(spec, call->text, 1u << SYM_FN);
    const struct ast *fn = own ? own->ast : library_fn(call->text);
    const struct ast *first = fn && fn->kid[0]->n > 1 ? fn->kid[0]->kid[0] : NULL, *second = first ? fn->kid[0]->kid[1] : NULL;
    const bool of_p = second && !strcmp(second->text, "p"), of_z = second && !strcmp(second->text, "z");
    if (!fn || !first || strcmp(first->text, "y") || (!of_p && !of_z)) {
        if (!fn && library_find(B_LOSS, call->text)) {
            spec_not_built(spec, call->at, "the loss `%s`", call->text);
            return false;
        }
        if (fn && own)
            source_error(spec->src, "E203", call->at,
                         "`%s` is no loss: a loss is a `fn` of (y, p), p after the link, or (y, z), z before it",
                         call->text)->cause = fn->at;
        else {
            const char *names[128];
            uint32_t n = 0, k;
            const char *const *list = library_fn_names(&k);
            for (uint32_t i = 0; i < k && n < 100; i++) {
                const struct ast *f = library_fn(list[i]);
                if (f->kid[0]->n > 1 && !strcmp(f->kid[0]->kid[0]->text, "y")) names[n++] = list[i];
            }
            const char *near = name_suggest(call->text, names, n);
            if (near) source_error(spec->src, "E200", call->at, "there is no loss `%s`; did you mean `%s`?", call->text, near);
            else source_error(spec->src, "E200", call->at, "there is no loss `%s`", call->text);
        }
        return false;
    }
    const struct value given[] = {argument_value(e, ir_leaf(&e->graph, IR_ARG, IR_F, 0, 0, false), call->at),
                                  argument_value(e, of_p ? link : ir_leaf(&e->graph, IR_ARG, IR_F, 1, 0, false), call->at)};
    struct value v;
    apply(e, call, given, 2, &v);
    if (v.broken) return false;
    if (!value_number(e, &v)) {
        source_error(spec->src, "E108", call->at, "the loss `%s` is %s, and it must be a number", call->text, type_word(&v.type));
        return false;
    }
    if (v.kind != KIND_PURE) {
        source_error(spec->src, "E204", call->at, "the loss `%s` learns from rows: a loss is of one row alone", call->text);
        return false;
    }
    *loss = v.node;
    return true;
}

bool elab_via(struct elab *e, const struct ast *call, ir_ix *via, ir_ix *inverse)
{
    call = value_of(call);
    *via = *inverse = IR_NOTHING;
    if (call->kind != AST_NAME && call->kind != AST_CALL) {
        source_error(e->spec->src, "E204", call->at, "`via` takes a function")->fix = "write `via log1p`";
        return false;
    }
    const struct value given = argument_value(e, ir_leaf(&e->graph, IR_ARG, IR_F, 1, 0, false), call->at);
    struct value v;
    apply(e, call, &given, 1, &v);
    if (v.broken) return false;
    const ir_ix back = v.kind == KIND_PURE && class_of(&v.type) == CLASS_NUMBER ? ir_invert(&e->graph, v.node, 1) : IR_NOTHING;
    if (back == IR_NOTHING) {
        source_error(e->spec->src, "E203", call->at, "`via` takes a function that can be undone, and `%s` cannot",
                     call->text)->fix =
            "use log, log1p, sqrt, or a `fn` of + - * / with numbers and such";
        return false;
    }
    *via = v.node, *inverse = back;
    return true;
}

bool elab_link(struct elab *e, const char *fn, ir_ix *link)
{
    const struct value given = argument_value(e, ir_leaf(&e->graph, IR_ARG, IR_F, 1, 0, false), (struct span){0, 0});
    struct argument arg = {.given = &given};
    struct value v;
    elab_call_named(e, NULL, fn, (struct span){0, 0}, (struct span){0, 0}, &arg, 1, &v);
    *link = v.node;
    return !v.broken;
}
