// What the processor sees of the world: pages of guest-physical memory, devices, ports, time.
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>

namespace mullion::x86 {

// One 4 KiB page of guest-physical memory. Reads go through `host`, or to a device when it is null. Writes go, if
// `write`, through `write_host` or, when that is null, `host`; otherwise to a device if `write_device` or if there
// is no `host`, else they are dropped (ROM).
struct PhysPage {
  uint8_t* host = nullptr;
  bool read = false;
  bool write = false;
  bool exec = false;
  bool write_device = false;
  uint8_t* write_host = nullptr;

  bool readable() const { return host != nullptr && read; }
  uint8_t* write_pointer() const { return !write ? nullptr : write_host != nullptr ? write_host : host; }
  bool drops_writes() const { return !write && !write_device && host != nullptr; }
  // Reads and writes reach the same memory.
  bool plain() const { return readable() && write && (write_host == nullptr || write_host == host); }
};

// Exit: the owner wants the processor to stop before the access took place; the instruction is not committed and
// runs again, or is completed by the owner.
enum class PortStatus : uint8_t { Done, Exit };

// Implemented by the owner of a processor: the machine, the WHP platform, the emulator of a hypervisor's exits.
// All calls come from the thread that runs the processor.
class CpuPort {
 public:
  virtual PhysPage resolve(uint64_t gpa) = 0;
  // For an access that will write: whoever tracks dirty pages notes this one.
  virtual PhysPage resolve_for_write(uint64_t gpa) { return resolve(gpa); }

  // Devices and holes: 1-8 bytes within one naturally aligned 8-byte unit or less; the processor splits wider
  // and crossing accesses, lowest address first.
  virtual PortStatus mmio_read(uint64_t gpa, unsigned size, uint64_t& value) = 0;
  virtual PortStatus mmio_write(uint64_t gpa, unsigned size, uint64_t value) = 0;
  virtual PortStatus port_in(uint16_t port, unsigned size, uint32_t& value) = 0;
  virtual PortStatus port_out(uint16_t port, unsigned size, uint32_t value) = 0;

  // The i8259's INTA cycle; -1 when it has nothing (the line fell).
  virtual int acknowledge_pic() = 0;
  // A local APIC ended a level-triggered interrupt that I/O APICs have to hear of.
  virtual void eoi(uint8_t vector) = 0;
  // A20 gate, 1 MiB wrap: resolve() and the accesses above apply it themselves.

  // The VM's clock; it stands still while the VM is stopped.
  virtual uint64_t now_ns() = 0;

 protected:
  ~CpuPort() = default;
};

}  // namespace mullion::x86
