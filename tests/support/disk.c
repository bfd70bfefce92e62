/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/disk.h"

#include <errno.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/mem.h"
#include "base/rng.h"

enum {
    FILES_MAX = 8,
    NAME_MAX_BYTES = 512,
    SECTOR = 512,
};

struct bytes {
    unsigned char *data;
    size_t size;
    size_t capacity;
};

/* What was done since the last sync: a write, or a truncation to `offset`. */
struct pending {
    bool is_truncation;
    size_t offset;
    struct bytes bytes;
};

struct file {
    char name[NAME_MAX_BYTES];
    bool exists;
    bool is_name_stored;
    struct bytes seen;
    struct bytes stored;
    struct pending *pending;
    size_t pending_count;
    size_t pending_capacity;
};

struct disk {
    sqlite3_vfs vfs;
    sqlite3_vfs *real; /* for time and random numbers */
    struct rng rng;
    struct file files[FILES_MAX];
    enum disk_fault fault;
    uint64_t at;
    uint64_t operations; /* since the plan */
    bool has_struck;
    bool is_off;
    size_t open_files;
};

struct handle {
    sqlite3_file base;
    bool must_sync_names; /* at the first sync, as SQLite does for journals that it makes */
    bool may_reserve;     /* as SQLite does when it was told in what chunks */
    struct disk *disk;
    struct file *file;
};

/* ---- Bytes ---------------------------------------------------------------------------------- */

static void resize(struct bytes *bytes, size_t size)
{
    if (size > bytes->capacity) {
        bytes->capacity = size < 2 * bytes->capacity ? 2 * bytes->capacity : size;
        bytes->data = mem_resize(bytes->data, bytes->capacity, 1);
    }
    if (size > bytes->size)
        memset(bytes->data + bytes->size, 0, size - bytes->size);
    bytes->size = size;
}

static void put(struct bytes *bytes, size_t offset, const void *data, size_t size)
{
    if (offset + size > bytes->size)
        resize(bytes, offset + size);
    memcpy(bytes->data + offset, data, size);
}

static void copy(struct bytes *to, const struct bytes *from)
{
    resize(to, from->size);
    if (from->size > 0)
        memcpy(to->data, from->data, from->size);
}

/* ---- Storing -------------------------------------------------------------------------------- */

static void forget_pending(struct file *file)
{
    for (size_t i = 0; i < file->pending_count; i++)
        free(file->pending[i].bytes.data);
    free(file->pending);
    file->pending = NULL;
    file->pending_count = 0;
    file->pending_capacity = 0;
}

static struct pending *add_pending(struct file *file, size_t offset)
{
    if (file->pending_count == file->pending_capacity) {
        file->pending_capacity = file->pending_capacity == 0 ? 8 : 2 * file->pending_capacity;
        file->pending = mem_resize(file->pending, file->pending_capacity, sizeof *file->pending);
    }

    struct pending *pending = &file->pending[file->pending_count++];
    *pending = (struct pending){.offset = offset};
    return pending;
}

static void store(struct file *file, const struct pending *pending)
{
    if (pending->is_truncation)
        resize(&file->stored, pending->offset);
    else
        put(&file->stored, pending->offset, pending->bytes.data, pending->bytes.size);
}

static void store_names(struct disk *disk)
{
    for (size_t i = 0; i < FILES_MAX; i++)
        disk->files[i].is_name_stored = disk->files[i].exists;
}

static void store_all(struct file *file)
{
    for (size_t i = 0; i < file->pending_count; i++)
        store(file, &file->pending[i]);
    forget_pending(file);
}

/* Each sector by chance; sectors lie where the file's offsets are whole multiples. */
static void store_torn(struct disk *disk, struct file *file, const struct pending *pending)
{
    size_t done = 0;

    while (done < pending->bytes.size) {
        size_t offset = pending->offset + done;
        size_t size = SECTOR - offset % SECTOR;
        if (size > pending->bytes.size - done)
            size = pending->bytes.size - done;
        if (rng_below(&disk->rng, 2) == 0)
            put(&file->stored, offset, pending->bytes.data + done, size);
        done += size;
    }
}

static void store_by_chance(struct disk *disk, struct file *file)
{
    uint32_t lost_of_8 = rng_below(&disk->rng, 9); /* 0: all is stored; 8: nothing is */

    for (size_t i = 0; i < file->pending_count; i++) {
        const struct pending *pending = &file->pending[i];
        bool is_lost = rng_below(&disk->rng, 8) < lost_of_8;
        if (!is_lost)
            store(file, pending);
        else if (!pending->is_truncation && lost_of_8 < 8 && rng_below(&disk->rng, 2) == 0)
            store_torn(disk, file, pending);
    }
    forget_pending(file);
}

