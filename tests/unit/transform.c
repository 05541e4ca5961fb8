/* transform.c: fitted transforms against scikit-learn (tests/numeric/transform.txt, made by transform.py there): compiled from the
 * spec beside it, fitted on the training part, applied to all rows. A category is compared by the place of its code. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "compiler/driver.h"
#include "runtime/base/letter.h"
#include "runtime/calls.h"
#include "runtime/fit/encoder.h"
#include "runtime/fit/grams.h"
#include "runtime/run/work.h"

/* named, so that the linker brings the room */
static mlp_status (*volatile room)(const struct ir_module *, const char *, struct mlp_buffer *, struct mlp_error *) = kernel_emit;
static struct driver driver;
static struct mlp_work work;
static struct mlp_result result;
static struct mlp_error error;
static const struct mlp_run_options options = {.spec_dir = "tests/numeric", .threads = 2, .dry = true};
#define OK(call) do { if ((call) != MLP_OK) fail_msg("%s", error.text); } while (0)

static int prepare(const char *spec)
{
    assert_true(room != NULL);
    if (!driver_check(&driver, spec)) {
        struct mlp_buffer text = {0};
        source_render(&driver.src, &text, 20, false);
        fail_msg("%s", text.at);
    }
    OK(driver_ready(&driver, &error));
    work = (struct mlp_work){.code = &driver.code, .program = driver.code.program, .o = &options, .result = &result};
    OK(mlp_work_read(&work, &error));
    OK(mlp_work_split(&work, &error));
    OK(mlp_work_fit(&work, &error));
    return 0;
}

static const char *reference;
static int prepare_classes(void **state) { return (void)state, reference = "tests/numeric/transform_classes.txt", prepare("tests/numeric/transform_classes.mlp"); }
static int prepare_columns(void **state) { return (void)state, reference = "tests/numeric/transform.txt", prepare("tests/numeric/transform.mlp"); }
static int prepare_lists(void **state) { return (void)state, prepare("tests/numeric/lists.mlp"); }
static int prepare_texts(void **state) { return (void)state, prepare("tests/numeric/tfidf.mlp"); }

static int finish(void **state)
{
    (void)state;
    mlp_work_clear(&work);
    mlp_result_clear(&result);
    driver_clear(&driver);
    return 0;
}

static uint32_t feature(const char *name)
{
    for (uint32_t i = 0; i < work.program->features.n; i++)
        if (!strcmp(work.program->features.at[i].id.name, name)) return i;
    fail_msg("no feature %s", name);
    return 0;
}

/* As a number: a code's place from 0, NaN where it is missing or was never seen. */
static double value(uint32_t f, size_t row)
{
    if (work.program->features.at[f].form == MLP_DENSE) return (double)((const float *)work.matrix.column[f])[row];
    const uint32_t code = ((const uint32_t *)work.matrix.column[f])[row];
    return code < 2 ? NAN : (double)code - 2;
}

static void values_are_those_of_scikit_learn(void **state)
{
    (void)state;
    FILE *file = fopen(reference, "r");
    assert_non_null(file);
    static char line[1 << 20];
    int features = 0;
    while (fgets(line, sizeof line, file)) {
        if (*line == '#') continue;
        char *at = strchr(line, ' ');
        *at++ = 0;
        const uint32_t f = feature(line);
        /* exponents that an optimiser found agree to about 1e-6 */
        const double tolerance = !strncmp(line, "power", 5) ? 2e-5 : 1e-6;
        const size_t rows = mlp_work_rows(&work);
        for (size_t r = 0; r < rows; r++) {
            const double want = strtod(at, &at), got = value(f, r);
            if (isinf(want)) continue;                      /* a training row, which is given what the other folds learnt */
            if (isnan(want) ? !isnan(got) : !(fabs(got - want) <= tolerance * fmax(1, fabs(want))))
                fail_msg("%s, row %zu: %.9g, and scikit-learn has %.17g", line, r, got, want);
        }
        features++;
    }
    fclose(file);
    assert_int_equal(features, work.program->features.n);
}

