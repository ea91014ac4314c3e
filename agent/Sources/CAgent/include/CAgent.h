// What Embedded Swift cannot reach by itself: macros, variadic functions, signal handlers.
#pragma once
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

// The arguments, kept by a constructor: Embedded Swift has no CommandLine.
int cagent_argument_count(void);
const char *cagent_argument(int index);

static inline int cagent_errno(void) { return errno; }
static inline int cagent_open(const char *path, int flags, unsigned mode) { return open(path, flags, (mode_t)mode); }

// Signals are counted by a handler and looked at by the main loop.
void cagent_count_signal(int number);
int cagent_signal_count(int number);
int cagent_signal_number(const char *name);

// The name of an error number, "EPERM"; its digits for one without a name here.
const char *cagent_errno_name(int number);

void cagent_sleep_milliseconds(long milliseconds);
// Nanoseconds of CPU time this process has used.
int64_t cagent_cpu_time(void);
int64_t cagent_monotonic(void);
int cagent_exited(int status);
int cagent_exit_status(int status);
int cagent_term_signal(int status);
