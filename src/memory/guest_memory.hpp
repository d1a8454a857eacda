// Guest-physical memory: blocks of RAM and ROM, where they appear, and the only ways to touch them.
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "base/result.hpp"
#include "memory/host_memory.hpp"

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

namespace mullion {

// A block of host memory, made once and kept as long as the GuestMemory.
using BlockId = uint32_t;

// What reads and writes of a guest-physical range do. Built by the functions below.
struct RangeUse {
  enum class Kind : uint8_t { device, memory, dropped };
  Kind read = Kind::device;
  Kind write = Kind::device;
  bool is_ram = false;  // reads and writes reach the same RAM: what an OS may use
  BlockId read_block = 0;
  BlockId write_block = 0;
  uint64_t read_offset = 0;
  uint64_t write_offset = 0;

  static RangeUse device() { return {}; }
  static RangeUse ram(BlockId block, uint64_t offset) {
    return {Kind::memory, Kind::memory, true, block, block, offset, offset};
  }
  // ROM, and RAM that is write-protected: writes are dropped.
  static RangeUse read_only(BlockId block, uint64_t offset) {
    return {Kind::memory, Kind::dropped, false, block, 0, offset, 0};
  }
  // Shadowing: reads come from ROM (or what lies under the RAM), writes go to RAM.
  static RangeUse read_rom_write_ram(BlockId rom, uint64_t rom_offset, BlockId ram, uint64_t ram_offset) {
    return {Kind::memory, Kind::memory, false, rom, ram, rom_offset, ram_offset};
  }
  static RangeUse read_device_write_ram(BlockId ram, uint64_t ram_offset) {
    return {Kind::device, Kind::memory, false, 0, ram, 0, ram_offset};
  }
  // Reads come from memory, writes go to the device bus: flash, and host bridges that forward writes.
  static RangeUse read_memory_write_device(BlockId block, uint64_t offset) {
    return {Kind::memory, Kind::device, false, block, 0, offset, 0};
  }
};

// One page as the CPU sees it: the host addresses of its first byte.
struct PageView {
  const uint8_t* read = nullptr;  // null: reads go to the device bus
  uint8_t* write = nullptr;       // null: see write_dropped
  bool write_dropped = false;     // writes vanish (ROM); else, with write null, they go to the device bus
  bool is_ram = false;            // read and write are the same RAM
};

// The CPU: told before a mapping or A20 change returns, with the machine lock held.
class MappingListener {
 public:
  virtual ~MappingListener() = default;
  // [gpa, gpa + size) is something else from now on: drop cached pages (size 2^64-1: all).
  virtual void on_mapping_change(uint64_t gpa, uint64_t size) = 0;
};

// The owner of decoded code: told after each DMA write, so that it drops what was decoded there.
class CodeWatcher {
 public:
  virtual ~CodeWatcher() = default;
  virtual void dma_write(uint64_t gpa, uint64_t size) = 0;
};

// Thread: resolve_page and copy_* may be called from any thread without a lock; everything that
// changes the map needs the machine lock.
class GuestMemory {
 public:
  static constexpr unsigned kAddressBits = 46;
  static constexpr uint64_t kAddressLimit = uint64_t{1} << kAddressBits;
  static constexpr size_t kMaxSpans = 256;
  static constexpr size_t kMaxBlocks = 256;

  GuestMemory();
  GuestMemory(const GuestMemory&) = delete;
  GuestMemory& operator=(const GuestMemory&) = delete;

  // --- layout (machine, host bridge) ---
  // A zeroed block; the size is rounded up to whole pages. Too large for the host: an error.
  Result<BlockId> add_block(std::string name, uint64_t size);
  // The block's bytes, for loaders that fill RAM and ROM before the guest runs.
  std::span<uint8_t> block_bytes(BlockId block);
  // From now on [gpa, gpa + size) does `use`. Page-aligned; replaces what was there, whole or in part.
  // Offsets that leave a block and ranges that leave the address space are errors, nothing changes.
  Result<void> map(uint64_t gpa, uint64_t size, const RangeUse& use);
  Result<void> map_device(uint64_t gpa, uint64_t size) { return map(gpa, size, RangeUse::device()); }

  // --- A20 ---
  // Off: the CPU sees address bit 20 as 0. DMA does not pass the gate. On at power-on.
  void set_a20(bool enabled);
  bool a20() const { return a20_mask() == ~uint64_t{0}; }
  uint64_t a20_mask() const { return a20_mask_.load(std::memory_order_relaxed); }

