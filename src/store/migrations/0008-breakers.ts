/** Since when a site does not answer, or refuses us, and when it is asked again. */
export const breakers = `
ALTER TABLE clusters ADD COLUMN breaker_json TEXT;
`;
