/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/sim/cluster_process.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "tests/sim/wreck.h"
#include "worker/loop.h"
#include "worker/postman.h"
#include "worker/runtime.h"

#define FRAMES_A_TURN 64u
#define CLOSE_LOOK_NS UINT64_C(1000000)
#define LEAVE_WAIT_NS UINT64_C(500000000)

static struct ledger *ledger_of(const struct cluster_process *process)
{
    return &process->shared->scene->ledger;
}

static void trace(const struct cluster_process *process, enum trace_event event, uint64_t a,
                  uint64_t b, uint64_t c)
{
    trace_add(&process->shared->scene->trace, event, a, b, c);
}

static uint32_t shell_of(const struct cluster_process *process)
{
    return process->actor_count - 1;
}

/* ---- what the team wants done ---- */

static void send_frame(void *context, struct remote *remote, const struct frame_head *head,
                       const void *payload, size_t size)
{
    const struct cluster_process *process = context;

    if (remote->way != NULL)
        cluster_net_send(remote->way, head, payload, size, process->now_ns);
}

static void disconnect(void *context, struct remote *remote)
{
    (void)context;
    if (remote->way != NULL)
        cluster_net_disconnect(remote->way);
    remote->way = NULL;
}

static void connect_to(void *context, struct remote *remote, const char *address)
{
    struct cluster_process *process = context;
    struct cluster_way *way = remote->way;
    uint32_t number = (uint32_t)strtoul(address, NULL, 10);

    if (way != NULL && way->address == number)
        return;
    disconnect(context, remote);
    remote->way = cluster_net_connect(process->shared->net, process->id, number, process->now_ns);
}

static uint32_t place_of(const struct cluster_process *process, const struct remote *remote)
{
    const struct cluster_state *state = process->shared->state;
    uint32_t place = 0;

    while (strcmp(state->names[place].supervisor, remote->supervisor) != 0 ||
           state->names[place].slot != remote->slot)
        place++;
    return place;
}

static void note_link(void *context, const struct remote *remote, enum peer_news news)
{
    struct cluster_process *process = context;

    trace(process, TRACE_LINK, place_of(process, remote), news, 0);
    if (news == PEER_DOWN)
        process->losses_ns[process->loss_count++ % CLUSTER_LOSSES_MAX] = process->now_ns;
}

static const struct team_host team_host = {
    .send = send_frame, .connect = connect_to, .disconnect = disconnect, .changed = note_link};

/* ---- birth and end ---- */

static void ignore_log(enum gale_log_level level, const char *component, uint32_t task_index,
                       const char *message)
{
    (void)level;
    (void)component;
    (void)task_index;
    (void)message;
}

static void tell_workers(struct cluster_process *process)
{
    const struct cluster_state *state = process->shared->state;
    const struct cluster_view *view = &state->views[process->heard[CLUSTER_WORKERS]];
    struct worker_state workers[CLUSTER_PLACES_MAX];
    const struct worker_state *pointers[CLUSTER_PLACES_MAX];
    char addresses[CLUSTER_PLACES_MAX][16];
    size_t count = 0;

    for (uint32_t p = 0; p < state->place_count; p++) {
        if (view->incarnation[p] == 0)
            continue;
        (void)snprintf(addresses[count], sizeof addresses[count], "%u", view->address[p]);
        workers[count] = (struct worker_state){.supervisor = (char *)state->names[p].supervisor,
                                               .slot = state->names[p].slot,
                                               .incarnation = view->incarnation[p],
                                               .address = addresses[count]};
        pointers[count] = &workers[count];
        count++;
    }
    process->told = process->heard[CLUSTER_WORKERS];
    team_told(process->team, pointers, count, process->now_ns);
}

static void set_status(struct cluster_process *process)
{
    const struct cluster_view *view =
        &process->shared->state->views[process->heard[CLUSTER_TOPOLOGY]];
    struct topology_state topology = {.status = view->status, .status_before = view->status_before};

    team_set_status(process->team, &topology, process->now_ns);
}

