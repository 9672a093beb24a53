// The letters' words; see letters.hpp. Who posts a letter adds recipient and reference.
#include "letters.hpp"

#include <algorithm>

namespace cloudretail::user::letters {

namespace {

/// What others typed must not look like a part of the letter.
std::string one_line(std::string text) {
    std::ranges::replace_if(
        text, [](unsigned char c) { return c < 0x20 || c == 0x7f; }, ' ');
    return text;
}

std::string greeting(const std::string& first_name) { return "Hello " + first_name + ",\n\n"; }

std::string link(const Order& order, const std::string& shop) {
    if (shop.empty()) return {};
    return "\nYour order:\n" + shop + "/orders/" + order.id + "\n";
}

Letter about(const Order& order, const std::string& what, std::string text, const std::string& shop) {
    Letter letter;
    letter.subject = "Your order " + order.number + " " + what;
    letter.text = std::move(text) + link(order, shop) + "\nThank you for shopping with us.\n";
    return letter;
}

}  // namespace

std::string amount(Money money, std::string_view currency) {
    std::string text = money.to_string();
    // From the right: three digits behind every comma, none before the sign.
    const std::size_t first = text.starts_with('-') ? 1 : 0;
    for (std::size_t at = text.find('.'); at > first + 3; at -= 3) text.insert(at - 3, 1, ',');
    return text + " " + std::string(currency);
}

Letter confirmed(const std::string& first_name, const Order& order, const std::string& shop) {
    return about(order, "is confirmed",
                 greeting(first_name) + "thank you: your order " + order.number +
                     " is confirmed. We let you know when it is on its way.\n\nTotal: " +
                     amount(order.total, order.currency) + "\n",
                 shop);
}

Letter shipped(const std::string& first_name, const Order& order, const std::string& tracking,
               const std::string& shop) {
    std::string text = greeting(first_name) + "goods of your order " + order.number + " are on their way.\n";
    if (!tracking.empty()) text += "\nTracking number: " + one_line(tracking) + "\n";
    return about(order, "is on its way", std::move(text), shop);
}

Letter refunded(const std::string& first_name, const Order& order, Money refunded, const std::string& shop) {
    return about(order, "was refunded",
                 greeting(first_name) + "we have given back " + amount(refunded, order.currency) +
                     " for your order " + order.number + ". How soon it shows depends on your bank.\n",
                 shop);
}

Letter cancelled(const std::string& first_name, const Order& order, const std::string& shop) {
    return about(order, "is cancelled",
                 greeting(first_name) + "your order " + order.number +
                     " is cancelled. What you have paid for it is given back the way you paid it; how soon "
                     "it shows depends on your bank.\n",
                 shop);
}

}  // namespace cloudretail::user::letters
