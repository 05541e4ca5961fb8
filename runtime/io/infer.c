/* infer.c: types of undeclared columns. Every cell of every row is looked at once; what is still possible shrinks, and at the end the
 * narrowest that holds for all rows is taken:
 *
 *   a bool      two words of one pair, both seen: true/false, yes/no, y/n, t/f, 1/0
 *   an id       called id, …_id, …ID; or a number that counts rows; or nearly all values different and each one word
 *   a number    int or float; words for nothing among them (NA, ?, null …) are `missing in {…}`; 007 is no number but a code
 *   a time      ISO, the usual orders of day, month and year with / - . or month names, 20250131 and seconds since 1970 where the
 *               name says so. Day and month must be told apart by some row: else it is a category, which cannot be wrong
 *   a text      sentences: several words, mostly different
 *   a category  the rest; its values are learnt, not pinned
 *
 * `?` where some cell is missing. Reads like the readers do; must not build a table. */
#include "runtime/io/infer.h"
#include <ctype.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include "runtime/base/hash.h"
#include "runtime/data/json_row.h"
#include "runtime/data/schema.h"
#include "runtime/data/spell.h"
#include "runtime/data/table.h"
#include "runtime/io/csv.h"
#include "runtime/io/csv_scan.h"
#include "runtime/io/lines.h"

enum { BLOCK = 256 * 1024, LONGEST = 64 << 20, EXACT = 4096, REGISTERS = 1024, WORDS = 8, FIELDS = 16384, MOST = 100000 };

static const char *const bool_words[][2] = {{"true", "false"}, {"yes", "no"}, {"y", "n"}, {"t", "f"}, {"1", "0"}};
enum { BOOLS = sizeof bool_words / sizeof *bool_words };

/* day_first: which of day and month stands first, where numbers leave that open. */
static const struct { const char *format; char day_first; } dates[] = {
    {"%d/%m/%Y", 'd'}, {"%m/%d/%Y", 'm'}, {"%d.%m.%Y", 'd'}, {"%d-%m-%Y", 'd'}, {"%m-%d-%Y", 'm'}, {"%Y/%m/%d", 0}, {"%d/%m/%y", 'd'},
    {"%m/%d/%y", 'm'}, {"%d.%m.%y", 'd'}, {"%d %b %Y", 0}, {"%b %d, %Y", 0}, {"%d-%b-%Y", 0}, {"%d-%b-%y", 0}};
static const char *const clocks[] = {"", " %H:%M", " %H:%M:%S", " %I:%M %p"};
enum { DATES = sizeof dates / sizeof *dates, CLOCKS = sizeof clocks / sizeof *clocks, FORMATS = DATES * CLOCKS };
_Static_assert(FORMATS < 63, "a bit each, and one for ISO");
static const uint64_t ISO = (uint64_t)1 << 63;

static void format_of(unsigned i, char to[40]) { snprintf(to, 40, "%s%s", dates[i / CLOCKS].format, clocks[i % CLOCKS]); }

struct judge {
    const char *name; uint32_t position;                    /* as the file has it; cell of the row from 1, or 0 */
    bool listed, twice;                                     /* declared already; another column has the name */
    uint64_t there, absent, empty, numbers, fractions, codes, arrays, objects, clock, ymd, commas, words, length;
    uint64_t pair[BOOLS][2], formats, with_clock;
    double low, high, last; bool counts;                    /* counts: each number is the one before and 1 */
    bool array_texts, array_fractions;
    char *word[WORDS]; uint32_t n_word; bool too_many_words;        /* for nothing */
    char comma[32], sign[32], removed[40]; uint64_t comma_line, signs, sign_line;    /* 3,5 · $3.50: the first of them */
    struct mlp_dictionary seen; uint8_t *most;              /* exact up to EXACT, then a sketch of REGISTERS (HyperLogLog) */
};
struct inference {
    const struct mlp_source *source; struct mlp_arena *arena;
    struct judge *judge; uint32_t judges, room;
    char delimiter; bool headless, snake; char **missing; uint32_t n_missing;
    const char *file; bool failed; uint64_t rows;           /* whole ones, of CSV */
};

