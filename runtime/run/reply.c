/* reply.c: what a request is told: the model's number after `answer:`, and whether it is told one at all (`abstain:`). The rules are
 * kernels over the row and the model's number, the same that judged. Must not know how rows were read. */
#include <math.h>
#include <string.h>
#include "runtime/calls.h"
#include "runtime/model/head.h"
#include "runtime/run/predictor.h"

enum { AT_ONCE = 64 };                                      /* rows per call: a word of validity bits */
static const uint8_t width[] = {[MLP_F64] = 8, [MLP_I64] = 8, [MLP_CODE] = 4, [MLP_STR] = sizeof(struct mlp_str)};

static mlp_status open_rule(struct mlp_predictor *p, mlp_ix kernel, struct mlp_reply *rule, struct mlp_error *error)
{
    *rule = (struct mlp_reply){0};
    if (kernel == MLP_NONE) return MLP_OK;
    const struct mlp_kernel *k = &p->program->kernels.at[kernel];
    mlp_ix *input = mlp_arena_alloc(&p->arena, (k->slots.n + 1) * sizeof *input);
    if (!input) return mlp_no_memory(error, k->slots.n * sizeof *input);
    for (uint32_t i = 0; i < k->slots.n; i++) {
        input[i] = MLP_NONE;
        if (p->program->slots.at[k->slots.at[i]].origin != MLP_FROM_JUDGED) TRY(mlp_predictor_input(p, k->slots.at[i], &input[i], error));
    }
    *rule = (struct mlp_reply){p->code->entry[kernel].map, input, k->slots.n};
    return MLP_OK;
}

mlp_status mlp_reply_open(struct mlp_predictor *p, struct mlp_error *error)
{
    TRY(open_rule(p, p->program->decision.answer, &p->answer, error));
    return open_rule(p, p->program->decision.abstain, &p->abstain, error);
}

/* What a rule says of up to AT_ONCE rows from `from` (a multiple of it). number: the model's, of those rows. */
static void ask(const struct mlp_predictor *p, struct mlp_scratch *s, const struct mlp_reply *rule, size_t from, size_t n, const double *number,
                double *out)
{
    struct mlp_in in[rule->n + 1];
    double room[AT_ONCE + 16];
    uint64_t valid = 0, all[9];
    memset(all, 0, sizeof all);
    memset(room, 0, sizeof room);
    memcpy(room, number, n * sizeof *number);
    for (size_t r = 0; r < n; r++) valid |= (uint64_t)!isnan(number[r]) << r;
    all[0] = valid;
    for (uint32_t i = 0; i < rule->n; i++) {
        const mlp_ix at = rule->input[i];
        in[i] = at == MLP_NONE ? (struct mlp_in){room, all}
                               : (struct mlp_in){(const char *)s->data[at] + from * width[p->input[at].rep], s->valid[at] + from / 64};
    }
    double got[AT_ONCE + 16];
    const struct mlp_ctx ctx = {.call = &mlp_calls, .state = &p->saved->state, .param = p->saved->param, .arena = &s->text};
    rule->map(&ctx, in, n, &(struct mlp_out){got, 1, NULL});
    memcpy(out, got, n * sizeof *out);
}

void mlp_reply_run(const struct mlp_predictor *p, struct mlp_scratch *s, size_t n, double *score)
{
    double said[AT_ONCE], own[AT_ONCE];
    for (size_t from = 0; from < n && (p->answer.map || p->abstain.map); from += AT_ONCE) {
        const size_t some = n - from < AT_ONCE ? n - from : AT_ONCE;
        double *const first = score + from * p->outputs;
        if (p->answer.map) {
            for (size_t r = 0; r < some; r++) own[r] = first[r * p->outputs];
            ask(p, s, &p->answer, from, some, own, said);
            for (size_t r = 0; r < some; r++) if (isfinite(said[r])) first[r * p->outputs] = said[r];     /* else it stands as it is */
        }
        if (!p->abstain.map) continue;
        for (size_t r = 0; r < some; r++) own[r] = mlp_reply_number(p->program, first + r * p->outputs, p->outputs, p->saved->threshold);
        ask(p, s, &p->abstain, from, some, own, said);
        for (size_t r = 0; r < some; r++) s->silent[from + r] = said[r] == 1;
    }
}

double mlp_reply_number(const struct mlp_program *program, const double *score, uint32_t outputs, double threshold)
{
    if (program->target.task == MLP_MULTICLASS || program->target.task == MLP_ORDERED) return score[mlp_most_probable(score, outputs)];
    if (program->target.task != MLP_BINARY) return *score;  /* its quantiles follow it */
    return *score >= threshold ? *score : 1 - *score;
}
