/* kernel_time.c: what kernels cost: text-less graph to object (cold: LLVM is loaded in this process; again: it is there), object to
 * callable code, rows in blocks and one by one. The graph is that of a churn spec: 19 columns in, 20 features out, target, link, loss, rule, slice. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "compiler/kernel/kernel.h"
#include "runtime/base/cpu.h"
#include "runtime/base/hash.h"

enum { COLUMNS = 21, ROWS = 65536, BOOLS = 6, CODES = 11, KERNELS = 6 };
static double ms(clockid_t clock)
{
    struct timespec t;
    clock_gettime(clock, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec * 1e-6;
}
static double now(void) { return ms(CLOCK_MONOTONIC); }
static ir_ix two(struct ir_graph *g, enum ir_op op, ir_ix a, ir_ix b) { return ir_op(g, op, (ir_ix[]){ a, b }, 2); }
static ir_ix one(struct ir_graph *g, enum ir_op op, ir_ix a) { return ir_op(g, op, &a, 1); }
static ir_ix either(struct ir_graph *g, ir_ix c, ir_ix a, ir_ix b) { return ir_op(g, IR_IF, (ir_ix[]){ c, a, b }, 3); }

/* Columns 0..5 bool, 6..16 category, 17 tenure, 18 monthly, 19 total (may be missing), 20 churn. */
static mlp_ix slots[COLUMNS];
static uint8_t reps[COLUMNS];
static ir_ix column(struct ir_graph *g, uint32_t i)
{
    enum ir_type type = i < BOOLS || i == 20 ? IR_B : i < BOOLS + CODES ? IR_C : IR_F;
    return ir_leaf(g, IR_SLOT, type, i, 0, i == 19);
}

static struct ir_module module_of(struct ir_graph *g, struct ir_kernel k[KERNELS], struct ir_out out[32])
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < COLUMNS; i++) slots[i] = i, reps[i] = i >= BOOLS && i < BOOLS + CODES ? MLP_CODE : MLP_F64;
    for (uint32_t i = 0; i < BOOLS; i++) out[n++] = (struct ir_out){ column(g, i), MLP_OUT_F32 };
    for (uint32_t i = BOOLS; i < BOOLS + CODES; i++) out[n++] = (struct ir_out){ column(g, i), MLP_OUT_CODE };
    ir_ix tenure = column(g, 17), monthly = column(g, 18), total = column(g, 19);
    out[n++] = (struct ir_out){ tenure, MLP_OUT_F32 };
    out[n++] = (struct ir_out){ monthly, MLP_OUT_F32 };
    out[n++] = (struct ir_out){ one(g, IR_LOG1P, either(g, one(g, IR_IS_MISSING, total), ir_num(g, 0), total)), MLP_OUT_F32 };
    out[n++] = (struct ir_out){ two(g, IR_DIV, total, tenure), MLP_OUT_F32 };
    k[0] = (struct ir_kernel){ "apply", MLP_K_MAP, out, n, slots, 20 };
    out[24] = (struct ir_out){ column(g, 20), MLP_OUT_F64 };
    k[1] = (struct ir_kernel){ "target", MLP_K_MAP, out + 24, 1, slots + 20, 1 };
    ir_ix y = ir_leaf(g, IR_ARG, IR_F, 0, 0, false), z = ir_leaf(g, IR_ARG, IR_F, 1, 0, false), yz = two(g, IR_MUL, y, z), unit = ir_num(g, 1);
    out[25] = (struct ir_out){ two(g, IR_DIV, unit, two(g, IR_ADD, unit, one(g, IR_EXP, one(g, IR_NEG, z)))), MLP_OUT_F64 };
    k[2] = (struct ir_kernel){ "link", MLP_K_LINK, out + 25, 1, NULL, 0 };
    ir_ix up = two(g, IR_ADD, two(g, IR_SUB, z, yz), one(g, IR_LOG1P, one(g, IR_EXP, one(g, IR_NEG, z))));
    ir_ix down = two(g, IR_SUB, one(g, IR_LOG1P, one(g, IR_EXP, z)), yz);
    out[26] = (struct ir_out){ either(g, two(g, IR_GE, z, ir_num(g, 0)), up, down), MLP_OUT_F64 };
    k[3] = (struct ir_kernel){ "loss", MLP_K_LOSS, out + 26, 1, NULL, 0 };
    ir_ix rule = two(g, IR_AND, two(g, IR_EQ, column(g, 14), ir_int(g, IR_CODE, 2)), two(g, IR_LT, tenure, ir_num(g, 6)));
    out[27] = (struct ir_out){ either(g, rule, ir_num(g, 0.7), ir_num(g, 0.1)), MLP_OUT_F64 };
    k[4] = (struct ir_kernel){ "rule", MLP_K_MAP, out + 27, 1, slots, 20 };
    out[28] = (struct ir_out){ column(g, 14), MLP_OUT_CODE };
    k[5] = (struct ir_kernel){ "slice", MLP_K_MAP, out + 28, 1, slots + 14, 1 };
    return (struct ir_module){ g, k, KERNELS, reps };
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

