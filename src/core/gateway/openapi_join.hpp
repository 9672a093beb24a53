// The two texts of the contract: fragments joined as they are, and the served document with what is the same
// for every operation added (security, common problems). Knows nothing of routes. Thread rule: pure
// functions, used at start.
#pragma once

#include <base/embedded.hpp>
#include <base/json.hpp>
#include <gateway/openapi.hpp>
#include <span>
#include <string>
#include <vector>

namespace cloudretail::gateway {

/// Limits for our own documents, which are larger than anybody's request.
inline constexpr json::Limits document_limits{
    .depth = 64, .members = 4096, .elements = 10'000, .number_chars = 32};

/// One document from the fragments; appends to `faults` what does not fit together. Throws ContractError for
/// a fragment that is not JSON and for a missing core.json.
std::string join_fragments(std::span<const EmbeddedFile> fragments, std::vector<std::string>& faults);

/// The served text of a joined and checked document.
std::string complete_document(const OpenApi& contract, json::View document);

}  // namespace cloudretail::gateway
