/* rows.c: rows MODEL_FOLDER SPEC ROWS.csv: what one row and a block of rows cost in process, from strings and from typed columns; and
 * what it costs to come from a spec's text to callable kernels, with an empty cache and with a full one. One JSON line each.
 * A measuring tool, no test. No cell holds a comma or a quote. */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include "compiler/driver.h"
#include "runtime/run/predictor.h"
#include "runtime/store/folder.h"

enum { MOST_ROWS = 7168, BLOCK = 1024, TURNS = 41 };

static double now(clockid_t clock)
{
    struct timespec t;
    clock_gettime(clock, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}
static int rising(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}
static void say(const char *work, const char *unit, double *t, int n)
{
    qsort(t, (size_t)n, sizeof *t, rising);
    printf("{\"work\": \"%s\", \"unit\": \"%s\", \"median\": %.4g, \"p10\": %.4g, \"p90\": %.4g}\n", work, unit, t[n / 2], t[n / 10],
           t[n * 9 / 10]);
}
static void need(mlp_status status, const struct mlp_error *e)
{
    if (status == MLP_OK) return;
    fprintf(stderr, "rows: %s\n", e->text);
    exit(1);
}

int main(int argc, char **argv)
{
    if (argc != 4) return fprintf(stderr, "usage: rows MODEL_FOLDER SPEC ROWS.csv\n"), 2;
    struct mlp_error error = {0};
    struct driver d;
    double t[TURNS];
    char cache[] = "/tmp/mlp-bench-XXXXXX", clean[64];
    if (!mkdtemp(cache)) return 1;
    snprintf(clean, sizeof clean, "rm -rf %s", cache);
    setenv("XDG_CACHE_HOME", cache, 1);
    for (int i = -1; i < TURNS; i++) {                      /* turn -1 finds nothing in the cache, and opens LLVM */
        const double start = now(CLOCK_MONOTONIC);
        if (!driver_check(&d, argv[2])) return fprintf(stderr, "rows: the spec does not check\n"), 1;
        need(driver_ready(&d, &error), &error);
        const double ms = (now(CLOCK_MONOTONIC) - start) / 1e6;
        if (i < 0) printf("{\"work\": \"text to kernels, cold\", \"unit\": \"ms\", \"median\": %.2f}\n", ms);
        else t[i] = ms;
        if (i < TURNS - 1) driver_clear(&d);
    }
    say("text to kernels, cached", "ms", t, TURNS);
    if (system(clean)) return 1;

    char path[4096];
    struct mlp_file file;
    struct mlp_saved saved;
    struct mlp_predictor p;
    struct mlp_scratch one, all, block;
    snprintf(path, sizeof path, "%s/model.safetensors", argv[1]);
    need(mlp_file_open(path, &file, &error), &error);
    need(mlp_saved_open(&saved, &d.code, file.bytes, file.n, path, &error), &error);
    need(mlp_predictor_open(&p, &d.code, &saved, &error), &error);
    need(mlp_scratch_init(&one, &p, 1, &error), &error);
    need(mlp_scratch_init(&all, &p, MOST_ROWS, &error), &error);
    need(mlp_scratch_init(&block, &p, BLOCK, &error), &error);

    /* rows as strings, in the order of the predictor's inputs */
    struct mlp_file csv;
    need(mlp_file_open(argv[3], &csv, &error), &error);
    const char *at = csv.bytes, *end = at + csv.n;
    struct mlp_str header[256];
    uint32_t columns = 0, place[256], rows = 0;
    struct mlp_str *cell = calloc((size_t)MOST_ROWS * p.inputs, sizeof *cell);
    for (uint32_t column = 0; at < end && rows < MOST_ROWS;) {
        size_t n = 0;
        while (at + n < end && at[n] != ',' && at[n] != '\n') n++;
        const bool quoted = n > 1 && at[0] == '"' && at[n - 1] == '"';
        const struct mlp_str s = {at + quoted, n - 2 * quoted};
        const bool last = at + n == end || at[n] == '\n';
        if (!columns || place[0] == MLP_NONE) header[column] = s;
        else for (uint32_t i = 0; i < p.inputs; i++) if (place[i] == column) cell[(size_t)rows * p.inputs + i] = s;
        column++, at += n + 1;
        if (!columns) place[0] = MLP_NONE, columns = 1;
        if (!last) continue;
        if (place[0] == MLP_NONE) need(mlp_predictor_match(&p, header, column, argv[3], place, &error), &error);
        else rows++;
        column = 0;
    }
    double *score = malloc(MOST_ROWS * sizeof *score), *again = malloc(MOST_ROWS * sizeof *again);
    for (int i = 0; i < TURNS; i++) {
        const double start = now(CLOCK_MONOTONIC);
        for (uint32_t r = 0; r < rows; r++) need(mlp_predict_row(&p, &one, cell + (size_t)r * p.inputs, score + r, &error), &error);
        t[i] = (now(CLOCK_MONOTONIC) - start) / rows;
    }
    say("one row, strings to probability", "ns", t, TURNS);
    for (uint32_t r = 0; r < rows; r++) need(mlp_predict_set(&p, &all, r, cell + (size_t)r * p.inputs, &error), &error);
    for (int i = 0; i < TURNS; i++) {
        const double start = now(CLOCK_MONOTONIC);
        need(mlp_predict_columns(&p, &block, all.in, rows, again, &error), &error);
        t[i] = (now(CLOCK_MONOTONIC) - start) / rows;
    }
    say("block of typed columns, per row", "ns", t, TURNS);
    if (memcmp(score, again, rows * sizeof *score)) return fprintf(stderr, "rows: row form and block form differ\n"), 1;
    printf("{\"work\": \"rows\", \"n\": %u, \"inputs\": %u}\n", rows, p.inputs);
    return 0;
}
