// The protocol of one listing as stories, see push_script.hpp. Each test is a sentence of docs/outbound.md.
#include "tests/engine/push_script.hpp"

using namespace lockstep::tests;

TEST_CASE("push: a changed number is written from what the channel is expected to show") {
  with_compare().play(R"(
    stored 10 v1
    number 10 v1
    nothing
    number 8 v2
    write 8 from 10
    applied
    expected 8
    nothing
  )");
}

TEST_CASE("push: while a write is in flight one newer number waits, and only the newest") {
  with_compare().play(R"(
    stored 100 v1
    number 90 v2
    write 90 from 100
    number 80 v3
    number 70 v4
    number 60 v5
    writing
    applied
    write 60 from 90
    applied
    nothing
  )");
}

TEST_CASE("push: a number that becomes needless before it leaves is not sent") {
  with_compare().play(R"(
    stored 10 v1
    number 8 v2
    waits
    number 10 v3
    nothing
  )");
}

TEST_CASE("push: a late acknowledgement never lowers what is known") {
  auto story = with_compare();
  story.play(R"(
    stored 10 v1
    number 8 v2
    write 8 from 10
  )");
  const auto first = story.push().counter();
  story.play(R"(
    not_applied
    number 6 v3
    write 6 from 10
    applied
    expected 6
  )");
  const lockstep::engine::push_terms terms;
  const auto known = story.push().last();
  story.push().applied(first, {terms, lockstep::engine::time_point{std::chrono::hours{99}}, {}});
  CHECK(story.push().last() == known);
  CHECK(story.push().expected() == 6);
  CHECK(story.push().state() == lockstep::engine::push_state::idle);
}

TEST_CASE("push: the channel's own sale causes no push while expected equals published") {
  with_compare().play(R"(
    stored 10 v1
    number 10 v1
    at 100
    sale 2 at 99
    number 8 v2
    nothing
    expected 8
    sale -1 at 99      # the shop took one back itself
    number 9 v3
    nothing
  )");
}

TEST_CASE("push: an own sale told while a write was unacknowledged sends the number again") {
  with_compare().play(R"(
    stored 10 v1
    number 9 v2
    at 100
    write 9 from 10
    sale 1 at 99
    number 8 v3
    applied
    expected 8
    write 8 from 8
    applied
    nothing
  )");
}

TEST_CASE("push: an own sale within the signal lag of the acknowledgement sends the number again, a later "
          "one does not") {
  with_compare().play(R"(
    stored 10 v1
    number 9 v2
    at 100
    write 9 from 10
    applied
    at 108
    sale 1 at 104      # 4 s after the acknowledgement
    number 8 v3
    write 8 from 8
    applied
    at 130
    sale 1 at 120
    number 7 v4
    nothing
  )");
}

TEST_CASE("push: a read may show what the shop took back, so the number is sent again when that is told") {
  with_compare().play(R"(
    stored 20 v1
    at 200
    sale 3 at 100
    number 17 v2
    nothing
    number 20 v3       # three received
    write 20 from 17
    stale
    read
    seen 20            # the shop has taken three back, and not told it yet
    held 0
    nothing
    at 203
    sale -3 at 200
    number 23 v4
    write 23 from 23   # whether they were in what was read, only a checked write tells
    stale
    read
    seen 20
    held 3
    write 20 from 20
    applied
    at 220
    orders from 210
    write 23 from 20
    applied
    nothing
  )");
}

TEST_CASE("push: a read in doubt takes no sales from a lower number, so they send the number again when they "
          "are told") {
  with_compare().play(R"(
    stored 20 v1 crashed
    number 20 v1
    at 200
    number 18 v2       # sold elsewhere
    write 18 from 20
    stale
    read
    seen 18            # sold two, or it is a write of the process that died
    held 0
    nothing
    at 203
    sale 2 at 200
    number 16 v3
    write 16 from 16
    stale
    read
    seen 18
    held 0
    write 16 from 18
    applied
    nothing
    at 303
    sale 1 at 300      # long after that read
    number 15 v4
    nothing
  )");
}

TEST_CASE("push: a lost write that landed over a sale is found out when that sale is told after the "
          "read-back") {
  without_compare().play(R"(
    stored 20 v1
    at 100
    number 19 v2
    write 19
    lost
    write 19
    applied
    at 160             # one was sold at 140, and the lost write landed at 150
    wake
    read
    seen 19
    nothing
    at 163
    sale 1 at 140
    number 18 v3
    write 18
    applied
    nothing
  )");
}

TEST_CASE("push: a stale write reads, holds the unseen units back, and their orders set them free") {
  with_compare().play(R"(
    stored 10 v1
    number 10 v1
    at 100
    number 9 v2        # sold elsewhere
    write 9 from 10
    stale
    read
    seen 8             # sold two that it has not told yet
    held 2
    write 7 from 8
    applied
    nothing
    sale 1 at 98
    number 8 v3
    held 1
    expected 7
    write 7 from 7     # sold before the acknowledgement: sent again
    applied
    at 300
    sale 1 at 99
    number 7 v4
    held 0
    write 7 from 7
    applied
    nothing
  )");
}

