/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Property: three workers, each with a peer for each other one, over a transport that loses, cuts and
 * delays, in a cluster where workers die, come back, go on as zombies, are called gone by mistake
 * and are forgotten. Against a naive model of every block:
 *
 *   - it is delivered at most once, in the order in which blocks were sent to that worker, from
 *     nobody who has been replaced, as far as the receiver was told;
 *   - it comes back exactly once: as read only if it was read, as lost only if the incarnation that
 *     it was sent to is over (or the peer itself, or somebody was told so);
 *   - nobody goes back twice within a beat;
 *   - when the faults stop, everything is read within a bounded time, and everybody can leave.
 */
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/mem.h"
#include "base/rng.h"
#include "tests/support/suite.h"
#include "worker/peer.h"

#define SEEDS         500 /* of each test */
#define STEPS         600
#define SLOTS         3u
#define PROCESSES_MAX 24u
#define RECORDS_MAX   STEPS
#define UNREAD_MAX    16u /* of one peer; less than what may be sent, so that it is met */
#define OUT_MAX       24u
#define NOBODY        UINT32_MAX
#define MS            UINT64_C(1000000)
#define BEAT_NS       (200 * MS)
#define TICK_NS       (10 * MS)
#define DRAIN_TICKS   600 /* 6 s: HELLO each second, three silent idle beats */

struct message {
    struct message *next;
    size_t size;
    uint8_t bytes[];
};

struct queue {
    struct message *first;
    struct message **last; /* NULL while empty */
};

/* One way between two processes; what was on the way over a connection that broke may still come,
 * while the next connection already carries more. */
struct route {
    struct queue now;
    struct queue old;
};

struct world;

/* One peer of one process. */
struct port {
    struct world *world;
    struct peer *peer;
    uint32_t process;
    uint32_t slot;
    uint32_t address; /* the process that frames go to; NOBODY */
    uint64_t told;    /* 0: gone, or nothing was told */
    uint32_t out;     /* blocks that the peer has */
    uint32_t last_from;
    uint32_t last_record; /* delivered from there */
    uint64_t link;        /* of the last DATA transmitted */
    uint64_t sequence;
    uint64_t back_ns; /* when it went back last, over that link; 0: never */
    bool may_lose;    /* somebody was told wrongly, or forgot */
    bool has_left;    /* the other side said so */
};

struct process {
    struct port ports[SLOTS]; /* none for its own slot */
    uint32_t slot;
    uint64_t incarnation;
    bool is_running;
    bool is_ending;
};

/* What is known of a block. */
struct record {
    uint32_t from;
    uint64_t sent_to;      /* incarnation; 0: not transmitted */
    uint32_t delivered_to; /* a process; NOBODY */
    bool is_read;
    bool is_back;
};

struct unread {
    struct port *port;
    uint64_t link;
    uint64_t sequence;
    uint32_t record;
};

struct faults {
    uint32_t drop; /* of 1000 frames */
    uint32_t cut;  /* of 1000 steps, this and the next ones */
    uint32_t death;
    uint32_t zombie; /* of 100 deaths */
    uint32_t mistake;
    uint32_t forget;
    uint32_t reject; /* of 100 blocks */
    bool overlaps;   /* connections, see struct route */
};

struct world {
    struct rng rng;
    struct faults faults;
    uint64_t now_ns;
    struct process processes[PROCESSES_MAX];
    uint32_t process_count;
    uint32_t current[SLOTS]; /* the process that the cluster has there; NOBODY */
    struct route routes[PROCESSES_MAX][PROCESSES_MAX];
    struct record records[RECORDS_MAX];
    uint32_t record_count;
    struct unread unread[RECORDS_MAX];
    uint32_t unread_count;
    uint64_t goings_back; /* that the run met them is checked over all seeds */
    uint64_t deliveries;
    uint64_t losses;
    uint64_t refusals;
};

static bool happens(struct world *world, uint32_t chance, uint32_t of)
{
    return rng_below(&world->rng, of) < chance;
}

/* As ck_assert(), which takes a note even of what is true: here that is most of the time. */
#define MUST(condition) ((condition) ? (void)0 : ck_abort_msg("%s", #condition))

/* ---- transport ---- */

