/** What people and manifests decide of a run beside its cancelling. */
export const decisions = `
ALTER TABLE runs ADD COLUMN suspend_requested INTEGER NOT NULL DEFAULT 0 CHECK (suspend_requested IN (0, 1));
-- Why its end is wanted, where it is not a person who wants it.
ALTER TABLE runs ADD COLUMN cancel_cause TEXT CHECK (cancel_cause IN ('edit', 'deletion'));
-- Ended for an edit: their manifests are wanted still.
CREATE INDEX runs_edited ON runs (uuid) WHERE cancel_cause = 'edit';

-- What was held because it is so much at once, and a person said yes to.
CREATE TABLE approvals (
  digest TEXT PRIMARY KEY,
  at INTEGER NOT NULL,
  actor TEXT,
  reason TEXT NOT NULL
) STRICT, WITHOUT ROWID;
`;
