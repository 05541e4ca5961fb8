/* kernel_emit.c: compiled kernels against their plain C reference, bit for bit, in every form and tail; losses against finite differences;
 * the graph builders; what an object may hold; the loader and the cache with damaged bytes. */
#include <float.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>
#include "compiler/kernel/kernel.h"
#include "runtime/base/cpu.h"
#include "runtime/base/hash.h"
#include "tests/kernel/reference.h"

enum { ROWS = 70, SLOTS = 11, MOST_OUTS = 160 };
enum { F0, F1, F_SURE, I0, I_SURE, C0, C_SURE, S0, S_SURE, B0, B_SURE };
static const uint8_t reps[SLOTS] = { MLP_F64, MLP_F64, MLP_F64, MLP_I64, MLP_I64, MLP_CODE, MLP_CODE, MLP_STR, MLP_STR, MLP_F64, MLP_F64 };
static const char types[SLOTS + 1] = "fffiiccssbb";
static const mlp_ix all_slots[SLOTS] = { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 };
mlp_status object_check(const void *object, size_t n, struct mlp_error *error);

/* ---- calls, state, rows ---- */
static uint8_t t_equals(const struct mlp_str *a, const struct mlp_str *b) { return a->n == b->n && (!a->n || !memcmp(a->at, b->at, a->n)); }
static uint8_t t_starts(const struct mlp_str *a, const struct mlp_str *b) { return b->n <= a->n && (!b->n || !memcmp(a->at, b->at, b->n)); }
static uint8_t t_ends(const struct mlp_str *a, const struct mlp_str *b) { return b->n <= a->n && (!b->n || !memcmp(a->at + a->n - b->n, b->at, b->n)); }
static uint8_t t_contains(const struct mlp_str *a, const struct mlp_str *b)
{
    for (uint64_t i = 0; i + b->n <= a->n; i++) if (!b->n || !memcmp(a->at + i, b->at, b->n)) return 1;
    return 0;
}
static double t_length(const struct mlp_str *a) { return (double)a->n; }
static void t_case(void *arena, struct mlp_str *out, const struct mlp_str *in, int up)
{
    char *to = mlp_arena_alloc(arena, in->n + 1);
    for (uint64_t i = 0; i < in->n; i++)
        to[i] = (char)(up && in->at[i] >= 'a' && in->at[i] <= 'z' ? in->at[i] - 32 : !up && in->at[i] >= 'A' && in->at[i] <= 'Z' ? in->at[i] + 32 : in->at[i]);
    *out = (struct mlp_str){ to, in->n };
}
static void t_lower(void *arena, struct mlp_str *out, const struct mlp_str *in) { t_case(arena, out, in, 0); }
static void t_upper(void *arena, struct mlp_str *out, const struct mlp_str *in) { t_case(arena, out, in, 1); }
static void t_trim(void *arena, struct mlp_str *out, const struct mlp_str *in)
{
    (void)arena;
    *out = *in;
    while (out->n && out->at[0] == ' ') out->at++, out->n--;
    while (out->n && out->at[out->n - 1] == ' ') out->n--;
}
static double t_place(const double *at, uint64_t n, double x) { double k = 0; while (n--) k += *at++ <= x; return k; }
static double t_rank(const double *at, uint64_t n, double x) { return n ? at[n - 1] - x : NAN; }
static const struct mlp_calls test_calls = { .equals = t_equals, .contains = t_contains, .starts_with = t_starts, .ends_with = t_ends,
    .length = t_length, .lower = t_lower, .upper = t_upper, .trim = t_trim, .place = t_place, .rank = t_rank };

static const double cell0[] = { 1.5, NAN, -2 }, cell1[] = { 0.25, 1, 2, NAN, 4, 5 }, params[] = { 2.5, NAN };
static const struct mlp_cell cells[] = { { cell0, 3 }, { cell1, 6 }, { NULL, 0 } };
static const struct mlp_state state = { 3, cells };
static struct mlp_arena scratch;
static const struct mlp_ctx ctx = { &test_calls, &state, params, &scratch };

static uint64_t draws;
static uint64_t bits64(void) { return mlp_random(7, 1, draws++); }
static uint64_t draw(uint64_t below) { return mlp_random(11, 3, draws++) % below; }
static double draw_number(void)
{
    static const double special[] = { 0, -0.0, 1, -1, 0.5, 1.5, 2.5, -2.5, 3, 1e300, -1e300, 5e-324, 1e-310, DBL_MAX, 0x1p52, 0x1p53 + 2, 1e-8, 700, -700, 1e40 };
    if (draw(3) == 0) return special[draw(sizeof special / sizeof *special)];
    double u = mlp_uniform(mlp_random(5, 4, draws++)) * 2 - 1;
    return draw(2) ? u * 10 : draw(2) ? round(u * 20) / 2 : u * 1000;
}

struct rows { double f[5][ROWS]; int64_t i[2][ROWS]; uint32_t c[2][ROWS]; struct mlp_str s[2][ROWS]; uint64_t valid[SLOTS][2]; struct mlp_in in[SLOTS]; };

static void fill_rows(struct rows *r, int bitmaps)
{
    static const char *const texts[] = { "", "a", "Churn Rate", " rate ", "UPPER", "abcabc", "the rate" };
    for (int row = 0; row < ROWS; row++) {
        for (int k = 0; k < 3; k++) r->f[k][row] = draw_number();
        for (int k = 3; k < 5; k++) r->f[k][row] = (double)draw(2);
        for (int k = 0; k < 2; k++) {
            r->i[k][row] = draw(4) ? (int64_t)draw(2000000) - 1000000 : draw(2) ? INT64_MAX - (int64_t)draw(2) : INT64_MIN + (int64_t)draw(2);
            r->c[k][row] = (uint32_t)draw(8) + (k ? 1 : 0);
            const char *t = texts[draw(7)];
            r->s[k][row] = (struct mlp_str){ t, strlen(t) };
        }
    }
    void *data[SLOTS] = { r->f[0], r->f[1], r->f[2], r->i[0], r->i[1], r->c[0], r->c[1], r->s[0], r->s[1], r->f[3], r->f[4] };
    for (int s = 0; s < SLOTS; s++) {
        bool sure = s == F_SURE || s == I_SURE || s == C_SURE || s == S_SURE || s == B_SURE;
        for (int w = 0; w < 2; w++) { r->valid[s][w] = bits64(); if (draw(3) == 0) r->valid[s][w] |= bits64(); }
        r->in[s] = (struct mlp_in){ data[s], sure || !bitmaps ? NULL : r->valid[s] };
        if (r->in[s].valid && reps[s] == MLP_STR)           /* a missing text may be anything: nobody may look */
            for (size_t row = 0; row < ROWS; row++) if (!ref_bit(r->valid[s], row)) r->s[s == S_SURE][row] = (struct mlp_str){ (const char *)8, 99 };
    }
}

