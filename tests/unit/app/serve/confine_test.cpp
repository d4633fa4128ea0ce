#include "app/serve/confine.h"

#include "app/serve/api/error.h"
#include "tests/shell.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace heddle::app::serve {
namespace {

namespace fs = std::filesystem;

template <typename Call>
std::string code_of(Call call) {
  try {
    call();
    return "";
  } catch (const ApiError& error) {
    return error.code();
  }
}

class Confined : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::canonical(fresh_folder("confine"));
    fs::create_directories(folder_ / "in" / "sub");
    fs::create_directories(folder_ / "inside-not");
    std::ofstream(folder_ / "in" / "a.fa") << ">a\nACGT\n";
    std::ofstream(folder_ / "secret") << "s";
    std::ofstream(folder_ / "inside-not" / "b") << "s";
    fs::create_symlink(folder_ / "secret", folder_ / "in" / "way-out");
    fs::create_symlink(folder_ / "nothing", folder_ / "in" / "into-the-void");
    fs::create_directory_symlink(folder_, folder_ / "in" / "up");
  }
  void TearDown() override { fs::remove_all(folder_); }
  Confinement confinement(const std::vector<std::string>& prefixes = {}) const {
    return {{(folder_ / "in").string()}, prefixes};
  }
  std::string input(const std::string& name) const {
    return code_of([&] { confinement().input((folder_ / name).string()); });
  }
  std::string output(const std::string& name) const {
    return code_of([&] { confinement().output((folder_ / name).string()); });
  }
  static std::string url(const std::vector<std::string>& prefixes, const std::string& text) {
    return code_of([&] { Confinement({}, prefixes).url(text); });
  }

  fs::path folder_;
};

TEST_F(Confined, ReadsBelowItsFoldersOnly) {
  EXPECT_EQ(input("in/a.fa"), "");
  EXPECT_EQ(input("in/sub/../a.fa"), "");
  EXPECT_EQ(input("in/none"), "no_such_input");
  EXPECT_EQ(input("secret"), "path_not_allowed");
  EXPECT_EQ(input("none"), "path_not_allowed");  // whether it is there is not told
  EXPECT_EQ(input("in/../secret"), "path_not_allowed");
  EXPECT_EQ(input("in/way-out"), "path_not_allowed");
  EXPECT_EQ(input("in/up/secret"), "path_not_allowed");
  EXPECT_EQ(input("inside-not/b"), "path_not_allowed");
  EXPECT_EQ(code_of([&] { confinement().input("/dev/null"); }), "path_not_allowed");
  EXPECT_EQ(code_of([&] { confinement().input("-"); }), "bad_path");
}

TEST_F(Confined, SaysHowACameraOfThisMachineIsNamed) {
  try {
    confinement().input("/dev/video0");
    FAIL();
  } catch (const ApiError& error) {
    EXPECT_THAT(error.what(), testing::HasSubstr("--allow-url device:N"));
  }
}

TEST_F(Confined, WritesBelowItsFoldersOnly) {
  EXPECT_EQ(output("in/new.gff3"), "");
  EXPECT_EQ(output("in/new/folder/"), "");
  EXPECT_EQ(output("in/../new.gff3"), "path_not_allowed");
  EXPECT_EQ(output("in/way-out"), "path_not_allowed");
  EXPECT_EQ(output("in/into-the-void"), "path_not_allowed");
  EXPECT_EQ(output("in/up/new"), "path_not_allowed");
  EXPECT_EQ(confinement().output((folder_ / "in/sub/../x/").string()),
            (folder_ / "in/x/").string());
}

TEST_F(Confined, KeepsWhatIsTheDaemonsOwnFromClientsWhateverTheFoldersAre) {
  const fs::path in = folder_ / "in", state = in / "state", token = in / "token";
  fs::create_directories(state / "jobs");
  std::ofstream(state / "jobs" / "j1.json") << "{}";
  std::ofstream(token) << "t";
  fs::create_directory_symlink(state, in / "by-the-way");
  fs::create_symlink(token, in / "link");
  fs::create_hard_link(token, in / "twin");
  const Confinement confined({in.string()}, {}, {(in / "sub" / ".." / "state").string(), token});
  for (const fs::path& path : {state,
                               state / "jobs" / "j1.json",
                               state / "jobs" / "new.gff3",
                               in / "by-the-way" / "jobs" / "j1.json",
                               token,
                               in / "link",
                               in / "twin"}) {
    EXPECT_EQ(code_of([&] { confined.input(path); }), "path_not_allowed") << path;
    EXPECT_EQ(code_of([&] { confined.output(path); }), "path_not_allowed") << path;
  }
  EXPECT_EQ(code_of([&] { confined.output((state / "sub").string() + "/"); }), "path_not_allowed");
  EXPECT_EQ(code_of([&] { confined.input(in / "a.fa"); }), "");
  EXPECT_EQ(code_of([&] { confined.output(in / "state.gff3"); }), "");
}

