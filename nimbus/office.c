/* SPDX-License-Identifier: Apache-2.0 */
#include "nimbus/office.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/mem.h"
#include "base/rng.h"
#include "coord/recipes/election.h"
#include "coord/recipes/membership.h"
#include "coord/recipes/watched.h"
#include "coord/state/paths.h"
#include "nimbus/old_seats.h"

#define RETRY_NS UINT64_C(1000000000) /* after a recipe has failed */

struct office {
    char *id;
    struct rng rng;
    uint64_t prefix; /* of our own calls' tags */
    uint32_t serial;
    struct election *election;
    struct membership *membership;
    struct watched *leader;
    struct leader_state leader_state;
    bool has_leader;
    bool is_connected;
    struct old_seats old_seats;
    bool is_standing;  /* has a seat, or is about to get or give up one */
    bool is_resigning; /* RESIGNED is to come */
    bool is_closing;
    bool is_sync_due;
    uint64_t sync_tag; /* under way; 0: none */
    bool is_synced;
    bool is_acting;
    bool has_failed; /* some recipe waits for a retry */
    enum coord_error error;
    uint64_t retry_ns;
    enum election_verdict news; /* to be told in the log; NO_NEWS */
    bool is_displaced;
};

/* ---- What the recipes say ------------------------------------------------------------------ */

static void fail_with(struct office *office, enum coord_error error)
{
    office->has_failed = true;
    office->retry_ns = 0;
    office->error = error;
}

static void stop_acting(struct office *office)
{
    office->is_acting = false;
    office->is_synced = false;
    office->is_sync_due = false;
    office->sync_tag = 0;
}

static void follow_election(struct office *office, enum election_verdict verdict)
{
    if (verdict == ELECTION_NO_NEWS)
        return;
    office->news = verdict;
    stop_acting(office);
    office->is_sync_due = verdict == ELECTION_WON || verdict == ELECTION_RESUMED;
    if (verdict == ELECTION_RESIGNED)
        office->is_standing = office->is_resigning = false;
    if (verdict == ELECTION_FAILED)
        fail_with(office, election_error(office->election));
}

static void step_election(void *subscriber, const struct coord_event *event,
                          struct coord_calls *calls)
{
    struct office *office = subscriber;

    follow_election(office, election_step(office->election, event, calls));
}

static void step_membership(void *subscriber, const struct coord_event *event,
                            struct coord_calls *calls)
{
    struct office *office = subscriber;
    enum membership_verdict verdict = membership_step(office->membership, event, calls);

    if (verdict == MEMBERSHIP_DISPLACED)
        office->is_displaced = true;
    if (verdict == MEMBERSHIP_FAILED)
        fail_with(office, membership_error(office->membership));
}

static void learn_leader(struct office *office)
{
    size_t size;
    const char *data = watched_data(office->leader, &size);
    struct leader_state leader;

    if (office->has_leader)
        leader_state_done(&office->leader_state);
    office->has_leader = data != NULL && leader_state_decode(data, size, &leader, NULL) == ERR_OK;
    if (office->has_leader)
        office->leader_state = leader;
}

static void step_leader(void *subscriber, const struct coord_event *event,
                        struct coord_calls *calls)
{
    struct office *office = subscriber;
    enum watched_verdict verdict = watched_step(office->leader, event, calls);

    if (verdict == WATCHED_CHANGED)
        learn_leader(office);
    if (verdict == WATCHED_FAILED)
        fail_with(office, watched_error(office->leader));
}

static void step_old_seats(void *subscriber, const struct coord_event *event,
                           struct coord_calls *calls)
{
    struct office *office = subscriber;

    old_seats_step(&office->old_seats, event, calls);
}

