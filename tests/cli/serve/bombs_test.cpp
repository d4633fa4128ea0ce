// Small uploads that would become large ones inside: each is refused, and the daemon stays small.

#include "tests/cli/serve/daemon.h"
#include "tests/unit/io/scratch.h"

#include <gmock/gmock.h>

#include <cstring>
#include <fstream>

namespace heddle {
namespace {

using nlohmann::json;
using testing::HasSubstr;

constexpr std::size_t kLarge = std::size_t{64} << 20;
constexpr long kMostMore = 96;  // MiB, beside what the daemon took before

class Bombs : public Serving {
 protected:
  long peak() const {
    std::ifstream status("/proc/" + std::to_string(daemon_->process()) + "/status");
    for (std::string line; std::getline(status, line);) {
      if (line.starts_with("VmHWM:")) return std::stol(line.substr(6)) / 1024;
    }
    return -1;
  }
  /// What the upload is answered with.
  json sent(const json& spec, const std::string& bytes, int status) {
    const std::string at = "/v1/streams/" + start_stream(spec);
    const Reply reply =
        ask("POST", at + "/data", bytes, "Content-Type: application/octet-stream\r\n");
    json answer = json_of(reply, status);
    ask("DELETE", at);
    return answer.value("error", json());
  }
  static json genome() {
    return {
        {"kind", "genome"}, {"task", "repeats"}, {"input", "upload"}, {"memory_budget", 16 << 20}};
  }
};

/// One record of BAM without a place, with so many bases.
std::string bam_of(std::size_t bases) {
  std::string bytes("BAM\1\0\0\0\0\0\0\0\0", 12);
  const auto add = [&bytes](std::uint32_t value) {
    char four[4];
    std::memcpy(four, &value, sizeof four);
    bytes.append(four, sizeof four);
  };
  const std::size_t packed = (bases + 1) / 2;
  add(static_cast<std::uint32_t>(32 + 2 + packed + bases));
  add(0xffffffffU);  // reference
  add(0xffffffffU);  // place
  add(2);            // length of the name, quality, bin
  add(4U << 16);     // no operations; not mapped
  add(static_cast<std::uint32_t>(bases));
  for (int i = 0; i < 3; ++i) add(i < 2 ? 0xffffffffU : 0);  // mate, length
  bytes.append("r\0", 2);
  bytes.append(packed, '\x11');
  bytes.append(bases, '\xff');
  return bytes;
}

/// A picture whose head says that it has such sides, and a little of it.
std::string png_of(std::uint32_t side) {
  const auto big_endian = [](std::uint32_t value) {
    std::string four;
    for (int shift = 24; shift >= 0; shift -= 8) four += static_cast<char>(value >> shift);
    return four;
  };
  const auto chunk = [&](const std::string& body) {
    const auto* bytes = reinterpret_cast<const Bytef*>(body.data());
    return big_endian(static_cast<std::uint32_t>(body.size() - 4)) + body +
           big_endian(
               static_cast<std::uint32_t>(::crc32(0, bytes, static_cast<uInt>(body.size()))));
  };
  const std::string head = big_endian(side) + big_endian(side) + std::string("\x08\x02\0\0\0", 5);
  return "\x89PNG\r\n\x1a\n" + chunk("IHDR" + head) + chunk("IDAT" + std::string(1000, '\0')) +
         chunk("IEND");
}

TEST_F(Bombs, OfPackedReadsAreRefusedByTheBudgetOfTheirStream) {
  start();
  const std::string bases(kLarge, 'A');
  const std::string fastq = io::gzip_member("@r\n" + bases + "\n+\n" + bases + "\n");
  const std::string sam = io::gzip_member("@HD\tVN:1.6\nr\t4\t*\t0\t0\t*\t*\t0\t0\t" +
                                          std::string(8 << 20, 'A') + "\t*\n");
  const std::string bam = io::bgzf(bam_of(std::size_t{8} << 20), 0xff00);
  const std::string name = io::gzip_member(">" + bases);
  for (const std::string* bomb : {&fastq, &sam, &bam, &name}) EXPECT_LT(bomb->size(), 1U << 20);
  const long before = peak();
  EXPECT_THAT(sent(genome(), fastq, 409).dump(), HasSubstr("longer than 2097152"));
  EXPECT_THAT(sent(genome(), sam, 409).dump(), HasSubstr("at most 2097152 bases"));
  EXPECT_THAT(sent(genome(), bam, 409).dump(), HasSubstr("at most 2097152 bases"));
  EXPECT_THAT(sent(genome(), name, 409).dump(), HasSubstr("longer than"));
  EXPECT_LT(peak(), before + kMostMore);
  EXPECT_EQ(ask("GET", "/healthz").status, 200);
}

TEST_F(Bombs, OfHugePicturesAreRefusedByTheirSize) {
  start();
  const auto picture = [](int side, std::size_t bytes) {
    const std::string text = std::to_string(side);
    return "YUV4MPEG2 W" + text + " H" + text + " F25:1 C420jpeg\nFRAME\n" +
           std::string(bytes, '\0');
  };
  const long before = peak();
  json spec{{"kind", "video"}, {"input", "upload"}};
  EXPECT_EQ(sent(spec, picture(60000, 100000), 409)["code"], "upload_refused");
  EXPECT_THAT(sent(spec, picture(9000, 100000), 409).dump(), HasSubstr("pictures of 9000x9000"));
  EXPECT_THAT(sent(spec, png_of(60000), 409).dump(), HasSubstr("Invalid image size"));
  spec["memory_budget"] = 16 << 20;
  const json error = sent(spec, picture(3000, 13500000), 410);
  EXPECT_EQ(error["code"], "stream_ended");
  EXPECT_THAT(error["message"].get<std::string>(), HasSubstr("does not hold frames of 3000x3000"));
  EXPECT_LT(peak(), before + kMostMore);
  EXPECT_EQ(ask("GET", "/healthz").status, 200);
}

TEST_F(Bombs, OfPackedJsonAreNotUnpacked) {
  start();
  const std::string packed = io::gzip_member("{" + std::string(kLarge, ' ') + "}");
  const Reply reply = ask("POST", "/v1/streams", packed, "Content-Encoding: gzip\r\n");
  EXPECT_EQ(reply.status, 400);
}

}  // namespace
}  // namespace heddle
