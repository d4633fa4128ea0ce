#pragma once
// A Kalman filter (Kalman 1960) of one quantity that changes at a constant rate. None of the
// associations' filters has a covariance between a box's quantities, so one of these a quantity is
// the same as the matrices of their papers.

namespace heddle::pipeline {

struct ConstantVelocity {
  double position = 0, velocity = 0;
  double pp = 0, pv = 0, vv = 0;  // covariance

  /// One frame on; the noises are variances, and the covariance of the two.
  void predict(double position_noise, double velocity_noise, double shared_noise = 0) {
    position += velocity;
    pp += 2 * pv + vv + position_noise;
    pv += vv + shared_noise;
    vv += velocity_noise;
  }

  void correct(double measured, double noise) {
    const double gain_p = pp / (pp + noise), gain_v = pv / (pp + noise);
    const double surprise = measured - position;
    position += gain_p * surprise;
    velocity += gain_v * surprise;
    vv -= gain_v * pv;
    pv *= 1 - gain_p;
    pp *= 1 - gain_p;
  }
};

}  // namespace heddle::pipeline
