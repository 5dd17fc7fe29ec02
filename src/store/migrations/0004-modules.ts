/** What external modules made of a job, and where files came from that were not sent from here. */
export const modules = `
-- JSON: the job as the staging modules left it, where they worked, what they wrote.
ALTER TABLE runs ADD COLUMN staged TEXT;
-- JSON: the job as the modules on the cluster left it.
ALTER TABLE attempts ADD COLUMN prepared TEXT;
-- JSON: the commit of a clone, the digest of a download.
ALTER TABLE attempts ADD COLUMN source TEXT;
-- Its files at an address are sent from here.
ALTER TABLE attempts ADD COLUMN from_here INTEGER NOT NULL DEFAULT 0 CHECK (from_here IN (0, 1));
ALTER TABLE attempts ADD COLUMN heard_at INTEGER;
ALTER TABLE attempts ADD COLUMN postprocessed_at INTEGER;
ALTER TABLE attempts ADD COLUMN post_failure TEXT;

CREATE TABLE module_runs (
  run_uuid TEXT NOT NULL REFERENCES runs (uuid),
  -- 0: staging, which is done once for all attempts.
  attempt INTEGER NOT NULL CHECK (attempt >= 0),
  stage TEXT NOT NULL,
  number INTEGER NOT NULL CHECK (number >= 1),
  module TEXT NOT NULL,
  output TEXT,
  stderr TEXT,
  changed TEXT NOT NULL,
  failure TEXT,
  PRIMARY KEY (run_uuid, attempt, stage, number),
  CHECK ((attempt = 0) = (stage = 'staging'))
) STRICT, WITHOUT ROWID;
`;
