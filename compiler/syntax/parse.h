/* parse.h: what the scanner, the layout and the grammar share while a source is parsed. Private to syntax/ and grammar/.
 * Everything lives in the source's arena; source->parser points at the parser until parse_source returns. */
#ifndef MLP_SYNTAX_PARSE_H
#define MLP_SYNTAX_PARSE_H
#include "compiler/syntax/ast.h"

enum { MAX_BRACKETS = 200,          /* open at once */
       MAX_HEIGHT = 500,            /* of the tree, so that every later pass may recurse */
       MAX_STACK = 8000 };          /* of the parser */

struct token { const char *text;    /* of names, literals and tags; else NULL */
               struct span at;
               int16_t kind;
               uint8_t depth;       /* blocks around it */
               bool first; };       /* on its line */
struct tokens { struct token *at; uint32_t n, room; };
struct remark { struct span at; bool own, doc, used; };     /* a comment; own: nothing before it on its line; doc: `##` */

struct parser {
    struct tokens raw, laid;                                /* as scanned · with layout */
    struct remark *remark; uint32_t remarks, remark_room;
    struct token *open[MAX_BRACKETS]; int opened, depth;    /* while layout runs */
    uint32_t next; int skip;                                /* the grammar's place; after an error, the depth to stay at */
    uint32_t here; bool line_used;                          /* the scanner's place; a token stands on this line already */
    bool quiet;                                             /* what follows is no news: the text broke off */
    uint8_t word[256];                                      /* hash -> keyword */
};

/* A message on the syntax, unless the parser is quiet; fix may be NULL. */
struct diag *syntax_error(struct source *, const char *code, struct span, const char *fix, const char *format, ...)
    __attribute__((format(printf, 5, 6)));
struct token *tokens_add(struct source *, struct tokens *, struct token);

void scan_source(struct source *);                          /* text -> raw, remarks (mlp.l) */
void layout_tokens(struct source *);                        /* raw -> laid */
/* slips.c: told, when the token `got`, which cannot stand there, in the statement that starts with `first` is a habit of another language. */
bool syntax_slip(struct source *, const struct token *first, const struct token *got);
void words_fill(struct parser *);                           /* (mlp.y) */
int word_kind(const struct parser *, const char *text, size_t n, const char **spelling);   /* a keyword, or NAME (mlp.y) */
int parse_tokens(struct source *);                          /* laid -> tree (mlp.y) */

/* literal.c: the value of a literal; what is wrong with it is reported at its place. */
const char *literal_text(struct source *, struct span, bool raw);
bool literal_unit(const char *unit);
const char *literal_unit_near(const char *unit);            /* "days" -> "d"; NULL: none */
void literal_number(struct source *, struct ast *);
void literal_date(struct source *, struct ast *);

/* What the grammar's actions call. A list is a LIST node; ast_turn makes its kids those of another kind of node. */
struct ast *ast_make(struct source *, enum ast_kind, struct span at, struct span word, const char *text, unsigned n,
                     struct ast *const *kid);
struct ast *ast_push(struct source *, struct ast *list, struct ast *kid);
struct ast *ast_entry(struct source *, struct ast *list, struct ast *entry, struct ast *tags);  /* a statement: takes comments */
struct ast *ast_turn(struct source *, enum ast_kind, struct span at, struct span word, const char *text, struct ast *list);
struct ast *ast_close(struct source *, struct ast *list, struct span braces);   /* a BLOCK or schema: takes the comments left */
struct ast *ast_dot(struct source *, struct ast *path, const struct token *name, struct span);
struct ast *ast_negate(struct source *, struct ast *operand, struct span);
struct ast *ast_literal(struct source *, enum ast_kind, const struct token *);
struct ast *ast_arg(struct source *, struct span, struct ast *key, struct ast *value);
struct ast *ast_bound(struct source *, struct ast *bound, struct ast *clause);
struct ast *ast_type(struct source *, struct span, const struct token *name, struct ast *arguments, struct ast *unit,
                     bool optional);
void ast_remarks(struct source *, struct ast *);            /* the comments before, in and behind a node */
#endif
