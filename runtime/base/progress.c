/* progress.c: draws at most ten times a second; says nothing that standard output should hold. */
#include "runtime/base/progress.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include "runtime/base/log.h"

static void put(const struct mlp_progress *p, const char *text)
{
    for (size_t n = strlen(text); n;) {
        const ssize_t done = write(p->fd, text, n);
        if (done <= 0) return;                              /* a message that cannot be shown is no reason to stop */
        text += done, n -= (size_t)done;
    }
}

void mlp_progress_init(struct mlp_progress *p, int fd)
{
    *p = (struct mlp_progress){.fd = fd, .width = 80};
    const char *term = getenv("TERM"), *no = getenv("NO_COLOR");
    p->terminal = isatty(fd) && term && strcmp(term, "dumb");
    p->colour = p->terminal && !(no && *no);
    struct winsize size;
    if (p->terminal && !ioctl(fd, TIOCGWINSZ, &size) && size.ws_col > 20) p->width = size.ws_col;
}

static void wipe(struct mlp_progress *p)
{
    if (p->drawn) put(p, "\r\033[K");
    p->drawn = false;
}

void mlp_progress_step(struct mlp_progress *p, const char *what)
{
    wipe(p);
    snprintf(p->step, sizeof p->step, "%s", what);
    p->began = mlp_now(), p->share = 0, p->shown = 0;
    put(p, p->step), put(p, p->terminal ? " …" : "\n");      /* a step that never tells its share shows no bar */
    p->drawn = p->terminal;
}

void mlp_progress_share(struct mlp_progress *p, double share, const char *note)
{
    const double now = mlp_now();
    p->share = share < 0 ? 0 : share > 1 ? 1 : share;
    if (!p->terminal || now - p->shown < 0.1) return;
    p->shown = now;
    enum { CELLS = 24 };
    char bar[CELLS * 3 + 1] = "", left[32] = "", line[512];
    const int full = (int)(p->share * (double)CELLS + 0.5);
    for (int i = 0; i < CELLS; i++) strcat(bar, i < full ? "━" : "╌");
    const double spent = now - p->began;
    if (p->share > 0.02 && spent > 1) {
        const double rest = spent / p->share - spent;
        if (rest < 90) snprintf(left, sizeof left, "  %.0f s left", rest);
        else snprintf(left, sizeof left, "  %.0f min left", rest / 60);
    }
    snprintf(line, sizeof line, "\r\033[K%s%-18s%s %s%s%s %3.0f %%%s", p->colour ? "\033[1m" : "", p->step, p->colour ? "\033[0m"
             : "", p->colour ? "\033[32m" : "", bar, p->colour ? "\033[0m" : "", p->share * 100, left);
    put(p, line);
    const int used = 18 + 1 + CELLS + 6 + (int)strlen(left);
    if (note && p->width - used > 12) snprintf(line, sizeof line, "  %.*s", p->width - used - 3, note), put(p, line);
    p->drawn = true;
}

void mlp_progress_note(struct mlp_progress *p, const char *text)
{
    wipe(p);
    put(p, text), put(p, "\n");
}

void mlp_progress_end(struct mlp_progress *p) { wipe(p); }
