// zlib (zlib.h): its initialisers are macros, which Swift does not see.
#pragma once
#include <zlib.h>

static inline int crisol_deflate_init(z_streamp stream, int level) { return deflateInit(stream, level); }

// With a gzip header and trailer around the stream (windowBits above 15 ask for that).
static inline int crisol_gzip_init(z_streamp stream, int level) {
    return deflateInit2(stream, level, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
}

static inline int crisol_inflate_init(z_streamp stream) { return inflateInit(stream); }
