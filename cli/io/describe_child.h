/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The child that opens a topology's `.so` on behalf of cli/io/child.c: the hidden command
 * `gale __describe TOPOLOGY.so`.
 *
 * Opening runs code of the user, which may crash, hang, print, exit. So it happens in a process of
 * its own, with limits, that answers on descriptor 3:
 *
 *     opened                         as soon as the code is loaded
 *     plan                           then the plan as JSON, up to the end
 *  or error CODE                     then the text, up to the end
 */
#ifndef CLI_IO_DESCRIBE_CHILD_H
#define CLI_IO_DESCRIBE_CHILD_H

#define DESCRIBE_CHILD_COMMAND "__describe"
#define DESCRIBE_CHILD_FILE    3
#define DESCRIBE_CHILD_OPENED  "opened\n"
#define DESCRIBE_CHILD_PLAN    "plan\n"
#define DESCRIBE_CHILD_ERROR   "error "

/* Does not return: what user code has registered to run at exit does not run. */
_Noreturn void describe_child_main(const char *path);

#endif
