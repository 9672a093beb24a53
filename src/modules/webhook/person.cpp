// Exporting and erasing owners of webhooks; see person.hpp.
#include "person.hpp"

#include <base/json.hpp>
#include "delivery_store.hpp"
#include "render.hpp"
#include "store.hpp"

namespace cloudretail::webhook {

namespace {

constexpr int at_once = 500;

Task<std::string> show(db::Database& database, UserId person, int rows) {
    auto look = [person, rows](db::Session& s) { return store::list(s, person, std::nullopt, 0, rows + 1); };
    auto webhooks = co_await database.read(std::move(look));
    const bool truncated = webhooks.size() > static_cast<std::size_t>(rows);
    if (truncated) webhooks.pop_back();
    json::Writer w;
    w.begin_object().key("webhooks").begin_array();
    for (const Webhook& webhook : webhooks) w.raw(to_json(webhook));
    w.end_array().member("truncated", truncated).end_object();
    co_return w.take();
}

/// What is under way to an endpoint ends with nothing to be written down to.
Task<std::string> erase(db::Database& database, UserId person) {
    auto remove = [person](db::Tx& tx) { return store::remove_all_of(tx, person); };
    co_await database.write(std::move(remove));
    auto forget = [](db::Tx& tx) { return store::forget(tx, at_once); };
    while (co_await database.write(forget) > 0) {
    }
    co_return std::string();
}

}  // namespace

app::PersonHolder person_holder(db::Database& database) {
    return {"webhook", &database,
            [&database](UserId person, int rows) { return show(database, person, rows); },
            [&database](UserId person) { return erase(database, person); }};
}

}  // namespace cloudretail::webhook
