/* SPDX-License-Identifier: Apache-2.0 */
#include "ui/threads.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/assert.h"
#include "ui/read.h"

enum {
    CHOICES_MAX = 64,    /* workers to choose from */
    PATIENCE_MS = 20000, /* a supervisor waits 18 s for its worker, and then says what is wrong */
};

void threads_worker_name(const json_t *worker, char ret_name[THREADS_WORKER_MAX])
{
    (void)snprintf(ret_name, THREADS_WORKER_MAX, "%.128s:%" PRIu64, read_text(worker, "supervisor"),
                   read_count(worker, "slot"));
}

struct said threads_choices(const json_t *status, const char *wanted)
{
    char names[CHOICES_MAX][THREADS_WORKER_MAX];
    const char *list[CHOICES_MAX];
    uint32_t count = 0;
    size_t index;
    json_t *worker;

    json_array_foreach(read_list(status, "workers"), index, worker)
    {
        if (count == CHOICES_MAX)
            break;
        threads_worker_name(worker, names[count]);
        list[count] = names[count];
        count++;
    }
    return say_choices(wanted, list, count);
}

enum control_code threads_ask(const struct handling *handling, const struct threads_wanted *wanted,
                              json_t **ret_ok, struct control_fault *fault)
{
    const struct backend *backend = handling->backend;
    uint64_t ms = wanted->seconds * 1000;
    struct backend_question question = {
        .op = ms > 0 ? "worker.profile" : "worker.stacks",
        .args = json_pack("{s:s, s:I}", "topology", wanted->topology, "slot",
                          (json_int_t)read_count(wanted->worker, "slot")),
        .limit_ms = ms + PATIENCE_MS,
        .asker = handling->request->asker,
    };

    ASSERT(question.args != NULL);
    if (ms > 0)
        (void)json_object_set_new(question.args, "ms", json_integer((json_int_t)ms));
    enum control_code code =
        backend->supervisor(backend->context, read_text(wanted->worker, "supervisor"), &question,
                            ret_ok, NULL, NULL, fault);
    json_decref(question.args);
    return code;
}
