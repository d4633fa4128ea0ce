#include "io/format.h"
#include "io/source.h"
#include "tests/unit/io/scratch.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <set>
#include <thread>

namespace heddle::io {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

struct Case {
  std::string name;
  std::string content;
  std::string expected;
};

class UnknownContent : public ::testing::TestWithParam<Case> {};

TEST_P(UnknownContent, IsNamedTogetherWithWhatIsAccepted) {
  const ScratchFolder folder;
  const std::string path = folder.write("input", GetParam().content);
  EXPECT_THAT(input_error(path),
              AllOf(HasSubstr(path), HasSubstr(GetParam().expected), HasSubstr("fasta, fastq")));
}

INSTANTIATE_TEST_SUITE_P(
    Kinds,
    UnknownContent,
    ::testing::Values(Case{"text", "hello, world\n", "starts with 'hello, world\\n'"},
                      Case{"binary", std::string("\0\1\2", 3), "starts with '\\x00\\x01\\x02'"},
                      Case{"xz", std::string("\xfd\x37zXZ\0\0", 7), "xz data; unpack it first"},
                      Case{"zip", "PK\x03\x04....", "zip archive"},
                      Case{"pdf", "%PDF-1.4", "PDF"},
                      Case{"utf16", std::string("\xff\xfe>\0a\0", 6), "UTF-16"},
                      Case{"embl", "ID   X56734; SV 1;", "EMBL"},
                      Case{"gff", "##gff-version 3\n", "GFF"},
                      Case{"blank", "\n\n", "nothing but blank lines"},
                      Case{"nothing", gzip_member(""), "compressed and holds nothing"},
                      Case{"gzip", gzip_member("hello"), "starts with 'hello'"}),
    [](const auto& test) { return test.param.name; });

TEST(OpenSource, AnEmptyFileIsCalledEmpty) {
  const ScratchFolder folder;
  const std::string path = folder.write("x.fa", "");
  EXPECT_EQ(input_error(path), path + " is empty");
}

TEST(OpenSource, TheContentDecidesNotTheName) {
  const ScratchFolder folder;
  const auto format = [&](const std::string& content) {
    return open_source(folder.write("reads.bam", content))->info().format;
  };
  EXPECT_EQ(format(">a\nACGT\n"), "FASTA");
  EXPECT_EQ(format("@a\nACGT\n+\nIIII\n"), "FASTQ");
  EXPECT_EQ(format("@HD\tVN:1.6\n"), "SAM");
  EXPECT_EQ(format("a\t4\t*\t0\t0\t*\t*\t0\t0\tACGT\t*\n"), "SAM");
  EXPECT_EQ(format(gzip_member(">a\nACGT\n")), "FASTA (gzip)");
  EXPECT_EQ(format(bgzf("@a\nACGT\n+\nIIII\n", 5)), "FASTQ (bgzf)");
}

TEST(OpenSource, AMinusIsStandardInput) {
  const std::string text = ">a\n" + std::string(100000, 'A') + "\n";
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  const int before = ::dup(STDIN_FILENO);
  ::dup2(ends[0], STDIN_FILENO);
  ::close(ends[0]);
  std::thread writer([&] {
    for (std::size_t at = 0; at < text.size();) {
      at += static_cast<std::size_t>(::write(ends[1], text.data() + at, text.size() - at));
    }
    ::close(ends[1]);
  });
  const auto source = open_source("-", {.piece = 1 << 20});
  EXPECT_EQ(source->info().name, "standard input");
  EXPECT_EQ(drain(*source).at(0).bases, std::string(100000, 'A'));
  writer.join();
  ::dup2(before, STDIN_FILENO);
  ::close(before);
}

std::string raw_video(int size, int frames) {
  const std::string side = std::to_string(size);
  std::string text = "YUV4MPEG2 W" + side + " H" + side + " F10:1 C420jpeg\n";
  for (int i = 0; i < frames; ++i) {
    text += "FRAME\n" + std::string(static_cast<std::size_t>(size * size * 3 / 2), 'a');
  }
  return text;
}

std::string many(const std::string& head, const std::string& line) {
  std::string text = head;
  while (text.size() < 200000) text += line;
  return text;
}

std::string in_many_members(const std::string& text) {
  std::string bytes;
  for (const char letter : text) bytes += gzip_member({letter});
  return bytes;
}

struct Stream {
  std::string name, content;  // more than the head, less than the whole
};

class EndlessStream : public ::testing::TestWithParam<Stream> {};

// The pipe is never closed: without the stop the reader would wait for ever.
TEST_P(EndlessStream, IsInterruptedByTheStop) {
  const ScratchFolder folder;
  const std::string path = folder / "pipe";
  ASSERT_EQ(::mkfifo(path.c_str(), 0600), 0);
  const int pipe = ::open(path.c_str(), O_RDWR | O_CLOEXEC);
  const int stop = ::eventfd(0, EFD_CLOEXEC);
  std::thread writer([&] {
    const std::string& text = GetParam().content;
    for (std::size_t at = 0; at < text.size();) {
      at += static_cast<std::size_t>(::write(pipe, text.data() + at, text.size() - at));
    }
    ::eventfd_write(stop, 1);
  });
  const std::string message = message_of<InputError>([&] {
    const auto source = open_source(path, {.stop_descriptor = stop});
    while (source->next()) {
    }
  });
  writer.join();
  ::close(pipe);
  ::close(stop);
  EXPECT_EQ(message, "interrupted while waiting for " + path);
}

INSTANTIATE_TEST_SUITE_P(
    Formats,
    EndlessStream,
    ::testing::Values(Stream{"fasta", many(">a\n", "ACGT\n")},
                      Stream{"fastq", many("", "@r\nACGT\n+\nIIII\n")},
                      Stream{"fasta_gzip", in_many_members(">a\n" + std::string(5000, 'A'))},
                      Stream{"sam", many("@HD\tVN:1.6\n", "r\t4\t*\t0\t0\t*\t*\t0\t0\tACGT\t*\n")},
                      Stream{"sam_header", many("@HD\tVN:1.6\n", "@CO\tcomment\n")},
                      Stream{"video", raw_video(64, 40)},
                      Stream{"video_without_a_whole_picture", raw_video(640, 1).substr(0, 200000)}),
    [](const auto& test) { return test.param.name; });

TEST(OpenSource, PafIsNotTakenForSam) {
  const ScratchFolder folder;
  const std::string paf = "r1\t100\t0\t90\t+\tchr\t1000\t5\t95\t80\t90\t60\ttp:A:P\n";
  EXPECT_THAT(input_error(folder.write("x", paf)), HasSubstr("accepted are"));
}

TEST(OpenSource, WhoWantsSequencesIsNotOfferedVideoNorTheOtherWayRound) {
  const ScratchFolder folder;
  const std::string path = folder.write("x", "hello, world\n");
  using Wanted = SourceOptions::Wanted;
  const std::string sequences = input_error(path, {.wanted = Wanted::kSequences});
  EXPECT_THAT(sequences, AllOf(HasSubstr("accepted are bam, cram"), Not(HasSubstr("video"))));
  const std::string video = input_error(path, {.wanted = Wanted::kVideo});
  EXPECT_THAT(video, AllOf(HasSubstr("mp4, mov, mkv"), Not(HasSubstr("fasta"))));
}

TEST(SniffFile, NamesTheFormatOfAFileAndLeavesStreamsAlone) {
  const ScratchFolder folder;
  const FormatInfo* format = sniff_file(folder.write("x.bam", ">a\nACGT\n"));
  ASSERT_NE(format, nullptr);
  EXPECT_EQ(format->name, "fasta");
  EXPECT_EQ(sniff_file(folder.write("text", "hello, world\n")), nullptr);
  EXPECT_EQ(sniff_file(folder / "missing"), nullptr);
  EXPECT_EQ(sniff_file("-"), nullptr);
  ASSERT_EQ(::mkfifo((folder / "pipe").c_str(), 0600), 0);
  EXPECT_EQ(sniff_file(folder / "pipe"), nullptr);
}

TEST(OpenSink, AnUnknownFormatIsNamedTogetherWithTheKnown) {
  EXPECT_THAT(message_of<OutputError>([] { open_sink("gtf", "-", {}); }),
              AllOf(HasSubstr("'gtf'"), HasSubstr("gff3"), HasSubstr("bed")));
}

TEST(Formats, HaveNamesOfTheirOwnAndADirection) {
  std::set<std::string> names;
  for (const FormatInfo& format : formats()) {
    EXPECT_TRUE(names.insert(format.name).second) << format.name;
    EXPECT_TRUE(format.reads || format.writes) << format.name;
    EXPECT_TRUE(format.video || format.genome) << format.name;
    EXPECT_FALSE(format.description.empty()) << format.name;
    EXPECT_TRUE(format.extension.starts_with(".")) << format.name;
  }
  for (const char* expected : {"fasta", "fastq", "bam", "gff3", "bed", "faa", "ffn"}) {
    EXPECT_TRUE(names.contains(expected)) << expected;
  }
}

}  // namespace
}  // namespace heddle::io
