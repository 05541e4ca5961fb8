/* window.c: see window.h. Time is obeyed here to the microsecond: a row is seen if what is read of it was known before the decision
 * moment (at it, when the decision is made ahead). Sums are exact and rounded once (base/exact.h), so that a window's number depends
 * on its own rows only, not on how it was reached. It must not know what a value means. */
#include "runtime/fit/window.h"
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include "runtime/base/calendar.h"
#include "runtime/base/exact.h"

/* ---- groups: rows that share a key ---- */

enum { KEY_ROOM = 4096 };

/* The bytes of a joint key: each part behind its length. One part stands for itself. */
static struct mlp_str joint(const struct mlp_str *part, uint32_t n, char *room, char **more, size_t *more_n)
{
    size_t bytes = 0;
    if (n == 1) return part[0];
    for (uint32_t i = 0; i < n; i++) {
        if (!part[i].n) return (struct mlp_str){"", 0};
        bytes += 8 + part[i].n;
    }
    char *to = room;
    if (bytes > KEY_ROOM) {
        if (!more) return (struct mlp_str){"", 0};          /* no key that a reader accepts is so long, but it is no crash */
        if (bytes > *more_n) {
            char *larger = realloc(*more, bytes * 2);
            if (!larger) return (struct mlp_str){"", 0};
            *more = larger, *more_n = bytes * 2;
        }
        to = *more;
    }
    struct mlp_str key = {to, bytes};
    for (uint32_t i = 0; i < n; i++) memcpy(to, &part[i].n, 8), memcpy(to + 8, part[i].at, part[i].n), to += 8 + part[i].n;
    return key;
}

/* Group of every row: 0 none, 2... With `add` groups are made; else 1: nobody has this key. */
static mlp_status group_rows(const struct mlp_table *t, const mlp_ix *column, uint32_t n, bool add, struct mlp_order *j, uint32_t *group,
                             struct mlp_error *error)
{
    const bool code = n == 1 && t->source->columns.at[column[0]].rep == MLP_CODE;
    const struct mlp_column_data *const c = n ? &t->column[column[0]] : NULL;
    char room[KEY_ROOM], *more = NULL;
    size_t more_n = 0;
    uint32_t *to = NULL;
    mlp_status status = MLP_OK;
    if (code) {                                             /* each spelling is looked up once */
        if (!(to = calloc((size_t)c->dictionary->n + 2, sizeof *to))) return mlp_no_memory(error, (size_t)c->dictionary->n * 4);
        for (uint32_t i = 0; i < c->dictionary->n && status == MLP_OK; i++) {
            const struct mlp_str s = c->dictionary->spelling[i];
            to[i + 2] = add ? mlp_dictionary_add(&j->groups, &j->arena, s.at, s.n) : mlp_dictionary_find(&j->groups, s.at, s.n);
            if (!to[i + 2]) status = mlp_no_memory(error, s.n);
        }
    }
    for (size_t row = 0; row < t->rows && status == MLP_OK; row++) {
        if (!n) { group[row] = 2; continue; }
        if (code) { group[row] = mlp_is_valid(c->valid, row) ? to[((const uint32_t *)c->data)[row]] : 0; continue; }
        struct mlp_str part[4];
        uint64_t scratch[4];
        bool whole = true;
        for (uint32_t k = 0; k < n; k++) part[k] = mlp_table_bytes(t, column[k], row, &scratch[k]), whole &= part[k].n > 0;
        group[row] = 0;
        if (!whole) continue;
        const struct mlp_str key = joint(part, n, room, &more, &more_n);
        group[row] = !key.n ? 0 : add ? mlp_dictionary_add(&j->groups, &j->arena, key.at, key.n)
                                      : mlp_dictionary_find(&j->groups, key.at, key.n);
        if (!group[row]) status = mlp_no_memory(error, key.n);
    }
    free(to), free(more);
    return status;
}

/* ---- order ---- */

struct mlp_asking { uint32_t group, row; int64_t time; };

