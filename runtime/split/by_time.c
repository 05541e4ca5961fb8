/* by_time.c: earlier rows train, later rows judge. Parts are given as shares of the rows, as lengths counted back from the last
 * row (with `folds`, in windows that roll up to it), or by their first day. Rows of one moment are never cut in two. */
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include "runtime/base/calendar.h"
#include "runtime/base/hash.h"
#include "runtime/data/schema.h"
#include "runtime/split/identity.h"

enum how { ABSENT, SHARE, LENGTH, DAY };
struct bound { enum how how; double share; int64_t months, us; };   /* a length is months of the calendar, or microseconds */
struct borders { int64_t train, validation, test; };        /* first microsecond of each; a part without rows: the next one's */

static mlp_status read_bound(const struct mlp_split_in *in, const char *name, struct bound *out, struct mlp_error *error)
{
    const struct mlp_arg *const a = mlp_use_arg(&in->program->split, name);
    const double *const number = split_number(in, name);
    *out = (struct bound){.how = ABSENT};
    if (!a) return MLP_OK;
    if (a->kind == MLP_A_MONTHS) return *out = (struct bound){.how = LENGTH, .months = (int64_t)a->num}, MLP_OK;
    if (a->kind == MLP_A_STR && a->str && mlp_parse_time(a->str, strlen(a->str), NULL, &out->us)) return out->how = DAY, MLP_OK;
    if (number && *number >= 0 && *number <= 1) return *out = (struct bound){.how = SHARE, .share = *number}, MLP_OK;
    if (number && *number > 1 && *number < 9e12) return *out = (struct bound){.how = LENGTH, .us = llround(*number * 1e6)}, MLP_OK;
    mlp_fail(error, MLP_ERR_SPEC, "E330", "%s of by_time is neither a share, nor a length, nor a day", name);
    return mlp_fix(error, "write %s: 15%%, %s: 4w or %s: 2025-07-01", name, name, name);
}

/* `times` lengths before a moment. */
static int64_t before(int64_t at, const struct bound *length, int64_t times)
{
    return mlp_calendar_add(at, -length->months * times, -length->us * times);
}

static int ascending(const void *a, const void *b)
{
    const int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return x < y ? -1 : x > y;
}

static mlp_status by_shares(const struct mlp_split_in *in, const int64_t *time, struct borders *out, unsigned *wanted,
                            struct mlp_error *error)
{
    const size_t n = in->table->rows;
    struct split_shares share;
    TRY(split_shares(in, &share, error));
    int64_t *const sorted = malloc((n + 1) * sizeof *sorted);
    if (!sorted) return mlp_no_memory(error, n * sizeof *sorted);
    memcpy(sorted, time, n * sizeof *sorted);
    qsort(sorted, n, sizeof *sorted, ascending);
    const size_t v = (size_t)floor((double)n * share.train + 0.5),
        t = (size_t)floor((double)n * (share.train + share.validation) + 0.5);
    out->train = INT64_MIN;
    out->validation = v < n ? sorted[v] : INT64_MAX;
    out->test = t < n && share.test > 0 ? sorted[t] : INT64_MAX;
    free(sorted);
    *wanted = split_wanted(share.validation > 0, share.test > 0);
    return MLP_OK;
}

/* A group is in the part of its first row; its rows in the time of other parts are left out. */
static mlp_status keep_groups(const struct mlp_split_in *in, mlp_ix group, const int64_t *time, uint8_t *part,
                              struct mlp_error *error)
{
    const size_t n = in->table->rows;
    size_t buckets = 64;
    while (buckets < n * 2) buckets *= 2;
    uint32_t *const bucket = calloc(buckets, sizeof *bucket);   /* the earliest row of each group, + 1 */
    if (!bucket) return mlp_no_memory(error, buckets * sizeof *bucket);
    for (int pass = 0; pass < 2; pass++)
        for (size_t row = 0; row < n; row++) {
            uint64_t one, two;
            const struct mlp_str a = mlp_table_bytes(in->table, group, row, &one);
            if (!a.n) continue;
            size_t b = mlp_hash(a.at, a.n, 0) & (buckets - 1);
            for (; bucket[b]; b = (b + 1) & (buckets - 1)) {
                const struct mlp_str s = mlp_table_bytes(in->table, group, bucket[b] - 1, &two);
                if (s.n == a.n && !memcmp(s.at, a.at, a.n)) break;
            }
            if (!pass && (!bucket[b] || time[row] < time[bucket[b] - 1])) bucket[b] = (uint32_t)row + 1;
            if (pass && part[row] != part[bucket[b] - 1] && row != bucket[b] - 1u) part[row] = MLP_PART_NONE;
        }
    return free(bucket), MLP_OK;
}

/* folds: 20: windows of the length of `test`, one behind the other up to the last row. */
static mlp_status folds(const struct mlp_split_in *in, uint32_t *n, struct mlp_error *error)
{
    const double *const given = split_number(in, "folds");
    struct bound train, validation, test;
    *n = given ? (uint32_t)*given : 0;
    if (!*n) return MLP_OK;
    TRY(read_bound(in, "train", &train, error));
    TRY(read_bound(in, "validation", &validation, error));
    TRY(read_bound(in, "test", &test, error));
    if (test.how == LENGTH && (train.how == ABSENT || train.how == LENGTH) && (validation.how == ABSENT || validation.how == LENGTH))
        return MLP_OK;
    mlp_fail(error, MLP_ERR_SPEC, "E330", "folds of by_time are windows counted back from the last row: test (and train, validation, "
             "where they are given) is a length");
    return mlp_fix(error, "write by_time(test: 4w, folds: %u), or by_time(train: 52w, test: 4w, folds: %u)", *n, *n);
}

