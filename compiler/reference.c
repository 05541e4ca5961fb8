/* reference.c: the reference manual, from the one list. `reference FOLDER stdlib/FILE…` parses the library with the compiler's own parser
 * and writes FOLDER/reference.md (every name with its parameters, ranges, defaults and sentences) and FOLDER/diagnostics.md (every code).
 * `make docs` runs it; tests/docs.sh compares what it writes with what is committed. It must know no name of the library. */
#include <stdio.h>
#include <string.h>
#include "compiler/syntax/ast.h"

/* Kinds as chapters, in the order of a pipeline; a kind that is not here comes last, under its own name. */
static const struct { const char *kind, *title, *about; } chapters[] = {
    {"reader", "Readers", "Behind `source NAME =`."},
    {"policy", "Bad rows", "What `bad_rows` of a reader takes."},
    {"step", "Steps", "Behind a reader, after `|>`."},
    {"pure", "Pure functions", "Of one row alone."},
    {"fn", "Functions written in the language", "Pure, inlined; with `fits` they learn from the training part. Losses and links are among them: the compiler differentiates what is used as one."},
    {"fitted", "Fitted", "Learn from the training part (or the fold), then are constant."},
    {"reducer", "Reducers", "In `fits { }` of a `fn`."},
    {"windowed", "Windowed", "Of other rows that were known before the decision."},
    {"split", "Splits", "Behind `split`."},
    {"baseline", "Baselines", "Behind `baseline`."},
    {"model", "Models", "Behind `model NAME =`."},
    {"layer", "Layers", "Of networks: chained by `|>`, joined by `concat`, `dot` and `+`."},
    {"optimizer", "Optimizers", "Of `train { optimizer: … }`."},
    {"schedule", "Schedules", "Of `train { schedule: … }`."},
    {"loss", "Losses", "Of `train { loss: … }`."},
    {"metric", "Metrics", "In bounds of `goal` and in `metrics`."},
    {"block", "Blocks", "Their options; statements such as `predict` or `require` belong to the grammar."},
};
enum { CHAPTERS = sizeof chapters / sizeof *chapters, MOST = 64 };
static struct source file[MOST];
static int files;

static bool is_later(const struct source *s)
{
    const char *slash = strrchr(s->path, '/');
    return !strcmp(slash ? slash + 1 : s->path, "later.mlp");
}

static const char *kind_of(const struct ast *a)
{
    return a->kind == AST_BUILTIN ? a->kid[0]->text : a->kind == AST_FN ? "fn" : a->kind == AST_METRIC ? "metric" : NULL;
}

/* A text of the library for a table: newlines as spaces, runs of spaces as one, bars escaped; up to a `##`. */
static void put_text(FILE *out, const char *at, size_t n)
{
    bool space = false;
    for (size_t i = 0; i < n; i++) {
        if (at[i] == '#') while (i < n && at[i] != '\n') i++;
        if (i == n) break;
        if (at[i] == ' ' || at[i] == '\n') { space = true; continue; }
        if (space) fputc(' ', out), space = false;
        if (at[i] == '|') fputc('\\', out);
        fputc(at[i], out);
    }
}

static void put_span(FILE *out, const struct source *s, struct span at) { put_text(out, s->text + at.from, at.to - at.from); }

static void put_params(FILE *out, const struct source *s, const struct ast *list)
{
    if (!list || !list->n) return;
    fputs("\n| parameter | takes | default | |\n| --- | --- | --- | --- |\n", out);
    for (uint32_t i = 0; i < list->n; i++) {
        const struct ast *p = list->kid[i], *type = p->kid[0], *refine = p->kid[1], *fallback = p->kid[2];
        fprintf(out, "| `%s` | ", p->text);
        if (type) {
            struct span at = type->at;
            for (uint32_t k = 0; refine && k < refine->n; k++) if (refine->kid[k]->at.to > at.to) at.to = refine->kid[k]->at.to;
            fputc('`', out), put_span(out, s, at), fputc('`', out);
        }
        fputs(" | ", out);
        if (fallback) fputc('`', out), put_span(out, s, fallback->at), fputc('`', out);
        fprintf(out, " | %s |\n", p->doc ? p->doc : "");
    }
}

static void put_entry(FILE *out, const struct source *s, const struct ast *a)
{
    fprintf(out, "\n### `%s`\n\n", a->text);
    if (a->doc) put_text(out, a->doc, strlen(a->doc)), fputc('\n', out);
    if (a->kind != AST_BUILTIN) {
        fputs("\n```mlp\n", out);
        fwrite(s->text + a->at.from, 1, a->at.to - a->at.from, out);
        fputs("\n```\n", out);
        return;
    }
    put_params(out, s, a->kid[1]);
    if (a->kid[2]) fputs("\nGives `", out), put_span(out, s, a->kid[2]->at), fputs("`.\n", out);
    if (a->kid[3]) {
        fputs("\nTasks: ", out);
        for (uint32_t i = 0; i < a->kid[3]->n; i++) fprintf(out, "%s%s", i ? ", " : "", a->kid[3]->kid[i]->text);
        fputs(".\n", out);
    }
}

