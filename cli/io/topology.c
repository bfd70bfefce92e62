/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/io/topology.h"

#include "base/mem.h"
#include "cli/io/child.h"
#include "cli/io/sources.h"
#include "cli/io/terminal.h"

static enum exit_code refuse(const struct options *options, const struct error *error,
                             enum exit_code code)
{
    terminal_complain(options->command->name, error);
    return code;
}

/* What the topology itself says must be right before anything is said from outside. */
static enum err check_own_settings(struct plan *plan, struct error *error)
{
    AUTO(settings_destroy) struct settings *none = settings_new();
    AUTO(config_destroy) struct config *config = NULL;

    return config_make(plan, none, &config, error);
}

enum exit_code topology_settings(const struct options *options, struct settings **ret_settings)
{
    struct error error;

    if (sources_read(options, ret_settings, &error) != ERR_OK)
        return refuse(options, &error, EXIT_CODE_USAGE);
    return EXIT_CODE_DONE;
}

enum exit_code topology_configure(const struct options *options, const struct settings *settings,
                                  struct plan *plan, struct config **ret_config)
{
    struct error error;

    if (check_own_settings(plan, &error) != ERR_OK)
        return refuse(options, &error, EXIT_CODE_TOPOLOGY);
    if (config_make(plan, settings, ret_config, &error) != ERR_OK)
        return refuse(options, &error, EXIT_CODE_USAGE);
    return EXIT_CODE_DONE;
}

enum exit_code topology_check(const struct options *options, const struct settings *settings,
                              struct plan **ret_plan, struct config **ret_config)
{
    AUTO(plan_destroy) struct plan *plan = NULL;
    struct error error;

    if (child_describe(options->operand, &plan, &error) != ERR_OK)
        return refuse(options, &error, EXIT_CODE_TOPOLOGY);
    enum exit_code code = topology_configure(options, settings, plan, ret_config);
    if (code == EXIT_CODE_DONE)
        *ret_plan = TAKE(plan);
    return code;
}
