// Text from outside made fit to be shown: in a log line, on a terminal, in a console. Pure.
#pragma once

#include <string>
#include <string_view>

namespace lockstep::adapters {

// The same text as valid UTF-8 (RFC 3629): each byte that is not part of a well-formed character becomes
// U+FFFD.
[[nodiscard]] std::string valid_utf8(std::string_view text);

// Valid UTF-8 with nothing that could steer a terminal or show text in another order than it has: C0 and C1
// controls (ESC among them) and DEL become `\xHH`, bidirectional controls `\uHHHH`. Line feeds and tabs are
// kept only in `lines::multiple`.
enum class lines : unsigned char { single, multiple };
[[nodiscard]] std::string printable(std::string_view text, lines kept = lines::single);

} // namespace lockstep::adapters
