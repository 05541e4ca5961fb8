/* provenance.c: which columns a value came from, and what it still carries of them. What a value is computed from can only grow; an
 * outcome is shed by a window (other rows, known by then), what is personal by a closed set of results. E101 and E109 are decided
 * here and nowhere else. */
#include <string.h>
#include "compiler/sema/elaborate.h"

/* One bit per column of all sources (column.flat), in words of 64, ascending; words without a bit are left out, so that a value of
 * three columns is small among 100,000. Never changed once made. */
struct from { uint32_t words; struct from_word { uint32_t at; uint64_t bits[FROM_SETS]; } word[]; };

static const struct from nothing;

static struct from *fresh(struct elab *e, uint32_t words)
{
    struct from *from = mlp_arena_alloc(&e->spec->src->arena, sizeof *from + words * sizeof *from->word);
    from->words = words;
    return from;
}

const struct from *from_nothing(void) { return &nothing; }

const struct from *from_column(struct elab *e, const struct column *c)
{
    struct from *from = fresh(e, 1);
    const uint64_t bit = 1ull << (c->flat & 63);
    struct from_word *word = from->word;
    word->at = c->flat / 64;
    word->bits[FROM_ALL] = word->bits[FROM_ROW] = bit;
    if (c->is_target || c->tags & MLP_OUTCOME) word->bits[FROM_OUTCOME] = bit;
    if (c->tags & MLP_PII) word->bits[FROM_PII] = bit;
    if (c->tags & MLP_SENSITIVE) word->bits[FROM_SENSITIVE] = bit;
    return from;
}

/* The first word at or behind the one that a column stands in. */
static uint32_t word_of(const struct from *from, uint32_t flat)
{
    uint32_t low = 0, high = from->words;
    while (low < high) {
        const uint32_t middle = (low + high) / 2;
        if (from->word[middle].at < flat / 64) low = middle + 1;
        else high = middle;
    }
    return low;
}

bool from_has(const struct from *from, enum from_set set, const struct column *c)
{
    const uint32_t i = from ? word_of(from, c->flat) : 0;
    return from && i < from->words && from->word[i].at == c->flat / 64 && from->word[i].bits[set] >> (c->flat & 63) & 1;
}

static bool holds(const struct from_word *a, const struct from_word *b)
{
    uint64_t more = 0;
    for (uint32_t i = 0; i < FROM_SETS; i++) more |= b->bits[i] & ~a->bits[i];
    return !more;
}

/* Does a hold all of b? */
static bool covers(const struct from *a, const struct from *b)
{
    if (a->words < b->words) return false;
    for (uint32_t i = 0, k = 0; k < b->words; i++) {
        if (i == a->words || a->word[i].at > b->word[k].at) return false;
        if (a->word[i].at == b->word[k].at && !holds(&a->word[i], &b->word[k++])) return false;
    }
    return true;
}

const struct from *from_union(struct elab *e, const struct from *a, const struct from *b)
{
    if (!a || a == b) return b ? b : &nothing;
    if (!b || covers(a, b)) return a;                       /* one side often holds the other */
    if (covers(b, a)) return b;
    struct from *both = fresh(e, a->words + b->words);
    uint32_t n = 0;
    for (uint32_t i = 0, k = 0; i < a->words || k < b->words; n++) {
        const bool left = i < a->words && (k == b->words || a->word[i].at <= b->word[k].at),
                   right = k < b->words && (i == a->words || b->word[k].at <= a->word[i].at);
        both->word[n] = left ? a->word[i] : b->word[k];
        for (uint32_t set = 0; left && right && set < FROM_SETS; set++) both->word[n].bits[set] |= b->word[k].bits[set];
        i += left, k += right;
    }
    both->words = n;
    return both;
}

const struct from *from_without(struct elab *e, const struct from *from, enum from_set set)
{
    if (!from_first(e, from, set)) return from;
    struct from *rest = fresh(e, from->words);
    memcpy(rest->word, from->word, from->words * sizeof *rest->word);
    for (uint32_t i = 0; i < rest->words; i++) rest->word[i].bits[set] = 0;
    return rest;
}

static struct column *column_at(const struct spec *spec, uint32_t flat)
{
    for (uint32_t i = 0; i < spec->sources; i++) {
        struct source_decl *d = &spec->source[i];
        if (d->columns && flat >= d->column[0].flat && flat - d->column[0].flat < d->columns)
            return &d->column[flat - d->column[0].flat];
    }
    return NULL;
}