static int by_group_and_time(const void *a, const void *b)
{
    const struct mlp_asking *const x = a, *const y = b;
    if (x->group != y->group) return x->group < y->group ? -1 : 1;
    if (x->time != y->time) return x->time < y->time ? -1 : 1;
    return x->row < y->row ? -1 : x->row > y->row;
}

/* Rows with a key and a time, in order; others are left out. */
static mlp_status in_order(const struct mlp_table *t, const struct mlp_slot *slot, const mlp_ix *column, uint32_t n, bool add,
                           struct mlp_order *j, struct mlp_asking **out, size_t *kept, struct mlp_error *error)
{
    const mlp_ix time = slot->axis == MLP_BY_TIME ? t->source->time : MLP_NONE;
    uint32_t *const group = malloc((t->rows + 1) * sizeof *group);
    struct mlp_asking *const sorted = mlp_arena_alloc(&j->arena, (t->rows + 1) * sizeof *sorted);
    mlp_status status = group && sorted ? group_rows(t, column, n, add, j, group, error) : mlp_no_memory(error, t->rows * 16);
    size_t m = 0;
    for (size_t row = 0; row < t->rows && status == MLP_OK; row++) {
        if (!group[row] || (time != MLP_NONE && !mlp_is_valid(t->column[time].valid, row))) continue;
        sorted[m++] = (struct mlp_asking){group[row], (uint32_t)row,
            time != MLP_NONE ? ((const int64_t *)t->column[time].data)[row] : slot->axis == MLP_BY_ROW ? (int64_t)row : 0};
    }
    if (status == MLP_OK) qsort(sorted, m, sizeof *sorted, by_group_and_time);
    free(group);
    *out = sorted, *kept = m;
    return status;
}

static bool same(const mlp_ix *a, uint32_t n, const mlp_ix *b, uint32_t m) { return n == m && (!n || !memcmp(a, b, n * sizeof *a)); }

int mlp_order_serves(const struct mlp_order *j, const struct mlp_slot *s)
{
    return j->slot->source == s->source && j->slot->axis == s->axis && same(j->slot->on.at, j->slot->on.n, s->on.at, s->on.n) &&
           same(j->slot->by.at, j->slot->by.n, s->by.at, s->by.n);
}

mlp_status mlp_order_open(const struct mlp_frame *f, const struct mlp_slot *slot, int asking, struct mlp_order *j, struct mlp_error *error)
{
    const struct mlp_program *const p = f->code->program;
    const struct mlp_table *const other = &f->table[slot->source], *const main = &f->table[p->main_source];
    struct mlp_asking *event;
    *j = (struct mlp_order){.slot = slot, .end = INT64_MIN};
    TRY(in_order(other, slot, slot->by.at, slot->by.n, true, j, &event, &j->n, error));
    const uint32_t groups = slot->by.n ? j->groups.n + 2 : 3;
    j->first = mlp_arena_alloc(&j->arena, ((size_t)groups + 2) * sizeof *j->first);
    j->row = mlp_arena_alloc(&j->arena, (j->n + 1) * sizeof *j->row), j->time = mlp_arena_alloc(&j->arena, (j->n + 1) * sizeof *j->time);
    if (!j->first || !j->row || !j->time) return mlp_no_memory(error, j->n * 12);
    for (size_t i = 0; i < j->n; i++) {
        j->row[i] = event[i].row, j->time[i] = event[i].time, j->first[event[i].group + 1]++;
        if (event[i].time > j->end) j->end = event[i].time;
    }
    for (uint32_t g = 0; g < groups; g++) j->first[g + 1] += j->first[g];
    return asking ? in_order(main, slot, slot->on.at, slot->on.n, false, j, &j->asking, &j->asked, error) : MLP_OK;
}

void mlp_order_clear(struct mlp_order *j)
{
    mlp_arena_clear(&j->arena);
    *j = (struct mlp_order){0};
}

/* ---- events: the rows as one window sees them ---- */

