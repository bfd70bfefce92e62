/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/exit_code.h"

#include "base/mem.h"

const struct exit_meaning *exit_code_table(size_t *ret_count)
{
    static const struct exit_meaning table[] = {
        {EXIT_CODE_DONE, "done"},
        {EXIT_CODE_FAILED, "it failed: a task could not open or broke a rule, a file could not be "
                           "written, a server refused, or a record was not acknowledged"},
        {EXIT_CODE_USAGE, "wrong usage: a command, option, argument or setting is unknown or its "
                          "value is wrong"},
        {EXIT_CODE_UNREACHABLE, "no server answered in time, or the connection was lost"},
        {EXIT_CODE_NOT_FOUND, "the topology, node, topic or group does not exist"},
        {EXIT_CODE_CONFLICT, "the state of things does not allow it: the name is in use, the "
                             "topology is being killed, the node has another version, exists "
                             "already or has children, or the group has members"},
        {EXIT_CODE_TIMEOUT, "what was waited for did not come in time"},
        {EXIT_CODE_DENIED, "not allowed"},
        {EXIT_CODE_TOPOLOGY, "the topology is invalid, cannot be opened, or was built for another "
                             "version"},
        {EXIT_CODE_INTERRUPTED, "stopped by SIGINT or SIGTERM"},
    };

    *ret_count = COUNT_OF(table);
    return table;
}
