// Thousands of random operations against a plain model, on both databases: after each of them rows, answers
// and events are what the model says, and every invariant of check --deep holds. A failure names its seed and
// step.
#include <algorithm>
#include <random>

#include "warehouse.hpp"

using namespace cloudretail;
using namespace cloudretail::inventory;

namespace {

using Told = std::vector<std::string>;

/// Stock as a person would keep it on paper. Every operation answers whether it is done (or refused).
class Model {
  public:
    struct Place {
        std::int64_t quantity = 0, reserved = 0, threshold = 10;
        [[nodiscard]] std::int64_t free() const { return quantity - reserved; }
    };
    enum class State { open, released, shipped };
    struct Held {
        ProductId product;
        std::string warehouse;
        std::int64_t quantity;
        State state = State::open;
        std::int64_t back = 0;
    };
    struct Order {
        std::vector<Held> held;
        std::vector<Uuid> refunds;
        bool given_up = false;
    };

    /// What is done to `product` is told, if it changes what is told.
    template <class Change>
    void tell(ProductId product, bool always, Change change) {
        const std::string before = availability(product);
        change();
        const std::string after = availability(product);
        const bool was_out = before == "out_of_stock";
        const bool is_out = after == "out_of_stock";
        const bool crossed = before != after && (was_out || is_out || after == "low_stock");
        if (always || (before != after && !crossed)) told[product].push_back(stock_adjusted);
        if (crossed) told[product].push_back(is_out ? out_of_stock : was_out ? back_in_stock : low_stock);
    }
    [[nodiscard]] std::string availability(ProductId product) {
        std::int64_t free = 0, threshold = 0;
        for (const auto& [name, place] : stock[product]) free += place.free(), threshold += place.threshold;
        return free == 0 ? "out_of_stock" : free <= threshold ? "low_stock" : "in_stock";
    }

    void receive(ProductId product, const std::string& warehouse, std::int64_t quantity) {
        tell(product, true, [&] { stock[product][warehouse].quantity += quantity; });
    }
    bool adjust(ProductId product, const Adjustment& a) {
        if (!stock[product].contains(a.warehouse)) return false;
        Place& place = stock[product][a.warehouse];
        const std::int64_t quantity = a.quantity.value_or(place.quantity + a.delta.value_or(0));
        if (quantity < place.reserved) return false;
        tell(product, true, [&] {
            place.quantity = quantity;
            place.threshold = a.low_stock_threshold.value_or(place.threshold);
        });
        return true;
    }
    bool transfer(ProductId product, const Transfer& t) {
        auto& places = stock[product];
        if (!places.contains(t.from) || t.from == t.to || places[t.from].free() < t.quantity) return false;
        tell(product, true, [&] {
            places[t.from].quantity -= t.quantity;
            places[t.to].quantity += t.quantity;
        });
        return true;
    }
    bool reserve(OrderId id, const std::vector<Line>& lines) {
        Order& order = orders[id];
        const auto over = [](const Held& h) { return h.state == State::released; };
        if (order.given_up) return false;
        if (!order.held.empty()) return !std::ranges::all_of(order.held, over);
        for (const Line& line : lines) {
            std::int64_t free = 0;
            for (const auto& [name, place] : stock[line.product_id]) free += place.free();
            if (free < line.quantity) return false;
        }
        for (const Line& line : lines) {
            tell(line.product_id, false, [&] {
                for (std::int64_t wanted = line.quantity; wanted > 0;) {
                    auto& places = stock[line.product_id];
                    const auto fullest = std::ranges::max_element(
                        places, {}, [](const auto& place) { return place.second.free(); });
                    const std::int64_t take = std::min(wanted, fullest->second.free());
                    fullest->second.reserved += take;
                    order.held.push_back({line.product_id, fullest->first, take});
                    wanted -= take;
                }
            });
        }
        return true;
    }
    bool release(OrderId id, const std::optional<ProductId>& only = std::nullopt) {
        Order& order = orders[id];
        if (order.held.empty() && !only) order.given_up = true;
        for (auto& [product, places] : stock) {
            if (only && *only != product) continue;
            tell(product, false, [&, product = product] {
                for (Held& held : order.held) {
                    if (held.product != product || held.state != State::open) continue;
                    stock[product][held.warehouse].reserved -= held.quantity;
                    held.state = State::released;
                }
            });
        }
        return true;
    }
    bool ship(OrderId id, ProductId product) {
        bool open = false, gone = false;
        for (const Held& held : orders[id].held) {
            if (held.product != product) continue;
            open = open || held.state == State::open;
            gone = gone || held.state == State::shipped;
        }
        if (!open) return gone;
        tell(product, true, [&] {
            for (Held& held : orders[id].held) {
                if (held.product != product || held.state != State::open) continue;
                stock[product][held.warehouse].quantity -= held.quantity;
                stock[product][held.warehouse].reserved -= held.quantity;
                held.state = State::shipped;
            }
        });
        return true;
    }
    bool restock(OrderId id, const Uuid& refund, const Line& line) {
        Order& order = orders[id];
        if (std::ranges::find(order.refunds, refund) != order.refunds.end()) return true;
        std::vector<Held*> away;
        std::int64_t total = 0;
        for (Held& held : order.held) {
            if (held.product != line.product_id || held.state != State::shipped) continue;
            away.push_back(&held);
            total += held.quantity - held.back;
        }
        if (total < line.quantity) return false;
        std::ranges::sort(away, {}, [](const Held* held) {
            return std::pair(held->back - held->quantity, held->warehouse);
        });
        tell(line.product_id, true, [&] {
            std::int64_t left = line.quantity;
            for (Held* held : away) {
                const std::int64_t back = std::min(left, held->quantity - held->back);
                held->back += back;
                stock[line.product_id][held->warehouse].quantity += back;
                left -= back;
            }
        });
        order.refunds.push_back(refund);
        return true;
    }