TEST_F(Confined, OpensAddressesBelowItsPrefixesOnly) {
  const std::vector<std::string> prefixes{"rtsp://camera.lan/live", "http://10.0.0.7:8000/"};
  EXPECT_EQ(url(prefixes, "rtsp://camera.lan/live"), "");
  EXPECT_EQ(url(prefixes, "rtsp://camera.lan/live/1?x=2"), "");
  EXPECT_EQ(url(prefixes, "rtsp://user:word@CAMERA.lan:8554/live"), "");
  EXPECT_EQ(url(prefixes, "http://10.0.0.7:8000/a.ts"), "");
  for (const char* bad : {"rtsp://camera.lan/lively",
                          "rtsp://camera.lan/live/../admin",
                          "rtsp://camera.lan/live/%2e%2e/admin",
                          "rtsp://camera.lan.evil.com/live",
                          "rtsp://camera.lan@evil.com/live",
                          "http://10.0.0.7:22/",
                          "http://10.0.0.8:8000/",
                          "file:///etc/passwd",
                          "gopher://camera.lan/live",
                          "device:0"}) {
    EXPECT_EQ(url(prefixes, bad), "url_not_allowed") << bad;
  }
  for (const char* bad : {"rtsp://camera.lan\\@evil.com/live",
                          "rtsp://camera.lan /live",
                          "http://",
                          "http://a@b@c/",
                          "http://[::1/",
                          "http://x:99999999/"}) {
    EXPECT_EQ(url(prefixes, bad), "bad_url") << bad;
  }
}

TEST_F(Confined, KnowsSchemesInEitherCase) {
  EXPECT_EQ(Confinement({}, {"RTSP://camera.lan/"}).url("rtsp://camera.lan/1"),
            "rtsp://camera.lan/1");
  EXPECT_EQ(Confinement({}, {"http://10.0.0.7/"}).url("HTTP://10.0.0.7/A"), "http://10.0.0.7/A");
  EXPECT_EQ(url({"http://10.0.0.7/"}, "HTTPS://10.0.0.7/"), "url_not_allowed");
  EXPECT_EQ(url({"http://10.0.0.7/"}, "FILE:///etc/passwd"), "url_not_allowed");
}

TEST_F(Confined, ReachesPrivateHostsOnlyByName) {
  for (const char* host : {"127.0.0.1",
                           "0x7f000001",
                           "2130706433",
                           "127.1",
                           "10.1.2.3",
                           "172.16.0.1",
                           "192.168.1.1",
                           "169.254.169.254",
                           "0.0.0.0",
                           "[::1]",
                           "[::ffff:127.0.0.1]",
                           "[fd00::1]",
                           "[fe80::1]",
                           "[64:ff9b::7f00:1]",
                           "[64:ff9b:1::5db8:d822]",
                           "[64:ff9b::1:5db8:d822]",
                           "[2001:db8::1]",
                           "[2001:0:1::1]",
                           "[2001:1ff:ffff::1]",
                           "[2002:7f00:1::1]",
                           "[3fff:fff::1]",
                           "[5f00::1]",
                           "192.88.99.1",
                           "localhost"}) {
    EXPECT_EQ(url({"http://"}, std::string("http://") + host + "/x"), "url_not_allowed") << host;
  }
  for (const char* host : {"93.184.216.34",
                           "[64:ff9b::5db8:d822]",
                           "[2001:200::1]",
                           "[2002:5db8:d822::1]",
                           "[2606:2800:21f::1]",
                           "[3ffe::1]"}) {
    EXPECT_EQ(url({"http://"}, std::string("http://") + host + "/x"), "") << host;
  }
  EXPECT_EQ(url({"http://127.0.0.1"}, "http://127.0.0.1:9000/x"), "");
  EXPECT_EQ(url({"device:0"}, "device:0"), "");
  EXPECT_EQ(url({"device:0"}, "device:01"), "url_not_allowed");
}

TEST_F(Confined, TrustsTheHostsThatAPrefixNamesAndNoOthers) {
  const Confinement confinement({}, {"rtsp://camera.lan/live", "http://", "device:0"});
  const auto rule = confinement.network_rule(
      {"rtsp://camera.lan/live/1", "http://example.com/a.mp4", "device:0", "/data/a.mp4"});
  EXPECT_EQ(rule.trusted, (std::vector<io::TrustedHost>{{"camera.lan", 0}}));
}

TEST_F(Confined, TrustsAHostOnThePortThatItsPrefixNames) {
  const Confinement confinement({}, {"http://10.0.0.7:8080/clips", "http://[fd00::1]:81/"});
  const auto rule =
      confinement.network_rule({"http://10.0.0.7:8080/clips/a.mp4", "http://[fd00::1]:81/a.mp4"});
  EXPECT_EQ(rule.trusted, (std::vector<io::TrustedHost>{{"10.0.0.7", 8080}, {"fd00::1", 81}}));
}

TEST_F(Confined, RefusesWhatIsNoFolderAndNoPrefix) {
  EXPECT_THROW(Confinement({(folder_ / "secret").string()}, {}), std::invalid_argument);
  EXPECT_THROW(Confinement({}, {"camera.lan"}), std::invalid_argument);
}

}  // namespace
}  // namespace heddle::app::serve
