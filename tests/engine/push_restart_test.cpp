// The protocol of one listing over the end of a process, as stories like those of push_listing_test.cpp.
#include "tests/engine/push_script.hpp"

using namespace lockstep::tests;

TEST_CASE("push: after a crash a listing is sent when its publication is older, though the number be equal") {
  with_compare().play(R"(
    stored 10 v1 crashed
    number 10 v4
    write 10 from 10
    applied
    nothing
  )");
  with_compare().play(R"(
    stored 10 v4 crashed
    number 10 v4
    nothing
  )");
}

TEST_CASE("push: after a clean end only another number is sent") {
  with_compare().play(R"(
    stored 10 v1 expecting 8
    number 8 v4
    nothing
  )");
  with_compare().play(R"(
    stored 10 v1
    number 8 v4
    write 8 from 10
  )");
}

TEST_CASE("push: a write in flight at the crash is not taken for sales, and nothing is raised before orders "
          "are read") {
  with_compare().play(R"(
    stored 100 v1 crashed
    at 50
    number 40 v5
    write 40 from 100
    stale
    read
    seen 41            # the write of the process that died
    held 0
    write 40 from 41
    applied
    nothing
  )");
  with_compare().play(R"(
    stored 100 v1 crashed
    at 50
    number 40 v5
    write 40 from 100
    stale
    read
    seen 38
    held 2
    write 38 from 38   # sent, as its publication is older; not raised
    applied
    orders from 60
    write 40 from 38
    applied
    nothing
  )");
}

TEST_CASE("push: a listing that was uncertain when the process ended is read before it is written, and read "
          "back") {
  with_compare().play(R"(
    stored 10 v1 uncertain
    at 5
    number 10 v2       # five were sold elsewhere: a write of 15 was lost
    read
    seen 10
    write 10 from 10
    applied
    nothing
    at 59
    wake
    nothing
    at 60
    wake
    read
    seen 15            # it landed late
    write 10 from 15
    applied
    nothing
  )");
  with_compare().play(R"(
    stored 10 v1 uncertain
    at 5
    sees 10 asked 4 explained   # nor does the sweep end the doubt, should it come first
    number 10 v2
    write 10 from 10
    applied
    at 60
    wake
    read
    seen 0             # an unchecked zero landed late
    held 10
    at 70
    orders from 66
    write 10 from 0
    applied
    nothing
  )");
}

TEST_CASE("push: after a crash a sweep that comes before the number does not end the doubt") {
  with_compare().play(R"(
    stored 10 v1 crashed
    at 5
    sees 10 asked 4 explained
    number 10 v2
    write 10 from 10
    applied
    at 60
    wake
    read
    seen 10
    nothing
  )");
}
