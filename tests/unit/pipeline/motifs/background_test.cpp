#include "pipeline/motifs/background.h"

#include "tests/unit/io/scratch.h"

#include <gtest/gtest.h>

#include <stdexcept>

namespace heddle::pipeline {
namespace {

TEST(Background, IsMeasuredOverBothStrandsWithOneAddedToEachBase) {
  const io::ScratchFolder folder;
  const auto source = io::open_source(folder.write("x.fa", ">a\nAAAAT\n>b\nGNN\n"), {.piece = 3});
  const Background measured = measure_background(*source, [] { return false; });
  // A 5, C 1, G 2, T 2 of 10.
  EXPECT_DOUBLE_EQ(measured[0], 0.35);
  EXPECT_DOUBLE_EQ(measured[3], 0.35);
  EXPECT_DOUBLE_EQ(measured[1], 0.15);
  EXPECT_DOUBLE_EQ(measured[2], 0.15);
}

TEST(Background, IsReadFromFourProbabilities) {
  const Background given = parse_background("0.4,0.1,0.2,0.3");
  EXPECT_DOUBLE_EQ(given[0], 0.35);
  EXPECT_DOUBLE_EQ(given[1], 0.15);
}

TEST(Background, WhatIsNotFourPositiveNumbersOfSumOneIsRefused) {
  for (const char* text : {"",
                           "0.25",
                           "0.25,0.25,0.25",
                           "0.25,0.25,0.25,0.25,",
                           "0,0.5,0.25,0.25",
                           "1,1,1,1",
                           "a,b,c,d",
                           "nan,0.25,0.25,0.25",
                           "0.25 0.25 0.25 0.25",
                           "-0.5,0.5,0.5,0.5"}) {
    EXPECT_THROW(parse_background(text), std::invalid_argument) << text;
  }
}

}  // namespace
}  // namespace heddle::pipeline
