#include "app/picture_file.h"

#include <string>

namespace heddle::app {

void append_ppm(io::AtomicFile& file, const io::Frame& frame) {
  file.write("P6\n" + std::to_string(frame.width) + " " + std::to_string(frame.height) + "\n255\n");
  std::string rgb(frame.bgr.size(), '\0');
  for (std::size_t k = 0; k < rgb.size(); k += 3) {
    for (std::size_t c = 0; c < 3; ++c) rgb[k + c] = static_cast<char>(frame.bgr[k + 2 - c]);
  }
  file.write(rgb);
}

}  // namespace heddle::app
