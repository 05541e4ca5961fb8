/* folds.c: the rows in k parts, each held out once by a model that learnt from the others: folds(5), with a test part of its own
 * folds(5, test: 20%), or one fold for each value of a column, folds(by: video). Groups stay together, classes are cut alike. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "runtime/base/hash.h"
#include "runtime/split/identity.h"

enum { MOST = 1000, TEST_STREAM = 0, FOLD_STREAM = 0x666f6c64 };

/* The values of `by`, by their hash, ascending: one fold each. NULL without memory. Missing is no value. */
static int numbers(const void *a, const void *b)
{
    const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}
static uint64_t *values(const struct mlp_split_in *in, mlp_ix by, size_t *n)
{
    const struct mlp_table *const t = in->table;
    uint64_t *const value = malloc((t->rows + 1) * sizeof *value), scratch;
    size_t all = 0, different = 0;
    for (size_t row = 0; value && row < t->rows; row++) {
        const struct mlp_str s = mlp_table_bytes(t, by, row, &scratch);
        if (s.n) value[all++] = mlp_hash(s.at, s.n, 0);
    }
    if (value) qsort(value, all, sizeof *value, numbers);
    for (size_t i = 0; value && i < all; i++) if (!different || value[different - 1] != value[i]) value[different++] = value[i];
    return *n = different, value;
}

static mlp_status folds(const struct mlp_split_in *in, uint32_t *n, struct mlp_error *error)
{
    const mlp_ix by = split_column(&in->program->split, "by");
    const double *const given = split_number(in, "folds");
    if (by == MLP_NONE) return *n = given ? (uint32_t)*given : 5, MLP_OK;
    size_t different;
    uint64_t *const value = values(in, by, &different);
    if (!value) return mlp_no_memory(error, in->table->rows * sizeof *value);
    free(value);
    *n = (uint32_t)different;
    const char *const name = in->table->source->columns.at[by].id.name;
    if (different > MOST) {
        mlp_fail(error, MLP_ERR_DATA, "E331", "folds(by: %s) would train %zu times: %s has so many values", name, different, name);
        return mlp_fix(error, "write folds(5, group: %s): rows of one value stay together in one of five folds", name);
    }
    if (different > 1) return MLP_OK;
    mlp_fail(error, MLP_ERR_DATA, "E331", "folds(by: %s) holds out one value after the other, and %s has %zu", name, name, different);
    return mlp_fix(error, "name a column with several values, or write folds(5)");
}

/* of[row]: the fold that holds the row out, from 0; SPLIT_LEFT: none (a missing value of `by`). Rows with part[row] TEST have none. */
static mlp_status place(const struct mlp_split_in *in, uint32_t n, const uint8_t *part, uint32_t *of, struct mlp_error *error)
{
    const size_t rows = in->table->rows;
    const mlp_ix by = split_column(&in->program->split, "by");
    for (size_t row = 0; row < rows; row++) of[row] = part[row] == MLP_PART_TEST ? 0 : SPLIT_LEFT;
    if (by == MLP_NONE) {
        double *const share = malloc(n * sizeof *share);
        if (!share) return mlp_no_memory(error, n * sizeof *share);
        for (uint32_t k = 0; k < n; k++) share[k] = 1.0 / n;
        const mlp_status status = split_assign(in, share, n, split_group(in), split_stratify(in), FOLD_STREAM, of, error);
        return free(share), status;
    }
    size_t different;
    uint64_t *const value = values(in, by, &different), scratch;
    if (!value) return mlp_no_memory(error, rows * sizeof *value);
    for (size_t row = 0; row < rows; row++) {
        const struct mlp_str s = mlp_table_bytes(in->table, by, row, &scratch);
        if (of[row] != SPLIT_LEFT || !s.n) continue;
        const uint64_t hash = mlp_hash(s.at, s.n, 0), *const found = bsearch(&hash, value, different, sizeof *value, numbers);
        of[row] = (uint32_t)(found - value);
    }
    return free(value), MLP_OK;
}

static mlp_status split(const struct mlp_split_in *in, uint8_t *part, struct mlp_error *error)
{
    const size_t rows = in->table->rows;
    const double *const test = split_number(in, "test"), *const validation = split_number(in, "validation");
    const double held = test ? *test : 0, inner = validation ? *validation : 0;
    const mlp_ix by = split_column(&in->program->split, "by"), group = by != MLP_NONE ? by : split_group(in);
    uint32_t n;
    memset(part, held > 0 ? MLP_PART_NONE : MLP_PART_TRAIN, rows);
    if (held > 0) TRY(split_divide(in, &(struct split_shares){1 - held, 0, held}, group, split_stratify(in), part, error));
    if (!in->fold) return split_check(in, part, split_wanted(0, held > 0), error);
    TRY(folds(in, &n, error));
    uint32_t *const of = malloc((rows + 1) * sizeof *of);
    if (!of) return mlp_no_memory(error, rows * sizeof *of);
    mlp_status status = place(in, n, part, of, error);
    size_t out = 0;
    for (size_t row = 0; status == MLP_OK && row < rows; row++) {
        if (part[row] == MLP_PART_TEST) { part[row] = MLP_PART_NONE; continue; }
        if (of[row] == in->fold - 1) part[row] = held > 0 ? MLP_PART_VALIDATION : MLP_PART_TEST, out++;
    }
    if (status == MLP_OK && inner > 0 && !(held > 0)) {     /* what early stopping looks at, cut out of what trains */
        const double share[] = {1 - inner, inner};
        for (size_t row = 0; row < rows; row++) of[row] = part[row] == MLP_PART_TRAIN ? SPLIT_LEFT : 0;
        status = split_assign(in, share, 2, group, split_stratify(in), FOLD_STREAM + in->fold, of, error);
        for (size_t row = 0; row < rows; row++) if (part[row] == MLP_PART_TRAIN && of[row]) part[row] = MLP_PART_VALIDATION;
    }
    if (status == MLP_OK && !out) {
        mlp_fail(error, MLP_ERR_DATA, "E331", "fold %u of %u holds out no row", in->fold, n);
        status = mlp_fix(error, group == MLP_NONE ? "write fewer folds" : "write fewer folds: there are few groups");
    }
    return free(of), status;
}
const struct mlp_split_ops mlp_split_folds = {"split.folds", split, folds};
