/* window.h: what other rows say about a row: counts, sums, the latest value, the value a day before. Training fills whole columns;
 * a request asks for one row of the same events with the same code, so both have the same bits.
 *
 * A join puts the rows of a source in order, once for all windows that share source, keys and order. Events are those rows as one
 * window sees them. Both own their memory; events borrow their join. */
#ifndef MLP_FIT_WINDOW_H
#define MLP_FIT_WINDOW_H
#include "runtime/fit/fit.h"

struct mlp_order { const struct mlp_slot *slot; struct mlp_arena arena;      /* slot: the first one that asked for it */
                  struct mlp_dictionary groups; size_t n, *first;           /* first (groups + 1): events of a group, by time, row */
                  uint32_t *row; int64_t *time; int64_t end;                /* end: the last time of all its rows */
                  struct mlp_asking *asking; size_t asked; };               /* rows of the main source, by group and time */
struct mlp_events { const struct mlp_slot *slot; const struct mlp_order *join; const struct mlp_table *table; struct mlp_arena arena;
                    size_t n; const size_t *first; const uint32_t *row; const int64_t *time;
                    double *value;                          /* (n) NaN: missing; NULL: rows are counted or picked as they are */
                    double *ewm;                            /* (n) the mean of events up to this one */
                    uint32_t *next, *last;                  /* (n) picks: the next and the last event that has a value; n: none */
                    int64_t after, *known;                  /* known from time + after (INT64_MIN: always), or (n) each by itself */
                    uint32_t ahead_months; int64_t ahead_us; };

/* asking: also order the main source's rows (training). */
mlp_status mlp_order_open(const struct mlp_frame *, const struct mlp_slot *, int asking, struct mlp_order *, struct mlp_error *) MLP_CHECKED;
int mlp_order_serves(const struct mlp_order *, const struct mlp_slot *);
void mlp_order_clear(struct mlp_order *);
/* state: any state of the program; what windows read of it does not depend on what is learnt. */
mlp_status mlp_events_open(const struct mlp_frame *, const struct mlp_state *, const struct mlp_order *, const struct mlp_slot *,
                           struct mlp_pool *, struct mlp_events *, struct mlp_error *) MLP_CHECKED;
void mlp_events_clear(struct mlp_events *);
/* The column of a window slot for every row of the main source. */
mlp_status mlp_events_fill(const struct mlp_frame *, const struct mlp_events *, struct mlp_arena *, struct mlp_column_data *,
                           struct mlp_error *) MLP_CHECKED;

/* One row: its keys as bytes (in the order of slot.on; n 0: missing) and its @time (INT64_MIN: missing; not read where rows have no
 * order; BY_ROW: its place among the rows, INT64_MAX behind all). MLP_NONE in *row: a number, or NaN for missing; else the row of the
 * table that is picked. Allocates nothing. */
double mlp_events_at(const struct mlp_events *, const struct mlp_str *key, int64_t time, uint32_t *row);
/* The row of which this is the key (as bytes, in the order of slot.by), if it stands there once; else INT64_MAX. */
int64_t mlp_order_place(const struct mlp_order *, const struct mlp_str *key);
#endif
