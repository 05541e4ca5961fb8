/* eval.c: the verb `eval`: a kept model on the rows of a file. */
#include "runtime/app/shared.h"
#include "runtime/run/run.h"

int mlp_app_result(const struct mlp_result *, bool json);

static int run(const struct mlp_app *app, int argc, char **argv)
{
    struct app_options o;
    struct app_code c;
    struct app_model model;
    struct mlp_error error = {0};
    if (!mlp_app_options(&mlp_verb_eval, argc, argv, &o)) return MLP_ERR_SPEC;
    if (mlp_app_code(app, &c, &error) != MLP_OK) return mlp_arena_clear(&c.arena), mlp_app_fail(&error, o.json);
    const struct mlp_run_options options = {.spec_dir = app->spec_dir, .data = o.file, .set = o.set, .sets = o.sets,
                                            .threads = o.threads, .strict = o.strict, .dry = true};
    struct mlp_result result = {0};
    mlp_status status = mlp_app_model_open(app, &c.code, o.model, &model, &error);
    if (status == MLP_OK) status = mlp_eval(&c.code, &model.saved, &options, &result, &error);
    const int code = status == MLP_OK ? mlp_app_result(&result, o.json) : mlp_app_fail(&error, o.json);
    mlp_result_clear(&result);
    mlp_app_model_close(&model);
    mlp_arena_clear(&c.arena);
    return code;
}

const struct mlp_verb mlp_verb_eval = {
    "eval", "[data.csv]", "judges a kept model on the rows of a file, against the goals",
    APP_FILE | APP_MODEL | APP_SET | APP_THREADS | APP_STRICT | APP_JSON | APP_QUIET, run};
