// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
#include "eigen.h"

#include <float.h>
#include <math.h>
#include <string.h>

#define ITERATIONS_MAX 60 // per eigenvalue; two on average, and below 30 in 300,000 circuits

enum { PHASE_HESSENBERG, PHASE_QR, PHASE_DONE };

void eigen_begin(struct eigen *eigen) {
    eigen->phase = PHASE_HESSENBERG;
    eigen->column = 0;
    eigen->converged = true;
}

// Householder: I - v v^T (v^T v = 2) clears column k below the subdiagonal.
static void reduce_column(struct eigen *eigen, int k) {
    const int n = eigen->size;
    double *v = eigen->reflector[k];
    double norm = 0.0;
    memset(v, 0, sizeof eigen->reflector[k]);
    for (int i = k + 1; i < n; ++i) {
        v[i] = eigen->matrix[i][k];
        norm = hypot(norm, v[i]);
    }
    if (norm == 0.0) {
        return;
    }
    v[k + 1] += copysign(norm, v[k + 1]);
    const double scale = 1.0 / sqrt(norm * fabs(v[k + 1])); // v^T v = 2 norm |v[k + 1]|
    for (int i = k + 1; i < n; ++i) {
        v[i] *= scale;
    }
    double row_sum[EIGEN_MAX] = {0};
    for (int i = k + 1; i < n; ++i) {
        for (int j = k; j < n; ++j) {
            row_sum[j] += v[i] * eigen->matrix[i][j];
        }
    }
    for (int i = k + 1; i < n; ++i) {
        for (int j = k; j < n; ++j) {
            eigen->matrix[i][j] -= v[i] * row_sum[j];
        }
    }
    for (int i = 0; i < n; ++i) {
        double sum = 0.0;
        for (int j = k + 1; j < n; ++j) {
            sum += eigen->matrix[i][j] * v[j];
        }
        for (int j = k + 1; j < n; ++j) {
            eigen->matrix[i][j] -= sum * v[j];
        }
    }
    for (int i = k + 2; i < n; ++i) {
        eigen->matrix[i][k] = 0.0;
    }
}

static void begin_qr(struct eigen *eigen) {
    eigen->phase = PHASE_QR;
    eigen->column = eigen->size - 1; // the last row of the active block
    eigen->iterations = 0;
    eigen->norm = 0.0;
    for (int i = 0; i < eigen->size; ++i) {
        for (int j = 0; j < eigen->size; ++j) {
            eigen->qr[i][j] = eigen->matrix[i][j];
            eigen->norm += fabs(eigen->matrix[i][j]);
        }
    }
}

// The first row of the block that ends at `last` and has no negligible subdiagonal element.
static int find_block(struct eigen *eigen, int last) {
    double(*h)[EIGEN_MAX] = eigen->qr;
    for (int l = last; l >= 1; --l) {
        // Relative to the whole matrix: what is smaller is rounding, and never settles among
        // itself.
        if (fabs(h[l][l - 1]) <= DBL_EPSILON * eigen->norm) {
            h[l][l - 1] = 0.0;
            return l;
        }
    }
    return 0;
}

static void deflate_pair(struct eigen *eigen, int last) {
    double(*h)[EIGEN_MAX] = eigen->qr;
    const double x = h[last][last];
    const double w = h[last][last - 1] * h[last - 1][last];
    const double p = 0.5 * (h[last - 1][last - 1] - x);
    const double q = p * p + w;
    const double root = sqrt(fabs(q));
    if (q >= 0.0) {
        const double z = p + copysign(root, p);
        eigen->value[last - 1] = x + z;
        eigen->value[last] = z != 0.0 ? x - w / z : x + z;
    } else {
        eigen->value[last - 1] = x + p + I * root;
        eigen->value[last] = x + p - I * root;
    }
}

struct shifts {
    double x, y, w;
};

