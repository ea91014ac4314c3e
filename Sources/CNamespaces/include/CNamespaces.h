// What needs to happen between system calls that Swift must not get between: namespaces, spawning, signals; and what the
// C library offers and Swift does not see.
#pragma once
#include <spawn.h>
#include <stdint.h>
#include <sys/types.h>

// Becomes the parent of new mount, PID, IPC and (unless shared) network namespaces and runs this program again inside
// them with the given arguments. Never returns. Standard input is the lifeline: when it ends, everything inside dies.
void crisol_namespace_main(int share_network, char *const arguments[]) __attribute__((noreturn));

// Starts a program with default signal dispositions and an empty mask, standard input from /dev/null unless given,
// and returns its process number, or a negative error number.
int crisol_spawn(const char *path, char *const arguments[], char *const environment[], int input, int output,
                 int new_session);

// A pipe whose ends are closed in programs started from here; 0, or a negative error number.
int crisol_pipe(int ends[2]);

// Has a program that is started by hand inherit nothing from this descriptor on; 0, or an error number.
int crisol_close_from(posix_spawn_file_actions_t *actions, int first);

// Waits for a child; its wait status, or a negative error number.
int crisol_wait(pid_t child);
int crisol_wait_exited(int status);
int crisol_wait_code(int status);
int crisol_wait_signal(int status);

// Gives memory that was freed back to the system, which the allocator by itself keeps.
void crisol_give_memory_back(void);

// A TCP socket listening in the network namespace of a process; the port it got is stored. Negative error number.
int crisol_listen_in_namespace(pid_t process, const char *address, uint16_t port, uint16_t *bound);

// The process that listens on a unix socket, or a negative error number.
int crisol_socket_peer(const char *path);

// Makes SIGINT, SIGTERM and SIGHUP readable, and one more unless it is 0: each writes its number as one byte to the
// returned descriptor.
int crisol_watch_signals(int another);

// Takes a bridge down and away; 0, also where there is none of this name, or the error's number.
int crisol_remove_bridge(const char *name);

// Whether an overlay file system can be mounted below a folder (tried in a mount namespace of its own).
int crisol_overlay_works(const char *folder);

// struct sock_filter.
struct crisol_bpf {
    uint16_t code;
    uint8_t jt;
    uint8_t jf;
    uint32_t k;
};

// The seccomp filters of a process, the youngest first, one behind the other in `instructions`, their lengths in
// `sizes`. The process is stopped meanwhile and goes on afterwards. The number of filters, or a negative error number;
// -ESPIPE when there is no room for all.
int crisol_seccomp_filters(pid_t process, struct crisol_bpf *instructions, int room, int sizes[], int filters);
