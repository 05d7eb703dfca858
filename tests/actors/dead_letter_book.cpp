// Which dead letters count and which are kept at all.
#include "actors/dead_letter_book.hpp"

#include "tests/catch.hpp"

#include <fmt/format.h>

using namespace lockstep;

namespace {

storage::dead_letter letter_about(std::string reference, std::string reason = "unknown SKU") {
  storage::dead_letter letter;
  letter.account = engine::account_id{1};
  letter.reference = std::move(reference);
  letter.reason = std::move(reason);
  return letter;
}

} // namespace

TEST_CASE("dead letters: one is kept of each account, reference and reason") {
  actors::dead_letter_book book;
  CHECK(book.claim(letter_about("5001/2")));
  CHECK_FALSE(book.claim(letter_about("5001/2")));
  CHECK(book.claim(letter_about("5001/3")));
  CHECK(book.claim(letter_about("5001/2", "older_than_window")));
  auto elsewhere = letter_about("5001/2");
  elsewhere.account = engine::account_id{2};
  CHECK(book.claim(elsewhere));
}

TEST_CASE("dead letters: one told again counts no longer, once, and may be kept anew") {
  actors::dead_letter_book book;
  auto letter = letter_about("5001/2");
  CHECK(book.claim(letter));
  book.committed(letter);
  CHECK(book.open() == 1);
  letter.id = 1;
  letter.replayed = true;
  book.committed(letter);
  book.committed(letter);
  CHECK(book.open() == 0);
  CHECK(book.claim(letter_about("5001/2")));
}

TEST_CASE("dead letters: the memory is bounded and forgets the oldest") {
  actors::dead_letter_book book;
  for (std::size_t i = 0; i <= limits::dead_letters_remembered_max; ++i)
    CHECK(book.claim(letter_about(fmt::format("order {}", i))));
  CHECK_FALSE(book.claim(letter_about(fmt::format("order {}", limits::dead_letters_remembered_max))));
  CHECK(book.claim(letter_about("order 0")));
}
