/* source.c: the text of a spec, places in it, and the list of what is wrong with it. It knows nothing of the language, and it
 * prints nothing (render.c turns the list into text). */
#include "compiler/syntax/source.h"
#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "runtime/base/status.h"

enum { CHUNK = 32 * 1024, MAX_TEXT = 64 << 20 };

void source_no_memory(size_t bytes)
{
    struct mlp_error error;
    mlp_no_memory(&error, bytes);
    fprintf(stderr, "error[%s]: %s\n   = fix: %s\n", error.code, error.text, error.fix);
    exit(error.status);
}

void *source_alloc(struct source *s, size_t bytes)
{
    bytes = (bytes + 7) & ~(size_t)7;
    if (bytes > s->bump_left) {
        const size_t room = bytes > CHUNK / 4 ? bytes : CHUNK;
        char *block = mlp_arena_alloc(&s->arena, room);
        if (room == bytes) return block;
        s->bump = block, s->bump_left = room;
    }
    void *p = s->bump;
    s->bump += bytes, s->bump_left -= bytes;
    return p;
}

void source_text(struct source *s, const char *path, const char *text, size_t n)
{
    *s = (struct source){.arena.none = source_no_memory};
    if (n >= 3 && !memcmp(text, "\xef\xbb\xbf", 3)) text += 3, n -= 3;
    const size_t length = strlen(path);
    const char *copy = source_copy(s, n ? text : "", n);
    s->path = source_copy(s, path, length), s->text = copy, s->n = n;

    uint32_t lines = 1;
    for (const char *p = copy; (p = memchr(p, '\n', (size_t)(copy + n - p))); p++) lines++;
    s->line = source_alloc(s, lines * sizeof *s->line);
    for (const char *p = copy; (p = memchr(p, '\n', (size_t)(copy + n - p))); p++) s->line[++s->lines] = (uint32_t)(p + 1 - copy);
    s->lines = lines;
}

bool source_open(struct source *s, const char *path)
{
    struct mlp_buffer text = SOURCE_BUFFER;
    struct stat about;
    int problem = 0;
    FILE *file = fopen(path, "rb");
    if (!file) problem = errno;
    else if (!fstat(fileno(file), &about) && S_ISDIR(about.st_mode)) problem = EISDIR;
    else {
        char part[16384];
        for (size_t got; text.n <= MAX_TEXT && (got = fread(part, 1, sizeof part, file)) > 0;) mlp_buffer_add(&text, part, got);
        if (ferror(file)) problem = errno ? errno : EIO;
        if (text.n > MAX_TEXT) problem = EFBIG;
    }
    if (file) fclose(file);
    source_text(s, path, problem || !text.at ? "" : text.at, problem ? 0 : text.n);
    mlp_buffer_clear(&text);
    if (!problem) return true;
    struct diag *d = source_error(s, "E007", (struct span){0, 0}, "cannot read `%s`: %s", path,
                                  problem == EFBIG ? "it is larger than 64 MiB, which no spec is" : strerror(problem));
    d->fix = problem == ENOENT ? "check the path: it is relative to the current folder" : problem == EISDIR
        ? "name the spec in the folder" : "";
    return false;
}

void source_clear(struct source *s)
{
    if (s->more) source_clear(s->more);                     /* it lives in the arena */
    mlp_arena_clear(&s->arena);
    *s = (struct source){0};
}

struct place source_place(const struct source *s, uint32_t byte)
{
    if (byte > s->n) byte = (uint32_t)s->n;
    uint32_t low = 0, high = s->lines;                      /* the last line that starts at or before byte */
    while (low + 1 < high) {
        const uint32_t middle = low + (high - low) / 2;
        if (s->line[middle] <= byte) low = middle;
        else high = middle;
    }
    uint32_t column = 1;
    for (uint32_t i = s->line[low]; i < byte; i++) column += ((unsigned char)s->text[i] & 0xc0) != 0x80;
    return (struct place){low + 1, column};
}