/* ---- one cell ---- */

static bool is_missing(const struct inference *f, struct mlp_str s)
{
    for (uint32_t i = 0; i < f->n_missing; i++)
        if (strlen(f->missing[i]) == s.n && !memcmp(f->missing[i], s.at, s.n)) return true;
    return false;
}

static void count_distinct(struct inference *f, struct judge *j, struct mlp_str s)
{
    if (j->seen.n < EXACT) {
        if (!mlp_dictionary_add(&j->seen, f->arena, s.at, s.n)) f->failed = true;
        return;
    }
    if (mlp_dictionary_find(&j->seen, s.at, s.n) > 1 && !j->most) return;
    if (!j->most) {
        if (!(j->most = mlp_arena_alloc(f->arena, REGISTERS))) { f->failed = true; return; }
        for (uint32_t i = 0; i < j->seen.n; i++) count_distinct(f, j, j->seen.spelling[i]);
    }
    const uint64_t h = mlp_hash(s.at, s.n, 1);
    const uint8_t rank = (uint8_t)(__builtin_clzll(h | 1) + 1);
    uint8_t *const r = &j->most[h & (REGISTERS - 1)];
    if (rank > *r) *r = rank;
}

static double distinct(const struct judge *j)
{
    if (!j->most) return j->seen.n;
    double sum = 0;
    for (int i = 0; i < REGISTERS; i++) sum += ldexp(1, -j->most[i]);
    return 0.7213 / (1 + 1.079 / REGISTERS) * REGISTERS * REGISTERS / sum;
}

static void number(struct judge *j, struct mlp_str s, double x)
{
    const char *const digits = s.at + (*s.at == '-' || *s.at == '+');
    const size_t n = s.n - (size_t)(digits - s.at);
    j->fractions += x != floor(x) || memchr(s.at, '.', s.n) != NULL;
    j->codes += n > 1 && *digits == '0' && digits[1] >= '0' && digits[1] <= '9';
    j->counts = j->counts && (j->numbers ? x == j->last + 1 : x == 0 || x == 1);
    j->last = x;
    if (!j->numbers || x < j->low) j->low = x;
    if (!j->numbers || x > j->high) j->high = x;
    int64_t ignored;
    j->ymd += s.n == 8 && x > 18000101 && x < 22000101 && mlp_parse_time(s.at, s.n, "%Y%m%d", &ignored);
    j->numbers++;
}

static void word_for_nothing(struct inference *f, struct judge *j, struct mlp_str s)
{
    j->absent++;
    for (uint32_t i = 0; i < j->n_word; i++)
        if (strlen(j->word[i]) == s.n && !memcmp(j->word[i], s.at, s.n)) return;
    if (j->n_word == WORDS) { j->too_many_words = true; return; }
    if (!(j->word[j->n_word] = mlp_arena_copy(f->arena, s.at, s.n))) f->failed = true;
    else j->n_word++;
}

static void text(struct judge *j, struct mlp_str s)
{
    int64_t us;
    char format[40];
    if (s.n > 40) { j->formats = 0; return; }
    if (j->formats & ISO && !mlp_parse_time(s.at, s.n, NULL, &us)) j->formats &= ~ISO;
    j->with_clock += s.n > 10;
    for (uint64_t left = j->formats & ~ISO; left; left &= left - 1) {
        const unsigned i = (unsigned)__builtin_ctzll(left);
        format_of(i, format);
        if (!mlp_parse_time(s.at, s.n, format, &us)) j->formats &= ~((uint64_t)1 << i);
    }
    j->clock += memchr(s.at, ':', s.n) && mlp_parse_duration(s.at, s.n, NULL, &us);
}

