// Beast's HTTP parser filling our Request, and the guards Beast 1.81 lacks: one Host, no foreign or doubled
// framing fields, no trailers in the header, a bound on every byte of a request. Private to core/http; one
// thread at a time.
#pragma once

#include <boost/beast/http/basic_parser.hpp>
#include <http/message.hpp>
#include <http/server.hpp>
#include <string_view>

namespace cloudretail::http {

/// Why a request is not served. `status` 0: it is fine so far.
struct Refusal {
    int status = 0;
    std::string_view detail;
};

class RequestParser final : private boost::beast::http::basic_parser<true> {
    using Base = boost::beast::http::basic_parser<true>;

  public:
    explicit RequestParser(const ServerSettings& settings);

    /// Takes bytes up to the end of the header, then (once accept_header() was called) up to the end of the
    /// message; answers how many. What is left belongs to the caller, who presents it again with more behind
    /// it.
    std::size_t feed(std::string_view bytes);
    /// After the header is complete: checks what Beast does not, and whether the body that is announced is
    /// one that is taken. False = refused.
    bool accept_header();

    [[nodiscard]] bool header_done() const { return header_done_; }
    [[nodiscard]] bool done() const { return header_done_ && is_done(); }
    [[nodiscard]] bool body_begun() const { return body_taken_ > 0; }
    [[nodiscard]] bool started() const { return taken_ > 0; }
    [[nodiscard]] const Refusal& refusal() const { return refusal_; }
    /// The handler takes the body out as it comes; known after accept_header().
    [[nodiscard]] bool streams() const { return streams_; }
    void refuse(int status, std::string_view detail) { refusal_ = {status, detail}; }

    [[nodiscard]] bool keep_alive() const { return keep_alive_; }
    [[nodiscard]] bool version_1_0() const { return version_ == 10; }
    [[nodiscard]] bool expects_continue() const;
    [[nodiscard]] bool is_head() const { return request_.method == Method::head; }
    Request& request() { return request_; }

  private:
    using error_code = boost::beast::error_code;
    using text = boost::beast::string_view;
    void on_request_impl(boost::beast::http::verb verb, text method, text target, int version,
                         error_code& ec) override;
    void on_response_impl(int, text, int, error_code&) override {}
    void on_field_impl(boost::beast::http::field, text name, text value, error_code& ec) override;
    void on_header_impl(error_code&) override { header_done_ = true; }
    void on_body_init_impl(const boost::optional<std::uint64_t>& length, error_code&) override;
    std::size_t on_body_impl(text bytes, error_code&) override;
    void on_chunk_header_impl(std::uint64_t size, text, error_code& ec) override;
    std::size_t on_chunk_body_impl(std::uint64_t, text bytes, error_code&) override;
    void on_finish_impl(error_code&) override {}
    void refuse_parse(error_code ec);
    std::string_view framing_problem() const;

    const ServerSettings& settings_;
    Request request_;
    Refusal refusal_;
    std::size_t taken_ = 0;  // bytes of this request so far, as they were on the wire
    std::size_t taken_at_most_ = 0;
    std::size_t body_at_most_ = 0, body_taken_ = 0;
    int version_ = 11;
    bool header_done_ = false;
    bool in_body_ = false;
    bool streams_ = false;
    bool keep_alive_ = false;
};

}  // namespace cloudretail::http
