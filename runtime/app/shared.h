/* shared.h: what the verbs share: options, output, the program and the model they work on. */
#ifndef MLP_APP_SHARED_H
#define MLP_APP_SHARED_H
#include <stdbool.h>
#include <stdint.h>
#include "runtime/app/app.h"
#include "runtime/base/arena.h"
#include "runtime/base/buffer.h"
#include "runtime/base/status.h"
#include "runtime/run/saved.h"
#include "runtime/store/folder.h"

/* What a verb takes; APP_FILE: a file beside its options. */
enum app_takes { APP_MODEL = 1, APP_OUT = 2, APP_SET = 4, APP_THREADS = 8, APP_SEED = 16, APP_STRICT = 32, APP_LOCKED = 64,
                 APP_JSON = 128, APP_FORMAT = 256, APP_FILE = 512, APP_ROWS = 1024, APP_SOURCE = 2048, APP_HISTORY = 4096, APP_QUIET = 8192 };
enum { APP_SETS = 256 };
struct app_options { const char *file, *model, *out, *history, *set[APP_SETS], *source[APP_SETS]; uint32_t sets, sources; int threads; bool has_seed; uint64_t seed;
                     bool strict, locked, json, quiet; uint8_t format; uint32_t rows; };
/* false: a usage error, said already. */
bool mlp_app_options(const struct mlp_verb *, int argc, char **argv, struct app_options *);

bool mlp_app_write(int fd, const char *bytes, size_t n);    /* all of it; false: the reader is gone or the disk is full */
/* a line on standard error; returns MLP_ERR_SPEC */
int mlp_app_say(const char *format, ...) __attribute__((format(printf, 1, 2)));
int mlp_app_print(struct mlp_buffer *, int code);           /* to standard output, clears it; returns code, or 3 */

/* The program, opened once. */
struct app_code { struct mlp_arena arena; struct mlp_code code; };
mlp_status mlp_app_code(const struct mlp_app *, struct app_code *, struct mlp_error *);
/* The model of --model, else the frozen one, else that of the newest run. The file stays open as long as the model is used. */
struct app_model { struct mlp_file file; struct mlp_saved saved; char path[1200]; };
mlp_status mlp_app_model_open(const struct mlp_app *, const struct mlp_code *, const char *model, struct app_model *,
                              struct mlp_error *);
void mlp_app_model_close(struct app_model *);
#endif
