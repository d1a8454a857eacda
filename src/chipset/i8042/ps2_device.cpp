// The PS/2 keyboard's and mouse's command sets.
// SPDX-License-Identifier: Apache-2.0
#include "chipset/i8042/ps2_device.hpp"

#include "chipset/i8042/i8042_regs.hpp"

#include <initializer_list>

namespace mullion {
namespace {

using namespace kbc;

// A full queue loses bytes, as the devices' own buffers do.
void answer(Ps2State& s, std::initializer_list<uint8_t> bytes) {
  for (const uint8_t byte : bytes) {
    if (s.queue.push(byte)) s.last = byte;
  }
}

}  // namespace

void Ps2Keyboard::reset() {
  state_ = {};
  state_.enabled = true;
}

void Ps2Keyboard::write(uint8_t value) {
  if (state_.waiting != 0) {
    const uint8_t command = state_.waiting;
    state_.waiting = 0;
    // A command where an argument is due takes the place of the first.
    if (value < kSetLeds) return argument(command, value);
  }
  switch (value) {
    case kSetLeds:
    case kScanCodeSet:
    case kSetRate:
      state_.waiting = value;
      return answer(state_, {kAck});
    case kEcho: return answer(state_, {kEcho});
    case kIdentify: return answer(state_, {kAck, 0xAB, 0x83});
    case kEnable:
      state_.queue.clear();
      state_.enabled = true;
      return answer(state_, {kAck});
    case kDisable:
    case kDefaults:
      state_.queue.clear();
      state_.scan_set = 2;
      state_.enabled = value == kDefaults;
      return answer(state_, {kAck});
    case kResend: return answer(state_, {state_.last});
    case kResetDevice:
      reset();
      return answer(state_, {kAck, kBatOk});
    default: return answer(state_, {value >= 0xF7 && value <= 0xFD ? kAck : kNak});
  }
}

void Ps2Keyboard::argument(uint8_t command, uint8_t value) {
  if (command != kScanCodeSet) return answer(state_, {kAck});
  if (value == 0) return answer(state_, {kAck, state_.scan_set});
  if (value > 3) return answer(state_, {kNak});
  state_.scan_set = value;
  answer(state_, {kAck});
}

void Ps2Mouse::reset() { state_ = {}; }

void Ps2Mouse::defaults() {
  state_.rate = 100;
  state_.resolution = 2;
  state_.scale2 = false;
  state_.remote = false;
  state_.enabled = false;
}

// A packet that says: nothing moved, no button is down.
void Ps2Mouse::report() { answer(state_, {0x08, 0x00, 0x00}); }

void Ps2Mouse::write(uint8_t value) {
  if (state_.waiting != 0) {
    (state_.waiting == kSetRate ? state_.rate : state_.resolution) = value;
    state_.waiting = 0;
    return answer(state_, {kAck});
  }
  if (state_.wrap && value != kWrapReset && value != kResetDevice) return answer(state_, {value});
  command(value);
}

void Ps2Mouse::command(uint8_t value) {
  if (value != kResend) state_.queue.clear();
  switch (value) {
    case kScale1: state_.scale2 = false; break;
    case kScale2: state_.scale2 = true; break;
    case kResolution:
    case kSetRate: state_.waiting = value; break;
    case kMouseStatus: {
      const auto flags = static_cast<uint8_t>((state_.remote ? 0x40 : 0) | (state_.enabled ? 0x20 : 0) |
                                              (state_.scale2 ? 0x10 : 0));
      return answer(state_, {kAck, flags, state_.resolution, state_.rate});
    }
    case kStreamMode: state_.remote = false; break;
    case kRemoteMode: state_.remote = true; break;
    case kReadData:
      answer(state_, {kAck});
      return report();
    case kWrapReset: state_.wrap = false; break;
    case kWrapSet: state_.wrap = true; break;
    case kIdentify: return answer(state_, {kAck, 0x00});
    case kEnable: state_.enabled = true; break;
    case kDisable: state_.enabled = false; break;
    case kDefaults: defaults(); break;
    case kResend: return answer(state_, {state_.last});
    case kResetDevice:
      reset();
      return answer(state_, {kAck, kBatOk, 0x00});
    default: return answer(state_, {kNak});
  }
  answer(state_, {kAck});
}

}  // namespace mullion
