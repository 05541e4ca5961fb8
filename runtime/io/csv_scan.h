/* csv_scan.h: where cells and rows end in a piece of CSV; and the bytes of a file, plain or compressed, piece by piece.
 * What csv_window.c (tables) and csv_stream.c (rows for predict) share; nobody outside this room includes it.
 * Owns: a csv_index its arrays, a csv_feed its file and inflater; cleared by _clear and _close. */
#ifndef MLP_IO_CSV_SCAN_H
#define MLP_IO_CSV_SCAN_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "runtime/base/arena.h"
#include "runtime/base/status.h"
#include "runtime/program.h"

enum { CSV_PAD = 64 };                                      /* readable bytes behind the end of what is scanned */

/* A place of the byte machine. CSV_START: a cell begins (spaces before a quote belong to it); CSV_CLOSED: behind a quote that may
 * close or double. */
enum csv_state { CSV_START, CSV_PLAIN, CSV_QUOTED, CSV_CLOSED };
struct csv_index {
    uint32_t *end; size_t ends;                             /* places of delimiters and newlines outside quotes, ascending;
                                                             * end[-1] + 1 is 0 */
    uint32_t *row; size_t rows;                             /* index into `end` of each newline */
    size_t room;
    size_t quoted_newlines;                                 /* newlines within cells: lines must be counted */
    bool nul;                                               /* there is a zero byte somewhere */
    bool open;                                              /* the text ends within quotes */
    enum csv_state state;                                   /* where it ends */
};
/* at[0] begins a row. false: no memory. */
bool csv_scan(struct csv_index *, const char *at, size_t n, char delimiter);
/* The same, from where the last scan ended (from bytes behind at) to `to`. */
bool csv_scan_more(struct csv_index *, const char *at, size_t from, size_t to, char delimiter);
void csv_index_clear(struct csv_index *);
/* The plain reference of csv_scan, one byte at a time; tests compare the two. */
bool csv_scan_plain(struct csv_index *, const char *at, size_t n, char delimiter);

/* Unquotes one cell: a view into it where nothing is doubled, else a copy in *scratch (of the cell's length). Unquoted cells are as
 * they stand, without the CR of a line end. false: text behind the closing quote. */
bool csv_cell(const char *at, size_t n, char *scratch, struct mlp_str *);
/* A plain decimal number of at most 19 characters behind its sign; false: another one, or none (mlp_parse_number knows). Reads up
 * to CSV_PAD bytes behind at. */
bool csv_number(const char *at, size_t n, double *out);
/* The line (counted from `line` at at[0]) where the quote opened that at[0..n) leaves open, and its offset. */
uint64_t csv_open_quote(const char *at, size_t n, char delimiter, uint64_t line, size_t *offset);

/* A decoder of a compressed file (zstd.c), where it is linked in. */
struct csv_decoder {
    void *(*begin)(void);                                   /* NULL: no memory */
    bool (*decode)(void *, const void *from, size_t n, size_t *used, void *to, size_t room, size_t *got, bool *whole);
    void (*end)(void *);
};
extern const struct csv_decoder mlp_zstd __attribute__((weak));

struct csv_feed;
mlp_status csv_feed_open(const char *path, struct csv_feed **, struct mlp_error *);
uint64_t csv_feed_bytes(const struct csv_feed *);           /* about how much text there is in all, from what was read so far */
mlp_status csv_feed_read(struct csv_feed *, char *to, size_t room, size_t *got, struct mlp_error *);   /* got < room: the end */
/* A plain file may be read anywhere, by several threads, instead of in order. */
bool csv_feed_anywhere(const struct csv_feed *);
mlp_status csv_feed_read_at(const struct csv_feed *, uint64_t offset, char *to, size_t room, size_t *got, struct mlp_error *);
void csv_feed_close(struct csv_feed *);

/* An error with a place. */
mlp_status csv_at(struct mlp_error *, const char *file, uint64_t line, const char *column);

mlp_status csv_header(const char *file, uint64_t line, const char *at, size_t n, char delimiter, struct mlp_arena *,
                      /* n without its newline; names are trimmed copies in the arena */
                      struct mlp_str **cell, uint32_t *cells, struct mlp_error *);
/* E306: the row has `found` cells, the header `expected`. at..n: the row. */
mlp_status csv_ragged(const char *file, uint64_t line, uint32_t found, uint32_t expected, const char *at, size_t n, bool hide,
                      struct mlp_error *);
mlp_status csv_zero_byte(const char *file, uint64_t line, const char *column, struct mlp_error *);
mlp_status csv_after_quote(const char *file, uint64_t line, const char *column, struct mlp_error *);
mlp_status csv_unterminated(const char *file, uint64_t line, struct mlp_error *);
mlp_status csv_empty(const char *file, struct mlp_error *);
#endif
