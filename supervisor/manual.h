/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What gale-supervisor says about itself: its help and its manual page, from one table of the options
 * of its command line and that of the settings (wire/cluster.h). Pure.
 */
#ifndef SUPERVISOR_MANUAL_H
#define SUPERVISOR_MANUAL_H

#include "base/text.h"

void supervisor_manual_help(struct text *out);

/* In mdoc, for man(1). */
void supervisor_manual_page(struct text *out);

#endif
