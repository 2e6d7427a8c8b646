-- What users did, where threat protection keeps a record of it; and sign-ins as sessions that users see and end.

CREATE TABLE auth_events (
    number INTEGER PRIMARY KEY,         -- counts them in the order of recording: a clock may stand still
    id TEXT NOT NULL UNIQUE,            -- EventId; of a sign-in the tokens' event_id
    pool_id TEXT NOT NULL REFERENCES pools (id) ON DELETE CASCADE, -- the pool
    sub TEXT NOT NULL REFERENCES users (sub) ON DELETE CASCADE, -- who did it, or in whose name it was tried
    client_id TEXT NOT NULL,            -- the app client
    kind TEXT NOT NULL,                 -- EventType
    response TEXT NOT NULL,             -- EventResponse
    challenges TEXT NOT NULL,           -- JSON list of [ChallengeName, ChallengeResponse]
    ip TEXT,                            -- IpAddress, where an application told it
    device TEXT,                        -- DeviceName, from the user agent
    created_at BIGINT NOT NULL,         -- CreationDate
    feedback TEXT,                      -- FeedbackValue
    feedback_provider TEXT,             -- Provider
    feedback_at BIGINT                  -- FeedbackDate
);
CREATE INDEX auth_events_by_user ON auth_events (sub, number);

ALTER TABLE pools ADD COLUMN token_sessions BIGINT; -- how many token sessions a user may have; NULL where sessions are not tracked

-- One row per token family that began while its pool tracked sessions, as long as nobody revoked it.
CREATE TABLE token_sessions (
    id TEXT PRIMARY KEY,                -- SessionId: 'tkn' and 25 lower-case alphanumerics
    origin_jti TEXT NOT NULL UNIQUE REFERENCES token_families (origin_jti) ON DELETE CASCADE, -- the family
    sub TEXT NOT NULL REFERENCES users (sub) ON DELETE CASCADE, -- whose session it is
    created_at BIGINT NOT NULL,         -- CreateDate
    active_at BIGINT NOT NULL,          -- LastActiveDate: the last refresh
    device TEXT NOT NULL,               -- DeviceType: what refreshed, by its user agent
    ip TEXT                             -- LastIPAddress, where an application told it
);
CREATE INDEX token_sessions_by_user ON token_sessions (sub, active_at);
