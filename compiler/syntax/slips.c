/* slips.c: what hands used to another language write, where the grammar can only say "unexpected": a range in words, an `if` behind
 * its value, a word for "may be missing", quotes around a name. Each is told with the edit. Must not know the library. */
#include "compiler/syntax/parse.h"
#include "mlp.tab.h"
#include <string.h>
#include <strings.h>

static const char *slice(struct source *s, uint32_t from, uint32_t to) { return source_copy(s, s->text + from, to - from); }

static bool is_word(struct source *s, const struct token *t, const char *const *word)
{
    const char *text = t->kind == NAME ? slice(s, t->at.from, t->at.to) : "";
    for (; *word; word++)
        if (!strcasecmp(text, *word)) return true;
    return false;
}

/* `1 if age < 10 else 0`: got is the `if`. The value in front is one operand, or what stands in parentheses. */
static const char *turned(struct source *s, const struct token *first, const struct token *got)
{
    const struct token *left = got - 1, *otherwise = got, *end;
    int depth = 0;
    for (; left > first; left--) {
        depth += left->kind == ')' ? 1 : left->kind == '(' ? -1 : 0;
        if (!depth && !(left[-1].kind == NAME && left->kind == '(')) break;
    }
    while (otherwise->kind && otherwise->kind != END && otherwise->kind != ELSE) otherwise++;
    for (end = otherwise; end->kind && end->kind != END && end->kind != ','; end++) ;
    if (otherwise->kind != ELSE || end == otherwise + 1 || end[-1].at.to - left->at.from > 100) return "write `if condition then a else b`";
    return source_printf(s, "write `if %s then %s else %s`", slice(s, got[1].at.from, otherwise[-1].at.to),
                         slice(s, left->at.from, got[-1].at.to), slice(s, otherwise[1].at.from, end[-1].at.to));
}

/* `x ? 1 : 0`; NULL: no `:` follows. */
static const char *questioned(struct source *s, const struct token *first, const struct token *got)
{
    const struct token *left = got, *colon = got, *end;
    while (left > first && left[-1].kind != '=' && left[-1].kind != '(' && left[-1].kind != ',') left--;
    while (colon->kind && colon->kind != END && colon->kind != ':') colon++;
    if (colon->kind != ':' || colon == got + 1 || left == got) return NULL;
    for (end = colon; end->kind && end->kind != END && end->kind != ')' && end->kind != ','; end++) ;
    if (end == colon + 1 || end[-1].at.to - left->at.from > 100) return "write `if condition then a else b`";
    return source_printf(s, "write `if %s then %s else %s`", slice(s, left->at.from, got[-1].at.to), slice(s, got[1].at.from, colon[-1].at.to),
                         slice(s, colon[1].at.from, end[-1].at.to));
}

bool syntax_slip(struct source *s, const struct token *first, const struct token *got)
{
    static const char *const to[] = {"to", "until", "through", NULL}, *const optional[] = {"nullable", "optional", "null", "NULL", NULL};
    const struct token *before = got - (got > first), *next = got->kind ? got + 1 : got;
    const char *text = slice(s, got->at.from, got->at.to);
    if (got == first && got->kind == TEXT && next->kind == ':')
        return syntax_error(s, "E001", got->at, source_printf(s, strchr(got->text, ' ') ? "write `` `%s`: `` in back-quotes" : "write `%s:`", got->text),
                            "names stand without quotes"), true;
    if (got == first) return false;
    if (first->kind == PREDICT && got == first + 1 && got->kind == TEXT)
        syntax_error(s, "E001", got->at, source_printf(s, "write `predict %s`", got->text), "names stand without quotes");
    else if (first->kind == PREDICT && got == first + 2 && ((got->kind >= EQ && got->kind <= NOT_IN) || got->kind == '<' || got->kind == '>'))
        syntax_error(s, "E001", got->at, source_printf(s, "write `predict yes = %s …`; a bool is enough alone: `predict %s`",
                                                       slice(s, before->at.from, got->at.to), slice(s, before->at.from, before->at.to)),
                     "a question that is predicted has a name");
    else if (got == first + 1 && first->kind == NAME && got->kind == NAME && next->kind == ':' && first->depth)
        syntax_error(s, "E001", (struct span){first->at.from, got->at.to}, source_printf(s, "write `` `%s`: …``", slice(s, first->at.from, got->at.to)),
                     "a name with a space stands in back-quotes");
    else if (got == first + 2 && first->kind == MODEL && before->kind == NAME && got->kind == '(')
        syntax_error(s, "E001", before->at, source_printf(s, "write `model NAME = %s(…)`", slice(s, before->at.from, before->at.to)), "a model has a name");
    else if (got == first + 1 && first->kind == NAME && !first->depth && got->kind == '(')
        syntax_error(s, "E001", first->at, source_printf(s, "write `split %s(…)`, `model NAME = %s(…)`, or what it is", slice(s, first->at.from, first->at.to),
                                                        slice(s, first->at.from, first->at.to)),
                     "a declaration starts with a word that says what it is");
    else if (got->kind == '?' && questioned(s, first, got))
        syntax_error(s, "E001", got->at, questioned(s, first, got), "a choice is written in words");
    else if (got->kind == '?' && before->kind == NAME && before > first && before[-1].kind == '=')
        syntax_error(s, "E001", before[-1].at, "write `:`", "a type stands behind `:`, and `=` computes a value");
    else if (before->kind == NUMBER && next->kind == NUMBER && is_word(s, got, to))
        syntax_error(s, "E001", got->at, source_printf(s, "write `%s..%s`", before->text, next->text), "a range is written with two points");
    else if (before->kind == NAME && is_word(s, got, optional))
        syntax_error(s, "E001", got->at, source_printf(s, "write `%s?`", slice(s, before->at.from, before->at.to)),
                     "what may be missing has a `?` behind its type");
    else if (before->kind == NAME && got->kind == NOT && next->kind == NAME && is_word(s, next, optional))
        syntax_error(s, "E001", got->at, source_printf(s, "delete `%s`", slice(s, got->at.from, next->at.to)),
                     "a column without a `?` is never missing");
    else if (got->kind == IF && ((before->kind >= NAME && before->kind <= TEXT) || before->kind == ')') && first < before)
        syntax_error(s, "E001", got->at, turned(s, first, got), "`%s` stands before its condition and its values", text);
    else return false;
    return true;
}