/* The values of an interval and of what is kept have names. */
static void codes_have_spellings(void **state)
{
    (void)state;
    const struct mlp_feature *const top = &work.program->features.at[feature("top3")], *const cut = &work.program->features.at[feature("fifths")];
    const struct mlp_cell *book = &work.fitted.state.cell[top->codebook];
    assert_int_equal(mlp_codebook_size(book), 6);
    assert_string_equal(mlp_codebook_spelling(book, 2).at, "otherBernOsloParis");
    book = &work.fitted.state.cell[cut->codebook];
    assert_int_equal(mlp_codebook_size(book), 7);
    assert_memory_equal(mlp_codebook_spelling(book, 2).at, "below ", 6);
    assert_memory_equal(mlp_codebook_spelling(book, 6).at, "from ", 5);
}

/* Terms, and every entry of every run. */
static void same_runs(FILE *file, const char *name, uint32_t terms, size_t entries)
{
    char line[512];
    const uint32_t f = feature(name);
    const struct mlp_cell *const book = &work.fitted.state.cell[work.program->features.at[f].codebook];
    const struct mlp_runs *const runs = work.matrix.column[f];
    assert_int_equal(work.matrix.codes[f], terms);
    for (uint32_t i = 0; i < terms; i++) {
        assert_non_null(fgets(line, sizeof line, file));
        line[strcspn(line, "\n")] = 0;
        const struct mlp_str is = mlp_codebook_spelling(book, 2 + i);
        if (is.n != strlen(line) || memcmp(is.at, line, is.n)) fail_msg("%s, term %u is \"%.*s\", not \"%s\"", name, i, (int)is.n, is.at, line);
    }
    assert_int_equal(runs->start[mlp_work_rows(&work)], entries);
    for (size_t r = 0; r < mlp_work_rows(&work); r++)
        for (uint64_t k = runs->start[r]; k < runs->start[r + 1]; k++) {
            unsigned long row, column;
            double want;
            assert_int_equal(fscanf(file, "%lu %lu %lf ", &row, &column, &want), 3);
            assert_int_equal(row, r), assert_int_equal(column, runs->index[k]);
            if (!(fabs((double)runs->value[k] - want) <= 1e-7)) fail_msg("%s, row %zu, column %lu: %.9g, not %.9g", name, r, column, (double)runs->value[k], want);
        }
}

/* The code of each row's pair, and how it is spelt. A pair that would be spelt as another one is has a `_` behind it. */
static void same_pairs(FILE *file, const char *name, uint32_t pairs)
{
    char line[512], text[512];
    const uint32_t f = feature(name);
    const struct mlp_cell *const book = &work.fitted.state.cell[work.program->features.at[f].codebook];
    assert_int_equal(mlp_codebook_size(book), pairs + 2);
    for (size_t r = 0; r < mlp_work_rows(&work); r++) {
        int want;
        const uint32_t code = ((const uint32_t *)work.matrix.column[f])[r];
        assert_non_null(fgets(line, sizeof line, file));
        if (!strcmp(line, "-\n")) { if (code) fail_msg("%s, row %zu: %u, not missing", name, r, code); continue; }
        assert_int_equal(sscanf(line, "%d %500[^\n]", &want, text), 2);
        if (want < 0) { assert_int_equal(code, 1); continue; }
        assert_int_equal(code, want + 2);
        const struct mlp_str is = mlp_codebook_spelling(book, code);
        const bool again = is.n == strlen(text) + 1 && is.at[is.n - 1] == '_';
        if (is.n - again != strlen(text) || memcmp(is.at, text, is.n - again)) fail_msg("%s, row %zu is \"%.*s\", not \"%s\"", name, r, (int)is.n, is.at, text);
    }
}

/* Every run of `wanted` features, then what a linear model says. */
static void runs_are_those_of(const char *path, int wanted)
{
    FILE *file = fopen(path, "r");
    char word[64], name[64];
    unsigned terms;
    size_t entries;
    int features = 0;
    assert_non_null(file);
    assert_int_equal(fscanf(file, "#%*[^\n] "), 0);
    for (; fscanf(file, "%63s", word) == 1 && !strcmp(word, "feature"); features++) {
        assert_int_equal(fscanf(file, "%63s %u %zu%*c", name, &terms, &entries), 3);
        same_runs(file, name, terms, entries);
    }
    assert_int_equal(features, wanted);
    OK(mlp_work_entrants(&work, &error));
    OK(mlp_work_train(&work, &error));
    for (size_t r = 0; r < mlp_work_rows(&work); r++) {
        double want;
        assert_int_equal(fscanf(file, "%lf", &want), 1);
        if (!(fabs(work.entrant[0].p[r] - want) <= 1e-6)) fail_msg("row %zu: %.9g, not %.9g", r, work.entrant[0].p[r], want);
    }
    while (fscanf(file, " cross %63s %u%*c", name, &terms) == 2) same_pairs(file, name, terms);
    fclose(file);
}