/* Row `row` alone: pointers moved on, bitmaps of one bit. */
static void one_row(const struct rows *r, size_t row, struct mlp_in in[SLOTS], uint64_t bit[SLOTS])
{
    static const size_t size[] = { [MLP_F64] = 8, [MLP_I64] = 8, [MLP_CODE] = 4, [MLP_STR] = sizeof(struct mlp_str) };
    for (int s = 0; s < SLOTS; s++) {
        bit[s] = ref_bit(r->in[s].valid, row);
        in[s] = (struct mlp_in){ (const char *)r->in[s].data + row * size[reps[s]], r->in[s].valid ? &bit[s] : NULL };
    }
}

/* ---- levels, loading ---- */
static unsigned levels(const char *level[2])
{
    level[0] = mlp_cpu_level();
    level[1] = "x86-64-v3";
    assert_non_null(level[0]);
    return strcmp(level[0], "x86-64-v4") ? 1 : 2;
}

static void emit_and_load(const struct ir_module *m, const char *level, union mlp_entry *entry, struct kernel_code **code)
{
    struct mlp_buffer object = { 0 };
    struct mlp_error error = { 0 };
    const char *symbol[16];
    if (kernel_emit(m, level, &object, &error)) fail_msg("%s", error.text);
    for (uint32_t i = 0; i < m->kernels; i++) symbol[i] = m->kernel[i].symbol;
    if (kernel_load(object.at, object.n, symbol, m->kernels, entry, code, &error)) fail_msg("%s", error.text);
    mlp_buffer_clear(&object);
}

/* ---- maps against the reference ---- */
struct columns { double wide[MOST_OUTS][ROWS * 3 + 8]; uint64_t valid[MOST_OUTS][2]; struct mlp_out out[MOST_OUTS]; };

static void open_columns(struct columns *c, uint32_t outs, size_t step, bool bitmaps)
{
    memset(c->wide, 0xa5, sizeof c->wide);
    memset(c->valid, 0x5a, sizeof c->valid);
    for (uint32_t o = 0; o < outs; o++) c->out[o] = (struct mlp_out){ c->wide[o], step, bitmaps ? c->valid[o] : NULL };
}

static bool is_exact(const struct ir_graph *g, ir_ix at)
{
    const struct ir_node *n = &g->node[at];
    bool soft = n->op == IR_EXP || n->op == IR_EXPM1 || n->op == IR_LOG || n->op == IR_LOG1P || n->op == IR_SIN || n->op == IR_COS || n->op == IR_TANH || n->op == IR_POW;
    for (unsigned i = 0; i < n->args; i++) soft |= !is_exact(g, n->arg[i]);
    return !soft;
}

static void same_bytes(const struct ir_graph *g, const struct ir_kernel *k, uint32_t o, const void *a, const void *b, size_t size, size_t row, const char *what)
{
    if (!memcmp(a, b, size)) return;
    double x = size == 8 ? *(const double *)a : *(const float *)a, y = size == 8 ? *(const double *)b : *(const float *)b;
    if (size == 8 && !is_exact(g, k->out[o].node) && fabs(x - y) <= 5 * DBL_EPSILON * fabs(y)) return;
    struct mlp_buffer text = { 0 };
    ir_print(g, k->out[o].node, &text);
    fail_msg("%s: out %u, row %zu: %a, not %a: %s", what, o, row, x, y, text.at);
}

static void compare_map(const struct ir_graph *g, const struct ir_kernel *k, mlp_map_fn *map, int rounds)
{
    static struct columns got, want, single;
    static struct rows r;
    for (int round = 0; round < rounds; round++) {
        bool bitmaps = round % 3 != 2, out_bitmaps = round % 2 == 0;
        size_t step = round % 4 == 3 ? 3 : 1;
        fill_rows(&r, bitmaps);
        for (size_t n = 0; n <= ROWS; n += round < 2 ? 1 : 1 + draw(9)) {
            open_columns(&got, k->outs, step, out_bitmaps);
            open_columns(&want, k->outs, step, out_bitmaps);
            map(&ctx, r.in, n, got.out);
            ref_map(g, k, &ctx, r.in, n, want.out);
            for (uint32_t o = 0; o < k->outs; o++) {
                size_t size = k->out[o].form == MLP_OUT_F64 || k->out[o].form == MLP_OUT_I64 ? 8 : 4;
                for (size_t row = 0; row < n; row++)
                    same_bytes(g, k, o, (char *)got.wide[o] + row * step * size, (char *)want.wide[o] + row * step * size, size, row, "reference");
                if (n) memcpy((char *)got.wide[o] + (n - 1) * step * size, (char *)want.wide[o] + (n - 1) * step * size, size);
                assert_memory_equal((char *)got.wide[o] + (n ? (n - 1) * step + 1 : 0) * size, (char *)want.wide[o] + (n ? (n - 1) * step + 1 : 0) * size, 64);
                assert_memory_equal(got.valid[o], want.valid[o], sizeof got.valid[o]);
            }
        }
        open_columns(&got, k->outs, step, out_bitmaps);
        map(&ctx, r.in, ROWS, got.out);
        for (size_t row = 0; row < ROWS; row++) {           /* the row form: the very same bits, whatever the operation */
            struct mlp_in in[SLOTS];
            uint64_t bit[SLOTS];
            one_row(&r, row, in, bit);
            open_columns(&single, k->outs, 1, out_bitmaps);
            map(&ctx, in, 1, single.out);
            for (uint32_t o = 0; o < k->outs; o++) {
                size_t size = k->out[o].form == MLP_OUT_F64 || k->out[o].form == MLP_OUT_I64 ? 8 : 4;
                if (memcmp(single.wide[o], (char *)got.wide[o] + row * step * size, size)) fail_msg("row form differs: out %u row %zu", o, row);
                if (out_bitmaps) assert_int_equal(single.valid[o][0] & 1, ref_bit(got.valid[o], row));
            }
        }
    }
    mlp_arena_clear(&scratch);
}

