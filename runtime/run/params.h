/* params.h: values of params, and the files that sources name. */
#ifndef MLP_RUN_PARAMS_H
#define MLP_RUN_PARAMS_H
#include <math.h>
#include <stdbool.h>
#include <string.h>
#include "runtime/base/arena.h"
#include "runtime/base/status.h"
#include "runtime/program.h"

/* --set, then the environment, then the default. number, text: (params). kept: a model keeps its own, which need not be said again. */
mlp_status mlp_params_resolve(const struct mlp_program *, const char *const *set, uint32_t sets, bool kept, struct mlp_arena *,
                              double **number, const char ***text, struct mlp_error *);
/* The params as they would be: what --set or the environment says in place of the default; the values are judged, none is required. */
mlp_status mlp_params_given(const struct mlp_program *, const char *const *set, uint32_t sets, struct mlp_arena *, struct mlp_param **,
                            struct mlp_error *);
/* Texts alone: for a program whose numbers are known from training. A number that is set is refused; none is required. */
mlp_status mlp_params_text(const struct mlp_program *, const char *const *set, uint32_t sets, struct mlp_arena *, const char ***text,
                           struct mlp_error *);
/* Files of a source: its path or paths, relative to dir, patterns expanded and sorted. */
mlp_status mlp_paths_resolve(const struct mlp_program *, const struct mlp_source *, const char *const *param_text, const char *dir,
                             struct mlp_arena *, const char ***path, uint32_t *paths, struct mlp_error *);
/* The path of `split files(test: …)`, as the spec or a param gives it; NULL: another split. */
const char *mlp_test_file(const struct mlp_program *, const char *const *param_text);
const char *mlp_path_join(const char *dir, const char *path, struct mlp_arena *);
/* Room for n params as kernels read them (mlp_param_text), in the arena; NULL: no memory. */
static inline double *mlp_params_room(uint32_t n, struct mlp_arena *arena)
{
    struct mlp_str *const text = mlp_arena_alloc(arena, (n + 1) * (sizeof *text + sizeof(double)));
    return text ? (double *)(void *)(text + n) : NULL;
}
static inline void mlp_params_set_text(double *param, uint32_t i, const char *text)
{
    ((struct mlp_str *)(void *)param)[-1 - (ptrdiff_t)i] = (struct mlp_str){text, strlen(text)}, param[i] = NAN;
}
#endif
