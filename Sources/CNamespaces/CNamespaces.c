#define _GNU_SOURCE
#include "CNamespaces.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/sockios.h>
#include <malloc.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

static void fail(const char *what) __attribute__((noreturn));
static void fail(const char *what) {
    fprintf(stderr, "crisol: the private namespaces cannot be made: %s: %s\n", what, strerror(errno));
    // 3: could not judge.
    _exit(3);
}

static void reset_signals(void) {
    for (int number = 1; number < 65; number++) signal(number, SIG_DFL);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

static int exit_code(int status) {
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static void loopback_up(void) {
    int descriptor = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    struct ifreq request;
    memset(&request, 0, sizeof request);
    strcpy(request.ifr_name, "lo");
    request.ifr_flags = IFF_UP | IFF_RUNNING;
    if (descriptor < 0 || ioctl(descriptor, SIOCSIFFLAGS, &request) < 0) fail("bring the loopback up");
    close(descriptor);
}

// Process 1 of the namespaces: starts the program, reaps what is orphaned, passes signals on, and lets everything die
// with it. When it exits, the kernel kills all that is left.
static void first_process(int share_network, int program, char *const arguments[]) __attribute__((noreturn));
static void first_process(int share_network, int program, char *const arguments[]) {
    if (mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0) fail("make mounts private");
    if (mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL) < 0) fail("mount /proc");
    if (mount("tmpfs", "/run", "tmpfs", MS_NOSUID | MS_NODEV, "mode=755") < 0) fail("mount /run");
    mkdir("/run/lock", 01777);
    mkdir("/run/netns", 0755);
    if (!share_network) loopback_up();

    sigset_t watched;
    sigemptyset(&watched);
    sigaddset(&watched, SIGCHLD);
    sigaddset(&watched, SIGTERM);
    sigaddset(&watched, SIGINT);
    sigaddset(&watched, SIGHUP);
    sigprocmask(SIG_BLOCK, &watched, NULL);
    int signals = signalfd(-1, &watched, SFD_CLOEXEC);
    if (signals < 0) fail("watch signals");

    pid_t inner = fork();
    if (inner < 0) fail("start the run");
    if (inner == 0) {
        reset_signals();
        int null = open("/dev/null", O_RDONLY);
        dup2(null, 0);
        close(null);
        setenv("CRISOL_INSIDE", "1", 1);
        fexecve(program, arguments, environ);
        fail("start the run");
    }
    close(program);
    struct pollfd waits[2] = {{signals, POLLIN, 0}, {0, POLLIN, 0}};
    for (;;) {
        if (poll(waits, 2, -1) < 0 && errno != EINTR) _exit(3);
        if (waits[1].revents) {
            char byte;
            if (read(0, &byte, 1) <= 0) _exit(137);
        }
        if (!(waits[0].revents & POLLIN)) continue;
        struct signalfd_siginfo info;
        if (read(signals, &info, sizeof info) != sizeof info) continue;
        if (info.ssi_signo != SIGCHLD) {
            kill(inner, (int)info.ssi_signo);
            continue;
        }
        int status;
        pid_t child;
        while ((child = waitpid(-1, &status, WNOHANG)) > 0)
            if (child == inner) _exit(exit_code(status));
    }
}

static volatile sig_atomic_t passed_child;

static void pass_on(int number) {
    if (passed_child > 0) kill(passed_child, number);
}

void crisol_namespace_main(int share_network, char *const arguments[]) {
    reset_signals();
    // Own session: a terminal's Ctrl-C reaches the outer process alone, which passes it on once.
    setsid();
    int program = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
    if (program < 0) fail("open the program");
    int kinds = CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC | (share_network ? 0 : CLONE_NEWNET);
    if (unshare(kinds) < 0) fail(errno == EPERM ? "root (CAP_SYS_ADMIN) is needed" : "unshare");
    pid_t child = fork();
    if (child < 0) fail("fork");
    if (child == 0) first_process(share_network, program, arguments);
    passed_child = child;
    signal(SIGTERM, pass_on);
    signal(SIGINT, pass_on);
    signal(SIGHUP, pass_on);
    int status;
    while (waitpid(child, &status, 0) < 0 && errno == EINTR) {}
    _exit(exit_code(status));
}

int crisol_spawn(const char *path, char *const arguments[], char *const environment[], int input, int output,
                 int new_session) {
    posix_spawnattr_t attributes;
    posix_spawn_file_actions_t actions;
    posix_spawnattr_init(&attributes);
    posix_spawn_file_actions_init(&actions);
    sigset_t all, none;
    sigfillset(&all);
    sigemptyset(&none);
    posix_spawnattr_setsigdefault(&attributes, &all);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setflags(&attributes, (short)(POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK |
                                                  (new_session ? POSIX_SPAWN_SETSID : 0)));
    if (input >= 0)
        posix_spawn_file_actions_adddup2(&actions, input, 0);
    else
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    if (output >= 0) {
        posix_spawn_file_actions_adddup2(&actions, output, 1);
        posix_spawn_file_actions_adddup2(&actions, output, 2);
    }
    // Sockets that the event loops make are inherited, and a runtime that keeps one open for good keeps its peer waiting.
    crisol_close_from(&actions, 3);
    pid_t child;
    int error = posix_spawn(&child, path, &actions, &attributes, arguments, environment);
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    return error ? -error : child;
}

int crisol_pipe(int ends[2]) { return pipe2(ends, O_CLOEXEC) < 0 ? -errno : 0; }

void crisol_give_memory_back(void) { malloc_trim(0); }

int crisol_close_from(posix_spawn_file_actions_t *actions, int first) {
    return posix_spawn_file_actions_addclosefrom_np(actions, first);
}

int crisol_wait(pid_t child) {
    int status;
    while (waitpid(child, &status, 0) < 0)
        if (errno != EINTR) return -errno;
    return status;
}
int crisol_wait_exited(int status) { return WIFEXITED(status); }
int crisol_wait_code(int status) { return WEXITSTATUS(status); }
int crisol_wait_signal(int status) { return WIFSIGNALED(status) ? WTERMSIG(status) : 0; }

struct listen_request {
    pid_t process;
    const char *address;
    uint16_t port;
    int result;
};

// setns changes one thread only, so a thread of its own goes there, opens the socket and ends.
static void *listen_there(void *argument) {
    struct listen_request *request = argument;
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/ns/net", (int)request->process);
    int namespace = open(path, O_RDONLY | O_CLOEXEC);
    if (namespace < 0 || setns(namespace, CLONE_NEWNET) < 0) {
        request->result = -errno;
        if (namespace >= 0) close(namespace);
        return NULL;
    }
    close(namespace);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(request->port)};
    int descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    int one = 1;
    socklen_t length = sizeof address;
    if (descriptor >= 0) setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (descriptor < 0 || inet_pton(AF_INET, request->address, &address.sin_addr) != 1 ||
        bind(descriptor, (struct sockaddr *)&address, sizeof address) < 0 || listen(descriptor, 128) < 0 ||
        getsockname(descriptor, (struct sockaddr *)&address, &length) < 0) {
        request->result = -(errno ? errno : EINVAL);
        if (descriptor >= 0) close(descriptor);
        return NULL;
    }
    request->port = ntohs(address.sin_port);
    request->result = descriptor;
    return NULL;
}

