/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memberships, watched nodes and directories: who watches knows the latest in the end, and never
 * goes back to something older.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "coord/recipes/membership.h"
#include "coord/recipes/watched.h"
#include "coord/state/directory.h"
#include "tests/sim/coord_player.h"

#define MEMBERS "/notices/members"
#define SETTING "/notices/setting"

enum {
    SETTING_TAG = COORD_PLAYER_OWN_TAGS + 100,
    TEXT_MAX = 64,
};

struct member {
    struct coord_player *player;
    struct membership *membership;
    char path[TEXT_MAX];
    char data[TEXT_MAX]; /* that was set last */
    uint64_t changes;
    bool wants;
    bool must_retry;
};

/* The first player changes what all watch. */
struct watcher {
    struct coord_player *player;
    struct watched *watched;
    uint64_t version; /* that was written last */
    bool is_open;     /* a write is */
    bool must_retry;
    int64_t mzxid; /* that was seen last */
};

struct reader {
    struct coord_player *player;
    struct directory *directory;
    bool must_resync;
};

/* ---- membership ---- */

static void *new_member(struct coord_player *player)
{
    struct member *member = NEW(struct member);

    member->player = player;
    (void)snprintf(member->path, sizeof member->path, MEMBERS "/%" PRIu32, player->number);
    member->membership = membership_new(coord_play_number(COORD_PLAY_MEMBERSHIP), member->path);
    return member;
}

static void destroy_member(void *self)
{
    struct member *member = self;

    membership_destroy(&member->membership);
    free(member);
}

static void step_member(void *self, const struct coord_event *event, struct coord_calls *calls)
{
    struct member *member = self;

    switch (membership_step(member->membership, event, calls)) {
    case MEMBERSHIP_DISPLACED:
        coord_trace_complain(member->player->club->trace,
                             "client %" PRIu32 " was displaced, and nobody did it",
                             member->player->number);
        break;
    case MEMBERSHIP_FAILED:
        member->must_retry = true;
        break;
    case MEMBERSHIP_LEFT:
        member->wants = false;
        break;
    case MEMBERSHIP_NO_NEWS:
    case MEMBERSHIP_JOINED:
    case MEMBERSHIP_LOST:
        break;
    }
}

static void change(struct member *member, struct coord_calls *calls)
{
    (void)snprintf(member->data, sizeof member->data, "%" PRIu32 "-%" PRIu64,
                   member->player->number, ++member->changes);
    membership_set(member->membership, member->data, strlen(member->data), calls);
}

static void act_member(void *self, struct coord_calls *calls)
{
    struct member *member = self;

    if (member->must_retry) {
        member->must_retry = false;
        membership_retry(member->membership, calls);
    }
    if (!member->wants) {
        member->wants = true;
        change(member, calls);
        membership_join(member->membership, calls);
    } else if (!member->player->club->is_calm && coord_player_feels_like(member->player, 5)) {
        change(member, calls);
    } else if (!member->player->club->is_calm && coord_player_feels_like(member->player, 20)) {
        member->wants = !membership_leave(member->membership, calls);
    }
}

static bool is_member_settled(const void *self)
{
    const struct member *member = self;
    size_t size = 0;
    const char *data = coord_host_data(member->player->club->host, member->path, &size);

    return membership_is_joined(member->membership) && data != NULL &&
           size == strlen(member->data) && memcmp(data, member->data, size) == 0;
}

const struct coord_play_operations coord_notices_membership = {
    .new = new_member,
    .destroy = destroy_member,
    .step = step_member,
    .act = act_member,
    .is_settled = is_member_settled,
};

/* ---- a watched node ---- */

static void *new_watcher(struct coord_player *player)
{
    struct watcher *watcher = NEW(struct watcher);

    watcher->player = player;
    watcher->watched = watched_new(coord_play_number(COORD_PLAY_WATCHED), SETTING);
    return watcher;
}

static void destroy_watcher(void *self)
{
    struct watcher *watcher = self;

    watched_destroy(&watcher->watched);
    free(watcher);
}

static void see(struct watcher *watcher)
{
    const struct message_stat *stat = watched_stat(watcher->watched);

    if (stat == NULL)
        return;
    if (stat->mzxid < watcher->mzxid)
        coord_trace_complain(watcher->player->club->trace,
                             "client %" PRIu32 " sees the setting go back",
                             watcher->player->number);
    watcher->mzxid = stat->mzxid;
}

