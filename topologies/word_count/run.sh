#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Counts the words of a text on a cluster of this machine: gale-coord, gale-nimbus, two supervisors
# and four workers, started for it and stopped after it. Then checks every single count against tr,
# sort and uniq.
#
# usage: topologies/word_count/run.sh BUILD_DIR [FILE|-]
#
# Without FILE it takes the King James Bible (Debian package bible-kjv); - is standard input.
# GALE_BIN names the program, if it is not BUILD_DIR/bin/gale; those of the cluster lie beside it.
set -euo pipefail

usage='usage: topologies/word_count/run.sh BUILD_DIR [FILE|-]'
build=${1:?$usage}
input=${2:-}
if (($# > 2)); then
    echo "$usage" >&2
    exit 2
fi

readonly gale=${GALE_BIN:-$build/bin/gale}
readonly supervisors=2 slots=2 workers=4
readonly lines_max=1000000 # that gale logs can be asked for

export LC_ALL=C # letters are ASCII letters, and sorted by their bytes
scratch=$(mktemp -d)
cluster= # process id of gale up

die() {
    printf 'run.sh: %s\n' "$*" >&2
    exit 1
}

# The same as Ctrl-C: the workers end, then the daemons.
end_cluster() {
    if [[ -n $cluster ]]; then
        kill -INT "$cluster" 2>/dev/null || true
        wait "$cluster" || true
        cluster=
    fi
}

clean_up() {
    trap '' INT TERM # it does not take long
    end_cluster
    rm -rf -- "$scratch"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# with_commas NUMBER...: 31102 -> 31,102
with_commas() {
    printf '%s\n' "$@" | sed -e ':again' -e 's/^\([0-9]*[0-9]\)\([0-9]\{3\}\)/\1,\2/' -e 't again'
}

# --- The text: a file, because workers have no standard input ------------------------------------

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
-)
    name='standard input'
    cat >"$text" || die 'cannot read standard input'
    ;;
*)
    [[ -r $input && ! -d $input ]] || die "cannot read '$input'"
    if [[ -f $input ]]; then
        ln -s -- "$(realpath -- "$input")" "$text"
    else
        cat -- "$input" >"$text" || die "cannot read '$input'"
    fi
    ;;
esac

# --- The cluster ---------------------------------------------------------------------------------

# The log of the worker that prints the counts is not to be rotated away before it is read.
start_cluster() {
    "$gale" up --dir "$scratch/state" --supervisors "$supervisors" --slots "$slots" --json \
        -c supervisor.log.bytes.max=1GiB >"$scratch/ready" 2>"$scratch/up.log" </dev/null &
    cluster=$!
    while [[ ! -s $scratch/ready ]]; do
        kill -0 "$cluster" 2>/dev/null || die "the cluster did not start: $(<"$scratch/up.log")"
        sleep 0.05
    done
    export GALE_CONFIG=$scratch/state/gale.yaml
}

# give_up STATUS: of gale submit; 130 is Ctrl-C.
give_up() {
    if (($1 == 130)); then
        exit 130
    fi
    die 'the topology was not run to its end'
}

# --- Counting: word, tab, count in the log of the worker that reports ----------------------------

count_words() {
    local tasks=() component
    for component in splitter counter; do
        tasks+=(-c "$component.tasks=$workers" -c "$component.executors=$workers")
    done
    "$gale" submit "$build/topologies/word_count.so" --wait -c topology.workers="$workers" \
        "${tasks[@]}" -c "reader.path=$text" -c report.all=true >"$scratch/submitted" ||
        give_up $?
    "$gale" logs word-count --raw --lines "$lines_max" >"$scratch/logs" 2>"$scratch/logs.err" ||
        die "no logs: $(<"$scratch/logs.err")"
    grep -a "^[a-z']*$(printf '\t')[0-9]*$" "$scratch/logs" >"$scratch/counts" || true
    "$gale" status word-count >"$scratch/shown"
    "$gale" status word-count --json >"$scratch/status"
}

# figure NAME: the first number of that name in what nimbus knows of the topology.
figure() {
    local value
    value=$(grep -o "\"$1\": *[0-9][0-9]*" "$scratch/status" | sed -n '1s/.*[^0-9]//p')
    [[ -n $value ]] || die "the status has no '$1': $(<"$scratch/status")"
    printf '%s' "$value"
}

# --- The same without Gale -----------------------------------------------------------------------

# A word is a run of letters and apostrophes; what is longer than 255 bytes is counted in pieces.
count_without_gale() {
    tr 'A-Z' 'a-z' <"$text" | tr -cs "a-z'" '\n' | fold -b -w 255 | sort | uniq -c |
        awk 'NF == 2 {print $2 "\t" $1}' >"$scratch/expected"
}

# --- What came of it -----------------------------------------------------------------------------

# The table of components in what gale status shows.
show_places() {
    printf 'Where the tasks ran:\n\n'
    awk '/^component /{on = 1} on && NF == 0 {exit} on' "$scratch/shown"
}

show_words() {
    printf '\nThe commonest words of %s:\n\n' "$name"
    sort -t "$(printf '\t')" -k 2,2nr -k 1,1 "$scratch/counts" | sed -n 1,10p |
        while read -r word count; do
            printf '%12s  %s\n' "$(with_commas "$count")" "$word"
        done
}

# moments EVENT: when workers logged it, in milliseconds, the first moment first.
moments() {
    grep -a "^[^ ]* info $1 " "$scratch/logs" | cut -d ' ' -f 1 | date -f - +%s%3N | sort -n
}

# seconds MILLISECONDS
seconds() {
    awk -v ms="$1" 'BEGIN {printf "%.2f", ms / 1000}'
}

# Counted is the time from when the first worker runs until the last has ended.
show_figures() {
    local completed failed words began ended all_ms
    completed=$(figure completed)
    failed=$(figure failed)
    all_ms=$(($(figure ended_ms) - $(figure submitted_ms)))
    words=$(awk '{sum += $2} END {printf "%d", sum}' "$scratch/counts")
    began=$(moments worker.running | sed -n 1p)
    ended=$(moments topology.ended | sed -n '$p')
    printf '\n%s trees completed, %s failed; %s words in %s s, %s words/s' \
        "$(with_commas "$completed")" "$(with_commas "$failed")" "$(with_commas "$words")" \
        "$(seconds "$((ended - began))")" \
        "$(with_commas "$((words * 1000 / (ended - began + 1)))")"
    printf ' (%s s with the start of the workers)\n' "$(seconds "$all_ms")"
}

check() {
    local distinct words
    if cmp -s "$scratch/expected" "$scratch/counts"; then
        distinct=$(awk 'END {print NR}' "$scratch/counts")
        words=$(awk '{sum += $2} END {printf "%d", sum}' "$scratch/counts")
        printf 'check: %s distinct words and %s words agree with tr | sort | uniq -c\n' \
            "$(with_commas "$distinct")" "$(with_commas "$words")"
        return
    fi
    printf 'check: the counts differ (<: tr | sort | uniq -c, >: Gale), first differences:\n'
    diff "$scratch/expected" "$scratch/counts" | grep '^[<>]' | sed -n 1,10p || true
    return 1
}

start_cluster
count_words
end_cluster
count_without_gale
show_places
show_words
show_figures
check
