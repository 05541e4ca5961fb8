/* calibrate.h: what ends a model whose probabilities are to mean what they say: a monotone map of each, learnt from rows that the
 * model did not learn from. Several classes are mapped one by one and share out again. */
#ifndef MLP_MODEL_CALIBRATE_H
#define MLP_MODEL_CALIBRATE_H
#include "runtime/model/model.h"

enum mlp_calibration_method { MLP_CALIBRATE_NONE, MLP_CALIBRATE_ISOTONIC, MLP_CALIBRATE_SIGMOID };
/* Isotonic: output k goes through points [offset[k], offset[k + 1]) of x and y, straight between them and level outside. Sigmoid:
 * 1 / (1 + e^-(slope f + shift)) of the log-odds f. */
struct mlp_calibration { uint8_t method; const uint32_t *offset; const double *x, *y, *slope, *shift; };
/* From what the model reports, p (rows of the source, outputs), at the given rows with their y (a class's number, or 0 and 1).
 * Appends tensors to those of the model; `summary` says how many rows it took. */
mlp_status mlp_calibration_fit(const struct mlp_model *, const double *p, const double *y, const double *weight, struct mlp_rows,
                               uint32_t outputs, struct mlp_tensors *, struct mlp_arena *, struct mlp_error *);
mlp_status mlp_calibration_open(struct mlp_calibration *, const struct mlp_model *, uint32_t outputs, const struct mlp_tensors *,
                                struct mlp_error *);
void mlp_calibrate(const struct mlp_calibration *, double *p, size_t n, uint32_t outputs);   /* in place */
#endif
