/* ordered.c: the loss of ordered classes, -log(s(a) - s(b)) with a and b the borders around the row's class less its score. It is
 * written as log s(a) + log s(-b) + log(1 - e^(b - a)), so that nothing cancels. */
#include "runtime/model/ordered.h"
#include "runtime/base/math.h"
#include <math.h>
#include <stdbool.h>
#include <string.h>

mlp_status mlp_ordered_init(struct mlp_ordered *o, const struct mlp_sample *s, uint32_t n, struct mlp_arena *arena,
                            struct mlp_error *error)
{
    const size_t chunks = s->n / MLP_CHUNK + 1, need = ((size_t)n * 4 + chunks * (3 * (size_t)n + 1)) * sizeof(double);
    double *room = mlp_arena_alloc(arena, need), below = 0;
    if (!room) return mlp_no_memory(error, need);
    *o = (struct mlp_ordered){.n = n, .border = room, .g = room + n, .h = room + 2 * n, .chunk = room + 4 * n};
    for (size_t i = 0; i < s->n; i++) if (s->y[i] >= 0) o->g[(uint32_t)s->y[i]] += s->weight ? s->weight[i] : 1;
    for (uint32_t k = 0; k + 1 < n; k++) {
        below += o->g[k];
        o->border[k] = mlp_log(below) - mlp_log(s->total - below);
    }
    return MLP_OK;
}

struct job { const struct mlp_sample *s; struct mlp_ordered *o; const double *score; double *grad, *hess, *low, *high; int derive; };

static double softplus(double x) { return (x > 0 ? x : 0) + mlp_log1p(mlp_exp(x > 0 ? -x : x)); }

/* 1 - e^x for x < 0, given e^x: exact near 0 too. */
static double one_less(double x, double e) { return e == 1 ? -x : e < 0.5 ? 1 - e : (1 - e) * (x / mlp_log(e)); }

static void run_chunk(void *data, size_t chunk, int worker)
{
    (void)worker;
    const struct job *j = data;
    const struct mlp_ordered *o = j->o;
    const uint32_t last = o->n - 1;
    const size_t end = (chunk + 1) * MLP_CHUNK < j->s->n ? (chunk + 1) * MLP_CHUNK : j->s->n;
    double *sum = o->chunk + chunk * (3 * (size_t)o->n + 1), *g = sum + 1, *h = g + o->n;
    memset(sum, 0, (3 * (size_t)o->n + 1) * sizeof *sum);
    for (size_t i = chunk * MLP_CHUNK; i < end; i++) {
        const double w = j->s->weight ? j->s->weight[i] : 1, z = j->score[i];
        if (!(w > 0) || j->s->y[i] < 0) {                   /* nothing, or a class that training did not have */
            if (j->grad) j->grad[i] = j->hess[i] = 0;
            if (j->low) j->low[i] = j->high[i] = 0;
            if (w > 0) *sum += w * 745;
            continue;
        }
        const uint32_t y = (uint32_t)j->s->y[i];
        const bool up = y < last, down = y > 0;
        const double a = up ? o->border[y] - z : 0, b = down ? o->border[y - 1] - z : 0;
        const double fade = up && down ? mlp_exp(b - a) : 0, rest = up && down ? one_less(b - a, fade) : 1, far = fade / rest;
        double value = 0;
        if (up) value += softplus(-a);
        if (down) value += softplus(b);
        if (up && down) value -= mlp_log(rest);
        *sum += w * value;
        if (!j->grad && !j->derive) continue;
        const double pa = up ? mlp_sigmoid(-a) : 0, pb = down ? mlp_sigmoid(b) : 0;
        const double haa = up ? pa * (1 - pa) : 0, hbb = down ? pb * (1 - pb) : 0, mixed = far * (1 + far);
        if (j->grad) j->grad[i] = w * (pa - pb), j->hess[i] = w * (haa + hbb);
        if (j->low) j->low[i] = -w * hbb, j->high[i] = -w * haa;
        if (!j->derive) continue;
        if (up) g[y] -= w * (pa + far), h[y] += w * (haa + mixed);
        if (down) g[y - 1] += w * (pb + far), h[y - 1] += w * (hbb + mixed);
        if (up && down) h[o->n - 1 + y - 1] -= w * mixed;
    }
}

