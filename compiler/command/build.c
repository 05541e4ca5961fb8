/* build.c: `mlp build`: a standalone executable from a spec. Writes the program's image, the kernels' object, the tables that
 * bind them and the runtime archive that mlp carries in itself into a temporary folder, and has the system's `cc` link what is
 * used. Starts no shell and leaves nothing behind but the executable. Kernels of all levels of the processor family go in; the
 * executable chooses when it starts. `--objects FOLDER` writes what would be linked and stops there: for another linker, or with
 * `--level aarch64` for another machine. */
#define _GNU_SOURCE 1                                      /* memmem */
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include "compiler/command/command.h"
#include "runtime/app/app.h"
#include "runtime/base/cpu.h"
#include "runtime/base/json.h"
#include "runtime/run/params.h"
#include "runtime/run/predictor.h"
#include "runtime/store/folder.h"

extern char **environ;
extern const unsigned char mlp_archive[], mlp_archive_end[];        /* libmlprt.a */

static const char *const verb_names[] = {"train", "eval", "predict", "info"};
enum { TRAIN, EVAL, PREDICT, INFO, VERBS };
static const char *const temporary[] = {"main.c", "tables.s", "kernels.v3.o", "kernels.v4.o", "kernels.a64.o", "libmlprt.a", "image", "model",
                                         "cc.log"};
enum { MOST_LEVELS = 2 };

struct build { struct driver d; const char *out, *model, *objects; bool verb[VERBS], frozen, quiet; mlp_ix kept; char folder[512];
               const char *level[MOST_LEVELS]; int levels; struct mlp_file file; };

/* ---- files ---- */

static mlp_status put(const struct build *b, const char *name, const void *bytes, size_t n, struct mlp_error *error)
{
    char path[600];
    snprintf(path, sizeof path, "%s/%s", b->folder, name);
    FILE *f = fopen(path, "wb");
    const bool fine = f && fwrite(bytes, 1, n, f) == n;
    if (f && fclose(f) == 0 && fine) return MLP_OK;
    mlp_fail(error, MLP_ERR_DATA, NULL, "cannot write %s: %s", path, strerror(errno));
    return mlp_fix(error, "make room there, or set TMPDIR to a folder with room");
}

static void clean(const struct build *b)
{
    char path[600];
    for (size_t i = 0; *b->folder && i < sizeof temporary / sizeof *temporary; i++) {
        snprintf(path, sizeof path, "%s/%s", b->folder, temporary[i]);
        unlink(path);
    }
    if (*b->folder) rmdir(b->folder);
}

/* ---- tables: what main hands to the runtime, as assembler, so that no header of the runtime is needed ---- */

static bool only_predicts(const struct build *b) { return b->frozen && !b->verb[TRAIN] && !b->verb[EVAL]; }

/* Does a model, or one that it combines, use this: kernel or binding. */
static bool uses(const struct mlp_program *pr, mlp_ix model, mlp_ix link, mlp_ix bound)
{
    const struct mlp_model *m = &pr->models.at[model];
    if ((link != MLP_NONE && m->link == link) || (bound != MLP_NONE && m->use.impl == bound)) return true;
    for (uint32_t i = 0; i < m->features.n; i++)            /* what makes runs of its texts */
        if (bound != MLP_NONE && pr->features.at[m->features.at[i]].encoder.impl == bound) return true;
    for (uint32_t i = 0; i < m->parts.n; i++)
        if (uses(pr, m->parts.at[i], link, bound)) return true;
    return false;
}

/* What makes the rows of sources and what windows take of them: at serving too, where something is looked up. */
static bool makes_rows(const struct mlp_program *pr, uint32_t kernel)
{
    if (!mlp_looks_up(pr)) return false;
    for (uint32_t i = 0; i < pr->slots.n; i++) {
        const struct mlp_slot *s = &pr->slots.at[i];
        if (s->origin == MLP_FROM_WINDOW && !s->forward && s->kernel == kernel) return true;
    }
    for (uint32_t i = 0; i < pr->sources.n; i++) {
        const struct mlp_source *s = &pr->sources.at[i];
        for (uint32_t k = 0; k < s->columns.n; k++) if (s->columns.at[k].kernel == kernel) return true;
        for (uint32_t k = 0; k < s->steps.n; k++) if (s->steps.at[k].kernel == kernel) return true;
    }
    return false;
}

