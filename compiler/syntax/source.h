/* source.h: the text of a spec, places in it, and what is wrong with it.
 * A source owns its arena: text, tokens, tree and diagnostics live there and go with source_clear. */
#ifndef MLP_SYNTAX_SOURCE_H
#define MLP_SYNTAX_SOURCE_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "runtime/base/arena.h"
#include "runtime/base/buffer.h"

struct span { uint32_t from, to; };                         /* bytes: first, one past the last */

/* One thing that is wrong. Spans are of the source it is in. */
enum severity { SEV_ERROR, SEV_WARNING };
struct diag {
    enum severity severity;
    const char *code;               /* "E001", a row of diagnostics.def */
    struct span at;                 /* where the caret stands: the effect */
    const char *text;               /* what is wrong, one sentence */
    struct span cause; const char *cause_text;   /* a second place and what it says there; from == to: none */
    const char *fix;                /* one edit; "" none */
};
struct ast;
struct source {
    const char *path;               /* as given; "<stdlib>" for the library */
    const char *text; size_t n;     /* ends with a 0 that n does not count */
    uint32_t *line; uint32_t lines; /* byte offset at which each line starts */
    struct ast *tree;
    struct diag *diag; uint32_t diags, diag_room;
    uint32_t errors;                /* of diags, those with SEV_ERROR; collection goes on past the limit, printing stops */
    struct mlp_arena arena;
    char *bump; size_t bump_left;   /* source_alloc's */
    void *parser;                   /* the parser's own, while it runs */
    struct source *more;            /* texts that were made for this one, such as inferred columns: they go with it */
};
bool source_open(struct source *, const char *path);        /* reads a file; false: could not (a diag says why) */
void source_text(struct source *, const char *path, const char *text, size_t n);   /* copies; a byte order mark is left out */
void source_clear(struct source *);
struct place { uint32_t line, column; };                    /* from 1; columns count characters, not bytes */
struct place source_place(const struct source *, uint32_t byte);

/* A compiler without memory has nothing left to say but that: E399, and the process ends with exit code 3. So nothing that comes out of
 * a source's arena is NULL. bytes: 0 where nobody knows how many. */
_Noreturn void source_no_memory(size_t bytes);
#define SOURCE_BUFFER {.none = source_no_memory}
void *source_alloc(struct source *, size_t bytes);          /* zeroed, aligned to 8 */

/* Adds a diagnostic; format like printf. Returns it, so that the caller can set cause and fix (source_printf); it may move
 * when the next one is added. Printed are: of E0xx one a line, of others those whose places do not overlap. */
struct diag *source_error(struct source *, const char *code, struct span, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
struct diag *source_warn(struct source *, const char *code, struct span, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
const char *source_copy(struct source *, const char *text, size_t n);   /* n bytes and a final 0 */
const char *source_printf(struct source *, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* All diagnostics as text, sorted by place, at most `limit` (then "and 180 more"): line, source line, caret, cause, fix. */
void source_render(const struct source *, struct mlp_buffer *, unsigned limit, bool colour);
void source_render_json(const struct source *, struct mlp_buffer *);

/* "did you mean": the candidate with the fewest edits, if few enough; else NULL. */
const char *nearest_name(const char *name, const char *const *candidate, size_t n);
#endif
