/**
 * What a person may write by mistake, and what is said about it, word for word. Read it as documentation:
 * each row has a name, the manifest, and all its problems as `line:column severity: message`.
 * The file is /project/jobs.d/job.yaml; the inventory has lemaitre3 and hercules; /project/modules has m.py.
 */
export interface BadInput {
  readonly what: string;
  readonly given: string;
  readonly said: readonly string[];
}

/** What makes the rest of a manifest complete. */
const TO = 'destination_cluster: hercules\n';
const RUN = 'execution: ./run\n';

export const BAD_INPUTS: readonly BadInput[] = [
  {
    what: 'an empty file',
    given: '',
    said: [
      '1:1 error: the file is empty; write a job into it, or delete it',
    ],
  },
  {
    what: 'a file of comments only',
    given: '# execution: ./run\n',
    said: [
      '1:1 error: the file is empty; write a job into it, or delete it',
    ],
  },
  {
    what: 'only document separators',
    given: '---\n---\n',
    said: [
      '1:1 error: the file is empty; write a job into it, or delete it',
    ],
  },
  {
    what: 'a NUL byte',
    given: 'name: a\u0000b\n',
    said: [
      '1:8 error: the file contains a NUL byte, so it is no text file',
    ],
  },
  {
    what: 'a carriage return in the middle of a line',
    given: 'name: a\rexecution: b\n',
    said: [
      '1:8 error: the file contains a carriage return (CR) that ends no line; save it with LF or CRLF line ends',
    ],
  },
  {
    what: 'an indentation by tab',
    given: TO + 'execution:\n\t- ./run\n',
    said: [
      '3:1 error: a tab indents this line; YAML takes spaces only, so replace the tab by spaces',
    ],
  },
  {
    what: 'a tab before a key of a map',
    given: TO + RUN + 'resources:\n\tduration: 1h\n',
    said: [
      '4:1 error: a tab indents this line; YAML takes spaces only, so replace the tab by spaces',
    ],
  },
  {
    what: 'a file that asks for YAML 1.1',
    given: '%YAML 1.1\n---\n' + TO + RUN,
    said: [
      '1:1 error: the file asks for YAML 1.1; it is read as YAML 1.2: take the %YAML line out',
    ],
  },
  {
    what: 'a duplicate key',
    given: TO + RUN + 'run: a\nrun: b\n',
    said: [
      '4:1 error: duplicate key "run": it stands in line 3 already; keep one of them',
    ],
  },
  {
    what: 'a duplicate key in a map inside',
    given: TO + RUN + 'resources:\n  duration: 1h\n  nbr_processes: 2\n  duration: 2h\n',
    said: [
      '6:3 error: duplicate key "duration": it stands in line 4 already; keep one of them',
    ],
  },
  {
    what: 'a merge key',
    given: TO + RUN + 'environment:\n  <<: {A: b}\n',
    said: [
      '4:3 error: merge keys (<<) are not part of YAML 1.2; write the keys out',
    ],
  },
  {
    what: 'an alias without its anchor',
    given: TO + 'execution: *run\n',
    said: [
      '2:12 error: an alias (*name) has no anchor (&name) before it; if it is meant as text, put it in quotes',
    ],
  },
  {
    what: 'an alias inside of what it repeats',
    given: TO + RUN + 'kwargs: &all [1, *all]\n',
    said: [
      '3:18 error: an alias (*name) stands inside of what it repeats',
    ],
  },
  {
    what: 'a tag',
    given: TO + 'execution: !run ./a\n',
    said: [
      '2:12 error: tags (!name) are not used here; if it is meant as text, put it in quotes',
    ],
  },
  {
    what: 'a quote that is never closed',
    given: TO + 'execution: "./run\noutput: b\n',
    said: [
      '4:1 error: a quote is opened before and never closed',
    ],
  },
  {
    what: 'a bracket that is never closed',
    given: TO + 'execution: [./run\noutput: b\n',
    said: [
      '3:1 error: a \'[\' has no \']\' before this',
    ],
  },
  {
    what: 'a command with a colon, unquoted',
    given: TO + 'execution: echo done: yes\n',
    said: [
      '2:12 error: a value that contains \': \' needs quotes around it',
    ],
  },
  {
    what: 'a command in a list that YAML takes for a map',
    given: TO + 'execution:\n  - echo done: yes\n',
    said: [
      '3:5 error: execution[1] is a map; it takes text (text that contains \': \' needs quotes)',
    ],
  },
  {
    what: 'a wrong indentation',
    given: TO + RUN + 'resources:\n  duration: 1h\n nbr_processes: 2\n',
    said: [
      '5:1 error: the indentation does not fit; align this line with those beside it',
    ],
  },
  {
    what: 'no blank after a colon',
    given: 'destination_cluster:hercules\n' + RUN,
    said: [
      '1:1 error: this is no \'key: value\' line; is the \':\' missing, or the blank behind it?',
    ],
  },
  {
    what: 'a line without a colon',
    given: TO + 'execution\nrun: a\n',
    said: [
      '2:1 error: this is no \'key: value\' line; is the \':\' missing, or the blank behind it?',
    ],
  },
  {
    what: 'a list on the line of its key',
    given: TO + 'execution: - ./run\n',
    said: [
      '2:12 error: a list begins on the line after its key, each item as \'- item\'',
    ],
  },
  {
    what: 'a value that begins with @',
    given: TO + RUN + 'user_mail: @jane\n',
    said: [
      '3:12 error: a value cannot begin with @, ` or %; put quotes around it',
    ],
  },
  {
    what: 'text behind a closing quote',
    given: TO + 'execution: "./run" --fast\n',
    said: [
      '2:20 error: nothing can follow here: wrong indentation, or text behind a closing quote; quote the whole value or align the line',
    ],
  },
  {
    what: 'an unknown escape',
    given: TO + 'execution: "C:\\data"\n',
    said: [
      '2:15 error: unknown escape in double quotes; write \\\\ for a backslash, or use single quotes',
    ],
  },
  {
    what: 'a control character by escape',
    given: TO + 'execution: "./run \\x07"\n',
    said: [
      '2:12 error: the text contains the control character U+0007; take it out',
    ],
  },
  {
    what: 'a CR by escape, as of a script made on Windows',
    given: TO + 'execution: "./run\\r\\n"\n',
    said: [
      '2:12 error: the text contains a carriage return (CR, \\r), which breaks commands; take it out',
    ],
  },
  {
    what: 'a number too large to be exact',
    given: TO + RUN + 'kwargs: {seed: 12345678901234567890}\n',
    said: [
      '3:16 error: the number cannot be kept exactly; if it is meant as text, put it in quotes',
    ],
  },
  {
    what: 'lists too deep',
    given: `kwargs: ${'['.repeat(101)}${']'.repeat(101)}\n`,
    said: [
      '1:1 error: lists or maps are nested too deeply; at most 100 levels are read',
    ],
  },
  {
    what: 'a list where a job is expected',
    given: '- destination_cluster: hercules\n',
    said: [
      '1:1 error: the document is a list; it takes keys, one a line, such as "name: value"',
    ],
  },
  {
    what: 'a word where a job is expected',
    given: 'hercules\n',
    said: [
      '1:1 error: the document is the text "hercules"; it takes keys, one a line, such as "name: value"',
    ],
  },
  {
    what: 'an unknown key',
    given: TO + RUN + 'ressources: {duration: 1h}\n',
    said: [
      '3:1 error: unknown key "ressources"; did you mean "resources"?',
    ],
  },
  {
    what: 'an unknown key that resembles none',
    given: TO + RUN + 'colour: red\n',
    said: [
      '3:1 error: unknown key "colour"; the keys are name, previously, run, username, private_key, passphrase, user_mail, destination_cluster, alternates, job, setup and 18 more',
    ],
  },
  {
    what: 'a key of resources at the top',
    given: TO + RUN + 'duration: 1h\n',
    said: [
      '3:1 error: unknown key "duration"; it belongs under resources',
    ],
  },
  {
    what: 'an option of sbatch under resources',
    given: TO + RUN + 'resources:\n  mail_type: END\n',
    said: [
      '4:3 error: unknown key "mail_type" in resources; it is an option of sbatch: write it under resources.sbatch_options as "mail-type"',
    ],
  },
  {
    what: 'an option of sbatch at the top',
    given: TO + RUN + 'qos: long\n',
    said: [
      '3:1 error: unknown key "qos"; it is an option of sbatch: write it under resources.sbatch_options as "qos"',
    ],
  },
  {
    what: 'an unknown key under resources',
    given: TO + RUN + 'resources:\n  nbr_process: 2\n',
    said: [
      '4:3 error: unknown key "nbr_process" in resources; did you mean "nbr_processes"?',
    ],
  },
  {
    what: 'a duration without a unit',
    given: TO + RUN + 'resources:\n  duration: 90\n',
    said: [
      '4:13 error: resources.duration 90 has no unit; write for example 90m (minutes): the units are d, h, m and s',
    ],
  },
  {
    what: 'a duration with a wrong unit',
    given: TO + RUN + 'resources: {duration: 2w}\n',
    said: [
      '3:23 error: resources.duration "2w" has the unknown unit "w"; the units are d (days), h (hours), m (minutes) and s (seconds), combined as in 1d2h30m',
    ],
  },
  {
    what: 'a duration in words',
    given: TO + RUN + 'resources: {duration: 90min}\n',
    said: [
      '3:23 error: resources.duration "90min" has the unknown unit "min"; the units are d (days), h (hours), m (minutes) and s (seconds), combined as in 1d2h30m',
    ],
  },
  {
    what: 'a duration as Slurm writes it',
    given: TO + RUN + 'resources: {duration: 1-02:30:00}\n',
    said: [
      '3:23 error: resources.duration "1-02:30:00" is Slurm\'s way to write it; write 1d2h30m',
    ],
  },
  {
    what: 'a duration with a fraction',
    given: TO + RUN + 'resources: {duration: 1.5h}\n',
    said: [
      '3:23 error: resources.duration "1.5h" does not fit; write 1h30m',
    ],
  },
  {
    what: 'a duration in capitals',
    given: TO + RUN + 'resources: {duration: 2H}\n',
    said: [
      '3:23 error: resources.duration "2H" does not fit; write 2h',
    ],
  },
  {
    what: 'a unit twice',
    given: TO + RUN + 'resources: {duration: 1h1h}\n',
    said: [
      '3:23 error: resources.duration "1h1h" has the unit h twice; add the two up',
    ],
  },
  {
    what: 'no time at all',
    given: TO + RUN + 'resources: {duration: 0m}\n',
    said: [
      '3:23 error: resources.duration "0m" is no time at all; write more than 0, such as 30m',
    ],
  },
  {
    what: 'memory without a unit',
    given: TO + RUN + 'resources: {memory_per_thread: 2625}\n',
    said: [
      '3:32 error: resources.memory_per_thread 2625 has no unit; write for example 2625M: the units are M and G',
    ],
  },
  {
    what: 'memory in MB',
    given: TO + RUN + 'resources: {memory_per_thread: 2625MB}\n',
    said: [
      '3:32 error: resources.memory_per_thread "2625MB" does not fit; write 2625M',
    ],
  },
  {
    what: 'memory in terabytes',
    given: TO + RUN + 'resources: {memory_per_thread: 1T}\n',
    said: [
      '3:32 error: resources.memory_per_thread "1T" has the unknown unit "T"; write 1024G',
    ],
  },
  {
    what: 'memory in kilobytes',
    given: TO + RUN + 'resources: {memory_per_thread: 512K}\n',
    said: [
      '3:32 error: resources.memory_per_thread "512K" has the unknown unit "K"; the units are M (mebibytes) and G (gibibytes), as in 2625M or 1.5G',
    ],
  },
  {
    what: 'memory in words',
    given: TO + RUN + 'resources: {memory_per_thread: lots}\n',
    said: [
      '3:32 error: resources.memory_per_thread "lots" is no memory size; the units are M (mebibytes) and G (gibibytes), as in 2625M or 1.5G',
    ],
  },
  {
    what: 'a count in quotes',
    given: TO + RUN + 'resources: {nbr_processes: "5"}\n',
    said: [
      '3:28 error: resources.nbr_processes is the text "5"; it takes a whole number; write 5 without quotes',
    ],
  },
  {
    what: 'a fraction of a process',
    given: TO + RUN + 'resources: {nbr_processes: 1.5}\n',
    said: [
      '3:28 error: resources.nbr_processes is the number 1.5; it takes a whole number',
    ],
  },
  {
    what: 'no process',
    given: TO + RUN + 'resources: {nbr_processes: 0}\n',
    said: [
      '3:28 error: resources.nbr_processes 0 is too small; the least is 1',
    ],
  },
  {
    what: 'a distribution that there is not',
    given: TO + RUN + 'resources: {distribution: distribute}\n',
    said: [
      '3:27 error: resources.distribution "distribute" is none of grouped, scattered or distributed; did you mean "distributed"?',
    ],
  },
  {
    what: 'distributed without nodes (statement 30)',
    given: TO + RUN + 'resources: {distribution: distributed, nbr_processes: 4}\n',
    said: [
      '3:27 error: distribution is distributed, so nbr_of_nodes is needed; add it',
    ],
  },
  {
    what: 'grouped on several nodes',
    given: TO + RUN + 'resources: {distribution: grouped, nbr_of_nodes: 2}\n',
    said: [
      '3:50 error: nbr_of_nodes 2 contradicts grouped, which is one node; write distribution: distributed',
    ],
  },
  {
    what: 'more nodes than processes',
    given: TO + RUN + 'resources: {distribution: distributed, nbr_of_nodes: 4, nbr_processes: 2}\n',
    said: [
      '3:54 error: nbr_of_nodes 4 is more than nbr_processes 2; each node needs a process',
    ],
  },
  {
    what: 'distributed on a cluster, without nodes',
    given: TO + RUN + 'per_cluster:\n  hercules:\n    resources: {distribution: distributed}\n',
    said: [
      '5:31 error: distribution is distributed, so nbr_of_nodes is needed; add it',
    ],
  },
  {
    what: 'the same thing said twice',
    given: TO + RUN + 'resources:\n  duration: 1h\n  sbatch_options: {time: 60}\n',
    said: [
      '5:20 error: sbatch_options.time says the same thing as resources.duration; keep one of them',
    ],
  },
  {
    what: 'a distribution and the nodes',
    given: TO + RUN + 'resources:\n  distribution: grouped\n  sbatch_options: {nodes: 2}\n',
    said: [
      '5:20 error: sbatch_options.nodes says the same thing as resources.distribution; keep one of them',
    ],
  },
  {
    what: 'two kinds of memory',
    given: TO + RUN + 'resources:\n  memory_per_thread: 1G\n  sbatch_options: {mem: 4G}\n',
    said: [
      '5:20 error: sbatch_options.mem says the same thing as resources.memory_per_thread; keep one of them',
    ],
  },
  {
    what: 'an option that Sluice owns',
    given: TO + RUN + 'resources:\n  sbatch_options: {job-name: mine}\n',
    said: [
      '4:20 error: job-name cannot stand in sbatch_options, Sluice owns it: the name in the queue carries the attempt',
    ],
  },
  {
    what: 'an owned option by its short form',
    given: TO + RUN + 'resources:\n  sbatch_options: {J: mine}\n',
    said: [
      '4:20 error: J (job-name) cannot stand in sbatch_options, Sluice owns it: the name in the queue carries the attempt',
    ],
  },
  {
    what: 'an owned option, shortened as sbatch allows',
    given: TO + RUN + 'resources:\n  sbatch_options: {job-na: mine}\n',
    said: [
      '4:20 error: "job-na" is short for "job-name"; write options in full',
    ],
  },
  {
    what: 'an owned option for one cluster',
    given: TO + RUN + 'per_cluster:\n  hercules:\n    resources:\n      sbatch_options: {array: 1-3}\n',
    said: [
      '6:24 error: array cannot stand in sbatch_options, Sluice owns it: use nbr_jobs_in_array',
    ],
  },
  {
    what: 'a short option',
    given: TO + RUN + 'resources:\n  sbatch_options: {A: lattice}\n',
    said: [
      '4:20 error: "A" is the short form; write "account"',
    ],
  },
  {
    what: 'dashes in front of an option',
    given: TO + RUN + 'resources:\n  sbatch_options: {--qos: long}\n',
    said: [
      '4:20 error: the key "--qos" in resources.sbatch_options; write "qos"',
    ],
  },
  {
    what: 'an underscore in an option',
    given: TO + RUN + 'resources:\n  sbatch_options: {mail_type: END}\n',
    said: [
      '4:20 error: the key "mail_type" in resources.sbatch_options; write "mail-type"',
    ],
  },
  {
    what: 'a flag that is false',
    given: TO + RUN + 'resources:\n  sbatch_options: {exclusive: false}\n',
    said: [
      '4:20 error: exclusive is false; a bare flag is true or left out',
    ],
  },
  {
    what: 'an option on two lines',
    given: TO + RUN + 'resources:\n  sbatch_options: {comment: "a\\nb"}\n',
    said: [
      '4:29 error: resources.sbatch_options.comment "a\\nb" does not fit: one line of text',
    ],
  },
  {
    what: 'a misspelt option (a warning: sites add their own)',
    given: TO + RUN + 'resources:\n  sbatch_options: {acount: lattice}\n',
    said: [
      '4:20 warning: sbatch has no option "acount" of its own; did you mean "account"?',
    ],
  },
  {
    what: 'no execution (statement 21)',
    given: TO + 'output: a\n',
    said: [
      '1:1 error: execution is missing; write the command that runs the job',
    ],
  },
  {
    what: 'an empty execution',
    given: TO + 'execution:\n',
    said: [
      '2:11 error: execution is missing; write the command that runs the job',
    ],
  },
  {
    what: 'an empty command',
    given: TO + 'execution: [""]\n',
    said: [
      '2:13 error: execution[1] is empty; write something, or take the line out',
    ],
  },
  {
    what: 'a number as command',
    given: TO + 'execution: [1]\n',
    said: [
      '2:13 error: execution[1] is the number 1; it takes text: put it in quotes, "1"',
    ],
  },
  {
    what: 'no destination among several clusters',
    given: RUN,
    said: [
      '1:1 error: destination_cluster is missing; write lemaitre3, hercules or auto',
    ],
  },
  {
    what: 'an unknown cluster',
    given: 'destination_cluster: herclues\n' + RUN,
    said: [
      '1:22 error: destination_cluster names the unknown cluster "herclues"; did you mean "hercules"?',
    ],
  },
  {
    what: 'an unknown cluster in a list',
    given: 'destination_cluster: [hercules, nic5]\n' + RUN,
    said: [
      '1:33 error: destination_cluster names the unknown cluster "nic5"; there are lemaitre3 and hercules',
    ],
  },
  {
    what: 'auto in a list',
    given: 'destination_cluster: [hercules, auto]\n' + RUN,
    said: [
      '1:33 error: auto stands alone, not in a list; write "destination_cluster: auto"',
    ],
  },
  {
    what: 'an unknown alternate',
    given: TO + RUN + 'alternates: same_kin\n',
    said: [
      '3:13 error: alternates names the unknown cluster "same_kin"; did you mean "same_kind"?',
    ],
  },
  {
    what: 'an override for an unknown cluster',
    given: TO + RUN + 'per_cluster: {lemaitre: {setup: a}}\n',
    said: [
      '3:15 error: per_cluster names the unknown cluster "lemaitre"; did you mean "lemaitre3"?',
    ],
  },
  {
    what: 'a job that is not there',
    given: TO + RUN + 'job: ./simulaton\n',
    said: [
      '3:6 error: job: "./simulaton" is not there (/project/jobs.d/simulaton); a local path is relative to the manifest\'s file',
    ],
  },
  {
    what: 'a job that holds the results',
    given: TO + RUN + 'job: ..\n',
    said: [
      '3:6 error: job: ".." contains /project/.sluice, which Sluice writes to; put the job\'s files into a directory of their own',
    ],
  },
  {
    what: 'a Git helper as job',
    given: TO + RUN + 'job: "ext::sh -c id"\n',
    said: [
      '3:6 error: job: "ext::sh -c id" names a Git helper program; only https, ssh and file URLs are taken',
    ],
  },
  {
    what: 'a password in the URL of the job',
    given: TO + RUN + 'job: https://jane:hunter2@example.org/a.git\n',
    said: [
      '3:6 error: job: the URL holds a password, which would be kept with the run; use an SSH key or a credential helper of Git',
    ],
  },
  {
    what: 'a token in the URL of the job',
    given: TO + RUN + 'job: https://ghp_secret@example.org/a.git\n',
    said: [
      '3:6 error: job: the URL holds a login, or a token in its place, which would be kept with the run; use a credential helper of Git, or SSH',
    ],
  },
  {
    what: 'a job by FTP',
    given: TO + RUN + 'job: ftp://example.org/a.tar\n',
    said: [
      '3:6 error: job: "ftp://example.org/a.tar" has the unknown scheme ftp; Git takes https, ssh and file, a download https and http',
    ],
  },
  {
    what: 'a ref that is none',
    given: TO + RUN + 'job: "https://example.org/a.git#--upload-pack=id"\n',
    said: [
      '3:6 error: job: "--upload-pack=id" behind \'#\' is no branch, tag or commit',
    ],
  },
  {
    what: 'a page instead of a repository (a warning)',
    given: TO + RUN + 'job: https://github.com/GaetanLongree/test\n',
    said: [
      '3:6 warning: "https://github.com/GaetanLongree/test" is downloaded as one file; to clone the repository, end it with .git',
    ],
  },
  {
    what: 'an output above the working directory',
    given: TO + RUN + 'output: ../result.txt\n',
    said: [
      '3:9 error: output "../result.txt" contains \'..\'; write a path inside of the working directory, or an absolute one',
    ],
  },
  {
    what: 'an output in the home',
    given: TO + RUN + 'output: [a, ~/result.txt]\n',
    said: [
      '3:13 error: output "~/result.txt" begins with \'~\', which is not expanded; write a path inside of the working directory, or an absolute one',
    ],
  },
  {
    what: 'an output without its path',
    given: TO + RUN + 'output: [{optional: true}]\n',
    said: [
      '3:10 error: output[1] lacks the key "path"',
    ],
  },
  {
    what: 'a bad name',
    given: 'name: my job\n' + TO + RUN,
    said: [
      '1:7 error: name "my job" does not fit: letters, digits, \'.\', \'_\' and \'-\', beginning with a letter or digit, at most 63 characters',
    ],
  },
  {
    what: 'a number as name',
    given: 'name: 2024\n' + TO + RUN,
    said: [
      '1:7 error: name is the number 2024; it takes text: put it in quotes, "2024"',
    ],
  },
  {
    what: 'an earlier name that is the name',
    given: 'name: a\npreviously: a\n' + TO + RUN,
    said: [
      '2:13 error: previously is "a", the name itself; write the earlier name',
    ],
  },
  {
    what: 'two jobs, one without a name',
    given: 'name: a\n' + TO + RUN + '---\n' + TO + RUN,
    said: [
      '5:1 error: several jobs in a file need a name each; add "name: …" to this one',
    ],
  },
  {
    what: 'a bad address',
    given: TO + RUN + 'user_mail: [jane@example.org, john]\n',
    said: [
      '3:31 error: user_mail[2] "john" does not fit: an address such as jane@example.org',
    ],
  },
  {
    what: 'a variable with a bad name',
    given: TO + RUN + 'environment: {MY-VAR: a}\n',
    said: [
      '3:15 error: the key "MY-VAR" in environment does not fit: a variable\'s name has letters, digits and \'_\' and does not begin with a digit',
    ],
  },
  {
    what: 'a variable without a value',
    given: TO + RUN + 'environment:\n  MY_VAR:\n',
    said: [
      '4:10 error: environment.MY_VAR has no value; write text, a number or true or false, or take the line out',
    ],
  },
  {
    what: 'yes for true',
    given: TO + RUN + 'suspend: yes\n',
    said: [
      '3:10 error: suspend is the text "yes"; it takes true or false; write true',
    ],
  },
  {
    what: 'an unknown word of a list of words',
    given: TO + RUN + 'on_edit: replaced\n',
    said: [
      '3:10 error: on_edit "replaced" is none of keep or replace; did you mean "replace"?',
    ],
  },
  {
    what: 'a state in which nothing fails',
    given: TO + RUN + 'retry: {on: [TIMEOUTS, "exit:0"]}\n',
    said: [
      '3:14 error: retry.on "TIMEOUTS" is no state in which a job fails; did you mean "TIMEOUT"?',
      '3:24 error: retry.on "exit:0" is no failure\'s exit code; they go from exit:1 to exit:255',
    ],
  },
  {
    what: 'a job that waits for itself',
    given: 'name: a\n' + TO + RUN + 'depends_on: a\n',
    said: [
      '4:13 error: depends_on names the job itself; it would wait for ever',
    ],
  },
  {
    what: 'a bad when',
    given: TO + RUN + 'depends_on: [{name: b, when: success}]\n',
    said: [
      '3:30 error: depends_on[1].when "success" is none of succeeded, finished or failed',
    ],
  },
  {
    what: 'a passphrase in the clear (a warning)',
    given: TO + RUN + 'passphrase: hunter2\n',
    said: [
      '3:1 warning: the passphrase stands here in the clear; better {env: NAME} or {file: PATH}, and never in Git',
    ],
  },
  {
    what: 'a passphrase that is a number',
    given: TO + RUN + 'passphrase: 123456\n',
    said: [
      '3:13 error: passphrase is a number; it takes text or a map: put it in quotes',
    ],
  },
  {
    what: 'a passphrase that YAML takes for a map',
    given: TO + RUN + 'passphrase: {hunter2}\n',
    said: [
      '3:14 error: passphrase takes one of the keys env or file; a passphrase that begins with { needs quotes',
    ],
  },
  {
    what: 'a passphrase named twice',
    given: TO + RUN + 'passphrase: {env: A, file: b}\n',
    said: [
      '3:13 error: passphrase takes one key only: env or file',
    ],
  },
  {
    what: 'modules with a gap',
    given: TO + RUN + 'modules:\n  staging:\n    1: {module: m.py, execution: python3 m.py}\n    3: {module: m.py, execution: python3 m.py}\n',
    said: [
      '6:5 error: the modules of staging are numbered 1, 2, 3 … without a gap; here 2 is expected, not 3',
    ],
  },
  {
    what: 'a stage that there is not',
    given: TO + RUN + 'modules:\n  preprocess:\n    - {module: m.py, execution: a}\n',
    said: [
      '4:3 error: unknown key "preprocess" in modules; did you mean "preprocessing"?',
    ],
  },
  {
    what: 'a module that is not there',
    given: TO + RUN + 'modules:\n  staging:\n    - {module: n.py, execution: a}\n',
    said: [
      '5:16 error: module "n.py" is not in the modules folder /project/modules',
    ],
  },
  {
    what: 'a module outside of its folder',
    given: TO + RUN + 'modules:\n  staging:\n    - {module: ../m.py, execution: a}\n',
    said: [
      '5:16 error: module "../m.py" leaves the modules folder; write a path inside of /project/modules',
    ],
  },
  {
    what: 'a module without execution',
    given: TO + RUN + 'modules:\n  staging:\n    - {module: m.py}\n',
    said: [
      '5:7 error: modules.staging[1] lacks the key "execution"',
    ],
  },
  {
    what: 'a modules file that is not there',
    given: TO + RUN + 'modules: modules.yml\n',
    said: [
      '3:10 error: modules "modules.yml" is no file (/project/jobs.d/modules.yml); a path is relative to the manifest\'s file',
    ],
  },
  {
    what: 'everything at once',
    given: 'name: my job\ndestination_cluster: herclues\n' + RUN + 'output: /a/../b\nresources:\n  duration: 90\n  nbr_processes: two\n  distribution: distributed\nlabels: [a]\ncolour: red\n',
    said: [
      '1:7 error: name "my job" does not fit: letters, digits, \'.\', \'_\' and \'-\', beginning with a letter or digit, at most 63 characters',
      '2:22 error: destination_cluster names the unknown cluster "herclues"; did you mean "hercules"?',
      '4:9 error: output "/a/../b" contains \'..\'; write a path inside of the working directory, or an absolute one',
      '6:13 error: resources.duration 90 has no unit; write for example 90m (minutes): the units are d, h, m and s',
      '7:18 error: resources.nbr_processes is the text "two"; it takes a whole number',
      '9:9 error: labels is a list; it takes a map',
      '10:1 error: unknown key "colour"; the keys are name, previously, run, username, private_key, passphrase, user_mail, destination_cluster, alternates, job, setup and 18 more',
    ],
  },
];
