/* schema.c: cells of text to values, by the declared type. Decides what is accepted; how a refusal reads is explain.c's.
 * Must not depend on anything but its arguments, so that training and serving are alike; allocates nothing but through a pattern. */
#include "runtime/data/schema.h"
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include "runtime/base/calendar.h"
#include "runtime/base/json.h"
#include "runtime/base/zone.h"

static bool space(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

struct mlp_str mlp_schema_trim(const char *at, size_t n)
{
    while (n && space(*at)) at++, n--;
    while (n && space(at[n - 1])) n--;
    return (struct mlp_str){at, n};
}

const struct mlp_arg *mlp_use_arg(const struct mlp_use *use, const char *name)
{
    for (uint32_t i = 0; i < use->args.n; i++)
        if (use->args.at[i].name && !strcmp(use->args.at[i].name, name))
            return use->args.at[i].kind == MLP_A_NONE ? NULL : &use->args.at[i];
    return NULL;
}

/* ---- UTF-8 ---- */

/* Length of the well-formed sequence at s (RFC 3629: no overlong forms, no surrogates, at most U+10FFFF); 0: none. */
static size_t sequence(const unsigned char *s, size_t n)
{
    if (s[0] < 0x80) return 1;
    const size_t want = s[0] >= 0xc2 && s[0] <= 0xdf ? 2 : (s[0] & 0xf0) == 0xe0 ? 3 : s[0] >= 0xf0 && s[0] <= 0xf4 ? 4 : 0;
    if (!want || n < want) return 0;
    for (size_t i = 1; i < want; i++)
        if ((s[i] & 0xc0) != 0x80) return 0;
    if ((s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xed && s[1] > 0x9f) || (s[0] == 0xf0 && s[1] < 0x90) ||
        (s[0] == 0xf4 && s[1] > 0x8f))
        return 0;
    return want;
}

int mlp_schema_utf8(const char *at, size_t n)
{
    size_t i = 0;
    for (; i + 8 <= n; i += 8) {                            /* ASCII, eight at a time */
        uint64_t word;
        memcpy(&word, at + i, 8);
        if (word & 0x8080808080808080u) break;
    }
    while (i < n) {
        const size_t step = sequence((const unsigned char *)at + i, n - i);
        if (!step) return 0;
        i += step;
    }
    return 1;
}

/* ---- numbers ---- */

/* The grammar was checked; too many digits for the exact ways. */
static double slow_number(const char *at, size_t n)
{
    char text[2048];
    if (n >= sizeof text) return NAN;
    memcpy(text, at, n), text[n] = 0;
    return strtod(text, NULL);
}

static const double power_of_ten[] = {1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16,
    1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

/* m * 10^power with m > 0, |power| <= 19, rounded once: 64 bits of the result and whether there is more, then one conversion. */
static double scaled(uint64_t m, int power)
{
    static const uint64_t ten[] = {1u, 10u, 100u, 1000u, 10000u, 100000u, 1000000u, 10000000u, 100000000u, 1000000000u,
        10000000000u, 100000000000u, 1000000000000u, 10000000000000u, 100000000000000u, 1000000000000000u, 10000000000000000u,
            100000000000000000u, 1000000000000000000u, 10000000000000000000u};
    uint64_t top;
    int exponent;
    if (power < 0) {
        const int up = __builtin_clzll(m), down = __builtin_clzll(ten[-power]);
        const unsigned __int128 high = (unsigned __int128)(m << up) << 63;
        const uint64_t by = ten[-power] << down;            /* both have their top bit: the quotient has 63 or 64 bits */
        top = (uint64_t)(high / by);
        top |= (unsigned __int128)top * by != high;
        exponent = down - up - 63;
    } else {
        const unsigned __int128 product = (unsigned __int128)m * ten[power];
        const uint64_t upper = (uint64_t)(product >> 64);
        exponent = upper ? 64 - __builtin_clzll(upper) : 0;
        top = (uint64_t)(product >> exponent);
        top |= (unsigned __int128)top << exponent != product;
    }
    const uint64_t bits = (uint64_t)(1023 + exponent) << 52;    /* a power of two: exact */
    double scale;
    memcpy(&scale, &bits, sizeof scale);
    return (double)top * scale;
}

double mlp_decimal(uint64_t m, int power)
{
    if (m > (uint64_t)1 << 53) return scaled(m, power);
    /* both exact, so one rounding (Clinger) */
    return power < 0 ? (double)m / power_of_ten[-power] : (double)m * power_of_ten[power];
}

int mlp_parse_number(const char *at, size_t n, double *out)
{
    const char *p = at, *const end = at + n;
    bool negative = false;
    if (p < end && (*p == '-' || *p == '+')) negative = *p++ == '-';
    const char *const first = p;
    uint64_t m = 0;
    unsigned d;
    while (p < end && (d = (unsigned)(unsigned char)*p - '0') <= 9) m = m * 10 + d, p++;
    ptrdiff_t digits = p - first, power = 0;
    if (p < end && *p == '.') {
        const char *const point = ++p;
        while (p < end && (d = (unsigned)(unsigned char)*p - '0') <= 9) m = m * 10 + d, p++;
        power = point - p, digits += p - point;
    }
    if (!digits) return 0;
    if (p < end && (*p == 'e' || *p == 'E')) {
        bool minus = false;
        if (++p < end && (*p == '-' || *p == '+')) minus = *p++ == '-';
        if (p == end) return 0;
        ptrdiff_t e = 0;
        while (p < end && (d = (unsigned)(unsigned char)*p - '0') <= 9) { if (e < 100000) e = e * 10 + d; p++; }
        power += minus ? -e : e;
    }
    if (p != end) return 0;
    double value;
    if (digits <= 19 && power >= -19 && power <= 19) value = mlp_decimal(m, (int)power);
    else if (isnan(value = fabs(slow_number(at, n)))) return 0;
    *out = negative ? -value : value;
    return 1;
}

/* ---- dates, times, durations ---- */

static const int64_t DAY = 86400000000;

/* Between lo and hi digits; false: fewer. */
static bool number(const char **p, const char *end, int lo, int hi, int64_t *out)
{
    int64_t v = 0;
    int n = 0;
    while (n < hi && *p < end && **p >= '0' && **p <= '9') v = v * 10 + (*(*p)++ - '0'), n++;
    *out = v;
    return n >= lo;
}
/* ".25" or ",25": a fraction of a second, in microseconds; further digits are cut. */
static int64_t fraction(const char **p, const char *end)
{
    int64_t us = 0, unit = 100000;
    for (; *p < end && **p >= '0' && **p <= '9'; (*p)++) us += unit * (**p - '0'), unit /= 10;
    return us;
}
/* Z, +01, +0100, +01:00; in microseconds east of Greenwich. */
static bool zone(const char **p, const char *end, int64_t *east)
{
    *east = 0;
    if (*p < end && (**p == 'Z' || **p == 'z')) return (*p)++, true;
    if (*p == end || (**p != '+' && **p != '-')) return false;
    const int64_t sign = *(*p)++ == '-' ? -1 : 1;
    int64_t h, m = 0;
    if (!number(p, end, 2, 2, &h)) return false;
    if (*p < end && **p == ':') (*p)++;
    if (*p < end && !number(p, end, 2, 2, &m)) return false;
    return *east = sign * (h * 3600 + m * 60) * 1000000, h <= 18 && m < 60;
}

/* What a text is: no time, a time, one whose day is not in the calendar (2023-02-30). */
enum reading { NO_TIME, TIME, NO_SUCH_DAY };

static enum reading iso(const char *p, const char *end, int64_t *us, bool *zoned)
{
    int64_t y, m, d, h = 0, min = 0, s = 0, f = 0, east = 0;
    if (!number(&p, end, 4, 4, &y) || p == end || *p++ != '-' || !number(&p, end, 2, 2, &m) || p == end || *p++ != '-' ||
        !number(&p, end, 2, 2, &d)) return NO_TIME;
    if (p < end) {
        if (*p != 'T' && *p != 't' && *p != ' ') return NO_TIME;
        p++;
        if (!number(&p, end, 2, 2, &h) || p == end || *p++ != ':' || !number(&p, end, 2, 2, &min)) return NO_TIME;
        if (p < end && *p == ':') {
            p++;
            if (!number(&p, end, 2, 2, &s)) return NO_TIME;
            if (p < end && (*p == '.' || *p == ',')) p++, f = fraction(&p, end);
        }
        if (p < end && *p == ' ') p++;
        *zoned = p < end;
        if (p < end && !zone(&p, end, &east)) return NO_TIME;
    }
    if (p != end || h > 23 || min > 59 || s > 60) return NO_TIME;
    if (m < 1 || m > 12 || d < 1 || d > mlp_calendar_month(y, (int)m)) return NO_SUCH_DAY;
    *us = mlp_calendar_days(y, (int)m, (int)d) * DAY + ((h * 60 + min) * 60 + s) * 1000000 + f - east;
    return TIME;
}

/* A name of a month or weekday, whole or its first three letters, any case; 0: none, else its number from 1. */
static int word(const char **p, const char *end, const char *const *name, int n)
{
    for (int whole = 1; whole >= 0; whole--)
        for (int i = 0; i < n; i++) {
            const size_t length = whole ? strlen(name[i]) : 3;
            if ((size_t)(end - *p) >= length && !strncasecmp(*p, name[i], length)) return *p += length, i + 1;
        }
    return 0;
}

struct moment { int64_t y, m, d, of_year, h, min, s, f, east; int pm; bool date, zoned; };

/* Hours before minutes without anything between them: 0930, but also 930, and 5 for 00:05, as files have them that once held the
 * time of day as a number. */
static bool hours(const char **p, const char *end, const char *format, int64_t *h)
{
    if (format[1] != '%' || format[2] != 'M') return number(p, end, 1, 2, h);
    const bool seconds = format[3] == '%' && format[4] == 'S';
    int digits = 0;
    while (*p + digits < end && (*p)[digits] >= '0' && (*p)[digits] <= '9') digits++;
    const int own = digits - (seconds ? 4 : 2);
    return *h = 0, own <= 0 ? digits > 0 : number(p, end, 1, own < 2 ? 1 : 2, h);
}

static bool by_format(const char **at, const char *end, const char *format, struct moment *t)
{
    static const char *const month[] = {"January", "February", "March", "April", "May", "June", "July", "August", "September",
        "October", "November", "December"};
    static const char *const day[] = {"Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"};
    const char *p = *at;
    for (; *format; format++) {
        if (*format != '%') {
            if (p == end || *p++ != *format) return false;
            continue;
        }
        bool ok = true;
        switch (*++format) {
        case 'Y': ok = number(&p, end, 4, 4, &t->y), t->date = true; break;
        case 'y': ok = number(&p, end, 2, 2, &t->y), t->y += t->y < 69 ? 2000 : 1900, t->date = true; break;       /* as POSIX */
        case 'm': ok = number(&p, end, 1, 2, &t->m); break;
        case 'd': case 'e': while (p < end && *p == ' ') p++; ok = number(&p, end, 1, 2, &t->d); break;
        case 'j': ok = number(&p, end, 1, 3, &t->of_year); break;
        case 'H': case 'I': ok = hours(&p, end, format, &t->h); break;
        case 'M': ok = number(&p, end, 1, 2, &t->min); break;
        case 'S': ok = number(&p, end, 1, 2, &t->s); break;
        case 'f': t->f = fraction(&p, end); break;
        case 'p':
            ok = end - p >= 2 && (*p == 'a' || *p == 'A' || *p == 'p' || *p == 'P') && (p[1] == 'm' || p[1] == 'M');
            if (ok) t->pm = *p == 'p' || *p == 'P' ? 2 : 1, p += 2;
            break;
        case 'b': case 'B': ok = (t->m = word(&p, end, month, 12)) > 0; break;
        case 'a': case 'A': ok = word(&p, end, day, 7) > 0; break;
        case 'z': ok = zone(&p, end, &t->east), t->zoned = true; break;
        case 'F': ok = by_format(&p, end, "%Y-%m-%d", t); break;
        case 'T': ok = by_format(&p, end, "%H:%M:%S", t); break;
        case '%': ok = p < end && *p++ == '%'; break;
        default: ok = false;
        }
        if (!ok) return false;
    }
    return *at = p, true;
}

static enum reading read_time(const char *at, size_t n, const char *format, int64_t *us, bool *zoned)
{
    const char *const end = at + n;
    *zoned = false;
    if (!format || !*format) return iso(at, end, us, zoned);
    if (!strcmp(format, "unix")) {
        double s;
        if (!mlp_parse_number(at, n, &s) || !(fabs(s) <= 1e11)) return NO_TIME;   /* to the year 5138; more are milliseconds */
        return *us = llround(s * 1e6), *zoned = true, TIME;
    }
    struct moment t = {.m = 1, .d = 1};
    if (!by_format(&at, end, format, &t) || at != end || !t.date) return NO_TIME;
    if (t.pm) {
        if (t.h < 1 || t.h > 12) return NO_TIME;
        t.h = t.h % 12 + (t.pm == 2 ? 12 : 0);
    }
    if (t.h > 23 || t.min > 59 || t.s > 60) return NO_TIME;
    if (t.m < 1 || t.m > 12 || t.d < 1 || t.d > mlp_calendar_month(t.y, (int)t.m) || t.of_year > 337 + mlp_calendar_month(t.y, 2)) return NO_SUCH_DAY;
    const int64_t days = t.of_year ? mlp_calendar_days(t.y, 1, 1) + t.of_year - 1 : mlp_calendar_days(t.y, (int)t.m, (int)t.d);
    return *zoned = t.zoned, *us = days * DAY + ((t.h * 60 + t.min) * 60 + t.s) * 1000000 + t.f - t.east, TIME;
}

int mlp_parse_time(const char *at, size_t n, const char *format, int64_t *us)
{
    bool zoned;
    return read_time(at, n, format, us, &zoned) == TIME;
}

int mlp_time_format_sound(const char *format, int duration)
{
    bool day = false, month = false, year = false, any = false;
    for (; *format; format++) {
        if (*format != '%') continue;
        if (!*++format || !strchr(duration ? "HMSfT%" : "YymdejHIMSfpbBaAzFT%", *format)) return 0;
        year |= strchr("YyF", *format) != NULL, month |= strchr("mbBFj", *format) != NULL, day |= strchr("dejF", *format) != NULL;
        any |= strchr("HMST", *format) != NULL;
    }
    return duration ? any : year && (!day || month);
}

int mlp_parse_duration(const char *at, size_t n, const char *format, int64_t *us)
{
    const char *p = at, *const end = at + n;
    if (format && *format) {
        struct moment t = {0};
        if (!by_format(&p, end, format, &t) || p != end || t.min > 59 || t.s > 60) return 0;
        return *us = ((t.h * 60 + t.min) * 60 + t.s) * 1000000 + t.f, 1;
    }
    int64_t h, m, s;
    if (number(&p, end, 1, 9, &h) && p < end && *p == ':') {   /* 01:30 or 01:30:00 */
        p++;
        if (!number(&p, end, 2, 2, &m) || m > 59) return 0;
        s = 0;
        int64_t f = 0;
        if (p < end && *p == ':') {
            p++;
            if (!number(&p, end, 2, 2, &s) || s > 59) return 0;
            if (p < end && *p == '.') p++, f = fraction(&p, end);
        }
        return *us = ((h * 60 + m) * 60 + s) * 1000000 + f, p == end;
    }
    static const struct { const char *name; double seconds; } unit[] = {
        {"us", 1e-6}, {"ms", 1e-3}, {"min", 60}, {"s", 1}, {"h", 3600}, {"d", 86400}, {"w", 604800}};
    double scale = 1, value;
    for (size_t i = 0; i < sizeof unit / sizeof *unit; i++) {
        const size_t length = strlen(unit[i].name);
        if (n > length && !memcmp(end - length, unit[i].name, length)) {
            scale = unit[i].seconds, n -= length;
            break;
        }
    }
    if (!mlp_parse_number(at, mlp_schema_trim(at, n).n, &value) || fabs(value * scale) > 9e12) return 0;
    return *us = llround(value * scale * 1e6), 1;
}

/* ---- a cell ---- */

static bool same(const char *text, const char *at, size_t n) { return strlen(text) == n && !memcmp(text, at, n); }
static bool same_word(const char *text, const char *at, size_t n) { return strlen(text) == n && !strncasecmp(text, at, n); }

static int truth(const struct mlp_column *c, const char *at, size_t n)
{
    static const char *const yes[] = {"true", "yes", "1", "y", "t"}, *const no[] = {"false", "no", "0", "n", "f"};
    if (c->set.n == 2) return same_word(c->set.at[0], at, n) ? 1 : same_word(c->set.at[1], at, n) ? 0 : -1;
    for (int i = 0; i < 5; i++) {
        if (same_word(yes[i], at, n)) return 1;
        if (same_word(no[i], at, n)) return 0;
    }
    return -1;
}

static bool is_missing(const struct mlp_column *c, char *const *missing, uint32_t n_missing, const char *at, size_t n)
{
    for (uint32_t i = 0; i < n_missing; i++)
        if (same(missing[i], at, n)) return true;
    double value, token;
    const bool numeric = c->missing.n && (c->type == MLP_INT || c->type == MLP_FLOAT) && mlp_parse_number(at, n, &value);
    for (uint32_t i = 0; i < c->missing.n; i++) {
        const char *const text = c->missing.at[i];
        if (same(text, at, n) || (numeric && mlp_parse_number(text, strlen(text), &token) && token == value)) return true;
    }
    return false;
}

/* 3,5 or 1.234,5: a decimal comma. */
static bool decimal_comma(const char *at, size_t n)
{
    char text[64];
    size_t m = 0;
    double ignored;
    const char *const comma = memchr(at, ',', n);
    if (!comma || n >= sizeof text) return false;
    for (const char *p = at; p < at + n; p++) {
        if (*p == '.' && p < comma) continue;
        text[m++] = p == comma ? '.' : *p;
    }
    return mlp_parse_number(text, m, &ignored);
}

static enum mlp_cell_fault pattern_fault(const struct mlp_column *c, struct mlp_str v)
{
    return !c->pattern ? MLP_CELL_OK : mlp_pattern_try ? mlp_pattern_try(c->pattern, v.at, v.n) : MLP_CELL_PATTERN;
}

/* ---- lists ---- */

/* A value of a list, trimmed, as it is kept; *kept points into it, or to `number`. */
static enum mlp_cell_fault element(const struct mlp_column *c, struct mlp_str v, char number_text[32], struct mlp_str *kept)
{
    double x;
    *kept = v;
    if (c->element == MLP_INT || c->element == MLP_FLOAT) {
        if (!mlp_parse_number(v.at, v.n, &x)) return MLP_CELL_NOT_A_NUMBER;
        if (c->element == MLP_INT && x != floor(x)) return MLP_CELL_WHOLE;
        if (!(x >= c->lo && x <= c->hi) || !isfinite(x)) return MLP_CELL_RANGE;
        return *kept = (struct mlp_str){number_text, mlp_number_text(x + 0.0, number_text)}, MLP_CELL_OK;
    }
    for (uint32_t i = 0; i < c->set.n; i++)
        if (same(c->spelt.n ? c->spelt.at[i] : c->set.at[i], v.at, v.n))
            return *kept = (struct mlp_str){c->set.at[i], strlen(c->set.at[i])}, MLP_CELL_OK;
    return c->set.n ? MLP_CELL_SET : pattern_fault(c, v);
}

/* Goes through the values of a cell; to: where they go, or NULL. *length: of the list as it is kept. An array of JSON begins with
 * MLP_LIST_ITEMS and has its ends already; else the column's separator stands between, and nothing at all is the empty list. */
static enum mlp_cell_fault list(const struct mlp_column *c, const char *at, size_t n, char *to, size_t *length)
{
    const char *const end = at + n, last[] = {MLP_LIST_END, 0}, *const separator = n && *at == MLP_LIST_ITEMS ? last : c->separator;
    const bool array = separator == last;
    const size_t width = strlen(separator);
    *length = 0;
    for (at += array; array ? at < end : n > 0;) {
        const char *stop = at;
        while (stop < end && ((size_t)(end - stop) < width || memcmp(stop, separator, width))) stop++;
        char number_text[32];
        struct mlp_str kept;
        const enum mlp_cell_fault fault = element(c, mlp_schema_trim(at, (size_t)(stop - at)), number_text, &kept);
        if (fault != MLP_CELL_OK) return fault;
        if (to) memcpy(to + *length, kept.at, kept.n), to[*length + kept.n] = MLP_LIST_END;
        *length += kept.n + 1;
        if (stop >= end) break;
        at = stop + width;
    }
    return MLP_CELL_OK;
}

/* ---- vectors ---- */

/* The next number's text: up to white space or a comma (of an array of JSON: its end); *at goes behind it. A comma stands between two. */
static struct mlp_str number_text(const char **at, const char *end, bool array, bool first)
{
    const char *p = *at;
    while (!array && p < end && space(*p)) p++;
    if (!array && !first && p < end && *p == ',') for (p++; p < end && space(*p); p++) ;
    const char *const from = p;
    while (p < end && (array ? *p != MLP_LIST_END : *p != ',' && !space(*p))) p++;
    *at = p + (array && p < end);
    return (struct mlp_str){from, (size_t)(p - from)};
}

static enum mlp_cell_fault vector(const struct mlp_column *c, const char *at, size_t n, char *to)
{
    const bool array = n && *at == MLP_LIST_ITEMS, square = !array && n > 1 && *at == '[' && at[n - 1] == ']';
    const struct mlp_str inner = square ? mlp_schema_trim(at + 1, n - 2) : (struct mlp_str){at + array, n - array};
    const char *const end = inner.at + inner.n;
    uint32_t numbers = 0;
    for (at = inner.at; at < end; numbers++) {
        double x;
        const struct mlp_str text = number_text(&at, end, array, !numbers);
        if (!mlp_parse_number(text.at, text.n, &x)) return MLP_CELL_NOT_A_NUMBER;
        if (!(x >= c->lo && x <= c->hi) || !isfinite(x)) return MLP_CELL_RANGE;
        if (to && numbers < c->length) memcpy(to + numbers * sizeof x, &x, sizeof x);
    }
    return numbers == c->length ? MLP_CELL_OK : MLP_CELL_LENGTH;
}

size_t mlp_cell_pack(const struct mlp_column *c, const char *at, size_t n, char *to)
{
    size_t length;
    if (c->type == MLP_VECTOR) {
        if (to) vector(c, at, n, to);
        return c->length * sizeof(double);
    }
    return list(c, at, n, to, &length) == MLP_CELL_OK ? length : 0;
}

static enum mlp_cell_fault text_fault(const char *at, size_t n)
{
    return n && memchr(at, 0, n) ? MLP_CELL_NUL : mlp_schema_utf8(at, n) ? MLP_CELL_OK : MLP_CELL_UTF8;
}

enum mlp_cell_fault mlp_cell_parse(const struct mlp_column *c, char *const *missing, uint32_t n_missing, const char *at, size_t n,
                                   struct mlp_value *v)
{
    const struct mlp_str cell = mlp_schema_trim(at, n);
    at = cell.at, n = cell.n;
    *v = (struct mlp_value){.number = NAN, .text = cell};
    if (is_missing(c, missing, n_missing, at, n)) {
        if (c->type == MLP_LISTOF && !n && !c->nullable) return MLP_CELL_OK;           /* nothing between no separators */
        return v->missing = 1, c->nullable ? MLP_CELL_OK : MLP_CELL_MISSING;
    }
    enum mlp_cell_fault fault;
    size_t length;
    switch (c->type) {
    case MLP_LISTOF:
        if ((fault = text_fault(at, n))) return fault;
        return list(c, at, n, NULL, &length);
    case MLP_VECTOR:
        if ((fault = text_fault(at, n))) return fault;
        return vector(c, at, n, NULL);
    case MLP_INT: case MLP_FLOAT:
        if (!mlp_parse_number(at, n, &v->number)) {
            if ((fault = text_fault(at, n))) return fault;
            return decimal_comma(at, n) ? MLP_CELL_DECIMAL_COMMA : MLP_CELL_NOT_A_NUMBER;
        }
        if (c->type == MLP_INT && v->number != floor(v->number)) return MLP_CELL_WHOLE;
        return v->number >= c->lo && v->number <= c->hi && isfinite(v->number) ? MLP_CELL_OK : MLP_CELL_RANGE;
    case MLP_BOOL: {
        const int is = truth(c, at, n);
        if (is < 0) return (fault = text_fault(at, n)) ? fault : MLP_CELL_BOOL;
        return v->number = is, MLP_CELL_OK;
    }
    case MLP_DATE: case MLP_TIME: case MLP_DURATION: {
        bool zoned = true;
        const enum reading is = c->type != MLP_DURATION ? read_time(at, n, c->format, &v->time, &zoned)
                              : mlp_parse_duration(at, n, c->format, &v->time) ? TIME : NO_TIME;
        if (is != TIME) return (fault = text_fault(at, n)) ? fault : is == NO_SUCH_DAY ? MLP_CELL_NO_DAY : MLP_CELL_DATE;
        if (!zoned && c->type == MLP_TIME) v->time = mlp_zone_to_utc(&c->zone, v->time);
        if (c->type == MLP_DATE) v->time -= ((v->time % DAY) + DAY) % DAY;
        return (double)v->time >= c->lo && (double)v->time <= c->hi ? MLP_CELL_OK : MLP_CELL_RANGE;
    }
    default:
        if ((fault = text_fault(at, n))) return fault;
        if ((c->type == MLP_CATEGORY || c->type == MLP_ORDINAL) && c->set.n) {
            for (uint32_t i = 0; i < c->set.n; i++)
                if (same(c->spelt.n ? c->spelt.at[i] : c->set.at[i], at, n)) {
                    v->code = 2 + i;
                    if (c->spelt.n) v->text = (struct mlp_str){c->set.at[i], strlen(c->set.at[i])};
                    return MLP_CELL_OK;
                }
            return MLP_CELL_SET;
        }
        return pattern_fault(c, cell);
    }
}
