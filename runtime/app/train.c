/* train.c: the verbs `run` and `train`: a whole run, with progress on standard error and the result on standard output. Ctrl-C
 * ends it after the current piece of work, with exit code 130 and nothing kept; a second one at once. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "runtime/app/shared.h"
#include "runtime/base/progress.h"
#include "runtime/run/run.h"

/* written by a signal handler: the one place where state must be global */
static volatile int interrupted;
static void interrupt(int signal) { (void)signal, interrupted = 1; }

static void on_step(void *data, const char *what) { mlp_progress_step(data, what); }
static void on_share(void *data, double share, const char *note) { mlp_progress_share(data, share, note); }
static void on_note(void *data, const char *line)
{
    char text[1100];
    snprintf(text, sizeof text, "%s%s", strncmp(line, "warning[", 8) ? "note: " : "", line);
    mlp_progress_note(data, text);
}

/* After an error: what is not lost. */
static void say_kept(const struct mlp_result *r)
{
    if (r->folder) mlp_app_say("the run is kept in %s", r->folder);
}

int mlp_app_result(const struct mlp_result *r, bool json)
{
    struct mlp_buffer out = {0};
    if (json) mlp_result_json(r, &out);
    else mlp_result_text(r, mlp_app_colour(1), &out);
    const int code = mlp_app_print(&out, r->met ? MLP_OK : MLP_UNMET);
    if (code == MLP_ERR_DATA) say_kept(r);
    return code;
}

static int run(const struct mlp_app *app, const struct mlp_verb *verb, int argc, char **argv)
{
    struct app_options o;
    struct app_code c;
    struct mlp_error error = {0};
    struct mlp_progress progress;
    if (!mlp_app_options(verb, argc, argv, &o)) return MLP_ERR_SPEC;
    if (mlp_app_code(app, &c, &error) != MLP_OK) return mlp_arena_clear(&c.arena), mlp_app_fail(&error, o.json);
    mlp_progress_init(&progress, 2);
    struct mlp_run_options options = {.spec_dir = app->spec_dir, .out = o.out, .lock = app->lock, .data = o.file, .set = o.set,
                                      .sets = o.sets, .threads = o.threads,
                                      .has_seed = o.has_seed, .seed = o.seed, .strict = o.strict, .locked = o.locked};
    options.watch.stop = &interrupted;
    if (!o.quiet)
        options.watch.step = on_step, options.watch.share = on_share, options.watch.note = on_note, options.watch.data = &progress;
    struct sigaction act = {.sa_handler = interrupt, .sa_flags = (int)SA_RESETHAND};
    sigaction(SIGINT, &act, NULL), sigaction(SIGTERM, &act, NULL);
    struct mlp_result result;
    const mlp_status status = mlp_run(&c.code, &options, &result, &error);
    mlp_progress_end(&progress);
    const int code = status == MLP_OK ? mlp_app_result(&result, o.json) : mlp_app_fail(&error, o.json);
    if (status != MLP_OK) say_kept(&result);                /* the lock could not be written */
    mlp_result_clear(&result);
    mlp_arena_clear(&c.arena);
    return code;
}

static int run_run(const struct mlp_app *app, int argc, char **argv) { return run(app, &mlp_verb_run, argc, argv); }
static int run_train(const struct mlp_app *app, int argc, char **argv) { return run(app, &mlp_verb_train, argc, argv); }
enum { TAKES = APP_OUT | APP_SET | APP_THREADS | APP_SEED | APP_STRICT | APP_LOCKED | APP_JSON | APP_QUIET };
const struct mlp_verb mlp_verb_run = {
    "run", "", "reads, splits, fits, trains and judges, and keeps the run; exit code 1 when a goal is not met", TAKES, run_run};
const struct mlp_verb mlp_verb_train = {
    "train", "[data.csv]", "the whole run on a file: trains, judges against the goals, keeps the model", TAKES | APP_FILE, run_train};
