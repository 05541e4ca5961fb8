/* explain.c: how a refused cell reads to a person: the value, what was expected, the one edit that helps. Decides nothing. */
#include "runtime/data/schema.h"
#include <ctype.h>
#include <math.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include "runtime/base/calendar.h"

void mlp_schema_show(const char *at, size_t n, size_t limit, char *to, size_t room)
{
    size_t out = 0, i = 0;
    while (i < n && i < limit && out + 8 < room) {
        size_t step = 1;
        const unsigned char c = (unsigned char)at[i];
        if (c >= 0x80) {                                    /* whole sequences only */
            for (step = 4; step > 1 && (i + step > n || !mlp_schema_utf8(at + i, step)); step--) ;
            if (step > 1 && i + step <= n) memcpy(to + out, at + i, step), out += step;
            else to[out++] = '?', step = 1;
        } else to[out++] = c < 32 || c == 127 ? '?' : (char)c;
        i += step;
    }
    if (i < n && out + 4 < room) memcpy(to + out, "…", 3), out += 3;
    to[out < room ? out : room - 1] = 0;
}

/* An array of JSON, as mlp_schema_show shows texts. */
static void show_array(const char *at, size_t n, char *to, size_t room)
{
    char text[200] = "[";
    size_t out = 1;
    for (size_t i = 1; i < n && out + 4 < sizeof text; i++)
        if (at[i] != MLP_LIST_END) text[out++] = at[i];
        else if (i + 1 < n) text[out++] = ',', text[out++] = ' ';
    text[out++] = ']';
    mlp_schema_show(text, out, 60, to, room);
}

/* Edits between two names: insert, delete, replace, swap of neighbours; case counts half. Stops counting past `most`. In halves. */
static int edits(const char *a, size_t n, const char *b, size_t m, int most)
{
    enum { LONGEST = 64 };
    if (n > LONGEST || m > LONGEST || llabs((long long)n - (long long)m) * 2 > most) return most + 1;
    int row[3][LONGEST + 1];
    for (size_t j = 0; j <= m; j++) row[0][j] = (int)j * 2;
    for (size_t i = 1; i <= n; i++) {
        int *const now = row[i % 3], *const before = row[(i + 2) % 3], *const earlier = row[(i + 1) % 3];
        now[0] = (int)i * 2;
        for (size_t j = 1; j <= m; j++) {
            const bool same = a[i - 1] == b[j - 1];
            const int replace = same ? 0 : tolower((unsigned char)a[i - 1]) == tolower((unsigned char)b[j - 1]) ? 1 : 2;
            int best = before[j - 1] + replace;
            if (before[j] + 2 < best) best = before[j] + 2;
            if (now[j - 1] + 2 < best) best = now[j - 1] + 2;
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] && earlier[j - 2] + 2 < best)
                best = earlier[j - 2] + 2;
            now[j] = best;
        }
    }
    return row[n % 3][m];
}

const char *mlp_schema_nearest(const char *at, size_t length, const char *const *name, size_t n)
{
    const char *found = NULL;
    int best = (length <= 2 ? 1 : length <= 5 ? 2 : length <= 8 ? 4 : 6) + 1;
    for (size_t i = 0; i < n; i++) {
        const size_t m = strlen(name[i]);
        int d = edits(at, length, name[i], m, best);
        if (d >= best && m == length && !strncasecmp(at, name[i], m)) d = best - 1;
        if (d < best) best = d, found = name[i];
    }
    return found;
}

void mlp_schema_snake(const char *at, size_t n, char *to, size_t room)
{
    size_t out = 0;
    for (size_t i = 0; i < n && out + 2 < room; i++) {
        const unsigned char c = (unsigned char)at[i];
        if (!isalnum(c) || c >= 0x80) {
            if (out && to[out - 1] != '_') to[out++] = '_';
            continue;
        }
        const bool after = i && (islower((unsigned char)at[i - 1]) || isdigit((unsigned char)at[i - 1]));
        const bool ends = i && isupper((unsigned char)at[i - 1]) && i + 1 < n && islower((unsigned char)at[i + 1]);
        if (isupper(c) && (after || ends) && out && to[out - 1] != '_') to[out++] = '_';
        to[out++] = (char)tolower(c);
    }
    while (out && to[out - 1] == '_') out--;
    to[out] = 0;
}

/* ---- what was expected ---- */


