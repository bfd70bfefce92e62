/* SPDX-License-Identifier: Apache-2.0 */
#include "worker/io/member.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"
#include "net/post.h"
#include "worker/follower.h"
#include "worker/io/crash.h"
#include "worker/io/figure_feed.h"
#include "worker/io/inspection.h"
#include "worker/io/leash.h"
#include "worker/io/material.h"
#include "worker/io/profile.h"
#include "worker/io/services.h"
#include "worker/io/threads.h"
#include "worker/liaison.h"
#include "worker/runtime.h"
#include "worker/team.h"

#define SECOND_NS       UINT64_C(1000000000)
#define BEAT_NS         SECOND_NS
#define LEAVE_WAIT_NS   (SECOND_NS / 2) /* for the others, at the end */
#define CLOSE_LOOK_NS   (SECOND_NS / 100)
#define ORDERS_NS       (SECOND_NS / 1000)
#define FRAMES_A_TURN   64
#define FRAME_OVERHEAD  4096u /* of a frame over its records */
#define WAIT_MS_MAX     1000
#define STATM_BYTES_MAX 256
#define SAMPLE_LOOK_NS  (SECOND_NS / 50)
#define SAMPLE_WAIT_NS  (2 * SECOND_NS) /* for what flows seldom */
#define SAMPLE_BYTES    (64u * 1024)    /* of one message, but for one more tuple */
#define LINES_MAX       10              /* tuples in the log, a second */
#define LINES_LOOK_NS   (SECOND_NS / 10)

/* The way to another worker, as it is connected: remote->way. */
struct line {
    struct post_way *way; /* NULL: not connected */
    char *address;
};

struct member {
    const struct member_options *options;
    bool is_over;
    enum member_end end;
    struct error error;
    int epoll_fd;
    int event_fd;
    int leash_fd; /* as watched */
    struct coord_client *coord;
    struct follower *follower;
    struct leash *leash;
    struct material material;
    struct post *post;
    struct team *team; /* NULL before the cluster state has been read */
    struct threads *threads;
    struct figure_feed figures; /* once there is a team */
    char *address;              /* of the post */
    uint64_t now_ns;
    uint64_t started_ns;
    uint64_t unread_ns; /* since when there is no cluster state; 0: there is */
    uint64_t beat_ns;   /* when the next is due */
    uint64_t orders_ns; /* when to look for orders again */
    const char *told_phase;
    bool told_drained;
    uint32_t stops_seen;
    struct inspection inspection;
    struct liaison_sample sample; /* being answered; count 0: none */
    uint64_t sample_ns;           /* when to look at the loops next */
    uint64_t sample_end_ns;
    bool has_lines;        /* tuples are written to the log */
    uint64_t lines_ns;     /* when to look for them next */
    uint64_t lines_due_ns; /* when so many may be written again */
    uint32_t lines_left;
};

/* What a signal handler can reach. */
static struct {
    _Atomic uint32_t stops;
    _Atomic(struct parker *) parker;
} current; /* NOLINT(cppcoreguidelines-avoid-non-const-global-variables) */

static void finish(struct member *member, enum member_end end)
{
    if (!member->is_over)
        member->end = end;
    member->is_over = true;
}

static void tell(struct member *member, char *message)
{
    (void)leash_send(member->leash, message, strlen(message));
    free(message);
}

static void heed(struct member *member, enum team_verdict verdict)
{
    if (verdict == TEAM_IS_OUT) {
        log_info("worker.unassigned", "topology=%s slot=%u", member->options->topology,
                 member->options->slot);
        finish(member, MEMBER_UNASSIGNED);
    }
    if (verdict == TEAM_FAILED) {
        tell(member, liaison_error("", 0, member->error.text));
        finish(member, MEMBER_FAILED);
    }
}

/* ---- what the team wants done ---- */

static void send_frame(void *context, struct remote *remote, const struct frame_head *head,
                       const void *payload, size_t size)
{
    const struct line *line = remote->way;

    (void)context;
    if (line != NULL && line->way != NULL)
        post_send(line->way, head, sizeof *head, payload, size);
}

