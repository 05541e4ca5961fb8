/* parse.c: from text to tree: the order of the steps, and what the grammar's actions call to build nodes and to hang comments
 * on them. No rule of the language stands here: those are in grammar/mlp.y. */
#include "compiler/syntax/parse.h"
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

struct diag *syntax_error(struct source *s, const char *code, struct span at, const char *fix, const char *format, ...)
{
    if (s->parser && ((struct parser *)s->parser)->quiet) return NULL;
    char text[1024];
    va_list args;
    va_start(args, format);
    const int n = vsnprintf(text, sizeof text, format, args);
    va_end(args);
    if (n >= (int)sizeof text) {                            /* cut where a character ends */
        size_t end = sizeof text - 1;
        while (end && ((unsigned char)text[end - 1] & 0xc0) == 0x80) end--;
        text[end && (unsigned char)text[end - 1] >= 0x80 ? end - 1 : end] = 0;
    }
    struct diag *d = source_error(s, code, at, "%s", text);
    if (fix) d->fix = fix;
    return d;
}

/* ---- the text itself ---- */

/* Length of the UTF-8 character at text; 0: there is none. Surrogates and overlong forms are none. */
static uint32_t utf8(const unsigned char *c)
{
    if (*c < 0x80) return 1;
    const uint32_t n = *c >= 0xf0 && *c < 0xf5 ? 4 : *c >= 0xe0 ? 3 : *c >= 0xc2 ? 2 : 0;
    if (*c >= 0xf5 || !n) return 0;
    for (uint32_t i = 1; i < n; i++)
        if ((c[i] & 0xc0) != 0x80) return 0;
    if ((*c == 0xe0 && c[1] < 0xa0) || (*c == 0xed && c[1] > 0x9f) || (*c == 0xf0 && c[1] < 0x90)
        || (*c == 0xf4 && c[1] > 0x8f)) return 0;
    return n;
}

/* A text that is not UTF-8 is not read further: what looks like words in it may be anything. */
static bool readable(struct source *s)
{
    for (uint32_t i = 0, n; i < s->n; i += n) {
        const unsigned char c = (unsigned char)s->text[i];
        n = utf8((const unsigned char *)s->text + i);
        if (c && n) continue;
        if (!c) syntax_error(s, "E005", (struct span){i, i + 1}, "save the file as plain UTF-8 text",
                             "a NUL byte stands here: this is no text file");
        else syntax_error(s, "E005", (struct span){i, i + 1}, "save the file as UTF-8",
                          "the byte 0x%02x stands here, which is not UTF-8", c);
        return false;
    }
    return true;
}

bool parse_source(struct source *s)
{
    s->tree = ast_new(s, AST_FILE, (struct span){0, (uint32_t)s->n}, "");
    const uint32_t before = s->errors;
    if (!readable(s)) return false;
    struct parser *p = source_alloc(s, sizeof *p);
    p->skip = INT_MAX;
    s->parser = p;
    words_fill(p);
    scan_source(s);
    layout_tokens(s);
    parse_tokens(s);
    ast_close(s, s->tree, s->tree->at);
    s->parser = NULL;
    return s->errors == before;
}

/* ---- comments ---- */

static const char *join(struct source *s, const char *before, const char *text)
{
    return before && *before ? source_printf(s, "%s\n%s", before, text) : text;
}

/* The words of a comment, without its signs, one space after them, and blanks at the end. */
static const char *words_of(struct source *s, struct remark *r)
{
    uint32_t from = r->at.from + (r->doc ? 2 : 1), to = r->at.to;
    if (from < to && s->text[from] == ' ') from++;
    while (to > from && (s->text[to - 1] == ' ' || s->text[to - 1] == '\t' || s->text[to - 1] == '\r')) to--;
    r->used = true;
    return source_copy(s, s->text + from, to - from);
}

static bool only(const struct source *s, uint32_t from, uint32_t to, const char *characters)
{
    for (; from < to; from++)
        if (!strchr(characters, s->text[from])) return false;
    return true;
}

static uint32_t first_remark(const struct parser *p, uint32_t byte)    /* that stands at or behind byte */
{
    uint32_t low = 0, high = p->remarks;
    while (low < high) {
        const uint32_t middle = low + (high - low) / 2;
        if (p->remark[middle].at.from < byte) low = middle + 1;
        else high = middle;
    }
    return low;
}

