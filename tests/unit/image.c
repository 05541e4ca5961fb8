/* image.c: programs to bytes and back; any damage is an error and never a crash. */
#include "program_common.h"

static struct mlp_arena arena;
static const struct mlp_program *program;
static struct mlp_buffer image;
static struct mlp_error error;

static int setup(void **state)
{
    (void)state;
    program = test_program(&arena);
    mlp_image_write(program, &image);
    return image.failed;
}
static int teardown(void **state) { return (void)state, mlp_arena_clear(&arena), mlp_buffer_clear(&image), 0; }

static void there_and_back(void **state)
{
    (void)state;
    const struct mlp_program *p;
    struct mlp_arena own = {0};
    struct mlp_buffer again = {0};
    OK(mlp_image_open(image.at, image.n, &own, &p, &error));
    assert_string_equal(p->name, "bought");
    assert_string_equal(p->sources.at[0].columns.at[1].unit, "EUR");
    assert_null(p->sources.at[0].columns.at[0].unit);
    assert_true(isinf(p->sources.at[0].columns.at[1].max_missing));
    assert_string_equal(p->cells.at[0].pinned.at[0], "Bern");
    assert_int_equal(p->kernels.at[0].slots.at[2], 2);
    assert_int_equal(p->goals.n, 5);
    assert_float_equal(p->goals.at[4].metric.args.at[1].num, 30, 0);
    mlp_image_write(p, &again);
    assert_int_equal(again.n, image.n);
    assert_memory_equal(again.at, image.at, image.n);
    mlp_buffer_clear(&again);
    mlp_arena_clear(&own);
}

static void it_may_stand_anywhere(void **state)
{
    (void)state;
    const struct mlp_program *p;
    for (size_t shift = 0; shift < 9; shift++) {
        struct mlp_arena own = {0};
        char *moved = malloc(image.n + shift);
        memcpy(moved + shift, image.at, image.n);
        OK(mlp_image_open(moved + shift, image.n, &own, &p, &error));
        memset(moved, 0xee, image.n + shift);               /* the program needs the bytes no longer */
        free(moved);
        assert_string_equal(p->models.at[1].id.name, "trees");
        mlp_arena_clear(&own);
    }
}

static void every_changed_byte_is_noticed(void **state)
{
    (void)state;
    const struct mlp_program *p;
    struct mlp_arena own = {0};
    for (size_t i = 0; i < image.n; i++) {
        for (int bit = 0; bit < 8; bit += 7) {
            image.at[i] ^= (char)(1 << bit);
            assert_int_equal(mlp_image_open(image.at, image.n, &own, &p, &error), MLP_ERR_DATA);
            image.at[i] ^= (char)(1 << bit);
        }
        mlp_arena_reset(&own);
    }
    mlp_arena_clear(&own);
}

/* Reads every byte of an opened program that the table knows of. */
static void use(const struct mlp_program *p)
{
    struct mlp_buffer out = {0};
    mlp_image_write(p, &out);
    assert_false(out.failed);
    mlp_buffer_clear(&out);
}

/* With a right checksum the structure itself must stand up to it: either it is refused, or the program is sound and can be
 * walked. */
static void a_forged_checksum_does_not_help(void **state)
{
    (void)state;
    static const unsigned char values[] = {0x00, 0x01, 0x7f, 0x80, 0xff};
    const struct mlp_program *p;
    struct mlp_arena own = {0};
    size_t opened = 0, refused = 0;
    char *copy = malloc(image.n);
    for (size_t i = 0; i < image.n; i++)
        for (size_t v = 0; v < sizeof values; v++) {
            memcpy(copy, image.at, image.n);
            copy[i] = (char)values[v];
            mlp_image_seal(copy, image.n);
            if (mlp_image_open(copy, image.n, &own, &p, &error) == MLP_OK) use(p), opened++;
            else assert_int_equal(error.status, MLP_ERR_DATA), refused++;
            mlp_arena_reset(&own);
        }
    free(copy);
    assert_true(opened > 1000 && refused > 1000);
    mlp_arena_clear(&own);
}

