/* zone.c: a time zone's changes, read from the system's zone files when a spec is compiled, so that a compiled pipeline needs none and
 * gives the same on every machine. TZif of any version (RFC 8536); what its last line says of years to come is written out up to 2500.
 * Must not know expressions; what a program does with the changes is runtime/base/zone.c. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "compiler/sema/elaborate.h"
#include "runtime/base/calendar.h"

enum { LAST_YEAR = 2500, MOST = 8000, LARGEST = 1 << 20 };
struct change { int64_t from; int32_t offset; };            /* seconds since 1970 UTC; seconds ahead of UTC */
struct changes { struct change at[MOST]; uint32_t n; };

static const char *folder(void)
{
    const char *dir = getenv("TZDIR");
    return dir && *dir ? dir : "/usr/share/zoneinfo";
}

static bool add(struct changes *c, int64_t from, int64_t offset)
{
    if (c->n == MOST || offset < -172800 || offset > 172800) return false;
    if (c->n > 1 && from <= c->at[c->n - 1].from) return true;       /* the file itself knows better */
    c->at[c->n++] = (struct change){from, (int32_t)offset};
    return true;
}

/* ---- the rule of years to come: CET-1CEST,M3.5.0,M10.5.0/3 ---- */

static bool name_of(const char **p)
{
    const char *s = *p;
    if (*s == '<') {
        while (*s && *s != '>') s++;
        if (*s) s++;
    } else while ((*s >= 'a' && *s <= 'z') || (*s >= 'A' && *s <= 'Z')) s++;
    const bool some = s > *p;
    return *p = s, some;
}

static bool number_of(const char **p, int64_t *out)
{
    if (**p < '0' || **p > '9') return false;
    for (*out = 0; **p >= '0' && **p <= '9'; ++*p)
        if ((*out = *out * 10 + (**p - '0')) > 100000) return false;
    return true;
}

static bool clock_of(const char **p, int64_t *seconds)      /* [+-]h[:m[:s]] */
{
    const int sign = **p == '-' ? -1 : 1;
    if (**p == '-' || **p == '+') ++*p;
    int64_t part[3] = {0};
    for (int i = 0; i < 3; i++) {
        if (i && **p != ':') break;
        if (i) ++*p;
        if (!number_of(p, &part[i])) return false;
    }
    *seconds = sign * (part[0] * 3600 + part[1] * 60 + part[2]);
    return true;
}

struct rule { char kind; int64_t month, week, day, clock; };
static bool rule_of(const char **p, struct rule *r)
{
    if (**p != ',') return false;
    ++*p, *r = (struct rule){.kind = **p, .clock = 7200};
    if (r->kind == 'M') {
        ++*p;
        if (!number_of(p, &r->month) || *(*p)++ != '.' || !number_of(p, &r->week) || *(*p)++ != '.' || !number_of(p, &r->day)) return false;
        if (r->month < 1 || r->month > 12 || r->week < 1 || r->week > 5 || r->day > 6) return false;
    } else {
        if (r->kind == 'J') ++*p; else r->kind = 'N';
        if (!number_of(p, &r->day) || r->day > 365) return false;
    }
    if (**p == '/') { ++*p; return clock_of(p, &r->clock); }
    return true;
}

static int64_t when(const struct rule *r, int64_t year)     /* seconds, by the clock on the wall */
{
    const int64_t first = mlp_calendar_days(year, 1, 1);
    int64_t day = r->day;
    if (r->kind == 'J') day = r->day - 1 + (r->day >= 60 && mlp_calendar_month(year, 2) == 29);
    if (r->kind == 'M') {
        const int month = (int)r->month, length = mlp_calendar_month(year, month);
        const int64_t start = mlp_calendar_days(year, month, 1), weekday = ((start + 4) % 7 + 7) % 7;    /* 0 is Sunday */
        day = (r->day - weekday + 7) % 7 + 7 * (r->week - 1);
        while (day >= length) day -= 7;
        day += start - first;
    }
    return (first + day) * 86400 + r->clock;
}

