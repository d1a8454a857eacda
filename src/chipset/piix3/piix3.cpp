// Interrupt routing and reset control of the 82371SB.
// SPDX-License-Identifier: Apache-2.0
#include "chipset/piix3/piix3.hpp"

#include "chipset/piix3/piix3_regs.hpp"

namespace mullion {
namespace {

constexpr PciIdentity kIdentity{
    .vendor = 0x8086, .device = 0x7000, .revision = 0x00, .class_code = 0x060100, .multifunction = true};

struct Fields {
  std::array<uint8_t, PciFunction::kConfigSize> config{};
  std::array<uint32_t, Piix3::kPirqs> asserted{};
  uint8_t rcr = 0;
};
template <class Archive, class S>
void fields(Archive& ar, S& s) {
  ar.field(1, s.config);
  ar.field(2, s.asserted);
  ar.field(3, s.rcr);
}

}  // namespace

Piix3::Piix3(const PciSpaces& spaces, LineSink& isa_irqs, Line reset)
    : PciFunction(kIdentity, spaces), isa_irqs_(isa_irqs), reset_(reset) {
  define(pci::kCommand, 2, pci::kCommandIo | pci::kCommandMemory | pci::kCommandMaster, 0x0008);
  define(pci::kStatus, 2, 0x0200, 0);
  define(piix3::kIort, 1, 0x4d, 0xff);
  define(piix3::kXbcs, 2, 0x0003, 0xffff);
  for (unsigned i = 0; i < kPirqs; ++i) define(piix3::kPirqrca + i, 1, piix3::kPirqOff, 0x8f);
  define(piix3::kTom, 1, 0x02, 0xff);
  define(0x6a, 2, 0, 0xffff);  // MSTAT
  define(piix3::kMbirq0, 1, 0x80, 0xff);
  define(piix3::kMbdma0, 2, 0x0c0c, 0x8f8f);
  define(piix3::kPcsc, 2, 0x0002, 0xffff);
  define(piix3::kApicbase, 1, 0, 0xff);
  define(0x82, 1, 0, 0xff);  // deterministic latency control
  define(piix3::kSmicntl, 4, 0x00000008, 0xffffffff);
  define(piix3::kSmicntl + 4, 4, 0, 0xffffffff);
  define(piix3::kSmicntl + 8, 4, 0, 0xffffffff);
}

void Piix3::reset() {
  rcr_ = 0;
  reset_config();
  asserted_ = {};
  update_irqs();
}

void Piix3::set_up_without_firmware() {
  constexpr std::array<uint8_t, kPirqs> kRoutes{10, 10, 11, 11};
  for (unsigned i = 0; i < kPirqs; ++i) set_config(piix3::kPirqrca + i, 1, kRoutes[i]);
  update_irqs();
}

void Piix3::save(StateWriter& writer) const {
  const Fields saved{.config = config_bytes(), .asserted = asserted_, .rcr = rcr_};
  fields(writer, saved);
}

Result<void> Piix3::restore(StateReader& reader) {
  Fields saved{.config = config_bytes(), .asserted = asserted_, .rcr = rcr_};
  fields(reader, saved);
  if (auto good = reader.finish(); !good) return good;
  asserted_ = saved.asserted;
  rcr_ = saved.rcr & piix3::SRST;
  restore_config(saved.config);
  update_irqs();
  return {};
}

void Piix3::set_line(unsigned index, bool level) {
  const unsigned slot = (index / 4) % 32;
  const unsigned pirq = (slot + index % 4 + kPirqs - 1) % kPirqs;  // slot 1, INTA# is PIRQA
  asserted_[pirq] = with_bit(asserted_[pirq], slot, level);
  update_irqs();
}

void Piix3::update_irqs() {
  uint16_t wanted = 0;
  for (unsigned i = 0; i < kPirqs; ++i) {
    const auto route = config(piix3::kPirqrca + i, 1);
    if (asserted_[i] != 0 && (route & piix3::kPirqOff) == 0) wanted |= static_cast<uint16_t>(1u << (route & 0xf));
  }
  wanted &= piix3::kRoutable;
  const uint16_t changed = wanted ^ driven_;
  driven_ = wanted;
  for (unsigned irq = 0; irq < 16; ++irq) {
    if (test_bit(changed, irq)) isa_irqs_.set_line(irq, test_bit(wanted, irq));
  }
}

void Piix3::config_written(unsigned offset, unsigned size) {
  if (offset < piix3::kPirqrca + kPirqs && offset + size > piix3::kPirqrca) update_irqs();
}

IoRead Piix3::pio_read(uint16_t, unsigned size) { return size == 1 ? IoRead::of(rcr_) : IoRead::bad_size(); }

IoStatus Piix3::pio_write(uint16_t, unsigned size, uint32_t value) {
  if (size != 1) return IoStatus::bad_size;
  rcr_ = static_cast<uint8_t>(value & piix3::SRST);  // RCPU reads zero: the reset it asks for has happened
  if (value & piix3::RCPU) reset_.pulse();
  return IoStatus::ok;
}

}  // namespace mullion
