/* SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"
#include "base/text.h"
#include "cli/commands/commands.h"
#include "cli/io/link.h"
#include "cli/io/terminal.h"
#include "cli/io/words.h"
#include "cli/sessions.h"

/* One server's answer to a word. */
static enum exit_code ask(struct link *link, const struct server_address *server, const char *word,
                          struct text *answer)
{
    struct error error;

    text_clear(answer);
    link_begin_wait(link);
    if (words_ask(server, word, link->deadline_ns, answer, &error) != ERR_OK)
        return link_complain(link, EXIT_CODE_UNREACHABLE, "'%s' was not answered: %s", word,
                             error.text);
    if (sessions_is_refusal(text_data(answer)))
        return link_complain(link, EXIT_CODE_FAILED,
                             "%s:%u may not answer '%s'; allow it there: coord.words of "
                             "gale-coord, 4lw.commands.whitelist of a ZooKeeper",
                             server->host, (unsigned)server->port, word);
    return EXIT_CODE_DONE;
}

static enum exit_code ask_server(struct link *link, const struct server_address *server,
                                 struct session_table *table)
{
    struct text answer;
    struct text name;

    text_init(&answer);
    text_init(&name);
    servers_name(server, &name);
    enum exit_code code = ask(link, server, "cons", &answer);
    if (code == EXIT_CODE_DONE) {
        sessions_read_cons(table, text_data(&name), text_data(&answer));
        code = ask(link, server, "dump", &answer);
    }
    if (code == EXIT_CODE_DONE)
        sessions_read_dump(table, text_data(&answer));
    text_done(&name);
    text_done(&answer);
    return code;
}

static enum exit_code show(const struct link *link, struct session_table *table)
{
    struct text text;

    text_init(&text);
    sessions_sort(table);
    if (options_has(link->options, OPTION_JSON))
        sessions_view_json(table, &text);
    else
        sessions_view(table, clock_wall_ms(), &text);
    enum exit_code code = terminal_write(&text) ? EXIT_CODE_DONE : EXIT_CODE_FAILED;
    text_done(&text);
    return code;
}

enum exit_code command_coord_sessions(const struct options *options)
{
    struct session_table table = {.rows = NULL};
    struct link link;

    enum exit_code code = link_init(&link, options);
    for (size_t i = 0; code == EXIT_CODE_DONE && i < link.servers.count; i++)
        code = ask_server(&link, &link.servers.items[i], &table);
    if (code == EXIT_CODE_DONE)
        code = show(&link, &table);
    sessions_done(&table);
    link_done(&link);
    return code;
}
