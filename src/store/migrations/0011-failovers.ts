/** Since when a cluster that may hold an attempt cannot be asked, and since when the run is granted to another one. */
export const failovers = `
-- Set by nothing that was released.
UPDATE attempts SET ceded = 0 WHERE ceded <> 0;
ALTER TABLE attempts ADD COLUMN lost_since INTEGER;
-- Stands beside \`ceded\`, which keeps it out of the index of what may be live once only.
ALTER TABLE attempts ADD COLUMN owed_since INTEGER CHECK ((owed_since IS NOT NULL) = (ceded = 1));
`;
