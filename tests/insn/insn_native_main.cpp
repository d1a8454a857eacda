// The native differential as a program: --seed N, --count N (cases a form), --form NAME ...
// SPDX-License-Identifier: Apache-2.0
#include "insn/differential.hpp"

#include <fmt/format.h>

#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace mullion::insn {
namespace {

struct Arguments {
  uint64_t seed = 0;
  uint64_t count = 300;
  std::string form;      // mnemonic, or function, or part of it with a trailing *
  std::string record;    // file to append the result line to
  bool list = false;
  bool own = false;      // forms of sem/ alone
};

bool matches(const x86::isa::Form& f, const std::string& pattern) {
  if (pattern.empty()) return true;
  if (pattern.back() == '*') {
    std::string_view const head(pattern.data(), pattern.size() - 1);
    return f.mnemonic.starts_with(head) || f.function.starts_with(head);
  }
  return f.mnemonic == pattern || f.function == pattern;
}

Arguments parse(int argc, char** argv) {
  Arguments a;
  a.seed = uint64_t(std::chrono::system_clock::now().time_since_epoch().count());
  for (int n = 1; n < argc; ++n) {
    std::string const o = argv[n];
    auto const value = [&] { return n + 1 < argc ? argv[++n] : ""; };
    if (o == "--seed") a.seed = std::strtoull(value(), nullptr, 0);
    else if (o == "--count") a.count = std::strtoull(value(), nullptr, 0);
    else if (o == "--form") a.form = value();
    else if (o == "--record") a.record = value();
    else if (o == "--list") a.list = true;
    else if (o == "--own") a.own = true;
    else std::exit((fmt::print(stderr, "usage: {} [--seed N] [--count N] [--form NAME] [--record FILE] [--list] [--own]\n", argv[0]), 2));
  }
  return a;
}

// Runs a form in a child, which a bug in either half may kill. False: it did.
bool run_apart(Differential& d, uint16_t form, uint64_t count, Differential::FormResult& result) {
  static auto* const shared = static_cast<Differential::FormResult*>(
      mmap(nullptr, sizeof result, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
  std::fflush(stdout);
  pid_t const child = fork();
  if (child == 0) {
    NativeRunner::instance().after_fork();
    *shared = d.run_form(form, count);
    std::fflush(stdout);
    _exit(0);
  }
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {}  // the watch's ticks
  result = *shared;
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

int run(const Arguments& a) {
  std::vector<std::string> warnings;
  auto model = x86::CpuModel::parse("max", warnings);
  if (!model) {
    fmt::print(stderr, "-cpu max: {}\n", model.error().message);
    return 2;
  }
  fmt::print("seed {}, {} cases a form\n", a.seed, a.count);
  Differential d(*model, a.seed);
  d.set_report([](const std::string& s) { fmt::print("{}", s); });
  auto const forms = x86::isa::forms();
  uint64_t cases = 0, faults = 0, tested = 0, bad = 0, mismatches = 0, unreached = 0;
  std::map<std::string, unsigned> absent, skipped;
  for (uint16_t n = 0; n < forms.size(); ++n) {
    auto const& f = forms[n];
    if (!matches(f, a.form) || (a.own && f.is(x86::isa::kNative))) continue;
    if (auto const reason = Differential::reason_to_skip(f); !reason.empty()) {
      ++skipped[std::string(reason)];
      if (a.list) fmt::print("not compared: {} {}: {}\n", f.mnemonic, f.operands, reason);
      continue;
    }
    if (!Differential::host_has(f)) {
      ++absent[std::string(f.mnemonic)];
      continue;
    }
    if (a.list) fmt::print("{} {} [{}]\n", f.mnemonic, f.operands, f.encoding), std::fflush(stdout);
    Differential::FormResult r;
    if (!run_apart(d, n, a.count, r)) {
      ++bad;
      fmt::print("FAIL {} {} [{}]: an exception outside of the instruction\n", f.mnemonic, f.operands, f.encoding);
      continue;
    }
    cases += r.run + r.other_form;
    faults += r.faults;
    mismatches += r.mismatches;
    ++tested;
    if (r.mismatches != 0) {
      ++bad;
      fmt::print("FAIL {} {} [{}]: {} of {}\n", f.mnemonic, f.operands, f.encoding, r.mismatches, r.run + r.other_form);
    }
    if (r.run == 0) {
      ++unreached;
      fmt::print("FAIL {} {} [{}]: none of its encodings decodes to it\n", f.mnemonic, f.operands, f.encoding);
    }
    std::fflush(stdout);
  }
  for (auto const& [reason, count] : skipped) fmt::print("not compared: {} forms: {}\n", count, reason);
  std::string names;
  for (auto const& [name, count] : absent) names += " " + name;
  fmt::print("this host lacks:{}\n", names.empty() ? " nothing" : names);
  fmt::print("{} forms, {} instructions ({} faults), {} mismatches in {} forms, {} forms not reached\n", tested, cases, faults,
             mismatches, bad, unreached);
  if (!a.record.empty()) {
    if (FILE* file = std::fopen(a.record.c_str(), "a")) {
      fmt::print(file, "| {} | {} | {} | {} | {} |\n", a.seed, tested, cases, faults, mismatches);
      std::fclose(file);
    }
  }
  return bad + unreached == 0 ? 0 : 1;
}

}  // namespace
}  // namespace mullion::insn

int main(int argc, char** argv) { return mullion::insn::run(mullion::insn::parse(argc, argv)); }
