/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `gale logs`: nimbus tells the supervisors and the topology's id; the supervisors have the logs.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/settings_schema.h"
#include "base/text.h"
#include "cli/answer.h"
#include "cli/commands/commands.h"
#include "cli/ended.h"
#include "cli/io/nimbus.h"
#include "cli/io/terminal.h"
#include "cli/views/log_merge.h"

#define FILE_NAME     "worker.log"
#define FILE_BEFORE   FILE_NAME ".1" /* what it is called once it was rotated */
#define POLL_NS       300000000ull
#define PATIENCE_NS   2000000000ull              /* with one supervisor */
#define RETRY_NS      5000000000ull              /* after it was silent */
#define TAIL_MAX      ((size_t)16 * 1024 * 1024) /* bytes, however many lines are wanted */
#define ROUND_MAX     ((size_t)4 * 1024 * 1024)  /* bytes of one log in one round */
#define LINES_DEFAULT 100
#define LINES_MAX     1000000

struct supervisor {
    char *id;
    struct asking asking;
    uint64_t again_ns; /* it was silent: not to be asked before */
    bool was_named;    /* on standard error, for being silent */
};

struct log_file {
    size_t supervisor;
    uint64_t slot;
    uint64_t offset; /* up to where it was read */
    size_t index;    /* in the merge */
};

struct reader {
    struct nimbus *nimbus;
    char *id; /* of the topology */
    uint64_t lines;
    struct log_merge *merge;
    struct supervisor *supervisors;
    size_t supervisor_count;
    struct log_file *files;
    size_t file_count;
};

/* ---- asking a supervisor ---- */

static void name_silent(const struct reader *reader, struct supervisor *supervisor)
{
    if (!supervisor->was_named)
        (void)nimbus_complain(reader->nimbus, EXIT_CODE_DONE,
                              "supervisor '%s' does not answer; its logs are missing here",
                              supervisor->id);
    supervisor->was_named = true;
    supervisor->again_ns = clock_now_ns() + RETRY_NS;
}

/* Takes the arguments over. DONE with an answer or without one, which is NULL then. */
static enum exit_code ask(struct reader *reader, struct supervisor *supervisor, const char *op,
                          json_t *args, struct asked *asked)
{
    struct question question = {.op = op, .args = args};
    enum err err = ERR_TIMEOUT;

    *asked = (struct asked){.reply = {.head = NULL}};
    if (clock_now_ns() >= supervisor->again_ns) {
        err = asking_ask(&supervisor->asking, &question, clock_now_ns() + PATIENCE_NS, asked);
        if (err == ERR_TIMEOUT)
            name_silent(reader, supervisor);
    }
    json_decref(args);
    return err == ERR_CANCELLED ? EXIT_CODE_INTERRUPTED : EXIT_CODE_DONE;
}

/* Appends what there is from `offset` on, `size_max` bytes at most. *offset is behind it then. */
static enum exit_code read_file(struct reader *reader, const struct log_file *file,
                                const char *name, uint64_t *offset, size_t size_max,
                                struct text *text)
{
    struct supervisor *supervisor = &reader->supervisors[file->supervisor];
    size_t before = text_size(text);
    size_t size = 1;

    while (size > 0 && text_size(text) - before < size_max) {
        size_t left = size_max - (text_size(text) - before);
        struct asked asked;

        enum exit_code code = ask(
            reader, supervisor, "logs.read",
            json_pack("{s:s, s:I, s:s, s:I, s:I}", "topology", reader->id, "slot",
                      (json_int_t)file->slot, "file", name, "offset", (json_int_t)*offset, "length",
                      (json_int_t)(left < CONTROL_CHUNK_MAX ? left : CONTROL_CHUNK_MAX)),
            &asked);
        if (code != EXIT_CODE_DONE)
            return code;
        size = asked.answer.ok == NULL ? 0 : asked.reply.body_size;
        text_add_bytes(text, asked.reply.body, size);
        *offset += size;
        asked_done(&asked);
    }
    return EXIT_CODE_DONE;
}

/* ---- the files ---- */

/* What is still wanted of the end of a log, which may lie in several files. */
struct tail {
    uint64_t lines;
    size_t size;      /* bytes */
    struct text text; /* what was found */
};

static uint64_t count_lines(const char *bytes, size_t size)
{
    uint64_t count = size > 0 && bytes[size - 1] != '\n' ? 1 : 0;

    for (const char *at = bytes; size > 0 && (at = memchr(at, '\n', size - (size_t)(at - bytes)));
         at++)
        count++;
    return count;
}

