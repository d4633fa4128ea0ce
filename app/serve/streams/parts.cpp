#include "app/serve/streams/parts.h"

#include <utility>

namespace heddle::app::serve {
namespace {

class OnePart final : public Parts {
 public:
  OnePart(OpenSource open, Halt& halt) : open_(std::move(open)), halt_(halt) {}
  std::unique_ptr<io::Source> next() override {
    return halt_.raised() ? nullptr : open_(halt_.descriptor());
  }
  bool go_on(const std::string& /*error*/) override { return false; }

 private:
  const OpenSource open_;
  Halt& halt_;
};

}  // namespace

std::unique_ptr<Parts> one_part(OpenSource open, Halt& halt) {
  return std::make_unique<OnePart>(std::move(open), halt);
}

}  // namespace heddle::app::serve
