#!/bin/bash
# SPDX-FileCopyrightText: 2026 The Loadline authors
# SPDX-License-Identifier: ISC
#
# release.sh: makes a release in a clone of the last commit. Afterwards a device between others is refused, by the test
# and by the next release; one after them is not.
set -euo pipefail
export LC_ALL=C.UTF-8

source=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export GIT_AUTHOR_NAME=Test GIT_AUTHOR_EMAIL=test@loadline.invalid
export GIT_COMMITTER_NAME=$GIT_AUTHOR_NAME GIT_COMMITTER_EMAIL=$GIT_AUTHOR_EMAIL

fail() {
    printf 'release.sh: %s\n' "$*" >&2
    exit 1
}

# commit_device LINES: one more headphone, like the first one, after so many lines of their table.
commit_device() {
    local table=presets/headphones.csv
    {
        head -n "$1" $table
        sed -n "2s/^[^,]*,/Somebody's Headphone,/p" $table
        tail -n "+$(($1 + 1))" $table
    } >"$work/table"
    cp "$work/table" $table
    git commit --quiet --all --message 'One more headphone'
}

commit_news() {
    sed -i '2i## Unreleased\n\n- A headphone.\n' CHANGELOG.md
    git commit --quiet --all --message 'News'
}

# What the freeze test says of the build as it is now.
freeze_test() {
    ninja -C build >"$work/log" || { cat "$work/log" && fail 'the clone does not build'; }
    meson test -C build --no-rebuild freeze >"$work/log"
}

git clone --quiet "$source" "$work/clone"
cd "$work/clone"
grep -q '^## Unreleased' CHANGELOG.md || commit_news
scripts/release --tested 900.0.0
[[ $(git describe) == v900.0.0 ]] || fail 'there is no tag'
[[ -z $(git status --porcelain) ]] || fail 'a release leaves changes'
grep -q "version: '900.0.0'" meson.build || fail 'the version is another'
freeze_test || fail 'the freeze test refuses what has just been released'

commit_device 2
! freeze_test || fail 'the freeze test accepts a device between others'
grep -q "headphone\] [0-9]*: was '.*', is 'Somebody's Headphone'" build/meson-logs/testlog.txt ||
    fail "the freeze test says: $(cat build/meson-logs/testlog.txt)"
commit_news
! scripts/release --tested 900.1.0 >"$work/log" || fail 'the next release accepts a device between others'
[[ -z $(git status --porcelain) ]] || fail 'a release that fails leaves changes'

git revert --no-edit HEAD~1 >"$work/log"
commit_device "$(wc -l <presets/headphones.csv)"
freeze_test || fail 'the freeze test refuses a device after the others'
scripts/release --tested 900.1.0