/* 3,5 · 1.234,50 */
static bool decimal_comma(struct mlp_str s)
{
    const char *const comma = memchr(s.at, ',', s.n);
    size_t digits = 0;
    for (size_t i = 0; i < s.n; i++) {
        digits += s.at[i] >= '0' && s.at[i] <= '9';
        if (!memchr("0123456789.,-+", s.at[i], 14)) return false;
    }
    return comma && digits && !memchr(comma + 1, ',', (size_t)(s.at + s.n - comma - 1)) && !memchr(comma, '.', (size_t)(s.at + s.n - comma));
}

static void look(struct inference *f, struct judge *j, struct mlp_str s, uint64_t line)
{
    double x;
    if (!s.n || is_missing(f, s)) { j->absent++, j->empty++; return; }
    if (mlp_schema_looks_missing(s.at, s.n)) { word_for_nothing(f, j, s); return; }
    j->there++;
    for (int i = 0; i < BOOLS; i++)
        for (int k = 0; k < 2; k++)
            j->pair[i][k] += strlen(bool_words[i][k]) == s.n && !strncasecmp(bool_words[i][k], s.at, s.n);
    count_distinct(f, j, s);
    if (mlp_parse_number(s.at, s.n, &x) && isfinite(x)) { number(j, s, x); return; }
    if (decimal_comma(s) && !j->commas++)
        snprintf(j->comma, sizeof j->comma, "%.*s", (int)(s.n < 31 ? s.n : 31), s.at), j->comma_line = line;
    char removed[40];
    if (s.n < 32 && mlp_schema_decorated(s, removed) && !j->signs++)
        snprintf(j->sign, sizeof j->sign, "%.*s", (int)s.n, s.at), j->sign_line = line, memcpy(j->removed, removed, sizeof removed);
    text(j, s);
    j->length += s.n;
    for (size_t i = 0; i < s.n; i++) j->words += s.at[i] == ' ' && i && s.at[i - 1] != ' ';
}

/* ---- the verdict ---- */

static bool ends_in(const char *name, const char *end)
{
    const size_t n = strlen(name), m = strlen(end);
    return n >= m && !strcmp(name + n - m, end);
}
static bool called_id(const char *name)
{
    return !strcasecmp(name, "id") || !strcasecmp(name, "uuid") || !strcasecmp(name, "guid") || ends_in(name, "_id") || ends_in(name, "_ID") ||
        ends_in(name, " id") || ends_in(name, " ID") || ends_in(name, "Id") || (ends_in(name, "ID") && strlen(name) > 2) || ends_in(name, "_uuid");
}
static bool speaks_of(const char *name, const char *what)
{
    for (; *name; name++) if (!strncasecmp(name, what, strlen(what))) return true;
    return false;
}

/* date(…) or time(…) when all texts are one, and nobody can read it in two ways. */
static bool moment(const struct judge *j, struct mlp_buffer *out)
{
    if (!j->formats) return false;
    if (j->formats & ISO) return mlp_buffer_text(out, j->with_clock ? "time" : "date"), true;
    bool day = false, month = false;
    for (unsigned i = 0; i < FORMATS; i++) {
        day |= j->formats >> i & 1 && dates[i / CLOCKS].day_first == 'd';
        month |= j->formats >> i & 1 && dates[i / CLOCKS].day_first == 'm';
    }
    if (day && month) return false;
    const unsigned i = (unsigned)__builtin_ctzll(j->formats);
    char format[40];
    format_of(i, format);
    mlp_buffer_printf(out, "%s(\"%s\")", i % CLOCKS ? "time" : "date", format);
    return true;
}

