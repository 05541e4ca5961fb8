/* image.c: programs to bytes and back. One table, `rows`, names every field of every struct of program.h with what it holds;
 * writing, opening and hashing all walk it, so that a new field is one row. A list is followed by what its elements point to,
 * depth first: as every block has exactly one place, an opener that finds anything else knows that the bytes are damaged, and
 * blocks cannot overlap or form a ring. What an index may be depends on its neighbours in a few places: these are checked by
 * hand in `check`. It must not know what a kernel, a reader or a model does. */
#include "runtime/base/image.h"
#include "runtime/base/hash.h"
#include <stdbool.h>
#include <string.h>

struct head { char magic[8]; uint32_t contract, layout; uint64_t bytes, checksum; };
static const char MAGIC[8] = "MLPIMG1";
enum { DEPTH = 24 };                                        /* nested lists of arguments, and structs around them */

/* ---- the table ---- */
enum shape { T_ID, T_ARG, T_USE, T_PARAM, T_ZONE_CHANGE, T_ZONE, T_COLUMN, T_STEP, T_SOURCE, T_JOIN, T_SLOT, T_KERNEL, T_CELL, T_FIT, T_STAGE, T_FEATURE, T_TARGET, T_QUANTILE,
             T_MODEL, T_BASELINE, T_SLICE, T_GOAL, T_DECISION, T_REPORT, T_PART, T_OWN, T_GIVEN, T_EXPECT, T_TEST, T_PROGRAM, SHAPES };
/* PLAIN: bytes. ENUM: uint8_t below `of`. INDEX, NEED: mlp_ix into table `of` or NONE, or never NONE. TEXT, NAME: a string that may
 * be or may not be NULL. INNER: a struct. LIST of structs, TEXTS, INDEXES into table `of`, ENUMS below `of`. */
enum what { PLAIN, ENUM, INDEX, NEED, TEXT, NAME, INNER, LIST, TEXTS, INDEXES, ENUMS };
/* Tables that indexes point into. ELSEWHERE: `check` knows. */
enum table { IN_SOURCES, IN_SLOTS, IN_KERNELS, IN_CELLS, IN_FEATURES, IN_MODELS, IN_BASELINES, IN_PARAMS, IN_BOUND, IN_JOINS, IN_MAIN, IN_OWN,
             ELSEWHERE, TABLES };
struct row { uint8_t what, of; uint16_t at, bytes; bool bare; };   /* bare: left out of the plan's hash */
#define ROW(S, f, w, o) {w, o, offsetof(struct S, f), sizeof(((struct S *)0)->f), false}
#define BARE(S, f, w) {w, 0, offsetof(struct S, f), sizeof(((struct S *)0)->f), true}
#define BARE_LIST(S, f, o) {LIST, o, offsetof(struct S, f), sizeof(((struct S *)0)->f), true}

static const struct row id_rows[] = {
    ROW(mlp_id, name, TEXT, 0), BARE(mlp_id, doc, TEXT), BARE(mlp_id, from, PLAIN), BARE(mlp_id, to, PLAIN)};
static const struct row arg_rows[] = {
    ROW(mlp_arg, name, TEXT, 0), ROW(mlp_arg, kind, ENUM, MLP_A_MONTHS + 1), ROW(mlp_arg, num, PLAIN, 0),
    ROW(mlp_arg, str, TEXT, 0), ROW(mlp_arg, ix, INDEX, ELSEWHERE), ROW(mlp_arg, items, LIST, T_ARG)};
static const struct row use_rows[] = {
    ROW(mlp_use, id, INNER, T_ID), ROW(mlp_use, name, TEXT, 0), ROW(mlp_use, impl, INDEX, IN_BOUND),
    ROW(mlp_use, args, LIST, T_ARG)};
static const struct row param_rows[] = {
    ROW(mlp_param, id, INNER, T_ID), ROW(mlp_param, kind, ENUM, MLP_P_BOOL + 1), ROW(mlp_param, secret, ENUM, 2),
    ROW(mlp_param, required, ENUM, 2), ROW(mlp_param, whole, ENUM, 2), ROW(mlp_param, read, ENUM, 2), ROW(mlp_param, lo, PLAIN, 0), ROW(mlp_param, hi, PLAIN, 0),
    ROW(mlp_param, num, PLAIN, 0), ROW(mlp_param, text, TEXT, 0)};
static const struct row zone_change_rows[] = {ROW(mlp_zone_change, at, PLAIN, 0), ROW(mlp_zone_change, east, PLAIN, 0)};
static const struct row zone_rows[] = {ROW(mlp_zone, name, TEXT, 0), ROW(mlp_zone, changes, LIST, T_ZONE_CHANGE)};
static const struct row column_rows[] = {
    ROW(mlp_column, id, INNER, T_ID), ROW(mlp_column, from, TEXT, 0), ROW(mlp_column, position, PLAIN, 0),
    ROW(mlp_column, unit, TEXT, 0), ROW(mlp_column, pattern, TEXT, 0), ROW(mlp_column, format, TEXT, 0),
    ROW(mlp_column, type, ENUM, MLP_LISTOF + 1), ROW(mlp_column, rep, ENUM, MLP_STR + 1), ROW(mlp_column, nullable, ENUM, 2),
    ROW(mlp_column, unique, ENUM, 2), ROW(mlp_column, tags, PLAIN, 0), ROW(mlp_column, lo, PLAIN, 0), ROW(mlp_column, hi, PLAIN, 0),
    ROW(mlp_column, max_missing, PLAIN, 0), ROW(mlp_column, max_distinct, PLAIN, 0), ROW(mlp_column, known_us, PLAIN, 0),
    ROW(mlp_column, known_at, INDEX, IN_OWN),
    ROW(mlp_column, set, TEXTS, 0), ROW(mlp_column, missing, TEXTS, 0), ROW(mlp_column, refers, INDEX, IN_SOURCES),
    ROW(mlp_column, spelt, TEXTS, 0), ROW(mlp_column, separator, TEXT, 0), ROW(mlp_column, element, ENUM, MLP_LISTOF + 1), ROW(mlp_column, length, PLAIN, 0),
    ROW(mlp_column, from_file, ENUM, 2), ROW(mlp_column, inferred, ENUM, 2), ROW(mlp_column, zone, INNER, T_ZONE),
    ROW(mlp_column, derived, ENUM, 2), ROW(mlp_column, kernel, INDEX, IN_KERNELS),
    ROW(mlp_column, codebook, INDEX, IN_CELLS)};
static const struct row step_rows[] = {
    ROW(mlp_step, use, INNER, T_USE), ROW(mlp_step, kernel, INDEX, IN_KERNELS), ROW(mlp_step, columns, INDEXES, IN_OWN),
    ROW(mlp_step, reader, INNER, T_USE), ROW(mlp_step, path_param, INDEX, IN_PARAMS)};
