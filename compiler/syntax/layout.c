/* layout.c: what is not context-free. Newlines and commas become ends of statements, braces become blocks or sets, brackets
 * become balanced; so the grammar stays context-free. It knows brackets, line ends and which token can start or end a
 * statement, nothing else of the language.
 *
 * At statement level, that is outside ( ) [ ] and sets:
 *   - a newline, a comma, a closing brace and the end of the file end a statement: one END, never two;
 *   - but not after a token that cannot end a statement, nor before one of `|> then else and or @tag`;
 *   - `{` after `in`, or inside ( ) [ ] or a set, opens a set (SET); any other opens a block.
 * A comma before a closing bracket vanishes. A bracket that is never closed is reported and closed, at the latest where a
 * line starts in column 1 with a declaration, so the parser sees balanced text and one slip stays one slip. */
#include "compiler/syntax/parse.h"
#include "mlp.tab.h"
#include <limits.h>
#include <string.h>

static bool between(int kind, int first, int last) { return first <= kind && kind <= last; }
static bool one_of(int kind, const char *characters) { return kind && kind < 128 && strchr(characters, kind); }
static bool cannot_end(int kind)   { return between(kind, PIPE, ELSE) || one_of(kind, "+-*/^<>=:."); }
static bool cannot_start(int kind) { return kind == PIPE || kind == THEN || kind == ELSE || kind == AND || kind == OR
                                    || kind == TAG; }
static int  closer(int kind)       { return kind == '(' ? ')' : kind == '[' ? ']' : '}'; }

struct token *tokens_add(struct source *s, struct tokens *list, struct token t)
{
    if (list->n == list->room) {
        const uint32_t room = list->room ? list->room * 2 : (uint32_t)(s->n / 8) + 64;
        struct token *more = source_alloc(s, room * sizeof *more);
        if (list->n) memcpy(more, list->at, list->n * sizeof *more);
        list->at = more, list->room = room;
    }
    list->at[list->n] = t;
    return &list->at[list->n++];
}

/* A line that starts a declaration: in column 1, with a word and what can follow it there. */
static bool heading(const struct source *s, const struct token *t)
{
    return t->first && (!t->at.from || s->text[t->at.from - 1] == '\n') && (t->kind == NAME || between(t->kind, PIPELINE, MODEL))
        && (one_of(t[1].kind, "{[") || t[1].kind == NAME || t[1].kind == TEXT || between(t[1].kind, PIPELINE, LET));
}

static int last_kind(const struct parser *p) { return p->laid.n ? p->laid.at[p->laid.n - 1].kind : END; }

static void emit(struct source *s, int kind, const struct token *t)
{
    struct parser *p = s->parser;
    const int before = last_kind(p);
    if (kind == END && (before == END || before == '{')) return;
    struct token new = *t;
    new.kind = (int16_t)kind, new.depth = (uint8_t)p->depth;
    if (kind == END) {                                      /* stands behind the statement that it ends */
        const uint32_t end = p->laid.n ? p->laid.at[p->laid.n - 1].at.to : 0;
        new.at = (struct span){end, end}, new.text = NULL;
    }
    tokens_add(s, &p->laid, new);
}

/* Closes the open brackets above the first n with t; all but the n-th were forgotten, that one too when t is no closer. */
static void close_to(struct source *s, int n, const struct token *t)
{
    struct parser *p = s->parser;
    while (p->opened > n) {
        const struct token *open = p->open[--p->opened];
        const bool block = open->kind == '{';
        if ((p->opened > n || t->kind != closer(open->kind)) && open->at.to > open->at.from) {
            struct diag *d = syntax_error(s, "E002", open->at, source_printf(s, "close it with `%c`", closer(open->kind)),
                                          "this `%c` is never closed", s->text[open->at.from]);
            if (d && t->kind) {
                d->cause = t->at;
                d->cause_text = one_of(t->kind, ")]}") ? "this closes a bracket around it" : "here the next declaration starts";
            }
        }
        if (block) emit(s, END, t), p->depth--;
        emit(s, closer(open->kind), t);
        if (block && !(t->kind && t[1].kind == '=')) emit(s, END, t);   /* fits { … } = … goes on */
    }
}

