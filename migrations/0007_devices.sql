-- Devices that users confirmed, and to which device a sign-in belongs.

CREATE TABLE devices (
    device_key TEXT PRIMARY KEY,        -- '<region>_<UUID>', minted at the sign-in that was to be the device's first
    pool_id TEXT NOT NULL REFERENCES pools (id) ON DELETE CASCADE, -- the pool
    sub TEXT NOT NULL REFERENCES users (sub) ON DELETE CASCADE, -- the only user whose device it is
    group_key TEXT NOT NULL,            -- DeviceGroupKey: what stands for the pool's name in the device's SRP
    name TEXT,                          -- DeviceName
    salt BLOB NOT NULL,                 -- of the device's secret, as the client sent it: a leading zero byte counts
    verifier BLOB NOT NULL,             -- SRP's v = g^x mod N, 384 bytes big-endian
    remembered BIGINT NOT NULL,         -- 1: may take the place of a second factor where the pool says so
    last_ip TEXT,                       -- last_ip_used, where an application told it
    created_at BIGINT NOT NULL,         -- DeviceCreateDate
    updated_at BIGINT NOT NULL,         -- DeviceLastModifiedDate
    authenticated_at BIGINT NOT NULL    -- DeviceLastAuthenticatedDate
);
CREATE INDEX devices_by_user ON devices (sub, created_at, device_key);

-- The session of a DEVICE_SRP_AUTH challenge: clients like pycognito answer without sending it back.
CREATE TABLE device_challenges (
    device_key TEXT NOT NULL REFERENCES devices (device_key) ON DELETE CASCADE, -- who is asked
    client_id TEXT NOT NULL REFERENCES clients (id) ON DELETE CASCADE, -- where the sign-in happens
    session TEXT NOT NULL,              -- as sealed
    expires_at BIGINT NOT NULL,         -- its end
    PRIMARY KEY (device_key, client_id)
);

-- The device that signed in, or that the sign-in made: refreshing asks for it again.
ALTER TABLE token_families ADD COLUMN device_key TEXT;
