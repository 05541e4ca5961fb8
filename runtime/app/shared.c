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
#include "runtime/data/schema.h"
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

/* The one list: what is parsed, what help prints, what is near to a name that is none of them. */
static const struct app_option { unsigned bit; const char *name, *value, *doc; } list[] = {
    {APP_MODEL, "--model", "RUN", "a run folder or a model file; without it, the newest run, or what is frozen in"},
    {APP_SET, "--set", "NAME=VALUE", "sets a param (may be repeated)"},
    {APP_SOURCE, "--source", "NAME=FILE", "where what a row does not carry is looked up (may be repeated)"},
    {APP_HISTORY, "--history", "FILE", "the rows before these, for windows; without it, those of training"},
    {APP_FORMAT, "--format", "csv|json", "how rows come and go; without it, as the first line looks"},
    {APP_ROWS, "--rows", "N", "at most so many rows at once"},
    {APP_THREADS, "--threads", "N", "workers; without it, one per core"},
    {APP_SEED, "--seed", "N", "another split, other draws"},
    {APP_OUT, "--out", "FOLDER", "keeps the run there"},
    {APP_STRICT, "--strict", NULL, "a bound must hold for the whole interval"},
    {APP_LOCKED, "--locked", NULL, "refuses data or schema other than the lock's"},
    {APP_JSON, "--json", NULL, "JSON on standard output"},
    {APP_QUIET, "--quiet", NULL, "no progress, no warnings"},
};
enum { LIST = sizeof list / sizeof *list };

void mlp_app_option_text(unsigned takes, struct mlp_buffer *out)
{
    for (size_t i = 0; i < LIST; i++) {
        if (!(takes & list[i].bit)) continue;
        const int room = 21 - (int)strlen(list[i].name) - 1;
        mlp_buffer_printf(out, "  %s %-*s %s\n", list[i].name, room, list[i].value ? list[i].value : "", list[i].doc);
    }
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

static bool add(const char *name, const char *value, const char **to, uint32_t *n)
{
    if (*n == APP_SETS) return mlp_app_say("%s was given more than %d times", name, APP_SETS), false;
    to[(*n)++] = value;
    return true;
}

static bool set_option(const struct app_option *is, const char *v, struct app_options *o)
{
    uint64_t n;
    switch (is->bit) {
    case APP_QUIET: return o->quiet = true;
    case APP_STRICT: return o->strict = true;
    case APP_LOCKED: return o->locked = true;
    case APP_JSON: return o->json = true;
    case APP_MODEL: return o->model = v, true;
    case APP_OUT: return o->out = v, true;
    case APP_HISTORY: return o->history = v, true;
    case APP_SET: return add(is->name, v, o->set, &o->sets);
    case APP_SOURCE: return add(is->name, v, o->source, &o->sources);
    case APP_THREADS: return whole_number(is->name, v, 1024, &n) && (o->threads = (int)n, true);
    case APP_ROWS: return whole_number(is->name, v, 1 << 20, &n) && (o->rows = (uint32_t)n, true);
    case APP_SEED: return whole_number(is->name, v, (uint64_t)1 << 53, &o->seed) && (o->has_seed = true);
    case APP_FORMAT:
        o->format = !strcmp(v, "csv") ? MLP_FORMAT_CSV : !strcmp(v, "json") || !strcmp(v, "jsonl") ? MLP_FORMAT_JSON : 0;
        if (!o->format) mlp_app_say("--format takes csv or json, not `%s`", v);
        return o->format != 0;
    default: return false;
    }
}

static bool no_option(const struct mlp_verb *verb, const char *given)
{
    const char *name[LIST];
    size_t n = 0;
    for (size_t i = 0; i < LIST; i++) if (verb->takes & list[i].bit) name[n++] = list[i].name;
    const char *near = mlp_schema_nearest(given, strcspn(given, "="), name, n);
    if (near) mlp_app_say("`%s` has no option `%s`; did you mean `%s`?", verb->name, given, near);
    else mlp_app_say("`%s` has no option `%s`; `%s --help` lists them", verb->name, given, verb->name);
    return false;
}

bool mlp_app_options(const struct mlp_verb *verb, int argc, char **argv, struct app_options *o)
{
    *o = (struct app_options){0};
    bool files = false;
    for (int i = 1; i < argc; i++) {
        const char *given = argv[i];
        if (files || given[0] != '-' || !given[1]) {
            if (!(verb->takes & APP_FILE)) return mlp_app_say("`%s` takes no file, and `%s` is one", verb->name, given), false;
            if (o->file) return mlp_app_say("one file is enough: `%s` and `%s` were given", o->file, given), false;
            o->file = given;
            continue;
        }
        if (!strcmp(given, "--")) { files = true; continue; }
        const size_t n = strcspn(given, "=");
        const struct app_option *is = NULL;
        for (size_t k = 0; k < LIST; k++)
            if (verb->takes & list[k].bit && strlen(list[k].name) == n && !strncmp(given, list[k].name, n)) is = &list[k];
        if (!is || (given[n] && !is->value)) return no_option(verb, given);
        const char *value = given[n] ? given + n + 1 : NULL;
        if (is->value && !value && i + 1 == argc) return mlp_app_say("`%s` needs a value: %s %s", is->name, is->name, is->value), false;
        if (is->value && !value) value = argv[++i];
        if (!set_option(is, value, o)) return false;
    }
    return true;
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
