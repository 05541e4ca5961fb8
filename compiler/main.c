/* main.c: finds the subcommand that is asked for and calls it; knows nothing else. */
#include <stdio.h>
#include <string.h>
#include "runtime/base/cpu.h"
#include "compiler/command/command.h"

int main(int argc, char **argv)
{
    if (!mlp_cpu_level()) {                                 /* this file and cpu.c are compiled for any processor of the family */
        fputs("error: this processor is older than x86-64-v3 (it has no AVX2, FMA or BMI2), which mlp and what it compiles need\n"
              "   = fix: run it on an Intel processor from 2013 (Haswell), an AMD one from 2015 (Excavator), or a later one\n", stderr);
        return MLP_ERR_SPEC;
    }
    if (argc < 2) return command_help(1, argv), MLP_ERR_SPEC;
    if (!strcmp(argv[1], "--version")) argv[1] = "version";
    if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h")) argv[1] = "help";
    for (int i = 2; i < argc; i++)
        if (!strcmp(argv[i], "--help") || !strcmp(argv[i], "-h")) {
            char *help[] = {"help", argv[1], NULL};
            return command_help(2, help);
        }
    for (const struct command *c = command_table; c->name; c++)
        if (!strcmp(c->name, argv[1])) return c->run(argc - 1, argv + 1);
    return command_unknown(argv[1]);
}
