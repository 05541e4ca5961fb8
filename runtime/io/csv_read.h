/* csv_read.h: the machine that reads tables, block by block; shared by csv.c (options, headers, tables), csv_window.c (bytes to
 * chunks of whole rows) and csv_cells.c (chunks to columns); nobody else includes it.
 *
 * Two windows take turns: while the chunks of one are read into columns, the other is filled and scanned, by the same threads. A
 * chunk is read without regard to the others; merging them in their order makes codes, rows and errors those of one thread. */
#ifndef MLP_IO_CSV_READ_H
#define MLP_IO_CSV_READ_H
#include <pthread.h>
#include "runtime/io/csv.h"
#include "runtime/io/csv_scan.h"

enum { CSV_BLOCK = 256 * 1024, CSV_BLOCKS = 64, CSV_LONGEST_ROW = 64 << 20 };   /* blocks of a window at most */
#define CSV_FRESH 0x80000000u                               /* a code of the chunk's own spellings */

struct csv_sink {                                           /* a column that is being read */
    const struct mlp_column *column;
    uint32_t place;                                         /* cell of the file's rows; MLP_NONE: from file */
    enum { CSV_BY_RULES, CSV_OF_FILE, CSV_NUMBER, CSV_WHOLE, CSV_FLAG, CSV_RENAMED, CSV_SPELLING } way;   /* the short way, if no
                                                             * missing token looks like a value */
    bool blank;                                             /* an empty cell is a missing one */
    double lo, hi;                                          /* finite */
    size_t width;                                           /* bytes of an element */
    char *data;                                             /* (room) */
    uint64_t *valid;                                        /* bit per row; NULL: none is missing so far */
    struct mlp_dictionary *dictionary;
};
struct csv_chunk {                                          /* whole rows */
    const char *at; size_t n;
    struct csv_index index;                                 /* `scanned` bytes of it */
    size_t scanned, row, first;                             /* first row to be read and its first cell */
    uint64_t line;                                          /* of at[0] */
    size_t to, most, rows;                                  /* where its rows go, how many there may be, how many there are */
    struct mlp_bad_rows bad;
    struct csv_part { uint64_t *missing; struct mlp_dictionary fresh; } *part;   /* (sinks) bit per row; new spellings */
    struct mlp_arena arena;                                 /* of parts */
    mlp_status status; struct mlp_error error;
};
struct csv_window {
    char *at; size_t room, front, carry;                    /* carry: bytes in front of `front` that begin a row */
    size_t blocks, got[CSV_BLOCKS], n, chunks;              /* n: bytes behind front */
    uint64_t hash[CSV_BLOCKS][2];
    bool end;                                               /* of the file */
    struct csv_chunk *chunk;                                /* (CSV_BLOCKS) */
};
/* Short cells as they stand in the file and what they mean: for a bool 2 true and 1 false. */
struct csv_known { struct csv_met { uint64_t key[2]; uint32_t n, code; } *at; uint32_t n, room; };
struct csv_worker {
    char *scratch; size_t scratch_room;                     /* unquoted cells */
    char *text; size_t text_left;                           /* where texts are copied to */
    uint64_t *slow, *missing;                               /* (sinks) bit per row of a batch */
    uint32_t *list;                                         /* (sinks) those with slow cells */
    struct csv_known *known;                                /* (sinks) */
};
struct csv_reading {
    const struct mlp_source *source; struct mlp_table *table;   /* the table owns all that is not freed by csv_close */
    struct csv_sink *sink; uint32_t sinks;
    size_t rows, room;
    uint32_t *file; uint64_t *line;                         /* (room) */
    char delimiter, **missing; uint32_t n_missing; bool snake, refuse_others, headless, blocks;   /* blocks: rows leave again */
    struct mlp_pool *pool; struct csv_worker *worker; int workers;
    struct mlp_arena *words, *texts;                        /* dictionaries; texts, under the lock */
    pthread_mutex_t lock;
    const char *const *path; uint32_t paths, next_path;
    struct csv_feed *feed;                                  /* NULL: between files */
    const char *name, *base; uint32_t file_index, cells;    /* of the file that is read; its last name; cells of its header, 0: not met */
    struct csv_window window[2], *now; uint64_t offset;     /* offset: of the next block */
    const char *carry; size_t carried;                      /* of `now`: the row that goes on in the next window */
    size_t given;                                           /* rows that left */
    uint64_t at_line, bytes, seen; size_t rows_before, step;   /* bytes: about how many there are; seen: those read into rows;
                                                             * step: blocks of a window, longer for long rows */
};

/* csv_window.c: prepares the window that comes next; one task reads and scans a block of it (or, where the file must be read in
 * order, all of it); then its text is cut into chunks. */
mlp_status csv_window_prepare(struct csv_reading *, struct csv_window *, const char *carry, size_t n, struct mlp_error *) MLP_CHECKED;
size_t csv_window_tasks(const struct csv_reading *, const struct csv_window *);
void csv_window_fill(struct csv_reading *, struct csv_window *, size_t task);
mlp_status csv_window_cut(struct csv_reading *, struct csv_window *, const char **carry, size_t *n, struct mlp_error *) MLP_CHECKED;
void csv_window_clear(struct csv_window *);

/* csv_cells.c: rows of a chunk into the columns from row `to` on; what goes wrong is in the chunk. */
void csv_cells_read(struct csv_reading *, struct csv_chunk *, struct csv_worker *);
void csv_worker_forget(struct csv_worker *, uint32_t sinks);    /* codes have changed */
void csv_worker_clear(struct csv_worker *, uint32_t sinks);

/* csv_short.c: the short ways of a batch's column: a bit for each row that they do not know; *missing: one for each empty cell. */
enum { CSV_BATCH = 64, CSV_SHORT = 16 };                    /* rows at a time; bytes of a cell that is remembered */
struct csv_batch { const char *at; const uint32_t *end; size_t rows, to; uint32_t cells; uint64_t line[CSV_BATCH]; };
static inline size_t csv_start_of(const uint32_t *end) { return (uint32_t)(end[-1] + 1); }
uint64_t csv_floats(const struct csv_sink *, const struct csv_batch *, uint64_t *missing);
uint64_t csv_wholes(const struct csv_sink *, const struct csv_batch *, uint64_t *missing);
uint64_t csv_flags(const struct csv_sink *, const struct csv_batch *, const struct csv_known *);
uint64_t csv_spellings(const struct csv_sink *, const struct csv_batch *, struct csv_known *, uint64_t *missing);
uint32_t csv_known_code(const struct csv_known *, const char *at, size_t n);    /* 0: not met */
void csv_remember(struct csv_known *, const char *at, size_t n, uint32_t code);
#endif
