/* json.c: a writer that cannot write bad JSON, and a reader that believes nothing: every byte is bounds-checked, nesting is
 * limited. */
#include "runtime/base/json.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NESTING = 64 };

/* ---- writing ---- */

size_t mlp_number_text(double x, char out[32])
{
    if (isnan(x)) return (size_t)snprintf(out, 32, "nan");
    if (isinf(x)) return (size_t)snprintf(out, 32, x > 0 ? "inf" : "-inf");
    if (fabs(x) < 1e15 && (double)(int64_t)x == x && (x != 0 || !signbit(x))) {
        char digits[20];
        size_t n = 0, at = 0;
        uint64_t v = (uint64_t)(x < 0 ? -x : x);
        do digits[n++] = (char)('0' + v % 10), v /= 10; while (v);
        if (x < 0) out[at++] = '-';
        while (n) out[at++] = digits[--n];
        return out[at] = 0, at;
    }
    int n = 0;
    for (int precision = 15; precision <= 17; precision++)
        if (n = snprintf(out, 32, "%.*g", precision, x), strtod(out, NULL) == x) break;
    return (size_t)n;
}

/* Length of the UTF-8 sequence at `at`, 0: none (RFC 3629: no overlong forms, no surrogates). */
static size_t utf8(const unsigned char *at, size_t n)
{
    if (at[0] < 0x80) return 1;
    const size_t want = at[0] >= 0xf0 ? 4 : at[0] >= 0xe0 ? 3 : 2;
    if (at[0] < 0xc2 || at[0] > 0xf4 || n < want) return 0;
    for (size_t i = 1; i < want; i++) if ((at[i] & 0xc0) != 0x80) return 0;
    if ((at[0] == 0xe0 && at[1] < 0xa0) || (at[0] == 0xed && at[1] > 0x9f) || (at[0] == 0xf0 && at[1] < 0x90) ||
        (at[0] == 0xf4 && at[1] > 0x8f)) return 0;
    return want;
}

void mlp_json_quote(struct mlp_buffer *out, const char *text, size_t n)
{
    static const char hex[] = "0123456789abcdef";
    mlp_buffer_add(out, "\"", 1);
    for (size_t i = 0; i < n;) {
        size_t plain = i, step = 0;
        while (plain < n && (unsigned char)text[plain] >= 0x20 && text[plain] != '"' && text[plain] != '\\' &&
               text[plain] != 0x7f && (step = utf8((const unsigned char *)text + plain, n - plain))) plain += step;
        mlp_buffer_add(out, text + i, plain - i);
        if ((i = plain) >= n) break;
        const unsigned char c = (unsigned char)text[i++];
        if (c == '"' || c == '\\') mlp_buffer_add(out, (char[]){'\\', (char)c}, 2);
        else if (c == '\n') mlp_buffer_text(out, "\\n");
        else if (c == '\t') mlp_buffer_text(out, "\\t");
        else if (c == '\r') mlp_buffer_text(out, "\\r");
        else if (c < 0x20 || c == 0x7f) mlp_buffer_add(out, (char[]){'\\', 'u', '0', '0', hex[c >> 4], hex[c & 15]}, 6);
        else mlp_buffer_text(out, "\xef\xbf\xbd");
    }
    mlp_buffer_add(out, "\"", 1);
}

static void line(struct mlp_json_writer *w)
{
    if (!w->pretty || w->depth > w->pretty) return;
    mlp_buffer_text(w->out, "\n");
    for (int i = 0; i < w->depth; i++) mlp_buffer_text(w->out, "  ");
}

static void begin(struct mlp_json_writer *w, const char *key)
{
    if (w->started) mlp_buffer_text(w->out, w->pretty && w->depth > w->pretty ? ", " : ",");
    if (w->depth) line(w);
    if (key) mlp_json_quote(w->out, key, strlen(key)), mlp_buffer_text(w->out, w->pretty ? ": " : ":");
    w->started = true;
}