static void disconnect(void *context, struct remote *remote)
{
    struct line *line = remote->way;

    (void)context;
    if (line == NULL)
        return;
    if (line->way != NULL)
        post_disconnect(&line->way);
    free(line->address);
    free(line);
    remote->way = NULL;
}

static void connect_to(void *context, struct remote *remote, const char *address)
{
    struct member *member = context;
    struct line *line = remote->way;
    struct error error;

    if (line != NULL && strcmp(line->address, address) == 0)
        return;
    disconnect(context, remote);
    line = NEW(struct line);
    line->address = mem_copy_text(address);
    remote->way = line;
    if (post_connect(member->post, address, &line->way, &error) != ERR_OK)
        log_warn("link.bad_address", "worker=%s:%u text=\"%s\"", remote->supervisor, remote->slot,
                 error.text);
}

static void log_link(void *context, const struct remote *remote, enum peer_news news)
{
    static const char *const words[] = {
        [PEER_UP] = "up", [PEER_DOWN] = "down", [PEER_LEFT] = "left", [PEER_REFUSED] = "refused"};

    (void)context;
    if (news == PEER_REFUSED)
        log_warn("link.refused", "worker=%s:%u why=\"%s\"", remote->supervisor, remote->slot,
                 frame_refusal_text(peer_refusal(remote->peer)));
    else
        log_info("link.changed", "worker=%s:%u link=%s", remote->supervisor, remote->slot,
                 words[news]);
}

static const struct team_host team_host = {
    .send = send_frame, .connect = connect_to, .disconnect = disconnect, .changed = log_link};

/* ---- the start ---- */

/* A CREDIT or STATE may be larger than a small block. */
static size_t frame_bytes_max(const struct config *config)
{
    uint64_t max = config->tuple_bytes_max > config->block_bytes ? config->tuple_bytes_max
                                                                 : config->block_bytes;

    return (max > 8 * FRAME_CREDITS_MAX ? max : 8 * FRAME_CREDITS_MAX) + FRAME_OVERHEAD;
}

static enum err open_post(struct member *member)
{
    struct post_options options = {.host = member->options->host,
                                   .frame_bytes_max = frame_bytes_max(member->material.config),
                                   .wake_fd = member->epoll_fd,
                                   .keys = member->options->keys};
    enum err err = post_open(&options, &member->post, &member->error);
    struct text text;

    if (err != ERR_OK)
        return err;
    text_init(&text);
    text_add(&text, strchr(options.host, ':') != NULL ? "[%s]:%u" : "%s:%u", options.host,
             post_port(member->post));
    member->address = text_take(&text);
    return ERR_OK;
}

static enum team_verdict build_team(struct member *member)
{
    const struct topology_state *topology = follower_topology(member->follower);
    const struct config *config = member->material.config;
    struct team_options options = {
        .topology = member->options->topology,
        .supervisor = member->options->supervisor,
        .slot = member->options->slot,
        .incarnation = member->options->incarnation,
        .code = loader_topology(member->material.loader),
        .plan = member->material.plan,
        .roster_plan = member->material.roster_plan,
        .config = config,
        .args = (const char *const *)member->material.args,
        .arg_count = (uint32_t)member->material.arg_count,
        .seed = config->seed == 0 ? clock_now_ns() : config->seed + member->options->slot,
        .log = threads_log,
        .find_service = services_find,
        .clock = threads_clock,
        .host = &team_host,
        .context = member,
    };
    enum team_verdict verdict = team_new(&options, follower_assignment(member->follower),
                                         member->now_ns, &member->team, &member->error);

    if (verdict == TEAM_GOES_ON)
        team_set_status(member->team, topology, member->now_ns);
    return verdict;
}

