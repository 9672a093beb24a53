// Exporting and erasing payers; see person.hpp.
#include "person.hpp"

#include <algorithm>
#include <base/json.hpp>
#include "person_store.hpp"
#include "render.hpp"
#include "store.hpp"

namespace cloudretail::payment {

namespace {

constexpr int piece_rows = 5'000;  // payments looked at in one go
constexpr std::size_t chunk = 100;

Task<std::string> show(db::Database& database, UserId person, int rows) {
    std::vector<PaymentId> ids;
    PaymentId after;
    for (bool end = false; !end && ids.size() <= static_cast<std::size_t>(rows);) {
        auto look = [person, after](db::Session& s) {
            return store::payments_of(s, person, after, piece_rows);
        };
        auto piece = co_await database.read(std::move(look));
        ids.insert(ids.end(), piece.ids.begin(), piece.ids.end());
        after = piece.last;
        end = piece.end;
    }
    const bool truncated = ids.size() > static_cast<std::size_t>(rows);
    if (truncated) ids.resize(static_cast<std::size_t>(rows));
    json::Writer w;
    w.begin_object().key("payments").begin_array();
    for (std::size_t from = 0; from < ids.size(); from += chunk) {
        std::vector<PaymentId> some(
            ids.begin() + static_cast<std::ptrdiff_t>(from),
            ids.begin() + static_cast<std::ptrdiff_t>(std::min(ids.size(), from + chunk)));
        auto load = [some = std::move(some)](db::Session& session) {
            std::vector<Detailed> found;
            auto histories = store::histories(session, some);
            for (const auto& id : some)
                if (auto payment = store::find(session, id))
                    found.push_back({std::move(*payment), std::move(histories[id])});
            return found;
        };
        for (const Detailed& one : co_await database.snapshot(std::move(load))) w.raw(to_json(one));
    }
    w.end_array().member("truncated", truncated).end_object();
    co_return w.take();
}

Task<std::string> erase(db::Database& database, UserId person) {
    std::int64_t waiting = 0;
    PaymentId after;
    for (bool end = false; !end;) {
        auto look = [person, after](db::Session& s) {
            return store::payments_of(s, person, after, piece_rows);
        };
        auto piece = co_await database.read(std::move(look));
        after = piece.last;
        end = piece.end;
        if (piece.ids.empty()) continue;
        auto take_out = [ids = std::move(piece.ids)](db::Tx& tx) { return store::take_payer_out(tx, ids); };
        waiting += co_await database.write(std::move(take_out));
    }
    auto unlist = [person](db::Tx& tx) { return store::unlist_payer(tx, person); };
    co_await database.write(std::move(unlist));
    co_return waiting == 0 ? std::string() : std::string("a payment's outcome is not known yet");
}

}  // namespace

app::PersonHolder person_holder(db::Database& database) {
    return {"payment", &database,
            [&database](UserId person, int rows) { return show(database, person, rows); },
            [&database](UserId person) { return erase(database, person); }};
}

}  // namespace cloudretail::payment
