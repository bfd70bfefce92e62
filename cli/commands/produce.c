/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `gale produce`: each line of a file or of standard input becomes a record.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/text.h"
#include "cli/commands/commands.h"
#include "cli/commands/log_link.h"
#include "cli/io/interrupt.h"
#include "cli/io/terminal.h"
#include "cli/produce_lines.h"
#include "cli/views/produce_view.h"

enum {
    READ_BYTES = 64 * 1024, /* at a time */
    TURN_MS = 100,
    GIVE_UP_MS = 60000, /* unless --timeout says otherwise */
    TOLD_MAX = 10,      /* failures that are told one by one */
};

struct produce {
    struct log_link *link;
    struct console_producer *producer;
    struct console_record record; /* what all have in common */
    struct console_header headers[OPTIONS_GIVEN_MAX];
    char *header_names[OPTIONS_GIVEN_MAX];
    char *separator; /* NULL: no keys */
    struct produce_lines lines;
    struct produce_tally tally;
    uint64_t number; /* of the last record, from 1 */
    int input;
    int interrupt;
    bool is_interrupted;
    bool is_at_end;
    enum exit_code code; /* what went wrong while reading */
};

/* ---- the command line ---- */

static enum exit_code add_header(struct produce *produce, const char *word)
{
    const char *equals = strchr(word, '=');
    size_t at = produce->record.header_count;

    if (equals == NULL || equals == word)
        return log_link_complain(produce->link, EXIT_CODE_USAGE,
                                 "--header is '%s', but must be NAME=VALUE", word);
    produce->header_names[at] = mem_copy_text(word);
    produce->header_names[at][equals - word] = '\0';
    produce->headers[at] = (struct console_header){
        .name = produce->header_names[at], .value = equals + 1, .size = strlen(equals + 1)};
    produce->record.header_count++;
    return EXIT_CODE_DONE;
}

static enum exit_code read_headers(struct produce *produce)
{
    const struct options *options = produce->link->options;
    enum exit_code code = EXIT_CODE_DONE;

    produce->record.headers = produce->headers;
    for (size_t i = 0; code == EXIT_CODE_DONE && i < options->given_count; i++) {
        if (options->given[i].id == OPTION_HEADER)
            code = add_header(produce, options->given[i].value);
    }
    return code;
}

/* '\t' is a tab, which is hard to type. */
static enum exit_code read_separator(struct produce *produce)
{
    const char *separator = options_value(produce->link->options, OPTION_KEY_SEPARATOR);

    if (separator == NULL)
        return EXIT_CODE_DONE;
    if (separator[0] == '\0')
        return log_link_complain(produce->link, EXIT_CODE_USAGE, "--key-separator is empty");
    produce->separator = mem_copy_text(strcmp(separator, "\\t") == 0 ? "\t" : separator);
    return EXIT_CODE_DONE;
}

/* One of the words; the first if none is given. */
static enum exit_code read_choice(const struct log_link *link, enum option_id id, const char *name,
                                  const char *const *words, const char **ret_word)
{
    const char *given = options_value(link->options, id);
    struct text list;

    *ret_word = words[0];
    if (given == NULL)
        return EXIT_CODE_DONE;
    text_init(&list);
    for (size_t i = 0; words[i] != NULL; i++) {
        if (strcmp(words[i], given) == 0)
            *ret_word = words[i];
        text_add(&list, "%s%s", i == 0 ? "" : ", ", words[i]);
    }
    enum exit_code code = EXIT_CODE_DONE;
    if (strcmp(*ret_word, given) != 0)
        code = log_link_complain(link, EXIT_CODE_USAGE, "--%s is '%s', but must be one of %s", name,
                                 given, text_data(&list));
    text_done(&list);
    return code;
}

static enum exit_code open_input(struct produce *produce)
{
    const struct options *options = produce->link->options;
    const char *file = options->operand_count < 2 ? "-" : options->operands[1];

    if (strcmp(file, "-") == 0)
        produce->input = STDIN_FILENO;
    else
        produce->input = open(file, O_RDONLY | O_CLOEXEC);
    if (produce->input >= 0)
        return EXIT_CODE_DONE;
    return log_link_complain(produce->link, EXIT_CODE_FAILED, "cannot read '%s': %s", file,
                             /* NOLINTNEXTLINE(concurrency-mt-unsafe): of this thread, in glibc */
                             strerror(errno));
}

