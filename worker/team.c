/* SPDX-License-Identifier: Apache-2.0 */
#include "worker/team.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "worker/chorus.h"
#include "worker/conductor.h"
#include "worker/roster.h"
#include "worker/routing.h"
#include "worker/runtime.h"
#include "worker/worker.h"

#define SECOND_NS     UINT64_C(1000000000)
#define LINK_WAIT_NS  (10 * SECOND_NS) /* for the other workers, before the spouts begin anyway */
#define SETTLE_NS     (SECOND_NS / 2)  /* paused so long it is drained, although bolts still move */
#define QUIET_WAIT_NS SECOND_NS        /* for what moves, when it is told to stop */

struct team {
    struct team_options options;
    enum team_phase phase;
    struct postman *postman;
    struct worker *worker;
    struct conductor conductor;
    struct chorus *chorus;
    uint64_t now_ns;
    uint64_t began_ns;
    uint64_t stop_ns; /* when it was told to stop */
    /* the assignment */
    uint32_t self;
    uint64_t digest; /* of our part */
    struct remote **members;
    uint32_t member_count;
    bool is_whole;                     /* every task is in some worker */
    const struct routing *old_routing; /* until the loops have obeyed */
    struct assignment_state *waiting;  /* until then; the latest */
    /* the status */
    bool is_paused;
    uint64_t paused_ns;
    /* an order of the chorus: to be given to the loops, or being done by them */
    bool has_order;
    enum chorus_order order;
    uint32_t order_rank;
    uint64_t order_number;
    bool is_doing;
    uint64_t obeyed;
};

/* ---- links ---- */

static void send_frame(void *context, struct remote *remote, const struct frame_head *head,
                       const void *payload, size_t size)
{
    const struct team *team = context;

    team->options.host->send(team->options.context, remote, head, payload, size);
}

static void wake_loops(const struct team *team)
{
    for (uint32_t i = 0; i < team->worker->loop_count; i++)
        parker_wake(&team->worker->loops[i]->parker);
}

static uint32_t some_task_of(const struct team *team, const struct remote *remote)
{
    const struct routing *routing = atomic_load(&team->worker->routing);

    for (uint32_t task = 0; task < routing->task_count; task++) {
        if (routing->places[routing->place_of_task[task]].remote == remote)
            return task;
    }
    return 0;
}

static void note_loss(struct team *team, const struct remote *remote)
{
    atomic_store(&team->worker->lost_task, some_task_of(team, remote));
    atomic_store(&team->worker->lost_ns, team->now_ns);
    wake_loops(team);
}

/* Whoever came or went, what the chorus knew of the others is out of date. */
static void note_link(void *context, struct remote *remote, enum peer_news news)
{
    struct team *team = context;

    team->options.host->changed(team->options.context, remote, news);
    if (team->worker == NULL)
        return;
    if (news == PEER_DOWN)
        note_loss(team, remote);
    if (news == PEER_UP || news == PEER_DOWN)
        chorus_assign(team->chorus, team_version(team), team->member_count, team->self);
}

static void forget(void *context, struct remote *remote)
{
    const struct team *team = context;

    team->options.host->disconnect(team->options.context, remote);
}

/* ---- the chorus ---- */

static void say(void *context, uint32_t index, const void *bytes, size_t size)
{
    const struct team *team = context;

    if (index < team->member_count && team->members[index] != NULL)
        (void)peer_talk(team->members[index]->peer, bytes, size);
}

/* Given when the loops have done the order before. */
static void obey(void *context, enum chorus_order order, uint32_t rank, uint64_t number)
{
    struct team *team = context;

    team->has_order = true;
    team->order = order;
    team->order_rank = rank;
    team->order_number = number;
}

static const struct chorus_host chorus_host = {.say = say, .obey = obey};

static void give_order(struct team *team)
{
    team->has_order = false;
    team->is_doing = true;
    switch (team->order) {
    case CHORUS_FLUSH:
        conductor_flush(&team->conductor);
        return;
    case CHORUS_FINISH:
        conductor_finish(&team->conductor, team->order_rank);
        return;
    case CHORUS_CLOSE:
        conductor_close(&team->conductor, team->now_ns);
        team->phase = TEAM_ENDED;
        return;
    }
}

