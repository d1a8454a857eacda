// A parsed configuration as the pc machine gets it.
// SPDX-License-Identifier: Apache-2.0
#include "control/pc_build.hpp"

#include <gtest/gtest.h>

namespace mullion::control {
namespace {

constexpr std::int64_t kNow { 1'700'000'000 };

class PcBuild : public testing::Test {
 protected:
  PcConfig build() {
    auto opened = ChardevSet::open(config_.chardevs, host_);
    EXPECT_TRUE(opened);
    chardevs_ = std::move(*opened);
    return pc_config(config_, chardevs_, kNow);
  }
  VmConfig config_;
  MachineLock lock_;
  ChardevHost host_ { lock_, [] {} };
  ChardevSet chardevs_;
};

TEST_F(PcBuild, serial_ports_get_their_chardevs_and_numbers) {
  config_.chardevs.resize(2);
  config_.chardevs[0].id = "a";
  config_.chardevs[1].id = "b";
  config_.serials = { "a", "" };
  config_.devices.push_back({ "", IsaSerialConfig { "b", {}, {}, {} }, "" });
  auto const pc = build();
  ASSERT_EQ(pc.serials.size(), 3u);
  EXPECT_EQ(pc.serials[0].chardev, chardevs_.find("a"));
  EXPECT_EQ(pc.serials[1].chardev, nullptr);
  EXPECT_EQ(pc.serials[2].number, 2u) << "the next free COM port";
  EXPECT_EQ(pc.serials[2].chardev, chardevs_.find("b"));
}

TEST_F(PcBuild, devices_keep_order_and_values) {
  config_.devices.push_back({ "", IsaDebugExitConfig { 0xf4, 4 }, "" });
  config_.devices.push_back({ "", PciTestdevConfig { 7 }, "" });
  auto const pc = build();
  ASSERT_EQ(pc.devices.size(), 2u);
  EXPECT_EQ(std::get<mullion::IsaDebugExitConfig>(pc.devices[0]).iobase, 0xf4);
  EXPECT_EQ(std::get<PcPciTestdevConfig>(pc.devices[1]).slot, 7);
}

TEST_F(PcBuild, clock_starts_at_host_time_or_the_given_date) {
  EXPECT_EQ(build().rtc_epoch_s, kNow);
  config_.rtc = { RtcConfig::Base::fixed, 1234 };
  EXPECT_EQ(build().rtc_epoch_s, 1234);
}

TEST_F(PcBuild, uuid_becomes_bytes_in_text_order) {
  config_.uuid = "550e8400-E29B-41d4-a716-446655440000";
  auto const uuid = build().uuid;
  EXPECT_EQ(uuid[0], 0x55);
  EXPECT_EQ(uuid[4], 0xe2);
  EXPECT_EQ(uuid[15], 0x00);
}

TEST_F(PcBuild, ends_and_route_follow_the_options) {
  config_.action.reboot = ActionConfig::Reboot::shutdown;
  config_.boot.without_firmware = true;
  auto const pc = build();
  EXPECT_TRUE(pc.no_reboot);
  EXPECT_FALSE(pc.no_shutdown);
  EXPECT_EQ(pc.kernel_route, BootRoute::direct);
}

TEST(ChardevSet, failure_names_the_option) {
  MachineLock lock;
  ChardevHost host { lock, [] {} };
  std::vector<ChardevConfig> configs(1);
  configs[0].backend = ChardevConfig::Backend::file;
  configs[0].path = "no-such-folder/out";
  configs[0].asked_as = "-serial file:…";
  auto const opened = ChardevSet::open(configs, host);
  ASSERT_FALSE(opened);
  EXPECT_TRUE(opened.error().message.starts_with("-serial file:…: "));
}

}  // namespace
}  // namespace mullion::control