/* Our own calls: the directories of the state, and syncs. */
static void step_own(void *subscriber, const struct coord_event *event, struct coord_calls *calls)
{
    struct office *office = subscriber;

    switch (event->kind) {
    case COORD_CONNECTED:
        office->is_connected = true;
        if (event->is_new_session)
            paths_make(office->prefix, calls);
        break;
    case COORD_DISCONNECTED:
    case COORD_EXPIRED:
    case COORD_REFUSED:
        office->is_connected = false;
        office->is_acting = false;
        break;
    case COORD_ANSWERED:
        if (event->tag != office->sync_tag)
            break;
        office->sync_tag = 0;
        office->is_sync_due = event->error != COORD_OK;
        office->is_synced = event->error == COORD_OK;
        break;
    case COORD_CHANGED:
        break;
    }
}

/* ---- Life ---------------------------------------------------------------------------------- */

static void subscribe(struct switchboard *board, uint32_t number, switchboard_step_fn *step,
                      struct office *office, struct coord_calls *calls)
{
    bool is_added = switchboard_add(board, number, step, office, calls);

    ASSERT(is_added); /* a nimbus has a dozen */
}

static char *encode_self(const struct office_options *options)
{
    AUTO(mem_free_text) char *id = mem_copy_text(options->id);
    AUTO(mem_free_text) char *address = mem_copy_text(options->address);
    AUTO(mem_free_text) char *gale = mem_copy_text(options->gale);
    struct nimbus_state nimbus = {
        .id = id, .address = address, .gale = gale, .since_ms = options->since_ms};

    return nimbus_state_encode(&nimbus);
}

struct office *office_new(const struct office_options *options, struct switchboard *board,
                          struct coord_calls *calls)
{
    struct office *office = NEW(struct office);
    AUTO(mem_free_text) char *self = encode_self(options);

    office->id = mem_copy_text(options->id);
    rng_init(&office->rng, options->seed);
    uint32_t own = switchboard_number(board);
    office->prefix = (uint64_t)own << 32;
    subscribe(board, own, step_own, office, calls);

    uint32_t number = switchboard_number(board);
    old_seats_init(&office->old_seats, number, PATHS_LEADER, office->id);
    subscribe(board, number, step_old_seats, office, calls);

    number = switchboard_number(board);
    office->membership = membership_new(number, paths_nimbus_member(options->id).text);
    membership_set(office->membership, self, strlen(self), calls);
    membership_join(office->membership, calls);
    subscribe(board, number, step_membership, office, calls);

    number = switchboard_number(board);
    office->leader = watched_new(number, PATHS_LEADER);
    subscribe(board, number, step_leader, office, calls);

    struct election_options election = {
        .number = switchboard_number(board),
        .path = PATHS_LEADER,
        .note = options->id,
        .data = self,
        .size = strlen(self),
        .rng = &office->rng,
    };
    office->election = election_new(&election);
    subscribe(board, election.number, step_election, office, calls);
    return office;
}

void office_destroy(struct office **office)
{
    if (*office == NULL)
        return;
    election_destroy(&(*office)->election);
    membership_destroy(&(*office)->membership);
    watched_destroy(&(*office)->leader);
    if ((*office)->has_leader)
        leader_state_done(&(*office)->leader_state);
    old_seats_done(&(*office)->old_seats);
    free((*office)->id);
    free(*office);
    *office = NULL;
}

/* ---- Turns --------------------------------------------------------------------------------- */

static void tell_news(struct office *office, struct effects *effects)
{
    static const char *const names[] = {
        [ELECTION_WON] = "leader.won",
        [ELECTION_SUSPENDED] = "leader.suspended",
        [ELECTION_RESUMED] = "leader.resumed",
        [ELECTION_LOST] = "leader.lost",
        [ELECTION_RESIGNED] = NULL,
        [ELECTION_FAILED] = NULL,
    };
    const char *name = names[office->news];

    if (name != NULL)
        effects_log(effects, EFFECT_INFO, name, "epoch=%" PRIu64, election_epoch(office->election));
    office->news = ELECTION_NO_NEWS;
    if (!office->is_displaced)
        return;
    office->is_displaced = false;
    effects_log(effects, EFFECT_ERROR, "member.displaced",
                "id=%s remedy=\"another nimbus has the same nimbus.id; give each its own\"",
                office->id);
}

