// SPDX-License-Identifier: MIT
// Probabilities of the distributions that the tests of tests.h need. Own code of a page in the place of Boost.Math,
// whose headers are 150 MB; held to SciPy's values within 1e-10 (tests/golden/statistics).
#pragma once

namespace nn::stats {

/// The regularized incomplete beta function I_x(a, b). a, b above 0, x 0..1; rest is 1 - x, given apart so that no
/// digits are lost beside 1. By Lentz's method on its continued fraction (Numerical Recipes 6.4).
double incomplete_beta(double a, double b, double x, double rest);

/// Of the standard normal distribution: P(Z > z).
double normal_tail(double z);

/// Of Student's t with that many degrees of freedom (above 0, not only whole ones): P(|T| > |t|).
double student_two_tails(double t, double freedom);
/// The t that |T| exceeds with probability p, p above 0 and at most 1.
double student_quantile(double p, double freedom);
/// Of the noncentral t: P(T > t), t 0 or more. By the series of Lenth (1989, AS 243).
double noncentral_student_tail(double t, double freedom, double shift);

/// P(K <= k) of n throws of a coin. n 0 or more, k below 0 and above n too.
double coin_cdf(double k, double n);

}  // namespace nn::stats
