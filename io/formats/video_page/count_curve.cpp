#include "io/formats/video_page/count_curve.h"

#include <algorithm>

namespace heddle::io {

void CountCurve::add(double seconds, std::int64_t objects) {
  while (seconds / bin_seconds_ >= static_cast<double>(kMostBins)) halve();
  const auto at = static_cast<std::size_t>(std::max(seconds, 0.0) / bin_seconds_);
  if (bins_.size() <= at) bins_.resize(at + 1);
  Bin& bin = bins_[at];
  ++bin.frames;
  bin.objects += objects;
  bin.most = std::max(bin.most, objects);
}

/// Half as many bins of twice the width.
void CountCurve::halve() {
  for (std::size_t i = 0; i < bins_.size(); ++i) {
    if (i % 2 == 0) {
      bins_[i / 2] = bins_[i];
    } else {
      Bin& joined = bins_[i / 2];
      joined.frames += bins_[i].frames;
      joined.objects += bins_[i].objects;
      joined.most = std::max(joined.most, bins_[i].most);
    }
  }
  bins_.resize((bins_.size() + 1) / 2);
  bin_seconds_ *= 2;
}

}  // namespace heddle::io
