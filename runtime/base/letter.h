/* letter.h: characters of UTF-8 and their cases, the same for all that folds them: `lower`, `upper`, tfidf, redact. */
#ifndef MLP_BASE_LETTER_H
#define MLP_BASE_LETTER_H
#include <stdbool.h>
#include <stdint.h>

/* The character that begins there and its bytes; of bytes that are none: one, 0xfffd. n is at least 1. */
uint64_t mlp_letter_read(const char *, uint64_t n, uint32_t *code);
uint64_t mlp_letter_write(char *to, uint32_t code);         /* bytes written: at most 4 */
uint32_t mlp_letter_lower(uint32_t code);                   /* itself, where it has no other case */
uint32_t mlp_letter_upper(uint32_t code);
bool mlp_letter_is_small(uint32_t code);
bool mlp_letter_is_capital(uint32_t code);
#endif
