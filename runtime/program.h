/* program.h: what a compiled pipeline is; the only thing that compiler and runtime share.
 * Plain data. plan/encode writes it as an image (same structs, offsets for pointers), runtime/base/program opens an image with
 * bounds checks (program.c's table names every pointer in here). The same bytes are in the object cache, the model file and the
 * executable; tests write one by hand. Neither it nor a kernel depends on rows: all that is learnt lives in struct mlp_state, a
 * value (each fold, the champion and the challenger have their own).
 *
 * Order of things in a program: sources, slots (what kernels read), kernels, cells (what is learnt), stages (how), features
 * (what models see), target, baselines, models, goals, metrics. Indexes are mlp_ix into these tables. */
#ifndef MLP_PROGRAM_H
#define MLP_PROGRAM_H
#include <stddef.h>
#include <stdint.h>
#define MLP_CONTRACT 1u
#define MLP_NONE 0xffffffffu
#define MLP_LIST(T) struct { const T *at; uint32_t n; }
typedef uint32_t mlp_ix;                                    /* index into a table of the program; MLP_NONE: none */
struct mlp_id { const char *name, *doc; uint32_t from, to; };   /* from, to: bytes of mlp_program.spec, for messages */

/* ---- a use of a stdlib name: reader, reducer, model, metric, split, block ... ----
 * `name` is the builtin's, `impl` indexes mlp_bind[] (MLP_NONE: nothing in C). Arguments: every declared parameter, in declared
 * order, defaults filled in, so that C reads args.at[MLP_<KIND>_<NAME>_<PARAMETER>] (enums that stdgen makes from stdlib/). */
enum mlp_arg_kind { MLP_A_NONE, MLP_A_NUM, MLP_A_INT, MLP_A_BOOL, MLP_A_STR, MLP_A_NAME, MLP_A_LIST, MLP_A_COLUMN, MLP_A_KERNEL,
                    MLP_A_PARAM, MLP_A_MODEL, MLP_A_BASELINE, MLP_A_MONTHS };
struct mlp_arg { const char *name; uint8_t kind;
                 double num;                                /* NUM, INT (exact), BOOL 0/1; durations in seconds, shares in 0..1;
                                                             * MONTHS: steps of the calendar, whole */
                 const char *str;                           /* STR: text; NAME: a word of an enumeration */
                 mlp_ix ix;                                 /* COLUMN (of the main source) KERNEL PARAM MODEL BASELINE: its index */
                 MLP_LIST(struct mlp_arg) items; };         /* LIST */
struct mlp_use { struct mlp_id id; const char *name; mlp_ix impl; MLP_LIST(struct mlp_arg) args; };

/* A param of the spec: its value as text is given at run time (--set, MLP_NAME, default). */
enum mlp_param_kind { MLP_P_NUM, MLP_P_TEXT, MLP_P_BOOL };
struct mlp_param { struct mlp_id id; uint8_t kind, secret, required, whole,    /* whole: of type int */
                   read;                                    /* a text that an expression reads: a model keeps it, as it does numbers */
                   double lo, hi, num; const char *text; }; /* default */

/* ---- what is read ---- */
enum mlp_type { MLP_BOOL, MLP_INT, MLP_FLOAT, MLP_CATEGORY, MLP_ORDINAL, MLP_TEXT, MLP_DATE, MLP_TIME, MLP_DURATION, MLP_IDENT,
                MLP_VECTOR, MLP_LISTOF };
enum mlp_tag { MLP_KEY = 1, MLP_ASOF = 2, MLP_GROUP = 4, MLP_QUERY = 8, MLP_WEIGHT = 16, MLP_PII = 32, MLP_SENSITIVE = 64,
               MLP_OUTCOME = 128, MLP_NEVER = 256 };
/* How a column is held in memory. F64: bool (0 1), int, float. I64: date, time (microseconds since 1970 UTC), duration (us).
 * CODE: category, ordinal, id: 0 missing, 1 unseen, 2... known. STR: text. A slot may read a column of codes as STR: its spelling, also one never seen. */
