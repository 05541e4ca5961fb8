/* sources.h: the rows of every source, as the spec says they are made: read, appended, filtered, thinned, with their derived columns.
 * Training reads all sources so, serving those that stand behind a request's keys: a row means the same in both. */
#ifndef MLP_RUN_SOURCES_H
#define MLP_RUN_SOURCES_H
#include <stdbool.h>
#include "runtime/base/log.h"
#include "runtime/base/pool.h"
#include "runtime/fit/fit.h"
#include "runtime/run/run.h"

struct mlp_sources_in {
    const struct mlp_code *code; const double *param; const char *const *param_text; const char *dir; struct mlp_pool *pool;
    const char *const *file;                                /* (sources) read in place of the source's own; entries and list may be NULL */
    const char *behind;                                     /* a file whose rows come last in the main source; or NULL */
    bool foreign;                                           /* the main source's file is another: no sample of it, nothing appended */
    const uint8_t *wanted;                                  /* (sources) 1: read; NULL: all */
    uint8_t *made;                                          /* (sources) 1: has its rows already; set for those that get them; or NULL */
    struct mlp_log *log;                                    /* or NULL */
    /* Told of bad rows that were left out; without it nobody is. */
    mlp_status (*bad)(void *, const struct mlp_source *, const struct mlp_table *, struct mlp_error *); void *bad_data; };
/* table, count: (sources), zeroed; paths and counts are allocated in the arena. Tables are the caller's to clear, after an error too. */
mlp_status mlp_sources_read(const struct mlp_sources_in *, struct mlp_table *table, struct mlp_source_count *count, struct mlp_arena *,
                            struct mlp_error *) MLP_CHECKED;
#endif