void disk_restart(struct disk *disk)
{
    ASSERT(disk->open_files == 0);
    for (size_t i = 0; i < FILES_MAX; i++) {
        struct file *file = &disk->files[i];
        store_by_chance(disk, file);
        file->exists = file->is_name_stored || (file->exists && rng_below(&disk->rng, 2) == 0);
        if (!file->exists)
            resize(&file->stored, 0);
        file->is_name_stored = file->exists;
        copy(&file->seen, &file->stored);
    }
    disk->is_off = false;
    disk_plan(disk, DISK_FINE, 0);
}

/* ---- Faults --------------------------------------------------------------------------------- */

enum operation {
    WRITE,
    GROWING_WRITE,
    OTHER,
};

static bool strikes_now(const struct disk *disk, uint64_t number, enum operation operation)
{
    switch (disk->fault) {
    case DISK_FINE:
        return false;
    case DISK_POWER_CUT:
    case DISK_ERROR:
        return number == disk->at;
    case DISK_FULL:
        return number >= disk->at && operation == GROWING_WRITE;
    case DISK_FULL_ONCE:
    case DISK_QUOTA:
        return number >= disk->at && operation != OTHER && !disk->has_struck;
    }
    UNREACHABLE();
}

/* Counts the operation; true if it must fail. */
static bool strikes(struct disk *disk, enum operation operation)
{
    if (!strikes_now(disk, disk->operations++, operation))
        return false;
    disk->has_struck = true;
    disk->is_off = disk->fault == DISK_POWER_CUT;
    return true;
}

void disk_plan(struct disk *disk, enum disk_fault fault, uint64_t at)
{
    disk->fault = fault;
    disk->at = at;
    disk->operations = 0;
    disk->has_struck = false;
}

uint64_t disk_operations(const struct disk *disk)
{
    return disk->operations;
}

bool disk_has_struck(const struct disk *disk)
{
    return disk->has_struck;
}

/* ---- Files, as SQLite wants them ------------------------------------------------------------ */

static int close_file(sqlite3_file *base)
{
    ((struct handle *)base)->disk->open_files--;
    return SQLITE_OK;
}

static int read_file(sqlite3_file *base, void *to, int size, sqlite3_int64 offset)
{
    struct handle *handle = (struct handle *)base;
    const struct bytes *seen = &handle->file->seen;
    size_t from = (size_t)offset;
    size_t wanted = (size_t)size;

    if (handle->disk->is_off)
        return SQLITE_IOERR_READ;
    size_t there = from < seen->size ? seen->size - from : 0;
    if (there >= wanted) {
        memcpy(to, seen->data + from, wanted);
        return SQLITE_OK;
    }
    memset(to, 0, wanted);
    if (there > 0)
        memcpy(to, seen->data + from, there);
    return SQLITE_IOERR_SHORT_READ;
}

static void write_bytes(struct file *file, size_t offset, const void *data, size_t size)
{
    put(&file->seen, offset, data, size);
    put(&add_pending(file, offset)->bytes, 0, data, size);
}

static int refuse_write(const struct disk *disk)
{
    errno = disk->fault == DISK_QUOTA ? EDQUOT : EIO;
    return disk->fault == DISK_FULL || disk->fault == DISK_FULL_ONCE ? SQLITE_FULL
                                                                     : SQLITE_IOERR_WRITE;
}

static int write_file(sqlite3_file *base, const void *data, int size, sqlite3_int64 offset)
{
    struct handle *handle = (struct handle *)base;
    struct file *file = handle->file;
    size_t count = (size_t)size;
    bool grows = (size_t)offset + count > file->seen.size;

    if (handle->disk->is_off)
        return SQLITE_IOERR_WRITE;
    if (!strikes(handle->disk, grows ? GROWING_WRITE : WRITE)) {
        write_bytes(file, (size_t)offset, data, count);
        return SQLITE_OK;
    }
    /* A write that fails may have begun. */
    if (handle->disk->fault != DISK_POWER_CUT)
        count /= 2;
    write_bytes(file, (size_t)offset, data, count);
    return refuse_write(handle->disk);
}