double mlp_ordered_loss(const struct mlp_fit_in *in, const struct mlp_sample *s, struct mlp_ordered *o, const double *score,
                        double *grad, double *hess, double *low, double *high, int derive)
{
    struct job j = {s, o, score, grad, hess, low, high, derive};
    const size_t chunks = (s->n + MLP_CHUNK - 1) / MLP_CHUNK, step = 3 * (size_t)o->n + 1;
    double sum = 0;
    for (uint32_t k = 1; k + 1 < o->n; k++)
        if (!(o->border[k] > o->border[k - 1])) return INFINITY;
    mlp_pool_run(in->pool, chunks, run_chunk, &j);
    if (derive) memset(o->g, 0, o->n * sizeof *o->g), memset(o->h, 0, 2 * (size_t)o->n * sizeof *o->h);
    for (size_t c = 0; c < chunks; c++) {
        const double *part = o->chunk + c * step;
        sum += *part;
        for (uint32_t k = 0; derive && k < o->n; k++) o->g[k] += part[1 + k];
        for (uint32_t k = 0; derive && k < 2 * o->n; k++) o->h[k] += part[1 + o->n + k];
    }
    return sum;
}

/* x with H x = g for the three diagonals of h; g is replaced. */
static void solve(uint32_t n, const double *h, double *g, double *pivot)
{
    const double *side = h + n;
    for (uint32_t k = 0; k < n; k++) {
        pivot[k] = h[k] - (k ? side[k - 1] * side[k - 1] / pivot[k - 1] : 0);
        if (k) g[k] -= side[k - 1] / pivot[k - 1] * g[k - 1];
    }
    for (uint32_t k = n; k-- > 0;) g[k] = (g[k] - (k + 1 < n ? side[k] * g[k + 1] : 0)) / pivot[k];
}

double mlp_ordered_fit(const struct mlp_fit_in *in, const struct mlp_sample *s, struct mlp_ordered *o, const double *score)
{
    const uint32_t n = o->n - 1;
    double best = mlp_ordered_loss(in, s, o, score, NULL, NULL, NULL, NULL, 1), step[n + 1], from[n + 1], pivot[n + 1];
    for (int turn = 0; turn < 4 && n; turn++) {
        double gain = 0, f = INFINITY;
        memcpy(step, o->g, n * sizeof *step), memcpy(from, o->border, n * sizeof *from);
        solve(n, o->h, step, pivot);
        for (uint32_t k = 0; k < n; k++) gain += step[k] * o->g[k];
        if (!(gain > 1e-12 * best)) break;
        double length = 1;
        for (int half = 0; half < 20 && !(f < best); half++, length /= 2) {
            for (uint32_t k = 0; k < n; k++) o->border[k] = from[k] - length * step[k];
            f = mlp_ordered_loss(in, s, o, score, NULL, NULL, NULL, NULL, 1);
        }
        if (!(f < best)) {
            memcpy(o->border, from, n * sizeof *from);
            return best;
        }
        best = f;
    }
    return best;
}

void mlp_ordered_start(const struct mlp_ordered *o, const struct mlp_classes *c, uint32_t outputs, double *start)
{
    double now = MLP_ABSENT_SCORE;                          /* below the first class there is nothing */
    for (uint32_t k = 0, at = 0; k < outputs; k++) {
        if (at < c->n && c->present[at] == k) now = at + 1 < c->n ? o->border[at] : -MLP_ABSENT_SCORE, at++;
        start[k] = now;
    }
}
