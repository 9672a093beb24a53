// What the demo's products look like: simple drawings on a grid of 100 by 100, as lists of shapes. Constant
// data; any thread.
//
// A drawing is shapes apart from one another by ';', later ones on top: a letter for the form, one for the
// colour, and numbers:
//   r C x y w h radius     a rectangle          c C x y radius         a disc
//   e C x y rx ry          an ellipse           o C x y radius width   a ring
//   l C x y x y width      a line               b C x y x y x y width  a curve through a control point
//   p C x y x y x y …      a polygon
// Colours: A the product's own, D darker, L lighter; W white, K ink, M metal, G green, B wood, Y yellow, R
// red, O copper, J denim, C cream, N the ground's (a hole).
#pragma once

#include <string_view>

namespace cloudretail::demo {

struct Icon {
    std::string_view drawing;
    /// A smaller drawing in its middle (on a book's cover, say); empty: none.
    std::string_view motif{};
};

/// The icon of a product by what its name says.
Icon icon_of(std::string_view name, std::string_view category);

}  // namespace cloudretail::demo
