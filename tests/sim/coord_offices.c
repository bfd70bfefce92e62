/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Elections and locks. Whoever holds an office writes its epoch behind the fence, and now and then
 * somebody uses a fence that he has kept from earlier times, as a thread does that was slow: such
 * a write must not be done once there is another holder.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "coord/recipes/election.h"
#include "coord/recipes/lock.h"
#include "tests/sim/coord_player.h"

#define LEADER "/office/leader"
#define LEDGER "/office/ledger" /* what leaders write */
#define LOCKS  "/office/lock"
#define VAULT  "/office/vault" /* what holders of the lock write */

enum {
    LEDGER_TAG = COORD_PLAYER_OWN_TAGS,
    VAULT_TAG,
    EPOCH_MAX = 32, /* bytes */
};

/* What a holder does with its fence. */
struct writer {
    struct coord_player *player;
    const char *path; /* what is written */
    uint32_t tag;
    struct fence kept; /* from whatever time */
    bool has_kept;
};

struct candidate {
    struct writer writer;
    struct election *election;
    bool is_started;
    bool must_retry;
    uint64_t epoch; /* of the last win */
};

struct holder {
    struct writer writer;
    struct lock lock;
    enum seat_kind kind;
    bool wants;
    bool is_releasing;
    bool must_retry;
    uint64_t epoch;
};

/* ---- fenced writes ---- */

static void send_fenced(struct writer *writer, const struct fence *fence, struct coord_calls *calls)
{
    char epoch[EPOCH_MAX];

    (void)snprintf(epoch, sizeof epoch, "%" PRIu64, fence->epoch);
    struct coord_call part = {
        .kind = COORD_SET,
        .path = writer->path,
        .data = epoch,
        .size = strlen(epoch),
        .version = COORD_ANY_VERSION,
    };
    fence_send(fence, &part, 1, (uint64_t)writer->tag << 32, calls);
}

/* Writes as a holder, or as one who thinks he still is. */
static void write_some(struct writer *writer, const struct fence *fence, struct coord_calls *calls)
{
    struct coord_player *player = writer->player;

    if (fence != NULL && (!writer->has_kept || coord_player_feels_like(player, 8))) {
        writer->kept = *fence;
        writer->has_kept = true;
    }
    if (fence != NULL)
        send_fenced(writer, fence, calls);
    if (writer->has_kept && !player->club->is_calm && coord_player_feels_like(player, 4))
        send_fenced(writer, &writer->kept, calls);
}

/* True if the write says that the office is not ours. */
static bool follow_write(struct writer *writer, const struct coord_event *event)
{
    enum coord_error error;
    size_t part;

    if (event->kind != COORD_ANSWERED || event->tag >> 32 != writer->tag)
        return false;
    enum fence_outcome outcome = fence_read(event, &error, &part);
    writer->player->club->fenced_done += outcome == FENCE_DONE;
    writer->player->club->fenced_out += outcome == FENCE_OUT;
    if (outcome == FENCE_OUT)
        coord_trace_add(writer->player->club->trace,
                        "client %" PRIu32 ": its write to %s is fenced off", writer->player->number,
                        writer->path);
    return outcome == FENCE_OUT;
}

/* ---- the election ---- */

static void *new_candidate(struct coord_player *player)
{
    struct candidate *candidate = NEW(struct candidate);
    struct election_options options = {
        .number = coord_play_number(COORD_PLAY_ELECTION),
        .path = LEADER,
        .note = "a player",
        .data = "an address",
        .size = strlen("an address"),
        .rng = &player->rng,
    };

    candidate->writer = (struct writer){.player = player, .path = LEDGER, .tag = LEDGER_TAG};
    candidate->election = election_new(&options);
    return candidate;
}

static void destroy_candidate(void *self)
{
    struct candidate *candidate = self;

    election_destroy(&candidate->election);
    free(candidate);
}

static void win(struct candidate *candidate)
{
    struct coord_player *player = candidate->writer.player;
    struct coord_club *club = player->club;
    uint64_t epoch = election_epoch(candidate->election);

    club->wins++;
    coord_trace_add(club->trace, "client %" PRIu32 ": leads in epoch %" PRIu64, player->number,
                    epoch);
    if (epoch <= candidate->epoch)
        coord_trace_complain(club->trace,
                             "client %" PRIu32 " wins epoch %" PRIu64 " after epoch %" PRIu64,
                             player->number, epoch, candidate->epoch);
    if (idmap_find(&club->epochs, epoch) != NULL)
        coord_trace_complain(club->trace,
                             "clients %" PRIu64 " and %" PRIu32 " both lead in epoch %" PRIu64,
                             *idmap_find(&club->epochs, epoch), player->number, epoch);
    idmap_put(&club->epochs, epoch, player->number);
    candidate->epoch = epoch;
}

