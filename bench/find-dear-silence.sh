#!/bin/sh
# SPDX-FileCopyrightText: 2026 The Loadline authors
# SPDX-License-Identifier: ISC
#
# find-dear-silence.sh BENCH LV2_PATH: whether `bench --check` passes an honest plugin, and no plugin to
# which silence is dear.
set -eu

bench=$1
export LV2_PATH="$2"

"$bench" --check --uri urn:loadline:broken:none

if found=$("$bench" --check --uri urn:loadline:broken:silence_is_dear); then
    echo "passes a plugin to which silence is dear"
    exit 1
fi
echo "$found"
echo "$found" | grep -q 'silence / signal .*TOO MUCH'
