/* help.c: the table of subcommands, with the options of each, and what reads it: `mlp help`, `mlp version`, and what is said of a command
 * that is not there. */
#include <stdio.h>
#include <string.h>
#include "runtime/base/cpu.h"
#include "compiler/command/command.h"
#include "runtime/app/app.h"

static int command_version(int argc, char **argv);

#define SET "  --set NAME=VALUE     sets a param (may be repeated)\n"
#define JSON "  --json               JSON on standard output\n"
const struct command command_table[] = {
    {"run", "run SPEC.mlp [--set NAME=VALUE …]", "check, read, split, fit, train, judge; keep the run", command_run, NULL, &mlp_verb_run},
    {"check", "check SPEC.mlp [--data [DATA]]", "what is wrong with a spec, from its text alone or with its rows", command_check,
     "  --data               reads and splits the rows too, and asks whether the goals suit them\n"
     "  --locked             the same; refuses data or schema other than the lock's\n"
     "  --seed N             the same, with another split\n"
     "  --threads N          the same, with so many workers\n"
     SET JSON
     "  --quiet              errors only\n", NULL},
    {"plan", "plan SPEC.mlp", "everything that the spec leaves out: every default, every encoding", command_plan,
     SET JSON
     "  --quiet              errors only\n", NULL},
    {"train", "train SPEC.mlp [DATA]", "the same as run, on other rows if they are given", command_run, NULL, &mlp_verb_train},
    {"eval", "eval SPEC.mlp [DATA]", "judge a kept model on the rows of a file", command_run, NULL, &mlp_verb_eval},
    {"predict", "predict SPEC.mlp [ROWS]", "rows in (CSV or JSON Lines), rows with predictions out", command_run, NULL, &mlp_verb_predict},
    {"test", "test SPEC.mlp", "ask a kept model the tests of the spec", command_run, NULL, &mlp_verb_test},
    {"build", "build SPEC.mlp -o NAME", "a standalone executable", command_build,
     "  -o NAME              the executable\n"
     "  --model RUN          freezes this run's model into it\n"
     "  --verbs LIST         what it can do: train,eval,predict,info\n"
     "  --set NAME=VALUE     names the file that columns are inferred from (values for training are set then)\n"
     "  --objects FOLDER     writes what would be linked, and links nothing\n"
     "  --level LEVEL        with --objects: x86-64-v3, x86-64-v4 or aarch64\n"
     JSON
     "  --quiet              errors only\n", NULL},
    {"explain", "explain [CODE]", "what a diagnostic means", command_explain, JSON, NULL},
    {"version", "version", "this tool's version", command_version, JSON, NULL},
    {"help", "help [COMMAND]", "this list, or one command's options", command_help, NULL, NULL},
    {NULL, NULL, NULL, NULL, NULL, NULL},
};

/* Commands of the language that this build does not have. */
static const char *const later[] = {"init",    "fmt",    "draw", "diff",   "tune", "profile", "serve", "monitor",
                                    "retrain", "export", "runs", "report", "card", "lsp",     "bench", "doctor"};
enum { LATER = sizeof later / sizeof *later, COMMANDS = sizeof command_table / sizeof *command_table - 1 };

static int command_version(int argc, char **argv)
{
    const bool json = command_flag(&argc, argv, "--json");
    if (!command_rest(argc, argv)) return MLP_ERR_SPEC;
    const char *level = mlp_cpu_level();
    printf(json ? "{\"mlp\": \"%s\", \"contract\": %u, \"emitter\": %u, \"level\": \"%s\"}\n" : "mlp %s (contract %u, emitter %u, %s)\n", MLP_VERSION, MLP_CONTRACT, MLP_EMITTER, level ? level : "processor too old");
    return 0;
}

int command_unknown(const char *name)
{
    const char *names[COMMANDS + LATER];
    for (size_t i = 0; i < COMMANDS; i++) names[i] = command_table[i].name;
    for (size_t i = 0; i < LATER; i++) {
        names[COMMANDS + i] = later[i];
        if (!strcmp(name, later[i]))
            return command_usage("`mlp %s` is part of the language, but this build cannot do it yet", name);
    }
    const size_t n = strlen(name);
    if (n > 4 && !strcmp(name + n - 4, ".mlp")) return command_usage("what is to be done with %s? write `mlp run %s`", name, name);
    const char *near = nearest_name(name, names, COMMANDS);
    return near ? command_usage("there is no command `%s`; did you mean `%s`?", name, near)
                : command_usage("there is no command `%s`; `mlp help` lists them", name);
}

static int help_of(const struct command *c)
{
    struct mlp_buffer out = {0};
    mlp_buffer_printf(&out, "mlp %s\n  %s\n%s%s", c->usage, c->doc, c->more || c->verb ? "\n" : "", c->more ? c->more : "");
    if (c->verb) mlp_app_option_text(c->verb->takes, &out);
    const int code = command_write(&out);
    mlp_buffer_clear(&out);
    return code;
}

int command_help(int argc, char **argv)
{
    if (argc > 2) return command_usage("`mlp help` takes one command");
    if (argc == 2) {
        for (const struct command *c = command_table; c->name; c++)
            if (!strcmp(c->name, argv[1]))
                return help_of(c);
        return command_unknown(argv[1]);
    }
    puts("mlp: one text file to a whole machine-learning system\n");
    for (const struct command *c = command_table; c->name; c++) printf("  mlp %-34s %s\n", c->usage, c->doc);
    puts("\nExit codes: 0 fine, 1 a goal says no, 2 usage or spec, 3 data, 4 a bug in mlp, 130 interrupted.");
    return 0;
}
