// The page walker against a second reading of SDM vol. 3 chapter 4, over entries and rights at random.
// SPDX-License-Identifier: Apache-2.0
#include "cpu/x86/mem/walker.hpp"

#include "cpu/x86/state/arch_state.hpp"

#include <gtest/gtest.h>

#include <cstring>
#include <random>
#include <vector>

namespace mullion::x86 {
namespace {

constexpr unsigned kPhysicalBits = 40;

// RAM from 0; everything beyond is a device that reads as zero.
class Ram final : public CpuPort {
 public:
  PhysPage resolve(uint64_t gpa) override {
    if (gpa >= bytes.size()) return {};
    return PhysPage{.host = bytes.data() + (gpa & ~uint64_t{0xFFF}), .read = true, .write = true, .exec = true};
  }
  PortStatus mmio_read(uint64_t, unsigned, uint64_t& v) override { v = 0; return PortStatus::Done; }
  PortStatus mmio_write(uint64_t, unsigned, uint64_t) override { return PortStatus::Done; }
  PortStatus port_in(uint16_t, unsigned, uint32_t&) override { return PortStatus::Done; }
  PortStatus port_out(uint16_t, unsigned, uint32_t) override { return PortStatus::Done; }
  int acknowledge_pic() override { return -1; }
  void eoi(uint8_t) override {}
  uint64_t now_ns() override { return 0; }