/* Kernels that predicting calls: the features, the link of the kept model, what is answered. */
static bool kernel_needed(const struct build *b, const struct mlp_program *pr, uint32_t kernel)
{
    return makes_rows(pr, kernel) || !only_predicts(b) || kernel == pr->apply || kernel == pr->decision.answer || kernel == pr->decision.abstain || uses(pr, b->kept, kernel, MLP_NONE);
}

static bool bind_needed(const struct build *b, const struct mlp_program *pr, uint32_t bound)
{
    for (uint32_t i = 0; mlp_looks_up(pr) && i < pr->sources.n; i++)         /* read at serving, where something is looked up */
        if (pr->sources.at[i].reader.impl == bound) return true;
    for (uint32_t i = 0; mlp_looks_up(pr) && i < pr->sources.n; i++)
        for (uint32_t k = 0; k < pr->sources.at[i].steps.n; k++)
            if (pr->sources.at[i].steps.at[k].reader.name && pr->sources.at[i].steps.at[k].reader.impl == bound) return true;
    return !only_predicts(b) || uses(pr, b->kept, MLP_NONE, bound);
}

/* ---- calls: only those of kernels that are linked ---- */

/* Those that need a library; the rest needs none. */
static const char *const of_pcre2[] = {"matches", "extract", "replace"};
static const char *const call_names[] = {
#define CALL(name, result, arguments, signature) #name,
#include "runtime/kernels.def"
};
enum { CALLS = sizeof call_names / sizeof *call_names };

static void calls_used(const struct build *b, bool used[CALLS])
{
    const struct ir_module *m = &b->d.plan.module;
    const struct ir_graph *g = m->graph;
    bool *live = calloc(g->n + 1, sizeof *live);
    memset(used, !live, CALLS * sizeof *used);              /* without memory: all of them */
    if (!live) return;
    for (uint32_t k = 0; k < m->kernels; k++)
        for (uint32_t i = 0; kernel_needed(b, b->d.code.program, k) && i < m->kernel[k].outs; i++) live[m->kernel[k].out[i].node] = true;
    for (ir_ix i = g->n; i-- > 0;) {
        if (live[i] && g->node[i].op == IR_CALL) used[g->node[i].index] = true;
        if (live[i] && g->node[i].op == IR_LOOKUP) used[g->node[i].sub] = true;
        for (unsigned a = 0; live[i] && a < g->node[i].args; a++) live[g->node[i].arg[a]] = true;
    }
    free(live);
}

static bool needs_pcre2(const struct build *b)
{
    bool used[CALLS] = {false}, needs = false;
    calls_used(b, used);
    for (size_t i = 0; i < sizeof of_pcre2 / sizeof *of_pcre2; i++)
        for (uint32_t k = 0; k < CALLS; k++) needs |= used[k] && !strcmp(call_names[k], of_pcre2[i]);
    return needs;
}

static void text(struct mlp_buffer *out, const char *label, const char *value)
{
    mlp_buffer_printf(out, "%s: .asciz \"", label);
    for (; *value; value++) mlp_buffer_printf(out, "\\%03o", (unsigned char)*value);
    mlp_buffer_text(out, "\"\n");
}

static void word(const char **words, size_t at, const char *value) { words[at / 8] = value; }

