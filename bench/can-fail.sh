#!/bin/sh
# SPDX-FileCopyrightText: 2026 The Loadline authors
# SPDX-License-Identifier: ISC
#
# can-fail.sh BENCH LV2_PATH: whether `bench --check` passes an honest plugin, and no plugin to which
# silence or a choice is dear; and whether `bench --strict` fails without its peer.
set -eu

bench=$1
export LV2_PATH="$2"

"$bench" --check --uri urn:loadline:broken:none

# finds FAULT RATIO
finds() {
    if found=$("$bench" --check --uri "urn:loadline:broken:$1"); then
        echo "passes $1"
        exit 1
    fi
    echo "$found"
    echo "$found" | grep -q "$2 .*TOO MUCH"
}

finds silence_is_dear 'silence / signal'
finds dear_choice 'dearest block / median, .*, voice=2'

if found=$("$bench" --strict --runs 1 figures); then
    echo "passes figures that lack a peer"
    exit 1
fi
echo "$found" | grep 'guitarix-lv2 is not installed'
