// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// Port values as a host may write them: any bits at all. The chain plays a few blocks of them, with
// changes in between, and its output and meters stay finite and within the safety stop.
#include "chain.h"
#include "fuzz.h"
#include "ports.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { FRAMES = 512, CHANGES_MAX = 4 };

struct reader {
    const uint8_t *data;
    size_t left;
};

static void demand(bool truth) {
    if (!truth)
        abort();
}

static uint8_t take_byte(struct reader *reader) {
    if (reader->left == 0)
        return 0;
    reader->left--;
    return *reader->data++;
}

static float take_float(struct reader *reader) {
    uint8_t bytes[sizeof(float)];
    float value;
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = take_byte(reader);
    memcpy(&value, bytes, sizeof value);
    return value;
}

// Somewhere in the port's range, or any float.
static float take_value(struct reader *reader, enum port_id id) {
    const uint8_t how = take_byte(reader);
    if (how % 4 == 0)
        return take_float(reader);
    const double span = port_maximum(id) - ports[id].minimum;
    return (float)(ports[id].minimum + span * take_byte(reader) / 255.0);
}

static void check_output(const float left[FRAMES], const float right[FRAMES]) {
    for (int n = 0; n < FRAMES; n++)
        demand(fabsf(left[n]) <= 4.0F && fabsf(right[n]) <= 4.0F);
}

static void check_meters(const struct chain *chain) {
    const double *meters = (const double *)chain_meters(chain);
    for (size_t i = 0; i < sizeof(struct chain_meters) / sizeof *meters; i++)
        demand(isfinite(meters[i]));
}

static void play(struct chain *chain, struct reader *reader,
                 const struct chain_controls *controls) {
    float left[FRAMES], right[FRAMES];
    const float amplitude = (float)take_byte(reader) / 64.0F;
    for (int n = 0; n < FRAMES; n++) {
        left[n] = amplitude * (float)((n * 37) % 64 - 32) / 32.0F;
        right[n] = amplitude * (float)((n * 11) % 128 - 64) / 64.0F;
    }
    chain_process(chain, controls, left, right, left, right, FRAMES);
    check_output(left, right);
    check_meters(chain);
}

// One for each rate, reset: making one takes longer than a test.
static struct chain *take_chain(struct reader *reader) {
    static const double rates_hz[] = {22050, 44100, 48000, 96000};
    static struct chain *chains[sizeof rates_hz / sizeof *rates_hz];
    const unsigned i = take_byte(reader) % (sizeof rates_hz / sizeof *rates_hz);
    if (!chains[i])
        chains[i] = chain_new(rates_hz[i]);
    demand(chains[i] != NULL);
    chain_reset(chains[i]);
    return chains[i];
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct reader reader = {data, size};
    const enum plugin_bit plugin = plugin_names[take_byte(&reader) % PLUGIN_COUNT].bit;
    struct chain *chain = take_chain(&reader);
    struct chain_controls controls = {.enabled = true, .seed = 1};
    float values[PORT_COUNT];
    for (enum port_id id = 0; id < PORT_COUNT; id++)
        values[id] = (float)ports[id].fallback;
    for (int change = 0; change < CHANGES_MAX; change++) {
        for (int i = take_byte(&reader) % 32; i > 0; i--) {
            const enum port_id id = (enum port_id)(take_byte(&reader) % PORT_COUNT);
            values[id] = take_value(&reader, id);
        }
        ports_to_params(plugin, values, &controls.params);
        controls.gain_db = port_clamp(PORT_GAIN, (double)values[PORT_GAIN]);
        controls.quality = (int)port_clamp(PORT_QUALITY, (double)values[PORT_QUALITY]);
        controls.revision++;
        play(chain, &reader, &controls);
        if (take_byte(&reader) % 2 == 0)
            chain_reset(chain);
    }
    return 0;
}