static struct chorus_voice voice_of(const struct team *team)
{
    struct chorus_voice voice = conductor_voice(&team->conductor);

    voice.obeyed = team->obeyed;
    return voice;
}

/* Spouts that are held back, or are in no worker, only look as if they were done. */
static bool may_end(const struct team *team)
{
    return !team->is_paused && team->is_whole;
}

static void step_chorus(struct team *team)
{
    bool is_free = conductor_is_free(&team->conductor);

    if (team->has_order && is_free && !team->is_doing)
        give_order(team);
    else if (team->is_doing && (is_free || team_is_closed(team))) {
        team->is_doing = false;
        team->obeyed = team->order_number;
    }
    if (!may_end(team) && team->phase != TEAM_ENDED)
        return;
    struct chorus_voice voice = voice_of(team);
    chorus_step(team->chorus, &voice, team->now_ns);
}

static void hear(void *context, struct remote *remote, const void *payload, size_t size)
{
    struct team *team = context;

    if (team->worker == NULL || !may_end(team))
        return;
    struct chorus_voice voice = voice_of(team);
    chorus_hear(team->chorus, remote->member, payload, size, &voice, team->now_ns);
}

static const struct postman_host postman_host = {
    .send = send_frame, .hear = hear, .changed = note_link, .forget = forget};

/* ---- the assignment ---- */

/* TEAM_GOES_ON with a roster that we are in. */
static enum team_verdict read_roster(const struct team_options *options,
                                     const struct assignment_state *assignment,
                                     struct roster **ret_roster, uint32_t *ret_self,
                                     struct error *error)
{
    AUTO(roster_destroy) struct roster *roster = NULL;

    if (roster_new(options->roster_plan, assignment, &roster, error) != ERR_OK)
        return TEAM_FAILED;
    *ret_self = roster_find(roster, options->supervisor, options->slot);
    if (*ret_self == ROSTER_NOBODY)
        return TEAM_IS_OUT;
    *ret_roster = TAKE(roster);
    return TEAM_GOES_ON;
}

static struct remote **find_members(const struct team *team, const struct roster *roster,
                                    uint32_t self)
{
    struct remote **members = NEW_ARRAY(struct remote *, roster->worker_count);

    for (uint32_t i = 0; i < roster->worker_count; i++) {
        if (i != self)
            members[i] = postman_remote(team->postman, roster->workers[i].supervisor,
                                        roster->workers[i].slot);
    }
    return members;
}

/* Whoever is not among them any more is cut off. */
static void use_members(struct team *team, const struct roster *roster, struct remote **members)
{
    struct remote **before = team->members;
    uint32_t count = team->member_count;

    team->members = members;
    team->member_count = roster->worker_count;
    team->is_whole = roster_is_whole(roster);
    postman_assign(team->postman, roster->version, members, roster->worker_count, team->now_ns);
    chorus_assign(team->chorus, roster->version, roster->worker_count, team->self);
    for (uint32_t i = 0; i < count; i++) {
        if (before[i] != NULL && before[i]->member == POSTMAN_NO_MEMBER)
            team->options.host->disconnect(team->options.context, before[i]);
    }
    free(before);
}

static void forget_waiting(struct team *team)
{
    if (team->waiting != NULL)
        assignment_state_done(team->waiting);
    free(team->waiting);
    team->waiting = NULL;
}

static enum team_verdict route(struct team *team, const struct roster *roster, uint32_t self,
                               struct error *error)
{
    const struct routing *before = atomic_load(&team->worker->routing);
    struct remote **members = find_members(team, roster, self);
    const struct routing *routing =
        routing_new(team->worker->plan, roster, self, (void *const *)members, before);

    if (routing == NULL) {
        free(members);
        (void)error_set(error, ERR_LIMIT,
                        "more than %d places of other workers were seen: a new start forgets them",
                        ROUTING_PLACES_MAX);
        return TEAM_FAILED;
    }
    team->self = self;
    use_members(team, roster, members);
    team->old_routing = before;
    atomic_store(&team->worker->routing, routing);
    conductor_route(&team->conductor);
    return TEAM_GOES_ON;
}

static enum team_verdict adopt(struct team *team, const struct assignment_state *assignment,
                               struct error *error)
{
    AUTO(roster_destroy) struct roster *roster = NULL;
    uint32_t self;
    enum team_verdict verdict = read_roster(&team->options, assignment, &roster, &self, error);

