// The part of Shopify's Admin schema 2026-04 that the sandbox serves, in SDL. The contracts program checks
// that Shopify's full schema says the same of every type, field and argument in it.
#pragma once

#include <string_view>

namespace lockstep::adapters::sandbox {

extern const std::string_view admin_schema_text;

} // namespace lockstep::adapters::sandbox
