/* result.c: a result as a short table for people and as one JSON object for machines. Every number has its interval and the
 * baselines beside it. It writes into a buffer; it computes nothing. */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include "runtime/base/json.h"
#include "runtime/run/run.h"

void mlp_result_clear(struct mlp_result *r)
{
    mlp_arena_clear(&r->arena);
    *r = (struct mlp_result){0};
}

/* ---- for people ---- */

enum { NAME = 128 };

static size_t width(const char *text)                       /* columns of a text: code points, which is right for what names hold */
{
    size_t n = 0;
    for (; *text; text++) n += ((unsigned char)*text & 0xc0) != 0x80;
    return n;
}

static void put(struct mlp_buffer *out, const char *text, size_t columns, bool right)
{
    const size_t used = width(text), pad = used < columns ? columns - used : 0;
    if (right) mlp_buffer_printf(out, "%*s", (int)pad, "");
    mlp_buffer_text(out, text);
    if (!right) mlp_buffer_printf(out, "%*s", (int)pad, "");
}

static void count(uint64_t n, char *out, size_t room)       /* 7,043 */
{
    char digits[32];
    const int length = snprintf(digits, sizeof digits, "%llu", (unsigned long long)n);
    size_t at = 0;
    for (int i = 0; i < length && at + 2 < room; i++) {
        if (i && (length - i) % 3 == 0) out[at++] = ',';
        out[at++] = digits[i];
    }
    out[at] = 0;
}

/* About four digits: what an interval leaves of meaning. scale: the largest number beside it; what is nothing against it shows
 * as 0. */
static void value(double x, double scale, char *out, size_t room)
{
    if (fabs(x) < 0.0005 && fabs(scale) >= 0.01) x = 0;
    const double size = fabs(x);
    char whole[40];
    if (isnan(x)) snprintf(out, room, "undefined");
    else if (size >= 1000 && size < 1e15)
        count((uint64_t)(size + 0.5), whole, sizeof whole), snprintf(out, room, "%s%s", x < 0 ? "-" : "", whole);
    else if (size >= 1e15 || (size > 0 && size < 0.001)) snprintf(out, room, "%.3g", x);
    else snprintf(out, room, "%.*f", size < 10 ? 3 : size < 100 ? 2 : 1, x);
}

static void bound(double x, char *out, size_t room)         /* an end of a range: a whole number without its zeros */
{
    if (x == floor(x) && fabs(x) < 1000) snprintf(out, room, "%.0f", x + 0.0);
    else value(x, 0, out, room);
}

static void measure(const struct mlp_measure *m, double scale, bool interval, char *out, size_t room)
{
    static const struct { uint8_t unit; double from; const char *word; } units[] = {
        {MLP_SECONDS, 60, "min"}, {MLP_SECONDS, 1, "s"}, {MLP_SECONDS, 1e-3, "ms"}, {MLP_SECONDS, 0, "µs"}, {MLP_BYTES, 1 << 30, "GiB"},
        {MLP_BYTES, 1 << 20, "MiB"}, {MLP_BYTES, 1 << 10, "KiB"}, {MLP_BYTES, 0, "B"}, {MLP_PER_SECOND, 0, "rows/s"}};
    char v[48], low[48], high[48];
    for (size_t i = 0; m->unit > MLP_SHARE && !isnan(m->value) && i < sizeof units / sizeof *units; i++) {
        if (units[i].unit != m->unit || m->value < units[i].from) continue;
        const double size = units[i].from > 0 ? units[i].from : m->unit == MLP_SECONDS ? 1e-6 : 1;
        value(m->value / size, 1, v, sizeof v), snprintf(out, room, "%s %s", v, units[i].word);
        return;
    }
    scale = fmax(fmax(fabs(scale), fabs(m->high)), fmax(fabs(m->low), fabs(m->value)));   /* fmax leaves NaN out */
    value(m->value, scale, v, sizeof v), value(m->low, scale, low, sizeof low), value(m->high, scale, high, sizeof high);
    if (interval && !isnan(m->value) && !isnan(m->low) && !m->unit) snprintf(out, room, "%s [%s, %s]", v, low, high);
    else snprintf(out, room, "%s", v);
}