enum mlp_rep { MLP_F64, MLP_I64, MLP_CODE, MLP_STR };
/* A zone of the tz database as it was when the spec was compiled: from second `at` (UTC) on, clocks show UTC + `east` seconds. The
 * first row holds for all time before; none: UTC. Ascending, far enough into the future that no rule is left to be computed. */
struct mlp_zone_change { int64_t at, east; };
struct mlp_zone { const char *name; MLP_LIST(struct mlp_zone_change) changes; };
/* How a list is held (type LISTOF, rep STR): its values one behind the other, each with MLP_LIST_END behind it. So an empty list
 * is the empty text, size counts the ends, and has(list, v) looks for v as a whole value. Values are trimmed texts; numbers stand
 * in their shortest form (3.0 is "3"), so that equal numbers are equal texts. */
/* A vector (type VECTOR, rep STR) is its numbers, `length` doubles one behind the other, at any address. */
#define MLP_LIST_END '\x1f'
enum { MLP_VECTOR_MOST = 65536 };
#define MLP_LIST_ITEMS '\x1e'                               /* first byte of a cell that is a list already (JSON's array) */
struct mlp_column { struct mlp_id id;
                    const char *from;                       /* header of the file (NULL: id.name, or snake of the header) */
                    uint32_t position;                      /* from 11: column position, from 1; 0: by header */
                    const char *unit, *pattern, *format;    /* format: dates; bool: "Yes\0No" as two items of `set` */
                    uint8_t type, rep, nullable, unique;
                    uint32_t tags;
                    double lo, hi;                          /* -inf, inf: no bound; dates in microseconds */
                    double max_missing, max_distinct;       /* share in 0..1; count; inf: no bound */
                    /* when a value is known, counted from its row's @time: 0 with the row, > 0 so much later (an outcome), < 0 so
                     * much earlier, INT64_MIN always, INT64_MAX only by known_at; see mlp_known */
                    int64_t known_us;
                    mlp_ix known_at;                        /* column of the same source: known at its time if that is earlier */
                    MLP_LIST(char *const) set;              /* declared spellings, codes 2.. in this order; bool: true, false */
                    MLP_LIST(char *const) missing;          /* missing in {…}: cells that mean missing, beside the source's */
                    mlp_ix refers;                          /* -> source */
                    MLP_LIST(char *const) spelt;            /* {"1": "World"}: how the file spells set's values, in set's order;
                                                             * n 0: as they stand in set */
                    const char *separator; uint8_t element; /* LISTOF: between values in a cell; type of a value */
                    uint32_t length;                        /* VECTOR: how many numbers */
                    uint8_t from_file;                      /* from file: the base name of the row's file */
                    uint8_t inferred;                       /* not in the schema: its type comes from the rows, or from the lock */
                    struct mlp_zone zone;                   /* DATE, TIME: where its clock hangs, for cells that do not say */
                    /* computed, not read: derived is `at = day + hour`; kernel the MAP over rows of this source whose out 0 it is; of
                     * a text out 1, if there is one, says whether it is there (NONE for what only expressions read) */
                    uint8_t derived; mlp_ix kernel;
                    mlp_ix codebook; };                     /* of a derived code whose spellings are learnt: cell; or NONE: set */
/* A step behind a reader, in order: `use` where, distinct, sample or append. */
struct mlp_step { struct mlp_use use;
                  mlp_ix kernel;                            /* where: MAP over rows of this source, out 0 F64: 1 is kept */
                  MLP_LIST(mlp_ix) columns;                 /* distinct: what is compared; sample: by what (none: the whole row) */
                  struct mlp_use reader; mlp_ix path_param; };          /* append: as of a source */
enum mlp_bad_row { MLP_FAIL, MLP_SKIP, MLP_QUARANTINE };
struct mlp_source { struct mlp_id id; struct mlp_use reader; mlp_ix path_param;   /* reader's path is this param's value; or NONE */
                    MLP_LIST(struct mlp_column) columns;
                    mlp_ix key[4]; uint32_t n_key;          /* columns that form the key */
                    mlp_ix time, group, query, weight;      /* columns or MLP_NONE */
                    uint8_t bad_row; double bad_max; const char *bad_path;   /* bad_path: of the quarantine */
                    MLP_LIST(struct mlp_step) steps; };

