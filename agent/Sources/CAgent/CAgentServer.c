// A TCP server that echoes, or says something at once, later or after the client's half: one poll loop over all its
// connections. Or a UDP server that answers each datagram.
#define _GNU_SOURCE
#include "CAgent.h"
#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

enum { connection_limit = 512, buffer_size = 64 << 10 };

struct connection {
    int descriptor;
    int at_end;
    int64_t due;
    size_t begin, end;
    unsigned char *buffer;
};

static int listener = -1;
static int is_datagram;
static int echoes;
static int says_at_end;
static int64_t delay;
static const char *greeting;
static struct connection connections[connection_limit];
static int connection_count;

// Opens the listener on an address. 0, or an error number.
static int open_listener(const char *address, int port, int type) {
    struct sockaddr_storage storage;
    memset(&storage, 0, sizeof storage);
    socklen_t size;
    struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)&storage;
    struct sockaddr_in *v4 = (struct sockaddr_in *)&storage;
    if (inet_pton(AF_INET6, address, &v6->sin6_addr) == 1) {
        v6->sin6_family = AF_INET6;
        v6->sin6_port = htons((uint16_t)port);
        size = sizeof *v6;
    } else if (inet_pton(AF_INET, address, &v4->sin_addr) == 1) {
        v4->sin_family = AF_INET;
        v4->sin_port = htons((uint16_t)port);
        size = sizeof *v4;
    } else
        return EINVAL;
    listener = socket(storage.ss_family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    int yes = 1;
    if (listener < 0) return errno;
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    // A listener for IPv6 alone is what some servers have, and what forwarders stumble over.
    if (storage.ss_family == AF_INET6) setsockopt(listener, IPPROTO_IPV6, IPV6_V6ONLY, &yes, sizeof yes);
    if (bind(listener, (struct sockaddr *)&storage, size) != 0) return errno;
    return 0;
}

int cagent_datagram_server_open(const char *address, int port, int echo, const char *say) {
    is_datagram = 1;
    echoes = echo;
    greeting = say;
    return open_listener(address, port, SOCK_DGRAM);
}

int cagent_server_open(const char *address, int port, int echo, const char *say, int at_end, int after) {
    int failure = open_listener(address, port, SOCK_STREAM);
    if (failure) return failure;
    if (listen(listener, 128) != 0) return errno;
    echoes = echo;
    greeting = say;
    says_at_end = at_end;
    delay = (int64_t)after * 1000000;
    signal(SIGPIPE, SIG_IGN);
    return 0;
}

static void drop(int index) {
    close(connections[index].descriptor);
    free(connections[index].buffer);
    connections[index] = connections[--connection_count];
}

static void say(int descriptor) {
    if (!greeting) return;
    ssize_t written = write(descriptor, greeting, strlen(greeting));
    (void)written;
}

static void accept_all(void) {
    while (connection_count < connection_limit) {
        int descriptor = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (descriptor < 0) return;
        int stays = echoes || says_at_end || delay > 0;
        if (!stays) say(descriptor);
        unsigned char *buffer = stays ? malloc(buffer_size) : NULL;
        if (!buffer) {
            // Nothing more to say: the client reads the greeting and the end.
            shutdown(descriptor, SHUT_WR);
            close(descriptor);
            continue;
        }
        struct connection *added = &connections[connection_count++];
        memset(added, 0, sizeof *added);
        added->descriptor = descriptor;
        added->due = delay > 0 ? cagent_monotonic() + delay : 0;
        added->buffer = buffer;
    }
}

