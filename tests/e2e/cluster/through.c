/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Numbers on their way through two bolts to files: what the tests of a cluster disturb. Every number
 * must be in some file; how often is counted.
 *
 *     source --shuffle--> relay --by value--> owner --shuffle--> sink
 *
 * The owner adds its index: equal numbers come to one task.
 */
#include <gale/gale.h>
#include <gale/ready_file.h>
#include <gale/ready_numbers.h>

#include <sys/select.h>
#include <time.h>

struct passed {
    uint64_t value;
    uint64_t owner;
};

GALE_STREAM(relayed, struct gale_number, GALE_FIELD(struct gale_number, value));
GALE_STREAM(owned, struct passed, GALE_FIELD(struct passed, value),
            GALE_FIELD(struct passed, owner));

struct relay {
    long pause_ns;
};

static enum gale_err relay_open(void *self, struct gale_task *task)
{
    struct relay *relay = self;

    relay->pause_ns = (long)gale_conf_u64(task, "pause_ns", 0);
    return GALE_OK;
}

static enum gale_verdict relay_execute(void *self, struct gale_task *task,
                                       const struct gale_tuple *tuple)
{
    const struct relay *relay = self;
    struct timespec pause = {.tv_nsec = relay->pause_ns};

    if (relay->pause_ns > 0)
        (void)pselect(0, NULL, NULL, NULL, &pause, NULL); /* work that needs no core */
    gale_emit(task, relayed, gale_read(tuple, gale_numbers));
    return GALE_ACK;
}

static enum gale_verdict owner_execute(void *self, struct gale_task *task,
                                       const struct gale_tuple *tuple)
{
    struct passed passed = {.value = gale_read(tuple, relayed)->value,
                            .owner = gale_task_index(task)};

    (void)self;
    gale_emit(task, owned, &passed);
    return GALE_ACK;
}

/* A process that was replaced may still live for a moment: each writes a file of its own. */
static enum gale_err sink_open(void *self, struct gale_task *task)
{
    struct gale_file *file = self;
    enum gale_err err = gale_file_open(self, task);
    char path[4096];

    if (err != GALE_OK)
        return err;
    (void)snprintf(path, sizeof path, "%s.%u.%ld", gale_conf_require(task, "path"),
                   (unsigned int)gale_task_index(task), (long)getpid());
    (void)close(file->fd);
    file->is_open = false;
    file->fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
    if (file->fd < 0)
        return gale_error(task, "cannot open '%s': %s", path, strerror(errno));
    file->is_open = true;
    file->size = lseek(file->fd, 0, SEEK_END);
    return GALE_OK;
}

static const struct gale_component source = {
    .name = "source",
    .spout = GALE_NUMBERS_SPOUT,
    .emits = {&gale_numbers.stream},
    .settings = {GALE_NUMBERS_SETTINGS},
    .tasks = 2,
};

static const struct gale_component relay = {
    .name = "relay",
    .bolt = {.size = sizeof(struct relay), .open = relay_open, .execute = relay_execute},
    .inputs = {{.from = &source, .stream = &gale_numbers.stream, .by = GALE_SHUFFLE}},
    .emits = {&relayed.stream},
    .settings = {{"pause_ns", "0", "how long each number takes"}},
    .tasks = 4,
};

static const struct gale_component owner = {
    .name = "owner",
    .bolt = {.execute = owner_execute},
    .inputs = {{.from = &relay,
                .stream = &relayed.stream,
                .by = GALE_FIELDS,
                .keys = {GALE_FIELD(struct gale_number, value)}}},
    .emits = {&owned.stream},
    .tasks = 4,
};

static const struct gale_component sink = {
    .name = "sink",
    .bolt = {.size = sizeof(struct gale_file),
             .open = sink_open,
             .execute = gale_file_execute,
             .tick = gale_file_flush,
             .finish = gale_file_flush,
             .close = gale_file_close},
    .inputs = {{.from = &owner, .stream = &owned.stream, .by = GALE_SHUFFLE}},
    .settings = {GALE_FILE_SETTINGS},
    .tasks = 2,
    .tick_ms = 20,
};

const struct gale_topology gale_topology = {
    .abi = GALE_ABI,
    .name = "through",
    .components = {&source, &relay, &owner, &sink},
};
