/* SPDX-License-Identifier: Apache-2.0 */
#include "supervisor/io/blobs.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <nettle/sha2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/assert.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"
#include "coord/state/paths.h"
#include "net/control_client.h"
#include "supervisor/io/folder.h"
#include "wire/control.h"

#define UNFINISHED ".part" /* a name that begins with '.' is no hash */

struct fetch {
    struct blobs *blobs;
    char *hash; /* NULL: this one is free */
    char *path; /* unfinished */
    size_t source;
    struct control_client *client;
    struct sha256_ctx sum;
    int file; /* -1: none */
    uint64_t request;
    uint64_t offset;
    uint64_t deadline_ns;
    bool is_over;
    bool is_to_move; /* the client is closed in the next turn, not within its own handler */
    char fault[ERROR_TEXT_MAX];
};

struct blobs {
    struct blobs_options options;
    char *folder;
    char *sources[BLOBS_SOURCES_MAX];
    size_t source_count;
    struct fetch fetches[BLOBS_FETCHES_MAX];
    char *waiting[BLOBS_WAITING_MAX];
    size_t waiting_count;
    uint64_t last_request;
};

/* ---- Files ---------------------------------------------------------------------------------- */

static char *unfinished_path(const struct blobs *blobs, const char *hash)
{
    struct text path;

    text_init(&path);
    text_add(&path, "%s/" UNFINISHED "-%s", blobs->folder, hash);
    return text_take(&path);
}

static bool is_sum(struct sha256_ctx *sum, const char *hash)
{
    uint8_t digest[SHA256_DIGEST_SIZE];
    char hex[2 * SHA256_DIGEST_SIZE + 1];

    sha256_digest(sum, sizeof digest, digest);
    for (size_t i = 0; i < sizeof digest; i++)
        (void)snprintf(&hex[2 * i], 3, "%02x", digest[i]);
    return strcmp(hex, hash) == 0;
}

static bool is_content(int file, const char *hash)
{
    uint8_t piece[32 * 1024];
    struct sha256_ctx sum;
    ssize_t size;

    sha256_init(&sum);
    while ((size = read(file, piece, sizeof piece)) > 0 || (size < 0 && errno == EINTR)) {
        if (size > 0)
            sha256_update(&sum, (size_t)size, piece);
    }
    return size == 0 && is_sum(&sum, hash);
}

bool blobs_has(const struct blobs *blobs, const char *hash)
{
    AUTO(mem_free_text) char *path = folder_join(blobs->folder, hash);
    int file = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);

    if (file < 0)
        return false;
    bool good = is_content(file, hash);
    (void)close(file);
    if (good)
        return true;
    log_warn("blob.spoilt", "hash=%.16s text=\"it is not what its name says any more: deleted\"",
             hash);
    (void)unlink(path);
    return false;
}

static void close_file(struct fetch *fetch)
{
    if (fetch->file >= 0)
        (void)close(fetch->file);
    fetch->file = -1;
}

static void discard(struct fetch *fetch)
{
    close_file(fetch);
    if (fetch->path != NULL)
        (void)unlink(fetch->path);
}

static void set_fault(struct fetch *fetch, const char *text)
{
    (void)snprintf(fetch->fault, sizeof fetch->fault, "cannot fetch blob %.16s: %.400s",
                   fetch->hash, text);
}

/* ---- One source after the other ------------------------------------------------------------- */

/* What this source says is of no use: the next one, in the next turn. */
static void move_on(struct fetch *fetch, const char *why)
{
    set_fault(fetch, why);
    log_warn("blob.refused", "hash=%.16s from=%s error=\"%s\"", fetch->hash,
             fetch->source < fetch->blobs->source_count ? fetch->blobs->sources[fetch->source] : "",
             why);
    fetch->is_to_move = true;
    reactor_wake(fetch->blobs->options.reactor);
}

static void finish(struct fetch *fetch)
{
    fetch->is_over = true;
    reactor_wake(fetch->blobs->options.reactor);
}

