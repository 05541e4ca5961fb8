/* shared.c: options, output and opening for the verbs. Here, and nowhere below, things are printed. Plain write(2) and no stdio
 * streams: an executable that predicts stays small and starts at once. */
#include "runtime/app/shared.h"
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "runtime/base/cpu.h"
#include "runtime/base/image.h"
#include "runtime/base/json.h"
#include "runtime/run/stream.h"

/* ---- output ---- */

bool mlp_app_write(int fd, const char *bytes, size_t n)
{
    while (n) {
        const ssize_t done = write(fd, bytes, n);
        if (done < 0 && errno == EINTR) continue;
        if (done <= 0) return false;
        bytes += done, n -= (size_t)done;
    }
    return true;
}

int mlp_app_say(const char *format, ...)
{
    char line[2048];
    va_list args;
    va_start(args, format);
    const int n = vsnprintf(line, sizeof line - 1, format, args);
    va_end(args);
    size_t length = n < 0 ? 0 : (size_t)n < sizeof line - 1 ? (size_t)n : sizeof line - 2;
    line[length++] = '\n';
    mlp_app_write(2, line, length);
    return MLP_ERR_SPEC;
}

int mlp_app_print(struct mlp_buffer *b, int code)
{
    struct mlp_error error;
    if (b->failed) code = mlp_no_memory(&error, b->room), mlp_app_error(&error);
    else if (!mlp_app_write(1, b->at, b->n) && errno != EPIPE)
        mlp_app_say("error: standard output cannot be written: %s", strerror(errno)), code = MLP_ERR_DATA;
    mlp_buffer_clear(b);
    return code;
}

bool mlp_app_colour(int fd)
{
    const char *no = getenv("NO_COLOR");
    return isatty(fd) && !(no && *no);
}

/* " --> churn.mlp:4:9" and the line with marks, or "  --> rows.csv:7, column age". The bytes written. */
static int place(const struct mlp_error *e, bool colour, int margin, char *to, size_t room)
{
    const char *frame = colour ? "\033[34m" : "", *mark = colour ? "\033[1;31m" : "", *off = colour ? "\033[0m" : "";
    char line[32] = "", at[80] = "", marks[sizeof e->excerpt] = "";
    if (e->line) snprintf(line, sizeof line, ":%llu", (unsigned long long)e->line);
    if (e->at) snprintf(at, sizeof at, ":%u", e->at);
    else if (e->column[0]) snprintf(at, sizeof at, ", column %s", e->column);
    int n = snprintf(to, room, "%s%*s-->%s %s%s%s\n", frame, margin, "", off, e->file, line, at);
    if (!e->excerpt[0]) return n;
    memset(marks, '^', e->width ? e->width < sizeof marks ? e->width : sizeof marks - 1 : 1);
    return n + snprintf(to + n, room - (size_t)n, "%s%*s |\n%s |%s %s\n%s%*s |%s %*s%s%s%s\n", frame, margin, "", line + 1, off, e->excerpt,
                        frame, margin, "", off, (int)e->at - 1, "", mark, marks, off);
}

/* Without allocating: there may be no memory, and that is what it says. */
int mlp_app_error(const struct mlp_error *e)
{
    char out[sizeof *e + 800];
    const bool colour = mlp_app_colour(2);
    int margin = e->excerpt[0] ? 0 : 2;
    for (uint64_t n = e->line; e->excerpt[0] && n; n /= 10) margin++;
    if (e->status == MLP_ERR_INTERRUPTED) return mlp_app_say("%s", e->text), MLP_ERR_INTERRUPTED;
    int n = snprintf(out, sizeof out, "%s%s%s%s%s%s: %s\n", colour ? "\033[1;31m" : "", e->status == MLP_ERR_BUG ? "a bug in mlp" : "error",
                     e->code[0] ? "[" : "", e->code, e->code[0] ? "]" : "", colour ? "\033[0m" : "", e->text);
    if (e->file[0]) n += place(e, colour, margin, out + n, sizeof out - (size_t)n);
    if (e->fix[0]) n += snprintf(out + n, sizeof out - (size_t)n, "%*s = fix: %s\n", margin, "", e->fix);
    mlp_app_write(2, out, (size_t)n);
    return e->status;
}

