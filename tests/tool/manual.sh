#!/bin/bash
# SPDX-FileCopyrightText: 2026 The Loadline authors
# SPDX-License-Identifier: ISC
#
# manual.sh LOADLINE PAGES: every command has a manual page in the directory PAGES, with every option that it takes, and
# man has nothing to say against it.
set -euo pipefail
export LC_ALL=C.UTF-8

loadline=$1
pages=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

fail() {
    printf 'manual.sh: %s\n' "$*" >&2
    exit 1
}

# check_page PAGE ARGUMENT...: against what the command says with these arguments.
check_page() {
    local page=$pages/$1.1 option options
    shift
    [[ -s $page ]] || fail "no $page"
    man --warnings -E UTF-8 -l -Tutf8 "$page" 2>"$work/warnings" | col -bx >"$work/text"
    [[ ! -s $work/warnings ]] || fail "$page: $(cat "$work/warnings")"
    lexgrog "$page" >"$work/name" || fail "$page has no name that whatis can read"
    options=$("$loadline" "$@" --help | grep -oE '^ +(-., )?--[a-z-]+' | grep -oE '[-]-[a-z-]+')
    [[ $options == *--help* ]] || fail "'loadline $*' lists no options"
    for option in $options; do
        grep -qE -- "^ +(-., )?$option\b" "$work/text" || fail "$page does not describe $option"
    done
}

commands=$("$loadline" --help | sed -n '/^Commands:/,/^$/s/^  \([a-z]*\) .*/\1/p')
[[ $commands == *render* ]] || fail 'there are no commands'
check_page loadline
for command in $commands; do
    grep -qF "loadline\\-$command (1)" "$pages/loadline.1" || fail "loadline(1) does not refer to loadline-$command(1)"
    check_page "loadline-$command" "$command"
done
