// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// Eigenvalues and eigenvectors of matrices that are known, and residuals of those that are not.
#include "eigen.h"
#include "random_circuit.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define RESIDUAL 1e-13 // of the matrix' norm, for each row
// Where eigenvalues are rounding, inverse iteration finds less.
#define RESIDUAL_SINGULAR 1e-11
#define STEPS_MAX         5000
#define PER_SIZE          20
#define SINGULAR          3000
#define EQUAL_PAIRS       30000
#define ROOTS_MAX         8
#define PRODUCT_TOP       3 // of the entries of a random matrix

typedef double matrix[EIGEN_MAX][EIGEN_MAX];

// --- Helpers ---

static void find_values(struct eigen *eigen, int size, matrix a) {
    int steps = 0;
    eigen->size = size;
    memcpy(eigen->matrix, a, sizeof eigen->matrix);
    eigen_begin(eigen);
    while (!eigen_step(eigen))
        assert_true(++steps < STEPS_MAX);
    assert_true(eigen->converged);
}

static double norm_of(int size, matrix a) {
    double sum = 0;
    for (int i = 0; i < size; i++)
        for (int j = 0; j < size; j++)
            sum = hypot(sum, a[i][j]);
    return sum;
}

static double length_of(int size, const double complex v[]) {
    double sum = 0;
    for (int i = 0; i < size; i++)
        sum = hypot(sum, cabs(v[i]));
    return sum;
}

// |A v - lambda v| / |v|
static double residual_of(int size, matrix a, double complex value, const double complex v[]) {
    double sum = 0;
    for (int i = 0; i < size; i++) {
        double complex row = -value * v[i];
        for (int j = 0; j < size; j++)
            row += a[i][j] * v[j];
        sum = hypot(sum, cabs(row));
    }
    return sum / length_of(size, v);
}

static void assert_residuals(struct eigen *eigen, int size, matrix a, double tolerance) {
    const double norm = norm_of(size, a);
    for (int k = 0; k < size; k++) {
        double complex v[EIGEN_MAX];
        eigen_vector(eigen, k, v);
        const double residual = residual_of(size, a, eigen->value[k], v);
        if (!(residual <= tolerance * size * norm))
            fail_msg("size %d, value %d (%g %+gj): residual %g of norm %g", size, k,
                     creal(eigen->value[k]), cimag(eigen->value[k]), residual, norm);
    }
}

// Conjugate pairs are adjacent, the positive imaginary part first; the trace is kept.
static void assert_values_are_those_of_a_real_matrix(const struct eigen *eigen, int size,
                                                     matrix a) {
    double trace = 0;
    double complex sum = 0;
    for (int k = 0; k < size; k++) {
        trace += a[k][k];
        sum += eigen->value[k];
        if (cimag(eigen->value[k]) > 0) {
            assert_true(k + 1 < size);
            assert_true(eigen->value[k + 1] == conj(eigen->value[k]));
        } else if (cimag(eigen->value[k]) < 0) {
            assert_true(k > 0 && cimag(eigen->value[k - 1]) > 0);
        }
    }
    const double tolerance = 1e-12 * size * norm_of(size, a);
    assert_near(creal(sum), trace, tolerance);
    assert_near(cimag(sum), 0, tolerance);
}

static void assert_solved_within(int size, matrix a, double tolerance) {
    static struct eigen eigen;
    find_values(&eigen, size, a);
    assert_values_are_those_of_a_real_matrix(&eigen, size, a);
    assert_residuals(&eigen, size, a, tolerance);
}

static void assert_solved(int size, matrix a) {
    assert_solved_within(size, a, RESIDUAL);
}

static void assert_has_value(const struct eigen *eigen, double complex value, double tolerance) {
    double nearest = INFINITY;
    for (int k = 0; k < eigen->size; k++)
        nearest = fmin(nearest, cabs(eigen->value[k] - value));
    if (!(nearest <= tolerance))
        fail_msg("%g %+gj is %g away from the nearest", creal(value), cimag(value), nearest);
}

static void random_matrix(struct dice *dice, int size, matrix a) {
    memset(a, 0, sizeof(matrix));
    for (int i = 0; i < size; i++)
        for (int j = 0; j < size; j++)
            a[i][j] = roll_between(dice, -PRODUCT_TOP, PRODUCT_TOP);
}

// A random rotation, as a product of plane rotations, of A on both sides: the same eigenvalues.
static void rotate(struct dice *dice, int size, matrix a) {
    for (int turn = 0; size > 1 && turn < 4 * size; turn++) {
        const int p = roll_index(dice, size), q = (p + 1 + roll_index(dice, size - 1)) % size;
        const double c = cos(turn + roll(dice)), s = sqrt(1 - c * c);
        for (int k = 0; k < size; k++) {
            const double x = a[p][k], y = a[q][k];
            a[p][k] = c * x + s * y;
            a[q][k] = c * y - s * x;
        }
        for (int k = 0; k < size; k++) {
            const double x = a[k][p], y = a[k][q];
            a[k][p] = c * x + s * y;
            a[k][q] = c * y - s * x;
        }
    }
}

// --- Random matrices ---