static void push(struct queue *queue, struct message *message)
{
    struct message **last = queue->first == NULL ? &queue->first : queue->last;

    message->next = NULL;
    *last = message;
    queue->last = &message->next;
}

static struct message *pop(struct queue *queue)
{
    struct message *message = queue->first;

    if (message != NULL)
        queue->first = message->next;
    return message;
}

static void drop_all(struct queue *queue)
{
    for (struct message *message; (message = pop(queue)) != NULL;)
        free(message);
}

static void post(struct port *port, const struct frame_head *head, const void *payload, size_t size)
{
    struct world *world = port->world;

    if (port->address == NOBODY || happens(world, world->faults.drop, 1000))
        return;
    struct message *message = mem_alloc(sizeof *message + sizeof *head + size);
    message->size = sizeof *head + size;
    memcpy(message->bytes, head, sizeof *head);
    if (size > 0)
        memcpy(message->bytes + sizeof *head, payload, size);
    push(&world->routes[port->process][port->address].now, message);
}

static void cut(struct world *world, uint32_t from, uint32_t to)
{
    struct route *route = &world->routes[from][to];

    if (!world->faults.overlaps) {
        drop_all(&route->now);
    } else if (route->old.first == NULL) {
        route->old = route->now;
        route->now.first = NULL;
    }
}

static struct port *find_port(struct process *process, const struct frame_view *view)
{
    struct frame_hello hello;

    if (view->head.kind == FRAME_HELLO) {
        MUST(frame_read_hello(view, &hello));
        MUST(hello.slot < SLOTS);
        return hello.slot == process->slot ? NULL : &process->ports[hello.slot];
    }
    for (uint32_t i = 0; i < SLOTS; i++) {
        struct port *port = &process->ports[i];
        if (port->peer != NULL &&
            peer_has_link(port->peer, (enum frame_kind)view->head.kind, view->head.link))
            return port;
    }
    return NULL;
}

static void arrive(struct world *world, struct process *process, struct message *message)
{
    struct frame_view view;

    MUST(frame_read(message->bytes, message->size, &view));
    struct port *port = process->is_running ? find_port(process, &view) : NULL;
    if (port != NULL)
        peer_receive(port->peer, &view, world->now_ns);
    free(message);
}

/* Lets the first message of one route arrive; false if it is empty. */
static bool carry(struct world *world, uint32_t from, uint32_t to)
{
    struct route *route = &world->routes[from][to];
    struct queue *queue = &route->now;

    if (route->old.first != NULL && (route->now.first == NULL || happens(world, 1, 2)))
        queue = &route->old;
    struct message *message = pop(queue);
    if (message == NULL)
        return false;
    arrive(world, &world->processes[to], message);
    return true;
}

/* ---- what the peers do ---- */

static struct record *record_of(struct world *world, const void *number)
{
    uint64_t index = bytes_get_u64(number);

    MUST(index < world->record_count);
    return &world->records[index];
}

static void on_send(void *context, struct peer *peer, const struct frame_head *head,
                    const void *payload, size_t size)
{
    struct port *port = context;

    (void)peer;
    if (head->kind == FRAME_REFUSE)
        port->world->refusals++;
    post(port, head, payload, size);
}

static void check_pace(struct port *port, const struct frame_head *head)
{
    struct world *world = port->world;

    if (head->link != port->link) {
        MUST(head->sequence == 1);
        port->back_ns = 0;
    } else if (head->sequence <= port->sequence) {
        MUST(port->back_ns == 0 || world->now_ns - port->back_ns >= BEAT_NS);
        port->back_ns = world->now_ns;
        world->goings_back++;
    }
    port->link = head->link;
    port->sequence = head->sequence;
}

static void on_transmit(void *context, struct peer *peer, const struct frame_head *head,
                        struct block *block)
{
    struct port *port = context;
    struct record *record = record_of(port->world, block->bytes);
    uint64_t incarnation = peer_incarnation(peer);

    MUST(!record->is_back);
    MUST(record->sent_to == 0 || record->sent_to == incarnation);
    record->sent_to = incarnation;
    check_pace(port, head);
    post(port, head, &block->head, sizeof block->head + block->head.used);
}

