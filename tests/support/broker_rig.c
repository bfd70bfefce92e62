/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/broker_rig.h"

#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/mem.h"
#include "base/settings.h"
#include "broker/protocol/decode.h"
#include "broker/protocol/header.h"

enum {
    ROOM = 1 << 30,
    WALL_MS = 1700000000,
};

/* ---- the shell ---- */

/* Nothing leaves a process that is gone. */
static bool is_dead(const struct broker_rig *rig)
{
    return rig->dies_of_faults && sim_files_has_struck(rig->files);
}

static struct broker_piece *add_piece(struct broker_client *client)
{
    client->pieces = mem_resize(client->pieces, client->piece_count + 1, sizeof *client->pieces);
    struct broker_piece *piece = &client->pieces[client->piece_count++];

    *piece = (struct broker_piece){.file = NULL};
    text_init(&piece->bytes);
    return piece;
}

static void put(void *shell, void *context, const void *bytes, size_t size)
{
    struct broker_client *client = context;

    if (is_dead(shell))
        return;
    if (client->is_paused)
        text_add_bytes(&add_piece(client)->bytes, bytes, size);
    else
        text_add_bytes(&client->input, bytes, size);
}

static void read_piece(struct broker_client *client, struct file *file, uint64_t position,
                       size_t size)
{
    unsigned char *bytes = mem_alloc(size);
    size_t got = 0;
    enum err err = file->operations->read(file, position, bytes, size, &got, NULL);

    ASSERT(err == ERR_OK && got == size);
    text_add_bytes(&client->input, bytes, size);
    free(bytes);
}

static void put_file(void *shell, void *context, struct file *file, uint64_t position, size_t size)
{
    struct broker_client *client = context;

    if (!is_dead(shell) && client->is_paused) {
        struct broker_piece *piece = add_piece(client);
        piece->file = file;
        piece->position = position;
        piece->size = size;
        return;
    }
    if (!is_dead(shell))
        read_piece(client, file, position, size);
    file->operations->give(&file);
}

static void drop_pieces(struct broker_client *client)
{
    for (size_t i = 0; i < client->piece_count; i++) {
        struct broker_piece *piece = &client->pieces[i];
        text_done(&piece->bytes);
        if (piece->file != NULL)
            piece->file->operations->give(&piece->file);
    }
    free(client->pieces);
    client->pieces = NULL;
    client->piece_count = 0;
}

static void close_client(void *shell, void *context)
{
    struct broker_client *client = context;

    (void)shell;
    client->is_closed = true;
}

static void submit(void *shell, struct service_job *job, bool is_urgent)
{
    struct broker_rig *rig = shell;

    ASSERT(rig->job_count < BROKER_RIG_JOBS_MAX);
    rig->jobs[rig->job_count++] = (struct broker_rig_job){
        .job = job, .submitted_ms = rig->now.steady_ms, .is_urgent = is_urgent};
}

static void changed(void *shell)
{
    struct broker_rig *rig = shell;

    rig->changes++;
}

static uint64_t room(void *shell)
{
    const struct broker_rig *rig = shell;

    return rig->room;
}

static void tell(void *shell, enum service_level level, const char *event, const char *text)
{
    struct broker_rig *rig = shell;

    (void)level;
    text_add(&rig->told, "%s %s\n", event, text);
}

/* ---- life ---- */

struct broker_rig *broker_rig_new(uint64_t seed, const char *const settings[])
{
    struct broker_rig *rig = NEW(struct broker_rig);
    struct error error;

    rig->files = sim_files_new(seed);
    rig->settings = settings_new();
    rig->seed = seed;
    rig->room = ROOM;
    rig->now = (struct service_now){.steady_ms = 1, .wall_ms = (int64_t)WALL_MS * 1000};
    list_init(&rig->clients);
    text_init(&rig->told);
    for (size_t i = 0; settings != NULL && settings[i] != NULL; i += 2) {
        enum err err = settings_put(rig->settings, settings[i], settings[i + 1], "rig", &error);
        ASSERT(err == ERR_OK);
    }
    enum err err = broker_options_make(rig->settings, &rig->options, &error);
    ASSERT(err == ERR_OK);
    return rig;
}

