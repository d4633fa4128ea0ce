#include "io/formats/video_overlay.h"

#include "io/atomic_file.h"
#include "io/formats/video_overlay_encoder.h"
#include "io/formats/video_overlay_painter.h"

#include <algorithm>
#include <vector>

namespace heddle::io {
namespace {

class VideoOverlaySink final : public Sink {
 public:
  VideoOverlaySink(const std::string& path, const SinkOptions& options)
      : width_(options.input.width),
        height_(options.input.height),
        file_(path, options.overwrite, options.to_continue),
        encoder_(file_,
                 {width_,
                  height_,
                  options.input.pixel_width,
                  options.input.pixel_height,
                  options.input.frames_per_second}),
        painter_(width_, height_) {}

  ~VideoOverlaySink() override {
    if (ended_) return;
    try {
      close_partial();  // so that the partial file has every frame so far
    } catch (const OutputError&) {
      // The run has failed already and says why.
    }
  }

  void write(const Sample& sample, std::span<const Record> records) override {
    const auto* frame = std::get_if<Frame>(&sample);
    if (frame == nullptr) return;
    const std::size_t bytes = static_cast<std::size_t>(width_) * height_ * 3;
    if (frame->width != width_ || frame->height != height_ || frame->bgr.size() != bytes) {
      throw OutputError(file_.path() + ": frame " + std::to_string(frame->number) + " is " +
                        std::to_string(frame->width) + "x" + std::to_string(frame->height) +
                        " with " + std::to_string(frame->bgr.size()) + " bytes; the video is " +
                        std::to_string(width_) + "x" + std::to_string(height_));
    }
    std::vector<Track> tracks;
    for (const Record& record : records) {
      if (const auto* track = std::get_if<Track>(&record)) tracks.push_back(*track);
    }
    canvas_ = frame->bgr;
    painter_.paint(canvas_, frame->seconds, tracks);
    encoder_.add(canvas_, frame->seconds);
  }

  void close() override {
    end();
    file_.commit();
  }

  void close_partial() override {
    end();
    file_.keep_partial();
  }

  bool continuable() const override { return true; }
  std::int64_t safe_every() const override { return encoder_.group_frames(); }
  bool snapshot(Snapshot& snapshot) override {
    if (!encoder_.between_groups()) return false;
    snapshot(file_, encoder_, painter_);
    return true;
  }

 private:
  void end() {
    ended_ = true;
    encoder_.finish();
  }

  int width_, height_;
  AtomicFile file_;
  VideoOverlayEncoder encoder_;
  OverlayPainter painter_;
  std::vector<std::uint8_t> canvas_;  // (height, width, 3)
  bool ended_ = false;
};

}  // namespace

std::unique_ptr<Sink> open_video_overlay(const std::string& path, const SinkOptions& options) {
  if (path == "-") {
    throw OutputError("mp4 cannot be written to standard output; name a file with -o");
  }
  if (options.input.width <= 0 || options.input.height <= 0) {
    throw OutputError(path + ": mp4 needs a video input; for sequences choose gff3, bed or jsonl");
  }
  return std::make_unique<VideoOverlaySink>(path, options);
}

}  // namespace heddle::io
