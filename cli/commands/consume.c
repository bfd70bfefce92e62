/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `gale consume`: the records of a topic, one on a line.
 */
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/text.h"
#include "cli/commands/commands.h"
#include "cli/commands/log_link.h"
#include "cli/io/interrupt.h"
#include "cli/io/terminal.h"
#include "cli/log_place.h"
#include "cli/views/consume_view.h"

enum {
    WRITE_BYTES = 64 * 1024, /* at a time, or what there is when nothing more comes */
    LOOK_MS = 1000,          /* so often at least the consumer is asked */
};

struct consume {
    struct log_link *link;
    struct console_consumer *consumer;
    int interrupt;
    uint64_t left; /* records */
    bool ends_at_end;
    bool is_json;
    enum consume_view_key key;
    struct text out;
    bool is_over;
    enum exit_code code;
};

/* ---- the command line ---- */

/* --from-beginning, --offset and --from-time say the same thing. */
static enum exit_code read_place(const struct log_link *link, struct console_place *ret_place)
{
    const struct options *options = link->options;
    const char *offset = options_value(options, OPTION_OFFSET);
    const char *time = options_value(options, OPTION_FROM_TIME);
    bool from_beginning = options_has(options, OPTION_FROM_BEGINNING);

    *ret_place = (struct console_place){.kind = from_beginning ? CONSOLE_PLACE_EARLIEST
                                                               : CONSOLE_PLACE_LATEST};
    if ((offset != NULL) + (time != NULL) + from_beginning > 1)
        return log_link_complain(link, EXIT_CODE_USAGE,
                                 "--from-beginning, --offset and --from-time exclude each other");
    if (offset != NULL && !log_place_offset(offset, ret_place))
        return log_link_complain(link, EXIT_CODE_USAGE,
                                 "--offset is '%s', but must be a whole number, or -N for the last "
                                 "N records",
                                 offset);
    if (time != NULL) {
        ret_place->kind = CONSOLE_PLACE_TIME;
        if (!log_place_time(time, &ret_place->value))
            return log_link_complain(link, EXIT_CODE_USAGE,
                                     "--from-time is '%s', but must be milliseconds since 1970 or "
                                     "a time as 2026-11-22T06:00:00Z",
                                     time);
    }
    return EXIT_CODE_DONE;
}

/* A group has its own offsets, and the brokers share the partitions out. */
static enum exit_code check_group(const struct log_link *link)
{
    static const struct {
        enum option_id id;
        const char *name;
    } others[] = {{OPTION_OFFSET, "offset"},
                  {OPTION_FROM_TIME, "from-time"},
                  {OPTION_PARTITION, "partition"}};

    if (!options_has(link->options, OPTION_GROUP))
        return EXIT_CODE_DONE;
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        if (options_has(link->options, others[i].id))
            return log_link_complain(link, EXIT_CODE_USAGE,
                                     "--%s is not possible with --group, whose offsets are kept by "
                                     "the brokers: 'gale group reset' changes them",
                                     others[i].name);
    }
    return EXIT_CODE_DONE;
}

static enum exit_code read_words(struct consume *consume, struct console_consumer_options *options)
{
    const struct log_link *link = consume->link;
    int64_t partition = -1;
    int64_t count = INT64_MAX;

    enum exit_code code = check_group(link);
    if (code == EXIT_CODE_DONE)
        code = read_place(link, &options->from);
    if (code == EXIT_CODE_DONE)
        code = log_link_read_number(link, OPTION_PARTITION, 0, INT32_MAX, &partition);
    if (code == EXIT_CODE_DONE)
        code = log_link_read_number(link, OPTION_RECORDS, 1, INT64_MAX, &count);
    options->partition = (int32_t)partition;
    consume->left = (uint64_t)count;
    return code;
}

/* ---- records ---- */

static void end(struct consume *consume, enum exit_code code)
{
    consume->is_over = true;
    consume->code = code;
}

/* What is written is dealt with; what cannot be written is not. */
static void write_out(struct consume *consume)
{
    if (text_size(&consume->out) == 0)
        return;
    if (terminal_write(&consume->out))
        consume->link->table->keep(consume->consumer);
    else
        end(consume, EXIT_CODE_FAILED);
    text_clear(&consume->out);
}

