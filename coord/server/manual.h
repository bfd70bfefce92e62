/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What gale-coord says about itself: its help and its manual page, from one table of the options of
 * its command line and that of its settings (coord/server/options.h). Pure.
 */
#ifndef COORD_SERVER_MANUAL_H
#define COORD_SERVER_MANUAL_H

#include "base/text.h"

void coord_manual_help(struct text *out);

/* In mdoc, for man(1). */
void coord_manual_page(struct text *out);

#endif
