/* calendar.c: parts of a time: year, month, weekday, hour … in lanes. Days are counted in doubles: every number on the way is whole and
 * far below 2^53, and a quotient of such numbers by a small divisor never rounds up to the next whole number, so floor(a / b) is exact and
 * vector units do all of it (they divide doubles, not integers). The calendar is the proleptic Gregorian one; years begin in March
 * inside, so that the leap day is the last of its year (Howard Hinnant's scheme). Must not read a clock or a zone file. */
#include <stdlib.h>
#include "compiler/kernel/emit.h"

static const int64_t day_us = INT64_C(86400000000);

static lv num(struct emit *e, double v) { return lanes_num(e, v); }
static lv plus(struct emit *e, lv a, double b) { return LLVMBuildFAdd(e->at, a, num(e, b), ""); }
static lv times(struct emit *e, lv a, double b) { return LLVMBuildFMul(e->at, a, num(e, b), ""); }
static lv minus(struct emit *e, lv a, lv b) { return LLVMBuildFSub(e->at, a, b, ""); }
static lv whole(struct emit *e, lv a, double by)            /* floor(a / by) */
{
    return lanes_intrinsic(e, "llvm.floor", LLVMBuildFDiv(e->at, a, num(e, by), ""), NULL, NULL);
}
static lv to_int(struct emit *e, lv a) { return LLVMBuildFPToSI(e->at, a, lanes_type(e, e->i64), ""); }

/* Days since 1970, rounded down. A day is 10546875 * 2^13 us; without its low 13 bits a time fits a double. */
static lv day_number(struct emit *e, lv time)
{
    lv high = LLVMBuildAShr(e->at, time, lanes_int(e, e->i64, 13), "");
    return whole(e, LLVMBuildSIToFP(e->at, high, lanes_type(e, e->f64), ""), 10546875);
}

static lv day_start(struct emit *e, lv day) { return LLVMBuildMul(e->at, to_int(e, day), lanes_int(e, e->i64, day_us), ""); }

/* us since the day began: below 2^37, also where the day begins before the earliest time and its start wraps around */
static lv clock_of(struct emit *e, lv time) { return LLVMBuildSub(e->at, time, day_start(e, day_number(e, time)), ""); }

struct civil { lv cycle, year, day; };                      /* 400 years; year of it 0..399; day of that year, 0 is March 1 */
static struct civil civil_of(struct emit *e, lv day)
{
    struct civil c;
    lv z = plus(e, day, 719468);                            /* days since 0000-03-01 */
    c.cycle = whole(e, z, 146097);
    lv in_cycle = minus(e, z, times(e, c.cycle, 146097));
    lv days = minus(e, in_cycle, whole(e, in_cycle, 1460));
    days = minus(e, LLVMBuildFAdd(e->at, days, whole(e, in_cycle, 36524), ""), whole(e, in_cycle, 146096));
    c.year = whole(e, days, 365);
    lv before = minus(e, LLVMBuildFAdd(e->at, times(e, c.year, 365), whole(e, c.year, 4), ""), whole(e, c.year, 100));
    c.day = minus(e, in_cycle, before);
    return c;
}

static lv month_of(struct emit *e, const struct civil *c) { return whole(e, plus(e, times(e, c->day, 5), 2), 153); }   /* 0 is March */
static lv is_early(struct emit *e, const struct civil *c) { return lanes_fcmp(e, LLVMRealOGE, c->day, num(e, 306)); }     /* January, February */

static lv day_of_year(struct emit *e, lv day)               /* 1 is January 1 */
{
    struct civil c = civil_of(e, day);
    lv rest4 = minus(e, c.year, times(e, whole(e, c.year, 4), 4)), rest100 = minus(e, c.year, times(e, whole(e, c.year, 100), 100));
    lv leap = lanes_and(e, lanes_fcmp(e, LLVMRealOEQ, rest4, num(e, 0)), lanes_fcmp(e, LLVMRealUNE, rest100, num(e, 0)));
    leap = lanes_or(e, leap, lanes_fcmp(e, LLVMRealOEQ, c.year, num(e, 0)));
    lv late = LLVMBuildFAdd(e->at, plus(e, c.day, 60), lanes_select(e, leap, num(e, 1), num(e, 0)), "");
    return lanes_select(e, is_early(e, &c), plus(e, c.day, -305), late);
}

static lv weekday(struct emit *e, lv day)                   /* 0 is Monday; 1970 began on a Thursday */
{
    lv since = plus(e, day, 3);
    return minus(e, since, times(e, whole(e, since, 7), 7));
}

