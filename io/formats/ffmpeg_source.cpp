#include "io/formats/ffmpeg_source.h"

#include "io/formats/ffmpeg_decoder.h"
#include "io/interrupted_error.h"

#include <algorithm>
#include <utility>

namespace heddle::io {
namespace {

constexpr int kMaxThreads = 2;  // frame threads; the run's other threads need the cores

// What FFmpeg conceals in a damaged picture depends on the race of its frame threads (measured: the
// same file decoded four times gave four results). So the first complaint sends a threaded decoder
// back to the start with one thread, up to the frame where it was; every frame returned until then
// was decoded before the damage and is the same. A pipe cannot be read again and gets one thread.
class FfmpegSource final : public Source {
 public:
  FfmpegSource(std::unique_ptr<PeekedInput> input,
               const FfmpegOrigin& origin,
               const SourceOptions& options)
      : input_(std::move(input)),
        origin_(input_ ? FfmpegOrigin::of(*input_) : origin),
        options_(options),
        decoder_(std::make_unique<FfmpegDecoder>(
            origin_, options, std::clamp(options.threads, 1, kMaxThreads))) {
    first_ = decode();
    if (!first_) throw decoder_->no_frame();
    info_ = decoder_->info();
  }

  const SourceInfo& info() const override { return info_; }
  std::int64_t position() const override { return returned_; }

  std::optional<Sample> next() override {
    std::optional<Frame> frame = first_ ? std::exchange(first_, std::nullopt) : decode();
    if (!frame) {
      decoder_->report_damage();
      return std::nullopt;
    }
    ++returned_;
    return Sample(std::move(*frame));
  }

 private:
  std::optional<Frame> decode() {
    std::optional<Frame> frame = decoder_->next();
    if (!decoder_->threaded() || !decoder_->complained()) return frame;
    decoder_.reset();  // it reads the same input
    decoder_ = std::make_unique<FfmpegDecoder>(origin_, options_, 1);
    for (std::int64_t seen = 0; seen < returned_; ++seen) {
      throw_if_stop_asked(options_.stop_descriptor, "decoding again", info_.name);
      decoder_->next();
    }
    return decoder_->next();
  }

  std::unique_ptr<PeekedInput> input_;  // null: FFmpeg opens its own
  FfmpegOrigin origin_;
  SourceOptions options_;
  std::unique_ptr<FfmpegDecoder> decoder_;
  SourceInfo info_;
  std::optional<Frame> first_;  // decoded at the opening
  std::int64_t returned_ = 0;
};

}  // namespace

std::unique_ptr<Source> open_ffmpeg(std::unique_ptr<PeekedInput> input,
                                    const SourceOptions& options) {
  return std::make_unique<FfmpegSource>(std::move(input), FfmpegOrigin{}, options);
}

std::unique_ptr<Source> open_ffmpeg(const FfmpegOrigin& origin, const SourceOptions& options) {
  return std::make_unique<FfmpegSource>(nullptr, origin, options);
}

}  // namespace heddle::io
