/* calendar.c: days <-> year, month, day by era of 400 years (H. Hinnant's algorithms). */
#include "runtime/base/calendar.h"

static const int64_t DAY = 86400000000;

static int64_t floor_div(int64_t a, int64_t b) { return a / b - (a % b != 0 && (a < 0) != (b < 0)); }

int64_t mlp_calendar_days(int64_t year, int month, int day)
{
    year -= month <= 2;
    const int64_t era = floor_div(year, 400), of_era = year - era * 400;
    const int64_t of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

struct mlp_date mlp_calendar_date(int64_t days)
{
    days += 719468;
    const int64_t era = floor_div(days, 146097), of_era = days - era * 146097;
    const int64_t y = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    const int64_t of_year = of_era - (365 * y + y / 4 - y / 100), m = (5 * of_year + 2) / 153;
    const int month = (int)(m < 10 ? m + 3 : m - 9);
    return (struct mlp_date){y + era * 400 + (month <= 2), month, (int)(of_year - (153 * m + 2) / 5 + 1)};
}

int mlp_calendar_month(int64_t year, int month)
{
    static const uint8_t days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return month == 2 && (year % 4 == 0 && (year % 100 || year % 400 == 0)) ? 29 : days[month - 1];
}

int64_t mlp_calendar_add(int64_t at, int64_t months, int64_t us)
{
    if (months) {
        const int64_t days = floor_div(at, DAY), clock = at - days * DAY;
        const struct mlp_date from = mlp_calendar_date(days);
        const int64_t total = from.year * 12 + from.month - 1 + months, year = floor_div(total, 12);
        const int month = (int)(total - year * 12) + 1, last = mlp_calendar_month(year, month);
        at = mlp_calendar_days(year, month, from.day < last ? from.day : last) * DAY + clock;
    }
    int64_t sum;
    return __builtin_add_overflow(at, us, &sum) ? us < 0 ? INT64_MIN : INT64_MAX : sum;
}