static const struct row source_rows[] = {
    ROW(mlp_source, id, INNER, T_ID), ROW(mlp_source, reader, INNER, T_USE), ROW(mlp_source, path_param, INDEX, IN_PARAMS),
    ROW(mlp_source, columns, LIST, T_COLUMN), ROW(mlp_source, key[0], INDEX, IN_OWN), ROW(mlp_source, key[1], INDEX, IN_OWN),
    ROW(mlp_source, key[2], INDEX, IN_OWN), ROW(mlp_source, key[3], INDEX, IN_OWN), ROW(mlp_source, n_key, PLAIN, 0),
    ROW(mlp_source, time, INDEX, IN_OWN), ROW(mlp_source, group, INDEX, IN_OWN), ROW(mlp_source, query, INDEX, IN_OWN),
    ROW(mlp_source, weight, INDEX, IN_OWN), ROW(mlp_source, bad_row, ENUM, MLP_QUARANTINE + 1), ROW(mlp_source, bad_max, PLAIN, 0),
    ROW(mlp_source, bad_path, TEXT, 0), ROW(mlp_source, steps, LIST, T_STEP)};
static const struct row join_rows[] = {
    ROW(mlp_join, id, INNER, T_ID), ROW(mlp_join, from, INDEX, IN_JOINS), ROW(mlp_join, source, NEED, IN_SOURCES),
    ROW(mlp_join, column, NEED, ELSEWHERE), ROW(mlp_join, to, NEED, IN_SOURCES), ROW(mlp_join, version, ENUM, MLP_UNTIL + 1),
    ROW(mlp_join, known, INDEX, ELSEWHERE), ROW(mlp_join, ahead_months, PLAIN, 0), ROW(mlp_join, ahead_us, PLAIN, 0)};
static const struct row slot_rows[] = {
    ROW(mlp_slot, id, INNER, T_ID), ROW(mlp_slot, origin, ENUM, MLP_FROM_JOIN + 1), ROW(mlp_slot, rep, ENUM, MLP_STR + 1),
    ROW(mlp_slot, nullable, ENUM, 2), ROW(mlp_slot, source, INDEX, IN_SOURCES), ROW(mlp_slot, column, INDEX, ELSEWHERE), ROW(mlp_slot, join, INDEX, ELSEWHERE),
    ROW(mlp_slot, codebook, INDEX, IN_CELLS), ROW(mlp_slot, window, ENUM, MLP_W_EWM + 1), ROW(mlp_slot, axis, ENUM, MLP_ALL + 1),
    ROW(mlp_slot, forward, ENUM, 2), ROW(mlp_slot, has_value, ENUM, 2), ROW(mlp_slot, has_where, ENUM, 2),
    ROW(mlp_slot, kernel, INDEX, IN_KERNELS), ROW(mlp_slot, on, INDEXES, IN_MAIN), ROW(mlp_slot, by, INDEXES, ELSEWHERE),
    ROW(mlp_slot, reads, INDEXES, ELSEWHERE), ROW(mlp_slot, rows, PLAIN, 0), ROW(mlp_slot, last_months, PLAIN, 0),
    ROW(mlp_slot, last_us, PLAIN, 0), ROW(mlp_slot, half_life_us, PLAIN, 0)};
static const struct row kernel_rows[] = {
    ROW(mlp_kernel, symbol, NAME, 0), ROW(mlp_kernel, kind, ENUM, MLP_K_LINK + 1), ROW(mlp_kernel, slots, INDEXES, IN_SLOTS),
    ROW(mlp_kernel, outs, ENUMS, MLP_OUT_I64 + 1)};
static const struct row cell_rows[] = {
    ROW(mlp_cell_spec, id, INNER, T_ID), ROW(mlp_cell_spec, kind, ENUM, MLP_CODEBOOK + 1),
    ROW(mlp_cell_spec, slot, INDEX, IN_SLOTS), ROW(mlp_cell_spec, pinned, TEXTS, 0),
    BARE(mlp_cell_spec, buckets, PLAIN)};
static const struct row fit_rows[] = {
    ROW(mlp_fit, reducer, INNER, T_USE), ROW(mlp_fit, input, INDEX, ELSEWHERE), ROW(mlp_fit, by, INDEX, ELSEWHERE),
    ROW(mlp_fit, cell, NEED, IN_CELLS), ROW(mlp_fit, crossfit, PLAIN, 0), ROW(mlp_fit, more, INDEXES, ELSEWHERE),
    ROW(mlp_fit, book, INDEX, IN_CELLS), ROW(mlp_fit, codebook, INDEX, IN_CELLS), ROW(mlp_fit, column, INDEX, IN_MAIN),
    ROW(mlp_fit, with_codebook, INDEX, IN_CELLS), ROW(mlp_fit, with_column, INDEX, IN_MAIN)};
static const struct row stage_rows[] = {ROW(mlp_stage, kernel, INDEX, IN_KERNELS), ROW(mlp_stage, fits, LIST, T_FIT)};
static const struct row feature_rows[] = {
    ROW(mlp_feature, id, INNER, T_ID), ROW(mlp_feature, form, ENUM, MLP_SPARSE + 1), ROW(mlp_feature, nullable, ENUM, 2),
    ROW(mlp_feature, kind, ENUM, 3), ROW(mlp_feature, yes_no, ENUM, 2), ROW(mlp_feature, codebook, INDEX, IN_CELLS), ROW(mlp_feature, column, INDEX, IN_MAIN),
    ROW(mlp_feature, columns, INDEXES, IN_MAIN), ROW(mlp_feature, encoder, INNER, T_USE), ROW(mlp_feature, numbers, INDEX, IN_CELLS)};
static const struct row quantile_rows[] = {ROW(mlp_quantile, at, PLAIN, 0)};
static const struct row target_rows[] = {
    ROW(mlp_target, id, INNER, T_ID), ROW(mlp_target, task, ENUM, MLP_GENERATION + 1), ROW(mlp_target, kernel, INDEX, IN_KERNELS),
    ROW(mlp_target, via, INDEX, IN_KERNELS), ROW(mlp_target, query, INDEX, IN_MAIN), ROW(mlp_target, item, INDEX, IN_MAIN),
    ROW(mlp_target, where, INDEX, IN_KERNELS), ROW(mlp_target, unit, TEXT, 0),
    ROW(mlp_target, codebook, INDEX, IN_CELLS), ROW(mlp_target, column, INDEX, IN_MAIN),
    ROW(mlp_target, quantiles, LIST, T_QUANTILE), ROW(mlp_target, ahead_months, PLAIN, 0), ROW(mlp_target, ahead_us, PLAIN, 0)};
