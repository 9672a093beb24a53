// See shop_page.hpp. The page is index.html with two places to fill: between <!--head--> and <!--/head-->,
// and
// <!--first-->.
#include <app/shop_page.hpp>

#include <http/gzip.hpp>
#include <http/target.hpp>
#include <security/password.hpp>

namespace cloudretail::app {

namespace {

constexpr std::size_t kept_pages = 20'000;
constexpr int compression_level = 6;

void put(std::string& page, std::string_view from, std::string_view to, const std::string& text) {
    const std::size_t begin = page.find(from);
    const std::size_t end = begin == std::string::npos ? begin : page.find(to, begin);
    if (end != std::string::npos) page.replace(begin, end + to.size() - begin, text);
}

http::Response to_product(std::string location) {
    http::Response response;
    response.status = 301;
    response.headers.add("Location", std::move(location));
    response.headers.add("Cache-Control", "no-cache");
    return response;
}

}  // namespace

/// A page, and what it was made of.
struct ShopPage::Made {
    std::string frame;  // index.html
    std::vector<Answer> answers;
    ShopView view;  // without head and body, which are in the page
    std::string etag;
    std::shared_ptr<const std::string> plain, compressed;  // compressed: null where it gains nothing

    [[nodiscard]] std::size_t bytes() const {
        std::size_t all = plain->size() + (compressed ? compressed->size() : 0);
        for (const Answer& answer : answers) all += answer.body->size();
        return all;
    }
};

ShopPage::ShopPage(const http::StaticFiles& files, gateway::Gateway& gateway, Site site,
                   std::size_t kept_bytes, const Clock& clock)
    : files_(files), gateway_(gateway), site_(std::move(site)), kept_({kept_pages, kept_bytes}, clock) {
    while (site_.base.ends_with('/')) site_.base.pop_back();
}

Task<Answer> ShopPage::ask(const http::Request& request, std::string target) {
    http::Request question;
    question.method_text = "GET";
    question.target = target;
    question.peer = request.peer;
    for (const char* name : {"Host", "X-Forwarded-For"})
        if (request.headers.has(name)) question.headers.add(name, std::string(request.headers.get(name)));
    Answer answer{std::move(target), 404, std::make_shared<const std::string>()};
    if (!http::parse_target(question).empty()) co_return answer;
    http::Response response = co_await gateway_.handle(question);
    answer.status = response.status;
    answer.retry_after = response.headers.get("Retry-After");
    answer.body = response.shared_body ? std::move(response.shared_body)
                                       : std::make_shared<const std::string>(std::move(response.body));
    co_return answer;
}

std::shared_ptr<const ShopPage::Made> ShopPage::make(const http::Request& request, std::string frame,
                                                     std::vector<Answer> answers) const {
    auto made = std::make_shared<Made>();
    made->view = view_of(site_, request.path, request.query, answers);
    std::string page = frame;
    put(page, "<!--head-->", "<!--/head-->", made->view.head);
    put(page, "<!--first-->", "<!--first-->", made->view.body);
    made->view.head.clear();
    made->view.body.clear();
    made->frame = std::move(frame);
    made->answers = std::move(answers);
    made->etag = security::sha256_hex(page).substr(0, 32);
    made->compressed = http::gzip(page, compression_level);
    made->plain = std::make_shared<const std::string>(std::move(page));
    return made;
}

Task<std::optional<http::Response>> ShopPage::answer(http::Request& request) {
    auto frame = files_.text("index.html");
    if (!frame) co_return std::nullopt;
    std::vector<Answer> answers;
    for (std::string& target : first_questions(request.path, request.query))
        answers.push_back(co_await ask(request, std::move(target)));
    for (std::string& target : more_questions(request.path, answers))
        answers.push_back(co_await ask(request, std::move(target)));

    std::string key = request.path;
    for (const Answer& answer : answers) key.append(" ").append(answer.target);
    const auto found = kept_.find(key);
    std::shared_ptr<const Made> made = found.value.value_or(nullptr);
    if (!made || made->frame != *frame || made->answers != answers) {
        made = make(request, std::move(*frame), std::move(answers));
        if (made->view.status == 200) kept_.put(key, made, made->bytes(), found.ticket);
    }
    if (!made->view.location.empty()) co_return to_product(made->view.location);

    http::Response response;
    response.status = made->view.status;
    http::add_page_headers(response.headers);
    response.headers.add("Content-Type", "text/html; charset=utf-8");
    response.headers.add("Cache-Control", "no-cache");
    response.headers.add("Vary", "Accept-Encoding");
    if (!made->view.retry_after.empty()) response.headers.add("Retry-After", made->view.retry_after);
    const bool compress = made->compressed && http::accepts_gzip(request.headers.get("Accept-Encoding"));
    const std::string etag = '"' + made->etag + (compress ? "-gz\"" : "\"");
    response.headers.add("ETag", etag);
    if (made->view.status == 200 && http::etag_matches(request.headers.get("If-None-Match"), etag)) {
        response.status = 304;
        co_return response;
    }
    if (compress) response.headers.add("Content-Encoding", "gzip");
    response.shared_body = compress ? made->compressed : made->plain;
    co_return response;
}

}  // namespace cloudretail::app
