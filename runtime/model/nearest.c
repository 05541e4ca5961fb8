/* nearest.c: k nearest neighbours: the rows of the training part most like a row, and what they were. The distance is Euclid's over
 * what linear models see too: standardised numbers with missing ones at the median and an indicator, categories one-hot (two that
 * differ are 2 apart, squared), texts as their runs. What all rows share of a distance is left out: the squares of the row's own run,
 * and the 1 of a category that no training row has. Of equally near rows the earlier ones count.
 *
 * Training rows lie in tiles of 256, column by column, so that a column's distances to a tile are one loop; the entries of runs lie
 * term by term within a tile. Distances are sums of floats, over features in ascending order: the same alone and in a block. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "mlp_stdlib.h"
#include "runtime/base/hash.h"
#include "runtime/model/scale.h"

enum { TILE = 256, AT_ONCE = 4, MOST = 1000 };              /* rows asked at once while a tile is near; MOST: of k, as in stdlib */
enum { KEEP_STREAM = 0x6e656172 };

/* Where a feature's columns stand: numbers and indicators are columns of `number`, categories of `code`, runs from term `base` on. */
struct place { uint8_t form; uint32_t column, indicator; uint64_t base; };
struct places { struct place *at; uint32_t features, numbers, codes; uint64_t terms; };

/* indicator (numbers in feature order): 1 where training rows miss it. */
static mlp_status make_places(struct places *p, const struct mlp_feature *const *feature, const uint32_t *codes, uint32_t features,
                              const uint8_t *indicator, struct mlp_arena *arena, struct mlp_error *error)
{
    *p = (struct places){.at = mlp_arena_alloc(arena, (features + 1) * sizeof *p->at), .features = features};
    if (!p->at) return mlp_no_memory(error, features * sizeof *p->at);
    for (uint32_t f = 0; f < features; f++) {
        struct place *const own = &p->at[f];
        *own = (struct place){.form = feature[f]->form, .indicator = MLP_NONE};
        if (own->form == MLP_SPARSE) own->base = p->terms, p->terms += codes[f];
        else if (own->form == MLP_CODES) own->column = p->codes++;
        else {
            own->column = p->numbers++;
            if (*indicator++) own->indicator = p->numbers++;
        }
    }
    return MLP_OK;
}

/* ---- fit ---- */

struct entry { uint64_t term; uint32_t row; float value; };
struct fitting {
    const struct mlp_fit_in *in; struct mlp_sample s; struct places p; size_t tiles;
    double *scale;                                          /* (numbers of features) mean, scale, fill */
    float *number, *norm; uint32_t *code; uint64_t *start; uint32_t *term; uint8_t *row; float *value;
    struct entry *entry;                                    /* (entries) scratch */
};

/* At most `most` of the rows, each as likely as any other (Knuth's selection sampling). */
static void keep(const struct mlp_fit_in *in, struct mlp_sample *s, size_t most)
{
    uint32_t *const rows = (uint32_t *)(uintptr_t)s->rows;
    size_t n = 0;
    if (s->n <= most) return;
    for (size_t i = 0; i < s->n; i++) {
        if (mlp_uniform(mlp_random(in->seed, KEEP_STREAM, rows[i])) * (double)(s->n - i) >= (double)(most - n)) continue;
        rows[n] = rows[i], s->y[n] = s->y[i];
        if (s->weight) s->weight[n] = s->weight[i];
        n++;
    }
    s->n = n;
}