static void random_damage(void **state)
{
    (void)state;
    const struct mlp_program *p;
    struct mlp_arena own = {0};
    char *copy = malloc(image.n);
    for (uint64_t round = 0; round < 20000; round++) {
        memcpy(copy, image.at, image.n);
        for (uint64_t k = 0; k < 1 + round % 4; k++) {
            const uint64_t at = mlp_random(round, 1, k) % (image.n / 8) * 8, what = mlp_random(round, 2, k);
            const uint64_t word = what % 3 == 0 ? what >> 3 : what % 3 == 1 ? (what >> 3) % image.n : (what >> 3) % 16;
            if (at >= 16) memcpy(copy + at, &word, 8);
        }
        mlp_image_seal(copy, image.n);
        if (mlp_image_open(copy, image.n, &own, &p, &error) == MLP_OK) use(p);
        mlp_arena_reset(&own);
    }
    free(copy);
    mlp_arena_clear(&own);
}

static void every_length(void **state)
{
    (void)state;
    const struct mlp_program *p;
    struct mlp_arena own = {0};
    for (size_t n = 0; n < image.n; n++) {
        char *copy = malloc(n + 1);
        memcpy(copy, image.at, n);
        assert_int_equal(mlp_image_open(copy, n, &own, &p, &error), MLP_ERR_DATA);
        mlp_image_seal(copy, n);
        assert_int_equal(mlp_image_open(copy, n, &own, &p, &error), MLP_ERR_DATA);
        free(copy);
        mlp_arena_reset(&own);
    }
    mlp_arena_clear(&own);
}

static void nested_lists_end(void **state)
{
    (void)state;
    enum { DEPTH = 200 };
    static struct mlp_arg arg[DEPTH];
    struct mlp_program deep = *program;
    for (int i = 0; i < DEPTH; i++) {
        arg[i] = (struct mlp_arg){.kind = MLP_A_LIST};
        if (i + 1 < DEPTH) arg[i].items.at = &arg[i + 1], arg[i].items.n = 1;
    }
    deep.split.args.at = arg, deep.split.args.n = 1;
    struct mlp_buffer out = {0};
    const struct mlp_program *p;
    struct mlp_arena own = {0};
    mlp_image_write(&deep, &out);
    assert_int_equal(mlp_image_open(out.at, out.n, &own, &p, &error), MLP_ERR_DATA);
    assert_int_equal(mlp_image_check(&deep, &error), MLP_ERR_BUG);
    mlp_buffer_clear(&out);
    mlp_arena_clear(&own);
}

static void the_hash_sees_what_matters(void **state)
{
    (void)state;
    uint8_t a[16], b[16];
    struct mlp_program other = *program;
    OK(mlp_image_hash(program, "x + 1", 5, a, &error));
    other.spec = "a comment more", other.spec_path = "/elsewhere", memset(other.plan_hash, 1, 16);
    other.target.id.from = 99, other.target.id.doc = "what it is";
    OK(mlp_image_hash(&other, "x + 1", 5, b, &error));
    assert_memory_equal(a, b, 16);
    OK(mlp_image_hash(program, "x + 2", 5, b, &error));
    assert_true(memcmp(a, b, 16));
    other.decision.number = 0.6;
    OK(mlp_image_hash(&other, "x + 1", 5, b, &error));
    assert_true(memcmp(a, b, 16));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(there_and_back), cmocka_unit_test(it_may_stand_anywhere), cmocka_unit_test(every_changed_byte_is_noticed),
            cmocka_unit_test(a_forged_checksum_does_not_help),
        cmocka_unit_test(random_damage), cmocka_unit_test(every_length), cmocka_unit_test(nested_lists_end),
            cmocka_unit_test(the_hash_sees_what_matters)};
    return cmocka_run_group_tests(tests, setup, teardown);
}
