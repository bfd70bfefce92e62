/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/io/nimbus.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/nearest.h"
#include "cli/answer.h"
#include "cli/io/interrupt.h"
#include "cli/io/terminal.h"
#include "cli/io/user.h"
#include "coord/root.h"
#include "coord/state/nimbus_state.h"
#include "coord/state/paths.h"

#define ATTEMPT_NS 1000000000ull /* of a question that may be asked again */
#define PAUSE_NS   100000000ull  /* before it is looked again who leads */

/* ---- beginning and end ---- */

enum exit_code nimbus_init(struct nimbus *nimbus, const struct options *options)
{
    struct error error;

    *nimbus = (struct nimbus){.options = options, .interrupt = -1};
    enum exit_code code = link_init_to_nimbus(&nimbus->link, options);
    if (code != EXIT_CODE_DONE || pass_load(nimbus->link.settings, &nimbus->pass, &error) == ERR_OK)
        return code;
    return nimbus_complain(nimbus, EXIT_CODE_DENIED, "%s", error.text);
}

static void disconnect(struct nimbus *nimbus)
{
    if (nimbus->asking.client != NULL)
        asking_close(&nimbus->asking);
    mem_free_text(&nimbus->address);
    mem_free_text(&nimbus->version);
}

void nimbus_done(struct nimbus *nimbus)
{
    disconnect(nimbus);
    link_done(&nimbus->link);
    if (nimbus->interrupt >= 0)
        interrupt_close(nimbus->interrupt);
}

enum exit_code nimbus_complain(const struct nimbus *nimbus, enum exit_code code, const char *format,
                               ...)
{
    struct error error = {.code = ERR_INVALID};
    va_list arguments;

    va_start(arguments, format);
    (void)vsnprintf(error.text, sizeof error.text, format, arguments);
    va_end(arguments);
    terminal_complain(nimbus->options->command->name, &error);
    return code;
}

enum exit_code nimbus_catch_signals(struct nimbus *nimbus)
{
    struct error error;

    if (interrupt_open(&nimbus->interrupt, &error) != ERR_OK)
        return nimbus_complain(nimbus, EXIT_CODE_FAILED, "%s", error.text);
    nimbus->asking.interrupt = nimbus->interrupt;
    return EXIT_CODE_DONE;
}

enum exit_code nimbus_pause(const struct nimbus *nimbus, uint64_t until_ns)
{
    return asking_pause(nimbus->interrupt, until_ns) ? EXIT_CODE_INTERRUPTED : EXIT_CODE_DONE;
}

/* ---- who leads ---- */

static enum exit_code read_leader(struct nimbus *nimbus, const struct coord_event *answer,
                                  char **ret_address)
{
    struct leader_state leader;
    struct error error;

    if (answer->error == COORD_NO_NODE) {
        *ret_address = NULL;
        return EXIT_CODE_DONE;
    }
    if (answer->error != COORD_OK)
        return nimbus_complain(nimbus, EXIT_CODE_FAILED,
                               "cannot read in the cluster state who leads: %s",
                               coord_error_text(answer->error));
    enum err err = leader_state_decode(answer->data, answer->size, &leader, &error);
    if (err == ERR_NOT_FOUND) {
        *ret_address = NULL;
        return EXIT_CODE_DONE;
    }
    if (err != ERR_OK)
        return nimbus_complain(nimbus, EXIT_CODE_FAILED,
                               "cannot read in the cluster state who leads: %s", error.text);
    *ret_address = mem_copy_text(leader.nimbus.address);
    leader_state_done(&leader);
    return EXIT_CODE_DONE;
}

/* NULL as the address if nobody has led yet. */
static enum exit_code find_leader(struct nimbus *nimbus, char **ret_address)
{
    struct link *link = &nimbus->link;
    AUTO(mem_free_text) char *root = root_new(link->coord.root);
    AUTO(mem_free_text) char *path = root_join(root, PATHS_LEADER);
    struct coord_event answer;

    enum exit_code code = link->client == NULL ? link_connect(link) : EXIT_CODE_DONE;
    if (code == EXIT_CODE_DONE)
        code = link_ask(link, &(struct coord_call){.kind = COORD_GET, .path = path}, &answer);
    if (code != EXIT_CODE_DONE)
        return code;
    code = read_leader(nimbus, &answer, ret_address);
    coord_event_done(&answer);
    return code;
}

enum standing {
    STANDING_LEADS,
    STANDING_KNOWS, /* who leads */
    STANDING_SILENT,
    STANDING_INTERRUPTED,
};