static mlp_status scales(struct fitting *f, uint8_t *indicator, struct mlp_arena *temporary, struct mlp_arena *arena, struct mlp_error *error)
{
    const struct mlp_fit_in *const in = f->in;
    const struct mlp_rows rows = {f->s.rows, f->s.n};
    float *const room = mlp_arena_alloc(temporary, (rows.n + 1) * sizeof *room);
    f->scale = mlp_arena_alloc(arena, (3 * (size_t)in->all.features + 1) * sizeof *f->scale);
    if (!room || !f->scale) return mlp_no_memory(error, rows.n * sizeof *room);
    double *to = f->scale;
    for (uint32_t i = 0; i < in->all.features; i++) {
        struct mlp_scale s;
        if (in->all.feature[i]->form != MLP_DENSE) continue;
        mlp_scale_learn(&s, in->all.column[i], rows, room);
        *to++ = s.mean, *to++ = s.scale, *to++ = s.fill;
        *indicator++ = s.there && s.there < rows.n;
    }
    return MLP_OK;
}

static float standard(const double *scale, float x)
{
    return (float)(((mlp_is_number(x) ? (double)x : scale[2]) - scale[0]) * scale[1]);
}

static int by_term(const void *a, const void *b)
{
    const struct entry *const x = a, *const y = b;
    return x->term != y->term ? (x->term < y->term ? -1 : 1) : x->row < y->row ? -1 : x->row > y->row;
}

static void fill_runs(struct fitting *f, size_t tile)
{
    struct entry *const own = f->entry + f->start[tile];
    size_t n = 0;
    for (size_t i = tile * TILE; i < f->s.n && i < (tile + 1) * TILE; i++)
        for (uint32_t c = 0; c < f->p.features; c++) {
            if (f->p.at[c].form != MLP_SPARSE) continue;
            const struct mlp_runs *const runs = f->in->all.column[c];
            for (uint64_t e = runs->start[f->s.rows[i]]; e < runs->start[f->s.rows[i] + 1]; e++) {
                own[n++] = (struct entry){f->p.at[c].base + runs->index[e], (uint32_t)(i % TILE), runs->value[e]};
                f->norm[i] += runs->value[e] * runs->value[e];
            }
        }
    qsort(own, n, sizeof *own, by_term);
    for (size_t e = 0; e < n; e++) {
        f->term[f->start[tile] + e] = (uint32_t)own[e].term, f->row[f->start[tile] + e] = (uint8_t)own[e].row;
        f->value[f->start[tile] + e] = own[e].value;
    }
}

static void fill_tile(void *data, size_t tile, int worker)
{
    struct fitting *const f = data;
    (void)worker;
    const double *scale = f->scale;
    for (uint32_t c = 0; c < f->p.features; c++) {
        const struct place *const p = &f->p.at[c];
        const float *const x = f->in->all.column[c];
        const uint32_t *const code = f->in->all.column[c];
        float *const number = f->number + tile * f->p.numbers * TILE;
        for (size_t i = tile * TILE; p->form != MLP_SPARSE && i < f->s.n && i < (tile + 1) * TILE; i++) {
            const uint32_t r = f->s.rows[i];
            if (p->form == MLP_CODES) { f->code[(tile * f->p.codes + p->column) * TILE + i % TILE] = code[r]; continue; }
            number[(size_t)p->column * TILE + i % TILE] = standard(scale, x[r]);
            if (p->indicator != MLP_NONE) number[(size_t)p->indicator * TILE + i % TILE] = !mlp_is_number(x[r]);
        }
        if (p->form == MLP_DENSE) scale += 3;
    }
    if (f->p.terms) fill_runs(f, tile);
}

static mlp_status room_of_runs(struct fitting *f, struct mlp_arena *temporary, struct mlp_arena *arena, struct mlp_error *error)
{
    f->start = mlp_arena_alloc(arena, (f->tiles + 1) * sizeof *f->start), f->norm = mlp_arena_alloc(arena, f->tiles * TILE * sizeof *f->norm);
    if (!f->start || !f->norm) return mlp_no_memory(error, f->tiles * TILE * sizeof *f->norm);
    for (uint32_t c = 0; c < f->p.features; c++) {
        const struct mlp_runs *const runs = f->in->all.column[c];
        for (size_t i = 0; f->p.at[c].form == MLP_SPARSE && i < f->s.n; i++)
            f->start[i / TILE + 1] += runs->start[f->s.rows[i] + 1] - runs->start[f->s.rows[i]];
    }
    for (size_t t = 0; t < f->tiles; t++) f->start[t + 1] += f->start[t];
    const uint64_t n = f->start[f->tiles];
    f->entry = mlp_arena_alloc(temporary, (n + 1) * sizeof *f->entry), f->term = mlp_arena_alloc(arena, (n + 1) * sizeof *f->term);
    f->row = mlp_arena_alloc(arena, n + 1), f->value = mlp_arena_alloc(arena, (n + 1) * sizeof *f->value);
    return f->entry && f->term && f->row && f->value ? MLP_OK : mlp_no_memory(error, n * sizeof *f->entry);
}

