#include "CEmbedded.h"

// `#embed` is C23; the compiler has it in every mode and says so.
#pragma clang diagnostic ignored "-Wc23-extensions"

struct file {
    const char *name;
    const unsigned char *bytes;
    size_t count;
};

// dev/embed.sh writes this list. Without it the program looks for its files around itself.
#if __has_include("../../.build-agent/embedded/files.inc")
#include "../../.build-agent/embedded/files.inc"
#else
static const struct file files[] = {{0, 0, 0}};
#endif

static const size_t file_count = sizeof files / sizeof files[0] - 1;

size_t crisol_embedded_count(void) { return file_count; }

const char *crisol_embedded_name(size_t index) { return index < file_count ? files[index].name : NULL; }

const unsigned char *crisol_embedded_bytes(size_t index, size_t *count) {
    if (index >= file_count) {
        *count = 0;
        return NULL;
    }
    *count = files[index].count;
    return files[index].bytes;
}
