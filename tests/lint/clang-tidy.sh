#!/bin/sh
# SPDX-FileCopyrightText: 2026 The Loadline authors
# SPDX-License-Identifier: ISC
#
# clang-tidy.sh BUILD ARGUMENT...: clang-tidy with the compile commands of a build by gcc, less the option that clang 14
# does not know.
set -eu
build=$1
shift
mkdir -p "$build/lint"
sed 's/ -fcx-limited-range//' "$build/compile_commands.json" >"$build/lint/compile_commands.json"
exec clang-tidy -p "$build/lint" "$@"