MLP_PRINTF(3, 4) static void add(char *to, size_t room, const char *format, ...)
{
    const size_t n = strlen(to);
    va_list args;
    va_start(args, format);
    vsnprintf(to + n, room - n, format, args);
    va_end(args);
}

/* Written by hand: strftime and gmtime would bring time zones and scanf, a tenth of a static executable. */
static void add_moment(char *to, size_t room, const struct mlp_column *c, double at)
{
    if (c->type == MLP_DURATION) { add(to, room, "%.15gs", at / 1e6); return; }
    const double seconds = floor(at / 1e6), day = floor(seconds / 86400);
    const struct mlp_date d = mlp_calendar_date((int64_t)day);
    const int rest = (int)(seconds - day * 86400);
    add(to, room, "%04d-%02d-%02d", (int)d.year, d.month, d.day);
    if (c->type != MLP_DATE) add(to, room, "T%02d:%02d:%02dZ", rest / 3600, rest / 60 % 60, rest % 60);
}
static void add_limit(char *to, size_t room, const struct mlp_column *c, double at)
{
    if (c->rep == MLP_I64) add_moment(to, room, c, at);
    else add(to, room, "%.15g", at);
}
/* " in 0..120", " of at least 0", " of at most 9"; nothing when there is no bound. */
static void add_range(char *to, size_t room, const struct mlp_column *c)
{
    const bool low = c->lo > -INFINITY, high = c->hi < INFINITY;
    if (low && high) add(to, room, " in "), add_limit(to, room, c, c->lo), add(to, room, ".."), add_limit(to, room, c, c->hi);
    else if (low) add(to, room, " of at least "), add_limit(to, room, c, c->lo);
    else if (high) add(to, room, " of at most "), add_limit(to, room, c, c->hi);
}

static const char *spelling(const struct mlp_column *c, uint32_t i) { return c->spelt.n ? c->spelt.at[i] : c->set.at[i]; }
static void add_set(char *to, size_t room, const struct mlp_column *c)
{
    const uint32_t most = 6;
    add(to, room, c->set.n == 1 ? "" : "one of ");
    for (uint32_t i = 0; i < c->set.n && i < most; i++) add(to, room, "%s\"%s\"", i ? ", " : "", spelling(c, i));
    if (c->set.n > most) add(to, room, " and %u more", c->set.n - most);
}

static void expectation(const struct mlp_column *c, char *to, size_t room)
{
    *to = 0;
    switch (c->type) {
    case MLP_INT: add(to, room, "a whole number"), add_range(to, room, c); break;
    case MLP_FLOAT: add(to, room, "a number"), add_range(to, room, c); break;
    case MLP_BOOL:
        if (c->set.n == 2) add(to, room, "\"%s\" or \"%s\"", c->set.at[0], c->set.at[1]);
        else add(to, room, "true or false (yes/no, y/n, t/f and 1/0 are read too)");
        break;
    case MLP_DATE: case MLP_TIME: case MLP_DURATION:
        add(to, room, c->type == MLP_DATE ? "a date" : c->type == MLP_TIME ? "a time" : "a duration"), add_range(to, room, c);
        if (c->format && *c->format) add(to, room, " written as \"%s\"", c->format);
        else add(to, room, " such as %s", c->type == MLP_DATE ? "2025-01-31" : c->type == MLP_TIME ? "2025-01-31T10:00:00Z"
                 : "90s, 2.5h or 01:30:00");
        break;
    case MLP_CATEGORY: case MLP_ORDINAL:
        if (c->set.n) { add_set(to, room, c); break; }
        add(to, room, "a category");
        break;
    case MLP_LISTOF:
        if (c->element == MLP_INT || c->element == MLP_FLOAT)
            add(to, room, c->element == MLP_INT ? "whole numbers" : "numbers"), add_range(to, room, c);
        else if (c->set.n) add(to, room, "values that are each "), add_set(to, room, c);
        else add(to, room, "texts in UTF-8");
        if (c->pattern) add(to, room, " that match \"%s\"", c->pattern);
        add(to, room, ", with \"%s\" between them", c->separator);
        break;
    case MLP_VECTOR: add(to, room, "%u numbers", c->length), add_range(to, room, c), add(to, room, ", such as 0.25 -1 … or [0.25, -1, …]"); break;
    default: add(to, room, "text in UTF-8");
    }
    if (c->pattern && c->type != MLP_LISTOF) add(to, room, " that matches \"%s\"", c->pattern);
    if (c->unit && *c->unit) add(to, room, " [%s]", c->unit);
}

