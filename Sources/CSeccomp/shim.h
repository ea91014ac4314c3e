// libseccomp (seccomp.h): actions with an argument are macros, which Swift does not see.
#pragma once
#include <seccomp.h>

static inline uint32_t crisol_seccomp_errno(uint16_t number) { return SCMP_ACT_ERRNO(number); }
static const uint32_t crisol_seccomp_allow = SCMP_ACT_ALLOW;
static const int crisol_seccomp_unknown = __NR_SCMP_ERROR;
