// Placing and reading orders; see service.hpp. Cancelling is in cancel.cpp.
#include "service.hpp"

#include <algorithm>
#include <db/claims.hpp>
#include <gateway/problem.hpp>
#include "placing.hpp"
#include "render.hpp"
#include "store.hpp"

namespace cloudretail::order {

namespace {
constexpr std::int64_t number_block = 1'000;
constexpr int index_chunk = 2'000;

/// One of those that are being placed. Who finds all seats taken is sent away before anything waits for them:
/// queues would let a rush in and answer all of it late.
struct Seat {
    explicit Seat(std::atomic<int>& all) : taken(all), number(++taken) {}
    ~Seat() { --taken; }
    Seat(const Seat&) = delete;
    std::atomic<int>& taken;
    const int number;
};

/// An order's answer; `status` 0 is the record of one still on its way.
Answer created(std::string body, OrderId id, int status) {
    Answer answer;
    answer.status = status;
    answer.body = std::move(body);
    answer.location = "/api/orders/" + id.to_string();
    answer.subject = id.to_string();
    return answer;
}
}  // namespace

Task<std::int64_t> Numbers::take() {
    for (;;) {
        {
            std::lock_guard lock(mutex_);
            if (next_ < end_) co_return next_++;
        }
        auto take_block = [](db::Tx& tx) { return store::take_numbers(tx, number_block); };
        std::int64_t first = co_await database_.write(take_block);
        std::lock_guard lock(mutex_);
        if (next_ < end_) continue;  // another request brought a block meanwhile; ours becomes a gap
        next_ = first;
        end_ = first + number_block;
    }
}

Service::Service(db::Database& database, const Clock& clock, saga::Engine& sagas, product::Products& products,
                 payment::Payments& payments, std::string currency, int checkouts)
    : database_(database),
      clock_(clock),
      sagas_(sagas),
      products_(products),
      payments_(payments),
      currency_(std::move(currency)),
      checkouts_(checkouts),
      numbers_(database),
      placings_(database, [this](db::Tx& tx, auto placings) { return begin_together(tx, placings); }) {}

Task<Result<Answer>> Service::place(Caller caller, PlaceOrder command, db::IdempotencyKey key) {
    if (!caller.signed_in()) co_return Error(cloudretail::errors::unauthenticated);
    const Seat seat(placing_now_);
    if (seat.number > checkouts_) throw Unavailable("too many orders are being placed", 1);
    if (!payments_.available()) {
        auto look = [key, now = clock_.now()](db::Session& s) { return db::look_up(s, key, now); };
        auto kept = co_await database_.read(look);
        if (!kept) co_return kept.error();
        if (*kept) co_return co_await again(std::move(**kept));
        throw Unavailable("payments are not available", 5);
    }
    if (auto offered = payments_.accepts(command.payment_method, command.payment_token); !offered)
        co_return co_await refuse(offered.error(), "/api/orders", key);
    if (auto address = rules::deliverable(command.address); !address)
        co_return co_await refuse(address.error(), "/api/orders", key);
    auto merged = rules::merge(std::move(command.lines));
    if (!merged) co_return co_await refuse(merged.error(), "/api/orders", key);

    std::vector<ProductId> ids;
    for (const auto& line : *merged) ids.push_back(line.product_id);
    auto catalogue = co_await products_.find(ids);
    auto lines = rules::price(*merged, catalogue);
    if (!lines) co_return co_await refuse(lines.error(), "/api/orders", key);

    auto placing = std::make_shared<Placing>();
    std::int64_t number = co_await numbers_.take();
    placing->prepare(caller, std::move(*lines), command, number, currency_, clock_.now());
    placing->key = std::move(key);

    auto start = [this, placing](Then<Result<Answer>> then) { begin(placing, std::move(then)); };
    UniqueFunction<void(Then<Result<Answer>>)> named(start);
    auto answer = co_await runtime::await_then<Result<Answer>>(std::move(named));
    if (answer && answer->replayed) co_return co_await again(std::move(*answer));
    co_return answer;
}

/// The kept answer of a key's first request, or nullopt: the order was begun.
std::vector<Service::Kept> Service::begin_together(db::Tx& tx,
                                                   std::span<std::shared_ptr<Placing>* const> placings) {
    // The answer of the good end is kept now, so that confirming need not touch the record.
    std::vector<Answer> prepared;
    for (const auto* placing : placings)
        prepared.push_back(created((*placing)->confirmed_body, (*placing)->order.id, 0));
    std::vector<db::Claim> claims;
    for (std::size_t i = 0; i < placings.size(); ++i)
        claims.push_back({(*placings[i])->key, prepared[i].subject, prepared[i]});
    auto claimed = db::claim(tx, claims);
    std::vector<const Order*> orders;
    std::vector<const saga::Instance*> instances;
    for (std::size_t i = 0; i < placings.size(); ++i) {
        if (!claimed[i] || *claimed[i]) continue;
        orders.push_back(&(*placings[i])->order);
        instances.push_back(&(*placings[i])->instance);
    }
    store::insert(tx, orders);
    sagas_.begin(tx, instances);
    return claimed;
}

/// Everything from here to the answer runs on the writers: begin → (inventory) → (payment) → confirm.
void Service::begin(std::shared_ptr<Placing> placing, Then<Result<Answer>> then) {
    auto begun = [this, placing, then = std::move(then)](Outcome<Kept> outcome) mutable {
        if (!outcome.has_value()) return then(Outcome<Result<Answer>>(outcome.exception()));
        auto& result = outcome.get();
        if (!result) return then(Result<Answer>(result.error()));
        if (*result) {
            Answer stored = std::move(**result);
            stored.replayed = true;
            return then(Result<Answer>(std::move(stored)));
        }
        drive(placing, std::move(then));
    };
    placings_.write_then(placing, Then<Kept>(std::move(begun)));
}

void Service::drive(std::shared_ptr<Placing> placing, Then<Result<Answer>> then) {
    auto told = [this, placing, then = std::move(then)](Outcome<saga::Ending> ending) mutable {
        if (!ending.has_value()) return then(Outcome<Result<Answer>>(ending.exception()));
        switch (ending.get()) {
            case saga::Ending::completed:
                return then(Result<Answer>(created(placing->confirmed_body, placing->order.id, 201)));
            case saga::Ending::compensated:
                return then(Result<Answer>(failure_of(*placing->process, "")));
            case saga::Ending::pending:
                return settle_later(placing, std::move(then));
        }
    };
    sagas_.run(placing->instance, Then<saga::Ending>(std::move(told)));
}

/// The payment's outcome is unknown: 202 is kept, so that the key answers with the order as it stands.
void Service::settle_later(std::shared_ptr<Placing> placing, Then<Result<Answer>> then) {
    auto job = [placing](db::Tx& tx) {
        placing->process->late = true;  // on the writer, where the saga's end reads it
        auto kept = created(placing->confirmed_body, placing->order.id, 202);
        // A settlement that came first has already kept the final answer.
        auto order = store::hold(tx, placing->order.id);
        if (placing->key.present() && order && order->status == Status::pending)
            db::keep_for(tx, kept.subject, kept);
        return Unit{};
    };
    auto done = [placing, then = std::move(then)](Outcome<Unit> outcome) mutable {
        if (!outcome.has_value()) return then(Outcome<Result<Answer>>(outcome.exception()));
        then(Result<Answer>(created(to_json(placing->order), placing->order.id, 202)));
    };
    database_.write_then(std::move(job), Then<Unit>(std::move(done)));
}

/// A refusal of the domain before anything was begun; kept under the key, if there is one.
Task<Result<Answer>> Service::refuse(Error error, std::string path, db::IdempotencyKey key) {
    const ErrorKind kind = error.type->kind;
    bool kept = kind == ErrorKind::conflict || kind == ErrorKind::not_found || kind == ErrorKind::invalid;
    if (!key.present() || !kept) co_return error;
    auto problem = gateway::problem_response(error, {path, ""});
    Answer answer;
    answer.status = problem.status;
    answer.body = std::move(problem.body);
    answer.subject = make_uuid().to_string();
    auto job = [key, answer](db::Tx& tx) -> Kept {
        auto claimed = db::claim(tx, key, answer.subject);
        if (claimed && !*claimed) db::keep(tx, key, answer);
        return claimed;
    };
    auto claimed = co_await database_.write(job);
    if (!claimed) co_return claimed.error();
    if (!*claimed) co_return error;
    co_return co_await again(std::move(**claimed));
}

/// What is kept under a key, for whoever sends it again.
Task<Result<Answer>> Service::again(Answer stored) {
    // Only what placed an order has a location.
    auto id = stored.location.empty() ? std::nullopt : OrderId::parse(stored.subject);
    if (id && (stored.status == 0 || stored.status == 202)) co_return co_await replay(std::move(stored), *id);
    co_return replay_kept(std::move(stored));
}

/// The key's first request made this order: answer as the order stands now.
Task<Result<Answer>> Service::replay(Answer stored, OrderId id) {
    auto load = [id](db::Session& session) { return store::find(session, id); };
    auto order = co_await database_.read(load);
    CR_ASSERT(order.has_value());  // written in the transaction of the record
    stored.replayed = true;
    stored.location = "/api/orders/" + id.to_string();
    if (order->status == Status::pending) {
        if (stored.status == 202) {
            stored.body = to_json(*order);
            co_return stored;
        }
        Error running(cloudretail::errors::idempotency_in_progress, "Ask again in a moment.");
        running.retry_after_s = 1;
        co_return running;
    }
    if (order->status == Status::failed) {
        // The record was read before the failure was kept; the next look-up finds it.
        Error running(cloudretail::errors::idempotency_in_progress, "Ask again in a moment.");
        running.retry_after_s = 1;
        co_return running;
    }
    stored.status = 201;
    co_return stored;
}

Task<Result<OrderView>> Service::get(Caller caller, OrderId id) {
    // As of one moment: the version must be that of the fulfilments and refunds beside it.
    auto load = [id](db::Session& session) { return store::find(session, id); };
    auto order = co_await database_.snapshot(load);
    if (!order) co_return Error(cloudretail::errors::not_found, "There is no such order.");
    auto sight = rules::sight(caller, *order);
    if (sight == rules::Sight::none)
        co_return Error(cloudretail::errors::not_found, "There is no such order.");
    if (sight == rules::Sight::own_lines) order = rules::own_lines(std::move(*order), caller.id);
    co_return OrderView{std::move(*order), sight};
}

Task<Result<OrderPage>> Service::list(Caller caller, ListFilter filter, gateway::PageRequest page) {
    if (!caller.signed_in()) co_return Error(cloudretail::errors::unauthenticated);
    std::optional<UserId> party;
    if (!caller.is_admin()) party = caller.id;
    std::optional<OrderId> before;
    if (!page.cursor.empty()) {
        before = OrderId::parse(page.cursor);
        if (!before) {
            Error error(cloudretail::errors::validation, "The cursor is not one of ours.");
            error.fields.push_back({"query/cursor", "is not a cursor of this list"});
            co_return error;
        }
    }
    if (party) co_await index_parties();
    struct Loaded {
        std::int64_t total;
        bool more;
        std::vector<Order> orders;
    };
    auto load = [party, filter, before, page](db::Session& session) -> Loaded {
        auto found = store::list(session, party, filter, before, page.offset(), page.limit + 1);
        const bool more = found.ids.size() > static_cast<std::size_t>(page.limit);
        if (more) found.ids.pop_back();
        return {found.total, more, store::find_many(session, found.ids)};
    };
    auto loaded = co_await database_.snapshot(load);
    OrderPage out;
    out.total = loaded.total;
    out.more = loaded.more;
    for (auto& order : loaded.orders) {
        auto sight = rules::sight(caller, order);
        if (sight == rules::Sight::own_lines) order = rules::own_lines(std::move(order), caller.id);
        out.orders.push_back({std::move(order), sight});
    }
    co_return out;
}

Task<void> Service::index_parties() {
    auto behind = [](db::Session& session) { return store::unindexed(session); };
    auto index = [](db::Tx& tx) { return store::index_parties(tx, index_chunk); };
    while (co_await database_.read(behind) > 0) {
        if (co_await database_.write(index) < index_chunk) break;
    }
}

}  // namespace cloudretail::order