static void ask_for_more(struct fetch *fetch)
{
    json_t *args = json_object();

    (void)json_object_set_new(args, "hash", json_string(fetch->hash));
    (void)json_object_set_new(args, "offset", json_integer((json_int_t)fetch->offset));
    (void)json_object_set_new(args, "length", json_integer(CONTROL_CHUNK_MAX));
    fetch->request = ++fetch->blobs->last_request;
    AUTO(mem_free_text) char *head = control_request_encode(fetch->request, "blob.get", args);
    fetch->deadline_ns = clock_now_ns() + BLOBS_CHUNK_TIMEOUT_MS * UINT64_C(1000000);
    if (!control_client_send(fetch->client, head, strlen(head), NULL, 0))
        move_on(fetch, "nothing can be sent");
}

static bool write_chunk(struct fetch *fetch, const char *bytes, size_t size)
{
    while (size > 0) {
        ssize_t done = write(fetch->file, bytes, size);
        if (done < 0 && errno == EINTR)
            continue;
        if (done < 0)
            return false;
        bytes += done;
        size -= (size_t)done;
    }
    return true;
}

/* A disk that refuses does so whoever the source is. */
static void fail_on_disk(struct fetch *fetch)
{
    struct text text;
    int number = errno;

    text_init(&text);
    text_add(&text, "%s '%s': %s",
             number == ENOSPC || number == EDQUOT ? "no room on the disk for" : "cannot write",
             fetch->path, strerror(number));
    set_fault(fetch, text_data(&text));
    text_done(&text);
    finish(fetch);
}

static void complete(struct fetch *fetch)
{
    AUTO(mem_free_text) char *path = folder_join(fetch->blobs->folder, fetch->hash);

    if (!is_sum(&fetch->sum, fetch->hash)) {
        move_on(fetch, "the content is not what the hash says");
        return;
    }
    bool good = fsync(fetch->file) == 0 && rename(fetch->path, path) == 0 &&
                folder_sync(fetch->blobs->folder, NULL) == ERR_OK;
    if (!good) {
        fail_on_disk(fetch);
        return;
    }
    fetch->fault[0] = '\0';
    log_info("blob.fetched", "hash=%.16s bytes=%llu", fetch->hash,
             (unsigned long long)fetch->offset);
    finish(fetch);
}

static void take_chunk(struct fetch *fetch, uint64_t size, const void *body, size_t body_size)
{
    uint64_t rest = size - fetch->offset;

    if (size < fetch->offset || size > fetch->blobs->options.bytes_max) {
        move_on(fetch, size < fetch->offset ? "it became shorter" : "it is larger than allowed");
        return;
    }
    if (body_size > rest || body_size > CONTROL_CHUNK_MAX || (body_size == 0 && rest > 0)) {
        move_on(fetch, "it is cut short");
        return;
    }
    sha256_update(&fetch->sum, body_size, body);
    if (!write_chunk(fetch, body, body_size)) {
        fail_on_disk(fetch);
        return;
    }
    fetch->offset += body_size;
    if (fetch->offset == size)
        complete(fetch);
    else
        ask_for_more(fetch);
}

static void received(void *context, const char *head, size_t head_size, const void *body,
                     size_t body_size)
{
    struct fetch *fetch = context;
    struct control_answer answer;

    if (fetch->is_over || fetch->is_to_move)
        return;
    if (control_answer_decode(head, head_size, &answer, NULL) != ERR_OK)
        return;
    json_t *size = json_object_get(answer.ok, "size");
    if (answer.id != fetch->request)
        ; /* to what was asked before */
    else if (answer.fault.code != CONTROL_OK)
        move_on(fetch, answer.fault.text);
    else if (!json_is_integer(size) || json_integer_value(size) < 0)
        move_on(fetch, "the answer has no size");
    else
        take_chunk(fetch, (uint64_t)json_integer_value(size), body, body_size);
    control_answer_done(&answer);
}

