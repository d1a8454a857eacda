// The 8237A pair: registers and the byte pointer.
// SPDX-License-Identifier: Apache-2.0
#include "chipset/i8237_dma/i8237_dma.hpp"

#include "base/log.hpp"
#include "chipset/i8237_dma/i8237_dma_regs.hpp"

namespace mullion {
namespace {

using namespace i8237;

TraceEvent trace_post_code{"post_code", "a byte written to port 80h"};

template <class Archive, class C>
void fields(Archive& ar, uint16_t base, C& c) {
  ar.field(base + 1, c.base_address);
  ar.field(base + 2, c.base_count);
  ar.field(base + 3, c.address);
  ar.field(base + 4, c.count);
  ar.field(base + 5, c.mode);
  ar.field(base + 6, c.command);
  ar.field(base + 7, c.status);
  ar.field(base + 8, c.mask);
  ar.field(base + 9, c.request);
  ar.field(base + 10, c.flip_flop);
}

uint16_t with_byte(uint16_t word, bool high, uint8_t value) {
  return static_cast<uint16_t>(high ? (word & 0x00FF) | value << 8 : (word & 0xFF00) | value);
}

}  // namespace

void I8237Dma::reset() {
  controllers_ = {};
  pages_ = {};
}

IoRead I8237Dma::read(Controller& c, unsigned reg) {
  if (reg < 8) {
    const uint16_t word = (reg & 1) != 0 ? c.count[reg / 2] : c.address[reg / 2];
    const bool high = c.flip_flop;
    c.flip_flop = !c.flip_flop;
    return IoRead::of(high ? word >> 8 : word & 0xFF);
  }
  switch (reg) {
    case kStatusCommand: {
      const uint8_t status = c.status;
      c.status &= 0xF0;  // terminal counts are cleared by the read
      return IoRead::of(status);
    }
    case kMasterClear: return IoRead::of(0);
    case kAllMask: return IoRead::of(0xF0u | c.mask);
    default: return IoRead::nobody();
  }
}

IoStatus I8237Dma::write(Controller& c, unsigned reg, uint8_t value) {
  const unsigned channel = value & 3;
  if (reg < 8) {
    auto& base = (reg & 1) != 0 ? c.base_count : c.base_address;
    auto& current = (reg & 1) != 0 ? c.count : c.address;
    base[reg / 2] = with_byte(base[reg / 2], c.flip_flop, value);
    current[reg / 2] = with_byte(current[reg / 2], c.flip_flop, value);
    c.flip_flop = !c.flip_flop;
    return IoStatus::ok;
  }
  switch (reg) {
    case kStatusCommand: c.command = value; break;
    case kRequest: c.request = with_bit(c.request, channel, (value & 4) != 0); break;
    case kSingleMask: c.mask = with_bit(c.mask, channel, (value & 4) != 0); break;
    case kMode: c.mode[channel] = value; break;
    case kClearFlipFlop: c.flip_flop = false; break;
    case kMasterClear: {
      // Command, status, request and byte pointer are cleared, the mask is set.
      c.command = c.status = c.request = 0;
      c.flip_flop = false;
      c.mask = 0x0F;
      break;
    }
    case kClearMask: c.mask = 0; break;
    default: c.mask = value & 0x0F; break;
  }
  return IoStatus::ok;
}

IoStatus I8237Dma::write_page(uint16_t offset, unsigned, uint32_t value) {
  if (offset == 0) trace(trace_post_code, "{:#04x}", value);
  pages_[offset] = static_cast<uint8_t>(value);
  return IoStatus::ok;
}

void I8237Dma::save(StateWriter& writer) const {
  fields(writer, 0, controllers_[0]);
  fields(writer, 100, controllers_[1]);
  writer.field(200, pages_);
}

Result<void> I8237Dma::restore(StateReader& reader) {
  std::array<Controller, 2> next;
  std::array<uint8_t, 16> pages{};
  fields(reader, 0, next[0]);
  fields(reader, 100, next[1]);
  reader.field(200, pages);
  for (const Controller& c : next) reader.check(c.mask <= 0x0F && c.request <= 0x0F, "mask");
  if (auto good = reader.finish(); !good) return good;
  controllers_ = next;
  pages_ = pages;
  return {};
}

}  // namespace mullion
