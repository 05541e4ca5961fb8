/* read.c: our side of `make bench-read`: reads a CSV into typed columns each time a line comes on standard input and answers with one
 * line: seconds of wall time and of processor time, rows, and the peak of memory in KiB.
 *   read table FILE THREADS     the whole table, as `mlp run` reads it
 *   read blocks FILE THREADS    block by block, in bounded memory
 *   read make BYTES             no reader: writes about so many bytes of flights to standard output, the same ones each time
 * Columns and their types are those of peers/read_csv.py. Reports no ratio: read.py does. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>
#include "runtime/base/hash.h"
#include "runtime/io/csv.h"

static const char *const whole[] = {"label", "late", "hour", "weekday", "distance"}, *const spelt[] = {"origin", "destination"};

static int listed(const char *const *list, size_t n, const char *name)
{
    for (size_t i = 0; i < n; i++)
        if (!strcmp(list[i], name)) return 1;
    return 0;
}

/* Columns from the header of a file (a pipe has none to spare: then the names come as an argument). */
static struct mlp_source source_of(char *names)
{
    static struct mlp_column column[256];
    struct mlp_source s = {.id.name = "rows", .columns.at = column, .path_param = MLP_NONE, .time = MLP_NONE, .group = MLP_NONE,
                           .query = MLP_NONE, .weight = MLP_NONE};
    for (char *name = strtok(names, ",\r\n"); name && s.columns.n < 256; name = strtok(NULL, ",\r\n")) {
        const int code = listed(spelt, 2, name), integer = listed(whole, 5, name);
        column[s.columns.n++] = (struct mlp_column){.id.name = name, .type = code ? MLP_CATEGORY : integer ? MLP_INT : MLP_FLOAT,
            .rep = code ? MLP_CODE : MLP_F64, .nullable = 0, .lo = -INFINITY, .hi = INFINITY, .max_missing = 1,
            .max_distinct = INFINITY};
    }
    return s;
}

static double seconds(clockid_t clock)
{
    struct timespec t;
    clock_gettime(clock, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* Rows of flights in runs of 4 MiB that are made once and written again and again; what is written differs from run to run only in
 * its order, so a file of any length costs nothing to make. */
static int make(double bytes)
{
    enum { RUN = 4 << 20 };
    char *const run = malloc(RUN + 256);
    size_t n = 0;
    if (!run) return 1;
    for (uint64_t row = 0; n < RUN; row++) {
        const uint64_t h = mlp_random(1, 2, row);
        n += (size_t)sprintf(run + n, "%u,%u,%u,%u,%c%c%c,%c%c%c\n", (unsigned)(h & 7) == 0, (unsigned)(h >> 3 & 15) + 6,
            (unsigned)(h >> 8) % 7, 100 + (unsigned)(h >> 12) % 2500, 'A' + (int)(h >> 24) % 6, 'A' + (int)(h >> 30) % 7,
            'A' + (int)(h >> 36) % 7, 'A' + (int)(h >> 42) % 6, 'A' + (int)(h >> 48) % 7, 'A' + (int)(h >> 54) % 7);
    }
    printf("late,hour,weekday,distance,origin,destination\n");
    fflush(stdout);
    for (double written = 0; written < bytes;) {
        size_t at = 0;
        while (at < n) {
            const ssize_t put = write(1, run + at, n - at);
            if (put <= 0) return 1;
            at += (size_t)put;
        }
        written += (double)n;
    }
    return free(run), 0;
}

static size_t read_table(const struct mlp_source *s, const char *file, struct mlp_pool *pool, struct mlp_error *error)
{
    struct mlp_table t;
    if (mlp_csv_read(s, &file, 1, pool, &t, error) != MLP_OK) return 0;
    const size_t rows = t.rows;
    mlp_table_clear(&t);
    return rows;
}

static size_t read_blocks(const struct mlp_source *s, const char *file, struct mlp_pool *pool, struct mlp_error *error)
{
    struct mlp_csv_blocks *blocks;
    const struct mlp_table *t;
    size_t rows = 0;
    if (mlp_csv_blocks_open(s, &file, 1, pool, &blocks, error) != MLP_OK) return 0;
    while (mlp_csv_blocks_next(blocks, &t, error) == MLP_OK && t->rows) rows += t->rows;
    mlp_csv_blocks_close(blocks);
    return error->status == MLP_OK ? rows : 0;
}

int main(int argc, char **argv)
{
    if (argc == 3 && !strcmp(argv[1], "make")) return make(atof(argv[2]));
    if (argc < 4) return fprintf(stderr, "usage: read table|blocks FILE THREADS [NAMES] | read make BYTES\n"), 2;
    char names[65536] = "", line[16];
    if (argc > 4) snprintf(names, sizeof names, "%s", argv[4]);
    else {
        FILE *const f = fopen(argv[2], "r");
        if (!f || !fgets(names, sizeof names, f)) return fprintf(stderr, "read: %s has no header\n", argv[2]), 1;
        fclose(f);
    }
    const struct mlp_source s = source_of(names);
    struct mlp_pool *const pool = mlp_pool_new(atoi(argv[3]));
    while (fgets(line, sizeof line, stdin)) {
        struct mlp_error error = {0};
        struct rusage usage;
        const double wall = seconds(CLOCK_MONOTONIC), cpu = seconds(CLOCK_PROCESS_CPUTIME_ID);
        const size_t rows = (*argv[1] == 'b' ? read_blocks : read_table)(&s, argv[2], pool, &error);
        if (!rows) return fprintf(stderr, "read: %s:%llu: %s\n", error.file, (unsigned long long)error.line, error.text), 1;
        const double wall_end = seconds(CLOCK_MONOTONIC), cpu_end = seconds(CLOCK_PROCESS_CPUTIME_ID);
        getrusage(RUSAGE_SELF, &usage);
        printf("%.6f %.6f %zu %ld\n", wall_end - wall, cpu_end - cpu, rows, usage.ru_maxrss);
        fflush(stdout);
    }
    return mlp_pool_free(pool), 0;
}
