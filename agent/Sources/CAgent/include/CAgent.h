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

// A TCP server on an address: it sends back what comes, or says something and closes: at once, when the client's half has
// ended, or after so many milliseconds. 0, or an error number.
int cagent_server_open(const char *address, int port, int echo, const char *say, int at_end, int after);
// The same over UDP: every datagram is sent back, or answered with what is said.
int cagent_datagram_server_open(const char *address, int port, int echo, const char *say);
// Serves what is ready, or waits so long.
void cagent_server_poll(int milliseconds);
// Connects, and reads to the end what is said there. 0, or an error number.
int cagent_connect(const char *host, int port, char *received, int room, int *count);

// The size of the terminal on standard input. 0, or an error number.
int cagent_terminal_size(int *columns, int *rows);
// Waits so long for standard input; whether there is something to read, its end included.
int cagent_input_waits(int milliseconds);
// Waits so long for standard input; whether it has ended. What comes is thrown away.
int cagent_input_ended(int milliseconds);

// The SHA-256 of standard input, up to a limit (negative: to its end); the number of bytes read.
int64_t cagent_digest_input(int64_t limit, char hex[65]);