static ir_ix leaf(struct ir_graph *g, int slot)
{
    bool sure = slot == F_SURE || slot == I_SURE || slot == C_SURE || slot == S_SURE || slot == B_SURE;
    return ir_leaf(g, IR_SLOT, (enum ir_type)types[slot], (uint32_t)slot, 0, !sure);
}
static ir_ix op1(struct ir_graph *g, enum ir_op op, ir_ix a) { return ir_op(g, op, &a, 1); }
static ir_ix op2(struct ir_graph *g, enum ir_op op, ir_ix a, ir_ix b) { return ir_op(g, op, (ir_ix[]){ a, b }, 2); }
static ir_ix op3(struct ir_graph *g, enum ir_op op, ir_ix a, ir_ix b, ir_ix c) { return ir_op(g, op, (ir_ix[]){ a, b, c }, 3); }

static void run_outs(struct ir_graph *g, const struct ir_out *out, uint32_t outs, int rounds)
{
    const char *level[2];
    for (uint32_t i = 0; i < outs; i++) assert_true(out[i].node != IR_NOTHING);
    const struct ir_kernel k = { "apply", MLP_K_MAP, out, outs, all_slots, SLOTS };
    const struct ir_module m = { g, &k, 1, reps };
    for (unsigned l = 0, n = levels(level); l < n; l++) {
        union mlp_entry entry;
        struct kernel_code *code;
        emit_and_load(&m, level[l], &entry, &code);
        compare_map(g, &k, entry.map, rounds);
        kernel_unload(code);
    }
}

static void every_number_op(void **unused)
{
    (void)unused;
    struct mlp_arena arena = { 0 };
    struct ir_graph g = { .arena = &arena };
    struct ir_out out[MOST_OUTS];
    uint32_t n = 0;
    ir_ix a = leaf(&g, F0), b = leaf(&g, F1), c = leaf(&g, F_SURE), k = ir_num(&g, 2.5);
    for (enum ir_op op = IR_ADD; op <= IR_POW; op++) {
        out[n++] = (struct ir_out){ op2(&g, op, a, b), MLP_OUT_F64 };
        out[n++] = (struct ir_out){ op2(&g, op, c, a), MLP_OUT_F64 };
        out[n++] = (struct ir_out){ op2(&g, op, c, k), MLP_OUT_F64 };
    }
    for (enum ir_op op = IR_NEG; op <= IR_TANH; op++) {
        bool two = op == IR_MIN || op == IR_MAX;
        out[n++] = (struct ir_out){ two ? op2(&g, op, a, b) : op1(&g, op, a), MLP_OUT_F64 };
        out[n++] = (struct ir_out){ two ? op2(&g, op, c, k) : op1(&g, op, c), op < IR_EXP ? MLP_OUT_F32 : MLP_OUT_F64 };
    }
    for (enum ir_op op = IR_EQ; op <= IR_GE; op++) {
        out[n++] = (struct ir_out){ op2(&g, op, a, b), MLP_OUT_F64 };
        out[n++] = (struct ir_out){ op2(&g, op, c, ir_num(&g, 0.5)), MLP_OUT_F32 };
        out[n++] = (struct ir_out){ op2(&g, op, leaf(&g, I0), leaf(&g, I_SURE)), MLP_OUT_F32 };
        out[n++] = (struct ir_out){ op2(&g, op, leaf(&g, C0), leaf(&g, C_SURE)), MLP_OUT_F32 };
        out[n++] = (struct ir_out){ op2(&g, op, leaf(&g, B0), leaf(&g, B_SURE)), MLP_OUT_F32 };
    }
    out[n++] = (struct ir_out){ ir_leaf(&g, IR_CELL, IR_F, 0, 0, true), MLP_OUT_F64 };
    out[n++] = (struct ir_out){ op2(&g, IR_DIV, op2(&g, IR_SUB, a, ir_leaf(&g, IR_CELL, IR_F, 0, 2, true)), ir_leaf(&g, IR_CELL, IR_F, 1, 4, true)), MLP_OUT_F32 };
    for (uint32_t sub = 1; sub < 4; sub += 2) out[n++] = (struct ir_out){ op2(&g, IR_ADD, c, ir_leaf(&g, IR_CELL, IR_F, 0, sub, true)), MLP_OUT_F64 };
    out[n++] = (struct ir_out){ ir_leaf(&g, IR_CELL, IR_F, 9, 0, true), MLP_OUT_F64 };
    out[n++] = (struct ir_out){ ir_leaf(&g, IR_CELL, IR_F, 2, 0, true), MLP_OUT_F64 };
    out[n++] = (struct ir_out){ op2(&g, IR_MUL, c, ir_leaf(&g, IR_PARAM, IR_F, 0, 0, false)), MLP_OUT_F64 };
    out[n++] = (struct ir_out){ op2(&g, IR_MUL, c, ir_leaf(&g, IR_PARAM, IR_F, 1, 0, true)), MLP_OUT_F64 };
    out[n++] = (struct ir_out){ ir_missing(&g, IR_F), MLP_OUT_F32 };
    out[n++] = (struct ir_out){ a, MLP_OUT_F32 };
    out[n++] = (struct ir_out){ c, MLP_OUT_F32 };
    assert_true(n <= MOST_OUTS);
    run_outs(&g, out, n, 24);
    mlp_arena_clear(&arena);
}

