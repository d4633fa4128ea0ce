#include "io/formats/object_boxes.h"

#include "io/error.h"
#include "tests/unit/io/scratch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace heddle::io {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::ThrowsMessage;

TEST(ObjectBoxes, AFrameBeyondAnyVideoIsRefusedAndNotMadeRoomFor) {
  const ScratchFolder folder;
  folder.write("far.txt", "1,7,1,1,10,10,1\n100000000,7,1,1,10,10,1\n");
  EXPECT_THAT([&] { read_object_boxes(folder / "far.txt", std::nullopt); },
              ThrowsMessage<InputError>(AllOf(HasSubstr("100000000"), HasSubstr("count frames"))));
}

}  // namespace
}  // namespace heddle::io
