/* making.h: a column while it is declared: what declare_column.c reads of it for declare_source.c. Private to these two. */
#ifndef MLP_SEMA_MAKING_H
#define MLP_SEMA_MAKING_H
#include "compiler/sema/declare.h"

struct making { struct spec *spec; struct column *c; bool broken; const struct ast *refers; };

bool column_wrong(struct making *, const char *code, struct span, const char *text);     /* false, and broken */
/* depth: of types that name types. */
void column_type(struct making *, const struct ast *type, unsigned depth);
void column_refine(struct making *, const struct ast *list);
void column_tag(struct making *, const struct ast *tag);
void column_tags(struct making *, const struct ast *list);
void column_settle(struct making *);                        /* the checks that need type, refinements and tags together */
#endif
