/* fuzz_model.c: damaged models. The first byte chooses the layer that the rest damages, so that no checksum stands in the way:
 *   0  the bytes are the model file
 *   1  edits of a good program image, sealed again
 *   2  edits of a good model's tensors and metadata, written again: types, shapes, lengths, bytes, names. If it still opens, the model
 *      predicts rows of every kind of cell.
 * An edit is eight bytes. A fault is a crash, a sanitizer's report or a trap. */
#define _GNU_SOURCE
#pragma GCC diagnostic ignored "-Wunused-function"
#include "tests/unit/program_common.h"
#include "runtime/fit/encoder.h"
#include "runtime/run/saved.h"
#include "runtime/store/folder.h"
#include "runtime/store/package.h"

int LLVMFuzzerInitialize(int *, char ***);
int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

struct edit { uint8_t what, which; uint16_t to; uint32_t at; };
static struct mlp_arena forever;
static struct mlp_code code;
static struct mlp_buffer image;
static struct mlp_package good;

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc, (void)argv;
    char here[4096], command[300], folder[256];
    struct mlp_result result;
    struct mlp_error error = {0};
    static struct mlp_file file;
    if (!getcwd(here, sizeof here)) return 1;
    code = (struct mlp_code){test_program(&forever), test_entry, test_bind};
    test_folder();
    test_csv("people.csv", 800, 0);
    const struct mlp_run_options o = {.threads = 1, .out = "run"};
    if (mlp_run(&code, &o, &result, &error) != MLP_OK || mlp_file_open("run/model.safetensors", &file, &error) != MLP_OK ||
        mlp_package_open(file.bytes, file.n, "model", &forever, &good, &error) != MLP_OK) {
        fprintf(stderr, "%s\n", error.text);
        __builtin_trap();
    }
    mlp_result_clear(&result);
    mlp_image_write(code.program, &image);
    if (getcwd(folder, sizeof folder) && !strncmp(folder, "/tmp/mlp-unit-", 14)) {
        snprintf(command, sizeof command, "rm -rf '%s'", folder);
        if (system(command)) __builtin_trap();
    }
    return chdir(here);
}

static void open_image(const struct edit *edit, size_t n)
{
    struct mlp_arena arena = {0};
    struct mlp_error error = {0};
    const struct mlp_program *program;
    char *const bytes = malloc(image.n);
    size_t length = image.n;
    memcpy(bytes, image.at, image.n);
    for (size_t i = 0; i < n; i++) {
        const size_t at = edit[i].at % image.n;
        if (edit[i].what % 8 == 7) length = at;
        else if (edit[i].what % 2) bytes[at] = (char)edit[i].to;
        else for (int k = 0; k < 4 && at / 4 * 4 + 4 <= image.n; k++) bytes[at / 4 * 4 + (size_t)k] = (char)(edit[i].to >> 8 * (k & 1));
    }
    if (length >= 64) mlp_image_seal(bytes, length);
    const mlp_status status = mlp_image_open(bytes, length, &arena, &program, &error);
    if (status == MLP_OK && mlp_image_check(program, &error) != MLP_OK) __builtin_trap();   /* opening checks as much */
    if (status != MLP_OK && !*error.text) __builtin_trap();
    mlp_arena_clear(&arena), free(bytes);
}

static void predict(const struct mlp_saved *s)
{
    enum { ROWS = 67 };
    static float number[ROWS];
    const struct mlp_program *const p = s->program;
    uint32_t word[8][ROWS];
    const void *column[8];
    double score[ROWS * 4], *const room = malloc(ROWS * (mlp_scorer_room(&s->scorer) + 1) * sizeof *room);
    if (p->features.n > 8 || s->outputs > 4 || !room) __builtin_trap();
    for (int i = 0; i < ROWS; i++) number[i] = i % 5 ? (float)(i * 37 % 101 - 50) : i % 2 ? NAN : INFINITY;
    for (uint32_t f = 0; f < p->features.n; f++) {
        const uint32_t codes = mlp_feature_width(p, &s->state, &p->features.at[f]);
        for (uint32_t i = 0; i < ROWS; i++) word[f][i] = codes ? i % codes : 0;
        column[f] = codes ? (const void *)word[f] : number;
    }
    const struct mlp_ctx ctx = {.call = &mlp_calls, .state = &s->state, .param = s->param};
    mlp_scorer_predict(&s->scorer, &ctx, column, ROWS, score, room);
    free(room);
}

