/* program.c: the contract without a compiler: a program written by hand goes through read, split, fit, train, judge, save, load and
 * predict; and what a run says when the data are wrong. */
#include "program_common.h"
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <dirent.h>
#include "runtime/base/json.h"
#include "runtime/run/predictor.h"
#include "runtime/run/stream.h"
#include "runtime/store/folder.h"

static struct mlp_arena arena;
static struct mlp_code code;
static struct mlp_error error;

static int setup(void **state)
{
    (void)state;
    code = (struct mlp_code){test_program(&arena), test_entry, test_bind};
    test_folder();
    test_csv("people.csv", 3000, 0);
    return 0;
}
static int teardown(void **state)
{
    (void)state;
    mlp_arena_clear(&arena);
    char path[256], command[300];
    if (getcwd(path, sizeof path) && !strncmp(path, "/tmp/mlp-unit-", 14)) {
        snprintf(command, sizeof command, "rm -rf '%s'", path);
        return system(command);
    }
    return 0;
}

static int count_entries(const char *path, const char *prefix)
{
    int n = 0;
    DIR *dir = opendir(path);
    if (!dir) return 0;
    for (struct dirent *e; (e = readdir(dir));)
        n += strcmp(e->d_name, ".") && strcmp(e->d_name, "..") && !strncmp(e->d_name, prefix, strlen(prefix));
    closedir(dir);
    return n;
}

static void the_program_is_sound(void **state)
{
    (void)state;
    OK(mlp_image_check(code.program, &error));
}

static void a_whole_run(void **state)
{
    (void)state;
    struct mlp_result r;
    const struct mlp_run_options o = {.threads = 2, .lock = "bought.lock"};
    OK(mlp_run(&code, &o, &r, &error));
    assert_int_equal(r.rows, 3000);
    assert_int_equal(r.unlabelled, 29);
    assert_int_equal(r.part[0].rows + r.part[1].rows + r.part[2].rows, 2971);
    assert_int_equal(r.contenders, 5);
    assert_int_equal(r.winner, r.contender[0].chosen_by >= r.contender[1].chosen_by || !r.contender[1].eligible ? 0 : 1);
    assert_true(r.contender[r.winner].measure[0].value > 0.8);
    assert_true(r.contender[r.winner].measure[0].low < r.contender[r.winner].measure[0].value &&
                r.contender[r.winner].measure[0].value < r.contender[r.winner].measure[0].high);
    assert_float_equal(r.contender[2].measure[0].value, 0.5, 1e-12);
    assert_string_equal(r.folder, "runs/bought-0001");
    assert_true(r.met);
    assert_int_equal(r.verdicts, 5);
    assert_int_equal(r.verdict[2].slices, 4);
    assert_int_equal(r.reports, 3);
    struct mlp_buffer out = {0};
    mlp_result_text(&r, false, &out);
    assert_non_null(strstr(out.at, "✓ met"));
    assert_non_null(strstr(out.at, "(kept)"));
    if (getenv("SHOW")) fputs(out.at, stderr);
    out.n = 0;
    mlp_result_json(&r, &out);
    struct mlp_json *json;
    const char *why;
    assert_true(mlp_json_parse(out.at, out.n, &r.arena, &json, &why));
    assert_int_equal(mlp_json_get(json, "met")->kind, MLP_J_TRUE);
    if (getenv("SHOW")) fputs(out.at, stderr);
    mlp_buffer_clear(&out);
    mlp_result_clear(&r);
    for (int i = 0; i < 5; i++) {
        static const char *const file[] = {"model.safetensors", "metrics.json", "plan.json", "bought.mlp", "log.jsonl"};
        char path[100];
        snprintf(path, sizeof path, "runs/bought-0001/%s", file[i]);
        assert_int_equal(access(path, R_OK), 0);
    }
    assert_int_equal(count_entries("runs", ".tmp"), 0);
    assert_int_equal(access("bought.lock", R_OK), 0);
}

