#include "app/printable.h"

#include <gtest/gtest.h>

namespace heddle::app {
namespace {

TEST(Printable, LettersOfAnyLanguageStay) {
  EXPECT_EQ(printable("genes of Bäckerhefe, 遺伝子 🧬"),
            "genes of Bäckerhefe, 遺伝子 🧬");
}

TEST(Printable, WhatWouldMoveTheCursorIsWrittenOut) {
  EXPECT_EQ(printable("a\nb\tc\x1b[2J\x7f"), "a\\nb\\tc\\x1b[2J\\x7f");
  EXPECT_EQ(printable("\xc2\x9b"
                      "31m"),
            "\\xc2\\x9b31m");  // the one-byte form of ESC [
}

TEST(Printable, BytesThatAreNoUtf8AreWrittenOut) {
  EXPECT_EQ(printable("a\xff\xc3(\xe2\x82"), "a\\xff\\xc3(\\xe2\\x82");
  EXPECT_EQ(printable("\xc0\xaf\xed\xa0\x80"), "\\xc0\\xaf\\xed\\xa0\\x80");
}

}  // namespace
}  // namespace heddle::app