static void day(int64_t us, char *out, size_t room)
{
    time_t seconds = (time_t)(us / 1000000 - (us % 1000000 < 0));
    struct tm t;
    if (!gmtime_r(&seconds, &t) || !strftime(out, room, "%Y-%m-%d", &t)) snprintf(out, room, "?");
}

/* Adelie 44.1 %, Gentoo 36.0 %, 1 more: the largest first. */
static void class_shares(const struct mlp_result *r, const struct mlp_part_summary *p, char *out, size_t room)
{
    enum { SHOWN = 4 };
    uint32_t best[SHOWN], n = 0;
    for (uint32_t k = 0; k < r->classes; k++) {
        uint32_t at = n;
        while (at && p->class_rows[k] > p->class_rows[best[at - 1]]) at--;
        if (at >= SHOWN) continue;
        if (n < SHOWN) n++;
        for (uint32_t i = n - 1; i > at; i--) best[i] = best[i - 1];
        best[at] = k;
    }
    size_t used = 0;
    *out = 0;
    for (uint32_t i = 0; i < n && used + 1 < room; i++)
        used += (size_t)snprintf(out + used, room - used, "%s%.24s %.1f %%", i ? ", " : "", r->class_name[best[i]],
                                 100 * (double)p->class_rows[best[i]] / (double)p->rows);
    if (r->classes > n && used + 1 < room) snprintf(out + used, room - used, ", %u more", r->classes - n);
}

static void head(const struct mlp_result *r, bool colour, struct mlp_buffer *out)
{
    char rows[48], line[2 * NAME];
    count(r->rows, rows, sizeof rows);
    mlp_buffer_printf(out, "%s%s%s · %s rows · %llu features · seed %llu · %.2f s\n\n", colour ? "\033[1m" : "", r->program->name,
                      colour ? "\033[0m" : "", rows, (unsigned long long)r->features, (unsigned long long)r->seed, r->seconds);
    const bool binary = r->program->target.task == MLP_BINARY;
    for (int k = 0; k < 3; k++) {
        const struct mlp_part_summary *p = &r->part[k];
        if (!p->rows) continue;
        char from[24], to[24], mean[48], low[48], high[48];
        const char *unit = r->program->target.unit;
        count(p->rows, rows, sizeof rows), value(p->mean, 0, mean, sizeof mean);
        bound(p->low, low, sizeof low), bound(p->high, high, sizeof high);
        mlp_buffer_printf(out, "  %-12s%10s rows   ", p->held_out ? "held out" : p->name, rows);
        if (p->class_rows) class_shares(r, p, line, sizeof line);
        else if (binary) snprintf(line, sizeof line, "%.1f %% %s", p->mean * 100, r->program->target.id.name);
        else snprintf(line, sizeof line, "mean %s %s%s%s, %s … %s", r->program->target.id.name, mean, unit ? " " : "", unit ? unit : "",
                      low, high);
        mlp_buffer_text(out, line);
        if (p->has_time)
            day(p->first_us, from, sizeof from), day(p->last_us, to, sizeof to), mlp_buffer_printf(out, "   %s … %s", from, to);
        mlp_buffer_text(out, "\n");
    }
    if (r->folds) {
        uint64_t learn[2] = {UINT64_MAX, 0}, held[2] = {UINT64_MAX, 0};
        char a[48], b[48], c[48], d[48];
        for (uint32_t k = 0; k < r->folds; k++) {
            const struct mlp_fold_summary *f = &r->fold[k];
            if (f->train < learn[0]) learn[0] = f->train;
            if (f->train > learn[1]) learn[1] = f->train;
            if (f->held < held[0]) held[0] = f->held;
            if (f->held > held[1]) held[1] = f->held;
        }
        count(learn[0], a, sizeof a), count(learn[1], b, sizeof b), count(held[0], c, sizeof c), count(held[1], d, sizeof d);
        mlp_buffer_printf(out, "  %u folds: each learns from %s%s%s rows and holds out %s%s%s\n", r->folds, a, learn[1] > learn[0] ? " … " : "",
                          learn[1] > learn[0] ? b : "", c, held[1] > held[0] ? " … " : "", held[1] > held[0] ? d : "");
    }
    for (uint32_t i = 0; i < r->lefts; i++)
        count(r->left[i].rows, rows, sizeof rows),
            mlp_buffer_printf(out, "  %-12s%10s rows   of %s left out%s%s\n", "bad", rows, r->left[i].source, r->left[i].kept ? ", kept in " : "",
                              r->left[i].kept ? r->left[i].kept : "");
    if (r->unlabelled)
        count(r->unlabelled, rows, sizeof rows), mlp_buffer_printf(out, "  %-12s%10s rows   not used\n", "unlabelled", rows);
    if (r->unused) count(r->unused, rows, sizeof rows), mlp_buffer_printf(out, "  %-12s%10s rows   not used\n", "in no part", rows);
    mlp_buffer_text(out, "\n");
}

