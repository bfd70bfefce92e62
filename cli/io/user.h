/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who types the commands.
 */
#ifndef CLI_IO_USER_H
#define CLI_IO_USER_H

enum {
    USER_NAME_MAX = 64, /* with the final NUL */
};

/* The name of the user, or his number if he has none. For lists only: nobody relies on it. */
void user_name(char ret_name[USER_NAME_MAX]);

#endif
