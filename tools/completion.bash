# bash completion for loadline                                             -*- shell-script -*-
# SPDX-FileCopyrightText: 2026 The Loadline authors
# SPDX-License-Identifier: ISC
#
# It knows no command, option or name by itself: all come from what loadline says of itself.

# _loadline_column LIST COLUMN [KEY_COLUMN KEY]: a column of 'loadline list', of those rows only whose key column holds
# KEY, or does not hold it if KEY begins with an exclamation mark.
_loadline_column() {
    "$loadline" list "$1" --format csv 2>/dev/null | awk -v column="$2" -v key_column="${3-}" -v key="${4-}" '
        {
            count = 0
            line = $0
            do {
                match(line, /^("([^"]|"")*"|[^,]*)/)
                cell = substr(line, 1, RLENGTH)
                more = length(line) > RLENGTH
                line = substr(line, RLENGTH + 2)
                if (sub(/^"/, "", cell)) {
                    sub(/"$/, "", cell)
                    gsub(/""/, "\"", cell)
                }
                cells[++count] = cell
            } while (more)
        }
        NR == 1 { for (i = 1; i <= count; ++i) place[cells[i]] = i; next }
        key_column == "" || cells[place[key_column]] == key ||
            (key ~ /^!/ && cells[place[key_column]] != substr(key, 2)) { print cells[place[column]] }'
}

# The first words of the list of commands.
_loadline_commands() {
    "$loadline" --help 2>/dev/null | awk '/^Commands:/ { listed = 1; next } !NF { listed = 0 } listed { print $1 }'
}

# _loadline_options COMMAND: "-s --set SYMBOL=VALUE", a line each; what is not there is a hyphen.
_loadline_options() {
    # shellcheck disable=SC2086
    "$loadline" $1 --help 2>/dev/null | sed -nE '
        s/^  (-.), --([a-z-]+)=([^ ]+).*/\1 --\2 \3/p; t
        s/^  (-.), --([a-z-]+).*/\1 --\2 -/p; t
        s/^      --([a-z-]+)=([^ ]+).*/- --\1 \2/p; t
        s/^      --([a-z-]+).*/- --\1 -/p'
}

# What can stand for KEY: the choices of a control and the devices of a kind.
_loadline_values() {
    _loadline_column symbols choices symbol "$1" | sed 's/; /\n/g' | sed 's/^[0-9]*=//'
    _loadline_column devices name kind "$1"
}

# _loadline_offer WORD PREFIX: of the lines on standard input, those that begin with WORD, which may be quoted. PREFIX
# comes before them in the command line, and readline may have cut it off at a colon or an equals sign.
_loadline_offer() {
    local word=$1 prefix=$2 quote='' line
    case $word in
    [\'\"]*) quote=${word:0:1} word=${word:1} ;;
    *) word=${word//\\/} ;;
    esac
    case $prefix in
    [\'\"]*) quote=${prefix:0:1} prefix=${prefix:1} ;;
    *=)
        if [[ $COMP_WORDBREAKS == *=* ]]; then
            prefix=''
        fi
        ;;
    esac
    while IFS= read -r line; do
        if [[ -n $line && $line == "$word"* ]]; then
            if [[ -z $quote ]]; then
                printf -v line %q "$line"
            fi
            COMPREPLY+=("$prefix$line")
        fi
    done < <(sort -u)
}

# SYMBOL=VALUE, of which only the part being typed is offered.
_loadline_set() {
    local word=$1 prefix=$2
    if [[ $word == *=* ]]; then
        local symbol=${word%%=*}
        _loadline_offer "${word#*=}" "$prefix$symbol=" < <(_loadline_values "${symbol#[\'\"]}")
        return
    fi
    compopt -o nospace
    _loadline_offer "$word" "$prefix" < <({
        _loadline_column symbols symbol kind '!meter'
        _loadline_column devices kind
    } | sed 's/$/=/')
}

# _loadline_argument OPTION KIND WORD PREFIX: by what the help says after the option.
_loadline_argument() {
    local option=$1 kind=$2 word=$3 prefix=$4
    case $kind in
    *\|*) _loadline_offer "$word" "$prefix" < <(tr '|' '\n' <<<"$kind") ;;
    SYMBOL=VALUE) _loadline_set "$word" "$prefix" ;;
    NAME)
        if [[ $option == --preset ]]; then
            _loadline_offer "$word" "$prefix" < <(_loadline_column presets preset)
        else
            _loadline_offer "$word" "$prefix" < <(_loadline_values "${option#--}")
        fi
        ;;
    esac
}

_loadline() {
    local cur prev words cword
    _init_completion -n =: || return
    local loadline=${words[0]} command='' short long kind choices
    if ((cword > 1)); then
        command=${words[1]}
    fi
    while read -r short long kind; do
        if [[ $kind != - && ($prev == "$long" || $prev == "$short") ]]; then
            _loadline_argument "$long" "$kind" "$cur" ''
            return
        elif [[ $kind != - && $cur == "$long="* ]]; then
            _loadline_argument "$long" "$kind" "${cur#*=}" "$long="
            return
        elif [[ $cur == -* ]]; then
            if [[ $kind == - ]]; then
                long+=' '
            else
                long+='='
            fi
            if [[ $long == "$cur"* ]]; then
                compopt -o nospace
                COMPREPLY+=("$long")
            fi
        fi
    done < <(_loadline_options "$command")
    if [[ $cur == -* ]]; then
        return
    elif [[ -z $command ]]; then
        _loadline_offer "$cur" '' < <(_loadline_commands)
        return
    fi
    choices=$("$loadline" "$command" --help 2>/dev/null | sed -nE '1s/.* \[([a-z|]+)\]$/\1/p')
    if [[ -n $choices ]]; then
        _loadline_offer "$cur" '' < <(tr '|' '\n' <<<"$choices")
    else
        _filedir
    fi
}

complete -F _loadline loadline
