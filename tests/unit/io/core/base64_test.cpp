#include "io/base64.h"

#include <gtest/gtest.h>

namespace heddle::io {
namespace {

TEST(Base64, IsPaddedToFours) {
  EXPECT_EQ(base64(""), "");
  EXPECT_EQ(base64("f"), "Zg==");
  EXPECT_EQ(base64("fo"), "Zm8=");
  EXPECT_EQ(base64("foo"), "Zm9v");
  EXPECT_EQ(base64(std::string("\xff\x00\xfe", 3)), "/wD+");
}

TEST(Base64, ComesBackAsTheBytesItWasMadeOf) {
  std::string bytes;
  for (int i = 0; i < 300; ++i) {
    EXPECT_EQ(from_base64(base64(bytes)), bytes);
    bytes += static_cast<char>(i * 37);
  }
}

TEST(Base64, RefusesWhatNobodyWouldHaveWritten) {
  for (const char* text :
       {"Zg", "Zg=", "Z===", "====", "Zm9v=", "Zm9!", "Zm=v", "Zm9v\n", "Zg==Zg=="}) {
    EXPECT_FALSE(from_base64(text)) << text;
  }
}

}  // namespace
}  // namespace heddle::io
