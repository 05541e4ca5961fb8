/* calendar.h: the calendar in plain C, for comparison: whole-number arithmetic, one step after the other, no trick. */
#ifndef TEST_CALENDAR_H
#define TEST_CALENDAR_H
#include <stdint.h>

struct ref_time { int64_t year, start, clock; int month, day, day_of_year, weekday, week; };   /* start, clock: us */
struct ref_time ref_calendar(int64_t us);
int ref_days_of_year(int64_t year);
int ref_days_of_month(int64_t year, int month);
int64_t ref_zone(const uint32_t *table, uint32_t words, int64_t us);
#endif
