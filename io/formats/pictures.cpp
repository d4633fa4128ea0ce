#include "io/formats/pictures.h"

#include "io/formats/ffmpeg_decoder.h"
#include "io/formats/natural_order.h"
#include "io/interrupted_error.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <filesystem>
#include <utility>
#include <vector>

namespace heddle::io {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kExtensions[] = {
    ".jpg", ".jpeg", ".png", ".bmp", ".webp", ".tif", ".tiff", ".ppm", ".pgm"};
constexpr std::size_t kMostDigits = 9;

struct Picture {
  std::int64_t number = 0;
  std::string path;
};

bool is_picture(const fs::path& path) {
  std::string extension = path.extension().string();
  std::transform(extension.begin(), extension.end(), extension.begin(), [](unsigned char letter) {
    return static_cast<char>(std::tolower(letter));
  });
  return std::find(std::begin(kExtensions), std::end(kExtensions), extension) !=
         std::end(kExtensions);
}

/// "img%06d.jpg": what stands before and behind the number, and its least digits.
struct Pattern {
  std::string before, behind;
  std::size_t digits = 0;

  /// The number in a file's name; -1: the name is not of the pattern.
  std::int64_t number_of(const std::string& name) const {
    if (name.size() <= before.size() + behind.size()) return -1;
    if (!name.starts_with(before) || !name.ends_with(behind)) return -1;
    const std::string_view middle =
        std::string_view(name).substr(before.size(), name.size() - before.size() - behind.size());
    const bool padded = middle.size() > 1 && middle.front() == '0';
    if (middle.size() < digits || (middle.size() > std::max<std::size_t>(digits, 1) && padded)) {
      return -1;
    }
    std::int64_t number = -1;
    const auto [end, error] = std::from_chars(middle.data(), middle.data() + middle.size(), number);
    const bool good = error == std::errc() && end == middle.data() + middle.size();
    return good && middle.front() != '-' && middle.size() <= kMostDigits ? number : -1;
  }
};

/// "%d" or "%0Nd" once in the last part of the name.
std::optional<Pattern> pattern_of(std::string_view name) {
  const std::size_t percent = name.find('%');
  if (percent == name.npos) return std::nullopt;
  Pattern pattern;
  std::size_t at = percent + 1;
  while (at < name.size() && std::isdigit(static_cast<unsigned char>(name[at])) != 0) {
    pattern.digits = 10 * pattern.digits + static_cast<std::size_t>(name[at++] - '0');
    if (pattern.digits > kMostDigits) return std::nullopt;
  }
  if (at >= name.size() || name[at] != 'd' || name.find('%', at) != name.npos) return std::nullopt;
  pattern.before = name.substr(0, percent);
  pattern.behind = name.substr(at + 1);
  return pattern;
}

std::string last_part(std::string_view uri) {
  return std::string(uri.substr(uri.find_last_of('/') + 1));
}

std::vector<fs::path> files_in(const fs::path& folder) {
  std::vector<fs::path> files;
  try {
    for (const fs::directory_entry& entry : fs::directory_iterator(folder)) {
      if (entry.is_regular_file()) files.push_back(entry.path());
    }
  } catch (const fs::filesystem_error& error) {
    throw InputError(folder.string() + ": cannot be read: " + error.code().message());
  }
  return files;
}

std::vector<Picture> of_folder(const std::string& uri) {
  std::vector<fs::path> files = files_in(uri);
  std::erase_if(files, [](const fs::path& file) { return !is_picture(file); });
  std::sort(files.begin(), files.end(), [](const fs::path& a, const fs::path& b) {
    return naturally_before(a.filename().string(), b.filename().string());
  });
  std::vector<Picture> pictures;
  for (const fs::path& file : files) {
    pictures.push_back({static_cast<std::int64_t>(pictures.size()), file.string()});
  }
  if (pictures.empty()) {
    throw InputError(uri +
                     ": is a folder without pictures (jpg, png, bmp, webp, tif, ppm, pgm); "
                     "name a video file, or a folder of pictures");
  }
  return pictures;
}

std::vector<Picture> of_pattern(const std::string& uri, const Pattern& pattern) {
  const fs::path folder = fs::path(uri).parent_path();
  std::vector<Picture> pictures;
  for (const fs::path& file : files_in(folder.empty() ? "." : folder)) {
    const std::int64_t number = pattern.number_of(file.filename().string());
    if (number >= 0) pictures.push_back({number, (folder / file.filename()).string()});
  }
  std::sort(pictures.begin(), pictures.end(), [](const Picture& a, const Picture& b) {
    return a.number < b.number;
  });
  if (pictures.empty()) {
    throw InputError(uri +
                     ": no file is of this pattern; %06d stands for numbers of six digits, "
                     "%d for numbers without zeros in front");
  }
  const std::int64_t first = pictures.front().number;
  for (Picture& picture : pictures) picture.number -= first;
  return pictures;
}

std::vector<Picture> pictures_of(const std::string& uri) {
  std::error_code none;
  if (fs::is_directory(uri, none)) return of_folder(uri);
  return of_pattern(uri, pattern_of(last_part(uri)).value());
}

class PicturesSource final : public Source {
 public:
  PicturesSource(const std::string& uri, std::vector<Picture> pictures, SourceOptions options)
      : pictures_(std::move(pictures)), options_(options) {
    info_.name = uri;
    while (!first_ && at_ < pictures_.size()) first_ = decode();
    if (!first_) report_damage();
    info_.frames_per_second = options_.picture_rate;
    info_.total = pictures_.back().number + 1;
  }