static bool picks(const struct mlp_slot *s)
{
    return s->window == MLP_W_LATEST || s->window == MLP_W_FIRST || (s->window == MLP_W_LAG && !s->has_value);
}

/* When what a window reads is known: so long after its row's time, or for each row by itself. */
static mlp_status when_known(struct mlp_events *e, struct mlp_error *error)
{
    const struct mlp_slot *const s = e->slot;
    bool each = false;
    e->after = s->reads.n && s->axis == MLP_BY_TIME ? INT64_MIN : 0;
    if (s->axis != MLP_BY_TIME) return MLP_OK;
    for (uint32_t k = 0; k < s->reads.n; k++) {
        const struct mlp_column *const c = &e->table->source->columns.at[s->reads.at[k]];
        each |= c->known_at != MLP_NONE;
        if (c->known_us > e->after) e->after = c->known_us;
    }
    if (!each) return MLP_OK;
    if (!(e->known = mlp_arena_alloc(&e->arena, (e->n + 1) * sizeof *e->known))) return mlp_no_memory(error, e->n * 8);
    for (size_t i = 0; i < e->n; i++) {
        e->known[i] = INT64_MIN;
        for (uint32_t k = 0; k < s->reads.n; k++) {
            const int64_t known = mlp_known(e->table, s->reads.at[k], e->row[i]);
            if (known > e->known[i]) e->known[i] = known;
        }
    }
    return MLP_OK;
}

/* 2^x for x <= 0, the same bits on every machine: products and sums only. */
static double power_of_two(double x)
{
    if (x < -1100) return 0;
    const double whole = rint(x), z = (x - whole) * 0.69314718055994530942;
    double term = 1, sum = 1;
    for (int k = 1; k < 18; k++) term *= z / k, sum += term;
    return ldexp(sum, (int)whole);
}

static double ewm_step(double *num, double *den, double decay, double value) { return *num = *num * decay + value, *den = *den * decay + 1, *num / *den; }

static bool has_value(const struct mlp_events *e, size_t i)
{
    if (e->value) return !isnan(e->value[i]);
    const struct mlp_slot *const s = e->slot;
    if (s->column == MLP_NONE) return true;
    const struct mlp_column_data *const c = &e->table->column[s->column];
    if (!mlp_is_valid(c->valid, e->row[i])) return false;
    if (s->rep == MLP_CODE) return ((const uint32_t *)c->data)[e->row[i]] != 0;
    return s->rep != MLP_F64 || !isnan(((const double *)c->data)[e->row[i]]);
}

/* Answers that depend on all events before, and so are made once per event. */
static mlp_status prepare(struct mlp_events *e, uint32_t groups, struct mlp_error *error)
{
    const struct mlp_slot *const s = e->slot;
    if (s->window == MLP_W_EWM) {
        if (!(e->ewm = mlp_arena_alloc(&e->arena, (e->n + 1) * sizeof *e->ewm))) return mlp_no_memory(error, e->n * 8);
        for (uint32_t g = 2; g < groups; g++) {
            double num = 0, den = 0, now = NAN;
            int64_t before = 0;
            for (size_t i = e->first[g]; i < e->first[g + 1]; i++) {
                if (!isnan(e->value[i])) {
                    now = ewm_step(&num, &den, den > 0 ? power_of_two((double)(before - e->time[i]) / (double)s->half_life_us) : 1,
                                   e->value[i]);
                    before = e->time[i];
                }
                e->ewm[i] = now;
            }
        }
    }
    if (s->window != MLP_W_LATEST && s->window != MLP_W_FIRST) return MLP_OK;
    e->next = mlp_arena_alloc(&e->arena, (e->n + 1) * sizeof *e->next), e->last = mlp_arena_alloc(&e->arena, (e->n + 1) * sizeof *e->last);
    if (!e->next || !e->last) return mlp_no_memory(error, e->n * 8);
    for (uint32_t g = 2; g < groups; g++) {
        uint32_t there = (uint32_t)e->n;
        for (size_t i = e->first[g]; i < e->first[g + 1]; i++) there = has_value(e, i) ? (uint32_t)i : there, e->last[i] = there;
        there = (uint32_t)e->n;
        for (size_t i = e->first[g + 1]; i-- > e->first[g];) there = has_value(e, i) ? (uint32_t)i : there, e->next[i] = there;
    }
    return MLP_OK;
}

