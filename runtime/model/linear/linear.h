/* linear.h: inside the linear family only. The columns of the problem and the small dense algebra that solves it. */
#ifndef MLP_LINEAR_H
#define MLP_LINEAR_H
#include "runtime/model/model.h"

/* What a feature becomes: a standardised number (and an indicator where training has missing ones), a level per code, or the columns
 * of its runs as they are. Columns are ordered: numbers and indicators [0, dense), the intercept at `dense`, levels and columns of runs
 * [dense + 1, columns). */
struct mlp_linear_feature {
    double mean, scale, fill;                               /* number: (x - mean) * scale; scale 0: constant, left out */
    uint32_t column, indicator;                             /* MLP_NONE: none */
    uint32_t *level;                                        /* (codes) column of a code or of a run's index, or MLP_NONE: not in training */
    uint32_t codes;
    const struct mlp_runs *runs;                            /* SPARSE */
};
struct mlp_linear_design {
    const struct mlp_fit_in *in; struct mlp_rows rows;
    uint32_t features, dense, coded, sparse, columns;
    struct mlp_linear_feature *feature; uint32_t *coded_at;  /* (coded) feature numbers of those with levels */
    uint32_t *sparse_at;                                    /* (sparse) and of those with runs */
    double *penalty;                                        /* (columns) 1, or 0 for the intercept and columns left out */
};
enum { MLP_LINEAR_TILE = 128 };                             /* rows expanded at a time */
mlp_status mlp_linear_design_make(struct mlp_linear_design *, const struct mlp_fit_in *, struct mlp_arena *, struct mlp_error *);
/* Expands rows [first, first + n) of the sample: x (dense + 1, TILE) column by column with the intercept's ones last,
 * level (coded, TILE) columns or MLP_NONE. */
void mlp_linear_tile(const struct mlp_linear_design *, size_t first, size_t n, double *x, uint32_t *level);
size_t mlp_linear_tile_bytes(const struct mlp_linear_design *);

double mlp_linear_dot(const double *, const double *, size_t n);
void mlp_linear_axpy(double a, const double *x, double *y, size_t n);          /* y += a x */
/* Lower Cholesky factor in place (n x n, row-major, lower half read). A pivot that is nothing beside its diagonal marks a column
 * that depends on those before it: it is taken out (its solution is 0). Returns how many were. */
size_t mlp_linear_factor(double *a, size_t n);
void mlp_linear_solve(const double *factor, size_t n, double *b);               /* in place */

/* Passes over the design's rows; sums are merged in chunk order. */
mlp_status mlp_linear_scores(const struct mlp_linear_design *, const double *weight, double *score,
                             struct mlp_error *); /* (rows) */
/* gradient (columns): X' grad; hessian (columns, columns), lower half: X' diag(hess) X; hess NULL: gradient only. */
mlp_status mlp_linear_sum(const struct mlp_linear_design *, const double *grad, const double *hess, double *gradient,
                          double *hessian, struct mlp_error *);

/* One problem, sum(loss) / total + l2/2 |w|^2 + l1 |w|: `weight` (n) is start and solution. */
struct mlp_linear_problem {
    const struct mlp_linear_design *design; const struct mlp_sample *sample; double l1, l2, tolerance; uint32_t iterations;
    size_t n; const double *penalty;                        /* parameters; (n) 1, or 0 for those that are free */
    /* Mean loss at w, without penalties. g (n), h (n, n) lower half: its derivatives, or NULL. */
    mlp_status (*evaluate)(struct mlp_linear_problem *, const double *w, double *value, double *g, double *h, struct mlp_error *);
    const void *own; double *scratch;                       /* of evaluate; scratch as it needs: (2 rows) for one output */
    double *weight, objective; uint32_t steps;
};
mlp_status mlp_linear_newton(struct mlp_linear_problem *, struct mlp_arena *, struct mlp_error *);         /* one output, up to WIDE */
mlp_status mlp_linear_newton_any(struct mlp_linear_problem *, struct mlp_arena *, struct mlp_error *);     /* by evaluate */
mlp_status mlp_linear_quasi_newton(struct mlp_linear_problem *, struct mlp_arena *, struct mlp_error *);   /* by evaluate, any number */
enum { MLP_LINEAR_NARROW = 256, MLP_LINEAR_WIDE = 2048, MLP_LINEAR_WIDE_RUNS = 512 };         /* runs make cheap passes, and a Hessian full of zeros */
/* The step of the problem's quadratic model, from derivatives of the loss, to which those of the l2 penalty are added; q, scratch, at: (n)
 * room. Returns the objective's slope along it: an upper bound of it with an l1 penalty. */
double mlp_linear_step(const struct mlp_linear_problem *, double *h, double *g, double *step, double *q, double *factor, double *scratch,
                       uint32_t *at);
/* kinked.c: from a solution of newton's on, for a loss without a second derivative. */
mlp_status mlp_linear_kinked(struct mlp_linear_problem *, struct mlp_arena *, struct mlp_error *);
double mlp_linear_penalty(const struct mlp_linear_problem *, const double *weight);
mlp_status mlp_linear_progress(const struct mlp_linear_problem *, struct mlp_error *);
mlp_status mlp_linear_start_failed(const struct mlp_linear_problem *, struct mlp_error *);   /* the objective is not finite */
/* The mean of the model's own loss kernel: one output. */
mlp_status mlp_linear_scalar(struct mlp_linear_problem *, const double *w, double *value, double *g, double *h, struct mlp_error *);
/* classes.c: softmax, one weight vector per class that training has: weight (classes, columns). */
mlp_status mlp_linear_softmax(struct mlp_linear_problem *, const struct mlp_classes *, struct mlp_arena *, struct mlp_error *);
/* Ordered classes: weight (columns), whose intercept stays 0, then the borders, which are left in `ordered` too. */
struct mlp_ordered;
struct mlp_lists;
mlp_status mlp_linear_ordered(struct mlp_linear_problem *, const struct mlp_classes *, struct mlp_ordered *, struct mlp_arena *,
                              struct mlp_error *);
/* lists.c: the softmax over each query's rows. */
mlp_status mlp_linear_listwise(struct mlp_linear_problem *, const struct mlp_lists *, struct mlp_arena *, struct mlp_error *);
#endif