static const char *type_name(const struct mlp_column *c)
{
    static const char *const name[] = {"bool", "int", "float", "category", "ordinal", "text", "date", "time", "duration", "id",
        "vector", "list"};
    return c->type < sizeof name / sizeof *name ? name[c->type] : "text";
}

/* What people write for "nothing". */
bool mlp_schema_looks_missing(const char *at, size_t n)
{
    static const char *const word[] = {"na", "n/a", "nan", "null", "none", "nil", "missing", "unknown", "?", "-", "--", ".", "inf",
        "-inf", "+inf", "infinity", "-infinity", "#n/a", "\\n", ""};
    for (size_t i = 0; i < sizeof word / sizeof *word; i++)
        if (strlen(word[i]) == n && !strncasecmp(word[i], at, n)) return true;
    return false;
}

/* ---- what to do about it ---- */

bool mlp_schema_decorated(struct mlp_str cell, char removed[40])
{
    static const char *const sign[] = {"$", "€", "£", "¥", "%", ",", "'", " ", "\xc2\xa0", "USD", "EUR", "GBP"};
    char rest[64];
    size_t n = 0, i = 0;
    double ignored;
    *removed = 0;
    while (i < cell.n && n < sizeof rest) {
        size_t length = 0;
        for (size_t k = 0; k < sizeof sign / sizeof *sign && !length; k++) {
            const size_t m = strlen(sign[k]);
            if (m > cell.n - i || memcmp(sign[k], cell.at + i, m)) continue;
            length = m;
            if (!strstr(removed, sign[k]) && strlen(removed) + m < 40) strcat(removed, sign[k]);
        }
        if (length) i += length;
        else rest[n++] = cell.at[i++];
    }
    return *removed && n && n < sizeof rest && mlp_parse_number(rest, n, &ignored);
}

/* How dates are written that look like this one; NULL: in no usual way. *other: it may as well be this. */
static const char *date_format(struct mlp_str cell, bool time, const char **other)
{
    static const char *const day[] = {"%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y", "%d-%m-%Y", "%m-%d-%Y", "%Y/%m/%d", "%d/%m/%y", "%m/%d/%y", "%d.%m.%y",
                                      "%d %b %Y", "%b %d, %Y", "%d-%b-%Y", "%d-%b-%y", "%Y%m%d"},
        *const moment[] = {"%d/%m/%Y %H:%M", "%m/%d/%Y %H:%M", "%d/%m/%Y %H:%M:%S", "%m/%d/%Y %H:%M:%S", "%d.%m.%Y %H:%M", "%d.%m.%Y %H:%M:%S",
                           "%Y/%m/%d %H:%M", "%Y/%m/%d %H:%M:%S", "%d-%m-%Y %H:%M", "%d-%b-%Y %H:%M", "%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y"};
    const char *const *const list = time ? moment : day, *found = NULL;
    const size_t n = time ? sizeof moment / sizeof *moment : sizeof day / sizeof *day;
    int64_t ignored;
    *other = NULL;
    for (size_t i = 0; i < n; i++) {
        if (!mlp_parse_time(cell.at, cell.n, list[i], &ignored)) continue;
        if (found) return *other = list[i], found;
        found = list[i];
    }
    return found;
}

static mlp_status no_date(const struct mlp_column *c, struct mlp_str cell, struct mlp_error *error)
{
    const char *const name = c->id.name, *const type = c->type == MLP_DATE ? "date" : "time", *other;
    const char *const format = c->type == MLP_DURATION || c->tags & MLP_PII ? NULL : date_format(cell, c->type == MLP_TIME, &other);
    double x;
    if (format && other)
        return mlp_fix(error, "say how the file writes it: `%s: %s(\"%s\")`, or `\"%s\"` where the month comes first", name, type, format, other);
    if (format) return mlp_fix(error, "say how the file writes it: `%s: %s(\"%s\")`", name, type, format);
    if (c->type == MLP_DURATION)
        return mlp_fix(error, "correct the cell, or say how durations are written: `%s: duration(\"%%H%%M\")`", name);
    if (!(c->tags & MLP_PII) && !c->format && mlp_parse_number(cell.at, cell.n, &x)) {
        if (cell.n == 4) return mlp_fix(error, "a year is a number: write `%s: int`", name);
        if (x > 1e8 && x < 1e11) return mlp_fix(error, "it looks like seconds since 1970: write `%s: time(unix)`", name);
        if (x > 20000 && x < 80000) return mlp_fix(error, "it looks like a day number of a spreadsheet: give the column a date format there, and export it again");
    }
    return mlp_fix(error, "correct the cell, or say how it is written: `%s: %s`", name, c->type == MLP_DATE ? "date(\"%d/%m/%Y\")" : "time(\"%d/%m/%Y %H:%M\")");
}