static bool build_team(struct cluster_process *process, uint64_t seed)
{
    const struct cluster_shared *shared = process->shared;
    const struct cluster_name *name = &shared->state->names[process->place];
    uint32_t version = shared->state->views[process->heard[CLUSTER_ASSIGNMENT]].assignment;
    struct error error;
    struct team_options options = {.topology = "sim-1",
                                   .supervisor = name->supervisor,
                                   .slot = name->slot,
                                   .incarnation = process->incarnation,
                                   .code = shared->code,
                                   .plan = process->plan,
                                   .roster_plan = shared->roster_plan,
                                   .config = shared->config,
                                   .args = process->args,
                                   .arg_count = 1,
                                   .seed = seed,
                                   .log = ignore_log,
                                   .host = &team_host,
                                   .context = process};

    if (version == 0)
        return false;
    enum team_verdict verdict = team_new(&options, &shared->state->assignments[version],
                                         process->now_ns, &process->team, &error);
    if (verdict == TEAM_FAILED)
        ledger_complain(ledger_of(process), "process %u cannot be built: %s", process->id,
                        error.text);
    process->version = version;
    return verdict == TEAM_GOES_ON;
}

static void build_actors(struct cluster_process *process)
{
    const struct worker *worker = team_worker(process->team);

    process->actor_count = worker->loop_count + 1;
    process->actors = NEW_ARRAY(struct cluster_actor, process->actor_count);
    for (uint32_t i = 0; i < process->actor_count; i++) {
        if (rng_below(process->shared->rng, 3) == 0)
            process->actors[i].slowness = rng_below(process->shared->rng, 100);
    }
    for (uint32_t i = 0; i < worker->stage_total; i++)
        process->hosts |= UINT64_C(1) << worker->stages[i]->component_index;
}

struct cluster_process *cluster_process_new(const struct cluster_process_options *options)
{
    AUTO(cluster_process_destroy) struct cluster_process *process = NEW(struct cluster_process);

    process->shared = options->shared;
    process->plan = options->plan;
    process->id = options->id;
    process->place = options->place;
    process->address = options->address;
    process->incarnation = options->incarnation;
    process->now_ns = options->now_ns;
    process->args[0] = (const char *)options->shared->scene;
    for (int i = 0; i < CLUSTER_NEWS_COUNT; i++) {
        process->heard[i] = options->shared->state->view_count - 1;
        process->heard_ns[i] = UINT64_MAX;
    }
    if (!build_team(process, options->seed))
        return NULL;
    build_actors(process);
    cluster_net_bind(options->shared->net, process->address, process->id);
    set_status(process);
    tell_workers(process);
    trace(process, TRACE_BORN, process->id, process->place, process->incarnation);
    return TAKE(process);
}

static void add_coverage(const struct cluster_process *process)
{
    struct cluster_coverage *sum = &process->shared->coverage;
    struct postman_counts counts = team_counts(process->team);

    sum->refused += counts.peers.refused;
    sum->again += counts.peers.again;
    sum->lost += counts.peers.lost;
    sum->astray += counts.astray;
}

static void wreck(const struct worker *worker)
{
    for (uint32_t s = 0; s < worker->stage_total; s++) {
        for (uint32_t t = 0; t < worker->stages[s]->task_count; t++)
            wreck_held(&worker->stages[s]->tasks[t]);
    }
}

/* It is gone: its sockets are closed, and its memory is free. */
static void vanish(struct cluster_process *process, enum cluster_end end)
{
    struct scene *scene = process->shared->scene;

    trace(process, TRACE_GONE, process->id, end, 0);
    process->phase = CLUSTER_GONE;
    process->end = end;
    add_coverage(process);
    scene->process = process->id;
    wreck(team_worker(process->team));
    team_destroy(&process->team);
    cluster_net_leave(process->shared->net, process->id);
    (void)ledger_orphan(&scene->ledger, process->id);
}

