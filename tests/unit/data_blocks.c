/* data_blocks.c: reading by several threads and block by block gives what one thread gives: rows, codes, lines, skipped rows and
 * the first error; in bounded memory; and every allocation of it may fail. */
#define _GNU_SOURCE
#include <zlib.h>
#include "runtime/base/hash.h"
#include "runtime/io/csv_scan.h"
#include "tests/unit/data.h"

/* ---- injected failures: the n-th allocation fails ---- */
void *__libc_malloc(size_t), *__libc_calloc(size_t, size_t), *__libc_realloc(void *, size_t), *__libc_memalign(size_t, size_t);
#ifndef __SANITIZE_ADDRESS__
static long allocations, fail_at = -1;
static int fails(void) { return fail_at >= 0 && __atomic_fetch_add(&allocations, 1, __ATOMIC_RELAXED) == fail_at; }
void *malloc(size_t n) { return fails() ? NULL : __libc_malloc(n); }
void *calloc(size_t k, size_t n) { return fails() ? NULL : __libc_calloc(k, n); }
void *realloc(void *p, size_t n) { return fails() ? NULL : __libc_realloc(p, n); }
void *aligned_alloc(size_t align, size_t n) { return fails() ? NULL : __libc_memalign(align, n); }
#endif

static const char *const three[] = {"red", "green", "blue"};
static struct mlp_column columns[] = {ID("id"), NUMBER("x", .nullable = 1), CATEGORY("c", .set = {three, 3}), CATEGORY("free", .nullable = 1),
    FLAG("b"), TEXT("t", .nullable = 1), DATE("d", .nullable = 1), WHOLE("n")};

/* Rows of all kinds: long quoted texts with newlines in them, blank lines, bad rows, cells of every way. */
static size_t make(char *text, size_t rows, unsigned bad, uint64_t seed)
{
    size_t n = (size_t)sprintf(text, "\xef\xbb\xbfn,id,x,c,free,b,t,d\r\n");
    for (uint64_t i = 0; i < rows; i++) {
        const uint64_t h = mlp_random(seed, 1, i);
        if (h % 61 == 0) n += (size_t)sprintf(text + n, h & 64 ? "\r\n" : "  \n");
        n += (size_t)sprintf(text + n, "%d,k%lu,", (int)(h >> 3 & 1023), (unsigned long)(i * 7 % 5000 + (i > rows / 2 ? 9000 : 0)));
        if (h % 5) n += (size_t)sprintf(text + n, h % 7 ? "%.6g" : "%.17g", (double)(int64_t)h * 0x1p-60);
        n += (size_t)sprintf(text + n, h % 3 ? ",%s," : ",\"%s\",", three[h >> 20 & 1]);
        if (h % 4) n += (size_t)sprintf(text + n, h % 9 ? "f%u" : "\"f%u\"\"\"", (unsigned)(h >> 30 & 63));
        n += (size_t)sprintf(text + n, ",%s,", h & 1 << 17 ? "yes" : "No");
        if (h % 6 == 1) {
            text[n++] = '"';
            for (uint64_t k = 0; k < (h >> 40 & (i % 997 ? 63 : 65535)); k++) text[n++] = k % 13 == 5 ? '\n' : k % 29 == 7 ? ',' : (char)('a' + k % 26);
            text[n++] = '"';
        } else n += (size_t)sprintf(text + n, "plain %lu", (unsigned long)i);
        n += (size_t)sprintf(text + n, h % 10 ? ",20%02d-02-1%d" : ",", (int)(h >> 33 & 63) % 60, (int)(h >> 50 & 7));
        if (bad && h % bad == 0) n += (size_t)sprintf(text + n, ",one too many");
        n += (size_t)sprintf(text + n, h % 2 ? "\n" : "\r\n");
    }
    return n - (n & 1);                                     /* with or without the last newline */
}