// The eigenvalues of the last two rows; every sixth time a real number near the corner, twice. The
// poles of a network without losses map to a circle, and there complex shifts can chase one another
// round for ever (Batterson and Day, Mathematics of Computation 59, 1992).
static struct shifts choose_shifts(const struct eigen *eigen, int last) {
    const double(*h)[EIGEN_MAX] = eigen->qr;
    if (eigen->iterations % 6 == 5) {
        const double s = fabs(h[last][last - 1]) + fabs(h[last - 1][last - 2]);
        const double x = h[last][last] + 0.25 * s;
        return (struct shifts){x, x, 0.0};
    }
    return (struct shifts){h[last][last], h[last - 1][last - 1],
                           h[last][last - 1] * h[last - 1][last]};
}

// The head of a bulge: a vector of three that a reflection turns into its first axis.
struct bulge {
    double p, q, r, size; // p, q, r are in units of size
};

static struct bulge normalise(double p, double q, double r) {
    const double size = fabs(p) + fabs(q) + fabs(r);
    const double unit = size > 0.0 ? size : 1.0;
    return (struct bulge){p / unit, q / unit, r / unit, size};
}

// The row in which a double-shift sweep over first..last may start, and its first vector.
static int start_sweep(struct eigen *eigen, int first, int last, struct bulge *bulge) {
    double(*h)[EIGEN_MAX] = eigen->qr;
    const struct shifts shifts = choose_shifts(eigen, last);
    int m = last - 2;
    for (;; --m) {
        const double z = h[m][m];
        const double a = shifts.x - z;
        const double b = shifts.y - z;
        *bulge = normalise((a * b - shifts.w) / h[m + 1][m] + h[m][m + 1],
                           h[m + 1][m + 1] - z - a - b, h[m + 2][m + 1]);
        if (m == first) {
            break;
        }
        const double u = fabs(h[m][m - 1]) * (fabs(bulge->q) + fabs(bulge->r));
        const double v = fabs(bulge->p) * (fabs(h[m - 1][m - 1]) + fabs(z) + fabs(h[m + 1][m + 1]));
        if (u <= DBL_EPSILON * v) {
            break;
        }
    }
    for (int i = m + 2; i <= last; ++i) {
        h[i][i - 2] = 0.0;
        if (i != m + 2) {
            h[i][i - 3] = 0.0;
        }
    }
    return m;
}

// Reflects rows and columns k, k + 1 and, but for the last, k + 2. s is the bulge's signed length.
static void reflect(struct eigen *eigen, int first, int last, int k, const struct bulge *bulge,
                    double s) {
    double(*h)[EIGEN_MAX] = eigen->qr;
    const bool three = k != last - 1;
    const double p = bulge->p + s;
    const double x = p / s, y = bulge->q / s, z = bulge->r / s;
    const double q = bulge->q / p, r = bulge->r / p;
    for (int j = k; j <= last; ++j) {
        double sum = h[k][j] + q * h[k + 1][j];
        if (three) {
            sum += r * h[k + 2][j];
            h[k + 2][j] -= sum * z;
        }
        h[k + 1][j] -= sum * y;
        h[k][j] -= sum * x;
    }
    const int bottom = k + 3 < last ? k + 3 : last;
    for (int i = first; i <= bottom; ++i) {
        double sum = x * h[i][k] + y * h[i][k + 1];
        if (three) {
            sum += z * h[i][k + 2];
            h[i][k + 2] -= sum * r;
        }
        h[i][k + 1] -= sum * q;
        h[i][k] -= sum;
    }
}

// One double-shift sweep over rows first..last: chases the bulge down the subdiagonal.
static void sweep(struct eigen *eigen, int first, int last) {
    double(*h)[EIGEN_MAX] = eigen->qr;
    struct bulge bulge;
    const int start = start_sweep(eigen, first, last, &bulge);
    for (int k = start; k < last; ++k) {
        if (k != start) {
            bulge = normalise(h[k][k - 1], h[k + 1][k - 1], k != last - 1 ? h[k + 2][k - 1] : 0.0);
        }
        const double length = sqrt(bulge.p * bulge.p + bulge.q * bulge.q + bulge.r * bulge.r);
        const double s = copysign(length, bulge.p);
        if (s == 0.0) {
            continue;
        }
        if (k != start) {
            h[k][k - 1] = -s * bulge.size;
        } else if (first != start) {
            h[k][k - 1] = -h[k][k - 1];
        }
        reflect(eigen, first, last, k, &bulge, s);
    }
}

