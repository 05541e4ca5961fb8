/* calendar.h: the proleptic Gregorian calendar: days since 1970-01-01, dates, and steps on moments in microseconds since 1970 UTC. No
 * zones, no state. */
#ifndef MLP_BASE_CALENDAR_H
#define MLP_BASE_CALENDAR_H
#include <stdint.h>

struct mlp_date { int64_t year; int month, day; };           /* from 1 */
int64_t mlp_calendar_days(int64_t year, int month, int day);    /* a day beyond the month's last counts on */
struct mlp_date mlp_calendar_date(int64_t days);
int mlp_calendar_month(int64_t year, int month);                /* how many days it has */
/* months later (earlier, if negative), then us later. The day is kept, or is the month's last where it has no such day: 31 March
 * less a month is 28 or 29 February. What overflows stays at the end of the range. */
int64_t mlp_calendar_add(int64_t at, int64_t months, int64_t us);
#endif