static mlp_status fit_in(const struct mlp_fit_in *in, struct mlp_arena *temporary, struct mlp_arena *arena, struct mlp_tensors *out,
                         const char **summary, struct mlp_error *error)
{
    struct fitting f = {.in = in};
    uint8_t *const indicator = mlp_arena_alloc(arena, in->all.features + 1);
    if (!indicator) return mlp_no_memory(error, in->all.features);
    TRY(mlp_sample_learn(in, &f.s, arena, error));
    keep(in, &f.s, (size_t)mlp_arg_number(&in->model->use, MLP_MODEL_NEAREST_ROWS, in->ctx, 50000));
    TRY(scales(&f, indicator, temporary, arena, error));
    TRY(make_places(&f.p, in->all.feature, in->codes, in->all.features, indicator, temporary, error));
    if (f.p.terms >= MLP_NONE) return mlp_fail(error, MLP_ERR_SPEC, NULL, "model %s sees too many terms", in->model->id.name);
    f.tiles = (f.s.n + TILE - 1) / TILE;
    f.number = mlp_arena_alloc(arena, f.tiles * f.p.numbers * TILE * sizeof *f.number + 1);
    f.code = mlp_arena_alloc(arena, f.tiles * f.p.codes * TILE * sizeof *f.code + 1);
    if (!f.number || !f.code) return mlp_no_memory(error, f.tiles * (f.p.numbers + f.p.codes) * TILE * 4);
    TRY(room_of_runs(&f, temporary, arena, error));
    mlp_pool_run(in->pool, f.tiles, fill_tile, &f);
    double *const weight = f.s.weight ? f.s.weight : mlp_arena_alloc(arena, f.s.n * sizeof *weight);
    if (!weight) return mlp_no_memory(error, f.s.n * sizeof *weight);
    for (size_t i = 0; !f.s.weight && i < f.s.n; i++) weight[i] = 1;
    uint32_t *const k = mlp_arena_alloc(arena, sizeof *k);
    uint64_t numbers = 0;
    if (!k) return mlp_no_memory(error, sizeof *k);
    *k = (uint32_t)mlp_arg_number(&in->model->use, MLP_MODEL_NEAREST_K, in->ctx, 5);
    if (*k > f.s.n) *k = (uint32_t)f.s.n;
    for (uint32_t c = 0; c < in->all.features; c++) numbers += in->all.feature[c]->form == MLP_DENSE;
    TRY(mlp_tensors_room(out, 12, arena, error));
    mlp_tensor_add(out, "y", MLP_DT_F64, f.s.n, f.s.y), mlp_tensor_add(out, "weight", MLP_DT_F64, f.s.n, weight);
    mlp_tensor_add(out, "scale", MLP_DT_F64, 3 * numbers, f.scale), mlp_tensor_add(out, "indicator", MLP_DT_U8, numbers, indicator);
    mlp_tensor_add(out, "number", MLP_DT_F32, f.tiles * f.p.numbers * TILE, f.number);
    mlp_tensor_add(out, "code", MLP_DT_U32, f.tiles * f.p.codes * TILE, f.code);
    mlp_tensor_add(out, "start", MLP_DT_I64, f.tiles + 1, f.start), mlp_tensor_add(out, "term", MLP_DT_U32, f.start[f.tiles], f.term);
    mlp_tensor_add(out, "row", MLP_DT_U8, f.start[f.tiles], f.row), mlp_tensor_add(out, "value", MLP_DT_F32, f.start[f.tiles], f.value);
    mlp_tensor_add(out, "norm", MLP_DT_F32, f.tiles * TILE, f.norm), mlp_tensor_add(out, "k", MLP_DT_U32, 1, k);
    *summary = mlp_arena_printf(arena, "%zu rows kept", f.s.n);
    return *summary ? MLP_OK : mlp_no_memory(error, 64);
}

