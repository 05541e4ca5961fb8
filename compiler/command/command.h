/* command.h: what the files of the subcommands share: finding the spec among the arguments, showing diagnostics, options. A
 * command gets its own name as argv[0] and returns the exit code: 0 fine, 1 a goal says no, 2 usage or spec, 3 data, 4 a bug,
 * 130 interrupted. */
#ifndef MLP_COMMAND_H
#define MLP_COMMAND_H
#include "compiler/driver.h"

/* more: its options, a line each, as help prints them and command_rest knows them; or verb: those of the runtime's verb. */
struct mlp_verb;
struct command { const char *name, *usage, *doc; int (*run)(int argc, char **argv); const char *more; const struct mlp_verb *verb; };
extern const struct command command_table[];                /* ends with a name of NULL */

int command_check(int argc, char **argv);
int command_plan(int argc, char **argv);
int command_run(int argc, char **argv);                     /* run, train, eval, predict, test: compile, then the runtime's verb */
int command_build(int argc, char **argv);
int command_explain(int argc, char **argv);
int command_help(int argc, char **argv);
int command_unknown(const char *name);                      /* says so; returns 2 */

/* The spec among the arguments (the first that ends in .mlp), taken out of argv; NULL: none, and that was said. */
const char *command_spec(int *argc, char **argv);
/* Is the option there? It is taken out. With `value`: its value too (--name VALUE or --name=VALUE); a missing one sets *fault to 2. */
bool command_flag(int *argc, char **argv, const char *name);
bool command_value(int *argc, char **argv, const char *name, const char *alias, const char **value, int *fault);
/* Values of --set, all of them, taken out; at most `room`, or *fault is 2. */
uint32_t command_sets(int *argc, char **argv, const char **set, uint32_t room, int *fault);
/* What is left over: an unknown option or one argument too many, with "did you mean"; true when there was nothing. */
bool command_rest(int argc, char **argv);
/* A usage error on standard error: returns 2. */
int command_usage(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* Shows the diagnostics of a spec on standard error, or as JSON on standard output; quiet hides warnings. The exit code: 0, or 3 where
 * the JSON could not be written, which was said. */
int command_diagnostics(const struct source *, bool json, bool quiet);
/* Writes all of a buffer to standard output; the exit code. */
int command_write(struct mlp_buffer *);
#endif
