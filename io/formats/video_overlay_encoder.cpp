#include "io/formats/video_overlay_encoder.h"

#include "io/error.h"
#include "io/formats/video_overlay.h"

#include <opencv2/core.hpp>

extern "C" {
#include <libavutil/opt.h>
}

#include <algorithm>
#include <cmath>

namespace heddle::io {
namespace {

constexpr int kTicks = 90000;  // a second: exact for all usual frame rates
constexpr double kGroupSeconds = 2;
constexpr double kUnknownRate = 25;

// Best first. The others exist where FFmpeg was built without GPL parts.
constexpr const char* kEncoders[] = {"libx264", "libopenh264"};

const AVCodec* find_encoder() {
  for (const char* name : kEncoders) {
    if (const AVCodec* codec = avcodec_find_encoder_by_name(name)) return codec;
  }
  return nullptr;
}

int even(int side) { return side + side % 2; }

}  // namespace

std::string video_overlay_encoder() {
  const AVCodec* codec = find_encoder();
  return codec == nullptr ? "" : codec->name;
}

VideoOverlayEncoder::VideoOverlayEncoder(AtomicFile& file, const EncoderShape& shape)
    : file_(file), shape_(shape), width_(shape.width), height_(shape.height) {
  packet_ = ffmpeg_handle(av_packet_alloc());
  picture_ = ffmpeg_handle(av_frame_alloc());
  open_encoder();
  open_scaler();
  fragments_.emplace(file_, *encoder_);
  group_frames_ = encoder_->gop_size;
}

void VideoOverlayEncoder::check(int result, const char* what) const {
  if (result < 0) throw OutputError(file_.path() + ": " + what + log_.because(result));
}

void VideoOverlayEncoder::open_encoder() {
  const AVCodec* codec = find_encoder();
  if (codec == nullptr) {
    throw OutputError(file_.path() +
                      ": the installed FFmpeg has no H.264 encoder (libx264 or "
                      "libopenh264); write mot or jsonl instead");
  }
  const double rate = shape_.frames_per_second > 0 ? shape_.frames_per_second : kUnknownRate;
  encoder_ = ffmpeg_handle(avcodec_alloc_context3(codec));
  encoder_->opaque = &log_;
  encoder_->width = even(width_);
  encoder_->height = even(height_);
  encoder_->sample_aspect_ratio = {shape_.pixel_width, shape_.pixel_height};
  encoder_->pix_fmt = AV_PIX_FMT_YUV420P;
  encoder_->color_range = AVCOL_RANGE_MPEG;
  encoder_->colorspace = AVCOL_SPC_BT709;
  encoder_->color_primaries = AVCOL_PRI_BT709;
  encoder_->color_trc = AVCOL_TRC_BT709;
  encoder_->time_base = {1, kTicks};
  encoder_->framerate = av_d2q(rate, 100000);
  encoder_->gop_size = std::clamp(static_cast<int>(std::lround(rate * kGroupSeconds)), 1, 600);
  encoder_->max_b_frames = 0;  // stamps of the file are then those of the frames, from zero
  encoder_->thread_count = 1;
  encoder_->flags |=
      AV_CODEC_FLAG_CLOSED_GOP | AV_CODEC_FLAG_GLOBAL_HEADER | AV_CODEC_FLAG_BITEXACT;
  // Bits a second for encoders without a constant quality: about that of the one below.
  encoder_->bit_rate = static_cast<std::int64_t>(0.1 * width_ * height_ * rate);
  if (std::string(codec->name) == "libx264") {
    encoder_->bit_rate = 0;
    // A third less time than veryfast for half as many bytes more: the tracker needs the cores.
    av_opt_set(encoder_->priv_data, "preset", "superfast", 0);
    av_opt_set(encoder_->priv_data, "crf", "23", 0);
  }
  check(avcodec_open2(encoder_.get(), codec, nullptr), "the H.264 encoder refuses the video");
}

void VideoOverlayEncoder::open_scaler() {
  picture_->format = AV_PIX_FMT_YUV420P;
  picture_->width = encoder_->width;
  picture_->height = encoder_->height;
  check(av_frame_get_buffer(picture_.get(), 0), "no memory for a picture");
  scaler_.reset(sws_getContext(encoder_->width,
                               encoder_->height,
                               AV_PIX_FMT_BGR24,
                               encoder_->width,
                               encoder_->height,
                               AV_PIX_FMT_YUV420P,
                               SWS_FAST_BILINEAR,
                               nullptr,
                               nullptr,
                               nullptr));
  if (!scaler_) throw OutputError(file_.path() + ": frames cannot be converted to YUV");
  const int one = 1 << 16;
  const int* matrix = sws_getCoefficients(SWS_CS_ITU709);
  sws_setColorspaceDetails(scaler_.get(), matrix, 1, matrix, 0, 0, one, one);
}

void VideoOverlayEncoder::to_picture(const std::vector<std::uint8_t>& bgr) {
  check(av_frame_make_writable(picture_.get()), "no memory for a picture");
  const cv::Mat frame(height_, width_, CV_8UC3, const_cast<std::uint8_t*>(bgr.data()));
  cv::Mat padded;
  cv::copyMakeBorder(
      frame, padded, 0, even(height_) - height_, 0, even(width_) - width_, cv::BORDER_REPLICATE);
  const std::uint8_t* rows[] = {padded.data};
  const int strides[] = {static_cast<int>(padded.step)};
  sws_scale(scaler_.get(), rows, strides, 0, padded.rows, picture_->data, picture_->linesize);
}

void VideoOverlayEncoder::add(const std::vector<std::uint8_t>& bgr, double seconds) {
  if (last_stamp_ < 0) begin_ = seconds;  // a player shows a part of a video from zero
  const auto stamp =
      std::max<std::int64_t>(last_stamp_ + 1, std::llround((seconds - begin_) * kTicks));
  if (in_group_ == 0) {
    write_group(stamp);
    if (!encoder_) open_encoder();
  }
  last_length_ = stamp - last_stamp_;
  last_stamp_ = stamp;
  to_picture(bgr);
  picture_->pts = stamp;
  check(avcodec_send_frame(encoder_.get(), picture_.get()), "a frame cannot be encoded");
  drain();
  if (++in_group_ == group_frames_) end_encoding();
}

void VideoOverlayEncoder::drain() {
  for (;;) {
    const int result = avcodec_receive_packet(encoder_.get(), packet_.get());
    if (result == AVERROR(EAGAIN) || result == AVERROR_EOF) return;
    check(result, "a frame cannot be encoded");
    group_.push_back({std::string(reinterpret_cast<const char*>(packet_->data),
                                  static_cast<std::size_t>(packet_->size)),
                      packet_->pts,
                      (packet_->flags & AV_PKT_FLAG_KEY) != 0});
    av_packet_unref(packet_.get());
  }
}

// The last pictures of the group leave the encoder.
void VideoOverlayEncoder::end_encoding() {
  check(avcodec_send_frame(encoder_.get(), nullptr), "the last frames cannot be encoded");
  drain();
  encoder_.reset();
  in_group_ = 0;
}

void VideoOverlayEncoder::write_group(std::int64_t end) {
  fragments_->add(group_, end);
  group_.clear();
}

void VideoOverlayEncoder::finish() {
  if (in_group_ > 0) end_encoding();
  write_group(last_stamp_ + last_length_);  // a last frame lasts as long as the one before
  fragments_->finish();
}

}  // namespace heddle::io
