// The encodings of the AML builder.
// SPDX-License-Identifier: Apache-2.0
#include "chipset/acpi/aml.hpp"

namespace mullion::aml {
namespace {

// clang-format off
enum Op : uint8_t {               // ACPI 6.4, table 20.2
    kZeroOp = 0x00, kOneOp = 0x01, kNameOp = 0x08, kBytePrefix = 0x0a, kWordPrefix = 0x0b, kDWordPrefix = 0x0c,
    kStringPrefix = 0x0d, kQWordPrefix = 0x0e, kScopeOp = 0x10, kBufferOp = 0x11, kPackageOp = 0x12,
    kMethodOp = 0x14, kDualNamePrefix = 0x2e, kMultiNamePrefix = 0x2f, kExtOpPrefix = 0x5b, kLocal0Op = 0x60,
    kArg0Op = 0x68, kStoreOp = 0x70, kAndOp = 0x7b, kOrOp = 0x7d, kCreateDWordFieldOp = 0x8a,
    kLEqualOp = 0x93, kLLessOp = 0x95, kIfOp = 0xa0, kElseOp = 0xa1, kReturnOp = 0xa4,
    kExtOpRegionOp = 0x80, kExtFieldOp = 0x81, kExtDeviceOp = 0x82,
};
// clang-format on

void append(Term& out, const Term& more) { out.insert(out.end(), more.begin(), more.end()); }

void append_little(Term& out, uint64_t value, unsigned bytes) {
  for (unsigned i = 0; i < bytes; ++i) out.push_back(static_cast<uint8_t>(value >> (8 * i)));
}

Term joined(const std::vector<Term>& terms) {
  Term out;
  for (const auto& term : terms) append(out, term);
  return out;
}

// PkgLength of a field's width or of a package's content (without the length bytes themselves).
Term plain_length(size_t length) {
  if (length < 0x40) return {static_cast<uint8_t>(length)};
  const unsigned more = length < 0x1000 ? 1 : length < 0x100000 ? 2 : 3;
  Term out{static_cast<uint8_t>(more << 6 | (length & 0xf))};
  append_little(out, length >> 4, more);
  return out;
}

Term package_length(size_t content) {
  // The length counts its own bytes: grow until it fits.
  for (size_t own = 1;; ++own) {
    const auto encoded = plain_length(content + own);
    if (encoded.size() == own) return encoded;
  }
}

Term with_length(std::initializer_list<uint8_t> op, const Term& content) {
  Term out{op};
  append(out, package_length(content.size()));
  append(out, content);
  return out;
}

Term named_package(std::initializer_list<uint8_t> op, std::string_view path, const std::vector<Term>& body) {
  auto content = name_string(path);
  append(content, joined(body));
  return with_length(op, content);
}

Term operation(uint8_t op, Terms operands) {
  Term out{op};
  for (const auto& operand : operands) append(out, operand);
  return out;
}

Term address_space(uint8_t tag, uint8_t type, uint8_t flags, uint8_t type_flags, uint64_t first, uint64_t last,
                   unsigned width) {
  Term out{tag};
  append_little(out, 3 + 5 * width, 2);
  out.insert(out.end(), {type, flags, type_flags});
  append_little(out, 0, width);  // granularity
  append_little(out, first, width);
  append_little(out, last, width);
  append_little(out, 0, width);  // translation
  append_little(out, last - first + 1, width);
  return out;
}

constexpr uint8_t kMinMaxFixed = 0x0c;  // _MIF and _MAF, decode positive, producer

}  // namespace

Term name_string(std::string_view path) {
  Term out;
  while (!path.empty() && (path.front() == '\\' || path.front() == '^')) {
    out.push_back(static_cast<uint8_t>(path.front()));
    path.remove_prefix(1);
  }
  std::vector<std::string_view> segments;
  while (!path.empty()) {
    const auto dot = path.find('.');
    segments.push_back(path.substr(0, dot));
    path = dot == std::string_view::npos ? std::string_view{} : path.substr(dot + 1);
  }
  if (segments.empty()) out.push_back(kZeroOp);  // NullName
  if (segments.size() == 2) out.push_back(kDualNamePrefix);
  if (segments.size() > 2) {
    out.push_back(kMultiNamePrefix);
    out.push_back(static_cast<uint8_t>(segments.size()));
  }
  for (const auto segment : segments) {
    for (size_t i = 0; i < 4; ++i) {
      out.push_back(static_cast<uint8_t>(i < segment.size() ? segment[i] : '_'));
    }
  }
  return out;
}

Term integer(uint64_t value) {
  if (value <= 1) return {static_cast<uint8_t>(value)};
  const unsigned width = value <= 0xff ? 1 : value <= 0xffff ? 2 : value <= 0xffffffff ? 4 : 8;
  const uint8_t prefix = width == 1 ? kBytePrefix : width == 2 ? kWordPrefix : width == 4 ? kDWordPrefix : kQWordPrefix;
  Term out{prefix};
  append_little(out, value, width);
  return out;
}

Term string(std::string_view text) {
  Term out{kStringPrefix};
  out.insert(out.end(), text.begin(), text.end());
  out.push_back(0);
  return out;
}

Term buffer(const Term& bytes) {
  auto content = integer(bytes.size());
  append(content, bytes);
  return with_length({kBufferOp}, content);
}

Term package(const std::vector<Term>& elements) {
  Term content{static_cast<uint8_t>(elements.size())};
  append(content, joined(elements));
  return with_length({kPackageOp}, content);
}

Term package(Terms elements) { return package(std::vector<Term>{elements}); }

Term eisa_id(std::string_view id) {
  const auto letter = [&](size_t i) { return static_cast<uint32_t>(id[i] - 0x40) & 0x1f; };
  const auto digit = [&](size_t i) { return static_cast<uint32_t>(id[i] <= '9' ? id[i] - '0' : id[i] - 'A' + 10); };
  const auto value =
      letter(0) << 26 | letter(1) << 21 | letter(2) << 16 | digit(3) << 12 | digit(4) << 8 | digit(5) << 4 | digit(6);
  Term out{kDWordPrefix};  // always four bytes, the most significant first
  for (int shift = 24; shift >= 0; shift -= 8) out.push_back(static_cast<uint8_t>(value >> shift));
  return out;
}

Term name(std::string_view path, const Term& value) { return operation(kNameOp, {name_string(path), value}); }

Term scope(std::string_view path, const std::vector<Term>& body) { return named_package({kScopeOp}, path, body); }
Term scope(std::string_view path, Terms body) { return scope(path, std::vector<Term>{body}); }

Term device(std::string_view path, const std::vector<Term>& body) {
  return named_package({kExtOpPrefix, kExtDeviceOp}, path, body);
}
Term device(std::string_view path, Terms body) { return device(path, std::vector<Term>{body}); }

Term method(std::string_view path, unsigned arguments, Serialize serialize, Terms body) {
  auto content = name_string(path);
  content.push_back(static_cast<uint8_t>(arguments | (serialize == Serialize::yes ? 8u : 0u)));
  for (const auto& term : body) append(content, term);
  return with_length({kMethodOp}, content);
}

Term operation_region(std::string_view path, Space space, uint64_t offset, uint64_t length) {
  Term out{kExtOpPrefix, kExtOpRegionOp};
  append(out, name_string(path));
  out.push_back(static_cast<uint8_t>(space));
  append(out, integer(offset));
  append(out, integer(length));
  return out;
}

Term field(std::string_view region, Access access, std::initializer_list<FieldUnit> units) {
  auto content = name_string(region);
  content.push_back(static_cast<uint8_t>(access));  // no lock, preserve
  for (const auto& unit : units) {
    append(content, unit.name.empty() ? Term{0} : name_string(unit.name));
    append(content, plain_length(unit.bits));
  }
  return with_length({kExtOpPrefix, kExtFieldOp}, content);
}

Term create_dword_field(const Term& source, unsigned offset, std::string_view path) {
  return operation(kCreateDWordFieldOp, {source, integer(offset), name_string(path)});
}

Term arg(unsigned index) { return {static_cast<uint8_t>(kArg0Op + index)}; }
Term local(unsigned index) { return {static_cast<uint8_t>(kLocal0Op + index)}; }
Term store(const Term& value, const Term& target) { return operation(kStoreOp, {value, target}); }
Term bit_and(const Term& left, const Term& right) { return operation(kAndOp, {left, right, {0}}); }
Term bit_or(const Term& left, const Term& right, const Term& target) { return operation(kOrOp, {left, right, target}); }

Term if_(const Term& condition, Terms body) {
  auto content = condition;
  for (const auto& term : body) append(content, term);
  return with_length({kIfOp}, content);
}

Term else_(Terms body) { return with_length({kElseOp}, joined(body)); }
Term equal(const Term& left, const Term& right) { return operation(kLEqualOp, {left, right}); }
Term less(const Term& left, const Term& right) { return operation(kLLessOp, {left, right}); }
Term return_(const Term& value) { return operation(kReturnOp, {value}); }

Term call(std::string_view path, Terms arguments) {
  auto out = name_string(path);
  for (const auto& argument : arguments) append(out, argument);
  return out;
}

Term resource_template(Terms descriptors) {
  auto bytes = joined(descriptors);
  bytes.insert(bytes.end(), {0x79, 0x00});  // end tag; a zero checksum says "not computed"
  return buffer(bytes);
}

Term io(uint16_t first, uint8_t alignment, uint8_t length) {
  Term out{0x47, 0x01};  // small descriptor 8, seven bytes; Decode16
  append_little(out, first, 2);
  append_little(out, first, 2);
  out.insert(out.end(), {alignment, length});
  return out;
}

Term irq_no_flags(unsigned irq) {
  Term out{0x22};
  append_little(out, 1u << irq, 2);
  return out;
}

Term interrupt(Trigger trigger, Polarity polarity, bool shared, std::initializer_list<uint32_t> gsis) {
  Term out{0x89};
  append_little(out, 2 + 4 * gsis.size(), 2);
  out.push_back(static_cast<uint8_t>(1 | (trigger == Trigger::edge ? 2 : 0) | (polarity == Polarity::low ? 4 : 0) |
                                     (shared ? 8 : 0)));
  out.push_back(static_cast<uint8_t>(gsis.size()));
  for (const auto gsi : gsis) append_little(out, gsi, 4);
  return out;
}

Term memory32_fixed(bool writable, uint32_t base, uint32_t length) {
  Term out{0x86, 9, 0, static_cast<uint8_t>(writable ? 1 : 0)};
  append_little(out, base, 4);
  append_little(out, length, 4);
  return out;
}

Term word_bus_number(uint16_t first, uint16_t last) { return address_space(0x88, 2, kMinMaxFixed, 0, first, last, 2); }

Term word_io(uint16_t first, uint16_t last) {
  return address_space(0x88, 1, kMinMaxFixed, 3, first, last, 2);  // entire range
}

Term dword_memory(Caching caching, uint32_t first, uint32_t last) {
  const auto flags = static_cast<uint8_t>(static_cast<unsigned>(caching) << 1 | 1);
  return address_space(0x87, 0, kMinMaxFixed, flags, first, last, 4);
}

Term qword_memory(Caching caching, uint64_t first, uint64_t last) {
  const auto flags = static_cast<uint8_t>(static_cast<unsigned>(caching) << 1 | 1);
  return address_space(0x8a, 0, kMinMaxFixed, flags, first, last, 8);
}

}  // namespace mullion::aml