static bool years_to_come(struct changes *c, const char *rule)
{
    int64_t standard, summer;
    struct rule start, end;
    const char *p = rule;
    if (!*p) return true;
    if (!name_of(&p) || !clock_of(&p, &standard)) return false;
    standard = -standard;                                   /* the rule counts westwards */
    if (!*p) return c->n != 1 || add(c, INT64_MIN / 2, standard);
    if (!name_of(&p)) return false;
    summer = standard + 3600;
    if (*p != ',') {
        if (!clock_of(&p, &summer)) return false;
        summer = -summer;
    }
    if (!rule_of(&p, &start) || !rule_of(&p, &end) || *p) return false;
    for (int64_t year = 1970; year <= LAST_YEAR; year++) {
        const struct change a = {when(&start, year) - standard, (int32_t)summer}, b = {when(&end, year) - summer, (int32_t)standard};
        const bool first = a.from < b.from;
        if (!add(c, first ? a.from : b.from, first ? a.offset : b.offset) || !add(c, first ? b.from : a.from, first ? b.offset : a.offset))
            return false;
    }
    return true;
}

/* ---- the file ---- */

static int64_t big(const unsigned char *at, int bytes)
{
    uint64_t v = at[0] & 0x80 ? ~UINT64_C(0) : 0;
    for (int i = 0; i < bytes; i++) v = v << 8 | at[i];
    return (int64_t)v;
}

static bool block(struct changes *c, const unsigned char *at, size_t n, int bytes, size_t *size)
{
    if (n < 44 || memcmp(at, "TZif", 4)) return false;
    int64_t count[6];                                       /* utc, standard, leap, times, types, characters */
    for (int i = 0; i < 6; i++)
        if ((count[i] = big(at + 20 + 4 * i, 4)) < 0 || count[i] > LARGEST) return false;
    const size_t times = (size_t)count[3], types = (size_t)count[4], b = (size_t)bytes;
    *size = 44 + times * (b + 1) + types * 6 + (size_t)count[5] + (size_t)count[2] * (b + 4) + (size_t)count[1] + (size_t)count[0];
    if (*size > n || !types) return false;
    const unsigned char *const time = at + 44, *const kind = time + times * b, *const type = kind + times;
    c->n = 0;
    if (!add(c, INT64_MIN / 2, big(type, 4))) return false;
    for (size_t i = 0; i < times; i++)
        if (kind[i] >= types || !add(c, big(time + i * b, bytes), big(type + 6 * kind[i], 4))) return false;
    return true;
}

static bool read_zone(struct changes *c, const unsigned char *at, size_t n)
{
    size_t size;
    if (!block(c, at, n, 4, &size)) return false;
    if (at[4] < '2') return true;
    at += size, n -= size;
    if (!block(c, at, n, 8, &size)) return false;
    at += size, n -= size;
    char rule[256];
    if (n < 2 || n > sizeof rule || at[0] != '\n' || at[n - 1] != '\n') return false;
    memcpy(rule, at + 1, n - 2), rule[n - 2] = 0;
    return years_to_come(c, rule);
}

/* ---- names ---- */

static void names_below(struct source *s, const char *path, const char *prefix, const char **name, uint32_t *n, int depth)
{
    DIR *dir = opendir(path);
    for (struct dirent *d; dir && (d = readdir(dir)) && *n < 1000;) {
        if (d->d_name[0] < 'A' || d->d_name[0] > 'Z') continue;
        const char *full = source_printf(s, "%s%s", prefix, d->d_name);
        if (d->d_type == DT_DIR && depth < 3) names_below(s, source_printf(s, "%s/%s", path, d->d_name), source_printf(s, "%s/", full), name, n, depth + 1);
        else name[(*n)++] = full;
    }
    if (dir) closedir(dir);
}