static void tables(const struct build *b, struct mlp_buffer *out)
{
    const struct mlp_program *pr = b->d.code.program;
    const char *words[sizeof(struct mlp_app) / 8] = {0};
    mlp_buffer_text(out, ".section .rodata\n");
    text(out, "app_name", pr->name);
    for (uint32_t i = 0; i < pr->bound.n; i++) {
        char label[40];
        snprintf(label, sizeof label, "bound_%u", i);
        text(out, label, pr->bound.at[i]);
    }
    const char *folder = b->objects ? "" : b->folder, *slash = b->objects ? "" : "/";   /* --objects: to be linked in that folder */
    if (b->frozen) mlp_buffer_printf(out, ".balign 64\napp_model: .incbin \"%s%smodel\"\napp_model_end: .byte 0\n", folder, slash);
    /* A model file carries the program that it was trained by: where that is this one, byte for byte, it need not be there twice. */
    const char *same = b->frozen ? memmem(b->file.bytes, b->file.n, b->d.image.at, b->d.image.n) : NULL;
    const size_t at = same ? (size_t)(same - (const char *)b->file.bytes) : 1;
    if (at % 8 == 0)
        mlp_buffer_printf(out, ".set app_image, app_model + %zu\n.set app_image_end, app_image + %zu\n", at, b->d.image.n);
    else mlp_buffer_printf(out, ".balign 64\napp_image: .incbin \"%s%simage\"\napp_image_end: .byte 0\n", folder, slash);
    mlp_buffer_text(out, ".section .data.rel.ro,\"aw\"\n.balign 8\n");
    for (int l = 0; l < b->levels; l++) {
        const char *tag = mlp_cpu_tag(b->level[l]);
        mlp_buffer_printf(out, "app_entries_%s:\n", tag);
        for (uint32_t i = 0; i < pr->kernels.n; i++)
            if (kernel_needed(b, pr, i)) mlp_buffer_printf(out, " .quad %s.%s\n", pr->kernels.at[i].symbol, tag);
            else mlp_buffer_text(out, " .quad 0\n");
    }
    mlp_buffer_text(out, "app_bind:\n");
    for (uint32_t i = 0; i < pr->bound.n; i++) {
        char symbol[128];
        snprintf(symbol, sizeof symbol, "mlp_%s", pr->bound.at[i]);
        for (char *c = symbol; *c; c++)
            if (*c == '.') *c = '_';                        /* model.linear -> mlp_model_linear */
        mlp_buffer_printf(out, " .quad bound_%u, %s\n", i, bind_needed(b, pr, i) ? symbol : "0");
    }
    bool used[CALLS] = {false};
    calls_used(b, used);
    mlp_buffer_text(out, " .quad 0, 0\n.globl mlp_calls\nmlp_calls:\n");
    for (uint32_t i = 0; i < CALLS; i++)
        if (used[i]) mlp_buffer_printf(out, " .quad mlp_call_%s\n", call_names[i]);
        else mlp_buffer_text(out, " .quad 0\n");
    mlp_buffer_text(out, "app_verbs:\n");
    for (int i = 0; i < VERBS; i++)
        if (b->verb[i]) mlp_buffer_printf(out, " .quad mlp_verb_%s\n", verb_names[i]);
    mlp_buffer_text(out, " .quad 0\n.globl mlp_standalone\nmlp_standalone:\n");
    word(words, offsetof(struct mlp_app, name), "app_name");
    word(words, offsetof(struct mlp_app, image), "app_image");
    word(words, offsetof(struct mlp_app, image_bytes), "app_image_end - app_image");
    for (int l = 0; l < b->levels; l++) {
        const char *tag = mlp_cpu_tag(b->level[l]);
        if (!strcmp(tag, "v4")) word(words, offsetof(struct mlp_app, entry_v4), "app_entries_v4");
        else word(words, offsetof(struct mlp_app, entry), !strcmp(tag, "v3") ? "app_entries_v3" : "app_entries_a64");
    }
    word(words, offsetof(struct mlp_app, bind), "app_bind");
    word(words, offsetof(struct mlp_app, verb), "app_verbs");
    if (mlp_looks_up(pr)) word(words, offsetof(struct mlp_app, lookups), "mlp_lookup_ops");
    if (b->frozen) {
        word(words, offsetof(struct mlp_app, model), "app_model");
        word(words, offsetof(struct mlp_app, model_bytes), "app_model_end - app_model");
    }
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) mlp_buffer_printf(out, " .quad %s\n", words[i] ? words[i] : "0");
    mlp_buffer_text(out, ".section .note.GNU-stack,\"\",%progbits\n");
}