static double scale_of(const struct mlp_result *r, uint32_t metric)
{
    double scale = 0;
    for (uint32_t i = 0; i < r->contenders; i++)
        if (r->contender[i].measure) scale = fmax(scale, fabs(r->contender[i].measure[metric].value));
    return scale;
}

/* Width of a contender's column and what stands above it; 0: it was not kept with the model, and has no column. */
static size_t column_width(const struct mlp_result *r, const struct mlp_contender *c, char name[NAME])
{
    char cell[160];
    bool there = false;
    snprintf(name, NAME, "%.100s%s", c->name, c->is_winner ? " (kept)" : "");
    size_t columns = width(name);
    for (uint32_t m = 0; c->measure && m < r->metrics; m++) {
        measure(&c->measure[m], scale_of(r, m), !c->is_baseline, cell, sizeof cell);
        if (width(cell) > columns) columns = width(cell);
        there |= strcmp(c->measure[m].why, "not kept with the model") != 0;
    }
    return there ? columns : 0;
}

/* Mean and standard deviation over the folds on which the chooser is defined. */
struct over_folds { double mean, sd, low, high; uint32_t n; };
static struct over_folds over_folds(const struct mlp_result *r, const struct mlp_contender *c)
{
    struct over_folds o = {0, 0, INFINITY, -INFINITY, 0};
    for (uint32_t k = 0; c->fold && k < r->folds; k++) {
        const double x = c->fold[k];
        if (isnan(x)) continue;
        o.mean += x, o.n++, o.low = fmin(o.low, x), o.high = fmax(o.high, x);
    }
    o.mean = o.n ? o.mean / o.n : NAN;
    for (uint32_t k = 0; c->fold && k < r->folds; k++) if (!isnan(c->fold[k])) o.sd += (c->fold[k] - o.mean) * (c->fold[k] - o.mean);
    o.sd = o.n > 1 ? sqrt(o.sd / (o.n - 1)) : NAN;
    return o;
}

static void spread(const struct mlp_result *r, const struct mlp_contender *c, struct mlp_buffer *out)
{
    const struct over_folds o = over_folds(r, c);
    char mean[48], sd[48], low[48], high[48];
    if (!o.n) return;
    value(o.mean, 0, mean, sizeof mean), value(o.sd, o.mean, sd, sizeof sd), value(o.low, o.mean, low, sizeof low);
    value(o.high, o.mean, high, sizeof high);
    mlp_buffer_printf(out, "  %s over %u folds: %s %s ± %s (%s … %s)\n", r->metric_name[r->chooser], o.n, c->name, mean, sd, low, high);
}

