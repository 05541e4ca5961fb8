/* run.c: the steps of a run, in order, on one screen. */
#include <stdlib.h>
#include "runtime/run/judge.h"

static mlp_status train(struct mlp_work *w, struct mlp_error *error)
{
    TRY(mlp_work_can_keep(w, error));
    TRY(mlp_work_check_decision(w, error));
    TRY(mlp_work_read(w, error));
    TRY(mlp_work_lock_check(w, error));
    TRY(mlp_work_split(w, error));
    TRY(mlp_work_passes(w, true, error));
    TRY(mlp_work_thresholds(w, error));
    TRY(mlp_work_choose(w, error));
    TRY(mlp_work_judge(w, error));
    return mlp_work_tests(w, error);
}

/* What the rows say of the spec, before anything is trained. */
static mlp_status check(struct mlp_work *w, struct mlp_error *error)
{
    TRY(mlp_work_check_decision(w, error));
    TRY(mlp_work_read(w, error));
    TRY(mlp_work_lock_check(w, error));
    TRY(mlp_work_split(w, error));
    return mlp_work_passes(w, false, error);
}

static mlp_status judge(struct mlp_work *w, const struct mlp_saved *saved, struct mlp_error *error)
{
    TRY(mlp_work_read(w, error));
    TRY(mlp_work_all(w, error));
    TRY(mlp_work_load(w, saved, error));
    TRY(mlp_work_predict(w, saved, error));
    TRY(mlp_work_baselines(w, error));
    TRY(mlp_work_answers(w, error));
    TRY(mlp_work_thresholds(w, error));
    return mlp_work_judge(w, error);
}

/* The parts as they were when the model was trained: what is usual is so in its training part. */
static mlp_status ask(struct mlp_work *w, const struct mlp_saved *saved, struct mlp_error *error)
{
    TRY(mlp_work_read(w, error));
    TRY(mlp_work_split(w, error));
    TRY(mlp_work_entrants(w, error));
    w->base = saved->base, w->outputs = saved->outputs, w->fitted.state = saved->state;
    w->entrant[saved->model].threshold = saved->threshold;
    w->result->winner = saved->model, w->result->met = true;
    return mlp_work_tests(w, error);
}

static mlp_status ended(struct mlp_work *w, mlp_status status, struct mlp_error *error)
{
    if (status != MLP_OK) mlp_spec_place(w->program, error);
    mlp_work_clear(w);
    return status;
}

mlp_status mlp_run(const struct mlp_code *code, const struct mlp_run_options *options, struct mlp_result *result,
                   struct mlp_error *error)
{
    struct mlp_work w = {.code = code, .program = code->program, .o = options, .result = result};
    const double began = mlp_now();
    *result = (struct mlp_result){.program = code->program, .winner = MLP_NONE};
    mlp_status status = train(&w, error);
    result->seconds = mlp_now() - began;
    if (status == MLP_OK) status = mlp_work_keep(&w, error);
    return ended(&w, status, error);
}

mlp_status mlp_check(const struct mlp_code *code, const struct mlp_run_options *options, struct mlp_result *result,
                     struct mlp_error *error)
{
    struct mlp_work w = {.code = code, .program = code->program, .o = options, .result = result};
    const double began = mlp_now();
    *result = (struct mlp_result){.program = code->program, .winner = MLP_NONE, .met = true};
    const mlp_status status = check(&w, error);
    result->seconds = mlp_now() - began;
    return ended(&w, status, error);
}

mlp_status mlp_test(const struct mlp_code *code, const struct mlp_saved *saved, const struct mlp_run_options *options,
                    struct mlp_result *result, struct mlp_error *error)
{
    struct mlp_run_options o = *options;
    const char *seed = mlp_package_meta(&saved->package, "seed");
    if (seed) o.has_seed = true, o.seed = strtoull(seed, NULL, 10);
    struct mlp_work w = {.code = code, .program = code->program, .o = &o, .result = result, .saved = saved};
    *result = (struct mlp_result){.program = code->program, .winner = MLP_NONE};
    return ended(&w, ask(&w, saved, error), error);
}

mlp_status mlp_eval(const struct mlp_code *code, const struct mlp_saved *saved, const struct mlp_run_options *options,
                    struct mlp_result *result, struct mlp_error *error)
{
    struct mlp_work w = {.code = code, .program = code->program, .o = options, .result = result, .saved = saved};
    const double began = mlp_now();
    *result = (struct mlp_result){.program = code->program, .winner = MLP_NONE};
    const mlp_status status = judge(&w, saved, error);
    result->seconds = mlp_now() - began;
    return ended(&w, status, error);
}
