#include "io/formats/jpeg.h"

#include "io/error.h"
#include "io/formats/ffmpeg_handles.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>

namespace heddle::io {
namespace {

constexpr int kQuality = 4;  // of 1 (best) to 31: no blocks to be seen, a twentieth of the bytes

void check(int result, const char* what) {
  if (result < 0)
    throw OutputError(std::string("JPEG: ") + what + ": " + ffmpeg_error_text(result));
}

FfmpegHandle<AVCodecContext> open_encoder(int width, int height) {
  const AVCodec* codec = avcodec_find_encoder(AV_CODEC_ID_MJPEG);
  if (codec == nullptr) throw OutputError("JPEG: the installed FFmpeg has no encoder for it");
  auto encoder = ffmpeg_handle(avcodec_alloc_context3(codec));
  encoder->width = width;
  encoder->height = height;
  encoder->pix_fmt = AV_PIX_FMT_YUVJ420P;
  encoder->time_base = {1, 25};
  encoder->thread_count = 1;
  encoder->flags |= AV_CODEC_FLAG_QSCALE | AV_CODEC_FLAG_BITEXACT;
  encoder->global_quality = FF_QP2LAMBDA * kQuality;
  check(avcodec_open2(encoder.get(), codec, nullptr), "the encoder refuses the picture");
  return encoder;
}

FfmpegHandle<AVFrame> scaled(const Frame& frame, int width, int height) {
  auto picture = ffmpeg_handle(av_frame_alloc());
  picture->format = AV_PIX_FMT_YUVJ420P;
  picture->width = width;
  picture->height = height;
  picture->quality = FF_QP2LAMBDA * kQuality;
  check(av_frame_get_buffer(picture.get(), 0), "no memory for a picture");
  const FfmpegHandle<SwsContext> scaler(sws_getContext(frame.width,
                                                       frame.height,
                                                       AV_PIX_FMT_BGR24,
                                                       width,
                                                       height,
                                                       AV_PIX_FMT_YUV420P,
                                                       SWS_AREA,
                                                       nullptr,
                                                       nullptr,
                                                       nullptr));
  if (!scaler) throw OutputError("JPEG: the frame cannot be scaled");
  const int one = 1 << 16;
  const int* matrix = sws_getCoefficients(SWS_CS_ITU601);  // JFIF's, full range
  sws_setColorspaceDetails(scaler.get(), matrix, 1, matrix, 1, 0, one, one);
  const std::uint8_t* rows[] = {frame.bgr.data()};
  const int strides[] = {3 * frame.width};
  sws_scale(scaler.get(), rows, strides, 0, frame.height, picture->data, picture->linesize);
  return picture;
}

}  // namespace

std::string jpeg_of(const Frame& frame, int width) {
  const auto bytes = std::size_t{3} * static_cast<std::size_t>(std::max(frame.width, 0)) *
                     static_cast<std::size_t>(std::max(frame.height, 0));
  if (bytes == 0 || frame.bgr.size() != bytes) {
    throw std::invalid_argument("jpeg_of: the frame's bytes do not fit its size");
  }
  const FfmpegLog log;  // nothing of FFmpeg reaches standard error
  const int wide = std::clamp(width, 1, frame.width);
  const double scale = static_cast<double>(wide) / frame.width;
  const int high = std::max(1, static_cast<int>(std::lround(frame.height * scale)));
  const auto encoder = open_encoder(wide, high);
  const auto picture = scaled(frame, wide, high);
  const auto packet = ffmpeg_handle(av_packet_alloc());
  check(avcodec_send_frame(encoder.get(), picture.get()), "the picture cannot be encoded");
  check(avcodec_receive_packet(encoder.get(), packet.get()), "the picture cannot be encoded");
  return {reinterpret_cast<const char*>(packet->data), static_cast<std::size_t>(packet->size)};
}

}  // namespace heddle::io
