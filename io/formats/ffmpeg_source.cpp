#include "io/formats/ffmpeg_source.h"

#include "io/formats/ffmpeg_clock.h"
#include "io/formats/ffmpeg_input.h"
#include "io/formats/ffmpeg_picture.h"

extern "C" {
#include <libavutil/display.h>
#include <libavutil/pixdesc.h>
}

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <utility>

namespace heddle::io {
namespace {

constexpr int kMaxThreads = 2;  // frame threads; the run's other threads need the cores
constexpr int kMaxRetries = 64;
constexpr double kUnknownRate = 25;

double usable_rate(AVRational rate) {
  const double value = rate.den != 0 ? av_q2d(rate) : 0;
  return value >= 1.0 / 3600 && value <= 1000 ? value : 0;
}

double frame_rate(const AVStream& stream) {
  const double average = usable_rate(stream.avg_frame_rate);
  return average > 0 ? average : usable_rate(stream.r_frame_rate);
}

double nominal_interval(const AVStream& stream) {
  const double rate = frame_rate(stream);
  return 1 / (rate > 0 ? rate : kUnknownRate);
}

std::int64_t frame_total(const AVFormatContext& format, const AVStream& stream) {
  if (stream.nb_frames > 0) return stream.nb_frames;
  const double rate = frame_rate(stream);
  double seconds = -1;
  if (stream.duration > 0) {
    seconds = static_cast<double>(stream.duration) * av_q2d(stream.time_base);
  } else if (format.duration > 0) {
    seconds = static_cast<double>(format.duration) / AV_TIME_BASE;
  }
  const double frames = std::round(seconds * rate);
  return rate > 0 && frames >= 1 && frames < 1e12 ? static_cast<std::int64_t>(frames) : -1;
}

const std::int32_t* display_matrix(const AVStream& stream) {
  std::size_t bytes = 0;
  const std::uint8_t* matrix = av_stream_get_side_data(&stream, AV_PKT_DATA_DISPLAYMATRIX, &bytes);
  return bytes >= 9 * sizeof(std::int32_t) ? reinterpret_cast<const std::int32_t*>(matrix)
                                           : nullptr;
}

std::string number(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.6g", value);
  return text;
}

class FfmpegSource final : public Source {
 public:
  FfmpegSource(const std::string& uri, const SourceOptions& options);
  const SourceInfo& info() const override { return info_; }
  std::optional<Sample> next() override;
  std::int64_t position() const override { return returned_; }

 private:
  void open_decoder(const SourceOptions& options);
  void describe(const std::string& uri, const AVFrame& first);
  std::optional<Frame> decode();
  bool receive();
  void feed();
  void note_damage(int code);
  Frame upright(const AVFrame& picture);
  void report_damage() const;