struct column *from_next(const struct elab *e, const struct from *from, enum from_set set, const struct column *after)
{
    if (!from) return NULL;
    const uint32_t start = after ? after->flat + 1 : 0;
    for (uint32_t i = word_of(from, start); i < from->words; i++) {
        const struct from_word *word = &from->word[i];
        const uint64_t bits = word->bits[set] & (word->at == start / 64 ? ~0ull << (start & 63) : ~0ull);
        if (bits) return column_at(e->spec, word->at * 64 + (uint32_t)__builtin_ctzll(bits));
    }
    return NULL;
}

struct column *from_first(const struct elab *e, const struct from *from, enum from_set set) { return from_next(e, from, set, NULL); }

bool elab_carries(const struct elab *e, const struct value *v)
{
    return from_first(e, v->from, FROM_OUTCOME) || from_first(e, v->from, FROM_PII) || from_first(e, v->from, FROM_SENSITIVE);
}

void from_mark_outcomes(struct elab *e, const struct from *from)
{
    for (struct column *c = NULL; (c = from_next(e, from, FROM_ALL, c));)
        if (!c->refers && c->ast->kind != AST_LABEL) c->is_target = 1, c->tags |= MLP_OUTCOME;
}

void value_closed(struct elab *e, struct value *v)
{
    if (!from_first(e, v->from, FROM_PII)) return;
    v->from = from_without(e, v->from, FROM_PII), v->cleared |= MLP_PII;
}

/* ---- how a value reaches a column ---- */

struct step { const char *name; const struct step *before; };

static const char *path_text(struct elab *e, const struct step *last, const char *column)
{
    const char *text = source_printf(e->spec->src, "`%s`", column);
    for (; last; last = last->before) text = source_printf(e->spec->src, "`%s` <- %s", last->name, text);
    return text;
}

static const char *reach(struct elab *e, const struct ast *a, const struct column *to, const struct step *before, unsigned depth)
{
    if (!a || depth > 64) return NULL;
    if (a->kind == AST_NAME || a->kind == AST_CALL) {
        const struct symbol *s = a->kind == AST_NAME ? spec_find(e->spec, a->text, 1u << SYM_COLUMN | 1u << SYM_LET) : NULL;
        if (s && s->kind == SYM_COLUMN && s->of == to) return path_text(e, before, to->name);
        const char *dot = strrchr(a->text, '.');            /* `order.returned`: through a key */
        if (!s && dot && to->source != e->spec->main && !strcmp(dot + 1, to->name)) return path_text(e, before, a->text);
        if (s && s->kind == SYM_COLUMN && ((struct column *)s->of)->derived) {
            const struct step here = {s->name, before};
            return reach(e, ((struct column *)s->of)->derived, to, &here, depth + 1);
        }
        if (s && s->kind == SYM_LET) {
            const struct step here = {s->name, before};
            return reach(e, s->ast->kid[0], to, &here, depth + 1);
        }
    }
    const uint32_t kids = a->kind == AST_ARG ? 1 : a->n;
    for (uint32_t i = 0; i < kids; i++) {
        const char *found = reach(e, a->kid[i], to, before, depth);
        if (found) return found;
    }
    return NULL;
}

const char *elab_path(struct elab *e, const struct ast *from, const struct column *to)
{
    from = entry_of(from, NULL);
    const struct step first = {from->text, NULL};
    const bool named = from->kind == AST_DEFINE || from->kind == AST_LET;
    const char *path = reach(e, named ? from->kid[0] : value_of(from), to, named ? &first : NULL, 0);
    return path ? path : source_printf(e->spec->src, "`%s`", to->name);
}

/* ---- what may not be ---- */

static const char *path_with(struct elab *e, const char *name, const struct ast *entry, const struct column *to)
{
    const struct ast *inner = entry_of(entry, NULL);
    const struct ast *expr = value_of(inner);
    const bool itself = expr->kind == AST_NAME && name && !strcmp(expr->text, name);
    if (inner->kind == AST_DEFINE || !name || itself || !strcmp(name, to->name)) return elab_path(e, entry, to);
    return source_printf(e->spec->src, "`%s` <- %s", name, elab_path(e, entry, to));
}