int crisol_listen_in_namespace(pid_t process, const char *address, uint16_t port, uint16_t *bound) {
    struct listen_request request = {process, address, port, 0};
    pthread_t thread;
    int error = pthread_create(&thread, NULL, listen_there, &request);
    if (error) return -error;
    pthread_join(thread, NULL);
    *bound = request.port;
    return request.result;
}

int crisol_socket_peer(const char *path) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof address.sun_path) return -ENAMETOOLONG;
    strcpy(address.sun_path, path);
    int descriptor = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct ucred peer;
    socklen_t length = sizeof peer;
    int result = -1;
    if (descriptor < 0 || connect(descriptor, (struct sockaddr *)&address, sizeof address) < 0 ||
        getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, &peer, &length) < 0)
        result = -errno;
    else
        result = peer.pid;
    if (descriptor >= 0) close(descriptor);
    return result;
}

static int signal_pipe = -1;

static void note_signal(int number) {
    char byte = (char)number;
    int saved = errno;
    if (write(signal_pipe, &byte, 1) < 0) {}
    errno = saved;
}

int crisol_watch_signals(int another) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) < 0) return -errno;
    // The reader waits; only the handler must never.
    fcntl(ends[0], F_SETFL, 0);
    signal_pipe = ends[1];
    struct sigaction action;
    memset(&action, 0, sizeof action);
    // Handlers, not SIG_IGN: what is ignored would stay ignored in every program started from here.
    action.sa_handler = note_signal;
    action.sa_flags = SA_RESTART;
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGHUP, &action, NULL);
    if (another > 0) sigaction(another, &action, NULL);
    return ends[0];
}