/* The same bytes whatever the threads; the number of the folder goes up. */
static void threads_do_not_matter(void **state)
{
    (void)state;
    struct mlp_file one, other;
    for (int t = 1; t <= 7; t += 6) {
        struct mlp_result r;
        const struct mlp_run_options o = {.threads = t, .lock = "bought.lock"};
        OK(mlp_run(&code, &o, &r, &error));
        assert_int_equal(r.changes, 0);
        mlp_result_clear(&r);
    }
    OK(mlp_file_open("runs/bought-0001/model.safetensors", &one, &error));
    for (int i = 2; i <= 3; i++) {
        char path[100];
        snprintf(path, sizeof path, "runs/bought-%04d/model.safetensors", i);
        OK(mlp_file_open(path, &other, &error));
        assert_int_equal(one.n, other.n);
        assert_memory_equal(one.bytes, other.bytes, one.n);
        mlp_file_close(&other);
    }
    mlp_file_close(&one);
}

static void the_kept_model_judges_the_same(void **state)
{
    (void)state;
    struct mlp_file file;
    struct mlp_saved saved;
    struct mlp_result r;
    OK(mlp_file_open("runs/bought-0001/model.safetensors", &file, &error));
    OK(mlp_saved_open(&saved, &code, file.bytes, file.n, "model", &error));
    const struct mlp_run_options o = {.threads = 1, .dry = true};
    const char *set[] = {"rich=70"};
    const struct mlp_run_options other = {.threads = 1, .dry = true, .set = set, .sets = 1};
    assert_int_equal(mlp_eval(&code, &saved, &other, &r, &error), MLP_ERR_SPEC);
    assert_non_null(strstr(error.text, "rich = 50"));
    mlp_result_clear(&r);
    OK(mlp_eval(&code, &saved, &o, &r, &error));
    assert_int_equal(r.part[2].rows, 2971);
    assert_true(r.contender[saved.model].measure[0].value > 0.8);
    assert_true(isnan(r.contender[1 - saved.model].measure[0].value));
    mlp_result_clear(&r);
    mlp_saved_clear(&saved);
    mlp_file_close(&file);
}

/* Row form, block form, typed columns and training's own matrix: one score, bit for bit. */
static void every_form_gives_the_same_bits(void **state)
{
    (void)state;
    enum { N = 200 };
    struct mlp_file file;
    struct mlp_saved saved;
    struct mlp_predictor p;
    struct mlp_scratch row, block;
    double by_row[N], by_block[N], by_column[N], again[N];
    OK(mlp_file_open("runs/bought-0001/model.safetensors", &file, &error));
    OK(mlp_saved_open(&saved, &code, file.bytes, file.n, "model", &error));
    OK(mlp_predictor_open(&p, &code, &saved, &error));
    OK(mlp_scratch_init(&row, &p, 1, &error));
    OK(mlp_scratch_init(&block, &p, 256, &error));
    assert_int_equal(p.inputs, 3);
    char income[N][32];
    static const char *const cities[] = {"Oslo", "Bern", "Paris, north", "Rome", "Atlantis"};
    double number[N + 8], senior[N + 8];
    uint32_t city[N + 8];
    uint64_t valid[N / 64 + 9] = {0};
    for (int i = 0; i < N; i++) {
        snprintf(income[i], sizeof income[i], i % 13 ? "%.15g" : "", 0.37 * i);
        const struct mlp_str cell[3] = {{income[i], strlen(income[i])}, {cities[i % 5], strlen(cities[i % 5])},
                                        {i % 2 ? "yes" : "0", i % 2 ? 3 : 1}};
        OK(mlp_predict_row(&p, &row, cell, &by_row[i], &error));
        OK(mlp_predict_set(&p, &block, (uint32_t)i, cell, &error));
        number[i] = i % 13 ? strtod(income[i], NULL) : NAN, senior[i] = i % 2;
        valid[i / 64] |= (uint64_t)(i % 13 != 0) << (i % 64);
        city[i] = 1;
        for (uint32_t c = 2; c < mlp_codebook_size(&saved.state.cell[0]); c++) {
            const struct mlp_str s = mlp_codebook_spelling(&saved.state.cell[0], c);
            if (s.n == strlen(cities[i % 5]) && !memcmp(s.at, cities[i % 5], s.n)) city[i] = c;
        }
        assert_true(i % 5 == 4 ? city[i] == 1 : city[i] >= 2);
    }
    OK(mlp_predict_run(&p, &block, N, by_block, &error));
    const struct mlp_in in[3] = {{number, valid}, {city, NULL}, {senior, NULL}};
    OK(mlp_predict_columns(&p, &block, in, N, by_column, &error));
    OK(mlp_predict_columns(&p, &row, in, N, again, &error));
    assert_memory_equal(by_row, by_block, sizeof by_row);
    assert_memory_equal(by_row, by_column, sizeof by_row);
    assert_memory_equal(by_row, again, sizeof by_row);
    assert_true(by_row[1] > 0 && by_row[1] < 1 && by_row[1] != by_row[2]);

    const struct mlp_str missing[3] = {{"", 0}, {"", 0}, {"", 0}}, wrong[3] = {{"-4", 2}, {"Oslo", 4}, {"yes", 3}},
        word[3] = {{"a lot", 5}, {"Oslo", 4}, {"yes", 3}};
    const struct mlp_str absent[3] = {{NULL, 0}, {"Oslo", 4}, {NULL, 0}};
    assert_int_equal(mlp_predict_row(&p, &row, missing, by_row, &error), MLP_ERR_DATA);
    assert_int_equal(mlp_predict_row(&p, &row, wrong, by_row, &error), MLP_ERR_DATA);
    assert_non_null(strstr(error.text, "0..10000"));
    assert_int_equal(mlp_predict_row(&p, &row, word, by_row, &error), MLP_ERR_DATA);
    assert_int_equal(mlp_predict_row(&p, &row, absent, by_row, &error), MLP_ERR_DATA);
    assert_non_null(strstr(error.text, "senior"));
    mlp_scratch_clear(&row), mlp_scratch_clear(&block);
    mlp_predictor_clear(&p), mlp_saved_clear(&saved), mlp_file_close(&file);
}

