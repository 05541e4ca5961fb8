/* csv_short.c: the short ways from a batch of cells to a column: plain numbers, four at a time, and spellings that were met before.
 * A cell that a short way does not know gets a bit, and csv_cells.c reads it by the rules. Accepts nothing that the rules refuse, and
 * means the same: numbers are exact or not taken. Bytes around the cells may be read: the window has room on both sides. */
#include "runtime/io/csv_read.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "runtime/data/schema.h"
#ifdef __AVX2__
#include <immintrin.h>
#endif

enum { MOST_KNOWN = 2048 };

/* ---- cells that were met before ---- */

/* The first n of 16 bytes; the window has room behind it. */
static inline void key_of(const char *at, size_t n, uint64_t key[2])
{
    memcpy(key, at, CSV_SHORT);
    if (n < 8) key[0] &= ((uint64_t)1 << 8 * n) - 1;
    if (n < 16) key[1] &= n > 8 ? ((uint64_t)1 << (8 * n - 64)) - 1 : 0;
}
static inline size_t bucket(const struct csv_known *k, const uint64_t key[2], size_t n)
{
    return ((key[0] ^ key[1] * 0x9e3779b97f4a7c15u ^ n) * 0xbf58476d1ce4e5b9u) >> 32 & (k->room - 1);
}
static inline __attribute__((always_inline)) uint32_t known(const struct csv_known *k, const char *at, size_t n)
{
    uint64_t key[2];
    if (!k->room) return 0;
    key_of(at, n, key);
    for (size_t b = bucket(k, key, n); k->at[b].code; b = (b + 1) & (k->room - 1))
        if (k->at[b].key[0] == key[0] && k->at[b].key[1] == key[1] && k->at[b].n == n) return k->at[b].code;
    return 0;
}
uint32_t csv_known_code(const struct csv_known *k, const char *at, size_t n) { return known(k, at, n); }
/* Without memory it is not remembered, that is all. */
void csv_remember(struct csv_known *k, const char *at, size_t n, uint32_t code)
{
    if (n > CSV_SHORT || k->n >= MOST_KNOWN) return;
    if (k->n * 2 >= k->room) {
        struct csv_known larger = {calloc(k->room ? k->room * 2 : 64, sizeof *larger.at), k->n, k->room ? k->room * 2 : 64};
        if (!larger.at) return;
        for (uint32_t i = 0; i < k->room; i++) {
            if (!k->at[i].code) continue;
            size_t b = bucket(&larger, k->at[i].key, k->at[i].n);
            while (larger.at[b].code) b = (b + 1) & (larger.room - 1);
            larger.at[b] = k->at[i];
        }
        free(k->at), *k = larger;
    }
    struct csv_met met = {.n = (uint32_t)n, .code = code};
    key_of(at, n, met.key);
    size_t b = bucket(k, met.key, n);
    while (k->at[b].code) b = (b + 1) & (k->room - 1);
    k->at[b] = met, k->n++;
}

/* ---- numbers ---- */

__attribute__((noinline)) static void one_number(const struct csv_sink *s, const char *at, size_t n, bool whole, double *to, size_t row, uint64_t *slow,
                                                 uint64_t *missing)
{
    double v;
    const bool good = (csv_number(at, n, &v) || mlp_parse_number(at, n, &v)) && v >= s->lo && v <= s->hi && (!whole || v == floor(v));
    const bool empty = !n && s->blank;
    to[row] = good ? v : NAN;
    *slow |= (uint64_t)(!good && !empty) << row, *missing |= (uint64_t)empty << row;
}

enum { LANES = 4 };
#ifdef __AVX2__
/* The 16 bytes that end at a and at b. */
static inline __m256i both(const void *a, const void *b)
{
    return _mm256_inserti128_si256(_mm256_castsi128_si256(_mm_loadu_si128(a)), _mm_loadu_si128(b), 1);
}
static inline long long eight_before(const char *at)
{
    long long v;
    return memcpy(&v, at - 8, 8), v;
}
/* Whole numbers below 2^52, exactly: they are the low bits of a double near 2^52. */
static inline __m256d doubles(__m256i v)
{
    const __m256d base = _mm256_set1_pd(0x1p52);
    return _mm256_sub_pd(_mm256_castsi256_pd(_mm256_or_si256(v, _mm256_castpd_si256(base))), base);
}

