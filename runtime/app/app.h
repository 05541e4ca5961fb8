/* app.h: the command line of a standalone executable, and of the commands of `mlp` that work on a compiled program. The one room of
 * the runtime that prints, reads argv and gives exit codes.
 *
 * An executable's main, as `mlp build` writes it (only the verbs that are wanted: what is not named is not linked):
 *     extern const unsigned char mlp_image[], mlp_image_end[], mlp_frozen[], mlp_frozen_end[];
 *     extern const union mlp_entry mlp_entries[]; extern const struct mlp_bind mlp_bind[];
 *     static const struct mlp_verb *const verbs[] = {&mlp_verb_train, &mlp_verb_eval, &mlp_verb_predict, &mlp_verb_info, NULL};
 *     int main(int argc, char **argv)
 *     {
 *         const struct mlp_app app = {.name = "churn", .image = mlp_image, .image_bytes = (size_t)(mlp_image_end - mlp_image),
 *                                     .entry = mlp_entries, .bind = mlp_bind, .verb = verbs};
 *         return mlp_app_main(argc, argv, &app);
 *     }
 * with .model = mlp_frozen, .model_bytes = … where a model is frozen in. An executable that only predicts binds models alone: in
 * mlp_bind the rows of splits, reducers, metrics and baselines may have ops NULL, and mlp_entries NULL for kernels that only
 * training calls (losses, stages, target, rules, slices). */
#ifndef MLP_APP_H
#define MLP_APP_H
#include <stdbool.h>
#include <stddef.h>
#include "runtime/program.h"

struct mlp_app;
struct mlp_lookup_ops;
struct mlp_verb { const char *name, *file, *doc;            /* "train", "[data.csv]" or "", one line */
                  unsigned takes;                           /* options: shared.h */
                  int (*run)(const struct mlp_app *, int argc, char **argv); };   /* argv[0] is the verb's own name */
struct mlp_app {
    const char *name;                                       /* in messages: "churn", "mlp" */
    const struct mlp_code *code;                            /* a program that is open already (mlp); or NULL and: */
    const void *image; size_t image_bytes;                  /* its image, */
    const union mlp_entry *entry, *entry_v4;                /* kernels; the same for processors with AVX-512, or NULL */
    const struct mlp_bind *bind;
    const void *model; size_t model_bytes;                  /* a model file's bytes, frozen in; NULL: --model, or the newest run */
    const struct mlp_lookup_ops *lookups;                   /* where the program has keys to follow: &mlp_lookup_ops; or NULL */
    const char *spec_dir;                                   /* where relative paths and runs/ are; NULL: the working folder */
    const char *lock;                                       /* NAME.lock; NULL: none */
    const struct mlp_verb *const *verb;                     /* ends with NULL */
};
/* train [data.csv]: the whole run (`mlp run` is the same verb) · eval [data.csv]: judges a kept model on the rows of a file ·
 * test: asks a kept model the tests of the spec (mlp only: it reads the data that the model was trained with) ·
 * predict [rows]: rows in, rows with predictions out · info: what is inside. */
extern const struct mlp_verb mlp_verb_run, mlp_verb_train, mlp_verb_eval, mlp_verb_predict, mlp_verb_info, mlp_verb_test, mlp_verb_check;

/* The whole command line; returns the exit code: 0, 1 a goal says no, 2 usage, 3 data, 4 a bug, 130 interrupted. */
int mlp_app_main(int argc, char **argv, const struct mlp_app *);
/* One verb: what `mlp run churn.mlp …` calls once the spec is compiled. argv[0]: the verb. */
int mlp_app_verb(const struct mlp_app *, const struct mlp_verb *, int argc, char **argv);
/* The options of a verb, a line each. */
struct mlp_buffer;
void mlp_app_option_text(unsigned takes, struct mlp_buffer *);
/* For mlp's own messages in the same form: "error[E301]: …", file, fix; on standard error. Returns the exit code. */
struct mlp_error;
int mlp_app_error(const struct mlp_error *);
int mlp_app_fail(const struct mlp_error *, bool json);      /* mlp_app_error, and with --json {"error": …} on standard output */
bool mlp_app_colour(int fd);                                /* a terminal, and nobody said NO_COLOR */
#endif
