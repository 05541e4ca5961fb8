/* csv_feed.c: the bytes of a file, piece by piece; gzip and zstd are decoded on the way (several members in a row too). And the errors that
 * reading text can end in, so that tables and streams say the same. Knows no columns. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>
#include "runtime/data/schema.h"
#include "runtime/io/csv_scan.h"

enum { GZ_BLOCK = 64 * 1024 };
struct csv_feed {
    int fd; bool gzip, plain, ended;                        /* plain: a regular file as it is; ended: the current gzip member */
    const char *path; uint64_t size;
    z_stream z;
    void *zstd; size_t at, n;                               /* in[at..n) waits to be decoded */
    uint64_t in_bytes, out_bytes;                           /* of zstd */
    unsigned char first[4]; size_t n_first;                 /* what was read to see what it is */
    unsigned char in[GZ_BLOCK];
};

mlp_status csv_at(struct mlp_error *error, const char *file, uint64_t line, const char *column)
{
    if (file) snprintf(error->file, sizeof error->file, "%s", file);
    error->line = line;
    if (column) snprintf(error->column, sizeof error->column, "%s", column);
    return error->status;
}

static mlp_status cannot(const char *path, const char *what, int number, struct mlp_error *error)
{
    mlp_fail(error, MLP_ERR_DATA, "E301", "%s cannot be %s: %s", path, what, strerror(number));
    mlp_fix(error, number == ENOENT ? "check the path (paths in a spec are relative to the spec), or give another file with --set"
                 : number == EACCES ? "make the file readable for this user" : "check the disk and the path");
    return csv_at(error, path, 0, NULL);
}

/* One read that goes on after signals. */
static ssize_t read_some(int fd, void *to, size_t room)
{
    ssize_t n;
    do n = read(fd, to, room); while (n < 0 && errno == EINTR);
    return n;
}

mlp_status csv_feed_open(const char *path, struct csv_feed **out, struct mlp_error *error)
{
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    struct stat s;
    if (fd < 0) return cannot(path, "opened", errno, error);
    if (fstat(fd, &s)) {
        const int number = errno;
        return close(fd), cannot(path, "opened", number, error);
    }
    if (S_ISDIR(s.st_mode)) {
        close(fd);
        mlp_fail(error, MLP_ERR_DATA, "E301", "%s is a folder, not a file", path);
        mlp_fix(error, "name a file, or a pattern such as \"%s/*.csv\"", path);
        return csv_at(error, path, 0, NULL);
    }
    struct csv_feed *const f = calloc(1, sizeof *f);
    if (!f) return close(fd), mlp_no_memory(error, sizeof *f);
    f->fd = fd, f->path = path, f->size = (uint64_t)s.st_size;
    while (f->n_first < sizeof f->first) {
        const ssize_t n = read_some(fd, f->first + f->n_first, sizeof f->first - f->n_first);
        if (n < 0) {
            const int number = errno;
            return csv_feed_close(f), cannot(path, "read", number, error);
        }
        if (!n) break;
        f->n_first += (size_t)n;
    }
    if (f->n_first == 4 && !memcmp(f->first, "\x28\xb5\x2f\xfd", 4)) {
        if (!&mlp_zstd) {
            csv_feed_close(f);
            mlp_fail(error, MLP_ERR_DATA, "E308", "%s is compressed with zstd, and this executable was built without it", path);
            mlp_fix(error, "decompress it (zstd -d), or build with a spec whose source names a .zst file");
            return csv_at(error, path, 0, NULL);
        }
        if (!(f->zstd = mlp_zstd.begin())) return csv_feed_close(f), mlp_no_memory(error, GZ_BLOCK);
        memcpy(f->in, f->first, 4), f->n = 4, f->ended = true;
    }
    if (f->n_first >= 2 && f->first[0] == 0x1f && f->first[1] == 0x8b) {
        if (inflateInit2(&f->z, 15 + 16) != Z_OK) return csv_feed_close(f), mlp_no_memory(error, GZ_BLOCK);
        f->gzip = true, f->z.next_in = f->first, f->z.avail_in = (uInt)f->n_first;
    }
    f->plain = !f->gzip && !f->zstd && S_ISREG(s.st_mode);
    return *out = f, MLP_OK;
}

bool csv_feed_anywhere(const struct csv_feed *f) { return f->plain; }

mlp_status csv_feed_read_at(const struct csv_feed *f, uint64_t offset, char *to, size_t room, size_t *got, struct mlp_error *error)
{
    size_t n = 0;
    while (n < room) {
        const ssize_t more = pread(f->fd, to + n, room - n, (off_t)(offset + n));
        if (more < 0 && errno == EINTR) continue;
        if (more < 0) return cannot(f->path, "read", errno, error);
        if (!more) break;
        n += (size_t)more;
    }
    return *got = n, MLP_OK;
}

