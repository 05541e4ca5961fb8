/* calendar.c: days <-> year, month, day by era of 400 years (H. Hinnant's algorithms). */
#include "runtime/base/calendar.h"

static const int64_t DAY = 86400000000;

static int64_t floor_div(int64_t a, int64_t b) { return a / b - (a % b != 0 && (a < 0) != (b < 0)); }

static int64_t days_of(int64_t year, int64_t month, int64_t day)
{
    year -= month <= 2;
    const int64_t era = floor_div(year, 400), of_era = year - era * 400;
    const int64_t of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

static void civil_of(int64_t days, int64_t *year, int64_t *month, int64_t *day)
{
    days += 719468;
    const int64_t era = floor_div(days, 146097), of_era = days - era * 146097;
    const int64_t y = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    const int64_t of_year = of_era - (365 * y + y / 4 - y / 100), m = (5 * of_year + 2) / 153;
    *day = of_year - (153 * m + 2) / 5 + 1, *month = m < 10 ? m + 3 : m - 9, *year = y + era * 400 + (*month <= 2);
}

int64_t mlp_calendar_add(int64_t at, int64_t months, int64_t us)
{
    if (months) {
        int64_t year, month, day, days = floor_div(at, DAY);
        const int64_t clock = at - days * DAY;
        civil_of(days, &year, &month, &day);
        const int64_t total = year * 12 + month - 1 + months;
        year = floor_div(total, 12), month = total - year * 12 + 1;
        const int64_t length = days_of(month == 12 ? year + 1 : year, month == 12 ? 1 : month + 1, 1) - days_of(year, month, 1);
        at = days_of(year, month, day < length ? day : length) * DAY + clock;
    }
    int64_t sum;
    return __builtin_add_overflow(at, us, &sum) ? us < 0 ? INT64_MIN : INT64_MAX : sum;
}