  const SourceInfo& info() const override { return info_; }
  std::int64_t position() const override { return position_; }

  std::optional<Sample> next() override {
    std::optional<Frame> frame = std::exchange(first_, std::nullopt);
    while (!frame && at_ < pictures_.size()) frame = decode();
    if (!frame) {
      if (damaged_ > 0) report_damage();
      return std::nullopt;
    }
    position_ = frame->number + 1;
    return Sample(std::move(*frame));
  }

 private:
  std::optional<Frame> decode();
  std::optional<Frame> decoded(const Picture& picture);
  [[noreturn]] void report_damage() const;

  std::vector<Picture> pictures_;
  SourceOptions options_;
  SourceInfo info_;
  std::size_t at_ = 0;      // the next picture
  std::int64_t last_ = -1;  // number of the last frame
  std::int64_t position_ = 0;
  std::optional<Frame> first_;  // decoded at the opening
  std::int64_t damaged_ = 0;
  std::string first_damage_;
};

/// The next picture as a frame, or nothing where it cannot be decoded.
std::optional<Frame> PicturesSource::decode() {
  const Picture& picture = pictures_[at_++];
  std::optional<Frame> frame = decoded(picture);
  if (!frame) return std::nullopt;
  if (last_ >= 0 && (frame->width != info_.width || frame->height != info_.height)) {
    throw InputError(picture.path + ": is " + std::to_string(frame->width) + "x" +
                     std::to_string(frame->height) + ", the pictures before it are " +
                     std::to_string(info_.width) + "x" + std::to_string(info_.height) +
                     "; a sequence has pictures of one size");
  }
  frame->number = picture.number;
  frame->seconds = static_cast<double>(picture.number) / options_.picture_rate;
  frame->after_gap = last_ >= 0 && picture.number != last_ + 1;
  frame->stream = info_.name;
  last_ = picture.number;
  return frame;
}

std::optional<Frame> PicturesSource::decoded(const Picture& picture) {
  try {
    const auto input = PeekedInput::open(picture.path, options_.stop_descriptor);
    if (input->head().empty()) throw InputError(picture.path + " is empty");
    FfmpegDecoder decoder(FfmpegOrigin::of(*input), options_, 1);
    std::optional<Frame> frame = decoder.next();
    if (!frame) throw decoder.no_frame();
    if (info_.width == 0) {
      const std::string name = info_.name;
      info_ = decoder.info();
      info_.name = name;
      const std::size_t codec = info_.format.find(": ");
      info_.format = std::to_string(pictures_.size()) + " pictures" + info_.format.substr(codec);
      info_.format = info_.format.substr(0, info_.format.rfind(" 25 fps"));
    }
    if (decoder.complained()) throw InputError(picture.path + ": damaged or cut short");
    return frame;
  } catch (const InterruptedError&) {
    throw;
  } catch (const InputError& error) {
    if (damaged_++ == 0) first_damage_ = error.what();
    return std::nullopt;
  }
}

void PicturesSource::report_damage() const {
  throw InputError(info_.name + ": " + std::to_string(damaged_) + " of " +
                   std::to_string(pictures_.size()) +
                   " pictures could not be read, the first: " + first_damage_);
}

}  // namespace

bool names_pictures(const std::string& uri) {
  if (uri == "-") return false;  // asks the file system nothing: a confined decoder may not
  std::error_code none;
  if (fs::is_directory(uri, none)) return true;
  return pattern_of(last_part(uri)).has_value() && !fs::exists(uri, none);
}

std::string without_number(std::string_view uri) {
  const std::optional<Pattern> pattern = pattern_of(last_part(uri));
  return pattern ? pattern->before + pattern->behind : std::string(uri);
}

std::vector<std::string> picture_files(const std::string& uri) {
  std::vector<std::string> files;
  for (Picture& picture : pictures_of(uri)) files.push_back(std::move(picture.path));
  return files;
}

std::unique_ptr<Source> open_pictures(const std::string& uri, const SourceOptions& options) {
  return std::make_unique<PicturesSource>(uri, pictures_of(uri), options);
}

}  // namespace heddle::io
