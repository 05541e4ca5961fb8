/* set.c: a text among others: closed sets that the spec names, hashes into buckets, and lists. */
#include <string.h>
#include "runtime/base/hash.h"
#include "runtime/calls.h"

/* Place of a text in a set, from 0; below 0: it is not there. */
static int64_t place(const struct mlp_str *text, const struct mlp_str *set)
{
    const char *at = set->at, *const end = set->at + set->n;
    for (int64_t k = 0; at < end; k++) {
        uint64_t n = 0;
        for (; at < end && *at != ':'; at++) n = n * 10 + (uint64_t)(*at - '0');
        at++;
        if (n == text->n && (!n || !memcmp(at, text->at, n))) return k;
        at += n;
    }
    return -1;
}

double mlp_call_which(const struct mlp_str *text, const struct mlp_str *set)
{
    const int64_t k = place(text, set);
    return k < 0 ? __builtin_nan("") : (double)(2 + k);
}

uint8_t mlp_call_one_of(const struct mlp_str *text, const struct mlp_str *set) { return place(text, set) >= 0; }

double mlp_call_hash(const struct mlp_str *text, double buckets)
{
    return (double)(2 + mlp_hash(text->n ? text->at : "", text->n, 0) % (uint64_t)(buckets >= 1 ? buckets : 1));
}

double mlp_call_size(const struct mlp_str *list)
{
    uint64_t n = 0;
    for (uint64_t i = 0; i < list->n; i++) n += list->at[i] == MLP_LIST_END;
    return (double)n;
}

uint8_t mlp_call_has(const struct mlp_str *list, const struct mlp_str *value)
{
    for (uint64_t i = 0, end; i < list->n; i = end + 1) {
        for (end = i; end < list->n && list->at[end] != MLP_LIST_END;) end++;
        if (end - i == value->n && (!value->n || !memcmp(list->at + i, value->at, value->n))) return 1;
    }
    return 0;
}
