// The payment's rules; see rules.hpp. Pure functions.
#include "rules.hpp"

#include <algorithm>
#include <array>
#include <payment/events.hpp>

namespace cloudretail::payment {

namespace {

struct Method {
    std::string_view name, title;
    bool by_hand;      // the money comes later and no gateway knows of it
    bool on_delivery;  // … and is there once the goods are delivered
};
constexpr std::array methods{
    Method{"card", "Card", false, false},
    Method{"paypal", "PayPal", false, false},
    Method{"cash_on_delivery", "Cash on delivery", true, true},
    Method{"bank_transfer", "Bank transfer", true, false},
};

const Method* method_named(std::string_view name) {
    const auto* found = std::ranges::find(methods, name, &Method::name);
    return found == methods.end() ? nullptr : found;
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

}  // namespace

std::string_view to_text(Status status) {
    switch (status) {
        case Status::pending:
            return "pending";
        case Status::authorized:
            return "authorized";
        case Status::captured:
            return "captured";
        case Status::failed:
            return "failed";
        case Status::partially_refunded:
            return "partially_refunded";
        case Status::refunded:
            return "refunded";
    }
    CR_ASSERT(false);
    return {};
}

std::optional<Status> status_from_text(std::string_view text) {
    for (const Status status : {Status::pending, Status::authorized, Status::captured, Status::failed,
                                Status::partially_refunded, Status::refunded}) {
        if (to_text(status) == text) return status;
    }
    return std::nullopt;
}

std::string_view to_text(RefundStatus status) {
    switch (status) {
        case RefundStatus::begun:
            return "begun";
        case RefundStatus::done:
            return "done";
        case RefundStatus::declined:
            return "declined";
    }
    CR_ASSERT(false);
    return {};
}

std::optional<RefundStatus> refund_status_from_text(std::string_view text) {
    for (const auto status : {RefundStatus::begun, RefundStatus::done, RefundStatus::declined}) {
        if (to_text(status) == text) return status;
    }
    return std::nullopt;
}

namespace rules {

bool is_known_method(std::string_view method) { return method_named(method) != nullptr; }

std::string_view title_of_method(std::string_view method) {
    const Method* found = method_named(method);
    CR_ASSERT(found);
    return found->title;
}

bool is_settled_by_hand(std::string_view method) {
    const Method* found = method_named(method);
    return found && found->by_hand;
}

bool is_paid_on_delivery(std::string_view method) {
    const Method* found = method_named(method);
    return found && found->on_delivery;
}

bool is_acceptable_token(std::string_view token) {
    if (token.empty()) return true;
    constexpr std::string_view prefix = "tok_";
    if (!token.starts_with(prefix)) return false;
    token.remove_prefix(prefix.size());
    if (token.empty() || token.size() > 60) return false;
    int digits_in_a_row = 0;
    for (const char c : token) {
        if (!is_digit(c) && c != '_' && (c < 'a' || c > 'z')) return false;
        digits_in_a_row = is_digit(c) ? digits_in_a_row + 1 : 0;
        if (digits_in_a_row == 13) return false;  // ISO/IEC 7812: card numbers in use have 13 to 19 digits
    }
    return true;
}

Payment begun(const PayRequest& request, Timestamp at) {
    Payment payment;
    payment.id = request.id;
    payment.order_id = request.order_id;
    payment.payer_id = request.payer_id;
    payment.amount = request.amount;
    payment.currency = request.currency;
    payment.method = request.method;
    payment.status = is_settled_by_hand(request.method) ? Status::authorized : Status::pending;
    payment.created_at = payment.updated_at = at;
    return payment;
}

Payment never_begun(const PayRequest& request, Timestamp at) {
    Payment payment = begun(request, at);
    payment.status = Status::failed;
    payment.reason = cancelled;
    return payment;
}

bool may_become(Status from, Status to) {
    switch (from) {
        case Status::pending:
            return to == Status::captured || to == Status::failed;
        case Status::authorized:
            return to == Status::captured || to == Status::failed;
        case Status::captured:
            return to == Status::partially_refunded || to == Status::refunded;
        case Status::partially_refunded:
            return to == Status::partially_refunded || to == Status::refunded;
        case Status::failed:
            return false;
        case Status::refunded:
            return false;
    }
    CR_ASSERT(false);
    return false;
}

Payment changed(Payment payment, Status to, std::string_view reason, Timestamp at) {
    CR_ASSERT(may_become(payment.status, to));
    payment.status = to;
    payment.reason = reason;
    if (to == Status::captured) payment.captured = payment.amount - payment.lowered;
    payment.version += 1;
    payment.updated_at = at;
    return payment;
}

Money refundable(const Payment& payment) {
    switch (payment.status) {
        case Status::captured:
        case Status::partially_refunded:
        case Status::refunded:
            return payment.captured - payment.refunded - payment.refunding;
        case Status::authorized:
            return payment.amount - payment.lowered;
        case Status::pending:
        case Status::failed:
            return Money{};
    }
    CR_ASSERT(false);
    return {};
}

RefundStep refund_step(const Payment& payment, Money amount) {
    if (amount <= Money{} || amount > refundable(payment)) return RefundStep::refuse;
    if (payment.status == Status::authorized) return RefundStep::lower;
    return is_settled_by_hand(payment.method) ? RefundStep::by_hand : RefundStep::ask_gateway;
}

Payment lowered(Payment payment, Money amount, Timestamp at) {
    CR_ASSERT(payment.status == Status::authorized && amount <= refundable(payment));
    payment.lowered = payment.lowered + amount;
    payment.version += 1;
    payment.updated_at = at;
    if (payment.lowered < payment.amount) return payment;
    payment.status = Status::failed;
    payment.reason = cancelled;
    return payment;
}

Payment claimed(Payment payment, Money amount) {
    CR_ASSERT(amount <= refundable(payment));
    payment.refunding = payment.refunding + amount;
    return payment;
}

Payment unclaimed(Payment payment, Money amount) {
    CR_ASSERT(amount <= payment.refunding);
    payment.refunding = payment.refunding - amount;
    return payment;
}

Payment given_back(Payment payment, Money amount, Timestamp at) {
    CR_ASSERT(amount <= refundable(payment));
    payment.refunded = payment.refunded + amount;
    const Status to = payment.refunded == payment.captured ? Status::refunded : Status::partially_refunded;
    CR_ASSERT(may_become(payment.status, to));
    payment.status = to;
    payment.version += 1;
    payment.updated_at = at;
    return payment;
}

Payment taken_late(Payment payment, Timestamp at) {
    CR_ASSERT(payment.status == Status::failed);
    payment.status = Status::captured;
    payment.captured = payment.amount - payment.lowered;
    payment.version += 1;
    payment.updated_at = at;
    return payment;
}

std::string undo_refund_id(PaymentId id, std::int64_t tried) {
    const std::string first = id.to_string() + ":undo";
    return tried == 0 ? first : first + ":" + std::to_string(tried);
}

std::int64_t undo_pause_ms(std::int64_t declined) {
    constexpr std::int64_t longest_s = 3'600, doublings = 12;  // 2^12 s is more than that
    return 1'000 * std::min(longest_s, std::int64_t{1} << std::min(declined, doublings));
}

bool is_undo_refund(const Refund& refund) { return refund.id.find(":undo") != std::string::npos; }

UndoStep undo_step(Status status) {
    switch (status) {
        case Status::pending:
            return UndoStep::cancel_charge;
        case Status::authorized:
            return UndoStep::fail;
        case Status::captured:
            return UndoStep::refund;
        case Status::partially_refunded:
            return UndoStep::refund;
        case Status::failed:
            return UndoStep::nothing;
        case Status::refunded:
            return UndoStep::nothing;
    }
    CR_ASSERT(false);
    return UndoStep::nothing;
}

Outcome pay_answer(const Payment& payment) {
    const bool going_back = payment.refunding > Money{} && refundable(payment) == Money{};
    if (going_back) return {Status::failed, std::string(cancelled)};
    switch (payment.status) {
        case Status::pending:
        case Status::authorized:
        case Status::captured:
            return {payment.status, ""};
        case Status::partially_refunded:
            return {Status::captured, ""};  // it was paid
        case Status::failed:
            return {Status::failed, payment.reason};
        case Status::refunded:
            return {Status::failed, std::string(cancelled)};
    }
    CR_ASSERT(false);
    return {};
}

Outcome refund_answer(const Payment& payment) {
    CR_ASSERT(payment.status != Status::pending);
    // It was taken off before the capture.
    if (payment.status == Status::captured) return {Status::authorized, ""};
    return {payment.status, payment.reason};
}

Outcome capture_answer(const Payment& payment) {
    switch (payment.status) {
        case Status::pending:
        case Status::authorized:
            return {payment.status, ""};
        case Status::captured:
        case Status::partially_refunded:
        case Status::refunded:
            return {Status::captured, ""};
        case Status::failed:
            return {Status::failed, payment.reason};
    }
    CR_ASSERT(false);
    return {};
}

Outcome undo_answer(const Payment& payment) {
    CR_ASSERT(undo_step(payment.status) == UndoStep::nothing);
    return {payment.status, payment.reason};
}

const char* event_of(Status to) {
    switch (to) {
        case Status::captured:
            return payment_captured;
        case Status::failed:
            return payment_failed;
        case Status::partially_refunded:
            return payment_refunded;
        case Status::refunded:
            return payment_refunded;
        case Status::pending:
            return nullptr;
        case Status::authorized:
            return nullptr;
    }
    CR_ASSERT(false);
    return nullptr;
}

}  // namespace rules
}  // namespace cloudretail::payment
