/* place.c: from bytes of the spec's text to a file, a line and the words that stand there, for errors that rows bring about and a
 * declaration explains. Must not decide what is wrong. */
#include <stdio.h>
#include <string.h>
#include "runtime/run/work.h"

/* Characters of UTF-8 that begin in these bytes. */
static uint32_t characters(const char *at, size_t n)
{
    uint32_t count = 0;
    for (size_t i = 0; i < n; i++) count += ((unsigned char)at[i] & 0xc0) != 0x80;
    return count;
}

void mlp_spec_place(const struct mlp_program *p, struct mlp_error *error)
{
    const size_t size = p->spec ? strlen(p->spec) : 0;
    if (error->file[0] || error->from >= error->to || error->to > size) return;
    const char *const text = p->spec, *begin = text + error->from;
    while (begin > text && begin[-1] != '\n') begin--;
    const size_t length = strcspn(begin, "\r\n"), before = (size_t)(text + error->from - begin);
    for (const char *c = text; c < begin; c++) error->line += *c == '\n';
    error->line++;
    snprintf(error->file, sizeof error->file, "%.255s", p->spec_path);
    error->at = characters(begin, before) + 1;
    if (length >= sizeof error->excerpt || before >= length || memchr(begin, '\t', length)) return;     /* too long to show, or of no certain width */
    memcpy(error->excerpt, begin, length);
    const size_t wide = error->to - error->from < length - before ? error->to - error->from : length - before;
    error->width = characters(begin + before, wide);
}
