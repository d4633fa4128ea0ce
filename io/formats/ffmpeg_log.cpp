#include "io/formats/ffmpeg_handles.h"

extern "C" {
#include <libavutil/error.h>
#include <libavutil/log.h>
}

#include <array>
#include <cstdarg>
#include <cstdio>

namespace heddle::io {
namespace {

// Which log a complaint belongs to: that of its context or of an enclosing one. Only the two
// context types whose `opaque` we set are looked into.
FfmpegLog* owner_of(void* context) {
  for (int depth = 0; context != nullptr && depth < 4; ++depth) {
    const AVClass* type = *static_cast<AVClass**>(context);
    if (type == nullptr) return nullptr;
    if (type == avformat_get_class()) {
      return static_cast<FfmpegLog*>(static_cast<AVFormatContext*>(context)->opaque);
    }
    if (type == avcodec_get_class()) {
      return static_cast<FfmpegLog*>(static_cast<AVCodecContext*>(context)->opaque);
    }
    if (type->parent_log_context_offset == 0) return nullptr;
    context =
        *reinterpret_cast<void**>(static_cast<char*>(context) + type->parent_log_context_offset);
  }
  return nullptr;
}

void on_log(void* context, int level, const char* format, va_list arguments) {
  if (level > AV_LOG_ERROR || context == nullptr) return;
  FfmpegLog* log = owner_of(context);
  if (log == nullptr) return;
  std::array<char, 512> line{};
  std::vsnprintf(line.data(), line.size(), format, arguments);
  log->take(line.data());
}

}  // namespace

std::string ffmpeg_error_text(int code) {
  std::array<char, AV_ERROR_MAX_STRING_SIZE> text{};
  av_strerror(code, text.data(), text.size());
  return text.data();
}

FfmpegLog::FfmpegLog() {
  static std::once_flag once;
  std::call_once(once, [] { av_log_set_callback(on_log); });
}

std::string FfmpegLog::last() const {
  const std::lock_guard lock(mutex_);
  return last_;
}

int FfmpegLog::errors() const {
  const std::lock_guard lock(mutex_);
  return errors_;
}

std::string FfmpegLog::because(int code) const {
  const std::string said = last();
  return ": " + (said.empty() ? ffmpeg_error_text(code) : said);
}

void FfmpegLog::take(const char* line) {
  std::string text(line);
  while (!text.empty() && (text.back() == '\n' || text.back() == ' ' || text.back() == '.')) {
    text.pop_back();
  }
  if (text.empty()) return;
  for (char& letter : text) {  // hostile input is quoted in some messages
    if (static_cast<unsigned char>(letter) < 0x20 || letter == 0x7f) letter = '?';
  }
  const std::lock_guard lock(mutex_);
  last_ = std::move(text);
  ++errors_;
}

}  // namespace heddle::io