static int truncate_file(sqlite3_file *base, sqlite3_int64 size)
{
    struct handle *handle = (struct handle *)base;

    if (handle->disk->is_off || strikes(handle->disk, OTHER)) {
        errno = EIO;
        return SQLITE_IOERR_TRUNCATE;
    }
    if ((size_t)size >= handle->file->seen.size)
        return SQLITE_OK;
    resize(&handle->file->seen, (size_t)size);
    add_pending(handle->file, (size_t)size)->is_truncation = true;
    return SQLITE_OK;
}

static int sync_file(sqlite3_file *base, int flags)
{
    struct handle *handle = (struct handle *)base;

    (void)flags;
    if (handle->disk->is_off)
        return SQLITE_IOERR_FSYNC;
    if (!strikes(handle->disk, OTHER)) {
        store_all(handle->file);
        if (handle->must_sync_names)
            store_names(handle->disk);
        handle->must_sync_names = false;
        return SQLITE_OK;
    }
    if (handle->disk->fault == DISK_ERROR)
        forget_pending(handle->file);
    errno = EIO;
    return SQLITE_IOERR_FSYNC;
}

static int get_size(sqlite3_file *base, sqlite3_int64 *ret_size)
{
    struct handle *handle = (struct handle *)base;

    *ret_size = (sqlite3_int64)handle->file->seen.size;
    return handle->disk->is_off ? SQLITE_IOERR_FSTAT : SQLITE_OK;
}

static int lock(sqlite3_file *base, int level)
{
    (void)base;
    (void)level;
    return SQLITE_OK;
}

static int check_lock(sqlite3_file *base, int *ret_is_locked)
{
    (void)base;
    *ret_is_locked = 0;
    return SQLITE_OK;
}

static int control(sqlite3_file *base, int operation, void *argument)
{
    (void)base;
    (void)operation;
    (void)argument;
    return SQLITE_NOTFOUND;
}

static int sector_size(sqlite3_file *base)
{
    (void)base;
    return 4096;
}

static int characteristics(sqlite3_file *base)
{
    (void)base;
    return SQLITE_IOCAP_POWERSAFE_OVERWRITE;
}

static const sqlite3_io_methods METHODS = {
    .iVersion = 1,
    .xClose = close_file,
    .xRead = read_file,
    .xWrite = write_file,
    .xTruncate = truncate_file,
    .xSync = sync_file,
    .xFileSize = get_size,
    .xLock = lock,
    .xUnlock = lock,
    .xCheckReservedLock = check_lock,
    .xFileControl = control,
    .xSectorSize = sector_size,
    .xDeviceCharacteristics = characteristics,
};

/* ---- The file system ------------------------------------------------------------------------ */

static struct file *find(struct disk *disk, const char *name)
{
    for (size_t i = 0; i < FILES_MAX; i++) {
        if (disk->files[i].exists && strcmp(disk->files[i].name, name) == 0)
            return &disk->files[i];
    }
    return NULL;
}

/* A place for a new file: that of a deleted one of the same name, which is gone for good now. */
static struct file *find_place(struct disk *disk, const char *name)
{
    for (size_t i = 0; i < FILES_MAX; i++) {
        if (strcmp(disk->files[i].name, name) == 0)
            return &disk->files[i];
    }
    for (size_t i = 0; i < FILES_MAX; i++) {
        if (!disk->files[i].exists && !disk->files[i].is_name_stored)
            return &disk->files[i];
    }
    UNREACHABLE();
}

static struct file *create(struct disk *disk, const char *name)
{
    struct file *file = find_place(disk, name);
    size_t size = strlen(name) + 1;

    ASSERT(size <= NAME_MAX_BYTES);
    memcpy(file->name, name, size);
    file->exists = true;
    file->is_name_stored = false;
    forget_pending(file);
    resize(&file->seen, 0);
    resize(&file->stored, 0);
    return file;
}

static int open_file(sqlite3_vfs *vfs, const char *name, sqlite3_file *base, int flags,
                     int *ret_flags)
{
    struct disk *disk = vfs->pAppData;
    struct handle *handle = (struct handle *)base;

    base->pMethods = NULL;
    if (name == NULL || disk->is_off)
        return SQLITE_CANTOPEN;
    struct file *file = find(disk, name);
    if (file == NULL && (flags & SQLITE_OPEN_CREATE) == 0)
        return SQLITE_CANTOPEN;
    handle->disk = disk;
    handle->must_sync_names = file == NULL;
    handle->file = file == NULL ? create(disk, name) : file;
    if ((flags & SQLITE_OPEN_MAIN_DB) != 0)
        handle->file->is_name_stored = true; /* its name is the business of who opens it */
    base->pMethods = &METHODS;
    disk->open_files++;
    if (ret_flags != NULL)
        *ret_flags = flags;
    return SQLITE_OK;
}

