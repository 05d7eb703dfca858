#include "adapters/http_client.hpp"

#include "engine/limits.hpp"
#include "tests/adapters/raw_server.hpp"
#include "tests/catch.hpp"

#include <future>

using namespace lockstep;
using namespace std::chrono_literals;
using adapters::http_client;
using adapters::http_request;
using adapters::http_response;
using adapters::transport;
using tests::raw_server;
using tests::read_request;
using tests::write_text;

namespace {

const http_client::options loopback{.insecure_http = true};

http_request make_request(std::string url, std::string body = "{}") {
  http_request request;
  request.url = std::move(url);
  request.body = std::move(body);
  request.connect_timeout = 2s;
  request.total_timeout = 5s;
  return request;
}

http_response exchange(http_client& client, http_request request) {
  std::promise<http_response> answered;
  client.send(std::move(request), [&](http_response answer) { answered.set_value(std::move(answer)); });
  auto future = answered.get_future();
  REQUIRE(future.wait_for(20s) == std::future_status::ready);
  return future.get();
}

http_response exchange(http_request request) {
  http_client client{loopback};
  return exchange(client, std::move(request));
}

} // namespace

TEST_CASE("an answer comes back with status, headers in lower case and body") {
  std::string head;
  raw_server server{[&](raw_server::socket& peer) {
    head = read_request(peer);
    write_text(
        peer, "HTTP/1.1 103 Early Hints\r\nX-Early: 1\r\n\r\n"
              "HTTP/1.1 201 Created\r\nX-Thing:  a b \r\nRETRY-AFTER: 2.0\r\nContent-Length: 5\r\n\r\nhello");
  }};
  auto request = make_request(server.url());
  request.headers = {{"X-Asked", "yes"}};
  const auto answer = exchange(std::move(request));
  REQUIRE(answer.ended == transport::answered);
  CHECK(answer.status == 201);
  CHECK(answer.body == "hello");
  CHECK(answer.header_value("x-thing") == "a b");
  CHECK(answer.header_value("retry-after") == "2.0");
  CHECK(answer.header_value("x-early").empty());
  CHECK(answer.elapsed > 0us);
  CHECK(head.starts_with("POST / HTTP/1.1"));
  CHECK(head.find("X-Asked: yes") != std::string::npos);
  CHECK(head.find("Expect") == std::string::npos);
  CHECK(head.find("Accept-Encoding") == std::string::npos);
}

TEST_CASE("a redirect is an answer, not followed") {
  raw_server server{[](raw_server::socket& peer) {
    read_request(peer);
    write_text(peer, "HTTP/1.1 302 Found\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n");
  }};
  const auto answer = exchange(make_request(server.url()));
  CHECK(answer.ended == transport::answered);
  CHECK(answer.status == 302);
}

TEST_CASE("a refused connection was not sent") {
  std::string url;
  {
    raw_server gone{[](raw_server::socket&) {}};
    url = gone.url();
  }
  const auto answer = exchange(make_request(url));
  CHECK(answer.ended == transport::not_sent);
  CHECK_FALSE(answer.what.empty());
}

TEST_CASE("an address that does not resolve, or is no address, was not sent") {
  for (const auto* url : {"http://no-such-host.invalid/", "no scheme at all", "http://127.0.0.1:99999/"})
    CHECK(exchange(make_request(url)).ended == transport::not_sent);
}

TEST_CASE("plain http is refused unless it was allowed") {
  bool reached = false;
  raw_server server{[&](raw_server::socket&) { reached = true; }};
  http_client strict{{}};
  CHECK(exchange(strict, make_request(server.url())).ended == transport::not_sent);
  CHECK_FALSE(reached);
}

TEST_CASE("a failed TLS handshake was not sent") {
  raw_server server{
      [](raw_server::socket& peer) { write_text(peer, "this is no TLS record at all\r\n\r\n"); }};
  CHECK(exchange(make_request(server.url("https"))).ended == transport::not_sent);
}

TEST_CASE("a connection that closes after the request loses the answer") {
  raw_server server{[](raw_server::socket& peer) { read_request(peer); }};
  CHECK(exchange(make_request(server.url())).ended == transport::answer_lost);
}