static bool on_deliver(void *context, struct peer *peer, const struct frame_view *frame)
{
    struct port *port = context;
    struct world *world = port->world;
    struct record *record = record_of(world, frame->payload + sizeof(struct block_head));
    uint32_t index = (uint32_t)(record - world->records);
    const struct process *from = &world->processes[record->from];

    MUST(record->delivered_to == NOBODY);
    MUST(record->sent_to == world->processes[port->process].incarnation);
    MUST(from->slot == port->slot);
    MUST(from->incarnation == peer_incarnation(peer));
    MUST(from->incarnation >= port->told);
    MUST(port->last_from != record->from || port->last_record < index);
    port->last_from = record->from;
    port->last_record = index;
    record->delivered_to = port->process;
    world->deliveries++;
    if (happens(world, world->faults.reject, 100)) {
        record->is_read = true;
        return false;
    }
    world->unread[world->unread_count++] =
        (struct unread){port, frame->head.link, frame->head.sequence, index};
    return true;
}

static void on_hear(void *context, struct peer *peer, const void *payload, size_t size)
{
    (void)context;
    (void)peer;
    MUST(size == 4);
    MUST(memcmp(payload, "talk", 4) == 0);
}

/* Whether the incarnation that it was sent to is over. */
static bool is_over(const struct world *world, uint32_t slot, uint64_t incarnation)
{
    uint32_t current = world->current[slot];

    return current == NOBODY || world->processes[current].incarnation > incarnation;
}

static void on_give_back(void *context, struct peer *peer, struct block *block, enum peer_end end)
{
    struct port *port = context;
    struct world *world = port->world;
    struct record *record = record_of(world, block->bytes);

    (void)peer;
    MUST(!record->is_back);
    record->is_back = true;
    MUST(record->from == port->process);
    if (end == PEER_READ) {
        MUST(record->is_read);
    } else if (!world->processes[port->process].is_ending && !port->may_lose) {
        MUST(record->sent_to != 0);
        MUST(is_over(world, port->slot, record->sent_to));
        world->losses++;
    }
    port->out--;
    block_destroy(&block);
}

static void on_changed(void *context, struct peer *peer, enum peer_news news)
{
    struct port *port = context;

    (void)peer;
    if (news == PEER_LEFT) {
        MUST(!port->has_left);
        port->has_left = true;
    }
}

static const struct peer_host host = {on_send, on_transmit,  on_deliver,
                                      on_hear, on_give_back, on_changed};

/* ---- processes ---- */

static const char *const supervisors[SLOTS] = {"north", "east", "west"};

static void open_port(struct world *world, uint32_t index, uint32_t slot)
{
    struct process *process = &world->processes[index];
    struct port *port = &process->ports[slot];
    struct peer_options options = {.topology = "words-1",
                                   .own_supervisor = supervisors[process->slot],
                                   .own_slot = process->slot,
                                   .own_incarnation = process->incarnation,
                                   .supervisor = supervisors[slot],
                                   .slot = slot,
                                   .hello_ns = 50 * MS,
                                   .beat_ns = BEAT_NS,
                                   .idle_beat_ns = 10 * BEAT_NS,
                                   .unread_max = UNREAD_MAX,
                                   .seed = rng_next(&world->rng),
                                   .host = &host,
                                   .context = port};

    *port = (struct port){.world = world,
                          .process = index,
                          .slot = slot,
                          .address = NOBODY,
                          .last_from = NOBODY,
                          .peer = peer_new(&options)};
}

static void start_process(struct world *world, uint32_t slot)
{
    uint32_t index = world->process_count++;

    MUST(index < PROCESSES_MAX);
    world->processes[index] =
        (struct process){.slot = slot, .incarnation = index + 1, .is_running = true};
    for (uint32_t i = 0; i < SLOTS; i++) {
        if (i != slot)
            open_port(world, index, i);
    }
    world->current[slot] = index;
}

/* What was delivered to the port will not be read any more. */
static void forget_unread(struct world *world, const struct port *port)
{
    for (uint32_t i = world->unread_count; i-- > 0;) {
        if (world->unread[i].port == port)
            world->unread[i] = world->unread[--world->unread_count];
    }
}

