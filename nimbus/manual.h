/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What gale-nimbus says about itself: its help and its manual page, from one table of the options
 * of its command line and that of the settings (wire/cluster.h). Pure.
 */
#ifndef NIMBUS_MANUAL_H
#define NIMBUS_MANUAL_H

#include "base/text.h"

void nimbus_manual_help(struct text *out);

/* In mdoc, for man(1). */
void nimbus_manual_page(struct text *out);

#endif