uint64_t csv_feed_bytes(const struct csv_feed *f)
{
    if (f->zstd && f->in_bytes) return (uint64_t)((double)f->size * ((double)f->out_bytes / (double)f->in_bytes));
    return f->gzip && f->z.total_in ? (uint64_t)((double)f->size * ((double)f->z.total_out / (double)f->z.total_in)) : f->size;
}

static mlp_status damaged(const struct csv_feed *f, const char *how, struct mlp_error *error)
{
    const char *const kind = f->zstd ? "zstd" : "gzip";
    mlp_fail(error, MLP_ERR_DATA, "E308", "%s: the %s file %s", f->path, kind, how);
    mlp_fix(error, "copy or download the file again; `%s -t %s` tells whether it is whole", kind, f->path);
    return csv_at(error, f->path, 0, NULL);
}

static mlp_status read_gzip(struct csv_feed *f, char *to, size_t room, size_t *got, struct mlp_error *error)
{
    f->z.next_out = (unsigned char *)to, f->z.avail_out = (uInt)room;
    while (f->z.avail_out) {
        if (!f->z.avail_in) {
            const ssize_t n = read_some(f->fd, f->in, sizeof f->in);
            if (n < 0) return cannot(f->path, "read", errno, error);
            if (!n && f->ended) break;
            if (!n) return damaged(f, "ends in the middle", error);
            f->z.next_in = f->in, f->z.avail_in = (uInt)n;
        }
        if (f->ended) {                                     /* another member, or zeros that pad a tape */
            if (!*f->z.next_in) { f->z.next_in++, f->z.avail_in--; continue; }
            if (inflateReset(&f->z) != Z_OK) return damaged(f, "cannot be read further", error);
            f->ended = false;
        }
        const int rc = inflate(&f->z, Z_NO_FLUSH);
        if (rc == Z_STREAM_END) f->ended = true;
        else if (rc == Z_MEM_ERROR) return mlp_no_memory(error, GZ_BLOCK);
        else if (rc != Z_OK && rc != Z_BUF_ERROR) return damaged(f, "is damaged", error);
    }
    return *got = room - f->z.avail_out, MLP_OK;
}

static mlp_status read_zstd(struct csv_feed *f, char *to, size_t room, size_t *got, struct mlp_error *error)
{
    size_t n = 0;
    while (n < room) {
        if (f->at == f->n) {
            const ssize_t more = read_some(f->fd, f->in, sizeof f->in);
            if (more < 0) return cannot(f->path, "read", errno, error);
            if (!more && f->ended) break;
            f->at = 0, f->n = (size_t)more;
        }
        size_t used, made;
        const size_t waits = f->n - f->at;
        if (!mlp_zstd.decode(f->zstd, f->in + f->at, waits, &used, to + n, room - n, &made, &f->ended))
            return damaged(f, f->out_bytes ? "is damaged" : "cannot be read", error);
        if (!waits && !made && !f->ended) return damaged(f, "ends in the middle", error);
        f->at += used, n += made, f->in_bytes += used, f->out_bytes += made;
    }
    return *got = n, MLP_OK;
}

mlp_status csv_feed_read(struct csv_feed *f, char *to, size_t room, size_t *got, struct mlp_error *error)
{
    if (f->gzip) return read_gzip(f, to, room, got, error);
    if (f->zstd) return read_zstd(f, to, room, got, error);
    size_t n = f->n_first < room ? f->n_first : room;
    memcpy(to, f->first, n);
    memmove(f->first, f->first + n, f->n_first -= n);
    while (n < room) {
        const ssize_t more = read_some(f->fd, to + n, room - n);
        if (more < 0) return cannot(f->path, "read", errno, error);
        if (!more) break;
        n += (size_t)more;
    }
    return *got = n, MLP_OK;
}

void csv_feed_close(struct csv_feed *f)
{
    if (!f) return;
    if (f->gzip) inflateEnd(&f->z);
    if (f->zstd) mlp_zstd.end(f->zstd);
    close(f->fd), free(f);
}

/* ---- errors that tables and streams share ---- */

mlp_status csv_ragged(const char *file, uint64_t line, uint32_t found, uint32_t expected, const char *at, size_t n, bool hide,
                      struct mlp_error *error)
{
    char shown[160];
    const struct mlp_str row = mlp_schema_trim(at, n);
    mlp_schema_show(row.at, row.n, 60, shown, sizeof shown);
    mlp_fail(error, MLP_ERR_DATA, "E306", "this row has %u cell%s, the header has %u%s%s%s", found, found == 1 ? "" : "s", expected,
             hide ? "" : ": \"", hide ? "" : shown, hide ? "" : "\"");
    if (expected == 1 && found > 1)
        mlp_fix(error, "if line 1 is no header, take away what stands above the header; else put quotes around cells with the delimiter in them");
    else if (found == expected + 1 && n && strchr(",;\t|", row.n ? row.at[row.n - 1] : at[n - 1]))
        mlp_fix(error, "this row ends in a delimiter, and the header does not: take it away, or put one behind the header");
    else if (found > expected) mlp_fix(error, "put quotes around cells with the delimiter in them, or remove what is too much");
    else mlp_fix(error, "complete the row; empty cells keep their delimiters; or set the reader's `delimiter`");
    return csv_at(error, file, line, NULL);
}

