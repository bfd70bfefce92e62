#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Counts the words of a text from log to log, on a cluster of this machine: gale-coord, gale-nimbus,
# gale-broker, two supervisors and four workers, started for it and stopped after it. The text goes
# into the topic 'lines', word_count_log reads it and writes totals to the topic 'counts', and these are
# read back. Then checks every single count against tr, sort and uniq.
#
# usage: topologies/word_count_log/run.sh BUILD_DIR [FILE|-]
#
# Without FILE it takes the King James Bible (Debian package bible-kjv); - is standard input.
# GALE_BIN names the program, if it is not BUILD_DIR/bin/gale; those of the cluster lie beside it.
set -euo pipefail

usage='usage: topologies/word_count_log/run.sh BUILD_DIR [FILE|-]'
build=${1:?$usage}
input=${2:-}
if (($# > 2)); then
    echo "$usage" >&2
    exit 2
fi

readonly gale=${GALE_BIN:-$build/bin/gale}
readonly supervisors=2 slots=2 workers=4
readonly group=word-count-log.reader

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

# --- The text --------------------------------------------------------------------------------------

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

start_cluster() {
    "$gale" up --dir "$scratch/state" --supervisors "$supervisors" --slots "$slots" --json \
        -c broker.disk.free.min=0 >"$scratch/ready" 2>"$scratch/up.log" </dev/null &
    cluster=$!
    while [[ ! -s $scratch/ready ]]; do
        kill -0 "$cluster" 2>/dev/null || die "the cluster did not start: $(<"$scratch/up.log")"
        sleep 0.05
    done
    export GALE_CONFIG=$scratch/state/gale.yaml
}

# gale_quietly ARGUMENT...: its output is of no interest, unless it fails. 130 is Ctrl-C.
gale_quietly() {
    local status=0
    "$gale" "$@" >"$scratch/quiet" 2>&1 </dev/null || status=$?
    if ((status == 130)); then
        exit 130
    fi
    ((status == 0)) || die "gale $1: $(<"$scratch/quiet")"
}

# --- From log to log -----------------------------------------------------------------------------

write_lines() {
    gale_quietly topic create lines --partitions "$workers"
    gale_quietly topic create counts --partitions "$workers" --config cleanup.policy=compact
    gale_quietly produce lines "$text"
}

submit() {
    local tasks=() component
    for component in reader splitter counter writer; do
        tasks+=(-c "$component.tasks=$workers" -c "$component.executors=$workers")
    done
    gale_quietly submit "$build/topologies/word_count_log.so" -c topology.workers="$workers" \
        "${tasks[@]}"
}

# What of the topic is not processed yet. The group is there from the first commit on; until then all of it is.
lag() {
    ("$gale" group describe "$group" --json 2>/dev/null </dev/null || true) |
        sed -n 's/.*"lag":\([0-9][0-9]*\)}$/\1/p'
}

now_ms() {
    date +%s%3N
}

# Shows how far it is, on a terminal, until nothing is left.
wait_for_counts() {
    local left='' before=''
    while [[ $left != 0 ]]; do
        kill -0 "$cluster" 2>/dev/null || die "the cluster has ended: $(<"$scratch/up.log")"
        sleep 0.1
        left=$(lag)
        if [[ -t 2 && $left != "$before" ]]; then
            printf '\r%s lines are left \e[K' "$(with_commas "${left:-$lines}")" >&2
        fi
        before=$left
    done
    if [[ -t 2 ]]; then
        printf '\r\e[K' >&2
    fi
}

count_words() {
    local began
    lines=$(awk 'END {print NR}' "$text")
    write_lines
    began=$(now_ms)
    submit
    if ((lines > 0)); then
        wait_for_counts
    fi
    took_ms=$(($(now_ms) - began))
    "$gale" status word-count-log >"$scratch/shown" </dev/null
    "$gale" group describe "$group" >"$scratch/group" </dev/null || true
    "$gale" consume counts --from-beginning --exit-at-end --print-key </dev/null \
        >"$scratch/totals" || die 'the counts cannot be read'
    # The last total of a word counts, as in a compacted topic.
    awk -F '\t' '{last[$1] = $2} END {for (word in last) print word "\t" last[word]}' \
        "$scratch/totals" | sort >"$scratch/counts"
    gale_quietly kill word-count-log --yes
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
    printf '\nHow far the group of the reader is:\n\n'
    cat "$scratch/group"
}

show_words() {
    printf '\nThe commonest words of %s:\n\n' "$name"
    sort -t "$(printf '\t')" -k 2,2nr -k 1,1 "$scratch/counts" | sed -n 1,10p |
        while read -r word count; do
            printf '%12s  %s\n' "$(with_commas "$count")" "$word"
        done
}

# seconds MILLISECONDS
seconds() {
    awk -v ms="$1" 'BEGIN {printf "%.2f", ms / 1000}'
}

show_figures() {
    local words totals
    words=$(awk '{sum += $2} END {printf "%d", sum}' "$scratch/counts")
    totals=$(awk 'END {print NR}' "$scratch/totals")
    printf '\n%s lines read from the log, %s totals written to it, in %s s with the start of the workers' \
        "$(with_commas "$lines")" "$(with_commas "$totals")" "$(seconds "$took_ms")"
    printf ' (%s words/s)\n' "$(with_commas "$((words * 1000 / (took_ms + 1)))")"
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
