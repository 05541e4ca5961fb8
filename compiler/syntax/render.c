/* render.c: diagnostics as text for people and as JSON for machines. It reads the list, sorts and thins it out, and changes
 * nothing; which of several messages is shown is decided here, so that text and JSON agree. */
#include "compiler/syntax/source.h"
#include <stdlib.h>
#include <string.h>

enum { WIDEST = 140, TAB = 4 };     /* columns of source shown · to the next multiple of */

/* ---- which are shown, and in which order ---- */

struct shown { const struct diag *diag; uint32_t line, order; };

static int by_line_then_age(const void *a, const void *b)
{
    const struct shown *x = a, *y = b;
    return x->line != y->line ? (x->line < y->line ? -1 : 1) : x->order < y->order ? -1 : x->order > y->order;
}

static int by_place(const void *a, const void *b)
{
    const struct diag *x = ((const struct shown *)a)->diag, *y = ((const struct shown *)b)->diag;
    return x->at.from != y->at.from ? (x->at.from < y->at.from ? -1 : 1) : by_line_then_age(a, b);
}

static bool of_syntax(const struct diag *d) { return d->severity == SEV_ERROR && !strncmp(d->code, "E0", 2); }

/* True when a, which was found first, makes b no news: the slip on a line hides what follows from it there. */
static bool hides(const struct diag *a, const struct diag *b)
{
    if (of_syntax(a)) return true;
    if (a->severity != b->severity) return false;
    return a->at.from == b->at.from || (a->at.from < b->at.to && b->at.from < a->at.to);
}

static struct shown *choose(const struct source *s, uint32_t *n)
{
    struct shown *list = calloc(s->diags ? s->diags : 1, sizeof *list);
    *n = 0;
    if (!list) source_no_memory(s->diags * sizeof *list);
    for (uint32_t i = 0; i < s->diags; i++)
        list[i] = (struct shown){&s->diag[i], source_place(s, s->diag[i].at.from).line, i};
    qsort(list, s->diags, sizeof *list, by_line_then_age);
    uint32_t kept = 0;
    for (uint32_t i = 0, line_starts = 0; i < s->diags; i++) {
        if (kept == line_starts || list[line_starts].line != list[i].line) line_starts = kept;
        bool hidden = false;
        const uint32_t stop = kept > line_starts + 64 ? line_starts + 64 : kept;    /* a line with hundreds stays linear */
        for (uint32_t k = line_starts; k < stop && !hidden; k++)
            hidden = list[k].line == list[i].line && hides(list[k].diag, list[i].diag);
        if (!hidden) list[kept++] = list[i];
    }
    qsort(list, kept, sizeof *list, by_place);
    *n = kept;
    return list;
}

/* ---- characters ---- */

/* Decodes one character; a byte that is none comes back as U+FFFD, one byte long. */
static unsigned character(const char *text, size_t n, size_t *bytes)
{
    const unsigned char *p = (const unsigned char *)text;
    *bytes = 1;
    if (p[0] < 0x80) return p[0];
    const unsigned need = p[0] >= 0xf0 && p[0] < 0xf5 ? 3 : p[0] >= 0xe0 && p[0] < 0xf0 ? 2 : p[0] >= 0xc2 && p[0] < 0xe0 ? 1 : 0;
    if (!need || n <= need) return 0xfffd;
    unsigned c = p[0] & (0x3fu >> need);
    for (unsigned i = 1; i <= need; i++) {
        if ((p[i] & 0xc0) != 0x80) return 0xfffd;
        c = c << 6 | (p[i] & 0x3fu);
    }
    *bytes = need + 1;
    return c;
}

