#!/usr/bin/env python3
"""Estimates duration and memory from past runs, as sacct knows them.

A module for `preprocessing` (on the cluster, where sacct is) or `staging`. Python 3.6 or newer, nothing else.

    modules:
      preprocessing:
        1: {module: resource_estimator.py, execution: python3 resource_estimator.py}
    kwargs:
      resource_estimator:
        files: [input.dat]     # their sizes are the size of this run; or `size: 120`, in a unit of your own
        pattern: "water-.*"    # names of the jobs to learn from; default: this job's own name
        sizes: {water-a: 100}  # sizes of past runs by name, where this module has not noted them itself
        notes: ~/.sluice/sizes.tsv  # where it notes sizes (on the cluster, by the attempt's name in the queue)
        days: 365              # how far to look back
        least: 3               # past runs needed at least
        margin: 0.25           # added on top of the estimate
        overwrite: false       # true: also where the manifest says duration or memory_per_thread itself

Sets resources.duration and resources.memory_per_thread. With sizes of three kinds or more it fits a power law by
medians (Theil-Sen), which a few odd runs do not disturb, and stays above nine of ten of them; otherwise it takes the
largest that was seen. Where it knows too little it changes nothing and says so on standard error.
"""
import datetime
import json
import math
import os
import re
import subprocess
import sys
from statistics import median

FIELDS = "JobID,JobName,State,ElapsedRaw,MaxRSS"
UNITS = {"K": 1 / 1024, "M": 1, "G": 1024, "T": 1024 * 1024}


def say(words):
    print("resource_estimator: " + words, file=sys.stderr)


def read_job():
    """The argument where there is one; what is too long for it comes on standard input alone."""
    return json.loads(sys.argv[1]) if len(sys.argv) > 1 else json.load(sys.stdin)


def size_now(options):
    """Of this run's input, or None. A directory counts with all that is in it."""
    if "size" in options:
        return float(options["size"])
    total = 0
    for name in as_list(options.get("files")):
        path = find(name)
        if path is None:
            say("%s is not there, so the size of this run is not known" % name)
            return None
        total += weigh(path)
    return total or None


def find(name):
    places = [os.getcwd(), os.environ.get("SLUICE_JOB", ""), os.path.dirname(os.environ.get("SLUICE_JOB", ""))]
    candidates = [os.path.join(place, os.path.expanduser(name)) for place in places if place]
    return next((path for path in candidates if os.path.exists(path)), None)


def weigh(path):
    if not os.path.isdir(path):
        return os.path.getsize(path)
    return sum(os.path.getsize(os.path.join(top, name)) for top, _, names in os.walk(path) for name in names
               if os.path.isfile(os.path.join(top, name)))


def as_list(value):
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def note(path, size):
    """The attempt's name in the queue leads from accounting to the size, next time. Best effort."""
    token = os.environ.get("SLUICE_TOKEN")
    if token is None or size is None:
        return
    try:
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "a") as file:
            file.write("%s\t%.17g\n" % (token, size))
    except OSError as error:
        say("the size of this run could not be noted: %s" % error)


def noted(path):
    try:
        with open(path) as file:
            pairs = [line.rstrip("\n").split("\t") for line in file]
        return {pair[0]: float(pair[1]) for pair in pairs if len(pair) == 2}
    except (OSError, ValueError):
        return {}


def ask_sacct(days):
    """sacct's lines, or None with a word why not."""
    since = (datetime.date.today() - datetime.timedelta(days=days)).isoformat()
    command = ["sacct", "-n", "-P", "--noconvert", "-S", since, "-o", FIELDS]
    try:
        answer = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                timeout=120)
    except FileNotFoundError:
        return say("there is no sacct here; nothing was changed")
    except subprocess.TimeoutExpired:
        return say("sacct did not answer within two minutes; nothing was changed")
    if answer.returncode != 0:
        words = answer.stderr.decode(errors="replace").strip()
        return say("sacct ended with code %d; nothing was changed: %s" % (answer.returncode, words))
    return answer.stdout.decode(errors="replace").splitlines()


