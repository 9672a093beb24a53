// Electronics, kitchen, living and garden; see catalogue.hpp.
#include "catalogue.hpp"

namespace cloudretail::demo {

namespace {

constexpr Good electronics[] = {
    {"Meridian 14 Laptop", 119900, "A light 14-inch laptop with a matte screen and a full day of battery."},
    {"Meridian 16 Laptop", 164900,
     "The large Meridian: more keys, more cooling, a screen for two documents."},
    {"Halo Wireless Headphones", 17900, "Closed headphones that quieten a train carriage for thirty hours."},
    {"Halo Mini Earbuds", 8900, "Small earbuds with a case that charges them four times."},
    {"Slate 10 Tablet", 32900, "A ten-inch tablet for reading, sketching and recipes on the worktop."},
    {"Pocket Radio", 3490, "A radio with one dial, one speaker and a battery that lasts for weeks."},
    {"Tidewater Speaker", 7990, "A waterproof speaker that floats, and sounds larger than it is."},
    {"Lumen Reading Lamp", 4590, "A dimmable desk lamp whose light goes from candle to noon."},
    {"Clearview 27 Monitor", 28900, "A 27-inch monitor with true colours and a stand that turns."},
    {"Quiet Keys Keyboard", 6990, "A low keyboard with soft keys that nobody hears in a meeting."},
    {"Arc Mouse", 3990, "A mouse shaped for the right or the left hand, with three devices at a click."},
    {"Harbour USB-C Hub", 4490, "Six ports in a hub that is slimmer than a bar of chocolate."},
    {"Stack 20 Power Bank", 3990, "Charges a telephone five times and says honestly how much is left."},
    {"Twin Wall Charger", 2990, "Two sockets, sixty-five watts, no larger than an egg."},
    {"Braided USB-C Cable", 1290, "Two metres of cable that does not tangle and does not fray."},
    {"Aurora Webcam", 5990, "A camera with a shutter of its own and a kind eye for evening light."},
    {"Field Recorder", 12900, "Records two channels to a card, and fits into a coat pocket."},
    {"Ledger E-Reader", 13900, "Paper-like pages, a warm light, and room for a small library."},
    {"Nightwatch Camera", 6990, "Watches the door, keeps its pictures at home, and sees in the dark."},
    {"Smart Plug Pair", 2490, "Two plugs that switch lamps by timetable and measure what they use."},
    {"Weather Station", 7490, "Wind, rain and warmth from the garden on a display in the hall."},
    {"Rotary Phone Handset", 3290, "An old-fashioned receiver for a new telephone, with a proper weight."},
    {"Compact Projector", 34900, "A wall becomes a cinema: two metres of picture from two metres away."},
    {"Turntable One", 22900, "A belt-driven turntable that needs five minutes to set up."},
    {"Bench Multimeter", 4990, "Measures volts, amps and ohms, and beeps when the wire is whole."},
    {"Solder Station", 7990, "Hot in twenty seconds, with a stand that keeps the table safe."},
};

constexpr Good kitchen[] = {
    {"Copper Saucepan", 8990, "Even heat and a pouring rim: sauces that do not catch."},
    {"Cast Iron Skillet", 4490, "Pre-seasoned, good on any flame, and better every year."},
    {"Stock Pot, 8 Litres", 5990, "Room for a whole chicken and the patience it takes."},
    {"Carbon Steel Wok", 4290, "Thin, quick and light enough to toss with one hand."},
    {"Chef's Knife, 20 cm", 7990, "A balanced blade that stays sharp through a sack of onions."},
    {"Paring Knife", 1990, "The little knife that is always in the hand."},
    {"Bread Knife", 3490, "Long teeth for hard crusts and soft tomatoes."},
    {"Beech Cutting Board", 2990, "Thick beech with a groove for juice and a side for bread."},
    {"Burr Coffee Grinder", 8990, "Forty settings, from a fine espresso to a coarse press."},
    {"Pour-Over Set", 3490, "A glass jug, a cone and a year of filters."},
    {"Espresso Pot", 2990, "Six small cups from the stove, loud enough to wake the house."},
    {"Gooseneck Kettle", 6490, "Pours thin and slow, and holds its temperature to the degree."},
    {"Glass Teapot", 2790, "Leaves unfold where they can be seen; the strainer lifts out."},
    {"Stand Mixer", 27900, "Kneads two loaves at once and whips egg whites in a minute."},
    {"Hand Blender", 4990, "Soup in the pot, mayonnaise in the beaker, quickly rinsed."},
    {"Digital Kitchen Scale", 2290, "To the gram, up to five kilos, flat enough for a drawer."},
    {"Stoneware Mixing Bowls", 4490, "Three bowls that nest, heavy enough not to wander."},
    {"Pasta Machine", 5490, "From dough to ribbons in seven widths, by hand."},
    {"Mortar and Pestle", 3290, "Granite, rough inside: pesto the slow way."},
    {"Salad Spinner", 2690, "Dry leaves in ten turns, and a bowl to serve them in."},
    {"Preserving Jars, Set of 6", 1990, "Half-litre jars with rubber rings for the end of summer."},
    {"Linen Tea Towels", 1890, "Three towels that polish glasses and last for years."},
    {"Loaf Tin", 1590, "A heavy tin for a tall loaf with a dark crust."},
    {"Pizza Stone", 3490, "A crisp base from an ordinary oven."},
    {"Pepper Mill", 3990, "A steel grinder in walnut, coarse to fine by a turn."},
    {"Enamel Roasting Tray", 2890, "For potatoes that are crisp on all sides."},
};

constexpr Good living[] = {
    {"Wool Throw", 7990, "A soft throw from undyed wool, for the sofa and for the balcony."},
    {"Linen Cushion", 3490, "Washed linen with a hidden zip, filled with feathers."},
    {"Oak Side Table", 14900, "A small round table in solid oak that stands on three legs."},
    {"Reading Chair", 39900, "A deep chair with arms broad enough for a cup."},
    {"Floor Lamp", 12900, "A slim lamp that bends over the chair without a sound."},
    {"Paper Lantern Shade", 2490, "Folded paper for a light that is kind to a room."},
    {"Wall Clock", 4990, "Large figures, a quiet movement, no tick."},
    {"Ceramic Vase", 3290, "A tall vase with an uneven glaze, each a little different."},
    {"Beeswax Candles", 1690, "A dozen candles that smell of honey and do not drip."},
    {"Cotton Bed Linen", 8990, "Crisp percale for one bed, better after each wash."},
    {"Down Pillow", 6990, "Soft at first, supportive after; made to be washed."},
    {"Summer Duvet", 9990, "Light as a sheet and warm enough for June nights."},
    {"Bath Towel Pair", 3990, "Thick cotton that dries the first time it is used."},
    {"Waffle Bath Mat", 1990, "Folds flat, dries by noon."},
    {"Hallway Mirror", 8490, "A round mirror with a shelf for keys."},
    {"Coat Hooks", 2890, "Five hooks of turned ash on one rail."},
    {"Shoe Bench", 11900, "Sit to tie your shoes; put six pairs below."},
    {"Storage Basket", 2790, "Woven seagrass with handles, for toys or wool."},
    {"Picture Frame Set", 3490, "Four frames in black oak with mounts for small prints."},
    {"Desk Organiser", 2290, "Pens, paper and post in one block of birch."},
    {"Door Stop", 1290, "A felt wedge with iron inside."},
    {"Cotton Rug", 12900, "A flat-woven rug that goes into the machine."},
    {"Blackout Curtain", 5490, "Makes night at any hour, and keeps the warmth in."},
    {"Incense Holder", 1490, "A brass dish for one stick and its ash."},
    {"Key Tray", 1790, "A leather tray, so that the keys are where they were."},
    {"Ironing Board", 5990, "Stands still, folds thin, hangs on the door."},
};

constexpr Good garden[] = {
    {"Ash Spade", 4990, "A forged blade on an ash handle, for heavy ground."},
    {"Border Fork", 4490, "Four tines narrow enough to go between plants."},
    {"Hand Trowel", 1890, "Marked in centimetres, so that bulbs are as deep as they should be."},
    {"Bypass Secateurs", 3990, "Clean cuts up to two centimetres; every part can be replaced."},
    {"Watering Can, 9 Litres", 3490, "Balanced when full, with a brass rose as fine as rain."},
    {"Garden Hose, 25 m", 4990, "Does not kink, does not crack, rolls up in one go."},
    {"Raised Bed Kit", 11900, "Larch boards and corners: a bed in ten minutes."},
    {"Cold Frame", 8990, "A glass lid for a month more of salad at either end."},
    {"Compost Bin", 7990, "Takes a kitchen's scraps and gives back soil in a year."},
    {"Seed Tray Set", 1690, "Four trays with lids and a place for labels."},
    {"Terracotta Pots", 2290, "Three pots that breathe, with their saucers."},
    {"Hanging Basket", 1990, "Lined with coir and deep enough for strawberries."},
    {"Bird Feeder", 2490, "Sunflower seeds for small birds, out of reach of large ones."},
    {"Bee Hotel", 2990, "Drilled beech for solitary bees; hang it facing the morning."},
    {"Rain Barrel, 200 Litres", 9990, "Fills from the gutter, empties into the can."},
    {"Leaf Rake", 2790, "Springy tines that leave the grass where it is."},
    {"Push Mower", 16900, "Five blades, no motor, a lawn like a cloth."},
    {"Kneeling Mat", 1490, "Thick and waterproof, for an hour of weeding."},
    {"Gardening Gloves", 1390, "Goatskin where it wears, cotton where it breathes."},
    {"Plant Labels", 890, "Fifty slate labels and a pencil that stands the rain."},
    {"Tomato Spirals", 1690, "Six steel spirals that need no string."},
    {"Wildflower Seeds", 790, "A mixture for ten square metres that blooms till October."},
    {"Solar Path Lights", 3490, "Six lamps that light the way home until midnight."},
    {"Folding Table", 8990, "An acacia table for two that winters behind the door."},
    {"Bistro Chair", 5990, "A slatted chair that folds flat and stands straight."},
    {"Hammock", 6990, "Cotton for one, or for one and a book."},
};

}  // namespace

std::span<const Category> for_home() {
    static constexpr Category all[] = {
        {"Electronics", "ELE", 0, "Two years of warranty; batteries can be exchanged.", electronics},
        {"Kitchen", "KIT", 1, "Made for daily use, and for washing up.", kitchen},
        {"Living", "LIV", 2, "From small workshops; spare parts on request.", living},
        {"Garden", "GAR", 3, "Stands the weather; wipe it dry before winter.", garden},
    };
    return all;
}

}  // namespace cloudretail::demo
