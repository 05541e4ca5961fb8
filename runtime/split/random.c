/* random.c: shares by a hash, and what other splits need of it (identity.h). Knows nothing of targets. */
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include "runtime/base/hash.h"
#include "runtime/data/schema.h"
#include "runtime/split/identity.h"

mlp_ix split_column(const struct mlp_use *use, const char *name)
{
    const struct mlp_arg *const a = mlp_use_arg(use, name);
    return a && a->kind == MLP_A_COLUMN ? a->ix : MLP_NONE;
}

mlp_ix split_group(const struct mlp_split_in *in)
{
    const mlp_ix given = split_column(&in->program->split, "group");
    if (given != MLP_NONE) return given;
    const struct mlp_source *const s = in->table->source;
    return s->group != MLP_NONE ? s->group : in->program->target.task == MLP_RANKING ? in->program->target.query : MLP_NONE;
}

mlp_ix split_stratify(const struct mlp_split_in *in)
{
    const struct mlp_arg *const a = mlp_use_arg(&in->program->split, "stratify");
    return !a ? MLP_NONE : a->kind == MLP_A_COLUMN ? a->ix : STRATIFY_TARGET;
}

const double *split_number(const struct mlp_split_in *in, const char *name)
{
    const struct mlp_arg *const a = mlp_use_arg(&in->program->split, name);
    if (!a || a->kind == MLP_A_STR || a->kind == MLP_A_NAME) return NULL;
    return a->kind != MLP_A_PARAM ? &a->num : in->param ? &in->param[a->ix] : &in->program->params.at[a->ix].num;
}

uint64_t split_seed(const struct mlp_split_in *in)
{
    const double *const own = split_number(in, "seed");
    return own && in->seed == in->program->seed ? (uint64_t)*own : in->seed;
}