/* ---- streams ---- */

static int collect(void *data, const char *bytes, size_t n) { return mlp_buffer_add(data, bytes, n), 1; }

static mlp_status stream(const char *text, uint8_t format, struct mlp_buffer *out, struct mlp_stream_count *count)
{
    struct mlp_file file;
    struct mlp_saved saved;
    struct mlp_predictor p;
    int fd[2];
    OK(mlp_file_open("runs/bought-0001/model.safetensors", &file, &error));
    OK(mlp_saved_open(&saved, &code, file.bytes, file.n, "model", &error));
    OK(mlp_predictor_open(&p, &code, &saved, &error));
    assert_int_equal(pipe(fd), 0);
    const pid_t child = fork();
    if (!child) {
        for (size_t n = strlen(text), done = 0; done < n;) {
            const ssize_t w = write(fd[1], text + done, n - done);
            if (w <= 0) break;
            done += (size_t)w;
        }
        _exit(0);
    }
    close(fd[1]);
    const struct mlp_stream_options o = {.fd = fd[0], .name = "rows", .format = format, .put = collect, .data = out};
    const mlp_status status = mlp_stream_predict(&p, &o, count, &error);
    close(fd[0]);
    waitpid(child, NULL, 0);
    mlp_buffer_add(out, "", 1);
    mlp_predictor_clear(&p), mlp_saved_clear(&saved), mlp_file_close(&file);
    return status;
}

