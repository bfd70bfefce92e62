/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A store whose files were damaged in any way opens and loads what was once committed, or is
 * refused with words; and what was opened can be written to, or says why not. The input is a list
 * of damages to the files of a server that lost its power after four commits:
 *
 *     1 byte    file (lowest bit: database or WAL) and kind (the rest)
 *     3 bytes   where, modulo the size of the file
 *     1 byte    what
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/assert.h"
#include "base/mem.h"
#include "base/rng.h"
#include "coord/server/io/sqlite_store.h"
#include "tests/support/disk.h"
#include "tests/support/store_model.h"

enum {
    COMMITS = 4,
    DAMAGE_BYTES = 5,
    PAGE = 4096,
};

enum damage {
    FLIP,
    SET,
    CUT,   /* the file ends here */
    CLEAR, /* the rest of the page */
    MOVE,  /* the page is where another was */
    DAMAGES,
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct scene {
    struct disk *disk;
    char folder[64]; /* real, and empty but for a name: the content is on the disk in memory */
    struct store *store;
    struct store_model *states[COMMITS + 1]; /* after so many commits */
};

static void scene_init(struct scene *scene)
{
    *scene = (struct scene){.disk = disk_new(1), .folder = "/tmp/gale-fuzz-XXXXXX"};

    char *made = mkdtemp(scene->folder);
    ASSERT(made != NULL);
    for (size_t i = 0; i <= COMMITS; i++)
        scene->states[i] = store_model_new();
}

static void close_store(struct scene *scene)
{
    if (scene->store != NULL)
        scene->store->operations->close(&scene->store);
}

static void scene_done(struct scene *scene)
{
    char path[96];

    close_store(scene);
    for (size_t i = 0; i <= COMMITS; i++)
        store_model_destroy(&scene->states[i]);
    disk_destroy(&scene->disk);
    (void)snprintf(path, sizeof path, "%s/coord.db", scene->folder);
    (void)unlink(path);
    (void)rmdir(scene->folder);
}

static enum err open_and_load(struct scene *scene, struct store_model *model, struct error *error)
{
    struct store_sink sink = store_model_sink(model);
    enum err err = sqlite_store_open(scene->folder, &scene->store, error);

    return err == ERR_OK ? scene->store->operations->load(scene->store, &sink, error) : err;
}

/* Leaves a database and a WAL, both of which matter. */
static void make_files(struct scene *scene)
{
    AUTO(batch_done) struct batch batch;
    struct rng rng;
    enum err err = open_and_load(scene, scene->states[0], NULL);

    ASSERT(err == ERR_OK);
    rng_init(&rng, 1);
    batch_init(&batch);
    for (size_t i = 0; i < COMMITS; i++) {
        batch_clear(&batch);
        store_model_copy(scene->states[i + 1], scene->states[i]);
        store_model_step(scene->states[i + 1], &rng, 30, &batch);
        err = scene->store->operations->commit(scene->store, &batch, NULL);
        ASSERT(err == ERR_OK);
        if (i == COMMITS / 2)
            scene->store->operations->tidy(scene->store, STORE_IDLE);
    }
    disk_plan(scene->disk, DISK_POWER_CUT, 0);
    close_store(scene);
    disk_restart(scene->disk);
}

/* ---- Damage --------------------------------------------------------------------------------- */

static void move_page(unsigned char *bytes, size_t size, size_t from, size_t to)
{
    if (from * PAGE + PAGE <= size && to * PAGE + PAGE <= size)
        memmove(bytes + to * PAGE, bytes + from * PAGE, PAGE);
}

static void damage(struct scene *scene, const uint8_t input[DAMAGE_BYTES])
{
    const char *file = (input[0] & 1) == 0 ? "coord.db" : "-wal";
    size_t size = 0;
    unsigned char *bytes = disk_bytes(scene->disk, file, &size);

    if (bytes == NULL || size == 0)
        return;
    size_t place = ((size_t)input[1] << 16 | (size_t)input[2] << 8 | input[3]) % size;
    size_t rest = PAGE - place % PAGE;
    switch ((enum damage)((input[0] >> 1) % DAMAGES)) {
    case FLIP:
        bytes[place] ^= input[4];
        break;
    case SET:
        bytes[place] = input[4];
        break;
    case CUT:
        disk_truncate(scene->disk, file, place);
        break;
    case CLEAR:
        memset(bytes + place, 0, rest < size - place ? rest : size - place);
        break;
    case MOVE:
        move_page(bytes, size, place / PAGE, input[4] % (size / PAGE + 1));
        break;
    case DAMAGES:
        UNREACHABLE();
    }
}

/* ---- Looking -------------------------------------------------------------------------------- */

static void expect_a_state(const struct scene *scene, const struct store_model *model)
{
    for (size_t i = 0; i <= COMMITS; i++) {
        if (store_model_equals(model, scene->states[i]))
            return;
    }
    ASSERT(false && "what was loaded was never committed");
}

static void expect_writable_or_refused(struct scene *scene, struct store_model *model)
{
    AUTO(batch_done) struct batch batch;
    struct error error = {.code = ERR_OK};
    struct rng rng;

    rng_init(&rng, 2);
    batch_init(&batch);
    store_model_step(model, &rng, 30, &batch);
    enum err err = scene->store->operations->commit(scene->store, &batch, &error);
    ASSERT((err == ERR_OK) == (error.text[0] == '\0'));
    scene->store->operations->tidy(scene->store, STORE_IDLE);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO(scene_done) struct scene scene;
    AUTO(store_model_destroy) struct store_model *model = store_model_new();
    struct error error = {.code = ERR_OK};

    scene_init(&scene);
    make_files(&scene);
    for (size_t i = 0; i + DAMAGE_BYTES <= size; i += DAMAGE_BYTES)
        damage(&scene, data + i);

    enum err err = open_and_load(&scene, model, &error);
    ASSERT((err == ERR_OK) == (error.text[0] == '\0'));
    if (err != ERR_OK)
        return 0;
    expect_a_state(&scene, model);
    expect_writable_or_refused(&scene, model);
    return 0;
}
