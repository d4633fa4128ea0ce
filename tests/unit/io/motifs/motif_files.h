#pragma once
// Small files of motifs, one of each format, for tests.

namespace heddle::io {

inline constexpr const char* kTransfac =
    "VV  made for tests\nXX\n//\n"
    "AC MA0001.3\nXX\nID AGL3\nXX\nDE MA0001.3 AGL3 ; From JASPAR\n"
    "PO\tA\tC\tG\tT\n01\t0.0\t92.0\t0.0\t3.0\n02\t2\t79.0\t0.0\t16.5\tC\nXX\nCC "
    "tax:plants\nXX\n//\n"
    "ID V$MYOD_01\nNA MyoD\nP0 T G C A\n01 1 2 3 4\nXX\n//\n";
inline constexpr const char* kJaspar =
    ">MA0002.1 RUNX1\n"
    "A [ 10 12  4 ]\nC [ 2  2 7]\nG  [3 1 1 ]\nT [11 11 14 ]\n\n"
    ">bare\n0.5 1\n1 0\n0 0\n2 2\n";
inline constexpr const char* kMeme =
    "MEME version 4\n\nALPHABET= ACGT\n\nstrands: + -\n\n"
    "Background letter frequencies\nA 0.3 C 0.2 G 0.2 T 0.3\n\n"
    "MOTIF crp CRP-cAMP\n"
    "letter-probability matrix: alength= 4 w= 2 nsites= 17 E= 4.1e-009\n"
    " 0.0 1.0 0.0 0.0\n 0.25 0.25 0.25 0.25\nURL http://example.org\n"
    "MOTIF second\nletter-probability matrix:\n0.1 0.2 0.3 0.4\n";
inline constexpr const char* kPatterns = ">TATA box of promoters\nTATA\nAWr\n>e\nCANNTG\n";

}  // namespace heddle::io