static void streams(void **state)
{
    (void)state;
    struct mlp_buffer csv = {0}, json = {0};
    struct mlp_stream_count count;
    /* another order, a column too many, an unseen city, a bad number, a ragged row */
    OK(stream("extra,senior,income,id,city\nx,no,55.5,a,Oslo\nx,yes,,\"b, c\",Atlantis\nx,no,-3,d,Oslo\nx,no\nx,1,7e1,e,Rome",
              MLP_FORMAT_SAME, &csv, &count));
    assert_int_equal(count.rows, 5), assert_int_equal(count.bad, 2);
    char line[5][400] = {{0}};
    assert_int_equal(sscanf(csv.at, "%*[^\n]\n%399[^\n]\n%399[^\n]\n%399[^\n]\n%399[^\n]\n%399[^\n]", line[0], line[1], line[2],
                            line[3], line[4]), 5);
    assert_memory_equal(csv.at, "id,prediction,score,error\n", 26);
    assert_memory_equal(line[0], "a,", 2), assert_memory_equal(line[1], "\"b, c\",", 7), assert_memory_equal(line[2], "d,,,", 4),
        assert_memory_equal(line[3], ",,,", 3), assert_memory_equal(line[4], "e,true,", 7);
    assert_non_null(strstr(line[2], "0..10000"));
    OK(stream("\n {\"id\": \"a\", \"senior\": false, \"income\": 55.5, \"city\": \"Os\\u006co\"}\n"
              "{\"id\": 7, \"income\": null, \"city\": \"Atlantis\", \"senior\": true}\n{\"id\": \"d\"}\n[1]\n",
              MLP_FORMAT_SAME, &json, &count));
    assert_int_equal(count.rows, 4), assert_int_equal(count.bad, 2);
    const char *score = strstr(json.at, "\"score\":");
    assert_memory_equal(json.at, "{\"id\":\"a\",\"prediction\":", 23);
    assert_non_null(score);
    char want[64];
    snprintf(want, sizeof want, ",%.*s,", (int)strcspn(score + 8, "}"), score + 8);
    assert_non_null(strstr(line[0], want));                 /* the same score from both formats */
    assert_non_null(strstr(json.at, "{\"id\":7,\"prediction\":"));
    mlp_buffer_clear(&csv), mlp_buffer_clear(&json);
    assert_int_equal(stream("id,city,income\n", MLP_FORMAT_SAME, &csv, &count), MLP_ERR_DATA);
    assert_non_null(strstr(error.text, "senior"));
    mlp_buffer_clear(&csv);
    assert_int_equal(stream("", MLP_FORMAT_SAME, &csv, &count), MLP_ERR_DATA);
    mlp_buffer_clear(&csv);
}

/* ---- what may be wrong ---- */

static void refused(struct mlp_run_options o, mlp_status status, const char *says)
{
    struct mlp_result r;
    o.threads = 1, o.dry = true;
    assert_int_equal(mlp_run(&code, &o, &r, &error), status);
    if (!strstr(error.text, says)) fail_msg("says \"%s\" and not \"%s\"", error.text, says);
    mlp_result_clear(&r);
}

static void wrong_data_is_refused(void **state)
{
    (void)state;
    test_csv("constant.csv", 300, 1), test_csv("none.csv", 300, 2), test_csv("single.csv", 300, 3);
    refused((struct mlp_run_options){.data = "constant.csv"}, MLP_ERR_DATA, "the target `bought` is constant");
    refused((struct mlp_run_options){.data = "single.csv"}, MLP_ERR_DATA, "one class in the ");
    refused((struct mlp_run_options){.data = "none.csv"}, MLP_ERR_DATA, "bought");
    refused((struct mlp_run_options){.data = "nowhere.csv"}, MLP_ERR_DATA, "nowhere.csv");
}

static void params_are_checked(void **state)
{
    (void)state;
    const char *unknown[] = {"ritch=3"}, *range[] = {"rich=-1"}, *word[] = {"rich=lots"}, *path[] = {"data=gone.csv"},
        *bare[] = {"rich"};
    refused((struct mlp_run_options){.set = unknown, .sets = 1}, MLP_ERR_SPEC, "no param `ritch`");
    assert_non_null(strstr(error.fix, "rich"));
    refused((struct mlp_run_options){.set = range, .sets = 1}, MLP_ERR_SPEC, "must be a number in 0..1000");
    refused((struct mlp_run_options){.set = word, .sets = 1}, MLP_ERR_SPEC, "must be a number");
    refused((struct mlp_run_options){.set = path, .sets = 1}, MLP_ERR_DATA, "gone.csv");
    refused((struct mlp_run_options){.set = bare, .sets = 1}, MLP_ERR_SPEC, "NAME=VALUE");
    setenv("MLP_DATA", "from_environment.csv", 1);
    refused((struct mlp_run_options){0}, MLP_ERR_DATA, "from_environment.csv");
    unsetenv("MLP_DATA");
}

