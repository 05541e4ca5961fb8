/* model_common.h: what the tests of models share: losses in plain C, a problem of columns in memory, a fit, both forms of predict.
 */
#ifndef MODEL_COMMON_H
#define MODEL_COMMON_H
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "mlp_stdlib.h"
#include "runtime/base/hash.h"
#include "runtime/model/model.h"

#define UNUSED __attribute__((unused))
UNUSED static void loss_log(const struct mlp_ctx *ctx, const double *y, const double *w, const double *s, size_t n, double *v,
                            double *g, double *h)
{
    (void)ctx;
    for (size_t i = 0; i < n; i++) {
        double k = w ? w[i] : 1, e = exp(-fabs(s[i])), p = s[i] > 0 ? 1 / (1 + e) : e / (1 + e);
        if (v) v[i] = k * (log1p(e) + (s[i] > 0 ? s[i] * (1 - y[i]) : -s[i] * y[i]));
        if (g) g[i] = k * (p - y[i]);
        if (h) h[i] = k * e / ((1 + e) * (1 + e));
    }
}
UNUSED static void loss_squared(const struct mlp_ctx *ctx, const double *y, const double *w, const double *s, size_t n, double *v,
                                double *g, double *h)
{
    (void)ctx;
    for (size_t i = 0; i < n; i++) {
        double k = w ? w[i] : 1, d = s[i] - y[i];
        if (v) v[i] = k * 0.5 * d * d;
        if (g) g[i] = k * d;
        if (h) h[i] = k;
    }
}
UNUSED static void loss_absolute(const struct mlp_ctx *ctx, const double *y, const double *w, const double *s, size_t n, double *v,
                                 double *g, double *h)
{
    (void)ctx;
    for (size_t i = 0; i < n; i++) {
        double k = w ? w[i] : 1, d = s[i] - y[i];
        if (v) v[i] = k * fabs(d);
        if (g) g[i] = k * (d > 0 ? 1 : d < 0 ? -1 : 0);
        if (h) h[i] = 0;
    }
}

enum { MOST_FEATURES = 40 };
struct problem {
    uint32_t rows, features, codes[MOST_FEATURES];
    void *column[MOST_FEATURES];
    double *y, *weight;
    uint32_t *row, train, validation;                       /* the first `train` rows train, the next `validation` judge */
    struct mlp_feature feature[MOST_FEATURES];
    const struct mlp_feature *feature_at[MOST_FEATURES];
    mlp_ix index[MOST_FEATURES];
    struct mlp_arg args[16], train_args[MLP_BLOCK_TRAIN_PARAMETERS];
    struct mlp_model model;
    union mlp_entry entry;
    struct mlp_code code;
    struct mlp_ctx ctx;
    struct mlp_arena arena;
};

UNUSED static void problem_init(struct problem *p, uint32_t rows, uint32_t features, mlp_loss_fn *loss)
{
    memset(p, 0, sizeof *p);
    p->rows = p->train = rows, p->features = features, p->entry.loss = loss;
    p->y = mlp_arena_alloc(&p->arena, rows * sizeof(double)), p->row = mlp_arena_alloc(&p->arena, rows * sizeof(uint32_t));
    for (uint32_t i = 0; i < rows; i++) p->row[i] = i;
    for (uint32_t f = 0; f < features; f++) {
        p->column[f] = mlp_arena_alloc(&p->arena, rows * 4 + 4), p->feature_at[f] = &p->feature[f], p->index[f] = f;
        p->feature[f].id.name = "x", p->feature[f].form = MLP_DENSE;
    }
    p->model.target = p->model.exposure = MLP_NONE, p->model.id.name = "m", p->model.features.at = p->index, p->model.features.n = features;
    p->model.use.args.at = p->args, p->model.use.args.n = 16, p->model.train.args.at = p->train_args, p->model.train.args.n = MLP_BLOCK_TRAIN_PARAMETERS;
    p->code.entry = &p->entry;
}
UNUSED static void coded(struct problem *p, uint32_t f, uint32_t codes) { p->feature[f].form = MLP_CODES, p->codes[f] = codes; }
UNUSED static float *number(struct problem *p, uint32_t f) { return p->column[f]; }
UNUSED static uint32_t *code(struct problem *p, uint32_t f) { return p->column[f]; }
UNUSED static void set(struct problem *p, uint32_t arg, double v) { p->args[arg] = (struct mlp_arg){.kind = MLP_A_NUM, .num = v}; }

UNUSED static struct mlp_fit_in fit_in(struct problem *p, struct mlp_pool *pool)
{
    p->code.entry = &p->entry;
    return (struct mlp_fit_in){.code = &p->code,
                               .model = &p->model,
                               .ctx = &p->ctx,
                               .all = {p->rows, p->features, p->feature_at, (const void *const *)p->column},
                               .codes = p->codes,
                               .y = p->y,
                               .weight = p->weight,
                               .train = {p->row, p->train},
                               .validation = {p->row + p->train, p->validation},
                               .seed = 7,
                               .pool = pool};
}

/* Scores of all rows in blocks; the row form must give the same bits. */
UNUSED static void scores(const struct problem *p, const struct mlp_model_ops *ops, const void *opened, double *score)
{
    struct mlp_block all = {p->rows, p->features, p->feature_at, (const void *const *)p->column};
    ops->predict(opened, &all, score);
    for (uint32_t r = 0; r < p->rows; r++) {
        const void *at[MOST_FEATURES];
        for (uint32_t f = 0; f < p->features; f++) at[f] = (const uint32_t *)p->column[f] + r;
        struct mlp_block one = {1, p->features, p->feature_at, at};
        double s;
        ops->predict(opened, &one, &s);
        if (memcmp(&s, &score[r], sizeof s)) fail_msg("row %u: %a in a block, %a alone", r, score[r], s);
    }
}

