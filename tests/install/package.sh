#!/bin/bash
# SPDX-FileCopyrightText: 2026 The Loadline authors
# SPDX-License-Identifier: ISC
#
# package.sh: builds the Debian packages from the tree, shows them to lintian, installs them into a copy of this system
# that forgets all changes, tries there what was installed, and removes them again. Wants to be root, or sudo.
set -euo pipefail
export LC_ALL=C.UTF-8

# shellcheck source=scripts/setup
source "$(dirname "${BASH_SOURCE[0]}")/../../scripts/setup"
logs=$(mktemp -d) # instead of those of a build that goes on
work=$logs
trap 'rm -rf "$work"' EXIT

fail() {
    printf 'package.sh: %s\n' "$*" >&2
    exit 1
}

# The package says the same as the project: its version, and what a build needs.
check_metadata() {
    local version packaged missing
    version=$(sed -n "s/^  version: '\(.*\)',$/\1/p" "$root/meson.build")
    packaged=$(dpkg-parsechangelog -l "$root/debian/changelog" -S Version)
    [[ $packaged == "$version" ]] || fail "debian/changelog is at $packaged, meson.build at $version"
    # debhelper brings ninja, build-essential the compiler.
    missing=$(comm -23 <(packages_of build | grep -vxE 'gcc|libc6-dev|ninja-build' | sed 's/^python3$/python3:any/') \
        <(sed -n '/^Build-Depends:/,/^[A-Z]/s/^ \([^ ,]*\).*/\1/p' "$root/debian/control" | sort))
    [[ -z $missing ]] || fail "debian/control does not ask for: $missing"
}

build_packages() {
    mkdir "$work/loadline"
    tar -C "$root" --exclude=./build --exclude=./.git -c . | tar -C "$work/loadline" -x
    (cd "$work/loadline" && DEB_BUILD_OPTIONS='noautodbgsym parallel=2' dpkg-buildpackage --build=binary --no-sign)
}

# Whatever is written to the system from here on goes to memory and is lost.
try_packages() {
    as_root unshare --mount bash -euo pipefail -s "$work" <<'END'
mount -t tmpfs tmpfs /mnt
mkdir /mnt/{changes,inner,root}
mount -t overlay -o lowerdir=/,upperdir=/mnt/changes,workdir=/mnt/inner overlay /mnt/root
for place in dev proc sys; do
    mount --rbind "/$place" "/mnt/root/$place"
done
mount --bind "$1" /mnt/root/mnt
chroot /mnt/root bash -euo pipefail -c '
    export DEBIAN_FRONTEND=noninteractive
    packages=(loadline loadline-lv2 libloadline-dev)
    cd /mnt
    dpkg --install *.deb
    loadline/debian/tests/smoke
    dpkg --purge "${packages[@]}"'
left=$(find /mnt/changes/usr -path '*loadline*' ! -type c)
if [[ -n $left ]]; then
    printf 'purging leaves: %s\n' "$left" >&2
    exit 1
fi
END
}

step 'Comparing debian/ with the project' check_metadata
step 'Building the Debian packages' build_packages
step 'Showing them to lintian' lintian --fail-on error,warning,info --allow-root "$work"/*.changes
step 'Installing, trying and purging them' try_packages
