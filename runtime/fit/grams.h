/* grams.h: the terms of a text, as scikit-learn's TfidfVectorizer cuts them. Room-private: tfidf.c learns them, encode.c looks them up. */
#ifndef MLP_FIT_GRAMS_H
#define MLP_FIT_GRAMS_H
#include <stdint.h>
#include "runtime/base/arena.h"
#include "runtime/program.h"

/* n-grams of words (0: none) and of characters inside words, from .. to. */
struct grams { uint32_t words_from, words_to, characters_from, characters_to; };
struct grams grams_of(const struct mlp_use *);              /* of a use of `terms` */
size_t grams_most(const struct grams *, size_t bytes);      /* terms of a text of so many bytes at most */
/* Calls `take` for each term in the order of the text. A term of characters begins with '#', so it is no word. */
typedef void grams_take(void *data, const char *at, size_t n);
void grams_walk(const struct grams *, const struct mlp_str *, struct mlp_arena *, grams_take *, void *data);
#endif
