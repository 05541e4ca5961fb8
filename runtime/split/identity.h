/* identity.h: what the splits share: who a row belongs to as a hash, shares, and the check that no part is empty. Room-private. */
#ifndef MLP_SPLIT_IDENTITY_H
#define MLP_SPLIT_IDENTITY_H
#include "runtime/split/split.h"

mlp_status split_hashes(const struct mlp_split_in *, mlp_ix group, uint64_t *hash, struct mlp_error *);   /* (rows) */
mlp_ix split_column(const struct mlp_use *, const char *name);          /* a column argument; MLP_NONE: not given */
mlp_ix split_group(const struct mlp_split_in *);                        /* `group`, @group, query; MLP_NONE: none */
uint64_t split_seed(const struct mlp_split_in *);
struct split_shares { double train, validation, test; };
mlp_status split_shares(const struct mlp_split_in *, struct split_shares *, struct mlp_error *);
/* A number argument, from the text of the spec or a param; NULL: not given. */
const double *split_number(const struct mlp_split_in *, const char *name);
/* `stratify`: a column, STRATIFY_TARGET (the target's own name), or MLP_NONE. */
#define STRATIFY_TARGET (MLP_NONE - 1)
mlp_ix split_stratify(const struct mlp_split_in *);
/* Divides the rows with part[row] == MLP_PART_NONE by their hash, or within each value of `stratify`. test < 0: no test part here.
 * */
mlp_status split_divide(const struct mlp_split_in *, const struct split_shares *, mlp_ix group, mlp_ix stratify, uint8_t *part,
                        struct mlp_error *);
/* The same for any number of parts of these shares (they add up to 1): of[row] is the part, from 0; rows with of[row] == SPLIT_LEFT
 * are placed. */
#define SPLIT_LEFT UINT32_MAX
mlp_status split_assign(const struct mlp_split_in *, const double *share, uint32_t parts, mlp_ix group, mlp_ix stratify,
                        uint64_t stream, uint32_t *of, struct mlp_error *);
/* Earlier rows train, later ones judge, by shares: in the order of `moment` (NULL: of the file), inside each value of `within`
 * (MLP_NONE: over all rows). Rows of one moment are never cut in two. gap: in the unit of moment; without moments, rows. */
mlp_status split_sequence(const struct mlp_split_in *, const int64_t *moment, mlp_ix within, const struct split_shares *,
                          int64_t gap, uint8_t *part, struct mlp_error *);
/* wanted: bit per enum mlp_part_of; the training part always is. */
static inline unsigned split_wanted(int validation, int test)
{
    return 1u << MLP_PART_TRAIN | (unsigned)validation << MLP_PART_VALIDATION | (unsigned)test << MLP_PART_TEST;
}
mlp_status split_check(const struct mlp_split_in *, const uint8_t *part, unsigned wanted, struct mlp_error *);
#endif