def past_runs(lines, pattern, sizes):
    """Completed runs as (seconds, MiB or None, size or None). A job's memory stands on its steps' lines."""
    runs = {}
    for line in lines:
        words = line.split("|")
        if len(words) != 5:
            continue
        identity, name, state, elapsed, memory = words
        job, _, step = identity.partition(".")
        if not step:
            runs[job] = {"name": name, "state": state, "seconds": elapsed, "memory": None}
        elif job in runs:
            known = [each for each in (runs[job]["memory"], mebibytes(memory)) if each is not None]
            runs[job]["memory"] = max(known) if known else None
    return [(int(run["seconds"]), run["memory"], size_of(run["name"], sizes)) for run in runs.values()
            if run["state"] == "COMPLETED" and run["seconds"].isdigit() and pattern.match(plain(run["name"]))]


def plain(name):
    """A job of Sluice is called NAME.UUID.ATTEMPT in the queue."""
    return re.sub(r"\.[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\.\d+$", "", name)


def size_of(name, sizes):
    return sizes.get(name, sizes.get(plain(name)))


def mebibytes(text):
    match = re.match(r"^([0-9.]+)([KMGT]?)", text)
    if match is None:
        return None
    return float(match.group(1)) * UNITS[match.group(2)] if match.group(2) else float(match.group(1)) / 1024 ** 2


def estimate(points, size, margin):
    """From (size or None, value) to a value that nine of ten past runs stay below, and the margin on top."""
    values = [value for _, value in points]
    known = [(at, value) for at, value in points if at]
    if size is None or len({at for at, _ in known}) < 3:
        return max(values) * (1 + margin), "the largest of %d past runs" % len(values)
    logs = [(math.log(at), math.log(value)) for at, value in known]
    slopes = [(d - b) / (c - a) for i, (a, b) in enumerate(logs) for c, d in logs[i + 1:] if c != a]
    slope = min(max(median(slopes), 0), 4)
    rests = sorted(b - slope * a for a, b in logs)
    high = rests[math.ceil(0.9 * len(rests)) - 1]
    if size > 2 * max(at for at, _ in known):
        say("this run is more than twice as large as any before; the estimate is a guess")
    return math.exp(slope * math.log(size) + high) * (1 + margin), "a fit of %d past runs by size" % len(known)


def absent(resources, key, options):
    given = resources.get("sbatch_options") or {}
    return key not in resources and not any(option in given for option in options)


def duration(seconds):
    minutes = max(1, math.ceil(seconds / 60 - 1e-6))
    days, rest = divmod(minutes, 24 * 60)
    parts = [(days, "d"), (rest // 60, "h"), (rest % 60, "m")]
    return "".join("%d%s" % part for part in parts if part[0])


def memory(mib, threads):
    return "%dM" % (16 * max(4, math.ceil(mib / threads / 16 - 1e-6)))


def improve(job, options):
    size = size_now(options)
    path = os.path.expanduser(options.get("notes", "~/.sluice/sizes.tsv"))
    sizes = dict(noted(path), **{str(key): float(value) for key, value in options.get("sizes", {}).items()})
    note(path, size)
    lines = ask_sacct(int(options.get("days", 365)))
    if lines is None:
        return
    # In the queue a name is cut to 40 characters.
    pattern = re.compile("(?:%s)$" % options.get("pattern", re.escape(job["name"][:40])))
    runs = past_runs(lines, pattern, sizes)
    if len(runs) < int(options.get("least", 3)):
        return say("sacct knows %d past runs, which is too few; nothing was changed" % len(runs))
    resources = dict(job.get("resources") or {})
    margin, overwrite = float(options.get("margin", 0.25)), options.get("overwrite") is True
    if overwrite or absent(resources, "duration", ["time"]):
        value, why = estimate([(at, max(seconds, 1)) for seconds, _, at in runs], size, margin)
        resources["duration"] = duration(value)
        say("duration %s: %s" % (resources["duration"], why))
    measured = [(at, mib) for _, mib, at in runs if mib]
    if measured and (overwrite or absent(resources, "memory_per_thread", ["mem", "mem-per-cpu", "mem-per-gpu"])):
        value, why = estimate(measured, size, margin)
        resources["memory_per_thread"] = memory(value, resources.get("nbr_threads_per_process", 1))
        say("memory_per_thread %s: %s" % (resources["memory_per_thread"], why))
    job["resources"] = resources


def main():
    job = read_job()
    kwargs = job.get("kwargs")
    options = kwargs.get("resource_estimator") if isinstance(kwargs, dict) else None
    improve(job, options or {})
    print(json.dumps(job))


if __name__ == "__main__":
    main()
