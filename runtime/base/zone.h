/* zone.h: local times of a zone that the program carries (struct mlp_zone). A pure function of its arguments: the machine's own
 * zone and its database are never asked, so a row means the same everywhere.
 *
 * Where clocks change, a local time may stand twice or not at all. The rule is that of Python's zoneinfo (fold = 0): the offset
 * that was in force before the change holds. So 02:30 on the night when clocks go back is the first of the two, and 02:30 on the
 * night when they go forward is as long after the last time that existed: 03:30. */
#ifndef MLP_BASE_ZONE_H
#define MLP_BASE_ZONE_H
#include "runtime/program.h"

int64_t mlp_zone_to_utc(const struct mlp_zone *, int64_t local_us);     /* a zone without changes is UTC */
#endif