static void end_process(struct world *world, uint32_t index)
{
    struct process *process = &world->processes[index];

    process->is_running = false;
    process->is_ending = true;
    for (uint32_t i = 0; i < SLOTS; i++) {
        forget_unread(world, &process->ports[i]);
        peer_destroy(&process->ports[i].peer);
        MUST(process->ports[i].out == 0);
    }
}

/* The cluster has nobody there from now on. The process may not have heard of it. */
static void die(struct world *world, uint32_t slot)
{
    uint32_t index = world->current[slot];

    world->current[slot] = NOBODY;
    if (!happens(world, world->faults.zombie, 100))
        end_process(world, index);
}

/* The process hears what the cluster has in that slot. */
static void tell(struct world *world, struct port *port)
{
    uint32_t current = world->current[port->slot];
    uint64_t incarnation = current == NOBODY ? 0 : world->processes[current].incarnation;

    if (incarnation == port->told)
        return;
    port->told = incarnation;
    if (current == NOBODY) {
        peer_told_gone(port->peer, world->now_ns);
        return;
    }
    port->address = current;
    peer_told(port->peer, incarnation, world->now_ns);
}

/* The process hears that the other is gone, which is not so; tell() will take it back. */
static void mislead(struct world *world, struct port *port)
{
    port->may_lose = true;
    port->told = 0;
    peer_told_gone(port->peer, world->now_ns);
}

/* Every process in `slot`, whose blocks to `to` may be lost. */
static void allow_loss(struct world *world, uint32_t slot, uint32_t to)
{
    for (uint32_t i = 0; i < world->process_count; i++) {
        if (world->processes[i].slot == slot)
            world->processes[i].ports[to].may_lose = true;
    }
}

/* The process drops the peer, and makes another one. */
static void forget(struct world *world, struct port *port)
{
    uint32_t slot = port->slot;
    uint32_t index = port->process;

    port->may_lose = true;
    allow_loss(world, slot, world->processes[index].slot);
    forget_unread(world, port);
    peer_destroy(&port->peer);
    open_port(world, index, slot);
    port->may_lose = true;
}

/* ---- a run ---- */

static struct port *any_port(struct world *world)
{
    struct process *process = &world->processes[rng_below(&world->rng, world->process_count)];
    struct port *port = &process->ports[rng_below(&world->rng, SLOTS)];

    return process->is_running && port->peer != NULL ? port : NULL;
}

static void send_block(struct world *world, struct port *port)
{
    if (port->out == OUT_MAX || world->record_count == RECORDS_MAX)
        return;
    struct block *block = block_new(8);
    block_reset(block, BLOCK_DATA, 1);
    bytes_put_u64(block_append(block, 8), world->record_count);
    world->records[world->record_count++] =
        (struct record){.from = port->process, .delivered_to = NOBODY};
    port->out++;
    peer_send(port->peer, block, world->now_ns);
    MUST(peer_unread_there(port->peer) == port->out);
}

static void read_block(struct world *world, uint32_t index)
{
    struct unread unread = world->unread[index];

    world->unread[index] = world->unread[--world->unread_count];
    world->records[unread.record].is_read = true;
    peer_read(unread.port->peer, unread.link, unread.sequence);
}

static void tick_all(struct world *world, uint64_t duration_ns)
{
    world->now_ns += duration_ns;
    for (uint32_t i = 0; i < world->process_count; i++) {
        for (uint32_t j = 0; j < SLOTS && world->processes[i].is_running; j++) {
            struct port *port = &world->processes[i].ports[j];
            if (port->peer == NULL)
                continue;
            peer_flush(port->peer, world->now_ns);
            if (peer_deadline_ns(port->peer) <= world->now_ns)
                peer_tick(port->peer, world->now_ns);
            MUST(peer_deadline_ns(port->peer) > world->now_ns);
            MUST(peer_unread_there(port->peer) == port->out);
        }
    }
}

static void carry_some(struct world *world)
{
    for (uint32_t tries = 0; tries < 8; tries++) {
        uint32_t from = rng_below(&world->rng, world->process_count);
        uint32_t to = rng_below(&world->rng, world->process_count);
        for (uint32_t count = 1 + rng_below(&world->rng, 6); count > 0; count--)
            (void)carry(world, from, to);
    }
}

