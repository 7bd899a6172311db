// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
#include "transform.h"

#include "random_circuit.h"

void transform(int size, double complex x[]) {
    for (int i = 1, j = 0; i < size; i++) {
        int bit = size >> 1;
        for (; j & bit; bit >>= 1)
            j ^= bit;
        j ^= bit;
        if (i < j) {
            const double complex swap = x[i];
            x[i] = x[j];
            x[j] = swap;
        }
    }
    for (int length = 2; length <= size; length *= 2) {
        const double complex turn = cexp(-2 * PI * I / length);
        for (int start = 0; start < size; start += length) {
            double complex w = 1;
            for (int k = 0; k < length / 2; k++, w *= turn) {
                const double complex a = x[start + k], b = w * x[start + k + length / 2];
                x[start + k] = a + b;
                x[start + k + length / 2] = a - b;
            }
        }
    }
}
