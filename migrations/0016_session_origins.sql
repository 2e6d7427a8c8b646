-- Through which browser's session a token family came, in pools that track sessions.

CREATE TABLE session_origins (
    origin_jti TEXT PRIMARY KEY,        -- the token family, which begins when its authorization code is used
    browser_session TEXT NOT NULL,      -- the browser's session, which may have ended since
    sub TEXT NOT NULL REFERENCES users (sub) ON DELETE CASCADE, -- whose sessions they are
    created_at BIGINT NOT NULL          -- when the code was made: a code that nobody used is forgotten
);
CREATE INDEX session_origins_by_user ON session_origins (sub);
