// An AML builder: each function returns the encoded bytes of one term of the ACPI Machine Language.
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <initializer_list>
#include <string_view>
#include <vector>

namespace mullion::aml {

// Source document: ACPI 6.4, chapter 20 (grammar) and chapter 6.4 (resource descriptors).
using Term = std::vector<uint8_t>;
using Terms = std::initializer_list<Term>;

// NameString from ASL's spelling: "\\_SB.PCI0", "^LNKA", "RTC"; short segments are padded with '_'.
Term name_string(std::string_view path);

Term integer(uint64_t value);
Term string(std::string_view text);
Term buffer(const Term& bytes);
Term package(Terms elements);
Term package(const std::vector<Term>& elements);
// The compressed form of a seven-character id such as "PNP0A03".
Term eisa_id(std::string_view id);

Term name(std::string_view path, const Term& value);
Term scope(std::string_view path, Terms body);
Term scope(std::string_view path, const std::vector<Term>& body);
Term device(std::string_view path, Terms body);
Term device(std::string_view path, const std::vector<Term>& body);
enum class Serialize : uint8_t { no, yes };
Term method(std::string_view path, unsigned arguments, Serialize serialize, Terms body);

enum class Space : uint8_t { system_memory = 0, system_io = 1, pci_config = 2 };
Term operation_region(std::string_view path, Space space, uint64_t offset, uint64_t length);
struct FieldUnit {
  std::string_view name;  // empty: a gap
  unsigned bits;
};
enum class Access : uint8_t { any = 0, byte = 1, word = 2, dword = 3 };
Term field(std::string_view region, Access access, std::initializer_list<FieldUnit> units);
Term create_dword_field(const Term& source, unsigned offset, std::string_view path);

Term arg(unsigned index);
Term local(unsigned index);
Term store(const Term& value, const Term& target);
Term bit_and(const Term& left, const Term& right);
Term bit_or(const Term& left, const Term& right, const Term& target);
Term if_(const Term& condition, Terms body);
Term else_(Terms body);
Term equal(const Term& left, const Term& right);
Term less(const Term& left, const Term& right);
Term return_(const Term& value);
Term call(std::string_view path, Terms arguments);

// A ResourceTemplate () from the descriptors below; the end tag is added here.
Term resource_template(Terms descriptors);
Term io(uint16_t first, uint8_t alignment, uint8_t length);
Term irq_no_flags(unsigned irq);
enum class Trigger : uint8_t { level, edge };
enum class Polarity : uint8_t { high, low };
Term interrupt(Trigger trigger, Polarity polarity, bool shared, std::initializer_list<uint32_t> gsis);
Term memory32_fixed(bool writable, uint32_t base, uint32_t length);
Term word_bus_number(uint16_t first, uint16_t last);
Term word_io(uint16_t first, uint16_t last);
enum class Caching : uint8_t { none = 0, cacheable = 1, write_combining = 2, prefetchable = 3 };
Term dword_memory(Caching caching, uint32_t first, uint32_t last);
Term qword_memory(Caching caching, uint64_t first, uint64_t last);

}  // namespace mullion::aml