TEST_CASE("an answer that is cut short is lost") {
  raw_server server{[](raw_server::socket& peer) {
    read_request(peer);
    write_text(peer, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly this");
  }};
  CHECK(exchange(make_request(server.url())).ended == transport::answer_lost);
}

TEST_CASE("an answer that never comes is lost after the total timeout") {
  raw_server server{[](raw_server::socket& peer) {
    read_request(peer);
    read_request(peer); // until the client gives up
  }};
  auto request = make_request(server.url());
  request.total_timeout = 200ms;
  const auto answer = exchange(std::move(request));
  CHECK(answer.ended == transport::answer_lost);
  CHECK(answer.elapsed >= 190ms);
  CHECK(answer.elapsed < 5s);
}

TEST_CASE("an answer that is no HTTP is lost") {
  raw_server server{[](raw_server::socket& peer) {
    read_request(peer);
    write_text(peer, "\x01\x02 220 mail.example.com ESMTP\r\n");
  }};
  CHECK(exchange(make_request(server.url())).ended == transport::answer_lost);
}

TEST_CASE("an endless body ends at the cap") {
  raw_server server{[](raw_server::socket& peer) {
    read_request(peer);
    write_text(peer, "HTTP/1.1 200 OK\r\n\r\n");
    const std::string chunk(1024 * 1024, 'x');
    boost::system::error_code failure;
    while (!failure)
      boost::asio::write(peer, boost::asio::buffer(chunk), failure);
  }};
  const auto answer = exchange(make_request(server.url()));
  CHECK(answer.ended == transport::answer_too_big);
  CHECK(answer.status == 200);
}

TEST_CASE("an announced body above the cap and an endless header end the same way") {
  raw_server announced{[](raw_server::socket& peer) {
    read_request(peer);
    write_text(peer, "HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\nx");
  }};
  CHECK(exchange(make_request(announced.url())).ended == transport::answer_too_big);
  raw_server headers{[](raw_server::socket& peer) {
    read_request(peer);
    write_text(peer, "HTTP/1.1 200 OK\r\n");
    const std::string line = "X-More: " + std::string(1000, 'x') + "\r\n";
    boost::system::error_code failure;
    while (!failure)
      boost::asio::write(peer, boost::asio::buffer(line), failure);
  }};
  CHECK(exchange(make_request(headers.url())).ended == transport::answer_too_big);
}

TEST_CASE("connections are kept, and at most the stated number is open to one host") {
  std::atomic<int> connections{0};
  raw_server server{[&](raw_server::socket& peer) {
    ++connections;
    while (!read_request(peer).empty())
      write_text(peer, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
  }};
  http_client client{{.insecure_http = true, .connections_per_host = 2, .connections = 4}};
  constexpr int requests = 200;
  std::atomic<int> right{0};
  std::promise<void> all;
  std::atomic<int> left{requests};
  for (int i = 0; i < requests; ++i)
    client.send(make_request(server.url()), [&](http_response answer) {
      if (answer.ended == transport::answered && answer.body == "ok") ++right;
      if (--left == 0) all.set_value();
    });
  REQUIRE(all.get_future().wait_for(20s) == std::future_status::ready);
  CHECK(right == requests);
  CHECK(connections <= 2);
}

TEST_CASE("a callback may send the next request") {
  raw_server server{[](raw_server::socket& peer) {
    while (!read_request(peer).empty())
      write_text(peer, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  }};
  http_client client{loopback};
  std::promise<long> second;
  client.send(make_request(server.url()), [&](http_response) {
    client.send(make_request(server.url()), [&](http_response answer) { second.set_value(answer.status); });
  });
  auto future = second.get_future();
  REQUIRE(future.wait_for(20s) == std::future_status::ready);
  CHECK(future.get() == 200);
}

TEST_CASE("the client's end answers every request: the sent ones are lost, the others were not sent") {
  std::promise<void> reached;
  raw_server server{[&](raw_server::socket& peer) {
    read_request(peer);
    reached.set_value();
    read_request(peer);
  }};
  std::vector<transport> ended;
  {
    http_client client{{.insecure_http = true, .connections_per_host = 1, .connections = 1}};
    for (int i = 0; i < 3; ++i)
      client.send(make_request(server.url()), [&](http_response answer) { ended.push_back(answer.ended); });
    REQUIRE(reached.get_future().wait_for(20s) == std::future_status::ready);
  }
  REQUIRE(ended.size() == 3);
  CHECK(std::count(ended.begin(), ended.end(), transport::answer_lost) == 1);
  CHECK(std::count(ended.begin(), ended.end(), transport::not_sent) == 2);
}

TEST_CASE("after faults the same client goes on working") {
  std::atomic<int> turn{0};
  raw_server server{[&](raw_server::socket& peer) {
    while (!read_request(peer).empty()) {
      if (++turn % 2 == 1) return; // every other request meets a closing connection
      write_text(peer, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    }
  }};
  http_client client{loopback};
  CHECK(exchange(client, make_request(server.url())).ended == transport::answer_lost);
  CHECK(exchange(client, make_request(server.url())).body == "ok");
}
