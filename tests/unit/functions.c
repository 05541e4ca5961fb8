/* functions.c: the pure functions, compiled from a spec and run, against what Python says (tests/numeric/functions.txt), in blocks and row
 * by row. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>
#include "compiler/driver.h"
#include "runtime/calls.h"

enum { EXPRS = 400, ROWS = 16000, COLUMNS = 5 };
static const char *const columns[COLUMNS] = { "t", "u", "at", "d", "x" };
static struct { char *text; double tolerance; } expr[EXPRS];
static struct { uint32_t expr; struct mlp_str text[2]; int64_t time[2]; double x, is; bool there[COLUMNS]; } row[ROWS];
static uint32_t exprs, rows;

static size_t unescape(char *s)                             /* in place; its length */
{
    char *to = s;
    for (const char *from = s; *from; from++) {
        if (*from != '\\') { *to++ = *from; continue; }
        from++;
        *to++ = *from == 'n' ? '\n' : *from == 't' ? '\t' : *from == 'r' ? '\r' : *from;
    }
    *to = 0;
    return (size_t)(to - s);
}

static struct mlp_arena kept;                               /* the file's lines, which expressions and rows point into */
static void read_file(void)
{
    FILE *f = fopen("tests/numeric/functions.txt", "rb");
    assert_non_null(f);
    static char line[1 << 16];
    while (fgets(line, sizeof line, f)) {
        line[strcspn(line, "\n")] = 0;
        if (*line == '#') continue;
        char *cell[8] = { 0 }, *p = (char *)(uintptr_t)mlp_arena_copy(&kept, line, strlen(line));
        int n = 0;
        for (char *at = p; at && n < 8; n++) cell[n] = at, at = strchr(at, '\t'), at ? *at++ = 0 : 0;
        if (!strcmp(cell[0], "expr")) {
            assert_true(exprs < EXPRS);
            expr[exprs].tolerance = atof(cell[1]), expr[exprs++].text = cell[2];
            continue;
        }
        assert_true(rows < ROWS && n == COLUMNS + 1 && exprs);
        for (int i = 0; i < COLUMNS; i++) row[rows].there[i] = strcmp(cell[i], "\\N") != 0;
        for (int i = 0; i < 2; i++) {
            if (row[rows].there[i]) row[rows].text[i] = (struct mlp_str){ cell[i], unescape(cell[i]) };
            row[rows].time[i] = row[rows].there[2 + i] ? atoll(cell[2 + i]) : INT64_MIN;
        }
        row[rows].x = row[rows].there[4] ? strtod(cell[4], NULL) : NAN;
        row[rows].is = strcmp(cell[5], "\\N") ? strtod(cell[5], NULL) : NAN;
        row[rows++].expr = exprs - 1;
    }
    fclose(f);
}

static void write_spec(const char *path)
{
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    fprintf(f, "pipeline t\ngoal { predict y }\nsource rows = csv(\"none.csv\") {\n  id: id @key\n  t: text?\n  u: text?\n  at: time?\n  d: date?\n"
               "  x: float?\n  y: bool\n}\nsplit random(seed: 1)\nbaseline majority\nfeatures {\n");
    for (uint32_t i = 0; i < exprs; i++) fprintf(f, "  f%u = %s\n", i, expr[i].text);
    fprintf(f, "}\n");
    fclose(f);
}

struct slots { const void *data[COLUMNS]; uint64_t *valid[COLUMNS]; };
static const size_t width[COLUMNS] = { sizeof(struct mlp_str), sizeof(struct mlp_str), 8, 8, 8 };

static void run(const struct driver *d, const struct slots *s, size_t from, size_t n, void *const *to, struct mlp_arena *arena)
{
    const struct mlp_program *p = d->code.program;
    const struct mlp_kernel *k = &p->kernels.at[p->apply];
    const struct mlp_ctx ctx = { .call = &mlp_calls, .state = &(struct mlp_state){ 0 }, .arena = arena };
    struct mlp_in in[COLUMNS];
    struct mlp_out out[EXPRS];
    uint64_t bit[COLUMNS];
    for (uint32_t i = 0; i < k->slots.n; i++) {
        int c = 0;
        while (strcmp(columns[c], p->slots.at[k->slots.at[i]].id.name)) c++;
        bit[c] = s->valid[c][from / 64] >> (from % 64) & 1;
        in[i] = (struct mlp_in){ (const char *)s->data[c] + from * width[c], n == 1 ? &bit[c] : s->valid[c] };
    }
    for (uint32_t i = 0; i < k->outs.n; i++) out[i] = (struct mlp_out){ to[i], 1, NULL };
    d->code.entry[p->apply].map(&ctx, in, n, out);
}

