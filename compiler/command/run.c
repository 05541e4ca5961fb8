/* run.c: `mlp run`, `train`, `eval`, `predict`, `test`, `check --data`: compile the spec, then hand over to the runtime's own verb with the rest of the
 * command line. What the runtime prints is what a standalone executable prints. */
#include <stdio.h>
#include <string.h>
#include "compiler/command/command.h"
#include "runtime/app/app.h"
#include "runtime/run/lookup.h"

int command_run(int argc, char **argv)
{
    const struct mlp_verb *verb = NULL;
    for (const struct command *c = command_table; c->name; c++)
        if (!strcmp(c->name, argv[0])) verb = c->verb;
    if (!strcmp(argv[0], "check")) verb = &mlp_verb_check;  /* its options are the compiler's, too */
    const char *path = command_spec(&argc, argv);
    if (!path) return MLP_ERR_SPEC;
    bool json = false, quiet = strcmp(argv[0], "run") && strcmp(argv[0], "train");      /* the verb reads them too; warnings are for who trains */
    for (int i = 1; i < argc; i++) json |= !strcmp(argv[i], "--json"), quiet |= !strcmp(argv[i], "--quiet");
    const char *set[64];
    uint32_t sets = 0;
    for (int i = 1; i < argc && sets < 64; i++) {           /* what columns are inferred from depends on them */
        if (!strncmp(argv[i], "--set=", 6)) set[sets++] = argv[i] + 6;
        else if (!strcmp(argv[i], "--set") && i + 1 < argc) set[sets++] = argv[++i];
    }
    struct driver d;
    const bool fine = driver_check_with(&d, path, set, sets);
    if (!fine || !json) command_diagnostics(&d.src, json, quiet);
    int exit_code = MLP_ERR_SPEC;
    struct mlp_error error = {0};
    if (fine && verb) {
        if (driver_ready(&d, &error) != MLP_OK) exit_code = mlp_app_fail(&error, json);
        else {
            const char *slash = strrchr(path, '/');
            const char *dir = slash ? slash == path ? "/" : mlp_arena_copy(&d.arena, path, (size_t)(slash - path)) : ".";
            const struct mlp_app app = {.name = "mlp", .code = &d.code, .lookups = &mlp_lookup_ops, .spec_dir = dir,
                                        .lock = mlp_arena_printf(&d.arena, "%.*s.lock", (int)strlen(path) - 4, path)};
            exit_code = mlp_app_verb(&app, verb, argc, argv);
        }
    }
    driver_clear(&d);
    return exit_code;
}
