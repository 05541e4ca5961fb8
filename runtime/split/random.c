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

static uint64_t class_of(const struct mlp_split_in *in, mlp_ix stratify, size_t row)
{
    uint64_t scratch;
    struct mlp_str bytes = {"", 0};
    if (stratify != STRATIFY_TARGET) bytes = mlp_table_bytes(in->table, stratify, row, &scratch);
    else if (in->y && !isnan(in->y[row])) bytes = (struct mlp_str){(const char *)&in->y[row], sizeof *in->y};
    return bytes.n ? mlp_hash(bytes.at, bytes.n, 1) : 0;
}

/* Rows of each class in the order of their hash, cut at exact shares; rows with one hash (one key) stay together. */
static void stratified(struct placed *at, size_t n, const double *share, uint32_t parts, uint32_t *of)
{
    qsort(at, n, sizeof *at, by_class);
    for (size_t from = 0, to; from < n; from = to) {
        for (to = from; to < n && at[to].class_hash == at[from].class_hash; to++) ;
        double before = 0;
        size_t start = from;
        for (uint32_t p = 0; p < parts; p++) {
            before += share[p];
            size_t end = p + 1 == parts ? to : from + (size_t)floor((double)(to - from) * before + 0.5);
            while (end > from && end < to && at[end].hash == at[end - 1].hash) end++;
            for (size_t i = start; i < end; i++) of[at[i].row] = p;
            if (end > start) start = end;
        }
    }
}

/* ---- groups and classes together ---- */

struct whole { uint64_t hash; size_t from, to; };           /* rows of one group: places from..to - 1 */
static int by_hash(const void *a, const void *b)
{
    const struct placed *const x = a, *const y = b;
    if (x->hash != y->hash) return x->hash < y->hash ? -1 : 1;
    return x->row < y->row ? -1 : x->row > y->row;
}
static int largest_first(const void *a, const void *b)
{
    const struct whole *const x = a, *const y = b;
    const size_t m = x->to - x->from, n = y->to - y->from;
    return m != n ? (m > n ? -1 : 1) : x->hash < y->hash ? -1 : x->hash > y->hash;
}
static int numbers(const void *a, const void *b)
{
    const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

/* The largest group first, each into the part that lacks most of the group's classes, as a share of what it should have. */
static mlp_status balanced(struct placed *at, size_t n, const double *share, uint32_t parts, uint32_t *of, struct mlp_error *error)
{
    uint64_t *const class = malloc((n + 1) * sizeof *class);
    struct whole *const group = malloc((n + 1) * sizeof *group);
    size_t classes = 0, groups = 0;
    mlp_status status = class && group ? MLP_OK : mlp_no_memory(error, n * sizeof *group);
    if (status == MLP_OK) {
        for (size_t i = 0; i < n; i++) class[i] = at[i].class_hash;
        qsort(class, n, sizeof *class, numbers);
        for (size_t i = 0; i < n; i++) if (!classes || class[classes - 1] != class[i]) class[classes++] = class[i];
        qsort(at, n, sizeof *at, by_hash);
        for (size_t i = 0; i < n; i++) {
            if (!groups || group[groups - 1].hash != at[i].hash) group[groups++] = (struct whole){at[i].hash, i, i};
            group[groups - 1].to = i + 1;
        }
        qsort(group, groups, sizeof *group, largest_first);
    }
    double *const total = calloc(classes + 1, sizeof *total), *const have = calloc((classes + 1) * parts, sizeof *have),
        *const own = calloc(classes + 1, sizeof *own);
    if (status == MLP_OK && (!total || !have || !own)) status = mlp_no_memory(error, classes * parts * sizeof *have);
    for (size_t i = 0; status == MLP_OK && i < n; i++) {
        const uint64_t *const c = bsearch(&at[i].class_hash, class, classes, sizeof *class, numbers);
        total[c - class]++;
    }
    for (size_t g = 0; status == MLP_OK && g < groups; g++) {
        for (size_t i = group[g].from; i < group[g].to; i++)
            own[(const uint64_t *)bsearch(&at[i].class_hash, class, classes, sizeof *class, numbers) - class]++;
        double best = -INFINITY;
        uint32_t to = 0;
        for (uint32_t p = 0; p < parts; p++) {
            double lack = 0;
            for (size_t c = 0; share[p] > 0 && c < classes; c++)
                if (own[c] > 0) lack += own[c] / total[c] * (1 - have[p * classes + c] / (share[p] * total[c]));
            if (share[p] > 0 && lack > best) best = lack, to = p;
        }
        for (size_t c = 0; c < classes; c++) have[to * classes + c] += own[c], own[c] = 0;
        for (size_t i = group[g].from; i < group[g].to; i++) of[at[i].row] = to;
    }
    free(class), free(group), free(total), free(have), free(own);
    return status;
}

mlp_status split_assign(const struct mlp_split_in *in, const double *share, uint32_t parts, mlp_ix group, mlp_ix stratify,
                        uint64_t stream, uint32_t *of, struct mlp_error *error)
{
    const size_t rows = in->table->rows;
    uint64_t *const hash = malloc((rows + 1) * sizeof *hash);
    if (!hash) return mlp_no_memory(error, rows * sizeof *hash);
    mlp_status status = split_hashes(in, group, hash, error);
    for (size_t row = 0; stream && status == MLP_OK && row < rows; row++) hash[row] = mlp_random(hash[row], stream, 0);
    if (status == MLP_OK && stratify != MLP_NONE) {
        struct placed *const at = malloc((rows + 1) * sizeof *at);
        size_t n = 0;
        if (!at) status = mlp_no_memory(error, rows * sizeof *at);
        for (size_t row = 0; at && row < rows; row++)
            if (of[row] == SPLIT_LEFT) at[n++] = (struct placed){class_of(in, stratify, row), hash[row], (uint32_t)row};
        if (at && group == MLP_NONE) stratified(at, n, share, parts, of);
        else if (at) status = balanced(at, n, share, parts, of, error);
        free(at);
    } else
        for (size_t row = 0; status == MLP_OK && row < rows; row++) {
            if (of[row] != SPLIT_LEFT) continue;
            const double u = mlp_uniform(hash[row]);
            double before = 0;
            uint32_t p = 0, last = 0;
            for (; p < parts; p++) {
                if (share[p] > 0) last = p;
                if (u < (before += share[p])) break;
            }
            of[row] = p < parts ? p : last;
        }
    return free(hash), status;
}

mlp_status split_divide(const struct mlp_split_in *in, const struct split_shares *share, mlp_ix group, mlp_ix stratify,
                        uint8_t *part, struct mlp_error *error)
{
    const size_t rows = in->table->rows;
    const double shares[] = {share->train, share->validation, share->test};
    uint32_t *const of = malloc((rows + 1) * sizeof *of);
    if (!of) return mlp_no_memory(error, rows * sizeof *of);
    for (size_t row = 0; row < rows; row++) of[row] = part[row] == MLP_PART_NONE ? SPLIT_LEFT : 0;
    const mlp_status status = split_assign(in, shares, 3, group, stratify, 0, of, error);
    for (size_t row = 0; row < rows; row++)
        if (part[row] == MLP_PART_NONE) part[row] = (uint8_t)(MLP_PART_TRAIN + of[row]);
    return free(of), status;
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
const struct mlp_split_ops mlp_split_random = {"split.random", split, NULL};