static void retry(struct office *office, uint64_t now_ns, struct coord_calls *calls,
                  struct effects *effects)
{
    if (!office->has_failed || !office->is_connected)
        return;
    if (office->retry_ns == 0) {
        office->retry_ns = now_ns + RETRY_NS;
        effects_log(effects, EFFECT_WARN, "coord.refused", "error=%d", (int)office->error);
        return;
    }
    if (now_ns < office->retry_ns)
        return;
    office->has_failed = false;
    election_retry(office->election, calls);
    membership_retry(office->membership, calls);
    watched_retry(office->leader, calls);
}

static void send_sync(struct office *office, struct coord_calls *calls)
{
    office->is_sync_due = false;
    office->sync_tag = office->prefix | ++office->serial;
    struct coord_call call = {
        .kind = COORD_SYNC, .path = PATHS_TOPOLOGIES, .tag = office->sync_tag};
    coord_calls_push(calls, &call);
}

void office_turn(struct office *office, const struct office_view *view, struct coord_calls *calls,
                 struct effects *effects)
{
    tell_news(office, effects);
    if (office->is_closing)
        return;
    retry(office, view->now_ns, calls, effects);
    if (!office->is_connected || !view->is_complete)
        return;
    if (!office->is_standing && view->has_blobs && old_seats_are_gone(&office->old_seats)) {
        office->is_standing = true;
        election_start(office->election, calls);
    }
    bool is_leader = election_is_leader(office->election);
    if (is_leader && !view->has_blobs)
        office_resign(office, "a blob of a topology is missing here", calls, effects);
    else if (is_leader && office->is_sync_due)
        send_sync(office, calls);
    else if (is_leader && office->is_synced)
        office->is_acting = true;
}

void office_resign(struct office *office, const char *reason, struct coord_calls *calls,
                   struct effects *effects)
{
    if (!office->is_standing || office->is_resigning)
        return;
    effects_log(effects, EFFECT_WARN, "leader.resigned", "epoch=%" PRIu64 " reason=\"%s\"",
                election_epoch(office->election), reason);
    stop_acting(office);
    office->is_resigning = !election_resign(office->election, calls);
    office->is_standing = office->is_resigning;
}

void office_close(struct office *office, struct coord_calls *calls)
{
    if (office->is_closing)
        return;
    office->is_closing = true;
    stop_acting(office);
    if (!office->is_standing || office->is_resigning)
        return;
    office->is_resigning = !election_resign(office->election, calls);
    office->is_standing = office->is_resigning;
}

/* ---- Queries ------------------------------------------------------------------------------- */

bool office_is_closed(const struct office *office)
{
    return office->is_closing && (!office->is_standing || !office->is_connected);
}

enum office_state office_state(const struct office *office)
{
    if (!office->is_connected)
        return OFFICE_AWAY;
    if (office->is_acting)
        return OFFICE_ACTING;
    if (!office->is_standing || office->is_resigning)
        return OFFICE_PREPARING;
    return election_is_leader(office->election) ? OFFICE_CATCHING_UP : OFFICE_STANDING;
}

const char *office_state_name(enum office_state state)
{
    static const char *const names[] = {
        [OFFICE_AWAY] = "away",         [OFFICE_PREPARING] = "preparing",
        [OFFICE_STANDING] = "standing", [OFFICE_CATCHING_UP] = "catching-up",
        [OFFICE_ACTING] = "acting",
    };

    return names[state];
}

const struct fence *office_fence(const struct office *office)
{
    return office->is_acting ? election_fence(office->election) : NULL;
}

const struct leader_state *office_leader(const struct office *office)
{
    return office->has_leader ? &office->leader_state : NULL;
}

const char *office_id(const struct office *office)
{
    return office->id;
}
