-- What threat protection made of a sign-in.

ALTER TABLE auth_events ADD COLUMN risk_decision TEXT; -- RiskDecision; NULL where nothing was judged
ALTER TABLE auth_events ADD COLUMN risk_level TEXT;    -- RiskLevel; NULL for none