  uint64_t get(uint64_t gpa, unsigned size) const {
    uint64_t v = 0;
    std::memcpy(&v, &bytes[gpa], size);
    return v;
  }
  void put(uint64_t gpa, uint64_t v, unsigned size) { std::memcpy(&bytes[gpa], &v, size); }
  std::vector<uint8_t> bytes = std::vector<uint8_t>(16 * 4096);
};

enum class Mode { TwoLevel, Pae, FourLevel, FiveLevel };

// The path of one linear address: entries at fixed indices, tables in pages 1, 2, 3 ... of RAM.
struct Path {
  Mode mode;
  std::vector<uint64_t> address;  // of each entry, top first
  std::vector<unsigned> shift;    // of the address bits that index it
  unsigned size;                  // of an entry
};

Path path_of(Mode mode, uint64_t lin) {
  Path p{mode, {}, {}, mode == Mode::TwoLevel ? 4u : 8u};
  std::vector<unsigned> shifts;
  switch (mode) {
    case Mode::TwoLevel: shifts = {22, 12}; break;
    case Mode::Pae: shifts = {21, 12}; break;
    case Mode::FourLevel: shifts = {39, 30, 21, 12}; break;
    case Mode::FiveLevel: shifts = {48, 39, 30, 21, 12}; break;
  }
  uint64_t table = 0x1000;
  for (unsigned const s : shifts) {
    unsigned const width = p.size == 4 ? 10 : 9;
    p.address.push_back(table + ((lin >> s) & ((1u << width) - 1)) * p.size);
    p.shift.push_back(s);
    table += 0x1000;
  }
  return p;
}

struct Expected {
  bool ok;
  uint32_t error;
  uint64_t gpa;
  size_t leaf;  // index of the entry that maps the page
};

struct Setting {
  bool wp, smep, smap, pke, pse, nxe, user, write, fetch, smap_active;
  uint32_t pkru;
};

// The rules as the manual states them, one by one.
Expected expect(const Path& p, const std::vector<uint64_t>& e, const Setting& q, uint64_t lin) {
  bool const pae = p.mode != Mode::TwoLevel;
  bool const long_mode = p.mode == Mode::FourLevel || p.mode == Mode::FiveLevel;
  uint32_t code = (q.write ? 2u : 0) | (q.user ? 4u : 0);
  if (q.fetch && ((pae && q.nxe) || q.smep)) code |= 16;
  bool us = true, rw = true, xd = false;
  for (size_t n = 0; n < e.size(); ++n) {
    uint64_t const v = e[n];
    if ((v & 1) == 0) return {false, code, 0, n};
    // §4.5: reserved bits.
    bool reserved = false;
    if (pae) {
      unsigned const last = long_mode ? 51 : 62;
      for (unsigned b = kPhysicalBits; b <= last; ++b) reserved |= (v >> b) & 1;
      reserved |= !q.nxe && (v >> 63);
    }
    bool const ps = (v >> 7) & 1;
    bool leaf = n + 1 == e.size();
    if (!leaf && ps) {
      if (p.mode == Mode::TwoLevel) {
        leaf = q.pse;
        // Table 4-4, PSE-36 with MAXPHYADDR 40: bit 21 is reserved.
        if (leaf) reserved |= (v >> 21) & 1;
      } else if (p.shift[n] == 21 || p.shift[n] == 30) {
        leaf = true;
        for (unsigned b = 13; b < p.shift[n]; ++b) reserved |= (v >> b) & 1;
      } else {
        reserved = true;
      }
    }
    if (reserved) return {false, code | 1 | 8, 0, n};
    us &= (v >> 2) & 1;
    rw &= (v >> 1) & 1;
    xd |= v >> 63;
    if (!leaf) continue;

    bool allowed = true;
    if (q.user) {
      allowed = us && (!q.write || rw) && !(q.fetch && xd);
    } else if (q.fetch) {
      allowed = !xd && !(us && q.smep);
    } else {
      if (us && q.smap && q.smap_active) allowed = false;
      if (q.write && q.wp && !rw) allowed = false;
    }
    bool key_refuses = false;
    if (long_mode && q.pke && us && !q.fetch) {
      unsigned const key = (v >> 59) & 15;
      bool const ad = (q.pkru >> (2 * key)) & 1, wd = (q.pkru >> (2 * key + 1)) & 1;
      key_refuses = ad || (q.write && wd && (q.user || q.wp));
    }
    if (!allowed || key_refuses) return {false, code | 1 | (key_refuses ? 32u : 0), 0, n};
    uint64_t const mask = (uint64_t{1} << p.shift[n]) - 1;
    uint64_t base = v & ((uint64_t{1} << kPhysicalBits) - 1) & ~mask & ~uint64_t{0xFFF};
    if (p.mode == Mode::TwoLevel) {
      base = uint32_t(v) & ~mask & ~uint64_t{0xFFF};
      if (p.shift[n] == 22) base |= ((v >> 13) & 0xFF) << 32;
    }
    return {true, 0, base | (lin & mask), n};
  }
  return {};
}

class WalkerModes : public testing::TestWithParam<Mode> {};

TEST_P(WalkerModes, rights_and_errors_follow_the_manual) {
  Mode const mode = GetParam();
  std::mt19937_64 random(20240229);
  Ram ram;
  bool const pae = mode != Mode::TwoLevel;
  bool const long_mode = mode == Mode::FourLevel || mode == Mode::FiveLevel;
  auto const chance = [&](unsigned one_in) { return random() % one_in == 0; };
  unsigned faults = 0, hits = 0;
  for (unsigned round = 0; round < 200000; ++round) {
    uint64_t const lin = long_mode ? random() & 0x00007FFFFFFFFFFF : uint32_t(random());
    Path const p = path_of(mode, lin);
    Setting q{};
    q.wp = chance(2), q.smep = chance(2), q.smap = chance(2), q.pke = chance(2), q.pse = !chance(3), q.nxe = !chance(3);
    q.user = chance(2), q.fetch = chance(3), q.write = !q.fetch && chance(2), q.smap_active = chance(2);
    q.pkru = uint32_t(random());
    std::vector<uint64_t> entries;
    for (size_t n = 0; n < p.address.size(); ++n) {
      uint64_t v = (random() & 0x18) | (chance(40) ? 0 : 1) | (chance(4) ? 0 : 2) | (chance(4) ? 0 : 4) |
                   (chance(2) ? 0x20 : 0) | (chance(2) ? 0x40 : 0) | (chance(2) ? 0x100 : 0);
      if (chance(6)) v |= 0x80;
      if (pae && chance(6)) v |= uint64_t{1} << 63;
      if (pae && chance(30)) v |= uint64_t{1} << (kPhysicalBits + random() % (63 - kPhysicalBits));
      if (long_mode) v |= (random() & 15) << 59;
      bool const large = (v & 0x80) && n + 1 < p.address.size() && (pae || q.pse);
      if (large) {
        uint64_t const page = (random() & ((uint64_t{1} << (pae ? kPhysicalBits : 32)) - 1)) >> p.shift[n] << p.shift[n];
        v |= page;
        if (!pae) v |= (random() & 0xFF) << 13;
        if (chance(20)) v |= uint64_t{1} << (13 + random() % (p.shift[n] - 13));
      } else {
        v |= n + 1 < p.address.size() ? 0x2000 + 0x1000 * n : random() & ((uint64_t{1} << (pae ? kPhysicalBits : 32)) - 1) & ~uint64_t{0xFFF};
      }
      if (!pae) v = uint32_t(v);
      entries.push_back(v);
      ram.put(p.address[n], v, p.size);
    }
    std::array<uint64_t, 4> const pdpte{0x1001, 0x1001, 0x1001, 0x1001};
    uint64_t const cr4 = (pae ? CR4_PAE : 0) | (q.pse ? CR4_PSE : 0) | (q.smep ? CR4_SMEP : 0) | (q.smap ? CR4_SMAP : 0) |
                         (q.pke ? CR4_PKE : 0) | (mode == Mode::FiveLevel ? CR4_LA57 : 0) | CR4_PGE;
    WalkContext const x{.cr0 = CR0_PE | CR0_PG | (q.wp ? uint64_t{CR0_WP} : 0), .cr3 = 0x1000, .cr4 = cr4,
                        .efer = (long_mode ? uint64_t{EFER_LMA | EFER_LME} : 0) | (q.nxe ? uint64_t{EFER_NXE} : 0),
                        .pdpte = pdpte.data(), .pkru = q.pkru, .physical_bits = kPhysicalBits, .has_1g_pages = true};
    WalkRequest const request{.write = q.write, .fetch = q.fetch, .user = q.user, .smap_active = q.smap_active, .set_bits = true};
    Expected const want = expect(p, entries, q, lin);
    Walk const got = walk_page(ram, x, lin, request);
    ASSERT_EQ(got.ok, want.ok) << "round " << round;
    if (!want.ok) {
      ++faults;
      ASSERT_EQ(got.error, want.error) << "round " << round;
      for (size_t n = 0; n < entries.size(); ++n) ASSERT_EQ(ram.get(p.address[n], p.size), entries[n]) << "a fault sets no bits";
      continue;
    }
    ++hits;
    ASSERT_EQ(got.gpa, want.gpa) << "round " << round;
    ASSERT_EQ(got.global, (entries[want.leaf] & 0x100) != 0);
    // §4.8: accessed in every entry used, dirty in the last one of a write.
    for (size_t n = 0; n <= want.leaf; ++n) {
      uint64_t const bits = 0x20 | (n == want.leaf && q.write ? 0x40 : 0);
      ASSERT_EQ(ram.get(p.address[n], p.size), entries[n] | bits) << "round " << round << " entry " << n;
    }
    // A cached right must not save a walk that would fault or set the dirty bit.
    auto const also = [&](bool write, bool fetch) {
      Setting other = q;
      other.write = write, other.fetch = fetch;
      return expect(p, entries, other, lin).ok;
    };
    bool const dirty = ram.get(p.address[want.leaf], p.size) & 0x40;
    ASSERT_EQ(got.write, also(true, false) && dirty);
    ASSERT_EQ(got.read, also(false, false));
    ASSERT_EQ(got.fetch, also(false, true));
  }
  EXPECT_GT(faults, 20000u);
  EXPECT_GT(hits, 20000u);
}

INSTANTIATE_TEST_SUITE_P(All, WalkerModes,
                         testing::Values(Mode::TwoLevel, Mode::Pae, Mode::FourLevel, Mode::FiveLevel));

}  // namespace
}  // namespace mullion::x86
