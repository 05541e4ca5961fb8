/* infer.h: columns that nobody declared: their types, judged from all rows as a practitioner would, in the words of the language.
 * The compiler asks once; the answer is pinned in the lock file and holds from then on. */
#ifndef MLP_IO_INFER_H
#define MLP_IO_INFER_H
#include "runtime/base/arena.h"
#include "runtime/base/status.h"
#include "runtime/program.h"

struct mlp_inferred { const char *name, *type; };           /* type: what stands behind `name:` in a schema */
/* Columns of the files that are none of `listed` (its reader's options count), in the order of the file. Text is of the arena. */
mlp_status mlp_infer(const struct mlp_source *listed, const char *const *path, uint32_t paths, struct mlp_arena *,
                     struct mlp_inferred **, uint32_t *n, struct mlp_error *) MLP_CHECKED;
#endif
