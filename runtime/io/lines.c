/* lines.c: cuts a file into lines. Line ends are LF or CRLF; a byte order mark at the beginning is left out. */
#include "runtime/io/lines.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "runtime/io/csv_scan.h"

enum { BLOCK = 256 * 1024, LONGEST = 64 << 20 };

mlp_status mlp_lines_open(struct mlp_lines *l, const char *path, struct mlp_builder *hash, struct mlp_error *error)
{
    *l = (struct mlp_lines){.name = path, .hash = hash, .room = 2 * BLOCK};
    TRY(csv_feed_open(path, &l->feed, error));
    if (!(l->at = malloc(l->room))) return mlp_no_memory(error, l->room);
    return MLP_OK;
}

void mlp_lines_close(struct mlp_lines *l)
{
    csv_feed_close(l->feed);
    free(l->at);
    *l = (struct mlp_lines){0};
}

static mlp_status fill(struct mlp_lines *l, struct mlp_error *error)
{
    size_t got;
    memmove(l->at, l->at + l->from, l->n -= l->from), l->from = 0;
    if (l->n > LONGEST) {
        mlp_fail(error, MLP_ERR_DATA, "E306", "this line is longer than %d MiB", LONGEST >> 20);
        mlp_fix(error, "check that the file is text with rows in lines");
        return csv_at(error, l->name, l->line + 1, NULL);
    }
    if (l->room - l->n < BLOCK) {
        char *const more = realloc(l->at, l->room * 2);
        if (!more) return mlp_no_memory(error, l->room * 2);
        l->at = more, l->room *= 2;
    }
    TRY(csv_feed_read(l->feed, l->at + l->n, BLOCK, &got, error));
    if (l->hash) mlp_build_hash(l->hash, l->at + l->n, got);
    l->n += got, l->end = got < BLOCK;
    if (!l->begun && l->n >= 3 && !memcmp(l->at, "\xef\xbb\xbf", 3)) l->from = 3;
    return l->begun = true, MLP_OK;
}

mlp_status mlp_lines_next(struct mlp_lines *l, struct mlp_str *line, bool *more, struct mlp_error *error)
{
    size_t looked = 0;
    for (;;) {
        const char *const start = l->at + l->from,
                   *const newline = l->n - l->from > looked ? memchr(start + looked, '\n', l->n - l->from - looked) : NULL;
        if (newline || l->end) {
            size_t n = newline ? (size_t)(newline - start) : l->n - l->from;
            *more = newline || n;
            l->from += n + (newline != NULL), l->line++;
            if (n && start[n - 1] == '\r') n--;
            *line = (struct mlp_str){start, n};
            return MLP_OK;
        }
        looked = l->n - l->from;
        TRY(fill(l, error));
        if (!l->line && l->from) looked = 0;
    }
}