static mlp_status fit(const struct mlp_fit_in *in, struct mlp_arena *arena, struct mlp_tensors *out, const char **summary,
                      struct mlp_error *error)
{
    struct mlp_arena temporary = {0};
    const mlp_status status = fit_in(in, &temporary, arena, out, summary, error);
    mlp_arena_clear(&temporary);
    return status;
}

/* ---- open ---- */

struct opened {
    struct places p; uint32_t outputs, k; bool shares;
    uint64_t rows, tiles;
    const double *y, *weight, *scale; const float *number, *value, *norm; const uint32_t *code, *term; const uint8_t *row; const int64_t *start;
};

static bool all_finite(const float *v, uint64_t n)
{
    for (uint64_t i = 0; i < n; i++) if (!mlp_is_number(v[i])) return false;
    return true;
}

/* Entries of a tile ascend by term, and belong to terms and rows that are there. */
static bool runs_sound(const struct opened *o, uint64_t entries)
{
    if (o->start[0] != 0 || (uint64_t)o->start[o->tiles] != entries) return false;
    for (uint64_t t = 0; t < o->tiles; t++) {
        if (o->start[t + 1] < o->start[t] || (uint64_t)o->start[t + 1] > entries) return false;
        const uint64_t rows = o->rows - t * TILE < TILE ? o->rows - t * TILE : TILE;
        for (int64_t e = o->start[t]; e < o->start[t + 1]; e++)
            if (o->term[e] >= o->p.terms || o->row[e] >= rows || (e > o->start[t] && o->term[e] < o->term[e - 1])) return false;
    }
    return true;
}

