#include "io/formats/ffmpeg_picture.h"

#include <opencv2/core.hpp>

extern "C" {
#include <libavutil/pixdesc.h>
}

#include <cstdlib>
#include <stdexcept>
#include <string>

namespace heddle::io {
namespace {

// The deprecated "J" formats say full range by their name; the range tag then goes unread.
bool full_range(const AVFrame& picture) {
  switch (picture.format) {
    case AV_PIX_FMT_YUVJ420P:
    case AV_PIX_FMT_YUVJ422P:
    case AV_PIX_FMT_YUVJ444P:
    case AV_PIX_FMT_YUVJ440P:
    case AV_PIX_FMT_YUVJ411P:
      return true;
    default:
      return picture.color_range == AVCOL_RANGE_JPEG;
  }
}

}  // namespace

Orientation orientation_of(const std::int32_t* matrix) {
  // x' = a x + c y, y' = b x + d y, stored as a b u, c d v, x y w.
  const std::int64_t a = matrix[0], b = matrix[1], c = matrix[3], d = matrix[4];
  if (std::llabs(a) + std::llabs(d) >= std::llabs(b) + std::llabs(c)) {
    return {.transpose = false, .flip_x = a < 0, .flip_y = d < 0};
  }
  return {.transpose = true, .flip_x = c < 0, .flip_y = b < 0};
}

int UprightBgr::width() const {
  if (!stored_) return 0;
  return orientation_.transpose ? stored_->height : stored_->width;
}

int UprightBgr::height() const {
  if (!stored_) return 0;
  return orientation_.transpose ? stored_->width : stored_->height;
}

void UprightBgr::prepare(const AVFrame& picture) {
  const Shape shape{picture.width,
                    picture.height,
                    picture.format,
                    full_range(picture) ? 1 : 0,
                    static_cast<int>(picture.colorspace)};
  if (shape == shape_) return;
  if (!stored_) {
    auto stored = ffmpeg_handle(av_frame_alloc());
    stored->format = AV_PIX_FMT_BGR24;
    stored->width = picture.width;
    stored->height = picture.height;
    if (av_frame_get_buffer(stored.get(), 0) < 0) throw std::bad_alloc();
    stored_ = std::move(stored);
  }
  const auto format = static_cast<AVPixelFormat>(picture.format);
  scaler_.reset(sws_getContext(picture.width,
                               picture.height,
                               format,
                               stored_->width,
                               stored_->height,
                               AV_PIX_FMT_BGR24,
                               SWS_BICUBIC,
                               nullptr,
                               nullptr,
                               nullptr));
  if (!scaler_) {
    const char* name = av_get_pix_fmt_name(format);
    throw std::runtime_error("no conversion from pixel format " +
                             std::string(name != nullptr ? name : "unknown") + " to BGR");
  }
  const int one = 1 << 16;
  const int* matrix = sws_getCoefficients(shape.matrix);
  sws_setColorspaceDetails(
      scaler_.get(), matrix, shape.range, sws_getCoefficients(SWS_CS_DEFAULT), 1, 0, one, one);
  shape_ = shape;
}

std::vector<std::uint8_t> UprightBgr::convert(const AVFrame& picture) {
  prepare(picture);
  if (sws_scale(scaler_.get(),
                picture.data,
                picture.linesize,
                0,
                picture.height,
                stored_->data,
                stored_->linesize) <= 0) {
    throw std::runtime_error("a picture could not be converted to BGR");
  }
  const cv::Mat stored(stored_->height,
                       stored_->width,
                       CV_8UC3,
                       stored_->data[0],
                       static_cast<std::size_t>(stored_->linesize[0]));
  std::vector<std::uint8_t> bgr(static_cast<std::size_t>(width()) * height() * 3);
  cv::Mat upright(height(), width(), CV_8UC3, bgr.data());
  if (orientation_.transpose) {
    cv::transpose(stored, upright);
  } else {
    stored.copyTo(upright);
  }
  if (orientation_.flip_x || orientation_.flip_y) {
    const int axis = orientation_.flip_x ? (orientation_.flip_y ? -1 : 1) : 0;
    cv::flip(upright, upright, axis);
  }
  return bgr;
}

}  // namespace heddle::io
