// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
#include "automation.h"

#include "die.h"
#include "scene.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

size_t automation_below(struct splitmix *random, size_t count) {
    return (size_t)(splitmix_word(random) % count);
}

const struct plugin_host_port *automation_port(const struct plugin_host *host,
                                               struct splitmix *random) {
    const struct plugin_host_port *port;
    do
        port = plugin_host_port(host,
                                (uint32_t)automation_below(random, plugin_host_port_count(host)));
    while (!port->control || !port->input || scene_is_seed(port));
    return port;
}

static double between(const struct plugin_host_port *port, double share) {
    if (port->logarithmic)
        return port->minimum * pow(port->maximum / port->minimum, share);
    return port->minimum + (port->maximum - port->minimum) * share;
}

double automation_value(const struct plugin_host_port *port, struct splitmix *random) {
    const double share = 0.5 + 0.5 * splitmix_even(random);
    switch (automation_below(random, 8)) {
    case 0:
        return port->minimum;
    case 1:
        return port->maximum;
    case 2:
        return port->preset;
    case 3:
        return between(port, share);
    default:
        return port->whole ? rint(between(port, share)) : between(port, share);
    }
}

static int by_frame(const void *a, const void *b) {
    const struct automation_change *one = a;
    const struct automation_change *other = b;
    return (one->at > other->at) - (one->at < other->at);
}

struct automation automation_random(const struct plugin_host *host, uint64_t seed, size_t count,
                                    size_t frames) {
    struct automation automation = {.count = count};
    struct splitmix random = {seed};
    if (count > AUTOMATION_MAX)
        die("more than %d changes", AUTOMATION_MAX);
    for (size_t i = 0; i < count; i++) {
        struct automation_change *change = &automation.change[i];
        change->at = i == 0 ? 0 : automation_below(&random, frames);
        const struct plugin_host_port *port = automation_port(host, &random);
        change->symbol = port->symbol;
        change->value = automation_value(port, &random);
    }
    qsort(automation.change, count, sizeof *automation.change, by_frame);
    return automation;
}

static double value_after(const struct automation *automation, const struct plugin_host *host,
                          const char *symbol) {
    double value = plugin_host_get(host, symbol);
    for (size_t i = 0; i < automation->count; i++)
        if (strcmp(automation->change[i].symbol, symbol) == 0)
            value = automation->change[i].value;
    return value;
}

void automation_choose(struct automation *automation, const struct plugin_host *host, size_t at,
                       uint64_t seed) {
    struct splitmix random = {seed};
    if (automation->count == AUTOMATION_MAX)
        die("more than %d changes", AUTOMATION_MAX);
    const struct plugin_host_port *port;
    do
        port = automation_port(host, &random);
    while (!port->choice);
    const double before = rint(value_after(automation, host, port->symbol));
    const double choices = port->maximum - port->minimum + 1;
    const double others = 1 + (double)automation_below(&random, (size_t)choices - 1);
    const double value = port->minimum + fmod(before - port->minimum + others, choices);
    automation->change[automation->count++] = (struct automation_change){at, port->symbol, value};
}

void automation_copy(struct plugin_host *to, const struct plugin_host *from) {
    for (uint32_t i = 0; i < plugin_host_port_count(to); i++) {
        const struct plugin_host_port *port = plugin_host_port(to, i);
        if (port->control && port->input)
            plugin_host_set(to, port->symbol, plugin_host_get(from, port->symbol));
    }
}