/* Four whole numbers of at most 8 characters, from the 8 bytes that end with each: text[end[k] - n[k] .. end[k]). false: one
 * of them is something else. */
static inline __attribute__((always_inline)) bool four_wholes(const char *text, const uint32_t *end, const uint32_t *n, __m256d *out)
{
    const __m256i bytes = _mm256_setr_epi64x(eight_before(text + end[0]), eight_before(text + end[1]), eight_before(text + end[2]),
                                             eight_before(text + end[3]));
    const __m256i all = _mm256_set1_epi64x(64), length = _mm256_setr_epi64x(n[0], n[1], n[2], n[3]);
    const __m256i from = _mm256_sub_epi64(all, _mm256_slli_epi64(length, 3));    /* below 0, so 0 bits are left, beyond 8 bytes */
    const __m256i first = _mm256_and_si256(_mm256_srlv_epi64(bytes, from), _mm256_set1_epi64x(0xff));
    const __m256i negative = _mm256_cmpeq_epi64(first, _mm256_set1_epi64x('-'));
    const __m256i shift = _mm256_add_epi64(from, _mm256_and_si256(negative, _mm256_set1_epi64x(8)));
    const __m256i digit = _mm256_sllv_epi64(_mm256_srlv_epi64(_mm256_xor_si256(bytes, _mm256_set1_epi8('0')), shift), shift);
    const __m256i beyond = _mm256_or_si256(digit, _mm256_add_epi8(digit, _mm256_set1_epi8(0x76)));
    const __m256i none = _mm256_cmpgt_epi64(shift, _mm256_set1_epi64x(63)), many = _mm256_cmpgt_epi64(_mm256_setzero_si256(), from);
    const __m256i strange = _mm256_and_si256(beyond, _mm256_set1_epi8((char)0x80));
    const __m256i fine = _mm256_andnot_si256(_mm256_or_si256(none, many), _mm256_cmpeq_epi64(strange, _mm256_setzero_si256()));
    const __m256i two = _mm256_maddubs_epi16(digit, _mm256_set1_epi16(10 | 1 << 8));
    const __m256i four = _mm256_madd_epi16(two, _mm256_set1_epi32(100 | 1 << 16));
    const __m256i eight = _mm256_add_epi64(_mm256_mul_epu32(four, _mm256_set1_epi64x(10000)), _mm256_srli_epi64(four, 32));
    const __m256i sign = _mm256_slli_epi64(negative, 63);
    *out = _mm256_xor_pd(doubles(eight), _mm256_castsi256_pd(sign));
    return _mm256_movemask_pd(_mm256_castsi256_pd(fine)) == 15;
}

static const double power[17] = {1e15, 1e14, 1e13, 1e12, 1e11, 1e10, 1e9, 1e8, 1e7, 1e6, 1e5, 1e4, 1e3, 1e2, 1e1, 1, 1};

/* Two plain decimal numbers of at most 16 bytes and 15 digits, as their digits (both lanes: millions of millions first) and the
 * places of their points. Digits in front of a point move up over it; then they are summed in pairs, fours, eights. */
