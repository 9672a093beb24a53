// SQL of carts; see cart_store.hpp.
#include "cart_store.hpp"

#include <base/json.hpp>
#include <stdexcept>

namespace cloudretail::order::store {

namespace {

std::string to_items(const std::vector<CartLine>& lines) {
    json::Writer w;
    w.begin_array();
    for (const auto& line : lines)
        w.begin_array()
            .value(line.product_id)
            .value(line.quantity)
            .value(line.price.minor)
            .value(line.name)
            .end_array();
    w.end_array();
    return w.take();
}

std::vector<CartLine> from_items(const std::string& text) {
    auto document = json::Document::parse(text);
    if (!document) throw std::runtime_error("a cart's items are not JSON");
    auto items = document->root();
    std::vector<CartLine> lines;
    lines.reserve(items.size());
    for (std::size_t i = 0; i < items.size(); ++i) {
        auto item = items.at(i);
        lines.push_back({ProductId::parse(item.at(0).text().value_or("")).value(),
                         item.at(1).integer().value(), Money{item.at(2).integer().value()},
                         std::string(item.at(3).text().value_or(""))});
    }
    return lines;
}

}  // namespace

Cart find_cart(db::Session& session, UserId user) {
    auto found = session.query_one(
        "tii", "SELECT items, version, updated_at FROM carts WHERE user_id = :user",
        [](const db::Row& r) {
            // Held, but nothing was ever put in: as if there were none.
            if (r.integer(1) == 0) return Cart{};
            return Cart{from_items(r.text(0)), r.integer(1), r.time(2)};
        },
        user);
    return found ? std::move(*found) : Cart{};
}

Cart hold_cart(db::Tx& tx, UserId user) {
    tx->exec(
        "INSERT INTO carts (user_id, items, version, updated_at) VALUES (:user, '[]', 0, :now) "
        "ON CONFLICT (user_id) DO UPDATE SET version = carts.version",
        user, tx.now());
    return find_cart(tx.session(), user);
}

Cart put_cart(db::Tx& tx, UserId user, std::vector<CartLine> lines) {
    tx->exec(
        "UPDATE carts SET items = :items, version = version + 1, updated_at = :now WHERE user_id = :user",
        to_items(lines), tx.now(), user);
    return find_cart(tx.session(), user);
}

void take_out_of_cart(db::Tx& tx, UserId user, const std::vector<inventory::Line>& bought) {
    if (find_cart(tx.session(), user).lines.empty()) return;
    auto cart = hold_cart(tx, user);
    auto left = rules::without(cart.lines, bought);
    if (left != cart.lines) put_cart(tx, user, std::move(left));
}

void erase_cart(db::Tx& tx, UserId user) { tx->exec("DELETE FROM carts WHERE user_id = :user", user); }

std::int64_t sweep_carts(db::Tx& tx, std::int64_t retention_ms, int limit) {
    return tx->exec(
        "DELETE FROM carts WHERE user_id IN (SELECT user_id FROM carts WHERE updated_at < :before "
        "ORDER BY updated_at LIMIT :limit)",
        tx.now().plus_ms(-retention_ms), limit);
}

}  // namespace cloudretail::order::store