/* A way from a row to one row of another source: the foreign key `column` of a row of `source` is looked up among the keys of `to`.
 * `order.customer`: the row of `source` is the one that the join `from` led to. */
enum mlp_version { MLP_ONLY,                                /* a key stands once: E336 when it does not */
                   MLP_LATEST,                              /* of a key's rows the last by time: the first row has no time */
                   MLP_BEFORE,                              /* the last whose time is before the decision moment of the first row */
                   MLP_UNTIL };                             /* ... or at it */
struct mlp_join { struct mlp_id id; mlp_ix from, source, column, to;
                  uint8_t version;
                  mlp_ix known;                             /* column of `to` that must be known by then too (mlp_known); or NONE */
                  uint32_t ahead_months; int64_t ahead_us; };   /* decision moment: that long before the first row's @time */

/* ---- what kernels read: slots. Training, predict and serving differ in who fills them ---- */
enum mlp_origin { MLP_FROM_COLUMN,                          /* a column of `source`: the main one, or whose rows a kernel maps */
                  MLP_FROM_WINDOW,                          /* other rows that share a key: op over their column or expression */
                  MLP_FROM_ENCODER,                         /* reserved: opaque encoders that expressions read */
                  MLP_FROM_JUDGED,                          /* what is judged: `window` says what, `column` which (enum mlp_judging) */
                  MLP_FROM_JOIN };                          /* a column of the row that a join leads to: `seller.rating` */
/* Y the target, P prediction or score, DECIDED 0/1, MODEL and BASELINE their prediction (by index), PART an aggregate of a metric. Of
 * several classes Y and DECIDED are codes, class + 2, and the others the probability of the row's own class. */
enum mlp_judging { MLP_J_Y, MLP_J_P, MLP_J_DECIDED, MLP_J_MODEL, MLP_J_BASELINE, MLP_J_PART };
enum mlp_window { MLP_W_COUNT, MLP_W_SUM, MLP_W_MEAN, MLP_W_MIN, MLP_W_MAX, MLP_W_SD, MLP_W_LATEST, MLP_W_FIRST, MLP_W_LAG, MLP_W_EWM };
/* What orders the rows of a window: BY_TIME both @times; BY_ROW the place in the file (main source without @time); ALL nothing, every
 * row that shares the key is seen. */
enum mlp_axis { MLP_BY_TIME, MLP_BY_ROW, MLP_ALL };
struct mlp_slot { struct mlp_id id;                         /* name: the column, or `calls_30d` for a request that carries it */
                  uint8_t origin, rep, nullable;
                  mlp_ix source, column;                    /* WINDOW: column that is picked as it is, when there is no value */
                  mlp_ix join;                              /* JOIN: of program.joins (source: its `to`) */
                  mlp_ix codebook;                          /* CODE with spellings that are learnt: cell; NONE: column.set */
                  /* the rest is of WINDOW (`window` of JUDGED too). t: the decision moment, @time less target.ahead; a row counts if what is read of it was
                   * known before t (at t, when there is an ahead), and its own @time lies before t too. */
                  uint8_t window, axis, forward, has_value, has_where;
                  mlp_ix kernel;                            /* MAP over rows of `source`: value (F64), then where (F64, 1 is in) */
                  MLP_LIST(mlp_ix) on, by;                  /* columns of the main source, and those of `source` that equal them */
                  MLP_LIST(mlp_ix) reads;                   /* columns of `source` that must be known: see mlp_known */
                  uint32_t rows, last_months;               /* the last n rows; LAG: the n-th before. Months come before last_us */
                  int64_t last_us;                          /* rows with t - last <= time < t (with an ahead: < and <=); 0, 0: all.
                                                             * LAG: the row at exactly @time - last. forward: @time <= time < @time
                                                             * + last, missing where the rows of `source` end before that */
                  int64_t half_life_us; };                  /* EWM */
struct mlp_in { const void *data; const uint64_t *valid; }; /* double, int64_t, uint32_t or struct mlp_str per row; bit i of
                                                             * valid: row i is there; NULL: never missing. CODE: 0 is missing too */
struct mlp_str { const char *at; uint64_t n; };             /* not 0-terminated */