mlp_status mlp_events_open(const struct mlp_frame *f, const struct mlp_state *state, const struct mlp_order *j, const struct mlp_slot *slot,
                           struct mlp_pool *pool, struct mlp_events *e, struct mlp_error *error)
{
    const struct mlp_table *const t = &f->table[slot->source];
    const struct mlp_target *const target = &f->code->program->target;
    const uint32_t groups = slot->by.n ? j->groups.n + 2 : 3;
    *e = (struct mlp_events){.slot = slot, .join = j, .table = t, .n = j->n, .first = j->first, .row = j->row, .time = j->time,
                             .ahead_months = target->ahead_months, .ahead_us = target->ahead_us};
    double *value = NULL, *where = NULL;
    if (slot->has_value && !(value = mlp_arena_alloc(&e->arena, (t->rows + 8) * sizeof *value))) return mlp_no_memory(error, t->rows * 8);
    if (slot->has_where && !(where = mlp_arena_alloc(&e->arena, (t->rows + 8) * sizeof *where))) return mlp_no_memory(error, t->rows * 8);
    void *out[2] = {value ? value : where, where};
    if (out[0]) TRY(mlp_map_rows(f, state, slot->kernel, NULL, t->rows, pool, out, error));
    if (where) {                                            /* a condition that is missing drops the row */
        size_t *const first = mlp_arena_alloc(&e->arena, ((size_t)groups + 2) * sizeof *first), m = 0;
        uint32_t *const row = mlp_arena_alloc(&e->arena, (j->n + 1) * sizeof *row);
        int64_t *const time = mlp_arena_alloc(&e->arena, (j->n + 1) * sizeof *time);
        if (!first || !row || !time) return mlp_no_memory(error, j->n * 12);
        size_t kept = m;
        for (uint32_t g = 0; g < groups; g++) {
            first[g] = kept;
            for (size_t i = j->first[g]; i < j->first[g + 1]; i++)
                if (where[j->row[i]] == 1) row[kept] = j->row[i], time[kept++] = j->time[i];
        }
        first[groups] = e->n = kept;
        e->first = first, e->row = row, e->time = time;
    }
    if (value) {
        if (!(e->value = mlp_arena_alloc(&e->arena, (e->n + 1) * sizeof *e->value))) return mlp_no_memory(error, e->n * 8);
        for (size_t i = 0; i < e->n; i++) e->value[i] = value[e->row[i]] + 0.0;     /* -0 is 0: the least of both is one number */
    }
    TRY(when_known(e, error));
    return prepare(e, groups, error);
}

void mlp_events_clear(struct mlp_events *e)
{
    mlp_arena_clear(&e->arena);
    *e = (struct mlp_events){0};
}

/* ---- which events a row sees ---- */

static size_t lower(const int64_t *time, size_t from, size_t to, int64_t t)     /* the first with time >= t */
{
    while (from < to) {
        const size_t middle = from + (to - from) / 2;
        if (time[middle] < t) from = middle + 1;
        else to = middle;
    }
    return from;
}

/* lo..hi of them; limit: what is known from `limit` on is not. */
struct view { size_t lo, hi; int64_t limit; bool missing; };