int mlp_app_fail(const struct mlp_error *e, bool json)
{
    const int code = mlp_app_error(e);
    if (!json) return code;
    struct mlp_buffer out = {0};
    struct mlp_json_writer w = {.out = &out};
    mlp_json_open(&w, NULL, '{'), mlp_json_open(&w, "error", '{');
    mlp_json_text(&w, "code", e->code), mlp_json_text(&w, "text", e->text), mlp_json_text(&w, "fix", e->fix);
    if (e->file[0]) mlp_json_text(&w, "file", e->file);
    if (e->line) mlp_json_int(&w, "line", (int64_t)e->line);
    if (e->at) mlp_json_int(&w, "character", e->at);
    if (e->column[0]) mlp_json_text(&w, "column", e->column);
    mlp_json_close(&w, '}'), mlp_json_close(&w, '}');
    mlp_buffer_text(&out, "\n");
    return mlp_app_print(&out, code);
}

/* ---- options ---- */

/* The value of an option that stands as "--name value" or "--name=value"; NULL: it is another option, or has no value (*fault). */
static const char *value_of(const char *name, int argc, char **argv, int *i, bool *fault)
{
    const size_t n = strlen(name);
    if (strncmp(argv[*i], name, n) || (argv[*i][n] && argv[*i][n] != '=')) return NULL;
    if (argv[*i][n] == '=') return argv[*i] + n + 1;
    if (*i + 1 < argc) return argv[++*i];
    mlp_app_say("%s needs a value", name);
    *fault = true;
    return NULL;
}

static bool whole_number(const char *name, const char *text, uint64_t max, uint64_t *out)
{
    char *end;
    errno = 0;
    *out = strtoull(text, &end, 10);
    if (*text >= '0' && *text <= '9' && !*end && !errno && *out <= max) return true;
    mlp_app_say("%s takes a whole number up to %llu, not `%s`", name, (unsigned long long)max, text);
    return false;
}

bool mlp_app_options(const struct mlp_verb *verb, int argc, char **argv, unsigned takes, struct app_options *o)
{
    *o = (struct app_options){0};
    bool fault = false, files = false;
    for (int i = 1; i < argc && !fault; i++) {
        const char *v = NULL;
        uint64_t n;
#define VALUE(bit, name) ((takes & (bit)) && !fault && (v = value_of(name, argc, argv, &i, &fault)) != NULL)
#define FLAG(bit, name) ((takes & (bit)) && !strcmp(argv[i], name))
        if (files || argv[i][0] != '-' || !argv[i][1]) {
            if (!(takes & APP_FILE)) return mlp_app_say("`%s` takes no file: usage: %s", verb->name, verb->usage), false;
            if (o->file) return mlp_app_say("one file is enough: `%s` and `%s` were given", o->file, argv[i]), false;
            o->file = argv[i];
        } else if (!strcmp(argv[i], "--")) files = true;
        else if (!strcmp(argv[i], "--quiet")) o->quiet = true;
        else if (FLAG(APP_STRICT, "--strict")) o->strict = true;
        else if (FLAG(APP_LOCKED, "--locked")) o->locked = true;
        else if (FLAG(APP_JSON, "--json")) o->json = true;
        else if (VALUE(APP_MODEL, "--model")) o->model = v;
        else if (VALUE(APP_OUT, "--out")) o->out = v;
        else if (VALUE(APP_HISTORY, "--history")) o->history = v;
        else if (VALUE(APP_SET, "--set")) {
            if (o->sets == APP_SETS) return mlp_app_say("--set was given more than %d times", APP_SETS), false;
            o->set[o->sets++] = v;
        } else if (VALUE(APP_SOURCE, "--source")) {
            if (o->sources == APP_SETS) return mlp_app_say("--source was given more than %d times", APP_SETS), false;
            o->source[o->sources++] = v;
        } else if (VALUE(APP_THREADS, "--threads")) {
            if (!whole_number("--threads", v, 1024, &n)) return false;
            o->threads = (int)n;
        } else if (VALUE(APP_SEED, "--seed")) {
            if (!whole_number("--seed", v, (uint64_t)1 << 53, &o->seed)) return false;
            o->has_seed = true;
        } else if (VALUE(APP_ROWS, "--rows")) {
            if (!whole_number("--rows", v, 1 << 20, &n)) return false;
            o->rows = (uint32_t)n;
        } else if (VALUE(APP_FORMAT, "--format")) {
            if (!strcmp(v, "csv")) o->format = MLP_FORMAT_CSV;
            else if (!strcmp(v, "json") || !strcmp(v, "jsonl")) o->format = MLP_FORMAT_JSON;
            else return mlp_app_say("--format takes csv or json, not `%s`", v), false;
        } else if (!fault) return mlp_app_say("`%s` has no option `%s`; usage: %s", verb->name, argv[i], verb->usage), false;
#undef VALUE
#undef FLAG
    }
    return !fault;
}

