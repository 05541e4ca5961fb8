/* tally.h: in how many rows each of many texts stands. Room-private: what tfidf.c and values.c learn by. */
#ifndef MLP_FIT_TALLY_H
#define MLP_FIT_TALLY_H
#include <stdbool.h>
#include "runtime/data/table.h"

/* rows[i], last[i]: of the text with code 2 + i: rows that have it, and the last of them plus one. row: which is read now. */
struct tally { struct mlp_dictionary texts; struct mlp_arena arena; uint32_t *rows, *last, room, row; bool failed; };
struct tallied { struct mlp_str text; uint32_t rows; };
void tally_add(struct tally *, const char *at, size_t n);
/* Those that stand in `least` rows, `most` of them: those in most rows, ties in the order of bytes. They are given in the order of bytes,
 * to be freed by the caller. */
mlp_status tally_keep(const struct tally *, double least, double most, struct tallied **, size_t *n, struct mlp_error *) MLP_CHECKED;
void tally_clear(struct tally *);
#endif