TEST_CASE("push: a sale made after the look that held units back is not one of them") {
  with_compare().play(R"(
    at 100
    number 6 v1
    read
    seen 4             # a new listing: nobody knows whether two were sold
    held 2
    nothing
    at 107
    sale 4 at 106
    number 2 v2
    expected 0
    held 2
    nothing
    at 120
    orders from 110
    held 0
    write 2 from 0
    applied
    nothing
  )");
}

TEST_CASE("push: a sale made about when units were held back makes the number be sent again, which tells") {
  with_compare().play(R"(
    at 100
    number 6 v1
    read
    seen 4
    held 2
    sale 4 at 101      # by the shop's clock
    number 2 v2
    expected 2
    write 2 from 2
    stale
    read
    seen 0
    held 2
    write 0
    applied
    nothing
    at 120
    orders from 110
    write 2 from 0
    applied
    nothing
  )");
}

TEST_CASE(
    "push: a sale made after a slow read left, and taken for one it missed, makes the number be sent again") {
  with_compare().play(R"(
    at 100
    number 6 v1
    read
    at 103
    seen 4
    held 2
    at 109
    sale 2 at 107      # nobody knows whether they are the two that were missing
    number 4 v2
    held 0
    expected 4
    write 4 from 4
    applied
    nothing
  )");
}

TEST_CASE("push: an order poll begun a signal lag later disproves held-back units, an earlier one does not") {
  with_compare().play(R"(
    stored 10 v1
    number 9 v2
    at 100
    write 9 from 10
    stale
    read
    seen 7
    held 3
    write 6 from 7
    applied
    at 120
    orders from 104
    held 3
    nothing
    orders from 105
    held 0
    write 9 from 6
    applied
    nothing
  )");
}

TEST_CASE("push: a stale write onto a higher number holds nothing back") {
  with_compare().play(R"(
    stored 10 v1
    number 9 v2
    write 9 from 10
    stale
    read
    seen 15
    held 0
    write 9 from 15
    applied
    nothing
  )");
}

TEST_CASE("push: zero is always allowed, unchecked, even when nobody knows what is shown") {
  with_compare().play(R"(
    number 0 v1
    write 0
    applied
    nothing
  )");
  with_compare().play(R"(
    stored 10 v1
    number 9 v2
    write 9 from 10
    stale
    number 0 v3
    write 0
    applied
    nothing
  )");
}

TEST_CASE("push: an unchecked zero may hide sales: the next raise waits for an order poll begun a signal lag "
          "later") {
  with_compare().play(R"(
    stored 10 v1
    at 100
    number 0 v2
    write 0
    applied
    at 101
    number 3 v3
    nothing
    held 3
    sale 1 at 99
    number 2 v4
    waits              # sold before the zero: it is sent again
    write 0
    applied
    at 120
    orders from 106
    write 2 from 0
    applied
    number 0 v5
    write 0
    applied
    at 300
    orders from 200
    number 1 v6
    write 1 from 0
    applied
    nothing
  )");
}

TEST_CASE(
    "push: a listing never published is read first, and raised after an order poll newer than the read") {
  with_compare().play(R"(
    at 100
    number 10 v1
    read
    seen 4
    held 6
    nothing
    orders from 105
    write 10 from 4
    applied
    nothing
  )");
  with_compare().play(R"(
    at 100
    number 3 v1
    read
    seen 4
    write 3 from 4
    applied
    nothing
  )");
}

TEST_CASE("push: with compare-and-set a lost answer is read, then written again from what was read, and read "
          "back") {
  with_compare().play(R"(
    stored 10 v1
    number 7 v2
    at 100
    write 7 from 10
    lost
    read
    seen 10            # it has not landed
    held 0
    write 7 from 10
    applied
    nothing
    at 159
    wake
    nothing
    at 160
    wake
    read
    seen 7
    nothing
  )");
  with_compare().play(R"(
    stored 10 v1
    number 7 v2
    at 100
    write 7 from 10
    lost
    read
    seen 7             # it has landed: not a sale
    held 0
    write 7 from 7
    applied
    nothing
  )");
  with_compare().play(R"(
    stored 10 v1
    number 7 v2
    write 7 from 10
    lost
    read
    seen 6             # it has landed, and one was sold
    held 1
    write 6 from 6
    applied
    nothing
  )");
}

TEST_CASE("push: without compare-and-set a lost answer sends the current number again and reads back after "
          "settling") {
  without_compare().play(R"(
    stored 10 v1
    number 7 v2
    at 100
    write 7
    lost
    number 6 v3
    write 6            # the current one, not the remembered one
    applied
    at 160
    wake
    read
    seen 7             # the lost write landed late
    write 6
    applied
    nothing
  )");
}

