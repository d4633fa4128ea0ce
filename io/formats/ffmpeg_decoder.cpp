#include "io/formats/ffmpeg_decoder.h"

#include "io/read_error.h"

extern "C" {
#include <libavutil/pixdesc.h>
}

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <utility>

namespace heddle::io {
namespace {

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
  const double rate = frame_rate(stream);
  double seconds = -1;
  if (stream.duration > 0) {
    seconds = static_cast<double>(stream.duration) * av_q2d(stream.time_base);
  } else if (format.duration > 0) {
    seconds = static_cast<double>(format.duration) / AV_TIME_BASE;
  }
  const double frames = std::round(seconds * rate);
  const std::int64_t counted = stream.nb_frames > 0 ? stream.nb_frames : -1;
  // A fragmented mp4 has counted only its first fragments.
  return rate > 0 && frames >= 1 && frames < 1e12
             ? std::max(counted, static_cast<std::int64_t>(frames))
             : counted;
}

Orientation stored_orientation(const AVStream& stream) {
  std::size_t bytes = 0;
  const std::uint8_t* matrix = av_stream_get_side_data(&stream, AV_PKT_DATA_DISPLAYMATRIX, &bytes);
  if (matrix == nullptr || bytes < 9 * sizeof(std::int32_t)) return {};
  return orientation_of(reinterpret_cast<const std::int32_t*>(matrix));
}

std::string size_text(int width, int height) {
  return std::to_string(width) + "x" + std::to_string(height);
}

std::string number_text(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.6g", value);
  return text;
}

}  // namespace

FfmpegDecoder::FfmpegDecoder(const FfmpegOrigin& input, const SourceOptions& options, int threads)
    : input_(input, options, log_),
      orientation_(stored_orientation(input_.stream())),
      to_bgr_(orientation_),
      clock_(nominal_interval(input_.stream())) {
  info_.name = input.name;
  info_.live = input.live;
  open_codec(options, threads);
  quiet_errors_ = log_.errors();
}

void FfmpegDecoder::open_codec(const SourceOptions& options, int threads) {
  const AVCodecParameters& stored = *input_.stream().codecpar;
  if (std::int64_t{stored.width} * stored.height > options.max_pixels) {
    throw InputError(input_.name() + ": pictures of " + size_text(stored.width, stored.height) +
                     " are above the limit of " + std::to_string(options.max_pixels) +
                     " pixels; scale the video down first");
  }
  const AVCodec* codec = avcodec_find_decoder(stored.codec_id);
  if (codec == nullptr) {
    throw InputError(input_.name() + ": the installed FFmpeg has no decoder for " +
                     avcodec_get_name(stored.codec_id) + "; convert it to H.264 first");
  }
  codec_ = ffmpeg_handle(avcodec_alloc_context3(codec));
  int result = avcodec_parameters_to_context(codec_.get(), &stored);
  codec_->opaque = &log_;
  codec_->max_pixels = options.max_pixels;
  codec_->pkt_timebase = input_.stream().time_base;
  codec_->thread_count = input_.seekable() ? threads : 1;
  codec_->thread_type = FF_THREAD_FRAME;
  if (result >= 0) result = avcodec_open2(codec_.get(), codec, nullptr);
  if (result < 0) {
    throw InputError(input_.name() + ": the " + codec->name + " decoder refuses the stream" +
                     log_.because(result));
  }
}

void FfmpegDecoder::describe(const AVFrame& first) {
  const AVStream& stream = input_.stream();
  const char* pixels = av_get_pix_fmt_name(static_cast<AVPixelFormat>(first.format));
  const double rate = frame_rate(stream);
  info_.video = true;
  info_.width = to_bgr_.width();
  info_.height = to_bgr_.height();
  info_.frames_per_second = rate;
  info_.total = frame_total(input_.format(), stream);
  info_.format = input_.container() + ": " + avcodec_get_name(codec_->codec_id) + " " +
                 size_text(first.width, first.height) + " " +
                 (pixels != nullptr ? pixels : "unknown");
  if (rate > 0) info_.format += " " + number_text(rate) + " fps";
  if (orientation_ != Orientation{}) {
    info_.format += ", turned upright to " + size_text(info_.width, info_.height);
  }
  const AVRational aspect = first.sample_aspect_ratio;
  if (aspect.num > 0 && aspect.den > 0 && aspect.num != aspect.den) {
    info_.pixel_width = orientation_.transpose ? aspect.den : aspect.num;
    info_.pixel_height = orientation_.transpose ? aspect.num : aspect.den;
    info_.format += ", pixel aspect " + std::to_string(aspect.num) + ":" +
                    std::to_string(aspect.den) + " kept as stored";
  }
}