static const char *suggest(struct source *s, const char *name)
{
    const char **all = mlp_arena_alloc(&s->arena, 1000 * sizeof *all);
    uint32_t n = 0;
    names_below(s, folder(), "", all, &n, 0);
    return nearest_name(name, all, n);
}

enum zone_status zone_table(struct source *s, const char *name, const uint32_t **words, uint32_t *n)
{
    char path[512];
    for (const char *p = name; *p; p++)
        if (!((*p >= 'A' && *p <= 'Z') || (*p >= 'a' && *p <= 'z') || (*p >= '0' && *p <= '9') || strchr("/_+-", *p))) return ZONE_UNKNOWN;
    if (*name < 'A' || *name > 'Z' || snprintf(path, sizeof path, "%s/%s", folder(), name) >= (int)sizeof path) return ZONE_UNKNOWN;
    DIR *dir = opendir(folder());
    if (!dir) return ZONE_NO_DATA;
    closedir(dir);
    FILE *f = fopen(path, "rb");
    if (!f) return ZONE_UNKNOWN;
    unsigned char *bytes = malloc(LARGEST);
    struct changes *c = calloc(1, sizeof *c);
    if (!bytes || !c) source_no_memory(LARGEST);
    const size_t size = fread(bytes, 1, LARGEST, f);
    fclose(f);
    const bool fine = size && read_zone(c, bytes, size);
    free(bytes);
    uint32_t *table = fine ? mlp_arena_alloc(&s->arena, 3 * sizeof *table * c->n) : NULL;
    for (uint32_t i = 0; table && i < c->n; i++) {
        const uint64_t from = (uint64_t)c->at[i].from;
        table[3 * i] = (uint32_t)from, table[3 * i + 1] = (uint32_t)(from >> 32), table[3 * i + 2] = (uint32_t)c->at[i].offset;
    }
    *words = table, *n = fine ? 3 * c->n : 0;
    free(c);
    return table ? ZONE_FINE : ZONE_UNKNOWN;
}

const char *zone_fault(struct source *s, const char *name, enum zone_status status, const char **fix)
{
    if (status == ZONE_NO_DATA) {
        *fix = "install them (apt-get install tzdata), or set TZDIR to their folder";
        return source_printf(s, "this machine has no time zones to look \"%s\" up in", name);
    }
    const char *near = suggest(s, name);
    *fix = near ? "" : "zones are named by place, such as \"Europe/Paris\", \"America/New_York\" or \"UTC\"";
    return near ? source_printf(s, "there is no time zone \"%s\"; did you mean \"%s\"?", name, near)
                : source_printf(s, "there is no time zone \"%s\"", name);
}

/* A column's zone, in the form that a program carries for its readers: up to 2150 a file's times may go. */
bool zone_find(struct spec *spec, const struct ast *name, struct mlp_zone *zone)
{
    static const int64_t LAST = 5680281600;                 /* 2150-01-01 */
    struct source *s = spec->src;
    const uint32_t *words;
    uint32_t n, made = 0;
    const enum zone_status status = zone_table(s, name->text, &words, &n);
    if (status != ZONE_FINE) {
        const char *fix, *text = zone_fault(s, name->text, status, &fix);
        source_error(s, "E203", name->at, "%s", text)->fix = fix;
        return false;
    }
    struct mlp_zone_change *change = mlp_arena_alloc(&s->arena, (n / 3 + 1) * sizeof *change);
    for (uint32_t i = 0; i + 2 < n; i += 3) {
        const int64_t at = (int64_t)(words[i] | (uint64_t)words[i + 1] << 32), east = (int32_t)words[i + 2];
        if (at > LAST) break;
        if (made && change[made - 1].east == east) continue;         /* only its name changed */
        change[made++] = (struct mlp_zone_change){at, east};
    }
    *zone = (struct mlp_zone){.name = name->text, .changes = {change, made}};
    return true;
}
