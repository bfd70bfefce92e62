/* SPDX-License-Identifier: Apache-2.0 */
#include "coord/state/paths.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/assert.h"
#include "base/mem.h"

bool paths_id_is_valid(const char *id)
{
    static const char good[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
    size_t size = strlen(id);

    return size > 0 && size <= PATHS_ID_MAX && id[0] != '.' && strspn(id, good) == size;
}

static struct path join(const char *directory, const char *id)
{
    struct path path;

    ASSERT(paths_id_is_valid(id));
    int size = snprintf(path.text, sizeof path.text, "%s/%s", directory, id);
    ASSERT(size > 0 && (size_t)size < sizeof path.text);
    return path;
}

struct path paths_nimbus_member(const char *nimbus)
{
    return join(PATHS_NIMBUS_MEMBERS, nimbus);
}

struct path paths_supervisor(const char *supervisor)
{
    return join(PATHS_SUPERVISORS, supervisor);
}

struct path paths_topology(const char *topology)
{
    return join(PATHS_TOPOLOGIES, topology);
}

struct path paths_assignment(const char *topology)
{
    return join(PATHS_ASSIGNMENTS, topology);
}

struct path paths_workers(const char *topology)
{
    return join(PATHS_WORKERS, topology);
}

struct path paths_worker(const char *topology, const char *supervisor, uint32_t slot)
{
    struct path path = join(paths_workers(topology).text, supervisor);
    size_t end = strlen(path.text);

    int size = snprintf(path.text + end, sizeof path.text - end, ":%" PRIu32, slot);
    ASSERT(size > 0 && (size_t)size < sizeof path.text - end);
    return path;
}

struct path paths_errors(const char *topology)
{
    return join(PATHS_ERRORS, topology);
}

struct path paths_errors_of(const char *topology, const char *component)
{
    return join(paths_errors(topology).text, component);
}

struct path paths_blob(const char *hash)
{
    return join(PATHS_BLOBS, hash);
}

struct path paths_totals(const char *topology)
{
    return join(PATHS_TOTALS, topology);
}

void paths_make(uint64_t tag, struct coord_calls *calls)
{
    static const char *const directories[] = {
        "/nimbus",         PATHS_NIMBUS_MEMBERS, PATHS_LEADER, PATHS_SUPERVISORS, PATHS_TOPOLOGIES,
        PATHS_ASSIGNMENTS, PATHS_WORKERS,        PATHS_ERRORS, PATHS_BLOBS,       PATHS_TOTALS,
    };
    _Static_assert(COUNT_OF(directories) == PATHS_DIRECTORIES, "the header says how many");

    for (size_t i = 0; i < COUNT_OF(directories); i++) {
        struct coord_call call = {
            .kind = COORD_CREATE, .mode = COORD_PERSISTENT, .tag = tag, .path = directories[i]};
        coord_calls_push(calls, &call);
    }
}