std::optional<Frame> FfmpegDecoder::next() {
  if (!receive()) return std::nullopt;
  if (picture_->decode_error_flags != 0 || (picture_->flags & AV_FRAME_FLAG_CORRUPT) != 0) {
    note_damage(log_.because(AVERROR_INVALIDDATA));
  }
  Frame frame = upright(*picture_);
  av_frame_unref(picture_.get());
  return frame;
}

// The next picture in picture_; false at the end of the stream.
bool FfmpegDecoder::receive() {
  for (;;) {
    const int result = avcodec_receive_frame(codec_.get(), picture_.get());
    if (result == 0) return true;
    if (result == AVERROR_EOF) return false;
    if (result == AVERROR(EAGAIN)) {
      feed();
    } else {
      note_damage(log_.because(result));  // of one packet, which the decoder has dropped
    }
  }
}

void FfmpegDecoder::feed() {
  const int errors = log_.errors();
  input_.expect_soon();
  int result = av_read_frame(&input_.format(), packet_.get());
  input_.throw_if_interrupted();
  if (result == AVERROR(EAGAIN) && ++retries_ < kMaxRetries) return;
  retries_ = 0;
  if (result < 0) {
    end_of_file(result, errors);
    return;
  }
  if (input_.format().pb != nullptr) last_packet_end_ = avio_tell(input_.format().pb);
  if (packet_->stream_index == input_.stream().index) {
    if ((packet_->flags & AV_PKT_FLAG_CORRUPT) != 0) note_damage(": a packet is incomplete");
    result = avcodec_send_packet(codec_.get(), packet_.get());
    if (result < 0) note_damage(log_.because(result));
  }
  av_packet_unref(packet_.get());
}

// Finds out whether the file was whole, and asks the decoder for what it still holds. `errors` were
// said before the last read: some demuxers say, but do not return, that a file ends too early.
void FfmpegDecoder::end_of_file(int result, int errors) {
  const bool gap = gap_;
  if (!input_.read_failure().empty()) {
    note_damage(": " + input_.read_failure());
  } else if (result != AVERROR_EOF) {
    note_damage(log_.because(result));
  } else if (!threaded() && log_.errors() > errors) {
    note_damage(": " + log_.last());
  } else if (const std::string missing = input_.missing_end(last_packet_end_); !missing.empty()) {
    note_damage(": the file ends " + missing);
  }
  gap_ = gap;  // the frames still held come before the damage
  avcodec_send_packet(codec_.get(), nullptr);
}

void FfmpegDecoder::note_damage(const std::string& reason) {
  if (damaged_++ == 0) first_damage_ = "near frame " + std::to_string(decoded_) + reason;
  gap_ = true;
}

std::optional<double> FfmpegDecoder::stamp_of(const AVFrame& picture) {
  if (picture.best_effort_timestamp == AV_NOPTS_VALUE) return std::nullopt;
  if (!first_stamp_) first_stamp_ = picture.best_effort_timestamp;
  std::int64_t ticks = 0;
  if (__builtin_sub_overflow(picture.best_effort_timestamp, *first_stamp_, &ticks)) {
    return std::nullopt;
  }
  return static_cast<double>(ticks) * av_q2d(input_.stream().time_base);
}

Frame FfmpegDecoder::upright(const AVFrame& picture) {
  const FrameClock::Tick tick = clock_.next(stamp_of(picture));
  Frame frame;
  try {
    frame.bgr = to_bgr_.convert(picture);
  } catch (const std::runtime_error& error) {
    throw InputError(input_.name() + ": frame " + std::to_string(decoded_) + ": " + error.what());
  }
  if (decoded_ == 0) describe(picture);
  frame.number = decoded_++;
  frame.seconds = tick.seconds;
  frame.width = to_bgr_.width();
  frame.height = to_bgr_.height();
  frame.after_gap = frame.number > 0 && (tick.gap || gap_);
  frame.stream = info_.name;
  gap_ = false;
  return frame;
}

void FfmpegDecoder::report_damage() const {
  if (damaged_ == 0) return;
  const std::string text = input_.name() + ": damaged or cut short: " + std::to_string(damaged_) +
                           (damaged_ == 1 ? " fault" : " faults") + ", the first " + first_damage_ +
                           "; " + std::to_string(decoded_) +
                           (decoded_ == 1 ? " frame" : " frames") + " could be read";
  if (!input_.read_failure().empty()) throw ReadError(text);
  throw InputError(text);
}

InputError FfmpegDecoder::no_frame() const {
  const std::string container = input_.container();
  std::string text = input_.name() + ": " + container + " with a stream of " +
                     avcodec_get_name(codec_->codec_id) + ", but no frame could be decoded" +
                     log_.because(AVERROR_INVALIDDATA) + "; ";
  const bool indexed = container == "mp4" || container == "mov";
  return InputError(text + (indexed && !input_.seekable()
                                ? "an mp4 read from a pipe must have its index in front (ffmpeg "
                                  "-movflags +faststart), or be given by name"
                                : "the file is damaged or cut short"));
}

}  // namespace heddle::io
