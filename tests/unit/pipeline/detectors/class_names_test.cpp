#include "pipeline/detectors/class_names.h"

#include "io/error.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace heddle::pipeline {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const std::vector<std::string> kNames = {"person", "traffic light"};

std::string complaint(const std::vector<std::string>& words) {
  try {
    wanted_classes(words, kNames);
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
  return "";
}

TEST(ClassNames, AreReadFromTheMetadataOfUltralytics) {
  EXPECT_THAT(parse_class_names("{0: 'person', 1: \"driver's cab\", 2: 'a\\'b'}"),
              ElementsAre("person", "driver's cab", "a'b"));
}

TEST(ClassNames, AreNoneWhereTheMetadataIsSomethingElse) {
  for (const char* text : {"", "{", "{0: 'a'", "{1: 'a'}", "{0: a}", "['a']", "{0: 'a' 1: 'b'}"}) {
    EXPECT_THAT(parse_class_names(text), IsEmpty()) << text;
  }
}

TEST(ClassNames, StandOnALineEachInAFile) {
  const auto path = std::filesystem::temp_directory_path() / "heddle_class_names_test.txt";
  std::ofstream(path) << "person\r\ntraffic light \n\n";
  EXPECT_THAT(read_class_names(path), ElementsAre("person", "traffic light"));
  std::ofstream(path) << "\n\n";
  EXPECT_THROW(read_class_names(path), io::InputError);
  std::filesystem::remove(path);
  EXPECT_THROW(read_class_names(path), io::InputError);
}

TEST(ClassNames, AreWantedByNameOrByNumber) {
  EXPECT_THAT(wanted_classes({"Traffic Light", "0"}, kNames), ElementsAre(0, 1));
  EXPECT_THAT(wanted_classes({"3"}, {}), ElementsAre(3));
}

TEST(ClassNames, ThatAreNotThereAreToldWithThoseThatAre) {
  EXPECT_THAT(complaint({"dog"}), HasSubstr("'dog' is no class of the model; it has 2: person"));
  EXPECT_THAT(complaint({"2"}), HasSubstr("'2' is no class"));
}

TEST(ClassNames, OfCocoAreEightyFromPersonToToothbrush) {
  ASSERT_EQ(coco_class_names().size(), 80u);
  EXPECT_EQ(coco_class_names()[0], "person");
  EXPECT_EQ(coco_class_names()[79], "toothbrush");
}

}  // namespace
}  // namespace heddle::pipeline
