-- client: d4jzemf7glkps9pv77s4u9ysvk
-- machine: qtqc5f7kavup2dcqy6eh598avx
-- machine_secret: 9ok2x8hmjdy3heekdu70bfshrrawyinlcy0jd1rl6mfbdsxrriv
-- access_token: eyJraWQiOiJoaThIbGxmb05YNHVmK1hvRjFleVJxdTVCenJiT2pVMzR0UlBSMDlZS0Q0PSIsImFsZyI6IlJTMjU2In0.eyJzdWIiOiIzZjFkNzU5ZS1kZjJlLTczNTAtZmQ4MS01YjczZTE0ZGQ3NWMiLCJjb2duaXRvOmdyb3VwcyI6WyJhZG1pbnMiXSwiaXNzIjoiaHR0cDovL2xvY2FsaG9zdDo5MzM5L3VzLWVhc3QtMV9yZWxlYXNlZCIsIm9yaWdpbl9qdGkiOiIxYTU3NDJkYy04ODVhLTQ5M2UtYTA5Mi1hNmU3MGFlOTkxODMiLCJldmVudF9pZCI6IjRhYzc2YWQ3LWRjOGUtNDI5My05MTAwLWNkNjgwNTBiOTVkZSIsImRldmljZV9rZXkiOiJ1cy1lYXN0LTFfZGViNzQ4YTktYzEyMi00OWMzLWFlOTItMDRhMDZlM2UzODIzIiwiY2xpZW50X2lkIjoiZDRqemVtZjdnbGtwczlwdjc3czR1OXlzdmsiLCJ0b2tlbl91c2UiOiJhY2Nlc3MiLCJzY29wZSI6ImF3cy5jb2duaXRvLnNpZ25pbi51c2VyLmFkbWluIiwiYXV0aF90aW1lIjoxNzY3MjI1NTEwLCJleHAiOjE3NjcyMjkxMTAsImlhdCI6MTc2NzIyNTUxMCwianRpIjoiMWFiZGFjZGEtNjZhNy00MjQ3LTgwZTktYjA2YTdhMGYyM2QxIiwidXNlcm5hbWUiOiJhbGljZSJ9.OJCgUCJEdMB-ZZYGWMdPxhGAi1zKD9kN-K7Ci6cy90AtpyhoHzQrh93I25u9urouamSKHG0E8XQZjmZ9-XQphVofvJ9OajWgTJ9BNvxBj1BCHqDKywAQNlLzDdDztv9cfAvHWqczjupF5A1OJ-XvHJTaPsi4R2hqdi_S11znmepSIXffXtZGitXazE1tjnEtmZ2FqdeEFCKMFSbNRvw318k5a2BFzzrf0vU7j8wS1rAHndMCBElTGIGRfkGySrIhDwyED4cpH_lSyGvM3_qhFvlaZehSY1xwSjyjtfbG3GFfnZ82GpQn04edLL0Fh0dNg7vxTa0WwuvX1OJqG8_qIQ
-- refresh_token: eyJjdHkiOiJKV1QiLCJlbmMiOiJBMjU2R0NNIiwiYWxnIjoiUlNBLU9BRVAifQ.oLMp3tGe-JaLsi4Fz8FzKx0BQ3iZkbRkDB0A6EeYze-b7uCtslO_LQ-GAJIK9Z1zrbVJg9cvf1KxvGWEQwuNLAdpZ0SccATyQMJ3646eY7Lfp3LnT0-a-kxw2IfzHB67geWDCf90IYUc0yV4u7CcfRuqs-h1I02w9aCYWYJKoX2pic5W5lXn4vNVrvnkN_Bo1HyKmev6dSVRAzewjzy4Mwm9Sst8zoQiE5ivP6EaUdo09YiCJ9n9uUOyJ3EeWiVuG3BWWXAKnthqQqHS36j1nUpdwmqnxdLgBkKLJLWtRf3nJpe15DEObz_hbWS0lxGevyuEJi6JCvaJFLU8q8bYBw.VRY1AajP2JxUu8Uo.NnTvtzfU8F88WQvEGgJFqDnGnZENrYaZbHugLYwMQ65osPjyIYLmh-LVW3re2UlZF5G4vRSkflrO-pQKyBVUc2htC90.4ooQhma7BTPC0YhoIi9gUQ
-- revoked: eyJjdHkiOiJKV1QiLCJlbmMiOiJBMjU2R0NNIiwiYWxnIjoiUlNBLU9BRVAifQ.I2OdWukwFgWE9GjHn1OIClwbkIK88ardGNuLThNHtxufzlpkbV5vn16-EvIUgaO7EIKSURIw_af6IbHVRh1PnceBmtDFcELDlE5cmgSX8r0uWsRWWshE0xAhNFSuCXOBV2ALG_GyjV0SscINFleEFTJjkbVa_HUFGMOP_NFeorr7MXNSIkv58cLZhV8x-2oVKw9zAdycdJ67YHZAi0HR5RKvdmWgDWPW5SrKScU08VzGKgrohWHd5q6Wxmbbc3Z7NjEWfdVNdr6Z9gaVfNi16UAN1L3UwSSI68RbrvmWEJtJG85uUa4zWmucvfNfdQXS87JAXRUm_Wga9Z8p_lPoCA.LiKavXQsWZbDJGIr.Kke35lBtzh4Bd-nMshgohDC37h45Jv0fbxnOQe7zHbDtBAbO2rs048mztPRMuWJ0CNLjzUhq-eLjF3DQua_OAwquBqI.DKMWEhALeJOvL6iwwePz-Q
-- device_key: us-east-1_deb748a9-c122-49c3-ae92-04a06e3e3823
-- device_group: -CzHzyQ4r
-- device_secret: cQ5m+GaOGlOy0NvDGckzNoD7//sH7h+GG+i49m7fGFE=
-- bobs_app: ZXH6TQAICWCB7PPZSRETLGQ3EXB4P5UTBNX4W4LZZPXLWV5KVLFQ
-- bobs_session: AYABeIIprG0XDCXwjr5MQ_sZDu_w2ICtOrRcw0qG2ks-0be6ViyAEkE0cKJv_ECPKAkSu_PYNu7UQOdq4PvyRQVWui_OO4i1_LL2pDgCXsAX_Xsu5s2la4ZGCilv2dudsSa7CXT-mDX5iu86aX2Nnq_spmZcc8yq6MW6We4g0cRjdGH-hxdggzgL9A5d46HXF7l7EngWL5zHNtyI2NnYnROZrM8NKdT59O64XH7-EU-vZWlyX4XT8pFgNudaFsffMD5M4aG5eTHJ0z1Wb170DqjW-3GRg5ZZPkiw_-wbA2gFelv-3HyyrY5GnnWcD--1M5m_AK-W297L5UI1cP2xoMGSobzRWMEZWZCWybIdZcI4H9U0Mzs5CwGQEXA1Qf9bnpuSAmxhl4renFQUNsf7W11G_RgPw4dT5Yl6w4zRsxuXgbSiYNwjqcYOrkgxrjyebf1NmfV3_9SWZPG9ojCCMvmN-0DXEbVN3WSJOZ1yz82aC2IzYhaptDdZA8A0GjqEJs5bWfROwmGnrFx0scc73pQcZtH5wqY2U5k-o1-UAITCFEvzy4d0XmMZWbqUmraY4aVNxySmpKTZnwFMbCmNwaO_H87HI81FhQ8wKQP_5os2jY19xQ8Ld7l51g5yeB1A2hFdvdgCFnW_zYZRS_ubJeGZ97WbnYfaQs8pH634akQjdAKSRlPF1vc
-- spent_session: AYABeANxwub6FgN9mbQRTl-iaA5tnsBgqszop7DOVyn_MmBEdiVYCofiEIdt0rbEVm8_hTH5lYrrr9rlEVZrYTfWEfiKBPi3a_SBKTqfhin3Vb9cDqHAGqvGjkEoqb0jQM44ZWnQsmkf6gtZ1ES64Q9tWt0fqnjJjnGYtqbKQ4dJpAkuVlT50EXc5cQ8fUsNC0rb80-MIo7uwd5QqBtpjNUYGujvvcAKSBv96l9h6Myx54oDnapdi6Q3c3iTZXWHDPKdb4omiIANGuY2RrBd-6PgYNsDZsi1R14J1af3vR0FJreRwwXWQClTyoGr-z3sxqf5c30cVPoAFdHYm98x9nunZlL9d9rOAVJLHxcwiWCfHITJbghtK5ICbOQxrXQHeigqEuUezJ_iviaSrRJOUzrS4xDdmwHm1gKpR3OvUt5qhEMOWsVec_vfkFX9zD0lgrUQXD4kR5DpGYA7V6X48zC20EWzRwSwa0uqZFSTiqYRGNtXRGoQ9ZXC8m5NNK4pYj0RZ2GBedP20zHHvAixgTjOCikXZ22s3sepOdJHKiC8rd7xrDTezYJJy8uG7D-CMcs3_LBfG8gHxUxINbmnSKvZiNmF2W4jQoBitY4fpioOEvKuVY3DC3tjPVJ0WI3tfxgALm7WHUyXyqwpFm0tmwAFMt5wO0dKNcMw07ePqZbA0RhuSYWj
-- carols_code: 471656
BEGIN TRANSACTION;
CREATE TABLE _sqlx_migrations (
    version BIGINT PRIMARY KEY,
    description TEXT NOT NULL,
    installed_on TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
    success BOOLEAN NOT NULL,
    checksum BLOB NOT NULL,
    execution_time BIGINT NOT NULL
);
INSERT INTO "_sqlx_migrations" VALUES(1,'foundation','2026-11-27 14:26:39',1,X'45A19798944AC3EE6CF142F665907B888759952B51FE565C2D8B89D416E95E1C8EEAEB042A650916913C777B99D159AC',12113495);
INSERT INTO "_sqlx_migrations" VALUES(2,'password history','2026-11-27 14:26:39',1,X'F0366753E60D4FC4F496A68EB54796A6836DEB545B91FE7686FE8B601532E0D9FCD240F6AAEC800943429BEF6AEFB321',497078);
INSERT INTO "_sqlx_migrations" VALUES(3,'pool settings','2026-11-27 14:26:39',1,X'D95002FE1C7A28C65CCC5945BE359DAE0FE1FD4B6F9DBD2D94332A33AE474CAF5F8BA90715CB2717746D4B5C3DE23946',1439135);
INSERT INTO "_sqlx_migrations" VALUES(4,'import jobs','2026-11-27 14:26:39',1,X'2787BEF40483E6D26E4A7BA6AAFDE75BE5469F6F442F290C87D1787087F6097AC6180FED6DC7C782CAF930128AD24A56',3544054);
INSERT INTO "_sqlx_migrations" VALUES(5,'registration','2026-11-27 14:26:39',1,X'32B13B70C81CD7F65AAA39305C2F3328B772EE601E4549008E0E5C1ADDC9F1B0E4D59B3706C03C47F423B56F794085E4',3126955);
INSERT INTO "_sqlx_migrations" VALUES(6,'second factors','2026-11-27 14:26:39',1,X'AC79EE3E4F1B63C26733BDD0BDCE31FE5B95C197D348403E98CD422336F55A883DE3BA2C099CF8A41910EC82FC8464F3',666854);
INSERT INTO "_sqlx_migrations" VALUES(7,'devices','2026-11-27 14:26:39',1,X'8F232A40C16E6CA2C485064E18608F4D0B590BAAC88D36A922CF9635CC5EEAE975153F84E8843A159C81EAD6E343D65C',792689);
INSERT INTO "_sqlx_migrations" VALUES(8,'events and sessions','2026-11-27 14:26:39',1,X'45422657BAE49AD9903FE213F2583DB84C057104C0FAA8F65BBDAB586A05017ED35135AA497D70BEF971A408D8E193E3',813528);
INSERT INTO "_sqlx_migrations" VALUES(9,'passkeys','2026-11-27 14:26:39',1,X'25A8B9EBABD735E5E046A21A2677BED1A87A1B791B1925209F4AB9647085978D186844597B68355E7D68DE6DC8C05B34',482390);
INSERT INTO "_sqlx_migrations" VALUES(10,'oauth','2026-11-27 14:26:39',1,X'4060F162646D788FFBD0DCBECE4D714F451E6316F0330CF13FA37777DB70108C7FFE0097E2A7287B5BF1331B90DD5F82',876626);
INSERT INTO "_sqlx_migrations" VALUES(12,'custom sign-ins','2026-11-27 14:26:39',1,X'2C485BA5EADCC140F7AAD7A22460E830761816478579BEBF1C2637869346D35A3870081C286073E0447DBFF127072BE8',371814);
INSERT INTO "_sqlx_migrations" VALUES(13,'identities','2026-11-27 14:26:39',1,X'625F99C442E8B2ABDF54DA8AFDC54C653E588DA396FEF8BEAF99B831491D900D4C96A1B4EFD857DB8B186D1E71984A1F',358419);
INSERT INTO "_sqlx_migrations" VALUES(14,'authentication methods','2026-11-27 14:26:39',1,X'CC33F44305FBF99A1ECB3CB63B6D7EEEA597F0BFACBE50118EE06F5F2778E257B453235D6325B029A00CCE2F342F4C87',2563474);
INSERT INTO "_sqlx_migrations" VALUES(15,'risk','2026-11-27 14:26:39',1,X'1A8BFB7D1AB8192C917E7BE34D9A54BEFAA4CA5A608C08332134245E8104ED56D7E2C6D790C598B474A12E60DDB58D5E',1482186);
INSERT INTO "_sqlx_migrations" VALUES(16,'session origins','2026-11-27 14:26:39',1,X'1C683D42FFEEE7B1B5B01A4DDB6456266BBCC87DB6E57D227BD7C0DDCC3EFB76E5EC2BF5A3A4B373829AAAA31B43D2C2',307514);
CREATE TABLE attempts (
    pool_id TEXT NOT NULL REFERENCES pools (id) ON DELETE CASCADE, -- the pool
    subject TEXT NOT NULL,              -- the user's sub, or the made-up one of a name that nobody has: clients that hide who exists see the same
    purpose TEXT NOT NULL,              -- 'sign_in', 'change_password', or what a code is for
    failures BIGINT NOT NULL,           -- how many
    begun_at BIGINT NOT NULL,           -- the first of them
    failed_at BIGINT NOT NULL,          -- the last of them: a lock-out starts here
    tried_at BIGINT NOT NULL,           -- the last try, those included that were refused unseen
    PRIMARY KEY (subject, purpose)
);
INSERT INTO "attempts" VALUES('us-east-1_released','bdb856cb-db5e-7257-c0c1-753ba0be57f7','sign_in',3,1767225510000000,1767225510000000,1767225510000000);
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
, risk_decision TEXT, risk_level TEXT);
INSERT INTO "auth_events" VALUES(1,'4ac76ad7-dc8e-4293-9100-cd68050b95de','us-east-1_released','3f1d759e-df2e-7350-fd81-5b73e14dd75c','d4jzemf7glkps9pv77s4u9ysvk','SignIn','Pass','[["Password","Success"]]',NULL,'Python-urllib/3.11',1767225510000000,NULL,NULL,NULL,'NoRisk',NULL);
INSERT INTO "auth_events" VALUES(2,'1271f195-1c27-49d3-8833-fc9cf542e20e','us-east-1_released','3f1d759e-df2e-7350-fd81-5b73e14dd75c','d4jzemf7glkps9pv77s4u9ysvk','SignIn','InProgress','[["Password","Success"]]',NULL,'Python-urllib/3.11',1767225510000000,NULL,NULL,NULL,'NoRisk',NULL);
INSERT INTO "auth_events" VALUES(3,'4d143924-c08b-420a-8701-d2dbba510917','us-east-1_released','3f1d759e-df2e-7350-fd81-5b73e14dd75c','d4jzemf7glkps9pv77s4u9ysvk','PasswordChange','Pass','[]',NULL,'Python-urllib/3.11',1767225510000000,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "auth_events" VALUES(4,'c6e4b581-5c79-4aa8-b5ab-b2d6e54d1953','us-east-1_released','3f1d759e-df2e-7350-fd81-5b73e14dd75c','d4jzemf7glkps9pv77s4u9ysvk','SignIn','Pass','[["Password","Success"]]',NULL,'Python-urllib/3.11',1767225510000000,NULL,NULL,NULL,'NoRisk',NULL);
INSERT INTO "auth_events" VALUES(5,'7c33a026-da64-4cea-8b2c-ad22f2d0f469','us-east-1_released','81f489b4-a037-7dee-eda3-0816a02a4bdf','d4jzemf7glkps9pv77s4u9ysvk','SignIn','Pass','[["Password","Success"]]',NULL,'Python-urllib/3.11',1767225510000000,NULL,NULL,NULL,'NoRisk',NULL);
INSERT INTO "auth_events" VALUES(6,'e910113a-1b2b-4c9c-bfbc-d400af1cee77','us-east-1_released','81f489b4-a037-7dee-eda3-0816a02a4bdf','d4jzemf7glkps9pv77s4u9ysvk','SignIn','InProgress','[["Password","Success"]]',NULL,'Python-urllib/3.11',1767225510000000,NULL,NULL,NULL,'NoRisk',NULL);
INSERT INTO "auth_events" VALUES(7,'89f232ef-22ef-4462-984b-b60c4275fc90','us-east-1_released','731387dd-b185-76c2-d2b6-c19a692a330c','d4jzemf7glkps9pv77s4u9ysvk','SignUp','Pass','[]',NULL,'Python-urllib/3.11',1767225510000000,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "auth_events" VALUES(8,'013133e2-7aaa-44e3-a730-309eb31755ba','us-east-1_released','c9312fb7-ec8f-78be-d967-4e462ef3a65c','d4jzemf7glkps9pv77s4u9ysvk','SignIn','Pass','[["Password","Success"],["Password","Success"]]',NULL,'Python-urllib/3.11',1767225510000000,NULL,NULL,NULL,'NoRisk',NULL);
INSERT INTO "auth_events" VALUES(9,'7230a8e6-12c0-4e7b-b3c3-419a5c7f8c92','us-east-1_released','bdb856cb-db5e-7257-c0c1-753ba0be57f7','d4jzemf7glkps9pv77s4u9ysvk','SignIn','Fail','[["Password","Failure"]]',NULL,'Python-urllib/3.11',1767225510000000,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "auth_events" VALUES(10,'f9d835db-08fa-40eb-a7d8-dd61181d850a','us-east-1_released','bdb856cb-db5e-7257-c0c1-753ba0be57f7','d4jzemf7glkps9pv77s4u9ysvk','SignIn','Fail','[["Password","Failure"]]',NULL,'Python-urllib/3.11',1767225510000000,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "auth_events" VALUES(11,'0d003c91-3284-4944-956f-b2c3992657e3','us-east-1_released','bdb856cb-db5e-7257-c0c1-753ba0be57f7','d4jzemf7glkps9pv77s4u9ysvk','SignIn','Fail','[["Password","Failure"]]',NULL,'Python-urllib/3.11',1767225510000000,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "auth_events" VALUES(12,'1df71753-3293-4da6-968a-6c27386f5041','us-east-1_released','bdb856cb-db5e-7257-c0c1-753ba0be57f7','d4jzemf7glkps9pv77s4u9ysvk','ForgotPassword','Pass','[]',NULL,'Python-urllib/3.11',1767225510000000,NULL,NULL,NULL,NULL,NULL);
CREATE TABLE authorization_codes (
    digest TEXT PRIMARY KEY,            -- SHA-256 of the code, base64url: the code itself is nowhere
    pool_id TEXT NOT NULL REFERENCES pools (id) ON DELETE CASCADE, -- the pool
    client_id TEXT NOT NULL REFERENCES clients (id) ON DELETE CASCADE, -- the only client that may use it
    sub TEXT NOT NULL REFERENCES users (sub) ON DELETE CASCADE, -- who signed in
    redirect_uri TEXT NOT NULL,         -- where it was sent; the client must name the same
    scope TEXT NOT NULL,                -- space-separated, as granted
    nonce TEXT,                         -- goes into the ID token
    code_challenge TEXT,                -- PKCE: base64url of the SHA-256 of the verifier that the client must show
    resource TEXT,                      -- the access token's audience
    auth_time BIGINT NOT NULL,          -- when the user really authenticated
    device_key TEXT,                    -- the device that was signed in with
    expires_at BIGINT NOT NULL,         -- five minutes after it was made
    origin_jti TEXT NOT NULL            -- the token family that it is for
, amr TEXT NOT NULL DEFAULT '', acr TEXT);
CREATE TABLE browser_sessions (
    id TEXT PRIMARY KEY,                -- a UUID, new at each sign-in
    pool_id TEXT NOT NULL REFERENCES pools (id) ON DELETE CASCADE, -- the only pool in which it counts
    client_id TEXT NOT NULL,            -- where the user signed in; the session outlives that client
    sub TEXT NOT NULL REFERENCES users (sub) ON DELETE CASCADE, -- who is signed in
    auth_time BIGINT NOT NULL,          -- when the user really authenticated: how long clients may use the session counts from here
    device_key TEXT,                    -- the device that was signed in with, when the pool remembers devices
    used_at BIGINT NOT NULL,            -- when a client used it last
    expires_at BIGINT NOT NULL          -- when no client may use it any more
, amr TEXT NOT NULL DEFAULT '');
CREATE TABLE client_secrets (
    id TEXT PRIMARY KEY,                -- '<client id>--<epoch milliseconds>'
    client_id TEXT NOT NULL REFERENCES clients (id) ON DELETE CASCADE, -- the client that may use it
    value TEXT NOT NULL,                -- in clear: DescribeUserPoolClient returns it
    created_at BIGINT NOT NULL          -- ClientSecretCreateDate
);
INSERT INTO "client_secrets" VALUES('qtqc5f7kavup2dcqy6eh598avx--1767225510000','qtqc5f7kavup2dcqy6eh598avx','9ok2x8hmjdy3heekdu70bfshrrawyinlcy0jd1rl6mfbdsxrriv',1767225510000000);
CREATE TABLE clients (
    id TEXT PRIMARY KEY,                -- 26 lower-case alphanumerics, or fixed by a fixture
    pool_id TEXT NOT NULL REFERENCES pools (id) ON DELETE CASCADE, -- the pool it belongs to
    name TEXT NOT NULL,                 -- ClientName
    settings TEXT NOT NULL,             -- JSON: the described document (UserPoolClientType) without what the other columns hold
    created_at BIGINT NOT NULL,         -- CreationDate
    updated_at BIGINT NOT NULL          -- LastModifiedDate
);
INSERT INTO "clients" VALUES('d4jzemf7glkps9pv77s4u9ysvk','us-east-1_released','public','{"RefreshTokenValidity":30,"TokenValidityUnits":{},"ExplicitAuthFlows":["ALLOW_USER_PASSWORD_AUTH","ALLOW_USER_SRP_AUTH","ALLOW_REFRESH_TOKEN_AUTH","ALLOW_USER_AUTH","ALLOW_ADMIN_USER_PASSWORD_AUTH"],"AllowedOAuthFlowsUserPoolClient":false,"EnableTokenRevocation":true,"EnablePropagateAdditionalUserContextData":false,"AuthSessionValidity":3}',1767225510000000,1767225510000000);
INSERT INTO "clients" VALUES('qtqc5f7kavup2dcqy6eh598avx','us-east-1_released','machine','{"RefreshTokenValidity":30,"TokenValidityUnits":{},"AllowedOAuthFlows":["client_credentials"],"AllowedOAuthScopes":["api/read"],"AllowedOAuthFlowsUserPoolClient":true,"EnableTokenRevocation":true,"EnablePropagateAdditionalUserContextData":false,"AuthSessionValidity":3}',1767225510000000,1767225510000000);
CREATE TABLE codes (
    pool_id TEXT NOT NULL REFERENCES pools (id) ON DELETE CASCADE, -- the pool
    sub TEXT NOT NULL REFERENCES users (sub) ON DELETE CASCADE, -- whom it was sent to
    purpose TEXT NOT NULL,              -- 'verify:email', 'verify:phone_number', …: a code serves no other
    code TEXT NOT NULL,                 -- what was sent
    value TEXT,                         -- the address it was sent to; the pending value of the attribute
    created_at BIGINT NOT NULL,         -- when it was sent
    expires_at BIGINT NOT NULL,         -- when it ends
    PRIMARY KEY (sub, purpose)          -- a new code replaces the old one
);
INSERT INTO "codes" VALUES('us-east-1_released','731387dd-b185-76c2-d2b6-c19a692a330c','sign_up','471656','carol@example.com',1767225510000000,1767311910000000);
INSERT INTO "codes" VALUES('us-east-1_released','bdb856cb-db5e-7257-c0c1-753ba0be57f7','reset_password','570868','erin@example.com',1767225510000000,1767229110000000);
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
CREATE TABLE device_challenges (
    device_key TEXT NOT NULL REFERENCES devices (device_key) ON DELETE CASCADE, -- who is asked
    client_id TEXT NOT NULL REFERENCES clients (id) ON DELETE CASCADE, -- where the sign-in happens
    session TEXT NOT NULL,              -- as sealed
    expires_at BIGINT NOT NULL,         -- its end
    PRIMARY KEY (device_key, client_id)
);
INSERT INTO "device_challenges" VALUES('us-east-1_deb748a9-c122-49c3-ae92-04a06e3e3823','d4jzemf7glkps9pv77s4u9ysvk','AYABeFpwhy-Izs8MsndzSp6Y7XqTFm8uz2zs0EfPJ5EUIv2MZMYnpYlGZtXXjZ9zRreZZ3iwePpNWyHJZZSdfLOx3KQ85uJEe9EdcOf_nWuwFSf-CvoR2D90l3yeLKtyZK7Fy2vtaDKhfMvY1LTSEF2F5HeBE9R0dXSLTAiotdroBxu0NmimMHPqXSP5628BtjWdUhDq4xMQ7XBFAatLx2jt18-zSAXUJMdAbekzW5vIsp7YznWy6L6HqRmL1jAnytlQW4a3v12SWVLXeQ-r_rf6FASDg7zYvf6_ZCADCSH24URBTuZ9k69Ad0R7e6gOi2xWMbyWPo_z3Ou26w1vbmLdqwgO3aoNP83cZVhb2q3818_TAMhJ2qeMdk9-RQJlz1ydcxtPIV51YiFzSKQCODfyXSkd6WFSd0XvFKWGfA75UWbRwTCzVnSPrGZ6Q4MLaKMtQo64CWfPpLyzasLDDW9vdNHbQHkgEHgk6Y2LFw4YrbLSfX6W66Bmk93VmVMkYxGjvK7iA-pzqZf5AxygfeTdyP03Z4DawO3LCZ-DJXxbHrrnNxd0t6ye_t0aXEzYpKHlDJEwD18A7dlRzbjYR08iDnphZDx6PJkz0Qu_JxexGoV3eDrpYrY2NyN9NAoxNvbuBK3LoEfQvZj68kRa0ZDDUUV6aTd5q0Lk4vHwuYk1Nfi5R4h0aorzqb5qSrU3cp8GTr10bAcEtkKtGoNputW_75lP-5qq7MpEmMvq',1767225690000000);
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
INSERT INTO "devices" VALUES('us-east-1_deb748a9-c122-49c3-ae92-04a06e3e3823','us-east-1_released','3f1d759e-df2e-7350-fd81-5b73e14dd75c','-CzHzyQ4r','laptop',X'0102030405060708090A0B0C0D0E0F10',X'22491C2AED835D3C49C8EAB71AE2A3A9B0D640B26129CF6EF0DDD9587FB9068EFC9823ED92BB78F27BD5ECEB68A3995502CC33C1E6870791E69B43B678FB8CC1270EF3958D370E29806DC5997F70CFA04ABF406A9035036D88B6690F0C340CDC3DC31B97F351CD19E902B03214FF5375CA6D507336F66FB0F1B9BBCF5EE141C0A2C4587CAFEC2E0FA3C1AD6B48D72FC759B881DE6116B54C0F9AB318FC24D4FCC5539F6B39D54765F51C9DEC10AC99AC9CF6A3E745139927404885CDABB97616762A6EAD91BC2A793B7EF6252FB10CE43845FDF532FFEEDD9E23258095B697BF56F1870C0FC20072A846363B7DEC2A5651AFA9719AB8A86BDBFAB2E40B0C42AC073C0A0F2C2DDE49B3D267BB6A8891FFA7D026766E02AE3B98F3370D34E7B7071F16C5EDC6948A37A2BC649BE3B1502B4AFBD1A1CBEEBE2E6FE406F79F9824F7BD6DA819E11BA636EC0E8C7DF191BD0A219790343FE70E5764FCFDFD4F55B5790592DC6792E606CC4CAEDD3EE391CF39EA6D058301EF24328A921300676D4D17',1,NULL,1767225510000000,1767225510000000,1767225510000000);
CREATE TABLE domains (
    name TEXT PRIMARY KEY,              -- the prefix alone, or the whole host name of a custom domain: nobody else's, in any pool
    pool_id TEXT NOT NULL REFERENCES pools (id) ON DELETE CASCADE, -- whose pages it serves
    custom BIGINT NOT NULL,             -- 0: a prefix, 1: a host name of the customer's own
    settings TEXT NOT NULL,             -- JSON: the described document (DomainDescriptionType) without what the other columns hold
    created_at BIGINT NOT NULL,         -- described as the domain's version
    UNIQUE (pool_id, custom)            -- a pool has at most one of each
);
INSERT INTO "domains" VALUES('released','us-east-1_released',0,'{"ManagedLoginVersion":1}',1767225510000000);
CREATE TABLE group_members (
    pool_id TEXT NOT NULL,              -- the group's pool
    group_name TEXT NOT NULL,           -- the group
    sub TEXT NOT NULL REFERENCES users (sub) ON DELETE CASCADE, -- the member
    created_at BIGINT NOT NULL,         -- when the user joined
    PRIMARY KEY (pool_id, group_name, sub),
    FOREIGN KEY (pool_id, group_name) REFERENCES groups (pool_id, name) ON DELETE CASCADE
);
INSERT INTO "group_members" VALUES('us-east-1_released','admins','3f1d759e-df2e-7350-fd81-5b73e14dd75c',1767225510000000);
CREATE TABLE groups (
    pool_id TEXT NOT NULL REFERENCES pools (id) ON DELETE CASCADE, -- the pool it belongs to
    name TEXT NOT NULL,                 -- GroupName
    description TEXT,                   -- Description
    role_arn TEXT,                      -- RoleArn
    precedence BIGINT,                  -- Precedence: the lowest wins, NULL is last
    created_at BIGINT NOT NULL,         -- CreationDate
    updated_at BIGINT NOT NULL,         -- LastModifiedDate
    PRIMARY KEY (pool_id, name)
);
INSERT INTO "groups" VALUES('us-east-1_released','admins','who may everything',NULL,1,1767225510000000,1767225510000000);
CREATE TABLE identities (
    pool_id TEXT NOT NULL REFERENCES pools (id) ON DELETE CASCADE, -- the directory
    provider_name TEXT NOT NULL,        -- ProviderName; its users stay when the provider is deleted
    attribute TEXT NOT NULL,            -- 'Cognito_Subject', or the mapped attribute by which a link waits for its first sign-in
    value TEXT NOT NULL,                -- the provider's id of the person, or the attribute's value
    sub TEXT NOT NULL REFERENCES users (sub) ON DELETE CASCADE, -- who that is here
    provider_type TEXT NOT NULL,        -- ProviderType
    issuer TEXT,                        -- a SAML provider's entity id
    is_primary BIGINT NOT NULL,         -- 1 for the identity with which the user was made
    created_at BIGINT NOT NULL,         -- dateCreated
    PRIMARY KEY (pool_id, provider_name, attribute, value)
);
INSERT INTO "identities" VALUES('us-east-1_released','Corp','Cognito_Subject','7','3f1d759e-df2e-7350-fd81-5b73e14dd75c','OIDC',NULL,0,1767225510000000);
CREATE TABLE identity_provider_identifiers (
    pool_id TEXT NOT NULL,              -- unique per pool
    identifier TEXT NOT NULL,           -- as given
    provider_name TEXT NOT NULL,        -- whom it names
    PRIMARY KEY (pool_id, identifier),
    FOREIGN KEY (pool_id, provider_name) REFERENCES identity_providers (pool_id, name) ON DELETE CASCADE
);
INSERT INTO "identity_provider_identifiers" VALUES('us-east-1_released','corp.example','Corp');
CREATE TABLE identity_providers (
    pool_id TEXT NOT NULL REFERENCES pools (id) ON DELETE CASCADE, -- the pool whose users may come from it
    name TEXT NOT NULL,                 -- ProviderName
    settings TEXT NOT NULL,             -- JSON: the document (IdentityProviderType) without names and dates, its secrets in clear
    created_at BIGINT NOT NULL,         -- CreationDate
    updated_at BIGINT NOT NULL,         -- LastModifiedDate
    PRIMARY KEY (pool_id, name)
);
INSERT INTO "identity_providers" VALUES('us-east-1_released','Corp','{"ProviderType":"OIDC","ProviderDetails":{"attributes_request_method":"GET","attributes_url_add_attributes":"false","authorize_scopes":"openid","client_id":"c","client_secret":"s","oidc_issuer":"https://idp.example.com"},"AttributeMapping":{"email":"email","username":"sub"},"IdpIdentifiers":["corp.example"]}',1767225510000000,1767225510000000);
CREATE TABLE import_chunks (
    job_id TEXT NOT NULL REFERENCES import_jobs (id) ON DELETE CASCADE, -- the job
    upload TEXT NOT NULL,               -- a UUID per upload: two at a time do not mix
    position BIGINT NOT NULL,           -- 0, 1, 2, …
    data BLOB NOT NULL,                 -- the bytes; all pieces but the last have one size
    PRIMARY KEY (job_id, upload, position)
);
CREATE TABLE import_jobs (
    id TEXT PRIMARY KEY,                -- 'import-' and ten alphanumerics
    pool_id TEXT NOT NULL REFERENCES pools (id) ON DELETE CASCADE, -- where the users go
    name TEXT NOT NULL,                 -- JobName
    role_arn TEXT NOT NULL,             -- CloudWatchLogsRoleArn, only echoed
    status TEXT NOT NULL,               -- Status; 'Expired' is never stored, it follows from the time
    message TEXT,                       -- CompletionMessage
    created_at BIGINT NOT NULL,         -- CreationDate
    started_at BIGINT,                  -- StartDate
    completed_at BIGINT,                -- CompletionDate
    imported BIGINT NOT NULL,           -- ImportedUsers
    skipped BIGINT NOT NULL,            -- SkippedUsers
    failed BIGINT NOT NULL,             -- FailedUsers
    upload TEXT,                        -- the upload that was completed last; NULL while there is none
    next_byte BIGINT NOT NULL,          -- how much of the file is done: written together with the users, so that a job goes on after a crash
    next_line BIGINT NOT NULL           -- the number of the line that begins there
);
INSERT INTO "import_jobs" VALUES('import-qTqvDytfAu','us-east-1_released','import','arn:aws:iam::123456789012:role/r','Created',NULL,1767225510000000,NULL,NULL,0,0,0,NULL,0,1);
CREATE TABLE import_log (
    job_id TEXT NOT NULL REFERENCES import_jobs (id) ON DELETE CASCADE, -- the job
    line BIGINT NOT NULL,               -- the line's number in the file; the header is line 1
    text TEXT NOT NULL,                 -- what the log says of it
    PRIMARY KEY (job_id, line)
);
CREATE TABLE messages (
    id TEXT PRIMARY KEY,                -- a UUID
    pool_id TEXT NOT NULL REFERENCES pools (id) ON DELETE CASCADE, -- the sender
    recipient TEXT NOT NULL,            -- e-mail address or phone number
    medium TEXT NOT NULL,               -- 'EMAIL' or 'SMS'
    kind TEXT NOT NULL,                 -- what for: 'invitation', 'verify_attribute', …
    code TEXT,                          -- the code or temporary password in it
    subject TEXT,                       -- e-mails only
    body TEXT NOT NULL,                 -- as rendered
    created_at BIGINT NOT NULL          -- when it was sent
, number BIGINT NOT NULL DEFAULT 0);
INSERT INTO "messages" VALUES('978f87b2-70c2-441d-b080-a97c1ca08708','us-east-1_released','carol@example.com','EMAIL','sign_up','471656','Your verification code','Your confirmation code is 471656',1767225510000000,1);
INSERT INTO "messages" VALUES('fda86335-7542-477a-8a49-338d4d35275a','us-east-1_released','dave@example.com','EMAIL','invitation','Temp0rary!','Your temporary password','Your username is dave and temporary password is Temp0rary!. ',1767225510000000,2);
INSERT INTO "messages" VALUES('88d59eb4-5fff-45a2-8174-39b0498dca31','us-east-1_released','erin@example.com','EMAIL','forgot_password','570868','Your verification code','Your confirmation code is 570868',1767225510000000,3);
CREATE TABLE passkey_challenges (
    challenge TEXT PRIMARY KEY,         -- base64url of 16 random bytes
    sub TEXT NOT NULL REFERENCES users (sub) ON DELETE CASCADE, -- who registers
    client_id TEXT NOT NULL REFERENCES clients (id) ON DELETE CASCADE, -- the client whose token began it
    relying_party_id TEXT NOT NULL,     -- the domain that was asked for
    expires_at BIGINT NOT NULL          -- until when it can be completed
);
INSERT INTO "passkey_challenges" VALUES('VP1OcIHOby9WPdrL3hWR-g','3f1d759e-df2e-7350-fd81-5b73e14dd75c','d4jzemf7glkps9pv77s4u9ysvk','localhost',1767225810000000);
CREATE TABLE passkeys (
    pool_id TEXT NOT NULL REFERENCES pools (id) ON DELETE CASCADE, -- the directory it opens
    id TEXT NOT NULL,                   -- the authenticator's credential id, base64url
    sub TEXT NOT NULL REFERENCES users (sub) ON DELETE CASCADE, -- whose it is
    relying_party_id TEXT NOT NULL,     -- the domain it was made for: it proves nothing to another
    name TEXT NOT NULL,                 -- FriendlyCredentialName
    attachment TEXT,                    -- 'platform', 'cross-platform', or NULL where the browser did not say
    transports TEXT NOT NULL,           -- JSON array of AuthenticatorTransports
    public_key BLOB NOT NULL,           -- key and fixed extensions, as webauthn_rp encodes a StaticState
    sign_count BIGINT NOT NULL,         -- the authenticator's counter at its last use; stays 0 with those that do not count
    user_verified BIGINT NOT NULL,      -- 1 when the user was verified at registration
    backup BIGINT NOT NULL,             -- 0 bound to one device, 1 may be synchronised, 2 is synchronised
    created_at BIGINT NOT NULL,         -- CreatedAt
    PRIMARY KEY (pool_id, id)
);
INSERT INTO "passkeys" VALUES('us-east-1_released','15L3UjC2pNOPis_tzDECQ28Cg0AgLEXo2CL8yQ3lgEU','3f1d759e-df2e-7350-fd81-5b73e14dd75c','localhost','Passkey','platform','["internal","hybrid"]',X'030001ADD335D29BD1FD090626C757AD0AD3DDF32675DD796ADFED8120506AC8DE1C1BFE78712404E17A0A95989511B036B0D0D09ADD94E54758CB88000FA42D53499E939FE04253384E58451B235B41F422F9F077FE7991FBF78576CB70B5FFE7CEA4FC8ED4AAC6D04E7477E03DC960677C4EB077777464439B65F5C445547434B0398926A212DD1EA00F0C87AF7710687BBE09F912D201087580B824F840C980A6B6374E155499D45DF700BE7F0270ED0B1EA9F5961C42AB555ED66E4F1560BF3DD3880652F3EBD7E1BEA3EF0F1441E3F22E8B648B9E497429BB41B20FC3D36551CBA9074D46627AD323D73B929EFD7BBECE6DDD05C562A37265E4E1BB56A69A17A9010001000000',0,1,0,1767225510000000);
CREATE TABLE password_history (
    sub TEXT NOT NULL REFERENCES users (sub) ON DELETE CASCADE, -- whose it was
    salt BLOB NOT NULL,                 -- 16 bytes
    digest BLOB NOT NULL,               -- as users.password_digest: enough to recognise the password, not to sign in with it
    set_at BIGINT NOT NULL,             -- when it was set; the latest count
    PRIMARY KEY (sub, set_at, salt)
);
INSERT INTO "password_history" VALUES('3f1d759e-df2e-7350-fd81-5b73e14dd75c',X'5939283B0698EDCB1F142F6B055FD0B9',X'DD91C7F199AADAF89781F6E812AFBB83B10112EEC96C6F05EAE71CA22ABB685F',1767225510000000);
INSERT INTO "password_history" VALUES('3f1d759e-df2e-7350-fd81-5b73e14dd75c',X'F8FA7C3CDC4647DF01B907E6DD4EE761',X'CD39001055FC14CA6825943D765103E56F384BFFAFD642336F5D1DC145E9EF13',1767225510000001);
INSERT INTO "password_history" VALUES('81f489b4-a037-7dee-eda3-0816a02a4bdf',X'37A50E5B65D72D7D5A1007CCEDE5510A',X'004D52B3EA9C6972BC7E3EDF36BD5E5DB0002AB85F3F95B66D5BFAD9D0BCE208',1767225510000000);
INSERT INTO "password_history" VALUES('c9312fb7-ec8f-78be-d967-4e462ef3a65c',X'F14697BE9596E33EF0595434B111F6AE',X'66DB5AA4AB4A595E2C851BA3F82F7CE82D7EC465CAFE50AE087F596F805AF35D',1767225510000000);
INSERT INTO "password_history" VALUES('bdb856cb-db5e-7257-c0c1-753ba0be57f7',X'38236BBC642A60CDC92966F6B5DC8DCB',X'1EDB2D37DB2F41A3DEFB10459123D8F765D96FD38042AC0E4E3E2E3C5F00C30D',1767225510000000);
CREATE TABLE pool_documents (
    pool_id TEXT NOT NULL REFERENCES pools (id) ON DELETE CASCADE, -- the pool they are set on
    kind TEXT NOT NULL,                 -- 'ui_customization', 'risk', 'log_delivery', 'terms', 'branding', 'replica', …
    key TEXT NOT NULL,                  -- which of its kind: an id, a client, a Region, or empty where there is one only
    client_id TEXT REFERENCES clients (id) ON DELETE CASCADE, -- the client they are about; they go with it
    document TEXT NOT NULL,             -- JSON, by kind
    created_at BIGINT NOT NULL,         -- CreationDate, where there is one
    updated_at BIGINT NOT NULL,         -- LastModifiedDate, where there is one
    PRIMARY KEY (pool_id, kind, key)
);
INSERT INTO "pool_documents" VALUES('us-east-1_released','ui_customization','d4jzemf7glkps9pv77s4u9ysvk','d4jzemf7glkps9pv77s4u9ysvk','{"css":".label-customizable { color: blue; }","image":null}',1767225510000000,1767225510000000);
INSERT INTO "pool_documents" VALUES('us-east-1_released','risk','',NULL,'{"RiskExceptionConfiguration":{"BlockedIPRangeList":["192.0.2.0/24"]}}',1767225510000000,1767225510000000);
CREATE TABLE pools (
    id TEXT PRIMARY KEY,                -- '<region>_<nine alphanumerics>', or fixed by a tag
    region TEXT NOT NULL,               -- the credential scope's Region when the pool was made
    name TEXT NOT NULL,                 -- PoolName; need not be unique
    settings TEXT NOT NULL,             -- JSON: the described document (UserPoolType) without what the other columns hold
    created_at BIGINT NOT NULL,         -- CreationDate
    updated_at BIGINT NOT NULL          -- LastModifiedDate
, factors TEXT NOT NULL DEFAULT '{}', token_sessions BIGINT);
INSERT INTO "pools" VALUES('us-east-1_released','us-east-1','released','{"Policies":{"PasswordPolicy":{"MinimumLength":8,"RequireUppercase":false,"RequireLowercase":false,"RequireNumbers":false,"RequireSymbols":false,"PasswordHistorySize":3,"TemporaryPasswordValidityDays":7},"SignInPolicy":{"AllowedFirstAuthFactors":["PASSWORD","WEB_AUTHN"]}},"DeletionProtection":"INACTIVE","LambdaConfig":{},"SchemaAttributes":[{"Name":"sub","AttributeDataType":"String","DeveloperOnlyAttribute":false,"Mutable":false,"Required":true,"StringAttributeConstraints":{"MinLength":"1","MaxLength":"2048"}},{"Name":"name","AttributeDataType":"String","DeveloperOnlyAttribute":false,"Mutable":true,"Required":false,"StringAttributeConstraints":{"MinLength":"0","MaxLength":"2048"}},{"Name":"given_name","AttributeDataType":"String","DeveloperOnlyAttribute":false,"Mutable":true,"Required":false,"StringAttributeConstraints":{"MinLength":"0","MaxLength":"2048"}},{"Name":"family_name","AttributeDataType":"String","DeveloperOnlyAttribute":false,"Mutable":true,"Required":false,"StringAttributeConstraints":{"MinLength":"0","MaxLength":"2048"}},{"Name":"middle_name","AttributeDataType":"String","DeveloperOnlyAttribute":false,"Mutable":true,"Required":false,"StringAttributeConstraints":{"MinLength":"0","MaxLength":"2048"}},{"Name":"nickname","AttributeDataType":"String","DeveloperOnlyAttribute":false,"Mutable":true,"Required":false,"StringAttributeConstraints":{"MinLength":"0","MaxLength":"2048"}},{"Name":"preferred_username","AttributeDataType":"String","DeveloperOnlyAttribute":false,"Mutable":true,"Required":false,"StringAttributeConstraints":{"MinLength":"0","MaxLength":"2048"}},{"Name":"profile","AttributeDataType":"String","DeveloperOnlyAttribute":false,"Mutable":true,"Required":false,"StringAttributeConstraints":{"MinLength":"0","MaxLength":"2048"}},{"Name":"picture","AttributeDataType":"String","DeveloperOnlyAttribute":false,"Mutable":true,"Required":false,"StringAttributeConstraints":{"MinLength":"0","MaxLength":"2048"}},{"Name":"website","AttributeDataType":"String","DeveloperOnlyAttribute":false,"Mutable":true,"Required":false,"StringAttributeConstraints":{"MinLength":"0","MaxLength":"2048"}},{"Name":"email","AttributeDataType":"String","DeveloperOnlyAttribute":false,"Mutable":true,"Required":false,"StringAttributeConstraints":{"MinLength":"0","MaxLength":"2048"}},{"Name":"email_verified","AttributeDataType":"Boolean","DeveloperOnlyAttribute":false,"Mutable":true,"Required":false},{"Name":"gender","AttributeDataType":"String","DeveloperOnlyAttribute":false,"Mutable":true,"Required":false,"StringAttributeConstraints":{"MinLength":"0","MaxLength":"2048"}},{"Name":"birthdate","AttributeDataType":"String","DeveloperOnlyAttribute":false,"Mutable":true,"Required":false,"StringAttributeConstraints":{"MinLength":"10","MaxLength":"10"}},{"Name":"zoneinfo","AttributeDataType":"String","DeveloperOnlyAttribute":false,"Mutable":true,"Required":false,"StringAttributeConstraints":{"MinLength":"0","MaxLength":"2048"}},{"Name":"locale","AttributeDataType":"String","DeveloperOnlyAttribute":false,"Mutable":true,"Required":false,"StringAttributeConstraints":{"MinLength":"0","MaxLength":"2048"}},{"Name":"phone_number","AttributeDataType":"String","DeveloperOnlyAttribute":false,"Mutable":true,"Required":false,"StringAttributeConstraints":{"MinLength":"0","MaxLength":"2048"}},{"Name":"phone_number_verified","AttributeDataType":"Boolean","DeveloperOnlyAttribute":false,"Mutable":true,"Required":false},{"Name":"address","AttributeDataType":"String","DeveloperOnlyAttribute":false,"Mutable":true,"Required":false,"StringAttributeConstraints":{"MinLength":"0","MaxLength":"2048"}},{"Name":"updated_at","AttributeDataType":"Number","DeveloperOnlyAttribute":false,"Mutable":true,"Required":false,"NumberAttributeConstraints":{"MinValue":"0"}},{"Name":"custom:note","AttributeDataType":"String","DeveloperOnlyAttribute":false,"Mutable":true,"Required":false,"StringAttributeConstraints":{}}],"AutoVerifiedAttributes":["email"],"AliasAttributes":["email"],"VerificationMessageTemplate":{"DefaultEmailOption":"CONFIRM_WITH_CODE"},"MfaConfiguration":"OPTIONAL","DeviceConfiguration":{"ChallengeRequiredOnNewDevice":true,"DeviceOnlyRememberedOnUserPrompt":true},"EmailConfiguration":{"EmailSendingAccount":"COGNITO_DEFAULT"},"UserPoolTags":{"_custom_id_":"us-east-1_released"},"AdminCreateUserConfig":{"AllowAdminCreateUserOnly":false,"UnusedAccountValidityDays":7},"UserPoolAddOns":{"AdvancedSecurityMode":"ENFORCED"},"UserPoolTier":"ESSENTIALS","AcrConfiguration":{"Level1":{"AcrValue":"urn:cognito:loa:1"},"Level2":{"AcrValue":"urn:cognito:loa:2"},"Level3":{"AcrValue":"urn:cognito:loa:3"},"Level4":{"AcrValue":"urn:cognito:loa:4"}}}',1767225510000000,1767225510000000,'{"sms":false,"software_token":true,"email":null,"web_authn":{"RelyingPartyId":"localhost","UserVerification":"preferred"}}',NULL);
INSERT INTO "pools" VALUES('us-east-1_empty','us-east-1','empty','{"Policies":{"PasswordPolicy":{"MinimumLength":8,"RequireUppercase":true,"RequireLowercase":true,"RequireNumbers":true,"RequireSymbols":true,"TemporaryPasswordValidityDays":7},"SignInPolicy":{"AllowedFirstAuthFactors":["PASSWORD"]}},"DeletionProtection":"INACTIVE","LambdaConfig":{},"SchemaAttributes":[{"Name":"sub","AttributeDataType":"String","DeveloperOnlyAttribute":false,"Mutable":false,"Required":true,"StringAttributeConstraints":{"MinLength":"1","MaxLength":"2048"}},{"Name":"name","AttributeDataType":"String","DeveloperOnlyAttribute":false,"Mutable":true,"Required":false,"StringAttributeConstraints":{"MinLength":"0","MaxLength":"2048"}},{"Name":"given_name","AttributeDataType":"String","DeveloperOnlyAttribute":false,"Mutable":true,"Required":false,"StringAttributeConstraints":{"MinLength":"0","MaxLength":"2048"}},{"Name":"family_name","AttributeDataType":"String","DeveloperOnlyAttribute":false,"Mutable":true,"Required":false,"StringAttributeConstraints":{"MinLength":"0","MaxLength":"2048"}},{"Name":"middle_name","AttributeDataType":"String","DeveloperOnlyAttribute":false,"Mutable":true,"Required":false,"StringAttributeConstraints":{"MinLength":"0","MaxLength":"2048"}},{"Name":"nickname","AttributeDataType":"String","DeveloperOnlyAttribute":false,"Mutable":true,"Required":false,"StringAttributeConstraints":{"MinLength":"0","MaxLength":"2048"}},{"Name":"preferred_username","AttributeDataType":"String","DeveloperOnlyAttribute":false,"Mutable":true,"Required":false,"StringAttributeConstraints":{"MinLength":"0","MaxLength":"2048"}},{"Name":"profile","AttributeDataType":"String","DeveloperOnlyAttribute":false,"Mutable":true,"Required":false,"StringAttributeConstraints":{"MinLength":"0","MaxLength":"2048"}},{"Name":"picture","AttributeDataType":"String","DeveloperOnlyAttribute":false,"Mutable":true,"Required":false,"StringAttributeConstraints":{"MinLength":"0","MaxLength":"2048"}},{"Name":"website","AttributeDataType":"String","DeveloperOnlyAttribute":false,"Mutable":true,"Required":false,"StringAttributeConstraints":{"MinLength":"0","MaxLength":"2048"}},{"Name":"email","AttributeDataType":"String","DeveloperOnlyAttribute":false,"Mutable":true,"Required":false,"StringAttributeConstraints":{"MinLength":"0","MaxLength":"2048"}},{"Name":"email_verified","AttributeDataType":"Boolean","DeveloperOnlyAttribute":false,"Mutable":true,"Required":false},{"Name":"gender","AttributeDataType":"String","DeveloperOnlyAttribute":false,"Mutable":true,"Required":false,"StringAttributeConstraints":{"MinLength":"0","MaxLength":"2048"}},{"Name":"birthdate","AttributeDataType":"String","DeveloperOnlyAttribute":false,"Mutable":true,"Required":false,"StringAttributeConstraints":{"MinLength":"10","MaxLength":"10"}},{"Name":"zoneinfo","AttributeDataType":"String","DeveloperOnlyAttribute":false,"Mutable":true,"Required":false,"StringAttributeConstraints":{"MinLength":"0","MaxLength":"2048"}},{"Name":"locale","AttributeDataType":"String","DeveloperOnlyAttribute":false,"Mutable":true,"Required":false,"StringAttributeConstraints":{"MinLength":"0","MaxLength":"2048"}},{"Name":"phone_number","AttributeDataType":"String","DeveloperOnlyAttribute":false,"Mutable":true,"Required":false,"StringAttributeConstraints":{"MinLength":"0","MaxLength":"2048"}},{"Name":"phone_number_verified","AttributeDataType":"Boolean","DeveloperOnlyAttribute":false,"Mutable":true,"Required":false},{"Name":"address","AttributeDataType":"String","DeveloperOnlyAttribute":false,"Mutable":true,"Required":false,"StringAttributeConstraints":{"MinLength":"0","MaxLength":"2048"}},{"Name":"updated_at","AttributeDataType":"Number","DeveloperOnlyAttribute":false,"Mutable":true,"Required":false,"NumberAttributeConstraints":{"MinValue":"0"}}],"VerificationMessageTemplate":{"DefaultEmailOption":"CONFIRM_WITH_CODE"},"MfaConfiguration":"OFF","EmailConfiguration":{"EmailSendingAccount":"COGNITO_DEFAULT"},"UserPoolTags":{"_custom_id_":"us-east-1_empty"},"AdminCreateUserConfig":{"AllowAdminCreateUserOnly":false,"UnusedAccountValidityDays":7},"UserPoolTier":"ESSENTIALS","AcrConfiguration":{"Level1":{"AcrValue":"urn:cognito:loa:1"},"Level2":{"AcrValue":"urn:cognito:loa:2"},"Level3":{"AcrValue":"urn:cognito:loa:3"},"Level4":{"AcrValue":"urn:cognito:loa:4"}}}',1767225510000000,1767225510000000,'{"sms":null,"software_token":null,"email":null,"web_authn":null}',NULL);
CREATE TABLE pretend_people (
    pool_id TEXT NOT NULL REFERENCES pools (id) ON DELETE CASCADE, -- whose provider
    provider_name TEXT NOT NULL,        -- which of them
    subject TEXT NOT NULL,              -- the id that the provider gives the person
    claims TEXT NOT NULL,               -- JSON object of everything that the provider says of them
    seen_at BIGINT NOT NULL,            -- the last sign-in: the latest stand first
    PRIMARY KEY (pool_id, provider_name, subject)
);
CREATE TABLE provisioned_limits (
    region TEXT NOT NULL,               -- the credential scope's Region
    category TEXT NOT NULL,             -- the API category: 'UserAuthentication', …
    value BIGINT NOT NULL,              -- requests per second
    PRIMARY KEY (region, category)
);
CREATE TABLE resource_servers (
    pool_id TEXT NOT NULL REFERENCES pools (id) ON DELETE CASCADE, -- the pool it belongs to
    identifier TEXT NOT NULL,           -- Identifier, the scopes' prefix
    name TEXT NOT NULL,                 -- Name
    scopes TEXT NOT NULL,               -- JSON list of {ScopeName, ScopeDescription}
    created_at BIGINT NOT NULL,         -- for a stable order of pages
    PRIMARY KEY (pool_id, identifier)
);
INSERT INTO "resource_servers" VALUES('us-east-1_released','api','API','[{"ScopeName":"read","ScopeDescription":"to read"}]',1767225510000000);
CREATE TABLE secrets (
    name TEXT PRIMARY KEY,              -- what it is for: 'master'
    value BLOB NOT NULL                 -- 32 random bytes, from which every sealing key is derived
);
INSERT INTO "secrets" VALUES('master',X'9CE404A81C7AB22810A82935A0DC9DAF92700FA5A2B0FD3D002587B1C4BA1B01');
INSERT INTO "secrets" VALUES('tls authority key',X'308187020100301306072A8648CE3D020106082A8648CE3D030107046D306B0201010420AA8DA981BE874264E9CC061483B7241A7110E833CFACF9451489542D62B9BD25A14403420004927959EF4A03D55EEA3F28CEE36D965152FA7363C04F813DEFDA08F6788A1B25DB6AAA99D928F8127B826A218C62E6FF45DCA2E947A4A7A8584CD0E1597D6635');
INSERT INTO "secrets" VALUES('tls authority certificate',X'3082019030820137A003020102021455F23ED2A9A1D900FC96937547FB6F273AF89BFA300A06082A8648CE3D04030230253123302106035504030C1A4D6F636B6E69746F206C6F63616C204341206435663233656432301E170D3236313132363134323633395A170D3336313132333134323633395A30253123302106035504030C1A4D6F636B6E69746F206C6F63616C2043412064356632336564323059301306072A8648CE3D020106082A8648CE3D03010703420004927959EF4A03D55EEA3F28CEE36D965152FA7363C04F813DEFDA08F6788A1B25DB6AAA99D928F8127B826A218C62E6FF45DCA2E947A4A7A8584CD0E1597D6635A3453043300E0603551D0F0101FF040403020106301D0603551D0E04160414D7FBD60C989A12A0D29B70C56F104470B250F5E730120603551D130101FF040830060101FF020100300A06082A8648CE3D040302034700304402201FA31578E6EC2EA2C636E3BB885184424B9FF3C4B47BE51DA28D0D4B058B8F71022003410706E36C925AD9BCC48DEA0837191E2FC27763EE6960D4AEE3D691BE8EAB');
CREATE TABLE session_origins (
    origin_jti TEXT PRIMARY KEY,        -- the token family, which begins when its authorization code is used
    browser_session TEXT NOT NULL,      -- the browser's session, which may have ended since
    sub TEXT NOT NULL REFERENCES users (sub) ON DELETE CASCADE, -- whose sessions they are
    created_at BIGINT NOT NULL          -- when the code was made: a code that nobody used is forgotten
);
CREATE TABLE signing_keys (
    pool_id TEXT NOT NULL REFERENCES pools (id) ON DELETE CASCADE, -- whose tokens it signs
    token_use TEXT NOT NULL,            -- 'id' or 'access'
    pkcs8 BLOB NOT NULL,                -- the private key, DER
    created_at BIGINT NOT NULL,         -- when it was minted
    PRIMARY KEY (pool_id, token_use)
);
INSERT INTO "signing_keys" VALUES('us-east-1_released','id',X'308204BD020100300D06092A864886F70D0101010500048204A7308204A30201000282010100D0E78FD6DB8042EF75072EF5DA83A0F23C4BF178ABDD95125E9D0606C1D0189675E749699679E12F1745B29DE06DC17A829C8952918601F79157BD263EE2F3ECF8A0DA4F3A6AB572D1D312745BC2B0FB01EDCF3A0BA0F05342336E9C05D5FF5734D4FB913731F63B61DFA0235C08C357CCB4BE31A4EFEB44B133F120E3AEAC17B386BC76FD3826FD02E7137485FECFC3B79E568DECD50539239D45CF8D836BA437CEE5ED12AA73515FEC2ECCDB475F415C32912BDADD3B6FA1E7C3B943EC1C8CA07E26C1D45C3AAA551A210DF48706E923C96A5AB6C0D5FB1BAB7B450537AA38C7AE09AA3C9C785104D6459F92E30F14ABA34BE4E8A5F798949954B49650725502030100010282010075CF5107EB2BAF13D99C9E7819AE07B2F41C23E6588E12869482DB262E60CBACF67AE3A4BF2EA6B666DA707BA6585F3756B72E9E38E128F4D3AB76493E47C1260FA4AED8E569CE401D627A52D278BE541FE75BE9312BA6BC5D6621E7AD46DCC3F250763A93B50256C4C0574FF9941B8DC52CDCE1A451850D6D1D8CCB6E7B5022DCBB0A7A61F437CC141A42F42BC56C70E2C30A8D40B8878C4513181342E49F1DD6A2E64F01D7A3B298F4D7DF0898466CAEFF982574F0AB7021A8F24EA6C9C3D218A88101827B128D3CAD6A55E3608B25646A552A28D49B3B8EBF652475A0AF8AD22518F9209DE2E2F870B1CF5789210EF42365F99CD644871EA107B0D725601502818100ECFC9D82EAAB8A53126FCBA180C2C72394A6F75407F2D058231A9A55974234EE82072F165A99ADDBBD8FBD3347169C472FA004D95D99F3C3F5402182D78FF7155E46812895AFC275D2FDA0A8A6836B65EF659FEA4E57BA8C3E4EDB9685787A3B807D1A210C0046CF616B1697C8C42A4F2F5A3DF98706D14A83581EFCDDF014EF02818100E1AA2CFD9D43962BEAE504A93A2F27DAFBC876812012A7FE4DD9AAB481775BDC620A17970E3DE1681BE625489703AEE77D7AE6553D12BC5B7DD2D5C51FD33B276B5EFC3E480A967FF8CED011FAD4629FF5C12841A3B7BB01BE468CA986FDB4AA2E91534A88E57AEDE6152205A3D0379EAE6CAF19EA5E0980618F850ABACAD4FB02818100D12A290F6A761AF1351D8CF9AF7EBA6A920247DB57E49CB49DCF1616A3192144BD68FFCB580DB9A06F8FD52AD3FC85D46299768E2F09F957A437851C498BDC4574DEFF9245834A3BDA0C56E763882C9B5C8F327487CEF06C65760E63ACCBE7FE6A6A804C589E49E1319765EA739D87C63A02091F1A690F02182907B8A15E0BEB0281804FA5BBA96BC73E0A94266EE5B7B68B0F9C4C5D9F278DCE2350A0E1C241EBB9CD6800FDE07FD3516A68666B845A609F6BEEFAE0AEF71654CAC9F70F223B2057C18B0104708B06C9A5B3507359D538FEF24C4FF7806B635EAAB7D8B8AEE1094CA9C033E4BCEAE26BE7E98C4DECC5ABA8E5E5D4505D0A3E54862E68F4611C1A98DF028180331C532A8D0F25FAF26E95BDD46631E1564F2BC86F101B78E9C7805AA92170C450DE64500ECA6F913DC982FDD980208AA46AD1F999B49C90A149F33328CA3D549C1A28C971184FC130E452BF5EFA47A41536BA54CF1E0BD2D03BAA07630EE9913A0C99FEC26FACF0499C7D3F2B6C04C5DD3CB7FFB6AEFDC8D29FC7C028A1D6BD',1767225510000000);
INSERT INTO "signing_keys" VALUES('us-east-1_released','access',X'308204BE020100300D06092A864886F70D0101010500048204A8308204A40201000282010100D5D39C82BDF9058B05794D3AB413721935E1233447A36641CF49B419E560A7AFDC7F1C067B0F6AADC8908958FDA43E09A47778B6C76A9FCE3B6EE11F88E0DD8438BBE892B6C7FB2AF3BE14034AB870B862061FE2AD1A355780294FBBD702F90BDC8F1675A26B3BDF0281F59C7DEE014BAE70E740AFEBC38289C381B752881723DC314BC4B717C1C80507C0796F9892CF6DEFFC4BC27B303972C2CECC9E0A48D153E0E192F536D4910866555ADFDAEF422B8B2C064149E90CB7800D07B61158F25F27824CE37BF955FE6F335D0FCB924E9E6571435D7E10E498BE9FD91CEB03487807F9895194D929B90A03E0D451D6A2A79FCC531868B4149392A8FE794639A302030100010282010100B1A3E1CCC4629376518FDAD7402F3F852E3BE1F156EAAAD3559097AD43E0AEAEED723428362832AA398BCA6F421926E8FFD7B953B00C26C340A0F72A299F16A8F83134205EF578F6D01443B0106D7647D837DA598911D2EAE4B06D6B524F47F3D0C29718175D1B1A448D0F2D7979375E5687B9B705EFCA37329857B5A33D286ABE23FD9260543FADA1F32A2CB487763D26FB019EFF5F04749C312D43507446C8AC5F1669F3A5DCF5BE81F7198E95275F9D5D0354ACEC43A3585CABAE679BA776E56DE124C4A769FA8B4945F7CE635024BF96A5E24AF994E6F0DDEE59FC9D12D085830AD15ACC676B1E05FF597289B212BA53C7538D78048C547DF465B5967C8102818100FECE75DC1DDC6044699C07335F3A0DFC13BBB5B39137C45AB651FAD45197BC68D0D5628B919682C8EF4F7BEB6903D84A045595ED44038CC732C909EAC1EE04873766584DAE84386F46E2604860128D61A8191F8BD7602DD8BD4B570806E0EE13B81D9D9A38B2F4A1F96645599B32663E9629580775A6037C202C15A6FC1E080302818100D6D40306BF662B110ACE22509C991C42FF83597F0385ED0AE71B5993B515EA4363BDA102653C341FB4D891DB17A45DA2A8DDBB8DF1819A10DB6897F39BC2BCF7B35281B66E87155DD1DA79AEDEA21249C503FCD0998E15994841FBE270E4DFE83AB3FE7EEE297937593EE42C9E308AAC2CBDA48CB00803C07588B50BEDE865E10281801922C2CBA9027158AE565EFB795C5FBECB2F8C381F8E31C7850EC740A49FE44D2EB4AE18F88EB16E22F5635310B3F9652BD2498CF355AA508838FECA72C1091F519EBDFD43C6F54E3CDEDE02A5BF8EC4E07142046885AB602324487C99391D2342D9610FB2A22CB1C1C98DF3CDF485D38CBA9D5D77049E79632F161FB7E53A8302818005E3218219D4AEF1749E598A64003E2A07DE8DA15173661F9A5DC182AEBFBEFFC1C7FC959838A2250C4BB31391FE4B229E061591BA4096FC47470283068DBBA7FE1E10B7F327788A6DA9D313DBBE0D4A403FEFB9B7BB9113F64AF8A027FFDDB2FB88DB3C974243B42499F89ED066FC25E3C3FEB26C508BE9C64ECCC75AE9B7810281810082EAFC1DB3C2EA8178FD3915E4AF7B0D1B13B23F4234188F1C580382842260069ADD9FCA6CF35C14E047C41A0DB45A8EA76709DACCDE6EAAAD43DF2D8D27B35016906D3D4D077495DEF365DB0C1A46155204B32FADA40ECA34644B7666F7767E5402B02DE633C116D746742D40E26CBB83F376BC1B216A02B553064DB8BC0328',1767225510000000);
INSERT INTO "signing_keys" VALUES('us-east-1_empty','id',X'308204BD020100300D06092A864886F70D0101010500048204A7308204A30201000282010100B29FB01C4B7D5A7C82BF8519D0DB3403E4581811CEAC9161479511B8DAD3AF0DD1E3E2592EDDEF70495F8DD6BD49F9159284561FA152F55EF6F3A705016D986030A764A4D897D188FAA53D2CCEB5338034BE5D3DCD32A4D4568216E3D237963C0C809E8A5FF19BF4F2D9651F5D91FFA9FDB890D787DB1A8E31C8963EFFC4BCB657E65AB2967D0DB807618ECEF8BBEDBCEF664D4FC9EE31A7D531421FF88A71E19A293CDFFD93562DD6DDA64E997E0CD807E9399AD0E0D75AF0F065678D13CC9423E38B0537519E304DA981CB73214C68140D5E7742324BB189E27606DE8BC2C24AC3CF0748ABB794B59A93D09041E4E48DC46258A9CA4149B26FA813F435F4EB020301000102820100409C96BD8568F0843D5F3DAC1AEA4FA460C2A4E23C1A1BF44E4A53C0C416F2295394D4D961A491E9D200A873D6C09D42FA5EB83074D06745549AC9FD7B88C3277831F4ABD455064C402DE934FE08797A94998F6CBD7EE634909E39DD6ABB04B2EFEACE6E4B4A401998869E977BE745CD9DA357713F09384FDB1E2D8AD845B7E4BA307B61942C230F41CAC3E8756112F8840C01F47C91AC84363346B3A641204DF345E2B540F84127C4161A750AAF6E17F939827D8D2FCF084B3CBD40B86BDAF195228E1FF339264CD3023D7CCE6E57FBE318F356361B1CD3554CFBA49E692874C74A7395C37034D462E48544E50AE993026EFC324EA691BE953F0FEF8E50AB1102818100E7A1E900DCD191657B3F9EA8789249A877182AEF1952FC851471B6AD51827F53EA8961B450C76FEEB2590101FA5F58B273BE39E3A3ED412DDE013F2A2B0512BF714C82FFCF2AE6EC257B68C51D9BFB255080A15B8026851A8D3701EDBF120FE6B23B327B22A66DB66DD37181FCB7C302C78C00DEFD6EA292BE739078040BACDD02818100C56A33AF9D0E42DB61EE15B2291037675A0A77D04D5CB68D390DD9576DC440EBAF47D84928DC34582ECCD77578F38AEC3E62FBD68A0B9F6B3AD6010DD3F56B85DD499C5F27374EE7CA484FEFD9FD6B3D971D233B7DC845B04C625B22A01D6C4C516B88016A02DDDF51F0D0F4351289BF42C0FB10CE688800B8878F09F48688670281802116BE04438724700CC52FD2FD3658935A3FF7922459F87CC248E441AA0D2C473E8FD5873EAADED08865B28127D50B04A3081F98E747F331AC2F1D68D6B068D734462BC8833DABB33C3F7EDDF9B6D88FA20A5E028631FA7DAA829B21ED539535ED6C0B700FA91AAF1ECD3FBFC3EC344D6758169FC43053C506B3D7856D7E857902818100A69ED674F8681B01B30C11FFC72CCAB64E86DB4D529E57EDA6240C37008C4E071E6FD31B1C838F22868D99A4AAAB53ABC59421DE97B0EBA2C38BF063CD6C2C8E5591558BF23B7A3BA4BD97CA6700BF4CC288733E391199D00D084EC750C0C4B13D5F36F18A9A54CDB20941337CBFE2C72CFE58697CED392CF29267A60D5EA72D0281806941B21483C149FA49A810A49535B82A1DEA195C480AA19695E7F4951E98AD32AEF818F50019F82F59B9B5D2ACEF76C056B22080D78E60F22F17A131ABF4AE63A39852A12C06E0CC96D472BD42B84D15D2B9A3FD8F13EDC11B2E76BF2DF6DEB63A2A65D6C61859BA3311926E882C5957B4ED79AD7F04B438A1F8C9D8023AA342',1767225510000000);
INSERT INTO "signing_keys" VALUES('us-east-1_empty','access',X'308204BE020100300D06092A864886F70D0101010500048204A8308204A40201000282010100BE13095314BEF7844D2FCF0CE19D5A4B59F9C8925929003D89071376EF0D64BB5D6F0512FB4EA489004E1504C3AD04A137ADD26DA1FDCBA0C6C005F68DC38063D46774895EEA7101B83988D2F20B4E1B56B60483B88FDF60A044A1134619145A98A468A18E86F3C08E36994E541BD38EFBE55E833E8467A1F893AAA9FC6A74729002EFB6DD0BFC058A9EBD3EA5009F39ED6AAC8B0358FBF43AF335AC1E964AD6989CE28AE1A08E4BFF83BBA4D391CF6DB22EA649F8A78BA034E86CFD2C143FA5196CB9077F11951F51D840C99CA46D1E808C5A3F4C8937A60A3DB9E39B92CFCED10E0F9DAD70BBD7B557677BF5B8BFE12124085EBD8C8A6C84F290774149BA1902030100010282010001224DF0EFF3BFB84B5998ABA400F353F5C276BEE0C74CD8112438AA81FC9B783EB375DD4A208AFCC242B4FF654777FA9A41703AF537756A8D250224196E6C2AAC4EBDB4401BB7F6E1A97E367BF9334B1876578A8DA45619D67AF2571218FE35182A0AF1C3CEEC4F5EC9D69A50082677F8EAC268980BE42E64344555644B224CB60B13399F8475814F8348161C71600E14559820715762B96BD2BB9AC729358D6DCE4516436A3ECDF619A520EE1FDDE027EE2A6673426E647B68ABD09F56074CF81BB7A746FA5DA3B6FF6706729B9E973ABAC66BB1E08C18A4C406DA6F250A1A971E060C9D8555362E8EB166E1F9E9190D10E7926555403466905C166B9C0DFD02818100E3B98758865B8EA29D47CE6538ED28A0F2F56B76F80D220B5AD80C697DE8D187F398C4132943005EB9470B29FE12F69012A3ADD23318542A40DBC95711E986C143EC4A9B480D1DC094C5F3CBDF455565627D3F3E309EDB324AA95575C61C16633C14288684F60379CE08E8F7AC2811AC15D68FFE1B6DCFBC744C647C9811F62B02818100D5ACC04CD4580616F76D74CFE8CFB3309F025FD392F025548C331B2D2CCC6F118521A6F519965F4E3CAC7FA730A2DB7844531A1C5505F36CEAC866910D4D019111F1338019222DFCC4325E1CC099E3718ABDD2057F46B218D4BF3305BB9E800BD8AA923636433E3FEFE66B271164C3D6A7CFFFB5CF87225D10CE56AE417592CB028181008577F8CEB6B8B4C9B45B20AA0D0A5AF4B2518B31C84292408B76F31765376E8F3B03BF6FE79020886419327EE32E241ADF01D5DFCC18A743B88DD8DCD25FC79E407C1E621281B57D68F4F865F62F41D4D13BCD345AF4D04E129A5ABF5364A4EE7688EE13A19C3AFF49F5C8ED5896877D0FB398E37B1A0A564EE77341DF332FCF02818100B03411304A3B7C6A1C082B37F868AEFFFD605BDD81627FA645272FD6050760E035C5168530608C9F5BF174234F3C3D77E400139C219112B852B487C03E13AEA30F04B4CF81EA69B9F3A10572F870EEDA86EB19F2668EC9F72819B3DD9A668E79366712C399E3C1C5BFF36791840A7064E765E31CEED2254851BF964384BF8C19028180312A13EB114368D7032CD1E2EC3F0B4FF9C54ADEE89CDA67885C04681C5391D529E610A1070376E80620FC2F97EDE896AAAF1DB4B1BD4490B3A56C671A2393781BF1F052792C249B17BA3B97805999888F03296391DFD0BF7E8079C1667B7C4319E2714F7ED11252470E778F7E5DB88F32DA00A209ABEB2F5033181605EBA670',1767225510000000);
CREATE TABLE software_tokens (
    sub TEXT PRIMARY KEY REFERENCES users (sub) ON DELETE CASCADE, -- the user
    secret BLOB,                        -- the key that the app shares with us, sealed; NULL before a first code has verified it
    pending BLOB,                       -- the key that is being set up, sealed; it takes the other's place once a code has verified it
    name TEXT,                          -- FriendlyDeviceName of the app
    last_step BIGINT NOT NULL DEFAULT 0, -- the time step of the last code that was taken: none is taken twice, nor an older one
    verified_at BIGINT                  -- when a code has verified the secret
);
INSERT INTO "software_tokens" VALUES('81f489b4-a037-7dee-eda3-0816a02a4bdf',X'018001787D5E2426C12F15ABD56ECE531659C40B818D4720D0FEDAB51470AAE931CB37B806EDA314A7248487024DACB62BD90B9C64DEB18229810833EDA2D8DA',NULL,'phone',58907517,1767225510000000);
CREATE TABLE spent_sessions (
    id TEXT PRIMARY KEY,                -- the session's own id
    expires_at BIGINT NOT NULL          -- after it the session is refused as expired anyway, and the row is swept
);
INSERT INTO "spent_sessions" VALUES('7ecc6d62-d471-49eb-8f3a-a29919a74b0c',1767225690000000);
CREATE TABLE token_families (
    origin_jti TEXT PRIMARY KEY,        -- the claim of the same name
    pool_id TEXT NOT NULL REFERENCES pools (id) ON DELETE CASCADE, -- the issuer
    client_id TEXT NOT NULL REFERENCES clients (id) ON DELETE CASCADE, -- the only client that may use it
    sub TEXT NOT NULL REFERENCES users (sub) ON DELETE CASCADE, -- the user
    scope TEXT NOT NULL,                -- space-separated, as first granted
    auth_time BIGINT NOT NULL,          -- when the user really authenticated; kept over refreshes
    expires_at BIGINT NOT NULL,         -- the end of the refresh token, rotated or not
    generation BIGINT NOT NULL,         -- how often the refresh token was rotated; tokens of older generations are reuse
    rotated_at BIGINT,                  -- the last rotation: the grace period for the previous generation starts here
    revoked_at BIGINT                   -- set by RevokeToken and by sign-out: refresh and access tokens of the family are refused
, device_key TEXT, resource TEXT, amr TEXT NOT NULL DEFAULT '', acr TEXT);
INSERT INTO "token_families" VALUES('1a5742dc-885a-493e-a092-a6e70ae99183','us-east-1_released','d4jzemf7glkps9pv77s4u9ysvk','3f1d759e-df2e-7350-fd81-5b73e14dd75c','aws.cognito.signin.user.admin',1767225510000000,1769817510000000,0,NULL,NULL,'us-east-1_deb748a9-c122-49c3-ae92-04a06e3e3823',NULL,'pwd',NULL);
INSERT INTO "token_families" VALUES('945b8b74-0bec-4626-868a-c55da0fd4274','us-east-1_released','d4jzemf7glkps9pv77s4u9ysvk','3f1d759e-df2e-7350-fd81-5b73e14dd75c','aws.cognito.signin.user.admin',1767225510000000,1769817510000000,0,NULL,1767225510000000,'us-east-1_6bb645bb-88f3-41be-bddd-28863e9d0ed4',NULL,'pwd',NULL);
INSERT INTO "token_families" VALUES('b1f5f800-371b-4f7d-b911-4e9217c2cc20','us-east-1_released','d4jzemf7glkps9pv77s4u9ysvk','81f489b4-a037-7dee-eda3-0816a02a4bdf','aws.cognito.signin.user.admin',1767225510000000,1769817510000000,0,NULL,NULL,'us-east-1_e52c3e4d-b555-4bbc-afc4-01f6cc8ac9d5',NULL,'pwd',NULL);
INSERT INTO "token_families" VALUES('52d5a301-6644-4590-b5d3-28956c087cac','us-east-1_released','d4jzemf7glkps9pv77s4u9ysvk','c9312fb7-ec8f-78be-d967-4e462ef3a65c','aws.cognito.signin.user.admin',1767225510000000,1769817510000000,0,NULL,NULL,'us-east-1_5242affd-9b20-4a22-a55c-effb4c12f1dd',NULL,'pwd',NULL);
CREATE TABLE token_sessions (
    id TEXT PRIMARY KEY,                -- SessionId: 'tkn' and 25 lower-case alphanumerics
    origin_jti TEXT NOT NULL UNIQUE REFERENCES token_families (origin_jti) ON DELETE CASCADE, -- the family
    sub TEXT NOT NULL REFERENCES users (sub) ON DELETE CASCADE, -- whose session it is
    created_at BIGINT NOT NULL,         -- CreateDate
    active_at BIGINT NOT NULL,          -- LastActiveDate: the last refresh
    device TEXT NOT NULL,               -- DeviceType: what refreshed, by its user agent
    ip TEXT                             -- LastIPAddress, where an application told it
);
CREATE TABLE user_names (
    pool_id TEXT NOT NULL REFERENCES pools (id) ON DELETE CASCADE, -- names are unique per pool …
    name TEXT NOT NULL,                 -- folded as the pool's case sensitivity asks
    kind TEXT NOT NULL,                 -- … and kind: 'username', 'sub', 'email', 'phone_number', 'preferred_username'
    sub TEXT NOT NULL REFERENCES users (sub) ON DELETE CASCADE, -- whose name it is
    PRIMARY KEY (pool_id, name, kind)
);
INSERT INTO "user_names" VALUES('us-east-1_released','alice','username','3f1d759e-df2e-7350-fd81-5b73e14dd75c');
INSERT INTO "user_names" VALUES('us-east-1_released','3f1d759e-df2e-7350-fd81-5b73e14dd75c','sub','3f1d759e-df2e-7350-fd81-5b73e14dd75c');
INSERT INTO "user_names" VALUES('us-east-1_released','alice@example.com','email','3f1d759e-df2e-7350-fd81-5b73e14dd75c');
INSERT INTO "user_names" VALUES('us-east-1_released','bob','username','81f489b4-a037-7dee-eda3-0816a02a4bdf');
INSERT INTO "user_names" VALUES('us-east-1_released','81f489b4-a037-7dee-eda3-0816a02a4bdf','sub','81f489b4-a037-7dee-eda3-0816a02a4bdf');
INSERT INTO "user_names" VALUES('us-east-1_released','bob@example.com','email','81f489b4-a037-7dee-eda3-0816a02a4bdf');
INSERT INTO "user_names" VALUES('us-east-1_released','carol','username','731387dd-b185-76c2-d2b6-c19a692a330c');
INSERT INTO "user_names" VALUES('us-east-1_released','731387dd-b185-76c2-d2b6-c19a692a330c','sub','731387dd-b185-76c2-d2b6-c19a692a330c');
INSERT INTO "user_names" VALUES('us-east-1_released','dave','username','c9312fb7-ec8f-78be-d967-4e462ef3a65c');
INSERT INTO "user_names" VALUES('us-east-1_released','c9312fb7-ec8f-78be-d967-4e462ef3a65c','sub','c9312fb7-ec8f-78be-d967-4e462ef3a65c');
INSERT INTO "user_names" VALUES('us-east-1_released','erin','username','bdb856cb-db5e-7257-c0c1-753ba0be57f7');
INSERT INTO "user_names" VALUES('us-east-1_released','bdb856cb-db5e-7257-c0c1-753ba0be57f7','sub','bdb856cb-db5e-7257-c0c1-753ba0be57f7');
INSERT INTO "user_names" VALUES('us-east-1_released','erin@example.com','email','bdb856cb-db5e-7257-c0c1-753ba0be57f7');
CREATE TABLE users (
    sub TEXT PRIMARY KEY,               -- the user's immutable id
    pool_id TEXT NOT NULL REFERENCES pools (id) ON DELETE CASCADE, -- the directory it belongs to
    username TEXT NOT NULL,             -- as given; equal to sub in pools with UsernameAttributes
    status TEXT NOT NULL,               -- UserStatus: UNCONFIRMED, CONFIRMED, FORCE_CHANGE_PASSWORD, RESET_REQUIRED, …
    enabled BIGINT NOT NULL,            -- 0 after AdminDisableUser
    attributes TEXT NOT NULL,           -- JSON object of all attributes but sub, in the order in which they were set
    email TEXT,                         -- the searchable attributes, lower-cased, for ListUsers
    phone_number TEXT,                  -- "
    preferred_username TEXT,            -- "
    name TEXT,                          -- "
    given_name TEXT,                    -- "
    family_name TEXT,                   -- "
    password_salt BLOB,                 -- 16 bytes; NULL for users without a password
    password_verifier BLOB,             -- SRP's v = g^x mod N, 384 bytes big-endian
    password_digest BLOB,               -- HMAC-SHA256 of SRP's x under a sealing key: what a plain password is compared with
    password_set_at BIGINT,             -- when; a temporary password expires some days after it
    signed_out_at BIGINT,               -- the last global sign-out: access tokens without origin_jti end by it
    created_at BIGINT NOT NULL,         -- UserCreateDate
    updated_at BIGINT NOT NULL          -- UserLastModifiedDate
, mfa TEXT NOT NULL DEFAULT '{}');
INSERT INTO "users" VALUES('3f1d759e-df2e-7350-fd81-5b73e14dd75c','us-east-1_released','alice','CONFIRMED',1,'{"email":"alice@example.com","email_verified":"true","custom:note":"first","identities":"[{\"userId\":\"7\",\"providerName\":\"Corp\",\"providerType\":\"OIDC\",\"issuer\":null,\"primary\":false,\"dateCreated\":1767225510000}]"}','alice@example.com',NULL,NULL,NULL,NULL,NULL,X'99E762A84C65294606789440CEBF4F14',X'2D79D3C975E0F08445C8C82D58E285533AC1A625CB50796C2DFBBECB2ED2562A31E06C2165945108F3DBECB3225C80CB1EB3922F6EE8742BF22927F0DD57887BA19F75240C926AAFBFA066C8DD16F13DCEEFC5D23EB1AC3A1FFF134EFC004DBBD1FCF3568114FC37DB83F519D79D5BAA05A33484E928670275D087A54564D7CF421BC287A881C9F8F6AEB80AEF688F5C78D32396FC983A898DF1BC205CF862C0079C0BAEF519FD3AC3723DBF279A13699B577FC4DCEC4C4C5887341B5BF48D1BC16B216B74A3E54673BD6853BB4F17C5271B75ECE70FD521EA1D2812F0F39344C2D1C973A4A61FC00ACF1AB9686D78E1D08E2263B93B906DF98A0B3D3F62A2F4922EB155ACEB9E80CFC1B3A797BD18DC438EFA53695927EDEA8D02B68C31DA9681B4A8FDE95FCE54A5D6204439C5F3AA30D363B317DF49096077644950C29413366B5B6CF47EDC23FBBF8BAADE761A20EC137A6B96F92726520A24BEC0A73601FB3946EEC208012AD9BB3618468FD8ABBEDA47CC18D79B599A1F8BF95EEF1AE7',X'4B16431E0307A9C958582A22EF9083CF80CBC5AF33DC1C601FB2B10845B86D4B',1767225510000000,NULL,1767225510000000,1767225510000000,'{"sms":false,"software_token":false,"email":false,"web_authn":false,"preferred":null,"sms_option":false}');
INSERT INTO "users" VALUES('81f489b4-a037-7dee-eda3-0816a02a4bdf','us-east-1_released','bob','CONFIRMED',1,'{"email":"bob@example.com","email_verified":"true"}','bob@example.com',NULL,NULL,NULL,NULL,NULL,X'52069AE357868C200B36BADA13D2388F',X'3A1AEC23A52E911B8EAACDEA39D8B2ED6FDDCA4AC6556C7F6CD5ADFE7F8B0B600276ED661FF68A43E8578DCDEE88A4B5574E407C724E4E9B0BD1C8CD3F1BCA1BD92ACC8785D1FE52568107735CA7CDA730651A3B8022269754A2F725BEF58B2BFB569E5C9D53DFBA1D61253DEFEC3C94ABAAF745FFEC1B48CED35E56DE8D1E53D4C69B45912953FC362257C89FD136320E9CD68861A30643DB51BCE4AF6C9F617F08DF332598EBC016929E0E5573892F577C765DC5DC471A67D2796BC88193E1AC7E85F6882293CEC3C193536E5C6EBB5D2CA1E5B07FBD5811394E817A56A75100CE66F04D58A0C7515134E106859EB497CFB6E57B46D7453FB66C77BF4CE86CA59AF821EBFEA1A8E832108BD6FBDC84C49016FDD32E09634F01696666CCAF6CC736C761E5F39FD2A44EC47821D7E6369D4ED46D04F3AA374F84945145C6678348BFCDDFDCF76C62C082E2A1CD946062C4E0C3BA835EEBE4D7AC9CC1023B1DA8EF9430948B201AEC88CA479132FFEAE3B2E2BE854FB1CDA377C7F5207FBC32AF',X'E75F7CF05345A69C0F8DC540D74D8CC723EC65675EEA3AB4AA05BD8E63F528E5',1767225510000000,NULL,1767225510000000,1767225510000000,'{"sms":false,"software_token":true,"email":false,"web_authn":false,"preferred":"SoftwareToken","sms_option":false}');
INSERT INTO "users" VALUES('731387dd-b185-76c2-d2b6-c19a692a330c','us-east-1_released','carol','UNCONFIRMED',1,'{"email":"carol@example.com","email_verified":"false"}','carol@example.com',NULL,NULL,NULL,NULL,NULL,X'FDCD9F92ADA610BC4D958361E8427095',X'E392DC794E837234AC4DB6BEC33D303DA55E7CB85D340903AB81A09AC910FD28CF3A22E080E8B5C4078607F38B0CF046AD0F92A745A9384A5026C0BEBDD339B568D79A33ABEC62308400C9B749C31081C20FCE365458FFB900D8DC4C1A50A57970F81E98320C72A64FC80D10D3253BEB0CF7C6BFE0D77D228DDBCD0C0D98B9A1A1D1B1E8FFC159CDED4C9444B98F1E71ACE2CFBC2261728EDC664A1E408824C3CD4496C5B5811A7717D5DDC3E9046AD9DB2E469F85C90D2FDCD67B5D96E8648176FC54C50459E16F56378745A2FC9FB13E6E804DD4BC8ADBD6A76A699DD0B5D32DB9C2E23707C543F508EC6DE39B56A2ACA3C48529B01D940D6BD91CAC95AB49B3CF0D2BF68BDB20D5CA234BD5D584E67DD56AE8C313C964EEA899CD5FED792033A8188BF20649EA73B3C51C647415C5876FF4861B8FA5B43483F46C76C9D42D63CFA85C6FACAF278ED9CAA937F08923B7EB30735C85F62D68B9FA8F9AB3AF2C28A9234AAFFE6B95AB3C77C66CB54A02418BF97068AA99AD3E1ACC2DF84CFFB1',X'8508B960E201FAD360BE7A63BFE09608C85253C364C458C3DC1F88D0A6818FB8',1767225510000000,NULL,1767225510000000,1767225510000000,'{"sms":false,"software_token":false,"email":false,"web_authn":false,"preferred":null,"sms_option":false}');
INSERT INTO "users" VALUES('c9312fb7-ec8f-78be-d967-4e462ef3a65c','us-east-1_released','dave','CONFIRMED',1,'{"email":"dave@example.com"}','dave@example.com',NULL,NULL,NULL,NULL,NULL,X'1CBBB54241C94883505C6FFFCE3CBD04',X'C0510F77D628C90BE0FC03248838FE941F20D226183CEC5601AE201E76617E8C3218BD748E4B49D9D15A23DACC209E5DC679F45FF30C457AABEFA1A47760A5B39E6A76E6AB81B989B1238CA8F651EA5EA542FD8B405D36AACB368EA84F69925CAEABB4021188685EA7F0199B6E999AFE398ECA6394D383B5221BBB15006AC05F36F9AFDD015DC6AE35E3A7F77BE82B8E10B700DD681066013AF078B412EA6F91E14A5ED6DB5863F8FD2B69412A299743892CE1F5B25C8664625FFF66FC34E5752704529A4E2A0A8CBE5876A2E37271485A2D700CCE57132BABF7493AFCBBE9FC163FF859907C2491DDC66B3FAC44C76F9DE133C5DD4BE1DEAD5573C92B541BAAE18ED7551F7FA66D70350EFF55FBA9FD2216B6559FE3EB6A6A51EC03019221E6CD5A229979FFF02763F672BA8FE3CDBC428871168FA4B47B9E5700C63933F89D152E3B9F90905E261E242D0AC5785DA4A990B41BAC64CBCA2C9F6C4765282189BB20C9DA9FD73179F775B6409CD8699A78EC1C5915EEA75E6E37D17FA6B50229',X'705882F7641951D97CA46BC3C8F37F122ADCBD4E2BFDFD6283DECD6E9942057B',1767225510000000,NULL,1767225510000000,1767225510000000,'{"sms":false,"software_token":false,"email":false,"web_authn":false,"preferred":null,"sms_option":false}');
INSERT INTO "users" VALUES('bdb856cb-db5e-7257-c0c1-753ba0be57f7','us-east-1_released','erin','CONFIRMED',1,'{"email":"erin@example.com","email_verified":"true"}','erin@example.com',NULL,NULL,NULL,NULL,NULL,X'FE5E29A8BD575E6D9500D94DCA436CAF',X'F13C01D9305DD5948B67FA56786613F43179585A14FD6E28EDEB7D86442D4BB452B5A93F7A859E3E7F9346D52998CC37FAC6EB198B167F50DF649E7F2F7597F3A900B9337C8D1DD7198ECDC0D3354A9EBD5824C9C35297F794C28419AA31F1FB7C02AE2ABAB62EB04DC5DC74885D40AF56E450C318F740085292A7AAB00FFDBAC5A3FFBC087D595B2AE83F26391035FDAA546D57F765F255EBD277B678FFBF669DEB6105DB27869B7155125A1A7FE32AAD738094FF577EE5FB27C25046CB2E6E125DC358032D450B3D6B931393FDA631E334FFEAFB938D78C1B3CC4D975A22E97C5E55B7EB6DF477E8F51CB4E70B2CD03A88145B17726229328AECBFBB56C77FC820B7BED64D3F8E3C4CE9BDA14E903FBE309E6B7924F4280DB78D021DEC2764504852984BCA3619E4E7591F3FA11A9B814A1B9A14D309F4D49BB29DAE57620793EB98BBEE067ACBDEE43F49CF63FF5BC255F710D7BE63750A8BA87CD88B4D226745EA27064617AB33AD70515DB5743AC0B7183F412EB877674B26114B7F86F1',X'A81DEB5DF8320A0A37B83C823DF9273015AC368A02952C9B44D8C7AC4086A75D',1767225510000000,NULL,1767225510000000,1767225510000000,'{"sms":false,"software_token":false,"email":false,"web_authn":false,"preferred":null,"sms_option":false}');
CREATE INDEX pools_by_region ON pools (region, created_at, id);
CREATE INDEX clients_by_pool ON clients (pool_id, created_at, id);
CREATE INDEX client_secrets_by_client ON client_secrets (client_id, created_at);
CREATE INDEX users_by_creation ON users (pool_id, created_at, sub);
CREATE INDEX users_by_username ON users (pool_id, username, created_at, sub);
CREATE INDEX users_by_email ON users (pool_id, email, created_at, sub);
CREATE INDEX users_by_phone_number ON users (pool_id, phone_number, created_at, sub);
CREATE INDEX users_by_preferred_username ON users (pool_id, preferred_username, created_at, sub);
CREATE INDEX users_by_name ON users (pool_id, name, created_at, sub);
CREATE INDEX users_by_given_name ON users (pool_id, given_name, created_at, sub);
CREATE INDEX users_by_family_name ON users (pool_id, family_name, created_at, sub);
CREATE INDEX users_by_status ON users (pool_id, status, created_at, sub);
CREATE INDEX users_by_enabled ON users (pool_id, enabled, created_at, sub);
CREATE INDEX user_names_by_user ON user_names (sub);
CREATE INDEX group_members_by_user ON group_members (sub);
CREATE INDEX group_members_by_joining ON group_members (pool_id, group_name, created_at, sub);
CREATE INDEX token_families_by_user ON token_families (sub);
CREATE INDEX spent_sessions_by_expiry ON spent_sessions (expires_at);
CREATE INDEX identity_provider_identifiers_by_provider ON identity_provider_identifiers (pool_id, provider_name);
CREATE INDEX pool_documents_by_client ON pool_documents (client_id);
CREATE INDEX import_jobs_by_pool ON import_jobs (pool_id, created_at, id);
CREATE INDEX attempts_by_time ON attempts (tried_at);
CREATE UNIQUE INDEX messages_by_number ON messages (number);
CREATE INDEX messages_by_recipient ON messages (recipient, number);
CREATE INDEX devices_by_user ON devices (sub, created_at, device_key);
CREATE INDEX auth_events_by_user ON auth_events (sub, number);
CREATE INDEX token_sessions_by_user ON token_sessions (sub, active_at);
CREATE INDEX passkeys_by_user ON passkeys (sub, created_at, id);
CREATE INDEX passkey_challenges_by_expiry ON passkey_challenges (expires_at);
CREATE INDEX browser_sessions_by_user ON browser_sessions (sub);
CREATE INDEX authorization_codes_by_user ON authorization_codes (sub);
CREATE INDEX custom_sign_ins_expires_at ON custom_sign_ins (expires_at);
CREATE INDEX custom_sign_ins_pool_id ON custom_sign_ins (pool_id);
CREATE INDEX identities_by_user ON identities (sub, created_at);
CREATE INDEX session_origins_by_user ON session_origins (sub);
COMMIT;