static void base_type(const struct judge *j, struct mlp_buffer *out)
{
    const double different = distinct(j), all = (double)j->there, texts = (double)(j->there - j->numbers);
    const bool numeric = j->numbers == j->there;
    if (j->arrays) {
        mlp_buffer_printf(out, "list(%s, \",\")", j->array_texts ? "category" : j->array_fractions ? "float" : "int");
        return;
    }
    if (!j->there) { mlp_buffer_text(out, "text"); return; }
    for (int i = 0; i < BOOLS; i++)
        if (j->pair[i][0] && j->pair[i][1] && j->pair[i][0] + j->pair[i][1] == j->there) { mlp_buffer_text(out, "bool"); return; }
    if (numeric && !j->fractions && (called_id(j->name) || (j->counts && all > 10) || j->codes)) {
        mlp_buffer_text(out, j->codes && !called_id(j->name) && different < all / 2 ? "category" : "id");
        return;
    }
    if (numeric && !j->fractions && j->ymd == j->there && (speaks_of(j->name, "date") || speaks_of(j->name, "day"))) {
        mlp_buffer_text(out, "date(\"%Y%m%d\")");
        return;
    }
    if (numeric && !j->fractions && j->low >= 1e8 && j->high <= 4e9 && (speaks_of(j->name, "timestamp") || speaks_of(j->name, "unix"))) {
        mlp_buffer_text(out, "time(unix)");
        return;
    }
    if (numeric) { mlp_buffer_text(out, j->fractions ? "float" : "int"); return; }
    if (!j->numbers && moment(j, out)) return;
    if (j->clock == j->there) { mlp_buffer_text(out, "duration"); return; }
    const double words = 1 + (double)j->words / texts, length = (double)j->length / texts;
    if (called_id(j->name)) mlp_buffer_text(out, "id");
    else if ((words >= 3.5 || length > 40) && different > all * 0.2) mlp_buffer_text(out, "text");
    else if (all >= 20 && different > all * 0.5) mlp_buffer_text(out, words >= 1.5 ? "text" : "id");
    else mlp_buffer_text(out, "category");
}

/* Whether words such as NA stand for nothing: beside numbers, times and bools they can mean nothing else. */
static bool words_mean_nothing(const char *type)
{
    static const char *const types[] = {"bool", "int", "float", "date", "time", "duration"};
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) if (!strncmp(type, types[i], strlen(types[i]))) return true;
    return false;
}

static bool plain_name(const char *name)
{
    if (!*name || strlen(name) > 60) return false;
    for (; *name; name++) if (*name == '`' || (unsigned char)*name < 32) return false;
    return true;
}

static mlp_status verdict(struct inference *f, struct judge *j, struct mlp_inferred *out, struct mlp_error *error)
{
    if (j->commas && j->commas + j->numbers == j->there && j->commas * 2 > j->there) {
        mlp_fail(error, MLP_ERR_DATA, "E312", "column %s holds numbers with a decimal comma, such as \"%s\"", j->name, j->comma);
        mlp_fix(error, "write the file's numbers with a point, as in 3.5; or list the column in the schema as a `text`");
        snprintf(error->column, sizeof error->column, "%.60s", j->name);
        return csv_at(error, f->file, j->comma_line, NULL);
    }
    if (j->signs && j->signs + j->numbers == j->there && j->signs * 2 > j->there && plain_name(j->name) && !f->headless) {
        mlp_fail(error, MLP_ERR_DATA, "E312", "column %s holds numbers with signs, such as \"%s\"", j->name, j->sign);
        mlp_fix(error, "write the numbers alone in the file; or `csv(…, others: infer) { sign: text from \"%s\", amount = number(replace(sign, \"[%s]\", \"\")) }`",
                j->name, j->removed);
        snprintf(error->column, sizeof error->column, "%.60s", j->name);
        return csv_at(error, f->file, j->sign_line, NULL);
    }
    struct mlp_buffer b = {0};
    base_type(j, &b);
    mlp_buffer_add(&b, "", 1), b.n--;
    const bool nothing = b.at && words_mean_nothing(b.at) && !j->too_many_words;
    bool nullable = j->absent > 0;
    if (!nothing) nullable = j->empty > 0;                  /* beside texts such words are values like others */
    if (nullable) mlp_buffer_text(&b, "?");
    for (uint32_t i = 0; nothing && i < j->n_word; i++) mlp_buffer_text(&b, i ? ", " : " missing in {"), mlp_quote_text(&b, j->word[i]);
    if (nothing && j->n_word) mlp_buffer_text(&b, "}");
    char name[256];
    if (f->snake) mlp_schema_snake(j->name, strlen(j->name), name, sizeof name);
    else snprintf(name, sizeof name, "%s", j->name);
    bool dotted = false;                                    /* a point leads to another source's column */
    for (char *c = name; *c; c++) if (*c == '.') *c = '_', dotted = true;
    if (f->headless) snprintf(name, sizeof name, "c%u", j->position), mlp_buffer_printf(&b, " from %u", j->position);
    else if (!plain_name(name) || j->twice) {
        if (!plain_name(name)) snprintf(name, sizeof name, "column_%u", j->position);
        else if (j->twice) snprintf(name + strlen(name), sizeof name - strlen(name), "_%u", j->position);
        if (!strcmp(f->source->reader.name, "csv")) mlp_buffer_printf(&b, " from %u", j->position);
        else mlp_buffer_text(&b, " from "), mlp_quote_text(&b, j->name);
    } else if (dotted) mlp_buffer_text(&b, " from "), mlp_quote_text(&b, j->name);
    out->name = mlp_arena_copy(f->arena, name, strlen(name));
    out->type = b.failed ? NULL : mlp_arena_copy(f->arena, b.at, b.n);
    mlp_buffer_clear(&b);
    return out->name && out->type ? MLP_OK : mlp_no_memory(error, 256);
}