/* ---- what is learnt: cells, filled by stages ---- */
struct mlp_cell { const void *at; uint64_t n; };            /* n elements: double for numbers; see mlp_cell_kind */
struct mlp_state { uint32_t n; const struct mlp_cell *cell; };
/* NUMBERS: double[n]. CODEBOOK: n bytes: u32 count, u32 offset[count + 1], spellings (code 2 + i is spelling i); of a slot's values,
 * or (slot NONE) of what a fit makes: the values that `top` keeps, the intervals of `bucket`; or of what the spec itself says: its
 * pinned spellings alone, or the numbers of buckets, 0 … buckets - 1. */
enum mlp_cell_kind { MLP_NUMBERS, MLP_CODEBOOK };
/* Values of params: a double for each (NaN: a text) from `param` on, and right before it their texts, the first one last. */
static inline const struct mlp_str *mlp_param_text(const double *param, mlp_ix i) { return (const struct mlp_str *)(const void *)param - 1 - i; }
struct mlp_calls;                                           /* kernels.def: the only calls out of a kernel */
struct mlp_ctx { const struct mlp_calls *call; const struct mlp_state *state; const double *param; void *arena; };
struct mlp_out { void *data; size_t step; uint64_t *valid; };   /* step: elements between rows; valid may be NULL (then a missing
                                                             * number is NaN, code 0, time INT64_MIN) */

/* n == 1 is the row form, W = 1 of the same emitter: same bits. in[i] belongs to kernel.slots[i], out[i] to kernel.outs[i].
 * Rows start at bit 0 of every valid. A kernel never fails, never allocates but through calls, reads ctx->state only by index. */
typedef void mlp_map_fn(const struct mlp_ctx *, const struct mlp_in *in, size_t n, const struct mlp_out *out);
/* One score per row. value, grad, hess: (n) each, or NULL when not wanted; derivatives are with respect to score, the model's raw
 * output before the link. weight NULL: ones; values are multiplied by it. */
typedef void mlp_loss_fn(const struct mlp_ctx *, const double *y, const double *weight, const double *score, size_t n,
                         double *value, double *grad, double *hess);
/* From raw score to what is reported: a probability, or the target in its own unit (`via`). In place allowed. */
typedef void mlp_link_fn(const struct mlp_ctx *, const double *score, size_t n, double *out);
union mlp_entry { mlp_map_fn *map; mlp_loss_fn *loss; mlp_link_fn *link; const void *any; };
enum mlp_kernel_kind { MLP_K_MAP, MLP_K_LOSS, MLP_K_LINK };
/* float, double, uint32_t, struct mlp_str, int64_t per row. A missing text is empty; it stands in what the kernel read, or in ctx->arena. */
enum mlp_out_form { MLP_OUT_F32, MLP_OUT_F64, MLP_OUT_CODE, MLP_OUT_STR, MLP_OUT_I64 };
struct mlp_kernel { const char *symbol; uint8_t kind; MLP_LIST(mlp_ix) slots; MLP_LIST(uint8_t) outs; };   /* outs: forms */

struct mlp_cell_spec { struct mlp_id id; uint8_t kind; mlp_ix slot;     /* CODEBOOK: the slot whose spellings it holds, or NONE */
                       MLP_LIST(char *const) pinned;        /* spellings that the spec names: always codes 2.., in this order */
                       uint32_t buckets; };
/* One reducer over the training rows. input: out of the stage's kernel that is reduced (MLP_NONE: none, a codebook);
 * by: out (CODE) that groups it (target_encode: one number per code), or MLP_NONE. crossfit > 1: folds; each training row is then
 * given the cell as fitted on the other folds, all other rows the cell of all training rows. */
struct mlp_fit { struct mlp_use reducer; mlp_ix input, by, cell; uint32_t crossfit;
                 MLP_LIST(mlp_ix) more;                     /* further outs that are read: the columns of pca, the target of bucket */
                 mlp_ix book;                               /* a codebook cell that is learnt with it, or NONE */
                 mlp_ix codebook, column;                   /* whose spellings the codes of `by` are, as in mlp_feature; or NONE */
                 mlp_ix with_codebook, with_column; };      /* and those of what `input` is the step of (cross) */
struct mlp_stage { mlp_ix kernel; MLP_LIST(struct mlp_fit) fits; };     /* kernel NONE: only codebooks; may read cells of stages before */