/* The only code that is compiled for any processor of the family: it says no where the rest could not run. */
static const char main_c[] =
    "#include <unistd.h>\n"
    "extern int mlp_app_main(int, char **, const void *);\nextern const char mlp_standalone[];\n"
    "int main(int argc, char **argv)\n{\n"
    "#if defined(__x86_64__)\n"
    "    static const char no[] = \"error: this processor is older than x86-64-v3 (it has no AVX2, FMA or BMI2), which this program needs\\n"
    "   = fix: run it on an Intel processor from 2013 (Haswell), an AMD one from 2015 (Excavator), or a later one\\n\";\n"
    "    __builtin_cpu_init();\n"
    "    if (!__builtin_cpu_supports(\"avx2\") || !__builtin_cpu_supports(\"fma\") || !__builtin_cpu_supports(\"bmi2\"))\n"
    "        return write(2, no, sizeof no - 1) < 0 ? 4 : 2;\n"
    "#endif\n"
    "    return mlp_app_main(argc, argv, mlp_standalone);\n}\n";

/* ---- cc ---- */

static bool names_zst(const char *text) { return text && strstr(text, ".zst"); }

/* Whether a file that the spec names, or a param's default, is compressed with zstd: only then is its decoder linked in. */
static bool reads_zst(const struct mlp_program *p)
{
    bool any = false;
    for (uint32_t i = 0; i < p->params.n; i++) any |= p->params.at[i].kind == MLP_P_TEXT && names_zst(p->params.at[i].text);
    for (uint32_t i = 0; i < p->sources.n; i++)
        for (uint32_t k = 0; k < p->sources.at[i].reader.args.n; k++) {
            const struct mlp_arg *const a = &p->sources.at[i].reader.args.at[k];
            any |= names_zst(a->str);
            for (uint32_t j = 0; j < a->items.n; j++) any |= names_zst(a->items.at[j].str);
        }
    for (uint32_t k = 0; k < p->split.args.n; k++) any |= names_zst(p->split.args.at[k].str);
    return any;
}

/* Whether a column that the executable reads has a pattern: only then are patterns linked in. */
static bool tries_patterns(const struct build *b)
{
    const struct mlp_program *p = b->d.code.program;
    const mlp_ix kernel[] = {p->apply, p->decision.answer, p->decision.abstain};
    const bool all = !only_predicts(b) || mlp_looks_up(p);
    bool any = false;
    for (uint32_t i = 0; all && i < p->sources.n; i++)
        for (uint32_t k = 0; k < p->sources.at[i].columns.n; k++) any |= p->sources.at[i].columns.at[k].pattern != NULL;
    for (int a = 0; !all && a < 3; a++)
        for (uint32_t i = 0; kernel[a] != MLP_NONE && i < p->kernels.at[kernel[a]].slots.n; i++) {
            const struct mlp_slot *s = &p->slots.at[p->kernels.at[kernel[a]].slots.at[i]];
            if (s->origin == MLP_FROM_COLUMN) any |= p->sources.at[s->source].columns.at[s->column].pattern != NULL;
        }
    return any;
}