static struct view look(const struct mlp_events *e, uint32_t group, int64_t time)
{
    const struct mlp_slot *const s = e->slot;
    struct view v = {0, 0, INT64_MAX, group == 0};
    const bool there = group > 1;
    const size_t from = there ? e->first[group] : 0, to = there ? e->first[group + 1] : 0;
    if (s->axis == MLP_ALL) { v.lo = from, v.hi = to; return v; }
    if (s->forward) {
        const int64_t end = mlp_calendar_add(time, s->last_months, s->last_us);
        v.missing |= end > e->join->end;
        v.lo = lower(e->time, from, to, time), v.hi = lower(e->time, from, to, end);
        return v;
    }
    const bool ahead = s->axis == MLP_BY_TIME && (e->ahead_us || e->ahead_months);
    const int64_t decision = ahead ? mlp_calendar_add(time, -(int64_t)e->ahead_months, -e->ahead_us) : time;
    v.limit = ahead ? decision + 1 : decision;
    int64_t bound = s->window == MLP_W_LAG ? time : v.limit;
    if (!e->known && e->after != INT64_MIN) {               /* time + after < limit */
        const int64_t known = e->after == INT64_MAX ? INT64_MIN : mlp_calendar_add(v.limit, 0, -e->after);
        if (known < bound) bound = known;
    }
    if (s->window == MLP_W_LAG && !s->rows) {               /* the row at exactly that time: of several the last */
        const int64_t exact = mlp_calendar_add(time, -(int64_t)s->last_months, -s->last_us);
        v.lo = lower(e->time, from, to, exact), v.hi = exact < bound ? lower(e->time, v.lo, to, exact + 1) : v.lo;
        return v;
    }
    v.hi = lower(e->time, from, to, bound), v.lo = from;
    if (s->last_us || s->last_months)
        v.lo = lower(e->time, from, v.hi, mlp_calendar_add(decision, -(int64_t)s->last_months, -s->last_us) + (ahead ? 1 : 0));
    if (s->rows && s->window != MLP_W_LAG && !e->known && v.hi - v.lo > s->rows) v.lo = v.hi - s->rows;
    return v;
}

/* ---- what they say ---- */

/* The window where it stands; it moves on, or begins anew. queue (events): ascending candidates of min and max; NULL: looked for. */
struct run { size_t lo, hi; uint64_t n; struct mlp_exact sum, squares; uint32_t *queue; size_t head, tail; };

static bool sums(uint8_t window) { return window == MLP_W_SUM || window == MLP_W_MEAN || window == MLP_W_SD; }

static void enter(const struct mlp_events *e, struct run *r, size_t i)
{
    const double v = e->value[i];
    const uint8_t w = e->slot->window;
    if (isnan(v)) return;
    r->n++;
    if (sums(w)) mlp_exact_add(&r->sum, v);
    if (w == MLP_W_SD) mlp_exact_add_product(&r->squares, v, v);
    if (!r->queue) return;
    while (r->tail > r->head && (w == MLP_W_MIN ? e->value[r->queue[r->tail - 1]] >= v : e->value[r->queue[r->tail - 1]] <= v)) r->tail--;
    r->queue[r->tail++] = (uint32_t)i;
}

static void leave(const struct mlp_events *e, struct run *r, size_t i)
{
    const double v = e->value[i];
    if (isnan(v)) return;
    r->n--;
    if (sums(e->slot->window)) mlp_exact_add(&r->sum, -v);
    if (e->slot->window == MLP_W_SD) mlp_exact_add_product(&r->squares, -v, v);
    if (r->queue && r->head < r->tail && r->queue[r->head] == i) r->head++;
}

static void begin(struct run *r, size_t at)
{
    r->lo = r->hi = at, r->n = 0, r->head = r->tail = 0;
    mlp_exact_init(&r->sum), mlp_exact_init(&r->squares);
}

static double extreme(const struct mlp_events *e, const struct run *r, const struct view *v)
{
    double best = NAN;
    if (r->queue) return r->head < r->tail ? e->value[r->queue[r->head]] : NAN;
    for (size_t i = v->lo; i < v->hi; i++) {
        const double x = e->value[i];
        if (isnan(x) || (e->known && e->known[i] >= v->limit)) continue;
        if (isnan(best) || (e->slot->window == MLP_W_MIN ? x < best : x > best)) best = x;
    }
    return best;
}