mlp_status csv_zero_byte(const char *file, uint64_t line, const char *column, struct mlp_error *error)
{
    mlp_fail(error, MLP_ERR_DATA, "E304", "there is a zero byte in this row: this is no plain text");
    mlp_fix(error, "save the file as plain text in UTF-8; a zero byte often means UTF-16 or a damaged file");
    return csv_at(error, file, line, column);
}

mlp_status csv_after_quote(const char *file, uint64_t line, const char *column, struct mlp_error *error)
{
    mlp_fail(error, MLP_ERR_DATA, "E307", "text stands behind the closing quote of a cell");
    mlp_fix(error, "write a quote inside a quoted cell twice (\"\"), or remove what stands behind the quote");
    return csv_at(error, file, line, column);
}

mlp_status csv_unterminated(const char *file, uint64_t line, struct mlp_error *error)
{
    mlp_fail(error, MLP_ERR_DATA, "E307", "a quote that opens in line %llu is never closed", (unsigned long long)line);
    mlp_fix(error, "close the quote in line %llu; a quote inside a quoted cell is written twice (\"\")", (unsigned long long)line);
    return csv_at(error, file, line, NULL);
}

mlp_status csv_empty(const char *file, struct mlp_error *error)
{
    mlp_fail(error, MLP_ERR_DATA, "E302", "%s is empty: there is not even a header", file);
    mlp_fix(error, "give a file with a header and rows");
    return csv_at(error, file, 0, NULL);
}

mlp_status csv_header(const char *file, uint64_t line, const char *at, size_t n, char delimiter, struct mlp_arena *arena,
                      struct mlp_str **out, uint32_t *cells, struct mlp_error *error)
{
    if (memchr(at, 0, n)) {
        mlp_fail(error, MLP_ERR_DATA, "E304", "the header holds zero bytes: this is no plain text%s",
                 n >= 2 && ((unsigned char)at[0] | (unsigned char)at[1] << 8) == 0xfeff ? " but UTF-16" : "");
        mlp_fix(error, "save the file as UTF-8, for example: iconv -f utf-16 -t utf-8 FILE > NEW");
        return csv_at(error, file, line, NULL);
    }
    if (!mlp_schema_utf8(at, n)) {
        mlp_fail(error, MLP_ERR_DATA, "E305", "the header is not valid UTF-8");
        mlp_fix(error, "save the file as UTF-8, for example: iconv -f latin1 -t utf-8 FILE > NEW");
        return csv_at(error, file, line, NULL);
    }
    struct csv_index x = {0};
    char *const copy = mlp_arena_alloc(arena, n + CSV_PAD + 1), *const scratch = mlp_arena_alloc(arena, n + 1);
    if (!copy || !scratch) return mlp_no_memory(error, n);
    memcpy(copy, at, n), copy[n] = '\n';
    if (!csv_scan_plain(&x, copy, n + 1, delimiter)) return csv_index_clear(&x), mlp_no_memory(error, n);
    struct mlp_str *const cell = mlp_arena_alloc(arena, (x.ends ? x.ends : 1) * sizeof *cell);
    mlp_status status = cell ? MLP_OK : mlp_no_memory(error, x.ends * sizeof *cell);
    for (size_t i = 0, from = 0; status == MLP_OK && i < x.ends; from = x.end[i++] + 1) {
        struct mlp_str name;
        if (!csv_cell(copy + from, x.end[i] - from, scratch, &name)) status = csv_after_quote(file, line, NULL, error);
        else {
            name = mlp_schema_trim(name.at, name.n);
            const char *const kept = mlp_arena_copy(arena, name.at, name.n);
            if (!kept) status = mlp_no_memory(error, name.n);
            cell[i] = (struct mlp_str){kept, name.n};
            if (memchr(name.at, '\r', name.n)) {
                mlp_fail(error, MLP_ERR_DATA, "E309", "the lines of this file end in a bare carriage return (old Mac format)");
                mlp_fix(error, "convert it, for example: tr '\\r' '\\n' < FILE > NEW");
                status = csv_at(error, file, line, NULL);
            }
        }
    }
    *cells = (uint32_t)x.ends, *out = cell;
    csv_index_clear(&x);
    return status;
}
