// See search_reading.hpp.
#include "search_reading.hpp"

#include "categories_store.hpp"
#include "search_store.hpp"

namespace cloudretail::product {

namespace {

constexpr std::int64_t retry_ms = 1'000;

Task<void> read_unread(Reading reading) {
    for (bool more = true; more && !reading.stopped;) {
        auto batch = [limit = reading.batch](db::Tx& tx) { return store::index_unread(tx, limit); };
        more = co_await reading.database.write(std::move(batch)) == reading.batch;
        reading.caches.forget_lists();
    }
}

/// Under one name; where it is changed meanwhile, the category is still to be read.
Task<void> read_again(Reading reading, store::CategoryName category) {
    std::optional<ProductId> last;
    do {
        auto batch = [category, last, limit = reading.batch](db::Tx& tx) {
            return store::reread(tx, category, last, limit);
        };
        last = co_await reading.database.write(std::move(batch));
        reading.caches.forget_lists();
        if (reading.stopped) co_return;
    } while (last);
    auto done = [category](db::Tx& tx) {
        store::note_read(tx, category);
        return Unit{};
    };
    co_await reading.database.write(std::move(done));
}

}  // namespace

Task<void> read_all(Reading reading) {
    co_await read_unread(reading);
    auto look = [](db::Session& session) { return store::renamed_categories(session); };
    const auto renamed = co_await reading.database.read(std::move(look));
    for (const store::CategoryName& category : renamed) {
        if (reading.stopped) co_return;
        co_await read_again(reading, category);
    }
}

Task<void> keep_reading(Reading reading, Search& search, app::Job& job) {
    job.began();
    for (bool done = false; !done && !reading.stopped;) {
        std::string error;
        try {
            co_await read_all(reading);
            auto load = [&search](db::Session& session) {
                search.refresh(session);
                return Unit{};
            };
            co_await reading.database.read(std::move(load));
            done = true;
        } catch (const std::exception& e) {
            error = e.what();
        }
        if (done) break;
        job.ended(error, retry_ms);
        co_await runtime::sleep_ms(retry_ms);
        job.began();
    }
    job.ended({}, -1);
}

}  // namespace cloudretail::product
