/* saved.h: a kept model: what `train` writes into a run folder and `eval` and `predict` open. Opening checks everything that
 * later code relies on. The bytes (a mapped file, or read-only data of an executable) must outlive the struct; the rest is in
 * its arena. */
#ifndef MLP_RUN_SAVED_H
#define MLP_RUN_SAVED_H
#include "runtime/base/arena.h"
#include "runtime/model/scorer.h"
#include "runtime/store/package.h"

struct mlp_saved {
    struct mlp_arena arena; struct mlp_package package;
    const struct mlp_program *program;                      /* the caller's, which the model was trained by */
    struct mlp_state state; double *param;                  /* (params) as in training; NaN: text */
    mlp_ix model;                                           /* of program.models: the one that is kept */
    double threshold, *base; uint32_t outputs;              /* base (outputs): mean of the training target, or shares of classes */
    struct mlp_scorer scorer;                               /* the model, with those that it combines */
};
/* name: of the file, for messages. The model must be made by this very program (plan_hash). */
mlp_status mlp_saved_open(struct mlp_saved *, const struct mlp_code *, const void *bytes, size_t n, const char *name,
                          struct mlp_error *);
void mlp_saved_clear(struct mlp_saved *);
#endif
