/* store.c: model files, run folders and lock files, whole and damaged. */
#include "program_common.h"
#include <sys/stat.h>
#include "runtime/base/json.h"
#include "runtime/run/saved.h"
#include "runtime/store/folder.h"
#include "runtime/store/lock.h"
#include "runtime/store/package.h"

static struct mlp_arena arena;
static struct mlp_code code;
static struct mlp_error error;
static struct mlp_file model;

static int setup(void **state)
{
    (void)state;
    struct mlp_result r;
    code = (struct mlp_code){test_program(&arena), test_entry, test_bind};
    test_folder();
    test_csv("people.csv", 800, 0);
    const struct mlp_run_options o = {.threads = 1, .out = "run"};
    OK(mlp_run(&code, &o, &r, &error));
    mlp_result_clear(&r);
    OK(mlp_file_open("run/model.safetensors", &model, &error));
    return 0;
}
static int teardown(void **state)
{
    (void)state;
    char path[256], command[300];
    mlp_file_close(&model), mlp_arena_clear(&arena);
    if (!getcwd(path, sizeof path) || strncmp(path, "/tmp/mlp-unit-", 14)) return 1;
    snprintf(command, sizeof command, "rm -rf '%s'", path);
    return system(command);
}

static mlp_status open_bytes(const void *bytes, size_t n)
{
    struct mlp_saved saved;
    const mlp_status status = mlp_saved_open(&saved, &code, bytes, n, "model.safetensors", &error);
    mlp_saved_clear(&saved);
    return status;
}

static void a_package_holds_all_types(void **state)
{
    (void)state;
    static const uint8_t u8[] = {1, 2, 3};
    static const uint32_t u32[] = {7, 8};
    static const double f64[] = {0.5, -1, 1e300, 4, 5, 6};
    static const float f32[] = {1.5f};
    static const int64_t i64[] = {INT64_MIN};
    struct mlp_tensor t[] = {{"small", MLP_DT_U8, 1, {3}, u8}, {"a \"name\"", MLP_DT_U32, 1, {2}, u32},
                             {"matrix", MLP_DT_F64, 2, {2, 3}, f64}, {"one", MLP_DT_F32, 0, {0}, f32},
                             {"least", MLP_DT_I64, 1, {1}, i64}, {"none", MLP_DT_I32, 2, {0, 5}, u8}};
    const struct mlp_meta meta[] = {{"winner", "trees"}, {"text", "line\nÜ"}};
    const struct mlp_package out = {{t, 6}, meta, 2};
    struct mlp_buffer b = {0};
    struct mlp_package in;
    struct mlp_arena own = {0};
    mlp_package_write(&out, &b);
    assert_int_equal((8 + *(const uint64_t *)(const void *)b.at) % 64, 0);
    OK(mlp_package_open(b.at, b.n, "x", &own, &in, &error));
    assert_int_equal(in.tensors.n, 6);
    assert_string_equal(mlp_package_meta(&in, "text"), "line\nÜ");
    for (int i = 0; i < 6; i++) {
        const struct mlp_tensor *found = mlp_package_find(&in, t[i].name);
        assert_non_null(found);
        assert_int_equal(found->dtype, t[i].dtype), assert_int_equal(found->rank, t[i].rank);
        assert_memory_equal(found->shape, t[i].shape, sizeof t[i].shape);
        assert_int_equal(mlp_package_bytes(found), mlp_package_bytes(&t[i]));
        assert_memory_equal(found->data, t[i].data, mlp_package_bytes(&t[i]));
    }
    mlp_buffer_clear(&b);
    mlp_arena_clear(&own);
}

static void of_another_version(void **state)
{
    (void)state;
    struct mlp_arena own = {0};
    struct mlp_package p;
    struct mlp_buffer b = {0};
    OK(mlp_package_open(model.bytes, model.n, "x", &own, &p, &error));
    struct mlp_meta *const meta = mlp_arena_alloc(&own, p.metas * sizeof *meta);
    uint32_t n = 0;
    for (uint32_t i = 0; i < p.metas; i++) {
        if (!strncmp(p.meta[i].key, "xxh128 ", 7) || !strcmp(p.meta[i].key, "checksum")) continue;
        meta[n] = p.meta[i];
        if (!strcmp(meta[n].key, "plan_hash")) meta[n].value = "0";
        if (!strcmp(meta[n].key, "tool")) meta[n].value = "mlp 0.0.9";
        n++;
    }
    p.meta = meta, p.metas = n;
    mlp_package_write(&p, &b);
    struct mlp_program *const own_program = (struct mlp_program *)(uintptr_t)code.program;
    const char *const tool = own_program->tool;
    own_program->tool = "mlp 0.1.0";
    assert_int_equal(open_bytes(b.at, b.n), MLP_ERR_DATA);
    assert_non_null(strstr(error.text, "was trained by mlp 0.0.9, and this is mlp 0.1.0"));
    own_program->tool = tool;
    mlp_buffer_clear(&b), mlp_arena_clear(&own);
}

static void the_model_opens(void **state)
{
    (void)state;
    OK(open_bytes(model.bytes, model.n));
    char *moved = malloc(model.n + 3);                      /* also where it is not aligned */
    memcpy(moved + 3, model.bytes, model.n);
    OK(open_bytes(moved + 3, model.n));
    free(moved);
}

static void every_length_is_refused(void **state)
{
    (void)state;
    for (size_t n = 0; n < model.n; n++) {
        char *copy = malloc(n + 1);
        memcpy(copy, model.bytes, n);
        assert_int_equal(open_bytes(copy, n), MLP_ERR_DATA);
        assert_non_null(strstr(error.text, "model.safetensors"));
        free(copy);
    }
    char *longer = calloc(1, model.n + 8);
    memcpy(longer, model.bytes, model.n);
    assert_int_equal(open_bytes(longer, model.n + 8), MLP_ERR_DATA);
    free(longer);
}

