-- Point-in-time recoveries of user pools: what was asked for and what came of it.

CREATE TABLE recoveries (
    -- Counts them in the order in which they were initiated: a clock may stand still.
    number INTEGER PRIMARY KEY,
    -- RestoreId
    id TEXT NOT NULL UNIQUE,
    -- The user pool.
    pool_id TEXT NOT NULL REFERENCES pools (id) ON DELETE CASCADE,
    -- RestoreStatus; 'PREVIEW_EXPIRED' is never stored, it follows from the time.
    status TEXT NOT NULL,
    -- RestoreTimestamp
    restore_at BIGINT NOT NULL,
    -- The last step of the history (history_steps) that is not to be undone.
    step BIGINT NOT NULL,
    -- TriggerTimestamp
    initiated_at BIGINT NOT NULL,
    -- Until when it can be started or cancelled.
    expires_at BIGINT NOT NULL,
    -- When everything was restored.
    completed_at BIGINT,
    -- RestorePreview as a JSON list, once it was worked out.
    preview TEXT
);
CREATE INDEX recoveries_by_pool ON recoveries (pool_id, number);
