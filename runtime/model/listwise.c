/* listwise.c: the softmax over the rows of a query. Lists are worked on in chunks of a fixed number of them, so sums do not depend on
 * threads. */
#include "runtime/model/listwise.h"
#include "runtime/base/math.h"
#include <string.h>

enum { LISTS = 256 };                                       /* of a chunk */

mlp_status mlp_lists_make(const struct mlp_fit_in *in, struct mlp_rows rows, struct mlp_lists *l, struct mlp_arena *arena,
                          struct mlp_error *error)
{
    uint32_t queries = 0;
    *l = (struct mlp_lists){0};
    for (size_t i = 0; i < rows.n; i++) if (in->query[rows.at[i]] >= queries) queries = in->query[rows.at[i]] + 1;
    uint32_t *at = mlp_arena_alloc(arena, (rows.n + 1) * sizeof *at), *list = mlp_arena_alloc(arena, (queries + 1) * sizeof *list);
    l->start = mlp_arena_alloc(arena, (rows.n + 3) * sizeof *l->start), l->weight = mlp_arena_alloc(arena, (rows.n + 1) * sizeof *l->weight);
    l->chunk = mlp_arena_alloc(arena, (rows.n / LISTS + 1) * sizeof *l->chunk);
    if (!at || !list || !l->start || !l->weight || !l->chunk) return mlp_no_memory(error, (rows.n + queries) * sizeof *at);
    for (size_t i = 0; i < rows.n; i++) {                   /* list: its number + 1; start: counted two further up, then moved down */
        uint32_t *k = &list[in->query[rows.at[i]]];
        if (!*k) *k = (uint32_t)++l->n;
        l->start[*k + 1]++;
    }
    for (size_t k = 2; k <= l->n; k++) l->start[k] += l->start[k - 1];
    for (size_t i = 0; i < rows.n; i++) at[l->start[list[in->query[rows.at[i]]]]++] = rows.at[i];
    l->rows = (struct mlp_rows){at, rows.n};
    return MLP_OK;
}

void mlp_lists_share(struct mlp_lists *l, struct mlp_sample *s)
{
    s->total = 0;
    for (size_t k = 0; k < l->n; k++) {
        double all = 0, weight = 0;
        for (uint32_t i = l->start[k]; i < l->start[k + 1]; i++) all += s->y[i];
        for (uint32_t i = l->start[k]; i < l->start[k + 1]; i++)
            weight += s->y[i] = all > 0 ? s->y[i] / all * (s->weight ? s->weight[i] : 1) : 0;
        s->total += l->weight[k] = weight;
    }
}

struct job { const struct mlp_sample *s; const struct mlp_lists *l; const double *score; double *grad, *hess; };

static void lists_chunk(void *data, size_t chunk, int worker)
{
    (void)worker;
    const struct job *j = data;
    const size_t end = (chunk + 1) * LISTS < j->l->n ? (chunk + 1) * LISTS : j->l->n;
    const double *y = j->s->y;
    double sum = 0;
    for (size_t k = chunk * LISTS; k < end; k++) {
        const uint32_t from = j->l->start[k], to = j->l->start[k + 1];
        const double weight = j->l->weight[k];
        double most = j->score[from], total = 0;
        if (!(weight > 0)) {
            for (uint32_t i = from; j->grad && i < to; i++) j->grad[i] = 0;
            for (uint32_t i = from; j->hess && i < to; i++) j->hess[i] = 0;
            continue;
        }
        for (uint32_t i = from; i < to; i++) most = j->score[i] > most ? j->score[i] : most;
        for (uint32_t i = from; i < to; i++) total += mlp_exp(j->score[i] - most);
        const double log_total = mlp_log(total);
        for (uint32_t i = from; i < to; i++) {
            if (y[i] > 0) sum += y[i] * (log_total - (j->score[i] - most));
            if (!j->grad) continue;
            const double p = mlp_exp(j->score[i] - most) / total;
            j->grad[i] = weight * p - y[i];
            if (j->hess) j->hess[i] = weight * p * (1 - p);
        }
    }
    j->l->chunk[chunk] = sum;
}

double mlp_listwise_loss(const struct mlp_fit_in *in, const struct mlp_sample *s, const struct mlp_lists *l, const double *score,
                         double *grad, double *hess)
{
    struct job j = {s, l, score, grad, hess};
    const size_t chunks = (l->n + LISTS - 1) / LISTS;
    double sum = 0;
    mlp_pool_run(in->pool, chunks, lists_chunk, &j);
    for (size_t c = 0; c < chunks; c++) sum += l->chunk[c];
    return sum;
}
