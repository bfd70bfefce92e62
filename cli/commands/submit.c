/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `gale submit`: checks the topology in a child, uploads its plan and code, has it started.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/text.h"
#include "cli/answer.h"
#include "cli/commands/commands.h"
#include "cli/commands/upload.h"
#include "cli/commands/waiting.h"
#include "cli/io/nimbus.h"
#include "cli/io/sources.h"
#include "cli/io/terminal.h"
#include "cli/io/topology.h"
#include "cli/io/user.h"
#include "cli/views/topology_view.h"
#include "coord/state/paths.h"

#define CODE_BYTES_MAX ((size_t)1 << 30) /* nimbus has a limit of its own */

struct submission {
    struct settings *settings; /* of the topology */
    struct plan *plan;
    const char *name;
    char plan_hash[UPLOAD_HASH_SIZE];
    char code_hash[UPLOAD_HASH_SIZE];
};

/* ---- checking ---- */

static enum exit_code check_name(const struct nimbus *nimbus, struct submission *submission)
{
    const char *given = options_value(nimbus->options, OPTION_NAME);

    submission->name = given == NULL ? submission->plan->name : given;
    if (paths_id_is_valid(submission->name) && strchr(submission->name, '.') == NULL &&
        strlen(submission->name) <= PLAN_NAME_MAX)
        return EXIT_CODE_DONE;
    return nimbus_complain(nimbus, given == NULL ? EXIT_CODE_TOPOLOGY : EXIT_CODE_USAGE,
                           "'%s' is no name for a topology on a cluster: it has 1 to %d letters, "
                           "digits, '_' and '-'%s",
                           submission->name, PLAN_NAME_MAX,
                           given == NULL ? "; --name gives it another" : "");
}

static enum exit_code check(struct nimbus *nimbus, struct submission *submission)
{
    AUTO(config_destroy) struct config *config = NULL;

    submission->settings = sources_of_topology(nimbus->link.settings);
    enum exit_code code =
        topology_check(nimbus->options, nimbus->link.settings, &submission->plan, &config);
    return code == EXIT_CODE_DONE ? check_name(nimbus, submission) : code;
}

/* ---- uploading ---- */

static enum exit_code upload_plan(struct nimbus *nimbus, struct submission *submission)
{
    AUTO(mem_free_text) char *json = plan_encode(submission->plan);
    struct upload upload = {.what = "the plan", .bytes = json, .size = strlen(json)};

    return upload_run(nimbus, &upload, submission->plan_hash);
}

static enum exit_code upload_code(struct nimbus *nimbus, struct submission *submission)
{
    const char *path = nimbus->options->operand;
    const char *slash = strrchr(path, '/');
    AUTO(mem_free_text) char *bytes = NULL;
    struct upload upload = {.what = slash == NULL ? path : slash + 1};
    struct error error;

    if (file_read(path, CODE_BYTES_MAX, &bytes, &upload.size, &error) != ERR_OK)
        return nimbus_complain(nimbus, EXIT_CODE_FAILED, "%s", error.text);
    upload.bytes = bytes;
    return upload_run(nimbus, &upload, submission->code_hash);
}

/* ---- submitting ---- */

static json_t *settings_to_json(const struct settings *settings)
{
    json_t *object = json_object();

    for (size_t i = 0; i < settings_count(settings); i++) {
        const struct setting *setting = settings_at(settings, i);

        (void)json_object_set_new(object, setting->key, json_string(setting->value));
    }
    return object;
}

static json_t *args_to_json(const struct options *options)
{
    json_t *list = json_array();

    for (size_t i = 0; i < options->rest_count; i++)
        (void)json_array_append_new(list, json_string(options->rest[i]));
    return list;
}