void mlp_json_open(struct mlp_json_writer *w, const char *key, char bracket)
{
    begin(w, key);
    mlp_buffer_add(w->out, &bracket, 1);
    w->started = false, w->depth++;
}

void mlp_json_close(struct mlp_json_writer *w, char bracket)
{
    const bool some = w->started;
    const uint8_t depth = w->depth--;
    if (some && w->pretty && depth <= w->pretty) line(w);
    mlp_buffer_add(w->out, &bracket, 1);
    w->started = true;
}

void mlp_json_text(struct mlp_json_writer *w, const char *key, const char *text)
{
    if (text) mlp_json_str(w, key, text, strlen(text));
    else mlp_json_raw(w, key, "null");
}

void mlp_json_str(struct mlp_json_writer *w, const char *key, const char *text, size_t n) { begin(w, key),
        mlp_json_quote(w->out, text, n); }

void mlp_json_number(struct mlp_json_writer *w, const char *key, double x)
{
    char text[32];
    if (!isfinite(x)) return mlp_json_raw(w, key, "null");
    mlp_number_text(x, text);
    mlp_json_raw(w, key, text);
}

void mlp_json_int(struct mlp_json_writer *w, const char *key, int64_t x) { begin(w, key),
        mlp_buffer_printf(w->out, "%lld", (long long)x); }
void mlp_json_bool(struct mlp_json_writer *w, const char *key, bool x) { mlp_json_raw(w, key, x ? "true" : "false"); }
void mlp_json_raw(struct mlp_json_writer *w, const char *key, const char *json) { begin(w, key), mlp_buffer_text(w->out, json); }

/* ---- reading ---- */

struct reader { const char *at, *end, *start; struct mlp_arena *arena; const char *why; };

static bool wrong(struct reader *r, const char *what)
{
    if (!r->why) {
        r->why = mlp_arena_printf(r->arena, "%s at byte %zu", what, (size_t)(r->at - r->start) + 1);
        if (!r->why) r->why = what;
    }
    return false;
}

static void space(struct reader *r)
{
    while (r->at < r->end && (*r->at == ' ' || *r->at == '\t' || *r->at == '\n' || *r->at == '\r')) r->at++;
}

static int hex4(const char *at)
{
    int v = 0;
    for (int i = 0; i < 4; i++) {
        const char c = at[i];
        const int d = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10
            : -1;
        if (d < 0) return -1;
        v = v * 16 + d;
    }
    return v;
}

static size_t put_utf8(char *to, uint32_t c)
{
    if (c < 0x80) return to[0] = (char)c, 1;
    if (c < 0x800) return to[0] = (char)(0xc0 | c >> 6), to[1] = (char)(0x80 | (c & 63)), 2;
    if (c < 0x10000)
        return to[0] = (char)(0xe0 | c >> 12), to[1] = (char)(0x80 | (c >> 6 & 63)), to[2] = (char)(0x80 | (c & 63)), 3;
    return to[0] = (char)(0xf0 | c >> 18), to[1] = (char)(0x80 | (c >> 12 & 63)), to[2] = (char)(0x80 | (c >> 6 & 63)),
        to[3] = (char)(0x80 | (c & 63)), 4;
}

/* A text with escapes, whose raw bytes are at..end (no closing quote): never longer than raw. */
static bool unescape(struct reader *r, const char *at, const char *end, struct mlp_str *out)
{
    char *to = mlp_arena_alloc(r->arena, (size_t)(end - at) + 1);
    if (!to) return wrong(r, "out of memory");
    size_t n = 0;
    while (at < end) {
        if (*at != '\\') { to[n++] = *at++; continue; }
        if (++at >= end) return wrong(r, "an escape is cut off");
        const char c = *at++;
        static const char from[] = "\"\\/bfnrt", into[] = "\"\\/\b\f\n\r\t";
        const char *found = c ? strchr(from, c) : NULL;
        if (found) { to[n++] = into[found - from]; continue; }
        int code = c == 'u' && end - at >= 4 ? hex4(at) : -1;
        if (code < 0) return wrong(r, "an escape is none of JSON's");
        at += 4;
        if (code >= 0xd800 && code < 0xdc00 && end - at >= 6 && at[0] == '\\' && at[1] == 'u') {
            const int low = hex4(at + 2);
            if (low >= 0xdc00 && low < 0xe000) code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00), at += 6;
        }
        if (code >= 0xd800 && code < 0xe000) return wrong(r, "half of a surrogate pair stands alone");
        n += put_utf8(to + n, (uint32_t)code);
    }
    to[n] = 0;
    *out = (struct mlp_str){to, n};
    return true;
}

