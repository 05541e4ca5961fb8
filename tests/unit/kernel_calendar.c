/* kernel_calendar.c: the calendar of compiled kernels: every day of 1600 to 2400 and far beyond, against a calendar that is walked day by
 * day; blocks, tails and single rows alike; the edges of time; zones. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "compiler/kernel/kernel.h"
#include "runtime/base/cpu.h"
#include "runtime/base/hash.h"
#include "tests/kernel/calendar.h"

enum { PARTS = 11, N = 4001 };
enum { YEAR, MONTH, DAY, DAY_OF_YEAR, WEEKDAY, WEEK, HOUR, MINUTE, DATE, CLOCK, ZONED };
static const int64_t day_us = INT64_C(86400000000);
/* +1 h before 1900, then 0 h, +2 h from 2000 on, -1 h from 2100 on */
#define CHANGE(seconds, offset) (uint32_t)(uint64_t)(seconds), (uint32_t)((uint64_t)(seconds) >> 32), (uint32_t)(offset)
static const uint32_t zone[] = { CHANGE(INT64_MIN, 3600), CHANGE(INT64_C(-2208988800), 0), CHANGE(INT64_C(946684800), 7200),
                                 CHANGE(INT64_C(4102444800), -3600) };
static double got[PARTS][N + 8], single[PARTS][8];

struct kernels { struct kernel_code *code[2]; mlp_map_fn *map[2]; unsigned n; };

static void open_kernels(struct kernels *k)
{
    static const uint8_t reps[] = { MLP_I64 };
    static const mlp_ix slots[] = { 0 };
    struct mlp_arena arena = { 0 };
    struct ir_graph g = { .arena = &arena };
    struct ir_out out[PARTS];
    ir_ix time = ir_leaf(&g, IR_SLOT, IR_I, 0, 0, true);
    for (uint32_t i = 0; i <= CLOCK; i++) out[i] = (struct ir_out){ ir_op(&g, IR_YEAR + i, &time, 1), MLP_OUT_F64 };
    out[ZONED] = (struct ir_out){ ir_zone(&g, time, zone, sizeof zone / sizeof *zone), MLP_OUT_F64 };
    const struct ir_kernel kernel = { "parts", MLP_K_MAP, out, PARTS, slots, 1 };
    const struct ir_module m = { &g, &kernel, 1, reps };
    const char *levels[] = { "x86-64-v3", mlp_cpu_level() }, *symbol = "parts";
#ifndef __x86_64__
    levels[0] = levels[1];
#endif
    k->n = strcmp(levels[0], levels[1]) ? 2 : 1;
    for (unsigned i = 0; i < k->n; i++) {
        struct mlp_buffer object = { 0 };
        struct mlp_error error = { 0 };
        union mlp_entry entry;
        if (kernel_emit(&m, levels[i], &object, &error)) fail_msg("%s", error.text);
        if (kernel_load(object.at, object.n, &symbol, 1, &entry, &k->code[i], &error)) fail_msg("%s", error.text);
        k->map[i] = entry.map;
        mlp_buffer_clear(&object);
    }
    mlp_arena_clear(&arena);
}

static void close_kernels(struct kernels *k) { for (unsigned i = 0; i < k->n; i++) kernel_unload(k->code[i]); }

static void run(mlp_map_fn *map, const int64_t *time, const uint64_t *valid, size_t n, double (*to)[N + 8])
{
    struct mlp_out out[PARTS];
    const struct mlp_in in = { time, valid };
    const struct mlp_ctx ctx = { 0 };
    for (int i = 0; i < PARTS; i++) out[i] = (struct mlp_out){ to[i], 1, NULL };
    map(&ctx, &in, n, out);
}

static void expect(const struct ref_time *t, int64_t time, size_t row)
{
    const double want[] = { (double)t->year, t->month, t->day, t->day_of_year, t->weekday, t->week, (double)(t->clock / 3600000000),
                            (double)(t->clock / 60000000 % 60), (double)t->start, (double)t->clock,
                            (double)ref_zone(zone, sizeof zone / sizeof *zone, time) };
    for (int i = 0; i < PARTS; i++)
        if (got[i][row] != want[i]) fail_msg("part %d of %lld: %.17g, not %.17g", i, (long long)time, got[i][row], want[i]);
}

