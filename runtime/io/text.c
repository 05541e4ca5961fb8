/* text.c: whole tables from plain text: each line, each paragraph (lines up to a blank one) or each file is a row, whose text is the
 * one column that is not `from file`. A blank line is a row with an empty text. Must not know what rows are for. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "runtime/base/buffer.h"
#include "runtime/data/build.h"
#include "runtime/data/schema.h"
#include "runtime/io/lines.h"
#include "runtime/io/reader.h"

struct reading { struct mlp_builder build; const struct mlp_source *source; enum { BY_LINE, BY_PARAGRAPH, BY_FILE } by;
                 struct mlp_str *cell; uint32_t text, file; struct mlp_buffer whole; uint64_t began; };

static mlp_status row(struct reading *r, struct mlp_str text, uint64_t line, struct mlp_error *error)
{
    const char *const base = mlp_base_name(r->build.table->files[r->file]);
    for (uint32_t i = 0; i < r->source->columns.n; i++)
        r->cell[i] = i == r->text ? text : (struct mlp_str){base, strlen(base)};
    return mlp_build_row(&r->build, r->cell, r->file, line, text.at, text.n, error);
}

/* Lines that were gathered. */
static mlp_status flush(struct reading *r, struct mlp_error *error)
{
    if (r->whole.failed) return mlp_no_memory(error, r->whole.n);
    const struct mlp_str text = {r->whole.n ? r->whole.at : "", r->whole.n};
    const bool there = mlp_schema_trim(text.at, text.n).n || r->by == BY_FILE;
    const mlp_status status = there ? row(r, text, r->began, error) : MLP_OK;
    return r->whole.n = 0, status;
}

static mlp_status read_file(struct reading *r, const char *path, struct mlp_error *error)
{
    struct mlp_lines lines;
    struct mlp_str line;
    bool more = true;
    mlp_status status = mlp_lines_open(&lines, path, &r->build, error);
    r->whole.n = 0, r->began = 1;
    while (status == MLP_OK && (status = mlp_lines_next(&lines, &line, &more, error)) == MLP_OK && more) {
        if (r->by == BY_LINE) { status = row(r, line, lines.line, error); continue; }
        const bool blank = !mlp_schema_trim(line.at, line.n).n;
        if (r->by == BY_PARAGRAPH && blank) { status = flush(r, error); continue; }
        if (!r->whole.n) r->began = lines.line;
        mlp_buffer_add(&r->whole, line.at, line.n), mlp_buffer_add(&r->whole, "\n", 1);
        if (r->whole.n > UINT32_MAX) {
            mlp_fail(error, MLP_ERR_DATA, "E306", "this text is longer than 4 GiB");
            mlp_fix(error, "read it by line or by paragraph: text(…, rows: line)");
            status = MLP_ERR_DATA;
        }
    }
    if (status == MLP_OK && r->by != BY_LINE) status = flush(r, error);
    mlp_lines_close(&lines);
    return status;
}

static mlp_status read_all(struct reading *r, const char *const *path, uint32_t paths, struct mlp_table *t, struct mlp_error *error)
{
    const struct mlp_arg *const rows = mlp_use_arg(&r->source->reader, "rows");
    r->by = rows && rows->str && !strcmp(rows->str, "file") ? BY_FILE : rows && rows->str && !strcmp(rows->str, "paragraph") ? BY_PARAGRAPH : BY_LINE;
    TRY(mlp_build_begin(&r->build, r->source, path, paths, t, error));
    while (r->text < r->source->columns.n && r->source->columns.at[r->text].from_file) r->text++;
    if (!(r->cell = mlp_arena_alloc(&t->arena, (r->source->columns.n + 1) * sizeof *r->cell))) return mlp_no_memory(error, 64);
    for (r->file = 0; r->file < paths; r->file++) TRY(read_file(r, t->files[r->file], error));
    return mlp_build_end(&r->build, error);
}

static mlp_status read_text(const struct mlp_source *source, const char *const *path, uint32_t paths, struct mlp_pool *pool,
                            struct mlp_table *t, struct mlp_error *error)
{
    struct reading r = {.source = source};
    (void)pool;
    const mlp_status status = read_all(&r, path, paths, t, error);
    mlp_buffer_clear(&r.whole);
    if (status != MLP_OK) mlp_table_clear(t);
    return status;
}

const struct mlp_reader_ops mlp_reader_text = {read_text};
