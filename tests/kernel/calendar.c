/* calendar.c: see calendar.h. The 400-year cycle is taken off first, then years and months are counted one by one. */
#include "tests/kernel/calendar.h"

static int is_leap(int64_t y) { return (y % 4 == 0 && y % 100 != 0) || y % 400 == 0; }
int ref_days_of_year(int64_t y) { return is_leap(y) ? 366 : 365; }
int ref_days_of_month(int64_t y, int m)
{
    static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    return days[m - 1] + (m == 2 && is_leap(y));
}

/* The ISO week: weeks begin on Mondays, week 1 is the one with January 4. */
static int week_of(int64_t year, int day_of_year, int weekday)
{
    const int week = (day_of_year - weekday + 10) / 7;
    if (week >= 1 && week <= 52) return week;
    if (week == 53) {                                       /* of the next year, when December 31 stands before its Thursday */
        const int last = (weekday - 1 + ref_days_of_year(year) - day_of_year) % 7 + 1;
        return last < 4 ? 1 : 53;
    }
    const int before = ref_days_of_year(year - 1);          /* week 0: the last one of the year before */
    return (before + day_of_year - weekday + 10) / 7;
}

struct ref_time ref_calendar(int64_t us)
{
    struct ref_time t = { 0 };
    const int64_t of_day = INT64_C(86400000000);
    int64_t day = us / of_day - (us % of_day < 0);
    t.clock = us - (int64_t)((uint64_t)day * (uint64_t)of_day);
    if (us % of_day < 0) t.clock = us % of_day + of_day;
    t.start = us < INT64_MIN + t.clock ? INT64_MIN : us - t.clock;
    t.weekday = (int)(((day % 7) + 7 + 3) % 7) + 1;
    int64_t cycle = day / 146097 - (day % 146097 < 0), rest = day - cycle * 146097;
    t.year = 1970;
    while (rest >= ref_days_of_year(t.year)) rest -= ref_days_of_year(t.year), t.year++;
    t.day_of_year = (int)rest + 1;
    t.month = 1;
    while (rest >= ref_days_of_month(t.year, t.month)) rest -= ref_days_of_month(t.year, t.month), t.month++;
    t.day = (int)rest + 1;
    t.week = week_of(t.year, t.day_of_year, t.weekday);
    t.year += 400 * cycle;
    return t;
}

int64_t ref_zone(const uint32_t *table, uint32_t words, int64_t us)
{
    int64_t offset = (int32_t)table[2];
    for (uint32_t i = 3; i < words; i += 3) {
        const int64_t from = (int64_t)((uint64_t)table[i + 1] << 32 | table[i]);
        if (from * 1000000 <= us) offset = (int32_t)table[i + 2];
    }
    int64_t local;
    if (__builtin_add_overflow(us, offset * 1000000, &local)) return offset > 0 ? INT64_MAX : INT64_MIN;
    return local;
}