static const struct row model_rows[] = {
    ROW(mlp_model, id, INNER, T_ID), ROW(mlp_model, use, INNER, T_USE), ROW(mlp_model, train, INNER, T_USE),
    ROW(mlp_model, features, INDEXES, IN_FEATURES), ROW(mlp_model, loss, INDEX, IN_KERNELS),
    ROW(mlp_model, link, INDEX, IN_KERNELS), ROW(mlp_model, losses, INDEXES, IN_KERNELS), ROW(mlp_model, head, ENUM, MLP_HEAD_QUANTILES + 1), ROW(mlp_model, task, ENUM, MLP_GENERATION + 1),
    ROW(mlp_model, outputs, PLAIN, 0), ROW(mlp_model, target, INDEX, IN_KERNELS), ROW(mlp_model, exposure, INDEX, IN_FEATURES),
    ROW(mlp_model, least, PLAIN, 0), ROW(mlp_model, above, ENUM, 2), ROW(mlp_model, parts, INDEXES, IN_MODELS),
    ROW(mlp_model, calibrate, INNER, T_USE),
    ROW(mlp_model, balance, ENUM, MLP_BALANCE_KEEP + 1), ROW(mlp_model, balance_at, PLAIN, 0),
    ROW(mlp_model, aside, ENUM, 2)};
static const struct row baseline_rows[] = {
    ROW(mlp_baseline, id, INNER, T_ID), ROW(mlp_baseline, use, INNER, T_USE), ROW(mlp_baseline, rule, INDEX, IN_KERNELS),
    ROW(mlp_baseline, model, INDEX, IN_MODELS)};
static const struct row slice_rows[] = {
    ROW(mlp_slice, id, INNER, T_ID), ROW(mlp_slice, kernel, NEED, IN_KERNELS), ROW(mlp_slice, codebook, INDEX, IN_CELLS),
    ROW(mlp_slice, column, INDEX, IN_MAIN), ROW(mlp_slice, is_bool, ENUM, 2), ROW(mlp_slice, cross, ENUM, 2)};
static const struct row goal_rows[] = {
    ROW(mlp_goal, id, INNER, T_ID), ROW(mlp_goal, text, TEXT, 0), ROW(mlp_goal, aim, ENUM, MLP_REQUIRE + 1),
    ROW(mlp_goal, bound, ENUM, 2), ROW(mlp_goal, at_least, ENUM, 2), ROW(mlp_goal, strictly, ENUM, 2),
    ROW(mlp_goal, part, ENUM, MLP_ON_ANSWERED + 1), ROW(mlp_goal, allow, PLAIN, 0), ROW(mlp_goal, least, PLAIN, 0), ROW(mlp_goal, most, PLAIN, 0), ROW(mlp_goal, metric, INNER, T_USE), ROW(mlp_goal, of, INDEX, IN_MODELS),
    ROW(mlp_goal, ref, ENUM, MLP_REF_MODEL + 1), ROW(mlp_goal, ref_ix, INDEX, ELSEWHERE), ROW(mlp_goal, ref_metric, INNER, T_USE),
    ROW(mlp_goal, factor, PLAIN, 0), ROW(mlp_goal, offset, PLAIN, 0), ROW(mlp_goal, per, LIST, T_SLICE),
    ROW(mlp_goal, where, INDEX, IN_KERNELS), ROW(mlp_goal, where_text, TEXT, 0)};
static const struct row decision_rows[] = {
    ROW(mlp_decision, how, ENUM, MLP_T_REACH + 1), ROW(mlp_decision, at_least, ENUM, 2), ROW(mlp_decision, number, PLAIN, 0),
    ROW(mlp_decision, metric, INNER, T_USE), ROW(mlp_decision, miss, PLAIN, 0), ROW(mlp_decision, false_alarm, PLAIN, 0),
    ROW(mlp_decision, by, LIST, T_SLICE), ROW(mlp_decision, text, TEXT, 0), ROW(mlp_decision, answer, INDEX, IN_KERNELS),
    ROW(mlp_decision, abstain, INDEX, IN_KERNELS), ROW(mlp_decision, answer_text, TEXT, 0), ROW(mlp_decision, abstain_text, TEXT, 0)};
static const struct row report_rows[] = {
    ROW(mlp_report, metric, INNER, T_USE), ROW(mlp_report, per, LIST, T_SLICE), ROW(mlp_report, part, ENUM, MLP_ON_ANSWERED + 1),
    ROW(mlp_report, where, INDEX, IN_KERNELS), ROW(mlp_report, where_text, TEXT, 0)};
static const struct row part_rows[] = {ROW(mlp_piece, how, ENUM, MLP_G_QUANTILE + 1), ROW(mlp_piece, q, PLAIN, 0)};
static const struct row own_rows[] = {
    ROW(mlp_own, id, INNER, T_ID), ROW(mlp_own, higher, ENUM, 2), ROW(mlp_own, rows, NEED, IN_KERNELS),
    ROW(mlp_own, value, NEED, IN_KERNELS), ROW(mlp_own, parts, LIST, T_PART)};
static const struct row given_rows[] = {ROW(mlp_given, name, NAME, 0), ROW(mlp_given, text, TEXT, 0)};
static const struct row expect_rows[] = {
    ROW(mlp_expect, text, NAME, 0), ROW(mlp_expect, how, ENUM, MLP_EXPECT_HOLDS + 1), ROW(mlp_expect, op, ENUM, MLP_OP_OTHER + 1),
    ROW(mlp_expect, number, PLAIN, 0), ROW(mlp_expect, word, TEXT, 0), ROW(mlp_expect, other, TEXT, 0), ROW(mlp_expect, column, INDEX, IN_MAIN),
    ROW(mlp_expect, kernel, INDEX, IN_KERNELS), ROW(mlp_expect, over, LIST, T_GIVEN), ROW(mlp_expect, against, LIST, T_GIVEN)};
static const struct row test_rows[] = {
    ROW(mlp_test, id, INNER, T_ID), ROW(mlp_test, given, LIST, T_GIVEN), ROW(mlp_test, expects, LIST, T_EXPECT),
    ROW(mlp_test, apply, INDEX, IN_KERNELS)};
static const struct row program_rows[] = {
    ROW(mlp_program, contract, PLAIN, 0), ROW(mlp_program, flags, PLAIN, 0), ROW(mlp_program, name, NAME, 0),
    ROW(mlp_program, tool, TEXT, 0), BARE(mlp_program, spec_path, TEXT), BARE(mlp_program, spec, TEXT),
    ROW(mlp_program, plan_json, TEXT, 0), BARE(mlp_program, plan_hash, PLAIN), ROW(mlp_program, params, LIST, T_PARAM),
    ROW(mlp_program, sources, LIST, T_SOURCE), ROW(mlp_program, main_source, NEED, IN_SOURCES),
    ROW(mlp_program, joins, LIST, T_JOIN),
    ROW(mlp_program, split, INNER, T_USE), ROW(mlp_program, seed, PLAIN, 0), ROW(mlp_program, slots, LIST, T_SLOT),
    ROW(mlp_program, kernels, LIST, T_KERNEL), ROW(mlp_program, cells, LIST, T_CELL), ROW(mlp_program, stages, LIST, T_STAGE),
    ROW(mlp_program, apply, INDEX, IN_KERNELS), ROW(mlp_program, features, LIST, T_FEATURE),
    ROW(mlp_program, target, INNER, T_TARGET), ROW(mlp_program, baselines, LIST, T_BASELINE),
    ROW(mlp_program, models, LIST, T_MODEL), ROW(mlp_program, decision, INNER, T_DECISION), ROW(mlp_program, goals, LIST, T_GOAL),
    ROW(mlp_program, reports, LIST, T_REPORT), ROW(mlp_program, own, LIST, T_OWN), BARE_LIST(mlp_program, tests, T_TEST),
    ROW(mlp_program, about, LIST, T_USE), ROW(mlp_program, bound, TEXTS, 0)};

