// Functions of a Windows Hypervisor Platform: required and optional ones, results explained.
// SPDX-License-Identifier: Apache-2.0
#include "accel/whpx/library.hpp"
#include "accel/whpx/module.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace mullion::whpx {
namespace {

int something;

// Everything but the names of `lacking`.
FindFunction all_but(std::vector<std::string> lacking) {
  return [lacking](const char* name) -> void* {
    return std::find(lacking.begin(), lacking.end(), name) == lacking.end() ? &something : nullptr;
  };
}

TEST(WhpLibrary, FifteenFunctionsAreRequired) {
  unsigned required = 0;
#define X(name) ++required;
  MULLION_WHP_REQUIRED(X)
#undef X
  EXPECT_EQ(required, 15u);
}

TEST(WhpLibrary, MissingRequiredFunctionsAreNamedTogether) {
  std::vector<MissingFunction> missing;
  auto const f = bind_functions(all_but({"WHvTranslateGva", "WHvMapGpaRange"}), "some.dll", missing);
  ASSERT_FALSE(f.has_value());
  EXPECT_EQ(f.error().message,
            "'some.dll' is not a Windows Hypervisor Platform that can be used, it lacks WHvMapGpaRange, "
            "WHvTranslateGva: it needs Windows 10 version 1803 or later, or library=PATH of another platform");
}

TEST(WhpLibrary, OptionalFunctionsMayBeMissingAndAreNoted) {
  std::vector<MissingFunction> missing;
  auto const f = bind_functions(all_but({"WHvResetPartition"}), "some.dll", missing);
  ASSERT_TRUE(f.has_value());
  EXPECT_EQ(f->WHvResetPartition, nullptr);
  EXPECT_NE(f->WHvRequestInterrupt, nullptr);
  ASSERT_EQ(missing.size(), 1u);
  EXPECT_STREQ(missing[0].name, "WHvResetPartition");
  EXPECT_STREQ(missing[0].use, "reset in place");
}

TEST(WhpLibrary, AFileThatIsNotThereIsAnErrorWithItsName) {
  auto const library = Library::open("no/such/platform");
  ASSERT_FALSE(library.has_value());
  EXPECT_NE(library.error().message.find("no/such/platform"), std::string::npos);
}

TEST(WhpLibrary, ResultsAreExplained) {
  EXPECT_EQ(explain(HRESULT(0x80370309u)), "0x80370309 (this platform does not know one of the registers)");
  EXPECT_EQ(explain(HRESULT(0xC0350019u)), "0xc0350019 (hypervisor status 0x19)");
  EXPECT_EQ(explain(HRESULT(0x80004005u)), "0x80004005");
}

}  // namespace
}  // namespace mullion::whpx
