/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/io/disk_files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/assert.h"
#include "base/mem.h"

static const char aside[] = ".discarded";

enum {
    FILE_MODE = 0640,
    FOLDER_MODE = 0750,
};

struct disk_files {
    struct files files; /* the first member */
    int folder;
    struct disk_files_options options;
    _Atomic uint64_t last_discarded; /* names what is put aside */
};

struct disk_file {
    struct file file; /* the first member */
    int descriptor;
    _Atomic uint32_t references;
    char *path; /* for texts */
};

static struct disk_files *of(struct files *files)
{
    return (struct disk_files *)files;
}

static struct disk_file *handle(struct file *file)
{
    return (struct disk_file *)file;
}

/* ---- Errors -------------------------------------------------------------------------------- */

static enum err code_of(int number)
{
    switch (number) {
    case ENOENT:
    case ENOTDIR:
        return ERR_NOT_FOUND;
    case EEXIST:
        return ERR_EXISTS;
    case ENOSPC:
    case EDQUOT:
        return ERR_FULL;
    default:
        return ERR_IO;
    }
}

static enum err refuse(const char *verb, const char *path, int number, struct error *error)
{
    char buffer[128];

    return error_set(error, code_of(number), "cannot %s '%s': %s", verb, path,
                     strerror_r(number, buffer, sizeof buffer));
}

/* ---- Reading and writing ------------------------------------------------------------------- */

static enum err read_file(struct file *file, uint64_t at, void *to, size_t size, size_t *ret_size,
                          struct error *error)
{
    const struct disk_file *from = handle(file);
    size_t done = 0;

    while (done < size) {
        ssize_t got = pread(from->descriptor, (char *)to + done, size - done, (off_t)(at + done));
        if (got < 0 && errno != EINTR)
            return refuse("read", from->path, errno, error);
        if (got == 0)
            break;
        if (got > 0)
            done += (size_t)got;
    }
    *ret_size = done;
    return ERR_OK;
}

/* Takes `size` bytes off the front; returns the first that is not empty, or the end. */
static size_t advance(struct iovec *parts, size_t first, size_t count, size_t size)
{
    while (first < count && size >= parts[first].iov_len) {
        size -= parts[first].iov_len;
        first++;
    }
    if (first < count) {
        parts[first].iov_base = (char *)parts[first].iov_base + size;
        parts[first].iov_len -= size;
    }
    return first;
}

static enum err write_file(struct file *file, uint64_t at, const struct files_piece *pieces,
                           size_t piece_count, struct error *error)
{
    const struct disk_file *to = handle(file);
    struct iovec parts[FILES_PIECES_MAX];

    ASSERT(piece_count <= FILES_PIECES_MAX);
    for (size_t i = 0; i < piece_count; i++)
        parts[i] = (struct iovec){(void *)(uintptr_t)pieces[i].bytes, pieces[i].size};
    size_t first = advance(parts, 0, piece_count, 0);
    while (first < piece_count) {
        ssize_t done =
            pwritev(to->descriptor, parts + first, (int)(piece_count - first), (off_t)at);
        if (done < 0 && errno != EINTR)
            return refuse("write", to->path, errno, error);
        if (done == 0)
            return refuse("write", to->path, EIO, error);
        if (done > 0) {
            at += (uint64_t)done;
            first = advance(parts, first, piece_count, (size_t)done);
        }
    }
    return ERR_OK;
}

static enum err size_of(struct file *file, uint64_t *ret_size, struct error *error)
{
    const struct disk_file *of_file = handle(file);
    struct stat status;

    if (fstat(of_file->descriptor, &status) != 0)
        return refuse("tell the size of", of_file->path, errno, error);
    *ret_size = (uint64_t)status.st_size;
    return ERR_OK;
}

static enum err truncate_file(struct file *file, uint64_t size, struct error *error)
{
    const struct disk_file *of_file = handle(file);
    int result;