/* The name is gone from sight at once, and from the disk if that is asked for; else by the next
 * loss of power it may be back. */
static int delete_file(sqlite3_vfs *vfs, const char *name, int sync_directory)
{
    struct disk *disk = vfs->pAppData;

    if (disk->is_off || strikes(disk, OTHER))
        return SQLITE_IOERR_DELETE;
    struct file *file = find(disk, name);
    if (file == NULL)
        return SQLITE_IOERR_DELETE_NOENT;
    file->exists = false;
    if (sync_directory != 0)
        store_names(disk);
    return SQLITE_OK;
}

static int access_file(sqlite3_vfs *vfs, const char *name, int flags, int *ret_result)
{
    struct disk *disk = vfs->pAppData;
    struct file *file = find(disk, name);

    (void)flags;
    /* SQLite takes an empty journal for none. */
    *ret_result = file != NULL && (flags != SQLITE_ACCESS_EXISTS || file->seen.size > 0);
    return disk->is_off ? SQLITE_IOERR_ACCESS : SQLITE_OK;
}

static int full_name(sqlite3_vfs *vfs, const char *name, int size, char *ret_name)
{
    size_t length = strlen(name) + 1;

    (void)vfs;
    if (length > (size_t)size)
        return SQLITE_CANTOPEN;
    memcpy(ret_name, name, length);
    return SQLITE_OK;
}

static int get_last_error(sqlite3_vfs *vfs, int size, char *ret_text)
{
    (void)vfs;
    (void)size;
    (void)ret_text;
    return errno;
}

static int get_random(sqlite3_vfs *vfs, int size, char *ret_bytes)
{
    struct disk *disk = vfs->pAppData;

    return disk->real->xRandomness(disk->real, size, ret_bytes);
}

static int wait_us(sqlite3_vfs *vfs, int duration_us)
{
    (void)vfs;
    return duration_us;
}

static int get_time(sqlite3_vfs *vfs, double *ret_days)
{
    struct disk *disk = vfs->pAppData;

    return disk->real->xCurrentTime(disk->real, ret_days);
}

/* ---- The disk ------------------------------------------------------------------------------- */

struct disk *disk_new(uint64_t seed)
{
    struct disk *disk = NEW(struct disk);

    rng_init(&disk->rng, seed);
    disk->real = sqlite3_vfs_find(NULL);
    disk->vfs = (sqlite3_vfs){
        .iVersion = 1,
        .szOsFile = sizeof(struct handle),
        .mxPathname = NAME_MAX_BYTES,
        .zName = "gale-test-disk",
        .pAppData = disk,
        .xOpen = open_file,
        .xDelete = delete_file,
        .xAccess = access_file,
        .xFullPathname = full_name,
        .xRandomness = get_random,
        .xSleep = wait_us,
        .xCurrentTime = get_time,
        .xGetLastError = get_last_error,
    };
    int code = sqlite3_vfs_register(&disk->vfs, 1);
    ASSERT(code == SQLITE_OK);
    return disk;
}

void disk_destroy(struct disk **disk)
{
    if (*disk == NULL)
        return;
    ASSERT((*disk)->open_files == 0);
    (void)sqlite3_vfs_unregister(&(*disk)->vfs);
    (void)sqlite3_vfs_register((*disk)->real, 1);
    for (size_t i = 0; i < FILES_MAX; i++) {
        forget_pending(&(*disk)->files[i]);
        free((*disk)->files[i].seen.data);
        free((*disk)->files[i].stored.data);
    }
    free(*disk);
    *disk = NULL;
}

static struct file *find_suffix(struct disk *disk, const char *suffix)
{
    for (size_t i = 0; i < FILES_MAX; i++) {
        struct file *file = &disk->files[i];
        size_t length = strlen(file->name);
        if (file->exists && length >= strlen(suffix) &&
            strcmp(file->name + length - strlen(suffix), suffix) == 0)
            return file;
    }
    return NULL;
}

unsigned char *disk_bytes(struct disk *disk, const char *suffix, size_t *ret_size)
{
    struct file *file = find_suffix(disk, suffix);
    if (file == NULL)
        return NULL;
    *ret_size = file->seen.size;
    return file->seen.data;
}

void disk_truncate(struct disk *disk, const char *suffix, size_t size)
{
    struct file *file = find_suffix(disk, suffix);

    ASSERT(file != NULL && size <= file->seen.size);
    resize(&file->seen, size);
}