static void every_other_op(void **unused)
{
    (void)unused;
    struct mlp_arena arena = { 0 };
    struct ir_graph g = { .arena = &arena };
    struct ir_out out[MOST_OUTS];
    uint32_t n = 0;
    ir_ix a = leaf(&g, F0), i = leaf(&g, I0), j = leaf(&g, I_SURE), c = leaf(&g, C0), d = leaf(&g, C_SURE), s = leaf(&g, S0), t = leaf(&g, S_SURE);
    ir_ix p = leaf(&g, B0), q = leaf(&g, B_SURE), r = op2(&g, IR_LT, a, ir_num(&g, 1));
#define OUT(node, form) out[n++] = (struct ir_out){ node, form }
    OUT(i, MLP_OUT_F64); OUT(op2(&g, IR_IADD, i, j), MLP_OUT_F64); OUT(op2(&g, IR_ISUB, i, j), MLP_OUT_F32);
    OUT(op1(&g, IR_FROM_INT, op2(&g, IR_ISUB, j, ir_int(&g, IR_INT, 1))), MLP_OUT_F64);
    OUT(i, MLP_OUT_I64); OUT(op2(&g, IR_IADD, i, j), MLP_OUT_I64); OUT(leaf(&g, I_SURE), MLP_OUT_I64);
    OUT(op1(&g, IR_FROM_BOOL, p), MLP_OUT_F32); OUT(op1(&g, IR_FROM_BOOL, q), MLP_OUT_F64);
    OUT(op1(&g, IR_STEP, c), MLP_OUT_F32); OUT(op1(&g, IR_STEP, d), MLP_OUT_F64);
    for (enum ir_op op = IR_AND; op <= IR_OR; op++) { OUT(op2(&g, op, p, r), MLP_OUT_F64); OUT(op2(&g, op, p, q), MLP_OUT_F64); OUT(op2(&g, op, q, r), MLP_OUT_F32); }
    OUT(op1(&g, IR_NOT, p), MLP_OUT_F32); OUT(op1(&g, IR_NOT, q), MLP_OUT_F32);
    OUT(op3(&g, IR_IF, p, a, leaf(&g, F1)), MLP_OUT_F64); OUT(op3(&g, IR_IF, q, leaf(&g, F_SURE), ir_num(&g, 7)), MLP_OUT_F64);
    OUT(op3(&g, IR_IF, r, c, d), MLP_OUT_CODE); OUT(op3(&g, IR_IF, q, i, j), MLP_OUT_F64); OUT(op3(&g, IR_IF, p, q, r), MLP_OUT_F64);
    OUT(op3(&g, IR_IF, p, ir_missing(&g, IR_F), a), MLP_OUT_F64); OUT(op3(&g, IR_IF, q, ir_missing(&g, IR_C), d), MLP_OUT_CODE);
    for (int slot = 0; slot < SLOTS; slot++) OUT(op1(&g, IR_IS_MISSING, leaf(&g, slot)), MLP_OUT_F32);
    OUT(op3(&g, IR_IF, op1(&g, IR_IS_MISSING, a), ir_num(&g, 3), a), MLP_OUT_F32);
    OUT(op1(&g, IR_IS_MISSING, op1(&g, IR_LOG, a)), MLP_OUT_F32);
    OUT(c, MLP_OUT_CODE); OUT(d, MLP_OUT_CODE); OUT(ir_int(&g, IR_CODE, 5), MLP_OUT_CODE);
    OUT(ir_codes(&g, IR_IN_CODES, c, (uint32_t[]){ 5, 2, 3, 3 }, 4), MLP_OUT_F32); OUT(ir_codes(&g, IR_IN_CODES, d, (uint32_t[]){ 4 }, 1), MLP_OUT_F32);
    OUT(ir_codes(&g, IR_IN_CODES, d, NULL, 0), MLP_OUT_F32);
    OUT(ir_codes(&g, IR_KEEP, c, (uint32_t[]){ 2, 3, 4, 7 }, 4), MLP_OUT_CODE); OUT(ir_codes(&g, IR_KEEP, d, (uint32_t[]){ 1 }, 1), MLP_OUT_CODE);
    OUT(ir_lookup(&g, 1, ref_lookup(0), ir_num(&g, 3)), MLP_OUT_F64); OUT(ir_lookup(&g, 2, ref_lookup(1), ir_num(&g, 3)), MLP_OUT_F64);
    OUT(op1(&g, IR_TO_CODE, ir_cell_at(&g, 1, c)), MLP_OUT_CODE); OUT(op1(&g, IR_TO_CODE, ir_num(&g, 1e300)), MLP_OUT_CODE);
    OUT(ir_cell_at(&g, 1, c), MLP_OUT_F64); OUT(ir_cell_at(&g, 1, d), MLP_OUT_F32); OUT(ir_cell_at(&g, 2, c), MLP_OUT_F32); OUT(ir_cell_at(&g, 12, c), MLP_OUT_F32);
    for (uint32_t f = 0; f < 4; f++) {
        OUT(ir_call(&g, f, (ir_ix[]){ s, t }, 2), MLP_OUT_F32); OUT(ir_call(&g, f, (ir_ix[]){ t, ir_text(&g, "rate") }, 2), MLP_OUT_F32);
    }
    OUT(ir_call(&g, 4, &s, 1), MLP_OUT_F64);
    for (uint32_t f = 5; f < 8; f++) {
        OUT(ir_call(&g, 0, (ir_ix[]){ ir_call(&g, f, &s, 1), ir_text(&g, f == 6 ? "UPPER" : "rate") }, 2), MLP_OUT_F32);
        OUT(ir_call(&g, 4, (ir_ix[]){ ir_call(&g, 7, (ir_ix[]){ ir_call(&g, f, &t, 1) }, 1) }, 1), MLP_OUT_F64);
    }
    OUT(ir_call(&g, 4, (ir_ix[]){ op3(&g, IR_IF, p, s, t) }, 1), MLP_OUT_F64);
    assert_true(n <= MOST_OUTS);
    run_outs(&g, out, n, 24);
    mlp_arena_clear(&arena);
}

