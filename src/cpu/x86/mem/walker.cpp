// The page walker: paging structures of 2, 3, 4 and 5 levels (SDM vol. 3 chapter 4).
// SPDX-License-Identifier: Apache-2.0
#include "cpu/x86/mem/walker.hpp"

#include "cpu/x86/state/arch_state.hpp"

#include <cstring>

namespace mullion::x86 {
namespace {

enum Pte : uint64_t {
  kP = 1, kW = 2, kU = 4, kA = 32, kD = 64, kPS = 128, kG = 256, kNX = uint64_t{1} << 63,
};

constexpr uint64_t bits(unsigned low, unsigned high) {  // low..high, both in
  return high < low ? 0 : ((high == 63 ? 0 : (uint64_t{1} << (high + 1))) - (uint64_t{1} << low));
}

class Walker {
 public:
  Walker(CpuPort& port, const WalkContext& context, const WalkRequest& request)
      : port_(port), x_(context), q_(request) {}

  Walk run(uint64_t lin) {
    if (x_.efer & EFER_LMA) return four_or_five_levels(lin);
    if (x_.cr4 & CR4_PAE) return three_levels(uint32_t(lin));
    return two_levels(uint32_t(lin));
  }

 private:
  // One entry on the path, kept so that accessed and dirty bits are set after all checks passed.
  struct Step {
    uint64_t address;
    uint64_t entry;
  };

  Walk two_levels(uint32_t lin) {
    entry_size_ = 4;
    uint64_t const pde = read((x_.cr3 & 0xFFFFF000) + (lin >> 22) * 4);
    if (!(pde & kP)) return fault(0);
    if ((pde & kPS) && (x_.cr4 & CR4_PSE)) {
      // PSE-36: bits 13-20 are address bits 32-39, as far as the processor has them.
      unsigned const extra = x_.physical_bits > 32 ? (x_.physical_bits < 40 ? x_.physical_bits : 40) - 32 : 0;
      if (pde & bits(13 + extra, 21)) return fault(PF_P | PF_RSVD);
      uint64_t const base = (pde & 0xFFC00000) | (((pde >> 13) & bits(0, extra - 1)) << 32);
      return finish(extra ? base | (lin & 0x3FFFFF) : (pde & 0xFFC00000) | (lin & 0x3FFFFF), pde, true);
    }
    uint64_t const pte = read((pde & 0xFFFFF000) + ((lin >> 12) & 0x3FF) * 4);
    if (!(pte & kP)) return fault(0);
    return finish((pte & 0xFFFFF000) | (lin & 0xFFF), pte, false);
  }

  Walk three_levels(uint32_t lin) {
    uint64_t const pdpte = x_.pdpte[lin >> 30];  // checked for reserved bits when CR3 was loaded
    if (!(pdpte & kP)) return fault(0);
    return lower_levels(lin, pdpte & bits(12, x_.physical_bits - 1), 21, bits(x_.physical_bits, 62));
  }

  Walk four_or_five_levels(uint64_t lin) {
    // SDM vol. 3 tables 4-14 to 4-20: bits 52-62 are ignored, those between MAXPHYADDR and 51 reserved.
    uint64_t const reserved = bits(x_.physical_bits, 51);
    unsigned const top = (x_.cr4 & CR4_LA57) ? 48 : 39;
    return lower_levels(lin, x_.cr3 & bits(12, x_.physical_bits - 1), top, reserved);
  }

  // Levels of 512 eight-byte entries from the one that is indexed at bit `shift` down to the page.
  Walk lower_levels(uint64_t lin, uint64_t table, unsigned shift, uint64_t reserved) {
    entry_size_ = 8;
    if (!(x_.efer & EFER_NXE)) reserved |= kNX;
    for (;; shift -= 9) {
      uint64_t const e = read(table + ((lin >> shift) & 0x1FF) * 8);
      if (!(e & kP)) return fault(0);
      if (e & reserved) return fault(PF_P | PF_RSVD);
      if (e & kNX) nx_ = true;
      if (shift == 12) return finish((e & bits(12, x_.physical_bits - 1)) | (lin & 0xFFF), e, false);
      if (e & kPS) {
        if (shift > 30 || (shift == 30 && !x_.has_1g_pages)) return fault(PF_P | PF_RSVD);
        if (e & bits(13, shift - 1)) return fault(PF_P | PF_RSVD);
        return finish((e & bits(shift, x_.physical_bits - 1)) | (lin & bits(0, shift - 1)), e, true);
      }
      table = e & bits(12, x_.physical_bits - 1);
    }
  }

