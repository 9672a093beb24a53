// See router.hpp. A path is walked literal first, then parameter; the first end that exists decides, so that
// a literal path answers 405 rather than falling back to a parameter.
#include <array>
#include <gateway/router.hpp>
#include <span>
#include <stdexcept>

namespace cloudretail::gateway {

namespace {

constexpr std::size_t max_segments = 16;
constexpr std::size_t method_count = 8;

struct Segments {
    std::array<std::string_view, max_segments> items;
    std::size_t count = 0;
    bool ok = false;
};

/// "/api/v1/orders" gives the same segments as "/api/orders".
Segments split(std::string_view path) {
    Segments out;
    bool versioned = false;
    if (path.empty() || path.front() != '/') return out;
    path.remove_prefix(1);
    while (true) {
        const std::size_t slash = path.find('/');
        const std::string_view segment = path.substr(0, slash);
        const bool first_v1 = !versioned && out.count == 1 && segment == "v1" && out.items[0] == "api";
        if (first_v1 && slash != std::string_view::npos) {
            versioned = true;
        } else {
            if (out.count == max_segments) return out;
            out.items[out.count++] = segment;
        }
        if (slash == std::string_view::npos) break;
        path.remove_prefix(slash + 1);
    }
    out.ok = true;
    return out;
}

std::size_t index_of(http::Method method) {
    return static_cast<std::size_t>(method == http::Method::head ? http::Method::get : method);
}

}  // namespace

struct Router::Node {
    std::vector<std::pair<std::string, std::unique_ptr<Node>>> literals;  // few: searched in order
    std::unique_ptr<Node> parameter;
    std::array<int, method_count> routes;
    bool end = false;

    Node() { routes.fill(-1); }

    [[nodiscard]] const Node* literal(std::string_view segment) const {
        for (const auto& [text, node] : literals) {
            if (text == segment) return node.get();
        }
        return nullptr;
    }

    /// The end of the path below this node, or null. `values` holds the parameters taken on the way there.
    [[nodiscard]] const Node* walk(std::span<const std::string_view> path, std::span<std::string_view> values,
                                   std::size_t& taken) const {
        if (path.empty()) return end ? this : nullptr;
        if (const Node* next = literal(path.front())) {
            if (const Node* found = next->walk(path.subspan(1), values, taken)) return found;
        }
        if (!parameter || path.front().empty()) return nullptr;
        const std::size_t mine = taken;
        values[taken++] = path.front();
        const Node* found = parameter->walk(path.subspan(1), values, taken);
        if (!found) taken = mine;
        return found;
    }

    [[nodiscard]] std::string allow() const {
        std::string out;
        for (std::size_t i = 0; i < method_count; ++i) {
            if (routes[i] < 0) continue;
            const auto method = static_cast<http::Method>(i);
            out.append(http::to_text(method)).append(method == http::Method::get ? ", HEAD, " : ", ");
        }
        return out + "OPTIONS";
    }
};

Router::Router() : root_(std::make_unique<Node>()), every_(std::make_unique<Node>()) {}
Router::~Router() = default;
Router::Router(Router&&) noexcept = default;

void Router::add(http::Method method, std::string_view path, int route) {
    const Segments segments = split(path);
    const bool served =
        method != http::Method::head && method != http::Method::options && method != http::Method::other;
    if (!segments.ok || !served || path.starts_with("/api/v1/")) {
        throw std::invalid_argument("not a route: " + std::string(http::to_text(method)) + " " +
                                    std::string(path));
    }
    Node* node = root_.get();
    for (std::size_t i = 0; i < segments.count; ++i) {
        const std::string_view segment = segments.items[i];
        if (segment.starts_with('{') && segment.ends_with('}') && segment.size() > 2) {
            if (!node->parameter) node->parameter = std::make_unique<Node>();
            node = node->parameter.get();
            continue;
        }
        if (segment.find_first_of("{}") != std::string_view::npos) {
            throw std::invalid_argument("a parameter must be a whole segment: " + std::string(path));
        }
        Node* next = const_cast<Node*>(node->literal(segment));
        if (!next) next = node->literals.emplace_back(segment, std::make_unique<Node>()).second.get();
        node = next;
    }
    node->end = true;
    int& place = node->routes[index_of(method)];
    if (place >= 0) {
        throw std::invalid_argument("two routes for " + std::string(http::to_text(method)) + " " +
                                    std::string(path));
    }
    place = route;
    every_->routes[index_of(method)] = route;
}

Match Router::find(http::Method method, std::string_view path) const {
    Match match;
    if (path == "*") match.allow = every_->allow();
    const Segments segments = split(path);
    if (!segments.ok) return match;
    std::array<std::string_view, max_segments> values;
    std::size_t taken = 0;
    const Node* node = root_->walk(std::span(segments.items).first(segments.count), values, taken);
    if (!node) return match;
    match.path_known = true;
    match.route = node->routes[index_of(method)];
    if (match.route < 0) match.allow = node->allow();
    match.values.reserve(taken);
    for (std::size_t i = 0; i < taken; ++i) match.values.emplace_back(values[i]);
    return match;
}

}  // namespace cloudretail::gateway