static void tell_workers(struct member *member)
{
    const struct worker_state **workers;
    const struct worker_state *worker;
    size_t position = 0;
    size_t count = 0;

    while (follower_next_worker(member->follower, &position, &worker))
        count++;
    workers = NEW_ARRAY(const struct worker_state *, count);
    position = count = 0;
    while (follower_next_worker(member->follower, &position, &worker))
        workers[count++] = worker;
    team_told(member->team, workers, count, member->now_ns);
    free(workers);
}

static void sleep_on(struct member *member, enum team_parker which)
{
    parker_use_eventfd(team_parker(member->team, which), member->event_fd);
}

/* What the record says of the log; what it says of the spouts is the team's. */
static void steer(struct member *member, const struct topology_state *topology)
{
    enum log_level level = (enum log_level)member->material.config->log_level;

    if (topology->log_level != TOPOLOGY_LOG_UNSET)
        level = (enum log_level)(topology->log_level - TOPOLOGY_LOG_DEBUG);
    log_set_level(level);
    member->has_lines = topology->debug_count > 0;
}

static enum team_verdict start_team(struct member *member)
{
    const struct topology_state *topology = follower_topology(member->follower);

    if (topology == NULL || follower_assignment(member->follower) == NULL)
        return TEAM_IS_OUT;
    if (material_load(topology, member->options->blobs, &member->material, &member->error) !=
            ERR_OK ||
        open_post(member) != ERR_OK)
        return TEAM_FAILED;
    enum team_verdict verdict = build_team(member);
    if (verdict != TEAM_GOES_ON)
        return verdict;
    figure_feed_init(&member->figures, team_worker(member->team), member->leash,
                     member->started_ns);
    sleep_on(member, TEAM_PARKER_POSTMAN);
    sleep_on(member, TEAM_PARKER_CONDUCTOR);
    atomic_store(&current.parker, team_parker(member->team, TEAM_PARKER_CONDUCTOR));
    steer(member, topology);
    crash_install();
    bool started =
        threads_start(team_worker(member->team), &member->threads, &member->error) == ERR_OK;
    return started ? TEAM_GOES_ON : TEAM_FAILED;
}

static void start(struct member *member)
{
    enum team_verdict verdict = start_team(member);

    heed(member, verdict);
    if (verdict != TEAM_GOES_ON)
        return;
    tell(member, liaison_bound(member->address));
    tell_workers(member);
    log_info("worker.started", "topology=%s slot=%u incarnation=%" PRIu64 " address=%s loops=%u",
             member->options->topology, member->options->slot, member->options->incarnation,
             member->address, team_worker(member->team)->loop_count);
}

/* ---- the cluster state ---- */

static void follow(struct member *member, unsigned news)
{
    const struct topology_state *topology = follower_topology(member->follower);
    const struct assignment_state *assignment = follower_assignment(member->follower);

    if (topology == NULL || assignment == NULL) {
        heed(member, TEAM_IS_OUT);
        return;
    }
    if (news & FOLLOWER_TOPOLOGY) {
        steer(member, topology);
        team_set_status(member->team, topology, member->now_ns);
    }
    if (news & FOLLOWER_ASSIGNMENT)
        heed(member, team_assign(member->team, assignment, member->now_ns, &member->error));
    if (news & (FOLLOWER_ASSIGNMENT | FOLLOWER_WORKERS))
        tell_workers(member);
}

static void take_news(struct member *member, unsigned news)
{
    const char *fault = follower_fault(member->follower);

    if (news & FOLLOWER_LOST && member->unread_ns == 0)
        member->unread_ns = member->now_ns;
    if (news & FOLLOWER_BACK)
        member->unread_ns = 0;
    if (fault[0] != '\0')
        log_warn("state.unreadable", "text=\"%s\"", fault);
    if (member->team == NULL && follower_is_complete(member->follower))
        start(member);
    else if (member->team != NULL && team_phase(member->team) < TEAM_STOPPING)
        follow(member, news);
}