/* At the opening quote. copy: always into the arena, with a final 0. */
static bool text(struct reader *r, bool copy, struct mlp_str *out)
{
    const char *start = ++r->at;
    bool escapes = false;
    for (; r->at < r->end && *r->at != '"'; r->at++) {
        if ((unsigned char)*r->at < 0x20) return wrong(r, "a control character stands in a text");
        if (*r->at != '\\') continue;
        escapes = true;
        if (++r->at >= r->end) break;
    }
    if (r->at >= r->end) return wrong(r, "a text has no closing quote");
    const char *end = r->at++;
    if (escapes) return unescape(r, start, end, out);
    *out = (struct mlp_str){start, (uint64_t)(end - start)};
    if (!copy) return true;
    out->at = mlp_arena_copy(r->arena, start, out->n);
    return out->at || wrong(r, "out of memory");
}

static bool number(struct reader *r, struct mlp_str *out)
{
    const char *start = r->at, *digits;
#define DIGITS() for (digits = r->at; r->at < r->end && *r->at >= '0' && *r->at <= '9'; r->at++) {}
    if (r->at < r->end && *r->at == '-') r->at++;
    DIGITS();
    if (r->at == digits || (*digits == '0' && r->at - digits > 1)) return wrong(r, "a value is none of JSON's");
    if (r->at < r->end && *r->at == '.') { r->at++; DIGITS(); if (r->at == digits) return wrong(r, "a number ends with its point");
                                          }
    if (r->at < r->end && (*r->at == 'e' || *r->at == 'E')) {
        r->at++;
        if (r->at < r->end && (*r->at == '+' || *r->at == '-')) r->at++;
        DIGITS();
        if (r->at == digits) return wrong(r, "a number has an empty exponent");
    }
#undef DIGITS
    *out = (struct mlp_str){start, (uint64_t)(r->at - start)};
    return true;
}

static bool word(struct reader *r, const char *what)
{
    const size_t n = strlen(what);
    if ((size_t)(r->end - r->at) < n || memcmp(r->at, what, n)) return wrong(r, "a value is none of JSON's");
    return r->at += n, true;
}

/* Kind of the value at r->at by its first byte; -1: none. */
static int kind(const struct reader *r)
{
    if (r->at >= r->end) return -1;
    switch (*r->at) {
    case 'n': return MLP_J_NULL;
    case 'f': return MLP_J_FALSE;
    case 't': return MLP_J_TRUE;
    case '"': return MLP_J_TEXT;
    case '[': return MLP_J_ARRAY;
    case '{': return MLP_J_OBJECT;
    default: return *r->at == '-' || (*r->at >= '0' && *r->at <= '9') ? MLP_J_NUMBER : -1;
    }
}

static bool scalar(struct reader *r, int k, bool copy, struct mlp_str *out)
{
    static const char *const words[] = {"null", "false", "true"};
    if (k == MLP_J_TEXT) return text(r, copy, out);
    if (k == MLP_J_NUMBER) return number(r, out);
    *out = (struct mlp_str){words[k], strlen(words[k])};
    return word(r, words[k]);
}

