// The queue of mails: posting once, leases, what becomes of a mail.
#include "desk.hpp"
#include "mail_store.hpp"

namespace cloudretail::user {

namespace {

Letter letter(const std::string& reference, const std::string& to = "ann@example.com") {
    return {to, "Hello", "Hello Ann,\n\nall is well.\n", reference};
}

void post(Desk& desk, const Letter& some) {
    desk.test_database.database().write_blocking([&](db::Tx& tx) {
        mailing::post(tx, some);
        return Unit{};
    });
}

std::vector<store::QueuedMail> take(Desk& desk, const std::string& owner, int limit = 10) {
    return desk.test_database.database().write_blocking(
        [&](db::Tx& tx) { return store::take_mails(tx, owner, tx.now().plus_ms(60'000), limit); });
}

}  // namespace

TEST_CASE_ON_BOTH("a letter posted twice under one reference is one mail", "[mail]") {
    Desk desk(dialect);
    post(desk, letter("order.created:1"));
    post(desk, letter("order.created:1", "somebody.else@example.com"));
    auto mails = take(desk, "a");
    REQUIRE(mails.size() == 1);
    CHECK(mails[0].letter.to == "ann@example.com");
    CHECK(mails[0].letter.subject == "Hello");
    CHECK(mails[0].letter.text == "Hello Ann,\n\nall is well.\n");
    CHECK(mails[0].letter.reference == "order.created:1");
}

TEST_CASE_ON_BOTH("a letter posted in a transaction that is rolled back is none", "[mail]") {
    Desk desk(dialect);
    auto refused = desk.test_database.database().write_blocking([](db::Tx& tx) -> Result<> {
        mailing::post(tx, letter("x:1"));
        return Error(cloudretail::errors::not_found);
    });
    CHECK_FALSE(refused.has_value());
    CHECK(take(desk, "a").empty());
}

TEST_CASE_ON_BOTH("a mail is leased to one taker at a time, and free again when the lease is over",
                  "[mail]") {
    Desk desk(dialect);
    for (const char* reference : {"x:1", "x:2", "x:3"}) post(desk, letter(reference));
    CHECK(take(desk, "a", 2).size() == 2);
    CHECK(take(desk, "a").size() == 1);
    CHECK(take(desk, "a").empty());
    // On SQLite whoever else holds a lease is dead: one process at a time has the data directory.
    CHECK(take(desk, "b").size() == (dialect == db::Dialect::sqlite ? 3 : 0));
    desk.clock.advance_ms(60'000);
    CHECK(take(desk, "b").size() == 3);
}

TEST_CASE_ON_BOTH("of a sent mail nothing personal is kept, and its reference keeps it from being sent again",
                  "[mail]") {
    Desk desk(dialect);
    post(desk, letter("x:1"));
    REQUIRE(take(desk, "a").size() == 1);
    auto& database = desk.test_database.database();
    database.write_blocking([](db::Tx& tx) {
        store::mail_sent(tx, "x:1", "somebody else");
        return Unit{};
    });
    CHECK(desk.sql("SELECT state FROM mails") == "waiting");
    database.write_blocking([](db::Tx& tx) {
        store::mail_sent(tx, "x:1", "a");
        return Unit{};
    });
    CHECK(desk.sql("SELECT state || recipient || subject || body FROM mails") == "sent");
    post(desk, letter("x:1"));
    desk.clock.advance_ms(3'600'000);
    CHECK(take(desk, "a").empty());

    auto sweep = [](db::Tx& tx) { return store::sweep_mails(tx, 7'200'000, 10); };
    CHECK(database.write_blocking(sweep) == 0);
    desk.clock.advance_ms(3'600'001);
    CHECK(database.write_blocking(sweep) == 1);
}

TEST_CASE_ON_BOTH("a postponed mail waits for its time and counts its tries, and a dead one is counted",
                  "[mail]") {
    Desk desk(dialect);
    auto& database = desk.test_database.database();
    post(desk, letter("x:1"));
    REQUIRE(take(desk, "a").size() == 1);
    database.write_blocking([](db::Tx& tx) {
        store::mail_postponed(tx, "x:1", "a", "SMTP 451", tx.now().plus_ms(5'000));
        return Unit{};
    });
    CHECK(take(desk, "a").empty());
    desk.clock.advance_ms(5'000);
    auto again = take(desk, "a");
    REQUIRE(again.size() == 1);
    CHECK(again[0].attempts == 1);
    database.write_blocking([](db::Tx& tx) {
        store::mail_dead(tx, "x:1", "a", "SMTP 550");
        return Unit{};
    });
    auto counts = database.read_blocking([](db::Session& s) { return store::count_mails(s); });
    CHECK(counts.waiting == 0);
    CHECK(counts.dead == 1);
    CHECK(desk.sql("SELECT error FROM mails") == "SMTP 550");
}

}  // namespace cloudretail::user
