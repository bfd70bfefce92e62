/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/log/checkpoint.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/crc32c.h"
#include "base/mem.h"
#include "base/text.h"

static const char file_name[] = "checkpoint";
static const char new_name[] = "checkpoint.new";
static const char first_line[] = "gale-checkpoint 1\n";

enum {
    LAST_LINE_SIZE = 13, /* "crc 01234567\n" */
};

struct line {
    char *folder;
    struct partition_checkpoint entry;
};

struct checkpoint {
    struct line *lines;
    size_t count;
    size_t capacity;
    bool is_sorted;
};

struct checkpoint *checkpoint_new(void)
{
    return NEW(struct checkpoint);
}

void checkpoint_destroy(struct checkpoint **checkpoint)
{
    struct checkpoint *gone = *checkpoint;

    if (gone == NULL)
        return;
    for (size_t i = 0; i < gone->count; i++)
        free(gone->lines[i].folder);
    free(gone->lines);
    free(gone);
    *checkpoint = NULL;
}

static struct line *add_line(struct checkpoint *checkpoint)
{
    if (checkpoint->count == checkpoint->capacity) {
        checkpoint->capacity = checkpoint->capacity == 0 ? 16 : 2 * checkpoint->capacity;
        checkpoint->lines =
            mem_resize(checkpoint->lines, checkpoint->capacity, sizeof *checkpoint->lines);
    }
    checkpoint->is_sorted = false;
    return &checkpoint->lines[checkpoint->count++];
}

void checkpoint_put(struct checkpoint *checkpoint, const char *folder,
                    const struct partition_checkpoint *entry)
{
    ASSERT(strchr(folder, '\n') == NULL);
    struct line *line = add_line(checkpoint);
    line->folder = mem_copy_text(folder);
    line->entry = *entry;
    line->entry.is_known = true;
}

static int compare(const void *left, const void *right)
{
    const struct line *first = left;
    const struct line *second = right;

    return strcmp(first->folder, second->folder);
}

static void sort(struct checkpoint *checkpoint)
{
    if (!checkpoint->is_sorted && checkpoint->count > 1)
        qsort(checkpoint->lines, checkpoint->count, sizeof *checkpoint->lines, compare);
    checkpoint->is_sorted = true;
}

static int compare_folder(const void *folder, const void *element)
{
    const struct line *line = element;

    return strcmp(folder, line->folder);
}

struct partition_checkpoint checkpoint_find(struct checkpoint *checkpoint, const char *folder)
{
    const struct line *line = NULL;

    sort(checkpoint);
    if (checkpoint->count > 0)
        line = bsearch(folder, checkpoint->lines, checkpoint->count, sizeof *checkpoint->lines,
                       compare_folder);
    return line == NULL ? (struct partition_checkpoint){.is_known = false} : line->entry;
}

size_t checkpoint_count(const struct checkpoint *checkpoint)
{
    return checkpoint->count;
}

/* ---- save ---- */

static void encode(struct checkpoint *checkpoint, struct text *text)
{
    sort(checkpoint);
    text_add(text, "%s", first_line);
    for (size_t i = 0; i < checkpoint->count; i++) {
        const struct line *line = &checkpoint->lines[i];
        text_add(text, "%" PRId64 " %" PRId64 " %s %s\n", line->entry.flushed_offset,
                 line->entry.start_offset, line->entry.is_clean ? "clean" : "open", line->folder);
    }
    text_add(text, "crc %08" PRIx32 "\n", crc32c_of(text_data(text), text_size(text)));
}

/* A file of that name may be left from a crash. */
static enum err open_new(struct files *files, struct file **ret_file, struct error *error)
{
    enum err err = files->operations->open(files, new_name, FILES_CREATE, ret_file, error);

    if (err != ERR_EXISTS)
        return err;
    err = files->operations->remove(files, new_name, error);
    return err == ERR_OK ? files->operations->open(files, new_name, FILES_CREATE, ret_file, error)
                         : err;
}

static enum err write_new(struct files *files, const struct text *text, struct error *error)
{
    struct files_piece piece = {text_data(text), text_size(text)};
    struct file *file;
    enum err err = open_new(files, &file, error);

