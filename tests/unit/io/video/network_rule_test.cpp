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

std::shared_ptr<const NetworkRule> trusting(std::vector<std::string> hosts) {
  return std::make_shared<const NetworkRule>(NetworkRule{std::move(hosts)});
}

TEST(NetworkRule, FollowsARedirectionToAPrivateAddressOnlyWithoutARule) {
  const LocalServer target(bytes_of(clip("plain.mp4")), Manner::kWhole, 2);
  const LocalServer door(target.url("plain.mp4"), Manner::kElsewhere);
  EXPECT_EQ(read_video(door.url("plain.mp4")).error, "");
  const int asked = target.asked();
  EXPECT_GT(asked, 0);
  const NetworkScope within(trusting({"127.0.0.1"}));
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
  const NetworkScope within(trusting({"127.0.0.1"}));
  EXPECT_EQ(read_video(server.url("plain.mp4")).error, "");
}

TEST(NetworkRule, IsOfItsThreadAndGoesWithItsScope) {
  EXPECT_EQ(NetworkScope::current(), nullptr);
  {
    const NetworkScope within(trusting({"a"}));
    EXPECT_NE(NetworkScope::current(), nullptr);
    std::thread([] { EXPECT_EQ(NetworkScope::current(), nullptr); }).join();
  }
  EXPECT_EQ(NetworkScope::current(), nullptr);
}

TEST(NetworkRule, IsHandedToAProcessAsText) {
  const NetworkRule rule{{"camera.lan", "10.0.0.7"}};
  EXPECT_EQ(rule.text(), "camera.lan,10.0.0.7");
  EXPECT_EQ(NetworkRule::of_text(rule.text()).trusted_hosts, rule.trusted_hosts);
  EXPECT_TRUE(NetworkRule::of_text("").trusted_hosts.empty());
}

}  // namespace
}  // namespace heddle::io
