/* SPDX-License-Identifier: Apache-2.0 */
#include "ui/io/silences.h"

#include <stdlib.h>
#include <time.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/monitor.h"

enum {
    TIME_MAX = 32, /* bytes of a time for people */
};

struct silences {
    struct monitor monitor; /* of all below */
    struct peers *peers;
};

struct silences *silences_new(uint64_t keep_ns)
{
    struct silences *silences = NEW(struct silences);

    monitor_init(&silences->monitor);
    silences->peers = peers_new(keep_ns);
    return silences;
}

void silences_destroy(struct silences **silences)
{
    if (*silences == NULL)
        return;
    peers_destroy(&(*silences)->peers);
    monitor_done(&(*silences)->monitor);
    free(*silences);
    *silences = NULL;
}

static void refuse(struct control_fault *fault, const struct peer_silence *silence)
{
    time_t seconds = (time_t)(silence->since_ms / 1000);
    char since[TIME_MAX] = "";
    struct tm utc;

    if (gmtime_r(&seconds, &utc) != NULL)
        (void)strftime(since, sizeof since, "%Y-%m-%dT%H:%M:%SZ", &utc);
    (void)control_refuse(fault, CONTROL_UNAVAILABLE,
                         "%.400s (since %s); look whether it runs, and at its log", silence->why,
                         since);
}

bool silences_may_ask(struct silences *silences, const char *name, uint64_t patience_ns,
                      uint64_t *ret_began_ns, struct control_fault *fault)
{
    struct peer_silence silence;

    monitor_enter(&silences->monitor);
    uint64_t now_ns = clock_now_ns();
    bool may = peers_may_ask(silences->peers, name, now_ns, patience_ns, &silence);
    monitor_leave(&silences->monitor);
    if (may)
        *ret_began_ns = now_ns;
    else
        refuse(fault, &silence);
    return may;
}

void silences_heard(struct silences *silences, const char *name)
{
    monitor_enter(&silences->monitor);
    peers_heard(silences->peers, name, clock_now_ns());
    monitor_leave(&silences->monitor);
}

void silences_missed(struct silences *silences, const char *name, uint64_t began_ns,
                     struct control_fault *fault)
{
    struct peer_miss miss = {
        .began_ns = began_ns,
        .now_ns = clock_now_ns(),
        .wall_ms = clock_wall_ms(),
        .why = fault->text,
    };
    struct peer_silence silence;

    monitor_enter(&silences->monitor);
    bool is_silent = peers_missed(silences->peers, name, &miss, &silence);
    monitor_leave(&silences->monitor);
    if (is_silent)
        refuse(fault, &silence);
}
