-- Sign-ins by challenges of the pool's own functions, as far as they have come. A row is one step: it is never changed, the next step makes
-- a new one.
CREATE TABLE custom_sign_ins (
    -- A UUID, named by the sealed session or secret block that answers this step.
    id TEXT PRIMARY KEY,
    -- The user pool.
    pool_id TEXT NOT NULL REFERENCES pools (id) ON DELETE CASCADE,
    -- What was answered so far and what the present challenge's answer is checked against, as JSON.
    state TEXT NOT NULL,
    -- When the step can no longer be answered: microseconds since 1970.
    expires_at BIGINT NOT NULL
);

-- For the sweep.
CREATE INDEX custom_sign_ins_expires_at ON custom_sign_ins (expires_at);

-- For the deletion of a pool.
CREATE INDEX custom_sign_ins_pool_id ON custom_sign_ins (pool_id);
