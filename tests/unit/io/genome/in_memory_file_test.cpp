#include "io/formats/in_memory_file.h"

#include "tests/unit/io/scratch.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

namespace heddle::io {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

TEST(InMemoryFile, IsCopiedAsItWasWrittenByName) {
  const ScratchFolder folder;
  const std::string text(200000, 'x');  // more than is read at once
  const InMemoryFile made;
  std::ofstream(made.path(), std::ios::binary) << text;
  AtomicFile to(folder / "a");
  copy_file(made.descriptor(), to);
  to.commit();
  EXPECT_EQ(read_file(folder / "a"), text);
}

TEST(InMemoryFile, TellsOnlyOfItsLastBytes) {
  const InMemoryFile made;
  EXPECT_FALSE(made.ends_with("end"));
  std::ofstream(made.path(), std::ios::binary) << "end and more";
  EXPECT_FALSE(made.ends_with("end"));
  EXPECT_TRUE(made.ends_with("more"));
}

TEST(InMemoryFile, ACopyThatCannotBeReadIsAnErrorWithFileAndReason) {
  const ScratchFolder folder;
  const int unreadable = ::open((folder / ".").c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  ASSERT_GE(unreadable, 0);
  AtomicFile to(folder / "a.bw");
  EXPECT_THAT(message_of<OutputError>([&] { copy_file(unreadable, to); }),
              AllOf(HasSubstr("a.bw"), HasSubstr("Is a directory")));
  ::close(unreadable);
}

}  // namespace
}  // namespace heddle::io
