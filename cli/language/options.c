/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/language/options.h"

#include <string.h>

#include "base/nearest.h"
#include "cli/language/table.h"

/* The words that are still to be read, and what was made of the others. */
struct reader {
    const char *const *words;
    size_t count;
    size_t at;
    struct options options;
};

static const struct option *find_long(const struct command *command, const char *name,
                                      size_t length)
{
    const struct option *option;

    for (size_t i = 0; (option = table_option_at(command, i)) != NULL; i++) {
        if (strlen(option->name) == length && memcmp(option->name, name, length) == 0)
            return option;
    }
    return NULL;
}

static const struct option *find_short(const struct command *command, char letter)
{
    const struct option *option;

    for (size_t i = 0; (option = table_option_at(command, i)) != NULL; i++) {
        if (option->letter != 0 && option->letter == letter)
            return option;
    }
    return NULL;
}

static enum err refuse_long(const struct command *command, const char *name, size_t length,
                            struct error *error)
{
    const char *names[COMMAND_OPTIONS_MAX];
    char word[NEAREST_WORD_MAX + 1] = "";
    size_t count = 0;
    const struct option *option;

    for (; (option = table_option_at(command, count)) != NULL; count++)
        names[count] = option->name;
    if (length < sizeof word)
        memcpy(word, name, length);
    const char *meant = nearest(word, names, count);
    if (meant == NULL)
        return error_set(error, ERR_INVALID, "unknown option '--%.*s'", (int)length, name);
    return error_set(error, ERR_INVALID, "unknown option '--%.*s'; did you mean '--%s'?",
                     (int)length, name, meant);
}

/* `attached` is the value that stands in the same word, or NULL. */
static enum err take_option(struct reader *reader, const struct option *option,
                            const char *attached, struct error *error)
{
    struct options *options = &reader->options;

    if (option->value_name == NULL && attached != NULL)
        return error_set(error, ERR_INVALID, "option '--%s' takes no value", option->name);
    if (!option->may_repeat && option->id != OPTION_HELP && options_has(options, option->id))
        return error_set(error, ERR_INVALID, "option '--%s' is given twice", option->name);
    if (options->given_count == OPTIONS_GIVEN_MAX)
        return error_set(error, ERR_LIMIT, "more than %d options", OPTIONS_GIVEN_MAX);

    const char *value = attached;
    if (option->value_name != NULL && value == NULL) {
        if (reader->at == reader->count)
            return error_set(error, ERR_INVALID, "option '--%s' needs a value: --%s %s",
                             option->name, option->name, option->value_name);
        value = reader->words[reader->at++];
    }
    options->given[options->given_count++] =
        (struct option_given){.id = option->id, .value = value};
    return ERR_OK;
}

static enum err read_long(struct reader *reader, const char *word, struct error *error)
{
    const char *name = word + 2;
    size_t length = strcspn(name, "=");
    const struct option *option = find_long(reader->options.command, name, length);

    if (option == NULL)
        return refuse_long(reader->options.command, name, length, error);
    return take_option(reader, option, name[length] == '=' ? name + length + 1 : NULL, error);
}

static enum err read_short(struct reader *reader, const char *word, struct error *error)
{
    const struct option *option = find_short(reader->options.command, word[1]);

    if (option == NULL)
        return error_set(error, ERR_INVALID, "unknown option '%s'", word);
    if (word[2] != '\0' && option->value_name == NULL)
        return error_set(error, ERR_INVALID, "'%s': options of one letter are written apart", word);
    return take_option(reader, option, word[2] == '\0' ? NULL : word + 2, error);
}

static size_t most_operands(const struct operand *operand)
{
    if (operand->name == NULL)
        return 0;
    if (operand->may_repeat)
        return COMMAND_OPERANDS_MAX;
    return operand->second == NULL ? 1 : 2;
}

static enum err take_operand(struct reader *reader, const char *word, struct error *error)
{
    const struct command *command = reader->options.command;
    struct options *options = &reader->options;
    size_t most = most_operands(&command->operand);

    if (options->operand_count < most) {
        options->operands[options->operand_count++] = word;
        options->operand = options->operands[0];
        return ERR_OK;
    }
    return error_set(
        error, ERR_INVALID, "unexpected argument '%s'%s", word,
        command->rest == REST_TOPOLOGY ? "; arguments for the topology stand after '--'" : "");
}

static void pass_on(struct reader *reader)
{
    reader->options.rest = reader->words + reader->at;
    reader->options.rest_count = reader->count - reader->at;
}

/* After "--": for the topology, or operands that may begin with a dash. */
static enum err take_rest(struct reader *reader, struct error *error)
{
    if (reader->options.command->rest == REST_TOPOLOGY) {
        pass_on(reader);
        return ERR_OK;
    }
    while (reader->at < reader->count) {
        enum err err = take_operand(reader, reader->words[reader->at++], error);
        if (err != ERR_OK)
            return err;
    }
    return ERR_OK;
}

static enum err read_word(struct reader *reader, const char *word, struct error *error)
{
    if (word[0] != '-' || word[1] == '\0')
        return take_operand(reader, word, error);
    return word[1] == '-' ? read_long(reader, word, error) : read_short(reader, word, error);
}

static enum err read_words(struct reader *reader, struct error *error)
{
    while (reader->at < reader->count) {
        const char *word = reader->words[reader->at++];

        if (strcmp(word, "--") == 0)
            return take_rest(reader, error);
        enum err err = read_word(reader, word, error);
        if (err != ERR_OK)
            return err;
        if (options_has(&reader->options, OPTION_HELP))
            return ERR_OK;
    }
    return ERR_OK;
}

static bool asks_for_help(const struct reader *reader)
{
    return reader->count > 0 &&
           (strcmp(reader->words[0], "--help") == 0 || strcmp(reader->words[0], "-h") == 0);
}

static enum err read_all(struct reader *reader, struct error *error)
{
    if (reader->options.command->rest != REST_PROGRAM || asks_for_help(reader))
        return read_words(reader, error);
    pass_on(reader);
    return ERR_OK;
}

/* The name of an operand that must be given and was not; NULL if there is none. */
static const char *find_missing(const struct options *options)
{
    const struct operand *operand = &options->command->operand;

    if (options->operand_count == 0)
        return operand->is_optional ? NULL : operand->name;
    return options->operand_count == 1 && !operand->second_is_optional ? operand->second : NULL;
}

enum err options_parse(const struct command *command, const char *const *words, size_t count,
                       struct options *ret_options, struct error *error)
{
    struct reader reader = {.words = words, .count = count, .options = {.command = command}};

    enum err err = read_all(&reader, error);
    const char *missing = find_missing(&reader.options);
    if (err != ERR_OK)
        return err;
    if (missing != NULL && !options_has(&reader.options, OPTION_HELP))
        return error_set(error, ERR_INVALID, "%s is missing", missing);
    *ret_options = reader.options;
    return ERR_OK;
}

static const struct option_given *find_given(const struct options *options, enum option_id id)
{
    for (size_t i = 0; i < options->given_count; i++) {
        if (options->given[i].id == id)
            return &options->given[i];
    }
    return NULL;
}

bool options_has(const struct options *options, enum option_id id)
{
    return find_given(options, id) != NULL;
}

const char *options_value(const struct options *options, enum option_id id)
{
    const struct option_given *given = find_given(options, id);

    return given == NULL ? NULL : given->value;
}