/* Puts the last lines of the bytes in front of what was found in newer files. */
static void put_in_front(struct tail *tail, const struct text *older)
{
    size_t begin = log_merge_tail(text_data(older), text_size(older), tail->lines);
    const char *bytes = text_data(older) + begin;
    size_t size = text_size(older) - begin;
    struct text whole;

    text_init(&whole);
    text_add_bytes(&whole, bytes, size);
    text_add_bytes(&whole, text_data(&tail->text), text_size(&tail->text));
    text_done(&tail->text);
    tail->text = whole;
    tail->lines -= count_lines(bytes, size);
    tail->size -= size < tail->size ? size : tail->size;
}

/* The last lines of a file of that size, read from its end in growing pieces. */
static enum exit_code read_tail_of(struct reader *reader, struct log_file *file, const char *name,
                                   uint64_t size, struct tail *tail)
{
    size_t most = size < tail->size ? (size_t)size : tail->size;
    size_t wanted = CONTROL_CHUNK_MAX;
    enum exit_code code = EXIT_CODE_DONE;
    struct text text;

    text_init(&text);
    for (;;) {
        size_t piece = wanted < most ? wanted : most;

        text_clear(&text);
        file->offset = size - piece;
        code = read_file(reader, file, name, &file->offset, piece, &text);
        if (code != EXIT_CODE_DONE || piece == most ||
            log_merge_tail(text_data(&text), text_size(&text), tail->lines) > 0)
            break;
        wanted *= 4;
    }
    put_in_front(tail, &text);
    text_done(&text);
    return code;
}

/* The file of that slot that was rotated so often; NULL if there is none. */
static const json_t *find_rotated(const json_t *listed, uint64_t slot, unsigned times,
                                  struct text *ret_name)
{
    text_clear(ret_name);
    text_add(ret_name, "%s.%u", FILE_NAME, times);
    for (size_t i = 0; i < answer_size(listed, "files"); i++) {
        const json_t *entry = answer_item(listed, "files", i);

        if (answer_count(entry, "slot") == slot &&
            strcmp(answer_text(entry, "file"), text_data(ret_name)) == 0)
            return entry;
    }
    return NULL;
}

/* The last lines of a log, whose current file has that size; of older files as far as they are
 * needed. */
static enum exit_code read_tail(struct reader *reader, struct log_file *file, uint64_t size,
                                const json_t *listed)
{
    struct tail tail = {.lines = reader->lines, .size = TAIL_MAX};
    struct log_file before = *file; /* it has no place to go on from */
    const json_t *entry;
    struct text name;

    text_init(&name);
    text_init(&tail.text);
    enum exit_code code = read_tail_of(reader, file, FILE_NAME, size, &tail);
    for (unsigned times = 1; code == EXIT_CODE_DONE && tail.lines > 0 && tail.size > 0 &&
                             (entry = find_rotated(listed, file->slot, times, &name)) != NULL;
         times++)
        code = read_tail_of(reader, &before, text_data(&name), answer_count(entry, "size"), &tail);
    log_merge_feed(reader->merge, file->index, text_data(&tail.text), text_size(&tail.text));
    text_done(&tail.text);
    text_done(&name);
    return code;
}

/* What was written since; a file that is shorter than before is another one, and the rest of the
 * old one has another name. */
static enum exit_code read_news(struct reader *reader, struct log_file *file, uint64_t size)
{
    enum exit_code code = EXIT_CODE_DONE;
    struct text text;

    text_init(&text);
    if (size < file->offset) {
        code = read_file(reader, file, FILE_BEFORE, &file->offset, ROUND_MAX, &text);
        file->offset = 0;
    }
    if (code == EXIT_CODE_DONE && size > file->offset)
        code = read_file(reader, file, FILE_NAME, &file->offset, ROUND_MAX, &text);
    log_merge_feed(reader->merge, file->index, text_data(&text), text_size(&text));
    text_done(&text);
    return code;
}

/* Whether --worker wants it. */
static bool is_wanted(const struct reader *reader, const char *name)
{
    const char *wanted = options_value(reader->nimbus->options, OPTION_WORKER);

    return wanted == NULL || strcmp(wanted, name) == 0;
}

