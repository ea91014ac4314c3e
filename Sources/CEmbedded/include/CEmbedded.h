// Files that are part of the program itself: suites, profiles, schemas and the agent.
#pragma once
#include <stddef.h>

// The number of files; none in a build that was made without dev/embed.sh.
size_t crisol_embedded_count(void);

// The path of a file as the repository has it, `suites/conformance/exec.yaml`; NULL beyond the last.
const char *crisol_embedded_name(size_t index);

// The bytes of a file and their number; NULL beyond the last.
const unsigned char *crisol_embedded_bytes(size_t index, size_t *count);