    do {
        result = ftruncate(of_file->descriptor, (off_t)size);
    } while (result != 0 && errno == EINTR);
    return result == 0 ? ERR_OK : refuse("truncate", of_file->path, errno, error);
}

static enum err reserve_file(struct file *file, uint64_t size, struct error *error)
{
    const struct disk_file *of_file = handle(file);
    int result;

    if (size == 0)
        return ERR_OK;
    do {
        result = fallocate(of_file->descriptor, FALLOC_FL_KEEP_SIZE, 0, (off_t)size);
    } while (result != 0 && errno == EINTR);
    if (result == 0 || errno == EOPNOTSUPP || errno == ENOSYS)
        return ERR_OK;
    return refuse("reserve room for", of_file->path, errno, error);
}

/* Never tried again after an error: the system has then forgotten what was to be written. */
static enum err sync_file(struct file *file, struct error *error)
{
    const struct disk_file *of_file = handle(file);

    if (fdatasync(of_file->descriptor) != 0)
        return refuse("sync", of_file->path, errno, error);
    return ERR_OK;
}

/* ---- References ---------------------------------------------------------------------------- */

static int descriptor_of(const struct file *file)
{
    return ((const struct disk_file *)file)->descriptor;
}

static void take_file(struct file *file)
{
    (void)atomic_fetch_add_explicit(&handle(file)->references, 1, memory_order_relaxed);
}

static void give_file(struct file **file)
{
    struct disk_file *given = handle(*file);

    *file = NULL;
    uint32_t before = atomic_fetch_sub_explicit(&given->references, 1, memory_order_acq_rel);
    ASSERT(before > 0);
    if (before > 1)
        return;
    (void)close(given->descriptor); /* what had to be stored was synced */
    free(given->path);
    free(given);
}

static int flags_of(enum files_open how)
{
    switch (how) {
    case FILES_READ:
        return O_RDONLY;
    case FILES_WRITE:
        return O_RDWR;
    case FILES_CREATE:
        return O_RDWR | O_CREAT | O_EXCL;
    }
    UNREACHABLE();
}

static enum err open_file(struct files *files, const char *path, enum files_open how,
                          struct file **ret_file, struct error *error)
{
    int descriptor;

    do {
        descriptor = openat(of(files)->folder, path, flags_of(how) | O_CLOEXEC, FILE_MODE);
    } while (descriptor < 0 && errno == EINTR);
    if (descriptor < 0)
        return refuse(how == FILES_CREATE ? "create" : "open", path, errno, error);

    struct disk_file *file = NEW(struct disk_file);
    file->file.operations = files->operations;
    file->descriptor = descriptor;
    file->path = mem_copy_text(path);
    atomic_init(&file->references, 1);
    *ret_file = &file->file;
    return ERR_OK;
}

/* ---- Names --------------------------------------------------------------------------------- */

static enum err rename_path(struct files *files, const char *from, const char *to,
                            struct error *error)
{
    int folder = of(files)->folder;

    return renameat(folder, from, folder, to) == 0 ? ERR_OK : refuse("rename", from, errno, error);
}

static enum err remove_path(struct files *files, const char *path, struct error *error)
{
    int folder = of(files)->folder;

    if (unlinkat(folder, path, 0) == 0)
        return ERR_OK;
    if (errno == EISDIR && unlinkat(folder, path, AT_REMOVEDIR) == 0)
        return ERR_OK;
    return refuse("remove", path, errno, error);
}

static enum err make_folder(struct files *files, const char *path, struct error *error)
{
    if (mkdirat(of(files)->folder, path, FOLDER_MODE) != 0)
        return refuse("make", path, errno, error);
    return ERR_OK;
}

