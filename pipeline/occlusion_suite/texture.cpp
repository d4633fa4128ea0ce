#include "pipeline/occlusion_suite/texture.h"

#include "pipeline/simulation/draws.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <string>

namespace heddle::pipeline {
namespace {

using Colour = std::array<float, 3>;

constexpr int kColours = 4;
constexpr float kGrain = 6;  // grey levels of fine noise, so that no region is without texture

/// The finaliser of splitmix64 (Steele, Lea and Flood 2014): a hash of 64 bits.
std::uint64_t mixed(std::uint64_t x) {
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
  return x ^ (x >> 31);
}

/// A number in [0, 1) for a lattice point.
double lattice(std::int64_t x, std::int64_t y, std::uint64_t seed) {
  const auto a = static_cast<std::uint64_t>(x) * 0x9e3779b97f4a7c15ULL;
  const auto b = static_cast<std::uint64_t>(y) * 0xc2b2ae3d27d4eb4fULL;
  return static_cast<double>(mixed(a + mixed(b + seed)) >> 11) * 0x1p-53;
}

double smooth(double t) { return t * t * (3 - 2 * t); }

double value_noise(double x, double y, std::uint64_t seed) {
  const double fx = std::floor(x), fy = std::floor(y);
  const auto i = static_cast<std::int64_t>(fx), j = static_cast<std::int64_t>(fy);
  const double u = smooth(x - fx), v = smooth(y - fy);
  const double top = std::lerp(lattice(i, j, seed), lattice(i + 1, j, seed), u);
  const double bottom = std::lerp(lattice(i, j + 1, seed), lattice(i + 1, j + 1, seed), u);
  return std::lerp(top, bottom, v);
}

/// Four octaves, 0..1.
double clouds(double x, double y, std::uint64_t seed) {
  double sum = 0, weight = 0.5;
  for (int octave = 0; octave < 4; ++octave, weight /= 2) {
    sum += weight * value_noise(x, y, seed + static_cast<std::uint64_t>(octave));
    x *= 2.03;
    y *= 2.03;
  }
  return sum / 0.9375;
}

/// What a pattern is made of. Lengths in sides of the texture.
struct Paint {
  std::uint64_t seed = 0;
  std::array<Colour, kColours> colours{};
  double repeats = 0;  // of the pattern in the texture
  double cosine = 1, sine = 0;
  double warp = 0;

  explicit Paint(ClipDraws& draws, std::uint64_t own_seed) : seed(own_seed) {
    for (Colour& colour : colours) {
      for (float& part : colour) part = static_cast<float>(draws.uniform(15, 240));
    }
    repeats = draws.log_uniform(4, 14);
    const double angle = draws.angle();
    cosine = std::cos(angle);
    sine = std::sin(angle);
    warp = draws.uniform(0.1, 0.8);
  }

