/* bad_rows.c: counts bad rows and writes them down as CSV: file, line, column, reason, row. Opens no file: the bytes wait in the
 * table until all is read, so that a run that ends early leaves nothing half behind. */
#include "runtime/data/bad_rows.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

static void cell(struct mlp_buffer *out, const char *at, size_t n, char behind)
{
    bool plain = true;
    for (size_t i = 0; plain && i < n; i++) plain = at[i] != '"' && at[i] != ',' && at[i] != '\n' && at[i] != '\r';
    if (plain && n && at[0] != ' ' && at[n - 1] != ' ') mlp_buffer_add(out, at, n);
    else if (n) {
        mlp_buffer_add(out, "\"", 1);
        for (const char *p = at, *const end = at + n; p < end;) {
            const char *const quote = memchr(p, '"', (size_t)(end - p)), *const stop = quote ? quote + 1 : end;
            mlp_buffer_add(out, p, (size_t)(stop - p));
            if (quote) mlp_buffer_add(out, "\"", 1);
            p = stop;
        }
        mlp_buffer_add(out, "\"", 1);
    }
    mlp_buffer_add(out, &behind, 1);
}

static void text(struct mlp_buffer *out, const char *at) { cell(out, at, strlen(at), ','); }

mlp_status mlp_bad_row(const struct mlp_source *s, struct mlp_bad_rows *bad, const char *row, size_t n, struct mlp_error *error)
{
    char line[24], reason[sizeof error->code + sizeof error->text + 4];
    if (s->bad_row == MLP_FAIL || error->status != MLP_ERR_DATA || !strcmp(error->code, "E399")) return error->status;
    if (!bad->n++) bad->first = *error;
    if (s->bad_row != MLP_QUARANTINE) return MLP_OK;
    if (!bad->text.n) mlp_buffer_text(&bad->text, "file,line,column,reason,row\n");
    snprintf(line, sizeof line, "%llu", (unsigned long long)error->line);
    snprintf(reason, sizeof reason, "%s: %s", error->code, error->text);
    while (n && (row[n - 1] == '\r' || row[n - 1] == '\n')) n--;
    text(&bad->text, error->file), text(&bad->text, line), text(&bad->text, error->column), text(&bad->text, reason);
    cell(&bad->text, row, n, '\n');
    return bad->text.failed ? mlp_no_memory(error, bad->text.n) : MLP_OK;
}

mlp_status mlp_bad_rows_merge(struct mlp_bad_rows *bad, struct mlp_bad_rows *part, struct mlp_error *error)
{
    if (!part->n) return MLP_OK;
    if (!bad->n) bad->first = part->first;
    const char *const newline = bad->text.n && part->text.n ? memchr(part->text.at, '\n', part->text.n) : NULL;   /* one header only */
    const size_t from = newline ? (size_t)(newline + 1 - part->text.at) : 0;
    if (part->text.n) mlp_buffer_add(&bad->text, part->text.at + from, part->text.n - from);
    bad->n += part->n, part->n = 0, part->text.n = 0;
    return bad->text.failed ? mlp_no_memory(error, bad->text.n) : MLP_OK;
}

mlp_status mlp_bad_rows_check(const struct mlp_source *s, const struct mlp_bad_rows *bad, uint64_t good, struct mlp_error *error)
{
    const double share = (double)bad->n / ((double)good + (double)bad->n);
    if (!bad->n || s->bad_row != MLP_SKIP || (good && share <= s->bad_max)) return MLP_OK;
    const struct mlp_error first = bad->first;
    if (good) mlp_fail(error, MLP_ERR_DATA, "E324", "%llu of %llu rows of source %s are bad, and at most %.3g%% may be; the first: %.700s",
                       (unsigned long long)bad->n, (unsigned long long)(good + bad->n), s->id.name, s->bad_max * 100, first.text);
    else mlp_fail(error, MLP_ERR_DATA, "E303", "all %llu rows of source %s are bad; the first: %.700s", (unsigned long long)bad->n,
                  s->id.name, first.text);
    snprintf(error->file, sizeof error->file, "%s", first.file), snprintf(error->column, sizeof error->column, "%s", first.column);
    error->line = first.line;
    if (!good) return mlp_fix(error, "%.500s", *first.fix ? first.fix : "correct the file");
    return mlp_fix(error, "correct the file, or allow more: `bad_rows: skip(max: %.3g%%)`", ceil(share * 1000) / 10);
}
