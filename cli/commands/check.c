/* SPDX-License-Identifier: Apache-2.0 */
#include "base/mem.h"
#include "base/text.h"
#include "cli/commands/commands.h"
#include "cli/io/terminal.h"
#include "cli/io/topology.h"
#include "cli/views/plan_view.h"

static void render(const struct options *options, const struct plan *plan,
                   const struct config *config, struct text *text)
{
    if (!options_has(options, OPTION_JSON)) {
        plan_view_render(plan, config, text, terminal_style(stdout));
        return;
    }
    AUTO(mem_free_text) char *json = plan_encode(plan);
    text_add(text, "%s\n", json);
}

enum exit_code command_check(const struct options *options)
{
    AUTO(plan_destroy) struct plan *plan = NULL;
    AUTO(config_destroy) struct config *config = NULL;
    AUTO(settings_destroy) struct settings *settings = NULL;
    struct text text;

    enum exit_code code = topology_settings(options, &settings);
    if (code == EXIT_CODE_DONE)
        code = topology_check(options, settings, &plan, &config);
    if (code != EXIT_CODE_DONE)
        return code;
    text_init(&text);
    render(options, plan, config, &text);
    if (!terminal_write(&text))
        code = EXIT_CODE_FAILED;
    text_done(&text);
    return code;
}
