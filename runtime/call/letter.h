/* letter.h: characters of UTF-8 and their cases. Room-private. */
#ifndef MLP_CALL_LETTER_H
#define MLP_CALL_LETTER_H
#include <stdbool.h>
#include <stdint.h>

/* The character that begins there and its bytes; of bytes that are none: one, 0xfffd. n is at least 1. */
uint64_t mlp_letter_read(const char *, uint64_t n, uint32_t *code);
uint64_t mlp_letter_write(char *to, uint32_t code);         /* bytes written: at most 4 */
bool mlp_letter_is_small(uint32_t code);
bool mlp_letter_is_capital(uint32_t code);
#endif
