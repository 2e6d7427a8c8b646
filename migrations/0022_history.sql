-- What the history of users is told by, in stores that keep one (--point-in-time-recovery). The
-- images of the rows are in tables of their own, which are made with the columns that the tables
-- of users have at that time (src/store/history.rs), and only where a history is kept.

-- One row while a history is kept without a gap.
CREATE TABLE history_keeping (
    -- The last migration when it began: images of another schema's rows are not put back.
    schema BIGINT NOT NULL
);

-- One row per transaction that changed something of users.
CREATE TABLE history_steps (
    -- In the order of the transactions, whatever the clock showed.
    number INTEGER PRIMARY KEY,
    -- What the clock showed.
    at BIGINT NOT NULL
);
CREATE INDEX history_steps_by_time ON history_steps (at);

-- From when on a pool's users can be put back.
CREATE TABLE history_since (
    -- The user pool.
    pool_id TEXT PRIMARY KEY REFERENCES pools (id) ON DELETE CASCADE,
    -- What is older was not kept, or was swept.
    since BIGINT NOT NULL
);

-- The plans that a pool had.
CREATE TABLE history_plans (
    -- The user pool.
    pool_id TEXT NOT NULL REFERENCES pools (id) ON DELETE CASCADE,
    -- Since which step.
    step BIGINT NOT NULL,
    -- UserPoolTier
    plan TEXT,
    PRIMARY KEY (pool_id, step)
);
