/* ast.h: the tree of a spec. One node type; ast.def says for each kind what its text and its kids are.
 * Nodes live in the arena of their source and are never freed alone. Every node has its bytes (span); comments hang on the
 * node that they stand before (ast.comment) or behind on its line, so that a printer can give the text back. */
#ifndef MLP_SYNTAX_AST_H
#define MLP_SYNTAX_AST_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "compiler/syntax/source.h"

enum ast_kind {
#define AST(kind, text, kids) AST_##kind,
#include "compiler/syntax/ast.def"
    AST_KINDS
};
struct ast {
    uint8_t kind;
    uint16_t height;                /* of the tree below it; bounded, so that passes may recurse */
    struct span at;                 /* first byte to one past the last */
    struct span word;               /* where `text` stands in it: declared name, operator, called path; else `at` */
    const char *text;               /* see ast.def; "" when it has none; unescaped for names and texts */
    double num;                     /* NUMBER: value in base unit (see `unit`); DATE: seconds since 1970; TYPE: 1, may be missing */
    const char *unit;               /* NUMBER: "" or as written: "%" (a share), "d" (seconds), "MiB" (bytes), "mo" "y" (months) */
    uint32_t n;
    struct ast **kid;               /* (n); a kid that is not there is NULL where ast.def says "?" */
    const char *doc;                /* `##` text of a declaration or entry; NULL: none */
    const char *comment;            /* `#` lines before it, joined by \n; of a BLOCK or schema: those before its `}`; NULL: none */
    const char *trailing;           /* `#` behind it on its line; of a BLOCK or schema: behind its `{`; NULL: none */
};
const char *ast_kind_name(enum ast_kind);
struct ast *ast_new(struct source *, enum ast_kind, struct span, const char *text);
void ast_add(struct source *, struct ast *parent, struct ast *kid);   /* kid may be NULL */
void ast_dump(const struct ast *, struct mlp_buffer *);               /* one line a node, indented: for tests */
bool ast_equal(const struct ast *, const struct ast *);               /* by meaning: spans and comments aside */

/* Parses s into s->tree (AST_FILE; partial after errors). Diagnostics go to s->diags. True when there was no error. */
bool parse_source(struct source *s);
#endif