static inline __attribute__((always_inline)) bool two_decimals(const char *text, const uint32_t *end, const uint32_t *n, __m128i *digits, uint32_t *point, unsigned *negative)
{
    static const int8_t mine[33] = {[16] = -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, 0};
    static const int8_t past[17][16] = {                    /* by the place of the point: those up to it take the one before */
        {-1, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15}, {-1, 0, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15},
        {-1, 0, 1, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15}, {-1, 0, 1, 2, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15},
        {-1, 0, 1, 2, 3, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15}, {-1, 0, 1, 2, 3, 4, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15},
        {-1, 0, 1, 2, 3, 4, 5, 7, 8, 9, 10, 11, 12, 13, 14, 15}, {-1, 0, 1, 2, 3, 4, 5, 6, 8, 9, 10, 11, 12, 13, 14, 15},
        {-1, 0, 1, 2, 3, 4, 5, 6, 7, 9, 10, 11, 12, 13, 14, 15}, {-1, 0, 1, 2, 3, 4, 5, 6, 7, 8, 10, 11, 12, 13, 14, 15},
        {-1, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 12, 13, 14, 15}, {-1, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 13, 14, 15},
        {-1, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 14, 15}, {-1, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 14, 15},
        {-1, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 15}, {-1, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14},
        {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15}};
    if (n[0] - 1 >= 16 || n[1] - 1 >= 16) return false;
    const __m256i bytes = both(text + end[0] - 16, text + end[1] - 16), inside = both(mine + n[0], mine + n[1]);
    const __m256i digit = _mm256_sub_epi8(bytes, _mm256_set1_epi8('0'));
    const __m256i is = _mm256_and_si256(_mm256_cmpeq_epi8(_mm256_min_epu8(digit, _mm256_set1_epi8(9)), digit), inside);
    const unsigned ours = (unsigned)_mm256_movemask_epi8(inside), other = ours ^ (unsigned)_mm256_movemask_epi8(is);
    const unsigned points = ours & (unsigned)_mm256_movemask_epi8(_mm256_cmpeq_epi8(bytes, _mm256_set1_epi8('.')));
    const unsigned signs = (1u << (16 - n[0]) | 0x10000u << (16 - n[1])) &
                           (unsigned)_mm256_movemask_epi8(_mm256_cmpeq_epi8(bytes, _mm256_set1_epi8('-')));
    const unsigned a = points & 0xffff, b = points >> 16;
    const unsigned most = (unsigned)__builtin_popcount(ours & 0xffff & ~other) - 1, least = (unsigned)__builtin_popcount(ours >> 16 & ~(other >> 16)) - 1;
    if (other != (points | signs) || (a & (a - 1)) | (b & (b - 1)) || most >= 15 || least >= 15) return false;
    point[0] = (uint32_t)__builtin_ctz(a | 0x10000), point[1] = (uint32_t)__builtin_ctz(b | 0x10000);
    const __m256i one = _mm256_shuffle_epi8(_mm256_and_si256(digit, is), both(past[point[0]], past[point[1]]));    /* -1 gives 0 */
    const __m256i two = _mm256_maddubs_epi16(one, _mm256_set1_epi16(10 | 1 << 8));
    const __m256i four = _mm256_madd_epi16(two, _mm256_set1_epi32(100 | 1 << 16));
    const __m256i eight = _mm256_madd_epi16(_mm256_packus_epi32(four, four), _mm256_set1_epi32(10000 | 1 << 16));
    *digits = _mm_unpacklo_epi64(_mm256_castsi256_si128(eight), _mm256_extracti128_si256(eight, 1));
    *negative = (signs & 0xffff ? 1 : 0) | (signs >> 16 ? 2 : 0);
    return true;
}

/* Four decimals, exactly: digits and power are both exact, and one division rounds (Clinger). */
static inline __attribute__((always_inline)) bool four_decimals(const char *text, const uint32_t *end, const uint32_t *n, __m256d *out)
{
    __m128i low, high;
    uint32_t p[LANES];
    unsigned s, t;
    if (!two_decimals(text, end, n, &low, p, &s) || !two_decimals(text, end + 2, n + 2, &high, p + 2, &t)) return false;
    const __m256i d = _mm256_inserti128_si256(_mm256_castsi128_si256(low), high, 1);
    const __m256i whole = _mm256_add_epi64(_mm256_mul_epu32(d, _mm256_set1_epi64x(100000000)), _mm256_srli_epi64(d, 32));
    const __m256d v = _mm256_div_pd(doubles(whole), _mm256_setr_pd(power[p[0]], power[p[1]], power[p[2]], power[p[3]]));
    const __m256i bits = _mm256_sllv_epi64(_mm256_set1_epi64x(s | t << 2), _mm256_setr_epi64x(63, 62, 61, 60));
    return *out = _mm256_xor_pd(v, _mm256_and_pd(_mm256_castsi256_pd(bits), _mm256_set1_pd(-0.0))), true;
}
#endif

/* ---- columns: a bit for each row that is not known, and one for each that is missing ---- */