static bool take_coord(struct member *member)
{
    struct coord_calls calls = {.items = NULL};
    struct coord_event event;
    bool did = false;

    while (!member->is_over && coord_take(member->coord, 0, &event)) {
        unsigned news = follower_step(member->follower, &event, &calls);
        coord_event_done(&event);
        coord_call_all(member->coord, &calls);
        if (news != 0)
            take_news(member, news);
        did = true;
    }
    coord_calls_done(&calls);
    return did;
}

/* ---- the supervisor ---- */

static void begin_stop(struct member *member)
{
    log_info("worker.stopping", "topology=%s slot=%u", member->options->topology,
             member->options->slot);
    if (member->team == NULL)
        finish(member, MEMBER_STOPPED);
    else
        team_stop(member->team, member->now_ns);
}

/* The supervisor has renamed the file. */
static void reopen_log(const struct member *member)
{
    int fd;

    if (member->options->log == NULL)
        return;
    fd = open(member->options->log, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0640);
    if (fd < 0)
        return;
    (void)fflush(NULL);
    (void)dup2(fd, STDOUT_FILENO);
    (void)dup2(fd, STDERR_FILENO);
    (void)close(fd);
}

static void say_hello(struct member *member)
{
    struct liaison_hello hello = {.topology = member->options->topology,
                                  .slot = member->options->slot,
                                  .incarnation = member->options->incarnation,
                                  .pid = (uint64_t)getpid()};

    tell(member, liaison_hello(&hello));
    if (member->address != NULL)
        tell(member, liaison_bound(member->address));
    if (member->figures.worker != NULL)
        figure_feed_restart(&member->figures);
    member->beat_ns = 0;
}

static void watch_leash(struct member *member)
{
    int fd = leash_fd(member->leash);
    struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};

    if (fd >= 0 && fd != member->leash_fd)
        (void)epoll_ctl(member->epoll_fd, EPOLL_CTL_ADD, fd, &event);
    member->leash_fd = fd; /* a closed one has left the set by itself */
}

/* ---- samples ---- */

static void begin_sample(struct member *member, const struct liaison_sample *sample)
{
    int32_t component =
        member->team == NULL ? -1 : plan_find(member->material.plan, sample->component);

    if (component < 0) {
        tell(member, liaison_samples(sample->request, NULL, 0, true));
        return;
    }
    if (member->sample.count > 0) /* there is one at a time */
        tell(member, liaison_samples(member->sample.request, NULL, 0, true));
    member->sample = *sample;
    member->sample_ns = member->now_ns;
    member->sample_end_ns = member->now_ns + SAMPLE_WAIT_NS;
    sample_begin(team_worker(member->team), (uint32_t)component, sample->received);
}

/* Says what the loops have written down since the last look. */
static void step_sample(struct member *member)
{
    char *samples[LIAISON_SAMPLES_MAX];
    size_t count = 0, bytes = 0;

    if (member->sample.count == 0 || member->now_ns < member->sample_ns)
        return;
    while (count < member->sample.count && bytes < SAMPLE_BYTES &&
           (samples[count] = sample_take(team_worker(member->team))) != NULL)
        bytes += strlen(samples[count++]);
    member->sample.count -= (uint32_t)count;
    member->sample_ns = member->now_ns + SAMPLE_LOOK_NS;
    bool is_last = member->sample.count == 0 || member->now_ns >= member->sample_end_ns;
    if (count > 0 || is_last)
        tell(member, liaison_samples(member->sample.request, samples, count, is_last));
    while (count > 0)
        free(samples[--count]);
    if (is_last) {
        sample_end(team_worker(member->team));
        member->sample.count = 0;
    }
}

/* What is too much waits in the loops, and they take no more. */
static void write_lines(struct member *member)
{
    char *line;

    if (!member->has_lines || member->now_ns < member->lines_ns)
        return;
    member->lines_ns = member->now_ns + LINES_LOOK_NS;
    if (member->now_ns >= member->lines_due_ns) {
        member->lines_due_ns = member->now_ns + SECOND_NS;
        member->lines_left = LINES_MAX;
    }
    while (member->lines_left > 0 && (line = sample_take_line(team_worker(member->team))) != NULL) {
        log_info("tuple", "%s", line);
        free(line);
        member->lines_left--;
    }
}