/* A closer without its opener: of another kind than the bracket that is open, or of none. */
static void close_nothing(struct source *s, const struct token *t)
{
    struct parser *p = s->parser;
    const struct token *open = p->opened ? p->open[p->opened - 1] : NULL;
    if (open && open->kind != '{' && t->kind != '}') {
        struct diag *d = syntax_error(s, "E002", t->at, source_printf(s, "write `%c`", closer(open->kind)),
                                      "`%c` cannot close `%c`", t->kind, s->text[open->at.from]);
        if (d) d->cause = open->at, d->cause_text = "opened here";
        p->opened--;
        emit(s, closer(open->kind), t);
    } else {
        syntax_error(s, "E002", t->at, "delete it", "nothing is open that `%c` could close", t->kind);
    }
}

/* `features` or `train net` alone on its line in column 1, with indented lines behind it: told, and the brace is put there. */
static void open_block(struct source *s, struct token *t)
{
    struct parser *p = s->parser;
    const struct token *start = t > p->raw.at && t[-1].kind == NAME && !t->first ? t - 1 : t, *next = t + (t[1].kind == ':') + 1;
    if (p->opened || t->kind != NAME || !start->first || (start->at.from && s->text[start->at.from - 1] != '\n')) return;
    if (!next->kind || !next->first || next->kind == '{' || s->text[next->at.from - 1] == '\n' || cannot_start(next->kind)) return;
    const char *name = source_copy(s, s->text + start->at.from, t->at.to - start->at.from);
    syntax_error(s, "E001", (struct span){start->at.from, t->at.to}, source_printf(s, "write `%s {`, and `}` behind its last line", name),
                 "the lines of `%s` stand in braces", name);
    struct token *brace = source_alloc(s, sizeof *brace);
    *brace = (struct token){.kind = '{', .at = {t->at.to, t->at.to}};
    emit(s, '{', brace);
    p->depth++;
    p->open[p->opened++] = brace;
    if (t[1].kind == ':') t[1].kind = ',';                  /* `features:` */
}

void layout_tokens(struct source *s)
{
    struct parser *p = s->parser;
    for (struct token *t = p->raw.at;; t++) {
        if (!t->kind || (p->opened && t->first && heading(s, t))) close_to(s, 0, t);

        const int before = last_kind(p);
        const bool statement = !p->opened || p->open[p->opened - 1]->kind == '{';
        if (statement && t->first && !cannot_end(before) && !cannot_start(t->kind)) {
            if (one_of(t->kind, "+-*/") && before != END && before != '{') {
                const char *operator = source_printf(s, "%c", t->kind);
                syntax_error(s, "E001", t->at, "end the line above with it, or use parentheses",
                             "a statement cannot start with `%s`", operator);
            } else if (t->kind == '{' && before != END && before != '{') {
                syntax_error(s, "E001", t->at, "move it to the end of the line above", "`{` stands on the line of what it opens");
            } else {
                emit(s, END, t);
            }
        }
        switch (t->kind) {
        case '{':
            if (before == IN || before == NOT_IN || !statement) t->kind = SET;
            /* fall through */
        case '(': case '[':
            if (p->opened == MAX_BRACKETS) {                /* the rest is not read */
                syntax_error(s, "E006", t->at, "give a part of it a name", "brackets are nested more than %d deep", MAX_BRACKETS);
                p->quiet = true;
                close_to(s, 0, &p->raw.at[p->raw.n - 1]);
                emit(s, END, t), emit(s, 0, t);
                return;
            }
            emit(s, t->kind, t);
            if (t->kind == '{') p->depth++;
            p->open[p->opened++] = t;
            break;
        case ')': case ']': case '}': {
            int n = p->opened;
            while (n && closer(p->open[n - 1]->kind) != t->kind) n--;
            if (n) close_to(s, n - 1, t);
            else close_nothing(s, t);
            break;
        }
        case ',':
            if (!one_of(t[1].kind, ")]}")) emit(s, statement ? END : ',', t);
            break;
        case 0:
            emit(s, END, t), emit(s, 0, t);
            return;
        default:
            emit(s, t->kind, t);
            open_block(s, t);
        }
    }
}

/* Hands out the tokens; after an error, not those in the blocks of its statement. */
int yylex(YYSTYPE *value, struct span *at, struct source *s)
{
    struct parser *p = s->parser;
    const struct token *t;
    do t = &p->laid.at[p->next++]; while (t->depth > p->skip && t->kind);
    if (t->kind == END) p->skip = INT_MAX;
    if (!t->kind) p->next = p->laid.n;                      /* the end is handed out as often as it is asked for */
    *at = t->at;
    memcpy(value, &t, sizeof t);                            /* every token's value is the token */
    return t->kind;
}
