/* units.c: units of measure as products of named powers: [km/h] is km^1 h^-1. Units are names that cancel; the compiler converts
 * nothing by itself, but knows the sizes of the usual ones so that an error can offer the conversion. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "compiler/sema/elaborate.h"

static bool times(struct unit *u, const char *name, int power)
{
    for (unsigned i = 0; i < u->n; i++)
        if (!strcmp(u->part[i].name, name)) {
            u->part[i].power = (int8_t)(u->part[i].power + power);
            if (!u->part[i].power) u->part[i] = u->part[--u->n];
            return true;
        }
    if (!power) return true;
    if (u->n == sizeof u->part / sizeof *u->part) return false;
    unsigned at = u->n++;
    for (; at && strcmp(u->part[at - 1].name, name) > 0; at--) u->part[at] = u->part[at - 1];   /* sorted: equal units look equal */
    u->part[at].name = name, u->part[at].power = (int8_t)power;
    return true;
}

static bool sorted(struct unit *u)
{
    struct unit again = {.any = u->any};
    for (unsigned i = 0; i < u->n; i++) times(&again, u->part[i].name, u->part[i].power);
    *u = again;
    return true;
}

/* The product of the expression in brackets: names, 1, * / and ^ by a whole number. */
static bool read(const struct ast *a, int power, struct unit *u)
{
    switch (a->kind) {
    case AST_NAME: return times(u, a->text, power);
    case AST_NUMBER: return a->num == 1 && !a->unit[0];
    case AST_BINARY:
        if (a->text[0] == '*' && !a->text[1]) return read(a->kid[0], power, u) && read(a->kid[1], power, u);
        if (a->text[0] == '/' && !a->text[1]) return read(a->kid[0], power, u) && read(a->kid[1], -power, u);
        if (a->text[0] == '^' && a->kid[1]->kind == AST_NUMBER) {
            const double k = a->kid[1]->num;
            return k == nearbyint(k) && fabs(k) <= 9 && read(a->kid[0], power * (int)k, u);
        }
        return false;
    default: return false;
    }
}

bool unit_of(struct source *src, const struct ast *a, struct unit *u)
{
    *u = (struct unit){0};
    if (!a || (read(a, 1, u) && sorted(u))) return true;
    source_error(src, "E108", a->at, "this is no unit: a unit is a product of names, such as [USD], [km/h] or [m/s^2]");
    return false;
}

const char *unit_text(struct source *src, const struct unit *u)
{
    if (!u->n) return "";
    struct mlp_buffer b = SOURCE_BUFFER;
    for (int side = 1; side >= -1; side -= 2)
        for (unsigned i = 0; i < u->n; i++) {
            const int power = u->part[i].power * side;
            if (power <= 0) continue;
            mlp_buffer_printf(&b, "%s%s", side < 0 ? (b.n ? "/" : "1/") : b.n ? "*" : "", u->part[i].name);
            if (power > 1) mlp_buffer_printf(&b, "^%d", power);
        }
    const char *text = mlp_arena_copy(&src->arena, b.at, b.n);
    mlp_buffer_clear(&b);
    return text ? text : "";
}

bool unit_equal(const struct unit *a, const struct unit *b)
{
    if (a->n != b->n) return false;
    for (unsigned i = 0; i < a->n; i++)
        if (a->part[i].power != b->part[i].power || strcmp(a->part[i].name, b->part[i].name)) return false;
    return true;
}

struct unit unit_product(const struct unit *a, const struct unit *b, int power)
{
    struct unit u = *a;
    u.any = a->any && b->any;
    for (unsigned i = 0; i < b->n; i++)
        if (!times(&u, b->part[i].name, b->part[i].power * power)) break;
    sorted(&u);
    return u;
}

struct unit unit_power(const struct unit *a, double k)
{
    struct unit u = {.any = a->any};
    for (unsigned i = 0; i < a->n; i++) {
        const double power = a->part[i].power * k;
        if (power != nearbyint(power) || fabs(power) > 100) return (struct unit){0};   /* half a metre squared has no name */
        times(&u, a->part[i].name, (int)power);
    }
    return u;
}

/* Sizes in the base of their kind. Time units that literals have come first. */
static const struct { const char *name; char kind; double size; } sizes[] = {
    {"us", 't', 1e-6}, {"ms", 't', 1e-3}, {"s", 't', 1}, {"sec", 't', 1}, {"second", 't', 1}, {"min", 't', 60}, {"minute", 't', 60},
    {"h", 't', 3600}, {"hour", 't', 3600}, {"d", 't', 86400}, {"day", 't', 86400}, {"w", 't', 604800}, {"week", 't', 604800},
    {"mm", 'l', 1e-3}, {"cm", 'l', 1e-2}, {"m", 'l', 1}, {"km", 'l', 1e3}, {"inch", 'l', 0.0254}, {"ft", 'l', 0.3048},
    {"mile", 'l', 1609.344},
    {"mg", 'm', 1e-6}, {"g", 'm', 1e-3}, {"kg", 'm', 1}, {"t", 'm', 1e3}, {"lb", 'm', 0.45359237}, {"oz", 'm', 0.028349523125},
    {"ct", 'm', 2e-4},
};
static int size_of(const struct unit *u)
{
    if (u->n != 1 || u->part[0].power != 1) return -1;
    for (int i = 0; i < (int)(sizeof sizes / sizeof *sizes); i++)
        if (!strcmp(sizes[i].name, u->part[0].name)) return i;
    return -1;
}

double unit_seconds(const struct unit *u)
{
    const int i = size_of(u);
    return i >= 0 && sizes[i].kind == 't' ? sizes[i].size : 0;
}

double unit_factor(const struct unit *from, const struct unit *to)
{
    const int a = size_of(from), b = size_of(to);
    return a >= 0 && b >= 0 && sizes[a].kind == sizes[b].kind ? sizes[a].size / sizes[b].size : 0;
}
