/* times.c: functions of a time: year, weekday, hour, date, in_zone … What each does to a time is the kernel's (ir.def); here is what
 * it may be taken of and what its result is. A time is UTC until `in_zone` makes it the clock on a wall. */
#include <string.h>
#include "compiler/sema/elaborate.h"

/* clock: needs the time of day, which a date has not */
static const struct { const char *name; uint8_t op, result, clock; } parts[] = {
    {"year", IR_YEAR, MLP_INT, 0}, {"month", IR_MONTH, MLP_INT, 0}, {"day", IR_DAY, MLP_INT, 0}, {"weekday", IR_WEEKDAY, MLP_INT, 0},
    {"day_of_year", IR_DAY_OF_YEAR, MLP_INT, 0}, {"week", IR_WEEK, MLP_INT, 0}, {"hour", IR_HOUR, MLP_INT, 1},
    {"minute", IR_MINUTE, MLP_INT, 1}, {"date", IR_DATE, MLP_DATE, 0}, {"time_of_day", IR_CLOCK, MLP_DURATION, 1},
};

static bool is_time(struct elab *e, const struct scope *sc, const char *name, bool clock, const struct value *v)
{
    struct source *s = e->spec->src;
    const char *text = value_text(e, v);
    if (class_of(&v->type) == CLASS_TIME && !(clock && v->type.base == MLP_DATE)) return true;
    if (v->type.base == MLP_DATE) {
        elab_wrong(e, sc, v->at, "E108", "%s is a date: it has no time of day for `%s`", text, name)->fix =
            "declare the column as `time`, or ask for `weekday`, `month`, `day`";
        return false;
    }
    struct diag *d = elab_wrong(e, sc, v->at, "E108", "`%s` takes a time, and %s is %s", name, text, type_word(&v->type));
    if (class_of(&v->type) == CLASS_DURATION) d->fix = source_printf(s, "divide a duration by a unit: `(%s) / 1h`", slice_of(s, v->at));
    else if (class_of(&v->type) == CLASS_TEXT || class_of(&v->type) == CLASS_CODE)
        d->fix = "declare the column as `time` or `date(\"%d/%m/%Y\")`: dates are read with the file";
    else if (class_of(&v->type) == CLASS_NUMBER) d->fix = "declare the column as `time(unix)` when it counts seconds since 1970";
    return false;
}

static void in_zone(struct elab *e, const struct scope *sc, const struct value *time, const struct value *zone, struct value *out)
{
    const struct value *const all[] = {time};
    if (!is_time(e, sc, "in_zone", true, time)) return;
    const struct ir_node *name = &e->graph.node[zone->node];
    if (name->op != IR_TEXT) {
        elab_wrong(e, sc, zone->at, "E203", "`in_zone` takes the name of a time zone")->fix = "write `in_zone(t, \"Europe/Paris\")`";
        return;
    }
    const uint32_t *table;
    uint32_t words;
    const enum zone_status status = zone_table(e->spec->src, name->text, &table, &words);
    if (status == ZONE_FINE) { *out = value_made(e, ir_zone(&e->graph, time->node, table, words), MLP_TIME, out->at, all, 1); return; }
    const char *fix, *text = zone_fault(e->spec->src, name->text, status, &fix);
    elab_wrong(e, sc, zone->at, "E203", "%s", text)->fix = fix;
}

bool elab_time_call(struct elab *e, const struct scope *sc, const struct builtin *b, struct value *v, struct value *out)
{
    const struct value *const all[] = {&v[0]};
    if (!strcmp(b->name, "in_zone")) return in_zone(e, sc, &v[0], &v[1], out), true;
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        if (strcmp(parts[i].name, b->name)) continue;
        if (is_time(e, sc, b->name, parts[i].clock, &v[0]))
            *out = value_made(e, ir_op(&e->graph, parts[i].op, &v[0].node, 1), parts[i].result, out->at, all, 1);
        return true;
    }
    return false;
}
