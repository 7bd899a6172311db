// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// Eigenvalues and right eigenvectors of a small real matrix, in steps short enough for an audio
// thread. Hessenberg reduction (Householder), eigenvalues by the Francis double-shift QR iteration
// (as EISPACK's hqr), and eigenvectors by inverse iteration on the Hessenberg matrix.
#ifndef LOADLINE_EIGEN_H
#define LOADLINE_EIGEN_H

#include <complex.h>
#include <stdbool.h>

#define EIGEN_MAX 40

struct eigen {
    int size;
    double matrix[EIGEN_MAX][EIGEN_MAX]; // in: the matrix; later its Hessenberg form
    double complex value[EIGEN_MAX]; // conjugate pairs are adjacent, positive imaginary part first
    bool converged;

    // Work.
    int phase, column, iterations;
    double norm;
    double qr[EIGEN_MAX][EIGEN_MAX];
    double reflector[EIGEN_MAX][EIGEN_MAX]; // row k: the Householder vector of column k
    double complex lu[EIGEN_MAX][EIGEN_MAX];
    int swapped[EIGEN_MAX];
};

// Fill `matrix` and `size`, then begin. All real-time safe; a step of a 20 x 20 matrix is about
// 4000 flops.
void eigen_begin(struct eigen *eigen);

// One bounded piece of the eigenvalue computation; true once all values are known.
bool eigen_step(struct eigen *eigen);

// An eigenvector of value[index], its largest component about one. O(size^2).
void eigen_vector(struct eigen *eigen, int index, double complex vector[]);

#endif