    std::map<ProductId, std::map<std::string, Place>> stock;
    std::map<OrderId, Order> orders;
    std::map<ProductId, Told> told;
};

/// The shop and the model, given the same random operations.
class Walk {
  public:
    Walk(Warehouse& warehouse, std::uint32_t seed) : w_(warehouse), random_(seed) {
        for (int i = 0; i < 3; ++i) products_.push_back(w_.product());
        for (int i = 0; i < 12; ++i) orders_.push_back(OrderId::make());
        for (int i = 0; i < 6; ++i) refunds_.push_back(make_uuid());
    }

    void step(int number) {
        model_.told.clear();
        const bool same = operate(number);
        CHECK(same);  // the shop answers as the model does
        CHECK(w_.events() == model_.told);
        for (const ProductId product : products_) {
            std::vector<std::string> theirs, ours;
            for (const auto& row : w_.rows(product))
                theirs.push_back(text(row.warehouse, row.quantity, row.reserved, row.low_stock_threshold));
            for (const auto& [name, place] : model_.stock[product])
                ours.push_back(text(name, place.quantity, place.reserved, place.threshold));
            CHECK(theirs == ours);
        }
        CHECK(w_.faults().empty());
    }

  private:
    std::int64_t upto(std::int64_t n) {
        return static_cast<std::int64_t>(random_() % static_cast<std::uint64_t>(n));
    }
    template <class T>
    const T& one_of(const std::vector<T>& all) {
        return all[static_cast<std::size_t>(upto(static_cast<std::int64_t>(all.size())))];
    }
    static std::string text(const std::string& name, std::int64_t a, std::int64_t b, std::int64_t c) {
        return name + " " + std::to_string(a) + " " + std::to_string(b) + " " + std::to_string(c);
    }

    /// One operation on both; whether they agree.
    bool operate(int number) {
        const ProductId product = one_of(products_);
        const std::string warehouse = one_of(warehouses_);
        // Orders are renewed from time to time, else all would soon be over.
        OrderId& order = orders_[static_cast<std::size_t>(upto(12))];
        const OrderId known = one_of(orders_);
        switch (upto(9)) {
            case 0:
                return receive(product, warehouse, number);
            case 1:
                return adjust(product, warehouse);
            case 2: {
                const Transfer t{warehouse, one_of(warehouses_), 1 + upto(12)};
                const bool done = w_.run(w_.service.transfer(w_.vendor, product, t, {})).has_value();
                return done == model_.transfer(product, t);
            }
            case 3:
                order = OrderId::make();
                [[fallthrough]];
            case 4: {
                std::vector<Line> lines{{product, 1 + upto(25)}};
                if (upto(2) == 0) lines = {{products_[0], 1 + upto(15)}, {products_[2], 1 + upto(15)}};
                return w_.reserve(order, lines).has_value() == model_.reserve(order, lines);
            }
            case 5:
                if (upto(3) == 0) return w_.release(known).has_value() == model_.release(known);
                return w_.release_lines(known, {product}).has_value() == model_.release(known, product);
            case 6:
            case 7:
                return w_.ship(known, {product}).has_value() == model_.ship(known, product);
            default: {
                const Uuid refund = upto(3) == 0 ? one_of(refunds_) : make_uuid();
                const Line line{product, 1 + upto(10)};
                return w_.restock(known, refund, {line}).has_value() == model_.restock(known, refund, line);
            }
        }
    }
    bool receive(ProductId product, const std::string& warehouse, int number) {
        const Delivery delivery{product, 5 + upto(40), warehouse, std::nullopt};
        const db::IdempotencyKey key{"step " + std::to_string(number), "body"};
        const auto answer = w_.run(w_.service.add(w_.vendor, delivery, key));
        const auto again = w_.run(w_.service.add(w_.vendor, delivery, key));
        model_.receive(product, warehouse, delivery.quantity);
        return answer && again && again->replayed && again->body == answer->body;
    }
    bool adjust(ProductId product, const std::string& warehouse) {
        Adjustment a;
        a.warehouse = warehouse;
        const auto what = upto(3);
        if (what == 0) a.quantity = upto(40);
        if (what == 1) a.delta = upto(30) - 20;
        if (what == 2) a.low_stock_threshold = upto(30);
        // Below nothing there is no quantity: refused like what is below the reserved.
        const bool done = w_.run(w_.service.adjust(w_.vendor, product, a, "")).has_value();
        return done == model_.adjust(product, a);
    }

    Warehouse& w_;
    std::mt19937 random_;
    Model model_;
    std::vector<ProductId> products_;
    const std::vector<std::string> warehouses_{"A", "B", "C"};
    std::vector<OrderId> orders_;
    std::vector<Uuid> refunds_;
};

}  // namespace

TEST_CASE_ON_BOTH("property: random operations leave stock, answers and events as a plain model says",
                  "[inventory]") {
    const int steps = dialect == db::Dialect::sqlite ? 800 : 400;
    for (const std::uint32_t seed : {1U, 20260131U, 77U}) {
        Warehouse w(dialect);
        Walk walk(w, seed);
        for (int step = 0; step < steps; ++step) {
            INFO("seed " << seed << ", step " << step);
            walk.step(step);
        }
    }
}
