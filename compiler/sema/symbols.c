/* symbols.c: the table of declared names: one entry per declaration; names that clash are reported here. Must not know what a
 * declaration means. */
#include "compiler/sema/declare.h"
#include "runtime/base/hash.h"
#include <string.h>

/* ---- names by a hash ---- */

static void link_name(struct name_index *x, uint32_t i)
{
    uint32_t *at = &x->bucket[mlp_hash(x->name[i], strlen(x->name[i]), 0) & (x->buckets - 1)];
    while (*at != NO_NAME) at = &x->next[*at];
    *at = i, x->next[i] = NO_NAME;
}

void names_add(struct source *src, struct name_index *x, const char *name)
{
    if (x->n == x->buckets) {                               /* as many buckets as there is room for names */
        const uint32_t buckets = x->buckets ? x->buckets * 4 : 64;
        const char **grown = mlp_arena_alloc(&src->arena, buckets * sizeof *grown);
        if (x->n) memcpy(grown, x->name, x->n * sizeof *grown);
        x->name = grown, x->buckets = buckets;
        x->next = mlp_arena_alloc(&src->arena, buckets * sizeof *x->next);
        x->bucket = mlp_arena_alloc(&src->arena, buckets * sizeof *x->bucket);
        memset(x->bucket, 0xff, buckets * sizeof *x->bucket);
        for (uint32_t i = 0; i < x->n; i++) link_name(x, i);
    }
    x->name[x->n] = name;
    link_name(x, x->n++);
}

static uint32_t same_name(const struct name_index *x, uint32_t i, const char *name)
{
    while (i != NO_NAME && strcmp(x->name[i], name)) i = x->next[i];
    return i;
}

uint32_t names_first(const struct name_index *x, const char *name)
{
    return x->n ? same_name(x, x->bucket[mlp_hash(name, strlen(name), 0) & (x->buckets - 1)], name) : NO_NAME;
}

uint32_t names_next(const struct name_index *x, uint32_t before) { return same_name(x, x->next[before], x->name[before]); }

/* ---- symbols ---- */

static struct column *column_of(const struct symbol *s) { return s->of; }

struct symbol *spec_find(struct spec *spec, const char *name, unsigned kinds)
{
    const char *dot = strchr(name, '.');
    for (uint32_t i = 0; dot && kinds & 1u << SYM_COLUMN && i < spec->sources; i++) {
        const struct source_decl *d = &spec->source[i];
        if (strlen(d->name) != (size_t)(dot - name) || strncmp(d->name, name, (size_t)(dot - name))) continue;
        for (uint32_t k = names_first(&spec->by_name, dot + 1); k != NO_NAME; k = names_next(&spec->by_name, k)) {
            struct symbol *s = &spec->symbol[k];
            if (s->kind == SYM_COLUMN && column_of(s)->source == d) return s;
        }
    }
    for (uint32_t k = names_first(&spec->by_name, name); k != NO_NAME; k = names_next(&spec->by_name, k)) {
        struct symbol *s = &spec->symbol[k];
        if (!(kinds >> s->kind & 1)) continue;
        if (s->kind == SYM_COLUMN && spec->main && column_of(s)->source != spec->main) continue;
        return s;
    }
    return NULL;
}

static const char *const symbol_word[] = {"source",   "column", "`let`",    "feature", "param",
                                          "function", "type",   "baseline", "model",   "metric"};

/* Kinds that share one space of names: an expression, a bound or a type could mean either. */
static unsigned space_of(unsigned kind)
{
    static const unsigned space[] = {1u << SYM_COLUMN | 1u << SYM_LET | 1u << SYM_PARAM, 1u << SYM_BASELINE | 1u << SYM_MODEL,
                                     1u << SYM_FN | 1u << SYM_METRIC};
    for (size_t i = 0; i < sizeof space / sizeof *space; i++)
        if (space[i] >> kind & 1) return space[i];
    return kind == SYM_FEATURE ? 0 : 1u << kind;            /* features: plan/ checks them, as unnamed ones get names there */
}

struct column *spec_column(const struct spec *spec, const struct source_decl *d, const char *name, size_t n)
{
    const struct name_index *x = &spec->by_name;
    for (uint32_t i = x->n ? x->bucket[mlp_hash(name, n, 0) & (x->buckets - 1)] : NO_NAME; i != NO_NAME; i = x->next[i]) {
        const struct symbol *s = &spec->symbol[i];
        if (s->kind == SYM_COLUMN && column_of(s)->source == d && strlen(s->name) == n && !memcmp(s->name, name, n)) return s->of;
    }
    return NULL;
}

void declare_symbol(struct spec *spec, enum symbol_kind kind, const char *name, const struct ast *a, void *of, uint32_t index)
{
    const unsigned space = space_of(kind);
    for (uint32_t k = space ? names_first(&spec->by_name, name) : NO_NAME; k != NO_NAME; k = names_next(&spec->by_name, k)) {
        const struct symbol *s = &spec->symbol[k];
        if (!(space >> s->kind & 1)) continue;
        /* a column clashes with a column of its own source only; with a let or a param whichever source it is of */
        if (kind == SYM_COLUMN && s->kind == SYM_COLUMN && ((struct column *)of)->source != column_of(s)->source)
            continue;
        if ((kind == SYM_COLUMN) != (s->kind == SYM_COLUMN) && spec->sources > 1 && spec->main
            && (kind == SYM_COLUMN ? (struct column *)of : column_of(s))->source != spec->main) continue;
        const uint32_t line = line_of(spec->src, s->ast->at);
        struct diag *d = kind == s->kind
                             ? source_error(spec->src, "E201", a->word, "the %s `%s` is given twice; the first stands in line %u",
                                            symbol_word[kind], name, line)
                             : source_error(spec->src, "E201", a->word, "the %s `%s` has the name of a %s in line %u",
                                            symbol_word[kind], name, symbol_word[s->kind], line);
        d->cause = s->ast->word, d->cause_text = "the first";
        d->fix = "give one of them another name";
        return;
    }
    names_add(spec->src, &spec->by_name, name);
    *PUSH(spec->src, spec->symbol, spec->symbols) =
        (struct symbol){.kind = (uint8_t)kind, .name = name, .ast = a, .of = of, .index = index};
}