static void random_graphs(void **unused)
{
    (void)unused;
    const char *deep = getenv("MLP_TEST_DEEP");
    for (int turn = 0; turn < (deep ? 200 : 12); turn++) {
        struct mlp_arena arena = { 0 };
        struct ir_graph g = { .arena = &arena };
        ir_ix pool[160];
        uint32_t size[160], n = 0, outs = 0;
        for (int s = 0; s < SLOTS; s++) size[n] = 1, pool[n++] = leaf(&g, s);
        for (uint32_t c = 0; c < 3; c++) size[n] = 1, pool[n++] = ir_leaf(&g, IR_CELL, IR_F, 0, c, true);
        size[n] = 1, pool[n++] = ir_int(&g, IR_CODE, 3);
        while (n < 150) {
            enum ir_op op = IR_ADD + (enum ir_op)draw(IR_CALL - IR_ADD);
            ir_ix arg[3];
            uint32_t total = 1, at[3];
            for (int i = 0; i < 3; i++) at[i] = (uint32_t)draw(n), arg[i] = pool[at[i]];
            ir_ix node = IR_NOTHING;
            for (unsigned args = 1; args <= 3 && node == IR_NOTHING; args++) {
                if (op == IR_IN_CODES || op == IR_KEEP) node = ir_codes(&g, op, arg[0], (uint32_t[]){ 2, 4, 5 }, 3);
                else if (op == IR_CELL_AT) node = ir_cell_at(&g, (uint32_t)draw(3), arg[0]);
                else if (op == IR_LOOKUP) node = ir_lookup(&g, (uint32_t)draw(4), ref_lookup(draw(2)), arg[0]);
                else if (op < IR_EXP || op > IR_TANH || op == IR_SQRT) node = op == IR_POW ? IR_NOTHING : ir_op(&g, op, arg, args);
                total += size[at[args - 1]];
            }
            if (node == IR_NOTHING || total > 500) continue;
            size[n] = total, pool[n++] = node;
        }
        struct ir_out out[40];
        while (outs < 40) {
            ir_ix node = pool[60 + draw(90)];
            uint8_t type = g.node[node].type;
            if (type != IR_S) out[outs++] = (struct ir_out){ node, type == IR_C ? MLP_OUT_CODE : draw(2) ? MLP_OUT_F64 : MLP_OUT_F32 };
        }
        run_outs(&g, out, outs, 3);
        mlp_arena_clear(&arena);
    }
}

/* ---- losses and links ---- */
static ir_ix stable_log_loss(struct ir_graph *g)            /* z >= 0: z - yz + log1p(e^-z), else -yz + log1p(e^z) */
{
    ir_ix y = ir_leaf(g, IR_ARG, IR_F, 0, 0, false), z = ir_leaf(g, IR_ARG, IR_F, 1, 0, false), yz = op2(g, IR_MUL, y, z);
    ir_ix up = op2(g, IR_ADD, op2(g, IR_SUB, z, yz), op1(g, IR_LOG1P, op1(g, IR_EXP, op1(g, IR_NEG, z))));
    ir_ix down = op2(g, IR_SUB, op1(g, IR_LOG1P, op1(g, IR_EXP, z)), yz);
    return op3(g, IR_IF, op2(g, IR_GE, z, ir_num(g, 0)), up, down);
}

static double ref_number(const struct ir_graph *g, ir_ix node, double y, double score)
{
    struct ref_env e = { .graph = g, .ctx = &ctx, .y = y, .score = score, .ieee = true };
    return ref_eval(&e, node).num;
}

static void losses(void **unused)
{
    (void)unused;
    struct mlp_arena arena = { 0 };
    struct ir_graph g = { .arena = &arena };
    ir_ix y = ir_leaf(&g, IR_ARG, IR_F, 0, 0, false), z = ir_leaf(&g, IR_ARG, IR_F, 1, 0, false), d = op2(&g, IR_SUB, y, z);
    struct ir_out out[8] = {
        { op2(&g, IR_MUL, d, d), 0 }, { stable_log_loss(&g), 0 },
        { op2(&g, IR_SUB, op1(&g, IR_EXP, z), op2(&g, IR_MUL, y, z)), 0 },                                          /* Poisson */
        { op3(&g, IR_IF, op2(&g, IR_LE, op1(&g, IR_ABS, d), ir_num(&g, 1)), op2(&g, IR_MUL, ir_num(&g, 0.5), op2(&g, IR_MUL, d, d)),
              op2(&g, IR_SUB, op1(&g, IR_ABS, d), ir_num(&g, 0.5))), 0 },                                           /* Huber */
        { op2(&g, IR_MAX, op2(&g, IR_MUL, ir_num(&g, 0.9), d), op2(&g, IR_MUL, ir_num(&g, -0.1), d)), 0 },          /* pinball */
        { op1(&g, IR_SQRT, op2(&g, IR_ADD, ir_num(&g, 1), op2(&g, IR_MUL, d, d))), 0 },
        { op2(&g, IR_ADD, op2(&g, IR_MUL, op1(&g, IR_SIN, z), op1(&g, IR_TANH, z)),
              op2(&g, IR_DIV, op2(&g, IR_POW, op1(&g, IR_ABS, z), ir_num(&g, 2.5)), op2(&g, IR_ADD, op1(&g, IR_COS, z), ir_num(&g, 3)))), 0 },
        { op2(&g, IR_ADD, op1(&g, IR_EXPM1, op2(&g, IR_DIV, z, ir_num(&g, 4))), op1(&g, IR_LOG, op2(&g, IR_ADD, op2(&g, IR_MUL, z, z), ir_num(&g, 1)))), 0 },
    };
    static const char *const name[8] = { "squared", "log_loss", "poisson", "huber", "pinball", "smooth", "odd", "mixed" };
    struct ir_kernel k[8];
    for (int i = 0; i < 8; i++) k[i] = (struct ir_kernel){ name[i], MLP_K_LOSS, &out[i], 1, NULL, 0 };
    const struct ir_module m = { &g, k, 8, NULL };
    const char *level[2];
    double ys[ROWS], zs[ROWS], ws[ROWS];
    for (int i = 0; i < ROWS; i++) ys[i] = (double)(i % 2), zs[i] = i == 0 ? 0.25 : (mlp_uniform(mlp_random(1, 1, (uint64_t)i)) - 0.5) * 12, ws[i] = (double)(i % 5) / 2;
    for (unsigned l = 0, nl = levels(level); l < nl; l++) {
        union mlp_entry entry[8];
        struct kernel_code *code;
        emit_and_load(&m, level[l], entry, &code);
        for (int i = 0; i < 8; i++) {
            ir_ix grad = ir_derive(&g, out[i].node, 1), hess = ir_derive(&g, grad, 1);
            for (size_t n = 0; n <= ROWS; n++) {
                double v[ROWS], gr[ROWS], he[ROWS], one[3];
                const double *w = n % 2 ? ws : NULL;
                entry[i].loss(&ctx, ys, w, zs, n, v, gr, he);
                for (size_t r = 0; r < n; r++) {
                    double weight = w ? w[r] : 1, h = 1e-5, tight = 1e-14;
                    entry[i].loss(&ctx, ys + r, w ? w + r : NULL, zs + r, 1, one, one + 1, one + 2);
                    assert_memory_equal(one, &v[r], 8); assert_memory_equal(one + 1, &gr[r], 8); assert_memory_equal(one + 2, &he[r], 8);
                    double rv = ref_number(&g, out[i].node, ys[r], zs[r]) * weight, rg = ref_number(&g, grad, ys[r], zs[r]) * weight, rh = ref_number(&g, hess, ys[r], zs[r]) * weight;
                    if (fabs(v[r] - rv) > tight * (1 + fabs(rv)) || fabs(gr[r] - rg) > 10 * tight * (1 + fabs(rg)) || fabs(he[r] - rh) > 100 * tight * (1 + fabs(rh)))
                        fail_msg("%s at y %g z %g: %.17g %.17g %.17g, not %.17g %.17g %.17g", name[i], ys[r], zs[r], v[r], gr[r], he[r], rv, rg, rh);
                    double up = ref_number(&g, out[i].node, ys[r], zs[r] + h), down = ref_number(&g, out[i].node, ys[r], zs[r] - h);
                    double gup = ref_number(&g, grad, ys[r], zs[r] + h), gdown = ref_number(&g, grad, ys[r], zs[r] - h);
                    if (fabs((up - down) / (2 * h) * weight - gr[r]) > 1e-5 * (1 + fabs(gr[r]))) fail_msg("%s: gradient at %g is %g, not %g", name[i], zs[r], gr[r], (up - down) / (2 * h));
                    if (fabs((gup - gdown) / (2 * h) * weight - he[r]) > 1e-4 * (1 + fabs(he[r]))) fail_msg("%s: second derivative at %g is %g, not %g", name[i], zs[r], he[r], (gup - gdown) / (2 * h));
                }
                double only[ROWS];
                entry[i].loss(&ctx, ys, w, zs, n, NULL, NULL, only);
                assert_memory_equal(only, he, n * 8);
                entry[i].loss(&ctx, ys, w, zs, n, NULL, only, NULL);
                assert_memory_equal(only, gr, n * 8);
                entry[i].loss(&ctx, ys, w, zs, n, NULL, NULL, NULL);
            }
        }
        double far[4] = { 800, -800, 0, NAN }, zero[4] = { 0 }, v[4], gr[4], he[4];
        entry[1].loss(&ctx, zero, NULL, far, 4, v, gr, he);
        assert_true(v[0] == 800 && v[1] == 0 && gr[0] == 1 && gr[1] == 0 && gr[2] == 0.5 && he[2] == 0.25 && isnan(v[3]));
        kernel_unload(code);
    }
    mlp_arena_clear(&arena);
}