/* ---- what models see: features, in the order of the matrix ---- */
enum mlp_form { MLP_DENSE, MLP_CODES, MLP_SPARSE };         /* float, NaN is missing · uint32_t code, 0 missing, 1 unseen · runs */
/* A SPARSE column: row r has entries start[r] .. start[r + 1], indexes ascending and below the feature's width (known after the fit:
 * the spellings of its codebook); what is not there is 0. */
struct mlp_runs { const uint64_t *start; const uint32_t *index; const float *value; };
struct mlp_feature { struct mlp_id id; uint8_t form, nullable, kind;    /* kind: 0 pure 1 fitted 2 windowed */
                     uint8_t yes_no;                        /* DENSE: of a bool, 0 or 1 */
                     mlp_ix codebook;                       /* CODES: cell, or NONE: see column. SPARSE: cell, one spelling a column */
                     mlp_ix column;                         /* CODES without cell: main source's column with the declared set */
                     MLP_LIST(mlp_ix) columns;              /* provenance: columns of the main source */
                     struct mlp_use encoder; mlp_ix numbers; };         /* SPARSE: from the text that apply gives, with the cells
                                                             * `codebook` and `numbers`, to a run (runtime/fit/encoder.h) */

/* ---- what is asked ---- */
enum mlp_task { MLP_BINARY, MLP_MULTICLASS, MLP_ORDERED, MLP_REGRESSION, MLP_COUNT, MLP_RANKING, MLP_GENERATION };
struct mlp_quantile { double at; };
struct mlp_target { struct mlp_id id; uint8_t task;
                    mlp_ix kernel;                          /* MAP: slots -> out 0: y in the unit of the report (F64, NaN: unlabelled) */
                    mlp_ix via;                             /* LINK: y -> what is trained on; NONE: itself */
                    mlp_ix query;                           /* column of the main source whose rows are ranked together; or NONE */
                    mlp_ix item;                            /* column that stands once in a query; or NONE */
                    mlp_ix where;                           /* MAP, out 0 F64: a query is one to rank where it is 1 in a row; or NONE */
                    const char *unit;
                    mlp_ix codebook, column;                /* MULTICLASS, ORDERED: spellings of the classes, as in mlp_feature; y is the
                                                             * class's number, from 0. A learnt codebook has all classes of the source */
                    MLP_LIST(struct mlp_quantile) quantiles;            /* ascending; what is reported is then the one at 50% (or what is
                                                             * nearest to it), and behind it each of them */
                    uint32_t ahead_months; int64_t ahead_us; };     /* the decision is made so long before @time: months, then the rest */
/* What a model's raw scores mean (runtime/model/head.h). SCALAR: one score, through the kernels `loss` and `link`. SOFTMAX: one per
 * class, their exponentials in proportion. ORDERED: class k's score is the log-odds of "k or below" (the last one's is not used).
 * PARTS: what its parts report, combined: no link. LISTWISE: one score, its exponential in proportion to the row's share of its query:
 * reported as it is, for a row is scored alone. REPORTED: what the model computes is what it reports: a mean, or shares of classes.
 * QUANTILES: one score per quantile of the target, each by a loss of its own, through `link`, put in order. */
enum mlp_head { MLP_HEAD_SCALAR, MLP_HEAD_SOFTMAX, MLP_HEAD_ORDERED, MLP_HEAD_PARTS, MLP_HEAD_LISTWISE, MLP_HEAD_REPORTED,
                MLP_HEAD_QUANTILES };
/* WEIGHTS: every class weighs the same. RATIO, TO: rows of smaller classes are repeated up to that share of the largest one, that
 * number of rows. KEEP: that share of the largest class is kept. What is reported is corrected for the shares that rows really have. */
