/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What gale-broker says about itself: its help and its manual page, from one table of the options of
 * its command line and that of its settings (wire/broker_schema.h). Pure.
 */
#ifndef BROKER_SERVER_MANUAL_H
#define BROKER_SERVER_MANUAL_H

#include "base/text.h"

void broker_manual_help(struct text *out);

/* In mdoc, for man(1). */
void broker_manual_page(struct text *out);

#endif
