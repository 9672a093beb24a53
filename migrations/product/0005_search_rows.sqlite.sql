-- The name by which the index knows the products of a category; another than its own: they are still to be read again.
ALTER TABLE categories ADD COLUMN read_name TEXT NOT NULL DEFAULT '';
-- Most names hold the words of the slug, which the index has.
UPDATE categories SET read_name = name WHERE slug = lower(replace(name, ' ', '-'));

-- A category's products, too, are filtered, counted and bounded without a look at the products themselves.
DROP INDEX products_category_newest;
CREATE INDEX products_category_newest ON products (category, id, price_minor, availability, vendor_id) WHERE listed = 1;
DROP INDEX products_category_price;
CREATE INDEX products_category_price ON products (category, price_minor, id, availability, vendor_id) WHERE listed = 1;
