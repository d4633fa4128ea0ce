#pragma once
// A folder of pictures in which a square moves.

#include <filesystem>
#include <fstream>
#include <string>

namespace heddle {

/// 0001.ppm, 0002.ppm and so on, 96 x 64, made with their folder.
inline void write_moving_pictures(const std::filesystem::path& folder, int count) {
  constexpr int kWidth = 96, kHeight = 64, kSide = 20;
  std::filesystem::create_directories(folder);
  for (int number = 1; number <= count; ++number) {
    std::string pixels(std::size_t{3} * kWidth * kHeight, '\x60');
    const int left = number % (kWidth - kSide);
    for (int row = 20; row < 20 + kSide; ++row) {
      const auto at = static_cast<std::size_t>(3 * (row * kWidth + left));
      pixels.replace(at, std::size_t{3} * kSide, std::size_t{3} * kSide, '\xf0');
    }
    const std::string digits = std::to_string(number);
    std::ofstream(folder / (std::string(4 - digits.size(), '0') + digits + ".ppm"),
                  std::ios::binary)
        << "P6\n" + std::to_string(kWidth) + " " + std::to_string(kHeight) + "\n255\n" + pixels;
  }
}

}  // namespace heddle