/* There is no secret in them for who can name them. */
static mode_t mode_of(const struct blobs *blobs)
{
    return blobs->options.user->is_other ? 0644 : 0640;
}

static void try_source(struct fetch *fetch)
{
    struct blobs *blobs = fetch->blobs;
    struct error error;

    fetch->is_to_move = false;
    control_client_close(&fetch->client);
    discard(fetch);
    if (fetch->source >= blobs->source_count) {
        if (fetch->fault[0] == '\0')
            set_fault(fetch, "no nimbus is known");
        finish(fetch);
        return;
    }
    fetch->offset = 0;
    sha256_init(&fetch->sum);
    fetch->file = open(fetch->path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0640);
    if (fetch->file < 0 || fchmod(fetch->file, mode_of(blobs)) != 0) {
        fail_on_disk(fetch);
        return;
    }
    struct control_client_options options = {
        .reactor = blobs->options.reactor,
        .address = blobs->sources[fetch->source],
        .keys = blobs->options.keys,
        .received = received,
        .context = fetch,
    };
    if (control_client_open(&options, &fetch->client, &error) != ERR_OK)
        move_on(fetch, error.text);
    else
        ask_for_more(fetch);
}

/* ---- All of them ---------------------------------------------------------------------------- */

static void begin(struct blobs *blobs, struct fetch *fetch, char *hash)
{
    *fetch = (struct fetch){
        .blobs = blobs, .hash = hash, .path = unfinished_path(blobs, hash), .file = -1};
    try_source(fetch);
}

static void end(struct fetch *fetch)
{
    discard(fetch); /* what has its name already is not there under the other */
    control_client_close(&fetch->client);
    free(fetch->path);
    free(fetch->hash);
    fetch->path = NULL;
    fetch->hash = NULL;
}

static void report_end(struct fetch *fetch)
{
    struct blobs *blobs = fetch->blobs;
    AUTO(mem_free_text) char *hash = mem_copy_text(fetch->hash);
    AUTO(mem_free_text) char *fault = mem_copy_text(fetch->fault);

    end(fetch);
    blobs->options.fetched(blobs->options.context, hash, fault[0] == '\0' ? NULL : fault);
}

static void start_waiting(struct blobs *blobs)
{
    for (size_t i = 0; i < BLOBS_FETCHES_MAX && blobs->waiting_count > 0; i++) {
        if (blobs->fetches[i].hash != NULL)
            continue;
        char *hash = blobs->waiting[0];
        blobs->waiting_count--;
        memmove(&blobs->waiting[0], &blobs->waiting[1],
                blobs->waiting_count * sizeof blobs->waiting[0]);
        begin(blobs, &blobs->fetches[i], hash);
    }
}

static void advance(struct fetch *fetch, uint64_t now_ns)
{
    if (fetch->hash == NULL)
        return;
    if (!fetch->is_over && !fetch->is_to_move && fetch->deadline_ns <= now_ns)
        move_on(fetch, "no answer in time");
    if (!fetch->is_over && fetch->is_to_move) {
        fetch->source++;
        try_source(fetch);
    }
    if (fetch->is_over)
        report_end(fetch);
}

static uint64_t due_of(const struct fetch *fetch, uint64_t now_ns)
{
    if (fetch->hash == NULL)
        return UINT64_MAX;
    return fetch->is_over || fetch->is_to_move ? now_ns : fetch->deadline_ns;
}

uint64_t blobs_tick(struct blobs *blobs, uint64_t now_ns)
{
    uint64_t due_ns = UINT64_MAX;

    for (size_t i = 0; i < BLOBS_FETCHES_MAX; i++)
        advance(&blobs->fetches[i], now_ns);
    start_waiting(blobs);
    for (size_t i = 0; i < BLOBS_FETCHES_MAX; i++) {
        uint64_t at_ns = due_of(&blobs->fetches[i], now_ns);
        due_ns = at_ns < due_ns ? at_ns : due_ns;
    }
    return due_ns;
}

