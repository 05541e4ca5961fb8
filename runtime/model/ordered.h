/* ordered.h: cumulative log-odds for ordered classes, for training: class k or below has the log-odds border[k] - score. One score
 * per row, n - 1 ascending borders. The loss is convex in both. */
#ifndef MLP_MODEL_ORDERED_H
#define MLP_MODEL_ORDERED_H
#include "runtime/model/model.h"

/* Derivatives by the borders: g (n - 1), h (n - 1) on the diagonal and h[n - 1 + j] between j and j + 1. */
struct mlp_ordered { uint32_t n; double *border, *g, *h; double *chunk; };
mlp_status mlp_ordered_init(struct mlp_ordered *, const struct mlp_sample *, uint32_t n, struct mlp_arena *, struct mlp_error *);
/* Sum of the loss in chunk order; infinite where borders do not ascend. grad, hess (rows): by the score, or NULL; low, high (rows):
 * by the score and the border below, above the row's class, or NULL. Fills g and h where `derive`. */
double mlp_ordered_loss(const struct mlp_fit_in *, const struct mlp_sample *, struct mlp_ordered *, const double *score, double *grad,
                        double *hess, double *low, double *high, int derive);
/* Moves the borders to their best places for these scores; returns the loss there. Ends after a few Newton steps. */
double mlp_ordered_fit(const struct mlp_fit_in *, const struct mlp_sample *, struct mlp_ordered *, const double *score);
/* The raw scores that a row with score 0 has: (outputs), for mlp_head_link. Classes without rows get nothing. */
void mlp_ordered_start(const struct mlp_ordered *, const struct mlp_classes *, uint32_t outputs, double *start);
#endif
