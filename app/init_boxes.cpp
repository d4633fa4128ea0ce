#include "app/init_boxes.h"

#include "app/exit_codes.h"

#include <algorithm>
#include <stdexcept>

namespace heddle::app {

std::vector<pipeline::InitBox> parse_boxes(const std::vector<std::string>& texts) {
  std::vector<pipeline::InitBox> boxes;
  for (const std::string& text : texts) {
    try {
      boxes.push_back(pipeline::parse_init(text));
    } catch (const std::invalid_argument& error) {
      throw CommandError(kUsage, std::string("--init: ") + error.what());
    }
  }
  return boxes;
}

FittedBoxes fit_boxes(std::vector<pipeline::InitBox> boxes,
                      const std::vector<std::string>& texts,
                      const io::SourceInfo& info) {
  FittedBoxes fitted;
  const std::string frame =
      "the " + std::to_string(info.width) + " x " + std::to_string(info.height) + " frame";
  for (std::size_t i = 0; i < boxes.size(); ++i) {
    const pipeline::Box whole = boxes[i].box;
    const double left = std::max(whole.x, 0.0);
    const double top = std::max(whole.y, 0.0);
    const double right = std::min(whole.right(), static_cast<double>(info.width));
    const double bottom = std::min(whole.bottom(), static_cast<double>(info.height));
    if (right <= left || bottom <= top) {
      throw CommandError(kUsage, "--init " + texts[i] + " lies outside " + frame);
    }
    const bool cut =
        left > whole.x || top > whole.y || right < whole.right() || bottom < whole.bottom();
    if (cut) {
      boxes[i].box = {left, top, right - left, bottom - top};
      fitted.notes.push_back("--init " + texts[i] + " reaches out of " + frame +
                             "; the part inside is followed");
    }
  }
  fitted.boxes = std::move(boxes);
  return fitted;
}

void refuse_early(std::span<const pipeline::InitBox> boxes,
                  const std::vector<std::string>& texts,
                  std::int64_t first) {
  for (std::size_t i = 0; i < boxes.size(); ++i) {
    if (boxes[i].over || boxes[i].frame.value_or(first) >= first) continue;
    throw CommandError(kUsage,
                       "--init " + texts[i] +
                           " lies before the part that is read: --ss begins "
                           "with frame " +
                           std::to_string(first));
  }
}

void refuse_late(std::span<const pipeline::InitBox> boxes,
                 const std::vector<std::string>& texts,
                 std::int64_t last,
                 const std::string& where) {
  for (std::size_t i = 0; i < boxes.size(); ++i) {
    if (boxes[i].frame.value_or(0) <= last) continue;
    throw CommandError(kUsage,
                       "--init " + texts[i] + " begins behind the last frame: " + where +
                           " ends with frame " + std::to_string(last));
  }
}

void refuse_unseen(const pipeline::FollowStage::Seen& seen,
                   const std::vector<std::string>& texts,
                   const std::string& input) {
  if (seen.waiting.empty() || seen.last < 0) return;
  throw CommandError(kUsage,
                     "--init " + texts[seen.waiting.front()] +
                         " begins behind the last frame: of " + input + " frames " +
                         std::to_string(seen.first) + " to " + std::to_string(seen.last) +
                         " were read");
}

}  // namespace heddle::app