    if (err != ERR_OK)
        return err;
    err = file->operations->write(file, 0, &piece, 1, error);
    if (err == ERR_OK)
        err = file->operations->sync(file, error);
    file->operations->give(&file);
    return err;
}

enum err checkpoint_save(struct files *files, struct checkpoint *checkpoint, struct error *error)
{
    struct text text;

    text_init(&text);
    encode(checkpoint, &text);
    enum err err = write_new(files, &text, error);
    text_done(&text);
    if (err == ERR_OK)
        err = files->operations->rename(files, new_name, file_name, error);
    return err == ERR_OK ? files->operations->sync_folder(files, "", error) : err;
}

/* ---- load ---- */

static bool parse_offset(const char **at, int64_t *ret_offset)
{
    char *end;

    if (**at < '0' || **at > '9')
        return false;
    errno = 0;
    long long value = strtoll(*at, &end, 10);
    if (errno != 0 || *end != ' ')
        return false;
    *at = end + 1;
    *ret_offset = value;
    return true;
}

static bool skip(const char **at, const char *word)
{
    size_t length = strlen(word);

    if (strncmp(*at, word, length) != 0)
        return false;
    *at += length;
    return true;
}

/* A line without its end. */
static bool parse_line(const char *at, struct checkpoint *checkpoint)
{
    struct partition_checkpoint entry = {.is_known = true};

    if (!parse_offset(&at, &entry.flushed_offset) || !parse_offset(&at, &entry.start_offset))
        return false;
    entry.is_clean = skip(&at, "clean ");
    if ((!entry.is_clean && !skip(&at, "open ")) || *at == '\0')
        return false;
    checkpoint_put(checkpoint, at, &entry);
    return true;
}

/* `text` ends in a NUL, and is written to. */
static bool parse(char *text, size_t size, struct checkpoint *checkpoint)
{
    char expected[LAST_LINE_SIZE + 1];

    if (size < sizeof first_line - 1 + LAST_LINE_SIZE ||
        memcmp(text, first_line, sizeof first_line - 1) != 0)
        return false;
    (void)snprintf(expected, sizeof expected, "crc %08" PRIx32 "\n",
                   crc32c_of(text, size - LAST_LINE_SIZE));
    if (memcmp(text + size - LAST_LINE_SIZE, expected, LAST_LINE_SIZE) != 0)
        return false;
    text[size - LAST_LINE_SIZE] = '\0';
    for (char *line = text + sizeof first_line - 1; *line != '\0';) {
        char *end = strchr(line, '\n');
        if (end == NULL)
            return false;
        *end = '\0';
        if (!parse_line(line, checkpoint))
            return false;
        line = end + 1;
    }
    return true;
}

static enum err read_whole(struct file *file, char **ret_text, size_t *ret_size,
                           struct error *error)
{
    uint64_t size;
    enum err err = file->operations->size(file, &size, error);

    if (err != ERR_OK)
        return err;
    if (size > CHECKPOINT_BYTES_MAX)
        return error_set(error, ERR_CORRUPT, "the file is too large");
    char *text = mem_alloc((size_t)size + 1);
    err = file->operations->read(file, 0, text, (size_t)size, ret_size, error);
    if (err == ERR_OK)
        *ret_text = text;
    else
        free(text);
    return err;
}

enum err checkpoint_load(struct files *files, struct checkpoint **ret_checkpoint,
                         struct error *error)
{
    AUTO(checkpoint_destroy) struct checkpoint *checkpoint = checkpoint_new();
    AUTO(mem_free_text) char *text = NULL;
    struct file *file;
    size_t size;
    enum err err = files->operations->open(files, file_name, FILES_READ, &file, error);

    if (err == ERR_NOT_FOUND) {
        *ret_checkpoint = TAKE(checkpoint);
        return ERR_OK;
    }
    if (err != ERR_OK)
        return err;
    err = read_whole(file, &text, &size, error);
    file->operations->give(&file);
    if (err != ERR_OK)
        return err;
    if (!parse(text, size, checkpoint))
        return error_set(error, ERR_CORRUPT, "the file '%s' is damaged", file_name);
    *ret_checkpoint = TAKE(checkpoint);
    return ERR_OK;
}
