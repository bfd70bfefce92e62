/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What gale-ui says about itself: its help and its manual page, from the table of the options of its
 * command line and that of its settings (wire/ui_schema.h). Pure.
 */
#ifndef UI_MANUAL_H
#define UI_MANUAL_H

#include "base/text.h"

void ui_manual_help(struct text *out);
void ui_manual_page(struct text *out);

#endif