static void every_flipped_bit_is_noticed(void **state)
{
    (void)state;
    char *copy = malloc(model.n);
    memcpy(copy, model.bytes, model.n);
    for (size_t i = 0; i < model.n; i++) {
        const char bit = (char)(1 << (i % 8));
        copy[i] ^= bit;
        assert_int_equal(open_bytes(copy, model.n), MLP_ERR_DATA);
        copy[i] ^= bit;
    }
    free(copy);
}

/* A file whose checksums are right but whose parts are not what the program needs. */
static void a_forged_model_is_refused_or_sound(void **state)
{
    (void)state;
    struct mlp_arena own = {0};
    struct mlp_package p;
    OK(mlp_package_open(model.bytes, model.n, "x", &own, &p, &error));
    const uint32_t n = p.tensors.n;
    for (uint32_t i = 0; i < n; i++) {
        const struct mlp_tensor old = p.tensors.at[i];
        if (!strcmp(old.name, "program")) continue;
        for (int how = 0; how < 4; how++) {
            struct mlp_tensor *t = &p.tensors.at[i];
            *t = old;
            const size_t bytes = mlp_package_bytes(&old);
            char *data = malloc(bytes + 1);
            memcpy(data, old.data, bytes);
            t->data = data;
            if (how == 0) t->name = "else";
            else if (how == 1 && t->rank && t->shape[0]) t->shape[0]--;
            else if (how == 2) memset(data, 0xff, bytes);
            else memset(data, 0x01, bytes);
            struct mlp_buffer b = {0};
            mlp_package_write(&p, &b);
            const mlp_status status = open_bytes(b.at, b.n);
            if (how == 0) assert_int_equal(status, MLP_ERR_DATA);
            mlp_buffer_clear(&b);
            free(data);
        }
        p.tensors.at[i] = old;
    }
    mlp_arena_clear(&own);
}

static void another_plan_is_refused(void **state)
{
    (void)state;
    struct mlp_program other = *code.program;
    other.plan_hash[3] ^= 1;
    const struct mlp_code changed = {&other, test_entry, test_bind};
    struct mlp_saved saved;
    assert_int_equal(mlp_saved_open(&saved, &changed, model.bytes, model.n, "old model", &error), MLP_ERR_DATA);
    assert_non_null(strstr(error.text, "another spec"));
    mlp_saved_clear(&saved);
}

static void folders_count_up(void **state)
{
    (void)state;
    struct mlp_folder f;
    char newest[1100];
    mlp_folder_newest("deep/er/runs", "x", newest);
    assert_string_equal(newest, "");
    for (int i = 1; i <= 3; i++) {
        OK(mlp_folder_begin(&f, "deep/er/runs", "x", NULL, &error));
        OK(mlp_folder_put(&f, "a", "1", 1, &error));
        if (i == 2) {
            mlp_folder_abandon(&f);
            OK(mlp_folder_begin(&f, "deep/er/runs", "x", NULL, &error));
            assert_int_equal(mkdir("deep/er/runs/x-0002", 0777), 0);    /* somebody else takes the number meanwhile */
        }
        OK(mlp_folder_commit(&f, &error));
        mlp_folder_abandon(&f);
    }
    mlp_folder_newest("deep/er/runs", "x", newest);
    assert_string_equal(newest, "deep/er/runs/x-0004");
    assert_int_equal(mkdir("deep/er/runs/x-12", 0777), 0), assert_int_equal(mkdir("deep/er/runs/x-y-0009", 0777), 0);
    mlp_folder_newest("deep/er/runs", "x", newest);
    assert_string_equal(newest, "deep/er/runs/x-0004");
    assert_int_equal(mlp_folder_begin(&f, "deep/er/runs", "x", "run", &error), MLP_ERR_DATA);
    assert_non_null(strstr(error.text, "there already"));
    assert_int_equal(mlp_folder_begin(&f, "people.csv/runs", "x", NULL, &error), MLP_ERR_DATA);
}

static void locks(void **state)
{
    (void)state;
    struct mlp_lock l = {0}, back;
    int there;
    for (int i = 0; i < 100; i++)
        OK(mlp_lock_add(&l, &arena, mlp_arena_printf(&arena, "key %d", i), mlp_arena_printf(&arena, "\"%d\"\n", i), &error));
    struct mlp_buffer text = {0};
    OK(mlp_lock_text(&l, &text, &error));
    OK(mlp_file_replace("x.lock", text.at, text.n, &error));
    mlp_buffer_clear(&text);
    OK(mlp_lock_read("x.lock", &arena, &back, &there, &error));
    assert_true(there && back.n == 100);
    assert_string_equal(mlp_lock_get(&back, "key 99"), "\"99\"\n");
    assert_null(mlp_lock_get(&back, "key 100"));
    OK(mlp_lock_read("y.lock", &arena, &back, &there, &error));
    assert_false(there);
    OK(mlp_file_replace("z.lock", "{\"a\": ", 6, &error));
    assert_int_equal(mlp_lock_read("z.lock", &arena, &back, &there, &error), MLP_ERR_DATA);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_package_holds_all_types), cmocka_unit_test(of_another_version), cmocka_unit_test(the_model_opens), cmocka_unit_test(every_length_is_refused),
            cmocka_unit_test(every_flipped_bit_is_noticed),
        cmocka_unit_test(a_forged_model_is_refused_or_sound), cmocka_unit_test(another_plan_is_refused),
            cmocka_unit_test(folders_count_up), cmocka_unit_test(locks)};
    return cmocka_run_group_tests(tests, setup, teardown);
}
