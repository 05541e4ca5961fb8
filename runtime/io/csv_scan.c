/* csv_scan.c: one pass over text that finds the ends of cells and rows: 64 bytes at a time with AVX2, else byte by byte.
 *
 * Inside quotes is parity of quotes, as long as every opening quote begins a cell (or doubles a closing one). A block where that
 * does not hold (12" pipe) goes through the byte machine, which says what RFC 4180 means; both leave the same state behind.
 * Knows nothing of columns. */
#include "runtime/io/csv_scan.h"
#include <stdlib.h>
#include <string.h>
#include "runtime/data/schema.h"
#ifdef __AVX2__
#include <immintrin.h>
#endif

#define START CSV_START
#define PLAIN CSV_PLAIN
#define QUOTED CSV_QUOTED
#define CLOSED CSV_CLOSED

/* Places are below 2^32: so is the length of what is scanned. */
static bool make_room(struct csv_index *x, size_t n)
{
    const size_t need = x->ends + n + 2 * CSV_PAD, room = x->room && need < x->room * 2 ? x->room * 2 : need;
    if (need <= x->room) return true;
    if (need > UINT32_MAX) return false;
    uint32_t *const end = realloc(x->end ? x->end - 1 : NULL, (room + 1) * sizeof *end);
    if (!end) return false;
    *end = UINT32_MAX, x->end = end + 1;                    /* in front of the first cell */
    uint32_t *const row = realloc(x->row, room * sizeof *row);
    if (!row) return false;
    return x->row = row, x->room = room, true;
}

static void restart(struct csv_index *x)
{
    x->ends = x->rows = x->quoted_newlines = 0, x->nul = x->open = false, x->state = START;
}

void csv_index_clear(struct csv_index *x)
{
    free(x->end ? x->end - 1 : NULL), free(x->row);
    *x = (struct csv_index){0};
}

static enum csv_state step(enum csv_state s, char c, char delimiter)
{
    const bool ends = c == delimiter || c == '\n';
    switch (s) {
    case QUOTED: return c == '"' ? CLOSED : QUOTED;
    case START: return ends || c == ' ' || (c == '\t' && delimiter != '\t') ? START : c == '"' ? QUOTED : PLAIN;
    case CLOSED: return c == '"' ? QUOTED : ends ? START : PLAIN;
    default: return ends ? START : PLAIN;
    }
}

static enum csv_state scan_bytes(struct csv_index *x, const char *at, size_t from, size_t to, char delimiter, enum csv_state s)
{
    for (size_t i = from; i < to; i++) {
        const char c = at[i];
        if (s == QUOTED) x->quoted_newlines += c == '\n';
        else if (c == delimiter || c == '\n') {
            if (c == '\n') x->row[x->rows++] = (uint32_t)x->ends;
            x->end[x->ends++] = (uint32_t)i;
        }
        x->nul |= !c;
        s = step(s, c, delimiter);
    }
    return s;
}

bool csv_scan_plain(struct csv_index *x, const char *at, size_t n, char delimiter)
{
    restart(x);
    if (!make_room(x, n)) return false;
    x->state = scan_bytes(x, at, 0, n, delimiter, START);
    return x->open = x->state == QUOTED, true;
}

bool csv_scan(struct csv_index *x, const char *at, size_t n, char delimiter)
{
    return restart(x), csv_scan_more(x, at, 0, n, delimiter);
}

#ifdef __AVX2__
static uint64_t equal(__m256i low, __m256i high, char c)
{
    const __m256i want = _mm256_set1_epi8(c);
    return (uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(low, want)) |
           (uint64_t)(uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(high, want)) << 32;
}

static uint32_t *put_places(uint32_t *to, uint32_t base, uint64_t mask)
{
    const int n = __builtin_popcountll(mask);
    for (int done = 0; done < n; done += 8)                 /* eight without a branch: most blocks have fewer */
        for (int i = 0; i < 8; i++) to[done + i] = base + (uint32_t)_tzcnt_u64(mask), mask = _blsr_u64(mask);
    return to + n;
}

/* The state behind a block that ended outside quotes in a space: does the cell begin there, or go on? */
static enum csv_state before_spaces(const char *at, size_t from, size_t to, char delimiter, enum csv_state before)
{
    while (to > from && (at[to - 1] == ' ' || (at[to - 1] == '\t' && delimiter != '\t'))) to--;
    if (to == from) return before == START ? START : PLAIN;
    return at[to - 1] == delimiter || at[to - 1] == '\n' ? START : PLAIN;
}