enum mlp_balance { MLP_BALANCE_NONE, MLP_BALANCE_WEIGHTS, MLP_BALANCE_RATIO, MLP_BALANCE_TO, MLP_BALANCE_KEEP };
struct mlp_model { struct mlp_id id; struct mlp_use use, train;         /* train: the resolved `train` block for this model */
                   MLP_LIST(mlp_ix) features;
                   mlp_ix loss, link;                       /* kernels; link: score -> reported. NONE where the head needs none */
                   MLP_LIST(mlp_ix) losses;                 /* QUANTILES: kernels, one for each, in place of `loss` */
                   uint8_t head, task;                      /* task: of what it learns, which may be an outcome of its own */
                   uint32_t outputs;                        /* numbers per row; 0: as many as the target has classes, or 1 and its quantiles (SCALAR: one) */
                   mlp_ix target;                           /* MAP: y of an outcome of its own (F64, NaN: no row to learn from); NONE */
                   mlp_ix exposure;                         /* feature (DENSE) whose logarithm is added to the score; NONE */
                   double least; uint8_t above;             /* of the y that its loss can take: at least, or above */
                   MLP_LIST(mlp_ix) parts;                  /* models that it combines: each stands before it */
                   struct mlp_use calibrate;                /* what ends it; name NULL: nothing */
                   uint8_t balance; double balance_at;      /* enum mlp_balance: how classes count in training, and its number */
                   uint8_t aside; };                        /* 1: a baseline is behind it: it is trained with them, and never kept */
/* rule: MAP kernel, out 0: what it reports, F64, or where the target has classes STR, the class; or NONE. model: one that is trained
 * `aside` to be compared with; or NONE. */
struct mlp_baseline { struct mlp_id id; struct mlp_use use; mlp_ix rule, model; };
struct mlp_slice { struct mlp_id id; mlp_ix kernel;         /* MAP, out 0: CODE (category) or F64 (its values) */
                   mlp_ix codebook, column; uint8_t is_bool,            /* spellings, as in mlp_feature */
                   cross; };                                /* 1: every pair with the values of the next slice in the list */
/* A metric of the spec's own, with its options: aggregates over rows, and an expression of them. A use of it has the argument `own`,
 * its index. rows: MAP, one F64 out per part; value: MAP of PART slots, out 0 F64. */
enum mlp_aggregate { MLP_G_MEAN, MLP_G_SUM, MLP_G_MIN, MLP_G_MAX, MLP_G_COUNT, MLP_G_QUANTILE };
struct mlp_piece { uint8_t how; double q; };
struct mlp_own { struct mlp_id id; uint8_t higher; mlp_ix rows, value; MLP_LIST(struct mlp_piece) parts; };
/* A `test` block: a made-up row, and what is expected of it. given.text: the cell; NULL: missing. NUMBER: the score (of class `word`)
 * or the prediction against `number`; WORD: the decision against `word`; SCORES: against that of the same row with `against` in it (of
 * class `other`); MOVES: it only rises (op MORE; LESS: falls) while `column` goes through the values of the training part; HOLDS: MAP
 * kernel, out 0 F64: 1 where a condition on the row holds. over: cells that the left side changes first. */
struct mlp_given { const char *name, *text; };
enum mlp_expecting { MLP_EXPECT_NUMBER, MLP_EXPECT_WORD, MLP_EXPECT_SCORES, MLP_EXPECT_MOVES, MLP_EXPECT_HOLDS };
enum mlp_comparing { MLP_OP_LESS, MLP_OP_AT_MOST, MLP_OP_MORE, MLP_OP_AT_LEAST, MLP_OP_EQUAL, MLP_OP_OTHER };
struct mlp_expect { const char *text; uint8_t how, op; double number; const char *word, *other; mlp_ix column, kernel;
                    MLP_LIST(struct mlp_given) over, against; };
struct mlp_test { struct mlp_id id; MLP_LIST(struct mlp_given) given; MLP_LIST(struct mlp_expect) expects;
                  mlp_ix apply; };                          /* as the program's, with features and lets that are given; NONE: none is */