static bool is_under_way(const struct blobs *blobs, const char *hash)
{
    for (size_t i = 0; i < BLOBS_FETCHES_MAX; i++) {
        if (blobs->fetches[i].hash != NULL && strcmp(blobs->fetches[i].hash, hash) == 0)
            return true;
    }
    for (size_t i = 0; i < blobs->waiting_count; i++) {
        if (strcmp(blobs->waiting[i], hash) == 0)
            return true;
    }
    return false;
}

/* Slots are at most 1024, with two blobs each. */
void blobs_fetch(struct blobs *blobs, const char *hash)
{
    if (is_under_way(blobs, hash) || blobs->waiting_count == BLOBS_WAITING_MAX)
        return;
    blobs->waiting[blobs->waiting_count++] = mem_copy_text(hash);
    reactor_wake(blobs->options.reactor);
}

static void forget_sources(struct blobs *blobs)
{
    for (size_t i = 0; i < blobs->source_count; i++)
        free(blobs->sources[i]);
    blobs->source_count = 0;
}

void blobs_set_sources(struct blobs *blobs, const char *const addresses[], size_t count)
{
    forget_sources(blobs);
    for (; blobs->source_count < count && blobs->source_count < BLOBS_SOURCES_MAX;
         blobs->source_count++)
        blobs->sources[blobs->source_count] = mem_copy_text(addresses[blobs->source_count]);
}

void blobs_collect(struct blobs *blobs, bool (*is_needed)(void *context, const char *hash),
                   void *context)
{
    DIR *folder = opendir(blobs->folder);
    struct dirent *entry;

    if (folder == NULL)
        return;
    while ((entry = readdir(folder)) != NULL) {
        if (!paths_id_is_valid(entry->d_name) || is_needed(context, entry->d_name))
            continue;
        if (unlinkat(dirfd(folder), entry->d_name, 0) == 0)
            log_info("blob.deleted", "hash=%.16s", entry->d_name);
    }
    (void)closedir(folder);
}

/* ---- Open and close ------------------------------------------------------------------------- */

/* Workers may have been others in an earlier life. */
static void open_to_workers(const struct blobs *blobs)
{
    DIR *folder = opendir(blobs->folder);
    struct dirent *entry;

    if (folder == NULL)
        return;
    while ((entry = readdir(folder)) != NULL) {
        if (paths_id_is_valid(entry->d_name))
            (void)fchmodat(dirfd(folder), entry->d_name, mode_of(blobs), 0);
    }
    (void)closedir(folder);
}

static void delete_unfinished(const struct blobs *blobs)
{
    DIR *folder = opendir(blobs->folder);
    struct dirent *entry;

    if (folder == NULL)
        return;
    while ((entry = readdir(folder)) != NULL) {
        if (strncmp(entry->d_name, UNFINISHED, sizeof UNFINISHED - 1) == 0)
            (void)unlinkat(dirfd(folder), entry->d_name, 0);
    }
    (void)closedir(folder);
}

enum err blobs_open(const struct blobs_options *options, struct blobs **ret_blobs,
                    struct error *error)
{
    enum err err = folder_make(options->folder, error);

    if (err == ERR_OK)
        err = user_open_folder(options->user, options->folder, error);
    if (err != ERR_OK)
        return err;
    struct blobs *blobs = NEW(struct blobs);
    blobs->options = *options;
    blobs->folder = mem_copy_text(options->folder);
    delete_unfinished(blobs);
    open_to_workers(blobs);
    *ret_blobs = blobs;
    return ERR_OK;
}

void blobs_close(struct blobs **blobs)
{
    if (*blobs == NULL)
        return;
    for (size_t i = 0; i < BLOBS_FETCHES_MAX; i++) {
        if ((*blobs)->fetches[i].hash != NULL)
            end(&(*blobs)->fetches[i]);
    }
    for (size_t i = 0; i < (*blobs)->waiting_count; i++)
        free((*blobs)->waiting[i]);
    forget_sources(*blobs);
    free((*blobs)->folder);
    free(*blobs);
    *blobs = NULL;
}
