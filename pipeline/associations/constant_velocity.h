#pragma once
// A Kalman filter (Kalman 1960) of one quantity that changes at a constant rate. The filters of the
// classic associations have no covariance between a box's quantities, so one of these a quantity is
// the same as their matrices.

namespace heddle::pipeline {

struct ConstantVelocity {
  double position = 0, velocity = 0;
  double pp = 0, pv = 0, vv = 0;  // covariance

  /// One frame on; both noises are variances.
  void predict(double position_noise, double velocity_noise) {
    position += velocity;
    pp += 2 * pv + vv + position_noise;
    pv += vv;
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
