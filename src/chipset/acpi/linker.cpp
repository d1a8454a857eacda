// Encoding and execution of table-loader commands.
// SPDX-License-Identifier: Apache-2.0
#include "chipset/acpi/linker.hpp"

#include <string>

namespace mullion::acpi {
namespace {

// Layout of one command: u32 kind, then file names of 56 bytes and little-endian numbers, padded to 128 bytes.
constexpr size_t kCommandSize{128};
constexpr size_t kNameSize{56};
enum Kind : uint32_t { kAllocate = 1, kAddPointer = 2, kAddChecksum = 3 };

void append_little(Bytes& out, uint64_t value, unsigned bytes) {
  for (unsigned i = 0; i < bytes; ++i) out.push_back(static_cast<uint8_t>(value >> (8 * i)));
}

void append_name(Bytes& out, std::string_view name) {
  for (size_t i = 0; i < kNameSize; ++i) {
    out.push_back(i < name.size() ? static_cast<uint8_t>(name[i]) : uint8_t{0});
  }
}

uint64_t load_little(const Bytes& from, size_t at, unsigned bytes) {
  uint64_t value{0};
  for (unsigned i = 0; i < bytes; ++i) value |= uint64_t{from[at + i]} << (8 * i);
  return value;
}

std::string load_name(const Bytes& from, size_t at) {
  std::string name;
  for (size_t i = 0; i < kNameSize && from[at + i] != 0; ++i) name.push_back(static_cast<char>(from[at + i]));
  return name;
}

void pad(Bytes& script) { script.resize((script.size() + kCommandSize - 1) / kCommandSize * kCommandSize); }

}  // namespace

Bytes& LinkerScript::command(uint32_t kind) {
  append_little(bytes_, kind, 4);
  return bytes_;
}

void LinkerScript::allocate(std::string_view file, uint32_t alignment, Zone zone) {
  auto& out = command(kAllocate);
  append_name(out, file);
  append_little(out, alignment, 4);
  out.push_back(static_cast<uint8_t>(zone));
  pad(out);
}

void LinkerScript::add_pointer(std::string_view in, std::string_view target, uint32_t offset, uint8_t size) {
  auto& out = command(kAddPointer);
  append_name(out, in);
  append_name(out, target);
  append_little(out, offset, 4);
  out.push_back(size);
  pad(out);
}

void LinkerScript::add_checksum(std::string_view in, uint32_t offset, uint32_t start, uint32_t length) {
  auto& out = command(kAddChecksum);
  append_name(out, in);
  append_little(out, offset, 4);
  append_little(out, start, 4);
  append_little(out, length, 4);
  pad(out);
}

void link_in_place(TableFiles& files, uint64_t tables_gpa, uint64_t rsdp_gpa) {
  const auto blob = [&](std::string_view name) -> Bytes& { return name == kRsdpFile ? files.rsdp : files.tables; };
  const auto& script = files.loader;
  for (size_t at = 0; at + kCommandSize <= script.size(); at += kCommandSize) {
    const auto kind = load_little(script, at, 4);
    auto& in = blob(load_name(script, at + 4));
    if (kind == kAddPointer) {
      const auto base = load_name(script, at + 60) == kRsdpFile ? rsdp_gpa : tables_gpa;
      const auto offset = load_little(script, at + 116, 4);
      const unsigned size = script[at + 120];
      const auto value = load_little(in, offset, size) + base;
      for (unsigned i = 0; i < size; ++i) in[offset + i] = static_cast<uint8_t>(value >> (8 * i));
    } else if (kind == kAddChecksum) {
      const auto offset = load_little(script, at + 60, 4);
      const auto start = load_little(script, at + 64, 4);
      const auto length = load_little(script, at + 68, 4);
      uint8_t sum{0};
      for (size_t i = start; i < start + length; ++i) sum = static_cast<uint8_t>(sum + in[i]);
      in[offset] = static_cast<uint8_t>(in[offset] - sum);
    }
  }
}

}  // namespace mullion::acpi