int crisol_remove_bridge(const char *name) {
    struct ifreq request = {0};
    if (strlen(name) >= sizeof request.ifr_name) return EINVAL;
    strcpy(request.ifr_name, name);
    int descriptor = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (descriptor < 0) return errno;
    int error = 0;
    if (ioctl(descriptor, SIOCGIFFLAGS, &request) < 0) {
        error = errno == ENODEV ? 0 : errno;
    } else {
        // The kernel removes only one that is down.
        request.ifr_flags &= ~IFF_UP;
        if (ioctl(descriptor, SIOCSIFFLAGS, &request) < 0 || ioctl(descriptor, SIOCBRDELBR, name) < 0) error = errno;
    }
    close(descriptor);
    return error;
}

int crisol_overlay_works(const char *folder) {
    pid_t child = fork();
    if (child < 0) return 0;
    if (child == 0) {
        char lower[512], upper[512], work[512], merged[512], options[2048];
        snprintf(lower, sizeof lower, "%s/lower", folder);
        snprintf(upper, sizeof upper, "%s/upper", folder);
        snprintf(work, sizeof work, "%s/work", folder);
        snprintf(merged, sizeof merged, "%s/merged", folder);
        mkdir(lower, 0700);
        mkdir(upper, 0700);
        mkdir(work, 0700);
        mkdir(merged, 0700);
        snprintf(options, sizeof options, "lowerdir=%s,upperdir=%s,workdir=%s", lower, upper, work);
        int works = unshare(CLONE_NEWNS) == 0 && mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
                    mount("overlay", merged, "overlay", 0, options) == 0;
        if (works) umount2(merged, MNT_DETACH);
        _exit(works ? 0 : 1);
    }
    int status = crisol_wait(child);
    return status >= 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

// PTRACE_SECCOMP_GET_FILTER (ptrace(2)); everything from here on is one thread's, as tracing is.
static int filters_of_stopped(pid_t process, struct crisol_bpf *instructions, int room, int sizes[], int filters) {
    int used = 0;
    for (int index = 0; index < filters; index++) {
        long size = ptrace(PTRACE_SECCOMP_GET_FILTER, process, (void *)(long)index, NULL);
        if (size < 0) {
            // ENOENT: there are no more. A process without any filter is EINVAL at the first.
            if (errno == ENOENT) return index;
            return -errno;
        }
        if (size > room - used) return -ESPIPE;
        if (ptrace(PTRACE_SECCOMP_GET_FILTER, process, (void *)(long)index, instructions + used) < 0) return -errno;
        sizes[index] = (int)size;
        used += (int)size;
    }
    return -ESPIPE;
}

int crisol_seccomp_filters(pid_t process, struct crisol_bpf *instructions, int room, int sizes[], int filters) {
    if (ptrace(PTRACE_SEIZE, process, NULL, NULL) < 0) return -errno;
    int result;
    int status;
    if (ptrace(PTRACE_INTERRUPT, process, NULL, NULL) < 0) {
        result = -errno;
    } else {
        pid_t seen;
        do {
            seen = waitpid(process, &status, __WALL);
        } while (seen < 0 && errno == EINTR);
        if (seen < 0) return -errno;
        if (!WIFSTOPPED(status)) return -ESRCH;
        result = filters_of_stopped(process, instructions, room, sizes, filters);
        // What stopped it may have been a signal of its own, which it must not lose.
        int signal = status >> 16 == 0 ? WSTOPSIG(status) : 0;
        ptrace(PTRACE_DETACH, process, NULL, (void *)(long)signal);
        return result;
    }
    ptrace(PTRACE_DETACH, process, NULL, NULL);
    return result;
}