static void random_matrices_of_every_size_are_solved(void **state) {
    (void)state;
    struct dice dice = {1};
    for (int size = 1; size <= EIGEN_MAX; size++)
        for (int i = 0; i < PER_SIZE; i++) {
            matrix a;
            random_matrix(&dice, size, a);
            assert_solved(size, a);
        }
}

static void symmetric_matrices_have_real_values(void **state) {
    (void)state;
    static struct eigen eigen;
    struct dice dice = {2};
    for (int size = 1; size <= EIGEN_MAX; size++) {
        matrix a;
        random_matrix(&dice, size, a);
        for (int i = 0; i < size; i++)
            for (int j = 0; j < i; j++)
                a[i][j] = a[j][i];
        find_values(&eigen, size, a);
        for (int k = 0; k < size; k++)
            assert_near(cimag(eigen.value[k]), 0, 1e-6 * norm_of(size, a));
        assert_residuals(&eigen, size, a, RESIDUAL);
    }
}

static void antisymmetric_matrices_have_imaginary_values(void **state) {
    (void)state;
    static struct eigen eigen;
    struct dice dice = {3};
    for (int size = 2; size <= EIGEN_MAX; size += 2) {
        matrix a;
        random_matrix(&dice, size, a);
        for (int i = 0; i < size; i++)
            for (int j = 0; j <= i; j++)
                a[i][j] = i == j ? 0 : -a[j][i];
        find_values(&eigen, size, a);
        for (int k = 0; k < size; k++)
            assert_near(creal(eigen.value[k]), 0, 1e-12 * size * norm_of(size, a));
        for (int k = 0; k < size; k += 2)
            assert_true(cimag(eigen.value[k]) > 0);
        assert_residuals(&eigen, size, a, RESIDUAL);
    }
}

// Columns and rows over many decades, as fast and slow poles make them.
static void graded_matrices_are_solved(void **state) {
    (void)state;
    struct dice dice = {4};
    for (int i = 0; i < 300; i++) {
        const int size = 2 + roll_index(&dice, EIGEN_MAX - 1);
        double scale[EIGEN_MAX];
        matrix a;
        random_matrix(&dice, size, a);
        for (int k = 0; k < size; k++)
            scale[k] = roll_log(&dice, 1e-9, 1e-2);
        for (int p = 0; p < size; p++)
            for (int q = 0; q < size; q++)
                a[p][q] *= scale[p] * scale[q];
        assert_solved(size, a);
    }
}

// X J of a network whose inductors are in series has several eigenvalues zero.
static void singular_matrices_converge(void **state) {
    (void)state;
    struct dice dice = {5};
    for (int i = 0; i < SINGULAR; i++) {
        const int size = 4 + roll_index(&dice, 17);
        const int rank = 1 + roll_index(&dice, size - 1);
        matrix a = {{0}};
        for (int k = 0; k < rank; k++) {
            const double scale = roll_log(&dice, 1e-16, 1e-4);
            double left[EIGEN_MAX], right[EIGEN_MAX];
            for (int p = 0; p < size; p++)
                left[p] = roll_between(&dice, -1, 1);
            for (int p = 0; p < size; p++)
                right[p] = left[p] * roll_sign(&dice);
            for (int p = 0; p < size; p++)
                for (int q = 0; q < size; q++)
                    a[p][q] += scale * left[p] * right[q];
        }
        assert_solved_within(size, a, RESIDUAL_SINGULAR);
    }
}

// --- Known eigenvalues ---

static void one_by_one_and_two_by_two(void **state) {
    (void)state;
    static struct eigen eigen;
    find_values(&eigen, 1, (matrix){{-7}});
    assert_true(eigen.value[0] == -7);
    find_values(&eigen, 2, (matrix){{1, 2}, {-2, 1}});
    assert_has_value(&eigen, 1 + 2 * I, 1e-14);
    assert_has_value(&eigen, 1 - 2 * I, 1e-14);
    find_values(&eigen, 2, (matrix){{2, 1}, {1, 2}});
    assert_has_value(&eigen, 1, 1e-14);
    assert_has_value(&eigen, 3, 1e-14);
}

static void the_zero_matrix_has_zeros(void **state) {
    (void)state;
    static struct eigen eigen;
    for (int size = 1; size <= EIGEN_MAX; size++) {
        find_values(&eigen, size, (matrix){{0}});
        for (int k = 0; k < size; k++) {
            double complex v[EIGEN_MAX];
            assert_true(eigen.value[k] == 0);
            eigen_vector(&eigen, k, v);
            assert_true(isfinite(length_of(size, v)) && length_of(size, v) > 0);
        }
    }
}

// The last row of a companion matrix holds minus the coefficients of a polynomial with leading 1.
static void companion_of(int degree, const double complex root[], matrix a) {
    double complex c[ROOTS_MAX + 1] = {1}; // c[k] x^k
    for (int k = 0; k < degree; k++)
        for (int i = k + 1; i >= 0; i--)
            c[i] = (i > 0 ? c[i - 1] : 0) - root[k] * c[i];
    memset(a, 0, sizeof(matrix));
    for (int k = 0; k + 1 < degree; k++)
        a[k][k + 1] = 1;
    for (int k = 0; k < degree; k++)
        a[degree - 1][k] = -creal(c[k]);
}