/* NULL if it is not wanted. */
static struct log_file *find_file(struct reader *reader, size_t supervisor, uint64_t slot,
                                  bool *ret_new)
{
    struct log_file *found = NULL;
    struct text name;

    *ret_new = false;
    for (size_t i = 0; i < reader->file_count; i++) {
        if (reader->files[i].supervisor == supervisor && reader->files[i].slot == slot)
            return &reader->files[i];
    }
    text_init(&name);
    answer_add_words(reader->supervisors[supervisor].id, &name);
    text_add(&name, ":%" PRIu64, slot);
    if (is_wanted(reader, text_data(&name))) {
        reader->files = mem_resize(reader->files, reader->file_count + 1, sizeof *reader->files);
        found = &reader->files[reader->file_count++];
        *found = (struct log_file){.supervisor = supervisor,
                                   .slot = slot,
                                   .index = log_merge_add(reader->merge, text_data(&name))};
        *ret_new = true;
    }
    text_done(&name);
    return found;
}

/* One of the files that were listed. A log that appears later is read from its beginning. */
static enum exit_code read_one(struct reader *reader, size_t supervisor, const json_t *listed,
                               size_t index, bool is_first)
{
    const json_t *entry = answer_item(listed, "files", index);
    uint64_t size = answer_count(entry, "size");
    bool is_new;

    if (strcmp(answer_text(entry, "file"), FILE_NAME) != 0)
        return EXIT_CODE_DONE;
    struct log_file *file = find_file(reader, supervisor, answer_count(entry, "slot"), &is_new);
    if (file == NULL)
        return EXIT_CODE_DONE;
    return is_new && is_first ? read_tail(reader, file, size, listed)
                              : read_news(reader, file, size);
}

static enum exit_code read_supervisor(struct reader *reader, size_t index, bool is_first)
{
    struct asked asked;

    enum exit_code code = ask(reader, &reader->supervisors[index], "logs.list",
                              json_pack("{s:s}", "topology", reader->id), &asked);
    for (size_t i = 0; code == EXIT_CODE_DONE && i < answer_size(asked.answer.ok, "files"); i++)
        code = read_one(reader, index, asked.answer.ok, i, is_first);
    asked_done(&asked);
    return code;
}

/* All logs once, and what came of it to standard output. */
static enum exit_code read_round(struct reader *reader, bool is_first, bool is_last)
{
    enum exit_code code = EXIT_CODE_DONE;
    struct text text;

    for (size_t i = 0; code == EXIT_CODE_DONE && i < reader->supervisor_count; i++)
        code = read_supervisor(reader, i, is_first);
    text_init(&text);
    log_merge_drain(reader->merge, is_last, &text);
    if (code == EXIT_CODE_DONE && text_size(&text) > 0 && !terminal_write(&text))
        code = EXIT_CODE_FAILED;
    text_done(&text);
    return code;
}

/* ---- the command ---- */

static enum exit_code read_lines(const struct nimbus *nimbus, uint64_t *ret_lines)
{
    const char *text = options_value(nimbus->options, OPTION_LINES);

    *ret_lines = LINES_DEFAULT;
    if (text == NULL || (setting_parse_u64(text, ret_lines) && *ret_lines <= LINES_MAX))
        return EXIT_CODE_DONE;
    return nimbus_complain(nimbus, EXIT_CODE_USAGE,
                           "--lines is '%s', but must be a whole number from 0 to %d", text,
                           LINES_MAX);
}

static bool has_id(const json_t *answer, const char *id)
{
    for (size_t i = 0; i < answer_size(answer, "topologies"); i++) {
        if (strcmp(answer_text(answer_item(answer, "topologies", i), "id"), id) == 0)
            return true;
    }
    return false;
}

/* By its name or by its id. *ret_known: the topology has not ended. */
static enum exit_code find_id(struct reader *reader, bool *ret_known)
{
    const char *operand = reader->nimbus->options->operand;
    json_t *answer = NULL;

    enum exit_code code = nimbus_look(reader->nimbus, "topology.status", operand, true, &answer);
    *ret_known = code == EXIT_CODE_DONE;
    reader->id = mem_copy_text(*ret_known ? answer_text(answer, "id") : operand);
    if (code == EXIT_CODE_NOT_FOUND) {
        code = nimbus_look(reader->nimbus, "topology.list", NULL, false, &answer);
        *ret_known = code == EXIT_CODE_DONE && has_id(answer, operand);
    }
    json_decref(answer);
    return code;
}

/* What nimbus does not know any more, supervisors may still have logs of. */
static enum exit_code find_ended(struct reader *reader)
{
    enum exit_code code = EXIT_CODE_DONE;
    struct ended ended = {.id = NULL};
    json_t *ignored = NULL;
    struct asked asked;

