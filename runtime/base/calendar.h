/* calendar.h: steps of the calendar on moments in microseconds since 1970 UTC (proleptic Gregorian). No zones, no state. */
#ifndef MLP_BASE_CALENDAR_H
#define MLP_BASE_CALENDAR_H
#include <stdint.h>

/* months later (earlier, if negative), then us later. The day is kept, or is the month's last where it has no such day: 31 March
 * less a month is 28 or 29 February. What overflows stays at the end of the range. */
int64_t mlp_calendar_add(int64_t at, int64_t months, int64_t us);
#endif