static void iterate_qr(struct eigen *eigen) {
    const int last = eigen->column;
    const int first = find_block(eigen, last);
    if (first == last) {
        eigen->value[last] = eigen->qr[last][last];
        eigen->column -= 1;
        eigen->iterations = 0;
    } else if (first == last - 1) {
        deflate_pair(eigen, last);
        eigen->column -= 2;
        eigen->iterations = 0;
    } else if (eigen->iterations == ITERATIONS_MAX) {
        eigen->converged = false;
        eigen->phase = PHASE_DONE;
    } else {
        sweep(eigen, first, last);
        eigen->iterations += 1;
    }
}

bool eigen_step(struct eigen *eigen) {
    switch (eigen->phase) {
    case PHASE_HESSENBERG:
        if (eigen->column < eigen->size - 2) {
            reduce_column(eigen, eigen->column++);
        } else {
            begin_qr(eigen);
        }
        break;
    case PHASE_QR:
        if (eigen->column >= 0) {
            iterate_qr(eigen);
        } else {
            eigen->phase = PHASE_DONE;
        }
        break;
    default:
        break;
    }
    return eigen->phase == PHASE_DONE;
}

// LU of H - value I with row interchanges; a Hessenberg matrix has one multiplier a column.
static void factor_shifted(struct eigen *eigen, double complex value) {
    const int n = eigen->size;
    double complex(*lu)[EIGEN_MAX] = eigen->lu;
    for (int i = 0; i < n; ++i) {
        for (int j = i > 0 ? i - 1 : 0; j < n; ++j) {
            lu[i][j] = eigen->matrix[i][j] - (i == j ? value : 0.0);
        }
    }
    const double tiny = DBL_EPSILON * (eigen->norm > 0.0 ? eigen->norm : 1.0);
    for (int k = 0; k < n; ++k) {
        if (k + 1 < n) {
            eigen->swapped[k] = cabs(lu[k + 1][k]) > cabs(lu[k][k]);
            for (int j = k; eigen->swapped[k] && j < n; ++j) {
                const double complex other = lu[k][j];
                lu[k][j] = lu[k + 1][j];
                lu[k + 1][j] = other;
            }
        }
        if (cabs(lu[k][k]) < tiny) {
            lu[k][k] = tiny;
        }
        if (k + 1 < n) {
            const double complex factor = lu[k + 1][k] / lu[k][k];
            lu[k + 1][k] = factor;
            for (int j = k + 1; j < n; ++j) {
                lu[k + 1][j] -= factor * lu[k][j];
            }
        }
    }
}

static void solve_upper(const struct eigen *eigen, double complex x[]) {
    double size = 0.0;
    for (int i = eigen->size - 1; i >= 0; --i) {
        for (int j = i + 1; j < eigen->size; ++j) {
            x[i] -= eigen->lu[i][j] * x[j];
        }
        x[i] /= eigen->lu[i][i];
        size = fmax(size, cabs(x[i]));
    }
    for (int i = 0; i < eigen->size; ++i) {
        x[i] /= size;
    }
}

static void solve_lower(const struct eigen *eigen, double complex x[]) {
    for (int k = 0; k + 1 < eigen->size; ++k) {
        if (eigen->swapped[k]) {
            const double complex other = x[k];
            x[k] = x[k + 1];
            x[k + 1] = other;
        }
        x[k + 1] -= eigen->lu[k + 1][k] * x[k];
    }
}

void eigen_vector(struct eigen *eigen, int index, double complex vector[]) {
    const int n = eigen->size;
    factor_shifted(eigen, eigen->value[index]);
    for (int i = 0; i < n; ++i) {
        vector[i] = 1.0;
    }
    solve_upper(eigen, vector); // as if the right-hand side were L times ones
    solve_lower(eigen, vector);
    solve_upper(eigen, vector);
    for (int k = n - 3; k >= 0; --k) { // back through the reflectors
        double complex sum = 0.0;
        for (int i = k + 1; i < n; ++i) {
            sum += eigen->reflector[k][i] * vector[i];
        }
        for (int i = k + 1; i < n; ++i) {
            vector[i] -= sum * eigen->reflector[k][i];
        }
    }
}
