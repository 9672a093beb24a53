// The guards around Beast's parser; see request_parser.hpp. Sources: RFC 9112 sections 2, 3, 6, 7; RFC
// 9110 5.3.
#include "request_parser.hpp"

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/verb.hpp>

#include "target.hpp"

namespace cloudretail::http {

namespace beast = boost::beast::http;

namespace {

Method to_method(beast::verb verb) {
    switch (verb) {
        case beast::verb::get:
            return Method::get;
        case beast::verb::head:
            return Method::head;
        case beast::verb::post:
            return Method::post;
        case beast::verb::put:
            return Method::put;
        case beast::verb::patch:
            return Method::patch;
        case beast::verb::delete_:
            return Method::del;
        case beast::verb::options:
            return Method::options;
        default:
            return Method::other;
    }
}

}  // namespace

RequestParser::RequestParser(const ServerSettings& settings) : settings_(settings) {
    header_limit(static_cast<std::uint32_t>(settings.header_bytes));
    body_limit(boost::none);  // ours depends on what is asked for, which Beast does not know in time
    eager(false);
    taken_at_most_ = settings.header_bytes;  // start line and fields together; accept_header() widens it
}

std::size_t RequestParser::feed(std::string_view bytes) {
    error_code ec;
    const std::size_t used = put(boost::asio::const_buffer(bytes.data(), bytes.size()), ec);
    taken_ += used;
    if (ec && ec != beast::error::need_more) {
        if (refusal_.status == 0) refuse_parse(ec);
        return used;
    }
    if (taken_ > taken_at_most_) {
        if (in_body_)
            refuse(413, "The body takes more bytes than are accepted.");
        else
            refuse(431, "The header is too large.");
    }
    return used;
}

void RequestParser::refuse_parse(error_code ec) {
    if (ec == beast::error::header_limit)
        refuse(431, "The header is too large.");
    else
        refuse(400, "This is not a valid HTTP/1.1 request.");
}

bool RequestParser::accept_header() {
    keep_alive_ = Base::keep_alive();
    // TRACE is known and allowed nowhere, which the handler says with an Allow (RFC 9110 section 15.5.6).
    if (request_.method == Method::other && request_.method_text != "TRACE") {
        refuse(501, "The method is not known here.");
        return false;
    }
    std::string_view wrong = framing_problem();
    if (wrong.empty()) wrong = http::parse_target(request_);
    if (!wrong.empty()) {
        refuse(400, wrong);
        return false;
    }
    eager(true);
    if (is_done()) return true;
    in_body_ = true;
    streams_ = settings_.streams && settings_.streams(request_);
    body_at_most_ = settings_.body_limit ? settings_.body_limit(request_) : settings_.body_bytes;
    if (content_length() && *content_length() > body_at_most_) {
        refuse(413, "The body is too large.");
        return false;
    }
    // Room for chunk headers and trailers besides the body itself: an honest sender needs a few bytes a
    // chunk.
    taken_at_most_ = 2 * settings_.header_bytes + body_at_most_ + body_at_most_ / 8;
    return true;
}

std::string_view RequestParser::framing_problem() const {
    int hosts = 0, lengths = 0, encodings = 0;
    std::string_view host, length, encoding;
    for (const auto& [name, value] : request_.headers.list()) {
        if (same_name(name, "Host")) {
            ++hosts;
            host = value;
        } else if (same_name(name, "Content-Length")) {
            ++lengths;
            length = value;
        } else if (same_name(name, "Transfer-Encoding")) {
            ++encodings;
            encoding = value;
        }
    }
    if (hosts > 1 || (hosts == 0 && version_ == 11)) return "There must be one Host field.";
    if (hosts == 1 && !valid_host(host)) return "The Host field is not valid.";
    if (lengths > 1 || length.find(',') != std::string_view::npos)
        return "There is more than one Content-Length.";
    if (encodings == 0) return {};
    if (encodings > 1 || !same_name(encoding, "chunked"))
        return "The only transfer encoding understood is chunked.";
    if (version_ != 11) return "HTTP/1.0 has no transfer encodings.";
    if (lengths > 0) return "Transfer-Encoding and Content-Length exclude each other.";
    return {};
}

bool RequestParser::expects_continue() const {
    return version_ == 11 && same_name(request_.headers.get("Expect"), "100-continue");
}

void RequestParser::on_request_impl(beast::verb verb, text method, text target, int version, error_code& ec) {
    version_ = version;
    if (target.size() > settings_.target_bytes) {
        refuse(400, "The target is too long.");
        ec = beast::error::bad_target;
        return;
    }
    request_.method = to_method(verb);
    request_.method_text.assign(method.data(), method.size());
    request_.target.assign(target.data(), target.size());
}

void RequestParser::on_field_impl(beast::field, text name, text value, error_code& ec) {
    if (header_done_) return;  // a trailer: never merged into the header
    if (request_.headers.list().size() == settings_.header_fields) {
        refuse(431, "The header has too many fields.");
        ec = beast::error::header_limit;
        return;
    }
    request_.headers.add(std::string(name), std::string(value));
}

void RequestParser::on_body_init_impl(const boost::optional<std::uint64_t>& length, error_code&) {
    // A claimed length costs its sender nothing, so it reserves little.
    if (length) request_.body.reserve(std::min<std::size_t>(*length, 64 * 1024));
}

std::size_t RequestParser::on_body_impl(text bytes, error_code&) {
    body_taken_ += bytes.size();
    request_.body.append(bytes.data(), bytes.size());
    return bytes.size();
}

void RequestParser::on_chunk_header_impl(std::uint64_t size, text, error_code& ec) {
    if (size <= body_at_most_ - body_taken_) return;
    refuse(413, "The body is too large.");
    ec = beast::error::body_limit;
}

std::size_t RequestParser::on_chunk_body_impl(std::uint64_t, text bytes, error_code& ec) {
    return on_body_impl(bytes, ec);
}

}  // namespace cloudretail::http