static void work(struct world *world)
{
    struct port *port = any_port(world);
    uint32_t choice = rng_below(&world->rng, 20);

    if (choice < 8)
        carry_some(world);
    else if (choice < 10)
        tick_all(world, rng_below(&world->rng, 60) * MS);
    else if (choice < 13 && world->unread_count > 0)
        read_block(world, rng_below(&world->rng, world->unread_count));
    else if (choice < 14 && port != NULL)
        tell(world, port);
    else if (choice < 15 && port != NULL)
        (void)peer_talk(port->peer, "talk", 4);
    else if (port != NULL)
        for (uint32_t count = 1 + rng_below(&world->rng, 3); count > 0; count--)
            send_block(world, port);
}

static void harm_slot(struct world *world, uint32_t slot)
{
    if (world->current[slot] == NOBODY)
        start_process(world, slot);
    else if (world->process_count + SLOTS < PROCESSES_MAX)
        die(world, slot);
}

static void harm(struct world *world)
{
    const struct faults *faults = &world->faults;
    struct port *port = any_port(world);

    if (happens(world, faults->death, 1000))
        harm_slot(world, rng_below(&world->rng, SLOTS));
    if (port == NULL || world->processes[port->process].is_ending)
        return;
    if (port->address != NOBODY && happens(world, faults->cut, 1000)) {
        cut(world, port->process, port->address);
        if (happens(world, 1, 2))
            cut(world, port->address, port->process);
    }
    /* The process can have died in between. */
    if (port->peer == NULL)
        return;
    if (happens(world, faults->mistake, 1000))
        mislead(world, port);
    if (happens(world, faults->forget, 1000))
        forget(world, port);
}

/* The faults stop: the cluster is whole, the zombies are dead, and everybody knows. */
static void heal(struct world *world)
{
    world->faults = (struct faults){.drop = 0};
    for (uint32_t i = 0; i < SLOTS; i++) {
        if (world->current[i] == NOBODY)
            start_process(world, i);
    }
    for (uint32_t i = 0; i < world->process_count; i++) {
        if (world->processes[i].is_running && world->current[world->processes[i].slot] != i)
            end_process(world, i);
    }
    for (uint32_t i = 0; i < SLOTS * SLOTS; i++) {
        struct port *port = &world->processes[world->current[i / SLOTS]].ports[i % SLOTS];
        if (port->peer != NULL)
            tell(world, port);
    }
}

/* To those that run: the others hear nothing. */
static void carry_all(struct world *world)
{
    for (uint32_t i = 0; i < SLOTS * world->process_count; i++) {
        while (carry(world, i / SLOTS, world->current[i % SLOTS]))
            continue;
    }
}

static void live(struct world *world)
{
    tick_all(world, TICK_NS);
    carry_all(world);
    while (world->unread_count > 0)
        read_block(world, rng_below(&world->rng, world->unread_count));
}

enum goal {
    GOAL_DRAINED, /* all are up, and have everything back */
    GOAL_LEFT,
};

static bool has_reached(const struct world *world, enum goal goal)
{
    for (uint32_t i = 0; i < SLOTS * SLOTS; i++) {
        const struct port *port = &world->processes[world->current[i / SLOTS]].ports[i % SLOTS];
        if (port->peer == NULL)
            continue;
        if (goal == GOAL_DRAINED && (!peer_is_up(port->peer) || port->out > 0))
            return false;
        if (goal == GOAL_LEFT && (!peer_has_left(port->peer) || !port->has_left))
            return false;
    }
    return true;
}

static void live_until(struct world *world, enum goal goal, uint64_t seed)
{
    uint32_t ticks = 0;

    while (!has_reached(world, goal)) {
        live(world);
        ck_assert_msg(++ticks < DRAIN_TICKS, "seed %llu: no end in sight of %s",
                      (unsigned long long)seed, goal == GOAL_LEFT ? "leaving" : "draining");
    }
}

static void leave_all(struct world *world)
{
    for (uint32_t i = 0; i < SLOTS * SLOTS; i++) {
        struct port *port = &world->processes[world->current[i / SLOTS]].ports[i % SLOTS];
        if (port->peer != NULL)
            peer_leave(port->peer, world->now_ns);
    }
}

