/* folds.c: the passes of a run. A pass is a value: rows to learn from, a state, models, predictions. Without folds there is one. With
 * folds each is a pass that predicts the rows that it holds out, and the last pass learns from all training rows: it is what is
 * kept, and what predicts every other row. Nothing of a fold remains but its predictions. */
#include <math.h>
#include <string.h>
#include "runtime/run/work.h"

/* Whether a model looks at held out rows to know when to stop. */
static bool stops_early(const struct mlp_model *m)
{
    const struct mlp_arg *a = mlp_use_arg(&m->train, "early_stopping");
    return a && a->num > 0;
}

/* The kept model of one that stops early has rows to stop by as the folds had: those that the first fold holds out, which it does
 * not learn from then. */
static mlp_status last_pass(struct mlp_work *w, bool stopping, bool models, struct mlp_error *error)
{
    TRY(mlp_work_pass(w, error));
    bool early = false;
    for (uint32_t i = 0; models && i < w->program->models.n; i++) early |= stops_early(&w->program->models.at[i]);
    if (!early) return MLP_OK;
    if (!stopping) {
        mlp_work_note(w, "early_stopping had no rows to look at: write `validation: 15%%` into the split");
        return MLP_OK;
    }
    uint32_t *learn = mlp_arena_alloc(&w->arena, (w->learn.n + 1) * sizeof *learn),
        *stop = mlp_arena_alloc(&w->arena, (w->learn.n + 1) * sizeof *stop);
    if (!learn || !stop) return mlp_no_memory(error, w->learn.n * sizeof *learn);
    size_t n = 0, m = 0;
    for (size_t i = 0; i < w->learn.n; i++) {
        const uint32_t r = w->learn.at[i];
        if (w->held[r] == 1) stop[m++] = r;
        else learn[n++] = r;
    }
    w->learn = (struct mlp_rows){learn, n}, w->stop = (struct mlp_rows){stop, m};
    return MLP_OK;
}

/* A pass without folds asks, before it trains, whether the goals suit the rows. */
static mlp_status work_pass(struct mlp_work *w, bool models, struct mlp_error *error)
{
    TRY(mlp_work_fit(w, error));
    mlp_work_warn(w);
    TRY(mlp_work_baselines(w, error));
    if (!w->folds) {
        TRY(mlp_work_answers(w, error));
        TRY(mlp_work_suits(w, error));
    }
    if (models) TRY(mlp_work_train(w, error));
    return w->folds ? MLP_OK : mlp_work_answers(w, error);
}

/* One fold in an arena of its own: what it predicts of its rows goes to p (contenders), (rows, outputs) each. */
static mlp_status fold(struct mlp_work *w, uint32_t k, bool models, double *const *p, bool *stopping, struct mlp_error *error)
{
    const struct mlp_arena keep = w->arena;
    const size_t rows = mlp_work_rows(w);
    w->arena = (struct mlp_arena){0}, w->fold = k, w->base = NULL;
    mlp_status status = mlp_work_pass(w, error);
    *stopping = w->stop.n > 0;
    if (status == MLP_OK) status = work_pass(w, models, error);
    for (uint32_t i = 0; status == MLP_OK && i < w->result->contenders; i++) {
        for (size_t r = 0; w->entrant[i].p && r < rows; r++)
            if (w->held[r] == k) memcpy(p[i] + r * w->outputs, w->entrant[i].p + r * w->outputs, w->outputs * sizeof **p);
        w->entrant[i] = (struct mlp_entrant){.threshold = NAN};
    }
    mlp_matrix_clear(&w->matrix), mlp_fitted_clear(&w->fitted);
    mlp_arena_clear(&w->arena);
    w->arena = keep, w->fold = 0, w->base = NULL;
    return status;
}

static mlp_status all_folds(struct mlp_work *w, bool models, struct mlp_error *error)
{
    const size_t rows = mlp_work_rows(w);
    const uint32_t n = w->result->contenders;
    double **p = mlp_arena_alloc(&w->arena, (n + 1) * sizeof *p);
    bool stopping = false;
    for (uint32_t i = 0; p && i < n; i++)
        if (!(p[i] = mlp_arena_alloc(&w->arena, (rows + 1) * w->outputs * sizeof **p))) p = NULL;
    if (!p) return mlp_no_memory(error, rows * w->outputs * sizeof **p);
    for (uint32_t k = 1; k <= w->folds; k++) TRY(fold(w, k, models, p, &stopping, error));
    TRY(last_pass(w, stopping, models, error));
    TRY(work_pass(w, models, error));
    for (uint32_t i = 0; i < n; i++)                        /* rows that were held out keep what their fold said */
        for (size_t r = 0; w->entrant[i].p && r < rows; r++)
            if (w->held[r]) memcpy(w->entrant[i].p + r * w->outputs, p[i] + r * w->outputs, w->outputs * sizeof **p);
    return mlp_work_answers(w, error);
}

mlp_status mlp_work_passes(struct mlp_work *w, bool models, struct mlp_error *error)
{
    TRY(mlp_work_entrants(w, error));
    if (!w->folds) {
        TRY(mlp_work_pass(w, error));
        return work_pass(w, models, error);
    }
    /* The baselines of every fold come first, for the goals are asked before anything is trained. */
    TRY(all_folds(w, false, error));
    TRY(mlp_work_suits(w, error));
    if (!models) return MLP_OK;
    mlp_matrix_clear(&w->matrix), mlp_fitted_clear(&w->fitted);
    w->base = NULL;
    TRY(mlp_work_entrants(w, error));
    return all_folds(w, true, error);
}