static mlp_status open(const struct mlp_model *model, const struct mlp_feature *const *feature, const uint32_t *codes, uint32_t outputs,
                       const struct mlp_tensors *ts, struct mlp_arena *arena, const void **opened, struct mlp_error *error)
{
    struct opened *const o = mlp_arena_alloc(arena, sizeof *o);
    const uint8_t *indicator;
    uint64_t numbers = 0, entries = MLP_ANY;
    if (!o) return mlp_no_memory(error, sizeof *o);
    o->rows = MLP_ANY, o->outputs = outputs, o->shares = outputs > 1 || model->task == MLP_BINARY;
    TRY(mlp_tensor_need(model, ts, "y", MLP_DT_F64, &o->rows, (const void **)&o->y, error));
    if (!o->rows || o->rows >= MLP_NONE) return mlp_model_damaged(model, "it has no rows", error);
    o->tiles = (o->rows + TILE - 1) / TILE;
    TRY(mlp_tensor_need(model, ts, "weight", MLP_DT_F64, &o->rows, (const void **)&o->weight, error));
    for (uint32_t f = 0; f < model->features.n; f++) numbers += feature[f]->form == MLP_DENSE;
    uint64_t three = 3 * numbers, ends = o->tiles + 1, places = o->tiles * TILE;
    TRY(mlp_tensor_need(model, ts, "scale", MLP_DT_F64, &three, (const void **)&o->scale, error));
    TRY(mlp_tensor_need(model, ts, "indicator", MLP_DT_U8, &numbers, (const void **)&indicator, error));
    TRY(make_places(&o->p, feature, codes, model->features.n, indicator, arena, error));
    uint64_t number = places * o->p.numbers, code = places * o->p.codes;
    TRY(mlp_tensor_need(model, ts, "number", MLP_DT_F32, &number, (const void **)&o->number, error));
    TRY(mlp_tensor_need(model, ts, "code", MLP_DT_U32, &code, (const void **)&o->code, error));
    TRY(mlp_tensor_need(model, ts, "start", MLP_DT_I64, &ends, (const void **)&o->start, error));
    TRY(mlp_tensor_need(model, ts, "term", MLP_DT_U32, &entries, (const void **)&o->term, error));
    TRY(mlp_tensor_need(model, ts, "row", MLP_DT_U8, &entries, (const void **)&o->row, error));
    TRY(mlp_tensor_need(model, ts, "value", MLP_DT_F32, &entries, (const void **)&o->value, error));
    TRY(mlp_tensor_need(model, ts, "norm", MLP_DT_F32, &places, (const void **)&o->norm, error));
    const double classes = outputs > 1 ? outputs : 2;
    for (uint64_t i = 0; i < o->rows; i++) {
        const bool sound = o->shares ? o->y[i] >= 0 && o->y[i] < classes && o->y[i] == floor(o->y[i]) : fabs(o->y[i]) <= 1e300;
        if (!sound) return mlp_model_damaged(model, "a row has an outcome that the target cannot have", error);
        if (!(o->weight[i] > 0) || !(o->weight[i] <= 1e300)) return mlp_model_damaged(model, "a row's weight is not above 0", error);
    }
    for (uint64_t i = 0; i < three; i++)
        if (!isfinite(o->scale[i])) return mlp_model_damaged(model, "a scale is not a finite number", error);
    if (!all_finite(o->number, number) || !all_finite(o->value, entries) || !all_finite(o->norm, places))
        return mlp_model_damaged(model, "a row holds what is not a finite number", error);
    if (!runs_sound(o, entries)) return mlp_model_damaged(model, "the terms of its rows do not fit its features", error);
    const uint32_t *k;
    uint64_t one = 1;
    TRY(mlp_tensor_need(model, ts, "k", MLP_DT_U32, &one, (const void **)&k, error));
    if (!*k || *k > MOST || *k > o->rows) return mlp_model_damaged(model, "it asks more rows than it has", error);
    o->k = *k;
    return *opened = o, MLP_OK;
}

/* ---- predict ---- */

/* The nearest so far, the farthest of them on top (a heap); of two as far the later row counts as farther. */
struct near { float distance; uint32_t row; };

static bool farther(struct near a, struct near b) { return a.distance != b.distance ? a.distance > b.distance : a.row > b.row; }

static void sink(struct near *heap, uint32_t n, struct near x)
{
    uint32_t at = 0;
    for (uint32_t child; (child = 2 * at + 1) < n; at = child) {
        if (child + 1 < n && farther(heap[child + 1], heap[child])) child++;
        if (!farther(heap[child], x)) break;
        heap[at] = heap[child];
    }
    heap[at] = x;
}

static void rise(struct near *heap, uint32_t at, struct near x)
{
    for (; at && farther(x, heap[(at - 1) / 2]); at = (at - 1) / 2) heap[at] = heap[(at - 1) / 2];
    heap[at] = x;
}

static void add_squares(float *restrict distance, const float *restrict column, float x)
{
    for (int i = 0; i < TILE; i++) {
        const float d = column[i] - x;
        distance[i] += d * d;
    }
}

static void add_differing(float *restrict distance, const uint32_t *restrict column, uint32_t code)
{
    for (int i = 0; i < TILE; i++) distance[i] += column[i] != code ? 2.0f : 0.0f;
}

