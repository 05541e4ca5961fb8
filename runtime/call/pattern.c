/* pattern.c: the patterns that columns say (`matches`), tried on every cell by schema.c, in training and in serving. A pattern is
 * compiled once per process and then shared by all threads; it is never freed, for there are as few as the spec has. Linked in where
 * the linker is told to (-u mlp_pattern_try): mlp always, an executable when a column that it reads has one. */
#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include "runtime/call/regex.h"
#include "runtime/data/schema.h"

struct pattern { struct pattern *next; pcre2_code *code; pcre2_match_context *bounds; char text[]; };
static _Atomic(struct pattern *) all;                       /* only ever longer: what was read once stays */

static struct pattern *known(const char *text)
{
    struct pattern *p = atomic_load_explicit(&all, memory_order_acquire);
    while (p && strcmp(p->text, text)) p = p->next;
    return p;
}

static struct pattern *add(const char *text)
{
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    const size_t n = strlen(text);
    pthread_mutex_lock(&lock);
    struct pattern *p = known(text);
    if (!p && (p = calloc(1, sizeof *p + n + 1))) {
        memcpy(p->text, text, n);
        p->code = mlp_regex_compile(text, n), p->bounds = mlp_regex_bounds();
        p->next = all;
        atomic_store_explicit(&all, p, memory_order_release);
    }
    pthread_mutex_unlock(&lock);
    return p;
}

enum mlp_cell_fault mlp_pattern_try(const char *pattern, const char *at, size_t n)
{
    struct pattern *p = known(pattern);
    if (!p) p = add(pattern);
    pcre2_match_data *const found = p && p->code && p->bounds ? pcre2_match_data_create(1, NULL) : NULL;
    if (!found) return MLP_CELL_PATTERN_STEPS;
    const int is = mlp_regex_match(p->code, at, n, found, p->bounds);
    pcre2_match_data_free(found);
    return is >= 0 ? MLP_CELL_OK : is == PCRE2_ERROR_NOMATCH ? MLP_CELL_PATTERN : MLP_CELL_PATTERN_STEPS;
}