TEST_CASE("push: a sale while a lost write may still land sends the number again at once") {
  without_compare().play(R"(
    stored 10 v1
    at 100
    number 7 v2
    write 7
    lost
    write 7
    applied
    nothing
    at 130
    sale 1 at 129
    number 6 v3
    write 6            # the lost one may have landed over that sale
    applied
    nothing
  )");
}

TEST_CASE("push: without compare-and-set a raise needs a read or an order poll newer than the last write") {
  without_compare().play(R"(
    stored 10 v1
    number 12 v2
    at 100
    read
    seen 9             # one unseen sale
    write 11
    applied
    nothing
  )");
  without_compare().play(R"(
    stored 10 v1
    at 100
    orders from 90
    number 12 v2
    write 12
    at 101
    applied
    number 13 v3
    read               # that poll is older than this write
    seen 12
    write 13
    applied
    nothing
  )");
  without_compare().play(R"(
    stored 10 v1
    number 9 v2        # lowering needs nothing
    write 9
    applied
    nothing
  )");
}

TEST_CASE("push: a permanently refused listing is parked with the reason until a person releases it") {
  auto story = with_compare();
  story.play(R"(
    stored 10 v1
    number 9 v2
    write 9 from 10
    rejected
    parked
    number 0 v3
    parked
  )");
  CHECK(story.push().parked_because() == "ITEM_NOT_STOCKED");
  story.play(R"(
    number 5 v4
    release
    read
    seen 10
    write 5 from 10
    applied
    nothing
  )");
}

TEST_CASE("push: an item that is not tracked is parked, and a parked listing stays parked over a restart") {
  with_compare().play(R"(
    number 9 v2
    read
    absent
    parked
  )");
  with_compare().play(R"(
    stored 10 v1 parked
    number 9 v2
    parked
  )");
}

TEST_CASE("push: while its SKU is quarantined nothing is pushed, afterwards the present number is") {
  with_compare().play(R"(
    stored 10 v1
    number 9 v2
    waits
    quarantine
    nothing
    number 0 v3
    nothing
    unquarantine
    write 0
    applied
    nothing
  )");
}

TEST_CASE("push: a row that was not applied goes again with the newest number") {
  with_compare().play(R"(
    stored 10 v1
    number 9 v2
    write 9 from 10
    number 8 v3
    not_applied
    write 8 from 10
    applied
    nothing
  )");
}

TEST_CASE("push: a read that is older than a sale told while it ran is understood") {
  with_compare().play(R"(
    stored 10 v1
    number 9 v2
    write 9 from 10
    stale
    read
    sale 1 at 50
    number 8 v3
    seen 10            # the number before that sale
    expected 9
    held 0
    write 8 from 9
    applied
    nothing
  )");
}

TEST_CASE("push: with several listings of one SKU a sale makes all of them be read") {
  with_compare().play(R"(
    stored 10 v1
    number 10 v1
    doubt
    number 9 v2
    read
    seen 10            # it was not this listing that sold
    write 9 from 10
    applied
    nothing
  )");
}

TEST_CASE("push: with several listings of one SKU a sale told during a read makes it be read again") {
  with_compare().play(R"(
    stored 10 v1
    number 10 v1
    doubt
    number 9 v2
    read
    doubt              # sold after it was read
    number 9 v3        # and one received
    seen 9
    read
    seen 8
    held 1
    at 120
    orders from 110
    write 9 from 8
    applied
    nothing
  )");
}

TEST_CASE("push: the sweep's number is drift only when nothing explains it") {
  with_compare().play(R"(
    stored 10 v1
    number 10 v1
    at 100
    sees 10 asked 99 explained
    sees 12 asked 99 drift
    number 9 v2
    sees 12 asked 99 explained   # a push is under way
    write 9 from 10
    sees 12 asked 99 explained
    applied
    at 110
    sees 10 asked 99 explained   # that page is older than our own write
    nothing
  )");
}

TEST_CASE(
    "push: a page of the sweep that is older than a sale known by now tells nothing, not even in doubt") {
  with_compare().play(R"(
    stored 18 v1 crashed
    number 18 v1
    at 100
    number 16 v2       # sold elsewhere
    at 101
    sale -2 at 100
    number 18 v3
    sees 18 asked 100 explained  # before the shop took two back
    expected 20
    write 18 from 20
    applied
    nothing
  )");
}

TEST_CASE("push: drift is repaired, or left until the next number") {
  with_compare().play(R"(
    stored 10 v1
    number 10 v1
    look
    read
    repair 12
    write 10 from 12
    applied
    nothing
  )");
  with_compare().play(R"(
    stored 10 v1
    number 10 v1
    look
    read
    leave 12
    nothing
    number 9 v2
    write 9 from 12
    applied
    nothing
  )");
}
