/* scale.h: how a number becomes comparable with others: standardised by the present values of the rows that learn, a missing one at
 * their median. For families that measure or weigh numbers; trees need none of it. */
#ifndef MLP_MODEL_SCALE_H
#define MLP_MODEL_SCALE_H
#include <stdbool.h>
#include "runtime/model/model.h"

struct mlp_scale { double mean, scale, fill; size_t there; };    /* (x - mean) * scale; scale 0: constant. there: rows that have it */
/* room: as many floats as rows. */
void mlp_scale_learn(struct mlp_scale *, const float *x, struct mlp_rows, float *room);
/* What counts as a number: the others are missing. */
static inline bool mlp_is_number(float x) { return x - x == 0; }
#endif