static void python_says(void **unused)
{
    (void)unused;
    char path[] = "/tmp/mlp-functions-XXXXXX";
    const int file = mkstemp(path);
    assert_true(file >= 0);
    close(file);
    read_file();
    write_spec(path);
    struct driver d;
    struct mlp_error error = { 0 };
    if (!driver_check(&d, path)) fail_msg("%s: %s", d.src.diag[0].code, d.src.diag[0].text);
    unlink(path);
    assert_int_not_equal(kernel_emit(&d.plan.module, "no such level", &d.object, &error), MLP_OK);   /* the room with LLVM is linked in */
    if (driver_ready(&d, &error)) fail_msg("%s", error.text);
    assert_int_equal(d.code.program->features.n, exprs);
    const size_t words = ROWS / 64 + 16;
    struct mlp_str *text[2] = { calloc(ROWS, sizeof *text[0]), calloc(ROWS, sizeof *text[0]) };
    int64_t *time[2] = { calloc(ROWS, 8), calloc(ROWS, 8) };
    double *x = calloc(ROWS, 8);
    struct slots s = { .data = { text[0], text[1], time[0], time[1], x } };
    for (int c = 0; c < COLUMNS; c++) s.valid[c] = calloc(words, 8);
    for (uint32_t i = 0; i < rows; i++) {
        for (int c = 0; c < 2; c++) text[c][i] = row[i].text[c], time[c][i] = row[i].time[c];
        x[i] = row[i].x;
        for (int c = 0; c < COLUMNS; c++) s.valid[c][i / 64] |= (uint64_t)row[i].there[c] << (i % 64);
    }
    void *block[EXPRS], *single[EXPRS];
    for (uint32_t i = 0; i < exprs; i++) block[i] = calloc(ROWS, 4), single[i] = calloc(16, 4);
    struct mlp_arena arena = { 0 };
    run(&d, &s, 0, rows, block, &arena);
    mlp_arena_reset(&arena);
    unsigned wrong = 0;
    for (uint32_t i = 0; i < rows; i++) {
        const uint32_t e = row[i].expr;
        const float got = ((float *)block[e])[i], want = (float)row[i].is;
        run(&d, &s, i, 1, single, &arena);
        for (uint32_t k = 0; k < exprs; k++)
            if (memcmp(single[k], (char *)block[k] + 4 * i, 4)) fail_msg("%s: row form differs in row %u", expr[k].text, i);
        if (i % 256 == 0) mlp_arena_reset(&arena);
        const double slack = expr[e].tolerance > 0 ? 1e-7 + expr[e].tolerance : 0;   /* a feature is f32 */
        if (isnan(want) ? isnan(got) : fabs((double)got - want) <= slack * (1 + fabs(want))) continue;
        if (wrong++ < 20)
            print_error("%s of t \"%.*s\" u \"%.*s\" at %lld d %lld x %g is %.9g, not %.9g\n", expr[e].text, (int)row[i].text[0].n, row[i].text[0].at,
                        (int)row[i].text[1].n, row[i].text[1].at, (long long)row[i].time[0], (long long)row[i].time[1], row[i].x, got, want);
    }
    assert_int_equal(wrong, 0);
    assert_true(rows > 1000);
    for (uint32_t i = 0; i < exprs; i++) free(block[i]), free(single[i]);
    for (int c = 0; c < COLUMNS; c++) free(s.valid[c]);
    for (int c = 0; c < 2; c++) free(text[c]), free(time[c]);
    free(x);
    mlp_arena_clear(&kept);
    mlp_arena_clear(&arena);
    driver_clear(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(python_says) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