static void links(void **unused)
{
    (void)unused;
    struct mlp_arena arena = { 0 };
    struct ir_graph g = { .arena = &arena };
    ir_ix z = ir_leaf(&g, IR_ARG, IR_F, 1, 0, false), one = ir_num(&g, 1);
    struct ir_out out[3] = { { op2(&g, IR_DIV, one, op2(&g, IR_ADD, one, op1(&g, IR_EXP, op1(&g, IR_NEG, z)))), 0 }, { z, 0 }, { op1(&g, IR_LOG, z), 0 } };
    const struct ir_kernel k[3] = { { "sigmoid", MLP_K_LINK, &out[0], 1, NULL, 0 }, { "identity", MLP_K_LINK, &out[1], 1, NULL, 0 }, { "log", MLP_K_LINK, &out[2], 1, NULL, 0 } };
    const struct ir_module m = { &g, k, 3, NULL };
    const char *level[2];
    for (unsigned l = 0, nl = levels(level); l < nl; l++) {
        union mlp_entry entry[3];
        struct kernel_code *code;
        emit_and_load(&m, level[l], entry, &code);
        double s[ROWS], a[ROWS], b[ROWS];
        for (int i = 0; i < ROWS; i++) s[i] = i == 3 ? -800 : i == 4 ? 800 : i == 5 ? -NAN : (i - 35) * 0.37;
        for (int f = 0; f < 3; f++)
            for (size_t n = 0; n <= ROWS; n++) {
                memcpy(b, s, sizeof b);
                entry[f].link(&ctx, s, n, a);
                entry[f].link(&ctx, b, n, b);               /* in place */
                assert_memory_equal(a, b, n * 8);
                for (size_t i = 0; i < n; i++) {
                    double want = ref_number(&g, out[f].node, 0, s[i]), row;
                    entry[f].link(&ctx, s + i, 1, &row);
                    assert_memory_equal(&row, &a[i], 8);
                    assert_true(isnan(want) ? isnan(a[i]) && !signbit(a[i]) : want == a[i] || fabs(a[i] - want) <= 4e-16 * fabs(want));
                }
                if (f == 0 && n > 5) assert_true(a[3] == 0 && a[4] == 1);
            }
        kernel_unload(code);
    }
    mlp_arena_clear(&arena);
}

/* ---- the graph ---- */
static const char *shown(const struct ir_graph *g, ir_ix at)
{
    static struct mlp_buffer text;
    text.n = 0;
    ir_print(g, at, &text);
    return text.at;
}