int main(int argc, char **argv)
{
    const char *level = argc > 1 ? argv[1] : mlp_cpu_level(), *symbol[KERNELS];
    struct mlp_arena arena = { 0 };
    struct ir_graph g = { .arena = &arena };
    struct ir_kernel k[KERNELS];
    struct ir_out out[32];
    struct mlp_buffer object = { 0 };
    struct mlp_error error = { 0 };
    union mlp_entry entry[KERNELS];
    struct kernel_code *code;
    const struct ir_module m = module_of(&g, k, out);
    for (int i = 0; i < KERNELS; i++) symbol[i] = k[i].symbol;
    double t = now(), cpu = ms(CLOCK_PROCESS_CPUTIME_ID);
    if (kernel_emit_lazy(&m, level, &object, &error) || kernel_load(object.at, object.n, symbol, KERNELS, entry, &code, &error)) {
        fprintf(stderr, "%s\n", error.text);
        return 1;
    }
    printf("%s: cold %.1f ms (CPU %.1f), object %zu bytes\n", level, now() - t, ms(CLOCK_PROCESS_CPUTIME_ID) - cpu, object.n);
    double times[15];
    for (int i = 0; i < 15; i++) {
        t = now();
        if (kernel_emit_lazy(&m, level, &object, &error)) return 1;
        times[i] = now() - t;
    }
    qsort(times, 15, sizeof *times, by_value);
    printf("emit again: median %.1f ms, least %.1f\n", times[7], times[0]);
    uint8_t hash[16] = { 9 };
    char key[33];
    kernel_cache_key(hash, level, key);
    kernel_cache_put(key, &object);
    for (int i = 0; i < 15; i++) {
        kernel_unload(code);
        t = now();
        if (!kernel_cache_get(key, &object) || kernel_load(object.at, object.n, symbol, KERNELS, entry, &code, &error)) return 1;
        times[i] = now() - t;
    }
    qsort(times, 15, sizeof *times, by_value);
    printf("from cache to callable: median %.3f ms\n", times[7]);
    struct mlp_arena memory = { 0 };                        /* columns of 2^k bytes would share their cache lines' places: the runtime adds a line too */
    mlp_arena_alloc(&memory, 64u << 20);
    mlp_arena_reset(&memory);
    struct mlp_in in[COLUMNS];
    struct mlp_out to[32];
    uint64_t *valid = calloc(ROWS / 64, 8);
    for (uint32_t i = 0; i < ROWS / 64; i++) valid[i] = mlp_random(1, 2, i);
    for (uint32_t c = 0; c < COLUMNS; c++) {
        double *f = mlp_arena_alloc(&memory, ROWS * 8 + 64);
        uint32_t *codes = (uint32_t *)f;
        for (uint32_t r = 0; r < ROWS; r++) {
            uint64_t bits = mlp_random(3, c, r);
            if (reps[c] == MLP_CODE) codes[r] = (uint32_t)(2 + bits % 3);
            else f[r] = c < BOOLS ? (double)(bits & 1) : mlp_uniform(bits) * 100;
        }
        in[c] = (struct mlp_in){ f, c == 19 ? valid : NULL };
    }
    for (int i = 0; i < 32; i++) to[i] = (struct mlp_out){ mlp_arena_alloc(&memory, ROWS * 8 + 64), 1, NULL };
    struct mlp_ctx ctx = { 0 };
    for (int i = 0; i < 15; i++) {
        t = now();
        entry[0].map(&ctx, in, ROWS, to);
        times[i] = (now() - t) * 1e6 / ROWS;
    }
    qsort(times, 15, sizeof *times, by_value);
    printf("apply, one block of %d rows: median %.2f ns/row, least %.2f\n", ROWS, times[7], times[0]);
    for (int i = 0; i < 15; i++) {
        t = now();
        for (size_t at = 0; at < ROWS; at += 1024) entry[0].map(&ctx, in, 1024, to);
        times[i] = (now() - t) * 1e6 / ROWS;
    }
    qsort(times, 15, sizeof *times, by_value);
    printf("apply, the same 1024 rows (in cache): median %.2f ns/row\n", times[7]);
    for (int i = 0; i < 15; i++) {
        t = now();
        for (int r = 0; r < ROWS; r++) entry[0].map(&ctx, in, 1, to);
        times[i] = (now() - t) * 1e6 / ROWS;
    }
    qsort(times, 15, sizeof *times, by_value);
    printf("apply, one row a call: median %.1f ns\n", times[7]);
    double *score = to[0].data, *y = to[1].data, *value = to[2].data, *grad = to[3].data, *hess = to[4].data;
    for (int r = 0; r < ROWS; r++) score[r] = (mlp_uniform(mlp_random(1, 1, (uint64_t)r)) - 0.5) * 10, y[r] = r & 1;
    for (int i = 0; i < 15; i++) {
        t = now();
        entry[3].loss(&ctx, y, NULL, score, ROWS, NULL, grad, hess);
        times[i] = (now() - t) * 1e6 / ROWS;
    }
    qsort(times, 15, sizeof *times, by_value);
    printf("log loss, grad and hess: median %.2f ns/row\n", times[7]);
    for (int i = 0; i < 15; i++) {
        t = now();
        entry[2].link(&ctx, score, ROWS, value);
        times[i] = (now() - t) * 1e6 / ROWS;
    }
    qsort(times, 15, sizeof *times, by_value);
    printf("sigmoid: median %.2f ns/row\n", times[7]);
    kernel_unload(code);
    free(valid);
    mlp_arena_clear(&memory);
    mlp_arena_clear(&arena);
    mlp_buffer_clear(&object);
    return 0;
}
