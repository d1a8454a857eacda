// The 8259A pair: priorities, acknowledge, command words.
// SPDX-License-Identifier: Apache-2.0
#include "chipset/i8259_pic/i8259_pic.hpp"

#include "base/log.hpp"
#include "chipset/i8259_pic/i8259_pic_regs.hpp"

namespace mullion {
namespace {

using namespace i8259;

TraceEvent trace_pic_line{"pic_line", "an input of the 8259A pair changes"};
TraceEvent trace_pic_acknowledge{"pic_acknowledge", "the CPU takes a vector from the 8259A pair"};

bool level_triggered(const I8259Pic::Chip& c, unsigned input) { return c.ltim || test_bit(c.elcr, input); }

// 0 is the highest priority.
unsigned priority_of(const I8259Pic::Chip& c, unsigned input) { return (input - c.lowest - 1) & 7; }

// The input of the highest priority among `set`, or -1.
int highest(const I8259Pic::Chip& c, uint8_t set) {
  for (unsigned p = 0; p < 8; ++p) {
    const unsigned input = (c.lowest + 1 + p) & 7;
    if (test_bit(set, input)) return static_cast<int>(input);
  }
  return -1;
}

template <class Archive, class C>
void fields(Archive& ar, uint16_t base, C& c) {
  ar.field(base + 1, c.irr);
  ar.field(base + 2, c.imr);
  ar.field(base + 3, c.isr);
  ar.field(base + 4, c.lines);
  ar.field(base + 5, c.elcr);
  ar.field(base + 6, c.icw2);
  ar.field(base + 7, c.icw3);
  ar.field(base + 8, c.icw4);
  ar.field(base + 9, c.lowest);
  ar.field(base + 10, c.init_step);
  ar.field(base + 11, c.ltim);
  ar.field(base + 12, c.single);
  ar.field(base + 13, c.needs_icw4);
  ar.field(base + 14, c.read_isr);
  ar.field(base + 15, c.poll);
  ar.field(base + 16, c.special_mask);
  ar.field(base + 17, c.rotate_on_aeoi);
}

}  // namespace

I8259Pic::I8259Pic(Line intr) : intr_(intr) {}

// The 8259A has no reset pin; the levels of its inputs are the devices' and stay.
void I8259Pic::reset() {
  for (Chip& c : chips_) {
    const uint8_t lines = c.lines;
    c = {};
    c.lines = lines;
  }
  update();
}

void I8259Pic::set_line(unsigned irq, bool level) {
  if (irq > 15 || irq == kCascadeInput) return;
  trace(trace_pic_line, "irq {} level {}", irq, level);
  Chip& c = chips_[irq / 8];
  const unsigned input = irq % 8;
  const bool rises = level && !test_bit(c.lines, input);
  c.lines = with_bit(c.lines, input, level);
  if (level_triggered(c, input)) {
    c.irr = with_bit(c.irr, input, level);
  } else if (rises) {
    c.irr = with_bit(c.irr, input, true);
  }
  update();
}

// The input that a chip would put through now, or -1.
int I8259Pic::pending(unsigned chip) const {
  const Chip& c = chips_[chip];
  const auto wanted = static_cast<uint8_t>(c.irr & ~c.imr);
  const int input = highest(c, wanted);
  if (input < 0) return -1;
  // In special mask mode a masked in-service bit does not hold back lower priorities.
  uint8_t in_service = c.special_mask ? static_cast<uint8_t>(c.isr & ~c.imr) : c.isr;
  // Special fully nested: the slave may interrupt again while its own input is in service.
  if (chip == 0 && (c.icw4 & kICW4_SFNM) != 0) in_service = with_bit(in_service, kCascadeInput, false);
  const int serving = highest(c, in_service);
  const auto in = static_cast<unsigned>(input);
  if (serving >= 0 && priority_of(c, in) >= priority_of(c, static_cast<unsigned>(serving))) return -1;
  return input;
}

void I8259Pic::update() {
  Chip& master = chips_[0];
  const bool slave_int = pending(1) >= 0;
  // The cascade input follows the slave's INT, as a level.
  master.irr = with_bit(master.irr, kCascadeInput, slave_int);
  intr_.set(pending(0) >= 0);
}

// One chip's INTA: its input number, 7 if the request has gone (spurious, no ISR bit).
uint8_t I8259Pic::accept(unsigned chip) {
  Chip& c = chips_[chip];
  const int found = pending(chip);
  if (found < 0) return 7;
  const auto input = static_cast<unsigned>(found);
  const bool cascade = chip == 0 && input == kCascadeInput;
  if (!cascade && !level_triggered(c, input)) c.irr = with_bit(c.irr, input, false);
  if ((c.icw4 & kICW4_AEOI) != 0) {
    if (c.rotate_on_aeoi) c.lowest = static_cast<uint8_t>(input);
  } else {
    c.isr = with_bit(c.isr, input, true);
  }
  return static_cast<uint8_t>(input);
}

uint8_t I8259Pic::acknowledge() {
  const bool from_slave = pending(0) == static_cast<int>(kCascadeInput);
  const uint8_t input = accept(0);
  uint8_t vector = static_cast<uint8_t>((chips_[0].icw2 & 0xF8) | input);
  if (from_slave) vector = static_cast<uint8_t>((chips_[1].icw2 & 0xF8) | accept(1));
  update();
  trace(trace_pic_acknowledge, "vector {:#04x}", vector);
  return vector;
}

IoRead I8259Pic::read(unsigned chip, uint16_t offset) {
  Chip& c = chips_[chip];
  if (c.poll) {
    c.poll = false;
    const int found = pending(chip);
    if (found < 0) return IoRead::of(0);
    const uint8_t input = accept(chip);
    update();
    return IoRead::of(0x80u | input);
  }
  if (offset == 1) return IoRead::of(c.imr);
  return IoRead::of(c.read_isr ? c.isr : c.irr);
}

IoStatus I8259Pic::write(unsigned chip, uint16_t offset, uint8_t value) {
  Chip& c = chips_[chip];
  if (offset == 1) {
    write_odd(chip, value);
  } else if ((value & kICW1) != 0) {
    write_icw1(c, value);
  } else if ((value & kOCW3) != 0) {
    write_ocw3(c, value);
  } else {
    write_ocw2(c, value);
  }
  update();
  return IoStatus::ok;
}

// Edge requests, mask, priorities and modes are cleared (data sheet, ICW1); levels and ELCR are not.
void I8259Pic::write_icw1(Chip& c, uint8_t value) {
  const Chip old = c;
  c = {};
  c.lines = old.lines;
  c.elcr = old.elcr;
  c.icw2 = old.icw2;
  c.ltim = (value & kICW1_LTIM) != 0;
  c.single = (value & kICW1_SNGL) != 0;
  c.needs_icw4 = (value & kICW1_IC4) != 0;
  c.irr = c.ltim ? c.lines : static_cast<uint8_t>(c.lines & c.elcr);
  c.init_step = 2;
}

void I8259Pic::write_ocw2(Chip& c, uint8_t value) {
  const unsigned level = value & 7;
  const uint8_t masked = c.special_mask ? static_cast<uint8_t>(c.isr & ~c.imr) : c.isr;
  const int serving = highest(c, masked);
  const auto end = [&](int input, bool rotate) {
    if (input < 0) return;
    c.isr = with_bit(c.isr, static_cast<unsigned>(input), false);
    if (rotate) c.lowest = static_cast<uint8_t>(input);
  };
  switch (value >> 5) {
    case kRotateAeoiClear: c.rotate_on_aeoi = false; break;
    case kRotateAeoiSet: c.rotate_on_aeoi = true; break;
    case kEoi: end(serving, false); break;
    case kRotateEoi: end(serving, true); break;
    case kSpecificEoi: end(static_cast<int>(level), false); break;
    case kRotateSpecific: end(static_cast<int>(level), true); break;
    case kSetPriority: c.lowest = static_cast<uint8_t>(level); break;
    case kNop: break;
    default: break;
  }
}

void I8259Pic::write_ocw3(Chip& c, uint8_t value) {
  if ((value & kOCW3_P) != 0) c.poll = true;
  if ((value & kOCW3_RR) != 0) c.read_isr = (value & kOCW3_RIS) != 0;
  if ((value & kOCW3_ESMM) != 0) c.special_mask = (value & kOCW3_SMM) != 0;
}

// ICW2, ICW3 and ICW4 while a chip is being initialised, OCW1 after that.
void I8259Pic::write_odd(unsigned chip, uint8_t value) {
  Chip& c = chips_[chip];
  switch (c.init_step) {
    case 2:
      c.icw2 = value;
      c.init_step = c.single ? (c.needs_icw4 ? 4 : 0) : 3;
      break;
    case 3:
      c.icw3 = value;
      c.init_step = c.needs_icw4 ? 4 : 0;
      break;
    case 4:
      c.icw4 = value;
      c.init_step = 0;
      break;
    default: c.imr = value; break;
  }
}

IoStatus I8259Pic::write_elcr(uint16_t offset, unsigned, uint32_t value) {
  Chip& c = chips_[offset];
  c.elcr = static_cast<uint8_t>(value & kElcrMask[offset]);
  // An input that is level-triggered from now on requests what its line says.
  c.irr = static_cast<uint8_t>((c.irr & ~c.elcr) | (c.lines & c.elcr));
  update();
  return IoStatus::ok;
}

void I8259Pic::save(StateWriter& writer) const {
  fields(writer, 0, chips_[0]);
  fields(writer, 100, chips_[1]);
}

Result<void> I8259Pic::restore(StateReader& reader) {
  std::array<Chip, 2> next;
  fields(reader, 0, next[0]);
  fields(reader, 100, next[1]);
  for (const Chip& c : next) {
    reader.check(c.lowest < 8, "lowest priority");
    reader.check(c.init_step == 0 || (c.init_step >= 2 && c.init_step <= 4), "initialisation step");
  }
  if (auto good = reader.finish(); !good) return good;
  chips_ = next;
  update();
  return {};
}

}  // namespace mullion
