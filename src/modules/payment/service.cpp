// The payment module's use-cases; see service.hpp. Continuations run on the database's writer thread and
// never wait.
#include "service.hpp"

#include <algorithm>
#include "changes.hpp"
#include "store.hpp"

namespace cloudretail::payment {

namespace {

template <class T>
using Ended = cloudretail::Outcome<T>;

Summary summary_of(const Payment& p) {
    return {p.id, p.order_id, p.amount, p.refunded + p.lowered, p.method, p.status};
}

/// Adds the histories, in the session that found the payments.
std::vector<Detailed> with_histories(db::Session& session, std::vector<Payment> payments) {
    std::vector<PaymentId> ids;
    for (const Payment& p : payments) ids.push_back(p.id);
    auto histories = store::histories(session, ids);
    std::vector<Detailed> all;
    for (Payment& p : payments) {
        auto changes = std::move(histories[p.id]);
        all.push_back({std::move(p), std::move(changes)});
    }
    return all;
}

bool may_see(const Caller& caller, const Payment& payment) {
    return caller.is_admin() || (caller.signed_in() && caller.id == payment.payer_id);
}

}  // namespace

std::string Service::charge_key(const Payment& payment) { return payment.id.to_string(); }

std::vector<Service::Begun> Service::begin(db::Tx& tx, std::span<const Payment> payments) {
    std::vector<const Payment*> wanted;
    for (const Payment& payment : payments) wanted.push_back(&payment);
    const auto fresh = store::insert(tx, wanted);
    std::vector<Begun> begun;
    for (std::size_t i = 0; i < payments.size(); ++i) {
        if (fresh[i]) {
            begun.push_back({payments[i], true});
            continue;
        }
        auto existing = store::find(tx.session(), payments[i].id);
        CR_ASSERT(existing.has_value());
        begun.push_back({std::move(*existing), false});
    }
    return begun;
}

Service::Service(db::Database& database, PaymentGateway& gateway, const resilience::Breaker& breaker,
                 std::vector<std::string> methods, metrics::Registry& metrics)
    : database_(database),
      gateway_(gateway),
      breaker_(breaker),
      methods_(std::move(methods)),
      beginnings_(database,
                  [](db::Tx& tx, std::span<Request* const> requests) {
                      std::vector<Payment> payments;
                      for (const Request* request : requests)
                          payments.push_back(rules::begun(**request, tx.now()));
                      return begin(tx, payments);
                  }),
      recordings_(database, [](db::Tx& tx, std::span<Step* const> steps) {
          auto stand = take_steps(tx, steps);
          // The gateway promises that a cancelled charge is never captured; if it breaks that, the reconciler
          // gives the money back.
          for (std::size_t i = 0; i < steps.size(); ++i) {
              const bool captured = steps[i]->to == Status::captured;
              if (captured && stand[i].status == Status::failed) store::give_up(tx, stand[i].order_id);
          }
          return stand;
      }) {
    for (const Status to : {Status::captured, Status::failed, Status::partially_refunded, Status::refunded})
        steps_[to] = &metrics.counter("cloudretail_payment_steps_total", "Payments that reached a status.",
                                      {{"status", std::string(to_text(to))}});
}

bool Service::available() const { return database_.available() && !breaker_.open(); }

Task<Offer> Service::offer() {
    const auto all = gateway_.trials();
    if (all.empty()) co_return Offer{methods_, false, {}};
    if (trials_offered_ == Offered::unread) {
        auto read = [](db::Session& session) { return store::trials_offered(session); };
        const bool offered = co_await database_.read(std::move(read));
        // Whoever has changed it meanwhile knows better.
        Offered unread = Offered::unread;
        trials_offered_.compare_exchange_strong(unread, offered ? Offered::yes : Offered::no);
    }
    co_return Offer{methods_, true, trials_offered_ == Offered::yes ? all : std::span<const Trial>()};
}

Task<void> Service::offer_trials(bool offered) {
    auto write = [offered](db::Tx& tx) {
        store::offer_trials(tx, offered);
        return offered ? Offered::yes : Offered::no;
    };
    trials_offered_ = co_await database_.write(std::move(write));
}

Result<> Service::accepts(std::string_view method, std::string_view token) const {
    if (std::ranges::find(methods_, method) == methods_.end())
        return Error(errors::method_not_offered, "Choose one of the methods of /api/payments/methods.");
    if (!rules::is_acceptable_token(token)) {
        Error error(cloudretail::errors::validation, "The payment token is not one of ours.");
        error.fields.push_back({"/paymentMethod/token", "Send a token (tok_…), never a card number."});
        return error;
    }
    return {};
}

void Service::pay(PayRequest request, Then<Outcome> then) {
    auto shared = std::make_shared<const PayRequest>(std::move(request));
    auto next = [this, shared, then = std::move(then)](Ended<Begun> ended) mutable {
        if (!ended.has_value()) return then(ended.exception());
        auto& [payment, fresh] = ended.get();
        if (payment.status != Status::pending) return then(rules::pay_answer(payment));
        if (fresh) return charge(std::move(payment), std::move(shared), std::move(then));
        ask_then_charge(std::move(payment), std::move(shared), std::move(then));
    };
    beginnings_.write_then(shared, Then<Begun>(std::move(next)));
}

void Service::charge(Payment payment, Request request, Then<Outcome> then) {
    auto key = charge_key(payment);
    auto amount = payment.amount;
    auto currency = payment.currency;
    auto token = request->token;
    auto next = [this, payment = std::move(payment), request = std::move(request),
                 then = std::move(then)](Ended<Verdict> ended) mutable {
        if (!ended.has_value()) return then(ended.exception());
        settle(payment, ended.get(), request, std::move(then));
    };
    gateway_.charge(std::move(key), amount, std::move(currency), std::move(token), std::move(next));
}

void Service::ask_then_charge(Payment payment, Request request, Then<Outcome> then) {
    auto key = charge_key(payment);
    auto next = [this, payment = std::move(payment), request = std::move(request),
                 then = std::move(then)](Ended<Verdict> ended) mutable {
        if (!ended.has_value()) return then(ended.exception());
        if (ended.get().kind == Verdict::Kind::not_known)
            return charge(std::move(payment), std::move(request), std::move(then));
        settle(payment, ended.get(), request, std::move(then));
    };
    gateway_.ask(std::move(key), std::move(next));
}

void Service::settle(const Payment& payment, const Verdict& verdict, const Request& request,
                     Then<Outcome> then) {
    auto recorded = [then = std::move(then)](Ended<Payment> ended) mutable {
        if (!ended.has_value()) return then(ended.exception());
        then(rules::pay_answer(ended.get()));
    };
    switch (verdict.kind) {
        case Verdict::Kind::captured:
            return record(payment, Status::captured, "", request->traceparent, std::move(recorded));
        case Verdict::Kind::declined:
            return record(payment, Status::failed, verdict.reason, request->traceparent, std::move(recorded));
        case Verdict::Kind::unknown:
            return recorded(payment);
        case Verdict::Kind::refunded:
        case Verdict::Kind::not_known:
            break;
    }
    CR_ASSERT(false);  // no answer to a charge
}

void Service::record(const Payment& payment, Status to, std::string reason, std::string traceparent,
                     Then<Payment> then) {
    auto next = [this, to, then = std::move(then)](Ended<Payment> ended) mutable {
        if (ended.has_value() && ended.get().status == to) steps_[to]->add();
        then(std::move(ended));
    };
    recordings_.write_then(Step{payment, to, std::move(reason), std::move(traceparent)},
                           Then<Payment>(std::move(next)));
}

Task<std::vector<Summary>> Service::find(std::vector<OrderId> orders) {
    auto job = [orders = std::move(orders)](db::Session& session) {
        std::vector<Summary> found;
        for (const Payment& p : store::of_orders(session, orders)) found.push_back(summary_of(p));
        return found;
    };
    co_return co_await database_.read(std::move(job));
}

Task<std::vector<OrderId>> Service::orders_with_payment(OrderId after, int limit) {
    auto job = [after, limit](db::Session& session) { return store::orders_after(session, after, limit); };
    co_return co_await database_.read(std::move(job));
}

Task<Result<Detailed>> Service::get(Caller caller, PaymentId id) {
    auto job = [caller, id](db::Session& session) -> std::optional<Detailed> {
        auto payment = store::find(session, id);
        if (!payment || !may_see(caller, *payment)) return std::nullopt;
        auto detailed = with_histories(session, {std::move(*payment)});
        return std::move(detailed.front());
    };
    // A snapshot, so that the history ends with the status.
    auto found = co_await database_.snapshot(std::move(job));
    if (!found) co_return Error(cloudretail::errors::not_found, "There is no such payment.");
    co_return std::move(*found);
}

Task<Listed> Service::list(Caller caller, std::optional<OrderId> order, std::optional<PaymentId> before,
                           std::int64_t offset, int limit) {
    std::optional<UserId> payer;
    if (!caller.is_admin()) payer = caller.id;
    if (!order && payer) co_await index_payers();
    auto job = [caller, payer, order, before, offset, limit](db::Session& session) {
        Listed listed;
        std::vector<Payment> payments;
        if (order) {
            auto payment = store::find_by_order(session, *order);
            if (payment && may_see(caller, *payment)) listed.total = 1;
            const bool on_page = listed.total == 1 && offset == 0 && (!before || payment->id < *before);
            if (on_page) payments.push_back(std::move(*payment));
        } else {
            listed.total = store::count(session, payer);
            payments = store::page(session, payer, before, offset, limit + 1);
            listed.more = payments.size() > static_cast<std::size_t>(limit);
            if (listed.more) payments.pop_back();
        }
        listed.items = with_histories(session, std::move(payments));
        return listed;
    };
    co_return co_await database_.snapshot(std::move(job));
}

}  // namespace cloudretail::payment