static void check_records(const struct world *world)
{
    for (uint32_t i = 0; i < world->record_count; i++)
        MUST(world->records[i].is_back);
}

static void end_world(struct world *world)
{
    for (uint32_t i = 0; i < SLOTS; i++)
        end_process(world, world->current[i]);
    for (uint32_t i = 0; i < PROCESSES_MAX * PROCESSES_MAX; i++) {
        drop_all(&world->routes[i / PROCESSES_MAX][i % PROCESSES_MAX].now);
        drop_all(&world->routes[i / PROCESSES_MAX][i % PROCESSES_MAX].old);
    }
}

/* Any chance up to this one, often none. */
static void soften(struct rng *rng, uint32_t *chance)
{
    *chance = rng_below(rng, 3) == 0 ? 0 : rng_below(rng, *chance + 1);
}

static void run(struct world *world, uint64_t seed)
{
    struct faults *faults = &world->faults;

    rng_init(&world->rng, seed);
    soften(&world->rng, &faults->drop);
    soften(&world->rng, &faults->cut);
    soften(&world->rng, &faults->death);
    soften(&world->rng, &faults->zombie);
    soften(&world->rng, &faults->reject);
    world->now_ns = 1000 * MS;
    for (uint32_t i = 0; i < SLOTS; i++)
        start_process(world, i);
    for (uint32_t i = 0; i < STEPS; i++) {
        harm(world);
        work(world);
    }
    heal(world);
    live_until(world, GOAL_DRAINED, seed);
    check_records(world);
    leave_all(world);
    live_until(world, GOAL_LEFT, seed);
    end_world(world);
}

/* What happened in all runs, so that it is known to have happened. */
struct sums {
    uint64_t goings_back;
    uint64_t deliveries;
    uint64_t losses;
    uint64_t refusals;
};

static struct sums run_all(const struct faults *faults)
{
    struct sums sums = {0};

    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        struct world *world = NEW(struct world);
        world->faults = *faults;
        run(world, seed);
        sums.goings_back += world->goings_back;
        sums.deliveries += world->deliveries;
        sums.losses += world->losses;
        sums.refusals += world->refusals;
        free(world);
    }
    ck_assert_uint_gt(sums.deliveries, 20 * SEEDS);
    return sums;
}

START_TEST(a_cut_loses_and_doubles_nothing)
{
    struct faults faults = {.drop = 300, .cut = 60};
    struct sums sums = run_all(&faults);

    ck_assert_uint_gt(sums.goings_back, SEEDS);
    ck_assert_uint_eq(sums.losses, 0);
    ck_assert_uint_eq(sums.refusals, 0);
}
END_TEST

START_TEST(neither_do_connections_that_overlap)
{
    struct faults faults = {.drop = 20, .cut = 60, .reject = 10, .overlaps = true};
    struct sums sums = run_all(&faults);

    ck_assert_uint_gt(sums.goings_back, SEEDS);
    ck_assert_uint_eq(sums.losses, 0);
}
END_TEST

START_TEST(a_death_loses_what_was_sent_to_it_and_no_more)
{
    struct faults faults = {.drop = 5, .cut = 20, .death = 60, .zombie = 100, .overlaps = true};
    struct sums sums = run_all(&faults);

    ck_assert_uint_gt(sums.losses, SEEDS);
    ck_assert_uint_gt(sums.refusals, SEEDS);
}
END_TEST

/* In all of this connections do not overlap: what comes late is in order only within each, so that
 * nobody may forget twice as long as it is on the way. */
START_TEST(a_mistake_doubles_nothing_and_everything_goes_on)
{
    struct faults faults = {
        .drop = 20, .cut = 20, .death = 20, .zombie = 50, .mistake = 30, .forget = 30};
    struct sums sums = run_all(&faults);

    ck_assert_uint_gt(sums.goings_back, SEEDS / 4);
    ck_assert_uint_gt(sums.refusals, SEEDS);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        a_cut_loses_and_doubles_nothing,
        neither_do_connections_that_overlap,
        a_death_loses_what_was_sent_to_it_and_no_more,
        a_mistake_doubles_nothing_and_everything_goes_on,
    };

    return suite_run("peer_links", tests, COUNT_OF(tests));
}