lv calendar_part(struct emit *e, unsigned op, lv time)
{
    lv day = day_number(e, time), clock = NULL;
    struct civil c;
    switch (op) {
    case IR_YEAR:
        c = civil_of(e, day);
        return LLVMBuildFAdd(e->at, LLVMBuildFAdd(e->at, c.year, times(e, c.cycle, 400), ""),
                             lanes_select(e, is_early(e, &c), num(e, 1), num(e, 0)), "");
    case IR_MONTH: {
        c = civil_of(e, day);
        lv month = month_of(e, &c);
        return lanes_select(e, is_early(e, &c), plus(e, month, -9), plus(e, month, 3));
    }
    case IR_DAY: {
        c = civil_of(e, day);
        return plus(e, minus(e, c.day, whole(e, plus(e, times(e, month_of(e, &c), 153), 2), 5)), 1);
    }
    case IR_DAY_OF_YEAR: return day_of_year(e, day);
    case IR_WEEKDAY: return plus(e, weekday(e, day), 1);
    case IR_WEEK: {                                         /* a week belongs to the year of its Thursday */
        lv thursday = plus(e, minus(e, day, weekday(e, day)), 3);
        return plus(e, whole(e, plus(e, day_of_year(e, thursday), -1), 7), 1);
    }
    case IR_DATE: {
        lv start = day_start(e, day), lowest = lanes_int(e, e->i64, INT64_MIN);
        return lanes_select(e, lanes_icmp(e, LLVMIntSLE, start, time), start, lowest);
    }
    case IR_CLOCK: return clock_of(e, time);
    default: break;
    }
    clock = LLVMBuildSIToFP(e->at, clock_of(e, time), lanes_type(e, e->f64), "");
    if (op == IR_HOUR) return whole(e, clock, 3600e6);
    return minus(e, whole(e, clock, 60e6), times(e, whole(e, clock, 3600e6), 60));
}

/* ---- zones ---- */

enum { STEPS = 13 };                                        /* finds a place among 2^13 changes */

/* i64 zone(ptr table, i64 changes, i64 time): the offset in us that holds then; table: pairs (from, offset), the last that is not later. */
static lv zone_function(struct emit *e)
{
    if (e->zone) return e->zone;
    LLVMBasicBlockRef here = LLVMGetInsertBlock(e->at);
    lv outer = e->function, fn = emit_function(e, "zone", LLVMFunctionType(e->i64, (LLVMTypeRef[]){ e->ptr, e->i64, e->i64 }, 3, 0), true);
    lv table = LLVMGetParam(fn, 0), n = LLVMGetParam(fn, 1), time = LLVMGetParam(fn, 2), at = LLVMConstInt(e->i64, 0, 0);
    for (unsigned k = STEPS; k-- > 0; ) {
        lv next = LLVMBuildAdd(e->at, at, LLVMConstInt(e->i64, UINT64_C(1) << k, 0), "");
        lv in = LLVMBuildICmp(e->at, LLVMIntULT, next, n, "");
        lv from = emit_field(e, e->i64, emit_at(e, table, LLVMBuildSelect(e->at, in, next, at, ""), 16), 0);
        lv go = LLVMBuildAnd(e->at, in, LLVMBuildICmp(e->at, LLVMIntSLE, from, time, ""), "");
        at = LLVMBuildSelect(e->at, go, next, at, "");
    }
    LLVMBuildRet(e->at, emit_field(e, e->i64, emit_at(e, table, at, 16), 8));
    LLVMPositionBuilderAtEnd(e->at, here);
    e->function = outer;
    return e->zone = fn;
}

lv calendar_table(struct emit *e, const struct ir_node *node)
{
    const uint32_t changes = node->n_codes / 3;
    lv *pair = changes <= 1u << STEPS ? calloc(2 * (size_t)changes, sizeof *pair) : NULL;
    if (!pair) {
        emit_bug(e, "a zone changes %u times", changes);
        return LLVMConstNull(e->ptr);
    }
    for (uint32_t i = 0; i < changes; i++) {
        const uint32_t *w = node->codes + 3 * i;
        const int64_t from = (int64_t)((uint64_t)w[1] << 32 | w[0]), offset = (int32_t)w[2];
        pair[2 * i] = LLVMConstInt(e->i64, i ? (uint64_t)from * 1000000 : (uint64_t)INT64_MIN, 1);
        pair[2 * i + 1] = LLVMConstInt(e->i64, (uint64_t)(offset * 1000000), 1);
    }
    lv table = emit_private(e, "changes", LLVMConstArray2(e->i64, pair, 2 * (uint64_t)changes));
    free(pair);
    return table;
}

lv calendar_zone(struct emit *e, lv table, uint32_t changes, lv time)
{
    lv fn = zone_function(e), n = LLVMConstInt(e->i64, changes, 0), offset = NULL;
    for (unsigned i = 0; i < e->lanes; i++) {
        lv one = LLVMBuildCall2(e->at, LLVMGlobalGetValueType(fn), fn, (lv[]){ table, n, lanes_extract(e, time, i) }, 3, "");
        offset = lanes_insert(e, offset, one, i);
    }
    return lanes_intrinsic(e, "llvm.sadd.sat", time, offset, NULL);
}