/* Metrics down, those who predict across: models with intervals, then baselines. */
static void table(const struct mlp_result *r, bool colour, struct mlp_buffer *out)
{
    char cell[160];
    const char *const judged = r->part[2].held_out ? "on held out rows" : "on the test part";
    size_t first = width(judged);
    for (uint32_t m = 0; m < r->metrics; m++) if (width(r->metric_name[m]) > first) first = width(r->metric_name[m]);
    mlp_buffer_text(out, "  "), put(out, judged, first, false);
    for (uint32_t row = 0; row <= r->metrics; row++) {      /* row 0: names */
        if (row) mlp_buffer_text(out, "\n  "), put(out, r->metric_name[row - 1], first, false);
        for (uint32_t i = 0; i < r->contenders; i++) {
            const struct mlp_contender *c = &r->contender[i];
            char name[NAME];
            const size_t columns = column_width(r, c, name);
            if (!columns) continue;
            if (row) measure(&c->measure[row - 1], scale_of(r, row - 1), !c->is_baseline, cell, sizeof cell);
            const bool bold = colour && c->is_winner;
            mlp_buffer_text(out, bold ? "   \033[1m" : "   ");
            put(out, row ? cell : name, columns, c->is_baseline);
            if (bold) mlp_buffer_text(out, "\033[0m");
        }
    }
    mlp_buffer_text(out, "\n\n");
    for (uint32_t i = 0; r->folds && i < r->contenders; i++) spread(r, &r->contender[i], out);
    for (uint32_t i = 0; i < r->contenders; i++)
        if (r->contender[i].summary && *r->contender[i].summary)
            mlp_buffer_printf(out, "  %s: %s, %.2f s\n", r->contender[i].name, r->contender[i].summary, r->contender[i].seconds);
    if (r->has_threshold) mlp_buffer_printf(out, "  decided positive from a score of %.4g\n", r->threshold);
    if (r->program->decision.answer != MLP_NONE) mlp_buffer_printf(out, "  answers %s\n", r->program->decision.answer_text);
    if (r->program->decision.abstain != MLP_NONE && r->part[2].rows)
        mlp_buffer_printf(out, "  answers %.1f %% of the rows, %llu of %llu: abstains where %s\n", 100 * (double)r->answered / (double)r->part[2].rows,
                          (unsigned long long)r->answered, (unsigned long long)r->part[2].rows, r->program->decision.abstain_text);
    for (uint32_t i = 0; i < r->reports; i++) {
        const struct mlp_slice_report *s = &r->report[i];
        measure(&s->measure, 0, true, cell, sizeof cell);
        mlp_buffer_printf(out, "  %s on %s%s%s: %s (%llu rows)%s%s\n", s->metric, s->part, s->slice ? ", " : "", s->slice
                          ? s->slice : "", cell,
                          (unsigned long long)s->rows, isnan(s->measure.value) ? ": " : "", isnan(s->measure.value)
                              ? s->measure.why : "");
    }
}

