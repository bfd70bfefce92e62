/* SPDX-License-Identifier: Apache-2.0 */
#include "supervisor/io/worker_log.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"
#include "coord/state/fields.h"
#include "coord/state/paths.h"
#include "coord/state/supervisor_state.h"
#include "supervisor/io/folder.h"

#define CURRENT "worker.log"

enum {
    TAIL_MAX = 4096,
    NAME_MAX_SIZE = 32,
};

/* ---- Names ---------------------------------------------------------------------------------- */

static char *folder_of(const struct worker_log *log, const struct worker_log_name *name)
{
    struct text path;

    text_init(&path);
    text_add(&path, "%s/%s/%u", log->folder, name->topology, name->slot);
    return text_take(&path);
}

char *worker_log_path(const struct worker_log *log, const struct worker_log_name *name)
{
    AUTO(mem_free_text) char *folder = folder_of(log, name);

    return folder_join(folder, CURRENT);
}

/* "worker.log" is 0, "worker.log.7" is 7. */
static void file_name(uint32_t index, char ret_name[NAME_MAX_SIZE])
{
    if (index == 0)
        (void)snprintf(ret_name, NAME_MAX_SIZE, CURRENT);
    else
        (void)snprintf(ret_name, NAME_MAX_SIZE, CURRENT ".%u", index);
}

/* Of the closed list of names, so that what was asked for is never a path. */
static bool find_name(const char *asked, char ret_name[NAME_MAX_SIZE])
{
    for (uint32_t i = 0; i < WORKER_LOG_FILES_MAX; i++) {
        file_name(i, ret_name);
        if (strcmp(asked, ret_name) == 0)
            return true;
    }
    return false;
}

