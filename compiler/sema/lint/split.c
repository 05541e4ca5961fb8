/* split.c: what a split does wrong, as far as the text says: E103 (rows that belong together are parted) and E104 (time is
 * ignored). Must not guess about rows: what only data can tell is checked when it is read. */
#include <string.h>
#include "compiler/sema/declare.h"

static bool has_group(const struct mlp_use *split)
{
    const struct mlp_arg *g = args_get(split, "group"), *by = args_get(split, "by");
    return (g && g->kind != MLP_A_NONE) || (by && by->kind != MLP_A_NONE);
}

/* Splits that part rows one by one, wherever they belong. */
static bool parts_rows(const char *name)
{
    return !strcmp(name, "random") || !strcmp(name, "folds") || !strcmp(name, "files") || !strcmp(name, "by_order");
}

static void group(struct spec *spec, const struct mlp_use *split)
{
    const struct source_decl *d = spec->main;
    if (spec->task != MLP_RANKING || !d->query || has_group(split) || d->group || !parts_rows(split->name) ||
        tags_allow(spec->split->kid[1], "E103"))
        return;
    if (d->n_key == 1 && d->key[0] == d->query) return;     /* the hash of the key is the hash of the query */
    struct diag *e =
        source_error(spec->src, "E103", spec->split->kid[0]->at, "%s of one `%s` fall on both sides of the split: add `group: %s`",
                     d->name, d->query->name, d->query->name);
    e->cause = d->query->at, e->cause_text = "the query";
}

static const char *duration(struct source *src, int64_t us)
{
    static const struct {
        int64_t us;
        const char *unit;
    } units[] = {{86400000000, "d"}, {3600000000, "h"}, {60000000, "min"}, {1000000, "s"}};
    for (size_t i = 0; i < sizeof units / sizeof *units; i++)
        if (us % units[i].us == 0) return source_printf(src, "%lld%s", (long long)(us / units[i].us), units[i].unit);
    return source_printf(src, "%lldms", (long long)(us / 1000));
}

static void time_ignored(struct spec *spec, const struct mlp_use *split)
{
    const struct source_decl *d = spec->main;
    if (!d->time || tags_allow(spec->split->kid[1], "E104")) return;
    if (!strcmp(split->name, "random") || !strcmp(split->name, "folds")) {
        struct diag *e =
            source_error(spec->src, "E104", spec->split->kid[0]->at,
                         "`%s` has a time, `%s` (line %u), and the split ignores it: later rows would teach about earlier ones",
                         d->name, d->time->name, line_of(spec->src, d->time->at));
        e->cause = d->time->at, e->cause_text = "the time";
        e->fix =
            "write `split by_time(train: 70%, validation: 15%, test: 15%)`, or say why not with `@allow(E104, reason: \"…\")`";
        return;
    }
    const struct mlp_arg *gap = args_get(split, "gap");
    if (strcmp(split->name, "by_time") || !gap || gap->kind == MLP_A_PARAM) return;
    const double have = gap->kind == MLP_A_NUM ? gap->num * 1e6 : 0;
    const int64_t ahead = (int64_t)spec->ahead_months * 31 * 86400000000 + spec->ahead_us, need = ahead + spec->next_us;
    if (have < (double)need) {
        struct diag *e = source_error(spec->src, "E104", spec->split->kid[0]->at,
                                      ahead ? "the decision is made ahead of the row, its answer is known %s later, and the split has %s: training would use answers that nobody had yet"
                                            : "the target is complete only %s later, and the split has %s: training would use answers that nobody had yet",
                                      duration(spec->src, need), have > 0 ? "a shorter gap" : "no gap");
        e->cause = spec->target_entry->at, e->cause_text = "what is predicted";
        e->fix = source_printf(spec->src, "write `gap: %s` into the split, or say why not with `@allow(E104, reason: \"…\")`", duration(spec->src, need));
        return;
    }
    for (uint32_t i = 0; i < d->columns; i++) {
        const struct column *c = &d->column[i];
        if (!c->is_target || c->known_us <= 0 || c->known_us == INT64_MAX || (double)c->known_us + (double)ahead <= have) continue;
        struct diag *e =
            source_error(spec->src, "E104", spec->split->kid[0]->at,
                         "`%s` is known only %s later, and the split has %s: training would use answers that nobody had yet",
                         c->name, duration(spec->src, c->known_us), have > 0 ? "a shorter gap" : "no gap");
        e->cause = c->at, e->cause_text = "known later";
        e->fix = source_printf(spec->src, "write `gap: %s` into the split, or say why not with `@allow(E104, reason: \"…\")`",
                               duration(spec->src, c->known_us + ahead));
        return;
    }
}

void lint_split(struct spec *spec, const struct mlp_use *split)
{
    if (!spec->split || !spec->main) return;
    group(spec, split);
    time_ignored(spec, split);
}
