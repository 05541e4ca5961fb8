/* bins.c: from columns to bytes. Numbers: quantile bins over the training rows, a boundary halfway between neighbours, as LightGBM
 * finds them (a value with many rows has a bin of its own; at least three rows in a bin). Codes: a bin each in the order of codes;
 * where there are more than fit, the rarest share bin 0. Row-major, because a histogram pass reads rows. */
#include "runtime/model/trees/trees.h"
#include "runtime/base/hash.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MIN_IN_BIN = 3, SAMPLE = 200000, PAD = 4 };          /* PAD cells keep features off one another's cache sets */

static void sort_floats(uint32_t *a, uint32_t *b, size_t n) /* of ordered keys; the result is in a */
{
    for (int shift = 0; shift < 32; shift += 8) {
        size_t count[256] = {0}, sum = 0;
        for (size_t i = 0; i < n; i++) count[a[i] >> shift & 255]++;
        for (int k = 0; k < 256; k++) {
            size_t here = count[k];
            count[k] = sum, sum += here;
        }
        for (size_t i = 0; i < n; i++) b[count[a[i] >> shift & 255]++] = a[i];
        uint32_t *t = a;
        a = b, b = t;
    }
}

static uint32_t key_of(float x)
{
    uint32_t bits;
    x += 0.0f;                                              /* -0 becomes 0 */
    memcpy(&bits, &x, sizeof bits);
    return bits >> 31 ? ~bits : bits | 0x80000000u;
}