static mlp_status split(const struct mlp_split_in *in, uint8_t *part, struct mlp_error *error)
{
    const struct mlp_table *const t = in->table;
    uint32_t windows;
    if (t->source->time == MLP_NONE) {
        mlp_fail(error, MLP_ERR_SPEC, "E333", "by_time needs a column that says when each row is, and source %s has none",
                 t->source->id.name);
        return mlp_fix(error, "tag a date or time column with @time");
    }
    const int64_t *const time = t->column[t->source->time].data;
    int64_t last = INT64_MIN;
    for (size_t row = 0; row < t->rows; row++) {
        if (!mlp_is_valid(t->column[t->source->time].valid, row)) {
            mlp_fail(error, MLP_ERR_DATA, "E333", "this row has no time, so by_time cannot place it");
            mlp_fix(error, "fill the cell, or leave the row out");
            return mlp_table_place(t, row, t->source->time, error);
        }
        if (time[row] > last) last = time[row];
    }
    struct bound train, validation, test;
    TRY(read_bound(in, "train", &train, error));
    TRY(read_bound(in, "validation", &validation, error));
    TRY(read_bound(in, "test", &test, error));
    const double *const gap_seconds = split_number(in, "gap");
    const int64_t gap = gap_seconds ? llround(*gap_seconds * 1e6) : 0;
    const mlp_ix within = split_column(&in->program->split, "within");
    TRY(folds(in, &windows, error));
    if (within != MLP_NONE) {
        if (windows || train.how > SHARE || validation.how > SHARE || test.how > SHARE) {
            mlp_fail(error, MLP_ERR_SPEC, "E330", "within: %s cuts each value by shares: lengths and first days are the same for all",
                     t->source->columns.at[within].id.name);
            return mlp_fix(error, "write by_time(train: 70%%, validation: 15%%, test: 15%%, within: …), or leave within out");
        }
        struct split_shares share;
        TRY(split_shares(in, &share, error));
        TRY(split_sequence(in, time, within, &share, gap, part, error));
        return split_check(in, part, split_wanted(share.validation > 0, share.test > 0), error);
    }
    unsigned wanted = split_wanted(validation.how != ABSENT, test.how != ABSENT);
    struct borders at = {INT64_MIN, INT64_MAX, INT64_MAX};
    if (train.how == SHARE || validation.how == SHARE || test.how == SHARE) {
        const bool mixed = train.how > SHARE || validation.how > SHARE || test.how > SHARE;
        if (mixed) {
            mlp_fail(error, MLP_ERR_SPEC, "E330", "by_time mixes shares with lengths or days");
            return mlp_fix(error, "give all parts as shares (70%%), or all as lengths (4w) and first days (2025-07-01)");
        }
        TRY(by_shares(in, time, &at, &wanted, error));
    } else {
        if (validation.how == ABSENT && test.how == ABSENT) {
            mlp_fail(error, MLP_ERR_SPEC, "E330", "by_time does not say where the training part ends");
            return mlp_fix(error, "write by_time(train: 70%%, validation: 15%%, test: 15%%), or first days");
        }
        if (windows && !in->fold) test = validation = (struct bound){.how = ABSENT};  /* the whole: everything trains */
        const int64_t later = in->fold ? windows - in->fold : 0, end = last;          /* windows behind that of this fold */
        if (later) last = before(end, &test, later);
        at.test = test.how == DAY ? test.us : test.how == LENGTH ? before(end, &test, later + 1) + 1 : INT64_MAX;
        at.validation = validation.how == DAY ? validation.us : validation.how == LENGTH
            ? before(test.how == ABSENT ? last + 1 : at.test, &validation, 1) : at.test;
        at.train = train.how == DAY ? train.us : train.how != LENGTH ? INT64_MIN
                 : before(at.validation == INT64_MAX ? last + 1 : at.validation, &train, 1);
        if (at.train > at.validation || at.validation > at.test) {
            mlp_fail(error, MLP_ERR_SPEC, "E330", "the parts of by_time are not in order: train, then validation, then test");
            return mlp_fix(error, "give the validation part an earlier day than the test part");
        }
    }
    for (size_t row = 0; row < t->rows; row++) {
        const int64_t now = time[row];
        const bool near_test = at.test < INT64_MAX && now >= at.test - gap;
        const bool near_validation = at.validation < INT64_MAX && now >= at.validation - gap;
        part[row] = windows && now > last ? MLP_PART_NONE : now >= at.test ? MLP_PART_TEST : now >= at.validation ? (near_test ? MLP_PART_NONE : MLP_PART_VALIDATION)
                  : now < at.train || near_test || near_validation ? MLP_PART_NONE : MLP_PART_TRAIN;
    }
    const mlp_ix group = split_group(in);
    if (group != MLP_NONE) TRY(keep_groups(in, group, time, part, error));
    if (windows) wanted = split_wanted(in->fold && validation.how != ABSENT, in->fold > 0);
    if (split_check(in, part, wanted, error) == MLP_OK) return MLP_OK;
    return in->fold ? mlp_fix(error, "fold %u of %u: write fewer folds, a shorter test or train, or bring earlier rows", in->fold, windows)
                    : error->status;
}
const struct mlp_split_ops mlp_split_by_time = {"split.by_time", split, folds};