/* Equal rows; `from`: row of a where b begins. Codes are compared where the dictionary is the same. */
static void same_rows(const struct mlp_table *a, size_t from, const struct mlp_table *b, int codes)
{
    assert_true(from + b->rows <= a->rows);
    assert_memory_equal(a->line + from, b->line, b->rows * sizeof *b->line);
    assert_memory_equal(a->file + from, b->file, b->rows * sizeof *b->file);
    for (uint32_t i = 0; i < a->source->columns.n; i++)
        for (size_t r = 0; r < b->rows; r++) {
            uint64_t one, two;
            const struct mlp_str x = mlp_table_bytes(a, i, from + r, &one), y = mlp_table_bytes(b, i, r, &two);
            if (x.n != y.n || memcmp(x.at, y.at, x.n) || mlp_is_valid(a->column[i].valid, from + r) != mlp_is_valid(b->column[i].valid, r))
                fail_msg("column %u, row %zu: %.*s, %.*s", i, from + r, (int)x.n, x.at, (int)y.n, y.at);
            if (codes && a->column[i].dictionary && ((uint32_t *)a->column[i].data)[from + r] != ((uint32_t *)b->column[i].data)[r])
                fail_msg("column %u, row %zu: code", i, from + r);
        }
}

static void test_threads(void **state)
{
    (void)state;
    struct mlp_source s = SOURCE(columns);
    char *const text = malloc(40 << 20);
    for (unsigned round = 0; round < 3; round++) {
        const size_t n = make(text, 60000 + 40000 * round, round ? 5000 : 0, round);
        s.bad_row = MLP_SKIP, s.bad_max = 0.5;
        const char *const path = write_file("t.csv", text, n), *const paths[] = {path, in_folder("t.csv.gz"), path};
        gzFile z = gzopen(paths[1], "wb1");
        assert_int_equal(gzwrite(z, text, (unsigned)n), n);
        gzclose(z);
        struct mlp_table one, many;
        OK(mlp_csv_read(&s, paths, 3, NULL, &one, error));
        assert_true(one.rows > 150000 && (one.bad.n > 0) == (round > 0));
        for (int threads = 2; threads <= 7; threads += 5) {
            struct mlp_pool *const pool = mlp_pool_new(threads);
            OK(mlp_csv_read(&s, paths, 3, pool, &many, error));
            assert_true(many.rows == one.rows && many.bad.n == one.bad.n && !memcmp(many.content, one.content, 16));
            same_rows(&one, 0, &many, 1);
            mlp_table_clear(&many);
            struct mlp_csv_blocks *blocks;
            const struct mlp_table *block;
            size_t from = 0;
            OK(mlp_csv_blocks_open(&s, paths, 3, threads == 2 ? NULL : pool, &blocks, error));
            for (;;) {
                OK(mlp_csv_blocks_next(blocks, &block, error));
                if (!block->rows) break;
                assert_true(block->rows == MLP_CHUNK || from + block->rows == one.rows);
                same_rows(&one, from, block, 0);
                from += block->rows;
            }
            assert_true(from == one.rows && block->bad.n == one.bad.n);
            mlp_csv_blocks_close(blocks);
            mlp_pool_free(pool);
        }
        mlp_table_clear(&one);
    }
    free(text);
}

/* The error of the first bad row, whatever the threads. */
static void test_first_error(void **state)
{
    (void)state;
    struct mlp_source s = SOURCE(columns);
    char *const text = malloc(20 << 20);
    struct mlp_pool *const pool = mlp_pool_new(3);
    for (uint64_t round = 0; round < 12; round++) {
        const size_t n = make(text, 30000, 1000 + (unsigned)round * 2500, round);
        const char *const path = write_file("e.csv", text, n);
        struct mlp_table t;
        struct mlp_error one = {0}, many = {0}, blocks = {0};
        assert_int_equal(mlp_csv_read(&s, &path, 1, NULL, &t, &one), MLP_ERR_DATA);
        assert_int_equal(mlp_csv_read(&s, &path, 1, pool, &t, &many), MLP_ERR_DATA);
        struct mlp_csv_blocks *b;
        const struct mlp_table *block;
        mlp_status status = MLP_OK;
        OK(mlp_csv_blocks_open(&s, &path, 1, pool, &b, error));
        do status = mlp_csv_blocks_next(b, &block, &blocks); while (status == MLP_OK && block->rows);
        mlp_csv_blocks_close(b);
        assert_true(one.line > 1 && !strcmp(one.code, "E306"));
        assert_memory_equal(&one, &many, sizeof one);
        assert_memory_equal(&one, &blocks, sizeof one);
    }
    mlp_pool_free(pool);
    free(text);
}

