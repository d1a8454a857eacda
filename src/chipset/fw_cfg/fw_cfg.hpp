// The firmware configuration device: items by key, files by name, byte port and DMA.
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "base/result.hpp"
#include "bus/device.hpp"
#include "bus/pio_window.hpp"
#include "chipset/fw_cfg/fw_cfg_regs.hpp"
#include "memory/guest_memory.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace mullion {

// What an item holds. Large ones (kernel, initrd) read their file when they are asked.
class FwCfgSource {
 public:
  virtual ~FwCfgSource() = default;
  // The guest is about to read from the start: content that depends on registers is made now, of the same size.
  virtual void selected() {}
  virtual uint32_t size() const = 0;
  // [offset, offset + to.size()) lies within size(). False: the host could not read.
  virtual bool read(uint32_t offset, std::span<uint8_t> to) const = 0;
};

std::unique_ptr<FwCfgSource> fw_cfg_bytes(std::vector<uint8_t> bytes);

// Purpose: how firmware learns about the machine and gets kernel, tables and option ROMs.
// Source document: QEMU's docs/specs/fw_cfg. Thread: any, machine lock held.
// Items are added before the guest runs; the content survives reset, the selection does not.
class FwCfg final : public Device {
 public:
  explicit FwCfg(GuestMemory& memory);

  std::string_view name() const override { return "fw_cfg"; }
  void reset() override;
  void save(StateWriter& writer) const override;
  Result<void> restore(StateReader& reader) override;

  void add(uint16_t key, std::unique_ptr<FwCfgSource> source);
  void add_bytes(uint16_t key, std::vector<uint8_t> bytes) { add(key, fw_cfg_bytes(std::move(bytes))); }
  void add_u16(uint16_t key, uint16_t value);
  void add_u32(uint16_t key, uint32_t value);
  void add_u64(uint16_t key, uint64_t value);
  // A file of the directory; names have at most 55 characters and are unique.
  Result<void> add_file(std::string_view file, std::unique_ptr<FwCfgSource> source);
  Result<void> add_file(std::string_view file, std::vector<uint8_t> bytes) {
    return add_file(file, fw_cfg_bytes(std::move(bytes)));
  }

  PioTarget& data_ports() { return data_window_; }  // 510h, 2 ports, max_size 2
  PioTarget& dma_ports() { return dma_window_; }    // 514h, 8 ports, max_size 4

 private:
  IoRead read_data(uint16_t offset, unsigned size);
  IoStatus write_selector(uint16_t offset, unsigned size, uint32_t value);
  IoRead read_dma(uint16_t offset, unsigned size);
  IoStatus write_dma(uint16_t offset, unsigned size, uint32_t value);
  void select(uint16_t key);
  void run_dma(uint64_t descriptor);
  bool transfer(uint64_t gpa, uint32_t length);
  void rebuild_directory();

  GuestMemory& memory_;
  std::map<uint16_t, std::unique_ptr<FwCfgSource>> items_;
  std::map<std::string, uint16_t, std::less<>> files_;
  uint16_t selected_ = 0;
  uint32_t offset_ = 0;
  uint32_t dma_high_ = 0;  // upper half of the descriptor's address
  PioWindow<FwCfg, &FwCfg::read_data, &FwCfg::write_selector> data_window_{*this};
  PioWindow<FwCfg, &FwCfg::read_dma, &FwCfg::write_dma> dma_window_{*this};
};

}  // namespace mullion
