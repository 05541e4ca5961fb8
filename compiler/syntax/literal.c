/* literal.c: what a literal is worth: escapes, numbers with their units, dates. The scanner has found where each one ends; here
 * its value is computed and what is wrong inside it reported. It knows nothing of where literals may stand. */
#include "compiler/syntax/parse.h"
#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "runtime/base/calendar.h"

/* Unescapes; in a raw text nothing is an escape. Line ends read as \n whatever the file has. */
const char *literal_text(struct source *s, struct span at, bool raw)
{
    char *text = source_alloc(s, at.to - at.from + 1), *to = text;
    for (uint32_t i = at.from; i < at.to; i++) {
        const char c = s->text[i];
        if (c == '\r' && s->text[i + 1] == '\n') continue;
        if (c != '\\' || raw) {
            *to++ = c;
            continue;
        }
        switch (s->text[++i]) {
        case 'n':  *to++ = '\n'; break;
        case 't':  *to++ = '\t'; break;
        case '"':  *to++ = '"';  break;
        case '\\': *to++ = '\\'; break;
        default: {
            uint32_t end = i + 1;
            while (end < at.to && ((unsigned char)s->text[end] & 0xc0) == 0x80) end++;
            syntax_error(s, "E003", (struct span){i - 1, end},
                         source_printf(s, "write `\\\\%.*s`, or use a raw text: `\"\"\"…\"\"\"`", (int)(end - i), s->text + i),
                         "`\\%.*s` is no escape; there are \\\\ \\\" \\n \\t", (int)(end - i), s->text + i);
            *to++ = '\\', *to++ = s->text[i];
        }
        }
    }
    return text;
}

/* ---- numbers ---- */

/* scale: a power of ten is moved into the decimal exponent, so that 0.1% and 5ms are the nearest double to what is meant. */
static const struct unit_row { const char *name; int exponent; double scale; } units[] = {
    {"", 0, 1}, {"%", -2, 1},
    {"ms", -3, 1}, {"s", 0, 1}, {"min", 0, 60}, {"h", 0, 3600}, {"d", 0, 86400}, {"w", 0, 604800},
    {"mo", 0, 1}, {"y", 0, 12},
    {"B", 0, 1}, {"KB", 3, 1}, {"MB", 6, 1}, {"GB", 9, 1}, {"TB", 12, 1},
    {"KiB", 0, 0x1p10}, {"MiB", 0, 0x1p20}, {"GiB", 0, 0x1p30}, {"TiB", 0, 0x1p40},
};

static const struct unit_row *find_unit(const char *name)
{
    for (size_t i = 0; i < sizeof units / sizeof *units; i++)
        if (!strcmp(name, units[i].name)) return &units[i];
    return NULL;
}

bool literal_unit(const char *unit) { return *unit && find_unit(unit); }

const char *literal_unit_near(const char *unit)
{
    static const struct { const char *is, *write; } near[] = {
        {"msec", "ms"}, {"sec", "s"}, {"secs", "s"}, {"second", "s"}, {"seconds", "s"}, {"mins", "min"}, {"minute", "min"},
            {"minutes", "min"}, {"m", "min"},
        {"hr", "h"}, {"hrs", "h"}, {"hour", "h"}, {"hours", "h"}, {"day", "d"}, {"days", "d"}, {"D", "d"}, {"week", "w"},
            {"weeks", "w"}, {"wk", "w"},
        {"month", "mo"}, {"months", "mo"}, {"M", "mo"}, {"year", "y"}, {"years", "y"}, {"yr", "y"}, {"Y", "y"}, {"b", "B"},
            {"kb", "KB"}, {"kB", "KB"}, {"mb", "MB"},
        {"gb", "GB"}, {"tb", "TB"}, {"K", "KB"}, {"G", "GB"}, {"kib", "KiB"}, {"kiB", "KiB"}, {"mib", "MiB"}, {"gib", "GiB"},
            {"percent", "%"}, {"pct", "%"}};
    for (size_t i = 0; i < sizeof near / sizeof *near; i++)
        if (!strcmp(unit, near[i].is)) return near[i].write;
    return NULL;
}

void literal_number(struct source *s, struct ast *node)
{
    char digits[320];
    size_t n = 0;
    int exponent = 0;
    bool fits = true;
    const char *c = node->text;
    for (; isdigit((unsigned char)*c) || *c == '_' || *c == '.'; c++)
        if (*c == '_') continue;
        else if (n < sizeof digits - 24) digits[n++] = *c;
        else fits = false;
    if ((*c == 'e' || *c == 'E') && (isdigit((unsigned char)c[1])
                                     || ((c[1] == '-' || c[1] == '+') && isdigit((unsigned char)c[2])))) {
        char *end;
        const long e = strtol(c + 1, &end, 10);
        exponent = e > 9999 ? 9999 : e < -9999 ? -9999 : (int)e;
        c = end;
    }
    const struct unit_row *unit = find_unit(c);                 /* NULL: the scanner has complained */
    if (unit) node->unit = unit->name, exponent += unit->exponent;
    digits[n] = 'e';
    char *at = digits + n + 1;
    if (exponent < 0) *at++ = '-';
    const int size = abs(exponent);
    for (int power = 10000; power; power /= 10) *at++ = (char)('0' + size / power % 10);
    *at = 0;
    node->num = strtod(digits, NULL) * (unit ? unit->scale : 1);
    if (!fits || !isfinite(node->num)) {
        syntax_error(s, "E004", node->at, "write it with an exponent, up to `1.7e308`", "this number is too %s", fits ? "large"
                     : "long");
        node->num = 0;
    }
}

/* ---- dates ---- */

static int two(const char *c) { return (c[0] - '0') * 10 + c[1] - '0'; }

void literal_date(struct source *s, struct ast *node)
{
    const char *c = node->text;
    if (strlen(c) < 10) return;
    const int year = two(c) * 100 + two(c + 2), month = two(c + 5), day = two(c + 8);
    const int last = month < 1 || month > 12 ? 0 : mlp_calendar_month(year, month);
    if (!last) {
        syntax_error(s, "E004", node->at, "write year, month and day: `2025-01-31`", "`%.10s` is no date: months are 01 to 12", c);
        return;
    }
    if (day < 1 || day > last) {
        syntax_error(s, "E004", node->at, source_printf(s, "write `%.8s%02d`, or a day before it", c, last),
                     "`%.10s` is no date: this month has %d days", c, last);
        return;
    }
    node->num = (double)mlp_calendar_days(year, month, day) * 86400;
    c += 10;
    if (*c != 'T' || strlen(c) < 6) return;
    const int hour = two(c + 1), minute = two(c + 4);
    double second = 0;
    c += 6;
    if (*c == ':') {
        char *end;
        second = strtod(c + 1, &end);
        c = end;
    }
    int offset = 0;
    if ((*c == '+' || *c == '-') && strlen(c) >= 6) offset = (two(c + 1) * 60 + two(c + 4)) * (*c == '-' ? -60 : 60);
    if (hour > 23 || minute > 59 || second >= 60 || abs(offset) > 18 * 3600) {
        syntax_error(s, "E004", node->at, "write `2025-01-31T23:59:59Z`", "`%s` is no time: hours are 00 to 23, minutes and seconds 00 to 59", node->text);
        return;
    }
    node->num += hour * 3600 + minute * 60 + second - offset;
}
