/* feature.c: how wide a feature is under a state, and its encoder. On the path of a prediction. */
#include "runtime/fit/encoder.h"
#include "runtime/fit/fit.h"

uint32_t mlp_feature_width(const struct mlp_program *p, const struct mlp_state *state, const struct mlp_feature *f)
{
    if (f->form == MLP_DENSE) return 0;
    if (f->form == MLP_SPARSE) return mlp_codebook_size(&state->cell[f->codebook]) - 2;
    if (f->codebook != MLP_NONE) return mlp_codebook_size(&state->cell[f->codebook]);
    return f->column != MLP_NONE ? p->sources.at[p->main_source].columns.at[f->column].set.n + 2 : 2;
}

mlp_status mlp_feature_encoder(const struct mlp_code *code, const struct mlp_state *state, const struct mlp_feature *f,
                               struct mlp_arena *arena, const void **opened, struct mlp_error *error)
{
    const struct mlp_encoder_ops *const ops = code->bind[f->encoder.impl].ops;
    return ops->open(&f->encoder, &state->cell[f->codebook], &state->cell[f->numbers], arena, opened, error);
}
