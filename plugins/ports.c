// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
#include "ports.h"

#include "devices.h"

#include <math.h>
#include <string.h>

// Expansion of the rows. A scale is one enumerator; CHOICE(list) also fills in its list. A field is
// an offset, unless it reads NO_FIELD: only that one has a macro OFFSET_..., whose comma moves the
// offset out of second place.
enum {
#define PLUGIN_ENUMERATOR(id, name) id = PLUGIN_##id,
    PLUGIN_LIST(PLUGIN_ENUMERATOR)
#undef PLUGIN_ENUMERATOR
#define OR_PLUGIN(id, name) | PLUGIN_##id
        CIRCUITS = 0 CIRCUIT_LIST(OR_PLUGIN),
    ALL = 0 PLUGIN_LIST(OR_PLUGIN),
#undef OR_PLUGIN
};

const struct plugin_name plugin_names[PLUGIN_COUNT] = {
#define PLUGIN_NAME(id, name_) {name_, PLUGIN_##id},
    PLUGIN_LIST(PLUGIN_NAME)
#undef PLUGIN_NAME
};

#define SCALE_CHOICE(list)   SCALE_CHOICE, .choices = CHOICES_##list
#define OFFSET_NO_FIELD      , NO_FIELD
#define SECOND(a, b, ...)    b
#define SECOND_(...)         SECOND(__VA_ARGS__, )
#define FIELD_OFFSET(member) SECOND_(OFFSET_##member, (int)offsetof(struct chain_params, member))

const struct port ports[PORT_COUNT] = {
#define PORT(plugins_, id, symbol_, name_, short_name_, unit_, scale_, minimum_, fallback_,        \
             maximum_, si_, member, comment_)                                                      \
    [PORT_##id] = {.symbol = symbol_,                                                              \
                   .name = name_,                                                                  \
                   .short_name = short_name_,                                                      \
                   .comment = comment_,                                                            \
                   .unit = UNIT_##unit_,                                                           \
                   .minimum = minimum_,                                                            \
                   .fallback = fallback_,                                                          \
                   .maximum = maximum_,                                                            \
                   .si = si_,                                                                      \
                   .field = FIELD_OFFSET(member),                                                  \
                   .plugins = plugins_,                                                            \
                   .scale = SCALE_##scale_},
#include "ports.def"
};

const struct audio audios[AUDIO_COUNT] = {
#define AUDIO(plugins_, id, symbol_, name_, short_name_, direction_, group_, side_)                \
    [AUDIO_##id] = {.symbol = symbol_,                                                             \
                    .name = name_,                                                                 \
                    .short_name = short_name_,                                                     \
                    .direction = #direction_,                                                      \
                    .group = #group_,                                                              \
                    .side = #side_,                                                                \
                    .plugins = plugins_},
#include "ports.def"
};

