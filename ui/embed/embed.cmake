# SPDX-License-Identifier: Apache-2.0
# Writes a folder of files as C: an assembler takes their bytes in, and a table names them.
#
# cmake -DFROM=<folder> -DTO=<file.c> -P embed.cmake

file(GLOB files RELATIVE ${FROM} ${FROM}/*.html ${FROM}/*.js ${FROM}/*.css ${FROM}/*.svg)
list(SORT files)

set(code "/* SPDX-License-Identifier: Apache-2.0 */\n/* Written by ui/embed/embed.cmake. */\n")
string(APPEND code "#include \"ui/io/assets_embedded.h\"\n\n")
set(rows "")

# The sum makes the text change with the bytes, so that it is compiled anew.
function(embed symbol path)
    file(SHA256 ${path} sum)
    string(APPEND code "/* ${sum} */\n"
        "__asm__(\".section .rodata\\n.balign 16\\n\"\n"
        "        \".global ${symbol}\\n.hidden ${symbol}\\n${symbol}:\\n\"\n"
        "        \".incbin \\\"${path}\\\"\\n.byte 0\\n.previous\\n\");\n"
        "extern const unsigned char ${symbol}[];\n\n")
    set(code "${code}" PARENT_SCOPE)
endfunction()

set(index 0)
foreach(name IN LISTS files)
    file(SIZE ${FROM}/${name} size)
    embed(gale_asset_${index} ${FROM}/${name})
    set(packed "0, 0")
    if(EXISTS ${FROM}/${name}.gz)
        file(SIZE ${FROM}/${name}.gz packed_size)
        if(packed_size LESS size)
            embed(gale_asset_${index}_packed ${FROM}/${name}.gz)
            set(packed "gale_asset_${index}_packed, ${packed_size}")
        endif()
    endif()
    string(APPEND rows "    {\"/${name}\", gale_asset_${index}, ${size}, ${packed}},\n")
    math(EXPR index "${index} + 1")
endforeach()
if(index EQUAL 0)
    message(FATAL_ERROR "there is no page in ${FROM}")
endif()

string(APPEND code "static const struct asset assets[] = {\n${rows}};\n\n"
    "const struct asset_table assets_embedded = {assets, sizeof assets / sizeof *assets};\n")
file(CONFIGURE OUTPUT ${TO} CONTENT "${code}" @ONLY)
