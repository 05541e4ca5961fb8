/* log.h: what happened in a run, one JSON object per line (log.jsonl). Kept in memory and stored with the run, so that a run
 * that is killed leaves nothing. The log owns its buffer; mlp_log_clear frees it. Values of rows never stand in it. */
#ifndef MLP_BASE_LOG_H
#define MLP_BASE_LOG_H
#include "runtime/base/buffer.h"

struct mlp_log { struct mlp_buffer lines; double began; };  /* {0} is empty; the clock starts with the first line */
double mlp_now(void);                                       /* seconds of a clock that only goes forward */
/* {"t": 0.012, "what": what, "text": …}; t: seconds since the first line. */
void mlp_log_add(struct mlp_log *, const char *what, const char *format, ...) __attribute__((format(printf, 3, 4)));
void mlp_log_clear(struct mlp_log *);
#endif