/* ---- what becomes of records ---- */

static void take_delivery(void *context, const struct console_delivery *delivery)
{
    struct produce *produce = context;

    produce_tally_add(&produce->tally, delivery);
    if (delivery->is_acknowledged || produce->tally.failed > TOLD_MAX)
        return;
    (void)log_link_complain(produce->link, EXIT_CODE_FAILED, "record %" PRIu64 ": %s",
                            delivery->number, delivery->text);
    if (produce->tally.failed == TOLD_MAX)
        (void)log_link_complain(produce->link, EXIT_CODE_FAILED, "further ones are only counted");
}

/* ---- signals ---- */

/* The first one ends the reading, the second one the waiting. */
static void take_signal(struct produce *produce)
{
    struct signalfd_siginfo signal;

    if (read(produce->interrupt, &signal, sizeof signal) != (ssize_t)sizeof signal)
        return;
    produce->is_at_end = true;
    if (produce->is_interrupted)
        produce->link->table->close_producer(&produce->producer);
    produce->is_interrupted = true;
}

/* Waits for input or a signal. True if there is input. */
static bool await_input(struct produce *produce, size_t unsettled)
{
    struct pollfd watched[] = {{.fd = produce->interrupt, .events = POLLIN},
                               {.fd = produce->input, .events = POLLIN}};

    if (poll(watched, 2, unsettled > 0 ? TURN_MS : -1) <= 0)
        return false;
    if (watched[0].revents != 0)
        take_signal(produce);
    return !produce->is_at_end && watched[1].revents != 0;
}

static void look_for_signal(struct produce *produce)
{
    struct pollfd watched = {.fd = produce->interrupt, .events = POLLIN};

    if (poll(&watched, 1, 0) > 0)
        take_signal(produce);
}

/* ---- records ---- */

static enum exit_code stop(struct produce *produce, const char *reason)
{
    produce->is_at_end = true;
    produce->tally.failed++;
    produce->code = log_link_complain(produce->link, EXIT_CODE_FAILED,
                                      "record %" PRIu64 ": %s; nothing behind it was read",
                                      produce->number, reason);
    return produce->code;
}

/* Waits while too many others wait. */
static void send_record(struct produce *produce, const struct console_record *record)
{
    const struct log_console *table = produce->link->table;
    struct error error;
    enum err err = ERR_FULL;

    while (produce->producer != NULL &&
           (err = table->produce(produce->producer, record, produce->number, &error)) == ERR_FULL) {
        (void)table->turn_producer(produce->producer, TURN_MS);
        look_for_signal(produce);
    }
    if (err == ERR_FULL)
        produce->tally.failed++; /* a second signal */
    else if (err != ERR_OK)
        (void)stop(produce, error.text);
}

static void send_line(struct produce *produce, const char *line, size_t size)
{
    struct console_record record = produce->record;

    produce->number++;
    record.value = line;
    record.value_size = size;
    if (produce->separator != NULL &&
        !produce_lines_split(line, size, produce->separator, &record)) {
        (void)stop(produce, "there is no key separator in it");
        return;
    }
    send_record(produce, &record);
}

static void send_lines(struct produce *produce)
{
    bool was_at_end = produce->is_at_end;
    const char *line;
    size_t size;

    while (produce_lines_take(&produce->lines, was_at_end, &line, &size)) {
        send_line(produce, line, size);
        if (produce->code != EXIT_CODE_DONE || (produce->is_at_end && !was_at_end))
            return;
    }
    if (produce_lines_pending(&produce->lines) > CONSOLE_RECORD_MAX) {
        produce->number++;
        (void)stop(produce, "the line is longer than a record may be");
    }
}

static void read_input(struct produce *produce)
{
    char *room = produce_lines_room(&produce->lines, READ_BYTES);
    ssize_t size = read(produce->input, room, READ_BYTES);

    if (size > 0) {
        produce_lines_added(&produce->lines, (size_t)size);
    } else if (size == 0) {
        produce->is_at_end = true;
    } else if (errno != EINTR && errno != EAGAIN) {
        produce->is_at_end = true;
        produce->code =
            log_link_complain(produce->link, EXIT_CODE_FAILED, "cannot read the input: %s",
                              /* NOLINTNEXTLINE(concurrency-mt-unsafe): of this thread, in glibc */
                              strerror(errno));
    }
    send_lines(produce);
}

