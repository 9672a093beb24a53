// See carts.hpp.
#include "carts.hpp"

#include <gateway/page.hpp>
#include <log/log.hpp>
#include "cart_render.hpp"
#include "cart_store.hpp"

namespace cloudretail::order {

namespace {

template <class Line>
std::vector<ProductId> products_of(const std::vector<Line>& lines) {
    std::vector<ProductId> ids;
    ids.reserve(lines.size());
    for (const auto& line : lines) ids.push_back(line.product_id);
    return ids;
}

Error signed_out() { return Error(cloudretail::errors::unauthenticated); }

}  // namespace

Task<Result<ShownCart>> Carts::get(Caller caller) {
    if (!caller.signed_in()) co_return signed_out();
    auto load = [user = caller.id](db::Session& session) { return store::find_cart(session, user); };
    auto cart = co_await database_.read(load);
    co_return co_await show(std::move(cart), {});
}

Task<Result<ShownCart>> Carts::replace(Caller caller, std::vector<WantedLine> wanted, std::string if_match) {
    if (!caller.signed_in()) co_return signed_out();
    auto catalogue = co_await products_.find(products_of(wanted));
    auto job = [user = caller.id, wanted, catalogue, if_match](db::Tx& tx) -> Result<Cart> {
        auto cart = store::hold_cart(tx, user);
        if (auto match = check_if_match(if_match, cart); !match) return match.error();
        auto lines = rules::replaced(cart.lines, wanted, catalogue);
        if (!lines) return lines.error();
        return store::put_cart(tx, user, std::move(*lines));
    };
    auto cart = co_await database_.write(job);
    if (!cart) co_return cart.error();
    co_return co_await show(std::move(*cart), {});
}

Task<Result<ShownCart>> Carts::merge(Caller caller, std::vector<WantedLine> wanted) {
    if (!caller.signed_in()) co_return signed_out();
    auto catalogue = co_await products_.find(products_of(wanted));
    struct Now {
        Cart cart;
        std::vector<ProductId> left_out;
    };
    auto job = [user = caller.id, wanted, catalogue](db::Tx& tx) -> Result<Now> {
        auto cart = store::hold_cart(tx, user);
        auto merged = rules::merged(cart.lines, wanted, catalogue);
        if (!merged) return merged.error();
        if (merged->lines != cart.lines) cart = store::put_cart(tx, user, std::move(merged->lines));
        return Now{std::move(cart), std::move(merged->left_out)};
    };
    auto now = co_await database_.write(job);
    if (!now) co_return now.error();
    co_return co_await show(std::move(now->cart), std::move(now->left_out));
}

Task<Result<>> Carts::clear(Caller caller, std::string if_match) {
    if (!caller.signed_in()) co_return signed_out();
    auto job = [user = caller.id, if_match](db::Tx& tx) -> Result<Unit> {
        auto cart = store::hold_cart(tx, user);
        if (auto match = check_if_match(if_match, cart); !match) return match.error();
        // The row stays, so that the tags of what was there never come back.
        if (!cart.lines.empty()) store::put_cart(tx, user, {});
        return Unit{};
    };
    auto cleared = co_await database_.write(job);
    if (!cleared) co_return cleared.error();
    co_return Result<>();
}

Task<ShownCart> Carts::show(Cart cart, std::vector<ProductId> left_out) {
    auto ids = products_of(cart.lines);
    rules::Catalogue catalogue;
    std::optional<std::vector<inventory::StockLevel>> known;
    if (!ids.empty()) {
        catalogue = co_await products_.find(ids);
        known = co_await levels(std::move(ids));
    }
    const auto lines = rules::checked(cart.lines, catalogue, known ? &*known : nullptr, currency_);
    ShownCart shown;
    shown.body = to_json(cart, lines, left_out, currency_);
    shown.etag = etag_of(cart, shown.body);
    co_return shown;
}

/// nullopt while inventory is away: a cart is worth showing without.
Task<std::optional<std::vector<inventory::StockLevel>>> Carts::levels(std::vector<ProductId> products) {
    try {
        co_return co_await stock_.levels(std::move(products));
    } catch (const Unavailable& e) {
        log::warning("a cart is shown without its stock", {{"error", e.what()}});
    }
    co_return std::nullopt;
}

}  // namespace cloudretail::order
