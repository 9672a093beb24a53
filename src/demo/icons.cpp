// See icons.hpp: the longest word that the name holds decides.
#include "icons.hpp"

#include <span>

#include "icons_leisure.hpp"

namespace cloudretail::demo {

namespace {

constexpr std::string_view plain_box =
    "p D 14 34 50 20 86 34 50 48;p A 14 34 50 48 50 90 14 74;p L 86 34 50 48 50 90 86 74";
constexpr std::string_view seed_packet =
    "r W 26 12 48 78 3;r A 26 12 48 16 3;l L 34 20 66 20 3;r D 26 80 48 10 2";
constexpr std::string_view plain_mark = "c Y 50 50 26";

std::string_view named(std::span<const NamedDrawing> drawings, std::string_view name) {
    const NamedDrawing* best = nullptr;
    for (const NamedDrawing& drawing : drawings) {
        const bool longer = !best || drawing.word.size() > best->word.size();
        if (longer && name.find(drawing.word) != std::string_view::npos) best = &drawing;
    }
    return best ? best->drawing : std::string_view();
}

std::string_view motif_of(std::string_view name) {
    const std::string_view motif = named(motifs, name);
    return motif.empty() ? plain_mark : motif;
}

}  // namespace

Icon icon_of(std::string_view name, std::string_view category) {
    if (category == "Books") return {book_cover, motif_of(name)};
    const bool home =
        category == "Electronics" || category == "Kitchen" || category == "Living" || category == "Garden";
    if (name.find("Seeds") != std::string_view::npos) return {seed_packet, motif_of(name)};
    std::string_view drawing = home ? named(home_drawings, name) : named(leisure_drawings, name);
    // Gloves are worn in the garden and in the street.
    if (drawing.empty()) drawing = named(home_drawings, name);
    if (!drawing.empty()) return {drawing};
    if (category == "Toys") return {game_box, motif_of(name)};
    return {plain_box};
}

}  // namespace cloudretail::demo
