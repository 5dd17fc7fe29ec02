/**
 * The first schema. Times are epoch milliseconds unless a name ends in `_ns`. What the words of a row may be
 * is checked where rows are read; what must never happen to a row is checked here, by triggers, so that no
 * code path can do it.
 */
export const initial = `
CREATE TABLE meta (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  installation TEXT,
  number INTEGER NOT NULL DEFAULT 0,
  fence INTEGER NOT NULL DEFAULT 0,
  recovery TEXT,
  manifest_reader TEXT NOT NULL DEFAULT ''
) STRICT;
INSERT INTO meta (id) VALUES (1);
CREATE TRIGGER meta_only_rises BEFORE UPDATE ON meta
WHEN NEW.number < OLD.number OR NEW.fence < OLD.fence
BEGIN SELECT RAISE(ABORT, 'the lineage number and the fence number only rise'); END;
CREATE TRIGGER meta_stays BEFORE DELETE ON meta
BEGIN SELECT RAISE(ABORT, 'the meta row is never deleted'); END;

CREATE TABLE runs (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  uuid TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  run TEXT NOT NULL,
  generation INTEGER NOT NULL CHECK (generation >= 0),
  phase TEXT NOT NULL,
  reason TEXT NOT NULL,
  message TEXT NOT NULL,
  conditions TEXT NOT NULL,
  hash TEXT NOT NULL,
  candidates TEXT NOT NULL,
  spec_json TEXT NOT NULL,
  manifest_file TEXT NOT NULL,
  commit_id TEXT,
  cancel_requested INTEGER NOT NULL DEFAULT 0 CHECK (cancel_requested IN (0, 1)),
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  UNIQUE (name, run, generation)
) STRICT;
-- Covers the light list: a pass over ten thousand finished runs never touches their rows.
CREATE INDEX runs_light ON runs (name, created_at, generation, id, uuid, run, phase, hash, conditions);
CREATE INDEX runs_by_phase ON runs (phase, name, created_at, generation, id);
CREATE INDEX runs_live ON runs (uuid) WHERE phase NOT IN ('Succeeded', 'Failed', 'Cancelled');
CREATE TRIGGER runs_ended_stay BEFORE UPDATE OF phase ON runs
WHEN OLD.phase IN ('Succeeded', 'Failed', 'Cancelled') AND NEW.phase <> OLD.phase
BEGIN SELECT RAISE(ABORT, 'a run that ended never changes its phase'); END;
CREATE TRIGGER runs_identity_stays BEFORE UPDATE OF uuid, run, generation ON runs
WHEN NEW.uuid <> OLD.uuid OR NEW.run <> OLD.run OR NEW.generation <> OLD.generation
BEGIN SELECT RAISE(ABORT, 'a run never changes its identity'); END;
CREATE TRIGGER runs_stay BEFORE DELETE ON runs
BEGIN SELECT RAISE(ABORT, 'a run is never deleted'); END;

CREATE TABLE labels (
  key TEXT NOT NULL,
  value TEXT NOT NULL,
  run_uuid TEXT NOT NULL REFERENCES runs (uuid),
  PRIMARY KEY (key, value, run_uuid)
) STRICT, WITHOUT ROWID;
CREATE INDEX labels_by_run ON labels (run_uuid);

CREATE TABLE attempts (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  run_uuid TEXT NOT NULL REFERENCES runs (uuid),
  number INTEGER NOT NULL CHECK (number >= 1),
  cluster TEXT NOT NULL,
  token TEXT NOT NULL UNIQUE,
  state TEXT NOT NULL,
  nonce TEXT NOT NULL,
  hash TEXT NOT NULL,
  job_id TEXT,
  job_directory TEXT,
  working_directory TEXT,
  outcome TEXT,
  reason TEXT,
  message TEXT,
  task_states TEXT NOT NULL,
  job_status TEXT NOT NULL,
  script TEXT,
  created_at INTEGER NOT NULL,
  submitted_at INTEGER,
  ended_at INTEGER,
  fetched_at INTEGER,
  settled_at INTEGER,
  cleaned_at INTEGER,
  -- The run was granted to another cluster while this attempt may still live: the debt.
  ceded INTEGER NOT NULL DEFAULT 0 CHECK (ceded IN (0, 1)),
  UNIQUE (run_uuid, number),
  CHECK ((state = 'ended') = (outcome IS NOT NULL)),
  CHECK (settled_at IS NULL OR state = 'ended')
) STRICT;
-- At most one attempt of a run may be live anywhere, a granted failover excepted.
CREATE UNIQUE INDEX attempts_one_live ON attempts (run_uuid) WHERE state <> 'ended' AND ceded = 0;
CREATE INDEX attempts_uncleaned ON attempts (settled_at) WHERE settled_at IS NOT NULL AND cleaned_at IS NULL;
CREATE INDEX attempts_unsettled ON attempts (run_uuid) WHERE settled_at IS NULL AND outcome IS NOT 'unsent';
CREATE TRIGGER attempts_terminal_stays BEFORE UPDATE ON attempts
WHEN OLD.state = 'ended' AND (
  NEW.state <> OLD.state OR NEW.outcome IS NOT OLD.outcome OR NEW.reason IS NOT OLD.reason
  OR NEW.ended_at IS NOT OLD.ended_at
  OR (OLD.job_id IS NOT NULL AND NEW.job_id IS NOT OLD.job_id)
  OR (OLD.fetched_at IS NOT NULL AND NEW.fetched_at IS NOT OLD.fetched_at)
  OR (OLD.settled_at IS NOT NULL AND NEW.settled_at IS NOT OLD.settled_at))
BEGIN SELECT RAISE(ABORT, 'a terminal attempt stays terminal'); END;
CREATE TRIGGER attempts_identity_stays BEFORE UPDATE ON attempts
WHEN NEW.run_uuid <> OLD.run_uuid OR NEW.number <> OLD.number OR NEW.cluster <> OLD.cluster
  OR NEW.token <> OLD.token OR NEW.nonce <> OLD.nonce OR NEW.created_at <> OLD.created_at
BEGIN SELECT RAISE(ABORT, 'an attempt never changes its identity'); END;
CREATE TRIGGER attempts_stay BEFORE DELETE ON attempts
BEGIN SELECT RAISE(ABORT, 'an attempt is never deleted'); END;

CREATE TABLE events (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  at INTEGER NOT NULL,
  run_uuid TEXT REFERENCES runs (uuid),
  attempt INTEGER,
  cluster TEXT,
  kind TEXT NOT NULL,
  reason TEXT,
  message TEXT NOT NULL,
  actor TEXT,
  commit_id TEXT,
  detail TEXT
) STRICT;
CREATE INDEX events_by_run ON events (run_uuid, id);
CREATE TRIGGER events_append_only_insert BEFORE INSERT ON events
WHEN EXISTS (SELECT 1 FROM events WHERE id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'events are append-only'); END;
CREATE TRIGGER events_append_only_update BEFORE UPDATE ON events
BEGIN SELECT RAISE(ABORT, 'events are append-only'); END;
CREATE TRIGGER events_append_only_delete BEFORE DELETE ON events
BEGIN SELECT RAISE(ABORT, 'events are append-only'); END;

CREATE TABLE outputs (
  run_uuid TEXT NOT NULL,
  attempt INTEGER NOT NULL,
  path TEXT NOT NULL,
  file TEXT NOT NULL,
  size INTEGER NOT NULL CHECK (size >= 0),
  sha256 TEXT NOT NULL,
  PRIMARY KEY (run_uuid, attempt, path),
  FOREIGN KEY (run_uuid, attempt) REFERENCES attempts (run_uuid, number)
) STRICT, WITHOUT ROWID;

-- Caches from here on: losing them costs time only.
CREATE TABLE manifest_files (
  path TEXT PRIMARY KEY,
  size INTEGER NOT NULL,
  mtime_ns INTEGER NOT NULL,
  ctime_ns INTEGER NOT NULL,
  ino INTEGER NOT NULL,
  digest TEXT NOT NULL,
  problems_json TEXT
) STRICT, WITHOUT ROWID;
CREATE TABLE manifests (
  path TEXT NOT NULL REFERENCES manifest_files (path) ON DELETE CASCADE,
  document INTEGER NOT NULL,
  name TEXT,
  run TEXT,
  uuid TEXT,
  hash TEXT,
  inputs TEXT,
  line INTEGER NOT NULL,
  column_number INTEGER NOT NULL,
  problems_json TEXT,
  PRIMARY KEY (path, document)
) STRICT, WITHOUT ROWID;
-- Long, and not wanted while nothing changes: apart, so that the light read passes them by.
CREATE TABLE manifest_specs (
  path TEXT NOT NULL,
  document INTEGER NOT NULL,
  spec_json TEXT NOT NULL,
  PRIMARY KEY (path, document),
  FOREIGN KEY (path, document) REFERENCES manifests (path, document) ON DELETE CASCADE
) STRICT;

CREATE TABLE digests (
  path TEXT PRIMARY KEY,
  size INTEGER NOT NULL,
  mtime_ns INTEGER NOT NULL,
  ctime_ns INTEGER NOT NULL,
  ino INTEGER NOT NULL,
  sha256 TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE clusters (
  name TEXT PRIMARY KEY,
  hello_json TEXT,
  wrapper_digest TEXT,
  mark INTEGER,
  recalled_at INTEGER,
  reached_at INTEGER,
  failed_at INTEGER,
  failure_reason TEXT,
  failure_message TEXT,
  reported_json TEXT,
  reported_at INTEGER,
  accounting TEXT NOT NULL DEFAULT 'unknown' CHECK (accounting IN ('unknown', 'on', 'off'))
) STRICT, WITHOUT ROWID;
`;
