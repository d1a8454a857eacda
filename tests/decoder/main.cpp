// Compares the decoder with Zydis on random strings and on the code of installed programs.
// SPDX-License-Identifier: Apache-2.0
//
// decoder_zydis [--count N] [--seed S] [--files N] [--folder DIR]
// N random strings, spread over 16-, 32- and 64-bit code; N files of DIR (/usr/bin), 0: all. Exit status 1 when a
// difference has no reason in differences.cpp.
#include "decoder/compare.hpp"
#include "decoder/streams.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <map>
#include <string_view>

namespace {

using namespace mullion;
using namespace mullion::test;

class Report {
 public:
  void note(const Comparer& comparer, const Decoded& d) {
    ++compared_;
    std::string const what = comparer.difference();
    if (what.empty()) return;
    if (const char* reason = intended(d)) {
      ++intended_[reason];
      return;
    }
    auto& seen = unexplained_[key(what)];
    if (seen++ == 0 && unexplained_.size() <= 60) print(d, what);
  }

  int finish() const {
    fmt::print("{} compared\n", compared_);
    for (auto const& [reason, n] : intended_) fmt::print("{:>9} intended: {}\n", n, reason);
    uint64_t total = 0;
    for (auto const& [what, n] : unexplained_) {
      total += n;
      fmt::print("{:>9} UNEXPLAINED: {}\n", n, what);
    }
    fmt::print("{} unexplained\n", total);
    return total == 0 ? 0 : 1;
  }

 private:
  // The difference without the numbers.
  static std::string key(std::string_view what) {
    std::string out;
    for (size_t k = 0; k < what.size(); ++k) {
      if (what.substr(k, 6) == "zydis " && what.substr(k + 6, 2) == "0x") break;
      out += what[k];
    }
    return out;
  }

  static void print(const Decoded& d, const std::string& what) {
    static constexpr int kBits[] = {16, 32, 64};
    std::string hex;
    for (uint8_t b : d.bytes) hex += fmt::format("{:02X} ", b);
    fmt::print("{}-bit {} {}\n", kBits[size_t(d.code)], hex, what);
  }

  uint64_t compared_ = 0;
  std::map<std::string, uint64_t> intended_;
  std::map<std::string, uint64_t> unexplained_;
};

void random_strings(Comparer& comparer, Report& report, uint64_t count, uint64_t seed) {
  Random random{seed};
  for (uint64_t n = 0; n < count; ++n) {
    auto const code = x86::CodeSize(n % 4 == 3 ? 2 : n % 4);
    Bytes const bytes = random_instruction(random, code);
    Decoded const& d = comparer.decode(bytes, code, random.below(4) == 0);
    report.note(comparer, d);
  }
}

void file_code(Comparer& comparer, Report& report, const std::string& path) {
  for (auto& code : code_of(path)) {
    for (size_t at = 0; at + 15 <= code.size();) {
      Decoded const& d = comparer.decode(std::span(code).subspan(at, 15), x86::CodeSize::k64);
      report.note(comparer, d);
      at += d.zydis_ok ? d.zydis.length : 1;
    }
  }
}

}  // namespace

int main(int argc, char** argv) {
  uint64_t count = 1'000'000;
  uint64_t files = 0;
  uint64_t seed = uint64_t(std::chrono::steady_clock::now().time_since_epoch().count());
  std::string folder = "/usr/bin";
  for (int k = 1; k + 1 < argc; k += 2) {
    std::string_view const name = argv[k];
    if (name == "--count") count = std::strtoull(argv[k + 1], nullptr, 0);
    else if (name == "--seed") seed = std::strtoull(argv[k + 1], nullptr, 0);
    else if (name == "--files") files = std::strtoull(argv[k + 1], nullptr, 0);
    else if (name == "--folder") folder = argv[k + 1];
  }
  fmt::print("seed {}\n", seed);
  Comparer comparer;
  Report report;
  random_strings(comparer, report, count, seed);
  auto const all = files_in(folder);
  size_t const step = files == 0 ? 1 : std::max<size_t>(1, all.size() / files);
  for (size_t k = 0; k < all.size(); k += step) file_code(comparer, report, all[k]);
  return report.finish();
}