static bool value(struct reader *r, struct mlp_json *v, unsigned depth)
{
    space(r);
    const int k = kind(r);
    if (k < 0) return wrong(r, r->at >= r->end ? "the text ends too early" : "a value is none of JSON's");
    v->kind = (uint8_t)k;
    if (k < MLP_J_ARRAY) {
        if (!scalar(r, k, true, &v->text)) return false;
        if (k != MLP_J_NUMBER) return true;
        char digits[64];
        if (v->text.n < sizeof digits) {
            memcpy(digits, v->text.at, v->text.n), digits[v->text.n] = 0;
            return v->number = strtod(digits, NULL), true;
        }
        const char *copy = mlp_arena_copy(r->arena, v->text.at, v->text.n);
        return copy ? (v->number = strtod(copy, NULL), true) : wrong(r, "out of memory");
    }
    if (depth >= NESTING) return wrong(r, "brackets are nested too deep");
    const char close = k == MLP_J_ARRAY ? ']' : '}';
    r->at++, space(r);
    if (r->at < r->end && *r->at == close) return r->at++, true;
    for (struct mlp_json **last = &v->first;; last = &(*last)->next) {
        struct mlp_json *item = *last = mlp_arena_alloc(r->arena, sizeof *item);
        if (!item) return wrong(r, "out of memory");
        v->n++;
        if (k == MLP_J_OBJECT) {
            if (space(r), kind(r) != MLP_J_TEXT) return wrong(r, "an object needs a quoted name here");
            if (!text(r, true, &item->key)) return false;
            if (space(r), r->at >= r->end || *r->at != ':') return wrong(r, "a ':' is missing");
            r->at++;
        }
        if (!value(r, item, depth + 1)) return false;
        space(r);
        if (r->at < r->end && *r->at == close) return r->at++, true;
        if (r->at >= r->end || *r->at != ',') return wrong(r, "a ',' or a closing bracket is missing");
        r->at++;
    }
}

bool mlp_json_parse(const char *at, size_t n, struct mlp_arena *arena, struct mlp_json **out, const char **why)
{
    struct reader r = {at, at + n, at, arena, NULL};
    struct mlp_json *v = mlp_arena_alloc(arena, sizeof *v);
    bool ok = v ? value(&r, v, 0) : wrong(&r, "out of memory");
    if (ok && (space(&r), r.at < r.end)) ok = wrong(&r, "something follows the value");
    *out = v, *why = r.why;
    return ok;
}

const struct mlp_json *mlp_json_get(const struct mlp_json *object, const char *key)
{
    if (!object || object->kind != MLP_J_OBJECT) return NULL;
    const size_t n = strlen(key);
    for (const struct mlp_json *v = object->first; v; v = v->next)
        if (v->key.n == n && !memcmp(v->key.at, key, n)) return v;
    return NULL;
}

/* ---- rows ---- */

/* Steps over the value at r->at. flat: it and what is in it are scalars, whose texts together have *length bytes. */
static bool skip(struct reader *r, unsigned depth, bool *flat, size_t *length)
{
    struct mlp_str ignored;
    const int k = kind(r);
    if (k < 0) return wrong(r, "a value is none of JSON's");
    if (k < MLP_J_ARRAY) {
        if (!scalar(r, k, false, &ignored)) return false;
        return *length += ignored.n + 1, true;
    }
    if (depth >= NESTING) return wrong(r, "brackets are nested too deep");
    if (depth || k == MLP_J_OBJECT) *flat = false;
    const char close = k == MLP_J_ARRAY ? ']' : '}';
    r->at++, space(r);
    if (r->at < r->end && *r->at == close) return r->at++, true;
    for (;;) {
        if (k == MLP_J_OBJECT) {
            if (space(r), kind(r) != MLP_J_TEXT) return wrong(r, "an object needs a quoted name here");
            if (!text(r, false, &ignored)) return false;
            if (space(r), r->at >= r->end || *r->at != ':') return wrong(r, "a ':' is missing");
            r->at++;
        }
        if (space(r), !skip(r, depth + 1, flat, length)) return false;
        space(r);
        if (r->at < r->end && *r->at == close) return r->at++, true;
        if (r->at >= r->end || *r->at != ',') return wrong(r, "a ',' or a closing bracket is missing");
        r->at++;
    }
}