  /// 0..1 -> a colour between neighbours of the palette.
  Colour blend(double t) const {
    const double place = std::clamp(t, 0.0, 1.0) * (kColours - 1);
    const int low = std::min(static_cast<int>(place), kColours - 2);
    Colour mix;
    for (int c = 0; c < 3; ++c) {
      mix[c] = std::lerp(colours[low][c], colours[low + 1][c], static_cast<float>(place - low));
    }
    return mix;
  }
};

Colour paint_clouds(const Paint& p, double x, double y) {
  return p.blend(1.6 * clouds(x * p.repeats / 2, y * p.repeats / 2, p.seed) - 0.3);
}

Colour paint_stripes(const Paint& p, double x, double y) {
  const double bend = p.warp * clouds(3 * x, 3 * y, p.seed);
  const double along = (x * p.cosine + y * p.sine) * p.repeats + bend * 3;
  const auto stripe = static_cast<std::int64_t>(std::floor(along));
  return p.colours[static_cast<std::size_t>(lattice(stripe, 0, p.seed) * kColours)];
}

/// Voronoi cells of one random point a lattice square (Worley 1996).
Colour paint_cells(const Paint& p, double x, double y) {
  const double sx = x * p.repeats, sy = y * p.repeats;
  const auto ci = static_cast<std::int64_t>(std::floor(sx));
  const auto cj = static_cast<std::int64_t>(std::floor(sy));
  double nearest = 1e9, second = 1e9, tone = 0;
  for (std::int64_t j = cj - 1; j <= cj + 1; ++j) {
    for (std::int64_t i = ci - 1; i <= ci + 1; ++i) {
      const double dx = static_cast<double>(i) + lattice(i, j, p.seed) - sx;
      const double dy = static_cast<double>(j) + lattice(i, j, p.seed + 1) - sy;
      const double away = std::hypot(dx, dy);
      second = std::min(second, std::max(away, nearest));
      if (away < nearest) {
        nearest = away;
        tone = lattice(i, j, p.seed + 2);
      }
    }
  }
  return second - nearest < 0.06 ? p.colours[0] : p.blend(tone);
}

Colour paint_checks(const Paint& p, double x, double y) {
  const double bend = p.warp * clouds(2 * x, 2 * y, p.seed);
  const double along = (x * p.cosine + y * p.sine) * p.repeats + bend;
  const double across = (y * p.cosine - x * p.sine) * p.repeats + bend;
  const auto i = static_cast<std::int64_t>(std::floor(along));
  const auto j = static_cast<std::int64_t>(std::floor(across));
  const bool odd = ((i + j) & 1) != 0;
  const double tone = lattice(i, j, p.seed);
  return odd ? p.colours[tone < 0.5 ? 0 : 1] : p.colours[tone < 0.5 ? 2 : 3];
}

Colour paint_spots(const Paint& p, double x, double y) {
  const double sx = x * p.repeats, sy = y * p.repeats;
  const auto i = static_cast<std::int64_t>(std::floor(sx));
  const auto j = static_cast<std::int64_t>(std::floor(sy));
  const double radius = 0.2 + 0.25 * lattice(i, j, p.seed);
  const double dx = sx - static_cast<double>(i) - 0.5, dy = sy - static_cast<double>(j) - 0.5;
  if (std::hypot(dx, dy) < radius) {
    return p.colours[static_cast<std::size_t>(lattice(i, j, p.seed + 1) * kColours)];
  }
  return p.blend(clouds(2 * x, 2 * y, p.seed + 2));
}

// THE LIST of families.
constexpr Colour (*kFamilies[])(const Paint&, double, double) = {
    paint_clouds, paint_stripes, paint_cells, paint_checks, paint_spots};

/// A coordinate of the mirrored texture -> pixels, 0..kSide-1.
double pixel_of(double u) {
  const double folded = std::abs(std::remainder(u - 1, 4.0)) - 1;  // 1..-1..1, period 4
  return (1 - folded) / 2 * (Texture::kSide - 1);
}

}  // namespace

std::array<float, 3> Texture::at(double u, double v) const {
  const double x = pixel_of(u), y = pixel_of(v);
  const int i = std::min(static_cast<int>(x), kSide - 2);
  const int j = std::min(static_cast<int>(y), kSide - 2);
  const auto a = static_cast<float>(x - i), b = static_cast<float>(y - j);
  const float* top = bgr.data() + (static_cast<std::size_t>(j) * kSide + i) * 3;
  const float* bottom = top + std::size_t{kSide} * 3;
  std::array<float, 3> colour;
  for (int c = 0; c < 3; ++c) {
    const float above = top[c] + a * (top[c + 3] - top[c]);
    const float below = bottom[c] + a * (bottom[c + 3] - bottom[c]);
    colour[c] = above + b * (below - above);
  }
  return colour;
}

Texture paint_texture(std::uint64_t seed) {
  ClipDraws draws(seed);
  const auto family = kFamilies[draws.below(static_cast<int>(std::size(kFamilies)))];
  const Paint paint(draws, mixed(seed));
  Texture texture;
  texture.bgr.reserve(std::size_t{Texture::kSide} * Texture::kSide * 3);
  for (int j = 0; j < Texture::kSide; ++j) {
    for (int i = 0; i < Texture::kSide; ++i) {
      const Colour colour = family(
          paint, static_cast<double>(i) / Texture::kSide, static_cast<double>(j) / Texture::kSide);
      const auto grain = static_cast<float>(2 * lattice(i, j, paint.seed + 9) - 1) * kGrain;
      for (const float part : colour) {
        texture.bgr.push_back(std::clamp(part + grain, 0.0F, 255.0F));
      }
    }
  }
  return texture;
}

Texture cut_texture(const io::Frame& picture, std::uint64_t seed) {
  const int shorter = std::min(picture.width, picture.height);
  if (shorter < 16) {
    throw std::invalid_argument("a picture of " + std::to_string(picture.width) + "x" +
                                std::to_string(picture.height) +
                                " is too small for a texture; give one of 16 pixels or more");
  }
  ClipDraws draws(seed);
  const double side = draws.uniform(0.5, 1) * shorter;
  const double left = draws.uniform(0, picture.width - side);
  const double top = draws.uniform(0, picture.height - side);
  Texture texture;
  texture.bgr.reserve(std::size_t{Texture::kSide} * Texture::kSide * 3);
  for (int j = 0; j < Texture::kSide; ++j) {
    for (int i = 0; i < Texture::kSide; ++i) {
      const int x =
          std::min(static_cast<int>(left + (i + 0.5) * side / Texture::kSide), picture.width - 1);
      const int y =
          std::min(static_cast<int>(top + (j + 0.5) * side / Texture::kSide), picture.height - 1);
      const std::uint8_t* from =
          picture.bgr.data() + (static_cast<std::size_t>(y) * picture.width + x) * 3;
      for (int c = 0; c < 3; ++c) texture.bgr.push_back(from[c]);
    }
  }
  return texture;
}

}  // namespace heddle::pipeline
