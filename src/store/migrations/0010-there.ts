/** What a pass reads of all runs: those whose manifests are not known to be gone. What is over and gone costs it nothing. */
export const there = `
DROP INDEX runs_light;
CREATE INDEX runs_in_order ON runs (name, created_at, generation, id);
CREATE INDEX runs_there ON runs (name, created_at, generation, id, uuid, run, phase, hash, conditions, gone_at)
  WHERE gone_at IS NULL;
-- What is gone is looked for by its name, and by its work.
DROP INDEX runs_gone;
CREATE INDEX runs_gone ON runs (hash, gone_at) WHERE gone_at IS NOT NULL;
`;