void cluster_process_destroy(struct cluster_process **process)
{
    if (*process == NULL)
        return;
    if ((*process)->team != NULL)
        wreck(team_worker((*process)->team));
    team_destroy(&(*process)->team);
    plan_destroy(&(*process)->plan);
    free((*process)->actors);
    free(*process);
    *process = NULL;
}

void cluster_process_kill(struct cluster_process *process)
{
    if (process->phase != CLUSTER_GONE)
        vanish(process, CLUSTER_KILLED);
}

/* ---- the way out ---- */

static void finish(struct cluster_process *process, enum cluster_end end)
{
    if (process->phase != CLUSTER_RUNS)
        return;
    process->phase = CLUSTER_CLOSES;
    process->end = team_phase(process->team) == TEAM_ENDED ? CLUSTER_ENDED : end;
    process->has_ended = process->end == CLUSTER_ENDED;
    team_close(process->team, process->now_ns);
}

/* An ended one, and one that was stopped, take their leave. */
static void close_on(struct cluster_process *process)
{
    if (!team_is_closed(process->team))
        return;
    if (process->end == CLUSTER_UNASSIGNED) {
        vanish(process, process->end);
        return;
    }
    process->phase = CLUSTER_LEAVES;
    process->leave_ns = process->now_ns + LEAVE_WAIT_NS;
    team_leave(process->team, process->now_ns);
}

void cluster_process_stop(struct cluster_process *process, uint64_t now_ns)
{
    process->now_ns = now_ns;
    process->is_stopped = true;
    if (process->phase == CLUSTER_RUNS)
        team_stop(process->team, now_ns);
    process->actors[shell_of(process)].state = CLUSTER_TURNS;
}

/* ---- news ---- */

static uint64_t draw_news_ns(const struct cluster_process *process, uint64_t now_ns)
{
    return now_ns + 1 + rng_next(process->shared->rng) % process->shared->news_ns;
}

void cluster_process_notify(struct cluster_process *process, enum cluster_news news,
                            uint64_t now_ns)
{
    if (process->heard_ns[news] == UINT64_MAX)
        process->heard_ns[news] = draw_news_ns(process, now_ns);
}

static void heed(struct cluster_process *process, enum team_verdict verdict,
                 const struct error *error)
{
    if (verdict == TEAM_FAILED)
        ledger_complain(ledger_of(process), "process %u has failed: %s", process->id, error->text);
    if (verdict == TEAM_IS_OUT)
        finish(process, CLUSTER_UNASSIGNED);
}

static void follow(struct cluster_process *process, enum cluster_news news)
{
    const struct cluster_state *state = process->shared->state;
    uint32_t version = state->views[process->heard[CLUSTER_ASSIGNMENT]].assignment;
    struct error error = {.code = ERR_OK};

    if (version == 0) {
        heed(process, TEAM_IS_OUT, &error);
        return;
    }
    if (news == CLUSTER_TOPOLOGY)
        set_status(process);
    if (news == CLUSTER_ASSIGNMENT)
        heed(process,
             team_assign(process->team, &state->assignments[version], process->now_ns, &error),
             &error);
    if (news == CLUSTER_ASSIGNMENT || news == CLUSTER_WORKERS)
        tell_workers(process);
}

/* A view between the last that was heard of and the newest: it never goes back. */
static bool hear(struct cluster_process *process, enum cluster_news news)
{
    const struct cluster_state *state = process->shared->state;
    uint32_t newest = state->last[news];
    uint32_t behind = newest - process->heard[news];

    if (process->heard_ns[news] > process->now_ns)
        return false;
    process->heard_ns[news] = UINT64_MAX;
    if (behind == 0 || newest < process->heard[news])
        return false;
    process->heard[news] += 1 + rng_below(process->shared->rng, behind);
    if (process->heard[news] != newest)
        process->heard_ns[news] = draw_news_ns(process, process->now_ns);
    trace(process, TRACE_HEARD, news, process->heard[news], 0);
    if (process->phase == CLUSTER_RUNS && team_phase(process->team) < TEAM_STOPPING)
        follow(process, news);
    return true;
}

