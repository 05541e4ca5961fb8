/* run.h: the life of a run: resolve params, read, split, fit, train, judge, save. A run is a value: the same code with other
 * options (data, seed, params) gives another result, and nothing is remembered between runs. Never prints: the caller shows the
 * result.
 *
 * struct mlp_result owns its memory (one arena); mlp_result_clear frees it, after an error too. */
#ifndef MLP_RUN_H
#define MLP_RUN_H
#include <stdbool.h>
#include "runtime/base/arena.h"
#include "runtime/base/buffer.h"
#include "runtime/base/status.h"
#include "runtime/metric/metric.h"
#include "runtime/program.h"

/* Who watches a run. Any function may be NULL. All are called from the thread that runs. */
struct mlp_watch {
    void (*step)(void *, const char *what);                 /* a new step begins: "read", "fit", "train trees" */
    void (*share)(void *, double share, const char *note);  /* 0..1 of the step, and a word on where it is; note may be NULL */
    void (*note)(void *, const char *line);                 /* what the user should know: a warning, a change since the lock */
    void *data;
    const volatile int *stop;                               /* not 0: end soon with MLP_ERR_INTERRUPTED; NULL: never */
};

struct mlp_run_options {
    const char *spec_dir;                                   /* paths are relative to it; NULL: the working folder */
    const char *runs_dir;                                   /* runs/NAME-0001 is made in it; NULL: spec_dir/runs */
    const char *out;                                        /* this folder instead of a numbered one in runs_dir; or NULL */
    const char *lock;                                       /* NAME.lock; NULL: no lock file */
    /* file read in place of the main source's own path, relative to the working folder; or NULL */
    const char *data;
    const char *const *set; uint32_t sets;                  /* NAME=VALUE */
    int threads;                                            /* 0: one per core */
    bool has_seed; uint64_t seed;                           /* in place of the program's */
    bool strict;                                            /* a bound must hold for the whole interval */
    bool locked;                                            /* data or schema other than the lock's: refuse */
    bool dry;                                               /* keep nothing: no run folder, no lock */
    struct mlp_watch watch;
};

/* What one step of a source did: rows taken out, or for `append` added. read: by the source's own reader. */
struct mlp_step_count { const char *step; uint64_t before, after; };
struct mlp_source_count { uint64_t read; const struct mlp_step_count *step; uint32_t steps; };
struct mlp_part_summary { const char *name; uint64_t rows, labelled; double mean;   /* share of positives, or the target's mean */
                          uint64_t *class_rows;             /* (result.classes) rows of each class; NULL: the target has none */
                          double low, high;                 /* of the target */
                          bool held_out;                    /* these are the rows that folds hold out */
                          bool has_time; int64_t first_us, last_us; };
/* One fold: rows that it learns from and rows that it holds out. */
struct mlp_fold_summary { uint64_t train, held; bool has_time; int64_t first_us, last_us; };
struct mlp_contender { const char *name, *summary; bool is_baseline, is_winner, eligible; mlp_ix ix; double seconds;
                       double chosen_by;                    /* on validation, by the metric that chooses */
                       struct mlp_measure *measure;         /* (metrics) on the test part */
                       double *fold; };                     /* (folds) the chooser on what each fold holds out; or NULL */
enum mlp_verdict_kind { MLP_NO_BOUND, MLP_MET, MLP_MET_NOT_SURELY, MLP_NOT_MET, MLP_UNDEFINED };
const char *mlp_verdict_word(uint8_t verdict);              /* "met, not surely" */
/* One value of one slice of a goal; without `per` there is one, of all rows. */
struct mlp_slice_verdict { const char *slice; uint64_t rows; struct mlp_measure measure; double bound; uint8_t verdict; bool few;
                           const char *against; };          /* what the bound follows: "baseline newcomer has 0.731"; or NULL */
