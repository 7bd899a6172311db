#!/bin/bash
# SPDX-FileCopyrightText: 2026 The Loadline authors
# SPDX-License-Identifier: ISC
#
# manual.sh LOADLINE VERSION [COMMAND]: prints the manual page of the program or of one of its commands, which is their
# --help in another form.
set -euo pipefail
loadline=$1
version=$2
command=${3-}

page=loadline${command:+-$command}
# The second line, less its full stop.
summary=$("$loadline" ${command:+"$command"} --help | sed -n '2{ s/\.$//; s/^./\l&/; p }')
also='.BR loadline (1)'
if [[ -z $command ]]; then
    also=$("$loadline" --help | sed -n '/^Commands:/,/^$/s/^  \([a-z]*\) .*/.BR loadline\\-\1 (1),/p')
    also+=$'\n.BR lv2info (1),\n.BR ngspice (1)'
fi

# help2man wants two blanks after an option.
export ARGP_HELP_FMT=opt-doc-col=60,rmargin=120
help2man --no-info --version-string="$version" --name="$summary" --source="Loadline $version" --include=/dev/stdin \
    "$loadline${command:+ $command}" <<END | sed "1,/^\.SH SYNOPSIS/{
        s/^\.TH \"\?LOADLINE\"\? /.TH ${page^^} /
        s/^loadline.* \\\\- /${page/-/\\\\-} \\\\- /
    }"
[SEE ALSO]
$also
END