/* Folder by folder without following links: "<logs>", topology, slot. -1 if it cannot be. */
static int open_folder(const struct worker_log *log, const char *topology, const char *slot)
{
    int top = open(log->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (top < 0)
        return -1;
    int middle = openat(top, topology, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    (void)close(top);
    if (middle < 0 || slot == NULL)
        return middle;
    int folder = openat(middle, slot, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    (void)close(middle);
    return folder;
}

static int open_slot(const struct worker_log *log, const struct worker_log_name *name)
{
    char slot[NAME_MAX_SIZE];

    (void)snprintf(slot, sizeof slot, "%u", name->slot);
    return open_folder(log, name->topology, slot);
}

/* A plain file with one name only: a hard link to something else is none of ours. */
static int open_file(int folder, const char *file, int flags, struct stat *ret_status)
{
    int handle = openat(folder, file, flags | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);

    if (handle < 0)
        return -1;
    if (fstat(handle, ret_status) == 0 && S_ISREG(ret_status->st_mode) && ret_status->st_nlink == 1)
        return handle;
    (void)close(handle);
    return -1;
}

/* ---- Writing -------------------------------------------------------------------------------- */

/* It opens the current one again by its name, and makes no file itself. */
static bool give(const struct worker_log *log, int file)
{
    return log->user == NULL || !log->user->is_other ||
           fchown(file, log->user->uid, log->user->gid) == 0;
}

static enum err make_folder(const struct worker_log *log, const struct worker_log_name *name,
                            const char *folder, struct error *error)
{
    AUTO(mem_free_text) char *above = folder_join(log->folder, name->topology);
    enum err err = folder_make(folder, error);

    if (err != ERR_OK || log->user == NULL)
        return err;
    err = user_open_folder(log->user, above, error);
    return err == ERR_OK ? user_open_folder(log->user, folder, error) : err;
}

enum err worker_log_open(const struct worker_log *log, const struct worker_log_name *name,
                         int *ret_file, struct error *error)
{
    AUTO(mem_free_text) char *folder = folder_of(log, name);
    AUTO(mem_free_text) char *path = folder_join(folder, CURRENT);

    enum err err = make_folder(log, name, folder, error);
    if (err != ERR_OK)
        return err;
    int file = open(path, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0640);
    if (file < 0 || !give(log, file)) {
        err = folder_fault("cannot write the log", path, errno, error);
        if (file >= 0)
            (void)close(file);
        return err;
    }
    *ret_file = file;
    return ERR_OK;
}

static void shift(int folder, uint32_t files_max)
{
    char from[NAME_MAX_SIZE], to[NAME_MAX_SIZE];

    if (files_max < 2) {
        (void)unlinkat(folder, CURRENT, 0);
        return;
    }
    for (uint32_t i = files_max - 1; i > 0; i--) {
        file_name(i - 1, from);
        file_name(i, to);
        (void)renameat(folder, from, folder, to); /* what is missing is not renamed */
    }
}

static void make_empty(const struct worker_log *log, int folder)
{
    int file =
        openat(folder, CURRENT, O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0640);

    if (file < 0)
        return;
    (void)give(log, file); /* else the worker stays with what it has */
    (void)close(file);
}

/* A worker that hangs goes on writing to what was renamed. */
static void bound_old(int folder, uint64_t bytes_max)
{
    struct stat status;
    int file = open_file(folder, CURRENT ".1", O_WRONLY, &status);

    if (file < 0)
        return;
    if ((uint64_t)status.st_size > 2 * bytes_max && ftruncate(file, 0) == 0)
        log_warn("log.emptied", "bytes=%lld", (long long)status.st_size);
    (void)close(file);
}

bool worker_log_turn(const struct worker_log *log, const struct worker_log_name *name)
{
    int folder = open_slot(log, name);
    struct stat status;
    bool is_large;

    if (folder < 0)
        return false;
    bound_old(folder, log->bytes_max);
    is_large = fstatat(folder, CURRENT, &status, AT_SYMLINK_NOFOLLOW) == 0 &&
               (uint64_t)status.st_size > log->bytes_max;
    if (is_large) {
        shift(folder, log->files_max);
        make_empty(log, folder);
    }
    (void)close(folder);
    return is_large;
}

/* ---- Reading -------------------------------------------------------------------------------- */

static size_t read_at(int file, uint64_t offset, char *buffer, size_t length)
{
    size_t used = 0;
    ssize_t got;

    while (used < length &&
           (got = pread(file, buffer + used, length - used, (off_t)(offset + used))) > 0)
        used += (size_t)got;
    return used;
}

static void read_part(int file, const struct worker_log_part *part, char *buffer,
                      struct worker_log_chunk *chunk)
{
    chunk->offset = (uint64_t)part->offset;
    if (part->offset < 0) {
        uint64_t back = 0 - (uint64_t)part->offset;
        chunk->offset = back < chunk->whole ? chunk->whole - back : 0;
    }
    chunk->size =
        chunk->offset < chunk->whole ? read_at(file, chunk->offset, buffer, part->length) : 0;
}

enum err worker_log_read(const struct worker_log *log, const struct worker_log_name *name,
                         const struct worker_log_part *part, char *buffer,
                         struct worker_log_chunk *ret_chunk)
{
    char file_asked[NAME_MAX_SIZE];
    struct stat status;
    int file = -1;

    if (!find_name(part->file, file_asked))
        return ERR_NOT_FOUND;
    int folder = open_slot(log, name);
    if (folder >= 0) {
        file = open_file(folder, file_asked, O_RDONLY, &status);
        (void)close(folder);
    }
    if (file < 0)
        return ERR_NOT_FOUND;
    ret_chunk->whole = (uint64_t)status.st_size;
    read_part(file, part, buffer, ret_chunk);
    (void)close(file);
    return ERR_OK;
}

void worker_log_last_line(const struct worker_log *log, const struct worker_log_name *name,
                          char ret_line[WORKER_LOG_LINE_MAX])
{
    char tail[TAIL_MAX];
    struct worker_log_part part = {
        .file = CURRENT, .offset = -(int64_t)sizeof tail, .length = sizeof tail};
    struct worker_log_chunk chunk;

    ret_line[0] = '\0';
    if (worker_log_read(log, name, &part, tail, &chunk) != ERR_OK)
        return;
    size_t size = chunk.size;
    while (size > 0 && (unsigned char)tail[size - 1] <= ' ')
        size--;
    size_t begin = size;
    while (begin > 0 && tail[begin - 1] != '\n')
        begin--;
    size_t used = 0;
    for (; begin < size && used + 1 < WORKER_LOG_LINE_MAX; begin++, used++)
        ret_line[used] = tail[begin] >= ' ' && tail[begin] <= '~' ? tail[begin] : '?';
    ret_line[used] = '\0';
}

/* ---- Lists ---------------------------------------------------------------------------------- */

static void list_file(json_t *list, uint32_t slot, int folder, const char *file)
{
    struct stat status;

    if (fstatat(folder, file, &status, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISREG(status.st_mode))
        return;
    json_t *item = json_object();
    fields_put_number(item, "slot", slot);
    fields_put_text(item, "file", file);
    fields_put_number(item, "size", (uint64_t)status.st_size);
    fields_put_number(item, "modified_ms",
                      (uint64_t)status.st_mtim.tv_sec * 1000 +
                          (uint64_t)status.st_mtim.tv_nsec / 1000000);
    fields_append(list, item);
}

static void list_slot(const struct worker_log *log, const struct worker_log_name *name,
                      json_t *list)
{
    char file[NAME_MAX_SIZE];
    int folder = open_slot(log, name);

    if (folder < 0)
        return;
    for (uint32_t i = 0; i < WORKER_LOG_FILES_MAX; i++) {
        file_name(i, file);
        list_file(list, name->slot, folder, file);
    }
    (void)close(folder);
}

json_t *worker_log_list(const struct worker_log *log, const char *topology)
{
    json_t *list = json_array();
    int handle = open_folder(log, topology, NULL);
    DIR *folder = handle < 0 ? NULL : fdopendir(handle);
    bool has_slot[SUPERVISOR_STATE_SLOTS_MAX] = {false};
    struct dirent *entry;

    if (folder == NULL)
        return list;
    while ((entry = readdir(folder)) != NULL) {
        char *end;
        unsigned long slot = strtoul(entry->d_name, &end, 10);
        if (end != entry->d_name && *end == '\0' && slot < SUPERVISOR_STATE_SLOTS_MAX)
            has_slot[slot] = true;
    }
    (void)closedir(folder);
    for (uint32_t slot = 0; slot < SUPERVISOR_STATE_SLOTS_MAX; slot++) {
        if (has_slot[slot])
            list_slot(log, &(struct worker_log_name){.topology = topology, .slot = slot}, list);
    }
    return list;
}

/* ---- Throwing away -------------------------------------------------------------------------- */

struct old_topology {
    char *id;
    uint64_t written_ms;
};

static uint64_t last_written(const struct worker_log *log, const char *topology)
{
    json_t *files = worker_log_list(log, topology);
    uint64_t latest_ms = 0;

    for (size_t i = 0; i < json_array_size(files); i++) {
        const json_t *item = json_array_get(files, i);
        uint64_t ms = (uint64_t)json_integer_value(json_object_get(item, "modified_ms"));
        latest_ms = ms > latest_ms ? ms : latest_ms;
    }
    json_decref(files);
    return latest_ms;
}

json_t *worker_log_topologies(const struct worker_log *log)
{
    json_t *list = json_array();
    DIR *folder = opendir(log->folder);
    struct dirent *entry;

    while (folder != NULL && json_array_size(list) < WORKER_LOG_LISTED_MAX &&
           (entry = readdir(folder)) != NULL) {
        uint64_t written_ms =
            paths_id_is_valid(entry->d_name) ? last_written(log, entry->d_name) : 0;
        if (written_ms == 0)
            continue;
        json_t *item = json_object();
        fields_put_text(item, "id", entry->d_name);
        fields_put_number(item, "modified_ms", written_ms);
        fields_append(list, item);
    }
    if (folder != NULL)
        (void)closedir(folder);
    return list;
}

static void delete_topology(const struct worker_log *log, const char *topology)
{
    AUTO(mem_free_text) char *top = folder_join(log->folder, topology);
    json_t *files = worker_log_list(log, topology);
    char path[NAME_MAX_SIZE];

    for (size_t i = 0; i < json_array_size(files); i++) {
        const json_t *item = json_array_get(files, i);
        struct worker_log_name name = {
            .topology = topology,
            .slot = (uint32_t)json_integer_value(json_object_get(item, "slot")),
        };
        AUTO(mem_free_text) char *folder = folder_of(log, &name);
        (void)snprintf(path, sizeof path, "%s", json_string_value(json_object_get(item, "file")));
        AUTO(mem_free_text) char *file = folder_join(folder, path);
        (void)unlink(file);
        (void)rmdir(folder); /* when it was the last */
    }
    json_decref(files);
    (void)rmdir(top);
}

static int compare_age(const void *one, const void *other)
{
    const struct old_topology *a = one, *b = other;

    return (a->written_ms < b->written_ms) - (a->written_ms > b->written_ms);
}

void worker_log_collect(const struct worker_log *log,
                        bool (*is_used)(void *context, const char *topology), void *context)
{
    DIR *folder = opendir(log->folder);
    struct old_topology *found = NULL;
    size_t count = 0, capacity = 0;
    struct dirent *entry;

    if (folder == NULL)
        return;
    while ((entry = readdir(folder)) != NULL) {
        if (!paths_id_is_valid(entry->d_name) || is_used(context, entry->d_name))
            continue;
        if (count == capacity) {
            capacity = capacity == 0 ? 16 : 2 * capacity;
            found = mem_resize(found, capacity, sizeof found[0]);
        }
        found[count++] = (struct old_topology){.id = mem_copy_text(entry->d_name),
                                               .written_ms = last_written(log, entry->d_name)};
    }
    (void)closedir(folder);
    if (count > 0)
        qsort(found, count, sizeof found[0], compare_age);
    for (size_t i = 0; i < count; i++) {
        if (i >= WORKER_LOG_TOPOLOGIES_MAX)
            delete_topology(log, found[i].id);
        free(found[i].id);
    }
    free(found);
}