static void step_watcher(void *self, const struct coord_event *event, struct coord_calls *calls)
{
    struct watcher *watcher = self;

    switch (watched_step(watcher->watched, event, calls)) {
    case WATCHED_CHANGED:
        see(watcher);
        break;
    case WATCHED_FAILED:
        watcher->must_retry = true;
        break;
    case WATCHED_NO_NEWS:
        break;
    }
    if (event->kind == COORD_ANSWERED && event->tag >> 32 == SETTING_TAG)
        watcher->is_open = false;
}

/* Sets, makes and deletes it; whether that is done does not matter. */
static void act_watcher(void *self, struct coord_calls *calls)
{
    static const enum coord_call_kind kinds[] = {COORD_SET, COORD_SET, COORD_CREATE, COORD_DELETE};
    struct watcher *watcher = self;
    char text[TEXT_MAX];

    if (watcher->must_retry) {
        watcher->must_retry = false;
        watched_retry(watcher->watched, calls);
    }
    if (watcher->player->number != watcher->player->club->players[0].number || watcher->is_open ||
        watcher->player->club->is_calm)
        return;
    (void)snprintf(text, sizeof text, "%" PRIu64, ++watcher->version);
    struct coord_call call = {
        .kind = kinds[rng_below(&watcher->player->rng, COUNT_OF(kinds))],
        .tag = (uint64_t)SETTING_TAG << 32,
        .path = SETTING,
        .data = text,
        .size = strlen(text),
        .version = COORD_ANY_VERSION,
    };
    watcher->is_open = true;
    coord_calls_push(calls, &call);
}

static bool is_watcher_settled(const void *self)
{
    const struct watcher *watcher = self;
    size_t size = 0;
    size_t known_size = 0;
    const char *data = coord_host_data(watcher->player->club->host, SETTING, &size);
    const char *known = watched_data(watcher->watched, &known_size);

    if (!watched_is_known(watcher->watched) || watcher->is_open)
        return false;
    if (data == NULL || known == NULL)
        return data == NULL && watched_stat(watcher->watched) == NULL;
    return size == known_size && memcmp(data, known, size) == 0;
}

const struct coord_play_operations coord_notices_watched = {
    .new = new_watcher,
    .destroy = destroy_watcher,
    .step = step_watcher,
    .act = act_watcher,
    .is_settled = is_watcher_settled,
};

/* ---- a directory ---- */

static void *new_reader(struct coord_player *player)
{
    struct reader *reader = NEW(struct reader);
    struct directory_options options = {
        .number = coord_play_number(COORD_PLAY_DIRECTORY),
        .path = MEMBERS,
        .calls_max = 1 + player->number % 3,
    };

    reader->player = player;
    reader->directory = directory_new(&options);
    return reader;
}

static void destroy_reader(void *self)
{
    struct reader *reader = self;

    directory_destroy(&reader->directory);
    free(reader);
}

static void step_reader(void *self, const struct coord_event *event, struct coord_calls *calls)
{
    struct reader *reader = self;
    struct directory_entry entry;
    enum directory_change news;

    switch (directory_step(reader->directory, event, calls)) {
    case DIRECTORY_WANTS_RESYNC:
    case DIRECTORY_FAILED:
        reader->must_resync = true;
        break;
    case DIRECTORY_NO_NEWS:
    case DIRECTORY_NEWS:
    case DIRECTORY_COMPLETE:
        break;
    }
    while (directory_take(reader->directory, &news, &entry))
        continue;
}

static void act_reader(void *self, struct coord_calls *calls)
{
    struct reader *reader = self;

    if (!reader->must_resync)
        return;
    reader->must_resync = false;
    directory_resync(reader->directory, calls);
}

static bool is_same(struct coord_host *host, const struct directory_entry *entry)
{
    char path[2 * TEXT_MAX];
    size_t size = 0;

    (void)snprintf(path, sizeof path, MEMBERS "/%s", entry->name);
    const char *data = coord_host_data(host, path, &size);
    return data != NULL && size == entry->size && memcmp(data, entry->data, size) == 0;
}

/* It has all members as they are. */
static bool is_reader_settled(const void *self)
{
    const struct reader *reader = self;
    const struct coord_club *club = reader->player->club;
    struct directory_entry entry;
    size_t position = 0;
    uint32_t count = 0;

    for (; directory_next(reader->directory, &position, &entry); count++) {
        if (!is_same(club->host, &entry))
            return false;
    }
    return directory_is_complete(reader->directory) && count == club->count;
}

const struct coord_play_operations coord_notices_directory = {
    .new = new_reader,
    .destroy = destroy_reader,
    .step = step_reader,
    .act = act_reader,
    .is_settled = is_reader_settled,
};
