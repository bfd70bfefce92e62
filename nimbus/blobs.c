/* SPDX-License-Identifier: Apache-2.0 */
#include "nimbus/blobs.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/mem.h"
#include "base/text.h"
#include "coord/state/blob_state.h"
#include "coord/state/directory.h"
#include "coord/state/paths.h"

#define RETRY_NS       UINT64_C(1000000000)   /* after a fetch or a write has failed */
#define UPLOAD_IDLE_NS UINT64_C(600000000000) /* an upload that stops is dropped after it */

enum {
    READS_MAX = 64,
    FETCHES_MAX = 2, /* at a time */
};

struct blob {
    char *id; /* its hash */
    bool is_node;
    struct blob_state state;
    int32_t version;
    bool is_held;
    uint64_t size_bytes; /* held, or being uploaded */
    bool is_uploading;
    uint64_t have;
    bool is_wanted;      /* uploaded here, so a submission may follow */
    bool is_needed;      /* a topology refers to it */
    bool was_node;       /* there was a node: now that it is gone, the file goes */
    uint64_t touched_ns; /* last uploaded, needed or seen first */
    uint64_t tag;        /* of the write under way; 0: none */
    int32_t written; /* the version it was made to; our copy is waited for until it has changed */
    bool is_awaited; /* ... */
    bool is_fetching;
    uint64_t retry_ns; /* not before */
    bool is_loading;
    char *text;
    size_t text_size;
};

struct blobs {
    char *nimbus;
    uint64_t bytes_max;
    uint64_t delay_ns;
    uint64_t prefix;
    uint32_t serial;
    struct directory *directory;
    bool has_failed;
    uint64_t retry_ns;
    struct roll roll;
    size_t uploads;
    size_t writes;
    size_t fetches;
    uint64_t now_ns;
    bool was_fenced_out;
};

bool blobs_hash_is_valid(const char *hash)
{
    return strlen(hash) == BLOBS_HASH_SIZE && strspn(hash, "0123456789abcdef") == BLOBS_HASH_SIZE;
}

static struct blob *make(struct blobs *blobs, const char *hash)
{
    struct blob *blob = roll_find(&blobs->roll, hash);

    if (blob != NULL)
        return blob;
    blob = NEW(struct blob);
    blob->id = mem_copy_text(hash);
    blob->touched_ns = blobs->now_ns;
    roll_put(&blobs->roll, blob);
    return blob;
}

static void free_blob(struct blob *blob)
{
    blob_state_done(&blob->state);
    free(blob->text);
    free(blob->id);
    free(blob);
}

/* ---- The copy of the nodes ----------------------------------------------------------------- */

static void learn(struct blobs *blobs, const struct directory_entry *entry)
{
    struct blob_state state;

    if (!blobs_hash_is_valid(entry->name) ||
        blob_state_decode(entry->data, entry->size, &state, NULL) != ERR_OK)
        return; /* nobody here has written it */
    struct blob *blob = make(blobs, entry->name);
    blob_state_done(&blob->state);
    blob->state = state;
    blob->version = entry->version;
    blob->is_node = true;
    blob->is_awaited = false;
}

static void forget(struct blobs *blobs, const char *name)
{
    struct blob *blob = roll_find(&blobs->roll, name);

    if (blob == NULL)
        return;
    blob->was_node = blob->is_node;
    blob->is_node = false;
    blob->is_awaited = false;
    blob_state_done(&blob->state);
}

static void step_copy(void *subscriber, const struct coord_event *event, struct coord_calls *calls)
{
    struct blobs *blobs = subscriber;
    enum directory_verdict verdict = directory_step(blobs->directory, event, calls);
    enum directory_change change;
    struct directory_entry entry;

    while (directory_take(blobs->directory, &change, &entry)) {
        if (change == DIRECTORY_REMOVED)
            forget(blobs, entry.name);
        else
            learn(blobs, &entry);
    }
    if (verdict == DIRECTORY_WANTS_RESYNC)
        directory_resync(blobs->directory, calls);
    if (verdict == DIRECTORY_FAILED) {
        blobs->has_failed = true;
        blobs->retry_ns = blobs->now_ns + RETRY_NS;
    }
}

/* Whatever the outcome, our copy tells what came of it: a write that was refused was made to an older
 * node than there is. */
