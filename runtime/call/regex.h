/* regex.h: patterns, as PCRE2 reads them: Unicode, `\\w` and `\\d` of all scripts; one way to compile and to try them, so that a
 * column's `matches` and the function agree. Matching is bounded in steps, depth and memory. */
#ifndef MLP_CALL_REGEX_H
#define MLP_CALL_REGEX_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

/* Whether a pattern can be compiled; if not, where it is wrong (a byte of it), PCRE2's number and words for that. groups: of the pattern. */
bool mlp_regex_check(const char *pattern, size_t n, size_t *at, int *code, char words[160], uint32_t *groups);
pcre2_code *mlp_regex_compile(const char *pattern, size_t n);    /* of a pattern that was checked; NULL: no memory */
pcre2_match_context *mlp_regex_bounds(void);                /* NULL: no memory */
/* As pcre2_match: below 0 is no match, or a bound that was reached. */
int mlp_regex_match(const pcre2_code *, const char *at, size_t n, pcre2_match_data *, pcre2_match_context *);
#endif
