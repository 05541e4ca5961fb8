/* check.c: `mlp check`, `mlp plan` and `mlp explain`: what is known from the text alone. */
#include <stdio.h>
#include <string.h>
#include "compiler/command/command.h"

static const char *const options[] = {"--json", "--quiet"};

int command_check(int argc, char **argv)
{
    const bool json = command_flag(&argc, argv, "--json"), quiet = command_flag(&argc, argv, "--quiet");
    const char *path = command_spec(&argc, argv);
    if (!path || !command_rest(argc, argv, options, 2)) return MLP_ERR_SPEC;
    struct driver d;
    const bool fine = driver_check(&d, path);
    const int told = command_diagnostics(&d.src, json, quiet);
    if (fine && !quiet && !json)
        fprintf(stderr, "%s: fine. Features: %u, models: %u, baselines: %u, goals: %u\n", path, d.plan.program.features.n,
                d.plan.program.models.n, d.plan.program.baselines.n, d.plan.program.goals.n);
    driver_clear(&d);
    return told ? told : fine ? MLP_OK : MLP_ERR_SPEC;
}

int command_plan(int argc, char **argv)
{
    const bool json = command_flag(&argc, argv, "--json"), quiet = command_flag(&argc, argv, "--quiet");
    const char *path = command_spec(&argc, argv);
    if (!path || !command_rest(argc, argv, options, 2)) return MLP_ERR_SPEC;
    struct driver d;
    const bool fine = driver_check(&d, path);
    int exit_code = MLP_ERR_SPEC;
    if (!fine || !json) command_diagnostics(&d.src, json, quiet);
    if (fine) {
        struct mlp_buffer out = SOURCE_BUFFER;
        if (json) plan_json(&d.plan, &out), mlp_buffer_text(&out, "\n");
        else plan_print(&d.plan, &out);
        exit_code = command_write(&out);
        mlp_buffer_clear(&out);
    }
    driver_clear(&d);
    return exit_code;
}

static const struct { const char *code, *title, *page; } rows[] = {
#define ROW(code, title, page) {#code, title, page},
#include "compiler/sema/diagnostics.def"
};

int command_explain(int argc, char **argv)
{
    const char *codes[sizeof rows / sizeof *rows];
    const size_t n = sizeof rows / sizeof *rows;
    if (argc < 2) {
        for (size_t i = 0; i < n; i++) printf("%s  %s\n", rows[i].code, rows[i].title);
        return MLP_OK;
    }
    for (size_t i = 0; i < n; i++) {
        codes[i] = rows[i].code;
        if (!strcmp(argv[1], rows[i].code)) return printf("%s: %s\n\n%s\n", rows[i].code, rows[i].title, rows[i].page), MLP_OK;
    }
    const char *near = nearest_name(argv[1], codes, n);
    return near ? command_usage("there is no diagnostic `%s`; did you mean `%s`?", argv[1], near)
                : command_usage("there is no diagnostic `%s`", argv[1]);
}
