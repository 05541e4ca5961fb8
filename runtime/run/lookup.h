/* lookup.h: other sources at serving: what stands behind a request's keys, when the request does not carry it. The sources are read
 * as training reads them, once: when first needed, or by `ready`. After that a lookup is read only and shared by threads.
 * Reached through `ops` alone, so that executables of programs without joins link no reader. */
#ifndef MLP_RUN_LOOKUP_H
#define MLP_RUN_LOOKUP_H
#include <stdbool.h>
#include "runtime/data/schema.h"

struct mlp_lookup;
struct mlp_lookup_files { const char *dir;                  /* paths are relative to it; NULL: the working folder */
                          const char *const *set; uint32_t sets;            /* NAME=VALUE of params that name files */
                          const char *const *source; uint32_t n_source; };  /* NAME=PATH: read in place of a source's own file */
struct mlp_lookup_ops {
    /* Checks names; reads nothing. param: numbers of the params, as trained with. */
    mlp_status (*open)(struct mlp_lookup **, const struct mlp_code *, const double *param, const struct mlp_lookup_files *,
                       struct mlp_error *);
    mlp_status (*ready)(struct mlp_lookup *, struct mlp_error *);           /* reads the sources; the same answer again later */
    /* The value of a slot MLP_FROM_JOIN for a row whose first key is spelled so, at its decision moment (asked of joins that go by
     * time only). Texts point into the source's table. */
    mlp_status (*value)(struct mlp_lookup *, mlp_ix slot, struct mlp_str key, int64_t moment, struct mlp_value *, struct mlp_error *);
    void (*close)(struct mlp_lookup *);
};
extern const struct mlp_lookup_ops mlp_lookup_ops;
#endif