struct mlp_verdict { const struct mlp_goal *goal; const char *text; uint8_t verdict; struct mlp_slice_verdict *slice;
                    uint32_t slices, worst; };
/* A line of `metrics { }` that is not of the whole test part: of the winner, in one slice or on another part. */
struct mlp_slice_report { const char *metric, *part, *slice; uint64_t rows; struct mlp_measure measure; };
/* How often each class was decided as each, by weight: rows of a class, columns as decided. slice NULL: the whole part. */
struct mlp_confusion { const char *part, *slice; uint64_t rows; double *at; };
/* A `test` block of the spec, asked of the kept model. */
struct mlp_expectation { const char *text, *got; bool holds; };
struct mlp_test_result { const char *name; struct mlp_expectation *expects; uint32_t n; };
/* Bad rows of a source that were left out; kept: the file where they are (quarantine), or NULL; of: rows in all. */
struct mlp_left_out { const char *source, *kept; uint64_t rows, of; };
struct mlp_result {
    struct mlp_arena arena;
    const struct mlp_program *program;
    bool met;                                               /* every bound holds (--strict: surely) */
    uint64_t seed; double seconds;
    uint64_t rows, features;
    const struct mlp_source_count *source;                  /* (sources of the program) */
    const char **class_name; uint32_t classes;              /* of the target; 0: it has none */
    struct mlp_part_summary part[3];                        /* train, validation, test */
    struct mlp_fold_summary *fold; uint32_t folds;
    struct mlp_left_out *left; uint32_t lefts;
    uint64_t unused, unlabelled;                            /* rows in no part; rows without a target */
    /* columns of the table: the goals' and `metrics { }` */
    const struct mlp_use **metric; const char **metric_name; uint32_t metrics;
    uint32_t chooser;                                       /* of metrics: the one that chose the winner */
    struct mlp_contender *contender; uint32_t contenders;   /* models, then baselines, as declared */
    mlp_ix winner; double threshold; bool has_threshold;
    struct mlp_verdict *verdict; uint32_t verdicts;
    struct mlp_slice_report *report; uint32_t reports;
    struct mlp_test_result *test; uint32_t tests;
    uint64_t answered;                                      /* rows of the test part on which the kept model does not abstain */
    struct mlp_confusion *confusion; uint32_t confusions, confused;     /* confused: classes, 2 of yes and no */
    const char *folder, *model_path;                        /* where it was kept; NULL: nowhere */
    const char **change; uint32_t changes;                  /* since the lock file */
};
void mlp_result_clear(struct mlp_result *);

/* Train and judge, keep the run. MLP_OK also when goals are not met: see result->met. */
mlp_status mlp_run(const struct mlp_code *, const struct mlp_run_options *, struct mlp_result *, struct mlp_error *);

/* Reads and splits the rows and asks whether the spec suits them (E1… from rows); trains nothing, keeps nothing. */
mlp_status mlp_check(const struct mlp_code *, const struct mlp_run_options *, struct mlp_result *, struct mlp_error *);

/* Judges a kept model on the labelled rows of options->data (else of the spec's own source): all of them are the test part. */
struct mlp_saved;
mlp_status mlp_eval(const struct mlp_code *, const struct mlp_saved *, const struct mlp_run_options *, struct mlp_result *,
                    struct mlp_error *);

/* Asks a kept model the spec's tests; nothing is trained or judged. result->met: all hold. */
mlp_status mlp_test(const struct mlp_code *, const struct mlp_saved *, const struct mlp_run_options *, struct mlp_result *,
                    struct mlp_error *);

/* What a result looks like; of tests alone. */
void mlp_result_tests_text(const struct mlp_result *, bool colour, struct mlp_buffer *);
void mlp_result_tests_json(const struct mlp_result *, struct mlp_buffer *);
void mlp_result_text(const struct mlp_result *, bool colour, struct mlp_buffer *);
void mlp_result_json(const struct mlp_result *, struct mlp_buffer *);
#endif
