#include "app/console_client.hpp"

#include "tests/catch.hpp"

using namespace lockstep::app;

TEST_CASE("lines of the console are shown when they are whole, the prompt never") {
  console_output output;
  CHECK(output.feed("version 0") == "");
  CHECK_FALSE(output.at_prompt());
  CHECK(output.feed(".1\nsecond\nlock") == "version 0.1\nsecond\n");
  CHECK_FALSE(output.at_prompt());
  CHECK(output.feed("step> ") == "");
  CHECK(output.at_prompt());
}

TEST_CASE("a prompt that more text has followed is not shown either") {
  console_output output;
  CHECK(output.feed("lockstep> lockstep> late line\nlockstep> ") == "late line\n");
  CHECK(output.at_prompt());
}

TEST_CASE("nothing the console sends can steer the terminal") {
  console_output output;
  CHECK(output.feed("\x1B[2Jgone\xC2\x9B\xFF\ttab\n") == "\\x1b[2Jgone\\x9b\xEF\xBF\xBD\ttab\n");
}

TEST_CASE("what was held back is shown when the connection ends, but for a prompt") {
  console_output output;
  CHECK(output.feed("cut") == "");
  CHECK(output.rest() == "cut");
  CHECK(output.feed("lockstep> ") == "");
  CHECK(output.rest() == "");
}

TEST_CASE("a line without an end is shown in pieces") {
  console_output output;
  const std::string piece(70'000, 'x');
  CHECK(output.feed(piece) == piece);
}