/* Columns that a terminal gives it: East Asian wide characters and emoji two, marks that combine none. */
static unsigned width(unsigned c)
{
    if ((c >= 0x300 && c <= 0x36f) || (c >= 0x200b && c <= 0x200f) || (c >= 0xfe00 && c <= 0xfe0f) || c == 0xfeff) return 0;
    static const unsigned wide[][2] = {{0x1100, 0x115f}, {0x2e80, 0xa4cf}, {0xac00, 0xd7a3}, {0xf900, 0xfaff}, {0xfe30, 0xfe6f},
                                       {0xff00, 0xff60}, {0x1f300, 0x1faff}, {0x20000, 0x3fffd}};
    for (size_t i = 0; i < sizeof wide / sizeof *wide && c >= wide[i][0]; i++)
        if (c <= wide[i][1]) return 2;
    return 1;
}

/* ---- text ---- */

struct style { const char *bold, *error, *warning, *cause, *frame, *off; };
static const struct style plain = {"", "", "", "", "", ""},
    coloured = {"\033[1m", "\033[1;31m", "\033[1;33m", "\033[1;34m", "\033[34m", "\033[0m"};

static unsigned digits(uint32_t x)
{
    unsigned n = 1;
    while (x /= 10) n++;
    return n;
}

/* The line that a span starts on, and marks under the span. A line that is too wide is cut around the marks. */
static void show_line(const struct source *s, struct mlp_buffer *out, struct span at, unsigned margin, char mark,
                      const char *mark_colour, const char *note, const struct style *style)
{
    const struct place place = source_place(s, at.from);
    const char *text = s->text + s->line[place.line - 1];
    size_t n = place.line < s->lines ? s->line[place.line] - s->line[place.line - 1] : s->n - s->line[place.line - 1];
    while (n && (text[n - 1] == '\n' || text[n - 1] == '\r')) n--;
    const size_t from = at.from - s->line[place.line - 1], to = at.to - s->line[place.line - 1];

    unsigned before = 0, marks = 0, total = 0;              /* in columns */
    for (size_t i = 0, bytes; i < n; i += bytes) {
        const unsigned c = character(text + i, n - i, &bytes), w = c == '\t' ? TAB - total % TAB : width(c);
        if (i < from) before += w;
        else if (i < to) marks += w;
        total += w;
    }
    if (!marks) marks = 1;
    unsigned skip = 0;
    if (total > WIDEST && before + 40 > WIDEST) skip = before - 60;
    if (marks > skip + WIDEST - before) marks = skip + WIDEST - before;

    mlp_buffer_printf(out, "%s%*s |%s\n%s%*u |%s ", style->frame, (int)margin, "", style->off, style->frame, (int)margin,
                      place.line, style->off);
    if (skip) mlp_buffer_text(out, "… ");
    unsigned column = 0;
    for (size_t i = 0, bytes; i < n && column < skip + WIDEST; i += bytes) {
        const unsigned c = character(text + i, n - i, &bytes), w = c == '\t' ? TAB - column % TAB : width(c);
        if (column >= skip) {
            if (c == '\t') mlp_buffer_printf(out, "%*s", (int)w, "");
            else if (c < ' ' || c == 0x7f || c == 0xfffd || (c >= 0x80 && c < 0xa0)) mlp_buffer_text(out, "\xef\xbf\xbd");
            else mlp_buffer_add(out, text + i, bytes);
        }
        column += w;
    }
    if (total > skip + WIDEST) mlp_buffer_text(out, " …");
    mlp_buffer_printf(out, "\n%s%*s |%s %*s%s", style->frame, (int)margin, "", style->off, (int)(before - skip + (skip ? 2 : 0)),
                      "", mark_colour);
    for (unsigned i = 0; i < marks; i++) mlp_buffer_add(out, &mark, 1);
    mlp_buffer_printf(out, "%s%s%s\n", *note ? " " : "", note, style->off);
}

