/* shared.c: what every subcommand needs of its command line and its terminal. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "compiler/command/command.h"
#include "runtime/app/app.h"

int command_usage(const char *format, ...)
{
    va_list list;
    va_start(list, format);
    fputs("mlp: ", stderr);
    vfprintf(stderr, format, list);
    fputc('\n', stderr);
    va_end(list);
    return MLP_ERR_SPEC;
}

static void take(int *argc, char **argv, int at, int n)
{
    for (int i = at; i + n <= *argc; i++) argv[i] = argv[i + n];        /* argv[argc] is NULL and moves too */
    *argc -= n;
}

const char *command_spec(int *argc, char **argv)
{
    for (int i = 1; i < *argc; i++) {
        const size_t n = strlen(argv[i]);
        if (argv[i][0] == '-' || n < 5 || strcmp(argv[i] + n - 4, ".mlp")) continue;
        const char *found = argv[i];
        take(argc, argv, i, 1);
        return found;
    }
    for (int i = 1; i < *argc; i++)
        if (argv[i][0] != '-') {
            command_usage("`%s` is no spec: a spec's name ends in .mlp", argv[i]);
            return NULL;
        }
    command_usage("which spec? write `mlp %s churn.mlp`", argv[0]);
    return NULL;
}

bool command_flag(int *argc, char **argv, const char *name)
{
    for (int i = 1; i < *argc; i++)
        if (!strcmp(argv[i], name)) return take(argc, argv, i, 1), true;
    return false;
}

bool command_value(int *argc, char **argv, const char *name, const char *alias, const char **value, int *fault)
{
    const size_t n = strlen(name);
    for (int i = 1; i < *argc; i++) {
        if (!strncmp(argv[i], name, n) && argv[i][n] == '=') return *value = argv[i] + n + 1, take(argc, argv, i, 1), true;
        if (strcmp(argv[i], name) && (!alias || strcmp(argv[i], alias))) continue;
        if (i + 1 == *argc) return *fault = command_usage("`%s` needs a value", argv[i]), false;
        return *value = argv[i + 1], take(argc, argv, i, 2), true;
    }
    return false;
}

uint32_t command_sets(int *argc, char **argv, const char **set, uint32_t room, int *fault)
{
    uint32_t n = 0;
    const char *value;
    while (command_value(argc, argv, "--set", NULL, &value, fault)) {
        if (n == room) return *fault = command_usage("`--set` was given more than %u times", room), n;
        set[n++] = value;
    }
    return n;
}

/* The options that help prints for this command: the first word of each line. */
static size_t options_of(const char *command, char text[1024], const char **option, size_t room)
{
    size_t n = 0;
    for (const struct command *c = command_table; c->name; c++)
        if (!strcmp(c->name, command)) snprintf(text, 1024, "%s", c->more ? c->more : "");
    for (char *line = strtok(text, "\n"); line && n < room; line = strtok(NULL, "\n")) {
        line += strspn(line, " ");
        line[strcspn(line, " ")] = 0;
        option[n++] = line;
    }
    return n;
}

bool command_rest(int argc, char **argv)
{
    if (argc < 2) return true;
    char text[1024];
    const char *option[16];
    const size_t n = options_of(argv[0], text, option, 16);
    const char *near = argv[1][0] == '-' ? nearest_name(argv[1], option, n) : NULL;
    if (near) command_usage("`mlp %s` has no option `%s`; did you mean `%s`?", argv[0], argv[1], near);
    else if (argv[1][0] == '-') command_usage("`mlp %s` has no option `%s`; `mlp help %s` lists them", argv[0], argv[1], argv[0]);
    else command_usage("`mlp %s` takes one spec, and `%s` is one argument more", argv[0], argv[1]);
    return false;
}

int command_diagnostics(const struct source *s, bool json, bool quiet)
{
    struct mlp_buffer out = SOURCE_BUFFER;
    int code = MLP_OK;
    if (json) {
        source_render_json(s, &out);
        if (out.n && out.at[out.n - 1] != '\n') mlp_buffer_text(&out, "\n");
        code = command_write(&out);
    } else if (s->errors || !quiet) {
        source_render(s, &out, 20, mlp_app_colour(2));
        if (out.at) fwrite(out.at, 1, out.n, stderr);
    }
    mlp_buffer_clear(&out);
    return code;
}

int command_write(struct mlp_buffer *out)
{
    if (out->failed) source_no_memory(out->room);
    const bool fine = fwrite(out->at, 1, out->n, stdout) == out->n && fflush(stdout) == 0;
    if (!fine) fprintf(stderr, "mlp: cannot write to standard output: %s\n", strerror(errno));
    return fine ? MLP_OK : MLP_ERR_DATA;
}
