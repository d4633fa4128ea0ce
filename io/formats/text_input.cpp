#include "io/formats/text_input.h"

#include <algorithm>
#include <cstdio>

namespace heddle::io {
namespace {

constexpr std::size_t kBufferBytes = 1 << 16;
constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";

std::unique_ptr<ByteSource> plain(std::unique_ptr<PeekedInput> input, Compression compression) {
  if (compression == Compression::kNone) return input;
  return open_gzip(std::move(input));
}

}  // namespace

TextInput::TextInput(std::unique_ptr<PeekedInput> input)
    : compression_(compression_of(input->head())), buffer_(kBufferBytes) {
  const bool marked = content_head(input->head()).starts_with(kByteOrderMark);
  bytes_ = plain(std::move(input), compression_);
  for (std::size_t i = 0; marked && i < kByteOrderMark.size(); ++i) {
    if (refill()) ++begin_;
  }
}

bool TextInput::refill() {
  if (begin_ < end_) return true;
  begin_ = 0;
  end_ = 0;
  stored_begin_ = bytes_->position();
  end_ = bytes_->read(buffer_);
  return end_ > 0;
}

std::int64_t TextInput::position() const {
  const std::int64_t stored_end = bytes_->position();
  if (begin_ == end_) return stored_end;
  const double taken = static_cast<double>(begin_) / static_cast<double>(end_);
  return stored_begin_ +
         static_cast<std::int64_t>(taken * static_cast<double>(stored_end - stored_begin_));
}

std::string_view TextInput::chunk() {
  if (!refill()) return {};
  if (after_return_) {
    after_return_ = false;
    if (buffer_[begin_] == '\n') ++begin_;
    if (!refill()) return {};
  }
  return {reinterpret_cast<const char*>(buffer_.data() + begin_), end_ - begin_};
}

void TextInput::take(std::size_t count) {
  begin_ += count;
  column_ += static_cast<std::int64_t>(count);
}

void TextInput::take_line_end() {
  after_return_ = buffer_[begin_] == '\r';
  ++begin_;
  ++line_;
  column_ = 1;
}

bool TextInput::append_line(std::string& line, std::size_t limit) {
  std::string_view rest = chunk();
  if (rest.empty()) return false;
  for (; !rest.empty(); rest = chunk()) {
    const std::size_t length = std::min(rest.find_first_of("\r\n"), rest.size());
    if (line.size() + length > limit) {
      fail(line_, "the line is longer than " + std::to_string(limit) + " bytes");
    }
    line.append(rest.substr(0, length));
    take(length);
    if (length < rest.size()) {
      take_line_end();
      break;
    }
  }
  return true;
}

void TextInput::fail(std::int64_t line, const std::string& what) const {
  throw InputError(name() + ", line " + std::to_string(line) + ": " + what);
}

void TextInput::fail_here(const std::string& what) const {
  fail(line_, "column " + std::to_string(column_) + ": " + what);
}

std::string quote_byte(unsigned char byte) {
  char text[8];
  std::snprintf(text, sizeof text, byte > 0x20 && byte < 0x7f ? "'%c'" : "0x%02x", byte);
  return text;
}

}  // namespace heddle::io