/* ---- the columns of a file ---- */

static struct judge *new_judge(struct inference *f, const char *name, size_t n, uint32_t position, struct mlp_error *error)
{
    if (f->judges >= MOST) { mlp_fail(error, MLP_ERR_DATA, "E309", "there are more than %d columns", MOST); return NULL; }
    if (f->judges == f->room) {
        const uint32_t room = f->room ? f->room * 2 : 64;
        struct judge *const more = mlp_arena_alloc(f->arena, room * sizeof *more);
        if (!more) { mlp_no_memory(error, room * sizeof *more); return NULL; }
        if (f->judges) memcpy(more, f->judge, f->judges * sizeof *more);
        f->judge = more, f->room = room;
    }
    struct judge *const j = &f->judge[f->judges];
    *j = (struct judge){.name = mlp_arena_copy(f->arena, name, n), .position = position, .counts = true,
                        .formats = (((uint64_t)1 << FORMATS) - 1) | ISO};
    if (!j->name) { mlp_no_memory(error, n); return NULL; }
    return f->judges++, j;
}

/* Judges of the header's cells: place[i]. A file after the first is matched by name. */
static mlp_status heads(struct inference *f, const struct mlp_str *header, uint32_t cells, uint32_t *place, struct mlp_error *error)
{
    const bool first = !f->judges;
    for (uint32_t i = 0; i < cells; i++) {
        place[i] = MLP_NONE;
        if (!first) continue;                              /* a column that only a later file has is not there in all rows */
        place[i] = f->judges;
        if (!new_judge(f, header[i].at ? header[i].at : "", header[i].n, i + 1, error)) return error->status;
    }
    struct mlp_header h = mlp_header_index(f->headless ? NULL : header, cells, f->snake);
    uint32_t again = MLP_NONE;
    for (uint32_t k = 0; k < f->judges; k++) {              /* the judges of a CSV stand in the order of its cells */
        struct judge *const j = &f->judge[k];
        const uint32_t at = j->twice || f->headless ? k : mlp_header_named(&h, j->name, false, &again);
        if (first && !f->headless) j->twice = again != MLP_NONE;
        else if (!first && at < cells && (f->headless || !strcmp(j->name, header[at].at))) place[at] = k;
        for (uint32_t more = again; !first && !f->headless && !j->twice && more != MLP_NONE && more < cells; more++)
            if (!strcmp(j->name, header[more].at)) place[more] = k;
    }
    for (uint32_t c = 0; first && c < f->source->columns.n; c++) {
        const struct mlp_column *const column = &f->source->columns.at[c];
        const uint32_t k = column->from_file ? MLP_NONE : mlp_csv_place(column, &h, &again);
        if (k != MLP_NONE && k < cells) f->judge[place[k]].listed = true;
    }
    return mlp_header_clear(&h), MLP_OK;
}

