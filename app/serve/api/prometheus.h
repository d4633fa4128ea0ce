#pragma once
// The text format of Prometheus, 0.0.4: a family is its name, type and help once, then its samples.

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace heddle::app::serve {

class PrometheusText {
 public:
  using Labels = std::initializer_list<std::pair<std::string_view, std::string_view>>;

  /// `type`: counter (whose name ends in _total), gauge, histogram, summary.
  void family(std::string_view name, std::string_view type, std::string_view help);
  /// Of the family begun last; `suffix`: "", "_bucket", "_sum", "_count".
  void sample(double value, Labels labels = {}, std::string_view suffix = "");
  const std::string& text() const { return text_; }

 private:
  std::string text_;
  std::string name_;
};

}  // namespace heddle::app::serve