/* -2 times the products of a row's run with those of a tile: terms ascend on both sides. */
static void add_runs(const struct opened *o, uint64_t tile, const struct place *p, const struct mlp_runs *runs, size_t r, float *distance)
{
    int64_t at = o->start[tile];
    const int64_t end = o->start[tile + 1];
    for (uint64_t e = runs->start[r]; e < runs->start[r + 1]; e++) {
        const uint64_t term = p->base + runs->index[e];
        for (int64_t lo = at, hi = end; ; ) {               /* the first entry of this term or a later one */
            if (lo >= hi) { at = lo; break; }
            const int64_t mid = lo + (hi - lo) / 2;
            if (o->term[mid] < term) lo = mid + 1;
            else hi = mid;
        }
        for (; at < end && o->term[at] == term; at++) distance[o->row[at]] -= 2 * runs->value[e] * o->value[at];
    }
}

static void distances(const struct opened *o, const struct mlp_block *b, uint64_t tile, size_t r, float *distance)
{
    const double *scale = o->scale;
    if (o->p.terms) memcpy(distance, o->norm + tile * TILE, TILE * sizeof *distance);
    else memset(distance, 0, TILE * sizeof *distance);
    for (uint32_t f = 0; f < b->features; f++) {
        const struct place *const p = &o->p.at[f];
        const float *const number = o->number + tile * o->p.numbers * TILE;
        if (p->form == MLP_SPARSE) add_runs(o, tile, p, b->column[f], r, distance);
        else if (p->form == MLP_CODES)
            add_differing(distance, o->code + (tile * o->p.codes + p->column) * TILE, ((const uint32_t *)b->column[f])[r]);
        else {
            const float x = ((const float *)b->column[f])[r];
            add_squares(distance, number + (size_t)p->column * TILE, standard(scale, x));
            if (p->indicator != MLP_NONE) add_squares(distance, number + (size_t)p->indicator * TILE, !mlp_is_number(x));
            scale += 3;
        }
    }
}

/* Whether a tile holds a row nearer than that: mostly it does not. */
static bool any_below(const float *distance, float than)
{
    int any = 0;
    for (int i = 0; i < TILE; i++) any |= distance[i] < than;
    return any;
}

static void vote(const struct opened *o, const struct near *heap, double *p)
{
    double sum = 0, yes = 0;
    for (uint32_t c = 0; o->outputs > 1 && c < o->outputs; c++) p[c] = 0;
    for (uint32_t i = 0; i < o->k; i++) {
        const double w = o->weight[heap[i].row], y = o->y[heap[i].row];
        sum += w;
        if (o->outputs > 1) p[(size_t)y] += w;
        else yes += w * y;
    }
    if (o->outputs <= 1) *p = yes / sum;
    for (uint32_t c = 0; o->outputs > 1 && c < o->outputs; c++) p[c] /= sum;
}

static void predict(const void *opened, const struct mlp_block *b, double *p)
{
    const struct opened *const o = opened;
    float distance[TILE] __attribute__((aligned(64)));
    struct near heap[AT_ONCE][o->k];
    for (size_t from = 0; from < b->rows; from += AT_ONCE) {
        const size_t n = b->rows - from < AT_ONCE ? b->rows - from : AT_ONCE;
        for (uint64_t tile = 0; tile < o->tiles; tile++) {
            const uint32_t first = (uint32_t)(tile * TILE), rows = (uint32_t)(o->rows - first < TILE ? o->rows - first : TILE);
            for (size_t q = 0; q < n; q++) {
                distances(o, b, tile, from + q, distance);
                if (first >= o->k && !any_below(distance, heap[q]->distance)) continue;
                for (uint32_t i = 0; i < rows; i++) {
                    const struct near x = {distance[i], first + i};
                    if (x.row < o->k) rise(heap[q], x.row, x);
                    else if (x.distance < heap[q]->distance) sink(heap[q], o->k, x);
                }
            }
        }
        for (size_t q = 0; q < n; q++) vote(o, heap[q], p + (from + q) * o->outputs);
    }
}

const struct mlp_model_ops mlp_model_nearest = {.name = "model.nearest", .fit = fit, .open = open, .predict = predict, .sparse = 1};
