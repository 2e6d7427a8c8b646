-- Saved states of the whole store. A snapshot holds neither this table nor what must outlive it:
-- the store's secrets and the keys that are remembered over resets.
CREATE TABLE snapshots (
    name TEXT PRIMARY KEY,              -- chosen by who saved it
    saved_at BIGINT NOT NULL,           -- by the server's clock
    schema BIGINT NOT NULL,             -- the last migration when it was saved
    user_pools BIGINT NOT NULL,         -- how many it has, for who lists them
    users BIGINT NOT NULL,              -- "
    image BLOB NOT NULL                 -- a database of SQLite's, as in a file
);