mlp_status mlp_cell_error(const struct mlp_column *c, enum mlp_cell_fault fault, const char *at, size_t n, const char *file,
                          uint64_t line, struct mlp_error *error)
{
    const struct mlp_str cell = mlp_schema_trim(at, n);
    const char *const name = c->id.name;
    char from[120] = "", removed[40], value[170] = "this value (not shown: @pii)", shown[160] = "…", expected[420];
    const bool hidden = c->tags & MLP_PII;
    if (!hidden) {
        if (cell.n && *cell.at == MLP_LIST_ITEMS) show_array(cell.at, cell.n, shown, sizeof shown);
        else mlp_schema_show(cell.at, cell.n, 60, shown, sizeof shown);
        snprintf(value, sizeof value, "\"%s\"", shown);
    }
    expectation(c, expected, sizeof expected);
    if (c->from) snprintf(from, sizeof from, " from \"%.100s\"", c->from);
    const char *const nearest = fault != MLP_CELL_SET || hidden ? NULL
        : mlp_schema_nearest(cell.at, cell.n, (const char *const *)(c->spelt.n ? c->spelt.at : c->set.at), c->set.n);
    double number;
    const bool absent = !hidden && mlp_schema_looks_missing(cell.at, cell.n);
    switch (fault) {
    case MLP_CELL_MISSING:
        mlp_fail(error, MLP_ERR_DATA, "E317", "the cell is missing%s%s%s, and column %s may not be: expected %s",
                 cell.n && !hidden ? " (it says " : "", cell.n && !hidden ? value : "", cell.n && !hidden ? ")" : "", name,
                     expected);
        mlp_fix(error, "fill the cell, or write `%s: %s?` in the schema and say in features what is done "
                "without it, such as `%s |> impute(%s)`",
                name, type_name(c), name, c->rep == MLP_F64 && c->type != MLP_BOOL ? "median" : "mode");
        break;
    case MLP_CELL_RANGE:
        if (c->rep == MLP_F64 && mlp_parse_number(cell.at, cell.n, &number) && isinf(number)) {
            mlp_fail(error, MLP_ERR_DATA, "E313", "%s is too large: a number has 64 bits, and they end at 1.8e308", value);
            mlp_fix(error, "correct the cell, or read column %s as a `text`", name);
            break;
        }
        mlp_fail(error, MLP_ERR_DATA, "E313", "%s is out of range: expected %s", value, expected);
        mlp_fix(error, "correct the cell, or widen the range of column %s in the schema", name);
        break;
    case MLP_CELL_SET:
        mlp_fail(error, MLP_ERR_DATA, "E314", "%s is not among the values of column %s: expected %s%s%s%s", value, name, expected,
                 nearest ? "; did you mean \"" : "", nearest ? nearest : "", nearest ? "\"?" : "");
        if (nearest) mlp_fix(error, "correct the cell to \"%s\", or add \"%s\" to the set of column %s in the schema", nearest,
                             shown, name);
        else if (absent) mlp_fix(error, "if it means missing, write `missing in {\"%s\"}` and `?` behind the type of column %s",
                                 shown, name);
        else mlp_fix(error, "correct the cell, or add \"%s\" to the set of column %s in the schema", shown, name);
        break;
    case MLP_CELL_BOOL:
        mlp_fail(error, MLP_ERR_DATA, "E315", "%s is neither true nor false: expected %s", value, expected);
        if (hidden || c->set.n) mlp_fix(error, "correct the cell, or name the file's two words in the schema, yes first: `%s: bool(\"…\", \"…\")`", name);
        else mlp_fix(error, "correct the cell, or name the file's two words in the schema, yes first: `%s: bool(\"%s\", \"…\")` or `bool(\"…\", \"%s\")`",
                     name, shown, shown);
        break;
    case MLP_CELL_NO_DAY:
        mlp_fail(error, MLP_ERR_DATA, "E316", "%s is no day of the calendar: expected %s", value, expected);
        mlp_fix(error, c->format ? "correct the cell; if day and month are the other way round, change the format of column %s"
                                 : "correct the cell of column %s", name);
        break;
    case MLP_CELL_DATE:
        if (c->format && !strcmp(c->format, "unix") && mlp_parse_number(cell.at, cell.n, &number)) {
            mlp_fail(error, MLP_ERR_DATA, "E316", "%s is too large for seconds since 1970: it looks like milliseconds", value);
            mlp_fix(error, "divide the file's column %s by 1000", name);
            break;
        }
        mlp_fail(error, MLP_ERR_DATA, "E316", "%s cannot be read: expected %s", value, expected);
        no_date(c, cell, error);
        break;
    case MLP_CELL_WHOLE:
        mlp_fail(error, MLP_ERR_DATA, "E318", "%s is not whole: expected %s", value, expected);
        mlp_fix(error, "correct the cell, or write `%s: float` in the schema", name);
        break;
    case MLP_CELL_DECIMAL_COMMA:
        mlp_fail(error, MLP_ERR_DATA, "E312", "%s has a decimal comma: expected %s, with a point", value, expected);
        mlp_fix(error, "write the file's numbers with a point, as in 3.5; or `%s: text%s` and `%s_number = number(replace(%s, \",\", \".\"))`",
                name, from, name, name);
        break;
    case MLP_CELL_UTF8:
        mlp_fail(error, MLP_ERR_DATA, "E305", "%s is not valid UTF-8: expected %s", value, expected);
        mlp_fix(error, "save the file as UTF-8, for example: iconv -f latin1 -t utf-8 FILE > NEW");
        break;
    case MLP_CELL_NUL:
        mlp_fail(error, MLP_ERR_DATA, "E304", "the cell holds a zero byte: expected %s", expected);
        mlp_fix(error, "save the file as plain text in UTF-8; a zero byte often means UTF-16 or a damaged file");
        break;
    case MLP_CELL_PATTERN:
        mlp_fail(error, MLP_ERR_DATA, "E323", "%s does not match the pattern of column %s: \"%s\"", value, name,
                 c->pattern ? c->pattern : "");
        mlp_fix(error, "correct the cell, or the pattern of column %s in the schema", name);
        break;
    case MLP_CELL_PATTERN_STEPS:
        mlp_fail(error, MLP_ERR_DATA, "E323", "%s takes too many steps to compare with the pattern of column %s: \"%s\"", value, name,
                 c->pattern ? c->pattern : "");
        mlp_fix(error, "write the pattern of column %s without a repetition inside another, such as `(a+)+`: it tries every way to share "
                "the text between the two", name);
        break;
    case MLP_CELL_LENGTH:
        mlp_fail(error, MLP_ERR_DATA, "E322", "%s has another length: expected %s", value, expected);
        mlp_fix(error, "correct the cell, or the length of column %s in the schema", name);
        break;
    case MLP_CELL_NOT_A_NUMBER: case MLP_CELL_OK: default:
        mlp_fail(error, MLP_ERR_DATA, "E312", "%s is not a number: expected %s", value, expected);
        if (absent)
            mlp_fix(error, "if it means missing, write `missing: [\"\", \"%s\"]` in the reader's options and `?` behind the type "
                    "of column %s", shown, name);
        else if (!hidden && mlp_schema_decorated(cell, removed))
            mlp_fix(error, "write the number alone in the file; or `%s: text%s` and `%s_number = number(replace(%s, \"[%s]\", \"\"))`",
                    name, from, name, name, removed);
        else mlp_fix(error, "correct the cell, or the type of column %s in the schema (category, text …)", name);
    }
    if (c->inferred && fault != MLP_CELL_UTF8 && fault != MLP_CELL_NUL)                                        /* nobody wrote this type: say where it comes from */
        mlp_fix(error, "the type of column %s was inferred from earlier rows and is pinned in the lock file: correct the cell; or "
                "list the column in the schema; or take `inferred` lines out of the lock file, and types are inferred anew", name);
    if (file) snprintf(error->file, sizeof error->file, "%s", file);
    error->line = line;
    snprintf(error->column, sizeof error->column, "%s", name);
    return error->status;
}