#define SHAPE(S, r) {sizeof(struct S), _Alignof(struct S), sizeof r / sizeof *r, r, #S}
static const struct { uint16_t bytes, align, n; const struct row *row; const char *name; } shapes[SHAPES] = {
    [T_ID] = SHAPE(mlp_id, id_rows), [T_ARG] = SHAPE(mlp_arg, arg_rows), [T_USE] = SHAPE(mlp_use, use_rows),
    [T_PARAM] = SHAPE(mlp_param, param_rows), [T_ZONE_CHANGE] = SHAPE(mlp_zone_change, zone_change_rows), [T_ZONE] = SHAPE(mlp_zone, zone_rows),
    [T_COLUMN] = SHAPE(mlp_column, column_rows),
    [T_STEP] = SHAPE(mlp_step, step_rows), [T_SOURCE] = SHAPE(mlp_source, source_rows), [T_JOIN] = SHAPE(mlp_join, join_rows),
    [T_SLOT] = SHAPE(mlp_slot, slot_rows), [T_KERNEL] = SHAPE(mlp_kernel, kernel_rows),
    [T_CELL] = SHAPE(mlp_cell_spec, cell_rows), [T_FIT] = SHAPE(mlp_fit, fit_rows), [T_STAGE] = SHAPE(mlp_stage, stage_rows),
    [T_FEATURE] = SHAPE(mlp_feature, feature_rows), [T_QUANTILE] = SHAPE(mlp_quantile, quantile_rows),
    [T_TARGET] = SHAPE(mlp_target, target_rows),
    [T_MODEL] = SHAPE(mlp_model, model_rows), [T_BASELINE] = SHAPE(mlp_baseline, baseline_rows),
    [T_SLICE] = SHAPE(mlp_slice, slice_rows), [T_GOAL] = SHAPE(mlp_goal, goal_rows),
    [T_DECISION] = SHAPE(mlp_decision, decision_rows), [T_REPORT] = SHAPE(mlp_report, report_rows),
    [T_PART] = SHAPE(mlp_piece, part_rows), [T_OWN] = SHAPE(mlp_own, own_rows), [T_GIVEN] = SHAPE(mlp_given, given_rows),
    [T_EXPECT] = SHAPE(mlp_expect, expect_rows), [T_TEST] = SHAPE(mlp_test, test_rows),
    [T_PROGRAM] = SHAPE(mlp_program, program_rows)};

/* Every list of program.h has this layout, whatever its elements. */
struct list { void *at; uint32_t n; };
_Static_assert(sizeof(struct list) == sizeof(MLP_LIST(mlp_ix)) && sizeof(void *) == 8,
               "lists and pointers as the image expects them");

static uint32_t layout(void)                                /* another order or size of fields is another format */
{
    uint64_t h = MLP_CONTRACT;
    for (int s = 0; s < SHAPES; s++) {
        h = h * 0x9e3779b97f4a7c15u + shapes[s].bytes;
        for (int r = 0; r < shapes[s].n; r++) {
            const struct row *row = &shapes[s].row[r];
            h = (h ^ h >> 29) * 0xbf58476d1ce4e5b9u + row->what + (uint64_t)row->at * 31 + (uint64_t)row->bytes * 65537;
        }
    }
    return (uint32_t)(h ^ h >> 32);
}

static void element(uint8_t what, uint8_t of, size_t *bytes, size_t *align)
{
    if (what == LIST) *bytes = shapes[of].bytes, *align = shapes[of].align;
    else if (what == TEXTS) *bytes = *align = sizeof(char *);
    else if (what == INDEXES) *bytes = *align = sizeof(mlp_ix);
    else *bytes = *align = 1;
}

/* ---- writing ---- */
struct writer { struct mlp_buffer *out; size_t start; bool bare; };

static size_t reserve(struct writer *w, size_t bytes, size_t align)   /* zeroed place, from the image's start */
{
    static const char zero[64] = {0};
    size_t more = (align - (w->out->n - w->start) % align) % align;
    mlp_buffer_add(w->out, zero, more);
    const size_t at = w->out->n - w->start;
    while (bytes) more = bytes < sizeof zero ? bytes : sizeof zero, mlp_buffer_add(w->out, zero, more), bytes -= more;
    return at;
}

static void set(struct writer *w, size_t at, const void *value, size_t n)
{
    if (!w->out->failed) memcpy(w->out->at + w->start + at, value, n);
}

static uint64_t write_text(struct writer *w, const char *text)
{
    if (!text) return 0;
    const size_t at = w->out->n - w->start;
    mlp_buffer_add(w->out, text, strlen(text) + 1);
    return at;
}

static void write_struct(struct writer *w, enum shape shape, const char *from, size_t at)
{
    for (int r = 0; r < shapes[shape].n; r++) {
        const struct row *row = &shapes[shape].row[r];
        const char *field = from + row->at;
        const size_t to = at + row->at;
        if (w->bare && row->bare) continue;
        if (row->what == TEXT || row->what == NAME) {
            const uint64_t offset = write_text(w, *(const char *const *)field);
            set(w, to, &offset, sizeof offset);
        } else if (row->what == INNER) {
            write_struct(w, row->of, field, to);
        } else if (row->what < INNER) {
            set(w, to, field, row->bytes);
        } else {
            struct list list;
            memcpy(&list, field, sizeof list);
            if (!list.n || !list.at) continue;
            size_t bytes, align;
            element(row->what, row->of, &bytes, &align);
            const uint64_t block = reserve(w, bytes * list.n, align);
            set(w, to, &block, sizeof block), set(w, to + offsetof(struct list, n), &list.n, sizeof list.n);
            if (row->what == INDEXES || row->what == ENUMS) set(w, block, list.at, bytes * list.n);
            for (uint32_t i = 0; i < list.n && !w->out->failed; i++) {
                if (row->what == LIST) write_struct(w, row->of, (const char *)list.at + i * bytes, block + i * bytes);
                if (row->what != TEXTS) continue;
                const uint64_t offset = write_text(w, ((char *const *)list.at)[i]);
                set(w, block + i * bytes, &offset, sizeof offset);
            }
        }
    }
}

static void write_image(const struct mlp_program *p, struct mlp_buffer *out, bool bare)
{
    static const char zero[8] = {0};
    struct writer w = {out, out->n, bare};
    struct head h = {.contract = MLP_CONTRACT, .layout = layout()};
    memcpy(h.magic, MAGIC, 8);
    reserve(&w, sizeof h, 1);
    const size_t at = reserve(&w, sizeof *p, _Alignof(struct mlp_program));
    write_struct(&w, T_PROGRAM, (const char *)p, at);
    mlp_buffer_add(out, zero, (8 - (out->n - w.start) % 8) % 8);
    if (out->failed) return;
    h.bytes = out->n - w.start;
    memcpy(out->at + w.start, &h, sizeof h);
    mlp_image_seal(out->at + w.start, h.bytes);
}

