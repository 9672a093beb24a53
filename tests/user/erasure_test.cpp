// Exporting and erasing persons over holders that the test makes up: what is gone at once, what is waited
// for, who may.
#include "erasure.hpp"

#include <support/shop.hpp>
#include <user/events.hpp>
#include "desk.hpp"

namespace cloudretail::user {

namespace {

struct NoSender final : mail::Sender {
    mail::Sent send(const mail::Message&) override { return {mail::Sent::Kind::away, "not now"}; }
    void forget(std::string_view address, Timestamp) override { forgotten = std::string(address); }
    void tidy(Timestamp) override {}
    std::string forgotten;
};

/// A desk whose erasures run: with threads, a pump and another holder.
struct Office {
    explicit Office(db::Dialect dialect) : desk(dialect) {
        config.set("server.data_dir", folder.path().string());
        persons.add({"other", &desk.test_database.database(),
                     [this](UserId id, int rows) -> Task<std::string> {
                         if (ask_again-- > 0) inner = co_await show_again(*this, id);
                         co_return "{\"rows\":" + std::to_string(rows) + "}";
                     },
                     [this](UserId) -> Task<std::string> {
                         ++asked;
                         if (!late_mail_to.empty()) leave_mail();
                         co_return waits.load() ? "a test" : "";
                     }});
        persons.add(erasure.holder());
        sagas.define(erasure.saga());
        runtime.start();
        pump.start();
        sagas.start();
    }
    ~Office() {
        sagas.stop();
        pump.stop();
        runtime.drain(std::chrono::seconds(5));
        desk.test_database.database().close();
        runtime.stop();
    }

    static Task<Result<std::string>> show_again(Office& office, UserId id) {
        Caller caller;
        caller.id = id;
        co_return co_await office.erasure.show(caller);
    }
    /// As a request in another process would that had not heard yet, whose clock is ahead; once.
    void leave_mail() {
        desk.sql(
            "INSERT INTO mails (reference, recipient, subject, body, next_at, created_at) VALUES ('late', '" +
            std::exchange(late_mail_to, "") + "', 's', 'b', 9000000000000, " +
            std::to_string(desk.clock.now().ms + 500) + ")");
    }