    if (verdict != TEAM_GOES_ON)
        return verdict;
    if (roster->workers[self].digest != team->digest)
        return TEAM_IS_OUT;
    return route(team, roster, self, error);
}

/* One routing at a time is on its way into the loops; the latest assignment waits for it. */
enum team_verdict team_assign(struct team *team, const struct assignment_state *assignment,
                              uint64_t now_ns, struct error *error)
{
    team->now_ns = now_ns;
    if (assignment->version == team_version(team))
        return TEAM_GOES_ON;
    forget_waiting(team);
    if (team->old_routing == NULL)
        return adopt(team, assignment, error);
    team->waiting = NEW(struct assignment_state);
    *team->waiting = assignment_state_copy(assignment);
    return TEAM_GOES_ON;
}

static enum team_verdict step_routing(struct team *team, struct error *error)
{
    struct assignment_state *waiting;
    enum team_verdict verdict;

    if (team->old_routing == NULL || !conductor_has_obeyed(&team->conductor))
        return TEAM_GOES_ON;
    routing_destroy((struct routing **)&team->old_routing);
    if (team->waiting == NULL)
        return TEAM_GOES_ON;
    waiting = TAKE(team->waiting);
    verdict = adopt(team, waiting, error);
    assignment_state_done(waiting);
    free(waiting);
    return verdict;
}

/* ---- who is up, and what is wanted ---- */

static const struct worker_state *find_state(const struct worker_state *const workers[],
                                             size_t count, const struct remote *remote)
{
    for (size_t i = 0; i < count; i++) {
        if (workers[i]->slot == remote->slot &&
            strcmp(workers[i]->supervisor, remote->supervisor) == 0)
            return workers[i];
    }
    return NULL;
}

void team_told(struct team *team, const struct worker_state *const workers[], size_t count,
               uint64_t now_ns)
{
    const struct team_host *host = team->options.host;

    team->now_ns = now_ns;
    for (uint32_t i = 0; i < team->member_count; i++) {
        struct remote *remote = team->members[i];
        if (remote == NULL)
            continue;
        const struct worker_state *state = find_state(workers, count, remote);
        if (state != NULL) {
            host->connect(team->options.context, remote, state->address);
            peer_told(remote->peer, state->incarnation, now_ns);
        } else if (peer_incarnation(remote->peer) != 0) {
            peer_told_gone(remote->peer, now_ns);
            host->disconnect(team->options.context, remote);
        }
    }
}

static void set_paused(struct team *team, bool paused)
{
    if (paused == team->is_paused)
        return;
    team->is_paused = paused;
    team->paused_ns = team->now_ns;
    atomic_store(&team->worker->is_stopping, paused);
    wake_loops(team);
}

/* Of which components tuples are to be written to the log. */
static void set_lines(struct team *team, const struct topology_state *topology)
{
    const struct plan *plan = team->worker->plan;
    uint8_t percents[PLAN_COMPONENTS_MAX] = {0};

    for (uint32_t i = 0; i < plan->component_count; i++)
        percents[i] = (uint8_t)topology_debug_of(topology, plan->components[i].name);
    sample_set_lines(team->worker, percents);
}

void team_set_status(struct team *team, const struct topology_state *topology, uint64_t now_ns)
{
    bool is_paused =
        topology->status == TOPOLOGY_KILLED || topology->status == TOPOLOGY_REBALANCING;
    enum topology_status status = is_paused ? topology->status_before : topology->status;

    team->now_ns = now_ns;
    set_lines(team, topology);
    atomic_store(&team->worker->is_active, status != TOPOLOGY_INACTIVE);
    wake_loops(team);
    if (team->phase < TEAM_STOPPING)
        set_paused(team, is_paused);
}

/* ---- birth and end ---- */

static bool *find_executors(const struct assignment_state *assignment, uint32_t self)
{
    uint32_t count = 0;

    for (size_t i = 0; i < assignment->component_count; i++)
        count += assignment->executors[i];
    bool *executors = NEW_ARRAY(bool, count);
    for (size_t i = 0; i < assignment->workers[self].executor_count; i++)
        executors[assignment->workers[self].executors[i]] = true;
    return executors;
}