  FfmpegLog log_;
  FfmpegInput input_;
  FfmpegHandle<AVCodecContext> decoder_;
  FfmpegHandle<AVPacket> packet_ = ffmpeg_handle(av_packet_alloc());
  FfmpegHandle<AVFrame> picture_ = ffmpeg_handle(av_frame_alloc());
  Orientation orientation_;
  UprightBgr to_bgr_;
  FrameClock clock_;
  SourceInfo info_;
  std::optional<Frame> first_;  // decoded at opening
  std::optional<std::int64_t> first_stamp_;
  std::int64_t decoded_ = 0;
  std::int64_t returned_ = 0;
  std::int64_t damaged_ = 0;
  std::string first_damage_;
  bool gap_ = false;
  int retries_ = 0;
};

FfmpegSource::FfmpegSource(const std::string& uri, const SourceOptions& options)
    : input_(uri, options, log_),
      orientation_(display_matrix(input_.stream()) ? orientation_of(display_matrix(input_.stream()))
                                                   : Orientation{}),
      to_bgr_(orientation_),
      clock_(nominal_interval(input_.stream())) {
  open_decoder(options);
  info_.name = uri;
  first_ = decode();
  if (!first_) {
    throw InputError(input_.name() + ": " + input_.container() + " with a " +
                     avcodec_get_name(decoder_->codec_id) +
                     " stream, but no frame could be decoded" + log_.because(AVERROR_INVALIDDATA) +
                     "; the file is cut short or damaged");
  }
}

void FfmpegSource::open_decoder(const SourceOptions& options) {
  const AVCodecParameters& stored = *input_.stream().codecpar;
  const std::int64_t pixels = std::int64_t{stored.width} * stored.height;
  if (pixels > options.max_pixels) {
    throw InputError(input_.name() + ": pictures of " + std::to_string(stored.width) + "x" +
                     std::to_string(stored.height) + " are above the limit of " +
                     std::to_string(options.max_pixels) + " pixels; scale the video down first");
  }
  const AVCodec* codec = avcodec_find_decoder(stored.codec_id);
  if (codec == nullptr) {
    throw InputError(input_.name() + ": the installed FFmpeg has no decoder for " +
                     avcodec_get_name(stored.codec_id) + "; convert it to H.264 first");
  }
  decoder_ = ffmpeg_handle(avcodec_alloc_context3(codec));
  decoder_->opaque = &log_;
  decoder_->max_pixels = options.max_pixels;
  decoder_->pkt_timebase = input_.stream().time_base;
  decoder_->thread_count = std::clamp(options.threads, 1, kMaxThreads);
  decoder_->thread_type = FF_THREAD_FRAME;
  int result = avcodec_parameters_to_context(decoder_.get(), &stored);
  if (result >= 0) result = avcodec_open2(decoder_.get(), codec, nullptr);
  if (result < 0) {
    throw InputError(input_.name() + ": the " + codec->name + " decoder refuses the stream" +
                     log_.because(result));
  }
}

void FfmpegSource::describe(const std::string& uri, const AVFrame& first) {
  const AVStream& stream = input_.stream();
  const char* pixels = av_get_pix_fmt_name(static_cast<AVPixelFormat>(first.format));
  const double rate = frame_rate(stream);
  info_.name = uri;
  info_.video = true;
  info_.width = to_bgr_.width();
  info_.height = to_bgr_.height();
  info_.frames_per_second = rate;
  info_.total = frame_total(input_.format(), stream);
  info_.format = input_.container() + ": " + avcodec_get_name(decoder_->codec_id) + " " +
                 std::to_string(first.width) + "x" + std::to_string(first.height) + " " +
                 (pixels != nullptr ? pixels : "unknown");
  if (rate > 0) info_.format += " " + number(rate) + " fps";
  if (orientation_ != Orientation{}) {
    info_.format +=
        ", turned upright to " + std::to_string(info_.width) + "x" + std::to_string(info_.height);
  }
  const AVRational aspect = first.sample_aspect_ratio;
  if (aspect.num > 0 && aspect.den > 0 && aspect.num != aspect.den) {
    info_.format += ", pixel aspect " + std::to_string(aspect.num) + ":" +
                    std::to_string(aspect.den) + " kept as stored";
  }
}

std::optional<Sample> FfmpegSource::next() {
  std::optional<Frame> frame = first_ ? std::exchange(first_, std::nullopt) : decode();
  if (!frame) {
    report_damage();
    return std::nullopt;
  }
  ++returned_;
  return Sample(std::move(*frame));
}

std::optional<Frame> FfmpegSource::decode() {
  if (!receive()) return std::nullopt;
  if (picture_->decode_error_flags != 0 || (picture_->flags & AV_FRAME_FLAG_CORRUPT) != 0) {
    note_damage(AVERROR_INVALIDDATA);
  }
  Frame frame = upright(*picture_);
  av_frame_unref(picture_.get());
  return frame;
}

// The next picture in picture_; false at the end of the stream.
bool FfmpegSource::receive() {
  for (;;) {
    const int result = avcodec_receive_frame(decoder_.get(), picture_.get());
    if (result == 0) return true;
    if (result == AVERROR_EOF) return false;
    if (result == AVERROR(EAGAIN)) {
      feed();
    } else {
      note_damage(result);  // of one packet, which the decoder has dropped
    }
  }
}

// Hands the decoder its next packet, or at the end of the file the request to give what it holds.
void FfmpegSource::feed() {
  int result = av_read_frame(&input_.format(), packet_.get());
  if (result == AVERROR(EAGAIN) && ++retries_ < kMaxRetries) return;
  retries_ = 0;
  if (result < 0) {
    if (result != AVERROR_EOF) {
      note_damage(result);
    } else if (input_.format().pb->error < 0) {
      note_damage(input_.format().pb->error);
    }
    avcodec_send_packet(decoder_.get(), nullptr);
    return;
  }
  if (packet_->stream_index == input_.stream().index) {
    if ((packet_->flags & AV_PKT_FLAG_CORRUPT) != 0) note_damage(AVERROR_INVALIDDATA);
    result = avcodec_send_packet(decoder_.get(), packet_.get());
    if (result < 0) note_damage(result);
  }
  av_packet_unref(packet_.get());
}

void FfmpegSource::note_damage(int code) {
  if (damaged_++ == 0) {
    first_damage_ = "near frame " + std::to_string(decoded_) + log_.because(code);
  }
  gap_ = true;
}

Frame FfmpegSource::upright(const AVFrame& picture) {
  std::optional<double> stamp;
  if (picture.best_effort_timestamp != AV_NOPTS_VALUE) {
    if (!first_stamp_) first_stamp_ = picture.best_effort_timestamp;
    std::int64_t ticks = 0;
    if (!__builtin_sub_overflow(picture.best_effort_timestamp, *first_stamp_, &ticks)) {
      stamp = static_cast<double>(ticks) * av_q2d(input_.stream().time_base);
    }
  }
  const FrameClock::Tick tick = clock_.next(stamp);
  Frame frame;
  try {
    frame.bgr = to_bgr_.convert(picture);
  } catch (const std::runtime_error& error) {
    throw InputError(input_.name() + ": frame " + std::to_string(decoded_) + ": " + error.what());
  }
  if (decoded_ == 0) describe(info_.name, picture);
  frame.number = decoded_++;
  frame.seconds = tick.seconds;
  frame.width = to_bgr_.width();
  frame.height = to_bgr_.height();
  frame.after_gap = (tick.gap || gap_) && frame.number > 0;
  frame.stream = info_.name;
  gap_ = false;
  return frame;
}

void FfmpegSource::report_damage() const {
  if (damaged_ == 0) return;
  throw InputError(input_.name() + ": damaged or cut short: " + std::to_string(damaged_) +
                   (damaged_ == 1 ? " fault" : " faults") + ", the first " + first_damage_ + "; " +
                   std::to_string(decoded_) + " frames could be read");
}

// "rtsp://user:secret@host/path" -> "rtsp://host/path": messages end up in logs.
std::string without_credentials(const std::string& uri, std::size_t scheme_end) {
  const std::size_t path = uri.find('/', scheme_end);
  const std::size_t at = uri.rfind('@', path);
  return at == std::string::npos || at < scheme_end
             ? uri
             : uri.substr(0, scheme_end) + uri.substr(at + 1);
}

}  // namespace

std::unique_ptr<Source> open_ffmpeg(const std::string& uri, const SourceOptions& options) {
  if (const std::size_t mark = uri.find("://"); mark != std::string::npos) {
    throw InputError(without_credentials(uri, mark + 3) +
                     ": streaming inputs arrive with the daemon; until then pipe the stream in: "
                     "ffmpeg -i URL -c copy -f matroska - | heddle video -");
  }
  return std::make_unique<FfmpegSource>(uri, options);
}

}  // namespace heddle::io
