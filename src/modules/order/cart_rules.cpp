// Rules of carts; see cart.hpp.
#include <algorithm>
#include "cart.hpp"
#include "rules.hpp"

namespace cloudretail::order {

Money CheckedLine::total() const { return std::min(unit_price * line.quantity, Money{Money::max_minor}); }

namespace rules {

namespace {

/// The product where it can be bought, else nullptr.
const product::Snapshot* sold(const Catalogue& catalogue, ProductId id) {
    auto found = std::ranges::find(catalogue, id, &product::Snapshot::id);
    return found != catalogue.end() && found->status == product::Status::active ? &*found : nullptr;
}

Error not_sold(const std::vector<WantedLine>& sent, ProductId id) {
    const auto index = std::ranges::find(sent, id, &WantedLine::product_id) - sent.begin();
    Error error(cloudretail::errors::validation, "The cart names products that cannot be bought.");
    error.fields.push_back({"/items/" + std::to_string(index) + "/productId", "is not sold"});
    return error;
}

CartLine put_in(const WantedLine& want, const product::Snapshot& product) {
    return {want.product_id, want.quantity, want.price.value_or(product.price), product.name};
}

std::string amount(Money money, const std::string& currency) { return money.to_string() + " " + currency; }

void judge_stock(CheckedLine& checked) {
    const auto available = checked.stock->available;
    if (available >= checked.line.quantity) return;
    if (available <= 0)
        checked.messages.push_back({"out-of-stock", "Out of stock."});
    else
        checked.messages.push_back({"insufficient-stock", "Only " + std::to_string(available) + " left."});
}

}  // namespace

Result<std::vector<CartLine>> replaced(const std::vector<CartLine>& before, std::vector<WantedLine> wanted,
                                       const Catalogue& catalogue) {
    auto lines = merge(wanted);
    if (!lines) return lines.error();
    std::vector<CartLine> after;
    after.reserve(lines->size());
    for (const auto& want : *lines) {
        auto kept = std::ranges::find(before, want.product_id, &CartLine::product_id);
        const auto* product = sold(catalogue, want.product_id);
        if (kept != before.end())
            after.push_back({want.product_id, want.quantity, want.price.value_or(kept->price),
                             product ? product->name : kept->name});
        else if (product)
            after.push_back(put_in(want, *product));
        else
            return not_sold(wanted, want.product_id);
    }
    return after;
}

Result<Merged> merged(const std::vector<CartLine>& before, std::vector<WantedLine> wanted,
                      const Catalogue& catalogue) {
    auto lines = merge(std::move(wanted));
    if (!lines) return lines.error();
    Merged out{before, {}};
    for (const auto& want : *lines) {
        auto kept = std::ranges::find(out.lines, want.product_id, &CartLine::product_id);
        if (kept != out.lines.end())
            kept->quantity = std::max(kept->quantity, want.quantity);
        else if (const auto* product = sold(catalogue, want.product_id))
            out.lines.push_back(put_in(want, *product));
        else
            out.left_out.push_back(want.product_id);
    }
    if (out.lines.size() > max_lines)
        return Error(cloudretail::errors::validation, "A cart has at most 100 lines.");
    return out;
}

std::vector<CartLine> without(std::vector<CartLine> lines, const std::vector<inventory::Line>& bought) {
    for (const auto& line : bought) {
        auto kept = std::ranges::find(lines, line.product_id, &CartLine::product_id);
        if (kept != lines.end()) kept->quantity -= line.quantity;
    }
    std::erase_if(lines, [](const CartLine& line) { return line.quantity <= 0; });
    return lines;
}

std::vector<CheckedLine> checked(const std::vector<CartLine>& lines, const Catalogue& catalogue,
                                 const std::vector<inventory::StockLevel>* levels,
                                 const std::string& currency) {
    std::vector<CheckedLine> all;
    all.reserve(lines.size());
    for (const auto& line : lines) {
        auto& checked = all.emplace_back(CheckedLine{line, false, line.price, std::nullopt});
        const auto* product = sold(catalogue, line.product_id);
        if (!product) {
            checked.messages.push_back({"no-longer-sold", "This is no longer sold."});
            continue;
        }
        checked.sold = true;
        checked.line.name = product->name;
        checked.unit_price = product->price;
        checked.vendor_id = product->vendor_id;
        if (product->price != line.price)
            checked.messages.push_back({"price-changed", "It costs " + amount(product->price, currency) +
                                                             " now; it was " + amount(line.price, currency) +
                                                             " when it was put in."});
        if (!levels) continue;
        auto level = std::ranges::find(*levels, line.product_id, &inventory::StockLevel::product_id);
        if (level == levels->end()) continue;
        checked.stock = *level;
        judge_stock(checked);
    }
    return all;
}

Money subtotal(const std::vector<CheckedLine>& lines) {
    Money sum;
    for (const auto& line : lines)
        if (line.sold) sum = std::min(sum + line.total(), Money{Money::max_minor});
    return sum;
}

}  // namespace rules
}  // namespace cloudretail::order
