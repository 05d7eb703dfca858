// What http_server refuses: doubtful, large, slow and too many requests.
#include "tests/adapters/echo_server.hpp"

using namespace lockstep;
using namespace lockstep::tests;

TEST_CASE("whatever leaves a doubt about where a request ends is answered 400 and ends the connection") {
  const std::vector<std::pair<std::string, std::string>> cases{
      {"both lengths",
       "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"},
      {"both lengths, other order",
       "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n"},
      {"two lengths", "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd"},
      {"two equal lengths",
       "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nContent-Length: 3\r\n\r\nabc"},
      {"a list of lengths", "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3, 3\r\n\r\nabc"},
      {"a signed length", "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: +3\r\n\r\nabc"},
      {"a negative length", "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -3\r\n\r\nabc"},
      {"a hexadecimal length", "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 0x3\r\n\r\nabc"},
      {"an overflowing length",
       "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999999\r\n\r\nabc"},
      {"an empty length", "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: \r\n\r\nabc"},
      {"chunked twice", "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: "
                        "chunked\r\n\r\n0\r\n\r\n"},
      {"chunked in a list",
       "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"},
      {"chunked not last",
       "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n"},
      {"another coding", "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip\r\n\r\nabc"},
      {"a look-alike coding", "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n"},
      {"chunked in HTTP/1.0", "POST / HTTP/1.0\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"},
      {"a blank before the colon", "POST / HTTP/1.1\r\nHost: x\r\nContent-Length : 3\r\n\r\nabc"},
      {"a bare line feed", "GET / HTTP/1.1\nHost: x\n\n"},
      {"a carriage return in a header", "GET / HTTP/1.1\r\nHost: x\r\nA: b\rc\r\n\r\n"},
      {"a NUL in a header", std::string("GET / HTTP/1.1\r\nHost: x\r\nA: b\0c\r\n\r\n", 35)},
      {"no host", "GET / HTTP/1.1\r\n\r\n"},
      {"two hosts", "GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n"},
      {"a target that is no path", "GET http://other/ HTTP/1.1\r\nHost: x\r\n\r\n"},
      {"the target of CONNECT", "CONNECT x:443 HTTP/1.1\r\nHost: x\r\n\r\n"},
      {"another version", "GET / HTTP/2.0\r\nHost: x\r\n\r\n"},
      {"no version", "GET /\r\n\r\n"},
      {"no HTTP at all", "\x16\x03\x01\x02\x01 hello\r\n\r\n"},
      {"a chunk size that is no number",
       "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nabc\r\n0\r\n\r\n"},
      {"a chunk longer than it says",
       "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nabc\r\n0\r\n\r\n"},
      {"a trailer", "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX-Late: 1\r\n\r\n"},
  };
  running here;
  for (const auto& [what, bytes] : cases) {
    INFO(what);
    auto client = here.connect();
    // The second request must never be seen: it is what a smuggler would hide.
    const auto answer = client.ask(bytes + "GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n");
    CHECK(answer.status == 400);
    CHECK(answer.header("connection") == "close");
    CHECK(client.ends());
  }
  CHECK(here.handler.handled == 0);
  CHECK(here.server.statistics().malformed == cases.size());
}

TEST_CASE("an unknown expectation is refused") {
  running here;
  CHECK(here.connect().ask("GET / HTTP/1.1\r\nHost: x\r\nExpect: a-miracle\r\n\r\n").status == 417);
}