static void copy_executors(const struct plan *from, struct plan *to)
{
    for (uint32_t i = 0; i < to->component_count; i++)
        to->components[i].executors = from->components[i].executors;
}

static enum err build_worker(struct team *team, const struct assignment_state *assignment,
                             struct routing *routing, struct error *error)
{
    const struct team_options *from = &team->options;
    bool *executors = find_executors(assignment, team->self);
    struct worker_options options = {
        .topology = from->code,
        .plan = from->plan,
        .config = from->config,
        .loops = assignment->workers[team->self].loops,
        .executors = executors,
        .routing = routing,
        .postman = postman_parker(team->postman),
        .seed = from->seed,
        .args = from->args,
        .arg_count = from->arg_count,
        .log = from->log,
        .find_service = from->find_service,
        .clock = from->clock,
        .clock_context = from->clock_context,
        .run = from->topology,
    };
    enum err err = worker_new(&options, &team->worker, error);

    free(executors);
    return err;
}

static struct postman *new_postman(struct team *team)
{
    const struct team_options *from = &team->options;
    struct postman_options options = {.topology = from->topology,
                                      .supervisor = from->supervisor,
                                      .slot = from->slot,
                                      .incarnation = from->incarnation,
                                      .block_bytes = from->config->block_bytes,
                                      .seed = from->seed ^ from->incarnation,
                                      .host = &postman_host,
                                      .context = team};

    return postman_new(&options);
}

static enum err build(struct team *team, const struct assignment_state *assignment,
                      const struct roster *roster, struct error *error)
{
    struct remote **members;
    struct routing *routing;

    copy_executors(team->options.roster_plan, team->options.plan);
    team->digest = roster->workers[team->self].digest;
    team->postman = new_postman(team);
    members = find_members(team, roster, team->self);
    routing = routing_new(team->options.plan, roster, team->self, (void *const *)members, NULL);
    if (routing == NULL) {
        free(members);
        return error_set(error, ERR_LIMIT, "the assignment has more than %d loops",
                         ROUTING_PLACES_MAX);
    }
    enum err err = build_worker(team, assignment, routing, error);
    if (err != ERR_OK) {
        free(members);
        routing_destroy(&routing);
        return err;
    }
    postman_attach(team->postman, team->worker);
    conductor_init(&team->conductor, team->worker);
    conductor_join(&team->conductor);
    team->chorus =
        chorus_new(&chorus_host, team, team->conductor.rank_max, team->options.incarnation);
    use_members(team, roster, members);
    return ERR_OK;
}

enum team_verdict team_new(const struct team_options *options,
                           const struct assignment_state *assignment, uint64_t now_ns,
                           struct team **ret_team, struct error *error)
{
    AUTO(roster_destroy) struct roster *roster = NULL;
    AUTO(team_destroy) struct team *team = NULL;
    uint32_t self;
    enum team_verdict verdict = read_roster(options, assignment, &roster, &self, error);

    if (verdict != TEAM_GOES_ON)
        return verdict;
    team = NEW(struct team);
    team->options = *options;
    team->now_ns = team->began_ns = now_ns;
    team->self = self;
    if (build(team, assignment, roster, error) != ERR_OK)
        return TEAM_FAILED;
    *ret_team = TAKE(team);
    return TEAM_GOES_ON;
}

void team_destroy(struct team **team)
{
    if (*team == NULL)
        return;
    postman_destroy(&(*team)->postman);
    if ((*team)->old_routing != NULL)
        routing_destroy((struct routing **)&(*team)->old_routing);
    worker_destroy(&(*team)->worker);
    chorus_destroy(&(*team)->chorus);
    forget_waiting(*team);
    free((*team)->members);
    free(*team);
    *team = NULL;
}

struct worker *team_worker(const struct team *team)
{
    return team->worker;
}

struct parker *team_parker(const struct team *team, enum team_parker which)
{
    return which == TEAM_PARKER_POSTMAN ? postman_parker(team->postman) : &team->worker->conductor;
}

/* ---- turns ---- */

void team_receive(struct team *team, const void *bytes, size_t size, uint64_t now_ns)
{
    team->now_ns = now_ns;
    postman_receive(team->postman, bytes, size, now_ns);
}