static void note_info(struct nimbus *nimbus, const json_t *info, enum standing *standing,
                      char **leader)
{
    const char *address = answer_text(info, "leader_address");

    mem_free_text(&nimbus->version);
    nimbus->version = mem_copy_text(answer_text(info, "version"));
    if (answer_flag(info, "leader"))
        *standing = STANDING_LEADS;
    else if (address[0] != '\0' && strcmp(address, nimbus->address) != 0) {
        *standing = STANDING_KNOWS;
        *leader = mem_copy_text(address);
    }
}

/* The handshake has failed for good. */
static enum exit_code explain_trouble(const struct nimbus *nimbus)
{
    const char *trouble = asking_trouble(&nimbus->asking);

    return nimbus_complain(nimbus, EXIT_CODE_DENIED,
                           "cannot talk to nimbus at %s: %s; cluster.client is the file of the key "
                           "to show ('gale keys --help')",
                           nimbus->address, trouble == NULL ? "its keys are others" : trouble);
}

/* Connects to that address, which is taken over, and asks whether it leads. */
static enum exit_code try(struct nimbus *nimbus, char *address, uint64_t deadline_ns,
                          enum standing *ret_standing, char **ret_leader)
{
    struct question question = {.op = "info"};
    uint64_t until_ns = clock_now_ns() + ATTEMPT_NS;
    struct asked asked;
    struct error error;

    disconnect(nimbus);
    nimbus->address = address;
    if (asking_open(address, pass_keys(&nimbus->pass), nimbus->interrupt, &nimbus->asking,
                    &error) != ERR_OK)
        return nimbus_complain(nimbus, EXIT_CODE_USAGE, "%s", error.text);
    enum err err = asking_ask(&nimbus->asking, &question,
                              until_ns < deadline_ns ? until_ns : deadline_ns, &asked);
    if (err == ERR_DENIED)
        return explain_trouble(nimbus);
    *ret_standing = err == ERR_CANCELLED ? STANDING_INTERRUPTED : STANDING_SILENT;
    if (err != ERR_OK)
        return EXIT_CODE_DONE;
    if (asked.answer.ok != NULL)
        note_info(nimbus, asked.answer.ok, ret_standing, ret_leader);
    asked_done(&asked);
    return EXIT_CODE_DONE;
}

/* Why it was not done is worth more than that time is up. */
static enum exit_code repeat_refusal(const struct nimbus *nimbus)
{
    struct text text;

    text_init(&text);
    answer_add_words(nimbus->refusal, &text);
    enum exit_code code = nimbus_complain(nimbus, EXIT_CODE_UNREACHABLE, "%s", text_data(&text));
    text_done(&text);
    return code;
}

static enum exit_code give_up(struct nimbus *nimbus)
{
    double seconds = (double)nimbus->link.timeout_ms / 1000;

    if (nimbus->refusal[0] != '\0')
        return repeat_refusal(nimbus);

    if (nimbus->asking.client != NULL && asking_trouble(&nimbus->asking) != NULL)
        return explain_trouble(nimbus);
    if (nimbus->address == NULL)
        return nimbus_complain(nimbus, EXIT_CODE_UNREACHABLE,
                               "no nimbus leads this cluster, and none began to within %.3g s: is "
                               "gale-nimbus running?",
                               seconds);
    return nimbus_complain(nimbus, EXIT_CODE_UNREACHABLE,
                           "no nimbus that leads answered within %.3g s; the last one asked was "
                           "at %s; --timeout waits longer",
                           seconds, nimbus->address);
}

/* Whom to ask next; NULL if nobody has led yet. */
static enum exit_code choose(struct nimbus *nimbus, char **told, char **ret_address)
{
    const char *given = options_value(nimbus->options, OPTION_NIMBUS);

    if (*told != NULL) {
        *ret_address = TAKE(*told);
        return EXIT_CODE_DONE;
    }
    if (given == NULL)
        return find_leader(nimbus, ret_address);
    *ret_address = mem_copy_text(given);
    return EXIT_CODE_DONE;
}

static enum exit_code open_until(struct nimbus *nimbus, uint64_t deadline_ns)
{
    AUTO(mem_free_text) char *told = NULL;

