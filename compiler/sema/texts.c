/* texts.c: functions of texts: what they may be taken of and what their result is. Patterns are constants and are tried when a spec is
 * checked, so a wrong one is an error of the spec, with a caret at the very place. What each does to a text is runtime/call/. */
#include <string.h>
#include "compiler/sema/elaborate.h"
#include "runtime/call/regex.h"

/* ---- patterns ---- */

/* Where byte k of a literal's text stands in the file. */
static struct span place_in(const struct source *s, const struct ast *literal, size_t k)
{
    const char *text = s->text + literal->at.from;
    uint32_t at = literal->at.from + 1;
    if (!strncmp(text, "\"\"\"", 3)) at = literal->at.from + 3 + (uint32_t)k;
    else
        for (; k && at + 1 < literal->at.to; k--) at += s->text[at] == '\\' ? 2 : 1;
    if (at >= literal->at.to) at = literal->at.to - 1;
    return (struct span){at, at + 1};
}

static const char *regex_fix(int code)
{
    switch (code) {
    case 101: return "a single \\ at the end takes nothing as it is: write two";
    case 106: return "close the set with `]`, or write `\\[` for the character itself";
    case 108: return "in a set the smaller character stands first: [a-z]";
    case 109: return "put something before it that can be repeated, or write a \\ before it for the character itself";
    case 114: return "close the group with `)`, or write `\\(` for the character itself";
    case 122: return "take the `)` away, or write `\\)` for the character itself";
    default: return "mend the pattern there; a \\ before a character takes it as it is";
    }
}

const char *pattern_fault(struct source *src, const char *pattern, const struct ast *literal, struct span *at, const char **fix, uint32_t *groups)
{
    size_t place;
    int code;
    char words[160];
    if (mlp_regex_check(pattern, strlen(pattern), &place, &code, words, groups)) return NULL;
    if (literal) *at = place_in(src, literal, place);
    *fix = regex_fix(code);
    return mlp_arena_copy(&src->arena, words, strlen(words));
}

/* The pattern of `function`: a constant, and sound. groups: that it captures. */
static bool is_pattern(struct elab *e, const struct scope *sc, const char *function, const struct value *v, uint32_t *groups)
{
    const struct ir_node *n = v->broken ? NULL : &e->graph.node[v->node];
    if (!n) return false;
    if (n->op != IR_TEXT) {
        elab_wrong(e, sc, v->at, "E203", "`%s` takes a pattern that is known before any row is read", function)->fix =
            source_printf(e->spec->src, "write it as a text: `%s(t, \"[0-9]+\")`, or ask `contains` for the text of another column", function);
        return false;
    }
    struct span at = v->at;
    const char *fix;
    const char *words = pattern_fault(e->spec->src, n->text, sc && sc->library ? NULL : v->literal, &at, &fix, groups);
    if (!words) return true;
    elab_wrong(e, sc, at, "E203", "\"%s\" is no pattern: %s", n->text, words)->fix = fix;
    return false;
}

/* What replaces a match: $1 .. $9, ${10}, $$ for a dollar. */
static bool is_replacement(struct elab *e, const struct scope *sc, const struct value *v, uint32_t groups)
{
    const struct ir_node *n = v->broken ? NULL : &e->graph.node[v->node];
    if (!n) return false;
    if (n->op != IR_TEXT) {
        elab_wrong(e, sc, v->at, "E203", "`replace` takes a text that is known before any row is read")->fix =
            "write it in quotes: `replace(t, \"[0-9]\", \"#\")`";
        return false;
    }
    for (const char *p = n->text; *p; p++) {
        if (*p != '$') continue;
        const char *from = p++;
        if (*p == '$') continue;
        const bool brace = *p == '{';
        unsigned group = 0, digits = 0;
        for (p += brace; *p >= '0' && *p <= '9' && digits < 4; p++) group = group * 10 + (unsigned)(*p - '0'), digits++;
        if (!digits || (brace && *p != '}') || group > groups || group > 31) {   /* 31: regex.c, PAIRS */
            const struct span at = v->literal ? place_in(e->spec->src, v->literal, (size_t)(from - n->text)) : v->at;
            if (digits)
                elab_wrong(e, sc, at, "E203", "the pattern has %u group%s, and this is group %u", groups, groups == 1 ? "" : "s", group)->fix =
                    "put round brackets around what it is to take, or write `$$` for a dollar";
            else
                elab_wrong(e, sc, at, "E203", "a `$` in a replacement is followed by the number of a group")->fix = "write `$1`, or `$$` for a dollar";
            return false;
        }
        if (!brace) p--;
    }
    return true;
}

