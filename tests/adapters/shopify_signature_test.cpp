// Vectors: HMAC-SHA256 computed with an independent tool; the first is published by a third party.
#include "adapters/shopify/shopify_adapter.hpp"
#include "tests/adapters/shopify_samples.hpp"
#include "tests/catch.hpp"

using namespace lockstep;
using adapters::header;
using tests::order_sample;
using tests::with_secrets;

namespace {

struct vector_row {
  std::string secret;
  std::string body;
  std::string signature;
};

std::vector<vector_row> vectors() {
  return {{"test-webhook-secret",
           R"({"id":1234567890,"email":"customer@example.com","total_price":"123.45"})",
           "QNyObTlKbMx2qDlPF/ZOZcBqg5OgPg+2oky3zldc0Gw="},
          {"hush", "", "Knm8rWjeSXNIt2H0AOMT7DQ8/YSy8sQi/pEjbuUmGMs="},
          {"hush", std::string{order_sample}, "djVtYUr4jfvs21Vse5HN0Bqp1qqIEJZ+yfWB1yqdid8="}};
}

bool verify(const std::vector<std::string>& secrets, std::vector<header> headers, std::string_view body) {
  return with_secrets(secrets).verify_webhook(headers, body);
}

} // namespace

TEST_CASE("the signatures of the vectors are accepted, under any spelling of the header") {
  for (const auto& row : vectors()) {
    for (const auto* name : {"X-Shopify-Hmac-Sha256", "x-shopify-hmac-sha256", "X-SHOPIFY-HMAC-SHA256"})
      CHECK(verify({row.secret}, {{"Host", "h"}, {name, row.signature}}, row.body));
  }
}

TEST_CASE("any change of a signed body, its signature or the secret is refused") {
  for (const auto& row : vectors()) {
    for (std::size_t i = 0; i < row.body.size(); i += 7) {
      auto body = row.body;
      body[i] = static_cast<char>(body[i] ^ 1);
      CHECK_FALSE(verify({row.secret}, {{"X-Shopify-Hmac-Sha256", row.signature}}, body));
    }
    for (std::size_t i = 0; i < row.signature.size(); ++i) {
      auto signature = row.signature;
      signature[i] = signature[i] == 'A' ? 'B' : 'A';
      CHECK_FALSE(verify({row.secret}, {{"X-Shopify-Hmac-Sha256", signature}}, row.body));
    }
    CHECK_FALSE(verify({row.secret}, {{"X-Shopify-Hmac-Sha256", row.signature}}, row.body + " "));
    CHECK_FALSE(verify({row.secret + "x"}, {{"X-Shopify-Hmac-Sha256", row.signature}}, row.body));
  }
}

TEST_CASE("a body with its slashes unescaped is another body") {
  std::string body{order_sample};
  const auto signature = vectors().back().signature;
  REQUIRE(verify({"hush"}, {{"X-Shopify-Hmac-Sha256", signature}}, body));
  for (auto at = body.find("\\/"); at != std::string::npos; at = body.find("\\/"))
    body.erase(at, 1);
  CHECK_FALSE(verify({"hush"}, {{"X-Shopify-Hmac-Sha256", signature}}, body));
}

TEST_CASE("during a change of secrets either signs") {
  const auto row = vectors()[1];
  CHECK(verify({"new", "hush"}, {{"X-Shopify-Hmac-Sha256", row.signature}}, row.body));
  CHECK(verify({"hush", "new"}, {{"X-Shopify-Hmac-Sha256", row.signature}}, row.body));
  CHECK_FALSE(verify({"new", "newer"}, {{"X-Shopify-Hmac-Sha256", row.signature}}, row.body));
}

TEST_CASE("no signature, a short or long one, and no secret are refused") {
  const auto row = vectors()[1];
  CHECK_FALSE(verify({"hush"}, {}, row.body));
  CHECK_FALSE(verify({"hush"}, {{"X-Shopify-Hmac-Sha256", ""}}, row.body));
  CHECK_FALSE(verify({"hush"}, {{"X-Shopify-Hmac-Sha256", row.signature.substr(0, 43)}}, row.body));
  CHECK_FALSE(verify({"hush"}, {{"X-Shopify-Hmac-Sha256", row.signature + "="}}, row.body));
  CHECK_FALSE(verify({}, {{"X-Shopify-Hmac-Sha256", row.signature}}, row.body));
}

TEST_CASE("an empty secret signs nothing, though anybody can compute its signature") {
  // HMAC-SHA256 of an empty body under an empty key.
  const header forged{"X-Shopify-Hmac-Sha256", "thNnmggU2ex3L5XXeMNfxf8Wl8STcVZTxscSFEKSxa0="};
  CHECK_FALSE(verify({""}, {forged}, ""));
}
