/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A plan for people: components, who reads what, and the settings that differ from Gale's own
 * defaults. Pure; any thread.
 */
#ifndef CLI_VIEWS_PLAN_VIEW_H
#define CLI_VIEWS_PLAN_VIEW_H

#include "base/text.h"
#include "cli/views/style.h"
#include "wire/config.h"
#include "wire/plan.h"

/* The plan was checked and the config was made of it. */
void plan_view_render(const struct plan *plan, const struct config *config, struct text *text,
                      enum style style);

#endif