static void step_candidate(void *self, const struct coord_event *event, struct coord_calls *calls)
{
    struct candidate *candidate = self;

    switch (election_step(candidate->election, event, calls)) {
    case ELECTION_WON:
        win(candidate);
        break;
    case ELECTION_RESIGNED:
        candidate->is_started = false;
        break;
    case ELECTION_FAILED:
        candidate->must_retry = true;
        break;
    case ELECTION_NO_NEWS:
    case ELECTION_SUSPENDED:
    case ELECTION_RESUMED:
    case ELECTION_LOST:
        break;
    }
    (void)follow_write(&candidate->writer, event);
}

static void act_candidate(void *self, struct coord_calls *calls)
{
    struct candidate *candidate = self;
    struct coord_player *player = candidate->writer.player;

    if (candidate->must_retry) {
        candidate->must_retry = false;
        election_retry(candidate->election, calls);
    }
    if (!candidate->is_started) {
        candidate->is_started = true;
        election_start(candidate->election, calls);
    } else if (!player->club->is_calm && coord_player_feels_like(player, 30)) {
        if (election_resign(candidate->election, calls))
            candidate->is_started = false;
    }
    write_some(&candidate->writer, election_fence(candidate->election), calls);
}

static bool is_candidate_settled(const void *self)
{
    const struct candidate *candidate = self;

    return candidate->is_started && !candidate->must_retry;
}

const struct coord_play_operations coord_offices_election = {
    .new = new_candidate,
    .destroy = destroy_candidate,
    .step = step_candidate,
    .act = act_candidate,
    .is_settled = is_candidate_settled,
};

/* ---- the lock ---- */

/* One in three shares. */
static void *new_holder(struct coord_player *player)
{
    struct holder *holder = NEW(struct holder);

    holder->writer = (struct writer){.player = player, .path = VAULT, .tag = VAULT_TAG};
    holder->kind = player->number % 3 == 2 ? SEAT_SHARED : SEAT_EXCLUSIVE;
    lock_init(&holder->lock, coord_play_number(COORD_PLAY_LOCK), LOCKS, holder->kind, "a player",
              &player->rng);
    return holder;
}

static void step_holder(void *self, const struct coord_event *event, struct coord_calls *calls)
{
    struct holder *holder = self;
    struct coord_player *player = holder->writer.player;

    switch (lock_step(&holder->lock, event, calls)) {
    case LOCK_TAKEN:
        player->club->locks_taken++;
        coord_trace_add(player->club->trace, "client %" PRIu32 ": has the lock, epoch %" PRIu64,
                        player->number, lock_fence(&holder->lock)->epoch);
        if (lock_fence(&holder->lock)->epoch <= holder->epoch)
            coord_trace_complain(player->club->trace, "client %" PRIu32 " has an old lock",
                                 player->number);
        holder->epoch = lock_fence(&holder->lock)->epoch;
        break;
    case LOCK_LOST:
    case LOCK_RELEASED:
        holder->wants = false;
        holder->is_releasing = false;
        break;
    case LOCK_FAILED:
        holder->must_retry = true;
        break;
    case LOCK_NO_NEWS:
    case LOCK_SUSPENDED:
    case LOCK_RESUMED:
        break;
    }
    (void)follow_write(&holder->writer, event);
}

static void release(struct holder *holder, struct coord_calls *calls)
{
    holder->is_releasing = true;
    if (!lock_release(&holder->lock, calls))
        return;
    holder->wants = false;
    holder->is_releasing = false;
}

static void act_holder(void *self, struct coord_calls *calls)
{
    struct holder *holder = self;
    struct coord_player *player = holder->writer.player;

    if (holder->must_retry) {
        holder->must_retry = false;
        lock_retry(&holder->lock, calls);
    }
    if (!holder->wants && !player->club->is_calm) {
        holder->wants = true;
        lock_take(&holder->lock, calls);
    } else if (holder->wants && !holder->is_releasing &&
               (player->club->is_calm ? lock_is_held(&holder->lock)
                                      : coord_player_feels_like(player, 6))) {
        release(holder, calls);
    }
    if (holder->kind == SEAT_EXCLUSIVE)
        write_some(&holder->writer, lock_fence(&holder->lock), calls);
}

