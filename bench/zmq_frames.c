/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What ZeroMQ alone carries from one process to another: frames of one size over TCP on loopback,
 * PUSH to PULL. Each frame is allocated and filled by copying, as a link between workers does; what
 * comes in is counted and freed, and nothing else is done.
 *
 *     zmq_frames RECORD_BYTES [FRAME_BYTES [MILLISECONDS]]
 *
 * A frame holds as many whole records as fit. It prints one JSON object: records a second, and the
 * CPU time of both processes.
 */
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <zmq.h>

#include "base/clock.h"
#include "base/mem.h"
#include "bench/fatal.h"

#define MS         UINT64_C(1000000)
#define WARM_UP_NS (300 * MS)
#define UNREAD_MAX \
    16 /* frames a side: with 64 KiB each, what a lane between workers may have unread */
#define ADDRESS_MAX 128

struct job {
    size_t record_bytes;
    size_t frame_bytes; /* whole records */
    uint64_t run_ns;
};

static size_t parse(const char *word, size_t max, const char *what)
{
    char *end;

    errno = 0;
    unsigned long value = strtoul(word, &end, 10);
    if (errno != 0 || *end != '\0' || value == 0 || value > max)
        fatal(what, "a number is wanted, and not so large a one");
    return value;
}

static struct job parse_job(int count, char **words)
{
    struct job job = {.run_ns = 2000 * MS};
    size_t frame_bytes = 65536;

    if (count < 2 || count > 4)
        fatal("usage", "zmq_frames RECORD_BYTES [FRAME_BYTES [MILLISECONDS]]");
    job.record_bytes = parse(words[1], 65536, "RECORD_BYTES");
    if (count > 2)
        frame_bytes = parse(words[2], 1u << 24, "FRAME_BYTES");
    if (count > 3)
        job.run_ns = parse(words[3], 60000, "MILLISECONDS") * MS;
    job.frame_bytes = frame_bytes / job.record_bytes * job.record_bytes;
    if (job.frame_bytes == 0)
        fatal("FRAME_BYTES", "not one record fits");
    return job;
}

static void *open_socket(void *context, int type)
{
    int unread_max = UNREAD_MAX;
    void *socket = zmq_socket(context, type);

    if (socket == NULL)
        fatal("zmq_socket", zmq_strerror(errno));
    fatal_unless(zmq_setsockopt(socket, ZMQ_SNDHWM, &unread_max, sizeof unread_max) == 0 &&
                     zmq_setsockopt(socket, ZMQ_RCVHWM, &unread_max, sizeof unread_max) == 0,
                 "a limit was not taken");
    return socket;
}

/* Until the receiver has had enough and kills it. */
static _Noreturn void send_frames(const struct job *job, int address_fd)
{
    char address[ADDRESS_MAX] = {0};
    void *push = open_socket(zmq_ctx_new(), ZMQ_PUSH);
    char *records = NEW_ARRAY(char, job->frame_bytes);

    if (read(address_fd, address, sizeof address - 1) <= 0)
        _exit(1); /* the receiver has said why */
    if (zmq_connect(push, address) != 0)
        fatal("zmq_connect", zmq_strerror(errno));
    for (;;) {
        zmq_msg_t frame;
        if (zmq_msg_init_size(&frame, job->frame_bytes) != 0)
            fatal("zmq_msg_init_size", zmq_strerror(errno));
        memcpy(zmq_msg_data(&frame), records, job->frame_bytes);
        if (zmq_msg_send(&frame, push, 0) < 0)
            fatal("zmq_msg_send", zmq_strerror(errno));
    }
}

static void receive_frame(const struct job *job, void *pull)
{
    zmq_msg_t frame;

    (void)zmq_msg_init(&frame);
    if (zmq_msg_recv(&frame, pull, 0) < 0)
        fatal("zmq_msg_recv", zmq_strerror(errno));
    fatal_unless(zmq_msg_size(&frame) == job->frame_bytes, "a frame has another size");
    (void)zmq_msg_close(&frame);
}

static void listen_for_frames(void *pull, int address_fd)
{
    char address[ADDRESS_MAX];
    size_t size = sizeof address;

    if (zmq_bind(pull, "tcp://127.0.0.1:*") != 0 ||
        zmq_getsockopt(pull, ZMQ_LAST_ENDPOINT, address, &size) != 0)
        fatal("zmq_bind", zmq_strerror(errno));
    fatal_unless(write(address_fd, address, size) == (ssize_t)size, "the address was not told");
}

static uint64_t time_ns(struct timeval time)
{
    return (uint64_t)time.tv_sec * 1000 * MS + (uint64_t)time.tv_usec * 1000;
}

static uint64_t used_ns(int whose)
{
    struct rusage usage;

    fatal_unless(getrusage(whose, &usage) == 0, "the CPU time is not known");
    return time_ns(usage.ru_utime) + time_ns(usage.ru_stime);
}

static void print_result(const struct job *job, uint64_t frames, uint64_t ns, uint64_t all_ns)
{
    uint64_t records = frames * (job->frame_bytes / job->record_bytes);
    uint64_t cpu_ns = used_ns(RUSAGE_SELF) + used_ns(RUSAGE_CHILDREN);

    printf("{\"record_bytes\":%zu,\"frame_bytes\":%zu,\"frames\":%" PRIu64 ",\"rate\":%.0f"
           ",\"cores\":%.3f,\"elapsed_ns\":%" PRIu64 "}\n",
           job->record_bytes, job->frame_bytes, frames, (double)records * 1e9 / (double)ns,
           (double)cpu_ns / (double)all_ns, ns);
}

static void receive_frames(const struct job *job, int address_fd, pid_t sender)
{
    void *pull = open_socket(zmq_ctx_new(), ZMQ_PULL);
    uint64_t frames = 0;
    uint64_t begin_ns = clock_now_ns();

    listen_for_frames(pull, address_fd);
    while (clock_now_ns() < begin_ns + WARM_UP_NS)
        receive_frame(job, pull);
    uint64_t start_ns = clock_now_ns();
    uint64_t now_ns = start_ns;
    for (; now_ns < start_ns + job->run_ns; now_ns = clock_now_ns()) {
        receive_frame(job, pull);
        frames++;
    }
    (void)kill(sender, SIGKILL);
    (void)waitpid(sender, NULL, 0);
    print_result(job, frames, now_ns - start_ns, now_ns - begin_ns);
}

/* It forks before ZeroMQ has a thread in either. */
int main(int argument_count, char **arguments)
{
    struct job job = parse_job(argument_count, arguments);
    int ends[2];

    fatal_unless(pipe(ends) == 0, "there is no pipe");
    pid_t sender = fork();
    if (sender < 0)
        fatal("fork", strerror(errno));
    if (sender == 0)
        send_frames(&job, ends[0]);
    receive_frames(&job, ends[1], sender);
    return 0;
}