static void step_own(void *subscriber, const struct coord_event *event, struct coord_calls *calls)
{
    struct blobs *blobs = subscriber;

    (void)calls;
    if (event->kind != COORD_ANSWERED)
        return;
    for (size_t i = 0; i < blobs->roll.count; i++) {
        struct blob *blob = blobs->roll.items[i];
        if (blob->tag != event->tag)
            continue;
        blob->tag = 0;
        blobs->writes--;
        blob->is_awaited = event->error == COORD_OK && blob->is_awaited;
        if (event->error != COORD_OK)
            blob->retry_ns = blobs->now_ns + RETRY_NS;
        return;
    }
}

/* ---- Life ---------------------------------------------------------------------------------- */

static uint32_t subscribe(struct blobs *blobs, switchboard_step_fn *step, uint32_t number,
                          struct switchboard *board, struct coord_calls *calls)
{
    bool is_added = switchboard_add(board, number, step, blobs, calls);

    ASSERT(is_added); /* a nimbus has a dozen */
    return number;
}

struct blobs *blobs_new(const struct blobs_options *options, struct switchboard *board,
                        struct coord_calls *calls)
{
    struct blobs *blobs = NEW(struct blobs);
    struct directory_options directory = {
        .number = switchboard_number(board), .path = PATHS_BLOBS, .calls_max = READS_MAX};

    blobs->nimbus = mem_copy_text(options->nimbus);
    blobs->bytes_max = options->bytes_max;
    blobs->delay_ns = options->deletion_delay_ms * UINT64_C(1000000);
    blobs->directory = directory_new(&directory);
    (void)subscribe(blobs, step_copy, directory.number, board, calls);
    blobs->prefix = (uint64_t)subscribe(blobs, step_own, switchboard_number(board), board, calls)
                    << 32;
    return blobs;
}

void blobs_destroy(struct blobs **blobs)
{
    if (*blobs == NULL)
        return;
    for (size_t i = 0; i < (*blobs)->roll.count; i++)
        free_blob((*blobs)->roll.items[i]);
    roll_done(&(*blobs)->roll);
    directory_destroy(&(*blobs)->directory);
    free((*blobs)->nimbus);
    free(*blobs);
    *blobs = NULL;
}

/* ---- What is here -------------------------------------------------------------------------- */

static void end_upload(struct blobs *blobs, struct blob *blob)
{
    if (blob->is_uploading)
        blobs->uploads--;
    blob->is_uploading = false;
    blob->have = 0;
}

void blobs_hold(struct blobs *blobs, const char *hash, uint64_t size_bytes, uint64_t now_ns)
{
    struct blob *blob = make(blobs, hash);

    end_upload(blobs, blob);
    blob->is_held = true;
    blob->was_node = false;
    blob->size_bytes = size_bytes;
    blob->touched_ns = now_ns;
}

void blobs_lose(struct blobs *blobs, const char *hash)
{
    struct blob *blob = roll_find(&blobs->roll, hash);

    if (blob != NULL)
        blob->is_held = false;
}

bool blobs_is_held(const struct blobs *blobs, const char *hash, uint64_t *ret_size_bytes)
{
    const struct blob *blob = roll_find(&blobs->roll, hash);

    if (blob == NULL || !blob->is_held)
        return false;
    *ret_size_bytes = blob->size_bytes;
    return true;
}

bool blobs_is_entered(const struct blobs *blobs, const char *hash)
{
    const struct blob *blob = roll_find(&blobs->roll, hash);

    return blob != NULL && blob->is_held && blob->is_node && blob->tag == 0 && !blob->is_awaited &&
           blob_state_is_held_by(&blob->state, blobs->nimbus);
}

void blobs_want(struct blobs *blobs, const char *hash, uint64_t now_ns)
{
    struct blob *blob = roll_find(&blobs->roll, hash);

    if (blob == NULL)
        return;
    blob->touched_ns = now_ns;
    blob->is_wanted = true;
}

/* ---- Uploads ------------------------------------------------------------------------------- */

static void answer_put(struct effects *effects, struct asker asker, uint64_t have, bool is_done)
{
    json_t *ok = json_object();

    (void)json_object_set_new(ok, "have", json_integer((json_int_t)have));
    (void)json_object_set_new(ok, "done", json_boolean(is_done));
    effects_answer(effects, asker, ok);
}

/* Whether the chunk may be written; otherwise it was answered. */
static bool admit(struct blobs *blobs, struct asker asker, const struct blobs_chunk *chunk,
                  struct effects *effects)
{
    const struct blob *blob = roll_find(&blobs->roll, chunk->hash);
    bool is_uploading = blob != NULL && blob->is_uploading;

