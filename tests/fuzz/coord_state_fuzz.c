/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes are decoded as a record of the cluster state or refused with a text; what was decoded
 * encodes to a text that decodes and encodes to itself. The first byte says which record.
 */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/assert.h"
#include "base/mem.h"
#include "coord/state/assignment_state.h"
#include "coord/state/blob_state.h"
#include "coord/state/errors_state.h"
#include "coord/state/nimbus_state.h"
#include "coord/state/supervisor_state.h"
#include "coord/state/topology_state.h"
#include "coord/state/totals_state.h"
#include "coord/state/worker_state.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Decodes and encodes; NULL if it was refused. */
typedef char *pass(const char *data, size_t size);

static void expect_text(enum err err, const struct error *error)
{
    ASSERT(err == error->code);
    ASSERT((err == ERR_OK) == (error->text[0] == '\0'));
}

static char *pass_nimbus(const char *data, size_t size)
{
    struct error error = {.code = ERR_OK};
    struct nimbus_state state;
    enum err err = nimbus_state_decode(data, size, &state, &error);

    expect_text(err, &error);
    if (err != ERR_OK)
        return NULL;
    char *text = nimbus_state_encode(&state);
    nimbus_state_done(&state);
    return text;
}

static char *pass_leader(const char *data, size_t size)
{
    struct error error = {.code = ERR_OK};
    struct leader_state state;
    enum err err = leader_state_decode(data, size, &state, &error);

    expect_text(err, &error);
    if (err == ERR_OK)
        leader_state_done(&state);
    return NULL; /* written by the election */
}

static char *pass_supervisor(const char *data, size_t size)
{
    struct error error = {.code = ERR_OK};
    struct supervisor_state state;
    enum err err = supervisor_state_decode(data, size, &state, &error);

    expect_text(err, &error);
    if (err != ERR_OK)
        return NULL;
    char *text = supervisor_state_encode(&state);
    supervisor_state_done(&state);
    return text;
}

static char *pass_topology(const char *data, size_t size)
{
    struct error error = {.code = ERR_OK};
    struct topology_state state;
    enum err err = topology_state_decode(data, size, &state, &error);

    expect_text(err, &error);
    if (err != ERR_OK)
        return NULL;
    char *text = topology_state_encode(&state);
    topology_state_done(&state);
    return text;
}

static char *pass_assignment(const char *data, size_t size)
{
    struct error error = {.code = ERR_OK};
    struct assignment_state state;
    enum err err = assignment_state_decode(data, size, &state, &error);

    expect_text(err, &error);
    if (err != ERR_OK)
        return NULL;
    char *text = assignment_state_encode(&state);
    assignment_state_done(&state);
    return text;
}

static char *pass_errors(const char *data, size_t size)
{
    struct error error = {.code = ERR_OK};
    struct errors_state state;
    enum err err = errors_state_decode(data, size, &state, &error);

    expect_text(err, &error);
    if (err != ERR_OK)
        return NULL;
    char *text = errors_state_encode(&state);
    errors_state_done(&state);
    return text;
}

static char *pass_blob(const char *data, size_t size)
{
    struct error error = {.code = ERR_OK};
    struct blob_state state;
    enum err err = blob_state_decode(data, size, &state, &error);

    expect_text(err, &error);
    if (err != ERR_OK)
        return NULL;
    char *text = blob_state_encode(&state);
    blob_state_done(&state);
    return text;
}

static char *pass_worker(const char *data, size_t size)
{
    struct error error = {.code = ERR_OK};
    struct worker_state state;
    enum err err = worker_state_decode(data, size, &state, &error);

    expect_text(err, &error);
    if (err != ERR_OK)
        return NULL;
    char *text = worker_state_encode(&state);
    worker_state_done(&state);
    return text;
}

static char *pass_totals(const char *data, size_t size)
{
    struct error error = {.code = ERR_OK};
    struct totals_state state;
    enum err err = totals_state_decode(data, size, &state, &error);

    expect_text(err, &error);
    if (err != ERR_OK)
        return NULL;
    char *text = totals_state_encode(&state);
    totals_state_done(&state);
    return text;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static pass *const passes[] = {pass_nimbus,   pass_leader,     pass_supervisor,
                                   pass_topology, pass_assignment, pass_errors,
                                   pass_blob,     pass_worker,     pass_totals};

    if (size == 0)
        return 0;
    pass *one = passes[(uint8_t)(data[0] - '0') % COUNT_OF(passes)];
    AUTO(mem_free_text) char *first = one((const char *)data + 1, size - 1);
    if (first == NULL)
        return 0;
    AUTO(mem_free_text) char *second = one(first, strlen(first));
    ASSERT(second != NULL && strcmp(first, second) == 0);
    return 0;
}