// Moves bytes of one connection; false when it is over.
static int serve(struct connection *one) {
    if (one->begin == one->end && !one->at_end) {
        ssize_t count = read(one->descriptor, one->buffer, buffer_size);
        if (count < 0) return errno == EAGAIN || errno == EINTR;
        one->begin = 0;
        one->end = (size_t)count;
        if (count == 0) one->at_end = 1;
        if (!echoes) one->begin = one->end;
    }
    while (one->begin < one->end) {
        ssize_t count = write(one->descriptor, one->buffer + one->begin, one->end - one->begin);
        if (count < 0) return errno == EAGAIN || errno == EINTR;
        one->begin += (size_t)count;
    }
    if (one->at_end) {
        // The other half stays open until all that came has been sent back.
        if (says_at_end) say(one->descriptor);
        shutdown(one->descriptor, SHUT_WR);
        return 0;
    }
    return 1;
}

// Answers the datagrams that are there.
static void answer_all(void) {
    static unsigned char datagram[buffer_size];
    struct sockaddr_storage sender;
    for (;;) {
        socklen_t size = sizeof sender;
        ssize_t count = recvfrom(listener, datagram, sizeof datagram, 0, (struct sockaddr *)&sender, &size);
        if (count < 0) return;
        const void *answer = echoes ? (const void *)datagram : greeting;
        size_t length = echoes ? (size_t)count : greeting ? strlen(greeting) : 0;
        sendto(listener, answer, length, 0, (struct sockaddr *)&sender, size);
    }
}

void cagent_server_poll(int milliseconds) {
    if (is_datagram) {
        struct pollfd one = {listener, POLLIN, 0};
        if (poll(&one, 1, milliseconds) > 0) answer_all();
        return;
    }
    struct pollfd waiting[connection_limit + 1];
    waiting[0] = (struct pollfd){listener, connection_count < connection_limit ? POLLIN : 0, 0};
    for (int index = 0; index < connection_count; index++) {
        short events = connections[index].begin < connections[index].end ? POLLOUT : POLLIN;
        waiting[index + 1] = (struct pollfd){connections[index].descriptor, events, 0};
    }
    int count = connection_count;
    int ready = poll(waiting, (nfds_t)count + 1, milliseconds);
    if (delay > 0)
        for (int index = count - 1; index >= 0; index--)
            if (cagent_monotonic() >= connections[index].due) {
                say(connections[index].descriptor);
                drop(index);
                ready = 0;
            }
    if (ready <= 0) return;
    for (int index = count - 1; index >= 0; index--)
        if (waiting[index + 1].revents && !serve(&connections[index])) drop(index);
    if (waiting[0].revents) accept_all();
}

int cagent_connect(const char *host, int port, char *received, int room, int *count) {
    *count = 0;
    struct addrinfo hints, *found = NULL;
    memset(&hints, 0, sizeof hints);
    hints.ai_flags = AI_NUMERICHOST;
    hints.ai_socktype = SOCK_STREAM;
    char digits[8];
    snprintf(digits, sizeof digits, "%d", port);
    if (getaddrinfo(host, digits, &hints, &found) != 0) return EINVAL;
    int descriptor = socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct timeval bound = {3, 0};
    setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &bound, sizeof bound);
    setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &bound, sizeof bound);
    int result = connect(descriptor, found->ai_addr, found->ai_addrlen) == 0 ? 0 : errno;
    freeaddrinfo(found);
    if (result == 0) {
        shutdown(descriptor, SHUT_WR);
        ssize_t got;
        while (*count < room && (got = read(descriptor, received + *count, (size_t)(room - *count))) > 0)
            *count += (int)got;
    }
    close(descriptor);
    return result == EINPROGRESS ? ETIMEDOUT : result;
}

int cagent_terminal_size(int *columns, int *rows) {
    struct winsize size;
    if (ioctl(0, TIOCGWINSZ, &size) != 0) return errno;
    *columns = size.ws_col;
    *rows = size.ws_row;
    return 0;
}

int cagent_input_waits(int milliseconds) {
    struct pollfd input = {0, POLLIN, 0};
    return poll(&input, 1, milliseconds) > 0;
}

int cagent_input_ended(int milliseconds) {
    if (!cagent_input_waits(milliseconds)) return 0;
    char scrap[4096];
    return read(0, scrap, sizeof scrap) == 0;
}