static void texts_are_those_of_scikit_learn(void **state) { (void)state, runs_are_those_of("tests/numeric/tfidf.txt", 4); }
static void lists_are_those_of_scikit_learn(void **state) { (void)state, runs_are_those_of("tests/numeric/lists.txt", 4); }

/* As it may come from a file. */
static void refuses_numbers(const char *name, double number, const char *why)
{
    const struct mlp_feature *const f = &work.program->features.at[feature(name)];
    struct mlp_cell cells[64];
    struct mlp_arena arena = {0};
    const void *opened;
    memcpy(cells, work.fitted.state.cell, work.fitted.state.n * sizeof *cells);
    const struct mlp_state state_of = {work.fitted.state.n, cells};
    OK(mlp_feature_encoder(&driver.code, &state_of, f, &arena, &opened, &error));
    cells[f->numbers] = (struct mlp_cell){&number, 1};
    assert_int_equal(mlp_feature_encoder(&driver.code, &state_of, f, &arena, &opened, &error), MLP_ERR_DATA);
    assert_non_null(strstr(error.text, why));
    mlp_arena_clear(&arena);
}
static void damaged_weights_are_refused(void **state) { (void)state, refuses_numbers("words", NAN, "differ in number"); }    /* fewer than terms */
static void a_damaged_rest_is_refused(void **state) { (void)state, refuses_numbers("often", 2, "which values of a list share a column"); }

/* One case for all: the word of a letter written twice is what `lower` makes of it, whatever the script. */
struct word { char text[16]; size_t n; };
static void keep_word(void *data, const char *at, size_t n) { struct word *w = data; w->n = n, memcpy(w->text, at, n < 16 ? n : 16); }
static void terms_fold_as_lower_does(void **state)
{
    (void)state;
    const struct grams g = {.words_from = 1, .words_to = 1};
    struct mlp_arena arena = {0};
    uint32_t folded = 0;
    for (uint32_t code = 'A'; code < 0x20000; code++) {
        if (code >= 0xd800 && code < 0xe000) continue;
        char text[8];
        size_t n = mlp_letter_write(text, code);
        memcpy(text + n, text, n), n *= 2;
        struct word word = {.n = 0};
        const struct mlp_str in = {text, n};
        struct mlp_str lower;
        grams_walk(&g, &in, &arena, keep_word, &word);
        mlp_call_lower(&arena, &lower, &in);
        if (word.n && (word.n != lower.n || memcmp(word.text, lower.at, lower.n))) fail_msg("U+%04X is another letter in a term", code);
        folded += word.n && (lower.n != n || memcmp(lower.at, text, n));
        mlp_arena_reset(&arena);
    }
    mlp_arena_clear(&arena);
    assert_true(folded > 1300);                             /* of Unicode's letters with cases */
}

int main(void)
{
    const struct CMUnitTest columns[] = {cmocka_unit_test(values_are_those_of_scikit_learn), cmocka_unit_test(codes_have_spellings)};
    const struct CMUnitTest classes[] = {cmocka_unit_test(values_are_those_of_scikit_learn)};
    const struct CMUnitTest texts[] = {cmocka_unit_test(texts_are_those_of_scikit_learn), cmocka_unit_test(damaged_weights_are_refused),
                                         cmocka_unit_test(terms_fold_as_lower_does)};
    const struct CMUnitTest lists[] = {cmocka_unit_test(lists_are_those_of_scikit_learn), cmocka_unit_test(a_damaged_rest_is_refused)};
    return cmocka_run_group_tests(columns, prepare_columns, finish) + cmocka_run_group_tests(classes, prepare_classes, finish)
         + cmocka_run_group_tests(texts, prepare_texts, finish) + cmocka_run_group_tests(lists, prepare_lists, finish);
}