static bool hear_news(struct cluster_process *process)
{
    bool did = false;

    for (int i = 0; i < CLUSTER_NEWS_COUNT; i++)
        did |= hear(process, (enum cluster_news)i);
    return did;
}

/* ---- frames ---- */

static uint64_t received(const struct cluster_process *process)
{
    return team_counts(process->team).peers.received;
}

/* Of a worker whose successor is known nothing is taken. */
static void receive(struct cluster_process *process, const struct cluster_frame *frame,
                    bool is_stale)
{
    uint64_t before = is_stale ? received(process) : 0;

    team_receive(process->team, frame->bytes, frame->size, process->now_ns);
    process->shared->coverage.stale += is_stale;
    if (is_stale && received(process) != before)
        ledger_complain(ledger_of(process),
                        "process %u takes a block of process %u, whose successor it knows",
                        process->id, frame->from);
}

/* The incarnation in that place, as far as this process was told. */
static uint64_t known_incarnation(const struct cluster_process *process, uint32_t place)
{
    return process->shared->state->views[process->told].incarnation[place];
}

static bool take_frames(struct cluster_process *process)
{
    uint32_t count = 0;

    for (; count < FRAMES_A_TURN && process->phase != CLUSTER_GONE; count++) {
        struct cluster_frame *frame =
            cluster_net_take(process->shared->net, process->address, process->now_ns);
        if (frame == NULL)
            break;
        const struct frame_head *head = (const struct frame_head *)(const void *)frame->bytes;
        trace(process, TRACE_FRAME, head->kind, frame->from, head->sequence);
        const struct cluster_process *from = process->shared->processes[frame->from];
        receive(process, frame, known_incarnation(process, from->place) > from->incarnation);
        free(frame);
    }
    return count > 0;
}

/* ---- the shell ---- */

static bool step_team(struct cluster_process *process)
{
    struct error error = {.code = ERR_OK};
    enum team_verdict verdict;
    bool did = team_turn(process->team, process->now_ns, &verdict, &error);

    if (process->version != team_version(process->team)) {
        process->version = team_version(process->team);
        process->shared->coverage.routings++;
    }
    heed(process, verdict, &error);
    return did;
}

static bool step_shell(struct cluster_process *process)
{
    bool did = hear_news(process);

    switch (process->phase) {
    case CLUSTER_RUNS:
        did |= take_frames(process);
        did |= step_team(process);
        if (process->phase == CLUSTER_RUNS && team_is_closed(process->team))
            finish(process, CLUSTER_STOPPED);
        return did || process->phase != CLUSTER_RUNS;
    case CLUSTER_CLOSES:
        did |= step_team(process);
        close_on(process);
        return did || process->phase != CLUSTER_CLOSES;
    case CLUSTER_LEAVES:
        did |= take_frames(process);
        did |= step_team(process);
        if (!team_has_left(process->team) && process->now_ns < process->leave_ns)
            return did;
        vanish(process, process->end);
        return true;
    case CLUSTER_GONE:
        return false;
    }
    return false;
}

