#!/bin/sh
# Estimates pi by throwing SAMPLES darts; each task of the array has a seed of its own.
awk -v samples="$SAMPLES" -v seed="${SLURM_ARRAY_TASK_ID:-1}" 'BEGIN {
  srand(seed)
  for (i = 0; i < samples; i++) { x = rand(); y = rand(); if (x * x + y * y < 1) inside++ }
  print 4 * inside / samples
}'