/* ---- CSV ---- */

struct window { char *at, *scratch; size_t n, room, scratch_room; struct csv_index index; struct mlp_str *header; uint32_t cells, *place;
                uint64_t line; };

static mlp_status csv_rows(struct inference *f, struct window *w, size_t *used, struct mlp_error *error)
{
    size_t from = 0, first = 0;
    for (size_t r = 0; r < w->index.rows; r++) {
        const size_t last = w->index.row[r], end = w->index.end[last];
        const uint32_t cells = (uint32_t)(last - first + 1);
        const bool blank = cells == 1 && !mlp_schema_trim(w->at + from, end - from).n, heading = !w->place && !blank;
        if (heading) {
            if (!f->headless) TRY(csv_header(f->file, w->line, w->at + from, end - from, f->delimiter, f->arena, &w->header, &w->cells, error));
            else if (!(w->header = mlp_arena_alloc(f->arena, cells * sizeof *w->header))) return mlp_no_memory(error, cells);
            else w->cells = cells;
            for (uint32_t i = 0; f->headless && i < cells; i++) w->header[i] = (struct mlp_str){"", 0};
            if (!(w->place = mlp_arena_alloc(f->arena, (w->cells + 1) * sizeof *w->place))) return mlp_no_memory(error, w->cells);
            TRY(heads(f, w->header, w->cells, w->place, error));
            const char other = w->cells > 1 || f->headless ? 0 : strchr(w->header[0].at, ';') ? ';' : strchr(w->header[0].at, '\t') ? 't'
                : strchr(w->header[0].at, '|') ? '|' : 0;
            if (other) {
                mlp_fail(error, MLP_ERR_DATA, "E309", "the header is one cell: \"%.100s\"", w->header[0].at);
                mlp_fix(error, "the file seems to use another delimiter: write csv(…, delimiter: \"%s%c\")", other == 't' ? "\\" : "", other);
                return csv_at(error, f->file, w->line, NULL);
            }
        }
        const bool row = !blank && (!heading || f->headless);
        f->rows += row && cells == w->cells;
        if (row && cells != w->cells && !f->rows)           /* nothing to infer from; a later one is the reader's to refuse */
            return csv_ragged(f->file, w->line, cells, w->cells, w->at + from, end - from, false, error);
        if (row && cells == w->cells)
            for (uint32_t i = 0; i < cells; i++) {
                const size_t start = i ? w->index.end[first + i - 1] + 1u : from;
                struct mlp_str cell;
                if (w->place[i] == MLP_NONE || f->judge[w->place[i]].listed) continue;
                if (!csv_cell(w->at + start, w->index.end[first + i] - start, w->scratch, &cell)) continue;
                look(f, &f->judge[w->place[i]], mlp_schema_trim(cell.at, cell.n), w->line);
            }
        w->line++;
        if (w->index.quoted_newlines)
            for (const char *p = w->at + from; (p = memchr(p, '\n', (size_t)(w->at + end - p))); p++) w->line++;
        from = end + 1, first = last + 1;
    }
    return *used = from, f->failed ? mlp_no_memory(error, 4096) : MLP_OK;
}

