/* through.c: what stands behind a foreign key: `seller.rating`, `order.customer.city`. Each step is a join of the program, shared by
 * all that go the same way; the last column is a slot with a codebook of its own. Which of a key's rows is meant (the one in force
 * at the decision moment) is decided here; finding it is the runtime's. */
#include <string.h>
#include "compiler/sema/elaborate.h"

struct joined { mlp_ix join; const struct column *of; struct column *as; };     /* a column as seen through a join */

/* `seller = order.seller` is the key that it names: the whole way, with the names behind it. */
static const char *whole_way(struct elab *e, const char *way)
{
    for (unsigned depth = 0; depth < 16; depth++) {
        const size_t n = strcspn(way, ".");
        const struct column *c = spec_column(e->spec, e->spec->main, way, n);
        if (!c || !c->derived || c->derived->kind != AST_NAME || !strchr(c->derived->text, '.')) break;
        way = source_printf(e->spec->src, "%s%s", c->derived->text, way + n);
    }
    return way;
}

/* The one key of the source that a foreign key refers to. */
static bool key_of(struct elab *e, const struct scope *sc, const struct ast *a, const struct column *c)
{
    struct source_decl *to = c->refers;
    if (to->n_key != 1) {
        elab_wrong(e, sc, a->at, "E204", "`%s` refers to `%s`, which has %s: there must be one `@key`", c->name, to->name,
                   to->n_key ? "several key columns" : "no `@key`")->cause = to->ast->word;
        return false;
    }
    struct column *key = to->key[0];
    if (key->derived && !elab_derived(e, key)) return false;
    if (key->type.base == MLP_IDENT || key->type.base == MLP_CATEGORY) return true;
    struct diag *d = elab_wrong(e, sc, a->at, "E204", "`%s` refers to `%s`, whose key `%s` is %s", c->name, to->name, key->name,
                                type_word(&key->type));
    d->cause = key->at, d->cause_text = "the key";
    d->fix = source_printf(e->spec->src, "make it an id: `%s: id @key`", key->name);
    return false;
}

/* Whether these rows are decided on before their time: those of the main source, `predict … ahead 14d`. */
static bool ahead(const struct elab *e) { return e->spec->main == e->let->decided && (e->spec->ahead_us || e->spec->ahead_months); }

static uint8_t version_of(const struct elab *e, const struct source_decl *to)
{
    if (!to->time || e->let->timing) return MLP_ONLY;       /* the time of the row itself is being found: it can go by no time */
    if (!e->spec->main->time) return MLP_LATEST;
    return ahead(e) ? MLP_UNTIL : MLP_BEFORE;
}

static bool known_later(const struct column *c) { return c->known_us > 0 || c->known_at; }

/* The join from `from` (NONE: the rows that are worked on) by the key `c` to a row from which `next` is read. */
static mlp_ix join_by(struct elab *e, mlp_ix from, const struct column *c, const struct column *next, const char *way, struct span at)
{
    struct source_decl *to = c->refers;
    struct mlp_join join = {.id = {way, NULL, at.from, at.to}, .from = from, .source = c->source->index, .column = c->index,
                            .to = to->index, .version = version_of(e, to), .known = MLP_NONE};
    if (join.version == MLP_UNTIL) join.ahead_months = e->spec->ahead_months, join.ahead_us = e->spec->ahead_us;
    if (join.version != MLP_ONLY && join.version != MLP_LATEST && known_later(next)) join.known = next->index;
    for (uint32_t i = 0; i < e->joins; i++) {
        const struct mlp_join *j = &e->join[i];
        if (j->from == from && j->source == join.source && j->column == join.column && j->version == join.version &&
            j->known == join.known) return i;
    }
    if (e->let->of_source) e->let->of_source->needs[to->index] = 1;
    *PUSH(e->spec->src, e->join, e->joins) = join;
    return e->joins - 1;
}

/* The column as its row is reached: its own slot and, for spellings, its own codebook. Declared spellings keep their codes. */
static struct column *seen(struct elab *e, mlp_ix join, struct column *of, const char *way)
{
    for (uint32_t i = 0; i < e->n_joined; i++)
        if (e->joined[i].join == join && e->joined[i].of == of) return e->joined[i].as;
    struct source *src = e->spec->src;
    struct column *as = mlp_arena_alloc(&src->arena, sizeof *as);
    *as = *of;
    as->name = way, as->derived = NULL, as->type.nullable = 1, as->type.origin = NULL;
    const enum type_class class = class_of(&of->type);
    const bool code = class == CLASS_CODE || class == CLASS_ORDINAL;
    if (code) as->type.origin = as;
    struct mlp_slot slot = {.origin = MLP_FROM_JOIN, .rep = (uint8_t)rep_of(&of->type), .nullable = 1, .source = of->source->index,
                            .column = of->index, .join = join, .codebook = MLP_NONE};
    slot.id = (struct mlp_id){.name = way, .from = of->at.from, .to = of->at.to};
    as->slot = elab_slot(e, slot);
    if (code) {
        const mlp_ix cell = elab_cell(e, MLP_CODEBOOK, way, of->at, as->slot);
        e->slot[as->slot].codebook = cell;
        e->cell[cell].pinned.at = (const void *)of->type.set, e->cell[cell].pinned.n = of->type.n_set;
    }
    *PUSH(src, e->joined, e->n_joined) = (struct joined){join, of, as};
    return as;
}