TEST_CASE("headers beyond the limit are refused, up to it they are taken") {
  running here;
  const auto with_header = [](std::size_t bytes) {
    return "GET /header HTTP/1.1\r\nHost: x\r\nX-Asked: " + std::string(bytes, 'a') + "\r\n\r\n";
  };
  CHECK(here.connect().ask(with_header(7'000)).body.size() == 7'000);
  auto client = here.connect();
  CHECK(client.ask(with_header(9'000)).status == 431);
  CHECK(client.ends());
}

TEST_CASE("headers that never end are refused at the limit") {
  running here;
  auto client = here.connect();
  client.send("GET / HTTP/1.1\r\nHost: x\r\n");
  for (int i = 0; i < 2'000 && client.send("A: b\r\n"); ++i) {
  }
  CHECK(client.read().status == 431);
}

TEST_CASE("a body beyond the route's limit is refused before it is read, up to it it is taken") {
  running here;
  CHECK(here.connect().ask(request_text("POST", "/", std::string(echo::body_max, 'a'))).status == 200);
  auto client = here.connect();
  client.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1001\r\n\r\n");
  CHECK(client.read().status == 413);
  CHECK(client.ends());
}

TEST_CASE("a chunked body is measured as it comes") {
  running here;
  auto client = here.connect();
  client.send("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n");
  for (int i = 0; i < 11; ++i)
    client.send("64\r\n" + std::string(100, 'a') + "\r\n");
  CHECK(client.read().status == 413);
}

TEST_CASE("a header that comes too slowly is cut off, and others are still served") {
  running here{quick()};
  auto slow = here.connect();
  slow.send("GET / HTTP/1.1\r\nHost: x\r\n");
  CHECK(here.connect().ask(request_text("GET", "/fast")).body == "/fast|");
  CHECK(slow.read().status == 408);
  CHECK(slow.ends());
  CHECK(here.connect().ask(request_text("GET", "/after")).body == "/after|");
}

TEST_CASE("bytes that drip in do not extend the header's time") {
  running here{quick()};
  auto slow = here.connect();
  slow.send("GET / HTTP/1.1\r\nHost: x\r\nA: ");
  const auto begun = std::chrono::steady_clock::now();
  while (!slow.readable(2ms) && std::chrono::steady_clock::now() - begun < 5s)
    slow.send("a");
  CHECK(slow.read().status == 408);
  CHECK(here.server.statistics().timeouts == 1);
}

TEST_CASE("a body that comes too slowly is cut off") {
  running here{quick()};
  auto slow = here.connect();
  slow.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nabc");
  CHECK(slow.read().status == 408);
  CHECK(slow.ends());
}

TEST_CASE("an idle connection is closed without a word") {
  running here{quick()};
  auto client = here.connect();
  CHECK(client.ask(request_text("GET", "/")).status == 200);
  CHECK(client.ends());
}

TEST_CASE("a client that does not read its answer is cut off") {
  auto options = quick();
  running here{options};
  auto client = here.connect();
  for (int i = 0; i < 20; ++i)
    client.send(request_text("GET", "/large"));
  CHECK(comes_true([&] { return here.server.statistics().connections == 0; }));
}

TEST_CASE("a time limit does not run while the handler works") {
  running here{quick()};
  auto client = here.connect();
  client.send(request_text("GET", "/wait"));
  REQUIRE(comes_true([&] { return here.handler.waiting == 1; }));
  // An idle connection opened now and closed by its limit shows that more time than any limit has passed.
  CHECK(here.connect().ends());
  here.handler.let_go = true;
  CHECK(client.read().body == "/wait|");
}

TEST_CASE("connections beyond the limit are turned away and come in when others leave") {
  http_server_options options;
  options.connections_max = 2;
  running here{options};
  auto first = here.connect();
  auto second = here.connect();
  REQUIRE(first.ask(request_text("GET", "/1")).status == 200);
  REQUIRE(second.ask(request_text("GET", "/2")).status == 200);
  auto third = here.connect();
  CHECK(third.read().status == 503);
  CHECK(third.ends());
  first.close();
  REQUIRE(comes_true([&] { return here.server.statistics().connections == 1; }));
  CHECK(here.connect().ask(request_text("GET", "/3")).status == 200);
  CHECK(here.server.statistics().turned_away == 1);
}

TEST_CASE("a connection ends after its number of requests") {
  http_server_options options;
  options.requests_per_connection_max = 2;
  running here{options};
  auto client = here.connect();
  CHECK(client.ask(request_text("GET", "/1")).header("connection").empty());
  CHECK(client.ask(request_text("GET", "/2")).header("connection") == "close");
  CHECK(client.ends());
}
