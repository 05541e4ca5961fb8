/* driver.h: a spec on its way to a program that can run. A struct driver owns everything it holds; driver_clear frees it. */
#ifndef MLP_DRIVER_H
#define MLP_DRIVER_H
#include "compiler/kernel/kernel.h"
#include "compiler/plan/plan.h"

struct driver {
    struct source src; struct spec spec; struct plan plan;
    struct mlp_buffer image, object;                        /* the encoded program; its kernels' relocatable object */
    bool cached;                                            /* the object came from the cache */
    struct mlp_arena arena;                                 /* the opened program and its tables */
    struct kernel_code *loaded;
    struct mlp_code code;                                   /* ready to run */
};
/* Everything from the text alone: no LLVM, no files but the spec, and the lock or the rows where columns are inferred. False: driver->src has the diagnostics. */
bool driver_check(struct driver *, const char *path);
/* The same with values of params, NAME=VALUE: inferred columns are those of the files that are named there. */
bool driver_check_with(struct driver *, const char *path, const char *const *set, uint32_t sets);
void driver_declare(struct driver *, const char *const *set, uint32_t sets);    /* infer.c */
/* After a check: kernels from the cache, or emitted now; loaded, bound, ready. */
mlp_status driver_ready(struct driver *, struct mlp_error *);
/* The kernels' object for a level, from the cache or emitted now. After driver_ready, or after plan_encode has made the plan's hash. */
mlp_status driver_object(struct driver *, const char *level, struct mlp_buffer *object, struct mlp_error *);
void driver_clear(struct driver *);
#endif