    if (chunk->size_bytes == 0) {
        effects_refuse(effects, asker, CONTROL_INVALID, "'size' must be 1 at least");
        return false;
    }
    if (chunk->size_bytes > blobs->bytes_max) {
        effects_refuse(effects, asker, CONTROL_LIMIT,
                       "the file has %" PRIu64 " bytes, but nimbus.blob.bytes.max is %" PRIu64,
                       chunk->size_bytes, blobs->bytes_max);
        return false;
    }
    if (is_uploading && chunk->size_bytes != blob->size_bytes) {
        effects_refuse(effects, asker, CONTROL_INVALID,
                       "'size' is %" PRIu64 ", but the upload was begun with %" PRIu64,
                       chunk->size_bytes, blob->size_bytes);
        return false;
    }
    if (!is_uploading && blobs->uploads == BLOBS_UPLOADS_MAX) {
        effects_refuse(effects, asker, CONTROL_UNAVAILABLE,
                       "%d uploads are under way already; try again later", BLOBS_UPLOADS_MAX);
        return false;
    }
    uint64_t have = is_uploading ? blob->have : 0;
    if (chunk->size == 0 || chunk->offset != have) {
        answer_put(effects, asker, have, false); /* go on there */
        return false;
    }
    if (chunk->size > chunk->size_bytes - have) {
        effects_refuse(effects, asker, CONTROL_INVALID, "there is more than 'size' says");
        return false;
    }
    return true;
}

void blobs_put(struct blobs *blobs, struct asker asker, const struct blobs_chunk *chunk,
               uint64_t now_ns, struct effects *effects)
{
    struct blob *blob = roll_find(&blobs->roll, chunk->hash);

    if (blob != NULL && blob->is_held) {
        blob->touched_ns = now_ns;
        blob->is_wanted = true;
        answer_put(effects, asker, blob->size_bytes, true);
        return;
    }
    if (!admit(blobs, asker, chunk, effects))
        return;
    blob = make(blobs, chunk->hash);
    if (!blob->is_uploading)
        blobs->uploads++;
    blob->is_uploading = true;
    blob->size_bytes = chunk->size_bytes;
    blob->touched_ns = now_ns;
    struct effect effect = effect_of_blob(EFFECT_BLOB_PUT, chunk->hash);
    effect.asker = asker;
    effect.offset = chunk->offset;
    effect.size_bytes = chunk->size_bytes;
    effect.bytes = mem_alloc(chunk->size);
    effect.size = chunk->size;
    memcpy(effect.bytes, chunk->bytes, chunk->size);
    effects_push(effects, effect);
}

void blobs_took(struct blobs *blobs, struct asker asker, const struct blobs_result *result,
                uint64_t now_ns, struct effects *effects)
{
    struct blob *blob = make(blobs, result->hash);

    if (result->fault.code != CONTROL_OK) {
        end_upload(blobs, blob);
        effects_complain(effects, asker, &result->fault);
        return;
    }
    blob->have = result->have;
    if (result->is_done) {
        blobs_hold(blobs, result->hash, result->have, now_ns);
        blob->is_wanted = true;
        effects_log(effects, EFFECT_INFO, "blob.uploaded", "hash=%s bytes=%" PRIu64, result->hash,
                    result->have);
    }
    answer_put(effects, asker, result->have, result->is_done);
}

/* ---- Content ------------------------------------------------------------------------------- */

const char *blobs_text(struct blobs *blobs, const char *hash, size_t *ret_size,
                       struct effects *effects)
{
    struct blob *blob = roll_find(&blobs->roll, hash);

    if (blob == NULL || !blob->is_held)
        return NULL;
    if (blob->text != NULL) {
        *ret_size = blob->text_size;
        return blob->text;
    }
    if (!blob->is_loading)
        effects_push(effects, effect_of_blob(EFFECT_BLOB_LOAD, hash));
    blob->is_loading = true;
    return NULL;
}

void blobs_loaded(struct blobs *blobs, const char *hash, const void *bytes, size_t size)
{
    struct blob *blob = make(blobs, hash);

    blob->is_loading = false;
    if (bytes == NULL) {
        blob->is_held = false; /* somebody took the file away */
        return;
    }
    free(blob->text);
    blob->text = mem_alloc(size + 1);
    memcpy(blob->text, bytes, size);
    blob->text_size = size;
}