static void goals(const struct mlp_result *r, bool colour, struct mlp_buffer *out)
{
    static const char *const word[] = {[MLP_NO_BOUND] = "· no bound", [MLP_MET] = "✓ met",
                                       [MLP_MET_NOT_SURELY] = "✓ met, not surely", [MLP_NOT_MET] = "✗ not met",
                                       [MLP_UNDEFINED] = "✗ undefined"};
    static const char *const paint[] = {[MLP_NO_BOUND] = "\033[2m", [MLP_MET] = "\033[32m", [MLP_MET_NOT_SURELY] = "\033[33m",
                                        [MLP_NOT_MET] = "\033[31m", [MLP_UNDEFINED] = "\033[31m"};
    size_t first = 0;
    char cell[160], bound[48];
    if (!r->verdicts) return;
    for (uint32_t i = 0; i < r->verdicts; i++) if (width(r->verdict[i].text) > first) first = width(r->verdict[i].text);
    mlp_buffer_text(out, "\n");
    for (uint32_t i = 0; i < r->verdicts; i++) {
        const struct mlp_verdict *v = &r->verdict[i];
        const struct mlp_slice_verdict *s = v->slices ? &v->slice[v->worst] : NULL;
        mlp_buffer_printf(out, "  %s", colour ? paint[v->verdict] : "");
        put(out, word[v->verdict], 19, false);
        mlp_buffer_text(out, colour ? "\033[0m" : "");
        put(out, v->text, first + 3, false);
        if (!s) { mlp_buffer_text(out, "no rows to judge\n"); continue; }
        measure(&s->measure, s->bound, true, cell, sizeof cell), value(s->bound, s->measure.value, bound, sizeof bound);
        mlp_buffer_text(out, cell);
        if (isnan(s->measure.value) && s->measure.why[0]) mlp_buffer_printf(out, ": %s", s->measure.why);
        if (s->slice)
            mlp_buffer_printf(out, "  worst of %u: %s, %llu rows%s", v->slices, s->slice, (unsigned long long)s->rows, s->few
                              ? " (few)" : "");
        if (s->against) mlp_buffer_printf(out, "  bound %s: %s", bound, s->against);
        mlp_buffer_text(out, "\n");
        for (uint32_t k = 0; k < v->slices; k++) {          /* all values that fail, not only the worst */
            if (k == v->worst || v->slice[k].verdict < MLP_NOT_MET) continue;
            measure(&v->slice[k].measure, v->slice[k].bound, true, cell, sizeof cell);
            mlp_buffer_printf(out, "  %*s%s  also %s, %llu rows%s\n", (int)(19 + first + 3), "", cell, v->slice[k].slice,
                              (unsigned long long)v->slice[k].rows, v->slice[k].few ? " (few)" : "");
        }
    }
}

/* Classes down, as decided across. */
static void confusion(const struct mlp_result *r, const struct mlp_confusion *c, struct mlp_buffer *out)
{
    static const char *const yes[] = {"no", "yes"};
    const char *const *name = r->classes ? (const char *const *)r->class_name : yes;
    char cell[160];
    size_t first = width("row is, decided as"), columns = 6;
    for (uint32_t k = 0; k < r->confused; k++) {
        if (width(name[k]) > first) first = width(name[k]);
        if (width(name[k]) > columns) columns = width(name[k]);
    }
    if (c->slice || strcmp(c->part, "test"))
        mlp_buffer_printf(out, "\n  on %s%s%s (%llu rows):", c->part, c->slice ? ", " : "", c->slice ? c->slice : "", (unsigned long long)c->rows);
    mlp_buffer_text(out, "\n  "), put(out, "row is, decided as", first, false);
    for (uint32_t k = 0; k < r->confused; k++) mlp_buffer_text(out, "   "), put(out, name[k], columns, true);
    for (uint32_t y = 0; y < r->confused; y++) {
        mlp_buffer_text(out, "\n  "), put(out, name[y], first, false);
        for (uint32_t d = 0; d < r->confused; d++) {
            const double n = c->at[(size_t)y * r->confused + d];
            if (n == floor(n)) count((uint64_t)n, cell, sizeof cell);
            else value(n, 0, cell, sizeof cell);
            mlp_buffer_text(out, "   "), put(out, cell, columns, true);
        }
    }
    mlp_buffer_text(out, "\n");
}

static void tests(const struct mlp_result *r, bool colour, struct mlp_buffer *out)
{
    for (uint32_t i = 0; i < r->tests; i++)
        for (uint32_t k = 0; k < r->test[i].n; k++) {
            const struct mlp_expectation *e = &r->test[i].expects[k];
            mlp_buffer_printf(out, "%s  %s", i || k ? "" : "\n", colour ? e->holds ? "\033[32m" : "\033[31m" : "");
            put(out, e->holds ? "✓ holds" : "✗ fails", 19, false);
            mlp_buffer_printf(out, "%s%s: %s   %s\n", colour ? "\033[0m" : "", r->test[i].name, e->text, e->got);
        }
}

void mlp_result_tests_text(const struct mlp_result *r, bool colour, struct mlp_buffer *out) { tests(r, colour, out); }

