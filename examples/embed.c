// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// A headphone of 40 ohm, 50 at its resonance of 100 Hz, on an output impedance of 10: how loud 100
// Hz is, computed and heard.
//   cc -o embed embed.c $(pkg-config --cflags --libs loadline)
#include <loadline/chain.h>
#include <loadline/denormals.h>
#include <loadline/response.h>
#include <loadline/topology.h>
#include <math.h>
#include <stdio.h>

int main(void) {
    const double rate_hz = 48000, tone_hz = 100;
    struct chain_controls controls = {.quality = QUALITY_NORMAL, .enabled = true, .revision = 1};
    struct chain_params *params = &controls.params;
    *params = chain_params_ideal(40);
    params->stage.output_ohm = 10;
    params->load.branch[0].peak[0] = (struct load_peak){.rise_ohm = 10, .hz = tone_hz, .q = 1.5};

    struct circuit channel, stereo;
    topology_build(&params->stage, &params->cable, &params->load, &channel);
    circuit_view(&channel, CIRCUIT_STEREO, &stereo);
    struct response *response = response_new(&stereo);
    struct response_point point;
    if (!response || !response_solve(response, tone_hz, (double complex[]){1, 1}, &point))
        return 1;
    printf("computed %.4f dB\n", 20 * log10(cabs(point.driver_v[0])));
    response_free(response);

    static float left[48000], right[48000];
    for (int i = 0; i < 48000; i++)
        left[i] = right[i] = (float)(0.5 * sin(2 * M_PI * tone_hz * i / rate_hz));
    struct chain *chain = chain_new(rate_hz);
    if (!chain)
        return 1;
    const unsigned denormals = denormals_off();
    chain_process(chain, &controls, left, right, left, right, 48000);
    denormals_restore(denormals);
    double peak = 0;
    for (int i = 24000; i < 48000; i++)
        peak = fmax(peak, fabs((double)left[i]));
    printf("heard    %.4f dB, %g frames late\n", 20 * log10(peak / 0.5),
           chain_meters(chain)->latency_frames);
    chain_free(chain);
}