static void obey(struct member *member, const char *message, size_t size)
{
    struct liaison_asked asked;
    enum liaison_order order = liaison_read(message, size, &asked);

    switch (order) {
    case LIAISON_STOP:
        begin_stop(member);
        return;
    case LIAISON_REOPEN:
        reopen_log(member);
        return;
    case LIAISON_SAMPLE:
        begin_sample(member, &asked.sample);
        return;
    case LIAISON_STACKS:
    case LIAISON_PROFILE:
        inspection_begin(&member->inspection, order, &asked.look, member->now_ns);
        return;
    case LIAISON_WELCOME:
    case LIAISON_NOTHING:
        return;
    }
}

static bool take_leash(struct member *member)
{
    char message[LIAISON_MESSAGE_MAX];
    size_t size;
    bool did = leash_step(member->leash, member->now_ns);

    if (did) {
        member->leash_fd = -1;
        say_hello(member);
    }
    while (leash_receive(member->leash, message, &size, member->now_ns)) {
        obey(member, message, size);
        did = true;
    }
    watch_leash(member);
    return did;
}

/* The second number in statm, in pages; 0 if it cannot be read. */
static uint64_t rss_bytes(void)
{
    char line[STATM_BYTES_MAX] = "";
    FILE *file = fopen("/proc/self/statm", "re");

    if (file == NULL)
        return 0;
    (void)!fgets(line, sizeof line, file);
    (void)fclose(file);
    return strtoull(line + strcspn(line, " "), NULL, 10) * (uint64_t)sysconf(_SC_PAGESIZE);
}

static void describe_team(const struct member *member, struct liaison_beat *beat)
{
    struct postman_counts counts = team_counts(member->team);

    beat->version = team_version(member->team);
    beat->links = counts.links;
    beat->links_up = counts.links_up;
}

/* What the topology ends with is told before that it ends: who hears of the end looks at the figures. */
static bool is_last_word(const struct member *member, const struct liaison_beat *beat)
{
    bool is_over = team_phase(member->team) >= TEAM_STOPPING;

    return (beat->drained && !member->told_drained) ||
           (is_over && beat->phase != member->told_phase);
}

static void beat(struct member *member)
{
    const struct team *team = member->team;
    struct liaison_beat beat = {.phase =
                                    team == NULL ? "starting" : team_phase_name(team_phase(team)),
                                .drained = team != NULL && team_is_drained(team, member->now_ns)};

    if (member->now_ns < member->beat_ns && beat.phase == member->told_phase &&
        beat.drained == member->told_drained)
        return;
    if (member->figures.worker != NULL && is_last_word(member, &beat))
        figure_feed_flush(&member->figures);
    member->beat_ns = member->now_ns + BEAT_NS;
    member->told_phase = beat.phase;
    member->told_drained = beat.drained;
    beat.rss_bytes = rss_bytes();
    beat.cpu_ns = clock_cpu_ns();
    if (team != NULL)
        describe_team(member, &beat);
    tell(member, liaison_beat(&beat));
}

/* ---- the run ---- */

static bool take_frames(struct member *member)
{
    const void *bytes;
    size_t size;
    int count = 0;

    while (count < FRAMES_A_TURN && post_receive(member->post, &bytes, &size)) {
        team_receive(member->team, bytes, size, member->now_ns);
        count++;
    }
    return count > 0;
}

static bool is_past(const struct member *member, uint64_t since_ns, uint64_t limit_ms)
{
    return since_ns != 0 && limit_ms != 0 &&
           member->now_ns >= since_ns + limit_ms * UINT64_C(1000000);
}

static void check_solitude(struct member *member)
{
    const struct cluster *cluster = member->options->cluster;
    const char *without = NULL;

    if (is_past(member, leash_lost_ns(member->leash), cluster->worker_supervisor_timeout_ms))
        without = "supervisor";
    if (is_past(member, member->unread_ns, cluster->worker_coord_timeout_ms))
        without = "coord";
    if (without == NULL)
        return;
    log_error("worker.alone", "without=%s setting=worker.%s.timeout.secs", without, without);
    finish(member, MEMBER_ALONE);
}