void mlp_result_text(const struct mlp_result *r, bool colour, struct mlp_buffer *out)
{
    head(r, colour, out), table(r, colour, out);
    for (uint32_t i = 0; i < r->confusions; i++) confusion(r, &r->confusion[i], out);
    goals(r, colour, out), tests(r, colour, out);
    for (uint32_t i = 0; i < r->changes; i++) mlp_buffer_printf(out, "%s  since the lock: %s\n", i ? "" : "\n", r->change[i]);
    if (r->folder) mlp_buffer_printf(out, "\n  kept in %s\n", r->folder);
}

/* ---- for machines ---- */

static void json_measure(struct mlp_json_writer *w, const char *key, const struct mlp_measure *m)
{
    mlp_json_open(w, key, '{');
    mlp_json_number(w, "value", m->value), mlp_json_number(w, "low", m->low), mlp_json_number(w, "high", m->high);
    if (isnan(m->value)) mlp_json_text(w, "why", m->why);
    mlp_json_close(w, '}');
}

static void json_contenders(const struct mlp_result *r, struct mlp_json_writer *w, bool baselines)
{
    mlp_json_open(w, baselines ? "baselines" : "models", '[');
    for (uint32_t i = 0; i < r->contenders; i++) {
        const struct mlp_contender *c = &r->contender[i];
        if (c->is_baseline != baselines || !c->measure) continue;
        mlp_json_open(w, NULL, '{');
        mlp_json_text(w, "name", c->name);
        if (!baselines)
            mlp_json_text(w, "summary", c->summary), mlp_json_bool(w, "winner", c->is_winner),
                mlp_json_bool(w, "meets_requirements_on_validation", c->eligible), mlp_json_number(w, "seconds", c->seconds);
        mlp_json_number(w, "validation", c->chosen_by);
        if (c->fold && r->folds) {
            const struct over_folds o = over_folds(r, c);
            mlp_json_open(w, "folds", '[');
            for (uint32_t k = 0; k < r->folds; k++) mlp_json_number(w, NULL, c->fold[k]);
            mlp_json_close(w, ']');
            mlp_json_number(w, "folds_mean", o.mean), mlp_json_number(w, "folds_sd", o.sd);
        }
        mlp_json_open(w, "test", '{');
        for (uint32_t m = 0; m < r->metrics; m++) json_measure(w, r->metric_name[m], &c->measure[m]);
        mlp_json_close(w, '}'), mlp_json_close(w, '}');
    }
    mlp_json_close(w, ']');
}

static void json_tests(struct mlp_json_writer *w, const struct mlp_result *r)
{
    mlp_json_open(w, "tests", '[');
    for (uint32_t i = 0; i < r->tests; i++)
        for (uint32_t k = 0; k < r->test[i].n; k++) {
            const struct mlp_expectation *e = &r->test[i].expects[k];
            mlp_json_open(w, NULL, '{');
            mlp_json_text(w, "test", r->test[i].name), mlp_json_text(w, "expect", e->text), mlp_json_bool(w, "holds", e->holds);
            mlp_json_text(w, "got", e->got), mlp_json_close(w, '}');
        }
    mlp_json_close(w, ']');
}

void mlp_result_tests_json(const struct mlp_result *r, struct mlp_buffer *out)
{
    struct mlp_json_writer w = {.out = out};
    mlp_json_open(&w, NULL, '{'), mlp_json_bool(&w, "met", r->met);
    json_tests(&w, r);
    mlp_json_close(&w, '}');
    mlp_buffer_text(out, "\n");
}

static void json_table(const struct mlp_result *r, const struct mlp_confusion *c, const char *name, struct mlp_json_writer *w)
{
    mlp_json_open(w, name, '[');
    for (uint32_t y = 0; y < r->confused; y++) {
        mlp_json_open(w, NULL, '[');
        for (uint32_t d = 0; d < r->confused; d++) mlp_json_number(w, NULL, c->at[(size_t)y * r->confused + d]);
        mlp_json_close(w, ']');
    }
    mlp_json_close(w, ']');
}