/* ---- running ---- */

static void run(struct produce *produce)
{
    const struct log_console *table = produce->link->table;
    size_t unsettled = 0;

    while (!produce->is_at_end) {
        if (await_input(produce, unsettled))
            read_input(produce);
        if (produce->producer != NULL)
            unsettled = table->turn_producer(produce->producer, 0);
    }
    while (produce->producer != NULL && table->turn_producer(produce->producer, TURN_MS) > 0)
        look_for_signal(produce);
    table->close_producer(&produce->producer);
}

static enum exit_code report(struct produce *produce)
{
    const char *topic = produce->record.topic;
    enum exit_code code = produce->code;
    struct text text;

    text_init(&text);
    if (log_link_wants_json(produce->link)) {
        produce_view_json(&produce->tally, topic, &text);
        if (!terminal_write(&text))
            code = EXIT_CODE_FAILED;
    } else if (!options_has(produce->link->options, OPTION_QUIET)) {
        produce_view_render(&produce->tally, topic, &text);
        terminal_say(&text);
    }
    text_done(&text);
    if (code == EXIT_CODE_DONE && produce->tally.failed > 0)
        code = EXIT_CODE_FAILED;
    return code == EXIT_CODE_DONE && produce->is_interrupted ? EXIT_CODE_INTERRUPTED : code;
}

static enum exit_code open_producer(struct produce *produce)
{
    static const char *const acks[] = {"all", "1", "0", NULL};
    static const char *const codecs[] = {"none", "gzip", "snappy", "lz4", "zstd", NULL};
    struct log_link *link = produce->link;
    bool is_timed = options_has(link->options, OPTION_TIMEOUT);
    struct console_producer_options options = {
        .servers = link->servers,
        .give_up_ms = is_timed ? link->servers.timeout_ms : GIVE_UP_MS,
        .delivered = take_delivery,
        .context = produce,
    };
    struct error error;

    enum exit_code code = read_choice(link, OPTION_ACKS, "acks", acks, &options.acks);
    if (code == EXIT_CODE_DONE)
        code = read_choice(link, OPTION_COMPRESSION, "compression", codecs, &options.compression);
    if (code != EXIT_CODE_DONE)
        return code;
    if (interrupt_open(&produce->interrupt, &error) != ERR_OK)
        return log_link_complain(link, EXIT_CODE_FAILED, "%s", error.text);
    enum err err = link->table->open_producer(&options, &produce->producer, &error);
    return log_link_judge(link, err, &error);
}

static enum exit_code prepare(struct produce *produce)
{
    int64_t partition = -1;

    enum exit_code code =
        log_link_read_number(produce->link, OPTION_PARTITION, 0, INT32_MAX, &partition);
    produce->record.partition = (int32_t)partition;
    if (code == EXIT_CODE_DONE)
        code = read_headers(produce);
    if (code == EXIT_CODE_DONE)
        code = read_separator(produce);
    if (code == EXIT_CODE_DONE)
        code = open_input(produce);
    return code == EXIT_CODE_DONE ? open_producer(produce) : code;
}

static void release(struct produce *produce)
{
    for (size_t i = 0; i < produce->record.header_count; i++)
        free(produce->header_names[i]);
    free(produce->separator);
    produce_lines_done(&produce->lines);
    produce_tally_done(&produce->tally);
    if (produce->input > STDERR_FILENO)
        (void)close(produce->input);
    if (produce->interrupt >= 0)
        interrupt_close(produce->interrupt);
}

static enum exit_code act(struct log_link *link)
{
    struct produce produce = {.link = link,
                              .record = {.topic = link->options->operand, .offset = -1},
                              .input = -1,
                              .interrupt = -1};

    enum exit_code code = prepare(&produce);
    if (code == EXIT_CODE_DONE) {
        run(&produce);
        code = report(&produce);
    }
    release(&produce);
    return code;
}

enum exit_code command_produce(const struct options *options)
{
    return log_link_with(options, act);
}