    for (;;) {
        enum standing standing = STANDING_SILENT;
        char *address = NULL;

        enum exit_code code = choose(nimbus, &told, &address);
        if (code == EXIT_CODE_DONE && address != NULL)
            code = try(nimbus, address, deadline_ns, &standing, &told);
        if (code != EXIT_CODE_DONE || standing == STANDING_LEADS)
            return code;
        if (clock_now_ns() + PAUSE_NS >= deadline_ns)
            return give_up(nimbus);
        if (standing == STANDING_INTERRUPTED ||
            (standing != STANDING_KNOWS &&
             asking_pause(nimbus->interrupt, clock_now_ns() + PAUSE_NS)))
            return EXIT_CODE_INTERRUPTED;
    }
}

enum exit_code nimbus_open(struct nimbus *nimbus)
{
    link_begin_wait(&nimbus->link);
    return open_until(nimbus, nimbus->link.deadline_ns);
}

/* ---- asking ---- */

static enum exit_code code_of(enum control_code code, const struct nimbus_question *question)
{
    switch (code) {
    case CONTROL_NOT_FOUND:
        return EXIT_CODE_NOT_FOUND;
    case CONTROL_CONFLICT:
        return EXIT_CODE_CONFLICT;
    case CONTROL_INVALID: /* names and settings were checked here: it is the topology */
        return strcmp(question->op, "topology.submit") == 0 ? EXIT_CODE_TOPOLOGY : EXIT_CODE_USAGE;
    case CONTROL_DENIED:
        return EXIT_CODE_DENIED;
    case CONTROL_UNAVAILABLE:
    case CONTROL_NOT_LEADER:
        return EXIT_CODE_UNREACHABLE;
    case CONTROL_OK:
    case CONTROL_LIMIT:
    case CONTROL_INTERNAL:
    case CONTROL_CODE_COUNT:
        break;
    }
    return EXIT_CODE_FAILED;
}

static void explain(const struct nimbus *nimbus, const struct control_fault *fault)
{
    struct text text;

    text_init(&text);
    answer_add_words(fault->text, &text);
    (void)nimbus_complain(nimbus, EXIT_CODE_FAILED, "%s", text_data(&text));
    text_done(&text);
}

static bool is_worth_another_try(const struct control_fault *fault)
{
    return fault->code == CONTROL_NOT_LEADER || fault->code == CONTROL_UNAVAILABLE;
}

/* One question to the nimbus that is connected. DONE with an answer or without one, which has no id
 * then. */
static enum exit_code ask_once(struct nimbus *nimbus, const struct nimbus_question *question,
                               uint64_t deadline_ns, struct asked *asked)
{
    uint64_t until_ns = clock_now_ns() + ATTEMPT_NS;
    struct question sent = {
        .op = question->op, .args = question->args, .body = question->body, .size = question->size};

    *asked = (struct asked){.reply = {.head = NULL}};
    if (!question->is_lookup || until_ns > deadline_ns)
        until_ns = deadline_ns;
    enum err err = asking_ask(&nimbus->asking, &sent, until_ns, asked);
    if (err == ERR_DENIED)
        return explain_trouble(nimbus);
    return err == ERR_CANCELLED ? EXIT_CODE_INTERRUPTED : EXIT_CODE_DONE;
}

/* The name that was meant; NULL if none is near, or if it cannot be found out. A copy. */
static char *find_nearest(struct nimbus *nimbus, const char *name)
{
    struct nimbus_question question = {.op = "topology.list", .is_lookup = true};
    struct asked asked;
    char *meant = NULL;

    if (ask_once(nimbus, &question, nimbus->link.deadline_ns, &asked) != EXIT_CODE_DONE ||
        asked.answer.id == 0)
        return NULL;
    size_t count = answer_size(asked.answer.ok, "topologies");
    const char **names = NEW_ARRAY(const char *, count);
    for (size_t i = 0; i < count; i++)
        names[i] = answer_text(answer_item(asked.answer.ok, "topologies", i), "name");
    const char *found = nearest(name, names, count);
    if (found != NULL)
        meant = mem_copy_text(found);
    free(names);
    asked_done(&asked);
    return meant;
}

static void explain_absence(struct nimbus *nimbus, const struct nimbus_question *question,
                            const struct control_fault *fault)
{
    const char *name = answer_text(question->args, "name");
    AUTO(mem_free_text) char *meant = find_nearest(nimbus, name);

    if (meant != NULL && strcmp(meant, name) == 0)
        explain(nimbus, fault); /* it is there, and something of it is not */
    else if (meant == NULL)
        (void)nimbus_complain(nimbus, EXIT_CODE_NOT_FOUND,
                              "there is no topology '%s'; 'gale list' shows those that there are",
                              name);
    else
        (void)nimbus_complain(nimbus, EXIT_CODE_NOT_FOUND,
                              "there is no topology '%s'; did you mean '%s'?", name, meant);
}