static mlp_status csv_windows(struct inference *f, struct window *w, struct csv_feed *feed, struct mlp_error *error)
{
    bool end = false, begun = false;
    while (!end) {
        size_t got, used = 0;
        if (w->room < w->n + BLOCK + 2 * CSV_PAD) {
            const size_t room = (w->n + BLOCK + 2 * CSV_PAD) * 2;
            char *const more = realloc(w->at, room);
            if (more) w->at = more;
            char *const scratch = more ? realloc(w->scratch, room) : NULL;
            if (!scratch) return mlp_no_memory(error, room);
            w->scratch = scratch, w->room = room;
        }
        TRY(csv_feed_read(feed, w->at + w->n, BLOCK, &got, error));
        w->n += got, end = got < BLOCK;
        if (!begun && w->n >= 3 && !memcmp(w->at, "\xef\xbb\xbf", 3)) memmove(w->at, w->at + 3, w->n -= 3);
        begun = true;
        if (end && w->n && w->at[w->n - 1] != '\n') w->at[w->n++] = '\n';
        memset(w->at + w->n, ' ', CSV_PAD);
        if (!csv_scan(&w->index, w->at, w->n, f->delimiter)) return mlp_no_memory(error, w->n * 8);
        TRY(csv_rows(f, w, &used, error));
        memmove(w->at, w->at + used, w->n -= used);
        if (w->n > LONGEST) break;                          /* the reader says what is wrong */
    }
    return w->place ? MLP_OK : csv_empty(f->file, error);
}

static mlp_status csv_file(struct inference *f, struct mlp_error *error)
{
    struct csv_feed *feed;
    struct window w = {.line = 1};
    TRY(csv_feed_open(f->file, &feed, error));
    const mlp_status status = csv_windows(f, &w, feed, error);
    csv_feed_close(feed);
    csv_index_clear(&w.index);
    free(w.at), free(w.scratch);
    return status;
}

/* ---- JSON Lines ---- */

static void look_at_array(struct inference *f, struct judge *j, struct mlp_str s)
{
    (void)f;
    j->arrays++, j->there++;
    for (const char *p = s.at + 1, *const end = s.at + s.n; p < end;) {
        const char *const stop = memchr(p, MLP_LIST_END, (size_t)(end - p));
        double x;
        if (!stop) break;
        if (!mlp_parse_number(p, (size_t)(stop - p), &x)) j->array_texts = true;
        else j->array_fractions |= x != floor(x) || memchr(p, '.', (size_t)(stop - p));
        p = stop + 1;
    }
}

static mlp_status json_row(struct inference *f, const struct mlp_json_pair *pair, uint32_t pairs, uint64_t line, uint64_t rows, uint32_t *guess,
                           struct mlp_error *error)
{
    for (uint32_t i = 0; i < pairs; i++) {
        uint32_t k = guess[i];
        if (k >= f->judges || strlen(f->judge[k].name) != pair[i].key.n || memcmp(f->judge[k].name, pair[i].key.at, pair[i].key.n))
            for (k = 0; k < f->judges && (strlen(f->judge[k].name) != pair[i].key.n || memcmp(f->judge[k].name, pair[i].key.at, pair[i].key.n)); k++) {}
        if (k == f->judges) {
            struct judge *const j = new_judge(f, pair[i].key.at, pair[i].key.n, k + 1, error);
            if (!j) return error->status;
            j->absent = j->empty = rows;                             /* rows before had no such field */
            for (uint32_t c = 0; c < f->source->columns.n; c++) j->listed |= mlp_json_names(&f->source->columns.at[c], pair[i].key, f->snake);
        }
        guess[i] = k;
        struct judge *const j = &f->judge[k];
        if (j->listed) continue;
        if (pair[i].kind == MLP_J_NULL) j->absent++, j->empty++;
        else if (pair[i].kind == MLP_J_OBJECT) j->objects++;
        else if (pair[i].kind == MLP_J_ARRAY) look_at_array(f, j, pair[i].value);
        else look(f, j, mlp_schema_trim(pair[i].value.at, pair[i].value.n), line);
    }
    for (uint32_t k = 0; k < f->judges; k++) {              /* a field that this row does not have */
        struct judge *const j = &f->judge[k];
        if (j->there + j->absent + j->objects < rows + 1) j->absent++, j->empty++;
    }
    return f->failed ? mlp_no_memory(error, 4096) : MLP_OK;
}

