/* main.c: finds the verb. The list of verbs is the caller's, so that what an executable cannot do is not linked into it. */
#include <signal.h>
#include <string.h>
#include "runtime/app/shared.h"

int mlp_app_verb(const struct mlp_app *app, const struct mlp_verb *verb, int argc, char **argv)
{
    struct sigaction quiet = {.sa_handler = SIG_IGN};       /* a reader that left is seen by write */
    sigaction(SIGPIPE, &quiet, NULL);
    return verb->run(app, argc, argv);
}

static int help(const struct mlp_app *app, int code)
{
    struct mlp_buffer out = {0};
    mlp_buffer_printf(&out, "usage: %s VERB …\n\n", app->name);
    for (const struct mlp_verb *const *v = app->verb; *v; v++)
        mlp_buffer_printf(&out, "  %s %s %s\n      %s\n", app->name, (*v)->name, (*v)->file, (*v)->doc);
    mlp_buffer_printf(&out, "\n`%s VERB --help` lists a verb's options. Exit codes: 0 fine, 1 a goal says no, 2 usage, 3 data, 4 a bug in mlp, 130 interrupted.\n",
                      app->name);
    if (!code) return mlp_app_print(&out, 0);
    if (!out.failed) mlp_app_write(2, out.at, out.n);
    mlp_buffer_clear(&out);
    return code;
}

static int help_of(const struct mlp_app *app, const struct mlp_verb *v)
{
    struct mlp_buffer out = {0};
    mlp_buffer_printf(&out, "usage: %s %s %s\n  %s\n\n", app->name, v->name, v->file, v->doc);
    mlp_app_option_text(v->takes, &out);
    return mlp_app_print(&out, 0);
}

static const struct mlp_verb *verb_of(const struct mlp_app *app, const char *name)
{
    for (const struct mlp_verb *const *v = app->verb; *v; v++)
        if (!strcmp(name, (*v)->name)) return *v;
    return NULL;
}

int mlp_app_main(int argc, char **argv, const struct mlp_app *app)
{
    if (argc < 2) return help(app, MLP_ERR_SPEC);
    const bool asks = !strcmp(argv[1], "help") || !strcmp(argv[1], "--help") || !strcmp(argv[1], "-h");
    const struct mlp_verb *verb = verb_of(app, asks && argc > 2 ? argv[2] : argv[1]);
    if (asks) return verb ? help_of(app, verb) : help(app, 0);
    for (int i = 2; verb && i < argc; i++)
        if (!strcmp(argv[i], "--help") || !strcmp(argv[i], "-h")) return help_of(app, verb);
    if (verb) return mlp_app_verb(app, verb, argc - 1, argv + 1);
    static const char *const known[] = {"run", "train", "eval", "predict", "info"};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (!strcmp(argv[1], known[i]))
            return mlp_app_say("%s was built without `%s`; `%s help` says what it can do", app->name, known[i], app->name);
    return mlp_app_say("%s has no verb `%s`; `%s help` lists them", app->name, argv[1], app->name);
}
