/* listwise.h: the loss of a whole query, for training: the softmax over its rows' scores against the shares of relevance that they
 * hold (a conditional logit where one row is the relevant one). A row's score is its utility: what it is alone, in no unit. */
#ifndef MLP_MODEL_LISTWISE_H
#define MLP_MODEL_LISTWISE_H
#include "runtime/model/model.h"

/* Rows brought together by query, in order of a query's first row: list i has rows start[i] .. start[i + 1] of `rows`. */
struct mlp_lists { struct mlp_rows rows; size_t n; uint32_t *start; double *weight, *chunk; };
mlp_status mlp_lists_make(const struct mlp_fit_in *, struct mlp_rows, struct mlp_lists *, struct mlp_arena *, struct mlp_error *);
/* Of a sample gathered from lists->rows: y becomes the row's share of its list's weight, total the sum of those. A list without
 * relevance weighs 0: it says nothing. */
void mlp_lists_share(struct mlp_lists *, struct mlp_sample *);
/* Sum of the loss in order of lists; by the score: grad and the diagonal of its second derivatives (rows), or NULL. A row's probability times
 * its list's weight is grad + y. */
double mlp_listwise_loss(const struct mlp_fit_in *, const struct mlp_sample *, const struct mlp_lists *, const double *score,
                         double *grad, double *hess);
#endif