/* In the calm everybody who waits gets it once more. */
static bool is_holder_settled(const void *self)
{
    const struct holder *holder = self;

    return !holder->wants;
}

const struct coord_play_operations coord_offices_lock = {
    .new = new_holder,
    .destroy = free,
    .step = step_holder,
    .act = act_holder,
    .is_settled = is_holder_settled,
};

bool coord_player_is_in_office(const struct coord_player *player)
{
    const struct candidate *candidate = player->plays[COORD_PLAY_ELECTION];
    const struct holder *holder = player->plays[COORD_PLAY_LOCK];

    return election_is_leader(candidate->election) || lock_is_held(&holder->lock);
}

/* ---- what must always hold ---- */

static const struct tree_node *find_node(const struct coord_club *club, const char *path)
{
    const struct tree *tree = service_tree(club->host->service);
    uint32_t slot = tree_find(tree, path, strlen(path));

    return slot == TREE_NONE ? NULL : tree_node(tree, slot);
}

/* Of what a fenced write has left; 0 for nothing. */
static uint64_t epoch_at(const struct tree_node *node)
{
    char text[EPOCH_MAX] = "";
    struct jute_bytes data = tree_data(node);

    if (data.data != NULL && data.size < sizeof text)
        memcpy(text, data.data, data.size);
    return strtoull(text, NULL, 10);
}

/* The ledger was written in the epoch that stood in the election's node at that moment. */
static void check_ledger(struct coord_club *club)
{
    const struct tree_node *leader = find_node(club, LEADER);
    const struct tree_node *ledger = find_node(club, LEDGER);
    struct election_view view;

    if (leader == NULL || ledger == NULL)
        return;
    struct jute_bytes data = tree_data(leader);
    if (!election_read(data.data, data.size, &view)) {
        coord_trace_complain(club->trace, "the election's node cannot be read");
        return;
    }
    uint64_t epoch = epoch_at(ledger);
    if (ledger->mzxid > leader->mzxid && epoch != 0 && epoch != view.epoch)
        coord_trace_complain(club->trace, "a write of epoch %" PRIu64 " was done in epoch %" PRIu64,
                             epoch, view.epoch);
    if (epoch > view.epoch)
        coord_trace_complain(club->trace, "epoch %" PRIu64 " writes before it has begun", epoch);
}

/* A crash or a full disk may take back what nobody was told. */
static void check_vault(struct coord_club *club)
{
    const struct tree_node *vault = find_node(club, VAULT);

    if (vault == NULL || vault->mzxid == club->vault_mzxid)
        return;
    uint64_t epoch = epoch_at(vault);
    if (vault->mzxid > club->vault_mzxid && epoch < club->vault_epoch)
        coord_trace_complain(club->trace,
                             "a holder of epoch %" PRIu64 " writes after one of epoch %" PRIu64,
                             epoch, club->vault_epoch);
    club->vault_mzxid = vault->mzxid;
    club->vault_epoch = epoch;
}

/* Whose session is over does not know it yet, perhaps. */
static bool holds(const struct coord_club *club, const struct holder *holder)
{
    return lock_is_held(&holder->lock) &&
           coord_host_has_session(club->host, holder->lock.seat.line.session_id);
}

static void check_holders(struct coord_club *club)
{
    uint32_t exclusive = 0;
    uint32_t shared = 0;

    for (uint32_t i = 0; i < club->count; i++) {
        const struct holder *holder = club->players[i].plays[COORD_PLAY_LOCK];
        if (!holds(club, holder))
            continue;
        exclusive += holder->kind == SEAT_EXCLUSIVE;
        shared += holder->kind == SEAT_SHARED;
    }
    if (exclusive > 1 || (exclusive == 1 && shared > 0))
        coord_trace_complain(club->trace,
                             "the lock has %" PRIu32 " exclusive and %" PRIu32 " shared holders",
                             exclusive, shared);
}

void coord_offices_look(struct coord_club *club)
{
    check_ledger(club);
    check_vault(club);
    check_holders(club);
}

bool coord_offices_are_settled(const struct coord_club *club)
{
    uint32_t leaders = 0;

    for (uint32_t i = 0; i < club->count; i++) {
        const struct candidate *candidate = club->players[i].plays[COORD_PLAY_ELECTION];
        leaders += election_is_leader(candidate->election);
    }
    return club->count == 0 || leaders == 1;
}
