/* stream.h: rows in, rows with predictions out, in the order of the input and in constant memory. CSV gives CSV, JSON Lines give
 * JSON Lines, unless the other is asked for. Each line holds the key columns that the input has, prediction, score, and error: a
 * bad row keeps its line. */
#ifndef MLP_RUN_STREAM_H
#define MLP_RUN_STREAM_H
#include "runtime/run/predictor.h"

/* of what is written; what is read says its first byte that is no space */
enum mlp_format { MLP_FORMAT_SAME, MLP_FORMAT_CSV, MLP_FORMAT_JSON };
struct mlp_stream_options {
    int fd; const char *name;                               /* what is read */
    uint8_t format;
    /* at most so many are computed at once; 0: what is fast. Never changes a bit */
    uint32_t rows;
    /* takes the output; 0: it cannot (reader gone, disk full): stop */
    int (*put)(void *, const char *bytes, size_t n); void *data;
    const volatile int *stop;                               /* not 0: end with MLP_ERR_INTERRUPTED; NULL: never */
};
struct mlp_stream_count { uint64_t rows, bad; struct mlp_error first; };   /* first: what was wrong with the first bad row */
/* MLP_OK: every row has its line; bad ones are counted. When put refuses, MLP_OK too, with what was done so far. */
mlp_status mlp_stream_predict(const struct mlp_predictor *, const struct mlp_stream_options *, struct mlp_stream_count *,
                              struct mlp_error *);
#endif
