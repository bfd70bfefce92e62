/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The manual page gale(1), in the mdoc language, made from the tables of commands, exit codes and
 * settings. Pure; any thread.
 */
#ifndef CLI_LANGUAGE_MAN_H
#define CLI_LANGUAGE_MAN_H

#include "base/text.h"

void man_render(struct text *text);

#endif
