/* split.h: which row is in which part. One function per split, bound by name ("split.random"). Arguments are read by name, as
 * stdlib/splits.mlp declares them. Rows without a target are split like all others; what happens to them is run's.
 *
 * What stays together in random and files: rows of the argument `group`, else of the @group column, else of the query of a ranking,
 * else of the @key, else each row alone, known by its file's name and its number in it. Parts are thresholds on a hash of that and
 * the seed, so rows that are added move no other row. */
#ifndef MLP_SPLIT_H
#define MLP_SPLIT_H
#include "runtime/data/table.h"

enum mlp_part_of { MLP_PART_NONE, MLP_PART_TRAIN, MLP_PART_VALIDATION, MLP_PART_TEST };   /* NONE: in a gap, or not used */
/* y: (rows) NaN unlabelled; NULL: not known (only `stratify` by a computed target reads it). seed: program->seed, or what stands in
 * its place; then it also replaces the split's own `seed`. param: values of the program's params; NULL: their defaults. */
struct mlp_split_in { const struct mlp_program *program; const struct mlp_table *table; const double *y; uint64_t seed;
    const double *param;
    const char *test_file;                                  /* files(test: …): its path, from the text of the spec or a param */
    uint32_t fold; };                                       /* from 1: the parts of that fold; 0: those of the whole */
/* part: (rows). Every part that is asked for has rows, or it is an error that names it.
 *
 * folds: how many there are; NULL, or 0: one split. In fold k the rows that it holds out are MLP_PART_TEST when they judge, and
 * MLP_PART_VALIDATION when another part does (folds(5, test: 20%)); MLP_PART_VALIDATION beside a held out TEST only serves early
 * stopping. Of the whole (fold 0), TRAIN is what the kept model learns from and TEST what judges it; without a test part every row
 * that may train does, and the rows held out by the folds judge. */
struct mlp_split_ops { const char *name; mlp_status (*split)(const struct mlp_split_in *, uint8_t *part, struct mlp_error *);
    mlp_status (*folds)(const struct mlp_split_in *, uint32_t *n, struct mlp_error *); };
extern const struct mlp_split_ops mlp_split_random, mlp_split_by_column, mlp_split_by_time, mlp_split_by_order, mlp_split_files,
    mlp_split_folds;
#endif
