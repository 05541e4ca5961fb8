/* progress.h: how far the work is: one line that is redrawn on a terminal (share, note, time left), one plain line per step
 * elsewhere. Only app/ makes one; the rest of the runtime calls back. Owns nothing. */
#ifndef MLP_BASE_PROGRESS_H
#define MLP_BASE_PROGRESS_H
#include <stdbool.h>

struct mlp_progress { int fd; bool terminal, colour, drawn; int width; char step[64]; double began, shown, share; };
void mlp_progress_init(struct mlp_progress *, int fd);      /* looks at the descriptor, NO_COLOR and TERM */
void mlp_progress_step(struct mlp_progress *, const char *what);
void mlp_progress_share(struct mlp_progress *, double share, const char *note);
void mlp_progress_note(struct mlp_progress *, const char *line);   /* a line that stays */
void mlp_progress_end(struct mlp_progress *);               /* leaves the terminal clean */
#endif
