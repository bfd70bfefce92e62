#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Counts the words of a text on Gale, and checks every single count against tr, sort and uniq.
#
# usage: topologies/word_count/run.sh BUILD_DIR [FILE|-]
#
# Without FILE it takes the King James Bible (Debian package bible-kjv); - is standard input.
# GALE_BIN names the program, if it is not BUILD_DIR/bin/gale.
set -euo pipefail

usage='usage: topologies/word_count/run.sh BUILD_DIR [FILE|-]'
build=${1:?$usage}
input=${2:-}
if (($# > 2)); then
    echo "$usage" >&2
    exit 2
fi

export LC_ALL=C # letters are ASCII letters, and sorted by their bytes
scratch=$(mktemp -d)
trap 'rm -rf -- "$scratch"' EXIT

die() {
    printf 'run.sh: %s\n' "$*" >&2
    exit 1
}

# with_commas NUMBER...: 31102 -> 31,102
with_commas() {
    printf '%s\n' "$@" | sed -e ':again' -e 's/^\([0-9]*[0-9]\)\([0-9]\{3\}\)/\1,\2/' -e 't again'
}

# --- The text ------------------------------------------------------------------------------------

text=$scratch/text
name=$input
case $input in
'')
    command -v bible >/dev/null || die 'no bible here: apt-get install bible-kjv'
    # Each verse is a line, and begins with where it stands.
    bible -f gen1:1-rev22:21 </dev/null | sed 's/^[^ ]* //' >"$text"
    [[ -s $text ]] || die "'bible' printed nothing"
    name='the King James Bible'
    ;;
-) name='standard input' ;;
*)
    [[ -r $input && ! -d $input ]] || die "cannot read '$input'"
    text=$input
    ;;
esac

# --- Counting on Gale: word, tab, count; at last the summary of the run as JSON ------------------

gale() {
    "${GALE_BIN:-$build/bin/gale}" run "$build/topologies/word_count.so" \
        -c "reader.path=$1" -c report.all=true --json --quiet
}

if [[ $input == - ]]; then
    tee -- "$text" | gale - >"$scratch/output" || die 'the run failed'
else
    gale "$text" >"$scratch/output" || die 'the run failed'
fi
sed '$d' "$scratch/output" >"$scratch/counts"
summary=$(tail -n 1 "$scratch/output")

# figure NAME: a number of the summary.
figure() {
    local value
    value=$(sed -n "s/.*\"$1\" *: *\([0-9][0-9]*\).*/\1/p" <<<"$summary")
    [[ -n $value ]] || die "the summary has no '$1': $summary"
    printf '%s' "$value"
}

# --- The same without Gale -----------------------------------------------------------------------

# A word is a run of letters and apostrophes; what is longer than 255 bytes is counted in pieces.
tr 'A-Z' 'a-z' <"$text" | tr -cs "a-z'" '\n' | fold -b -w 255 | sort | uniq -c |
    awk 'NF == 2 {print $2 "\t" $1}' >"$scratch/expected"

# --- What came of it -----------------------------------------------------------------------------

completed=$(figure trees_completed)
failed=$(figure trees_failed)
elapsed_ns=$(figure elapsed_ns)
words=$(awk '{sum += $2} END {printf "%d", sum}' "$scratch/counts")
distinct=$(awk 'END {print NR}' "$scratch/counts")
speed=$(awk -v words="$words" -v ns="$elapsed_ns" 'BEGIN {printf "%d", words * 1e9 / (ns + 1)}')
elapsed=$(awk -v ns="$elapsed_ns" 'BEGIN {printf "%.3f", ns / 1e9}')

printf 'The commonest words of %s:\n\n' "$name"
sort -t "$(printf '\t')" -k 2,2nr -k 1,1 "$scratch/counts" | sed -n 1,10p |
    while read -r word count; do
        printf '%12s  %s\n' "$(with_commas "$count")" "$word"
    done
printf '\n%s trees completed, %s failed; %s words in %s s, %s words/s\n' \
    "$(with_commas "$completed")" "$(with_commas "$failed")" "$(with_commas "$words")" \
    "$elapsed" "$(with_commas "$speed")"

if cmp -s "$scratch/expected" "$scratch/counts"; then
    printf 'check: %s distinct words and %s words agree with tr | sort | uniq -c\n' \
        "$(with_commas "$distinct")" "$(with_commas "$words")"
else
    printf 'check: the counts differ (<: tr | sort | uniq -c, >: Gale), first differences:\n'
    diff "$scratch/expected" "$scratch/counts" | grep '^[<>]' | sed -n 1,10p || true
    exit 1
fi