  // --- the CPU ---
  // The page that holds `gpa`, with A20 applied. Unmapped addresses are device space.
  PageView resolve_page(uint64_t gpa) const;

  // --- DMA: RAM and ROM only, A20 not applied ---
  // All or nothing: false if any byte is device space or the range wraps. ROM swallows writes.
  [[nodiscard]] bool copy_in(uint64_t gpa, void* to, uint64_t size) const;
  [[nodiscard]] bool copy_out(uint64_t gpa, const void* from, uint64_t size);
  [[nodiscard]] bool fill(uint64_t gpa, uint8_t value, uint64_t size);
  template <class T>
  [[nodiscard]] std::optional<T> copy_in(uint64_t gpa) const {
    static_assert(std::is_trivially_copyable_v<T>);
    T value;
    if (!copy_in(gpa, &value, sizeof value)) return std::nullopt;
    return value;
  }
  template <class T>
  [[nodiscard]] bool copy_out(uint64_t gpa, const T& value) {
    static_assert(std::is_trivially_copyable_v<T>);
    return copy_out(gpa, &value, sizeof value);
  }

  // --- listeners ---
  void add_listener(MappingListener& listener) { listeners_.push_back(&listener); }
  void add_code_watcher(CodeWatcher& watcher) { watchers_.push_back(&watcher); }

  // --- dirty pages ---
  // While on, DMA marks the pages it writes, and the CPU marks by mark_dirty() each page that it takes
  // for writing; turning it on and taking the bitmap tell the listeners, so that the CPU asks again.
  void set_dirty_tracking(bool on);
  bool dirty_tracking() const { return dirty_tracking_.load(std::memory_order_relaxed); }
  void mark_dirty(uint64_t gpa, uint64_t size);
  // One bit a page of the block; the marks are cleared.
  std::vector<uint64_t> take_dirty(BlockId block);

  // RAM pages mapped, for the machine's memory maps and messages.
  uint64_t ram_bytes() const;

 private:
  struct Block {
    Block(std::string n, HostMemory m) : name(std::move(n)), memory(std::move(m)) {}
    std::string name;
    HostMemory memory;
    std::vector<std::atomic<uint64_t>> dirty;  // empty until dirty pages are first tracked
  };
  struct Span {
    uint64_t first = 0;
    uint64_t end = 0;
    RangeUse use;
  };
  // The sorted map as other threads read it: relaxed atomics under a sequence number. An addend turns
  // a gpa into a host address.
  struct FastSpan {
    std::atomic<uint64_t> first{0};
    std::atomic<uint64_t> end{0};
    std::atomic<uint64_t> read_addend{0};
    std::atomic<uint64_t> write_addend{0};
    std::atomic<uint32_t> flags{0};
  };
  // What find() knows about an address; a hole is device space up to `end`.
  struct Found {
    uint64_t end = 0;
    uint64_t read_addend = 0;
    uint64_t write_addend = 0;
    uint32_t flags = 0;
  };

  Found find(uint64_t gpa) const;
  bool search(uint64_t gpa, Found& found) const;
  Result<void> check_backing(RangeUse::Kind kind, BlockId block, uint64_t offset, uint64_t size) const;
  void publish();
  void notify_mapping(uint64_t gpa, uint64_t size);
  void mark_host_range(uint32_t flags, const uint8_t* host, uint64_t size);
  // Calls step(found, gpa, size) for each piece of one kind; stops when it says false.
  template <class Step>
  bool for_each_piece(uint64_t gpa, uint64_t size, Step step) const;
  template <class Store>
  bool dma_store(uint64_t gpa, uint64_t size, Store store);

  std::vector<std::unique_ptr<Block>> blocks_;  // never grows past its reserve: readers need no lock
  std::vector<Span> spans_;
  std::array<FastSpan, kMaxSpans> fast_;
  std::atomic<uint32_t> fast_count_{0};
  std::atomic<uint32_t> sequence_{0};  // odd while the fast map is being written
  std::atomic<uint64_t> a20_mask_{~uint64_t{0}};
  std::atomic<bool> dirty_tracking_{false};
  std::vector<MappingListener*> listeners_;
  std::vector<CodeWatcher*> watchers_;
};

}  // namespace mullion