    for (size_t i = 0; code == EXIT_CODE_DONE && i < reader->supervisor_count; i++) {
        code = ask(reader, &reader->supervisors[i], "logs.topologies", NULL, &asked);
        if (code == EXIT_CODE_DONE)
            ended_look(&ended, reader->id, asked.answer.ok);
        asked_done(&asked);
    }
    if (code == EXIT_CODE_DONE && ended.id == NULL) { /* says so, and which name was meant */
        code = nimbus_look(reader->nimbus, "topology.status", reader->id, false, &ignored);
    } else if (code == EXIT_CODE_DONE) {
        (void)nimbus_complain(reader->nimbus, code, "'%s' has ended; these are the logs of '%s'",
                              reader->id, ended.id);
        mem_free_text(&reader->id);
        reader->id = mem_copy_text(ended.id);
    }
    json_decref(ignored);
    ended_done(&ended);
    return code;
}

static enum exit_code find_supervisors(struct reader *reader)
{
    json_t *answer = NULL;

    enum exit_code code = nimbus_look(reader->nimbus, "cluster.nodes", NULL, false, &answer);
    size_t count = answer_size(answer, "supervisors");
    reader->supervisors = NEW_ARRAY(struct supervisor, count);
    for (size_t i = 0; code == EXIT_CODE_DONE && i < count; i++) {
        const json_t *item = answer_item(answer, "supervisors", i);
        struct supervisor *supervisor = &reader->supervisors[reader->supervisor_count];
        struct error error;

        if (asking_open(answer_text(item, "address"), pass_keys(&reader->nimbus->pass),
                        reader->nimbus->interrupt, &supervisor->asking, &error) != ERR_OK) {
            (void)nimbus_complain(reader->nimbus, EXIT_CODE_DONE, "supervisor '%s': %s",
                                  answer_text(item, "id"), error.text);
            continue;
        }
        supervisor->id = mem_copy_text(answer_text(item, "id"));
        reader->supervisor_count++;
    }
    json_decref(answer);
    return code;
}

static enum exit_code check_found(const struct reader *reader)
{
    const struct nimbus *nimbus = reader->nimbus;
    const char *worker = options_value(nimbus->options, OPTION_WORKER);

    if (reader->file_count > 0)
        return EXIT_CODE_DONE;
    if (options_has(nimbus->options, OPTION_FOLLOW))
        return EXIT_CODE_DONE;
    if (worker != NULL)
        return nimbus_complain(nimbus, EXIT_CODE_NOT_FOUND, "'%s' has no log of a worker '%s'",
                               nimbus->options->operand, worker);
    return nimbus_complain(nimbus, EXIT_CODE_NOT_FOUND, "'%s' has no logs yet",
                           nimbus->options->operand);
}

static enum exit_code follow(struct reader *reader)
{
    enum exit_code code = EXIT_CODE_DONE;

    while (code == EXIT_CODE_DONE) {
        code = nimbus_pause(reader->nimbus, clock_now_ns() + POLL_NS);
        if (code == EXIT_CODE_DONE)
            code = read_round(reader, false, false);
    }
    return code;
}

static enum exit_code read_logs(struct reader *reader)
{
    bool does_follow = options_has(reader->nimbus->options, OPTION_FOLLOW);
    bool is_known = false;

    enum exit_code code = nimbus_open(reader->nimbus);
    if (code == EXIT_CODE_DONE)
        code = find_id(reader, &is_known);
    if (code == EXIT_CODE_DONE)
        code = find_supervisors(reader);
    if (code == EXIT_CODE_DONE && !is_known)
        code = find_ended(reader);
    if (code == EXIT_CODE_DONE)
        code = read_round(reader, true, !does_follow || !is_known);
    if (code == EXIT_CODE_DONE)
        code = check_found(reader);
    return code == EXIT_CODE_DONE && does_follow && is_known ? follow(reader) : code;
}

static void end_reader(struct reader *reader)
{
    for (size_t i = 0; i < reader->supervisor_count; i++) {
        free(reader->supervisors[i].id);
        asking_close(&reader->supervisors[i].asking);
    }
    free(reader->supervisors);
    free(reader->files);
    free(reader->id);
    log_merge_destroy(&reader->merge);
}

enum exit_code command_logs(const struct options *options)
{
    struct nimbus nimbus;
    struct reader reader = {.nimbus = &nimbus,
                            .merge = log_merge_new(options_has(options, OPTION_RAW))};

    enum exit_code code = nimbus_init(&nimbus, options);
    if (code == EXIT_CODE_DONE)
        code = read_lines(&nimbus, &reader.lines);
    if (code == EXIT_CODE_DONE)
        code = nimbus_catch_signals(&nimbus);
    if (code == EXIT_CODE_DONE)
        code = read_logs(&reader);
    end_reader(&reader);
    nimbus_done(&nimbus);
    return code;
}
