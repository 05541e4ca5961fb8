/* memory.c: allocation n fails, for n = 1, 2, … over the whole life of a run (reading, training, keeping) and of a prediction, alone or
 * with all that follow. Whatever fails: an error that says so, or the very same result; never a crash, and what was there before (an
 * older run, the lock) stays whole. The linker hands all allocations of mlp's own code to the functions below (--wrap, see Makefile).
 * A few numbers are tried, and fewer with each probe of tests/run/probes; MLP_MEMORY=all tries every one. */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>
#include "compiler/command/command.h"
#include "compiler/kernel/kernel.h"

/* ---- allocations ---- */

static _Atomic long made;
static long from = -1, upto = -1;                           /* these fail */

static bool refused(void)
{
    const long n = ++made;
    if (from < 0 || n < from || n > upto) return false;
    errno = ENOMEM;
    return true;
}

void *__real_malloc(size_t);
void *__real_calloc(size_t, size_t);
void *__real_realloc(void *, size_t);
void *__real_aligned_alloc(size_t, size_t);
void *__real_mmap(void *, size_t, int, int, int, off_t);
void *__wrap_malloc(size_t);
void *__wrap_calloc(size_t, size_t);
void *__wrap_realloc(void *, size_t);
void *__wrap_aligned_alloc(size_t, size_t);
void *__wrap_mmap(void *, size_t, int, int, int, off_t);
void *__wrap_malloc(size_t n) { return refused() ? NULL : __real_malloc(n); }
void *__wrap_calloc(size_t n, size_t m) { return refused() ? NULL : __real_calloc(n, m); }
void *__wrap_realloc(void *p, size_t n) { return refused() ? NULL : __real_realloc(p, n); }
void *__wrap_aligned_alloc(size_t to, size_t n) { return refused() ? NULL : __real_aligned_alloc(to, n); }
void *__wrap_mmap(void *at, size_t n, int prot, int flags, int fd, off_t offset)
{
    return refused() ? MAP_FAILED : __real_mmap(at, n, prot, flags, fd, offset);
}

/* ---- files ---- */

static char *read_all(const char *path, size_t *n)
{
    FILE *f = fopen(path, "rb");
    *n = 0;
    if (!f) return NULL;
    char *bytes = __real_malloc(1 << 20);
    *n = fread(bytes, 1, 1 << 20, f);
    bytes[*n < 1 << 20 ? *n : (1 << 20) - 1] = 0;
    fclose(f);
    return bytes;
}

static bool equal(const char *path, const char *other)
{
    size_t n, m;
    char *a = read_all(path, &n), *b = read_all(other, &m);
    const bool same = a && b && n == m && !memcmp(a, b, n);
    free(a), free(b);
    return same;
}

static void shell(const char *format, ...)
{
    char command[1000];
    va_list args;
    va_start(args, format);
    vsnprintf(command, sizeof command, format, args);
    va_end(args);
    assert_int_equal(system(command), 0);
}

static void write_text(const char *path, const char *text)
{
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fputs(text, f);
    fclose(f);
}

static void write_rows(void)
{
    static const char *const words[] = {"late again", "fine", "slow and late", "thank you"};
    FILE *rows = fopen("t.csv", "w"), *calls = fopen("calls.csv", "w");
    uint32_t draw = 7;
    fputs("id,day,age,plan,spend,notes,left\n", rows), fputs("id,at,minutes\n", calls);
    FILE *lines = fopen("t.jsonl", "w");
    for (int i = 0; i < 400; i++) {
        draw = draw * 1664525 + 1013904223;
        const int age = (int)(draw >> 8 & 63), left = (int)(draw >> 16 & 63) < age;
        fprintf(rows, "r%d,2024-%02d-%02d,%d,%s,%s%d,%s,%s\n", i, i / 34 + 1, i % 28 + 1, age, draw >> 24 & 1 ? "basic" : "gold",
                draw >> 25 & 7 ? "" : "-", age * 3, words[draw >> 28 & 3], left ? "yes" : "no");
        if (i < 90) fprintf(lines, "{\"id\":\"r%d\",\"day\":\"2024-05-01\",\"age\":%d,\"plan\":\"gold\",\"spend\":null,\"notes\":\"%s\"}\n", i, age, words[draw >> 28 & 3]);
        fprintf(calls, "r%d,2024-%02d-%02d,%d\n", i / 2, i / 34 + 1, i % 7 + 1, age / 2);
    }
    fclose(rows), fclose(calls), fclose(lines);
}