/* Every row of a block alone: the same bits. */
static void rows_alone(mlp_map_fn *map, const int64_t *time, size_t n)
{
    for (size_t row = 0; row < n; row++) {
        struct mlp_out out[PARTS];
        const struct mlp_in in = { time + row, NULL };
        const struct mlp_ctx ctx = { 0 };
        for (int i = 0; i < PARTS; i++) out[i] = (struct mlp_out){ single[i], 1, NULL };
        map(&ctx, &in, 1, out);
        for (int i = 0; i < PARTS; i++) assert_memory_equal(&single[i][0], &got[i][row], 8);
    }
}

/* Walks from 1600-01-01 day by day: first and last microsecond, and one between. */
static void every_day(void **unused)
{
    (void)unused;
    struct kernels k;
    open_kernels(&k);
    for (unsigned level = 0; level < k.n; level++) {
        static int64_t time[N];
        static struct ref_time want[N];
        struct ref_time t = { .year = 1600, .month = 1, .day = 1, .day_of_year = 1, .weekday = 6, .week = 52 };
        int64_t day = -135140;                              /* 1600-01-01, a Saturday */
        uint64_t draws = 0;
        while (t.year <= 2400) {
            size_t n = 0;
            for (; n + 3 <= N && t.year <= 2400; n += 3) {
                t.start = day * day_us;
                const int64_t clock[] = { 0, day_us - 1, (int64_t)(mlp_random(3, 5, draws++) % (uint64_t)day_us) };
                for (int i = 0; i < 3; i++) want[n + i] = t, want[n + i].clock = clock[i], time[n + i] = t.start + clock[i];
                day++, t.day++, t.day_of_year++, t.weekday = t.weekday % 7 + 1;
                if (t.day > ref_days_of_month(t.year, t.month)) t.day = 1, t.month++;
                if (t.month > 12) t.month = 1, t.year++, t.day_of_year = 1;
                if (t.weekday == 1) {                       /* a new week; the first with four days in a year is its week 1 */
                    const int left = ref_days_of_year(t.year) - t.day_of_year;
                    t.week = left < 3 || t.day_of_year <= 4 ? 1 : t.week + 1;
                }
            }
            run(k.map[level], time, NULL, n, got);
            for (size_t row = 0; row < n; row++) expect(&want[row], time[row], row);
            if (draws < 4000) rows_alone(k.map[level], time, n < 64 ? n : 64);
        }
        assert_int_equal(day + 135140, 2 * 146097 + 366);   /* two cycles of 400 years, and 2400 */
    }
    close_kernels(&k);
}

/* All of 64 bits, years below 0 too; the calendar repeats after 146097 days. */
static void far_away(void **unused)
{
    (void)unused;
    struct kernels k;
    open_kernels(&k);
    for (unsigned level = 0; level < k.n; level++)
        for (int round = 0; round < 20; round++) {
            static int64_t time[N];
            static const int64_t edge[] = { INT64_MIN, INT64_MIN + 1, INT64_MAX, INT64_MAX - 1, 0, -1, 1, -86400000000, 86399999999 };
            for (int i = 0; i < N; i++) {
                time[i] = (int64_t)mlp_random(9, (uint64_t)round, (uint64_t)i);
                if (round % 2) time[i] = time[i] / day_us * day_us - i % 3;   /* at and beside a day's start */
            }
            memcpy(time, edge, sizeof edge);
            run(k.map[level], time, NULL, N, got);
            for (size_t row = 0; row < N; row++) {
                const struct ref_time t = ref_calendar(time[row]);
                expect(&t, time[row], row);
            }
            rows_alone(k.map[level], time, 100);
        }
    const struct ref_time t = ref_calendar(-62198755200000000);   /* -0001-01-01 */
    assert_true(t.year == -1 && t.month == 1 && t.day == 1);
    close_kernels(&k);
}

static void missing(void **unused)
{
    (void)unused;
    struct kernels k;
    open_kernels(&k);
    static int64_t time[128];
    uint64_t valid[2] = { 0x5555aaaa0f0f3c3c, 0x123456789abcdef0 };
    for (int i = 0; i < 128; i++) time[i] = valid[i / 64] >> (i % 64) & 1 ? i * day_us : INT64_MIN;
    for (unsigned level = 0; level < k.n; level++)
        for (size_t n = 0; n < 128; n += 7) {
            run(k.map[level], time, valid, n, got);
            for (size_t row = 0; row < n; row++)
                for (int i = 0; i < PARTS; i++) assert_int_equal(!isnan(got[i][row]), valid[row / 64] >> (row % 64) & 1);
        }
    close_kernels(&k);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(every_day), cmocka_unit_test(far_away), cmocka_unit_test(missing) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