    Desk desk;
    std::string late_mail_to;
    int ask_again = 0;
    std::optional<Result<std::string>> inner;
    test::TemporaryFolder folder;
    config::Config config;
    runtime::Runtime runtime{1};
    events::Bus bus{runtime, {}};
    saga::Engine sagas{runtime, {}};
    metrics::Registry metrics;
    app::Persons persons;
    app::Environment environment{config, desk.clock, runtime, bus, sagas, metrics, persons};
    NoSender sender;
    MailPump pump{desk.test_database.database(), sender, {{"", "shop@example.com"}}, metrics};
    Erasure erasure{desk.process->access, desk.process->guard, pump, environment, {7, 1}};
    std::atomic<bool> waits{false};
    std::atomic<int> asked{0};
};

}  // namespace

TEST_CASE_ON_BOTH("an export has a share of every holder, and when and to what somebody consented",
                  "[erasure]") {
    Office office(dialect);
    const Caller ann = office.desk.customer("ann@example.com");
    auto shown = Desk::run(office.erasure.show(ann));
    REQUIRE(shown.has_value());
    const auto document = json::Document::parse(*shown);
    REQUIRE(document.has_value());
    const auto root = document->root();
    CHECK(root["other"]["rows"].integer() == 7);
    CHECK(root["user"]["profile"]["email"].text() == "ann@example.com");
    CHECK(root["user"]["consent"]["givenAt"].text() == office.desk.clock.now().to_string());
    CHECK(root["user"]["sessions"].size() >= 1);
    CHECK(root["user"]["mailsOnTheirWay"].is_array());
}

TEST_CASE_ON_BOTH("no more exports run at once than may", "[erasure]") {
    Office office(dialect);
    const Caller ann = office.desk.customer("ann@example.com");
    office.ask_again = 1;
    CHECK(Desk::run(office.erasure.show(ann)).has_value());
    REQUIRE(office.inner.has_value());
    REQUIRE_FALSE(office.inner->has_value());
    CHECK(office.inner->error().is(cloudretail::errors::overloaded));
    CHECK(office.inner->error().retry_after_s > 0);
    CHECK(Desk::run(office.erasure.show(ann)).has_value());  // its place is free again
}

TEST_CASE_ON_BOTH("what a request that had not heard left during an erasure goes in the second pass",
                  "[erasure]") {
    Office office(dialect);
    const Caller ann = office.desk.customer("ann@example.com");
    office.late_mail_to = "ann@example.com";  // after our own share was erased the first time
    auto erased = Desk::run(office.erasure.erase_me(ann, "Demo123!", "192.0.2.1"));
    REQUIRE(erased.has_value());
    CHECK(erased->ended_at.has_value());
    CHECK(office.late_mail_to.empty());
    CHECK(office.desk.sql("SELECT COUNT(*) FROM mails WHERE recipient = 'ann@example.com'") == "0");
    CHECK(office.desk.sql("SELECT email FROM erasures") == "");
}

TEST_CASE_ON_BOTH("erasing takes the password, and then account, tokens and mails are gone", "[erasure]") {
    Office office(dialect);
    const Caller ann = office.desk.customer("ann@example.com");
    const Caller bob = office.desk.customer("bob@example.com");
    CHECK(Desk::run(office.erasure.erase_me(ann, "wrong", "192.0.2.1")).error().is(errors::wrong_password));
    auto erased = Desk::run(office.erasure.erase_me(ann, "Demo123!", "192.0.2.1"));
    REQUIRE(erased.has_value());
    CHECK(erased->ended_at.has_value());
    CHECK(office.sender.forgotten == "ann@example.com");
    CHECK(office.asked >= 2);  // once more before the files are scrubbed
    CHECK(office.desk.sql("SELECT COUNT(*) FROM users WHERE email = 'ann@example.com'") == "0");
    CHECK(office.desk.sql("SELECT COUNT(*) FROM mails WHERE recipient = 'ann@example.com'") == "0");
    CHECK(office.desk.sql("SELECT email || waits_for FROM erasures") == "");
    CHECK(office.desk.sql("SELECT subject FROM outbox WHERE type = 'user.deleted'") == ann.id.to_string());
    CHECK(office.desk.sql("SELECT audience FROM outbox WHERE type = 'user.deleted'") == ann.id.to_string());
    CHECK(office.desk.sql("SELECT subject FROM audit WHERE action = 'user.erased'") == ann.id.to_string());
    CHECK_FALSE(office.desk.log_in("Demo123!", "ann@example.com").has_value());
    CHECK(Desk::run(office.erasure.show(ann)).error().is(cloudretail::errors::unauthenticated));
    CHECK(Desk::run(office.erasure.show(bob)).has_value());
    // The address is free again.
    CHECK(office.desk.enrol(Desk::account("ann@example.com")).has_value());
}

TEST_CASE_ON_BOTH("what a holder waits for is told, waited for, and seen when asked again", "[erasure]") {
    Office office(dialect);
    const Caller boss = office.desk.admin();
    const Caller ann = office.desk.customer("ann@example.com");
    office.waits = true;
    auto begun = Desk::run(office.erasure.erase(boss, ann.id));
    REQUIRE(begun.has_value());
    CHECK_FALSE(begun->ended_at.has_value());
    CHECK(begun->waits_for == "other: a test");
    CHECK(office.desk.sql("SELECT COUNT(*) FROM users WHERE email = 'ann@example.com'") == "0");
    auto again = Desk::run(office.erasure.erase(boss, ann.id));
    REQUIRE(again.has_value());
    CHECK(again->waits_for == "other: a test");
    office.waits = false;
    CHECK(test::eventually(std::chrono::seconds(10),
                           [&] { return office.desk.sql("SELECT COUNT(*) FROM sagas") == "0"; }));
    CHECK(office.desk.sql("SELECT COUNT(*) FROM erasures WHERE ended_at IS NOT NULL") == "1");
    CHECK(Desk::run(office.erasure.erase(boss, ann.id)).error().is(cloudretail::errors::not_found));
}

TEST_CASE_ON_BOTH("administrators alone erase others, and the last of them stays", "[erasure]") {
    Office office(dialect);
    const Caller boss = office.desk.admin();
    const Caller ann = office.desk.customer("ann@example.com");
    CHECK(Desk::run(office.erasure.erase(ann, boss.id)).error().is(cloudretail::errors::forbidden));
    CHECK(Desk::run(office.erasure.erase(boss, UserId::make())).error().is(cloudretail::errors::not_found));
    CHECK(Desk::run(office.erasure.erase(boss, boss.id)).error().is(errors::last_admin));
    const Caller other = office.desk.admin("other@example.com");
    CHECK(Desk::run(office.erasure.erase(other, boss.id)).has_value());
    CHECK(Desk::run(office.erasure.erase(other, other.id)).error().is(errors::last_admin));
}

}  // namespace cloudretail::user
