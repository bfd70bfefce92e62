# SPDX-License-Identifier: Apache-2.0
# Turns the templates of `gale new` into C: cmake -DFROM=sdk/templates -DTO=templates.c -P embed.cmake
# The name of each file ends in .in, which is left out.

file(GLOB_RECURSE files RELATIVE ${FROM} ${FROM}/*.in)
list(SORT files)

set(code "/* Made by cli/embed.cmake from sdk/templates. */\n#include \"cli/project.h\"\n\n")
set(table "")
set(index 0)
foreach(file IN LISTS files)
    file(READ ${FROM}/${file} bytes HEX)
    string(LENGTH "${bytes}" digits)
    math(EXPR size "${digits} / 2")
    string(REGEX REPLACE "(................................)" "\\1\n" bytes "${bytes}")
    string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${bytes}")
    string(REGEX REPLACE "\\.in$" "" path "${file}")
    string(APPEND code "static const unsigned char content_${index}[] = {\n${bytes}};\n\n")
    string(APPEND table "    {\"${path}\", content_${index}, ${size}},\n")
    math(EXPR index "${index} + 1")
endforeach()

string(APPEND code
    "const struct project_file *project_files(size_t *ret_count)\n{\n"
    "    static const struct project_file files[] = {\n${table}    };\n\n"
    "    *ret_count = ${index};\n    return files;\n}\n")
file(WRITE ${TO} "${code}")