void mlp_image_write(const struct mlp_program *p, struct mlp_buffer *out) { write_image(p, out, false); }

void mlp_image_seal(void *bytes, size_t n)
{
    struct head h;
    if (n < sizeof h) return;
    memcpy(&h, bytes, sizeof h);
    h.checksum = mlp_hash((const char *)bytes + sizeof h, n - sizeof h, h.contract + ((uint64_t)h.layout << 32));
    memcpy(bytes, &h, sizeof h);
}

mlp_status mlp_image_hash(const struct mlp_program *p, const void *code, size_t n, uint8_t out[16], struct mlp_error *error)
{
    struct mlp_buffer b = {0};
    write_image(p, &b, true);
    mlp_buffer_add(&b, code, n);
    if (b.failed) return mlp_buffer_clear(&b), mlp_no_memory(error, n);
    mlp_hash128(b.at, b.n, MLP_CONTRACT, out);
    mlp_buffer_clear(&b);
    return MLP_OK;
}

/* ---- checking what C code relies on; `why` is the first fault ---- */
struct checker { const struct mlp_program *p; uint32_t n[TABLES]; const char *why; };

static bool bad(struct checker *c, const char *why)
{
    if (!c->why) c->why = why;
    return false;
}

static bool is_index(struct checker *c, mlp_ix ix, uint8_t table, bool need)
{
    if (ix == MLP_NONE) return !need || bad(c, "an index is missing");
    return table == ELSEWHERE || ix < c->n[table] || bad(c, "an index points past its table");
}

static bool is_kernel(struct checker *c, mlp_ix ix, uint8_t kind, bool need)
{
    if (!is_index(c, ix, IN_KERNELS, need)) return false;
    if (ix == MLP_NONE) return true;
    const struct mlp_kernel *k = &c->p->kernels.at[ix];
    if (k->kind != kind) return bad(c, "a kernel is of another kind than its use");
    return kind != MLP_K_MAP || k->outs.n || bad(c, "a kernel gives nothing");
}

static bool check_number(struct checker *c, mlp_ix kernel)  /* a MAP whose out 0 is a number per row */
{
    return is_kernel(c, kernel, MLP_K_MAP, false) && (kernel == MLP_NONE || c->p->kernels.at[kernel].outs.at[0] == MLP_OUT_F64 ||
                                                     bad(c, "a kernel gives another form than its use needs"));
}

static bool check_text(struct checker *c, mlp_ix kernel)
{
    return is_kernel(c, kernel, MLP_K_MAP, false) && (kernel == MLP_NONE || c->p->kernels.at[kernel].outs.at[0] == MLP_OUT_STR ||
                                                     bad(c, "a kernel gives another form than its use needs"));
}

static bool check_codes(struct checker *c, mlp_ix codebook)
{
    return codebook == MLP_NONE || c->p->cells.at[codebook].kind == MLP_CODEBOOK ||
        bad(c, "a cell of numbers is used as a codebook");
}

static bool check_slice(struct checker *c, const struct mlp_slice *s)
{
    return is_kernel(c, s->kernel, MLP_K_MAP, true) && check_codes(c, s->codebook) &&
           (c->p->kernels.at[s->kernel].outs.at[0] != MLP_OUT_F32 || bad(c, "a slice is of single precision"));
}

static bool check_arg(struct checker *c, const struct mlp_arg *a)
{
    static const uint8_t table[] = {[MLP_A_COLUMN] = IN_MAIN, [MLP_A_KERNEL] = IN_KERNELS, [MLP_A_PARAM] = IN_PARAMS,
                                    [MLP_A_MODEL] = IN_MODELS, [MLP_A_BASELINE] = IN_BASELINES};
    if ((a->kind == MLP_A_STR || a->kind == MLP_A_NAME) && !a->str) return bad(c, "a text argument has no text");
    return a->kind < MLP_A_COLUMN || a->kind == MLP_A_MONTHS || is_index(c, a->ix, table[a->kind], true);
}

/* One struct and all below it, by the table. `own`: the source around it. */
static bool check_struct(struct checker *c, enum shape shape, const char *at, unsigned depth)
{
    if (depth > DEPTH) return bad(c, "lists are nested too deep");
    if (shape == T_SOURCE) c->n[IN_OWN] = ((const struct mlp_source *)(const void *)at)->columns.n;
    for (int r = 0; r < shapes[shape].n; r++) {
        const struct row *row = &shapes[shape].row[r];
        const char *field = at + row->at;
        struct list list;
        mlp_ix ix;
        switch (row->what) {
        case ENUM: if (*(const uint8_t *)field >= row->of) return bad(c, "a choice is none of its list"); break;
        case INDEX: case NEED:
            memcpy(&ix, field, sizeof ix);
            if (!is_index(c, ix, row->of, row->what == NEED)) return false;
            break;
        case NAME: if (!*(const char *const *)field) return bad(c, "a name is missing"); break;
        case INNER: if (!check_struct(c, row->of, field, depth + 1)) return false; break;
        case LIST: case TEXTS: case INDEXES: case ENUMS:
            memcpy(&list, field, sizeof list);
            for (uint32_t i = 0; i < list.n; i++) {
                if (row->what == LIST && !check_struct(c, row->of, (const char *)list.at + (size_t)i * shapes[row->of].bytes,
                                                       depth + 1)) return false;
                if (row->what == TEXTS && !((char *const *)list.at)[i]) return bad(c, "a name is missing");
                if (row->what == INDEXES && !is_index(c, ((const mlp_ix *)list.at)[i], row->of, true)) return false;
                if (row->what == ENUMS && ((const uint8_t *)list.at)[i] >= row->of) return bad(c, "a choice is none of its list");
            }
            break;
        default: break;
        }
    }
    if (shape == T_COLUMN) {
        const struct mlp_column *const column = (const struct mlp_column *)(const void *)at;
        if (column->spelt.n && column->spelt.n != column->set.n) return bad(c, "a set has another number of spellings than values");
        if (column->type == MLP_LISTOF && (!column->separator || !*column->separator)) return bad(c, "a list has no separator");
        if ((column->type == MLP_VECTOR) != (column->length != 0) || column->length > MLP_VECTOR_MOST) return bad(c, "a vector has no length");
    }
    const bool named = shape == T_PARAM || shape == T_JOIN || shape == T_COLUMN || shape == T_SOURCE || shape == T_SLOT || shape == T_FEATURE ||
        shape == T_MODEL || shape == T_BASELINE;
    /* id is their first field */
    if (named && !((const struct mlp_id *)(const void *)at)->name) return bad(c, "a name is missing");
    return shape != T_ARG || check_arg(c, (const struct mlp_arg *)(const void *)at);
}