static void graphs(void **unused)
{
    (void)unused;
    struct mlp_arena arena = { 0 };
    struct ir_graph g = { .arena = &arena };
    ir_ix a = leaf(&g, F0), c = leaf(&g, F_SURE), z = ir_leaf(&g, IR_ARG, IR_F, 1, 0, false), y = ir_leaf(&g, IR_ARG, IR_F, 0, 0, false);
    assert_int_equal(op2(&g, IR_ADD, a, c), op2(&g, IR_ADD, a, c));
    assert_true(g.node[op2(&g, IR_ADD, c, c)].nullable && !g.node[op2(&g, IR_MIN, c, c)].nullable);
    assert_string_equal(shown(&g, op2(&g, IR_DIV, ir_num(&g, 1), ir_num(&g, 0))), "missing");
    assert_string_equal(shown(&g, op2(&g, IR_ADD, ir_num(&g, 0.1), ir_num(&g, 0.2))), "0.30000000000000004");
    assert_string_equal(shown(&g, op2(&g, IR_MOD, ir_num(&g, -1), ir_num(&g, 3))), "2");
    assert_string_equal(shown(&g, ir_num(&g, INFINITY)), "missing");
    assert_int_equal(op2(&g, IR_AND, ir_int(&g, IR_BOOL, 0), op1(&g, IR_IS_MISSING, a)), ir_int(&g, IR_BOOL, 0));
    assert_int_equal(op1(&g, IR_IS_MISSING, c), ir_int(&g, IR_BOOL, 0));
    assert_false(g.node[op3(&g, IR_IF, op1(&g, IR_IS_MISSING, a), ir_num(&g, 1), a)].nullable);
    assert_int_equal(op2(&g, IR_ADD, a, leaf(&g, S0)), IR_NOTHING);
    assert_int_equal(op2(&g, IR_ADD, a, IR_NOTHING), IR_NOTHING);
    assert_string_equal(shown(&g, ir_codes(&g, IR_KEEP, leaf(&g, C0), (uint32_t[]){ 4, 2, 2 }, 3)), "keep(slot5, {2 4})");
    assert_string_equal(shown(&g, ir_derive(&g, op2(&g, IR_POW, z, ir_num(&g, 2)), 1)), "mul(2, score)");
    assert_string_equal(shown(&g, ir_derive(&g, op2(&g, IR_MAX, z, y), 1)), "if(gt(y, score), 0, 1)");
    assert_string_equal(shown(&g, ir_derive(&g, op1(&g, IR_ABS, z), 1)), "sign(score)");
    assert_string_equal(shown(&g, ir_substitute(&g, op2(&g, IR_SUB, y, z), 1, op1(&g, IR_EXP, z))), "sub(y, exp(score))");
    assert_string_equal(shown(&g, ir_invert(&g, op1(&g, IR_LOG1P, op2(&g, IR_DIV, z, ir_num(&g, 3))), 1)), "mul(expm1(score), 3)");
    assert_string_equal(shown(&g, ir_invert(&g, op2(&g, IR_SUB, ir_num(&g, 5), op1(&g, IR_SQRT, z)), 1)), "mul(sub(5, score), sub(5, score))");
    assert_int_equal(ir_invert(&g, op2(&g, IR_MUL, z, z), 1), IR_NOTHING);
    assert_int_equal(ir_invert(&g, op1(&g, IR_SIN, z), 1), IR_NOTHING);
    ir_ix deep = z;
    for (int i = 0; i < 20000; i++) deep = op2(&g, IR_ADD, op1(&g, IR_SIN, deep), ir_num(&g, i));
    assert_true(ir_derive(&g, deep, 1) != IR_NOTHING && ir_substitute(&g, deep, 1, y) != IR_NOTHING);
    mlp_arena_clear(&arena);
}

/* ---- objects, loader, cache ---- */
static void churn_like(struct ir_graph *g, struct ir_out out[SLOTS])
{
    for (int s = 0; s < 6; s++) {
        ir_ix x = leaf(g, s % 3), fill = op3(g, IR_IF, op1(g, IR_IS_MISSING, x), ir_leaf(g, IR_CELL, IR_F, 0, 0, true), x);
        ir_ix node = op2(g, IR_DIV, op2(g, IR_SUB, op1(g, IR_LOG1P, fill), ir_leaf(g, IR_CELL, IR_F, 1, 1, true)), ir_num(g, s + 2));
        out[s] = (struct ir_out){ node, MLP_OUT_F32 };
    }
}

static void emit_churn(const char *level, struct mlp_buffer *object)
{
    struct mlp_arena arena = { 0 };
    struct ir_graph g = { .arena = &arena };
    struct ir_out out[SLOTS];
    churn_like(&g, out);
    const struct ir_kernel k = { "apply", MLP_K_MAP, out, 6, all_slots, SLOTS };
    struct mlp_error error = { 0 };
    if (kernel_emit(&(struct ir_module){ &g, &k, 1, reps }, level, object, &error)) fail_msg("%s", error.text);
    mlp_arena_clear(&arena);
}

static void packed_instructions(void **unused)
{
    (void)unused;
    char folder[] = "/tmp/mlp-test-XXXXXX", path[80], command[160], line[512];
    assert_non_null(mkdtemp(folder));
    static const struct { const char *level, *reg, *not_reg; } form[] = { { "x86-64-v3", "%ymm", "%zmm" }, { "x86-64-v4", "%zmm", NULL } };
    for (int f = 0; f < 2; f++) {
        struct mlp_buffer object = { 0 };
        emit_churn(form[f].level, &object);
        snprintf(path, sizeof path, "%s/o.o", folder);
        FILE *file = fopen(path, "wb");
        fwrite(object.at, 1, object.n, file);
        fclose(file);
        snprintf(command, sizeof command, "objdump -d %s", path);
        FILE *dump = popen(command, "r");
        assert_non_null(dump);
        int packed = 0, wrong = 0;
        while (fgets(line, sizeof line, dump)) {
            bool arithmetic = strstr(line, "vmulpd") || strstr(line, "vaddpd") || strstr(line, "vsubpd") || strstr(line, "vdivpd") || strstr(line, "213pd") || strstr(line, "231pd");
            packed += arithmetic && strstr(line, form[f].reg);
            wrong += form[f].not_reg && strstr(line, form[f].not_reg);
        }
        assert_int_equal(pclose(dump), 0);
        assert_true(packed >= 20);
        assert_int_equal(wrong, 0);
        unlink(path);
        mlp_buffer_clear(&object);
    }
    rmdir(folder);
}

static void undefined_symbols(void **unused)
{
    (void)unused;
    struct mlp_buffer object = { 0 };
    struct mlp_error error = { 0 };
    emit_churn("x86-64-v3", &object);
    assert_int_equal(object_check(object.at, object.n, &error), MLP_OK);
    uint64_t shoff;                                         /* make its symbol undefined and look again */
    memcpy(&shoff, object.at + 40, 8);
    uint16_t count;
    memcpy(&count, object.at + 60, 2);
    for (unsigned i = 0; i < count; i++) {
        uint32_t type;
        uint64_t offset, bytes;
        memcpy(&type, object.at + shoff + i * 64 + 4, 4);
        memcpy(&offset, object.at + shoff + i * 64 + 24, 8);
        memcpy(&bytes, object.at + shoff + i * 64 + 32, 8);
        if (type == 2) memset(object.at + offset + bytes - 24 + 6, 0, 2);      /* the last symbol: a global one */
    }
    assert_int_equal(object_check(object.at, object.n, &error), MLP_ERR_BUG);
    assert_non_null(strstr(error.text, "apply"));
    const char *symbol = "apply";
    union mlp_entry entry;
    struct kernel_code *code;
    assert_int_not_equal(kernel_load(object.at, object.n, &symbol, 1, &entry, &code, &error), MLP_OK);
    mlp_buffer_clear(&object);
}