static enum exit_code give_up_answer(const struct nimbus *nimbus,
                                     const struct nimbus_question *question)
{
    return nimbus_complain(nimbus, EXIT_CODE_UNREACHABLE,
                           "nimbus at %s gave no answer within %.3g s%s; --timeout waits longer",
                           nimbus->address, (double)nimbus->link.timeout_ms / 1000,
                           question->is_lookup ? ""
                                               : "; whether it was done is not known: see "
                                                 "'gale list'");
}

/* After an attempt: DONE with *ret_over, or the reason for giving up. Otherwise it is connected to the
 * one that leads now. */
static enum exit_code go_on(struct nimbus *nimbus, const struct nimbus_question *question,
                            uint64_t deadline_ns, struct asked *asked, bool *ret_over)
{
    bool is_answered = asked->answer.id != 0;
    bool is_late = clock_now_ns() + PAUSE_NS >= deadline_ns;

    *ret_over = is_answered && (is_late || !is_worth_another_try(&asked->answer.fault));
    if (*ret_over)
        return EXIT_CODE_DONE;
    if (is_late)
        return give_up_answer(nimbus, question);
    if (is_answered) {
        (void)snprintf(nimbus->refusal, sizeof nimbus->refusal, "%s", asked->answer.fault.text);
        asked_done(asked);
    }
    if (asking_pause(nimbus->interrupt, clock_now_ns() + PAUSE_NS))
        return EXIT_CODE_INTERRUPTED;
    return open_until(nimbus, deadline_ns);
}

/* The same until there is an answer that is not "somebody else" or "later", or the time is up. */
static enum exit_code ask_until(struct nimbus *nimbus, const struct nimbus_question *question,
                                uint64_t deadline_ns, struct asked *asked)
{
    enum exit_code code = EXIT_CODE_DONE;
    bool is_over = false;

    while (code == EXIT_CODE_DONE && !is_over) {
        code = ask_once(nimbus, question, deadline_ns, asked);
        if (code == EXIT_CODE_DONE)
            code = go_on(nimbus, question, deadline_ns, asked, &is_over);
    }
    return code;
}

static enum exit_code understand(struct nimbus *nimbus, const struct nimbus_question *question,
                                 const struct control_answer *answer, bool is_quiet,
                                 json_t **ret_ok)
{
    enum exit_code code = code_of(answer->fault.code, question);
    bool is_named = answer_text(question->args, "name")[0] != '\0';

    if (answer->fault.code == CONTROL_OK) {
        *ret_ok = json_incref(answer->ok);
        return EXIT_CODE_DONE;
    }
    if (code == EXIT_CODE_NOT_FOUND && is_quiet)
        return code;
    if (code == EXIT_CODE_NOT_FOUND && is_named)
        explain_absence(nimbus, question, &answer->fault);
    else
        explain(nimbus, &answer->fault);
    return code;
}

static enum exit_code ask(struct nimbus *nimbus, const struct nimbus_question *question,
                          bool is_quiet, json_t **ret_ok)
{
    struct asked asked;

    link_begin_wait(&nimbus->link);
    enum exit_code code = ask_until(nimbus, question, nimbus->link.deadline_ns, &asked);
    if (code == EXIT_CODE_DONE) {
        code = understand(nimbus, question, &asked.answer, is_quiet, ret_ok);
        asked_done(&asked);
    }
    json_decref(question->args);
    return code;
}

/* Whoever changes something is named in the events of the cluster. */
static void sign(json_t *args)
{
    char name[USER_NAME_MAX];

    user_name(name);
    (void)json_object_set_new(args, "by", json_string(name));
    (void)json_object_set_new(args, "via", json_string("cli"));
}

enum exit_code nimbus_ask(struct nimbus *nimbus, const struct nimbus_question *question,
                          json_t **ret_ok)
{
    if (!question->is_lookup && question->args != NULL)
        sign(question->args);
    return ask(nimbus, question, false, ret_ok);
}

enum exit_code nimbus_look(struct nimbus *nimbus, const char *op, const char *name, bool is_quiet,
                           json_t **ret_ok)
{
    struct nimbus_question question = {
        .op = op,
        .args = name == NULL ? NULL : json_pack("{s:s}", "name", name),
        .is_lookup = true,
    };

    return ask(nimbus, &question, is_quiet, ret_ok);
}
