/**
 * What the owners of runs were told, and the mails that tell them. `news` is raised by triggers, so that whatever
 * changes a run, and whenever the process dies after it, the next pass looks whether its owner is to be told. It is in
 * no other index, so that runs without news cost a pass nothing.
 */
export const outbox = `
ALTER TABLE runs ADD COLUMN told TEXT;
ALTER TABLE runs ADD COLUMN news INTEGER NOT NULL DEFAULT 1 CHECK (news IN (0, 1));
-- What happened before there was mail is old news.
UPDATE runs SET news = 0, told = CASE WHEN phase IN ('Succeeded', 'Failed', 'Cancelled') THEN phase ELSE 'found' END;
CREATE INDEX runs_news ON runs (id, uuid) WHERE news = 1;
CREATE TRIGGER runs_make_news AFTER UPDATE OF phase, reason ON runs
WHEN NEW.phase <> OLD.phase OR NEW.reason <> OLD.reason
BEGIN UPDATE runs SET news = 1 WHERE id = NEW.id; END;
CREATE TRIGGER attempts_make_news AFTER INSERT ON attempts
BEGIN UPDATE runs SET news = 1 WHERE uuid = NEW.run_uuid; END;
CREATE TRIGGER attempts_ends_make_news AFTER UPDATE OF outcome ON attempts
WHEN NEW.outcome IS NOT OLD.outcome
BEGIN UPDATE runs SET news = 1 WHERE uuid = NEW.run_uuid; END;

CREATE TABLE outbox (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  run_uuid TEXT NOT NULL REFERENCES runs (uuid),
  -- A trouble that many runs share, so that it is told once.
  topic TEXT,
  recipients TEXT NOT NULL,
  subject TEXT NOT NULL,
  text TEXT NOT NULL,
  html TEXT NOT NULL,
  message_id TEXT NOT NULL UNIQUE,
  created_at INTEGER NOT NULL,
  -- From here on: its delivery. Who has not got it yet; when it is tried next; how it ended.
  remaining TEXT NOT NULL,
  attempts INTEGER NOT NULL DEFAULT 0 CHECK (attempts >= 0),
  next_at INTEGER NOT NULL,
  sent_at INTEGER,
  given_up_at INTEGER,
  last_error TEXT,
  CHECK (sent_at IS NULL OR given_up_at IS NULL)
) STRICT;
CREATE INDEX outbox_due ON outbox (next_at, id) WHERE sent_at IS NULL AND given_up_at IS NULL;
CREATE INDEX outbox_by_run ON outbox (run_uuid);
CREATE INDEX outbox_by_topic ON outbox (topic, created_at) WHERE topic IS NOT NULL;
CREATE TRIGGER outbox_letter_stays BEFORE UPDATE ON outbox
WHEN NEW.id <> OLD.id OR NEW.run_uuid <> OLD.run_uuid OR NEW.topic IS NOT OLD.topic
  OR NEW.recipients <> OLD.recipients OR NEW.subject <> OLD.subject OR NEW.text <> OLD.text OR NEW.html <> OLD.html
  OR NEW.message_id <> OLD.message_id OR NEW.created_at <> OLD.created_at
BEGIN SELECT RAISE(ABORT, 'a mail is never changed'); END;
CREATE TRIGGER outbox_end_stays BEFORE UPDATE ON outbox
WHEN OLD.sent_at IS NOT NULL OR OLD.given_up_at IS NOT NULL
BEGIN SELECT RAISE(ABORT, 'a mail that was sent or given up is not sent again'); END;
CREATE TRIGGER outbox_stays BEFORE DELETE ON outbox
BEGIN SELECT RAISE(ABORT, 'a mail is never deleted'); END;
`;
