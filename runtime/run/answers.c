/* answers.c: what is judged is what is served: predictions after `answer:`, and the rows on which one that predicts abstains. The rules
 * are kernels over rows and the model's number. It judges nothing. */
#include <math.h>
#include <string.h>
#include "runtime/calls.h"
#include "runtime/run/predictor.h"
#include "runtime/run/work.h"

/* What a rule says of every row, given a number of each. */
static mlp_status ask(struct mlp_work *w, mlp_ix kernel, const double *number, double *out, struct mlp_error *error)
{
    const struct mlp_program *p = w->program;
    struct mlp_column_data *judged = mlp_arena_alloc(&w->arena, (p->slots.n + 1) * sizeof *judged);
    if (!judged) return mlp_no_memory(error, p->slots.n * sizeof *judged);
    for (uint32_t s = 0; s < p->slots.n; s++) judged[s] = (struct mlp_column_data){.data = (void *)(uintptr_t)number};
    w->frame.judged = judged;
    const mlp_status status = mlp_map_rows(&w->frame, &w->fitted.state, kernel, NULL, mlp_work_rows(w), w->pool, (void *const[]){out}, error);
    w->frame.judged = NULL;
    return status;
}

mlp_status mlp_work_answers(struct mlp_work *w, struct mlp_error *error)
{
    const size_t rows = mlp_work_rows(w);
    const mlp_ix kernel = w->program->decision.answer;
    size_t silent = 0;
    if (kernel == MLP_NONE) return MLP_OK;
    for (uint32_t i = 0; i < w->result->contenders; i++) {
        struct mlp_entrant *e = &w->entrant[i];
        if (!e->p || e->answered) continue;
        double *said = mlp_arena_alloc(&w->arena, (rows + 1) * sizeof *said), *own = mlp_arena_alloc(&w->arena, (rows + 1) * sizeof *own),
               *p = mlp_arena_alloc(&w->arena, (rows + 1) * w->outputs * sizeof *p);
        if (!said || !own || !p) return mlp_no_memory(error, rows * w->outputs * sizeof *p);
        memcpy(p, e->p, rows * w->outputs * sizeof *p);     /* quantiles, if there are any, stay what the model says */
        for (size_t r = 0; r < rows; r++) own[r] = p[r * w->outputs];
        TRY(ask(w, kernel, own, said, error));
        for (size_t r = 0; r < rows; r++) {
            if (isfinite(said[r])) p[r * w->outputs] = said[r];
            else silent += w->part[r] != MLP_PART_NONE && i == 0;       /* a rule that does not know leaves it as it is */
        }
        e->p = p, e->answered = true;
    }
    if (silent) mlp_work_note(w, "`answer` is missing in %zu rows; there the prediction stands as it is", silent);
    return MLP_OK;
}

mlp_status mlp_work_abstain(struct mlp_work *w, struct mlp_entrant *e, struct mlp_error *error)
{
    const size_t rows = mlp_work_rows(w);
    const mlp_ix kernel = w->program->decision.abstain;
    if (kernel == MLP_NONE || !e->p) return MLP_OK;
    double *own = mlp_arena_alloc(&w->arena, (rows + 1) * sizeof *own), *said = mlp_arena_alloc(&w->arena, (rows + 1) * sizeof *said);
    e->silent = mlp_arena_alloc(&w->arena, rows + 1);
    if (!own || !said || !e->silent) return mlp_no_memory(error, rows * sizeof *own);
    for (size_t r = 0; r < rows; r++) own[r] = mlp_reply_number(w->program, e->p + r * w->outputs, w->outputs, e->threshold);
    TRY(ask(w, kernel, own, said, error));
    for (size_t r = 0; r < rows; r++) e->silent[r] = said[r] == 1;
    return MLP_OK;
}
