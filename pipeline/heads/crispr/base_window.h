#pragma once
// The bases of a sequence that are still needed, by their positions in it. Not shared between
// threads.

#include "io/snapshot.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace heddle::pipeline {

class BaseWindow {
 public:
  static constexpr int kNone = 4;  // N, and whatever lies beside the window

  void clear() {
    codes_.clear();
    begin_ = 0;
  }
  /// Letters of either case.
  void push(std::string_view bases) {
    for (const char letter : bases) codes_ += static_cast<char>(code_of(letter));
  }
  /// Forgets what lies left of `position`, once that is half of what is there.
  void forget(std::int64_t position) {
    if (2 * (position - begin_) <= static_cast<std::int64_t>(codes_.size())) return;
    codes_.erase(0, static_cast<std::size_t>(position - begin_));
    begin_ = position;
  }
  /// 0 to 3 for A C G T.
  int operator[](std::int64_t position) const {
    const auto place = static_cast<std::size_t>(position - begin_);  // left of it: a large number
    return place < codes_.size() ? codes_[place] : kNone;
  }
  std::int64_t begin() const { return begin_; }
  std::int64_t end() const { return begin_ + static_cast<std::int64_t>(codes_.size()); }
  void snapshot(io::Snapshot& s) { s(codes_, begin_); }

 private:
  static int code_of(char letter) {
    switch (letter | 0x20) {
      case 'a':
        return 0;
      case 'c':
        return 1;
      case 'g':
        return 2;
      case 't':
        return 3;
      default:
        return kNone;
    }
  }

  std::string codes_;
  std::int64_t begin_ = 0;
};

}  // namespace heddle::pipeline