/* NULL if an argument or a setting is no UTF-8. */
static json_t *describe(const struct options *options, const struct submission *submission)
{
    char owner[USER_NAME_MAX];

    user_name(owner);
    return json_pack("{s:s, s:s, s:s, s:o, s:o, s:b, s:s, s:b}", "name", submission->name, "plan",
                     submission->plan_hash, "so", submission->code_hash, "settings",
                     settings_to_json(submission->settings), "args", args_to_json(options),
                     "inactive", options_has(options, OPTION_INACTIVE) ? 1 : 0, "owner", owner,
                     "dry_run", options_has(options, OPTION_DRY_RUN) ? 1 : 0);
}

static void render(const struct options *options, const struct submission *submission,
                   const json_t *answer, struct text *text)
{
    bool is_dry = options_has(options, OPTION_DRY_RUN);

    if (options_has(options, OPTION_JSON)) {
        answer_add_json(answer, text);
        return;
    }
    text_add(text, "%s", submission->name);
    if (!is_dry) {
        text_add(text, " (");
        answer_add_words(answer_text(answer, "id"), text);
        text_add(text, ")");
    }
    text_add(text, is_dry ? ": nothing was submitted; it would get " : ": submitted, it gets ");
    text_add(text, "%" PRIu64 " of %" PRIu64 " workers\n", answer_count(answer, "workers"),
             answer_count(answer, "workers_wanted"));
    topology_view_unplaced(submission->name, answer, text);
}

static void hint(const struct options *options, const struct submission *submission)
{
    struct text text;

    if (options_has(options, OPTION_QUIET) || options_has(options, OPTION_JSON) ||
        options_has(options, OPTION_DRY_RUN) || options_has(options, OPTION_WAIT))
        return;
    text_init(&text);
    text_add(&text, "see how it goes: gale status %s, gale logs -f %s, gale top %s\n",
             submission->name, submission->name, submission->name);
    terminal_say(&text);
    text_done(&text);
}

/* Tells the answer, and waits if that is wanted. */
static enum exit_code follow(struct nimbus *nimbus, const struct submission *submission,
                             const json_t *answer)
{
    struct text text;

    text_init(&text);
    render(nimbus->options, submission, answer, &text);
    enum exit_code code = terminal_write(&text) ? EXIT_CODE_DONE : EXIT_CODE_FAILED;
    text_done(&text);
    hint(nimbus->options, submission);
    if (code == EXIT_CODE_DONE && options_has(nimbus->options, OPTION_WAIT) &&
        !options_has(nimbus->options, OPTION_DRY_RUN))
        code = waiting_run(nimbus, WAITING_FOR_END, submission->name, answer_text(answer, "id"));
    return code;
}

static enum exit_code start(struct nimbus *nimbus, const struct submission *submission)
{
    struct nimbus_question question = {.op = "topology.submit",
                                       .args = describe(nimbus->options, submission)};
    json_t *answer = NULL;

    if (question.args == NULL)
        return nimbus_complain(nimbus, EXIT_CODE_USAGE,
                               "arguments and settings must be texts in UTF-8");
    enum exit_code code = nimbus_ask(nimbus, &question, &answer);
    if (code != EXIT_CODE_DONE)
        return code;
    code = follow(nimbus, submission, answer);
    json_decref(answer);
    return code;
}

static enum exit_code submit(struct nimbus *nimbus)
{
    struct submission submission = {.settings = NULL};

    enum exit_code code = check(nimbus, &submission);
    if (code == EXIT_CODE_DONE)
        code = nimbus_open(nimbus);
    if (code == EXIT_CODE_DONE)
        code = upload_plan(nimbus, &submission);
    if (code == EXIT_CODE_DONE)
        code = upload_code(nimbus, &submission);
    if (code == EXIT_CODE_DONE)
        code = start(nimbus, &submission);
    plan_destroy(&submission.plan);
    settings_destroy(&submission.settings);
    return code;
}

enum exit_code command_submit(const struct options *options)
{
    struct nimbus nimbus;

    enum exit_code code = nimbus_init(&nimbus, options);
    if (code == EXIT_CODE_DONE)
        code = waiting_prepare(&nimbus);
    if (code == EXIT_CODE_DONE)
        code = submit(&nimbus);
    nimbus_done(&nimbus);
    return code;
}