void source_render(const struct source *s, struct mlp_buffer *out, unsigned limit, bool colour)
{
    const struct style *style = colour ? &coloured : &plain;
    uint32_t n;
    struct shown *list = choose(s, &n);
    for (uint32_t i = 0; i < n && i < limit; i++) {
        const struct diag *d = list[i].diag;
        const bool error = d->severity == SEV_ERROR, cause = d->cause.from < d->cause.to;
        const struct place at = source_place(s, d->at.from), other = source_place(s, d->cause.from);
        const unsigned margin = digits(cause && other.line > at.line ? other.line : at.line);
        const char *mark = error ? style->error : style->warning;
        mlp_buffer_printf(out, "%s%s%s[%s]%s%s: %s%s\n", i ? "\n" : "", mark, error ? "error" : "warning", d->code, style->off,
                          style->bold, d->text, style->off);
        if (!s->n) {
            if (*d->fix) mlp_buffer_printf(out, "   %s=%s fix: %s\n", style->frame, style->off, d->fix);
            continue;
        }
        mlp_buffer_printf(out, "%s%*s-->%s %s:%u:%u\n", style->frame, (int)margin, "", style->off, s->path, at.line, at.column);
        show_line(s, out, d->at, margin, '^', mark, "", style);
        if (cause) {
            mlp_buffer_printf(out, "%s%*s:::%s %s:%u:%u\n", style->frame, (int)margin, "", style->off, s->path, other.line,
                              other.column);
            show_line(s, out, d->cause, margin, '-', style->cause, d->cause_text, style);
        }
        if (*d->fix) mlp_buffer_printf(out, "%s%*s =%s fix: %s\n", style->frame, (int)margin, "", style->off, d->fix);
    }
    if (n > limit) mlp_buffer_printf(out, "%sand %u more\n", limit ? "\n" : "", n - limit);
    free(list);
}

/* ---- JSON ---- */

static void json_text(struct mlp_buffer *out, const char *text)
{
    const size_t n = strlen(text);
    mlp_buffer_text(out, "\"");
    for (size_t i = 0, bytes; i < n; i += bytes) {
        const unsigned c = character(text + i, n - i, &bytes);
        if (c == '"' || c == '\\') mlp_buffer_printf(out, "\\%c", (char)c);
        else if (c < ' ' || c == 0x7f) mlp_buffer_printf(out, "\\u%04x", c);
        else if (c == 0xfffd) mlp_buffer_text(out, "\xef\xbf\xbd");
        else mlp_buffer_add(out, text + i, bytes);
    }
    mlp_buffer_text(out, "\"");
}

static void json_span(const struct source *s, struct mlp_buffer *out, struct span at)
{
    const struct place from = source_place(s, at.from), to = source_place(s, at.to);
    mlp_buffer_printf(out, "\"line\":%u,\"column\":%u,\"end_line\":%u,\"end_column\":%u", from.line, from.column, to.line,
                      to.column);
}

void source_render_json(const struct source *s, struct mlp_buffer *out)
{
    uint32_t n;
    struct shown *list = choose(s, &n);
    mlp_buffer_text(out, "[");
    for (uint32_t i = 0; i < n; i++) {
        const struct diag *d = list[i].diag;
        const char *severity = d->severity == SEV_ERROR ? "error" : "warning";
        mlp_buffer_printf(out, "%s{\"severity\":\"%s\",\"code\":\"%s\",\"file\":", i ? ",\n " : "", severity, d->code);
        json_text(out, s->path), mlp_buffer_text(out, ",");
        json_span(s, out, d->at);
        mlp_buffer_text(out, ",\"message\":"), json_text(out, d->text);
        mlp_buffer_text(out, ",\"fix\":"), json_text(out, d->fix);
        if (d->cause.from < d->cause.to) {
            mlp_buffer_text(out, ",\"cause\":{"), json_span(s, out, d->cause);
            mlp_buffer_text(out, ",\"message\":"), json_text(out, d->cause_text), mlp_buffer_text(out, "}");
        }
        mlp_buffer_text(out, "}");
    }
    mlp_buffer_text(out, "]\n");
    free(list);
}
