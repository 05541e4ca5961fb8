/* test.c: the verb `test`: the spec's tests, asked of a kept model. Reads the data, for what is usual; trains and judges nothing. */
#include <stdlib.h>
#include <unistd.h>
#include "runtime/app/shared.h"
#include "runtime/run/run.h"

static int run(const struct mlp_app *app, int argc, char **argv)
{
    struct app_options o;
    struct app_code c;
    struct app_model model;
    struct mlp_error error = {0};
    if (!mlp_app_options(&mlp_verb_test, argc, argv, &o)) return MLP_ERR_SPEC;
    if (mlp_app_code(app, &c, &error) != MLP_OK) return mlp_arena_clear(&c.arena), mlp_app_fail(&error, o.json);
    if (!c.code.program->tests.n) {
        mlp_arena_clear(&c.arena);
        return mlp_app_say("`%s` has no test; write one: test \"a new customer\" { given { tenure: 1 }, expect score > 0.5 }", app->code->program->name);
    }
    const struct mlp_run_options options = {.spec_dir = app->spec_dir, .set = o.set, .sets = o.sets, .threads = o.threads, .dry = true};
    struct mlp_result result = {0};
    struct mlp_buffer out = {0};
    mlp_status status = mlp_app_model_open(app, &c.code, o.model, &model, &error);
    if (status == MLP_OK) status = mlp_test(&c.code, &model.saved, &options, &result, &error);
    if (status == MLP_OK && o.json) mlp_result_tests_json(&result, &out);
    else if (status == MLP_OK) mlp_result_tests_text(&result, mlp_app_colour(1), &out);
    const int code = status == MLP_OK ? mlp_app_print(&out, result.met ? MLP_OK : MLP_UNMET) : mlp_app_fail(&error, o.json);
    mlp_result_clear(&result);
    mlp_app_model_close(&model);
    mlp_arena_clear(&c.arena);
    return code;
}

const struct mlp_verb mlp_verb_test = {"test", "", "asks a kept model the tests of the spec; exit code 1 when one fails",
                                       APP_MODEL | APP_SET | APP_THREADS | APP_JSON | APP_QUIET, run};