static float float_of(uint32_t key)
{
    uint32_t bits = key >> 31 ? key & 0x7fffffffu : ~key;
    float x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

/* A boundary t with a <= t < b, in the middle where there is one. */
static float between(float a, float b)
{
    float t = (float)(((double)a + (double)b) / 2);
    return t >= a && t < b ? t : a;
}

/* Boundaries over sorted keys; returns the number of bins. */
static uint32_t boundaries(const uint32_t *key, size_t n, uint32_t most, uint32_t *distinct, uint32_t *count, float *upper)
{
    size_t d = 0;
    for (size_t i = 0; i < n; i++) {
        if (i && key[i] == key[i - 1]) count[d - 1]++;
        else distinct[d] = key[i], count[d++] = 1;
    }
    uint32_t bins = 0;
    double rows = 0;
    if (d <= most) {
        for (size_t i = 0; i + 1 < d; i++) {
            rows += count[i];
            if (rows >= MIN_IN_BIN) upper[bins++] = between(float_of(distinct[i]), float_of(distinct[i + 1])), rows = 0;
        }
    } else {
        size_t fit = n / MIN_IN_BIN < most ? n / MIN_IN_BIN : most;
        double free_bins = (double)(fit ? fit : 1), rest = (double)n, mean = rest / free_bins, all = mean;
        size_t room = fit ? fit : 1;
        for (size_t i = 0; i < d; i++)
            if (count[i] >= all) free_bins--, rest -= count[i];
        mean = rest / free_bins;
        for (size_t i = 0; i + 1 < d && bins + 1 < room; i++) {
            bool big = count[i] >= all, next_big = count[i + 1] >= all;
            if (!big) rest -= count[i];
            rows += count[i];
            if (!big && rows < mean && !(next_big && rows >= fmax(1, mean / 2))) continue;
            upper[bins++] = between(float_of(distinct[i]), float_of(distinct[i + 1])), rows = 0;
            if (!big) mean = rest / --free_bins;
        }
    }
    upper[bins++] = INFINITY;
    return bins;
}

struct job { const struct mlp_fit_in *in; struct mlp_trees_matrix *m; uint32_t most; };

static bool bin_number(const struct mlp_fit_in *in, struct mlp_trees_matrix *m, uint32_t f, uint32_t most)
{
    struct mlp_trees_feature *e = &m->feature[f];
    const float *x = in->all.column[f];
    uint32_t *room = malloc(4 * (m->rows + 1) * sizeof *room), *key = room;
    if (!room) return false;
    size_t n = 0, missing = 0;
    double share = m->rows > SAMPLE ? (double)SAMPLE / (double)m->rows : 1;
    for (size_t i = 0; i < m->rows; i++) {
        float v = x[in->train.at[i]];
        if (v != v) missing++;
        else if (share == 1 || mlp_uniform(mlp_random(in->seed, 0xb1, i)) < share) key[n++] = key_of(v);
    }
    sort_floats(key, key + m->rows + 1, n);
    e->bins = boundaries(key, n, most, key + m->rows + 1, key + 2 * (m->rows + 1), e->upper);
    free(room);
    e->missing = missing ? e->bins++ : MLP_NONE;
    for (size_t i = 0; i < m->rows; i++) {
        float v = x[in->train.at[i]];
        uint32_t lo = 0, values = e->bins - (missing != 0);
        for (uint32_t left = values; left > 1;) {           /* the first bin whose upper bound is not below v */
            uint32_t half = left / 2;
            lo += v > e->upper[lo + half - 1] ? half : 0, left -= half;
        }
        m->bin[i * m->step + f] = (uint8_t)(v != v ? e->missing : lo);
    }
    return true;
}

static bool bin_codes(const struct mlp_fit_in *in, struct mlp_trees_matrix *m, uint32_t f)
{
    struct mlp_trees_feature *e = &m->feature[f];
    const uint32_t *code = in->all.column[f];
    uint32_t *count = calloc(e->codes + 1, sizeof *count), present = 0, cut = 0;
    if (!count) return false;
    for (size_t i = 0; i < m->rows; i++) count[code[in->train.at[i]] < e->codes ? code[in->train.at[i]] : 1]++;
    for (uint32_t c = 0; c < e->codes; c++) present += count[c] != 0;
    if ((e->shared = present > MLP_TREES_BINS)) { /* the least count that gets a bin of its own: ties may leave bins unused */
        uint32_t lo = 0, hi = (uint32_t)m->rows;            /* more than lo rows: too many codes; more than hi: not */
        while (hi - lo > 1) {
            uint32_t middle = lo + (hi - lo) / 2, over = 0;
            for (uint32_t c = 0; c < e->codes; c++) over += count[c] > middle;
            if (over > MLP_TREES_BINS - 1) lo = middle;
            else hi = middle;
        }
        cut = hi;
    }
    e->bins = e->shared;
    for (uint32_t c = 0; c < e->codes; c++) {
        if (count[c]) e->in_training[c / 32] |= 1u << c % 32;
        e->bin_of[c] = (uint8_t)(count[c] > cut ? e->bins++ : 0);
    }
    free(count);
    for (size_t i = 0; i < m->rows; i++) {
        uint32_t c = code[in->train.at[i]];
        m->bin[i * m->step + f] = e->bin_of[c < e->codes ? c : 1];
    }
    return true;
}

/* One chunk is one feature: features write separate bytes, so threads do not matter. */
static void bin_one(void *data, size_t f, int worker)
{
    (void)worker;
    struct job *j = data;
    bool done = j->in->all.feature[f]->form == MLP_DENSE ? bin_number(j->in, j->m, (uint32_t)f, j->most)
                                                         : bin_codes(j->in, j->m, (uint32_t)f);
    if (!done) j->m->feature[f].bins = 0;
}

mlp_status mlp_trees_bin(const struct mlp_fit_in *in, uint32_t bins, struct mlp_trees_matrix *m, struct mlp_arena *arena,
                         struct mlp_error *error)
{
    *m = (struct mlp_trees_matrix){.rows = in->train.n, .features = in->all.features, .step = (in->all.features + 7u) / 8 * 8};
    m->feature = mlp_arena_alloc(arena, m->features * sizeof *m->feature), m->bin = mlp_arena_alloc(arena, m->rows * m->step);
    if (!m->feature || !m->bin) return mlp_no_memory(error, m->rows * m->step);
    for (uint32_t f = 0; f < m->features; f++) {
        struct mlp_trees_feature *e = &m->feature[f];
        e->missing = MLP_NONE, e->codes = in->codes[f];
        if (in->all.feature[f]->form == MLP_DENSE) e->upper = mlp_arena_alloc(arena, (MLP_TREES_BINS + 1) * sizeof *e->upper);
        else {
            if (e->codes < 2) return mlp_fail(error, MLP_ERR_BUG, NULL, "feature %s has no codebook", in->all.feature[f]->id.name);
            e->bin_of = mlp_arena_alloc(arena, e->codes),
            e->in_training = mlp_arena_alloc(arena, (e->codes / 32 + 1) * sizeof *e->in_training);
        }
        if (!e->upper && (!e->bin_of || !e->in_training)) return mlp_no_memory(error, e->codes);
    }
    struct job j = {in, m, bins < 2 ? 2 : bins > MLP_TREES_BINS ? MLP_TREES_BINS : bins};
    mlp_pool_run(m->rows * m->features > 100000 ? in->pool : NULL, m->features, bin_one, &j);
    for (uint32_t f = 0; f < m->features; f++) {
        if (!m->feature[f].bins) return mlp_no_memory(error, m->rows * sizeof(uint32_t));
        m->feature[f].offset = m->cells, m->cells += m->feature[f].bins + PAD;
    }
    return MLP_OK;
}
