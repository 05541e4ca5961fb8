/* check.c: `mlp check`, `mlp plan` and `mlp explain`: what is known from the text alone; with `--data`
 * or `--locked` the runtime reads the rows too. */
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include "compiler/command/command.h"
#include "runtime/app/app.h"
#include "runtime/base/json.h"
#include "runtime/run/params.h"

/* Parses the command line and checks the spec with its params; what is wrong was said. false: *exit_code. */
struct asked { struct driver d; const char *path, *set[64]; uint32_t sets; bool json, quiet; };

static bool checked(struct asked *a, int argc, char **argv, int *exit_code)
{
    int fault = 0;
    struct mlp_error error;
    struct mlp_param *param;
    *exit_code = MLP_ERR_SPEC;
    a->json = command_flag(&argc, argv, "--json"), a->quiet = command_flag(&argc, argv, "--quiet");
    a->sets = command_sets(&argc, argv, a->set, 64, &fault);
    a->path = fault ? NULL : command_spec(&argc, argv);
    if (!a->path || !command_rest(argc, argv)) return false;
    const bool fine = driver_check_with(&a->d, a->path, a->set, a->sets);
    if (fine) {
        struct mlp_program *p = &a->d.plan.program;
        if (mlp_params_given(p, a->set, a->sets, &a->d.src.arena, &param, &error) != MLP_OK)
            return *exit_code = mlp_app_fail(&error, a->json), driver_clear(&a->d), false;
        p->params.at = param;
    }
    const int told = !fine || !a->json || !strcmp(argv[0], "check") ? command_diagnostics(&a->d.src, a->json, a->quiet) : MLP_OK;
    if (told) *exit_code = told;
    if (!fine || told) driver_clear(&a->d);
    return fine && !told;
}

int command_check(int argc, char **argv)
{
    struct asked a;
    int exit_code;
    bool rows = command_flag(&argc, argv, "--data");
    for (int i = 1; i < argc; i++) rows |= !strcmp(argv[i], "--locked") || !strncmp(argv[i], "--seed", 6) || !strncmp(argv[i], "--threads", 9);
    if (rows) return command_run(argc, argv);               /* what is about rows reads them */
    if (!checked(&a, argc, argv, &exit_code)) return exit_code;
    const struct mlp_program *p = &a.d.plan.program;
    uint32_t models = 0;                                    /* a baseline that learns is none */
    for (uint32_t i = 0; i < p->models.n; i++) models += !p->models.at[i].aside;
    if (!a.quiet && !a.json)
        fprintf(stderr, "%s: fine. Features: %u, models: %u, baselines: %u, goals: %u\n", a.path, p->features.n, models,
                p->baselines.n, p->goals.n);
    driver_clear(&a.d);
    return MLP_OK;
}

int command_plan(int argc, char **argv)
{
    struct asked a;
    int exit_code;
    if (!checked(&a, argc, argv, &exit_code)) return exit_code;
    struct mlp_buffer out = SOURCE_BUFFER;
    if (a.json) plan_json(&a.d.plan, &out), mlp_buffer_text(&out, "\n");
    else plan_print(&a.d.plan, &out);
    exit_code = command_write(&out);
    mlp_buffer_clear(&out);
    driver_clear(&a.d);
    return exit_code;
}

static const struct { const char *code, *title, *page; } rows[] = {
#define ROW(code, title, page) {#code, title, page},
#include "compiler/sema/diagnostics.def"
};

static void explain_json(size_t from, size_t to, struct mlp_buffer *out)
{
    struct mlp_json_writer w = {.out = out, .pretty = 2};
    mlp_json_open(&w, NULL, '[');
    for (size_t i = from; i < to; i++) {
        mlp_json_open(&w, NULL, '{');
        mlp_json_text(&w, "code", rows[i].code), mlp_json_text(&w, "title", rows[i].title), mlp_json_text(&w, "page", rows[i].page);
        mlp_json_close(&w, '}');
    }
    mlp_json_close(&w, ']');
    mlp_buffer_text(out, "\n");
}

int command_explain(int argc, char **argv)
{
    const bool json = command_flag(&argc, argv, "--json");
    const size_t n = sizeof rows / sizeof *rows;
    const char *codes[sizeof rows / sizeof *rows], *code = argc > 1 ? argv[1] : NULL;
    size_t from = 0, to = n;
    if (argc > 2) return command_usage("`mlp explain` takes one code, and `%s` is one argument more", argv[2]);
    for (size_t i = 0; i < n; i++) {
        codes[i] = rows[i].code;
        if (code && !strcasecmp(code, rows[i].code)) from = i, to = i + 1;
    }
    if (code && to - from == n) {
        const char *near = code[0] == '-' ? NULL : nearest_name(code, codes, n);
        return near ? command_usage("there is no diagnostic `%s`; did you mean `%s`?", code, near)
                    : command_usage(code[0] == '-' ? "`mlp explain` has no option `%s`; `mlp help explain` lists them" : "there is no diagnostic `%s`; `mlp explain` lists them", code);
    }
    struct mlp_buffer out = {0};
    if (json) explain_json(from, to, &out);
    else if (code) mlp_buffer_printf(&out, "%s: %s\n\n%s\n", rows[from].code, rows[from].title, rows[from].page);
    else for (size_t i = 0; i < n; i++) mlp_buffer_printf(&out, "%s  %s\n", rows[i].code, rows[i].title);
    const int exit_code = command_write(&out);
    mlp_buffer_clear(&out);
    return exit_code;
}
