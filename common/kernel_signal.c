// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
#include "kernel.h"

void KERNEL(scale)(float factor, const float *from, float *to, int count) {
    for (int n = 0; n < count; n += WIDTH_FLOAT) {
        store_float(to + n, load_float(from + n) * factor);
    }
}

void KERNEL(add)(const float *a, const float *b, float *to, int count) {
    for (int n = 0; n < count; n += WIDTH_FLOAT) {
        store_float(to + n, load_float(a + n) + load_float(b + n));
    }
}

void KERNEL(subtract)(const float *a, const float *b, float *to, int count) {
    for (int n = 0; n < count; n += WIDTH_FLOAT) {
        store_float(to + n, load_float(a + n) - load_float(b + n));
    }
}

void KERNEL(multiply)(const float *a, const float *b, float *to, int count) {
    for (int n = 0; n < count; n += WIDTH_FLOAT) {
        store_float(to + n, load_float(a + n) * load_float(b + n));
    }
}

float KERNEL(peak)(const float *x, int count) {
    vecf highest = {0};
    for (int n = 0; n < count; n += WIDTH_FLOAT) {
        highest = larger_float(highest, magnitude_float(load_float(x + n)));
    }
    return highest_lane(highest);
}

struct signal_power KERNEL(power)(const float *const driver_v[2], const float *const leg_a[2],
                                  int count) {
    vecf peak_v = {0}, peak_a = {0}, sum[2] = {0};
    for (int n = 0; n < count; n += WIDTH_FLOAT) {
        for (int channel = 0; channel < 2; ++channel) {
            const vecf v = load_float(driver_v[channel] + n);
            const vecf a = load_float(leg_a[channel] + n);
            peak_v = larger_float(peak_v, magnitude_float(v));
            peak_a = larger_float(peak_a, magnitude_float(a));
            sum[channel] += v * a;
        }
    }
    struct signal_power power = {highest_lane(peak_v), highest_lane(peak_a), {0.0f, 0.0f}};
    for (int i = 0; i < WIDTH_FLOAT; ++i) {
        power.mean_w[0] += sum[0][i] / (float)count;
        power.mean_w[1] += sum[1][i] / (float)count;
    }
    return power;
}

void KERNEL(divide)(float factor, const float *a, const float *b, float *to, int count) {
    for (int n = 0; n < count; n += WIDTH_FLOAT) {
        store_float(to + n, load_float(a + n) * factor / load_float(b + n));
    }
}

float KERNEL(stop)(float bound, float *x, int count) {
    const vecf top = splat_float(bound);
    vecf highest = {0};
    for (int n = 0; n < count; n += WIDTH_FLOAT) {
        const vecf value = load_float(x + n);
        highest = larger_float(highest, magnitude_float(value));
        store_float(x + n, larger_float(smaller_float(value, top), -top));
    }
    return highest_lane(highest);
}

void KERNEL(remove_insane)(float bound, float *x, int count) {
    for (int n = 0; n < count; n += WIDTH_FLOAT) {
        const vecf value = load_float(x + n);
        store_float(x + n, keep_float(magnitude_float(value) <= bound, value));
    }
}
