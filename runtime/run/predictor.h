/* predictor.h: rows of text or typed columns to scores: the path of a request. What training did to a row happens here with the
 * same kernel, the same state and the same parser, so the bits are the same in every form. A predictor is read only and shared
 * by threads; a scratch belongs to one thread. No function below `mlp_scratch_init` allocates for rows without long texts. */
#ifndef MLP_RUN_PREDICTOR_H
#define MLP_RUN_PREDICTOR_H
#include <stdbool.h>
#include "runtime/run/lookup.h"
#include "runtime/run/saved.h"

/* What a request carries: columns that features read; and what is looked up where the request has it not: what windows give, under
 * the slot's name, and what stands behind a key (`seller.rating`). `way`: only to look up by. */
struct mlp_input { const char *name;                        /* as the spec calls it */
                   const struct mlp_column *column;         /* NULL: a window's number */
                   uint8_t rep, nullable, quick;            /* quick: numbers need no look at missing tokens */
                   uint8_t way, dated;                      /* dated: looked up as of the row's time */
                   uint8_t window, keys; mlp_ix on[4];      /* on (keys): inputs that are a window's slot.on */
                   mlp_ix slot, join, key;                  /* join: of the program, or NONE; key: input that it begins with */
                   const char *inside;                      /* a key's other name, when the request nests: `seller.id`; or NULL */
                   struct mlp_spelled *spelled; uint32_t mask;   /* (mask + 1) known spellings and what they are; NULL: none */
                   char *const *missing; uint32_t n_missing; };
/* A rule of the goal over the row and the model's number (reply.c): its inputs in the order of its slots, NONE: that number. */
struct mlp_reply { mlp_map_fn *map; const mlp_ix *input; uint32_t n; };
struct mlp_predictor {
    struct mlp_arena arena; const struct mlp_code *code; const struct mlp_program *program; const struct mlp_saved *saved;
    struct mlp_input *input; uint32_t inputs, slots;        /* the kernel's slots in their order, then ways */
    mlp_ix own[4]; uint32_t owns;                           /* inputs that are the row's key, where windows go by its place */
    mlp_ix time, time_kernel;                               /* input that is the row's time, or kernel that derives it, of the */
    const mlp_ix *time_input;                               /* inputs in the order of that kernel's slots; NONE: not needed */
    const struct mlp_lookup_ops *lookups; struct mlp_lookup *lookup;   /* NULL: requests carry everything */
    struct mlp_texts_of *text; uint32_t texts;              /* features of texts, and their encoders */
    mlp_map_fn *map;
    uint32_t outputs; struct mlp_str *class_name;           /* numbers per row; (outputs) classes in words, NULL: none */
    bool snake;                                             /* headers are compared in snake_case */
    struct mlp_reply answer, abstain;                       /* map NULL: none */
    const char *yes, *no; bool named;                       /* a decision in words; named: as the target's column spells it */
};
mlp_status mlp_predictor_open(struct mlp_predictor *, const struct mlp_code *, const struct mlp_saved *, struct mlp_error *);
/* The same for another kernel than `apply`: one with its outs, or (mlp_predict_values) any MAP kernel over a row. */
mlp_status mlp_predictor_open_at(struct mlp_predictor *, const struct mlp_code *, const struct mlp_saved *, mlp_ix kernel, struct mlp_error *);
/* Whether there is anything to look up in a program. */
bool mlp_looks_up(const struct mlp_program *);
/* From now on what a request does not carry is looked up. Borrowed. */
void mlp_predictor_look_up(struct mlp_predictor *, const struct mlp_lookup_ops *, struct mlp_lookup *);
void mlp_predictor_clear(struct mlp_predictor *);

struct mlp_scratch { struct mlp_arena arena, text; uint32_t room;
                     struct mlp_in *in; void **data; uint64_t **valid;     /* (inputs) of `room` rows */
                     struct mlp_out *out; const void **column;             /* (features of the program) both */
                     struct mlp_runs *runs;                                /* (texts) */
                     uint8_t *silent;                                      /* (room) 1: nothing is answered */
                     double *scores; };                                    /* room of the scorer */
/* reply.c: opens `answer` and `abstain`; tells n rows of the scratch (score: what the model said, then what is answered); the number
 * that `abstain` looks at: the score of what is decided, or the prediction. */
mlp_status mlp_reply_open(struct mlp_predictor *, struct mlp_error *);
void mlp_reply_run(const struct mlp_predictor *, struct mlp_scratch *, size_t n, double *score);
double mlp_reply_number(const struct mlp_program *, const double *score, uint32_t outputs, double threshold);
/* The input of a slot of the main source's rows, added when there is none. */
mlp_status mlp_predictor_input(struct mlp_predictor *, mlp_ix slot, mlp_ix *at, struct mlp_error *);

mlp_status mlp_scratch_init(struct mlp_scratch *, const struct mlp_predictor *, uint32_t room, struct mlp_error *);
void mlp_scratch_clear(struct mlp_scratch *);

/* One row: cells in the order of predictor->input, untrimmed text; at NULL: not there. A cell that breaks the schema is
 * MLP_ERR_DATA. score: (rows, outputs) here and below. */
mlp_status mlp_predict_row(const struct mlp_predictor *, struct mlp_scratch *, const struct mlp_str *cell, double *score,
                           struct mlp_error *);
/* What the predictor's own kernel says of a row: its outs, all F64. */
mlp_status mlp_predict_values(const struct mlp_predictor *, struct mlp_scratch *, const struct mlp_str *cell, double *out,
                              struct mlp_error *);
/* A block: set rows 0..n-1 (n <= room), then run. A row whose set failed gives a score that means nothing. Texts are copied. */
mlp_status mlp_predict_set(const struct mlp_predictor *, struct mlp_scratch *, uint32_t row, const struct mlp_str *cell,
                           struct mlp_error *);
mlp_status mlp_predict_run(const struct mlp_predictor *, struct mlp_scratch *, uint32_t n, double *score, struct mlp_error *) MLP_CHECKED;
/* Typed columns as kernels read them (codes are fitted codes), any number of rows: what the model says, without `answer`. */
mlp_status mlp_predict_columns(const struct mlp_predictor *, struct mlp_scratch *, const struct mlp_in *in, size_t n, double *score,
                               struct mlp_error *) MLP_CHECKED;

/* Which field of a request holds each input: place[i] for input i. A header without a needed column is an error that names it. */
mlp_status mlp_predictor_match(const struct mlp_predictor *, const struct mlp_str *header, uint32_t n, const char *file,
                               uint32_t *place, struct mlp_error *);
/* Place of a column of the main source (NULL: of what is called so) in a header; MLP_NONE: not there. */
uint32_t mlp_header_find(const struct mlp_predictor *, const struct mlp_column *, const char *name, const struct mlp_str *header,
                         uint32_t n);
#endif