/* Runs cc in the temporary folder's name; its words go to cc.log. Returns its exit code, or -1: there is no cc. */
static int link_it(const struct build *b, bool fixed)
{
    char path[8][600], log[600], *argv[40];
    static const char *const inputs[] = {"main.c", "tables.s", "kernels.v3.o", "kernels.v4.o", "kernels.a64.o", "libmlprt.a"};
    int n = 0, status = 0;
    argv[n++] = "cc";
#ifdef __SANITIZE_ADDRESS__
    argv[n++] = "-fsanitize=address,undefined";             /* the archive that mlp carries is built so too; there is no static one */
    fixed = false;
#endif
    if (fixed) argv[n++] = "-static";
    argv[n++] = "-O1", argv[n++] = "-s", argv[n++] = "-Wl,--gc-sections", argv[n++] = "-Wl,-z,noseparate-code", argv[n++] = "-o",
    argv[n++] = (char *)(uintptr_t)b->out;
    for (size_t i = 0; i < sizeof inputs / sizeof *inputs; i++) {
        snprintf(path[i], sizeof path[i], "%s/%s", b->folder, inputs[i]);
        if (access(path[i], F_OK) == 0) argv[n++] = path[i];
    }
    const bool patterns = tries_patterns(b);
    if (patterns) argv[n++] = "-Wl,-u,mlp_pattern_try";
    if (patterns || needs_pcre2(b)) argv[n++] = "-lpcre2-8";
    for (uint32_t i = 0; i < b->d.code.program->bound.n; i++)       /* letters of all scripts: only for texts */
        if (!strcmp(b->d.code.program->bound.at[i], "encoder.tfidf") && bind_needed(b, b->d.code.program, i)) argv[n++] = "-lutf8proc";
    if (reads_zst(b->d.code.program) && (!only_predicts(b) || mlp_looks_up(b->d.code.program))) argv[n++] = "-Wl,-u,mlp_zstd", argv[n++] = "-lzstd";
    argv[n++] = "-lz", argv[n++] = "-lpthread", argv[n++] = "-lm", argv[n] = NULL;
    posix_spawn_file_actions_t actions;
    pid_t child;
    snprintf(log, sizeof log, "%s/cc.log", b->folder);
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 1, log, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    posix_spawn_file_actions_adddup2(&actions, 1, 2);
    const int failed = posix_spawnp(&child, "cc", &actions, NULL, argv, environ);
    posix_spawn_file_actions_destroy(&actions);
    if (failed) return -1;
    while (waitpid(child, &status, 0) < 0)
        if (errno != EINTR) return -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

static mlp_status cc_failed(const struct build *b, int code, struct mlp_error *error)
{
    if (code < 0 || code == 127) {
        mlp_fail(error, MLP_ERR_DATA, NULL, "there is no `cc` on this machine, and an executable is linked by it");
        return mlp_fix(error, "install a C compiler: apt-get install gcc libc6-dev zlib1g-dev");
    }
    char path[600], said[700] = "";
    snprintf(path, sizeof path, "%s/cc.log", b->folder);
    FILE *f = fopen(path, "rb");
    if (f) {
        said[fread(said, 1, sizeof said - 1, f)] = 0;
        fclose(f);
    }
    mlp_fail(error, MLP_ERR_DATA, NULL, "cc could not link the executable: %s", said);
    if (strstr(said, "cannot open output file") || strstr(said, "No space left")) return mlp_fix(error, "name a place that can be written to with -o");
    if (strstr(said, "-lpcre2-8")) return mlp_fix(error, "the spec has patterns: apt-get install libpcre2-dev");
    if (strstr(said, "-lutf8proc")) return mlp_fix(error, "install utf8proc: apt-get install libutf8proc-dev");
    if (strstr(said, "-lzstd")) return mlp_fix(error, "install zstd: apt-get install libzstd-dev");
    return strstr(said, "-lz") ? mlp_fix(error, "install zlib: apt-get install zlib1g-dev") : error->status;
}

/* ---- the whole ---- */

static mlp_status freeze(struct build *b, struct mlp_error *error)
{
    char path[1200];
    struct stat info;
    snprintf(path, sizeof path, "%s", b->model);
    if (stat(b->model, &info) == 0 && S_ISDIR(info.st_mode)) snprintf(path, sizeof path, "%s/model.safetensors", b->model);
    TRY(mlp_file_open(path, &b->file, error));
    struct mlp_saved saved = {0};
    const mlp_status status = mlp_saved_open(&saved, &b->d.code, b->file.bytes, b->file.n, path, error);
    b->kept = saved.model;
    mlp_saved_clear(&saved);
    return status;
}

static mlp_status open_folder(struct build *b, struct mlp_error *error)
{
    const char *base = getenv("TMPDIR");
    if (b->objects) {
        if (mkdir(b->objects, 0777) && errno != EEXIST)
            return mlp_fail(error, MLP_ERR_DATA, NULL, "cannot make the folder %s: %s", b->objects, strerror(errno));
        return snprintf(b->folder, sizeof b->folder, "%s", b->objects), MLP_OK;
    }
    snprintf(b->folder, sizeof b->folder, "%s/mlp-build-XXXXXX", base && *base ? base : "/tmp");
    if (!mkdtemp(b->folder)) {
        mlp_fail(error, MLP_ERR_DATA, NULL, "cannot make a folder in %s: %s", base && *base ? base : "/tmp", strerror(errno));
        *b->folder = 0;
        return mlp_fix(error, "set TMPDIR to a folder that can be written to");
    }
    return MLP_OK;
}

static mlp_status put_kernels(struct build *b, struct mlp_error *error)
{
    for (int l = 0; l < b->levels; l++) {
        struct mlp_buffer object = {0};
        char name[32];
        snprintf(name, sizeof name, "kernels.%s.o", mlp_cpu_tag(b->level[l]));
        mlp_status status = driver_object(&b->d, b->level[l], &object, error);
        if (status == MLP_OK) status = put(b, name, object.at, object.n, error);
        mlp_buffer_clear(&object);
        TRY(status);
    }
    return MLP_OK;
}

static mlp_status build(struct build *b, struct mlp_error *error)
{
    TRY(driver_ready(&b->d, error));
    if (b->frozen) TRY(freeze(b, error));
    TRY(open_folder(b, error));
    struct mlp_buffer asm_text = {0};
    tables(b, &asm_text);
    mlp_status status = asm_text.failed ? mlp_no_memory(error, asm_text.room) : put(b, "tables.s", asm_text.at, asm_text.n, error);
    mlp_buffer_clear(&asm_text);
    TRY(status);
    TRY(put(b, "main.c", main_c, sizeof main_c - 1, error));
    TRY(put_kernels(b, error));
    TRY(put(b, "image", b->d.image.at, b->d.image.n, error));
    if (b->frozen) TRY(put(b, "model", b->file.bytes, b->file.n, error));
    if (b->objects) return MLP_OK;
    TRY(put(b, "libmlprt.a", mlp_archive, (size_t)(mlp_archive_end - mlp_archive), error));
    int code = link_it(b, true);
    if (code > 0 && code != 127) {                          /* no static libraries here: the shared ones then */
        code = link_it(b, false);
        if (!code && !b->quiet) fprintf(stderr, "mlp: %s needs this machine's shared C library: there is no static one\n", b->out);
    }
    return code ? cc_failed(b, code, error) : MLP_OK;
}

static bool read_verbs(struct build *b, const char *list)
{
    memset(b->verb, 0, sizeof b->verb);
    for (const char *p = list; *p; p += strcspn(p, ",") + (p[strcspn(p, ",")] == ',')) {
        const size_t n = strcspn(p, ",");
        int i = 0;
        while (i < VERBS && (strlen(verb_names[i]) != n || strncmp(verb_names[i], p, n))) i++;
        if (i == VERBS)
            return command_usage("an executable can `train`, `eval`, `predict` and `info`, not `%.*s`", (int)n, p), false;
        b->verb[i] = true;
    }
    return true;
}

/* Without --level: all levels of this machine's family. */
static bool choose_levels(struct build *b, const char *level)
{
    const char *here = mlp_cpu_level();
    if (level) {
        if (!mlp_cpu_tag(level)) return command_usage("there is no level `%s`; there are x86-64-v3, x86-64-v4 and aarch64", level), false;
        if (!b->objects) return command_usage("--level is for --objects FOLDER: an executable holds all levels of this machine's family"), false;
        b->level[b->levels++] = level;
        if (!strcmp(level, "x86-64-v4")) b->level[b->levels++] = "x86-64-v3";   /* v4 is never alone: there may be none */
    } else if (here && !strcmp(here, "aarch64")) b->level[b->levels++] = here;
    else b->level[b->levels++] = "x86-64-v3", b->level[b->levels++] = "x86-64-v4";
    return true;
}

/* What was made, for people and for machines. */
static void told(const struct build *b)
{
    struct stat info;
    if (b->objects)
        fprintf(stderr, "%s holds what is linked: cd there and cc main.c tables.s kernels.*.o libmlprt.a -lz -lpthread -lm\n", b->objects);
    else if (stat(b->out, &info) == 0) {
        fprintf(stderr, "%s: %.1f MB, can", b->out, (double)info.st_size / 1e6);
        for (int i = 0, n = 0; i < VERBS; i++)
            if (b->verb[i]) fprintf(stderr, "%s %s", n++ ? "," : "", verb_names[i]);
        fprintf(stderr, "%s\n", b->frozen ? "; its model is frozen in" : "");
    }
}

static int told_json(const struct build *b)
{
    struct stat info;
    struct mlp_buffer out = {0};
    struct mlp_json_writer w = {.out = &out, .pretty = 2};
    mlp_json_open(&w, NULL, '{');
    mlp_json_text(&w, b->objects ? "objects" : "executable", b->objects ? b->objects : b->out);
    if (!b->objects && stat(b->out, &info) == 0) mlp_json_int(&w, "bytes", (int64_t)info.st_size);
    mlp_json_open(&w, "verbs", '[');
    for (int i = 0; i < VERBS; i++)
        if (b->verb[i]) mlp_json_text(&w, NULL, verb_names[i]);
    mlp_json_close(&w, ']');
    mlp_json_bool(&w, "frozen", b->frozen);
    mlp_json_close(&w, '}');
    mlp_buffer_text(&out, "\n");
    const int code = command_write(&out);
    mlp_buffer_clear(&out);
    return code;
}

int command_build(int argc, char **argv)
{
    const char *level = NULL, *set[64];
    struct build b = {.verb = {true, true, true, true}, .kept = MLP_NONE};
    const char *verbs = NULL;
    int fault = 0;
    b.quiet = command_flag(&argc, argv, "--quiet");
    command_value(&argc, argv, "--out", "-o", &b.out, &fault);
    b.frozen = command_value(&argc, argv, "--model", NULL, &b.model, &fault);
    command_value(&argc, argv, "--verbs", NULL, &verbs, &fault);
    command_value(&argc, argv, "--objects", NULL, &b.objects, &fault);
    command_value(&argc, argv, "--level", NULL, &level, &fault);
    const bool json = command_flag(&argc, argv, "--json");
    const uint32_t sets = command_sets(&argc, argv, set, 64, &fault);
    if (fault) return fault;
    const char *path = command_spec(&argc, argv);
    if (!path || !command_rest(argc, argv)) return MLP_ERR_SPEC;
    if (!choose_levels(&b, level)) return MLP_ERR_SPEC;
    if (b.frozen) b.verb[TRAIN] = b.verb[EVAL] = false;     /* a frozen model is there to predict; --verbs says otherwise */
    if (verbs && !read_verbs(&b, verbs)) return MLP_ERR_SPEC;
    const bool fine = driver_check_with(&b.d, path, set, sets);
    if (!fine || !json) command_diagnostics(&b.d.src, json, b.quiet);
    int exit_code = MLP_ERR_SPEC;
    if (fine) {
        struct mlp_error error = {0};
        struct mlp_param *param;
        if (!b.out) b.out = b.d.spec.name;
        mlp_status status = sets ? mlp_params_given(&b.d.plan.program, set, sets, &b.d.src.arena, &param, &error) : MLP_OK;
        if (status == MLP_OK) status = build(&b, &error);
        exit_code = status == MLP_OK ? MLP_OK : mlp_app_fail(&error, json);
        if (exit_code == MLP_OK && json) exit_code = told_json(&b);
        else if (exit_code == MLP_OK && !b.quiet) told(&b);
        if (b.file.bytes) mlp_file_close(&b.file);
        if (!b.objects) clean(&b);
    }
    driver_clear(&b.d);
    return exit_code;
}
