/* regex.h: patterns, as PCRE2 reads them: Unicode, `\\w` and `\\d` of all scripts. */
#ifndef MLP_CALL_REGEX_H
#define MLP_CALL_REGEX_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Whether a pattern can be compiled; if not, where it is wrong (a byte of it), PCRE2's number and words for that. groups: of the pattern. */
bool mlp_regex_check(const char *pattern, size_t n, size_t *at, int *code, char words[160], uint32_t *groups);
#endif
