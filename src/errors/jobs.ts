import { area, entry } from './area.js'

export const jobErrors = area('Jobs', {
  TCN_JOB_OFF: entry(
    403,
    'this hub runs no jobs',
    'To allow some programs, list them in `jobs.programs` of the configuration.',
  ),
  TCN_JOB_PROGRAM: entry(
    403,
    'the program is not allowed',
    'Add it to `jobs.programs` and to the right `run` of the principal, by its path or its name.',
  ),
  TCN_JOB_COMMAND: entry(400, 'a job needs commands, each with a program', 'Pass a command such as `df -h`.'),
  TCN_JOB_EXISTS: entry(
    409,
    'a job with this id waits or runs',
    'Wait until it has finished, or choose another id.',
  ),
  TCN_JOB_UNKNOWN: entry(
    404,
    'there is no such job, or it is not yours',
    'List the jobs with `tocsin job list`. Finished jobs are removed after `jobs.keep`.',
  ),
  TCN_JOB_FINISHED: entry(409, 'the job has finished', 'Only jobs that wait or run can be killed.'),
  TCN_JOB_FULL: entry(
    503,
    'too many jobs wait for their turn',
    'Wait until some have finished, kill some, or raise `jobs.waiting`.',
  ),
  TCN_JOB_STOPPING: entry(503, 'the hub stops and starts no jobs', 'Try again when it has started again.'),
})
