// Operating errors: what went wrong outside our own decisions (connection lost, malformed text, disk full).
// A business refusal is not an error: it is a value of `refusal` in an outcome.
#pragma once

#include <boost/system/result.hpp>

#include <cstdint>
#include <ostream>
#include <string>
#include <utility>

namespace lockstep::engine {

enum class error_code : std::uint8_t {
  malformed,   // input that breaks its format: what and where is in the text
  not_found,   // the thing named does not exist
  conflict,    // it exists already, with other content
  unavailable, // away for now (connection, lock, disk full): the same call may succeed later
  refused,     // the other side said no for good
  fenced,      // another writer owns the store: stop
  too_new,     // written by a newer program
  corrupt,     // stored content contradicts itself: a human must look
  limit,       // a stated limit was reached
};

// `what` says what is wrong, where, and what to do, in a sentence for the operator. Never a secret.
struct error {
  error_code code;
  std::string what;
};

[[noreturn]] inline void throw_exception_from_error(const error& failure,
                                                    const boost::source_location& where);

template <class T>
using result = boost::system::result<T, error>;

[[nodiscard]] inline error make_error(error_code code, std::string what) {
  return {code, std::move(what)};
}

// The sentence, so that a log or a failing test prints a result.
inline std::ostream& operator<<(std::ostream& out, const error& failure) {
  return out << failure.what;
}

} // namespace lockstep::engine

#include <boost/throw_exception.hpp>

#include <stdexcept>

namespace lockstep::engine {

// Called by result<T>::value() on an error; our own code tests first and uses operator*.
[[noreturn]] inline void throw_exception_from_error(const error& failure,
                                                    const boost::source_location& where) {
  boost::throw_exception(std::runtime_error{failure.what}, where);
}

} // namespace lockstep::engine