void ast_remarks(struct source *s, struct ast *node)
{
    struct parser *p = s->parser;
    uint32_t first = first_remark(p, node->at.from), i = first;
    for (uint32_t edge = node->at.from; first && p->remark[first - 1].own
         && !p->remark[first - 1].used; edge = p->remark[--first].at.from)
        if (!only(s, p->remark[first - 1].at.to, edge, " \t\r\n,")) break;
    for (; first < p->remarks && p->remark[first].at.from < node->at.to; first++) {
        struct remark *r = &p->remark[first];
        if (r->used) continue;
        const char **to = r->doc ? &node->doc : &node->comment;
        *to = join(s, *to, words_of(s, r));
    }
    for (i = first; i < p->remarks && !p->remark[i].own && !p->remark[i].used; i++) {
        struct remark *r = &p->remark[i];
        if (!only(s, node->at.to, r->at.from, " \t,")) break;
        const char **to = r->doc ? &node->doc : &node->trailing;
        *to = join(s, *to, words_of(s, r));
    }
}

/* Behind the opening brace on its line: trailing; before the closing one, and whatever nobody took: comment. */
struct ast *ast_close(struct source *s, struct ast *list, struct span braces)
{
    struct parser *p = s->parser;
    list->at = list->word = braces;
    for (uint32_t i = first_remark(p, braces.from); i < p->remarks && p->remark[i].at.from < braces.to; i++) {
        struct remark *r = &p->remark[i];
        if (r->used) continue;
        const bool behind = !r->own && only(s, braces.from + 1, r->at.from, " \t");
        const char **to = r->doc ? &list->doc : behind ? &list->trailing : &list->comment;
        *to = join(s, *to, words_of(s, r));
    }
    return list;
}

/* ---- nodes ---- */

struct ast *ast_push(struct source *s, struct ast *list, struct ast *kid)
{
    if (!list->n && list->kind == AST_LIST) list->at = list->word = kid->at;
    list->at.to = kid->at.to > list->at.to ? kid->at.to : list->at.to;
    ast_add(s, list, kid);
    return list;
}

struct ast *ast_entry(struct source *s, struct ast *list, struct ast *entry, struct ast *tags)
{
    struct ast *node = entry;
    if (tags && tags->n) {
        node = ast_make(s, AST_TAGGED, (struct span){entry->at.from, tags->at.to}, entry->at, "", 2, (struct ast *[]){entry, tags});
    }
    ast_remarks(s, node);
    const struct ast *block = entry->n ? entry->kid[entry->n - 1] : NULL;
    if (block && block->doc && (block->kind == AST_BLOCK || block->kind == AST_LIST)) node->doc = join(s, node->doc, block->doc);
    entry->doc = node->doc;                                 /* whoever looks behind the tags finds it too */
    return ast_push(s, list, node);
}

struct ast *ast_turn(struct source *s, enum ast_kind kind, struct span at, struct span word, const char *text, struct ast *list)
{
    struct ast *node = ast_make(s, kind, at, word, text, 0, NULL);
    if (list) node->kid = list->kid, node->n = list->n, node->height = list->height, node->comment = list->comment,
        node->trailing = list->trailing, node->doc = list->doc;
    return node;
}

struct ast *ast_dot(struct source *s, struct ast *path, const struct token *name, struct span at)
{
    enum { LONGEST = 1000 };
    if (strlen(path->text) + strlen(name->text) > LONGEST) {
        syntax_error(s, "E006", at, "", "a name with more than %d characters", LONGEST);
        return path;
    }
    path->text = source_printf(s, "%s.%s", path->text, name->text);
    path->at = path->word = at;
    return path;
}

/* -5 is a number; -x and -5^2 (a minus of the power) are not. */
struct ast *ast_negate(struct source *s, struct ast *operand, struct span at)
{
    if (operand->kind != AST_NUMBER || *operand->text == '-')
        return ast_make(s, AST_NEGATE, at, (struct span){at.from, at.from + 1}, "", 1, &operand);
    operand->text = source_printf(s, "-%s", operand->text);
    operand->num = -operand->num;
    operand->at = operand->word = at;
    return operand;
}

struct ast *ast_literal(struct source *s, enum ast_kind kind, const struct token *t)
{
    struct ast *node = ast_new(s, kind, t->at, t->text);
    if (kind == AST_NUMBER) literal_number(s, node);
    if (kind == AST_DATE) literal_date(s, node);
    return node;
}

struct ast *ast_arg(struct source *s, struct span at, struct ast *key, struct ast *value)
{
    const char *name = key->kind == AST_NAME ? key->text : key->kind == AST_MISSING ? "missing" : "";
    return ast_make(s, AST_ARG, at, key->at, name, 2, (struct ast *[]){value, key});
}

struct ast *ast_bound(struct source *s, struct ast *bound, struct ast *clause)
{
    ast_push(s, bound->kid[1], clause);
    bound->at.to = clause->at.to;
    if (bound->height <= bound->kid[1]->height) bound->height = (uint16_t)(bound->kid[1]->height + 1);
    return bound;
}

struct ast *ast_type(struct source *s, struct span at, const struct token *name, struct ast *arguments, struct ast *unit,
                     bool optional)
{
    struct ast *type = ast_make(s, AST_TYPE, at, name->at, name->text, 2, (struct ast *[]){arguments, unit});
    type->num = optional;
    return type;
}