/* ---- a command in a process of its own ---- */

struct went { int code, signal; char said[4000]; };

static struct went command(char *const *argv, const char *out, long first, long last)
{
    struct went w = {0};
    const pid_t child = fork();
    if (!child) {
        const int to = open(out, O_WRONLY | O_CREAT | O_TRUNC, 0666), err = open("said", O_WRONLY | O_CREAT | O_TRUNC, 0666);
        char *args[8] = {0};
        int n = 0;
        for (; argv[n]; n++) args[n] = argv[n];
        dup2(to, 1), dup2(err, 2);
        for (int sig = 1; sig < 32; sig++) signal(sig, SIG_DFL);     /* cmocka catches faults: it would go on with its teardown */
        atomic_store(&made, 0);
        from = first, upto = last;
        const int code = command_run(n, args);
        fflush(stdout);
        if (first < 0) {                                    /* how many there are */
            FILE *f = fopen("made", "w");
            fprintf(f, "%ld", (long)made);
            fclose(f);
        }
        _exit(code);
    }
    int status = 0;
    waitpid(child, &status, 0);
    w.code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    w.signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
    size_t n;
    char *said = read_all("said", &n);
    snprintf(w.said, sizeof w.said, "%s", said ? said : "");
    free(said);
    return w;
}

static long allocations(void)
{
    size_t n;
    char *text = read_all("made", &n);
    const long all = text ? atol(text) : 0;
    free(text);
    return all;
}

/* ---- a pipeline, whose spec stands in this folder ---- */

static const char *name;
static int tries;                                           /* of a command, about; 0: all */
static const char *run_file(int number, const char *file)
{
    static char path[2][300];
    static int turn;
    turn = !turn;
    snprintf(path[turn], sizeof path[turn], "runs/%s-%04d/%s", name, number, file);
    return path[turn];
}

/* Each allocation of the command fails; `judge` looks at what is left. */
static void try_all(char *const *argv, const char *out, const char *(*judge)(const struct went *))
{
    assert_int_equal(command(argv, out, -1, -1).code, 0);
    shell("rm -rf runs/%s-0002", name);
    const long all = allocations(), step = tries ? 1 + all / tries : 1;
    int wrong = 0;
    assert_true(all > 100);
    for (int rest = 0; rest < 2; rest++)                    /* it alone, and all that follow too */
        for (long i = 1 + (rest ? step / 2 : 0); i <= all; i += step) {
            const struct went w = command(argv, out, i, rest ? all * 10 : i);
            const char *bad = w.signal ? strsignal(w.signal) : NULL;
            if (!bad && w.code != 0 && w.code != 3) bad = "exit code";
            if (!bad && w.code && !strstr(w.said, "memory")) bad = "says nothing of memory";
            if (!bad && strstr(w.said, "a bug in mlp")) bad = "called a bug";
            if (!bad) bad = judge(&w);
            if (bad && wrong++ < 20)
                print_error("%s %s: allocation %ld of %ld%s: %s (exit %d): %s\n", argv[0], argv[1], i, all, rest ? " and all that follow" : "", bad, w.code, w.said);
        }
    assert_int_equal(wrong, 0);
}

static const char *judge_run(const struct went *w)
{
    const char *bad = NULL;
    int runs = 0, other = 0;
    DIR *dir = opendir("runs");
    for (struct dirent *e; dir && (e = readdir(dir));) {
        if (e->d_name[0] != '.') runs++;
        else if (strcmp(e->d_name, ".") && strcmp(e->d_name, "..")) other++;
    }
    if (dir) closedir(dir);
    if (other) bad = "something half is left";
    else if (!equal(run_file(1, "model.safetensors"), "good.model")) bad = "the older run is not what it was";
    else if (!equal("now.lock", "good.lock")) bad = "the lock is not what it was";
    else if (w->code && runs != 1 && !strstr(w->said, "the run is kept in runs/")) bad = "a failed run is kept";
    else if ((!w->code || runs > 1) && (runs != 2 || !equal(run_file(2, "model.safetensors"), "good.model"))) bad = "another model";
    if (runs > 1) shell("rm -r runs/%s-0002", name);
    if (other) shell("rm -rf runs/.tmp*");
    if (bad) shell("cp good.lock %s.lock", name);
    return bad;
}