/* "" is the data folder itself. */
static int open_folder(int folder, const char *path)
{
    return openat(folder, path[0] == '\0' ? "." : path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static enum err sync_folder(struct files *files, const char *path, struct error *error)
{
    int folder = open_folder(of(files)->folder, path);

    if (folder < 0)
        return refuse("sync", path, errno, error);
    int number = fsync(folder) == 0 ? 0 : errno;
    (void)close(folder);
    return number == 0 ? ERR_OK : refuse("sync", path, number, error);
}

/* Linux tells of what could not be written since the folder was opened from 5.8 on. */
static enum err sync_all(struct files *files, struct error *error)
{
    return syncfs(of(files)->folder) == 0 ? ERR_OK : refuse("sync", ".", errno, error);
}

static bool is_folder(int folder, const struct dirent *entry)
{
    struct stat status;

    if (entry->d_type != DT_UNKNOWN)
        return entry->d_type == DT_DIR;
    return fstatat(folder, entry->d_name, &status, AT_SYMLINK_NOFOLLOW) == 0 &&
           S_ISDIR(status.st_mode);
}

static bool is_hidden(const char *name)
{
    return strcmp(name, ".") == 0 || strcmp(name, "..") == 0 || strcmp(name, aside) == 0;
}

static DIR *open_stream(int folder, const char *path)
{
    int descriptor = open_folder(folder, path);
    DIR *stream = descriptor >= 0 ? fdopendir(descriptor) : NULL;

    if (stream == NULL && descriptor >= 0) {
        int number = errno;
        (void)close(descriptor);
        errno = number;
    }
    return stream;
}

/* Returns errno. */
static int visit_all(DIR *stream, void (*visit)(void *context, const char *name, bool is_folder),
                     void *context)
{
    const struct dirent *entry;

    errno = 0;
    while ((entry = readdir(stream)) != NULL) {
        if (!is_hidden(entry->d_name))
            visit(context, entry->d_name, is_folder(dirfd(stream), entry));
        errno = 0;
    }
    return errno;
}

static enum err list_in(int folder, const char *path,
                        void (*visit)(void *context, const char *name, bool is_folder),
                        void *context, struct error *error)
{
    DIR *stream = open_stream(folder, path);

    if (stream == NULL)
        return refuse("list", path, errno, error);
    int number = visit_all(stream, visit, context);
    (void)closedir(stream);
    return number == 0 ? ERR_OK : refuse("list", path, number, error);
}

static enum err list_folder(struct files *files, const char *path,
                            void (*visit)(void *context, const char *name, bool is_folder),
                            void *context, struct error *error)
{
    return list_in(of(files)->folder, path, visit, context, error);
}

/* ---- Discarding ---------------------------------------------------------------------------- */

static void hand_over(struct disk_files *disk, const char *path)
{
    if (disk->options.later != NULL)
        disk->options.later(disk->options.context, path);
    else if (disk_files_remove(disk, path, NULL) != ERR_OK)
        return; /* it comes again at the next opening */
}

static bool put_aside(const struct disk_files *disk, const char *path, const char *to)
{
    if (renameat(disk->folder, path, disk->folder, to) == 0)
        return true;
    return errno == ENOENT && mkdirat(disk->folder, aside, FOLDER_MODE) == 0 &&
           renameat(disk->folder, path, disk->folder, to) == 0;
}

static void discard_path(struct files *files, const char *path)
{
    struct disk_files *disk = of(files);
    char to[64];
    uint64_t number = atomic_fetch_add(&disk->last_discarded, 1) + 1;

    (void)snprintf(to, sizeof to, "%s/%" PRIu64, aside, number);
    if (put_aside(disk, path, to))
        hand_over(disk, to);
}

struct emptying {
    int folder;
    int number; /* errno of the first failure */
};

static void remove_entry(void *context, const char *name, bool entry_is_folder)
{
    struct emptying *emptying = context;

    if (unlinkat(emptying->folder, name, entry_is_folder ? AT_REMOVEDIR : 0) != 0 &&
        errno != ENOENT && emptying->number == 0)
        emptying->number = errno;
}

static int remove_folder(int folder, const char *path)
{
    DIR *stream = open_stream(folder, path);

    if (stream == NULL)
        return errno;
    struct emptying emptying = {.folder = dirfd(stream)};
    int number = visit_all(stream, remove_entry, &emptying);
    (void)closedir(stream);
    if (emptying.number != 0)
        return emptying.number;
    if (number != 0)
        return number;
    return unlinkat(folder, path, AT_REMOVEDIR) == 0 ? 0 : errno;
}

enum err disk_files_remove(const struct disk_files *disk, const char *path, struct error *error)
{
    int number = 0;

    if (unlinkat(disk->folder, path, 0) != 0)
        number = errno == EISDIR ? remove_folder(disk->folder, path) : errno;
    if (number == 0 || number == ENOENT)
        return ERR_OK;
    return refuse("remove", path, number, error);
}

/* ---- The data folder ----------------------------------------------------------------------- */

static const struct files_operations operations = {
    .open = open_file,
    .read = read_file,
    .write = write_file,
    .size = size_of,
    .truncate = truncate_file,
    .reserve = reserve_file,
    .sync = sync_file,
    .descriptor = descriptor_of,
    .take = take_file,
    .give = give_file,
    .rename = rename_path,
    .remove = remove_path,
    .discard = discard_path,
    .make_folder = make_folder,
    .sync_folder = sync_folder,
    .sync_all = sync_all,
    .list = list_folder,
};

struct leftovers {
    uint64_t *numbers;
    size_t count;
    uint64_t largest;
};

static void note_leftover(void *context, const char *name, bool entry_is_folder)
{
    struct leftovers *leftovers = context;
    char *end = NULL;

    (void)entry_is_folder;
    errno = 0;
    uint64_t number = strtoull(name, &end, 10);
    if (errno != 0 || end == name || *end != '\0')
        return; /* not ours */
    leftovers->numbers =
        mem_resize(leftovers->numbers, leftovers->count + 1, sizeof *leftovers->numbers);
    leftovers->numbers[leftovers->count++] = number;
    if (number > leftovers->largest)
        leftovers->largest = number;
}

/* Hands over what an earlier life has put aside. */
static void hand_over_leftovers(struct disk_files *disk)
{
    struct leftovers leftovers = {.count = 0};
    char path[64];

    if (list_in(disk->folder, aside, note_leftover, &leftovers, NULL) != ERR_OK)
        leftovers.count = 0; /* there is no such folder yet */
    atomic_store(&disk->last_discarded, leftovers.largest);
    for (size_t i = 0; i < leftovers.count; i++) {
        (void)snprintf(path, sizeof path, "%s/%" PRIu64, aside, leftovers.numbers[i]);
        hand_over(disk, path);
    }
    free(leftovers.numbers);
}

enum err disk_files_open(const char *folder, const struct disk_files_options *options,
                         struct disk_files **ret_disk, struct error *error)
{
    int descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (descriptor < 0)
        return refuse("open", folder, errno, error);

    struct disk_files *disk = NEW(struct disk_files);
    disk->files.operations = &operations;
    disk->folder = descriptor;
    disk->options = *options;
    hand_over_leftovers(disk);
    *ret_disk = disk;
    return ERR_OK;
}

void disk_files_close(struct disk_files **disk)
{
    if (*disk == NULL)
        return;
    (void)close((*disk)->folder);
    free(*disk);
    *disk = NULL;
}

struct files *disk_files_of(struct disk_files *disk)
{
    return &disk->files;
}

enum err disk_files_free_bytes(const struct disk_files *disk, uint64_t *ret_bytes,
                               struct error *error)
{
    struct statvfs status;

    if (fstatvfs(disk->folder, &status) != 0)
        return refuse("look at the disk of", ".", errno, error);
    *ret_bytes = (uint64_t)status.f_bavail * status.f_frsize;
    return ERR_OK;
}
