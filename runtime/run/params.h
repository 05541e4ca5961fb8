/* params.h: values of params, and the files that sources name. */
#ifndef MLP_RUN_PARAMS_H
#define MLP_RUN_PARAMS_H
#include "runtime/base/arena.h"
#include "runtime/base/status.h"
#include "runtime/program.h"

/* --set, then the environment, then the default. number, text: (params) */
mlp_status mlp_params_resolve(const struct mlp_program *, const char *const *set, uint32_t sets, struct mlp_arena *,
                              double **number, const char ***text, struct mlp_error *);
/* Texts alone: for a program whose numbers are known from training. A number that is set is refused; none is required. */
mlp_status mlp_params_text(const struct mlp_program *, const char *const *set, uint32_t sets, struct mlp_arena *, const char ***text,
                           struct mlp_error *);
/* Files of a source: its path or paths, relative to dir, patterns expanded and sorted. */
mlp_status mlp_paths_resolve(const struct mlp_program *, const struct mlp_source *, const char *const *param_text, const char *dir,
                             struct mlp_arena *, const char ***path, uint32_t *paths, struct mlp_error *);
/* The path of `split files(test: …)`, as the spec or a param gives it; NULL: another split. */
const char *mlp_test_file(const struct mlp_program *, const char *const *param_text);
const char *mlp_path_join(const char *dir, const char *path, struct mlp_arena *);
#endif
