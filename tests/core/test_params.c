// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// What embedding programs start from: an ideal chain, which only waits, whatever its topology.
#include "chain.h"
#include "random_circuit.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define RATE_HZ   48000.0
#define TONE_HZ   997.0
#define AMPLITUDE 0.9

enum { FRAMES = 9600, SETTLED = 2400 };

// The largest difference from what went in, once the tone has come through.
static double play(const struct chain_params *params, double gain) {
    static float in[FRAMES], left[FRAMES], right[FRAMES];
    for (int i = 0; i < FRAMES; i++)
        in[i] = (float)(AMPLITUDE * sin(2.0 * M_PI * TONE_HZ * i / RATE_HZ));
    const struct chain_controls controls = {
        .params = *params, .quality = QUALITY_NORMAL, .enabled = true, .revision = 1};
    struct chain *chain = chain_new(RATE_HZ);
    assert_non_null(chain);
    chain_process(chain, &controls, in, in, left, right, FRAMES);
    const int late = (int)chain_meters(chain)->latency_frames;
    chain_free(chain);

    double worst = 0;
    for (int i = SETTLED; i < FRAMES; i++) {
        const double expected = gain * (double)in[i - late];
        worst = fmax(worst, fabs((double)left[i] - expected));
        worst = fmax(worst, fabs((double)right[i] - expected));
    }
    return worst;
}

static void an_ideal_chain_only_waits(void **state) {
    (void)state;
    for (enum topology topology = 0; topology <= TOPOLOGY_TRANSFORMER; topology++) {
        struct chain_params params = chain_params_ideal(32);
        params.stage.topology = topology;
        const double worst = play(&params, topology == TOPOLOGY_BRIDGE ? 2 : 1);
        print_message("topology %d: %.1f dB\n", topology, to_db(worst / AMPLITUDE));
        assert_true(worst <= from_db(-100));
    }
}

// So the comparison above would see a difference.
static void an_output_impedance_takes_its_share(void **state) {
    (void)state;
    struct chain_params params = chain_params_ideal(32);
    params.stage.output_ohm = 32;
    assert_true(play(&params, 1) > 0.4);
    assert_true(play(&params, 0.5) <= from_db(-100));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_ideal_chain_only_waits),
        cmocka_unit_test(an_output_impedance_takes_its_share),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
