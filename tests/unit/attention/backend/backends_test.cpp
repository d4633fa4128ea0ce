#include "attention/backend/backend.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace heddle::attention {
namespace {

using ::testing::HasSubstr;

std::string error_of(std::string_view name) {
  try {
    backend(name);
  } catch (const std::runtime_error& error) {
    return error.what();
  }
  return "";
}

TEST(Backends, AutoIsTheFirstOfTheListThatCanRunAndNeedsNoAsking) {
  for (const BackendStatus& status : backend_statuses()) {
    if (!status.available || !status.automatic) continue;
    EXPECT_EQ(backend("auto").name(), status.name);
    EXPECT_EQ(&backend(), &backend(status.name));
    break;
  }
}

TEST(Backends, TheReferenceIsLastAndEveryRowSaysWhatItIsOrWhyNot) {
  EXPECT_EQ(backend_statuses().back().name, "reference");
  for (const BackendStatus& status : backend_statuses()) EXPECT_FALSE(status.detail.empty());
}

TEST(Backends, EveryAvailableRowGivesTheBackEndOfItsName) {
  for (const BackendStatus& status : backend_statuses()) {
    if (!status.available) continue;
    EXPECT_EQ(backend(status.name).name(), status.name);
  }
}

TEST(Backends, ForcingOneThatCannotRunSaysWhy) {
  for (const BackendStatus& status : backend_statuses()) {
    if (status.available) continue;
    EXPECT_THAT(error_of(status.name), HasSubstr(status.detail));
  }
}

TEST(Backends, AnUnknownNameIsAnErrorThatListsTheKnownOnes) {
  EXPECT_THAT(error_of("tpu"), HasSubstr("tpu"));
  for (const BackendStatus& status : backend_statuses()) {
    EXPECT_THAT(error_of("tpu"), HasSubstr(status.name));
  }
}

}  // namespace
}  // namespace heddle::attention