static double number(const struct mlp_events *e, const struct run *r, const struct view *v)
{
    switch (e->slot->window) {
    case MLP_W_COUNT: return (double)r->n;
    case MLP_W_SUM: return mlp_exact_round(&r->sum);
    case MLP_W_MEAN: return r->n ? mlp_exact_round(&r->sum) / (double)r->n : NAN;
    case MLP_W_SD: return r->n ? mlp_exact_sd(&r->sum, &r->squares, r->n) : NAN;
    default: return extreme(e, r, v);
    }
}

/* Each event is known at a time of its own: those that are not yet are as if they were not there. */
static double scattered(const struct mlp_events *e, struct run *r, const struct view *v, uint32_t *row)
{
    const struct mlp_slot *const s = e->slot;
    uint32_t *const queue = r->queue;
    double num = 0, den = 0, now = NAN;
    int64_t before = 0;
    size_t picked = e->n, from = v->lo;
    r->queue = NULL;
    begin(r, v->lo);
    if (s->rows) {                                          /* the last n that are known */
        uint32_t left = s->rows;
        for (from = v->hi; left && from > v->lo;) if (e->known[--from] < v->limit) left--;
        if (s->window == MLP_W_LAG) picked = left ? e->n : from;
    }
    for (size_t i = from; i < v->hi; i++) {
        if (e->known[i] >= v->limit) continue;
        if (s->window == MLP_W_LAG) picked = s->rows ? picked : i;
        else if (s->window == MLP_W_LATEST) picked = has_value(e, i) ? i : picked;
        else if (s->window == MLP_W_FIRST) picked = picked == e->n && has_value(e, i) ? i : picked;
        else if (!e->value) r->n++;
        else if (s->window == MLP_W_EWM) {
            if (isnan(e->value[i])) continue;
            now = ewm_step(&num, &den, den > 0 ? power_of_two((double)(before - e->time[i]) / (double)s->half_life_us) : 1, e->value[i]);
            before = e->time[i];
        } else enter(e, r, i);
    }
    struct view seen = {from, v->hi, v->limit, false};
    double result = NAN;
    if (s->window == MLP_W_EWM) result = now;
    else if (s->window == MLP_W_LAG || s->window == MLP_W_LATEST || s->window == MLP_W_FIRST) {
        if (picked < e->n && e->value) result = e->value[picked];
        else if (picked < e->n && has_value(e, picked)) *row = e->row[picked];
    } else result = number(e, r, &seen);
    r->queue = queue;
    begin(r, 0);
    return result;
}

static double answer(const struct mlp_events *e, struct run *r, const struct view *v, uint32_t *row)
{
    const struct mlp_slot *const s = e->slot;
    *row = MLP_NONE;
    if (v->missing) return NAN;
    if (e->known) return scattered(e, r, v, row);
    size_t picked = e->n;
    switch (s->window) {
    case MLP_W_EWM: return v->hi > v->lo ? e->ewm[v->hi - 1] : NAN;
    case MLP_W_LAG: picked = !s->rows ? v->hi > v->lo ? v->hi - 1 : e->n : v->hi - v->lo >= s->rows ? v->hi - s->rows : e->n; break;
    case MLP_W_LATEST: if (v->hi > v->lo && e->last[v->hi - 1] < e->n && e->last[v->hi - 1] >= v->lo) picked = e->last[v->hi - 1]; break;
    case MLP_W_FIRST: if (v->hi > v->lo && e->next[v->lo] < v->hi) picked = e->next[v->lo]; break;
    default:
        if (!e->value) return (double)(v->hi - v->lo);
        if ((s->window == MLP_W_MIN || s->window == MLP_W_MAX) && !r->queue) return extreme(e, r, v);
        if (v->lo < r->lo || v->hi < r->hi || v->lo >= r->hi) begin(r, v->lo);
        while (r->hi < v->hi) enter(e, r, r->hi++);
        while (r->lo < v->lo) leave(e, r, r->lo++);
        return number(e, r, v);
    }
    if (picked >= e->n) return NAN;
    if (e->value) return e->value[picked];
    if (has_value(e, picked)) *row = e->row[picked];
    return NAN;
}

