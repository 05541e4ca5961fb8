/* stdgen.c: the standard library as tables for C. Parses the files of stdlib/ with the compiler's own parser and writes to OUTDIR
 *   mlp_stdlib.h    positions of declared parameters: use.args.at[MLP_<KIND>_<NAME>_<PARAMETER>]; no compiler header in it
 *   stdlib_text.c   the text, for the compiler to parse at start
 *   stdlib_bind.c   "model.linear" -> &mlp_model_linear, for everything that C does
 * Usage: stdgen OUTDIR FILE…  It must not know any name of the library but the file later.mlp, whose builtins are not built. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include "compiler/syntax/ast.h"

/* What C does, and the type that its room exports. */
static const struct { const char *kind, *type, *header; } bound[] = {
    {"model", "mlp_model_ops", "runtime/model/model.h"}, {"metric", "mlp_metric_ops", "runtime/metric/metric.h"},
    {"split", "mlp_split_ops", "runtime/split/split.h"}, {"reducer", "mlp_reducer_ops", "runtime/fit/fit.h"},
    {"encoder", "mlp_encoder_ops", "runtime/fit/encoder.h"}, {"reader", "mlp_reader_ops", "runtime/io/reader.h"},
};
enum { BOUND = sizeof bound / sizeof *bound };

static const char *base_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}
static bool is_later(const char *path) { return !strcmp(base_of(path), "later.mlp"); }

static void upper(FILE *out, const char *text)
{
    for (; *text; text++) fputc(isalnum((unsigned char)*text) ? toupper((unsigned char)*text) : '_', out);
}

static void write_enums(FILE *out, const struct ast *file)
{
    for (uint32_t i = 0; i < file->n; i++) {
        const struct ast *a = file->kid[i], *list = a->kind == AST_BUILTIN ? a->kid[1] : NULL;
        if (!list || !list->n || !strcmp(a->kid[0]->text, "pure")) continue;
        fputs("enum {", out);
        for (uint32_t k = 0; k <= list->n; k++) {
            fputs(k ? ", MLP_" : " MLP_", out), upper(out, a->kid[0]->text), fputc('_', out), upper(out, a->text), fputc('_', out);
            upper(out, k < list->n ? list->kid[k]->text : "parameters");
        }
        fputs(" };\n", out);
    }
}

static void write_bind(FILE *out, struct source *file, int files, bool declare)
{
    for (int f = 0; f < files; f++)
        for (uint32_t i = 0; !is_later(file[f].path) && i < file[f].tree->n; i++) {
            const struct ast *a = file[f].tree->kid[i];
            /* a fitted one that gives runs has an encoder behind it */
            const struct ast *result = a->kind == AST_BUILTIN && a->n > 2 ? a->kid[2] : NULL;
            const char *kind = result && !strcmp(result->text, "sparse") ? "encoder" : a->kind == AST_BUILTIN ? a->kid[0]->text : "";
            for (int b = 0; b < BOUND; b++)
                if (!strcmp(kind, bound[b].kind)) {
                    char symbol[128];                       /* latency.p99 -> latency_p99 */
                    snprintf(symbol, sizeof symbol, "%s", a->text);
                    for (char *c = symbol; *c; c++) if (*c == '.') *c = '_';
                    if (declare) fprintf(out, "extern const struct %s mlp_%s_%s;\n", bound[b].type, bound[b].kind, symbol);
                    else fprintf(out, "    {\"%s.%s\", &mlp_%s_%s},\n", bound[b].kind, a->text, bound[b].kind, symbol);
                }
        }
}

static void write_text(FILE *out, const struct source *s, int number)
{
    fprintf(out, "static const char text_%d[] = {", number);
    for (size_t i = 0; i < s->n; i++) fprintf(out, "%s%d,", i % 32 ? "" : "\n    ", (signed char)s->text[i]);
    fputs("0};\n", out);
}

static FILE *open_out(const char *folder, const char *name, const char *what)
{
    char path[1024];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *out = fopen(path, "w");
    if (!out) perror(path);
    else fprintf(out, "/* %s: made by stdgen from stdlib/. %s */\n", name, what);
    return out;
}

int main(int argc, char **argv)
{
    enum { MOST = 64 };
    static struct source file[MOST];
    const int files = argc - 2;
    if (files < 1 || files > MOST) return fprintf(stderr, "usage: stdgen OUTDIR FILE…\n"), 2;
    for (int f = 0; f < files; f++)
        if (!source_open(&file[f], argv[f + 2]) || !parse_source(&file[f])) {
            struct mlp_buffer text = {0};
            source_render(&file[f], &text, 20, false);
            fputs(text.at ? text.at : "cannot be read\n", stderr);
            mlp_buffer_clear(&text);
            return 2;
        }
    FILE *header = open_out(argv[1], "mlp_stdlib.h",
                            "Positions of declared parameters: use.args.at[MLP_<KIND>_<NAME>_<PARAMETER>].");
    FILE *text = open_out(argv[1], "stdlib_text.c", "The text of the library.");
    FILE *bind = open_out(argv[1], "stdlib_bind.c", "What C does, by name.");
    if (!header || !text || !bind) return 2;
    fputs("#ifndef MLP_STDLIB_H\n#define MLP_STDLIB_H\n", header);
    for (int f = 0; f < files; f++)
        if (!is_later(argv[f + 2])) write_enums(header, file[f].tree);
    fputs("#endif\n", header);

    for (int f = 0; f < files; f++) write_text(text, &file[f], f);
    fputs("#include <stddef.h>\nstruct library_file { const char *name, *text; size_t n; };\n"
          "extern const struct library_file library_files[];\nconst struct library_file library_files[] = {\n", text);
    for (int f = 0; f < files; f++) fprintf(text, "    {\"%s\", text_%d, %zu},\n", base_of(argv[f + 2]), f, file[f].n);
    fputs("    {NULL, NULL, 0}};\n", text);

    for (int b = 0; b < BOUND; b++) fprintf(bind, "#include \"%s\"\n", bound[b].header);
    write_bind(bind, file, files, true);
    fputs("extern const struct mlp_bind mlp_library_bind[];\nextern const unsigned mlp_library_binds;\n"
          "const struct mlp_bind mlp_library_bind[] = {\n", bind);
    write_bind(bind, file, files, false);
    fputs("    {NULL, NULL}};\nconst unsigned mlp_library_binds = sizeof mlp_library_bind / sizeof *mlp_library_bind - 1;\n", bind);
    const bool fine = !ferror(header) && !ferror(text) && !ferror(bind);
    if (fclose(header) | fclose(text) | fclose(bind) | !fine) return perror(argv[1]), 2;
    for (int f = 0; f < files; f++) source_clear(&file[f]);
    return 0;
}