/* Does the kernel map rows of a source of its own, which are checked where they are named? */
static bool maps_a_source(const struct mlp_program *p, uint32_t kernel)
{
    for (uint32_t i = 0; i < p->slots.n; i++)
        if (p->slots.at[i].origin == MLP_FROM_WINDOW && p->slots.at[i].kernel == kernel) return true;
    for (uint32_t i = 0; i < p->sources.n; i++) {           /* a step or a derived column */
        const struct mlp_source *s = &p->sources.at[i];
        for (uint32_t k = 0; k < s->columns.n; k++) if (s->columns.at[k].kernel == kernel) return true;
        for (uint32_t k = 0; k < s->steps.n; k++) if (s->steps.at[k].kernel == kernel) return true;
    }
    return false;
}

static bool check_column(struct checker *c, const struct mlp_slot *s)
{
    const struct mlp_source *source = &c->p->sources.at[s->source];
    if (s->column >= source->columns.n) return bad(c, "a slot's column is not in its source");
    const uint8_t rep = source->columns.at[s->column].rep;  /* codes may be read by their spelling */
    return rep == s->rep || (rep == MLP_CODE && s->rep == MLP_STR) || bad(c, "a slot holds another type than its column");
}

/* A window reads its own source alone, and slots before it: they are computed in order. */
static bool check_window(struct checker *c, uint32_t index)
{
    const struct mlp_program *p = c->p;
    const struct mlp_slot *s = &p->slots.at[index];
    const struct mlp_source *source = &p->sources.at[s->source];
    const uint32_t columns = source->columns.n, outs = (uint32_t)s->has_value + s->has_where;
    if (s->on.n != s->by.n) return bad(c, "a window joins columns on one side only");
    for (uint32_t k = 0; k < s->by.n; k++)
        if (s->by.at[k] >= columns) return bad(c, "a window joins on a column that is not in its source");
    for (uint32_t k = 0; k < s->reads.n; k++)
        if (s->reads.at[k] >= columns) return bad(c, "a window reads a column that is not in its source");
    if (s->axis == MLP_BY_TIME && (source->time == MLP_NONE || p->sources.at[p->main_source].time == MLP_NONE))
        return bad(c, "a window is ordered by a time that is not there");
    if (s->axis == MLP_BY_ROW && s->source != p->main_source) return bad(c, "only rows of the main source have an order of their own");
    const bool picks = s->window == MLP_W_LATEST || s->window == MLP_W_FIRST || s->window == MLP_W_LAG;
    if (!s->has_value && s->window != MLP_W_COUNT && (!picks || s->column >= columns || source->columns.at[s->column].rep != s->rep))
        return bad(c, "a window has nothing that it is taken of");
    if (s->has_value && s->rep != MLP_F64) return bad(c, "a window of numbers gives something else");
    if (!outs) return s->kernel == MLP_NONE || bad(c, "a window has a kernel that it does not need");
    if (!is_kernel(c, s->kernel, MLP_K_MAP, true)) return false;
    const struct mlp_kernel *k = &p->kernels.at[s->kernel];
    if (k->outs.n != outs) return bad(c, "a window's kernel gives something else");
    for (uint32_t i = 0; i < outs; i++)
        if (k->outs.at[i] != MLP_OUT_F64) return bad(c, "a window's kernel gives something else");
    for (uint32_t i = 0; i < k->slots.n; i++) {
        const struct mlp_slot *in = &p->slots.at[k->slots.at[i]];
        if (in->origin == MLP_FROM_COLUMN ? in->source != s->source
                                          : k->slots.at[i] >= index || s->source != p->main_source || in->forward)
            return bad(c, "a window reads rows that are not those of its source");
    }
    return true;
}

/* A kernel that maps rows of `source`: its slots are columns of that source, or what joins from it lead to. */
static bool check_rows_kernel(struct checker *c, mlp_ix kernel, mlp_ix source)
{
    if (!is_kernel(c, kernel, MLP_K_MAP, true)) return false;
    const struct mlp_kernel *k = &c->p->kernels.at[kernel];
    for (uint32_t i = 0; i < k->slots.n; i++) {
        const struct mlp_slot *s = &c->p->slots.at[k->slots.at[i]];
        mlp_ix root = s->source;
        if (s->origin == MLP_FROM_JOIN)
            for (mlp_ix j = s->join; j != MLP_NONE; j = c->p->joins.at[j].from) root = c->p->joins.at[j].source;
        if ((s->origin != MLP_FROM_COLUMN && s->origin != MLP_FROM_JOIN) || root != source)
            return bad(c, "a step or a derived column reads rows of another source");
    }
    return true;
}

static bool check_source(struct checker *c, mlp_ix index)
{
    const struct mlp_source *s = &c->p->sources.at[index];
    for (uint32_t i = 0; i < s->columns.n; i++) {
        const struct mlp_column *column = &s->columns.at[i];
        if (column->kernel == MLP_NONE) continue;
        if (!check_codes(c, column->codebook)) return false;
        if (!check_rows_kernel(c, column->kernel, index)) return false;
        static const uint8_t form[] = {[MLP_F64] = MLP_OUT_F64, [MLP_I64] = MLP_OUT_I64, [MLP_CODE] = MLP_OUT_CODE, [MLP_STR] = MLP_OUT_STR};
        const struct mlp_kernel *const k = &c->p->kernels.at[column->kernel];
        if (k->outs.n > 1 && (column->rep != MLP_STR || k->outs.n > 2 || k->outs.at[1] != MLP_OUT_F64))
            return bad(c, "a derived column's kernel gives more than it");
        if (c->p->kernels.at[column->kernel].outs.at[0] != form[column->rep])
            return bad(c, "a derived column's kernel gives another form");
    }
    for (uint32_t i = 0; i < s->steps.n; i++) {
        const struct mlp_step *step = &s->steps.at[i];
        if (!step->use.name) return bad(c, "a step has no name");
        if (step->kernel == MLP_NONE) continue;
        if (!check_rows_kernel(c, step->kernel, index) || !check_number(c, step->kernel)) return false;
    }
    return true;
}

static bool check_join(struct checker *c, mlp_ix index)
{
    const struct mlp_program *p = c->p;
    const struct mlp_join *j = &p->joins.at[index];
    if (j->from != MLP_NONE && (j->from >= index || p->joins.at[j->from].to != j->source))
        return bad(c, "a join does not follow the one before it");
    if (j->column >= p->sources.at[j->source].columns.n || p->sources.at[j->source].columns.at[j->column].rep != MLP_CODE)
        return bad(c, "a join's key is not in its source");
    const struct mlp_source *to = &p->sources.at[j->to];
    if (to->n_key != 1 || to->columns.at[to->key[0]].rep != MLP_CODE) return bad(c, "a join leads to a source without one key");
    if (j->known != MLP_NONE && j->known >= to->columns.n) return bad(c, "a join's column is not in its source");
    return j->version == MLP_ONLY || to->time != MLP_NONE || bad(c, "a join goes by a time that is not there");
}