static void step_phase(struct team *team)
{
    if (team->phase == TEAM_OPENING && conductor_has_opened_bolts(&team->conductor))
        team->phase = TEAM_LINKING;
    if (team->phase == TEAM_LINKING &&
        (postman_is_linked(team->postman) || team->now_ns >= team->began_ns + LINK_WAIT_NS)) {
        conductor_link(&team->conductor);
        team->phase = TEAM_RUNNING;
    }
    if (team->phase == TEAM_STOPPING && team->conductor.phase < CONDUCTOR_CLOSING &&
        (team->now_ns >= team->stop_ns + QUIET_WAIT_NS || conductor_voice(&team->conductor).rests))
        conductor_close(&team->conductor, team->now_ns);
}

bool team_turn(struct team *team, uint64_t now_ns, enum team_verdict *ret_verdict,
               struct error *error)
{
    struct conductor *conductor = &team->conductor;
    enum conductor_phase phase = conductor->phase;
    uint64_t number = conductor->number;

    team->now_ns = now_ns;
    bool did = postman_turn(team->postman, now_ns);
    (void)conductor_step(conductor, now_ns);
    *ret_verdict = step_routing(team, error);
    step_phase(team);
    step_chorus(team);
    if (atomic_load(&team->worker->has_failed)) {
        *ret_verdict = TEAM_FAILED;
        *error = team->worker->failure;
    }
    return did || conductor->phase != phase || conductor->number != number;
}

static uint64_t earlier(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

uint64_t team_deadline_ns(const struct team *team)
{
    uint64_t deadline_ns =
        earlier(postman_deadline_ns(team->postman), chorus_deadline_ns(team->chorus));

    if (team->phase == TEAM_LINKING)
        deadline_ns = earlier(deadline_ns, team->began_ns + LINK_WAIT_NS);
    if (team->phase == TEAM_STOPPING && team->conductor.phase < CONDUCTOR_CLOSING)
        deadline_ns = earlier(deadline_ns, team->stop_ns + QUIET_WAIT_NS);
    return deadline_ns;
}

void team_stop(struct team *team, uint64_t now_ns)
{
    if (team->phase >= TEAM_STOPPING)
        return;
    team->now_ns = team->stop_ns = now_ns;
    team->phase = TEAM_STOPPING;
    set_paused(team, true);
}

void team_close(struct team *team, uint64_t now_ns)
{
    if (team->conductor.phase < CONDUCTOR_CLOSING)
        conductor_close(&team->conductor, now_ns);
}

bool team_is_closed(const struct team *team)
{
    return team->conductor.phase == CONDUCTOR_ENDED;
}

void team_leave(struct team *team, uint64_t now_ns)
{
    postman_leave(team->postman, now_ns);
}

bool team_has_left(const struct team *team)
{
    return postman_has_left(team->postman);
}

/* ---- for reports ---- */

enum team_phase team_phase(const struct team *team)
{
    return team->phase;
}

const char *team_phase_name(enum team_phase phase)
{
    static const char *const names[] = {[TEAM_OPENING] = "opening",
                                        [TEAM_LINKING] = "linking",
                                        [TEAM_RUNNING] = "running",
                                        [TEAM_STOPPING] = "stopping",
                                        [TEAM_ENDED] = "ended"};

    return names[phase];
}

uint64_t team_version(const struct team *team)
{
    const struct routing *routing = atomic_load(&team->worker->routing);

    return routing->version;
}

uint64_t team_running_ns(const struct team *team)
{
    return team->conductor.started_ns;
}

static uint64_t count_open_trees(const struct worker *worker)
{
    uint64_t open = 0;

    for (uint32_t s = 0; s < worker->stage_total; s++) {
        const struct stage *stage = worker->stages[s];
        for (uint32_t t = 0; stage->acker != NULL && t < stage->task_count; t++)
            open += count_read(&stage->tasks[t].counters.open);
    }
    return open;
}

bool team_is_drained(const struct team *team, uint64_t now_ns)
{
    if (!team->is_paused || count_open_trees(team->worker) > 0)
        return false;
    if (now_ns >= team->paused_ns + SETTLE_NS)
        return true;
    struct chorus_voice voice = conductor_voice(&team->conductor);
    return voice.rests && voice.is_drained;
}

struct postman_counts team_counts(const struct team *team)
{
    return postman_counts(team->postman);
}
