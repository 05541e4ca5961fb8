/* work.h: what the steps of a run share; for run/ only. A struct mlp_work is one run in progress: it owns tables, state, matrix and
 * predictions, and mlp_work_clear frees them. Steps go in the order of the functions below; each needs those before it. */
#ifndef MLP_RUN_WORK_H
#define MLP_RUN_WORK_H
#include "runtime/base/log.h"
#include "runtime/base/pool.h"
#include "runtime/fit/fit.h"
#include "runtime/model/scorer.h"
#include "runtime/run/params.h"
#include "runtime/run/run.h"
#include "runtime/run/saved.h"
#include "runtime/split/split.h"

/* One that predicts: a model, then the baselines, in the order of result->contender. */
struct mlp_entrant { double *p;                             /* (rows, outputs) as reported; NaN: no prediction; NULL: not here (eval) */
                     uint8_t *decided;                      /* (rows) at its threshold; NULL: no decisions */
                     uint8_t *silent;                       /* (rows) 1: it abstains; NULL: it never does */
                     bool answered;                         /* p is what is answered: after `answer:` */
                     double threshold;
                     struct mlp_probe *probe;               /* it, ready to predict; NULL: not asked for */
                     double ***own; };                      /* (program.own)(parts)(rows): what its own metrics say of each row */
struct mlp_work {
    const struct mlp_code *code; const struct mlp_program *program; const struct mlp_run_options *o;
    struct mlp_result *result; struct mlp_log log; struct mlp_pool *pool; struct mlp_arena arena;
    uint64_t seed;
    uint64_t note[32]; uint32_t notes;                      /* hashes of what was told to the watcher */
    double *param; const char **param_text;                 /* (params) */
    struct mlp_table *table; const char *content;           /* (sources); content: hash of all bytes read, in hex */
    struct mlp_frame frame; bool framed;
    /* (rows) in the unit of the report, NaN unlabelled; weight NULL: ones */
    double *y, *weight;
    uint32_t *query;                                        /* (rows) or NULL */
    uint8_t *part;                                          /* (rows) enum mlp_part_of; NONE for unlabelled rows too */
    struct mlp_rows rows[3];                                /* labelled rows of train, validation, test, ascending */
    struct mlp_rows choose;                                 /* what chooses: the validation part, or the best that there is */
    /* A pass fits, trains and predicts once: each fold (1..folds), then the whole (0). learn: its rows; stop: what its early
     * stopping looks at; held: (rows) the fold that holds a row out, 0: none; NULL without folds. */
    uint32_t folds, fold; struct mlp_rows learn, stop; uint16_t *held;
    /* mean of y over the training rows, or the share of each class: what `mean` and `majority` report */
    double *base;                                           /* (outputs) */
    uint32_t outputs;                                       /* numbers per row: 1, or the classes of the target */
    const struct mlp_saved *saved;                          /* eval: the kept model, whose classes are numbered; or NULL */
    struct mlp_fitted fitted; struct mlp_matrix matrix;
    struct mlp_entrant *entrant;
    struct mlp_ctx ctx;                                     /* of the kept state, for metrics of the spec's own */
    struct mlp_learnt *learnt;                              /* (models) learn.h; those with an outcome of their own are no entrants */
};
void mlp_work_clear(struct mlp_work *);
size_t mlp_work_rows(const struct mlp_work *);              /* rows of the main source */
/* Says what begins, to the watcher and the log; MLP_ERR_INTERRUPTED when the user wants to stop. */
mlp_status mlp_work_step(struct mlp_work *, const char *what, struct mlp_error *);
void mlp_work_note(struct mlp_work *, const char *format, ...) MLP_PRINTF(2, 3);

