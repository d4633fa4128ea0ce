#pragma once
// The connections to a camera or an address: opened again when they break, after a pause that grows
// from 0.5 to 30 s and varies by a quarter, so that many streams do not knock together.

#include "app/serve/streams/parts.h"

#include <cstdint>
#include <random>

namespace heddle::app::serve {

struct LiveLimits {
  std::chrono::nanoseconds opening = std::chrono::seconds(10);  // first picture included
  std::chrono::nanoseconds silence = std::chrono::seconds(5);
  std::chrono::nanoseconds first_pause = std::chrono::milliseconds(500);
  std::chrono::nanoseconds longest_pause = std::chrono::seconds(30);
};

class LiveParts final : public Parts {
 public:
  struct World {
    Clock& clock;
    Halt& halt;
    Patience& patience;
    InputNews news;
  };
  LiveParts(OpenSource open, World world, const LiveLimits& limits = {});

  std::unique_ptr<io::Source> next() override;
  void delivered() override {
    failures_ = 0;
    world_.news.mended();
  }
  /// False only where what is behind the address has an end of its own: a file by HTTP.
  bool go_on(const std::string& error) override;
  std::chrono::nanoseconds patience() const override { return limits_.silence; }

 private:
  std::chrono::nanoseconds pause();
  /// Until the next attempt. False: halted.
  bool rest();
  std::unique_ptr<io::Source> try_once();

  const OpenSource open_;
  World world_;
  const LiveLimits limits_;
  std::minstd_rand random_;
  std::int64_t opened_ = 0;
  int failures_ = 0;  // since the last sample
  bool ends_ = false;
};

}  // namespace heddle::app::serve
