// The 16550A: FIFOs, interrupts by priority, modem lines, loopback.
// SPDX-License-Identifier: Apache-2.0
#include "chipset/ns16550_uart/ns16550_uart.hpp"

#include "base/checked.hpp"
#include "base/log.hpp"
#include "chipset/ns16550_uart/ns16550_uart_regs.hpp"

#include <algorithm>

namespace mullion {
namespace {

using namespace ns16550;

TraceEvent trace_serial_read{"serial_read", "a read from a UART register"};
TraceEvent trace_serial_write{"serial_write", "a write to a UART register"};

constexpr uint8_t kPlugged = kMSR_CTS | kMSR_DSR | kMSR_DCD;

}  // namespace

Ns16550Uart::Ns16550Uart(const Ns16550UartConfig& config, TimerHost& timers, Line irq, Chardev* chardev)
    : config_(config), timers_(timers), irq_(irq), chardev_(chardev), timeout_(timers, [this] {
        state_.rx_timeout = true;
        update();
      }) {
  if (chardev_ == nullptr) return;
  state_.modem = kPlugged;
  chardev_->attach(this);
}

Ns16550Uart::~Ns16550Uart() {
  if (chardev_ != nullptr) chardev_->attach(nullptr);
}

// The divisor, the scratch register and the modem inputs keep their values (table III).
void Ns16550Uart::reset() {
  State next;
  next.divisor = state_.divisor;
  next.scr = state_.scr;
  next.modem = state_.modem;
  state_ = next;
  timeout_.cancel();
  update();
  if (chardev_ != nullptr) chardev_->input_wanted();
}

IoRead Ns16550Uart::pio_read(uint16_t offset, unsigned) {
  const bool dlab = (state_.lcr & kLCR_DLAB) != 0;
  uint8_t value = 0;
  switch (offset) {
    case kRBR_THR_DLL: value = dlab ? static_cast<uint8_t>(state_.divisor) : read_rbr(); break;
    case kIER_DLM: value = dlab ? static_cast<uint8_t>(state_.divisor >> 8) : state_.ier; break;
    case kIIR_FCR: value = read_iir(); break;
    case kLCR: value = state_.lcr; break;
    case kMCR: value = state_.mcr; break;
    case kLSR: value = read_lsr(); break;
    case kMSR: value = read_msr(); break;
    case kSCR: value = state_.scr; break;
    default: return IoRead::nobody();
  }
  trace(trace_serial_read, "{} register {} value {:#04x}", name(), offset, value);
  return IoRead::of(value);
}

IoStatus Ns16550Uart::pio_write(uint16_t offset, unsigned, uint32_t raw) {
  const auto value = static_cast<uint8_t>(raw);
  trace(trace_serial_write, "{} register {} value {:#04x}", name(), offset, value);
  const bool dlab = (state_.lcr & kLCR_DLAB) != 0;
  uint16_t& divisor = state_.divisor;
  switch (offset) {
    case kRBR_THR_DLL:
      if (dlab) {
        divisor = static_cast<uint16_t>((divisor & 0xFF00) | value);
      } else {
        write_thr(value);
      }
      break;
    case kIER_DLM:
      if (dlab) {
        divisor = static_cast<uint16_t>((divisor & 0xFF) | value << 8);
      } else {
        write_ier(value);
      }
      break;
    case kIIR_FCR: write_fcr(value); break;
    case kLCR: write_lcr(value); break;
    case kMCR: write_mcr(value); break;
    case kLSR:
    case kMSR: break;  // for factory tests alone (§8.3)
    case kSCR: state_.scr = value; break;
    default: return IoStatus::nobody;
  }
  return IoStatus::ok;
}

// --- receiver ---

bool Ns16550Uart::fifo_enabled() const { return (state_.fcr & kFCR_Enable) != 0; }

size_t Ns16550Uart::trigger() const {
  constexpr size_t kLevels[] = {1, 4, 8, 14};
  return fifo_enabled() ? kLevels[state_.fcr >> 6] : 1;
}

uint64_t Ns16550Uart::character_ns() const {
  const unsigned bits = 1 + 5 + (state_.lcr & kLCR_WLS) + ((state_.lcr & kLCR_PEN) != 0 ? 1 : 0) +
                        ((state_.lcr & kLCR_STB) != 0 ? 2 : 1);
  const uint64_t divisor = std::max<uint64_t>(state_.divisor, 1);
  return mul_div(bits * divisor, kNsPerSecond, std::max<uint32_t>(config_.baud_base, 1));
}

size_t Ns16550Uart::chardev_room() {
  // In loopback the input pin is cut off: bytes wait outside.
  if ((state_.mcr & kMCR_Loop) != 0) return 0;
  return depth() - std::min(depth(), state_.rx.size());
}

void Ns16550Uart::chardev_receive(std::span<const uint8_t> bytes) {
  for (const uint8_t byte : bytes) receive(byte);
  update();
}

void Ns16550Uart::receive(uint16_t entry) {
  if (state_.rx.size() >= depth() || !state_.rx.push(entry)) {
    state_.overrun = true;
    // Without FIFO the new character replaces the old one.
    if (!fifo_enabled() && state_.rx.front() != nullptr) *state_.rx.front() = entry;
  }
  state_.rx_timeout = false;
  restart_timeout();
}

// Four characters' time without traffic while the FIFO holds something (§8.11, FIFO interrupts).
void Ns16550Uart::restart_timeout() {
  timeout_.cancel();
  if (fifo_enabled() && !state_.rx.empty()) timeout_.arm_at(timers_.now_ns() + 4 * character_ns());
}

uint8_t Ns16550Uart::read_rbr() {
  uint16_t entry = 0;
  if (!state_.rx.pop(entry)) return 0;
  state_.rx_timeout = false;
  restart_timeout();
  update();
  if (chardev_ != nullptr) chardev_->input_wanted();
  return static_cast<uint8_t>(entry);
}

// --- status and interrupts ---

uint8_t Ns16550Uart::lsr() const {
  uint8_t value = 0;
  if (const uint16_t* top = state_.rx.front()) value = static_cast<uint8_t>(kLSR_DR | *top >> 8);
  if (state_.overrun) value |= kLSR_OE;
  if (state_.tx.empty()) value |= kLSR_THRE | kLSR_TEMT;
  if (fifo_enabled()) {
    for (size_t i = 0; i < state_.rx.size(); ++i) {
      if (state_.rx.at(i) >> 8 != 0) value |= kLSR_FifoErr;
    }
  }
  return value;
}

uint8_t Ns16550Uart::read_lsr() {
  const uint8_t value = lsr();
  state_.overrun = false;
  if (uint16_t* top = state_.rx.front()) *top &= 0xFF;
  update();
  return value;
}

uint8_t Ns16550Uart::iir() const {
  const uint8_t ier = state_.ier;
  if ((ier & kIER_RLS) != 0 && (lsr() & (kLSR_OE | kLSR_Errors)) != 0) return kIIR_RLS;
  if ((ier & kIER_RDA) != 0 && state_.rx.size() >= trigger()) return kIIR_RDA;
  if ((ier & kIER_RDA) != 0 && state_.rx_timeout) return kIIR_Timeout;
  if ((ier & kIER_THRE) != 0 && state_.thre_pending) return kIIR_THRE;
  if ((ier & kIER_MS) != 0 && state_.msr_delta != 0) return kIIR_MS;
  return kIIR_None;
}

uint8_t Ns16550Uart::read_iir() {
  const uint8_t value = iir();
  if (value == kIIR_THRE) {
    state_.thre_pending = false;
    update();
  }
  return static_cast<uint8_t>(value | (fifo_enabled() ? kIIR_Fifos : 0));
}

void Ns16550Uart::update() { irq_.set(iir() != kIIR_None); }

void Ns16550Uart::write_ier(uint8_t value) {
  const bool thre_enabled = (value & ~state_.ier & kIER_THRE) != 0;
  state_.ier = value & 0x0F;
  // Enabling the interrupt while the transmitter is empty raises it.
  if (thre_enabled && state_.tx.empty()) state_.thre_pending = true;
  update();
}

void Ns16550Uart::write_fcr(uint8_t value) {
  const bool toggles = ((value ^ state_.fcr) & kFCR_Enable) != 0;
  if (toggles || (value & kFCR_ClearRx) != 0) {
    state_.rx.clear();
    state_.rx_timeout = false;
    timeout_.cancel();
  }
  if ((toggles || (value & kFCR_ClearTx) != 0) && !state_.tx.empty()) {
    state_.tx.clear();
    state_.thre_pending = true;
  }
  // The other bits are not programmed unless the FIFOs are enabled (§8.4).
  state_.fcr = (value & kFCR_Enable) != 0 ? value & 0xC1 : 0;
  update();
  if (chardev_ != nullptr) chardev_->input_wanted();
}

// --- transmitter ---

void Ns16550Uart::write_thr(uint8_t value) {
  state_.thre_pending = false;
  if ((state_.mcr & kMCR_Loop) != 0) {
    receive(value);
    state_.thre_pending = state_.tx.empty();
  } else {
    // A byte too many is lost, as on the chip.
    if (state_.tx.size() < depth() && !state_.tx.push(value)) return;
    transmit();
  }
  update();
}

// Gives the chardev what it takes.
void Ns16550Uart::transmit() {
  if (chardev_ == nullptr) state_.tx.clear();
  while (const uint8_t* next = state_.tx.front()) {
    if (chardev_->write({next, 1}) == 0) return;
    uint8_t sent = 0;
    if (!state_.tx.pop(sent)) return;
  }
  state_.thre_pending = true;
}

void Ns16550Uart::chardev_writable() {
  if (state_.tx.empty()) return;
  transmit();
  update();
}

void Ns16550Uart::write_lcr(uint8_t value) {
  const bool break_starts = (value & ~state_.lcr & kLCR_Break) != 0;
  state_.lcr = value;
  if (break_starts && (state_.mcr & kMCR_Loop) != 0) {
    receive(kLSR_BI << 8);
    update();
  }
}

// --- modem lines ---

uint8_t Ns16550Uart::modem_lines() const {
  if ((state_.mcr & kMCR_Loop) == 0) return state_.modem;
  return static_cast<uint8_t>(((state_.mcr & kMCR_RTS) != 0 ? kMSR_CTS : 0) | ((state_.mcr & kMCR_DTR) != 0 ? kMSR_DSR : 0) |
                              ((state_.mcr & kMCR_OUT1) != 0 ? kMSR_RI : 0) |
                              ((state_.mcr & kMCR_OUT2) != 0 ? kMSR_DCD : 0));
}

// Notes which lines differ from `before`; RI counts only as it falls.
void Ns16550Uart::modem_changed(uint8_t before) {
  const uint8_t after = modem_lines();
  auto changes = static_cast<uint8_t>((before ^ after) >> 4);
  if ((after & kMSR_RI) != 0) changes &= static_cast<uint8_t>(~kMSR_TERI);
  state_.msr_delta |= changes;
  update();
}

uint8_t Ns16550Uart::read_msr() {
  const auto value = static_cast<uint8_t>(modem_lines() | state_.msr_delta);
  state_.msr_delta = 0;
  update();
  return value;
}

void Ns16550Uart::write_mcr(uint8_t value) {
  const uint8_t before = modem_lines();
  const bool loop_ends = (state_.mcr & ~value & kMCR_Loop) != 0;
  state_.mcr = value & 0x1F;
  modem_changed(before);
  if (loop_ends && chardev_ != nullptr) chardev_->input_wanted();
}

void Ns16550Uart::chardev_event(ChardevEvent event) {
  const uint8_t before = modem_lines();
  switch (event) {
    case ChardevEvent::opened: state_.modem = kPlugged; break;
    case ChardevEvent::closed: state_.modem = kMSR_CTS | kMSR_DSR; break;
    case ChardevEvent::send_break:
      if ((state_.mcr & kMCR_Loop) == 0) receive(kLSR_BI << 8);
      break;
  }
  modem_changed(before);
}

// --- saved state ---

template <class Archive, class S>
void Ns16550Uart::fields(Archive& ar, S& s) {
  ar.field(1, s.ier);
  ar.field(2, s.fcr);
  ar.field(3, s.lcr);
  ar.field(4, s.mcr);
  ar.field(5, s.scr);
  ar.field(6, s.msr_delta);
  ar.field(7, s.modem);
  ar.field(8, s.divisor);
  ar.field(9, s.overrun);
  ar.field(10, s.thre_pending);
  ar.field(11, s.rx_timeout);
}

void Ns16550Uart::save(StateWriter& writer) const {
  fields(writer, state_);
  state_.rx.save(writer, 20);
  state_.tx.save(writer, 22);
}

Result<void> Ns16550Uart::restore(StateReader& reader) {
  State next;
  fields(reader, next);
  next.rx.restore(reader, 20);
  next.tx.restore(reader, 22);
  reader.check(next.ier <= 0x0F && next.mcr <= 0x1F && next.msr_delta <= 0x0F, "register");
  if (auto good = reader.finish(); !good) return good;
  state_ = next;
  restart_timeout();
  update();
  return {};
}

}  // namespace mullion