static void damaged_objects(void **unused)
{
    (void)unused;
    struct mlp_buffer object = { 0 };
    emit_churn("x86-64-v3", &object);
    const char *symbol = "apply";
    union mlp_entry entry;
    struct kernel_code *code;
    struct mlp_error error;
    for (size_t n = 0; n < object.n; n += n < 128 ? 1 : 37) {
        char *copy = malloc(n + 1);                         /* of the exact size, so that a sanitizer sees a step too far */
        memcpy(copy, object.at, n);
        assert_int_not_equal(kernel_load(copy, n, &symbol, 1, &entry, &code, &error), MLP_OK);
        free(copy);
    }
    char *copy = malloc(object.n + 1);
    unsigned refused = 0;
    for (int i = 0; i < 20000; i++) {
        memcpy(copy, object.at, object.n);
        for (uint64_t flips = 1 + draw(3); flips > 0; flips--) {
            size_t at = draw(2) ? draw(object.n) : draw(2) ? draw(64) : object.n - 1 - draw(object.n / 4);   /* head and tables more often */
            copy[at] = (char)(copy[at] ^ (1 << draw(8)));
        }
        mlp_status s = kernel_load(copy, object.n, &symbol, 1, &entry, &code, &error);
        if (s == MLP_OK) kernel_unload(code); else refused++;
    }
    assert_true(refused > 1000);
    memcpy(copy + 1, object.at, object.n);                  /* unaligned bytes are fine */
    assert_int_equal(kernel_load(copy + 1, object.n, &symbol, 1, &entry, &code, &error), MLP_OK);
    kernel_unload(code);
    symbol = "nobody";
    assert_int_not_equal(kernel_load(object.at, object.n, &symbol, 1, &entry, &code, &error), MLP_OK);
    assert_non_null(strstr(error.text, "nobody"));
    free(copy);
    mlp_buffer_clear(&object);
}

static void cache(void **unused)
{
    (void)unused;
    char folder[] = "/tmp/mlp-test-XXXXXX", path[128], key[33], other[33];
    assert_non_null(mkdtemp(folder));
    setenv("XDG_CACHE_HOME", folder, 1);
    uint8_t hash[16] = { 1, 2, 3 };
    kernel_cache_key(hash, "x86-64-v3", key);
    kernel_cache_key(hash, "x86-64-v4", other);
    assert_int_equal(strlen(key), 32);
    assert_string_not_equal(key, other);
    struct mlp_buffer object = { 0 }, back = { 0 };
    emit_churn("x86-64-v3", &object);
    assert_false(kernel_cache_get(key, &back));
    kernel_cache_put(key, &object);
    assert_true(kernel_cache_get(key, &back));
    assert_int_equal(back.n, object.n);
    assert_memory_equal(back.at, object.at, object.n);
    assert_false(kernel_cache_get(other, &back));
    snprintf(path, sizeof path, "%s/mlp/%s.o", folder, key);
    FILE *file = fopen(path, "rb");
    size_t size = object.n + 64;
    char *bytes = malloc(size + 1);
    assert_int_equal(fread(bytes, 1, size + 1, file), size);
    fclose(file);
    for (int i = 0; i < 60; i++) {                          /* a flipped bit anywhere, or a cut: absent */
        size_t at = i < 20 ? (size_t)i * 3 : draw(size), keep = i % 5 == 4 ? at : size;
        bytes[at] = (char)(bytes[at] ^ (1 << draw(8)));
        file = fopen(path, "wb");
        fwrite(bytes, 1, keep, file);
        fclose(file);
        assert_false(kernel_cache_get(key, &back));
        kernel_cache_put(key, &object);
        file = fopen(path, "rb");
        assert_int_equal(fread(bytes, 1, size, file), size);
        fclose(file);
        assert_true(kernel_cache_get(key, &back));
    }
    assert_false(kernel_cache_get("../../etc/passwd", &back));
    setenv("XDG_CACHE_HOME", "/proc/nowhere", 1);
    kernel_cache_put(key, &object);                         /* silently nothing */
    assert_false(kernel_cache_get(key, &back));
    unlink(path);
    snprintf(path, sizeof path, "%s/mlp", folder);
    assert_int_equal(rmdir(path), 0);                       /* no temporary file was left */
    rmdir(folder);
    free(bytes);
    mlp_buffer_clear(&object);
    mlp_buffer_clear(&back);
}

static void refusals(void **unused)
{
    (void)unused;
    struct mlp_arena arena = { 0 };
    struct ir_graph g = { .arena = &arena };
    struct ir_out out = { leaf(&g, F0), MLP_OUT_F32 }, text = { leaf(&g, S0), MLP_OUT_F32 };
    struct ir_kernel k = { "apply", MLP_K_MAP, &out, 1, &all_slots[1], 2 };
    const struct ir_module m = { &g, &k, 1, reps };
    struct mlp_buffer object = { 0 };
    struct mlp_error error = { 0 };
    assert_int_equal(kernel_emit(&m, "x86-64-v3", &object, &error), MLP_ERR_BUG);
    assert_non_null(strstr(error.text, "slot 0"));
    k.slot = all_slots, k.slots = SLOTS, k.out = &text;
    assert_int_equal(kernel_emit(&m, "x86-64-v3", &object, &error), MLP_ERR_BUG);
    assert_int_equal(kernel_emit(&m, "x86-64-v2", &object, &error), MLP_ERR_BUG);
    k.out = &out;
    assert_int_equal(kernel_emit_lazy(&m, "x86-64-v3", &object, &error), MLP_OK);
    assert_int_equal(kernel_emit(&m, "aarch64", &object, &error), MLP_OK);     /* an object only: it cannot run here */
    mlp_buffer_clear(&object);
    mlp_arena_clear(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(graphs), cmocka_unit_test(every_number_op), cmocka_unit_test(every_other_op), cmocka_unit_test(random_graphs),
        cmocka_unit_test(losses), cmocka_unit_test(links), cmocka_unit_test(packed_instructions), cmocka_unit_test(undefined_symbols),
        cmocka_unit_test(damaged_objects), cmocka_unit_test(cache), cmocka_unit_test(refusals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