static void companion_matrices_have_their_roots(void **state) {
    (void)state;
    static struct eigen eigen;
    static const double complex roots[][ROOTS_MAX] = {
        {1, 2, 3, 4, 5, 6, 7, 8},
        {-1, 1, -2, 2, -3, 3, -4, 4},
        {1 + 2 * I, 1 - 2 * I, -3 + I, -3 - I, 2 * I, -2 * I, 5, -5},
        {0.1, 0.2, 10, 20, 0.5 + I, 0.5 - I, -0.5 + I, -0.5 - I},
    };
    for (size_t i = 0; i < sizeof roots / sizeof *roots; i++) {
        matrix a;
        companion_of(ROOTS_MAX, roots[i], a);
        find_values(&eigen, ROOTS_MAX, a);
        for (int k = 0; k < ROOTS_MAX; k++)
            assert_has_value(&eigen, roots[i][k], 1e-7);
        assert_residuals(&eigen, ROOTS_MAX, a, RESIDUAL);
    }
}

// x^n = 1: no shift ever helps, until the exceptional ones.
static void a_cyclic_permutation_has_the_roots_of_one(void **state) {
    (void)state;
    static struct eigen eigen;
    for (int size = 2; size <= EIGEN_MAX; size++) {
        matrix a = {{0}};
        for (int k = 0; k < size; k++)
            a[k][(k + 1) % size] = 1;
        find_values(&eigen, size, a);
        for (int k = 0; k < size; k++)
            assert_has_value(&eigen, cexp(2 * PI * I * k / size), 1e-12);
        assert_residuals(&eigen, size, a, RESIDUAL);
    }
}

// --- Repeated eigenvalues ---

static void repeated_values_of_a_whole_matrix_are_found(void **state) {
    (void)state;
    static struct eigen eigen;
    struct dice dice = {6};
    for (int size = 4; size <= EIGEN_MAX; size++) {
        matrix a = {{0}};
        for (int k = 0; k < size; k++) // -1 half of the time, -2, and one of its own
            a[k][k] = k < size / 2 ? -1 : k < size - 1 ? -2 : 5;
        rotate(&dice, size, a);
        find_values(&eigen, size, a);
        for (int k = 0; k < size; k++) {
            const double complex value = eigen.value[k];
            const double off = fmin(fmin(cabs(value + 1), cabs(value + 2)), cabs(value - 5));
            assert_near(off, 0, 1e-11);
        }
        assert_residuals(&eigen, size, a, RESIDUAL);
    }
}

// A Jordan block: the eigenvalue is as uncertain as the root of what rounding does, the residual
// is not.
static void defective_matrices_keep_their_residual(void **state) {
    (void)state;
    static struct eigen eigen;
    struct dice dice = {7};
    for (int block = 2; block <= 5; block++)
        for (double coupling = 1; coupling > 1e-15; coupling /= 30) {
            const int size = block + 6;
            matrix a = {{0}};
            for (int k = 0; k < size; k++)
                a[k][k] = k < block ? -1 : k;
            for (int k = 0; k + 1 < block; k++)
                a[k][k + 1] = coupling;
            rotate(&dice, size, a);
            find_values(&eigen, size, a);
            assert_has_value(&eigen, -1, 10 * pow(1e-14, 1.0 / block));
            assert_residuals(&eigen, size, a, pow(1e-14, 1.0 / block));
        }
}

// Two equal resonances. Their double shift goes round for ever, now and then.
static void equal_pairs_converge(void **state) {
    (void)state;
    static struct eigen eigen;
    struct dice dice = {8};
    for (int i = 0; i < EQUAL_PAIRS; i++) {
        const double complex value = 1 + cexp(I * roll_between(&dice, 0.1, 3));
        const double re = creal(value), im = cimag(value);
        const double p = roll_between(&dice, -0.5, 0.5), q = roll_between(&dice, -0.5, 0.5);
        matrix a = {{re, -im, p, q}, {im, re, q, p}, {0, 0, re, -im}, {0, 0, im, re}};
        rotate(&dice, 4, a);
        find_values(&eigen, 4, a);
        assert_has_value(&eigen, value, 1e-6);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_matrices_of_every_size_are_solved),
        cmocka_unit_test(symmetric_matrices_have_real_values),
        cmocka_unit_test(antisymmetric_matrices_have_imaginary_values),
        cmocka_unit_test(graded_matrices_are_solved),
        cmocka_unit_test(singular_matrices_converge),
        cmocka_unit_test(one_by_one_and_two_by_two),
        cmocka_unit_test(the_zero_matrix_has_zeros),
        cmocka_unit_test(companion_matrices_have_their_roots),
        cmocka_unit_test(a_cyclic_permutation_has_the_roots_of_one),
        cmocka_unit_test(repeated_values_of_a_whole_matrix_are_found),
        cmocka_unit_test(defective_matrices_keep_their_residual),
        cmocka_unit_test(equal_pairs_converge),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