/* Ids without end: dictionaries begin anew, memory stays. */
static void test_many_spellings(void **state)
{
    (void)state;
    static struct mlp_column c[] = {ID("id"), CATEGORY("c"), TEXT("t")};
    struct mlp_source s = SOURCE(c);
    int fd[2];
    char path[64];
    assert_int_equal(pipe(fd), 0);
    enum { ROWS = 1000000 };
    if (!fork()) {
        close(fd[0]);
        FILE *const f = fdopen(fd[1], "w");
        fprintf(f, "c,id,t\n");
        for (int i = 0; i < ROWS; i++) fprintf(f, "c%d,k%d,text %d\n", i % 100, i, i);
        fclose(f);
        _exit(0);
    }
    close(fd[1]);
    snprintf(path, sizeof path, "/dev/fd/%d", fd[0]);
    const char *const paths[] = {path};
    struct mlp_csv_blocks *b;
    const struct mlp_table *block;
    size_t rows = 0;
    uint32_t most = 0;
    OK(mlp_csv_blocks_open(&s, paths, 1, NULL, &b, error));
    for (;;) {
        OK(mlp_csv_blocks_next(b, &block, error));
        if (!block->rows) break;
        if (block->column[0].dictionary->n > most) most = block->column[0].dictionary->n;
        for (size_t r = 0; r < block->rows; r++) {
            char want[3][32];
            uint64_t scratch;
            snprintf(want[0], 32, "k%zu", rows + r), snprintf(want[1], 32, "c%zu", (rows + r) % 100), snprintf(want[2], 32, "text %zu", rows + r);
            for (uint32_t i = 0; i < 3; i++) {
                const struct mlp_str is = mlp_table_bytes(block, i, r, &scratch);
                if (is.n != strlen(want[i]) || memcmp(is.at, want[i], is.n)) fail_msg("row %zu: %.*s, not %s", rows + r, (int)is.n, is.at, want[i]);
            }
        }
        rows += block->rows;
    }
    mlp_csv_blocks_close(b), close(fd[0]);
    assert_int_equal(rows, ROWS);
    assert_true(most < 4 * MLP_CHUNK);
    /* a bound of the schema holds while rows pass */
    c[0].max_distinct = 100000;
    char *const text = malloc(4 << 20);
    size_t n = (size_t)sprintf(text, "c,id,t\n");
    for (int i = 0; i < 200000; i++) n += (size_t)sprintf(text + n, "c,%d,\n", i);
    c[2].nullable = 1;
    const char *const file = write_file("many.csv", text, n);
    struct mlp_error e = {0};
    mlp_status status;
    OK(mlp_csv_blocks_open(&s, &file, 1, NULL, &b, error));
    do status = mlp_csv_blocks_next(b, &block, &e); while (status == MLP_OK && block->rows);
    mlp_csv_blocks_close(b);
    assert_int_equal(status, MLP_ERR_DATA);
    assert_string_equal(e.code, "E321");
    free(text);
}

static void test_no_memory(void **state)
{
    (void)state;
#ifndef __SANITIZE_ADDRESS__
    struct mlp_source s = SOURCE(columns);
    char *const text = malloc(8 << 20);
    const size_t n = make(text, 8000, 0, 5);
    const char *const path = write_file("m.csv", text, n);
    struct mlp_pool *const pool = mlp_pool_new(2);
    for (int blocks = 0; blocks < 3; blocks++) {            /* 2: blocks by one thread */
        int failed = 0, done = 0;
        for (long k = 0; k < 3000 && !done; k++) {
            struct mlp_table t;
            struct mlp_csv_blocks *b = NULL;
            const struct mlp_table *block;
            struct mlp_error e = {0};
            mlp_status status;
            allocations = 0, fail_at = k;
            if (!blocks) status = mlp_csv_read(&s, &path, 1, pool, &t, &e);
            else if ((status = mlp_csv_blocks_open(&s, &path, 1, blocks == 1 ? pool : NULL, &b, &e)) == MLP_OK)
                do status = mlp_csv_blocks_next(b, &block, &e); while (status == MLP_OK && block->rows);
            fail_at = -1;
            if (blocks) mlp_csv_blocks_close(b);
            done = status == MLP_OK && allocations <= k;
            if (status == MLP_OK && !blocks) mlp_table_clear(&t);
            if (status == MLP_OK) continue;                 /* a cache of known cells does without */
            assert_string_equal(e.code, "E399");
            failed++;
        }
        if (!done || failed < 20) fail_msg("%d failed", failed);
    }
    mlp_pool_free(pool);
    free(text);
#endif
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_threads), cmocka_unit_test(test_first_error),
        cmocka_unit_test(test_many_spellings), cmocka_unit_test(test_no_memory)};
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
