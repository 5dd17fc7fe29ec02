/** What outlives the database: claims and ledger lines, written and read back. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Claim, parseClaim, renderClaim, withoutSecrets } from '../../src/protocol/claim.js';
import { type LedgerLine, parseLedgerLine, renderLedgerLine } from '../../src/protocol/ledger.js';
import { specOf } from '../plan/scene.js';

const text = fc.string({ unit: 'binary' });
const word = fc.stringMatching(/^[A-Za-z0-9._-]{1,40}$/);
const path = fc.stringMatching(/^\/[^\n\0]{0,40}$/);
const spec = fc
  .record({ execution: fc.array(text), environment: fc.dictionary(word, text), kwargs: fc.jsonValue() })
  .map((more) => JSON.stringify(specOf(more)));

const claims: fc.Arbitrary<Claim> = fc.record({
  ...{ nonce: word, token: word, installation: word, uuid: fc.uuid(), name: word, run: word },
  ...{ generation: fc.nat(), attempt: fc.nat(), cluster: word, hash: text, candidates: fc.array(word) },
  ...{ manifestFile: text, commit: text, jobDirectory: path, workingDirectory: path, createdAt: fc.nat() },
  specJson: spec,
});
const lines: fc.Arbitrary<LedgerLine> = fc.record({
  ...{
    token: word,
    uuid: fc.uuid(),
    name: word,
    run: word,
    generation: fc.nat(),
    attempt: fc.nat(),
    cluster: word,
  },
  ...{
    hash: text,
    jobId: word,
    message: text,
    jobDirectory: path,
    workingDirectory: path,
    candidates: fc.array(word),
  },
  outcome: fc.constantFrom('completed' as const, 'failed' as const),
  reason: fc.constantFrom('Done' as const, 'TimeLimit' as const),
  ...{
    manifestFile: text,
    createdAt: fc.nat(),
    endedAt: fc.nat(),
    fetchedAt: fc.nat(),
    taskStates: fc.array(text),
  },
  specJson: spec,
});

describe('a claim', () => {
  it('is read back as it was written', () => {
    fc.assert(
      fc.property(claims, (claim) => {
        expect(parseClaim(renderClaim(claim).split('\n'))).toEqual(claim);
      }),
    );
  });

  it('has one value a line, the first two as the shell there reads them', () => {
    fc.assert(
      fc.property(claims, (claim) => {
        const written = renderClaim(claim).split('\n');
        expect(written).toHaveLength(6);
        expect(written[0]).toBe(`sluice-claim 1 ${claim.nonce}`);
        expect(written[1]).toBe(`directory ${claim.jobDirectory}`);
        expect(written.slice(-2)).toEqual(['end', '']);
      }),
    );
  });

  it('that was cut anywhere is none', () => {
    fc.assert(
      fc.property(claims, fc.double({ min: 0, max: 1, noNaN: true }), (claim, part) => {
        const whole = renderClaim(claim);
        const cut = whole.slice(0, Math.floor((whole.length - 5) * part));
        expect(parseClaim(cut.split('\n'))).toBeUndefined();
      }),
    );
  });

  it.each([
    [''],
    ['end'],
    ['sluice-claim 2 n\ndirectory /x\nfacts {}\nmanifest {}\nend'],
    ['sluice-claim 1 n\nfacts {\nmanifest {}\nend'],
  ])('is none: %j', (written) => {
    expect(parseClaim(written.split('\n'))).toBeUndefined();
  });

  it('tells of the login its name only', () => {
    const secret = specOf({ login: { username: 'alice', credentials: { path: '/m', document: 0 } } });
    expect(withoutSecrets(secret)).toEqual({ ...secret, login: { username: 'alice' } });
    expect(withoutSecrets(specOf()).login).toEqual({});
  });
});

describe('a line of the ledger', () => {
  it('is read back as it was written, and is one line', () => {
    fc.assert(
      fc.property(lines, (line) => {
        const written = renderLedgerLine(line);
        expect(written).not.toContain('\n');
        expect(parseLedgerLine(written)).toEqual(line);
      }),
    );
  });

  it('that was torn, or is of another version, is none', () => {
    fc.assert(
      fc.property(lines, fc.double({ min: 0, max: 0.99, noNaN: true }), (line, part) => {
        const written = renderLedgerLine(line);
        expect(parseLedgerLine(written.slice(0, Math.floor(written.length * part)))).toBeUndefined();
      }),
    );
    expect(parseLedgerLine('2 {}')).toBeUndefined();
    expect(parseLedgerLine('')).toBeUndefined();
  });
});
