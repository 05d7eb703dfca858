// How http_server serves: requests, bodies, connections, its end.
#include "tests/adapters/echo_server.hpp"

using namespace lockstep;
using namespace lockstep::tests;

TEST_CASE(
    "a request is handed over with its target, raw body and note, and answered with nothing cacheable") {
  running here;
  auto client = here.connect();
  const auto answer = client.ask(request_text("POST", "/a%20b?c=d", "raw \xff body"));
  CHECK(answer.status == 200);
  CHECK(answer.body == "/a%20b?c=d|raw \xff body");
  CHECK(answer.header("cache-control") == "no-store");
  CHECK(answer.header("x-content-type-options") == "nosniff");
  CHECK(answer.header("content-type") == "text/plain; charset=utf-8");
  CHECK(answer.header("date").ends_with(" GMT"));
}

TEST_CASE("a connection is kept open for many requests") {
  running here;
  auto client = here.connect();
  for (int i = 0; i < 100; ++i) {
    const auto target = std::string{"/"}.append(std::to_string(i));
    REQUIRE(client.ask(request_text("GET", target)).body == target + "|");
  }
  CHECK(here.server.statistics().accepted == 1);
}

TEST_CASE("pipelined requests are answered in order, bodies and all") {
  running here;
  auto client = here.connect();
  client.send(request_text("POST", "/1", "first") + request_text("GET", "/2") +
              request_text("POST", "/3", "third"));
  CHECK(client.read().body == "/1|first");
  CHECK(client.read().body == "/2|");
  CHECK(client.read().body == "/3|third");
}

TEST_CASE("a request may arrive byte by byte") {
  running here;
  auto client = here.connect();
  for (const char c : request_text("POST", "/slowly", "body"))
    REQUIRE(client.send({&c, 1}));
  CHECK(client.read().body == "/slowly|body");
}

TEST_CASE("chunks are joined to the raw body") {
  running here;
  auto client = here.connect();
  const auto answer = client.ask("POST /c HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
                                 "3\r\nabc\r\n4;name=value\r\ndefg\r\n0\r\n\r\n");
  CHECK(answer.body == "/c|abcdefg");
  CHECK(client.ask(request_text("GET", "/next")).body == "/next|");
}

TEST_CASE("HEAD is answered like GET without the body") {
  running here;
  auto client = here.connect();
  client.send(request_text("HEAD", "/h"));
  const auto answer = client.read(true);
  CHECK(answer.status == 200);
  CHECK(answer.header("content-length") == "3");
  CHECK(client.ask(request_text("GET", "/next")).body == "/next|");
}

TEST_CASE("a client that expects 100-continue is told to go on before it sends the body") {
  running here;
  auto client = here.connect();
  client.send("POST /e HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n");
  CHECK(client.read(true).status == 100);
  CHECK(client.ask("ok").body == "/e|ok");
}

TEST_CASE("a client that expects 100-continue is refused before it sends the body") {
  running here;
  auto client = here.connect();
  const auto answer =
      client.ask("POST /forbidden HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n");
  CHECK(answer.status == 403);
  CHECK(answer.header("connection") == "close");
  CHECK(client.ends());
}

TEST_CASE("a refusal without a body keeps the connection") {
  running here;
  auto client = here.connect();
  CHECK(client.ask(request_text("GET", "/forbidden")).status == 403);
  CHECK(client.ask(request_text("GET", "/next")).body == "/next|");
}

TEST_CASE("Connection: close and HTTP/1.0 are honoured") {
  running here;
  auto closing = here.connect();
  CHECK(closing.ask(request_text("GET", "/", "", "Connection: close\r\n")).header("connection") == "close");
  CHECK(closing.ends());
  auto old = here.connect();
  CHECK(old.ask("GET /old HTTP/1.0\r\n\r\n").body == "/old|");
  CHECK(old.ends());
}

TEST_CASE("a handler that throws is answered 500 and the server goes on") {
  running here;
  CHECK(here.connect().ask(request_text("GET", "/throw")).status == 500);
  CHECK(here.connect().ask(request_text("GET", "/next")).body == "/next|");
}

TEST_CASE("a client that leaves before its answer harms nobody") {
  running here;
  {
    auto client = here.connect();
    client.send(request_text("GET", "/wait"));
    REQUIRE(comes_true([&] { return here.handler.waiting == 1; }));
  }
  here.handler.let_go = true;
  CHECK(comes_true([&] { return here.server.statistics().connections == 0; }));
  CHECK(here.connect().ask(request_text("GET", "/next")).body == "/next|");
}

TEST_CASE("a drain closes idle connections, finishes requests under way and takes no more") {
  running here;
  auto idle = here.connect();
  REQUIRE(idle.ask(request_text("GET", "/")).status == 200);
  auto busy = here.connect();
  busy.send(request_text("GET", "/wait"));
  REQUIRE(comes_true([&] { return here.handler.waiting == 1; }));
  CHECK_FALSE(here.server.drain(50ms));
  CHECK(idle.ends());
  here.handler.let_go = true;
  const auto answer = busy.read();
  CHECK(answer.body == "/wait|");
  CHECK(answer.header("connection") == "close");
  CHECK(here.server.drain(5s));
  CHECK_THROWS(here.connect());
}

TEST_CASE("an address that is taken is told") {
  running here;
  http_server_options options;
  options.port = here.server.port();
  echo handler;
  http_server second{handler, options};
  const auto started = second.start();
  REQUIRE_FALSE(started.has_value());
  CHECK(started.error().code == engine::error_code::unavailable);
  options.address = "not an address";
  http_server third{handler, options};
  CHECK_FALSE(third.start().has_value());
}

TEST_CASE("many connections at once are all served") {
  running here;
  std::atomic<int> right{0};
  std::vector<std::thread> clients;
  for (int t = 0; t < 8; ++t) {
    clients.emplace_back([&here, &right, t] {
      raw_http client{here.server.port()};
      for (int i = 0; i < 200; ++i) {
        const auto body = std::to_string(t * 1'000 + i);
        if (client.ask(request_text("POST", "/", body)).body == "/|" + body) ++right;
      }
    });
  }
  for (auto& client : clients)
    client.join();
  CHECK(right == 8 * 200);
}
