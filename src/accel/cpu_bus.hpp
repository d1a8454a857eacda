// The narrow port through which a vCPU of any accelerator reaches the machine.
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>

namespace mullion {

// Implemented by the machine. Called on the vCPU's thread without the machine lock; the implementation takes it.
class CpuBus {
 public:
  // Accesses of 1-8 bytes that do not reach RAM. Unassigned reads answer all ones.
  virtual uint64_t mmio_read(uint64_t gpa, unsigned size) = 0;
  virtual void mmio_write(uint64_t gpa, unsigned size, uint64_t value) = 0;
  virtual uint32_t port_in(uint16_t port, unsigned size) = 0;
  virtual void port_out(uint16_t port, unsigned size, uint32_t value) = 0;

  // The i8259 pair's INTA cycle: the vector, or -1 when the request is gone.
  virtual int acknowledge_pic() = 0;
  // A local APIC ended a level-triggered interrupt: the I/O APICs' EOI broadcast.
  virtual void eoi(uint8_t vector) = 0;

  // The processor reached shutdown (triple fault): reset or stop is the machine's policy. `report` explains it.
  virtual void triple_fault(const char* report) = 0;

 protected:
  ~CpuBus() = default;
};

// What the machine calls on a vCPU. Any thread.
class VcpuControl {
 public:
  virtual void set_pic_request(bool level) = 0;        // INTR from the i8259 pair
  virtual void nmi() = 0;
  virtual void smi() = 0;
  virtual void kick() = 0;                             // return from run() soon
  virtual void request_reset() = 0;
  // An interrupt message (MSI, I/O APIC) for the local APICs: address and data as in SDM vol. 3 §11.11.
  virtual void deliver_msi(uint64_t address, uint32_t data) = 0;

 protected:
  ~VcpuControl() = default;
};

}  // namespace mullion