static void try_run(char *spec, char *threads)
{
    char *const argv[] = {"run", spec, "--threads", threads, "--quiet", NULL};
    shell("rm -rf runs; ln -sf %s.lock now.lock", name);
    for (int i = 0; i < 2; i++) {                           /* the second finds a lock */
        const struct went w = command(argv, "out", 0, 0);
        if (w.code > 1) fail_msg("%s: %s", name, w.said);
    }
    shell("rm -r runs/%s-0002; cp runs/%s-0001/model.safetensors good.model; cp %s.lock good.lock", name, name, name);
    try_all(argv, "out", judge_run);
}

static const char *judge_rows(const struct went *w) { return w->code || equal("rows", "good.rows") ? NULL : "other rows"; }

static void try_rows(char *spec, char *rows)
{
    char *const argv[] = {"predict", spec, rows, "--threads", "1", "--quiet", NULL};
    const struct went w = command(argv, "good.rows", 0, 0);
    if (w.code) fail_msg("%s: %s", name, w.said);
    try_all(argv, "rows", judge_rows);
}

/* ---- tests ---- */

static char root[1000];
static bool every;

static int setup(void **state)
{
    (void)state;
    char folder[] = "/tmp/mlp-memory-XXXXXX";
    if (!mkdtemp(folder) || chdir(folder)) return 1;
    setenv("XDG_CACHE_HOME", folder, 1);
    assert_non_null((void *)(uintptr_t)kernel_emit);        /* linked in, so that mlp need not look for it */
    write_text("t.mlp",
               "pipeline t\ngoal { predict left, maximize roc_auc, require roc_auc >= 0.1 per plan, threshold: max(f1) }\n"
               "source rows = csv(\"t.csv\") {\n  id: id @key\n  day: date @time\n  age: int in 0..120\n  plan: category in {\"basic\", \"gold\"}\n"
               "  spend: float [EUR]?\n  notes: text\n  left: bool @outcome\n}\n"
               "source calls = csv(\"calls.csv\") {\n  id: id -> rows\n  at: date @time\n  minutes: float\n}\n"
               "split by_time(train: 60%, validation: 20%, test: 20%)\n"
               "features { age, plan, spend |> impute(median) |> standardize, calls_30d = count(calls, last: 30d), late = matches(notes, \"la.e\"), words = lower(notes) |> tfidf(words: 50) }\n"
               "baseline majority\nmodel scores = linear(l2: 0.01)\nmodel trees = boosted_trees(trees: 5, leaves: 4)\n"
               "metrics { log_loss, accuracy }\n");
    write_rows();
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    char path[256], text[300];
    if (!getcwd(path, sizeof path) || strncmp(path, "/tmp/mlp-memory-", 16)) return 1;
    snprintf(text, sizeof text, "rm -rf '%s'", path);
    return system(text);
}

static void a_run(void **state)
{
    (void)state;
    tries = every ? 0 : 97, name = "t";
    try_run("t.mlp", "1"), try_run("t.mlp", "2");
}

static void a_prediction(void **state)
{
    (void)state;
    tries = every ? 0 : 97, name = "t";
    try_rows("t.mlp", "t.csv"), try_rows("t.mlp", "t.jsonl");
}

/* Models, readers, windows, joins, encoders of all kinds. */
static void every_probe(void **state)
{
    (void)state;
    tries = every ? 0 : 3;
    shell("cp -r '%s'/tests/run/probes .", root);
    if (chdir("probes")) fail();
    DIR *dir = opendir(".");
    int probes = 0;
    for (struct dirent *e; (e = readdir(dir));) {
        char spec[300], rows[320];
        const size_t n = strlen(e->d_name);
        if (n < 5 || n > 250 || strcmp(e->d_name + n - 4, ".mlp")) continue;
        snprintf(spec, sizeof spec, "%s", e->d_name);
        snprintf(rows, sizeof rows, "%.*s", (int)n - 4, spec);
        name = strdup(rows);
        try_run(spec, "1");
        snprintf(rows, sizeof rows, "%s.request.csv", name);
        if (access(rows, R_OK)) snprintf(rows, sizeof rows, "%s.csv", name);
        if (!access(rows, R_OK)) try_rows(spec, rows);
        free((char *)(uintptr_t)name);
        probes++;
    }
    closedir(dir);
    assert_true(probes > 15);
    if (chdir("..")) fail();
}

int main(void)
{
    const char *all = getenv("MLP_MEMORY");
    every = all && !strcmp(all, "all");
    if (!getcwd(root, sizeof root)) return 1;
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_run), cmocka_unit_test(a_prediction), cmocka_unit_test(every_probe)};
    return cmocka_run_group_tests(tests, setup, teardown);
}