/* Where a cell ends and how long it is; the last one of a row without the CR of a line end. */
static inline void cell_of(const struct csv_batch *b, const uint32_t *at, bool last, uint32_t *end, uint32_t *n)
{
    *end = *at, *n = *at - (uint32_t)csv_start_of(at);
    if (!last) return;
    const bool cr = *n && b->at[*end - 1] == '\r';
    *n -= cr, *end -= cr;
}

static inline __attribute__((always_inline)) uint64_t numbers(const struct csv_sink *s, const struct csv_batch *b, bool whole, bool last, uint64_t *missing)
{
    double *const to = (double *)(void *)s->data + b->to;
    const uint32_t *at = b->end + s->place;
    const size_t cells = b->cells;
    const double lo = s->lo, hi = s->hi;
    uint64_t slow = 0, none = 0;
    uint32_t end[LANES], n[LANES];
    size_t i = 0;
#ifdef __AVX2__
    for (; i + LANES <= b->rows; i += LANES, at += LANES * cells) {
        __m256d v;
        #pragma GCC unroll 4                                /* so that they stay in registers */
        for (size_t k = 0; k < LANES; k++) cell_of(b, at + k * cells, last, end + k, n + k);
        if (whole ? four_wholes(b->at, end, n, &v) : four_decimals(b->at, end, n, &v)) {
            const __m256d in = _mm256_and_pd(_mm256_cmp_pd(v, _mm256_set1_pd(lo), _CMP_GE_OQ), _mm256_cmp_pd(v, _mm256_set1_pd(hi), _CMP_LE_OQ));
            slow |= (uint64_t)(_mm256_movemask_pd(in) ^ 15) << i;
            _mm256_storeu_pd(to + i, _mm256_blendv_pd(_mm256_set1_pd(NAN), v, in));
        } else for (size_t k = 0; k < LANES; k++) one_number(s, b->at + end[k] - n[k], n[k], whole, to, i + k, &slow, &none);
    }
#endif
    for (; i < b->rows; i++, at += cells) {
        cell_of(b, at, last, end, n);
        one_number(s, b->at + *end - *n, *n, whole, to, i, &slow, &none);
    }
    return *missing = none, slow;
}
#define NUMBERS(name, whole) __attribute__((noinline)) uint64_t name(const struct csv_sink *s, const struct csv_batch *b, uint64_t *missing)         { return s->place + 1 == b->cells ? numbers(s, b, whole, true, missing) : numbers(s, b, whole, false, missing); }
NUMBERS(csv_floats, false)
NUMBERS(csv_wholes, true)

uint64_t csv_flags(const struct csv_sink *s, const struct csv_batch *b, const struct csv_known *k)
{
    const uint32_t *end = b->end + s->place;
    double *const to = (double *)(void *)s->data + b->to;
    uint64_t slow = 0;
    for (size_t i = 0; i < b->rows; i++, end += b->cells) {
        const size_t from = csv_start_of(end), n = *end - from;
        const uint32_t code = n && n <= CSV_SHORT ? known(k, b->at + from, n) : 0;
        to[i] = code == 2;
        slow |= (uint64_t)!code << i;
    }
    return slow;
}

uint64_t csv_spellings(const struct csv_sink *s, const struct csv_batch *b, struct csv_known *k, uint64_t *missing)
{
    const bool last = s->place + 1 == b->cells;
    const uint32_t *end = b->end + s->place;
    uint32_t *const to = (uint32_t *)(void *)s->data + b->to;
    uint64_t slow = 0;
    for (size_t i = 0; i < b->rows; i++, end += b->cells) {
        const size_t from = csv_start_of(end);
        size_t n = *end - from;
        const char *const at = b->at + from;
        if (last) n -= n && at[n - 1] == '\r';
        if (!n && s->blank) { to[i] = 0, *missing |= (uint64_t)1 << i; continue; }
        uint32_t code = n && n <= CSV_SHORT ? known(k, at, n) : 0;
        if (!code && n && s->way == CSV_SPELLING) {
            const bool quoted = n > 2 && *at == '"' && at[n - 1] == '"' && !memchr(at + 1, '"', n - 2);
            code = mlp_dictionary_find(s->dictionary, at + quoted, n - 2 * quoted);
            if (code > 1) csv_remember(k, at, n, code);
        }
        to[i] = code;
        slow |= (uint64_t)(code < 2) << i;
    }
    return slow;
}
