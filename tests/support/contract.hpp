// The served OpenAPI document as tests use it: what operations there are, an example body of each, and
// whether an answer is one that the document promises. Deliberately not the server's own validator, so that
// the two check each other. Thread rule: constant after construction.
#pragma once

#include <base/json.hpp>
#include <string>
#include <string_view>
#include <support/http_client.hpp>
#include <vector>

namespace cloudretail::test {

/// Everything that `schema` says against `value`, "/items/0/price: must be a number" each; empty: nothing.
/// An object may not have members that its schema does not name, unless that says additionalProperties.
std::vector<std::string> schema_faults(json::View document, json::View schema, json::View value);

/// Follows {"$ref": "#/components/…"} within `document`; absent where it leads nowhere.
json::View resolved(json::View document, json::View place);

struct ContractOperation {
    std::string method, path, id;  // "POST", "/api/orders/{id}/cancel", "cancelOrder"
    std::string access;            // anyone, signed_in, vendor, admin
    std::string owner;             // none, self, customer, vendor, parties; empty: it works on no one thing
    int foreign = 0;               // 403 or 404 for who is not the owner
    std::string viewer;            // customer or vendor: is answered 403 all the same
    std::string scope;             // what an API key needs; any: every key may; empty: none may
    std::vector<std::string> path_parameters;  // names, in order
    json::View definition;

    [[nodiscard]] bool changes() const { return method != "GET"; }
    /// The path with values in place of its parameters.
    [[nodiscard]] std::string target(const std::vector<std::string>& values) const;
};

/// One example of a body, as the document has it: a JSON value, or the text of another type.
struct ContractExample {
    std::string type, name;
    json::View value;
};

class Contract {
  public:
    /// `served` is the text of GET /openapi.json.
    explicit Contract(const std::string& served);

    [[nodiscard]] json::View document() const { return document_.root(); }
    [[nodiscard]] const std::vector<ContractOperation>& operations() const { return operations_; }
    [[nodiscard]] const ContractOperation* find(std::string_view id) const;
    /// The operation that answers this request; null where there is none. "/api/v1/x" is "/api/x".
    [[nodiscard]] const ContractOperation* find(std::string_view method, std::string_view target) const;
    /// The schema and the example of its JSON body; absent where it takes none.
    [[nodiscard]] json::View body_schema(const ContractOperation& operation) const;
    [[nodiscard]] json::View body_example(const ContractOperation& operation) const;
    /// All examples of all types of its body: `example`, and each of `examples`.
    [[nodiscard]] std::vector<ContractExample> body_examples(const ContractOperation& operation) const;
    /// False: nothing at all is a body too.
    [[nodiscard]] bool body_required(const ContractOperation& operation) const;
    /// The parameters "in" query.
    [[nodiscard]] std::vector<json::View> query_parameters(const ContractOperation& operation) const;

    /// What the answer breaks of the document: a status or content type that it does not name, a body that
    /// is not its schema's, a header that is required and not there. A problem must have the right shape and
    /// name no SQL, file or code. Every answer held against the document is counted (answer_log.hpp).
    [[nodiscard]] std::vector<std::string> faults(const ContractOperation& operation,
                                                  const HttpResponse& answer) const;

  private:
    /// Of each line of application/x-ndjson.
    [[nodiscard]] std::vector<std::string> line_faults(json::View schema, std::string_view text) const;
    json::Document document_;
    std::vector<ContractOperation> operations_;
};

/// Words of SQL, files and code that no answer may carry; those that `text` has.
std::vector<std::string> leaks(std::string_view text);

}  // namespace cloudretail::test
