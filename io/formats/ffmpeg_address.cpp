#include "io/formats/ffmpeg_address.h"

#include "io/address.h"
#include "io/formats/ffmpeg_source.h"

extern "C" {
#include <libavdevice/version.h>
#include <libavformat/avformat.h>
#include <libavutil/macros.h>
}

#include <dlfcn.h>

#include <algorithm>
#include <cctype>
#include <filesystem>

namespace heddle::io {
namespace {

constexpr std::string_view kDevice = "device:";

/// " There are device:0, device:2" or that there is none.
std::string cameras() {
  std::string text;
  std::error_code none;
  for (int i = 0; i < 64; ++i) {
    if (std::filesystem::exists("/dev/video" + std::to_string(i), none)) {
      text += (text.empty() ? "there are device:" : ", device:") + std::to_string(i);
    }
  }
  return text.empty() ? "this machine has none (no /dev/video*)" : text;
}

std::string load_device_library() {
  constexpr const char* kName = "libavdevice.so." AV_STRINGIFY(LIBAVDEVICE_VERSION_MAJOR);
  void* library = ::dlopen(kName, RTLD_NOW | RTLD_LOCAL);  // stays: it registers its own code
  void* symbol = library == nullptr ? nullptr : ::dlsym(library, "avdevice_register_all");
  if (symbol == nullptr) {
    const char* reason = ::dlerror();
    return std::string("FFmpeg's device library cannot be opened: ") +
           (reason != nullptr ? reason : kName);
  }
  reinterpret_cast<void (*)()>(symbol)();
  return av_find_input_format("v4l2") != nullptr ? "" : "the installed FFmpeg reads no cameras";
}

FfmpegOrigin camera(const std::string& uri) {
  const std::string number = uri.substr(kDevice.size());
  const bool good = !number.empty() && number.size() <= 3 &&
                    std::all_of(number.begin(), number.end(), [](unsigned char letter) {
                      return std::isdigit(letter) != 0;
                    });
  if (!good) throw InputError(uri + ": cameras are named device:NUMBER; " + cameras());
  const std::string path = "/dev/video" + number;
  std::error_code none;
  if (!std::filesystem::exists(path, none)) {
    throw InputError(uri + ": there is no such camera; " + cameras());
  }
  if (const std::string absent = cameras_absent(); !absent.empty()) {
    throw InputError(uri + ": " + absent);
  }
  return {.address = path, .name = uri, .demuxer = "v4l2", .protocols = "none", .live = true};
}

}  // namespace

std::string cameras_absent() {
  static const std::string absent = load_device_library();
  return absent;
}

bool names_address(const std::string& uri) {
  return uri.starts_with(kDevice) || !scheme_of(uri).empty();
}

bool is_live(const std::string& uri) {
  return uri.starts_with(kDevice) || scheme_of(uri) == "rtsp";
}

FfmpegOrigin origin_of(const std::string& uri) {
  if (uri.starts_with(kDevice)) return camera(uri);
  const std::string scheme = scheme_of(uri);
  FfmpegOrigin origin{.address = uri, .name = without_password(uri)};
  if (scheme == "http" || scheme == "https") {
    origin.protocols = scheme == "http" ? "http,tcp" : "https,http,tls,tcp";
  } else if (scheme == "rtsp") {
    origin.protocols = "rtsp,rtp,tcp,udp";
    origin.live = true;
  } else {
    throw InputError(origin.name + ": " + scheme +
                     ":// is not read; there are http, https and rtsp, "
                     "device:0 for a camera, or pipe it in and name -");
  }
  return origin;
}

std::unique_ptr<Source> open_address(const std::string& uri, const SourceOptions& options) {
  return open_ffmpeg(origin_of(uri), options);
}

}  // namespace heddle::io