/* prepare.c */
mlp_status mlp_work_read(struct mlp_work *, struct mlp_error *);                       /* params, sources, target */
mlp_status mlp_work_split(struct mlp_work *, struct mlp_error *);                      /* parts, and what must hold in them */
/* apart.c: E103, of the parts in w->part */
mlp_status mlp_work_apart(struct mlp_work *, struct mlp_error *);
/* instead: every labelled row is the test part */
mlp_status mlp_work_all(struct mlp_work *, struct mlp_error *);
/* rows and mean of the pass in work: the fold w->fold, or the whole */
mlp_status mlp_work_pass(struct mlp_work *, struct mlp_error *);
mlp_status mlp_work_fit(struct mlp_work *, struct mlp_error *);                        /* state and matrix */
/* instead: the kept state, and matrix */
mlp_status mlp_work_load(struct mlp_work *, const struct mlp_saved *, struct mlp_error *);

/* folds.c: every pass: fit, baselines, train; predictions of rows that a fold holds out are that fold's. models: false: only what
 * is known without them */
mlp_status mlp_work_passes(struct mlp_work *, bool models, struct mlp_error *);
/* suits.c: E105 and E106, of baselines that have predicted every row */
mlp_status mlp_work_suits(struct mlp_work *, struct mlp_error *);

/* train.c */
mlp_status mlp_work_entrants(struct mlp_work *, struct mlp_error *);                   /* who predicts, before the first pass */
mlp_status mlp_work_train(struct mlp_work *, struct mlp_error *);
mlp_status mlp_work_predict(struct mlp_work *, const struct mlp_saved *, struct mlp_error *);   /* instead: the kept model */
mlp_status mlp_work_baselines(struct mlp_work *, struct mlp_error *);
void mlp_work_random(const struct mlp_work *, uint64_t stream, double *p);             /* (rows, outputs) what chance says */

/* baselines.c: what one of the library's baselines says of every row */
mlp_status mlp_work_baseline(struct mlp_work *, const struct mlp_baseline *, double *p, struct mlp_error *);

/* answers.c: predictions after `answer:`, of those that have none yet; the rows on which one abstains, at its threshold */
mlp_status mlp_work_answers(struct mlp_work *, struct mlp_error *);
mlp_status mlp_work_abstain(struct mlp_work *, struct mlp_entrant *, struct mlp_error *);

/* warn.c: of the parts and the features, after a fit; of what was judged */
void mlp_work_warn(struct mlp_work *);
void mlp_work_warn_baselines(struct mlp_work *);

/* own.c: after decisions */
mlp_status mlp_work_own_rows(struct mlp_work *, struct mlp_error *);

/* judge.c */
mlp_status mlp_work_check_decision(const struct mlp_work *, struct mlp_error *);       /* before training */
mlp_status mlp_work_thresholds(struct mlp_work *, struct mlp_error *);                 /* chosen on validation, one per entrant */
mlp_status mlp_work_choose(struct mlp_work *, struct mlp_error *);                     /* the winner, on validation */
mlp_status mlp_work_judge(struct mlp_work *, struct mlp_error *);                      /* measures and verdicts */
/* The rows at `row`, as a metric sees them; queries are brought together. */
mlp_status mlp_work_judged(const struct mlp_work *, const struct mlp_use *, const struct mlp_entrant *, const uint32_t *row,
                           size_t n, struct mlp_arena *, struct mlp_judged *, struct mlp_error *);

/* tests.c: the spec's tests, asked of the kept model */
mlp_status mlp_work_tests(struct mlp_work *, struct mlp_error *);

/* keep.c */
/* what changed since the lock; --locked refuses */
mlp_status mlp_work_lock_check(struct mlp_work *, struct mlp_error *);
/* asked before the work: --out must be free */
void mlp_spec_place(const struct mlp_program *, struct mlp_error *);         /* place.c: the line of error->from, where there is no other place */
mlp_status mlp_work_can_keep(struct mlp_work *, struct mlp_error *);
mlp_status mlp_work_keep(struct mlp_work *, struct mlp_error *);                       /* run folder and lock */
#endif