static void outcome_reaches(struct elab *e, const char *name, const struct ast *entry, struct span at, const struct column *c)
{
    struct source *s = e->spec->src;
    const char *what = c->is_target ? "the target" : "an outcome";
    const uint32_t line = line_of(s, c->at);
    const struct ast *plain = value_of(entry_of(entry, NULL));
    struct diag *d;
    if (plain->kind == AST_NAME && !strcmp(plain->text, c->name))
        d = source_error(s, "E101", at, "`%s` is %s (line %u): it is not known when the decision is made", c->name, what, line);
    else
        d = source_error(s, "E101", at, name ? "`%s` reads %s: %s (line %u)" : "%sthis reads %s: %s (line %u)", name ? name : "",
                         what,
                          path_with(e, name, entry, c), line);
    d->cause = c->at, d->cause_text = c->is_target ? "the target" : "known only after the decision";
    d->fix = "leave it out; other rows' outcomes may be read by `target_encode` or a window";
}

const struct ast *tags_written(const struct column *c)
{
    const struct ast *a = c->ast;
    if (!a) return NULL;
    switch (a->kind) {
    case AST_COLUMN: return a->kid[1];
    case AST_FAMILY: return a->kid[2];
    case AST_DERIVED: return a->kid[1];
    default: return NULL;
    }
}

static bool personal(struct elab *e, const char *name, const struct ast *tags, struct span at, const struct value *v,
                     enum from_set set)
{
    struct source *s = e->spec->src;
    const uint32_t tag = set == FROM_PII ? MLP_PII : set == FROM_SENSITIVE ? MLP_SENSITIVE : MLP_NEVER;
    for (const struct column *c = NULL; (c = from_next(e, v->from, set, c));) {
        if (!(c->tags & tag)) continue;
        if (tag != MLP_NEVER && (tags_allow(tags, "E109") || tags_allow(tags_written(c), "E109"))) continue;
        const char *word = tag == MLP_PII ? "@pii" : tag == MLP_SENSITIVE ? "@sensitive" : "@never";
        const char *how = tag == MLP_PII ? "hash it, or keep a closed set of it" : tag == MLP_SENSITIVE ?
            "leave it out, or say why with `@allow(E109, reason: \"…\")`" : "leave it out, no `@allow` lifts this";
        const uint32_t line = line_of(s, c->at);
        struct diag *d = name && strcmp(name, c->name)
            ? source_error(s, "E109", at, "`%s` carries `%s`, which is `%s` (line %u): %s", name, c->name, word, line, how)
            : source_error(s, "E109", at, "`%s` is `%s` (line %u): %s", c->name, word, line, how);
        d->cause = c->at, d->cause_text = source_printf(s, "tagged `%s`", word);
        return false;
    }
    return true;
}

/* With `ahead`: a column that is known some time before its row, and still too late. */
static bool late(struct elab *e, struct span at, const struct value *v)
{
    const struct spec *spec = e->spec;
    const int64_t ahead = (int64_t)spec->ahead_months * 31 * 86400000000 + spec->ahead_us;
    for (const struct column *c = NULL; ahead && (c = from_next(e, v->from, FROM_ROW, c));) {
        if (c->source != spec->main || c->tags & MLP_OUTCOME || !c->known_us || c->known_us == INT64_MIN || c->known_us <= -ahead) continue;
        struct diag *d = source_error(spec->src, "E104", at, "`%s` is not known when the decision is made, longer ahead than its `@known` says (line %u)", c->name,
                                      line_of(spec->src, c->at));
        d->cause = c->at, d->cause_text = "known later than the decision";
        d->fix = source_printf(spec->src, "leave it out, or read an earlier row: `lag(%s, …)`", c->name);
        return true;
    }
    return false;
}

bool check_provenance(struct elab *e, const char *name, const struct ast *entry, const struct ast *tags, struct span at,
                      const struct value *v)
{
    const struct column *c = from_first(e, v->from, FROM_OUTCOME);
    if (c) {
        outcome_reaches(e, name, entry, at, c);
        return false;
    }
    if (late(e, at, v)) return false;
    return personal(e, name, tags, at, v, FROM_ALL) && personal(e, name, tags, at, v, FROM_PII)
        && personal(e, name, tags, at, v, FROM_SENSITIVE);
}

bool check_outcome(struct elab *e, const struct ast *a, const struct value *v)
{
    const struct column *c = from_first(e, v->from, FROM_OUTCOME);
    if (c) outcome_reaches(e, NULL, a, a->at, c);
    return !c && !late(e, a->at, v);
}
