/** Single tasks of an array: which of them an attempt, or a run, submits; and what became of each attempt's results. */
export const tasks = `
-- JSON: ascending array indexes. Null: all of them, or no array.
ALTER TABLE attempts ADD COLUMN tasks TEXT;
CREATE TRIGGER attempts_tasks_stay BEFORE UPDATE ON attempts WHEN NEW.tasks IS NOT OLD.tasks
BEGIN SELECT RAISE(ABORT, 'an attempt never changes its tasks'); END;
-- JSON: patterns of output that matched, what was there and did not come, a directory that was gone.
ALTER TABLE attempts ADD COLUMN results TEXT;
-- JSON: the tasks, the generation whose results they complete, the size of the whole array. Null: all run.
ALTER TABLE runs ADD COLUMN part TEXT;
`;