static bool in_chapter(const struct ast *a, const char *kind)
{
    const char *own = kind_of(a);
    return own && !strcmp(own, kind);
}

static void put_later(FILE *out, const struct source *s)
{
    fputs("\n## Not built yet\n\nKnown to the compiler, so that a use is told apart from a misspelling; with parameters named: only those of something that stands above.\n\n", out);
    for (uint32_t i = 0; i < s->tree->n; i++) {
        const struct ast *a = s->tree->kid[i], *list = a->kind == AST_BUILTIN ? a->kid[1] : NULL;
        if (!list) continue;
        fprintf(out, "- %s `%s`", a->kid[0]->text, a->text);
        for (uint32_t k = 0; k < list->n; k++) fprintf(out, "%s `%s`", k ? "," : ":", list->kid[k]->text);
        fputc('\n', out);
    }
}

static bool has_chapter(const char *kind)
{
    for (int c = 0; c < CHAPTERS; c++) if (!strcmp(chapters[c].kind, kind)) return true;
    return false;
}

/* The entries of one kind, from all files, in their order; a heading only where there is one. */
static void put_chapter(FILE *out, const char *kind, const char *title, const char *about)
{
    bool opened = false;
    for (int f = 0; f < files; f++)
        for (uint32_t i = 0; !is_later(&file[f]) && i < file[f].tree->n; i++) {
            if (!in_chapter(file[f].tree->kid[i], kind)) continue;
            if (!opened) fprintf(out, "\n## %s\n%s%s%s", title, *about ? "\n" : "", about, *about ? "\n" : "");
            opened = true;
            put_entry(out, &file[f], file[f].tree->kid[i]);
        }
}

/* The kinds without a chapter, each where its first entry stands. */
static void put_other_kinds(FILE *out)
{
    const char *seen[MOST];
    int n = 0;
    for (int f = 0; f < files; f++)
        for (uint32_t i = 0; !is_later(&file[f]) && i < file[f].tree->n; i++) {
            const char *kind = kind_of(file[f].tree->kid[i]);
            bool known = !kind || has_chapter(kind) || n == MOST;
            for (int k = 0; k < n && !known; k++) known = !strcmp(seen[k], kind);
            if (known) continue;
            seen[n++] = kind;
            put_chapter(out, kind, kind, "");
        }
}

static bool write_reference(const char *folder)
{
    char path[1024];
    snprintf(path, sizeof path, "%s/reference.md", folder);
    FILE *out = fopen(path, "w");
    if (!out) return perror(path), false;
    fputs("# Reference\n\nMade from `stdlib/` by `make docs`; do not edit. What the constructs mean is in [language.md](language.md).\n", out);
    for (int c = 0; c < CHAPTERS; c++) put_chapter(out, chapters[c].kind, chapters[c].title, chapters[c].about);
    put_other_kinds(out);
    for (int f = 0; f < files; f++) if (is_later(&file[f])) put_later(out, &file[f]);
    return fclose(out) == 0;
}

static bool write_diagnostics(const char *folder)
{
    static const struct { const char *code, *title, *page; } rows[] = {
#define ROW(code, title, page) {#code, title, page},
#include "compiler/sema/diagnostics.def"
    };
    char path[1024];
    snprintf(path, sizeof path, "%s/diagnostics.md", folder);
    FILE *out = fopen(path, "w");
    if (!out) return perror(path), false;
    fputs("# Diagnostics\n\nMade from `compiler/sema/diagnostics.def` by `make docs`; do not edit. `mlp explain E101` prints one. Codes are never given a new\n"
          "meaning. E0 syntax, E1 what a practitioner gets wrong, E2 names, types and forms, E3 data, files and runs, W warnings.\n", out);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) fprintf(out, "\n## %s: %s\n\n%s\n", rows[i].code, rows[i].title, rows[i].page);
    return fclose(out) == 0;
}

int main(int argc, char **argv)
{
    files = argc - 2;
    if (files < 1 || files > MOST) return fprintf(stderr, "usage: reference FOLDER FILE…\n"), 2;
    for (int f = 0; f < files; f++)
        if (!source_open(&file[f], argv[f + 2]) || !parse_source(&file[f])) return fprintf(stderr, "%s cannot be read\n", argv[f + 2]), 2;
    const bool fine = write_reference(argv[1]) && write_diagnostics(argv[1]);
    for (int f = 0; f < files; f++) source_clear(&file[f]);
    return fine ? 0 : 2;
}
