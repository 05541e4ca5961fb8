/* regex.c: matches, extract and replace, by PCRE2. A pattern is compiled when an arena's thread first meets it, and kept with the arena.
 * Matching is bounded in steps and depth, so that no text can hang a server; a search that reaches a bound has found nothing.
 * The compiled machine code of PCRE2 is used where the system allows it; where that runs out of its small stack, the interpreter decides. */
#include "runtime/call/regex.h"
#include <stdlib.h>
#include <string.h>
#include "runtime/base/arena.h"
#include "runtime/calls.h"

enum { MOST_STEPS = 2000000, MOST_DEPTH = 20000, MOST_HEAP = 20000 /* KiB */, PATTERNS = 64, PAIRS = 32 };
struct pattern { const char *at; uint64_t n; pcre2_code *code; };
struct patterns { uint32_t n; struct pattern pattern[PATTERNS]; pcre2_match_data *found; pcre2_match_context *bounds; };

static pcre2_code *compile(const char *at, size_t n, int *code, PCRE2_SIZE *where)
{
    const uint32_t options = PCRE2_UTF | PCRE2_UCP | PCRE2_MATCH_INVALID_UTF | PCRE2_NEVER_BACKSLASH_C;
    return pcre2_compile((PCRE2_SPTR)at, n, options, code, where, NULL);
}

bool mlp_regex_check(const char *pattern, size_t n, size_t *at, int *code, char words[160], uint32_t *groups)
{
    PCRE2_SIZE where = 0;
    pcre2_code *const is = compile(pattern, n, code, &where);
    *at = where, *groups = 0, *words = 0;
    if (!is) pcre2_get_error_message(*code, (PCRE2_UCHAR *)words, 160);
    else pcre2_pattern_info(is, PCRE2_INFO_CAPTURECOUNT, groups), pcre2_code_free(is);
    return is != NULL;
}

pcre2_code *mlp_regex_compile(const char *pattern, size_t n)
{
    int wrong;
    PCRE2_SIZE where;
    pcre2_code *const code = compile(n ? pattern : "", n, &wrong, &where);
    if (code) pcre2_jit_compile(code, PCRE2_JIT_COMPLETE);  /* may be refused: then the interpreter runs */
    return code;
}

pcre2_match_context *mlp_regex_bounds(void)
{
    pcre2_match_context *const bounds = pcre2_match_context_create(NULL);
    if (!bounds) return NULL;
    pcre2_set_match_limit(bounds, MOST_STEPS);
    pcre2_set_depth_limit(bounds, MOST_DEPTH);
    pcre2_set_heap_limit(bounds, MOST_HEAP);
    return bounds;
}

int mlp_regex_match(const pcre2_code *code, const char *at, size_t n, pcre2_match_data *found, pcre2_match_context *bounds)
{
    const PCRE2_SPTR text = (PCRE2_SPTR)(n ? at : "");
    const int is = pcre2_match(code, text, n, 0, 0, found, bounds);
    return is == PCRE2_ERROR_JIT_STACKLIMIT ? pcre2_match(code, text, n, 0, PCRE2_NO_JIT, found, bounds) : is;
}

static void forget(void *guest)
{
    struct patterns *const p = guest;
    for (uint32_t i = 0; i < p->n; i++) pcre2_code_free(p->pattern[i].code);
    pcre2_match_data_free(p->found);
    pcre2_match_context_free(p->bounds);
    free(p);
}

static struct patterns *patterns_of(struct mlp_arena *arena)
{
    if (arena->guest) return arena->guest;
    struct patterns *const p = calloc(1, sizeof *p);
    if (!p) return mlp_arena_none(arena, sizeof *p);
    p->found = pcre2_match_data_create(PAIRS, NULL);
    p->bounds = mlp_regex_bounds();
    if (!p->found || !p->bounds) return forget(p), mlp_arena_none(arena, sizeof *p);
    arena->guest = p, arena->leave = forget;
    return p;
}

/* A kernel's pattern stands at one place in memory, so most are known by their address. */
static pcre2_code *code_of(struct mlp_arena *arena, struct patterns *p, const struct mlp_str *pattern)
{
    for (uint32_t i = 0; i < p->n; i++)
        if (p->pattern[i].at == pattern->at && p->pattern[i].n == pattern->n) return p->pattern[i].code;
    pcre2_code *const code = mlp_regex_compile(pattern->at, pattern->n);
    if (!code) return mlp_arena_none(arena, pattern->n);     /* the compiler has tried every pattern, so it is no other reason */
    if (p->n == PATTERNS) pcre2_code_free(p->pattern[--p->n].code);
    p->pattern[p->n++] = (struct pattern){pattern->at, pattern->n, code};
    return code;
}

/* Groups that were found, 0 or less: none. Start and end of group k are at 2k and 2k + 1 of the vector. */
static int search(struct mlp_arena *arena, const struct mlp_str *text, const struct mlp_str *pattern, const PCRE2_SIZE **vector)
{
    struct patterns *const p = patterns_of(arena);
    pcre2_code *const code = p ? code_of(arena, p, pattern) : NULL;
    if (!code) return 0;
    const int found = mlp_regex_match(code, text->at, text->n, p->found, p->bounds);
    *vector = pcre2_get_ovector_pointer(p->found);
    return found == 0 ? PAIRS : found;                      /* 0: more groups than there is room for */
}

uint8_t mlp_call_matches(void *arena, const struct mlp_str *text, const struct mlp_str *pattern)
{
    const PCRE2_SIZE *vector;
    return search(arena, text, pattern, &vector) > 0;
}

void mlp_call_extract(void *arena, struct mlp_str *out, const struct mlp_str *text, const struct mlp_str *pattern, double group)
{
    const PCRE2_SIZE *vector;
    const int found = search(arena, text, pattern, &vector), k = group > 0;
    *out = (struct mlp_str){NULL, 0};
    if (found <= k || vector[2 * k] == PCRE2_UNSET || vector[2 * k] > vector[2 * k + 1]) return;
    *out = (struct mlp_str){text->n ? text->at + vector[2 * k] : "", vector[2 * k + 1] - vector[2 * k]};
}

void mlp_call_replace(void *arena, struct mlp_str *out, const struct mlp_str *text, const struct mlp_str *pattern, const struct mlp_str *with)
{
    struct patterns *const p = patterns_of(arena);
    pcre2_code *const code = p ? code_of(arena, p, pattern) : NULL;
    const uint32_t options = PCRE2_SUBSTITUTE_GLOBAL | PCRE2_SUBSTITUTE_OVERFLOW_LENGTH | PCRE2_SUBSTITUTE_UNKNOWN_UNSET
                           | PCRE2_SUBSTITUTE_UNSET_EMPTY;
    const PCRE2_SPTR at = (PCRE2_SPTR)(text->n ? text->at : ""), to = (PCRE2_SPTR)(with->n ? with->at : "");
    PCRE2_SIZE room = text->n + text->n / 4 + 64;
    *out = *text;
    if (!text->n) out->at = "";
    for (int turn = 0; code && turn < 2; turn++) {
        char *const bytes = mlp_arena_alloc(arena, room);
        PCRE2_SIZE n = room;
        if (!bytes) return;
        const int done = pcre2_substitute(code, at, text->n, 0, options, p->found, p->bounds, to, with->n, (PCRE2_UCHAR *)bytes, &n);
        if (done >= 0) *out = (struct mlp_str){bytes, n};
        if (done != PCRE2_ERROR_NOMEMORY) return;           /* a bound was reached: the text as it is */
        room = n + 1;
    }
}
