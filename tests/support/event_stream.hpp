// A client of GET /api/events that reads it as a browser's EventSource does (HTML Living Standard), without
// coming back by itself. One thread per object.
#pragma once

#include <map>
#include <support/http_client.hpp>
#include <support/shop.hpp>

namespace cloudretail::test {

struct StreamedEvent {
    std::string id, type, data;
    [[nodiscard]] json::Document json() const { return json::Document::parse(data).value(); }
};

class EventStream {
  public:
    /// Throws where it is not answered with 200. `query` begins with "?".
    EventStream(std::uint16_t port, const Account& who, const std::string& last_id = {},
                const std::string& query = {})
        : socket_("127.0.0.1", port) {
        std::string head = "GET /api/events" + query + " HTTP/1.1\r\nHost: a\r\n";
        for (const auto& [name, value] : who.headers()) head += name + ": " + value + "\r\n";
        if (!last_id.empty()) head += "Last-Event-ID: " + last_id + "\r\n";
        socket_.send(head + "\r\n");
        opened_ = read_response(socket_, rest_);
        if (opened_.status != 200) throw std::runtime_error("no stream: " + std::to_string(opened_.status));
    }
    [[nodiscard]] const HttpResponse& opened() const { return opened_; }
    /// The id of the last block that had one.
    [[nodiscard]] const std::string& last_id() const { return last_id_; }
    /// The next event; nullopt where the server ended the stream (with its last chunk). Waits at most 10 s
    /// for bytes, and throws then.
    std::optional<StreamedEvent> next() {
        for (;;) {
            const std::size_t end = text_.find("\n\n");
            if (end == std::string::npos) {
                if (!receive()) return std::nullopt;
                continue;
            }
            const StreamedEvent event = parsed(text_.substr(0, end + 1));
            text_.erase(0, end + 2);
            if (!event.id.empty()) last_id_ = event.id;
            if (!event.data.empty()) return event;
        }
    }
    /// Waits for the id that the stream begins with.
    const std::string& first_id() {
        while (last_id_.empty()) {
            const std::size_t end = text_.find("\n\n");
            if (end == std::string::npos) {
                if (!receive()) throw std::runtime_error("the stream ended at once");
                continue;
            }
            last_id_ = parsed(text_.substr(0, end + 1)).id;
            text_.erase(0, end + 2);
        }
        return last_id_;
    }

  private:
    bool receive() {
        for (;;) {
            if (auto chunk = take_chunk(rest_)) {
                text_ += *chunk;
                return !chunk->empty();
            }
            const std::string part = socket_.receive();
            if (part.empty()) throw std::runtime_error("the stream broke off");
            rest_ += part;
        }
    }
    static StreamedEvent parsed(std::string_view block) {
        std::map<std::string, std::string, std::less<>> fields;
        while (!block.empty()) {
            const std::string_view line = block.substr(0, block.find('\n'));
            const std::size_t colon = line.find(": ");
            if (colon != std::string_view::npos)
                fields[std::string(line.substr(0, colon))] = line.substr(colon + 2);
            block.remove_prefix(line.size() + 1);
        }
        return {fields["id"], fields["event"], fields["data"]};
    }

    RawSocket socket_;
    HttpResponse opened_;
    std::string rest_, text_, last_id_;
};

}  // namespace cloudretail::test