/* What the table cannot say: indexes whose table depends on a neighbour, and kinds of kernels. */
static bool check_neighbours(struct checker *c)
{
    const struct mlp_program *p = c->p;
    if (p->contract != MLP_CONTRACT) return bad(c, "it is of another contract");
    for (uint32_t i = 0; i < p->sources.n; i++) {
        const struct mlp_source *s = &p->sources.at[i];
        if (!s->reader.name) return bad(c, "a source has no reader");
        if (s->n_key > 4) return bad(c, "a key has too many columns");
        for (uint32_t k = 0; k < s->n_key; k++) if (s->key[k] == MLP_NONE) return bad(c, "a key's column is missing");
    }
    for (uint32_t i = 0; i < p->joins.n; i++) if (!check_join(c, i)) return false;
    for (uint32_t i = 0; i < p->slots.n; i++) {
        const struct mlp_slot *s = &p->slots.at[i];
        const bool join = s->origin == MLP_FROM_JOIN;
        if (s->origin == MLP_FROM_JUDGED) {
            const uint32_t most = s->window == MLP_J_MODEL ? p->models.n : s->window == MLP_J_BASELINE ? p->baselines.n : 1u << 20;
            const bool class = s->rep == MLP_CODE && (s->window == MLP_J_Y || s->window == MLP_J_DECIDED);
            if ((s->rep != MLP_F64 && !class) || s->codebook != MLP_NONE || s->window > MLP_J_PART || s->column >= most)
                return bad(c, "a slot of what is judged is wrong");
            continue;
        }
        if (s->source == MLP_NONE) return bad(c, "a slot has no source");
        if (join && (s->join >= p->joins.n || p->joins.at[s->join].to != s->source)) return bad(c, "a slot's join leads elsewhere");
        if (join && s->rep == MLP_CODE && s->codebook == MLP_NONE) return bad(c, "a joined category has no codebook");
        if (!(s->origin == MLP_FROM_WINDOW ? check_window(c, i) : check_column(c, s))) return false;
        if (!check_codes(c, s->codebook)) return false;
    }
    for (uint32_t i = 0; i < p->kernels.n; i++) {           /* a kernel reads rows of one source: of another only for a window */
        if (maps_a_source(p, i)) continue;
        for (uint32_t k = 0; k < p->kernels.at[i].slots.n; k++) {
            const struct mlp_slot *s = &p->slots.at[p->kernels.at[i].slots.at[k]];
            if (s->origin == MLP_FROM_COLUMN && s->source != p->main_source) return bad(c, "a kernel reads rows of another source");
        }
    }
    for (uint32_t i = 0; i < p->sources.n; i++) if (!check_source(c, i)) return false;
    for (uint32_t i = 0; i < p->cells.n; i++)
        if (p->cells.at[i].kind == MLP_CODEBOOK && p->cells.at[i].slot != MLP_NONE &&
            p->slots.at[p->cells.at[i].slot].rep != MLP_CODE)
            return bad(c, "a codebook's slot is none of categories");
    for (uint32_t i = 0; i < p->stages.n; i++) {
        const struct mlp_stage *s = &p->stages.at[i];
        if (!is_kernel(c, s->kernel, MLP_K_MAP, false)) return false;
        const uint32_t outs = s->kernel == MLP_NONE ? 0 : p->kernels.at[s->kernel].outs.n;
        for (uint32_t f = 0; f < s->fits.n; f++) {
            const struct mlp_fit *fit = &s->fits.at[f];
            if ((fit->input != MLP_NONE && fit->input >= outs) || (fit->by != MLP_NONE && fit->by >= outs))
                return bad(c, "a fit reads an output that its kernel does not give");
            const struct mlp_cell_spec *cell = &p->cells.at[fit->cell];
            if (cell->kind == MLP_CODEBOOK ? cell->slot == MLP_NONE && !cell->pinned.n && !cell->buckets : fit->input == MLP_NONE)
                return bad(c, "a fit has nothing to learn from");
            if (fit->book != MLP_NONE && (p->cells.at[fit->book].kind != MLP_CODEBOOK || p->cells.at[fit->book].slot != MLP_NONE))
                return bad(c, "a fit makes spellings that are another's");
            if (!check_codes(c, fit->codebook) || !check_codes(c, fit->with_codebook)) return false;
            for (uint32_t k = 0; k < fit->more.n; k++)
                if (fit->more.at[k] >= outs || p->kernels.at[s->kernel].outs.at[fit->more.at[k]] == MLP_OUT_F32)
                    return bad(c, "a fit reads an output that its kernel does not give");
            if (fit->input != MLP_NONE && p->kernels.at[s->kernel].outs.at[fit->input] == MLP_OUT_F32)
                return bad(c, "a fit reads single precision");
            if (fit->by != MLP_NONE && p->kernels.at[s->kernel].outs.at[fit->by] != MLP_OUT_CODE)
                return bad(c, "a fit is grouped by something that is no code");
            if (fit->crossfit > 254) return bad(c, "a fit has too many folds");
        }
    }
    if (!is_kernel(c, p->apply, MLP_K_MAP, p->features.n > 0)) return false;
    for (uint32_t i = 0; i < p->features.n; i++) {
        const struct mlp_kernel *k = &p->kernels.at[p->apply];
        if (k->outs.n != p->features.n) return bad(c, "the features and what their kernel gives differ in number");
        static const uint8_t out_of[] = {[MLP_DENSE] = MLP_OUT_F32, [MLP_CODES] = MLP_OUT_CODE, [MLP_SPARSE] = MLP_OUT_STR};
        if (k->outs.at[i] != out_of[p->features.at[i].form])
            return bad(c, "a feature is of another form than its kernel gives");
        if (!check_codes(c, p->features.at[i].codebook)) return false;
        if (p->features.at[i].form == MLP_CODES && p->features.at[i].codebook == MLP_NONE && p->features.at[i].column == MLP_NONE)
            return bad(c, "a feature of categories has no spellings");
        const struct mlp_feature *const f = &p->features.at[i];
        if (f->form == MLP_SPARSE && (f->codebook == MLP_NONE || f->numbers == MLP_NONE || f->encoder.impl == MLP_NONE ||
                                      p->cells.at[f->numbers].kind != MLP_NUMBERS))
            return bad(c, "a feature of texts has no encoder");
    }
    if (!check_number(c, p->target.kernel) || !is_kernel(c, p->target.via, MLP_K_LINK, false) || !check_number(c, p->target.where)) return false;
    if (p->target.task == MLP_MULTICLASS || p->target.task == MLP_ORDERED) {
        if (!check_codes(c, p->target.codebook)) return false;
        if (p->target.codebook == MLP_NONE && p->target.column == MLP_NONE) return bad(c, "a target of classes has no spellings");
    }
    for (uint32_t k = 0; k < p->target.quantiles.n; k++)
        if (!(p->target.quantiles.at[k].at > (k ? p->target.quantiles.at[k - 1].at : 0)) || !(p->target.quantiles.at[k].at < 1) || k > 99)
            return bad(c, "quantiles are out of order");
    for (uint32_t i = 0; i < p->models.n; i++) {
        const struct mlp_model *m = &p->models.at[i];
        if (!is_kernel(c, m->loss, MLP_K_LOSS, false) || !is_kernel(c, m->link, MLP_K_LINK, false) || !check_number(c, m->target))
            return false;
        if (m->losses.n != (m->head == MLP_HEAD_QUANTILES ? p->target.quantiles.n : 0)) return bad(c, "a model has no loss for each quantile");
        for (uint32_t k = 0; k < m->losses.n; k++) if (!is_kernel(c, m->losses.at[k], MLP_K_LOSS, true)) return false;
        if (m->exposure != MLP_NONE && p->features.at[m->exposure].form != MLP_DENSE) return bad(c, "an exposure is no number");
        for (uint32_t k = 0; k < m->parts.n; k++)
            if (m->parts.at[k] >= i) return bad(c, "a model combines one that does not stand before it");
    }
    for (uint32_t i = 0; i < p->baselines.n; i++)
        if (p->target.task == MLP_MULTICLASS || p->target.task == MLP_ORDERED ? !check_text(c, p->baselines.at[i].rule)
                                                                              : !check_number(c, p->baselines.at[i].rule)) return false;
    if (!check_number(c, p->decision.answer) || !check_number(c, p->decision.abstain)) return false;
    for (uint32_t i = 0; i < p->goals.n; i++) {
        const struct mlp_goal *g = &p->goals.at[i];
        if (!check_number(c, g->where)) return false;
        if (g->ref == MLP_REF_BASELINE && g->ref_ix >= p->baselines.n) return bad(c, "a goal names a baseline that is not there");
        if (g->ref == MLP_REF_MODEL && g->ref_ix >= p->models.n) return bad(c, "a goal names a model that is not there");
        for (uint32_t s = 0; s < g->per.n; s++) if (!check_slice(c, &g->per.at[s])) return false;
    }
    for (uint32_t i = 0; i < p->reports.n; i++)
        for (uint32_t s = 0; s < p->reports.at[i].per.n; s++) if (!check_slice(c, &p->reports.at[i].per.at[s])) return false;
    return true;
}

