#define _GNU_SOURCE
#include "CAgent.h"

static int argument_count;
static char **argument_list;

__attribute__((constructor)) static void keep_arguments(int count, char **arguments) {
    argument_count = count;
    argument_list = arguments;
}

int cagent_argument_count(void) { return argument_count; }
const char *cagent_argument(int index) { return argument_list[index]; }

static volatile sig_atomic_t counts[65];

static void count(int number) {
    if (number > 0 && number < 65) counts[number]++;
}

void cagent_count_signal(int number) {
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = count;
    sigaction(number, &action, NULL);
}

int cagent_signal_count(int number) { return number > 0 && number < 65 ? counts[number] : 0; }

int cagent_signal_number(const char *name) {
    static const struct { const char *name; int number; } known[] = {
        {"HUP", SIGHUP}, {"INT", SIGINT}, {"QUIT", SIGQUIT}, {"ILL", SIGILL}, {"TRAP", SIGTRAP}, {"ABRT", SIGABRT},
        {"BUS", SIGBUS}, {"FPE", SIGFPE}, {"KILL", SIGKILL}, {"USR1", SIGUSR1}, {"SEGV", SIGSEGV}, {"USR2", SIGUSR2},
        {"PIPE", SIGPIPE}, {"ALRM", SIGALRM}, {"TERM", SIGTERM}, {"CHLD", SIGCHLD}, {"CONT", SIGCONT},
        {"STOP", SIGSTOP}, {"WINCH", SIGWINCH},
    };
    if (strncmp(name, "SIG", 3) == 0) name += 3;
    for (size_t index = 0; index < sizeof known / sizeof *known; index++)
        if (strcmp(known[index].name, name) == 0) return known[index].number;
    return 0;
}

const char *cagent_errno_name(int number) {
    static char digits[16];
    const char *name = number == 0 ? "none" : strerrorname_np(number);
    if (name) return name;
    snprintf(digits, sizeof digits, "%d", number);
    return digits;
}

void cagent_sleep_milliseconds(long milliseconds) {
    struct timespec time = {milliseconds / 1000, milliseconds % 1000 * 1000000};
    nanosleep(&time, NULL);
}

static int64_t read_clock(clockid_t clock) {
    struct timespec time;
    clock_gettime(clock, &time);
    return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

int64_t cagent_cpu_time(void) { return read_clock(CLOCK_PROCESS_CPUTIME_ID); }
int64_t cagent_monotonic(void) { return read_clock(CLOCK_MONOTONIC); }
int cagent_exited(int status) { return WIFEXITED(status); }
int cagent_exit_status(int status) { return WEXITSTATUS(status); }
int cagent_term_signal(int status) { return WIFSIGNALED(status) ? WTERMSIG(status) : 0; }
