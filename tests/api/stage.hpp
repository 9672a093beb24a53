// Who asks and what is asked about, for tests that walk every operation of the served contract: customers,
// vendors and an administrator in two worlds, and for each operation the thing it works on. An operation
// without an entry in asks() fails the walk by its name. Thread rule: one thread.
#pragma once

#include <functional>
#include <map>
#include <support/contract.hpp>

#include "server.hpp"

namespace cloudretail::test {

struct Person {
    std::string name;  // "vendor B"
    std::string role;  // anonymous, customer, vendor, admin
    char world = 'A';  // customer A buys from vendor A; nobody of A has to do with anything of B
    Account account{};
};

enum class Thing { own, foreign, missing };

/// One request of the walk: who asks, and whose the thing is.
struct Cell {
    const ContractOperation& operation;
    Person caller;
    Person owner;
    Thing thing = Thing::own;
};

/// What is sent besides method, path and token.
struct Asked {
    std::vector<std::string> values{};  // of the path's parameters
    std::string query{};                // "?orderId=…"
    std::string body{};                 // empty: the document's example
    HttpClient::Headers headers{};
};

class Stage {
  public:
    explicit Stage(db::Dialect dialect);

    [[nodiscard]] const Contract& contract() const { return *contract_; }
    [[nodiscard]] HttpClient& client() { return client_; }
    [[nodiscard]] const RunningServer& server() const { return server_; }

    /// anonymous, customer A, customer B, vendor A, vendor B, admin.
    [[nodiscard]] const std::vector<Person>& people() const { return people_; }
    [[nodiscard]] const Person& person(std::string_view role, char world) const;
    /// The same person by an API key with these scopes, in place of the token.
    Person by_key(const Person& person, const std::vector<std::string>& scopes);
    /// Somebody new of the same role and world, for what a person can do only once.
    Person fresh(const Person& like);

    // A new thing of the world's each time.
    std::string product(char world);
    std::string stocked_product(char world);
    /// A new product's id, and the answer that tells of its picture.
    std::pair<std::string, HttpResponse> picture(char world);
    /// A confirmed order of the world's customer for a product of the world's vendor; its id.
    std::string order(char world, const std::string& more);
    std::string confirmed_order(char world) { return order(world, ""); }
    std::string payment(char world) { return payment_of(world, confirmed_order(world)); }
    /// One that is to be paid on delivery.
    std::string awaited_payment(char world) {
        return payment_of(world, order(world, R"(,"paymentMethod":"cash_on_delivery")"));
    }
    /// An event that product could not handle, and can now; nobody's, whatever the world.
    std::string dead_letter(char world);

    /// An endpoint of the world's vendor, somewhere that nobody is.
    std::string webhook(char world);

    /// Sends the cell's request; an empty body is one, if `body_as_it_is`.
    HttpResponse send(const Cell& cell, const Asked& asked, bool body_as_it_is = false);

  private:
    std::string payment_of(char world, const std::string& order);
    Person make(const std::string& role, char world, int number);

    RunningServer server_;
    HttpClient client_;
    std::optional<Contract> contract_;
    std::vector<Person> people_;
    std::map<char, std::string> shelf_;  // a product with much stock, per world
    int made_ = 0;
};

/// How the walk asks one operation.
struct Ask {
    /// Makes the thing and says how it is named. Empty: there is no thing, and the example will do.
    std::function<Asked(Stage&, const Cell&)> asked{};
    bool once = false;  // the caller can do it only once: somebody new each time
};

/// By operationId.
const std::map<std::string, Ask>& asks();

/// What the payment provider signs its webhooks with.
inline constexpr const char* provider_key = "a key of the provider, for tests";

/// An id that nothing has.
inline constexpr const char* no_id = "0190f5fe-7c00-7000-8000-000000000000";

}  // namespace cloudretail::test