static void open_package(const struct edit *edit, size_t n)
{
    struct mlp_arena arena = {0};
    struct mlp_error error = {0};
    struct mlp_saved saved;
    struct mlp_buffer out = {0};
    struct mlp_package p = good;
    p.tensors.at = mlp_arena_alloc(&arena, (good.tensors.n + 1) * sizeof *p.tensors.at);
    struct mlp_meta *const meta = mlp_arena_alloc(&arena, (good.metas + 1) * sizeof *meta);
    p.meta = meta, p.metas = 0;
    for (uint32_t i = 0; i < good.metas; i++)               /* checksums are written anew */
        if (strncmp(good.meta[i].key, "xxh128 ", 7) && strcmp(good.meta[i].key, "checksum")) meta[p.metas++] = good.meta[i];
    for (uint32_t i = 0; i < good.tensors.n; i++) {
        struct mlp_tensor *const t = &p.tensors.at[i];
        *t = good.tensors.at[i];
        const size_t bytes = mlp_package_bytes(t);
        char *const copy = mlp_arena_alloc(&arena, 2 * bytes + 4096);
        t->data = memcpy(copy, t->data, bytes);
    }
    for (size_t i = 0; i < n; i++) {
        struct mlp_tensor *const t = &p.tensors.at[edit[i].which % p.tensors.n];
        char *const data = (char *)(uintptr_t)t->data;
        const size_t room = 2 * mlp_package_bytes(&good.tensors.at[edit[i].which % p.tensors.n]) + 4096;
        const struct mlp_tensor before = *t;
        switch (edit[i].what % 9) {
        case 0: case 1: data[edit[i].at % room] = (char)edit[i].to; break;
        case 2: memcpy(data + edit[i].at % (room / 4 - 1) * 4, &(uint32_t){edit[i].to & 0x8000 ? ~(uint32_t)edit[i].to : edit[i].to}, 4); break;
        case 3: t->dtype = (uint8_t)(edit[i].to % (MLP_DT_I64 + 1)); break;
        case 4: t->shape[edit[i].at & 3] = edit[i].to; break;
        case 5: t->rank = edit[i].to % 5; break;
        case 6: t->name = p.tensors.at[edit[i].to % p.tensors.n].name; break;
        case 7: if (p.metas) meta[edit[i].to % p.metas].value = edit[i].at & 1 ? "" : "1e300 x"; break;
        default: if (p.metas) meta[edit[i].to % p.metas].key = "other";
        }
        uint64_t elements = 1;
        for (uint32_t k = 0; k < t->rank; k++) elements *= t->shape[k];
        if (t->rank > 4 || elements > room / 8 || mlp_package_bytes(t) > room) *t = before;
    }
    mlp_package_write(&p, &out);
    if (!out.failed) {
        if (mlp_saved_open(&saved, &code, out.at, out.n, "model", &error) == MLP_OK) predict(&saved);
        else if (!*error.text) __builtin_trap();
        mlp_saved_clear(&saved);
    }
    mlp_buffer_clear(&out), mlp_arena_clear(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t n)
{
    struct edit edit[32];
    if (!n) return 0;
    const size_t edits = (n - 1) / sizeof *edit < 32 ? (n - 1) / sizeof *edit : 32;
    memcpy(edit, at + 1, edits * sizeof *edit);
    if (*at % 3 == 1) open_image(edit, edits);
    else if (*at % 3 == 2) open_package(edit, edits);
    else {
        struct mlp_saved saved;
        struct mlp_error error = {0};
        char *const bytes = aligned_alloc(64, (n + 63) / 64 * 64);
        memcpy(bytes, at + 1, n - 1);
        if (mlp_saved_open(&saved, &code, bytes, n - 1, "model", &error) != MLP_OK && !*error.text) __builtin_trap();
        mlp_saved_clear(&saved), free(bytes);
    }
    return 0;
}
