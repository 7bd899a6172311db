#!/bin/bash
# SPDX-FileCopyrightText: 2026 The Loadline authors
# SPDX-License-Identifier: ISC
#
# install.sh SOURCE: a build of its own is installed for the system (with DESTDIR), for the site and for one user, used
# from there by the command, by LV2 hosts and by a program that embeds the core, and uninstalled.
set -euo pipefail
export LC_ALL=C.UTF-8
unset LV2_PATH

source=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
build=$work/build
export HOME=$work/home CCACHE_DISABLE=1 # whose cache would be in it
mkdir "$HOME"

fail() {
    printf 'install.sh: %s\n' "$*" >&2
    exit 1
}

quietly() {
    "$@" >"$work/log" 2>&1 || { cat "$work/log" >&2; fail "'$*' failed"; }
}

# has ROOT FILE...: fails unless these are there, under ROOT.
has() {
    local root=$1 file
    shift
    for file; do
        [[ -f $root$file ]] || fail "$file has not been installed"
    done
}

# The command without a word on where the bundle is; the dynamic linker says which one it took.
uses_its_bundle() {
    local root=$1 bin=$2 bundle=$3 taken
    LD_DEBUG=files "$root$bin/loadline" measure --points 2 >"$work/table" 2>"$work/loaded"
    [[ $(wc -l <"$work/table") -eq 3 ]] || fail "$bin/loadline measures nothing"
    taken=$(grep -o 'calling init: .*loadline\.so' "$work/loaded" | sed 's/calling init: //' | sort -u)
    [[ $(realpath "$taken") == "$root$bundle/loadline.so" ]] || fail "$bin/loadline takes its plugin from $taken"
}

# Hosts that look in LV2_PATH, or by default, know every plugin of a bundle's manifest.
hosts_find_it() {
    local bundle=$1 uri uris
    uris=$(sed -n 's/^<\(urn:loadline:[a-z]*\)>$/\1/p' "$bundle/manifest.ttl")
    [[ -n $uris ]] || fail "$bundle/manifest.ttl names no plugin"
    for uri in $uris; do
        lv2info "$uri" >"$work/info" 2>&1 || fail "lv2info does not find $uri"
        grep -q "^[[:space:]]*Bundle: *file://$bundle/" "$work/info" || fail "lv2info finds another $uri"
    done
}

# All that an embedding program sees is what was installed.
can_be_embedded() {
    local root=$1 libdir header
    libdir=$(cd "$root" && find . -name loadline.pc -printf '%h\n')
    # What is installed, and the libraries that it needs.
    PKG_CONFIG_LIBDIR=$root/$libdir:$(pkg-config --variable=pc_path pkg-config)
    export PKG_CONFIG_LIBDIR PKG_CONFIG_SYSROOT_DIR=$root
    [[ $(pkg-config --modversion loadline) == "$version" ]] || fail 'loadline.pc states another version'
    for header in "$root"/usr/include/loadline/*.h; do
        # shellcheck disable=SC2046
        quietly cc -std=gnu17 -Wall -Wextra -Wpedantic -Werror -fsyntax-only $(pkg-config --cflags loadline) \
            -x c - <<<"#include <loadline/${header##*/}>"
    done
    # shellcheck disable=SC2046
    quietly cc -std=gnu17 -Wall -Wextra -Wpedantic -Werror -o "$work/embed" "$source/examples/embed.c" \
        $(pkg-config --cflags --libs loadline)
    "$work/embed" >"$work/embedded" || fail 'the example fails'
    # 50 ohm after 10, whichever way.
    awk '{ expected = 20 * log(50 / 60) / log(10); if (($2 - expected) ^ 2 > 1e-6) exit 1 } END { exit NR != 2 }' \
        "$work/embedded" || fail "the example says: $(cat "$work/embedded")"
    [[ $(grep -cFf "$work/embedded" "$source/README.md") -eq 2 ]] ||
        fail "README.md says otherwise than the example: $(cat "$work/embedded")"
    unset PKG_CONFIG_SYSROOT_DIR PKG_CONFIG_LIBDIR
}

# install_to ROOT PREFIX LV2DIR: configures anew, builds what that changes, installs.
install_to() {
    quietly meson configure "$build" -Dprefix="$2" -Dlv2dir="$3"
    quietly ninja -C "$build"
    DESTDIR=$1 quietly meson install -C "$build" --no-rebuild
}

uninstalls() {
    local root=$1 left
    quietly ninja -C "$build" uninstall
    left=$(find "$root" -mindepth 1)
    [[ -z $left ]] || fail "uninstalling leaves: $left"
}

quietly meson setup "$build" "$source" -Dtests=disabled -Dtools=enabled -Dman=enabled
version=$(meson introspect "$build" --projectinfo | sed 's/.*"version": "\([^"]*\)".*/\1/')

root=$work/root
mkdir "$root"
install_to "$root" /usr lib/lv2
has "$root" /usr/bin/loadline /usr/lib/lv2/loadline.lv2/{manifest.ttl,loadline.so} /usr/share/man/man1/loadline.1 \
    /usr/share/doc/loadline/examples/{alsa/asoundrc,ardour/hear_my_mix_through.lua,pipewire/loadline.conf}
uses_its_bundle "$root" /usr/bin /usr/lib/lv2/loadline.lv2
LV2_PATH=$root/usr/lib/lv2:/usr/lib/lv2 hosts_find_it "$root/usr/lib/lv2/loadline.lv2"
can_be_embedded "$root"
uninstalls "$root"

install_to "$root" /usr/local lib/lv2
has "$root" /usr/local/bin/loadline /usr/local/lib/lv2/loadline.lv2/{manifest.ttl,loadline.so}
uses_its_bundle "$root" /usr/local/bin /usr/local/lib/lv2/loadline.lv2
uninstalls "$root"

# shellcheck disable=SC2088
install_to '' "$HOME/.local" '~/.lv2'
has "$HOME" /.local/bin/loadline /.lv2/loadline.lv2/{manifest.ttl,loadline.so}
uses_its_bundle "$HOME" /.local/bin /.lv2/loadline.lv2
hosts_find_it "$HOME/.lv2/loadline.lv2"
quietly "$source/tests/tool/completion.py" "$HOME/.local/bin"
uninstalls "$HOME"
