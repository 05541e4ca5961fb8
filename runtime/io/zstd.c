/* zstd.c: the decoder of .zst files. Nothing refers to it but weakly (csv_feed.c), so a program has it, and libzstd with it, only
 * where the linker is told to (-u mlp_zstd): mlp always, an executable when its spec names such a file. */
#include <stdlib.h>
#include <zstd.h>
#include "runtime/io/csv_scan.h"

static void *begin(void) { return ZSTD_createDStream(); }
static void end(void *state) { ZSTD_freeDStream(state); }

/* whole: a frame ends exactly here. False: damaged. */
static bool decode(void *state, const void *from, size_t n, size_t *used, void *to, size_t room, size_t *got, bool *whole)
{
    ZSTD_inBuffer in = {from, n, 0};
    ZSTD_outBuffer out = {to, room, 0};
    const size_t rc = ZSTD_decompressStream(state, &out, &in);
    *used = in.pos, *got = out.pos, *whole = rc == 0;
    return !ZSTD_isError(rc);
}

const struct csv_decoder mlp_zstd = {begin, decode, end};