static void no_column(struct elab *e, const struct scope *sc, const struct ast *a, struct source_decl *d, const char *name, size_t n)
{
    const char *text = mlp_arena_copy(&e->spec->src->arena, name, n);
    const char **names = mlp_arena_alloc(&e->spec->src->arena, (d->columns + 1) * sizeof *names);
    for (uint32_t i = 0; i < d->columns; i++) names[i] = d->column[i].name;
    const char *near = name_suggest(text, names, d->columns);
    const struct column *there = near ? spec_column(e->spec, d, near, strlen(near)) : NULL;
    if (!there) elab_wrong(e, sc, a->at, "E200", "`%s` has no column `%s`", d->name, text);
    else elab_wrong(e, sc, a->at, "E200", "`%s` has no column `%s`; did you mean `%s` (line %u)?", d->name, text, near,
                    line_of(e->spec->src, there->at))->cause = there->at;
}

static bool is_broken(struct elab *e, const struct column *c)
{
    const struct symbol *s = spec_find(e->spec, source_printf(e->spec->src, "%s.%s", c->source->name, c->name), 1u << SYM_COLUMN);
    return !s || s->broken;
}

/* What a value read from another row carries: its column's tags. An outcome is none once it is known, which the join looks after:
 * it can only where both rows have a time. */
static const struct from *carried(struct elab *e, const struct column *c, uint8_t version)
{
    const struct from *from = from_column(e, c);
    return version == MLP_BEFORE || version == MLP_UNTIL ? from_without(e, from, FROM_OUTCOME) : from;
}

uint32_t elab_vector(const struct elab *e, const struct ast *a)
{
    const struct source_decl *d = e->spec->main;
    for (unsigned depth = 0; a->kind == AST_NAME && depth < 16; depth++) {
        const struct symbol *s = d == e->spec->main ? spec_find(e->spec, a->text, 1u << SYM_LET) : NULL;
        const char *way = a->text;
        const struct column *c = s ? NULL : spec_column(e->spec, d, way, strcspn(way, "."));
        for (way += strcspn(way, "."); c && *way; way += strcspn(way, "."))
            way++, c = c->refers ? spec_column(e->spec, c->refers, way, strcspn(way, ".")) : NULL;
        if (c && !c->derived) return c->type.base == MLP_VECTOR ? c->type.length : 0;
        if (!c && !s) return 0;
        if (c) d = c->source;
        a = value_of(c ? c->derived : s->ast->kid[0]);
    }
    return 0;
}

bool elab_through(struct elab *e, const struct scope *sc, const struct ast *a, struct value *out)
{
    const char *way = whole_way(e, a->text);
    size_t n = strcspn(way, ".");
    struct column *c = spec_column(e->spec, e->spec->main, way, n);
    if (!c || !way[n]) return false;
    if (!c->refers) {
        struct source_decl *d;
        const char *column;
        if (source_path(e, a, &d, &column)) return false;   /* a source of that name */
        struct diag *wrong = elab_wrong(e, sc, a->at, "E204", "`%s` is no foreign key, so there is nothing behind its `.`", c->name);
        wrong->cause = c->at, wrong->cause_text = "its type";
        wrong->fix = source_printf(e->spec->src, "say what it refers to: `%s: id -> SOURCE`", c->name);
        return true;
    }
    mlp_ix join = MLP_NONE;
    for (const char *at = way;;) {
        if (is_broken(e, c)) return true;
        if (!c->refers) {
            const char *named = mlp_arena_copy(&e->spec->src->arena, way, (size_t)(at - way) + n);
            elab_wrong(e, sc, a->at, "E204", "`%s` is no foreign key, so there is nothing behind its second `.`", named)->cause = c->at;
            return true;
        }
        if (!key_of(e, sc, a, c)) return true;
        const char *name = at + n + 1;
        const size_t length = strcspn(name, ".");
        struct column *next = spec_column(e->spec, c->refers, name, length);
        if (!next) {
            no_column(e, sc, a, c->refers, name, length);
            return true;
        }
        if (next->derived && !elab_derived(e, next)) return true;
        const char *here = mlp_arena_copy(&e->spec->src->arena, way, (size_t)(at - way) + n);
        join = join_by(e, join, c, next, here, a->at);
        at = name, n = length, c = next;
        if (!at[n]) break;
    }
    if (is_broken(e, c)) return true;
    c->stored = 1;
    struct column *as = seen(e, join, c, way);
    struct value source = value_broken(e, out->at, NULL, 0);
    source.from = carried(e, c, e->join[join].version), source.broken = 0;
    const struct value *const one[] = {&source};
    const enum ir_type type = c->type.base == MLP_BOOL ? IR_F : ir_type_of(&c->type);
    ir_ix node = ir_leaf(&e->graph, IR_SLOT, type, as->slot, 0, true);
    if (c->type.base == MLP_BOOL) node = ir_op(&e->graph, IR_NE, (const ir_ix[]){node, ir_num(&e->graph, 0)}, 2);
    *out = value_made(e, node, c->type.base, out->at, one, 1);
    if (!out->broken) out->type = as->type;
    return true;
}
