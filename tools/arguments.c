// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
#include "arguments.h"

#include "nearest.h"
#include "report.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

// --- Options ---

// Those that argp itself adds to every command. The first three end it.
static const struct argp_option usual_options[] = {
    {"help", '?', NULL, 0, NULL, 0},
    {"usage", 0x100, NULL, 0, NULL, 0},
    {"version", 'V', NULL, 0, NULL, 0},
    {"program-name", 0x101, "NAME", OPTION_HIDDEN, NULL, 0},
    {"HANG", 0x102, "SECONDS", OPTION_HIDDEN | OPTION_ARG_OPTIONAL, NULL, 0},
    {0},
};

static const struct argp usual = {.options = usual_options};

static bool ends_command(const struct argp_option *option) {
    return option >= usual_options && option < usual_options + 3;
}

// What a word means among the options of a command.
struct search {
    char name[64];                     // of a long option, as far as it matters
    int letter;                        // of a short one, or 0
    const struct argp_option *found;   // spelled out, or the first that begins so
    const struct argp_option *another; // that begins so, too
    struct nearest nearest;
};

static void offer_long(struct search *search, const struct argp_option *option) {
    const size_t length = strlen(search->name);
    if (!(option->flags & OPTION_HIDDEN))
        nearest_offer(&search->nearest, option->name);
    if (strncmp(option->name, search->name, length) != 0)
        return;
    if (option->name[length] == '\0') {
        search->found = option;
        search->another = NULL;
    } else if (!search->found) {
        search->found = option;
    } else if (search->found->name[length] != '\0' && !search->another) {
        search->another = option;
    }
}

static void offer_options(struct search *search, const struct argp *argp) {
    for (const struct argp_option *option = argp->options; option && option->name; option++) {
        if (search->letter == 0)
            offer_long(search, option);
        else if (option->key == search->letter)
            search->found = option;
    }
    for (const struct argp_child *child = argp->children; child && child->argp; child++)
        offer_options(search, child->argp);
}

static void find_long(struct search *search, const struct argp *argp, const char *name,
                      int length) {
    *search = (struct search){0};
    snprintf(search->name, sizeof search->name, "%.*s", length, name);
    search->nearest = nearest_to(search->name);
    offer_options(search, argp);
    offer_options(search, &usual);
}

static const struct argp_option *find_short(const struct argp *argp, char letter,
                                            const char *command) {
    struct search search = {.letter = (unsigned char)letter};
    offer_options(&search, argp);
    offer_options(&search, &usual);
    if (!search.found)
        report_usage_error("there is no option '-%c' (see '%s --help')", letter, command);
    return search.found;
}

// --- Refusals ---

static _Noreturn void refuse_unknown(const struct search *search, int length, const char *word,
                                     const char *command) {
    const char *nearest = nearest_found(&search->nearest);
    if (nearest)
        report_usage_error("there is no option '%.*s'; did you mean '--%s'?", length, word,
                           nearest);
    report_usage_error("there is no option '%.*s' (see '%s --help')", length, word, command);
}

static _Noreturn void refuse_without_value(const char *word, const struct argp_option *option,
                                           const char *command) {
    report_usage_error("'%s' needs a value, %s (see '%s --help')", word, option->arg, command);
}

// --- Words ---

// How a command line goes on.
struct line {
    const struct argp *argp;
    char **words;
    int count, next;
    bool ended; // nothing after this is an option, or it does not matter
};

// A value may be in the same word or be the next one.
static void take_value(struct line *line, const char *word, const struct argp_option *option) {
    if (!option->arg || (option->flags & OPTION_ARG_OPTIONAL))
        return;
    if (line->next == line->count)
        refuse_without_value(word, option, line->words[0]);
    line->next++;
}

static void check_long(struct line *line, const char *word) {
    const int length = (int)strcspn(word, "=");
    struct search search;
    find_long(&search, line->argp, word + 2, length - 2);
    if (!search.found)
        refuse_unknown(&search, length, word, line->words[0]);
    if (search.another)
        report_usage_error("'%.*s' can be '--%s' or '--%s'; write it out", length, word,
                           search.found->name, search.another->name);
    if (word[length] == '=' && !search.found->arg)
        report_usage_error("'--%s' takes no value; leave '%s' out", search.found->name,
                           word + length);
    line->ended = ends_command(search.found);
    if (word[length] == '\0')
        take_value(line, word, search.found);
}

static void check_short(struct line *line, const char *word) {
    for (const char *letter = word + 1; *letter != '\0' && !line->ended; letter++) {
        const struct argp_option *option = find_short(line->argp, *letter, line->words[0]);
        line->ended = ends_command(option);
        if (option->arg && letter[1] != '\0')
            return;
        take_value(line, word, option);
    }
}

// A word that is no option ends them only if they have to be in order.
static void check(struct line *line, bool in_order) {
    while (line->next < line->count && !line->ended) {
        const char *word = line->words[line->next++];
        if (strcmp(word, "--") == 0)
            line->ended = true;
        else if (strncmp(word, "--", 2) == 0)
            check_long(line, word);
        else if (word[0] == '-' && word[1] != '\0')
            check_short(line, word);
        else
            line->ended = in_order;
    }
}

void arguments_parse(const struct argp *argp, int argc, char **argv, unsigned flags, void *input) {
    struct line line = {.argp = argp, .words = argv, .count = argc, .next = 1};
    check(&line, flags & ARGP_IN_ORDER);
    argp_parse(argp, argc, argv, flags, NULL, input);
}
