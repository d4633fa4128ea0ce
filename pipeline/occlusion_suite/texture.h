#pragma once
// What the things of a drawn clip are covered with: painted patterns, or pieces of pictures.
// Threads: const after making.

#include "io/sample.h"

#include <array>
#include <cstdint>
#include <functional>
#include <vector>

namespace heddle::pipeline {

struct Texture {
  static constexpr int kSide = 256;
  std::vector<float> bgr;  // (kSide, kSide, 3), 0..255

  /// Bilinear at (u, v), where the texture covers [-1, 1] x [-1, 1] and is mirrored beyond.
  std::array<float, 3> at(double u, double v) const;
};

/// One of five families (clouds, stripes, cells, checks, spots) with its own colours, scale and
/// direction. Different seeds give different textures, the same seed the same one.
Texture paint_texture(std::uint64_t seed);

/// A square piece of `picture`, at least half as long as its shorter side. Throws
/// std::invalid_argument for a picture under 16 pixels.
Texture cut_texture(const io::Frame& picture, std::uint64_t seed);

/// Texture `number` of a suite; the same number gives the same texture.
using TextureSource = std::function<Texture(std::uint64_t number)>;

}  // namespace heddle::pipeline