static bool step_team(struct member *member)
{
    bool was_running = team_phase(member->team) >= TEAM_RUNNING;
    enum team_verdict verdict;
    bool did = take_frames(member);

    did |= team_turn(member->team, member->now_ns, &verdict, &member->error);
    if (!was_running && team_phase(member->team) == TEAM_RUNNING)
        log_info("worker.running", "topology=%s after_ms=%" PRIu64, member->options->topology,
                 (member->now_ns - member->started_ns) / 1000000);
    heed(member, verdict);
    if (team_is_closed(member->team))
        finish(member, MEMBER_STOPPED);
    return did;
}

/* Of the supervisor and the cluster state: seldom, so a busy worker does not ask the system in every
 * turn. After a rest, which news of them ends, it does. */
static bool take_orders(struct member *member)
{
    if (member->now_ns < member->orders_ns)
        return false;
    member->orders_ns = member->now_ns + ORDERS_NS;
    bool did = take_leash(member);
    did |= take_coord(member);
    return did;
}

static bool step(struct member *member)
{
    uint32_t stops = atomic_load(&current.stops);
    bool did;

    member->now_ns = clock_now_ns();
    if (stops != member->stops_seen)
        begin_stop(member);
    member->stops_seen = stops;
    bool is_time = member->now_ns >= member->orders_ns;
    did = take_orders(member);
    if (member->team != NULL && !member->is_over)
        did |= step_team(member);
    if (!member->is_over)
        check_solitude(member);
    beat(member);
    step_sample(member);
    inspection_step(&member->inspection, member->now_ns);
    write_lines(member);
    if (is_time && member->figures.worker != NULL)
        figure_feed_step(&member->figures, member->now_ns);
    return did;
}

