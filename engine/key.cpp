#include "engine/key.hpp"

#include <boost/uuid/name_generator_sha1.hpp>

#include <string>

namespace lockstep::engine {
namespace {

// Namespaces of our own: random UUIDs, fixed for ever, because keys made with them are stored.
constexpr uuid request_namespace{
    {0x6f, 0x1d, 0x52, 0x8c, 0x0b, 0x7e, 0x4a, 0x61, 0x9c, 0x35, 0xe2, 0x47, 0x18, 0xd9, 0xa0, 0x53}};
constexpr uuid line_namespace{
    {0xb4, 0x83, 0x2e, 0x17, 0x5a, 0xc6, 0x4f, 0x0d, 0x8e, 0x92, 0x71, 0x3b, 0xf5, 0x64, 0x0c, 0xe8}};

constexpr std::uint64_t fnv_prime = 1099511628211ULL;

// A netstring without its comma, "5:order": no two lists of parts make the same name.
void append_part(std::string& name, std::string_view part) {
  name += std::to_string(part.size());
  name += ':';
  name += part;
}

uuid version_5(const uuid& name_space, std::string_view name) {
  return boost::uuids::name_generator_sha1{name_space}(name.data(), name.size());
}

std::uint64_t fold_byte(std::uint64_t hash, std::uint64_t byte) {
  return (hash ^ (byte & 0xff)) * fnv_prime;
}

std::uint64_t fold_number(std::uint64_t hash, std::uint64_t number) {
  for (int shift = 0; shift < 64; shift += 8)
    hash = fold_byte(hash, number >> shift);
  return hash;
}

} // namespace

uuid request_key(std::string_view caller, std::string_view idempotency_key) {
  std::string name;
  append_part(name, caller);
  append_part(name, idempotency_key);
  return version_5(request_namespace, name);
}

uuid line_key(account_id account, std::string_view order, std::string_view line) {
  std::string name;
  append_part(name, std::to_string(static_cast<std::int32_t>(account)));
  append_part(name, order);
  append_part(name, line);
  return version_5(line_namespace, name);
}

uuid movement_key(const uuid& line, std::string_view kind, std::string_view id) {
  std::string name;
  append_part(name, kind);
  append_part(name, id);
  return version_5(line, name);
}

content_hash& content_hash::add(std::string_view text) {
  for (const char c : text)
    value_ = fold_byte(value_, static_cast<unsigned char>(c));
  value_ = fold_number(value_, text.size());
  return *this;
}

content_hash& content_hash::add(std::int64_t number) {
  value_ = fold_number(value_, static_cast<std::uint64_t>(number));
  value_ = fold_byte(value_, sizeof number);
  return *this;
}

content_hash& content_hash::add(const uuid& id) {
  for (const auto byte : id)
    value_ = fold_byte(value_, byte);
  value_ = fold_byte(value_, id.size());
  return *this;
}

} // namespace lockstep::engine
