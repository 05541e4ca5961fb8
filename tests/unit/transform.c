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
#include "runtime/run/work.h"

/* named, so that the linker brings the room */
static mlp_status (*volatile room)(const struct ir_module *, const char *, struct mlp_buffer *, struct mlp_error *) = kernel_emit;
static struct driver driver;
static struct mlp_work work;
static struct mlp_result result;
static struct mlp_error error;
static const struct mlp_run_options options = {.spec_dir = "tests/numeric", .threads = 2, .dry = true};
#define OK(call) do { if ((call) != MLP_OK) fail_msg("%s", error.text); } while (0)

static int prepare(void **state)
{
    (void)state;
    assert_true(room != NULL);
    if (!driver_check(&driver, "tests/numeric/transform.mlp")) {
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
    FILE *file = fopen("tests/numeric/transform.txt", "r");
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

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(values_are_those_of_scikit_learn), cmocka_unit_test(codes_have_spellings)};
    return cmocka_run_group_tests(tests, prepare, finish);
}
