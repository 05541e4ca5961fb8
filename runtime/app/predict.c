/* predict.c: the verb `predict`: rows in, rows with predictions out. Links neither training nor judging. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>
#include "runtime/app/shared.h"
#include "runtime/run/stream.h"

static int put(void *data, const char *bytes, size_t n)
{
    int *fault = data;
    if (mlp_app_write(1, bytes, n)) return 1;
    *fault = errno ? errno : EIO;
    return 0;
}

static int run(const struct mlp_app *app, int argc, char **argv)
{
    struct app_options o;
    struct app_code c;
    struct app_model model = {.file = {"", 0}};
    struct mlp_error error = {0};
    struct mlp_predictor p = {0};
    struct mlp_stream_count count;
    struct mlp_lookup *lookup = NULL;
    int fault = 0, fd = 0;
    if (!mlp_app_options(&mlp_verb_predict, argc, argv, &o)) return MLP_ERR_SPEC;
    if (mlp_app_code(app, &c, &error) != MLP_OK) return mlp_arena_clear(&c.arena), mlp_app_fail(&error, o.json);
    const bool looks_up = app->lookups && mlp_looks_up(c.code.program);
    if ((o.sets || o.sources || o.history) && !looks_up) {
        mlp_arena_clear(&c.arena);
        return mlp_app_say(o.sets ? "--set is for training: a model keeps the params that it was trained with"
                         : o.history ? "--history names the rows before the requests, and this program looks at none"
                                  : "--source names the file of a source that is looked up, and this program looks nothing up");
    }
    const bool named = o.file && strcmp(o.file, "-");
    mlp_status status = mlp_app_model_open(app, &c.code, o.model, &model, &error);
    if (status == MLP_OK) status = mlp_predictor_open(&p, &c.code, &model.saved, &error);
    const struct mlp_lookup_files files = {app->spec_dir, o.set, o.sets, o.source, o.sources, o.history, o.threads};
    if (status == MLP_OK && looks_up) {
        status = app->lookups->open(&lookup, &c.code, model.saved.param, &files, &error);
        mlp_predictor_look_up(&p, app->lookups, lookup);
    }
    if (status == MLP_OK && named && (fd = open(o.file, O_RDONLY | O_CLOEXEC)) < 0) {
        status = mlp_fail(&error, MLP_ERR_DATA, "E301", "%s cannot be opened: %s", o.file, strerror(errno));
        mlp_fix(&error, "check the path; without one, rows are read from standard input");
    }
    const struct mlp_stream_options options = {.fd = fd, .name = named ? o.file : "standard input", .format = o.json && !o.format
                                               ? MLP_FORMAT_JSON : o.format, .rows = o.rows, .put = put, .data = &fault};
    if (status == MLP_OK) status = mlp_stream_predict(&p, &options, &count, &error);
    int code = MLP_OK;
    if (status != MLP_OK) code = mlp_app_fail(&error, o.json);
    else if (fault && fault != EPIPE) {
        mlp_fail(&error, MLP_ERR_DATA, "E360", "standard output cannot be written: %s", strerror(fault));
        code = mlp_app_error(&error);
    } else if (count.bad) {
        code = mlp_app_error(&count.first);
        if (count.bad > 1)
            mlp_app_say("and %llu more bad rows of %llu; each has its reason in the field `error`",
                        (unsigned long long)count.bad - 1, (unsigned long long)count.rows);
        code = MLP_ERR_DATA;
    }
    if (named && fd > 0) close(fd);
    if (lookup) app->lookups->close(lookup);
    mlp_predictor_clear(&p);
    mlp_app_model_close(&model);
    mlp_arena_clear(&c.arena);
    return code;
}

const struct mlp_verb mlp_verb_predict = {
    "predict", "[rows.csv]", "rows in (CSV or JSON Lines, standard input without a file), the same with predictions out",
    APP_FILE | APP_MODEL | APP_FORMAT | APP_ROWS | APP_THREADS | APP_SET | APP_SOURCE | APP_HISTORY | APP_JSON | APP_QUIET, run};