/* ---- whole columns, and one row ---- */

static const uint8_t width[] = {[MLP_F64] = 8, [MLP_I64] = 8, [MLP_CODE] = 4, [MLP_STR] = sizeof(struct mlp_str)};

mlp_status mlp_events_fill(const struct mlp_frame *f, const struct mlp_events *e, struct mlp_arena *arena, struct mlp_column_data *out,
                           struct mlp_error *error)
{
    const struct mlp_slot *const s = e->slot;
    const size_t rows = f->table[f->code->program->main_source].rows, bytes = width[s->rep & 3];
    const struct mlp_column_data *const from = picks(s) && !e->value ? &e->table->column[s->column] : NULL;
    char *const data = mlp_arena_alloc(arena, (rows + 8) * bytes);
    uint64_t *const valid = mlp_arena_alloc(arena, (rows + 63) / 64 * 8 + 64);
    struct run *const r = calloc(1, sizeof *r);
    if (!data || !valid || !r) return free(r), mlp_no_memory(error, rows * bytes);
    const bool queue = e->value && (s->window == MLP_W_MIN || s->window == MLP_W_MAX);
    if (queue && !(r->queue = malloc((e->n + 1) * sizeof *r->queue))) return free(r), mlp_no_memory(error, e->n * 4);
    *out = (struct mlp_column_data){data, valid, from ? from->dictionary : NULL};
    for (size_t row = 0; row < rows; row++) {
        if (s->rep == MLP_F64) ((double *)(void *)data)[row] = NAN;
        else if (s->rep == MLP_I64) ((int64_t *)(void *)data)[row] = INT64_MIN;
        else if (s->rep == MLP_STR) ((struct mlp_str *)(void *)data)[row] = (struct mlp_str){"", 0};
    }
    begin(r, 0);
    for (size_t i = 0; i < e->join->asked; i++) {
        const struct mlp_asking *const a = &e->join->asking[i];
        const struct view v = look(e, a->group, a->time);
        uint32_t picked;
        const double x = answer(e, r, &v, &picked);
        if (picked != MLP_NONE) memcpy(data + a->row * bytes, (const char *)from->data + picked * bytes, bytes);
        else if (s->rep == MLP_F64) ((double *)(void *)data)[a->row] = isfinite(x) ? x : NAN;
        if (picked != MLP_NONE || (s->rep == MLP_F64 && isfinite(x))) valid[a->row >> 6] |= (uint64_t)1 << (a->row & 63);
    }
    free(r->queue), free(r);
    return MLP_OK;
}

double mlp_events_at(const struct mlp_events *e, const struct mlp_str *key, int64_t time, uint32_t *row)
{
    const struct mlp_slot *const s = e->slot;
    char room[KEY_ROOM];
    uint32_t group = 2;
    *row = MLP_NONE;
    if (s->axis == MLP_BY_TIME && time == INT64_MIN) return NAN;
    if (s->on.n) {
        for (uint32_t k = 0; k < s->on.n; k++) if (!key[k].n) return NAN;
        const struct mlp_str whole = joint(key, s->on.n, room, NULL, NULL);
        group = whole.n ? mlp_dictionary_find(&e->join->groups, whole.at, whole.n) : 0;
    }
    const struct view v = look(e, group, time);
    struct run r = {0};
    begin(&r, 0);
    const double x = answer(e, &r, &v, row);
    return isfinite(x) ? x : NAN;
}

int64_t mlp_order_place(const struct mlp_order *j, const struct mlp_str *key)
{
    char room[KEY_ROOM];
    for (uint32_t k = 0; k < j->slot->by.n; k++) if (!key[k].n) return INT64_MAX;
    const struct mlp_str whole = joint(key, j->slot->by.n, room, NULL, NULL);
    const uint32_t group = whole.n ? mlp_dictionary_find(&j->groups, whole.at, whole.n) : 0;
    if (group < 2 || j->first[group + 1] - j->first[group] != 1) return INT64_MAX;
    return j->row[j->first[group]];
}