static const char *base_name(const char *path)
{
    const char *const slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

mlp_status split_hashes(const struct mlp_split_in *in, mlp_ix group, uint64_t *hash, struct mlp_error *error)
{
    const struct mlp_table *const t = in->table;
    const struct mlp_source *const s = t->source;
    const uint64_t seed = split_seed(in);
    uint64_t *const file = calloc(t->n_files + 1u, sizeof *file), *const next = calloc(t->n_files + 1u, sizeof *next);
    if (!file || !next) return free(file), free(next), mlp_no_memory(error, (t->n_files + 1u) * 16);
    for (uint32_t i = 0; i < t->n_files; i++) {
        const char *const name = base_name(t->files[i]);
        file[i] = mlp_hash(name, strlen(name), seed);
    }
    for (size_t row = 0; row < t->rows; row++) {
        const uint32_t f = t->file ? t->file[row] : t->n_files;
        const uint64_t number = next[f]++;
        uint64_t h = 0, scratch;
        bool known = false;
        const uint32_t n = group != MLP_NONE ? 1 : s->n_key;
        for (uint32_t k = 0; k < n; k++) {
            const struct mlp_str bytes = mlp_table_bytes(t, group != MLP_NONE ? group : s->key[k], row, &scratch);
            known |= bytes.n > 0;
            h = mlp_hash(bytes.at, bytes.n, k ? h : seed);
        }
        hash[row] = known ? h : mlp_random(seed, file[f], number);   /* no group and no key: the row itself */
    }
    return free(file), free(next), MLP_OK;
}

mlp_status split_shares(const struct mlp_split_in *in, struct split_shares *out, struct mlp_error *error)
{
    static const char *const name[] = {"train", "validation", "test"};
    double share[3], sum = 0;
    int open = -1;
    for (int i = 0; i < 3; i++) {
        const double *const a = split_number(in, name[i]);
        share[i] = a ? *a : 0;
        if (!a && !i) open = 0;
        sum += share[i];
        if (share[i] >= 0 && share[i] <= 1) continue;
        mlp_fail(error, MLP_ERR_SPEC, "E330", "%s: %.15g is not a share", name[i], share[i]);
        return mlp_fix(error, "write a share such as 70%%");
    }
    if (open == 0) share[0] = 1 - sum, sum = 1;
    if (fabs(sum - 1) > 1e-9 || share[0] < 0) {
        mlp_fail(error, MLP_ERR_SPEC, "E330",
                 "the shares of the split are %.4g%% + %.4g%% + %.4g%% = %.4g%%, and must be 100%% together", share[0] * 100,
                     share[1] * 100, share[2] * 100, (share[0] + share[1] + share[2]) * 100);
        const double rest = 1 - share[1] - share[2];
        return rest > 0 ? mlp_fix(error, "write train: %.4g%%", rest * 100)
            : mlp_fix(error, "write for example train: 70%%, validation: 15%%, test: 15%%");
    }
    *out = (struct split_shares){share[0], share[1], share[2]};
    return MLP_OK;
}

struct placed { uint64_t class_hash, hash; uint32_t row; };

static int by_class(const void *a, const void *b)
{
    const struct placed *const x = a, *const y = b;
    if (x->class_hash != y->class_hash) return x->class_hash < y->class_hash ? -1 : 1;
    if (x->hash != y->hash) return x->hash < y->hash ? -1 : 1;
    return x->row < y->row ? -1 : x->row > y->row;
}

/* Rows of each class in the order of their hash, cut at exact shares; rows with one hash (one key) stay together. */
static mlp_status stratified(const struct mlp_split_in *in, const struct split_shares *share, mlp_ix stratify, const uint64_t *hash,
                             uint8_t *part, struct mlp_error *error)
{
    const struct mlp_table *const t = in->table;
    struct placed *const at = malloc((t->rows + 1) * sizeof *at);
    if (!at) return mlp_no_memory(error, t->rows * sizeof *at);
    size_t n = 0;
    for (size_t row = 0; row < t->rows; row++) {
        uint64_t scratch;
        if (part[row] != MLP_PART_NONE) continue;
        struct mlp_str bytes = {"", 0};
        if (stratify != STRATIFY_TARGET) bytes = mlp_table_bytes(t, stratify, row, &scratch);
        else if (in->y && !isnan(in->y[row])) bytes = (struct mlp_str){(const char *)&in->y[row], sizeof *in->y};
        at[n++] = (struct placed){bytes.n ? mlp_hash(bytes.at, bytes.n, 1) : 0, hash[row], (uint32_t)row};
    }
    qsort(at, n, sizeof *at, by_class);
    for (size_t from = 0, to; from < n; from = to) {
        for (to = from; to < n && at[to].class_hash == at[from].class_hash; to++) ;
        const double rows = (double)(to - from);
        size_t cut[2] = {from + (size_t)floor(rows * share->train + 0.5),
            from + (size_t)floor(rows * (share->train + share->validation) + 0.5)};
        for (int k = 0; k < 2; k++)
            while (cut[k] > from && cut[k] < to && at[cut[k]].hash == at[cut[k] - 1].hash) cut[k]++;
        for (size_t i = from; i < to; i++)
            part[at[i].row] = i < cut[0] ? MLP_PART_TRAIN : i < cut[1] ? MLP_PART_VALIDATION : MLP_PART_TEST;
    }
    return free(at), MLP_OK;
}

mlp_status split_divide(const struct mlp_split_in *in, const struct split_shares *share, mlp_ix group, mlp_ix stratify,
                        uint8_t *part, struct mlp_error *error)
{
    const struct mlp_table *const t = in->table;
    if (stratify != MLP_NONE && group != MLP_NONE) {
        const char *const g = t->source->columns.at[group].id.name;
        const char *const s = stratify == STRATIFY_TARGET ? in->program->target.id.name : t->source->columns.at[stratify].id.name;
        mlp_fail(error, MLP_ERR_SPEC, "E332",
                 "rows of one %s stay together, so %s cannot be cut in exact shares: group and stratify exclude each other", g, s);
        return mlp_fix(error, "leave out stratify: %s, or the group", s);
    }
    uint64_t *const hash = malloc((t->rows + 1) * sizeof *hash);
    if (!hash) return mlp_no_memory(error, t->rows * sizeof *hash);
    mlp_status status = split_hashes(in, group, hash, error);
    if (status == MLP_OK && stratify != MLP_NONE) status = stratified(in, share, stratify, hash, part, error);
    else if (status == MLP_OK)
        for (size_t row = 0; row < t->rows; row++) {
            const double u = mlp_uniform(hash[row]);
            if (part[row] == MLP_PART_NONE)
                part[row] = u < share->train ? MLP_PART_TRAIN : u < share->train + share->validation || share->test <= 0
                    ? MLP_PART_VALIDATION : MLP_PART_TEST;
        }
    return free(hash), status;
}

mlp_status split_check(const struct mlp_split_in *in, const uint8_t *part, unsigned wanted, struct mlp_error *error)
{
    static const char *const name[] = {"", "training", "validation", "test"};
    size_t n[4] = {0};
    for (size_t row = 0; row < in->table->rows; row++) n[part[row] & 3]++;
    for (int p = MLP_PART_TRAIN; p <= MLP_PART_TEST; p++) {
        if (n[p] || !(wanted >> p & 1)) continue;
        mlp_fail(error, MLP_ERR_DATA, "E331", "the %s part is empty: of %zu rows, %zu train, %zu validate, %zu test%s", name[p],
                 in->table->rows, n[1], n[2], n[3], n[0] ? " and others lie in gaps" : "");
        return mlp_fix(error, n[0] ? "give a larger share to the %s part, a shorter gap, or more rows"
                       : "give a larger share to the %s part, or more rows", name[p]);
    }
    return MLP_OK;
}

static mlp_status split(const struct mlp_split_in *in, uint8_t *part, struct mlp_error *error)
{
    struct split_shares share;
    TRY(split_shares(in, &share, error));
    memset(part, MLP_PART_NONE, in->table->rows);
    const mlp_ix stratify = split_stratify(in);
    TRY(split_divide(in, &share, split_group(in), stratify, part, error));
    return split_check(in, part, split_wanted(share.validation > 0, share.test > 0), error);
}
const struct mlp_split_ops mlp_split_random = {"split.random", split};
