// Accesses that miss the soft TLB: checks, translation, devices, pages with code, crossings.
// SPDX-License-Identifier: Apache-2.0
#include "cpu/x86/cpuid/model.hpp"
#include "cpu/x86/interp/block_cache.hpp"
#include "cpu/x86/mem/walker.hpp"
#include "cpu/x86/sys/debug.hpp"
#include "cpu/x86/sys/local_apic.hpp"

#include <algorithm>
#include <bit>

namespace mullion::x86 {
namespace {

constexpr unsigned kPage = 4096;

bool watches(const Cpu& c, uint64_t lin) { return c.step.watching && watched_page(c, lin); }

unsigned to_page_end(uint64_t address) { return kPage - unsigned(address & (kPage - 1)); }

// An interrupt that an instruction raised by writing to the APIC is taken before the next one: the running block ends
// as if its code had changed.
void end_block_for_event(Cpu& c) {
  uint32_t const announced = c.attention.load(std::memory_order_relaxed);
  bool const takes_nmi = (announced & kAttnNmi) && !c.st.nmi_blocked;
  bool const takes_interrupt = (announced & kAttnInterrupt) && c.st.flags.test(IF);
  if (!takes_nmi && !takes_interrupt) return;
  Fault const kept = c.fault;
  Cpu::Translation t;
  uint64_t const lin = (c.view_of[CS].base + c.st.gpr[kRipReg]) & c.linear_mask;
  if (c.translate(lin, Cpu::Access::Fetch, false, t) == Status::Done) c.blocks->written(t.gpa, 1);
  c.fault = kept;
}

}  // namespace

MULLION_SLOW Status Cpu::segment_fault(unsigned seg, uint64_t, unsigned, bool) {
  return raise(seg == SS ? kSS : kGP, 0);
}

Status Cpu::not_canonical(unsigned seg) { return raise(seg == SS ? kSS : kGP, 0); }

Status Cpu::translate(uint64_t lin, Access access, bool implicit_supervisor, Translation& out) {
  if ((lin & ~uint64_t{0xFFF}) == known_page.lin) [[unlikely]] {
    out.gpa = known_page.gpa | (lin & 0xFFF);
    out.page = access == Access::Write ? port.resolve_for_write(out.gpa) : port.resolve(out.gpa);
    return Status::Done;
  }
  bool const user = st.cpl == 3 && !implicit_supervisor;
  Walk walk{.error = 0, .ok = true, .gpa = lin, .read = true, .write = true, .fetch = true, .global = false, .large = false};
  if (paging()) {
    WalkContext const context{.cr0 = st.cr0, .cr3 = st.cr3, .cr4 = st.cr4, .efer = st.efer, .pdpte = st.pdpte.data(),
                              .pkru = st.pkru, .physical_bits = model.physical_bits(), .has_1g_pages = model.has(Feature::PDPE1GB)};
    WalkRequest const request{.write = access == Access::Write, .fetch = access == Access::Fetch, .user = user,
                              .smap_active = implicit_supervisor || !st.flags.test(AC), .set_bits = true};
    walk = walk_page(port, context, lin, request);
    if (!walk.ok) {
      fault = Fault{.vector = kPF, .has_error = true, .error = walk.error, .address = lin};
      return Status::Fault;
    }
  }
  out.gpa = walk.gpa;
  out.page = access == Access::Write ? port.resolve_for_write(walk.gpa) : port.resolve(walk.gpa);
  if (!implicit_supervisor && access != Access::Fetch) fill(lin, access, walk, out.page);
  return Status::Done;
}

// Puts a translation into the TLB of the current view, as far as nothing about the page is special.
void Cpu::fill(uint64_t lin, Access, const Walk& walk, const PhysPage& page) {
  if (!page.readable() || current_view == kViewChecked || apic->covers(walk.gpa) || watches(*this, lin)) return;
  bool const write = walk.write && page.plain() && !blocks->has_code(walk.gpa);
  view->fill(lin, walk.gpa, page.host, walk.read, write, walk.global, walk.large);
}

// One piece within a page.
Status Cpu::read_piece(uint64_t lin, const Translation& at, uint8_t* out, unsigned size) {
  auto const& [gpa, page] = at;
  if (apic->covers(gpa)) {
    uint32_t const value = apic->read(unsigned(gpa & 0xFF0));
    for (unsigned n = 0; n < size; ++n) out[n] = uint8_t(uint64_t(value) >> std::min(63u, 8 * (unsigned(gpa & 15) + n)));
    return Status::Done;
  }
  if (page.readable()) {
    std::memcpy(out, page.host + (gpa & 0xFFF), size);
    return Status::Done;
  }
  for (unsigned done = 0; done < size;) {
    unsigned const step = std::min(size - done, 8u - unsigned((gpa + done) & 7));
    unsigned const width = std::bit_floor(step);
    uint64_t value = 0;
    device_access = {.kind = DeviceAccess::Kind::Data, .lin = lin + done};
    PortStatus const s = port.mmio_read(gpa + done, width, value);
    device_access = {};
    if (s != PortStatus::Done) return Status::Exit;
    std::memcpy(out + done, &value, width);
    done += width;
  }
  return Status::Done;
}

Status Cpu::write_piece(uint64_t lin, const Translation& at, const uint8_t* in, unsigned size) {
  auto const& [gpa, page] = at;
  if (apic->covers(gpa)) {
    uint32_t value = 0;
    std::memcpy(&value, in, std::min(size, 4u));
    if ((gpa & 15) == 0) apic->write(unsigned(gpa & 0xFF0), value);
    end_block_for_event(*this);
    return Status::Done;
  }
  if (page.drops_writes()) return Status::Done;
  if (uint8_t* const host = page.write_pointer(); host != nullptr) {
    std::memcpy(host + (gpa & 0xFFF), in, size);
    if (blocks->has_code(gpa)) blocks->written(gpa, size);
    return Status::Done;
  }
  for (unsigned done = 0; done < size;) {
    unsigned const step = std::min(size - done, 8u - unsigned((gpa + done) & 7));
    unsigned const width = std::bit_floor(step);
    uint64_t value = 0;
    std::memcpy(&value, in + done, width);
    device_access = {.kind = DeviceAccess::Kind::Data, .lin = lin + done};
    PortStatus const s = port.mmio_write(gpa + done, width, value);
    device_access = {};
    if (s != PortStatus::Done) return Status::Exit;
    done += width;
  }
  return Status::Done;
}

// Checks before translation, in the processor's order: canonical form of the first byte, alignment (of 8 bytes and
// less), canonical form of the last.
Status Cpu::check_linear(uint64_t lin, unsigned size, unsigned seg, bool system) {
  if (long_mode() && !canonical(lin)) return not_canonical(seg);
  if (current_view == kViewChecked && !system && size <= 8 && std::has_single_bit(size) && (lin & (size - 1)) != 0) {
    return raise(kAC, 0);
  }
  return long_mode() && !canonical(lin + size - 1) ? not_canonical(seg) : Status::Done;
}

MULLION_SLOW Status Cpu::load_slow(uint64_t lin, void* out, unsigned size, unsigned seg, bool system) {
  if (Status s = check_linear(lin, size, seg, system); s != Status::Done) return s;
  auto* bytes = static_cast<uint8_t*>(out);
  unsigned const first = std::min(size, to_page_end(lin));
  uint64_t const second_lin = (lin + first) & address_space_mask();
  Translation a, b;
  if (Status s = translate(lin, Access::Read, system, a); s != Status::Done) return s;
  if (first < size) {
    if (Status s = translate(second_lin, Access::Read, system, b); s != Status::Done) return s;
  }
  if (Status s = read_piece(lin, a, bytes, first); s != Status::Done) return s;
  if (first < size) {
    if (Status s = read_piece(second_lin, b, bytes + first, size - first); s != Status::Done) return s;
  }
  if (step.watching) note_access(*this, lin, size, false);
  return Status::Done;
}

MULLION_SLOW Status Cpu::store_slow(uint64_t lin, const void* in, unsigned size, unsigned seg, bool system) {
  if (Status s = check_linear(lin, size, seg, system); s != Status::Done) return s;
  auto const* bytes = static_cast<const uint8_t*>(in);
  unsigned const first = std::min(size, to_page_end(lin));
  uint64_t const second_lin = (lin + first) & address_space_mask();
  Translation a, b;
  if (Status s = translate(lin, Access::Write, system, a); s != Status::Done) return s;
  if (first < size) {
    if (Status s = translate(second_lin, Access::Write, system, b); s != Status::Done) return s;
  }
  if (Status s = write_piece(lin, a, bytes, first); s != Status::Done) return s;
  if (first < size) {
    if (Status s = write_piece(second_lin, b, bytes + first, size - first); s != Status::Done) return s;
  }
  if (step.watching) note_access(*this, lin, size, true);
  return Status::Done;
}

Status Cpu::rmw_pointer(uint64_t lin, unsigned size, unsigned seg, uint8_t*& host) {
  host = nullptr;
  if (Status s = check_linear(lin, size, seg, false); s != Status::Done) return s;
  unsigned const first = std::min(size, to_page_end(lin));
  Translation a, b;
  if (Status s = translate(lin, Access::Write, false, a); s != Status::Done) return s;
  if (first < size) return translate((lin + first) & address_space_mask(), Access::Write, false, b);
  bool const plain = a.page.plain() && !apic->covers(a.gpa) && !blocks->has_code(a.gpa) && !watches(*this, lin);
  if (plain) host = a.page.host + (a.gpa & 0xFFF);
  return Status::Done;
}

Status Cpu::host_page(uint64_t lin, bool write, uint8_t*& host) {
  host = nullptr;
  TlbEntry const& e = view->at(lin);
  uint64_t const offset = lin + (write ? e.neg_w : e.neg_r);
  if (offset < kPage) {
    host = e.page + offset;
    return Status::Done;
  }
  if (Status s = check_linear(lin, 1, DS, false); s != Status::Done) return s;
  Translation t;
  if (Status s = translate(lin, write ? Access::Write : Access::Read, false, t); s != Status::Done) return s;
  bool const plain = (write ? t.page.plain() && !blocks->has_code(t.gpa) : t.page.readable()) &&
                     !apic->covers(t.gpa) && !watches(*this, lin);
  if (plain) host = t.page.host + (t.gpa & 0xFFF);
  return Status::Done;
}

Status Cpu::load_bytes(unsigned seg, uint64_t ea, void* out, unsigned size, unsigned align) {
  uint64_t lin;
  if (Status s = linear(seg, ea, size, false, lin); s != Status::Done) return s;
  if (align != 0 && (lin & (align - 1)) != 0) return raise(kGP, 0);
  TlbEntry const& e = view->at(lin);
  uint64_t const offset = lin + e.neg_r;
  if (offset > kPage - size) return load_slow(lin, out, size, seg, false);
  std::memcpy(out, e.page + offset, size);
  return Status::Done;
}

Status Cpu::store_bytes(unsigned seg, uint64_t ea, const void* in, unsigned size, unsigned align) {
  uint64_t lin;
  if (Status s = linear(seg, ea, size, true, lin); s != Status::Done) return s;
  if (align != 0 && (lin & (align - 1)) != 0) return raise(kGP, 0);
  TlbEntry const& e = view->at(lin);
  uint64_t const offset = lin + e.neg_w;
  if (offset > kPage - size) return store_slow(lin, in, size, seg, false);
  std::memcpy(e.page + offset, in, size);
  return Status::Done;
}

Status Cpu::probe_write(unsigned seg, uint64_t ea, unsigned size) {
  uint64_t lin;
  if (Status s = linear(seg, ea, size, true, lin); s != Status::Done) return s;
  uint8_t* host;
  return rmw_pointer(lin, size, seg, host);
}

void Cpu::flush_tlb(bool with_global) {
  for (auto& tlb : views_) tlb->flush(with_global);
  blocks->forget_addresses();
}

void Cpu::flush_page(uint64_t lin) {
  for (auto& tlb : views_) tlb->flush_page(lin);
  blocks->forget_addresses();
}

void Cpu::forbid_writes(uint64_t gpa) {
  for (auto& tlb : views_) tlb->forbid_writes(gpa);
}

// SDM vol. 3 §4.4.1: the four entries are read and checked when CR3 is loaded.
bool Cpu::load_pdptes(uint64_t cr3) {
  uint64_t const table = cr3 & 0xFFFFFFE0;
  std::array<uint64_t, 4> loaded{};
  PhysPage const page = port.resolve(table);
  if (page.host == nullptr) return false;
  std::memcpy(loaded.data(), page.host + (table & 0xFFF), sizeof(loaded));
  uint64_t const reserved = ~((uint64_t{1} << model.physical_bits()) - 1) | 0x1E6;
  for (uint64_t const e : loaded) {
    if ((e & 1) && (e & reserved)) return false;
  }
  st.pdpte = loaded;
  return true;
}

}  // namespace mullion::x86