UNUSED static const void *fit_open(struct problem *p, const struct mlp_model_ops *ops, struct mlp_pool *pool,
                                   struct mlp_arena *arena, struct mlp_tensors *ts)
{
    struct mlp_fit_in in = fit_in(p, pool);
    struct mlp_error error = {0};
    const char *summary = NULL;
    const void *opened = NULL;
    if (ops->fit(&in, arena, ts, &summary, &error) != MLP_OK) fail_msg("fit: %s", error.text);
    assert_non_null(summary);
    if (ops->open(&p->model, p->feature_at, p->codes, 1, ts, arena, &opened, &error) != MLP_OK) fail_msg("open: %s", error.text);
    return opened;
}

UNUSED static void same_tensors(const struct mlp_tensors *a, const struct mlp_tensors *b)
{
    assert_int_equal(a->n, b->n);
    for (uint32_t i = 0; i < a->n; i++) {
        assert_string_equal(a->at[i].name, b->at[i].name);
        assert_int_equal(mlp_tensor_bytes(&a->at[i]), mlp_tensor_bytes(&b->at[i]));
        assert_memory_equal(a->at[i].data, b->at[i].data, mlp_tensor_bytes(&a->at[i]));
    }
}

/* The model must have the same bits for 1, 2 and 7 threads. */
UNUSED static void same_for_threads(struct problem *p, const struct mlp_model_ops *ops)
{
    struct mlp_arena arena = {0};
    struct mlp_tensors one, many;
    fit_open(p, ops, NULL, &arena, &one);
    for (int threads = 2; threads <= 7; threads += 5) {
        struct mlp_pool *pool = mlp_pool_new(threads);
        fit_open(p, ops, pool, &arena, &many);
        same_tensors(&one, &many);
        mlp_pool_free(pool);
    }
    mlp_arena_clear(&arena);
}

/* Every array damaged in turn (missing, of another type, shorter, longer, each element with bits flipped): open says so or the
 * model still scores without reading outside its arrays (a sanitizer watches). must: changes that open has to refuse. */
UNUSED static void damage(struct problem *p, const struct mlp_model_ops *ops, const struct mlp_tensors *ts)
{
    struct mlp_arena arena = {0};
    double *score = mlp_arena_alloc(&arena, p->rows * sizeof *score);
    const void *opened;
    uint32_t refused = 0, taken = 0;
    for (uint32_t i = 0; i < ts->n; i++)
        for (int how = 0; how < 5; how++) {
            struct mlp_tensor copy[16];
            struct mlp_error error = {0};
            memcpy(copy, ts->at, ts->n * sizeof *copy);
            struct mlp_tensors bad = {copy, ts->n};
            if (how == 0) copy[i].name = "other";
            if (how == 1) copy[i].dtype = (uint8_t)((copy[i].dtype + 1) % 6);
            if (how == 2 && copy[i].shape[0] == 0) continue;
            if (how == 2) copy[i].shape[0]--;
            if (how == 3) copy[i].shape[0] = 0, copy[i].data = NULL;
            if (how == 4) copy[i].rank = 2, copy[i].shape[1] = 1;
            if (how == 3 && ts->at[i].shape[0] == 0) continue;
            mlp_status status = ops->open(&p->model, p->feature_at, p->codes, 1, &bad, &arena, &opened, &error);
            if (how != 2 && how != 3 && status == MLP_OK) fail_msg("%s damaged (%d) and not refused", ts->at[i].name, how);
            if (status == MLP_OK) scores(p, ops, opened, score);
            else assert_int_equal(status, MLP_ERR_DATA), assert_true(error.text[0] && error.fix[0]);
        }
    for (uint32_t i = 0; i < ts->n; i++) {
        size_t bytes = mlp_tensor_bytes(&ts->at[i]), size = bytes / (ts->at[i].shape[0] ? ts->at[i].shape[0] : 1);
        for (size_t k = 0; k < 200 && bytes; k++) {
            struct mlp_tensor copy[16];
            struct mlp_error error = {0};
            memcpy(copy, ts->at, ts->n * sizeof *copy);
            struct mlp_tensors bad = {copy, ts->n};
            struct mlp_arena one = {0};
            uint64_t bits = mlp_random(3, i, k);
            unsigned char *data = malloc(bytes);                      /* its own block, so that a sanitizer sees its end */
            memcpy(data, ts->at[i].data, bytes);
            size_t at = bits % (bytes / size) * size;
            for (size_t b = 0; b < size; b++) data[at + b] ^= (unsigned char)(k % 3 == 0 ? 0xff : bits >> (16 + 8 * (b % 6)));
            copy[i].data = data;
            if (ops->open(&p->model, p->feature_at, p->codes, 1, &bad, &one, &opened, &error) == MLP_OK)
                scores(p, ops, opened, score), taken++;
            else assert_true(error.text[0] && error.fix[0]), refused++;
            mlp_arena_clear(&one);
            free(data);
        }
    }
    assert_true(refused > 0 && taken > 0);                  /* a weight is any number: not every change can be seen here */
    mlp_arena_clear(&arena);
}
#endif