void broker_rig_destroy(struct broker_rig **rig)
{
    struct broker_rig *gone = *rig;

    if (gone == NULL)
        return;
    broker_rig_kill(gone);
    ASSERT(list_is_empty(&gone->clients));
    sim_files_destroy(&gone->files);
    settings_destroy(&gone->settings);
    text_done(&gone->told);
    free(gone);
    *rig = NULL;
}

enum err broker_rig_start(struct broker_rig *rig, struct error *error)
{
    const struct service_shell shell = {
        .shell = rig,
        .put = put,
        .put_file = put_file,
        .close = close_client,
        .submit = submit,
        .changed = changed,
        .room = room,
        .tell = tell,
    };

    ASSERT(rig->service == NULL);
    rig->service = service_new(&rig->options, sim_files_of(rig->files), &shell, ++rig->seed);
    enum err err = service_start(rig->service, rig->now, error);
    if (err != ERR_OK)
        service_destroy(&rig->service);
    rig->next_ms = rig->now.steady_ms;
    return err;
}

static void cut_clients(struct broker_rig *rig)
{
    for (struct list_node *node = list_first(&rig->clients); node != NULL;
         node = list_next(&rig->clients, node)) {
        struct broker_client *client = CONTAINER_OF(node, struct broker_client, in_rig);
        if (client->peer != NULL)
            service_peer_destroy(rig->service, &client->peer);
        drop_pieces(client);
    }
}

enum err broker_rig_stop(struct broker_rig *rig, struct error *error)
{
    cut_clients(rig);
    broker_rig_run_jobs(rig);
    enum err err = service_stop(rig->service, error);
    service_destroy(&rig->service);
    return err;
}

void broker_rig_kill(struct broker_rig *rig)
{
    if (rig->service == NULL)
        return;
    cut_clients(rig);
    for (size_t i = 0; i < rig->job_count; i++)
        service_job_forget(rig->service, rig->jobs[i].job);
    rig->job_count = 0;
    service_destroy(&rig->service);
}

static void turn(struct broker_rig *rig)
{
    rig->next_ms = service_turn(rig->service, rig->now);
}

void broker_rig_advance(struct broker_rig *rig, uint64_t ms)
{
    rig->now.steady_ms += ms;
    rig->now.wall_ms += (int64_t)ms;
    turn(rig);
}

static void end_job(struct broker_rig *rig, size_t at)
{
    struct broker_rig_job done = rig->jobs[at];

    rig->job_count--;
    memmove(rig->jobs + at, rig->jobs + at + 1, (rig->job_count - at) * sizeof *rig->jobs);
    if (!done.was_run)
        service_job_run(done.job);
    service_job_done(rig->service, done.job, rig->now);
    turn(rig);
}

bool broker_rig_run_job(struct broker_rig *rig)
{
    if (rig->job_count == 0)
        return false;
    end_job(rig, 0);
    return true;
}

static bool find_job(const struct broker_rig *rig, bool is_urgent, size_t *ret_at)
{
    for (size_t i = 0; i < rig->job_count; i++) {
        if (rig->jobs[i].is_urgent == is_urgent) {
            *ret_at = i;
            return true;
        }
    }
    return false;
}

bool broker_rig_begin_job(struct broker_rig *rig, bool is_urgent)
{
    size_t at = 0;

    if (!find_job(rig, is_urgent, &at) || rig->jobs[at].was_run)
        return false;
    rig->jobs[at].was_run = true;
    service_job_run(rig->jobs[at].job);
    return true;
}

bool broker_rig_end_job(struct broker_rig *rig, bool is_urgent)
{
    size_t at = 0;

    if (!find_job(rig, is_urgent, &at) || !rig->jobs[at].was_run)
        return false;
    end_job(rig, at);
    return true;
}

void broker_rig_run_jobs(struct broker_rig *rig)
{
    while (broker_rig_run_job(rig)) {
    }
}

/* ---- clients ---- */

struct broker_client *broker_client_new(struct broker_rig *rig)
{
    static const struct service_address address = {"10.0.0.1", "broker", 9092};
    struct broker_client *client = NEW(struct broker_client);