/* ---- program and model ---- */

mlp_status mlp_app_code(const struct mlp_app *app, struct app_code *c, struct mlp_error *error)
{
    *c = (struct app_code){0};
    if (app->code) return c->code = *app->code, MLP_OK;
    const char *level = mlp_cpu_level();
    c->code.entry = app->entry_v4 && level && !strcmp(level, "x86-64-v4") ? app->entry_v4 : app->entry;
    c->code.bind = app->bind;
    return mlp_image_open(app->image, app->image_bytes, &c->arena, &c->code.program, error);
}

mlp_status mlp_app_model_open(const struct mlp_app *app, const struct mlp_code *code, const char *model, struct app_model *m,
                              struct mlp_error *error)
{
    struct stat s;
    *m = (struct app_model){.file = {"", 0}};
    if (!model && app->model) return mlp_saved_open(&m->saved, code, app->model, app->model_bytes, "the frozen model", error);
    char folder[1100], runs[1100];
    snprintf(folder, sizeof folder, "%s", model ? model : "");
    if (!model) {
        const bool elsewhere = app->spec_dir && strcmp(app->spec_dir, ".");
        snprintf(runs, sizeof runs, "%s%sruns", elsewhere ? app->spec_dir : "", elsewhere ? "/" : "");
        mlp_folder_newest(runs, code->program->name, folder);
        if (!folder[0]) {
            mlp_fail(error, MLP_ERR_DATA, "E353", "there is no model yet: %s holds no run of `%s`", runs, code->program->name);
            return mlp_fix(error, app->code ? "mlp run %s.mlp, or --model FOLDER" : "%s train data.csv, or --model FOLDER",
                           code->program->name);
        }
    }
    if (!stat(folder, &s) && S_ISDIR(s.st_mode)) snprintf(m->path, sizeof m->path, "%s/model.safetensors", folder);
    else snprintf(m->path, sizeof m->path, "%s", folder);
    if (mlp_file_open(m->path, &m->file, error) != MLP_OK)
        return access(m->path, F_OK) ? mlp_fix(error, "name a run folder such as runs/%s-0001, or a model file, with --model", code->program->name)
                                     : error->status;
    const mlp_status status = mlp_saved_open(&m->saved, code, m->file.bytes, m->file.n, m->path, error);
    if (status != MLP_OK && !error->file[0]) snprintf(error->file, sizeof error->file, "%.255s", m->path);
    return status;
}

void mlp_app_model_close(struct app_model *m)
{
    mlp_saved_clear(&m->saved);
    if (m->file.n) mlp_file_close(&m->file);
}
