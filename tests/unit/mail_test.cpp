// Mail: how a message is written, that nothing can become a header, mail in files, SMTP against a receiver.
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <mail/file_sender.hpp>
#include <mail/smtp_sender.hpp>
#include <support/smtp_receiver.hpp>
#include <support/test_database.hpp>

using namespace cloudretail;
using namespace cloudretail::mail;
using test::SmtpReceiver;

namespace {

Message message(const std::string& to = "ann@example.com") {
    return {{"The Shop", "shop@example.com"}, to,    "Hello",
            "Hello Ann,\n\nall is well.\n",   "x:1", {1'700'000'000'000}};
}

std::string content_of(const std::filesystem::path& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

std::vector<std::filesystem::path> files_in(const std::filesystem::path& folder) {
    std::vector<std::filesystem::path> out;
    for (const auto& e : std::filesystem::directory_iterator(folder)) out.push_back(e.path());
    return out;
}

struct Line {
    explicit Line(SmtpSettings s) : settings(std::move(s)) {}
    SmtpSettings settings;
    ManualClock clock;
    resilience::Breaker breaker{"mail", {2, 30'000}, clock};
    SmtpSender sender{settings, breaker};
};

SmtpSettings settings_for(const SmtpReceiver& receiver) {
    auto settings = parse_smtp_url("smtp://127.0.0.1:" + std::to_string(receiver.port()));
    settings.greeting = "shop.example.com";
    settings.timeout_ms = 2'000;
    settings.plain_text = true;
    return settings;
}

}  // namespace

TEST_CASE("a mail has the header fields that mail needs", "[mail]") {
    const std::string text = render(message());
    CHECK(text ==
          "Date: Tue, 14 Nov 2023 22:13:20 +0000\r\n"
          "From: \"The Shop\" <shop@example.com>\r\n"
          "To: ann@example.com\r\n"
          "Subject: Hello\r\n"
          "Message-ID: <x.1@example.com>\r\n"
          "Auto-Submitted: auto-generated\r\n"
          "MIME-Version: 1.0\r\n"
          "Content-Type: text/plain; charset=utf-8\r\n"
          "Content-Transfer-Encoding: quoted-printable\r\n\r\n"
          "Hello Ann,\r\n\r\nall is well.\r\n");
}

TEST_CASE("nothing that is typed becomes a header of its own", "[mail]") {
    Message m = message();
    m.subject = "Hi\r\nBcc: everybody@example.com";
    m.from.name = "Shop\r\nX-Evil: 1";
    m.id = "a\r\nX-Evil: 2";
    const std::string text = render(m);
    const std::string header = text.substr(0, text.find("\r\n\r\n"));
    CHECK(header.find("\nBcc") == std::string::npos);
    CHECK(header.find("\nX-Evil") == std::string::npos);
    for (const char* bad :
         {"", "@", "a@", "@b", "a@b@c", "a b@c", "a@b\r\nBcc: x@y", "<a@b>", "a,b@c", "a@b;c"})
        CHECK_FALSE(is_address(bad));
    CHECK(is_address("ann.o'hara+shop@mail.example.com"));
    CHECK_FALSE(is_address(std::string(250, 'a') + "@example.com"));
}

TEST_CASE("subjects beyond plain ASCII are encoded words of at most 75 characters", "[mail]") {
    CHECK(header_text("Your order 1001") == "Your order 1001");
    CHECK(header_text("Grüße") == "=?UTF-8?B?R3LDvMOfZQ==?=");
    CHECK(header_text("=?UTF-8?B?eA==?=").starts_with("=?UTF-8?B?PT9V"));
    std::string longer;
    for (int i = 0; i < 60; ++i) longer += "ä€";
    const std::string folded = header_text(longer) + "\r\n ";
    for (std::size_t from = 0; from < folded.size();) {
        const std::size_t end = folded.find("\r\n ", from);
        const std::string word = folded.substr(from, end - from);
        CHECK(word.size() <= 75);
        CHECK(word.starts_with("=?UTF-8?B?"));
        from = end + 3;
    }
}

TEST_CASE("bodies are quoted-printable with short lines", "[mail]") {
    CHECK(quoted_printable("a=b\n") == "a=3Db\r\n");
    CHECK(quoted_printable("blank \nend") == "blank=20\r\nend\r\n");
    CHECK(quoted_printable("ß") == "=C3=9F\r\n");
    CHECK(quoted_printable("bare\rreturn") == "bare=0Dreturn\r\n");
    const std::string encoded = quoted_printable(std::string(300, 'x') + "é");
    for (std::size_t from = 0; from < encoded.size();) {
        const std::size_t end = encoded.find("\r\n", from);
        CHECK(end - from <= 76);
        from = end + 2;
    }
}

TEST_CASE("a sender's mailbox is an address with or without a name", "[mail]") {
    CHECK(parse_mailbox("shop@example.com").address == "shop@example.com");
    auto named = parse_mailbox(" Łódź \"Best\" Shop <shop@example.com> ");
    CHECK(named.address == "shop@example.com");
    CHECK(named.name == "Łódź \"Best\" Shop");
    for (const char* bad : {"", "shop", "a@b>", "Shop <shop>", "Shop <a@b> x"})
        CHECK_THROWS_AS(parse_mailbox(bad), std::invalid_argument);
}

TEST_CASE("mail URLs name a server, and never a password", "[mail]") {
    auto plain = parse_smtp_url("smtp://mail.example.com");
    CHECK(plain.port == "25");
    CHECK_FALSE(plain.tls_from_start);
    auto submitting = parse_smtp_url("smtp://me%40example.com@mail.example.com");
    CHECK(submitting.user == "me@example.com");
    CHECK(submitting.port == "587");
    CHECK(parse_smtp_url("smtps://me@mail.example.com").port == "465");
    CHECK(parse_smtp_url("smtp://[::1]:2525").host == "::1");
    for (const char* bad : {"", "mail.example.com", "http://x", "smtp://",
                            "smtp://me:secret@mail.example.com", "smtp://mail.example.com/path"})
        CHECK_THROWS_AS(parse_smtp_url(bad), std::invalid_argument);
}

TEST_CASE("plain text is asked for, and never for a password that goes to another machine", "[mail]") {
    ManualClock clock;
    resilience::Breaker breaker("mail", {}, clock);
    const auto refusal = [&](const std::string& url, const std::string& password) -> std::string {
        config::Config config;
        config.set("mail.url", url);
        config.set("mail.password", password);
        config.set("mail.tls", "none");
        try {
            make_sender(config, breaker);
        } catch (const config::ConfigError& e) {
            return e.what();
        }
        return "";
    };
    CHECK(refusal("smtp://relay.example.com", "").empty());
    CHECK(refusal("smtp://me@127.0.0.1", "secret").empty());
    CHECK(refusal("smtp://me@mail.example.com", "secret").find("only by TLS") != std::string::npos);
    CHECK(refusal("smtps://mail.example.com", "").find("smtps") != std::string::npos);
}

TEST_CASE("a mail file is whole, replaced by a repetition, and forgotten with its person", "[mail]") {
    test::TemporaryFolder folder;
    FileSender sender({folder.path() / "mail", 1'000, 100});
    CHECK(sender.send(message()).kind == Sent::Kind::sent);
    CHECK(sender.send(message()).kind == Sent::Kind::sent);
    auto other = message("bob@example.com");
    other.id = "x:2";
    CHECK(sender.send(other).kind == Sent::Kind::sent);
    REQUIRE(files_in(folder.path() / "mail").size() == 2);
    std::ofstream(folder.path() / "mail" / "0001700000000000-x.9.tmp") << "Date: x\r\nTo: ann@exam";
    sender.forget("ann@example.com", {1'600'000'000'000});  // before it was sent: another person's by then
    CHECK(files_in(folder.path() / "mail").size() == 2);
    sender.forget("ann@example.com", {1'700'000'000'000});
    auto left = files_in(folder.path() / "mail");
    REQUIRE(left.size() == 1);
    CHECK(content_of(left[0]) == render(other));
}

TEST_CASE("mail files are kept for a while, and only so many", "[mail]") {
    test::TemporaryFolder folder;
    FileSender sender({folder.path() / "mail", 1'000, 2});
    for (int i = 0; i < 5; ++i) {
        auto m = message();
        m.at.ms += i * 100;
        CHECK(sender.send(m).kind == Sent::Kind::sent);
    }
    sender.tidy({1'700'000'000'400});
    CHECK(files_in(folder.path() / "mail").size() == 2);
    sender.tidy({1'700'000'001'350});
    CHECK(files_in(folder.path() / "mail").size() == 1);
}

TEST_CASE("a mail folder that cannot be written postpones the mail", "[mail]") {
    test::TemporaryFolder folder;
    std::ofstream(folder.path() / "mail") << "a file where the folder should be";
    FileSender sender({folder.path() / "mail", 1'000, 2});
    CHECK(sender.send(message()).kind == Sent::Kind::away);
}

TEST_CASE("a mail goes over SMTP as it was written, dots and all", "[mail]") {
    SmtpReceiver receiver;
    Line line(settings_for(receiver));
    auto m = message();
    m.text = ".a dot in front\n..\n.\nend\n";
    CHECK(line.sender.send(m).kind == Sent::Kind::sent);
    CHECK(line.sender.send(message("bob@example.com")).kind == Sent::Kind::sent);
    auto received = receiver.mails();
    REQUIRE(received.size() == 2);
    CHECK(received[0].from == "<shop@example.com>");
    CHECK(received[0].to == "<ann@example.com>");
    CHECK(received[0].data == render(m));
    CHECK(received[1].to == "<bob@example.com>");
    CHECK(receiver.greeting() == "shop.example.com");
}

TEST_CASE("what a mail server says decides what becomes of a mail, and its words are not repeated",
          "[mail]") {
    SmtpReceiver receiver;
    Line line(settings_for(receiver));
    receiver.answer_recipients_with("550 5.1.1 <ann@example.com>: nobody here");
    auto refused = line.sender.send(message());
    CHECK(refused.kind == Sent::Kind::refused);
    CHECK(refused.reason == "SMTP 550");
    receiver.answer_recipients_with("451 4.7.1 later");
    CHECK(line.sender.send(message()).kind == Sent::Kind::postponed);
    CHECK(line.sender.available());  // a server that answers is no failure
}

TEST_CASE("a mail server that is away opens the breaker, and is asked again when its time is over",
          "[mail]") {
    SmtpSettings nowhere = parse_smtp_url("smtp://127.0.0.1:1");
    nowhere.timeout_ms = 1'000;
    nowhere.plain_text = true;
    Line line(nowhere);
    CHECK(line.sender.send(message()).kind == Sent::Kind::away);
    CHECK(line.sender.available());
    CHECK(line.sender.send(message()).kind == Sent::Kind::away);
    CHECK_FALSE(line.sender.available());
    line.clock.advance_ms(30'000);
    CHECK(line.sender.available());
}

TEST_CASE("nothing is given to a server that offers no TLS, unless plain text is asked for", "[mail]") {
    for (const char* password : {"", "secret"}) {
        SmtpReceiver receiver;
        auto settings = settings_for(receiver);
        settings.plain_text = false;
        settings.user = *password == 0 ? "" : "me";
        settings.password = password;
        Line line(settings);
        CHECK(line.sender.send(message()).kind == Sent::Kind::away);
        CHECK(receiver.mails().empty());
        for (const char* word : {"AUTH", "MAIL", "RCPT"})
            CHECK(receiver.transcript().find(word) == std::string::npos);
    }
}

TEST_CASE("a try under way ends when the sender is stopped", "[mail]") {
    SmtpReceiver receiver;
    receiver.stay_silent();
    auto settings = settings_for(receiver);
    settings.timeout_ms = 60'000;
    Line line(settings);
    std::thread stopper([&] {
        receiver.wait_for_client();
        line.sender.stop();
    });
    CHECK(line.sender.send(message()).kind == Sent::Kind::away);
    stopper.join();
}