/* An array of scalars as a cell of a list column has it; other arrays keep their text. */
static bool array(struct reader *r, struct mlp_json_pair *p)
{
    const char *const start = r->at;
    bool flat = true;
    size_t length = 1;
    if (!skip(r, 0, &flat, &length)) return false;
    p->value = (struct mlp_str){start, (uint64_t)(r->at - start)}, p->kind = flat ? MLP_J_ARRAY : MLP_J_OBJECT;
    if (!flat) return true;
    struct reader again = {start + 1, r->at, start, r->arena, NULL};
    char *to = mlp_arena_alloc(r->arena, length);
    if (!to) return wrong(r, "out of memory");
    p->value.at = to, *to++ = MLP_LIST_ITEMS;
    for (space(&again); *again.at != ']'; space(&again)) {
        struct mlp_str item;
        const int k = kind(&again);
        if (k >= 0 && scalar(&again, k, false, &item) && k != MLP_J_NULL)
            for (size_t i = 0; i < item.n; i++) *to++ = item.at[i] == MLP_LIST_END ? ' ' : item.at[i];
        *to++ = MLP_LIST_END;
        if (space(&again), *again.at == ',') again.at++;
    }
    return p->value.n = (uint64_t)(to - p->value.at), true;
}

/* The pairs of the object at r->at; those of objects in it are called outer.inner. */
static bool fields(struct reader *r, struct mlp_str outer, unsigned depth, struct mlp_json_pair *pair, uint32_t room, uint32_t *pairs)
{
    if (depth >= NESTING) return wrong(r, "brackets are nested too deep");
    r->at++, space(r);
    if (r->at < r->end && *r->at == '}') return r->at++, true;
    for (;;) {
        if (*pairs == room) return wrong(r, "a row has too many fields");
        struct mlp_json_pair *const p = &pair[*pairs];
        if (space(r), kind(r) != MLP_J_TEXT) return wrong(r, "an object needs a quoted name here");
        if (!text(r, false, &p->key)) return false;
        if (space(r), r->at >= r->end || *r->at != ':') return wrong(r, "a ':' is missing");
        r->at++, space(r);
        if (outer.n) {
            char *const whole = mlp_arena_printf(r->arena, "%.*s.%.*s", (int)outer.n, outer.at, (int)p->key.n, p->key.at);
            if (!whole) return wrong(r, "out of memory");
            p->key = (struct mlp_str){whole, outer.n + 1 + p->key.n};
        }
        const int k = kind(r);
        if (k < 0) return wrong(r, "a value is none of JSON's");
        if (k == MLP_J_OBJECT) {
            if (!fields(r, p->key, depth + 1, pair, room, pairs)) return false;
        } else {
            if (k == MLP_J_ARRAY ? !array(r, p) : !scalar(r, k, false, &p->value)) return false;
            if (k != MLP_J_ARRAY) p->kind = (uint8_t)k;
            ++*pairs;
        }
        space(r);
        if (r->at < r->end && *r->at == '}') return r->at++, true;
        if (r->at >= r->end || *r->at != ',') return wrong(r, "a ',' or '}' is missing");
        r->at++;
    }
}

bool mlp_json_flat(const char *at, size_t n, struct mlp_arena *arena, struct mlp_json_pair *pair, uint32_t room, uint32_t *pairs,
                   const char **why)
{
    struct reader r = {at, at + n, at, arena, NULL};
    *pairs = 0;
    space(&r);
    bool ok = kind(&r) == MLP_J_OBJECT ? fields(&r, (struct mlp_str){"", 0}, 0, pair, room, pairs)
                                       : wrong(&r, "a row must be an object, { … }");
    if (ok && (space(&r), r.at < r.end)) ok = wrong(&r, "something follows the object");
    *why = r.why;
    return ok;
}
