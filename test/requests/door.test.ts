import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openDoor } from '../../src/requests/door.js';
import { parseRequest, type Request } from '../../src/requests/request.js';

const REQUEST: Request = { kind: 'cancel', run: 'u', reason: 'wrong', actor: 'me', at: 5 };

describe('the door', () => {
  let state: string;
  beforeEach(() => {
    state = join(mkdtempSync(join(tmpdir(), 'sluice-door-')), 'state');
  });
  afterEach(() => {
    rmSync(join(state, '..'), { recursive: true });
  });

  it('keeps what is asked until it is done, oldest first, for its owner only', () => {
    const door = openDoor(state);
    expect(door.isAnybodyThere()).toBe(false);
    expect(door.waiting()).toEqual([]);
    const later = door.put({ ...REQUEST, at: 1_790_000_000_000 });
    const first = door.put(REQUEST);
    expect(door.waiting().map(({ id }) => id)).toEqual([first, later]);
    expect(openDoor(state).waiting()[0]?.request).toEqual(REQUEST);
    const folder = join(state, 'requests');
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    for (const name of readdirSync(folder)) expect(statSync(join(folder, name)).mode & 0o777).toBe(0o600);
    door.done(first);
    door.done(first);
    expect(door.isWaiting(first)).toBe(false);
    expect(door.isWaiting(later)).toBe(true);
  });

  it('sets aside what cannot be read, and hears the others', () => {
    const door = openDoor(state);
    const id = door.put(REQUEST);
    mkdirSync(join(state, 'requests', '0.json'));
    expect(door.waiting().map((each) => [each.id, each.request?.kind])).toEqual([
      ['0', undefined],
      [id, 'cancel'],
    ]);
    door.setAside('0');
    expect(door.waiting().map((each) => each.id)).toEqual([id]);
  });

  it('sets aside what it does not understand, and reads nothing that is still being written', () => {
    const door = openDoor(state);
    const id = door.put(REQUEST);
    writeFileSync(join(state, 'requests', `${id}.json`), 'no json');
    writeFileSync(join(state, 'requests', `${id}.json.x.tmp`), '{');
    expect(door.waiting()).toEqual([{ id, request: undefined }]);
    expect(readFileSync(door.setAside(id), 'utf8')).toBe('no json');
    expect(door.isAnybodyThere()).toBe(false);
  });

  it('is nowhere without a state on disk', () => {
    const door = openDoor(undefined);
    expect(door.isAnybodyThere()).toBe(false);
    expect(() => door.put(REQUEST)).toThrow(/no other process/);
  });
});

it.each<[string, string]>([
  ['no JSON', '{'],
  ['null', 'null'],
  ['a list', '[]'],
  ['another kind', JSON.stringify({ ...REQUEST, kind: 'explode' })],
  ['no run', JSON.stringify({ ...REQUEST, run: 1 })],
  ['no time', JSON.stringify({ ...REQUEST, at: 'now' })],
  ['a report of nothing', JSON.stringify({ ...REQUEST, kind: 'report' })],
  [
    'a report of another kind',
    JSON.stringify({ ...REQUEST, kind: 'report', report: { kind: 'x', text: 'y' } }),
  ],
  ['a status of no cluster', JSON.stringify({ ...REQUEST, kind: 'status', status: {} })],
  ['a kind of every object', JSON.stringify({ ...REQUEST, kind: 'constructor' })],
])('a request that is %s is none', (_, text) => {
  expect(parseRequest(text)).toBeUndefined();
});

it.each<[string, Request]>([
  ['cancel', REQUEST],
  ['report', { kind: 'report', run: 'u', report: { kind: 'state', text: 'X' }, actor: 'me', at: 5 }],
  ['status', { kind: 'status', cluster: 'here', status: null, actor: 'me', at: 5 }],
  ['pass', { kind: 'pass', actor: 'me', at: 5 }],
])('a %s is read as it was written', (_, request) => {
  expect(parseRequest(JSON.stringify(request))).toEqual(request);
});