/* ---- what is wrong ---- */

static const char *format_text(struct source *s, const char *format, va_list args)
{
    va_list again;
    va_copy(again, args);
    const int n = vsnprintf(NULL, 0, format, args);
    char *text = source_alloc(s, n < 0 ? 1 : (size_t)n + 1);
    if (n > 0) vsnprintf(text, (size_t)n + 1, format, again);
    va_end(again);
    return text;
}

const char *source_copy(struct source *s, const char *text, size_t n)
{
    char *copy = source_alloc(s, n + 1);
    memcpy(copy, text, n);
    return copy;
}

const char *source_printf(struct source *s, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    const char *text = format_text(s, format, args);
    va_end(args);
    return text;
}

static struct diag *add(struct source *s, enum severity severity, const char *code, struct span at, const char *text)
{
    if (s->diags == s->diag_room) {
        const uint32_t room = s->diag_room ? s->diag_room * 2 : 16;
        struct diag *more = source_alloc(s, room * sizeof *more);
        if (s->diags) memcpy(more, s->diag, s->diags * sizeof *more);
        s->diag = more, s->diag_room = room;
    }
    if (at.from > s->n) at.from = (uint32_t)s->n;
    if (at.to > s->n) at.to = (uint32_t)s->n;
    if (at.to < at.from) at.to = at.from;
    struct diag *d = &s->diag[s->diags++];
    *d = (struct diag){.severity = severity, .code = code, .at = at, .text = text, .cause_text = "", .fix = ""};
    s->errors += severity == SEV_ERROR;
    return d;
}

struct diag *source_error(struct source *s, const char *code, struct span at, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    struct diag *d = add(s, SEV_ERROR, code, at, format_text(s, format, args));
    va_end(args);
    return d;
}

struct diag *source_warn(struct source *s, const char *code, struct span at, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    struct diag *d = add(s, SEV_WARNING, code, at, format_text(s, format, args));
    va_end(args);
    return d;
}

/* ---- did you mean ---- */

/* Damerau-Levenshtein (a swap of neighbours is one edit), upper and lower case alike; more than `most`: most + 1. */
static unsigned edits(const char *a, size_t n, const char *b, size_t m, unsigned most)
{
    unsigned row[3][64];
    for (unsigned j = 0; j <= m; j++) row[0][j] = j;
    for (unsigned i = 1; i <= n; i++) {
        unsigned *now = row[i % 3], *last = row[(i + 2) % 3], *before = row[(i + 1) % 3], least = now[0] = i;
        for (unsigned j = 1; j <= m; j++) {
            const int x = tolower((unsigned char)a[i - 1]), y = tolower((unsigned char)b[j - 1]);
            unsigned d = last[j - 1] + (x != y);
            if (last[j] + 1 < d) d = last[j] + 1;
            if (now[j - 1] + 1 < d) d = now[j - 1] + 1;
            if (i > 1 && j > 1 && x == tolower((unsigned char)b[j - 2]) && tolower((unsigned char)a[i - 2]) == y
                && before[j - 2] + 1 < d)
                d = before[j - 2] + 1;
            now[j] = d;
            if (d < least) least = d;
        }
        if (least > most) return most + 1;
    }
    return row[n % 3][m];
}

const char *nearest_name(const char *name, const char *const *candidate, size_t n)
{
    const size_t length = strlen(name);
    if (length > 63) return NULL;
    const char *best = NULL;
    for (size_t i = 0, most = (length + 1) / 3; i < n; i++) {
        const size_t other = candidate[i] ? strlen(candidate[i]) : 64;
        if (other > 63 || other + most < length || length + most < other) continue;
        const unsigned d = edits(name, length, candidate[i], other, (unsigned)most);
        if (d > most) continue;
        best = candidate[i];
        if (!d) break;
        most = d - 1;                                       /* the first of equals wins */
    }
    return best;
}