/* That of the whole test part under its name; the others in a list. */
static void json_confusions(const struct mlp_result *r, struct mlp_json_writer *w)
{
    uint32_t others = 0;
    for (uint32_t i = 0; i < r->confusions; i++) {
        const struct mlp_confusion *c = &r->confusion[i];
        if (!c->slice && !strcmp(c->part, "test")) json_table(r, c, "confusion_matrix", w);
        else others++;
    }
    if (others) mlp_json_open(w, "confusion_matrices", '[');
    for (uint32_t i = 0; i < r->confusions; i++) {
        const struct mlp_confusion *c = &r->confusion[i];
        if (!c->slice && !strcmp(c->part, "test")) continue;
        mlp_json_open(w, NULL, '{');
        mlp_json_text(w, "part", c->part);
        if (c->slice) mlp_json_text(w, "slice", c->slice);
        mlp_json_int(w, "rows", (int64_t)c->rows);
        json_table(r, c, "table", w);
        mlp_json_close(w, '}');
    }
    if (others) mlp_json_close(w, ']');
}

void mlp_result_json(const struct mlp_result *r, struct mlp_buffer *out)
{
    struct mlp_json_writer w = {.out = out, .pretty = 2};
    char text[48];
    mlp_json_open(&w, NULL, '{');
    mlp_json_text(&w, "name", r->program->name), mlp_json_text(&w, "tool", r->program->tool);
    mlp_json_bool(&w, "met", r->met);
    mlp_json_text(&w, "kept", r->folder);
    mlp_json_int(&w, "seed", (int64_t)r->seed), mlp_json_number(&w, "seconds", r->seconds);
    mlp_json_int(&w, "rows", (int64_t)r->rows), mlp_json_int(&w, "features", (int64_t)r->features);
    mlp_json_int(&w, "unlabelled", (int64_t)r->unlabelled), mlp_json_int(&w, "in_no_part", (int64_t)r->unused);
    if (r->lefts) {
        mlp_json_open(&w, "bad_rows", '[');
        for (uint32_t i = 0; i < r->lefts; i++) {
            mlp_json_open(&w, NULL, '{');
            mlp_json_text(&w, "source", r->left[i].source), mlp_json_int(&w, "rows", (int64_t)r->left[i].rows);
            mlp_json_int(&w, "of", (int64_t)r->left[i].of), mlp_json_text(&w, "kept", r->left[i].kept);
            mlp_json_close(&w, '}');
        }
        mlp_json_close(&w, ']');
    }
    mlp_json_open(&w, "sources", '[');
    for (uint32_t i = 0; r->source && i < r->program->sources.n; i++) {
        const struct mlp_source_count *c = &r->source[i];
        mlp_json_open(&w, NULL, '{');
        mlp_json_text(&w, "name", r->program->sources.at[i].id.name), mlp_json_int(&w, "read", (int64_t)c->read);
        mlp_json_open(&w, "steps", '[');
        for (uint32_t k = 0; k < c->steps; k++) {
            mlp_json_open(&w, NULL, '{');
            mlp_json_text(&w, "step", c->step[k].step), mlp_json_int(&w, "before", (int64_t)c->step[k].before);
            mlp_json_int(&w, "after", (int64_t)c->step[k].after);
            mlp_json_close(&w, '}');
        }
        mlp_json_close(&w, ']'), mlp_json_close(&w, '}');
    }
    mlp_json_close(&w, ']');
    mlp_json_open(&w, "parts", '{');
    for (int k = 0; k < 3; k++) {
        const struct mlp_part_summary *p = &r->part[k];
        if (!p->name) continue;
        mlp_json_open(&w, p->name, '{');
        mlp_json_int(&w, "rows", (int64_t)p->rows);
        if (p->held_out) mlp_json_bool(&w, "held_out", true);
        if (p->class_rows) {
            mlp_json_open(&w, "classes", '{');
            for (uint32_t c = 0; c < r->classes; c++) mlp_json_int(&w, r->class_name[c], (int64_t)p->class_rows[c]);
            mlp_json_close(&w, '}');
        } else mlp_json_number(&w, r->program->target.task == MLP_BINARY ? "positive" : "mean", p->mean);
        if (!p->class_rows && r->program->target.task != MLP_BINARY && p->rows)
            mlp_json_number(&w, "low", p->low), mlp_json_number(&w, "high", p->high);
        if (p->has_time)
            day(p->first_us, text, sizeof text), mlp_json_text(&w, "from", text), day(p->last_us, text, sizeof text),
                mlp_json_text(&w, "to", text);
        mlp_json_close(&w, '}');
    }
    mlp_json_close(&w, '}');
    if (r->folds) mlp_json_open(&w, "folds", '[');
    for (uint32_t k = 0; k < r->folds; k++) {
        const struct mlp_fold_summary *f = &r->fold[k];
        mlp_json_open(&w, NULL, '{');
        mlp_json_int(&w, "learns_from", (int64_t)f->train), mlp_json_int(&w, "holds_out", (int64_t)f->held);
        if (f->has_time)
            day(f->first_us, text, sizeof text), mlp_json_text(&w, "from", text), day(f->last_us, text, sizeof text),
                mlp_json_text(&w, "to", text);
        mlp_json_close(&w, '}');
    }
    if (r->folds) mlp_json_close(&w, ']');
    if (r->winner != MLP_NONE && r->contender) mlp_json_text(&w, "winner", r->contender[r->winner].name);
    if (r->has_threshold) mlp_json_number(&w, "threshold", r->threshold);
    if (r->program->decision.abstain != MLP_NONE && r->part[2].rows)
        mlp_json_number(&w, "answered", (double)r->answered / (double)r->part[2].rows);
    if (r->metrics) mlp_json_text(&w, "chosen_by", r->metric_name[r->chooser]);
    json_contenders(r, &w, false), json_contenders(r, &w, true);
    mlp_json_open(&w, "goals", '[');
    for (uint32_t i = 0; i < r->verdicts; i++) {
        const struct mlp_verdict *v = &r->verdict[i];
        mlp_json_open(&w, NULL, '{');
        mlp_json_text(&w, "goal", v->text), mlp_json_text(&w, "verdict", mlp_verdict_word(v->verdict));
        mlp_json_open(&w, "judged", '[');
        for (uint32_t k = 0; k < v->slices; k++) {
            const struct mlp_slice_verdict *s = &v->slice[k];
            mlp_json_open(&w, NULL, '{');
            if (s->slice) mlp_json_text(&w, "slice", s->slice);
            mlp_json_int(&w, "rows", (int64_t)s->rows);
            if (s->few) mlp_json_bool(&w, "few", true);
            json_measure(&w, "measure", &s->measure);
            if (v->goal->bound) mlp_json_number(&w, "bound", s->bound), mlp_json_text(&w, "verdict", mlp_verdict_word(s->verdict));
            if (s->against) mlp_json_text(&w, "against", s->against);
            mlp_json_close(&w, '}');
        }
        mlp_json_close(&w, ']'), mlp_json_close(&w, '}');
    }
    mlp_json_close(&w, ']');
    json_confusions(r, &w);
    if (r->tests) json_tests(&w, r);
    if (r->reports) {
        mlp_json_open(&w, "reports", '[');
        for (uint32_t i = 0; i < r->reports; i++) {
            const struct mlp_slice_report *s = &r->report[i];
            mlp_json_open(&w, NULL, '{');
            mlp_json_text(&w, "metric", s->metric), mlp_json_text(&w, "part", s->part);
            if (s->slice) mlp_json_text(&w, "slice", s->slice);
            mlp_json_int(&w, "rows", (int64_t)s->rows);
            json_measure(&w, "measure", &s->measure);
            mlp_json_close(&w, '}');
        }
        mlp_json_close(&w, ']');
    }
    mlp_json_open(&w, "changes_since_lock", '[');
    for (uint32_t i = 0; i < r->changes; i++) mlp_json_text(&w, NULL, r->change[i]);
    mlp_json_close(&w, ']'), mlp_json_close(&w, '}');
    mlp_buffer_text(out, "\n");
}
