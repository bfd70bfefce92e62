# SPDX-License-Identifier: Apache-2.0
# Every target of the project links gale_flags. Sanitizers and optimisation are the presets' matter.

add_library(gale_flags INTERFACE)
target_include_directories(gale_flags INTERFACE ${PROJECT_SOURCE_DIR})
target_compile_options(gale_flags INTERFACE
    -Wall
    -Wextra
    -Wshadow
    -Wconversion
    -Wstrict-prototypes
    -Wmissing-prototypes
    -Wundef
    -Wformat=2
    -Wvla
    -Wswitch-enum
    -Wwrite-strings)
