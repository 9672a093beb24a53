// Books, toys, sports and clothing; see catalogue.hpp. Titles and makers are made up.
#include "catalogue.hpp"

namespace cloudretail::demo {

namespace {

constexpr Good books[] = {
    {"The Lighthouse Ledger", 1890, "A novel about a keeper who counts everything but the years."},
    {"Salt Roads", 2190, "How a white grain drew the map of a continent."},
    {"A Cook's Year", 2990, "Twelve months, ninety dishes, nothing that needs a shop on Sunday."},
    {"Bread and Patience", 2490, "Sourdough explained by somebody who failed for a year first."},
    {"The Quiet Compiler", 3490, "What happens between the text of a program and its first step."},
    {"Distributed, Gently", 3990, "Messages, clocks and failures for people with a shop to run."},
    {"Small Gardens", 2290, "Forty plans for balconies and backyards, drawn to scale."},
    {"Birds at the Window", 1690, "A field guide for those who stay at the kitchen table."},
    {"Night Train North", 1490, "A detective, a sleeping car, and a suitcase too many."},
    {"The Clockmaker's Niece", 1590, "A mystery in which the only witness is always five minutes fast."},
    {"Letters to a River", 1390, "Poems about water, distance and a childhood beside both."},
    {"Winter Bees", 1790, "A family, an orchard, and the season when nothing seems to move."},
    {"History of the Button", 2390, "Small things that held the centuries together."},
    {"Drawing in an Hour", 1990, "One hour, one object, thirty times: then you can draw."},
    {"Learn to Whittle", 1690, "A knife, a stick and the way to a spoon."},
    {"The Long Walk Home", 1890, "Six hundred kilometres on foot, and why."},
    {"Maps for Dreamers", 2990, "Islands that never were, and those who went to look."},
    {"Number Stories", 1590, "Why zero was late, and other short tales for curious readers."},
    {"The Fox Who Read", 1290, "A picture book about a fox, a library and a very long night."},
    {"Good Night, Harbour", 1190, "Boats come home one by one; for the youngest."},
    {"Chess for Two Evenings", 1790, "The first evening the rules, the second the first good game."},
    {"Songs from the Attic", 2190, "Forty songs with simple chords, and where they come from."},
    {"A Field of Stars", 1990, "The night sky without a telescope, season by season."},
    {"The Repair Book", 2590, "Zips, chairs, taps and bicycles: how to give things a second life."},
    {"Three Tales of Fog", 1490, "Short stories from a town by the sea, each with a missing person."},
    {"The Honest Accountant", 1690, "A comedy in double entry."},
};

constexpr Good toys[] = {
    {"Wooden Train Set", 4990, "Forty pieces of track and a train that takes any curve."},
    {"Building Blocks", 3990, "One hundred blocks in six shapes, from offcuts of beech."},
    {"Marble Run", 5490, "Ramps, wheels and a bell at the end."},
    {"Puzzle, 1000 Pieces", 1990, "A harbour at dusk: more sky than you think."},
    {"Puzzle, 100 Pieces", 1290, "A forest with eleven hidden animals."},
    {"Stacking Rings", 1690, "Seven rings on a rocking base."},
    {"Plush Otter", 2290, "A long otter that can be washed and hugged."},
    {"Plush Bear", 2490, "An old-fashioned bear with arms that move."},
    {"Kite", 2790, "A diamond kite that flies in a breath of wind."},
    {"Juggling Balls", 1490, "Three soft balls and a booklet with the first ten minutes."},
    {"Wooden Chess Set", 4490, "A folding board and weighted pieces."},
    {"Dominoes", 1890, "Twenty-eight stones in a box with a sliding lid."},
    {"Memory Game: Birds", 1690, "Thirty-six pairs; the drawings are good enough to learn from."},
    {"Harvest Board Game", 3490, "Two to five farmers, one market, forty minutes."},
    {"Card Game: Lighthouse", 1490, "Warn the ships, sink your friends; for three or more."},
    {"Science Kit: Magnets", 3290, "Twenty experiments that stick."},
    {"Science Kit: Crystals", 2990, "Grow three colours of crystal in a week."},
    {"Beginner's Microscope", 6990, "Forty to four hundred times, with ten slides."},
    {"Watercolour Set", 2190, "Eighteen pans, two brushes and a tin that is the palette."},
    {"Finger Paints", 1590, "Five colours that wash out of nearly everything."},
    {"Doll's House", 12900, "Two floors and a roof that lifts off."},
    {"Toy Kitchen", 14900, "A stove, a sink and a door that clicks."},
    {"Balance Bike", 8990, "Light enough to carry home when the legs are tired."},
    {"Skipping Rope", 990, "Cotton rope with handles of turned maple."},
    {"Yo-Yo", 1190, "Maple, with a ball bearing: sleeps for half a minute."},
    {"Music Box", 2890, "Turn the crank slowly, and it is a lullaby."},
};

constexpr Good sports[] = {
    {"Trail Running Shoes", 12900, "Grip for wet roots, and room for toes on the way down."},
    {"Road Running Shoes", 11900, "Light, cushioned, and good for eight hundred kilometres."},
    {"Two-Person Tent", 24900, "Up in four minutes, dry in a storm, two kilos."},
    {"Down Sleeping Bag", 19900, "Warm to minus five, small as a loaf."},
    {"Sleeping Mat", 6990, "Inflates by itself and forgives stones."},
    {"Hiking Rucksack, 35 Litres", 13900, "A back that breathes and a hood for rain."},
    {"Day Pack, 18 Litres", 5990, "For a jacket, a bottle and a book."},
    {"Trekking Poles", 6490, "A pair in aluminium, folded as short as a forearm."},
    {"Camping Stove", 4990, "Boils half a litre in three minutes, even in wind."},
    {"Steel Bottle", 2490, "Keeps tea hot for a day of walking."},
    {"Head Torch", 3490, "Two hundred lumens, red light for the map."},
    {"Yoga Mat", 3990, "Natural rubber that holds still."},
    {"Foam Roller", 2490, "For the evening after the hill."},
    {"Resistance Bands", 1990, "Five strengths in a bag: a gym for the suitcase."},
    {"Kettlebell, 12 kg", 4490, "One iron ball, a hundred exercises."},
    {"Swim Goggles", 1990, "Clear, and they do not leak."},
    {"Microfibre Towel", 1790, "Dries you, then itself, in minutes."},
    {"Badminton Set", 4990, "Four rackets, a net and a wind that is your affair."},
    {"Table Tennis Bats", 2990, "Two bats and six balls for any table."},
    {"Football", 2490, "Hand-sewn, size five, for grass and for gravel."},
    {"Basketball", 2790, "Grips indoors and out."},
    {"Bicycle Pump", 2990, "A floor pump with a gauge that can be read standing."},
    {"Bicycle Lights", 3490, "Front and rear, charged by cable, seen from afar."},
    {"Cycling Helmet", 6990, "Light, adjustable and honest about when to replace it."},
    {"Climbing Chalk Bag", 1890, "A stiff rim and a brush for the holds."},
    {"Bouldering Mat", 16900, "Folds like a book, carries like a rucksack."},
};

constexpr Good clothing[] = {
    {"Merino T-Shirt", 5490, "Cool in August, warm in March, never smells of either."},
    {"Organic Cotton T-Shirt", 2490, "A heavy shirt that keeps its shape and its neck."},
    {"Oxford Shirt", 6490, "A shirt for the desk that survives the way there."},
    {"Flannel Shirt", 5990, "Brushed on both sides, with a pocket for a pencil."},
    {"Lambswool Jumper", 8990, "Knitted in one piece, without a seam at the shoulder."},
    {"Fisherman's Cardigan", 12900, "Thick ribs, horn buttons, pockets for cold hands."},
    {"Rain Jacket", 14900, "Three layers that keep water out and let you breathe."},
    {"Down Vest", 9990, "Warm where it counts, and gone in its own pocket."},
    {"Waxed Coat", 21900, "Can be waxed anew each autumn, for decades."},
    {"Straight Jeans", 8990, "Twelve-ounce denim that needs a week to become yours."},
    {"Corduroy Trousers", 7990, "Fine cord, high waist, a hidden button."},
    {"Linen Trousers", 6990, "For the hottest day of the office."},
    {"Walking Shorts", 4990, "Stretch, a zip pocket, and no rustle."},
    {"Linen Dress", 8490, "A loose dress with pockets that hold things."},
    {"Pleated Skirt", 6990, "Keeps its pleats in the wash."},
    {"Merino Leggings", 5990, "A first layer for skis or for Sunday."},
    {"Wool Socks, 3 Pairs", 2990, "Cushioned soles, and a darning card."},
    {"Cotton Socks, 5 Pairs", 1990, "Plain, dark, and alike, so that pairs do not matter."},
    {"Wool Beanie", 2490, "One size, no label inside."},
    {"Straw Hat", 3990, "A wide brim that packs flat."},
    {"Silk Scarf", 4990, "Printed by hand with a map of a town that is not there."},
    {"Wool Scarf", 3990, "Long enough to go round twice."},
    {"Leather Belt", 4490, "One piece of leather and one brass buckle."},
    {"Leather Gloves", 5990, "Lined with wool, thin enough for keys."},
    {"Canvas Trainers", 6490, "A plain shoe with a sole that can be replaced."},
    {"Chelsea Boots", 15900, "Welted, so that a cobbler can love them too."},
};

}  // namespace

std::span<const Category> for_leisure() {
    static constexpr Category all[] = {
        {"Books", "BOO", 4, "Bound and sewn; sent flat in card.", books},
        {"Toys", "TOY", 4, "Tested for small hands; not for children under three unless it says so.", toys},
        {"Sports", "SPO", 5, "Try it at home; unused goods come back within thirty days.", sports},
        {"Clothing", "CLO", 5, "Sizes as they should be; exchange is free.", clothing},
    };
    return all;
}

}  // namespace cloudretail::demo