enum mlp_aim { MLP_MAXIMIZE, MLP_MINIMIZE, MLP_REQUIRE };
enum mlp_part { MLP_ON_TEST, MLP_ON_VALIDATION, MLP_ON_TRAIN, MLP_ON_ANSWERED };   /* ANSWERED: test rows on which it does not abstain */
enum mlp_ref { MLP_REF_NONE, MLP_REF_BEST_BASELINE, MLP_REF_BASELINE, MLP_REF_MODEL };
/* metric [of a model] >= factor * reference + offset, per slices, where rows. No bound: bound == 0 (a bare `maximize roc_auc`). */
struct mlp_goal { struct mlp_id id; const char *text; uint8_t aim, bound, at_least, strictly, part, allow;   /* allow: enum mlp_flag */
                  double least, most;                       /* what the metric can be at all; infinite: no end */
                  struct mlp_use metric; mlp_ix of;         /* of: a model by name, NONE: the winner */
                  uint8_t ref; mlp_ix ref_ix; struct mlp_use ref_metric; double factor, offset;
                  MLP_LIST(struct mlp_slice) per; mlp_ix where;         /* where: MAP kernel, out 0 F64: 1 is in */
                  const char *where_text; };
/* Where a score becomes a decision; all but NUMBER are chosen on validation. BEST: max(METRIC) or min(METRIC), by what is better.
 * ALERTS: so that this share of the rows is positive. TOP: so that `number` rows are positive in each value of `by`,
 * on average, as chosen: rows are decided one by one. REACH: metric >= number (or <=) holds, with as many positive rows as can be
 * (as few, for recall and false_negative_rate). */
enum mlp_threshold { MLP_T_NUMBER, MLP_T_BEST, MLP_T_ALERTS, MLP_T_TOP, MLP_T_REACH };
struct mlp_decision { uint8_t how, at_least; double number; struct mlp_use metric;
                      double miss, false_alarm;             /* costs: of a wrong decision; both 0: 1 each */
                      MLP_LIST(struct mlp_slice) by;        /* TOP: one, or none: all rows of the part */
                      const char *text;                     /* as the spec says it */
                      /* MAP kernels over the row and the slot P: what is answered in place of the prediction (F64; not finite: it
                       * stands), and 1 where nothing is answered: P is then the score of what is decided, or the prediction */
                      mlp_ix answer, abstain; const char *answer_text, *abstain_text; };
struct mlp_report { struct mlp_use metric; MLP_LIST(struct mlp_slice) per; uint8_t part; mlp_ix where;
                    const char *where_text; };              /* a line of `metrics { }` */

enum mlp_flag { MLP_ALLOW_E103 = 1, MLP_ALLOW_E105 = 2, MLP_ALLOW_E106 = 4 };     /* `@allow(E103, …)` stands on the split, or on the goal */

struct mlp_program {
    uint32_t contract, flags;                               /* enum mlp_flag */
    const char *name, *tool, *spec_path, *spec;             /* spec: the whole text */
    const char *plan_json;                                  /* what `mlp plan --json` prints */
    uint8_t plan_hash[16];                                  /* of the image with this field zero and without spec and paths */
    MLP_LIST(struct mlp_param) params;
    MLP_LIST(struct mlp_source) sources; mlp_ix main_source; MLP_LIST(struct mlp_join) joins;   /* `from` before what it is for */
    struct mlp_use split; uint64_t seed;
    MLP_LIST(struct mlp_slot) slots; MLP_LIST(struct mlp_kernel) kernels; MLP_LIST(struct mlp_cell_spec) cells;
    MLP_LIST(struct mlp_stage) stages;
    mlp_ix apply; MLP_LIST(struct mlp_feature) features;    /* apply: MAP from slots to features: outs in feature order */
    struct mlp_target target;
    MLP_LIST(struct mlp_baseline) baselines; MLP_LIST(struct mlp_model) models;
    struct mlp_decision decision;
    MLP_LIST(struct mlp_goal) goals; MLP_LIST(struct mlp_report) reports;
    MLP_LIST(struct mlp_own) own;
    MLP_LIST(struct mlp_test) tests;
    MLP_LIST(struct mlp_use) about;                         /* owner, license …: one use per key, one argument */
    MLP_LIST(char *const) bound;                            /* names of mlp_bind[] that this program uses: use.impl indexes it */
};

/* Emitted per program, in the order of program.bound: only what it uses, so the linker drops the rest. No registry. */
struct mlp_bind { const char *name; const void *ops; };     /* "model.linear" -> &mlp_model_linear */

/* A program ready to run: opened image, its kernels (same index) and its bindings. Borrowed, read only, shared by threads. */
struct mlp_code { const struct mlp_program *program; const union mlp_entry *entry; const struct mlp_bind *bind; };
#endif