    client->rig = rig;
    client->peer = service_peer_new(rig->service, &address, client);
    text_init(&client->input);
    kafka_arena_init(&client->arena, KAFKA_ARENA_SIZE_MAX);
    list_push_last(&rig->clients, &client->in_rig);
    return client;
}

void broker_client_destroy(struct broker_client **client)
{
    struct broker_client *gone = *client;

    if (gone->peer != NULL)
        service_peer_destroy(gone->rig->service, &gone->peer);
    drop_pieces(gone);
    list_remove(&gone->in_rig);
    text_done(&gone->input);
    kafka_arena_done(&gone->arena);
    free(gone);
    *client = NULL;
}

void broker_client_resume(struct broker_client *client)
{
    client->is_paused = false;
    for (size_t i = 0; i < client->piece_count; i++) {
        const struct broker_piece *piece = &client->pieces[i];
        if (piece->file != NULL)
            read_piece(client, piece->file, piece->position, piece->size);
        else
            text_add_bytes(&client->input, text_data(&piece->bytes), text_size(&piece->bytes));
    }
    drop_pieces(client);
}

void broker_client_send_bytes(struct broker_client *client, const void *frame, size_t size)
{
    ASSERT(client->peer != NULL);
    /* A copy of its own size, so that a sanitizer sees who reads beyond it, or later. */
    void *copy = mem_alloc(size);
    memcpy(copy, frame, size);
    service_receive(client->rig->service, client->peer, copy, size, client->rig->now);
    free(copy);
    turn(client->rig);
}

int32_t broker_client_send(struct broker_client *client, int16_t api, int16_t version,
                           const void *request)
{
    struct kafka_request_header header = {
        .api_key = api,
        .api_version = version,
        .correlation_id = ++client->sent,
        .client_id = {"rig", 3},
    };
    struct kafka_writer writer;
    struct error error;

    kafka_writer_init(&writer);
    enum err err = kafka_encode_request(&header, request, &writer, &error);
    ASSERT(err == ERR_OK);
    broker_client_send_bytes(client, writer.bytes + KAFKA_FRAME_PREFIX,
                             writer.size - KAFKA_FRAME_PREFIX);
    kafka_writer_done(&writer);
    return header.correlation_id;
}

/* Keeps what the message points to until the next one is taken. */
static void drop_taken(struct broker_client *client, size_t size)
{
    struct text rest;

    text_init(&rest);
    text_add_bytes(&rest, text_data(&client->input) + size, text_size(&client->input) - size);
    text_done(&client->input);
    client->input = rest;
}

bool broker_client_take(struct broker_client *client, int16_t api, int16_t version,
                        void *ret_response)
{
    const struct kafka_api *described = kafka_api_find(api);
    struct kafka_reader reader;
    struct error error;
    size_t size = 0;
    int32_t correlation_id = 0;

    if (kafka_frame_look(text_data(&client->input), text_size(&client->input), SIZE_MAX, &size) !=
        KAFKA_FRAME_WHOLE)
        return false;
    kafka_arena_reset(&client->arena);
    unsigned char *frame = kafka_arena_take(&client->arena, size, 1);
    memcpy(frame, text_data(&client->input), size);
    drop_taken(client, size);
    kafka_reader_init(&reader, frame + KAFKA_FRAME_PREFIX, size - KAFKA_FRAME_PREFIX);
    enum err err =
        kafka_decode_response_header(described, version, &reader, &correlation_id, &error);
    if (err == ERR_OK)
        err = kafka_decode(described->response, version, &reader, &client->arena, ret_response,
                           &error);
    ASSERT(err == ERR_OK && kafka_reader_left(&reader) == 0);
    ASSERT(correlation_id > client->taken); /* in the order of the requests */
    client->taken = correlation_id;
    return true;
}

void broker_client_ask(struct broker_client *client, int16_t api, int16_t version,
                       const void *request, void *ret_response)
{
    (void)broker_client_send(client, api, version, request);
    bool has_come = broker_client_take(client, api, version, ret_response);
    ASSERT(has_come);
}