static const char *check(const struct mlp_program *p)
{
    struct checker c = {.p = p, .n = {p->sources.n, p->slots.n, p->kernels.n, p->cells.n, p->features.n, p->models.n,
                                      p->baselines.n, p->params.n, p->bound.n, p->joins.n}};
    if (p->main_source >= p->sources.n) return "there is no main source";
    c.n[IN_MAIN] = p->sources.at[p->main_source].columns.n;
    if (check_struct(&c, T_PROGRAM, (const char *)p, 0)) check_neighbours(&c);
    return c.why;
}

mlp_status mlp_image_check(const struct mlp_program *p, struct mlp_error *error)
{
    const char *why = check(p);
    return why ? mlp_fail(error, MLP_ERR_BUG, NULL, "the program is not well-formed: %s", why) : MLP_OK;
}

/* ---- opening: the same walk as writing, over a copy whose offsets become pointers ---- */
struct opener { char *base; size_t n, cursor; };

static bool open_text(struct opener *o, char *field)
{
    uint64_t offset;
    memcpy(&offset, field, sizeof offset);
    if (!offset) return true;
    if (offset != o->cursor || offset >= o->n) return false;
    const char *end = memchr(o->base + offset, 0, o->n - offset);
    if (!end) return false;
    char *text = o->base + offset;
    o->cursor = (size_t)(end - o->base) + 1;
    memcpy(field, &text, sizeof text);
    return true;
}

static bool open_struct(struct opener *o, enum shape shape, char *at, unsigned depth)
{
    if (depth > DEPTH) return false;
    for (int r = 0; r < shapes[shape].n; r++) {
        const struct row *row = &shapes[shape].row[r];
        char *field = at + row->at;
        if (row->what == TEXT || row->what == NAME) {
            if (!open_text(o, field)) return false;
        } else if (row->what == INNER) {
            if (!open_struct(o, row->of, field, depth + 1)) return false;
        } else if (row->what > INNER) {
            uint64_t offset;
            uint32_t n;
            memcpy(&offset, field, sizeof offset), memcpy(&n, field + offsetof(struct list, n), sizeof n);
            if (!n && !offset) continue;
            size_t bytes, align;
            element(row->what, row->of, &bytes, &align);
            const size_t block = o->cursor + (align - o->cursor % align) % align;
            if (!n || offset != block || block > o->n || n > (o->n - block) / bytes) return false;
            o->cursor = block + bytes * n;
            char *list = o->base + block;
            memcpy(field, &list, sizeof list);
            for (uint32_t i = 0; i < n; i++) {
                if (row->what == LIST && !open_struct(o, row->of, list + i * bytes, depth + 1)) return false;
                if (row->what == TEXTS && !open_text(o, list + i * bytes)) return false;
            }
        }
    }
    return true;
}

mlp_status mlp_image_open(const void *bytes, size_t n, struct mlp_arena *arena, const struct mlp_program **program,
                          struct mlp_error *error)
{
    struct head h;
    if (n < sizeof h + sizeof(struct mlp_program) || memcmp(bytes, MAGIC, 8))
        return mlp_fail(error, MLP_ERR_DATA, NULL, "these bytes are no program of mlp");
    memcpy(&h, bytes, sizeof h);
    if (h.contract != MLP_CONTRACT || h.layout != layout()) {
        mlp_fail(error, MLP_ERR_DATA, NULL,
                 "the program was made by another version of mlp (contract %u, layout %08x; this one reads %u, %08x)", h.contract,
                 h.layout, MLP_CONTRACT, layout());
        return mlp_fix(error, "compile or train it again with this version");
    }
    if (h.bytes != n)
        return mlp_fail(error, MLP_ERR_DATA, NULL, "the program is cut off or too long: %zu bytes instead of %llu", n,
                        (unsigned long long)h.bytes);
    if (h.checksum != mlp_hash((const char *)bytes + sizeof h, n - sizeof h, h.contract + ((uint64_t)h.layout << 32)))
        return mlp_fail(error, MLP_ERR_DATA, NULL, "the program is damaged: its checksum does not match");
    char *copy = mlp_arena_alloc(arena, n);
    if (!copy) return mlp_no_memory(error, n);
    memcpy(copy, bytes, n);
    const size_t align = _Alignof(struct mlp_program), at = sizeof h + (align - sizeof h % align) % align;
    struct opener o = {copy, n, at + sizeof(struct mlp_program)};
    struct mlp_program *p = (struct mlp_program *)(void *)(copy + at);
    const bool whole = open_struct(&o, T_PROGRAM, copy + at, 0) && n - o.cursor < 8;
    const char *why = whole ? check(p) : "its parts do not fit together";
    if (why) return mlp_fail(error, MLP_ERR_DATA, NULL, "the program is damaged: %s", why);
    *program = p;
    return MLP_OK;
}
