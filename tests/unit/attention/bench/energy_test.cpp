// Energy counters, in a made tree of /sys/class/powercap.
#include "attention/bench/energy.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace heddle::attention::bench {
namespace {

class Energy : public testing::Test {
 protected:
  void SetUp() override {
    std::string made = (std::filesystem::temp_directory_path() / "heddle-energy-XXXXXX").string();
    ASSERT_NE(mkdtemp(made.data()), nullptr);
    folder_ = made;
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  void set(const std::string& zone, const std::string& file, std::uint64_t value) {
    std::filesystem::create_directories(folder_ / zone);
    std::ofstream(folder_ / zone / file) << value << "\n";
  }
  std::filesystem::path folder_;
};

TEST_F(Energy, PackagesAreAddedUpAndTheirPartsAreNotCountedAgain) {
  for (const char* zone : {"intel-rapl:0", "intel-rapl:1", "intel-rapl:0:0"}) {
    set(zone, "energy_uj", 5'000'000);
    set(zone, "max_energy_range_uj", 100'000'000);
  }
  EnergyMeter meter(folder_, false);
  EXPECT_TRUE(meter.present());
  EXPECT_EQ(meter.says(), "2 processor packages (RAPL)");
  EXPECT_EQ(meter.joules(), 0);
  set("intel-rapl:0", "energy_uj", 7'500'000);
  set("intel-rapl:1", "energy_uj", 6'000'000);
  set("intel-rapl:0:0", "energy_uj", 9'000'000);
  EXPECT_DOUBLE_EQ(meter.joules(), 3.5);
  set("intel-rapl:1", "energy_uj", 6'250'000);
  EXPECT_DOUBLE_EQ(meter.joules(), 3.75);
}

TEST_F(Energy, ACounterThatBeginsAnewGoesOn) {
  set("intel-rapl:0", "energy_uj", 99'000'000);
  set("intel-rapl:0", "max_energy_range_uj", 100'000'000);
  EnergyMeter meter(folder_, false);
  set("intel-rapl:0", "energy_uj", 500'000);
  EXPECT_DOUBLE_EQ(meter.joules(), 1.5);
}

TEST_F(Energy, WhereNothingCountsItSaysSo) {
  EnergyMeter meter(folder_, false);
  EXPECT_FALSE(meter.present());
  EXPECT_THAT(meter.says(), testing::HasSubstr("no RAPL counters under " + folder_.string()));
  EXPECT_EQ(meter.joules(), 0);
  EnergyMeter nowhere(folder_ / "missing", false);
  EXPECT_FALSE(nowhere.present());
}

TEST_F(Energy, ACounterThatMayNotBeReadIsAReasonAndNoFailure) {
  std::filesystem::create_directories(folder_ / "intel-rapl:0" / "energy_uj");  // not a number
  EnergyMeter meter(folder_, false);
  EXPECT_FALSE(meter.present());
  EXPECT_THAT(meter.says(), testing::HasSubstr("may not be read; run as root"));
}

TEST_F(Energy, ACounterThatVanishesKeepsWhatWasCounted) {
  set("intel-rapl:0", "energy_uj", 1'000'000);
  EnergyMeter meter(folder_, false);
  set("intel-rapl:0", "energy_uj", 3'000'000);
  EXPECT_DOUBLE_EQ(meter.joules(), 2);
  std::filesystem::remove_all(folder_ / "intel-rapl:0");
  EXPECT_DOUBLE_EQ(meter.joules(), 2);
}

}  // namespace
}  // namespace heddle::attention::bench
