/* status.h: how a runtime function says that it failed.
 * A function that can fail returns mlp_status and takes a struct mlp_error * last; it fills the error before it returns
 * anything but MLP_OK. Nothing in the runtime prints or exits: app/ turns an error into text and the status into an exit code. */
#ifndef MLP_BASE_STATUS_H
#define MLP_BASE_STATUS_H
#include <stddef.h>
#include <stdint.h>

/* The value is the exit code of that kind of failure. */
typedef enum mlp_status {
    MLP_OK = 0,
    MLP_UNMET = 1,          /* a goal says no: not a failure of the work */
    MLP_ERR_SPEC = 2,       /* usage, or a spec that cannot be run */
    MLP_ERR_DATA = 3,       /* data, files, disk */
    MLP_ERR_BUG = 4,        /* a broken invariant: our fault */
    MLP_ERR_INTERRUPTED = 130
} mlp_status;

struct mlp_error {
    mlp_status status;
    char code[8];           /* "E301", or "" */
    char file[256];         /* the place, when there is one: of rows, */
    uint64_t line;          /* from 1; 0: no line */
    char column[64];        /* name of the data column, or "" */
    uint32_t from, to;      /* or bytes of the spec's text; the same: none */
    char excerpt[200];      /* their line, when it is known, */
    uint32_t at, width;     /* and where in it they stand: from 1, in characters */
    char text[1024];        /* what is wrong: one or two sentences, no final newline */
    char fix[512];          /* one edit or action, or "" */
};

#define MLP_CHECKED __attribute__((warn_unused_result))
#define MLP_PRINTF(a, b) __attribute__((format(printf, a, b)))

/* Fills error (status, code, text) and returns status, so that `return mlp_fail(...)` reads well. code may be NULL. */
mlp_status mlp_fail(struct mlp_error *error, mlp_status status, const char *code, const char *format, ...) MLP_PRINTF(4, 5);
/* Adds the fix to an error that is already filled; returns its status. */
mlp_status mlp_fix(struct mlp_error *error, const char *format, ...) MLP_PRINTF(2, 3);
/* Says which bytes of the spec it is about, such as those of a declaration's id; returns its status. run/place.c finds the line. */
mlp_status mlp_at(struct mlp_error *error, uint32_t from, uint32_t to);
/* Out of memory, in the one form that it has everywhere. bytes: 0 where nobody knows how many. */
mlp_status mlp_no_memory(struct mlp_error *error, size_t bytes);

#define TRY(call) do { mlp_status try_ = (call); if (try_ != MLP_OK) return try_; } while (0)
#endif