const struct unit units[UNIT_COUNT] = {
#define UNIT_ROW(id, name_, symbol_, lv2_)                                                         \
    [UNIT_##id] = {.name = name_, .symbol = symbol_, .lv2 = lv2_},
    UNIT_LIST(UNIT_ROW)
#undef UNIT_ROW
};

static const char *const quality_labels[] = {"Live", "Normal", "High"};
static const char *const topology_labels[] = {
    [TOPOLOGY_SHARED_RETURN] = "Single-ended, shared return",
    [TOPOLOGY_SEPARATE_RETURNS] = "Single-ended, separate returns",
    [TOPOLOGY_BRIDGE] = "Bridge-tied (BTL)",
    [TOPOLOGY_TRANSFORMER] = "Transformer-coupled",
};
static const char *const line_type_labels[] = {
    [LINE_UNBALANCED] = "Unbalanced",
    [LINE_BALANCED] = "Balanced",
    [LINE_IMPEDANCE_BALANCED] = "Impedance-balanced",
    [LINE_TRANSFORMER] = "Transformer",
};
static const char *const mains_labels[] = {[MAINS_50_HZ] = "50 Hz", [MAINS_60_HZ] = "60 Hz"};
static const char *const selection_labels[] = {
    [SELECT_A] = "A", [SELECT_B] = "B", [SELECT_X] = "X"};
static const char *const environment_labels[] = {[DEVICE_CUSTOM] = "Custom"};
static const char *const headphone_labels[] = {[DEVICE_CUSTOM] = "Custom"};
static const char *const amplifier_labels[] = {[DEVICE_CUSTOM] = "Custom"};
static const char *const cable_labels[] = {
    [DEVICE_CUSTOM] = "Custom",
    [CABLE_OWN] = "The headphone's own",
};

// The labels of a choice: a few fixed ones, then the names of a device table.
struct choice_list {
    const char *const *labels;
    unsigned label_count;
    const struct device *devices;
    const unsigned *device_count;
};

#define LABELS(array) .labels = (array), .label_count = sizeof(array) / sizeof *(array)

static const struct choice_list choice_lists[] = {
    [CHOICES_NONE] = {.labels = NULL},
    [CHOICES_HEADPHONES] = {LABELS(headphone_labels), headphones, &headphone_count},
    [CHOICES_AMPLIFIERS] = {LABELS(amplifier_labels), amplifiers, &amplifier_count},
    [CHOICES_CABLES] = {LABELS(cable_labels), cables, &cable_count},
    [CHOICES_ENVIRONMENTS] = {LABELS(environment_labels), environments, &environment_count},
    [CHOICES_LINE_TYPES] = {LABELS(line_type_labels)},
    [CHOICES_MAINS] = {LABELS(mains_labels)},
    [CHOICES_QUALITIES] = {LABELS(quality_labels)},
    [CHOICES_SELECTIONS] = {LABELS(selection_labels)},
    [CHOICES_TOPOLOGIES] = {LABELS(topology_labels)},
};

void ports_layout(unsigned plugin, struct port_layout *layout) {
    layout->audio_count = layout->control_count = layout->input_count = 0;
    for (enum audio_id id = 0; id < AUDIO_COUNT; id++)
        if (audios[id].plugins & plugin)
            layout->audio[layout->audio_count++] = id;
    for (enum port_id id = 0; id < PORT_COUNT; id++)
        if (ports[id].plugins & plugin) {
            layout->control[layout->control_count++] = id;
            if (!port_is_output(id))
                layout->input[layout->input_count++] = id;
        }
}

enum port_id port_find(unsigned plugins, const char *symbol) {
    enum port_id id = 0;
    while (id < PORT_COUNT &&
           (!(ports[id].plugins & plugins) || strcmp(ports[id].symbol, symbol) != 0))
        id++;
    return id;
}

bool port_is_output(enum port_id id) {
    return ports[id].scale == SCALE_METER || ports[id].scale == SCALE_METER_TOGGLE;
}

static bool is_whole(enum port_id id) {
    switch (ports[id].scale) {
    case SCALE_TOGGLE:
    case SCALE_TRIGGER:
    case SCALE_INTEGER:
    case SCALE_CHOICE:
    case SCALE_METER_TOGGLE:
        return true;
    case SCALE_LINEAR:
    case SCALE_LOG:
    case SCALE_LOG_ZERO:
    case SCALE_LOG_OFF:
    case SCALE_METER:
        break;
    }
    return false;
}

double port_maximum(enum port_id id) {
    const unsigned count = port_choice_count(id);
    return count > 0 ? (double)(count - 1) : ports[id].maximum;
}

double port_clamp(enum port_id id, double value) {
    if (!isfinite(value))
        return ports[id].fallback;
    const double wanted = is_whole(id) ? round(value) : value;
    const double lowest = ports[id].minimum, highest = port_maximum(id);
    const double raised = wanted > lowest ? wanted : lowest;
    return raised < highest ? raised : highest;
}

unsigned port_choice_count(enum port_id id) {
    const struct choice_list *list = &choice_lists[ports[id].choices];
    return list->label_count + (list->device_count ? *list->device_count : 0);
}

const char *port_choice_label(enum port_id id, unsigned choice) {
    const struct choice_list *list = &choice_lists[ports[id].choices];
    return choice < list->label_count ? list->labels[choice]
                                      : list->devices[choice - list->label_count].name;
}

int port_choice_find(enum port_id id, const char *label) {
    const unsigned count = port_choice_count(id);
    for (unsigned choice = 0; choice < count; choice++)
        if (strcmp(port_choice_label(id, choice), label) == 0)
            return (int)choice;
    return -1;
}
