/* by_order.c: earlier rows train, later rows judge, by shares: in the order of the file, or (for by_time) of a moment; over all rows,
 * or inside each value of a column. Knows no dates. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "runtime/split/identity.h"

struct place { uint64_t within; int64_t moment; uint32_t row; };
static int in_order(const void *a, const void *b)
{
    const struct place *const x = a, *const y = b;
    if (x->within != y->within) return x->within < y->within ? -1 : 1;
    if (x->moment != y->moment) return x->moment < y->moment ? -1 : 1;
    return x->row < y->row ? -1 : x->row > y->row;
}

/* One value of `within`: n rows in order. cut: places of the first row of validation and of test. */
static void cut_rows(const struct place *at, size_t n, const struct split_shares *share, int64_t gap, uint8_t *part)
{
    size_t cut[2] = {(size_t)floor((double)n * share->train + 0.5),
                     (size_t)floor((double)n * (share->train + share->validation) + 0.5)};
    for (int k = 0; k < 2; k++) {
        if (cut[k] > n) cut[k] = n;
        while (cut[k] > 0 && cut[k] < n && at[cut[k]].moment == at[cut[k] - 1].moment) cut[k]--;
    }
    if (share->test <= 0) cut[1] = n;
    for (size_t i = 0; i < n; i++) {
        part[at[i].row] = i < cut[0] ? MLP_PART_TRAIN : i < cut[1] ? MLP_PART_VALIDATION : MLP_PART_TEST;
        for (int k = 0; k < 2; k++)                         /* near what comes next */
            if (i < cut[k] && cut[k] < n && at[i].moment >= at[cut[k]].moment - gap) part[at[i].row] = MLP_PART_NONE;
    }
}

mlp_status split_sequence(const struct mlp_split_in *in, const int64_t *moment, mlp_ix within, const struct split_shares *share,
                          int64_t gap, uint8_t *part, struct mlp_error *error)
{
    const size_t rows = in->table->rows;
    struct place *const at = malloc((rows + 1) * sizeof *at);
    uint64_t *const hash = malloc((rows + 1) * sizeof *hash);
    mlp_status status = at && hash ? MLP_OK : mlp_no_memory(error, rows * sizeof *at);
    if (status == MLP_OK && within != MLP_NONE) status = split_hashes(in, within, hash, error);
    for (size_t row = 0; status == MLP_OK && row < rows; row++)
        at[row] = (struct place){within == MLP_NONE ? 0 : hash[row], moment ? moment[row] : (int64_t)row, (uint32_t)row};
    if (status == MLP_OK) {
        qsort(at, rows, sizeof *at, in_order);
        for (size_t row = 0, run = 0; !moment && row < rows; row++) {   /* a gap counts rows of the same value */
            if (row && at[row].within != at[row - 1].within) run = 0;
            at[row].moment = (int64_t)run++;
        }
        for (size_t from = 0, to; from < rows; from = to) {
            for (to = from; to < rows && at[to].within == at[from].within; to++) ;
            cut_rows(at + from, to - from, share, gap, part);
        }
    }
    return free(at), free(hash), status;
}

static mlp_status split(const struct mlp_split_in *in, uint8_t *part, struct mlp_error *error)
{
    struct split_shares share;
    TRY(split_shares(in, &share, error));
    const double *const gap = split_number(in, "gap");
    TRY(split_sequence(in, NULL, split_column(&in->program->split, "within"), &share, gap ? (int64_t)*gap : 0, part, error));
    return split_check(in, part, split_wanted(share.validation > 0, share.test > 0), error);
}
const struct mlp_split_ops mlp_split_by_order = {"split.by_order", split, NULL};
