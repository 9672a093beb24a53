// Exporting and erasing customers; see person.hpp.
#include "person.hpp"

#include <base/json.hpp>
#include "cart_render.hpp"
#include "cart_store.hpp"
#include "person_store.hpp"
#include "render.hpp"
#include "repair_store.hpp"
#include "store.hpp"

namespace cloudretail::order {

namespace {

constexpr int chunk = 100;  // orders of one transaction

/// Above every id.
OrderId end_of_ids() {
    OrderId id;
    id.uuid.bytes.fill(0xff);
    return id;
}

/// In place of an erased customer's address: what clients may rely on stays there.
std::string no_address() {
    const std::string erased = "erased";
    return to_json(Address{erased, erased, "", erased, erased});
}

Task<std::string> show(db::Database& database, Service& service, UserId person, int rows) {
    co_await service.index_parties();
    struct Own {
        std::vector<Order> orders;
        Cart cart;
    };
    auto look = [person, rows](db::Session& session) {
        return Own{store::find_many(session, store::orders_of(session, person, end_of_ids(), rows + 1)),
                   store::find_cart(session, person)};
    };
    auto [orders, cart] = co_await database.snapshot(std::move(look));
    const bool truncated = orders.size() > static_cast<std::size_t>(rows);
    if (truncated) orders.pop_back();
    json::Writer w;
    w.begin_object().key("orders").begin_array();
    for (const Order& order : orders) w.raw(to_json(order));
    w.end_array().key("cart").raw(to_json(cart));
    w.member("truncated", truncated).end_object();
    co_return w.take();
}

/// Cancels what is not shipped, as the customer would. What cannot be cancelled now is looked at again.
Task<void> cancel_unshipped(db::Database& database, Service& service, UserId person, OrderId id) {
    auto look = [id](db::Session& session) { return store::find(session, id); };
    auto order = co_await database.read(std::move(look));
    if (!order || order->status != Status::confirmed) co_return;
    Caller customer;
    customer.id = person;
    customer.role = Role::customer;
    co_await service.cancel(customer, id, "", {});
}

/// True: nothing of these orders holds the person any more.
Task<bool> erase_some(db::Database& database, Service& service, UserId person, std::vector<OrderId> ids) {
    for (const auto& id : ids) co_await cancel_unshipped(database, service, person, id);
    auto take_out = [person, ids](db::Tx& tx) {
        bool all = true;
        for (const auto& id : ids) {
            if (store::is_moving(tx.session(), id))
                all = false;
            else
                store::take_person_out(tx, person, id, no_address());
        }
        return all;
    };
    co_return co_await database.write(std::move(take_out));
}

Task<std::string> erase(db::Database& database, Service& service, UserId person) {
    co_await service.index_parties();
    if (database.dialect() == db::Dialect::postgresql) {
        // With several processes the index can have passed by an order that was committed late.
        auto mend = [](db::Tx& tx) { return store::mend_parties(tx); };
        co_await database.write(std::move(mend));
    }
    auto take_cart = [person](db::Tx& tx) {
        store::erase_cart(tx, person);
        return Unit{};
    };
    co_await database.write(std::move(take_cart));
    bool all = true;
    OrderId before = end_of_ids();
    for (;;) {
        auto look = [person, before](db::Session& session) {
            return store::orders_of(session, person, before, chunk);
        };
        auto ids = co_await database.read(std::move(look));
        if (ids.empty()) break;
        before = ids.back();
        const bool these = co_await erase_some(database, service, person, std::move(ids));
        all = all && these;
    }
    co_return all ? std::string() : std::string("an order's payment, refund or shipment is not settled yet");
}

}  // namespace

app::PersonHolder person_holder(db::Database& database, Service& service) {
    return {"order", &database,
            [&database, &service](UserId person, int rows) { return show(database, service, person, rows); },
            [&database, &service](UserId person) { return erase(database, service, person); }};
}

}  // namespace cloudretail::order
