/* spell.h: a column's type as the language writes it: for the plan, for the lock file, and for columns that were inferred. What is
 * written without a limit reads back as the same column. */
#ifndef MLP_DATA_SPELL_H
#define MLP_DATA_SPELL_H
#include "runtime/base/buffer.h"
#include "runtime/program.h"

/* What stands behind `name:`; values: of a set at most so many (0: all). Tags are not part of it. */
void mlp_column_text(const struct mlp_program *, const struct mlp_column *, uint32_t values, struct mlp_buffer *);
void mlp_quote_text(struct mlp_buffer *, const char *);     /* a text in double quotes, with the language's escapes */
#endif
