/* split.h: which row is in which part. One function per split, bound by name ("split.random"). */
#ifndef MLP_SPLIT_H
#define MLP_SPLIT_H
#include "runtime/data/table.h"

enum mlp_part_of { MLP_PART_NONE, MLP_PART_TRAIN, MLP_PART_VALIDATION, MLP_PART_TEST };   /* NONE: in a gap, or not used */
struct mlp_split_in { const struct mlp_program *program; const struct mlp_table *table; const double *y; uint64_t seed; };   /* y: NaN unlabelled */
/* part: (rows). */
struct mlp_split_ops { const char *name; mlp_status (*split)(const struct mlp_split_in *, uint8_t *part, struct mlp_error *); };
extern const struct mlp_split_ops mlp_split_random, mlp_split_by_column, mlp_split_by_time, mlp_split_files;
#endif
