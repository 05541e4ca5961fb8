/* check.c: the verb `check` on rows: reads and splits them and says whether the spec suits them. Trains nothing, keeps nothing. */
#include <stdio.h>
#include <string.h>
#include "runtime/app/shared.h"
#include "runtime/base/json.h"
#include "runtime/run/run.h"

static void on_note(void *data, const char *line) { (void)data, mlp_app_say("%s%s", strncmp(line, "warning[", 8) ? "note: " : "", line); }

static int fine(const struct mlp_result *r, bool json, bool quiet)
{
    if (json) {
        struct mlp_buffer out = {0};
        struct mlp_json_writer w = {.out = &out};
        mlp_json_open(&w, NULL, '{');
        mlp_json_bool(&w, "fine", true), mlp_json_int(&w, "rows", (int64_t)r->rows);
        for (int k = 0; k < 3; k++) if (r->part[k].name) mlp_json_int(&w, r->part[k].name, (int64_t)r->part[k].rows);
        mlp_json_close(&w, '}');
        mlp_buffer_text(&out, "\n");
        return mlp_app_print(&out, MLP_OK);
    }
    if (!quiet)
        mlp_app_say("%s: fine, and so are its %llu rows: %llu train, %llu choose, %llu judge", r->program->name, (unsigned long long)r->rows,
                    (unsigned long long)r->part[0].rows, (unsigned long long)r->part[1].rows, (unsigned long long)r->part[2].rows);
    return MLP_OK;
}

static int check(const struct mlp_app *app, int argc, char **argv)
{
    struct app_options o;
    struct app_code c;
    struct mlp_error error = {0};
    struct mlp_result result;
    if (!mlp_app_options(&mlp_verb_check, argc, argv, &o)) return MLP_ERR_SPEC;
    if (mlp_app_code(app, &c, &error) != MLP_OK) return mlp_arena_clear(&c.arena), mlp_app_fail(&error, o.json);
    struct mlp_run_options options = {.spec_dir = app->spec_dir, .lock = app->lock, .data = o.file, .set = o.set, .sets = o.sets,
                                      .threads = o.threads, .has_seed = o.has_seed, .seed = o.seed, .locked = o.locked, .dry = true};
    if (!o.quiet) options.watch.note = on_note;
    const mlp_status status = mlp_check(&c.code, &options, &result, &error);
    const int code = status == MLP_OK ? fine(&result, o.json, o.quiet) : mlp_app_fail(&error, o.json);
    mlp_result_clear(&result);
    mlp_arena_clear(&c.arena);
    return code;
}

const struct mlp_verb mlp_verb_check = {"check", "--data [data.csv]", "reads and splits the rows, and says whether the spec suits them",
                                        APP_FILE | APP_SET | APP_THREADS | APP_SEED | APP_LOCKED | APP_JSON | APP_QUIET, check};
