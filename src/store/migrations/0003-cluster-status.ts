/** The figures of a cluster stand apart: they are long, and what is remembered of it is read in every pass. */
export const clusterStatus = `
CREATE TABLE cluster_status (
  name TEXT PRIMARY KEY,
  status_json TEXT,
  taken_at INTEGER,
  failed_at INTEGER,
  failure TEXT,
  CHECK ((status_json IS NULL) = (taken_at IS NULL)),
  CHECK ((failure IS NULL) = (failed_at IS NULL))
) STRICT;
`;
