// Where connections may go. The only network is the loopback.

#include "io/network_rule.h"

#include "clips.h"
#include "io/formats/ffmpeg_address.h"
#include "local_server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace heddle::io {
namespace {

using testing::HasSubstr;
using Manner = LocalServer::Manner;

std::shared_ptr<const NetworkRule> trusting(std::vector<TrustedHost> hosts) {
  return std::make_shared<const NetworkRule>(NetworkRule{std::move(hosts)});
}

TEST(NetworkRule, FollowsARedirectionToAPrivateAddressOnlyWithoutARule) {
  const LocalServer target(bytes_of(clip("plain.mp4")), Manner::kWhole, 2);
  const LocalServer door(target.url("plain.mp4"), Manner::kElsewhere);
  EXPECT_EQ(read_video(door.url("plain.mp4")).error, "");
  const int asked = target.asked();
  EXPECT_GT(asked, 0);
  const NetworkScope within(trusting({{"127.0.0.1"}}));
  const Reading refused = read_video(door.url("plain.mp4"));
  EXPECT_THAT(refused.error, HasSubstr("it leads to 127.0.0.2, a private address"));
  EXPECT_EQ(target.asked(), asked);
}

TEST(NetworkRule, LooksAtTheAddressThatIsConnectedToWhateverItsNameWas) {
  const LocalServer server(bytes_of(clip("plain.mp4")), Manner::kWhole);
  const NetworkScope within(trusting({}));
  const std::string url = "http://localhost:" + std::to_string(server.port()) + "/plain.mp4";
  EXPECT_THAT(read_video(url).error, HasSubstr("a private address that may not be opened"));
  EXPECT_EQ(server.asked(), 0);
}

TEST(NetworkRule, TrustsTheHostsThatItNames) {
  const LocalServer server(bytes_of(clip("plain.mp4")), Manner::kWhole);
  const NetworkScope within(trusting({{"127.0.0.1"}}));
  EXPECT_EQ(read_video(server.url("plain.mp4")).error, "");
}

std::uint16_t port_of(const LocalServer& server) {
  return static_cast<std::uint16_t>(server.port());
}

TEST(NetworkRule, FollowsARedirectionToNoOtherPortOfAHostThatIsTrustedOnOne) {
  const LocalServer target(bytes_of(clip("plain.mp4")), Manner::kWhole);
  const LocalServer door(target.url("plain.mp4"), Manner::kElsewhere);
  {
    const NetworkScope both(
        trusting({{"127.0.0.1", port_of(door)}, {"127.0.0.1", port_of(target)}}));
    EXPECT_EQ(read_video(door.url("plain.mp4")).error, "");
  }
  const int asked = target.asked();
  const NetworkScope within(trusting({{"127.0.0.1", port_of(door)}}));
  EXPECT_THAT(read_video(door.url("plain.mp4")).error,
              HasSubstr("it leads to 127.0.0.1, port " + std::to_string(target.port())));
  EXPECT_EQ(target.asked(), asked);
}

TEST(NetworkRule, IsOfItsThreadAndGoesWithItsScope) {
  EXPECT_EQ(NetworkScope::current(), nullptr);
  {
    const NetworkScope within(trusting({{"a"}}));
    EXPECT_NE(NetworkScope::current(), nullptr);
    std::thread([] { EXPECT_EQ(NetworkScope::current(), nullptr); }).join();
  }
  EXPECT_EQ(NetworkScope::current(), nullptr);
}

TEST(NetworkRule, IsHandedToAProcessAsText) {
  const NetworkRule rule{{{"camera.lan", 554}, {"10.0.0.7"}, {"::1", 80}, {"fd00::2"}}};
  EXPECT_EQ(rule.text(), "camera.lan:554,10.0.0.7,[::1]:80,[fd00::2]");
  EXPECT_EQ(NetworkRule::of_text(rule.text()).trusted, rule.trusted);
  EXPECT_TRUE(NetworkRule::of_text("").trusted.empty());
  for (const char* bad : {"camera.lan:", "camera.lan:0", "camera.lan:70000", "camera.lan:5x"}) {
    EXPECT_THROW(NetworkRule::of_text(bad), std::invalid_argument) << bad;
  }
}

}  // namespace
}  // namespace heddle::io
