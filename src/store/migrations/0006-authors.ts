/** Who made the commit that a run, or what happened to it, comes from. */
export const authors = `
ALTER TABLE runs ADD COLUMN author TEXT;
ALTER TABLE events ADD COLUMN author TEXT;
`;