  // All entries were present and well-formed: rights (§4.6), then accessed and dirty bits (§4.8).
  Walk finish(uint64_t gpa, uint64_t leaf, bool large) {
    bool const wp = x_.cr0 & CR0_WP;
    bool read = true, write = true, fetch = true;
    if (q_.user) {
      read = write = fetch = user_;
      write = write && writable_;
    } else {
      if (user_) {
        if (x_.cr4 & CR4_SMEP) fetch = false;
        if ((x_.cr4 & CR4_SMAP) && q_.smap_active) read = write = false;
      }
      if (wp) write = write && writable_;
    }
    if (nx_ && (x_.efer & EFER_NXE)) fetch = false;
    // §4.6.2: keys guard data accesses to user pages, beside the other rights.
    bool key_read = true, key_write = true;
    if ((x_.efer & EFER_LMA) && (x_.cr4 & CR4_PKE) && user_) {
      unsigned const key = unsigned(leaf >> 59) & 15;
      bool const ad = (x_.pkru >> (2 * key)) & 1, wd = (x_.pkru >> (2 * key + 1)) & 1;
      key_read = !ad;
      key_write = !ad && !(wd && (q_.user || wp));
    }
    bool const key_refuses = !q_.fetch && !(q_.write ? key_write : key_read);
    read = read && key_read;
    write = write && key_write;
    bool const allowed = q_.fetch ? fetch : q_.write ? write : read;
    if (!allowed) return fault(PF_P | (key_refuses ? PF_PK : 0));
    if (q_.set_bits) update_bits(leaf);
    bool const dirty = leaf & kD || q_.write;
    return Walk{.error = 0, .ok = true, .gpa = gpa, .read = read, .write = write && dirty, .fetch = fetch,
                .global = (leaf & kG) && (x_.cr4 & CR4_PGE), .large = large};
  }

  void update_bits(uint64_t leaf) {
    for (unsigned i = 0; i < depth_; ++i) {
      uint64_t set = kA;
      if (i + 1 == depth_ && q_.write && !(leaf & kD)) set |= kD;
      if ((path_[i].entry & set) != set) set_bits(path_[i].address, set);
    }
  }

  Walk fault(uint32_t error) const {
    // §4.7: I/D only when NX or SMEP can refuse a fetch.
    bool const fetch_told = ((x_.efer & EFER_NXE) && ((x_.cr4 & CR4_PAE) || (x_.efer & EFER_LMA))) || (x_.cr4 & CR4_SMEP);
    error |= (q_.write ? PF_W : 0) | (q_.user ? PF_U : 0) | (q_.fetch && fetch_told ? PF_I : 0);
    return Walk{.error = error, .ok = false, .gpa = 0, .read = false, .write = false, .fetch = false,
                .global = false, .large = false};
  }

  uint64_t read(uint64_t address) {
    uint64_t e = 0;
    PhysPage const page = port_.resolve(address);
    if (page.readable()) std::memcpy(&e, page.host + (address & 0xFFF), entry_size_);
    else if (port_.mmio_read(address, entry_size_, e) != PortStatus::Done) e = 0;
    if (entry_size_ == 4) e = uint32_t(e);
    path_[depth_++] = Step{address, e};
    user_ = user_ && (e & kU);
    writable_ = writable_ && (e & kW);
    return e;
  }

  void set_bits(uint64_t address, uint64_t set) {
    PhysPage const page = port_.resolve_for_write(address);
    uint8_t* const host = page.write_pointer();
    if (host == nullptr) return;
    // SAFETY: entries are aligned and lie in one page; another processor may set bits in it at the same time.
    __atomic_fetch_or(host + (address & 0xFFF), uint8_t(set), __ATOMIC_SEQ_CST);
  }

  CpuPort& port_;
  const WalkContext& x_;
  const WalkRequest& q_;
  unsigned entry_size_ = 8;
  bool user_ = true, writable_ = true, nx_ = false;
  Step path_[5]{};
  unsigned depth_ = 0;
};

}  // namespace

Walk walk_page(CpuPort& port, const WalkContext& context, uint64_t lin, const WalkRequest& request) {
  return Walker(port, context, request).run(lin);
}

}  // namespace mullion::x86
