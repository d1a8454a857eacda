// The 8042: its output buffer, commands, output port.
// SPDX-License-Identifier: Apache-2.0
#include "chipset/i8042/i8042.hpp"

#include "base/log.hpp"
#include "chipset/i8042/i8042_regs.hpp"

namespace mullion {
namespace {

using namespace kbc;

TraceEvent trace_kbc_read{"kbc_read", "a read from the keyboard controller"};
TraceEvent trace_kbc_write{"kbc_write", "a write to the keyboard controller"};

// Translation to scan code set 1 leaves answers alone but for the second byte of the keyboard's
// identification.
uint8_t translate(uint8_t code) {
  switch (code) {
    case 0x83: return 0x41;
    case 0x84: return 0x54;
    default: return code;
  }
}

}  // namespace

I8042::I8042(const I8042Lines& lines) : lines_(lines) { reset(); }

void I8042::reset() {
  state_ = {};
  state_.ram[0] = kCcbKbdInt | kCcbAuxInt;
  state_.status = kStatusCmd | kStatusKeyl;
  state_.output_port = kOutInitial;
  responses_.clear();
  keyboard_.reset();
  mouse_.reset();
  if (lines_.a20 != nullptr) lines_.a20->set_line(lines_.a20_index, true);
  update_lines();
}

IoRead I8042::read_data(uint16_t, unsigned) {
  const uint8_t value = state_.output;
  state_.status &= static_cast<uint8_t>(~(kStatusOBF | kStatusAux));
  update_lines();
  fill();
  trace(trace_kbc_read, "data {:#04x}", value);
  return IoRead::of(value);
}

IoRead I8042::read_status(uint16_t, unsigned) { return IoRead::of(state_.status); }

// Moves the next byte into the empty output buffer: the controller's own first.
void I8042::fill() {
  if ((state_.status & kStatusOBF) != 0) return;
  const uint8_t ccb = state_.ram[0];
  uint16_t response = 0;
  bool aux = false;
  if (responses_.pop(response)) {
    state_.output = static_cast<uint8_t>(response);
    aux = (response & 0x100) != 0;
  } else if ((ccb & kCcbKbdOff) == 0 && keyboard_.state().queue.pop(state_.output)) {
    if ((ccb & kCcbXlate) != 0) state_.output = translate(state_.output);
  } else if ((ccb & kCcbAuxOff) == 0 && mouse_.state().queue.pop(state_.output)) {
    aux = true;
  } else {
    return;
  }
  state_.status |= static_cast<uint8_t>(kStatusOBF | (aux ? kStatusAux : 0));
  update_lines();
}

void I8042::update_lines() {
  const bool obf = (state_.status & kStatusOBF) != 0;
  const bool aux = (state_.status & kStatusAux) != 0;
  lines_.irq1.set(obf && !aux && (state_.ram[0] & kCcbKbdInt) != 0);
  lines_.irq12.set(obf && aux && (state_.ram[0] & kCcbAuxInt) != 0);
}

void I8042::respond(uint8_t value, bool as_aux) {
  if (!responses_.push(static_cast<uint16_t>(value | (as_aux ? 0x100 : 0)))) {
    guest_error(name(), "answer {:#04x} is lost: the guest does not read port 60h", value);
  }
}

IoStatus I8042::write_data(uint16_t, unsigned, uint32_t raw) {
  const auto value = static_cast<uint8_t>(raw);
  trace(trace_kbc_write, "data {:#04x}", value);
  state_.status &= static_cast<uint8_t>(~kStatusCmd);
  if (state_.waiting != 0) {
    const uint8_t command = state_.waiting;
    state_.waiting = 0;
    argument(command, value);
  } else {
    state_.ram[0] &= static_cast<uint8_t>(~kCcbKbdOff);  // talking to the keyboard enables it
    keyboard_.write(value);
  }
  fill();
  return IoStatus::ok;
}

void I8042::argument(uint8_t command, uint8_t value) {
  switch (command) {
    case kWriteOutput: return write_output_port(value);
    case kWriteKbdBuf: return respond(value);
    case kWriteAuxBuf: return respond(value, true);
    case kWriteAux:
      state_.ram[0] &= static_cast<uint8_t>(~kCcbAuxOff);
      return mouse_.write(value);
    default: break;
  }
  state_.ram[command & 0x1F] = value;
  if (command != kWriteRam) return;
  state_.status = static_cast<uint8_t>((state_.status & ~kStatusSYS) | (value & kCcbSys));
  update_lines();
}

IoStatus I8042::write_command(uint16_t, unsigned, uint32_t raw) {
  const auto value = static_cast<uint8_t>(raw);
  trace(trace_kbc_write, "command {:#04x}", value);
  state_.status |= kStatusCmd;
  state_.waiting = 0;
  uint8_t& ccb = state_.ram[0];
  switch (value) {
    case kAuxDisable: ccb |= kCcbAuxOff; break;
    case kAuxEnable: ccb &= static_cast<uint8_t>(~kCcbAuxOff); break;
    case kAuxTest:
    case kKbdTest: respond(0x00); break;
    case kSelfTest:
      state_.status |= kStatusSYS;
      ccb |= kCcbSys;
      respond(0x55);
      break;
    case kKbdDisable: ccb |= kCcbKbdOff; break;
    case kKbdEnable: ccb &= static_cast<uint8_t>(~kCcbKbdOff); break;
    case kReadInput: respond(0x80); break;  // bit 7: the key lock is open
    case kReadOutput: {
      const bool obf = (state_.status & kStatusOBF) != 0;
      const bool aux = (state_.status & kStatusAux) != 0;
      const uint8_t full = !obf ? 0 : aux ? kOutAuxObf : kOutKbdObf;
      respond(static_cast<uint8_t>((state_.output_port & ~(kOutAuxObf | kOutKbdObf)) | full));
      break;
    }
    case kWriteOutput:
    case kWriteKbdBuf:
    case kWriteAuxBuf:
    case kWriteAux: state_.waiting = value; break;
    case kA20Off: write_output_port(state_.output_port & ~kOutA20); break;
    case kA20On: write_output_port(state_.output_port | kOutA20); break;
    default:
      if (value >= kPulse) {
        if ((value & kOutReset) == 0) lines_.reset.pulse();
      } else if ((value & 0xE0) == kReadRam) {
        respond(state_.ram[value & 0x1F]);
      } else if ((value & 0xE0) == kWriteRam) {
        state_.waiting = value;
      } else {
        guest_error(name(), "unknown command {:#04x}", value);
      }
      break;
  }
  fill();
  return IoStatus::ok;
}

void I8042::write_output_port(uint8_t value) {
  state_.output_port = value;
  if (lines_.a20 != nullptr) lines_.a20->set_line(lines_.a20_index, (value & kOutA20) != 0);
  if ((value & kOutReset) == 0) lines_.reset.pulse();
}

// --- saved state ---

namespace {

template <class Archive, class S>
void device_fields(Archive& ar, uint16_t base, S& s) {
  ar.field(base, s.waiting);
  ar.field(base + 1, s.last);
  ar.field(base + 2, s.scan_set);
  ar.field(base + 3, s.enabled);
  ar.field(base + 4, s.rate);
  ar.field(base + 5, s.resolution);
  ar.field(base + 6, s.scale2);
  ar.field(base + 7, s.remote);
  ar.field(base + 8, s.wrap);
}

}  // namespace

template <class Archive, class S>
void I8042::fields(Archive& ar, S& s) {
  ar.field(1, s.ram);
  ar.field(2, s.status);
  ar.field(3, s.output);
  ar.field(4, s.output_port);
  ar.field(5, s.waiting);
}

void I8042::save(StateWriter& writer) const {
  fields(writer, state_);
  responses_.save(writer, 10);
  device_fields(writer, 100, keyboard_.state());
  keyboard_.state().queue.save(writer, 120);
  device_fields(writer, 200, mouse_.state());
  mouse_.state().queue.save(writer, 220);
}

Result<void> I8042::restore(StateReader& reader) {
  State next;
  FixedFifo<uint16_t, 16> responses;
  Ps2State keyboard;
  Ps2State mouse;
  fields(reader, next);
  responses.restore(reader, 10);
  device_fields(reader, 100, keyboard);
  keyboard.queue.restore(reader, 120);
  device_fields(reader, 200, mouse);
  mouse.queue.restore(reader, 220);
  reader.check(keyboard.scan_set >= 1 && keyboard.scan_set <= 3, "scan code set");
  if (auto good = reader.finish(); !good) return good;
  state_ = next;
  responses_ = responses;
  keyboard_.state() = keyboard;
  mouse_.state() = mouse;
  if (lines_.a20 != nullptr) lines_.a20->set_line(lines_.a20_index, (state_.output_port & kOutA20) != 0);
  update_lines();
  return {};
}

}  // namespace mullion