void blobs_forget_texts(struct blobs *blobs)
{
    for (size_t i = 0; i < blobs->roll.count; i++) {
        struct blob *blob = blobs->roll.items[i];
        mem_free_text(&blob->text);
    }
}

/* ---- Who holds what ------------------------------------------------------------------------ */

static void send_write(struct blobs *blobs, struct blob *blob)
{
    blob->tag = blobs->prefix | ++blobs->serial;
    blob->written = blob->version;
    blob->is_awaited = true;
    blobs->writes++;
}

static struct blob_state copy_state(const struct blob *blob)
{
    struct blob_state copy = {.hash = blob->state.hash, .size_bytes = blob->state.size_bytes};

    for (size_t i = 0; i < blob->state.holder_count; i++)
        (void)blob_state_add_holder(&copy, blob->state.holders[i]);
    return copy;
}

static void free_copy(struct blob_state *copy)
{
    copy->hash = NULL; /* the original's */
    blob_state_done(copy);
}

/* We enter ourselves, or take ourselves out. */
static void correct_node(struct blobs *blobs, struct blob *blob, struct coord_calls *calls)
{
    struct blob_state copy = copy_state(blob);
    bool is_changed = blob->is_held ? blob_state_add_holder(&copy, blobs->nimbus)
                                    : blob_state_remove_holder(&copy, blobs->nimbus);

    if (is_changed) {
        send_write(blobs, blob);
        blob_state_set(&copy, blob->version, blob->tag, calls);
    }
    free_copy(&copy);
}

static void create_node(struct blobs *blobs, struct blob *blob, struct coord_calls *calls)
{
    struct blob_state state = {.hash = blob->id, .size_bytes = blob->size_bytes};

    (void)blob_state_add_holder(&state, blobs->nimbus);
    send_write(blobs, blob);
    blob_state_create(&state, blob->tag, calls);
    free_copy(&state);
}

static char *list_addresses(const struct blobs *blobs, const struct blob *blob,
                            const struct registry *registry)
{
    struct text text;

    text_init(&text);
    for (size_t i = 0; i < blob->state.holder_count; i++) {
        const struct member *member = roll_find(registry_members(registry), blob->state.holders[i]);
        if (member != NULL && strcmp(member->id, blobs->nimbus) != 0)
            text_add(&text, "%s%s", text_size(&text) > 0 ? "," : "", member->state.address);
    }
    return text_take(&text);
}

static void fetch(struct blobs *blobs, struct blob *blob, const struct blobs_view *view,
                  struct effects *effects)
{
    if (blob->is_fetching || blobs->fetches == FETCHES_MAX || view->now_ns < blob->retry_ns)
        return;
    AUTO(mem_free_text) char *addresses = list_addresses(blobs, blob, view->registry);
    if (addresses[0] == '\0') {
        blob->retry_ns = view->now_ns + 10 * RETRY_NS;
        effects_log(effects, EFFECT_ERROR, "blob.missing",
                    "hash=%s reason=\"a topology needs it, and no nimbus that is up holds it\" "
                    "remedy=\"start the nimbus that has it\"",
                    blob->id);
        return;
    }
    struct effect effect = effect_of_blob(EFFECT_BLOB_FETCH, blob->id);
    effect.text = TAKE(addresses);
    effect.size_bytes = blob->state.size_bytes;
    blob->is_fetching = true;
    blobs->fetches++;
    effects_push(effects, effect);
}

void blobs_fetched(struct blobs *blobs, const char *hash, bool is_good, uint64_t now_ns,
                   struct effects *effects)
{
    struct blob *blob = make(blobs, hash);

    if (blob->is_fetching)
        blobs->fetches--;
    blob->is_fetching = false;
    blob->retry_ns = is_good ? 0 : now_ns + RETRY_NS;
    if (!is_good)
        return;
    blobs_hold(blobs, hash, blob->is_node ? blob->state.size_bytes : 0, now_ns);
    effects_log(effects, EFFECT_INFO, "blob.fetched", "hash=%s", hash);
}

/* ---- Turns --------------------------------------------------------------------------------- */

static void need(struct blobs *blobs, const char *hash)
{
    struct blob *blob = make(blobs, hash);

    blob->is_needed = true;
    blob->touched_ns = blobs->now_ns;
}