static uint64_t earlier(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static uint64_t deadline_ns(const struct member *member)
{
    uint64_t deadline_ns = earlier(member->beat_ns, leash_deadline_ns(member->leash));

    if (member->figures.worker != NULL)
        deadline_ns =
            earlier(deadline_ns, figure_feed_deadline_ns(&member->figures, member->now_ns));

    if (member->sample.count > 0)
        deadline_ns = earlier(deadline_ns, member->sample_ns);
    deadline_ns = earlier(deadline_ns, inspection_deadline_ns(&member->inspection));
    if (member->has_lines)
        deadline_ns = earlier(deadline_ns, member->lines_ns);
    return member->team == NULL ? deadline_ns
                                : earlier(deadline_ns, team_deadline_ns(member->team));
}

static void wait_for_descriptors(const struct member *member, uint64_t until_ns)
{
    struct epoll_event events[1];
    uint64_t now_ns = clock_now_ns();
    uint64_t left_ms = until_ns <= now_ns ? 0 : (until_ns - now_ns) / 1000000 + 1;

    (void)epoll_wait(member->epoll_fd, events, 1,
                     left_ms > WAIT_MS_MAX ? WAIT_MS_MAX : (int)left_ms);
}

/* Announced before the last look, so that what comes during it is not slept through. */
static void rest(struct member *member)
{
    if (member->team == NULL) {
        wait_for_descriptors(member, deadline_ns(member));
        member->orders_ns = 0;
        return;
    }
    struct parker *postman = team_parker(member->team, TEAM_PARKER_POSTMAN);
    struct parker *conductor = team_parker(member->team, TEAM_PARKER_CONDUCTOR);
    parker_prepare(postman);
    parker_prepare(conductor);
    member->orders_ns = 0;
    if (!step(member) && !member->is_over)
        post_wait(member->post, deadline_ns(member));
    member->orders_ns = 0;
    parker_settle(postman);
    parker_settle(conductor);
}

static void run(struct member *member)
{
    while (!member->is_over) {
        if (!step(member) && !member->is_over)
            rest(member);
    }
}

/* ---- the end ---- */

static void close_loops(struct member *member)
{
    struct error ignored;
    enum team_verdict verdict;

    if (member->threads == NULL)
        return;
    struct parker *parker = team_parker(member->team, TEAM_PARKER_CONDUCTOR);
    team_close(member->team, clock_now_ns());
    for (;;) {
        parker_prepare(parker);
        (void)team_turn(member->team, clock_now_ns(), &verdict, &ignored);
        if (team_is_closed(member->team))
            break;
        wait_for_descriptors(member, clock_now_ns() + CLOSE_LOOK_NS);
        parker_settle(parker);
    }
    threads_join(&member->threads);
}

/* Others should not take us for lost. */
static void leave(struct member *member)
{
    uint64_t end_ns = clock_now_ns() + LEAVE_WAIT_NS;
    struct error ignored;
    enum team_verdict verdict;

    if (member->end != MEMBER_STOPPED || member->team == NULL)
        return;
    team_leave(member->team, clock_now_ns());
    do {
        member->now_ns = clock_now_ns();
        (void)take_frames(member);
        (void)team_turn(member->team, member->now_ns, &verdict, &ignored);
        if (team_has_left(member->team))
            return;
        post_wait(member->post, earlier(end_ns, team_deadline_ns(member->team)));
    } while (member->now_ns < end_ns);
}

static void destroy(struct member *member)
{
    atomic_store(&current.parker, NULL);
    figure_feed_done(&member->figures);
    team_destroy(&member->team);
    post_close(&member->post);
    material_done(&member->material);
    follower_destroy(&member->follower);
    leash_destroy(&member->leash);
    coord_close(&member->coord);
    free(member->address);
    if (member->epoll_fd >= 0)
        (void)close(member->epoll_fd);
    if (member->event_fd >= 0)
        (void)close(member->event_fd);
}

static enum err open_descriptors(struct member *member)
{
    struct epoll_event event = {.events = EPOLLIN};

    member->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    member->event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (member->epoll_fd < 0 || member->event_fd < 0 ||
        epoll_ctl(member->epoll_fd, EPOLL_CTL_ADD, member->event_fd, &event) != 0 ||
        epoll_ctl(member->epoll_fd, EPOLL_CTL_ADD, coord_fd(member->coord), &event) != 0)
        return error_set(&member->error, ERR_IO, "no descriptor is left: %s", strerror(errno));
    return ERR_OK;
}

static enum err open_member(struct member *member)
{
    enum err err = leash_new(member->options->socket, &member->leash, &member->error);

    if (err == ERR_OK)
        err = coord_open(&member->options->coord, &member->coord, &member->error);
    if (err == ERR_OK)
        err = open_descriptors(member);
    return err;
}

enum member_end member_run(const struct member_options *options, struct error *error)
{
    struct member member = {.options = options, .epoll_fd = -1, .event_fd = -1, .leash_fd = -1};

    member.started_ns = member.now_ns = member.unread_ns = clock_now_ns();
    member.follower = follower_new(options->topology);
    if (open_member(&member) == ERR_OK) {
        inspection_init(&member.inspection, member.leash);
        profile_enter(PROFILE_MEMBER, NULL);
        run(&member);
        inspection_done(&member.inspection);
        profile_leave();
    } else {
        finish(&member, MEMBER_FAILED);
    }
    if (member.team != NULL && team_phase(member.team) == TEAM_ENDED) {
        log_info("topology.ended", "topology=%s", options->topology);
        tell(&member, liaison_ended());
    }
    close_loops(&member);
    if (member.figures.worker != NULL)
        figure_feed_flush(&member.figures);
    leave(&member);
    if (member.end == MEMBER_FAILED)
        *error = member.error;
    enum member_end end = member.end;
    destroy(&member);
    return end;
}

void member_stop(void)
{
    struct parker *parker = atomic_load(&current.parker);

    atomic_fetch_add(&current.stops, 1);
    if (parker != NULL)
        parker_wake(parker);
}
