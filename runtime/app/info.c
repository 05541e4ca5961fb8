/* info.c: the verb `info`: what a program needs and what its model is. */
#include <math.h>
#include <string.h>
#include "runtime/app/shared.h"
#include "runtime/base/json.h"
#include "runtime/run/predictor.h"

static const char *const type_names[] = {"bool", "int", "float", "category", "ordinal", "text", "date", "time", "duration", "id",
                                         "vector", "list"};

static void text(const struct mlp_app *app, const struct mlp_code *code, const struct app_model *m, const struct mlp_predictor *p,
                 struct mlp_buffer *out)
{
    const struct mlp_program *program = code->program;
    mlp_buffer_printf(out, "%s, made by %s; predicts %s\n", program->name, program->tool ? program->tool : "mlp",
                      program->target.id.name);
    for (uint32_t i = 0; i < program->about.n; i++) {
        const struct mlp_use *u = &program->about.at[i];
        if (u->name && u->args.n && u->args.at[0].str) mlp_buffer_printf(out, "  %-12s %s\n", u->name, u->args.at[0].str);
    }
    if (!p) {
        mlp_buffer_printf(out, "\nno model yet: %s\n", app->model ? "the frozen one cannot be read" : "train it, or name one with --model");
        return;
    }
    const char *summary = mlp_package_meta(&m->saved.package, "summary"), *rows = mlp_package_meta(&m->saved.package, "rows.train");
    mlp_buffer_printf(out, "\nmodel %s", program->models.at[m->saved.model].id.name);
    if (summary && *summary) mlp_buffer_printf(out, " (%s)", summary);
    mlp_buffer_printf(out, ", trained on %s rows%s%s\n", rows ? rows : "?", m->path[0] ? ", " : ", frozen in", m->path);
    if (program->target.task == MLP_BINARY) mlp_buffer_printf(out, "decided positive from a score of %.6g\n", m->saved.threshold);
    mlp_buffer_text(out, "\na row needs\n");
    for (uint32_t i = 0; i < p->inputs; i++) {
        const struct mlp_input *in = &p->input[i];
        const struct mlp_column *c = in->column;
        mlp_buffer_printf(out, "  %-24s %s%s", c && c->from && in->join == MLP_NONE && !in->window ? c->from : in->name, c ? type_names[c->type]
                          : "number", in->nullable ? "?" : "");
        if (c && c->unit) mlp_buffer_printf(out, " [%s]", c->unit);
        if (c && (isfinite(c->lo) || isfinite(c->hi)) && c->rep == MLP_F64 && c->type != MLP_BOOL)
            mlp_buffer_printf(out, " in %.15g..%.15g", c->lo, c->hi);
        for (uint32_t k = 0; c && k < c->set.n; k++)
            mlp_buffer_printf(out, "%s\"%s\"%s", k ? ", " : " in {", c->set.at[k], k + 1 == c->set.n ? "}" : "");
        if (in->join != MLP_NONE) mlp_buffer_printf(out, ", or it is looked up by `%s`", p->input[in->key].name);
        else if (in->window) {
            const struct mlp_slot *slot = &program->slots.at[in->slot];
            mlp_buffer_printf(out, ", or it is computed from %s`%s`", slot->source == program->main_source ? "earlier rows of " : "",
                              program->sources.at[slot->source].id.name);
            for (uint32_t k = 0; k < in->keys; k++) mlp_buffer_printf(out, "%s`%s`", k ? ", " : " by ", p->input[in->on[k]].name);
        } else if (in->way) mlp_buffer_text(out, ", only to look up by");
        mlp_buffer_text(out, "\n");
    }
}

static void json(const struct mlp_code *code, const struct app_model *m, const struct mlp_predictor *p, struct mlp_buffer *out)
{
    const struct mlp_program *program = code->program;
    struct mlp_json_writer w = {.out = out, .pretty = 2};
    mlp_json_open(&w, NULL, '{');
    mlp_json_text(&w, "name", program->name), mlp_json_text(&w, "tool", program->tool),
        mlp_json_text(&w, "predicts", program->target.id.name);
    mlp_json_open(&w, "model", '{');
    for (uint32_t i = 0; p && i < m->saved.package.metas; i++) {
        const struct mlp_meta *meta = &m->saved.package.meta[i];
        if (strncmp(meta->key, "xxh128 ", 7)) mlp_json_text(&w, meta->key, meta->value);
    }
    mlp_json_close(&w, '}');
    mlp_json_open(&w, "inputs", '[');
    for (uint32_t i = 0; p && i < p->inputs; i++) {
        const struct mlp_input *in = &p->input[i];
        mlp_json_open(&w, NULL, '{');
        mlp_json_text(&w, "name", in->column && in->column->from && in->join == MLP_NONE && !in->window ? in->column->from : in->name),
            mlp_json_text(&w, "type", in->column ? type_names[in->column->type] : "float");
        mlp_json_bool(&w, "may_be_missing", in->nullable);
        if (in->join != MLP_NONE) mlp_json_text(&w, "looked_up_by", p->input[in->key].name);
        if (in->window) mlp_json_text(&w, "computed_from", program->sources.at[program->slots.at[in->slot].source].id.name);
        mlp_json_bool(&w, "may_be_left_out", in->join != MLP_NONE || in->window || in->way);
        if (in->way) mlp_json_bool(&w, "only_to_look_up", true);
        mlp_json_close(&w, '}');
    }
    mlp_json_close(&w, ']'), mlp_json_close(&w, '}');
    mlp_buffer_text(out, "\n");
}

static int run(const struct mlp_app *app, int argc, char **argv)
{
    struct app_options o;
    struct app_code c;
    struct app_model model = {.file = {"", 0}};
    struct mlp_predictor p = {0};
    struct mlp_error error = {0};
    struct mlp_buffer out = {0};
    if (!mlp_app_options(&mlp_verb_info, argc, argv, &o)) return MLP_ERR_SPEC;
    if (mlp_app_code(app, &c, &error) != MLP_OK) return mlp_arena_clear(&c.arena), mlp_app_fail(&error, o.json);
    mlp_status status = mlp_app_model_open(app, &c.code, o.model, &model, &error);
    const bool none = status != MLP_OK && !o.model && !strcmp(error.code, "E353");   /* no model is no fault here */
    if (status == MLP_OK) status = mlp_predictor_open(&p, &c.code, &model.saved, &error);
    int code = status == MLP_OK || none ? MLP_OK : mlp_app_fail(&error, o.json);
    if (code == MLP_OK) {
        if (o.json) json(&c.code, &model, none ? NULL : &p, &out);
        else text(app, &c.code, &model, none ? NULL : &p, &out);
        code = mlp_app_print(&out, MLP_OK);
    }
    mlp_predictor_clear(&p);
    mlp_app_model_close(&model);
    mlp_arena_clear(&c.arena);
    return code;
}

const struct mlp_verb mlp_verb_info = {"info", "", "what the program predicts, what a row needs, which model it has",
                                       APP_MODEL | APP_JSON | APP_QUIET, run};