static void take_record(struct consume *consume, const struct console_record *record)
{
    if (consume->is_json)
        consume_view_json(record, &consume->out);
    else
        consume_view_line(record, consume->key, &consume->out);
    consume->left--;
    if (consume->left == 0)
        end(consume, EXIT_CODE_DONE);
    if (consume->left == 0 || text_size(&consume->out) >= WRITE_BYTES)
        write_out(consume);
}

static void tell_trouble(const struct consume *consume)
{
    (void)log_link_complain(consume->link, EXIT_CODE_UNREACHABLE,
                            "no broker is connected any more; trying again");
}

/* Returns false when there is nothing to take. */
static bool take(struct consume *consume)
{
    struct console_record record;
    struct error error;

    switch (consume->link->table->take(consume->consumer, &record, &error)) {
    case CONSOLE_NOTHING:
        return false;
    case CONSOLE_RECORD:
        take_record(consume, &record);
        return true;
    case CONSOLE_AT_END:
        if (consume->ends_at_end)
            end(consume, EXIT_CODE_DONE);
        return true;
    case CONSOLE_TROUBLE:
        tell_trouble(consume);
        return true;
    case CONSOLE_FAILED:
        end(consume, log_link_judge(consume->link, error.code, &error));
        return true;
    }
    UNREACHABLE();
}

/* True if a signal has come. */
static bool look(struct consume *consume, int timeout_ms)
{
    struct pollfd watched[] = {
        {.fd = consume->interrupt, .events = POLLIN},
        {.fd = consume->link->table->consumer_fd(consume->consumer), .events = POLLIN}};

    return poll(watched, 2, timeout_ms) > 0 && watched[0].revents != 0;
}

static void run(struct consume *consume)
{
    size_t taken = 0;

    while (!consume->is_over) {
        bool is_idle = !take(consume);

        taken = is_idle ? 0 : taken + 1;
        if (is_idle)
            write_out(consume);
        if (!consume->is_over && (is_idle || taken % 1024 == 0) &&
            look(consume, is_idle ? LOOK_MS : 0))
            end(consume, EXIT_CODE_INTERRUPTED);
    }
    write_out(consume);
}

/* ---- the command ---- */

static enum exit_code open_consumer(struct consume *consume,
                                    const struct console_consumer_options *options)
{
    struct error error;

    if (interrupt_open(&consume->interrupt, &error) != ERR_OK)
        return log_link_complain(consume->link, EXIT_CODE_FAILED, "%s", error.text);
    /* A member of a group leaves it before it ends, even if nobody reads what it writes. */
    if (options->group != NULL)
        (void)signal(SIGPIPE, SIG_IGN);
    enum err err = consume->link->table->open_consumer(options, &consume->consumer, &error);
    return log_link_judge(consume->link, err, &error);
}

static enum exit_code act(struct log_link *link)
{
    struct consume consume = {
        .link = link,
        .interrupt = -1,
        .ends_at_end = options_has(link->options, OPTION_EXIT_AT_END),
        .is_json = log_link_wants_json(link),
        .key = options_has(link->options, OPTION_PRINT_KEY) ? CONSUME_VIEW_WITH_KEY
                                                            : CONSUME_VIEW_WITHOUT_KEY,
    };
    struct console_consumer_options options = {
        .servers = link->servers,
        .topic = link->options->operand,
        .group = options_value(link->options, OPTION_GROUP),
    };

    text_init(&consume.out);
    enum exit_code code = read_words(&consume, &options);
    if (code == EXIT_CODE_DONE)
        code = open_consumer(&consume, &options);
    if (code == EXIT_CODE_DONE) {
        run(&consume);
        code = consume.code;
        link->table->close_consumer(&consume.consumer);
    }
    if (consume.interrupt >= 0)
        interrupt_close(consume.interrupt);
    text_done(&consume.out);
    return code;
}

enum exit_code command_consume(const struct options *options)
{
    return log_link_with(options, act);
}