bool csv_scan_more(struct csv_index *x, const char *at, size_t from, size_t to, char delimiter)
{
    if (!make_room(x, to - from)) return false;
    enum csv_state s = x->state;
    uint64_t nul = 0;
    size_t i = from;
    for (; i + 64 <= to; i += 64) {
        const __m256i low = _mm256_loadu_si256((const __m256i *)(const void *)(at + i));
        const __m256i high = _mm256_loadu_si256((const __m256i *)(const void *)(at + i + 32));
        const uint64_t quote = equal(low, high, '"'), newline = equal(low, high, '\n');
        uint64_t ends = equal(low, high, delimiter) | newline, rows = newline;
        nul |= equal(low, high, 0);
        if (quote || s == QUOTED) {
            uint64_t in = quote;                            /* bit k: an odd number of quotes up to k */
            for (int shift = 1; shift < 64; shift *= 2) in ^= in << shift;
            if (s == QUOTED) in = ~in;
            const uint64_t opening = quote & in, closing = quote & ~in, outside = ends & ~in;
            const uint64_t may_open = (outside | closing) << 1 | (s == START || s == CLOSED);
            if (opening & ~may_open) {
                s = scan_bytes(x, at, i, i + 64, delimiter, s);
                continue;
            }
            x->quoted_newlines += (size_t)__builtin_popcountll(newline & in);
            ends = outside, rows = newline & ~in;
            if (in >> 63) s = QUOTED;
            else if (quote >> 63) s = CLOSED;
            else s = outside >> 63 ? START : before_spaces(at, i, i + 64, delimiter, s);
        } else s = ends >> 63 ? START : before_spaces(at, i, i + 64, delimiter, s);
        for (; rows; rows = _blsr_u64(rows))
            x->row[x->rows++] = (uint32_t)(x->ends + (size_t)__builtin_popcountll(ends & (_blsi_u64(rows) - 1)));
        x->ends = (size_t)(put_places(x->end + x->ends, (uint32_t)i, ends) - x->end);
    }
    x->nul = x->nul || nul;
    x->state = scan_bytes(x, at, i, to, delimiter, s);
    return x->open = x->state == QUOTED, true;
}

/* The first 16 characters at once: digits are moved to the right end of 16 bytes, over the point, and summed in pairs, fours,
 * eights; what is behind them, one by one. */
bool csv_number(const char *at, size_t n, double *out)
{
    const bool negative = n && *at == '-';
    at += negative, n -= negative;
    if (!n || n > 19) return false;
    const int here = n < 16 ? (int)n : 16;
    const __m128i text = _mm_loadu_si128((const __m128i *)(const void *)at), digit = _mm_sub_epi8(text, _mm_set1_epi8('0'));
    const unsigned length = (1u << here) - 1;
    const unsigned other = length & ~(unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(_mm_min_epu8(digit, _mm_set1_epi8(9)), digit));
    const unsigned point = length & (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(text, _mm_set1_epi8('.')));
    if (other != point || point & (point - 1)) return false;
    const int place = point ? __builtin_ctz(point) : 16, digits = here - (point != 0);
    if (!digits) return false;
    const __m128i index = _mm_sub_epi8(_mm_setr_epi8(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15),
                                       _mm_set1_epi8((char)(16 - digits)));
    const __m128i from = _mm_sub_epi8(index, _mm_cmpgt_epi8(index, _mm_set1_epi8((char)(place - 1))));
    const __m128i ones = _mm_shuffle_epi8(digit, from);     /* a negative index gives 0 */
    const __m128i tens = _mm_maddubs_epi16(ones, _mm_setr_epi8(10, 1, 10, 1, 10, 1, 10, 1, 10, 1, 10, 1, 10, 1, 10, 1));
    const __m128i fours = _mm_madd_epi16(tens, _mm_setr_epi16(100, 1, 100, 1, 100, 1, 100, 1));
    const __m128i eights = _mm_madd_epi16(_mm_packus_epi32(fours, fours), _mm_setr_epi16(10000, 1, 10000, 1, 10000, 1, 10000, 1));
    const uint64_t both = (uint64_t)_mm_cvtsi128_si64(eights);
    uint64_t m = (both & 0xffffffff) * 100000000 + (both >> 32);
    if (n > 16 && !point) return false;
    for (size_t i = 16; i < n; i++) {
        const unsigned d = (unsigned)(unsigned char)at[i] - '0';
        if (d > 9) return false;
        m = m * 10 + d;
    }
    const double value = mlp_decimal(m, point ? place + 1 - (int)n : 0);
    return *out = negative ? -value : value, true;
}
#else
bool csv_number(const char *at, size_t n, double *out) { return mlp_parse_number(at, n, out); }
bool csv_scan_more(struct csv_index *x, const char *at, size_t from, size_t to, char delimiter)
{
    if (!make_room(x, to - from)) return false;
    x->state = scan_bytes(x, at, from, to, delimiter, x->state);
    return x->open = x->state == QUOTED, true;
}
#endif

bool csv_cell(const char *at, size_t n, char *scratch, struct mlp_str *out)
{
    size_t start = 0;
    while (start < n && (at[start] == ' ' || at[start] == '\t')) start++;
    while (n > start && (at[n - 1] == '\r' || at[n - 1] == ' ' || at[n - 1] == '\t')) n--;
    *out = (struct mlp_str){at + start, n - start};
    if (start == n || at[start] != '"') return true;
    const char *const text = at + start + 1, *const end = at + n;
    const char *quote = memchr(text, '"', (size_t)(end - text));
    if (!quote) return false;
    if (quote + 1 == end) return *out = (struct mlp_str){text, (size_t)(quote - text)}, true;
    size_t m = 0;
    for (const char *p = text; p < end; p++) {
        if (*p == '"' && ++p < end && *p != '"') return false;
        if (p == end) return *out = (struct mlp_str){scratch, m}, true;
        scratch[m++] = *p;
    }
    return false;
}

uint64_t csv_open_quote(const char *at, size_t n, char delimiter, uint64_t line, size_t *offset)
{
    enum csv_state s = START;
    uint64_t opened = line;
    *offset = 0;
    for (size_t i = 0; i < n; i++) {
        const enum csv_state next = step(s, at[i], delimiter);
        if (next == QUOTED && s == START) opened = line, *offset = i;
        line += at[i] == '\n', s = next;
    }
    return opened;
}