static void find_needed(struct blobs *blobs, const struct registry *registry)
{
    const struct roll *topologies = registry_topologies(registry);

    for (size_t i = 0; i < blobs->roll.count; i++) {
        struct blob *blob = blobs->roll.items[i];
        blob->is_needed = false;
    }
    for (size_t i = 0; i < topologies->count; i++) {
        const struct topology *topology = topologies->items[i];
        if (topology->state.id == NULL ||
            (!topology->is_there && topology->write.kind != WRITE_CREATE))
            continue;
        need(blobs, topology->state.plan_hash);
        need(blobs, topology->state.so_hash);
    }
}

static void drop_file(struct blob *blob, struct effects *effects)
{
    effects_push(effects, effect_of_blob(EFFECT_BLOB_DELETE, blob->id));
    effects_log(effects, EFFECT_INFO, "blob.deleted", "hash=%s", blob->id);
    blob->is_held = false;
    blob->was_node = false;
    blob->is_wanted = false;
}

/* A file that has no node. */
static void settle_alone(struct blobs *blobs, struct blob *blob, const struct blobs_view *view,
                         struct coord_calls *calls, struct effects *effects)
{
    if (blob->is_needed || (blob->is_wanted && !blob->was_node))
        create_node(blobs, blob, calls);
    else if (view->is_complete)
        drop_file(blob, effects);
}

static bool is_due(const struct blobs *blobs, const struct blob *blob, uint64_t now_ns)
{
    return !blob->is_needed && now_ns - blob->touched_ns >= blobs->delay_ns;
}

static void settle_blob(struct blobs *blobs, struct blob *blob, const struct blobs_view *view,
                        struct coord_calls *calls, struct effects *effects)
{
    if (blob->touched_ns == 0)
        blob->touched_ns = view->now_ns; /* it came before the first turn */
    if (blob->is_needed && !blob->is_held && blob->is_node)
        fetch(blobs, blob, view, effects);
    if (blob->tag != 0 || blob->is_awaited || blobs->writes == BLOBS_WRITES_MAX ||
        view->now_ns < blob->retry_ns)
        return;
    if (blob->is_node && view->fence != NULL && is_due(blobs, blob, view->now_ns)) {
        send_write(blobs, blob);
        blob_state_delete(view->fence, blob->id, blob->version, blob->tag, calls);
    } else if (blob->is_node) {
        correct_node(blobs, blob, calls);
    } else if (blob->is_held) {
        settle_alone(blobs, blob, view, calls, effects);
    }
}

static void drop_upload(struct blobs *blobs, struct blob *blob, uint64_t now_ns,
                        struct effects *effects)
{
    if (!blob->is_uploading || now_ns - blob->touched_ns < UPLOAD_IDLE_NS)
        return;
    end_upload(blobs, blob);
    effects_push(effects, effect_of_blob(EFFECT_BLOB_DELETE, blob->id));
}

static bool is_nothing(const struct blob *blob)
{
    return !blob->is_node && !blob->is_held && !blob->is_uploading && !blob->is_needed &&
           !blob->is_fetching && blob->tag == 0;
}

static void sweep(struct blobs *blobs)
{
    size_t index = 0;

    while (index < blobs->roll.count) {
        struct blob *blob = blobs->roll.items[index];
        if (!is_nothing(blob)) {
            index++;
            continue;
        }
        roll_remove(&blobs->roll, blob);
        free_blob(blob);
    }
}

void blobs_turn(struct blobs *blobs, const struct blobs_view *view, struct coord_calls *calls,
                struct effects *effects)
{
    blobs->now_ns = view->now_ns;
    if (blobs->has_failed && view->now_ns >= blobs->retry_ns) {
        blobs->has_failed = false;
        directory_resync(blobs->directory, calls);
    }
    find_needed(blobs, view->registry);
    for (size_t i = 0; i < blobs->roll.count; i++) {
        struct blob *blob = blobs->roll.items[i];
        drop_upload(blobs, blob, view->now_ns, effects);
        if (view->is_complete)
            settle_blob(blobs, blob, view, calls, effects);
    }
    sweep(blobs);
}

bool blobs_is_complete(const struct blobs *blobs)
{
    return !blobs->has_failed && directory_is_complete(blobs->directory);
}

bool blobs_has_all(struct blobs *blobs, const struct registry *registry, const char **ret_missing)
{
    find_needed(blobs, registry);
    for (size_t i = 0; i < blobs->roll.count; i++) {
        const struct blob *blob = blobs->roll.items[i];
        if (blob->is_needed && !blob->is_held) {
            *ret_missing = blob->id;
            return false;
        }
    }
    return true;
}
