#include "io/formats/video_page/jpeg.h"

#include "io/error.h"
#include "io/formats/ffmpeg_handles.h"

#include <opencv2/imgproc.hpp>

#include <algorithm>
#include <cmath>

namespace heddle::io {
namespace {

FfmpegHandle<AVCodecContext> open_encoder(const Picture& picture, int quality) {
  const AVCodec* codec = avcodec_find_encoder(AV_CODEC_ID_MJPEG);
  if (codec == nullptr) throw OutputError("FFmpeg has no JPEG encoder, which reports need");
  FfmpegHandle<AVCodecContext> encoder = ffmpeg_handle(avcodec_alloc_context3(codec));
  encoder->width = picture.width;
  encoder->height = picture.height;
  encoder->pix_fmt = AV_PIX_FMT_YUVJ420P;
  encoder->color_range = AVCOL_RANGE_JPEG;
  encoder->time_base = {1, 25};
  encoder->thread_count = 1;
  encoder->flags |= AV_CODEC_FLAG_QSCALE | AV_CODEC_FLAG_BITEXACT;
  encoder->global_quality = quality * FF_QP2LAMBDA;
  const int result = avcodec_open2(encoder.get(), codec, nullptr);
  if (result < 0) throw OutputError("the JPEG encoder refuses: " + ffmpeg_error_text(result));
  return encoder;
}

FfmpegHandle<AVFrame> as_frame(const Picture& picture, int quality) {
  FfmpegHandle<AVFrame> frame = ffmpeg_handle(av_frame_alloc());
  frame->width = picture.width;
  frame->height = picture.height;
  frame->format = AV_PIX_FMT_YUVJ420P;
  frame->color_range = AVCOL_RANGE_JPEG;
  frame->quality = quality * FF_QP2LAMBDA;
  frame->pts = 0;
  if (av_frame_get_buffer(frame.get(), 0) < 0) throw std::bad_alloc();
  const FfmpegHandle<SwsContext> scaler = ffmpeg_handle(sws_getContext(picture.width,
                                                                       picture.height,
                                                                       AV_PIX_FMT_BGR24,
                                                                       picture.width,
                                                                       picture.height,
                                                                       AV_PIX_FMT_YUVJ420P,
                                                                       SWS_BILINEAR | SWS_BITEXACT,
                                                                       nullptr,
                                                                       nullptr,
                                                                       nullptr));
  const std::uint8_t* rows[] = {picture.bgr.data()};
  const int strides[] = {3 * picture.width};
  sws_scale(scaler.get(), rows, strides, 0, picture.height, frame->data, frame->linesize);
  return frame;
}

}  // namespace

Picture cut_out(
    std::span<const std::uint8_t> bgr, int width, int height, const Cut& cut, int most) {
  if (bgr.size() != static_cast<std::size_t>(width) * static_cast<std::size_t>(height) * 3)
    return {};
  if (!std::isfinite(cut.left + cut.top + cut.width + cut.height)) return {};
  const auto inside = [](double at, int side) {
    return static_cast<int>(std::lround(std::clamp(at, 0.0, static_cast<double>(side))));
  };
  const int left = inside(cut.left, width), right = inside(cut.left + cut.width, width);
  const int top = inside(cut.top, height), bottom = inside(cut.top + cut.height, height);
  if (right - left < 2 || bottom - top < 2) return {};
  // OpenCV has no view of const memory; it is only read.
  const cv::Mat whole(height, width, CV_8UC3, const_cast<std::uint8_t*>(bgr.data()));
  const cv::Mat part = whole(cv::Rect(left, top, right - left, bottom - top));
  const double scale = std::min(1.0, static_cast<double>(most) / std::max(part.cols, part.rows));
  Picture picture;
  picture.width = std::max(2, static_cast<int>(std::lround(part.cols * scale)));
  picture.height = std::max(2, static_cast<int>(std::lround(part.rows * scale)));
  picture.bgr.resize(static_cast<std::size_t>(picture.width) * picture.height * 3);
  cv::Mat smaller(picture.height, picture.width, CV_8UC3, picture.bgr.data());
  cv::resize(part, smaller, smaller.size(), 0, 0, cv::INTER_AREA);
  return picture;
}

std::string jpeg_of(const Picture& picture, int quality) {
  const FfmpegLog log;  // keeps FFmpeg quiet
  const FfmpegHandle<AVCodecContext> encoder = open_encoder(picture, quality);
  const FfmpegHandle<AVFrame> frame = as_frame(picture, quality);
  const FfmpegHandle<AVPacket> packet = ffmpeg_handle(av_packet_alloc());
  int result = avcodec_send_frame(encoder.get(), frame.get());
  if (result >= 0) result = avcodec_send_frame(encoder.get(), nullptr);
  if (result >= 0) result = avcodec_receive_packet(encoder.get(), packet.get());
  if (result < 0) throw OutputError("a JPEG cannot be made: " + ffmpeg_error_text(result));
  return {reinterpret_cast<const char*>(packet->data), static_cast<std::size_t>(packet->size)};
}

}  // namespace heddle::io
