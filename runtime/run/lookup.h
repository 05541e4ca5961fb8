/* lookup.h: other rows at serving: what stands behind a request's keys, and what windows say of the rows before it, when the request
 * does not carry it. Sources are read as training reads them, each once: when a slot first needs it, or by `ready`. A slot that is
 * ready is read only and shared by threads. The main source's rows are the history: its own file, or the one that is named.
 * Reached through `ops` alone, so that executables of programs that look nothing up link no reader. */
#ifndef MLP_RUN_LOOKUP_H
#define MLP_RUN_LOOKUP_H
#include <stdbool.h>
#include "runtime/data/schema.h"

struct mlp_lookup;
struct mlp_lookup_files { const char *dir;                  /* paths are relative to it; NULL: the working folder */
                          const char *const *set; uint32_t sets;            /* NAME=VALUE of params that name files */
                          const char *const *source; uint32_t n_source;     /* NAME=PATH: read in place of a source's own file */
                          const char *history;              /* read in place of the main source's own file; or NULL */
                          int threads; };                   /* that read; 0: one per core */
struct mlp_lookup_ops {
    /* Checks names; reads nothing. param: numbers of the params, as trained with. */
    mlp_status (*open)(struct mlp_lookup **, const struct mlp_code *, const double *param, const struct mlp_lookup_files *,
                       struct mlp_error *);
    /* Reads what a slot needs; the same answer again later. */
    mlp_status (*ready)(struct mlp_lookup *, mlp_ix slot, struct mlp_error *);
    /* The value of a slot MLP_FROM_JOIN for a row whose first key is spelled so, at its @time (asked of joins that go by time
     * only; the decision may be made ahead of it). Texts point into the source's table. */
    mlp_status (*value)(struct mlp_lookup *, mlp_ix slot, struct mlp_str key, int64_t moment, struct mlp_value *, struct mlp_error *);
    /* Of a slot MLP_FROM_WINDOW for a row with these keys (bytes, as slot.on; n 0: missing) and this @time (INT64_MIN: none). own: its
     * key, by which a row without @time is found in the history: it sees those before it, else all; NULL: not there. */
    mlp_status (*window)(struct mlp_lookup *, mlp_ix slot, const struct mlp_str *key, int64_t time, const struct mlp_str *own,
                         struct mlp_value *, struct mlp_error *);
    void (*close)(struct mlp_lookup *);
};
extern const struct mlp_lookup_ops mlp_lookup_ops;
#endif
