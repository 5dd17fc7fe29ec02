/** What is known of manifests that left, of runs that nobody follows, and of what waits for a person's word. */
export const manifests = `
-- A full look at the sources did not find the run's manifest any more.
ALTER TABLE runs ADD COLUMN gone_at INTEGER;
-- A person, or its manifest, wants it followed no more.
ALTER TABLE runs ADD COLUMN forgotten_at INTEGER;
-- The attempt of which a person says that it was never submitted.
ALTER TABLE runs ADD COLUMN not_submitted INTEGER;
CREATE INDEX runs_gone ON runs (uuid, gone_at) WHERE gone_at IS NOT NULL;
CREATE INDEX runs_forgotten ON runs (uuid, forgotten_at) WHERE forgotten_at IS NOT NULL;

-- What the last full pass left undone until somebody says a word. Replaced by each.
CREATE TABLE waiting (
  -- Of a job, or empty where it is about many at once.
  name TEXT NOT NULL,
  reason TEXT NOT NULL,
  message TEXT NOT NULL,
  -- What approve is told.
  digest TEXT,
  since INTEGER NOT NULL,
  PRIMARY KEY (name, reason, message)
) STRICT, WITHOUT ROWID;
`;