static bool is_separator(struct elab *e, const struct scope *sc, const struct value *v)
{
    const struct ir_node *n = &e->graph.node[v->node];
    if (v->broken) return false;
    if (n->op == IR_TEXT && *n->text && (!n->text[1] || strspn(n->text, " \t") < strlen(n->text))) return true;
    elab_wrong(e, sc, v->at, "E203", n->op == IR_TEXT ? "nothing can be split by \"%s\"" : "`split` takes a separator that is known before any row is read%s",
               n->op == IR_TEXT ? n->text : "")->fix = "write what stands between two values: `split(t, \";\")`";
    return false;
}

/* ---- join: what is missing is left out ---- */

static ir_ix joined(struct elab *e, const struct value *a, const struct value *b, const struct value *with)
{
    struct ir_graph *g = &e->graph;
    const ir_ix arg[] = {a->node, b->node, with->node};
    const ir_ix no_a = ir_op(g, IR_IS_MISSING, &a->node, 1), no_b = ir_op(g, IR_IS_MISSING, &b->node, 1);
    const ir_ix both = ir_call(g, call_of("join"), arg, 3);
    const ir_ix second[] = {no_b, a->node, both};
    const ir_ix first[] = {no_a, b->node, ir_op(g, IR_IF, second, 3)};
    return ir_op(g, IR_IF, first, 3);
}

/* ---- all ---- */

bool elab_text_call(struct elab *e, const struct scope *sc, const struct builtin *b, struct value *v, unsigned n, struct value *out)
{
    const uint32_t call = call_of(b->name);
    if (call == MLP_NONE) return false;
    const bool pattern = !strcmp(b->name, "matches") || !strcmp(b->name, "extract") || !strcmp(b->name, "replace");
    const struct value *const all[] = {&v[0], &v[1], &v[2]};
    uint32_t groups = 0;
    ir_ix arg[3];
    for (unsigned i = 0; i < n; i++) {
        const bool number = b->param[i].takes & TAKES_INT;
        if (!elab_takes(e, sc, b->name, number ? CLASS_NUMBER : CLASS_TEXT, &v[i])) return true;
        arg[i] = v[i].node;
    }
    if (pattern && !is_pattern(e, sc, b->name, &v[1], &groups)) return true;
    if (n == 3 && pattern && !is_replacement(e, sc, &v[2], groups)) return true;
    const bool list = !strcmp(b->name, "split");
    if (list && !is_separator(e, sc, &v[1])) return true;
    ir_ix node;
    if (!strcmp(b->name, "join")) node = joined(e, &v[0], &v[1], &v[2]);
    else if (!strcmp(b->name, "extract")) node = ir_call(&e->graph, call, (ir_ix[]){arg[0], arg[1], ir_num(&e->graph, groups ? 1 : 0)}, 3);
    else node = ir_call(&e->graph, call, arg, n);
    if (node == IR_NOTHING) return true;
    const uint8_t type = e->graph.node[node].type;
    *out = value_made(e, node, type == IR_B ? MLP_BOOL : type == IR_S ? MLP_TEXT : !strcmp(b->name, "number") ? MLP_FLOAT : MLP_INT, out->at, all, n);
    if (list && !out->broken) out->type.base = MLP_LISTOF, out->type.element = MLP_TEXT;
    /* yes or no to a question that the spec asks, and what is masked, tell nothing of a person */
    if ((type == IR_B && value_constant(e, &v[1])) || !strcmp(b->name, "redact")) value_closed(e, out);
    return true;
}
