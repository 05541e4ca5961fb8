/* head.c: links of models with several outputs. Sums go over classes in ascending order, exponentials are base/math's: a row has
 * the same bits alone and in a block. */
#include "runtime/model/head.h"
#include <math.h>
#include <stdbool.h>
#include <string.h>
#include "runtime/base/json.h"
#include "runtime/base/math.h"
#include "runtime/fit/fit.h"

static bool has_classes(const struct mlp_program *p) { return p->target.task == MLP_MULTICLASS || p->target.task == MLP_ORDERED; }

uint32_t mlp_target_classes(const struct mlp_program *p, const struct mlp_state *state)
{
    const struct mlp_target *t = &p->target;
    if (!has_classes(p)) return 1;
    if (t->codebook != MLP_NONE) return mlp_codebook_size(&state->cell[t->codebook]) - 2;
    return t->column == MLP_NONE ? 1 : p->sources.at[p->main_source].columns.at[t->column].set.n;
}

struct mlp_str mlp_target_class(const struct mlp_program *p, const struct mlp_state *state, uint32_t k)
{
    const struct mlp_target *t = &p->target;
    if (t->codebook != MLP_NONE) return mlp_codebook_spelling(&state->cell[t->codebook], 2 + k);
    const char *text = p->sources.at[p->main_source].columns.at[t->column].set.at[k];
    return (struct mlp_str){text, strlen(text)};
}

uint32_t mlp_model_outputs(const struct mlp_program *p, const struct mlp_state *state, const struct mlp_model *m)
{
    return m->head == MLP_HEAD_SCALAR || m->head == MLP_HEAD_LISTWISE ? 1 : m->outputs ? m->outputs : mlp_target_numbers(p, state);
}

uint32_t mlp_target_numbers(const struct mlp_program *p, const struct mlp_state *state)
{
    return p->target.quantiles.n ? 1 + p->target.quantiles.n : mlp_target_classes(p, state);
}

uint32_t mlp_central_quantile(const struct mlp_program *p)
{
    uint32_t best = 0;
    for (uint32_t k = 1; k < p->target.quantiles.n; k++) {
        const double now = p->target.quantiles.at[k].at - 0.5, then = 0.5 - p->target.quantiles.at[best].at;
        if ((now < 0 ? -now : now) < (then < 0 ? -then : then)) best = k;
    }
    return best;
}

void mlp_quantile_name(const struct mlp_program *p, uint32_t k, char name[40])
{
    name[0] = 'p';
    mlp_number_text(floor(p->target.quantiles.at[k].at * 1e10 + 0.5) / 1e8, name + 1);
}

void mlp_softmax(const double *score, uint32_t n, double *p)
{
    double most = score[0], sum = 0;
    for (uint32_t k = 1; k < n; k++) most = score[k] > most ? score[k] : most;
    for (uint32_t k = 0; k < n; k++) sum += p[k] = mlp_exp(score[k] - most);
    for (uint32_t k = 0; k < n; k++) p[k] /= sum;
}

/* P(class k) is P(k or below) less P(below k); of the two tails the smaller one is subtracted, so small shares keep their digits. */
static void ordered(double *score, uint32_t n)
{
    double below = 0, above = 1;                            /* of the border under class k */
    for (uint32_t k = 0; k < n; k++) {
        const bool last = k + 1 == n;
        const double to = last ? 1 : mlp_sigmoid(score[k]), left = last ? 0 : mlp_sigmoid(-score[k]);
        const double p = to < 0.5 ? to - below : above - left;
        below = to, above = left, score[k] = p > 0 ? p : 0;
    }
}

/* Curves that cross are uncrossed: a row's quantiles are the same numbers, ascending. Then the one that is reported. */
static void in_order(const struct mlp_program *p, double *row, uint32_t outputs)
{
    for (uint32_t k = 2; k < outputs; k++)
        for (uint32_t i = k; i > 1 && row[i] < row[i - 1]; i--) {
            const double swap = row[i];
            row[i] = row[i - 1], row[i - 1] = swap;
        }
    row[0] = row[1 + mlp_central_quantile(p)];
}

void mlp_head_link(const struct mlp_code *code, const struct mlp_model *m, const struct mlp_ctx *ctx, double *score, size_t n,
                   uint32_t outputs)
{
    switch (m->head) {
    case MLP_HEAD_SOFTMAX:
        for (size_t i = 0; i < n; i++) mlp_softmax(score + i * outputs, outputs, score + i * outputs);
        return;
    case MLP_HEAD_ORDERED:
        for (size_t i = 0; i < n; i++) ordered(score + i * outputs, outputs);
        return;
    default:
        if (m->link != MLP_NONE) code->entry[m->link].link(ctx, score, n * outputs, score);
        for (size_t i = 0; m->head == MLP_HEAD_QUANTILES && i < n; i++) in_order(code->program, score + i * outputs, outputs);
    }
}

uint32_t mlp_most_probable(const double *p, uint32_t n)
{
    uint32_t best = 0;
    for (uint32_t k = 1; k < n; k++) best = p[k] > p[best] ? k : best;
    return best;
}