static void the_lock_notices(void **state)
{
    (void)state;
    struct mlp_result r;
    struct mlp_run_options o = {.threads = 1, .lock = "bought.lock", .locked = true, .dry = true};
    OK(mlp_run(&code, &o, &r, &error));
    mlp_result_clear(&r);
    test_csv("other.csv", 2000, 0);
    o.data = "other.csv";
    assert_int_equal(mlp_run(&code, &o, &r, &error), MLP_ERR_DATA);
    assert_non_null(strstr(error.text, "3000 rows"));
    mlp_result_clear(&r);
    o.locked = false;
    OK(mlp_run(&code, &o, &r, &error));
    assert_int_equal(r.changes, 1);
    mlp_result_clear(&r);
    o.locked = true, o.lock = "no.lock";
    assert_int_equal(mlp_run(&code, &o, &r, &error), MLP_ERR_DATA);
    mlp_result_clear(&r);
}

/* Disk full, as a limit on file size: nothing half is left, and the message names the file. */
static void a_full_disk_leaves_nothing(void **state)
{
    (void)state;
    const int before = count_entries("runs", "bought");
    struct rlimit old, small = {2000, 2000};
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
    small.rlim_max = old.rlim_max;
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    struct mlp_result r;
    const struct mlp_run_options o = {.threads = 1};
    const mlp_status status = mlp_run(&code, &o, &r, &error);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
    assert_int_equal(status, MLP_ERR_DATA);
    assert_non_null(strstr(error.text, "model.safetensors"));
    assert_non_null(strstr(error.fix, "room"));
    assert_null(r.folder);
    mlp_result_clear(&r);
    assert_int_equal(count_entries("runs", "bought"), before), assert_int_equal(count_entries("runs", ".tmp"), 0);
}

static void on_step(void *data, const char *what) { if (!strcmp(what, data)) raise(SIGKILL); }

/* A run that is killed leaves no folder that counts, and the next one sweeps up. */
static void a_killed_run_leaves_nothing(void **state)
{
    (void)state;
    const int before = count_entries("runs", "bought");
    const pid_t child = fork();
    if (!child) {
        struct mlp_folder f;
        if (mlp_folder_begin(&f, "runs", "bought", NULL, &error) != MLP_OK ||
            mlp_folder_put(&f, "model.safetensors", "half", 4, &error) != MLP_OK) _exit(9);
        struct mlp_result r;
        const struct mlp_run_options o = {.threads = 1, .watch = {.step = on_step, .data = "train scores"}};
        _exit(mlp_run(&code, &o, &r, &error) == MLP_OK ? 0 : 1);
    }
    int status;
    waitpid(child, &status, 0);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(count_entries("runs", "bought"), before), assert_int_equal(count_entries("runs", ".tmp"), 1);
    struct mlp_result r;
    volatile int stop = 1;
    struct mlp_run_options o = {.threads = 1};
    o.watch.stop = &stop;
    assert_int_equal(mlp_run(&code, &o, &r, &error), MLP_ERR_INTERRUPTED);
    mlp_result_clear(&r);
    stop = 0;
    OK(mlp_run(&code, &o, &r, &error));
    mlp_result_clear(&r);
    assert_int_equal(count_entries("runs", "bought"), before + 1), assert_int_equal(count_entries("runs", ".tmp"), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_program_is_sound), cmocka_unit_test(a_whole_run), cmocka_unit_test(threads_do_not_matter),
            cmocka_unit_test(the_kept_model_judges_the_same),
        cmocka_unit_test(every_form_gives_the_same_bits), cmocka_unit_test(streams), cmocka_unit_test(wrong_data_is_refused),
            cmocka_unit_test(params_are_checked),
        cmocka_unit_test(the_lock_notices), cmocka_unit_test(a_full_disk_leaves_nothing),
            cmocka_unit_test(a_killed_run_leaves_nothing)};
    return cmocka_run_group_tests(tests, setup, teardown);
}