static uint64_t earlier(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

/* But for frames and news, which may come nearer while it sleeps. */
static uint64_t shell_deadline_ns(const struct cluster_process *process)
{
    if (process->phase == CLUSTER_CLOSES)
        return process->now_ns + CLOSE_LOOK_NS;
    uint64_t deadline_ns = team_deadline_ns(process->team);
    return process->phase == CLUSTER_LEAVES ? earlier(deadline_ns, process->leave_ns) : deadline_ns;
}

static void prepare_parkers(const struct cluster_process *process)
{
    parker_prepare(team_parker(process->team, TEAM_PARKER_POSTMAN));
    parker_prepare(team_parker(process->team, TEAM_PARKER_CONDUCTOR));
}

static bool shell_is_woken(const struct cluster_process *process)
{
    return atomic_load(&team_parker(process->team, TEAM_PARKER_POSTMAN)->state) == PARKER_AWAKE ||
           atomic_load(&team_parker(process->team, TEAM_PARKER_CONDUCTOR)->state) == PARKER_AWAKE;
}

static void turn_shell(struct cluster_process *process)
{
    struct cluster_actor *actor = &process->actors[shell_of(process)];

    if (actor->state == CLUSTER_WANTS_REST)
        prepare_parkers(process);
    bool did = step_shell(process);
    if (process->phase == CLUSTER_GONE)
        return;
    if (did || (actor->state == CLUSTER_WANTS_REST && shell_is_woken(process))) {
        actor->state = CLUSTER_TURNS;
    } else if (actor->state == CLUSTER_WANTS_REST) {
        actor->state = CLUSTER_SLEEPS;
        actor->deadline_ns = shell_deadline_ns(process);
    } else {
        actor->state = CLUSTER_WANTS_REST;
    }
}

static uint64_t news_due_ns(const struct cluster_process *process)
{
    uint64_t due_ns = UINT64_MAX;

    for (int i = 0; i < CLUSTER_NEWS_COUNT; i++)
        due_ns = earlier(due_ns, process->heard_ns[i]);
    return due_ns;
}

static uint64_t shell_chance_ns(const struct cluster_process *process)
{
    const struct cluster_actor *actor = &process->actors[shell_of(process)];
    uint64_t frames_ns = cluster_net_due_ns(process->shared->net, process->address);

    if (actor->state != CLUSTER_SLEEPS || shell_is_woken(process))
        return 0;
    if (process->phase != CLUSTER_CLOSES && frames_ns < actor->deadline_ns)
        return earlier(frames_ns, news_due_ns(process));
    return earlier(actor->deadline_ns, news_due_ns(process));
}

/* ---- loops ---- */

/* When the trees of a loss must have failed: losses that come close one after the other are one. */
static uint64_t lost_due_ns(const struct cluster_process *process, uint32_t first, uint32_t loss)
{
    uint64_t lost_ns = process->losses_ns[loss % CLUSTER_LOSSES_MAX];
    uint64_t wait_ns = process->shared->config->lost_ms * UINT64_C(1000000);

    for (uint32_t i = first; i < process->loss_count; i++) {
        uint64_t other_ns = process->losses_ns[i % CLUSTER_LOSSES_MAX];
        if (i != loss && other_ns + wait_ns >= lost_ns && other_ns <= lost_ns + wait_ns)
            return lost_ns + 2 * wait_ns;
    }
    return lost_ns + wait_ns;
}

/* Every open tree is younger than each loss whose time is over. */
static void check_lost(const struct cluster_process *process, const struct loop *loop)
{
    const struct config *config = process->shared->config;
    uint32_t first =
        process->loss_count > CLUSTER_LOSSES_MAX ? process->loss_count - CLUSTER_LOSSES_MAX : 0;
    uint64_t over_ns = 0;

    for (uint32_t i = first; i < process->loss_count; i++) {
        uint64_t lost_ns = process->losses_ns[i % CLUSTER_LOSSES_MAX];
        if (lost_due_ns(process, first, i) <= loop->now_ns && lost_ns > over_ns)
            over_ns = lost_ns;
    }
    for (uint32_t s = 0; s < loop->stage_count && loop->running && over_ns > 0; s++) {
        const struct acker *acker = loop->order[s]->acker;
        uint64_t due_ns = acker == NULL ? UINT64_MAX : acker_deadline_ns(acker);
        uint64_t born_ns = due_ns - config->timeout_ms * UINT64_C(1000000);
        if (due_ns != UINT64_MAX && born_ns <= over_ns)
            ledger_complain(ledger_of(process),
                            "process %u: a tree of %" PRIu64 " is open at %" PRIu64
                            ", although a worker was lost at %" PRIu64,
                            process->id, born_ns, loop->now_ns, over_ns);
    }
}

static void turn_loop(struct cluster_process *process, uint32_t index)
{
    struct loop *loop = team_worker(process->team)->loops[index];
    struct cluster_actor *actor = &process->actors[index];

    if (loop_is_closed(loop)) {
        actor->state = CLUSTER_IS_OVER;
        return;
    }
    bool did = loop_turn(loop, process->now_ns);
    trace(process, TRACE_TURN, index, did, 0);
    checks_loop(loop, ledger_of(process), &process->shared->coverage.lanes);
    check_lost(process, loop);
    if (!did)
        actor->state = CLUSTER_WANTS_REST;
}

static void rest_loop(struct cluster_process *process, uint32_t index)
{
    struct loop *loop = team_worker(process->team)->loops[index];
    struct cluster_actor *actor = &process->actors[index];

    if (!loop_rest_begin(loop)) {
        loop_rest_end(loop);
        actor->state = CLUSTER_TURNS;
        return;
    }
    actor->deadline_ns = loop_deadline_ns(loop);
    actor->state = CLUSTER_SLEEPS;
    trace(process, TRACE_SLEEP, index, actor->deadline_ns, 0);
}

static void step_loop(struct cluster_process *process, uint32_t index)
{
    struct loop *loop = team_worker(process->team)->loops[index];

    switch (process->actors[index].state) {
    case CLUSTER_TURNS:
        turn_loop(process, index);
        return;
    case CLUSTER_WANTS_REST:
        rest_loop(process, index);
        return;
    case CLUSTER_SLEEPS:
        parker_cancel(&loop->parker);
        loop_rest_end(loop);
        process->actors[index].state = CLUSTER_TURNS;
        turn_loop(process, index);
        return;
    case CLUSTER_IS_OVER:
        return;
    }
}

static uint64_t loop_chance_ns(const struct cluster_process *process, uint32_t index)
{
    const struct cluster_actor *actor = &process->actors[index];
    const struct parker *parker = &team_worker(process->team)->loops[index]->parker;

    if (actor->state == CLUSTER_IS_OVER)
        return UINT64_MAX;
    if (actor->state != CLUSTER_SLEEPS || atomic_load(&parker->state) == PARKER_AWAKE)
        return 0;
    return actor->deadline_ns;
}

/* ---- who is next ---- */

bool cluster_process_may_run(const struct cluster_process *process, uint32_t actor, uint64_t now_ns,
                             uint64_t *ret_chance_ns)
{
    uint64_t chance_ns = UINT64_MAX;

    if (process->phase != CLUSTER_GONE)
        chance_ns =
            actor == shell_of(process) ? shell_chance_ns(process) : loop_chance_ns(process, actor);
    if (chance_ns < process->paused_ns)
        chance_ns = process->paused_ns;
    *ret_chance_ns = chance_ns;
    return chance_ns <= now_ns;
}

void cluster_process_step(struct cluster_process *process, uint32_t actor, uint64_t now_ns)
{
    struct scene *scene = process->shared->scene;

    process->now_ns = now_ns;
    scene->process = scene->ledger.owner = process->id;
    trace(process, TRACE_PROCESS, process->id, 0, 0);
    if (actor == shell_of(process))
        turn_shell(process);
    else
        step_loop(process, actor);
}

/* ---- at the end of a topology ---- */

static void check_stage_quiet(const struct cluster_process *process, const struct stage *stage)
{
    const char *name = stage->component->name;

    if (stage->reading != NULL || stage->loop->queues[stage->component_index].first != NULL)
        ledger_complain(ledger_of(process), "the topology ends, but '%s' has tuples to read", name);
    if (stage->acker != NULL && acker_open_count(stage->acker) > 0)
        ledger_complain(ledger_of(process), "the topology ends, but '%s' has %u trees open", name,
                        acker_open_count(stage->acker));
    for (uint32_t i = 0; i < stage->task_count; i++) {
        if (stage->tasks[i].held_count > 0)
            ledger_complain(ledger_of(process), "the topology ends, but '%s' holds tuples", name);
    }
}

/* Blocks that were read may still be on their way home. */
static void check_loop_quiet(const struct cluster_process *process, const struct loop *loop)
{
    for (uint32_t s = 0; s < loop->stage_count; s++)
        check_stage_quiet(process, loop->order[s]);
    for (uint32_t i = 0; i < checks_lane_count(loop); i++) {
        const struct lane *lane = checks_lane(loop, i);
        if (lane->open != NULL || lane->waiting_first != NULL)
            ledger_complain(ledger_of(process),
                            "the topology ends, but lane %u of loop %u has something to send", i,
                            loop->index);
        if (lane->remote != NULL && lane->out > 0)
            ledger_complain(ledger_of(process),
                            "the topology ends, but lane %u of loop %u has %u blocks out", i,
                            loop->index, lane->out);
    }
}

void cluster_process_check_quiet(const struct cluster_process *process)
{
    const struct worker *worker = team_worker(process->team);

    for (uint32_t i = 0; i < worker->loop_count; i++)
        check_loop_quiet(process, worker->loops[i]);
}

static void print_lanes(const struct loop *loop)
{
    for (uint32_t i = 0; i < checks_lane_count(loop); i++) {
        const struct lane *lane = checks_lane(loop, i);
        if (lane->out > 0 || lane->open != NULL || lane->waiting_first != NULL)
            fprintf(stderr,
                    "    lane %u: kind %u, component %u, loop %u, out %u of %u, open %d, waiting "
                    "%" PRIu64 ", remote %d\n",
                    i, lane->kind, lane->component, lane->loop, lane->out, lane->limit,
                    lane->open != NULL, lane->waiting_bytes, lane->remote != NULL);
    }
}

void cluster_process_print(const struct cluster_process *process)
{
    static const char *const phases[] = {"runs", "closes", "leaves", "gone"};
    const struct cluster_actor *shell = &process->actors[shell_of(process)];

    fprintf(stderr, "process %u, place %u, incarnation %" PRIu64 ": %s", process->id,
            process->place, process->incarnation, phases[process->phase]);
    if (process->phase == CLUSTER_GONE) {
        fprintf(stderr, ", end %d\n", (int)process->end);
        return;
    }
    struct postman_counts counts = team_counts(process->team);
    fprintf(stderr,
            ", %s, version %" PRIu64 ", heard %u %u %u, links %u of %u, paused until %" PRIu64
            ", shell %d until %" PRIu64 "\n",
            team_phase_name(team_phase(process->team)), team_version(process->team),
            process->heard[0], process->heard[1], process->heard[2], counts.links_up, counts.links,
            process->paused_ns, (int)shell->state, shell->deadline_ns);
    const struct worker *worker = team_worker(process->team);
    for (uint32_t i = 0; i < worker->loop_count; i++) {
        const struct loop *loop = worker->loops[i];
        fprintf(stderr,
                "  loop %u: state %d, running %d, resting %d, done %d, drained %d, held %d, "
                "abroad %" PRIu64 ", full %u and %u, dirty %u, order %" PRIu64 "\n",
                i, (int)process->actors[i].state, (int)loop->running,
                (int)atomic_load(&loop->is_resting), (int)atomic_load(&loop->is_done),
                (int)atomic_load(&loop->is_drained), (int)atomic_load(&loop->has_held),
                loop->outbox.abroad, loop->outbox.full_lanes, loop->outbox.full_ack_lanes,
                loop->outbox.dirty_count, atomic_load(&loop->done));
        print_lanes(loop);
        for (uint32_t s = 0; s < loop->stage_count; s++)
            fprintf(stderr, "    '%s': %u tasks, open %u, reading %d, queue %d, finished %d\n",
                    loop->order[s]->component->name, loop->order[s]->task_count,
                    loop->order[s]->open_count, loop->order[s]->reading != NULL,
                    loop->queues[loop->order[s]->component_index].first != NULL,
                    (int)loop->order[s]->is_finished);
    }
}
