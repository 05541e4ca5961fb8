/* seen.c: what each family makes of a feature at its border, in words: for `mlp plan`. The doing is the family's (runtime/model). */
#include "compiler/plan/plan.h"
#include <string.h>

const struct plan_family plan_family[PLAN_FAMILIES] = {
    {"trees", "trees see", 26}, {"linear", "linear models see", 38}, {"nearest", "nearest sees", 38}, {"naive_bayes", "naive_bayes sees", 38}};

enum plan_families plan_family_of(const struct mlp_model *m)
{
    for (enum plan_families f = PLAN_TREES + 1; f < PLAN_FAMILIES; f++)
        if (!strcmp(m->use.name, plan_family[f].name)) return f;
    return PLAN_TREES;
}

const char *plan_seen(const struct mlp_feature *f, enum plan_families by)
{
    enum { NUMBER, NUMBER_MISSING, YES_NO, YES_NO_MISSING, CATEGORY, TERMS };
    static const char *const seen[][PLAN_FAMILIES] = {
        [NUMBER] = {"number", "standardised", "standardised", "normal distribution"},
        [NUMBER_MISSING] = {"number, missing as it is", "median + indicator, standardised", "median + indicator, standardised", "normal distribution, if there"},
        [YES_NO] = {"number", "standardised", "standardised", "share of yes"},
        [YES_NO_MISSING] = {"number, missing as it is", "median + indicator, standardised", "median + indicator, standardised", "shares of yes, no, missing"},
        [CATEGORY] = {"codes", "one-hot", "one-hot", "shares"},
        [TERMS] = {"the 1000 commonest terms", "terms, as runs", "terms, as runs", "terms, as runs"}};
    const int kind = f->form == MLP_SPARSE ? TERMS : f->form == MLP_CODES ? CATEGORY : (f->yes_no ? YES_NO : NUMBER) + (f->nullable ? 1 : 0);
    return seen[kind][by];
}