static mlp_status json_file(struct inference *f, uint64_t *rows, struct mlp_error *error)
{
    struct mlp_lines lines;
    struct mlp_str line;
    struct mlp_arena scratch = {0};
    bool more = true;
    struct mlp_json_pair *const pair = mlp_arena_alloc(f->arena, FIELDS * sizeof *pair);
    uint32_t *const guess = mlp_arena_alloc(f->arena, FIELDS * sizeof *guess), pairs;
    if (!pair || !guess) return mlp_no_memory(error, FIELDS * sizeof *pair);
    mlp_status status = mlp_lines_open(&lines, f->file, NULL, error);
    while (status == MLP_OK && (status = mlp_lines_next(&lines, &line, &more, error)) == MLP_OK && more) {
        const char *why;
        if (!mlp_json_flat(line.at, line.n, &scratch, pair, FIELDS, &pairs, &why)) continue;      /* the reader's to refuse */
        status = json_row(f, pair, pairs, lines.line, *rows, guess, error);
        ++*rows;
        if (scratch.used) mlp_arena_reset(&scratch);
    }
    mlp_arena_clear(&scratch);
    mlp_lines_close(&lines);
    return status;
}

/* ---- all ---- */

static mlp_status options(struct inference *f, struct mlp_error *error)
{
    const struct mlp_use *const use = &f->source->reader;
    const struct mlp_arg *const delimiter = mlp_use_arg(use, "delimiter"), *const missing = mlp_use_arg(use, "missing"),
                         *const names = mlp_use_arg(use, "names"), *const header = mlp_use_arg(use, "header");
    f->delimiter = delimiter && delimiter->str && *delimiter->str ? *delimiter->str : ',';
    f->headless = header && header->num == 0;
    f->snake = names && names->str && !strcmp(names->str, "snake");
    const uint32_t n = missing ? missing->items.n : 0;
    if (!(f->missing = mlp_arena_alloc(f->arena, (n + 1) * sizeof *f->missing))) return mlp_no_memory(error, n);
    for (uint32_t i = 0; i < n; i++) {
        const char *const token = missing->items.at[i].str ? missing->items.at[i].str : "";
        const struct mlp_str trimmed = mlp_schema_trim(token, strlen(token));
        if (!(f->missing[f->n_missing++] = mlp_arena_copy(f->arena, trimmed.at, trimmed.n))) return mlp_no_memory(error, trimmed.n);
    }
    return MLP_OK;
}

mlp_status mlp_infer(const struct mlp_source *listed, const char *const *path, uint32_t paths, struct mlp_arena *arena,
                     struct mlp_inferred **out, uint32_t *n, struct mlp_error *error)
{
    struct inference f = {.source = listed, .arena = arena};
    uint64_t rows = 0;
    *n = 0;
    TRY(options(&f, error));
    const bool csv = !strcmp(listed->reader.name, "csv"), jsonl = !strcmp(listed->reader.name, "jsonl");
    for (uint32_t i = 0; i < paths && (csv || jsonl); i++) {
        f.file = path[i];
        TRY(csv ? csv_file(&f, error) : json_file(&f, &rows, error));
    }
    if (csv && !f.rows && f.judges) {
        mlp_fail(error, MLP_ERR_DATA, "E303", "the file has a header but no rows");
        mlp_fix(error, "give a file with rows");
        return csv_at(error, f.file, 0, NULL);
    }
    if (!(*out = mlp_arena_alloc(arena, (f.judges + 2) * sizeof **out))) return mlp_no_memory(error, f.judges);
    if (!csv && !jsonl && !listed->columns.n) (*out)[(*n)++] = (struct mlp_inferred){"text", "text"};       /* text(…) */
    for (uint32_t i = 0; i < f.judges; i++) {
        if (f.judge[i].listed || f.judge[i].objects) continue;
        TRY(verdict(&f, &f.judge[i], &(*out)[*n], error));
        ++*n;
    }
    return MLP_OK;
}
